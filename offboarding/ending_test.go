package offboarding_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func TestTheLastDayEndsTheServiceWhateverIsOwed(t *testing.T) {
	h := newHouse(t, func(a *od.Account) { a.Policy.Manager = od.Responsible{ID: "9", Name: "Директор"} })
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	c := h.theCase("17")
	c.Tracks.Handover = od.HandoverAccepted
	h.must(h.store.SaveCase(t.Context(), c))
	h.after(30*24*time.Hour + 11*time.Hour) // 3 December, late
	c = h.theCase("17")
	if !c.Dates.ServiceEndedAt.IsZero() || c.Overdue {
		t.Errorf("ended before the last day was over: %+v", c.Dates)
	}
	h.after(2 * time.Hour)
	c = h.theCase("17")
	h.state(c, od.StateLeaving)
	if c.Dates.ServiceEndedAt.IsZero() || !c.Overdue || c.Tracks.Notice != od.NoticeElapsed {
		t.Errorf("ended %v, overdue %v, notice %s", c.Dates.ServiceEndedAt, c.Overdue, c.Tracks.Notice)
	}
	var v od.DelayNotice
	h.must(json.Unmarshal(h.letter(c, od.T10).Vars, &v))
	if len(v.Items) != 1 || v.Why == "" || v.NewDate != "2026-12-11" {
		t.Errorf("the client is told %+v", v)
	}
	h.after(3 * 24 * time.Hour)
	var escalated int
	for _, task := range h.crm.tasks {
		if strings.Contains(task.Text, "overdue") {
			escalated++
			if task.ResponsibleID != "9" {
				t.Errorf("escalated to %q", task.ResponsibleID)
			}
		}
	}
	if escalated != 2 && escalated != 3 && escalated != 4 { // once a day, whatever the hour
		t.Errorf("escalated %d times in three days", escalated)
	}
	if open := escalated - len(h.crm.closed); open != 1 {
		t.Errorf("%d escalations stand open on the card, want today's alone", open)
	}
	if n := countOf(h.post.templates(), od.T10); n != 1 {
		t.Errorf("%d notices for one date", n)
	}
	_, err = h.act(c, od.Action{Name: "explain_delay", Why: "ждём справку из архива", NewDate: "2026-12-15"})
	h.must(err)
	h.after(10 * time.Second)
	if n := countOf(h.post.templates(), od.T10); n != 2 {
		t.Errorf("%d notices after a person said more", n)
	}
	h.sound()
}

func countOf(list []string, s string) (n int) {
	for _, v := range list {
		if v == s {
			n++
		}
	}
	return n
}

func TestWePartWhenTheLastThingIsDone(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	c := h.theCase("17")
	_, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
	h.must(err)
	for _, rule := range []string{"effective_date_not_reached"} {
		if _, err := h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded}); ruleOf(err) != rule {
			t.Errorf("parted before the last day: %v", err)
		}
	}
	h.after(31 * 24 * time.Hour)
	for rule, a := range map[string]od.Action{
		"handover_unfinished": {Name: "part"}, "settlement_unfinished": {Name: "part", Handover: od.HandoverNotNeeded},
	} {
		if _, err := h.act(c, a); ruleOf(err) != rule {
			t.Errorf("want %s: %v", rule, err)
		}
	}
	c, err = h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
	h.must(err)
	h.state(c, od.StateParted)
	if c.Overdue || c.Tracks.Review != od.ReviewPending {
		t.Errorf("overdue %v, review %s", c.Overdue, c.Tracks.Review)
	}
	h.after(10 * time.Second)
	got := slices.DeleteFunc(h.post.templates(), func(s string) bool { return s == od.I04 || s == od.T10 })
	if !slices.Equal(got, []string{od.T01, od.T03, od.T06, od.T3R, od.T12}) {
		t.Errorf("sent %v", got)
	}
	h.sound()
}

