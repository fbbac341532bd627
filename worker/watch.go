package worker

import (
	"context"
	"sync"
	"time"

	"opendoor/offboarding"
)

const (
	careEvery = 10 * time.Minute // reliability §1
	careFloor = 3 * time.Second  // however fast the clock runs
	careLook  = 5 * time.Second
	careHands = 2
	careTime  = time.Minute // for one account: a check is some ten calls
)

// watch looks after every account now and then, one process at a time, and has
// the administrator told what is wrong.
func (w *Worker) watch(ctx context.Context) {
	hands := make(chan struct{}, careHands)
	var wg sync.WaitGroup
	defer wg.Wait()
	w.loop(ctx, "watch", careLook, nil, func(ctx context.Context) (bool, error) {
		every := max(careEvery, time.Duration(float64(careFloor)*w.Clock.Rate))
		now := w.Clock.Now()
		ids, err := w.Store.WatchesDue(ctx, now, now.Add(2*every), 100)
		if err != nil {
			return false, err
		}
		for _, id := range ids {
			acc, err := w.Store.TakeWatch(ctx, id, now, now.Add(2*every), now.Add(every))
			if err != nil {
				continue // another process took it
			}
			hands <- struct{}{}
			wg.Go(func() {
				defer func() { <-hands }()
				w.watchOne(ctx, acc)
			})
		}
		return false, w.Watchman.Tell(ctx)
	})
}

func (w *Worker) watchOne(ctx context.Context, acc *offboarding.Account) {
	ctx, cancel := context.WithTimeout(ctx, careTime)
	defer cancel()
	if err := w.Watchman.Look(ctx, acc); err != nil && ctx.Err() == nil {
		w.Log.WarnContext(ctx, "account not looked after, the next look is in ten minutes", "account_id", acc.ID, "source", string(acc.Provider), "err", err)
	}
	if err := w.Watchman.Tell(ctx); err != nil && ctx.Err() == nil {
		w.Log.WarnContext(ctx, "the administrator is not told yet", "account_id", acc.ID, "err", err)
	}
}
