package storetest

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func (f *fixture) addDeliveries(batch ...*offboarding.Delivery) {
	f.Helper()
	f.ok(f.s.AddDeliveries(f.ctx, batch, time.Minute))
}

func (f *fixture) take(limit int) []*offboarding.Delivery {
	f.Helper()
	return must[[]*offboarding.Delivery](f)(f.s.TakeDeliveries(f.ctx, limit))
}

func deliveryRoundTrip(f *fixture) {
	d, empty := f.delivery("leads[status][0][id]=17\x00\xff"), f.delivery("")
	f.addDeliveries(d, empty)
	same(f, must[*offboarding.Delivery](f)(f.s.Delivery(f.ctx, []uuid.UUID{f.acc.ID}, d.ID)), d)
	same(f, f.take(10), []*offboarding.Delivery{d, empty})
	same(f, f.take(1), []*offboarding.Delivery{d})
	_, err := f.s.Delivery(f.ctx, []uuid.UUID{offboarding.NewID()}, d.ID)
	f.wants(err, offboarding.ErrNotFound)
	f.ok(f.s.MarkUnpacked(f.ctx, []uuid.UUID{d.ID}, f.now, "no form"))
	f.ok(f.s.MarkUnpacked(f.ctx, []uuid.UUID{empty.ID}, f.now, ""))
	same(f, f.take(10), nil)
	d.UnpackedAt, d.Malformed = f.now, "no form"
	same(f, must[*offboarding.Delivery](f)(f.s.Delivery(f.ctx, nil, d.ID)), d)
	f.wants(f.s.MarkUnpacked(f.ctx, []uuid.UUID{offboarding.NewID()}, f.now, ""), offboarding.ErrNotFound)
}

func deliveryRepeats(f *fixture) {
	first, twin, other := f.delivery("one"), f.delivery("one"), f.delivery("two")
	first.Proved = false
	f.addDeliveries(first, twin, other) // repeated inside the batch
	repeat := f.delivery("one")
	repeat.ReceivedAt, repeat.LastSeenAt = f.now.Add(10*time.Second), f.now.Add(10*time.Second)
	f.ok(f.s.MarkUnpacked(f.ctx, []uuid.UUID{first.ID}, f.now, ""))
	f.addDeliveries(f.delivery("one"), repeat) // repeated twice in another batch, soon
	got := must[*offboarding.Delivery](f)(f.s.Delivery(f.ctx, nil, first.ID))
	if got.Seen != 4 || !got.LastSeenAt.Equal(repeat.LastSeenAt) || !got.ReceivedAt.Equal(f.now) || !got.Proved {
		f.Fatalf("seen %d, last %s, received %s, proved %t", got.Seen, got.LastSeenAt, got.ReceivedAt, got.Proved)
	}
	if len(f.take(10)) != 1 {
		f.Fatal("a repeat within a minute is handed out again")
	}
	late := f.delivery("one")
	late.ReceivedAt, late.LastSeenAt = f.now.Add(2*time.Minute), f.now.Add(2*time.Minute)
	f.addDeliveries(late)
	same(f, ids(func(d *offboarding.Delivery) uuid.UUID { return d.ID }, f.take(10)), []uuid.UUID{first.ID, other.ID})
	_, err := f.s.Delivery(f.ctx, nil, late.ID)
	f.wants(err, offboarding.ErrNotFound)
}

