package worker

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"opendoor/offboarding"
)

var _ offboarding.Bell = (*Bell)(nil)

// bellChannel is the Redis channel on which processes ring each other, and what
// they say there.
const (
	bellChannel  = "opendoor:bell"
	rungForAll   = "1"
	rungForInbox = "inbox"
)

// publishPause makes one ring of those that follow each other closely: under
// load there would be a thousand a second, and nobody works faster for them.
const publishPause = 5 * time.Millisecond

// roomPause is how long a place stays free at most before it is asked whether
// something is due that found none.
const roomPause = 25 * time.Millisecond

// Bell tells the loops of this process, and of others through Redis, that
// there is work in the store. Rings that come together are one; a lost ring is
// found by the next tick.
type Bell struct {
	due, inbox          chan struct{} // heard here: an effect may be due, the inbox has a delivery
	remote, remoteInbox chan struct{} // the same for other processes

	soon   atomic.Bool   // a ring is on its way
	looked atomic.Uint64 // how often the dispatcher looked
}

// NewBell returns a bell that is heard in this process.
func NewBell() *Bell {
	ear := func() chan struct{} { return make(chan struct{}, 1) }
	return &Bell{due: ear(), inbox: ear(), remote: ear(), remoteInbox: ear()}
}

// Ring tells that effects may be due, and the inbox may hold something; it never
// blocks.
func (b *Bell) Ring() {
	b.ringHere()
	poke(b.inbox)
	poke(b.remote)
}

// ringHere tells the dispatcher of this process that something may be due.
func (b *Bell) ringHere() { poke(b.due) }

// ringSoon tells the dispatcher of this process that a place is free, unless it
// looks meanwhile anyway. What is due hardly ever waits for room.
func (b *Bell) ringSoon() {
	if !b.soon.CompareAndSwap(false, true) {
		return
	}
	before := b.looked.Load()
	time.AfterFunc(roomPause, func() {
		b.soon.Store(false)
		if b.looked.Load() == before {
			b.ringHere()
		}
	})
}

// Inbox is the bell of who puts deliveries into the inbox and nothing else: the
// dispatcher need not look yet.
func (b *Bell) Inbox() offboarding.Bell { return inboxBell{b} }

type inboxBell struct{ b *Bell }

func (i inboxBell) Ring() {
	poke(i.b.inbox)
	poke(i.b.remoteInbox)
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Publish carries rings to other processes until ctx ends.
func (b *Bell) Publish(ctx context.Context, client redis.UniversalClient) {
	for {
		what := rungForInbox
		select {
		case <-ctx.Done():
			return
		case <-b.remote:
			what = rungForAll
		case <-b.remoteInbox:
		}
		ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		_ = client.Publish(ctx, bellChannel, what).Err() // a tick finds the work all the same
		cancel()
		time.Sleep(publishPause)
	}
}

// Subscribe rings here when another process rings, until ctx ends.
func (b *Bell) Subscribe(ctx context.Context, client redis.UniversalClient, log *slog.Logger) {
	for ctx.Err() == nil {
		sub := client.Subscribe(ctx, bellChannel)
		// Waiting for a message does not end with ctx by itself.
		stop := context.AfterFunc(ctx, func() { _ = sub.Close() })
		for {
			said, err := sub.ReceiveMessage(ctx)
			if err != nil {
				if ctx.Err() == nil {
					log.DebugContext(ctx, "bell from other processes is silent, ticks go on", "err", err)
				}
				break
			}
			poke(b.inbox)
			if said.Payload != rungForInbox {
				b.ringHere()
			}
		}
		stop()
		_ = sub.Close()
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}
