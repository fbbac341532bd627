package offboarding_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// leftWell loses a deal and lets the parting come to its end; answer, when not
// nil, is what the client said. Offers need no release.
func (h *house) leftWell(deal string, answer *od.Answer) *od.Case {
	h.Helper()
	return h.partWell(deal, answer)
}

func (h *house) partWell(deal string, answer *od.Answer, change ...func(d *od.Deal)) *od.Case {
	h.Helper()
	h.lose(deal, change...)
	h.after(2 * time.Hour)
	if answer != nil {
		_, err := h.desk.Answer(h.Context(), nil, h.theCase(deal).ID, od.ActorClient, answer.Over)
		h.must(err)
	}
	_, err := h.act(h.theCase(deal), od.Action{Name: "proceed"})
	h.must(err)
	h.after(31 * 24 * time.Hour)
	c, err := h.act(h.theCase(deal), od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
	h.must(err)
	h.state(c, od.StateParted)
	h.post.sent = nil
	h.work()
	return h.theCase(deal)
}

// days lets days pass one by one, with everything done that falls due.
func (h *house) days(n int) {
	h.Helper()
	w := h.winback()
	for range n {
		h.clock = h.clock.Add(24 * time.Hour)
		_, err := w.ReleaseDue(h.Context(), 100)
		h.must(err)
		h.work()
	}
}

func (h *house) winback() *od.WinBack {
	return od.NewWinBack(h.store, h.keys, func() time.Time { return h.clock }, nil).Over(h.ways)
}

func (h *house) touches(c *od.Case) []*od.Touch {
	h.Helper()
	all, err := h.store.TouchesOf(h.Context(), c.ID)
	h.must(err)
	return all
}

func automatic(a *od.Account) {
	a.Policy.MarketingRelease, a.Policy.HoldoutPercent = "automatic", 0
}

var leftForPrice = &od.Answer{Reason: "price.cheaper", KeepInTouch: []string{"email"}, Source: "survey"}

func TestThePlanFitsTheReason(t *testing.T) {
	for reason, want := range map[string]string{
		"price.cheaper": "price", "price.value": "silence", "need.in_house": "in_house", "need.pause": "seasonal", "need.closed": od.PlanQuiet,
		"contact.silent": "silence", "agreement.late": "repair", "people.rude": "people", "reputation.heard": "reputation", "need.done": "warm", "": "warm",
	} {
		c := &od.Case{Initiator: od.ByClient, Reason: od.StatedReason{Code: reason}}
		if got := c.PlanFor(); got != want {
			t.Errorf("%q: plan %s, want %s", reason, got, want)
		}
		c.NoContact = true
		if got := c.PlanFor(); got != od.PlanQuiet {
			t.Errorf("%q, to be left alone: plan %s", reason, got)
		}
	}
}

func TestTouchesGoOnTheirDaysAndSayWhyNot(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", leftForPrice)
	if got := h.touches(c); len(got) != 3 || got[0].Plan != "price" || c.Tracks.WinBack != od.WinBackPlanned {
		t.Fatalf("planned %+v, track %s", got, c.Tracks.WinBack)
	}
	h.days(29)
	if got := count(h.post.templates(), od.T15); got != 0 {
		t.Fatal("a touch went before its day")
	}
	h.days(3)
	if got := count(h.post.templates(), od.T15); got != 1 {
		t.Fatalf("%d letters on day 32, want 1; %+v", got, h.touches(c)[0])
	}
	h.state(h.theCase("17"), od.StateInTouch)
	h.days(60)
	offer := h.touches(c)[1]
	if offer.State != od.TouchDropped || offer.Reason == "" || count(h.post.templates(), od.T16) != 0 {
		t.Errorf("an offer without anything that changed is %s: %q", offer.State, offer.Reason)
	}
	h.days(200)
	h.state(h.theCase("17"), od.StateClosed)
	h.sound()
}

func TestAnOfferNeedsConsentAMeasureAndAPerson(t *testing.T) {
	h := newHouse(t, func(a *od.Account) { a.Policy.HoldoutPercent = 0 })
	c := h.leftWell("17", leftForPrice)
	h.days(92)
	offer := h.touches(c)[1]
	if offer.State != od.TouchWaiting {
		t.Fatalf("the offer is %s: %s", offer.State, offer.Reason)
	}
	w := h.winback()
	words := od.ReturnOffer{WhatChanged: "Отчёты теперь приходят до десятого числа.", Terms: "Можем взять только отчётность."}
	if _, err := w.ReleaseOffer(t.Context(), nil, offer.ID, od.ReturnOffer{}, od.Person{Name: "office"}, "key:office"); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("an offer without words: %v", err)
	}
	_, err := w.ReleaseOffer(t.Context(), nil, offer.ID, words, od.Person{Name: "office"}, "key:office")
	h.must(err)
	h.days(2)
	if got := count(h.post.templates(), od.T16); got != 1 {
		t.Errorf("%d offers after the release, want 1: %+v", got, h.touches(c)[1])
	}

	h2 := newHouse(t, automatic)
	c = h2.leftWell("18", &od.Answer{Reason: "price.cheaper", Source: "survey"})
	h2.days(92)
	if offer := h2.touches(c)[1]; offer.State != od.TouchDropped || offer.Reason != "no consent to marketing on this channel" {
		t.Errorf("without consent the offer is %s: %s", offer.State, offer.Reason)
	}
}

