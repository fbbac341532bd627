package offboarding

import (
	"context"
	"sync/atomic"
)

type answeredKey struct{}

// Probing returns a context for work that is to show whether a parked
// account's CRM answers again, and a function that tells whether it did. Work
// may end well without asking: that shows nothing.
func Probing(ctx context.Context) (context.Context, func() bool) {
	answered := &atomic.Bool{}
	return context.WithValue(ctx, answeredKey{}, answered), answered.Load
}

// Answered notes that the CRM has answered a call made in ctx, or for it, as it
// should. Connectors say so; outside of Probing it does nothing.
func Answered(ctx context.Context) {
	if answered, ok := ctx.Value(answeredKey{}).(*atomic.Bool); ok {
		answered.Store(true)
	}
}
