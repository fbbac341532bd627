package offboarding

import (
	"context"
	"time"
)

// This file tells a client what is late. Handover and account have dates of their
// own, which are often neighbours, and after a pause of ours both may have passed at
// once: one letter names both with one date, and neither date is told again by the
// other's timer.

// lateness is one thing that the client is told to be late.
type lateness struct {
	items     []string
	why, date string
}

// What is told to be late with something else need not be late today: with dates
// that are so near, in business days, the client hears of both at once and not of
// each on a day of its own.
const soonDays = 3

// soon reports whether a day is over or will be within a few business days.
func soon(acc *Account, day, today string) bool {
	return day <= acc.Calendar().AddDays(today, soonDays)
}

// lateAccount is what the client is to be told now of the account, once the last
// day is over, or soon will be; nil: nothing.
func (c *Case) lateAccount(acc *Account, now time.Time) *lateness {
	today := Day(now, acc.Location())
	if c.State != StateLeaving || !c.accountLate() || c.Dates.EffectiveOn == "" || !soon(acc, c.Dates.EffectiveOn, today) {
		return nil
	}
	if d := c.Delay; d != nil && (today <= d.NewDate || d.Told >= datesOfOurs) {
		return nil
	}
	return &lateness{
		items: []string{finalAccount(c.Lang(acc))}, why: whyLate(c.Lang(acc)),
		date: acc.Calendar().AddDays(max(c.Dates.EffectiveOn, today), delayDays),
	}
}

// tellLateAccount tells the client of the account; of the handover with it, if
// its time has passed as well or soon will have.
func tellLateAccount(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	account := c.lateAccount(acc, now)
	if account == nil {
		return nil
	}
	a, err := alarmOf(ctx, tx, acc, c, now)
	if IsKind(err, KindNotFound) {
		a, err = &alarm{ctx: ctx, tx: tx, acc: acc, c: c, now: now}, nil
	}
	if err != nil {
		return err
	}
	var handover *lateness
	if a.h != nil && a.nears() {
		handover = a.lateHandover()
	}
	return a.tellLate(handover, account)
}

// tellLate tells the client what is late of the handover, of the account, or of
// both; nil: nothing of it.
func (a *alarm) tellLate(handover, account *lateness) error {
	all, occasion := lateness{}, "handover-"
	for _, l := range []*lateness{handover, account} {
		if l == nil {
			continue
		}
		if all.items = append(all.items, l.items...); all.why != "" {
			all.why += "; "
		}
		all.why += l.why
		all.date = max(all.date, l.date)
	}
	if account != nil {
		a.c.tellAccount(all)
		occasion = ""
	}
	if handover != nil {
		if err := a.tellHandover(handover, all.date); err != nil {
			return err
		}
	}
	if a.c.Client.Email == "" {
		return nil
	}
	return post(a.ctx, a.tx, a.c.order(a.acc, Letter{
		Template: T10, Due: a.now, Occasion: occasion + all.date, Vars: DelayNotice{Items: all.items, Why: all.why, NewDate: all.date},
	}))
}

// tellAccount writes down that the client is told a date for the account.
func (c *Case) tellAccount(told lateness) {
	if c.Delay == nil {
		c.Delay = &Delay{Since: c.Dates.EffectiveOn}
	}
	c.Delay.Told++
	c.Delay.NewDate, c.Delay.Why, c.Delay.Handover = told.date, told.why, false
}
