package store

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type touchRow struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	CaseID     uuid.UUID
	MessageID  *uuid.UUID
	DueAt      time.Time
	ReleasedAt *time.Time
	Step       int
	State      offboarding.TouchState
	Class      offboarding.StepClass
	Template   string
	Plan       string
	Reason     string
	ReleasedBy string
	Person     []byte
	Channel    offboarding.Channel
	Channels   string // in their order, with commas between
	Vars       document

	PlanVersion int
}

func (touchRow) TableName() string { return "touches" }

func toTouchRow(t *offboarding.Touch) (*touchRow, error) {
	vars, err := rawDocument(t.Vars)
	return &touchRow{
		ID: t.ID, AccountID: t.AccountID, CaseID: t.CaseID, MessageID: t.MessageID, DueAt: stamp(t.DueAt), ReleasedAt: nullable(t.ReleasedAt),
		Step: t.Step, State: t.State, Class: t.Class, Template: plain(t.Template), Plan: plain(t.Plan), Reason: plain(t.Reason),
		ReleasedBy: plain(t.ReleasedBy), Person: t.Person, Channel: t.Channel, Channels: joined(t.Channels), Vars: vars, PlanVersion: t.PlanIs,
	}, err
}

func toTouch(r *touchRow) (*offboarding.Touch, error) {
	vars, err := rawDocument(r.Vars.raw()) // PostgreSQL puts spaces in
	return &offboarding.Touch{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, MessageID: r.MessageID, DueAt: stamp(r.DueAt), ReleasedAt: timeOf(r.ReleasedAt),
		Step: r.Step, State: r.State, Class: r.Class, Template: r.Template, Plan: r.Plan, Reason: r.Reason, ReleasedBy: r.ReleasedBy,
		Person: r.Person, Channel: r.Channel, Channels: channelsOf(r.Channels), Vars: vars.raw(), PlanIs: r.PlanVersion,
	}, err
}

func joined(channels []offboarding.Channel) string {
	names := make([]string, 0, len(channels))
	for _, ch := range channels {
		names = append(names, string(ch))
	}
	return strings.Join(names, ",")
}

func channelsOf(names string) []offboarding.Channel {
	if names == "" {
		return nil
	}
	var out []offboarding.Channel
	for name := range strings.SplitSeq(names, ",") {
		out = append(out, offboarding.Channel(name))
	}
	return out
}

