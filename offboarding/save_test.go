package offboarding_test

import (
	"slices"
	"testing"
	"time"

	od "opendoor/offboarding"
)

var offer = od.Action{Name: "save", Person: reviewer, Proposal: "Назначим постоянного специалиста и будем созваниваться по вторникам"}

// leaves lets a client cancel and say why.
func (h *house) leaves(deal, reason string) *od.Case {
	h.Helper()
	h.lose(deal)
	h.after(time.Hour)
	c, err := h.desk.Answer(h.Context(), nil, h.theCase(deal).ID, od.ActorClient, od.Answer{Reason: reason, Source: "survey"}.Over)
	h.must(err)
	return c
}

func TestOneOfferMayBeMade(t *testing.T) {
	h := newHouse(t)
	c := h.leaves("17", "contact")
	c, err := h.act(c, offer)
	h.must(err)
	h.state(c, od.StateSaving)
	if c.Tracks.Save != od.SaveOffered {
		t.Errorf("the offer is %s", c.Tracks.Save)
	}
	h.work()
	h.sent(od.T01, od.T03, od.T07)
	if _, err := h.act(c, offer); ruleOf(err) == "" {
		t.Error("a second offer was made")
	}
	c, err = h.desk.Choose(t.Context(), c.ID, od.ChoiceStay)
	h.must(err)
	h.state(c, od.StateSaved)
	h.work()
	h.sent(od.T01, od.T03, od.T07, od.T05)
	if c.Tracks.Save != od.SaveAccepted {
		t.Errorf("the offer is %s", c.Tracks.Save)
	}
	// A relapse months later is not met with another offer.
	h.after(100 * 24 * time.Hour)
	h.lose("17")
	h.after(time.Hour)
	again := h.casesOf("17")[0]
	_, err = h.desk.Answer(t.Context(), nil, again.ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
	h.must(err)
	if _, err := h.act(again, offer); ruleOf(err) != "save_not_allowed" {
		t.Errorf("another offer within 180 days: %v", err)
	}
	h.sound()
}

func TestWhenNoOfferIsMade(t *testing.T) {
	tests := map[string]struct {
		before func(h *house, c *od.Case) error
		rule   string
	}{
		"the decision is final": {func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "set_intent", Intent: od.IntentFinal})
			return err
		}, "move_not_allowed"},
		"the client pressed the button to leave": {func(h *house, c *od.Case) error {
			_, err := h.desk.Choose(h.Context(), c.ID, od.ChoiceProceed)
			return err
		}, "move_not_allowed"},
		"the client asked to be left alone": {func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "stop_contact", Reason: "попросил"})
			return err
		}, "asked_to_be_left_alone"},
		"the law holds the case": {func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "legal_hold", Reason: "иск"})
			return err
		}, "legal_hold"},
		"the client is with us": {func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "withdraw"})
			return err
		}, "move_not_allowed"},
		"it was a mistake": {func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "cancel", Reason: "дубль"})
			return err
		}, "move_not_allowed"},
		"nothing speaks against it": {func(*house, *od.Case) error { return nil }, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			c := h.leaves("17", "price")
			h.must(tc.before(h, c))
			_, err := h.act(c, offer)
			if ruleOf(err) != tc.rule {
				t.Errorf("refused by %q, want %q", ruleOf(err), tc.rule)
			}
			h.after(10 * time.Second)
			if sent := slices.Contains(h.post.templates(), od.T07); sent != (tc.rule == "") {
				t.Errorf("T07 was sent: %v", sent)
			}
		})
	}
	h := newHouse(t)
	h.lose("17")
	h.work()
	if _, err := h.act(h.theCase("17"), offer); ruleOf(err) != "reason_unknown" {
		t.Errorf("an offer that answers nothing: %v", err)
	}
}

// Whoever decides while the offer is on its way does not get it.
func TestNobodyIsPersuadedAfterTheDecision(t *testing.T) {
	h := newHouse(t)
	c := h.leaves("17", "price")
	_, err := h.act(c, offer)
	h.must(err)
	h.post.before = func() {
		h.post.before = nil
		_, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
		h.must(err)
	}
	h.after(10 * time.Second)
	if slices.Contains(h.post.templates(), od.T07) {
		t.Error("the offer came after the decision")
	}
	c = h.theCase("17")
	h.state(c, od.StateLeaving)
	if c.Intent != od.IntentFinal || c.IntentSource != od.IntentByClient || c.Tracks.Save != od.SaveDeclined {
		t.Errorf("intent %s by %s, save %s", c.Intent, c.IntentSource, c.Tracks.Save)
	}
	if _, err := h.act(c, od.Action{Name: "set_intent", Intent: od.IntentUndecided}); ruleOf(err) != "client_said_so" {
		t.Errorf("the client's own word is overruled: %v", err)
	}
	h.sound()
}

