package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/storetest"
)

// waiting is a database in which so many touches wait for half a year.
type waiting struct {
	rows  int
	at    place
	store *store.Store
}

// touchesAtOnce is how many a look takes, as the worker does.
const touchesAtOnce = 100

// touches measures what looking for due touches costs while more and more of
// them wait, and how many that are due at the same minute are released.
func (b *bench) touches(ctx context.Context) error {
	var sizes []*waiting
	for _, rows := range b.rows {
		at, err := b.postgresPlace(ctx, "touches")
		if err != nil {
			return err
		}
		defer func() { _ = b.drop(context.WithoutCancel(ctx), at) }()
		s, err := b.waiting(ctx, at, rows)
		if err != nil {
			return fmt.Errorf("make %d touches: %w", rows, err)
		}
		defer s.Close()
		progress("%d touches wait", rows)
		sizes = append(sizes, &waiting{rows, at, s})
	}
	now := time.Now()
	if err := b.looks(ctx, sizes, "nothing due", now, 0); err != nil {
		return err
	}
	for _, w := range sizes {
		if err := b.sql(ctx, w.at.database, due(1000, now)); err != nil {
			return err
		}
	}
	if err := b.looks(ctx, sizes, "1,000 due", now, touchesAtOnce); err != nil {
		return err
	}
	last := sizes[len(sizes)-1]
	if err := b.sql(ctx, last.at.database, due(b.due-1000, now)); err != nil {
		return err
	}
	return b.release(ctx, last)
}

// waiting makes clients who have left and letters to them, each due between a
// tenth of a year and half a year from now; half of the clients are the first
// account's, a quarter the second's, and so on.
func (b *bench) waiting(ctx context.Context, at place, rows int) (*store.Store, error) {
	if err := b.command(ctx, at.env(), "migrate", "up"); err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Options{URL: at.database, DataDir: at.data, Keys: [][]byte{[]byte("benchbenchbenchbenchbenchbench00")}})
	if err != nil {
		return nil, err
	}
	if _, err := storetest.Seed(ctx, s, seedUnit); err != nil {
		return nil, err
	}
	statements := multiply(max(1, b.due/seedUnit-1))[:2] // a client each
	statements = append(statements,
		`UPDATE accounts SET policy = jsonb_set(policy, '{window}', 'null')`,
		`DELETE FROM effects`,
		`UPDATE cases SET state = 'parted', mode = 'live', held = false, paused = false, no_contact = false, client_email = id || '@example.com',
			doc = jsonb_set(jsonb_set(doc, '{client,email}', to_jsonb(id || '@example.com')), '{dates,parted_at}', to_jsonb(now() - interval '30 days'))`,
		fmt.Sprintf(`INSERT INTO touches (id, account_id, case_id, due_at, step, state, class, template, plan, reason, released_by, vars)
			SELECT gen_random_uuid(), c.account_id, c.id, now() + interval '36 days' + (i %% 146) * interval '1 day', 0, 'planned', 'relationship', 'T15', 'warm', '', '',
				'{"topic":"Копии документов","text":"Копии у нас под рукой."}'
			FROM generate_series(1, %d) i JOIN (SELECT id, account_id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS all FROM cases) c ON c.n = i %% c.all + 1`, max(rows, b.due)),
		`VACUUM ANALYZE`, `CHECKPOINT`)
	return s, b.sql(ctx, at.database, statements...)
}

// due makes one touch each of so many clients fall due at the minute.
func due(n int, at time.Time) string {
	return fmt.Sprintf(`UPDATE touches SET due_at = '%s' WHERE id IN (
		SELECT DISTINCT ON (case_id) id FROM touches t WHERE NOT EXISTS (SELECT 1 FROM touches o WHERE o.case_id = t.case_id AND o.due_at < now() + interval '1 day') LIMIT %d)`,
		at.Add(-time.Minute).UTC().Format(time.RFC3339), max(0, n))
}

func (b *bench) looks(ctx context.Context, sizes []*waiting, name string, now time.Time, want int) error {
	columns := []string{""}
	for _, w := range sizes {
		columns = append(columns, fmt.Sprintf("%d wait, ms", w.rows))
	}
	for _, w := range sizes[1:] {
		columns = append(columns, fmt.Sprintf("speed %d/%d", w.rows, sizes[0].rows))
	}
	t := newTable("looking for due touches, PostgreSQL, medians of 32 in turns", columns...)
	defer t.end()
	times := make([][]time.Duration, len(sizes))
	for round := range 40 {
		for i := range sizes {
			i = (i + round) % len(sizes)
			start := time.Now()
			ids, err := sizes[i].store.TouchesDue(ctx, now, touchesAtOnce, 25)
			if err != nil {
				return err
			}
			if want > 0 && len(ids) == 0 || want == 0 && len(ids) > 0 {
				return fmt.Errorf("%d touches are due among %d", len(ids), sizes[i].rows)
			}
			if round >= 8 {
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	cells := []any{name}
	for i := range sizes {
		cells = append(cells, ms(median(times[i])))
	}
	for i := range sizes[1:] {
		cells = append(cells, fmt.Sprintf("%.2f", float64(median(times[0]))/float64(median(times[i+1]))))
	}
	t.row(cells...)
	return nil
}

// release lets go what is due, and tells when each account had its first and its last.
func (b *bench) release(ctx context.Context, w *waiting) error {
	keys := offboarding.NewKeys([][]byte{bytes.Repeat([]byte{7}, 32)}, bytes.Repeat([]byte{8}, 32))
	win := offboarding.NewWinBack(w.store, keys, time.Now, slog.New(slog.DiscardHandler))
	began := time.Now()
	n, longest := 0, time.Duration(0)
	for {
		start := time.Now()
		some, err := win.ReleaseDue(ctx, touchesAtOnce)
		if err != nil {
			return err
		}
		if some == 0 {
			break
		}
		n, longest = n+some, max(longest, time.Since(start))
	}
	took := time.Since(began)
	t := newTable(fmt.Sprintf("%d touches due at the same minute while %d wait: released in %.1f s, %.0f a second, a look and its %d at most %.1f s",
		n, w.rows, took.Seconds(), float64(n)/took.Seconds(), touchesAtOnce, longest.Seconds()), "account", "touches", "letters ordered", "first after s", "last after s")
	defer t.end()
	conn, err := pgx.Connect(ctx, w.at.database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, `SELECT account_id, count(*), count(message_id), min(released_at), max(released_at) FROM touches WHERE state = 'released' GROUP BY account_id ORDER BY 2 DESC`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := 1; rows.Next(); i++ {
		var account uuid.UUID
		var all, letters int
		var first, last time.Time
		if err := rows.Scan(&account, &all, &letters, &first, &last); err != nil {
			return err
		}
		t.row(i, all, letters, fmt.Sprintf("%.1f", first.Sub(began).Seconds()), fmt.Sprintf("%.1f", last.Sub(began).Seconds()))
	}
	return rows.Err()
}
