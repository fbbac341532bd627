-- A consent counts for every parting of its person, an account that surprised
-- stays one when it is drawn up anew, and a new date that a person named is a
-- promise too. For the operator: views, and two indexes over the ledger of
-- consents, about 1 s per million.

-- +goose Up
CREATE INDEX consents_case ON consents (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX consents_address ON consents (lower(person)) WHERE person <> '';

CREATE OR REPLACE VIEW figures_cases AS
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
        CASE WHEN EXISTS (SELECT 1 FROM consents k WHERE k.case_id = c.id AND k.given)
            OR EXISTS (SELECT 1 FROM consents k WHERE k.person <> '' AND lower(k.person) IN (c.client_email, c.doc -> 'client' ->> 'phone') AND k.given) THEN 1 ELSE 0 END AS consented,
        CASE WHEN EXISTS (SELECT 1 FROM audit l WHERE l.stream = 'case:' || c.id::text AND l.kind = 'settlement.contested') THEN 1 ELSE 0 END AS contested,
        CASE WHEN EXISTS (SELECT 1 FROM audit l WHERE l.stream = 'case:' || c.id::text AND l.kind LIKE '%complaint%') THEN 1 ELSE 0 END AS complained,
        CASE WHEN s.doc ->> 'sent_at' IS NOT NULL THEN 1 ELSE 0 END AS account_sent,
        CASE WHEN s.doc ->> 'surprised' IS NOT NULL OR s.doc ->> 'warned' LIKE '%"surprise"%' THEN 1 ELSE 0 END AS surprise,
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

CREATE OR REPLACE VIEW figures_promises AS
SELECT p.*, coalesce(substr(c.doc -> 'dates' ->> 'received_at', 1, 10), '') AS received_on, coalesce(substr(c.doc -> 'dates' ->> 'received_at', 1, 7), '') AS month
FROM (
    SELECT c.account_id::text AS account_id, c.id AS id, 'call' AS kind, substr(c.doc -> 'dates' ->> 'call_by', 1, 19) AS promised_at, substr(c.doc -> 'dates' ->> 'talked_at', 1, 19) AS kept_at
    FROM cases c WHERE c.doc -> 'dates' ->> 'call_by' IS NOT NULL
    UNION ALL
    SELECT h.account_id::text, h.case_id, 'handover', h.due_on || 'T23:59:59', substr(h.doc -> 'acceptance' ->> 'at', 1, 19)
    FROM handovers h JOIN cases c ON c.id = h.case_id WHERE h.due_on <> '' AND (c.doc -> 'tracks' ->> 'handover') <> 'not_needed'
    UNION ALL
    SELECT c.account_id::text, c.id, 'new_date', greatest(h.doc ->> 'delay_told', CASE WHEN c.doc -> 'delay' ->> 'handover' = 'true' THEN c.doc -> 'delay' ->> 'new_date' END) || 'T23:59:59',
        substr(h.doc -> 'acceptance' ->> 'at', 1, 19)
    FROM cases c LEFT JOIN handovers h ON h.case_id = c.id WHERE h.doc ->> 'delay_told' <> '' OR c.doc -> 'delay' ->> 'handover' = 'true' AND c.doc -> 'delay' ->> 'new_date' <> ''
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

-- +goose Down
CREATE OR REPLACE VIEW figures_promises AS
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

CREATE OR REPLACE VIEW figures_cases AS
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

DROP INDEX consents_address;
DROP INDEX consents_case;
