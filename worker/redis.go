package worker

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Embedded is the Redis URL that stands for a Redis inside the process.
const Embedded = "embedded"

// Redis is a connection to Redis, or a Redis inside the process.
type Redis struct {
	redis.UniversalClient
	inside *miniredis.Miniredis
	stop   context.CancelFunc
}

// OpenRedis connects to the URL of contract §2: redis, rediss,
// redis+sentinel, redis+cluster, or "embedded". It does not wait for the
// server: what is in the database does not depend on it.
func OpenRedis(rawURL string) (*Redis, error) {
	if rawURL == Embedded {
		return openEmbedded()
	}
	scheme, _, _ := strings.Cut(rawURL, "://")
	var client redis.UniversalClient
	switch scheme {
	case "redis", "rediss":
		opt, err := redis.ParseURL(rawURL)
		if err != nil {
			return nil, fmt.Errorf("read the Redis URL: %w", hideURL(err))
		}
		opt.DialTimeout, opt.ReadTimeout, opt.WriteTimeout = 2*time.Second, 3*time.Second, 3*time.Second
		client = redis.NewClient(opt)
	case "redis+sentinel", "rediss+sentinel":
		opt, err := redis.ParseFailoverURL(strings.Replace(rawURL, "+sentinel", "", 1))
		if err != nil {
			return nil, fmt.Errorf("read the Redis URL: %w", hideURL(err))
		}
		client = redis.NewFailoverClient(opt)
	case "redis+cluster", "rediss+cluster":
		opt, err := redis.ParseClusterURL(strings.Replace(rawURL, "+cluster", "", 1))
		if err != nil {
			return nil, fmt.Errorf("read the Redis URL: %w", hideURL(err))
		}
		client = redis.NewClusterClient(opt)
	default:
		return nil, fmt.Errorf("the Redis URL begins with %q; redis, rediss, redis+sentinel, redis+cluster or embedded is expected", scheme)
	}
	return &Redis{UniversalClient: client}, nil
}

// hideURL drops the address from parse errors: it may hold a password.
func hideURL(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // parse errors come bare
		return u.Err
	}
	return err
}

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
	return &Redis{UniversalClient: client, inside: m, stop: cancel}, nil
}

// Inside reports whether the Redis lives in this process.
func (r *Redis) Inside() bool { return r.inside != nil }

// Close closes the connection and stops a Redis inside the process.
func (r *Redis) Close() error {
	err := r.UniversalClient.Close()
	if r.inside != nil {
		r.stop()
		r.inside.Close()
	}
	return err
}
