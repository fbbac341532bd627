package testkit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"opendoor/internal/testkit"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func ask[T any](t *testing.T, conn *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func do(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	first, second := connect(t, testkit.Postgres(t)), connect(t, testkit.Postgres(t))
	do(t, first, "CREATE TABLE cases (id int)")
	if n := ask[int](t, second, "SELECT count(*) FROM pg_tables WHERE tablename = 'cases'"); n != 0 {
		t.Error("another test's table is seen")
	}
}

func TestADatabaseIsDroppedWithItsTest(t *testing.T) {
	var dsn string
	t.Run("a test that leaves a connection open", func(t *testing.T) {
		dsn = testkit.Postgres(t)
		connect(t, dsn)
	})
	_, err := pgx.Connect(t.Context(), dsn)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("connecting afterwards: %v, want that the database does not exist", err)
	}
}

func TestDatabaseIsAsSafeAsInProduction(t *testing.T) {
	conn := connect(t, testkit.Postgres(t))
	for _, setting := range []string{"fsync", "synchronous_commit"} {
		if v := ask[string](t, conn, "SHOW "+setting); v != "on" {
			t.Errorf("%s is %s", setting, v)
		}
	}
	if v := ask[string](t, conn, "SHOW server_encoding"); v != "UTF8" {
		t.Errorf("encoding is %s", v)
	}
}

func TestATemplateIsBuiltOnceForAllWhoAsk(t *testing.T) {
	var built atomic.Int32
	name := "testkit_" + strings.ReplaceAll(t.Name(), "/", "_")
	build := func(dsn string) error {
		built.Add(1)
		do(t, connect(t, dsn), "CREATE TABLE cases (id int)") // the connection stays open
		return nil
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			conn := connect(t, testkit.FreshDatabase(t, testkit.TemplateDatabase(t, name, build)))
			do(t, conn, "INSERT INTO cases VALUES (1)")
			if n := ask[int](t, conn, "SELECT count(*) FROM cases"); n != 1 {
				t.Errorf("%d rows in a copy of an empty table after one insert", n)
			}
		})
	}
	all.Wait()
	if n := built.Load(); n > 1 { // 0 when a run before this one has built it
		t.Errorf("built %d times", n)
	}
}

func TestAFailedTemplateIsBuiltAgain(t *testing.T) {
	const name = "testkit_failed_once"
	r := record(t, func(t testing.TB) {
		testkit.TemplateDatabase(t, name, func(string) error { return errors.New("no such column") })
	})
	if !strings.Contains(r.fatal, "no such column") {
		t.Fatalf("failed with %q, want the reason of the build", r.fatal)
	}
	var built bool
	testkit.TemplateDatabase(t, name, func(dsn string) error {
		built = true
		do(t, connect(t, dsn), "CREATE TABLE cases (id int)")
		return nil
	})
	if !built {
		t.Error("what the failed build left is taken for a template")
	}
	// The shared cluster may be asked again by -count=2.
	admin := connect(t, testkit.Postgres(t))
	do(t, admin, "ALTER DATABASE "+name+" IS_TEMPLATE false")
	do(t, admin, "DROP DATABASE "+name)
}

func TestACommittedRowSurvivesACrashOfTheDatabase(t *testing.T) {
	pg := testkit.PostgresServer(t)
	conn := connect(t, pg.URL())
	do(t, conn, "CREATE TABLE cases AS SELECT 7 AS id")
	for name, end := range map[string]func(){"crash": pg.Crash, "stop": pg.Stop} {
		end()
		if _, err := pgx.Connect(t.Context(), pg.URL()); err == nil {
			t.Fatalf("after %s the database still answers", name)
		}
		pg.Start()
		if id := ask[int](t, connect(t, pg.URL()), "SELECT id FROM cases"); id != 7 {
			t.Errorf("after %s the row is %d", name, id)
		}
	}
}
