package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"opendoor/store"
	"opendoor/store/storetest"
)

// How many leave while letters fly, besides the one who leaves before; each has
// a letter of another parting in the queue.
const leavingInFlight = 19

// stopTakes is how long a stop may take to reach the fence (reliability §6.6).
const stopTakes = time.Second

// leavingPolicy asks for the reason at once.
const leavingPolicy = `{"survey_delay":"0s","sending_window":null,"burst_per_hour":null}`

// leaver leaves by the link of a survey while a letter of another parting waits.
type leaver struct {
	email, link string
	answered    time.Time
	took        time.Duration
}

// leaving measures what leaving by one press takes while thousands of letters
// wait, or fly, and whether any is let go to who has left. The letters are made
// by sets; everything else is the real program.
func (b *bench) leaving(ctx context.Context) error {
	t := newTable(fmt.Sprintf("leaving by one press, %d letters in the queue", b.due),
		"", "letters left/s", "before the queue moves ms", "while it moves: p50 ms", "slowest ms", "let go after the answer", "the latest after s")
	defer t.end()
	for _, database := range b.databases {
		at, err := b.placeIn(ctx, database, "leaving")
		if err != nil {
			return err
		}
		defer func() { _ = b.drop(context.WithoutCancel(ctx), at) }()
		if !at.postgres() {
			at.redis = "embedded"
		}
		if err := b.leavingAt(ctx, t, database, at); err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
	}
	return nil
}

func (b *bench) leavingAt(ctx context.Context, t *table, name string, at place) error {
	mail, err := newSink()
	if err != nil {
		return err
	}
	defer mail.close()
	if err := b.queue(ctx, at); err != nil {
		return err
	}
	p, stop, err := b.installation(ctx, at, mail)
	if err != nil {
		return err
	}
	defer stop()
	progress("%s: %d letters wait; %d clients get theirs", name, b.due, leavingInFlight+1)
	leavers, err := p.leavers(ctx, leavingInFlight+1)
	if err != nil {
		return err
	}
	if err := p.call(ctx, http.MethodPost, "/api/v1/sending/pause", `{"reason":"a queue is wanted"}`, nil); err != nil {
		return err
	}
	if err := b.sqlAt(ctx, at, b.waits(at, leavers)...); err != nil {
		return err
	}
	db, err := at.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := p.leave(ctx, leavers[0]); err != nil {
		return err
	}
	if err := p.call(ctx, http.MethodPost, "/api/v1/sending/resume", "{}", nil); err != nil {
		return err
	}
	began := time.Now()
	for i, one := range leavers[1:] { // each long before the turn of their letter
		if err := queueMoves(ctx, db, b.due, i*b.due/(2*leavingInFlight)); err != nil {
			return err
		}
		if err := p.leave(ctx, one); err != nil {
			return err
		}
	}
	if err := queueMoves(ctx, db, b.due, b.due); err != nil {
		return err
	}
	rate := float64(b.due) / time.Since(began).Seconds()
	late, latest, err := letGo(ctx, db, leavers)
	if err != nil {
		return err
	}
	var took []time.Duration
	for _, one := range leavers[1:] {
		took = append(took, one.took)
	}
	slices.Sort(took)
	t.row(name, fmt.Sprintf("%.0f", rate), ms(leavers[0].took), ms(median(took)), ms(took[len(took)-1]), late, fmt.Sprintf("%.2f", latest.Seconds()))
	if latest > stopTakes {
		return fmt.Errorf("a letter was let go %s after its client had left", latest)
	}
	return nil
}

