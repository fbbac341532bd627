package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/storetest"
)

// grown is a database of some size.
type grown struct {
	rows  int
	at    place
	store *store.Store
	data  *storetest.Seeded
}

// growth measures what lists, dispatch and sweep cost at each size, in turns,
// and what a database full of waiting touches takes.
func (b *bench) growth(ctx context.Context) error {
	var sizes []*grown
	for _, rows := range b.rows {
		at, err := b.postgresPlace(ctx, "growth")
		if err != nil {
			return err
		}
		defer func() { _ = b.drop(context.WithoutCancel(ctx), at) }()
		began := time.Now()
		s, d, err := b.seeded(ctx, at, rows)
		if err != nil {
			return fmt.Errorf("seed %d rows: %w", rows, err)
		}
		defer s.Close()
		progress("%d rows made in %s", rows, time.Since(began).Round(time.Second))
		sizes = append(sizes, &grown{rows, at, s, d})
	}
	if err := b.statements(ctx, sizes); err != nil {
		return err
	}
	if err := b.intakeAtSize(ctx, sizes); err != nil {
		return err
	}
	return b.footprint(ctx, sizes)
}

// errUndo ends a transaction without a trace.
var errUndo = errors.New("undo")

func undone(ctx context.Context, s offboarding.Store, fn func(offboarding.Store) error) error {
	err := s.InTx(ctx, func(tx offboarding.Store) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

// operations are what runs all the time, and what people look at. Each returns
// the cursor for the next call, so that pages are walked and not repeated.
var operations = []struct {
	name string
	do   func(ctx context.Context, g *grown) error
}{
	{"first page of cases, large account", func(ctx context.Context, g *grown) error {
		_, err := g.store.CasesInScope(ctx, offboarding.CaseFilter{AccountID: &g.data.Accounts[0], Page: offboarding.Page{Limit: 50}})
		return err
	}},
	{"8 pages of cases, all accounts", func(ctx context.Context, g *grown) error {
		f := offboarding.CaseFilter{Page: offboarding.Page{Limit: 50}}
		for range 8 {
			page, err := g.store.CasesInScope(ctx, f)
			if err != nil || len(page) == 0 {
				return err
			}
			f.Before = &page[len(page)-1].ID
		}
		return nil
	}},
	{"cases of the smallest account, by state", func(ctx context.Context, g *grown) error {
		_, err := g.store.CasesInScope(ctx, offboarding.CaseFilter{
			AccountID: &g.data.Accounts[len(g.data.Accounts)-1], State: offboarding.StateListening, Page: offboarding.Page{Limit: 50},
		})
		return err
	}},
	{"8 pages of events, large account", func(ctx context.Context, g *grown) error {
		f := offboarding.EventFilter{AccountID: &g.data.Accounts[0], Page: offboarding.Page{Limit: 50}}
		for range 8 {
			page, err := g.store.Events(ctx, f)
			if err != nil || len(page) == 0 {
				return err
			}
			f.Before = &page[len(page)-1].ID
		}
		return nil
	}},
	{"pending events", func(ctx context.Context, g *grown) error {
		_, err := g.store.Events(ctx, offboarding.EventFilter{Verdict: offboarding.VerdictPending, Page: offboarding.Page{Limit: 50}})
		return err
	}},
	{"dispatch of what is due", func(ctx context.Context, g *grown) error {
		return undone(ctx, g.store, func(tx offboarding.Store) error {
			rings, err := tx.RingDue(ctx, g.data.Now.Add(time.Second), time.Second, 128, offboarding.Room{Reading: 4, Writing: 2, Yielding: time.Second, Elsewhere: 16})
			if err == nil && len(rings) == 0 {
				err = errors.New("nothing was due")
			}
			return err
		})
	}},
	{"dispatch, nothing due", func(ctx context.Context, g *grown) error {
		return undone(ctx, g.store, func(tx offboarding.Store) error {
			_, err := tx.RingDue(ctx, g.data.Now.Add(-time.Hour), time.Second, 128, offboarding.Room{Reading: 4, Writing: 2, Yielding: time.Second, Elsewhere: 16})
			return err
		})
	}},
	{"sweep", func(ctx context.Context, g *grown) error {
		_, err := g.store.Sweep(ctx)
		return err
	}},
	{"queue depths, for /metrics", func(ctx context.Context, g *grown) error {
		_, err := g.store.QueueDepths(ctx, g.data.Now)
		return err
	}},
}

// statements measures each operation at each size in turns.
func (b *bench) statements(ctx context.Context, sizes []*grown) error {
	columns := []string{""}
	for _, g := range sizes {
		columns = append(columns, fmt.Sprintf("%d rows, ms", g.rows))
	}
	for _, g := range sizes[1:] {
		columns = append(columns, fmt.Sprintf("speed %d/%d", g.rows, sizes[0].rows))
	}
	t := newTable("store, PostgreSQL, skewed data, medians; speed = the smallest size's time over this one's", columns...)
	defer t.end()
	for _, op := range operations {
		times := make([][]time.Duration, len(sizes))
		for round := range 40 {
			for i := range sizes {
				i = (i + round) % len(sizes)
				start := time.Now()
				if err := op.do(ctx, sizes[i]); err != nil {
					return fmt.Errorf("%s at %d rows: %w", op.name, sizes[i].rows, err)
				}
				if round >= 8 { // the first ones prepare statements and fill caches
					times[i] = append(times[i], time.Since(start))
				}
			}
		}
		cells := []any{op.name}
		for i := range sizes {
			cells = append(cells, ms(median(times[i])))
		}
		for i := range sizes[1:] {
			cells = append(cells, fmt.Sprintf("%.2f", float64(median(times[0]))/float64(median(times[i+1]))))
		}
		t.row(cells...)
	}
	return nil
}

// intakeAtSize measures hooks stored durably at the smallest and the largest
// size.
func (b *bench) intakeAtSize(ctx context.Context, sizes []*grown) error {
	ends := []*grown{sizes[0], sizes[len(sizes)-1]}
	var subjects []subject
	for _, g := range ends {
		s, err := b.startAPI(ctx, g.at)
		if err != nil {
			return err
		}
		defer s.stop()
		s.name = fmt.Sprintf("%d rows", g.rows)
		subjects = append(subjects, s)
	}
	return b.closed(ctx, "postgres, by size of the database", subjects, 32)
}

// footprint tells what a worker keeps in Redis, and the database on disk, while
// everything waits.
func (b *bench) footprint(ctx context.Context, sizes []*grown) error {
	t := newTable("waiting effects", "rows", "effects MB", "whole database MB", "Redis keys", "Redis MB above empty", "worker RSS MB", "worker CPU ms/s")
	defer t.end()
	for _, g := range sizes {
		conn, err := pgx.Connect(ctx, g.at.database)
		if err != nil {
			return err
		}
		// The hooks of intakeAtSize are not what this is about, and what was due goes nowhere.
		var effects, database int64
		err = conn.QueryRow(ctx, "SELECT pg_total_relation_size('effects'), pg_database_size(current_database())").Scan(&effects, &database)
		if err == nil {
			_, err = conn.Exec(ctx, "UPDATE deliveries SET unpacked_at = now() WHERE unpacked_at IS NULL")
		}
		if err == nil {
			_, err = conn.Exec(ctx, "UPDATE effects SET due_at = due_at + interval '1 year' WHERE due_at < now() + interval '1 day'")
		}
		_ = conn.Close(ctx)
		if err != nil {
			return err
		}
		r, err := b.atRest(ctx, g.at)
		if err != nil {
			return err
		}
		t.row(g.rows, mb(effects), mb(database), r.keys, mb(r.redis), mb(r.rss), r.cpu)
	}
	return nil
}

// rest is what a server takes that has nothing to do.
type rest struct {
	redis, rss, keys int64  // bytes in Redis above what was there, and of memory
	cpu              string // ms of processor time a second
}

// atRest starts serve and looks at it for a while.
func (b *bench) atRest(ctx context.Context, at place) (rest, error) {
	before, _, err := redisUse(ctx, at.redis)
	if err != nil {
		return rest{}, err
	}
	p, err := b.start(ctx, at.env(), b.binary, "serve")
	if err != nil {
		return rest{}, err
	}
	defer p.stop()
	time.Sleep(2 * time.Second)
	cpu := p.cpu()
	time.Sleep(3 * time.Second)
	cpu = p.cpu() - cpu
	after, keys, err := redisUse(ctx, at.redis)
	return rest{redis: max(0, after-before), rss: p.rss(), keys: keys, cpu: fmt.Sprintf("%.0f", cpu.Seconds()*1000/3)}, err
}

// redisUse returns the memory of the server's data and the keys of the place.
func redisUse(ctx context.Context, url string) (bytes, keys int64, err error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return 0, 0, err
	}
	c := redis.NewClient(options)
	defer c.Close()
	if keys, err = c.DBSize(ctx).Result(); err != nil {
		return 0, 0, err
	}
	info, err := c.Info(ctx, "memory").Result()
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, "used_memory_dataset:"); ok {
			bytes, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return bytes, keys, err
}
