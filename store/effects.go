package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

// unlessKnown leaves effects alone whose SendKey is known.
var unlessKnown = clause.OnConflict{Columns: columns("send_key"), DoNothing: true}

// AddEffects stores effects; a known SendKey is left alone.
func (s *Store) AddEffects(ctx context.Context, effects []offboarding.Effect) error {
	const what = "add effects"
	rows := make([]effectRow, 0, len(effects))
	for i := range effects {
		r, err := s.newEffectRow(&effects[i])
		if err != nil {
			return s.done(what, err)
		}
		rows = append(rows, r)
	}
	return addLater(ctx, s, what, rows, unlessKnown)
}

// AddEffect stores an effect and tells whether its SendKey was not known.
func (s *Store) AddEffect(ctx context.Context, e offboarding.Effect) (fresh bool, err error) {
	err = s.write(ctx, "add effect", func(db *gorm.DB) error {
		r, err := s.newEffectRow(&e)
		if err != nil {
			return err
		}
		done := db.Clauses(unlessKnown).Create(&r)
		fresh = done.RowsAffected > 0
		return done.Error
	})
	return fresh, err
}

func (s *Store) newEffectRow(e *offboarding.Effect) (effectRow, error) {
	if !slices.Contains(kinds, e.Kind) { // it would be kept for ever and never rung
		return effectRow{}, fmt.Errorf("the kind %q is not among the kinds of effect", e.Kind)
	}
	return s.toEffectRow(e)
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
			WHERE case_id IN ? AND kind IN ('card', 'note', 'remark', 'task') AND state NOT IN ('sent', 'cancelled')`, caseIDs).Scan(&rows).Error
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
