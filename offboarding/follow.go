package offboarding

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// This file says what follows from a case: which letters, tasks, timers and
// write-backs are ordered when it opens, moves or learns something. Everything
// is a row in the same transaction as the change itself.

// Write-backs wait this long, so that changes that come together are told to
// the CRM together.
const writeBackDelay = time.Second

// line returns an audit line of the case.
func (c *Case) line(by Actor, kind, summary string, data any) Audit {
	var raw json.RawMessage
	if data != nil {
		raw, _ = json.Marshal(data) // maps of strings and times
	}
	return Audit{Stream: "case:" + c.ID.String(), Actor: by, Kind: kind, Summary: summary, AccountID: &c.AccountID, CaseID: &c.ID, Data: raw}
}

// moved is the data of case.opened and case.moved; the newest one's To is the
// case's state (invariant I6).
type moved struct {
	From State `json:"from"`
	To   State `json:"to"`
}

// openCase stores a new case and orders what follows. A proposal of our own
// waits for its reasons and says nothing to the client; a client who leaves is
// listened to: an acknowledgement at once, a call within one business day, the
// survey, and the day on which silence is an answer too. A client for whom a person
// has opened a case already has that one, which is returned. ofDeal are earlier
// cases of the same deal.
func openCase(ctx context.Context, tx Store, acc *Account, c *Case, ofDeal []*Case, by Actor, why string, now time.Time) (*Case, error) {
	loc := acc.Location()
	if err := c.takeTerms(ctx, tx, now, loc); err != nil {
		return nil, err
	}
	if err := c.keepErased(ctx, tx); err != nil {
		return nil, err
	}
	before, err := tx.CasesOfClient(ctx, c.AccountID, c.Client)
	if err != nil {
		return nil, err
	}
	byHand := c.underWay(before)
	overtaken, err := c.overtake(ctx, tx, acc, others(ofDeal, before), cmp.Or(byHand, c), now)
	if err != nil {
		return nil, err
	}
	if byHand != nil {
		if err := joinByHand(ctx, tx, acc, byHand, c, by, now); err != nil {
			return nil, err
		}
		return byHand, byHand.tellOvertaken(ctx, tx, acc, overtaken, now)
	}
	c.CameAgain = noLongerServed(before) != nil
	c.beginSave(before, now)
	if err := c.relapse(ctx, tx, others(ofDeal, before)); err != nil {
		return nil, err
	}
	c.hears(acc, c.Note, c.CRM.LossReason)
	c.rememberAccused()
	if c.Initiator == ByCompany {
		return c, openProposal(ctx, tx, acc, c, by, why, now)
	}
	if err := c.MoveTo(StateListening, now.In(loc)); err != nil {
		return nil, err
	}
	c.listen(acc, now, c.Note)
	c.Dates.CallBy = callBy(acc, now)
	letters, effects := c.firstLetters(acc, now)
	if err := tx.AddCase(ctx, c); err != nil {
		return nil, err
	}
	if err := tx.Record(ctx,
		c.line(by, "case.opened", why, moved{StateReceived, StateReceived}),
		c.line(ActorSystem, "case.moved", "we listen before anything else", moved{StateReceived, StateListening}),
	); err != nil {
		return nil, err
	}
	if err := c.tellOvertaken(ctx, tx, acc, overtaken, now); err != nil {
		return nil, err
	}
	for i := range letters {
		c.waitForRelease(&letters[i].effect, now)
	}
	if err := post(ctx, tx, letters...); err != nil {
		return nil, err
	}
	call := c.taskEffect("call", now, c.Dates.CallBy)
	if c.CameAgain {
		call = c.taskTo(ToManager, "came_again", now, c.Dates.CallBy)
	}
	effects = append(effects, call...)
	effects = append(effects, c.resultEffect(ResultOpened, now)...)
	effects = append(effects, c.writeBack(now)...)
	for i := range effects {
		c.waitForRelease(&effects[i], now)
	}
	err = tx.AddEffects(ctx, effects)
	return c, err
}

