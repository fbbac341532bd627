package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
)

func atLeast(n, want int) error {
	if n < want {
		return fmt.Errorf("%d of %d", n, want)
	}
	return nil
}

// A robot that moves many deals by mistake writes to nobody beyond the burst.
func TestABurstWaitsForAPerson(t *testing.T) {
	const burst, all = 10, 60
	h := serve(t)
	a := h.connectAmo(amoAccount(t), "live", strings.Replace(policy, `"burst_per_hour":null`, fmt.Sprintf(`"burst_per_hour":%d`, burst), 1))
	var deals []deal
	var ids []int64
	for range all {
		d := a.client()
		deals, ids = append(deals, d), append(ids, a.lead(d))
	}
	if err := a.sim.MoveLeads(ids, amocrmsim.PipelineService, amocrmsim.StatusLost, amocrmsim.AdminID, 0); err != nil {
		t.Fatal(err)
	}
	h.eventually(func() error {
		s, err := h.story()
		if err != nil {
			return err
		}
		if err := atLeast(len(s.cases), all); err != nil {
			return fmt.Errorf("cases: %w", err)
		}
		return atLeast(len(h.sink.all()), 2*burst)
	})
	h.eventually(h.idle)
	s, err := h.story()
	if err != nil {
		t.Fatal(err)
	}
	held, touched := 0, 0
	for _, d := range deals {
		c := s.casesOf(d)[0]
		w := a.written(d)
		if c.Held {
			held++
			if len(h.sink.to(d.email)) > 0 || len(w.notes)+len(w.tasks) > 0 || w.state != "" {
				t.Errorf("the held case of deal %s had effects", d.id)
			}
			continue
		}
		touched++
	}
	if held != all-burst || touched != burst || len(h.sink.all()) != 2*burst {
		t.Errorf("%d held, %d went, %d letters", held, touched, len(h.sink.all()))
	}
	var released struct {
		Released int `json:"released"`
	}
	h.must("POST", "/accounts/"+a.ID+"/release", nil, &released)
	if released.Released != all-burst {
		t.Errorf("%d released", released.Released)
	}
	h.allTold(deals...)
	if n := len(h.sink.all()); n != 2*all {
		t.Errorf("%d letters for %d clients", n, all)
	}
	h.invariantsHold()
}

// A shadow account prepares everything and lets nothing out.
func TestAShadowAccountSendsAndWritesNothing(t *testing.T) {
	h := serve(t)
	a := h.connectAmo(amoAccount(t), "shadow", policy)
	before := writes(a)
	d := a.client()
	a.cancel(d)
	h.eventually(func() error {
		s, err := h.story()
		if err != nil {
			return err
		}
		cases := s.casesOf(d)
		if len(cases) != 1 {
			return fmt.Errorf("%d cases", len(cases))
		}
		for _, template := range []string{"T01", "T03"} {
			if m := s.letter(cases[0].ID, template); m == nil || m.State != "held" {
				return fmt.Errorf("%s is %+v", template, m)
			}
		}
		return nil
	})
	time.Sleep(1500 * time.Millisecond) // write-backs wait a second
	h.eventually(h.idle)
	if n := len(h.sink.all()); n != 0 {
		t.Errorf("%d letters left", n)
	}
	if n := writes(a) - before; n != 0 {
		t.Errorf("%d writes to the CRM", n)
	}
	h.invariantsHold()
}

// writes counts the requests that changed something in the account.
func writes(a *amo) int {
	n := 0
	for _, r := range a.sim.Ledger() {
		if r.Method != http.MethodGet && !strings.HasPrefix(r.Path, "/_sim") {
			n++
		}
	}
	return n
}

// One call stops all sending, another lets it go on.
func TestSendingCanBePaused(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a := h.amocrm()
		h.must("POST", "/sending/pause", `{"reason":"a wrong text was found"}`, nil)
		d := a.client()
		a.cancel(d)
		h.eventually(func() error {
			s, err := h.story()
			if err == nil && len(s.casesOf(d)) != 1 {
				err = errors.New("no case yet")
			}
			return err
		})
		time.Sleep(1500 * time.Millisecond)
		if w := a.written(d); len(h.sink.all()) != 0 || len(w.notes)+len(w.tasks) > 0 {
			t.Errorf("while all sending is paused %d letters left, written %+v", len(h.sink.all()), w)
		}
		h.must("POST", "/sending/resume", nil, nil)
		h.allTold(d)
	})
}
