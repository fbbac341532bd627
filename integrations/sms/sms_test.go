package sms

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/integrations/channeltest"
	"opendoor/integrations/outbound"
	"opendoor/integrations/sms/smssim"
	"opendoor/internal/testkit"
	"opendoor/offboarding"
)

func sender(t *testing.T, sim *smssim.Server, provider string, change ...func(*Config)) *Sender {
	t.Helper()
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.1"}, UserAgent: "opendoor/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	cfg := Config{
		Provider: provider, Base: base, Login: "office", Secret: "sample-secret", HTTP: client, Limiter: outbound.NewLimiter(nil, log), Breakers: outbound.NewBreakers(log), Log: log,
	}
	for _, fn := range change {
		fn(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var providers = []string{"smsc", "smsru"}

func TestTextMessagesKeepTheContractOfChannels(t *testing.T) {
	faults := map[channeltest.Fate]smssim.Fault{
		channeltest.Busy: smssim.NoMoney, channeltest.Refused: smssim.Refuse, channeltest.Dead: smssim.NoNumber, channeltest.Lost: smssim.Cut,
	}
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			channeltest.Run(t, func(t *testing.T, fate channeltest.Fate) channeltest.Rig {
				t.Helper()
				sim := smssim.New("office", "sample-secret")
				sim.Fail(faults[fate])
				return channeltest.Rig{
					Channel: offboarding.ChannelSMS, To: "+7 900 000-00-01", Mailer: sender(t, sim, provider), Arrived: func() int { return len(sim.Arrived()) }, Secret: "sample-secret",
				}
			}, channeltest.Busy, channeltest.Refused, channeltest.Dead, channeltest.Lost)
		})
	}
}

func open(context.Context) error { return nil }

