package pipeline_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"opendoor/internal/testkit"
	"opendoor/store/internal/pipeline"
)

// open returns connections over the pipeline, the trips that they make to the
// server, and a table to write into.
func open(t *testing.T) (*sql.DB, *trips) {
	t.Helper()
	config, err := pgx.ParseConfig(testkit.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := &trips{}
	config.Tracer = seen
	db := sql.OpenDB(pipeline.New(stdlib.GetConnector(*config)))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	do(t, db.ExecContext, "CREATE TABLE kept (id int PRIMARY KEY, word text)")
	seen.list = nil
	return db, seen
}

// trips notes what goes to the server at once, as "a; b".
type trips struct{ list []string }

func (s *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	s.list = append(s.list, d.SQL)
	return ctx
}

func (s *trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	var all []string
	for _, q := range d.Batch.QueuedQueries {
		all = append(all, q.SQL)
	}
	s.list = append(s.list, strings.Join(all, "; "))
	return ctx
}

func (s *trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (s *trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (s *trips) were(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.list); diff != "" {
		t.Errorf("trips to the server (-want +got):\n%s", diff)
	}
	s.list = nil
}

type exec func(context.Context, string, ...any) (sql.Result, error)

func do(t *testing.T, run exec, query string, args ...any) {
	t.Helper()
	if _, err := run(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func later(t *testing.T, tx *sql.Tx, check func(int64) error, query string, args ...any) {
	t.Helper()
	if _, err := tx.ExecContext(pipeline.Later(t.Context(), check), query, args...); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func words(t *testing.T, query func(context.Context, string, ...any) (*sql.Rows, error)) []string {
	t.Helper()
	rows, err := query(t.Context(), "SELECT word FROM kept ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var w string
		if err := rows.Scan(&w); err != nil {
			t.Fatal(err)
		}
		out = append(out, w)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

const insert = "INSERT INTO kept VALUES ($1, $2)"

func TestWhatWaitsGoesOverWithTheNextStatementAndIsSeenByIt(t *testing.T) {
	db, seen := open(t)
	tx := begin(t, db)
	later(t, tx, nil, insert, 1, "one")
	later(t, tx, nil, insert, 2, "two")
	seen.were(t)
	if got := words(t, tx.QueryContext); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("the reading sees %v", got)
	}
	do(t, tx.ExecContext, "UPDATE kept SET word = 'zwei' WHERE id = 2")
	later(t, tx, nil, insert, 3, "three")
	ok(t, tx.Commit())
	seen.were(t, "begin; "+insert+"; "+insert+"; SELECT word FROM kept ORDER BY id", "UPDATE kept SET word = 'zwei' WHERE id = 2", insert+"; commit")
	if got := words(t, db.QueryContext); !slices.Equal(got, []string{"one", "zwei", "three"}) {
		t.Errorf("kept %v", got)
	}
}

func TestATransactionInWhichNothingIsAskedNeverLeaves(t *testing.T) {
	db, seen := open(t)
	ok(t, begin(t, db).Commit())
	ok(t, begin(t, db).Rollback())
	tx := begin(t, db)
	later(t, tx, nil, insert, 1, "one")
	ok(t, tx.Rollback())
	seen.were(t)
	if got := words(t, db.QueryContext); got != nil {
		t.Errorf("kept %v", got)
	}
}

func TestARolledBackTransactionKeepsNothing(t *testing.T) {
	db, _ := open(t)
	tx := begin(t, db)
	do(t, tx.ExecContext, insert, 1, "one")
	later(t, tx, nil, insert, 2, "two")
	ok(t, tx.Rollback())
	if got := words(t, db.QueryContext); got != nil {
		t.Errorf("kept %v", got)
	}
}

// What a statement that waits is refused for comes back from the one that takes it along, and
// the transaction is as lost as it would be at once.
func TestARefusedStatementFailsWhatTakesItAlong(t *testing.T) {
	db, _ := open(t)
	do(t, db.ExecContext, insert, 1, "one")
	for name, carrier := range map[string]func(*sql.Tx) error{
		"commit":    func(*sql.Tx) error { return nil },
		"reading":   func(tx *sql.Tx) error { return tx.QueryRowContext(t.Context(), "SELECT 1").Err() },
		"statement": func(tx *sql.Tx) error { _, err := tx.ExecContext(t.Context(), "SELECT 1"); return err },
		"statement to prepare": func(tx *sql.Tx) error {
			stmt, err := tx.PrepareContext(t.Context(), "SELECT 1")
			if err != nil {
				return err
			}
			defer stmt.Close()
			return nil
		},
	} {
		tx := begin(t, db)
		later(t, tx, nil, insert, 2, "two")
		later(t, tx, nil, insert, 1, "again")
		later(t, tx, nil, insert, 3, "three")
		err := carrier(tx)
		if name == "commit" {
			err = tx.Commit()
		} else {
			ok(t, tx.Rollback())
		}
		if refused := new(pgconn.PgError); !errors.As(err, &refused) || refused.Code != "23505" {
			t.Errorf("%s: %v, want a violated key", name, err)
		}
		if got := words(t, db.QueryContext); !slices.Equal(got, []string{"one"}) {
			t.Errorf("%s: kept %v", name, got)
		}
	}
}

func TestACheckIsAskedBeforeTheCommit(t *testing.T) {
	db, _ := open(t)
	do(t, db.ExecContext, insert, 1, "one")
	missing := errors.New("missing")
	two := func(rows int64) error {
		if rows != 2 {
			return missing
		}
		return nil
	}
	for _, last := range []bool{true, false} {
		tx := begin(t, db)
		later(t, tx, nil, "UPDATE kept SET word = 'uno'")
		later(t, tx, two, "UPDATE kept SET word = word || '!'")
		if !last {
			later(t, tx, nil, insert, 2, "two")
		}
		if err := tx.Commit(); !errors.Is(err, missing) {
			t.Errorf("commit: %v, want that a row is missing", err)
		}
		if got := words(t, db.QueryContext); !slices.Equal(got, []string{"one"}) {
			t.Errorf("kept %v", got)
		}
	}
	do(t, db.ExecContext, insert, 2, "two")
	tx := begin(t, db)
	later(t, tx, two, "UPDATE kept SET word = word || '!'")
	ok(t, tx.Commit())
	if got := words(t, db.QueryContext); !slices.Equal(got, []string{"one!", "two!"}) {
		t.Errorf("kept %v", got)
	}
}

func TestATextOfSeveralStatementsGoesAlone(t *testing.T) {
	db, seen := open(t)
	const text = "INSERT INTO kept VALUES (1, 'one'); INSERT INTO kept VALUES (2, 'two')"
	tx := begin(t, db)
	do(t, tx.ExecContext, text)
	ok(t, tx.Commit())
	seen.were(t, "begin", text, "commit")
	if got := words(t, db.QueryContext); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("kept %v", got)
	}
}

func TestOutsideATransactionNothingWaits(t *testing.T) {
	db, _ := open(t)
	missing := errors.New("missing")
	_, err := db.ExecContext(pipeline.Later(t.Context(), func(rows int64) error {
		if rows != 1 {
			t.Errorf("%d rows", rows)
		}
		return missing
	}), insert, 1, "one")
	if !errors.Is(err, missing) {
		t.Errorf("the check was not asked: %v", err)
	}
	if got := words(t, db.QueryContext); !slices.Equal(got, []string{"one"}) {
		t.Errorf("kept %v", got)
	}
}

func TestManyStatementsWaitForNoEnd(t *testing.T) {
	db, seen := open(t)
	tx := begin(t, db)
	for i := range 150 {
		later(t, tx, nil, insert, i, "word")
	}
	if len(seen.list) != 2 {
		t.Errorf("%d trips for 150 statements, want 2 before the commit", len(seen.list))
	}
	ok(t, tx.Commit())
	if got := words(t, db.QueryContext); len(got) != 150 {
		t.Errorf("kept %d", len(got))
	}
}

func TestATransactionOfAnotherKindBeginsAtOnce(t *testing.T) {
	db, seen := open(t)
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	ok(t, err)
	later := pipeline.Later(t.Context(), nil)
	if _, err := tx.ExecContext(later, insert, 1, "one"); err == nil {
		t.Error("a transaction that reads only has written")
	}
	ok(t, tx.Rollback())
	seen.were(t, "begin isolation level repeatable read read only", insert, "rollback")
}

// A connection on which a transaction was given up must not carry it into the next one.
func TestAConnectionIsClean(t *testing.T) {
	db, _ := open(t)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := db.BeginTx(ctx, nil)
		ok(t, err)
		do(t, tx.ExecContext, insert, 1, "one")
		later(t, tx, nil, insert, 2, "two")
		cancel()
		if err := tx.Commit(); err == nil {
			t.Fatal("committed after its end")
		}
		if got := words(t, db.QueryContext); got != nil {
			t.Fatalf("kept %v", got)
		}
	}
}

// Values are the same whether a reading goes over alone or with others.
func TestValuesAreThoseOfTheDriver(t *testing.T) {
	db, _ := open(t)
	const query = `SELECT 1::smallint, 2::int, 3::bigint, 1.5::real, 2.5::double precision, 12.30::numeric, true, 'text'::text, 'v'::varchar, 'n'::name,
		'\x00ff'::bytea, '0193b0a0-0000-7000-8000-000000000001'::uuid, '{"a": [1, null]}'::jsonb, '[1]'::json,
		'2026-11-23 10:11:12.131415+03'::timestamptz, '2026-11-23 10:11:12'::timestamp, '2026-11-23'::date, '{a,"b c"}'::text[], '{1,NULL}'::int[],
		NULL::uuid, NULL::timestamptz, NULL::bytea, NULL::text, 7::oid`
	read := func(run func(context.Context, string, ...any) *sql.Row) []any {
		out := make([]any, 24)
		dest := make([]any, len(out))
		for i := range out {
			dest[i] = &out[i]
		}
		ok(t, run(t.Context(), query).Scan(dest...))
		return out
	}
	alone := read(db.QueryRowContext)
	tx := begin(t, db)
	with := read(tx.QueryRowContext)
	ok(t, tx.Commit())
	for i := range alone {
		if diff := cmp.Diff(alone[i], with[i]); diff != "" {
			t.Errorf("column %d (-alone +with others):\n%s", i, diff)
		}
	}
}

func TestARefusedReadingIsAnError(t *testing.T) {
	db, _ := open(t)
	for _, query := range []string{"SELECT 1/0", "SELECT nonsense", "SELECT 1/(3-g) FROM generate_series(1, 5) g"} {
		tx := begin(t, db)
		if readAll(t, tx, query) == nil {
			t.Errorf("%s: no error", query)
		}
		ok(t, tx.Rollback())
	}
	ok(t, db.PingContext(t.Context()))
}

func readAll(t *testing.T, tx *sql.Tx, query string) error {
	t.Helper()
	rows, err := tx.QueryContext(t.Context(), query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		continue
	}
	return rows.Err()
}

// stranger is a driver of another database.
type stranger struct{ driver.Connector }

func (stranger) Connect(context.Context) (driver.Conn, error) { return nobody{}, nil }

type nobody struct{ driver.Conn }

func (nobody) Close() error { return nil }

func TestOnlyPgxIsServed(t *testing.T) {
	if _, err := pipeline.New(stranger{}).Connect(t.Context()); err == nil {
		t.Error("a stranger's connection was taken")
	}
}
