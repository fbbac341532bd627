package testkit

import (
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"
)

// TCPProxy stands between a program and a server and misbehaves on demand:
// it passes, refuses, hangs or cuts answers. It passes at first.
type TCPProxy struct {
	t      testing.TB
	addr   string
	target string

	mu       sync.Mutex
	changed  sync.Cond
	listener net.Listener
	mode     proxyMode
	limit    int // bytes of an answer that pass when mode is cutting
	conns    map[net.Conn]struct{}
	closed   bool
	running  sync.WaitGroup
}

type proxyMode int

const (
	passing proxyMode = iota
	refusing
	hanging
	cutting
)

// NewTCPProxy starts a proxy to target, a host and port, for the test's time.
func NewTCPProxy(t testing.TB, target string) *TCPProxy {
	t.Helper()
	// Refuse gives the port up for a while, so nobody else may be given it.
	p := &TCPProxy{
		t:      t,
		addr:   net.JoinHostPort("127.0.0.1", strconv.Itoa(FreePort(t))),
		target: target,
		conns:  map[net.Conn]struct{}{},
	}
	p.changed.L = &p.mu
	p.Pass()
	t.Cleanup(p.close)
	return p
}

// Addr is the host and port that the proxy listens on.
func (p *TCPProxy) Addr() string { return p.addr }

// Pass lets everything through; connections that hang go on.
func (p *TCPProxy) Pass() { p.set(passing, 0) }

// Refuse refuses new connections and resets those that are open.
func (p *TCPProxy) Refuse() { p.set(refusing, 0) }

// Hang accepts connections and bytes and passes none on, in either direction.
func (p *TCPProxy) Hang() { p.set(hanging, 0) }

// CutAfter resets each connection once n more bytes of its answer have
// passed; questions pass whole.
func (p *TCPProxy) CutAfter(n int) { p.set(cutting, n) }

func (p *TCPProxy) set(mode proxyMode, limit int) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.limit = mode, limit
	p.changed.Broadcast()
	if mode == refusing {
		p.shut()
		return
	}
	if p.listener != nil {
		return
	}
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		p.t.Fatalf("start the proxy: %v", err)
	}
	p.listener = l
	p.running.Go(func() { p.accept(l) })
}

// shut stops listening and resets what is open. p.mu is held.
func (p *TCPProxy) shut() {
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for c := range p.conns {
		reset(c)
	}
}

func (p *TCPProxy) close() {
	p.mu.Lock()
	p.closed = true
	p.shut()
	p.changed.Broadcast()
	p.mu.Unlock()
	p.running.Wait()
}

func (p *TCPProxy) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(c) })
	}
}

func (p *TCPProxy) serve(client net.Conn) {
	if !p.track(client) {
		return
	}
	defer p.forget(client)
	// Nobody is called while the proxy hangs: the server may be down.
	if !p.mayPass() {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		reset(client)
		return
	}
	if !p.track(server) {
		return
	}
	defer p.forget(server)
	var both sync.WaitGroup
	both.Go(func() { p.copy(server, client, false) })
	both.Go(func() { p.copy(client, server, true) })
	both.Wait()
}

// copy passes bytes on as the mode of the moment says. An end of input is
// passed on as such; anything else ends both directions with a reset.
func (p *TCPProxy) copy(to, from net.Conn, answer bool) {
	buf := make([]byte, 32<<10)
	passed := 0 // bytes of the answer since the proxy began to cut
	for {
		n, err := from.Read(buf)
		if n > 0 {
			keep, ok := p.admit(n, &passed, answer)
			if _, werr := to.Write(buf[:keep]); werr != nil || !ok {
				reset(to)
				reset(from)
				return
			}
		}
		if err != nil {
			p.passEnd(to, from, err)
			return
		}
	}
}

// admit waits while the proxy hangs and tells how many of n bytes may go on,
// and whether the connection may.
func (p *TCPProxy) admit(n int, passed *int, answer bool) (keep int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.mode == hanging && !p.closed {
		p.changed.Wait()
	}
	switch {
	case p.closed || p.mode == refusing:
		return 0, false
	case p.mode != cutting || !answer:
		*passed = 0
		return n, true
	}
	keep = max(0, min(n, p.limit-*passed)) // more may have passed under an older limit
	*passed += keep
	return keep, *passed < p.limit
}

func (p *TCPProxy) mayPass() bool {
	var none int
	_, ok := p.admit(0, &none, false)
	return ok
}

func (p *TCPProxy) passEnd(to, from net.Conn, err error) {
	if tcp, ok := to.(*net.TCPConn); ok && !errors.Is(err, net.ErrClosed) {
		_ = tcp.CloseWrite()
		return
	}
	reset(to)
	reset(from)
}

// track remembers a connection, or resets it when the proxy refuses.
func (p *TCPProxy) track(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.mode == refusing {
		reset(c)
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *TCPProxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

// reset closes a connection so that its peer sees an error, not an end.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
