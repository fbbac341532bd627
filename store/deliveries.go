package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type deliveryRow struct {
	ID          uuid.UUID
	AccountID   uuid.UUID
	ReceivedAt  time.Time
	LastSeenAt  time.Time
	UnpackedAt  *time.Time
	Seen        int
	Proved      bool
	Provider    offboarding.Provider
	Origin      offboarding.Origin
	Method      string
	ContentType string
	Query       string
	SignedID    string
	SignedAt    string
	Signature   string
	Malformed   string
	DedupKey    []byte
	Body        []byte
}

func (deliveryRow) TableName() string { return "deliveries" }

func toDelivery(r *deliveryRow) (*offboarding.Delivery, error) {
	return &offboarding.Delivery{
		ID: r.ID, AccountID: r.AccountID, Provider: r.Provider, Origin: r.Origin, ReceivedAt: stamp(r.ReceivedAt),
		Method: r.Method, ContentType: r.ContentType, Query: r.Query, SignedID: r.SignedID, SignedAt: r.SignedAt,
		Signature: r.Signature, Body: r.Body, DedupKey: r.DedupKey, Proved: r.Proved, Seen: r.Seen,
		LastSeenAt: stamp(r.LastSeenAt), UnpackedAt: timeOf(r.UnpackedAt), Malformed: r.Malformed,
	}, nil
}

// The same statement in both dialects, but for how many rows get in.
const (
	insertDeliveries = `INSERT INTO deliveries (id, account_id, received_at, last_seen_at, seen, proved, provider, origin,
		method, content_type, query, signed_id, signed_at, signature, dedup_key, body) `
	unnestDeliveries = `SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::bool[],
		$7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bytea[], $16::bytea[])`
	deliveryColumns = 16
	// A body that was unpacked long enough ago is handed out once more: what it
	// tells may have become true again.
	countKnownDeliveries = ` ON CONFLICT (account_id, dedup_key) DO UPDATE SET seen = deliveries.seen + excluded.seen,
		last_seen_at = excluded.last_seen_at, proved = deliveries.proved OR excluded.proved,
		unpacked_at = CASE WHEN deliveries.unpacked_at < `
	thenAgain    = ` THEN NULL ELSE deliveries.unpacked_at END`
	againPG      = countKnownDeliveries + `excluded.last_seen_at - $17 * interval '1 microsecond'` + thenAgain
	againSQLite  = countKnownDeliveries + `?` + thenAgain
	sqliteChunk  = 256 // rows a statement; SQLite takes 32766 parameters
	sqliteValues = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

// execer is what the pool and a transaction have in common.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// AddDeliveries stores the batch in one commit. Hooks wait for it, so it is
// one statement without gorm in between.
func (s *Store) AddDeliveries(ctx context.Context, batch []*offboarding.Delivery, again time.Duration) error {
	const what = "add deliveries"
	rows := folded(batch)
	if len(rows) == 0 {
		return nil
	}
	if s.dialect == Postgres {
		return s.done(what, addDeliveriesPG(ctx, s.db.Statement.ConnPool, rows, again))
	}
	if len(rows) <= sqliteChunk { // one statement is a transaction of itself
		return s.write(ctx, what, func(db *gorm.DB) error { return addDeliveriesSQLite(ctx, db.Statement.ConnPool, rows, again) })
	}
	return s.writeTx(ctx, what, func(db *gorm.DB) error {
		for chunk := range slices.Chunk(rows, sqliteChunk) {
			if err := addDeliveriesSQLite(ctx, db.Statement.ConnPool, chunk, again); err != nil {
				return err
			}
		}
		return nil
	})
}

// folded makes one row of those in the batch that have the same body: one
// statement cannot touch a row twice.
func folded(batch []*offboarding.Delivery) []*deliveryRow {
	type key struct {
		account uuid.UUID
		dedup   string
	}
	known := make(map[key]*deliveryRow, len(batch))
	rows := make([]*deliveryRow, 0, len(batch))
	for _, d := range batch {
		k := key{d.AccountID, string(d.DedupKey)}
		if r := known[k]; r != nil {
			r.Seen += max(d.Seen, 1)
			r.Proved = r.Proved || d.Proved
			if seen := lastSeen(d); seen.After(r.LastSeenAt) {
				r.LastSeenAt = seen
			}
			continue
		}
		r := &deliveryRow{
			ID: d.ID, AccountID: d.AccountID, ReceivedAt: stamp(d.ReceivedAt), LastSeenAt: lastSeen(d),
			Seen: max(d.Seen, 1), Proved: d.Proved, Provider: d.Provider, Origin: d.Origin, Method: plain(d.Method),
			ContentType: plain(d.ContentType), Query: plain(d.Query), SignedID: plain(d.SignedID),
			SignedAt: plain(d.SignedAt), Signature: plain(d.Signature), DedupKey: d.DedupKey, Body: d.Body,
		}
		if r.Body == nil {
			r.Body = []byte{}
		}
		known[k] = r
		rows = append(rows, r)
	}
	// In one order for all callers: two batches that share bodies would wait
	// for each other's rows.
	slices.SortFunc(rows, func(a, b *deliveryRow) int {
		return cmp.Or(bytes.Compare(a.AccountID[:], b.AccountID[:]), bytes.Compare(a.DedupKey, b.DedupKey))
	})
	return rows
}

func lastSeen(d *offboarding.Delivery) time.Time {
	if d.LastSeenAt.After(d.ReceivedAt) {
		return stamp(d.LastSeenAt)
	}
	return stamp(d.ReceivedAt)
}

func addDeliveriesPG(ctx context.Context, db execer, rows []*deliveryRow, again time.Duration) error {
	n := len(rows)
	// Types that pgx encodes without reflection: this is a third of what a hook
	// costs us.
	ids, accounts := make(pgtype.FlatArray[pgtype.UUID], n), make(pgtype.FlatArray[pgtype.UUID], n)
	received, seenAt := make([]time.Time, n), make([]time.Time, n)
	seen, proved := make([]int32, n), make([]bool, n)
	var words [8][]string
	for i := range words {
		words[i] = make([]string, n)
	}
	keys, bodies := make(pgtype.FlatArray[[]byte], n), make(pgtype.FlatArray[[]byte], n)
	for i, r := range rows {
		ids[i], accounts[i] = pgUUID(r.ID), pgUUID(r.AccountID)
		received[i], seenAt[i] = r.ReceivedAt, r.LastSeenAt
		seen[i], proved[i], keys[i], bodies[i] = int32(r.Seen), r.Proved, r.DedupKey, r.Body
		for w, word := range r.words() {
			words[w][i] = word
		}
	}
	_, err := db.ExecContext(ctx, insertDeliveries+unnestDeliveries+againPG,
		ids, accounts, received, seenAt, seen, proved,
		words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7],
		keys, bodies, float64(again.Microseconds()))
	return err
}

