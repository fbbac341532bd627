package offboarding_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func TestTheCRMIsToldWhatHappens(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Second)
	c := h.theCase("17")
	if v, ok := h.crm.card(od.FieldState); !ok || v.Option != "listening" {
		t.Errorf("the card's state is %+v", v)
	}
	if v, _ := h.crm.card(od.FieldCaseURL); v.Text != publicURL+"/api/v1/cases/"+c.ID.String() {
		t.Errorf("the card's link is %q", v.Text)
	}
	if tags := h.crm.cards[0].Tags; !slices.Equal(tags, []string{od.TagLeaving}) {
		t.Errorf("tags %v", tags)
	}
	if got := h.crm.taskTexts(); !slices.Equal(got, []string{"call"}) || h.crm.tasks[0].ResponsibleID != "5" || !h.crm.tasks[0].Due.Equal(c.Dates.CallBy) {
		t.Errorf("tasks %+v", h.crm.tasks)
	}
	if c.CRM.NoteRef != "note-1" || c.CRM.TaskRef != "task-1" {
		t.Errorf("references %q, %q", c.CRM.NoteRef, c.CRM.TaskRef)
	}
	_, err := h.act(c, od.Action{Name: "proceed"})
	h.must(err)
	h.after(time.Second)
	if last := len(h.crm.refs) - 1; h.crm.refs[last] != "note-1" || !strings.HasSuffix(h.crm.notes[last], "summary: leaving") {
		t.Errorf("the note is not edited in place: %v %v", h.crm.refs, h.crm.notes)
	}
	if v, ok := h.crm.card(od.FieldEffectiveOn); !ok || v.Day != "2026-12-03" {
		t.Errorf("the last day on the card is %+v", v)
	}
	if v, ok := h.crm.card(od.FieldHandover); !ok || v.Option != "collecting" {
		t.Errorf("the handover on the card is %+v", v)
	}
	h.sound()
}

func TestChangesThatComeTogetherAreToldTogether(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	for _, a := range []od.Action{{Name: "set_intent", Intent: od.IntentUndecided}, {Name: "pause"}, {Name: "resume"}, {Name: "proceed"}} {
		_, err := h.act(c, a)
		h.must(err)
	}
	h.after(time.Second)
	if len(h.crm.cards) != 1 || len(h.crm.notes) != 1 {
		t.Errorf("%d cards and %d notes for one second", len(h.crm.cards), len(h.crm.notes))
	}
	if v, _ := h.crm.card(od.FieldState); v.Option != "leaving" {
		t.Errorf("the card shows %q, not the newest state", v.Option)
	}
}

func TestTheComplaintOfAClientIsNotShownToWhomItIsAbout(t *testing.T) {
	for _, reason := range []string{"people", "people.rude"} {
		h := newHouse(t)
		h.lose("17")
		h.after(time.Hour)
		_, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, od.Answer{Reason: reason, Source: "survey"}.Over)
		h.must(err)
		h.after(time.Second)
		for i, card := range h.crm.cards {
			for _, v := range card.Fields {
				hidden := slices.Contains([]string{od.FieldReason, od.FieldReason2, od.FieldCause, od.FieldService}, v.Code)
				if hidden && i == len(h.crm.cards)-1 && v.Plain() != "" || strings.Contains(v.Option+v.Text, "people") {
					t.Errorf("the card shows %+v", v)
				}
			}
		}
		c := h.theCase("17")
		if c.Reason.Code != reason || !c.Shielded() {
			t.Errorf("the reason itself is %+v", c.Reason)
		}
	}
	destroyer := &od.Case{Cause: "destroyer", Reason: od.StatedReason{Code: "other.text"}}
	if !destroyer.Shielded() {
		t.Error("the cause destroyer is shown")
	}
}

