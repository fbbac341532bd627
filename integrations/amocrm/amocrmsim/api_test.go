package amocrmsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// ask sends one request with the long-lived token and decodes the answer.
func ask(t *testing.T, s *Sim, method, path, body string) (int, http.Header, any) {
	t.Helper()
	return askAs(t, s, s.Info().AccessToken, method, path, body)
}

func askAs(t *testing.T, s *Sim, token, method, path, body string) (int, http.Header, any) {
	t.Helper()
	r := httptest.NewRequest(method, "http://example.test"+path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var v any
	if w.Body.Len() > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	}
	return w.Code, w.Header(), v
}

// must is ask for requests that have to succeed.
func must(t *testing.T, s *Sim, method, path, body string) any {
	t.Helper()
	status, _, v := ask(t, s, method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: %d %v", method, path, status, v)
	}
	return v
}

// get walks into decoded JSON by keys and indexes.
func get(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch key := p.(type) {
		case string:
			m, isObject := v.(map[string]any)
			if !isObject {
				t.Fatalf("no object at %v of %v: %v", key, path, v)
			}
			v = m[key]
		case int:
			l, isList := v.([]any)
			if !isList || key >= len(l) {
				t.Fatalf("no element %v of %v: %v", key, path, v)
			}
			v = l[key]
		}
	}
	return v
}

func id(v any) int64 { return int64(v.(float64)) }

func seeded(t *testing.T) *Sim {
	t.Helper()
	s := New(Config{Seed: true})
	t.Cleanup(s.Close)
	return s
}

// activeLead is a client under contract.
func activeLead(t *testing.T, s *Sim) Lead {
	t.Helper()
	for _, l := range s.Leads() {
		if l.StatusID == StatusServiceActive && len(l.Contacts) > 0 {
			return l
		}
	}
	t.Fatal("no active client in the sample data")
	return Lead{}
}

// sameShape checks that got has every key of the vendor's sample with a value
// of the same JSON type; null on either side fits.
func sameShape(t *testing.T, path string, want, got any) {
	t.Helper()
	if want == nil || got == nil {
		return
	}
	switch w := want.(type) {
	case map[string]any:
		g, isObject := got.(map[string]any)
		if !isObject {
			t.Errorf("%s: want an object, got %T", path, got)
			return
		}
		for key, v := range w {
			switch key {
			case "entity_names", "enum", "next", "value_after": // depends on the account, old name of enum_code, last page, another event
				continue
			}
			gv, there := g[key]
			if !there {
				t.Errorf("%s.%s is missing", path, key)
				continue
			}
			sameShape(t, path+"."+key, v, gv)
		}
	case []any:
		g, isList := got.([]any)
		if !isList {
			t.Errorf("%s: want a list, got %T", path, got)
		} else if len(w) > 0 && len(g) > 0 {
			sameShape(t, path+"[0]", w[0], g[0])
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
			t.Errorf("%s: want %T, got %T %v", path, want, got, got)
		}
	}
}

