-- What figures are counted from: one row per case, per promise, per corrective
-- measure, and per letter, with days as text and as numbers, so that the queries
-- of docs/metrics.md are the same text in both databases. Besides, calendars that
-- are subscribed to, and persons who were erased. For the operator: views and new
-- tables only, so it takes milliseconds.

-- +goose Up

-- Secret addresses of calendars; only the hash of a token is kept.
CREATE TABLE calendar_feeds (
    id         uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    name       TEXT NOT NULL,
    lang       TEXT NOT NULL,
    created_by TEXT NOT NULL,
    accounts   jsonb NOT NULL,                -- null: all of them
    token_hash bytea NOT NULL
);
CREATE UNIQUE INDEX calendar_feeds_token ON calendar_feeds (token_hash);

-- Erasures of persons, each with its act. What was erased does not stand here.
CREATE TABLE erasures (
    id           uuid PRIMARY KEY,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    state        TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    doc          jsonb NOT NULL
);
CREATE INDEX erasures_state ON erasures (state, id);

-- Who was erased, as hashes of their addresses, so that they are not brought back.
CREATE TABLE erased_persons (
    hash       bytea PRIMARY KEY,
    erasure_id uuid NOT NULL,
    erased_at  timestamptz NOT NULL
);

-- One row per case. Days and months are those of UTC.
CREATE VIEW figures_cases AS
SELECT f.*, substr(f.received_on, 1, 7) AS month,
    (nullif(f.received_on, '')::date - date '1970-01-01') AS received_day,
    (nullif(f.saved_on, '')::date - date '1970-01-01') AS saved_day,
    (nullif(f.decided_on, '')::date - date '1970-01-01') AS decided_day,
    (nullif(f.parted_on, '')::date - date '1970-01-01') AS parted_day,
    (nullif(f.returned_on, '')::date - date '1970-01-01') AS returned_day,
    (nullif(f.notice_on, '')::date - date '1970-01-01') AS notice_day,
    (nullif(f.accepted_on, '')::date - date '1970-01-01') AS accepted_day,
    CASE WHEN f.state = 'saved_confirmed' AND f.relapsed = 0 THEN 1 ELSE 0 END AS confirmed,
    CASE WHEN f.state = 'saved_confirmed' OR f.relapsed = 1 OR f.decided_on <> '' AND f.state NOT IN ('saved', 'cancelled') THEN 1 ELSE 0 END AS settled
