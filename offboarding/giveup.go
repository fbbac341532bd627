package offboarding

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// GiveUp ends an effect for good and says so where people look: the event of an
// interpretation becomes failed, the message of a letter failed, and a person
// gets a task when a letter could not be sent.
func GiveUp(ctx context.Context, s Store, ef *Effect, state EffectState, reason string, now time.Time) error {
	return s.InTx(ctx, func(tx Store) error {
		if err := tx.Finish(ctx, ef, state, reason, ""); err != nil {
			return err
		}
		switch ef.Kind {
		case EffectInterpret:
			return failEvent(ctx, tx, ef, reason, now)
		case EffectMail:
			return failMessage(ctx, tx, ef, reason, now)
		case EffectPackage:
			if err := failBuild(ctx, tx, ef, reason); err != nil {
				return err
			}
		}
		if ef.CaseID == nil {
			return nil
		}
		c := &Case{ID: *ef.CaseID, AccountID: ef.AccountID}
		return tx.Record(ctx, c.line(ActorSystem, string(ef.Kind)+".given_up", "given up: "+string(ef.Kind), nil))
	})
}

func failEvent(ctx context.Context, tx Store, ef *Effect, reason string, now time.Time) error {
	var p InterpretPayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return nil // nothing to mark
	}
	e, err := tx.Event(ctx, nil, p.EventID)
	if err != nil || e.Verdict != VerdictPending {
		return ignoreMissing(err)
	}
	e.Verdict, e.Reason, e.SettledAt = VerdictFailed, reason, now
	return tx.SettleEvent(ctx, e)
}

func failMessage(ctx context.Context, tx Store, ef *Effect, reason string, now time.Time) error {
	var p MailPayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return nil
	}
	m, err := tx.Message(ctx, nil, p.MessageID)
	if err != nil {
		return ignoreMissing(err)
	}
	m.State, m.Reason = MessageFailed, reason
	if err := tx.SaveMessage(ctx, m); err != nil {
		return err
	}
	if err := tx.Record(ctx, m.line("message.failed", m.Template+": given up")); err != nil {
		return err
	}
	if m.CaseID == uuid.Nil || m.kind().Internal {
		return nil
	}
	c, err := tx.Case(ctx, nil, m.CaseID)
	if err != nil {
		return ignoreMissing(err)
	}
	acc, err := tx.Account(ctx, c.AccountID)
	if err != nil {
		return ignoreMissing(err)
	}
	if err := tx.AddEffects(ctx, c.taskEffect("undeliverable", now, callBy(acc, now))); err != nil {
		return err
	}
	if m.Template != T03 || c.Tracks.Survey != SurveyScheduled {
		return nil
	}
	c.Tracks.Survey = SurveyUndeliverable // silence is no answer when nothing was asked
	return saveAndSync(ctx, tx, acc, c, now)
}

func ignoreMissing(err error) error {
	if IsKind(err, KindNotFound) {
		return nil
	}
	return err
}

// PolledDelivery wraps what a poll found as a delivery.
func PolledDelivery(account uuid.UUID, p Provider, body []byte, now time.Time) *Delivery {
	d := &Delivery{
		ID: NewID(), AccountID: account, Provider: p, Origin: OriginPoll, ReceivedAt: now, LastSeenAt: now, Seen: 1,
		Method: "POST", ContentType: "application/json", Body: body, Proved: true,
	}
	d.DedupKey = dedupKey(d)
	return d
}
