package offboarding_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func verdicts(events []*od.Event) (out []string) {
	for _, e := range events {
		out = append(out, string(e.Verdict))
	}
	slices.Sort(out)
	return out
}

func TestACancellationBecomesOneCaseHoweverItIsTold(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.hook(od.DealUpdated, "17", od.Hint{OccurredAt: h.clock}) // the twin
	if got := verdicts(h.events()); len(got) != 0 {
		t.Errorf("before anybody looked: %v", got)
	}
	_, err := h.interp.Unpack(t.Context())
	h.must(err)
	if got := verdicts(h.events()); !slices.Equal(got, []string{"pending", "pending"}) {
		t.Errorf("before the CRM is read: %v", got)
	}
	h.work()
	if got := verdicts(h.events()); !slices.Equal(got, []string{"case_opened", "duplicate"}) {
		t.Errorf("in the end: %v", got)
	}
	if h.crm.reads != 1 {
		t.Errorf("the deal was read %d times for two events that came together", h.crm.reads)
	}
	h.after(2 * time.Minute)
	h.hook(od.DealUpdated, "17", od.Hint{OccurredAt: tuesday}) // the same body again
	h.work()
	c := h.theCase("17")
	if got := verdicts(h.events()); !slices.Equal(got, []string{"case_opened", "duplicate"}) {
		t.Errorf("after a repeat: %v", got)
	}
	if opened := h.kinds(c)[:2]; !slices.Equal(opened, []string{"case.opened", "case.moved"}) {
		t.Errorf("the record begins with %v", opened)
	}
	h.sound()
}

// Every order in which the hooks of one story may come, some of them twice,
// with the work done after each.
func TestHooksInAnyOrderMakeTheSameCase(t *testing.T) {
	for seed := range uint64(6) {
		h := newHouse(t)
		h.crm.deals["17"] = &od.Deal{
			ID: "17", Pipeline: od.Named{ID: "8"}, Stage: od.Named{ID: "143"}, Outcome: od.OutcomeLost,
			MovedAt: h.clock, UpdatedAt: h.clock, CreatedAt: h.clock.Add(-time.Hour), Client: od.Client{Email: "client@example.com"},
		}
		work, lost := &od.StageRef{PipelineID: "8", StageID: "10"}, &od.StageRef{PipelineID: "8", StageID: "143"}
		hooks := []func(){
			func() { h.hook(od.DealAdded, "17", od.Hint{OccurredAt: h.clock.Add(-time.Hour)}) },
			func() { h.hook(od.DealStageChanged, "17", od.Hint{From: work, To: lost, OccurredAt: tuesday}) },
			func() { h.hook(od.DealUpdated, "17", od.Hint{To: lost, OccurredAt: tuesday}) },
			func() { h.hook(od.DealUpdated, "17", od.Hint{OccurredAt: tuesday.Add(time.Second)}) },
		}
		hooks = append(hooks, hooks[1], hooks[2])
		r := rand.New(rand.NewPCG(seed, 0))
		r.Shuffle(len(hooks), func(i, j int) { hooks[i], hooks[j] = hooks[j], hooks[i] })
		for _, send := range hooks {
			send()
			if r.IntN(2) == 0 {
				h.work()
			}
		}
		h.after(time.Hour)
		h.state(h.theCase("17"), od.StateListening)
		h.sent(od.T01, od.T03)
		if n := count(h.crm.taskTexts(), "call"); n != 1 {
			t.Errorf("%d tasks to call", n)
		}
		if got := verdicts(h.events()); slices.Contains(got, "pending") || count(got, "case_opened") != 1 {
			t.Errorf("verdicts %v", got)
		}
		h.sound()
	}
}

func TestOurOwnWriteIsKnownWhenItComesBack(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	h.crm.deals["17"].UpdatedAt = h.clock.Add(5 * time.Second)
	h.after(5 * time.Second) // card and note are written, the CRM dates the change
	h.hook(od.DealUpdated, "17", od.Hint{OccurredAt: h.clock})
	h.work()
	if got := verdicts(h.events()); !slices.Equal(got, []string{"case_opened", "echo"}) {
		t.Errorf("%v", got)
	}
	if len(h.crm.cards) != 1 {
		t.Errorf("the echo made us write %d times", len(h.crm.cards))
	}
}

