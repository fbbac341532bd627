package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/storetest"
)

// waiting is a database in which so many touches wait for half a year.
type waiting struct {
	rows    int
	clients int // who left; the first so many touches are one of each
	mb      float64
	at      place
	store   *store.Store
}

// touchesAtOnce is how many a look takes, as the worker does.
const touchesAtOnce = 100

// touches measures what looking for due touches costs while more and more of
// them wait, what they take in the database and in Redis, and how many that are
// due at the same minute are released.
func (b *bench) touches(ctx context.Context) error {
	for _, database := range b.databases {
		if err := b.touchesIn(ctx, database); err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
	}
	return nil
}

func (b *bench) touchesIn(ctx context.Context, database string) error {
	var sizes []*waiting
	for _, rows := range b.rows {
		at, err := b.placeIn(ctx, database, "touches")
		if err != nil {
			return err
		}
		defer func() { _ = b.drop(context.WithoutCancel(ctx), at) }()
		began := time.Now()
		w, err := b.waiting(ctx, at, rows)
		if err != nil {
			return fmt.Errorf("make %d touches: %w", rows, err)
		}
		defer w.store.Close()
		progress("%d touches wait, made in %s", rows, time.Since(began).Round(time.Second))
		sizes = append(sizes, w)
	}
	now := time.Now()
	if err := b.looks(ctx, sizes, database+", nothing due", now, 0); err != nil {
		return err
	}
	if err := b.touchesTake(ctx, database, sizes); err != nil {
		return err
	}
	const some = 1000
	for _, w := range sizes {
		if err := b.sqlAt(ctx, w.at, due(1, some, now)); err != nil {
			return err
		}
	}
	if err := b.looks(ctx, sizes, database+", 1,000 due", now, touchesAtOnce); err != nil {
		return err
	}
	last := sizes[len(sizes)-1]
	if err := b.sqlAt(ctx, last.at, due(some+1, min(b.due, last.clients), now)); err != nil {
		return err
	}
	return b.release(ctx, last)
}

// waiting makes clients who have left and letters to them, each due between a
// tenth of a year and half a year from now; half of the clients are the first
// account's, a quarter the second's, and so on. On SQLite there are a thousand
// clients, whom the store itself makes.
func (b *bench) waiting(ctx context.Context, at place, rows int) (*waiting, error) {
	if err := b.command(ctx, at.env(), "migrate", "up"); err != nil {
		return nil, err
	}
	w := &waiting{rows: rows, clients: seedUnit, at: at}
	var err error
	if w.store, err = store.Open(ctx, store.Options{URL: at.url(), DataDir: at.data, Keys: [][]byte{[]byte("benchbenchbenchbenchbenchbench00")}}); err != nil {
		return nil, err
	}
	if _, err := storetest.Seed(ctx, w.store, seedUnit); err != nil {
		return nil, err
	}
	partings, touches := partingsLite, touchesLite
	if at.postgres() {
		copies := max(1, b.due/seedUnit-1)
		w.clients = seedUnit * (copies + 1)
		partings, touches = append(multiply(copies)[:2], partingsPG...), touchesPG
	}
	if err := b.sqlAt(ctx, at, partings...); err != nil {
		return nil, err
	}
	before, err := b.sizeOf(ctx, at)
	if err != nil {
		return nil, err
	}
	touches = slices.Clone(touches)
	for i, s := range touches {
		touches[i] = strings.NewReplacer("ROWS", fmt.Sprint(max(rows, w.clients)), "CLIENTS", fmt.Sprint(w.clients)).Replace(s)
	}
	if err := b.sqlAt(ctx, at, touches...); err != nil {
		return nil, err
	}
	after, err := b.sizeOf(ctx, at)
	w.mb = float64(after-before) / 1e6
	return w, err
}

