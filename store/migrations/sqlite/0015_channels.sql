-- What clients answer, by mail and other channels, and where they can be
-- reached besides e-mail. For the operator: it takes milliseconds.

-- +goose Up

ALTER TABLE touches ADD COLUMN channel TEXT NOT NULL DEFAULT '';

-- What came in: answers, bounces, complaints. dedup is a hash by which the
-- same thing told twice is known.
CREATE TABLE inbound (
    id          TEXT PRIMARY KEY,
    account_id  TEXT,
    case_id     TEXT,
    message_id  TEXT,
    received_at DATETIME NOT NULL,
    channel     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    sender      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    body        TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    dedup       BLOB NOT NULL UNIQUE
);
CREATE INDEX inbound_case ON inbound (case_id) WHERE case_id IS NOT NULL;

-- Chats of a messenger that clients opened by the link of their case.
CREATE TABLE chats (
    channel    TEXT NOT NULL,
    address    TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    account_id TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (channel, address, case_id)
);
CREATE INDEX chats_case ON chats (case_id);

-- By whom a text message was got, when an answer to it comes back.
CREATE INDEX messages_address ON messages (to_address, channel) WHERE channel <> 'email';

-- +goose Down
DROP INDEX messages_address;
DROP TABLE chats;
DROP TABLE inbound;
ALTER TABLE touches DROP COLUMN channel;
