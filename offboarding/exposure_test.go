package offboarding

import (
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// exactly is the tail in fractions.
func exactly(n, c int, s *big.Rat) float64 {
	sum, one := new(big.Rat), big.NewRat(1, 1)
	for k := c; k <= n; k++ {
		term := new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(k)))
		for range k {
			term.Mul(term, s)
		}
		for range n - k {
			term.Mul(term, new(big.Rat).Sub(one, s))
		}
		sum.Add(sum, term)
	}
	f, _ := sum.Float64()
	return f
}

func TestTheTailIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "n")
		c := rapid.IntRange(0, n+1).Draw(t, "c")
		s := big.NewRat(rapid.Int64Range(1, 99).Draw(t, "percent"), 100)
		f, _ := s.Float64()
		if got, want := Tail(n, c, f), exactly(n, c, s); math.Abs(got-want) > 1e-10*want+1e-15 {
			t.Fatalf("P(B(%d, %s) ≥ %d) is %g, want %g", n, s.FloatString(2), c, got, want)
		}
	})
	for _, tc := range []struct {
		n, c int
		low  float64
		high float64
	}{{10, 0, 0, 0.3085}, {10, 10, 0.6915, 1}, {20, 5, 0.0866, 0.4910}, {0, 0, 0, 1}} {
		if low, high := interval(tc.n, tc.c); math.Abs(low-tc.low) > 1e-4 || math.Abs(high-tc.high) > 1e-4 {
			t.Errorf("%d of %d: %.4f–%.4f, want %.4f–%.4f", tc.c, tc.n, low, high, tc.low, tc.high)
		}
	}
}

func TestSmallNumbersGetNoVerdict(t *testing.T) {
	for name, tc := range map[string]struct {
		n, c          int
		share, months float64
		want          SignalVerdict
	}{
		"nine losses in all":                   {9, 9, 0.1, 100, SignalTooLittle},
		"less than two years of clients":       {50, 40, 0.1, 23.9, SignalTooLittle},
		"as many as expected":                  {20, 2, 0.1, 100, SignalNone},
		"two, however unlikely":                {20, 2, 0.001, 100, SignalNone},
		"three that chance rarely brings":      {20, 3, 0.03, 100, SignalWatch},
		"three that chance hardly brings":      {20, 3, 0.001, 100, SignalWatch},
		"four that chance hardly brings":       {20, 4, 0.02, 100, SignalLook},
		"many, of somebody who has half of it": {20, 12, 0.5, 1000, SignalNone},
	} {
		if got := weigh(tc.n, tc.c, tc.share, tc.months); got.Verdict != tc.want {
			t.Errorf("%s: %s (p = %g)", name, got.Verdict, got.Tail)
		}
	}
}

func TestALossCountsForWhoHadTheClient(t *testing.T) {
	old, fresh := Responsibility{ID: "1", Name: "Прежний", From: "2024-01-01", To: "2026-05-31"}, Responsibility{ID: "2", Name: "Новый", From: "2026-06-01"}
	again := Responsibility{ID: "2", From: "2026-09-01"}
	for name, tc := range map[string]struct {
		who  []Responsibility
		on   string
		want string
	}{
		"for 60 days":                          {[]Responsibility{old, fresh}, "2026-07-31", "2"},
		"for 59 days: the predecessor":         {[]Responsibility{old, fresh}, "2026-07-30", "1"},
		"on the first day: the predecessor":    {[]Responsibility{old, fresh}, "2026-06-01", "1"},
		"before the change":                    {[]Responsibility{old, fresh}, "2026-05-31", "1"},
		"a newcomer without a predecessor":     {[]Responsibility{fresh}, "2026-07-01", ""},
		"nobody":                               {[]Responsibility{old}, "2026-07-01", ""},
		"intervals of one person are one":      {[]Responsibility{{ID: "2", From: "2026-06-01", To: "2026-08-31"}, again}, "2026-09-10", "2"},
		"of two at once the one who came last": {[]Responsibility{{ID: "1", From: "2024-01-01"}, fresh}, "2026-12-01", "2"},
	} {
		k := &ContractRecord{Responsibles: tc.who}
		if got, ok := k.answersFor(tc.on); got.Key() != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q", name, got.Key())
		}
	}
}

func TestExposureCountsByIntervalAndNotByTodaysCard(t *testing.T) {
	k := &ContractRecord{ID: NewID(), ServiceType: "accounting", StartedOn: "2025-01-01", Responsibles: []Responsibility{
		{ID: "1", Name: "А", From: "2025-01-01", To: "2026-03-31"}, {ID: "2", Name: "Б", From: "2026-04-01"},
	}}
	from, to := Quarter{2026, 3}.Window()
	if from != "2025-10-01" || to != "2026-09-30" {
		t.Fatalf("the window is %s to %s", from, to)
	}
	s := Signals([]*ContractRecord{k}, nil, from, to)[0]
	if len(s.Employees) != 2 || math.Abs(s.Employees[0].Months-182/daysPerMonth) > 1e-9 || math.Abs(s.Employees[1].Months-183/daysPerMonth) > 1e-9 {
		t.Errorf("%+v", s.Employees)
	}
	if s.Employees[1].Inherited != 1 || s.Employees[0].Inherited != 0 || s.Inherited != 0.5 {
		t.Errorf("the inherited portfolio: %+v", s)
	}
	// A client who has left exposes nobody any more.
	s = Signals([]*ContractRecord{k}, []Loss{{k, "2026-05-31", "people.rude"}}, from, to)[0]
	if s.Losses != 1 || s.Employees[0].All.Losses != 0 || s.Employees[1].All.Losses != 1 || s.Employees[1].People.Losses != 1 || math.Abs(s.Employees[1].Months-61/daysPerMonth) > 1e-9 {
		t.Errorf("%+v", s.Employees)
	}
	if s := Signals([]*ContractRecord{k}, []Loss{{k, "2026-05-31", "need.closed"}}, from, to)[0]; s.Losses != 0 {
		t.Error("a business that closed is somebody's loss")
	}
	if s := Signals([]*ContractRecord{k}, []Loss{{k, "2025-09-30", "price"}}, from, to)[0]; s.Losses != 0 || s.Months != 0 {
		t.Error("what lies before the window counts")
	}
}

