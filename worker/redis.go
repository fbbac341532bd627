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
	knocks *knocks
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
	return withKnocks(&Redis{UniversalClient: client}), nil
}

func withKnocks(r *Redis) *Redis {
	r.knocks = newKnocks(r.inside)
	r.AddHook(r.knocks)
	return r
}

// hideURL drops the address from parse errors: it may hold a password.
func hideURL(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // parse errors come bare
		return u.Err
	}
	return err
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
