package offboarding_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func office(a *od.Account) { a.Policy.Window = od.DefaultPolicy().Window }

func TestAnAcknowledgementLeavesAtOnceAndTheSurveyWaitsForTheWindow(t *testing.T) {
	h := newHouse(t, office)
	h.clock = time.Date(2026, 11, 7, 20, 0, 0, 0, time.UTC) // Saturday night
	h.lose("17")
	h.work()
	h.sent(od.T01)
	h.after(time.Hour)
	h.sent(od.T01)
	h.clock = time.Date(2026, 11, 9, 6, 59, 59, 0, time.UTC) // Monday, a second to ten in Moscow
	h.work()
	h.sent(od.T01)
	h.after(time.Second)
	h.sent(od.T01, od.T03)
	c := h.theCase("17")
	if c.Tracks.Survey != od.SurveySent || !c.Dates.SurveySentAt.Equal(h.clock) {
		t.Errorf("the survey is %s, sent %v", c.Tracks.Survey, c.Dates.SurveySentAt)
	}
	h.sound()
}

func TestASurveyComesAnHourAfterTheCancellation(t *testing.T) {
	h := newHouse(t, office)
	h.lose("17")
	h.after(59 * time.Minute)
	h.sent(od.T01)
	h.after(time.Minute)
	h.sent(od.T01, od.T03)
	first, second := h.post.sent[0], h.post.sent[1]
	if first.UnsubscribeURL != "" || !strings.HasPrefix(second.UnsubscribeURL, publicURL+"/u/") {
		t.Errorf("List-Unsubscribe of the acknowledgement %q, of the survey %q", first.UnsubscribeURL, second.UnsubscribeURL)
	}
	if m := second.Message; m.To != "client17@example.com" || m.From != "opendoor@example.com" || !strings.HasSuffix(m.HeaderID, "@example.com") {
		t.Errorf("to %q from %q, Message-ID %q", m.To, m.From, m.HeaderID)
	}
	if strings.Count(second.Message.Text, "?reason=") < 6 {
		t.Errorf("the survey holds too few one-tap answers: %s", second.Message.Text)
	}
}

func TestTheWindowIsAskedAgainWhenALetterIsLate(t *testing.T) {
	h := newHouse(t, office)
	h.clock = time.Date(2026, 11, 3, 13, 59, 0, 0, time.UTC) // a minute to five in Moscow
	h.lose("17")
	h.work()
	h.post.fail = func(*od.Message) error { return od.Unavailable("421 try later", nil) }
	h.after(time.Hour)
	h.post.fail = nil
	h.after(2 * time.Minute) // the window is shut
	h.sent(od.T01)
	h.clock = time.Date(2026, 11, 4, 7, 0, 0, 0, time.UTC) // a holiday
	h.work()
	h.sent(od.T01)
	h.clock = time.Date(2026, 11, 5, 7, 0, 0, 0, time.UTC)
	h.work()
	h.sent(od.T01, od.T03)
}

func TestOneReminderAndNeverASecond(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	h.after(72*time.Hour - time.Second)
	h.sent(od.T01, od.T03)
	h.after(time.Second)
	h.sent(od.T01, od.T03, od.T3R)
	if c := h.theCase("17"); c.Tracks.Survey != od.SurveyReminded {
		t.Errorf("the survey is %s", c.Tracks.Survey)
	}
	h.after(72 * time.Hour)
	h.after(72 * time.Hour)
	h.sent(od.T01, od.T03, od.T3R)
	h.sound()
}

