// Package sms is the channel of text messages, over a provider: SMSC.ru or
// SMS.ru, by their documented HTTP APIs.
//
// Read sms.go (what all providers have in common), parts.go (how long a text
// is), smsc.go and smsru.go (what each of them says), listen.go (answers),
// reports.go (what arrived) in this order.
package sms

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

var _ offboarding.Mailer = (*Sender)(nil)

// MaxParts is how many parts one message may have: six are about four hundred
// Cyrillic letters, the longest that anybody reads on a phone.
const MaxParts = 6

// Each provider takes more; a small office needs less.
var sendRate = outbound.Rate{PerSecond: 10, Burst: 1}

// provider is what an adapter does.
type provider interface {
	// submit hands over one text for one number, "79000000000", and returns how the provider names it. id is ours and
	// the same at every try.
	submit(ctx context.Context, id uuid.UUID, to, text string) (ref string, err error)
	// reports tells of some messages, reportsAtOnce at most, whether they arrived; what is not decided yet is left out.
	reports(ctx context.Context, some []offboarding.Outstanding) ([]offboarding.Arrival, error)
	// balance asks for the money that is left, which proves the login too.
	balance(ctx context.Context) (string, error)
}

// Config says which provider carries messages and through what.
type Config struct {
	Provider string   // "smsc" or "smsru"
	Base     *url.URL // https://smsc.ru, https://sms.ru, or a simulator
	Login    string   // of SMSC.ru
	Secret   string   // password of SMSC.ru, api_id of SMS.ru
	From     string   // sender's name as agreed with the provider; empty: the provider's
	Answers  bool     // of SMSC.ru: messages come from a number of ours that can be answered
	HTTP     *outbound.Client
	Limiter  *outbound.Limiter
	Breakers *outbound.Breakers
	Log      *slog.Logger
	Now      func() time.Time // by which messages are dated; nil: the real time
}

// Sender sends text messages.
type Sender struct {
	cfg Config
	by  provider
}

// New returns a sender. It calls nobody.
func New(cfg Config) (*Sender, error) {
	s := &Sender{cfg: cfg}
	switch cfg.Provider {
	case "smsc":
		s.by = smsc{s}
	case "smsru":
		s.by = smsru{s}
	default:
		return nil, fmt.Errorf("there is no provider of text messages called %q", cfg.Provider)
	}
	return s, nil
}

// HearsAnswers reports whether an answer to a text message reaches us.
func (s *Sender) HearsAnswers() bool { return s.cfg.Answers && s.cfg.Provider == "smsc" }

func (s *Sender) now() time.Time {
	if s.cfg.Now == nil {
		return time.Now()
	}
	return s.cfg.Now()
}

// Send sends the message to the mobile phone that is its address.
func (s *Sender) Send(ctx context.Context, e *offboarding.Envelope, fence offboarding.FenceFunc) error {
	to := offboarding.MobileNumber(e.Message.To)
	if to == "" {
		return offboarding.Invalid("this is no mobile phone")
	}
	if n := Parts(e.Message.Text); n > MaxParts || n == 0 {
		return offboarding.Invalid(fmt.Sprintf("the text takes %d parts, a message has 1 to %d", n, MaxParts))
	}
	if err := s.cfg.Limiter.Take(ctx, "sms:"+s.cfg.Base.Host, sendRate); err != nil {
		return err
	}
	if err := fence(ctx); err != nil {
		return err
	}
	var err error
	e.Ref, err = s.by.submit(ctx, e.EffectID, strings.TrimPrefix(to, "+"), e.Message.Text)
	return err
}

// Check tries the login, for doctor.
func (s *Sender) Check(ctx context.Context) (string, error) {
	left, err := s.by.balance(ctx)
	if err != nil {
		return "", err
	}
	return s.cfg.Base.Host + " answers, balance " + left, nil
}

const maxAnswer = 4 << 20 // bytes

// post sends a form and reads the answer as JSON into out. The login stands in
// the body, so that no log of anybody shows it.
func (s *Sender) post(ctx context.Context, path string, form url.Values, changes bool, out any) error {
	at := s.cfg.Base.JoinPath(path)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return offboarding.Invalid("the provider's address cannot be used")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r, err := s.cfg.Breakers.Do(ctx, at.Host, func() (*outbound.Response, error) { return s.cfg.HTTP.Do(ctx, req, maxAnswer) })
	if err != nil {
		return outbound.Patiently(outbound.Failure(err, changes))
	}
	if !r.Truncated && r.Status < 500 && json.Unmarshal(r.Body, out) == nil {
		return nil
	}
	said := fmt.Errorf("answered %d without saying anything", r.Status)
	if changes && (r.Status < 400 || r.Status >= 500) {
		return fmt.Errorf("%w: %w", offboarding.ErrUncertain, said)
	}
	return offboarding.Unavailable("the provider of text messages did not answer", said)
}

// refused, later and noNumber are what a provider's code may mean.
func refused(said error) error {
	return &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the provider refused the text", Err: said}
}

func noNumber(said error) error {
	return &offboarding.Error{Kind: offboarding.KindGone, Msg: "no text message arrives at this number", Err: said}
}

func later(said error) error {
	return offboarding.Unavailable("the provider of text messages cannot take it now", said)
}