func TestAnswersHaveTheShapeOfTheVendorsSamples(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	lead2 := s.Leads()[40]
	if err := s.MoveLead(lead.ID, PipelineService, StatusLost, AdminID, 4_203_741); err != nil {
		t.Fatal(err)
	}
	note := must(t, s, "POST", fmt.Sprintf("/api/v4/leads/%d/notes", lead.ID), `[{"note_type":"common","params":{"text":"a"}}]`)
	task := must(t, s, "POST", "/api/v4/tasks", fmt.Sprintf(`[{"text":"a","complete_till":1900000000,"entity_id":%d,"entity_type":"leads"}]`, lead.ID))
	closed := must(t, s, "POST", "/api/v4/tasks", `[{"text":"a","complete_till":1900000000,"is_completed":true,"result":{"text":"done"}}]`)
	must(t, s, "POST", "/api/v4/webhooks", `{"destination":"http://127.0.0.1:1/x","settings":["add_task"]}`)
	event := must(t, s, "GET", "/api/v4/events?limit=1", "")
	samples := []struct {
		sample, method, path, body string
		status                     int
		ctype                      string
	}{
		{sample: "account", path: "/api/v4/account?with=amojo_id,uuid,amojo_rights,users_groups,task_types,version,entity_names,datetime_settings"},
		{sample: "leads-list", path: "/api/v4/leads?limit=2&page=2"},
		{sample: "lead-lost-with-loss-reason", path: fmt.Sprintf("/api/v4/leads/%d?with=contacts,loss_reason,catalog_elements,is_price_modified_by_robot,source_id", lead.ID)},
		{sample: "leads-patch-response", method: "PATCH", path: "/api/v4/leads", body: fmt.Sprintf(`[{"id":%d,"price":1},{"id":%d,"price":2}]`, lead.ID, lead2.ID)},
		{sample: "pipelines", path: "/api/v4/leads/pipelines"},
		{sample: "contact", path: fmt.Sprintf("/api/v4/contacts/%d?with=leads,customers,catalog_elements", lead.Contacts[0])},
		{sample: "contacts-list", path: "/api/v4/contacts?limit=2"},
		{sample: "company", path: fmt.Sprintf("/api/v4/companies/%d", lead.Companies[0])},
		{sample: "companies-list", path: "/api/v4/companies?limit=2"},
		{sample: "user", path: fmt.Sprintf("/api/v4/users/%d", AdminID)},
		{sample: "users-list", path: "/api/v4/users?with=role,group"},
		{sample: "webhooks-list", path: "/api/v4/webhooks"},
		{sample: "webhook-subscribe-201", method: "POST", path: "/api/v4/webhooks", body: `{"destination":"http://127.0.0.1:1/y","settings":["add_lead"],"sort":10}`, status: 201},
		{sample: "task", path: fmt.Sprintf("/api/v4/tasks/%d", id(get(t, closed, "_embedded", "tasks", 0, "id")))},
		{sample: "tasks-list", path: fmt.Sprintf("/api/v4/tasks?limit=1&filter[entity_id]=%d&order[complete_till]=asc", lead.ID)},
		{sample: "notes-list", path: "/api/v4/leads/notes?limit=2"},
		{sample: "tags-list", path: "/api/v4/leads/tags"},
		{sample: "custom-field", path: fmt.Sprintf("/api/v4/contacts/custom_fields/%d", s.fieldByCode(kindContacts, "PHONE").id)},
		{sample: "custom-fields-add-response", method: "POST", path: "/api/v4/leads/custom_fields", body: `[{"name":"m","type":"multiselect","enums":[{"value":"1","sort":1}],"required_statuses":[{"status_id":1,"pipeline_id":2}]}]`},
		{sample: "custom-field-create-201", method: "POST", path: "/api/v4/leads/custom_fields", body: `{"name":"Client Type","type":"select","enums":[{"value":"New"}]}`, status: 201},
		{sample: "events-lead-status-changed", path: "/api/v4/events?filter[type]=lead_status_changed&limit=100"},
		{sample: "event-detail", path: "/api/v4/events/" + get(t, event, "_embedded", "events", 0, "id").(string)},
		{sample: "unsorted-list", path: "/api/v4/leads/unsorted?filter[category]=sip"},
		{sample: "error-404", path: "/api/v4/nowhere", status: 404, ctype: problemType},
		{sample: "error-422-limit", path: "/api/v4/leads?limit=251", status: 422, ctype: problemType},
		{sample: "error-400-empty", method: "POST", path: "/api/v4/leads", status: 400, ctype: problemType},
		{sample: "error-400-validation", method: "PATCH", path: fmt.Sprintf("/api/v4/leads/%d", lead.ID), body: `{"custom_fields_values":[{"field_id":1,"values":[{"value":"x"}]}],"status_id":"x"}`, status: 400, ctype: problemType},
	}
	for _, tt := range samples {
		t.Run(tt.sample, func(t *testing.T) {
			raw, err := os.ReadFile("testdata/api/" + tt.sample + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want any
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			method, status, ctype := tt.method, tt.status, tt.ctype
			setDefault(&method, "GET")
			setDefault(&status, 200)
			setDefault(&ctype, "application/hal+json")
			gotStatus, head, got := ask(t, s, method, tt.path, tt.body)
			if gotStatus != status || head.Get("Content-Type") != ctype {
				t.Errorf("status %d, type %q", gotStatus, head.Get("Content-Type"))
			}
			sameShape(t, "", want, got)
			if _, has := got.(map[string]any)["status"]; has && status < 300 {
				t.Error("a good answer has a top-level status, which clients take for an error")
			}
		})
	}
	for sample, got := range map[string]any{"notes-add-response": note, "tasks-add-response": task} {
		raw, err := os.ReadFile("testdata/api/" + sample + ".json")
		var want any
		if err != nil || json.Unmarshal(raw, &want) != nil {
			t.Fatal(sample, err)
		}
		sameShape(t, sample, want, got)
	}
}

func TestUnknownAndEmptyIsNoContent(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	if err := s.DeleteLead(lead.ID, AdminID); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/api/v4/leads/1", "/api/v4/leads?page=99", "/api/v4/leads?filter[id][]=1", fmt.Sprintf("/api/v4/leads/%d", lead.ID),
		"/api/v4/leads?filter[statuses][0][status_id]=143", "/api/v4/catalogs", "/api/v4/tasks/1", "/api/v4/leads/notes?filter[entity_id][]=1", "/api/v4/events?page=900",
	} {
		if status, _, body := ask(t, s, "GET", path, ""); status != 204 || body != nil {
			t.Errorf("%s: %d %v", path, status, body)
		}
	}
	if v := must(t, s, "GET", fmt.Sprintf("/api/v4/leads/%d?with=only_deleted", lead.ID), ""); get(t, v, "is_deleted") != true {
		t.Error("only_deleted does not show the deleted lead")
	}
}

