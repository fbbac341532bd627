package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"opendoor/offboarding"
)

// dispatch rings for effects that are due. A row stays ready until somebody
// claims it, so a ring that is lost is repeated and a ring too many is
// answered by nobody.
func (w *Worker) dispatch(ctx context.Context) {
	w.loop(ctx, "dispatch", w.beat(tick), w.Bell.due, func(ctx context.Context) (bool, error) {
		w.Bell.looked.Add(1)
		rings, err := w.Store.RingDue(ctx, w.Clock.Now(), rungQuiet, ringMost, room(w.Concurrency))
		if err != nil {
			return false, err
		}
		for _, r := range rings {
			if err := w.ring(ctx, r); err != nil {
				return false, fmt.Errorf("ring the queue: %w", err)
			}
		}
		time.Sleep(betweenRings)
		return len(rings) == ringMost, nil
	})
}

func (w *Worker) ring(ctx context.Context, r offboarding.Ring) error {
	ctx, cancel := context.WithTimeout(ctx, enqueueBudget)
	defer cancel()
	id, timeout := r.ID.String(), taskTimeout
	if r.Queue == offboarding.QueueFiles {
		timeout = filesBudget + taskTimeout - handlerBudget
	}
	_, err := w.client.EnqueueContext(ctx, asynq.NewTask(string(r.Kind), []byte(id)),
		asynq.TaskID(string(r.Kind)+":"+id+":"+strconv.Itoa(r.Gen)),
		asynq.Queue(string(r.Queue)), asynq.MaxRetry(0), asynq.Timeout(timeout))
	if errors.Is(err, asynq.ErrTaskIDConflict) || errors.Is(err, asynq.ErrDuplicateTask) {
		return nil // rung already; never a reason to delete anything
	}
	w.Redis.knocks.knock(r.Queue)
	w.counts.Rings.Add(1)
	return err
}
