package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// AddCase stores a new case and gives it its number. A second open case of the
// same account and deal is ErrStale.
func (s *Store) AddCase(ctx context.Context, c *offboarding.Case) error {
	added := *c
	if added.ID == uuid.Nil {
		added.ID = offboarding.NewID()
	}
	added.CreatedAt = s.created(c.CreatedAt)
	added.UpdatedAt = added.CreatedAt
	added.Version = max(c.Version, 1)
	err := s.writeTx(ctx, "add case", func(db *gorm.DB) error {
		next := "SELECT coalesce(max(no), 0) + 1 FROM cases" // SQLite has one writer at a time
		if s.dialect == Postgres {
			next = "SELECT nextval('cases_no')"
		}
		if err := db.Raw(next).Scan(&added.No).Error; err != nil {
			return err
		}
		r, err := toCaseRow(&added)
		if err != nil {
			return err
		}
		// A conflict that is an error would end the whole transaction on PostgreSQL.
		return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(r), offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	*c = added
	return nil
}

// Case returns one case of an account in scope.
func (s *Store) Case(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (c *offboarding.Case, err error) {
	err = s.read(ctx, "read case", func(db *gorm.DB) error {
		var r caseRow
		if err := inScope(db, scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		c, err = toCase(&r)
		return err
	})
	return c, err
}

// SaveCase writes WHERE version = c.Version and raises c.Version.
func (s *Store) SaveCase(ctx context.Context, c *offboarding.Case) error {
	const what = "save case"
	saved := *c
	saved.Version++
	saved.UpdatedAt = stamp(s.now())
	r, err := toCaseRow(&saved)
	if err != nil {
		return s.done(what, err)
	}
	err = s.write(ctx, what, func(db *gorm.DB) error {
		return changed(db.Model(&caseRow{}).Where("id = ? AND version = ?", c.ID, c.Version).
			Select("*").Omit("id", "no", "account_id", "created_at").UpdateColumns(r), offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	c.Version, c.UpdatedAt = saved.Version, saved.UpdatedAt
	return nil
}

// CasesInScope lists cases newest first.
func (s *Store) CasesInScope(ctx context.Context, f offboarding.CaseFilter) ([]*offboarding.Case, error) {
	var out []*offboarding.Case
	err := s.read(ctx, "list cases", func(db *gorm.DB) error {
		rows, err := newestFirst[caseRow](db, narrowed(f.Scope, f.AccountID), f.Page, func(q *gorm.DB) *gorm.DB {
			return casesLike(q, f)
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toCase)
		return err
	})
	return out, err
}

func casesLike(q *gorm.DB, f offboarding.CaseFilter) *gorm.DB {
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.Initiator != "" {
		q = q.Where("initiator = ?", f.Initiator)
	}
	if f.Reason != "" {
		if group := survey.GroupOf(f.Reason); group == f.Reason {
			q = q.Where("reason_group = ?", group)
		} else { // the group leads to an index
			q = q.Where("reason_group = ? AND reason_code = ?", group, plain(f.Reason))
		}
	}
	if f.Responsible != "" {
		if strings.Contains(f.Responsible, "@") {
			q = q.Where("responsible_email = ?", fold(plain(f.Responsible)))
		} else {
			q = q.Where("responsible_id = ?", plain(f.Responsible))
		}
	}
	if f.Query != "" {
		q = q.Where(`search LIKE ? ESCAPE '\'`, containing(fold(plain(f.Query))))
	}
	if !f.From.IsZero() {
		q = q.Where("created_at >= ?", stamp(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("created_at < ?", stamp(f.To))
	}
	return q
}

// CasesOfDeal lists the cases of one deal, newest first.
func (s *Store) CasesOfDeal(ctx context.Context, accountID uuid.UUID, dealID string) ([]*offboarding.Case, error) {
	var out []*offboarding.Case
	err := s.read(ctx, "list cases of deal", func(db *gorm.DB) error {
		var rows []caseRow
		// deal_id <> '' repeats the index's condition.
		err := db.Where("account_id = ? AND deal_id = ? AND deal_id <> ''", accountID, dealID).Order("id DESC").Find(&rows).Error
		if err != nil {
			return err
		}
		out, err = each(rows, toCase)
		return err
	})
	return out, err
}

// casesOfClient bounds how far back a client is looked up.
const casesOfClient = 50

// CasesOfClient lists the cases of a client, known by its id in the CRM or its
// e-mail address, newest first.
func (s *Store) CasesOfClient(ctx context.Context, accountID uuid.UUID, client offboarding.Client) ([]*offboarding.Case, error) {
	ref, email := plain(client.ID), fold(plain(client.Email))
	if ref == "" && email == "" {
		return nil, nil
	}
	var out []*offboarding.Case
	err := s.read(ctx, "list cases of client", func(db *gorm.DB) error {
		// Each half has an index of its own; the conditions repeat the indexes'.
		of := func(column, value string) *gorm.DB {
			return db.Session(&gorm.Session{}).Model(&caseRow{}).Where("account_id = ? AND "+column+" = ? AND "+column+" <> ''", accountID, value).
				Order("id DESC").Limit(casesOfClient)
		}
		var rows []caseRow
		err := db.Raw("SELECT * FROM (SELECT * FROM (?) AS a UNION SELECT * FROM (?) AS b) AS both_ways ORDER BY id DESC LIMIT ?",
			of("client_ref", ref).Select("id"), of("client_email", email).Select("id"), casesOfClient).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]uuid.UUID, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		rows = nil
		if err := db.Where("id IN ?", ids).Order("id DESC").Find(&rows).Error; err != nil {
			return err
		}
		out, err = each(rows, toCase)
		return err
	})
	return out, err
}

// CountCasesSince counts cases that the account's hooks opened since then.
func (s *Store) CountCasesSince(ctx context.Context, accountID uuid.UUID, since time.Time) (int, error) {
	var n int64
	err := s.read(ctx, "count cases", func(db *gorm.DB) error {
		return db.Model(&caseRow{}).Where("account_id = ? AND created_at >= ? AND by_hook", accountID, stamp(since)).Count(&n).Error
	})
	return int(n), err
}

// ReleaseHeld lifts the burst gate from the account's held cases, makes the
// effects that waited for it due now, and returns how many cases.
func (s *Store) ReleaseHeld(ctx context.Context, accountID uuid.UUID, now time.Time) (int, error) {
	var released int64
	err := s.writeTx(ctx, "release held cases", func(db *gorm.DB) error {
		var ids []uuid.UUID
		if err := db.Model(&caseRow{}).Where("account_id = ? AND held", accountID).Pluck("id", &ids).Error; err != nil {
			return err
		}
		released = 0
		for len(ids) > 0 {
			chunk := ids[:min(len(ids), insertChunk)]
			ids = ids[len(chunk):]
			done := db.Model(&caseRow{}).Where("id IN ? AND held", chunk).UpdateColumns(map[string]any{
				"held": false, "updated_at": stamp(s.now()), "version": gorm.Expr("version + 1"),
			})
			if done.Error != nil {
				return done.Error
			}
			released += done.RowsAffected
			err := db.Model(&effectRow{}).
				Where("case_id IN ? AND state = 'ready' AND reason = ? AND due_at > ?", chunk, offboarding.ReasonHeld, stamp(now)).
				UpdateColumns(map[string]any{"due_at": stamp(now), "rung_at": nil}).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	return int(released), err
}
