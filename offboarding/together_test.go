package offboarding_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// together does the looks that are due at the same time, as hands of a worker do.
func (h *house) together() {
	h.Helper()
	_, err := h.interp.Unpack(h.Context())
	h.must(err)
	rung, err := h.store.RingDue(h.Context(), h.clock, 0, 100, od.Room{Reading: 100, Writing: 100, Elsewhere: 100})
	h.must(err)
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, r := range rung {
		ef, err := h.store.Claim(h.Context(), r.ID, h.clock, time.Minute)
		if od.IsKind(err, od.KindNotFound) {
			continue // of its series another one is in hand
		}
		h.must(err)
		if ef.Kind != od.EffectInterpret {
			h.settle(ef, h.do(ef))
			continue
		}
		wg.Go(func() {
			if err := h.interp.Interpret(h.Context(), ef, payload[od.InterpretPayload](h, ef)); err != nil {
				h.Errorf("interpret: %v", err)
			}
		})
	}
}

func TestARobotThatLosesManyDealsAtOnceOpensOneCaseForEach(t *testing.T) {
	few := 30
	h := newHouse(t, func(a *od.Account) { a.Policy.BurstPerHour = &few })
	for i := range 40 {
		h.lose(strconv.Itoa(100 + i))
	}
	h.together()
	held := 0
	for i := range 40 {
		c := h.theCase(strconv.Itoa(100 + i))
		h.state(c, od.StateListening)
		if c.Held {
			held++
		}
		if c.No == 0 {
			t.Error("a case has no number")
		}
		if got := h.kinds(c); len(got) < 2 || got[0] != "case.opened" {
			t.Errorf("the record begins with %v", got)
		}
	}
	if held != 10 {
		t.Errorf("%d cases wait for a person, want the ten above the gate", held)
	}
	for _, e := range h.events() {
		if e.Verdict != od.VerdictCaseOpened || e.CaseID == nil {
			t.Errorf("event %s: %s %s", e.EntityID, e.Verdict, e.Reason)
		}
	}
	h.work()
	if got := count(h.post.templates(), od.T01); got != 30 {
		t.Errorf("%d acknowledgements, want 30", got)
	}
	h.sound()
}

// Half of the deals have a case already: those are joined one by one, while the
// others are opened together.
func TestNewAndKnownDealsComeTogether(t *testing.T) {
	h := newHouse(t)
	for i := range 10 {
		h.lose(strconv.Itoa(100 + i))
	}
	h.together()
	h.work()
	h.clock = h.clock.Add(time.Hour)
	for i := range 20 {
		h.lose(strconv.Itoa(100 + i))
	}
	h.together()
	for i := range 20 {
		h.state(h.theCase(strconv.Itoa(100+i)), od.StateListening)
	}
	h.work()
	if got := count(h.post.templates(), od.T01); got != 20 {
		t.Errorf("%d acknowledgements, want one for each client", got)
	}
	h.sound()
}

func TestAnEchoThatTellsItselfIsNotAskedFor(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	h.crm.deals["17"].UpdatedAt = h.clock.Add(5 * time.Second)
	h.after(5 * time.Second) // card and note are written, the CRM dates the change
	reads := h.crm.reads
	lost := &od.StageRef{PipelineID: "8", StageID: "143"}
	h.hook(od.DealUpdated, "17", od.Hint{To: lost, OccurredAt: h.clock})
	h.after(time.Minute)
	if h.crm.reads != reads {
		t.Errorf("the CRM was asked %d times about our own write", h.crm.reads-reads)
	}
	h.crm.deals["17"].Responsible.ID = "6"
	h.hook(od.DealUpdated, "17", od.Hint{To: lost, OccurredAt: h.clock})
	h.after(time.Minute)
	if h.crm.reads != reads+1 {
		t.Errorf("a later change was looked at %d times, want once", h.crm.reads-reads)
	}
	if got := h.theCase("17").Responsible.ID; got != "6" {
		t.Errorf("the responsible is still %s", got)
	}
	h.sound()
}
