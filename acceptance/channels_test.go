package acceptance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/sms/smssim"
	"opendoor/integrations/telegram/telegramsim"
	"opendoor/internal/testkit"
)

const botToken = "123456789:AAFsample-token-of-a-bot-that-is-none"

// outlook is an installation with Telegram and a provider of text messages, on
// a clock on which two weeks pass in half a minute.
type outlook struct {
	*house
	*program
	chat *telegramsim.Server
	sms  *smssim.Server
}

// ground is a clock that is fast enough for weeks and slow enough for people.
const ground = "OPENDOOR_CLOCK=start=2026-03-02T06:00:00Z,rate=50000"

func withChannels(t *testing.T, more ...string) *outlook {
	o := &outlook{chat: telegramsim.New(botToken, "door_bot"), sms: smssim.New("office", "sample-secret")}
	answer := func(h http.Handler) *httptest.Server {
		srv := httptest.NewServer(h)
		t.Cleanup(srv.Close)
		return srv
	}
	provider := strings.TrimPrefix(answer(o.sms).URL, "http://")
	o.house = serve(t, with(append([]string{
		ground, "OPENDOOR_TELEGRAM_TOKEN=" + botToken, "OPENDOOR_TELEGRAM_API_URL=" + answer(o.chat).URL,
		"OPENDOOR_SMS_URL=smsc+http://office:sample-secret@" + provider + "?sender=EXAMPLE&answers=on",
	}, more...)...))
	o.program = o.generic()
	o.must("PATCH", "/accounts/"+o.ID, fields{"policy": fields{
		"sending_window": nil, "holdout_percent": 0, "survey_delay": "0s", "burst_per_hour": nil, "touch_gap_days": 1, "touches_per_year": 60,
	}}, nil)
	return o
}

// plan sends a letter every day for seven weeks over these channels.
func (o *outlook) plan(name string, channels ...string) {
	o.house.t.Helper()
	words := fields{"ru": fields{"topic": "Копии документов", "text": "Копии у нас под рукой."}, "en": fields{"topic": "Copies of papers", "text": "We have them at hand."}}
	var steps []fields
	for day := 1; day <= 50; day++ {
		steps = append(steps, fields{"day": day, "class": "relationship", "template": "T15", "words": words})
	}
	o.must("PUT", "/plans/"+name, fields{"name": name, "channels": channels, "steps": steps, "version": 0}, nil)
}

// parted parts with a client who has this phone and left for this reason.
func (o *outlook) parted(reason, phone string) (id, email string) {
	o.house.t.Helper()
	email = newAddress("ways")
	k, _ := o.opened("client", fields{"client": fields{"id": email, "name": "Анна Примерова", "email": email, "phone": phone, "lang": "ru"}, "effective_on": "2026-03-02"})
	o.must("POST", "/cases/"+k.ID+"/actions/record_answer", fields{"reason": reason}, nil)
	o.must("POST", "/cases/"+k.ID+"/actions/proceed", fields{}, nil)
	o.eventually(func() error {
		var now parting
		if _, err := o.call("GET", "/cases/"+k.ID, nil, &now); err != nil {
			return err
		}
		if now.State == "parted" || now.State == "in_touch" {
			return nil
		}
		_, err := o.call("POST", "/cases/"+k.ID+"/actions/part", fields{"handover": "not_needed", "settlement": "not_needed"}, nil)
		if err == nil {
			err = fmt.Errorf("the case is %s", now.State)
		}
		return err
	})
	return k.ID, email
}

type waysMessage struct {
	Template string     `json:"template"`
	Channel  string     `json:"channel"`
	To       string     `json:"to"`
	State    string     `json:"state"`
	Tone     *struct{}  `json:"tone"`
	SentAt   *time.Time `json:"sent_at"`
}

// news lists the letters of the plan that have left for the client.
func (o *outlook) news(id string) (out []waysMessage, err error) {
	all, err := listAll[waysMessage](o.house, "/messages", url.Values{"case_id": {id}})
	for _, m := range all {
		if m.Template == "T15" && m.SentAt != nil {
			out = append(out, m)
		}
	}
	return out, err
}

func (o *outlook) by(id, channel string) {
	o.house.t.Helper()
	o.eventually(func() error {
		all, err := o.news(id)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(m waysMessage) bool {
			return m.Channel == channel && (m.State == "sent" || m.State == "delivered") && m.Tone != nil
		}) {
			return fmt.Errorf("nothing has left by %s: %+v", channel, all)
		}
		return nil
	})
}

