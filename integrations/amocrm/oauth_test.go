package amocrm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/journal"
)

// letIn is a bench whose account is spoken to by OAuth, with a real store and
// journal behind it.
func letIn(t *testing.T) (*bench, *store.Store) {
	t.Helper()
	b := newBench(t, amocrmsim.Config{})
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
	b.con.grants = offboarding.NewKeeper(s, s, files, b.con.wall, quiet())
	info := b.sim.Info()
	b.acc.Credentials = offboarding.Credentials{"client_id": info.ClientID, "client_secret": info.ClientSecret, "redirect_uri": info.RedirectURI}
	b.acc.Mode, b.acc.Status = offboarding.Shadow, offboarding.AccountActive
	if err := s.AddAccount(t.Context(), b.acc); err != nil {
		t.Fatal(err)
	}
	e, err := b.con.Exchange(t.Context(), b.acc, offboarding.ConsentCode{Code: b.sim.IssueCode()})
	if err != nil {
		t.Fatal(err)
	}
	if e.RemoteID != b.acc.RemoteID {
		t.Fatalf("account %q let us in, want %q", e.RemoteID, b.acc.RemoteID)
	}
	if err := b.con.grants.Take(t.Context(), b.acc.ID, e.Grant, "test", "let in"); err != nil {
		t.Fatal(err)
	}
	return b, s
}

func (b *bench) purchases() (n int) {
	for _, r := range b.sim.Ledger() {
		if r.Path == "/oauth2/access_token" && strings.Contains(r.Body, "refresh_token") {
			n++
		}
	}
	return n
}

func (b *bench) works() error {
	b.t.Helper()
	_, err := b.con.RemoteID(b.t.Context(), b.acc)
	return err
}

func TestATokenIsRenewedBeforeItsEndAndAfterARefusal(t *testing.T) {
	b, _ := letIn(t)
	if err := b.works(); err != nil || b.purchases() != 0 {
		t.Fatalf("a fresh token: %v, %d renewals", err, b.purchases())
	}
	b.now = b.now.Add(20 * time.Hour)
	if err := b.works(); err != nil || b.purchases() != 1 {
		t.Fatalf("after 20 of 24 hours: %v, %d renewals", err, b.purchases())
	}
	b.sim.ExpireAccessTokens(false)
	if err := b.works(); err != nil || b.purchases() != 2 {
		t.Fatalf("after a refusal: %v, %d renewals", err, b.purchases())
	}
	b.now = b.now.Add(20 * time.Hour)
	b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/oauth2/", Kind: amocrmsim.FaultServerError})
	if err := b.works(); err != nil {
		t.Fatalf("a renewal ahead of time that failed costs a call: %v", err)
	}
}

func TestAnAnswerThatWasLostIsAskedForOnceMore(t *testing.T) {
	b, _ := letIn(t)
	b.sim.ExpireAccessTokens(false)
	b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/oauth2/", Kind: amocrmsim.FaultCutApplied})
	if err := b.works(); !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Fatalf("the answer was lost: %v", err)
	}
	if err := b.works(); err != nil {
		t.Fatalf("the old token counts until the new one is used: %v", err)
	}
}

func TestARevokedAccessIsNotAskedForAgainUntilAPersonHelps(t *testing.T) {
	b, s := letIn(t)
	if err := b.sim.Uninstall(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := b.works(); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
		t.Fatalf("revoked: %v", err)
	}
	acc, err := s.Account(t.Context(), b.acc.ID)
	if err != nil || acc.Status != offboarding.AccountReauthNeeded || acc.StatusReason == "" {
		t.Fatalf("the account is %s (%s), %v", acc.Status, acc.StatusReason, err)
	}
	mark := b.mark()
	if err := b.works(); !offboarding.IsKind(err, offboarding.KindUnauthorized) || b.mark() != mark {
		t.Fatalf("a dead token was presented again: %v, %v", err, b.calls(mark))
	}
	b.sim.Reinstall()
	e, err := b.con.Exchange(t.Context(), b.acc, offboarding.ConsentCode{Code: b.sim.IssueCode()})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.con.grants.Take(t.Context(), b.acc.ID, e.Grant, "test", "let in again"); err != nil {
		t.Fatal(err)
	}
	if err := b.works(); err != nil {
		t.Fatalf("after a new consent: %v", err)
	}
}

