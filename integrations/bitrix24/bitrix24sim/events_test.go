package bitrix24sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// keys are the names of a form in the order in which they were sent.
func keys(form string) string {
	var out []string
	for part := range strings.SplitSeq(form, "&") {
		name, _, _ := strings.Cut(part, "=")
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func TestEventsReadLikeAPortalsEvents(t *testing.T) {
	const token, appToken = "jvh9y1ulvt2m6k5or90v9mg8nn32ozas", "51856fefc120afa4b628cc82d3935cce"
	tests := map[string]struct {
		fixture string
		do      func(p *portal, address string)
		exactly map[string]string // fields of the fixture that differ by nature
	}{
		"outgoing webhook, deal changed": {
			fixture: "webhook-deal-update.form",
			do: func(p *portal, address string) {
				p.lastHandler = 974
				p.AddOutgoingWebhook(address, token)
				must(0, p.UpdateDeal(759, obj{"TITLE": "x"}, 6))
			},
			exactly: map[string]string{},
		},
		"outgoing webhook, deal deleted": {
			fixture: "webhook-deal-delete.form",
			do: func(p *portal, address string) {
				p.lastHandler = 974
				p.AddOutgoingWebhook(address, token, "onCrmDealDelete")
				must(0, p.DeleteDeal(1765, 6))
			},
			exactly: map[string]string{},
		},
		"application, user": {
			fixture: "app-deal-update-user.form",
			do: func(p *portal, address string) {
				p.AddApplicationHandler(address)
				must(0, p.UpdateDeal(759, obj{"TITLE": "x"}, 1))
			},
		},
		"application, other pipeline": {
			fixture: "app-deal-move-to-category.form",
			do: func(p *portal, address string) {
				p.AddApplicationHandler(address)
				must(0, p.MoveDeal(6675, 1, "C1:NEW", 1))
			},
		},
		"application, trigger": {
			fixture: "app-deal-update-system.form",
			do: func(p *portal, address string) {
				p.lastHandler = 200
				p.AddApplicationHandler(address)
				p.AddTrigger("x", "LOSE")
				p.ok("crm.automation.trigger", obj{"target": "DEAL_759", "code": "x"})
			},
			exactly: map[string]string{},
		},
		"robot": {
			fixture: "robot-builtin-deal.form",
			do: func(p *portal, address string) {
				p.AddRobot("LOSE", address)
				must(0, p.LoseDeal(1, 6))
			},
		},
		"task": {
			fixture: "webhook-task-update.form",
			do: func(p *portal, address string) {
				p.ok("tasks.task.add", obj{"fields": obj{"TITLE": "x", "RESPONSIBLE_ID": 1}})
				p.AddOutgoingWebhook(address, token, "ONTASKUPDATE")
				p.ok("tasks.task.complete", obj{"taskId": 1})
			},
		},
		"installation":   {fixture: "app-install.form", do: func(p *portal, address string) { p.InstallApplication(address, 1) }},
		"uninstallation": {fixture: "app-uninstall.form", do: func(p *portal, address string) { p.UninstallApplication(address, true) }},
		"contact": {
			fixture: "webhook-contact-update.form",
			do: func(p *portal, address string) {
				p.contacts.last = 81
				id := must(p.CreateContact(obj{"NAME": "x"}, 1))
				p.AddOutgoingWebhook(address, token)
				must(0, p.UpdateContact(id, obj{"NAME": "y"}, 1))
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, func(c *Config) { c.ApplicationToken = appToken })
			for _, id := range []int{1, 759, 1765, 6675} {
				p.deals.last = id - 1
				newDeal(p, obj{})
			}
			in := newInbox(t)
			tt.do(p, in.URL)
			got := in.settled(p)
			if len(got) != 1 {
				t.Fatalf("%d events: %s", len(got), events(got))
			}
			raw := fixture(t, "webhooks/"+tt.fixture)
			if keys(in.bodies[0]) != keys(raw) {
				t.Errorf("keys\ngot  %s\nwant %s", keys(in.bodies[0]), keys(raw))
			}
			if tt.exactly != nil {
				want := must(url.ParseQuery(raw))
				want.Set("ts", itoa(int(p.clock.Now().Unix())))
				for k := range want {
					if got[0].Get(k) != want.Get(k) {
						t.Errorf("%s is %q, want %q", k, got[0].Get(k), want.Get(k))
					}
				}
			}
		})
	}
}

func TestOnlyApplicationsHearOfAMoveToAnotherPipeline(t *testing.T) {
	p := newPortal(t)
	webhook, app := newInbox(t), newInbox(t)
	id := newDeal(p, obj{})
	p.AddOutgoingWebhook(webhook.URL, "", "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY")
	p.AddApplicationHandler(app.URL, "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY")
	must(0, p.MoveDeal(id, 1, "C1:LOSE", 1))
	if got := events(webhook.settled(p)); got != "" {
		t.Errorf("the webhook heard %s", got)
	}
	got := app.settled(p)
	if events(got) != "ONCRMDEALMOVETOCATEGORY 1" || got[0].Get("data[FIELDS][STAGE_ID]") != "C1:LOSE" {
		t.Errorf("the application heard %v", got)
	}
	// The token in the event is the user's own.
	if r := p.postTo("/rest/profile", obj{"auth": got[0].Get("auth[access_token]")}); r.status != 200 {
		t.Errorf("the token in the event: %d %s", r.status, r.body)
	}
}

func TestOurOwnWritesComeBackAsEvents(t *testing.T) {
	p := newPortal(t, seeded)
	in := newInbox(t)
	p.AddOutgoingWebhook(in.URL, "")
	p.ok("crm.deal.update", obj{"id": 1, "fields": obj{"TITLE": "x"}})
	p.ok("crm.timeline.comment.add", obj{"fields": obj{"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "x"}})
	p.ok("crm.activity.todo.add", obj{"ownerTypeId": 2, "ownerId": 1, "deadline": "2025-02-03T15:00:00"})
	var names []string
	for _, v := range in.settled(p) {
		names = append(names, v.Get("event"))
	}
	if want := []string{"ONCRMDEALUPDATE", "ONCRMTIMELINECOMMENTADD", "ONCRMACTIVITYADD"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestAnEventIsSentOnceWhateverTheAnswer(t *testing.T) {
	p := newPortal(t)
	in := newInbox(t)
	in.status = http.StatusInternalServerError
	id := newDeal(p, obj{})
	p.AddOutgoingWebhook(in.URL, "")
	must(0, p.UpdateDeal(id, obj{"TITLE": "x"}, 6))
	if n := len(in.settled(p)); n != 1 {
		t.Errorf("sent %d times", n)
	}
	if log := p.EventLog(); len(log) != 1 || log[0].State != "failed" || log[0].Status != 500 {
		t.Errorf("log: %+v", log)
	}
}

func TestEventsGetLostDoubledAndOvertaken(t *testing.T) {
	tests := map[string]struct {
		fault FaultKind
		want  string
	}{
		"in order":  {"", "ONCRMDEALUPDATE 1, ONCRMDEALUPDATE 2"},
		"dropped":   {FaultEventDrop, "ONCRMDEALUPDATE 2"},
		"doubled":   {FaultEventDuplicate, "ONCRMDEALUPDATE 1, ONCRMDEALUPDATE 1, ONCRMDEALUPDATE 2"},
		"overtaken": {FaultEventReorder, "ONCRMDEALUPDATE 2, ONCRMDEALUPDATE 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			in := newInbox(t)
			newDeal(p, obj{})
			newDeal(p, obj{})
			p.AddOutgoingWebhook(in.URL, "")
			if tt.fault != "" {
				p.AddFault(Fault{Method: "ONCRMDEAL*", Kind: tt.fault})
			}
			must(0, p.UpdateDeal(1, obj{"TITLE": "x"}, 6))
			must(0, p.UpdateDeal(2, obj{"TITLE": "x"}, 6))
			if got := events(in.settled(p)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestARobotKeepsItsAddressAndSendsNoToken(t *testing.T) {
	p := newPortal(t)
	in := newInbox(t)
	p.AddRobot("LOSE", in.URL+"/hooks/bitrix24/robot?key=s3cr3t&title={{TITLE}}&stage={{STAGE_ID}}")
	id := newDeal(p, obj{"TITLE": "Переезд & co"})
	must(0, p.MoveDeal(id, 0, "EXECUTING", 6))
	must(0, p.MoveDeal(id, 0, "LOSE", 6))
	got := in.settled(p)
	if len(got) != 1 || got[0].Get("document_id[2]") != "DEAL_1" || got[0].Has("auth[application_token]") || got[0].Has("event") {
		t.Fatalf("%v", got)
	}
	if want := "/hooks/bitrix24/robot?key=s3cr3t&title=" + url.QueryEscape("Переезд & co") + "&stage=LOSE"; in.paths[0] != want {
		t.Errorf("address %s, want %s", in.paths[0], want)
	}
}

func TestAnApplicationBindsItsEvents(t *testing.T) {
	p := newPortal(t, seeded)
	in := newInbox(t)
	access, _ := p.IssueToken(1)
	app := func(method string, params obj) portalReply {
		params["auth"] = access
		return p.postTo("/rest/"+method, params)
	}
	if r := p.post("event.bind", obj{"event": "ONCRMDEALUPDATE", "handler": in.URL}); r.status != 403 {
		t.Errorf("a webhook may bind: %d %s", r.status, r.body)
	}
	bind := func() portalReply { return app("event.bind", obj{"event": "onCrmDealUpdate", "handler": in.URL}) }
	if r := bind(); r.status != 200 || !strings.Contains(r.body, `"result":true`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := bind(); r.status != 400 {
		t.Errorf("bound twice: %d %s", r.status, r.body)
	}
	app("event.bind", obj{"event": "ONCRMDEALUPDATE", "event_type": "offline", "auth_connector": "opendoor"})
	app("event.bind", obj{"event": "ONOFFLINEEVENT", "handler": in.URL})
	app("crm.deal.update", obj{"id": 1, "fields": obj{"TITLE": "ours"}, "auth_connector": "opendoor"})
	must(0, p.UpdateDeal(2, obj{"TITLE": "x"}, 6))
	must(0, p.UpdateDeal(2, obj{"TITLE": "y"}, 6))
	if got := events(in.settled(p)); got != "ONCRMDEALUPDATE 1, ONCRMDEALUPDATE 2, ONOFFLINEEVENT , ONCRMDEALUPDATE 2" {
		t.Errorf("events: %s", got)
	}
	first := decode(t, app("event.offline.get", obj{"clear": 0}).body)["result"].(obj)
	rows := first["events"].([]any)
	if len(rows) != 1 || rows[0].(obj)["EVENT_NAME"] != "ONCRMDEALUPDATE" || first["process_id"] == nil {
		t.Fatalf("%v", first)
	}
	if again := decode(t, app("event.offline.get", obj{}).body)["result"].(obj); len(again["events"].([]any)) != 0 {
		t.Errorf("reserved rows were handed out again: %v", again)
	}
	app("event.offline.clear", obj{"process_id": first["process_id"], "id": []any{rows[0].(obj)["ID"]}})
	if len(p.offline) != 0 {
		t.Error("cleared rows are still there")
	}
	if r := app("event.unbind", obj{"event": "ONCRMDEALUPDATE", "handler": in.URL}); !strings.Contains(r.body, `{"count":1}`) {
		t.Errorf("%s", r.body)
	}
}

func TestTokensRotateAndExpire(t *testing.T) {
	p := newPortal(t, func(c *Config) { c.Redirect = "https://opendoor.example/oauth/bitrix24/callback?a=1" })
	r := p.get("/oauth/authorize/?client_id=local.opendoor&state=s1")
	to := must(url.Parse(r.header.Get("Location")))
	if r.status != http.StatusFound || to.Query().Get("state") != "s1" || to.Query().Get("a") != "1" || to.Query().Get("member_id") == "" {
		t.Fatalf("%d %s", r.status, to)
	}
	exchange := func(kv ...string) portalReply {
		q := url.Values{"client_id": {"local.opendoor"}, "client_secret": {"client-secret"}}
		for i := 0; i < len(kv); i += 2 {
			q.Set(kv[i], kv[i+1])
		}
		return p.get("/oauth/token/?" + q.Encode())
	}
	grant := exchange("grant_type", "authorization_code", "code", to.Query().Get("code"))
	if grant.status != 200 || keysOf(t, grant.body) != keysOf(t, fixture(t, "oauth/token-by-code.json")) {
		t.Fatalf("%d %s", grant.status, grant.body)
	}
	if r := exchange("grant_type", "authorization_code", "code", to.Query().Get("code")); r.status != 400 {
		t.Errorf("a code works once: %d %s", r.status, r.body)
	}
	tokens := must(parseJSON([]byte(grant.body))).(*array)
	call := func(access any) int { return p.postTo("/rest/profile", obj{"auth": access}).status }
	if got := call(tokens.get("access_token")); got != 200 {
		t.Errorf("fresh token: %d", got)
	}
	p.clock.Add(time.Hour)
	if got := call(tokens.get("access_token")); got != 401 {
		t.Errorf("after an hour: %d", got)
	}
	old := toString(tokens.get("refresh_token"))
	fresh := exchange("grant_type", "refresh_token", "refresh_token", old)
	if fresh.status != 200 || keysOf(t, fresh.body) != keysOf(t, fixture(t, "oauth/token-refresh.json")) {
		t.Fatalf("%d %s", fresh.status, fresh.body)
	}
	want := compact(t, fixture(t, "oauth/invalid-grant.json"))
	if r := exchange("grant_type", "refresh_token", "refresh_token", old); r.status != 400 || r.body != want {
		t.Errorf("a used refresh token: %d %s", r.status, r.body)
	}
	p.AddFault(Fault{Method: "oauth.token", Kind: FaultPlan})
	if r := exchange("grant_type", "refresh_token", "refresh_token", "x"); r.body != compact(t, fixture(t, "oauth/payment-required.json")) {
		t.Errorf("%s", r.body)
	}
	if r := exchange("grant_type", "refresh_token", "client_secret", "x"); !strings.Contains(r.body, "invalid_client") {
		t.Errorf("%s", r.body)
	}
}

func keysOf(t *testing.T, body string) string {
	t.Helper()
	var out []string
	for _, p := range must(parseJSON([]byte(body))).(*array).pairs {
		out = append(out, p.key)
	}
	return strings.Join(out, " ")
}

func TestATabOfTheApplicationOpens(t *testing.T) {
	p := newPortal(t, seeded)
	access, _ := p.IssueToken(1)
	if _, _, ok := p.PlacementRequest(8, 6); ok {
		t.Error("a tab opens that nobody bound")
	}
	p.postTo("/rest/placement.bind", obj{"PLACEMENT": "CRM_DEAL_DETAIL_TAB", "HANDLER": "https://opendoor.example/tab", "TITLE": "x", "auth": access})
	target, form, ok := p.PlacementRequest(8, 6)
	if !ok || !strings.HasPrefix(target, "https://opendoor.example/tab?DOMAIN=some-domain.bitrix24.com&PROTOCOL=1&LANG=en&APP_SID=") {
		t.Errorf("address %s", target)
	}
	if got, want := keys(form), keys(fixture(t, "webhooks/placement-deal-tab.form")); got != want {
		t.Errorf("keys\ngot  %s\nwant %s", got, want)
	}
	if v := must(url.ParseQuery(form)); !strings.HasPrefix(v.Get("PLACEMENT_OPTIONS"), `{"ID":"8","URI":"\/crm\/`) {
		t.Errorf("options %s", v.Get("PLACEMENT_OPTIONS"))
	}
}
