package offboarding_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

func TestAnAnswerComesInPieces(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	c, nine := h.theCase("17"), 9
	_, err := h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price.cheaper", Source: "survey"}.Over)
	h.must(err)
	c, err = h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{NPS: &nine, Comment: "спасибо", Source: "survey"}.Over)
	h.must(err)
	if a := c.Answer; a.Reason != "price.cheaper" || *a.NPS != 9 || a.Comment != "спасибо" {
		t.Errorf("%+v", a)
	}
	if c.ServiceRelated != od.ServiceNo || c.Cause != "none" {
		t.Errorf("service-related %s, cause %s", c.ServiceRelated, c.Cause)
	}
	c, err = h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{ServiceRelated: od.ServiceYes, Source: "survey"}.Over)
	h.must(err)
	if c.ServiceRelated != od.ServiceYes {
		t.Error("the client's own word about our work does not win")
	}
	h.after(2 * time.Second)
	if n := count(h.crm.taskTexts(), "answered"); n != 1 {
		t.Errorf("%d tasks for three pieces of one answer", n)
	}
	if v, ok := h.crm.card(od.FieldReason); !ok || v.Option != "price" {
		t.Errorf("the card shows %+v", v)
	}
	if v, ok := h.crm.card(od.FieldNPS); !ok || *v.Number != 9 {
		t.Errorf("the card shows %+v", v)
	}
	h.sound()
}

func count(list []string, s string) (n int) {
	for _, v := range list {
		if v == s {
			n++
		}
	}
	return n
}

func TestAnAnswerNeedsAReason(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	for _, reason := range []string{"", "nonsense"} {
		if _, err := h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: reason}.Over); !od.IsKind(err, od.KindInvalid) {
			t.Errorf("the reason %q: %v", reason, err)
		}
	}
	_, err := h.act(c, od.Action{Name: "cancel", Reason: "дубль"})
	h.must(err)
	if _, err := h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price"}.Over); rule(err) != "case_cancelled" {
		t.Errorf("an answer to a mistake: %v", err)
	}
}

func TestACaseThatWasChangedMeanwhileIsNotActedOn(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	for _, a := range []od.Action{{Name: "proceed"}, {Name: "record_answer", Answer: od.Answer{Reason: "price", Source: "manager"}}} {
		if _, err := h.desk.Act(t.Context(), nil, c.ID, c.Version+1, a, "key:office"); !od.IsKind(err, od.KindStale) {
			t.Errorf("%s at a version that is not the case's: %v", a.Name, err)
		}
	}
	if now := h.theCase("17"); now.Version != c.Version {
		t.Error("something was changed")
	}
	if _, err := h.desk.Act(t.Context(), nil, c.ID, c.Version, od.Action{Name: "proceed"}, "key:office"); err != nil {
		t.Error(err)
	}
	if _, err := h.desk.Act(t.Context(), scopeOf(od.NewID()), c.ID, 0, od.Action{Name: "cancel", Reason: "x"}, "key:office"); !od.IsKind(err, od.KindNotFound) {
		t.Errorf("a case of another account: %v", err)
	}
	if _, err := h.act(c, od.Action{Name: "dance"}); !od.IsKind(err, od.KindNotFound) {
		t.Errorf("an unknown action: %v", err)
	}
}

