package outbound

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"opendoor/offboarding"
)

const (
	failuresToOpen = 5                // in a row; one bad minute of a CRM behind nginx is longer than five calls
	openFor        = 15 * time.Second // then one call tries again
	trialFor       = time.Second      // how long others wait while that call is under way
)

// Breakers spare hosts that are down, and our workers the wait for them: one
// breaker for each host, opened by failures in a row.
type Breakers struct {
	log *slog.Logger

	mu     sync.Mutex
	byHost map[string]*breaker
}

type breaker struct {
	*gobreaker.CircuitBreaker[*Response]

	mu     sync.Mutex
	closes time.Time // when an open breaker lets a call through again
}

// NewBreakers returns breakers that are all closed.
func NewBreakers(log *slog.Logger) *Breakers {
	return &Breakers{log: log, byHost: map[string]*breaker{}}
}

// Do makes the call unless its host is known to be down; then it answers a
// refused *offboarding.Backoff without calling. A *NetError and 5xx count as
// failures of the host, but neither does the end of the caller's own patience
// nor a 503 that the CRM itself explains in JSON: that is its rate limit.
func (b *Breakers) Do(ctx context.Context, host string, call func() (*Response, error)) (*Response, error) {
	br := b.of(host)
	r, err := br.Execute(func() (*Response, error) {
		r, err := call()
		switch {
		case err != nil:
			if _, ok := errors.AsType[*NetError](err); !ok || ctx.Err() != nil {
				return r, &harmless{err}
			}
			return r, err
		case failed(r):
			return r, errHostFailed
		}
		return r, nil
	})
	if h, ok := errors.AsType[*harmless](err); ok {
		return r, h.error
	}
	switch {
	case errors.Is(err, errHostFailed):
		return r, nil
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return nil, &offboarding.Backoff{
			Until: br.opensAgain(time.Now()), Refused: true,
			Err: offboarding.Unavailable("the server failed several times in a row and is left alone for a while", nil),
		}
	}
	return r, err
}

var errHostFailed = errors.New("the host failed")

// harmless is an error that says nothing about the host.
type harmless struct{ error }

func failed(r *Response) bool {
	return r.Status >= 500 && (r.Status != http.StatusServiceUnavailable || !looksLikeJSON(r.Body))
}

func (b *Breakers) of(host string) *breaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	if br, ok := b.byHost[host]; ok {
		return br
	}
	br := &breaker{}
	br.CircuitBreaker = gobreaker.NewCircuitBreaker[*Response](gobreaker.Settings{
		Name:        host,
		MaxRequests: 1,
		Timeout:     openFor,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failuresToOpen },
		IsExcluded: func(err error) bool {
			_, ok := errors.AsType[*harmless](err)
			return ok
		},
		OnStateChange: func(host string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				br.mu.Lock()
				br.closes = time.Now().Add(openFor)
				br.mu.Unlock()
			}
			b.log.Warn("breaker changed its state", "host", host, "from", from.String(), "to", to.String())
		},
	})
	b.byHost[host] = br
	return br
}

// opensAgain tells when a call is worth trying.
func (b *breaker) opensAgain(now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closes.After(now) {
		return b.closes
	}
	return now.Add(trialFor)
}
