package storetest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func watches(f *fixture) {
	latest := f.now.Add(20 * time.Minute)
	list := must[[]uuid.UUID](f)
	if due := list(f.s.WatchesDue(f.ctx, f.now, latest, 10)); len(due) != 1 || due[0] != f.acc.ID {
		f.Fatalf("due %v: a new account is looked after at once", due)
	}
	taken := 0
	for _, err := range atOnce(8, func(int) error {
		_, err := f.s.TakeWatch(f.ctx, f.acc.ID, f.now, latest, f.now.Add(10*time.Minute))
		return err
	}) {
		if err == nil {
			taken++
		} else {
			f.wants(err, offboarding.ErrNotFound)
		}
	}
	if taken != 1 {
		f.Fatalf("%d callers took the look", taken)
	}
	if due := list(f.s.WatchesDue(f.ctx, f.now.Add(9*time.Minute), latest, 10)); len(due) != 0 {
		f.Fatal("looked after twice in ten minutes")
	}
	back := f.now.Add(-24 * time.Hour) // the clock was put back
	if due := list(f.s.WatchesDue(f.ctx, back, back.Add(20*time.Minute), 10)); len(due) != 1 {
		f.Fatal("a clock that is put back stops the watch")
	}
	f.ok(f.s.DeleteAccount(f.ctx, f.acc.ID))
	if due := list(f.s.WatchesDue(f.ctx, f.now.Add(time.Hour), latest.Add(time.Hour), 10)); len(due) != 0 {
		f.Fatal("a deleted account is looked after")
	}
}

func problems(f *fixture) {
	p := &offboarding.Problem{
		ID: offboarding.NewID(), AccountID: f.acc.ID, Since: f.now, SeenAt: f.now,
		Finding: offboarding.Finding{Kind: offboarding.ProblemHook, Stage: "7", Text: "вебхук выключен", Advice: "включите"},
	}
	f.ok(f.s.SaveProblem(f.ctx, p))
	twin := *p
	twin.ID = offboarding.NewID()
	f.wants(f.s.SaveProblem(f.ctx, &twin), offboarding.ErrStale)
	p.SeenAt, p.MailedAt, p.ToldStage, p.Text = f.now.Add(time.Minute), f.now, "7", "вебхука нет"
	f.ok(f.s.SaveProblem(f.ctx, p))
	list := must[[]*offboarding.Problem](f)
	same(f, list(f.s.OpenProblems(f.ctx, []uuid.UUID{f.acc.ID})), []*offboarding.Problem{p})
	same(f, list(f.s.OpenProblems(f.ctx, nil)), []*offboarding.Problem{p})
	same(f, list(f.s.OpenProblems(f.ctx, []uuid.UUID{})), nil)
	gone := *p
	gone.ClearedAt = f.now
	f.ok(f.s.SaveProblem(f.ctx, &gone))
	same(f, list(f.s.OpenProblems(f.ctx, nil)), nil)
	f.ok(f.s.SaveProblem(f.ctx, &twin)) // it may come back
	f.ok(f.s.DeleteAccount(f.ctx, f.acc.ID))
	same(f, list(f.s.OpenProblems(f.ctx, nil)), nil)
}

func setupAndRhythm(f *fixture) {
	event := offboarding.NewID()
	setup := offboarding.SetupState{At: f.now, Hook: offboarding.HookSubscribed, FieldsMade: true, WaitsSince: f.now, Arrived: &event}
	rhythm := offboarding.Rhythm{
		Counted: offboarding.NewID(), LastHook: f.now, Missed: 2,
		Days: []offboarding.RhythmDay{{Day: "2026-11-02", Hooks: 3, Polled: 1, Longest: 90 * time.Minute}},
	}
	f.ok(f.s.SaveSetup(f.ctx, f.acc.ID, setup))
	f.ok(f.s.SaveRhythm(f.ctx, f.acc.ID, rhythm, f.now))
	a := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	same(f, a.SetUp, setup)
	same(f, a.Rhythm, rhythm)
	if !a.WatchedAt.Equal(f.now) || a.Version != f.acc.Version {
		f.Fatalf("watched at %s, version %d", a.WatchedAt, a.Version)
	}
	a.Dialect = offboarding.Dialect{Proof: offboarding.ProofAddressKey, Mapping: json.RawMessage(`{"fields":{"type":"a"}}`)}
	f.ok(f.s.SaveAccount(f.ctx, a))
	again := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	if again.Dialect.Proof != offboarding.ProofAddressKey || !json.Valid(again.Dialect.Mapping) || again.SetUp.Hook != setup.Hook {
		f.Fatalf("the dialect is %+v, the setup %+v", again.Dialect, again.SetUp)
	}
}

