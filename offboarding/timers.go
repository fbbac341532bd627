package offboarding

import (
	"context"
	"strings"
	"time"

	"opendoor/offboarding/survey"
)

// Timers does what a date of a case asks for.
type Timers struct {
	store Store
	now   func() time.Time
}

// NewTimers returns the timers.
func NewTimers(store Store, now func() time.Time) *Timers { return &Timers{store: store, now: now} }

// Fire does the timer of an effect. A case that has moved on meanwhile is left
// as it is. Neither a pause nor the burst gate holds a timer: they hold letters,
// and nobody who wants to go waits for them.
func (t *Timers) Fire(ctx context.Context, ef *Effect, p TimerPayload) error {
	_, err := change(ctx, t.store, nil, *ef.CaseID, func(tx Store, acc *Account, c *Case) error {
		if strings.HasPrefix(p.Name, handoverTimer) {
			if err := tx.Finish(ctx, ef, EffectSent, "", ""); err != nil {
				return err
			}
			return onHandoverTimer(ctx, tx, acc, c, p.Name, t.now())
		}
		do, ok := timers[p.Name]
		if !ok || c.State != do.in && c.State != do.or {
			return tx.Finish(ctx, ef, EffectSent, "the case is "+string(c.State)+" already", "")
		}
		// First the effect, then the move: moving cancels the timers that wait.
		if err := tx.Finish(ctx, ef, EffectSent, "", ""); err != nil {
			return err
		}
		return do.what(ctx, tx, acc, c, t.now())
	})
	return err
}

// timers says in which state a timer means something, and what.
var timers = map[string]struct {
	in   State
	or   State // empty: no other
	what func(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error
}{
	TimerSurveyExpires: {in: StateListening, or: StateLeaving, what: surveyExpired},
	TimerSaveSilent:    {in: StateSaving, what: saveExpired},
	TimerSaveConfirmed: {in: StateSaved, what: saveCounts},
	TimerCoolingOff:    {in: StateCoolingOff, what: coolingOffOver},
	TimerServiceEnds:   {in: StateLeaving, what: endService},
	TimerOverdue:       {in: StateLeaving, what: remindOfDebts},
	TimerPlanEnds:      {in: StateInTouch, or: StateParted, what: planEnded},
}

// surveyExpired: silence is an answer, and whoever does not want to talk is not kept.
func surveyExpired(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	switch c.Tracks.Survey {
	case SurveyAnswered, SurveyDeclined, SurveyUndeliverable:
	default:
		c.Tracks.Survey = SurveyExpired
		c.silenceIsAnAnswer()
	}
	if c.State == StateLeaving { // the way out was open already
		return saveAndSync(ctx, tx, acc, c, now)
	}
	return moveAndSync(ctx, tx, acc, c, StateLeaving, ActorSystem, "nobody objected within the promised time: the way out is open", now)
}

func (c *Case) silenceIsAnAnswer() {
	if c.Reason.Code == "" {
		c.Reason = StatedReason{Code: survey.NoAnswer, Source: "survey"}
	}
}

func saveExpired(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	c.Tracks.Save = SaveExpired
	return moveAndSync(ctx, tx, acc, c, StateLeaving, ActorSystem, "the proposal was not answered", now)
}

func saveCounts(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	return moveAndSync(ctx, tx, acc, c, StateSavedConfirmed, ActorSystem, "30 days without a new cancellation", now)
}

// coolingOffOver asks for the approval when the checklist is complete, else
// for the checklist.
func coolingOffOver(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	if c.refusedBy(preconditions, now.In(acc.Location())) == nil {
		return askForApproval(ctx, tx, acc, c, ActorSystem, now)
	}
	return tx.AddEffects(ctx, c.taskTo(ToManager, "checklist_due", now, callBy(acc, now)))
}
