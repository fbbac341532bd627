-- +goose Up
-- A ring is out only until somebody claims the effect. The index holds nothing
-- but those, and its condition is not one that the index on what is due (state =
-- 'ready') answers as well: PostgreSQL took that one and read all that waits.
UPDATE effects SET rung_at = NULL WHERE rung_at IS NOT NULL AND state <> 'ready';
DROP INDEX effects_rung;
CREATE INDEX effects_rung ON effects (rung_at) WHERE rung_at IS NOT NULL;

-- +goose Down
DROP INDEX effects_rung;
CREATE INDEX effects_rung ON effects (rung_at) WHERE state = 'ready' AND rung_at IS NOT NULL;
