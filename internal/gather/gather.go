// Package gather lets calls that come together be answered together: while one
// batch is under way, what arrives waits and becomes the next one. Nobody waits for
// company: whoever is ready to call at the same moment gets the chance to, that is all.
package gather

import (
	"context"
	"fmt"
	"runtime"
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
}

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

// Do hands in to the next batch and returns what became of it. Who comes when
// nothing is under way serves the batch itself. Of the others, a caller whose ctx
// ends goes without the answer; its call may still be carried out.
func (g *Group[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	c := call[In, Out]{ctx, in, make(chan result[Out], 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	leads := !g.busy
	g.busy = true
	g.mu.Unlock()
	if leads {
		runtime.Gosched() // those whom one batch has served together come here together, too
		g.serve(g.next())
		if batch := g.next(); batch != nil {
			go g.work(batch)
		}
	}
	select {
	case r := <-c.done:
		return r.out, r.err
	case <-ctx.Done():
		var none Out
		return none, fmt.Errorf("wait for the batch: %w", ctx.Err())
	}
}

// work serves batches until nobody waits.
func (g *Group[In, Out]) work(batch []call[In, Out]) {
	for batch != nil {
		g.serve(batch)
		runtime.Gosched()
		batch = g.next()
	}
}

// next takes the next batch; nil: nobody waits, and whoever comes now leads.
func (g *Group[In, Out]) next() []call[In, Out] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.busy, g.waiting = false, nil
		return nil
	}
	batch := g.waiting[:min(len(g.waiting), g.most)]
	g.waiting = g.waiting[len(batch):]
	return batch
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
