package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// sharedDatabases is how many numbered databases the shared Redis has: more
// than one run has tests, so that a number is not given out twice.
const sharedDatabases = 4096

// RedisServer is a Redis of one test, without persistence: whatever it holds
// is gone after Stop.
type RedisServer struct {
	// URL is the server's address, the same after a restart.
	URL string

	t      testing.TB
	server *server
}

// Redis starts a Redis for this test alone and removes it at its end. It is
// for tests that stop or flush it; others share one by SharedRedis.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	need(t, "Redis")
	s, err := startRedis(16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return &RedisServer{URL: s.url, t: t, server: s}
}

// Stop ends the server; it forgets everything.
func (r *RedisServer) Stop() { r.do(r.server.stop(syscall.SIGKILL)) }

// Start starts a stopped server, empty, on the same port.
func (r *RedisServer) Start() { r.do(r.server.start()) }

// FlushAll deletes every key of every database.
func (r *RedisServer) FlushAll() {
	r.do(withRedis(r.URL, func(ctx context.Context, c *redis.Client) error { return c.FlushAll(ctx).Err() }))
}

func (r *RedisServer) do(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// SharedRedis returns the URL of a shared Redis, with the number of an empty
// database in it that no other test uses, and that number. FLUSHALL is
// unknown there; channels of publish and subscribe reach over all numbers.
func SharedRedis(t testing.TB) (url string, db int) {
	t.Helper()
	need(t, "Redis")
	shared, err := sharedRedis()
	if err != nil {
		t.Fatal(err)
	}
	err = withRedis(shared.url, func(ctx context.Context, c *redis.Client) error {
		n, err := c.Incr(ctx, "testkit:databases").Result()
		// Database 0 holds the counter.
		db = 1 + int(n-1)%(sharedDatabases-1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	url = shared.url + "/" + strconv.Itoa(db)
	flush := func(ctx context.Context, c *redis.Client) error { return c.FlushDB(ctx).Err() }
	if err := withRedis(url, flush); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := withRedis(url, flush); err != nil {
			t.Error(err)
		}
	})
	return url, db
}

// sharedRedis is the Redis of this test binary, started on first use when
// withservers has not started one for the whole run.
var sharedRedis = sync.OnceValues(func() (*server, error) {
	if url := os.Getenv(redisEnv); url != "" {
		return &server{url: url}, nil
	}
	return startSharedRedis()
})

// startSharedRedis starts a server on which no test can delete what the
// others stored.
func startSharedRedis() (*server, error) {
	return startRedis(sharedDatabases, "--rename-command", "FLUSHALL", "")
}

func startRedis(databases int, options ...string) (*server, error) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("find Redis: redis-server is not installed; make test installs it, make quick does without")
	}
	dir, err := newDir("redis", nil)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	url := "redis://" + addr
	s := &server{
		name: "Redis",
		url:  url,
		dir:  dir,
		quit: syscall.SIGTERM,
		ready: func() error {
			// go-redis complains about each failed dial on stderr.
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				return err
			}
			if err := conn.Close(); err != nil {
				return err
			}
			return withRedis(url, func(ctx context.Context, c *redis.Client) error { return c.Ping(ctx).Err() })
		},
		args: append([]string{
			bin, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
			"--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
			"--databases", strconv.Itoa(databases),
		}, options...),
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// withRedis runs do on a client of its own.
func withRedis(url string, do func(context.Context, *redis.Client) error) (err error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return fmt.Errorf("read the Redis address: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	options.MaxRetries = -1 // the caller decides what to repeat
	c := redis.NewClient(options)
	defer func() { err = errors.Join(err, c.Close()) }()
	return do(ctx, c)
}
