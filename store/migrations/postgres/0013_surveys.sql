-- What administrators let the survey say, and which questions clients
-- answered, and what clients who stay answer to the pulse.
-- For the operator: three new tables, so it takes milliseconds whatever the number
-- of rows.

-- +goose Up

-- Wordings of the survey, every version of them; the newest one of a language
-- counts. What differs from the wording that ships stands in doc.
CREATE TABLE survey_wordings (
    id         uuid PRIMARY KEY,
    lang       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    doc        jsonb NOT NULL
);
CREATE UNIQUE INDEX survey_wordings_version ON survey_wordings (lang, version);

-- Each question that the client of a case was shown, and whether it is answered
-- now. opened_at is when the case was opened: figures are counted by it.
CREATE TABLE survey_questions (
    case_id    uuid NOT NULL,
    question   TEXT NOT NULL,
    account_id uuid NOT NULL,
    opened_at  timestamptz NOT NULL,
    answered   boolean NOT NULL,
    PRIMARY KEY (case_id, question)
);
CREATE INDEX survey_questions_account ON survey_questions (account_id, opened_at);

-- What clients who stay answered to «Что нам улучшить?».
CREATE TABLE pulses (
    id          uuid PRIMARY KEY,
    account_id  uuid NOT NULL,
    contract_id uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    mark        INTEGER,
    actor       TEXT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX pulses_contract ON pulses (contract_id, id);

-- +goose Down
DROP TABLE pulses;
DROP TABLE survey_questions;
DROP TABLE survey_wordings;
