package acceptance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"opendoor/internal/testkit"
)

// A clock that runs so fast that half a year passes in about half a minute. A
// sending window of eight hours is over in less than a tenth of a second.
const yearRate = 500_000

// halfYear is an installation under the fast clock.
type halfYear struct {
	*house
	rate int
	*program
	began time.Time // on its clock
	at    time.Time // on ours
}

func (y *halfYear) now() time.Time { return y.began.Add(time.Since(y.at) * time.Duration(y.rate)) }

// left is what went to a client after the parting.
type left struct {
	message
	SentAt  time.Time `json:"sent_at"`
	Class   string    `json:"class"`
	Allowed *struct {
		Basis  string `json:"basis"`
		Checks []struct {
			What, Answer string
		} `json:"checks"`
	} `json:"allowed"`
}

type touch struct {
	State  string    `json:"state"`
	Class  string    `json:"class"`
	Reason string    `json:"reason"`
	DueAt  time.Time `json:"due_at"`
}

func (y *halfYear) touches(id string) []touch {
	y.house.t.Helper()
	all, err := listAll[touch](y.house, "/cases/"+id+"/touches", url.Values{})
	if err != nil {
		y.house.t.Fatal(err)
	}
	return all
}

// left lists what has left for the client of a case, service excluded.
func (y *halfYear) left(id string) (out []left) {
	y.house.t.Helper()
	all, err := listAll[left](y.house, "/messages", url.Values{"case_id": {id}})
	if err != nil {
		y.house.t.Fatal(err)
	}
	for _, m := range all {
		if m.Class != "service" && !m.SentAt.IsZero() {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b left) int { return a.SentAt.Compare(b.SentAt) })
	return out
}

// Half a year of keeping in touch: nothing leaves outside the window of the
// client's own zone, on a holiday, over a cap or after a stop; a crash with the
// loss of the queue in between changes nothing.
//
// A fast clock is one of a single process (contract §2), so that it is serve on
// PostgreSQL, too; slower there, since a step costs more than a tenth of a second
// when the machine is busy, and over two months only, both changes of the clock
// among them.
func TestHalfAYearOfKeepingInTouch(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { keepsInTouch(t, yearRate, 6, 4) })
	t.Run("PostgreSQL and Redis", func(t *testing.T) {
		database := testkit.Postgres(t)
		keepsInTouch(t, yearRate/4, 2, 2, func(h *house) {
			h.redis = testkit.Redis(h.t)
			h.env = append(h.env, "OPENDOOR_DATABASE_URL="+database, "OPENDOOR_REDIS_URL="+h.redis.URL)
		})
	})
}

