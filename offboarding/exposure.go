package offboarding

import (
	"math"
	"slices"
	"strings"
	"time"
)

// This file says whose clients leave more often than chance explains (domain
// §10, employee signal). It is a question to look into, never an answer: who
// owns a card today says nothing, exposure counts by interval, small numbers
// get no verdict.

// SignalVerdict is what the numbers allow to say.
type SignalVerdict string

// The verdicts.
const (
	SignalTooLittle SignalVerdict = "too_little_data" // «мало данных»: no verdict, no colour
	SignalNone      SignalVerdict = "none"
	SignalWatch     SignalVerdict = "watch"
	SignalLook      SignalVerdict = "look"
)

// The thresholds of domain §10.
const (
	signalLosses      = 10    // fewer losses in all say nothing
	signalMonths      = 24    // so do fewer client-months of one employee
	watchLosses       = 3     // and more, with
	watchChance       = 0.025 // this chance or less
	lookLosses        = 4
	lookChance        = 0.001
	settledInDays     = 60 // a newcomer does not answer for what came before
	daysPerMonth      = 365.25 / 12
	intervalMissEach  = 0.025 // a 95 % interval leaves this much on each side
	signalWindowYears = 1
)

// Loss is a client who decided to leave.
type Loss struct {
	Contract *ContractRecord
	On       string // the day of the decision
	Reason   string
}

// SignalSeries is one of the two series of an employee.
type SignalSeries struct {
	N        int     // losses of all
	Losses   int     // c: those that count for the employee
	Share    float64 // s: of all exposure
	Expected float64 // E = N·s
	Tail     float64 // P(Binomial(N, s) ≥ c)
	Low      float64 // exact 95 % interval of the employee's share of losses
	High     float64
	Verdict  SignalVerdict
}

// EmployeeSignal is what the numbers say about one employee in one service.
type EmployeeSignal struct {
	Employee  Responsibility
	Months    float64      // client-months of responsibility
	Contracts int          // clients in that time
	All       SignalSeries // all losses except need.*
	People    SignalSeries // people.* and contact.*
	Inherited float64      // share of contracts that somebody else had before
	Heavy     float64      // share of contracts with visits: more contact, more friction
	Tenure    float64      // mean age of their contracts in months
}

// ServiceSignal holds the employees of one service type, by name: this is no
// league table.
type ServiceSignal struct {
	ServiceType  string
	Months       float64
	Losses       int
	Unattributed int // nobody was responsible long enough
	Inherited    float64
	Heavy        float64
	Tenure       float64
	Employees    []EmployeeSignal
}

// Tail is the exact chance of c or more of n when each has the chance s.
func Tail(n, c int, s float64) float64 {
	switch {
	case c <= 0:
		return 1
	case c > n || s <= 0:
		return 0
	case s >= 1:
		return 1
	}
	lnN, _ := math.Lgamma(float64(n + 1))
	sum := 0.0
	for k := n; k >= c; k-- { // the smallest first, so that nothing is lost
		lnK, _ := math.Lgamma(float64(k + 1))
		lnR, _ := math.Lgamma(float64(n - k + 1))
		sum += math.Exp(lnN - lnK - lnR + float64(k)*math.Log(s) + float64(n-k)*math.Log1p(-s))
	}
	return min(sum, 1)
}

// interval is the exact interval (Clopper and Pearson) of c out of n.
func interval(n, c int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	bisect := func(above func(s float64) bool) float64 {
		a, b := 0.0, 1.0
		for range 50 {
			if m := (a + b) / 2; above(m) {
				b = m
			} else {
				a = m
			}
		}
		return (a + b) / 2
	}
	if c > 0 {
		low = bisect(func(s float64) bool { return Tail(n, c, s) > intervalMissEach })
	}
	high = 1
	if c < n {
		high = bisect(func(s float64) bool { return 1-Tail(n, c+1, s) < intervalMissEach })
	}
	return low, high
}

// weigh applies the thresholds.
func weigh(n, c int, share, months float64) SignalSeries {
	v := SignalSeries{N: n, Losses: c, Share: share, Expected: float64(n) * share, Tail: Tail(n, c, share), Verdict: SignalNone}
	v.Low, v.High = interval(n, c)
	switch {
	case n < signalLosses || months < signalMonths:
		v.Verdict = SignalTooLittle
	case c >= lookLosses && v.Tail < lookChance:
		v.Verdict = SignalLook
	case c >= watchLosses && v.Tail < watchChance:
		v.Verdict = SignalWatch
	}
	return v
}

// Signals says it for every service type, from contracts, losses, and a window
// of days, both ends included.
func Signals(contracts []*ContractRecord, losses []Loss, from, to string) []ServiceSignal {
	byService := map[string]*signalSums{}
	sums := func(service string) *signalSums {
		s := byService[service]
		if s == nil {
			s = &signalSums{people: map[string]*personSums{}}
			byService[service] = s
		}
		return s
	}
	ended := map[string]string{} // by contract: the day of its loss
	for _, l := range losses {
		ended[l.Contract.ID.String()] = l.On
	}
	for _, k := range contracts {
		sums(k.ServiceType).expose(k, from, to, ended[k.ID.String()])
	}
	for _, l := range losses {
		if l.On >= from && l.On <= to {
			sums(l.Contract.ServiceType).lose(l)
		}
	}
	out := make([]ServiceSignal, 0, len(byService))
	for service, s := range byService {
		out = append(out, s.signal(service))
	}
	slices.SortFunc(out, func(a, b ServiceSignal) int { return strings.Compare(a.ServiceType, b.ServiceType) })
	return out
}

