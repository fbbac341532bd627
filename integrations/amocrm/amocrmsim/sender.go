package amocrmsim

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ladder is the vendor's table of repeats: how long to wait before attempt 2,
// 3, 4 and 5, and after which codes the attempt is made at all.
var ladder = []struct {
	wait time.Duration
	when func(code int) bool
}{
	{5 * time.Minute, func(code int) bool { return code < 100 || code >= 300 }},
	{15 * time.Minute, func(code int) bool { return code < 100 || code >= 300 }},
	{15 * time.Minute, func(code int) bool { return code == 499 || code >= 500 && code < 600 }},
	{time.Hour, func(code int) bool { return code == 499 || code >= 500 && code < 600 }},
}

// kommoStageRetries is how often Kommo repeats a Digital Pipeline hook, spread
// over an hour; amoCRM sends it once.
const kommoStageRetries = 4

// disableWindow is how far back invalid answers count.
const disableWindow = 2 * time.Hour

// health is what the sender knows of one destination.
type health struct {
	off     bool
	gone    bool // unsubscribed
	invalid []time.Time
}

// delivery is one hook on its way.
type delivery struct {
	id          int64
	hookID      int64
	destination string
	health      *health
	body        []byte
	events      []string
	lanes       []entityKey
	attempt     int
	stage       bool // Digital Pipeline
	due         time.Time
	blockers    int  // lanes in which another delivery comes first
	inLanes     bool // the first attempt holds its place, repeats do not
}

// sender delivers hooks with several workers over kept connections. Deliveries
// that share a record and a destination leave in order; a repeat comes when it comes.
type sender struct {
	sim    *Sim
	client *http.Client

	mu      sync.Mutex
	wake    *sync.Cond
	started bool
	closed  bool
	lastID  int64
	lanes   map[laneKey][]*delivery
	ready   []*delivery
	timers  map[*time.Timer]bool
	open    int // first attempts not finished yet
	log     []HookAttempt
	faults  []HookFault
	held    []*delivery // waiting to be sent in reverse order
	cancel  context.CancelFunc
	ctx     context.Context
	workers sync.WaitGroup
}

type laneKey struct {
	destination string
	record      entityKey
}

func newSender(s *Sim) *sender {
	sn := &sender{sim: s, lanes: map[laneKey][]*delivery{}, timers: map[*time.Timer]bool{}}
	sn.wake = sync.NewCond(&sn.mu)
	sn.ctx, sn.cancel = context.WithCancel(context.Background())
	sn.client = &http.Client{
		Timeout: s.cfg.HookTimeout,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: s.cfg.HookTimeout}).DialContext,
			MaxIdleConnsPerHost: s.cfg.HookWorkers,
			IdleConnTimeout:     30 * time.Second,
			DisableCompression:  true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a redirect is a failure
	}
	return sn
}

func (sn *sender) start() {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	sn.startLocked()
}

func (sn *sender) startLocked() {
	if sn.started || sn.closed {
		return
	}
	sn.started = true
	for range sn.sim.cfg.HookWorkers {
		sn.workers.Go(sn.work)
	}
}

func (sn *sender) close() {
	sn.mu.Lock()
	sn.closed = true
	for t := range sn.timers {
		t.Stop()
	}
	sn.wake.Broadcast()
	sn.mu.Unlock()
	sn.cancel()
	sn.workers.Wait()
	sn.client.CloseIdleConnections()
}

func (sn *sender) disabled(h *health) bool {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	return h.off
}

func (sn *sender) enable(h *health) {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	h.off, h.invalid = false, nil
}

func (sn *sender) disable(h *health) {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	h.off = true
}

func (sn *sender) forget(h *health) {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	h.gone = true
}

func (sn *sender) enqueue(hookID int64, destination string, h *health, changes []change, body []byte, stage bool) {
	d := &delivery{hookID: hookID, destination: destination, health: h, body: body, attempt: 1, stage: stage}
	for _, ch := range changes {
		if name := ch.entity + "[" + ch.action + "]"; !slices.Contains(d.events, name) {
			d.events = append(d.events, name)
		}
		if !slices.Contains(d.lanes, ch.lane) {
			d.lanes = append(d.lanes, ch.lane)
		}
	}
	sn.mu.Lock()
	defer sn.mu.Unlock()
	if sn.closed {
		return
	}
	sn.startLocked()
	sn.lastID++
	d.id = sn.lastID
	if delay := sn.sim.cfg.HookDelay; delay > 0 {
		d.due = time.Now().Add(delay)
	}
	switch sn.takeFault() {
	case HookDrop:
		sn.record(d, 0, 0, "dropped")
	case HookDuplicate:
		again := *d
		sn.admit(d)
		sn.admit(&again)
	case HookReorder:
		sn.held = append(sn.held, d)
		sn.open++
		if len(sn.faults) == 0 || sn.faults[0].Kind != HookReorder {
			sn.releaseLocked()
		} else if len(sn.held) == 1 {
			sn.after(reorderHold, sn.releaseLocked)
		}
	default:
		sn.admit(d)
	}
}

