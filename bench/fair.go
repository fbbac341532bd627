package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
)

// The load of a healthy account, and of each of its nine neighbours.
const (
	fairLetters    = 100
	fairPerSecond  = 5
	fairNeighbours = 20  // hooks of each broken neighbour, one a second
	fairFlood      = 300 // of the one that floods us, all at once
)

// floodPolicy lets the flooding account ask its CRM as often as amoCRM allows.
const floodPolicy = `{"survey_delay":"240h","sending_window":null,"burst_per_hour":null,"holdout_percent":0}`

// broken are the neighbours: dead, slow in three ways, full, refused, blocked,
// failing, and one that floods us.
var broken = []struct {
	name  string
	fault amocrmsim.Fault
}{
	{"dead", amocrmsim.Fault{}},
	{"slow 9 s", amocrmsim.Fault{Kind: amocrmsim.FaultSlow, Delay: 9 * time.Second}},
	{"slow 9 s", amocrmsim.Fault{Kind: amocrmsim.FaultSlow, Delay: 9 * time.Second}},
	{"mute", amocrmsim.Fault{Kind: amocrmsim.FaultSlow, Delay: time.Minute}},
	{"429", amocrmsim.Fault{Kind: amocrmsim.FaultRateLimit, RetryAfter: 2}},
	{"403 page", amocrmsim.Fault{Kind: amocrmsim.FaultBlocked}},
	{"500", amocrmsim.Fault{Kind: amocrmsim.FaultServerError}},
	{"502", amocrmsim.Fault{Kind: amocrmsim.FaultBadGateway}},
	{"flood", amocrmsim.Fault{}},
}

// neighbour is a broken account and what it tells us.
type neighbour struct {
	*crm
	leads []lead
	hook  *hook
	flood bool
}

// fair measures the letters of a healthy account without and with nine broken
// neighbours, in one run of the program with its default settings.
func (b *bench) fair(ctx context.Context) error {
	t := newTable("hook to letter of a healthy account, without and with nine broken neighbours in the same process",
		"", "neighbours", "letters", "p50 ms", "p95 ms", "p99 ms", "hook p99 ms")
	defer t.end()
	for _, kind := range b.databases {
		var at place
		var err error
		if kind == "sqlite" {
			at, err = b.sqlitePlace("fair")
			at.redis = "embedded"
		} else {
			at, err = b.postgresPlace(ctx, "fair")
			defer func() { _ = b.drop(context.WithoutCancel(ctx), at) }()
		}
		if err != nil {
			return err
		}
		if err := b.fairAt(ctx, t, kind, at); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

func (b *bench) fairAt(ctx context.Context, t *table, kind string, at place) error {
	mail, err := newSink()
	if err != nil {
		return err
	}
	defer mail.close()
	p, err := b.start(ctx, at.env("OPENDOOR_SMTP_URL="+mail.url()), b.binary, "serve")
	if err != nil {
		return err
	}
	defer p.stop()
	healthy, err := newCRM()
	if err != nil {
		return err
	}
	defer healthy.close()
	leads, err := healthy.lose(fairLetters/2 + 2*fairLetters)
	if err != nil {
		return err
	}
	path, err := p.connect(ctx, healthy)
	if err != nil {
		return err
	}
	h, err := newHook(p.url, path)
	if err != nil {
		return err
	}
	around, err := b.breakNine(ctx, p)
	defer func() {
		for _, n := range around {
			n.close()
		}
	}()
	if err != nil {
		return err
	}
	r := &post{ctx: ctx, leads: leads, mail: mail, p: p, hook: h}
	if err := r.send(fairLetters/2, fairPerSecond); err != nil { // warms up
		return err
	}
	for _, with := range []string{"none", "nine broken"} {
		r.reset()
		progress("%s: neighbours: %s", kind, with)
		var wg sync.WaitGroup
		if r.busy = with != "none"; r.busy {
			for _, n := range around {
				wg.Go(func() { n.tell(ctx) })
			}
			time.Sleep(3 * time.Second) // the trouble is there before the healthy account's clients
		}
		err := r.send(fairLetters, fairPerSecond)
		wg.Wait()
		if err != nil {
			return err
		}
		t.row(kind, with, fairLetters, ms(r.at(0.5)), ms(r.at(0.95)), ms(r.at(0.99)), ms(r.hooks.p(0.99)))
	}
	return nil
}

// breakNine connects the neighbours and breaks them.
func (b *bench) breakNine(ctx context.Context, p *process) ([]*neighbour, error) {
	var around []*neighbour
	for _, br := range broken {
		c, err := newCRM()
		if err != nil {
			return around, err
		}
		n := &neighbour{crm: c, flood: br.name == "flood"}
		around = append(around, n)
		many := fairNeighbours
		policy := lettersPolicy
		if n.flood {
			many, policy = fairFlood, floodPolicy
		}
		if n.leads, err = c.lose(many); err != nil {
			return around, err
		}
		path, err := p.account(ctx, c.url, crmToken, policy)
		if err != nil {
			return around, err
		}
		if n.hook, err = newHook(p.url, path); err != nil {
			return around, err
		}
		if br.fault.Kind != "" {
			br.fault.Times = -1
			c.sim.AddFault(br.fault)
		}
		if br.name == "dead" {
			_ = c.srv.Close()
		}
	}
	return around, nil
}

// tell sends the neighbour's hooks, one a second, or all at once.
func (n *neighbour) tell(ctx context.Context) {
	c := n.hook.caller()
	defer c.close()
	for _, l := range n.leads {
		if _, err := c.send(l.id); err != nil || ctx.Err() != nil {
			return
		}
		if !n.flood {
			time.Sleep(time.Second)
		}
	}
}
