package offboarding

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// This file keeps a contract on record true to its client: it is over when they
// have parted from us, and runs again when they are back. Whoever has gone is
// asked neither why it is quiet nor what could be better, and no papers are
// listed for them quarter by quarter.

// lastDay is the last day of the contract of a case that has parted.
func (c *Case) lastDay(acc *Account) string {
	parted := Day(c.Dates.PartedAt, acc.Location())
	if c.Dates.EffectiveOn != "" {
		return min(c.Dates.EffectiveOn, parted)
	}
	return parted
}

// endContract says on the contract on record that it is over.
func endContract(ctx context.Context, tx Store, acc *Account, c *Case, by Actor) error {
	return changeOwnContract(ctx, tx, c, by, "the contract is over: the client has left", func(k *ContractRecord) bool {
		last := max(c.lastDay(acc), k.StartedOn)
		if k.EndedOn != "" && k.EndedOn <= last {
			return false
		}
		k.EndedOn, k.LapseSeen = last, true // who left aloud has not faded away
		return true
	})
}

// resumeContract lets the contract on record run again that the parting ended.
func resumeContract(ctx context.Context, tx Store, acc *Account, c *Case, by Actor, now time.Time) error {
	return changeOwnContract(ctx, tx, c, by, "the contract runs again: the client is back", func(k *ContractRecord) bool {
		if k.EndedOn == "" || k.EndedOn != max(c.lastDay(acc), k.StartedOn) {
			return false
		}
		k.EndedOn, k.LapseSeen = "", false
		if now.After(k.LastTwoWayAt) {
			k.LastTwoWayAt = now.UTC() // coming back is contact, both ways
		}
		return true
	})
}

func changeOwnContract(ctx context.Context, tx Store, c *Case, by Actor, why string, fn func(k *ContractRecord) bool) error {
	if c.Contract.RecordID == nil {
		return nil
	}
	k, err := tx.Contract(ctx, []uuid.UUID{c.AccountID}, *c.Contract.RecordID)
	if IsKind(err, KindNotFound) {
		return nil
	}
	if err != nil || !fn(k) {
		return err
	}
	if err := tx.SaveContract(ctx, k); err != nil {
		return err
	}
	return tx.Record(ctx, k.line(by, "contract.changed", why, nil))
}
