package bitrix24

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

// portal starts a simulated portal with sample data and an account for it.
func portal(t testing.TB) (*bitrix24sim.Sim, *offboarding.Account) {
	t.Helper()
	sim := bitrix24sim.New(bitrix24sim.Config{Seed: true})
	server := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); server.Close() })
	acc := account()
	acc.Credentials["webhook_url"] = sim.WebhookURL(server.URL)
	acc.Policy.RequestsPerSec = 1e6
	return sim, acc
}

// lost makes a deal of the sample leave and returns its id.
func lost(t testing.TB, sim *bitrix24sim.Sim, id int) string {
	t.Helper()
	if err := sim.LoseDeal(id, 6); err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(id)
}

// fence counts how often it was asked and lets everything through.
type fence struct{ asked int }

func (f *fence) open(context.Context) error { f.asked++; return nil }

func closed(context.Context) error { return offboarding.ErrFenced }

// without answers a connector's questions except for some methods, which it
// takes for unknown: an old or foreign installation.
func without(t testing.TB, sim *bitrix24sim.Sim, methods ...string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(lacking{sim, methods})
	t.Cleanup(server.Close)
	return server
}

// lacking is a portal without some methods.
type lacking struct {
	http.Handler
	methods []string
}

func (l lacking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if slices.Contains(l.methods, method) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}`)
		return
	}
	l.Handler.ServeHTTP(w, r)
}

func setUp(t testing.TB, c *Connector, acc *offboarding.Account) *offboarding.SetupReport {
	t.Helper()
	report, err := c.Setup(t.Context(), acc, "https://opendoor.example/hooks/bitrix24/key")
	if err != nil {
		t.Fatal(err)
	}
	acc.CardSetup = report.CardSetup
	return report
}

func TestWhatThePortalSendsIsProvedAndUnderstood(t *testing.T) {
	sim := bitrix24sim.New(bitrix24sim.Config{Seed: true, EventDelay: -1, MemberID: portalID})
	t.Cleanup(sim.Close)
	acc := account()
	c := quietConnector(t)
	var mu sync.Mutex
	var got []string
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d := &offboarding.Delivery{
			Origin: offboarding.OriginHook, Method: r.Method, Query: r.URL.RawQuery, ContentType: r.Header.Get("Content-Type"), Body: body,
		}
		said := "refused"
		if c.Prove(acc, d) == nil {
			u := c.Unpack(acc, d)
			if u.Malformed != "" || u.Foreign != "" {
				t.Errorf("%s: %+v", body, u)
				return
			}
			e := u.Events[0]
			said = string(e.Kind) + " " + e.EntityID
			if e.Hint.Robot {
				said = "robot " + said
			}
		}
		mu.Lock()
		got = append(got, said)
		mu.Unlock()
	}))
	t.Cleanup(ours.Close)
	sim.AddOutgoingWebhook(ours.URL+"/hooks/bitrix24/key", hookToken, "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE")
	sim.AddOutgoingWebhook(ours.URL+"/hooks/bitrix24/key", "somebodyelsestoken", "ONCRMDEALUPDATE")
	sim.AddRobot("C1:LOSE", ours.URL+"/hooks/bitrix24/key?title={{TITLE}}")
	lost(t, sim, 2)
	if err := sim.DeleteDeal(4, 6); err != nil {
		t.Fatal(err)
	}
	if err := sim.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{"deal.deleted 4", "deal.updated 2", "refused", "robot deal.stage_changed 2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