// lostCommit is a database that goes away between an answer and its commit.
type lostCommit struct{ offboarding.Grants }

var errGone = errors.New("the database is gone")

func (g lostCommit) ChangeGrant(ctx context.Context, id uuid.UUID, fn func(offboarding.Grant) (*offboarding.GrantChange, error)) error {
	return g.Grants.ChangeGrant(ctx, id, func(now offboarding.Grant) (*offboarding.GrantChange, error) {
		if _, err := fn(now); err != nil {
			return nil, err
		}
		return nil, errGone
	})
}

// A machine dies with the answer in its journal; another one, which has not got
// that journal, presents the old token and is refused for good. The account is
// let in again by the machine that comes back.
func TestAnAnswerInTheJournalOutlivesTheRefusalOfAnotherMachine(t *testing.T) {
	b, s := letIn(t)
	files, err := journal.Open(t.TempDir(), [][]byte{[]byte("a key of thirty-two bytes, yes..")})
	if err != nil {
		t.Fatal(err)
	}
	used, err := b.con.grants.Current(t.Context(), b.acc.ID)
	if err != nil {
		t.Fatal(err)
	}
	dying := offboarding.NewKeeper(lostCommit{s}, s, files, b.con.wall, quiet())
	renewed := func(_ context.Context, g offboarding.Grant) (offboarding.Grant, error) {
		g.AccessToken, g.RefreshToken = "renewed", "next"
		return g, nil
	}
	if _, err := dying.Renew(t.Context(), b.acc.ID, used.AccessToken, renewed); !errors.Is(err, errGone) {
		t.Fatalf("the commit that failed: %v", err)
	}
	spent := func(context.Context, offboarding.Grant) (offboarding.Grant, error) {
		return offboarding.Grant{}, offboarding.GrantDead("the token was used before", nil)
	}
	if _, err := b.con.grants.Renew(t.Context(), b.acc.ID, used.AccessToken, spent); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
		t.Fatalf("the other machine: %v", err)
	}
	back := offboarding.NewKeeper(s, s, files, b.con.wall, quiet())
	for range 2 { // a second start finds nothing left to do
		if err := back.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if g, err := back.Current(t.Context(), b.acc.ID); err != nil || g.RefreshToken != "next" {
			t.Fatalf("after the machine came back: %v", err)
		}
	}
}

func TestARenamedAccountIsFoundAtItsNewAddress(t *testing.T) {
	for name, prepare := range map[string]func(*bench){
		"while the token is good":     func(*bench) {},
		"after the token has expired": func(b *bench) { b.sim.ExpireAccessTokens(false) },
	} {
		t.Run(name, func(t *testing.T) {
			b, s := letIn(t)
			elsewhere := httptest.NewServer(b.sim)
			t.Cleanup(elsewhere.Close)
			b.sim.SetBaseURL(b.acc.BaseURL)
			b.sim.Rename("renamed", elsewhere.URL)
			prepare(b)
			// One look finds it for all that is asked by the row as it was.
			for _, item := range b.con.Check(t.Context(), b.acc) {
				if item.Unknown {
					t.Errorf("%+v", item)
				}
			}
			acc, err := s.Account(t.Context(), b.acc.ID)
			if err != nil || acc.BaseURL != elsewhere.URL {
				t.Fatalf("the account is kept at %s, %v", acc.BaseURL, err)
			}
		})
	}
}

