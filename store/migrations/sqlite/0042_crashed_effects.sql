-- +goose Up
-- What has lost its lease and not come through since: few, and looked at together
-- before one of them is condemned.
CREATE INDEX effects_crashed ON effects (id) WHERE crashes > 0 AND state IN ('ready', 'claimed', 'transmitting');

-- +goose Down
DROP INDEX effects_crashed;
