package acceptance

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// sink is a mail server that counts what it has accepted and fails as it is told.
type sink struct {
	addr string

	mu      sync.Mutex
	fail    func(verb, to string) error
	cut     func(letter) bool // the connection breaks after the letter is accepted, before the answer
	letters []letter
}

// letter is one accepted message.
type letter struct {
	to, from, id, intent, subject, unsubscribe string
	oneClick                                   string
	text, html                                 string
}

// links are the addresses in the letter, each once.
func (l letter) links() []string {
	found := linkPattern.FindAllString(strings.ReplaceAll(l.html, "&amp;", "&"), -1)
	found = append(found, linkPattern.FindAllString(l.text, -1)...)
	slices.Sort(found)
	return slices.Compact(found)
}

var linkPattern = regexp.MustCompile(`https?://[^\s"<>)]+`)

// surveyLink is the bare address of the survey page, or "".
func (l letter) surveyLink() string {
	return surveyPattern.FindString(l.text)
}

var surveyPattern = regexp.MustCompile(`https?://[^\s"<>)]+/s/[A-Za-z0-9_-]+`)

func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{addr: l.Addr().String()}
	srv := smtp.NewServer(s)
	srv.Domain = "sink.example"
	srv.MaxMessageBytes = 4 << 20
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }() // ends with Close
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return s
}

// failWith makes verbs fail; nil heals. MAIL, RCPT, DATA and DOT are asked.
func (s *sink) failWith(fail func(verb, to string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// cutAfter breaks the connection after letters that which accepts.
func (s *sink) cutAfter(which func(letter) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = which
}

func (s *sink) failure(verb, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		return nil
	}
	return s.fail(verb, to)
}

// all returns what was accepted, oldest first.
func (s *sink) all() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

// to returns what was accepted for an address, oldest first.
func (s *sink) to(address string) []letter {
	var out []letter
	for _, l := range s.all() {
		if l.to == address {
			out = append(out, l)
		}
	}
	return out
}

// copies counts the acceptances of a Message-ID.
func (s *sink) copies(messageID string) int {
	n := 0
	for _, l := range s.all() {
		if l.id == messageID {
			n++
		}
	}
	return n
}

// NewSession begins a connection.
func (s *sink) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{sink: s, conn: c}, nil }

type session struct {
	sink     *sink
	conn     *smtp.Conn
	from, to string
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.from = from
	return c.sink.failure("MAIL", "")
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return c.sink.failure("RCPT", to)
}

func (c *session) Data(r io.Reader) error {
	if err := c.sink.failure("DATA", c.to); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.sink.failure("DOT", c.to); err != nil {
		return err
	}
	l, err := readLetter(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: "the letter cannot be read: " + err.Error()}
	}
	l.to, l.from = c.to, c.from
	c.sink.mu.Lock()
	c.sink.letters = append(c.sink.letters, l)
	cut := c.sink.cut != nil && c.sink.cut(l)
	c.sink.mu.Unlock()
	if cut {
		_ = c.conn.Conn().Close()
	}
	return nil
}

func (c *session) Reset()        {}
func (c *session) Logout() error { return nil }

func readLetter(raw []byte) (letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return letter{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return letter{}, err
	}
	l := letter{
		id: strings.Trim(m.Header.Get("Message-Id"), "<>"), intent: m.Header.Get("X-Opendoor-Intent"), subject: subject,
		unsubscribe: strings.Trim(m.Header.Get("List-Unsubscribe"), "<>"), oneClick: m.Header.Get("List-Unsubscribe-Post"),
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return letter{}, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		l.text = string(text)
		return l, err
	}
	return l, l.readParts(m.Body, params["boundary"])
}

// readParts reads text and HTML, also inside of other parts; what is attached is
// left out.
func (l *letter) readParts(body io.Reader, boundary string) error {
	parts := multipart.NewReader(body, boundary)
	for {
		part, err := parts.NextPart() // decodes quoted-printable
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		if strings.HasPrefix(kind, "multipart/") {
			if err := l.readParts(part, params["boundary"]); err != nil {
				return err
			}
			continue
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		switch kind {
		case "text/html":
			l.html = string(text)
		case "text/plain":
			l.text = string(text)
		}
	}
}
