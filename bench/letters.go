package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
)

// lettersPolicy sends the acknowledgement at once and nothing else within the
// run. The simulated CRM bears any rate.
const lettersPolicy = `{"survey_delay":"240h","sending_window":null,"burst_per_hour":null,"holdout_percent":0,"crm_requests_per_second":10000}`

// crm is a simulated amoCRM in this process that answers at once, with leads
// that were lost a moment ago and whose hooks we send ourselves.
type crm struct {
	sim *amocrmsim.Sim
	url string
	srv *http.Server
}

const crmToken = "bench-token"

func newCRM() (*crm, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &crm{url: "http://" + l.Addr().String()}
	// The account is the one that the sample body comes from.
	c.sim = amocrmsim.New(amocrmsim.Config{Lang: "ru", AccountID: 16700680, AccessToken: crmToken, Seed: true, Now: time.Now})
	c.sim.SetBaseURL(c.url)
	c.srv = &http.Server{Handler: c.sim}
	go func() { _ = c.srv.Serve(l) }()
	return c, nil
}

func (c *crm) close() {
	_ = c.srv.Close()
	c.sim.Close()
}

// lead is a lead with a client of its own.
type lead struct {
	id    int64
	email string
}

// lose makes n lost leads.
func (c *crm) lose(n int) ([]lead, error) {
	like := c.sim.Leads()[0]
	var out []lead
	for range n {
		l := lead{email: fmt.Sprintf("client%d@example.org", lastLead.Add(1))}
		who, err := c.sim.CreateContact(amocrmsim.NewPerson{Name: "Клиент", Email: l.email})
		if err != nil {
			return nil, err
		}
		l.id, err = c.sim.CreateLead(amocrmsim.NewLead{
			Name: "Обслуживание", Price: 30_000, PipelineID: like.PipelineID, StatusID: 143, ContactID: who, Responsible: like.Responsible,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// loads are how letters are asked for: so few a second that none waits for
// another, more than can be had, or as fast as the
// hooks are taken.
func (b *bench) loads() []load {
	return []load{{100, 10}, {600, 100}, {600, 200}, {b.burst, 0}}
}

type load struct{ letters, perSecond int }

const warmLetters = 200

const lettersPatience = 5 * time.Minute

// hands is the worker's concurrency: one account may have a third of them in
// its CRM at once.
const hands = "200"

// letters measures the way from a hook to the letter in the mail server.
func (b *bench) letters(ctx context.Context) error {
	t := newTable("hook to letter, simulated CRM, one account: read back, case, letter, field, tag, note and task written; the probe reads back and sends",
		"", "", "load", "letters", "p50 ms", "p95 ms", "p99 ms", "letters/s", "hook p99 ms", "CPU ms each")
	defer t.end()
	for _, kind := range b.databases {
		for _, begin := range []letterWriter{(*bench).startLetterProbe, (*bench).startLetters} {
			at, err := b.placeIn(ctx, kind, "letters")
			if err != nil {
				return err
			}
			if at.postgres() {
				defer func() { _ = b.drop(context.WithoutCancel(ctx), at) }()
			}
			if err := b.lettersAt(ctx, t, kind, at, begin); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
	return nil
}

// writer makes letters of hooks.
type writer struct {
	*process
	name  string
	path  string // of its hook
	quiet bool   // nothing is to be done after the letters
}

// letterWriter starts a writer that reads from the CRM and sends to the sink.
type letterWriter func(*bench, context.Context, place, *crm, *sink) (writer, error)

func (b *bench) startLetterProbe(ctx context.Context, at place, crm *crm, mail *sink) (writer, error) {
	if err := b.command(ctx, at.env(), "migrate", "up"); err != nil {
		return writer{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return writer{}, err
	}
	p, err := b.start(ctx, nil, self, "letter-probe", at.database, at.redis, crm.url, mail.l.Addr().String())
	return writer{p, "probe", "/", true}, err
}

func (b *bench) startLetters(ctx context.Context, at place, crm *crm, mail *sink) (writer, error) {
	if !at.postgres() {
		at.redis = "embedded"
	}
	p, err := b.start(ctx, at.env("OPENDOOR_SMTP_URL="+mail.url(), "OPENDOOR_WORKER_CONCURRENCY="+hands), b.binary, "serve")
	if err != nil {
		return writer{}, err
	}
	path, err := p.connect(ctx, crm)
	if err != nil {
		p.stop()
	}
	return writer{p, "opendoor", path, false}, err
}

func (b *bench) lettersAt(ctx context.Context, t *table, kind string, at place, begin letterWriter) error {
	crm, err := newCRM()
	if err != nil {
		return err
	}
	defer crm.close()
	mail, err := newSink()
	if err != nil {
		return err
	}
	defer mail.close()
	// Leads that were lost before the account is connected are none of the
	// poller's business: the hook alone tells of them.
	total := warmLetters
	for _, load := range b.loads() {
		total += load.letters
	}
	leads, err := crm.lose(total)
	if err != nil {
		return err
	}
	w, err := begin(b, ctx, at, crm, mail)
	if err != nil {
		return err
	}
	defer w.stop()
	h, err := newHook(w.url, w.path)
	if err != nil {
		return err
	}
	r := &post{ctx: ctx, leads: leads, mail: mail, p: w.process, hook: h, busy: w.quiet}
	progress("%s, %s: warming up", kind, w.name)
	if err := r.send(warmLetters, 100); err != nil { // warms up: connections, caches, plans
		return err
	}
	if err := b.sqlAt(ctx, at, "ANALYZE"); err != nil { // as autovacuum does within a minute
		return err
	}
	r.reset()
	for _, load := range b.loads() {
		progress("%s, %s: %d letters, %d/s", kind, w.name, load.letters, load.perSecond)
		before := w.cpu()
		if err := r.send(load.letters, load.perSecond); err != nil {
			return err
		}
		name := fmt.Sprintf("%d/s", load.perSecond)
		if load.perSecond == 0 {
			name = "burst"
		}
		t.row(kind, w.name, name, load.letters, ms(r.at(0.5)), ms(r.at(0.95)), ms(r.at(0.99)), fmt.Sprintf("%.0f", r.rate), ms(r.hooks.p(0.99)),
			fmt.Sprintf("%.2f", (w.cpu()-before).Seconds()*1000/float64(load.letters)))
		r.reset()
	}
	return nil
}

// connect adds the CRM's account, with its fields, and returns the hook's path.
func (p *process) connect(ctx context.Context, c *crm) (string, error) {
	path, err := p.account(ctx, c.url, crmToken, lettersPolicy)
	if err != nil {
		return "", err
	}
	var accounts struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := p.call(ctx, http.MethodGet, "/api/v1/accounts", "", &accounts); err != nil {
		return "", err
	}
	return path, p.call(ctx, http.MethodPost, "/api/v1/accounts/"+accounts.Items[0].ID+"/setup", "", nil)
}

// post sends hooks and waits for their letters.
type post struct {
	ctx   context.Context
	leads []lead // not yet told of
	mail  *sink
	p     *process
	hook  *hook
	hooks *answers
	times []time.Duration // from the sending of a hook to its letter
	rate  float64         // letters per second
	busy  bool            // others are under way, or nothing follows: it is not waited for quiet
}

func (r *post) reset() { r.hooks, r.times, r.rate = nil, nil, 0 }

func (r *post) at(of float64) time.Duration { return percentile(r.times, of) }

// send sends n hooks, so many a second or all as fast as they are taken.
func (r *post) send(n, perSecond int) error {
	leads := r.leads[:n]
	r.leads = r.leads[n:]
	began := time.Now()
	sent := map[int64]time.Time{}
	var mu sync.Mutex
	next := 0
	take := func() int64 {
		mu.Lock()
		defer mu.Unlock()
		id := leads[next%n].id
		sent[id] = time.Now()
		next++
		return id
	}
	if perSecond > 0 {
		r.hooks = openLoop(r.ctx, r.hook, perSecond, time.Duration(n)*time.Second/time.Duration(perSecond), take)
	} else {
		r.hooks = burst(r.ctx, r.hook, 32, n, take)
	}
	if r.hooks.stored() != n {
		return fmt.Errorf("%d hooks sent, answers %v", n, r.hooks.statuses)
	}
	deadline := time.Now().Add(lettersPatience)
	for arrived := 0; arrived < n; arrived = r.arrived(leads) {
		if time.Now().After(deadline) || r.ctx.Err() != nil {
			return fmt.Errorf("%d of %d letters came within %s", r.arrived(leads), n, lettersPatience)
		}
		time.Sleep(20 * time.Millisecond) // the sink knows when each came
	}
	var last time.Time
	for _, l := range leads {
		came, _ := r.mail.came(l.email)
		r.times = append(r.times, came.Sub(sent[l.id]))
		if came.After(last) {
			last = came
		}
	}
	if r.mail.copies > 0 {
		return fmt.Errorf("%d letters came twice", r.mail.copies)
	}
	progress("%d letters came in %s", n, last.Sub(began).Round(time.Millisecond))
	slices.Sort(r.times)
	r.rate = float64(n) / last.Sub(began).Seconds()
	if r.busy {
		return nil
	}
	return r.quiet()
}

// arrived counts the leads whose letters have come.
func (r *post) arrived(leads []lead) (n int) {
	for _, l := range leads {
		if _, ok := r.mail.came(l.email); ok {
			n++
		}
	}
	return n
}

// burst sends n hooks over so many connections as fast as they are answered.
func burst(ctx context.Context, h *hook, conns, n int, lead func() int64) *answers {
	parts := make([]answers, conns)
	began := time.Now()
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() {
			c := h.caller()
			defer c.close()
			part := answers{statuses: map[int]int{}}
			for range n/conns + min(1, max(0, n%conns-i)) {
				if ctx.Err() != nil {
					break
				}
				start := time.Now()
				status, err := c.send(lead())
				if err != nil {
					status = 0
				}
				part.statuses[status]++
				part.times = append(part.times, time.Since(start))
			}
			parts[i] = part
		})
	}
	wg.Wait()
	return collect(parts, time.Since(began))
}

// quiet waits until everything that is due has been done, so that the next
// load starts with nothing behind.
func (r *post) quiet() error {
	deadline := time.Now().Add(lettersPatience)
	for {
		var q struct {
			Items []struct {
				Due      int `json:"due"`
				InFlight int `json:"in_flight"`
			} `json:"items"`
		}
		if err := r.p.call(r.ctx, http.MethodGet, "/api/v1/queues", "", &q); err != nil {
			return err
		}
		left := 0
		for _, one := range q.Items {
			left += one.Due + one.InFlight
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d effects still due %s later", left, lettersPatience)
		}
		time.Sleep(time.Second)
	}
}