func (r *deliveryRow) words() [8]string {
	return [8]string{string(r.Provider), string(r.Origin), r.Method, r.ContentType, r.Query, r.SignedID, r.SignedAt, r.Signature}
}

func addDeliveriesSQLite(ctx context.Context, db execer, rows []*deliveryRow, again time.Duration) error {
	args := make([]any, 0, len(rows)*deliveryColumns+1)
	latest := rows[0].LastSeenAt
	for _, r := range rows {
		args = append(args, r.ID, r.AccountID, r.ReceivedAt, r.LastSeenAt, r.Seen, r.Proved)
		for _, w := range r.words() {
			args = append(args, w)
		}
		args = append(args, r.DedupKey, r.Body)
		if r.LastSeenAt.After(latest) {
			latest = r.LastSeenAt
		}
	}
	// SQLite cannot subtract a duration from its text times. The rows of a
	// batch came within the same second or so; its latest stands for all.
	args = append(args, stamp(latest.Add(-again)))
	values := "VALUES " + sqliteValues + strings.Repeat(", "+sqliteValues, len(rows)-1)
	_, err := db.ExecContext(ctx, insertDeliveries+values+againSQLite, args...)
	return err
}

// Delivery returns one delivery of an account in scope.
func (s *Store) Delivery(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (d *offboarding.Delivery, err error) {
	err = s.read(ctx, "read delivery", func(db *gorm.DB) error {
		var r deliveryRow
		if err := inScope(db, scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		d, err = toDelivery(&r)
		return err
	})
	return d, err
}

// TakeDeliveries locks up to limit deliveries that nobody has unpacked until the
// end of the transaction: the oldest of each account, the second of each, and so
// on, so that ten thousand bodies of one account keep nobody else waiting.
func (s *Store) TakeDeliveries(ctx context.Context, limit int) ([]*offboarding.Delivery, error) {
	const (
		// Accounts with something to unpack, found one by one in the index: there
		// may be many bodies and few accounts.
		accounts = `WITH RECURSIVE waiting (account_id) AS (
	SELECT account_id FROM (SELECT account_id FROM deliveries WHERE unpacked_at IS NULL ORDER BY account_id LIMIT 1) f
	UNION ALL
	SELECT (SELECT d.account_id FROM deliveries d WHERE d.unpacked_at IS NULL AND d.account_id > w.account_id ORDER BY d.account_id LIMIT 1)
	FROM waiting w WHERE w.account_id IS NOT NULL
),
turns AS (
	SELECT x.id, row_number() OVER (PARTITION BY w.account_id ORDER BY x.id) AS turn FROM waiting w `
		oldest = `FROM deliveries d WHERE d.account_id = w.account_id AND d.unpacked_at IS NULL ORDER BY d.id LIMIT ?`
		end    = `
),
picked AS (SELECT id, turn FROM turns ORDER BY turn, id LIMIT ?)
SELECT d.* FROM picked p JOIN deliveries d ON d.id = p.id ORDER BY p.turn, p.id`
	)
	statement := accounts + `JOIN deliveries x ON x.id IN (SELECT d.id ` + oldest + `)` + end
	if s.dialect == Postgres {
		statement = accounts + `CROSS JOIN LATERAL (SELECT d.id ` + oldest + ` FOR UPDATE SKIP LOCKED) x` + end
	}
	var out []*offboarding.Delivery
	err := s.read(ctx, "take deliveries", func(db *gorm.DB) error {
		var rows []deliveryRow
		if err := db.Raw(statement, limit, limit).Scan(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toDelivery)
		return err
	})
	return out, err
}

// MarkUnpacked says that deliveries have been looked into, or why nothing could
// be read from them. ErrNotFound: one of them is gone.
func (s *Store) MarkUnpacked(ctx context.Context, ids []uuid.UUID, at time.Time, malformed string) error {
	return s.tx(ctx, func(tx *Store) error {
		return tx.later(ctx, "mark deliveries", exactly(len(ids), offboarding.ErrNotFound), func(db *gorm.DB) *gorm.DB {
			return db.Model(&deliveryRow{}).Where(among(s, "id", ids)).UpdateColumns(map[string]any{
				"unpacked_at": stamp(at), "malformed": plain(malformed),
			})
		})
	})
}
