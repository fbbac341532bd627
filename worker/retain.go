package worker

import (
	"context"
	"time"
)

// Retention says after how long what is kept. Zero: for ever.
type Retention struct{ Months, BodyDays int }

const retainEvery = 24 * time.Hour

// retain forgets, once a day, what is kept no longer.
func (w *Worker) retain(ctx context.Context) {
	if w.Registrar == nil {
		return
	}
	every := max(time.Duration(float64(retainEvery)/w.Clock.Rate), time.Minute)
	w.loop(ctx, "retention", every, nil, func(ctx context.Context) (bool, error) {
		done, err := w.Registrar.Retain(ctx, w.Retention.Months, w.Retention.BodyDays, false)
		w.counts.ForgottenCases.Add(int64(done.Cases))
		w.counts.ForgottenBodies.Add(int64(done.Deliveries))
		if done.Cases > 0 || done.Deliveries > 0 {
			w.Log.InfoContext(ctx, "retention", "cases", done.Cases, "deliveries", done.Deliveries)
		}
		return false, err
	})
}
