-- Handovers with their inventories, packages and files. For the operator: the
-- tables are new, so it takes milliseconds.

-- +goose Up

-- What a case owes besides money; one row per case.
CREATE TABLE handovers (
    case_id    uuid PRIMARY KEY,
    account_id uuid     NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    integer  NOT NULL,
    due_on     text     NOT NULL,                -- a day; empty: not known yet
    doc        jsonb     NOT NULL
);

-- Lines of inventories: of a case, or of a contract's snapshot.
CREATE TABLE items (
    id         uuid PRIMARY KEY,
    account_id uuid     NOT NULL,
    list_id    uuid     NOT NULL,
    updated_at timestamptz NOT NULL,
    version    integer  NOT NULL,
    pos        integer  NOT NULL,
    mandatory  boolean  NOT NULL,
    status     text     NOT NULL,
    doc        jsonb     NOT NULL
);
CREATE INDEX items_list ON items (list_id, pos);

-- The latest build of each case's package.
CREATE TABLE builds (
    case_id    uuid PRIMARY KEY,
    account_id uuid     NOT NULL,
    updated_at timestamptz NOT NULL,
    done       bigint  NOT NULL,                -- bytes
    total      bigint  NOT NULL,
    contents   text     NOT NULL,
    state      text     NOT NULL,
    error      text     NOT NULL,
    file       jsonb                              -- null: none yet
);

-- What is kept in the file store and why. A content that no row names is swept.
CREATE TABLE files (
    id           uuid PRIMARY KEY,
    account_id   uuid     NOT NULL,
    owner_id     uuid     NOT NULL,
    created_at   timestamptz NOT NULL,
    size         bigint  NOT NULL,
    purpose      text     NOT NULL,
    sha256       text     NOT NULL,
    name         text     NOT NULL,
    content_type text     NOT NULL
);
CREATE INDEX files_content ON files (sha256);
CREATE INDEX files_owner ON files (owner_id);

-- Checklists that were changed here; the others are part of the program.
CREATE TABLE checklists (
    service_type text PRIMARY KEY,
    updated_at   timestamptz NOT NULL,
    version      integer  NOT NULL,
    doc          jsonb     NOT NULL
);

-- Quarterly snapshots of contracts. A closed one is never changed again.
CREATE TABLE inventories (
    id          uuid PRIMARY KEY,
    account_id  uuid     NOT NULL,
    contract_id uuid     NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    closed_at   timestamptz,
    told_at     timestamptz,                        -- when its lateness was escalated
    version     integer  NOT NULL,
    collected   integer  NOT NULL,               -- mandatory items that are there
    mandatory   integer  NOT NULL,
    quarter     text     NOT NULL,               -- 2026Q4
    taken_on    text     NOT NULL,               -- a day
    due_on      text     NOT NULL                -- a day
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
