package offboarding_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

var (
	requester = od.Person{ID: "k1", Name: "Пётр Продажный", Role: "operator"}
	reviewer  = od.Person{ID: "k2", Name: "Ольга Внимательная", Role: "operator"}
	approver  = od.Person{ID: "k3", Name: "Ирина Решающая", Role: "approver"}
)

func ruleOf(err error) string {
	if e, ok := errors.AsType[*od.Error](err); ok && e.Kind == od.KindConflict {
		return e.Rule
	}
	if err != nil {
		return "another error: " + err.Error()
	}
	return ""
}

// byCompany opens a parting that the company wants.
func (h *house) byCompany(change ...func(r *od.NewCaseRequest)) *od.Case {
	h.Helper()
	r := od.NewCaseRequest{
		AccountID: h.acc.ID, Initiator: od.ByCompany, Client: od.Client{Name: "Анна Примерова", Email: "anna@example.com"},
		Responsible: od.Responsible{ID: "5", Name: "Мария Образцова", Email: "manager@example.com"},
	}
	for _, fn := range change {
		fn(&r)
	}
	c, err := h.desk.Open(h.Context(), nil, r, "key:office")
	h.must(err)
	return c
}

func proposal(change ...func(a *od.Action)) od.Action {
	a := od.Action{
		Name: "propose", Person: requester, Reason: od.CoScopeAbuse, QuarrelWith: "Мария Образцова",
		Incidents: []od.Incident{{On: "2026-10-20", What: "потребовал отчёт вне договора"}, {On: "2026-10-28", What: "снова, с угрозой отзыва"}},
	}
	for _, fn := range change {
		fn(&a)
	}
	return a
}

func checklistOf(change ...func(r *od.RefusalReview)) od.Action {
	r := &od.RefusalReview{
		HistoryRead: true, WarnedOn: "2026-10-29", Obligations: []od.Obligation{{What: "отчёт за октябрь"}}, LegalChecked: true,
		Refund: &od.Refund{Decision: "part", Amount: &od.Money{AmountMinor: 500000, Currency: "RUB"}, Reason: "оплаченный ноябрь", PayOn: "2026-11-20"},
		Alternatives: []od.Alternative{{
			Name: "Бухгалтерия «Соседи»", WhatFor: "учёт небольших производств", Contact: "hello@example.org", Consent: true, CheckedOn: "2026-09-01",
		}},
	}
	for _, fn := range change {
		fn(r)
	}
	return od.Action{Name: "review", Person: reviewer, Review: r}
}

func approval(p od.Person) od.Action {
	return od.Action{Name: "approve", Person: p, Text: "согласовано"}
}

var parting = od.Action{Name: "part", Person: requester}

// To keep the client is decided by the same people as to part: nobody ends the
// matter who is in it.
func TestWhoIsInTheQuarrelDoesNotDropIt(t *testing.T) {
	h := newHouse(t)
	c, err := h.act(h.byCompany(), proposal())
	h.must(err)
	accused := od.Person{ID: "k9", Name: "Мария Образцова", Role: "approver"}
	drop := func(p od.Person) od.Action { return od.Action{Name: "drop", Person: p, Reason: "оставляем"} }
	if _, err := h.act(c, drop(accused)); ruleOf(err) != "reviewer_in_quarrel" {
		t.Errorf("during the cooling-off: %v", err)
	}
	_, err = h.act(c, checklistOf())
	h.must(err)
	h.after(6 * 24 * time.Hour)
	boss := requester
	boss.Role = "approver"
	for p, want := range map[od.Person]string{accused: "approver_in_quarrel", boss: "approver_is_requester", reviewer: "approver_needed"} {
		if _, err := h.act(c, drop(p)); ruleOf(err) != want {
			t.Errorf("dropped by %s: %v, want %s", p.Name, err, want)
		}
	}
	c, err = h.act(c, drop(approver))
	h.must(err)
	h.state(c, od.StateDropped)
}

