package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"
)

// runProbe is the least that stores a hook durably before it answers: a bare
// handler, the raw body, one insert in flight, into the product's own table. It
// proves no key, folds no repeats, has no deadline and no spool: what it
// reaches is the limit that the product is held against.
func runProbe(database string) error {
	insert, err := probeInsert(database)
	if err != nil {
		return err
	}
	store := inBatches(insert)
	return serveProbe(func(body []byte) int {
		if store(body) != nil {
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	})
}

// inBatches returns a function that stores a body together with those that
// arrived while the batch before was under way.
func inBatches(insert func([][]byte) error) func([]byte) error {
	type arrival struct {
		body   []byte
		stored chan error
	}
	arriving := make(chan arrival, 8192)
	go func() {
		for first := range arriving {
			batch := []arrival{first}
			for more := true; more && len(batch) < 256; {
				select {
				case a := <-arriving:
					batch = append(batch, a)
				default:
					more = false
				}
			}
			bodies := make([][]byte, len(batch))
			for i, a := range batch {
				bodies[i] = a.body
			}
			err := insert(bodies)
			for _, a := range batch {
				a.stored <- err
			}
		}
	}()
	return func(body []byte) error {
		a := arrival{body, make(chan error, 1)}
		arriving <- a
		return <-a.stored
	}
}

// serveProbe takes hooks on a free port of this machine until the process ends.
func serveProbe(take func(body []byte) (status int)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", l.Addr())
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(take(body))
	}))
}

const probeColumns = `INSERT INTO deliveries (id, account_id, received_at, last_seen_at, seen, proved, provider, origin, method, content_type,
	query, signed_id, signed_at, signature, dedup_key, body) `

// probeInsert returns a function that stores a batch in one commit. The key of
// each row is random, as a hash of its body would be.
func probeInsert(database string) (func([][]byte) error, error) {
	account := uuid.New()
	keys := func(n int) [][]byte {
		out := make([][]byte, n)
		for i := range out {
			out[i] = make([]byte, 32)
			_, _ = rand.Read(out[i])
		}
		return out
	}
	if strings.HasPrefix(database, "postgres://") {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, database)
		return func(bodies [][]byte) error {
			ids := make([]uuid.UUID, len(bodies))
			for i := range ids {
				ids[i], _ = uuid.NewV7()
			}
			_, err := conn.Exec(ctx, probeColumns+`SELECT id, $1, $2, $2, 1, true, 'amocrm', 'hook', 'POST', 'application/x-www-form-urlencoded',
				'', '', '', '', key, body FROM unnest($3::uuid[], $4::bytea[], $5::bytea[]) AS t (id, key, body)`,
				account, time.Now(), ids, keys(len(bodies)), bodies)
			return err
		}, err
	}
	db, err := sql.Open("sqlite", "file:"+database+"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_time_format=sqlite&_timezone=UTC&_txlock=immediate")
	return func(bodies [][]byte) error {
		const row = `(?, ?, ?, ?, 1, 1, 'amocrm', 'hook', 'POST', 'application/x-www-form-urlencoded', '', '', '', '', ?, ?)`
		args := make([]any, 0, 6*len(bodies))
		now := time.Now()
		for i, key := range keys(len(bodies)) {
			id, _ := uuid.NewV7()
			args = append(args, id, account, now, now, key, bodies[i])
		}
		_, err := db.Exec(probeColumns+"VALUES "+row+strings.Repeat(", "+row, len(bodies)-1), args...)
		return err
	}, err
}
