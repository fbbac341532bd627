-- Creates every table of the first release. For the operator: the tables are
-- new, so it takes milliseconds. Ids are text, times are UTC text that sorts by
-- time, JSON is text.

-- +goose Up

-- Connected companies. Deleted ones keep their row, because cases and the
-- audit log point at it; their secrets are wiped.
CREATE TABLE accounts (
    id            TEXT PRIMARY KEY,
    provider      TEXT        NOT NULL,
    name          TEXT        NOT NULL,
    base_url      TEXT        NOT NULL,
    credentials   BLOB,                          -- sealed: key id, nonce, AES-256-GCM
    remote_id     TEXT        NOT NULL DEFAULT '',
    lang          TEXT        NOT NULL,
    time_zone     TEXT        NOT NULL,
    triggers      TEXT        NOT NULL,
    mode          TEXT        NOT NULL,
    mail_from     TEXT        NOT NULL DEFAULT '',
    policy        TEXT        NOT NULL,
    status        TEXT        NOT NULL,
    status_reason TEXT        NOT NULL DEFAULT '',
    next_call_at  DATETIME,
    poll_cursor   TEXT,
    card_setup    TEXT,
    next_poll_at  DATETIME    NOT NULL,
    connected_at  DATETIME,
    created_at    DATETIME    NOT NULL,
    updated_at    DATETIME    NOT NULL,
    deleted_at    DATETIME,
    version       INTEGER     NOT NULL
);
CREATE INDEX accounts_poll ON accounts (next_poll_at) WHERE deleted_at IS NULL;

-- Bodies as sources sent them. Hooks wait for this insert, so there are only
-- the indexes without which it would be wrong or the unpacking blind.
CREATE TABLE deliveries (
    id           TEXT PRIMARY KEY,
    account_id   TEXT        NOT NULL,
    received_at  DATETIME    NOT NULL,
    last_seen_at DATETIME    NOT NULL,
    unpacked_at  DATETIME,
    seen         INTEGER     NOT NULL DEFAULT 1,
    proved       BOOLEAN     NOT NULL,
    provider     TEXT        NOT NULL,
    origin       TEXT        NOT NULL,
    method       TEXT        NOT NULL,
    content_type TEXT        NOT NULL,
    query        TEXT        NOT NULL,
    signed_id    TEXT        NOT NULL,
    signed_at    TEXT        NOT NULL,
    signature    TEXT        NOT NULL,
    malformed    TEXT        NOT NULL DEFAULT '',
    dedup_key    BLOB        NOT NULL,
    body         BLOB        NOT NULL
);
CREATE UNIQUE INDEX deliveries_dedup ON deliveries (account_id, dedup_key);
CREATE INDEX deliveries_todo ON deliveries (id) WHERE unpacked_at IS NULL;

