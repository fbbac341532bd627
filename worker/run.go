package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/hibiken/asynq"

	"opendoor/offboarding"
)

// Counts are the worker's counters.
type Counts struct {
	Rings, Done, Retried, Postponed, Failed, Dead, ForgottenCases, ForgottenBodies atomic.Int64
}

// Counts returns the counters.
func (w *Worker) Counts() *Counts { return &w.counts }

func sprint(args []any) string { return fmt.Sprint(args...) }

// handle answers a ring: it claims the row, does it and settles it. asynq never
// retries for us: what is to be done again is a row that is ready again.
func (w *Worker) handle(ctx context.Context, t *asynq.Task) error {
	id, err := uuid.ParseBytes(t.Payload())
	if err != nil {
		w.Log.WarnContext(ctx, "ring with an unreadable id", "task", t.Type())
		return nil
	}
	if offboarding.EffectKind(t.Type()).Queue() == offboarding.QueueCRM {
		leave, ok := w.places.take(ctx)
		if !ok {
			return nil // the row is ready as it was, and is rung again
		}
		defer leave()
	}
	ef, err := w.Store.Claim(ctx, id, w.Clock.Now(), lease)
	if err != nil {
		if !offboarding.IsKind(err, offboarding.KindNotFound) {
			w.Log.WarnContext(ctx, "row not claimed, it will be rung again", "task_id", id, "err", err)
		}
		return nil
	}
	if ef.Kind == offboarding.EffectInterpret {
		defer w.Bell.ringHere() // a letter may follow
	} else {
		defer w.Bell.ringSoon() // a place is free
	}
	err = w.do(ctx, ef)
	w.settle(context.WithoutCancel(ctx), ef, err)
	return nil
}

// do does the effect within its budget and keeps its lease alive meanwhile.
func (w *Worker) do(ctx context.Context, ef *offboarding.Effect) error {
	budget := handlerBudget
	if ef.Kind.Queue() == offboarding.QueueFiles {
		budget = filesBudget
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	if ef.Kind.Queue() == offboarding.QueueFiles {
		defer context.AfterFunc(w.ending, cancel)()
	}
	go w.keepLease(ctx, cancel, ef)
	return w.perform(ctx, ef)
}

// perform does the effect, for as long as ctx lives.
func (w *Worker) perform(ctx context.Context, ef *offboarding.Effect) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "effect panicked", "task", string(ef.Kind), "task_id", ef.ID, "panic", r, "stack", string(debug.Stack()))
			// Nobody knows how far it got. The row is left to its lease, as after a crash.
			err = &offboarding.Error{Kind: offboarding.KindStale, Msg: fmt.Sprint("panic: ", r)}
		}
	}()
	if ef.Kind.Queue() == offboarding.QueueCRM {
		acc, probe, refused := w.mayCall(ctx, ef.AccountID)
		if refused != nil {
			return refused
		}
		answered := func() bool { return false }
		if probe {
			ctx, answered = offboarding.Probing(ctx)
		}
		defer func() {
			switch {
			case err == nil && answered():
				err = w.recovered(ctx, ef.AccountID)
			case acc != nil && offboarding.IsKind(err, offboarding.KindUnauthorized):
				err = w.park(context.WithoutCancel(ctx), acc, err)
			}
		}()
	}
	switch ef.Kind {
	case offboarding.EffectInterpret:
		return with(ef, func(p offboarding.InterpretPayload) error { return w.Interpreter.Interpret(ctx, ef, p) })
	case offboarding.EffectMail:
		return with(ef, func(p offboarding.MailPayload) error { return w.Postman.Send(ctx, ef, p) })
	case offboarding.EffectTimer:
		return with(ef, func(p offboarding.TimerPayload) error { return w.Timers.Fire(ctx, ef, p) })
	case offboarding.EffectAdminMail:
		return with(ef, func(p offboarding.AdminMailPayload) error { return w.Watchman.Send(ctx, ef, p) })
	case offboarding.EffectPackage:
		return with(ef, func(p offboarding.PackagePayload) error { return w.Packer.Build(ctx, ef, p) })
	case offboarding.EffectFetch:
		return with(ef, func(p offboarding.FetchPayload) error { return w.Packer.Fetch(ctx, ef, p) })
	case offboarding.EffectCarry:
		return with(ef, func(p offboarding.CarryPayload) error { return w.Carrier.Carry(ctx, ef, p) })
	default:
		return w.Scribe.Write(ctx, ef)
	}
}

func with[P any](ef *offboarding.Effect, fn func(P) error) error {
	var p P
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return offboarding.Invalid("the row's payload cannot be read")
	}
	return fn(p)
}

// keepLease renews the lease while ctx lives. A lease that is lost belongs to
// somebody else: the work is stopped.
func (w *Worker) keepLease(ctx context.Context, cancel context.CancelFunc, ef *offboarding.Effect) {
	t := time.NewTicker(leaseRenewal)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := w.Store.Extend(ctx, ef, lease); offboarding.IsKind(err, offboarding.KindStale) {
				cancel()
				return
			}
		}
	}
}

