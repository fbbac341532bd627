package gather_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"opendoor/internal/gather"
)

func TestWhatArrivesDuringABatchBecomesTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		g := gather.New(8, time.Minute, func(_ context.Context, batch []int) ([]int, []error) {
			sizes = append(sizes, len(batch))
			time.Sleep(time.Second)
			out := make([]int, len(batch))
			for i, n := range batch {
				out[i] = n * n
			}
			return out, nil
		})
		var wg sync.WaitGroup
		ask := func(n int) {
			wg.Go(func() {
				if got, err := g.Do(t.Context(), n); err != nil || got != n*n {
					t.Errorf("Do(%d) = %d, %v", n, got, err)
				}
			})
		}
		ask(1)
		synctest.Wait()
		for n := range 10 {
			ask(n + 2)
		}
		wg.Wait()
		if len(sizes) != 3 || sizes[0] != 1 || sizes[1] != 8 || sizes[2] != 2 {
			t.Errorf("batches of %v, want 1, 8 and 2", sizes)
		}
	})
}

// Who leads serves one batch and goes; what has come meanwhile is another's.
func TestWhoLeadsIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gather.New(1, time.Minute, func(_ context.Context, batch []int) ([]int, []error) {
			time.Sleep(time.Second)
			return batch, nil
		})
		began := time.Now()
		took := make([]time.Duration, 5)
		var wg sync.WaitGroup
		for n := range took {
			wg.Go(func() {
				if got, err := g.Do(t.Context(), n); err != nil || got != n {
					t.Errorf("Do(%d) = %d, %v", n, got, err)
				}
				took[n] = time.Since(began)
			})
			synctest.Wait()
		}
		wg.Wait()
		for n, d := range took {
			if want := time.Duration(n+1) * time.Second; d != want {
				t.Errorf("the call %d took %s, want %s", n, d, want)
			}
		}
	})
}

func TestEachCallGetsItsOwnError(t *testing.T) {
	odd := errors.New("odd")
	g := gather.New(8, time.Minute, func(_ context.Context, batch []int) ([]struct{}, []error) {
		errs := make([]error, len(batch))
		for i, n := range batch {
			if n%2 == 1 {
				errs[i] = odd
			}
		}
		return nil, errs
	})
	for n := range 4 {
		_, err := g.Do(t.Context(), n)
		if got := errors.Is(err, odd); got != (n%2 == 1) {
			t.Errorf("Do(%d): %v", n, err)
		}
	}
}

func TestAPanicIsAnErrorOfTheWholeBatch(t *testing.T) {
	g := gather.New(8, time.Minute, func(context.Context, []int) ([]int, []error) { panic("boom") })
	if _, err := g.Do(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("Do = %v, want the panic", err)
	}
	if _, err := g.Do(t.Context(), 1); err == nil {
		t.Error("the group is dead after a panic")
	}
}

func TestWhoHasGoneIsNotServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []int
		g := gather.New(8, time.Minute, func(_ context.Context, batch []int) ([]int, []error) {
			seen = append(seen, batch...)
			time.Sleep(time.Second)
			return nil, nil
		})
		go func() { _, _ = g.Do(t.Context(), 1) }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = g.Do(ctx, 2) }()
		synctest.Wait()
		cancel()
		time.Sleep(3 * time.Second)
		if len(seen) != 1 {
			t.Errorf("served %v, want only 1", seen)
		}
	})
}

func TestALoneCallWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gather.New(8, time.Minute, func(_ context.Context, batch []int) ([]int, []error) { return batch, nil })
		for range 3 { // however soon after the one before
			began := time.Now()
			if _, err := g.Do(t.Context(), 1); err != nil || time.Since(began) != 0 {
				t.Errorf("a lone call waits %s, %v", time.Since(began), err)
			}
		}
	})
}
