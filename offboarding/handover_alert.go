package offboarding

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// This file keeps the deadline of a handover: alerts at 50, 75 and 100 % of the
// time, an honest notice before the day passes, and the request to accept.

// The timers of a handover; all begin with handoverTimer.
const (
	handoverTimer     = "handover_"
	TimerHandover50   = "handover_50"
	TimerHandover75   = "handover_75"
	TimerHandoverEve  = "handover_delay" // a business day before the deadline
	TimerHandover100  = "handover_100"
	TimerHandoverLate = "handover_overdue" // every business day after it, after a month of them every week
	TimerAcceptAsk    = "handover_accept"
	TimerAcceptAgain  = "handover_accept_again"
	TimerAcceptCall   = "handover_accept_call"
	TimerQuestion     = "handover_question"  // an answer was promised by now
	TimerSuccessorAsk = "handover_successor" // the one question to the successor
)

// span is the time that the handover has: from the notice to the end of work on
// the day that it is due.
func (h *Handover) span(acc *Account, c *Case) (from, to time.Time) {
	loc := acc.Location()
	day, err := time.ParseInLocation(time.DateOnly, h.DueOn, loc)
	if err != nil {
		return time.Time{}, time.Time{}
	}
	y, m, d := day.Date()
	to = clockOn(y, m, d, 18*time.Hour, loc)
	from, err = time.ParseInLocation(time.DateOnly, c.Dates.NoticeReceivedOn, loc)
	if err != nil || from.After(to) {
		from = c.Dates.ReceivedAt
	}
	return from, to
}

// deadlineTimers orders the alerts of a handover; what is past already is not
// told any more, save that the day itself has passed.
func (c *Case) deadlineTimers(acc *Account, h *Handover, now time.Time) []Effect {
	from, to := h.span(acc, c)
	if to.IsZero() || c.HandoverDone() {
		return nil
	}
	part := func(percent int) time.Time { return from.Add(to.Sub(from) / 100 * time.Duration(percent)) }
	eve := dayBefore(acc, to)
	var out []Effect
	for _, t := range []struct {
		name string
		at   time.Time
	}{{TimerHandover50, part(50)}, {TimerHandover75, part(75)}, {TimerHandoverEve, eve}, {TimerHandover100, to}} {
		if t.at.Before(now) && t.name != TimerHandover100 {
			continue
		}
		out = append(out, c.handoverTimer(t.name, fmt.Sprintf("%s:%d", h.DueOn, h.Version), t.at))
	}
	return out
}

func (c *Case) handoverTimer(name, occasion string, at time.Time) Effect {
	return NewEffect(c.AccountID, &c.ID, EffectTimer, fmt.Sprintf("timer:%s:%s:%s", c.ID, name, occasion), at, TimerPayload{Name: name})
}

// dayBefore is ten in the morning of the last working day before to.
func dayBefore(acc *Account, to time.Time) time.Time {
	loc, cal := acc.Location(), acc.Calendar()
	day := to.In(loc).AddDate(0, 0, -1)
	for range 30 {
		if cal.Working(day) {
			break
		}
		day = day.AddDate(0, 0, -1)
	}
	y, m, d := day.Date()
	return clockOn(y, m, d, 10*time.Hour, loc)
}

// beginLeavingHandover opens the handover when the client has decided, with its
// deadline, and orders the alerts.
func beginLeavingHandover(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) ([]Effect, error) {
	h, err := beginHandover(ctx, tx, acc, c)
	if err != nil {
		return nil, err
	}
	shape, err := tx.ListShape(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	h.due(acc, c, shape)
	if err := tx.SaveHandover(ctx, h); err != nil {
		return nil, err
	}
	return c.deadlineTimers(acc, h, now), nil
}

// moveDeadline orders the alerts anew after the deadline has moved.
func moveDeadline(ctx context.Context, tx Store, acc *Account, c *Case, h *Handover, now time.Time) error {
	for _, name := range []string{TimerHandover50, TimerHandover75, TimerHandoverEve, TimerHandover100} {
		if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectTimer}, "timer:"+c.ID.String()+":"+name+":", "the deadline has moved"); err != nil {
			return err
		}
	}
	return tx.AddEffects(ctx, c.deadlineTimers(acc, h, now))
}