func TestWhatPeopleDoWithACase(t *testing.T) {
	first := []od.Action{}
	tests := map[string]struct {
		before []od.Action
		do     od.Action
		state  od.State
		rule   string
		kind   od.Kind // of a refusal that is no rule
		check  func(c *od.Case) bool
	}{
		"a final decision opens the way out": {
			first,
			od.Action{Name: "set_intent", Intent: od.IntentFinal},
			od.StateLeaving, "", 0,
			func(c *od.Case) bool { return c.Intent == od.IntentFinal && c.IntentSource == od.IntentByManager },
		},
		"an undecided client is listened to": {first, od.Action{Name: "set_intent", Intent: od.IntentUndecided}, od.StateListening, "", 0, nil},
		"an intent that there is none of":    {first, od.Action{Name: "set_intent", Intent: "maybe"}, od.StateListening, "", od.KindInvalid, nil},
		"the client proceeds":                {first, od.Action{Name: "proceed"}, od.StateLeaving, "", 0, nil},
		"the client proceeds twice":          {[]od.Action{{Name: "proceed"}}, od.Action{Name: "proceed"}, od.StateLeaving, "move_not_allowed", 0, nil},
		"the client withdraws":               {[]od.Action{{Name: "proceed"}}, od.Action{Name: "withdraw", Note: "передумали"}, od.StateSaved, "", 0, func(c *od.Case) bool { return c.Note == "передумали" }},
		"the client's letter opens the way": {first, od.Action{Name: "record_letter", ReceivedOn: "2026-11-02"}, od.StateLeaving, "", 0, func(c *od.Case) bool {
			return c.Dates.NoticeReceivedOn == "2026-11-02" && c.Dates.EffectiveOn == "2026-12-02"
		}},
		"a letter of next week is a mistake":  {first, od.Action{Name: "record_letter", ReceivedOn: "2026-11-10"}, od.StateListening, "", od.KindInvalid, nil},
		"a letter without a day is a mistake": {first, od.Action{Name: "record_letter"}, od.StateListening, "", od.KindInvalid, nil},
		"an earlier letter ends earlier": {
			[]od.Action{{Name: "proceed"}},
			od.Action{Name: "record_letter", ReceivedOn: "2026-11-01"},
			od.StateLeaving, "", 0,
			func(c *od.Case) bool { return c.Dates.EffectiveOn == "2026-12-01" },
		},
		"a later letter imposes nothing": {
			[]od.Action{{Name: "record_letter", ReceivedOn: "2026-11-01"}},
			od.Action{Name: "record_letter", ReceivedOn: "2026-11-03"},
			od.StateLeaving, "", 0,
			func(c *od.Case) bool { return c.Dates.EffectiveOn == "2026-12-01" },
		},
		"we do not part before the last day": {[]od.Action{{Name: "proceed"}}, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded}, od.StateLeaving, "effective_date_not_reached", 0, nil},
		"after it, with nothing owed": {
			[]od.Action{{Name: "record_letter", ReceivedOn: "2026-10-01"}},
			od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded},
			od.StateParted, "", 0,
			func(c *od.Case) bool {
				return c.Tracks.Notice == od.NoticeElapsed && c.Tracks.Review == od.ReviewPending
			},
		},
		"after it, with the papers still here": {
			[]od.Action{{Name: "record_letter", ReceivedOn: "2026-10-01"}},
			od.Action{Name: "part", Settlement: od.SettlementNotNeeded},
			od.StateLeaving, "handover_unfinished", 0,
			func(c *od.Case) bool { return c.Tracks.Settlement == od.SettlementDraft },
		},
		"nobody declares a handover accepted here":  {[]od.Action{{Name: "record_letter", ReceivedOn: "2026-10-01"}}, od.Action{Name: "part", Handover: od.HandoverAccepted}, od.StateLeaving, "", od.KindInvalid, nil},
		"a return before we parted is a withdrawal": {first, od.Action{Name: "return"}, od.StateListening, "move_not_allowed", 0, nil},
		"a mistake needs a reason":                  {first, od.Action{Name: "cancel"}, od.StateListening, "", od.KindInvalid, nil},
		"a mistake":                                 {first, od.Action{Name: "cancel", Reason: "дубль"}, od.StateCancelled, "", 0, func(c *od.Case) bool { return c.Note == "дубль" }},
		"to be left alone needs a reason":           {first, od.Action{Name: "stop_contact"}, od.StateListening, "", od.KindInvalid, nil},
		"to be left alone": {
			first,
			od.Action{Name: "stop_contact", Reason: "просил"},
			od.StateListening, "", 0,
			func(c *od.Case) bool { return c.NoContact && c.Tracks.Survey == od.SurveyDeclined },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.lose("17")
			h.work()
			for _, a := range tc.before {
				_, err := h.act(h.theCase("17"), a)
				h.must(err)
			}
			_, err := h.act(h.theCase("17"), tc.do)
			switch {
			case rule(err) != tc.rule:
				t.Errorf("rule %q (%v), want %q", rule(err), err, tc.rule)
			case tc.kind != 0 && !od.IsKind(err, tc.kind):
				t.Errorf("%v", err)
			case tc.kind == 0 && tc.rule == "" && err != nil:
				t.Error(err)
			}
			c := h.theCase("17")
			h.state(c, tc.state)
			if tc.check != nil && !tc.check(c) {
				t.Errorf("the case is %+v", c)
			}
			h.sound()
		})
	}
}