// Whom the directory no longer lets us recommend stands in no letter, whenever
// they changed their mind.
func TestWhoWithdrawsTheirConsentIsNotRecommended(t *testing.T) {
	h := newHouse(t)
	in := func(name string) *od.Recommended {
		p := &od.Recommended{AccountID: h.acc.ID, Name: name, WhatFor: "учёт", Contact: "hello@example.org", Consent: true, CheckedOn: "2026-09-01"}
		h.must(od.KeepProvider(h.Context(), h.store, p, "key:office", h.clock))
		return p
	}
	first, second := in("Бухгалтерия «Соседи»"), in("Бухгалтерия «Дальние»")
	c, err := h.act(h.byCompany(), proposal())
	h.must(err)
	_, err = h.act(c, checklistOf(func(r *od.RefusalReview) { r.Alternatives = []od.Alternative{{ID: &first.ID}, {ID: &second.ID}} }))
	h.must(err)
	h.after(6 * 24 * time.Hour)

	first.Consent = false
	h.must(od.KeepProvider(h.Context(), h.store, first, "key:office", h.clock))
	if _, err := h.act(c, approval(approver)); ruleOf(err) != "alternative_without_consent" {
		t.Errorf("approved: %v", err)
	}
	first.Consent = true
	h.must(od.KeepProvider(h.Context(), h.store, first, "key:office", h.clock))
	_, err = h.act(c, approval(approver))
	h.must(err)
	first.Consent = false
	h.must(od.KeepProvider(h.Context(), h.store, first, "key:office", h.clock))
	if _, err := h.act(c, parting); ruleOf(err) != "alternative_without_consent" {
		t.Errorf("the letter left: %v", err)
	}
	h.must(od.DropProvider(h.Context(), h.store, first, "key:office"))
	c, err = h.act(c, parting)
	h.must(err)
	if all := c.Refusal.Review.Alternatives; len(all) != 1 || all[0].Name != second.Name {
		t.Errorf("the letter recommends %+v", all)
	}
}

func TestARefundIsNotPromisedForADayThatIsOver(t *testing.T) {
	h := newHouse(t)
	c, err := h.act(h.byCompany(), proposal())
	h.must(err)
	_, err = h.act(c, checklistOf(func(r *od.RefusalReview) { r.Refund.PayOn = od.AddDays(od.Day(h.clock, h.acc.Location()), -2) }))
	if e, ok := errors.AsType[*od.Error](err); !ok || e.Kind != od.KindInvalid || e.Fields[0].Field != "refund.pay_on" {
		t.Errorf("the review was taken: %v", err)
	}
}

