package offboarding

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/google/uuid"
)

// NewAPIKey makes a key of 256 random bits. The secret is returned once; the
// row keeps its hash and the first characters, to tell keys apart.
func NewAPIKey(name, role string, accounts []uuid.UUID) (secret string, k *APIKey) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	secret = "od_" + base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(secret))
	if len(accounts) == 0 {
		accounts = nil
	}
	return secret, &APIKey{ID: NewID(), Name: name, Role: role, Prefix: secret[:7], Hash: sum[:], Accounts: accounts}
}

// AddAPIKey stores a key and records who made it.
func AddAPIKey(ctx context.Context, s Store, k *APIKey, by Actor) error {
	return s.InTx(ctx, func(tx Store) error {
		if err := tx.AddAPIKey(ctx, k); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "system", Actor: by, Kind: "api_key.created", Summary: "API key " + k.Prefix + " with role " + k.Role + " was made"})
	})
}

// RevokeAPIKey ends a key and records who did it.
func RevokeAPIKey(ctx context.Context, s Store, id uuid.UUID, by Actor, at time.Time) error {
	return s.InTx(ctx, func(tx Store) error {
		if err := tx.RevokeAPIKey(ctx, id, at); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "system", Actor: by, Kind: "api_key.revoked", Summary: "API key " + id.String() + " was revoked"})
	})
}
