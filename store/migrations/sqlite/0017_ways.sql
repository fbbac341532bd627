-- On which channels touches and plans try to reach a client, in their order,
-- and whose turn it is to ask a provider for news. For the operator: it takes
-- milliseconds.

-- +goose Up

ALTER TABLE touches ADD COLUMN channels TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN channels TEXT NOT NULL DEFAULT '';

-- Only one process at a time asks a provider: the holder's turn ends at a
-- time of the real clock.
CREATE TABLE turns (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  DATETIME NOT NULL
);

-- +goose Down
DROP TABLE turns;
ALTER TABLE plans DROP COLUMN channels;
ALTER TABLE touches DROP COLUMN channels;
