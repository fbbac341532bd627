package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Contest is the client's objection to a line and what came of it.
type Contest struct {
	Text     string    `json:"text,omitempty"`
	At       time.Time `json:"at"`
	Outcome  string    `json:"outcome,omitempty"` // kept or withdrawn; empty: open
	Answer   string    `json:"answer,omitempty"`  // what the client was told
	ClosedBy Signer    `json:"closed_by,omitzero"`
	ClosedAt time.Time `json:"closed_at,omitzero"`
}

// Open reports whether the objection still waits for an answer.
func (c *Contest) Open() bool { return c != nil && c.Outcome == "" }

// Contested reports whether an objection waits for an answer.
func (s *Settlement) Contested() bool {
	return slices.ContainsFunc(s.Lines, func(l SettlementLine) bool { return l.Contest.Open() })
}

// ContestLine records the client's objection. It never touches the handover.
func (d *Desk) ContestLine(ctx context.Context, caseID, lineID uuid.UUID, text string) (*SettlementView, error) {
	text = strings.TrimSpace(text)
	if len([]rune(text)) > 4000 {
		return nil, Invalid("the text is too long", FieldError{"text", "at most 4000 characters"})
	}
	now := d.now()
	return d.changeSettlement(ctx, nil, caseID, 0, func(tx Store, v *SettlementView) error {
		if t := v.Case.Tracks.Settlement; t != SettlementSent && t != SettlementDisputed && t != SettlementAgreed {
			return Rule("settlement_not_sent", "the account is "+string(t))
		}
		i := v.find(lineID)
		if i < 0 {
			return ErrNotFound
		}
		if was := v.Lines[i].Contest; was != nil && was.Open() && was.Text == text {
			return nil // pressed twice
		}
		v.Lines[i].Contest = &Contest{Text: text, At: now.UTC()}
		v.Case.hears(v.Account, text)
		v.Case.Tracks.Settlement = SettlementDisputed
		if err := tx.AddEffects(ctx, v.Case.taskEffect("contested:"+lineID.String(), now, callBy(v.Account, now))); err != nil {
			return err
		}
		return tx.Record(ctx, v.Case.line(ActorClient, "settlement.contested", "the client contests a line of the final account", map[string]string{"line_id": lineID.String()}))
	})
}

// AnswerContest ends an objection: the line stands and the client is told why,
// or it is withdrawn. Once none is open, a changed account is a draft again and
// an unchanged one is what the client was sent.
func (d *Desk) AnswerContest(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, lineID uuid.UUID, outcome, answer string, who Signer, by Actor) (*SettlementView, error) {
	answer = strings.TrimSpace(answer)
	var wrong []FieldError
	if outcome != ContestKept && outcome != ContestWithdrawn {
		wrong = append(wrong, FieldError{"outcome", "kept or withdrawn"})
	}
	if answer == "" || len([]rune(answer)) > 4000 {
		wrong = append(wrong, FieldError{"answer", "what the client is told, at most 4000 characters"})
	}
	if len(wrong) > 0 {
		return nil, Invalid("the objection cannot be answered like this", wrong...)
	}
	now := d.now()
	return d.changeSettlement(ctx, scope, caseID, version, func(tx Store, v *SettlementView) error {
		i := v.find(lineID)
		if i < 0 {
			return ErrNotFound
		}
		if !v.Lines[i].Contest.Open() {
			return Rule("line_not_contested", "nobody waits for an answer about this line")
		}
		contest := *v.Lines[i].Contest
		contest.Outcome, contest.Answer, contest.ClosedBy, contest.ClosedAt = outcome, answer, who, now.UTC()
		v.Lines[i].Contest = &contest
		if err := tx.Record(ctx, v.Case.line(by, "settlement.contest_answered", "the objection was answered: the line is "+outcome, map[string]string{"line_id": lineID.String()})); err != nil {
			return err
		}
		if v.Contested() {
			return nil
		}
		withdrawn := func(l SettlementLine) bool { return l.Contest != nil && l.Contest.Outcome == ContestWithdrawn }
		if slices.ContainsFunc(v.Lines, withdrawn) {
			v.Lines = slices.DeleteFunc(v.Lines, withdrawn)
			return v.mayDraft()
		}
		v.Case.Tracks.Settlement = SettlementSent
		if v.Case.Client.Email == "" {
			return nil
		}
		return post(ctx, tx, v.Case.order(v.Account, Letter{Template: T23, Due: now, Vars: Closing{Outcome: answer}}))
	})
}
