-- Letters of every kind: their variables, the verdict of the tone guard, and
-- texts that an operator has replaced. For the operator: adds columns with a
-- default and a new table, so it takes milliseconds whatever the number of rows.

-- +goose Up
ALTER TABLE messages ADD COLUMN vars jsonb;
ALTER TABLE messages ADD COLUMN tone jsonb;
ALTER TABLE messages ADD COLUMN at_once boolean NOT NULL DEFAULT FALSE;

-- Texts of an operator, every version of them; the newest one counts. A
-- version whose texts are empty says that the built-in text is back.
CREATE TABLE letter_texts (
    id         uuid PRIMARY KEY,
    code       text NOT NULL,
    lang       text NOT NULL,
    version    integer NOT NULL,
    subject    text NOT NULL,
    body_text  text NOT NULL,
    body_html  text NOT NULL,
    accepted   jsonb NOT NULL,                     -- rules of the tone guard whose warning its author has accepted
    actor      text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX letter_texts_version ON letter_texts (code, lang, version);

-- +goose Down
DROP TABLE letter_texts;
ALTER TABLE messages DROP COLUMN at_once;
ALTER TABLE messages DROP COLUMN tone;
ALTER TABLE messages DROP COLUMN vars;
