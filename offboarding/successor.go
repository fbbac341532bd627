package offboarding

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// This file is what we owe the successor: answers for so long, and one question
// afterwards.

// questionsUntil is the last day on which the successor may ask: 60 days after
// the parting, or after the letter to them when that came later.
func (h *Handover) questionsUntil(acc *Account, c *Case) string {
	from := h.SuccessorAt
	if c.Dates.PartedAt.After(from) {
		from = c.Dates.PartedAt
	}
	if from.IsZero() || c.Dates.PartedAt.IsZero() {
		return "" // we have not parted yet: questions are welcome
	}
	return AddDays(Day(from, acc.Location()), questionWindow)
}

// errWindowOver says that the successor's questions have had their time.
var errWindowOver = Rule("question_window_over", "questions were welcome for 60 days after the parting; please write to us")

// MayAsk reports whether the guest may still put questions.
func (g *Guest) MayAsk(now time.Time) bool {
	if g.Pass.Role != GrantSuccessor {
		return true
	}
	last := g.Folder.Handover.questionsUntil(g.Folder.Account, g.Folder.Case)
	return last == "" || Day(now, g.Folder.Account.Location()) <= last
}

// answerTimer is when an answer was promised.
func (c *Case) answerTimer(q *Question) Effect {
	return c.handoverTimer(TimerQuestion, q.ID.String(), q.AnswerBy)
}

// answersDue tells the manager of questions that should have been answered.
func (a *alarm) answersDue() error {
	late := 0
	for _, q := range a.h.Questions {
		if q.AnsweredAt.IsZero() && !q.AnswerBy.After(a.now) {
			late++
		}
	}
	if late == 0 {
		return nil
	}
	day := Day(a.now, a.acc.Location())
	text := fmt.Sprintf(pick(a.acc.Lang.Or(RU), "Руководителю: вопросов о передаче дел без ответа дольше двух рабочих дней — %d. Ответьте в opendoor сегодня.",
		"For the manager: questions about the handover unanswered for more than two business days: %d. Answer in opendoor today."), late)
	tasks := a.c.orderTask(TaskPayload{What: "handover-answers-" + day, Due: callBy(a.acc, a.now), To: ToManager, Text: text}, a.now)
	if err := a.tx.AddEffects(a.ctx, tasks); err != nil {
		return err
	}
	return a.tx.Record(a.ctx, a.c.line(ActorSystem, "handover.answers_late", "questions of the portal wait longer than promised", map[string]any{"count": late}))
}

// successorTimer orders the one question to the successor for the day after
// their window.
func (c *Case) successorTimer(acc *Account, h *Handover) []Effect {
	last := h.questionsUntil(acc, c)
	if last == "" || h.SuccessorAt.IsZero() || !h.SuccessorAsked.IsZero() {
		return nil
	}
	at := endOfDay(acc.Calendar().AddDays(last, 1), acc).Add(-7 * time.Hour)
	return []Effect{c.handoverTimer(TimerSuccessorAsk, last, at)}
}

// successorAfterParting orders it when we part; timers end with the parting.
func successorAfterParting(ctx context.Context, tx Store, acc *Account, c *Case) ([]Effect, error) {
	h, err := tx.Handover(ctx, c.ID)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	out := c.successorTimer(acc, h)
	for _, q := range h.Questions {
		if q.AnsweredAt.IsZero() {
			t := c.answerTimer(q)
			t.SendKey += ":parted"
			out = append(out, t)
		}
	}
	return out, nil
}

// askSuccessor sends the one question, unless the client took the consent back.
func (a *alarm) askSuccessor() error {
	s := a.h.Successor
	if s == nil || !s.WithdrawnAt.IsZero() || !a.h.SuccessorAsked.IsZero() || a.c.NoContact {
		return nil
	}
	i := slices.IndexFunc(a.h.Passes, func(p *Pass) bool { return p.Role == GrantSuccessor && p.RevokedAt.IsZero() })
	if i < 0 {
		return nil
	}
	a.h.SuccessorAsked = a.now.UTC()
	if p := a.h.Passes[i]; p.ExpiresAt.Before(a.now.Add(answerLinkLife)) {
		p.ExpiresAt = a.now.Add(answerLinkLife).UTC()
	}
	if err := a.tx.SaveHandover(a.ctx, a.h); err != nil {
		return err
	}
	l := Letter{Template: T13Q, Due: a.now, To: &Recipient{s.Name, s.Email}, Vars: SuccessorQuestion{SuccessorName: s.Name}}
	if err := post(a.ctx, a.tx, a.c.order(a.acc, l)); err != nil {
		return err
	}
	return a.tx.Record(a.ctx, a.c.line(ActorSystem, "handover.successor_asked", "the successor is asked one question", nil))
}

// MayRate reports whether the guest is asked the one question.
func (g *Guest) MayRate() bool {
	h := g.Folder.Handover
	return !g.Expired && g.Pass.Role == GrantSuccessor && !h.SuccessorAsked.IsZero() && h.SuccessorUp == nil
}

// Rate takes the successor's answer, 0 to 10. It needs no code: the link came
// to them alone, and it shows nothing.
func (k *Clerk) Rate(ctx context.Context, g *Guest, mark int, text string) error {
	if mark < 0 || mark > 10 {
		return Invalid("the mark cannot be taken", FieldError{"nps", "0 to 10"})
	}
	return k.guestChange(ctx, g, func(tx Store, f *Folder, grant *Pass) error {
		if grant.Role != GrantSuccessor || f.Handover.SuccessorAsked.IsZero() {
			return Rule("not_asked", "nobody has asked")
		}
		f.Handover.SuccessorUp, f.Handover.SuccessorSays = &mark, cutText(text)
		return tx.Record(ctx, f.Case.line(ActorSuccessor, "handover.successor_answered", fmt.Sprintf("the successor answers: %d of 10", mark), nil))
	})
}

// answered stops the timer of a question.
func answered(ctx context.Context, tx Store, c *Case, id uuid.UUID) error {
	_, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectTimer}, "timer:"+c.ID.String()+":"+TimerQuestion+":"+id.String(), "the question is answered")
	return err
}
