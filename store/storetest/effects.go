package storetest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

const quiet = 10 * time.Second

func roomFor(n int) offboarding.Room {
	return offboarding.Room{Reading: n, Writing: n, Elsewhere: 16}
}

func (f *fixture) ring(now time.Time, limit, perAccount int) []uuid.UUID {
	f.Helper()
	rings := must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, now, quiet, limit, roomFor(perAccount)))
	return ids(func(r offboarding.Ring) uuid.UUID { return r.ID }, rings)
}

func effectKeys(f *fixture) {
	c := f.addCase("17")
	e := offboarding.NewEffect(f.acc.ID, &c.ID, offboarding.EffectInterpret, "once", f.now, offboarding.InterpretPayload{EventID: offboarding.NewID()})
	e.SerialKey = "deal:17"
	twin := e
	twin.ID = offboarding.NewID()
	f.ok(f.s.AddEffects(f.ctx, []offboarding.Effect{e, twin}))
	if must[bool](f)(f.s.AddEffect(f.ctx, twin)) {
		f.Fatal("the twin was new")
	}
	got := must[*offboarding.Effect](f)(f.s.EffectByKey(f.ctx, "once"))
	var want, payload offboarding.InterpretPayload
	f.ok(json.Unmarshal(e.Payload, &want))
	f.ok(json.Unmarshal(got.Payload, &payload))
	same(f, payload, want)
	same(f, *got, e, cmpopts.IgnoreFields(offboarding.Effect{}, "Payload", "CreatedAt", "UpdatedAt"))
	_, err := f.s.EffectByKey(f.ctx, "never")
	f.wants(err, offboarding.ErrNotFound)
	same(f, ids(func(e *offboarding.Effect) uuid.UUID { return e.ID }, must[[]*offboarding.Effect](f)(f.s.PlannedOf(f.ctx, c.ID))), []uuid.UUID{e.ID})
}

func ringing(f *fixture) {
	late := f.effect(offboarding.EffectNote, f.now)
	early := f.effect(offboarding.EffectNote, f.now.Add(-time.Minute))
	first := f.effect(offboarding.EffectInterpret, f.now)
	other := f.account("other")
	foreign := f.effect(offboarding.EffectNote, f.now, func(e *offboarding.Effect) { e.AccountID = other.ID })
	f.effect(offboarding.EffectTimer, f.now.Add(time.Second)) // not due
	// Reading before writing, then the oldest; the other account has its turn before our second.
	same(f, f.ring(f.now, 10, 4), []uuid.UUID{first.ID, foreign.ID, early.ID, late.ID})
	same(f, f.ring(f.now, 10, 4), nil)
	again := must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, f.now, -time.Second, 1, roomFor(99))) // as if quiet were over
	same(f, again, []offboarding.Ring{{ID: first.ID, Kind: offboarding.EffectInterpret, Queue: offboarding.QueueCRM, Gen: 2}})

	var all [][]uuid.UUID
	var wanted []uuid.UUID
	for range 12 {
		wanted = append(wanted, f.effect(offboarding.EffectMail, f.now).ID)
	}
	all = make([][]uuid.UUID, 8)
	for _, err := range atOnce(8, func(i int) error {
		rings, err := f.s.RingDue(f.ctx, f.now, time.Hour, 100, roomFor(4))
		for _, r := range rings {
			all[i] = append(all[i], r.ID)
		}
		return err
	}) {
		f.ok(err)
	}
	got := slices.Concat(all...)
	slices.SortFunc(got, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	same(f, got, wanted)
}

