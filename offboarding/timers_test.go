package offboarding_test

import (
	"testing"
	"time"

	od "opendoor/offboarding"
)

func TestSilenceIsAnAnswer(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	h.after(240*time.Hour - time.Second)
	h.state(h.theCase("17"), od.StateListening)
	h.after(time.Second)
	c := h.theCase("17")
	h.state(c, od.StateLeaving)
	if c.Tracks.Survey != od.SurveyExpired || c.Reason != (od.StatedReason{Code: "other.no_answer", Source: "survey"}) {
		t.Errorf("the survey is %s, the reason %+v", c.Tracks.Survey, c.Reason)
	}
	if c.Dates.NoticeReceivedOn != "2026-11-03" || c.Dates.EffectiveOn != "2026-12-03" || !c.Dates.DecidedAt.Equal(h.clock) {
		t.Errorf("the notice counts from the day on which it came: %+v", c.Dates)
	}
	if c.Tracks.Notice != od.NoticeRunning || c.Tracks.Handover != od.HandoverCollecting || c.Tracks.Settlement != od.SettlementDraft || c.Tracks.Save != od.SaveNotAllowed {
		t.Errorf("the way out is not open: %+v", c.Tracks)
	}
	h.sound()
}

// The ten days must not be lost when the survey leaves in the very second in
// which the case opened.
func TestASurveyWithoutDelayExpiresToo(t *testing.T) {
	h := newHouse(t, func(a *od.Account) { a.Policy.SurveyDelay = 0 })
	h.lose("17")
	h.work()
	h.sent(od.T01, od.T03)
	h.after(240 * time.Hour)
	h.state(h.theCase("17"), od.StateLeaving)
}

func TestAnAnswerDoesNotHoldTheClient(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	_, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
	h.must(err)
	h.after(240 * time.Hour)
	c := h.theCase("17")
	h.state(c, od.StateLeaving)
	if c.Tracks.Survey != od.SurveyAnswered || c.Reason.Code != "price" {
		t.Errorf("what was answered is gone: %s, %+v", c.Tracks.Survey, c.Reason)
	}
}

// A pause holds letters. Should the person who paused the case never come back,
// the client still goes.
func TestAPauseHoldsNobody(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	_, err := h.act(h.theCase("17"), od.Action{Name: "pause"})
	h.must(err)
	h.after(300 * time.Hour)
	h.state(h.theCase("17"), od.StateLeaving)
}

func TestASaveCountsAfterThirtyDays(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceStay)
	h.must(err)
	h.after(30*24*time.Hour - time.Second)
	h.state(h.theCase("17"), od.StateSaved)
	h.after(time.Second)
	h.state(h.theCase("17"), od.StateSavedConfirmed)
	h.sound()
}

func TestARelapseWithinThirtyDaysIsACaseOfItsOwn(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	first := h.theCase("17")
	_, err := h.desk.Choose(t.Context(), first.ID, od.ChoiceStay)
	h.must(err)
	h.after(10 * 24 * time.Hour)
	h.lose("17")
	h.work()
	all := h.casesOf("17")
	if len(all) != 2 || all[0].RelapseOf == nil || *all[0].RelapseOf != first.ID || all[0].Tracks.Save != od.SaveNotAllowed {
		t.Fatalf("%d cases, the newest %+v", len(all), all[0])
	}
	h.after(25 * 24 * time.Hour)
	h.state(h.casesOf("17")[1], od.StateSaved)
	h.sound()
}

// However the client cancels again, the save does not count; a cancellation that was
// a mistake takes nothing back.
func TestASaveCountsUnlessTheClientReallyCancelsAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		mistake bool
		want    od.State
	}{"again, told by phone": {want: od.StateSaved}, "a mistake of ours": {mistake: true, want: od.StateSavedConfirmed}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			cancels := func() *od.Case {
				c, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{
					AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Анна", Email: "anna@example.com"}, Contract: od.Contract{Number: "12/24"},
				}, od.ActorSystem)
				h.must(err)
				return c
			}
			first := cancels()
			_, err := h.desk.Choose(t.Context(), first.ID, od.ChoiceStay)
			h.must(err)
			for range 2 {
				h.after(10 * 24 * time.Hour)
				again := cancels()
				if again.RelapseOf == nil || *again.RelapseOf != first.ID {
					t.Fatalf("a relapse is not known as one: %v", again.RelapseOf)
				}
				if !tc.mistake {
					break
				}
				_, err := h.act(again, od.Action{Name: "cancel", Reason: "дубль"})
				h.must(err)
			}
			h.after(25 * 24 * time.Hour)
			first, err = h.store.Case(t.Context(), nil, first.ID)
			h.must(err)
			h.state(first, tc.want)
			h.sound()
		})
	}
}

func TestATimerOfACaseThatHasMovedOnChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	_, err := h.act(c, od.Action{Name: "cancel", Reason: "дубль"})
	h.must(err)
	late := od.NewEffect(h.acc.ID, &c.ID, od.EffectTimer, "timer:late", h.clock, od.TimerPayload{Name: od.TimerSurveyExpires})
	err = h.store.AddEffects(t.Context(), []od.Effect{late})
	h.must(err)
	h.work()
	h.state(h.theCase("17"), od.StateCancelled)
	ef, err := h.store.EffectByKey(t.Context(), "timer:late")
	if err != nil || ef.State != od.EffectSent || ef.Reason == "" {
		t.Errorf("the timer is %+v, %v", ef, err)
	}
}