// queue makes clients who are listened to, each with a survey that is ordered
// and not written yet.
func (b *bench) queue(ctx context.Context, at place) error {
	if err := b.command(ctx, at.env(), "migrate", "up"); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{URL: at.url(), DataDir: at.data, Keys: [][]byte{[]byte("benchbenchbenchbenchbenchbench00")}})
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := storetest.Seed(ctx, s, b.due); err != nil {
		return err
	}
	set, null, payload := "json_set(doc, '$.client.email', id || '@example.com', '$.crm', json('{}'), '$.tracks.survey', 'scheduled')", "json_set(policy, '$.window', json('null'))", "json_object('message_id', m.id)"
	if at.postgres() {
		set = `jsonb_set(jsonb_set(jsonb_set(doc, '{client,email}', to_jsonb(id || '@example.com')), '{crm}', '{}'), '{tracks}', coalesce(doc -> 'tracks', '{}') || '{"survey":"scheduled"}')`
		null, payload = "jsonb_set(policy, '{window}', 'null')", "jsonb_build_object('message_id', m.id)"
	}
	return b.sqlAt(ctx, at,
		"UPDATE accounts SET provider = 'generic', policy = "+null,
		"DELETE FROM events", "DELETE FROM deliveries",
		"UPDATE cases SET state = 'listening', mode = 'live', held = false, paused = false, no_contact = false, client_email = id || '@example.com', doc = "+set,
		"UPDATE messages SET to_address = case_id || '@example.com'",
		"UPDATE effects SET send_key = 'mail:' || effects.case_id || ':T03', give_up_at = (SELECT max(give_up_at) FROM effects), due_at = (SELECT max(due_at) FROM effects), payload = "+payload+" FROM messages m WHERE m.effect_id = effects.id",
		"ANALYZE",
	)
}

// waits gives each leaver a letter in the second half of the queue, and makes
// the queue due.
func (b *bench) waits(at place, leavers []*leaver) []string {
	now := "datetime('now') || '+00:00'"
	if at.postgres() {
		now = "now()"
	}
	var out []string
	for i, one := range leavers {
		set := "json_set(doc, '$.client.email', '" + one.email + "')"
		if at.postgres() {
			set = "jsonb_set(doc, '{client,email}', '\"" + one.email + "\"')"
		}
		chosen := fmt.Sprintf("SELECT case_id FROM messages WHERE to_address LIKE '%%@example.com' ORDER BY id LIMIT 1 OFFSET %d", b.due/2+i*(b.due/2-len(leavers))/len(leavers))
		out = append(out,
			"UPDATE cases SET client_email = '"+one.email+"', doc = "+set+" WHERE id = ("+chosen+")",
			"UPDATE messages SET to_address = '"+one.email+"' WHERE case_id = (SELECT id FROM cases WHERE client_email = '"+one.email+"' AND state = 'listening' AND id IN (SELECT case_id FROM effects WHERE send_key LIKE '%:T03' AND state = 'ready'))")
	}
	return append(out, "UPDATE effects SET due_at = "+now+" WHERE kind = 'mail' AND state = 'ready' AND send_key LIKE '%:T03'")
}

// installation is serve alone, or two APIs and three workers where a database
// and a queue are shared.
func (b *bench) installation(ctx context.Context, at place, mail *sink) (*process, func(), error) {
	env := at.env("OPENDOOR_SMTP_URL="+mail.url(), "OPENDOOR_WORKER_CONCURRENCY="+hands)
	if !at.postgres() {
		p, err := b.start(ctx, env, b.binary, "serve")
		return p, func() { p.stop() }, err
	}
	var all []*process
	stop := func() {
		for _, p := range all {
			p.stop()
		}
	}
	for range 2 {
		p, err := b.start(ctx, env, b.binary, "api")
		if err != nil {
			stop()
			return nil, nil, err
		}
		all = append(all, p)
	}
	for range 3 {
		p := &process{cmd: exec.CommandContext(ctx, b.binary, "worker")}
		p.cmd.Env = append(os.Environ(), env...)
		if err := p.cmd.Start(); err != nil {
			stop()
			return nil, nil, err
		}
		all = append(all, p)
	}
	return all[0], stop, nil
}

var preferencesLink = regexp.MustCompile(`/u/[A-Za-z0-9_-]+`)

