// Package mailbox is the mailbox of the sandbox: an SMTP server that takes
// every letter, and a small page and JSON to look at what came. It keeps
// letters in memory and sends nothing on.
package mailbox

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	defaultMessages = 10_000
	maxLetter       = 4 << 20  // bytes; our own letters are under 100 kB
	maxKept         = 64 << 20 // bytes of all letters together; older ones go first
	idleTimeout     = 5 * time.Minute
)

// Config says how much the mailbox keeps.
type Config struct {
	MaxMessages int              // 0: 10 000; when there are more, the oldest go
	Now         func() time.Time // dates what is received; nil: the wall clock
	Log         *slog.Logger     // nil: nobody listens
}

// Mailbox keeps the letters that were received, newest last.
type Mailbox struct {
	max  int
	now  func() time.Time
	log  *slog.Logger
	smtp *smtp.Server

	mu      sync.Mutex
	letters []*letter
	bytes   int
	last    int // id of the newest letter
}

// letter is one letter as it came.
type letter struct {
	Summary
	raw []byte
}

// Summary is a letter in a list.
type Summary struct {
	ID         string    `json:"id"`
	From       string    `json:"from"`
	To         []string  `json:"to"` // of the envelope
	Subject    string    `json:"subject"`
	MessageID  string    `json:"message_id"` // without angle brackets
	ReceivedAt time.Time `json:"received_at"`
	Links      []string  `json:"links"` // in the order in which they stand in the letter
}

// Message is a whole letter.
type Message struct {
	Summary
	Text    string              `json:"text"`
	HTML    string              `json:"html"`
	Headers map[string][]string `json:"headers"` // decoded
}

// New returns an empty mailbox that listens nowhere yet.
func New(cfg Config) *Mailbox {
	b := &Mailbox{max: cfg.MaxMessages, now: cfg.Now, log: cfg.Log}
	if b.max <= 0 {
		b.max = defaultMessages
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	b.smtp = smtp.NewServer(b)
	b.smtp.Domain = "mailbox.localhost"
	b.smtp.AllowInsecureAuth = true
	b.smtp.MaxMessageBytes = maxLetter
	b.smtp.MaxRecipients = 100
	b.smtp.ReadTimeout, b.smtp.WriteTimeout = idleTimeout, idleTimeout
	b.smtp.ErrorLog = smtpLog{b.log}
	return b
}

// ServeSMTP takes letters from l until Close.
func (b *Mailbox) ServeSMTP(l net.Listener) error { return b.smtp.Serve(l) }

// Close ends all SMTP connections. The letters stay.
func (b *Mailbox) Close() error { return b.smtp.Close() }

// NewSession lets the SMTP server take letters for the mailbox.
func (b *Mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: b}, nil }

// Messages lists what was received, newest first.
func (b *Mailbox) Messages() []Summary {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Summary, 0, len(b.letters))
	for _, l := range slices.Backward(b.letters) {
		list = append(list, l.Summary)
	}
	return list
}

// Message returns one letter, taken apart.
func (b *Mailbox) Message(id string) (Message, bool) {
	b.mu.Lock()
	i := slices.IndexFunc(b.letters, func(l *letter) bool { return l.ID == id })
	if i < 0 {
		b.mu.Unlock()
		return Message{}, false
	}
	l := b.letters[i]
	b.mu.Unlock()
	return read(l), true
}

// Clear throws all letters away.
func (b *Mailbox) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters, b.bytes = nil, 0
}

func (b *Mailbox) add(from string, to []string, raw []byte) {
	l := &letter{raw: raw, Summary: Summary{From: from, To: to, ReceivedAt: b.now().UTC()}}
	m := read(l)
	l.Subject, l.MessageID, l.Links = m.Subject, m.MessageID, m.Links
	if m.From != "" {
		l.From = m.From
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	l.ID = strconv.Itoa(b.last)
	b.letters = append(b.letters, l)
	b.bytes += len(raw)
	for len(b.letters) > b.max || b.bytes > maxKept && len(b.letters) > 1 {
		b.bytes -= len(b.letters[0].raw)
		b.letters[0] = nil
		b.letters = b.letters[1:]
	}
}

// read takes a letter apart as far as it can be understood.
func read(l *letter) Message {
	m := Message{Summary: l.Summary, Headers: map[string][]string{}}
	e, err := message.Read(bytes.NewReader(l.raw))
	if e == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		m.Text = string(l.raw)
		return m
	}
	for f := e.Header.Fields(); f.Next(); {
		v, err := f.Text()
		if err != nil {
			v = f.Value()
		}
		m.Headers[f.Key()] = append(m.Headers[f.Key()], v)
	}
	m.Subject = first(m.Headers["Subject"])
	m.MessageID = strings.Trim(first(m.Headers["Message-Id"]), "<> ")
	if a, err := (&mail.AddressParser{WordDecoder: &mime.WordDecoder{}}).Parse(e.Header.Get("From")); err == nil {
		m.From = a.Address
		if a.Name != "" {
			m.From = a.Name + " <" + a.Address + ">"
		}
	}
	_ = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil || part == nil {
			return nil // an unknown charset or encoding: its bytes are shown as they are
		}
		kind, _, _ := part.Header.ContentType()
		if strings.HasPrefix(kind, "multipart/") {
			return nil
		}
		body, _ := io.ReadAll(part.Body)
		switch {
		case kind == "text/html" && m.HTML == "":
			m.HTML = string(body)
		case (kind == "text/plain" || kind == "") && m.Text == "":
			m.Text = strings.ReplaceAll(string(body), "\r\n", "\n")
		}
		return nil
	})
	m.Links = links(m.HTML, m.Text)
	return m
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// session is one SMTP connection.
type session struct {
	box  *Mailbox
	from string
	to   []string
}

// AuthMechanisms offers a login, so that an address with a password works.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth takes any name and password.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, _, _ string) error { return nil }), nil
}

// Mail begins a letter.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from, s.to = from, nil
	return nil
}

// Rcpt adds a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data takes the letter itself. One that breaks off before the dot is an error
// of r and leaves no trace.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.add(s.from, s.to, raw)
	return nil
}

// Reset forgets the letter that was begun.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }

// smtpLog hands the server's complaints to slog.
type smtpLog struct{ log *slog.Logger }

func (l smtpLog) Printf(format string, v ...any) {
	l.log.Debug("smtp connection of the mailbox", "err", fmt.Sprintf(format, v...))
}

func (l smtpLog) Println(v ...any) {
	l.log.Debug("smtp connection of the mailbox", "err", fmt.Sprint(v...))
}
