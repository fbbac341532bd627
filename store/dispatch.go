package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

// candidates is how many due rows of an account and kind are looked at per
// ring. More than may be rung, since many may belong to one series.
const candidates = 64

// RingDue picks ready effects whose time has come and that nobody was told of
// within quiet, round robin over accounts and as far as each has room, counts their Gen up and returns
// them in the order in which they should run. What it costs follows the
// accounts and what is rung, neither what is due in total nor what waits. While
// sending is switched off, what would leave is rung once, so that it says why it
// waits, and then left alone: thousands that ask again and again would hold up
// everything that may go on. While deals wait to be read or letters to leave, or
// are on their way, cards yield to them, for a time.
func (s *Store) RingDue(ctx context.Context, now time.Time, quiet time.Duration, limit int, room offboarding.Room) ([]offboarding.Ring, error) {
	before, due := s.clock(-quiet), stamp(now)
	args := []any{
		before,
		due, before, offboarding.SettingSendingPaused, candidates,
		stamp(now.Add(-room.Yielding)), due, before, offboarding.SettingSendingPaused, candidates,
		room.Reading, room.Writing, room.Elsewhere, limit, s.clock(0),
	}
	statement := ringSQLite
	if s.dialect == Postgres {
		statement, args = ringPostgres, append(args, before)
	}
	var rows []rungRow
	err := s.write(ctx, "ring due effects", func(db *gorm.DB) error {
		if !s.inTx {
			db = s.looks.WithContext(ctx)
		}
		return db.Raw(statement, args...).Scan(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	return inTurn(rows), nil
}

// The statement of RingDue. What is in flight is begun, or rung and not yet begun.
// Cards that yield are not even walked over: in a burst they are all that waits.
var (
	ringPostgres = ringStatement("CAST(? AS timestamptz)", func(bound string) string {
		return "CROSS JOIN LATERAL (SELECT e.id, e.account_id, e.due_at, e.serial_key FROM effects e WHERE " + ringFound(bound) + ") e"
	}, // What another dispatcher rang since is passed by, not waited for.
		`SELECT id FROM effects WHERE id IN (SELECT id FROM picked) AND state = 'ready'
		AND (rung_at IS NULL OR rung_at <= ?) FOR UPDATE SKIP LOCKED`)
	// CROSS JOIN: SQLite keeps to the order in which it is told, however few effects it believes there are.
	ringSQLite = ringStatement("?", func(bound string) string {
		return "CROSS JOIN effects e ON e.id IN (SELECT e.id FROM effects e WHERE " + ringFound(bound) + ")"
	}, "SELECT id FROM picked")
)

// ringFound says which effects of an account a and kind k are due until bound.
func ringFound(bound string) string {
	return `e.account_id = a.id AND e.kind = k.kind AND e.state = 'ready' AND e.due_at <= ` + bound + `
		AND (e.rung_at IS NULL OR e.rung_at <= ?)
		AND (e.serial_key = '' OR e.serial_key NOT IN (SELECT serial_key FROM busy))
		AND (e.token = 0 OR e.kind IN (` + stayingKinds + `) OR NOT EXISTS (SELECT 1 FROM settings t WHERE t.name = ? AND t.value <> ''))
		ORDER BY e.due_at LIMIT ?`
}

func ringStatement(moment string, foundBy func(bound string) string, lock string) string {
	return `WITH kinds (kind, lane, priority) AS (VALUES ` + kindTable + `),
busy AS MATERIALIZED (
	SELECT account_id, kind, serial_key FROM effects WHERE state IN ('claimed', 'transmitting')
	UNION ALL
	SELECT account_id, kind, serial_key FROM effects WHERE rung_at > ?
),
load AS MATERIALIZED (
	SELECT b.account_id, k.lane, count(*) AS n FROM busy b JOIN kinds k ON k.kind = b.kind GROUP BY b.account_id, k.lane
),
first AS MATERIALIZED (
	SELECT e.id, e.account_id, e.due_at, e.serial_key, k.lane, k.priority
	FROM accounts a CROSS JOIN kinds k ` + foundBy("?") + ` WHERE k.lane <> 'writing'
),
hurried AS (
	SELECT account_id FROM first WHERE lane IN ('reading', 'mail') UNION ALL SELECT account_id FROM load WHERE lane IN ('reading', 'mail')
),
writers (id, until) AS MATERIALIZED (
	SELECT id, CASE WHEN id IN (SELECT account_id FROM hurried) THEN ` + moment + ` ELSE ` + moment + ` END FROM accounts
),
due AS (
	SELECT * FROM first
	UNION ALL
	SELECT e.id, e.account_id, e.due_at, e.serial_key, k.lane, k.priority
	FROM writers a CROSS JOIN kinds k ` + foundBy("a.until") + ` WHERE k.lane = 'writing'
),
-- One of a series, then so many of an account and lane.
single AS (
	SELECT *, row_number() OVER (PARTITION BY CASE WHEN serial_key = '' THEN CAST(id AS text) ELSE serial_key END
		ORDER BY priority, due_at, id) AS nth FROM due
),
fair AS (
	SELECT d.*, row_number() OVER (PARTITION BY d.account_id, d.lane ORDER BY d.priority, d.due_at, d.id) AS turn
	FROM single d WHERE nth = 1
),
picked AS (
	SELECT f.id FROM fair f LEFT JOIN load l ON l.account_id = f.account_id AND l.lane = f.lane
	WHERE f.turn + coalesce(l.n, 0) <= CASE f.lane WHEN 'reading' THEN CAST(? AS integer) WHEN 'writing' THEN CAST(? AS integer) ELSE CAST(? AS integer) END
	ORDER BY f.turn, f.priority, f.due_at LIMIT ?
)
UPDATE effects SET gen = gen + 1, rung_at = ? WHERE id IN (` + lock + `) RETURNING id, account_id, kind, gen, due_at`
}

type rungRow struct {
	ID, AccountID uuid.UUID
	Kind          offboarding.EffectKind
	Gen           int
	DueAt         time.Time
}

// inTurn orders what was rung: the first of each account, the second of each,
// and so on. An UPDATE returns its rows in no order.
func inTurn(rows []rungRow) []offboarding.Ring {
	slices.SortFunc(rows, func(a, b rungRow) int {
		return cmp.Or(cmp.Compare(a.Kind.Priority(), b.Kind.Priority()), a.DueAt.Compare(b.DueAt), slices.Compare(a.ID[:], b.ID[:]))
	})
	type place struct {
		account uuid.UUID
		queue   offboarding.Queue
	}
	turns := map[place]int{}
	byTurn := make([][]offboarding.Ring, 0, 8)
	for _, r := range rows {
		at := place{r.AccountID, r.Kind.Queue()}
		turn := turns[at]
		turns[at]++
		if turn == len(byTurn) {
			byTurn = append(byTurn, nil)
		}
		byTurn[turn] = append(byTurn[turn], offboarding.Ring{ID: r.ID, Kind: r.Kind, Queue: r.Kind.Queue(), Gen: r.Gen})
	}
	return slices.Concat(byTurn...)
}

// Claim takes a ready effect for lease, by the real clock. ErrNotFound: it is
// not ready any more, not due yet, or another one of its series is in flight.
func (s *Store) Claim(ctx context.Context, id uuid.UUID, now time.Time, lease time.Duration) (*offboarding.Effect, error) {
	var rows []effectRow
	claim := func(db *gorm.DB) error {
		return db.Raw(`UPDATE effects SET state = 'claimed', token = token + 1, rung_at = NULL, lease_until = ?, updated_at = ?
			WHERE id = ? AND state = 'ready' AND due_at <= ? AND (serial_key = '' OR NOT EXISTS (
				SELECT 1 FROM effects f WHERE f.serial_key = effects.serial_key AND f.serial_key <> '' AND f.state IN ('claimed', 'transmitting')))
			RETURNING *`, s.clock(lease), stamp(s.now()), id, stamp(now)).Scan(&rows).Error
	}
	err := s.write(ctx, "claim effect", func(db *gorm.DB) error {
		if s.inTx { // the index's refusal must not end the caller's transaction
			return db.Transaction(claim)
		}
		return claim(db)
	})
	// The index on series refuses the second of two that claim at once.
	if errors.Is(err, offboarding.ErrStale) || err == nil && len(rows) == 0 {
		return nil, offboarding.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return toEffect(&rows[0])
}

// Extend gives a claimed or transmitting effect a new lease from now.
func (s *Store) Extend(ctx context.Context, e *offboarding.Effect, lease time.Duration) error {
	return s.write(ctx, "extend lease", func(db *gorm.DB) error {
		return changed(db.Model(&effectRow{}).
			Where("id = ? AND token = ? AND state IN ('claimed', 'transmitting')", e.ID, e.Token).
			UpdateColumn("lease_until", s.clock(lease)), offboarding.ErrStale)
	})
}

// fenceHouse is what every fence asks: sending is not switched off, and the
// account is live. Its one parameter is the name of the switch.
const fenceHouse = `NOT EXISTS (SELECT 1 FROM settings t WHERE t.name = ? AND t.value <> '')
	AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = effects.account_id AND a.mode = 'live' AND a.deleted_at IS NULL)`

// fencedCase is what a fence asks of the case.
func fencedCase(cond offboarding.FenceConditions) (string, []any) {
	var args []any
	more := ""
	if len(cond.NotStates) > 0 {
		more += " AND c.state NOT IN ?"
		args = append(args, cond.NotStates)
	}
	if cond.Letter {
		more += " AND NOT c.paused"
	}
	if cond.Letter && !cond.Owed {
		more += " AND NOT c.no_contact"
	}
	return ` AND (case_id IS NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = effects.case_id
		AND c.mode = 'live' AND NOT c.held` + more + `))`, args
}

// Fence moves a claimed effect to transmitting, unless the kill switch is on
// or one of the conditions does not hold. All is asked in the one statement
// that opens the fence, so nothing can come in between.
func (s *Store) Fence(ctx context.Context, e *offboarding.Effect, cond offboarding.FenceConditions) error {
	if cond.House {
		return s.write(ctx, "open fence", func(db *gorm.DB) error {
			return changed(db.Exec(`UPDATE effects SET state = 'transmitting', updated_at = ? WHERE id = ? AND token = ? AND state = 'claimed'`,
				stamp(s.now()), e.ID, e.Token), offboarding.ErrFenced)
		})
	}
	conditions, args := "", []any{stamp(s.now()), e.ID, e.Token, offboarding.SettingSendingPaused}
	if cond.SuppressedHash != nil {
		conditions += " AND NOT EXISTS (SELECT 1 FROM suppressions p WHERE p.hash = ?)"
		args = append(args, cond.SuppressedHash)
	}
	if cond.ConsentHash != nil {
		conditions += " AND coalesce((" + newestConsent + "), false)"
		args = append(args, cond.ConsentHash, cond.ConsentChannel, cond.ConsentClass)
	}
	if cond.RefusalHash != nil {
		conditions += " AND coalesce((" + newestConsent + "), true)"
		args = append(args, cond.RefusalHash, offboarding.ChannelEmail, offboarding.ClassRelationship)
	}
	ofCase, more := fencedCase(cond)
	args = append(args, more...)
	return s.write(ctx, "open fence", func(db *gorm.DB) error {
		return changed(db.Exec(`UPDATE effects SET state = 'transmitting', updated_at = ?
			WHERE id = ? AND token = ? AND state = 'claimed' AND `+fenceHouse+conditions+ofCase, args...), offboarding.ErrFenced)
	})
}
