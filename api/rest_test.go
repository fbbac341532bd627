package api

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

var uuidPattern = regexp.MustCompile(`[0-9a-f-]{36}`)

func TestARefusalIsAProblem(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	tests := map[string]struct {
		request
		status int
		fields []string
		rule   string
	}{
		"a page that there is not":      {request{method: get, path: "/nowhere"}, 404, nil, ""},
		"a method that there is not":    {request{method: "PUT", path: "/api/v1/cases", key: adminKey}, 405, nil, ""},
		"no key":                        {request{method: get, path: "/api/v1/cases"}, 401, nil, ""},
		"a role that may not":           {request{method: get, path: "/api/v1/audit", key: o.as(RoleOperator)}, 403, nil, ""},
		"an id that is none":            {request{method: get, path: "/api/v1/cases/17", key: adminKey}, 404, nil, ""},
		"an unknown action":             {request{method: post, path: "/api/v1/cases/" + c.ID.String() + "/actions/dance", key: adminKey}, 404, nil, ""},
		"a rule of the domain":          {request{method: post, path: "/api/v1/cases/" + c.ID.String() + "/actions/return", key: adminKey}, 409, nil, "move_not_allowed"},
		"no JSON":                       {request{method: post, path: "/api/v1/cases", key: adminKey, body: "{"}, 400, nil, ""},
		"two JSON values":               {request{method: post, path: "/api/v1/cases", key: adminKey, body: "{}{}"}, 422, nil, ""},
		"an unknown field":              {request{method: post, path: "/api/v1/cases", key: adminKey, body: `{"colour":"red"}`}, 422, []string{"colour"}, ""},
		"an unknown field inside":       {request{method: post, path: "/api/v1/cases", key: adminKey, body: `{"client":{"age":7}}`}, 422, []string{"age"}, ""},
		"a wrong type":                  {request{method: post, path: "/api/v1/cases", key: adminKey, body: `{"reason":7}`}, 422, []string{"reason"}, ""},
		"a field of another action":     {request{method: post, path: "/api/v1/cases/" + c.ID.String() + "/actions/proceed", key: adminKey, body: `{"nps":7}`}, 422, []string{"nps"}, ""},
		"a score of eleven":             {request{method: post, path: "/api/v1/cases/" + c.ID.String() + "/actions/record_answer", key: adminKey, body: `{"reason":"price","nps":11}`}, 422, []string{"nps"}, ""},
		"a limit of zero":               {request{method: get, path: "/api/v1/events?limit=0", key: adminKey}, 422, []string{"limit"}, ""},
		"a limit of 201":                {request{method: get, path: "/api/v1/events?limit=201", key: adminKey}, 422, []string{"limit"}, ""},
		"a cursor of nobody":            {request{method: get, path: "/api/v1/events?cursor=x", key: adminKey}, 422, []string{"cursor"}, ""},
		"an account that is no id":      {request{method: get, path: "/api/v1/cases?account_id=17", key: adminKey}, 422, []string{"account_id"}, ""},
		"a day that is none":            {request{method: get, path: "/api/v1/cases?from=yesterday", key: adminKey}, 422, []string{"from"}, ""},
		"a body over 1 MiB":             {request{method: post, path: "/api/v1/cases", key: adminKey, body: `{"reason":"` + strings.Repeat("x", maxBody) + `"}`}, 413, nil, ""},
		"a version that is none":        {request{method: patch, path: "/api/v1/accounts/" + c.AccountID.String(), key: adminKey, body: `{}`, headers: []string{"If-Match: x"}}, 412, nil, ""},
		"an Idempotency-Key of a novel": {request{method: post, path: "/api/v1/cases", key: adminKey, headers: []string{"Idempotency-Key: " + strings.Repeat("x", 256)}}, 422, nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := o.do(tc.request)
			p := o.json(w)
			if w.Code != tc.status || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%d %s, want %d: %s", w.Code, w.Header().Get("Content-Type"), tc.status, w.Body)
			}
			if p["type"] == "" || p["title"] != http.StatusText(tc.status) || p["status"] != float64(tc.status) || p["detail"] == "" || p["request_id"] != w.Header().Get("X-Request-Id") {
				t.Errorf("%v", p)
			}
			if got := fields(p); !slices.Equal(got, tc.fields) {
				t.Errorf("fields %v, want %v", got, tc.fields)
			}
			if rule, _ := p["rule"].(string); rule != tc.rule {
				t.Errorf("rule %q, want %q", rule, tc.rule)
			}
		})
	}
}

