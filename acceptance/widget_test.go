package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"opendoor/integrations/amocrm/amocrmsim"
)

// switchesOn opens our callback as amoCRM does when an administrator switches
// the integration on in its own list: there is a code and no state.
func (h *house) switchesOn(a *amo, clientID, code string) int {
	h.t.Helper()
	q := url.Values{"code": {code}, "referer": {strings.TrimPrefix(a.url, "http://")}, "client_id": {clientID}, "platform": {"1"}, "from_widget": {"1"}}
	res, err := h.client.Get(h.front.URL + "/oauth/amocrm/callback?" + q.Encode())
	if err != nil {
		h.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestAnIntegrationSwitchedOnInTheCRMLetsItsAccountIn(t *testing.T) {
	h := serve(t)
	ours := func(c *amocrmsim.Config) { c.RedirectURI = h.front.URL + "/oauth/amocrm/callback" }
	a := amoAccount(t, ours)
	other := amoAccount(t, ours, func(c *amocrmsim.Config) { c.AccountID = 31_000_001 })
	info := a.sim.Info()
	var made oauthAccount
	h.must("POST", "/accounts", fmt.Sprintf(`{"provider":"amocrm","name":"amoCRM","base_url":%q,"credentials":{"client_id":%q,"client_secret":%q},"mode":"live","policy":%s}`,
		a.url, info.ClientID, info.ClientSecret, policy), &made)
	a.account = made.account
	for what, status := range map[string]int{
		"a code that is none":          h.switchesOn(a, info.ClientID, "made-up"),
		"an integration of nobody":     h.switchesOn(a, "somebody-else", a.sim.IssueCode()),
		"a code of another CRM's host": h.switchesOn(other, info.ClientID, "made-up"),
	} {
		if status < 400 || status > 499 {
			t.Errorf("%s: %d", what, status)
		}
	}
	h.standsAt(a.ID, "reauth_needed")
	if status := h.switchesOn(a, info.ClientID, a.sim.IssueCode()); status != http.StatusOK {
		t.Fatalf("switched on: %d", status)
	}
	h.standsAt(a.ID, "active")
	if status := h.switchesOn(a, info.ClientID, a.sim.IssueCode()); status != http.StatusNotFound {
		t.Errorf("an account that waits for nothing takes a code without a state: %d", status)
	}
	h.must("POST", "/accounts/"+a.ID+"/setup", nil, nil)
	d := a.client()
	a.cancel(d)
	h.allTold(d)
}