func TestPagesFollowEachOtherToTheEnd(t *testing.T) {
	s := seeded(t)
	seen := map[int64]bool{}
	next := "/api/v4/leads?limit=20&order[id]=asc"
	for pages := 0; next != ""; pages++ {
		if pages > 10 {
			t.Fatal("pages do not end")
		}
		v := must(t, s, "GET", next, "")
		for _, l := range get(t, v, "_embedded", "leads").([]any) {
			seen[id(get(t, l, "id"))] = true
		}
		next = ""
		if n := get(t, v, "_links", "next"); n != nil {
			next = strings.TrimPrefix(get(t, n, "href").(string), "http://example.test")
		}
	}
	if len(seen) < 60 || len(seen) != len(s.Leads()) {
		t.Errorf("saw %d of %d leads, at least 60 are promised", len(seen), len(s.Leads()))
	}
}

func TestListsMustBeLists(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	tests := map[string]struct {
		path, body string
		status     int
	}{
		"a bare object":                      {"/api/v4/leads", `{"name":"x"}`, 400},
		"an empty object":                    {"/api/v4/leads", `{}`, 400},
		"an empty list":                      {"/api/v4/leads", `[]`, 400},
		"no JSON":                            {"/api/v4/leads", `name=x`, 400},
		"a task as a bare object":            {"/api/v4/tasks", `{"text":"x","complete_till":1}`, 400},
		"a list of one":                      {"/api/v4/leads", `[{"name":"x"}]`, 200},
		"an object of objects is PHP's list": {fmt.Sprintf("/api/v4/leads/%d/notes", lead.ID), `{"data":{"note_type":"common","params":{"text":"x"}}}`, 200},
		"more than 250":                      {"/api/v4/leads", "[" + strings.TrimSuffix(strings.Repeat(`{"name":"x"},`, 251), ",") + "]", 422},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if status, _, body := ask(t, s, "POST", tt.path, tt.body); status != tt.status {
				t.Errorf("got %d, want %d: %v", status, tt.status, body)
			}
		})
	}
}

