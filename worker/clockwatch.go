package worker

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"opendoor/offboarding"
)

// ClockWatch keeps this process's idea of now in step with the database's
// clock, by which all processes send, and pauses sending when that clock
// jumps: a wrong clock must not send a year of letters (reliability §5).
type ClockWatch struct {
	store offboarding.Store
	log   *slog.Logger
	ahead atomic.Int64 // nanoseconds by which the database is ahead of this process
}

// How far the clock may move by itself between two looks.
const (
	watchEvery   = 5 * time.Second
	jumpForward  = 10 * time.Minute
	jumpBackward = time.Minute
)

// NewClockWatch returns a watch that tells this process's time until it has
// looked.
func NewClockWatch(store offboarding.Store, log *slog.Logger) *ClockWatch {
	return &ClockWatch{store: store, log: log}
}

// Now is the database's time as far as it is known.
func (w *ClockWatch) Now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// Run looks until ctx ends.
func (w *ClockWatch) Run(ctx context.Context) {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	var last look
	for {
		if next, ok := w.look(ctx); ok {
			if jump := next.since(last); !last.at.IsZero() && (jump > jumpForward || jump < -jumpBackward) {
				w.pause(ctx, jump)
			}
			last = next
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// look is one reading of the database's clock beside a clock that cannot jump.
type look struct {
	at   time.Time // the database's
	mono time.Time // this process's, with its monotonic reading
}

// since tells by how much the database's clock moved more than time passed.
func (l look) since(earlier look) time.Duration {
	return l.at.Sub(earlier.at) - l.mono.Sub(earlier.mono)
}

func (w *ClockWatch) look(ctx context.Context) (look, bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	before := time.Now()
	at, err := w.store.Now(ctx)
	if err != nil {
		return look{}, false // the database is away; nothing is sent then either
	}
	mono := before.Add(time.Since(before) / 2)
	w.ahead.Store(int64(at.Sub(mono.Round(0))))
	return look{at: at, mono: mono}, true
}

func (w *ClockWatch) pause(ctx context.Context, jump time.Duration) {
	w.log.ErrorContext(ctx, "the clock jumped; sending is paused until a person resumes it", "jump", jump.String())
	reason := "the clock jumped by " + jump.Round(time.Second).String()
	if err := offboarding.PauseSending(ctx, w.store, reason, offboarding.ActorSystem); err != nil {
		w.log.ErrorContext(ctx, "sending not paused", "err", err)
	}
}
