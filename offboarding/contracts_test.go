package offboarding_test

import (
	"testing"

	od "opendoor/offboarding"
)

func (h *house) contract(change func(k *od.ContractRecord)) *od.ContractRecord {
	h.Helper()
	k := &od.ContractRecord{
		ID: od.NewID(), AccountID: h.acc.ID, Number: "12/24", ServiceType: "accounting", NoticeDays: new(14), NoticeClause: "п. 8.2", HandoverDays: new(10),
		Client: od.Client{Name: "Анна Примерова", Email: "client17@example.com"},
	}
	if change != nil {
		change(k)
	}
	h.must(h.desk.AddContract(h.Context(), nil, k, "test"))
	return k
}

func TestAPartingFindsItsContract(t *testing.T) {
	for name, tc := range map[string]struct {
		record func(k *od.ContractRecord)
		found  bool
	}{
		"by the client's e-mail, whatever its case": {func(k *od.ContractRecord) { k.Client.Email = "Client17@Example.com" }, true},
		"by the client's id":                        {func(k *od.ContractRecord) { k.Client.Email, k.Client.ID = "", "1" }, true},
		"by the deal":                               {func(k *od.ContractRecord) { k.Client.Email, k.DealID = "", "17" }, true},
		"not that of somebody else":                 {func(k *od.ContractRecord) { k.Client.Email = "other@example.com" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.contract(tc.record)
			h.lose("17")
			h.work()
			c := h.theCase("17")
			if tc.found && (c.Contract.NoticeDays != 14 || c.Contract.Number != "12/24" || c.Contract.Clause != "п. 8.2" || c.Contract.HandoverDays != 10 || len(c.Flags()) != 0) {
				t.Errorf("%+v", c.Contract)
			}
			if !tc.found && (c.Contract.NoticeDays != od.DefaultNoticeDays || c.Contract.RecordID != nil || len(c.Flags()) != 1) {
				t.Errorf("%+v", c.Contract)
			}
		})
	}
}

func TestTwoContractsThatFitAreNone(t *testing.T) {
	h := newHouse(t)
	h.contract(nil)
	h.contract(func(k *od.ContractRecord) { k.Number = "13/24" })
	h.lose("17")
	h.work()
	if c := h.theCase("17"); c.Contract.RecordID != nil || !c.Contract.Missing {
		t.Errorf("%+v", c.Contract)
	}
}

func TestAContractThatEndedGivesWayToOneThatRuns(t *testing.T) {
	h := newHouse(t)
	h.contract(func(k *od.ContractRecord) { k.EndedOn = "2026-01-31" })
	h.contract(func(k *od.ContractRecord) { k.Number, k.NoticeDays = "13/26", new(0) })
	h.lose("17")
	h.work()
	if c := h.theCase("17"); c.Contract.Number != "13/26" || c.Contract.NoticeDays != 0 || c.Contract.Missing {
		t.Errorf("%+v", c.Contract)
	}
}

func TestACaseOpenedByHandTakesTheTermsOfItsNumber(t *testing.T) {
	h := newHouse(t)
	h.contract(func(k *od.ContractRecord) {
		k.Client.Email = "anna@example.com"
		k.Responsibles = []od.Responsibility{{ID: "7", Name: "Раньше", From: "2024-01-01", To: "2026-10-31"}, {ID: "8", Name: "Теперь", From: "2026-11-01"}}
	})
	c, err := h.desk.Open(h.Context(), nil, od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Анна"}, Contract: od.Contract{Number: " 12/24"}}, "test")
	h.must(err)
	if c.Contract.NoticeDays != 14 || c.Client.Email != "anna@example.com" || c.Responsible.ID != "8" {
		t.Errorf("%+v %+v %+v", c.Contract, c.Client, c.Responsible)
	}
	c, err = h.desk.Open(h.Context(), nil, od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Пётр"}, Contract: od.Contract{Number: "99"}}, "test")
	h.must(err)
	if c.Contract.NoticeDays != od.DefaultNoticeDays || !c.Contract.Missing {
		t.Errorf("a number that nobody recorded: %+v", c.Contract)
	}
}

func TestAContractNumberIsTakenOnce(t *testing.T) {
	h := newHouse(t)
	k := h.contract(nil)
	err := h.desk.AddContract(h.Context(), nil, &od.ContractRecord{AccountID: h.acc.ID, Number: "12/24 "}, "test")
	if rule(err) != "contract_number_taken" {
		t.Errorf("%v", err)
	}
	other := h.contract(func(k *od.ContractRecord) { k.Number = "13/24" })
	_, err = h.desk.ChangeContract(h.Context(), nil, other.ID, 0, "test", func(o *od.ContractRecord) error { o.Number = k.Number; return nil })
	if rule(err) != "contract_number_taken" {
		t.Errorf("%v", err)
	}
	if _, err := h.desk.ChangeContract(h.Context(), nil, k.ID, 1, "test", func(o *od.ContractRecord) error { o.Scope = "больше"; return nil }); err != nil {
		t.Errorf("its own number: %v", err)
	}
	if _, err := h.desk.ChangeContract(h.Context(), nil, k.ID, 1, "test", func(*od.ContractRecord) error { return nil }); !od.IsKind(err, od.KindStale) {
		t.Errorf("a stale version: %v", err)
	}
}

func TestALinkedContractNeverPutsTheLastDayOff(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	c, err := h.desk.Act(h.Context(), nil, c.ID, 0, od.Action{Name: "proceed"}, "test")
	h.must(err)
	promised := c.Dates.EffectiveOn
	long := h.contract(func(k *od.ContractRecord) { k.Client.Email, k.NoticeDays = "x@example.com", new(90) })
	c, err = h.desk.LinkContract(h.Context(), nil, c.ID, long.ID, 0, "test")
	h.must(err)
	if c.Dates.EffectiveOn != promised {
		t.Errorf("the last day moved from %s to %s", promised, c.Dates.EffectiveOn)
	}
	short := h.contract(func(k *od.ContractRecord) { k.Number, k.Client.Email, k.NoticeDays = "1", "x@example.com", new(5) })
	c, err = h.desk.LinkContract(h.Context(), nil, c.ID, short.ID, 0, "test")
	h.must(err)
	if c.Dates.EffectiveOn != od.AddDays(c.Dates.NoticeReceivedOn, 5) {
		t.Errorf("the last day is %s", c.Dates.EffectiveOn)
	}
}
