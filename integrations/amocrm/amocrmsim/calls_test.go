package amocrmsim

import (
	"fmt"
	"testing"
)

func TestACallIsPutWhereItsNumberBelongs(t *testing.T) {
	s := seeded(t)
	lead := activeLead(t, s)
	who := lead.Contacts[0]
	_, _, body := ask(t, s, "PATCH", fmt.Sprintf("/api/v4/contacts/%d", who), `{"custom_fields_values":[{"field_code":"PHONE","values":[{"value":"+7 900 123-45-67","enum_code":"WORK"}]}]}`)
	if get(t, body, "id") != float64(who) {
		t.Fatalf("%v", body)
	}
	status, _, body := ask(t, s, "POST", "/api/v4/calls", `[{"direction":"inbound","phone":"89001234567","duration":54,"source":"pbx","uniq":"1","call_status":4},
		{"direction":"inbound","phone":"70000009999","duration":1,"source":"pbx","request_id":"nobody"}]`)
	if status != 200 || len(get(t, body, "_embedded", "calls").([]any)) != 1 || get(t, body, "errors", 0, "request_id") != "nobody" {
		t.Fatalf("%d %v", status, body)
	}
	kind, id := get(t, body, "_embedded", "calls", 0, "entity_type"), get(t, body, "_embedded", "calls", 0, "entity_id")
	if of := map[any]int64{"lead": lead.ID, "contact": who}[kind]; id != float64(of) {
		t.Errorf("the call is with the %v %v", kind, id)
	}
	if status, _, _ := ask(t, s, "POST", "/api/v4/calls", `[{"direction":"sideways","phone":"89001234567","duration":54,"source":"pbx"}]`); status != 400 {
		t.Errorf("a call sideways is %d", status)
	}
}

func TestAShortLinkIsMadeForAContact(t *testing.T) {
	s := seeded(t)
	who := activeLead(t, s).Contacts[0]
	body := `[{"url":"https://example.com","metadata":{"entity_type":"contacts","entity_id":%d}}]`
	status, _, got := ask(t, s, "POST", "/api/v4/short_links", fmt.Sprintf(body, who))
	if status != 200 || get(t, got, "_embedded", "short_links", 0, "metadata", "entity_id") != float64(who) {
		t.Errorf("%d %v", status, got)
	}
	if status, _, _ := ask(t, s, "POST", "/api/v4/short_links", fmt.Sprintf(body, 1)); status != 400 {
		t.Errorf("nobody's link is %d", status)
	}
}

func TestAnIncomingRequestIsKeptAndAccepted(t *testing.T) {
	s := seeded(t)
	_, _, list := ask(t, s, "GET", "/api/v4/leads/unsorted", "")
	for path, category := range map[string]string{"forms": "forms", "sip": "sip"} {
		status, _, body := ask(t, s, "POST", "/api/v4/leads/unsorted/"+path, `[{"request_id":"7","source_uid":"u1","source_name":"Сайт","metadata":{"form_id":"1","form_name":"Заявка"},
			"_embedded":{"leads":[{"name":"Обслуживание","price":5000}],"contacts":[{"name":"Иван Примеров"}],"companies":[{"name":"ООО «Образец»"}]}}]`)
		if status != 200 || get(t, body, "_embedded", "unsorted", 0, "request_id") != "7" {
			t.Fatalf("%d %v", status, body)
		}
		uid := get(t, body, "_embedded", "unsorted", 0, "uid").(string)
		_, _, one := ask(t, s, "GET", "/api/v4/leads/unsorted/"+uid, "")
		sameShape(t, "unsorted", get(t, list, "_embedded", "unsorted", 0), one)
		if get(t, one, "category") != category || get(t, one, "source_uid") != "u1" || len(get(t, one, "_embedded", "companies").([]any)) != 1 {
			t.Errorf("%v", one)
		}
		if status, _, body := ask(t, s, "POST", "/api/v4/leads/unsorted/"+uid+"/accept", ""); status != 200 {
			t.Errorf("accepting it is %d %v", status, body)
		}
	}
	if status, _, _ := ask(t, s, "POST", "/api/v4/leads/unsorted/forms", `[{"source_name":"Сайт"}]`); status != 400 {
		t.Errorf("a request without its source is %d", status)
	}
}
