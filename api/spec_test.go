package api

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"

	"opendoor/docs/swagger"
	"opendoor/offboarding"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(swagger.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheDocumentIsValid(t *testing.T) {
	if err := document(t).Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

// undocumented are routes that no program calls by the document: a robot's GET
// is the POST of the same path, Bitrix24's removal the GET of the same path, the
// rest serves browsers and scrapers.
var undocumented = map[string]bool{
	"POST /hooks/{provider}/{key}/uninstalled": true,
	"GET /hooks/{provider}/{key}":              true, "GET /assets/{file}": true, "GET /metrics": true, "GET /api/openapi.json": true, "GET /swagger/{file}": true,
}

var parameter = regexp.MustCompile(`[:*]([a-z]+)`)

func TestSpecMatchesRoutes(t *testing.T) {
	doc := document(t)
	table := map[string]route{}
	for _, r := range newOffice(t).server.routes() {
		table[r.method+" "+parameter.ReplaceAllString(r.path, "{$1}")] = r
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			name := method + " " + path
			r, ok := table[name]
			if !ok {
				t.Errorf("%s is documented and does not exist", name)
				continue
			}
			delete(table, name)
			secured := op.Security != nil && len(*op.Security) > 0
			if secured != (r.access != nil) {
				t.Errorf("%s: the document asks for a key: %v, the table: %v", name, secured, r.access != nil)
			}
			wants := []string{}
			if r.access != nil {
				wants = append(wants, "401")
			}
			if r.access != nil && len(r.access) < len(Roles) {
				wants = append(wants, "403")
			}
			if strings.Contains(path, "{id}") {
				wants = append(wants, "404")
			}
			for _, status := range wants {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s does not document %s", name, status)
				}
			}
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) == 0 {
				t.Errorf("%s has no id, no summary or no tag", name)
			}
			if method == post && r.access != nil && op.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
				t.Errorf("%s does not document Idempotency-Key", name)
			}
		}
	}
	for name := range table {
		if !undocumented[name] {
			t.Errorf("%s is not documented", name)
		}
	}
}

func TestEveryRuleIsListedInTheDocument(t *testing.T) {
	text := string(swagger.OpenAPI)
	for _, m := range offboarding.Moves {
		for _, g := range m.Guards {
			if !strings.Contains(text, g.Rule) {
				t.Errorf("the rule %s is not listed", g.Rule)
			}
		}
	}
	for _, rule := range []string{"move_not_allowed", "case_already_open", "case_cancelled", "client_said_so", "already_paused", "not_paused", "nothing_to_replay"} {
		if !strings.Contains(text, rule) {
			t.Errorf("the rule %s is not listed", rule)
		}
	}
	for _, name := range offboarding.ActionNames() {
		if !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("the action %s is not listed", name)
		}
		if _, ok := actionFields[name]; !ok {
			t.Errorf("the action %s takes no body that is known", name)
		}
	}
}

