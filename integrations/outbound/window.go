package outbound

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// windowScript lets at most ARGV[1] calls through in any ARGV[2] microseconds:
// it keeps the times of the last calls and answers how long to wait, 0: go.
// Times are the server's, so that all processes count by one clock.
var windowScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local most, span = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = redis.call('LINDEX', KEYS[1], -most)
if first then
  local wait = tonumber(first) + span - now
  if wait > 0 then return wait end
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], -most, -1)
redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000) + 1000)
return 0
`)

// askWindow asks Redis for a place in the window.
func (l *Limiter) askWindow(ctx context.Context, key string, r Rate) (time.Duration, error) {
	most, span := r.window()
	wait, err := windowScript.Run(ctx, l.redis, []string{"opendoor:window:" + key}, most, span.Microseconds()).Int64()
	return time.Duration(wait) * time.Microsecond, err
}

// window is how many calls may fall into which time.
func (r Rate) window() (most int, span time.Duration) {
	most = max(int(r.PerSecond), 1)
	return most, time.Duration(float64(most) / r.PerSecond * float64(time.Second))
}

// places are the times of the last calls of a key in this process.
type places []time.Time

// take returns how long to wait for a place; zero: it is taken.
func (p *places) take(now time.Time, r Rate) time.Duration {
	most, span := r.window()
	if n := len(*p); n >= most {
		if wait := (*p)[n-most].Add(span).Sub(now); wait > 0 {
			return wait
		}
		*p = append((*p)[:0], (*p)[n-most+1:]...)
	}
	*p = append(*p, now)
	return 0
}