func TestOneBadElementRefusesTheBatch(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	body := fmt.Sprintf(`[{"id":%d,"price":5,"request_id":"good"},{"id":%d,"status_id":99,"request_id":7}]`, lead.ID, lead.ID)
	status, _, v := ask(t, s, "PATCH", "/api/v4/leads", body)
	if status != 400 || get(t, v, "validation-errors", 0, "request_id") != "7" || get(t, v, "validation-errors", 0, "errors", 0, "code") != "NotSupportedChoice" {
		t.Errorf("%d %v", status, v)
	}
	if now, _ := s.Lead(lead.ID); now.Price != lead.Price {
		t.Error("half of a refused batch was stored")
	}
}

func TestRequestIDsComeBackAsText(t *testing.T) {
	s := seeded(t)
	v := must(t, s, "POST", "/api/v4/leads", `[{"name":"a"},{"name":"b","request_id":42},{"name":"c","request_id":"own"}]`)
	for i, want := range []string{"0", "42", "own"} {
		if got := get(t, v, "_embedded", "leads", i, "request_id"); got != want {
			t.Errorf("request_id %v, want %q", got, want)
		}
	}
}

func TestTagsAreReplacedOrAddedNeverBoth(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	path := fmt.Sprintf("/api/v4/leads/%d", lead.ID)
	steps := []struct {
		body   string
		status int
		want   []string
	}{
		{`{"_embedded":{"tags":[{"name":"one"},{"name":"two"}]}}`, 200, []string{"one", "two"}},
		{`{"tags_to_add":[{"name":"opendoor:leaving"}],"tags_to_delete":[{"name":"one"}]}`, 200, []string{"two", "opendoor:leaving"}},
		{`{"tags_to_add":[{"name":"x"}],"_embedded":{"tags":[{"name":"y"}]}}`, 400, []string{"two", "opendoor:leaving"}},
		{`{"price":1}`, 200, []string{"two", "opendoor:leaving"}},
		{`{"_embedded":{"tags":null}}`, 200, nil},
	}
	for _, step := range steps {
		if status, _, v := ask(t, s, "PATCH", path, step.body); status != step.status {
			t.Fatalf("%s: %d %v", step.body, status, v)
		}
		now, _ := s.Lead(lead.ID)
		if strings.Join(now.Tags, ",") != strings.Join(step.want, ",") {
			t.Errorf("%s: tags %v, want %v", step.body, now.Tags, step.want)
		}
	}
}