func TestNobodyIsRemindedWhoHasSpoken(t *testing.T) {
	tests := map[string]func(h *house, c *od.Case) error{
		"answered": func(h *house, c *od.Case) error {
			_, err := h.desk.Answer(h.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
			return err
		},
		"answered by telephone": func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "record_answer", Answer: od.Answer{Reason: "price", Source: "manager"}})
			return err
		},
		"declined": func(h *house, c *od.Case) error { _, err := h.desk.Decline(h.Context(), c.ID); return err },
		"opted out": func(h *house, c *od.Case) error {
			return h.desk.Unsubscribe(h.Context(), h.visit(c, od.PurposePreferences), od.Told{Source: "one-click"})
		},
		"asked to be left alone": func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "stop_contact", Reason: "позвонил"})
			return err
		},
		"stays": func(h *house, c *od.Case) error {
			_, err := h.desk.Choose(h.Context(), c.ID, od.ChoiceStay)
			return err
		},
		"was a mistake": func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "cancel", Reason: "дубль"})
			return err
		},
	}
	for name, speak := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.lose("17")
			h.after(time.Hour)
			h.sent(od.T01, od.T03)
			h.must(speak(h, h.theCase("17")))
			h.after(72 * time.Hour)
			if name == "stays" {
				h.sent(od.T01, od.T03, od.T05)
			} else {
				h.sent(od.T01, od.T03)
			}
			if m := h.letter(h.theCase("17"), od.T3R); m == nil || m.State != od.MessageCancelled || m.Reason == "" {
				t.Errorf("the reminder is %+v", m)
			}
			h.sound()
		})
	}
}

func TestWhoSpeaksBeforeTheSurveyIsNotAsked(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.act(h.theCase("17"), od.Action{Name: "record_answer", Answer: od.Answer{Reason: "need.done", Source: "manager"}})
	h.must(err)
	h.after(2 * time.Hour)
	h.sent(od.T01)
}

func TestAStopThatComesAtTheLastMomentIsHeeded(t *testing.T) {
	tests := map[string]struct {
		stop func(h *house, c *od.Case) error
		want od.MessageState
	}{
		"the client unsubscribes": {func(h *house, c *od.Case) error {
			return h.desk.Unsubscribe(h.Context(), h.visit(c, od.PurposePreferences), od.Told{Source: "one-click"})
		}, od.MessageCancelled},
		"the address is on the stop list": {func(h *house, c *od.Case) error {
			return h.store.AddSuppression(h.Context(), &od.Suppression{ID: od.NewID(), Hash: h.keys.StopHash(od.ChannelEmail, c.Client.Email), Channel: od.ChannelEmail})
		}, od.MessageHeld},
		"the client stays": {func(h *house, c *od.Case) error {
			_, err := h.desk.Choose(h.Context(), c.ID, od.ChoiceStay)
			return err
		}, od.MessageCancelled},
		"it was a mistake": {func(h *house, c *od.Case) error {
			_, err := h.act(c, od.Action{Name: "cancel", Reason: "дубль"})
			return err
		}, od.MessageCancelled},
		"the case is paused": {func(h *house, c *od.Case) error { _, err := h.act(c, od.Action{Name: "pause"}); return err }, od.MessagePlanned},
		"all sending is stopped": {func(h *house, _ *od.Case) error {
			return od.PauseSending(h.Context(), h.store, "a wrong text", "key:office")
		}, od.MessagePlanned},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.lose("17")
			h.work()
			h.sent(od.T01)
			c, once := h.theCase("17"), false
			h.post.before = func() { // the letter is written, the recipient named, the final dot not sent
				if !once {
					once = true
					h.must(tc.stop(h, c))
				}
			}
			h.after(time.Hour)
			h.after(2 * time.Second)
			if slices.Contains(h.post.templates(), od.T03) {
				t.Errorf("sent %v", h.post.templates())
			}
			if m := h.letter(c, od.T03); m.State != tc.want {
				t.Errorf("the survey is %s (%s), want %s", m.State, m.Reason, tc.want)
			}
			h.sound()
		})
	}
}

