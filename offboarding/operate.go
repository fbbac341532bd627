package offboarding

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Retry gives an effect that was given up, or whose outcome is unknown, a new
// chance on the word of a person.
func Retry(ctx context.Context, s Store, scope []uuid.UUID, id uuid.UUID, by Actor, now time.Time) (*Effect, error) {
	var out *Effect
	err := s.InTx(ctx, func(tx Store) error {
		ef, err := tx.Revive(ctx, scope, id, now)
		if err != nil {
			return err
		}
		out = ef
		switch ef.Kind {
		case EffectMail:
			var p MailPayload
			if err := json.Unmarshal(ef.Payload, &p); err != nil {
				return Invalid("the row's payload cannot be read")
			}
			m, err := tx.Message(ctx, nil, p.MessageID)
			if err != nil {
				return err
			}
			m.State, m.Reason = MessagePlanned, ""
			if err := tx.SaveMessage(ctx, m); err != nil {
				return err
			}
			if err := askAgain(ctx, tx, m); err != nil {
				return err
			}
		case EffectInterpret:
			if err := reopenEvent(ctx, tx, ef); err != nil {
				return err
			}
		}
		line := Audit{
			Stream: "account:" + ef.AccountID.String(), Actor: by, Kind: "work.retried", Summary: string(ef.Kind) + " is tried again by hand",
			AccountID: &ef.AccountID, CaseID: ef.CaseID,
		}
		return tx.Record(ctx, line)
	})
	return out, err
}

// askAgain lets a survey go that could not be delivered before.
func askAgain(ctx context.Context, tx Store, m *Message) error {
	c, err := tx.Case(ctx, nil, m.CaseID)
	if err != nil || m.Template != T03 || c.Tracks.Survey != SurveyUndeliverable {
		return err
	}
	c.Tracks.Survey = SurveyScheduled
	return tx.SaveCase(ctx, c)
}

func reopenEvent(ctx context.Context, tx Store, ef *Effect) error {
	var p InterpretPayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return Invalid("the row's payload cannot be read")
	}
	e, err := tx.Event(ctx, nil, p.EventID)
	if err != nil || e.Verdict != VerdictFailed {
		return ignoreMissing(err)
	}
	e.Verdict, e.Reason, e.SettledAt = VerdictPending, "", time.Time{}
	return tx.SettleEvent(ctx, e)
}

// PauseSending closes the fence for everything, or opens it with an empty
// reason. It is heeded by every process at its next letter.
func PauseSending(ctx context.Context, s Store, reason string, by Actor) error {
	kind, summary := "sending.paused", "all sending is paused: "+reason
	if reason == "" {
		kind, summary = "sending.resumed", "sending goes on"
	}
	return s.InTx(ctx, func(tx Store) error {
		if err := tx.SetSetting(ctx, SettingSendingPaused, reason); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "system", Actor: by, Kind: kind, Summary: summary})
	})
}
