package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

// AddEffects stores effects; a known SendKey is left alone. It returns how
// many were new.
func (s *Store) AddEffects(ctx context.Context, effects []offboarding.Effect) (int, error) {
	const what = "add effects"
	rows := make([]effectRow, 0, len(effects))
	for i := range effects {
		r, err := s.toEffectRow(&effects[i])
		if err != nil {
			return 0, s.done(what, err)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	var n int64
	err := s.writeTx(ctx, what, func(db *gorm.DB) error {
		done := db.Clauses(clause.OnConflict{Columns: columns("send_key"), DoNothing: true}).CreateInBatches(rows, insertChunk)
		n = done.RowsAffected
		return done.Error
	})
	return int(n), err
}

func (s *Store) effect(ctx context.Context, query func(*gorm.DB) *gorm.DB) (e *offboarding.Effect, err error) {
	err = s.read(ctx, "read effect", func(db *gorm.DB) error {
		var r effectRow
		if err := query(db).Take(&r).Error; err != nil {
			return err
		}
		e, err = toEffect(&r)
		return err
	})
	return e, err
}

// Effect returns one effect.
func (s *Store) Effect(ctx context.Context, id uuid.UUID) (*offboarding.Effect, error) {
	return s.effect(ctx, func(db *gorm.DB) *gorm.DB { return db.Where("id = ?", id) })
}

// EffectByKey returns the effect with the send key.
func (s *Store) EffectByKey(ctx context.Context, sendKey string) (*offboarding.Effect, error) {
	return s.effect(ctx, func(db *gorm.DB) *gorm.DB { return db.Where("send_key = ?", sendKey) })
}

// DeadLetters lists what waits for a person: effects given up, refused for
// good, or of unknown outcome; newest first.
func (s *Store) DeadLetters(ctx context.Context, f offboarding.EffectFilter) ([]*offboarding.Effect, error) {
	var out []*offboarding.Effect
	err := s.read(ctx, "list dead letters", func(db *gorm.DB) error {
		rows, err := newestFirst[effectRow](db, f.Scope, f.Page, func(q *gorm.DB) *gorm.DB {
			return q.Where("state IN ('dead', 'failed', 'uncertain')")
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toEffect)
		return err
	})
	return out, err
}

// PlannedOf lists the case's effects that have not ended, by due time.
func (s *Store) PlannedOf(ctx context.Context, caseID uuid.UUID) ([]*offboarding.Effect, error) {
	var out []*offboarding.Effect
	err := s.read(ctx, "list planned effects", func(db *gorm.DB) error {
		var rows []effectRow
		err := db.Where("case_id = ? AND state IN ('ready', 'claimed', 'transmitting', 'uncertain')", caseID).
			Order("due_at, id").Find(&rows).Error
		if err != nil {
			return err
		}
		out, err = each(rows, toEffect)
		return err
	})
	return out, err
}

// WriteBackOf tells how the CRM's copy of each case stands: pending while
// something is still to be written, failed when something was given up, else
// clean and left out.
func (s *Store) WriteBackOf(ctx context.Context, caseIDs []uuid.UUID) (map[uuid.UUID]offboarding.WriteBackTrack, error) {
	out := map[uuid.UUID]offboarding.WriteBackTrack{}
	if len(caseIDs) == 0 {
		return out, nil
	}
	var rows []struct {
		CaseID  uuid.UUID
		Pending bool
	}
	err := s.read(ctx, "read write-back", func(db *gorm.DB) error {
		return db.Raw(`SELECT DISTINCT case_id, state IN ('ready', 'claimed', 'transmitting', 'uncertain') AS pending FROM effects
			WHERE case_id IN ? AND kind IN ('card', 'note', 'task') AND state NOT IN ('sent', 'cancelled')`, caseIDs).Scan(&rows).Error
	})
	for _, r := range rows {
		if r.Pending {
			out[r.CaseID] = offboarding.WriteBackPending
		} else if out[r.CaseID] == "" {
			out[r.CaseID] = offboarding.WriteBackFailed
		}
	}
	return out, err
}

// QueueDepths counts effects by queue and state: those that have not ended,
// and the dead.
func (s *Store) QueueDepths(ctx context.Context, now time.Time) ([]offboarding.QueueDepth, error) {
	type count struct {
		Kind  offboarding.EffectKind
		State offboarding.EffectState
		Due   bool
		N     int
	}
	var counts []count
	now = stamp(now)
	err := s.read(ctx, "count effects", func(db *gorm.DB) error {
		// Each part keeps to a partial index: its condition stands there as the
		// index spells it, and no column is asked for that the index lacks.
		return db.Raw(`SELECT kind, 'ready' AS state, due_at <= ? AS due, count(*) AS n FROM effects WHERE state = 'ready' GROUP BY 1, 3
			UNION ALL
			SELECT kind, 'claimed', 1 = 0, count(*) FROM effects WHERE state IN ('claimed', 'transmitting') GROUP BY 1
			UNION ALL
			SELECT kind, state, 1 = 0, count(*) FROM effects
			WHERE state IN ('dead', 'failed', 'uncertain') AND state <> 'failed' GROUP BY 1, 2`, now).Scan(&counts).Error
	})
	if err != nil {
		return nil, err
	}
	depths := []offboarding.QueueDepth{
		{Queue: offboarding.QueueCRM}, {Queue: offboarding.QueueMail}, {Queue: offboarding.QueueFiles}, {Queue: offboarding.QueueLow},
	}
	for _, c := range counts {
		for i := range depths {
			d := &depths[i]
			if d.Queue != c.Kind.Queue() {
				continue
			}
			switch {
			case c.Due:
				d.Due += c.N
				oldest, err := s.oldestDue(ctx, c.Kind)
				if err != nil {
					return nil, err
				}
				d.OldestSecs = max(d.OldestSecs, int(now.Sub(oldest)/time.Second))
			case c.State == offboarding.EffectReady:
				d.Waiting += c.N
			case c.State == offboarding.EffectUncertain:
				d.Uncertain += c.N
			case c.State == offboarding.EffectDead:
				d.Dead += c.N
			default:
				d.InFlight += c.N
			}
		}
	}
	return depths, nil
}

// oldestDue returns the due time of the kind's effect that has waited longest.
func (s *Store) oldestDue(ctx context.Context, kind offboarding.EffectKind) (time.Time, error) {
	var at time.Time
	err := s.read(ctx, "find oldest effect", func(db *gorm.DB) error {
		// By account, so that each look is one step into the index.
		var firsts []time.Time
		err := db.Raw(`SELECT e.due_at FROM accounts a JOIN effects e ON e.id = (SELECT f.id FROM effects f
			WHERE f.account_id = a.id AND f.kind = ? AND f.state = 'ready' ORDER BY f.due_at LIMIT 1)`, kind).Scan(&firsts).Error
		for _, t := range firsts {
			if at.IsZero() || t.Before(at) {
				at = t
			}
		}
		return err
	})
	return stamp(at), err
}