func TestInShadowEverythingIsPreparedAndNothingIsSent(t *testing.T) {
	h := newHouse(t, func(a *od.Account) { a.Mode = od.Shadow })
	h.lose("17")
	h.after(time.Hour)
	h.sent()
	c := h.theCase("17")
	for _, template := range []string{od.T01, od.T03} {
		if m := h.letter(c, template); m.State != od.MessageHeld || m.Text == "" || !strings.Contains(m.Reason, "shadow") {
			t.Errorf("%s is %s (%s): %q", template, m.State, m.Reason, m.Text)
		}
	}
	if len(h.crm.cards)+len(h.crm.notes)+len(h.crm.tasks) != 0 {
		t.Error("something was written to the CRM")
	}
	acc, err := h.store.Account(t.Context(), h.acc.ID)
	h.must(err)
	acc.Mode = od.Live
	h.must(h.store.SaveAccount(t.Context(), acc))
	h.after(80 * time.Hour)
	h.sent() // a case that opened in shadow never speaks
	h.sound()
}

func TestTheBurstGateHoldsUntilAPersonReleases(t *testing.T) {
	two := 2
	h := newHouse(t, func(a *od.Account) { a.Policy.BurstPerHour = &two })
	for _, deal := range []string{"1", "2", "3", "4"} {
		h.lose(deal)
		h.work()
	}
	h.sent(od.T01, od.T01)
	if c := h.theCase("3"); !c.Held {
		t.Error("the third case within the hour is not held")
	}
	h.after(2 * time.Hour)
	h.sent(od.T01, od.T01, od.T03, od.T03)
	for _, task := range h.crm.tasks {
		if strings.Contains(task.Marker, h.theCase("3").ID.String()) {
			t.Error("a held case writes to the CRM")
		}
	}
	n, err := h.store.ReleaseHeld(t.Context(), h.acc.ID, h.clock)
	if err != nil || n != 2 {
		t.Fatalf("%d released, %v", n, err)
	}
	h.work()
	if got := h.post.templates(); len(got) != 8 {
		t.Errorf("after the release: %v", got)
	}
	h.sound()
}

func TestAPausedCaseIsSilentUntilItGoesOn(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c, err := h.act(h.theCase("17"), od.Action{Name: "pause", Note: "договариваемся"})
	h.must(err)
	if !c.Paused || !strings.Contains(c.Note, "договариваемся") {
		t.Errorf("%+v", c)
	}
	h.after(5 * time.Hour)
	h.sent(od.T01)
	if _, err := h.act(c, od.Action{Name: "pause"}); rule(err) != "already_paused" {
		t.Errorf("paused twice: %v", err)
	}
	_, err = h.act(c, od.Action{Name: "resume"})
	h.must(err)
	h.after(2 * time.Minute)
	h.sent(od.T01, od.T03)
	if _, err := h.act(c, od.Action{Name: "resume"}); rule(err) != "not_paused" {
		t.Errorf("resumed twice: %v", err)
	}
}

func rule(err error) string {
	if e, ok := errors.AsType[*od.Error](err); ok && e.Kind == od.KindConflict {
		return e.Rule
	}
	return ""
}

func TestOneCallStopsAllSending(t *testing.T) {
	h := newHouse(t)
	h.must(od.PauseSending(t.Context(), h.store, "a wrong text", "key:office"))
	h.lose("17")
	h.after(2 * time.Hour)
	h.sent()
	if len(h.crm.cards)+len(h.crm.notes)+len(h.crm.tasks) != 0 {
		t.Error("something was written to the CRM")
	}
	if m := h.letter(h.theCase("17"), od.T01); !strings.Contains(h.effectOf(m).Reason, "a wrong text") {
		t.Errorf("why it waits is not said: %q", h.effectOf(m).Reason)
	}
	h.must(od.PauseSending(t.Context(), h.store, "", "key:office"))
	h.after(10 * time.Second)
	h.sent(od.T01, od.T03)
	h.after(time.Second)
	if len(h.crm.cards) == 0 || len(h.crm.tasks) == 0 {
		t.Error("the CRM is not told afterwards")
	}
	h.sound()
}

