package offboarding

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
)

// This file puts tasks on the card of a client with whom no parting is under
// way: nobody has left yet, and a call may be all that is needed.

// What a person is asked to do about a contract.
const (
	NudgeSilence  = "silence"         // measure M1: we have not talked for long
	NudgeSilence2 = "silence_manager" // for so long that the manager is told
	NudgePulse    = "pulse"           // a low mark or a word to be read
	NudgeReady    = "exit_not_ready"  // terms of the contract are not on record
	NudgeSnapshot = "snapshot_old"    // nobody has listed what we hold since the last quarter

	NudgeInventory     = "inventory_due"  // the quarterly snapshot is to be completed
	NudgeInventoryLate = "inventory_late" // it was not, and the manager is told
)

// NudgePayload is the payload of an EffectTask without a case.
type NudgePayload struct {
	What       string    `json:"what"`
	ContractID uuid.UUID `json:"contract_id"`
	Due        time.Time `json:"due"`
	To         string    `json:"to,omitempty"` // ToManager; empty: the responsible
}

// nudge orders a task about a contract; without a card there is nowhere to put
// it. The same thing is asked once per occasion.
func (k *ContractRecord) nudge(acc *Account, what, occasion string, now, due time.Time) []Effect {
	return k.nudgeTo(acc, "", what, occasion, now, due)
}

func (k *ContractRecord) nudgeTo(acc *Account, to, what, occasion string, now, due time.Time) []Effect {
	if k.DealID == "" || acc.Provider == Generic {
		return nil
	}
	ef := NewEffect(acc.ID, nil, EffectTask, "task:contract:"+k.ID.String()+":"+what+":"+occasion, now, NudgePayload{what, k.ID, due, to})
	ef.SerialKey = "crm:contract:" + k.ID.String()
	return []Effect{ef}
}

// nudge does a task about a contract.
func (s *Scribe) nudge(ctx context.Context, ef *Effect) error {
	var p NudgePayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil || p.ContractID == uuid.Nil {
		return Invalid("the task's payload cannot be read")
	}
	k, err := s.store.Contract(ctx, nil, p.ContractID)
	if err != nil {
		return err
	}
	acc, err := s.store.Account(ctx, ef.AccountID)
	if err != nil {
		return err
	}
	if acc.Mode != Live {
		return s.store.Finish(ctx, ef, EffectCancelled, "the account is in shadow mode: prepared, not written", "")
	}
	if why, err := s.store.Setting(ctx, SettingSendingPaused); err == nil {
		return &Postpone{Until: s.now().Add(killRecheck), Reason: "all sending is paused: " + why}
	}
	about := &Case{Client: k.Client, Company: k.Company, Contract: Contract{Number: k.Number}}
	if r, ok := k.ResponsibleOn(Day(s.now(), acc.Location())); ok {
		about.Responsible = Responsible{ID: r.ID, Name: r.Name, Email: r.Email}
	}
	to := p.To
	if p.What == NudgeInventoryLate {
		to = ToManager
	}
	task := CardTask{Marker: "[opendoor:" + k.ID.String() + ":" + ef.ID.String() + "]", Text: s.letters.Task(p.What, about, acc), Due: p.Due, ResponsibleID: about.addressee(acc, to)}
	w, err := s.connectors[acc.Provider].PutTask(ctx, acc, k.DealID, task, func(ctx context.Context) error { return s.store.Fence(ctx, ef, FenceConditions{}) })
	if IsKind(err, KindGone) {
		return s.store.Finish(ctx, ef, EffectFailed, "the deal is not in the CRM any more", "")
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.store.InTx(ctx, func(tx Store) error {
		return errors.Join(tx.Record(ctx, k.line(ActorSystem, "contract.task", "a task was put on the card: "+p.What, nil)), tx.Finish(ctx, ef, EffectSent, "", w.Ref))
	})
}
