package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"opendoor/offboarding"
)

var (
	depthDesc = prometheus.NewDesc("opendoor_effects", "effects that have not ended, by queue and state", []string{"queue", "state"}, nil)
	ageDesc   = prometheus.NewDesc("opendoor_oldest_due_seconds", "age of the oldest effect that is due", []string{"queue"}, nil)
	keptDesc  = prometheus.NewDesc("opendoor_retention_total", "what this process has forgotten because its time was over", []string{"what"}, nil)
	workDesc  = prometheus.NewDesc("opendoor_worker_total", "what this process did with effects", []string{"outcome"}, nil)
)

// Collector tells the state of the queues as the database has it.
type Collector struct {
	store offboarding.Effects
	clock offboarding.Clock
	log   *slog.Logger
}

// NewCollector returns a collector over store.
func NewCollector(store offboarding.Effects, clock offboarding.Clock, log *slog.Logger) *Collector {
	return &Collector{store: store, clock: clock, log: log}
}

// Describe names the metrics.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- depthDesc
	ch <- ageDesc
}

// Collect asks the database; while it is away there are no figures.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	rows, err := c.store.QueueDepths(ctx, c.clock.Now())
	if err != nil {
		c.log.WarnContext(ctx, "queue depths not read", "err", err)
		return
	}
	for _, q := range rows {
		for state, n := range map[string]int{"due": q.Due, "waiting": q.Waiting, "in_flight": q.InFlight, "uncertain": q.Uncertain, "dead": q.Dead} {
			ch <- prometheus.MustNewConstMetric(depthDesc, prometheus.GaugeValue, float64(n), string(q.Queue), state)
		}
		ch <- prometheus.MustNewConstMetric(ageDesc, prometheus.GaugeValue, float64(q.OldestSecs), string(q.Queue))
	}
}

var _ prometheus.Collector = (*Worker)(nil)

// Describe names the worker's own counters.
func (w *Worker) Describe(ch chan<- *prometheus.Desc) {
	ch <- workDesc
	ch <- keptDesc
}

// Collect tells the worker's own counters.
func (w *Worker) Collect(ch chan<- prometheus.Metric) {
	c := &w.counts
	for outcome, n := range map[string]int64{
		"rung": c.Rings.Load(), "done": c.Done.Load(), "retried": c.Retried.Load(), "postponed": c.Postponed.Load(), "failed": c.Failed.Load(), "dead": c.Dead.Load(),
	} {
		ch <- prometheus.MustNewConstMetric(workDesc, prometheus.CounterValue, float64(n), outcome)
	}
	for what, n := range map[string]int64{"cases": c.ForgottenCases.Load(), "bodies": c.ForgottenBodies.Load()} {
		ch <- prometheus.MustNewConstMetric(keptDesc, prometheus.CounterValue, float64(n), what)
	}
}

var problemDesc = prometheus.NewDesc("opendoor_account_problems", "open problems of an account, by kind", []string{"account_id", "kind"}, nil)

// problemCollector tells what is wrong with accounts as the database has it.
type problemCollector struct {
	store offboarding.Problems
	log   *slog.Logger
}

// NewProblemCollector returns a collector over store.
func NewProblemCollector(store offboarding.Problems, log *slog.Logger) prometheus.Collector {
	return problemCollector{store: store, log: log}
}

// Describe names the metric.
func (c problemCollector) Describe(ch chan<- *prometheus.Desc) { ch <- problemDesc }

// Collect asks the database; while it is away there are no figures.
func (c problemCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	open, err := c.store.OpenProblems(ctx, nil)
	if err != nil {
		c.log.WarnContext(ctx, "problems of accounts not read", "err", err)
		return
	}
	for _, p := range open {
		ch <- prometheus.MustNewConstMetric(problemDesc, prometheus.GaugeValue, 1, p.AccountID.String(), string(p.Kind))
	}
}
