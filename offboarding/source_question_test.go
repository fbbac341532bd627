package offboarding_test

import (
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// The question from where the client has heard something is put once, in the
// client's own words, and not to who was asked already.
func TestTheSourceIsAskedForOnce(t *testing.T) {
	heard := od.Answer{Reason: "reputation", Comment: "Спасибо за работу. Мне сказали, что вы теряете документы. Решили уйти", Source: "manager"}
	tests := map[string]struct {
		answer od.Answer
		then   func(h *house, c *od.Case)
		asked  bool
	}{
		"what others say":            {answer: heard, asked: true},
		"by a marker alone":          {answer: od.Answer{Reason: "price", Comment: "Мне сказали, что вы теряете документы", Source: "survey"}, asked: true},
		"twice is once":              {answer: heard, then: func(h *house, c *od.Case) { h.answer(c, heard) }, asked: true},
		"nothing was heard":          {answer: od.Answer{Reason: "price", Comment: "дорого", Source: "survey"}},
		"without words":              {answer: od.Answer{Reason: "reputation", Source: "survey"}},
		"the page has asked":         {answer: od.Answer{Reason: "reputation", Comment: "говорят, что вы теряете документы", Source: "survey", Shown: []string{"reason", "heard_from"}}},
		"the source is told at once": {answer: od.Answer{Reason: "reputation", Comment: "говорят, что вы теряете документы", HeardFrom: "бывший сотрудник", Source: "survey"}},
		"the source is told later": {answer: heard, then: func(h *house, c *od.Case) {
			h.answer(c, od.Answer{Reason: "reputation", HeardFrom: "бывший сотрудник", Source: "survey"})
		}},
		"a person notes the source": {answer: heard, then: func(h *house, c *od.Case) { h.report(c) }},
		"the client is left alone": {answer: heard, then: func(h *house, c *od.Case) {
			h.must(h.desk.Unsubscribe(h.Context(), h.visit(c, od.PurposePreferences), od.Told{Lang: od.RU, Source: "page"}))
		}},
		"it is over before it is due": {answer: heard, then: func(h *house, c *od.Case) { h.stays(c) }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.lose("17")
			h.after(2 * time.Hour)
			c := h.theCase("17")
			h.answer(c, tc.answer)
			h.after(time.Hour)
			if tc.then != nil {
				tc.then(h, c)
			}
			h.after(5 * 24 * time.Hour)
			n := 0
			for _, template := range h.post.templates() {
				if template == od.T18 {
					n++
				}
			}
			if want := map[bool]int{true: 1}[tc.asked]; n != want {
				t.Errorf("asked %d times, want %d: %v", n, want, h.post.templates())
			}
			if m := h.letter(c, od.T18); tc.asked && (m == nil || !strings.Contains(string(m.Vars), "Мне сказали, что вы теряете документы") || strings.Contains(string(m.Vars), "Решили")) {
				t.Errorf("the letter is %+v", m)
			}
			h.sound()
		})
	}
}

func (h *house) answer(c *od.Case, a od.Answer) {
	h.Helper()
	_, err := h.desk.Answer(h.Context(), nil, c.ID, od.ActorClient, func(prev od.Answer) od.Answer {
		out := a.Over(prev)
		out.Shown = a.Shown
		return out
	})
	h.must(err)
}

func (h *house) report(c *od.Case) {
	h.Helper()
	_, err := h.desk.ReportSource(h.Context(), nil, c.ID, &od.SourceReport{Source: "бывший сотрудник", By: approver}, "key:hr")
	h.must(err)
}

func (h *house) stays(c *od.Case) {
	h.Helper()
	_, err := h.act(c, od.Action{Name: "cancel", Reason: "ошибка"})
	h.must(err)
}
