-- Access by OAuth. For the operator: one new table, it takes milliseconds.

-- +goose Up

-- What the authorisation server of an account's CRM gave us last.
CREATE TABLE account_grants (
    account_id  TEXT PRIMARY KEY REFERENCES accounts (id),
    serial      INTEGER     NOT NULL,
    sealed      BLOB,                     -- the tokens: key id, nonce, AES-256-GCM; NULL: none
    refused     TEXT        NOT NULL DEFAULT '',
    obtained_at DATETIME,
    expires_at  DATETIME,
    updated_at  DATETIME    NOT NULL
);

-- +goose Down
DROP TABLE account_grants;
