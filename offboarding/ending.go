package offboarding

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
)

// This file is about the last day and what is still owed after it (domain §2.1).

// Delay is what the client was told about work that is late.
type Delay struct {
	Since   string `json:"since"`              // the last day of service
	NewDate string `json:"new_date,omitempty"` // promised
	Why     string `json:"why,omitempty"`
	Times   int    `json:"times,omitempty"` // how often it was escalated
	Told    int    `json:"told,omitempty"`  // how many dates for the account no person had named
	Asked   string `json:"asked,omitempty"` // the day of the last escalation
	// Handover says that the date is also that of the handover, so that nobody
	// tells the client another one.
	Handover bool `json:"handover,omitempty"`
}

// Promised is the day that the client was told last for what is late of the
// handover; empty: none.
func (c *Case) Promised(h *Handover) string {
	day := h.DelayTold
	if c.Delay != nil && c.Delay.Handover {
		day = max(day, c.Delay.NewDate)
	}
	return day
}

// Dispute is a quarrel about the handover or the account.
type Dispute struct {
	Since         time.Time `json:"since"`
	ClosedAt      time.Time `json:"closed_at,omitzero"`
	ClosedBy      Person    `json:"closed_by,omitzero"`
	ClosedBecause string    `json:"closed_because,omitempty"`
}

const (
	// An approver may part from a client over a dispute after this time.
	disputeEndsAfter = 60 * 24 * time.Hour
	// Without a person's word, late work is promised for this many business days later.
	delayDays = 5
	// Nobody believes a third date that no person has named: after these only our
	// own people hear of it, until one of them gives their word.
	datesOfOurs = 2
	// Overdue work is escalated every day, until the last date that the client was
	// given is this many days ago. What has stood for longer is escalated every week:
	// a reminder that comes every day for months is read by nobody.
	escalateDailyFor = 30
	escalateEvery    = 24 * time.Hour
	escalateLater    = 7 * escalateEvery
)

// escalateNext is how long to wait before work that is late is escalated again;
// since is the last day for which the client was promised it.
func escalateNext(since, today string) time.Duration {
	if today > AddDays(since, escalateDailyFor) {
		return escalateLater
	}
	return escalateEvery
}

func (c *Case) disputeClosed() bool { return c.Dispute != nil && !c.Dispute.ClosedAt.IsZero() }

// nothingOwed reports whether handover and settlement are done.
func (c *Case) nothingOwed() bool { return c.Tracks.Handover.done() && c.Tracks.Settlement.done() }

// owed says in the client's language what we are late with. What waits for the
// client is not late.
func (c *Case) owed(l Lang) []string {
	var out []string
	if c.handoverOpen() {
		out = append(out, pick(l, "передачу документов и дел", "the handover of papers and open matters"))
	}
	if c.accountLate() {
		out = append(out, finalAccount(l))
	}
	return out
}

func (c *Case) handoverOpen() bool {
	return c.Tracks.Handover == HandoverCollecting || c.Tracks.Handover == HandoverReady
}

func finalAccount(l Lang) string {
	return pick(l, "финальный расчёт", "the final account")
}

// accountLate reports whether we owe the client the account. What is late of
// the handover is told item by item by its own deadline (handover_alert.go).
func (c *Case) accountLate() bool {
	return c.Tracks.Settlement == SettlementDraft || c.Tracks.Settlement == SettlementApproved
}

// whyLate is what we say about the account when no person has said more.
func whyLate(l Lang) string {
	return pick(l, "мы ещё не проверили все строки расчёта", "we have not checked every line of the account yet")
}

// keepDates is asked whenever a case is stored: the last day has a timer, a
// dispute has a beginning, and a parting of which nothing is left ends.
func keepDates(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	disputed := c.Tracks.Handover == HandoverDisputed || c.Tracks.Settlement == SettlementDisputed
	switch {
	case disputed && c.Dispute == nil:
		c.Dispute = &Dispute{Since: now.UTC()}
	case !disputed && c.Dispute != nil && !c.disputeClosed():
		c.Dispute = nil
	}
	if c.State != StateLeaving || !c.Dates.ServiceEndedAt.IsZero() || c.Dates.EffectiveOn == c.Dates.EndTimerOn {
		return nil
	}
	if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectTimer}, c.timerKey(TimerServiceEnds), "the last day is another one"); err != nil {
		return err
	}
	c.Dates.EndTimerOn = c.Dates.EffectiveOn
	return tx.AddEffects(ctx, []Effect{c.timer(TimerServiceEnds, serviceEnd(c.Dates.EffectiveOn, acc.Location(), now))})
}

// serviceEnd is the midnight after the last day of service.
func serviceEnd(day string, loc *time.Location, now time.Time) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, AddDays(day, 1), loc)
	if err != nil {
		return now
	}
	return t
}

