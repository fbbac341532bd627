-- Which messages are still to be told of by their provider. For the operator:
-- the index reads the letters once, about 1 s per million.

-- +goose Up
CREATE INDEX messages_outstanding ON messages (channel, updated_at) WHERE channel <> 'email' AND state IN ('sent', 'uncertain');

-- +goose Down
DROP INDEX messages_outstanding;
