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

// settingEndsSwept and the account's id: the contracts of clients who had parted
// before contracts ended by themselves have been looked through.
const settingEndsSwept = "contracts_of_parted:"

// endOldContracts ends the contracts of clients who parted before a contract
// ended with its parting. It is done once for an account: what a person lets run
// again afterwards runs.
func (l *Learner) endOldContracts(ctx context.Context, acc *Account, contracts []*ContractRecord) error {
	if _, err := l.store.Setting(ctx, settingEndsSwept+acc.ID.String()); !IsKind(err, KindNotFound) {
		return err
	}
	running := map[uuid.UUID]*ContractRecord{}
	for _, k := range contracts {
		if k.EndedOn == "" {
			running[k.ID] = k
		}
	}
	f := CaseFilter{AccountID: &acc.ID, Page: Page{Limit: rowsAtOnce}}
	for len(running) > 0 {
		list, err := l.store.CasesInScope(ctx, f)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		f.Before = &list[len(list)-1].ID
		for _, c := range list { // newest first: the first case of a contract says how things stand
			if c.State == StateCancelled || c.Contract.RecordID == nil || running[*c.Contract.RecordID] == nil {
				continue
			}
			k := running[*c.Contract.RecordID]
			delete(running, k.ID)
			if err := l.endOldContract(ctx, acc, c, k); err != nil {
				return err
			}
		}
	}
	return l.store.SetSetting(ctx, settingEndsSwept+acc.ID.String(), Day(l.now(), acc.Location()))
}

func (l *Learner) endOldContract(ctx context.Context, acc *Account, c *Case, k *ContractRecord) error {
	if !c.State.Left() || c.Dates.PartedAt.IsZero() || k.StartedOn > c.lastDay(acc) { // begun after the parting: another agreement under the same record
		return nil
	}
	err := l.store.InTx(ctx, func(tx Store) error { return endContract(ctx, tx, acc, c, ActorSystem) })
	if err == nil {
		k.EndedOn = c.lastDay(acc)
	}
	return err
}
