package acceptance

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/internal/testkit"
)

// mailedTo makes the installation take in mail, and returns where.
func mailedTo(t *testing.T) (string, setting) {
	t.Helper()
	addr := "127.0.0.1:" + strconv.Itoa(testkit.FreePort(t))
	return addr, with("OPENDOOR_INBOX_URL=lmtp://"+addr, "OPENDOOR_INBOX_ADDRESS=care@in.example")
}

// replies hands an answer over as a mail server does (LMTP).
func replies(t *testing.T, addr, from, to, subject, text string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	mail := "From: <" + from + ">\r\nTo: <" + to + ">\r\nSubject: " + subject + "\r\nMessage-ID: <" + newAddress("reply") + ">\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"
	if err := c.SendMail(from, []string{to}, strings.NewReader(mail)); err != nil {
		t.Fatal(err)
	}
}

// spoken is what the API says of a case that talks with us.
type spoken struct {
	State     string `json:"state"`
	Paused    bool   `json:"paused"`
	NoContact bool   `json:"no_contact"`
}

func (h *house) spoken(id string) (k spoken) {
	h.t.Helper()
	h.must("GET", "/cases/"+id, nil, &k)
	return k
}

func (h *house) touchesOf(id string) []touch {
	h.t.Helper()
	all, err := listAll[touch](h, "/cases/"+id+"/touches", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func planned(all []touch) (n int) {
	for _, t := range all {
		if t.State == "planned" || t.State == "waiting" {
			n++
		}
	}
	return n
}

// An answer makes touches wait and reaches the manager; a request to stop ends
// them, and is remembered when everything else about the client is forgotten.
func TestAnAnswerByMailMakesTouchesWaitAndAStopEndsThem(t *testing.T) {
	addr, inbox := mailedTo(t)
	h := serve(t, inbox)
	a := h.amocrm()
	d := a.client()
	a.cancel(d)
	id := h.allTold(d).casesOf(d)[0].ID
	h.must("PATCH", "/accounts/"+a.ID, fields{"time_zone": "UTC"}, nil)
	h.must("POST", "/cases/"+id+"/actions/proceed", fields{}, nil)
	h.must("POST", "/cases/"+id+"/notice/waive", fields{"effective_on": today(0), "reason": "клиент спешит"}, nil)
	h.eventually(func() error {
		_, err := h.call("POST", "/cases/"+id+"/actions/part", fields{"handover": "not_needed", "settlement": "not_needed"}, nil)
		if k := h.spoken(id); k.State == "parted" || k.State == "in_touch" {
			return nil
		}
		return errors.Join(err, errors.New("not parted yet"))
	})
	before := planned(h.touchesOf(id))
	if before == 0 {
		t.Fatal("nothing is planned")
	}
	ours := h.sink.to(d.email)[0].from // a return address of the letter's own
	if !strings.HasPrefix(ours, "care+") {
		t.Fatalf("the envelope sender is %q", ours)
	}

	replies(t, addr, d.email, ours, "Re: обращение", "Спасибо за тёплые слова! Пришлите, пожалуйста, копию акта.")
	h.eventually(func() error {
		if !h.spoken(id).Paused {
			return errors.New("touches do not wait")
		}
		lead := a.lead(d)
		if !slices.ContainsFunc(a.sim.Tasks(lead), func(t amocrmsim.Task) bool { return strings.Contains(t.Text, ":client_replied") }) {
			return fmt.Errorf("no task for the manager among %+v", a.sim.Tasks(lead))
		}
		for _, n := range a.sim.Notes(lead) {
			if strings.Contains(n.Text(), "копию акта") {
				return nil
			}
		}
		return errors.New("no note with the client's words")
	})
	if got := planned(h.touchesOf(id)); got != before {
		t.Errorf("%d touches wait, there were %d", got, before)
	}
	h.must("POST", "/cases/"+id+"/actions/resume", fields{}, nil)
	if h.spoken(id).Paused {
		t.Error("still paused after the manager has answered")
	}

	replies(t, addr, d.email, ours, "Re: обращение", "Пожалуйста, больше не пишите мне.")
	h.eventually(func() error {
		if !h.spoken(id).NoContact {
			return errors.New("still written to")
		}
		return nil
	})
	if got := planned(h.touchesOf(id)); got != 0 {
		t.Errorf("%d touches are planned after the stop", got)
	}
	h.rememberedAfterErasure(d.email)
}

// rememberedAfterErasure: who asked not to be written to is not written to when
// we have forgotten everything else, and have been restarted.
func (h *house) rememberedAfterErasure(email string) {
	h.t.Helper()
	type stop struct {
		Hash   string `json:"hash"`
		Reason string `json:"reason"`
	}
	list := func() []stop {
		all, err := listAll[stop](h, "/suppressions", nil)
		if err != nil {
			h.t.Fatal(err)
		}
		return all
	}
	before := list()
	if len(before) == 0 {
		h.t.Fatal("the stop list is empty")
	}
	h.must("DELETE", "/persons/"+url.PathEscape(email), nil, nil)
	u := h.unit("serve")
	u.kill()
	h.start(u)
	h.ready()
	for _, s := range before {
		if !slices.Contains(list(), s) {
			h.t.Errorf("%+v is forgotten", s)
		}
	}
	p := h.generic()
	var k parting
	status, err := h.call("POST", "/cases", fields{
		"account_id": p.ID, "initiator": "client", "client": fields{"id": "again", "name": "Анна Примерова", "email": email, "lang": "ru"},
		"responsible": fields{"id": "m", "name": "Вера Образцова", "email": "vera@generic.example"},
	}, &k)
	got := len(h.sink.to(email))
	if err != nil {
		if status != 409 {
			h.t.Fatal(err)
		}
		return // a client who was erased is not brought back
	}
	h.eventually(h.idle)
	all, err := listAll[message](h, "/messages", url.Values{"case_id": {k.ID}})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, m := range all {
		if m.To == email && m.State != "held" && m.State != "cancelled" {
			h.t.Errorf("%s is %s", m.Template, m.State)
		}
	}
	if now := len(h.sink.to(email)); now != got {
		h.t.Errorf("%d letters left after the stop", now-got)
	}
}

// queuedLetters is how many letters wait while somebody leaves. By hand:
// OPENDOOR_TEST_QUEUED=10000.
func queuedLetters(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("OPENDOOR_TEST_QUEUED"))
	if err != nil {
		return 40
	}
	return n
}

// Who leaves while a queue of letters waits gets none of them; all others get theirs.
func TestWhoLeavesGetsNothingMoreHoweverMuchIsQueued(t *testing.T) {
	h := serve(t)
	p := h.generic()
	leaver := p.client()
	p.cancel(leaver)
	var link string
	h.eventually(func() error {
		for _, l := range h.sink.to(leaver.email) {
			if l.surveyLink() != "" {
				link = l.unsubscribe
			}
		}
		if link == "" {
			return errors.New("the survey has not come")
		}
		return nil
	})
	h.eventually(h.idle)
	had := len(h.sink.to(leaver.email))

	h.must("POST", "/sending/pause", fields{"reason": "a queue is wanted"}, nil)
	others := make([]deal, queuedLetters(t))
	for i := range others {
		others[i] = p.client()
	}
	again := leaver // another contract of the one who leaves
	again.id = "second-contract"
	var hands sync.WaitGroup
	queue := make(chan deal)
	for range 8 {
		hands.Go(func() {
			for d := range queue {
				for p.say("cancel-"+d.id, p.body("client.cancelled", d)) == http.StatusServiceUnavailable {
					time.Sleep(100 * time.Millisecond) // overloaded: senders repeat
				}
			}
		})
	}
	for i, d := range others {
		if i == len(others)/2 {
			queue <- again
		}
		queue <- d
	}
	close(queue)
	hands.Wait()
	h.eventually(func() error {
		s, err := h.story()
		if err != nil {
			return err
		}
		if n := len(s.cases); n < len(others)+2 {
			return fmt.Errorf("%d cases, want %d", n, len(others)+2)
		}
		return nil
	})

	began := time.Now()
	if code := h.post(link, form, "List-Unsubscribe=One-Click"); code != 200 {
		t.Fatalf("unsubscribing answers %d", code)
	}
	t.Logf("%d letters wait; leaving was answered after %s", len(others), time.Since(began).Round(time.Millisecond))
	h.must("POST", "/sending/resume", fields{}, nil)
	h.eventually(func() error {
		got := map[string]bool{}
		for _, l := range h.sink.all() {
			got[l.to] = true
		}
		for _, d := range others {
			if !got[d.email] {
				return fmt.Errorf("%s has not got a letter", d.email)
			}
		}
		return nil
	})
	h.eventually(h.idle)
	if now := len(h.sink.to(leaver.email)); now != had {
		t.Errorf("%d letters reached the one who had left", now-had)
	}
	all, err := listAll[message](h, "/messages", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.To == leaver.email && m.State != "sent" && (m.State == "planned" || m.Reason == "") {
			t.Errorf("%s is %s: %q", m.Template, m.State, m.Reason)
		}
	}
}
