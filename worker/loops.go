package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// unpack looks into deliveries as they come.
func (w *Worker) unpack(ctx context.Context) {
	w.loop(ctx, "unpack", tick, w.Bell.inbox, func(ctx context.Context) (bool, error) {
		n, err := w.Interpreter.Unpack(ctx)
		if n > 0 && err == nil {
			w.Bell.ringHere()
		}
		if n < offboarding.UnpackMost { // hooks that come meanwhile are looked into together
			time.Sleep(betweenLooks)
		}
		return n == offboarding.UnpackMost, err
	})
}

// sweep ends leases that ran out, so that nothing hangs in the middle.
func (w *Worker) sweep(ctx context.Context) {
	w.loop(ctx, "sweep", sweepEvery, nil, func(ctx context.Context) (bool, error) {
		s, err := w.Store.Sweep(ctx)
		if err == nil && s != (offboarding.Swept{}) {
			w.Log.WarnContext(ctx, "leases ran out", "freed", s.Freed, "uncertain", s.Uncertain, "dead", s.Dead)
			w.Bell.ringHere()
		}
		return false, err
	})
}

// touch lets touches go whose day has come. Far ahead of it they are rows and
// nothing else.
func (w *Worker) touch(ctx context.Context) {
	w.loop(ctx, "touch", w.beat(touchEvery), nil, func(ctx context.Context) (bool, error) {
		n, err := w.WinBack.ReleaseDue(ctx, touchMost)
		if n > 0 {
			w.Bell.Ring()
		}
		return n == touchMost, err
	})
}

// tidy forgets what nobody will ask for again.
func (w *Worker) tidy(ctx context.Context) {
	w.loop(ctx, "tidy", tidyEvery, nil, func(ctx context.Context) (bool, error) {
		_, err := w.Store.DropOldAnswers(ctx, w.Clock.Wall())
		n, serr := w.Packer.Tidy(ctx, w.Clock.Wall())
		if n > 0 {
			w.Log.InfoContext(ctx, "files that nobody needs are swept", "count", n)
		}
		return false, errors.Join(err, serr, w.Store.DropAttempts(ctx, w.Clock.Now().Add(-offboarding.AttemptsKept)))
	})
}

// poll asks every account now and then what changed: hooks are not enough.
func (w *Worker) poll(ctx context.Context) {
	hands := make(chan struct{}, pollHands)
	var wg sync.WaitGroup
	defer wg.Wait()
	w.loop(ctx, "poll", pollLook, nil, func(ctx context.Context) (bool, error) {
		every := max(offboarding.PollEvery, time.Duration(float64(pollFloor)*w.Clock.Rate))
		now := w.Clock.Now()
		latest := offboarding.PollHorizon(now, every)
		ids, err := w.Store.PollsDue(ctx, now, latest, 100)
		if err != nil {
			return false, err
		}
		for _, id := range ids {
			acc, err := w.Store.TakePoll(ctx, id, now, latest, now.Add(every))
			if err != nil {
				continue // another process took it
			}
			if acc.Status != offboarding.AccountActive || acc.NextCallAt.After(w.Clock.Wall()) {
				continue
			}
			hands <- struct{}{}
			wg.Go(func() {
				defer func() { <-hands }()
				w.pollOne(ctx, acc)
			})
		}
		return false, nil
	})
}

// pollOne puts what the CRM says has changed into the inbox; the watermark
// moves only after that is stored. A look that ended before all was read goes
// on at once.
func (w *Worker) pollOne(ctx context.Context, acc *offboarding.Account) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	connector := w.Connectors[acc.Provider]
	resumer, resumes := connector.(offboarding.Resumer)
	for more := true; more && ctx.Err() == nil; {
		bodies, cursor, err := connector.Poll(ctx, acc)
		if err != nil {
			w.Log.WarnContext(ctx, "poll failed, the next one looks further back", "account_id", acc.ID, "source", string(acc.Provider), "err", err)
			w.noteLostAccess(ctx, acc, err)
			return
		}
		if err := w.storePoll(ctx, acc.ID, acc.Provider, bodies, cursor); err != nil {
			w.Log.WarnContext(ctx, "what a poll found was not stored, it will be found again", "account_id", acc.ID, "err", err)
			return
		}
		acc.Cursor = cursor
		more = resumes && resumer.Unfinished(cursor)
	}
	if mover, ok := connector.(offboarding.Mover); ok {
		if err := offboarding.KeepNewAddress(ctx, w.Store, mover, acc); err != nil {
			w.Log.WarnContext(ctx, "the CRM's new address is not kept yet", "account_id", acc.ID, "err", err)
		}
	}
}

// noteLostAccess parks an account whose poll was refused: nobody else may call
// its CRM for weeks, and its administrator should know today.
func (w *Worker) noteLostAccess(ctx context.Context, acc *offboarding.Account, refused error) {
	if !offboarding.IsKind(refused, offboarding.KindUnauthorized) {
		return
	}
	_, err := w.Store.ParkAccount(ctx, acc.ID, acc.Version, offboarding.AccountReauthNeeded, refused.Error(), w.Clock.Wall().Add(offboarding.ReauthProbeEvery))
	if err != nil {
		w.Log.WarnContext(ctx, "lost access not noted yet", "account_id", acc.ID, "err", err)
	}
}

func (w *Worker) storePoll(ctx context.Context, id uuid.UUID, p offboarding.Provider, bodies [][]byte, cursor []byte) error {
	batch := make([]*offboarding.Delivery, 0, len(bodies))
	for _, b := range bodies {
		batch = append(batch, offboarding.PolledDelivery(id, p, b, w.Clock.Now()))
	}
	if len(batch) > 0 {
		// What a poll finds twice says nothing new: it is never looked into again.
		if err := w.Store.AddDeliveries(ctx, batch, 365*24*time.Hour); err != nil {
			return err
		}
		w.Bell.Inbox().Ring()
	}
	if len(cursor) == 0 {
		return nil
	}
	return w.Store.SetAccountCursor(ctx, id, cursor)
}
