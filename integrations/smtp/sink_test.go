package smtp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	gosasl "github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// sink is a whole mail server that keeps what it accepted.
type sink struct {
	user, password string
	fail           func(verb string) error // answers a verb with an error; nil: all is well

	mu          sync.Mutex
	connections int
	received    []received
}

type received struct {
	from, to string
	data     []byte
}

func (s *sink) NewSession(*gosmtp.Conn) (gosmtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
	return &session{sink: s}, nil
}

func (s *sink) letters() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.received...)
}

type session struct {
	sink     *sink
	loggedIn bool
	now      received
}

func (s *session) failing(verb string) error {
	if s.sink.fail == nil {
		return nil
	}
	return s.sink.fail(verb)
}

func (s *session) AuthMechanisms() []string {
	if s.sink.user == "" {
		return nil
	}
	return []string{"PLAIN", "LOGIN"}
}

func (s *session) Auth(mech string) (gosasl.Server, error) {
	return gosasl.NewPlainServer(func(_, user, password string) error {
		if user != s.sink.user || password != s.sink.password {
			return &gosmtp.SMTPError{Code: 535, Message: "wrong password"}
		}
		s.loggedIn = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	if s.sink.user != "" && !s.loggedIn {
		return &gosmtp.SMTPError{Code: 530, Message: "log in first"}
	}
	s.now = received{from: from}
	return s.failing("MAIL")
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.now.to = to
	return s.failing("RCPT")
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.failing("DATA"); err != nil {
		return err
	}
	s.now.data = data
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.received = append(s.sink.received, s.now)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// serve starts the sink and returns its address.
func (s *sink) serve(t *testing.T, set func(*gosmtp.Server)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := gosmtp.NewServer(s)
	srv.Domain, srv.AllowInsecureAuth = "sink.example", true
	if set != nil {
		set(srv)
	}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String()
}

// script answers verbs as it is told, for what no decent server would do. Each
// value is a line of answer, "drop" (cut the connection), "hang" (no answer) or
// "250 x\ndrop" (answer, then cut). "" and verbs that are missing: all is well.
type script map[string]string

// serve answers any number of connections and counts final dots that arrived
// and the verbs that were heard.
func (s script) serve(t *testing.T) (address string, heard func(verb string) int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	counts := map[string]int{}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				s.talk(conn, func(verb string) { mu.Lock(); counts[verb]++; mu.Unlock() })
			})
		}
	})
	return l.Addr().String(), func(verb string) int { mu.Lock(); defer mu.Unlock(); return counts[verb] }
}

func (s script) talk(conn net.Conn, heard func(string)) {
	in := bufio.NewReader(conn)
	answer := func(verb, well string) bool {
		heard(verb)
		line, after, _ := strings.Cut(s[verb], "\n")
		switch line {
		case "":
			line = well
		case "drop":
			return false
		case "hang":
			_, _ = io.Copy(io.Discard, in)
			return false
		}
		_, _ = io.WriteString(conn, line+"\r\n")
		return after != "drop"
	}
	if !answer("greeting", "220 sink.example") {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		well := map[string]string{"EHLO": "250-sink.example\r\n250 AUTH PLAIN", "AUTH": "235 welcome", "DATA": "354 go on"}[verb]
		if well == "" {
			well = "250 fine"
		}
		if !answer(verb, well) {
			return
		}
		if verb != "DATA" || s["DATA"] != "" {
			continue
		}
		for line = ""; line != ".\r\n"; {
			if line, err = in.ReadString('\n'); err != nil {
				return
			}
		}
		if !answer("dot", "250 taken") {
			return
		}
	}
}

func mailer(t *testing.T, address string, set ...func(*Config)) *Mailer {
	t.Helper()
	cfg := Config{Now: func() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL = u
	for _, f := range set {
		f(&cfg)
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func envelope() *offboarding.Envelope {
	id := uuid.Must(uuid.NewV7())
	return &offboarding.Envelope{
		EffectID:       id,
		UnsubscribeURL: "https://opendoor.example.com/u/" + strings.Repeat("abcdefgh", 8),
		Message: &offboarding.Message{
			Template: offboarding.T03,
			From:     `"ООО «Ромашка», поддержка" <care@example.com>`,
			To:       "client@example.org",
			ToName:   "Мария Иванова-Петрова",
			Subject:  "Спасибо, что были с нами: два вопроса на прощание, если найдёте минуту",
			Text:     "Здравствуйте, Мария!\n.\nОдинокая точка не кончает письма.\n",
			HTML:     "<p>Здравствуйте, Мария!</p>\n.\n<p><a href=\"https://opendoor.example.com/s/x?reason=price\">Дорого</a></p>",
			HeaderID: id.String() + "@opendoor.example.com",
		},
	}
}

func open(context.Context) error { return nil }

var errClosed = errors.New("closed in the test")

func shut(context.Context) error { return errClosed }
