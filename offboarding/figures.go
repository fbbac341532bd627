package offboarding

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// This file is the honest numbers (domain §12): each figure is one query of the
// store, shown with how many it was counted from, and no share is shown that so
// few cases cannot carry.

// FigureSpan says from which cases a figure is counted: those whose first event
// lies in [From, To), as days of UTC.
type FigureSpan struct {
	Scope    []uuid.UUID
	From, To string
	Now      time.Time
}

// Tally is one line of a query: Count of N, in a month and of a code where the
// query tells them apart. Count2 and N2 are a second group beside the first,
// Spread what an interval needs besides.
type Tally struct {
	Month  string
	Code   string
	Label  string
	Count  int64
	N      int64
	Count2 int64
	N2     int64
	Value  *float64
	Spread float64
}

// Figures counts.
type Figures interface {
	// Tallies runs the query of that name (docs/metrics.md); ErrNotFound when there is none.
	Tallies(ctx context.Context, query string, span FigureSpan) ([]Tally, error)
}

// FigureUnit is what a value counts.
type FigureUnit string

// The units of values.
const (
	UnitShare    FigureUnit = "share"  // of n, 0 to 1
	UnitPoints   FigureUnit = "points" // −100 to 100
	UnitHours    FigureUnit = "business_hours"
	UnitDays     FigureUnit = "days"
	UnitPercent  FigureUnit = "percent"
	UnitThousand FigureUnit = "per_1000"
	UnitHundred  FigureUnit = "per_100_contracts"
	UnitCount    FigureUnit = "count"
)

// EnoughForPercent is the least n for which a share is shown (domain §12).
const EnoughForPercent = 10

// FigureLine is one number with what it was counted from. Value, Low and High
// are nil where so few cases would mislead.
type FigureLine struct {
	Metric     string
	Month      string // of the first event; empty: the whole span
	Code       string
	Label      string
	Count      int64
	N          int64
	Count2, N2 int64 // of a lift: the holdout
	Unit       FigureUnit
	Value      *float64
	Low, High  *float64 // 95 %
	Cumulative *float64 // of a Pareto: this one and all before
	TooFew     bool
	Months     *float64 // of exposure, by responsible
	Expected   *float64 // losses that the exposure alone would explain
}

// Figure is one page of numbers.
type Figure struct {
	Name  string
	Span  FigureSpan
	Lines []FigureLine
}

// metric says how the lines of one query are shown.
type metric struct {
	query string
	as    string // the name of the metric; empty: the query's
	unit  FigureUnit
	show  func(m metric, rows []Tally) []FigureLine
}

// figureMetrics lists what stands on each page.
var figureMetrics = map[string][]metric{
	"reasons": {{query: "reason_groups", show: pareto}, {query: "reasons", show: pareto}},
	"causes":  {{query: "causes", show: pareto}, {query: "service_related", show: shares}, {query: "repeat_cause", unit: UnitHundred, show: asTold}},
	"funnel": {
		{query: "listening", show: steps("asked", "answered", "talked", "deflected", "saved_confirmed")},
		{query: "leaving", show: steps("left", "reachable", "touched", "returned")},
		{query: "save_rate", show: total},
		{query: "attempt_success", show: total},
		{query: "stayed_unasked", show: total},
		{query: "response_rate", show: total},
		{query: "survey_completion", show: total},
		{query: "exit_nps", unit: UnitPoints, show: promoters},
		{query: "good_terms", show: total},
		{query: "good_terms_answered", show: total},
		{query: "consent_capture", show: total},
		{query: "time_to_human", unit: UnitHours, show: asTold},
		{query: "review_coverage", show: total},
		{query: "measures_on_time", show: total},
		{query: "tone", unit: UnitThousand, show: asTold},
		{query: "tone_overrides", show: shares},
	},
	"cohorts": {
		{query: "cases", unit: UnitCount, show: monthCounts},
		{query: "save_rate", show: byMonth},
		{query: "response_rate", show: byMonth},
		{query: "exit_nps", unit: UnitPoints, show: promotersByMonth},
		{query: "good_terms", show: byMonth},
		{query: "consent_capture", show: byMonth},
		{query: "leaving", show: byMonth},
		{query: "winback", show: byMonth},
		{query: "second_life", show: byMonth},
		{query: "winback", as: "winback_total", show: shares},
		{query: "second_life", as: "second_life_total", show: total},
		{query: "winback_lift", unit: UnitShare, show: lifts},
	},
	"handover": {
		{query: "handover_days", unit: UnitDays, show: asTold},
		{query: "handover_on_time", show: total},
		{query: "handover_on_time", as: "handover_on_time_by_month", show: byMonth},
		{query: "readiness", unit: UnitPercent, show: asTold},
		{query: "snapshots_fresh", show: total},
		{query: "settlement_disputed", show: total},
		{query: "settlement_surprise", show: total},
	},
	"promises": {
		{query: "promises", show: shares},
		{query: "promises_by_month", show: byMonth},
		{query: "promises_open", unit: UnitCount, show: counts},
	},
	"responsibles": {{query: "responsibles", show: exposures}},
}

