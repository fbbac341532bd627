package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestALossIsReviewedOverREST(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	path := "/api/v1/cases/" + c.ID.String()
	if p := o.call(409, get, path+"/review", ""); p["rule"] != "not_lost" {
		t.Errorf("%v", p)
	}
	o.call(200, post, path+"/actions/proceed", "{}")
	o.clock = o.clock.AddDate(0, 0, 40)
	o.call(200, post, path+"/actions/part", `{"handover":"not_needed","settlement":"not_needed"}`)
	operator := o.as(RoleOperator)
	r := o.callAs(operator, 200, get, path+"/review", "")
	if r["status"] != "pending" || r["quarter"] != "2026Q4" {
		t.Errorf("%v", r)
	}
	o.callAs(operator, 422, patch, path+"/review", `{"reason":"nonsense","avoidable":"maybe"}`)
	o.callAs(operator, 200, patch, path+"/review", `{"reason":"contact.slow","cause":"silence","service_related":"yes","avoidable":"yes","lesson":"отвечать быстрее"}`)
	if p := o.callAs(operator, 409, post, path+"/review/complete", ""); p["rule"] != "measure_required" {
		t.Errorf("%v", p)
	}
	r = o.callAs(operator, 201, post, path+"/review/measures", `{"kind":"fix","what":"отвечать за час","owner":"Мария","due_on":"2027-01-31"}`)
	m := r["measures"].([]any)[0].(map[string]any)
	if m["check_on"] != "2027-05-01" {
		t.Errorf("%v", m)
	}
	o.callAs(operator, 412, post, path+"/review/complete", "", `If-Match: "1"`)
	o.callAs(operator, 200, post, path+"/review/complete", "")
	if p := o.callAs(operator, 409, patch, path+"/review/measures/"+m["id"].(string), `{"works":true}`); p["rule"] != "measure_not_done" {
		t.Errorf("%v", p)
	}
	if list := o.callAs(operator, 200, get, "/api/v1/reviews?status=done", "")["items"].([]any); len(list) != 1 || list[0].(map[string]any)["lesson"] != nil {
		t.Errorf("%v", list)
	}
	if list := o.call(200, get, "/api/v1/systemic-measures", "")["items"].([]any); len(list) != 0 {
		t.Errorf("%v", list)
	}
}

func TestAReviewThatMayBeAboutAPersonIsNotForEverybody(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	path := "/api/v1/cases/" + c.ID.String()
	o.call(200, post, path+"/actions/record_answer", `{"reason":"people"}`)
	o.callAs(o.as(RoleOperator), 403, get, path+"/review", "")
	o.callAs(o.as(RoleHRManager), 409, get, path+"/review", "") // there is none yet
}

func TestEmployeeSignalsAreForWhoLeadsPeopleAndEveryViewIsKept(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	for i := range 3 {
		o.call(201, post, "/api/v1/contracts", fmt.Sprintf(`{"account_id":"%s","number":"%d","service_type":"accounting","started_on":"2024-01-01",
			"responsibles":[{"id":"5","name":"Мария","from":"2024-01-01","to":"2026-03-31"},{"id":"6","name":"Пётр","from":"2026-04-01"}]}`, acc.ID, i))
	}
	path := "/api/v1/employee-signals?account_id=" + acc.ID.String()
	for _, role := range []Role{RoleAdmin, RoleOperator, RoleApprover, RoleViewer} {
		o.callAs(o.as(role), 403, get, path, "")
	}
	o.call(http.StatusForbidden, get, path, "")
	s := o.callAs(o.as(RoleHRManager), 200, get, path+"&quarter=2026Q3", "")
	service := s["services"].([]any)[0].(map[string]any)
	first := service["employees"].([]any)[0].(map[string]any)
	series := first["all_but_need"].(map[string]any)
	if s["from"] != "2025-10-01" || s["to"] != "2026-09-30" || first["name"] != "Мария" || series["verdict"] != "too_little_data" || series["label"] != "мало данных" || series["p"] != nil {
		t.Errorf("%v", s)
	}
	if months := first["client_months"].(float64); months < 17.9 || months > 18.1 {
		t.Errorf("%v client-months", months)
	}
	acc.Lang = offboarding.EN
	o.must(o.store.SaveAccount(o.Context(), acc))
	s = o.callAs(o.as(RoleHRManager), 200, get, path+"&quarter=2026Q3", "")
	first = s["services"].([]any)[0].(map[string]any)["employees"].([]any)[0].(map[string]any)
	if label := first["all_but_need"].(map[string]any)["label"]; label != "too little data" || s["checklist"].([]any)[0] != "look at the results of the work first, not at the person" {
		t.Errorf("in English: %v, %v", label, s["checklist"])
	}
	views := strings.Count(o.do(request{method: get, path: "/api/v1/audit", key: adminKey}).Body.String(), "employee_signals.viewed")
	if views != 2 {
		t.Errorf("%d views stand in the audit log", views)
	}
	o.callAs(o.as(RoleHRManager), 422, get, "/api/v1/employee-signals", "")
	o.callAs(o.as(RoleHRManager), 422, get, path+"&quarter=summer", "")
	o.callAs(o.key(RoleHRManager, o.account(offboarding.AmoCRM, nil).ID), 404, get, path, "")
}

func TestAContactAndAPulseAreRecorded(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	k := o.call(201, post, "/api/v1/contracts", `{"account_id":"`+acc.ID.String()+`","number":"1","deal_id":"77"}`)
	path := "/api/v1/contracts/" + k["id"].(string)
	if got := o.call(200, post, path+"/contacts", `{"at":"2026-11-02T09:30:00Z"}`); got["last_contact_at"] != "2026-11-02T09:30:00Z" {
		t.Errorf("%v", got)
	}
	if got := o.call(200, post, path+"/contacts", `{"at":"2026-10-02T09:30:00Z"}`); got["last_contact_at"] != "2026-11-02T09:30:00Z" {
		t.Errorf("an older contact counts: %v", got)
	}
	o.call(422, post, path+"/contacts", `{"at":"2030-11-02T09:30:00Z"}`)
	for body, task := range map[string]bool{`{"mark":9}`: false, `{"mark":3}`: true, `{"text":"долго отвечаете"}`: true} {
		if got := o.call(200, post, path+"/pulse", body); got["task_opened"] != task {
			t.Errorf("%s: %v", body, got)
		}
	}
	o.call(422, post, path+"/pulse", `{}`)
}
