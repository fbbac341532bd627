package offboarding

import (
	"context"
	"time"
)

// leaveAlone ends all contact with a client who asked for it, on any channel:
// what waits in this parting and in others of the same client is cancelled in
// the same transaction. What is owed to the client is still sent.
func (c *Case) leaveAlone(ctx context.Context, tx Store, acc *Account, why string, by Actor, now time.Time) error {
	others, err := tx.CasesOfClient(ctx, c.AccountID, c.Client)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID == c.ID || other.NoContact || other.State != StateParted && other.State != StateInTouch {
			continue
		}
		if err := other.stopped(ctx, tx, acc, why, by, now); err != nil {
			return err
		}
	}
	return c.stopped(ctx, tx, acc, why, by, now)
}

func (c *Case) stopped(ctx context.Context, tx Store, acc *Account, why string, by Actor, now time.Time) error {
	c.NoContact = true
	if c.Tracks.Survey == SurveyScheduled || c.Tracks.Survey == SurveySent || c.Tracks.Survey == SurveyReminded {
		c.Tracks.Survey = SurveyDeclined
	}
	if c.Tracks.WinBack != WinBackNone {
		c.Tracks.WinBack = WinBackStopped
	}
	if err := c.stop(ctx, tx, why, EffectMail); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(by, "contact.stopped", why, nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}
