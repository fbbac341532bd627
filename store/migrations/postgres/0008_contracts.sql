-- Contracts on record, what was billed under them, and final accounts. For the
-- operator: the tables are new, so it takes milliseconds.

-- +goose Up

-- Contracts with clients, long before anybody leaves. What they are found by
-- stands in columns, folded; the rest in doc.
CREATE TABLE contracts (
    id           uuid PRIMARY KEY,
    account_id   uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      integer     NOT NULL,
    number       text        NOT NULL,            -- folded
    deal_id      text        NOT NULL,
    client_id    text        NOT NULL,
    client_email text        NOT NULL,            -- folded
    company_id   text        NOT NULL,
    ended_on     text        NOT NULL,            -- a day; empty: it runs
    search       text        NOT NULL,            -- folded number, client's name and e-mail
    doc          jsonb       NOT NULL
);
CREATE UNIQUE INDEX contracts_number ON contracts (account_id, number) WHERE number <> '';
CREATE INDEX contracts_account ON contracts (account_id, id);
CREATE INDEX contracts_deal ON contracts (account_id, deal_id) WHERE deal_id <> '';
CREATE INDEX contracts_client ON contracts (account_id, client_id) WHERE client_id <> '';
CREATE INDEX contracts_email ON contracts (account_id, client_email) WHERE client_email <> '';
CREATE INDEX contracts_company ON contracts (account_id, company_id) WHERE company_id <> '';

-- Earlier bills, with which a final account is compared.
CREATE TABLE invoices (
    id          uuid PRIMARY KEY,
    account_id  uuid        NOT NULL,
    contract_id uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    number      text        NOT NULL,
    issued_on   text        NOT NULL,             -- a day
    period      text        NOT NULL,             -- a month
    total_minor bigint      NOT NULL,
    currency    text        NOT NULL,
    lines       jsonb       NOT NULL
);
CREATE UNIQUE INDEX invoices_number ON invoices (contract_id, number);

-- Final accounts, one per case. Its status is the case's track.
CREATE TABLE settlements (
    id         uuid PRIMARY KEY,
    account_id uuid        NOT NULL,
    case_id    uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    integer     NOT NULL,
    doc        jsonb       NOT NULL
);
CREATE UNIQUE INDEX settlements_case ON settlements (case_id);

-- +goose Down
DROP TABLE settlements;
DROP TABLE invoices;
DROP TABLE contracts;
