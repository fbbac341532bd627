// Package worker does what is due. The database says what that is; asynq only
// carries the bell to a free pair of hands, and may forget everything.
//
// Read dispatch.go (rows → rings), run.go (claim, do, settle) and loops.go
// (unpack, sweep, poll) in this order.
package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"opendoor/offboarding"
)

// Config is what a worker needs.
type Config struct {
	Store       offboarding.Store
	Redis       *Redis
	Bell        *Bell
	Clock       offboarding.Clock
	Connectors  offboarding.Connectors
	Interpreter *offboarding.Interpreter
	Postman     *offboarding.Postman
	Scribe      *offboarding.Scribe
	Timers      *offboarding.Timers
	Learner     *offboarding.Learner
	Archive     *offboarding.Archive
	WinBack     *offboarding.WinBack
	Watchman    *offboarding.Watchman
	Packer      *offboarding.Packer
	Carrier     *offboarding.Carrier
	Registrar   *offboarding.Registrar
	Retention   Retention
	Concurrency int // pairs of hands over all queues
	Log         *slog.Logger
}

// Times of reliability §4 and §5.
const (
	tick            = 300 * time.Millisecond
	rungQuiet       = 10 * time.Second // a ring that nobody answered is repeated after this
	lease           = 9 * time.Second  // renewed while hands are busy; a crash is noticed after it
	leaseRenewal    = 3 * time.Second
	handlerBudget   = 15 * time.Second
	taskTimeout     = 18 * time.Second
	filesBudget     = 6 * time.Hour // a package of many gigabytes; its lease is renewed as long as it lives
	shutdownTimeout = 20 * time.Second
	sweepEvery      = 2 * time.Second
	enqueueBudget   = 300 * time.Millisecond
	ringMost        = 128                   // rows rung in one go
	leastPerAccount = 4                     // deals of one account read at the same time, with few hands
	leastWriting    = 3                     // writes into one account's CRM at the same time, with few hands
	yielding        = 15 * time.Second      // cards wait for letters so long
	leastElsewhere  = 16                    // of one account in any other queue, with few hands
	betweenRings    = 4 * time.Millisecond  // what becomes due meanwhile is rung together
	betweenLooks    = 30 * time.Millisecond // at the inbox: who comes together stays together, which costs a fifth less than to pause before the ring
	tidyEvery       = time.Hour
	touchEvery      = time.Second
	touchMost       = 100             // touches looked at in one go
	pollFloor       = 5 * time.Second // however fast the clock runs
	pollLook        = 2 * time.Second
	pollHands       = 4
)

// checkInterval is how long asynq sleeps after a look into an empty queue; its
// default is 1 s. The next look waits for a knock (knocks.go).
const checkInterval = time.Millisecond

// Worker rings, does, sweeps and polls.
type Worker struct {
	Config
	client  *asynq.Client
	servers []*asynq.Server
	counts  Counts
	places  *places         // of the queue crm
	ending  context.Context // ends when the worker stops; long work gives up then and is begun anew
}

// New returns a worker that has not begun.
func New(cfg Config) *Worker {
	return &Worker{
		Config: cfg, client: asynq.NewClientFromRedisClient(cfg.Redis.UniversalClient),
		places: newPlaces(share(cfg.Concurrency)[offboarding.QueueCRM], roomForOne*cfg.Concurrency, slowAfter),
	}
}

// share divides the hands: a CRM that does not answer must not hold up letters.
func share(total int) map[offboarding.Queue]int {
	low, files := max(1, total/10), max(1, total/10)
	mail := max(1, (total-low-files)/2)
	return map[offboarding.Queue]int{
		offboarding.QueueCRM: max(1, total-low-files-mail), offboarding.QueueMail: mail, offboarding.QueueLow: low, offboarding.QueueFiles: files,
	}
}

