package offboarding

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// inbox is a database that fails, hangs or is slow on demand.
type inbox struct {
	Inbox
	mu      sync.Mutex
	fails   bool
	hangs   bool
	takes   time.Duration
	tries   int
	batches [][]string // bodies, by commit
}

func (s *inbox) set(fn func(s *inbox)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(s)
}

func (s *inbox) AddDeliveries(ctx context.Context, batch []*Delivery, _ time.Duration) error {
	s.mu.Lock()
	s.tries++
	fails, hangs, takes := s.fails, s.hangs, s.takes
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	time.Sleep(takes)
	if fails {
		return ErrUnavailable
	}
	s.set(func(s *inbox) { s.batches = append(s.batches, bodies(batch)) })
	return nil
}

func (s *inbox) stored() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.batches...)
}

func bodies(batch []*Delivery) (out []string) {
	for _, d := range batch {
		out = append(out, string(d.Body))
	}
	return out
}

// disk is a spool that fails or hangs on demand.
type disk struct {
	mu    sync.Mutex
	fails bool
	hangs chan struct{} // not nil: nothing is written until it is closed
	kept  []*Delivery
}

func (s *disk) Append(_ context.Context, batch []*Delivery) error {
	s.mu.Lock()
	fails, hangs := s.fails, s.hangs
	s.mu.Unlock()
	if hangs != nil {
		<-hangs
	}
	if fails {
		return errors.New("the disk is full")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, batch...)
	return nil
}

func (s *disk) Drain(_ context.Context, fn func([]*Delivery) error) error {
	for s.Len() > 0 {
		s.mu.Lock()
		next := s.kept[:1]
		s.mu.Unlock()
		if err := fn(next); err != nil {
			return err
		}
		s.mu.Lock()
		s.kept = s.kept[1:]
		s.mu.Unlock()
	}
	return nil
}

func (s *disk) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

type countingBell struct{ rung atomic.Int64 }

func (b *countingBell) Ring() { b.rung.Add(1) }

// door is an intake at work, under a clock that only moves when all wait.
type door struct {
	*Intake
	store *inbox
	spool *disk
	bell  *countingBell
	stop  context.CancelFunc
	done  chan struct{}
}

func atTheDoor(t *testing.T, fn func(t *testing.T, d *door)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := &door{store: &inbox{}, spool: &disk{}, bell: &countingBell{}, stop: cancel, done: make(chan struct{})}
		d.Intake = NewIntake(d.store, d.spool, d.bell, time.Now, slog.New(slog.DiscardHandler))
		go func() {
			d.Run(ctx)
			close(d.done)
		}()
		fn(t, d)
		cancel()
		<-d.done
	})
}

func hook(body string) *Delivery {
	return &Delivery{AccountID: [16]byte{1}, Origin: OriginHook, Method: "POST", Body: []byte(body)}
}

// knock sends hooks at the same moment and returns their answers.
func (d *door) knock(t *testing.T, from, n int) func() []error {
	answers := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i] = d.Accept(t.Context(), hook(fmt.Sprint(from+i))) })
	}
	return func() []error {
		wg.Wait()
		return answers
	}
}

func allTaken(t *testing.T, answers []error) {
	t.Helper()
	for i, err := range answers {
		if err != nil {
			t.Fatalf("hook %d: %v", i, err)
		}
	}
}

func TestALoneHookWaitsForNobody(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		began, given := time.Now(), hook("1")
		if err := d.Accept(t.Context(), given); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it waited %s", waited)
		}
		if given.ID == [16]byte{} || !given.ReceivedAt.Equal(began) || given.Seen != 1 || len(given.DedupKey) != 32 {
			t.Errorf("it is stored as %+v", given)
		}
		synctest.Wait()
		if d.bell.rung.Load() != 1 || d.Counts().Stored.Load() != 1 || d.Degraded() {
			t.Errorf("rung %d, stored %d, degraded %v", d.bell.rung.Load(), d.Counts().Stored.Load(), d.Degraded())
		}
	})
}