// leavers lets so many clients leave over the API and waits for the link in
// their survey.
func (p *process) leavers(ctx context.Context, n int) ([]*leaver, error) {
	var acc struct {
		ID string `json:"id"`
	}
	body := `{"provider":"generic","name":"bench","credentials":{"secret":"whsec_YmVuY2hiZW5jaGJlbmNoYmVuY2hiZW5jaGJlbmNoMDA="},"mode":"live","policy":` + leavingPolicy + `}`
	if err := p.call(ctx, http.MethodPost, "/api/v1/accounts", body, &acc); err != nil {
		return nil, err
	}
	var out []*leaver
	for i := range n {
		one := &leaver{email: fmt.Sprintf("leaver%d@example.net", i)}
		var k struct {
			ID string `json:"id"`
		}
		body := fmt.Sprintf(`{"account_id":%q,"initiator":"client","client":{"id":"leaver%d","name":"Клиент","email":%q,"lang":"ru"},"responsible":{"name":"Мария Образцова","email":"maria@example.net"}}`, acc.ID, i, one.email)
		if err := p.call(ctx, http.MethodPost, "/api/v1/cases", body, &k); err != nil {
			return nil, err
		}
		for deadline := time.Now().Add(lettersPatience); one.link == ""; time.Sleep(20 * time.Millisecond) {
			var letters struct {
				Items []struct{ Template, State, Text string } `json:"items"`
			}
			if err := p.call(ctx, http.MethodGet, "/api/v1/messages?case_id="+k.ID, "", &letters); err != nil {
				return nil, err
			}
			for _, l := range letters.Items {
				if l.Template == "T03" && l.State == "sent" {
					one.link = preferencesLink.FindString(l.Text)
				}
			}
			if time.Now().After(deadline) {
				return nil, fmt.Errorf("%s has got no survey", one.email)
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// leave presses the one button that mail programs press (RFC 8058).
func (p *process) leave(ctx context.Context, one *leaver) error {
	form := url.Values{"List-Unsubscribe": {"One-Click"}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+one.link, bytes.NewReader([]byte(form)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("leaving is answered by %d", res.StatusCode)
	}
	one.answered = time.Now()
	one.took = one.answered.Sub(began)
	return nil
}

// queueMoves waits until so many of the queued letters have come to an end.
func queueMoves(ctx context.Context, db *sql.DB, all, want int) error {
	deadline := time.Now().Add(4 * lettersPatience)
	for {
		var left int
		err := db.QueryRowContext(ctx, "SELECT count(*) FROM effects WHERE kind = 'mail' AND send_key LIKE '%:T03' AND state IN ('ready', 'claimed', 'transmitting')").Scan(&left)
		if err != nil || all-left >= want {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d letters still wait", left, all)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// letGo counts the queued letters that passed their fence after their client had
// left, and how long after the latest did. Each of the others says why it stayed.
func letGo(ctx context.Context, db *sql.DB, leavers []*leaver) (n int, latest time.Duration, err error) {
	for _, one := range leavers {
		late, after, err := one.letGo(ctx, db)
		if err != nil {
			return n, latest, err
		}
		n, latest = n+late, max(latest, after)
	}
	return n, latest, nil
}

func (one *leaver) letGo(ctx context.Context, db *sql.DB) (n int, latest time.Duration, err error) {
	rows, err := db.QueryContext(ctx, "SELECT sent_at, state, reason FROM messages WHERE template = 'T03' AND to_address = '"+one.email+"' ORDER BY id")
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	letters := 0
	for rows.Next() {
		var at sql.NullTime
		var state, reason string
		if err := rows.Scan(&at, &state, &reason); err != nil {
			return 0, 0, err
		}
		letters++
		if !at.Valid && strings.TrimSpace(reason) == "" {
			return 0, 0, fmt.Errorf("%s has a letter that is %s and does not say why", one.email, state)
		}
		if at.Valid && at.Time.After(one.answered) {
			n, latest = n+1, max(latest, at.Time.Sub(one.answered))
		}
	}
	if letters != 2 && rows.Err() == nil {
		return 0, 0, fmt.Errorf("%s had %d letters", one.email, letters)
	}
	return n, latest, rows.Err()
}