// reorderHold is how long hooks wait for others to be swapped with.
const reorderHold = 300 * time.Millisecond

// releaseLocked sends the held hooks last first.
func (sn *sender) releaseLocked() {
	held := sn.held
	sn.held = nil
	for _, d := range slices.Backward(held) {
		sn.open--
		sn.admit(d)
	}
}

// admit puts a first attempt into the lanes of its records.
func (sn *sender) admit(d *delivery) {
	sn.open++
	d.inLanes = true
	for _, lane := range d.lanes {
		key := laneKey{d.destination, lane}
		if len(sn.lanes[key]) > 0 {
			d.blockers++
		}
		sn.lanes[key] = append(sn.lanes[key], d)
	}
	if d.blockers == 0 {
		sn.makeReady(d)
	}
}

func (sn *sender) makeReady(d *delivery) {
	if wait := time.Until(d.due); !d.due.IsZero() && wait > 0 {
		sn.after(wait, func() {
			sn.ready = append(sn.ready, d)
			sn.wake.Signal()
		})
		return
	}
	sn.ready = append(sn.ready, d)
	sn.wake.Signal()
}

// after runs do under the lock unless the sender is closed by then.
func (sn *sender) after(wait time.Duration, do func()) {
	var t *time.Timer
	t = time.AfterFunc(wait, func() {
		sn.mu.Lock()
		defer sn.mu.Unlock()
		delete(sn.timers, t)
		if !sn.closed {
			do()
		}
	})
	sn.timers[t] = true
}

func (sn *sender) work() {
	for {
		sn.mu.Lock()
		for len(sn.ready) == 0 && !sn.closed {
			sn.wake.Wait()
		}
		if sn.closed {
			sn.mu.Unlock()
			return
		}
		d := sn.ready[0]
		sn.ready = sn.ready[1:]
		blocked := d.health.off || d.health.gone
		sn.mu.Unlock()

		if blocked {
			sn.done(d, 0, 0, "skipped")
			continue
		}
		began := time.Now()
		code, err := sn.post(d)
		outcome := "ok"
		if err != nil {
			outcome = "no answer"
		} else if code >= 300 {
			outcome = "invalid"
		}
		sn.done(d, code, time.Since(began), outcome)
	}
}

func (sn *sender) post(d *delivery) (int, error) {
	req, err := http.NewRequestWithContext(sn.ctx, http.MethodPost, d.destination, bytes.NewReader(d.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", "amoCRM-Webhooks/3.0")
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("X-Amocrm-Requestid", newUUID())
	res, err := sn.client.Do(req)
	if err != nil {
		return 0, err
	}
	drain(res)
	return res.StatusCode, nil
}

// done writes the log, lets the next hooks of the same records go and plans the
// next attempt.
func (sn *sender) done(d *delivery, code int, took time.Duration, outcome string) {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	if d.inLanes {
		sn.open--
		d.inLanes = false
		for _, lane := range d.lanes {
			key := laneKey{d.destination, lane}
			rest := sn.lanes[key][1:]
			if len(rest) == 0 {
				delete(sn.lanes, key)
				continue
			}
			sn.lanes[key] = rest
			if rest[0].blockers--; rest[0].blockers == 0 {
				sn.makeReady(rest[0])
			}
		}
	}
	if outcome == "ok" || outcome == "skipped" || sn.closed {
		sn.record(d, code, took, outcome)
		return
	}
	wait, again := sn.nextAttempt(d, code)
	if !again {
		outcome += ", given up"
	}
	sn.record(d, code, took, outcome)
	if !d.stage {
		sn.countInvalid(d)
	}
	if again {
		next := *d
		next.attempt++
		next.blockers = 0
		next.due = time.Time{}
		sn.after(time.Duration(float64(wait)*sn.sim.cfg.RetryScale), func() { sn.makeReady(&next) })
	}
}

func (sn *sender) nextAttempt(d *delivery, code int) (time.Duration, bool) {
	if d.stage {
		return 15 * time.Minute, sn.sim.cfg.Lang == "en" && d.attempt <= kommoStageRetries
	}
	if d.attempt > len(ladder) || !ladder[d.attempt-1].when(code) {
		return 0, false
	}
	return ladder[d.attempt-1].wait, true
}

// countInvalid switches a hook off after too many invalid answers.
func (sn *sender) countInvalid(d *delivery) {
	now := sn.sim.now()
	h := d.health
	h.invalid = append(slices.DeleteFunc(h.invalid, func(t time.Time) bool { return now.Sub(t) > disableWindow }), now)
	if !h.off && len(h.invalid) > sn.sim.cfg.DisableAfter {
		h.off = true
		sn.sim.cfg.Log.Warn("hook switched off", "hook_id", d.hookID, "invalid", len(h.invalid))
	}
}

// drain reads what is left of an answer, so that the connection can be kept.
func drain(res *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // what cannot be read costs the connection only
	_ = res.Body.Close()
}
