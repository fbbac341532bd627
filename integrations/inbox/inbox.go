// Package inbox takes in the mail that clients and mail servers answer with:
// an LMTP or SMTP listener to which the company's own mail server hands what
// comes to one address. A letter is accepted only when it is stored.
//
// Read parse.go (what a letter is), report.go (bounces and complaints) and
// text.go (what a person really wrote) next.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"opendoor/offboarding"
)

// Limits of what is accepted.
const (
	maxLetter     = 10 << 20 // bytes; what is larger is refused and the sender told
	maxRecipients = 20
	takeBudget    = 30 * time.Second
	ioBudget      = 2 * time.Minute
)

// Taker takes in what was read from a letter.
type Taker interface {
	Take(ctx context.Context, a offboarding.Arrival) (*offboarding.Inbound, error)
}

// Config says where to listen and for whom.
type Config struct {
	URL     *url.URL // lmtp://host:port, lmtp:///path/of/socket or smtp://host:port
	Address string   // care@example.com; answers come to care+TOKEN@example.com
	Taker   Taker
	Log     *slog.Logger
}

// Listener is the open door for mail.
type Listener struct {
	srv *gosmtp.Server
	l   net.Listener
}

// Listen opens the listener; Serve answers.
func Listen(cfg Config) (*Listener, error) {
	if _, err := mail.ParseAddress(cfg.Address); err != nil {
		return nil, errors.New("the inbox has no address")
	}
	network, address := "tcp", cfg.URL.Host
	if address == "" {
		network, address = "unix", cfg.URL.Path
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), network, address)
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	srv := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &session{cfg: cfg}, nil }))
	srv.LMTP = cfg.URL.Scheme == "lmtp"
	_, srv.Domain, _ = strings.Cut(cfg.Address, "@")
	srv.MaxMessageBytes, srv.MaxRecipients = maxLetter, maxRecipients
	srv.ReadTimeout, srv.WriteTimeout = ioBudget, ioBudget
	srv.ErrorLog = quiet{cfg.Log}
	return &Listener{srv, l}, nil
}

// Addr is where the listener listens.
func (l *Listener) Addr() net.Addr { return l.l.Addr() }

// Serve answers until ctx ends; letters in hand are finished.
func (l *Listener) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if l.srv.Shutdown(end) != nil {
			_ = l.srv.Close()
		}
	})()
	if err := l.srv.Serve(l.l); err != nil && !errors.Is(err, gosmtp.ErrServerClosed) && ctx.Err() == nil {
		return err
	}
	return nil
}

type quiet struct{ log *slog.Logger }

func (q quiet) Printf(format string, v ...any) {
	q.log.Debug("inbox", "says", fmt.Sprintf(format, v...))
}
func (q quiet) Println(v ...any) { q.log.Debug("inbox", "says", fmt.Sprint(v...)) }

// session is one connection of the mail server.
type session struct {
	cfg  Config
	from string
	to   []string
}

// Mail notes the envelope's sender.
func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt accepts our own address alone.
func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if _, ok := tokenIn(to, s.cfg.Address); !ok {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "nobody of this name is here"}
	}
	s.to = append(s.to, to)
	return nil
}

// Data takes a letter in. What cannot be stored now is to come again.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxLetter+1))
	if err != nil {
		return err
	}
	if len(raw) > maxLetter {
		return gosmtp.ErrDataTooLarge
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeBudget)
	defer cancel()
	token := ""
	for _, to := range s.to {
		if t, _ := tokenIn(to, s.cfg.Address); t != "" {
			token = t
		}
	}
	for _, a := range Parse(raw, s.from, token) {
		if _, err := s.cfg.Taker.Take(ctx, a); err != nil {
			s.cfg.Log.WarnContext(ctx, "a letter was not stored, its sender tries again", "err", err)
			return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
		}
	}
	return nil
}

// Reset forgets the envelope.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the connection.
func (s *session) Logout() error { return nil }

// tokenIn returns the token of an address of the inbox; false: it is another
// address.
func tokenIn(to, inbox string) (token string, ok bool) {
	at, own := strings.LastIndexByte(to, '@'), strings.LastIndexByte(inbox, '@')
	if at < 0 || !strings.EqualFold(to[at:], inbox[own:]) {
		return "", false
	}
	name, token, _ := strings.Cut(to[:at], "+")
	return token, strings.EqualFold(name, inbox[:own])
}
