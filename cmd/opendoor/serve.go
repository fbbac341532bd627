package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"

	"opendoor/config"
)

// httpGrace is how long requests under way may take to finish.
const httpGrace = 10 * time.Second

func serveCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "API and workers in one process",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, log, err := e.load()
			if err != nil {
				return err
			}
			return e.serve(c.Context(), cfg, log, true, true)
		},
	}
}

func apiCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "api",
		Short: "the API alone; any number of copies beside any number of workers",
		RunE:  func(c *cobra.Command, _ []string) error { return e.half(c.Context(), "api", true, false) },
	}
}

func workerCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "the workers alone; any number of copies",
		RunE:  func(c *cobra.Command, _ []string) error { return e.half(c.Context(), "worker", false, true) },
	}
}

// half runs one half; two halves can meet only in a queue that both reach.
func (e *env) half(ctx context.Context, name string, withAPI, withWorker bool) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	if cfg.EmbeddedQueue() {
		return fmt.Errorf("%s needs a queue that other processes reach: set OPENDOOR_REDIS_URL to a Redis, or run `opendoor serve`, which has one inside", name)
	}
	if !cfg.Clock.IsZero() {
		return fmt.Errorf("OPENDOOR_CLOCK works only with serve and demo: two processes would tell two times")
	}
	return e.serve(ctx, cfg, log, withAPI, withWorker)
}

// serve runs until ctx ends.
func (e *env) serve(ctx context.Context, cfg config.Config, log *slog.Logger, withAPI, withWorker bool) error {
	var l net.Listener
	publicURL := cfg.PublicURL
	if withAPI {
		var err error
		if l, err = net.Listen("tcp", cfg.Addr); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		defer l.Close()
		publicURL = cfg.PublicURLAt(l.Addr())
	} else if publicURL == "" {
		publicURL = "http://" + cfg.Addr
	}
	h, err := openHouse(ctx, cfg, log, publicURL)
	if err != nil {
		return err
	}
	defer h.close()
	return h.run(ctx, l, withWorker, func() {
		if l != nil {
			fmt.Fprintf(e.out, "listening on http://%s\n", l.Addr())
		}
		log.InfoContext(ctx, "opendoor has started", "version", version, "public_url", publicURL, "database", h.store.Dialect(), "queue_inside", h.redis.Inside())
		// Templates, migrations and the API's document took several times the heap
		// that is needed from here on.
		debug.FreeOSMemory()
	})
}

// run runs the halves that are wanted until ctx ends, then stops them in the
// order in which work flows: no new requests, no new work, what is in hand is
// finished.
func (h *house) run(ctx context.Context, l net.Listener, withWorker bool, started func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := h.keeper.Recover(ctx); err != nil {
		h.log.WarnContext(ctx, "the journal of grants was not gone through; a refusal will look into it", "err", err)
	}
	group := newGroup(cancel)
	group.do("metrics", func() error { return h.serveMetrics(ctx) })
	if h.watch != nil {
		group.do("clock", func() error { h.watch.Run(ctx); return nil })
	}
	if len(h.masters) > 1 {
		group.do("rotation", func() error { h.rekey(ctx); return nil })
	}
	if l != nil {
		srv, intake, err := h.openAPI(ctx)
		if err != nil {
			return err
		}
		if err := h.directory.Refresh(ctx); err != nil {
			h.log.WarnContext(ctx, "accounts not read yet; hooks go to the spool unproved until they are", "err", err)
		}
		mailIn, err := h.openInbox()
		if err != nil {
			return err
		}
		if mailIn != nil {
			group.do("inbox", func() error { return mailIn.Serve(ctx) })
		}
		// The intake outlives the server: what it has begun to take is answered.
		intakeCtx, stopIntake := context.WithCancel(context.WithoutCancel(ctx))
		group.do("intake", func() error { intake.Run(intakeCtx); return nil })
		group.do("directory", func() error { h.directory.Run(ctx); return nil })
		if !withWorker && !h.redis.Inside() {
			group.do("bell", func() error { h.bell.Publish(ctx, h.redis); return nil })
		}
		group.do("api", func() error {
			defer stopIntake()
			return srv.Serve(ctx, l, httpGrace)
		})
	}
	if withWorker {
		w := h.openWorker()
		h.metrics.MustRegister(w)
		group.do("worker", func() error { return w.Run(ctx) })
		if err := h.listen(ctx, group); err != nil {
			return err
		}
	}
	started()
	return group.wait()
}

// rekey seals with the newest key what older ones sealed. It may stop half-way:
// the next start goes on.
func (h *house) rekey(ctx context.Context) {
	n, err := h.store.RekeyAccounts(ctx)
	if err != nil {
		h.log.WarnContext(ctx, "credentials not all sealed with the newest key yet", "count", n, "err", err)
		return
	}
	h.log.InfoContext(ctx, "credentials are sealed with the newest key", "count", n)
}

// serveMetrics serves /metrics on a listener of its own when one is set.
func (h *house) serveMetrics(ctx context.Context) error {
	if h.cfg.MetricsAddr == "" {
		<-ctx.Done()
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}))
	srv := &http.Server{Addr: h.cfg.MetricsAddr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

// group runs parts of the process; the first that fails ends them all.
type group struct {
	cancel context.CancelFunc
	ends   chan error
	parts  int
}

func newGroup(cancel context.CancelFunc) *group {
	return &group{cancel: cancel, ends: make(chan error, 16)}
}

func (g *group) do(name string, fn func() error) {
	g.parts++
	go func() {
		err := fn()
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		g.ends <- err
	}()
}

func (g *group) wait() error {
	var first error
	for range g.parts {
		if err := <-g.ends; err != nil && first == nil && !errors.Is(err, context.Canceled) {
			first = err
			g.cancel()
		}
	}
	return first
}
