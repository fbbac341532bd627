-- What is learnt from each loss. For the operator: the tables are new, so it
-- takes milliseconds.

-- +goose Up

-- Loss reviews, one per case.
CREATE TABLE reviews (
    id         uuid PRIMARY KEY,
    account_id uuid        NOT NULL,
    case_id    uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    integer     NOT NULL,
    status     text        NOT NULL,
    due_on     text        NOT NULL,              -- a day
    check_on   text        NOT NULL,              -- the day of the next check of a measure; empty: none
    reason     text        NOT NULL,              -- level 2, as reviewed
    quarter    text        NOT NULL,              -- of the parting: 2026Q4
    doc        jsonb       NOT NULL
);
CREATE UNIQUE INDEX reviews_case ON reviews (case_id);
CREATE INDEX reviews_account ON reviews (account_id, id);
CREATE INDEX reviews_check ON reviews (check_on) WHERE check_on <> '';
CREATE INDEX reviews_reason ON reviews (account_id, quarter, reason) WHERE reason <> '';

-- Measures against a reason that came three times within a quarter.
CREATE TABLE systemic_measures (
    id         uuid PRIMARY KEY,
    account_id uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    integer     NOT NULL,
    reason     text        NOT NULL,
    quarter    text        NOT NULL,
    status     text        NOT NULL,
    due_on     text        NOT NULL,
    owner      text        NOT NULL,
    note       text        NOT NULL
);
CREATE UNIQUE INDEX systemic_measures_reason ON systemic_measures (account_id, reason, quarter);

-- +goose Down
DROP TABLE systemic_measures;
DROP TABLE reviews;