func TestTagsFollowTheState(t *testing.T) {
	want := map[od.State]string{
		od.StateReceived: od.TagLeaving, od.StateListening: od.TagLeaving, od.StateSaving: od.TagLeaving, od.StateParting: od.TagLeaving, od.StateLeaving: od.TagLeaving,
		od.StateSaved: od.TagStayed, od.StateSavedConfirmed: od.TagStayed, od.StateParted: od.TagParted, od.StateInTouch: od.TagParted,
		od.StateClosed: od.TagParted, od.StateReturned: od.TagReturned,
	}
	for _, s := range od.States {
		card := od.CardOf(&od.Case{State: s}, "")
		if got := strings.Join(card.Tags, ","); got != want[s] {
			t.Errorf("%s: tags %q, want %q", s, got, want[s])
		}
	}
}

func TestEveryValueOfACardHasAFieldAndAnOption(t *testing.T) {
	seven := 7
	options := map[string][]string{}
	for _, f := range od.CardFields() {
		if f.Names[od.RU] == "" || f.Names[od.EN] == "" {
			t.Errorf("%s is not named in both languages", f.Code)
		}
		options[f.Code] = nil
		for _, o := range f.Options {
			if o.Names[od.RU] == "" || o.Names[od.EN] == "" {
				t.Errorf("%s of %s is not named in both languages", o.Code, f.Code)
			}
			options[f.Code] = append(options[f.Code], o.Code)
		}
	}
	for _, s := range od.States {
		for _, reason := range []string{"contact", "agreement.damage", "reputation", "price.budget", "need", "fit", "other.no_answer"} {
			c := &od.Case{
				State: s, Reason: od.StatedReason{Code: reason}, Answer: &od.Answer{NPS: &seven},
				Dates: od.Dates{EffectiveOn: "2026-12-03"}, Tracks: od.Tracks{Handover: od.HandoverDisputed, Settlement: od.SettlementDisputed},
				Initiator: od.ByLapse, Intent: od.IntentVenting, Cause: "broken_terms", ServiceRelated: od.ServicePartly,
			}
			for _, v := range od.CardOf(c, publicURL).Fields {
				known, ok := options[v.Code]
				if !ok || v.Option != "" && !slices.Contains(known, v.Option) {
					t.Errorf("%s %q is not among the fields that setup creates", v.Code, v.Option)
				}
			}
		}
	}
}

func TestACRMThatIsAwayCostsTimeOnly(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	h.crm.fail = od.Unavailable("502", nil)
	h.after(time.Second)
	back, err := h.store.WriteBackOf(t.Context(), scopeOf(h.theCase("17").ID))
	if err != nil || back[h.theCase("17").ID] != od.WriteBackPending {
		t.Errorf("%v, %v", back, err)
	}
	h.after(time.Hour)
	h.sent(od.T01, od.T03) // letters do not wait for it
	h.crm.fail = nil
	h.after(3 * time.Second)
	if len(h.crm.cards) != 1 || len(h.crm.notes) != 1 || len(h.crm.tasks) != 1 {
		t.Errorf("%d cards, %d notes, %d tasks", len(h.crm.cards), len(h.crm.notes), len(h.crm.tasks))
	}
	h.sound()
}

func TestADealThatIsGoneIsNotWrittenTo(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	h.crm.fail = od.ErrGone
	h.after(time.Second)
	back, err := h.store.WriteBackOf(t.Context(), scopeOf(h.theCase("17").ID))
	if err != nil || back[h.theCase("17").ID] != od.WriteBackFailed {
		t.Errorf("%v, %v", back, err)
	}
	h.sound()
}

func TestAFenceThatShutsBeforeAWriteIsHeeded(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	h.crm.before = func() {
		h.crm.before = nil
		h.must(od.PauseSending(t.Context(), h.store, "stop", "key:office"))
	}
	tasks := len(h.crm.tasks)
	h.clock = h.clock.Add(time.Second)
	rung, err := h.store.RingDue(t.Context(), h.clock, 0, 100, od.Room{Reading: 100, Writing: 100, Elsewhere: 100})
	h.must(err)
	for _, r := range rung {
		ef, err := h.store.Claim(t.Context(), r.ID, h.clock, time.Minute)
		h.must(err)
		if err := h.do(ef); err == nil {
			t.Errorf("%s was written", ef.Kind)
		}
	}
	if len(h.crm.cards)+len(h.crm.notes)+len(h.crm.tasks) != tasks {
		t.Error("something was written after all sending was stopped")
	}
}

