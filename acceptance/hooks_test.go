package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
)

// silent is an account whose CRM sends no hooks by itself: the test plays them.
func silent(a *amo) *amo {
	a.sim.SetWebhookDisabled("", true)
	return a
}

// statusBody is the hook of a lead that was lost.
func statusBody(a *amo, d deal, old int64) string {
	return lostBody(a, d, "status", map[string]string{"old_status_id": strconv.FormatInt(old, 10), "old_pipeline_id": strconv.FormatInt(amocrmsim.PipelineService, 10)})
}

func lostBody(a *amo, d deal, action string, extra map[string]string) string {
	lead, _ := a.sim.Lead(a.lead(d))
	v := url.Values{}
	set := func(name, value string) { v.Set("leads["+action+"][0]["+name+"]", value) }
	set("id", d.id)
	set("status_id", strconv.FormatInt(lead.StatusID, 10))
	set("pipeline_id", strconv.FormatInt(lead.PipelineID, 10))
	set("last_modified", strconv.FormatInt(lead.UpdatedAt, 10))
	set("updated_at", strconv.FormatInt(lead.UpdatedAt, 10))
	set("account_id", strconv.FormatInt(a.sim.Info().AccountID, 10))
	for name, value := range extra {
		set(name, value)
	}
	v.Set("account[subdomain]", a.sim.Info().Subdomain)
	v.Set("account[id]", strconv.FormatInt(a.sim.Info().AccountID, 10))
	return v.Encode()
}

func (h *house) eventsOf(d deal) []event {
	h.t.Helper()
	all, err := h.events(d.account)
	if err != nil {
		h.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(e event) bool { return e.EntityID != d.id })
}

// settled waits until nothing about the account's events is pending.
func (h *house) settled(accountID string, least int) []event {
	h.t.Helper()
	var all []event
	h.eventually(func() (err error) {
		if all, err = h.events(accountID); err != nil {
			return err
		}
		if len(all) < least {
			return fmt.Errorf("%d events", len(all))
		}
		for _, e := range all {
			if e.Verdict == "pending" {
				return fmt.Errorf("event %s about %s is pending", e.Kind, e.EntityID)
			}
		}
		return nil
	})
	return all
}

func verdicts(events []event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.Verdict)
	}
	slices.Sort(out)
	return out
}

func TestThreeDeliveriesOfOneHookAreOne(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a := silent(h.amocrm())
		d := a.client()
		a.cancel(d)
		body := statusBody(a, d, amocrmsim.StatusServiceActive)
		for range 3 {
			if code := h.post(a.HookURL, form, body); code != http.StatusNoContent {
				t.Fatalf("the hook answers %d", code)
			}
		}
		h.allTold(d)
		h.eventually(func() error {
			events, err := h.events(a.ID)
			if err != nil {
				return err
			}
			if len(events) != 1 || events[0].Verdict != "case_opened" {
				return fmt.Errorf("events: %+v", events)
			}
			var got delivery
			if _, err := h.call("GET", "/deliveries/"+events[0].DeliveryID, nil, &got); err != nil {
				return err
			}
			if got.Seen != 3 || got.Body != body {
				return fmt.Errorf("the delivery was seen %d times, its body is %q", got.Seen, got.Body)
			}
			return nil
		})
		h.eventually(h.idle)
		h.allTold(d)
	})
}

func TestTwinsOfOneTransitionAreOneAndADuplicate(t *testing.T) {
	h := serve(t)
	a := silent(h.amocrm())
	d := a.client()
	a.cancel(d)
	for _, body := range []string{statusBody(a, d, amocrmsim.StatusServiceActive), lostBody(a, d, "update", nil)} {
		if code := h.post(a.HookURL, form, body); code != http.StatusNoContent {
			t.Fatalf("the hook answers %d", code)
		}
		h.allTold(d)
	}
	h.settled(a.ID, 2)
	if got := verdicts(h.eventsOf(d)); !slices.Equal(got, []string{"case_opened", "duplicate"}) {
		t.Errorf("the twins are %v", got)
	}
}

