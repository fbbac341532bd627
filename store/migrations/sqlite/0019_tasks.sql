-- Tasks for people where there is no card of a CRM to put them on. For the
-- operator: the table is new, so it takes milliseconds.

-- +goose Up
CREATE TABLE tasks (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL,
    case_id     TEXT,                      -- null: about a contract, or a person of ours
    contract_id TEXT,
    task_key    TEXT NOT NULL,             -- the same thing is asked once
    what        TEXT NOT NULL,
    body        TEXT NOT NULL,             -- in words
    owner_id    TEXT NOT NULL,
    owner_name  TEXT NOT NULL,
    owner_email TEXT NOT NULL,             -- empty: nobody was written to
    about_id    TEXT NOT NULL,             -- a person of ours; all empty: about nobody of ours
    about_name  TEXT NOT NULL,
    about_email TEXT NOT NULL,
    due_at      DATETIME NOT NULL,
    created_at  DATETIME NOT NULL,
    done_at     DATETIME,                      -- null: open
    done_by     TEXT NOT NULL,
    note        TEXT NOT NULL
);
CREATE UNIQUE INDEX tasks_key ON tasks (task_key);
CREATE INDEX tasks_account ON tasks (account_id, id);
CREATE INDEX tasks_case ON tasks (case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX tasks_contract ON tasks (contract_id) WHERE contract_id IS NOT NULL;

-- +goose Down
DROP TABLE tasks;
