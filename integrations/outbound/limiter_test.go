package outbound

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"opendoor/offboarding"
)

func TestOneProcessAloneKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(nil, slog.New(slog.DiscardHandler))
		begin := time.Now()
		for range 15 {
			if err := l.Take(t.Context(), "account", Rate{PerSecond: 7, Burst: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin).Round(time.Millisecond); took != 2*time.Second {
			t.Errorf("15 calls at 7 a second took %v, want 2s", took)
		}
	})
}

func TestWhoeverWouldWaitTooLongIsPostponed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(nil, slog.New(slog.DiscardHandler))
		r := Rate{PerSecond: 0.1, Burst: 2}
		for range 2 {
			if err := l.Take(t.Context(), "account", r); err != nil {
				t.Fatal(err)
			}
		}
		err := l.Take(t.Context(), "account", r)
		p, ok := errors.AsType[*offboarding.Postpone](err)
		if !ok || time.Until(p.Until).Round(time.Second) != 10*time.Second {
			t.Fatalf("got %v", err)
		}
		if err := l.Take(t.Context(), "other account", r); err != nil {
			t.Errorf("another account waits for the first: %v", err)
		}
		time.Sleep(10 * time.Second)
		if err := l.Take(t.Context(), "account", r); err != nil {
			t.Errorf("the postponed call: %v", err)
		}
	})
}

func TestACallThatIsGivenUpTakesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(nil, slog.New(slog.DiscardHandler))
		r := Rate{PerSecond: 1}
		_ = l.Take(t.Context(), "account", r)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := l.Take(ctx, "account", r); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		begin := time.Now()
		if err := l.Take(t.Context(), "account", r); err != nil || time.Since(begin).Round(time.Millisecond) != 900*time.Millisecond {
			t.Errorf("the next turn came after %v, %v", time.Since(begin), err)
		}
	})
}

func TestTwoProcessesShareOneRateThroughRedis(t *testing.T) {
	server := miniredis.RunT(t)
	server.SetTime(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	process := func() *Limiter {
		rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
		t.Cleanup(func() { _ = rdb.Close() })
		return NewLimiter(rdb, slog.New(slog.DiscardHandler))
	}
	one, two := process(), process()
	r := Rate{PerSecond: 0.05, Burst: 2}
	for _, l := range []*Limiter{one, two} {
		if err := l.Take(t.Context(), "account", r); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []*Limiter{one, two} {
		if _, ok := errors.AsType[*offboarding.Postpone](l.Take(t.Context(), "account", r)); !ok {
			t.Error("a third call was let through")
		}
	}
	if err := one.Take(t.Context(), "account", Rate{}); err != nil {
		t.Errorf("no limit: %v", err)
	}

	server.Close()
	for range 2 {
		if err := one.Take(t.Context(), "account", r); err != nil {
			t.Errorf("while redis is away: %v", err)
		}
	}
	if _, ok := errors.AsType[*offboarding.Postpone](one.Take(t.Context(), "account", r)); !ok {
		t.Error("while redis is away nobody keeps the rate")
	}
}
