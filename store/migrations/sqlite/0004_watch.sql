-- Watching of accounts, their setup, mappings of generic sources and the log of
-- posted results. For the operator: columns are added without a rewrite; the
-- index effects_results reads the table effects once, about 1 s per million rows.

-- +goose Up
ALTER TABLE accounts ADD COLUMN next_watch_at DATETIME;
ALTER TABLE accounts ADD COLUMN watched_at DATETIME;
ALTER TABLE accounts ADD COLUMN rhythm TEXT;       -- how often hooks usually come
ALTER TABLE accounts ADD COLUMN setup_state TEXT;  -- what setup has done and waits for
ALTER TABLE accounts ADD COLUMN dialect TEXT;       -- of generic sources: how they prove themselves, their mapping
CREATE INDEX accounts_watch ON accounts (next_watch_at) WHERE deleted_at IS NULL;

-- What is wrong with an account: one open row per kind.
CREATE TABLE account_problems (
    id         TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    since      DATETIME NOT NULL,
    seen_at    DATETIME NOT NULL,
    mailed_at  DATETIME,
    cleared_at DATETIME,
    kind       TEXT     NOT NULL,
    stage      TEXT     NOT NULL,
    told_stage TEXT     NOT NULL DEFAULT '',
    says       TEXT     NOT NULL,
    advice     TEXT     NOT NULL
);
CREATE UNIQUE INDEX account_problems_open ON account_problems (account_id, kind) WHERE cleared_at IS NULL;

-- Every try to post a result.
CREATE TABLE result_attempts (
    id         TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    effect_id  TEXT     NOT NULL,
    at         DATETIME NOT NULL,
    took_ms    INTEGER  NOT NULL,
    status     INTEGER  NOT NULL,   -- 0: no answer
    origin     TEXT     NOT NULL,
    detail     TEXT     NOT NULL
);
CREATE INDEX result_attempts_effect ON result_attempts (effect_id, id);
CREATE INDEX effects_results ON effects (account_id, id) WHERE kind = 'result';

-- Receivers of results, by scheme and host.
CREATE TABLE result_endpoints (
    account_id    TEXT     NOT NULL,
    origin        TEXT     NOT NULL,
    failures      INTEGER  NOT NULL,  -- in a row
    failing_since DATETIME,
    last_try_at   DATETIME NOT NULL,
    last_good_at  DATETIME,
    paused_at     DATETIME,
    probe_at      DATETIME,
    detail        TEXT     NOT NULL,
    PRIMARY KEY (account_id, origin)
);

-- +goose Down
DROP TABLE result_endpoints;
DROP INDEX effects_results;
DROP TABLE result_attempts;
DROP TABLE account_problems;
DROP INDEX accounts_watch;
ALTER TABLE accounts DROP COLUMN dialect;
ALTER TABLE accounts DROP COLUMN setup_state;
ALTER TABLE accounts DROP COLUMN rhythm;
ALTER TABLE accounts DROP COLUMN watched_at;
ALTER TABLE accounts DROP COLUMN next_watch_at;