func ringingPaused(f *fixture) {
	letter, look := f.effect(offboarding.EffectMail, f.now), f.effect(offboarding.EffectInterpret, f.now)
	f.ok(f.s.SetSetting(f.ctx, offboarding.SettingSendingPaused, "stop"))
	due := func() []uuid.UUID { return f.ring(f.now.Add(time.Minute), 10, 4) }
	same(f, due(), []uuid.UUID{look.ID, letter.ID}) // it has not said yet why it waits
	for _, e := range []*offboarding.Effect{letter, look} {
		f.ok(f.s.Again(f.ctx, f.claim(e, time.Minute), f.now.Add(10*time.Second), false, "", "all sending is paused"))
	}
	same(f, due(), []uuid.UUID{look.ID})
	f.ok(f.s.SetSetting(f.ctx, offboarding.SettingSendingPaused, ""))
	same(f, due(), []uuid.UUID{letter.ID})
}

func ringingCaps(f *fixture) {
	for range 10 {
		f.effect(offboarding.EffectCard, f.now)
		f.effect(offboarding.EffectMail, f.now)
	}
	rings := must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, f.now, quiet, 100, roomFor(4)))
	byQueue := map[offboarding.Queue]int{}
	for _, r := range rings {
		byQueue[r.Queue]++
	}
	same(f, byQueue, map[offboarding.Queue]int{offboarding.QueueCRM: 4, offboarding.QueueMail: 10})
	begun := 0
	for _, r := range rings { // all begin and one ends: there is room for one
		if r.Queue != offboarding.QueueCRM {
			continue
		}
		e := must[*offboarding.Effect](f)(f.s.Claim(f.ctx, r.ID, f.now, time.Minute))
		if begun++; begun == 1 {
			f.ok(f.s.Finish(f.ctx, e, offboarding.EffectSent, "", ""))
		}
	}
	if n := len(f.ring(f.now, 100, 4)); n != 1 {
		f.Fatalf("%d rung, want 1", n)
	}
	if n := len(f.ring(f.now, 100, 6)); n != 2 {
		f.Fatalf("%d rung with a larger cap, want 2", n)
	}
	if n := len(f.ring(f.now, 1, 20)); n != 1 {
		f.Fatalf("%d rung with limit 1, want 1", n)
	}
	// However much is to be written back, deals are read.
	for range 3 {
		f.effect(offboarding.EffectInterpret, f.now)
	}
	rings = must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, f.now, quiet, 100, offboarding.Room{Reading: 2, Writing: 1, Elsewhere: 1}))
	same(f, len(rings), 2)
	for _, r := range rings {
		same(f, r.Kind, offboarding.EffectInterpret)
	}
}

// yielding: cards of an account wait while its deals wait to be read or its
// letters to leave, but not for long.
func yielding(f *fixture) {
	for range 3 {
		f.effect(offboarding.EffectCard, f.now)
	}
	room := offboarding.Room{Reading: 1, Writing: 3, Yielding: 10 * time.Second, Elsewhere: 1}
	for _, first := range []offboarding.EffectKind{offboarding.EffectInterpret, offboarding.EffectMail} {
		waits := f.effect(first, f.now)
		rings := must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, f.now, 0, 100, room))
		same(f, kindsOf(rings), map[offboarding.EffectKind]int{first: 1})
		begun := must[*offboarding.Effect](f)(f.s.Claim(f.ctx, waits.ID, f.now, time.Minute))
		same(f, must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, f.now, 0, 100, room)), nil) // it is on its way
		f.ok(f.s.Finish(f.ctx, begun, offboarding.EffectSent, "", ""))
	}
	room.Writing = 1
	rings := must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, f.now, 0, 100, room))
	same(f, kindsOf(rings), map[offboarding.EffectKind]int{offboarding.EffectCard: 1})
	f.effect(offboarding.EffectMail, f.now)
	room.Writing = 3
	rings = must[[]offboarding.Ring](f)(f.s.RingDue(f.ctx, f.now.Add(10*time.Second), 0, 100, room))
	same(f, kindsOf(rings), map[offboarding.EffectKind]int{offboarding.EffectMail: 1, offboarding.EffectCard: 3})
}

