-- Cases of an account by state are read from one index, however many others
-- there are. (SQLite reads the sums of readiness from indexes, too; PostgreSQL
-- joins 100,000 contracts with their snapshots faster without.) For the operator:
-- the index takes about 1 s per hundred thousand rows, writes wait meanwhile.

-- +goose Up
CREATE INDEX cases_account_state ON cases (account_id, state, id);

-- +goose Down
DROP INDEX cases_account_state;
