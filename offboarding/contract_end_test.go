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

// Contracts of clients who parted before a contract ended with its parting are
// ended once; what a person lets run afterwards runs.
func TestContractsOfClientsWhoPartedEarlierAreEndedOnce(t *testing.T) {
	h := newHouse(t)
	ended := func(k *od.ContractRecord) string {
		got, err := h.store.Contract(t.Context(), nil, k.ID)
		h.must(err)
		return got.EndedOn
	}
	runs := func(k *od.ContractRecord) {
		got, err := h.store.Contract(t.Context(), nil, k.ID)
		h.must(err)
		got.EndedOn, got.LapseSeen = "", false
		h.must(h.store.SaveContract(t.Context(), got))
	}
	gone := h.contract(func(k *od.ContractRecord) { k.Number, k.DealID = "1", "17" })
	left := h.parted("17", "price")
	back := h.contract(func(k *od.ContractRecord) { k.Number, k.DealID = "2", "18" })
	returned := h.parted("18", "price")
	_, err := h.desk.Act(t.Context(), nil, returned.ID, 0, od.Action{Name: "return"}, "test")
	h.must(err)
	stays := h.contract(func(k *od.ContractRecord) { k.Number, k.DealID = "3", "19" })
	runs(gone) // as it was before

	h.must(h.learner().Radar(t.Context()))
	if got := ended(gone); got != left.Dates.EffectiveOn {
		t.Errorf("the contract of a client who has gone ended on %q, their last day was %q", got, left.Dates.EffectiveOn)
	}
	if ended(back) != "" || ended(stays) != "" {
		t.Error("a contract ended whose client is with us")
	}
	lines, err := h.store.AuditOf(t.Context(), "contract:"+gone.ID.String())
	h.must(err)
	if n := len(lines); n == 0 || lines[n-1].Kind != "contract.changed" || lines[n-1].Actor != od.ActorSystem {
		t.Errorf("nothing tells of it: %+v", lines)
	}
	runs(gone)
	h.must(h.learner().Radar(t.Context()))
	if ended(gone) != "" {
		t.Error("a person has let the contract run, and it was ended again")
	}
	h.sound()
}
