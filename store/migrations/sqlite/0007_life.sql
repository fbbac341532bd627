-- The whole life of a parting: the company's own proposals count as open, a
-- client is found again, measures, recommended providers and the restricted
-- record of sources. For the operator: reads every case once, about a second per
-- 100,000 cases.

-- +goose Up

-- By these a client is found again: the contact's id in the CRM, and the folded
-- e-mail address.
ALTER TABLE cases ADD COLUMN client_ref TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN client_email TEXT NOT NULL DEFAULT '';
UPDATE cases SET client_ref = coalesce(json_extract(doc, '$.client.id'), ''), client_email = lower(coalesce(json_extract(doc, '$.client.email'), ''));
CREATE INDEX cases_client_ref ON cases (account_id, client_ref, id) WHERE client_ref <> '';
CREATE INDEX cases_client_email ON cases (account_id, client_email, id) WHERE client_email <> '';

DROP INDEX cases_open_deal;
CREATE UNIQUE INDEX cases_open_deal ON cases (account_id, deal_id)
    WHERE deal_id <> '' AND state IN ('received', 'listening', 'saving', 'proposed', 'cooling_off', 'approval', 'parting', 'leaving');

-- What we do about what went wrong (M1 to M11).
CREATE TABLE measures (
    id         TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    case_id    TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    code       TEXT     NOT NULL,
    state      TEXT     NOT NULL,
    due_on     TEXT     NOT NULL,
    doc        TEXT     NOT NULL
);
CREATE INDEX measures_case ON measures (case_id, id);
CREATE INDEX measures_due ON measures (account_id, due_on) WHERE state = 'open';

-- Providers whom we recommend to clients whom we cannot serve.
CREATE TABLE recommended_providers (
    id         TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    name       TEXT     NOT NULL,
    what_for   TEXT     NOT NULL,
    contact    TEXT     NOT NULL,
    consent    BOOLEAN  NOT NULL,
    checked_on TEXT     NOT NULL,
    note       TEXT     NOT NULL
);
CREATE INDEX recommended_providers_account ON recommended_providers (account_id, id);

-- Who spoke badly of us, as clients told: read only by who leads people.
CREATE TABLE source_reports (
    id         TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    case_id    TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    source_key TEXT     NOT NULL,
    doc        TEXT     NOT NULL
);
CREATE INDEX source_reports_case ON source_reports (case_id, id);
CREATE INDEX source_reports_key ON source_reports (account_id, source_key, id);

-- +goose Down
DROP TABLE source_reports;
DROP TABLE recommended_providers;
DROP TABLE measures;
DROP INDEX cases_open_deal;
CREATE UNIQUE INDEX cases_open_deal ON cases (account_id, deal_id)
    WHERE deal_id <> '' AND state IN ('received', 'listening', 'saving', 'leaving');
DROP INDEX cases_client_email;
DROP INDEX cases_client_ref;
ALTER TABLE cases DROP COLUMN client_email;
ALTER TABLE cases DROP COLUMN client_ref;
