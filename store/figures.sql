-- name: reasons
SELECT '' AS month, reason AS code, count(*) AS count, CAST(sum(count(*)) OVER () AS bigint) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled'
GROUP BY reason

-- name: reason_groups
SELECT '' AS month, reason_group AS code, count(*) AS count, CAST(sum(count(*)) OVER () AS bigint) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled'
GROUP BY reason_group

-- name: causes
SELECT '' AS month, cause AS code, count(*) AS count, CAST(sum(count(*)) OVER () AS bigint) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled'
GROUP BY cause

-- name: service_related
SELECT '' AS month, service_related AS code, count(*) AS count, CAST(sum(count(*)) OVER () AS bigint) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled'
GROUP BY service_related

-- name: cases
SELECT month, initiator AS code, count(*) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled'
GROUP BY month, initiator

-- name: listening
WITH c AS (
    SELECT * FROM figures_cases
    WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND initiator <> 'company'
)
SELECT month, 'asked' AS code, sum(asked) AS count, count(*) AS n FROM c GROUP BY month
UNION ALL SELECT month, 'answered', sum(answered), count(*) FROM c GROUP BY month
UNION ALL SELECT month, 'talked', sum(talked), count(*) FROM c GROUP BY month
UNION ALL SELECT month, 'deflected', sum(CASE WHEN saved_on <> '' THEN 1 ELSE 0 END), count(*) FROM c GROUP BY month
UNION ALL SELECT month, 'saved_confirmed', sum(confirmed), count(*) FROM c GROUP BY month

-- name: leaving
WITH c AS (
    SELECT * FROM figures_cases
    WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND decided_on <> ''
)
SELECT month, 'left' AS code, sum(CASE WHEN parted_on <> '' THEN 1 ELSE 0 END) AS count, count(*) AS n FROM c GROUP BY month
UNION ALL SELECT month, 'reachable', sum(CASE WHEN parted_on <> '' THEN reachable ELSE 0 END), count(*) FROM c GROUP BY month
UNION ALL SELECT month, 'touched', sum(CASE WHEN parted_on <> '' THEN touched ELSE 0 END), count(*) FROM c GROUP BY month
UNION ALL SELECT month, 'returned', sum(CASE WHEN returned_on <> '' THEN 1 ELSE 0 END), count(*) FROM c GROUP BY month

-- name: save_rate
SELECT month, '' AS code, sum(confirmed) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND initiator = 'client' AND settled = 1
GROUP BY month

-- name: attempt_success
SELECT month, '' AS code, sum(confirmed) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND attempted = 1
GROUP BY month

-- name: stayed_unasked
SELECT month, '' AS code, sum(CASE WHEN attempted = 0 THEN confirmed ELSE 0 END) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND initiator = 'client' AND settled = 1
GROUP BY month

-- name: response_rate
SELECT month, '' AS code, sum(answered) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND asked = 1
GROUP BY month

-- name: survey_completion
SELECT c.month, '' AS code, count(*) AS n,
    sum(CASE WHEN q.shown IS NULL THEN c.completed WHEN q.shown = q.answered THEN 1 ELSE 0 END) AS count
FROM figures_cases c
LEFT JOIN (
    SELECT CAST(case_id AS text) AS case_id, count(*) AS shown, sum(CASE WHEN answered THEN 1 ELSE 0 END) AS answered
    FROM survey_questions WHERE question IN ('reason', 'service_related', 'nps') GROUP BY case_id
) q ON q.case_id = c.case_id
WHERE c.received_on >= @from AND c.received_on < @to AND c.account_id IN (@accounts) AND c.state <> 'cancelled' AND c.answered = 1
GROUP BY c.month

-- name: exit_nps
SELECT month, '' AS code, sum(CASE WHEN nps >= 9 THEN 1 WHEN nps <= 6 THEN -1 ELSE 0 END) AS count, count(*) AS n,
    100.0 * sum(CASE WHEN nps >= 9 THEN 1 WHEN nps <= 6 THEN -1 ELSE 0 END) / count(*) AS value,
    sum(CASE WHEN nps >= 9 OR nps <= 6 THEN 1 ELSE 0 END) AS spread
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND nps IS NOT NULL
GROUP BY month

