package offboarding

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Besides the summary, which always tells how things stand, the CRM's timeline
// gets a note for each event that a manager wants to find later (domain §11).

// The events of a case that get a note of their own.
const (
	RemarkAnswer   = "answer"   // what the client said; a later answer edits the note
	RemarkDelay    = "delay"    // the handover is late
	RemarkParted   = "parted"   // on which terms
	RemarkReturned = "returned" // the client is back
	RemarkReply    = "reply"    // the client wrote; what follows a colon tells answers apart
)

// RemarkPayload is the payload of EffectRemark. Days, Items and NewDate belong
// to a delay.
type RemarkPayload struct {
	What    string   `json:"what"`
	Days    int      `json:"days,omitempty"`
	Items   []string `json:"items,omitempty"`
	NewDate string   `json:"new_date,omitempty"` // "2006-01-02"
	Text    string   `json:"text,omitempty"`     // what the client wrote
}

// remark orders a note about an event. Notes of one event are told apart by the
// case's version, those of a delay by the date that was told, and edited in
// place by their marker.
func (c *Case) remark(p RemarkPayload, now time.Time) []Effect {
	if !c.onCard() {
		return nil
	}
	occasion := strconv.Itoa(c.Version)
	if p.What == RemarkDelay {
		occasion = p.NewDate
	}
	ef := NewEffect(c.AccountID, &c.ID, EffectRemark, fmt.Sprintf("remark:%s:%s:%s", c.ID, p.What, occasion), now.Add(writeBackDelay), p)
	ef.SerialKey = c.crmKey()
	return []Effect{ef}
}

// TaskCloser is a Connector whose CRM lets us tick a task of ours off.
type TaskCloser interface {
	// CloseTask ticks off the task with the reference, unless somebody has done so
	// or has deleted it. result says why, where the CRM has room for it.
	CloseTask(ctx context.Context, acc *Account, dealID, ref, result string, fence FenceFunc) (Written, error)
}

// taskDone orders tasks to be ticked off because their step has happened.
func (c *Case) taskDone(now time.Time, whats ...string) []Effect {
	var out []Effect
	for _, what := range whats {
		out = append(out, c.tickOff(now, what, ""))
		if what == "call" && c.Shielded() {
			out = append(out, c.tickOff(now, callInstead, ""))
		}
	}
	return out
}

// tickOff orders one task to be ticked off; why is told instead of the stock text.
func (c *Case) tickOff(now time.Time, what, why string) Effect {
	ef := NewEffect(c.AccountID, &c.ID, EffectTask, fmt.Sprintf("task-done:%s:%s:%d", c.ID, what, c.Version), now.Add(writeBackDelay), TaskPayload{What: what, Done: true, Text: why})
	ef.SerialKey = c.crmKey()
	return ef
}

// stepsDone says which tasks a move makes needless. What happens by itself, as
// when nobody answered, is no step of a person: the call is still to be made.
func (c *Case) stepsDone(to State, by Actor, now time.Time) []Effect {
	switch {
	case to == StateCancelled && !c.onCard():
		return c.taskDone(now, everyTask)
	case to.Over() || to == StateParted:
		whats := []string{"call", "answered", "undeliverable"}
		if c.Offer != nil {
			whats = append(whats, "save_talk")
		}
		if c.Refusal != nil {
			whats = append(whats, "propose", "checklist", "checklist_due", "approval")
		}
		if !c.onCard() {
			whats = append(whats, owedTasks...)
		}
		return c.taskDone(now, whats...)
	case to == StateCoolingOff:
		return c.taskDone(now, "propose")
	case to == StateApproval:
		return c.taskDone(now, "checklist", "checklist_due")
	case to == StateParting:
		return c.taskDone(now, "approval")
	case to == StateLeaving && c.Offer != nil && (by == ActorSystem || by == ActorCRM):
		return c.taskDone(now, "save_talk")
	case to == StateLeaving && c.Offer != nil:
		return c.taskDone(now, "call", "save_talk")
	case to == StateLeaving && by != ActorSystem && by != ActorCRM:
		return c.taskDone(now, "call")
	}
	return nil
}

// inOrder holds an event's note or a task back while an older one of the case is
// still under way, so that retries do not turn the story round.
func (s *Scribe) inOrder(ctx context.Context, ef *Effect) error {
	if ef.Kind != EffectRemark && ef.Kind != EffectTask {
		return nil
	}
	planned, err := s.store.PlannedOf(ctx, *ef.CaseID)
	if err != nil {
		return err
	}
	for _, other := range planned {
		if (other.Kind == EffectRemark || other.Kind == EffectTask) && other.State != EffectUncertain && other.ID.String() < ef.ID.String() {
			return &Postpone{Until: s.now().Add(orderRecheck), Reason: "an earlier entry of this case is not in the CRM yet"}
		}
	}
	return nil
}

const orderRecheck = 2 * time.Second