func TestAReturnAfterWeParted(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	for _, a := range []od.Action{
		{Name: "record_letter", ReceivedOn: "2026-10-01"}, {Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded}, {Name: "return", Note: "вернулись", DealID: "51"},
	} {
		_, err := h.act(h.theCase("17"), a)
		h.must(err)
	}
	c := h.theCase("17")
	h.state(c, od.StateReturned)
	if c.Note != "вернулись\nВернулись с новой сделкой: 51" {
		t.Errorf("a manager reads %q", c.Note)
	}
	if c.Tracks.WinBack != od.WinBackReturned || c.Dates.ReturnedAt.IsZero() {
		t.Errorf("%+v", c.Tracks)
	}
	h.after(2 * time.Hour)
	h.sent(od.T01, od.T17) // it had left before; nothing else follows
	h.sound()
}

func TestTheClientDecidesByTheirOwnLink(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	if got := h.desk.Choices(h.visit(c, od.PurposeChoice)); !slices.Equal(got, []od.Choice{od.ChoiceStay, od.ChoiceProceed}) {
		t.Errorf("while we listen the client may %v", got)
	}
	for range 2 { // the same choice twice is one
		_, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
		h.must(err)
	}
	c = h.theCase("17")
	h.state(c, od.StateLeaving)
	if c.Intent != od.IntentFinal || c.IntentSource != od.IntentByClient || count(h.kinds(c), "case.moved") != 2 {
		t.Errorf("intent %s by %s, %v", c.Intent, c.IntentSource, h.kinds(c))
	}
	if _, err := h.act(c, od.Action{Name: "set_intent", Intent: od.IntentVenting}); rule(err) != "client_said_so" {
		t.Errorf("a manager overrules the client: %v", err)
	}
	if _, err := h.desk.Choose(t.Context(), c.ID, "dance"); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("an unknown choice: %v", err)
	}
	if _, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceComeback); rule(err) != "move_not_allowed" {
		t.Errorf("coming back before parting: %v", err)
	}
	c, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceStay)
	h.must(err)
	h.state(c, od.StateSaved)
	h.sound()
}

func TestALinkLeadsToItsCaseAndNoFurther(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	token := h.keys.LinkToken(od.PurposeSurvey, c.ID, c.Client.Email)
	v, err := h.desk.Visit(t.Context(), od.PurposeSurvey, token)
	if err != nil || v.Case.ID != c.ID || v.Expired {
		t.Fatalf("%+v, %v", v, err)
	}
	for name, token := range map[string]string{
		"of another purpose": h.keys.LinkToken(od.PurposeChoice, c.ID, c.Client.Email),
		"never sent":         h.keys.LinkToken(od.PurposeSurvey, od.NewID(), c.Client.Email),
		"made up":            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"empty":              "",
	} {
		if _, err := h.desk.Visit(t.Context(), od.PurposeSurvey, token); !od.IsKind(err, od.KindNotFound) {
			t.Errorf("a token %s: %v", name, err)
		}
	}
	h.clock = h.clock.Add(30 * 24 * time.Hour)
	if v, err := h.desk.Visit(t.Context(), od.PurposeSurvey, token); err != nil || !v.Expired {
		t.Errorf("after 30 days: %+v, %v", v, err)
	}
	if v := h.visit(c, od.PurposePreferences); v.Expired {
		t.Error("letters cannot be stopped after 30 days")
	}
}

func TestUnsubscribingTwiceIsUnsubscribing(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.lose("18", func(d *od.Deal) { d.Client.Email = "Client17@example.com" })
	h.work()
	c := h.theCase("17")
	for range 2 {
		h.must(h.desk.Unsubscribe(t.Context(), h.visit(c, od.PurposePreferences), od.Told{Source: "one-click"}))
	}
	c = h.theCase("17")
	if !c.NoContact || c.Tracks.Survey != od.SurveyDeclined || count(h.kinds(c), "contact.stopped") != 1 {
		t.Errorf("%v, survey %s, %v", c.NoContact, c.Tracks.Survey, h.kinds(c))
	}
	// The other parting, which is open, knows at once and says why.
	if m := h.letter(h.theCase("18"), od.T03); m.State != od.MessageCancelled || m.Reason == "" || !h.theCase("18").NoContact {
		t.Errorf("the survey of the other case is %s: %q", m.State, m.Reason)
	}
	h.after(100 * time.Hour)
	h.sent(od.T01, od.T01) // neither this case nor another one writes to the address again
	h.sound()
}

