package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"opendoor/offboarding"
)

var _ offboarding.Bell = (*Bell)(nil)

// bellChannel is the Redis channel on which processes ring each other.
const bellChannel = "opendoor:bell"

// publishPause makes one ring of those that follow each other closely: under
// load there would be a thousand a second, and nobody works faster for them.
const publishPause = 5 * time.Millisecond

// Bell tells the loops of this process, and of others through Redis, that
// there is work in the store. Rings that come together are one; a lost ring is
// found by the next tick.
type Bell struct {
	mu     sync.Mutex
	ears   []chan struct{}
	remote chan struct{}
}

// NewBell returns a bell that is heard in this process.
func NewBell() *Bell { return &Bell{remote: make(chan struct{}, 1)} }

// Ring wakes every listener; it never blocks.
func (b *Bell) Ring() {
	b.ringHere()
	poke(b.remote)
}

func (b *Bell) ringHere() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ear := range b.ears {
		poke(ear)
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Listen returns a channel that holds at most one ring.
func (b *Bell) Listen() <-chan struct{} {
	ear := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ears = append(b.ears, ear)
	return ear
}

// Publish carries rings to other processes until ctx ends.
func (b *Bell) Publish(ctx context.Context, client redis.UniversalClient) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.remote:
			ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
			_ = client.Publish(ctx, bellChannel, "1").Err() // a tick finds the work all the same
			cancel()
			time.Sleep(publishPause)
		}
	}
}

// Subscribe rings here when another process rings, until ctx ends.
func (b *Bell) Subscribe(ctx context.Context, client redis.UniversalClient, log *slog.Logger) {
	for ctx.Err() == nil {
		sub := client.Subscribe(ctx, bellChannel)
		// Waiting for a message does not end with ctx by itself.
		stop := context.AfterFunc(ctx, func() { _ = sub.Close() })
		for {
			if _, err := sub.ReceiveMessage(ctx); err != nil {
				if ctx.Err() == nil {
					log.DebugContext(ctx, "bell from other processes is silent, ticks go on", "err", err)
				}
				break
			}
			b.ringHere()
		}
		stop()
		_ = sub.Close()
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}