// waitForRelease lets what a held case wants at once wait for the release, which
// wakes it. A robot that moves ten thousand deals would otherwise have fifty
// thousand of these taken in hand only to be put back.
func (c *Case) waitForRelease(ef *Effect, now time.Time) {
	if c.Held && ef.Kind != EffectTimer && ef.DueAt.Before(now.Add(time.Minute)) {
		ef.DueAt, ef.Reason = now.Add(heldRecheck), ReasonHeld
	}
}

// openProposal stores a parting that somebody of the company wants. Reasons and
// evidence are still to be given; the client hears nothing.
func openProposal(ctx context.Context, tx Store, acc *Account, c *Case, by Actor, why string, now time.Time) error {
	c.State, c.Refusal = StateProposed, &Refusal{}
	if err := tx.AddCase(ctx, c); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(by, "case.opened", why, moved{StateProposed, StateProposed})); err != nil {
		return err
	}
	effects := append(c.taskTo(ToManager, "propose", now, callBy(acc, now)), c.resultEffect(ResultOpened, now)...)
	return tx.AddEffects(ctx, append(effects, c.writeBack(now)...))
}

// callBy is one business day later, within working hours: those of the sending
// window, or the default ones when letters may go at any time.
func callBy(acc *Account, now time.Time) time.Time {
	loc := acc.Location()
	w := acc.Policy.Window
	if w == nil || w.To <= w.From {
		w = DefaultPolicy().Window
	}
	t := acc.Calendar().Add(now, 1, loc)
	y, m, d := t.Date()
	if end := clockOn(y, m, d, w.To, loc); t.After(end) {
		t = end
	} else if from := clockOn(y, m, d, w.From, loc); t.Before(from) {
		t = from
	}
	return t.UTC()
}

type ordered struct {
	message *Message
	effect  Effect
}

// A client who has faded away is given this long to answer the question how
// they are, before we ask why they leave: the time of a reminder.
func surveyDelay(acc *Account, c *Case) time.Duration {
	if c.Initiator == ByLapse {
		return max(acc.Policy.SurveyDelay, acc.Policy.ReminderAfter)
	}
	return acc.Policy.SurveyDelay
}

// firstLetters plans the first words and the survey, or says by the survey
// track that nobody can be written to. A lapse is asked how things are; nobody
// confirms a cancellation that was not made.
func (c *Case) firstLetters(acc *Account, now time.Time) ([]ordered, []Effect) {
	expires := now.Add(acc.Policy.SurveyExpires)
	timer := c.timer(TimerSurveyExpires, expires)
	if c.CameAgain { // no automatic message; an approver decides
		return nil, []Effect{timer}
	}
	if c.Client.Email == "" {
		c.Tracks.Survey = SurveyUndeliverable
		return nil, append(c.taskEffect("undeliverable", now, c.Dates.CallBy), timer)
	}
	at := c.opening(acc, now.Add(surveyDelay(acc, c)))
	c.Tracks.Survey = SurveyScheduled
	c.Dates.SurveyDueAt, c.Dates.SurveyExpiresAt = at.UTC(), expires.UTC()
	if c.Initiator == ByLapse {
		return []ordered{c.letterWith(acc, T02, now, LapseCheckIn{}), c.letter(acc, T03, at)}, []Effect{timer}
	}
	return []ordered{c.letter(acc, T01, now), c.letter(acc, T03, at)}, []Effect{timer}
}

func (c *Case) timer(name string, at time.Time) Effect {
	// The version tells a timer that is set anew from the one that was stopped, also within one second.
	return NewEffect(c.AccountID, &c.ID, EffectTimer, fmt.Sprintf("%s%d", c.timerKey(name), c.Version), at, TimerPayload{Name: name})
}

func (c *Case) timerKey(name string) string { return "timer:" + c.ID.String() + ":" + name + ":" }

// taskEffect orders a task for the responsible, or for the manager when the
// shield stands over the case.
func (c *Case) taskEffect(what string, now, due time.Time) []Effect {
	return c.taskTo("", what, now, due)
}

