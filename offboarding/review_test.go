package offboarding_test

import (
	"log/slog"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// parted is a case that has ended, with the given reason.
func (h *house) parted(deal, reason string) *od.Case {
	h.Helper()
	h.lose(deal)
	h.work()
	id := h.theCase(deal).ID
	for _, a := range []od.Action{
		{Name: "record_answer", Answer: od.Answer{Reason: reason, Source: "manager"}},
		{Name: "proceed"},
	} {
		_, err := h.desk.Act(h.Context(), nil, id, 0, a, "test")
		h.must(err)
	}
	was := h.clock
	h.clock = h.clock.AddDate(0, 0, 40)
	c, err := h.desk.Act(h.Context(), nil, id, 0, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded}, "test")
	h.must(err)
	h.clock = was
	return c
}

func (h *house) learner() *od.Learner {
	return od.NewLearner(h.store, h.desk, func() time.Time { return h.clock }, slog.New(slog.DiscardHandler))
}

func (h *house) write(c *od.Case, ch od.ReviewChange) *od.Review {
	h.Helper()
	r, err := h.desk.WriteReview(h.Context(), nil, c.ID, 0, ch, writer, "key:office")
	h.must(err)
	return r
}

func (h *house) complete(c *od.Case) error {
	_, err := h.desk.CompleteReview(h.Context(), nil, c.ID, 0, writer, "key:office")
	return err
}

func TestEveryLossIsReviewedWithinTenBusinessDays(t *testing.T) {
	h := newHouse(t)
	h.lose("1")
	h.work()
	if _, err := h.desk.Review(h.Context(), h.theCase("1")); rule(err) != "not_lost" {
		t.Errorf("a review before the parting: %v", err)
	}
	c := h.parted("2", "price.value")
	// It is listed, and asked for, at once.
	if list, err := h.store.ReviewsInScope(h.Context(), od.ReviewFilter{Status: od.ReviewPending}); err != nil || len(list) != 1 || list[0].CaseID != c.ID {
		t.Errorf("%+v, %v", list, err)
	}
	for range 2 { // a second look begins nothing
		_, err := h.learner().Reviews(h.Context())
		h.must(err)
	}
	r, err := h.desk.Review(h.Context(), c)
	h.must(err)
	if r.Version != 1 || r.Status != od.ReviewPending || r.DueOn != h.acc.Calendar().AddDays(od.Day(c.Dates.PartedAt, h.acc.Location()), 10) || r.Stated != "price.value" || r.Quarter != "2026Q4" {
		t.Errorf("%+v", r)
	}
	if left, err := h.store.CasesWithoutReview(h.Context(), 10); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestAReviewSaysEnoughToLearnFrom(t *testing.T) {
	h := newHouse(t)
	c := h.parted("1", "other")
	if rule(h.complete(c)) != "review_incomplete" {
		t.Error("an empty review is done")
	}
	h.write(c, od.ReviewChange{Reason: new("other.text"), Avoidable: new("partly"), Lesson: new("звонить раньше"), Related: new("yes")})
	if rule(h.complete(c)) != "reason_not_recoded" {
		t.Error("«other» is a reason")
	}
	h.write(c, od.ReviewChange{Reason: new("contact.slow")})
	if rule(h.complete(c)) != "measure_required" {
		t.Error("our share has no measure")
	}
	if _, err := h.desk.AddCorrective(h.Context(), nil, c.ID, 0, od.Corrective{Kind: "wish", DueOn: "2020-01-01"}, "x"); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("%v", err)
	}
	r, err := h.desk.AddCorrective(h.Context(), nil, c.ID, 0, od.Corrective{Kind: "fix", What: "отвечать за час", Owner: "Мария", DueOn: "2026-11-30"}, "x")
	h.must(err)
	h.must(h.complete(c))
	c = h.theCase("1")
	if c.Tracks.Review != od.ReviewDone || c.Reason.Code != "contact.slow" || c.Reason.Source != "reviewer" || c.Cause != od.CauseSilence {
		t.Errorf("%+v %+v %s", c.Tracks, c.Reason, c.Cause)
	}
	if rule(h.complete(c)) != "review_done" {
		t.Error("done twice")
	}
	// 90 days after it was done the measure is looked at again.
	m, yes := r.Measures[0], true
	if m.CheckOn != "2027-02-28" {
		t.Errorf("check on %s", m.CheckOn)
	}
	mark := func(done string, works *bool) (*od.Review, error) {
		return h.desk.MarkCorrective(h.Context(), nil, c.ID, 0, m.ID, done, works, "", "x")
	}
	if _, err := mark("", &yes); rule(err) != "measure_not_done" {
		t.Errorf("%v", err)
	}
	r, err = mark("2026-11-03", nil)
	h.must(err)
	if _, err := mark("", &yes); rule(err) != "check_too_early" || r.NextCheck() != "2027-02-01" {
		t.Errorf("%v, %s", err, r.NextCheck())
	}
	h.clock = h.clock.AddDate(0, 0, 91)
	if due, err := h.store.ReviewsToCheck(h.Context(), od.Day(h.clock, time.UTC), 10); err != nil || len(due) != 1 {
		t.Errorf("%v, %v", due, err)
	}
	_, err = h.learner().Reviews(h.Context())
	h.must(err)
	r, err = mark("", &yes)
	h.must(err)
	if r.NextCheck() != "" || !r.Measures[0].Works {
		t.Errorf("%+v", r.Measures)
	}
}

