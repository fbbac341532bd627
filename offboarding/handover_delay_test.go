package offboarding_test

import (
	"testing"
	"time"

	od "opendoor/offboarding"
)

// What is late is told with one date at a time: when a person has named the
// day, nobody tells the client another one before that day has passed.
func TestTheClientIsToldOneDateAtATime(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	c := h.theCase("17")
	c.Tracks.Settlement = od.SettlementNotNeeded
	h.must(h.store.SaveCase(t.Context(), c))
	h.after(30*24*time.Hour + 3*time.Hour) // the last day, before six in the evening
	if n := countOf(h.post.templates(), od.T10); n != 1 {
		t.Fatalf("%d notices before the day passes", n)
	}
	_, err = h.act(h.theCase("17"), od.Action{Name: "explain_delay", Why: "ждём справку из архива", NewDate: "2026-12-16"})
	h.must(err)
	h.after(9 * 24 * time.Hour)
	if n := countOf(h.post.templates(), od.T10); n != 2 {
		t.Errorf("%d notices while the named day is ahead", n)
	}
	h.after(7 * 24 * time.Hour)
	if n := countOf(h.post.templates(), od.T10); n != 3 {
		t.Errorf("%d notices after the named day has passed", n)
	}
	h.sound()
}

// A date that no person has named is believed twice at most. A case that nobody
// looks after must not write to the client week after week.
func TestAnUnattendedCaseDoesNotPromiseForever(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	for range 30 {
		h.after(6 * 24 * time.Hour)
	}
	if n := countOf(h.post.templates(), od.T10); n < 2 || n > 4 {
		t.Errorf("%d notices of a delay in half a year, for the handover and the account", n)
	}
	if h.theCase("17").State != od.StateLeaving {
		t.Error("what is owed is owed still")
	}
	h.sound()
}