-- name: good_terms
SELECT month, '' AS code, count(*) AS n,
    sum(CASE WHEN (handover = 'not_needed' OR accepted_on <> '' AND (handover_due = '' OR accepted_on <= handover_due))
        AND handover <> 'disputed' AND settlement <> 'disputed' AND bad_terms = 0 AND complained = 0 AND (nps IS NULL OR nps >= 7) THEN 1 ELSE 0 END) AS count
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND parted_on <> ''
GROUP BY month

-- name: good_terms_answered
SELECT month, '' AS code, count(*) AS n,
    sum(CASE WHEN (handover = 'not_needed' OR accepted_on <> '' AND (handover_due = '' OR accepted_on <= handover_due))
        AND handover <> 'disputed' AND settlement <> 'disputed' AND bad_terms = 0 AND complained = 0 AND nps >= 7 THEN 1 ELSE 0 END) AS count
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND parted_on <> '' AND nps IS NOT NULL
GROUP BY month

-- name: consent_capture
SELECT month, '' AS code, sum(consented) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND parted_on <> ''
GROUP BY month

-- name: time_to_human
WITH c AS (
    SELECT talked_minutes AS x, row_number() OVER (ORDER BY talked_minutes) AS place, count(*) OVER () AS n
    FROM figures_cases
    WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND talked = 1
)
SELECT '' AS month, 'median' AS code, max(n) AS count, max(n) AS n, min(x) / 60.0 AS value FROM c WHERE 2 * place >= n HAVING count(*) > 0
UNION ALL SELECT '', 'p90', max(n), max(n), min(x) / 60.0 FROM c WHERE 10 * place >= 9 * n HAVING count(*) > 0

-- name: winback
WITH h (days) AS (VALUES (90), (180), (365))
SELECT c.month, CAST(h.days AS text) AS code, sum(CASE WHEN c.returned_day <= c.parted_day + h.days THEN 1 ELSE 0 END) AS count, count(*) AS n
FROM figures_cases c CROSS JOIN h
WHERE c.received_on >= @from AND c.received_on < @to AND c.account_id IN (@accounts) AND c.state <> 'cancelled' AND c.parted_day + h.days <= @day
GROUP BY c.month, h.days

-- name: winback_lift
WITH h (days) AS (VALUES (90), (180), (365))
SELECT '' AS month, CAST(h.days AS text) AS code,
    sum(CASE WHEN c.holdout = 0 AND c.returned_day <= c.parted_day + h.days THEN 1 ELSE 0 END) AS count, sum(1 - c.holdout) AS n,
    sum(CASE WHEN c.holdout = 1 AND c.returned_day <= c.parted_day + h.days THEN 1 ELSE 0 END) AS count2, sum(c.holdout) AS n2
FROM figures_cases c CROSS JOIN h
WHERE c.received_on >= @from AND c.received_on < @to AND c.account_id IN (@accounts) AND c.state <> 'cancelled' AND c.offers = 1 AND c.parted_day + h.days <= @day
GROUP BY h.days

-- name: second_life
SELECT c.month, '' AS code, count(*) AS n,
    sum(CASE WHEN EXISTS (
        SELECT 1 FROM figures_cases b
        WHERE b.account_id = c.account_id AND b.client_key = c.client_key AND b.case_id <> c.case_id AND b.state <> 'cancelled'
            AND b.received_day >= c.returned_day AND b.received_day <= c.returned_day + 90
    ) THEN 0 ELSE 1 END) AS count
FROM figures_cases c
WHERE c.received_on >= @from AND c.received_on < @to AND c.account_id IN (@accounts) AND c.state <> 'cancelled' AND c.returned_day + 90 <= @day
GROUP BY c.month

