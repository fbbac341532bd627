package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
)

// oauthAccount is a connected company with what its administrator sees.
type oauthAccount struct {
	account
	AuthorizeURL string `json:"authorize_url"`
	BaseURL      string `json:"base_url"`
}

func (h *house) look(id string) oauthAccount {
	h.t.Helper()
	var a oauthAccount
	h.must("GET", "/accounts/"+id, nil, &a)
	return a
}

// standsAt waits until the account has the status.
func (h *house) standsAt(id, status string) {
	h.t.Helper()
	h.eventually(func() error {
		if a := h.look(id); a.Status != status {
			return fmt.Errorf("the account is %s (%s), want %s", a.Status, a.StatusReason, status)
		}
		return nil
	})
}

// toldOnce returns what differs from the client having got one letter of each
// template and no other.
func (h *house) toldOnce(d deal, templates ...string) error {
	s, err := h.story()
	if err != nil {
		return err
	}
	cases := s.casesOf(d)
	if len(cases) != 1 {
		return fmt.Errorf("deal %s has %d cases", d.id, len(cases))
	}
	for _, template := range templates {
		m := s.letter(cases[0].ID, template)
		if m == nil || m.State != "sent" || h.sink.copies(m.MessageID) != 1 {
			return fmt.Errorf("%s of deal %s: %+v", template, d.id, m)
		}
	}
	ids := map[string]bool{}
	for _, l := range h.sink.to(d.email) {
		ids[l.id] = true
	}
	if len(ids) != len(templates) {
		return fmt.Errorf("%s got %d letters, want %v", d.email, len(ids), templates)
	}
	return nil
}

// consents does what an administrator does with the link: allow, and come back.
func (h *house) consents(link string) int {
	h.t.Helper()
	u, err := url.Parse(link)
	if err != nil || link == "" {
		h.t.Fatalf("there is no link to press: %q", link)
	}
	res, err := h.client.PostForm(link, url.Values{"state": {u.Query().Get("state")}, "decision": {"allow"}})
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// presented lists the refresh tokens that the account was shown, in order.
func (a *amo) presented() []string {
	var out []string
	for _, r := range a.sim.Ledger() {
		var in struct {
			Refresh string `json:"refresh_token"`
		}
		if r.Path == "/oauth2/access_token" && json.Unmarshal([]byte(r.Body), &in) == nil && in.Refresh != "" {
			out = append(out, in.Refresh)
		}
	}
	return out
}

// apiCalls counts calls to the API of the account.
func (a *amo) apiCalls() int {
	n := 0
	for _, r := range a.sim.Ledger() {
		if strings.HasPrefix(r.Path, "/api/") {
			n++
		}
	}
	return n
}

func TestAnAmoCRMAccountIsLetInRenewedPutOutAndLetInAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a := amoAccount(t, func(c *amocrmsim.Config) { c.RedirectURI = h.front.URL + "/oauth/amocrm/callback" })
		info := a.sim.Info()
		var made oauthAccount
		h.must("POST", "/accounts", fmt.Sprintf(`{"provider":"amocrm","name":"amoCRM","base_url":%q,"credentials":{"client_id":%q,"client_secret":%q},"mode":"live","policy":%s}`,
			a.url, info.ClientID, info.ClientSecret, policy), &made)
		a.account = made.account
		if made.Status != "reauth_needed" || made.AuthorizeURL == "" {
			t.Fatalf("an account that nobody has let in: %+v", made)
		}
		for _, forged := range []string{"", "AAAA", strings.Repeat("A", 54)} {
			res, err := h.client.Get(h.front.URL + "/oauth/amocrm/callback?code=x&referer=evil.example.com&state=" + forged)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusNotFound || len(a.sim.Ledger()) > 0 {
				t.Fatalf("a forged state %q: %d, %v", forged, res.StatusCode, a.sim.Ledger())
			}
		}
		if status := h.consents(made.AuthorizeURL); status != http.StatusOK {
			t.Fatalf("coming back from the consent page: %d", status)
		}
		h.standsAt(a.ID, "active")
		h.must("POST", "/accounts/"+a.ID+"/setup", nil, nil)
		first := a.client()
		a.cancel(first)
		h.allTold(first)

		a.sim.ExpireAccessTokens(false)
		second := a.client()
		a.cancel(second)
		h.allTold(first, second)
		once := map[string]bool{}
		for _, token := range a.presented() {
			if once[token] {
				t.Error("a refresh token was presented twice")
			}
			once[token] = true
		}
		if len(once) == 0 {
			t.Error("no refresh token was presented")
		}

		if err := a.sim.Uninstall(t.Context(), a.HookURL+"/uninstalled"); err != nil {
			t.Fatal(err)
		}
		h.standsAt(a.ID, "reauth_needed")
		h.eventually(func() error { // work in hand may still have called it well
			if p := h.run("doctor"); p.exitCode() == 0 || !strings.Contains(p.log.String(), "/oauth?client_id=") {
				return fmt.Errorf("doctor shows no link to press:\n%s", p.log)
			}
			return nil
		})
		calls := a.apiCalls()
		h.eventually(func() error { // another worker may take the account for active a moment longer
			before := calls
			time.Sleep(time.Second)
			if calls = a.apiCalls(); calls != before {
				return fmt.Errorf("%d calls in a second", calls-before)
			}
			return nil
		})
		third := a.client()
		a.cancel(third)
		h.eventually(func() error {
			events, err := h.events(a.ID)
			if err != nil {
				return err
			}
			for _, e := range events {
				if e.EntityID == third.id && e.Verdict == "pending" {
					return nil
				}
			}
			return fmt.Errorf("the third cancellation was not taken: %+v", events)
		})
		if n := a.apiCalls(); n != calls {
			t.Errorf("%d calls to an account that put us out", n-calls)
		}
		a.sim.Reinstall()
		if status := h.consents(h.look(a.ID).AuthorizeURL); status != http.StatusOK {
			t.Fatalf("coming back for the second time: %d", status)
		}
		h.standsAt(a.ID, "active")
		h.allTold(first, second, third)
		h.invariantsHold()
	})
}