// onHandoverTimer does what a date of the handover asks for.
func onHandoverTimer(ctx context.Context, tx Store, acc *Account, c *Case, name string, now time.Time) error {
	a, err := alarmOf(ctx, tx, acc, c, now)
	if err != nil {
		return ignoreMissing(err)
	}
	switch name {
	case TimerQuestion:
		return a.answersDue()
	case TimerSuccessorAsk:
		return a.askSuccessor()
	}
	if c.HandoverDone() || c.State.Over() {
		return nil
	}
	switch name {
	case TimerHandover50:
		return a.warn(50)
	case TimerHandover75:
		return a.warn(75)
	case TimerHandoverEve:
		return a.tellDelay()
	case TimerHandover100, TimerHandoverLate:
		return a.overdue()
	case TimerAcceptAsk, TimerAcceptAgain, TimerAcceptCall:
		return a.askAcceptance(name)
	}
	return nil
}

type alarm struct {
	ctx     context.Context
	tx      Store
	acc     *Account
	c       *Case
	h       *Handover
	missing []string
	items   []*Item
	now     time.Time
}

// alarmOf loads what the deadline of a handover is about.
func alarmOf(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) (*alarm, error) {
	h, err := tx.Handover(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	items, err := tx.Items(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &alarm{ctx, tx, acc, c, h, MissingMandatory(items), items, now}, nil
}

func (a *alarm) en() bool { return a.acc.Lang.Or(RU) == EN }

// owed reports whether the client still waits for us: something is missing, or
// nothing has been delivered yet.
func (a *alarm) owed() bool { return len(a.missing) > 0 || a.h.DeliveredAt.IsZero() }

// warn tells our own people what is missing and how much of the time is over.
func (a *alarm) warn(percent int) error {
	if !a.owed() {
		return nil
	}
	day := Day(a.now, a.acc.Location())
	to := a.c.Responsible
	told := plainAddress(to.Email) && !to.Inactive
	if told {
		what := "передача дел"
		if a.en() {
			what = "handover"
		}
		l := a.c.order(a.acc, Letter{
			Template: I04, Due: a.now, Occasion: fmt.Sprintf("handover-%d-%s", percent, day), To: &Recipient{to.Name, to.Email},
			Vars: DeadlineAlert{Owner: to.Name, What: what, DueOn: a.h.DueOn, Percent: percent, Missing: a.missing},
		})
		if err := post(a.ctx, a.tx, l); err != nil {
			return err
		}
	}
	task := TaskPayload{What: fmt.Sprintf("handover-%d-%s", percent, day), Due: callBy(a.acc, a.now), Text: a.text(percent), Told: told}
	if err := a.tx.AddEffects(a.ctx, a.c.orderTask(task, a.now)); err != nil {
		return err
	}
	what := fmt.Sprintf("%d mandatory items are missing", len(a.missing))
	if len(a.missing) == 0 {
		what = "the package is not delivered"
	}
	return a.tx.Record(a.ctx, a.c.line(ActorSystem, "handover.alert", fmt.Sprintf("%d %% of the time for the handover is over, %s", percent, what),
		map[string]any{"percent": percent, "missing": a.missing}))
}

func (a *alarm) text(percent int) string {
	lang := RU
	if a.en() {
		lang = EN
	}
	left := pick(lang, "Всё собрано, осталось передать пакет.", "Everything is collected; the package is still to be delivered.")
	if list := strings.Join(a.missing, "; "); list != "" {
		left = pick(lang, "Не хватает: ", "Missing: ") + list + "."
	}
	if percent >= 100 {
		return pick(lang, "Срок передачи дел прошёл "+ShowDay(a.h.DueOn, lang), "The handover was due on "+ShowDay(a.h.DueOn, lang)) + ". " + left
	}
	return pick(lang, fmt.Sprintf("Передать дела нужно до %s, прошло %d %% времени. ", ShowDay(a.h.DueOn, lang), percent),
		fmt.Sprintf("The handover is due on %s, %d %% of the time is over. ", ShowDay(a.h.DueOn, lang), percent)) + left
}

// tellDelay tells the client before the day passes what is late, why, and the
// new date (T10); the account with it, if that is late as well.
func (a *alarm) tellDelay() error {
	late := a.lateHandover()
	if late == nil {
		return nil
	}
	account := a.c.lateAccount(a.acc, a.now)
	if err := a.tellLate(late, account); err != nil || account == nil {
		return err
	}
	return saveAndSync(a.ctx, a.tx, a.acc, a.c, a.now)
}

// lateHandover is what the client is to be told now of the handover; nil: nothing.
func (a *alarm) lateHandover() *lateness {
	today := Day(a.now, a.acc.Location())
	if !a.owed() || !plainAddress(a.c.Client.Email) || a.h.DelaysTold >= datesOfOurs {
		return nil
	}
	late := &lateness{date: a.acc.Calendar().AddDays(max(a.h.DueOn, today), 5)}
	for _, it := range a.items {
		if !it.Mandatory || !it.HandedOver() || it.There() {
			continue
		}
		late.items = append(late.items, it.Title)
		late.date = max(late.date, it.PromisedOn)
		late.why = cmp.Or(late.why, it.MissingReason)
	}
	if len(late.items) == 0 {
		late.items = append(late.items, pick(a.c.Lang(a.acc), "пакет документов", "the package of papers"))
	}
	if late.why == "" {
		late.why = pick(a.c.Lang(a.acc), "мы не успели собрать всё к обещанному дню", "we did not manage to collect everything by the promised day")
	}
	if d := a.c.Delay; a.c.Promised(a.h) >= late.date || d != nil && d.Handover && d.NewDate >= today {
		return nil // a person has named the day already
	}
	return late
}

// nears reports whether the handover is due by now or soon will be, and no date
// that was told is still ahead.
func (a *alarm) nears() bool {
	today := Day(a.now, a.acc.Location())
	return !a.c.HandoverDone() && IsDay(a.h.DueOn) && soon(a.acc, a.h.DueOn, today) && a.c.Promised(a.h) < today
}

// tellHandover writes down that the client is told a date for the handover.
func (a *alarm) tellHandover(late *lateness, date string) error {
	a.h.DelayTold = date
	a.h.DelaysTold++
	if err := a.tx.SaveHandover(a.ctx, a.h); err != nil {
		return err
	}
	if today := Day(a.now, a.acc.Location()); today > a.h.DueOn {
		if err := a.noteDelay(today, date, late.items); err != nil {
			return err
		}
	}
	return a.tx.Record(a.ctx, a.c.line(ActorSystem, "handover.delay_told", "the client is told what is late and the new date", map[string]any{"new_date": date, "items": late.items}))
}

// noteDelay puts the delay onto the card, where a manager looks (domain §11).
func (a *alarm) noteDelay(today, date string, late []string) error {
	since, err1 := time.Parse(time.DateOnly, a.h.DueOn)
	now, err2 := time.Parse(time.DateOnly, today)
	if err1 != nil || err2 != nil {
		return nil
	}
	notes := a.c.remark(RemarkPayload{What: RemarkDelay, Days: int(now.Sub(since).Hours() / 24), Items: late, NewDate: date}, a.now)
	for i := range notes { // one note for each date that was told
		notes[i].SendKey += ":" + date
	}
	return a.tx.AddEffects(a.ctx, notes)
}

func pick(l Lang, ru, en string) string {
	if l == EN {
		return en
	}
	return ru
}

// overdue escalates on every working day until the client has everything, after a
// month of them every week, and tells the client once more when the date that was told has passed as well. The
// CRM's timeline gets one note for each such date. From the last day of service
// on, the manager is reminded of all that we owe (remindOfDebts), and nobody of
// the handover beside it.
func (a *alarm) overdue() error {
	if !a.owed() {
		return nil
	}
	if !a.c.Overdue {
		if err := a.warn(100); err != nil {
			return err
		}
	}
	today := Day(a.now, a.acc.Location())
	if a.c.Promised(a.h) < today {
		if err := a.tellDelay(); err != nil {
			return err
		}
	}
	next := a.acc.Calendar().Add(a.now, 1, a.acc.Location())
	if escalateNext(max(a.h.DueOn, a.c.Promised(a.h)), today) > escalateEvery {
		next = a.now.Add(escalateLater)
	}
	effects := a.c.remark(RemarkPayload{What: RemarkDelay, Days: a.daysLate(), Items: a.missing, NewDate: a.h.DelayTold}, a.now)
	return a.tx.AddEffects(a.ctx, append(effects, a.c.handoverTimer(TimerHandoverLate, Day(next, a.acc.Location()), next)))
}

// daysLate counts the days since the handover was due; its evening is late, too.
func (a *alarm) daysLate() int {
	due, err := time.ParseInLocation(time.DateOnly, a.h.DueOn, time.UTC)
	today, wrong := time.ParseInLocation(time.DateOnly, Day(a.now, a.acc.Location()), time.UTC)
	if err != nil || wrong != nil {
		return 1
	}
	return max(1, int(today.Sub(due).Hours()/24))
}

// acceptanceTimers order the request to accept, its one reminder, and a call.
// Nothing is ever deemed accepted.
func (c *Case) acceptanceTimers(acc *Account, h *Handover, now time.Time) []Effect {
	at := func(days int) time.Time { return acc.Calendar().Add(now, days, acc.Location()) }
	no := fmt.Sprint(h.Delivery)
	return []Effect{
		c.handoverTimer(TimerAcceptAsk, no, at(1)),
		c.handoverTimer(TimerAcceptAgain, no, at(1+acceptanceWaits)),
		c.handoverTimer(TimerAcceptCall, no, at(1+2*acceptanceWaits)),
	}
}

func (a *alarm) askAcceptance(name string) error {
	if a.c.Tracks.Handover != HandoverDelivered {
		return nil
	}
	no := fmt.Sprint(a.h.Delivery)
	if name == TimerAcceptCall {
		text := pick(a.acc.Lang.Or(RU), "Клиент не ответил о приёмке дел: позвоните и узнайте, всё ли в порядке. Молчание — не приёмка.",
			"The client has not answered about the handover: call and ask whether all is well. Silence is no acceptance.")
		return a.tx.AddEffects(a.ctx, a.c.ask("handover-accept-call-"+no, a.now, callBy(a.acc, a.now), text))
	}
	i := slices.IndexFunc(a.h.Passes, func(p *Pass) bool { return p.Role == GrantClient && p.RevokedAt.IsZero() && a.now.Before(p.ExpiresAt) })
	if i < 0 {
		return nil // handed over in person: a person asks
	}
	template := T11
	if name == TimerAcceptAgain {
		template = T11R
	}
	to := &Recipient{a.h.Passes[i].Name, a.h.Passes[i].Email}
	by := a.acc.Calendar().AddDays(Day(a.now, a.acc.Location()), acceptanceWaits)
	return post(a.ctx, a.tx, a.c.order(a.acc, Letter{Template: template, Due: a.now, Occasion: no, To: to, Vars: AcceptanceRequest{ActNo: fmt.Sprint(a.c.No), By: by}}))
}
