package offboarding_test

import (
	"encoding/json"
	"strings"
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

// After days in which nothing of ours ran, the dates of handover and account have
// passed at once. The client gets one letter that names both, whichever is looked
// at first, and not another one before its date.
func TestAfterAPauseOfOursOneLetterNamesEverythingThatIsLate(t *testing.T) {
	for name, first := range map[string]func(name string) bool{
		"the handover first": func(name string) bool { return strings.HasPrefix(name, "handover_") },
		"the account first":  func(name string) bool { return name == od.TimerServiceEnds },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.lose("17")
			h.work()
			_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
			h.must(err)
			h.work()
			h.clock = h.clock.Add(33 * 24 * time.Hour)
			planned, err := h.store.PlannedOf(t.Context(), h.theCase("17").ID)
			h.must(err)
			for _, ef := range planned {
				if ef.Kind != od.EffectTimer || ef.DueAt.After(h.clock) || !first(payload[od.TimerPayload](h, ef).Name) {
					continue
				}
				claimed, err := h.store.Claim(t.Context(), ef.ID, h.clock, time.Minute)
				h.must(err)
				h.settle(claimed, h.do(claimed))
			}
			h.work()
			h.after(24 * time.Hour)
			var told []od.DelayNotice
			for _, e := range h.post.sent {
				if e.Message.Template == od.T10 {
					var v od.DelayNotice
					h.must(json.Unmarshal(e.Message.Vars, &v))
					told = append(told, v)
				}
			}
			c := h.theCase("17")
			handover, err := h.store.Handover(t.Context(), c.ID)
			h.must(err)
			if len(told) != 1 || len(told[0].Items) != 2 || told[0].Items[1] != "финальный расчёт" || !strings.Contains(told[0].Why, "; мы ещё не проверили все строки расчёта") {
				t.Fatalf("the client was told %+v", told)
			}
			if c.Delay == nil || c.Delay.NewDate != told[0].NewDate || handover.DelayTold != told[0].NewDate || c.Delay.Told != 1 || handover.DelaysTold != 1 {
				t.Errorf("told %s; kept %+v and %s", told[0].NewDate, c.Delay, handover.DelayTold)
			}
			h.after(10 * 24 * time.Hour)
			if n := countOf(h.post.templates(), od.T10); n != 2 {
				t.Errorf("%d notices after the one date has passed", n)
			}
			h.sound()
		})
	}
}
