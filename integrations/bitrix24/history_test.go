package bitrix24

import (
	"strconv"
	"testing"
	"time"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

func TestADealLostAtOnceIsToldFromAnImportByItsHistory(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	imported, err := sim.CreateDeal(map[string]any{"TITLE": "imported", "CATEGORY_ID": 1, "STAGE_ID": "C1:LOSE"}, 6)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := sim.CreateDeal(map[string]any{"TITLE": "real", "CATEGORY_ID": 1}, 6)
	if err != nil {
		t.Fatal(err)
	}
	lost(t, sim, moved)
	for id, came := range map[int]bool{imported: false, moved: true} {
		d, err := c.Deal(t.Context(), acc, strconv.Itoa(id))
		if err != nil {
			t.Fatal(err)
		}
		if d.Came != came {
			t.Errorf("%s came from elsewhere: %v", d.Title, d.Came)
		}
	}
	events, _ := poll(t, c, acc)
	kinds := map[string]offboarding.EventKind{}
	for _, e := range events {
		kinds[e.EntityID] = e.Kind
	}
	if kinds[strconv.Itoa(imported)] != offboarding.DealAdded || kinds[strconv.Itoa(moved)] != offboarding.DealStageChanged {
		t.Errorf("the poll says %v", kinds)
	}

	// A portal without the history reads the deal all the same.
	old := without(t, sim, "crm.stagehistory.list")
	acc.Credentials["webhook_url"] = sim.WebhookURL(old.URL)
	if d, err := c.Deal(t.Context(), acc, strconv.Itoa(moved)); err != nil || d.Came {
		t.Errorf("came %v, %v", d.Came, err)
	}
}

// An account may wait for its first look, parked or in a stopped process, while
// its portal goes on: everything since the connection is found.
func TestTheFirstLookGoesBackToTheConnection(t *testing.T) {
	now := time.Now().Add(-24 * time.Hour)
	sim := bitrix24sim.New(bitrix24sim.Config{Seed: true, Now: func() time.Time { return now }})
	t.Cleanup(sim.Close)
	server := without(t, sim)
	acc := account()
	acc.Credentials["webhook_url"] = sim.WebhookURL(server.URL)
	acc.Policy.RequestsPerSec = 1e6
	c, _, _ := loopback(t)

	now = now.Add(time.Hour)
	acc.ConnectedAt = now
	const deals = 3 * historyPage
	for range deals {
		now = now.Add(time.Minute)
		id, err := sim.CreateDeal(map[string]any{"TITLE": "a", "CATEGORY_ID": 1}, 6)
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
		lost(t, sim, id)
	}
	events, _ := poll(t, c, acc)
	if len(events) != deals {
		t.Fatalf("%d of %d were found", len(events), deals)
	}
	sim.ForgetRequests()
	if events, _ = poll(t, c, acc); len(events) > 6 { // the overlap of ten minutes
		t.Errorf("%d were found again", len(events))
	}
	if n := len(sim.Requests("crm.stagehistory.list")); n != 1 {
		t.Errorf("the second look took %d requests", n)
	}
}

// A robot has moved more deals than one poll reads before we look for the first
// time, and the hooks of all of them were lost.
func TestTheFirstLookBeginsBelowAFlood(t *testing.T) {
	now := time.Now().Add(-24 * time.Hour)
	sim := bitrix24sim.New(bitrix24sim.Config{Seed: true, Now: func() time.Time { return now }})
	t.Cleanup(sim.Close)
	server := without(t, sim)
	acc := account()
	acc.Credentials["webhook_url"] = sim.WebhookURL(server.URL)
	acc.Policy.RequestsPerSec = 1e6
	c, _, _ := loopback(t)
	const deals = pagesAtMost*historyPage + 300
	var ids []int
	for range deals {
		id, err := sim.CreateDeal(map[string]any{"TITLE": "a", "CATEGORY_ID": 1}, 6)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	now = now.Add(time.Hour)
	acc.ConnectedAt = now
	for _, id := range ids {
		now = now.Add(10 * time.Millisecond)
		lost(t, sim, id)
	}
	now = now.Add(time.Minute)
	found := map[string]bool{}
	for looks := 1; looks == 1 || c.Unfinished(acc.Cursor); looks++ {
		events, _ := poll(t, c, acc)
		for _, e := range events {
			found[e.EntityID] = true
		}
		if looks > 5 {
			t.Fatal("it never ends")
		}
	}
	if len(found) < deals || len(found) > deals+2*historyPage {
		t.Errorf("%d of %d were found", len(found), deals)
	}
	if n := len(sim.Requests("crm.stagehistory.list")); n > 2*pagesAtMost+40 {
		t.Errorf("that took %d requests", n)
	}
}

func TestAnUnfinishedLookSaysSo(t *testing.T) {
	c, _, _ := loopback(t)
	for kept, want := range map[string]bool{`{"after":1,"more":true}`: true, `{"after":1}`: false, ``: false} {
		if got := c.Unfinished([]byte(kept)); got != want {
			t.Errorf("%q: %v", kept, got)
		}
	}
}