func TestHooksThatArriveDuringACommitShareTheNext(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		d.store.set(func(s *inbox) { s.takes = 50 * time.Millisecond })
		first := d.knock(t, 0, 1)
		time.Sleep(10 * time.Millisecond)
		rest := d.knock(t, 1, 120)
		allTaken(t, first())
		allTaken(t, rest())
		if len(d.store.batches) != 2 || len(d.store.batches[1]) != 120 {
			t.Errorf("121 hooks made %d commits", len(d.store.batches))
		}
		if n := d.Counts().Batches.Load(); n != 2 {
			t.Errorf("%d batches are counted", n)
		}
	})
}

func TestABatchHasABound(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		d.store.set(func(s *inbox) { s.takes = 50 * time.Millisecond })
		first := d.knock(t, 0, 1)
		time.Sleep(10 * time.Millisecond)
		rest := d.knock(t, 1, batchMost+10)
		allTaken(t, first())
		allTaken(t, rest())
		if len(d.store.batches) != 3 || len(d.store.batches[1]) != batchMost {
			t.Errorf("the batches: %d, the second with %d", len(d.store.batches), len(d.store.batches[1]))
		}
	})
}

func TestWhileTheDatabaseIsAwayTheSpoolTakesHooks(t *testing.T) {
	for name, broken := range map[string]func(s *inbox){
		"it fails": func(s *inbox) { s.fails = true },
		"it hangs": func(s *inbox) { s.hangs = true },
	} {
		t.Run(name, func(t *testing.T) {
			atTheDoor(t, func(t *testing.T, d *door) {
				d.store.set(broken)
				began := time.Now()
				allTaken(t, d.knock(t, 0, 3)())
				if waited := time.Since(began); waited > 2*insertBudget { // the insert in flight and one's own
					t.Errorf("the answer took %s, one insert may take %s", waited, insertBudget)
				}
				if d.spool.Len() != 3 || !d.Degraded() || d.Counts().Spooled.Load() != 3 {
					t.Errorf("%d are in the spool, degraded %v", d.spool.Len(), d.Degraded())
				}
			})
		})
	}
}

func TestAfterThreeMissesTheDatabaseIsLeftAloneForAWhile(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		d.store.set(func(s *inbox) { s.fails = true })
		d.spool.fails = true // so that the drain does not ask the database
		accept := func(body string) {
			if err := d.Accept(t.Context(), hook(body)); !errors.Is(err, ErrOverloaded) {
				t.Fatalf("%v, want ErrOverloaded", err)
			}
		}
		for i := range missesToSpool + 4 {
			accept(fmt.Sprint(i))
		}
		if d.store.tries != missesToSpool {
			t.Errorf("the database was tried %d times, want %d", d.store.tries, missesToSpool)
		}
		time.Sleep(spoolOnly)
		accept("later")
		if d.store.tries != missesToSpool+1 {
			t.Errorf("after %s it was not tried again: %d", spoolOnly, d.store.tries)
		}
		d.store.set(func(s *inbox) { s.fails = false })
		time.Sleep(spoolOnly)
		allTaken(t, d.knock(t, 100, 1)())
		d.store.set(func(s *inbox) { s.fails = true })
		accept("once")
		tries := d.store.tries
		accept("twice")
		if d.store.tries != tries+1 {
			t.Error("one miss after a good insert counts like the third")
		}
	})
}