-- name: handover_days
WITH c AS (
    SELECT accepted_day - notice_day AS x, row_number() OVER (ORDER BY accepted_day - notice_day) AS place, count(*) OVER () AS n
    FROM figures_cases
    WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND accepted_day IS NOT NULL AND notice_day IS NOT NULL
)
SELECT '' AS month, 'median' AS code, max(n) AS count, max(n) AS n, 1.0 * min(x) AS value FROM c WHERE 2 * place >= n HAVING count(*) > 0
UNION ALL SELECT '', 'p90', max(n), max(n), 1.0 * min(x) FROM c WHERE 10 * place >= 9 * n HAVING count(*) > 0

-- name: handover_on_time
SELECT month, '' AS code, sum(CASE WHEN accepted_on <> '' AND accepted_on <= handover_due THEN 1 ELSE 0 END) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled'
    AND handover <> 'not_needed' AND handover_due <> '' AND (accepted_on <> '' OR handover_due < @today)
GROUP BY month

-- name: readiness
SELECT '' AS month, '' AS code, count(*) AS count, count(*) AS n,
    100.0 * avg(CASE WHEN i.mandatory = 0 THEN 1.0 ELSE 1.0 * i.collected / i.mandatory END) AS value
FROM contracts k JOIN inventories i ON i.contract_id = k.id
WHERE k.account_id IN (@accounts) AND (k.ended_on = '' OR k.ended_on >= @today)
    AND i.latest
HAVING count(*) > 0

-- name: snapshots_fresh
SELECT '' AS month, '' AS code, count(*) AS n,
    coalesce(sum(CASE WHEN EXISTS (SELECT 1 FROM inventories i WHERE i.contract_id = k.id AND i.taken_on >= @quarter_ago) THEN 1 ELSE 0 END), 0) AS count
FROM contracts k
WHERE k.account_id IN (@accounts) AND (k.ended_on = '' OR k.ended_on >= @today)

-- name: settlement_disputed
SELECT month, '' AS code, sum(contested) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND account_sent = 1
GROUP BY month

-- name: settlement_surprise
SELECT month, '' AS code, sum(surprise) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled' AND account_sent = 1
GROUP BY month

-- name: promises
SELECT '' AS month, kind AS code, sum(CASE WHEN kept_at <= promised_at THEN 1 ELSE 0 END) AS count, count(*) AS n
FROM figures_promises
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND (kept_at IS NOT NULL OR promised_at < @now)
GROUP BY kind

-- name: promises_by_month
SELECT month, kind AS code, sum(CASE WHEN kept_at <= promised_at THEN 1 ELSE 0 END) AS count, count(*) AS n
FROM figures_promises
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND (kept_at IS NOT NULL OR promised_at < @now)
GROUP BY month, kind

-- name: promises_open
SELECT '' AS month, kind AS code, count(*) AS count, count(*) AS n
FROM figures_promises
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND kept_at IS NULL AND promised_at >= @now
GROUP BY kind

-- name: review_coverage
SELECT month, '' AS code, sum(CASE WHEN reviewed_on <> '' AND reviewed_on <= review_due THEN 1 ELSE 0 END) AS count, count(*) AS n
FROM figures_cases
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts) AND state <> 'cancelled'
    AND parted_on <> '' AND review_due <> '' AND (reviewed_on <> '' OR review_due < @today)
GROUP BY month

-- name: measures_on_time
SELECT '' AS month, '' AS code, sum(CASE WHEN m.done_on <> '' AND m.done_on <= m.due_on THEN 1 ELSE 0 END) AS count, count(*) AS n
FROM figures_measures m JOIN figures_cases c ON c.case_id = m.case_id
WHERE c.received_on >= @from AND c.received_on < @to AND c.account_id IN (@accounts) AND (m.done_on <> '' OR m.due_on < @today)
HAVING count(*) > 0

