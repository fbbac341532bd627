package offboarding

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
)

// TouchState is where a touch stands.
type TouchState string

// The states of a touch. What became of a released one stands with its letter.
const (
	TouchPlanned   TouchState = "planned"
	TouchWaiting   TouchState = "waiting" // for a person's release
	TouchReleased  TouchState = "released"
	TouchDropped   TouchState = "dropped" // it may not go, and Reason says why
	TouchCancelled TouchState = "cancelled"
)

// Touch is one planned contact with a client who has left: a dated row and
// nothing else until its day.
type Touch struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	CaseID     uuid.UUID
	MessageID  *uuid.UUID
	Person     []byte // HMAC of the address, once released: caps count by it
	DueAt      time.Time
	ReleasedAt time.Time
	Step       int // of the plan, from 0
	State      TouchState
	Class      StepClass
	Template   string
	Plan       string
	Reason     string          // why it moved, waits or will not go
	Vars       json.RawMessage // of the letter; those of a return offer are written by the person who releases it
	ReleasedBy string          // the person who let a marketing touch go
}

// Touches keeps the planned contacts.
type Touches interface {
	AddTouches(ctx context.Context, touches []*Touch) error
	// TouchOf returns a touch, locked until the end of a transaction.
	TouchOf(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Touch, error)
	SaveTouch(ctx context.Context, t *Touch) error
	TouchesOf(ctx context.Context, caseID uuid.UUID) ([]*Touch, error)
	// TouchesIn lists touches due in [from, to), by due time; after is the last one of the page before.
	TouchesIn(ctx context.Context, f TouchFilter) ([]*Touch, error)
	// TouchesDue lists planned touches whose time has come, at most perAccount of each account.
	TouchesDue(ctx context.Context, now time.Time, limit, perAccount int) ([]uuid.UUID, error)
	// CancelTouches cancels the case's touches that have not been released.
	CancelTouches(ctx context.Context, caseID uuid.UUID, reason string) (int, error)
	// TouchedSince lists when the person was touched since then, oldest first, over all cases: when a letter left,
	// and now for one that is on its way; letters that never left do not count. It keeps others from touching the person until the end of the transaction.
	TouchedSince(ctx context.Context, person []byte, since time.Time) ([]time.Time, error)
}

// TouchFilter selects touches.
type TouchFilter struct {
	Scope    []uuid.UUID
	From, To time.Time
	Limit    int
	After    *Touch
}

// Why touches move or end.
const (
	whyWindow   = "outside the sending window"
	whyPaused   = "the case is paused"
	whyHoldout  = "holdout: this client is left without offers, so that their effect can be measured"
	whyConsent  = "no consent to marketing on this channel"
	whyAlone    = "the client is to be left alone"
	whyStopped  = "the address asked not to be written to"
	whyRelease  = "an offer waits until a person releases it"
	whyNoChange = "nothing that was wrong has been put right yet, so there is nothing true to tell"
	whyGap      = "too soon after the last touch"
	whyYear     = "the year's touches are used up"
	whyNextOne  = "over the cap until the next touch is due"
	whyDayOver  = "the day for which it was meant is over"
	whyQuietNow = "a year without a word from the client: only a birthday and one greeting a year"
	whyTooLong  = "two years without a word from the client"
)

// WinBack keeps in touch with clients who have left.
type WinBack struct {
	store Store
	keys  *Keys
	now   func() time.Time
	log   *slog.Logger
}

// NewWinBack returns the use cases of keeping in touch.
func NewWinBack(store Store, keys *Keys, now func() time.Time, log *slog.Logger) *WinBack {
	return &WinBack{store: store, keys: keys, now: now, log: log}
}

// planTouches writes down how we keep in touch with a client who has just
// parted from us.
func planTouches(ctx context.Context, tx Store, acc *Account, c *Case) error {
	plan, err := planOf(ctx, tx, c.PlanFor())
	if err != nil {
		return err
	}
	c.PlannedFor = c.planBasis(acc)
	touches := c.touches(acc, plan)
	if len(touches) == 0 {
		return nil
	}
	c.Tracks.WinBack = WinBackPlanned
	if err := tx.AddTouches(ctx, touches); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(ActorSystem, "touches.planned", fmt.Sprintf("plan %s, %d touches", plan.Name, len(touches)), nil)); err != nil {
		return err
	}
	ends := touches[len(touches)-1].DueAt.Add(planEndsAfter)
	_, err = tx.AddEffects(ctx, []Effect{c.timer(TimerPlanEnds, ends)})
	return err
}