-- What a delivery says, one row per entity.
CREATE TABLE events (
    id          TEXT PRIMARY KEY,
    account_id  TEXT        NOT NULL,
    delivery_id TEXT        NOT NULL,
    case_id     TEXT,
    received_at DATETIME    NOT NULL,
    settled_at  DATETIME,
    seq         INTEGER     NOT NULL,
    provider    TEXT        NOT NULL,
    kind        TEXT        NOT NULL,
    entity_id   TEXT        NOT NULL,
    verdict     TEXT        NOT NULL,
    reason      TEXT        NOT NULL DEFAULT '',
    hint        TEXT        NOT NULL
);
CREATE UNIQUE INDEX events_position ON events (delivery_id, seq);
CREATE INDEX events_account ON events (account_id, id);
CREATE INDEX events_verdict ON events (verdict, id);
CREATE INDEX events_case ON events (case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX events_pending ON events (account_id, entity_id, received_at) WHERE verdict = 'pending';

-- What was last known of each deal.
CREATE TABLE deal_snapshots (
    account_id  TEXT        NOT NULL,
    deal_id     TEXT        NOT NULL,
    pipeline_id TEXT        NOT NULL,
    stage_id    TEXT        NOT NULL,
    means       TEXT        NOT NULL,
    moved_at    DATETIME,
    changed_at  DATETIME,                      -- the CRM's updated_at
    written_at  DATETIME,
    case_id     TEXT,
    cycle       INTEGER     NOT NULL,
    settled_at  DATETIME,
    settled_for TEXT        NOT NULL,
    PRIMARY KEY (account_id, deal_id)
);

-- Partings. What lists filter by stands in columns, the rest in doc.
CREATE TABLE cases (
    id                TEXT PRIMARY KEY,
    account_id        TEXT        NOT NULL,
    no                INTEGER     NOT NULL,
    created_at        DATETIME    NOT NULL,
    updated_at        DATETIME    NOT NULL,
    version           INTEGER     NOT NULL,
    held              BOOLEAN     NOT NULL,
    paused            BOOLEAN     NOT NULL,
    no_contact        BOOLEAN     NOT NULL,
    by_hook           BOOLEAN     NOT NULL,       -- opened by a transition in the CRM, not by hand
    mode              TEXT        NOT NULL,
    state             TEXT        NOT NULL,
    initiator         TEXT        NOT NULL,
    intent            TEXT        NOT NULL,
    deal_id           TEXT        NOT NULL,
    reason_code       TEXT        NOT NULL,
    reason_group      TEXT        NOT NULL,
    responsible_id    TEXT        NOT NULL,
    responsible_email TEXT        NOT NULL,       -- folded
    search            TEXT        NOT NULL,       -- folded name, e-mail, contract number, case number
    doc               TEXT        NOT NULL
);
CREATE UNIQUE INDEX cases_number ON cases (no);
-- At most one open parting per deal, whatever the processes do at once.
CREATE UNIQUE INDEX cases_open_deal ON cases (account_id, deal_id)
    WHERE deal_id <> '' AND state IN ('received', 'listening', 'saving', 'leaving');
CREATE INDEX cases_deal ON cases (account_id, deal_id, id) WHERE deal_id <> '';
CREATE INDEX cases_account ON cases (account_id, id);
CREATE INDEX cases_burst ON cases (account_id, created_at) WHERE by_hook;
CREATE INDEX cases_held ON cases (account_id) WHERE held;
CREATE INDEX cases_state ON cases (state, id);
CREATE INDEX cases_reason ON cases (reason_group, id);
CREATE INDEX cases_responsible ON cases (responsible_id, id);
CREATE INDEX cases_responsible_email ON cases (responsible_email, id);

-- Intents: everything that is to leave the process. The columns lie widest
-- first, as on PostgreSQL.
CREATE TABLE effects (
    id          TEXT PRIMARY KEY,
    account_id  TEXT        NOT NULL,
    case_id     TEXT,
    event_id    TEXT,                             -- of the payload of kind interpret
    due_at      DATETIME    NOT NULL,
    give_up_at  DATETIME    NOT NULL,
    created_at  DATETIME    NOT NULL,
    updated_at  DATETIME    NOT NULL,
    lease_until DATETIME,                      -- by the process's real clock
    rung_at     DATETIME,                      -- by the process's real clock
    gen         INTEGER     NOT NULL DEFAULT 0,
    token       INTEGER     NOT NULL DEFAULT 0,
    attempts    INTEGER     NOT NULL DEFAULT 0,
    crashes     INTEGER     NOT NULL DEFAULT 0,
    kind        TEXT        NOT NULL,
    state       TEXT        NOT NULL,
    send_key    TEXT        NOT NULL,
    serial_key  TEXT        NOT NULL DEFAULT '',
    last_error  TEXT        NOT NULL DEFAULT '',
    reason      TEXT        NOT NULL DEFAULT '',
    result      TEXT        NOT NULL DEFAULT '',
    payload     TEXT        NOT NULL
);
CREATE UNIQUE INDEX effects_send_key ON effects (send_key);
-- At most one effect of a series is in flight.
CREATE UNIQUE INDEX effects_series ON effects (serial_key)
    WHERE state IN ('claimed', 'transmitting') AND serial_key <> '';
-- Ringing reads the oldest due rows of an account and kind and never touches
-- what is due later.
CREATE INDEX effects_due ON effects (account_id, kind, due_at) WHERE state = 'ready';
CREATE INDEX effects_rung ON effects (rung_at) WHERE state = 'ready' AND rung_at IS NOT NULL;
CREATE INDEX effects_lease ON effects (lease_until) WHERE state IN ('claimed', 'transmitting');
CREATE INDEX effects_case ON effects (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX effects_event ON effects (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX effects_given_up ON effects (id) WHERE state IN ('dead', 'failed', 'uncertain');

-- Letters, sent or held back.
CREATE TABLE messages (
    id         TEXT PRIMARY KEY,
    account_id TEXT        NOT NULL,
    case_id    TEXT        NOT NULL,
    effect_id  TEXT        NOT NULL,
    planned_at DATETIME,
    sent_at    DATETIME,
    created_at DATETIME    NOT NULL,
    updated_at DATETIME    NOT NULL,
    template   TEXT        NOT NULL,
    class      TEXT        NOT NULL,
    channel    TEXT        NOT NULL,
    to_address TEXT        NOT NULL,
    to_name    TEXT        NOT NULL,
    sender     TEXT        NOT NULL,
    subject    TEXT        NOT NULL,
    body_text  TEXT        NOT NULL,
    body_html  TEXT        NOT NULL,
    lang       TEXT        NOT NULL,
    header_id  TEXT        NOT NULL,
    state      TEXT        NOT NULL,
    reason     TEXT        NOT NULL
);
CREATE INDEX messages_case ON messages (case_id, id);
CREATE INDEX messages_account ON messages (account_id, id);
CREATE INDEX messages_effect ON messages (effect_id);
CREATE INDEX messages_state ON messages (state, id);

-- Addresses that a client may open; only the hash of a token is kept.
CREATE TABLE links (
    id         TEXT PRIMARY KEY,
    account_id TEXT        NOT NULL,
    case_id    TEXT        NOT NULL,
    expires_at DATETIME    NOT NULL,
    created_at DATETIME    NOT NULL,
    purpose    TEXT        NOT NULL,
    recipient  TEXT        NOT NULL,
    token_hash BLOB        NOT NULL
);
CREATE UNIQUE INDEX links_token ON links (token_hash);
CREATE INDEX links_case ON links (case_id);

-- The stop list; it holds hashes, so that it survives an erasure.
CREATE TABLE suppressions (
    id         TEXT PRIMARY KEY,
    hash       BLOB        NOT NULL,
    channel    TEXT        NOT NULL,
    reason     TEXT        NOT NULL,
    source     TEXT        NOT NULL,
    created_at DATETIME    NOT NULL
);
CREATE UNIQUE INDEX suppressions_hash ON suppressions (hash, channel);

-- What happened. Each row's hash covers the very bytes of data.
CREATE TABLE audit (
    id         TEXT PRIMARY KEY,
    stream     TEXT        NOT NULL,
    seq        INTEGER     NOT NULL,
    at         DATETIME    NOT NULL,
    actor      TEXT        NOT NULL,
    kind       TEXT        NOT NULL,
    summary    TEXT        NOT NULL,
    account_id TEXT,
    case_id    TEXT,
    message_id TEXT,
    data       TEXT,
    prev_hash  BLOB        NOT NULL,
    hash       BLOB        NOT NULL
);
CREATE UNIQUE INDEX audit_stream ON audit (stream, seq);
CREATE INDEX audit_account ON audit (account_id, id) WHERE account_id IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

CREATE TABLE api_keys (
    id         TEXT PRIMARY KEY,
    name       TEXT        NOT NULL,
    role       TEXT        NOT NULL,
    prefix     TEXT        NOT NULL,
    hash       BLOB        NOT NULL,
    accounts   TEXT        NOT NULL,              -- null: all of them
    created_at DATETIME    NOT NULL,
    expires_at DATETIME,
    revoked_at DATETIME
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

-- Answers kept for Idempotency-Key. status is null while the first request
-- still runs; body is sealed, for some answers show a new secret.
CREATE TABLE answers (
    owner        TEXT        NOT NULL,
    key          TEXT        NOT NULL,
    request_hash BLOB        NOT NULL,
    claimed_at   DATETIME    NOT NULL,
    status       INTEGER,
    content_type TEXT        NOT NULL DEFAULT '',
    body         BLOB,
    PRIMARY KEY (owner, key)
);
CREATE INDEX answers_age ON answers (claimed_at);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- +goose Down
DROP TABLE settings;
DROP TABLE answers;
DROP TABLE api_keys;
DROP TABLE audit;
DROP TABLE suppressions;
DROP TABLE links;
DROP TABLE messages;
DROP TABLE effects;
DROP TABLE cases;
DROP TABLE deal_snapshots;
DROP TABLE events;
DROP TABLE deliveries;
DROP TABLE accounts;