func TestTheCompanyPartsWithAClientStepByStep(t *testing.T) {
	h := newHouse(t)
	c := h.byCompany()
	h.state(c, od.StateProposed)
	if c.Tracks.Survey != od.SurveyNone || c.Tracks.Save != od.SaveNotAllowed {
		t.Errorf("a client of whom nothing is known yet is asked: %+v", c.Tracks)
	}
	for _, a := range []od.Action{checklistOf(), approval(approver), parting, {Name: "save", Proposal: "x"}, {Name: "proceed"}, {Name: "withdraw"}} {
		if _, err := h.act(c, a); ruleOf(err) == "" || strings.HasPrefix(ruleOf(err), "another") {
			t.Errorf("%s before the proposal: %v", a.Name, err)
		}
	}
	c, err := h.act(c, proposal())
	h.must(err)
	h.state(c, od.StateCoolingOff)
	if want := time.Date(2026, 11, 9, 9, 0, 0, 0, time.UTC); !c.Refusal.CoolingOffUntil.Equal(want) { // Wednesday is a holiday
		t.Errorf("the cooling-off ends at %v, want %v", c.Refusal.CoolingOffUntil, want)
	}
	c, err = h.act(c, checklistOf())
	h.must(err)
	h.state(c, od.StateCoolingOff)
	_, err = h.act(c, approval(approver))
	if ruleOf(err) != "cooling_off_not_over" {
		t.Errorf("approved in anger: %v", err)
	}
	h.after(6 * 24 * time.Hour)
	c, err = h.store.Case(t.Context(), nil, c.ID)
	h.must(err)
	h.state(c, od.StateApproval)
	_, err = h.act(c, parting)
	if ruleOf(err) != "approval_missing" {
		t.Errorf("a letter without approval: %v", err)
	}
	c, err = h.act(c, approval(approver))
	h.must(err)
	h.state(c, od.StateParting)
	h.work()
	h.sent()
	c, err = h.act(c, parting)
	h.must(err)
	h.state(c, od.StateLeaving)
	h.work()
	h.sent(od.T20)
	if c.Dates.NoticeReceivedOn != "2026-11-09" || c.Tracks.Notice != od.NoticeRunning || c.Tracks.Handover != od.HandoverCollecting {
		t.Errorf("the same tracks as for everybody: %+v, %+v", c.Dates, c.Tracks)
	}
	var v od.CompanyParting
	h.must(json.Unmarshal(h.letter(c, od.T20).Vars, &v))
	if v.Refund == nil || v.Refund.AmountMinor != 500000 || v.RefundOn != "2026-11-20" || len(v.Alternatives) != 1 || v.EffectiveOn != c.Dates.EffectiveOn {
		t.Errorf("T20 says %+v", v)
	}
	if strings.Contains(string(h.letter(c, od.T20).Vars), "угрозой") {
		t.Error("T20 lists the client's sins")
	}
	_, err = h.act(c, od.Action{Name: "withdraw"})
	if ruleOf(err) != "begun_by_company" {
		t.Errorf("a client withdraws what the company decided: %v", err)
	}
	h.after(35 * 24 * time.Hour)
	c, err = h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
	h.must(err)
	h.state(c, od.StateParted)
	if !c.NoFurtherService || c.Dates.ReviewOn == "" || c.Tracks.Review != od.ReviewPending {
		t.Errorf("no further service %v until %q", c.NoFurtherService, c.Dates.ReviewOn)
	}
	if err := c.May(od.StateInTouch, h.clock); ruleOf(err) != "winback_off" {
		t.Errorf("kept in touch with: %v", err)
	}
	h.after(time.Hour)
	if slices.Contains(h.post.templates(), od.T12) {
		t.Errorf("a farewell with an open door: %v", h.post.templates())
	}
	if _, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceComeback); ruleOf(err) != "no_further_service" {
		t.Errorf("came back by a link: %v", err)
	}
	if _, err := h.act(c, od.Action{Name: "return", Person: requester}); ruleOf(err) != "no_further_service" {
		t.Errorf("came back by an operator: %v", err)
	}
	c, err = h.act(c, od.Action{Name: "return", Person: approver})
	h.must(err)
	h.state(c, od.StateReturned)
	h.sound()
}