// A plan is over so long after its last touch.
const planEndsAfter = 30 * 24 * time.Hour

// planOf returns a plan as the operator has it, else as it was shipped.
func planOf(ctx context.Context, s Plans, name string) (*Plan, error) {
	p, err := s.PlanNamed(ctx, name)
	if !IsKind(err, KindNotFound) {
		return p, err
	}
	stock, ok := StockPlan(name)
	if !ok {
		return nil, ErrNotFound
	}
	return stock, nil
}

// touches are the dated touches of a plan for the case, by their day, with the
// greetings that belong to every plan but quiet. Letters need an address.
func (c *Case) touches(acc *Account, plan *Plan) []*Touch {
	var out []*Touch
	loc := c.Location(acc)
	for i, s := range plan.Steps {
		at, known := c.dueOn(s, loc)
		if !known || c.refusesTouch(s.Class) || s.Class != StepCall && c.Client.Email == "" {
			continue
		}
		t := &Touch{
			ID: NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: c.openingFor(acc, s.Template, at).UTC(), Step: i, State: TouchPlanned,
			Class: s.Class, Template: s.Template, Plan: plan.Name,
		}
		switch {
		case s.Class == StepCall:
			t.Template = s.What
		case s.Template == T15:
			t.Vars, _ = json.Marshal(s.Words[c.Lang(acc)])
		case s.Template == T14:
			t.Vars, _ = json.Marshal(Birthday{Occasion: occasionOf(s.Before)})
		}
		out = append(out, t)
	}
	if plan.Name != PlanQuiet {
		out = append(out, c.greetings(acc, plan)...)
	}
	slices.SortStableFunc(out, func(a, b *Touch) int { return a.DueAt.Compare(b.DueAt) })
	return out
}

func occasionOf(field string) string {
	if field == OccasionCompanyDay {
		return OccasionCompanyDay
	}
	return OccasionBirthday
}

// greetings are the birthdays of the client and the company as long as we keep
// in touch, unless a step of the plan greets already.
func (c *Case) greetings(acc *Account, plan *Plan) []*Touch {
	if c.Client.Email == "" || c.refusesTouch(StepRelationship) || slices.ContainsFunc(plan.Steps, func(s Step) bool { return s.Template == T14 }) {
		return nil
	}
	var out []*Touch
	loc := c.Location(acc)
	parted := c.Dates.PartedAt.In(loc)
	for _, of := range []struct{ day, occasion string }{{c.Client.Birthday, OccasionBirthday}, {c.Client.CompanyDay, OccasionCompanyDay}} {
		for year := parted.Year(); year <= parted.Year()+touchYears; year++ {
			m, d, ok := anniversary(of.day, year)
			at := clockOn(year, m, d, touchHour, loc)
			if !ok || !at.After(c.Dates.PartedAt) || !at.Before(parted.AddDate(touchYears, 0, 0)) {
				continue
			}
			vars, _ := json.Marshal(Birthday{Occasion: of.occasion})
			out = append(out, &Touch{
				ID: NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: c.openingFor(acc, T14, at).UTC(), Step: len(plan.Steps) + len(out), State: TouchPlanned,
				Class: StepRelationship, Template: T14, Plan: plan.Name, Vars: vars,
			})
		}
	}
	return out
}

// After so many years without a word nobody is touched any more (domain §9.1).
const touchYears = 2

// Preview tells what a plan would do for a case, without planning anything.
func (w *WinBack) Preview(ctx context.Context, c *Case, acc *Account, name string) ([]*Touch, error) {
	plan, err := planOf(ctx, w.store, name)
	if err != nil {
		return nil, err
	}
	if c.Dates.PartedAt.IsZero() {
		parted := *c
		parted.Dates.PartedAt = w.now().UTC()
		c = &parted
	}
	return c.touches(acc, plan), nil
}

// Plan returns a plan as it stands.
func (w *WinBack) Plan(ctx context.Context, name string) (*Plan, error) {
	return planOf(ctx, w.store, name)
}

