package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type auditRow struct {
	ID        uuid.UUID
	Stream    string
	Seq       int64
	At        time.Time
	Actor     offboarding.Actor
	Kind      string
	Summary   string
	AccountID *uuid.UUID
	CaseID    *uuid.UUID
	MessageID *uuid.UUID
	Data      document
	PrevHash  []byte
	Hash      []byte
}

func (auditRow) TableName() string { return "audit" }

func toAudit(r *auditRow) (offboarding.Audit, error) {
	return offboarding.Audit{
		ID: r.ID, Stream: r.Stream, Seq: r.Seq, At: stamp(r.At), Actor: r.Actor, Kind: r.Kind, Summary: r.Summary,
		AccountID: r.AccountID, CaseID: r.CaseID, MessageID: r.MessageID, Data: r.Data.raw(), PrevHash: r.PrevHash, Hash: r.Hash,
	}, nil
}

// chained computes the row's hash over the hash of the row before and every
// field, in a form that has one spelling only.
func (r *auditRow) chained() []byte {
	canonical, err := json.Marshal([]any{
		r.ID, r.Stream, r.Seq, stamp(r.At).Format(time.RFC3339Nano), r.Actor, r.Kind, r.Summary,
		r.AccountID, r.CaseID, r.MessageID, string(r.Data),
	})
	if err != nil {
		panic("store: canonical audit row: " + err.Error()) // strings, numbers and ids
	}
	h := sha256.New()
	h.Write(r.PrevHash)
	h.Write(canonical)
	return h.Sum(nil)
}

// Record appends lines to their streams, with Seq, PrevHash and Hash filled in.
func (s *Store) Record(ctx context.Context, lines ...offboarding.Audit) error {
	if len(lines) == 0 {
		return nil
	}
	const what = "record audit"
	return s.tx(ctx, func(tx *Store) error {
		last, err := tx.lastOf(ctx, what, lines)
		if err != nil {
			return err
		}
		rows := make([]auditRow, 0, len(lines))
		for _, l := range lines {
			r := auditRow{
				ID: l.ID, Stream: l.Stream, At: s.created(l.At), Actor: plain(l.Actor), Kind: l.Kind, Summary: plain(l.Summary),
				AccountID: l.AccountID, CaseID: l.CaseID, MessageID: l.MessageID,
			}
			if r.ID == uuid.Nil {
				r.ID = offboarding.NewID()
			}
			if r.Data, err = rawDocument(l.Data); err != nil {
				return tx.done(what, err)
			}
			before := last[l.Stream]
			r.Seq, r.PrevHash = before.Seq+1, before.Hash
			if r.PrevHash == nil {
				r.PrevHash = []byte{}
			}
			r.Hash = r.chained()
			last[l.Stream] = r
			rows = append(rows, r)
		}
		return addLater(ctx, tx, what, rows)
	})
}

// lastOf returns the last row of each stream in lines that has begun before and
// keeps others from appending to these streams until the transaction ends. The locks are taken
// in one order, so that two callers cannot wait for each other.
func (s *Store) lastOf(ctx context.Context, what string, lines []offboarding.Audit) (map[string]auditRow, error) {
	var streams []string
	for _, l := range lines {
		if !l.Begins {
			streams = append(streams, l.Stream)
		}
	}
	if len(streams) == 0 {
		return map[string]auditRow{}, nil
	}
	slices.Sort(streams)
	streams = slices.Compact(streams)
	if s.dialect == Postgres {
		// On its own: the statement after it sees what was committed meanwhile.
		locks := make([]string, 0, len(streams))
		for _, stream := range streams {
			locks = append(locks, "audit:"+stream)
		}
		list, args := s.values([]string{"text"}, rowsOf(locks))
		err := s.later(ctx, what, nil, func(db *gorm.DB) *gorm.DB {
			return db.Exec("WITH s (name) AS ("+list+") SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM (SELECT name FROM s ORDER BY name) o", args...)
		})
		if err != nil {
			return nil, err
		}
	}
	var rows []auditRow
	list, args := s.values([]string{"text"}, rowsOf(streams))
	last := `JOIN audit a ON a.stream = s.name AND a.seq = (SELECT max(b.seq) FROM audit b WHERE b.stream = s.name)`
	if s.dialect == Postgres { // so that it asks the index for each, however small it takes the table for
		last = `CROSS JOIN LATERAL (SELECT * FROM audit b WHERE b.stream = s.name ORDER BY b.seq DESC LIMIT 1) a`
	}
	err := s.read(ctx, what, func(db *gorm.DB) error {
		return db.Raw("WITH s (name) AS ("+list+") SELECT a.* FROM s "+last, args...).Scan(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	known := make(map[string]auditRow, len(rows))
	for _, r := range rows {
		known[r.Stream] = r
	}
	return known, nil
}

func rowsOf(names []string) [][]any {
	out := make([][]any, 0, len(names))
	for _, n := range names {
		out = append(out, []any{n})
	}
	return out
}

// AuditOf lists a stream from its beginning.
func (s *Store) AuditOf(ctx context.Context, stream string) ([]offboarding.Audit, error) {
	var out []offboarding.Audit
	err := s.read(ctx, "read audit", func(db *gorm.DB) error {
		var rows []auditRow
		if err := db.Where("stream = ?", stream).Order("seq").Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toAudit)
		return err
	})
	return out, err
}

// AuditInScope lists lines of all streams newest first; with a scope only
// those about its accounts.
func (s *Store) AuditInScope(ctx context.Context, scope []uuid.UUID, p offboarding.Page) ([]offboarding.Audit, error) {
	var out []offboarding.Audit
	err := s.read(ctx, "list audit", func(db *gorm.DB) error {
		rows, err := newestFirst[auditRow](db, scope, p, func(q *gorm.DB) *gorm.DB { return q })
		if err != nil {
			return err
		}
		out, err = each(rows, toAudit)
		return err
	})
	return out, err
}
