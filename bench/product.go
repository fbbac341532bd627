package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // by which open reaches PostgreSQL
)

// Secrets of the measured installation; it lives for the run only.
const (
	adminKey  = "bench-admin-key-0123456789"
	secretKey = "YmVuY2hiZW5jaGJlbmNoYmVuY2hiZW5jaGJlbmNoMDA="
)

// place is where an installation keeps things.
type place struct {
	database string // postgres://… or the path of an SQLite file
	redis    string
	data     string
}

// postgresPlace makes an empty database and picks an empty Redis.
func (b *bench) postgresPlace(ctx context.Context, name string) (place, error) {
	b.dbs++
	name = "bench_" + name + "_" + strconv.Itoa(b.dbs)
	if err := b.sql(ctx, b.pg, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return place{}, err
	}
	u, err := url.Parse(b.pg)
	if err != nil {
		return place{}, err
	}
	u.Path = "/" + name
	return place{database: u.String(), redis: b.redis + "/" + strconv.Itoa(b.dbs), data: filepath.Join(b.dir, name)}, nil
}

// sqlitePlace is a file of its own; the queue is a Redis, so that the halves
// may run by themselves.
func (b *bench) sqlitePlace(name string) (place, error) {
	b.dbs++
	dir := filepath.Join(b.dir, name+"_"+strconv.Itoa(b.dbs))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return place{}, err
	}
	return place{database: filepath.Join(dir, "opendoor.db"), redis: b.redis + "/" + strconv.Itoa(b.dbs), data: dir}, nil
}

// drop removes the place's database.
func (b *bench) drop(ctx context.Context, p place) error {
	u, err := url.Parse(p.database)
	if err != nil || u.Scheme == "" {
		return err
	}
	return b.sql(ctx, b.pg, "DROP DATABASE "+pgx.Identifier{u.Path[1:]}.Sanitize()+" WITH (FORCE)")
}

// sql runs statements without parameters on a connection of its own.
func (b *bench) sql(ctx context.Context, dsn string, statements ...string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return nil
}

// placeIn is an empty place in one of the databases.
func (b *bench) placeIn(ctx context.Context, database, name string) (place, error) {
	if database == "postgres" {
		return b.postgresPlace(ctx, name)
	}
	return b.sqlitePlace(name)
}

func (p place) postgres() bool { return strings.HasPrefix(p.database, "postgres://") }

// url is what the store opens; empty: the file in the data directory.
func (p place) url() string {
	if p.postgres() {
		return p.database
	}
	return ""
}

// open connects to the place's database beside the product.
func (p place) open() (*sql.DB, error) {
	if p.postgres() {
		return sql.Open("pgx", p.database)
	}
	return sql.Open("sqlite", "file:"+p.database+"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_time_format=sqlite&_timezone=UTC")
}

// sqlAt runs statements without parameters on a connection of its own.
func (b *bench) sqlAt(ctx context.Context, p place, statements ...string) error {
	if p.postgres() {
		return b.sql(ctx, p.database, statements...)
	}
	db, err := p.open()
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // a temporary table is the connection's own
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return nil
}

// sizeOf is what the place's database takes on disk, in bytes.
func (b *bench) sizeOf(ctx context.Context, p place) (n int64, err error) {
	db, err := p.open()
	if err != nil {
		return 0, err
	}
	defer db.Close()
	ask := "SELECT pg_database_size(current_database())"
	if !p.postgres() {
		ask = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
	}
	err = db.QueryRowContext(ctx, ask).Scan(&n)
	return n, err
}

func (p place) env(more ...string) []string {
	if p.postgres() {
		more = append(more, "OPENDOOR_DATABASE_URL="+p.database)
	}
	return append([]string{
		"OPENDOOR_ADDR=127.0.0.1:0", "OPENDOOR_REDIS_URL=" + p.redis, "OPENDOOR_DATA_DIR=" + p.data,
		"OPENDOOR_SECRET_KEY=" + secretKey, "OPENDOOR_ADMIN_KEY=" + adminKey, "OPENDOOR_ALLOW_PRIVATE_HOSTS=127.0.0.1",
		"OPENDOOR_MAIL_FROM=care@opendoor.example", "OPENDOOR_LOG_LEVEL=warn",
	}, more...)
}

// account connects an account and returns the path of its hook.
func (p *process) account(ctx context.Context, baseURL, token, policy string) (string, error) {
	var acc struct {
		ID      string `json:"id"`
		HookURL string `json:"hook_url"`
	}
	body := fmt.Sprintf(`{"provider":"amocrm","name":"bench","base_url":%q,"credentials":{"access_token":%q},"mode":"live","policy":%s}`, baseURL, token, policy)
	if err := p.call(ctx, http.MethodPost, "/api/v1/accounts", body, &acc); err != nil {
		return "", err
	}
	u, err := url.Parse(acc.HookURL)
	return u.Path, err
}

// call speaks to the REST API.
func (p *process) call(ctx context.Context, method, path, in string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader([]byte(in)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s answers %d: %s", method, path, res.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