var redraw = flag.Bool("signal.report", false, "write docs/employee-signal.md anew")

// simulated is a company in which nobody drives clients away: every client
// leaves by chance alone, the same for all. It returns how many employee-quarters
// were judged, and how many got each verdict.
func simulated(r *rand.Rand, people, clients, years int, leave float64) (judged, watch, look int) {
	day := func(n int) string {
		return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly)
	}
	reasons := []string{"price.cheaper", "agreement.quality", "contact.slow", "people.rude", "need.closed", "fit.presence"}
	var contracts []*ContractRecord
	var losses []Loss
	days := years * 365
	for range clients {
		for start := r.IntN(days/2) - 200; start < days; { // a client who leaves is followed by another
			k := &ContractRecord{ID: NewID(), ServiceType: "s", StartedOn: day(start)}
			end := start + int(r.ExpFloat64()*365/leave) + 1
			for at := start; at < end; {
				// Portfolios differ in size: a low number has more clients.
				who := int(math.Pow(r.Float64(), 1.5) * float64(people))
				until := at + 200 + r.IntN(900)
				k.Responsibles = append(k.Responsibles, Responsibility{ID: fmt.Sprint(who), From: day(at), To: day(until - 1)})
				at = until
			}
			contracts = append(contracts, k)
			if end < days {
				losses = append(losses, Loss{k, day(end), reasons[r.IntN(len(reasons))]})
			}
			start = end + r.IntN(60)
		}
	}
	for q := (Quarter{2021, 4}); q.Year < 2020+years; {
		from, to := q.Window()
		for _, s := range Signals(contracts, losses, from, to) {
			for _, e := range s.Employees {
				if e.All.Verdict == SignalTooLittle && e.People.Verdict == SignalTooLittle {
					continue
				}
				judged++
				switch {
				case e.All.Verdict == SignalLook || e.People.Verdict == SignalLook:
					look++
				case e.All.Verdict == SignalWatch || e.People.Verdict == SignalWatch:
					watch++
				}
			}
		}
		if q.N++; q.N == 5 {
			q = Quarter{q.Year + 1, 1}
		}
	}
	return judged, watch, look
}

// Whoever drives nobody away is not pointed at: at most one false "look" per
// 1,000 employee-quarters, both series together.
func TestNobodyIsPointedAtByChance(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 2026))
	var judged, watch, look int
	report := ""
	for _, firm := range []struct {
		people, clients int
		leave           float64
	}{{5, 60, 0.25}, {8, 150, 0.15}, {12, 200, 0.3}, {20, 400, 0.2}} {
		var j, w, l int
		for range 6 {
			a, b, c := simulated(r, firm.people, firm.clients, 6, firm.leave)
			j, w, l = j+a, w+b, l+c
		}
		report += fmt.Sprintf("| %d | %d | %.0f %% | %d | %.1f | %.2f |\n", firm.people, firm.clients, firm.leave*100, j, 1000*float64(w)/float64(j), 1000*float64(l)/float64(j))
		judged, watch, look = judged+j, watch+w, look+l
	}
	report += fmt.Sprintf("| together | | | %d | %.1f | %.2f |\n", judged, 1000*float64(watch)/float64(judged), 1000*float64(look)/float64(judged))
	t.Log("\n" + report)
	if judged < 3000 || 1000*look > judged {
		t.Errorf("%d false looks in %d employee-quarters", look, judged)
	}
	if *redraw {
		writeReport(t, report)
	}
}

func writeReport(t *testing.T, rows string) {
	t.Helper()
	const file = "../docs/employee-signal.md"
	text := `# Employee signal: how often it is wrong

The signal (domain §10, ` + "`GET /api/v1/employee-signals`" + `) asks whose clients leave more often than chance explains. It is seen by the role ` + "`hr_manager`" + ` only, every view stands
in the audit log, it is never written to the CRM and never appears in a letter. ` + "`look`" + ` means "look into it"; nothing happens by itself.

The table below is a simulation of companies in which **nobody** drives clients away: clients leave by chance alone, with the same chance whoever is responsible. Portfolios differ in size,
clients change hands, those who leave are replaced. Six years, six companies of each kind, evaluated at every quarter's end over the twelve months before; both series together; employees with
too little data (fewer than 10 losses in all, or fewer than 24 client-months) get no verdict and are not counted. Every ` + "`look`" + ` here is false.

| employees | clients | leave per year | employee-quarters judged | ` + "`watch` per 1,000 | `look`" + ` per 1,000 |
| --- | --- | --- | --- | --- | --- |
` + rows + `
The promise is at most one false ` + "`look`" + ` per 1,000 employee-quarters; ` + "`TestNobodyIsPointedAtByChance`" + ` holds it with the seed of this table. To draw it again:

` + "```sh\ngo test ./offboarding -run NobodyIsPointedAt -signal.report\n```" + `

What it does not show: clients differ. Somebody who is given the hardest clients loses more of them. That is why every answer shows the mix (inherited contracts, clients with visits, age of the
contracts) beside the numbers, and why the first item of the checklist is to look at results, not at the person.
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
