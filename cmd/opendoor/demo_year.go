package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"opendoor/config"
	"opendoor/offboarding"
)

// The year of the demo: so long by its clock, and as fast, so that it passes in
// about a minute.
const (
	demoYearDays = 365
	demoYearRate = 525_600 // a year a minute
	demoLeaving  = 12      // clients who leave, of each CRM
	demoYearPage = 25      // entries of the calendar that are printed
)

// demoYear plays a year of both CRMs on a fast clock and prints what came of it.
func (e *env) demoYear(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "opendoor-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	start := time.Now().UTC().AddDate(0, 0, -demoYearDays).Truncate(24 * time.Hour)
	var clock atomic.Pointer[func() time.Time] // the CRMs' clock is ours, once it runs
	still := func() time.Time { return start }
	clock.Store(&still)
	_, log, err := e.load()
	if err != nil {
		return err
	}
	box, err := openSandbox(ctx, sandboxAddrs{amocrm: "127.0.0.1:0", bitrix24: "127.0.0.1:0", smtp: "127.0.0.1:0", mailbox: "127.0.0.1:0", control: "127.0.0.1:0", telegram: "127.0.0.1:0", sms: "127.0.0.1:0"}, "ru", false, func() time.Time { return (*clock.Load())() }, log)
	if err != nil {
		return err
	}
	defer box.close()
	key, _ := offboarding.NewAPIKey("demo", "admin", nil)
	cfg, err := config.LoadEnviron(append(demoEnvironment(e.environ, dir, key, box), fmt.Sprintf("OPENDOOR_CLOCK=start=%s,rate=%d", start.Format(time.RFC3339), demoYearRate)))
	if err != nil {
		return err
	}
	if !hasSetting(e.environ, "OPENDOOR_LOG_LEVEL") {
		cfg.LogLevel = 8 // a year in a minute stretches every limit; what matters is printed
		log = newLog(e.err, cfg)
	}
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, cfg, log, cfg.PublicURLAt(l.Addr()))
	if err != nil {
		return err
	}
	defer h.close()
	clock.Store(&h.clock.Now)
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx, l, true, func() {}) }()
	y := &year{
		player: player{env: e, box: box, base: h.publicURL, key: key, http: &http.Client{Timeout: 15 * time.Second}, began: time.Now()},
		now:    h.clock.Now, start: start,
	}
	played := y.play(ctx)
	cancel()
	return errors.Join(played, <-ended)
}

// year plays clients who leave, and tells of them.
type year struct {
	player
	now   func() time.Time
	start time.Time
	lives []*life
}

// life is one client's year, day by day.
type life struct {
	crm, deal string
	leaves    int // the day
	cancel    func() error
	answer    url.Values // nil: the client says nothing
	stays     bool       // says so, after the answer
	returns   int        // so many days after the parting; 0: not within the year
	caseID    string
	step      int
	next      int // the day of the next step
}

var (
	yearReasons = []string{"price", "contact", "need", "agreement", "fit", "price", "people"}
	linkOfAny   = regexp.MustCompile(`/s/[A-Za-z0-9_-]+`)
)

// yearPolicy sends at any hour: the clock runs so fast that a window of eight
// hours passes within a twentieth of a second.
const yearPolicy = `{"survey_delay":"1h","sending_window":null,"marketing_release":"automatic","crm_requests_per_second":200,"burst_per_hour":null}`

