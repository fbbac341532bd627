package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// insideBuffer is the size of a connection's buffers, bytes. What goes through
// them is a bell; the library's 32 KiB twice for each of some twenty connections
// would be a twentieth of what an idle process may hold.
const insideBuffer = 4 << 10

// openEmbedded starts a Redis inside the process. Its time stands still by
// itself and must be moved, or keys never expire.
func openEmbedded() (*Redis, error) {
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the queue inside the process: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		const step = 100 * time.Millisecond
		tick := time.NewTicker(step)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				m.SetTime(now)
				m.FastForward(now.Sub(last))
				last = now
			}
		}
	}()
	client := redis.NewClient(&redis.Options{Addr: m.Addr(), PoolSize: 32, ReadBufferSize: insideBuffer, WriteBufferSize: insideBuffer})
	client.AddHook(emptyQueues{m})
	return &Redis{UniversalClient: client, inside: m, stop: cancel}, nil
}

// emptyQueues answers asynq's looks at an empty queue, some hundred a second, by
// a look at the list itself. The script that asynq runs for it takes an interpreter
// put up for the call: 15 % of a core and 18 MB of garbage a second in an idle process.
type emptyQueues struct{ inside *miniredis.Miniredis }

func (q emptyQueues) DialHook(next redis.DialHook) redis.DialHook { return next }

func (q emptyQueues) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (q emptyQueues) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if list, ok := lookedInto(cmd); ok && !q.inside.Exists(list) {
			cmd.SetErr(redis.Nil) // what the script answers
			return redis.Nil
		}
		return next(ctx, cmd)
	}
}

// lookedInto returns the list that a command would take a task from (asynq's
// dequeueCmd: the lists of a queue's pending and active tasks, and two keys more).
func lookedInto(cmd redis.Cmder) (list string, ok bool) {
	args := cmd.Args() // evalsha, script, number of keys, keys, arguments
	if len(args) < 7 || cmd.Name() != "evalsha" || args[2] != any(4) {
		return "", false
	}
	for i, end := range []string{":pending", ":paused", ":active", ":lease"} {
		key, isText := args[3+i].(string)
		if !isText || !strings.HasSuffix(key, end) {
			return "", false
		}
	}
	return args[3].(string), true
}
