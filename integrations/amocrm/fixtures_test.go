package amocrm

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
)

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func anyJSON(t *testing.T, raw []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

// integration is an account that is spoken to by the fixtures' own integration.
func (b *bench) integration(base string) *offboarding.Account {
	acc := *b.acc
	acc.BaseURL, acc.RemoteID = base, ""
	acc.Credentials = offboarding.Credentials{
		"client_id": "01d01160-d7a0-4087-b4af-6a1bb83fcd1d", "client_secret": "test-secret-not-real",
		"redirect_uri": "https://connector.example.test/oauth/amocrm/callback",
	}
	return &acc
}

// query reads the address in the first line of a recorded request.
func query(t *testing.T, name string) string {
	t.Helper()
	line, _, _ := strings.Cut(string(fixture(t, name)), "\n")
	u, err := url.Parse(strings.Fields(line)[1])
	if err != nil {
		t.Fatal(err)
	}
	return u.RawQuery
}

// What we ask for tokens is what the vendor documents, and its answers are
// understood.
func TestTokensAreAskedForAsDocumented(t *testing.T) {
	var asked []any
	status, answer := http.StatusOK, "oauth/token-response-200.json"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/oauth2/access_token" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, anyJSON(t, body))
		w.WriteHeader(status)
		_, _ = w.Write(fixture(t, answer))
	}))
	t.Cleanup(server.Close)
	b := newBench(t, amocrmsim.Config{})
	acc := b.integration(server.URL)

	back, err := url.ParseQuery(query(t, "oauth/redirect-from-widget.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if back.Get("referer") != "etesttask.amocrm.ru" || back.Has("state") {
		t.Fatalf("the way back from a widget: %v", back)
	}
	entry, err := b.con.Exchange(t.Context(), acc, offboarding.ConsentCode{Code: back.Get("code")})
	if err != nil || entry.AccessToken != "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.e30.c2ln" || entry.RefreshToken != "def50200NNNN" ||
		entry.ExpiresAt.Sub(entry.ObtainedAt) != 24*time.Hour {
		t.Fatalf("%+v, %v", entry.RemoteID, err)
	}
	if _, err := b.con.refresh(acc)(t.Context(), offboarding.Grant{RefreshToken: "def50200RRRR"}); err != nil {
		t.Fatal(err)
	}
	want := []any{anyJSON(t, fixture(t, "oauth/token-request-code.json")), anyJSON(t, fixture(t, "oauth/token-request-refresh.json"))}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	status, answer = http.StatusUnauthorized, "oauth/token-response-revoked-401.json"
	if _, err := b.con.refresh(acc)(t.Context(), offboarding.Grant{RefreshToken: "def50200RRRR"}); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
		t.Errorf("a revoked token: %v", err)
	}
}

func TestTheVendorsWordThatWeWereSwitchedOffIsBelieved(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	acc := b.integration("https://kommodemo.kommo.com")
	said := query(t, "oauth/uninstall-hook-valid.txt")
	for _, test := range []struct {
		query, remote string
		ok            bool
	}{
		{said, "", true},
		{said, "32720107", true},
		{said, "999", false},
		{strings.Replace(said, "32720107", "32720108", 1), "", false},
		{strings.Replace(said, "signature=c", "signature=d", 1), "", false},
		{"", "", false},
	} {
		acc.RemoteID = test.remote
		if _, ok := b.con.Left(acc, &offboarding.Delivery{Query: test.query}); ok != test.ok {
			t.Errorf("%s of %q: %v", test.query, test.remote, ok)
		}
	}
}

// A change of a lead has the shape of the vendor's, without what is a person's.
func TestAChangeOfALeadHasTheVendorsShape(t *testing.T) {
	dec := json.NewDecoder(bytes.NewReader(fixture(t, "api/lead-patch-request.json")))
	var theirs map[string]any
	if err := dec.Decode(&theirs); err != nil {
		t.Fatal(err)
	}
	for _, persons := range []string{"status_id", "pipeline_id", "loss_reason_id"} {
		delete(theirs, persons)
	}
	ours := anyJSON(t, must(json.Marshal(leadPatch{
		TagsAdd: []tagPatch{{"opendoor: опрос отправлен"}},
		Fields: []fieldPatch{
			{ID: 1016236, Values: []valuePatch{{EnumID: 867972}}},
			{ID: 1016240, Values: []valuePatch{{Value: "Комментарий клиента"}}},
			{ID: 1016241, Values: []valuePatch{{Value: "2026-03-01T00:00:00+03:00"}}},
			{ID: 1016242},
		},
	})))
	if diff := cmp.Diff(any(theirs), ours); diff != "" {
		t.Error(diff)
	}
}

// Whatever the vendor's samples hold, our lenient types read them without error.
func TestEverySampleAnswerIsRead(t *testing.T) {
	samples, err := os.ReadDir("testdata/api")
	if err != nil || len(samples) < 30 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	for _, s := range samples {
		raw := fixture(t, "api/"+s.Name())
		var page collection
		var refusal problem
		if err := json.Unmarshal(raw, &page); err != nil {
			t.Errorf("%s as a page: %v", s.Name(), err)
		}
		if err := json.Unmarshal(raw, &refusal); err != nil {
			t.Errorf("%s as a refusal: %v", s.Name(), err)
		}
		if s.Name() == "pipeline-statuses.json" && len(page.Embedded.V.Pipelines) == 0 && !strings.Contains(string(raw), `"statuses"`) {
			t.Errorf("%s holds no stages", s.Name())
		}
	}
}
