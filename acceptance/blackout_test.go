package acceptance

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"opendoor/integrations/amocrm"
	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24"
	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/integrations/outbound"
	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/worker"
)

// blackout is the working half of an installation whose clock is moved by hand,
// and two CRMs that send it no hook at all.
type blackout struct {
	t      *testing.T
	store  *store.Store
	amo    *amocrmsim.Sim
	bitrix *bitrix24sim.Sim
	at     atomic.Int64
}

func (b *blackout) now() time.Time { return time.UnixMicro(b.at.Load()).UTC() }

func (b *blackout) pass(d time.Duration) { b.at.Add(d.Microseconds()) }

func darken(t *testing.T) *blackout {
	t.Helper()
	b := &blackout{t: t}
	b.at.Store(time.Now().Add(-3 * time.Hour).UnixMicro())
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir(), Keys: [][]byte{make([]byte, 32)}, Log: log, Now: b.now, Wall: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	b.store = s
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.amo = amocrmsim.New(amocrmsim.Config{Now: b.now, Seed: true})
	b.bitrix = bitrix24sim.New(bitrix24sim.Config{Now: b.now, Seed: true})
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	limiter, breakers := outbound.NewLimiter(nil, log), outbound.NewBreakers(log)
	connectors := offboarding.Connectors{
		offboarding.AmoCRM:   amocrm.New(amocrm.Config{HTTP: client, Limiter: limiter, Breakers: breakers, Now: b.now, Wall: time.Now, Log: log}),
		offboarding.Bitrix24: bitrix24.New(bitrix24.Config{HTTP: client, Limiter: limiter, Breakers: breakers, Wall: time.Now, Log: log}),
	}
	redis, err := worker.OpenRedis("embedded")
	if err != nil {
		t.Fatal(err)
	}
	clock := offboarding.Clock{Now: b.now, Wall: time.Now, Rate: 1}
	keys := offboarding.NewKeys([][]byte{make([]byte, 32)}, make([]byte, 32))
	w := worker.New(worker.Config{
		Store: s, Redis: redis, Bell: worker.NewBell(), Clock: clock, Connectors: connectors, Concurrency: 20, Log: log,
		Interpreter: offboarding.NewInterpreter(s, connectors, b.now, time.Now, log),
		Timers:      offboarding.NewTimers(s, b.now),
		WinBack:     offboarding.NewWinBack(s, keys, b.now, log),
		Archive:     offboarding.NewArchive(s, offboarding.Uploads{}, b.now, log),
		Learner:     offboarding.NewLearner(s, offboarding.NewDesk(s, keys, connectors, b.now, log), b.now, log),
		Watchman: offboarding.NewWatchman(offboarding.WatchmanConfig{
			Store: s, Connectors: connectors, Keys: keys, PublicURL: "http://opendoor.example", MailFrom: "opendoor@localhost", Now: b.now, Wall: time.Now, Log: log,
		}),
		Scribe:  offboarding.NewScribe(s, connectors, nil, nil, "http://opendoor.example", b.now, log),
		Postman: offboarding.NewPostman(s, nil, nil, nil, "http://opendoor.example", "opendoor@localhost", b.now, log),
	})
	done := make(chan error, 1)
	go func() { done <- w.Run(t.Context()) }()
	t.Cleanup(func() {
		<-done
		b.amo.Close()
		b.bitrix.Close()
		client.Close()
		_ = redis.Close()
		_ = s.Close()
	})
	return b
}

// connect adds accounts for both CRMs in shadow mode: the cases are what counts
// here, and what is read for them.
func (b *blackout) connect() {
	b.t.Helper()
	amoServer, bitrixServer := httptest.NewServer(b.amo), httptest.NewServer(b.bitrix)
	b.t.Cleanup(func() { amoServer.CloseClientConnections(); bitrixServer.CloseClientConnections() })
	b.amo.SetBaseURL(amoServer.URL)
	policy := offboarding.DefaultPolicy()
	policy.BurstPerHour = nil
	policy.RequestsPerSec = 1e6 // the clock is ours: what counts is how many calls an hour takes
	for _, acc := range []*offboarding.Account{
		{Provider: offboarding.AmoCRM, BaseURL: amoServer.URL, Credentials: offboarding.Credentials{"access_token": b.amo.Info().AccessToken}},
		{Provider: offboarding.Bitrix24, Credentials: offboarding.Credentials{"webhook_url": b.bitrix.WebhookURL(bitrixServer.URL)}},
	} {
		acc.ID, acc.Name, acc.Mode, acc.Lang, acc.TimeZone = offboarding.NewID(), string(acc.Provider), offboarding.Shadow, offboarding.RU, "UTC"
		acc.Status, acc.Policy, acc.ConnectedAt = offboarding.AccountActive, policy, b.now()
		if err := b.store.AddAccount(b.t.Context(), acc); err != nil {
			b.t.Fatal(err)
		}
	}
}