func TestTheSecretGoesToAllowedHostsOnly(t *testing.T) {
	b, _ := letIn(t)
	for _, referer := range []string{
		"evil.example.com", "romashka.amocrm.ru.evil.example.com", "romashka.amocrm.ru:8443", "user@romashka.amocrm.ru", "romashka.amocrm.ru/x", "10.0.0.1", "amocrm.ru@evil.example.com",
		"127.0.0.1:1@evil.example.com",
	} {
		mark := b.mark()
		_, err := b.con.Exchange(t.Context(), b.acc, offboarding.ConsentCode{Code: b.sim.IssueCode(), From: referer})
		if err == nil || b.mark() != mark {
			t.Errorf("referer %q: %v, %v", referer, err, b.calls(mark))
		}
	}
}

func TestTheConsentPageIsTheVendorsOwn(t *testing.T) {
	b, _ := letIn(t)
	for base, want := range map[string]string{
		"https://romashka.amocrm.ru":  "https://www.amocrm.ru/oauth",
		"https://romashka.amocrm.com": "https://www.amocrm.ru/oauth",
		"https://romashka.kommo.com":  "https://www.kommo.com/oauth",
		b.acc.BaseURL:                 b.acc.BaseURL + "/oauth",
		"https://evil.example.com":    "",
	} {
		acc := *b.acc
		acc.BaseURL = base
		got, query, _ := strings.Cut(b.con.ConsentURL(&acc, "STATE"), "?")
		q, _ := url.ParseQuery(query)
		if got != want || want != "" && (q.Get("state") != "STATE" || q.Get("client_id") != acc.Credentials["client_id"]) {
			t.Errorf("%s: %s?%s", base, got, query)
		}
	}
}

// The captured call with its documented secret (reference §3.5).
func TestTheUninstallCallIsProvedByItsSignature(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	const query = "client_uuid=01d01160-d7a0-4087-b4af-6a1bb83fcd1d&account_id=32720107&signature=c8d8583fe0a8a068dd0e8730813bc486f071b4d023bd00f28d220f24e6663bad"
	acc := &offboarding.Account{RemoteID: "32720107", Credentials: offboarding.Credentials{
		"client_id": "01d01160-d7a0-4087-b4af-6a1bb83fcd1d", "client_secret": "test-secret-not-real",
	}}
	left := func(acc offboarding.Account, query string) bool {
		_, ok := b.con.Left(&acc, &offboarding.Delivery{Query: query})
		return ok
	}
	if !left(*acc, query) {
		t.Error("the documented call is refused")
	}
	foreign := *acc
	foreign.RemoteID = "1"
	secretless := *acc
	secretless.Credentials = offboarding.Credentials{"client_id": acc.Credentials["client_id"]}
	for what, ok := range map[string]bool{
		"another account of the CRM": left(foreign, query), "no secret": left(secretless, query), "nothing": left(*acc, ""),
		"another account signed": left(*acc, strings.Replace(query, "32720107", "32720108", 1)),
		"a cut signature":        left(*acc, query[:len(query)-1]),
		"another client":         left(*acc, strings.Replace(query, "01d01160", "01d01161", 1)),
	} {
		if ok {
			t.Errorf("%s is believed", what)
		}
	}
}

func TestATokenRequestIsAsDocumented(t *testing.T) {
	b, _ := letIn(t)
	b.sim.ExpireAccessTokens(false)
	if err := b.works(); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.sim.Ledger() {
		if r.Path != "/oauth2/access_token" {
			continue
		}
		var in map[string]string
		if err := json.Unmarshal([]byte(r.Body), &in); err != nil {
			t.Fatal(err)
		}
		file := map[string]string{"authorization_code": "token-request-code.json", "refresh_token": "token-request-refresh.json"}[in["grant_type"]]
		raw, err := os.ReadFile(filepath.Join("testdata", "oauth", file))
		if err != nil {
			t.Fatal(err)
		}
		var documented map[string]string
		if err := json.Unmarshal(raw, &documented); err != nil {
			t.Fatal(err)
		}
		for name := range documented {
			if in[name] == "" {
				t.Errorf("%s: %s is missing", file, name)
			}
		}
		if len(in) != len(documented) {
			t.Errorf("%s: we send %d fields, documented are %d", file, len(in), len(documented))
		}
	}
}