// The simulator's own hooks, twins and echoes of our writes included.
func TestEveryEventGetsAVerdictAndOnlyOneOpensACase(t *testing.T) {
	h := serve(t)
	a, b := h.amocrm(), h.bitrix24()
	for _, d := range []deal{a.client(), b.client()} {
		d.crm.cancel(d)
		h.allTold(d)
		h.settled(d.account, 2)
		got := verdicts(h.eventsOf(d))
		opened := 0
		for _, v := range got {
			if v == "case_opened" {
				opened++
			}
			if v == "failed" || v == "malformed" || v == "case_moved" {
				t.Errorf("an event of deal %s is %s", d.id, v)
			}
		}
		if opened != 1 {
			t.Errorf("deal %s: events %v", d.id, got)
		}
	}
}

func TestReorderedHooksTellTheSame(t *testing.T) {
	h := serve(t)
	a := silent(h.amocrm())
	d := a.client()
	// lost, restored, lost again; told backwards
	var bodies []string
	a.cancel(d)
	bodies = append(bodies, statusBody(a, d, amocrmsim.StatusServiceActive))
	aMoment()
	a.move(d, amocrmsim.PipelineService, amocrmsim.StatusServiceActive)
	bodies = append(bodies, statusBody(a, d, amocrmsim.StatusLost))
	aMoment()
	a.cancel(d)
	bodies = append(bodies, statusBody(a, d, amocrmsim.StatusServiceActive))
	slices.Reverse(bodies)
	for _, body := range bodies {
		if code := h.post(a.HookURL, form, body); code != http.StatusNoContent {
			t.Fatalf("the hook answers %d", code)
		}
		h.settled(a.ID, 1)
	}
	s := h.allTold(d)
	if state := s.casesOf(d)[0].State; state != "listening" {
		t.Errorf("the case is %s", state)
	}
	h.invariantsHold()
}

func TestADealTakenBackIsSavedAndMayLeaveAgain(t *testing.T) {
	h := serve(t)
	a, b := h.amocrm(), h.bitrix24()
	for name, c := range map[string]struct {
		deal deal
		back func(deal)
	}{
		"amoCRM":   {a.client(), func(d deal) { a.move(d, amocrmsim.PipelineService, amocrmsim.StatusServiceActive) }},
		"Bitrix24": {b.client(), b.reopen},
	} {
		d := c.deal
		d.crm.cancel(d)
		h.allTold(d)
		aMoment()
		c.back(d)
		h.eventually(func() error {
			s, err := h.story()
			if err != nil {
				return err
			}
			if cases := s.casesOf(d); len(cases) != 1 || cases[0].State != "saved" {
				return fmt.Errorf("%s: cases %+v, events %+v", name, cases, h.eventsOf(d))
			}
			return nil
		})
		aMoment()
		d.crm.cancel(d)
		h.eventually(func() error {
			s, err := h.story()
			if err != nil {
				return err
			}
			cases := s.casesOf(d)
			states := []string{}
			for _, k := range cases {
				states = append(states, k.State)
			}
			slices.Sort(states)
			if !slices.Equal(states, []string{"listening", "saved"}) {
				return fmt.Errorf("%s: the cases are %v, the events %+v", name, states, h.eventsOf(d))
			}
			return nil
		})
	}
	h.eventually(h.idle)
	h.invariantsHold()
}

func TestRobotsAndPipelineHooksOpenCases(t *testing.T) {
	h := serve(t)
	a, b := silent(h.amocrm()), h.bitrix24()
	if err := a.sim.AddStageHook(amocrmsim.PipelineService, amocrmsim.StatusLost, a.HookURL); err != nil {
		t.Fatal(err)
	}
	b.sim.RemoveHandler(b.handler)
	b.sim.AddRobot("LOSE", b.HookURL)
	deals := []deal{a.client(), b.client()}
	for _, d := range deals {
		d.crm.cancel(d)
	}
	h.allTold(deals...)
}

