-- What clients answer, by mail and other channels, and where they can be
-- reached besides e-mail. For the operator: the index on messages reads that table
-- once, about 1 s per million letters.

-- +goose Up

ALTER TABLE touches ADD COLUMN channel text NOT NULL DEFAULT '';

-- What came in: answers, bounces, complaints. dedup is a hash by which the
-- same thing told twice is known.
CREATE TABLE inbound (
    id          uuid PRIMARY KEY,
    account_id  uuid,
    case_id     uuid,
    message_id  uuid,
    received_at timestamptz NOT NULL,
    channel     text NOT NULL,
    kind        text NOT NULL,
    sender      text NOT NULL,
    subject     text NOT NULL,
    body        text NOT NULL,
    outcome     text NOT NULL,
    dedup       bytea NOT NULL UNIQUE
);
CREATE INDEX inbound_case ON inbound (case_id) WHERE case_id IS NOT NULL;

-- Chats of a messenger that clients opened by the link of their case.
CREATE TABLE chats (
    channel    text NOT NULL,
    address    text NOT NULL,
    case_id    uuid NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
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