func TestACodeGivenWithTheAccountIsRedeemedAtOnce(t *testing.T) {
	h := serve(t)
	a := amoAccount(t, func(c *amocrmsim.Config) { c.RedirectURI = "https://connector.example.test/oauth" })
	info := a.sim.Info()
	body := func(code string) string {
		return fmt.Sprintf(`{"provider":"amocrm","name":"amoCRM","base_url":%q,"credentials":{"client_id":%q,"client_secret":%q,"redirect_uri":%q,"code":%q}}`,
			a.url, info.ClientID, info.ClientSecret, info.RedirectURI, code)
	}
	if status, err := h.call("POST", "/accounts", body("not-a-code"), nil); status != http.StatusUnprocessableEntity || !strings.Contains(err.Error(), "credentials.code") {
		t.Fatalf("a code that is none: %d, %v", status, err)
	}
	var made oauthAccount
	h.must("POST", "/accounts", body(a.sim.IssueCode()), &made)
	var check struct{ OK bool }
	h.must("POST", "/accounts/"+made.ID+"/check", nil, &check)
	if made.Status != "active" {
		t.Errorf("the account is %s: %s", made.Status, made.StatusReason)
	}
	var all struct{ Items []oauthAccount }
	h.must("GET", "/accounts", nil, &all)
	if len(all.Items) != 1 {
		t.Errorf("%d accounts, want the one whose code was good", len(all.Items))
	}
}

func TestABitrix24ApplicationIsInstalledRenewedRemovedAndInstalledAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		b := &bitrix{t: t}
		b.sim = bitrix24sim.New(bitrix24sim.Config{
			EventDelay: -1, ApplicationToken: applicationToken, Now: b.now, ClientID: "local.acceptance", ClientSecret: "a-secret-of-the-test",
			Redirect: h.front.URL + "/oauth/bitrix24/callback",
		})
		b.sim.AddUser(bitrix24sim.User{ID: 6, Name: "Вера", LastName: "Образцова", Email: "manager@portal.example"})
		srv := httptest.NewServer(b.sim)
		b.url = srv.URL
		b.sim.SetPortal(b.url)
		t.Cleanup(func() { b.sim.Close(); srv.CloseClientConnections(); srv.Close() })

		var made oauthAccount
		h.must("POST", "/accounts", fmt.Sprintf(`{"provider":"bitrix24","name":"Битрикс24","base_url":%q,"credentials":{"client_id":"local.acceptance","client_secret":"a-secret-of-the-test"},"mode":"live","policy":%s}`,
			b.url, policy), &made)
		b.account = made.account
		if made.Status != "reauth_needed" || made.AuthorizeURL == "" {
			t.Fatalf("an application that nobody has installed: %+v", made)
		}
		b.sim.InstallApplication(h.front.URL+"/oauth/bitrix24/install", 1)
		h.standsAt(b.ID, "active")
		var ready struct{ Hook struct{ State string } }
		h.must("POST", "/accounts/"+b.ID+"/setup", nil, &ready)
		if ready.Hook.State != "subscribed" {
			t.Errorf("the hook is %q", ready.Hook.State)
		}
		first := b.client()
		b.cancel(first)
		h.allTold(first)

		b.sim.ExpireTokens()
		second := b.client()
		b.cancel(second)
		h.allTold(first, second)
		if n := len(b.sim.Requests("oauth.token")); n != 1 {
			t.Errorf("%d requests for tokens after one expiry", n)
		}

		b.showsTheTab(h, first)
		b.startsByRobot(h)

		b.sim.UninstallApplication(b.HookURL+"/uninstalled", false)
		h.standsAt(b.ID, "reauth_needed")
		b.sim.InstallApplication(h.front.URL+"/oauth/bitrix24/install", 1)
		h.standsAt(b.ID, "active")
		h.must("POST", "/accounts/"+b.ID+"/setup", nil, &ready)
		third := b.client()
		b.cancel(third)
		h.allTold(second, third)
		h.eventually(func() error { return h.toldOnce(first, "T01", "T03", "T06") }) // the tab opened the way out

		b.sim.UninstallApplication(b.HookURL+"/uninstalled", true)
		h.standsAt(b.ID, "reauth_needed")
		if status := h.consents(h.look(b.ID).AuthorizeURL); status != http.StatusOK {
			t.Fatalf("coming back with a code: %d", status)
		}
		h.standsAt(b.ID, "active")
		h.invariantsHold()
	})
}

