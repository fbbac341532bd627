package offboarding_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

const phone = "+79000000001"

// channels gives the house Telegram and text messages beside e-mail.
func (h *house) channels() (chat, sms *post) {
	chat, sms = &post{}, &post{}
	h.ways = od.Ways{od.ChannelTelegram: chat, od.ChannelSMS: sms}
	h.postman.Over(h.ways)
	h.must(h.store.SetSetting(h.Context(), od.SettingTelegramBot, "door_bot"))
	return chat, sms
}

// tries makes letters to clients who left for the price go over these channels.
func (h *house) tries(channels ...od.Channel) {
	h.Helper()
	p, err := h.winback().Plan(h.Context(), "price")
	h.must(err)
	p.Channels = channels
	_, err = h.winback().SavePlan(h.Context(), p, "key:admin")
	h.must(err)
}

// inChat lets a client say something in a chat.
func (h *house) inChat(kind od.InboundKind, chat, id, said string) *od.Inbound {
	h.Helper()
	a := od.Arrival{Channel: od.ChannelTelegram, Kind: kind, ProviderID: id, From: chat, Text: said}
	if kind == od.InboundStart {
		a.Token, a.Text = said, ""
	}
	in, err := h.reception().Take(h.Context(), a)
	h.must(err)
	h.work()
	return in
}

func (h *house) starts(c *od.Case, chat string) *od.Inbound {
	h.Helper()
	return h.inChat(od.InboundStart, chat, "start "+chat, h.keys.LinkToken(od.PurposeChat, c.ID, c.Client.Email))
}

func (h *house) agrees(ch od.Channel, class od.Class, given bool) {
	h.Helper()
	h.must(h.winback().RecordConsent(h.Context(), &od.ContactConsent{
		Person: "8 (900) 000-00-01", Channel: ch, Class: class, Given: given, GrantedAt: h.clock, Source: "form", Wording: "да", WordingVersion: "1",
	}, "key:office"))
}

// sent lists template and text of what a carrier has sent.
func (p *post) texts() (out []string) {
	for _, e := range p.sent {
		out = append(out, e.Message.Template+" "+e.Message.Text)
	}
	return out
}

func TestAChatIsOpenedByTheLinkOfTheFarewell(t *testing.T) {
	h := newHouse(t, automatic)
	chat, _ := h.channels()
	c := h.leftWell("17", leftForPrice)
	if in := h.inChat(od.InboundStart, "700", "0", "a-token-of-nobody"); in.CaseID != nil || len(chat.sent) != 0 {
		t.Errorf("a link of nobody opened a chat: %s", in.Outcome)
	}
	link, err := h.desk.ChatURL(t.Context(), h.visit(c, od.PurposePreferences))
	h.must(err)
	if want := "https://t.me/door_bot?start=" + h.keys.LinkToken(od.PurposeChat, c.ID, c.Client.Email); link != want {
		t.Errorf("the page of preferences leads to %q, want %q", link, want)
	}
	in := h.starts(c, "700")
	h.starts(c, "700") // told twice
	if got := chat.templates(); !slices.Equal(got, []string{od.T24}) || chat.sent[0].Message.To != "700" || chat.sent[0].Message.Channel != od.ChannelTelegram {
		t.Fatalf("sent to the chat: %v (%s)", got, in.Outcome)
	}
	lines, err := h.store.ConsentLines(t.Context(), h.keys.StopHash(od.ChannelTelegram, "700"), od.Page{Limit: 10})
	h.must(err)
	if len(lines) != 1 || lines[0].Class != od.ClassRelationship || !lines[0].Given || lines[0].WordingVersion != od.ChatConsentVersion || lines[0].Source != "telegram" || lines[0].Wording == "" {
		t.Errorf("the ledger says %+v", lines)
	}
	h.inChat(od.InboundOffers, "700", "press", "")
	given, err := h.store.ConsentGiven(t.Context(), h.keys.StopHash(od.ChannelTelegram, "700"), od.ChannelTelegram, od.ClassMarketing)
	h.must(err)
	if !given {
		t.Error("the button for offers is no consent to them")
	}
	h.sound()
}

