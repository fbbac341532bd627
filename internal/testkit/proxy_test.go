package testkit_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"opendoor/internal/testkit"
)

// echo answers each byte with itself, and ends when its client does.
func echo(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, p *testkit.TCPProxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("heard %q, %v; want %q", got, err, want)
	}
}

func TestProxyPassesBothWaysAndTheEnd(t *testing.T) {
	c := dial(t, testkit.NewTCPProxy(t, echo(t)))
	say(t, c, "hello")
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(c); err != nil || string(all) != "hello" {
		t.Errorf("heard %q, %v; want all of it and an end", all, err)
	}
}

func TestProxyRefusesAndPassesAgain(t *testing.T) {
	p := testkit.NewTCPProxy(t, echo(t))
	old := dial(t, p)
	say(t, old, "a")
	hear(t, old, "a")
	p.Refuse()
	if _, err := old.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the open connection ended with %v, want a reset", err)
	}
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a new connection: %v, want it refused", err)
	}
	p.Pass()
	c := dial(t, p)
	say(t, c, "b")
	hear(t, c, "b")
}

func TestProxyHangsAndGoesOn(t *testing.T) {
	p := testkit.NewTCPProxy(t, echo(t))
	old := dial(t, p)
	say(t, old, "a")
	hear(t, old, "a")
	p.Hang()
	fresh := dial(t, p)
	for _, c := range []net.Conn{old, fresh} {
		say(t, c, "b")
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("reading while it hangs: %v, want silence", err)
		}
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	p.Pass()
	hear(t, old, "b")
	hear(t, fresh, "b")
}

func TestProxyCutsAnAnswerInTheMiddle(t *testing.T) {
	p := testkit.NewTCPProxy(t, echo(t))
	c := dial(t, p)
	say(t, c, "whole")
	hear(t, c, "whole")
	p.CutAfter(3)
	for _, c := range []net.Conn{c, dial(t, p)} {
		say(t, c, "half")
		all, err := io.ReadAll(c)
		if err == nil || len(all) > 3 {
			t.Errorf("heard %q, %v; want at most 3 bytes and a reset", all, err)
		}
	}
}

func TestProxyEndsWithItsTestEvenWhileItHangs(t *testing.T) {
	var addr string
	t.Run("a test with an open connection", func(t *testing.T) {
		p := testkit.NewTCPProxy(t, echo(t))
		p.Hang()
		addr = p.Addr()
		say(t, dial(t, p), "a")
	})
	if _, err := net.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("afterwards: %v, want it gone", err)
	}
}
