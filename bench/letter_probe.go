package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hibiken/asynq"
)

// probeHands do the letter probe's tasks side by side.
const probeHands = 64

// letterProbe is the least that makes a letter of a hook by way of asynq: the
// body is stored with others in one commit, a task carries it to a worker, the lead
// and its contact are read from the CRM, the letter is a row before and after it
// leaves over a kept connection. It knows no cases, rules, texts or write-backs, and
// what a crash interrupts is lost: what it reaches is the limit of the machine.
type letterProbe struct {
	db    *sql.DB
	crm   string // address of the simulated CRM
	mail  string // host and port of the mail server
	http  *http.Client
	ready chan *smtp.Client // connections that nobody uses
}

const (
	probeLetters = `CREATE TABLE probe_letters (id uuid PRIMARY KEY, lead bigint NOT NULL, address text NOT NULL, body text NOT NULL, sent_at timestamptz)`
	keepLetter   = `INSERT INTO probe_letters (id, lead, address, body) VALUES ($1, $2, $3, $4)`
	markSent     = `UPDATE probe_letters SET sent_at = $1 WHERE id = $2`
)

// runLetterProbe serves the letter probe.
func runLetterProbe(database, redis, crm, mail string) error {
	insert, err := probeInsert(database)
	if err != nil {
		return err
	}
	p := &letterProbe{crm: crm, mail: mail, ready: make(chan *smtp.Client, probeHands)}
	p.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: probeHands}, Timeout: 10 * time.Second}
	if p.db, err = (place{database: database}).open(); err != nil {
		return err
	}
	p.db.SetMaxOpenConns(16)
	p.db.SetMaxIdleConns(16)
	if _, err := p.db.Exec(probeLetters); err != nil {
		return err
	}
	opt, err := asynq.ParseRedisURI(redis)
	if err != nil {
		return err
	}
	tasks := asynq.NewClient(opt)
	worker := asynq.NewServer(opt, asynq.Config{Concurrency: probeHands, TaskCheckInterval: 5 * time.Millisecond, LogLevel: asynq.ErrorLevel})
	err = worker.Start(asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		err := p.letter(ctx, t.Payload())
		if err != nil {
			fmt.Fprintln(os.Stderr, "letter probe:", err)
		}
		return err
	}))
	if err != nil {
		return err
	}
	store := inBatches(insert)
	return serveProbe(func(body []byte) int {
		if store(body) != nil {
			return http.StatusServiceUnavailable
		}
		if _, err := tasks.Enqueue(asynq.NewTask("letter", body), asynq.MaxRetry(0)); err != nil {
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	})
}

// letter writes to the contact of the lead that a hook tells of.
func (p *letterProbe) letter(ctx context.Context, hook []byte) error {
	form, err := url.ParseQuery(string(hook))
	if err != nil {
		return err
	}
	var lead struct {
		ID       int64 `json:"id"`
		Embedded struct {
			Contacts []struct {
				ID int64 `json:"id"`
			} `json:"contacts"`
		} `json:"_embedded"`
	}
	if err := p.get(ctx, "/api/v4/leads/"+form.Get("leads[update][0][id]")+"?with=contacts,loss_reason", &lead); err != nil {
		return err
	}
	if len(lead.Embedded.Contacts) == 0 {
		return errors.New("the lead has no contact")
	}
	var contact struct {
		Name   string `json:"name"`
		Fields []struct {
			Code   string `json:"field_code"`
			Values []struct {
				Value any `json:"value"`
			} `json:"values"`
		} `json:"custom_fields_values"`
	}
	if err := p.get(ctx, "/api/v4/contacts/"+strconv.FormatInt(lead.Embedded.Contacts[0].ID, 10), &contact); err != nil {
		return err
	}
	to := ""
	for _, f := range contact.Fields {
		if f.Code == "EMAIL" && len(f.Values) > 0 {
			to = fmt.Sprint(f.Values[0].Value)
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	// As long as the acknowledgement in text and HTML.
	text := "To: " + to + "\r\nSubject: We have heard you\r\n\r\n" + strings.Repeat(contact.Name+", we have heard you.\r\n", 200)
	if _, err := p.db.ExecContext(ctx, keepLetter, id, lead.ID, to, text); err != nil {
		return err
	}
	if err := p.send(to, text); err != nil {
		return err
	}
	_, err = p.db.ExecContext(ctx, markSent, time.Now(), id)
	return err
}

func (p *letterProbe) get(ctx context.Context, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.crm+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+crmToken)
	res, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var raw bytes.Buffer
	if _, err := io.Copy(&raw, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s answers %d", path, res.StatusCode)
	}
	return json.Unmarshal(raw.Bytes(), out)
}

// send hands the letter to the mail server, over a connection that nobody uses.
func (p *letterProbe) send(to, text string) (err error) {
	var c *smtp.Client
	select {
	case c = <-p.ready:
	default:
		if c, err = smtp.Dial(p.mail); err != nil {
			return err
		}
	}
	if err := errors.Join(c.Mail("care@opendoor.example"), c.Rcpt(to)); err != nil {
		return err
	}
	out, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	p.ready <- c
	return nil
}
