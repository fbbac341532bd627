package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"

	"opendoor/store/internal/pipeline"
)

const (
	// postgresConns leaves room for two api and three worker processes under
	// the server's default of 100; pool_max_conns in the address changes it.
	postgresConns   = 16
	postgresTimeout = 5 * time.Second // to connect, unless connect_timeout says otherwise
	postgresIdle    = 5 * time.Minute
)

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// openPostgres returns the connections for everything, and the one by which due
// effects are looked for.
func openPostgres(address string) (pool, looks *sql.DB, err error) {
	address, conns, err := poolSize(address)
	if err != nil {
		return nil, nil, err
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, nil, fmt.Errorf("read the database's address: %w", err) // pgx masks the password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "opendoor"
	}
	pool = sql.OpenDB(pipeline.New(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(prepare))))
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(postgresIdle)
	looks = stdlib.OpenDB(*config, stdlib.OptionAfterConnect(prepareLooks))
	looks.SetMaxOpenConns(1)
	looks.SetConnMaxIdleTime(postgresIdle)
	return pool, looks, nil
}

// overPostgres lets gorm speak over the connections of pool.
func overPostgres(pool *sql.DB) gorm.Dialector {
	return gormpostgres.New(gormpostgres.Config{Conn: pool})
}

// prepare makes a new connection ours.
func prepare(ctx context.Context, conn *pgx.Conn) error {
	sendUUIDs(conn)
	return uncompiled(ctx, conn)
}

// prepareLooks lets PostgreSQL look for due effects by walking through indexes
// only: neither may it collect the places of rows before it looks at them, nor
// read the whole table. The indexes on what is in flight are full of rows that are
// not any more, since a row passes through each within a second and it takes a
// minute until a vacuum comes. A walk marks what it finds dead and never looks
// there again; a collection looks at all of it every time: 12,000 for the 100
// that lived, 15 ms a look.
// The plan that follows is the same for all values, so it is not made anew for
// each: to make it takes longer than to carry it out.
func prepareLooks(ctx context.Context, conn *pgx.Conn) error {
	if err := prepare(ctx, conn); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SELECT set_config('enable_bitmapscan', 'off', false), set_config('enable_seqscan', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false)")
	return err
}

// uncompiled keeps the server from compiling statements (its setting jit). Ours
// are short and many; one that the planner overrates, as it does before a table
// was ever analysed, would take 100 ms of compiling for 2 ms of work. A statement
// and no startup parameter, since poolers refuse those that they do not know.
func uncompiled(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET jit = off")
	return err
}

// poolSize takes pool_max_conns out of the address: pgx would hand it to the
// server, which does not know it.
func poolSize(address string) (string, int, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", 0, errors.New("read the database's address: it is not a URL") // err holds the password
	}
	q := u.Query()
	if !q.Has("pool_max_conns") {
		return address, postgresConns, nil
	}
	n, err := strconv.Atoi(q.Get("pool_max_conns"))
	if err != nil || n < 2 {
		return "", 0, errors.New("read the database's address: pool_max_conns must be a number of at least 2")
	}
	q.Del("pool_max_conns")
	u.RawQuery = q.Encode()
	return u.String(), n, nil
}

// refuseForgetful refuses a server that answers "committed" before the row
// would survive a crash: a hook is acknowledged on that word.
func refuseForgetful(ctx context.Context, pool *sql.DB) error {
	for _, name := range []string{"fsync", "synchronous_commit"} {
		var value string
		if err := pool.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return fmt.Errorf("ask the database for %s: %w", name, err)
		}
		if value == "off" {
			return fmt.Errorf("the database runs with %s=off and may forget what it has confirmed; turn it on", name)
		}
	}
	return nil
}
