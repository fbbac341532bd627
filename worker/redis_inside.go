package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// insideBuffer is the size of a connection's buffers, bytes. What goes through
// them is a bell; the library's 32 KiB twice for each of some twenty connections
// would be a twentieth of what an idle process may hold.
const insideBuffer = 4 << 10

// openEmbedded starts a Redis inside the process. Its time stands still by
// itself and must be moved, or keys never expire.
func openEmbedded() (*Redis, error) {
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the queue inside the process: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		const step = 100 * time.Millisecond
		tick := time.NewTicker(step)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				m.SetTime(now)
				m.FastForward(now.Sub(last))
				last = now
			}
		}
	}()
	client := redis.NewClient(&redis.Options{Addr: m.Addr(), PoolSize: 32, ReadBufferSize: insideBuffer, WriteBufferSize: insideBuffer})
	return withKnocks(&Redis{UniversalClient: client, inside: m, stop: cancel}), nil
}
