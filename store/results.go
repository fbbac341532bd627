package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type endpointRow struct {
	AccountID    uuid.UUID
	Origin       string
	Failures     int
	FailingSince *time.Time
	LastTryAt    time.Time
	LastGoodAt   *time.Time
	PausedAt     *time.Time
	ProbeAt      *time.Time
	Detail       string
}

func (endpointRow) TableName() string { return "result_endpoints" }

func toEndpoint(r *endpointRow) (*offboarding.Endpoint, error) {
	return &offboarding.Endpoint{
		AccountID: r.AccountID, Origin: r.Origin, Failures: r.Failures, FailingSince: timeOf(r.FailingSince), LastTryAt: stamp(r.LastTryAt),
		LastGoodAt: timeOf(r.LastGoodAt), PausedAt: timeOf(r.PausedAt), ProbeAt: timeOf(r.ProbeAt), Detail: r.Detail,
	}, nil
}

// Endpoint returns a receiver, locked until the end of the transaction.
func (s *Store) Endpoint(ctx context.Context, accountID uuid.UUID, origin string) (e *offboarding.Endpoint, err error) {
	err = s.read(ctx, "read endpoint", func(db *gorm.DB) error {
		var r endpointRow
		if err := forUpdate(db).Where("account_id = ? AND origin = ?", accountID, plain(origin)).Take(&r).Error; err != nil {
			return err
		}
		e, err = toEndpoint(&r)
		return err
	})
	return e, err
}

// SaveEndpoint writes what is known of a receiver.
func (s *Store) SaveEndpoint(ctx context.Context, e *offboarding.Endpoint) error {
	return s.write(ctx, "save endpoint", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("account_id", "origin"), UpdateAll: true}).Create(&endpointRow{
			AccountID: e.AccountID, Origin: plain(e.Origin), Failures: e.Failures, FailingSince: nullable(e.FailingSince), LastTryAt: stamp(e.LastTryAt),
			LastGoodAt: nullable(e.LastGoodAt), PausedAt: nullable(e.PausedAt), ProbeAt: nullable(e.ProbeAt), Detail: plain(e.Detail),
		}).Error
	})
}

// Endpoints lists an account's receivers.
func (s *Store) Endpoints(ctx context.Context, accountID uuid.UUID) ([]*offboarding.Endpoint, error) {
	return s.endpoints(ctx, accountID, "account_id = ?")
}

// PausedEndpoints lists an account's receivers that are paused, longest first.
func (s *Store) PausedEndpoints(ctx context.Context, accountID uuid.UUID) ([]*offboarding.Endpoint, error) {
	return s.endpoints(ctx, accountID, "account_id = ? AND paused_at IS NOT NULL")
}

func (s *Store) endpoints(ctx context.Context, accountID uuid.UUID, where string) ([]*offboarding.Endpoint, error) {
	var out []*offboarding.Endpoint
	err := s.read(ctx, "list endpoints", func(db *gorm.DB) error {
		var rows []endpointRow
		err := db.Where(where, accountID).Order("paused_at, origin").Find(&rows).Error
		if err == nil {
			out, err = each(rows, toEndpoint)
		}
		return err
	})
	return out, err
}

type attemptRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	EffectID  uuid.UUID
	At        time.Time
	TookMS    int64 `gorm:"column:took_ms"`
	Status    int
	Origin    string
	Detail    string
}

func (attemptRow) TableName() string { return "result_attempts" }

// AddAttempt stores one try to post a result.
func (s *Store) AddAttempt(ctx context.Context, a *offboarding.Attempt) error {
	return s.write(ctx, "add attempt", func(db *gorm.DB) error {
		return db.Create(&attemptRow{
			ID: a.ID, AccountID: a.AccountID, EffectID: a.EffectID, At: stamp(a.At), TookMS: a.Took.Milliseconds(), Status: a.Status,
			Origin: plain(a.Origin), Detail: plain(a.Detail),
		}).Error
	})
}

// DropAttempts forgets tries that are older.
func (s *Store) DropAttempts(ctx context.Context, before time.Time) error {
	return s.write(ctx, "drop attempts", func(db *gorm.DB) error {
		return db.Where("at < ?", stamp(before)).Delete(&attemptRow{}).Error
	})
}

// Results lists an account's results, newest first, with their tries.
func (s *Store) Results(ctx context.Context, accountID uuid.UUID, p offboarding.Page) ([]*offboarding.Result, error) {
	var out []*offboarding.Result
	err := s.read(ctx, "list results", func(db *gorm.DB) error {
		rows, err := newestFirst[effectRow](db, []uuid.UUID{accountID}, p, func(q *gorm.DB) *gorm.DB {
			return q.Where("kind = 'result'") // as the index says it
		})
		if err != nil {
			return err
		}
		effects, err := each(rows, toEffect)
		if err != nil {
			return err
		}
		ids := make([]uuid.UUID, 0, len(effects))
		byID := map[uuid.UUID]*offboarding.Result{}
		for _, ef := range effects {
			r := &offboarding.Result{Effect: ef}
			out, ids, byID[ef.ID] = append(out, r), append(ids, ef.ID), r
		}
		var tries []attemptRow
		if err := db.Where("effect_id IN ?", ids).Order("id").Find(&tries).Error; err != nil {
			return err
		}
		for _, t := range tries {
			r := byID[t.EffectID]
			r.Attempts = append(r.Attempts, &offboarding.Attempt{
				ID: t.ID, AccountID: t.AccountID, EffectID: t.EffectID, At: stamp(t.At), Took: time.Duration(t.TookMS) * time.Millisecond,
				Status: t.Status, Origin: t.Origin, Detail: t.Detail,
			})
		}
		return nil
	})
	return out, err
}

// ResendResult makes a result that has ended ready again.
func (s *Store) ResendResult(ctx context.Context, accountID, effectID uuid.UUID, now time.Time) (ef *offboarding.Effect, err error) {
	err = s.writeTx(ctx, "resend result", func(db *gorm.DB) error {
		var r effectRow
		if err := forUpdate(db).Where("id = ? AND account_id = ? AND kind = 'result'", effectID, accountID).Take(&r).Error; err != nil {
			return err
		}
		switch r.State {
		case offboarding.EffectSent, offboarding.EffectFailed, offboarding.EffectDead, offboarding.EffectCancelled, offboarding.EffectUncertain:
		default:
			return offboarding.Rule("result_under_way", "the result has not ended: it is posted by itself")
		}
		at := stamp(now)
		changes := map[string]any{
			"state": offboarding.EffectReady, "due_at": at, "give_up_at": at.Add(offboarding.EffectResult.Patience()), "attempts": 0, "crashes": 0,
			"last_error": "", "reason": "", "lease_until": nil, "rung_at": nil, "updated_at": at,
		}
		if err := db.Model(&effectRow{}).Where("id = ?", r.ID).UpdateColumns(changes).Error; err != nil {
			return err
		}
		if err := db.Where("id = ?", r.ID).Take(&r).Error; err != nil {
			return err
		}
		ef, err = toEffect(&r)
		return err
	})
	return ef, err
}

// WakeResults makes the account's waiting results due now, with a fresh patience.
func (s *Store) WakeResults(ctx context.Context, accountID uuid.UUID, now time.Time) error {
	return s.write(ctx, "wake results", func(db *gorm.DB) error {
		at := stamp(now)
		return db.Model(&effectRow{}).Where("account_id = ? AND kind = 'result' AND state = 'ready'", accountID).
			UpdateColumns(map[string]any{"due_at": at, "give_up_at": at.Add(offboarding.EffectResult.Patience()), "reason": ""}).Error
	})
}