func kindsOf(rings []offboarding.Ring) map[offboarding.EffectKind]int {
	kinds := map[offboarding.EffectKind]int{}
	for _, r := range rings {
		kinds[r.Kind]++
	}
	return kinds
}

func series(f *fixture) {
	var all []*offboarding.Effect
	for range 5 {
		all = append(all, f.effect(offboarding.EffectInterpret, f.now, inSeries("deal:17")))
	}
	free := f.effect(offboarding.EffectInterpret, f.now.Add(-time.Second), inSeries("deal:18"))
	same(f, f.ring(f.now, 100, 10), []uuid.UUID{free.ID, all[0].ID})
	same(f, f.ring(f.now, 100, 10), nil) // rung, though not begun
	won := 0
	for _, err := range atOnce(5, func(i int) error {
		_, err := f.s.Claim(f.ctx, all[i].ID, f.now, time.Minute)
		return err
	}) {
		if err == nil {
			won++
		} else {
			f.wants(err, offboarding.ErrNotFound)
		}
	}
	if won != 1 {
		f.Fatalf("%d of a series are in flight, want 1", won)
	}
	f.ok(f.s.InTx(f.ctx, func(tx offboarding.Store) error { // the refusal leaves the transaction usable
		for _, e := range all {
			_, err := tx.Claim(f.ctx, e.ID, f.now, time.Minute)
			f.wants(err, offboarding.ErrNotFound)
		}
		_, err := tx.Effect(f.ctx, free.ID)
		return err
	}))
}

func claimRace(f *fixture) {
	e := f.effect(offboarding.EffectMail, f.now)
	won := 0
	for _, err := range atOnce(16, func(int) error {
		_, err := f.s.Claim(f.ctx, e.ID, f.now, time.Minute)
		return err
	}) {
		if err == nil {
			won++
		} else {
			f.wants(err, offboarding.ErrNotFound)
		}
	}
	if got := f.effectIs(e, offboarding.EffectClaimed); won != 1 || got.Token != 1 {
		f.Fatalf("%d won, token %d, want 1 and 1", won, got.Token)
	}
}

func claimEarly(f *fixture) {
	e := f.effect(offboarding.EffectMail, f.now.Add(time.Second))
	_, err := f.s.Claim(f.ctx, e.ID, f.now, time.Minute)
	f.wants(err, offboarding.ErrNotFound)
	_, err = f.s.Claim(f.ctx, offboarding.NewID(), f.now, time.Minute)
	f.wants(err, offboarding.ErrNotFound)
}

