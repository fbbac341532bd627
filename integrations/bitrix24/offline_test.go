package bitrix24

import (
	"context"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

// oneGrant is what an authorisation server gave, once.
type oneGrant struct{ g offboarding.Grant }

func (o oneGrant) Grant(context.Context, uuid.UUID) (offboarding.Grant, error) { return o.g, nil }
func (oneGrant) ChangeGrant(context.Context, uuid.UUID, func(offboarding.Grant) (*offboarding.GrantChange, error)) error {
	return nil
}
func (oneGrant) EraseMirror(context.Context, uuid.UUID) error { return nil }

// application is a portal with an account that is spoken to as its application.
func application(t *testing.T) (*bitrix24sim.Sim, *Connector, *offboarding.Account) {
	t.Helper()
	sim := bitrix24sim.New(bitrix24sim.Config{Seed: true})
	server := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); server.Close() })
	sim.InstallApplication(server.URL+"/nowhere", 1)
	access, _ := sim.IssueToken(1)
	c, wall, _ := loopback(t)
	c.grants = offboarding.NewKeeper(oneGrant{offboarding.Grant{AccessToken: access, ObtainedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}}, nil, nil, wall.now, c.log)
	acc := account()
	acc.ID, acc.BaseURL = offboarding.NewID(), server.URL
	acc.Credentials = offboarding.Credentials{"client_id": "local.1", "client_secret": "s"}
	acc.Policy.RequestsPerSec = 1e6
	return sim, c, acc
}

func queuedOf(events []offboarding.UnpackedEvent, kind offboarding.EventKind) (ids []string) {
	for _, e := range events {
		if e.Kind == kind && e.Ignore == "" {
			ids = append(ids, e.EntityID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestTheQueueOfAnApplicationLosesNothing(t *testing.T) {
	sim, c, acc := application(t)
	poll(t, c, acc) // asks for the queue
	if err := sim.UpdateDeal(2, map[string]any{"TITLE": "x"}, 6); err != nil {
		t.Fatal(err)
	}
	if err := sim.MoveDeal(3, 1, "C1:LOSE", 6); err != nil { // to another pipeline
		t.Fatal(err)
	}
	before := acc.Cursor
	first, _ := poll(t, c, acc)
	if got := queuedOf(first, offboarding.DealUpdated); !slices.Equal(got, []string{"2"}) {
		t.Errorf("updated: %v", got)
	}
	if got := queuedOf(first, offboarding.DealStageChanged); !slices.Equal(got, []string{"3"}) {
		t.Errorf("moved: %v", got)
	}

	// A crash before the cursor was kept: the same rows come again.
	acc.Cursor = before
	if again, _ := poll(t, c, acc); !slices.Equal(queuedOf(again, offboarding.DealUpdated), []string{"2"}) {
		t.Errorf("after a crash: %+v", again)
	}
	// Once it was kept they are cleared, and only then.
	if err := sim.UpdateDeal(5, map[string]any{"TITLE": "y"}, 6); err != nil {
		t.Fatal(err)
	}
	if next, _ := poll(t, c, acc); !slices.Equal(queuedOf(next, offboarding.DealUpdated), []string{"5"}) {
		t.Errorf("the next look: %+v", next)
	}
	if n := len(sim.Requests("event.offline.clear")); n != 1 {
		t.Errorf("cleared %d times", n)
	}
}

func TestManyQueuedEventsAreReadInPortions(t *testing.T) {
	sim, c, acc := application(t)
	poll(t, c, acc)
	const deals = offlineMost + 10
	for range deals {
		if _, err := sim.CreateDeal(map[string]any{"TITLE": "a"}, 6); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for range 3 {
		events, _ := poll(t, c, acc)
		for _, e := range events {
			seen[e.EntityID] = true
		}
		if more := len(seen) < deals; more && !c.Unfinished(acc.Cursor) {
			t.Error("the rest waits for five minutes")
		}
	}
	if len(seen) != deals {
		t.Errorf("%d of %d", len(seen), deals)
	}
}

func TestAPortalWithoutAQueueIsAskedOnceADay(t *testing.T) {
	sim, c, acc := application(t)
	sim.AddFault(bitrix24sim.Fault{Method: "event.offline.get", Kind: bitrix24sim.FaultAccessDenied, Times: bitrix24sim.Always})
	lost(t, sim, 2)
	for range 3 {
		if events, _ := poll(t, c, acc); !slices.Contains(queuedOf(events, offboarding.DealStageChanged), "2") {
			t.Errorf("the history was not read: %+v", events)
		}
	}
	if n := len(sim.Requests("event.offline.get")); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// The documentation shows rows without their data: they say nothing, and break
// nothing.
func TestTheDocumentedRowsOfTheQueueAreRead(t *testing.T) {
	raw, err := os.ReadFile("testdata/api/event-offline-get.json")
	if err != nil {
		t.Fatal(err)
	}
	c, _, _ := loopback(t)
	acc := at(answering(t, 200, "application/json", string(raw)))
	bodies, err := c.readQueue(t.Context(), acc, &offlineQueue{Bound: true})
	if err != nil || len(bodies) == 0 {
		t.Fatalf("%d rows, %v", len(bodies), err)
	}
	for _, body := range bodies {
		u := c.Unpack(acc, &offboarding.Delivery{Origin: offboarding.OriginPoll, Body: body})
		if u.Malformed != "" || len(u.Events) != 1 {
			t.Errorf("%s: %+v", body, u)
		}
	}
}

// The queue is bound with the rest of the application, so that setup mends it
// after an update of the application, and is given up with the rest.
func TestTheQueueComesAndGoesWithTheApplicationsHandlers(t *testing.T) {
	sim, c, acc := application(t)
	const hook = "https://opendoor.example.com/hooks/bitrix24/key"
	kept := func() (n int) {
		for _, h := range sim.Handlers() {
			if h.Kind == "offline" {
				n++
			}
		}
		return n
	}
	for range 2 {
		poll(t, c, acc) // its cursor remembers that the queue was bound
		if _, err := c.Subscribe(t.Context(), acc, hook); err != nil || kept() != len(boundEvents) {
			t.Fatalf("bound %d, %v", kept(), err)
		}
		if _, err := c.Unsubscribe(t.Context(), acc, hook); err != nil || kept() != 0 {
			t.Fatalf("left %d, %v", kept(), err)
		}
	}
}
