package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type problemRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	Since     time.Time
	SeenAt    time.Time
	MailedAt  *time.Time
	ClearedAt *time.Time
	Kind      offboarding.ProblemKind
	Stage     string
	ToldStage string
	Says      string
	Advice    string
}

func (problemRow) TableName() string { return "account_problems" }

func toProblem(r *problemRow) (*offboarding.Problem, error) {
	return &offboarding.Problem{
		ID: r.ID, AccountID: r.AccountID, Finding: offboarding.Finding{Kind: r.Kind, Stage: r.Stage, Text: r.Says, Advice: r.Advice},
		Since: stamp(r.Since), SeenAt: stamp(r.SeenAt), MailedAt: timeOf(r.MailedAt), ToldStage: r.ToldStage, ClearedAt: timeOf(r.ClearedAt),
	}, nil
}

// SaveProblem stores a new problem or writes what has changed of a known one.
func (s *Store) SaveProblem(ctx context.Context, p *offboarding.Problem) error {
	err := s.write(ctx, "save problem", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("id"), UpdateAll: true}).Create(&problemRow{
			ID: p.ID, AccountID: p.AccountID, Since: stamp(p.Since), SeenAt: stamp(p.SeenAt), MailedAt: nullable(p.MailedAt), ClearedAt: nullable(p.ClearedAt),
			Kind: p.Kind, Stage: plain(p.Stage), ToldStage: plain(p.ToldStage), Says: plain(p.Text), Advice: plain(p.Advice),
		}).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return offboarding.ErrStale
	}
	return err
}

// OpenProblems lists what is wrong now, oldest first.
func (s *Store) OpenProblems(ctx context.Context, scope []uuid.UUID) ([]*offboarding.Problem, error) {
	var out []*offboarding.Problem
	err := s.read(ctx, "list problems", func(db *gorm.DB) error {
		q := db.Where("cleared_at IS NULL")
		if scope == nil {
			q = q.Where("account_id IN (?)", db.Model(&accountRow{}).Where(alive).Select("id"))
		} else {
			q = q.Where("account_id IN ?", scope)
		}
		var rows []problemRow
		err := q.Order("since, id").Find(&rows).Error
		if err == nil {
			out, err = each(rows, toProblem)
		}
		return err
	})
	return out, err
}
