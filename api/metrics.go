package api

import (
	"github.com/prometheus/client_golang/prometheus"

	"opendoor/offboarding"
)

var (
	intakeDesc  = prometheus.NewDesc("opendoor_deliveries_total", "deliveries by what became of them before the answer", []string{"outcome"}, nil)
	batchesDesc = prometheus.NewDesc("opendoor_delivery_batches_total", "commits that deliveries shared", nil, nil)
	spoolDesc   = prometheus.NewDesc("opendoor_intake_degraded", "1 while deliveries go to the spool or wait there", nil, nil)
)

type intakeCollector struct{ intake *offboarding.Intake }

// NewIntakeCollector tells the intake's counters.
func NewIntakeCollector(in *offboarding.Intake) prometheus.Collector { return intakeCollector{in} }

// Describe names the metrics.
func (c intakeCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- intakeDesc
	ch <- batchesDesc
	ch <- spoolDesc
}

// Collect tells the counters.
func (c intakeCollector) Collect(ch chan<- prometheus.Metric) {
	n := c.intake.Counts()
	for outcome, v := range map[string]int64{"stored": n.Stored.Load(), "spooled": n.Spooled.Load(), "refused": n.Refused.Load()} {
		ch <- prometheus.MustNewConstMetric(intakeDesc, prometheus.CounterValue, float64(v), outcome)
	}
	ch <- prometheus.MustNewConstMetric(batchesDesc, prometheus.CounterValue, float64(n.Batches.Load()))
	degraded := 0.0
	if c.intake.Degraded() {
		degraded = 1
	}
	ch <- prometheus.MustNewConstMetric(spoolDesc, prometheus.GaugeValue, degraded)
}