func TestADismissedManagerGetsNoTask(t *testing.T) {
	h := newHouse(t)
	h.lose("17", func(d *od.Deal) { d.Responsible.Inactive = true })
	h.work()
	if len(h.crm.tasks) != 1 || h.crm.tasks[0].ResponsibleID != "" {
		t.Errorf("%+v", h.crm.tasks)
	}
}

// signedHook lets a signed statement of a generic source arrive.
func (h *house) signedHook(kind, dealID, to string) {
	h.Helper()
	outcome := map[string]od.Outcome{od.ClaimCancelled: od.OutcomeLost, od.ClaimReturned: od.OutcomeWon}[kind]
	h.hook(od.DealStageChanged, dealID, od.Hint{OccurredAt: h.clock, Signed: &od.SignedClaim{Type: kind, WriteBackURL: to, Deal: od.Deal{
		ID: dealID, Title: "Договор", Outcome: outcome, MovedAt: h.clock, Client: od.Client{ID: "1", Name: "Анна", Email: "client@example.com"},
	}}})
}

func TestAGenericSourceIsToldTheResults(t *testing.T) {
	h := newHouse(t, func(a *od.Account) { a.Provider = od.Generic })
	h.signedHook(od.ClaimCancelled, "17", "https://example.com/own")
	h.after(time.Hour)
	_, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, od.Answer{Reason: "price", Comment: "дорого", Source: "survey"}.Over)
	h.must(err)
	h.results.fail = od.Unavailable("503", nil)
	h.work()
	h.results.fail = nil
	h.after(3 * time.Second)
	for _, a := range []od.Action{{Name: "record_letter", ReceivedOn: "2026-10-01"}, {Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded}} {
		_, err := h.act(h.theCase("17"), a)
		h.must(err)
	}
	h.work()
	h.clock = h.clock.Add(24 * time.Hour)
	h.signedHook(od.ClaimReturned, "17", "")
	h.work()
	h.state(h.theCase("17"), od.StateReturned)
	var types []string
	for i, b := range h.results.bodies {
		types = append(types, b["type"].(string))
		if h.results.urls[i] != "https://example.com/own" {
			t.Errorf("%s went to %s", b["type"], h.results.urls[i])
		}
	}
	if want := []string{od.ResultOpened, od.ResultAnswered, od.ResultParted, od.ResultReturned}; !slices.Equal(types, want) {
		t.Errorf("told %v, want %v", types, want)
	}
	if b := h.results.bodies[1]; b["reason"] != "price" || b["comment"] != "дорого" || b["case_no"] == nil {
		t.Errorf("%v", b)
	}
	slices.Sort(h.results.ids)
	if len(slices.Compact(h.results.ids)) != 4 || len(h.crm.cards)+len(h.crm.tasks) != 0 {
		t.Error("two results share an id, or a card was written")
	}
	h.sound()
}

func TestAResultShieldsAComplaintToo(t *testing.T) {
	h := newHouse(t, func(a *od.Account) { a.Provider = od.Generic })
	h.signedHook(od.ClaimCancelled, "17", "")
	h.after(time.Hour)
	_, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, od.Answer{Reason: "people.rude", Comment: "грубили", Source: "survey"}.Over)
	h.must(err)
	h.work()
	b := h.results.bodies[len(h.results.bodies)-1]
	if b["type"] != od.ResultAnswered || b["reason"] != nil || b["comment"] != nil {
		t.Errorf("%v", b)
	}
	if h.results.urls[0] != h.acc.BaseURL {
		t.Errorf("without an address of its own it went to %s", h.results.urls[0])
	}
}