func TestALetterThatIsRefusedForGoodIsATaskForAPerson(t *testing.T) {
	h := newHouse(t)
	h.post.fail = func(*od.Message) error { return od.Invalid("550 no such mailbox") }
	h.lose("17")
	h.after(time.Minute)
	c := h.theCase("17")
	m := h.letter(c, od.T01)
	if m.State != od.MessageFailed || !strings.Contains(m.Reason, "550") || h.effectOf(m).State != od.EffectFailed {
		t.Errorf("the letter is %s (%s), its effect %s", m.State, m.Reason, h.effectOf(m).State)
	}
	if c.Tracks.Survey != od.SurveyUndeliverable {
		t.Errorf("the survey is %s", c.Tracks.Survey)
	}
	if got := h.crm.taskTexts(); !slices.Contains(got, "undeliverable") {
		t.Errorf("tasks: %v", got)
	}
	h.post.fail = nil
	h.after(time.Hour)
	h.sent()
	h.after(240 * time.Hour)
	c = h.theCase("17")
	h.state(c, od.StateLeaving) // a dead mailbox does not hold the client
	if c.Reason.Code != "" || c.Tracks.Survey != od.SurveyUndeliverable {
		t.Errorf("who was never asked has given no answer: %q, %s", c.Reason.Code, c.Tracks.Survey)
	}
	h.sound()
}

func TestASurveyThatWasRefusedMayGoAgainOnAPersonsWord(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	h.post.fail = func(*od.Message) error { return od.Invalid("550 no such mailbox") }
	h.after(time.Hour)
	m := h.letter(h.theCase("17"), od.T03)
	if m.State != od.MessageFailed {
		t.Fatalf("the survey is %s", m.State)
	}
	h.post.fail = nil
	_, err := od.Retry(t.Context(), h.store, nil, m.EffectID, "key:office", h.clock)
	h.must(err)
	h.work()
	h.sent(od.T01, od.T03)
	if c := h.theCase("17"); c.Tracks.Survey != od.SurveySent {
		t.Errorf("the survey is %s", c.Tracks.Survey)
	}
	h.sound()
}

func TestAMailServerThatIsAwayCostsTimeOnly(t *testing.T) {
	h := newHouse(t)
	h.post.fail = func(*od.Message) error { return od.Unavailable("421 try later", nil) }
	h.lose("17")
	h.work()
	h.after(3 * time.Second)
	m := h.letter(h.theCase("17"), od.T01)
	if ef := h.effectOf(m); ef.Attempts != 2 || ef.State != od.EffectReady || m.State != od.MessagePlanned {
		t.Errorf("%d attempts, the effect is %s, the letter %s", ef.Attempts, ef.State, m.State)
	}
	before := m.HeaderID
	h.post.fail = nil
	h.after(3 * time.Second)
	h.sent(od.T01)
	if got := h.post.sent[0].Message.HeaderID; got != before || got == "" {
		t.Errorf("Message-ID %q, before %q", got, before)
	}
}

func TestALetterThatCouldNotBeSentForDaysIsATask(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	h.post.fail = func(*od.Message) error { return od.Unavailable("421 try later", nil) }
	h.after(time.Hour)
	h.after(73 * time.Hour)
	h.work()
	c := h.theCase("17")
	if m := h.letter(c, od.T03); m.State != od.MessageFailed || h.effectOf(m).State != od.EffectDead {
		t.Errorf("the letter is %s, its effect %s", m.State, h.effectOf(m).State)
	}
	if c.Tracks.Survey != od.SurveyUndeliverable {
		t.Errorf("the survey is %s", c.Tracks.Survey)
	}
	h.after(2 * time.Second)
	if got := h.crm.taskTexts(); !slices.Contains(got, "undeliverable") {
		t.Errorf("tasks: %v", got)
	}
	h.sound()
}

