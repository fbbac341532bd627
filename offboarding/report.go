package offboarding

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// This file is about messages of which their provider tells later what became
// of them: handed over is not yet delivered.

// Outstanding is a message that a provider has, or may have, and of which
// nobody has told yet whether it arrived.
type Outstanding struct {
	MessageID uuid.UUID
	EffectID  uuid.UUID
	To        string
	Ref       string // how the provider names it; empty: it named none
	SentAt    time.Time
}

// Reports know which messages are still to be told of.
type Reports interface {
	// Outstanding lists messages of the channel that were handed over since then, or may have been, newest first.
	Outstanding(ctx context.Context, ch Channel, since time.Time, limit int) ([]Outstanding, error)
}

// settle ends the effect of a message whose answer was lost, now that the
// provider has told what became of it: nobody needs to decide about it any more.
func (t taking) settle(ctx context.Context, state EffectState, why string) error {
	if t.m.State != MessageUncertain {
		return nil
	}
	ef, err := t.tx.Effect(ctx, t.m.EffectID)
	if err != nil {
		return err
	}
	if ef.State == EffectUncertain {
		if err := t.tx.Finish(ctx, ef, state, why, ""); err != nil {
			return err
		}
	}
	if t.m.SentAt.IsZero() {
		t.m.SentAt = t.now.UTC()
	}
	t.m.Reason = ""
	return t.tx.Record(ctx, t.line(ActorSystem, "message.sent", t.m.Template+": "+why))
}

// anotherWay tries the next channel of the plan for a touch that did not
// arrive, while there is still somebody to keep in touch with.
func (t taking) anotherWay(ctx context.Context) (bool, error) {
	if t.c.NoContact || t.c.State != StateParted && t.c.State != StateInTouch {
		return false, nil
	}
	return nextWay(ctx, t.tx, t.c, t.m, t.in.Outcome, t.now)
}
