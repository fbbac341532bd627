package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type taskRow struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	CaseID     *uuid.UUID
	ContractID *uuid.UUID
	TaskKey    string
	What       string
	Body       string
	OwnerID    string
	OwnerName  string
	OwnerEmail string
	AboutID    string
	AboutName  string
	AboutEmail string
	DueAt      time.Time
	CreatedAt  time.Time
	DoneAt     *time.Time
	DoneBy     offboarding.Actor
	Note       string
}

func (taskRow) TableName() string { return "tasks" }

func toTask(r *taskRow) (*offboarding.Task, error) {
	return &offboarding.Task{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, ContractID: r.ContractID, Key: r.TaskKey, What: r.What, Text: r.Body,
		Owner: offboarding.Responsible{ID: r.OwnerID, Name: r.OwnerName, Email: r.OwnerEmail}, Due: stamp(r.DueAt),
		About:     offboarding.Responsible{ID: r.AboutID, Name: r.AboutName, Email: r.AboutEmail},
		CreatedAt: stamp(r.CreatedAt), DoneAt: timeOf(r.DoneAt), DoneBy: r.DoneBy, Note: r.Note,
	}, nil
}

// AddTask stores a task and tells whether it was new: one with the same key is kept.
func (s *Store) AddTask(ctx context.Context, t *offboarding.Task) (bool, error) {
	t.CreatedAt = s.created(t.CreatedAt)
	added := false
	err := s.write(ctx, "add task", func(db *gorm.DB) error {
		done := db.Clauses(clause.OnConflict{DoNothing: true}).Create(&taskRow{
			ID: t.ID, AccountID: t.AccountID, CaseID: t.CaseID, ContractID: t.ContractID, TaskKey: plain(t.Key), What: plain(t.What), Body: plain(t.Text),
			OwnerID: plain(t.Owner.ID), OwnerName: plain(t.Owner.Name), OwnerEmail: plain(t.Owner.Email),
			AboutID: plain(t.About.ID), AboutName: plain(t.About.Name), AboutEmail: plain(t.About.Email),
			DueAt: stamp(t.Due), CreatedAt: t.CreatedAt, DoneAt: nullable(t.DoneAt), DoneBy: t.DoneBy, Note: plain(t.Note),
		})
		added = done.RowsAffected == 1
		return done.Error
	})
	return added, err
}

// Task returns a task of an account in scope.
func (s *Store) Task(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (t *offboarding.Task, err error) {
	err = s.read(ctx, "read task", func(db *gorm.DB) error {
		var r taskRow
		if err := inScope(db, scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		t, err = toTask(&r)
		return err
	})
	return t, err
}

// aboutNobody leaves out tasks about people of ours.
const aboutNobody = "about_id = '' AND about_name = '' AND about_email = ''"

// TasksInScope lists tasks newest first.
func (s *Store) TasksInScope(ctx context.Context, f offboarding.TaskFilter) ([]*offboarding.Task, error) {
	var out []*offboarding.Task
	err := s.read(ctx, "list tasks", func(db *gorm.DB) error {
		rows, err := newestFirst[taskRow](db, narrowed(f.Scope, f.AccountID), f.Page, func(q *gorm.DB) *gorm.DB {
			if f.CaseID != nil {
				q = q.Where("case_id = ?", *f.CaseID)
			}
			if f.Done != nil && *f.Done {
				q = q.Where("done_at IS NOT NULL")
			} else if f.Done != nil {
				q = q.Where("done_at IS NULL")
			}
			if !f.People {
				q = q.Where(aboutNobody)
			}
			return q
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toTask)
		return err
	})
	return out, err
}

// OpenTasksOf lists a case's tasks that nobody has done, by their due time.
func (s *Store) OpenTasksOf(ctx context.Context, caseID uuid.UUID) ([]*offboarding.Task, error) {
	var out []*offboarding.Task
	err := s.read(ctx, "list open tasks", func(db *gorm.DB) error {
		var rows []taskRow
		if err := db.Where("case_id = ? AND done_at IS NULL", caseID).Order("due_at, id").Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toTask)
		return err
	})
	return out, err
}

// EndTask writes that a task is done and tells whether it was open until now.
func (s *Store) EndTask(ctx context.Context, t *offboarding.Task) (bool, error) {
	ended := false
	err := s.write(ctx, "end task", func(db *gorm.DB) error {
		done := db.Model(&taskRow{}).Where("id = ? AND done_at IS NULL", t.ID).
			UpdateColumns(map[string]any{"done_at": stamp(t.DoneAt), "done_by": t.DoneBy, "note": plain(t.Note)})
		ended = done.RowsAffected == 1
		return done.Error
	})
	return ended, err
}
