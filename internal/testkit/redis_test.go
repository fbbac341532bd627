package testkit_test

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"opendoor/internal/testkit"
)

func redisClient(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func keys(t *testing.T, c *redis.Client) int64 {
	t.Helper()
	n, err := c.DBSize(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func set(t *testing.T, c *redis.Client) {
	t.Helper()
	if err := c.Set(t.Context(), "bell", "rung", 0).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestSharedRedisGivesEachTestAnEmptyDatabase(t *testing.T) {
	firstURL, first := testkit.SharedRedis(t)
	secondURL, second := testkit.SharedRedis(t)
	if first == second {
		t.Fatalf("both have database %d", first)
	}
	set(t, redisClient(t, firstURL))
	if n := keys(t, redisClient(t, secondURL)); n != 0 {
		t.Errorf("%d keys in a database nobody has used", n)
	}
}

func TestSharedRedisCannotBeFlushedForAll(t *testing.T) {
	url, _ := testkit.SharedRedis(t)
	if err := redisClient(t, url).FlushAll(t.Context()).Err(); err == nil {
		t.Error("one test can delete what the others stored")
	}
}

func TestRedisForgetsEverything(t *testing.T) {
	r := testkit.Redis(t)
	forget := map[string]func(){
		"flushed":   r.FlushAll,
		"restarted": func() { r.Stop(); r.Start() },
	}
	for name, f := range forget {
		t.Run(name, func(t *testing.T) {
			c := redisClient(t, r.URL)
			set(t, c)
			f()
			if n := keys(t, c); n != 0 {
				t.Errorf("%d keys are left", n)
			}
		})
	}
}

func TestStoppedRedisDoesNotAnswer(t *testing.T) {
	r := testkit.Redis(t)
	addr := strings.TrimPrefix(r.URL, "redis://")
	r.Stop()
	if _, err := net.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialling a stopped Redis: %v", err)
	}
	r.Start()
	set(t, redisClient(t, r.URL))
}
