package offboarding_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func TestAValueThatAPersonChangedIsLeftAndToldOnce(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Second)
	h.crm.left = map[string]string{od.FieldNPS: "8"}
	c := h.theCase("17")
	for _, a := range []od.Action{{Name: "set_intent", Intent: od.IntentUndecided}, {Name: "record_answer", Answer: od.Answer{Reason: "price", NPS: new(3), Source: "manager"}}, {Name: "proceed"}} {
		_, err := h.act(c, a)
		h.must(err)
		h.after(2 * time.Second)
	}
	memory, err := h.store.CardMemory(t.Context(), h.acc.ID, "17")
	h.must(err)
	if m := memory[od.FieldState]; m != (od.Remembered{Wrote: "leaving"}) {
		t.Errorf("of the state is remembered %+v", m)
	}
	if m := memory[od.FieldNPS]; m.Kept != "8" || m.Wrote != "" {
		t.Errorf("of the person's value is remembered %+v", m)
	}
	kinds := h.kinds(c)
	if n := strings.Count(strings.Join(kinds, " "), "crm.kept"); n != 1 {
		t.Errorf("the timeline says it %d times: %v", n, kinds)
	}
	h.sound()
}

func TestEventsAreNotedInTheirOrderThoughCallsFail(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Second)
	c := h.theCase("17")
	h.crm.failNotes = od.Unavailable("502", nil)
	_, err := h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
	h.must(err)
	h.after(2 * time.Second) // the first try of the answer's note fails
	c.Tracks.Handover = od.HandoverNotNeeded
	_, err = h.act(c, od.Action{Name: "proceed"})
	h.must(err)
	h.crm.failNotes = nil
	h.clock = h.clock.AddDate(0, 0, 40)
	_, err = h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
	h.must(err)
	h.after(10 * time.Second)
	h.after(10 * time.Second)
	var told []string
	for _, n := range h.crm.notes {
		if _, text, ok := strings.Cut(n, "remark: "); ok {
			told = append(told, text)
		}
	}
	if !slices.Equal(told, []string{od.RemarkAnswer, od.RemarkParted}) {
		t.Errorf("noted %v", told)
	}
	h.sound()
}

func TestTasksTickThemselvesOffWhenTheStepHappens(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Second)
	c := h.theCase("17")
	_, err := h.act(c, od.Action{Name: "proceed"})
	h.must(err)
	h.after(3 * time.Second)
	if !slices.Equal(h.crm.closed, []string{"task-1"}) {
		t.Errorf("ticked off %v", h.crm.closed)
	}

	// Nobody called and nobody answered: the call is still to be made.
	silent := newHouse(t)
	silent.lose("18")
	silent.after(time.Second)
	for range 12 {
		silent.after(24 * time.Hour)
	}
	if silent.state(silent.theCase("18"), od.StateLeaving); len(silent.crm.closed) != 0 {
		t.Errorf("ticked off %v", silent.crm.closed)
	}
}
