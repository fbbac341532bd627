package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

// A time beyond the latest was set by a clock that has been put back since.
const watchDue = "(next_watch_at IS NULL OR next_watch_at <= ? OR next_watch_at > ?)"

// WatchesDue lists the ids of accounts that nobody has looked after for long enough.
func (s *Store) WatchesDue(ctx context.Context, now, latest time.Time, limit int) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.read(ctx, "list due watches", func(db *gorm.DB) error {
		return db.Model(&accountRow{}).Where(alive).Where(watchDue, stamp(now), stamp(latest)).Order("next_watch_at").Limit(limit).Pluck("id", &ids).Error
	})
	return ids, err
}

// TakeWatch gives the look at an account to one caller, or returns ErrNotFound.
func (s *Store) TakeWatch(ctx context.Context, id uuid.UUID, now, latest, next time.Time) (a *offboarding.Account, err error) {
	err = s.write(ctx, "take watch", func(db *gorm.DB) error {
		var rows []accountRow
		err := db.Raw("UPDATE accounts SET next_watch_at = ? WHERE id = ? AND "+watchDue+" AND deleted_at IS NULL RETURNING *",
			stamp(next), id, stamp(now), stamp(latest)).Scan(&rows).Error
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return offboarding.ErrNotFound
		}
		a, err = s.toAccount(&rows[0])
		return err
	})
	return a, err
}

// SaveRhythm writes the rhythm and that the account was watched at the time.
func (s *Store) SaveRhythm(ctx context.Context, id uuid.UUID, r offboarding.Rhythm, at time.Time) error {
	doc, err := encode(r)
	if err != nil {
		return s.done("save rhythm", err)
	}
	return s.setAccount(ctx, "save rhythm", id, map[string]any{"rhythm": doc, "watched_at": stamp(at)})
}

// SaveSetup writes what setup did.
func (s *Store) SaveSetup(ctx context.Context, id uuid.UUID, state offboarding.SetupState) error {
	doc, err := encode(state)
	if err != nil {
		return s.done("save setup", err)
	}
	return s.setAccount(ctx, "save setup", id, map[string]any{"setup_state": doc})
}

// DeliveriesAfter lists what came to the account after the delivery, oldest
// first. Ids tell the time, so the primary key finds them.
func (s *Store) DeliveriesAfter(ctx context.Context, accountID, after uuid.UUID, limit int) ([]offboarding.DeliveryMark, error) {
	var out []offboarding.DeliveryMark
	err := s.read(ctx, "list deliveries after", func(db *gorm.DB) error {
		var rows []deliveryRow
		err := db.Select("id", "origin", "received_at").Where("id > ? AND account_id = ?", after, accountID).Order("id").Limit(limit).Find(&rows).Error
		for _, r := range rows {
			out = append(out, offboarding.DeliveryMark{ID: r.ID, Origin: r.Origin, ReceivedAt: stamp(r.ReceivedAt)})
		}
		return err
	})
	return out, err
}

// BusyDeals lists the events, received since, of deals that have more than
// least of them. wall is since by the clock that ids were made by.
func (s *Store) BusyDeals(ctx context.Context, accountID uuid.UUID, wall, since time.Time, least int) ([]offboarding.DealEvent, error) {
	var out []offboarding.DealEvent
	err := s.read(ctx, "list busy deals", func(db *gorm.DB) error {
		of := func() *gorm.DB {
			return db.Model(&eventRow{}).Where("account_id = ? AND id > ? AND received_at >= ? AND kind LIKE 'deal.%' AND entity_id <> ''",
				accountID, offboarding.IDAt(wall), stamp(since))
		}
		var rows []eventRow
		err := of().Select("entity_id", "received_at").
			Where("entity_id IN (?)", of().Select("entity_id").Group("entity_id").Having("count(*) > ?", least)).Find(&rows).Error
		for _, r := range rows {
			out = append(out, offboarding.DealEvent{DealID: r.EntityID, ReceivedAt: stamp(r.ReceivedAt)})
		}
		return err
	})
	return out, err
}

// FirstHookEvent returns the first event of a hook that was made after the time.
func (s *Store) FirstHookEvent(ctx context.Context, accountID uuid.UUID, wall time.Time) (e *offboarding.Event, err error) {
	err = s.read(ctx, "read first hook event", func(db *gorm.DB) error {
		var r eventRow
		err := db.Where("account_id = ? AND id > ?", accountID, offboarding.IDAt(wall)).
			Where("EXISTS (SELECT 1 FROM deliveries d WHERE d.id = events.delivery_id AND d.origin = ?)", offboarding.OriginHook).
			Order("id").Take(&r).Error
		if err != nil {
			return err
		}
		e, err = toEvent(&r)
		return err
	})
	return e, err
}
