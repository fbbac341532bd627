package acceptance

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
)

const applicationToken = "acceptance0application0token0000"

// markerPattern finds what we wrote, and what for.
var markerPattern = regexp.MustCompile(`\[opendoor:[0-9a-f-]{36}:([a-z_]+)\]`)

// marks tells what a text of ours is for, or "".
func marks(text string) string {
	if m := markerPattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

var clients atomic.Int64

func newAddress(at string) string { return fmt.Sprintf("client%d@%s.example", clients.Add(1), at) }

// amo is a simulated amoCRM account that is connected to an installation.
type amo struct {
	t   *testing.T
	sim *amocrmsim.Sim
	url string
	account
}

// amoAccount simulates an account without connecting it. Its repeats of hooks
// come a thousand times as fast as the vendor's.
func amoAccount(t *testing.T, set ...func(*amocrmsim.Config)) *amo {
	t.Helper()
	cfg := amocrmsim.Config{RetryScale: 0.001, DisableAfter: 100_000}
	for _, f := range set {
		f(&cfg)
	}
	a := &amo{t: t, sim: amocrmsim.New(cfg)}
	srv := httptest.NewServer(a.sim)
	a.url = srv.URL
	a.sim.SetBaseURL(a.url)
	t.Cleanup(func() { a.sim.Close(); srv.CloseClientConnections(); srv.Close() })
	return a
}

// amocrm connects a simulated amoCRM, live, and prepares it.
func (h *house) amocrm(set ...func(*amocrmsim.Config)) *amo {
	h.t.Helper()
	return h.connectAmo(amoAccount(h.t, set...), "live", policy)
}

func (h *house) connectAmo(a *amo, mode, policy string) *amo {
	h.t.Helper()
	h.must("POST", "/accounts", fmt.Sprintf(`{"provider":"amocrm","name":"amoCRM","base_url":%q,"credentials":{"access_token":%q},"mode":%q,"policy":%s}`,
		a.url, a.sim.Info().AccessToken, mode, policy), &a.account)
	h.must("POST", "/accounts/"+a.ID+"/setup", nil, nil)
	return a
}

func (a *amo) client() deal {
	a.t.Helper()
	email := newAddress("amo")
	contact, err := a.sim.CreateContact(amocrmsim.NewPerson{Name: "Анна Примерова", Email: email, ByUser: amocrmsim.AdminID})
	if err != nil {
		a.t.Fatal(err)
	}
	lead, err := a.sim.CreateLead(amocrmsim.NewLead{
		Name: "Обслуживание для " + email, Price: 12_000, PipelineID: amocrmsim.PipelineService, StatusID: amocrmsim.StatusServiceActive,
		Responsible: amocrmsim.ManagerIDs()[0], ContactID: contact, ByUser: amocrmsim.AdminID,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return deal{crm: a, account: a.ID, id: strconv.FormatInt(lead, 10), email: email}
}

func (a *amo) cancel(d deal) { a.move(d, amocrmsim.PipelineService, amocrmsim.StatusLost) }

func (a *amo) move(d deal, pipeline, status int64) {
	a.t.Helper()
	if err := a.sim.MoveLead(a.lead(d), pipeline, status, amocrmsim.ManagerIDs()[0], 0); err != nil {
		a.t.Fatal(err)
	}
}

func (a *amo) lead(d deal) int64 {
	id, err := strconv.ParseInt(d.id, 10, 64)
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *amo) written(d deal) written {
	var w written
	id := a.lead(d)
	for _, n := range a.sim.Notes(id) {
		if marks(n.Text()) == "summary" {
			w.notes = append(w.notes, n.Text())
		}
	}
	for _, t := range a.sim.Tasks(id) {
		if what := marks(t.Text); what != "" {
			w.tasks = append(w.tasks, what)
		}
	}
	lead, _ := a.sim.Lead(id)
	w.state, w.nps = first(lead.Fields["OPENDOOR_STATE"]), first(lead.Fields["OPENDOOR_NPS"])
	for _, tag := range lead.Tags {
		if strings.HasPrefix(tag, "opendoor:") {
			w.tags = append(w.tags, tag)
		}
	}
	return w
}

func first(values []any) string {
	if len(values) == 0 {
		return ""
	}
	return fmt.Sprint(values[0])
}

// bitrix is a simulated Bitrix24 portal that is connected to an installation.
type bitrix struct {
	t   *testing.T
	sim *bitrix24sim.Sim
	url string
	account
	handler int
	ago     atomic.Int64 // by how much the portal's clock is behind
}

func (b *bitrix) now() time.Time { return time.Now().Add(-time.Duration(b.ago.Load())) }

func bitrixPortal(t *testing.T) *bitrix {
	t.Helper()
	b := &bitrix{t: t}
	b.sim = bitrix24sim.New(bitrix24sim.Config{EventDelay: -1, ApplicationToken: applicationToken, Now: b.now})
	b.sim.AddUser(bitrix24sim.User{ID: 6, Name: "Вера", LastName: "Образцова", Email: "manager@portal.example"})
	srv := httptest.NewServer(b.sim)
	b.url = srv.URL
	b.sim.SetPortal(b.url)
	t.Cleanup(func() { b.sim.Close(); srv.CloseClientConnections(); srv.Close() })
	return b
}

// bitrix24 connects a simulated portal, live, prepares it, and ticks the events
// as its administrator would.
func (h *house) bitrix24() *bitrix {
	h.t.Helper()
	return h.connectBitrix(bitrixPortal(h.t), "live", policy)
}

func (h *house) connectBitrix(b *bitrix, mode, policy string) *bitrix {
	h.t.Helper()
	h.must("POST", "/accounts", fmt.Sprintf(`{"provider":"bitrix24","name":"Битрикс24","credentials":{"webhook_url":%q,"application_token":%q},"mode":%q,"policy":%s}`,
		b.sim.WebhookURL(b.url), applicationToken, mode, policy), &b.account)
	h.must("POST", "/accounts/"+b.ID+"/setup", nil, nil)
	b.handler = b.sim.AddOutgoingWebhook(b.HookURL, applicationToken, "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE")
	return b
}

// client is a client of an hour.
func (b *bitrix) client() deal {
	b.t.Helper()
	b.ago.Store(int64(time.Hour))
	defer b.ago.Store(0)
	return b.newClient()
}

func (b *bitrix) newClient() deal {
	b.t.Helper()
	email := newAddress("bitrix")
	contact, err := b.sim.CreateContact(map[string]any{
		"NAME": "Игорь", "LAST_NAME": "Примеров", "EMAIL": []any{map[string]any{"VALUE": email, "VALUE_TYPE": "WORK"}},
	}, 6)
	if err != nil {
		b.t.Fatal(err)
	}
	id, err := b.sim.CreateDeal(map[string]any{
		"TITLE": "Обслуживание для " + email, "CONTACT_ID": contact, "ASSIGNED_BY_ID": 6, "OPPORTUNITY": 12_000, "CURRENCY_ID": "RUB",
	}, 6)
	if err != nil {
		b.t.Fatal(err)
	}
	return deal{crm: b, account: b.ID, id: strconv.Itoa(id), email: email}
}

func (b *bitrix) number(d deal) int {
	id, err := strconv.Atoi(d.id)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bitrix) cancel(d deal) {
	b.t.Helper()
	if err := b.sim.LoseDeal(b.number(d), 6); err != nil {
		b.t.Fatal(err)
	}
}

// reopen drags the deal to the first stage of its pipeline.
func (b *bitrix) reopen(d deal) {
	b.t.Helper()
	if err := b.sim.MoveDeal(b.number(d), 0, "NEW", 6); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bitrix) written(d deal) written {
	var w written
	id := b.number(d)
	for _, n := range b.sim.Comments(id) {
		if marks(n.Text) == "summary" {
			w.notes = append(w.notes, n.Text)
		}
	}
	for _, a := range b.sim.Activities(id) {
		if what := marks(a.Subject + " " + a.Text); what != "" {
			w.tasks = append(w.tasks, what)
		}
	}
	for _, t := range b.sim.Tasks() {
		if what := marks(t.Title + " " + t.Text); what != "" && strings.Contains(strings.Join(t.Links, " ")+" ", "D_"+d.id+" ") {
			w.tasks = append(w.tasks, what)
		}
	}
	now, _ := b.sim.Deal(id)
	w.state, w.nps = value(now.Fields["UF_CRM_OPENDOOR_STATE"]), value(now.Fields["UF_CRM_OPENDOOR_NPS"])
	return w
}

func value(v any) string {
	if v == nil || v == false {
		return ""
	}
	return fmt.Sprint(v)
}

// aMoment passes so that a CRM that tells times in whole seconds sees two
// changes as two.
func aMoment() { time.Sleep(2100 * time.Millisecond) }

// fail makes the account's next answers to a path fail.
func (a *amo) fail(method, path string, kind amocrmsim.FaultKind, times int) {
	a.sim.AddFault(amocrmsim.Fault{Method: method, PathPrefix: path, Kind: kind, Times: times})
}
