-- Tasks for people where there is no card of a CRM to put them on. For the
-- operator: the table is new, so it takes milliseconds.

-- +goose Up
CREATE TABLE tasks (
    id          uuid PRIMARY KEY,
    account_id  uuid NOT NULL,
    case_id     uuid,                      -- null: about a contract, or a person of ours
    contract_id uuid,
    task_key    text NOT NULL,             -- the same thing is asked once
    what        text NOT NULL,
    body        text NOT NULL,             -- in words
    owner_id    text NOT NULL,
    owner_name  text NOT NULL,
    owner_email text NOT NULL,             -- empty: nobody was written to
    about_id    text NOT NULL,             -- a person of ours; all empty: about nobody of ours
    about_name  text NOT NULL,
    about_email text NOT NULL,
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    done_at     timestamptz,                      -- null: open
    done_by     text NOT NULL,
    note        text NOT NULL
);
CREATE UNIQUE INDEX tasks_key ON tasks (task_key);
CREATE INDEX tasks_account ON tasks (account_id, id);
CREATE INDEX tasks_case ON tasks (case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX tasks_contract ON tasks (contract_id) WHERE contract_id IS NOT NULL;

-- +goose Down
DROP TABLE tasks;
