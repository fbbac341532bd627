-- What is learnt from each loss. For the operator: the tables are new, so it
-- takes milliseconds.

-- +goose Up

-- Loss reviews, one per case.
CREATE TABLE reviews (
    id         TEXT PRIMARY KEY,
    account_id TEXT        NOT NULL,
    case_id    TEXT        NOT NULL,
    created_at DATETIME    NOT NULL,
    updated_at DATETIME    NOT NULL,
    version    INTEGER     NOT NULL,
    status     TEXT        NOT NULL,
    due_on     TEXT        NOT NULL,              -- a day
    check_on   TEXT        NOT NULL,              -- the day of the next check of a measure; empty: none
    reason     TEXT        NOT NULL,              -- level 2, as reviewed
    quarter    TEXT        NOT NULL,              -- of the parting: 2026Q4
    doc        TEXT        NOT NULL
);
CREATE UNIQUE INDEX reviews_case ON reviews (case_id);
CREATE INDEX reviews_account ON reviews (account_id, id);
CREATE INDEX reviews_check ON reviews (check_on) WHERE check_on <> '';
CREATE INDEX reviews_reason ON reviews (account_id, quarter, reason) WHERE reason <> '';

-- Measures against a reason that came three times within a quarter.
CREATE TABLE systemic_measures (
    id         TEXT PRIMARY KEY,
    account_id TEXT        NOT NULL,
    created_at DATETIME    NOT NULL,
    updated_at DATETIME    NOT NULL,
    version    INTEGER     NOT NULL,
    reason     TEXT        NOT NULL,
    quarter    TEXT        NOT NULL,
    status     TEXT        NOT NULL,
    due_on     TEXT        NOT NULL,
    owner      TEXT        NOT NULL,
    note       TEXT        NOT NULL
);
CREATE UNIQUE INDEX systemic_measures_reason ON systemic_measures (account_id, reason, quarter);

-- +goose Down
DROP TABLE systemic_measures;
DROP TABLE reviews;
