package offboarding_test

import (
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func asked(m *od.Message) map[string]string {
	out := map[string]string{}
	if m.Allowed != nil {
		for _, c := range m.Allowed.Checks {
			out[c.What] = c.Answer
		}
	}
	return out
}

func TestALetterTellsWhyItMightLeaveAtThatMinute(t *testing.T) {
	h := newHouse(t, automatic, func(a *od.Account) {
		a.Policy.Window = &od.Window{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 10 * time.Hour, To: 18 * time.Hour}
	})
	c := h.leftWell("17", leftForPrice)
	h.prefers(c, "email/relationship", "email/marketing")
	h.days(200)
	list, err := h.store.MessagesInScope(t.Context(), od.MessageFilter{CaseID: &c.ID, Page: od.Page{Limit: 100}})
	h.must(err)
	seen := map[string]bool{}
	for _, m := range list {
		if m.State != od.MessageSent {
			if m.Allowed != nil {
				t.Errorf("%s is %s and tells why it was allowed", m.Template, m.State)
			}
			continue
		}
		seen[m.Template] = true
		got := asked(m)
		if m.Allowed != nil && m.Allowed.Basis == od.BasisHouse {
			continue
		}
		if m.Allowed == nil || got["stop_list"] == "" || got["case"] == "" || got["window"] == "" {
			t.Errorf("%s: %+v", m.Template, m.Allowed)
			continue
		}
		switch m.Template {
		case od.T01:
			if m.Allowed.Basis != od.BasisService || !strings.HasPrefix(got["window"], "any time: it answers") {
				t.Errorf("T01: %+v", m.Allowed)
			}
		case od.T15:
			if m.Allowed.Basis != od.BasisRelationship || m.Allowed.ConsentID == "" || !strings.Contains(got["window"], "10:00–18:00 in Europe/Moscow") ||
				got["caps"] != "touch 1 of 6 within a year, at least 21 days after the one before" || got["plan"] != "step 1 of the plan price" {
				t.Errorf("T15: %+v", got)
			}
		}
	}
	if !seen[od.T01] || !seen[od.T15] {
		t.Errorf("left: %v", seen)
	}

	// An offer stands on a line of the ledger.
	h2 := newHouse(t, func(a *od.Account) { a.Policy.HoldoutPercent = 0 })
	c = h2.leftWell("18", leftForPrice)
	h2.days(92)
	_, err = h2.winback().ReleaseOffer(t.Context(), nil, h2.touches(c)[1].ID, od.ReturnOffer{WhatChanged: "Отчёты теперь приходят до десятого числа.", Terms: "Можем взять только отчётность."}, od.Person{Name: "Вера"}, "key:office")
	h2.must(err)
	h2.days(2)
	m, err := h2.store.MessageByTemplate(t.Context(), c.ID, od.T16)
	h2.must(err)
	got := asked(m)
	if m.Allowed == nil || m.Allowed.Basis != od.BasisConsent || m.Allowed.ConsentID != h2.ledger()[0].ID.String() || !strings.Contains(got["consent"], "source survey") ||
		got["release"] != "released by Вера" || got["holdout"] == "" {
		t.Errorf("T16: %+v", m.Allowed)
	}
}
