package offboarding

import (
	"context"
	"maps"
)

// Mover is a Connector whose CRM may answer at another address than the account
// keeps in its credentials.
type Mover interface {
	// NewAddress returns the credentials with the address at which the account is
	// reached now, once it is proved that the same CRM answers there; nil: nothing
	// has changed.
	NewAddress(ctx context.Context, acc *Account) (Credentials, error)
}

// KeepNewAddress remembers where an account has moved, so that it is reached
// when its old address is gone. Somebody who changed the account meanwhile wins.
func KeepNewAddress(ctx context.Context, s Store, m Mover, acc *Account) error {
	there, err := m.NewAddress(ctx, acc)
	if err != nil || there == nil {
		return err
	}
	return s.InTx(ctx, func(tx Store) error {
		now, err := tx.Account(ctx, acc.ID)
		if err != nil {
			return err
		}
		if !maps.Equal(now.Credentials, acc.Credentials) {
			return nil
		}
		now.Credentials = there
		if err := tx.SaveAccount(ctx, now); err != nil {
			return err
		}
		id := acc.ID
		return tx.Record(ctx, Audit{
			Stream: "account:" + id.String(), Actor: ActorSystem, Kind: "account.moved", AccountID: &id,
			Summary: "the CRM was renamed; its new address is kept",
		})
	})
}
