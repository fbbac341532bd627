package store

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

// crashesToDeath in a row show that an effect kills its workers. Where many
// went down together one of them at most is to blame, so it takes more to
// condemn one of a crowd: a host that restarts again and again must not cost
// a cancellation that happened to be under way each time.
const (
	crashesToDeath        = 3
	crowd                 = 4 // effects whose last lease was lost and that have not come through since
	crashesToDeathInCrowd = 12
)

// letterStates says what becomes of a letter with its effect.
var letterStates = map[offboarding.EffectState]offboarding.MessageState{
	offboarding.EffectReady:     offboarding.MessagePlanned,
	offboarding.EffectSent:      offboarding.MessageSent,
	offboarding.EffectUncertain: offboarding.MessageUncertain,
	offboarding.EffectFailed:    offboarding.MessageFailed,
	offboarding.EffectDead:      offboarding.MessageFailed,
	offboarding.EffectCancelled: offboarding.MessageCancelled,
}

// letterFollows keeps the letters of mail effects in step with them. What is
// held, bounced or delivered says more than the effect does and stays.
func (s *Store) letterFollows(db *gorm.DB, effects []uuid.UUID, to offboarding.EffectState, reason string) error {
	if len(effects) == 0 {
		return nil
	}
	now := stamp(s.now())
	changes := map[string]any{"state": letterStates[to], "reason": plain(reason), "updated_at": now}
	if to == offboarding.EffectSent {
		changes["sent_at"] = gorm.Expr("coalesce(sent_at, ?)", now)
	}
	return db.Model(&messageRow{}).Where("effect_id IN ? AND state IN ('planned', 'sending', 'uncertain', 'failed')", effects).
		UpdateColumns(changes).Error
}

// Finish writes a terminal state, or uncertain, with reason and result. A
// worker that comes late, after its lease was swept, may still tell what
// happened as long as nobody else has claimed the effect.
func (s *Store) Finish(ctx context.Context, e *offboarding.Effect, state offboarding.EffectState, reason, result string) error {
	if _, ok := letterStates[state]; !ok || state == offboarding.EffectReady {
		return fmt.Errorf("finish effect: %q is no end", state)
	}
	return s.writeTx(ctx, "finish effect", func(db *gorm.DB) error {
		err := changed(db.Model(&effectRow{}).
			Where("id = ? AND token = ? AND state IN ('ready', 'claimed', 'transmitting', 'uncertain')", e.ID, e.Token).
			UpdateColumns(map[string]any{
				"state": state, "reason": plain(reason), "result": plain(result), "crashes": 0,
				"lease_until": nil, "rung_at": nil, "updated_at": stamp(s.now()),
			}), offboarding.ErrStale)
		if err != nil || e.Kind != offboarding.EffectMail {
			return err
		}
		return s.letterFollows(db, []uuid.UUID{e.ID}, state, reason)
	})
}

// Again makes a claimed or transmitting effect ready at due; attempted tells
// whether this counts as a try.
func (s *Store) Again(ctx context.Context, e *offboarding.Effect, due time.Time, attempted bool, lastError, reason string) error {
	tries := 0
	if attempted {
		tries = 1
	}
	return s.writeTx(ctx, "put effect back", func(db *gorm.DB) error {
		err := changed(db.Model(&effectRow{}).
			Where("id = ? AND token = ? AND state IN ('claimed', 'transmitting')", e.ID, e.Token).
			UpdateColumns(map[string]any{
				"state": offboarding.EffectReady, "due_at": stamp(due), "attempts": gorm.Expr("attempts + ?", tries), "crashes": 0,
				"last_error": plain(lastError), "reason": plain(reason), "lease_until": nil, "rung_at": nil, "updated_at": stamp(s.now()),
			}), offboarding.ErrStale)
		if err != nil || e.Kind != offboarding.EffectMail {
			return err
		}
		return s.letterFollows(db, []uuid.UUID{e.ID}, offboarding.EffectReady, reason)
	})
}