// A stop ends what nobody has a right to; what is owed, and what our own people
// are told, stays. An address on the stop list gets no reminder either.
func TestAStopLeavesWhatIsOwed(t *testing.T) {
	h := newHouse(t)
	h.clock = time.Date(2026, 11, 6, 20, 0, 0, 0, time.UTC) // a Friday's evening: letters wait for Monday
	h.lose("17")
	h.after(time.Minute)
	c := h.theCase("17")
	_, err := h.act(c, od.Action{Name: "proceed"})
	h.must(err)
	_, err = h.act(h.theCase("17"), od.Action{Name: "stop_contact", Reason: "попросил по телефону"})
	h.must(err)
	if m := h.letter(h.theCase("17"), od.T06); m.State != od.MessagePlanned {
		t.Errorf("the letter by which the client may leave is %s: %q", m.State, m.Reason)
	}
	if m := h.letter(h.theCase("17"), od.T03); m.State != od.MessageCancelled || m.Reason == "" {
		t.Errorf("the survey is %s: %q", m.State, m.Reason)
	}
	h.after(72 * time.Hour)
	h.sent(od.T01, od.T06)
	h.sound()
}

func TestAReminderEndsWithTheStopList(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(2 * time.Hour)
	c := h.theCase("17")
	if m := h.letter(c, od.T3R); m.State != od.MessagePlanned {
		t.Fatalf("the reminder is %s", m.State)
	}
	win := od.NewWinBack(h.store, h.keys, func() time.Time { return h.clock }, slog.New(slog.DiscardHandler))
	_, err := win.Suppress(t.Context(), od.Stop{Person: c.Client.Email, Channel: od.ChannelEmail, Reason: "asked by phone"}, od.ActorSystem)
	h.must(err)
	if m := h.letter(h.theCase("17"), od.T3R); m.State != od.MessageCancelled || m.Reason == "" {
		t.Errorf("the reminder is %s: %q", m.State, m.Reason)
	}
}

// Nobody waves away what the client disputes, or what was accepted.
func TestNothingIsWaivedThatWasSettledOrIsDisputed(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	_, err := h.act(c, od.Action{Name: "proceed"})
	h.must(err)
	for _, last := range []struct {
		handover   od.HandoverTrack
		settlement od.SettlementTrack
		ends       bool
	}{{od.HandoverDisputed, od.SettlementSettled, false}, {od.HandoverAccepted, od.SettlementDisputed, false}, {od.HandoverAccepted, od.SettlementSettled, true}} {
		c = h.theCase("17")
		c.Tracks.Handover, c.Tracks.Settlement, c.Dates.EffectiveOn = last.handover, last.settlement, h.clock.AddDate(0, 0, -1).Format(time.DateOnly)
		h.must(h.store.SaveCase(t.Context(), c))
		_, err = h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
		if (err == nil) != last.ends {
			t.Errorf("%+v: %v", last, err)
		}
		if now := h.theCase("17").Tracks; now.Handover != last.handover || now.Settlement != last.settlement {
			t.Errorf("%+v became %s, %s", last, now.Handover, now.Settlement)
		}
	}
}

func TestAnOpenedLinkIsNotedOnceAndUsedForNothing(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	c := h.theCase("17")
	for range 3 {
		h.must(h.desk.Provisional(t.Context(), h.visit(c, od.PurposeSurvey), "price"))
	}
	h.must(h.desk.Provisional(t.Context(), h.visit(c, od.PurposeSurvey), "need"))
	h.must(h.desk.Provisional(t.Context(), h.visit(c, od.PurposeSurvey), "nonsense"))
	after := h.theCase("17")
	if after.Version != c.Version || after.Answer != nil || after.Reason.Code != "" {
		t.Errorf("the case was changed: %+v", after)
	}
	moments, err := od.Timeline(t.Context(), h.store, after)
	h.must(err)
	n := 0
	for i, m := range moments {
		if m.Kind == "survey.link_opened" {
			n++
		}
		if i > 0 && m.At.Before(moments[i-1].At) {
			t.Error("the timeline is out of order")
		}
	}
	if n != 2 {
		t.Errorf("noted %d times, want once per reason", n)
	}
	if !slices.ContainsFunc(moments, func(m od.Moment) bool { return m.Planned && strings.Contains(m.Summary, od.T3R) && m.MessageID != nil }) {
		t.Errorf("the planned reminder is not shown: %+v", moments)
	}
}

