-- Access by OAuth. For the operator: one new table, nothing is locked, it takes
-- milliseconds.

-- +goose Up

-- What the authorisation server of an account's CRM gave us last. The row is
-- locked while the server is asked for the next.
CREATE TABLE account_grants (
    account_id  uuid PRIMARY KEY REFERENCES accounts (id),
    serial      bigint      NOT NULL,
    sealed      bytea,                    -- the tokens: key id, nonce, AES-256-GCM; NULL: none
    refused     text        NOT NULL DEFAULT '',
    obtained_at timestamptz,
    expires_at  timestamptz,
    updated_at  timestamptz NOT NULL
);

-- +goose Down
DROP TABLE account_grants;