func TestAnAnswerNamesItsRequest(t *testing.T) {
	o := newOffice(t)
	if w := o.do(request{method: get, path: "/livez", headers: []string{"X-Request-Id: from-the-proxy"}}); w.Header().Get("X-Request-Id") != "from-the-proxy" {
		t.Error("the caller's id is not kept")
	}
	w := o.do(request{method: get, path: "/livez", headers: []string{"X-Request-Id: <script>"}})
	if _, err := uuid.Parse(w.Header().Get("X-Request-Id")); err != nil {
		t.Errorf("the id is %q", w.Header().Get("X-Request-Id"))
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAnAccountIsConnectedAndKeepsItsSecrets(t *testing.T) {
	o := newOffice(t)
	w := o.do(request{method: post, path: "/api/v1/accounts", key: adminKey, body: `{"provider":"amocrm","name":" Ромашка ","base_url":"https://example.amocrm.ru/",
		"credentials":{"access_token":"very-secret"},"triggers":[{"pipeline_id":"8","stage_id":"77","means":"cancelled"}],"policy":{"survey_delay":"30m","sending_window":null,"burst_per_hour":5}}`})
	a := o.json(w)
	if w.Code != http.StatusCreated || w.Header().Get("ETag") != `"1"` || w.Header().Get("Location") != "/api/v1/accounts/"+a["id"].(string) {
		t.Fatalf("%d %v: %v", w.Code, w.Header(), a)
	}
	if a["mode"] != "shadow" || a["lang"] != "ru" || a["time_zone"] != "Europe/Moscow" || a["base_url"] != "https://example.amocrm.ru" || a["name"] != "Ромашка" {
		t.Errorf("%v", a)
	}
	p := a["policy"].(map[string]any)
	if p["survey_delay"] != "30m" || p["sending_window"] != nil || p["burst_per_hour"] != 5.0 || p["survey_expires"] != "240h" {
		t.Errorf("%v", p)
	}
	hook := a["hook_url"].(string)
	if id, ok := o.keys.ProveHook(hook[strings.LastIndex(hook, "/")+1:]); !ok || id.String() != a["id"] || !strings.HasPrefix(hook, "https://opendoor.example.com/hooks/amocrm/") {
		t.Errorf("hook %q", hook)
	}
	path := "/api/v1/accounts/" + a["id"].(string)
	for _, body := range []string{w.Body.String(), o.do(request{method: get, path: path, key: adminKey}).Body.String(), o.do(request{method: get, path: "/api/v1/accounts", key: adminKey}).Body.String()} {
		if strings.Contains(body, "very-secret") {
			t.Error("a secret comes back")
		}
	}
	if seen := o.callAs(o.as(RoleOperator), 200, get, path, ""); seen["hook_url"] != nil {
		t.Error("an operator sees the hook's address")
	}
	o.call(412, patch, path, `{"name":"Другая"}`, `If-Match: "2"`)
	changed := o.call(200, patch, path, `{"name":"Другая","policy":{"sending_window":{"days":["sat"],"from":"22:00","to":"02:00"},"burst_per_hour":null}}`, `If-Match: "1"`)
	if changed["name"] != "Другая" || changed["version"] != 2.0 || fmt.Sprint(changed["policy"].(map[string]any)["sending_window"]) != "map[days:[sat] from:22:00 to:02:00]" {
		t.Errorf("%v", changed)
	}
	if changed["credential_keys"].([]any)[0] != "access_token" {
		t.Errorf("a patch without credentials loses them: %v", changed)
	}
	o.call(204, del, path, "")
	o.call(404, get, path, "")
}

func TestAnAccountThatCannotWorkIsRefusedWithEveryMistake(t *testing.T) {
	o := newOffice(t)
	p := o.call(422, post, "/api/v1/accounts", `{"provider":"amocrm","name":"","base_url":"http://127.0.0.1","credentials":{"colour":"red"},"lang":"de","time_zone":"Mars","mode":"loud",
		"mail_from":"nobody","triggers":[{"stage_id":"","means":"cancelled"}],"policy":{"survey_delay":"soon","holdout_percent":101,"sending_window":{"days":[],"from":"1","to":"2"}}}`)
	got := fields(p)
	for _, want := range []string{
		"name", "base_url", "credentials.colour", "credentials.access_token", "lang", "time_zone", "mode", "mail_from", "triggers[0]",
		"policy.survey_delay", "policy.holdout_percent", "policy.sending_window",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not named among %v", want, got)
		}
	}
}

func TestAnIdempotencyKeyMakesARepeatHarmless(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	body := `{"account_id":"` + acc.ID.String() + `","initiator":"client","client":{"name":"Анна"}}`
	send := func(key, body string) (int, string, bool) {
		w := o.do(request{method: post, path: "/api/v1/cases", key: key, body: body, headers: []string{"Idempotency-Key: one"}})
		return w.Code, w.Body.String(), w.Header().Get("Idempotent-Replayed") == "true"
	}
	code, first, replayed := send(adminKey, body)
	if code != 201 || replayed {
		t.Fatalf("%d %s", code, first)
	}
	if code, again, replayed := send(adminKey, body); code != 201 || again != first || !replayed {
		t.Errorf("the repeat: %d, replayed %v: %s", code, replayed, again)
	}
	if code, _, _ := send(adminKey, strings.Replace(body, "Анна", "Пётр", 1)); code != 422 {
		t.Errorf("another request under the same key: %d", code)
	}
	if code, other, replayed := send(o.as(RoleOperator), body); code != 201 || replayed || other == first {
		t.Errorf("somebody else's key of the same name: %d, replayed %v", code, replayed)
	}
	if n := len(o.call(200, get, "/api/v1/cases", "")["items"].([]any)); n != 2 {
		t.Errorf("%d cases, want 2", n)
	}
	w := o.do(request{method: post, path: "/api/v1/cases", key: adminKey, body: `{}`, headers: []string{"Idempotency-Key: two"}})
	again := o.do(request{method: post, path: "/api/v1/cases", key: adminKey, body: `{}`, headers: []string{"Idempotency-Key: two"}})
	if w.Code < 400 || again.Code != w.Code || again.Body.String() != w.Body.String() || again.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a refusal is repeated as %d %s", again.Code, again.Body)
	}
}

