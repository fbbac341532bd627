package offboarding_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// The employee whom a client complains of gets the complaint by no way: not on
// the card, in a note, in a task, in a result or under a letter.
func TestTheAccusedNeverGetsTheComplaint(t *testing.T) {
	for name, answer := range map[string]od.Answer{
		"by the reason":      {Reason: "people", Comment: "накричала на бухгалтера", Source: "survey"},
		"by name":            {Reason: "agreement", Comment: "Мария накричала на бухгалтера", Source: "survey"},
		"by name, inflected": {Reason: "contact", Detail: "с Марией невозможно, накричала", Source: "survey"},
		"in what was good":   {Reason: "other", Liked: "всё, кроме Марии: накричала", Source: "survey"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(a *od.Account) {
				a.Policy.Manager = od.Responsible{ID: "9", Name: "Директор", Email: "boss@example.com"}
			})
			h.lose("17")
			h.after(time.Hour)
			tasks := len(h.crm.tasks)
			c, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, answer.Over)
			h.must(err)
			_, err = h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
			h.must(err)
			h.after(40 * 24 * time.Hour)
			c = h.theCase("17")
			if !c.Shielded() {
				t.Fatal("no shield stands")
			}
			for _, task := range h.crm.tasks[tasks:] {
				if task.ResponsibleID != "9" {
					t.Errorf("the task %q went to %q", task.Text, task.ResponsibleID)
				}
			}
			for _, said := range append(append([]string{}, h.crm.notes...), h.crm.taskTexts()...) {
				if strings.Contains(said, "накричала") || strings.Contains(said, "people") || strings.Contains(said, "destroyer") {
					t.Errorf("the CRM says %q", said)
				}
			}
			for _, e := range h.post.sent {
				if e.Message.Template != od.T01 && e.Message.Template != od.T03 && e.ReplyTo == "manager@example.com" {
					t.Errorf("answers to %s go to the accused", e.Message.Template)
				}
			}
			lines, err := h.store.AuditOf(t.Context(), "case:"+c.ID.String())
			h.must(err)
			for _, l := range lines {
				if strings.Contains(l.Summary, "people") || strings.Contains(l.Summary, "накричала") {
					t.Errorf("the timeline says %q", l.Summary)
				}
			}
			accused, other := od.Person{ID: "k", Name: "Мария Образцова", Role: "operator"}, od.Person{ID: "k2", Name: "Ольга", Role: "operator"}
			if c.MayRead(accused) || !c.MayRead(other) {
				t.Errorf("the accused may read: %v, others: %v", c.MayRead(accused), c.MayRead(other))
			}
			if _, err := h.act(c, od.Action{Name: "release_reason", Person: accused}); ruleOf(err) != "shield_stands" {
				t.Errorf("released by the accused: %v", err)
			}
			said := c.Reason
			if _, err := h.act(c, od.Action{Name: "record_answer", Person: accused, Answer: od.Answer{Reason: "price", Source: "manager"}}); ruleOf(err) != "shield_stands" || h.theCase("17").Reason != said {
				t.Errorf("written over by the accused: %v", err)
			}
			c, err = h.act(c, od.Action{Name: "release_reason", Person: approver})
			h.must(err)
			if c.Shielded() {
				t.Error("the manager's release did nothing")
			}
		})
	}
}

