package outbound

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"

	"opendoor/offboarding"
)

const (
	longestTurn  = 3 * time.Second        // a worker waits for its turn no longer: somebody else may have work for it
	redisTimeout = 300 * time.Millisecond // as for the queue (dependencies.md, asynq)
	redisPause   = time.Second            // how long Redis is left alone after it failed, so that not every call pays 300 ms
)

// Rate is how often something may happen. The zero Rate sets no limit.
type Rate struct {
	PerSecond float64
	Burst     int // calls that may follow each other at once; at least 1 is taken
	// Window counts calls instead of spacing them: at most PerSecond in any
	// second, at once or not. Burst does not count then.
	Window bool
}

// Limiter spaces out calls by key, which is the account and the client id it
// is called by. All processes share it through Redis; while Redis is away each
// process keeps the rate by itself. Limits are kept by the real clock.
type Limiter struct {
	shared *redis_rate.Limiter // nil: one process alone
	redis  redis.UniversalClient
	log    *slog.Logger

	mu        sync.Mutex
	local     map[string]*rate.Limiter
	windows   map[string]*places
	redisAway time.Time // until then Redis is not asked
}

// NewLimiter returns a limiter over rdb; nil keeps the limits in this process.
func NewLimiter(rdb redis.UniversalClient, log *slog.Logger) *Limiter {
	l := &Limiter{log: log, local: map[string]*rate.Limiter{}, windows: map[string]*places{}}
	if rdb != nil {
		l.shared, l.redis = redis_rate.NewLimiter(rdb), rdb
	}
	return l
}

// Take waits for its turn under key, about 3 s at most. When that is not
// enough it answers *offboarding.Postpone with the time of a better try.
func (l *Limiter) Take(ctx context.Context, key string, r Rate) error {
	if r.PerSecond <= 0 {
		return ctx.Err()
	}
	r.Burst = max(r.Burst, 1)
	deadline := time.Now().Add(longestTurn)
	for {
		wait, err := l.ask(ctx, key, r)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return l.takeLocal(ctx, key, r, deadline)
		}
		if wait <= 0 {
			return nil
		}
		// Those who wait together must not come back together.
		wait += rand.N(wait/4 + 5*time.Millisecond)
		if now := time.Now(); now.Add(wait).After(deadline) {
			return postponed(now.Add(wait))
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// ask tries to take a turn in Redis and says how long to wait before the next
// try; zero or less: the turn is ours.
func (l *Limiter) ask(ctx context.Context, key string, r Rate) (time.Duration, error) {
	if l.shared == nil {
		return 0, errNoRedis
	}
	l.mu.Lock()
	away := time.Now().Before(l.redisAway)
	l.mu.Unlock()
	if away {
		return 0, errNoRedis
	}
	short, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	wait, err := l.askRedis(short, key, r)
	if err != nil {
		if ctx.Err() == nil {
			l.mu.Lock()
			l.redisAway = time.Now().Add(redisPause)
			l.mu.Unlock()
			l.log.WarnContext(ctx, "rate limit kept by this process alone, redis did not answer", "err", err)
		}
		return 0, err
	}
	return wait, nil
}

func (l *Limiter) askRedis(ctx context.Context, key string, r Rate) (time.Duration, error) {
	if r.Window {
		return l.askWindow(ctx, key, r)
	}
	limit := redis_rate.Limit{Rate: 1, Burst: r.Burst, Period: time.Duration(float64(time.Second) / r.PerSecond)}
	res, err := l.shared.Allow(ctx, key, limit)
	if err != nil || res.Allowed > 0 {
		return 0, err
	}
	return max(res.RetryAfter, time.Millisecond), nil
}

var errNoRedis = errors.New("redis is not in use")

func (l *Limiter) takeLocal(ctx context.Context, key string, r Rate, deadline time.Time) error {
	if r.Window {
		return l.takePlace(ctx, key, r, deadline)
	}
	l.mu.Lock()
	lim, ok := l.local[key]
	if !ok {
		lim = rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
		l.local[key] = lim
	} else if lim.Limit() != rate.Limit(r.PerSecond) || lim.Burst() != r.Burst {
		lim.SetLimit(rate.Limit(r.PerSecond))
		lim.SetBurst(r.Burst)
	}
	l.mu.Unlock()

	turn := lim.Reserve()
	wait := turn.Delay()
	if now := time.Now(); now.Add(wait).After(deadline) {
		turn.Cancel()
		return postponed(now.Add(wait))
	}
	if err := sleep(ctx, wait); err != nil {
		turn.Cancel()
		return err
	}
	return nil
}

// takePlace waits for a place in the window of this process.
func (l *Limiter) takePlace(ctx context.Context, key string, r Rate, deadline time.Time) error {
	for {
		now := time.Now()
		l.mu.Lock()
		p, ok := l.windows[key]
		if !ok {
			p = &places{}
			l.windows[key] = p
		}
		wait := p.take(now, r)
		l.mu.Unlock()
		if wait <= 0 {
			return ctx.Err()
		}
		if now.Add(wait).After(deadline) {
			return postponed(now.Add(wait))
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func postponed(until time.Time) error {
	return &offboarding.Postpone{Until: until, Real: true, Reason: "the rate limit of the CRM"}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
