package bitrix24

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

// poll polls once, keeps the cursor and returns what the bodies say.
func poll(t *testing.T, c *Connector, acc *offboarding.Account) (events []offboarding.UnpackedEvent, bodies [][]byte) {
	t.Helper()
	bodies, next, err := c.Poll(t.Context(), acc)
	if err != nil {
		t.Fatal(err)
	}
	acc.Cursor = next
	for _, body := range bodies {
		d := &offboarding.Delivery{Origin: offboarding.OriginPoll, Method: http.MethodPost, Body: body}
		if err := c.Prove(acc, d); err != nil {
			t.Fatal(err)
		}
		u := c.Unpack(acc, d)
		if u.Malformed != "" || len(u.Events) != 1 {
			t.Fatalf("%s: %+v", body, u)
		}
		events = append(events, u.Events...)
	}
	return events, bodies
}

func TestThePollerFindsMovesOfWhichNoEventTold(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	if events, _ := poll(t, c, acc); len(events) != 0 {
		t.Fatalf("old moves were reported: %+v", events)
	}
	if err := sim.MoveDeal(3, 1, "C1:LOSE", 6); err != nil { // to another pipeline: no event for webhooks
		t.Fatal(err)
	}
	events, first := poll(t, c, acc)
	if len(events) != 1 {
		t.Fatalf("got %+v", events)
	}
	want := offboarding.UnpackedEvent{Kind: offboarding.DealStageChanged, EntityID: "3", Hint: offboarding.Hint{
		To: &offboarding.StageRef{PipelineID: "1", StageID: "C1:LOSE"}, OccurredAt: events[0].Hint.OccurredAt,
	}}
	if diff := cmp.Diff(want, events[0]); diff != "" || events[0].Hint.OccurredAt.IsZero() {
		t.Error(diff)
	}
	// Within the overlap the same rows come again, byte for byte.
	if _, again := poll(t, c, acc); len(again) != 1 || string(again[0]) != string(first[0]) {
		t.Errorf("again %s, first %s", again, first)
	}
}

func TestMovesBetweenConnectionAndFirstPollAreNotMissed(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	lost(t, sim, 2)
	if events, _ := poll(t, c, acc); len(events) != 1 || events[0].EntityID != "2" {
		t.Errorf("got %+v", events)
	}
}

func TestOnlyTheLastMoveOfADealIsReported(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	poll(t, c, acc)
	for _, stage := range []string{"C1:LOSE", "C1:EXECUTING", "C1:UC_NYL06U"} {
		if err := sim.MoveDeal(2, 1, stage, 6); err != nil {
			t.Fatal(err)
		}
	}
	if events, _ := poll(t, c, acc); len(events) != 1 || events[0].Hint.To.StageID != "C1:UC_NYL06U" {
		t.Errorf("got %+v", events)
	}
}

// history is a portal with rows of its own making, a minute apart.
type history struct {
	newest  int
	now     time.Time
	spacing time.Duration
	asked   int
	numbers bool // ids as numbers, or as strings
	failAt  int  // which request fails; 0: none
}

func (h *history) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked++
	if h.asked == h.failAt {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	var p struct {
		Filter map[string]int64  `json:"filter"`
		Order  map[string]string `json:"order"`
	}
	_ = json.NewDecoder(r.Body).Decode(&p)
	var rows []string
	row := func(id int) {
		quote := `"`
		if h.numbers {
			quote = ""
		}
		rows = append(rows, fmt.Sprintf(`{"ID":%s%d%s,"TYPE_ID":2,"OWNER_ID":%d,"CREATED_TIME":%q,"CATEGORY_ID":0,"STAGE_SEMANTIC_ID":"F","STAGE_ID":"LOSE"}`,
			quote, id, quote, 1000+id, h.now.Add(-time.Duration(h.newest-id)*h.spacing).Format(time.RFC3339)))
	}
	if p.Order["ID"] == "DESC" {
		for id := h.newest; id > 0 && len(rows) < historyPage; id-- {
			row(id)
		}
	} else {
		for id := int(p.Filter[">ID"]) + 1; id <= h.newest && len(rows) < historyPage; id++ {
			row(id)
		}
	}
	_, _ = io.WriteString(w, `{"result":{"items":[`+strings.Join(rows, ",")+`]},"time":{"date_finish":"`+h.now.Format(time.RFC3339)+`"}}`)
}