func TestALetterTakesTheFirstChannelOnWhichTheClientMayBeReached(t *testing.T) {
	told := func(h *house, c *od.Case) string { return h.touches(c)[0].Reason }
	tests := map[string]struct {
		order []od.Channel
		given func(h *house, c *od.Case)
		want  od.Channel // empty: none
		why   string
	}{
		"no chat, so by mail":    {order: []od.Channel{od.ChannelTelegram, od.ChannelEmail}, want: od.ChannelEmail},
		"a chat":                 {order: []od.Channel{od.ChannelTelegram, od.ChannelEmail}, given: func(h *house, c *od.Case) { h.starts(c, "700") }, want: od.ChannelTelegram},
		"mail comes first":       {order: []od.Channel{od.ChannelEmail, od.ChannelTelegram}, given: func(h *house, c *od.Case) { h.starts(c, "700") }, want: od.ChannelEmail},
		"a phone without a word": {order: []od.Channel{od.ChannelSMS}, why: "no consent to be written to on this channel"},
		"a phone with another class": {
			order: []od.Channel{od.ChannelSMS}, given: func(h *house, _ *od.Case) { h.agrees(od.ChannelSMS, od.ClassMarketing, true) }, why: "no consent to be written to on this channel",
		},
		"a phone": {order: []od.Channel{od.ChannelSMS, od.ChannelEmail}, given: func(h *house, _ *od.Case) { h.agrees(od.ChannelSMS, od.ClassRelationship, true) }, want: od.ChannelSMS},
		"mail that bounced": {
			order: []od.Channel{od.ChannelEmail, od.ChannelSMS},
			given: func(h *house, c *od.Case) {
				h.agrees(od.ChannelSMS, od.ClassRelationship, true)
				h.arrives(c, od.T12, od.Arrival{Kind: od.InboundBounce, Hard: true, Why: "550"})
			},
			want: od.ChannelSMS,
		},
		"nothing is left": {
			order: []od.Channel{od.ChannelTelegram, od.ChannelSMS},
			why:   "telegram: no address of the client on this channel; sms: no consent to be written to on this channel",
		},
		"a stop on another channel": {
			order: []od.Channel{od.ChannelTelegram, od.ChannelEmail},
			given: func(h *house, _ *od.Case) {
				_, err := h.winback().Suppress(h.Context(), od.Stop{Person: "8 900 000 00 01", Channel: od.ChannelSMS, Reason: "asked"}, "key:office")
				h.must(err)
			},
			why: "the address asked not to be written to",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, automatic)
			chat, sms := h.channels()
			h.tries(tt.order...)
			c := h.partWell("17", leftForPrice, func(d *od.Deal) { d.Client.Phone = phone })
			if tt.given != nil {
				tt.given(h, c)
			}
			chat.sent, sms.sent, h.post.sent = nil, nil, nil
			h.days(31)
			for ch, p := range map[od.Channel]*post{od.ChannelEmail: h.post, od.ChannelTelegram: chat, od.ChannelSMS: sms} {
				if got := count(p.templates(), od.T15); got != map[bool]int{true: 1, false: 0}[ch == tt.want] {
					t.Errorf("%d letters by %s; %s", got, ch, told(h, c))
				}
			}
			if touch := h.touches(c)[0]; tt.want == "" && touch.Reason != tt.why || tt.want != "" && (touch.State != od.TouchReleased || touch.Channel != tt.want) {
				t.Errorf("the touch is %s by %q: %s", touch.State, touch.Channel, touch.Reason)
			}
			h.sound()
		})
	}
}

