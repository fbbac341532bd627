package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"opendoor/offboarding"
)

// stepTimeout bounds each command with its answer. RFC 5321 would wait minutes;
// reliability §5 allows an outside call 10 s, and a letter that is late is
// tried again.
const stepTimeout = 10 * time.Second

// security is how a connection is protected.
type security int

const (
	opportunistic security = iota // STARTTLS when offered
	required                      // STARTTLS or nothing
	none                          // in clear, with the password too: the operator said so
	implicit                      // TLS from the first byte
)

// server is where letters go and how it wants to be greeted.
type server struct {
	host, address  string
	hello          string
	user, password string
	security       security
	tls            *tls.Config
}

// conn is one connection, greeted and logged in.
type conn struct {
	smtp    *smtp.Client
	raw     net.Conn
	reused  bool // it has waited in the pool
	dead    bool
	letters int
	opened  time.Time
	idle    time.Time
}

// errStale says that a kept connection was closed by the server before we said
// anything on it: nothing was tried.
var errStale = errors.New("the kept connection is closed")

// connect opens a connection. Whatever goes wrong is KindUnavailable: a wrong
// password or certificate of ours must not kill a letter.
func (s *server) connect(ctx context.Context) (*conn, error) {
	dialCtx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	dial := (&net.Dialer{}).DialContext
	if s.security == implicit {
		dial = (&tls.Dialer{Config: s.tlsConfig()}).DialContext
	}
	raw, err := dial(dialCtx, "tcp", s.address)
	if err != nil {
		return nil, offboarding.Unavailable("the mail server cannot be reached", err)
	}
	c := &conn{raw: raw, opened: time.Now()}
	release := c.within(ctx)
	defer release()
	if err := s.greet(c); err != nil {
		c.drop()
		return nil, err
	}
	return c, nil
}

func (s *server) greet(c *conn) error {
	var err error
	c.step()
	if c.smtp, err = smtp.NewClient(c.raw, s.host); err != nil {
		return ourFault("greeting", err)
	}
	c.smtp.SkipSMTPUTF8(true) // our addresses are ASCII
	c.step()
	if err := c.smtp.Hello(s.hello); err != nil {
		return ourFault("EHLO", err)
	}
	if offered, _ := c.smtp.Extension("STARTTLS"); offered && (s.security == opportunistic || s.security == required) {
		c.step()
		if err := c.smtp.StartTLS(s.tlsConfig()); err != nil {
			return ourFault("STARTTLS", err)
		}
	} else if s.security == required {
		return offboarding.Unavailable("the mail server offers no encryption, which tls=require asks for", nil)
	}
	if s.user == "" {
		return nil
	}
	_, mechanisms := c.smtp.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(mechanisms))
	open := s.security == none
	var auth smtp.Auth
	switch {
	case slices.Contains(offered, "PLAIN"):
		auth = smtp.PlainAuth("", s.user, s.password, s.host, open)
	case slices.Contains(offered, "LOGIN"):
		auth = smtp.LoginAuth(s.user, s.password, s.host, open)
	default:
		return offboarding.Unavailable("the mail server takes no password by PLAIN or LOGIN", nil)
	}
	c.step()
	if err := c.smtp.Auth(auth); err != nil {
		return ourFault("AUTH", err)
	}
	return nil
}

func (s *server) tlsConfig() *tls.Config {
	cfg := &tls.Config{}
	if s.tls != nil {
		cfg = s.tls.Clone()
	}
	cfg.ServerName = s.host
	cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
	// Where STARTTLS is taken only because it is offered and no password is at
	// stake, any certificate is better than the plain text it replaces: Postfix
	// on the same machine offers a self-signed one by default.
	cfg.InsecureSkipVerify = s.security == opportunistic && s.user == ""
	return cfg
}

// within cuts the connection when ctx ends, until release is called. A cut
// connection is told from a failed one by ctx.Err.
func (c *conn) within(ctx context.Context) (release func()) {
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	return func() {
		if !stop() {
			c.dead = true
		}
	}
}

// step gives the next command its time.
func (c *conn) step() { _ = c.raw.SetDeadline(time.Now().Add(stepTimeout)) }

// drop cuts the connection without another word.
func (c *conn) drop() {
	c.dead = true
	_ = c.raw.Close()
}

// send transmits one letter. The connection is usable afterwards unless dead.
func (c *conn) send(ctx context.Context, l *letter, fence offboarding.FenceFunc) error {
	release := c.within(ctx)
	defer release()
	if c.reused {
		// Both a look whether the server is still there and the end of whatever
		// the last letter has left open.
		c.step()
		if err := c.smtp.Reset(); err != nil {
			c.drop()
			if ctx.Err() != nil {
				return offboarding.Unavailable("send the letter", ctx.Err())
			}
			return errStale
		}
	}
	c.step()
	if err := c.smtp.Mail("<" + l.from + ">"); err != nil {
		return c.refused("MAIL", err, ourFault)
	}
	c.step()
	if err := c.smtp.Rcpt("<" + l.to + ">"); err != nil {
		return c.refused("RCPT", err, letterFault)
	}
	c.step()
	body, err := c.smtp.Data()
	if err != nil {
		return c.refused("DATA", err, letterFault)
	}
	c.step()
	if _, err := body.Write(l.data); err != nil {
		c.drop()
		return offboarding.Unavailable("send the text of the letter", err)
	}
	// The server has the whole text and lacks the dot: from here on nothing but
	// the dot can fail.
	if err := c.smtp.Text.W.Flush(); err != nil {
		c.drop()
		return offboarding.Unavailable("send the text of the letter", err)
	}
	if err := fence(ctx); err != nil {
		c.drop()
		return err
	}
	c.step()
	c.letters++
	err = body.Close()
	if err == nil {
		return nil
	}
	answer, ok := errors.AsType[*textproto.Error](err)
	switch {
	case ok && answer.Code >= 200 && answer.Code < 300:
		return nil // accepted in other words than 250
	case ok && answer.Code >= 400 && answer.Code < 600:
		return c.refused("final dot", err, letterFault)
	}
	c.drop()
	return fmt.Errorf("%w: the answer to the final dot was lost: %w", offboarding.ErrUncertain, err)
}

// refused keeps the connection for the next letter when the server has spoken,
// and drops it when it went silent or says that it closes.
func (c *conn) refused(verb string, err error, fault func(string, error) error) error {
	if answer, ok := errors.AsType[*textproto.Error](err); !ok || answer.Code == 421 {
		c.drop()
	}
	return fault(verb, err)
}