func TestThePollerReadsEveryRowOnceItIsOld(t *testing.T) {
	h := &history{newest: 500, now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC), spacing: time.Minute}
	server := httptest.NewServer(h)
	defer server.Close()
	acc := at(server)
	c, _, _ := loopback(t)
	seen := map[string]bool{}
	take := func() int {
		events, _ := poll(t, c, acc)
		for _, e := range events {
			seen[e.EntityID] = true
		}
		return len(events)
	}
	if n := take(); n != 11 { // the last ten minutes, ends included
		t.Errorf("first poll: %d", n)
	}
	for range 40 { // other minutes, other spellings of ids
		h.newest += 7
		h.now = h.now.Add(7 * time.Minute)
		h.numbers = !h.numbers
		if n := take(); n > 30 {
			t.Fatalf("%d rows read for 7 new ones", n)
		}
	}
	for id := 490; id <= h.newest; id++ {
		if !seen[fmt.Sprint(1000+id)] {
			t.Errorf("row %d was never reported", id)
		}
	}
}

func TestABurstIsReadInBoundedPortionsAndToItsEnd(t *testing.T) {
	h := &history{newest: 10, now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC), spacing: time.Second}
	server := httptest.NewServer(h)
	defer server.Close()
	acc := at(server)
	c, _, _ := loopback(t)
	poll(t, c, acc)
	h.newest, h.spacing = 2510, time.Millisecond
	seen := map[string]bool{}
	for range 3 {
		h.asked = 0
		events, _ := poll(t, c, acc)
		if h.asked > pagesAtMost {
			t.Fatalf("%d requests in one poll", h.asked)
		}
		for _, e := range events {
			seen[e.EntityID] = true
		}
	}
	if len(seen) < 2500 {
		t.Errorf("%d of 2500 moves were found", len(seen))
	}
}

func TestWhatWasReadBeforeTroubleCounts(t *testing.T) {
	h := &history{newest: 300, now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC), spacing: time.Hour}
	server := httptest.NewServer(h)
	defer server.Close()
	acc := at(server)
	acc.Cursor = json.RawMessage(`{"after":100}`)
	h.failAt = 3
	c, _, _ := loopback(t)
	if events, _ := poll(t, c, acc); len(events) != 100 {
		t.Errorf("got %d", len(events))
	}
	if events, _ := poll(t, c, acc); len(events) != 100 || events[0].EntityID != "1201" {
		t.Errorf("got %d, %+v", len(events), events)
	}
	h.failAt = h.asked + 1
	if _, _, err := c.Poll(t.Context(), acc); !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestTheFixtureOfAMoveToAnotherPipelineIsReported(t *testing.T) {
	c, _, _ := loopback(t)
	acc := fixtures(t, map[string]string{"crm.stagehistory.list": "stagehistory-category-change.json"})
	acc.Cursor = json.RawMessage(`{"after":900}`)
	events, bodies := poll(t, c, acc)
	want := `{"poll":"bitrix24","history":{"ID":"901","TYPE_ID":"5","OWNER_ID":"6680","CREATED_TIME":"2026-02-01T10:00:00+03:00","CATEGORY_ID":"7","STAGE_SEMANTIC_ID":"F","STAGE_ID":"C7:LOSE"}}`
	if len(bodies) != 1 || string(bodies[0]) != want {
		t.Fatalf("got %s", bodies)
	}
	if e := events[0]; e.EntityID != "6680" || *e.Hint.To != (offboarding.StageRef{PipelineID: "7", StageID: "C7:LOSE"}) {
		t.Errorf("got %+v", e)
	}
}

func TestAPollThatIsRefusedKeepsTheCursor(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	poll(t, c, acc)
	sim.AddFault(bitrix24sim.Fault{Method: "crm.stagehistory.list", Kind: bitrix24sim.FaultQueryLimit})
	if _, next, err := c.Poll(t.Context(), acc); err == nil || next != nil {
		t.Errorf("got %s, %v", next, err)
	}
}