// SavePlan replaces a plan; partings to come use it. version must be the plan's.
func (w *WinBack) SavePlan(ctx context.Context, p *Plan, by Actor) (*Plan, error) {
	if _, ok := StockPlan(p.Name); !ok {
		return nil, ErrNotFound
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p, w.store.InTx(ctx, func(tx Store) error {
		old, err := planOf(ctx, tx, p.Name)
		if err != nil {
			return err
		}
		if old.Version != p.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the plan is at version %d", old.Version)}
		}
		saved := *p
		if err := tx.SavePlan(ctx, &saved); err != nil {
			return err
		}
		p.Version = saved.Version
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "plan.changed", Summary: fmt.Sprintf("plan %s, version %d", p.Name, p.Version)})
	})
}

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
		r := touching{tx, w.keys, acc, c, t, w.now()}
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
	acc  *Account
	c    *Case
	t    *Touch
	now  time.Time
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
func (r touching) asked(ctx context.Context) error {
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
	if err := r.refused(ctx); err != nil {
		return err
	}
	if t.Class == StepCall {
		return r.capped(ctx)
	}
	stopped, err := r.tx.Suppressed(ctx, r.keys.StopHash(ChannelEmail, c.Client.Email), ChannelEmail)
	if err != nil {
		return err
	}
	if stopped {
		return never(TouchCancelled, whyStopped)
	}
	if t.Class == StepMarketing {
		if err := r.offerAllowed(ctx); err != nil {
			return err
		}
	}
	if err := r.capped(ctx); err != nil {
		return err
	}
	return r.words(ctx)
}

// tooOld: a client who has not said a word for a year hears from us on a
// birthday and once a year besides, and after two years not at all.
func (r touching) tooOld(ctx context.Context) error {
	since := r.c.Dates.PartedAt
	if r.c.Dates.ReactedAt.After(since) {
		since = r.c.Dates.ReactedAt
	}
	silentFrom := since.AddDate(1, 0, 0)
	switch {
	case r.t.Class == StepCall || r.now.Before(silentFrom):
		return nil
	case !r.now.Before(since.AddDate(touchYears, 0, 0)):
		return never(TouchDropped, whyTooLong)
	case r.t.Class == StepMarketing:
		return never(TouchDropped, whyQuietNow)
	case r.t.Template == T14:
		return nil
	}
	all, err := r.tx.TouchesOf(ctx, r.c.ID)
	for _, other := range all {
		if other.Template != T14 && other.State == TouchReleased && !other.ReleasedAt.Before(silentFrom) && other.ReleasedAt.After(r.now.AddDate(-1, 0, 0)) {
			return never(TouchDropped, whyQuietNow)
		}
	}
	return err
}

