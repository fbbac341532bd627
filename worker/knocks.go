package worker

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"opendoor/offboarding"
)

// knocks lets asynq's look into an empty queue wait until this process has put
// a task there. asynq by itself sleeps between two looks: long, and each letter
// waits twice for nobody; short, and an idle process asks Redis hundreds of times
// a second.
type knocks struct {
	inside *miniredis.Miniredis // nil: Redis is a server, where others put tasks, too
	doors  map[string]*door     // by the list of the queue's pending tasks
}

// door is of one queue.
type door struct {
	knocked  chan struct{}
	empty    atomic.Bool   // was so at the last look
	patience time.Duration // of a look that nobody knocks for
}

// patience is how long a look into an empty queue waits for tasks of this
// process before it looks for those of others.
var patience = map[offboarding.Queue]time.Duration{
	offboarding.QueueCRM: 20 * time.Millisecond, offboarding.QueueMail: 20 * time.Millisecond,
	offboarding.QueueLow: 200 * time.Millisecond, offboarding.QueueFiles: 200 * time.Millisecond,
}

// insidePatience is for queues that nobody else puts tasks into.
const insidePatience = 200 * time.Millisecond

func newKnocks(inside *miniredis.Miniredis) *knocks {
	k := &knocks{inside: inside, doors: map[string]*door{}}
	for queue, d := range patience {
		if inside != nil {
			d = insidePatience
		}
		k.doors[pendingList(queue)] = &door{knocked: make(chan struct{}, 1), patience: d}
	}
	return k
}

// pendingList is asynq's list of a queue's tasks that nobody has begun.
func pendingList(queue offboarding.Queue) string { return "asynq:{" + string(queue) + "}:pending" }

// knock ends the waiting of a look into the queue; it never blocks.
func (k *knocks) knock(queue offboarding.Queue) {
	if d, ok := k.doors[pendingList(queue)]; ok {
		poke(d.knocked)
	}
}

func (k *knocks) DialHook(next redis.DialHook) redis.DialHook { return next }

func (k *knocks) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook holds asynq's looks, and answers those into an empty queue inside
// the process by a look at the list itself: the script that asynq runs for it takes
// an interpreter put up for the call.
func (k *knocks) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		list, ok := lookedInto(cmd)
		d := k.doors[list]
		if !ok || d == nil {
			return next(ctx, cmd)
		}
		if d.empty.Load() {
			select {
			case <-d.knocked:
			case <-time.After(d.patience):
			case <-ctx.Done():
			}
		}
		if k.inside != nil && !k.inside.Exists(list) {
			d.empty.Store(true)
			cmd.SetErr(redis.Nil) // what the script answers
			return redis.Nil
		}
		err := next(ctx, cmd)
		d.empty.Store(errors.Is(err, redis.Nil))
		return err
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