func TestAMessageGoesToItsNumberUnderItsID(t *testing.T) {
	for _, provider := range providers {
		sim := smssim.New("office", "sample-secret")
		s := sender(t, sim, provider, func(c *Config) { c.From = "SAMPLE" })
		e := &offboarding.Envelope{EffectID: uuid.Must(uuid.NewV7()), Message: &offboarding.Message{To: "8 (900) 000-00-01", Text: "Здравствуйте."}}
		if err := s.Send(t.Context(), e, open); err != nil {
			t.Fatal(err)
		}
		got := sim.Arrived()[0]
		if got.To != "79000000001" || got.Text != "Здравствуйте." || got.From != "SAMPLE" || provider == "smsc" && got.ID != e.EffectID.String() {
			t.Errorf("%s: arrived %+v", provider, got)
		}
		if _, err := s.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", provider, err)
		}
		sim.Fail(smssim.Page)
		if err := s.Send(t.Context(), e, open); !errors.Is(err, offboarding.ErrUncertain) {
			t.Errorf("%s: a page instead of an answer: %v", provider, err)
		}
		stranger := sender(t, sim, provider, func(c *Config) { c.Secret = "wrong" })
		if _, err := stranger.Check(t.Context()); err == nil || strings.Contains(err.Error(), "wrong\"") {
			t.Errorf("%s: a wrong login: %v", provider, err)
		}
		for what, m := range map[string]*offboarding.Message{
			"a landline": {To: "+7 495 000-00-00", Text: "x"}, "no words": {To: "+79000000001"}, "a letter": {To: "+79000000001", Text: strings.Repeat("я", 67*MaxParts+1)},
		} {
			err := s.Send(t.Context(), &offboarding.Envelope{Message: m}, func(context.Context) error { t.Error(what + " came to the fence"); return nil })
			if !offboarding.IsKind(err, offboarding.KindInvalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

func TestALongTextIsPaidInParts(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "Hello": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("я", 70): 1, strings.Repeat("я", 71): 2, strings.Repeat("я", 135): 3, strings.Repeat("🎈", 35): 1, strings.Repeat("🎈", 36): 2,
	} {
		if got := Parts(text); got != want {
			t.Errorf("%d signs of %.6q take %d parts, want %d", len([]rune(text)), text, got, want)
		}
	}
}

type keeper struct {
	mu    sync.Mutex
	heard []offboarding.Arrival
	wait  []offboarding.Outstanding
}

func (k *keeper) Outstanding(context.Context, offboarding.Channel, time.Time, int) ([]offboarding.Outstanding, error) {
	return k.wait, nil
}

func (k *keeper) Take(_ context.Context, a offboarding.Arrival) (*offboarding.Inbound, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard = append(k.heard, a)
	return &offboarding.Inbound{}, nil
}

func (k *keeper) TakeTurn(context.Context, string, string, time.Duration) (bool, error) {
	return true, nil
}

func TestAnAnswerIsHeardWhereTheProviderTellsIt(t *testing.T) {
	sim := smssim.New("office", "sample-secret")
	s := sender(t, sim, "smsc", func(c *Config) { c.Answers = true })
	k, known := &keeper{}, map[string]bool{}
	if err := s.hear(t.Context(), k, known); err != nil || len(k.heard) != 0 {
		t.Errorf("nobody has answered: %v, %d", err, len(k.heard))
	}
	sim.Answer("79000000001", "Стоп")
	for range 2 {
		if err := s.hear(t.Context(), k, known); err != nil {
			t.Fatal(err)
		}
	}
	if len(k.heard) != 1 || k.heard[0].From != "+79000000001" || k.heard[0].Text != "Стоп" || k.heard[0].Channel != offboarding.ChannelSMS {
		t.Errorf("heard %+v", k.heard)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Listen(ctx, k, k, "one", slog.New(slog.DiscardHandler))
	}()
	asked := sim.Asked()
	testkit.Eventually(t, time.Minute, func() error {
		if sim.Asked() == asked {
			return errors.New("nobody asks")
		}
		return nil
	})
	cancel()
	<-ended
	if sender(t, sim, "smsru", func(c *Config) { c.Answers = true }).HearsAnswers() {
		t.Error("SMS.ru tells no answers")
	}
}

func TestAProviderTellsWhatArrived(t *testing.T) {
	for _, provider := range providers {
		for told, want := range map[smssim.Report]offboarding.Arrival{
			smssim.Delivered: {Kind: offboarding.InboundDelivered}, smssim.UnderWay: {}, smssim.TooLate: {Kind: offboarding.InboundBounce}, smssim.Nobody: {Kind: offboarding.InboundBounce, Hard: true},
		} {
			sim := smssim.New("office", "sample-secret")
			s, k := sender(t, sim, provider), &keeper{}
			for range reportsAtOnce + 1 { // more than are asked about at once
				e := &offboarding.Envelope{EffectID: uuid.Must(uuid.NewV7()), Message: &offboarding.Message{ID: uuid.Must(uuid.NewV7()), To: "+7 900 000-00-01", Text: "Здравствуйте."}}
				if len(k.wait) < 2 { // two were really sent, of the others nothing is known
					s.cfg.Limiter = outbound.NewLimiter(nil, s.cfg.Log)
					if err := s.Send(t.Context(), e, open); err != nil {
						t.Fatal(err)
					}
				}
				k.wait = append(k.wait, offboarding.Outstanding{MessageID: e.Message.ID, EffectID: e.EffectID, To: e.Message.To, Ref: e.Ref})
			}
			sim.Tell(told)
			f := &follower{}
			for range 2 { // the second time nobody is asked about again so soon
				if err := s.follow(t.Context(), k, k, f); err != nil {
					t.Fatal(err)
				}
			}
			if want.Kind == "" {
				if len(k.heard) != 0 {
					t.Errorf("%s, %s: heard %+v", provider, told, k.heard)
				}
				continue
			}
			if len(k.heard) != 2 {
				t.Fatalf("%s, %s: %d are told of, want 2", provider, told, len(k.heard))
			}
			for _, a := range k.heard {
				at := slices.IndexFunc(k.wait, func(m offboarding.Outstanding) bool { return m.MessageID == a.Refs[0] })
				if a.Kind != want.Kind || a.Hard != want.Hard || a.Channel != offboarding.ChannelSMS || at > 1 || (a.Why == "") != (want.Kind == offboarding.InboundDelivered) {
					t.Errorf("%s, %s: heard %+v", provider, told, a)
				}
			}
		}
	}
}
