package bitrix24sim

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// shape tells where got differs from want in its keys or in the sorts of its
// values: a client must not see a number where a portal writes a string. Null
// fits everything.
func shape(path string, want, got any) []string {
	if want == nil || got == nil {
		return nil
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{path + " should be an object"}
		}
		var out []string
		for key, v := range w {
			if portalOwn(key) {
				continue
			}
			have, ok := g[key]
			if !ok {
				out = append(out, path+"."+key+" is missing")
				continue
			}
			out = append(out, shape(path+"."+key, v, have)...)
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok {
			return []string{path + " should be a list"}
		}
		if len(w) > 0 && len(g) > 0 {
			return shape(path+"[0]", w[0], g[0])
		}
		return nil
	}
	if sort(want) != sort(got) {
		return []string{path + " should be a " + sort(want) + ", is a " + sort(got)}
	}
	return nil
}

func sort(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	case map[string]any:
		return "object"
	default:
		return "list"
	}
}

// portalOwn are keys that belong to the portal of a fixture and not to all: its
// custom fields, its smart processes, avatars and what a task may do.
func portalOwn(key string) bool {
	for _, prefix := range []string{"UF_CRM_1", "PARENT_ID_", "parentId1", "ufCrm_1"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"action", "checkListTree", "checkListCanAdd", "SETTINGS"}, key)
}

func TestAnswersHaveTheShapeOfAPortalsAnswers(t *testing.T) {
	p := newPortal(t, seeded)
	p.AddPipeline(10, "Lead route", Stage{"NEW", "New", "process"}, Stage{"PREPAYMENT_INVOICE", "Approval", "process"},
		Stage{"WON", "Won", "success"}, Stage{"LOSE", "Lost", "failure"})
	p.ok("crm.deal.userfield.add", obj{"fields": obj{
		"USER_TYPE_ID": "enumeration", "FIELD_NAME": "REASON", "EDIT_FORM_LABEL": "Reason",
		"LIST": []obj{{"VALUE": "Price"}},
	}})
	token, _ := p.IssueToken(1)
	body := base64.StdEncoding.EncodeToString([]byte("hello"))

	tests := map[string]struct {
		method string
		params obj
		app    bool
	}{
		"profile":              {method: "profile"},
		"scope":                {method: "scope"},
		"server-time":          {method: "server.time"},
		"deal-get":             {method: "crm.deal.get", params: obj{"id": 2}},
		"deal-fields":          {method: "crm.deal.fields"},
		"deal-add":             {method: "crm.deal.add", params: obj{"fields": obj{"TITLE": "x"}}},
		"deal-update":          {method: "crm.deal.update", params: obj{"id": 3, "fields": obj{"TITLE": "x"}}},
		"deal-list-empty":      {method: "crm.deal.list", params: obj{"filter": obj{"ID": 99999}}},
		"deal-list-first-page": {method: "crm.deal.list", params: obj{"select": []string{"ID", "TITLE", "STAGE_ID", "STAGE_SEMANTIC_ID"}}},
		"deal-list-start-minus-one": {method: "crm.deal.list", params: obj{
			"start": -1, "filter": obj{">ID": 60},
			"select": []string{"ID", "TITLE", "STAGE_ID", "STAGE_SEMANTIC_ID"},
		}},
		"deal-list-last-page":       {method: "crm.deal.list", params: obj{"start": 50}},
		"deal-contact-items-get":    {method: "crm.deal.contact.items.get", params: obj{"id": 2}},
		"deal-userfield-list":       {method: "crm.deal.userfield.list", params: obj{"filter": obj{"LANG": "en"}}},
		"deal-userfield-add":        {method: "crm.deal.userfield.add", params: obj{"fields": obj{"USER_TYPE_ID": "string", "FIELD_NAME": "X"}}},
		"contact-get":               {method: "crm.contact.get", params: obj{"id": 2}},
		"contact-get-no-email":      {method: "crm.contact.get", params: obj{"id": 16}},
		"company-get":               {method: "crm.company.get", params: obj{"id": 2}},
		"category-list":             {method: "crm.category.list", params: obj{"entityTypeId": 2}},
		"status-list-deal-stage":    {method: "crm.status.list", params: obj{"filter": obj{"ENTITY_ID": "DEAL_STAGE"}}},
		"status-list-deal-stage-10": {method: "crm.status.list", params: obj{"filter": obj{"ENTITY_ID": "DEAL_STAGE_10"}}},
		"stagehistory-list":         {method: "crm.stagehistory.list", params: obj{"entityTypeId": 2, "filter": obj{"OWNER_ID": 21}}},
		"item-update-deal":          {method: "crm.item.update", params: obj{"entityTypeId": 2, "id": 2, "fields": obj{"title": "y"}}},
		"user-get":                  {method: "user.get"},
		"user-get-empty":            {method: "user.get", params: obj{"ID": 900}},
		"timeline-comment-add":      {method: "crm.timeline.comment.add", params: obj{"fields": obj{"ENTITY_ID": 2, "ENTITY_TYPE": "deal", "COMMENT": "x"}}},
		"activity-todo-add":         {method: "crm.activity.todo.add", params: obj{"ownerTypeId": 2, "ownerId": 2, "deadline": "2025-02-03T15:00:00"}},
		"task-add":                  {method: "tasks.task.add", params: obj{"fields": obj{"TITLE": "x", "RESPONSIBLE_ID": 6}}},
		"automation-trigger":        {method: "crm.automation.trigger", params: obj{"target": "DEAL_2", "code": "c5u4m"}},
		"disk-folder-uploadfile":    {method: "disk.folder.uploadfile", params: obj{"id": 1, "data": obj{"NAME": "a"}, "fileContent": []string{"a", body}}},
		"app-info":                  {method: "app.info", app: true},
		"event-bind":                {method: "event.bind", params: obj{"event": "ONCRMLEADADD", "handler": "https://example.test/"}, app: true},
		"event-offline-get":         {method: "event.offline.get", app: true},
		"placement-bind":            {method: "placement.bind", params: obj{"PLACEMENT": "X", "HANDLER": "https://example.test/"}, app: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p.t = t
			params := obj{}
			maps.Copy(params, tt.params)
			path := "/rest/1/secret/" + tt.method
			if tt.app {
				path, params["auth"] = "/rest/"+tt.method, token
			}
			r := p.postTo(path, params)
			if r.status != http.StatusOK {
				t.Fatalf("%d %s", r.status, r.body)
			}
			if got := r.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("content type %q", got)
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(fixture(t, "api/"+name+".json")), &want); err != nil {
				t.Fatal(err)
			}
			for _, diff := range shape("", want, decode(t, r.body)) {
				t.Error(diff)
			}
			if _, has := want["next"]; !has && strings.Contains(r.body, `"next":`) {
				t.Error("next should be absent")
			}
		})
	}
}

