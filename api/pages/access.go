package pages

import "net/http"

// AccessResult is what came of an administrator's consent.
type AccessResult string

// The results.
const (
	AccessGranted AccessResult = "granted"
	AccessDenied  AccessResult = "denied"  // the administrator said no
	AccessForeign AccessResult = "foreign" // of another account of the CRM, or nobody waits for it
	AccessFailed  AccessResult = "failed"  // the CRM did not play along
)

// Access answers an administrator who comes back from the CRM.
func (p *Pages) Access(w http.ResponseWriter, v Visit, status int, result AccessResult, requestID string) error {
	if result == AccessGranted {
		requestID = ""
	}
	return p.notice(w, status, "access."+string(result), v, requestID)
}
