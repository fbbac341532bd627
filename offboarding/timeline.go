package offboarding

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Moment is one line of a case's timeline.
type Moment struct {
	At        time.Time
	Kind      string
	Summary   string
	Actor     Actor
	MessageID *uuid.UUID
	Planned   bool
}

// Timeline returns everything that happened to a case and that is planned, in
// order of time.
func Timeline(ctx context.Context, s Store, c *Case) ([]Moment, error) {
	happened, err := s.AuditOf(ctx, "case:"+c.ID.String())
	if err != nil {
		return nil, err
	}
	out := make([]Moment, 0, len(happened)+8)
	for _, a := range happened {
		out = append(out, Moment{At: a.At, Kind: a.Kind, Summary: a.Summary, Actor: a.Actor, MessageID: a.MessageID})
	}
	planned, err := s.PlannedOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, ef := range planned {
		m := Moment{At: ef.DueAt, Actor: ActorSystem, Planned: true, Kind: string(ef.Kind) + ".planned", Summary: plannedSummary(ef)}
		if ef.Kind == EffectMail {
			var p MailPayload
			if json.Unmarshal(ef.Payload, &p) == nil {
				m.MessageID = &p.MessageID
			}
			m.Kind = "message.planned"
			if ef.State == EffectUncertain {
				m.Kind = "message.uncertain"
			}
		}
		out = append(out, m)
	}
	open, err := s.OpenTasksOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, t := range open {
		out = append(out, Moment{At: t.Due, Kind: "task.due", Summary: "a person is asked: " + t.name(), Actor: ActorSystem, Planned: true})
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return a.At.Compare(b.At) })
	return out, nil
}

func plannedSummary(ef *Effect) string {
	s := map[EffectKind]string{
		EffectMail: "a letter", EffectCard: "fields and tags of the CRM", EffectNote: "the summary note in the CRM", EffectRemark: "a note about an event in the CRM",
		EffectTask: "a task for a person", EffectResult: "a result to the source", EffectTimer: "a date of the case",
		EffectPackage: "the package of the handover", EffectFetch: "a file of the inventory",
	}[ef.Kind]
	switch ef.Kind {
	case EffectTimer:
		var p TimerPayload
		if json.Unmarshal(ef.Payload, &p) == nil {
			s += ": " + p.Name
		}
	case EffectMail:
		if n := len("mail:") + 36 + 1; len(ef.SendKey) > n {
			s += " " + ef.SendKey[n:]
		}
	}
	if ef.Reason != "" {
		s += "; " + ef.Reason
	}
	return s
}