// silent waits until nothing is planned for the client, and holds that nothing
// has left after the stop.
func (o *outlook) silent(id string) {
	o.house.t.Helper()
	o.eventually(func() error {
		all, err := listAll[touch](o.house, "/cases/"+id+"/touches", nil)
		if err != nil {
			return err
		}
		for _, t := range all {
			if t.State == "planned" || t.State == "waiting" {
				return fmt.Errorf("a touch is still %s", t.State)
			}
		}
		return nil
	})
	lines, err := listAll[struct {
		At   time.Time `json:"at"`
		Kind string    `json:"kind"`
	}](o.house, "/cases/"+id+"/timeline", nil)
	if err != nil {
		o.house.t.Fatal(err)
	}
	i := slices.IndexFunc(lines, func(l struct {
		At   time.Time `json:"at"`
		Kind string    `json:"kind"`
	},
	) bool {
		return l.Kind == "contact.stopped"
	})
	if i < 0 {
		o.house.t.Fatal("nobody was stopped")
	}
	got, err := o.news(id)
	if err != nil {
		o.house.t.Fatal(err)
	}
	for _, m := range got {
		if m.SentAt.After(lines[i].At) {
			o.house.t.Errorf("%s left by %s at %s, after the stop at %s", m.Template, m.Channel, m.SentAt, lines[i].At)
		}
	}
}

var startLink = regexp.MustCompile(`https://t\.me/door_bot\?start=([A-Za-z0-9_-]+)`)

// A client who opened a chat by the link of the farewell hears from us there,
// others by the next channel of the plan; one word in the chat, or an answer to
// a text message, ends it on all of them.
func TestClientsAreReachedOnTheChannelsThatTheyAgreedTo(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { reachOnChannels(t, withChannels(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { reachOnChannels(t, withChannels(t, "OPENDOOR_DATABASE_URL="+testkit.Postgres(t))) })
}

func reachOnChannels(t *testing.T, o *outlook) {
	h := o.house
	h.eventually(func() error { return atLeast(o.chat.Asked(), 1) }) // the bot's name is known from then on
	o.plan("warm", "telegram", "sms", "email")
	o.plan("price", "sms")

	chatty, mail := o.parted("need", "")
	byMail, _ := o.parted("need", "+7 900 000-00-02")
	byPhone, _ := o.parted("need", "+7 900 000-00-03")
	nowhere, _ := o.parted("price", "+7 900 000-00-04")

	var token string
	h.eventually(func() error {
		for _, l := range h.sink.to(mail) {
			if found := startLink.FindStringSubmatch(l.text); found != nil {
				token = found[1]
				return nil
			}
		}
		return fmt.Errorf("no link to the bot in the farewell")
	})
	o.chat.Write(701, "/start "+token)
	h.must("POST", "/consents", fields{
		"person": "8 (900) 000-00-03", "channel": "sms", "class": "relationship", "given": true, "granted_at": "2026-03-01T10:00:00Z", "source": "form",
		"wording": "Пишите мне СМС.", "wording_version": "1",
	}, nil)

	o.by(chatty, "telegram")
	o.by(byMail, "email")
	o.by(byPhone, "sms")
	greeted := o.chat.Arrived()[0]
	if greeted.Chat != 701 || !strings.Contains(greeted.Text, "«стоп»") || !slices.ContainsFunc(greeted.Buttons, func(b telegramsim.Button) bool { return b.Data == "stop" }) {
		t.Errorf("the chat was greeted by %+v", greeted)
	}
	if got := o.sms.Arrived()[0]; got.To != "79000000003" || got.From != "EXAMPLE" || !strings.Contains(got.Text, "ответьте «стоп»") {
		t.Errorf("the phone got %+v", got)
	}
	h.eventually(func() error {
		all, err := listAll[touch](h, "/cases/"+nowhere+"/touches", nil)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(t touch) bool {
			return t.State == "dropped" && t.Reason == "no consent to be written to on this channel"
		}) {
			return fmt.Errorf("no touch says why it is held: %+v", all)
		}
		return nil
	})

	h.eventually(func() error { // the provider is asked what became of it
		all, err := o.news(byPhone)
		if err == nil && !slices.ContainsFunc(all, func(m waysMessage) bool { return m.State == "delivered" }) {
			err = fmt.Errorf("nobody has told that a text message arrived: %+v", all)
		}
		return err
	})

	o.chat.Write(701, "Стоп")
	o.sms.Answer("79000000003", "стоп")
	o.silent(chatty)
	o.silent(byPhone)
	for id, only := range map[string]string{byMail: "email", byPhone: "sms or email", nowhere: "none"} {
		got, err := o.news(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range got {
			if !strings.Contains(only, m.Channel) {
				t.Errorf("%s left by %s to %s", m.Template, m.Channel, m.To)
			}
		}
	}
	if p := h.run("doctor"); !strings.Contains(p.log.String(), "the bot @door_bot answers") || !strings.Contains(p.log.String(), "balance 123.45") {
		t.Errorf("doctor says: %s", p.log)
	}
	h.invariantsHold()
}