func TestPagesOfAListJoinWithoutAGap(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	var made []string
	for i := range 7 {
		c := o.call(201, post, "/api/v1/cases", fmt.Sprintf(`{"account_id":%q,"initiator":"client","client":{"name":"Клиент %d"}}`, acc.ID, i))
		made = append([]string{c["id"].(string)}, made...)
	}
	var seen []string
	path, pages := "/api/v1/cases?limit=3", 0
	for next := ""; ; pages++ {
		l := o.call(200, get, path+next, "")
		for _, it := range l["items"].([]any) {
			seen = append(seen, it.(map[string]any)["id"].(string))
		}
		cursor, ok := l["next_cursor"].(string)
		if !ok {
			break
		}
		next = "&cursor=" + cursor
	}
	if !slices.Equal(seen, made) || pages != 2 {
		t.Errorf("%d pages gave %v, want %v", pages+1, seen, made)
	}
}

func TestAKeyOfSomeAccountsSeesNoOthers(t *testing.T) {
	o := newOffice(t)
	mine, foreign := o.account(offboarding.AmoCRM, nil), o.account(offboarding.AmoCRM, nil)
	c, own := o.open(foreign), o.open(mine)
	m, err := o.store.MessageByTemplate(t.Context(), c.ID, offboarding.T01)
	o.must(err)
	d := offboarding.PolledDelivery(foreign.ID, offboarding.AmoCRM, []byte("{}"), o.clock)
	o.must(o.store.AddDeliveries(t.Context(), []*offboarding.Delivery{d}, time.Minute))
	e := &offboarding.Event{
		ID: offboarding.NewID(), AccountID: foreign.ID, DeliveryID: d.ID, Provider: offboarding.AmoCRM, Kind: offboarding.DealUpdated, EntityID: "17",
		Verdict: offboarding.VerdictIgnored, ReceivedAt: o.clock,
	}
	o.must(o.store.AddEvents(t.Context(), []*offboarding.Event{e}))
	key := o.key(RoleAdmin, mine.ID)
	for _, r := range []struct{ method, path string }{
		{get, "/accounts/" + foreign.ID.String()},
		{patch, "/accounts/" + foreign.ID.String()},
		{del, "/accounts/" + foreign.ID.String()},
		{post, "/accounts/" + foreign.ID.String() + "/check"},
		{post, "/accounts/" + foreign.ID.String() + "/setup"},
		{post, "/accounts/" + foreign.ID.String() + "/release"},
		{get, "/accounts/" + foreign.ID.String() + "/pipelines"},
		{get, "/events/" + e.ID.String()},
		{post, "/events/" + e.ID.String() + "/replay"},
		{get, "/deliveries/" + d.ID.String()},
		{get, "/cases/" + c.ID.String()},
		{get, "/cases/" + c.ID.String() + "/timeline"},
		{post, "/cases/" + c.ID.String() + "/actions/proceed"},
		{get, "/messages/" + m.ID.String()},
		{post, "/dead-letters/" + m.EffectID.String() + "/retry"},
	} {
		foreignAnswer := o.do(request{method: r.method, path: "/api/v1" + r.path, key: key, body: "{}", headers: []string{"X-Request-Id: one-request"}})
		missing := o.do(request{method: r.method, path: "/api/v1" + uuidPattern.ReplaceAllString(r.path, offboarding.NewID().String()), key: key, body: "{}", headers: []string{"X-Request-Id: one-request"}})
		if foreignAnswer.Code != 404 || foreignAnswer.Body.String() != missing.Body.String() {
			t.Errorf("%s %s: %d %s, what is missing: %s", r.method, r.path, foreignAnswer.Code, foreignAnswer.Body, missing.Body)
		}
	}
	o.callAs(key, 404, post, "/api/v1/cases", `{"account_id":"`+foreign.ID.String()+`","initiator":"client","client":{"name":"x"}}`)
	o.callAs(key, 403, post, "/api/v1/accounts", `{"provider":"amocrm"}`)
	o.callAs(key, 403, post, "/api/v1/api-keys", `{"name":"more","role":"admin"}`)
	for _, list := range []string{"accounts", "events", "cases", "messages", "dead-letters"} {
		w := o.do(request{method: get, path: "/api/v1/" + list + "?account_id=" + foreign.ID.String(), key: key})
		if w.Code != 200 || strings.Contains(w.Body.String(), foreign.ID.String()) {
			t.Errorf("the list of %s: %d %s", list, w.Code, w.Body)
		}
	}
	o.callAs(key, 200, get, "/api/v1/cases/"+own.ID.String(), "")
	if after := o.fresh(c); after.Version != c.Version {
		t.Error("the foreign case was changed")
	}
}

