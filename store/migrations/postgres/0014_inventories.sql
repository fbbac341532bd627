-- Quarterly snapshots are told apart from their newest one, so that readiness is
-- a sum over one row per contract. For the operator: `inventories` is empty up to
-- this version, so it takes milliseconds.

-- +goose Up
ALTER TABLE inventories ADD COLUMN latest boolean NOT NULL DEFAULT false;    -- the newest of its contract
ALTER TABLE inventories ADD COLUMN permille integer NOT NULL DEFAULT 1000;   -- collected / mandatory
CREATE UNIQUE INDEX inventories_latest ON inventories (contract_id) WHERE latest;
CREATE INDEX inventories_ready ON inventories (permille, id) WHERE latest;

-- +goose Down
DROP INDEX inventories_ready;
DROP INDEX inventories_latest;
ALTER TABLE inventories DROP COLUMN permille;
ALTER TABLE inventories DROP COLUMN latest;
