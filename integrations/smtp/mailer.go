// Package smtp carries letters to a mail server, or into a folder when there is
// none. It knows to the byte when a letter can no longer be called back: before
// the final dot of DATA nothing has happened, after it only the server's answer
// tells.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"opendoor/offboarding"
)

var _ offboarding.Mailer = (*Mailer)(nil)

// Config says which server carries the letters and how.
type Config struct {
	// URL is smtp://user:password@host:port or smtps://…; ?tls=require insists
	// on STARTTLS, ?tls=none never asks for it (contract §2).
	URL *url.URL
	// Hello is the name we introduce ourselves by; empty: localhost.
	Hello string
	// DKIM signs letters; nil: they leave unsigned.
	DKIM *DKIM
	// TLS adds to how the server's certificate is checked; nil: by the system's roots.
	TLS *tls.Config
	// Now dates the letters; nil: the wall clock.
	Now func() time.Time
	// Log tells about connections; nil: nobody listens.
	Log *slog.Logger
}

// Mailer sends letters over a few kept connections to one server.
type Mailer struct {
	server *server
	pool   *pool
	dkim   *DKIM
	now    func() time.Time
}

// New returns a mailer. It connects to nobody.
func New(cfg Config) (*Mailer, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	if d := cfg.DKIM; d != nil {
		if d.Domain == "" || d.Selector == "" || d.Key == nil {
			return nil, errors.New("DKIM needs a domain, a selector and a key")
		}
	}
	m := &Mailer{server: s, pool: newPool(s, cfg.Log), dkim: cfg.DKIM, now: cfg.Now}
	if m.now == nil {
		m.now = time.Now
	}
	return m, nil
}

// Send transmits the letter and calls fence when everything but the final dot
// has reached the server. When the fence refuses, the connection is cut, which
// makes the server forget the letter, and its error is returned.
func (m *Mailer) Send(ctx context.Context, e *offboarding.Envelope, fence offboarding.FenceFunc) error {
	l, err := write(e, m.now(), m.dkim)
	if err != nil {
		return err
	}
	for {
		c, err := m.pool.take(ctx)
		if err != nil {
			return err
		}
		err = c.send(ctx, l, fence)
		m.pool.put(c)
		if errors.Is(err, errStale) {
			continue // a kept connection that died meanwhile; each round uses one up
		}
		return err
	}
}

// Check connects, introduces itself and logs in, for doctor.
func (m *Mailer) Check(ctx context.Context) error {
	c, err := m.server.connect(ctx)
	if err != nil {
		return err
	}
	defer c.drop()
	release := c.within(ctx)
	defer release()
	c.step()
	if err := c.smtp.Noop(); err != nil {
		return ourFault("NOOP", err)
	}
	c.step()
	_ = c.smtp.Quit()
	return nil
}

// Close ends the kept connections. A letter on its way is not cut off.
func (m *Mailer) Close() error {
	m.pool.close()
	return nil
}

// newServer reads the address of the server.
func newServer(cfg Config) (*server, error) {
	u := cfg.URL
	if u == nil || u.Hostname() == "" {
		return nil, errors.New("the SMTP address names no host")
	}
	s := &server{host: u.Hostname(), hello: cfg.Hello, tls: cfg.TLS}
	if s.hello == "" {
		s.hello = "localhost"
	}
	port := u.Port()
	switch u.Scheme {
	case "smtp":
		s.security = opportunistic
		if port == "" {
			port = "587"
			if u.User == nil {
				port = "25"
			}
		}
	case "smtps":
		s.security = implicit
		if port == "" {
			port = "465"
		}
	default:
		return nil, fmt.Errorf("the SMTP address must begin with smtp:// or smtps://, not %s://", u.Scheme)
	}
	switch t := u.Query().Get("tls"); {
	case t == "":
	case t == "require" && s.security == opportunistic:
		s.security = required
	case t == "none" && s.security == opportunistic:
		s.security = none
	default:
		return nil, fmt.Errorf("the SMTP address has tls=%s: only smtp:// takes it, as require or none", t)
	}
	s.address = net.JoinHostPort(s.host, port)
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
	}
	return s, nil
}