// keepsInTouch plays so many months; each client who stays on the list gets at
// least so many letters.
func keepsInTouch(t *testing.T, rate, months, letters int, settings ...setting) {
	began := time.Date(2026, 2, 20, 6, 0, 0, 0, time.UTC)
	clock := func(at time.Time) string {
		return fmt.Sprintf("OPENDOOR_CLOCK=start=%s,rate=%d", at.Format(time.RFC3339), rate)
	}
	h := serve(t, append(settings, with(clock(began)))...)
	y := &halfYear{house: h, rate: rate, program: h.generic(), began: began, at: time.Now()}
	h.must("PATCH", "/accounts/"+y.ID, map[string]any{"lang": "ru", "time_zone": "Europe/Moscow", "policy": map[string]any{
		"sending_window": map[string]any{"days": []string{"mon", "tue", "wed", "thu", "fri"}, "from": "10:00", "to": "18:00"}, "holdout_percent": 0, "marketing_release": "automatic",
		"survey_delay": "0s", "burst_per_hour": nil,
	}}, nil)
	words := map[string]any{"ru": map[string]string{"topic": "Копии документов", "text": "Копии у нас под рукой. Напишите, и мы пришлём."}, "en": map[string]string{"topic": "Copies of papers", "text": "We have them at hand. Write to us and we will send them."}}
	var steps []map[string]any
	for day := 5; day <= 170; day += 15 { // more often than the cap allows
		class := "relationship"
		if day%2 == 0 {
			class = "marketing" // nobody has agreed to that
		}
		steps = append(steps, map[string]any{"day": day, "class": class, "template": "T15", "words": words})
	}
	h.must("PUT", "/plans/warm", map[string]any{"name": "warm", "steps": steps, "version": 0}, nil)

	zones := []string{"Europe/Moscow", "Asia/Vladivostok", "America/New_York", "Europe/Berlin", "Europe/Moscow"}
	ids, mails := make([]string, len(zones)), make([]string, len(zones))
	for i, zone := range zones {
		mails[i] = newAddress("year")
		k, _ := y.opened("client", fields{
			"client":       fields{"id": mails[i], "name": "Анна Примерова", "email": mails[i], "lang": "ru", "time_zone": zone, "birthday": "--02-29"},
			"effective_on": "2026-02-21",
		})
		ids[i] = k.ID
		h.must("POST", "/cases/"+k.ID+"/actions/proceed", map[string]any{}, nil)
	}
	for _, id := range ids {
		h.eventually(func() error {
			var k parting
			if _, err := h.call("POST", "/cases/"+id+"/actions/part", map[string]any{"handover": "not_needed", "settlement": "not_needed"}, nil); err != nil {
				return err
			}
			if _, err := h.call("GET", "/cases/"+id, nil, &k); err != nil {
				return err
			}
			if k.State != "parted" && k.State != "in_touch" {
				return fmt.Errorf("the case is %s", k.State)
			}
			return nil
		})
	}
	some := func(id string, n int) {
		h.eventually(func() error { return atLeast(len(y.left(id)), n) })
	}

	// One leaves the list by the link of a letter, one comes back.
	some(ids[0], 1)
	letter := h.sentText(mails[0], y.left(ids[0])[0].MessageID)
	link := letter.linkOf("u")
	if code := h.visits(link, url.Values{"List-Unsubscribe": {"One-Click"}}); code != 200 {
		t.Fatalf("leaving the list: %d", code)
	}
	var left parting
	if h.must("GET", "/cases/"+ids[0], nil, &left); left.State != "closed" {
		t.Errorf("who has left the list has a case that is %s", left.State)
	}
	h.must("POST", "/cases/"+ids[1]+"/actions/return", map[string]any{}, nil)

	// The process dies, and its queue with it; the next one goes on later.
	some(ids[2], 2)
	u := h.unit("serve")
	u.kill()
	if h.redis != nil {
		h.redis.FlushAll()
	}
	y.began, y.at = y.now().Add(36*time.Hour), time.Now()
	for i, v := range h.env {
		if strings.HasPrefix(v, "OPENDOOR_CLOCK=") {
			h.env[i] = clock(y.began)
		}
	}
	h.start(u)
	h.ready()
	for _, id := range ids[2:] {
		some(id, letters)
		h.eventually(func() error {
			for _, touch := range y.touches(id) {
				if touch.State == "planned" && touch.DueAt.Before(began.AddDate(0, months, 0)) {
					return fmt.Errorf("a touch of %s is still planned", touch.DueAt)
				}
			}
			return nil
		})
	}
	for i, id := range ids {
		y.hold(id, zones[i])
	}
	for _, id := range ids[:2] {
		for _, touch := range y.touches(id) {
			if touch.State == "planned" || touch.State == "waiting" {
				t.Errorf("a touch is %s after the stop", touch.State)
			}
		}
	}
	h.invariantsHold()
}

// holidays of Russia on weekdays in these months.
var holidays = []string{"2026-02-23", "2026-03-09", "2026-05-01", "2026-05-11", "2026-06-12", "2026-11-04"}

// hold holds what a client got against the rules.
func (y *halfYear) hold(id, zone string) {
	y.house.t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		y.house.t.Fatal(err)
	}
	var stopped time.Time
	lines, err := listAll[struct {
		At   time.Time `json:"at"`
		Kind string    `json:"kind"`
	}](y.house, "/cases/"+id+"/timeline", url.Values{})
	if err != nil {
		y.house.t.Fatal(err)
	}
	for _, l := range lines {
		if l.Kind == "contact.stopped" {
			stopped = l.At
		}
	}
	got := y.left(id)
	for i, m := range got {
		local := m.SentAt.In(loc)
		weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
		if m.Template != "T14" && (weekend || slices.Contains(holidays, local.Format(time.DateOnly))) || local.Hour() < 10 || local.Hour() >= 18 {
			y.house.t.Errorf("%s left at %s", m.Template, local.Format("Mon 2006-01-02 15:04 MST"))
		}
		if m.Allowed == nil || m.Allowed.Basis != "relationship" || len(m.Allowed.Checks) < 5 {
			y.house.t.Errorf("%s does not tell why it was allowed: %+v", m.Template, m.Allowed)
		}
		if m.Class == "marketing" {
			y.house.t.Errorf("%s left without consent", m.Template)
		}
		if !stopped.IsZero() && m.SentAt.After(stopped) {
			y.house.t.Errorf("%s left at %s, after the stop at %s", m.Template, m.SentAt, stopped)
		}
		if i > 0 && m.SentAt.Sub(got[i-1].SentAt) < 21*24*time.Hour {
			y.house.t.Errorf("two touches within %s", m.SentAt.Sub(got[i-1].SentAt))
		}
		if i >= 6 && m.SentAt.Before(got[i-6].SentAt.AddDate(1, 0, 0)) {
			y.house.t.Error("more than six touches in a year")
		}
	}
	for _, touch := range y.touches(id) {
		if touch.State != "released" && touch.State != "planned" && touch.Reason == "" {
			y.house.t.Errorf("a touch is %s and does not say why", touch.State)
		}
	}
}