func TestAViewerSeesNoPersonalData(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	c := o.open(acc)
	o.call(200, post, "/api/v1/cases/"+c.ID.String()+"/actions/record_answer", `{"reason":"price","detail":"Анна недовольна","comment":"звоните Анне","liked":"Мария","nps":7}`)
	personal := []string{"Анн", "Примеров", "client@example.com", "+70000000000", "Мария", "manager@example.com", "позвонила"}
	for _, path := range []string{"/cases/" + c.ID.String(), "/cases", "/cases/" + c.ID.String() + "/timeline", "/events", "/accounts", "/queues"} {
		viewed := o.do(request{method: get, path: "/api/v1" + path, key: o.as(RoleViewer)})
		if viewed.Code != 200 {
			t.Errorf("%s: %d", path, viewed.Code)
		}
		for _, p := range personal {
			if strings.Contains(viewed.Body.String(), p) {
				t.Errorf("%s shows %q to a viewer", path, p)
			}
		}
	}
	if body := o.do(request{method: get, path: "/api/v1/cases/" + c.ID.String(), key: o.as(RoleOperator)}).Body.String(); !strings.Contains(body, "client@example.com") || !strings.Contains(body, "Анна недовольна") {
		t.Error("an operator does not see who is leaving")
	}
	o.callAs(o.as(RoleViewer), 403, get, "/api/v1/cases?q=anna", "")
	o.callAs(o.as(RoleViewer), 403, get, "/api/v1/messages", "")
}

