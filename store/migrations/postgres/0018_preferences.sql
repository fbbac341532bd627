-- From which address a client used the page of preferences, and why a letter was
-- allowed at the minute at which it left. For the operator: added columns only,
-- so it takes milliseconds.

-- +goose Up
ALTER TABLE consents ADD COLUMN ip text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN allowed jsonb;

-- +goose Down
ALTER TABLE messages DROP COLUMN allowed;
ALTER TABLE consents DROP COLUMN ip;