func fence(f *fixture) {
	stop := []byte("hash of the address")
	letter := offboarding.FenceConditions{
		SuppressedHash: stop, NotStates: []offboarding.State{offboarding.StateCancelled, offboarding.StateClosed}, Letter: true,
	}
	owed := letter
	owed.Owed = true
	saved := func(change func(*offboarding.Case)) func(*offboarding.Case) {
		return func(c *offboarding.Case) {
			change(c)
			f.ok(f.s.SaveCase(f.ctx, c))
		}
	}
	setting := func(value string) { f.ok(f.s.SetSetting(f.ctx, offboarding.SettingSendingPaused, value)) }
	mode := func(m offboarding.Mode) {
		acc := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
		acc.Mode = m
		f.ok(f.s.SaveAccount(f.ctx, acc))
	}
	for _, test := range []struct {
		name   string
		given  func(*offboarding.Case)
		cond   offboarding.FenceConditions
		undo   func()
		fenced bool
	}{
		{name: "nothing speaks against it", cond: letter},
		{name: "the kill switch is on", given: func(*offboarding.Case) { setting("stop") }, undo: func() { setting("") }, fenced: true},
		{name: "the account is in shadow mode", given: func(*offboarding.Case) { mode(offboarding.Shadow) }, undo: func() { mode(offboarding.Live) }, fenced: true},
		{name: "the case is held", given: saved(func(c *offboarding.Case) { c.Held = true }), fenced: true},
		{name: "the case is in shadow mode", given: saved(func(c *offboarding.Case) { c.Mode = offboarding.Shadow }), fenced: true},
		{name: "the case is over", given: saved(func(c *offboarding.Case) { c.State = offboarding.StateClosed }), cond: letter, fenced: true},
		{name: "the case is paused, a letter", given: saved(func(c *offboarding.Case) { c.Paused = true }), cond: letter, fenced: true},
		{name: "the client wants to be left alone", given: saved(func(c *offboarding.Case) { c.NoContact = true }), cond: letter, fenced: true},
		{name: "the client wants to be left alone, a letter that is owed", given: saved(func(c *offboarding.Case) { c.NoContact = true }), cond: owed},
		{name: "the case is paused, a note", given: saved(func(c *offboarding.Case) { c.Paused = true })},
		{name: "the address is suppressed, not asked", given: func(*offboarding.Case) {
			f.ok(f.s.AddSuppression(f.ctx, &offboarding.Suppression{Hash: stop, Channel: offboarding.ChannelEmail}))
		}},
		{name: "the address is suppressed", cond: letter, fenced: true},
	} {
		c := f.addCase("")
		e := f.claim(f.effect(offboarding.EffectMail, f.now, ofCase(c)), time.Minute)
		if test.given != nil {
			test.given(c)
		}
		err := f.s.Fence(f.ctx, e, test.cond)
		if test.undo != nil {
			test.undo()
		}
		f.Log(test.name)
		if test.fenced {
			f.wants(err, offboarding.ErrFenced)
			f.effectIs(e, offboarding.EffectClaimed)
			continue
		}
		f.ok(err)
		f.effectIs(e, offboarding.EffectTransmitting)
		f.wants(f.s.Fence(f.ctx, e, test.cond), offboarding.ErrFenced) // not twice
	}
	e := f.claim(f.effect(offboarding.EffectResult, f.now), time.Minute)
	old := *e
	old.Token--
	f.wants(f.s.Fence(f.ctx, &old, offboarding.FenceConditions{}), offboarding.ErrFenced)
	f.ok(f.s.Fence(f.ctx, e, offboarding.FenceConditions{NotStates: letter.NotStates, Letter: true})) // without a case
	e = f.claim(f.effect(offboarding.EffectResult, f.now), time.Minute)
	f.ok(f.s.DeleteAccount(f.ctx, f.acc.ID))
	f.wants(f.s.Fence(f.ctx, e, offboarding.FenceConditions{}), offboarding.ErrFenced)
}

func outcomes(f *fixture) {
	c := f.addCase("")
	for effect, letter := range map[offboarding.EffectState]offboarding.MessageState{
		offboarding.EffectSent:      offboarding.MessageSent,
		offboarding.EffectFailed:    offboarding.MessageFailed,
		offboarding.EffectCancelled: offboarding.MessageCancelled,
		offboarding.EffectDead:      offboarding.MessageFailed,
		offboarding.EffectUncertain: offboarding.MessageUncertain,
	} {
		m, e := f.letter(c, offboarding.T03)
		first := f.claim(e, -time.Second)
		must[offboarding.Swept](f)(f.s.Sweep(f.ctx)) // its worker was too slow
		second := f.claim(e, time.Minute)
		f.wants(f.s.Finish(f.ctx, first, offboarding.EffectSent, "", ""), offboarding.ErrStale)
		f.wants(f.s.Extend(f.ctx, first, time.Minute), offboarding.ErrStale)
		f.ok(f.s.Extend(f.ctx, second, time.Minute))
		f.ok(f.s.Finish(f.ctx, second, effect, "why", "ref"))
		got := f.effectIs(e, effect)
		same(f, []any{got.Reason, got.Result, got.Crashes}, []any{"why", "ref", 0})
		if told := f.letterIs(m, letter); told.SentAt.IsZero() == (letter == offboarding.MessageSent) {
			f.Fatalf("a letter that is %s was sent at %s", letter, told.SentAt)
		}
		if effect != offboarding.EffectUncertain {
			f.wants(f.s.Finish(f.ctx, second, offboarding.EffectSent, "", ""), offboarding.ErrStale)
			f.wants(f.s.Extend(f.ctx, second, time.Minute), offboarding.ErrStale)
		}
	}
	m, e := f.letter(c, offboarding.T03)
	m.State = offboarding.MessageHeld // says more than "cancelled"
	f.ok(f.s.SaveMessage(f.ctx, m))
	f.ok(f.s.Finish(f.ctx, f.claim(e, time.Minute), offboarding.EffectCancelled, "shadow", ""))
	f.letterIs(m, offboarding.MessageHeld)
	// Late, but nobody else has taken it: that it was sent is worth knowing.
	_, e = f.letter(c, offboarding.T03)
	late := f.claim(e, -time.Second)
	f.ok(f.s.Fence(f.ctx, late, offboarding.FenceConditions{}))
	must[offboarding.Swept](f)(f.s.Sweep(f.ctx))
	f.effectIs(e, offboarding.EffectUncertain)
	f.ok(f.s.Finish(f.ctx, late, offboarding.EffectSent, "", ""))
	if err := f.s.Finish(f.ctx, late, offboarding.EffectReady, "", ""); err == nil {
		f.Fatal("ready is taken for an end")
	}
}

