package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"

	"opendoor/internal/testkit"
	"opendoor/offboarding"
	"opendoor/store"
)

// database is one of the two, with a second way in beside the store.
type database struct {
	url   string
	raw   *sql.DB
	goose goose.Dialect
	files string
	dump  string // a query that writes the whole schema out
}

func eachDatabase(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.db")
		test(t, database{
			path, open(t, "sqlite", path), goose.DialectSQLite3, "migrations/sqlite",
			`SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY 1`,
		})
	})
	t.Run("postgres", func(t *testing.T) {
		url := testkit.Postgres(t)
		test(t, database{
			url, open(t, "pgx", url), goose.DialectPostgres, "migrations/postgres",
			`SELECT line FROM (
				SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line
				FROM information_schema.columns WHERE table_schema = 'public'
				UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
				UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
			) s WHERE line NOT LIKE '%goose%' ORDER BY 1`,
		})
	})
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (d database) schema(t *testing.T) []string {
	t.Helper()
	rows, err := d.raw.QueryContext(t.Context(), d.dump)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func (d database) provider(t *testing.T) *goose.Provider {
	t.Helper()
	p, err := goose.NewProvider(d.goose, d.raw, os.DirFS(d.files))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAFreshDatabaseEqualsAnUpgradedOne(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := opened(t, d.url)
		if current, wanted, err := s.SchemaVersion(t.Context()); err != nil || current != 0 || wanted == 0 {
			t.Fatalf("an empty database has version %d of %d, %v", current, wanted, err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		fresh := d.schema(t)
		p := d.provider(t)
		if _, err := p.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if left := d.schema(t); len(left) > 0 {
			t.Fatalf("migrating down leaves %v", left)
		}
		for {
			if _, err := p.UpByOne(t.Context()); errors.Is(err, goose.ErrNoNextVersion) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(fresh, d.schema(t)); diff != "" {
			t.Fatalf("fresh and upgraded differ:\n%s", diff)
		}
		lines, err := s.MigrationStatus(t.Context())
		if err != nil || len(lines) == 0 || !lines[0].Applied || lines[0].AppliedAt.IsZero() {
			t.Fatalf("status %v, %v", lines, err)
		}
	})
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		done := make(chan error)
		for range 4 {
			s := opened(t, d.url)
			go func() { done <- s.Migrate(t.Context()) }()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestANewerSchemaIsRefusedWithTheWayOut(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		migrated(t, d.url)
		if _, err := d.raw.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9001, true)"); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(t.Context(), store.Options{URL: d.url, Keys: [][]byte{key}})
		if err == nil || !strings.Contains(err.Error(), "9001") || !strings.Contains(err.Error(), "backup") {
			t.Fatalf("got %v", err)
		}
	})
}

func TestTheAuditLogTakesNeitherChangeNorDeletion(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := migrated(t, d.url)
		if err := s.Record(t.Context(), offboarding.Audit{Stream: "system", Kind: "a"}, offboarding.Audit{Stream: "system", Kind: "b"}); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"UPDATE audit SET summary = 'x'", "DELETE FROM audit"} {
			if _, err := d.raw.Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		// Whoever gets round the trigger is found out.
		disable, alter := "DROP TRIGGER audit_no_update", "UPDATE audit SET summary = 'x' WHERE seq = 1"
		if d.goose == goose.DialectPostgres {
			disable = "ALTER TABLE audit DISABLE TRIGGER audit_append_only"
		}
		for _, statement := range []string{disable, alter} {
			if _, err := d.raw.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		lines, err := s.Invariants(t.Context(), s1970)
		if err != nil || len(lines) != 1 || !strings.Contains(lines[0], "line 1 of audit stream system was changed") {
			t.Fatalf("%v, %v", lines, err)
		}
	})
}

func TestCredentialsAreSealedAndKeysRotate(t *testing.T) {
	newer := []byte("ffffffffffffffffffffffffffffffff")
	eachDatabase(t, func(t *testing.T, d database) {
		s := migrated(t, d.url)
		a := &offboarding.Account{Provider: offboarding.AmoCRM, Credentials: offboarding.Credentials{"access_token": "very-secret-token"}}
		twin := &offboarding.Account{Provider: offboarding.AmoCRM, Credentials: a.Credentials}
		for _, acc := range []*offboarding.Account{a, twin} {
			if err := s.AddAccount(t.Context(), acc); err != nil {
				t.Fatal(err)
			}
		}
		sealed := func() []byte {
			t.Helper()
			var b []byte
			if err := d.raw.QueryRow("SELECT credentials FROM accounts WHERE id = '" + a.ID.String() + "'").Scan(&b); err != nil {
				t.Fatal(err)
			}
			return b
		}
		before := sealed()
		if bytes.Contains(before, []byte("secret")) || len(before) < 20 {
			t.Fatalf("the secret lies in the open: %q", before)
		}
		rotated := opened(t, d.url, newer) // newest first, the old key behind it
		if got, err := rotated.Account(t.Context(), a.ID); err != nil || got.Credentials["access_token"] != "very-secret-token" {
			t.Fatalf("%v, %v", got, err)
		}
		for _, want := range []int{2, 0} { // repeatable
			if n, err := rotated.RekeyAccounts(t.Context()); err != nil || n != want {
				t.Fatalf("%d accounts sealed again, want %d, %v", n, want, err)
			}
		}
		if bytes.Equal(before, sealed()) {
			t.Fatal("nothing was sealed again")
		}
		if _, err := s.Account(t.Context(), a.ID); err == nil {
			t.Fatal("opened without the new key")
		}
		// A sealed value that is moved to another row does not open.
		if _, err := d.raw.Exec("UPDATE accounts SET credentials = (SELECT credentials FROM accounts WHERE id = '" +
			a.ID.String() + "') WHERE id = '" + twin.ID.String() + "'"); err != nil {
			t.Fatal(err)
		}
		if _, err := rotated.Account(t.Context(), twin.ID); err == nil {
			t.Fatal("opened in another row")
		}
	})
}

func TestAForgetfulServerIsRefused(t *testing.T) {
	url := testkit.Postgres(t)
	raw := open(t, "pgx", url)
	if _, err := raw.Exec("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET synchronous_commit = off'; END $$"); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), store.Options{URL: url, Keys: [][]byte{key}})
	if err == nil || !strings.Contains(err.Error(), "synchronous_commit=off") {
		t.Fatalf("got %v", err)
	}
}

func TestAnAddressThatIsWrongTellsNoPassword(t *testing.T) {
	for name, url := range map[string]string{
		"no host":     "postgres://user:hunter2@127.0.0.1:1/db?connect_timeout=1",
		"no URL":      "postgres://user:hunter2@[::1/db",
		"a bad pool":  "postgres://user:hunter2@127.0.0.1/db?pool_max_conns=many",
		"no sslmode":  "postgres://user:hunter2@127.0.0.1/db?sslmode=perhaps",
		"a bad port":  "postgres://user:hunter2@127.0.0.1:port/db",
		"not a place": "/dev/null/x.db",
	} {
		_, err := store.Open(t.Context(), store.Options{URL: url, Keys: [][]byte{key}})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
