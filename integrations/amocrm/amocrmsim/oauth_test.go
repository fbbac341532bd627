package amocrmsim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// clock is an account's clock that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func tokens(t *testing.T, s *Sim, grantType, key, value string) (int, string, string) {
	t.Helper()
	info := s.Info()
	body := fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"redirect_uri":%q,"grant_type":%q,%q:%q}`,
		info.ClientID, info.ClientSecret, info.RedirectURI, grantType, key, value)
	status, _, v := askAs(t, s, "", "POST", "/oauth2/access_token", body)
	access, _ := get(t, v, "access_token").(string)
	refresh, _ := get(t, v, "refresh_token").(string)
	return status, access, refresh
}

func works(t *testing.T, s *Sim, token string) bool {
	t.Helper()
	status, _, _ := askAs(t, s, token, "GET", "/api/v4/account", "")
	return status == 200
}

func newClocked(t *testing.T) (*Sim, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	s := New(Config{Now: c.now})
	t.Cleanup(s.Close)
	return s, c
}

func TestACodeIsGoodOnceAndForTwentyMinutes(t *testing.T) {
	s, c := newClocked(t)
	code, late := s.IssueCode(), s.IssueCode()
	if status, access, _ := tokens(t, s, "authorization_code", "code", code); status != 200 || !works(t, s, access) {
		t.Fatalf("exchange: %d", status)
	}
	if status, _, _ := tokens(t, s, "authorization_code", "code", code); status != 400 {
		t.Errorf("second exchange: %d", status)
	}
	c.at = c.at.Add(21 * time.Minute)
	if status, _, _ := tokens(t, s, "authorization_code", "code", late); status != 400 {
		t.Errorf("late exchange: %d", status)
	}
}

func TestTheOldRefreshTokenLivesUntilTheNewPairIsUsed(t *testing.T) {
	s, c := newClocked(t)
	_, first, refresh := tokens(t, s, "authorization_code", "code", s.IssueCode())
	c.at = c.at.Add(25 * time.Hour)
	if works(t, s, first) {
		t.Error("an access token lives longer than a day")
	}
	if status, _, _ := tokens(t, s, "refresh_token", "refresh_token", refresh); status != 200 { // its answer is lost
		t.Fatalf("refresh: %d", status)
	}
	status, second, next := tokens(t, s, "refresh_token", "refresh_token", refresh)
	if status != 200 || next == refresh {
		t.Fatalf("refresh after a lost answer: %d", status)
	}
	if !works(t, s, second) {
		t.Fatal("the new token does not work")
	}
	info := s.Info()
	status, _, v := askAs(t, s, "", "POST", "/oauth2/access_token", fmt.Sprintf(
		`{"client_id":%q,"client_secret":%q,"redirect_uri":%q,"grant_type":"refresh_token","refresh_token":%q}`, info.ClientID, info.ClientSecret, info.RedirectURI, refresh))
	if status != 401 || get(t, v, "hint") != "Token has been revoked" {
		t.Errorf("used refresh token: %d %v", status, v)
	}
	if status, _, _ := tokens(t, s, "refresh_token", "refresh_token", next); status != 200 {
		t.Errorf("the current refresh token: %d", status)
	}
}

func TestAccessTokensCanBeDecoded(t *testing.T) {
	s, _ := newClocked(t)
	_, access, _ := tokens(t, s, "authorization_code", "code", s.IssueCode())
	for _, token := range []string{access, s.Info().AccessToken} {
		parts := strings.Split(token, ".")
		if len(parts) != 3 {
			t.Fatalf("%d parts", len(parts))
		}
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		var claims struct {
			Exp       int64    `json:"exp"`
			AccountID int64    `json:"account_id"`
			APIDomain string   `json:"api_domain"`
			Scopes    []string `json:"scopes"`
		}
		if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Exp == 0 || claims.AccountID != s.Info().AccountID || claims.APIDomain == "" || len(claims.Scopes) == 0 {
			t.Errorf("claims %s: %v", raw, err)
		}
	}
}

func TestUninstallKillsTokensAndTellsSigned(t *testing.T) {
	var got url.Values
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.URL.Query() }))
	defer srv.Close()
	// Account, client and secret of the vendor's sample, so that its signature
	// must come out.
	s := New(Config{AccountID: 32720107, ClientID: "01d01160-d7a0-4087-b4af-6a1bb83fcd1d", ClientSecret: "test-secret-not-real", RevokedHookURL: srv.URL})
	defer s.Close()
	_, access, refresh := tokens(t, s, "authorization_code", "code", s.IssueCode())
	if err := s.Uninstall(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if got.Get("signature") != "c8d8583fe0a8a068dd0e8730813bc486f071b4d023bd00f28d220f24e6663bad" || got.Get("account_id") != "32720107" {
		t.Errorf("call: %v", got)
	}
	if status, _, _ := tokens(t, s, "refresh_token", "refresh_token", refresh); status != 401 || works(t, s, access) || works(t, s, s.Info().AccessToken) {
		t.Error("tokens outlive the integration")
	}
}

func TestARenamedAccountIsFoundByItsRefreshToken(t *testing.T) {
	s := New(Config{Subdomain: "oldname"})
	defer s.Close()
	_, access, refresh := tokens(t, s, "authorization_code", "code", s.IssueCode())
	s.Rename("newname", "")
	at := func(host, path string, head http.Header) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "http://"+host+path, nil)
		r.Header = head
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	bearer := http.Header{"Authorization": {"Bearer " + access}}
	if w := at("oldname.localhost:1", "/api/v4/account", bearer); w.Code != 404 {
		t.Errorf("old host: %d", w.Code)
	}
	if w := at("newname.localhost:1", "/api/v4/account", bearer); w.Code != 200 {
		t.Errorf("new host: %d", w.Code)
	}
	w := at("newname.localhost:1", "/oauth2/account/current/subdomain", http.Header{"X-Refresh-Token": {refresh}})
	var body struct{ Subdomain, Domain string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Subdomain != "newname" || body.Domain != "newname.localhost:1" {
		t.Errorf("%s %v", w.Body, err)
	}
}

func TestConsentLeadsBackWithACode(t *testing.T) {
	s := seeded(t)
	post := func(decision string) url.Values {
		r := httptest.NewRequest(http.MethodPost, "http://example.test/oauth?client_id="+s.Info().ClientID, strings.NewReader("state=abc&decision="+decision))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		back, err := url.Parse(w.Header().Get("Location"))
		if w.Code != 302 || err != nil {
			t.Fatalf("%s: %d %v", decision, w.Code, err)
		}
		return back.Query()
	}
	if q := post("deny"); q.Get("error") != "access_denied" || q.Get("state") != "abc" {
		t.Errorf("denied: %v", q)
	}
	q := post("allow")
	if status, _, _ := tokens(t, s, "authorization_code", "code", q.Get("code")); status != 200 || q.Get("referer") != "example.test" || q.Get("state") != "abc" {
		t.Errorf("allowed: %v", q)
	}
}
