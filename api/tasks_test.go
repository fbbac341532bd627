package api

import (
	"testing"

	"opendoor/offboarding"
)

func TestTasksAreListedAndTickedOff(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.Generic, nil)
	c := o.open(acc)
	add := func(what string, change func(*offboarding.Task)) *offboarding.Task {
		task := &offboarding.Task{
			ID: offboarding.NewID(), AccountID: acc.ID, CaseID: &c.ID, Key: what, What: what, Text: "Позвоните клиенту.", Due: o.clock, CreatedAt: o.clock,
			Owner: offboarding.Responsible{Name: "Мария Образцова", Email: "manager@example.com"},
		}
		if change != nil {
			change(task)
		}
		_, err := o.store.AddTask(t.Context(), task)
		o.must(err)
		return task
	}
	call := add("call", nil)
	look := add("look_into", func(k *offboarding.Task) {
		k.CaseID, k.About = nil, offboarding.Responsible{Name: "Иван Примеров"}
	})
	list := func(key, query string) []any {
		return o.callAs(key, 200, get, "/api/v1/tasks"+query, "")["items"].([]any)
	}
	operator, lead := o.as(RoleOperator), o.as(RoleHRManager)
	if items := list(operator, "?done=false&case_id="+c.ID.String()); len(items) != 1 || items[0].(map[string]any)["what"] != "call" || items[0].(map[string]any)["done"] != false {
		t.Errorf("%v", items)
	}
	if len(list(operator, "")) != 1 || len(list(lead, "")) != 2 || len(list(lead, "?account_id="+offboarding.NewID().String())) != 0 {
		t.Error("who leads people is shown what is about people, and nobody else")
	}
	o.callAs(operator, 422, get, "/api/v1/tasks?done=maybe", "")
	o.callAs(operator, 404, post, "/api/v1/tasks/"+look.ID.String()+"/done", "{}")
	o.callAs(operator, 422, post, "/api/v1/tasks/"+call.ID.String()+"/done", `{"why":"x"}`)
	for range 2 {
		done := o.callAs(operator, 200, post, "/api/v1/tasks/"+call.ID.String()+"/done", `{"note":"поговорили"}`)
		if done["done"] != true || done["note"] != "поговорили" || done["done_by"] == "" {
			t.Errorf("%v", done)
		}
	}
	if done := o.callAs(lead, 200, post, "/api/v1/tasks/"+look.ID.String()+"/done", ""); done["done"] != true {
		t.Errorf("%v", done)
	}
	if items := list(operator, "?done=true"); len(items) != 1 {
		t.Errorf("%v", items)
	}
	seen := false
	for _, m := range o.call(200, get, "/api/v1/cases/"+c.ID.String()+"/timeline", "")["items"].([]any) {
		seen = seen || m.(map[string]any)["kind"] == "task.done"
	}
	if !seen {
		t.Error("the timeline does not tell")
	}
}
