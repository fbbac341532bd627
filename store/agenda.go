package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

// Moments of the view agenda.
const agendaMoment = "2006-01-02T15:04:05"

type agendaRow struct {
	AccountID string
	CaseID    string
	CaseNo    int64
	At        string
	Kind      string
	Ref       string
	Detail    string
}

// Agenda lists what is to come, the soonest first: touches by their index, the
// rest by a view.
func (s *Store) Agenda(ctx context.Context, f offboarding.AgendaFilter) ([]offboarding.AgendaEntry, error) {
	var out []offboarding.AgendaEntry
	err := s.read(ctx, "list the agenda", func(db *gorm.DB) error {
		accounts, err := accountsOf(db, f.Scope)
		if err != nil || len(accounts) == 0 {
			return err
		}
		var rows []agendaRow
		after := offboarding.AgendaPlace{}
		if f.After != nil {
			after = *f.After
		}
		err = db.Raw("SELECT * FROM agenda WHERE account_id IN ? AND at >= ? AND at < ? AND (at > ? OR at = ? AND (ref > ? OR ref = ? AND kind > ?)) ORDER BY at, ref, kind LIMIT ?",
			accounts, f.From.UTC().Format(time.DateOnly), f.To.UTC().Format(agendaMoment), after.At, after.At, after.Ref, after.Ref, after.Kind, f.Limit).Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			out = append(out, toAgendaEntry(r))
		}
		touches, err := agendaTouches(db, accounts, f)
		out = append(out, touches...)
		return err
	})
	slices.SortFunc(out, func(a, b offboarding.AgendaEntry) int {
		return a.Place().Compare(b.Place())
	})
	return out[:min(len(out), f.Limit)], err
}

func toAgendaEntry(r agendaRow) offboarding.AgendaEntry {
	e := offboarding.AgendaEntry{CaseNo: r.CaseNo, Kind: r.Kind, Ref: r.Ref, Detail: offboarding.AgendaDetail(r.Kind, r.Detail)}
	e.AccountID, _ = uuid.Parse(r.AccountID) // of a column of ids
	if id, err := uuid.Parse(r.CaseID); err == nil {
		e.CaseID = &id
	}
	if t, err := time.Parse(agendaMoment, r.At); err == nil {
		e.At = t
	} else if t, err := time.Parse(time.DateOnly, r.At); err == nil {
		e.Day, e.At = r.At, t
	}
	return e
}

// agendaTouches lists the touches of the time, state by state as the index has them.
func agendaTouches(db *gorm.DB, accounts []string, f offboarding.AgendaFilter) ([]offboarding.AgendaEntry, error) {
	var out []offboarding.AgendaEntry
	ref := "00000000-0000-0000-0000-000000000000"
	if f.After != nil {
		if at := f.After.Time(); !at.Before(f.From) {
			f.From = at
			if len(f.After.At) > len(time.DateOnly) {
				ref = f.After.Ref
			}
		}
	}
	for _, state := range []offboarding.TouchState{offboarding.TouchPlanned, offboarding.TouchWaiting} {
		var rows []struct {
			ID, AccountID, CaseID uuid.UUID
			DueAt                 time.Time
			Class                 offboarding.StepClass
			Template              string
			No                    int64
		}
		err := db.Session(&gorm.Session{NewDB: true}).Table("touches t").Joins("JOIN cases c ON c.id = t.case_id").Select("t.id, t.account_id, t.case_id, t.due_at, t.class, t.template, c.no").
			Where("t.account_id IN ? AND t.state = ? AND t.due_at < ? AND t.due_at >= ? AND (t.due_at > ? OR t.id > ?)", accounts, state, stamp(f.To), stamp(f.From), stamp(f.From), ref).
			Order("t.due_at, t.id").Limit(f.Limit).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			kind := "touch"
			if r.Class == offboarding.StepCall {
				kind = "touch_call"
			}
			id := r.CaseID
			out = append(out, offboarding.AgendaEntry{
				AccountID: r.AccountID, CaseID: &id, CaseNo: r.No, Kind: kind, Ref: r.ID.String(), At: stamp(r.DueAt), Detail: offboarding.AgendaDetail(kind, r.Template),
				Tentative: state == offboarding.TouchWaiting,
			})
		}
	}
	return out, nil
}

type feedRow struct {
	ID        uuid.UUID
	CreatedAt time.Time
	RevokedAt *time.Time
	Name      string
	Lang      offboarding.Lang
	CreatedBy offboarding.Actor
	Accounts  document
	TokenHash []byte
}

func (feedRow) TableName() string { return "calendar_feeds" }

func toFeed(r *feedRow) (*offboarding.Feed, error) {
	f := &offboarding.Feed{ID: r.ID, Name: r.Name, Lang: r.Lang, TokenHash: r.TokenHash, CreatedBy: r.CreatedBy, CreatedAt: stamp(r.CreatedAt), RevokedAt: timeOf(r.RevokedAt)}
	return f, r.Accounts.decode(&f.Accounts)
}

// AddFeed stores a calendar.
func (s *Store) AddFeed(ctx context.Context, f *offboarding.Feed) error {
	accounts, err := encode(f.Accounts)
	if err != nil {
		return s.done("add calendar", err)
	}
	r := feedRow{ID: f.ID, CreatedAt: s.created(f.CreatedAt), Name: plain(f.Name), Lang: f.Lang, CreatedBy: f.CreatedBy, Accounts: accounts, TokenHash: f.TokenHash}
	return s.write(ctx, "add calendar", func(db *gorm.DB) error { return db.Create(&r).Error })
}

// FeedByHash returns a calendar by the hash of its token, even a revoked one.
func (s *Store) FeedByHash(ctx context.Context, hash []byte) (f *offboarding.Feed, err error) {
	err = s.read(ctx, "read calendar", func(db *gorm.DB) error {
		var r feedRow
		if err := db.Where("token_hash = ?", hash).Take(&r).Error; err != nil {
			return err
		}
		f, err = toFeed(&r)
		return err
	})
	return f, err
}

// Feeds lists calendars newest first.
func (s *Store) Feeds(ctx context.Context, p offboarding.Page) ([]*offboarding.Feed, error) {
	var out []*offboarding.Feed
	err := s.read(ctx, "list calendars", func(db *gorm.DB) error {
		rows, err := newestFirst[feedRow](db, nil, p, func(q *gorm.DB) *gorm.DB { return q })
		if err != nil {
			return err
		}
		out, err = each(rows, toFeed)
		return err
	})
	return out, err
}

// RevokeFeed ends a calendar; one that was revoked before keeps its time.
func (s *Store) RevokeFeed(ctx context.Context, id uuid.UUID, at time.Time) error {
	return s.write(ctx, "revoke calendar", func(db *gorm.DB) error {
		return changed(db.Model(&feedRow{}).Where("id = ?", id).UpdateColumn("revoked_at", gorm.Expr("coalesce(revoked_at, ?)", stamp(at))), offboarding.ErrNotFound)
	})
}
