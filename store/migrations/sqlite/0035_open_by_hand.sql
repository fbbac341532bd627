-- A client has at most one open parting that was opened by hand from one contract,
-- whoever is quicker. Cases that are there already are left as they are. For the
-- operator: costs nothing.

-- +goose Up
ALTER TABLE cases ADD COLUMN open_key text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX cases_open_by_hand ON cases (account_id, open_key) WHERE open_key <> '';

-- +goose Down
DROP INDEX cases_open_by_hand;
ALTER TABLE cases DROP COLUMN open_key;