func hookEvents(f *fixture) {
	before := time.Now().Add(-time.Minute)
	_, err := f.s.FirstHookEvent(f.ctx, f.acc.ID, before)
	f.wants(err, offboarding.ErrNotFound)
	polled, hooked := f.delivery("polled"), f.delivery("hooked")
	polled.Origin = offboarding.OriginPoll
	f.addDeliveries(polled, hooked)
	var events []*offboarding.Event
	add := func(d *offboarding.Delivery, seq int, deal string) *offboarding.Event {
		e := f.event(offboarding.DealUpdated, deal)
		e.DeliveryID, e.Seq, e.ReceivedAt = d.ID, seq, f.now
		events = append(events, e)
		return e
	}
	add(polled, 0, "1")
	first := add(hooked, 0, "2")
	for i := range 25 {
		add(hooked, i+1, "busy")
	}
	f.ok(f.s.AddEvents(f.ctx, events))
	if got := must[*offboarding.Event](f)(f.s.FirstHookEvent(f.ctx, f.acc.ID, before)); got.ID != first.ID {
		f.Fatalf("the first event of a hook is about %s", got.EntityID)
	}
	_, err = f.s.FirstHookEvent(f.ctx, f.acc.ID, time.Now().Add(time.Minute))
	f.wants(err, offboarding.ErrNotFound)
	busy := must[[]offboarding.DealEvent](f)(f.s.BusyDeals(f.ctx, f.acc.ID, before, f.now.Add(-time.Minute), 20))
	if len(busy) != 25 || busy[0].DealID != "busy" {
		f.Fatalf("%d events of busy deals", len(busy))
	}
	same(f, must[[]offboarding.DealEvent](f)(f.s.BusyDeals(f.ctx, f.acc.ID, before, f.now.Add(time.Minute), 20)), nil)
	marks := must[[]offboarding.DeliveryMark](f)(f.s.DeliveriesAfter(f.ctx, f.acc.ID, offboarding.IDAt(before), 10))
	if len(marks) != 2 {
		f.Fatalf("%d deliveries", len(marks))
	}
	same(f, must[[]offboarding.DeliveryMark](f)(f.s.DeliveriesAfter(f.ctx, f.acc.ID, marks[0].ID, 10)), marks[1:])
}

func resultLog(f *fixture) {
	var all []*offboarding.Effect
	for i := range 3 {
		all = append(all, f.effect(offboarding.EffectResult, f.now, func(e *offboarding.Effect) { e.SendKey = fmt.Sprint("result:", i) }))
	}
	f.effect(offboarding.EffectCard, f.now)
	try := &offboarding.Attempt{
		ID: offboarding.NewID(), AccountID: f.acc.ID, EffectID: all[1].ID, At: f.now, Took: 120 * time.Millisecond, Status: 500,
		Origin: "https://billing.example.com", Detail: "answered 500",
	}
	f.ok(f.s.AddAttempt(f.ctx, try))
	list := must[[]*offboarding.Result](f)
	rows := list(f.s.Results(f.ctx, f.acc.ID, offboarding.Page{Limit: 2}))
	if len(rows) != 2 || rows[0].Effect.ID != all[2].ID || rows[1].Effect.ID != all[1].ID {
		f.Fatalf("%d results, not the newest first", len(rows))
	}
	same(f, rows[1].Attempts, []*offboarding.Attempt{try})
	_, err := f.s.ResendResult(f.ctx, f.acc.ID, all[0].ID, f.now)
	if !offboarding.IsKind(err, offboarding.KindConflict) {
		f.Fatalf("a result under way is resent: %v", err)
	}
	ef := f.claim(all[0], time.Minute)
	f.ok(f.s.Finish(f.ctx, ef, offboarding.EffectSent, "", ""))
	_, err = f.s.ResendResult(f.ctx, offboarding.NewID(), ef.ID, f.now)
	f.wants(err, offboarding.ErrNotFound)
	later := f.now.Add(time.Hour)
	again := must[*offboarding.Effect](f)(f.s.ResendResult(f.ctx, f.acc.ID, ef.ID, later))
	if again.State != offboarding.EffectReady || !again.DueAt.Equal(later) || !again.GiveUpAt.After(later) {
		f.Fatalf("resent: %+v", again)
	}
	f.ok(f.s.WakeResults(f.ctx, f.acc.ID, later.Add(time.Hour)))
	if e := must[*offboarding.Effect](f)(f.s.Effect(f.ctx, all[2].ID)); !e.DueAt.Equal(later.Add(time.Hour)) {
		f.Fatalf("woken: due at %s", e.DueAt)
	}

	_, err = f.s.Endpoint(f.ctx, f.acc.ID, "https://a.example.com")
	f.wants(err, offboarding.ErrNotFound)
	e := &offboarding.Endpoint{AccountID: f.acc.ID, Origin: "https://a.example.com", Failures: 5, FailingSince: f.now, LastTryAt: f.now, Detail: "answered 500"}
	f.ok(f.s.SaveEndpoint(f.ctx, e))
	endpoints := must[[]*offboarding.Endpoint](f)
	same(f, endpoints(f.s.PausedEndpoints(f.ctx, f.acc.ID)), nil)
	e.PausedAt, e.ProbeAt, e.LastGoodAt = f.now, later, f.now.Add(-time.Hour)
	f.ok(f.s.SaveEndpoint(f.ctx, e))
	same(f, must[*offboarding.Endpoint](f)(f.s.Endpoint(f.ctx, f.acc.ID, e.Origin)), e)
	same(f, endpoints(f.s.Endpoints(f.ctx, f.acc.ID)), []*offboarding.Endpoint{e})
	same(f, endpoints(f.s.PausedEndpoints(f.ctx, f.acc.ID)), []*offboarding.Endpoint{e})
	f.ok(f.s.DropAttempts(f.ctx, later))
	if rows := list(f.s.Results(f.ctx, f.acc.ID, offboarding.Page{})); len(rows[1].Attempts) != 0 {
		f.Fatal("old tries are kept")
	}
}