func TestMeasuresHaveAnOwnerADayAndRules(t *testing.T) {
	h := newHouse(t)
	c := h.leaves("17", "agreement")
	rub := func(n int64) *od.Money { return &od.Money{AmountMinor: n, Currency: "RUB"} }
	plan := func(m od.Measure) (*od.Measure, error) {
		m.CreatedBy = requester
		if m.DueOn == "" {
			m.DueOn = "2026-11-20"
		}
		if m.Owner == "" {
			m.Owner = "5"
		}
		return h.desk.PlanMeasure(t.Context(), nil, c.ID, &m, "key:office")
	}
	for name, m := range map[string]od.Measure{
		"no measure": {Code: "M12"}, "a day that was": {Code: "M1", DueOn: "2026-11-01"}, "no amount": {Code: "M3"}, "an amount for words": {Code: "M2", Amount: rub(1)},
	} {
		if _, err := plan(m); !od.IsKind(err, od.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := plan(od.Measure{Code: "M4", Amount: rub(3000_01)}); ruleOf(err) != "courtesy_over_cap" {
		t.Errorf("a courtesy over the cap: %v", err)
	}
	_, err := plan(od.Measure{Code: "M4", Amount: rub(3000_00)})
	h.must(err)
	if _, err := plan(od.Measure{Code: "M4", Amount: rub(1_00)}); ruleOf(err) != "courtesy_over_cap" {
		t.Errorf("a second courtesy over the cap: %v", err)
	}
	m, err := plan(od.Measure{Code: "M3", Amount: rub(10_000_00)})
	h.must(err)
	done := od.MeasureDone
	finish := func(p od.Person) error {
		_, err := h.desk.ChangeMeasure(t.Context(), nil, c.ID, m.ID, od.MeasureChange{State: &done}, p, "key:office")
		return err
	}
	if err := finish(requester); ruleOf(err) != "compensation_not_approved" {
		t.Errorf("paid without approval: %v", err)
	}
	if _, err := h.desk.ApproveMeasure(t.Context(), nil, c.ID, m.ID, requester, "key:office"); ruleOf(err) != "approver_is_author" {
		t.Errorf("approved by its author: %v", err)
	}
	_, err = h.desk.ApproveMeasure(t.Context(), nil, c.ID, m.ID, approver, "key:director")
	h.must(err)
	_, err = h.desk.ChangeMeasure(t.Context(), nil, c.ID, m.ID, od.MeasureChange{Amount: rub(20_000_00)}, requester, "key:office")
	h.must(err)
	if err := finish(requester); ruleOf(err) != "compensation_not_approved" {
		t.Errorf("another amount needs another approval: %v", err)
	}
	c = h.theCase("17")
	c.Tracks.Settlement = od.SettlementSent
	h.must(h.store.SaveCase(t.Context(), c))
	if _, err := plan(od.Measure{Code: "M4", Amount: rub(100)}); ruleOf(err) != "courtesy_with_bill" {
		t.Errorf("a courtesy beside a bill: %v", err)
	}
	for range 5 { // entries of a case go one after the other
		h.after(5 * time.Second)
	}
	if n := len(h.crm.tasks); !strings.Contains(h.crm.tasks[n-1].Text, "measure:M3") {
		t.Errorf("the owner was told %v", h.crm.taskTexts())
	}
	h.sound()
}

func TestAReasonIsSetByAPersonWhoExplains(t *testing.T) {
	h := newHouse(t)
	c := h.leaves("17", "contact")
	_, err := h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "contact", ServiceRelated: od.ServiceNo, Source: "survey"}.Over)
	h.must(err)
	set := func(cl od.Classification) (*od.Case, error) {
		cl.By = reviewer
		return h.desk.Classify(t.Context(), nil, c.ID, 0, cl, "key:office")
	}
	for _, code := range []string{"contact", "other.no_answer", "nothing"} {
		if _, err := set(od.Classification{Reason: code}); !od.IsKind(err, od.KindInvalid) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := set(od.Classification{Reason: "contact.slow"}); ruleOf(err) != "explanation_missing" {
		t.Errorf("the client's no against the table's yes is not explained: %v", err)
	}
	k, err := set(od.Classification{Reason: "contact.slow", Why: "клиент считает, что дело не в нас"})
	h.must(err)
	if k.Reason != (od.StatedReason{Code: "contact.slow", Source: "reviewer"}) || k.Cause != od.CauseSilence || k.ServiceRelated != od.ServiceNo {
		t.Errorf("%+v, %s, %s", k.Reason, k.Cause, k.ServiceRelated)
	}
	k, err = h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
	h.must(err)
	if k.Reason.Code != "contact.slow" || k.Answer.Reason != "price" {
		t.Errorf("a later answer took the reviewer's place: %+v", k.Reason)
	}
}

func TestTwoClientsWhoNameOneSourceAlarmManagement(t *testing.T) {
	h := newHouse(t)
	first := h.leaves("17", "reputation")
	h.lose("18", func(d *od.Deal) { d.Client.ID = "2" })
	h.after(time.Hour)
	second := h.theCase("18")
	say := func(c *od.Case, source string) bool {
		repeated, err := h.desk.ReportSource(t.Context(), nil, c.ID, &od.SourceReport{Source: source, By: approver}, "key:hr")
		h.must(err)
		return repeated
	}
	if say(first, "Иван Сплетников") || say(first, "иван  сплетников") {
		t.Error("one client is two")
	}
	if !say(second, "Сплетников Иван") {
		t.Error("two clients are not two")
	}
	h.after(10 * time.Second)
	for _, text := range append(h.crm.taskTexts(), h.crm.notes...) {
		if strings.Contains(text, "Сплетников") {
			t.Errorf("the CRM says %q", text)
		}
	}
	if !strings.Contains(strings.Join(h.crm.taskTexts(), " "), "source_repeated") {
		t.Errorf("management was not told: %v", h.crm.taskTexts())
	}
	h.sound()
}

// A client complains where it suits them: in an answer to a letter, about a line
// of the account, by name or without one. All of it is for the manager.
func TestAComplaintIsHeardWhereverItIsSaid(t *testing.T) {
	for name, said := range map[string]string{
		"by name":        "С Марией невозможно: руки опускаются",
		"without a name": "Ваш менеджер нам нахамил, руки опускаются",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(a *od.Account) {
				a.Policy.Manager = od.Responsible{ID: "9", Name: "Директор", Email: "boss@example.com"}
			})
			h.lose("17")
			h.after(time.Hour)
			tasks, notes := len(h.crm.tasks), len(h.crm.notes)
			h.arrives(h.theCase("17"), od.T01, od.Arrival{Kind: od.InboundReply, ProviderID: "<1@client>", From: "client17@example.com", Text: said})
			h.after(time.Hour)
			c := h.theCase("17")
			if !c.Shielded() {
				t.Fatal("no shield stands")
			}
			for _, task := range h.crm.tasks[tasks:] {
				if task.ResponsibleID != "9" {
					t.Errorf("the task %q went to %q", task.Text, task.ResponsibleID)
				}
			}
			for _, note := range append(h.crm.notes[notes:], h.crm.taskTexts()...) {
				if strings.Contains(note, "руки опускаются") {
					t.Errorf("the card says %q", note)
				}
			}
		})
	}
}

