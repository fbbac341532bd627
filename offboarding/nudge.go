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

// nudge orders a task about a contract. The same thing is asked once per occasion.
func (k *ContractRecord) nudge(acc *Account, what, occasion string, now, due time.Time) []Effect {
	return k.nudgeTo(acc, "", what, occasion, now, due)
}

func (k *ContractRecord) nudgeTo(acc *Account, to, what, occasion string, now, due time.Time) []Effect {
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
	if !k.onCard(acc) {
		return s.ownNudge(ctx, acc, k, ef, p)
	}
	if acc.Mode != Live {
		return s.store.Finish(ctx, ef, EffectCancelled, "the account is in shadow mode: prepared, not written", "")
	}
	if why, err := s.store.Setting(ctx, SettingSendingPaused); err == nil {
		return &Postpone{Until: s.now().Add(killRecheck), Reason: "all sending is paused: " + why}
	}
	about := k.asCase(Day(s.now(), acc.Location()))
	task := CardTask{Marker: "[opendoor:" + k.ID.String() + ":" + ef.ID.String() + "]", Text: s.letters.Task(p.What, about, acc), Due: p.Due, ResponsibleID: about.addressee(acc, p.addressee())}
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

// addressee is for whom the task is.
func (p NudgePayload) addressee() string {
	if p.What == NudgeInventoryLate {
		return ToManager
	}
	return p.To
}

// asCase is the contract as words and addressees are found for it.
func (k *ContractRecord) asCase(day string) *Case {
	about := &Case{AccountID: k.AccountID, Client: k.Client, Company: k.Company, Contract: Contract{Number: k.Number, RecordID: &k.ID}}
	if r, ok := k.ResponsibleOn(day); ok {
		about.Responsible = Responsible{ID: r.ID, Name: r.Name, Email: r.Email}
	}
	return about
}

// ownNudge keeps a task about a contract without a card as a row of ours, told
// by one letter. The quarterly inventory has letters of its own.
func (s *Scribe) ownNudge(ctx context.Context, acc *Account, k *ContractRecord, ef *Effect, p NudgePayload) error {
	about := k.asCase(Day(s.now(), acc.Location()))
	return s.store.InTx(ctx, func(tx Store) error {
		owner, err := about.taskOwner(ctx, tx, acc, p.addressee(), s.admin)
		if err != nil {
			return err
		}
		t := &Task{
			ID: NewID(), AccountID: acc.ID, ContractID: &k.ID, Key: ef.SendKey, What: p.What, Text: s.letters.Task(p.What, about, acc),
			Owner: owner, Due: p.Due.UTC(), CreatedAt: s.now().UTC(),
		}
		if _, err := tx.AddTask(ctx, t); err != nil {
			return err
		}
		if err := tx.Record(ctx, k.line(ActorSystem, "contract.task", "a person is asked: "+p.What, nil)); err != nil {
			return err
		}
		if plainAddress(owner.Email) && p.What != NudgeInventory && p.What != NudgeInventoryLate {
			l := newLetter(acc, nil, acc.Lang, Recipient{owner.Name, owner.Email}, Letter{
				Template: I09, Due: s.now(), Occasion: ef.SendKey, Vars: OtherTask{Owner: owner.Name, Due: t.Due, Text: t.Text},
			})
			if err := post(ctx, tx, l); err != nil {
				return err
			}
		}
		return tx.Finish(ctx, ef, EffectSent, "", "")
	})
}