// What is really answered is what the document says.
func TestAnswersAreAsDocumented(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, offboarding.Credentials{"access_token": "secret"})
	c := o.open(acc)
	m, err := o.store.MessageByTemplate(t.Context(), c.ID, offboarding.T01)
	o.must(err)
	o.do(request{method: post, path: "/hooks/amocrm/" + o.keys.HookKey(acc.ID), body: "leads[update][0][id]=1", headers: []string{isForm}})
	deliveries, err := o.store.TakeDeliveries(t.Context(), 1)
	o.must(err)
	e := &offboarding.Event{
		ID: offboarding.NewID(), AccountID: acc.ID, DeliveryID: deliveries[0].ID, ReceivedAt: o.clock, Provider: acc.Provider,
		Kind: offboarding.DealUpdated, EntityID: "17", Verdict: offboarding.VerdictIgnored, Reason: "nothing",
	}
	o.must(o.store.AddEvents(t.Context(), []*offboarding.Event{e}))
	caseURL, accURL, none := "/api/v1/cases/"+c.ID.String(), "/api/v1/accounts/"+acc.ID.String(), offboarding.NewID().String()

	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.RegisteredBodyDecoder("text/plain"))
	defer openapi3filter.UnregisterBodyDecoder("text/html")
	doc := document(t)
	doc.Servers = nil // the test's host is any
	router, err := legacy.NewRouter(doc)
	o.must(err)
	for _, r := range []struct {
		request
		status int
	}{
		{request{method: get, path: "/livez"}, 200},
		{request{method: get, path: "/readyz"}, 200},
		{request{method: get, path: "/version"}, 200},
		{request{method: get, path: "/api/v1/accounts", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/accounts"}, 401},
		{request{method: get, path: accURL, key: adminKey}, 200},
		{request{method: get, path: "/api/v1/accounts/" + none, key: adminKey}, 404},
		{request{method: post, path: "/api/v1/accounts", key: adminKey, body: `{"provider":"amocrm","name":"Ромашка","base_url":"https://example.amocrm.ru","credentials":{"access_token":"x"}}`}, 201},
		{request{method: post, path: "/api/v1/accounts", key: adminKey, body: `{"provider":"generic","name":"Ромашка","credentials":{}}`}, 422},
		{request{method: patch, path: accURL, key: adminKey, body: `{"policy":{"sending_window":null,"burst_per_hour":null}}`}, 200},
		{request{method: post, path: accURL + "/check", key: adminKey}, 200},
		{request{method: post, path: accURL + "/setup", key: adminKey}, 200},
		{request{method: post, path: accURL + "/release", key: adminKey}, 200},
		{request{method: get, path: accURL + "/pipelines", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/events", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/events/" + e.ID.String(), key: adminKey}, 200},
		{request{method: post, path: "/api/v1/events/" + e.ID.String() + "/replay", key: adminKey}, 202},
		{request{method: get, path: "/api/v1/deliveries/" + deliveries[0].ID.String(), key: adminKey}, 200},
		{request{method: get, path: "/api/v1/cases", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/cases?limit=0", key: adminKey}, 422},
		{request{method: post, path: "/api/v1/cases", key: adminKey, body: `{"account_id":"` + acc.ID.String() + `","initiator":"client","client":{"name":"Пётр"},"contract":{"number":"12/24"},"responsible":{}}`}, 201},
		{request{method: get, path: caseURL, key: adminKey}, 200},
		{request{method: get, path: caseURL, key: o.as(RoleViewer)}, 200},
		{request{method: get, path: caseURL + "/timeline", key: adminKey}, 200},
		{request{method: post, path: caseURL + "/actions/record_answer", key: adminKey, body: `{"reason":"price","nps":7,"keep_in_touch":["email"]}`}, 200},
		{request{method: post, path: caseURL + "/actions/resume", key: adminKey, body: `{}`}, 409},
		{request{method: post, path: caseURL + "/actions/proceed", key: adminKey, body: `{}`, headers: []string{`If-Match: "99"`}}, 412},
		{request{method: post, path: caseURL + "/actions/proceed", key: o.as(RoleViewer), body: `{}`}, 403},
		{request{method: get, path: "/api/v1/messages", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/messages/" + m.ID.String(), key: adminKey}, 200},
		{request{method: get, path: "/api/v1/queues", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/dead-letters", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/sending", key: adminKey}, 200},
		{request{method: post, path: "/api/v1/sending/pause", key: adminKey, body: `{"reason":"a wrong text"}`}, 200},
		{request{method: post, path: "/api/v1/sending/resume", key: adminKey}, 200},
		{request{method: post, path: "/api/v1/api-keys", key: adminKey, body: `{"name":"office","role":"viewer"}`}, 201},
		{request{method: get, path: "/api/v1/api-keys", key: adminKey}, 200},
		{request{method: get, path: "/api/v1/audit", key: adminKey}, 200},
		{request{method: post, path: "/hooks/amocrm/wrong", headers: []string{isForm}}, 401},
		{request{method: get, path: "/s/" + o.keys.LinkToken(offboarding.PurposeSurvey, c.ID, c.Client.Email)}, 200},
		{request{method: get, path: "/s/unknown"}, 404},
		{request{method: get, path: "/l/" + o.keys.LinkToken(offboarding.PurposeChoice, c.ID, c.Client.Email)}, 200},
		{request{method: get, path: "/u/" + o.keys.LinkToken(offboarding.PurposePreferences, c.ID, c.Client.Email)}, 200},
		{request{method: del, path: accURL, key: adminKey}, 204},
	} {
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			if r.body != "" && !strings.Contains(r.path, "/hooks/") {
				r.headers = append(r.headers, isJSON)
			}
			w := o.do(r.request)
			if w.Code != r.status {
				t.Fatalf("%d, want %d: %s", w.Code, r.status, w.Body)
			}
			req, err := http.NewRequestWithContext(t.Context(), r.method, "http://opendoor.example.com"+r.path, strings.NewReader(r.body))
			o.must(err)
			for _, h := range r.headers {
				name, value, _ := strings.Cut(h, ": ")
				req.Header.Set(name, value)
			}
			found, params, err := router.FindRoute(req)
			if err != nil {
				t.Fatal(err)
			}
			in := &openapi3filter.RequestValidationInput{
				Request: req, PathParams: params, Route: found,
				Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
			}
			if r.status < 400 {
				if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
					t.Errorf("the request: %v", err)
				}
			}
			err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
				RequestValidationInput: in, Status: w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
				Options: &openapi3filter.Options{IncludeResponseStatus: true},
			})
			if err != nil {
				t.Errorf("the answer: %v", err)
			}
		})
	}
}