func TestWhatOneChannelRefusesGoesByTheNext(t *testing.T) {
	h := newHouse(t, automatic)
	chat, _ := h.channels()
	h.tries(od.ChannelTelegram, od.ChannelEmail)
	c := h.leftWell("17", leftForPrice)
	h.starts(c, "700")
	h.post.sent = nil
	chat.fail = func(*od.Message) error { return &od.Error{Kind: od.KindGone, Msg: "the client has closed the chat"} }
	h.days(32)
	if got := count(h.post.templates(), od.T15); got != 1 {
		t.Fatalf("%d letters by mail after the chat refused it: %+v", got, h.touches(c)[0])
	}
	if got := h.kinds(c); !slices.Contains(got, "touch.next_channel") {
		t.Errorf("the timeline does not say it: %v", got)
	}
	s, err := h.store.SuppressionOf(t.Context(), h.keys.StopHash(od.ChannelTelegram, "700"), od.ChannelTelegram)
	if err != nil || s.Reason != od.StopBounce {
		t.Errorf("the dead chat is not on the stop list: %v", err)
	}
	if c := h.theCase("17"); c.NoContact {
		t.Error("a dead chat was taken for a wish")
	}
	h.sound()
}

func TestALostAnswerIsNeverSentAgainByAnyChannel(t *testing.T) {
	h := newHouse(t, automatic)
	chat, _ := h.channels()
	h.tries(od.ChannelTelegram, od.ChannelEmail)
	c := h.leftWell("17", leftForPrice)
	h.starts(c, "700")
	h.post.sent, chat.sent = nil, nil
	chat.lose = func(m *od.Message) bool { return m.Template == od.T15 }
	h.days(45)
	if m := h.letter(c, od.T15); m.State != od.MessageUncertain || len(chat.sent) != 1 || count(h.post.templates(), od.T15) != 0 {
		t.Errorf("the message is %s; %d in the chat, by mail %v", m.State, len(chat.sent), h.post.templates())
	}
}

func TestAStopOnAnyChannelStopsAllOfThemEvenInFlight(t *testing.T) {
	stops := map[string]func(h *house, c *od.Case){
		"a word in the chat": func(h *house, _ *od.Case) { h.tell(od.InboundReply, "Стоп") },
		"a press of a button": func(h *house, _ *od.Case) {
			h.tell(od.InboundStop, "")
		},
		"an answer to a text message": func(h *house, _ *od.Case) {
			_, err := h.reception().Take(h.Context(), od.Arrival{Channel: od.ChannelSMS, Kind: od.InboundReply, ProviderID: "sms", From: phone, Text: "не пишите мне"})
			h.must(err)
		},
		"a person of ours": func(h *house, c *od.Case) {
			_, err := h.act(c, od.Action{Name: "stop_contact", Reason: "попросил по телефону"})
			h.must(err)
		},
		"the link of a letter": func(h *house, c *od.Case) {
			h.must(h.desk.Unsubscribe(h.Context(), h.visit(c, od.PurposePreferences), onThePage))
		},
	}
	for name, stop := range stops {
		for _, flies := range []od.Channel{od.ChannelEmail, od.ChannelTelegram, od.ChannelSMS} {
			t.Run(name+" while one flies by "+string(flies), func(t *testing.T) {
				h := newHouse(t, automatic)
				chat, sms := h.channels()
				h.tries(od.ChannelSMS)
				c := h.partWell("17", leftForPrice, func(d *od.Deal) { d.Client.Phone = phone })
				h.starts(c, "700")
				h.agrees(od.ChannelSMS, od.ClassRelationship, true)
				h.days(31) // by text message, so that an answer to it finds its way
				h.must(h.store.AddTouches(t.Context(), []*od.Touch{{
					ID: od.NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: h.clock.Add(30 * 24 * time.Hour), State: od.TouchPlanned, Class: od.StepRelationship,
					Template: od.T15, Plan: "price", Step: 7, Vars: []byte(`{"topic":"Тема","text":"Текст."}`), Channels: []od.Channel{flies},
				}}))
				carriers := map[od.Channel]*post{od.ChannelEmail: h.post, od.ChannelTelegram: chat, od.ChannelSMS: sms}
				for _, p := range carriers {
					p.sent = nil
				}
				asked := false
				carriers[flies].before = func() {
					if !asked {
						asked = true
						stop(h, h.theCase("17"))
					}
				}
				h.days(60)
				if !asked {
					t.Fatal("nothing was in flight")
				}
				for ch, p := range carriers {
					if len(p.sent) != 0 {
						t.Errorf("by %s: %v", ch, p.texts())
					}
				}
				for _, touch := range h.touches(c) {
					if touch.State == od.TouchPlanned || touch.State == od.TouchWaiting {
						t.Errorf("a touch is still %s", touch.State)
					}
				}
				h.sound()
			})
		}
	}
}