// Sweep ends leases that ran out. What was only claimed goes back. What was
// under way goes back if a repeat looks first or may go twice; otherwise only
// a person can tell, and it is uncertain. What has crashed its worker three
// times in a row, and not as one of a crowd, is dead.
func (s *Store) Sweep(ctx context.Context) (offboarding.Swept, error) {
	type sweptRow struct {
		ID    uuid.UUID
		Kind  offboarding.EffectKind
		State offboarding.EffectState
	}
	const (
		mayRepeat = `(state = 'claimed' OR kind IN (%s) OR kind = 'mail' AND EXISTS (
			SELECT 1 FROM messages m WHERE m.effect_id = effects.id AND m.template IN (%s)))`
		sweep = `UPDATE effects SET crashes = crashes + 1, lease_until = NULL, rung_at = NULL, updated_at = ?,
			state = CASE WHEN NOT %[1]s THEN 'uncertain' WHEN crashes + 1 >= %[2]d THEN 'dead' ELSE 'ready' END,
			reason = CASE WHEN NOT %[1]s THEN 'the worker was lost while it was sending' WHEN crashes + 1 >= %[2]d THEN 'crash' ELSE reason END
			WHERE id IN (SELECT id FROM effects WHERE state IN ('claimed', 'transmitting') AND lease_until <= ?%[3]s)
			RETURNING id, kind, state`
	)
	lock := ""
	if s.dialect == Postgres {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	var swept offboarding.Swept
	err := s.writeTx(ctx, "sweep effects", func(db *gorm.DB) error {
		swept = offboarding.Swept{}
		var rows []sweptRow
		toDeath, err := s.crashesToDeath(db)
		if err != nil {
			return err
		}
		statement := fmt.Sprintf(sweep, fmt.Sprintf(mayRepeat, looksFirstKinds, resendableTemplates), toDeath, lock)
		if err := db.Raw(statement, stamp(s.now()), s.clock(0)).Scan(&rows).Error; err != nil {
			return err
		}
		letters := map[offboarding.EffectState][]uuid.UUID{}
		var unread []uuid.UUID
		for _, r := range rows {
			if r.Kind == offboarding.EffectInterpret && r.State == offboarding.EffectDead {
				unread = append(unread, r.ID)
			}
			switch r.State {
			case offboarding.EffectUncertain:
				swept.Uncertain++
			case offboarding.EffectDead:
				swept.Dead++
			default:
				swept.Freed++
			}
			if r.Kind == offboarding.EffectMail {
				letters[r.State] = append(letters[r.State], r.ID)
			}
		}
		for state, ids := range letters {
			reason := ""
			if state != offboarding.EffectReady {
				reason = "the worker was lost while it was sending"
			}
			if err := s.letterFollows(db, ids, state, reason); err != nil {
				return err
			}
		}
		return s.eventFollows(db, unread, offboarding.VerdictPending, offboarding.VerdictFailed, "reading the deal crashed the worker three times")
	})
	return swept, err
}

// crashesToDeath tells how many lost leases in a row condemn an effect now:
// more while others keep losing theirs as well.
func (s *Store) crashesToDeath(db *gorm.DB) (int, error) {
	const (
		suspects = `SELECT count(*) FROM effects WHERE state IN ('claimed', 'transmitting') AND lease_until <= ? AND crashes >= ?`
		fallen   = `SELECT count(*) FROM (
			SELECT id FROM effects WHERE state IN ('ready', 'claimed', 'transmitting') AND crashes > 0
			UNION SELECT id FROM effects WHERE state IN ('claimed', 'transmitting') AND lease_until <= ?) AS fallen`
	)
	var n int
	if err := db.Raw(suspects, s.clock(0), crashesToDeath-1).Scan(&n).Error; err != nil || n == 0 {
		return crashesToDeath, err
	}
	if err := db.Raw(fallen, s.clock(0)).Scan(&n).Error; err != nil {
		return 0, err
	}
	if n < crowd {
		return crashesToDeath, nil
	}
	return crashesToDeathInCrowd, nil
}

// eventFollows settles, or opens again, the events of interpret effects, so
// that none is pending which nothing will look at.
func (s *Store) eventFollows(db *gorm.DB, effects []uuid.UUID, from, to offboarding.Verdict, reason string) error {
	if len(effects) == 0 {
		return nil
	}
	settled := nullable(s.now())
	if to == offboarding.VerdictPending {
		settled = nil
	}
	return db.Model(&eventRow{}).
		Where("verdict = ? AND id IN (SELECT event_id FROM effects WHERE ?)", from, among(s, "id", effects)).
		UpdateColumns(map[string]any{"verdict": to, "reason": reason, "settled_at": settled}).Error
}

// cancel ends the effects among those of the query that have not begun, with
// their letters.
func (s *Store) cancel(db, query *gorm.DB, reason string) (int, error) {
	var rows []effectRow
	err := query.Model(&effectRow{}).Where("state = 'ready'").Select("id", "kind").Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	n := 0
	for len(rows) > 0 {
		chunk := rows[:min(len(rows), insertChunk)]
		rows = rows[len(chunk):]
		var ids, letters []uuid.UUID
		for _, r := range chunk {
			ids = append(ids, r.ID)
		}
		var ended []effectRow
		err := db.Raw(`UPDATE effects SET state = 'cancelled', reason = ?, rung_at = NULL, updated_at = ?
			WHERE id IN ? AND state = 'ready' RETURNING id, kind`, plain(reason), stamp(s.now()), ids).Scan(&ended).Error
		if err != nil {
			return n, err
		}
		n += len(ended)
		for _, r := range ended {
			if r.Kind == offboarding.EffectMail {
				letters = append(letters, r.ID)
			}
		}
		if err := s.letterFollows(db, letters, offboarding.EffectCancelled, reason); err != nil {
			return n, err
		}
	}
	return n, nil
}

// CancelEffects cancels the case's effects that have not begun, of the given
// kinds (all when empty) whose SendKey has the prefix, and their letters.
func (s *Store) CancelEffects(ctx context.Context, caseID uuid.UUID, kinds []offboarding.EffectKind, keyPrefix, reason string) (int, error) {
	var n int
	err := s.writeTx(ctx, "cancel effects", func(db *gorm.DB) error {
		q := db.Where("case_id = ?", caseID)
		if len(kinds) > 0 {
			q = q.Where("kind IN ?", kinds)
		}
		if keyPrefix != "" {
			q = q.Where("substr(send_key, 1, ?) = ?", utf8.RuneCountInString(keyPrefix), keyPrefix)
		}
		var err error
		n, err = s.cancel(db, q, reason)
		return err
	})
	return n, err
}

// Wake makes the account's waiting crm effects due now. What was never tried
// and has a date waits for it still; interpretations have no date of their own.
func (s *Store) Wake(ctx context.Context, accountID uuid.UUID, now time.Time) error {
	return s.write(ctx, "wake effects", func(db *gorm.DB) error {
		return db.Exec(`UPDATE effects SET due_at = ?, rung_at = NULL WHERE account_id = ? AND state = 'ready'
			AND kind IN (`+crmKinds+`) AND due_at > ? AND (token > 0 OR kind = 'interpret')`, stamp(now), accountID, stamp(now)).Error
	})
}

// CompleteInterpretations finishes ready interpret effects of these events that
// were ordered by then: the look at one event has settled them too.
func (s *Store) CompleteInterpretations(ctx context.Context, eventIDs []uuid.UUID, ordered time.Time, reason string) error {
	if len(eventIDs) == 0 {
		return nil
	}
	return s.later(ctx, "complete interpretations", nil, func(db *gorm.DB) *gorm.DB {
		ready := db.Model(&effectRow{}).Where("? AND state = 'ready' AND kind = 'interpret' AND created_at <= ?", among(s, "event_id", eventIDs), stamp(ordered))
		return ready.UpdateColumns(map[string]any{
			"state": offboarding.EffectSent, "reason": plain(reason), "rung_at": nil, "updated_at": stamp(s.now()),
		})
	})
}

// Revive makes a dead, failed or uncertain effect ready again, with a fresh
// patience.
func (s *Store) Revive(ctx context.Context, scope []uuid.UUID, id uuid.UUID, now time.Time) (*offboarding.Effect, error) {
	var e *offboarding.Effect
	err := s.writeTx(ctx, "revive effect", func(db *gorm.DB) error {
		var r effectRow
		err := inScope(forUpdate(db), scope).Where("id = ? AND state IN ('dead', 'failed', 'uncertain')", id).Take(&r).Error
		if err != nil {
			return err
		}
		r.State, r.DueAt, r.GiveUpAt = offboarding.EffectReady, stamp(now), stamp(now.Add(r.Kind.Patience()))
		r.Attempts, r.Crashes, r.Reason, r.LeaseUntil, r.RungAt, r.UpdatedAt = 0, 0, "", nil, nil, stamp(s.now())
		err = db.Model(&effectRow{}).Where("id = ?", id).UpdateColumns(map[string]any{
			"state": r.State, "due_at": r.DueAt, "give_up_at": r.GiveUpAt, "attempts": 0, "crashes": 0, "reason": "",
			"lease_until": nil, "rung_at": nil, "updated_at": r.UpdatedAt,
		}).Error
		if err != nil {
			return err
		}
		switch r.Kind {
		case offboarding.EffectMail:
			err = s.letterFollows(db, []uuid.UUID{id}, offboarding.EffectReady, "")
		case offboarding.EffectInterpret:
			err = s.eventFollows(db, []uuid.UUID{id}, offboarding.VerdictFailed, offboarding.VerdictPending, "")
		}
		if err != nil {
			return err
		}
		e, err = toEffect(&r)
		return err
	})
	return e, err
}