// openElsewhere: with a client who is parting from another contract of ours,
// nobody makes small talk.
func (r touching) openElsewhere(ctx context.Context) error {
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

// offerAllowed asks what only offers need: that the client is not in the
// holdout, agreed to be written to, and that a person has let it go.
func (r touching) offerAllowed(ctx context.Context) error {
	if r.c.Holdout(r.acc.Policy.HoldoutPercent) {
		return never(TouchDropped, whyHoldout)
	}
	given, err := r.tx.ConsentGiven(ctx, r.keys.StopHash(ChannelEmail, r.c.Client.Email), ChannelEmail, ClassMarketing)
	if err != nil {
		return err
	}
	if !given {
		return never(TouchDropped, whyConsent)
	}
	if r.t.ReleasedBy == "" && r.acc.Policy.MarketingRelease != "automatic" {
		return never(TouchWaiting, whyRelease)
	}
	return nil
}

// Holdout reports whether the case is among those that get no offers, by the
// hash that its id is.
func (c *Case) Holdout(percent int) bool {
	return int(binary.BigEndian.Uint32(c.ID[12:])%100) < percent
}

// capped asks how often this person was touched lately, over all cases and
// channels, and finds the first day on which this touch may go.
func (r touching) capped(ctx context.Context) error {
	p, loc := r.acc.Policy, r.c.Location(r.acc)
	switch who := r.c.Client; {
	case who.Email != "":
		r.t.Person = r.keys.StopHash(ChannelEmail, who.Email)
	case who.Phone != "":
		r.t.Person = r.keys.StopHash("phone", who.Phone)
	default:
		return nil
	}
	times, err := r.tx.TouchedSince(ctx, r.t.Person, r.now.AddDate(-1, 0, 0))
	if err != nil || len(times) == 0 {
		return err
	}
	var free time.Time
	why := ""
	if at := gapAfter(times[len(times)-1].In(loc), p.TouchGapDays); at.After(r.now) {
		free, why = at, whyGap
	}
	if n := len(times) - p.TouchesPerYear; n >= 0 {
		if at := times[n].In(loc).AddDate(1, 0, 0); at.After(free) && at.After(r.now) {
			free, why = at, whyYear
		}
	}
	if free.IsZero() {
		return nil
	}
	if r.t.Template == T14 { // a greeting after the day is no greeting
		return never(TouchDropped, why)
	}
	y, m, d := free.In(loc).Date()
	until := r.c.opening(r.acc, clockOn(y, m, d, touchHour, loc))
	if until.Before(free) {
		until = r.c.opening(r.acc, clockOn(y, m, d+1, touchHour, loc))
	}
	next, err := r.nextDue(ctx)
	if err != nil {
		return err
	}
	if !next.IsZero() && !until.Before(next) {
		return never(TouchDropped, whyNextOne)
	}
	return later(until, why)
}

// gapAfter is when so many days are over, by the calendar and by the clock: a
// night in which the clock jumps makes them an hour shorter.
func gapAfter(t time.Time, days int) time.Time {
	at := t.AddDate(0, 0, days)
	if full := t.Add(time.Duration(days) * 24 * time.Hour); full.After(at) {
		return full
	}
	return at
}

// nextDue is when the plan's next letter is due; greetings hurry nobody.
func (r touching) nextDue(ctx context.Context) (time.Time, error) {
	all, err := r.tx.TouchesOf(ctx, r.c.ID)
	for _, other := range all { // by due time
		if other.ID != r.t.ID && other.Step > r.t.Step && other.State == TouchPlanned && other.Class != StepCall && other.Template != T14 {
			return other.DueAt, err
		}
	}
	return time.Time{}, err
}

// words finds what the letter says, where that must be true: what we changed
// needs a measure that is done.
func (r touching) words(ctx context.Context) error {
	if r.t.Template != T19 && r.t.Template != T16 || len(r.t.Vars) > 0 {
		return nil
	}
	measures, err := r.tx.MeasuresOf(ctx, r.c.ID)
	if err != nil {
		return err
	}
	for _, m := range measures {
		if m.State != MeasureDone || m.AboutPeople() || m.Note == "" {
			continue
		}
		var vars any = WhatChanged{Measure: m.Note, Since: Day(m.DoneAt, r.acc.Location())}
		if r.t.Template == T16 {
			vars = ReturnOffer{WhatChanged: m.Note, Terms: r.c.fittingTerms(r.c.Lang(r.acc))}
		}
		r.t.Vars, err = json.Marshal(vars)
		return err
	}
	return never(TouchDropped, whyNoChange)
}

// put writes down why the touch does not go now.
func (r touching) put(ctx context.Context, why error) error {
	a, ok := errors.AsType[*touchAnswer](why)
	if !ok {
		return why
	}
	moved := a.state == ""
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
	if moved {
		kind = "touch.moved"
	}
	if err := r.tx.Record(ctx, r.c.line(ActorSystem, kind, fmt.Sprintf("touch %d of plan %s: %s", r.t.Step+1, r.t.Plan, a.why), nil)); err != nil {
		return err
	}
	if a.state != TouchWaiting {
		return nil
	}
	_, err := r.tx.AddEffects(ctx, r.c.taskTo(ToManager, "release_offer:"+r.t.ID.String(), r.now, callBy(r.acc, r.now)))
	return err
}

// letGo lets the touch go: a letter is ordered, or a person is asked to call.
func (r touching) letGo(ctx context.Context) error {
	t, c := r.t, r.c
	if t.Class == StepCall {
		if _, err := r.tx.AddEffects(ctx, c.taskEffect(t.Template, r.now, callBy(r.acc, r.now))); err != nil {
			return err
		}
	} else {
		kind, _ := LetterKindOf(t.Template)
		vars, err := kind.ReadVars(t.Vars)
		if err != nil {
			return r.put(ctx, never(TouchDropped, err.Error()))
		}
		letter := c.order(r.acc, Letter{Template: t.Template, Due: r.now, Vars: vars, Occasion: t.ID.String()})
		letter.message.Class = Class(t.Class) // mixed content is marketing, whatever its template
		if err := post(ctx, r.tx, letter); err != nil {
			return err
		}
		t.MessageID = &letter.message.ID
	}
	t.State, t.ReleasedAt, t.Reason = TouchReleased, r.now.UTC(), ""
	if err := r.tx.SaveTouch(ctx, t); err != nil {
		return err
	}
	if err := r.tx.Record(ctx, c.line(ActorSystem, "touch.released", fmt.Sprintf("touch %d of plan %s", t.Step+1, t.Plan), nil)); err != nil {
		return err
	}
	c.Tracks.WinBack = WinBackActive
	if c.State == StateParted {
		return moveAndSync(ctx, r.tx, r.acc, c, StateInTouch, ActorSystem, "we keep in touch", r.now)
	}
	return saveAndSync(ctx, r.tx, r.acc, c, r.now)
}

// ReleaseOffer lets a marketing touch go that waits for a person, with the words
// that the person stands for. It leaves with the next window.
func (w *WinBack) ReleaseOffer(ctx context.Context, scope []uuid.UUID, id uuid.UUID, offer ReturnOffer, by Person, actor Actor) (*Touch, error) {
	return w.changeTouch(ctx, scope, id, func(tx Store, t *Touch) (string, error) {
		if t.State != TouchWaiting {
			return "", Rule("touch_not_waiting", "the touch is "+string(t.State))
		}
		if t.Template == T16 && (offer.WhatChanged == "" || offer.Terms == "") {
			return "", Invalid("an offer says what has changed since, and terms that fit", FieldError{"what_changed", "a whole sentence"}, FieldError{"terms", "a whole sentence"})
		}
		if t.Template == T16 {
			t.Vars, _ = json.Marshal(offer)
		}
		t.State, t.ReleasedBy, t.Reason = TouchPlanned, by.Name, ""
		t.DueAt = w.now().UTC()
		return "touch.let_go", nil
	}, actor)
}

// CancelTouch cancels a touch that has not gone.
func (w *WinBack) CancelTouch(ctx context.Context, scope []uuid.UUID, id uuid.UUID, actor Actor) (*Touch, error) {
	return w.changeTouch(ctx, scope, id, func(_ Store, t *Touch) (string, error) {
		if t.State != TouchPlanned && t.State != TouchWaiting {
			return "", Rule("touch_over", "the touch is "+string(t.State))
		}
		t.State, t.Reason = TouchCancelled, "a person cancelled it"
		return "touch.cancelled", nil
	}, actor)
}

func (w *WinBack) changeTouch(ctx context.Context, scope []uuid.UUID, id uuid.UUID, fn func(tx Store, t *Touch) (string, error), actor Actor) (*Touch, error) {
	var out *Touch
	err := w.store.InTx(ctx, func(tx Store) error {
		t, err := tx.TouchOf(ctx, scope, id)
		if err != nil {
			return err
		}
		kind, err := fn(tx, t)
		if err != nil {
			return err
		}
		out = t
		if err := tx.SaveTouch(ctx, t); err != nil {
			return err
		}
		c := &Case{ID: t.CaseID, AccountID: t.AccountID}
		return tx.Record(ctx, c.line(actor, kind, fmt.Sprintf("touch %d of plan %s", t.Step+1, t.Plan), nil))
	})
	return out, err
}

// planEnded closes a case whose plan is over; touches that moved are waited for.
func planEnded(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	all, err := tx.TouchesOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.State == TouchPlanned || t.State == TouchWaiting && now.Before(t.DueAt.Add(planEndsAfter)) {
			_, err := tx.AddEffects(ctx, []Effect{c.timer(TimerPlanEnds, now.Add(planEndsAfter))})
			return err
		}
	}
	c.Tracks.WinBack = WinBackExhausted
	return moveAndSync(ctx, tx, acc, c, StateClosed, ActorSystem, "the plan is over", now)
}

