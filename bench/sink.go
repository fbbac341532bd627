package main

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"time"
)

// sink is a mail server that takes every letter at once and remembers when the
// first letter to each address came.
type sink struct {
	l net.Listener

	mu     sync.Mutex
	first  map[string]time.Time
	copies int // letters beyond the first to an address
}

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{l: l, first: map[string]time.Time{}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			go s.serve(conn)
		}
	}()
	return s, nil
}

func (s *sink) url() string { return "smtp://" + s.l.Addr().String() + "?tls=none" }

func (s *sink) close() { _ = s.l.Close() }

// serve speaks as much SMTP as a relay on the same machine would.
func (s *sink) serve(conn net.Conn) {
	defer conn.Close()
	in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriter(conn)
	say := func(line string) bool {
		_, _ = out.WriteString(line + "\r\n")
		return out.Flush() == nil
	}
	say("220 sink.example ESMTP")
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		answer := "250 ok"
		switch verb := strings.ToUpper(strings.Fields(line + " ?")[0]); verb {
		case "EHLO":
			answer = "250-sink.example\r\n250 8BITMIME"
		case "RCPT":
			to = strings.Trim(strings.SplitN(strings.TrimSpace(line), ":", 2)[1], "<> ")
		case "DATA":
			say("354 go on")
			for {
				text, err := in.ReadSlice('\n')
				if err != nil {
					return
				}
				if string(text) == ".\r\n" {
					break
				}
			}
			s.take(to)
		case "QUIT":
			say("221 bye")
			return
		}
		if !say(answer) {
			return
		}
	}
}

func (s *sink) take(to string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.first[to]; known {
		s.copies++
		return
	}
	s.first[to] = now
}

// came returns when the first letter to the address came.
func (s *sink) came(to string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.first[to]
	return t, ok
}