func TestAReviewSaysOnlyWhatCanBe(t *testing.T) {
	h := newHouse(t)
	c := h.parted("1", "price.value")
	for name, ch := range map[string]od.ReviewChange{
		"a reason of level 1 alone":      {Reason: new("contact")},
		"a first sign that lies ahead":   {MissedOn: new("2027-06-01")},
		"a first sign on no day":         {MissedOn: new("весной")},
		"a cause that nobody knows":      {Cause: new("luck")},
		"a share that is neither or nor": {Related: new("maybe")},
	} {
		if _, err := h.desk.WriteReview(h.Context(), nil, c.ID, 0, ch, writer, "key:office"); !od.IsKind(err, od.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who has judged the cause of this very reason is not overruled by a review that
// says nothing about it.
func TestTheCauseFollowsTheReviewedReason(t *testing.T) {
	h := newHouse(t)
	say := od.ReviewChange{Reason: new("need.pause"), Avoidable: new("no"), Lesson: new("нет"), Related: new("no"), Explanation: new("сезон")}
	for deal, judge := range map[string]bool{"1": false, "2": true} {
		c := h.parted(deal, "price.value")
		want := od.CauseNone
		if judge {
			want = od.CauseThirdParty
			_, err := h.desk.Classify(h.Context(), nil, c.ID, 0, od.Classification{Reason: "need.pause", Cause: want, ServiceRelated: od.ServiceNo, Why: "посоветовали"}, "key:office")
			h.must(err)
		}
		h.write(c, say)
		h.must(h.complete(c))
		if c = h.theCase(deal); c.Cause != want {
			t.Errorf("judged %t: %s, want %s", judge, c.Cause, want)
		}
	}
}

func TestAReviewThatContradictsTheClientExplains(t *testing.T) {
	h := newHouse(t)
	c := h.parted("1", "agreement.quality") // usually our share
	h.write(c, od.ReviewChange{Reason: new("agreement.quality"), Avoidable: new("no"), Lesson: new("нет"), Related: new("no")})
	if rule(h.complete(c)) != "contradiction_unexplained" {
		t.Error("nobody explains")
	}
	h.write(c, od.ReviewChange{Explanation: new("клиент не передал документы")})
	h.must(h.complete(c))
}

func TestThreeOfAKindOrderOneSystemicMeasure(t *testing.T) {
	h := newHouse(t, func(a *od.Account) {
		a.Policy.Manager = od.Responsible{ID: "9", Name: "Ольга Директорова"}
	})
	for i, deal := range []string{"1", "2", "3", "4"} {
		c := h.parted(deal, "price.cheaper")
		h.write(c, od.ReviewChange{Reason: new("price.cheaper"), Avoidable: new("no"), Lesson: new("цена"), Related: new("no")})
		h.must(h.complete(c))
		list, err := h.store.SystemicInScope(h.Context(), od.SystemicFilter{})
		h.must(err)
		if want := min(max(i-1, 0), 1); len(list) != want {
			t.Fatalf("after %d reviews there are %d systemic measures", i+1, len(list))
		}
	}
	h.clock = h.clock.AddDate(0, 0, 41)
	for range 8 { // entries of one card go one after the other
		h.after(time.Minute)
	}
	if n := count(h.crm.taskTexts(), "systemic"); n != 1 {
		t.Errorf("the manager is told %d times", n)
	}
	m, err := h.store.SystemicInScope(h.Context(), od.SystemicFilter{})
	h.must(err)
	if _, err := h.desk.ChangeSystemic(h.Context(), nil, m[0].ID, 0, "", "", "", "done", "x"); rule(err) != "owner_required" {
		t.Errorf("%v", err)
	}
	if got, err := h.desk.ChangeSystemic(h.Context(), nil, m[0].ID, 1, "Мария", "", "новый тариф", "done", "x"); err != nil || got.Version != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSilenceIsHeardBeforeALoss(t *testing.T) {
	for name, tc := range map[string]struct {
		days, rhythm int
		tasks        int
	}{
		"59 days":                           {59, 0, 0},
		"60 days":                           {60, 0, 1},
		"99 days of a monthly client":       {99, 30, 1},
		"100 days":                          {100, 0, 2},
		"100 days of a client of quarters":  {100, 90, 0},
		"135 days of a client of quarters":  {135, 90, 1},
		"225 days of a client of quarters":  {225, 90, 2},
		"a weekly client has 60 days still": {59, 7, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.crm.deals["77"] = &od.Deal{ID: "77"}
			h.contract(func(k *od.ContractRecord) {
				k.DealID, k.RhythmDays, k.LastTwoWayAt = "77", tc.rhythm, h.clock.AddDate(0, 0, -tc.days)
			})
			for range 2 {
				h.must(h.learner().Radar(h.Context()))
				h.work()
			}
			if len(h.crm.tasks) != tc.tasks {
				t.Errorf("%d tasks: %v", len(h.crm.tasks), h.crm.taskTexts())
			}
		})
	}
}

func TestWhoFadedAwayWithoutAContractIsALapse(t *testing.T) {
	h := newHouse(t)
	h.contract(func(k *od.ContractRecord) {
		k.EndedOn, k.LastTwoWayAt, k.Client.Email = "2026-06-30", h.clock.AddDate(0, 0, -120), "faded@example.com"
	})
	h.contract(func(k *od.ContractRecord) { k.Number, k.Client.Email = "2", "unknown@example.com" }) // when we last talked is not known
	for range 3 {
		h.must(h.learner().Radar(h.Context()))
	}
	all, err := h.store.CasesInScope(h.Context(), od.CaseFilter{})
	h.must(err)
	if len(all) != 1 || all[0].Initiator != od.ByLapse || all[0].Client.Email != "faded@example.com" {
		t.Errorf("%d cases", len(all))
	}
}

func TestALowMarkIsATaskWithinTwoBusinessHours(t *testing.T) {
	h := newHouse(t)
	h.crm.deals["77"] = &od.Deal{ID: "77"}
	k := h.contract(func(k *od.ContractRecord) { k.DealID = "77" })
	pulse := func(mark *int, text string) bool {
		_, task, err := h.desk.Pulse(h.Context(), nil, k.ID, mark, text, "test")
		h.must(err)
		h.work()
		return task
	}
	if pulse(new(7), "всё хорошо") || len(h.crm.tasks) != 0 {
		t.Error("a good mark is a task")
	}
	h.clock = time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC) // 17:00 in Moscow, before a holiday
	if !pulse(new(6), "") || len(h.crm.tasks) != 1 {
		t.Fatal("a low mark is no task")
	}
	if want := time.Date(2026, 11, 5, 8, 0, 0, 0, time.UTC); !h.crm.tasks[0].Due.Equal(want) {
		t.Errorf("due %s, want %s", h.crm.tasks[0].Due, want)
	}
	if _, _, err := h.desk.Pulse(h.Context(), nil, k.ID, new(11), "", "test"); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("%v", err)
	}
	if all, err := h.store.CasesInScope(h.Context(), od.CaseFilter{}); err != nil || len(all) != 0 {
		t.Error("a pulse opens a case")
	}
}
