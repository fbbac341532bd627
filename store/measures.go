package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type measureRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	CreatedAt time.Time
	Code      string
	State     offboarding.MeasureState
	DueOn     string
	Doc       document
}

func (measureRow) TableName() string { return "measures" }

func toMeasureRow(m *offboarding.Measure) (*measureRow, error) {
	kept := *m
	kept.ApprovedAt, kept.DoneAt = stamp(m.ApprovedAt), stamp(m.DoneAt)
	doc, err := encode(kept)
	if err != nil {
		return nil, err
	}
	return &measureRow{
		ID: m.ID, AccountID: m.AccountID, CaseID: m.CaseID, CreatedAt: stamp(m.CreatedAt), Code: m.Code, State: m.State, DueOn: m.DueOn, Doc: doc,
	}, nil
}

func toMeasure(r *measureRow) (*offboarding.Measure, error) {
	var m offboarding.Measure
	if err := r.Doc.decode(&m); err != nil {
		return nil, err
	}
	m.ID, m.AccountID, m.CaseID, m.CreatedAt = r.ID, r.AccountID, r.CaseID, stamp(r.CreatedAt)
	m.Code, m.State, m.DueOn = r.Code, r.State, r.DueOn
	return &m, nil
}

// AddMeasure stores a new measure.
func (s *Store) AddMeasure(ctx context.Context, m *offboarding.Measure) error {
	m.CreatedAt = s.created(m.CreatedAt)
	r, err := toMeasureRow(m)
	if err != nil {
		return err
	}
	return s.write(ctx, "add measure", func(db *gorm.DB) error { return db.Create(r).Error })
}

// Measure returns one measure of a case.
func (s *Store) Measure(ctx context.Context, caseID, id uuid.UUID) (m *offboarding.Measure, err error) {
	err = s.read(ctx, "read measure", func(db *gorm.DB) error {
		var r measureRow
		if err := db.Where("id = ? AND case_id = ?", id, caseID).Take(&r).Error; err != nil {
			return err
		}
		m, err = toMeasure(&r)
		return err
	})
	return m, err
}

// SaveMeasure writes the measure as it is now.
func (s *Store) SaveMeasure(ctx context.Context, m *offboarding.Measure) error {
	r, err := toMeasureRow(m)
	if err != nil {
		return err
	}
	return s.write(ctx, "save measure", func(db *gorm.DB) error {
		return changed(db.Model(&measureRow{}).Where("id = ?", m.ID).
			Select("code", "state", "due_on", "doc").UpdateColumns(r), offboarding.ErrNotFound)
	})
}

// MeasuresOf lists the measures of a case, oldest first.
func (s *Store) MeasuresOf(ctx context.Context, caseID uuid.UUID) (out []*offboarding.Measure, err error) {
	err = s.read(ctx, "list measures", func(db *gorm.DB) error {
		var rows []measureRow
		if err := db.Where("case_id = ?", caseID).Order("id").Find(&rows).Error; err != nil {
			return err
		}
		out, err = each(rows, toMeasure)
		return err
	})
	return out, err
}
