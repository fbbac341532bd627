package offboarding

import (
	"context"
	"strings"
	"time"
)

// Timers does what a date of a case asks for.
type Timers struct {
	store Store
	now   func() time.Time
}

// NewTimers returns the timers.
func NewTimers(store Store, now func() time.Time) *Timers { return &Timers{store: store, now: now} }

// Fire does the timer of an effect. A case that has moved on meanwhile is left
// as it is.
func (t *Timers) Fire(ctx context.Context, ef *Effect, p TimerPayload) error {
	_, err := change(ctx, t.store, nil, *ef.CaseID, func(tx Store, acc *Account, c *Case) error {
		if c.Paused {
			return &Postpone{Until: t.now().Add(pausedRecheck), Reason: "the case is paused"}
		}
		if strings.HasPrefix(p.Name, handoverTimer) {
			if err := tx.Finish(ctx, ef, EffectSent, "", ""); err != nil {
				return err
			}
			return onHandoverTimer(ctx, tx, acc, c, p.Name, t.now())
		}
		to, why := c.onTimer(p.Name)
		if to == "" {
			return tx.Finish(ctx, ef, EffectSent, "the case is "+string(c.State)+" already", "")
		}
		// First the effect, then the move: moving cancels the timers that wait.
		if err := tx.Finish(ctx, ef, EffectSent, "", ""); err != nil {
			return err
		}
		return moveAndSync(ctx, tx, acc, c, to, ActorSystem, why, t.now())
	})
	return err
}

// onTimer says where a timer moves the case. Silence is an answer: whoever does
// not want to talk is not kept.
func (c *Case) onTimer(name string) (State, string) {
	switch {
	case name == TimerSurveyExpires && c.State == StateListening:
		if c.Tracks.Survey != SurveyAnswered && c.Tracks.Survey != SurveyDeclined && c.Tracks.Survey != SurveyUndeliverable {
			c.Tracks.Survey = SurveyExpired
			if c.Reason.Code == "" {
				c.Reason = StatedReason{Code: "other.no_answer", Source: "survey"}
			}
		}
		return StateLeaving, "nobody objected within the promised time: the way out is open"
	case name == TimerSaveConfirmed && c.State == StateSaved:
		return StateSavedConfirmed, "30 days without a new cancellation"
	case name == TimerSaveSilent && c.State == StateSaving:
		c.Tracks.Save = SaveExpired
		return StateLeaving, "the proposal was not answered"
	}
	return "", ""
}
