package testkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// adminTimeout bounds one command to the test's own PostgreSQL: creating and
// dropping databases waits for the disk.
const adminTimeout = 60 * time.Second

// PostgresCluster is a PostgreSQL server of one test, to be stopped and
// started at will. Its settings are as safe as in production: fsync and
// synchronous_commit are on.
type PostgresCluster struct {
	t      testing.TB
	server *server
}

// PostgresServer starts a cluster for this test alone and removes it at its
// end. Most tests want Postgres, which shares one cluster.
func PostgresServer(t testing.TB) *PostgresCluster {
	t.Helper()
	need(t, "PostgreSQL")
	s, err := startPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return &PostgresCluster{t: t, server: s}
}

// URL is the address of the cluster's first database, as its superuser.
func (p *PostgresCluster) URL() string { return p.server.url }

// Stop shuts the cluster down in order; its clients lose their connections.
func (p *PostgresCluster) Stop() { p.do(p.server.stop(syscall.SIGINT)) }

// Crash ends the cluster as a crash would: the next Start recovers from the
// write-ahead log.
func (p *PostgresCluster) Crash() { p.do(p.server.stop(syscall.SIGQUIT)) }

// Start starts a stopped cluster on the same port and waits until it answers.
func (p *PostgresCluster) Start() { p.do(p.server.start()) }

func (p *PostgresCluster) do(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// Postgres creates an empty database for this test in the shared cluster and
// returns its URL. The database is dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	return FreshDatabase(t, "template0")
}

// FreshDatabase is Postgres with a copy of the database template, which
// nobody may be connected to; TemplateDatabase makes one.
func FreshDatabase(t testing.TB, template string) string {
	t.Helper()
	need(t, "PostgreSQL")
	admin := sharedPostgresURL(t)
	name := "test_" + strconv.FormatInt(int64(os.Getpid()), 36) + "_" + uuid.NewString()[:8]
	quoted := pgx.Identifier{name}.Sanitize()
	if err := execute(admin, "CREATE DATABASE "+quoted+" TEMPLATE "+pgx.Identifier{template}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(admin, "DROP DATABASE "+quoted+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return withDatabase(t, admin, name)
}

// TemplateDatabase returns the name of a database that build has filled, for
// FreshDatabase. Whoever asks for name first builds it, the other test
// binaries of the run wait and share it; so name must tell everything that
// build depends on, such as a hash of the migrations.
func TemplateDatabase(t testing.TB, name string, build func(dsn string) error) string {
	t.Helper()
	need(t, "PostgreSQL")
	admin := sharedPostgresURL(t)
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	if err := buildOnce(ctx, admin, name, func() error { return build(withDatabase(t, admin, name)) }); err != nil {
		t.Fatal(err)
	}
	return name
}

// buildOnce creates the database name and runs build, unless somebody has
// done so before. A database is a template only once its build has ended
// well: datistemplate tells a finished one from what a failed build left.
func buildOnce(ctx context.Context, admin, name string, build func() error) (err error) {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("build template %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	// One build of a name at a time; the lock goes with the connection.
	sum := fnv.New64a()
	sum.Write([]byte(name))
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(sum.Sum64())); err != nil {
		return fmt.Errorf("build template %s: %w", name, err)
	}
	var done bool
	err = conn.QueryRow(ctx, "SELECT datistemplate FROM pg_database WHERE datname = $1", name).Scan(&done)
	if err == nil && done {
		return nil
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("build template %s: %w", name, err)
	}
	quoted := pgx.Identifier{name}.Sanitize()
	for _, sql := range []string{
		"DROP DATABASE IF EXISTS " + quoted + " WITH (FORCE)",
		"CREATE DATABASE " + quoted + " TEMPLATE template0",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("build template %s: %w", name, err)
		}
	}
	if err := build(); err != nil {
		return fmt.Errorf("build template %s: %w", name, err)
	}
	// Copying needs a template without connections; build may have left some
	// that are still closing.
	const disconnect = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1"
	_, noMore := conn.Exec(ctx, "ALTER DATABASE "+quoted+" ALLOW_CONNECTIONS false")
	_, gone := conn.Exec(ctx, disconnect, name)
	_, marked := conn.Exec(ctx, "ALTER DATABASE "+quoted+" IS_TEMPLATE true")
	if err := errors.Join(noMore, gone, marked); err != nil {
		return fmt.Errorf("build template %s: %w", name, err)
	}
	return nil
}

// sharedPostgres is the cluster of this test binary, started on first use
// when withservers has not started one for the whole run.
var sharedPostgres = sync.OnceValues(func() (*server, error) {
	if dsn := os.Getenv(postgresEnv); dsn != "" {
		return &server{url: dsn}, nil
	}
	return startPostgres()
})

func sharedPostgresURL(t testing.TB) string {
	t.Helper()
	s, err := sharedPostgres()
	if err != nil {
		t.Fatal(err)
	}
	return s.url
}

// startPostgres makes a cluster in a new folder and starts it.
func startPostgres() (*server, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged("postgres")
	if err != nil {
		return nil, err
	}
	dir, err := newDir("pg", owner)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres",
		"--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir = dir
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("make a PostgreSQL cluster: %w\n%s", err, out), os.RemoveAll(dir))
	}
	dsn := fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	s := &server{
		name:  "PostgreSQL",
		url:   dsn,
		dir:   dir,
		owner: owner,
		quit:  syscall.SIGINT, // "fast": disconnects clients, writes a checkpoint
		ready: func() error { return execute(dsn, "SELECT 1") },
		args: []string{
			filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
			"-c", "listen_addresses=127.0.0.1",
			"-c", "unix_socket_directories=" + dir,
			// Several test binaries with pools of their own share it.
			"-c", "max_connections=300",
			"-c", "fsync=on", "-c", "synchronous_commit=on",
		},
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// postgresBin finds the folder with PostgreSQL's programs: Debian keeps them
// out of the path.
func postgresBin() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("find PostgreSQL: it is not installed; make test installs it, make quick does without")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
	return filepath.Dir(newest), nil
}

// execute runs one statement on a connection of its own.
func execute(dsn, sql string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

func withDatabase(t testing.TB, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("read %s: %v", postgresEnv, err)
	}
	u.Path = "/" + name
	return u.String()
}