// cases counts the cases by deal and fails when a deal has two.
func (b *blackout) cases() map[string]int {
	b.t.Helper()
	byDeal := map[string]int{}
	var page offboarding.Page
	page.Limit = 200
	for {
		list, err := b.store.CasesInScope(b.t.Context(), offboarding.CaseFilter{Page: page})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, c := range list {
			key := string(c.CRM.Provider) + " " + c.CRM.DealID
			if byDeal[key]++; byDeal[key] > 1 {
				b.t.Fatalf("%s has two cases", key)
			}
		}
		if len(list) < page.Limit {
			return byDeal
		}
		page.Before = &list[len(list)-1].ID
	}
}

func (b *blackout) wantCases(n int) {
	b.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for len(b.cases()) < n {
		if time.Now().After(deadline) {
			b.t.Fatalf("%d cases of %d after ten minutes", len(b.cases()), n)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// For an hour no hook comes from either CRM, while 500 clients of each cancel:
// some by the stage, some by a move to another pipeline, of which Bitrix24 tells
// no outgoing webhook at all. Every one is a case within ten minutes, none twice.
func TestAnHourWithoutHooksLosesNoCancellation(t *testing.T) {
	const (
		clients = 500
		steps   = 12 // of five minutes
	)
	b := darken(t)
	amo, bitrix := make([]int64, clients), make([]int, clients)
	for i := range clients {
		var err error
		if amo[i], err = b.amo.CreateLead(amocrmsim.NewLead{
			Name: fmt.Sprint("client ", i), PipelineID: amocrmsim.PipelineService, StatusID: amocrmsim.StatusServiceActive,
		}); err != nil {
			t.Fatal(err)
		}
		if bitrix[i], err = b.bitrix.CreateDeal(map[string]any{"TITLE": fmt.Sprint("client ", i), "CATEGORY_ID": i % 2}, 6); err != nil {
			t.Fatal(err)
		}
	}
	b.pass(time.Hour)
	b.connect()
	lost := 0
	for step := range steps {
		before := lost
		upTo := clients * (step + 1) / steps
		for ; lost < upTo; lost++ {
			if err := b.amo.MoveLead(amo[lost], amocrmsim.PipelineService, amocrmsim.StatusLost, amocrmsim.ManagerIDs()[0], 0); err != nil {
				t.Fatal(err)
			}
			if err := b.bitrix.MoveDeal(bitrix[lost], 1, "C1:LOSE", 6); err != nil {
				t.Fatal(err)
			}
			b.pass(7 * time.Second)
		}
		b.pass(5*time.Minute - 7*time.Second*clients/steps)
		b.wantCases(2 * before) // none of them is older than ten minutes
	}
	b.pass(5 * time.Minute)
	b.wantCases(2 * clients)
	if got := len(b.cases()); got != 2*clients {
		t.Errorf("%d cases, want %d", got, 2*clients)
	}
	// Six calls a second for an hour; a bucket of fifty that drains by two.
	if n := len(b.amo.Ledger()); n > 6*3600/10 {
		t.Errorf("amoCRM was called %d times", n)
	}
	if n := len(b.bitrix.Ledger()); n > 2*3600/2 {
		t.Errorf("Bitrix24 was called %d times", n)
	}
	t.Logf("calls: %d to amoCRM, %d to Bitrix24", len(b.amo.Ledger()), len(b.bitrix.Ledger()))

	// The clock is set back by two hours; the next cancellation is found all the same.
	b.pass(-2 * time.Hour)
	late, err := b.bitrix.CreateDeal(map[string]any{"TITLE": "late", "CATEGORY_ID": 1}, 6)
	if err != nil {
		t.Fatal(err)
	}
	b.pass(time.Minute)
	if err := b.bitrix.MoveDeal(late, 1, "C1:LOSE", 6); err != nil {
		t.Fatal(err)
	}
	b.pass(6 * time.Minute)
	b.wantCases(2*clients + 1)
}
