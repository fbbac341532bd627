-- Creates every table of the first release. For the operator: the tables are
-- new, so nothing is locked and it takes well under a second. The role needs
-- CREATE on the schema. Nothing but plain PostgreSQL 14 or newer is used.

-- +goose Up

-- Connected companies. Deleted ones keep their row, because cases and the
-- audit log point at it; their secrets are wiped.
CREATE TABLE accounts (
    id            uuid PRIMARY KEY,
    provider      text        NOT NULL,
    name          text        NOT NULL,
    base_url      text        NOT NULL,
    credentials   bytea,                          -- sealed: key id, nonce, AES-256-GCM
    remote_id     text        NOT NULL DEFAULT '',
    lang          text        NOT NULL,
    time_zone     text        NOT NULL,
    triggers      jsonb       NOT NULL,
    mode          text        NOT NULL,
    mail_from     text        NOT NULL DEFAULT '',
    policy        jsonb       NOT NULL,
    status        text        NOT NULL,
    status_reason text        NOT NULL DEFAULT '',
    next_call_at  timestamptz,
    poll_cursor   jsonb,
    card_setup    jsonb,
    next_poll_at  timestamptz NOT NULL,
    connected_at  timestamptz,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    deleted_at    timestamptz,
    version       integer     NOT NULL
);
CREATE INDEX accounts_poll ON accounts (next_poll_at) WHERE deleted_at IS NULL;

-- Bodies as sources sent them. Hooks wait for this insert, so there are only
-- the indexes without which it would be wrong or the unpacking blind.
CREATE TABLE deliveries (
    id           uuid PRIMARY KEY,
    account_id   uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    unpacked_at  timestamptz,
    seen         integer     NOT NULL DEFAULT 1,
    proved       boolean     NOT NULL,
    provider     text        NOT NULL,
    origin       text        NOT NULL,
    method       text        NOT NULL,
    content_type text        NOT NULL,
    query        text        NOT NULL,
    signed_id    text        NOT NULL,
    signed_at    text        NOT NULL,
    signature    text        NOT NULL,
    malformed    text        NOT NULL DEFAULT '',
    dedup_key    bytea       NOT NULL,
    body         bytea       NOT NULL
);
CREATE UNIQUE INDEX deliveries_dedup ON deliveries (account_id, dedup_key);
CREATE INDEX deliveries_todo ON deliveries (id) WHERE unpacked_at IS NULL;

-- lz4 costs a fraction of pglz's time at insert; a server built without it
-- keeps its default.
-- +goose StatementBegin
DO $$
BEGIN
    ALTER TABLE deliveries ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    RAISE NOTICE 'this server has no lz4; bodies keep the default compression';
END $$;
-- +goose StatementEnd

