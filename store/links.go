package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type linkRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	ExpiresAt time.Time
	CreatedAt time.Time
	Purpose   offboarding.Purpose
	Recipient string
	TokenHash []byte
}

func (linkRow) TableName() string { return "links" }

func (s *Store) toLinkRow(l *offboarding.Link) linkRow {
	if l.ID == uuid.Nil {
		l.ID = offboarding.NewID()
	}
	l.CreatedAt = s.created(l.CreatedAt)
	return linkRow{
		ID: l.ID, AccountID: l.AccountID, CaseID: l.CaseID, ExpiresAt: stamp(l.ExpiresAt), CreatedAt: l.CreatedAt,
		Purpose: l.Purpose, Recipient: plain(l.Recipient), TokenHash: l.TokenHash,
	}
}

// keepLongerLink keeps a link with the same token hash and raises its expiry.
var keepLongerLink = clause.OnConflict{
	Columns: columns("token_hash"),
	DoUpdates: clause.Assignments(map[string]any{
		"expires_at": gorm.Expr("CASE WHEN links.expires_at < excluded.expires_at THEN excluded.expires_at ELSE links.expires_at END"),
	}),
}

// AddLink stores a link; one with the same token hash is kept and its expiry
// raised.
func (s *Store) AddLink(ctx context.Context, l *offboarding.Link) error {
	r := s.toLinkRow(l)
	return s.write(ctx, "add link", func(db *gorm.DB) error { return db.Clauses(keepLongerLink).Create(&r).Error })
}

// LinkByHash returns the link with the token hash, expired or not.
func (s *Store) LinkByHash(ctx context.Context, hash []byte) (*offboarding.Link, error) {
	var r linkRow
	err := s.read(ctx, "read link", func(db *gorm.DB) error { return db.Where("token_hash = ?", hash).Take(&r).Error })
	if err != nil {
		return nil, err
	}
	return &offboarding.Link{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, Purpose: r.Purpose, Recipient: r.Recipient,
		TokenHash: r.TokenHash, ExpiresAt: stamp(r.ExpiresAt), CreatedAt: stamp(r.CreatedAt),
	}, nil
}

type suppressionRow struct {
	ID        uuid.UUID
	Hash      []byte
	Channel   offboarding.Channel
	Reason    string
	Source    string
	CreatedAt time.Time
}

func (suppressionRow) TableName() string { return "suppressions" }

// AddSuppression stores a stop; a known (hash, channel) is kept.
func (s *Store) AddSuppression(ctx context.Context, p *offboarding.Suppression) error {
	if p.ID == uuid.Nil {
		p.ID = offboarding.NewID()
	}
	p.CreatedAt = s.created(p.CreatedAt)
	r := suppressionRow{
		ID: p.ID, Hash: p.Hash, Channel: p.Channel, Reason: plain(p.Reason), Source: plain(p.Source), CreatedAt: p.CreatedAt,
	}
	return s.write(ctx, "add suppression", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("hash", "channel"), DoNothing: true}).Create(&r).Error
	})
}

// Suppressed reports whether nothing may be sent to the address behind hash.
func (s *Store) Suppressed(ctx context.Context, hash []byte, ch offboarding.Channel) (bool, error) {
	var found bool
	err := s.read(ctx, "ask stop list", func(db *gorm.DB) error {
		return db.Raw("SELECT EXISTS (SELECT 1 FROM suppressions WHERE hash = ? AND channel = ?)", hash, ch).Scan(&found).Error
	})
	return found, err
}