// Nobody gets a letter of parting while one of the preconditions is missing,
// and the refusal names it.
func TestNoPartingWithoutEachPrecondition(t *testing.T) {
	in := func(on string) []od.Incident { return []od.Incident{{On: on, What: "x"}} }
	tests := map[string]struct {
		propose func(a *od.Action)
		review  func(r *od.RefusalReview)
		by      *od.Person // reviewer
		approve *od.Person
		rule    string
		ends    od.State // empty: where it stood
	}{
		"a reason that is none":    {propose: func(a *od.Action) { a.Reason = "bad_mood" }, rule: "company_reason_missing"},
		"no reason":                {propose: func(a *od.Action) { a.Reason = "" }, rule: "company_reason_missing"},
		"a client's reason":        {propose: func(a *od.Action) { a.Reason = "price" }, rule: "company_reason_missing"},
		"one incident":             {propose: func(a *od.Action) { a.Incidents = in("2026-10-20") }, rule: "incidents_missing"},
		"two incidents on one day": {propose: func(a *od.Action) { a.Incidents = append(in("2026-10-20"), in("2026-10-20")...) }, rule: "incidents_missing"},
		"one severe incident is enough": {propose: func(a *od.Action) {
			a.Incidents = []od.Incident{{On: "2026-10-20", What: "угрозы", Severe: true}}
		}},
		"the history was not read":         {review: func(r *od.RefusalReview) { r.HistoryRead = false }, rule: "history_not_read"},
		"it was a bad day":                 {review: func(r *od.RefusalReview) { r.BadDay = true }, ends: od.StateDropped},
		"it was our own fault":             {review: func(r *od.RefusalReview) { r.OurFault = true }, ends: od.StateDropped},
		"nobody warned":                    {review: func(r *od.RefusalReview) { r.WarnedOn = "" }, rule: "warning_missing"},
		"warned in the future":             {review: func(r *od.RefusalReview) { r.WarnedOn = "2027-01-01" }, rule: "warning_missing"},
		"severe needs no warning":          {propose: func(a *od.Action) { a.Incidents[0].Severe = true }, review: func(r *od.RefusalReview) { r.WarnedOn = "" }},
		"no capacity needs no warning":     {propose: func(a *od.Action) { a.Reason = od.CoCapacity }, review: func(r *od.RefusalReview) { r.WarnedOn = "" }},
		"obligations were not listed":      {review: func(r *od.RefusalReview) { r.Obligations = nil }, rule: "obligations_not_listed"},
		"there are no obligations":         {review: func(r *od.RefusalReview) { r.Obligations = []od.Obligation{} }},
		"nobody read the contract":         {review: func(r *od.RefusalReview) { r.LegalChecked = false }, rule: "legal_check_missing"},
		"the refund is not decided":        {review: func(r *od.RefusalReview) { r.Refund = nil }, rule: "refund_undecided"},
		"part of the money without reason": {review: func(r *od.RefusalReview) { r.Refund.Reason = " " }, rule: "refund_undecided"},
		"money without a day":              {review: func(r *od.RefusalReview) { r.Refund.PayOn = "" }, rule: "refund_undecided"},
		"nothing back without reason":      {review: func(r *od.RefusalReview) { r.Refund = &od.Refund{Decision: "none"} }, rule: "refund_undecided"},
		"nothing back with reason": {review: func(r *od.RefusalReview) {
			r.Refund = &od.Refund{Decision: "none", Reason: "всё отработано"}
		}},
		"no alternative":                    {review: func(r *od.RefusalReview) { r.Alternatives = nil }, rule: "alternative_missing"},
		"an alternative that is a name":     {review: func(r *od.RefusalReview) { r.Alternatives[0].Contact = "" }, rule: "alternative_missing"},
		"an alternative that did not agree": {review: func(r *od.RefusalReview) { r.Alternatives[0].Consent = false }, rule: "alternative_without_consent"},
		"an alternative of last year":       {review: func(r *od.RefusalReview) { r.Alternatives[0].CheckedOn = "2025-10-01" }, rule: "alternative_check_outdated"},
		"an alternative of tomorrow":        {review: func(r *od.RefusalReview) { r.Alternatives[0].CheckedOn = "2027-10-01" }, rule: "alternative_check_outdated"},
		"reviewed by who is in the quarrel": {by: &od.Person{ID: "k9", Name: "Образцова Мария"}, rule: "reviewer_in_quarrel"},
		"approved by the requester":         {approve: &od.Person{ID: requester.ID, Name: "other name", Role: "approver"}, rule: "approver_is_requester"},
		"approved by another key of theirs": {approve: &od.Person{ID: "k8", Name: "пётр ПРОДАЖНЫЙ", Role: "approver"}, rule: "approver_is_requester"},
		"approved by who is in the quarrel": {approve: &od.Person{ID: "k9", Name: "manager@example.com", Role: "approver"}, rule: "approver_in_quarrel"},
		"approved by no approver":           {approve: &reviewer, rule: "approver_needed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(a *od.Account) { a.Policy.CoolingOff = time.Hour })
			c := h.byCompany()
			by := approver
			if tc.approve != nil {
				by = *tc.approve
			}
			check := checklistOf()
			if tc.review != nil {
				tc.review(check.Review)
			}
			if tc.by != nil {
				check.Person = *tc.by
			}
			a := proposal()
			if tc.propose != nil {
				tc.propose(&a)
			}
			steps := []func() error{
				func() error { _, err := h.act(c, a); return err },
				func() error { _, err := h.act(c, check); return err },
				func() error { h.after(2 * time.Hour); _, err := h.act(c, approval(by)); return err },
				func() error { _, err := h.act(c, parting); return err },
			}
			var refused string
			for _, step := range steps {
				if err := step(); err != nil {
					refused = ruleOf(err)
					break
				}
			}
			h.work()
			now, err := h.store.Case(t.Context(), nil, c.ID)
			h.must(err)
			switch {
			case tc.ends != "":
				h.state(now, tc.ends)
			case refused != tc.rule:
				t.Errorf("refused by %q, want %q", refused, tc.rule)
			}
			if sent := slices.Contains(h.post.templates(), od.T20); sent != (tc.rule == "" && tc.ends == "") {
				t.Errorf("T20 was sent: %v", sent)
			}
			h.sound()
		})
	}
}