FROM (
    SELECT c.id::text AS case_id,
        c.account_id::text AS account_id,
        c.state, c.initiator,
        coalesce(nullif(c.reason_code, ''), 'unknown') AS reason,
        coalesce(nullif(c.reason_group, ''), CASE WHEN c.reason_code LIKE 'co.%' THEN 'company' ELSE 'unknown' END) AS reason_group,
        coalesce(nullif(c.doc ->> 'cause', ''), 'unknown') AS cause,
        coalesce(nullif(c.doc ->> 'service_related', ''), 'unknown') AS service_related,
        coalesce(c.doc -> 'contract' ->> 'service_type', '') AS service_type,
        coalesce(c.doc -> 'contract' ->> 'record_id', '') AS contract_id,
        coalesce(nullif(c.client_ref, ''), nullif(c.client_email, ''), c.id::text) AS client_key,
        coalesce(substr(c.doc -> 'dates' ->> 'received_at', 1, 10), '') AS received_on,
        coalesce(substr(c.doc -> 'dates' ->> 'saved_at', 1, 10), '') AS saved_on,
        coalesce(substr(c.doc -> 'dates' ->> 'decided_at', 1, 10), '') AS decided_on,
        coalesce(substr(c.doc -> 'dates' ->> 'parted_at', 1, 10), '') AS parted_on,
        coalesce(substr(c.doc -> 'dates' ->> 'returned_at', 1, 10), '') AS returned_on,
        coalesce(substr(c.doc -> 'dates' ->> 'notice_received_on', 1, 10), '') AS notice_on,
        coalesce(substr(h.doc -> 'acceptance' ->> 'at', 1, 10), '') AS accepted_on,
        coalesce(nullif(h.due_on, ''), c.doc -> 'dates' ->> 'handover_due', '') AS handover_due,
        coalesce(c.doc -> 'tracks' ->> 'handover', '') AS handover,
        coalesce(c.doc -> 'tracks' ->> 'settlement', '') AS settlement,
        coalesce((c.doc ->> 'bad_terms')::boolean, false)::int AS bad_terms,
        CAST(c.doc -> 'answer' ->> 'nps' AS INTEGER) AS nps,
        CASE WHEN EXISTS (SELECT 1 FROM messages m WHERE m.case_id = c.id AND m.template = 'T03' AND m.sent_at IS NOT NULL AND m.state <> 'bounced') THEN 1 ELSE 0 END AS asked,
        CASE WHEN c.doc -> 'answer' ->> 'source' = 'survey' AND c.doc -> 'answer' ->> 'reason' <> '' THEN 1 ELSE 0 END AS answered,
        CASE WHEN c.doc -> 'answer' ->> 'source' = 'survey' AND c.doc -> 'answer' ->> 'reason' <> '' AND c.doc -> 'answer' ->> 'service_related' <> '' AND c.doc -> 'answer' ->> 'nps' IS NOT NULL THEN 1 ELSE 0 END AS completed,
        CASE WHEN c.doc -> 'dates' ->> 'talked_at' IS NOT NULL THEN 1 ELSE 0 END AS talked,
        CAST(c.doc -> 'dates' ->> 'talked_after' AS INTEGER) AS talked_minutes,
        CASE WHEN c.doc ->> 'offer' IS NOT NULL THEN 1 ELSE 0 END AS attempted,
        CASE WHEN r.id IS NOT NULL THEN 1 ELSE 0 END AS relapsed,
        CASE WHEN EXISTS (SELECT 1 FROM touches t WHERE t.case_id = c.id) THEN 1 ELSE 0 END AS reachable,
        CASE WHEN EXISTS (SELECT 1 FROM touches t WHERE t.case_id = c.id AND t.state = 'released') THEN 1 ELSE 0 END AS touched,
        CASE WHEN EXISTS (SELECT 1 FROM touches t WHERE t.case_id = c.id AND t.class = 'marketing') THEN 1 ELSE 0 END AS offers,
        CASE WHEN EXISTS (SELECT 1 FROM consents k WHERE k.case_id = c.id AND k.given) THEN 1 ELSE 0 END AS consented,
        CASE WHEN EXISTS (SELECT 1 FROM audit l WHERE l.stream = 'case:' || c.id::text AND l.kind = 'settlement.contested') THEN 1 ELSE 0 END AS contested,
        CASE WHEN EXISTS (SELECT 1 FROM audit l WHERE l.stream = 'case:' || c.id::text AND l.kind LIKE '%complaint%') THEN 1 ELSE 0 END AS complained,
        CASE WHEN s.doc ->> 'sent_at' IS NOT NULL THEN 1 ELSE 0 END AS account_sent,
        CASE WHEN s.doc ->> 'warned' LIKE '%"surprise"%' THEN 1 ELSE 0 END AS surprise,
        coalesce(v.due_on, '') AS review_due,
        coalesce(substr(v.doc ->> 'done_at', 1, 10), '') AS reviewed_on,
        CASE WHEN ('x' || right(c.id::text, 8))::bit(32)::bigint % 100 < CAST(coalesce(a.policy ->> 'holdout_percent', '0') AS INTEGER) THEN 1 ELSE 0 END AS holdout
    FROM cases c
    LEFT JOIN accounts a ON a.id = c.account_id
    LEFT JOIN handovers h ON h.case_id = c.id
    LEFT JOIN settlements s ON s.case_id = c.id
    LEFT JOIN reviews v ON v.case_id = c.id
    LEFT JOIN (SELECT DISTINCT b.doc ->> 'relapse_of' AS id FROM cases b WHERE b.doc ->> 'relapse_of' IS NOT NULL AND b.state <> 'cancelled') r ON r.id = c.id::text
) f;

-- One row per corrective measure of a review.
CREATE VIEW figures_measures AS
SELECT w.*, (nullif(w.done_on, '')::date - date '1970-01-01') AS done_day
FROM (
    SELECT v.account_id::text AS account_id, v.case_id::text AS case_id, coalesce(nullif(v.reason, ''), 'unknown') AS reason,
        m.value ->> 'id' AS measure_id, m.value ->> 'kind' AS kind, coalesce(m.value ->> 'due_on', '') AS due_on, coalesce(m.value ->> 'done_on', '') AS done_on
    FROM reviews v CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(v.doc -> 'measures') = 'array' THEN v.doc -> 'measures' ELSE '[]'::jsonb END) m
) w;

-- One row per client that we lost by the client's own decision, under a contract
-- on record.
CREATE VIEW figures_losses AS
SELECT l.*, (nullif(l.lost_on, '')::date - date '1970-01-01') AS lost_day
FROM (
    SELECT account_id, contract_id, case_id, reason_group, coalesce(nullif(decided_on, ''), parted_on) AS lost_on
    FROM figures_cases WHERE parted_on <> '' AND initiator <> 'company' AND contract_id <> '' AND state <> 'cancelled'
) l;

