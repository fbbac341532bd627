package offboarding

import (
	"context"
	"time"
)

// After so many years without a word nobody is touched any more (domain §9.1).
const touchYears = 2

// tooOld: a client who has not said a word for a year hears from us on a
// birthday and once a year besides, and after two years not at all.
func (r *touching) tooOld(ctx context.Context) error {
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

// capped asks how often this person was touched lately, over all cases and
// channels, and finds the first day on which this touch may go.
func (r *touching) capped(ctx context.Context) error {
	p, loc := r.acc.Policy, r.c.Location(r.acc)
	switch who := r.c.Client; {
	case who.Email != "":
		r.t.Person = r.keys.StopHash(ChannelEmail, who.Email)
	case who.Phone != "":
		r.t.Person = r.keys.StopHash("phone", who.Phone)
	case r.found.Address != "":
		r.t.Person = r.keys.StopHash(r.found.Channel, r.found.Address)
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
func (r *touching) nextDue(ctx context.Context) (time.Time, error) {
	all, err := r.tx.TouchesOf(ctx, r.c.ID)
	for _, other := range all { // by due time
		if other.ID != r.t.ID && other.Step > r.t.Step && other.State == TouchPlanned && other.Class != StepCall && other.Template != T14 {
			return other.DueAt, err
		}
	}
	return time.Time{}, err
}