// taskTo orders a task for a person.
func (c *Case) taskTo(to, what string, now, due time.Time) []Effect {
	return c.orderTask(TaskPayload{What: what, Due: due, To: to}, now)
}

// orderTask orders a task for a person: on the card in the CRM, or as a row of
// ours where there is none (task.go).
func (c *Case) orderTask(p TaskPayload, now time.Time) []Effect {
	ef := NewEffect(c.AccountID, &c.ID, EffectTask, "task:"+c.ID.String()+":"+p.What, now, p)
	ef.SerialKey = c.crmKey()
	return []Effect{ef}
}

// The types of results that a generic account is told (contract §7).
const (
	ResultOpened   = "case.opened"
	ResultAnswered = "survey.answered"
	ResultParted   = "client.parted"
	ResultReturned = "client.returned"
)

// The types that an account is told of only when its policy asks for them.
const (
	ResultTaskCreated = "task.created"
	ResultTaskDone    = "task.done"
)

func (c *Case) resultEffect(what string, now time.Time) []Effect {
	if c.CRM.Provider != Generic {
		return nil
	}
	ef := NewEffect(c.AccountID, &c.ID, EffectResult, "result:"+c.ID.String()+":"+what, now, ResultPayload{Type: what})
	ef.SerialKey = c.crmKey()
	return []Effect{ef}
}

// writeBack orders the CRM's card and note to be made equal to the case. Both
// look at the case when they run, so that the newest state wins.
func (c *Case) writeBack(now time.Time) []Effect {
	if !c.onCard() {
		return nil
	}
	at := now.Add(writeBackDelay)
	card := NewEffect(c.AccountID, &c.ID, EffectCard, fmt.Sprintf("card:%s:%d", c.ID, c.Version), at, struct{}{})
	note := NewEffect(c.AccountID, &c.ID, EffectNote, fmt.Sprintf("note:%s:%d", c.ID, c.Version), at, struct{}{})
	card.SerialKey, note.SerialKey = c.crmKey(), c.crmKey()
	return []Effect{card, note}
}

func (c *Case) crmKey() string { return "crm:" + c.ID.String() }

// saveAndSync stores a changed case and tells the CRM. A parting of which
// nothing is left to be done ends here, whoever did the last thing.
func saveAndSync(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	c.rememberAccused()
	if err := keepDates(ctx, tx, acc, c, now); err != nil {
		return err
	}
	if c.State == StateLeaving && !c.Dates.ServiceEndedAt.IsZero() && c.nothingOwed() {
		return moveAndSync(ctx, tx, acc, c, StateParted, ActorSystem, "the last day is over and nothing is owed", now)
	}
	if err := replan(ctx, tx, acc, c, now); err != nil {
		return err
	}
	if err := c.callByManager(ctx, tx, acc, now); err != nil {
		return err
	}
	if err := tx.SaveCase(ctx, c); err != nil {
		return err
	}
	if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectCard, EffectNote}, "", "a newer state is written instead"); err != nil {
		return err
	}
	return tx.AddEffects(ctx, c.writeBack(now))
}

