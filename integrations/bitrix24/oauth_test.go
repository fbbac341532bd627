package bitrix24

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/integrations/outbound"
	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/journal"
)

func read1(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

// localApp is an account that is spoken to as a local application.
func localApp(base string) *offboarding.Account {
	acc := account()
	acc.BaseURL, acc.RemoteID = base, ""
	acc.Credentials = offboarding.Credentials{"client_id": "local.opendoor", "client_secret": "client-secret"}
	acc.Policy.RequestsPerSec = 1e6
	return acc
}

// freed is a connector that may call loopback addresses.
func freed(t *testing.T) *Connector {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return New(Config{HTTP: client, Limiter: outbound.NewLimiter(nil, log), Breakers: outbound.NewBreakers(log), Wall: time.Now, Log: log})
}

// server is an authorisation server that always answers the same.
func server(t *testing.T, status int, body string) (address string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.Method+" "+r.URL.Path+" "+r.URL.Query().Get("grant_type"))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

func TestACodeBuysAccessToThePortalThatTheServerNames(t *testing.T) {
	c := freed(t)
	acc := localApp("")
	address, asked := server(t, http.StatusOK, read1(t, "oauth/token-by-code.json"))
	acc.Credentials["auth_url"] = address
	e, err := c.Exchange(t.Context(), acc, offboarding.ConsentCode{Code: "CODE"})
	if err != nil {
		t.Fatal(err)
	}
	if e.Home != "https://portal.bitrix24.com" || e.Server != serverWorld || e.RemoteID != "a223c6b3710f85df22e9377d6c4f7553" || e.RefreshToken != "4f9k4jpmg13usmybzuqknt2v9fh0q6rl" {
		t.Errorf("entry at %s by %s of %s", e.Home, e.Server, e.RemoteID)
	}
	if (*asked)[0] != "GET /oauth/token/ authorization_code" {
		t.Errorf("asked %v", *asked)
	}
}

func TestARefusedGrantIsDeadAndATroubledServerIsNot(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		dead   bool
	}{
		"invalid_grant":             {400, read1(t, "oauth/invalid-grant.json"), true},
		"PAYMENT_REQUIRED":          {401, read1(t, "oauth/payment-required.json"), true},
		"WRONG_CLIENT with 200":     {200, `{"error":"WRONG_CLIENT"}`, true},
		"NOT_INSTALLED":             {401, `{"error":"NOT_INSTALLED","error_description":""}`, true},
		"a code nobody has written": {400, `{"error":"SOMETHING_ELSE"}`, false},
		"a page":                    {502, `<html>Bad Gateway</html>`, false},
		"no tokens":                 {200, `{}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := freed(t)
			acc := localApp("https://portal.bitrix24.com")
			acc.Credentials["auth_url"], _ = server(t, test.status, test.body)
			_, err := c.refresh(acc)(t.Context(), offboarding.Grant{AccessToken: "a", RefreshToken: "r"})
			if dead := offboarding.IsKind(err, offboarding.KindUnauthorized); dead != test.dead || err == nil || !dead && !offboarding.IsKind(err, offboarding.KindUnavailable) {
				t.Errorf("got %v, dead %v", err, dead)
			}
		})
	}
	c := freed(t)
	acc := localApp("https://portal.bitrix24.com")
	acc.Credentials["auth_url"], _ = server(t, 200, read1(t, "oauth/token-refresh.json"))
	g, err := c.refresh(acc)(t.Context(), offboarding.Grant{AccessToken: "a", RefreshToken: "r"})
	if err != nil || g.RefreshToken != "3s6lr4kr3cv2od4v853gvrchb875bwxb" || g.ExpiresAt.Sub(g.ObtainedAt) != time.Hour {
		t.Errorf("renewed for %v, %v", g.ExpiresAt.Sub(g.ObtainedAt), err)
	}
}

func TestTheSecretGoesToTheServerOfThePortalsPartOfTheWorld(t *testing.T) {
	c := freed(t)
	for _, test := range []struct{ base, known, own, want string }{
		{"https://romashka.bitrix24.ru", "", "", serverRU},
		{"https://romashka.bitrix24.com", "", "", serverWorld},
		{"https://romashka.bitrix24.com", serverRU, "", serverRU},
		{"https://romashka.bitrix24.ru", "https://evil.example.com", "", serverRU},
		{"", "", "", serverRU}, // by the account's language
		{"http://127.0.0.1:8092", serverWorld, "", "http://127.0.0.1:8092"},
		{"http://127.0.0.1:8092", "", serverWorld + "/", serverWorld},
	} {
		acc := localApp(test.base)
		acc.Credentials["auth_url"] = test.own
		if got := c.serverOf(acc, test.known); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
	for named, want := range map[string]string{
		"oauth.bitrix.info": serverWorld, "https://oauth.bitrix24.tech/rest/": serverRU, "http://oauth.bitrix.info": "",
		"https://oauth.bitrix.info.evil.example.com": "", "https://u@evil.example.com": "", "": "",
	} {
		if got := vendorServer(named); got != want {
			t.Errorf("server %q: %q", named, got)
		}
	}
	acc := localApp("https://romashka.bitrix24.ru")
	acc.Credentials["auth_url"] = "https://evil.example.com"
	if _, err := c.Exchange(t.Context(), acc, offboarding.ConsentCode{Code: "x"}); !offboarding.IsKind(err, offboarding.KindInvalid) {
		t.Errorf("a foreign server got the secret: %v", err)
	}
}

func TestInstallationAndRemovalAreReadAsThePortalSendsThem(t *testing.T) {
	c := quietConnector(t)
	in, ok := c.Installation(form(read1(t, "webhooks/app-install.form")))
	if !ok || in.RemoteID != "d897063e1ce7c5eb9f04b9751eef5915" || in.Host != "some-domain.bitrix24.com" || in.ApplicationToken != "51856fefc120afa4b628cc82d3935cce" ||
		in.RefreshToken != "4s386p3q0tr8dy89xvmt96234v3dljg8" || in.ExpiresIn != time.Hour || in.Removed {
		t.Errorf("installation %+v, %v", in, ok)
	}
	gone, ok := c.Installation(form(read1(t, "webhooks/app-uninstall.form")))
	if !ok || !gone.Removed || !gone.Clean || gone.RemoteID != in.RemoteID {
		t.Errorf("removal %+v, %v", gone, ok)
	}
	acc := localApp("https://some-domain.bitrix24.com")
	acc.RemoteID, acc.Credentials["application_token"] = in.RemoteID, in.ApplicationToken
	if clean, ok := c.Left(acc, form(read1(t, "webhooks/app-uninstall.form"))); !ok || !clean {
		t.Errorf("left %v, clean %v", ok, clean)
	}
	acc.Credentials["application_token"] = "another"
	if _, ok := c.Left(acc, form(read1(t, "webhooks/app-uninstall.form"))); ok {
		t.Error("a removal with a wrong token is believed")
	}
	for _, body := range []string{"", "event=ONAPPTEST", read1(t, "webhooks/app-deal-update-user.form"), "event=ONAPPINSTALL&auth[member_id]=1"} {
		if _, ok := c.Installation(form(body)); ok {
			t.Errorf("%q is an installation", body)
		}
	}
}

func TestAnOpenedTabIsReadAsThePortalSendsIt(t *testing.T) {
	c := quietConnector(t)
	acc := localApp("https://some-domain.bitrix24.com")
	acc.RemoteID, acc.Credentials["application_token"] = "d897063e1ce7c5eb9f04b9751eef5915", "ec1b2074a9d3f5c81b6e40d27a95cf38"
	d := form(read1(t, "webhooks/placement-deal-tab.form"))
	d.Query = "DOMAIN=some-domain.bitrix24.com&PROTOCOL=1&LANG=en&APP_SID=5552d735db7b7b4d5c16dd9c272bfe7d"
	v, ok := c.CardVisit(acc, d)
	if !ok || v.DealID != "8061" || v.Lang != "en" || v.AccessToken == "" {
		t.Errorf("visit %+v, %v", v, ok)
	}
	acc.RemoteID = "another"
	if _, ok := c.CardVisit(acc, d); ok {
		t.Error("a visit of another portal is let in")
	}
}

func TestAnApplicationIsAdmittedWhenThePortalSaysSo(t *testing.T) {
	sim := bitrix24sim.New(bitrix24sim.Config{Seed: true})
	srv := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); srv.Close() })
	sim.SetPortal(srv.URL)
	c := freed(t)
	access, refresh := sim.IssueToken(1)
	in := offboarding.Installation{RemoteID: "m", ClientEndpoint: srv.URL + "/rest/", AccessToken: access, RefreshToken: refresh, ApplicationToken: "t", ExpiresIn: time.Hour}
	acc := localApp("")
	e, err := c.Admit(t.Context(), acc, in)
	if err != nil || e.Home != srv.URL || e.RefreshToken != refresh || e.ApplicationToken != "t" {
		t.Fatalf("admitted at %s, %v", e.Home, err)
	}
	acc.Credentials["client_id"] = "local.another"
	if _, err := c.Admit(t.Context(), acc, in); err == nil {
		t.Error("another application's installation is admitted")
	}
	acc.Credentials["client_id"] = "local.opendoor"
	in.AccessToken = "made-up"
	if _, err := c.Admit(t.Context(), acc, in); err == nil {
		t.Error("a token that the portal does not know is admitted")
	}
	in.ClientEndpoint = "https://portal.evil.example.com/rest/"
	if _, err := c.Admit(t.Context(), acc, in); !offboarding.IsKind(err, offboarding.KindInvalid) {
		t.Errorf("a host that nobody has confirmed was asked: %v", err)
	}
}

// letIn is a portal whose application has access, and the keeper of a second
// process on the same database.
func letIn(t *testing.T) (sim *bitrix24sim.Sim, c *Connector, acc *offboarding.Account, elsewhere *offboarding.Keeper) {
	t.Helper()
	sim = bitrix24sim.New(bitrix24sim.Config{Seed: true})
	srv := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); srv.Close() })
	sim.SetPortal(srv.URL)
	keys := [][]byte{[]byte("a key of thirty-two bytes, yes..")}
	s, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir(), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := journal.Open(t.TempDir(), keys)
	if err != nil {
		t.Fatal(err)
	}
	c = freed(t)
	c.grants = offboarding.NewKeeper(s, s, files, time.Now, slog.New(slog.DiscardHandler))
	acc = localApp(srv.URL)
	acc.ID, acc.Mode, acc.Status = offboarding.NewID(), offboarding.Shadow, offboarding.AccountActive
	if err := s.AddAccount(t.Context(), acc); err != nil {
		t.Fatal(err)
	}
	if err := c.grants.Take(t.Context(), acc.ID, fresh(sim), "test", "let in"); err != nil {
		t.Fatal(err)
	}
	other, err := journal.Open(t.TempDir(), keys)
	if err != nil {
		t.Fatal(err)
	}
	return sim, c, acc, offboarding.NewKeeper(s, s, other, time.Now, slog.New(slog.DiscardHandler))
}

// fresh is what the portal gives at an installation.
func fresh(sim *bitrix24sim.Sim) offboarding.Grant {
	access, refresh := sim.IssueToken(1)
	now := time.Now()
	return offboarding.Grant{AccessToken: access, RefreshToken: refresh, ObtainedAt: now, ExpiresAt: now.Add(time.Hour)}
}

// What one process remembers of an account must not park it after another
// process has been let in anew.
func TestAccessGivenToAnotherProcessCounts(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, sim *bitrix24sim.Sim, c *Connector, acc *offboarding.Account){
		"the token it knows belongs to an installation that is over": func(t *testing.T, sim *bitrix24sim.Sim, c *Connector, acc *offboarding.Account) {
			if _, err := c.profile(t.Context(), acc); err != nil { // now it is remembered
				t.Fatal(err)
			}
			sim.UninstallApplication("http://127.0.0.1:1/uninstalled", false) // nobody listens there
		},
		"it knows that there is no access": func(t *testing.T, sim *bitrix24sim.Sim, c *Connector, acc *offboarding.Account) {
			if err := c.grants.Forget(t.Context(), acc.ID, "test", "removed"); err != nil {
				t.Fatal(err)
			}
			if _, err := c.profile(t.Context(), acc); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sim, c, acc, elsewhere := letIn(t)
			lose(t, sim, c, acc)
			if err := elsewhere.Take(t.Context(), acc.ID, fresh(sim), "test", "let in again"); err != nil {
				t.Fatal(err)
			}
			if _, err := c.profile(t.Context(), acc); err != nil {
				t.Errorf("after the other process was let in: %v", err)
			}
			if n := len(sim.Requests("oauth.token")); n != 0 {
				t.Errorf("%d refresh tokens were presented for it", n)
			}
		})
	}
}

func TestOnlyAnExpiredTokenIsRenewed(t *testing.T) {
	sim, c, acc, _ := letIn(t)
	bought := func() int { return len(sim.Requests("oauth.token")) }
	for _, kind := range []bitrix24sim.FaultKind{bitrix24sim.FaultCredentials, bitrix24sim.FaultScope, bitrix24sim.FaultPlan} {
		sim.AddFault(bitrix24sim.Fault{Method: "profile", Kind: kind})
		if _, err := c.profile(t.Context(), acc); err == nil || bought() != 0 {
			t.Errorf("%s: %v, %d requests for tokens", kind, err, bought())
		}
	}
	sim.ExpireTokens()
	if _, err := c.profile(t.Context(), acc); err != nil || bought() != 1 {
		t.Fatalf("expired: %v, %d requests for tokens", err, bought())
	}
	sim.RevokeTokens()
	for range 3 {
		if _, err := c.profile(t.Context(), acc); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
			t.Fatalf("revoked: %v", err)
		}
	}
	if n := bought(); n != 2 {
		t.Errorf("a dead refresh token was presented %d times", n-1)
	}
}

// A portal may give access for a moment only, and calls wait for their turn:
// what ran out meanwhile is renewed at the next try, and nobody is asked to
// install anything.
func TestAccessThatRanOutOnItsWayParksNothing(t *testing.T) {
	sim, c, acc, _ := letIn(t)
	later, passes := time.Duration(0), 90*time.Minute // the portal gives an hour
	c.wall = func() time.Time { later += passes; return time.Now().Add(later) }
	sim.AddFault(bitrix24sim.Fault{Method: "profile", Kind: bitrix24sim.FaultExpiredToken, Times: 2})
	if _, err := c.profile(t.Context(), acc); !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Fatalf("run out on its way: %v", err)
	}
	if _, err := c.profile(t.Context(), acc); err != nil {
		t.Fatalf("the next try: %v", err)
	}
	passes = 0
	sim.AddFault(bitrix24sim.Fault{Method: "profile", Kind: bitrix24sim.FaultExpiredToken, Times: 2})
	if _, err := c.profile(t.Context(), acc); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
		t.Fatalf("refused although it is new: %v", err)
	}
}
