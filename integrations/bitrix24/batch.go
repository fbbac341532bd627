package bitrix24

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"opendoor/offboarding"
)

// command is one call inside a batch. Only reads travel in batches: a batch
// that broke off half way must never be repeated blindly.
type command struct {
	key, method string
	query       url.Values
}

// commands print themselves as an object in their own order: a command may
// refer to the results of those before it.
type commands []command

// MarshalJSON keeps the order, which a map would lose.
func (cs commands) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, cmd := range cs {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(cmd.key)
		if err != nil {
			return nil, err
		}
		line, err := json.Marshal(cmd.method + "?" + cmd.query.Encode())
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(line)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// batchReply is what the commands answered: each is in one of the maps, or in
// neither when the portal did not run it.
type batchReply struct {
	Result table[json.RawMessage] `json:"result"`
	Errors table[remoteError]     `json:"result_error"`
}

// batchAwayFor is how long plain calls are made after a portal turned out to
// have no batch.
const batchAwayFor = 10 * time.Minute

// batch runs commands in one request. A portal without batch, or with an odd
// one, gives an empty reply: the caller then asks one by one.
func (c *Connector) batch(ctx context.Context, acc *offboarding.Account, cmds commands) (batchReply, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return batchReply{}, err
	}
	c.mu.Lock()
	away := c.wall().Before(c.plain[a.host])
	c.mu.Unlock()
	if away {
		return batchReply{}, nil
	}
	r, err := c.call(ctx, acc, "batch", params{"halt": 0, "cmd": cmds})
	_, unknown := errors.AsType[*unknownMethod](err)
	if unknown || offboarding.IsKind(err, offboarding.KindInvalid) {
		c.mu.Lock()
		c.plain[a.host] = c.wall().Add(batchAwayFor)
		c.mu.Unlock()
		return batchReply{}, nil
	}
	if err != nil {
		return batchReply{}, err
	}
	var b batchReply
	if json.Unmarshal(r.Result, &b) != nil {
		return batchReply{}, nil
	}
	return b, nil
}

// refusalOf returns the error of one command, nil when it was not refused.
func (c *Connector) refusalOf(acc *offboarding.Account, b batchReply, cmd command) error {
	e, ok := b.Errors[cmd.key]
	if !ok || !e.present() {
		return nil
	}
	a, err := c.addressOf(acc)
	if err != nil {
		return err
	}
	return c.meaning(a, cmd.method, 400, e) // a batch tells no status of its commands
}