// A flood of one account is taken in turns with what others have sent after it.
func deliveryTurns(f *fixture) {
	quiet, lone := f.account("quiet"), f.account("lone")
	var flood []*offboarding.Delivery
	for n := range 30 {
		flood = append(flood, f.delivery("flood "+strconv.Itoa(n)))
	}
	f.addDeliveries(flood...)
	of := func(acc *offboarding.Account, body string) *offboarding.Delivery {
		d := f.delivery(body)
		d.AccountID = acc.ID
		return d
	}
	first, second, other := of(quiet, "first"), of(quiet, "second"), of(lone, "other")
	f.addDeliveries(first)
	f.addDeliveries(second, other)
	taken := func(limit int) (out []uuid.UUID) {
		return ids(func(d *offboarding.Delivery) uuid.UUID { return d.ID }, f.take(limit))
	}
	same(f, taken(5), []uuid.UUID{flood[0].ID, first.ID, other.ID, flood[1].ID, second.ID})
	same(f, len(taken(100)), 33)
	f.ok(f.s.InTx(f.ctx, func(tx offboarding.Store) error {
		for _, d := range must[[]*offboarding.Delivery](f)(tx.TakeDeliveries(f.ctx, 5)) {
			f.ok(tx.MarkUnpacked(f.ctx, []uuid.UUID{d.ID}, f.now, ""))
		}
		return nil
	}))
	same(f, taken(3), []uuid.UUID{flood[2].ID, flood[3].ID, flood[4].ID})
}

func deliveryRace(f *fixture) {
	for _, err := range atOnce(16, func(i int) error {
		var batch []*offboarding.Delivery
		for n := range 20 {
			batch = append(batch, f.delivery(strconv.Itoa((n+i)%20))) // the same keys in another order
		}
		return f.s.InTx(f.ctx, func(tx offboarding.Store) error { return tx.AddDeliveries(f.ctx, batch, time.Minute) })
	}) {
		f.ok(err)
	}
	all := f.take(100)
	if len(all) != 20 {
		f.Fatalf("%d deliveries, want 20", len(all))
	}
	for _, d := range all {
		if d.Seen != 16 {
			f.Fatalf("seen %d times, want 16", d.Seen)
		}
	}
}

func deliveryText(f *fixture) {
	bad := f.delivery("bad")
	bad.Query, bad.ContentType = "a=\xff\x00b", "text/\x00plain"
	f.addDeliveries(bad, f.delivery("good"))
	got := must[*offboarding.Delivery](f)(f.s.Delivery(f.ctx, nil, bad.ID))
	same(f, []string{got.Query, got.ContentType}, []string{"a=\uFFFDb", "text/plain"})
}

func deliveryDeadline(f *fixture) {
	ctx, cancel := context.WithDeadline(f.ctx, time.Now().Add(-time.Second))
	defer cancel()
	err := f.s.AddDeliveries(ctx, []*offboarding.Delivery{f.delivery("late")}, time.Minute)
	if !errors.Is(err, context.DeadlineExceeded) {
		f.Fatalf("got %v, want the deadline", err)
	}
	same(f, f.take(10), nil)
}

func eventLife(f *fixture) {
	e, second := f.event(offboarding.DealStageChanged, "17"), f.event(offboarding.DealUpdated, "17")
	second.DeliveryID, second.Seq = e.DeliveryID, 1
	f.ok(f.s.AddEvents(f.ctx, []*offboarding.Event{e, second}))
	twin := f.event(offboarding.OtherEvent, "18")
	twin.DeliveryID = e.DeliveryID
	f.ok(f.s.AddEvents(f.ctx, []*offboarding.Event{twin})) // the place is taken
	same(f, must[[]*offboarding.Event](f)(f.s.EventsOfDelivery(f.ctx, e.DeliveryID)), []*offboarding.Event{e, second})
	c := f.addCase("17")
	e.Verdict, e.Reason, e.CaseID, e.SettledAt = offboarding.VerdictCaseOpened, "lost", &c.ID, f.now
	f.ok(f.s.SettleEvent(f.ctx, e))
	same(f, must[*offboarding.Event](f)(f.s.Event(f.ctx, []uuid.UUID{f.acc.ID}, e.ID)), e)
	_, err := f.s.Event(f.ctx, []uuid.UUID{}, e.ID)
	f.wants(err, offboarding.ErrNotFound)
	f.wants(f.s.SettleEvent(f.ctx, twin), offboarding.ErrNotFound)
}