// Clients who left a month ago, and touches whose ids tell their order. Written
// by sets: one by one a million takes an hour.
var (
	partingsPG = []string{
		`UPDATE accounts SET policy = jsonb_set(policy, '{window}', 'null')`,
		`DELETE FROM effects`,
		`UPDATE cases SET state = 'parted', mode = 'live', held = false, paused = false, no_contact = false, client_email = id || '@example.com',
			doc = jsonb_set(jsonb_set(doc, '{client,email}', to_jsonb(id || '@example.com')), '{dates,parted_at}', to_jsonb(now() - interval '30 days'))`,
		`VACUUM (FULL, ANALYZE) cases`, `VACUUM (FULL) effects`,
	}
	touchesPG = []string{
		`INSERT INTO touches (id, account_id, case_id, due_at, step, state, class, template, plan, reason, released_by, channels)
			SELECT (lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000')::uuid, c.account_id, c.id,
				now() + interval '36 days' + (i % 146) * interval '1 day', 0, 'planned', 'relationship', 'T15', 'warm', '', '', 'email'
			FROM generate_series(1, ROWS) i JOIN (SELECT id, account_id, row_number() OVER (ORDER BY id) AS n FROM cases) c ON c.n = i % CLIENTS + 1`,
		`VACUUM ANALYZE touches`, `CHECKPOINT`,
	}
	partingsLite = []string{
		`UPDATE accounts SET policy = json_set(policy, '$.window', json('null'))`,
		`DELETE FROM effects`,
		`UPDATE cases SET state = 'parted', mode = 'live', held = 0, paused = 0, no_contact = 0, client_email = id || '@example.com',
			doc = json_set(doc, '$.client.email', id || '@example.com', '$.dates.parted_at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days'))`,
		`VACUUM`,
	}
	touchesLite = []string{
		`CREATE TEMP TABLE clients AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id, account_id FROM cases`,
		`CREATE UNIQUE INDEX temp.clients_n ON clients (n)`,
		`INSERT INTO touches (id, account_id, case_id, due_at, step, state, class, template, plan, reason, released_by, channels)
			WITH RECURSIVE some (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM some WHERE i < ROWS)
			SELECT printf('%08x-0000-7000-8000-000000000000', i), c.account_id, c.id, strftime('%Y-%m-%d %H:%M:%S+00:00', 'now', '+' || (36 + i % 146) || ' days'),
				0, 'planned', 'relationship', 'T15', 'warm', '', '', 'email'
			FROM some CROSS JOIN clients c WHERE c.n = i % CLIENTS`,
		`ANALYZE`,
	}
)

// due makes the touches from one number to another fall due at the minute.
func due(from, to int, at time.Time) string {
	return fmt.Sprintf(`UPDATE touches SET due_at = '%s' WHERE id BETWEEN '%08x-0000-7000-8000-000000000000' AND '%08x-0000-7000-8000-000000000000'`,
		at.Add(-time.Minute).UTC().Format("2006-01-02 15:04:05+00:00"), from, to)
}

// touchesTake tells what waiting touches take in the database, and what a server
// that has nothing else to do keeps in Redis and spends meanwhile.
func (b *bench) touchesTake(ctx context.Context, database string, sizes []*waiting) error {
	t := newTable("what waiting touches take, "+database, "touches", "MB of database", "Redis keys", "Redis MB above empty", "serve RSS MB", "serve CPU ms/s")
	defer t.end()
	for _, w := range sizes {
		r, err := b.atRest(ctx, w.at)
		if err != nil {
			return err
		}
		t.row(max(w.rows, w.clients), fmt.Sprintf("%.0f", w.mb), r.keys, mb(r.redis), mb(r.rss), r.cpu)
	}
	return nil
}

func (b *bench) looks(ctx context.Context, sizes []*waiting, name string, now time.Time, want int) error {
	columns := []string{""}
	for _, w := range sizes {
		columns = append(columns, fmt.Sprintf("%d wait, ms", w.rows))
	}
	for _, w := range sizes[1:] {
		columns = append(columns, fmt.Sprintf("speed %d/%d", w.rows, sizes[0].rows))
	}
	t := newTable("looking for due touches, medians of 32 in turns", columns...)
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
	return b.released(ctx, w.at, t, began)
}

// released tells when each account's touches went.
func (b *bench) released(ctx context.Context, at place, t *table, began time.Time) error {
	db, err := at.open()
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT account_id, released_at, message_id IS NOT NULL FROM touches WHERE released_at IS NOT NULL ORDER BY account_id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	type went struct {
		all, letters int
		first, last  time.Time
	}
	accounts := map[string]*went{}
	var order []string
	for rows.Next() {
		var account string
		var at time.Time
		var letter bool
		if err := rows.Scan(&account, &at, &letter); err != nil {
			return err
		}
		a := accounts[account]
		if a == nil {
			a = &went{first: at}
			accounts[account], order = a, append(order, account)
		}
		a.all++
		if letter {
			a.letters++
		}
		if at.Before(a.first) {
			a.first = at
		}
		if at.After(a.last) {
			a.last = at
		}
	}
	slices.SortFunc(order, func(x, y string) int { return accounts[y].all - accounts[x].all })
	for i, id := range order {
		a := accounts[id]
		t.row(i+1, a.all, a.letters, fmt.Sprintf("%.1f", a.first.Sub(began).Seconds()), fmt.Sprintf("%.1f", a.last.Sub(began).Seconds()))
	}
	return rows.Err()
}