// FigureNames lists the pages of numbers, sorted.
func FigureNames() []string {
	names := make([]string, 0, len(figureMetrics))
	for n := range figureMetrics {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// CountFigure counts one page of numbers.
func CountFigure(ctx context.Context, s Figures, name string, span FigureSpan) (*Figure, error) {
	metrics, ok := figureMetrics[name]
	if !ok {
		return nil, ErrNotFound
	}
	out := &Figure{Name: name, Span: span}
	for _, m := range metrics {
		rows, err := s.Tallies(ctx, m.query, span)
		if err != nil {
			return nil, err
		}
		m.as = cmp.Or(m.as, m.query)
		m.unit = cmp.Or(m.unit, UnitShare)
		out.Lines = append(out.Lines, m.show(m, rows)...)
	}
	return out, nil
}

// CountResponsibles counts the page about people. That it was looked at is
// written down in the same transaction (domain §10).
func (d *Desk) CountResponsibles(ctx context.Context, span FigureSpan, by Actor) (*Figure, error) {
	var out *Figure
	err := d.store.InTx(ctx, func(tx Store) error {
		var err error
		if out, err = CountFigure(ctx, tx, "responsibles", span); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "responsibles.viewed", Summary: "losses by responsible were looked at"})
	})
	return out, err
}

// line is a share with its interval, or without either when there is too little.
func (m metric) line(t Tally) FigureLine {
	l := FigureLine{Metric: m.as, Month: t.Month, Code: t.Code, Label: t.Label, Count: t.Count, N: t.N, Unit: m.unit, TooFew: t.N < EnoughForPercent}
	if l.TooFew || m.unit == UnitCount {
		l.TooFew = l.TooFew && m.unit != UnitCount
		return l
	}
	value := t.Value
	if m.unit == UnitShare {
		low, high := Wilson(t.Count, t.N)
		share := float64(t.Count) / float64(t.N)
		l.Low, l.High, value = &low, &high, &share
	}
	l.Value = value
	return l
}

// z95 is the quantile of the normal distribution for an interval of 95 %.
const z95 = 1.959963984540054

// Wilson is the score interval of k out of n, 95 %.
func Wilson(k, n int64) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z95*z95/(2*m)) / (1 + z95*z95/m)
	half := z95 / (1 + z95*z95/m) * math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	return max(0, middle-half), min(1, middle+half)
}

// Newcombe is the score interval of the difference of two shares, 95 %
// (Newcombe 1998, method 10).
func Newcombe(k1, n1, k2, n2 int64) (low, high float64) {
	l1, u1 := Wilson(k1, n1)
	l2, u2 := Wilson(k2, n2)
	p1, p2 := float64(k1)/float64(n1), float64(k2)/float64(n2)
	return p1 - p2 - math.Hypot(p1-l1, u2-p2), p1 - p2 + math.Hypot(u1-p1, p2-l2)
}

func byCode(rows []Tally) []Tally {
	out := slices.Clone(rows)
	slices.SortFunc(out, func(a, b Tally) int { return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Code, b.Code)) })
	return out
}

// sumUp adds up the months.
func sumUp(rows []Tally) []Tally {
	at := map[string]int{}
	var out []Tally
	for _, t := range byCode(rows) {
		t.Month = ""
		i, known := at[t.Code]
		if !known {
			at[t.Code] = len(out)
			out = append(out, t)
			continue
		}
		out[i].Count, out[i].N, out[i].Spread = out[i].Count+t.Count, out[i].N+t.N, out[i].Spread+t.Spread
	}
	return out
}

func each(rows []Tally, line func(Tally) FigureLine) []FigureLine {
	out := make([]FigureLine, 0, len(rows))
	for _, t := range rows {
		out = append(out, line(t))
	}
	return out
}

