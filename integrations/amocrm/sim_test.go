package amocrm

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// bench is a connector, an account and the simulated CRM it is connected to.
type bench struct {
	t   *testing.T
	sim *amocrmsim.Sim
	con *Connector
	acc *offboarding.Account
	// now is the wall clock that the connector sees.
	now time.Time
}

func newBench(t *testing.T, cfg amocrmsim.Config) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Now().Truncate(time.Second)}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return b.now }
	}
	b.sim = amocrmsim.New(cfg)
	srv := httptest.NewServer(b.sim)
	t.Cleanup(func() { srv.Close(); b.sim.Close() })
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.0/8"}, UserAgent: "opendoor-test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	clock := func() time.Time { return b.now }
	b.con = New(Config{
		HTTP: client, Limiter: outbound.NewLimiter(nil, quiet()), Breakers: outbound.NewBreakers(quiet()),
		Now: clock, Wall: clock, Log: quiet(), UserAgent: "opendoor-test",
	})
	info := b.sim.Info()
	b.acc = &offboarding.Account{
		ID: offboarding.NewID(), Provider: offboarding.AmoCRM, BaseURL: srv.URL, Lang: offboarding.RU, TimeZone: "Europe/Moscow",
		Credentials: offboarding.Credentials{"access_token": info.AccessToken},
		RemoteID:    strconv.FormatInt(info.AccountID, 10),
		Policy:      offboarding.Policy{RequestsPerSec: 10000}, // the limiter has tests of its own
		ConnectedAt: b.now,
	}
	return b
}

// lost adds a lead with a client and loses it.
func (b *bench) lost() (leadID string) {
	b.t.Helper()
	company := must(b.sim.CreateCompany(amocrmsim.NewPerson{Name: "ООО «Ромашка»", Email: "office@example.com"}))
	contact := must(b.sim.CreateContact(amocrmsim.NewPerson{Name: "Елена Петрова", Email: "elena@example.com", Phone: "+79990000001"}))
	id := must(b.sim.CreateLead(amocrmsim.NewLead{
		Name: "Договор 12/24", Price: 1500, PipelineID: amocrmsim.PipelineService, StatusID: amocrmsim.StatusServiceActive,
		Responsible: 9_350_003, ContactID: contact, CompanyID: company,
	}))
	if err := b.sim.MoveLead(id, amocrmsim.PipelineService, amocrmsim.StatusLost, 9_350_003, 4_203_743); err != nil {
		b.t.Fatal(err)
	}
	return strconv.FormatInt(id, 10)
}

// calls returns the calls since the mark, as "GET path".
func (b *bench) calls(mark int) []string {
	var calls []string
	for _, r := range b.sim.Ledger()[mark:] {
		calls = append(calls, r.Method+" "+strings.TrimPrefix(r.Path, "/api/v4/"))
	}
	return calls
}

