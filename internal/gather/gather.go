// Package gather lets calls that come together be answered together: while one
// batch is under way, what arrives waits and becomes the next one. A lone call
// is served at once. Calls come in flocks, though, and the first of a flock would
// leave alone a millisecond before the rest: where there was a batch just before,
// the next one waits two milliseconds for company.
package gather

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Group gathers calls of one kind. Make it with New.
type Group[In, Out any] struct {
	most  int
	limit time.Duration
	run   func(ctx context.Context, batch []In) ([]Out, []error)

	mu      sync.Mutex
	busy    bool
	waiting []call[In, Out]
	began   time.Time // the batch before
}

// How batches wait for company.
const (
	lately  = 20 * time.Millisecond // who comes so soon after a batch is one of many
	company = 2 * time.Millisecond
	crowd   = 16 // wait for nobody
)

type call[In, Out any] struct {
	ctx  context.Context //nolint:containedctx // of the caller who waits; the batch runs under its values
	in   In
	done chan result[Out]
}

type result[Out any] struct {
	out Out
	err error
}

// New returns a Group whose batches hold at most most calls and last at most
// limit. run answers each call of the batch: the results lie in its order, and
// a nil slice of errors says that all went well.
func New[In, Out any](most int, limit time.Duration, run func(ctx context.Context, batch []In) ([]Out, []error)) *Group[In, Out] {
	return &Group[In, Out]{most: most, limit: limit, run: run}
}

// Do hands in to the next batch and returns what became of it. A caller whose
// ctx ends goes without the answer; its call may still be carried out.
func (g *Group[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	c := call[In, Out]{ctx, in, make(chan result[Out], 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	if !g.busy {
		g.busy = true
		go g.work()
	}
	g.mu.Unlock()
	select {
	case r := <-c.done:
		return r.out, r.err
	case <-ctx.Done():
		var none Out
		return none, fmt.Errorf("wait for the batch: %w", ctx.Err())
	}
}

// work serves batches until nobody waits.
func (g *Group[In, Out]) work() {
	for {
		g.mu.Lock()
		if len(g.waiting) == 0 {
			g.busy = false
			g.waiting = nil
			g.mu.Unlock()
			return
		}
		if len(g.waiting) < min(crowd, g.most) && time.Since(g.began) < lately {
			g.mu.Unlock()
			time.Sleep(company)
			g.mu.Lock()
		}
		batch := g.waiting[:min(len(g.waiting), g.most)]
		g.waiting = g.waiting[len(batch):]
		g.began = time.Now()
		g.mu.Unlock()
		g.serve(batch)
	}
}

func (g *Group[In, Out]) serve(batch []call[In, Out]) {
	wanted := batch[:0:0]
	in := make([]In, 0, len(batch))
	for _, c := range batch {
		if c.ctx.Err() == nil { // who has gone wants nothing done any more
			wanted, in = append(wanted, c), append(in, c.in)
		}
	}
	if len(wanted) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(wanted[0].ctx), g.limit)
	defer cancel()
	outs, errs := g.safely(ctx, in)
	for i, c := range wanted {
		var r result[Out]
		if i < len(outs) {
			r.out = outs[i]
		}
		if i < len(errs) {
			r.err = errs[i]
		}
		c.done <- r
	}
}

// safely turns a panic of run into everybody's error: the callers must not
// wait for ever.
func (g *Group[In, Out]) safely(ctx context.Context, in []In) (outs []Out, errs []error) {
	defer func() {
		if p := recover(); p != nil {
			errs = All(len(in), fmt.Errorf("batch panicked: %v", p))
		}
	}()
	return g.run(ctx, in)
}

// All returns the same error n times.
func All(n int, err error) []error {
	out := make([]error, n)
	for i := range out {
		out[i] = err
	}
	return out
}