// total is the share over the whole span; nothing to count is shown as none of none.
func total(m metric, rows []Tally) []FigureLine {
	all := sumUp(rows)
	if len(all) == 0 {
		all = []Tally{{}}
	}
	return each(all, m.line)
}

func shares(m metric, rows []Tally) []FigureLine { return each(sumUp(rows), m.line) }

func byMonth(m metric, rows []Tally) []FigureLine {
	return each(byCode(rows), m.line)
}

func counts(m metric, rows []Tally) []FigureLine { return each(sumUp(rows), m.line) }

func monthCounts(m metric, rows []Tally) []FigureLine { return each(byCode(rows), m.line) }

// asTold takes the value of the query as it is.
func asTold(m metric, rows []Tally) []FigureLine { return each(byCode(rows), m.line) }

// pareto sorts by how many there are and adds up.
func pareto(m metric, rows []Tally) []FigureLine {
	all := sumUp(rows)
	slices.SortStableFunc(all, func(a, b Tally) int { return cmp.Compare(b.Count, a.Count) })
	sum := int64(0)
	return each(all, func(t Tally) FigureLine {
		sum += t.Count
		l := m.line(t)
		l.Label = reasonLabel(t.Code)
		if !l.TooFew {
			upTo := float64(sum) / float64(t.N)
			l.Cumulative = &upTo
		}
		return l
	})
}

func reasonLabel(code string) string {
	if r, ok := survey.Lookup(code); ok {
		return r.Label(string(RU))
	}
	return ""
}

// steps are those of a funnel in their order, each as a share of those who
// entered it.
func steps(order ...string) func(metric, []Tally) []FigureLine {
	return func(m metric, rows []Tally) []FigureLine {
		all := sumUp(rows)
		slices.SortFunc(all, func(a, b Tally) int { return slices.Index(order, a.Code) - slices.Index(order, b.Code) })
		return each(all, m.line)
	}
}

// promoters are those who would recommend us less those who would not, in points.
func promoters(m metric, rows []Tally) []FigureLine {
	all := sumUp(rows)
	if len(all) == 0 {
		all = []Tally{{}}
	}
	return each(all, m.score)
}

func promotersByMonth(m metric, rows []Tally) []FigureLine { return each(byCode(rows), m.score) }

func (m metric) score(t Tally) FigureLine {
	l := FigureLine{Metric: m.as, Month: t.Month, Count: t.Count, N: t.N, Unit: m.unit, TooFew: t.N < EnoughForPercent}
	if l.TooFew {
		return l
	}
	n := float64(t.N)
	mean := float64(t.Count) / n
	half := z95 * math.Sqrt(max(0, t.Spread/n-mean*mean)/n)
	value, low, high := 100*mean, 100*max(-1, mean-half), 100*min(1, mean+half)
	l.Value, l.Low, l.High = &value, &low, &high
	return l
}

// lifts is how much more often those come back who were sent offers.
func lifts(m metric, rows []Tally) []FigureLine {
	return each(byCode(rows), func(t Tally) FigureLine {
		l := FigureLine{Metric: m.as, Code: t.Code, Count: t.Count, N: t.N, Count2: t.Count2, N2: t.N2, Unit: m.unit}
		if l.TooFew = t.N < EnoughForPercent || t.N2 < EnoughForPercent; l.TooFew {
			return l
		}
		value := float64(t.Count)/float64(t.N) - float64(t.Count2)/float64(t.N2)
		low, high := Newcombe(t.Count, t.N, t.Count2, t.N2)
		l.Value, l.Low, l.High = &value, &low, &high
		return l
	})
}

// exposures is whose clients left, by name: this is no league table. What the
// exposure alone explains stands beside it.
func exposures(m metric, rows []Tally) []FigureLine {
	all := slices.Clone(rows)
	slices.SortFunc(all, func(a, b Tally) int {
		return cmp.Or(strings.Compare(a.Label, b.Label), strings.Compare(a.Code, b.Code))
	})
	return each(all, func(t Tally) FigureLine {
		months := 0.0
		if t.Value != nil {
			months = *t.Value
		}
		t.Value = nil
		l := m.line(t)
		l.Months = &months
		if l.TooFew = l.TooFew || months < signalMonths; l.TooFew {
			l.Value, l.Low, l.High = nil, nil, nil
			return l
		}
		if t.Spread > 0 {
			expected := float64(t.N) * months / t.Spread
			l.Expected = &expected
		}
		return l
	})
}