func TestWhenNeitherTakesItTheAnswerComesWithinASecond(t *testing.T) {
	tests := map[string]func(d *door){
		"both fail":                       func(d *door) { d.store.fails, d.spool.fails = true, true },
		"the database hangs, spool fails": func(d *door) { d.store.hangs, d.spool.fails = true, true },
		"both hang":                       func(d *door) { d.store.hangs, d.spool.hangs = true, make(chan struct{}) },
	}
	for name, broken := range tests {
		t.Run(name, func(t *testing.T) {
			atTheDoor(t, func(t *testing.T, d *door) {
				broken(d)
				began := time.Now()
				for _, err := range d.knock(t, 0, 5)() {
					if !errors.Is(err, ErrOverloaded) {
						t.Errorf("%v, want ErrOverloaded", err)
					}
				}
				if waited := time.Since(began); waited >= time.Second {
					t.Errorf("it took %s", waited)
				}
				if d.Counts().Refused.Load() < 5 {
					t.Errorf("%d are counted as refused", d.Counts().Refused.Load())
				}
				if d.spool.hangs != nil {
					close(d.spool.hangs)
				}
			})
		})
	}
}

func TestALineThatIsTooLongIsToldAtOnce(t *testing.T) {
	in := NewIntake(&inbox{}, &disk{}, &countingBell{}, time.Now, slog.New(slog.DiscardHandler)) // nobody works
	for range waitingMost {
		in.arriving <- &arrival{}
	}
	if err := in.Accept(t.Context(), hook("1")); !errors.Is(err, ErrOverloaded) {
		t.Errorf("%v, want ErrOverloaded", err)
	}
}

func TestWhoHasHungUpIsNotWaitedFor(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		d.store.set(func(s *inbox) { s.takes = 300 * time.Millisecond })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := d.Accept(ctx, hook("1")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Second)
		if got := d.store.stored(); !slices.Equal(got, []string{"1"}) {
			t.Errorf("what was taken is lost: %v", got)
		}
	})
}

func TestTheSpoolIsDrainedInOrder(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		d.store.set(func(s *inbox) { s.fails = true })
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprint(i))
			if err := d.Accept(t.Context(), hook(want[i])); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		if d.spool.Len() != 5 || !d.Degraded() {
			t.Fatalf("%d wait in the spool, degraded %v", d.spool.Len(), d.Degraded())
		}
		rung := d.bell.rung.Load()
		d.store.set(func(s *inbox) { s.fails = false })
		time.Sleep(2 * drainEvery)
		synctest.Wait()
		if got := d.store.stored(); !slices.Equal(got, want) {
			t.Errorf("drained %v, want %v", got, want)
		}
		if d.Degraded() || d.bell.rung.Load() == rung {
			t.Errorf("degraded %v, rung %d times more", d.Degraded(), d.bell.rung.Load()-rung)
		}
	})
}

func TestWhoHasArrivedIsAnsweredBeforeTheEnd(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		d.store.set(func(s *inbox) { s.takes = 200 * time.Millisecond })
		first := d.knock(t, 0, 1)
		time.Sleep(10 * time.Millisecond)
		rest := d.knock(t, 1, 30)
		synctest.Wait()
		d.stop()
		allTaken(t, first())
		allTaken(t, rest())
		<-d.done
		if got := d.store.stored(); len(got) != 31 {
			t.Errorf("%d of 31 are stored", len(got))
		}
	})
}

func TestTextThatADatabaseCannotHoldIsMended(t *testing.T) {
	atTheDoor(t, func(t *testing.T, d *door) {
		h := hook("\x00\xff")
		h.Query, h.ContentType = "a=\x00b", "text/\xff"
		if err := d.Accept(t.Context(), h); err != nil {
			t.Fatal(err)
		}
		if h.Query != "a=b" || h.ContentType != "text/\uFFFD" || string(h.Body) != "\x00\xff" {
			t.Errorf("%q, %q, body %q", h.Query, h.ContentType, h.Body)
		}
	})
}

func TestAPolledBodyIsADeliveryOfItsOwn(t *testing.T) {
	account := NewID()
	one, two := PolledDelivery(account, AmoCRM, []byte(`{"id":1}`), noon), PolledDelivery(account, AmoCRM, []byte(`{"id":2}`), noon)
	if one.Origin != OriginPoll || !one.Proved || one.Seen != 1 || slices.Equal(one.DedupKey, two.DedupKey) {
		t.Errorf("%+v", one)
	}
}
