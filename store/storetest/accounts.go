package storetest

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func accountRoundTrip(f *fixture) {
	same(f, must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID)), f.acc)
	open := f.account("no window, no burst gate")
	open.Policy.Window, open.Policy.BurstPerHour = nil, nil
	f.ok(f.s.SaveAccount(f.ctx, open))
	same(f, must[*offboarding.Account](f)(f.s.Account(f.ctx, open.ID)), open)
	_, err := f.s.Account(f.ctx, offboarding.NewID())
	f.wants(err, offboarding.ErrNotFound)
}

func accountVersions(f *fixture) {
	mine := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	theirs := *mine
	mine.Name = "mine"
	f.ok(f.s.SaveAccount(f.ctx, mine))
	theirs.Name = "theirs"
	f.wants(f.s.SaveAccount(f.ctx, &theirs), offboarding.ErrStale)
	got := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	same(f, got, mine)
	if got.Version != 2 {
		f.Fatalf("version %d, want 2", got.Version)
	}
}

func accountMachinery(f *fixture) {
	stale := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	until := f.now.Add(time.Minute)
	f.ok(f.s.SetAccountHealth(f.ctx, f.acc.ID, offboarding.AccountSuspended, "402", until))
	f.ok(f.s.SetAccountRemoteID(f.ctx, f.acc.ID, "31337"))
	f.ok(f.s.SetAccountRemoteID(f.ctx, f.acc.ID, "another")) // the first one stays
	f.ok(f.s.SetAccountCursor(f.ctx, f.acc.ID, json.RawMessage(`{"at":1}`)))
	f.ok(f.s.SetAccountCardSetup(f.ctx, f.acc.ID, json.RawMessage(`{"ids":[1,2]}`)))
	f.ok(f.s.SaveAccount(f.ctx, stale)) // knows nothing of all that, and undoes none of it
	got := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	var cursor, setup any
	f.ok(json.Unmarshal(got.Cursor, &cursor))
	f.ok(json.Unmarshal(got.CardSetup, &setup))
	same(f, []any{got.Status, got.StatusReason, got.NextCallAt, got.RemoteID, cursor, setup}, []any{
		offboarding.AccountSuspended, "402", until, "31337", map[string]any{"at": 1.0}, map[string]any{"ids": []any{1.0, 2.0}},
	})
	later := until.Add(time.Minute)
	f.ok(f.s.RestAccount(f.ctx, f.acc.ID, later)) // who is parked stays parked
	got = must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	same(f, []any{got.Status, got.NextCallAt}, []any{offboarding.AccountSuspended, later})
	for _, refused := range []struct {
		version int
		parked  bool
	}{{got.Version - 1, false}, {got.Version, true}} { // of the old credential, of this one
		if did := must[bool](f)(f.s.ParkAccount(f.ctx, f.acc.ID, refused.version, offboarding.AccountReauthNeeded, "401", until)); did != refused.parked {
			f.Errorf("refused with version %d: parked %v, want %v", refused.version, did, refused.parked)
		}
	}
	got = must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	same(f, []any{got.Status, got.StatusReason, got.NextCallAt}, []any{offboarding.AccountReauthNeeded, "401", until})
	f.wants(f.s.SetAccountHealth(f.ctx, offboarding.NewID(), offboarding.AccountActive, "", time.Time{}), offboarding.ErrNotFound)
}