func TestAStopStopsEverythingThatWasPlanned(t *testing.T) {
	for name, stop := range map[string]func(h *house, c *od.Case){
		"the client unsubscribes": func(h *house, c *od.Case) {
			h.must(h.desk.Unsubscribe(h.Context(), h.visit(c, od.PurposePreferences), od.Told{Source: "one-click"}))
		},
		"a person stops contact": func(h *house, c *od.Case) {
			_, err := h.act(c, od.Action{Name: "stop_contact", Reason: "попросил по телефону"})
			h.must(err)
		},
		"the client is back": func(h *house, c *od.Case) {
			_, err := h.act(c, od.Action{Name: "return"})
			h.must(err)
		},
		"the address is on the stop list": func(h *house, c *od.Case) {
			_, err := h.winback().Suppress(h.Context(), od.Stop{Person: c.Client.Email, Channel: od.ChannelEmail, Reason: "asked"}, "key:office")
			h.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, automatic)
			c := h.leftWell("17", leftForPrice)
			h.days(1)
			stop(h, h.theCase("17"))
			h.days(370)
			for _, touch := range h.touches(c) {
				if touch.State != od.TouchCancelled || touch.Reason == "" {
					t.Errorf("touch %d is %s: %s", touch.Step, touch.State, touch.Reason)
				}
			}
			if got := h.post.templates(); slices.Contains(got, od.T15) || slices.Contains(got, od.T16) {
				t.Errorf("sent %v after the stop", got)
			}
			h.sound()
		})
	}
}

// One person who left two contracts is one person: the caps count over both.
func TestCapsCountOverAllCasesOfAPerson(t *testing.T) {
	h := newHouse(t, automatic)
	one := func(d *od.Deal) { d.Client.Email = "one@example.com" }
	for _, deal := range []string{"17", "18"} {
		h.lose(deal, one)
	}
	h.after(2 * time.Hour)
	for _, deal := range []string{"17", "18"} {
		_, err := h.act(h.theCase(deal), od.Action{Name: "proceed"})
		h.must(err)
	}
	h.after(31 * 24 * time.Hour)
	for _, deal := range []string{"17", "18"} {
		_, err := h.act(h.theCase(deal), od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
		h.must(err)
	}
	h.work()
	h.post.sent = nil
	var at []time.Time
	for range 400 {
		before := len(h.post.sent)
		h.days(1)
		for range len(h.post.sent) - before {
			at = append(at, h.clock)
		}
	}
	if len(at) < 2 || len(at) > 6 {
		t.Errorf("%d touches within a year, want 2 to 6", len(at))
	}
	for i := 1; i < len(at); i++ {
		if gap := at[i].Sub(at[i-1]); gap < 21*24*time.Hour {
			t.Errorf("only %s between two touches", gap)
		}
	}
	h.sound()
}

func TestAPlanOfTheOperatorIsUsed(t *testing.T) {
	h := newHouse(t, automatic)
	w := h.winback()
	plan, err := w.Plan(t.Context(), "price")
	h.must(err)
	plan.Steps = plan.Steps[:1]
	plan.Steps[0].Day = 3
	_, err = w.SavePlan(t.Context(), plan, "key:admin")
	h.must(err)
	if _, err := w.SavePlan(t.Context(), &od.Plan{Name: "price"}, "key:admin"); !od.IsKind(err, od.KindStale) {
		t.Errorf("a stale version: %v", err)
	}
	if _, err := w.SavePlan(t.Context(), &od.Plan{Name: "price", Version: 1, Steps: []od.Step{{Class: od.StepRelationship, Template: od.T16}}}, "key:admin"); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("an offer that calls itself a relationship: %v", err)
	}
	c := h.leftWell("17", leftForPrice)
	if got := h.touches(c); len(got) != 1 || got[0].DueAt.Sub(c.Dates.PartedAt) > 4*24*time.Hour {
		t.Errorf("touches %+v", got)
	}
}

// What would be held back on its day is refused when it is stored, and said of
// which step and in which language; the plans that ship make no offer.
func TestAGreetingOfAPlanMakesNoOffer(t *testing.T) {
	h := newHouse(t, automatic)
	w := h.winback()
	for _, name := range od.PlanNames() {
		p, err := w.Plan(t.Context(), name)
		h.must(err)
		_, err = w.SavePlan(t.Context(), p, "key:admin")
		h.must(err)
	}
	for lang, text := range map[od.Lang]string{od.RU: "Вернитесь, и мы дадим скидку 20 % на новый договор.", od.EN: "Come back and we will give you a 20 % discount."} {
		p := &od.Plan{Name: "warm", Version: 1, Steps: []od.Step{
			{Day: 14, Class: od.StepCall, What: "touch_personal"},
			{Day: 60, Class: od.StepRelationship, Template: od.T15, Words: map[od.Lang]od.News{lang: {Topic: "Новости", Text: text}}},
		}}
		_, err := w.SavePlan(t.Context(), p, "key:admin")
		e, ok := errors.AsType[*od.Error](err)
		if !ok || e.Kind != od.KindInvalid || e.Fields[0].Field != "steps[1].words."+string(lang) || !strings.Contains(e.Fields[0].Msg, "persuade_after_final") {
			t.Errorf("%s: %v", lang, err)
		}
	}
}

// A touch that waits for the same thing day after day says so once.
func TestATouchThatStillWaitsDoesNotSaySoEveryDay(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", leftForPrice)
	_, err := h.act(c, od.Action{Name: "pause"})
	h.must(err)
	h.days(45)
	moved := count(h.kinds(c), "touch.moved")
	if moved != 1 {
		t.Errorf("said %d times that the first touch waits", moved)
	}
	if got := h.touches(c)[0]; got.State != od.TouchPlanned || !got.DueAt.After(h.clock) {
		t.Errorf("%+v", got)
	}
	_, err = h.act(c, od.Action{Name: "resume"})
	h.must(err)
	h.days(4) // over a weekend
	if got := count(h.post.templates(), od.T15); got != 1 {
		t.Errorf("%d letters after the case was resumed", got)
	}
}
