package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type reviewRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
	Status    offboarding.ReviewTrack
	DueOn     string
	CheckOn   string
	Reason    string
	Quarter   string
	Doc       document
}

func (reviewRow) TableName() string { return "reviews" }

// reviewDoc is the rest of a review. Its names are kept data: add to them,
// never rename one.
type reviewDoc struct {
	WhatHappened string                     `json:"what_happened,omitempty"`
	Stated       string                     `json:"stated,omitempty"`
	Cause        string                     `json:"cause,omitempty"`
	Related      offboarding.ServiceRelated `json:"service_related,omitempty"`
	Explanation  string                     `json:"explanation,omitempty"`
	Avoidable    string                     `json:"avoidable,omitempty"`
	OwnShare     string                     `json:"own_share,omitempty"`
	MissedOn     string                     `json:"missed_on,omitempty"`
	Missed       string                     `json:"missed,omitempty"`
	Lesson       string                     `json:"lesson,omitempty"`
	Measures     []offboarding.Corrective   `json:"measures,omitempty"`
	Reviewer     offboarding.Signer         `json:"reviewer,omitzero"`
	DoneAt       time.Time                  `json:"done_at,omitzero"`
}

func toReview(r *reviewRow) (*offboarding.Review, error) {
	var d reviewDoc
	if err := r.Doc.decode(&d); err != nil {
		return nil, err
	}
	return &offboarding.Review{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, Status: r.Status, DueOn: r.DueOn, Quarter: r.Quarter, Reason: r.Reason,
		WhatHappened: d.WhatHappened, Stated: d.Stated, Cause: d.Cause, Related: d.Related, Explanation: d.Explanation, Avoidable: d.Avoidable,
		OwnShare: d.OwnShare, MissedOn: d.MissedOn, Missed: d.Missed, Lesson: d.Lesson, Measures: d.Measures, Reviewer: d.Reviewer, DoneAt: stamp(d.DoneAt),
		CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Version: r.Version,
	}, nil
}

// ReviewOf returns the case's review.
func (s *Store) ReviewOf(ctx context.Context, caseID uuid.UUID) (v *offboarding.Review, err error) {
	err = s.read(ctx, "read review", func(db *gorm.DB) error {
		var r reviewRow
		if err := db.Where("case_id = ?", caseID).Take(&r).Error; err != nil {
			return err
		}
		v, err = toReview(&r)
		return err
	})
	return v, err
}

// SaveReview stores a new review, or writes WHERE version = v.Version.
func (s *Store) SaveReview(ctx context.Context, v *offboarding.Review) error {
	created, updated := s.created(v.CreatedAt), stamp(s.now())
	err := s.write(ctx, "save review", func(db *gorm.DB) error {
		doc, err := encode(reviewDoc{
			WhatHappened: v.WhatHappened, Stated: v.Stated, Cause: v.Cause, Related: v.Related, Explanation: v.Explanation, Avoidable: v.Avoidable,
			OwnShare: v.OwnShare, MissedOn: v.MissedOn, Missed: v.Missed, Lesson: v.Lesson, Measures: v.Measures, Reviewer: v.Reviewer, DoneAt: stamp(v.DoneAt),
		})
		if err != nil {
			return err
		}
		r := &reviewRow{
			ID: v.ID, AccountID: v.AccountID, CaseID: v.CaseID, CreatedAt: created, UpdatedAt: updated, Version: v.Version + 1,
			Status: v.Status, DueOn: v.DueOn, CheckOn: v.NextCheck(), Reason: v.Reason, Quarter: v.Quarter, Doc: doc,
		}
		if v.Version == 0 {
			return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(r), offboarding.ErrStale)
		}
		return changed(db.Model(&reviewRow{}).Where("id = ? AND version = ?", v.ID, v.Version).
			Select("updated_at", "version", "status", "due_on", "check_on", "reason", "doc").UpdateColumns(r), offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	v.Version, v.CreatedAt, v.UpdatedAt = v.Version+1, created, updated
	return nil
}

// ReviewsInScope lists reviews newest first.
func (s *Store) ReviewsInScope(ctx context.Context, f offboarding.ReviewFilter) ([]*offboarding.Review, error) {
	var out []*offboarding.Review
	err := s.read(ctx, "list reviews", func(db *gorm.DB) error {
		rows, err := newestFirst[reviewRow](db, narrowed(f.Scope, f.AccountID), f.Page, func(q *gorm.DB) *gorm.DB {
			if f.Status != "" {
				q = q.Where("status = ?", f.Status)
			}
			return q
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toReview)
		return err
	})
	return out, err
}

// CasesWithoutReview lists cases that have ended in a loss and have no review.
func (s *Store) CasesWithoutReview(ctx context.Context, limit int) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.read(ctx, "find cases without review", func(db *gorm.DB) error {
		return db.Model(&caseRow{}).Where("state IN ('parted', 'in_touch', 'dropped')").
			Where("NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.case_id = cases.id)").Order("id").Limit(limit).Pluck("id", &ids).Error
	})
	return ids, err
}

// ReviewsToCheck lists reviews with a measure whose check is due.
func (s *Store) ReviewsToCheck(ctx context.Context, today string, limit int) ([]*offboarding.Review, error) {
	var out []*offboarding.Review
	err := s.read(ctx, "find checks of measures", func(db *gorm.DB) error {
		var rows []reviewRow
		if err := db.Where("check_on <> '' AND check_on <= ?", today).Order("check_on, id").Limit(limit).Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toReview)
		return err
	})
	return out, err
}

// CountReviewed counts done reviews of a reason within a quarter.
func (s *Store) CountReviewed(ctx context.Context, accountID uuid.UUID, quarter, reason string) (int, error) {
	var n int64
	err := s.read(ctx, "count reviews", func(db *gorm.DB) error {
		return db.Model(&reviewRow{}).Where("account_id = ? AND quarter = ? AND reason = ? AND reason <> '' AND status = ?", accountID, quarter, reason, offboarding.ReviewDone).Count(&n).Error
	})
	return int(n), err
}

type systemicRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
	Reason    string
	Quarter   string
	Status    string
	DueOn     string
	Owner     string
	Note      string
}

