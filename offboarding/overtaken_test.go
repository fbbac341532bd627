package offboarding_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// proposed is a proposal of ours on a deal, gone as far as the state says.
func (h *house) proposed(dealID string, to od.State) *od.Case {
	h.Helper()
	d := &od.Deal{
		ID: dealID, Title: "Договор " + dealID, Pipeline: od.Named{ID: "8"}, Stage: od.Named{ID: "10"}, Outcome: od.OutcomeOpen,
		Client:      od.Client{ID: "1", Name: "Анна Примерова", Email: "client" + dealID + "@example.com"},
		Responsible: od.Responsible{ID: "5", Name: "Мария Образцова", Email: "manager@example.com"},
		CreatedAt:   tuesday.Add(-time.Hour), UpdatedAt: h.clock,
	}
	h.crm.deals[dealID] = d
	c := h.byCompany(func(r *od.NewCaseRequest) { r.DealID, r.Client = dealID, od.Client{} })
	for _, step := range []struct {
		from od.State
		act  od.Action
	}{{od.StateProposed, proposal()}, {od.StateCoolingOff, checklistOf()}, {od.StateApproval, approval(approver)}} {
		if c.State == to {
			return c
		}
		var err error
		c, err = h.act(c, step.act)
		h.must(err)
		if step.from == od.StateCoolingOff {
			h.after(7 * 24 * time.Hour)
			c, err = h.store.Case(h.Context(), nil, c.ID)
			h.must(err)
		}
	}
	h.state(c, to)
	return c
}

// Whoever cancels does not wait until somebody has approved what we discuss among
// ourselves, on whatever way their word comes: they get a parting of their own, and
// our proposal gives way.
func TestACancellationOnTheDealOfAProposalOpensTheClientsOwnParting(t *testing.T) {
	robot := func(h *house) {
		h.crm.deals["17"].UpdatedAt = h.clock
		h.hook(od.DealStageChanged, "17", od.Hint{Robot: true, Start: true, OccurredAt: h.clock})
	}
	poll := func(h *house) { // which is a delivery like others, but names no stage from which the deal came
		d := h.crm.deals["17"]
		d.Stage, d.Outcome, d.MovedAt, d.UpdatedAt = od.Named{ID: "LOSE", Name: "Отказ"}, od.OutcomeLost, h.clock, h.clock
		h.hook(od.DealStageChanged, "17", od.Hint{To: &od.StageRef{PipelineID: "8", StageID: "LOSE"}, OccurredAt: h.clock})
	}
	signed := func(h *house) { h.signedHook(od.ClaimCancelled, "17", "") }
	byHand := func(h *house) {
		_, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByClient, DealID: "17"}, "key:office")
		h.must(err)
	}
	withoutDeal := func(h *house) {
		_, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{
			AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{ID: "1", Email: "client17@example.com"}, Responsible: od.Responsible{ID: "5"},
		}, "key:office")
		h.must(err)
	}
	tests := map[string]struct {
		provider od.Provider
		in       od.State
		cancels  func(h *house)
	}{
		"a hook while it is proposed":      {od.AmoCRM, od.StateProposed, func(h *house) { h.lose("17") }},
		"a hook while it cools off":        {od.Bitrix24, od.StateCoolingOff, func(h *house) { h.lose("17") }},
		"a hook while it awaits approval":  {od.AmoCRM, od.StateApproval, func(h *house) { h.lose("17") }},
		"a hook while it is only approved": {od.AmoCRM, od.StateParting, func(h *house) { h.lose("17") }},
		"found by the poller":              {od.Bitrix24, od.StateCoolingOff, poll},
		"a signed word":                    {od.Generic, od.StateCoolingOff, signed},
		"a robot":                          {od.Bitrix24, od.StateCoolingOff, robot},
		"by hand with the deal":            {od.AmoCRM, od.StateCoolingOff, byHand},
		"by hand without the deal":         {od.AmoCRM, od.StateCoolingOff, withoutDeal},
		"a hook, and nobody is the manager": {od.AmoCRM, od.StateCoolingOff, func(h *house) {
			h.acc.Policy.Manager = od.Responsible{}
			h.must(h.store.SaveAccount(t.Context(), h.acc))
			h.lose("17")
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(a *od.Account) {
				a.Provider = tt.provider
				a.Policy.Manager = od.Responsible{ID: "9", Name: "Директор", Email: "boss@example.com"}
			})
			ours := h.proposed("17", tt.in)
			h.work()
			h.clock = h.clock.Add(time.Minute)
			tt.cancels(h)
			h.after(2 * time.Hour)
			h.after(time.Minute)
			ours, err := h.store.Case(t.Context(), nil, ours.ID)
			h.must(err)
			h.state(ours, od.StateCancelled)
			if ours.Refusal.DroppedBecause == "" {
				t.Error("nothing says why the proposal was given up")
			}
			all, err := h.store.CasesInScope(t.Context(), od.CaseFilter{Page: od.Page{Limit: 10}})
			h.must(err)
			i := slices.IndexFunc(all, func(c *od.Case) bool { return c.ID != ours.ID })
			if i < 0 || len(all) != 2 {
				t.Fatalf("%d cases of the client", len(all))
			}
			own := all[i]
			h.state(own, od.StateListening)
			if got := h.post.templates(); !slices.Contains(got, od.T01) || !slices.Contains(got, od.T03) {
				t.Errorf("only %v went to the client", got)
			}
			if !slices.Contains(h.kinds(own), "proposal.overtaken") {
				t.Error("the client's case does not tell what it has overtaken")
			}
			if own.CRM.DealID != "" && tt.provider != od.Generic {
				if shown, _ := h.crm.card(od.FieldCaseURL); !strings.Contains(shown.Text, own.ID.String()) {
					t.Errorf("the card shows %s", shown.Text)
				}
				if !slices.ContainsFunc(h.crm.tasks, func(task od.CardTask) bool {
					return strings.Contains(task.Text, "overtaken") && (task.ResponsibleID == "9" || h.acc.Policy.Manager.ID == "")
				}) {
					t.Errorf("no manager is told: %v", h.crm.taskTexts())
				}
			}
			// with whom the client quarrelled does not read first what they say now
			if tt.in != od.StateProposed && own.MayRead(od.Person{ID: "k", Name: "Мария Образцова", Role: "operator"}) {
				t.Error("the one in the quarrel reads what the client says")
			}
			if c, err := h.desk.Choose(t.Context(), own.ID, od.ChoiceProceed); err != nil || c.State != od.StateLeaving {
				t.Errorf("the client does not get out: %v", err)
			}
			h.sound()
		})
	}
}

// A parting of which the client knows stands; a repeated cancellation joins it. So
// does a proposal about another contract of the client's.
func TestWhatIsToldOrAboutAnotherContractDoesNotGiveWay(t *testing.T) {
	h := newHouse(t)
	told := h.proposed("17", od.StateParting)
	_, err := h.act(told, parting)
	h.must(err)
	other := h.proposed("18", od.StateCoolingOff)
	h.clock = h.clock.Add(time.Minute)
	h.lose("17")
	h.after(time.Hour)
	h.state(h.theCase("17"), od.StateLeaving)
	h.state(h.theCase("18"), od.StateCoolingOff)
	if h.theCase("18").ID != other.ID || slices.Contains(h.post.templates(), od.T01) {
		t.Error("a parting of which the client knows has begun anew")
	}
	h.sound()
}