func TestFieldsAreWrittenReadAndCleared(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	path := fmt.Sprintf("/api/v4/leads/%d", lead.ID)
	must(t, s, "POST", "/api/v4/leads/custom_fields", `[
		{"name":"State","type":"select","code":"OPENDOOR_STATE","is_api_only":true,"enums":[{"value":"open","sort":1},{"value":"parted","sort":2}]},
		{"name":"NPS","type":"numeric","code":"OPENDOOR_NPS"},{"name":"On","type":"date","code":"OPENDOOR_EFFECTIVE_ON"},
		{"name":"Words","type":"textarea","code":"OPENDOOR_COMMENT"},{"name":"Short","type":"text","code":"SHORT"},{"name":"Flag","type":"checkbox","code":"FLAG"}]`)
	tests := map[string]struct {
		value  string
		status int
		want   string // as JSON
	}{
		"a choice by its label":     {`{"field_code":"OPENDOOR_STATE","values":[{"value":"parted"}]}`, 200, `"parted"`},
		"an unknown choice":         {`{"field_code":"OPENDOOR_STATE","values":[{"value":"gone"}]}`, 400, ``},
		"a number comes as text":    {`{"field_code":"OPENDOOR_NPS","values":[{"value":9}]}`, 200, `"9"`},
		"no number":                 {`{"field_code":"OPENDOOR_NPS","values":[{"value":"nine"}]}`, 400, ``},
		"a date comes as unix time": {`{"field_code":"OPENDOOR_EFFECTIVE_ON","values":[{"value":"2026-03-01T00:00:00+03:00"}]}`, 200, `1772312400`},
		"a long text in a textarea": {`{"field_code":"OPENDOOR_COMMENT","values":[{"value":"` + strings.Repeat("я", 2000) + `"}]}`, 200, `"` + strings.Repeat("я", 2000) + `"`},
		"a long text in a text":     {`{"field_code":"SHORT","values":[{"value":"` + strings.Repeat("я", 257) + `"}]}`, 400, ``},
		"a flag":                    {`{"field_code":"FLAG","values":[{"value":true}]}`, 200, `true`},
		"cleared":                   {`{"field_code":"CONTRACT_NUMBER","values":null}`, 200, `null`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, _, v := ask(t, s, "PATCH", path, `{"custom_fields_values":[`+tt.value+`]}`)
			if status != tt.status {
				t.Fatalf("%d %v", status, v)
			}
			if status != 200 {
				return
			}
			_, rest, _ := strings.Cut(tt.value, `:"`)
			code, _, _ := strings.Cut(rest, `"`)
			got := "null"
			for _, f := range get(t, must(t, s, "GET", path, ""), "custom_fields_values").([]any) {
				if get(t, f, "field_code") == code {
					raw, _ := json.Marshal(get(t, f, "values", 0, "value"))
					got = string(raw)
				}
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	if status, _, _ := ask(t, s, "POST", "/api/v4/leads/custom_fields", `[{"name":"again","type":"text","code":"OPENDOOR_NPS"}]`); status != 400 {
		t.Errorf("a second field with the same code: %d", status)
	}
}

func TestTheLossReasonBelongsToTheLostStage(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	path := fmt.Sprintf("/api/v4/leads/%d", lead.ID)
	if status, _, _ := ask(t, s, "PATCH", path, `{"loss_reason_id":4203741}`); status != 400 {
		t.Errorf("a reason without the lost stage: %d", status)
	}
	must(t, s, "PATCH", path, fmt.Sprintf(`{"status_id":143,"pipeline_id":%d,"loss_reason_id":4203741}`, PipelineService))
	v := must(t, s, "GET", path+"?with=loss_reason", "")
	if get(t, v, "_embedded", "loss_reason", 0, "name") != "Слишком дорого" || get(t, v, "closed_at") == nil {
		t.Errorf("lost lead: %v", v)
	}
	must(t, s, "PATCH", path, fmt.Sprintf(`{"status_id":%d,"pipeline_id":%d}`, StatusServiceActive, PipelineService))
	v = must(t, s, "GET", path+"?with=loss_reason", "")
	if get(t, v, "loss_reason_id") != nil || len(get(t, v, "_embedded", "loss_reason").([]any)) != 0 || get(t, v, "closed_at") != nil {
		t.Errorf("reopened lead: %v", v)
	}
}

func TestTheFeedTellsTheWayOfALead(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	s := New(Config{Seed: true, Now: func() time.Time { return now }})
	t.Cleanup(s.Close)
	lead := activeLead(t, s)
	if err := s.MoveLead(lead.ID, PipelineService, StatusLost, ManagerIDs()[1], 0); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		fmt.Sprintf("/api/v4/events?filter[type]=lead_status_changed,lead_deleted&filter[created_at]=%d,%d&filter[entity]=lead", now.Unix()-600, now.Unix()),
		fmt.Sprintf("/api/v4/events?filter[type][]=lead_status_changed&filter[created_at][from]=%d", now.Unix()),
		fmt.Sprintf("/api/v4/events?filter[value_after][leads_statuses][0][pipeline_id]=%d&filter[value_after][leads_statuses][0][status_id]=143", PipelineService),
	}
	for _, path := range paths {
		v := must(t, s, "GET", path, "")
		rows := get(t, v, "_embedded", "events").([]any)
		if len(rows) != 1 || id(get(t, rows, 0, "entity_id")) != lead.ID || id(get(t, rows, 0, "value_before", 0, "lead_status", "id")) != lead.StatusID ||
			id(get(t, rows, 0, "created_by")) != ManagerIDs()[1] || get(t, rows, 0, "entity_type") != "lead" {
			t.Errorf("%s: %v", path, v)
		}
	}
	if status, _, _ := ask(t, s, "GET", "/api/v4/events?limit=101", ""); status != 422 {
		t.Errorf("a page of 101 events: %d", status)
	}
}

func TestContactsAreFoundByPhoneAndMail(t *testing.T) {
	s := seeded(t)
	must(t, s, "POST", "/api/v4/contacts", `[{"first_name":"Фома","last_name":"Единственный","custom_fields_values":[
		{"field_code":"PHONE","values":[{"value":"+7 (000) 555-01-02","enum_code":"MOB"}]},{"field_code":"EMAIL","values":[{"value":"petr@example.com"}]}]}]`)
	for _, q := range []string{"70005550102", "PETR@example.com", "Фома+Единственный"} {
		v := must(t, s, "GET", "/api/v4/contacts?query="+q, "")
		if rows := get(t, v, "_embedded", "contacts").([]any); len(rows) != 1 || get(t, rows, 0, "name") != "Фома Единственный" {
			t.Errorf("query %q: %v", q, rows)
		}
	}
}

func TestALeadComesWithItsContactAndCompany(t *testing.T) {
	s := seeded(t)
	v := must(t, s, "POST", "/api/v4/leads/complex", `[{"name":"x","request_id":"r","_embedded":{
		"contacts":[{"first_name":"A","custom_fields_values":[{"field_code":"EMAIL","values":[{"value":"a@example.com","enum_code":"WORK"}]}]}],"companies":[{"name":"Co"}]}}]`)
	first := get(t, v, 0)
	if get(t, first, "request_id", 0) != "r" || get(t, first, "merged") != false {
		t.Errorf("%v", first)
	}
	again := get(t, must(t, s, "POST", "/api/v4/leads/complex", `[{"name":"y","_embedded":{"contacts":[{"first_name":"B","custom_fields_values":[{"field_code":"EMAIL","values":[{"value":"a@example.com"}]}]}]}}]`), 0)
	if get(t, again, "merged") != true || get(t, again, "contact_id") != get(t, first, "contact_id") {
		t.Errorf("the same address made a second contact: %v", again)
	}
	links := must(t, s, "GET", fmt.Sprintf("/api/v4/leads/%d/links", id(get(t, first, "id"))), "")
	if len(get(t, links, "_embedded", "links").([]any)) != 2 {
		t.Errorf("links: %v", links)
	}
}

func TestNotesAreEditedInPlace(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	before := len(s.Notes(lead.ID))
	v := must(t, s, "POST", "/api/v4/leads/notes", fmt.Sprintf(`[{"entity_id":%d,"note_type":"service_message","params":{"service":"opendoor","text":"one"},"created_by":0}]`, lead.ID))
	noteID := id(get(t, v, "_embedded", "notes", 0, "id"))
	must(t, s, "PATCH", fmt.Sprintf("/api/v4/leads/%d/notes/%d", lead.ID, noteID), `{"note_type":"service_message","params":{"service":"opendoor","text":"two"}}`)
	notes := s.Notes(lead.ID)
	if len(notes) != before+1 || notes[before].Text() != "two" || notes[before].CreatedBy != 0 {
		t.Errorf("notes: %+v", notes)
	}
	for name, body := range map[string]string{
		"unknown type":   `[{"note_type":"poem","params":{"text":"x"}}]`,
		"missing text":   `[{"note_type":"common","params":{}}]`,
		"missing params": `[{"note_type":"common"}]`,
	} {
		if status, _, _ := ask(t, s, "POST", fmt.Sprintf("/api/v4/leads/%d/notes", lead.ID), body); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestAnOpenTaskHasAnEmptyListForResult(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	v := must(t, s, "POST", "/api/v4/tasks", fmt.Sprintf(`[{"text":"Позвонить","complete_till":1900000000,"entity_id":%d,"entity_type":"leads","responsible_user_id":%d}]`, lead.ID, ManagerIDs()[0]))
	path := fmt.Sprintf("/api/v4/tasks/%d", id(get(t, v, "_embedded", "tasks", 0, "id")))
	if list, isList := get(t, must(t, s, "GET", path, ""), "result").([]any); !isList || len(list) != 0 {
		t.Error("result of an open task is not []")
	}
	if got := get(t, must(t, s, "GET", fmt.Sprintf("/api/v4/leads/%d", lead.ID), ""), "closest_task_at"); got == nil {
		t.Error("closest_task_at is not set")
	}
	must(t, s, "PATCH", path, `{"is_completed":true,"result":{"text":"ok"}}`)
	if get(t, must(t, s, "GET", path, ""), "result", "text") != "ok" {
		t.Error("result of a done task is not an object")
	}
}

func TestFilesAreSentInPartsAndHangOnTheCard(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	data := bytes.Repeat([]byte("opendoor"), 100_000) // 800,000 bytes, two parts
	session := must(t, s, "POST", "/v1.0/sessions", fmt.Sprintf(`{"file_name":"handover.zip","file_size":%d,"content_type":"application/zip","with_preview":false}`, len(data)))
	next := get(t, session, "upload_url").(string)
	partSize := int(get(t, session, "max_part_size").(float64))
	var last any
	for from := 0; from < len(data); from += partSize {
		last = must(t, s, "POST", strings.TrimPrefix(next, "http://example.test"), string(data[from:min(from+partSize, len(data))]))
		if n, more := last.(map[string]any)["next_url"].(string); more {
			next = n
		}
	}
	fileUUID := get(t, last, "uuid").(string)
	must(t, s, "PUT", fmt.Sprintf("/api/v4/leads/%d/files", lead.ID), `[{"file_uuid":"`+fileUUID+`"}]`)
	name, got, found := s.File(fileUUID)
	now, _ := s.Lead(lead.ID)
	if !found || name != "handover.zip" || !bytes.Equal(got, data) || len(now.Files) != 1 {
		t.Errorf("file %q, %d bytes, on the card %v", name, len(got), now.Files)
	}
	if status, _, _ := ask(t, s, "DELETE", fmt.Sprintf("/api/v4/leads/%d/files", lead.ID), `[{"file_uuid":"`+fileUUID+`"}]`); status != 204 {
		t.Errorf("unlink: %d", status)
	}
	if status, _, _ := ask(t, New(Config{Scopes: []string{"crm"}}), "POST", "/v1.0/sessions", `{"file_name":"x","file_size":1}`); status != 403 {
		t.Errorf("Drive without the scope: %d", status)
	}
}

func TestWithoutATokenNothingIsAnswered(t *testing.T) {
	s := seeded(t)
	for _, token := range []string{"", "wrong"} {
		status, _, v := askAs(t, s, token, "GET", "/api/v4/account", "")
		if status != 401 || get(t, v, "detail") != "Неверный логин или пароль" {
			t.Errorf("token %q: %d %v", token, status, v)
		}
	}
	if status, _, _ := ask(t, s, "PUT", "/api/v4/leads", "[]"); status != 405 {
		t.Errorf("wrong method: %d", status)
	}
}

func TestAnswersAreWrittenLikeTheStandardEncoderWouldDo(t *testing.T) {
	values := []any{
		nil, true, 7, int64(-5), "Договор «Ромашка» / 1", "a\"b\\c\n\t\x00<>&", "bad \xff utf-8", json.Number("70000000001"), 1.5,
		[]string{"a"},
		[]any{},
		object{},
		object{"b": []any{1, "x", nil}, "a": object{"я": false}},
	}
	for _, v := range values {
		var want, got any
		raw, err := json.Marshal(v)
		if err != nil || json.Unmarshal(raw, &want) != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(appendJSON(nil, v), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%#v: got %v, want %v (%v)", v, got, want, err)
		}
	}
}