// Nobody is called by the person whom they complain of: the call that waits goes to
// the manager, once, and is done when somebody has talked with the client.
func TestWhoIsComplainedOfDoesNotMakeTheCall(t *testing.T) {
	h := newHouse(t, func(a *od.Account) {
		a.Policy.Manager = od.Responsible{ID: "9", Name: "Директор", Email: "boss@example.com"}
	})
	h.lose("17")
	h.after(time.Minute)
	for range 2 {
		_, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, od.Answer{Reason: "people", Source: "survey"}.Over)
		h.must(err)
		h.after(time.Minute)
	}
	open := func() (out []string) {
		for i, task := range h.crm.tasks {
			if strings.HasPrefix(task.Text, "task: call") && !slices.Contains(h.crm.closed, fmt.Sprintf("task-%d", i+1)) {
				out = append(out, task.ResponsibleID)
			}
		}
		return out
	}
	if !slices.Equal(open(), []string{"9"}) {
		t.Errorf("the call waits for %q", open())
	}
	c := h.theCase("17")
	_, err := h.act(c, od.Action{Name: "record_answer", Person: reviewer, Answer: od.Answer{Reason: "people.rude", Source: "manager"}})
	h.must(err)
	for range 3 { // one entry of a case after the other
		h.after(time.Minute)
	}
	if len(open()) != 0 {
		t.Errorf("the call still waits for %q", open())
	}
	h.sound()
}

// Whoever was meant is not let in by another answer, nor by a new responsible.
func TestTheShieldStaysWithWhomTheClientMeant(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	accused, next := od.Person{ID: "k", Name: "Мария Образцова", Role: "operator"}, od.Person{ID: "k2", Name: "Ольга Примерова", Role: "operator"}
	say := func(a od.Answer) *od.Case {
		c, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, a.Over)
		h.must(err)
		return c
	}
	say(od.Answer{Reason: "people", Comment: "накричала", Source: "survey"})
	if c := say(od.Answer{Reason: "price", Comment: "дорого", Source: "manager"}); !c.Shielded() || c.MayRead(accused) {
		t.Error("another answer lifts the shield")
	}
	h.crm.deals["17"].Responsible = od.Responsible{ID: "6", Name: "Ольга Примерова", Email: "olga@example.com"}
	h.hook(od.DealResponsibleChanged, "17", od.Hint{})
	h.after(time.Hour)
	c := h.theCase("17")
	if c.Responsible.ID != "6" || !c.Shielded() || c.MayRead(accused) {
		t.Errorf("with another responsible, %+v, the accused may read: %v", c.Responsible, c.MayRead(accused))
	}
	if _, err := h.act(c, od.Action{Name: "release_reason", Person: accused}); ruleOf(err) != "shield_stands" {
		t.Errorf("released by the accused: %v", err)
	}
	c, err := h.act(c, od.Action{Name: "release_reason", Person: approver})
	h.must(err)
	if c.Shielded() || !c.MayRead(next) {
		t.Error("the manager's release did nothing")
	}
	if c = say(od.Answer{Reason: "price", Comment: "и Ольга туда же", Source: "survey"}); c.MayRead(next) {
		t.Error("new words about the new responsible are for everybody")
	}
}