-- name: repeat_cause
WITH m AS (
    SELECT DISTINCT account_id, reason, done_day, done_on FROM figures_measures
    WHERE account_id IN (@accounts) AND done_on >= @from AND done_on < @to AND done_day + 90 <= @day AND reason LIKE '%.%'
), seen AS (
    SELECT m.reason,
        (SELECT count(*) FROM contracts k WHERE CAST(k.account_id AS text) = m.account_id AND coalesce(k.doc ->> 'started_on', '') <= m.done_on
            AND (k.ended_on = '' OR k.ended_on >= m.done_on)) AS contracts,
        (SELECT count(*) FROM figures_cases c WHERE c.account_id = m.account_id AND c.reason = m.reason AND c.state <> 'cancelled'
            AND c.received_day >= m.done_day - 90 AND c.received_day < m.done_day) AS before_it,
        (SELECT count(*) FROM figures_cases c WHERE c.account_id = m.account_id AND c.reason = m.reason AND c.state <> 'cancelled'
            AND c.received_day >= m.done_day AND c.received_day < m.done_day + 90) AS after_it
    FROM m
)
SELECT 'before' AS month, reason AS code, CAST(sum(before_it) AS bigint) AS count, CAST(sum(contracts) AS bigint) AS n, 100.0 * sum(before_it) / sum(contracts) AS value
FROM seen GROUP BY reason HAVING sum(contracts) > 0
UNION ALL SELECT 'after', reason, CAST(sum(after_it) AS bigint), CAST(sum(contracts) AS bigint), 100.0 * sum(after_it) / sum(contracts)
FROM seen GROUP BY reason HAVING sum(contracts) > 0

-- name: tone
WITH t AS (
    SELECT * FROM figures_letters WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts)
)
SELECT '' AS month, 'blocked' AS code, sum(blocked) AS count, count(*) AS n, 1000.0 * sum(blocked) / count(*) AS value FROM t HAVING count(*) > 0
UNION ALL SELECT '', 'warned', sum(warned), count(*), 1000.0 * sum(warned) / count(*) FROM t HAVING count(*) > 0
UNION ALL SELECT '', 'overridden', sum(overridden), count(*), 1000.0 * sum(overridden) / count(*) FROM t HAVING count(*) > 0

-- name: tone_overrides
SELECT '' AS month, rule AS code, count(*) AS count, CAST(sum(count(*)) OVER () AS bigint) AS n
FROM figures_overrides
WHERE received_on >= @from AND received_on < @to AND account_id IN (@accounts)
GROUP BY rule

-- name: responsibles
WITH exposed AS (
    SELECT person, max(name) AS name,
        sum(CASE WHEN to_day < from_day THEN 0 ELSE to_day - from_day + 1 END) AS days
    FROM (
        SELECT person, name, CASE WHEN from_day > @from_day THEN from_day ELSE @from_day END AS from_day,
            CASE WHEN to_day < @to_day - 1 THEN to_day ELSE @to_day - 1 END AS to_day
        FROM figures_terms WHERE account_id IN (@accounts)
    ) cut
    GROUP BY person
), lost AS (
    SELECT l.case_id,
        (SELECT max(CASE WHEN t.since_day <= l.lost_day - 60 THEN t.person ELSE
            coalesce((SELECT max(b.person) FROM figures_terms b WHERE b.contract_id = l.contract_id AND b.since_day <= t.since_day - 1 AND b.until_day >= t.since_day - 1), '') END)
        FROM figures_terms t WHERE t.contract_id = l.contract_id AND t.since_day <= l.lost_day AND t.until_day >= l.lost_day) AS person
    FROM figures_losses l
    WHERE l.account_id IN (@accounts) AND l.lost_on >= @from AND l.lost_on < @to AND l.reason_group <> 'need'
)
SELECT '' AS month, e.person AS code, e.name AS label, (SELECT count(*) FROM lost WHERE lost.person = e.person) AS count, (SELECT count(*) FROM lost) AS n,
    e.days / 30.4375 AS value, (SELECT sum(days) FROM exposed) / 30.4375 AS spread
FROM exposed e WHERE e.days > 0
