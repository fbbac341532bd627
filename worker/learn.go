package worker

import (
	"context"
	"time"
)

// How often reviews are begun and contracts are listened to, by the clock of
// due dates; a clock that runs fast is looked at every few seconds.
const (
	reviewsEvery = 5 * time.Minute
	radarEvery   = 6 * time.Hour
	learnFloor   = 5 * time.Second
)

// atOnce wakes a loop as it begins: what comes round every few minutes is not to
// be put off by each restart, nor by a clock that starts later.
func atOnce() <-chan struct{} {
	c := make(chan struct{}, 1)
	c <- struct{}{}
	return c
}

// learn begins loss reviews, listens for clients who have fallen silent, and
// evaluates the quarter that has ended.
func (w *Worker) learn(ctx context.Context) {
	every := max(time.Duration(float64(reviewsEvery)/w.Clock.Rate), learnFloor)
	var looked time.Time
	w.loop(ctx, "learn", every, atOnce(), func(ctx context.Context) (bool, error) {
		n, err := w.Learner.Reviews(ctx)
		if err != nil {
			return false, err
		}
		if now := w.Clock.Now(); now.Sub(looked) >= radarEvery {
			looked = now
			if err := w.Learner.Radar(ctx); err != nil {
				return false, err
			}
			if _, err := w.Learner.Looks(ctx); err != nil {
				return false, err
			}
		}
		if n > 0 {
			w.Bell.ringHere()
		}
		return false, nil
	})
}

// takeInventories takes the quarterly snapshots of contracts when their day has
// come, and tells of those that are late.
func (w *Worker) takeInventories(ctx context.Context) {
	every := max(time.Duration(float64(reviewsEvery)/w.Clock.Rate), learnFloor)
	w.loop(ctx, "inventories", every, atOnce(), func(ctx context.Context) (bool, error) {
		n, err := w.Archive.Quarterly(ctx)
		if n > 0 {
			w.Log.InfoContext(ctx, "quarterly inventories taken", "count", n)
			w.Bell.Ring()
		}
		return false, err
	})
}
