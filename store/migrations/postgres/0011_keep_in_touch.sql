-- Keeping in touch: plans, dated touches and the ledger of consents. For the
-- operator: the tables are new, so it takes milliseconds.

-- +goose Up

-- Plans that an operator has changed, every version of them.
CREATE TABLE plans (
    name       text NOT NULL,
    version    integer NOT NULL,
    created_at timestamptz NOT NULL,
    steps      jsonb NOT NULL,
    PRIMARY KEY (name, version)
);

-- Planned contacts. A million may wait for months, so a row is narrow: who is
-- meant stands with the case, and person is filled in when it is released.
CREATE TABLE touches (
    id          uuid PRIMARY KEY,
    account_id  uuid NOT NULL,
    case_id     uuid NOT NULL,
    message_id  uuid,
    due_at      timestamptz NOT NULL,
    released_at timestamptz,
    step        integer NOT NULL,
    state       text NOT NULL,
    class       text NOT NULL,
    template    text NOT NULL,
    plan        text NOT NULL,
    reason      text NOT NULL,
    released_by text NOT NULL,
    person      bytea,
    vars        jsonb
);
CREATE INDEX touches_case ON touches (case_id);
CREATE INDEX touches_due ON touches (account_id, due_at) WHERE state = 'planned';
CREATE INDEX touches_person ON touches (person, released_at) WHERE person IS NOT NULL;

-- The ledger of consents; lines are added, never changed. person is the hash
-- by which the stop list knows the address, too.
CREATE TABLE consents (
    id              uuid PRIMARY KEY,
    account_id      uuid,
    case_id         uuid,
    hash            bytea NOT NULL,
    granted_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    given           boolean NOT NULL,
    channel         text NOT NULL,
    class           text NOT NULL,
    person          text NOT NULL,
    source          text NOT NULL,
    wording         text NOT NULL,
    wording_version text NOT NULL,
    document        text NOT NULL,
    recorded_by     text NOT NULL
);
CREATE INDEX consents_person ON consents (hash, channel, class, granted_at);

-- +goose Down
DROP TABLE consents;
DROP TABLE touches;
DROP TABLE plans;
