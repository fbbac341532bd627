package bitrix24sim

import (
	"net"
	"net/http"
	"time"
)

// Limits of the cloud (reference §4.7).
const (
	bucketSize      = 50  // calls at once
	bucketDrain     = 2.0 // calls per second
	operatingLimit  = 480 * time.Second
	operatingWindow = 10 // one-minute buckets
)

// bucket is the leaky bucket of one caller's address.
type bucket struct {
	level float64
	at    time.Time
}

// SetLimits switches the rate limit and the operating limit on or off.
func (s *Sim) SetLimits(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = on
}

// admit lets one more call of a caller in, or refuses it before it runs.
func (s *Sim) admit(host string) bool {
	now := s.now()
	b := s.buckets[host]
	if b == nil {
		b = &bucket{at: now}
		s.buckets[host] = b
	}
	b.level = max(0, b.level-bucketDrain*max(0, now.Sub(b.at).Seconds()))
	b.at = now
	if b.level+1 > bucketSize {
		return false
	}
	b.level++
	return true
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// operating is the time that one caller spent in one method, by minute.
type operating struct {
	minutes map[int64]time.Duration
}

// SpendOperatingTime books time on a method as if calls of the incoming webhook
// had taken it, to reach the operating limit without waiting for it.
func (s *Sim) SpendOperatingTime(method string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spend("webhook:"+s.cfg.Secret, method, d)
}

// spend books time; the portal must be locked.
func (s *Sim) spend(caller, method string, d time.Duration) {
	key := caller + " " + method
	o := s.spent[key]
	if o == nil {
		o = &operating{minutes: make(map[int64]time.Duration)}
		s.spent[key] = o
	}
	o.minutes[s.now().Unix()/60] += max(d, 0)
}

// sum is what was spent in the last ten minutes, and when the oldest part of it
// will be forgotten.
func (o *operating) sum(now time.Time) (total time.Duration, reset time.Time) {
	current := now.Unix() / 60
	oldest := current
	for minute, d := range o.minutes {
		if minute <= current-operatingWindow {
			delete(o.minutes, minute)
			continue
		}
		total += d
		oldest = min(oldest, minute)
	}
	return total, time.Unix((oldest+operatingWindow)*60, 0)
}

// operatingSpent tells whether the method is blocked; the portal must be locked.
func (s *Sim) operatingSpent(caller, method string) bool {
	o := s.spent[caller+" "+method]
	if o == nil {
		return false
	}
	total, _ := o.sum(s.now())
	return total >= operatingLimit
}

// operatingOf is what the time block of an answer prints.
func (s *Sim) operatingOf(c *call, now time.Time) (total time.Duration, reset time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.spent[c.who.key+" "+c.method]; o != nil {
		return o.sum(now)
	}
	return 0, now.Add(operatingWindow * time.Minute)
}