-- What a delivery says, one row per entity.
CREATE TABLE events (
    id          uuid PRIMARY KEY,
    account_id  uuid        NOT NULL,
    delivery_id uuid        NOT NULL,
    case_id     uuid,
    received_at timestamptz NOT NULL,
    settled_at  timestamptz,
    seq         integer     NOT NULL,
    provider    text        NOT NULL,
    kind        text        NOT NULL,
    entity_id   text        NOT NULL,
    verdict     text        NOT NULL,
    reason      text        NOT NULL DEFAULT '',
    hint        jsonb       NOT NULL
);
CREATE UNIQUE INDEX events_position ON events (delivery_id, seq);
CREATE INDEX events_account ON events (account_id, id);
CREATE INDEX events_verdict ON events (verdict, id);
CREATE INDEX events_case ON events (case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX events_pending ON events (account_id, entity_id, received_at) WHERE verdict = 'pending';

-- What was last known of each deal.
CREATE TABLE deal_snapshots (
    account_id  uuid        NOT NULL,
    deal_id     text        NOT NULL,
    pipeline_id text        NOT NULL,
    stage_id    text        NOT NULL,
    means       text        NOT NULL,
    moved_at    timestamptz,
    changed_at  timestamptz,                      -- the CRM's updated_at
    written_at  timestamptz,
    case_id     uuid,
    cycle       integer     NOT NULL,
    settled_at  timestamptz,
    settled_for text        NOT NULL,
    PRIMARY KEY (account_id, deal_id)
);

-- Partings. What lists filter by stands in columns, the rest in doc.
CREATE SEQUENCE cases_no;
CREATE TABLE cases (
    id                uuid PRIMARY KEY,
    account_id        uuid        NOT NULL,
    no                bigint      NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    version           integer     NOT NULL,
    held              boolean     NOT NULL,
    paused            boolean     NOT NULL,
    no_contact        boolean     NOT NULL,
    by_hook           boolean     NOT NULL,       -- opened by a transition in the CRM, not by hand
    mode              text        NOT NULL,
    state             text        NOT NULL,
    initiator         text        NOT NULL,
    intent            text        NOT NULL,
    deal_id           text        NOT NULL,
    reason_code       text        NOT NULL,
    reason_group      text        NOT NULL,
    responsible_id    text        NOT NULL,
    responsible_email text        NOT NULL,       -- folded
    search            text        NOT NULL,       -- folded name, e-mail, contract number, case number
    doc               jsonb       NOT NULL
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
-- first, so that a million waiting rows carry no padding.
CREATE TABLE effects (
    id          uuid PRIMARY KEY,
    account_id  uuid        NOT NULL,
    case_id     uuid,
    event_id    uuid,                             -- of the payload of kind interpret
    due_at      timestamptz NOT NULL,
    give_up_at  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    lease_until timestamptz,                      -- by this server's clock
    rung_at     timestamptz,                      -- by this server's clock
    gen         integer     NOT NULL DEFAULT 0,
    token       integer     NOT NULL DEFAULT 0,
    attempts    integer     NOT NULL DEFAULT 0,
    crashes     integer     NOT NULL DEFAULT 0,
    kind        text        NOT NULL,
    state       text        NOT NULL,
    send_key    text        NOT NULL,
    serial_key  text        NOT NULL DEFAULT '',
    last_error  text        NOT NULL DEFAULT '',
    reason      text        NOT NULL DEFAULT '',
    result      text        NOT NULL DEFAULT '',
    payload     jsonb       NOT NULL
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
    id         uuid PRIMARY KEY,
    account_id uuid        NOT NULL,
    case_id    uuid        NOT NULL,
    effect_id  uuid        NOT NULL,
    planned_at timestamptz,
    sent_at    timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    template   text        NOT NULL,
    class      text        NOT NULL,
    channel    text        NOT NULL,
    to_address text        NOT NULL,
    to_name    text        NOT NULL,
    sender     text        NOT NULL,
    subject    text        NOT NULL,
    body_text  text        NOT NULL,
    body_html  text        NOT NULL,
    lang       text        NOT NULL,
    header_id  text        NOT NULL,
    state      text        NOT NULL,
    reason     text        NOT NULL
);
CREATE INDEX messages_case ON messages (case_id, id);
CREATE INDEX messages_account ON messages (account_id, id);
CREATE INDEX messages_effect ON messages (effect_id);
CREATE INDEX messages_state ON messages (state, id);

-- Addresses that a client may open; only the hash of a token is kept.
CREATE TABLE links (
    id         uuid PRIMARY KEY,
    account_id uuid        NOT NULL,
    case_id    uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    purpose    text        NOT NULL,
    recipient  text        NOT NULL,
    token_hash bytea       NOT NULL
);
CREATE UNIQUE INDEX links_token ON links (token_hash);
CREATE INDEX links_case ON links (case_id);

-- The stop list; it holds hashes, so that it survives an erasure.
CREATE TABLE suppressions (
    id         uuid PRIMARY KEY,
    hash       bytea       NOT NULL,
    channel    text        NOT NULL,
    reason     text        NOT NULL,
    source     text        NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX suppressions_hash ON suppressions (hash, channel);

-- What happened. data is json and not jsonb, because each row's hash covers
-- its very bytes.
CREATE TABLE audit (
    id         uuid PRIMARY KEY,
    stream     text        NOT NULL,
    seq        bigint      NOT NULL,
    at         timestamptz NOT NULL,
    actor      text        NOT NULL,
    kind       text        NOT NULL,
    summary    text        NOT NULL,
    account_id uuid,
    case_id    uuid,
    message_id uuid,
    data       json,
    prev_hash  bytea       NOT NULL,
    hash       bytea       NOT NULL
);
CREATE UNIQUE INDEX audit_stream ON audit (stream, seq);
CREATE INDEX audit_account ON audit (account_id, id) WHERE account_id IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE TABLE api_keys (
    id         uuid PRIMARY KEY,
    name       text        NOT NULL,
    role       text        NOT NULL,
    prefix     text        NOT NULL,
    hash       bytea       NOT NULL,
    accounts   jsonb       NOT NULL,              -- null: all of them
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

-- Answers kept for Idempotency-Key. status is null while the first request
-- still runs; body is sealed, for some answers show a new secret.
CREATE TABLE answers (
    owner        text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL,
    claimed_at   timestamptz NOT NULL,
    status       integer,
    content_type text        NOT NULL DEFAULT '',
    body         bytea,
    PRIMARY KEY (owner, key)
);
CREATE INDEX answers_age ON answers (claimed_at);

CREATE TABLE settings (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- +goose Down
DROP TABLE settings, answers, api_keys, audit, suppressions, links, messages, effects, cases,
    deal_snapshots, events, deliveries, accounts;
DROP SEQUENCE cases_no;
DROP FUNCTION audit_is_append_only();
