-- Keeping in touch: plans, dated touches and the ledger of consents. For the
-- operator: the tables are new, so it takes milliseconds.

-- +goose Up

-- Plans that an operator has changed, every version of them.
CREATE TABLE plans (
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    steps      TEXT NOT NULL,
    PRIMARY KEY (name, version)
);

-- Planned contacts. A million may wait for months, so a row is narrow: who is
-- meant stands with the case, and person is filled in when it is released.
CREATE TABLE touches (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    message_id  TEXT,
    due_at      DATETIME NOT NULL,
    released_at DATETIME,
    step        INTEGER NOT NULL,
    state       TEXT NOT NULL,
    class       TEXT NOT NULL,
    template    TEXT NOT NULL,
    plan        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    released_by TEXT NOT NULL,
    person      BLOB,
    vars        TEXT
);
CREATE INDEX touches_case ON touches (case_id);
CREATE INDEX touches_due ON touches (account_id, due_at) WHERE state = 'planned';
CREATE INDEX touches_person ON touches (person, released_at) WHERE person IS NOT NULL;

-- The ledger of consents; lines are added, never changed. person is the hash
-- by which the stop list knows the address, too.
CREATE TABLE consents (
    id              TEXT PRIMARY KEY,
    account_id      TEXT,
    case_id         TEXT,
    hash            BLOB NOT NULL,
    granted_at      DATETIME NOT NULL,
    created_at      DATETIME NOT NULL,
    given           BOOLEAN NOT NULL,
    channel         TEXT NOT NULL,
    class           TEXT NOT NULL,
    person          TEXT NOT NULL,
    source          TEXT NOT NULL,
    wording         TEXT NOT NULL,
    wording_version TEXT NOT NULL,
    document        TEXT NOT NULL,
    recorded_by     TEXT NOT NULL
);
CREATE INDEX consents_person ON consents (hash, channel, class, granted_at);

-- +goose Down
DROP TABLE consents;
DROP TABLE touches;
DROP TABLE plans;
