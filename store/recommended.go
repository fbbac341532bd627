package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type recommendedRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CreatedAt time.Time
	UpdatedAt time.Time
	Name      string
	WhatFor   string
	Contact   string
	Consent   bool
	CheckedOn string
	Note      string
}

func (recommendedRow) TableName() string { return "recommended_providers" }

func toRecommendedRow(p *offboarding.Recommended) *recommendedRow {
	return &recommendedRow{
		ID: p.ID, AccountID: p.AccountID, CreatedAt: stamp(p.CreatedAt), UpdatedAt: stamp(p.UpdatedAt), Name: plain(p.Name),
		WhatFor: plain(p.WhatFor), Contact: plain(p.Contact), Consent: p.Consent, CheckedOn: p.CheckedOn, Note: plain(p.Note),
	}
}

func toRecommended(r *recommendedRow) (*offboarding.Recommended, error) {
	return &offboarding.Recommended{
		ID: r.ID, AccountID: r.AccountID, CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Name: r.Name,
		WhatFor: r.WhatFor, Contact: r.Contact, Consent: r.Consent, CheckedOn: r.CheckedOn, Note: r.Note,
	}, nil
}

// AddProvider stores a new entry of the directory of recommended providers.
func (s *Store) AddProvider(ctx context.Context, p *offboarding.Recommended) error {
	return s.write(ctx, "add provider", func(db *gorm.DB) error { return db.Create(toRecommendedRow(p)).Error })
}

// Provider returns one recommended provider of an account in scope.
func (s *Store) Provider(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (p *offboarding.Recommended, err error) {
	err = s.read(ctx, "read provider", func(db *gorm.DB) error {
		var r recommendedRow
		if err := inScope(db, scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		p, err = toRecommended(&r)
		return err
	})
	return p, err
}

// SaveProvider writes the entry as it is now.
func (s *Store) SaveProvider(ctx context.Context, p *offboarding.Recommended) error {
	return s.write(ctx, "save provider", func(db *gorm.DB) error {
		return changed(db.Model(&recommendedRow{}).Where("id = ?", p.ID).
			Select("*").Omit("id", "account_id", "created_at").UpdateColumns(toRecommendedRow(p)), offboarding.ErrNotFound)
	})
}

// ProvidersInScope lists recommended providers newest first.
func (s *Store) ProvidersInScope(ctx context.Context, scope []uuid.UUID, accountID *uuid.UUID, p offboarding.Page) (out []*offboarding.Recommended, err error) {
	err = s.read(ctx, "list providers", func(db *gorm.DB) error {
		rows, err := newestFirst[recommendedRow](db, narrowed(scope, accountID), p, func(q *gorm.DB) *gorm.DB { return q })
		if err != nil {
			return err
		}
		out, err = each(rows, toRecommended)
		return err
	})
	return out, err
}

// DeleteProvider takes an entry out of the directory.
func (s *Store) DeleteProvider(ctx context.Context, id uuid.UUID) error {
	return s.write(ctx, "delete provider", func(db *gorm.DB) error {
		return changed(db.Where("id = ?", id).Delete(&recommendedRow{}), offboarding.ErrNotFound)
	})
}
