package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

// insertChunk keeps a statement below SQLite's 32766 and PostgreSQL's 65535
// parameters with the widest of our rows.
const insertChunk = 500

type eventRow struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	DeliveryID uuid.UUID
	CaseID     *uuid.UUID
	ReceivedAt time.Time
	SettledAt  *time.Time
	Seq        int
	Provider   offboarding.Provider
	Kind       offboarding.EventKind
	EntityID   string
	Verdict    offboarding.Verdict
	Reason     string
	Hint       document
}

func (eventRow) TableName() string { return "events" }

func toEventRow(e *offboarding.Event) (eventRow, error) {
	hint, err := encode(e.Hint)
	return eventRow{
		ID: e.ID, AccountID: e.AccountID, DeliveryID: e.DeliveryID, CaseID: e.CaseID, ReceivedAt: stamp(e.ReceivedAt),
		SettledAt: nullable(e.SettledAt), Seq: e.Seq, Provider: e.Provider, Kind: plain(e.Kind), EntityID: plain(e.EntityID),
		Verdict: e.Verdict, Reason: plain(e.Reason), Hint: hint,
	}, err
}

func toEvent(r *eventRow) (*offboarding.Event, error) {
	e := &offboarding.Event{
		ID: r.ID, AccountID: r.AccountID, DeliveryID: r.DeliveryID, CaseID: r.CaseID, ReceivedAt: stamp(r.ReceivedAt),
		SettledAt: timeOf(r.SettledAt), Seq: r.Seq, Provider: r.Provider, Kind: r.Kind, EntityID: r.EntityID,
		Verdict: r.Verdict, Reason: r.Reason,
	}
	return e, r.Hint.decode(&e.Hint)
}

// AddEvents stores events; one with a known (delivery, seq) is left as it is.
func (s *Store) AddEvents(ctx context.Context, events []*offboarding.Event) error {
	const what = "add events"
	rows := make([]eventRow, 0, len(events))
	for _, e := range events {
		r, err := toEventRow(e)
		if err != nil {
			return s.done(what, err)
		}
		rows = append(rows, r)
	}
	return addLater(ctx, s, what, rows, clause.OnConflict{Columns: columns("delivery_id", "seq"), DoNothing: true})
}

func columns(names ...string) []clause.Column {
	out := make([]clause.Column, 0, len(names))
	for _, n := range names {
		out = append(out, clause.Column{Name: n})
	}
	return out
}

// Event returns one event of an account in scope.
func (s *Store) Event(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (e *offboarding.Event, err error) {
	err = s.read(ctx, "read event", func(db *gorm.DB) error {
		var r eventRow
		if err := inScope(db, scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		e, err = toEvent(&r)
		return err
	})
	return e, err
}

func (s *Store) events(ctx context.Context, query func(*gorm.DB) *gorm.DB) ([]*offboarding.Event, error) {
	var out []*offboarding.Event
	err := s.read(ctx, "list events", func(db *gorm.DB) error {
		var rows []eventRow
		if err := query(db).Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toEvent)
		return err
	})
	return out, err
}

// EventsOfDelivery lists the events of one delivery in its order.
func (s *Store) EventsOfDelivery(ctx context.Context, deliveryID uuid.UUID) ([]*offboarding.Event, error) {
	return s.events(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where("delivery_id = ?", deliveryID).Order("seq")
	})
}

// Events lists events newest first.
func (s *Store) Events(ctx context.Context, f offboarding.EventFilter) ([]*offboarding.Event, error) {
	var out []*offboarding.Event
	err := s.read(ctx, "list events", func(db *gorm.DB) error {
		rows, err := newestFirst[eventRow](db, narrowed(f.Scope, f.AccountID), f.Page, func(q *gorm.DB) *gorm.DB {
			if f.Verdict != "" {
				q = q.Where("verdict = ?", f.Verdict)
			}
			if f.CaseID != nil {
				q = q.Where("case_id = ?", *f.CaseID)
			}
			return q
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toEvent)
		return err
	})
	return out, err
}

// PendingEventsOf lists pending events about one deal received at or before
// at, oldest first. An entity of another kind may have the same id.
func (s *Store) PendingEventsOf(ctx context.Context, accountID uuid.UUID, dealID string, at time.Time) ([]*offboarding.Event, error) {
	return s.events(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where("account_id = ? AND entity_id = ? AND verdict = 'pending' AND kind LIKE 'deal.%' AND received_at <= ?",
			accountID, dealID, stamp(at)).Order("received_at, id")
	})
}

// SettleEvent writes verdict, reason, case and time.
func (s *Store) SettleEvent(ctx context.Context, e *offboarding.Event) error {
	return s.write(ctx, "settle event", func(db *gorm.DB) error {
		return changed(db.Model(&eventRow{}).Where("id = ?", e.ID).UpdateColumns(map[string]any{
			"verdict": e.Verdict, "reason": plain(e.Reason), "case_id": e.CaseID, "settled_at": nullable(e.SettledAt),
		}), offboarding.ErrNotFound)
	})
}
