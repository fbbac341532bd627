package outbound

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

func TestAWindowLetsALoneCaseThroughAtOnceAndNeverMoreThanItsNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(nil, slog.New(slog.DiscardHandler))
		r := Rate{PerSecond: 6, Window: true}
		begin := time.Now()
		var at []time.Duration
		for range 20 {
			if err := l.Take(t.Context(), "account", r); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(begin))
		}
		if at[5] != 0 {
			t.Errorf("the sixth call waited %v, want none", at[5])
		}
		for i := 6; i < len(at); i++ {
			if gap := at[i] - at[i-6]; gap < time.Second {
				t.Errorf("calls %d to %d fall into %v", i-6, i, gap)
			}
		}
	})
}

func TestProcessesShareAWindowThroughRedis(t *testing.T) {
	m := miniredis.RunT(t)
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	m.SetTime(start)
	r := Rate{PerSecond: 6, Window: true}
	var all [2]*Limiter
	for i := range all {
		client := redis.NewClient(&redis.Options{Addr: m.Addr()})
		t.Cleanup(func() { _ = client.Close() })
		all[i] = NewLimiter(client, slog.New(slog.DiscardHandler))
	}
	for i := range 6 {
		if wait, err := all[i%2].ask(t.Context(), "account", r); err != nil || wait != 0 {
			t.Fatalf("call %d: wait %v, %v", i, wait, err)
		}
	}
	if wait, err := all[0].ask(t.Context(), "account", r); err != nil || wait != time.Second {
		t.Fatalf("the seventh call of both waits %v, %v; want a second", wait, err)
	}
	m.SetTime(start.Add(time.Second))
	if wait, err := all[1].ask(t.Context(), "account", r); err != nil || wait != 0 {
		t.Errorf("a second later: wait %v, %v", wait, err)
	}
	if wait, _ := all[1].ask(t.Context(), "other", r); wait != 0 {
		t.Errorf("another account waits %v", wait)
	}
}
