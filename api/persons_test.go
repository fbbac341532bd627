package api

import (
	"net/http"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestAPersonIsForgottenAndStaysForgotten(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, offboarding.Credentials{"access_token": "secret"})
	c := o.open(acc)
	caseURL := "/api/v1/cases/" + c.ID.String()
	o.call(http.StatusOK, post, caseURL+"/actions/record_answer", `{"reason":"price","nps":7,"comment":"Анна всё сказала","keep_in_touch":["email"]}`)
	survey := "/s/" + o.keys.LinkToken(offboarding.PurposeSurvey, c.ID, c.Client.Email)

	o.call(http.StatusCreated, post, caseURL+"/measures", `{"code":"M1","owner":"Мария","due_on":"2026-12-01","note":"Анна просила позвонить"}`)
	review := &offboarding.Review{ID: offboarding.NewID(), AccountID: acc.ID, CaseID: c.ID, Status: offboarding.ReviewPending, DueOn: "2026-12-01", WhatHappened: "Анна ушла", Lesson: "звонить Анне"}
	o.must(o.store.SaveReview(t.Context(), review))
	_, err := o.store.AddTask(t.Context(), &offboarding.Task{ID: offboarding.NewID(), AccountID: acc.ID, CaseID: &c.ID, Key: "call", What: "call", Text: "Позвоните: Анна", Due: o.clock})
	o.must(err)

	export := o.do(request{method: get, path: "/api/v1/persons/client@example.com/export", key: adminKey})
	for _, want := range []string{"Анна всё сказала", "client@example.com", `"consents"`, `"messages"`, `"audit"`} {
		if !strings.Contains(export.Body.String(), want) {
			t.Errorf("the export lacks %s", want)
		}
	}
	if w := o.do(request{method: get, path: "/api/v1/persons/nobody@example.com/export", key: adminKey}); w.Code != http.StatusNotFound {
		t.Errorf("of nobody: %d", w.Code)
	}
	before := o.figure("/api/v1/analytics/reasons")["items"]

	act := o.call(http.StatusOK, del, "/api/v1/persons/Client@Example.com", "")
	if act["state"] != "done" || act["erased"].(map[string]any)["cases"] != 1.0 {
		t.Fatalf("%v", act)
	}
	for _, path := range []string{caseURL, caseURL + "/timeline", "/api/v1/messages?case_id=" + c.ID.String(), "/api/v1/consents", "/api/v1/audit", "/api/v1/erasures", caseURL + "/measures", "/api/v1/tasks", "/api/v1/calendar"} {
		body := o.do(request{method: get, path: path, key: adminKey}).Body.String()
		for _, gone := range []string{"Анна", "client@example.com", "+70000000000"} {
			if strings.Contains(body, gone) {
				t.Errorf("%s still tells %q", path, gone)
			}
		}
	}
	if kept, err := o.store.ReviewOf(t.Context(), c.ID); err != nil || kept.WhatHappened+kept.Lesson != "" {
		t.Errorf("the review still says %+v, %v", kept, err)
	}
	contract := `{"account_id":"` + acc.ID.String() + `","number":"77","service_type":"accounting","started_on":"2026-01-01","client":{"name":"Анна","email":"Client@example.com"}}`
	if p := o.call(http.StatusConflict, post, "/api/v1/contracts", contract); p["rule"] != "person_erased" {
		t.Errorf("a contract brings the person back: %v", p)
	}
	if w := o.do(request{method: get, path: survey}); w.Code != http.StatusNotFound {
		t.Errorf("a link of an erased person: %d", w.Code)
	}
	after := o.figure("/api/v1/analytics/reasons")["items"]
	if len(after.([]any)) != len(before.([]any)) {
		t.Errorf("the numbers changed: %v", after)
	}
	if stops := o.do(request{method: get, path: "/api/v1/suppressions", key: adminKey}).Body.String(); !strings.Contains(stops, "erased") {
		t.Errorf("no stop survives: %s", stops)
	}
	// A second time does no harm, and whoever is opened again has no name.
	o.call(http.StatusOK, del, "/api/v1/persons/client@example.com", "")
	again := o.call(http.StatusCreated, post, "/api/v1/cases", `{"account_id":"`+acc.ID.String()+`","initiator":"client","client":{"name":"Анна Примерова","email":"client@example.com"},"contract":{"number":"99"}}`)
	if k := again["client"].(map[string]any); k["email"] == "client@example.com" || k["name"] == "Анна Примерова" {
		t.Errorf("the person is back: %v", k)
	}
}

func TestOnlyWhoSeesEverythingMayAskAboutAPerson(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	o.open(acc)
	limited := o.key(RoleAdmin, acc.ID)
	for _, r := range []request{{method: get, path: "/api/v1/persons/client@example.com/export"}, {method: del, path: "/api/v1/persons/client@example.com"}} {
		r.key = limited
		if w := o.do(r); w.Code != http.StatusForbidden {
			t.Errorf("%s with a limited key: %d", r.method, w.Code)
		}
		r.key = o.as(RoleOperator)
		if w := o.do(r); w.Code != http.StatusForbidden {
			t.Errorf("%s as operator: %d", r.method, w.Code)
		}
	}
	if w := o.do(request{method: del, path: "/api/v1/persons/7", key: adminKey}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an address of nobody: %d", w.Code)
	}
}

func TestALegalHoldKeepsAPerson(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	o.call(http.StatusOK, post, "/api/v1/cases/"+c.ID.String()+"/actions/legal_hold", `{"reason":"a lawsuit"}`)
	if p := o.call(http.StatusConflict, del, "/api/v1/persons/client@example.com", ""); p["rule"] != "legal_hold" {
		t.Errorf("%v", p)
	}
	if o.fresh(c).Client.Email == "" {
		t.Error("it was erased all the same")
	}
}
