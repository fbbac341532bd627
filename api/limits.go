package api

import (
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"
)

// Limits of one process: generous for people and programs, too little for
// guessing tokens or flooding.
const (
	keyPerSecond, keyBurst   = 100, 400
	linkPerSecond, linkBurst = 100, 1000
	limitIdle                = 10 * time.Minute
	limitMost                = 100_000 // callers remembered; beyond it the oldest go
)

// limits remembers a token bucket per caller.
type limits struct {
	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newLimits() *limits { return &limits{buckets: map[string]*bucket{}, swept: time.Now()} }

func (l *limits) allow(who string, per rate.Limit, burst int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.swept) > time.Minute || len(l.buckets) > limitMost {
		for k, b := range l.buckets {
			if now.Sub(b.used) > limitIdle || len(l.buckets) > limitMost {
				delete(l.buckets, k)
			}
		}
		l.swept = now
	}
	b, ok := l.buckets[who]
	if !ok {
		b = &bucket{Limiter: rate.NewLimiter(per, burst)}
		l.buckets[who] = b
	}
	b.used = now
	return b.AllowN(now, 1)
}

// limitRate refuses callers that ask too often.
func (s *Server) limitRate(class rateClass) gin.HandlerFunc {
	return func(c *gin.Context) {
		ok := true
		switch class {
		case rateKey:
			ok = s.limits.allow("key "+callerOf(c).id, keyPerSecond, keyBurst)
		case rateLink:
			ok = s.limits.allow("ip "+c.ClientIP(), linkPerSecond, linkBurst)
		}
		if !ok {
			c.Header("Retry-After", "1")
			writeProblem(c, s.cfg.Log, refuse(http.StatusTooManyRequests, "too many requests, please wait a moment"))
			return
		}
		c.Next()
	}
}
