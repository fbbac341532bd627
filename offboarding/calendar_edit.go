package offboarding

import (
	"context"

	"github.com/google/uuid"
)

// SetCalendar replaces the account's corrections of its calendar.
func (d *Desk) SetCalendar(ctx context.Context, scope []uuid.UUID, id uuid.UUID, version int, days []CalendarDay, by Actor) (*Account, error) {
	if err := CheckDays(days); err != nil {
		return nil, err
	}
	var out *Account
	err := d.store.InTx(ctx, func(tx Store) error {
		acc, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		if !InScope(scope, acc.ID) {
			return ErrNotFound
		}
		if version != 0 && version != acc.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: "the account was changed meanwhile"}
		}
		acc.Policy.Days = days
		if err := tx.SaveAccount(ctx, acc); err != nil {
			return err
		}
		out = acc
		return tx.Record(ctx, Audit{
			Stream: "account:" + acc.ID.String(), Actor: by, Kind: "account.calendar", Summary: "the account's calendar was changed", AccountID: &acc.ID,
		})
	})
	return out, err
}
