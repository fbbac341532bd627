package offboarding_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opendoor/offboarding"
)

// slowInbox stores a batch in a fixed time.
type slowInbox struct {
	offboarding.Inbox
	takes time.Duration
	rows  atomic.Int64
}

func (s *slowInbox) AddDeliveries(ctx context.Context, batch []*offboarding.Delivery, _ time.Duration) error {
	select {
	case <-time.After(s.takes):
		s.rows.Add(int64(len(batch)))
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type silentBell struct{}

func (silentBell) Ring() {}

// emptySpool has nothing in it and takes nothing.
type emptySpool struct{}

func (emptySpool) Append(context.Context, []*offboarding.Delivery) error            { return errors.New("full") }
func (emptySpool) Drain(context.Context, func([]*offboarding.Delivery) error) error { return nil }
func (emptySpool) Len() int                                                         { return 0 }

// Many more senders than can be stored for in time: each has its answer
// within a second, what can be stored is stored, and nothing is stored for
// senders that were told to come again.
func TestOverloadIsAnsweredWithinASecondAndStoresWhatItCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const senders, takes, lasts = 3000, 200 * time.Millisecond, 4 * time.Second
		inbox := &slowInbox{takes: takes}
		in := offboarding.NewIntake(inbox, emptySpool{}, silentBell{}, time.Now, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		var work, all sync.WaitGroup
		work.Go(func() { in.Run(ctx) })
		var stored, refused, slow atomic.Int64
		end := time.Now().Add(lasts)
		for range senders {
			all.Go(func() {
				for time.Now().Before(end) {
					start := time.Now()
					err := in.Accept(t.Context(), &offboarding.Delivery{AccountID: offboarding.NewID()})
					switch {
					case err == nil:
						stored.Add(1)
					case errors.Is(err, offboarding.ErrOverloaded):
						refused.Add(1)
					default:
						t.Errorf("answered %v", err)
					}
					if time.Since(start) > time.Second {
						slow.Add(1)
					}
					time.Sleep(50 * time.Millisecond) // the way there and back
				}
			})
		}
		all.Wait()
		stop()
		work.Wait()
		if slow.Load() > 0 {
			t.Errorf("%d answers took more than a second", slow.Load())
		}
		if refused.Load() == 0 {
			t.Error("nobody was refused: this was no overload")
		}
		// A batch of 256 in every 200 ms is all that the database takes.
		if most := int64(lasts/takes) * 256; stored.Load() < most*8/10 {
			t.Errorf("%d stored, of %d that could have been", stored.Load(), most)
		}
		if wasted := inbox.rows.Load() - stored.Load(); wasted > 2*256 {
			t.Errorf("%d rows were stored for senders that had been refused", wasted)
		}
	})
}