func TestOurOwnFaultEndsInAnApologyWithMeasures(t *testing.T) {
	h := newHouse(t)
	c := h.byCompany()
	_, err := h.act(c, proposal())
	h.must(err)
	check := checklistOf(func(r *od.RefusalReview) {
		r.OurFault, r.Note = true, "Мария сорвала срок и накричала"
	})
	c, err = h.act(c, check)
	h.must(err)
	h.state(c, od.StateDropped)
	h.work()
	h.sent(od.T04)
	if c.Cause != od.CauseBrokenTerms || c.ServiceRelated != od.ServiceYes || c.Tracks.Review != od.ReviewPending {
		t.Errorf("handled as %s, %s, review %s", c.Cause, c.ServiceRelated, c.Tracks.Review)
	}
	if m := h.letter(c, od.T04); strings.Contains(string(m.Vars)+m.Text, "накричала") {
		t.Error("the reviewer's words about our people went to the client")
	}
	measures, err := h.store.MeasuresOf(t.Context(), c.ID)
	h.must(err)
	if len(measures) != 2 || measures[0].Code != "M2" || measures[1].Code != "M3" || measures[0].DueOn == "" || measures[0].Owner != reviewer.Name {
		t.Errorf("measures: %+v", measures)
	}
	h.sound()
}

func TestADirectorShortensTheCoolingOffOnlyForSafetyOrTheLaw(t *testing.T) {
	for reason, rule := range map[string]string{od.CoLegal: "", od.CoNonpayment: "cooling_off_stands"} {
		h := newHouse(t)
		c := h.byCompany()
		_, err := h.act(c, proposal(func(a *od.Action) { a.Reason = reason }))
		h.must(err)
		_, err = h.act(c, checklistOf())
		h.must(err)
		for p, want := range map[od.Person]string{reviewer: "approver_needed", {ID: requester.ID, Role: "admin"}: "approver_is_requester"} {
			if _, err := h.act(c, od.Action{Name: "shorten_cooling_off", Person: p, Reason: "срок"}); ruleOf(err) != want {
				t.Errorf("by %+v: %v", p, err)
			}
		}
		c, err = h.act(c, od.Action{Name: "shorten_cooling_off", Person: approver, Reason: "предписание"})
		if ruleOf(err) != rule {
			t.Errorf("%s: %v", reason, err)
		}
		if rule == "" {
			h.state(c, od.StateApproval)
		}
	}
}