-- One row per time for which somebody was responsible for a contract, both days
-- included, and the same cut to the contract's own days (from, to). They must not
-- overlap.
CREATE VIEW figures_terms AS
SELECT w.*, (nullif(w.from_on, '')::date - date '1970-01-01') AS from_day, (nullif(w.to_on, '')::date - date '1970-01-01') AS to_day,
    (nullif(w.since_on, '')::date - date '1970-01-01') AS since_day, (nullif(w.until_on, '')::date - date '1970-01-01') AS until_day
FROM (
    SELECT k.account_id::text AS account_id, k.id::text AS contract_id,
        coalesce(nullif(t.value ->> 'id', ''), t.value ->> 'email', '') AS person, coalesce(t.value ->> 'name', '') AS name,
        t.value ->> 'from' AS since_on, coalesce(nullif(t.value ->> 'to', ''), '9999-12-31') AS until_on,
        greatest(t.value ->> 'from', coalesce(k.doc ->> 'started_on', '')) AS from_on,
        least(coalesce(nullif(t.value ->> 'to', ''), '9999-12-31'), coalesce(nullif(k.ended_on, ''), '9999-12-31'), coalesce(l.lost_on, '9999-12-31')) AS to_on
    FROM contracts k CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(k.doc -> 'responsibles') = 'array' THEN k.doc -> 'responsibles' ELSE '[]'::jsonb END) t
    LEFT JOIN (SELECT contract_id, min(lost_on) AS lost_on FROM figures_losses GROUP BY contract_id) l ON l.contract_id = k.id::text
) w;

-- One row per promise that we gave, with the second until which it is to be kept
-- and the one at which it was. A promised day ends with its last second in UTC.
CREATE VIEW figures_promises AS
SELECT p.*, coalesce(substr(c.doc -> 'dates' ->> 'received_at', 1, 10), '') AS received_on, coalesce(substr(c.doc -> 'dates' ->> 'received_at', 1, 7), '') AS month
FROM (
    SELECT c.account_id::text AS account_id, c.id AS id, 'call' AS kind, substr(c.doc -> 'dates' ->> 'call_by', 1, 19) AS promised_at, substr(c.doc -> 'dates' ->> 'talked_at', 1, 19) AS kept_at
    FROM cases c WHERE c.doc -> 'dates' ->> 'call_by' IS NOT NULL
    UNION ALL
    SELECT h.account_id::text, h.case_id, 'handover', h.due_on || 'T23:59:59', substr(h.doc -> 'acceptance' ->> 'at', 1, 19)
    FROM handovers h JOIN cases c ON c.id = h.case_id WHERE h.due_on <> '' AND (c.doc -> 'tracks' ->> 'handover') <> 'not_needed'
    UNION ALL
    SELECT h.account_id::text, h.case_id, 'new_date', (h.doc ->> 'delay_told') || 'T23:59:59', substr(h.doc -> 'acceptance' ->> 'at', 1, 19)
    FROM handovers h WHERE h.doc ->> 'delay_told' <> ''
    UNION ALL
    SELECT h.account_id::text, h.case_id, 'question', substr(q.value ->> 'answer_by', 1, 19), substr(q.value ->> 'answered_at', 1, 19)
    FROM handovers h CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(h.doc -> 'questions') = 'array' THEN h.doc -> 'questions' ELSE '[]'::jsonb END) q
    UNION ALL
    SELECT v.account_id::text, v.case_id, 'review', v.due_on || 'T23:59:59', substr(v.doc ->> 'done_at', 1, 19)
    FROM reviews v WHERE v.due_on <> ''
    UNION ALL
    SELECT v.account_id::text, v.case_id, 'measure', (m.value ->> 'due_on') || 'T23:59:59', nullif(m.value ->> 'done_on', '') || 'T00:00:00'
    FROM reviews v CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(v.doc -> 'measures') = 'array' THEN v.doc -> 'measures' ELSE '[]'::jsonb END) m
) p JOIN cases c ON c.id = p.id WHERE c.state <> 'cancelled';

-- One row per letter that the tone guard has judged.
CREATE VIEW figures_letters AS
SELECT m.id::text AS message_id, m.account_id::text AS account_id, to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS received_on,
    CASE WHEN m.tone ->> 'verdict' = 'block' OR m.tone -> 'replaced' ->> 'verdict' = 'block' THEN 1 ELSE 0 END AS blocked,
    CASE WHEN m.tone ->> 'verdict' = 'warn' THEN 1 ELSE 0 END AS warned,
    CASE WHEN m.tone ->> 'override' IS NOT NULL THEN 1 ELSE 0 END AS overridden
FROM messages m WHERE m.tone IS NOT NULL;

