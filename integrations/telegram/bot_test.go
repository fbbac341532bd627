package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"opendoor/integrations/channeltest"
	"opendoor/integrations/outbound"
	"opendoor/integrations/telegram/telegramsim"
	"opendoor/internal/testkit"
	"opendoor/offboarding"
)

const token = "123456:sample-token-of-a-bot-that-is-none"

func bot(t *testing.T, sim *telegramsim.Server) *Bot {
	t.Helper()
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.1"}, UserAgent: "opendoor/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	api, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	b, err := New(Config{API: api, Token: token, HTTP: client, Limiter: outbound.NewLimiter(nil, log), Breakers: outbound.NewBreakers(log)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTelegramKeepsTheContractOfChannels(t *testing.T) {
	faults := map[channeltest.Fate]telegramsim.Fault{
		channeltest.Busy: telegramsim.Busy, channeltest.Refused: telegramsim.Refuse, channeltest.Dead: telegramsim.Blocked, channeltest.Lost: telegramsim.Cut,
	}
	channeltest.Run(t, func(t *testing.T, fate channeltest.Fate) channeltest.Rig {
		t.Helper()
		sim := telegramsim.New(token, "door_bot")
		sim.Fail(faults[fate])
		return channeltest.Rig{Channel: offboarding.ChannelTelegram, To: "700", Mailer: bot(t, sim), Arrived: func() int { return len(sim.Arrived()) }, Secret: token}
	}, channeltest.Busy, channeltest.Refused, channeltest.Dead, channeltest.Lost)
}

func open(context.Context) error { return nil }

func TestAPageInsteadOfAnAnswerLeavesTheFateOpen(t *testing.T) {
	sim := telegramsim.New(token, "door_bot")
	sim.Fail(telegramsim.Page)
	err := bot(t, sim).Send(t.Context(), &offboarding.Envelope{Message: &offboarding.Message{To: "700", Text: "Здравствуйте."}}, open)
	if !errors.Is(err, offboarding.ErrUncertain) {
		t.Errorf("got %v", err)
	}
}

func TestAMessageThatTelegramCannotBeReachedForIsGivenUpInTheEnd(t *testing.T) {
	b := bot(t, telegramsim.New(token, "door_bot"))
	b.cfg.API = &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))}
	err := b.Send(t.Context(), &offboarding.Envelope{Message: &offboarding.Message{To: "700", Text: "Здравствуйте."}}, open)
	if _, waits := errors.AsType[*offboarding.Backoff](err); waits || !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestAMessageBringsItsButtons(t *testing.T) {
	sim := telegramsim.New(token, "door_bot")
	b := bot(t, sim)
	e := &offboarding.Envelope{Message: &offboarding.Message{To: "700", Text: "Здравствуйте."}, Buttons: []offboarding.Button{
		{Label: "Посмотреть", URL: "https://door.example.com/l/x?choice=comeback"}, {Label: "Больше не писать", Says: offboarding.ButtonStop},
	}}
	if err := b.Send(t.Context(), e, open); err != nil {
		t.Fatal(err)
	}
	got := sim.Arrived()[0]
	want := []telegramsim.Button{{Text: "Посмотреть", URL: "https://door.example.com/l/x?choice=comeback"}, {Text: "Больше не писать", Data: "stop"}}
	if len(got.Buttons) != 2 || got.Buttons[0] != want[0] || got.Buttons[1] != want[1] || got.Chat != 700 {
		t.Errorf("arrived %+v", got)
	}
	for what, m := range map[string]*offboarding.Message{
		"no chat": {To: "client@example.com", Text: "x"}, "no words": {To: "700"}, "too many words": {To: "700", Text: strings.Repeat("я", 4097)},
	} {
		err := b.Send(t.Context(), &offboarding.Envelope{Message: m}, func(context.Context) error { t.Error(what + " came to the fence"); return nil })
		if !offboarding.IsKind(err, offboarding.KindInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAWrongTokenIsOurFaultAndKeepsTheMessage(t *testing.T) {
	b := bot(t, telegramsim.New("another", "door_bot"))
	err := b.Send(t.Context(), &offboarding.Envelope{Message: &offboarding.Message{To: "700", Text: "Здравствуйте."}}, open)
	if !offboarding.IsKind(err, offboarding.KindUnavailable) || strings.Contains(err.Error(), "sample-token") {
		t.Errorf("got %v", err)
	}
	if _, err := b.Check(t.Context()); err == nil {
		t.Error("doctor finds nothing")
	}
}

func TestWhatPeopleSayIsUnderstood(t *testing.T) {
	b := &Bot{id: "1"}
	private := `"chat":{"id":700,"type":"private"},"from":{"id":700}`
	tests := map[string]struct {
		update string
		want   offboarding.Arrival
		ok     bool
	}{
		"a start link":           {`{"message":{` + private + `,"text":"/start abc_-9"}}`, offboarding.Arrival{Kind: offboarding.InboundStart, Token: "abc_-9", From: "700"}, true},
		"a start by hand":        {`{"message":{` + private + `,"text":"/start"}}`, offboarding.Arrival{Kind: offboarding.InboundStart, From: "700"}, true},
		"words":                  {`{"message":{` + private + `,"text":"Спасибо"}}`, offboarding.Arrival{Kind: offboarding.InboundReply, Text: "Спасибо", From: "700"}, true},
		"a picture with words":   {`{"message":{` + private + `,"caption":"стоп"}}`, offboarding.Arrival{Kind: offboarding.InboundReply, Text: "стоп", From: "700"}, true},
		"a voice":                {`{"message":{` + private + `}}`, offboarding.Arrival{Kind: offboarding.InboundReply, Text: wordless, From: "700"}, true},
		"a press of stop":        {`{"callback_query":{"id":"1","from":{"id":700},"data":"stop"}}`, offboarding.Arrival{Kind: offboarding.InboundStop, From: "700"}, true},
		"a press of offers":      {`{"callback_query":{"id":"1","from":{"id":700},"data":"offers"}}`, offboarding.Arrival{Kind: offboarding.InboundOffers, From: "700"}, true},
		"the bot is blocked":     {`{"my_chat_member":{"chat":{"id":700,"type":"private"},"new_chat_member":{"status":"kicked"}}}`, offboarding.Arrival{Kind: offboarding.InboundStop, From: "700"}, true},
		"a group":                {`{"message":{"chat":{"id":-5,"type":"group"},"from":{"id":700},"text":"стоп"}}`, offboarding.Arrival{}, false},
		"another bot":            {`{"message":{"chat":{"id":700,"type":"private"},"from":{"id":7,"is_bot":true},"text":"стоп"}}`, offboarding.Arrival{}, false},
		"a press of another bot": {`{"callback_query":{"id":"1","from":{"id":700},"data":"buy"}}`, offboarding.Arrival{}, false},
		"something new":          {`{"poll":{"id":"1"}}`, offboarding.Arrival{}, false},
	}
	for name, tt := range tests {
		var u update
		if err := json.Unmarshal([]byte(tt.update), &u); err != nil {
			t.Fatal(err)
		}
		a, ok := b.arrivalOf(u)
		if ok != tt.ok || ok && (a.Kind != tt.want.Kind || a.Token != tt.want.Token || a.Text != tt.want.Text || a.From != tt.want.From) {
			t.Errorf("%s: %+v, %t", name, a, ok)
		}
	}
}

// keeper takes in what is said, and knows whose turn it is.
type keeper struct {
	mu     sync.Mutex
	heard  []offboarding.Arrival
	fail   int // so many of the next are not stored
	holder string
	name   string
}

func (k *keeper) Take(_ context.Context, a offboarding.Arrival) (*offboarding.Inbound, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail > 0 {
		k.fail--
		return nil, offboarding.Unavailable("the database is away", nil)
	}
	k.heard = append(k.heard, a)
	return &offboarding.Inbound{}, nil
}

func (k *keeper) TakeTurn(_ context.Context, _, holder string, _ time.Duration) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.holder == "" {
		k.holder = holder
	}
	return k.holder == holder, nil
}

func (k *keeper) SetSetting(_ context.Context, _, value string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.name = value
	return nil
}

func (k *keeper) words() (out []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.heard {
		out = append(out, a.Text)
	}
	return out
}

func TestOfTwoProcessesOneListensAndNothingIsLost(t *testing.T) {
	sim := telegramsim.New(token, "door_bot")
	k := &keeper{fail: 1}
	b := bot(t, sim)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, holder := range []string{"one", "two"} {
		wg.Go(func() { NewListener(b, k, k, holder, slog.New(slog.DiscardHandler)).Run(ctx) })
	}
	sim.Tell(map[string]any{"message": "this is no message"})
	sim.Tell(map[string]any{"callback_query": map[string]any{"id": []int{1}}})
	sim.Write(700, "один")
	sim.Write(700, "два")
	sim.Press(700, "press-1", "stop")
	sim.Block(700)
	testkit.Eventually(t, time.Minute, func() error {
		if got := strings.Join(k.words(), ","); got != "один,два,," || len(sim.Answered()) != 1 {
			return errors.New("heard " + got)
		}
		return nil
	})
	cancel()
	wg.Wait()
	if sim.Clashes() != 0 || k.name != "door_bot" {
		t.Errorf("%d clashes; the bot's name is %q", sim.Clashes(), k.name)
	}
}

func FuzzUpdates(f *testing.F) {
	f.Add([]byte(`[{"update_id":1,"message":{"chat":{"id":700,"type":"private"},"text":"/start x"}},{"update_id":"x"},7]`))
	f.Add([]byte(`{"update_id":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		updates, last := read(raw)
		for _, u := range updates {
			if u.ID > last {
				t.Error("the highest number is not the highest")
			}
			if a, ok := (&Bot{id: "1"}).arrivalOf(u); ok && (a.From == "" || a.Kind == "" || a.ProviderID == "") {
				t.Errorf("%+v", a)
			}
		}
	})
}