// endService is what midnight after the last day does, whatever the state says:
// the service is over, and we part unless we still owe something.
func endService(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	if end := serviceEnd(c.Dates.EffectiveOn, acc.Location(), now); now.Before(end) {
		c.Dates.EndTimerOn = "" // the last day was put off; storing sets another timer
		return saveAndSync(ctx, tx, acc, c, now)
	}
	c.Dates.ServiceEndedAt = now.UTC()
	if c.Tracks.Notice == NoticeRunning {
		c.Tracks.Notice = NoticeElapsed
	}
	if err := tx.Record(ctx, c.line(ActorSystem, "service.ended", "the last day of service is over", nil)); err != nil {
		return err
	}
	if c.nothingOwed() {
		return saveAndSync(ctx, tx, acc, c, now) // which parts
	}
	return remindOfDebts(ctx, tx, acc, c, now)
}

// remindOfDebts tells the manager again and again, and the client of a date that
// we could not keep.
func remindOfDebts(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	if c.nothingOwed() {
		return saveAndSync(ctx, tx, acc, c, now)
	}
	if c.Delay == nil {
		c.Delay = &Delay{Since: c.Dates.EffectiveOn}
	}
	c.Overdue = true
	c.Delay.Times++
	if err := tx.Record(ctx, c.line(ActorSystem, "case.overdue", "the last day is over and we still owe something", nil)); err != nil {
		return err
	}
	if err := tellLateAccount(ctx, tx, acc, c, now); err != nil {
		return err
	}
	today := Day(now, acc.Location())
	next := now.Add(escalateNext(max(c.Delay.Since, c.Delay.NewDate), today))
	effects := append(c.taskTo(ToManager, "overdue:"+today, now, callBy(acc, now)), c.timer(TimerOverdue, next))
	// Today's task takes the place of the one before: one stands on the card, not one for each day.
	if before := cmp.Or(c.Delay.Asked, AddDays(today, -1)); c.Delay.Times > 1 && before != today {
		effects = append(effects, c.tickOff(now, "overdue:"+before, pick(acc.Lang.Or(RU), "Вместо неё — сегодняшняя задача.", "Today's task takes its place.")))
	}
	c.Delay.Asked = today
	if err := tx.AddEffects(ctx, effects); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

func tellDelay(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time, late []string) error {
	if c.Client.Email == "" {
		return nil
	}
	return post(ctx, tx, c.order(acc, Letter{
		Template: T10, Due: now, Occasion: c.Delay.NewDate,
		Vars: DelayNotice{Items: late, Why: c.Delay.Why, NewDate: c.Delay.NewDate},
	}))
}

// explainDelay lets a person say why we are late and when it will be done.
func explainDelay(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	today := Day(now, acc.Location())
	why := strings.TrimSpace(a.Why)
	if why == "" || !IsDay(a.NewDate) || a.NewDate < today {
		return Invalid("why it is late and the new date are required", FieldError{"why", "in the client's language, one sentence"}, FieldError{"new_date", "a day, YYYY-MM-DD, not in the past"})
	}
	if c.State != StateLeaving || len(c.owed(RU)) == 0 {
		return Rule("nothing_late", "there is nothing that we owe the client now")
	}
	if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+T10, "a person has said it better"); err != nil {
		return err
	}
	before := Delay{Since: today}
	if c.Delay != nil {
		before = *c.Delay
	}
	before.NewDate, before.Why, before.Handover = a.NewDate, why, c.handoverOpen()
	c.Delay = &before
	if err := tellDelay(ctx, tx, acc, c, now, c.owed(c.Lang(acc))); err != nil {
		return err
	}
	if err := c.watchAnew(ctx, tx, acc, now); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(by, "case.delay_explained", "the client is told the new date "+a.NewDate, nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

// watchAnew looks every day again after a date that a person has named, where
// what is late was looked after every week alone.
func (c *Case) watchAnew(ctx context.Context, tx Store, acc *Account, now time.Time) error {
	tomorrow := acc.Calendar().Add(now, 1, acc.Location())
	for _, late := range []struct {
		key   string
		timer Effect
	}{
		{c.timerKey(TimerOverdue), c.timer(TimerOverdue, now.Add(escalateEvery))},
		{c.timerKey(TimerHandoverLate), c.handoverTimer(TimerHandoverLate, fmt.Sprintf("%s:%d", Day(tomorrow, acc.Location()), c.Version), tomorrow)},
	} {
		stopped, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectTimer}, late.key, "a person has named a date")
		if err != nil {
			return err
		}
		if stopped == 0 {
			continue
		}
		if err := tx.AddEffects(ctx, []Effect{late.timer}); err != nil {
			return err
		}
	}
	return nil
}

// closeDispute lets an approver end a parting over a dispute that talks have
// not settled in 60 days. It is no parting on good terms.
func closeDispute(c *Case, a Action, now time.Time) error {
	reason := strings.TrimSpace(a.Reason)
	switch {
	case c.Dispute == nil || c.disputeClosed():
		return nil
	case now.Before(c.Dispute.Since.Add(disputeEndsAfter)):
		return Rule("dispute_too_young", "a dispute is talked about for 60 days before anybody ends it")
	case !a.Person.Approves():
		return Rule(approverApproves.Rule, "only an approver parts over a dispute")
	case reason == "":
		return Invalid("a reason is required", FieldError{"reason", "how the dispute ends"})
	}
	c.Dispute.ClosedAt, c.Dispute.ClosedBy, c.Dispute.ClosedBecause = now.UTC(), a.Person, reason
	c.BadTerms = true
	return nil
}
