package stmtcache_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"

	"opendoor/store/internal/stmtcache"
)

func open(t *testing.T, most int) *sql.Conn {
	t.Helper()
	c, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(stmtcache.New(c, most))
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	exec(t, conn, "CREATE TABLE t (n integer UNIQUE); INSERT INTO t VALUES (1), (2), (3)")
	return conn
}

func exec(t *testing.T, conn *sql.Conn, query string, args ...any) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func sum(t *testing.T, conn *sql.Conn, query string, args ...any) (n int) {
	t.Helper()
	if err := conn.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestTheSameStatementRunsAgainWithOtherValues(t *testing.T) {
	conn := open(t, 2)
	for n := range 50 {
		exec(t, conn, "INSERT INTO t VALUES (?)", 10+n)
		if got := sum(t, conn, "SELECT count(*) FROM t WHERE n >= ?", 10); got != n+1 {
			t.Fatalf("%d rows, want %d", got, n+1)
		}
		// One more than are kept.
		if got := sum(t, conn, fmt.Sprintf("SELECT %d", n%3)); got != n%3 {
			t.Fatalf("%d, want %d", got, n%3)
		}
	}
}

func TestAStatementMayRunWhileItsRowsAreRead(t *testing.T) {
	conn := open(t, 1)
	const query = "SELECT n FROM t WHERE n > ? ORDER BY n"
	rows, err := conn.QueryContext(t.Context(), query, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for want := 1; rows.Next(); want++ {
		var n int
		if err := rows.Scan(&n); err != nil || n != want {
			t.Fatalf("%d, want %d: %v", n, want, err)
		}
		// The same again, and another that pushes it out of the cache.
		if want < 3 {
			if got := sum(t, conn, query, want); got != want+1 {
				t.Fatalf("inside: %d, want %d", got, want+1)
			}
		}
		if got := sum(t, conn, "SELECT 7"); got != 7 {
			t.Fatalf("another: %d", got)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestAStatementWorksAfterItFailedAndAfterTheTableChanged(t *testing.T) {
	conn := open(t, 10)
	const insert = "INSERT INTO t (n) VALUES (?)"
	exec(t, conn, insert, 20)
	if _, err := conn.ExecContext(t.Context(), insert, 20); err == nil {
		t.Fatal("the same number twice")
	}
	exec(t, conn, insert, 21)
	columns := func() int {
		rows, err := conn.QueryContext(t.Context(), "SELECT * FROM t")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil || !rows.Next() || rows.Err() != nil {
			t.Fatal(err, rows.Err())
		}
		return len(names)
	}
	if got := columns(); got != 1 {
		t.Fatalf("%d columns", got)
	}
	exec(t, conn, "ALTER TABLE t ADD COLUMN more text")
	if got := columns(); got != 2 {
		t.Fatalf("%d columns after one was added", got)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := conn.ExecContext(gone, insert, 22); err == nil {
		t.Fatal("ran for nobody")
	}
	exec(t, conn, insert, 22)
}
