-- Handovers with their inventories, packages and files. For the operator: the
-- tables are new, so it takes milliseconds.

-- +goose Up

-- What a case owes besides money; one row per case.
CREATE TABLE handovers (
    case_id    TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    version    INTEGER  NOT NULL,
    due_on     TEXT     NOT NULL,                -- a day; empty: not known yet
    doc        TEXT     NOT NULL
);

-- Lines of inventories: of a case, or of a contract's snapshot.
CREATE TABLE items (
    id         TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    list_id    TEXT     NOT NULL,
    updated_at DATETIME NOT NULL,
    version    INTEGER  NOT NULL,
    pos        INTEGER  NOT NULL,
    mandatory  BOOLEAN  NOT NULL,
    status     TEXT     NOT NULL,
    doc        TEXT     NOT NULL
);
CREATE INDEX items_list ON items (list_id, pos);

-- The latest build of each case's package.
CREATE TABLE builds (
    case_id    TEXT PRIMARY KEY,
    account_id TEXT     NOT NULL,
    updated_at DATETIME NOT NULL,
    done       INTEGER  NOT NULL,                -- bytes
    total      INTEGER  NOT NULL,
    contents   TEXT     NOT NULL,
    state      TEXT     NOT NULL,
    error      TEXT     NOT NULL,
    file       TEXT                              -- null: none yet
);

-- What is kept in the file store and why. A content that no row names is swept.
CREATE TABLE files (
    id           TEXT PRIMARY KEY,
    account_id   TEXT     NOT NULL,
    owner_id     TEXT     NOT NULL,
    created_at   DATETIME NOT NULL,
    size         INTEGER  NOT NULL,
    purpose      TEXT     NOT NULL,
    sha256       TEXT     NOT NULL,
    name         TEXT     NOT NULL,
    content_type TEXT     NOT NULL
);
CREATE INDEX files_content ON files (sha256);
CREATE INDEX files_owner ON files (owner_id);

-- Checklists that were changed here; the others are part of the program.
CREATE TABLE checklists (
    service_type TEXT PRIMARY KEY,
    updated_at   DATETIME NOT NULL,
    version      INTEGER  NOT NULL,
    doc          TEXT     NOT NULL
);

-- Quarterly snapshots of contracts. A closed one is never changed again.
CREATE TABLE inventories (
    id          TEXT PRIMARY KEY,
    account_id  TEXT     NOT NULL,
    contract_id TEXT     NOT NULL,
    created_at  DATETIME NOT NULL,
    updated_at  DATETIME NOT NULL,
    closed_at   DATETIME,
    told_at     DATETIME,                        -- when its lateness was escalated
    version     INTEGER  NOT NULL,
    collected   INTEGER  NOT NULL,               -- mandatory items that are there
    mandatory   INTEGER  NOT NULL,
    quarter     TEXT     NOT NULL,               -- 2026Q4
    taken_on    TEXT     NOT NULL,               -- a day
    due_on      TEXT     NOT NULL                -- a day
);
CREATE UNIQUE INDEX inventories_quarter ON inventories (contract_id, quarter);
CREATE INDEX inventories_account ON inventories (account_id, id);
CREATE INDEX inventories_due ON inventories (due_on) WHERE closed_at IS NULL;

-- +goose Down
DROP TABLE inventories;
DROP TABLE checklists;
DROP TABLE files;
DROP TABLE builds;
DROP TABLE items;
DROP TABLE handovers;