func TestACaseIsActedOnAtTheVersionThatWasSeen(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	path := "/api/v1/cases/" + c.ID.String()
	w := o.do(request{method: get, path: path, key: adminKey})
	seen := w.Header().Get("ETag")
	o.call(200, post, path+"/actions/set_intent", `{"intent":"venting"}`, "If-Match: "+seen)
	for _, action := range []string{"proceed", "record_answer"} {
		body := map[string]string{"proceed": "{}", "record_answer": `{"reason":"price"}`}[action]
		o.call(412, post, path+"/actions/"+action, body, "If-Match: "+seen)
	}
	o.call(200, post, path+"/actions/proceed", "", "If-Match: *")
	if state := o.call(200, get, path, "")["state"]; state != "leaving" {
		t.Errorf("the case is %s", state)
	}
}

func TestACRMThatFailsIsNoFaultOfOurs(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	path := "/api/v1/accounts/" + acc.ID.String()
	for name, tc := range map[string]struct {
		err    error
		status int
	}{
		"away":             {offboarding.Unavailable("502 of the CRM", nil), 503},
		"credential dead":  {offboarding.ErrUnauthorized, 502},
		"asks for a break": {&offboarding.Backoff{Err: offboarding.Unavailable("429", nil)}, 502},
		"our own limiter":  {&offboarding.Postpone{Reason: "later"}, 503},
	} {
		o.crm.fail = tc.err
		if w := o.do(request{method: get, path: path + "/pipelines", key: adminKey}); w.Code != tc.status || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	o.crm.fail = offboarding.ErrUnavailable
	o.must(o.store.SetAccountHealth(t.Context(), acc.ID, offboarding.AccountSuspended, "402", tuesday.Add(time.Hour)))
	if res := o.call(200, post, path+"/check", ""); res["ok"] != false {
		t.Errorf("%v", res)
	}
	if a := o.call(200, get, path, ""); a["status"] != "suspended" {
		t.Errorf("a bad check lets the account work: %v", a["status"])
	}
	o.crm.fail = nil
	o.call(200, post, path+"/check", "")
	if a := o.call(200, get, path, ""); a["status"] != "active" {
		t.Errorf("a good check does not let the account work: %v", a["status"])
	}
}

func TestProbesTellTheTruth(t *testing.T) {
	o := newOffice(t)
	o.call(200, get, "/readyz", "")
	o.broken.breakDown(true)
	if w := o.do(request{method: get, path: "/readyz"}); w.Code != 503 || o.json(w)["status"] != "unavailable" {
		t.Errorf("a database that cannot be written: %d %s", w.Code, w.Body)
	}
	o.call(200, get, "/livez", "")
	o.broken.breakDown(false)
	o.call(200, get, "/readyz", "")
	o.server.Drain()
	if w := o.do(request{method: get, path: "/readyz"}); w.Code != 503 || o.json(w)["status"] != "stopping" {
		t.Errorf("while stopping: %d %s", w.Code, w.Body)
	}
}

func TestTheDocumentationIsOpenToAll(t *testing.T) {
	o := newOffice(t)
	if w := o.do(request{method: get, path: "/api/openapi.json"}); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("%d", w.Code)
	}
	w := o.do(request{method: get, path: "/swagger/index.html"})
	page := w.Body.String()
	if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if strings.Contains(page, "https://") || strings.Contains(page, "src=\"//") {
		t.Error("the page loads something from another host")
	}
	if w := o.do(request{method: get, path: "/swagger/"}); w.Code != 302 || w.Header().Get("Location") != "/swagger/index.html" {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	for _, path := range []string{"/swagger/nothing.js", "/swagger/../routes.go", "/metrics"} {
		if w := o.do(request{method: get, path: path}); w.Code != 404 && w.Code != 400 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
