package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"opendoor/internal/testkit"
)

// robotDeals is how many deals the robot of the next test moves; ten thousand
// were moved once by hand (docs/performance.md).
const robotDeals = 300

// A robot moves very many deals at once. Every hook is taken, the burst gate
// lets few letters out, another account notices nothing, and memory stays.
func TestARobotThatMovesThousandsOfDealsIsSurvived(t *testing.T) {
	const burst = 10
	all := robotDeals
	if s := os.Getenv("OPENDOOR_TEST_ROBOT"); s != "" {
		var err error
		if all, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	h := serve(t)
	h.front.beStubborn() // on a busy machine the disk may take its time
	b := bitrixPortal(t)
	mine := map[string]bool{}
	var deals []deal
	for range all { // they are there before we are
		d := b.client()
		deals = append(deals, d)
		mine[d.email] = true
	}
	h.connectBitrix(b, "live", strings.Replace(policy, `"burst_per_hour":null`, fmt.Sprintf(`"burst_per_hour":%d`, burst), 1))
	quiet := h.amocrm()
	var others []deal
	for range 5 {
		others = append(others, quiet.client())
	}
	h.eventually(h.idle)
	before := h.units[0].peak()

	began := time.Now()
	for _, d := range deals {
		b.cancel(d)
	}
	for _, d := range others { // after all of the robot's
		quiet.cancel(d)
	}
	h.allServed(others...)
	told := time.Since(began)
	left := h.unopened(b.account)
	testkit.Eventually(t, patience*time.Duration(1+all/1000), h.idle)
	settled := time.Since(began)

	s, err := h.story()
	if err != nil {
		t.Fatal(err)
	}
	held, seen := 0, map[string]int{}
	for _, c := range s.cases {
		if c.AccountID != b.ID {
			continue
		}
		if seen[c.CRM.DealID]++; c.Held {
			held++
		}
	}
	letters := 0
	for _, l := range h.sink.all() {
		if mine[l.to] {
			letters++
		}
	}
	if len(seen) != all || held != all-burst || letters != 2*burst {
		t.Errorf("%d deals have cases, %d of them held, and %d letters left; want %d, %d, %d", len(seen), held, letters, all, all-burst, 2*burst)
	}
	answers := h.front.hookAnswers()
	if n, off := answers[http.StatusNoContent], answers[http.StatusServiceUnavailable]; n < all || off > all/10 || len(answers) > 2 || len(answers) == 2 && off == 0 {
		t.Errorf("hooks were answered %v", answers)
	}
	after := h.units[0].peak()
	times := h.front.hookTimes()
	t.Logf("%d deals: answers %v, within %v (half), %v (99 of 100), %v (all); the other account was told of after %v, %d of the robot's cases were still to come; all settled after %v; memory at most %d MiB, before it %d MiB",
		all, answers, times[len(times)/2], times[len(times)*99/100], times[len(times)-1], told, left, settled, after>>10, before>>10)
	if grown := (after - before) >> 10; grown > 96 {
		t.Errorf("memory grew by %d MiB", grown)
	}
	h.invariantsHold()
}

// unopened counts the account's events that have no verdict yet.
func (h *house) unopened(a account) int {
	h.t.Helper()
	events, err := listAll[event](h, "/events", map[string][]string{"account_id": {a.ID}, "verdict": {"pending"}})
	if err != nil {
		h.t.Fatal(err)
	}
	return len(events)
}

// hookTimes are how long the answers to hooks took, shortest first.
func (f *front) hookTimes() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(slices.Values(f.times))
}