// tell is inChat without the work that follows: it is heard in the middle of some.
func (h *house) tell(kind od.InboundKind, text string) {
	h.Helper()
	_, err := h.reception().Take(h.Context(), od.Arrival{Channel: od.ChannelTelegram, Kind: kind, ProviderID: "update", From: "700", Text: text})
	h.must(err)
}

func TestTheWayBackInAChatOnlyLeadsToItsPage(t *testing.T) {
	h := newHouse(t, automatic)
	chat, _ := h.channels()
	h.tries(od.ChannelTelegram)
	c := h.leftWell("17", leftForPrice)
	h.starts(c, "700")
	h.inChat(od.InboundOffers, "700", "press", "")
	offer := h.touches(c)[1]
	offer.Vars = []byte(`{"what_changed":"Отчёты приходят до десятого.","terms":"Можем взять только отчётность."}`)
	h.must(h.store.SaveTouch(t.Context(), offer))
	h.days(95)
	i := slices.IndexFunc(chat.sent, func(e od.Envelope) bool { return e.Message.Template == od.T16 })
	if i < 0 {
		t.Fatalf("no offer: %+v", h.touches(c)[1])
	}
	back := chat.sent[i].Buttons[0]
	if back.Says != "" || !strings.HasPrefix(back.URL, publicURL+"/l/") || !strings.HasSuffix(back.URL, "?choice=comeback") {
		t.Errorf("the way back is %+v", back)
	}
	h.visit(c, od.PurposeChoice) // looking decides nothing
	h.state(h.theCase("17"), od.StateInTouch)
	if stop := chat.sent[i].Buttons[len(chat.sent[i].Buttons)-1]; stop.Says != od.ButtonStop || stop.URL != "" {
		t.Errorf("the way out is %+v", stop)
	}
}

func TestAPlanNamesChannelsThatThereAre(t *testing.T) {
	h := newHouse(t)
	for name, change := range map[string]func(p *od.Plan){
		"a channel that is none": func(p *od.Plan) { p.Channels = []od.Channel{"pigeon"} },
		"a channel twice":        func(p *od.Plan) { p.Channels = []od.Channel{od.ChannelSMS, od.ChannelSMS} },
		"a step by pigeon":       func(p *od.Plan) { p.Steps[0].Channel = "pigeon" },
	} {
		p, err := h.winback().Plan(t.Context(), "price")
		h.must(err)
		change(p)
		if _, err := h.winback().SavePlan(t.Context(), p, "key:admin"); !od.IsKind(err, od.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestANumberIsTheSameHoweverItIsWritten(t *testing.T) {
	h := newHouse(t)
	want := string(h.keys.StopHash(od.ChannelSMS, phone))
	for _, written := range []string{"8 (900) 000-00-01", "+7 900 000 00 01", " 79000000001"} {
		if string(h.keys.StopHash(od.ChannelSMS, written)) != want {
			t.Errorf("%q is another number", written)
		}
	}
	for said, want := range map[string]string{"+7 495 000-00-00": "", "": "", "Анна": "", "8 900 000-00-01": phone, "+44 7400 123456": "+447400123456"} {
		if got := od.MobileNumber(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
