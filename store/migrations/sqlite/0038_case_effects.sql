-- What is still to be done for a case is found without reading what was done: a
-- case that is escalated every day has thousands of effects. For the operator:
-- about 2 s per million effects, writes wait meanwhile.

-- +goose Up
DROP INDEX effects_case;
CREATE INDEX effects_case ON effects (case_id, state) WHERE case_id IS NOT NULL;

-- +goose Down
DROP INDEX effects_case;
CREATE INDEX effects_case ON effects (case_id) WHERE case_id IS NOT NULL;
