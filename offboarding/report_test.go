package offboarding_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

// texted sends the first letter of the plan as a text message and returns it.
func (h *house) texted(channels ...od.Channel) (*od.Case, *od.Message) {
	h.Helper()
	h.tries(channels...)
	c := h.partWell("17", leftForPrice, func(d *od.Deal) { d.Client.Phone = phone })
	h.agrees(od.ChannelSMS, od.ClassRelationship, true)
	h.post.sent = nil
	h.days(31)
	return c, h.letter(c, od.T15)
}

func (h *house) told(m *od.Message, kind od.InboundKind, hard bool) *od.Inbound {
	h.Helper()
	in, err := h.reception().Take(h.Context(), od.Arrival{
		Channel: od.ChannelSMS, Kind: kind, ProviderID: "smsc:" + string(kind), Refs: []uuid.UUID{m.ID}, From: phone, Hard: hard, Why: "the phone could not be reached in time",
	})
	h.must(err)
	h.work()
	return in
}

func TestATextMessageThatDidNotArriveGoesByTheNextChannel(t *testing.T) {
	for _, hard := range []bool{false, true} {
		h := newHouse(t, automatic)
		_, sms := h.channels()
		c, m := h.texted(od.ChannelSMS, od.ChannelEmail)
		if len(sms.sent) != 1 || m.Channel != od.ChannelSMS || len(h.post.sent) != 0 {
			t.Fatalf("by text message %d, by mail %v", len(sms.sent), h.post.templates())
		}
		h.told(m, od.InboundBounce, hard)
		h.days(2)
		if got := count(h.post.templates(), od.T15); got != 1 {
			t.Errorf("%d letters by mail after the text message did not arrive: %+v", got, h.touches(c)[0])
		}
		if got := h.kinds(c); !slices.Contains(got, "message.bounced") || !slices.Contains(got, "touch.next_channel") {
			t.Errorf("the timeline does not say it: %v", got)
		}
		dead, err := h.store.Suppressed(t.Context(), h.keys.StopHash(od.ChannelSMS, phone), od.ChannelSMS)
		h.must(err)
		if dead != hard {
			t.Errorf("the number is on the stop list: %v, it does not exist: %v", dead, hard)
		}
		h.sound()
	}
}

func TestAClientWhoAskedToBeLeftAloneIsNotTriedAnotherWay(t *testing.T) {
	h := newHouse(t, automatic)
	h.channels()
	c, m := h.texted(od.ChannelSMS, od.ChannelEmail)
	_, err := h.act(h.theCase("17"), od.Action{Name: "stop_contact", Reason: "попросил по телефону"})
	h.must(err)
	h.told(m, od.InboundBounce, false)
	for _, touch := range h.touches(c) {
		if touch.State == od.TouchPlanned {
			t.Errorf("planned after the stop: %+v", touch)
		}
	}
	h.days(30)
	if len(h.post.sent) != 0 {
		t.Errorf("sent after the stop: %v", h.post.templates())
	}
}

func TestAProviderSettlesWhatNobodyKnew(t *testing.T) {
	h := newHouse(t, automatic)
	_, sms := h.channels()
	sms.lose = func(*od.Message) bool { return true }
	_, m := h.texted(od.ChannelSMS)
	if m.State != od.MessageUncertain {
		t.Fatalf("a message whose answer was lost is %s", m.State)
	}
	wait, err := h.store.Outstanding(t.Context(), od.ChannelSMS, h.clock.AddDate(0, 0, -7), 10)
	h.must(err)
	if len(wait) != 1 || wait[0].MessageID != m.ID {
		t.Errorf("asked about: %+v", wait)
	}
	h.told(m, od.InboundDelivered, false)
	m, err = h.store.Message(t.Context(), nil, m.ID)
	h.must(err)
	ef, err := h.store.Effect(t.Context(), m.EffectID)
	h.must(err)
	if m.State != od.MessageDelivered || m.SentAt.IsZero() || ef.State != od.EffectSent {
		t.Errorf("the message is %s, its effect %s", m.State, ef.State)
	}
	h.sound()
}

func TestATickUnderTextMessagesAllowsNewsAndInvitations(t *testing.T) {
	h := newHouse(t, automatic)
	_, sms := h.channels()
	h.tries(od.ChannelSMS)
	c := h.partWell("17", &od.Answer{Reason: "price.cheaper", KeepInTouch: []string{"sms"}, Source: "survey"}, func(d *od.Deal) { d.Client.Phone = phone })
	for _, class := range od.ConsentClasses {
		given, err := h.store.ConsentGiven(t.Context(), h.keys.StopHash(od.ChannelSMS, phone), od.ChannelSMS, class)
		h.must(err)
		if !given {
			t.Errorf("%s by text message is not allowed", class)
		}
	}
	h.days(31)
	if got := count(sms.templates(), od.T15); got != 1 {
		t.Errorf("%d news by text message: %+v", got, h.touches(c)[0])
	}
}

// A change of a plan counts for partings to come: who left before hears the words
// of the plan by which they were planned, in the language that is theirs by then.
func TestNewsAreThoseOfThePlanByWhichTheyWerePlanned(t *testing.T) {
	h := newHouse(t, automatic)
	say := func(topic string) {
		p, err := h.winback().Plan(t.Context(), "price")
		h.must(err)
		p.Steps[0].Words = map[od.Lang]od.News{od.RU: {Topic: topic, Text: "Копии документов у нас под рукой."}, od.EN: {Topic: topic, Text: "Copies are at hand."}}
		_, err = h.winback().SavePlan(t.Context(), p, "key:admin")
		h.must(err)
	}
	say("Первая редакция")
	c := h.leftWell("17", leftForPrice)
	if touch := h.touches(c)[0]; len(touch.Vars) != 0 || touch.PlanIs != 1 {
		t.Errorf("a touch that waits keeps %s of version %d", touch.Vars, touch.PlanIs)
	}
	say("Вторая редакция")
	h.days(31)
	if m := h.letter(c, od.T15); !strings.Contains(string(m.Vars), "Первая редакция") {
		t.Errorf("the letter says %s", m.Vars)
	}
}
