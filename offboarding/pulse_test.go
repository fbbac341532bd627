package offboarding_test

import (
	"log/slog"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func (h *house) pulseContract(change ...func(k *od.ContractRecord)) *od.ContractRecord {
	h.Helper()
	h.crm.deals["17"] = &od.Deal{ID: "17"}
	k := &od.ContractRecord{
		AccountID: h.acc.ID, Number: od.NewID().String(), DealID: "17", Client: od.Client{Name: "Анна Примерова", Email: "anna@example.com"},
		Responsibles: []od.Responsibility{{ID: "5", Name: "Мария Образцова", From: "2025-01-01"}},
	}
	for _, fn := range change {
		fn(k)
	}
	h.must(h.desk.AddContract(h.Context(), nil, k, "test"))
	return k
}

func TestAPulseIsKeptAndAWorryingOneIsATask(t *testing.T) {
	h := newHouse(t, func(a *od.Account) {
		a.Policy.Manager = od.Responsible{ID: "9", Name: "Ольга Директорова"}
	})
	nine, four := 9, 4
	for _, tc := range []struct {
		mark *int
		text string
		task bool
		to   string
	}{
		{&nine, "всё нравится", false, ""},
		{&four, "", true, "5"},
		{nil, "хотелось бы отвечать быстрее", true, "5"},
		{&nine, "Решение окончательное, уходим к другим", true, "5"},
		{&nine, "Мне сказали, что вы теряете документы", true, "5"},
		{&nine, "Мария Образцова грубит по телефону", true, "9"},
		{&nine, "Спасибо, Мария Образцова всегда на связи", false, ""},
		{&four, "С Марией Образцовой стало трудно говорить", true, "9"},
	} {
		h.clock = h.clock.AddDate(0, 0, 7)
		k := h.pulseContract()
		before := len(h.crm.tasks)
		_, task, err := h.desk.Pulse(t.Context(), nil, k.ID, tc.mark, tc.text, od.ActorClient)
		h.must(err)
		h.work()
		if task != tc.task || (len(h.crm.tasks) > before) != tc.task {
			t.Errorf("%q is a task: %v", tc.text, task)
			continue
		}
		if tc.task && h.crm.tasks[before].ResponsibleID != tc.to {
			t.Errorf("%q goes to %s, want %s", tc.text, h.crm.tasks[before].ResponsibleID, tc.to)
		}
		kept, err := h.store.PulsesOf(t.Context(), k.ID, od.Page{Limit: 10})
		h.must(err)
		if len(kept) != 1 || kept[0].Text != tc.text || kept[0].By != od.ActorClient {
			t.Errorf("%+v", kept)
		}
		if now, err := h.store.Contract(t.Context(), nil, k.ID); err != nil || !now.LastTwoWayAt.Equal(h.clock) {
			t.Errorf("an answer is no contact: %v, %v", now, err)
		}
	}
	h.sound()
}

func TestThePulseHasAnAddressForAQuarter(t *testing.T) {
	h := newHouse(t)
	k := h.pulseContract()
	first, until, err := h.desk.PulseLink(t.Context(), nil, k.ID)
	h.must(err)
	again, _, err := h.desk.PulseLink(t.Context(), nil, k.ID)
	h.must(err)
	if again != first {
		t.Error("the address changes within a quarter")
	}
	v, err := h.desk.VisitPulse(t.Context(), first)
	h.must(err)
	if v.Contract.ID != k.ID || v.Expired {
		t.Errorf("%+v", v)
	}
	for _, token := range []string{"x", h.keys.LinkToken(od.PurposePulse, k.ID, "2020-Q1"), h.keys.LinkToken(od.PurposeSurvey, k.ID, "2026-Q4")} {
		if _, err := h.desk.VisitPulse(t.Context(), token); !od.IsKind(err, od.KindNotFound) {
			t.Errorf("a token that was never given: %v", err)
		}
	}
	h.clock = until
	if v, err = h.desk.VisitPulse(t.Context(), first); err != nil || !v.Expired {
		t.Errorf("%+v, %v", v, err)
	}
	if next, _, err := h.desk.PulseLink(t.Context(), nil, k.ID); err != nil || next == first {
		t.Errorf("the next quarter has the same address: %v", err)
	}
	over := h.pulseContract(func(k *od.ContractRecord) { k.EndedOn = "2026-01-01" })
	if _, _, err := h.desk.PulseLink(t.Context(), nil, over.ID); rule(err) != "contract_over" {
		t.Errorf("a contract that is over: %v", err)
	}
}

func TestAContractWithoutAFreshInventoryIsReminded(t *testing.T) {
	h := newHouse(t)
	h.pulseContract(func(k *od.ContractRecord) {
		days := 30
		k.NoticeDays, k.NoticeClause, k.HandoverDays = &days, "п. 7.1", &days
	})
	learner := od.NewLearner(h.store, h.desk, func() time.Time { return h.clock }, slog.New(slog.DiscardHandler))
	look := func() int {
		h.must(learner.Radar(t.Context()))
		h.work()
		return count(h.crm.taskTexts(), od.NudgeSnapshot)
	}
	if n := look(); n != 0 {
		t.Errorf("%d reminders in the quarter of the contract's record", n)
	}
	h.clock = time.Date(2027, 1, 20, 9, 0, 0, 0, time.UTC) // the quarter is over, nobody has listed anything
	look()
	if n := look(); n != 1 {
		t.Errorf("%d reminders in one quarter", n)
	}
}