// opens opens our tab in the card of a deal as a browser in the portal does.
func (b *bitrix) opens(h *house, d deal, form func(url.Values)) (status int, page string, header http.Header) {
	b.t.Helper()
	target, body, ok := b.sim.PlacementRequest(b.number(d), 6)
	if !ok {
		b.t.Fatal("the tab is not bound")
	}
	values, err := url.ParseQuery(body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		form(values)
	}
	return b.posts(h, target, values)
}

func (b *bitrix) posts(h *house, target string, values url.Values) (status int, page string, header http.Header) {
	b.t.Helper()
	res, err := h.client.PostForm(target, values)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(raw), res.Header
}

var hidden = regexp.MustCompile(`name="(token|version)" value="([^"]*)"`)

// showsTheTab opens the tab, presses a button, and tries what must not work.
func (b *bitrix) showsTheTab(h *house, d deal) {
	b.t.Helper()
	status, page, header := b.opens(h, d, nil)
	if status != http.StatusOK || !strings.Contains(page, "№ ") || !strings.Contains(page, `value="proceed"`) {
		b.t.Fatalf("the tab answers %d: %s", status, page)
	}
	if csp := header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-ancestors "+b.url) || header.Get("X-Frame-Options") != "" {
		b.t.Errorf("who may frame the tab: %q, %q", csp, header.Get("X-Frame-Options"))
	}
	for what, spoil := range map[string]func(url.Values){
		"a token that the portal does not know": func(v url.Values) { v.Set("AUTH_ID", "made-up") },
		"another portal":                        func(v url.Values) { v.Set("member_id", strings.Repeat("0", 32)) },
		"another application":                   func(v url.Values) { v.Set("APPLICATION_TOKEN", "made-up") },
		"a deal that is not there":              func(v url.Values) { v.Set("PLACEMENT_OPTIONS", `{"ID":"99999"}`) },
		"no deal":                               func(v url.Values) { v.Set("PLACEMENT_OPTIONS", `{"ID":"../1"}`) },
	} {
		if status, _, _ := b.opens(h, d, spoil); status != http.StatusForbidden {
			b.t.Errorf("%s: the tab answers %d", what, status)
		}
	}
	press := url.Values{"action": {"proceed"}}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		press.Set(m[1], m[2])
	}
	target, _, _ := b.sim.PlacementRequest(b.number(d), 6)
	act, _, _ := strings.Cut(target, "?")
	forged := url.Values{"action": {"proceed"}, "token": {press.Get("token")[1:] + "A"}}
	if status, _, _ := b.posts(h, act+"/act", forged); status != http.StatusForbidden {
		b.t.Errorf("a forged context: %d", status)
	}
	status, page, _ = b.posts(h, act+"/act", press)
	if status != http.StatusOK || strings.Contains(page, "role=\"alert\"") || strings.Contains(page, `value="proceed"`) {
		b.t.Errorf("the button answers %d: %s", status, page)
	}
	if _, page, _ = b.posts(h, act+"/act", press); !strings.Contains(page, "role=\"alert\"") {
		b.t.Errorf("the same button from the old page: %s", page)
	}
	s, err := h.story()
	if err != nil {
		b.t.Fatal(err)
	}
	if c := s.casesOf(d)[0]; c.State != "leaving" {
		b.t.Errorf("after the button the case is %s", c.State)
	}
}

// startsByRobot puts our robot on a stage that means nothing by itself.
func (b *bitrix) startsByRobot(h *house) {
	b.t.Helper()
	if err := b.sim.PutAppRobot("opendoor_start", "LOSE"); err != nil {
		b.t.Fatal(err)
	}
	d := b.client()
	b.cancel(d)
	h.eventually(func() error {
		s, err := h.story()
		if err != nil {
			return err
		}
		if n := len(s.casesOf(d)); n != 1 {
			return fmt.Errorf("%d cases by the robot", n)
		}
		events, err := h.events(b.ID)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.EntityID == d.id && e.Kind == "deal.stage_changed" {
				return nil
			}
		}
		return fmt.Errorf("the robot told nothing: %+v", events)
	})
}
