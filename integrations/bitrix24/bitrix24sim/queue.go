package bitrix24sim

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// eventLogSize is how many deliveries are kept; older ones are forgotten.
const eventLogSize = 10_000

// handlerTimeout is how long the portal waits for a handler; the vendor does not
// publish its own limit.
const handlerTimeout = 10 * time.Second

// reorderWait is how long an event that is to come late waits for a successor.
const reorderWait = 2 * time.Second

// Delivery is one event, or one call of a robot, on its way to a handler. It is
// sent once: an answer that is not 2xx loses it for good.
type Delivery struct {
	Seq       int       `json:"seq"`
	Event     string    `json:"event"` // "robot" for the built-in robot
	HandlerID int       `json:"handler_id"`
	URL       string    `json:"url"`
	EntityID  int       `json:"entity_id"`
	QueuedAt  time.Time `json:"queued_at"`
	SentAt    time.Time `json:"sent_at,omitzero"`
	State     string    `json:"state"`  // queued, sent, failed, dropped
	Status    int       `json:"status"` // what the handler answered
	Error     string    `json:"error,omitempty"`
	Body      string    `json:"body,omitempty"` // as sent
	TookMS    int64     `json:"took_ms"`
}

// delivery is a Delivery with what is needed to send it.
type delivery struct {
	Delivery
	body func(at time.Time) string // runs with the portal locked
}

// eventQueue sends events after their delay, a few at a time.
type eventQueue struct {
	sim    *Sim
	client *http.Client
	stop   <-chan struct{} // closed by cancel
	cancel context.CancelFunc
	ready  chan *delivery
	wg     sync.WaitGroup

	mu      sync.Mutex
	idle    *sync.Cond // signalled whenever pending falls to 0
	pending int
	later   []*delivery // in the order of events, for a fixed delay
	waiting []*delivery // due
	last    int
	log     []*delivery
	held    map[int][]*delivery // by handler: to be sent after the next one
	closed  bool
}

func newEventQueue(s *Sim) *eventQueue {
	ctx, cancel := context.WithCancel(context.Background())
	q := &eventQueue{
		sim:    s,
		cancel: cancel,
		stop:   ctx.Done(),
		ready:  make(chan *delivery),
		held:   make(map[int][]*delivery),
		client: &http.Client{
			Timeout:       handlerTimeout,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	q.idle = sync.NewCond(&q.mu)
	senders := s.cfg.EventSenders
	if senders <= 0 {
		senders = 8
	}
	for range senders {
		q.wg.Go(func() { q.sendLoop(ctx) })
	}
	q.wg.Go(q.feedLoop)
	return q
}

// delay of one event.
func (q *eventQueue) delay() time.Duration {
	switch d := q.sim.cfg.EventDelay; {
	case d < 0:
		return 0
	case d > 0:
		return d
	default:
		return 200*time.Millisecond + rand.N(800*time.Millisecond)
	}
}

// add queues a delivery; fault is one of the faults of events or "".
func (q *eventQueue) add(d *delivery, fault FaultKind) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.enter(d)
	switch fault {
	case FaultEventDrop:
		d.State = "dropped"
		return
	case FaultEventReorder:
		q.held[d.HandlerID] = append(q.held[d.HandlerID], d)
		q.pending++
		time.AfterFunc(reorderWait, func() { q.release(d.HandlerID) })
		return
	}
	q.due(d)
	if fault == FaultEventDuplicate {
		twin := *d
		q.enter(&twin)
		q.due(&twin)
	}
	held := q.held[d.HandlerID]
	delete(q.held, d.HandlerID)
	for _, h := range held {
		q.pending--
		q.due(h)
	}
}

// enter writes a delivery into the log.
func (q *eventQueue) enter(d *delivery) {
	q.last++
	d.Seq, d.QueuedAt, d.State = q.last, q.sim.now(), "queued"
	if len(q.log) >= 2*eventLogSize {
		q.log = append(q.log[:0], q.log[len(q.log)-eventLogSize:]...)
	}
	q.log = append(q.log, d)
}

// due sends d after its delay. A fixed delay keeps the order of events.
func (q *eventQueue) due(d *delivery) {
	q.pending++
	fixed := q.sim.cfg.EventDelay != 0
	if q.sim.cfg.EventDelay < 0 {
		q.waiting = append(q.waiting, d)
		q.idle.Broadcast()
		return
	}
	if fixed {
		q.later = append(q.later, d)
	}
	time.AfterFunc(q.delay(), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if fixed { // timers set for the same moment fire in any order
			d, q.later = q.later[0], q.later[1:]
		}
		q.waiting = append(q.waiting, d)
		q.idle.Broadcast()
	})
}

// release sends what waited in vain for a successor.
func (q *eventQueue) release(handlerID int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	held := q.held[handlerID]
	delete(q.held, handlerID)
	for _, h := range held {
		q.pending--
		q.due(h)
	}
}

// feedLoop hands due deliveries to the senders.
func (q *eventQueue) feedLoop() {
	for {
		q.mu.Lock()
		for len(q.waiting) == 0 && !q.closed {
			q.idle.Wait()
		}
		if q.closed {
			q.mu.Unlock()
			return
		}
		d := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		select {
		case q.ready <- d:
		case <-q.stop:
			return
		}
	}
}

func (q *eventQueue) sendLoop(ctx context.Context) {
	for {
		select {
		case d := <-q.ready:
			q.send(ctx, d)
		case <-q.stop:
			return
		}
	}
}

// send posts a delivery, once and for all.
func (q *eventQueue) send(ctx context.Context, d *delivery) {
	started := time.Now()
	at := q.sim.now()
	q.sim.mu.Lock()
	body := d.body(at)
	q.sim.mu.Unlock()
	status, err := q.post(ctx, d.URL, body)

	q.mu.Lock()
	defer q.mu.Unlock()
	d.SentAt, d.Status, d.Body, d.State, d.TookMS = at, status, body, "sent", time.Since(started).Milliseconds()
	if err != nil {
		d.State, d.Error = "failed", err.Error()
	} else if status < 200 || status > 299 {
		d.State = "failed"
	}
	if d.State == "failed" {
		q.sim.log.Warn("event lost", "event", d.Event, "status", status, "handler_id", d.HandlerID)
	}
	if q.pending--; q.pending == 0 {
		q.idle.Broadcast()
	}
}

func (q *eventQueue) post(ctx context.Context, target, body string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", "Bitrix24 Webhook Engine")
	resp, err := q.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, nil
}

// close stops the queue; what was not sent yet is lost.
func (q *eventQueue) close() {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	q.closed = true
	q.cancel()
	q.idle.Broadcast()
	q.mu.Unlock()
	q.wg.Wait()
	q.client.CloseIdleConnections()
}

// Settle waits until every event that was queued has been sent, or ctx ends.
func (s *Sim) Settle(ctx context.Context) error {
	q := s.queue
	stop := context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.idle.Broadcast()
	})
	defer stop()
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.pending > 0 && !q.closed && ctx.Err() == nil {
		q.idle.Wait()
	}
	return ctx.Err()
}

// EventLog returns the deliveries, oldest first, at most the last 10,000.
func (s *Sim) EventLog() []Delivery {
	q := s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	log := q.log[max(0, len(q.log)-eventLogSize):]
	out := make([]Delivery, len(log))
	for i, d := range log {
		out[i] = d.Delivery
	}
	return out
}