// settle writes down what became of the effect when it did not do so itself.
func (w *Worker) settle(ctx context.Context, ef *offboarding.Effect, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err == nil {
		w.counts.Done.Add(1)
		return
	}
	if offboarding.IsKind(err, offboarding.KindStale) {
		return // the lease is somebody else's, or a rival writer won six times: the sweep rings again
	}
	if serr := w.verdict(ctx, ef, err); serr != nil && !offboarding.IsKind(serr, offboarding.KindStale) {
		w.Log.WarnContext(ctx, "outcome not written, the sweep will find the row", "task", string(ef.Kind), "task_id", ef.ID, "err", serr)
	}
}

// verdict turns an error into what happens next with the row. Nothing else does.
func (w *Worker) verdict(ctx context.Context, ef *offboarding.Effect, err error) error {
	var postpone *offboarding.Postpone
	var backoff *offboarding.Backoff
	reason := err.Error()
	switch {
	case ef.Kind.Queue() == offboarding.QueueFiles && w.ending.Err() != nil: // begun anew by the next process
		return w.Store.Again(ctx, ef, w.Clock.Now(), false, "", "the process ended")
	case errors.As(err, &postpone):
		w.counts.Postponed.Add(1)
		until := postpone.Until
		if postpone.Real {
			until = w.Clock.Due(until)
		}
		if err := w.Store.Again(ctx, ef, until, false, "", postpone.Reason); err != nil || !postpone.Real {
			return err
		}
		return w.wakeMissed(ctx, ef.AccountID)
	case errors.Is(err, offboarding.ErrFenced):
		return w.Store.Again(ctx, ef, w.Clock.In(time.Second), false, "", "stopped at the last moment")
	case errors.As(err, &backoff):
		return w.backOff(ctx, ef, backoff)
	case offboarding.IsKind(err, offboarding.KindNotFound), offboarding.IsKind(err, offboarding.KindGone):
		return w.Store.Finish(ctx, ef, offboarding.EffectCancelled, "what it was about is gone", "")
	case offboarding.IsKind(err, offboarding.KindInvalid), offboarding.IsKind(err, offboarding.KindConflict):
		return w.giveUp(ctx, ef, offboarding.EffectFailed, reason)
	case w.Clock.Now().After(ef.GiveUpAt):
		return w.giveUp(ctx, ef, offboarding.EffectDead, reason)
	}
	w.counts.Retried.Add(1)
	w.Log.WarnContext(ctx, "effect failed, it is tried again", "task", string(ef.Kind), "task_id", ef.ID, "account_id", ef.AccountID, "attempt", ef.Attempts+1, "err", err)
	return w.Store.Again(ctx, ef, w.Clock.In(retryDelay(ef.Attempts)), true, reason, "")
}

// backOff obeys what an outside service said about itself.
func (w *Worker) backOff(ctx context.Context, ef *offboarding.Effect, b *offboarding.Backoff) error {
	wall := w.Clock.Wall()
	until := b.Until
	if until.Before(wall) {
		until = wall.Add(retryDelay(ef.Attempts))
	}
	switch {
	case b.Park:
		until = wall.Add(offboarding.ProbeEvery)
		w.Log.ErrorContext(ctx, "the CRM blocks the account; its work is parked", "account_id", ef.AccountID, "err", b.Err)
		if err := w.Store.SetAccountHealth(ctx, ef.AccountID, offboarding.AccountSuspended, b.Error(), until); err != nil {
			return err
		}
	case !b.Until.IsZero() && ef.Kind.Queue() == offboarding.QueueCRM:
		if err := w.Store.RestAccount(ctx, ef.AccountID, b.Until); err != nil {
			return err
		}
	}
	w.counts.Postponed.Add(1)
	if err := w.Store.Again(ctx, ef, w.Clock.Due(until), !b.Park && !b.Refused, b.Error(), ""); err != nil || !b.Park {
		return err
	}
	return w.wakeMissed(ctx, ef.AccountID)
}

// giveUp ends an effect that cannot succeed and lets people know: the row is
// listed among the dead letters, what it was about says so too.
func (w *Worker) giveUp(ctx context.Context, ef *offboarding.Effect, state offboarding.EffectState, reason string) error {
	if state == offboarding.EffectDead {
		w.counts.Dead.Add(1)
	} else {
		w.counts.Failed.Add(1)
	}
	w.Log.ErrorContext(ctx, "effect given up", "task", string(ef.Kind), "task_id", ef.ID, "account_id", ef.AccountID, "attempt", ef.Attempts, "err", reason)
	return offboarding.GiveUp(ctx, w.Store, ef, state, reason, w.Clock.Now())
}

// retryDelay is 2–5 s at first, then doubles with jitter up to 15 min
// (contract §7).
func retryDelay(attempts int) time.Duration {
	d := 2*time.Second + rand.N(3*time.Second)
	for range min(attempts, 12) {
		d *= 2
	}
	if most := 15 * time.Minute; d > most {
		d = most - rand.N(3*time.Minute)
	}
	return d
}
