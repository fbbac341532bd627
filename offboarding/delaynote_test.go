package offboarding_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// remarked lists the events that the CRM has notes about, in their order.
func (h *house) remarked() (told []string) {
	for _, n := range h.crm.notes {
		if _, text, ok := strings.Cut(n, "remark: "); ok {
			told = append(told, text)
		}
	}
	return told
}

func TestALateHandoverIsNotedOnceForEachDateThatWasTold(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	h.after(time.Second)
	handover, err := h.store.Handover(t.Context(), h.theCase("17").ID)
	h.must(err)
	due, err := time.Parse(time.DateOnly, handover.DueOn)
	h.must(err)
	h.after(due.Sub(h.clock) - 12*time.Hour)
	if told := h.remarked(); len(told) != 0 {
		t.Fatalf("noted before the day: %v", told)
	}
	for range 4 { // the evening of the day, and working days after it
		h.after(24 * time.Hour)
		h.after(5 * time.Second)
	}
	if told := h.remarked(); !slices.Equal(told, []string{od.RemarkDelay}) {
		t.Fatalf("noted %v", told)
	}
	first, err := h.store.Handover(t.Context(), h.theCase("17").ID)
	h.must(err)
	if first.DelayTold == "" {
		t.Error("the client was told no date")
	}
	for range 14 { // the new date passes as well
		h.after(24 * time.Hour)
	}
	next, err := h.store.Handover(t.Context(), h.theCase("17").ID)
	h.must(err)
	if told := h.remarked(); next.DelayTold == first.DelayTold || len(told) < 2 || len(told) > 4 || strings.Trim(fmt.Sprint(slices.Compact(told)), "[]") != od.RemarkDelay {
		t.Errorf("noted %v, told %s and %s", told, first.DelayTold, next.DelayTold)
	}
	h.sound()
}

func TestADelayComesAfterTheAnswerThoughCallsFail(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	_, err := h.act(c, od.Action{Name: "proceed"})
	h.must(err)
	handover, err := h.store.Handover(t.Context(), c.ID)
	h.must(err)
	due, err := time.Parse(time.DateOnly, handover.DueOn)
	h.must(err)
	h.after(due.Sub(h.clock) + 14*time.Hour + 50*time.Minute) // ten minutes to six in Moscow
	h.crm.failNotes = od.Unavailable("502", nil)
	_, err = h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
	h.must(err)
	h.after(2 * time.Second) // the first try of the answer's note fails
	h.after(15 * time.Minute)
	h.crm.failNotes = nil
	for range 3 {
		h.after(20 * time.Minute)
	}
	if told := h.remarked(); !slices.Equal(told, []string{od.RemarkAnswer, od.RemarkDelay}) {
		t.Errorf("noted %v", told)
	}
	h.sound()
}