type signalSums struct {
	months                float64
	all, people2, missing int // losses of each series, and those of nobody
	mix                   mixSums
	people                map[string]*personSums
}

type personSums struct {
	who         Responsibility
	months      float64
	all, people int
	mix         mixSums
}

// mixSums count what kind of clients they are.
type mixSums struct {
	contracts, inherited, heavy int
	tenure                      float64
}

func (m *mixSums) add(inherited, heavy bool, tenure float64) {
	m.contracts++
	m.tenure += tenure
	if inherited {
		m.inherited++
	}
	if heavy {
		m.heavy++
	}
}

func (m *mixSums) shares() (inherited, heavy, tenure float64) {
	if m.contracts == 0 {
		return 0, 0, 0
	}
	n := float64(m.contracts)
	return float64(m.inherited) / n, float64(m.heavy) / n, m.tenure / n
}

func (s *signalSums) person(r Responsibility) *personSums {
	p := s.people[r.Key()]
	if p == nil {
		p = &personSums{}
		s.people[r.Key()] = p
	}
	if r.From >= p.who.From { // the newest name
		p.who = r
	}
	return p
}

// expose adds the client-months of one contract within the window.
func (s *signalSums) expose(k *ContractRecord, from, to, lostOn string) {
	if k.StartedOn > from {
		from = k.StartedOn
	}
	for _, end := range []string{k.EndedOn, lostOn} {
		if end != "" && end < to {
			to = end
		}
	}
	seen := map[string]bool{}
	for _, part := range k.shifts(from, to) {
		p := s.person(part.who)
		p.months += part.months
		s.months += part.months
		if key := part.who.Key(); !seen[key] {
			seen[key] = true
			inherited := slices.ContainsFunc(k.Responsibles, func(r Responsibility) bool { return r.Key() != key && r.From < part.who.From })
			tenure := daysBetween(k.StartedOn, to) / daysPerMonth
			p.mix.add(inherited, len(k.Visits) > 0, tenure)
			s.mix.add(inherited, len(k.Visits) > 0, tenure)
		}
	}
}

type shift struct {
	who    Responsibility
	months float64
}

// shifts cuts the days from…to into those of each responsible.
func (k *ContractRecord) shifts(from, to string) []shift {
	if from > to {
		return nil
	}
	cuts := []string{from, AddDays(to, 1)}
	for _, r := range k.Responsibles {
		cuts = append(cuts, r.From)
		if r.To != "" {
			cuts = append(cuts, AddDays(r.To, 1))
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []shift
	for i := range len(cuts) - 1 {
		if cuts[i] < from || cuts[i] > to {
			continue
		}
		if who, ok := k.ResponsibleOn(cuts[i]); ok {
			out = append(out, shift{who, daysBetween(cuts[i], cuts[i+1]) / daysPerMonth})
		}
	}
	return out
}

func daysBetween(a, b string) float64 {
	x, err1 := time.Parse(time.DateOnly, a)
	y, err2 := time.Parse(time.DateOnly, b)
	if err1 != nil || err2 != nil || y.Before(x) {
		return 0
	}
	return y.Sub(x).Hours() / 24
}

// lose counts one loss in the series to which its reason belongs.
func (s *signalSums) lose(l Loss) {
	group, _, _ := strings.Cut(l.Reason, ".")
	if group == "need" {
		return // nobody's work makes a business close
	}
	people := group == "people" || group == "contact"
	s.all++
	if people {
		s.people2++
	}
	who, ok := l.Contract.answersFor(l.On)
	if !ok {
		s.missing++
		return
	}
	p := s.person(who)
	p.all++
	if people {
		p.people++
	}
}

// answersFor is who had the client on the day of the decision and for 60 days
// before it, else the predecessor.
func (k *ContractRecord) answersFor(on string) (Responsibility, bool) {
	now, ok := k.ResponsibleOn(on)
	if !ok {
		return now, false
	}
	since := now.From
	for { // an employee's intervals may follow each other
		before, ok := k.ResponsibleOn(AddDays(since, -1))
		if !ok || before.Key() != now.Key() || before.From >= since {
			break
		}
		since = before.From
	}
	if since <= AddDays(on, -settledInDays) {
		return now, true
	}
	return k.ResponsibleOn(AddDays(since, -1))
}

func (s *signalSums) signal(service string) ServiceSignal {
	out := ServiceSignal{ServiceType: service, Months: s.months, Losses: s.all, Unattributed: s.missing}
	out.Inherited, out.Heavy, out.Tenure = s.mix.shares()
	for _, p := range s.people {
		share := 0.0
		if s.months > 0 {
			share = p.months / s.months
		}
		e := EmployeeSignal{
			Employee: p.who, Months: p.months, Contracts: p.mix.contracts,
			All: weigh(s.all, p.all, share, p.months), People: weigh(s.people2, p.people, share, p.months),
		}
		e.Inherited, e.Heavy, e.Tenure = p.mix.shares()
		out.Employees = append(out.Employees, e)
	}
	slices.SortFunc(out.Employees, func(a, b EmployeeSignal) int {
		if n := strings.Compare(a.Employee.Name, b.Employee.Name); n != 0 {
			return n
		}
		return strings.Compare(a.Employee.Key(), b.Employee.Key())
	})
	return out
}