func again(f *fixture) {
	m, e := f.letter(f.addCase(""), offboarding.T03)
	m.State = offboarding.MessageSending
	f.ok(f.s.SaveMessage(f.ctx, m))
	due := f.now.Add(time.Minute)
	f.ok(f.s.Again(f.ctx, f.claim(e, time.Minute), due, true, "451", "later"))
	got := f.effectIs(e, offboarding.EffectReady)
	same(f, []any{got.DueAt, got.Attempts, got.LastError, got.Reason}, []any{due, 1, "451", "later"})
	f.letterIs(m, offboarding.MessagePlanned)
	claimed := f.claim(e, time.Minute)
	f.ok(f.s.Fence(f.ctx, claimed, offboarding.FenceConditions{}))
	f.ok(f.s.Again(f.ctx, claimed, due, false, "", "quiet hours"))
	if got := f.effectIs(e, offboarding.EffectReady); got.Attempts != 1 {
		f.Fatalf("%d attempts, want 1", got.Attempts)
	}
	f.wants(f.s.Again(f.ctx, claimed, due, false, "", ""), offboarding.ErrStale)
	same(f, f.ring(due, 10, 4), []uuid.UUID{e.ID}) // at once, when it is due
}

func sweeping(f *fixture) {
	c := f.addCase("")
	begun := func(e *offboarding.Effect) *offboarding.Effect {
		f.Helper()
		e = f.claim(e, -time.Second)
		f.ok(f.s.Fence(f.ctx, e, offboarding.FenceConditions{}))
		return e
	}
	claimed := f.claim(f.effect(offboarding.EffectMail, f.now), -time.Second)
	alive := f.claim(f.effect(offboarding.EffectMail, f.now), time.Minute)
	note := begun(f.effect(offboarding.EffectNote, f.now))
	surveyLetter, survey := f.letter(c, offboarding.T03)
	thanksLetter, thanks := f.letter(c, offboarding.T01)
	surveyLetter.State, thanksLetter.State = offboarding.MessageSending, offboarding.MessageSending
	f.ok(f.s.SaveMessage(f.ctx, surveyLetter))
	f.ok(f.s.SaveMessage(f.ctx, thanksLetter))
	begun(survey)
	begun(thanks)
	same(f, must[offboarding.Swept](f)(f.s.Sweep(f.ctx)), offboarding.Swept{Freed: 3, Uncertain: 1})
	same(f, must[offboarding.Swept](f)(f.s.Sweep(f.ctx)), offboarding.Swept{})
	f.effectIs(claimed, offboarding.EffectReady)
	f.effectIs(alive, offboarding.EffectClaimed)
	f.effectIs(note, offboarding.EffectReady)
	f.effectIs(survey, offboarding.EffectUncertain) // a second survey is an insult
	f.letterIs(surveyLetter, offboarding.MessageUncertain)
	f.effectIs(thanks, offboarding.EffectReady) // a second acknowledgement is only a doubled envelope
	f.letterIs(thanksLetter, offboarding.MessagePlanned)
	same(f, ids(func(e *offboarding.Effect) uuid.UUID { return e.ID },
		must[[]*offboarding.Effect](f)(f.s.DeadLetters(f.ctx, offboarding.EffectFilter{}))), []uuid.UUID{survey.ID})
}