// moveAndSync moves a case and does everything that the new state asks for.
func moveAndSync(ctx context.Context, tx Store, acc *Account, c *Case, to State, by Actor, why string, now time.Time) error {
	c.rememberAccused()
	from := c.State
	if err := c.MoveTo(to, now.In(acc.Location())); err != nil {
		return err
	}
	if reason := stopsAt[to]; reason.why != "" {
		if err := c.stop(ctx, tx, reason.why, reason.kinds...); err != nil {
			return err
		}
	}
	if to == StateClosed {
		if err := c.fallSilent(ctx, tx); err != nil {
			return err
		}
	}
	letters, effects := c.arrive(acc, from, by, now)
	effects = append(effects, c.stepsDone(to, by, now)...)
	if to == StateLeaving {
		due, err := beginLeavingHandover(ctx, tx, acc, c, now)
		if err != nil {
			return err
		}
		effects = append(effects, due...)
	}
	c.settleSurvey()
	effects = append(effects, c.surveyStillRuns(to)...)
	if err := tx.Record(ctx, c.line(by, "case.moved", why, moved{from, to})); err != nil {
		return err
	}
	if err := post(ctx, tx, letters...); err != nil {
		return err
	}
	if err := tx.AddEffects(ctx, effects); err != nil {
		return err
	}
	if to == StateParted {
		later, err := successorAfterParting(ctx, tx, acc, c)
		if err != nil {
			return err
		}
		if err := tx.AddEffects(ctx, later); err != nil {
			return err
		}
		if err := planTouches(ctx, tx, acc, c); err != nil {
			return err
		}
		if err := endContract(ctx, tx, acc, c, by); err != nil {
			return err
		}
	}
	if to == StateReturned {
		if err := resumeContract(ctx, tx, acc, c, by, now); err != nil {
			return err
		}
	}
	if to == StateParted || to == StateDropped { // every lost client is looked at, from the day on which we part
		if _, err := beginReview(ctx, tx, acc, c, now); err != nil {
			return err
		}
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

// stopsAt says what has no place any more once a state is reached; no kinds:
// letters, timers and tasks that have not begun.
var stopsAt = map[State]struct {
	why   string
	kinds []EffectKind
}{
	StateLeaving:   {"the client has decided", []EffectKind{EffectTimer}},
	StateSaved:     {"the client stays", nil},
	StateParted:    {"we have parted", []EffectKind{EffectTimer}},
	StateReturned:  {"the client is back", nil},
	StateCancelled: {"the case is cancelled", nil},
	StateDropped:   {"we keep the client", nil},
}

// stop cancels what has not begun: all letters and timers, or only the kinds named.
func (c *Case) stop(ctx context.Context, tx Store, why string, kinds ...EffectKind) error {
	if len(kinds) == 0 {
		kinds = []EffectKind{EffectMail, EffectTimer, EffectTask}
	}
	if slices.Contains(kinds, EffectMail) {
		if _, err := tx.CancelTouches(ctx, c.ID, why); err != nil {
			return err
		}
	}
	_, err := tx.CancelEffects(ctx, c.ID, kinds, "", why)
	return err
}

// settleSurvey closes the survey's track when nobody will be asked any more.
func (c *Case) settleSurvey() {
	if (c.State.Over() || c.State == StateParted) && (c.Tracks.Survey == SurveyScheduled || c.Tracks.Survey == SurveySent || c.Tracks.Survey == SurveyReminded) {
		c.Tracks.Survey = SurveyNone
		if !c.Dates.SurveySentAt.IsZero() {
			c.Tracks.Survey = SurveyExpired
			c.silenceIsAnAnswer()
		}
	}
}

// surveyStillRuns sets the end of a survey anew that is under way while the
// client leaves: moving has stopped the timers.
func (c *Case) surveyStillRuns(to State) []Effect {
	if to != StateLeaving || c.Tracks.Survey != SurveySent && c.Tracks.Survey != SurveyReminded || c.Dates.SurveyExpiresAt.IsZero() {
		return nil
	}
	return []Effect{c.timer(TimerSurveyExpires, c.Dates.SurveyExpiresAt)}
}

// changeTries bounds how often a change of a case is tried against other writers.
const changeTries = 6

// change loads a case, lets fn change it and what follows in one transaction,
// and does it again when another writer was faster.
func change(ctx context.Context, s Store, scope []uuid.UUID, id uuid.UUID, fn func(tx Store, acc *Account, c *Case) error) (*Case, error) {
	var out *Case
	var err error
	for range changeTries {
		err = s.InTx(ctx, func(tx Store) error {
			c, err := tx.Case(ctx, scope, id)
			if err != nil {
				return err
			}
			acc, err := tx.Account(ctx, c.AccountID)
			if err != nil {
				return err
			}
			out = c
			return fn(tx, acc, c)
		})
		if !IsKind(err, KindStale) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