func TestWhatIsNoCancellationOpensNothing(t *testing.T) {
	h := serve(t)
	a := silent(h.amocrm())
	d := a.client()
	a.cancel(d)
	good := statusBody(a, d, amocrmsim.StatusServiceActive)
	foreign := strings.ReplaceAll(strings.ReplaceAll(good, "account%5Bid%5D="+strconv.FormatInt(a.sim.Info().AccountID, 10), "account%5Bid%5D=99999"),
		"account_id%5D="+strconv.FormatInt(a.sim.Info().AccountID, 10), "account_id%5D=99999")
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		verdict           string // "": no event
	}{
		"the body of another account": {form, foreign, 204, "ignored"},
		"not a body at all":           {form, "leads", 204, "?"},
		"broken JSON":                 {"application/json", `{"leads":`, 204, "malformed"},
		"empty":                       {form, "", 204, "?"},
		"bytes":                       {form, "\x00\xff%zz[[[=;&&[]=%", 204, "?"},
		"an unknown entity":           {form, "unicorns[add][0][id]=5", 204, "ignored"},
		"too large":                   {form, "a=" + strings.Repeat("x", 2<<20-1), 413, ""},
		"just small enough":           {form, "a=" + strings.Repeat("x", 2<<20-2), 204, "?"},
		"a picture":                   {"image/png", "x", 415, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.settled(a.ID, 0)
			if code := h.post(a.HookURL, c.contentType, c.body); code != c.status {
				t.Fatalf("the hook answers %d, want %d", code, c.status)
			}
			if c.verdict == "" {
				return
			}
			after := h.settled(a.ID, len(before)+1)
			if got := after[0].Verdict; got != "ignored" && got != "malformed" || c.verdict != "?" && got != c.verdict {
				t.Errorf("the event is %s (%s)", got, after[0].Reason)
			}
		})
	}
	if code := h.post(a.HookURL, form, "a="+strings.Repeat("x", 3<<20)); code != 413 {
		t.Errorf("3 MiB: %d", code)
	}
	h.eventually(h.idle)
	if s, err := h.story(); err != nil || len(s.cases) != 0 || len(h.sink.all()) != 0 {
		t.Errorf("cases %+v, letters %d, %v", s.cases, len(h.sink.all()), err)
	}
	// The right hook still opens the case after all that.
	h.post(a.HookURL, form, good)
	h.allTold(d)
}

func TestWhoCannotProveItselfIsRefused(t *testing.T) {
	h := serve(t)
	a, b, p := silent(h.amocrm()), h.bitrix24(), h.generic()
	key := func(u string) string { return u[strings.LastIndex(u, "/")+1:] }
	wrong := func(u string) string {
		last := "A"
		if strings.HasSuffix(u, "A") {
			last = "B"
		}
		return u[:len(u)-1] + last
	}
	d, pd := b.client(), p.client()
	event := func(token string) string {
		return url.Values{
			"event": {"ONCRMDEALUPDATE"}, "data[FIELDS][ID]": {d.id}, "ts": {strconv.FormatInt(time.Now().Unix(), 10)}, "auth[application_token]": {token},
		}.Encode()
	}
	body := p.body("client.cancelled", pd)
	now, old := strconv.FormatInt(time.Now().Unix(), 10), strconv.FormatInt(time.Now().Add(-6*time.Minute).Unix(), 10)
	for name, c := range map[string]struct {
		address, contentType, body string
		header                     []string
		want                       int
	}{
		"amoCRM, wrong key":               {wrong(a.HookURL), form, "a=1", nil, 401},
		"amoCRM, no account's key":        {h.front.URL + "/hooks/amocrm/" + strings.Repeat("a", len(key(a.HookURL))), form, "a=1", nil, 401},
		"amoCRM, short key":               {h.front.URL + "/hooks/amocrm/x", form, "a=1", nil, 401},
		"another provider's key":          {h.front.URL + "/hooks/bitrix24/" + key(a.HookURL), form, "a=1", nil, 401},
		"unknown provider":                {h.front.URL + "/hooks/pipedrive/" + key(a.HookURL), form, "a=1", nil, 404},
		"Bitrix24, right token":           {b.HookURL, form, event(applicationToken), nil, 204},
		"Bitrix24, wrong token":           {b.HookURL, form, event("other0application0token000000000"), nil, 401},
		"Bitrix24, no token in an event":  {b.HookURL, form, "event=ONCRMDEALUPDATE&data[FIELDS][ID]=" + d.id, nil, 401},
		"generic, right signature":        {p.HookURL, "application/json", string(body), []string{"Webhook-Id", "a", "Webhook-Timestamp", now, "Webhook-Signature", sign("a", now, body)}, 204},
		"generic, rotated signature":      {p.HookURL, "application/json", string(body), []string{"Webhook-Id", "b", "Webhook-Timestamp", now, "Webhook-Signature", "v1,AAAA " + sign("b", now, body)}, 204},
		"generic, signature of other id":  {p.HookURL, "application/json", string(body), []string{"Webhook-Id", "c", "Webhook-Timestamp", now, "Webhook-Signature", sign("d", now, body)}, 401},
		"generic, old":                    {p.HookURL, "application/json", string(body), []string{"Webhook-Id", "e", "Webhook-Timestamp", old, "Webhook-Signature", sign("e", old, body)}, 401},
		"generic, no signature":           {p.HookURL, "application/json", string(body), nil, 401},
		"generic, signature of more":      {p.HookURL, "application/json", string(body) + " ", []string{"Webhook-Id", "f", "Webhook-Timestamp", now, "Webhook-Signature", sign("f", now, body)}, 401},
		"generic, key of another account": {h.front.URL + "/hooks/generic/" + key(b.HookURL), "application/json", string(body), []string{"Webhook-Id", "g", "Webhook-Timestamp", now, "Webhook-Signature", sign("g", now, body)}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			if code := h.post(c.address, c.contentType, c.body, c.header...); code != c.want {
				t.Errorf("answers %d, want %d", code, c.want)
			}
		})
	}
	res, err := h.client.Get(a.HookURL)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET answers %d", res.StatusCode)
	}
}