// room is how much of one account may be rung or in hand: deals are read by two
// thirds of the hands of the queue, cards are written by a third as many more, so
// that while many clients leave at once their letters go first; while some are
// still waiting, cards wait, too, for a quarter of a minute. With few hands
// both together are all hands: a CRM that does not answer then holds them until
// its calls go to the waiting room (places.go).
func room(total int) offboarding.Room {
	hands := share(total)
	reading := max(leastPerAccount, hands[offboarding.QueueCRM]*2/3)
	return offboarding.Room{
		Reading: reading, Writing: max(leastWriting, reading/3), Yielding: yielding,
		Elsewhere: max(leastElsewhere, hands[offboarding.QueueMail]*2/3),
	}
}

// Run works until ctx ends, then finishes what is in hand and returns.
func (w *Worker) Run(ctx context.Context) error {
	w.ending = ctx
	for queue, hands := range share(w.Concurrency) {
		if queue == offboarding.QueueCRM {
			hands += roomForOne * w.Concurrency // those in the waiting room
		}
		srv := asynq.NewServerFromRedisClient(w.Redis.UniversalClient, asynq.Config{
			Concurrency: hands, Queues: map[string]int{string(queue): 1},
			TaskCheckInterval: checkInterval, DelayedTaskCheckInterval: 5 * time.Second,
			ShutdownTimeout: shutdownTimeout, HealthCheckInterval: time.Minute,
			Logger: quietLogger{w.Log}, LogLevel: asynq.WarnLevel,
			IsFailure:   func(error) bool { return false },
			BaseContext: func() context.Context { return context.WithoutCancel(ctx) },
		})
		if err := srv.Start(asynq.HandlerFunc(w.handle)); err != nil {
			w.shutdown()
			return err
		}
		w.servers = append(w.servers, srv)
	}
	var wg sync.WaitGroup
	for _, loop := range []func(context.Context){w.dispatch, w.unpack, w.sweep, w.tidy, w.poll, w.watch, w.learn, w.takeInventories, w.touch, w.retain} {
		wg.Go(func() { loop(ctx) })
	}
	if !w.Redis.Inside() {
		wg.Go(func() { w.Bell.Publish(ctx, w.Redis) })
		wg.Go(func() { w.Bell.Subscribe(ctx, w.Redis, w.Log) })
	}
	<-ctx.Done()
	wg.Wait()
	w.shutdown()
	return nil
}

func (w *Worker) shutdown() {
	var wg sync.WaitGroup
	for _, srv := range w.servers {
		wg.Go(srv.Shutdown)
	}
	wg.Wait()
}

// quietLogger takes asynq's own words at Warn and above.
type quietLogger struct{ log *slog.Logger }

func (q quietLogger) Debug(...any)      {}
func (q quietLogger) Info(...any)       {}
func (q quietLogger) Warn(args ...any)  { q.log.Warn("asynq", "says", sprint(args)) }
func (q quietLogger) Error(args ...any) { q.log.Warn("asynq", "says", sprint(args)) }
func (q quietLogger) Fatal(args ...any) { q.log.Error("asynq", "says", sprint(args)) }

// beat is how often a loop looks for what is due: as told, but so often under a
// fast clock that no sending window passes between two looks.
func (w *Worker) beat(every time.Duration) time.Duration {
	return max(fastestBeat, min(every, time.Duration(float64(20*time.Minute)/max(w.Clock.Rate, 1))))
}

const fastestBeat = 20 * time.Millisecond

// loop calls fn at every ring of the bell and every tick until ctx ends; fn
// tells whether there may be more to do at once.
func (w *Worker) loop(ctx context.Context, name string, every time.Duration, ear <-chan struct{}, fn func(context.Context) (bool, error)) {
	t := time.NewTicker(every)
	defer t.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ear:
		case <-t.C:
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = fn(ctx); err != nil {
				if !failing && ctx.Err() == nil { // whoever is stopped has not stumbled
					w.Log.WarnContext(ctx, "loop stumbles, it tries again", "loop", name, "err", err)
				}
				failing = true
				break
			}
			if failing {
				w.Log.InfoContext(ctx, "loop works again", "loop", name)
				failing = false
			}
		}
	}
}