-- One row per finding of a letter that a person let go all the same.
CREATE VIEW figures_overrides AS
SELECT m.account_id::text AS account_id, to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS received_on, x.value ->> 'rule' AS rule
FROM messages m CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(m.tone -> 'findings') = 'array' THEN m.tone -> 'findings' ELSE '[]'::jsonb END) x
WHERE m.tone ->> 'override' IS NOT NULL;


-- What is still to come and is not a touch: days as YYYY-MM-DD, moments as
-- YYYY-MM-DDTHH:MM:SS of UTC.
CREATE VIEW agenda AS
SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, c.doc -> 'dates' ->> 'effective_on' AS at, 'service_ends' AS kind, c.id::text AS ref, '' AS detail
FROM cases c WHERE c.state = 'leaving' AND c.doc -> 'dates' ->> 'effective_on' <> ''
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, substr(c.doc -> 'dates' ->> 'call_by', 1, 19) AS at, 'call' AS kind, c.id::text AS ref, '' AS detail
FROM cases c WHERE c.state IN ('received', 'listening', 'saving', 'leaving') AND c.doc -> 'dates' ->> 'call_by' IS NOT NULL AND c.doc -> 'dates' ->> 'talked_at' IS NULL
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, c.doc -> 'dates' ->> 'review_on' AS at, 'refusal_review' AS kind, c.id::text AS ref, '' AS detail
FROM cases c WHERE c.doc -> 'dates' ->> 'review_on' <> '' AND coalesce((c.doc ->> 'no_further_service')::boolean, false)
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, h.due_on AS at, 'handover' AS kind, h.case_id::text AS ref, '' AS detail
FROM handovers h JOIN cases c ON c.id = h.case_id WHERE h.due_on <> '' AND c.state = 'leaving' AND (c.doc -> 'tracks' ->> 'handover') NOT IN ('accepted', 'accepted_with_remarks', 'not_needed')
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, substr(q.value ->> 'answer_by', 1, 19) AS at, 'question' AS kind, q.value ->> 'id' AS ref, '' AS detail
FROM handovers h CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(h.doc -> 'questions') = 'array' THEN h.doc -> 'questions' ELSE '[]'::jsonb END) q JOIN cases c ON c.id = h.case_id WHERE q.value ->> 'answered_at' IS NULL
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, s.doc ->> 'due_on' AS at, 'settlement' AS kind, s.id::text AS ref, '' AS detail
FROM settlements s JOIN cases c ON c.id = s.case_id WHERE s.doc ->> 'due_on' <> '' AND c.state = 'leaving' AND (c.doc -> 'tracks' ->> 'settlement') NOT IN ('settled', 'not_needed')
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, v.due_on AS at, 'review' AS kind, v.id::text AS ref, '' AS detail
FROM reviews v JOIN cases c ON c.id = v.case_id WHERE v.status <> 'done' AND v.due_on <> ''
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, v.check_on AS at, 'measure_check' AS kind, v.id::text AS ref, '' AS detail
FROM reviews v JOIN cases c ON c.id = v.case_id WHERE v.check_on <> ''
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, m.value ->> 'due_on' AS at, 'corrective' AS kind, m.value ->> 'id' AS ref, m.value ->> 'kind' AS detail
FROM reviews v CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(v.doc -> 'measures') = 'array' THEN v.doc -> 'measures' ELSE '[]'::jsonb END) m JOIN cases c ON c.id = v.case_id WHERE coalesce(m.value ->> 'done_on', '') = ''
UNION ALL SELECT c.account_id::text AS account_id, c.id::text AS case_id, c.no AS case_no, w.due_on AS at, 'measure' AS kind, w.id::text AS ref, w.code AS detail
FROM measures w JOIN cases c ON c.id = w.case_id WHERE w.state = 'open' AND w.due_on <> ''
UNION ALL SELECT y.account_id::text AS account_id, '' AS case_id, 0 AS case_no, y.due_on AS at, 'systemic' AS kind, y.id::text AS ref, y.reason AS detail
FROM systemic_measures y WHERE y.status = 'open' AND y.due_on <> ''
UNION ALL SELECT i.account_id::text AS account_id, '' AS case_id, 0 AS case_no, i.due_on AS at, 'inventory' AS kind, i.id::text AS ref, i.quarter AS detail
FROM inventories i WHERE i.closed_at IS NULL;

-- +goose Down
DROP VIEW agenda;
DROP VIEW figures_overrides;
DROP VIEW figures_letters;
DROP VIEW figures_promises;
DROP VIEW figures_terms;
DROP VIEW figures_losses;
DROP VIEW figures_measures;
DROP VIEW figures_cases;
DROP TABLE erased_persons;
DROP TABLE erasures;
DROP TABLE calendar_feeds;