// AddTouches stores planned contacts.
func (s *Store) AddTouches(ctx context.Context, touches []*offboarding.Touch) error {
	const what = "add touches"
	rows := make([]*touchRow, 0, len(touches))
	for _, t := range touches {
		r, err := toTouchRow(t)
		if err != nil {
			return s.done(what, err)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil
	}
	return s.writeTx(ctx, what, func(db *gorm.DB) error { return db.CreateInBatches(rows, insertChunk).Error })
}

// TouchOf returns a touch of an account in scope, locked until the end of a transaction.
func (s *Store) TouchOf(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (t *offboarding.Touch, err error) {
	err = s.read(ctx, "read touch", func(db *gorm.DB) error {
		var r touchRow
		if err := inScope(forUpdate(db), scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		t, err = toTouch(&r)
		return err
	})
	return t, err
}

// SaveTouch writes the touch as it is now.
func (s *Store) SaveTouch(ctx context.Context, t *offboarding.Touch) error {
	r, err := toTouchRow(t)
	if err != nil {
		return s.done("save touch", err)
	}
	return s.write(ctx, "save touch", func(db *gorm.DB) error {
		return changed(db.Model(&touchRow{}).Where("id = ?", t.ID).
			Select("*").Omit("id", "account_id", "case_id").UpdateColumns(r), offboarding.ErrNotFound)
	})
}

func (s *Store) touches(ctx context.Context, query func(*gorm.DB) *gorm.DB) ([]*offboarding.Touch, error) {
	var out []*offboarding.Touch
	err := s.read(ctx, "list touches", func(db *gorm.DB) error {
		var rows []touchRow
		if err := query(db).Order("due_at, id").Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toTouch)
		return err
	})
	return out, err
}

// TouchesOf lists the touches of a case by due time.
func (s *Store) TouchesOf(ctx context.Context, caseID uuid.UUID) ([]*offboarding.Touch, error) {
	return s.touches(ctx, func(db *gorm.DB) *gorm.DB { return db.Where("case_id = ?", caseID) })
}

// TouchesIn lists touches by due time.
func (s *Store) TouchesIn(ctx context.Context, f offboarding.TouchFilter) ([]*offboarding.Touch, error) {
	return s.touches(ctx, func(db *gorm.DB) *gorm.DB {
		q := inScope(db, f.Scope)
		if !f.From.IsZero() {
			q = q.Where("due_at >= ?", stamp(f.From))
		}
		if !f.To.IsZero() {
			q = q.Where("due_at < ?", stamp(f.To))
		}
		if f.After != nil {
			q = q.Where("due_at > ? OR due_at = ? AND id > ?", stamp(f.After.DueAt), stamp(f.After.DueAt), f.After.ID)
		}
		return q.Limit(f.Limit)
	})
}

// TouchesDue lists planned touches whose time has come, the oldest of each
// account, and the accounts in turns: who has thousands due holds up nobody.
// What it costs follows what is due, not what waits.
func (s *Store) TouchesDue(ctx context.Context, now time.Time, limit, perAccount int) ([]uuid.UUID, error) {
	const of = ` t.account_id = a.id AND t.state = 'planned' AND t.due_at <= ? ORDER BY t.due_at LIMIT ?`
	from := `FROM accounts a JOIN touches t ON t.id IN (SELECT t.id FROM touches t WHERE` + of + `)`
	if s.dialect == Postgres {
		from = `FROM accounts a CROSS JOIN LATERAL (SELECT t.* FROM touches t WHERE` + of + `) t`
	}
	statement := `SELECT id FROM (SELECT t.id, t.due_at, row_number() OVER (PARTITION BY t.account_id ORDER BY t.due_at, t.id) AS turn ` + from + `) d
		ORDER BY turn, due_at, id LIMIT ?`
	var ids []uuid.UUID
	err := s.read(ctx, "find due touches", func(db *gorm.DB) error {
		return db.Raw(statement, stamp(now), perAccount, limit).Scan(&ids).Error
	})
	return ids, err
}

// CancelTouches cancels the case's touches that have not been released.
func (s *Store) CancelTouches(ctx context.Context, caseID uuid.UUID, reason string) (int, error) {
	var n int64
	err := s.write(ctx, "cancel touches", func(db *gorm.DB) error {
		done := db.Model(&touchRow{}).Where("case_id = ? AND state IN ('planned', 'waiting')", caseID).
			UpdateColumns(map[string]any{"state": offboarding.TouchCancelled, "reason": plain(reason)})
		n = done.RowsAffected
		return done.Error
	})
	return int(n), err
}

// TouchedSince lists when the person was touched since then, oldest first, and
// keeps others from touching the person until the end of the transaction.
func (s *Store) TouchedSince(ctx context.Context, person []byte, since time.Time) ([]time.Time, error) {
	var rows []struct {
		ReleasedAt *time.Time
		SentAt     *time.Time
		State      offboarding.MessageState
	}
	err := s.read(ctx, "read touches of a person", func(db *gorm.DB) error {
		if s.dialect == Postgres {
			// On its own: the statement after it sees what was committed meanwhile.
			if err := db.Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", "touch:"+hex.EncodeToString(person)).Error; err != nil {
				return err
			}
		}
		return db.Raw(`SELECT t.released_at, m.sent_at, coalesce(m.state, '') AS state FROM touches t LEFT JOIN messages m ON m.id = t.message_id
			WHERE t.person = ? AND t.person IS NOT NULL AND t.state = 'released' AND t.released_at >= ?
				AND (m.id IS NULL OR m.state NOT IN ('cancelled', 'failed', 'held'))
			ORDER BY t.released_at`, person, stamp(since)).Scan(&rows).Error
	})
	out := make([]time.Time, 0, len(rows))
	for _, r := range rows {
		at := timeOf(r.ReleasedAt)
		switch {
		case r.SentAt != nil:
			at = timeOf(r.SentAt)
		case r.State == offboarding.MessagePlanned || r.State == offboarding.MessageSending:
			at = stamp(s.now()) // it may leave at any moment
		}
		out = append(out, at)
	}
	slices.SortFunc(out, time.Time.Compare)
	return out, err
}

type planRow struct {
	Name      string
	Version   int
	CreatedAt time.Time
	Steps     document
	Channels  string
}

func (planRow) TableName() string { return "plans" }

// PlanNamed returns the newest version of a changed plan.
func (s *Store) PlanNamed(ctx context.Context, name string) (*offboarding.Plan, error) {
	return s.plan(ctx, name, func(db *gorm.DB) *gorm.DB { return db.Order("version DESC") })
}

// PlanAt returns a version of a changed plan.
func (s *Store) PlanAt(ctx context.Context, name string, version int) (*offboarding.Plan, error) {
	return s.plan(ctx, name, func(db *gorm.DB) *gorm.DB { return db.Where("version = ?", version) })
}

func (s *Store) plan(ctx context.Context, name string, which func(*gorm.DB) *gorm.DB) (*offboarding.Plan, error) {
	p := &offboarding.Plan{Name: name}
	err := s.read(ctx, "read plan", func(db *gorm.DB) error {
		var r planRow
		if err := which(db.Where("name = ?", name)).Take(&r).Error; err != nil {
			return err
		}
		p.Version, p.Channels = r.Version, channelsOf(r.Channels)
		return r.Steps.decode(&p.Steps)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// SavePlan stores a new version of a plan.
func (s *Store) SavePlan(ctx context.Context, p *offboarding.Plan) error {
	steps, err := encode(p.Steps)
	if err != nil {
		return err
	}
	r := planRow{Name: p.Name, Version: p.Version + 1, CreatedAt: s.created(time.Time{}), Steps: steps, Channels: joined(p.Channels)}
	if err := s.write(ctx, "save plan", func(db *gorm.DB) error { return db.Create(&r).Error }); err != nil {
		return err
	}
	p.Version = r.Version
	return nil
}
