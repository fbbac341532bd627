package offboarding

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Spool keeps deliveries on disk while the database is slow or away.
type Spool interface {
	// Append returns when the batch is fsynced.
	Append(ctx context.Context, batch []*Delivery) error
	// Drain hands out what is kept, in order, and forgets what fn took.
	Drain(ctx context.Context, fn func(batch []*Delivery) error) error
	Len() int
}

// Limits of the intake (reliability §3).
const (
	insertBudget   = 400 * time.Millisecond
	missesToSpool  = 3
	spoolOnly      = 5 * time.Second
	batchMost      = 256
	waitingMost    = 8192
	againAfter     = time.Minute // what a body tells may have become true again after this
	drainEvery     = 500 * time.Millisecond
	overloadBudget = 900 * time.Millisecond // an answer within a second, whatever it is
	// A delivery that waited this long before its insert began shows that more
	// comes than can be stored. Then the queue is kept short: a refusal at once
	// is better than one after all that waiting, and what is let in is stored.
	tooLong = 300 * time.Millisecond
)

// ErrOverloaded says that a delivery was not taken and should come again.
var ErrOverloaded = &Error{Kind: KindUnavailable, Msg: "not stored, please send it again"}

// Intake makes deliveries durable. Deliveries that arrive while an insert is
// in flight share the next one, so that throughput is bounded by batches and
// not by fsyncs; a lone one waits for nobody.
type Intake struct {
	store Inbox
	spool Spool
	bell  Bell
	now   func() time.Time
	log   *slog.Logger

	arriving chan *arrival
	free     sync.Pool // of *arrival
	misses   int       // consecutive; touched by the flusher only
	avoid    time.Time // monotonic: no insert is tried before
	degraded atomic.Bool
	behind   atomic.Bool // more arrives than is stored
	counts   IntakeCounts
}

// IntakeCounts are the intake's counters.
type IntakeCounts struct {
	Stored, Spooled, Refused, Batches atomic.Int64
}

type arrival struct {
	d     *Delivery
	done  chan error
	since time.Time   // monotonic
	left  atomic.Bool // nobody waits for it any more
}

// NewIntake returns an intake; Run does its work.
func NewIntake(store Inbox, spool Spool, bell Bell, now func() time.Time, log *slog.Logger) *Intake {
	return &Intake{
		store: store, spool: spool, bell: bell, now: now, log: log, arriving: make(chan *arrival, waitingMost),
		free: sync.Pool{New: func() any { return &arrival{done: make(chan error, 1)} }},
	}
}

// Counts returns the counters.
func (in *Intake) Counts() *IntakeCounts { return &in.counts }

// Degraded reports whether deliveries go to the spool because the database
// does not take them, or wait there.
func (in *Intake) Degraded() bool { return in.degraded.Load() }

// Accept returns nil when d is durably stored, ErrOverloaded when neither store
// took it in time. d must not be touched afterwards.
func (in *Intake) Accept(ctx context.Context, d *Delivery) error {
	d.ID = NewID()
	d.ReceivedAt = in.now()
	d.LastSeenAt = d.ReceivedAt
	d.Seen = 1
	// PostgreSQL's text takes neither NUL nor broken UTF-8; the body is bytes and stays as it is.
	d.Query, d.ContentType, d.SignedID = plainText(d.Query), plainText(d.ContentType), plainText(d.SignedID)
	d.DedupKey = dedupKey(d)

	if in.behind.Load() && len(in.arriving) >= batchMost {
		in.counts.Refused.Add(1)
		return ErrOverloaded
	}
	a := in.free.Get().(*arrival)
	a.d, a.since = d, time.Now()
	select {
	case in.arriving <- a:
	default:
		in.free.Put(a)
		in.counts.Refused.Add(1)
		return ErrOverloaded
	}
	timeout := time.NewTimer(overloadBudget)
	defer timeout.Stop()
	select {
	case err := <-a.done:
		in.free.Put(a)
		return err
	case <-timeout.C: // it may still be stored; the sender repeats and the key folds it
		a.left.Store(true)
		in.counts.Refused.Add(1)
		return ErrOverloaded
	case <-ctx.Done():
		a.left.Store(true)
		return ctx.Err()
	}
}

