package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type snapshotRow struct {
	AccountID  uuid.UUID
	DealID     string
	PipelineID string
	StageID    string
	Means      offboarding.Means
	MovedAt    *time.Time
	ChangedAt  *time.Time
	WrittenAt  *time.Time
	CaseID     *uuid.UUID
	Cycle      int
	SettledAt  *time.Time
	SettledFor string
}

func (snapshotRow) TableName() string { return "deal_snapshots" }

// forUpdate locks what the query finds until the end of the transaction.
// SQLite's transactions lock the whole database, and its dialect of gorm
// leaves the clause out.
func forUpdate(db *gorm.DB) *gorm.DB {
	return db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}

// Snapshot returns what is known of a deal, locked until the end of the transaction.
func (s *Store) Snapshot(ctx context.Context, accountID uuid.UUID, dealID string) (*offboarding.DealSnapshot, error) {
	var r snapshotRow
	err := s.read(ctx, "read deal snapshot", func(db *gorm.DB) error {
		return forUpdate(db).Where("account_id = ? AND deal_id = ?", accountID, dealID).Take(&r).Error
	})
	if err != nil {
		return nil, err
	}
	return toSnapshot(&r), nil
}

func toSnapshot(r *snapshotRow) *offboarding.DealSnapshot {
	return &offboarding.DealSnapshot{
		AccountID: r.AccountID, DealID: r.DealID,
		Stage: offboarding.StageRef{PipelineID: r.PipelineID, StageID: r.StageID}, Means: r.Means,
		MovedAt: timeOf(r.MovedAt), UpdatedAt: timeOf(r.ChangedAt), WrittenAt: timeOf(r.WrittenAt),
		CaseID: r.CaseID, Cycle: r.Cycle, SettledAt: timeOf(r.SettledAt), SettledFor: r.SettledFor,
	}
}

func toSnapshotRow(d *offboarding.DealSnapshot) snapshotRow {
	return snapshotRow{
		AccountID: d.AccountID, DealID: plain(d.DealID), PipelineID: plain(d.Stage.PipelineID), StageID: plain(d.Stage.StageID),
		Means: d.Means, MovedAt: nullable(d.MovedAt), ChangedAt: nullable(d.UpdatedAt), WrittenAt: nullable(d.WrittenAt),
		CaseID: d.CaseID, Cycle: d.Cycle, SettledAt: nullable(d.SettledAt), SettledFor: plain(d.SettledFor),
	}
}

// SaveSnapshot remembers what is known of a deal now.
func (s *Store) SaveSnapshot(ctx context.Context, d *offboarding.DealSnapshot) error {
	r := toSnapshotRow(d)
	return s.write(ctx, "save deal snapshot", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("account_id", "deal_id"), UpdateAll: true}).Create(&r).Error
	})
}