func (y *year) play(ctx context.Context) error {
	if err := y.until(ctx, "the API answers", func() (bool, error) { return y.call(ctx, http.MethodGet, "/livez", nil, nil) == nil, nil }); err != nil {
		return err
	}
	if err := y.people(ctx); err != nil {
		return err
	}
	fmt.Fprintf(y.env.out, "\na year from %s, %d clients leave\n", y.start.Format(time.DateOnly), len(y.lives))
	month := ""
	for day := 0; day < demoYearDays; day = y.day() {
		for _, one := range y.lives {
			if one.next <= day {
				y.live(ctx, one, day)
			}
		}
		if m := y.now().Format("2006-01"); m != month {
			month = m
			y.monthly(m)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return y.tell(ctx)
}

func (y *year) day() int { return int(y.now().Sub(y.start).Hours() / 24) }

func (y *year) monthly(month string) {
	count := [6]int{}
	for _, one := range y.lives {
		count[min(one.step, 5)]++
	}
	fmt.Fprintf(y.env.out, "  %s   still with us %2d, leaving %2d, parted %2d, stayed or back %2d\n", month, count[0], count[1]+count[2]+count[3], count[4], count[5])
}

// people connects both CRMs and picks who leaves, spread over the first ten months.
func (y *year) people(ctx context.Context) error {
	fmt.Fprintln(y.env.out, "\namoCRM and Bitrix24 (simulated)")
	if _, err := y.connect(ctx, fmt.Sprintf(`{"provider":"amocrm","name":"Пример на amoCRM","base_url":%q,"credentials":{"access_token":%q},"mode":"live","policy":%s}`,
		y.box.amoURL, y.box.amo.Info().AccessToken, yearPolicy)); err != nil {
		return err
	}
	bitrix, err := y.connect(ctx, fmt.Sprintf(`{"provider":"bitrix24","name":"Пример на Битрикс24","credentials":{"webhook_url":%q,"application_token":%q},"mode":"live","policy":%s}`,
		y.box.bitrix.WebhookURL(y.box.bitURL), sandboxApplicationToken, yearPolicy))
	if err != nil {
		return err
	}
	y.box.bitrix.AddOutgoingWebhook(bitrix.HookURL, sandboxApplicationToken, "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE")
	for _, lead := range y.box.amo.Leads() {
		if lead.StatusID == 142 || lead.StatusID == 143 || len(lead.Contacts) == 0 || lead.Deleted || lead.Pipeline != "Обслуживание" || len(y.lives) == demoLeaving {
			continue
		}
		y.lives = append(y.lives, &life{crm: "amoCRM", deal: fmt.Sprint(lead.ID), cancel: func() error { return y.box.amo.MoveLead(lead.ID, lead.PipelineID, 143, lead.Responsible, 0) }})
	}
	for _, deal := range y.box.bitrix.Deals() {
		if deal.Closed || len(deal.ContactIDs) == 0 || deal.CategoryID != 1 || !y.hasEmail(deal.ContactIDs[0]) || len(y.lives) == 2*demoLeaving {
			continue
		}
		y.lives = append(y.lives, &life{crm: "Bitrix24", deal: fmt.Sprint(deal.ID), cancel: func() error { return y.box.bitrix.LoseDeal(deal.ID, deal.AssignedByID) }})
	}
	if len(y.lives) == 0 {
		return errors.New("the sandbox has nobody who could leave")
	}
	for i, one := range y.lives {
		one.leaves = 5 + i*(300/len(y.lives))
		one.next = one.leaves
		if i%5 != 4 { // one of five does not answer
			one.answer = url.Values{"reason": {yearReasons[i%len(yearReasons)]}, "service_related": {[]string{"no", "partly", "yes"}[i%3]}, "nps": {fmt.Sprint(4 + i*3%7)}, "keep_in_touch": {"email"}}
		}
		one.stays = i%6 == 3
		if i%3 == 1 {
			one.returns = 95 + i
		}
	}
	return nil
}

// live does a client's next step; one that is not possible yet is tried again a
// day later, and given up after some weeks.
func (y *year) live(ctx context.Context, one *life, day int) {
	ok, wait := false, 0
	switch one.step {
	case 0: // leaves
		ok, wait = one.cancel() == nil, 3
	case 1: // the case is there, and the survey
		ok, wait = y.answer(ctx, one), 2
	case 2: // stays, or goes
		ok, wait = y.act(ctx, one, map[bool]string{true: "withdraw", false: "proceed"}[one.stays], `{}`), 32
		if ok && one.stays {
			one.step, one.next = 5, demoYearDays
			return
		}
	case 3: // the last day is over and nothing is owed
		ok, wait = y.act(ctx, one, "part", `{"handover":"not_needed","settlement":"not_needed"}`), max(one.returns, 1)
	case 4: // is back
		if one.returns == 0 {
			one.next = demoYearDays
			return
		}
		ok, wait = y.act(ctx, one, "return", `{"note":"Клиент вернулся."}`), demoYearDays
	}
	if ok {
		one.step++
		one.next = day + wait
		return
	}
	one.next = day + 1
	if day > one.leaves+90 && one.step < 4 {
		one.next = demoYearDays
	}
}

// answer finds the case of a deal and answers its survey. Silence ends by itself.
func (y *year) answer(ctx context.Context, one *life) bool {
	if one.caseID == "" {
		var l struct {
			Items []demoCase `json:"items"`
		}
		if y.call(ctx, http.MethodGet, "/api/v1/cases?limit=200", nil, &l) != nil {
			return false
		}
		at := slices.IndexFunc(l.Items, func(c demoCase) bool { return c.CRM.DealID == one.deal })
		if at < 0 {
			return false
		}
		one.caseID = l.Items[at].ID
	}
	if one.answer == nil {
		return true
	}
	var l struct {
		Items []demoLetter `json:"items"`
	}
	if y.call(ctx, http.MethodGet, "/api/v1/messages?case_id="+one.caseID, nil, &l) != nil {
		return false
	}
	for _, m := range l.Items {
		if link := linkOfAny.FindString(m.Text); m.Template == offboarding.T03 && m.State == "sent" && link != "" {
			res, err := y.http.PostForm(y.base+link, one.answer)
			if err != nil {
				return false
			}
			_ = res.Body.Close()
			return res.StatusCode == http.StatusOK || res.StatusCode == http.StatusGone
		}
	}
	return false
}

// act does an action. One that is refused because the case is there already has
// happened by itself: silence is an answer, and the last day parts.
func (y *year) act(ctx context.Context, one *life, action, body string) bool {
	if y.call(ctx, http.MethodPost, "/api/v1/cases/"+one.caseID+"/actions/"+action, json.RawMessage(body), nil) == nil {
		return true
	}
	var c demoCase
	if y.call(ctx, http.MethodGet, "/api/v1/cases/"+one.caseID, nil, &c) != nil {
		return false
	}
	beyond := map[string][]string{"proceed": {"leaving", "parted", "in_touch"}, "part": {"parted", "in_touch"}}
	return slices.Contains(beyond[action], c.State)
}

// tell prints the calendar and the figures.
func (y *year) tell(ctx context.Context) error {
	var agenda struct {
		Items []struct {
			On    string    `json:"on"`
			At    time.Time `json:"at"`
			Title string    `json:"title"`
		} `json:"items"`
	}
	now := y.now()
	if err := y.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/calendar?limit=%d&from=%s", demoYearPage, now.Format(time.DateOnly)), nil, &agenda); err != nil {
		return err
	}
	fmt.Fprintf(y.env.out, "\nthe calendar from %s\n", now.Format(time.DateOnly))
	for _, e := range agenda.Items {
		day := e.On
		if day == "" {
			day = e.At.Format(time.DateOnly)
		}
		fmt.Fprintf(y.env.out, "  %s  %s\n", day, e.Title)
	}
	for _, name := range []string{"reasons", "funnel", "cohorts", "promises"} {
		if err := y.figure(ctx, name); err != nil {
			return err
		}
	}
	parted := 0
	for _, one := range y.lives {
		if one.step >= 4 {
			parted++
		}
	}
	fmt.Fprintf(y.env.out, "\n%d clients left, %d of them to the end; sample data only, nothing left this machine\n", len(y.lives), parted)
	if parted == 0 {
		return errors.New("nobody's parting came to its end within the year")
	}
	return nil
}

func (y *year) figure(ctx context.Context, name string) error {
	var f struct {
		Items []struct {
			Metric, Month, Code, Unit, Note string
			Count, N                        int64
			Value, Low, High                *float64
		} `json:"items"`
	}
	if err := y.call(ctx, http.MethodGet, "/api/v1/analytics/"+name, nil, &f); err != nil {
		return err
	}
	fmt.Fprintf(y.env.out, "\nfigures: %s\n", name)
	w := tabwriter.NewWriter(y.env.out, 0, 4, 2, ' ', 0)
	for _, i := range f.Items {
		if i.Month != "" { // a month of so few says nothing
			continue
		}
		value := i.Note
		if i.Value != nil {
			value = fmt.Sprintf("%.2f", *i.Value)
			if i.Low != nil {
				value += fmt.Sprintf(" (%.2f–%.2f)", *i.Low, *i.High)
			}
			value += " " + i.Unit
		}
		fmt.Fprintf(w, "  %s\t%s\t%d of %d\t%s\n", i.Metric, i.Code, i.Count, i.N, value)
	}
	return w.Flush()
}
