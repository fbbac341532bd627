package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// subject is a server that takes hooks.
type subject struct {
	name string
	*process
	hook *hook
}

// sample is what one turn of a subject showed.
type sample struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the subject per request
	rss       int64
}

// hooks measures how many hooks a second are stored durably, and how fast each
// is answered, against the probe on a database of the same kind.
func (b *bench) hooks(ctx context.Context) error {
	for _, kind := range b.databases {
		if err := b.hooksOn(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

func (b *bench) hooksOn(ctx context.Context, kind string) error {
	var places [2]place
	for i := range places {
		var err error
		if kind == "sqlite" {
			places[i], err = b.sqlitePlace("hooks")
		} else {
			places[i], err = b.postgresPlace(ctx, "hooks")
			defer func() { _ = b.drop(context.WithoutCancel(ctx), places[i]) }()
		}
		if err != nil {
			return err
		}
	}
	probe, err := b.startProbe(ctx, places[0])
	if err != nil {
		return err
	}
	defer probe.stop()
	product, err := b.startAPI(ctx, places[1])
	if err != nil {
		return err
	}
	defer product.stop()

	subjects := []subject{probe, product}
	for _, conns := range []int{32, 128} {
		if err := b.closed(ctx, kind, subjects, conns); err != nil {
			return err
		}
	}
	b.latency(ctx, kind, subjects)
	return nil
}

// startProbe runs the probe over the product's own schema.
func (b *bench) startProbe(ctx context.Context, at place) (subject, error) {
	if err := b.command(ctx, at.env(), "migrate", "up"); err != nil {
		return subject{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return subject{}, err
	}
	p, err := b.start(ctx, nil, self, "probe", at.database)
	if err != nil {
		return subject{}, err
	}
	h, err := newHook(p.url, "/")
	return subject{"probe", p, h}, err
}

// startAPI runs the half that takes hooks, with one account.
func (b *bench) startAPI(ctx context.Context, at place) (subject, error) {
	p, err := b.start(ctx, at.env(), b.binary, "api")
	if err != nil {
		return subject{}, err
	}
	path, err := p.account(ctx, "http://127.0.0.1:9", "none", "{}")
	if err != nil {
		return subject{}, err
	}
	h, err := newHook(p.url, path)
	return subject{"opendoor api", p, h}, err
}

// closed drives the subjects in turns, each round in the other order.
func (b *bench) closed(ctx context.Context, kind string, subjects []subject, conns int) error {
	samples := map[string][]sample{}
	for _, s := range subjects { // the first turn only warms up
		closedLoop(ctx, s.hook, conns, b.turn/2)
	}
	var rates, cpus []float64
	for round := range b.rounds {
		for i := range subjects {
			s := subjects[(i+round)%len(subjects)]
			before := s.cpu()
			a := closedLoop(ctx, s.hook, conns, b.turn)
			if a.stored() == 0 {
				return fmt.Errorf("%s stored nothing: %v", s.name, a.statuses)
			}
			samples[s.name] = append(samples[s.name], sample{
				a.perSecond(), a.p(0.5), a.p(0.99), (s.cpu() - before) / time.Duration(a.stored()), s.rss(),
			})
		}
		probe, product := samples[subjects[0].name][round], samples[subjects[1].name][round]
		rates = append(rates, product.perSecond/probe.perSecond)
		cpus = append(cpus, float64(product.cpu)/float64(probe.cpu))
	}
	t := newTable(fmt.Sprintf("hooks stored durably, %s, %d connections, medians of %d turns of %s", kind, conns, b.rounds, b.turn),
		"", "hooks/s", "p50 ms", "p99 ms", "CPU ms each", "RSS MB")
	for _, s := range subjects {
		m := medians(samples[s.name])
		t.row(s.name, fmt.Sprintf("%.0f", m.perSecond), ms(m.p50), ms(m.p99), fmt.Sprintf("%.3f", m.cpu.Seconds()*1000), mb(m.rss))
	}
	t.row("ratio", fmt.Sprintf("%.2f", median(rates)), "", "", fmt.Sprintf("%.2f", median(cpus)))
	t.end()
	fmt.Printf("  ratios by round: hooks/s %.2f, CPU %.2f\n", rates, cpus)
	return nil
}

func medians(samples []sample) sample {
	var rates []float64
	var p50, p99, cpu []time.Duration
	var rss []int64
	for _, s := range samples {
		rates, p50, p99, cpu, rss = append(rates, s.perSecond), append(p50, s.p50), append(p99, s.p99), append(cpu, s.cpu), append(rss, s.rss)
	}
	return sample{median(rates), median(p50), median(p99), median(cpu), median(rss)}
}

// latency measures hooks that come at their own pace, hooks that come alone,
// and far too many.
func (b *bench) latency(ctx context.Context, kind string, subjects []subject) {
	count := func() int64 { return lastLead.Add(1) }
	t := newTable(fmt.Sprintf("answers, %s, medians of %d turns (slowest: of all)", kind, b.rounds), "", "load", "answers", "p50 ms", "p99 ms", "slowest ms")
	defer t.end()
	for _, load := range []struct {
		name string
		run  func(s subject) *answers
	}{
		{"1,000/s", func(s subject) *answers { return openLoop(ctx, s.hook, 1000, b.turn, count) }},
		{"one at a time", func(s subject) *answers { return lone(ctx, s.hook, 100) }},
	} {
		turns := map[string][]*answers{}
		for round := range b.rounds {
			for i := range subjects {
				s := subjects[(i+round)%len(subjects)]
				turns[s.name] = append(turns[s.name], load.run(s))
			}
		}
		for _, s := range subjects {
			t.row(middle(s.name, load.name, turns[s.name])...)
		}
	}
	product := subjects[len(subjects)-1]
	for _, conns := range []int{1024, 4096} {
		name := fmt.Sprintf("%d connections", conns)
		t.row(middle(product.name, name, []*answers{closedLoop(ctx, product.hook, conns, 2*b.turn)})...)
	}
}

// middle is a row of the medians of several turns.
func middle(subject, load string, turns []*answers) []any {
	var p50, p99, slowest []time.Duration
	statuses := map[int]int{}
	for _, a := range turns {
		p50, p99, slowest = append(p50, a.p(0.5)), append(p99, a.p(0.99)), append(slowest, a.p(1))
		for status, n := range a.statuses {
			statuses[status] += n
		}
	}
	return []any{subject, load, fmt.Sprint(statuses)[len("map"):], ms(median(p50)), ms(median(p99)), ms(slices.Max(slowest))}
}
