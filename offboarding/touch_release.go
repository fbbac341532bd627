package offboarding

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ReleaseDue lets touches go whose time has come. Whether one may is asked now,
// whatever was true when it was planned. It returns how many it looked at.
func (w *WinBack) ReleaseDue(ctx context.Context, limit int) (int, error) {
	due, err := w.store.TouchesDue(ctx, w.now(), limit, touchesPerAccount)
	if err != nil {
		return 0, err
	}
	for _, id := range due {
		if err := w.release(ctx, id); err != nil && !IsKind(err, KindStale) {
			return 0, fmt.Errorf("release touch %s: %w", id, err)
		}
	}
	return len(due), nil
}

// touchesPerAccount is how many touches of one account are released before
// others have their turn.
const touchesPerAccount = 25

func (w *WinBack) release(ctx context.Context, id uuid.UUID) error {
	return w.store.InTx(ctx, func(tx Store) error {
		t, err := tx.TouchOf(ctx, nil, id)
		if IsKind(err, KindNotFound) {
			return nil
		}
		if err != nil || t.State != TouchPlanned || t.DueAt.After(w.now()) {
			return err
		}
		c, err := tx.Case(ctx, nil, t.CaseID)
		if err != nil {
			return err
		}
		acc, err := tx.Account(ctx, t.AccountID)
		if err != nil {
			return err
		}
		r := &touching{tx: tx, keys: w.keys, ways: w.ways, acc: acc, c: c, t: t, now: w.now()}
		if err := r.asked(ctx); err != nil {
			return r.put(ctx, err)
		}
		return r.letGo(ctx)
	})
}

// touching is one touch whose time has come.
type touching struct {
	tx   Store
	keys *Keys
	ways []Channel // that are set up
	acc  *Account
	c    *Case
	t    *Touch
	now  time.Time

	found Way // on which it goes
}

// touchAnswer is why a touch does not go now: it ends in a state, or moves to a day.
type touchAnswer struct {
	state TouchState
	until time.Time
	why   string
}

func (a *touchAnswer) Error() string { return a.why }

func never(state TouchState, why string) error { return &touchAnswer{state: state, why: why} }
func later(until time.Time, why string) error  { return &touchAnswer{until: until, why: why} }

// asked asks everything that may speak against the touch, in the order in which
// a person would want to hear it; nil: it may go.
func (r *touching) asked(ctx context.Context) error {
	c, t := r.c, r.t
	switch {
	case c.State != StateParted && c.State != StateInTouch:
		return never(TouchCancelled, "the case is "+string(c.State))
	case c.NoContact, c.PlanFor() == PlanQuiet:
		return never(TouchCancelled, whyAlone)
	case c.Mode != Live || r.acc.Mode != Live:
		return never(TouchDropped, "the account is in shadow mode: prepared, not sent")
	case c.LegalHold != "":
		return never(TouchCancelled, "a legal hold stands over the case")
	case c.Tracks.Settlement == SettlementDisputed:
		return later(r.now.Add(24*time.Hour), "the final account is disputed")
	case c.Paused:
		return later(r.now.Add(24*time.Hour), whyPaused)
	}
	if why, err := r.tx.Setting(ctx, SettingSendingPaused); err == nil {
		return later(r.now.Add(time.Minute), "all sending is paused: "+why)
	} else if !IsKind(err, KindNotFound) {
		return err
	}
	if open := c.openingFor(r.acc, t.Template, r.now); open.After(r.now) {
		if t.Template == T14 && Day(open, c.Location(r.acc)) != Day(r.t.DueAt, c.Location(r.acc)) {
			return never(TouchDropped, whyDayOver)
		}
		return later(open, whyWindow)
	}
	if err := r.tooOld(ctx); err != nil {
		return err
	}
	if err := r.openElsewhere(ctx); err != nil {
		return err
	}
	if t.Class == StepCall {
		if err := r.callRefused(ctx); err != nil {
			return err
		}
		return r.capped(ctx)
	}
	for _, ask := range []func(context.Context) error{r.notStopped, r.notHeldOut, r.findWay, r.offerReleased, r.capped, r.words} {
		if err := ask(ctx); err != nil {
			return err
		}
	}
	return nil
}

// openElsewhere: with a client who is parting from another contract of ours,
// nobody makes small talk.
func (r *touching) openElsewhere(ctx context.Context) error {
	cases, err := r.tx.CasesOfClient(ctx, r.c.AccountID, r.c.Client)
	if err != nil {
		return err
	}
	for _, other := range cases {
		if other.NoContact {
			return never(TouchCancelled, whyAlone)
		}
		if other.ID != r.c.ID && other.Open() {
			return later(r.now.Add(7*24*time.Hour), "another parting with this client is under way")
		}
	}
	return nil
}

// put writes down why the touch does not go now.
func (r *touching) put(ctx context.Context, why error) error {
	a, ok := errors.AsType[*touchAnswer](why)
	if !ok {
		return why
	}
	moved, again := a.state == "", r.t.Reason == a.why
	r.t.Person, r.t.Reason = nil, a.why
	if moved {
		r.t.DueAt = a.until.UTC()
	} else {
		r.t.State = a.state
	}
	if err := r.tx.SaveTouch(ctx, r.t); err != nil {
		return err
	}
	kind := "touch." + string(a.state)
	if moved && again {
		return nil // it still waits for the same thing: said once, not every day
	}
	if moved {
		kind = "touch.moved"
	}
	if err := r.tx.Record(ctx, r.c.line(ActorSystem, kind, r.c.touchSaid(r.t)+": "+a.why, nil)); err != nil {
		return err
	}
	if a.state != TouchWaiting {
		return nil
	}
	return r.tx.AddEffects(ctx, r.c.taskTo(ToManager, "release_offer:"+r.t.ID.String(), r.now, callBy(r.acc, r.now)))
}

// letGo lets the touch go: a letter is ordered, or a person is asked to call.
func (r *touching) letGo(ctx context.Context) error {
	t, c := r.t, r.c
	if t.Class == StepCall {
		if err := r.tx.AddEffects(ctx, c.taskEffect(t.Template, r.now, callBy(r.acc, r.now))); err != nil {
			return err
		}
	} else {
		kind, _ := LetterKindOf(t.Template)
		vars, err := kind.ReadVars(t.Vars)
		if err != nil {
			return r.put(ctx, never(TouchDropped, err.Error()))
		}
		letter := c.order(r.acc, Letter{
			Template: t.Template, Due: r.now, Vars: vars, Occasion: t.ID.String(), Channel: r.found.Channel, To: &Recipient{c.Client.Name, r.found.Address},
		})
		letter.message.Class = Class(t.Class) // mixed content is marketing, whatever its template
		if err := post(ctx, r.tx, letter); err != nil {
			return err
		}
		t.MessageID, t.Channel = &letter.message.ID, r.found.Channel
	}
	t.State, t.ReleasedAt, t.Reason = TouchReleased, r.now.UTC(), ""
	if err := r.tx.SaveTouch(ctx, t); err != nil {
		return err
	}
	if err := r.tx.Record(ctx, c.line(ActorSystem, "touch.released", c.touchSaid(t), nil)); err != nil {
		return err
	}
	c.Tracks.WinBack = WinBackActive
	if c.State == StateParted {
		return moveAndSync(ctx, r.tx, r.acc, c, StateInTouch, ActorSystem, "we keep in touch", r.now)
	}
	return saveAndSync(ctx, r.tx, r.acc, c, r.now)
}
