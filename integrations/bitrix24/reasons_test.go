package bitrix24

import (
	"net/http"
	"strings"
	"testing"
	"unicode"

	"opendoor/integrations/outbound"
)

// Whatever the portal refuses, an administrator who reads Russian reads why in
// Russian, and the portal's own words behind it.
func TestARefusalIsToldInTheAccountsLanguage(t *testing.T) {
	c := quietConnector(t)
	acc := account()
	for _, code := range []string{
		"", "not_found", "query_limit_exceeded", "overload_limit", "portal_deleted", "payment_required", "invalid_credentials", "no_auth_found", "expired_token",
		"insufficient_scope", "method_confirm_waiting", "user_access_error", "access_denied", "wrong_auth_type", "error_method_not_found", "internal_server_error", "other",
	} {
		for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusBadGateway} {
			err := c.meaning(address{host: "portal"}, "user.get", status, remoteError{Code: []byte(`"` + code + `"`)})
			item := broken(acc, "connection", err)
			why, _, _ := strings.Cut(item.Detail, " (")
			if !strings.ContainsFunc(why, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
				t.Errorf("%s: %q", code, item.Detail)
			}
		}
	}
	for _, status := range []int{401, 404, 429, 502} {
		err := c.strange("profile", &outbound.Response{Status: status, Header: http.Header{}, Body: []byte("<html>")})
		if item := broken(acc, "connection", err); !strings.ContainsFunc(item.Detail, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			t.Errorf("%d: %q", status, item.Detail)
		}
	}
}
