package offboarding_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

func TestWhoAsksNotToBeWrittenToIsHeard(t *testing.T) {
	for text, want := range map[string]bool{
		"Стоп": true, "STOP.": true, "Не пишите мне больше, пожалуйста.": true, "Добрый день!\nПрошу больше не писать.": true,
		"Здравствуйте. Больше не пишите нам.": true, "Прошу удалить мой адрес": true, "Удалите меня из рассылки": true, "Отпишите меня": true,
		"Please do not contact me again": true, "Don't write to me.": true, "remove me from your list": true, "unsubscribe": true,
		"Отзываю согласие на рассылку": true, "Перестаньте нам звонить!": true, "не надо мне писать": true,
		"Почему вы нам больше не пишите?": false, "Why don't you write to us any more?": false,
		"Спасибо, всё получили. Не останавливайтесь!": false, "Мы сделали остановку в проекте": false, "stopping by your office tomorrow": false, "": false,
	} {
		if got := od.WantsNoMore("Re: Если понадобятся документы", text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
	if !od.WantsNoMore("Отписаться", "") {
		t.Error("a subject that is nothing but the wish is not heard")
	}
}

func (h *house) reception() *od.Reception {
	return od.NewReception(h.store, h.keys, func() time.Time { return h.clock }, nil)
}

// arrives lets something come in about the newest letter of the template.
func (h *house) arrives(c *od.Case, template string, a od.Arrival) *od.Inbound {
	h.Helper()
	if template != "" {
		a.Refs = []uuid.UUID{h.letter(c, template).ID}
	}
	if a.Channel == "" {
		a.Channel = od.ChannelEmail
	}
	in, err := h.reception().Take(h.Context(), a)
	h.must(err)
	h.work()
	return in
}

func TestAnAnswerStopsTouchesUntilAPersonHasAnswered(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", leftForPrice)
	h.days(32)
	h.crm.tasks = nil
	reply := od.Arrival{Kind: od.InboundReply, ProviderID: "<1@client>", From: c.Client.Email, Subject: "Re:", Text: "Спасибо, а можно копию акта?"}
	h.arrives(c, od.T15, reply)
	h.arrives(c, od.T15, reply) // told twice
	if got := h.crm.taskTexts(); len(got) != 1 {
		t.Errorf("tasks %v, want one", got)
	}
	c = h.theCase("17")
	if !c.Paused || c.Tracks.WinBack != od.WinBackPaused || c.Dates.ReactedAt.IsZero() {
		t.Errorf("paused %t, track %s, reacted %s", c.Paused, c.Tracks.WinBack, c.Dates.ReactedAt)
	}
	_, err := h.act(c, od.Action{Name: "resume"})
	h.must(err)
	if c := h.theCase("17"); c.Tracks.WinBack != od.WinBackActive {
		t.Errorf("after the answer the track is %s", c.Tracks.WinBack)
	}
	h.sound()
}

func TestAMachinesAnswerChangesNothing(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", leftForPrice)
	h.arrives(c, "", od.Arrival{Kind: od.InboundAuto, From: c.Client.Email, Text: "Я в отпуске, стоп."})
	if c := h.theCase("17"); c.Paused || c.NoContact {
		t.Error("an absence notice was taken for a person")
	}
}

func TestAStopByMailEndsEverything(t *testing.T) {
	for name, a := range map[string]od.Arrival{
		"who writes it":         {Kind: od.InboundReply, From: "client17@example.com", Text: "Не пишите мне больше."},
		"who complains":         {Kind: od.InboundComplaint, From: "somebody@provider.example"},
		"who uses another word": {Kind: od.InboundStop, From: "client17@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, automatic)
			c := h.leftWell("17", leftForPrice)
			h.days(32)
			h.post.sent = nil
			h.arrives(c, od.T15, a)
			stopped, err := h.store.Suppressed(t.Context(), h.keys.StopHash(od.ChannelEmail, c.Client.Email), od.ChannelEmail)
			h.must(err)
			if !stopped || !h.theCase("17").NoContact {
				t.Error("the stop is not heard")
			}
			h.state(h.theCase("17"), od.StateClosed)
			h.days(200)
			if len(h.post.sent) != 0 {
				t.Errorf("sent %v after the stop", h.post.templates())
			}
			h.sound()
		})
	}
}

func TestABounceClosesTheAddressOnlyWhenItIsForGood(t *testing.T) {
	for _, hard := range []bool{false, true} {
		h := newHouse(t)
		h.lose("17")
		h.after(2 * time.Hour)
		c := h.theCase("17")
		in := h.arrives(c, od.T03, od.Arrival{Kind: od.InboundBounce, Hard: hard, Why: "550 5.1.1 no such user"})
		if m := h.letter(c, od.T03); m.State != od.MessageBounced || in.CaseID == nil || *in.CaseID != c.ID {
			t.Errorf("the letter is %s: %s", m.State, m.Reason)
		}
		if c := h.theCase("17"); c.Tracks.Survey != od.SurveyUndeliverable {
			t.Errorf("the survey is %s", c.Tracks.Survey)
		}
		stopped, err := h.store.Suppressed(t.Context(), h.keys.StopHash(od.ChannelEmail, c.Client.Email), od.ChannelEmail)
		h.must(err)
		if stopped != hard {
			t.Errorf("hard %t: on the stop list %t", hard, stopped)
		}
		h.after(80 * time.Hour)
		if count(h.post.templates(), od.T3R) != 0 {
			t.Error("a reminder went to an address that bounced")
		}
		h.sound()
	}
}

func TestAReturnAddressIsOursOrNothing(t *testing.T) {
	h := newHouse(t)
	id := od.NewID()
	token := h.keys.ReturnToken(id)
	if got, ok := h.keys.ProveReturn(token); !ok || got != id {
		t.Error("our own token is not known")
	}
	turned := "a"
	if token[30:31] == turned {
		turned = "b"
	}
	for _, wrong := range []string{"", "b", token[1:] + "a", token[:30] + turned + token[31:], token[:38], "ж" + token} {
		if _, ok := h.keys.ProveReturn(wrong); ok {
			t.Errorf("%q is taken for ours", wrong)
		}
	}
}

// A manager who reports a letter of ours as unwanted has not spoken for the client.
func TestWhatOurOwnPeoplePressIsNotTheClientsWord(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	for _, kind := range []od.InboundKind{od.InboundComplaint, od.InboundStop, od.InboundReply} {
		m := od.Message{
			ID: od.NewID(), AccountID: c.AccountID, CaseID: c.ID, EffectID: od.NewID(), Template: od.I04, Class: od.ClassService, Channel: od.ChannelEmail, To: "manager@example.com",
			State: od.MessageSent, PlannedAt: h.clock, SentAt: h.clock,
		}
		h.must(h.store.AddMessage(t.Context(), &m))
		in := h.arrives(c, od.I04, od.Arrival{Kind: kind, From: "manager@example.com", Text: "Не пишите мне больше."})
		stopped, err := h.store.Suppressed(t.Context(), h.keys.StopHash(od.ChannelEmail, m.To), od.ChannelEmail)
		h.must(err)
		if c = h.theCase("17"); stopped || c.NoContact || in.Outcome == "" {
			t.Errorf("%s: stopped %t, no contact %t, %q", kind, stopped, c.NoContact, in.Outcome)
		}
	}
}
