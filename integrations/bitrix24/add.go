package bitrix24

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"opendoor/offboarding"
)

// longestRun is how long a portal may still be at work on a request whose
// caller has gone (reference §4.7).
const longestRun = time.Minute

// lookPages bounds the look for a marker: 200 entries of one deal.
const lookPages = 4

// add makes something that REST cannot make twice without doubling it. Callers
// have looked for the marker and not found it. After a time-out the portal may
// not be done yet, so that the look proves nothing until longestRun is over.
// This is remembered in the process: after a crash the look has to do.
func (c *Connector) add(ctx context.Context, acc *offboarding.Account, dealID, marker, method string, p params, fence offboarding.FenceFunc) (reply, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return reply{}, err
	}
	key := a.kept + " " + dealID + " " + marker
	now := c.wall()
	c.mu.Lock()
	until, running := c.adding[key]
	if running && !now.Before(until) {
		delete(c.adding, key)
		running = false
	}
	c.mu.Unlock()
	if running {
		return reply{}, &offboarding.Postpone{Until: until, Real: true, Reason: "an earlier " + method + " may still be running in the portal"}
	}
	if err := fence(ctx); err != nil {
		return reply{}, err
	}
	r, err := c.call(ctx, acc, method, p)
	if abandoned(err) {
		c.mu.Lock()
		c.adding[key] = now.Add(longestRun)
		c.mu.Unlock()
	}
	return r, err
}

// abandoned reports whether we went away while the portal was at work.
func abandoned(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

// once asks the fence before the first request only: behind it there is no way
// back, and a second question would find it passed already.
func once(fence offboarding.FenceFunc) offboarding.FenceFunc {
	passed := false
	return func(ctx context.Context) error {
		if passed {
			return nil
		}
		err := fence(ctx)
		passed = err == nil
		return err
	}
}

// marked makes sure that a text carries its marker.
func marked(text, marker string) string {
	if marker == "" || strings.Contains(text, marker) {
		return text
	}
	return strings.TrimRight(text, "\n") + "\n\n" + marker
}
