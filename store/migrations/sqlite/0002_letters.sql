-- Letters of every kind: their variables, the verdict of the tone guard, and
-- texts that an operator has replaced. For the operator: adds columns with a
-- default and a new table, so it takes milliseconds whatever the number of rows.

-- +goose Up
ALTER TABLE messages ADD COLUMN vars TEXT;
ALTER TABLE messages ADD COLUMN tone TEXT;
ALTER TABLE messages ADD COLUMN at_once BOOLEAN NOT NULL DEFAULT FALSE;

-- Texts of an operator, every version of them; the newest one counts. A
-- version whose texts are empty says that the built-in text is back.
CREATE TABLE letter_texts (
    id         TEXT PRIMARY KEY,
    code       TEXT NOT NULL,
    lang       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    subject    TEXT NOT NULL,
    body_text  TEXT NOT NULL,
    body_html  TEXT NOT NULL,
    accepted   TEXT NOT NULL,                     -- rules of the tone guard whose warning its author has accepted
    actor      TEXT NOT NULL,
    created_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX letter_texts_version ON letter_texts (code, lang, version);

-- +goose Down
DROP TABLE letter_texts;
ALTER TABLE messages DROP COLUMN at_once;
ALTER TABLE messages DROP COLUMN tone;
ALTER TABLE messages DROP COLUMN vars;