func crashes(f *fixture) {
	event := f.event(offboarding.DealUpdated, "17")
	f.ok(f.s.AddEvents(f.ctx, []*offboarding.Event{event}))
	poison := f.effect(offboarding.EffectInterpret, f.now, func(e *offboarding.Effect) {
		*e = offboarding.NewEffect(f.acc.ID, nil, offboarding.EffectInterpret, e.SendKey, f.now, offboarding.InterpretPayload{EventID: event.ID})
	})
	letter, mail := f.letter(f.addCase(""), offboarding.T03)
	lucky := f.effect(offboarding.EffectNote, f.now)
	for i := range 3 {
		for _, e := range []*offboarding.Effect{poison, mail, lucky} {
			claimed := f.claim(e, -time.Second)
			if e == lucky && i == 1 { // once it came through
				f.ok(f.s.Again(f.ctx, claimed, f.now, true, "", ""))
			}
		}
		must[offboarding.Swept](f)(f.s.Sweep(f.ctx))
	}
	if got := f.effectIs(poison, offboarding.EffectDead); got.Reason != "crash" || got.Crashes != 3 {
		f.Fatalf("reason %q, %d crashes", got.Reason, got.Crashes)
	}
	f.effectIs(mail, offboarding.EffectDead)
	f.letterIs(letter, offboarding.MessageFailed)
	f.effectIs(lucky, offboarding.EffectReady)
	if got := must[*offboarding.Event](f)(f.s.Event(f.ctx, nil, event.ID)); got.Verdict != offboarding.VerdictFailed {
		f.Fatalf("the event is %s although nothing will look at it", got.Verdict)
	}
	must[*offboarding.Effect](f)(f.s.Revive(f.ctx, nil, poison.ID, f.now))
	if got := must[*offboarding.Event](f)(f.s.Event(f.ctx, nil, event.ID)); got.Verdict != offboarding.VerdictPending {
		f.Fatalf("the event is %s although it is looked at again", got.Verdict)
	}
}

func crowdCrashes(f *fixture) {
	crowd := make([]*offboarding.Effect, 4)
	for i := range crowd {
		crowd[i] = f.effect(offboarding.EffectInterpret, f.now)
	}
	lose := func(es ...*offboarding.Effect) {
		for _, e := range es {
			f.claim(e, -time.Second)
		}
		must[offboarding.Swept](f)(f.s.Sweep(f.ctx))
	}
	for range 5 {
		lose(crowd...)
	}
	for _, e := range crowd {
		f.effectIs(e, offboarding.EffectReady)
	}
	poison := crowd[0]
	for _, e := range crowd[1:] { // the others come through
		f.ok(f.s.Finish(f.ctx, f.claim(e, time.Minute), offboarding.EffectSent, "", ""))
	}
	lose(poison)
	if got := f.effectIs(poison, offboarding.EffectDead); got.Reason != "crash" {
		f.Fatalf("reason %q", got.Reason)
	}

	company := []*offboarding.Effect{f.effect(offboarding.EffectInterpret, f.now), f.effect(offboarding.EffectInterpret, f.now), f.effect(offboarding.EffectInterpret, f.now), f.effect(offboarding.EffectInterpret, f.now)}
	for range 11 {
		lose(company...)
	}
	f.effectIs(company[0], offboarding.EffectReady)
	lose(company...) // a crowd is no shelter for ever
	f.effectIs(company[0], offboarding.EffectDead)
}

