package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// hookBody is a body that a real amoCRM sent, 3.4 kB, with names changed.
//
//go:embed testdata/lead_update.form
var hookBody []byte

// leadInBody is the lead that hookBody tells of; every hook of a run has a
// number of the same length in its place, so that none folds into another.
const leadInBody = "23435433"

// lastLead counts the leads that hooks have told of.
var lastLead atomic.Int64

func init() { lastLead.Store(30_000_000) }

// hook is a request as it goes over the wire. The place of the lead's number
// is known, so that a new one costs nothing to make.
type hook struct {
	host    string
	request []byte
	at      int // where the number stands
}

func newHook(base, path string) (*hook, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nUser-Agent: amoCRM-Webhooks/3.0\r\nContent-Length: %d\r\n\r\n",
		path, u.Host, len(hookBody))
	at := bytes.Index(hookBody, []byte(leadInBody))
	if at < 0 {
		return nil, errors.New("the sample body has no lead")
	}
	return &hook{host: u.Host, request: append([]byte(head), hookBody...), at: len(head) + at}, nil
}

// caller is one connection that sends hooks.
type caller struct {
	hook    *hook
	request []byte
	conn    net.Conn
	in      *bufio.Reader
}

func (h *hook) caller() *caller { return &caller{hook: h, request: slices.Clone(h.request)} }

func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.Close()
	}
	c.conn = nil
}

// send sends a hook about the lead and returns the answer's status.
func (c *caller) send(lead int64) (int, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.hook.host, 5*time.Second)
		if err != nil {
			return 0, err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 4<<10)
	}
	strconv.AppendInt(c.request[c.hook.at:c.hook.at], lead, 10)
	_ = c.conn.SetDeadline(time.Now().Add(15 * time.Second))
	if _, err := c.conn.Write(c.request); err != nil {
		c.close()
		return 0, err
	}
	status, err := c.answer()
	if err != nil {
		c.close()
	}
	return status, err
}

// answer reads as much of HTTP as our own server speaks.
func (c *caller) answer() (int, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("answered %q", line)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, fmt.Errorf("answered %q", line)
	}
	length := 0
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
	_, err = io.CopyN(io.Discard, c.in, int64(length))
	return status, err
}

// answers is what came back.
type answers struct {
	statuses map[int]int // 0: no answer
	times    []time.Duration
	took     time.Duration
}

func (a *answers) stored() int { return a.statuses[204] }

func (a *answers) perSecond() float64 { return float64(a.stored()) / a.took.Seconds() }

func (a *answers) p(of float64) time.Duration { return percentile(a.times, of) }

func collect(parts []answers, took time.Duration) *answers {
	all := &answers{statuses: map[int]int{}, took: took}
	for _, p := range parts {
		for status, n := range maps.All(p.statuses) {
			all.statuses[status] += n
		}
		all.times = append(all.times, p.times...)
	}
	slices.Sort(all.times)
	return all
}

// closedLoop keeps conns connections busy for the time.
func closedLoop(ctx context.Context, h *hook, conns int, d time.Duration) *answers {
	parts := make([]answers, conns)
	began := time.Now()
	end := began.Add(d)
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() {
			c := h.caller()
			defer c.close()
			part := answers{statuses: map[int]int{}, times: make([]time.Duration, 0, 4096)}
			for ctx.Err() == nil {
				start := time.Now()
				if start.After(end) {
					break
				}
				status, err := c.send(lastLead.Add(1))
				if err != nil {
					status = 0
				}
				part.statuses[status]++
				part.times = append(part.times, time.Since(start))
			}
			parts[i] = part
		})
	}
	wg.Wait()
	return collect(parts, time.Since(began))
}

// openLoop sends so many hooks a second whether or not the ones before were
// answered. Times count from the moment at which a hook was due, so that a
// stall is not hidden by not asking.
func openLoop(ctx context.Context, h *hook, perSecond int, d time.Duration, lead func() int64) *answers {
	const callers = 128
	due := make(chan time.Time, perSecond)
	parts := make([]answers, callers)
	var wg sync.WaitGroup
	began := time.Now()
	for i := range parts {
		wg.Go(func() {
			c := h.caller()
			defer c.close()
			part := answers{statuses: map[int]int{}}
			for at := range due {
				status, err := c.send(lead())
				if err != nil {
					status = 0
				}
				part.statuses[status]++
				part.times = append(part.times, time.Since(at))
			}
			parts[i] = part
		})
	}
	step := time.Second / time.Duration(perSecond)
	for at := began; at.Before(began.Add(d)) && ctx.Err() == nil; at = at.Add(step) {
		time.Sleep(time.Until(at))
		due <- at
	}
	close(due)
	wg.Wait()
	return collect(parts, time.Since(began))
}

// lone sends hooks one after another with a pause, so that each finds an idle
// server.
func lone(ctx context.Context, h *hook, n int) *answers {
	c := h.caller()
	defer c.close()
	part := answers{statuses: map[int]int{}}
	for range n {
		if ctx.Err() != nil {
			break
		}
		time.Sleep(2 * time.Millisecond)
		start := time.Now()
		status, err := c.send(lastLead.Add(1))
		if err != nil {
			status = 0
		}
		part.statuses[status]++
		part.times = append(part.times, time.Since(start))
	}
	return collect([]answers{part}, 0)
}
