-- +goose Up
-- What we last wrote into each field of each card, so that a value that a person
-- changed is recognised. While pending, both wrote and writing are ours.
CREATE TABLE card_values (
    account_id TEXT    NOT NULL,
    deal_id    text    NOT NULL,
    code       text    NOT NULL,
    wrote      text    NOT NULL,
    writing    text    NOT NULL,
    pending    BOOLEAN NOT NULL,
    kept       text    NOT NULL,
    PRIMARY KEY (account_id, deal_id, code)
);

-- +goose Down
DROP TABLE card_values;