// result prints the result of an answer without the spaces of its fixture.
func result(t *testing.T, body string) string {
	t.Helper()
	var envelope struct{ Result json.RawMessage }
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		t.Fatal(err)
	}
	return compact(t, string(envelope.Result))
}

func TestADealReadsExactlyLikeTheDocumentedOne(t *testing.T) {
	p := newPortal(t)
	p.AddUser(User{ID: 1})
	p.deals.last, p.contacts.last, p.companies.last = 409, 83, 8
	must(p.CreateContact(obj{"NAME": "x"}, 1))
	must(p.CreateCompany(obj{"TITLE": "x"}, 1))
	p.ok("crm.deal.add", obj{"fields": obj{
		"TITLE": "New Deal #1", "TYPE_ID": "COMPLEX", "STAGE_ID": "PREPARATION", "PROBABILITY": 99, "CURRENCY_ID": "EUR", "OPPORTUNITY": 1000000,
		"IS_MANUAL_OPPORTUNITY": "Y", "COMPANY_ID": 9, "CONTACT_ID": 84, "BEGINDATE": "2024-08-30T02:00:00+02:00", "CLOSEDATE": "2024-09-09",
		"COMMENTS": "[B]Example comment[/B]", "ADDITIONAL_INFO": "Additional information", "SOURCE_ID": "CALLBACK",
		"SOURCE_DESCRIPTION": "Additional source information", "UTM_SOURCE": "google", "UTM_MEDIUM": "CPC", "NO_SUCH_FIELD": 1, "ID": 5,
	}})
	want := result(t, fixture(t, "api/deal-get.json"))
	for _, own := range []string{`"PARENT_ID_1220":"22",`, `,"UF_CRM_1721244482250":"Hello world!"`} {
		want = strings.Replace(want, own, "", 1)
	}
	if got := result(t, p.post("crm.deal.get", obj{"id": 410}).body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	must(0, p.MoveDeal(410, 0, "WON", 1))
	want = strings.NewReplacer(`"ID":"6683"`, `"ID":"410"`, `"PARENT_ID_1220":"22",`, "", `,"UF_CRM_1721244482250":"Hello world!"`, "").
		Replace(result(t, fixture(t, "api/deal-get-won.json")))
	if got := result(t, p.post("crm.deal.get", obj{"id": 410}).body); got != want {
		t.Errorf("won: got  %s\nwant %s", got, want)
	}
}

func TestEmptyFieldsHaveTheirManySpellings(t *testing.T) {
	p := newPortal(t)
	for name, typ := range map[string]string{"REASON": "enumeration", "TEXT": "string", "SCORE": "integer"} {
		must(p.AddUserField(obj{"FIELD_NAME": name, "USER_TYPE_ID": typ}))
	}
	must(p.AddUserField(obj{"FIELD_NAME": "TAGS", "USER_TYPE_ID": "string", "MULTIPLE": "Y"}))
	must(p.AddUserField(obj{"FIELD_NAME": "FILES", "USER_TYPE_ID": "file", "MULTIPLE": "Y"}))
	id := newDeal(p, obj{})
	d, _ := p.Deal(id)
	for name, want := range map[string]any{"UF_CRM_REASON": "", "UF_CRM_TEXT": "", "UF_CRM_SCORE": nil, "UF_CRM_TAGS": false} {
		if got := d.Fields[name]; got != want {
			t.Errorf("%s is %#v, want %#v", name, got, want)
		}
	}
	if got := p.post("crm.deal.get", obj{"id": id}).body; !strings.Contains(got, `"UF_CRM_FILES":[]`) {
		t.Errorf("no empty list of files in %s", got)
	}
	p.ok("crm.deal.update", obj{"id": id, "fields": obj{"UF_CRM_SCORE": 0}})
	if d, _ := p.Deal(id); d.Fields["UF_CRM_SCORE"] != "0" {
		t.Errorf("zero is a value, got %#v", d.Fields["UF_CRM_SCORE"])
	}
}

func TestRefusalsAreWordedAsInTheFixtures(t *testing.T) {
	p := newPortal(t, seeded)
	p.AddIncomingWebhook(6, "narrow", "user_basic")
	access, _ := p.IssueToken(1)
	p.clock.Add(time.Hour + time.Second)
	tests := map[string]struct {
		path   string
		params obj
		status int
	}{
		"not-found":           {"/rest/1/secret/crm.deal.get", obj{"id": 99999}, 400},
		"id-not-defined":      {"/rest/1/secret/crm.deal.get", obj{"id": "x"}, 400},
		"item-not-found":      {"/rest/1/secret/crm.item.get", obj{"entityTypeId": 2, "id": 99999}, 400},
		"owner-not-found":     {"/rest/1/secret/crm.timeline.comment.add", obj{"fields": obj{"ENTITY_ID": 99999, "ENTITY_TYPE": "deal", "COMMENT": "x"}}, 400},
		"missing-parameter":   {"/rest/1/secret/crm.timeline.comment.add", obj{"FIELDS": obj{"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "x"}}, 400},
		"access-denied-text":  {"/rest/6/six/crm.deal.userfield.add", obj{"fields": obj{"USER_TYPE_ID": "string", "FIELD_NAME": "X"}}, 400},
		"method-not-found":    {"/rest/1/secret/crm.nonsense", nil, 404},
		"no-auth-found":       {"/rest/profile", nil, 401},
		"invalid-credentials": {"/rest/1/guessed/profile", nil, 401},
		"expired-token":       {"/rest/profile", obj{"auth": access}, 401},
		"insufficient-scope":  {"/rest/6/narrow/crm.deal.get", obj{"id": 1}, 401},
		"wrong-auth-type":     {"/rest/1/secret/placement.bind", nil, 403},
		"v3-validation":       {"/rest/api/1/secret/tasks.task.get", obj{}, 400},
	}
	p.AddIncomingWebhook(6, "six")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p.t = t
			r := p.postTo(tt.path, tt.params)
			if want := compact(t, fixture(t, "errors/"+name+".json")); r.status != tt.status || r.body != want {
				t.Errorf("got %d %s, want %d %s", r.status, r.body, tt.status, want)
			}
		})
	}
}
