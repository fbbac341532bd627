package worker

import (
	"context"
	"sync"
	"time"
)

// A CRM that does not answer keeps a pair of hands for ten seconds, and a few
// such accounts would keep all of them. So a call that lasts gives its place to
// somebody else and goes on in the waiting room, of which there is plenty: it
// costs a goroutine and a lease, and no work.

const (
	slowAfter  = 300 * time.Millisecond // most calls of healthy CRMs are over by then
	roomForOne = 8                      // places of the waiting room for each pair of hands
)

// places are where work of the queue crm is done.
type places struct {
	quick, slow chan struct{}
	after       time.Duration
}

func newPlaces(quick, slow int, after time.Duration) *places {
	return &places{quick: make(chan struct{}, quick), slow: make(chan struct{}, slow), after: after}
}

// take waits for a quick place, in turn, and returns how to leave the place where
// the work has got to; false: ctx ended first.
func (p *places) take(ctx context.Context) (leave func(), ok bool) {
	select {
	case p.quick <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	var mu sync.Mutex
	held := p.quick
	var t *time.Timer
	mu.Lock()
	t = time.AfterFunc(p.after, func() {
		mu.Lock()
		defer mu.Unlock()
		if held != p.quick {
			return // left meanwhile
		}
		select {
		case p.slow <- struct{}{}:
			<-p.quick
			held = p.slow
		default: // no room: it is tried again
			t.Reset(p.after)
		}
	})
	mu.Unlock()
	return func() {
		mu.Lock()
		defer mu.Unlock()
		t.Stop()
		<-held
		held = nil
	}, true
}