func pendingEvents(f *fixture) {
	old, fresh, future := f.event(offboarding.DealUpdated, "17"), f.event(offboarding.DealStageChanged, "17"), f.event(offboarding.DealAdded, "17")
	old.ReceivedAt, future.ReceivedAt = f.now.Add(-time.Minute), f.now.Add(time.Second)
	contact, settled, foreign := f.event("contact.updated", "17"), f.event(offboarding.DealUpdated, "17"), f.event(offboarding.DealUpdated, "18")
	settled.Verdict = offboarding.VerdictIgnored
	f.ok(f.s.AddEvents(f.ctx, []*offboarding.Event{fresh, future, contact, settled, foreign, old}))
	same(f, must[[]*offboarding.Event](f)(f.s.PendingEventsOf(f.ctx, f.acc.ID, "17", f.now)), []*offboarding.Event{old, fresh})
}

func eventList(f *fixture) {
	mine := f.event(offboarding.DealUpdated, "1")
	other := f.account("other")
	theirs, late := f.event(offboarding.DealUpdated, "2"), f.event(offboarding.DealUpdated, "3")
	theirs.AccountID, late.Verdict = other.ID, offboarding.VerdictIgnored
	c := offboarding.NewID()
	late.CaseID = &c
	f.ok(f.s.AddEvents(f.ctx, []*offboarding.Event{mine, theirs, late}))
	list := func(filter offboarding.EventFilter) []uuid.UUID {
		f.Helper()
		return ids(func(e *offboarding.Event) uuid.UUID { return e.ID }, must[[]*offboarding.Event](f)(f.s.Events(f.ctx, filter)))
	}
	both := []uuid.UUID{f.acc.ID, other.ID}
	same(f, list(offboarding.EventFilter{}), []uuid.UUID{late.ID, theirs.ID, mine.ID})
	same(f, list(offboarding.EventFilter{Scope: both, Page: offboarding.Page{Limit: 2}}), []uuid.UUID{late.ID, theirs.ID})
	same(f, list(offboarding.EventFilter{Scope: both, Page: offboarding.Page{Before: &theirs.ID}}), []uuid.UUID{mine.ID})
	same(f, list(offboarding.EventFilter{AccountID: &other.ID}), []uuid.UUID{theirs.ID})
	same(f, list(offboarding.EventFilter{Scope: []uuid.UUID{f.acc.ID}, AccountID: &other.ID}), nil)
	same(f, list(offboarding.EventFilter{Verdict: offboarding.VerdictIgnored}), []uuid.UUID{late.ID})
	same(f, list(offboarding.EventFilter{Scope: both, CaseID: &c}), []uuid.UUID{late.ID})
	same(f, list(offboarding.EventFilter{Scope: []uuid.UUID{}}), nil)
}

func snapshots(f *fixture) {
	_, err := f.s.Snapshot(f.ctx, f.acc.ID, "17")
	f.wants(err, offboarding.ErrNotFound)
	d := &offboarding.DealSnapshot{
		AccountID: f.acc.ID, DealID: "17", Stage: offboarding.StageRef{PipelineID: "7", StageID: "143"}, Means: offboarding.MeansCancelled,
		MovedAt: f.now, UpdatedAt: f.now, Cycle: 1, SettledFor: "7/142>7/143",
	}
	f.ok(f.s.SaveSnapshot(f.ctx, d))
	same(f, must[*offboarding.DealSnapshot](f)(f.s.Snapshot(f.ctx, f.acc.ID, "17")), d)
	c := offboarding.NewID()
	d.CaseID, d.WrittenAt, d.Cycle, d.MovedAt, d.SettledAt = &c, f.now.Add(time.Second), 2, time.Time{}, f.now
	f.ok(f.s.InTx(f.ctx, func(tx offboarding.Store) error {
		if _, err := tx.Snapshot(f.ctx, f.acc.ID, "17"); err != nil {
			return err
		}
		return tx.SaveSnapshot(f.ctx, d)
	}))
	same(f, must[*offboarding.DealSnapshot](f)(f.s.Snapshot(f.ctx, f.acc.ID, "17")), d)
}
