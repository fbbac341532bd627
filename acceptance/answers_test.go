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

// Who leaves while a queue of letters waits, or flies, gets none of them from
// the moment of the answer; all others get theirs.
func TestWhoLeavesGetsNothingMoreHoweverMuchIsQueued(t *testing.T) { everywhere(t, leaveAmongMany) }

// leaver has a survey, and another contract whose letters wait in the queue.
type leaver struct {
	deal
	link     string // to the page of preferences
	had      int    // letters before
	answered time.Time
	took     time.Duration
}

func leaveAmongMany(t *testing.T, h *house) {
	p := h.generic()
	leavers := make([]*leaver, 20)
	for i := range leavers {
		leavers[i] = &leaver{deal: p.client()}
		p.cancel(leavers[i].deal)
	}
	h.eventually(func() error {
		for _, one := range leavers {
			for _, l := range h.sink.to(one.email) {
				if l.surveyLink() != "" {
					one.link = l.unsubscribe
				}
			}
			if one.link == "" {
				return errors.New("a survey has not come")
			}
		}
		return nil
	})
	h.eventually(h.idle)
	for _, one := range leavers {
		one.had = len(h.sink.to(one.email))
	}

	h.must("POST", "/sending/pause", fields{"reason": "a queue is wanted"}, nil)
	others := make([]deal, queuedLetters(t))
	for i := range others {
		others[i] = p.client()
	}
	patiently := func(check func() error) { // who waits for thousands does not ask all the time
		t.Helper()
		testkit.Eventually(t, patience+time.Duration(len(others))*patience/500, func() error {
			time.Sleep(time.Duration(len(others)) * time.Millisecond / 5)
			return check()
		})
	}
	p.fill(others, leavers)
	patiently(func() error {
		all, err := listAll[parting](h, "/cases", nil)
		if want := len(others) + 2*len(leavers); err == nil && len(all) < want {
			err = fmt.Errorf("%d cases, want %d", len(all), want)
		}
		return err
	})

	leave := func(one *leaver) {
		began := time.Now()
		if code := h.post(one.link, form, "List-Unsubscribe=One-Click"); code != 200 {
			t.Fatalf("unsubscribing answers %d", code)
		}
		one.answered = time.Now()
		one.took = one.answered.Sub(began)
	}
	first, inFlight := leavers[0], leavers[1:]
	leave(first)
	before := len(h.sink.all())
	h.must("POST", "/sending/resume", fields{}, nil)
	for i, one := range inFlight { // each while the queue moves, long before the turn of the second contract
		patiently(func() error {
			if n, want := len(h.sink.all())-before, i*len(others)/(2*len(inFlight)); n < want {
				return fmt.Errorf("%d letters have left, want %d", n, want)
			}
			return nil
		})
		leave(one)
	}
	patiently(func() error {
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
	patiently(h.idle)
	if now := len(h.sink.to(first.email)); now != first.had {
		t.Errorf("%d letters reached the one who had left before", now-first.had)
	}
	var all []message
	patiently(func() (err error) { // what was asked while sending was off is asked again some seconds later
		if all, err = listAll[message](h, "/messages", nil); err != nil {
			return err
		}
		for _, one := range leavers {
			if err := one.settled(all); err != nil {
				return err
			}
		}
		return nil
	})
	took := make([]time.Duration, 0, len(leavers))
	for _, one := range leavers {
		took = append(took, one.took)
		one.gotNothing(t, all)
	}
	slices.Sort(took)
	t.Logf("%d clients' letters in the queue: leaving was answered, and counted, after %s (median), %s (slowest)",
		len(others), took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
}

// fill has everybody leave; the second contracts of leavers stand in the second
// half of the queue.
func (p *program) fill(others []deal, leavers []*leaver) {
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
	next := 0
	for i, d := range others {
		for next < len(leavers) && i >= len(others)/2+next*len(others)/(2*len(leavers)) {
			again := leavers[next].deal
			again.id = fmt.Sprintf("second-contract-%d", next)
			queue <- again
			next++
		}
		queue <- d
	}
	close(queue)
	hands.Wait()
}

// stopTakes is how long a stop may take (one-click leaving works at the fence, in a
// second at most): a letter past its fence, whose last dot is on its way, cannot
// be called back.
const stopTakes = time.Second

// gotNothing: no letter was let go once leaving had taken effect.
func (one *leaver) gotNothing(t *testing.T, all []message) {
	t.Helper()
	for _, m := range all {
		if m.To == one.email && m.SentAt != nil && m.SentAt.After(one.answered.Add(stopTakes)) {
			t.Errorf("%s left %s after the client had", m.Template, m.SentAt.Sub(one.answered))
		}
	}
}

// settled: each letter that was not let go says why. A reminder is stopped when
// its day comes.
func (one *leaver) settled(all []message) error {
	for _, m := range all {
		if m.To == one.email && m.SentAt == nil && m.Template != "T03r" && (m.State == "planned" || m.Reason == "") {
			return fmt.Errorf("%s is %s: %q", m.Template, m.State, m.Reason)
		}
	}
	return nil
}