func TestACaseOpenedByHand(t *testing.T) {
	h := newHouse(t)
	open := func(r od.NewCaseRequest) (*od.Case, error) {
		r.AccountID = h.acc.ID
		return h.desk.Open(t.Context(), nil, r, "key:office")
	}
	c, err := open(od.NewCaseRequest{Initiator: od.ByClient, Client: od.Client{Name: "Анна", Email: "anna@example.com"}, Reason: "позвонила"})
	h.must(err)
	h.state(c, od.StateListening)
	h.after(time.Hour)
	h.sent(od.T01, od.T03)
	if len(h.crm.cards) != 0 {
		t.Error("a case without a deal writes to the CRM")
	}

	h.crm.deals["17"] = &od.Deal{
		ID: "17", Title: "Договор", Stage: od.Named{ID: "143"}, Outcome: od.OutcomeLost, MovedAt: h.clock, UpdatedAt: h.clock,
		Client: od.Client{Name: "Пётр", Email: "petr@example.com"}, Responsible: od.Responsible{ID: "5"},
	}
	c, err = open(od.NewCaseRequest{Initiator: od.ByClient, DealID: "17", Client: od.Client{Name: "Пётр Ильич"}})
	h.must(err)
	if c.Client.Name != "Пётр Ильич" || c.Client.Email != "petr@example.com" || c.Responsible.ID != "5" || c.Contract.Title != "Договор" {
		t.Errorf("what was given stands over what was read: %+v", c)
	}
	if _, err := open(od.NewCaseRequest{Initiator: od.ByClient, DealID: "17"}); rule(err) != "case_already_open" {
		t.Errorf("the same deal again: %v", err)
	}
	h.hook(od.DealUpdated, "17", od.Hint{OccurredAt: h.clock})
	h.work()
	if n := len(h.casesOf("17")); n != 1 {
		t.Errorf("the deal's own hook makes %d cases", n)
	}
	lapse, err := open(od.NewCaseRequest{Initiator: od.ByLapse, Client: od.Client{Name: "ООО Пример"}})
	h.must(err)
	if lapse.Cause != "silence" || lapse.Tracks.Save != od.SaveNotAllowed {
		t.Errorf("a lapse: cause %s, save %s", lapse.Cause, lapse.Tracks.Save)
	}
	for name, r := range map[string]od.NewCaseRequest{
		"by nobody we know":    {Initiator: "somebody", Client: od.Client{Name: "x"}},
		"of nobody":            {Initiator: od.ByClient},
		"an address with more": {Initiator: od.ByClient, Client: od.Client{Email: "Anna <anna@example.com>"}},
		"a day that is none":   {Initiator: od.ByClient, Client: od.Client{Name: "x"}, EffectiveOn: "2026-02-30"},
		"a notice of minus 1":  {Initiator: od.ByClient, Client: od.Client{Name: "x"}, Contract: od.Contract{NoticeDays: -1}},
	} {
		if _, err := open(r); !od.IsKind(err, od.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.desk.Open(t.Context(), scopeOf(od.NewID()), od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "x"}}, "key:x"); !od.IsKind(err, od.KindNotFound) {
		t.Errorf("in another account: %v", err)
	}
	h.sound()
}

func TestADirectoryKnowsItsAccountsWhileTheDatabaseIsAway(t *testing.T) {
	h := newHouse(t)
	dir := od.NewDirectory(h.store, nil)
	h.must(dir.Refresh(t.Context()))
	late := h.account()
	if a, err := dir.Account(t.Context(), late.ID); err != nil || a.ID != late.ID {
		t.Errorf("an account that is newer than the directory: %v", err)
	}
	if _, err := dir.Account(t.Context(), od.NewID()); !od.IsKind(err, od.KindNotFound) {
		t.Errorf("an unknown account: %v", err)
	}
	h.must(h.store.Close())
	for _, a := range []*od.Account{h.acc, late} {
		if known, err := dir.Account(t.Context(), a.ID); err != nil || known.ID != a.ID {
			t.Errorf("%v", err)
		}
	}
	if _, err := dir.Account(t.Context(), od.NewID()); !od.IsKind(err, od.KindUnavailable) {
		t.Errorf("an unknown account, without a database: %v", err)
	}
}

