package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"opendoor/offboarding"
)

// looks counts what gets through to the queue inside the process.
type looks struct{ n atomic.Int64 }

func (l *looks) DialHook(next redis.DialHook) redis.DialHook { return next }
func (l *looks) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (l *looks) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if _, ok := lookedInto(cmd); ok {
			l.n.Add(1)
		}
		return next(ctx, cmd)
	}
}

func TestAnEmptyQueueInsideIsNotAsked(t *testing.T) {
	r, err := OpenRedis(Embedded)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	through := &looks{}
	r.AddHook(through)
	const tasks = 30
	done := make(chan string, tasks)
	srv := asynq.NewServerFromRedisClient(r.UniversalClient, asynq.Config{
		Concurrency: 4, Queues: map[string]int{"crm": 1}, TaskCheckInterval: time.Millisecond, Logger: quietLogger{},
		LogLevel: asynq.FatalLevel,
	})
	if err := srv.Start(asynq.HandlerFunc(func(_ context.Context, task *asynq.Task) error {
		done <- string(task.Payload())
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	defer srv.Shutdown()
	client := asynq.NewClientFromRedisClient(r.UniversalClient)
	seen := map[string]bool{}
	for i := range tasks {
		if _, err := client.Enqueue(asynq.NewTask("x", fmt.Append(nil, i)), asynq.Queue("crm")); err != nil {
			t.Fatal(err)
		}
		r.knocks.knock(offboarding.QueueCRM)
		seen[<-done] = true // the queue is empty again
	}
	if len(seen) != tasks {
		t.Errorf("%d of %d tasks came", len(seen), tasks)
	}
	if n := through.n.Load(); n != tasks {
		t.Errorf("%d looks got through for %d tasks", n, tasks)
	}
}

func TestALookIntoAnEmptyQueueWaitsForAKnock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnocks(nil)
		look := func(answer error) (waited time.Duration) {
			began := time.Now()
			keys := []any{"evalsha", "script", 4, "asynq:{mail}:pending", "asynq:{mail}:paused", "asynq:{mail}:active", "asynq:{mail}:lease", 1}
			hook := k.ProcessHook(func(context.Context, redis.Cmder) error { return answer })
			if err := hook(t.Context(), redis.NewCmd(t.Context(), keys...)); !errors.Is(err, answer) {
				t.Errorf("the look says %v, Redis said %v", err, answer)
			}
			return time.Since(began)
		}
		if w := look(redis.Nil); w != 0 {
			t.Errorf("the first look waits %s", w)
		}
		if w := look(redis.Nil); w != patience[offboarding.QueueMail] {
			t.Errorf("nobody knocks: a look waits %s", w)
		}
		k.knock(offboarding.QueueCRM)
		if w := look(redis.Nil); w != patience[offboarding.QueueMail] {
			t.Errorf("a knock for another queue: a look waits %s", w)
		}
		time.AfterFunc(3*time.Millisecond, func() { k.knock(offboarding.QueueMail) })
		if w := look(nil); w != 3*time.Millisecond {
			t.Errorf("a look waits %s for a knock after 3 ms", w)
		}
		if w := look(nil); w != 0 {
			t.Errorf("after a task a look waits %s", w)
		}
	})
}
