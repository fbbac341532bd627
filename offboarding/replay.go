package offboarding

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Replay orders another look at the deal of a settled event. What was done
// before is known, so nothing is doubled.
func Replay(ctx context.Context, s Store, scope []uuid.UUID, id uuid.UUID, by Actor, now time.Time) error {
	return s.InTx(ctx, func(tx Store) error {
		e, err := tx.Event(ctx, scope, id)
		if err != nil {
			return err
		}
		if e.EntityID == "" || e.Verdict == VerdictMalformed {
			return Rule("nothing_to_replay", "the event names no deal that could be read again")
		}
		if e.Verdict == VerdictFailed { // a new chance, shown as such
			e.Verdict, e.Reason = VerdictPending, ""
			e.SettledAt = time.Time{}
			if err := tx.SettleEvent(ctx, e); err != nil {
				return err
			}
		}
		ef := NewEffect(e.AccountID, nil, EffectInterpret, fmt.Sprintf("interpret:%s:replay:%s", e.ID, NewID()), now, InterpretPayload{EventID: e.ID})
		ef.SerialKey = "deal:" + e.AccountID.String() + ":" + e.EntityID
		if err := tx.AddEffects(ctx, []Effect{ef}); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{
			Stream: "account:" + e.AccountID.String(), Actor: by, Kind: "event.replayed", Summary: "event " + e.ID.String() + " is looked at again",
			AccountID: &e.AccountID,
		})
	})
}