// At most one open case per client and contract (domain §2.1), whoever opens it.
func TestAClientLeavesAContractOnceAtATime(t *testing.T) {
	h := newHouse(t)
	open := func(email, number string) (*od.Case, error) {
		return h.desk.Open(t.Context(), nil, od.NewCaseRequest{
			AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Анна", Email: email}, Contract: od.Contract{Number: number}, Reason: "price",
		}, "key:office")
	}
	first, err := open("client17@example.com", "")
	h.must(err)
	if _, err := open("Client17@example.com", ""); ruleOf(err) != "case_already_open" {
		t.Errorf("a second case by hand: %v", err)
	}
	for _, other := range [][2]string{{"client17@example.com", "12/24"}, {"petr@example.com", ""}} {
		if _, err := open(other[0], other[1]); err != nil {
			t.Errorf("%v: %v", other, err)
		}
	}
	h.lose("17")
	h.work()
	if c := h.theCase("17"); c.ID != first.ID || c.Reason.Code != "price" || c.CRM.URL != h.crm.deals["17"].URL {
		t.Errorf("the hook opened %+v", c)
	}
	if got := h.events(); got[len(got)-1].Verdict != od.VerdictCaseJoined || *got[len(got)-1].CaseID != first.ID {
		t.Errorf("the event is %+v", got[len(got)-1])
	}
	if _, err := open("client17@example.com", ""); ruleOf(err) != "case_already_open" {
		t.Errorf("by hand after the hook: %v", err)
	}
	h.lose("18", func(d *od.Deal) { d.Client.Email = "client17@example.com" })
	h.work()
	if c := h.theCase("18"); c.ID == first.ID {
		t.Error("another deal is another contract")
	}
	h.after(time.Hour)
	if n := strings.Count(strings.Join(h.kinds(first), " "), "case.opened"); n != 1 {
		t.Errorf("%d times opened", n)
	}
	h.sound()
}

// What we propose among ourselves holds nobody up who cancels meanwhile: by the
// CRM or by hand, they get a parting of their own.
func TestAClientWhoCancelsDoesNotWaitForAProposalOfOurs(t *testing.T) {
	h := newHouse(t)
	open := func(by od.Initiator, email string) *od.Case {
		r := od.NewCaseRequest{AccountID: h.acc.ID, Initiator: by, Client: od.Client{Name: "Анна", Email: email}}
		if by == od.ByCompany {
			r.Reason = "co.capacity"
		}
		c, err := h.desk.Open(t.Context(), nil, r, "key:office")
		h.must(err)
		return c
	}
	proposal := open(od.ByCompany, "client17@example.com")
	h.lose("17")
	h.after(time.Hour)
	if c := h.theCase("17"); c.ID == proposal.ID || c.State != od.StateListening {
		t.Errorf("the client's own parting is %s, %v", c.State, c.ID == proposal.ID)
	}
	open(od.ByCompany, "petr@example.com")
	if c := open(od.ByClient, "petr@example.com"); c.State != od.StateListening {
		t.Errorf("by hand it is %s", c.State)
	}
}

// justLate is a store in which somebody else opens the case right after one has
// looked for it.
type justLate struct {
	od.Store
	looks *int
}

func (s justLate) InTx(ctx context.Context, fn func(od.Store) error) error {
	return s.Store.InTx(ctx, func(tx od.Store) error { return fn(justLate{tx, s.looks}) })
}

func (s justLate) CasesOfClient(ctx context.Context, accountID uuid.UUID, client od.Client) ([]*od.Case, error) {
	if *s.looks++; *s.looks == 1 {
		return nil, nil
	}
	return s.Store.CasesOfClient(ctx, accountID, client)
}

func TestWhoOpensACaseAMomentTooLateIsToldSo(t *testing.T) {
	h := newHouse(t)
	r := od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Анна", Email: "client17@example.com"}}
	first, err := h.desk.Open(t.Context(), nil, r, "key:office")
	h.must(err)
	late := od.NewDesk(justLate{h.store, new(int)}, h.keys, nil, func() time.Time { return h.clock }, slog.New(slog.DiscardHandler))
	if second, err := late.Open(t.Context(), nil, r, "key:office"); ruleOf(err) != "case_already_open" || second != nil {
		t.Errorf("a case that is nowhere: %v, %v", second, err)
	}
	if got := h.kinds(first); slices.Contains(got, "case.joined") {
		t.Errorf("the first case: %v", got)
	}
	h.sound()
}