func TestBodiesThatOpenNothing(t *testing.T) {
	tests := map[string]struct {
		body    string
		verdict string
		why     string
	}{
		"that nobody can read":       {"%%%", "malformed", "not what"},
		"that make a connector fall": {"panic", "malformed", "could not be read"},
		"about another account":      {"foreign", "ignored", "another account"},
		"that name nothing":          {"[]", "ignored", "nothing that concerns us"},
		"about a contact":            {`[{"Kind":"contact.updated","EntityID":"5","Ignore":"only deals open cases"}]`, "ignored", "only deals"},
		"about a deal that is gone":  {`[{"Kind":"deal.updated","EntityID":"404"}]`, "ignored", "not in the CRM any more"},
		"about a deletion":           {`[{"Kind":"deal.deleted","EntityID":"17"}]`, "ignored", "a deletion is no parting"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver([]byte(tc.body))
			h.work()
			all := h.events()
			if len(all) != 1 || string(all[0].Verdict) != tc.verdict || !strings.Contains(all[0].Reason, tc.why) {
				t.Fatalf("%+v", all[0])
			}
			h.sound()
		})
	}
}

func TestABodyOfTheSpoolIsProvedBeforeItIsRead(t *testing.T) {
	h := newHouse(t)
	for _, body := range []string{`[{"Kind":"deal.updated","EntityID":"17"}]`, `[{"Kind":"deal.updated","EntityID":"forged"}]`} {
		h.must(h.store.AddDeliveries(t.Context(), []*od.Delivery{{
			ID: od.NewID(), AccountID: h.acc.ID, Provider: od.AmoCRM, Origin: od.OriginHook, ReceivedAt: h.clock, LastSeenAt: h.clock, Seen: 1,
			Body: []byte(body), DedupKey: []byte(body),
		}}, time.Minute))
	}
	h.work()
	for _, e := range h.events() {
		if forged := strings.Contains(e.Reason, "does not prove"); forged != (e.EntityID == "") {
			t.Errorf("%+v", e)
		}
	}
}

func TestAnEventMayBeLookedAtAgain(t *testing.T) {
	h := newHouse(t)
	h.crm.fail = od.Invalid("the lead cannot be read")
	h.lose("17")
	h.work()
	e := h.events()[0]
	if e.Verdict != od.VerdictFailed || e.Reason == "" {
		t.Fatalf("%+v", e)
	}
	h.crm.fail = nil
	h.must(od.Replay(t.Context(), h.store, nil, e.ID, "key:office", h.clock))
	h.work()
	h.theCase("17")
	if e = h.events()[0]; e.Verdict != od.VerdictCaseOpened {
		t.Errorf("after the replay: %+v", e)
	}
	sent := len(h.post.sent)
	for range 2 {
		h.must(od.Replay(t.Context(), h.store, nil, e.ID, "key:office", h.clock))
		h.work()
	}
	h.theCase("17")
	if e = h.events()[0]; e.Verdict != od.VerdictCaseOpened || len(h.post.sent) != sent {
		t.Errorf("replaying what was settled: %+v, %v", e, h.post.templates())
	}
	if err := od.Replay(t.Context(), h.store, scopeOf(od.NewID()), e.ID, "key:x", h.clock); !od.IsKind(err, od.KindNotFound) {
		t.Errorf("an event of another account: %v", err)
	}
	h.deliver([]byte("%%%"))
	h.work()
	for _, e := range h.events() {
		if e.Verdict == od.VerdictMalformed {
			if err := od.Replay(t.Context(), h.store, nil, e.ID, "key:office", h.clock); rule(err) != "nothing_to_replay" {
				t.Errorf("a body that cannot be read: %v", err)
			}
		}
	}
	h.sound()
}

func TestWithdrawnAndReturnedThroughTheCRM(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	deal := h.crm.deals["17"]
	deal.Stage, deal.Outcome, deal.MovedAt, deal.UpdatedAt = od.Named{ID: "10"}, od.OutcomeOpen, time.Time{}, h.clock
	h.hook(od.DealStageChanged, "17", od.Hint{OccurredAt: h.clock})
	h.work()
	h.state(h.theCase("17"), od.StateSaved)
	h.after(80 * time.Hour)
	h.sent(od.T01, od.T03) // who stays is not reminded
	h.sound()
}

func TestADeletedAccountOpensNothing(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	_, err := h.interp.Unpack(t.Context())
	h.must(err)
	h.lose("18")
	h.must(h.store.DeleteAccount(t.Context(), h.acc.ID))
	h.work()
	for _, e := range h.events() {
		if e.Verdict == od.VerdictCaseOpened {
			t.Errorf("%+v", e)
		}
	}
}

func TestAnEventOfAProcessWhoseClockIsAheadIsSettledAllTheSame(t *testing.T) {
	h := newHouse(t)
	ahead := h.clock.Add(40 * time.Millisecond)
	behind := h.clock
	h.clock = ahead
	h.lose("17")
	h.clock = behind
	h.work()
	h.clock = ahead
	h.work()
	if c := h.theCase("17"); c.State != od.StateListening {
		t.Errorf("the case is %s", c.State)
	}
	h.sound()
}