// fittingTerms answers the reason with a format before a price (domain §9.3).
func (c *Case) fittingTerms(l Lang) string {
	for _, t := range termsByPlan {
		if t.plan == c.PlanFor() {
			return t.words[l.Or(RU)]
		}
	}
	return ""
}

var termsByPlan = []struct {
	plan  string
	words map[Lang]string
}{
	{"in_house", map[Lang]string{RU: "Можем приезжать к вам в назначенные дни и работать рядом с вашим специалистом.", EN: "We could come to you on fixed days and work beside your specialist."}},
	{"price", map[Lang]string{RU: "Можем взять только ту часть работы, которая вам действительно нужна.", EN: "We could take only the part of the work that you really need."}},
	{"repair", map[Lang]string{RU: "Можем начать с пробного месяца: не понравится — расстанемся без срока уведомления.", EN: "We could begin with a trial month; if you are not content, we part without notice."}},
	{"silence", map[Lang]string{RU: "За вас будет отвечать один человек, и он будет звонить в дни, которые вы выберете.", EN: "One person would answer for you and call on the days that you choose."}},
	{"people", map[Lang]string{RU: "С вами будет работать другой человек.", EN: "Another person would work with you."}},
	{"reputation", map[Lang]string{RU: "Прежние условия сохранены, а на любой вопрос ответит руководитель.", EN: "Your old terms are kept, and a manager answers any question."}},
	{"seasonal", map[Lang]string{RU: "Прежние условия сохранены: можно начать с любого дня.", EN: "Your old terms are kept: we can begin on any day."}},
	{"warm", map[Lang]string{RU: "Прежние условия сохранены, вступительного взноса нет.", EN: "Your old terms are kept, and there is no entry fee."}},
}
