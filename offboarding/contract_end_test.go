package offboarding_test

import (
	"testing"

	od "opendoor/offboarding"
)

func TestAContractIsOverWhenItsClientHasPartedAndRunsAgainWhenTheyAreBack(t *testing.T) {
	h := newHouse(t)
	k := h.contract(func(k *od.ContractRecord) { k.DealID, k.LastTwoWayAt = "17", h.clock })
	c := h.parted("17", "price")
	h.clock = h.clock.AddDate(0, 0, 120)
	tasks := len(h.crm.tasks)
	h.must(h.learner().Radar(h.Context()))
	h.work()
	for _, text := range h.crm.taskTexts()[tasks:] {
		if text == od.NudgeSilence || text == od.NudgeSilence2 || text == od.NudgeSnapshot {
			t.Errorf("somebody is asked to %q of a client who has parted", text)
		}
	}
	over, err := h.store.Contract(h.Context(), nil, k.ID)
	h.must(err)
	if over.EndedOn != c.Dates.EffectiveOn || over.EndedOn == "" {
		t.Errorf("the contract ended on %q, the last day was %q", over.EndedOn, c.Dates.EffectiveOn)
	}
	if _, err := h.desk.Act(h.Context(), nil, c.ID, 0, od.Action{Name: "return"}, "test"); err != nil {
		t.Fatal(err)
	}
	back, err := h.store.Contract(h.Context(), nil, k.ID)
	h.must(err)
	if back.EndedOn != "" || !back.LastTwoWayAt.Equal(h.clock) {
		t.Errorf("the client is back, the contract ended on %q", back.EndedOn)
	}
	h.sound()
}

func TestAnEndThatWasKnownBeforeThePartingStays(t *testing.T) {
	h := newHouse(t)
	k := h.contract(func(k *od.ContractRecord) { k.DealID, k.EndedOn = "17", "2026-01-31" })
	c := h.parted("17", "price")
	_, err := h.desk.Act(h.Context(), nil, c.ID, 0, od.Action{Name: "return"}, "test")
	h.must(err)
	if got, err := h.store.Contract(h.Context(), nil, k.ID); err != nil || got.EndedOn != "2026-01-31" {
		t.Errorf("%+v, %v", got, err)
	}
}
