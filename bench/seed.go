package main

import (
	"context"
	"fmt"

	"opendoor/store"
	"opendoor/store/storetest"
)

// seedUnit is how many cases are made one by one, through the store. The rest
// are copies of them made inside the database.
const seedUnit = 1000

// seeded opens a store on an empty database and fills it with rows cases, as
// many events, letters and effects, most of the latter due in half a year. Half
// of everything belongs to the first of eight accounts, a quarter to the
// second, and so on.
func (b *bench) seeded(ctx context.Context, at place, rows int) (*store.Store, *storetest.Seeded, error) {
	if err := b.command(ctx, at.env(), "migrate", "up"); err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, store.Options{URL: at.database, DataDir: at.data, Keys: [][]byte{[]byte("benchbenchbenchbenchbenchbench00")}})
	if err != nil {
		return nil, nil, err
	}
	d, err := storetest.Seed(ctx, s, seedUnit)
	if err != nil {
		return nil, nil, err
	}
	if copies := rows/seedUnit - 1; copies > 0 {
		progress("copying to %d rows", rows)
		if err := b.sql(ctx, at.database, multiply(copies)...); err != nil {
			return nil, nil, err
		}
	}
	return s, d, b.sql(ctx, at.database, "VACUUM ANALYZE", "CHECKPOINT")
}

// multiply copies every row with what belongs to it. A copy's ids are UUIDv7 of
// an earlier time; what the rows are due at and how they are skewed stays, but
// for the one in a thousand that is due now, which only the first thousand has:
// dispatch should cost what is due and not what waits.
func multiply(copies int) []string {
	// older(id, n) is an id as n hours older, always the same for the same id and n.
	const older = `CREATE FUNCTION pg_temp.older(id uuid, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
		SELECT (lpad(to_hex(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint - n::bigint * 3600000), 12, '0')
			|| substr(replace(id::text, '-', ''), 13, 12) || lpad(to_hex(n), 8, '0'))::uuid $$`
	// Rows lie on disk in the order in which they came.
	const oldestFirst = " ORDER BY n DESC, id"
	series := fmt.Sprintf("generate_series(1, %d) AS n", copies)
	return []string{
		older,
		`INSERT INTO cases (id, account_id, no, created_at, updated_at, version, held, paused, no_contact, by_hook, mode, state, initiator,
			intent, deal_id, reason_code, reason_group, responsible_id, responsible_email, search, doc)
		SELECT pg_temp.older(id, n), account_id, nextval('cases_no'), created_at - n * interval '1 hour', updated_at, version, held, paused, no_contact,
			by_hook, mode, state, initiator, intent, deal_id || '-' || n, reason_code, reason_group, responsible_id, responsible_email, search || n, doc
		FROM cases, ` + series + oldestFirst,
		`INSERT INTO events (id, account_id, delivery_id, case_id, received_at, settled_at, seq, provider, kind, entity_id, verdict, reason, hint)
		SELECT pg_temp.older(id, n), account_id, pg_temp.older(delivery_id, n), pg_temp.older(case_id, n), received_at - n * interval '1 hour', settled_at,
			seq, provider, kind, entity_id || '-' || n, verdict, reason, hint
		FROM events, ` + series + ` WHERE verdict <> 'pending'` + oldestFirst,
		`INSERT INTO deliveries (id, account_id, received_at, last_seen_at, unpacked_at, seen, proved, provider, origin, method, content_type, query,
			signed_id, signed_at, signature, malformed, dedup_key, body)
		SELECT pg_temp.older(id, n), account_id, received_at - n * interval '1 hour', last_seen_at, unpacked_at, seen, proved, provider, origin, method,
			content_type, query, signed_id, signed_at, signature, malformed, sha256(dedup_key || ('-' || n)::bytea), body
		FROM deliveries, ` + series + ` WHERE unpacked_at IS NOT NULL` + oldestFirst,
		`INSERT INTO messages (id, account_id, case_id, effect_id, planned_at, sent_at, created_at, updated_at, template, class, channel, to_address,
			to_name, sender, subject, body_text, body_html, lang, header_id, state, reason)
		SELECT pg_temp.older(id, n), account_id, pg_temp.older(case_id, n), pg_temp.older(effect_id, n), planned_at, sent_at, created_at, updated_at,
			template, class, channel, to_address, to_name, sender, subject, body_text, body_html, lang, header_id, state, reason
		FROM messages, ` + series + oldestFirst,
		`INSERT INTO effects (id, account_id, case_id, event_id, due_at, give_up_at, created_at, updated_at, kind, state, send_key, payload)
		SELECT pg_temp.older(id, n), account_id, pg_temp.older(case_id, n), event_id, due_at + n * interval '1 minute', give_up_at, created_at, updated_at,
			kind, state, 'mail:' || pg_temp.older(case_id, n) || ':T03', jsonb_build_object('message_id', pg_temp.older((payload->>'message_id')::uuid, n))
		FROM effects, ` + series + ` WHERE due_at > (SELECT min(due_at) FROM effects)` + oldestFirst,
	}
}