func cancelling(f *fixture) {
	c := f.addCase("")
	m, e := f.letter(c, offboarding.T03)
	begunLetter, begun := f.letter(c, offboarding.T01)
	f.claim(begun, time.Minute)
	timer := f.effect(offboarding.EffectTimer, f.now, ofCase(c), func(e *offboarding.Effect) { e.SendKey = "timer_1" })
	other := f.effect(offboarding.EffectTimer, f.now, ofCase(c), func(e *offboarding.Effect) { e.SendKey = "timerX1" })
	foreign := f.effect(offboarding.EffectTimer, f.now, ofCase(f.addCase("")))
	if n := must[int](f)(f.s.CancelEffects(f.ctx, c.ID, nil, "timer_", "moved")); n != 1 {
		f.Fatalf("%d cancelled by prefix, want 1", n)
	}
	if got := f.effectIs(timer, offboarding.EffectCancelled); got.Reason != "moved" {
		f.Fatalf("reason %q", got.Reason)
	}
	f.effectIs(other, offboarding.EffectReady)
	if n := must[int](f)(f.s.CancelEffects(f.ctx, c.ID, []offboarding.EffectKind{offboarding.EffectMail}, "", "stays")); n != 1 {
		f.Fatalf("%d letters cancelled, want 1", n)
	}
	f.effectIs(e, offboarding.EffectCancelled)
	if got := f.letterIs(m, offboarding.MessageCancelled); got.Reason != "stays" {
		f.Fatalf("reason %q", got.Reason)
	}
	f.effectIs(begun, offboarding.EffectClaimed)
	f.letterIs(begunLetter, offboarding.MessagePlanned)
	if n := must[int](f)(f.s.CancelEffects(f.ctx, c.ID, nil, "", "over")); n != 1 {
		f.Fatalf("%d cancelled, want 1", n)
	}
	f.effectIs(foreign, offboarding.EffectReady)
}

func waking(f *fixture) {
	later := f.now.Add(time.Hour)
	look, dated, letter := f.effect(offboarding.EffectInterpret, later), f.effect(offboarding.EffectTask, later), f.effect(offboarding.EffectMail, later)
	parked := f.effect(offboarding.EffectNote, f.now)
	f.ok(f.s.Again(f.ctx, f.claim(parked, time.Minute), later, false, "", "the account is suspended"))
	other := f.account("other")
	foreign := f.effect(offboarding.EffectInterpret, later, func(e *offboarding.Effect) { e.AccountID = other.ID })
	f.ok(f.s.Wake(f.ctx, f.acc.ID, f.now))
	for e, want := range map[*offboarding.Effect]time.Time{look: f.now, parked: f.now, dated: later, letter: later, foreign: later} {
		if got := f.effectIs(e, offboarding.EffectReady); !got.DueAt.Equal(want) {
			f.Fatalf("%s is due at %s, want %s", e.SendKey, got.DueAt, want)
		}
	}
}

func reviving(f *fixture) {
	m, e := f.letter(f.addCase(""), offboarding.T03)
	later := f.now.Add(100 * time.Hour)
	_, err := f.s.Revive(f.ctx, nil, e.ID, later)
	f.wants(err, offboarding.ErrNotFound) // nothing wrong with it
	claimed := f.claim(e, time.Minute)
	f.ok(f.s.Finish(f.ctx, claimed, offboarding.EffectDead, "given up", ""))
	_, err = f.s.Revive(f.ctx, []uuid.UUID{offboarding.NewID()}, e.ID, later)
	f.wants(err, offboarding.ErrNotFound)
	got := must[*offboarding.Effect](f)(f.s.Revive(f.ctx, []uuid.UUID{f.acc.ID}, e.ID, later))
	same(f, got, f.effectIs(e, offboarding.EffectReady))
	same(f, []any{got.DueAt, got.GiveUpAt, got.Attempts, got.Reason}, []any{later, later.Add(e.Kind.Patience()), 0, ""})
	f.letterIs(m, offboarding.MessagePlanned)
	same(f, f.ring(later, 10, 4), []uuid.UUID{e.ID})
}