func (b *bench) mark() int { return len(b.sim.Ledger()) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func open(context.Context) error   { return nil }
func closed(context.Context) error { return offboarding.ErrFenced }

func number64(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

func TestALostLeadIsReadBackWithEverythingACaseNeeds(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	d, err := b.con.Deal(t.Context(), b.acc, id)
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != id || d.Title != "Договор 12/24" || d.Outcome != offboarding.OutcomeLost || d.LossReason != "Пропала потребность" {
		t.Errorf("deal %+v", d)
	}
	if d.Pipeline.Name != "Обслуживание" || d.Stage.ID != "143" || d.Stage.Name == "" || !d.MovedAt.Equal(b.now) {
		t.Errorf("pipeline %+v, stage %+v, moved %v, want %v", d.Pipeline, d.Stage, d.MovedAt, b.now)
	}
	if d.Client.Name != "Елена Петрова" || d.Client.Email != "elena@example.com" || d.Client.Phone != "+79990000001" || d.Client.Lang != "" {
		t.Errorf("client %+v", d.Client)
	}
	if d.Company.Name != "ООО «Ромашка»" || d.Responsible.Name != "Игорь Лебедев" || d.Responsible.Email == "" || d.Responsible.Inactive {
		t.Errorf("company %+v, responsible %+v", d.Company, d.Responsible)
	}
	if d.Amount == nil || *d.Amount != (offboarding.Money{AmountMinor: 150000, Currency: "RUB"}) {
		t.Errorf("amount %+v", d.Amount)
	}
	if d.URL != b.acc.BaseURL+"/leads/detail/"+id {
		t.Errorf("url %s", d.URL)
	}

	mark := b.mark()
	if _, err := b.con.Deal(t.Context(), b.acc, id); err != nil {
		t.Fatal(err)
	}
	if calls := b.calls(mark); len(calls) > 3 {
		t.Errorf("with warm caches the deal took %v", calls)
	}
}

func TestAPollKeepsALoneCancellationShort(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	if _, _, err := b.con.Poll(t.Context(), b.acc); err != nil {
		t.Fatal(err)
	}
	mark := b.mark()
	if _, err := b.con.Deal(t.Context(), b.acc, id); err != nil {
		t.Fatal(err)
	}
	if calls := b.calls(mark); len(calls) > 4 { // lead, contact, company, responsible
		t.Errorf("after a poll the deal took %v", calls)
	}
}

func TestTheClientIsWhoeverCanBeWrittenTo(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	company := must(b.sim.CreateCompany(amocrmsim.NewPerson{Name: "ООО «Ромашка»", Email: "office@example.com"}))
	english := must(b.sim.CreateContact(amocrmsim.NewPerson{Name: "John Smith", Email: "john@example.com", Fields: map[string]any{"LANGUAGE": "Английский"}}))
	tests := map[string]struct {
		lead amocrmsim.NewLead
		want offboarding.Client
	}{
		"the company when there is no contact": {amocrmsim.NewLead{Name: "a", CompanyID: company}, offboarding.Client{Name: "ООО «Ромашка»", Email: "office@example.com"}},
		"a contact with a language":            {amocrmsim.NewLead{Name: "a", ContactID: english}, offboarding.Client{Name: "John Smith", Email: "john@example.com", Lang: offboarding.EN}},
		"nobody":                               {amocrmsim.NewLead{Name: "a"}, offboarding.Client{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := b.con.Deal(t.Context(), b.acc, strconv.FormatInt(must(b.sim.CreateLead(tt.lead)), 10))
			if err != nil {
				t.Fatal(err)
			}
			d.Client.ID = ""
			if d.Client != tt.want {
				t.Errorf("got %+v", d.Client)
			}
		})
	}
}

func TestADismissedResponsibleIsInactive(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := must(b.sim.CreateLead(amocrmsim.NewLead{Name: "a", Responsible: amocrmsim.DismissedID}))
	d, err := b.con.Deal(t.Context(), b.acc, strconv.FormatInt(id, 10))
	if err != nil || !d.Responsible.Inactive {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestADeletedLeadIsGone(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	if err := b.sim.DeleteLead(number64(id), 0); err != nil {
		t.Fatal(err)
	}
	for name, dealID := range map[string]string{"deleted": id, "never was": "999999999"} {
		d, err := b.con.Deal(t.Context(), b.acc, dealID)
		if !offboarding.IsKind(err, offboarding.KindGone) && (err != nil || !d.Deleted) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if _, err := b.con.Deal(t.Context(), b.acc, "../users"); !offboarding.IsKind(err, offboarding.KindInvalid) {
		t.Errorf("an id that is a path: %v", err)
	}
}

// TestEveryRefusalSaysHowItWantsToBeTreated goes through the table of reference §4.2.
func TestEveryRefusalSaysHowItWantsToBeTreated(t *testing.T) {
	type verdict struct {
		kind          offboarding.Kind
		backoff       bool
		park, refused bool
		wait          time.Duration
	}
	tests := map[amocrmsim.FaultKind]verdict{
		amocrmsim.FaultRateLimit:      {kind: offboarding.KindUnavailable, backoff: true, refused: true, wait: 300 * time.Second},
		amocrmsim.FaultRateLimitText:  {kind: offboarding.KindUnavailable, backoff: true, refused: true, wait: 300 * time.Second},
		amocrmsim.FaultBlocked:        {kind: offboarding.KindUnavailable, backoff: true, refused: true, park: true},
		amocrmsim.FaultUnpaid:         {kind: offboarding.KindUnavailable, backoff: true, refused: true, park: true},
		amocrmsim.FaultUnauthorized:   {kind: offboarding.KindUnauthorized},
		amocrmsim.FaultServerError:    {kind: offboarding.KindUnavailable},
		amocrmsim.FaultBadGateway:     {kind: offboarding.KindUnavailable},
		amocrmsim.FaultGatewayTimeout: {kind: offboarding.KindUnavailable},
		amocrmsim.FaultTruncated:      {kind: offboarding.KindUnavailable},
		amocrmsim.FaultMalformed:      {kind: offboarding.KindUnavailable},
		amocrmsim.FaultCut:            {kind: offboarding.KindUnavailable},
	}
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	for fault, want := range tests {
		t.Run(string(fault), func(t *testing.T) {
			b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/leads/" + id, Kind: fault, RetryAfter: 300, Times: -1})
			_, err := b.con.Deal(t.Context(), b.acc, id)
			if !offboarding.IsKind(err, want.kind) {
				t.Fatalf("got %v", err)
			}
			backoff := asBackoff(err)
			if (backoff != nil) != want.backoff {
				t.Fatalf("backoff %+v", backoff)
			}
			if backoff != nil && (backoff.Park != want.park || backoff.Refused != want.refused || want.wait > 0 && !backoff.Until.Equal(b.now.Add(want.wait))) {
				t.Errorf("backoff %+v", backoff)
			}
			if strings.Contains(err.Error(), b.acc.Credentials["access_token"]) || strings.Contains(err.Error(), "elena") {
				t.Errorf("the error tells too much: %v", err)
			}
			b.sim.ClearFaults()
			if _, err := b.con.Deal(t.Context(), b.acc, id); err != nil {
				t.Errorf("after healing: %v", err)
			}
		})
	}
	b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/leads/" + id, Kind: amocrmsim.FaultForbidden})
	if _, err := b.con.Deal(t.Context(), b.acc, id); !offboarding.IsKind(err, offboarding.KindInvalid) || !strings.Contains(err.Error(), "right") {
		t.Errorf("missing right: %v", err)
	}
}

func TestARenamedAccountDoesNotMakeItsDealsGone(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	b.acc.BaseURL += "/nowhere"
	_, err := b.con.Deal(t.Context(), b.acc, id)
	if !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestTokensGoOnlyToTheVendorsHosts(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	for _, base := range []string{
		"https://evil.example.com", "http://x.amocrm.ru", "https://x.amocrm.ru.evil.com", "https://u:p@x.amocrm.ru", "https://x.amocrm.ru:8443", "://", "",
	} {
		b.acc.BaseURL = base
		if _, err := b.con.Deal(t.Context(), b.acc, "1"); !offboarding.IsKind(err, offboarding.KindInvalid) {
			t.Errorf("%q: %v", base, err)
		}
	}
	b.acc.BaseURL, b.acc.Credentials = "https://x.amocrm.ru", nil
	if _, err := b.con.Deal(t.Context(), b.acc, "1"); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
		t.Errorf("no token: %v", err)
	}
}

func asBackoff(err error) *offboarding.Backoff {
	for err != nil {
		if b, ok := err.(*offboarding.Backoff); ok {
			return b
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return nil
		}
		err = u.Unwrap()
	}
	return nil
}

func TestAPollFindsWhatTheHookDidNotTell(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	bodies, cursor, err := b.con.Poll(t.Context(), b.acc)
	if err != nil || len(bodies) != 0 {
		t.Fatalf("first poll: %d bodies, %v", len(bodies), err)
	}
	b.acc.Cursor = cursor
	b.now = b.now.Add(5 * time.Minute)
	id := b.lost()

	bodies, cursor, err = b.con.Poll(t.Context(), b.acc)
	if err != nil || len(bodies) != 1 {
		t.Fatalf("second poll: %d bodies, %v", len(bodies), err)
	}
	got := b.con.Unpack(b.acc, &offboarding.Delivery{Origin: offboarding.OriginPoll, Body: bodies[0]})
	if got.Malformed != "" || got.Foreign != "" || len(got.Events) != 1 {
		t.Fatalf("unpacked %+v", got)
	}
	e := got.Events[0]
	if e.Kind != offboarding.DealStageChanged || e.EntityID != id || e.Ignore != "" || e.Hint.To.StageID != "143" || e.Hint.From == nil || !e.Hint.OccurredAt.Equal(b.now) {
		t.Errorf("event %+v", e)
	}

	// The same look again gives the same bytes, a look further gives nothing.
	again, _, err := b.con.Poll(t.Context(), b.acc)
	if err != nil || len(again) != 1 || string(again[0]) != string(bodies[0]) {
		t.Errorf("a repeated poll: %q, %v", again, err)
	}
	b.acc.Cursor = cursor
	b.now = b.now.Add(5 * time.Minute)
	if bodies, _, err := b.con.Poll(t.Context(), b.acc); err != nil || len(bodies) != 0 {
		t.Errorf("a known event was found again: %q, %v", bodies, err)
	}
}

func TestAStepOfOurClockLosesNoEvents(t *testing.T) {
	for name, step := range map[string]time.Duration{"forward": 30 * time.Hour, "back": -30 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			crm := time.Now().Truncate(time.Second)
			b := newBench(t, amocrmsim.Config{Now: func() time.Time { return crm }})
			_, b.acc.Cursor, _ = b.con.Poll(t.Context(), b.acc)
			b.now = b.now.Add(step) // our clock goes wrong, the CRM's does not
			_, b.acc.Cursor, _ = b.con.Poll(t.Context(), b.acc)
			crm = crm.Add(time.Hour)
			b.lost()
			bodies, cursor, err := b.con.Poll(t.Context(), b.acc)
			if err != nil || len(bodies) != 1 {
				t.Errorf("%d bodies, %v, cursor %s", len(bodies), err, cursor)
			}
		})
	}
}

func TestAMassEditIsPolledInPartsAndWhole(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	const leads = pollPages*pollPage + 250
	var ids []int64
	for range leads {
		ids = append(ids, must(b.sim.CreateLead(amocrmsim.NewLead{Name: "a", PipelineID: amocrmsim.PipelineService, StatusID: amocrmsim.StatusServiceActive})))
	}
	if err := b.sim.MoveLeads(ids, amocrmsim.PipelineService, amocrmsim.StatusLost, 0, 0); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 4 {
		mark := b.mark()
		bodies, cursor, err := b.con.Poll(t.Context(), b.acc)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(b.calls(mark)); n > pollPages+2 { // pipelines and account
			t.Fatalf("one poll took %d calls", n)
		}
		if missing := leads - len(seen) - len(bodies); missing > 0 && !b.con.Unfinished(cursor) {
			t.Errorf("%d leads are missing and the look says that it is finished", missing)
		}
		if len(cursor) > 128<<10 {
			t.Errorf("the cursor is %d bytes", len(cursor))
		}
		for _, body := range bodies {
			seen[b.con.Unpack(b.acc, &offboarding.Delivery{Body: body}).Events[0].EntityID] = true
		}
		b.acc.Cursor = cursor
	}
	if len(seen) != leads {
		t.Errorf("%d of %d leads were found", len(seen), leads)
	}
}

func TestAFailedPollKeepsItsCursor(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/events", Kind: amocrmsim.FaultServerError})
	if _, cursor, err := b.con.Poll(t.Context(), b.acc); err == nil || cursor != nil {
		t.Errorf("cursor %s, %v", cursor, err)
	}
	b.acc.Cursor = json.RawMessage(`"nonsense"`)
	if _, _, err := b.con.Poll(t.Context(), b.acc); err != nil {
		t.Errorf("a cursor that cannot be read: %v", err)
	}
}

func TestTheCallsOfAnAccountAreCounted(t *testing.T) {
	acc := &offboarding.Account{ID: offboarding.NewID(), Credentials: offboarding.Credentials{"client_id": "abc"}}
	if r := limitOf(acc); r.PerSecond != 6 || !r.Window {
		t.Errorf("default %+v", r)
	}
	acc.Policy.RequestsPerSec = 15
	if r := limitOf(acc); r.PerSecond != 15 {
		t.Errorf("paid package %+v", r)
	}
	if key := limitKey(acc); !slices.Contains(strings.Split(key, ":"), "abc") || !strings.Contains(key, acc.ID.String()) {
		t.Errorf("key %s", key)
	}
}