func TestAnOfferThatIsNotAnsweredHoldsNobody(t *testing.T) {
	for name, tc := range map[string]struct {
		wait time.Duration
		ends time.Duration
	}{"by the clock": {wait: 48 * time.Hour, ends: 48 * time.Hour}, "five business days": {ends: 8 * 24 * time.Hour}} { // 4 November is a holiday
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(a *od.Account) { a.Policy.SaveWait = tc.wait })
			c := h.leaves("17", "price")
			_, err := h.act(c, offer)
			h.must(err)
			h.after(tc.ends - time.Hour)
			h.state(h.theCase("17"), od.StateSaving)
			h.after(2 * time.Hour)
			c = h.theCase("17")
			h.state(c, od.StateLeaving)
			if c.Tracks.Save != od.SaveExpired {
				t.Errorf("the offer is %s", c.Tracks.Save)
			}
			h.sound()
		})
	}
}

func TestADeclinedProposalIsNeverRepeated(t *testing.T) {
	h := newHouse(t)
	c := h.leaves("17", "price")
	_, err := h.act(c, offer)
	h.must(err)
	_, err = h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
	h.must(err)
	_, err = h.act(c, od.Action{Name: "withdraw"})
	if ruleOf(err) != "" {
		t.Fatal(err)
	}
	h.after(200 * 24 * time.Hour)
	second := h.leavesAgain("18", "price")
	if _, err := h.act(second, offer); ruleOf(err) != "proposal_declined_before" {
		t.Errorf("the same words once more: %v", err)
	}
}

// leavesAgain is the same client with another deal.
func (h *house) leavesAgain(deal, reason string) *od.Case {
	h.Helper()
	h.lose(deal, func(d *od.Deal) { d.Client.Email = "client17@example.com" })
	h.after(time.Hour)
	c, err := h.desk.Answer(h.Context(), nil, h.theCase(deal).ID, od.ActorClient, od.Answer{Reason: reason, Source: "survey"}.Over)
	h.must(err)
	return c
}

// A text only suggests: offers are held back until a person has read it, and the
// way out stays as it was.
func TestAFinalWordHoldsOffersBackUntilAPersonReadsIt(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	c, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, od.Answer{
		Reason: "price", Comment: "Решение окончательное, прошу не отговаривать.", Source: "survey",
	}.Over)
	h.must(err)
	if c.Intent != od.IntentUnknown || c.IntentHint == nil || c.IntentHint.Intent != od.IntentFinal || len(c.IntentHint.Evidence) == 0 {
		t.Fatalf("intent %s, hint %+v", c.Intent, c.IntentHint)
	}
	if _, err := h.act(c, offer); ruleOf(err) != "looks_final" {
		t.Errorf("an offer to who seems to have decided: %v", err)
	}
	c, err = h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price", Comment: "Сколько можно! Надоело!", Source: "survey"}.Over)
	h.must(err)
	if c.IntentHint.Intent != od.IntentFinal {
		t.Errorf("a rule lowered a final word to %s", c.IntentHint.Intent)
	}
	_, err = h.act(c, od.Action{Name: "set_intent", Intent: od.IntentUndecided})
	h.must(err)
	_, err = h.act(c, offer)
	h.must(err)
}

// What the client has decided in one parting is decided: a second case is no way
// to ask again, be the first one under way or called a mistake.
func TestASecondCaseIsNoWayToAskAgain(t *testing.T) {
	for name, first := range map[string]struct {
		act  od.Action
		rule string
	}{
		"the decision is final":   {od.Action{Name: "set_intent", Intent: od.IntentFinal}, "decision_final"},
		"they were asked to stay": {od.Action{Name: "save", Proposal: "Меньший объём за меньшую плату"}, "save_not_allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			open := func(number string) *od.Case {
				c, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{
					AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Анна", Email: "anna@example.com"}, Contract: od.Contract{Number: number}, Reason: "price.value",
				}, "key:office")
				h.must(err)
				return c
			}
			one := open("1/24")
			_, err := h.act(one, first.act)
			h.must(err)
			offer := od.Action{Name: "save", Proposal: "Раз в месяц покажем, что сделано"}
			two := open("2/24")
			if _, err := h.act(two, offer); ruleOf(err) != first.rule {
				t.Errorf("while the first is under way: %v", err)
			}
			_, err = h.act(one, od.Action{Name: "cancel", Reason: "ошибка"})
			h.must(err)
			if _, err := h.act(two, offer); ruleOf(err) != first.rule {
				t.Errorf("after the first was called a mistake: %v", err)
			}
		})
	}
}

// A notice that has come says when the handover must begin, before the client is on
// the way out: no offer is made then, and none lasts longer.
func TestNoOfferDelaysTheHandoverOfANoticeThatHasCome(t *testing.T) {
	h := newHouse(t)
	opened := func(name string, noticeDays int) *od.Case {
		c, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{
			AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: name, Email: name + "@example.com"}, Reason: "price",
			Contract:         od.Contract{Number: name, NoticeDays: noticeDays, NoticeKnown: true, HandoverDays: 10},
			NoticeReceivedOn: od.Day(h.clock, h.acc.Location()),
		}, od.ActorSystem)
		h.must(err)
		return c
	}
	if _, err := h.act(opened("near", 10), offer); ruleOf(err) != "handover_must_begin" {
		t.Errorf("an offer when the handover must begin: %v", err)
	}
	c, err := h.act(opened("soon", 12), offer)
	h.must(err)
	h.state(c, od.StateSaving)
	h.after(2 * 24 * time.Hour)
	c, err = h.store.Case(t.Context(), nil, c.ID)
	h.must(err)
	h.state(c, od.StateLeaving)
}