// A deal that was lost just after it was created is no import.
func TestADealCreatedAndLostAtOnceIsACancellation(t *testing.T) {
	h := serve(t)
	b := h.bitrix24()
	var deals []deal
	for range 10 {
		d := b.newClient()
		b.cancel(d)
		deals = append(deals, d)
	}
	h.allTold(deals...)
}

// An event of Bitrix24 names a deal and a second. A change and the cancellation
// right after it are then one body, and still two facts.
func TestACancellationInTheSecondOfAnotherChangeIsSeen(t *testing.T) {
	h := serve(t)
	b := h.bitrix24()
	b.sim.RemoveHandler(b.handler)
	d := b.client()
	body := url.Values{
		"event": {"ONCRMDEALUPDATE"}, "data[FIELDS][ID]": {d.id}, "ts": {strconv.FormatInt(time.Now().Unix(), 10)}, "auth[application_token]": {applicationToken},
	}.Encode()
	if code := h.post(b.HookURL, form, body); code != http.StatusNoContent {
		t.Fatalf("the hook answers %d", code)
	}
	h.settled(b.ID, 1)
	b.cancel(d)
	for range 2 {
		if code := h.post(b.HookURL, form, body); code != http.StatusNoContent {
			t.Fatalf("the hook answers %d", code)
		}
	}
	h.allTold(d)
	if events := h.eventsOf(d); len(events) != 1 || events[0].Verdict != "case_opened" {
		t.Errorf("the events are %+v", events)
	}
}

// A mass edit: one hook with many leads, and hooks that come twice or in another order.
func TestManyRecordsTwiceAndOutOfOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		random := chance(t)
		a, b := h.amocrm(), h.bitrix24()
		a.sim.AddHookFault(amocrmsim.HookFault{Kind: amocrmsim.HookReorder, Times: 4})
		a.sim.AddHookFault(amocrmsim.HookFault{Kind: amocrmsim.HookDuplicate, Times: 4})
		b.sim.AddFault(bitrix24sim.Fault{Method: "oncrm*", Kind: bitrix24sim.FaultEventDuplicate, Times: 20})
		b.sim.AddFault(bitrix24sim.Fault{Method: "oncrm*", Kind: bitrix24sim.FaultEventReorder, Times: 20})
		var deals []deal
		var ids []int64
		for range 8 {
			d := a.client()
			deals, ids = append(deals, d), append(ids, a.lead(d))
		}
		if err := a.sim.MoveLeads(ids, amocrmsim.PipelineService, amocrmsim.StatusLost, amocrmsim.AdminID, 0); err != nil {
			t.Fatal(err)
		}
		var portal []deal
		for range 8 {
			portal = append(portal, b.client())
		}
		random.Shuffle(len(portal), func(i, j int) { portal[i], portal[j] = portal[j], portal[i] })
		for _, d := range portal {
			b.cancel(d)
		}
		h.allTold(append(deals, portal...)...)
		h.invariantsHold()
	})
}
