package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type settlementRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
	Doc       document
}

func (settlementRow) TableName() string { return "settlements" }

// settlementDoc is an account beside its ids and times. Its names are kept
// data: add to them, never rename one.
type settlementDoc struct {
	Lines      []offboarding.SettlementLine    `json:"lines,omitempty"`
	DueOn      string                          `json:"due_on,omitempty"`
	Round      int                             `json:"round,omitempty"`
	ApprovedBy offboarding.Signer              `json:"approved_by,omitzero"`
	ApprovedAt time.Time                       `json:"approved_at,omitzero"`
	Warned     []offboarding.SettlementWarning `json:"warned,omitempty"`
	Surprised  bool                            `json:"surprised,omitempty"`
	SentAt     time.Time                       `json:"sent_at,omitzero"`
	AgreedAt   time.Time                       `json:"agreed_at,omitzero"`
	SettledOn  string                          `json:"settled_on,omitempty"`
}

// SettlementOf returns the case's final account.
func (s *Store) SettlementOf(ctx context.Context, caseID uuid.UUID) (*offboarding.Settlement, error) {
	var r settlementRow
	err := s.read(ctx, "read settlement", func(db *gorm.DB) error {
		return db.Where("case_id = ?", caseID).Take(&r).Error
	})
	if err != nil {
		return nil, err
	}
	var d settlementDoc
	if err := r.Doc.decode(&d); err != nil {
		return nil, err
	}
	return &offboarding.Settlement{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Version: r.Version,
		Lines: d.Lines, DueOn: d.DueOn, Round: d.Round, ApprovedBy: d.ApprovedBy, ApprovedAt: d.ApprovedAt, Warned: d.Warned, Surprised: d.Surprised,
		SentAt: d.SentAt, AgreedAt: d.AgreedAt, SettledOn: d.SettledOn,
	}, nil
}

// SaveSettlement stores a new account, or writes WHERE version = s.Version.
func (s *Store) SaveSettlement(ctx context.Context, a *offboarding.Settlement) error {
	saved := *a
	saved.Version++
	saved.UpdatedAt = stamp(s.now())
	saved.CreatedAt = s.created(a.CreatedAt)
	err := s.write(ctx, "save settlement", func(db *gorm.DB) error {
		lines := make([]offboarding.SettlementLine, len(a.Lines))
		for i, l := range a.Lines {
			l.AddedAt = stamp(l.AddedAt)
			if l.Contest != nil {
				contest := *l.Contest
				contest.At, contest.ClosedAt = stamp(contest.At), stamp(contest.ClosedAt)
				l.Contest = &contest
			}
			lines[i] = l
		}
		doc, err := encode(settlementDoc{
			Lines: lines, DueOn: a.DueOn, Round: a.Round, ApprovedBy: a.ApprovedBy, ApprovedAt: stamp(a.ApprovedAt), Warned: a.Warned, Surprised: a.Surprised,
			SentAt: stamp(a.SentAt), AgreedAt: stamp(a.AgreedAt), SettledOn: a.SettledOn,
		})
		if err != nil {
			return err
		}
		r := &settlementRow{a.ID, a.AccountID, a.CaseID, saved.CreatedAt, saved.UpdatedAt, saved.Version, doc}
		if a.Version == 0 {
			return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(r), offboarding.ErrStale)
		}
		return changed(db.Model(&settlementRow{}).Where("id = ? AND version = ?", a.ID, a.Version).
			Select("updated_at", "version", "doc").UpdateColumns(r), offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	a.Version, a.CreatedAt, a.UpdatedAt = saved.Version, saved.CreatedAt, saved.UpdatedAt
	return nil
}
