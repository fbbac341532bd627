package offboarding_test

import (
	"context"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	od "opendoor/offboarding"
)

// Newcombe, Statistics in Medicine 17 (1998), tables of both papers.
func TestIntervalsAreThoseOfTheLiterature(t *testing.T) {
	near := func(got, want float64) bool { return math.Abs(got-want) < 0.00006 }
	if low, high := od.Wilson(81, 263); !near(low, .2553) || !near(high, .3662) {
		t.Errorf("81 of 263: %v to %v", low, high)
	}
	if low, high := od.Wilson(0, 20); low != 0 || !near(high, .1611) {
		t.Errorf("0 of 20: %v to %v", low, high)
	}
	if low, high := od.Wilson(0, 0); low != 0 || high != 1 {
		t.Errorf("nothing of nothing: %v to %v", low, high)
	}
	if low, high := od.Newcombe(56, 70, 48, 80); !near(low, .0524) || !near(high, .3339) {
		t.Errorf("56 of 70 less 48 of 80: %v to %v", low, high)
	}
}

func TestAnIntervalHoldsItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 5000).Draw(t, "n")
		k := rapid.Int64Range(0, n).Draw(t, "k")
		p := float64(k) / float64(n)
		low, high := od.Wilson(k, n)
		if low < 0 || high > 1 || low > p+1e-12 || high < p-1e-12 {
			t.Fatalf("%d of %d: %v to %v", k, n, low, high)
		}
	})
}

// tallies answers queries from a table.
type tallies map[string][]od.Tally

func (s tallies) Tallies(_ context.Context, query string, _ od.FigureSpan) ([]od.Tally, error) {
	return s[query], nil
}

func figure(t *testing.T, name string, s tallies) []od.FigureLine {
	t.Helper()
	f, err := od.CountFigure(t.Context(), s, name, od.FigureSpan{From: "2026-01-01", To: "2027-01-01", Now: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return f.Lines
}

func lineOf(t *testing.T, lines []od.FigureLine, metric, code string) od.FigureLine {
	t.Helper()
	for _, l := range lines {
		if l.Metric == metric && l.Code == code {
			return l
		}
	}
	t.Fatalf("%s %s is missing in %v", metric, code, lines)
	return od.FigureLine{}
}

func TestSoFewSayNothing(t *testing.T) {
	s := tallies{"save_rate": {{Month: "2026-01", Count: 3, N: 6}, {Month: "2026-02", Count: 1, N: 3}}}
	l := lineOf(t, figure(t, "funnel", s), "save_rate", "")
	if !l.TooFew || l.Value != nil || l.Low != nil || l.Count != 4 || l.N != 9 {
		t.Errorf("of nine: %+v", l)
	}
	s["save_rate"] = append(s["save_rate"], od.Tally{Month: "2026-03", Count: 1, N: 1})
	l = lineOf(t, figure(t, "funnel", s), "save_rate", "")
	if l.TooFew || l.Value == nil || *l.Value != .5 || *l.Low >= .5 || *l.High <= .5 || l.N != 10 {
		t.Errorf("of ten: %+v", l)
	}
	if l := lineOf(t, figure(t, "funnel", tallies{}), "response_rate", ""); !l.TooFew || l.N != 0 {
		t.Errorf("of none: %+v", l)
	}
}

func TestAParetoAddsUpToAll(t *testing.T) {
	lines := figure(t, "reasons", tallies{"reason_groups": {{Code: "fit", Count: 5, N: 40}, {Code: "price", Count: 25, N: 40}, {Code: "unknown", Count: 10, N: 40}}})
	want := []struct {
		code, label string
		upTo        float64
	}{{"price", "Цена", .625}, {"unknown", "", .875}, {"fit", "Формат", 1}}
	for i, w := range want {
		if l := lines[i]; l.Code != w.code || *l.Cumulative != w.upTo || w.label != "" && l.Label == "" {
			t.Errorf("line %d: %+v, want %+v", i, l, w)
		}
	}
}

func TestALiftNeedsBothGroups(t *testing.T) {
	lines := figure(t, "cohorts", tallies{"winback_lift": {{Code: "180", Count: 56, N: 70, Count2: 48, N2: 80}, {Code: "365", Count: 20, N: 70, Count2: 1, N2: 9}}})
	if l := lineOf(t, lines, "winback_lift", "180"); l.TooFew || math.Abs(*l.Value-.2) > 1e-9 || math.Abs(*l.Low-.0524) > 1e-4 {
		t.Errorf("%+v", l)
	}
	if l := lineOf(t, lines, "winback_lift", "365"); !l.TooFew || l.Value != nil {
		t.Errorf("a holdout of nine: %+v", l)
	}
}

func TestPeopleStandByNameAndSmallNumbersHaveNoShare(t *testing.T) {
	months := func(m float64) *float64 { return &m }
	lines := figure(t, "responsibles", tallies{"responsibles": {
		{Code: "9", Label: "Яна", Count: 9, N: 12, Value: months(30), Spread: 120},
		{Code: "7", Label: "Анна", Count: 1, N: 12, Value: months(66), Spread: 120},
		{Code: "8", Label: "Борис", Count: 2, N: 12, Value: months(23.9), Spread: 120},
	}})
	if lines[0].Label != "Анна" || lines[1].Label != "Борис" || lines[2].Label != "Яна" {
		t.Errorf("the order is %v", lines)
	}
	if l := lines[1]; !l.TooFew || l.Value != nil || l.Expected != nil {
		t.Errorf("under 24 client-months: %+v", l)
	}
	if l := lines[2]; l.TooFew || *l.Value != .75 || *l.Expected != 3 || *l.Months != 30 {
		t.Errorf("%+v", l)
	}
}

func TestMarksBecomePoints(t *testing.T) {
	// 12 promoters, 5 detractors, 3 between.
	l := lineOf(t, figure(t, "funnel", tallies{"exit_nps": {{Count: 7, N: 20, Spread: 17}}}), "exit_nps", "")
	if *l.Value != 35 || *l.Low >= 35 || *l.High <= 35 || *l.High > 100 {
		t.Errorf("%+v", l)
	}
}
