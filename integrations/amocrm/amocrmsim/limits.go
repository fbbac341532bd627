package amocrmsim

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// limiter refuses more than so many requests a second and blocks who goes on.
// It runs in real time, whatever the account's clock says.
type limiter struct {
	mu                    sync.Mutex
	on                    bool
	perClient, perAccount int
	blockAfter            int
	blockFor              time.Duration
	clients               map[string][]time.Time
	account               []time.Time
	refused               []time.Time
	blockedUntil          time.Time
}

// SetLimits turns the rate limits on or off.
func (s *Sim) SetLimits(on bool) {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.limiter.on = on
	s.limiter.blockedUntil = time.Time{}
}

// limit refuses a request that comes too soon.
func (s *Sim) limit(r *http.Request, g *grant) (answer, bool) {
	who := caller(r)
	if g != nil {
		who = g.clientID
	}
	l := &s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.on {
		return answer{}, false
	}
	now := time.Now()
	if now.Before(l.blockedUntil) {
		return htmlPage(http.StatusForbidden, "403 Forbidden"), true
	}
	if l.clients == nil {
		l.clients = map[string][]time.Time{}
	}
	recent := func(times []time.Time, window time.Duration) []time.Time {
		return slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t) >= window })
	}
	l.clients[who] = recent(l.clients[who], time.Second)
	l.account = recent(l.account, time.Second)
	if len(l.clients[who]) < l.perClient && len(l.account) < l.perAccount {
		l.clients[who] = append(l.clients[who], now)
		l.account = append(l.account, now)
		return answer{}, false
	}
	l.refused = append(recent(l.refused, time.Minute), now)
	if len(l.refused) > l.blockAfter {
		l.blockedUntil, l.refused = now.Add(l.blockFor), nil
	}
	return s.tooMany(1), true
}
