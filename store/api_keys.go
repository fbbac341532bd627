package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type apiKeyRow struct {
	ID        uuid.UUID
	Name      string
	Role      string
	Prefix    string
	Hash      []byte
	Accounts  document
	CreatedAt time.Time
	ExpiresAt *time.Time
	RevokedAt *time.Time
}

func (apiKeyRow) TableName() string { return "api_keys" }

func toAPIKey(r *apiKeyRow) (*offboarding.APIKey, error) {
	k := &offboarding.APIKey{
		ID: r.ID, Name: r.Name, Role: r.Role, Prefix: r.Prefix, Hash: r.Hash, CreatedAt: stamp(r.CreatedAt),
		ExpiresAt: timeOf(r.ExpiresAt), RevokedAt: timeOf(r.RevokedAt),
	}
	return k, r.Accounts.decode(&k.Accounts)
}

// AddAPIKey stores a key; a second one with the same hash is ErrStale.
func (s *Store) AddAPIKey(ctx context.Context, k *offboarding.APIKey) error {
	const what = "add API key"
	if k.ID == uuid.Nil {
		k.ID = offboarding.NewID()
	}
	k.CreatedAt = s.created(k.CreatedAt)
	accounts, err := encode(k.Accounts)
	if err != nil {
		return s.done(what, err)
	}
	r := apiKeyRow{
		ID: k.ID, Name: plain(k.Name), Role: k.Role, Prefix: plain(k.Prefix), Hash: k.Hash, Accounts: accounts,
		CreatedAt: k.CreatedAt, ExpiresAt: nullable(k.ExpiresAt), RevokedAt: nullable(k.RevokedAt),
	}
	return s.write(ctx, what, func(db *gorm.DB) error { return db.Create(&r).Error })
}

// APIKeyByHash returns the key with the hash, even one that was revoked or has
// expired.
func (s *Store) APIKeyByHash(ctx context.Context, hash []byte) (k *offboarding.APIKey, err error) {
	err = s.read(ctx, "read API key", func(db *gorm.DB) error {
		var r apiKeyRow
		if err := db.Where("hash = ?", hash).Take(&r).Error; err != nil {
			return err
		}
		k, err = toAPIKey(&r)
		return err
	})
	return k, err
}

// APIKeys lists keys newest first.
func (s *Store) APIKeys(ctx context.Context, p offboarding.Page) ([]*offboarding.APIKey, error) {
	var out []*offboarding.APIKey
	err := s.read(ctx, "list API keys", func(db *gorm.DB) error {
		rows, err := newestFirst[apiKeyRow](db, nil, p, func(q *gorm.DB) *gorm.DB { return q })
		if err != nil {
			return err
		}
		out, err = each(rows, toAPIKey)
		return err
	})
	return out, err
}

// RevokeAPIKey ends a key; one that was revoked before keeps its time.
func (s *Store) RevokeAPIKey(ctx context.Context, id uuid.UUID, at time.Time) error {
	return s.write(ctx, "revoke API key", func(db *gorm.DB) error {
		return changed(db.Model(&apiKeyRow{}).Where("id = ?", id).
			UpdateColumn("revoked_at", gorm.Expr("coalesce(revoked_at, ?)", stamp(at))), offboarding.ErrNotFound)
	})
}