func (systemicRow) TableName() string { return "systemic_measures" }

func toSystemic(r *systemicRow) (*offboarding.Systemic, error) {
	return &offboarding.Systemic{
		ID: r.ID, AccountID: r.AccountID, Reason: r.Reason, Quarter: r.Quarter, Status: r.Status, DueOn: r.DueOn, Owner: r.Owner, Note: r.Note,
		CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Version: r.Version,
	}, nil
}

// AddSystemic stores a measure and tells whether it was new.
func (s *Store) AddSystemic(ctx context.Context, m *offboarding.Systemic) (bool, error) {
	added := false
	err := s.write(ctx, "add systemic measure", func(db *gorm.DB) error {
		now := s.created(m.CreatedAt)
		done := db.Clauses(clause.OnConflict{DoNothing: true}).Create(&systemicRow{
			ID: m.ID, AccountID: m.AccountID, CreatedAt: now, UpdatedAt: now, Version: 1, Reason: m.Reason, Quarter: m.Quarter, Status: m.Status,
			DueOn: m.DueOn, Owner: plain(m.Owner), Note: plain(m.Note),
		})
		added = done.RowsAffected == 1
		return done.Error
	})
	return added, err
}

// Systemic returns one systemic measure of an account in scope.
func (s *Store) Systemic(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (m *offboarding.Systemic, err error) {
	err = s.read(ctx, "read systemic measure", func(db *gorm.DB) error {
		var r systemicRow
		if err := inScope(db, scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		m, err = toSystemic(&r)
		return err
	})
	return m, err
}

// SaveSystemic writes WHERE version = m.Version and raises m.Version.
func (s *Store) SaveSystemic(ctx context.Context, m *offboarding.Systemic) error {
	updated := stamp(s.now())
	err := s.write(ctx, "save systemic measure", func(db *gorm.DB) error {
		return changed(db.Model(&systemicRow{}).Where("id = ? AND version = ?", m.ID, m.Version).UpdateColumns(map[string]any{
			"updated_at": updated, "version": m.Version + 1, "status": m.Status, "due_on": m.DueOn, "owner": plain(m.Owner), "note": plain(m.Note),
		}), offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	m.Version, m.UpdatedAt = m.Version+1, updated
	return nil
}

// SystemicInScope lists systemic measures newest first.
func (s *Store) SystemicInScope(ctx context.Context, f offboarding.SystemicFilter) ([]*offboarding.Systemic, error) {
	var out []*offboarding.Systemic
	err := s.read(ctx, "list systemic measures", func(db *gorm.DB) error {
		rows, err := newestFirst[systemicRow](db, narrowed(f.Scope, f.AccountID), f.Page, func(q *gorm.DB) *gorm.DB { return q })
		if err != nil {
			return err
		}
		out, err = each(rows, toSystemic)
		return err
	})
	return out, err
}
