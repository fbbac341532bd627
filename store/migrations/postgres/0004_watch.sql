-- Watching of accounts, their setup, mappings of generic sources and the log of
-- posted results. For the operator: columns are added without a rewrite; the
-- index effects_results reads the table effects once, about 1 s per million
-- rows, and holds up writers of effects meanwhile.

-- +goose Up
ALTER TABLE accounts ADD COLUMN next_watch_at timestamptz;
ALTER TABLE accounts ADD COLUMN watched_at timestamptz;
ALTER TABLE accounts ADD COLUMN rhythm jsonb;       -- how often hooks usually come
ALTER TABLE accounts ADD COLUMN setup_state jsonb;  -- what setup has done and waits for
ALTER TABLE accounts ADD COLUMN dialect jsonb;       -- of generic sources: how they prove themselves, their mapping
CREATE INDEX accounts_watch ON accounts (next_watch_at) WHERE deleted_at IS NULL;

-- What is wrong with an account: one open row per kind.
CREATE TABLE account_problems (
    id         uuid PRIMARY KEY,
    account_id uuid     NOT NULL,
    since      timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    mailed_at  timestamptz,
    cleared_at timestamptz,
    kind       text     NOT NULL,
    stage      text     NOT NULL,
    told_stage text     NOT NULL DEFAULT '',
    says       text     NOT NULL,
    advice     text     NOT NULL
);
CREATE UNIQUE INDEX account_problems_open ON account_problems (account_id, kind) WHERE cleared_at IS NULL;

-- Every try to post a result.
CREATE TABLE result_attempts (
    id         uuid PRIMARY KEY,
    account_id uuid     NOT NULL,
    effect_id  uuid     NOT NULL,
    at         timestamptz NOT NULL,
    took_ms    integer  NOT NULL,
    status     integer  NOT NULL,   -- 0: no answer
    origin     text     NOT NULL,
    detail     text     NOT NULL
);
CREATE INDEX result_attempts_effect ON result_attempts (effect_id, id);
CREATE INDEX effects_results ON effects (account_id, id) WHERE kind = 'result';

-- Receivers of results, by scheme and host.
CREATE TABLE result_endpoints (
    account_id    uuid     NOT NULL,
    origin        text     NOT NULL,
    failures      integer  NOT NULL,  -- in a row
    failing_since timestamptz,
    last_try_at   timestamptz NOT NULL,
    last_good_at  timestamptz,
    paused_at     timestamptz,
    probe_at      timestamptz,
    detail        text     NOT NULL,
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
