package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type sourceReportRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	CreatedAt time.Time
	SourceKey string
	Doc       document
}

func (sourceReportRow) TableName() string { return "source_reports" }

func toSourceReport(r *sourceReportRow) (*offboarding.SourceReport, error) {
	var out offboarding.SourceReport
	if err := r.Doc.decode(&out); err != nil {
		return nil, err
	}
	out.ID, out.AccountID, out.CaseID, out.SourceKey, out.CreatedAt = r.ID, r.AccountID, r.CaseID, r.SourceKey, stamp(r.CreatedAt)
	return &out, nil
}

// AddSourceReport stores a line of the restricted record.
func (s *Store) AddSourceReport(ctx context.Context, r *offboarding.SourceReport) error {
	doc, err := encode(r)
	if err != nil {
		return err
	}
	row := &sourceReportRow{ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, CreatedAt: stamp(r.CreatedAt), SourceKey: plain(r.SourceKey), Doc: doc}
	return s.write(ctx, "add source report", func(db *gorm.DB) error { return db.Create(row).Error })
}

func (s *Store) sourceReports(ctx context.Context, query func(db *gorm.DB) ([]sourceReportRow, error)) (out []*offboarding.SourceReport, err error) {
	err = s.read(ctx, "list source reports", func(db *gorm.DB) error {
		rows, err := query(db)
		if err != nil {
			return err
		}
		out, err = each(rows, toSourceReport)
		return err
	})
	return out, err
}

// SourceReportsOf lists what one client said about who spoke badly of us, oldest first.
func (s *Store) SourceReportsOf(ctx context.Context, caseID uuid.UUID) ([]*offboarding.SourceReport, error) {
	return s.sourceReports(ctx, func(db *gorm.DB) (rows []sourceReportRow, err error) {
		err = db.Where("case_id = ?", caseID).Order("id").Find(&rows).Error
		return rows, err
	})
}

// SourceReportsNaming lists what is known of one source, newest first.
func (s *Store) SourceReportsNaming(ctx context.Context, accountID uuid.UUID, key string) ([]*offboarding.SourceReport, error) {
	return s.sourceReports(ctx, func(db *gorm.DB) (rows []sourceReportRow, err error) {
		err = db.Where("account_id = ? AND source_key = ?", accountID, plain(key)).Order("id DESC").Limit(maxPage).Find(&rows).Error
		return rows, err
	})
}

// SourceReportsInScope lists reports newest first.
func (s *Store) SourceReportsInScope(ctx context.Context, scope []uuid.UUID, p offboarding.Page) ([]*offboarding.SourceReport, error) {
	return s.sourceReports(ctx, func(db *gorm.DB) ([]sourceReportRow, error) {
		return newestFirst[sourceReportRow](db, scope, p, func(q *gorm.DB) *gorm.DB { return q })
	})
}