func TestAClientWhomWeDoNotServeAnyMoreIsForAnApprover(t *testing.T) {
	h := newHouse(t, func(a *od.Account) {
		a.Policy.CoolingOff = time.Hour
		a.Policy.Manager = od.Responsible{ID: "9", Name: "Директор"}
	})
	h.crm.deals["17"] = &od.Deal{ID: "17", Client: od.Client{ID: "1", Name: "Анна Примерова", Email: "anna@example.com"}, Outcome: od.OutcomeOpen}
	c := h.byCompany(func(r *od.NewCaseRequest) { r.DealID = "17" })
	for _, a := range []od.Action{proposal(), checklistOf()} {
		_, err := h.act(c, a)
		h.must(err)
	}
	h.after(2 * time.Hour)
	for _, a := range []od.Action{approval(approver), parting} {
		_, err := h.act(c, a)
		h.must(err)
	}
	h.after(40 * 24 * time.Hour)
	for range 4 { // what stands on the card comes one after the other
		h.after(10 * time.Second)
	}
	_, err := h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
	h.must(err)
	h.after(time.Hour)
	for range 8 {
		h.after(10 * time.Second)
	}
	before := len(h.post.sent)
	h.crm.deals["18"] = &od.Deal{ID: "18", Client: od.Client{ID: "1", Email: "anna@example.com"}, Outcome: od.OutcomeOpen, Pipeline: od.Named{ID: "8"}, Stage: od.Named{ID: "10"}, CreatedAt: h.clock}
	h.hook(od.DealAdded, "18", od.Hint{OccurredAt: h.clock})
	h.after(10 * time.Second)
	if len(h.post.sent) != before {
		t.Errorf("a letter went by itself: %v", h.post.templates())
	}
	if n := len(h.casesOf("18")); n != 0 {
		t.Errorf("the new deal has %d cases", n)
	}
	last := h.crm.tasks[len(h.crm.tasks)-1]
	if !strings.Contains(last.Text, "came_again") || last.ResponsibleID != "9" {
		t.Errorf("the newest task is %+v", last)
	}
	h.lose("19", func(d *od.Deal) { d.Client = od.Client{ID: "1", Email: "anna@example.com"} })
	h.after(24 * time.Hour)
	if len(h.post.sent) != before {
		t.Errorf("a cancellation of theirs is answered by itself: %v", h.post.templates())
	}
	h.sound()
}

// Whoever is in the quarrel does not make the proposal a mistake, no more than they
// drop it; somebody else may.
func TestWhoIsInTheQuarrelDoesNotCancelTheProposal(t *testing.T) {
	h := newHouse(t)
	quarrelled := od.Person{ID: "k9", Name: "Мария Образцова", Role: "approver"}
	cancel := func(p od.Person) od.Action { return od.Action{Name: "cancel", Person: p, Reason: "ошибка"} }
	c := h.byCompany()
	c, err := h.act(c, proposal())
	h.must(err)
	if _, err := h.act(c, cancel(quarrelled)); ruleOf(err) != "reviewer_in_quarrel" {
		t.Errorf("during the cooling-off: %v", err)
	}
	_, err = h.act(c, checklistOf())
	h.must(err)
	h.after(7 * 24 * time.Hour)
	if _, err := h.act(c, cancel(quarrelled)); ruleOf(err) != "approver_in_quarrel" {
		t.Errorf("while approval is asked for: %v", err)
	}
	c, err = h.act(c, cancel(requester))
	h.must(err)
	h.state(c, od.StateCancelled)
}

// An approved parting waits for its own letter: nobody proceeds with what they
// have not been told of.
func TestAnApprovedPartingLeavesByItsLetterOnly(t *testing.T) {
	h := newHouse(t)
	c := h.proposed("17", od.StateParting)
	if _, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed); ruleOf(err) != "move_not_allowed" {
		t.Errorf("the client's word: %v", err)
	}
	if _, err := h.act(c, od.Action{Name: "proceed"}); ruleOf(err) != "move_not_allowed" {
		t.Errorf("a person's: %v", err)
	}
	h.state(c, od.StateParting)
}