func TestWhenTheAnswerOfTheMailServerIsLost(t *testing.T) {
	h := newHouse(t)
	lost := 0
	h.post.lose = func(*od.Message) bool { lost++; return lost == 1 }
	h.lose("17")
	h.work()
	h.after(3 * time.Second)
	h.sent(od.T01, od.T01) // an acknowledgement goes again, so that the reader's program folds it
	if h.post.sent[0].Message.HeaderID != h.post.sent[1].Message.HeaderID {
		t.Error("it went again under another Message-ID")
	}
	lost = 0
	h.after(time.Hour)
	h.sent(od.T01, od.T01, od.T03)
	c := h.theCase("17")
	m := h.letter(c, od.T03)
	if m.State != od.MessageUncertain || h.effectOf(m).State != od.EffectUncertain {
		t.Errorf("the survey is %s, its effect %s", m.State, h.effectOf(m).State)
	}
	h.after(24 * time.Hour)
	h.sent(od.T01, od.T01, od.T03) // never by itself
	_, err := od.Retry(t.Context(), h.store, nil, m.EffectID, "key:office", h.clock)
	h.must(err)
	h.work()
	h.sent(od.T01, od.T01, od.T03, od.T03)
	if h.post.sent[2].Message.HeaderID != h.post.sent[3].Message.HeaderID {
		t.Error("a survey that a person sent again has another Message-ID")
	}
	h.sound()
}

func TestWithoutAnAddressAPersonCalls(t *testing.T) {
	h := newHouse(t)
	h.lose("17", func(d *od.Deal) { d.Client.Email = "" })
	h.after(2 * time.Hour)
	h.sent()
	if c := h.theCase("17"); c.Tracks.Survey != od.SurveyUndeliverable {
		t.Errorf("the survey is %s", c.Tracks.Survey)
	}
	if got := h.crm.taskTexts(); !slices.Contains(got, "undeliverable") || !slices.Contains(got, "call") {
		t.Errorf("tasks: %v", got)
	}
	h.after(240 * time.Hour)
	h.state(h.theCase("17"), od.StateLeaving)
}

func TestAnAddressThatIsNoneIsATask(t *testing.T) {
	h := newHouse(t)
	h.lose("17", func(d *od.Deal) { d.Client.Email = "позвонить" })
	h.after(2 * time.Hour)
	h.after(2 * time.Second)
	h.sent()
	c := h.theCase("17")
	if m := h.letter(c, od.T01); m.State != od.MessageFailed {
		t.Errorf("the letter is %s", m.State)
	}
	if got := h.crm.taskTexts(); !slices.Contains(got, "undeliverable") {
		t.Errorf("tasks: %v", got)
	}
	if c.Tracks.Survey != od.SurveyUndeliverable {
		t.Errorf("the survey is %s", c.Tracks.Survey)
	}
}

// forgetful is a store that cannot write letters down any more.
type forgetful struct{ od.Store }

func (f forgetful) InTx(ctx context.Context, fn func(od.Store) error) error {
	return f.Store.InTx(ctx, func(tx od.Store) error { return fn(forgetful{tx}) })
}

func (f forgetful) SaveMessage(ctx context.Context, m *od.Message) error {
	if m.State == od.MessageSent {
		return od.Unavailable("the database is away", nil)
	}
	return f.Store.SaveMessage(ctx, m)
}

func TestALetterThatHasLeftIsNeverReadyAgainBecauseItsResultWasNotWritten(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	m := h.letter(h.theCase("17"), od.T03)
	h.clock = h.clock.Add(time.Hour)
	ef, err := h.store.Claim(t.Context(), m.EffectID, h.clock, time.Minute)
	h.must(err)
	now := func() time.Time { return h.clock }
	broken := od.NewPostman(forgetful{h.store}, h.letters, h.post, h.keys, publicURL, "opendoor@example.com", now, slog.New(slog.DiscardHandler))
	err = broken.Send(t.Context(), ef, payload[od.MailPayload](h, ef))
	if !od.IsKind(err, od.KindStale) {
		t.Errorf("got %v; anything else lets the worker make the row ready again", err)
	}
	h.sent(od.T01, od.T03)
	if got := h.effectOf(m).State; got != od.EffectTransmitting {
		t.Errorf("the effect is %s; the sweep shall find it in transmission and call its fate unknown", got)
	}
}