func pollsAndProbes(f *fixture) {
	generic := f.account("generic")
	if due := must[[]uuid.UUID](f)(f.s.PollsDue(f.ctx, f.now, f.now.Add(time.Hour), 10)); len(due) != 0 {
		f.Fatalf("%d accounts are polled before their hooks had a chance", len(due))
	}
	connected := f.now
	f.now = generic.CreatedAt.Add(offboarding.FirstPoll + time.Second)
	later := f.now.Add(5 * time.Minute)
	latest := offboarding.PollHorizon(f.now, 5*time.Minute)
	due := must[[]uuid.UUID](f)(f.s.PollsDue(f.ctx, f.now, latest, 10))
	if len(due) != 2 {
		f.Fatalf("%d polls are due, want 2", len(due))
	}
	polled, probed := 0, 0
	for _, err := range atOnce(16, func(int) error {
		_, err := f.s.TakePoll(f.ctx, f.acc.ID, f.now, latest, later)
		return err
	}) {
		if err == nil {
			polled++
		} else {
			f.wants(err, offboarding.ErrNotFound)
		}
	}
	got := make([]bool, 16)
	for _, err := range atOnce(16, func(i int) (err error) {
		got[i], err = f.s.TakeProbe(f.ctx, f.acc.ID, f.now, later)
		return err
	}) {
		f.ok(err)
	}
	for _, taken := range got {
		if taken {
			probed++
		}
	}
	if polled != 1 || probed != 1 {
		f.Fatalf("%d took the poll and %d the probe, want 1 and 1", polled, probed)
	}
	same(f, must[[]uuid.UUID](f)(f.s.PollsDue(f.ctx, f.now, latest, 10)), []uuid.UUID{generic.ID})
	_, err := f.s.TakePoll(f.ctx, f.acc.ID, later, offboarding.PollHorizon(later, 5*time.Minute), later.Add(5*time.Minute))
	f.ok(err)

	// The clock is set back by hours: nobody waits until it shows that time again.
	back := connected.Add(-3 * time.Hour)
	latest = offboarding.PollHorizon(back, 5*time.Minute)
	if due := must[[]uuid.UUID](f)(f.s.PollsDue(f.ctx, back, latest, 10)); len(due) != 2 {
		f.Fatalf("%d polls are due after the clock was set back, want 2", len(due))
	}
	_, err = f.s.TakePoll(f.ctx, f.acc.ID, back, latest, back.Add(5*time.Minute))
	f.ok(err)
	_, err = f.s.TakePoll(f.ctx, f.acc.ID, back, latest, back.Add(5*time.Minute))
	f.wants(err, offboarding.ErrNotFound)
}

func accountDeletion(f *fixture) {
	c := f.addCase("1")
	m, e := f.letter(c, offboarding.T03)
	f.ok(f.s.DeleteAccount(f.ctx, f.acc.ID))
	_, err := f.s.Account(f.ctx, f.acc.ID)
	f.wants(err, offboarding.ErrNotFound)
	f.wants(f.s.DeleteAccount(f.ctx, f.acc.ID), offboarding.ErrNotFound)
	if all := must[[]*offboarding.Account](f)(f.s.AllAccounts(f.ctx)); len(all) != 0 {
		f.Fatalf("%d accounts are left", len(all))
	}
	f.effectIs(e, offboarding.EffectCancelled)
	f.letterIs(m, offboarding.MessageCancelled)
	_, err = f.s.Case(f.ctx, nil, c.ID)
	f.ok(err)
}

func accountList(f *fixture) {
	second, third := f.account("second"), f.account("third")
	id := func(a *offboarding.Account) uuid.UUID { return a.ID }
	list := must[[]*offboarding.Account](f)
	same(f, ids(id, list(f.s.AccountsInScope(f.ctx, nil, offboarding.Page{Limit: 2}))), []uuid.UUID{third.ID, second.ID})
	same(f, ids(id, list(f.s.AccountsInScope(f.ctx, nil, offboarding.Page{Limit: 2, Before: &second.ID}))), []uuid.UUID{f.acc.ID})
	same(f, ids(id, list(f.s.AccountsInScope(f.ctx, []uuid.UUID{second.ID}, offboarding.Page{}))), []uuid.UUID{second.ID})
	same(f, ids(id, list(f.s.AccountsInScope(f.ctx, []uuid.UUID{}, offboarding.Page{}))), nil)
}
