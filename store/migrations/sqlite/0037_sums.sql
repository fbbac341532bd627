-- The sums of readiness are read from two indexes and no table, and cases of an
-- account by state from one, however many others there are. For the operator:
-- each index takes about 1 s per hundred thousand rows, writes wait meanwhile.

-- +goose Up
CREATE INDEX inventories_sums ON inventories (contract_id, account_id, quarter, permille, closed_at, due_on, collected, mandatory) WHERE latest;
CREATE INDEX contracts_runs ON contracts (account_id, ended_on, id);
CREATE INDEX cases_account_state ON cases (account_id, state, id);

-- +goose Down
DROP INDEX cases_account_state;
DROP INDEX contracts_runs;
DROP INDEX inventories_sums;
