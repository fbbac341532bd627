package worker

import (
	"context"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// mayCall says whether the account's CRM may be called now. A parked account is
// probed rarely, by one caller.
func (w *Worker) mayCall(ctx context.Context, id uuid.UUID) (acc *offboarding.Account, probe bool, err error) {
	acc, err = w.Store.Account(ctx, id)
	if err != nil {
		if offboarding.IsKind(err, offboarding.KindNotFound) {
			return nil, false, nil // the effect itself says what becomes of it
		}
		return nil, false, err
	}
	wall := w.Clock.Wall()
	if acc.NextCallAt.After(wall) {
		return acc, false, &offboarding.Postpone{Until: acc.NextCallAt, Real: true, Reason: "the CRM wants to be left alone"}
	}
	if acc.Status == offboarding.AccountActive {
		return acc, false, nil
	}
	every := offboarding.ProbeEvery
	if acc.Status == offboarding.AccountReauthNeeded {
		every = offboarding.ReauthProbeEvery
	}
	took, err := w.Store.TakeProbe(ctx, id, wall, wall.Add(every))
	if err != nil {
		return acc, false, err
	}
	if !took {
		return acc, false, &offboarding.Postpone{Until: wall.Add(every), Real: true, Reason: "the account is " + string(acc.Status)}
	}
	return acc, true, nil
}

// recovered lets a parked account work again after a good probe.
func (w *Worker) recovered(ctx context.Context, id uuid.UUID) error {
	if err := w.Store.SetAccountHealth(ctx, id, offboarding.AccountActive, "", time.Time{}); err != nil {
		return err
	}
	w.Log.InfoContext(ctx, "account works again", "account_id", id)
	return w.Store.Wake(ctx, id, w.Clock.Now())
}

// park stops the work of an account whose CRM refused the credential, unless
// the account was given another one meanwhile.
func (w *Worker) park(ctx context.Context, acc *offboarding.Account, refused error) error {
	until := w.Clock.Wall().Add(offboarding.ReauthProbeEvery)
	parked, err := w.Store.ParkAccount(ctx, acc.ID, acc.Version, offboarding.AccountReauthNeeded, refused.Error(), until)
	if err != nil {
		return err
	}
	if !parked {
		return &offboarding.Postpone{Until: w.Clock.Now(), Reason: "the account was changed while its CRM refused it"}
	}
	w.Log.ErrorContext(ctx, "the CRM refuses the account's credential; its work is parked", "account_id", acc.ID, "err", refused)
	return &offboarding.Postpone{Until: until, Real: true, Reason: "the account needs to be authorised again"}
}

// wakeMissed wakes the account's work once more when the account began to work
// again before the postponement was written: its own waking did not find the row.
func (w *Worker) wakeMissed(ctx context.Context, id uuid.UUID) error {
	return w.Store.InTx(ctx, func(tx offboarding.Store) error {
		acc, err := tx.Account(ctx, id)
		if offboarding.IsKind(err, offboarding.KindNotFound) {
			return nil
		}
		if err != nil || acc.Status != offboarding.AccountActive || acc.NextCallAt.After(w.Clock.Wall()) {
			return err
		}
		return tx.Wake(ctx, id, w.Clock.Now())
	})
}