func completing(f *fixture) {
	event := offboarding.NewID()
	interpret := func(id uuid.UUID) *offboarding.Effect {
		return f.effect(offboarding.EffectInterpret, f.now, func(e *offboarding.Effect) {
			*e = offboarding.NewEffect(f.acc.ID, nil, offboarding.EffectInterpret, e.SendKey, f.now, offboarding.InterpretPayload{EventID: id})
		})
	}
	waits, begun, other := interpret(event), interpret(event), interpret(offboarding.NewID())
	f.claim(begun, time.Minute)
	f.ok(f.s.CompleteInterpretations(f.ctx, []uuid.UUID{event}, f.now.AddDate(-10, 0, 0), "settled before it was ordered"))
	f.effectIs(waits, offboarding.EffectReady)
	f.ok(f.s.CompleteInterpretations(f.ctx, []uuid.UUID{event}, f.now.AddDate(10, 0, 0), "settled with another"))
	f.effectIs(waits, offboarding.EffectSent)
	f.effectIs(begun, offboarding.EffectClaimed)
	f.effectIs(other, offboarding.EffectReady)
	f.ok(f.s.CompleteInterpretations(f.ctx, nil, f.now, ""))
}

func depths(f *fixture) {
	f.effect(offboarding.EffectMail, f.now.Add(-time.Minute))
	f.effect(offboarding.EffectMail, f.now.Add(time.Hour))
	f.claim(f.effect(offboarding.EffectMail, f.now), time.Minute)
	for _, state := range []offboarding.EffectState{offboarding.EffectDead, offboarding.EffectUncertain, offboarding.EffectFailed, offboarding.EffectSent} {
		f.ok(f.s.Finish(f.ctx, f.claim(f.effect(offboarding.EffectNote, f.now), time.Minute), state, "", ""))
	}
	same(f, must[[]offboarding.QueueDepth](f)(f.s.QueueDepths(f.ctx, f.now)), []offboarding.QueueDepth{
		{Queue: offboarding.QueueCRM, Uncertain: 1, Dead: 1},
		{Queue: offboarding.QueueMail, Due: 1, Waiting: 1, InFlight: 1, OldestSecs: 60},
		{Queue: offboarding.QueueFiles},
		{Queue: offboarding.QueueLow},
	})
}

func writeBack(f *fixture) {
	end := func(e *offboarding.Effect, state offboarding.EffectState) {
		f.Helper()
		f.ok(f.s.Finish(f.ctx, f.claim(e, time.Minute), state, "", ""))
	}
	pending, failed, clean := f.addCase(""), f.addCase(""), f.addCase("")
	f.effect(offboarding.EffectNote, f.now, ofCase(pending))
	end(f.effect(offboarding.EffectCard, f.now, ofCase(pending)), offboarding.EffectFailed)
	end(f.effect(offboarding.EffectTask, f.now, ofCase(failed)), offboarding.EffectDead)
	end(f.effect(offboarding.EffectCard, f.now, ofCase(clean)), offboarding.EffectSent)
	f.effect(offboarding.EffectTimer, f.now, ofCase(clean))
	got, err := f.s.WriteBackOf(f.ctx, []uuid.UUID{pending.ID, failed.ID, clean.ID})
	f.ok(err)
	same(f, got, map[uuid.UUID]offboarding.WriteBackTrack{
		pending.ID: offboarding.WriteBackPending, failed.ID: offboarding.WriteBackFailed,
	})
}