// What was declared unnecessary before the last day needs nobody to press a
// button at midnight.
func TestWePartByOurselvesWhenNothingIsOwed(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	_, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
	h.must(err)
	c = h.theCase("17")
	c.Tracks.Handover, c.Tracks.Settlement = od.HandoverAccepted, od.SettlementSettled
	h.must(h.store.SaveCase(t.Context(), c))
	h.after(31 * 24 * time.Hour)
	h.state(h.theCase("17"), od.StateParted)
	h.sound()
}

func TestADisputeIsTalkedAboutForSixtyDays(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	_, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
	h.must(err)
	c = h.theCase("17")
	c.Tracks.Handover, c.Tracks.Settlement = od.HandoverAccepted, od.SettlementDisputed
	h.must(h.store.SaveCase(t.Context(), c))
	_, err = h.act(c, od.Action{Name: "pause"}) // any word stores the case and dates the dispute
	h.must(err)
	_, err = h.act(c, od.Action{Name: "resume"})
	h.must(err)
	h.after(59 * 24 * time.Hour)
	end := od.Action{Name: "part", Person: approver, Reason: "стороны остались при своём, возврат выплачен"}
	if _, err := h.act(c, end); ruleOf(err) != "dispute_too_young" {
		t.Errorf("after 59 days: %v", err)
	}
	h.after(2 * 24 * time.Hour)
	if _, err := h.act(c, od.Action{Name: "part", Person: reviewer, Reason: "x"}); ruleOf(err) != "approver_needed" {
		t.Errorf("by no approver: %v", err)
	}
	c, err = h.act(c, end)
	h.must(err)
	h.state(c, od.StateParted)
	if !c.BadTerms {
		t.Error("parted on good terms")
	}
	h.after(10 * time.Second)
	if got := h.post.templates(); !slices.Contains(got, od.T23) || slices.Contains(got, od.T12) {
		t.Errorf("sent %v", got)
	}
	for _, e := range h.post.sent { // why we end it is ours, and so it stays
		if strings.Contains(e.Message.Text, "остались при своём") {
			t.Errorf("the client is told an approver's reason:\n%s", e.Message.Text)
		}
	}
	h.sound()
}

func TestALapseIsAskedHowThingsAre(t *testing.T) {
	h := newHouse(t)
	c, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByLapse, Client: od.Client{Name: "Анна", Email: "anna@example.com"}}, "key:office")
	h.must(err)
	h.state(c, od.StateListening)
	h.work()
	h.sent(od.T02)
	h.after(15 * 24 * time.Hour)
	h.after(2 * 24 * time.Hour)
	c, err = h.store.Case(t.Context(), nil, c.ID)
	h.must(err)
	if c.Tracks.Notice != od.NoticeNone || c.Cause != od.CauseSilence {
		t.Errorf("notice %s, cause %s", c.Tracks.Notice, c.Cause)
	}
	if slices.Contains(h.post.templates(), od.T01) || slices.Contains(h.post.templates(), od.T06) {
		t.Errorf("a cancellation was confirmed that nobody made: %v", h.post.templates())
	}
	h.state(c, od.StateParted) // nothing ran, nothing is owed
	h.sound()
}

func TestAWithdrawalTakesBackWhatLeavingBegan(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	c := h.theCase("17")
	_, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
	h.must(err)
	h.after(10 * time.Second)
	c, err = h.act(c, od.Action{Name: "withdraw"})
	h.must(err)
	h.state(c, od.StateSaved)
	if c.Tracks.Notice != od.NoticeNone || c.Tracks.Handover != od.HandoverNotNeeded || c.Tracks.Settlement != od.SettlementNotNeeded {
		t.Errorf("tracks %+v", c.Tracks)
	}
	h.after(60 * 24 * time.Hour)
	h.after(10 * time.Second)
	h.state(h.theCase("17"), od.StateSavedConfirmed)
	if got := h.post.templates(); countOf(got, od.T06) != 1 || !slices.Contains(got, od.T05) {
		t.Errorf("sent %v", got)
	}
	if v, ok := h.crm.card(od.FieldEffectiveOn); !ok || v.Day != "" {
		t.Errorf("the card still names a last day: %+v", v)
	}
	h.sound()
}
