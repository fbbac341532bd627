package offboarding_test

import (
	"encoding/json"
	"fmt"
	"slices"
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

// Handover and account are mostly due on the same day, and the one is told a
// working day before it, the other once it is over. A client who is told of the
// one hears of the other in the same letter, with one date.
func TestNeighbouringDelaysAreToldInOneLetter(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	for range 60 {
		h.after(24 * time.Hour)
	}
	var told [][]string
	dates := map[string]bool{}
	for _, e := range h.post.sent {
		if e.Message.Template == od.T10 {
			var v od.DelayNotice
			h.must(json.Unmarshal(e.Message.Vars, &v))
			told, dates[v.NewDate] = append(told, v.Items), true
		}
	}
	if len(told) != 2 || len(dates) != 2 || len(told[0]) != 2 || len(told[1]) != 2 {
		t.Errorf("the client was told %v with the dates %v, want both things in each of two letters", told, dates)
	}
	h.sound()
}

// What is due much later is not called late together with what is late today.
func TestAFarAccountIsNotCalledLateWithTheHandover(t *testing.T) {
	h := newHouse(t, func(a *od.Account) { a.Policy.HandoverPreset = od.PresetAccountingStrict }) // 10 working days, the notice has 30
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	h.after(20 * 24 * time.Hour)
	var v od.DelayNotice
	h.must(json.Unmarshal(h.letter(h.theCase("17"), od.T10).Vars, &v))
	if len(v.Items) != 1 || strings.Contains(v.Items[0], "расчёт") {
		t.Errorf("two weeks before the last day the client is told that these are late: %v", v.Items)
	}
}

// Late work is escalated every day for a month after the last date that the
// client was given, then every week: nobody reads what comes every day for a year.
// When a person names a date, it is looked after daily again.
func TestAfterAMonthLateWorkIsEscalatedEveryWeek(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	escalatedIn := func(days int) int {
		before := h.escalations()
		for range days {
			h.after(24 * time.Hour)
		}
		return h.escalations() - before
	}
	h.after(32 * 24 * time.Hour)
	if n := escalatedIn(28); n != 28 {
		t.Errorf("%d escalations in the first 28 days, want one a day", n)
	}
	escalatedIn(28)
	if n := escalatedIn(56); n != 8 {
		t.Errorf("%d escalations in eight later weeks, want one a week", n)
	}
	last := len(h.crm.tasks) // their references count up
	if slices.Contains(h.crm.closed, fmt.Sprintf("task-%d", last)) || !slices.Contains(h.crm.closed, fmt.Sprintf("task-%d", last-1)) {
		t.Errorf("of %d tasks these are ticked off: %v; want the last escalation alone to stand", last, h.crm.closed)
	}
	_, err = h.act(h.theCase("17"), od.Action{Name: "explain_delay", Why: "ждём справку из архива", NewDate: od.Day(h.clock.Add(72*time.Hour), h.acc.Location())})
	h.must(err)
	if n := escalatedIn(14); n != 14 {
		t.Errorf("%d escalations in the 14 days after a person has named a date, want one a day", n)
	}
	h.sound()
}

func (h *house) escalations() (n int) {
	for _, task := range h.crm.tasks {
		if strings.Contains(task.Text, "overdue") {
			n++
		}
	}
	return n
}