func plainText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// dedupKey folds repeats of one body. A signed delivery has an id of its own.
func dedupKey(d *Delivery) []byte {
	h := sha256.New()
	h.Write(d.AccountID[:])
	h.Write([]byte(d.Origin))
	if d.SignedID != "" {
		h.Write([]byte("\x00id\x00" + d.SignedID))
		return h.Sum(nil)
	}
	h.Write([]byte("\x00" + d.Query + "\x00"))
	h.Write(d.Body)
	return h.Sum(nil)
}

// Run stores what arrives until ctx ends, and drains the spool beside it. What
// has arrived by then is still answered.
func (in *Intake) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { in.drain(ctx) })
	defer wg.Wait()
	batch := make([]*arrival, 0, batchMost)
	for {
		select {
		case a := <-in.arriving:
			batch = in.collect(append(batch[:0], a))
			in.watchQueue(ctx, len(batch), time.Since(a.since))
			in.flush(context.WithoutCancel(ctx), batch)
		case <-ctx.Done():
			for {
				batch = in.collect(batch[:0])
				if len(batch) == 0 {
					return
				}
				in.flush(context.WithoutCancel(ctx), batch)
			}
		}
	}
}

func (in *Intake) collect(batch []*arrival) []*arrival {
	for len(batch) < batchMost {
		select {
		case a := <-in.arriving:
			batch = append(batch, a)
		default:
			return batch
		}
	}
	return batch
}

// watchQueue notes whether more arrives than is stored. That is over only when
// a batch has emptied the queue and waited little: that waits are short may as
// well come from refusals.
func (in *Intake) watchQueue(ctx context.Context, batch int, waited time.Duration) {
	switch {
	case batch < batchMost && waited <= tooLong:
		in.behind.Store(false)
	case batch == batchMost && waited > tooLong && !in.behind.Swap(true):
		in.log.WarnContext(ctx, "more deliveries come than can be stored, some are refused", "waiting", len(in.arriving))
	}
}

func (in *Intake) flush(ctx context.Context, batch []*arrival) {
	batch = slices.DeleteFunc(batch, in.tooLate)
	if len(batch) == 0 {
		return
	}
	rows := make([]*Delivery, len(batch))
	for i, a := range batch {
		rows[i] = a.d
	}
	err := in.insert(ctx, rows)
	if err == nil {
		in.counts.Stored.Add(int64(len(rows)))
	} else if err = in.spool.Append(ctx, rows); err == nil {
		in.counts.Spooled.Add(int64(len(rows)))
		in.degraded.Store(true)
	} else {
		in.log.ErrorContext(ctx, "delivery refused, neither database nor spool takes it", "count", len(rows), "err", err)
		in.counts.Refused.Add(int64(len(rows)))
		err = ErrOverloaded
	}
	in.counts.Batches.Add(1)
	for _, a := range batch {
		a.done <- err
	}
	if err == nil {
		in.bell.Ring()
	}
}

// tooLate tells, and refuses, what could be stored only after its sender was
// told to come again. It would make the others wait for nothing.
func (in *Intake) tooLate(a *arrival) bool {
	if a.left.Load() {
		return true
	}
	if time.Since(a.since) <= overloadBudget-insertBudget {
		return false
	}
	in.counts.Refused.Add(1)
	a.done <- ErrOverloaded
	return true
}

func (in *Intake) insert(ctx context.Context, rows []*Delivery) error {
	if time.Now().Before(in.avoid) {
		return ErrUnavailable
	}
	ctx, cancel := context.WithTimeout(ctx, insertBudget)
	defer cancel()
	err := in.store.AddDeliveries(ctx, rows, 0)
	if err == nil {
		in.misses = 0
		return nil
	}
	in.misses++
	in.log.WarnContext(ctx, "delivery not inserted, goes to the spool", "count", len(rows), "err", err)
	if in.misses >= missesToSpool {
		in.avoid = time.Now().Add(spoolOnly)
	}
	return err
}

func (in *Intake) drain(ctx context.Context) {
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if in.spool.Len() == 0 {
			in.degraded.Store(false)
			continue
		}
		in.degraded.Store(true)
		err := in.spool.Drain(ctx, func(batch []*Delivery) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			if err := in.store.AddDeliveries(ctx, batch, 0); err != nil {
				return err
			}
			in.bell.Ring()
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			in.log.WarnContext(ctx, "spool not drained yet", "waiting", in.spool.Len(), "err", err)
		}
	}
}
