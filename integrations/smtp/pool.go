package smtp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"opendoor/offboarding"
)

// What relays commonly bear: Postfix takes 50 connections of a client at once
// and closes idle ones after 300 s, hosted relays take about 10 and ask for a
// new connection after some hundred letters.
const (
	maxOpen    = 8
	maxLetters = 100
	maxIdle    = 30 * time.Second
	maxAge     = 5 * time.Minute
)

// pool keeps connections between letters. The one used last is taken first, so
// that the others grow old and are closed when little is to be done.
type pool struct {
	server *server
	log    *slog.Logger
	open   chan struct{} // a place for each connection in use

	mu     sync.Mutex
	kept   []*conn
	reaper *time.Timer
	closed bool
}

func newPool(s *server, log *slog.Logger) *pool {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &pool{server: s, log: log, open: make(chan struct{}, maxOpen)}
}

// take returns a connection for one letter; put gives it back.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case p.open <- struct{}{}:
	case <-ctx.Done():
		return nil, offboarding.Unavailable("wait for a connection to the mail server", ctx.Err())
	}
	p.mu.Lock()
	p.reap(time.Now())
	if n := len(p.kept); n > 0 {
		c := p.kept[n-1]
		p.kept = p.kept[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	c, err := p.server.connect(ctx)
	if err != nil {
		<-p.open
		return nil, err
	}
	p.log.DebugContext(ctx, "connected to the mail server")
	return c, nil
}

func (p *pool) put(c *conn) {
	defer func() { <-p.open }()
	if c.dead {
		return
	}
	now := time.Now()
	c.reused, c.idle = true, now
	_ = c.raw.SetDeadline(time.Time{})
	p.mu.Lock()
	if p.closed || c.letters >= maxLetters || now.Sub(c.opened) >= maxAge {
		p.mu.Unlock()
		c.bye()
		return
	}
	p.kept = append(p.kept, c)
	if p.reaper == nil {
		p.reaper = time.AfterFunc(maxIdle, p.tick)
	}
	p.mu.Unlock()
}

// tick closes what has idled too long and comes again while anything is kept.
func (p *pool) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reap(time.Now())
	p.reaper = nil
	if len(p.kept) > 0 && !p.closed {
		p.reaper = time.AfterFunc(maxIdle, p.tick)
	}
}

// reap expects the lock.
func (p *pool) reap(now time.Time) {
	young := p.kept[:0]
	for _, c := range p.kept {
		if now.Sub(c.idle) >= maxIdle || now.Sub(c.opened) >= maxAge {
			go c.bye()
			continue
		}
		young = append(young, c)
	}
	clear(p.kept[len(young):])
	p.kept = young
}

func (p *pool) close() {
	p.mu.Lock()
	kept := p.kept
	p.kept, p.closed = nil, true
	if p.reaper != nil {
		p.reaper.Stop()
	}
	p.mu.Unlock()
	for _, c := range kept {
		c.bye()
	}
}

// bye ends a healthy connection politely, without waiting long for it.
func (c *conn) bye() {
	_ = c.raw.SetDeadline(time.Now().Add(time.Second))
	_ = c.smtp.Quit()
	c.drop()
}
