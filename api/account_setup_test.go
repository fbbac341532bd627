package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"opendoor/offboarding"
)

// dig follows names through an answer.
func dig(v any, names ...string) any {
	for _, n := range names {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[n]
	}
	return v
}

func TestSetupIsDoneInStepsAndTakenBack(t *testing.T) {
	o := newOffice(t)
	path := "/api/v1/accounts/" + o.account(offboarding.AmoCRM, nil).ID.String() + "/setup"
	if s := o.call(200, get, path, ""); dig(s, "test_event", "state") != "not_waiting" || dig(s, "hook", "state") != "" {
		t.Errorf("before: %v", s)
	}
	s := o.call(200, post, path, "")
	if dig(s, "hook", "state") != "subscribed" || dig(s, "test_event", "state") != "waiting" || dig(s, "test_event", "advice") == nil || dig(s, "mode") != "live" ||
		len(dig(s, "rights").([]any)) != 1 || len(dig(s, "fields").([]any)) != 1 {
		t.Errorf("setup: %v", s)
	}
	if s := o.call(200, post, path, `{"steps":["rights"]}`); len(dig(s, "fields").([]any)) != 0 || dig(s, "hook", "state") != "subscribed" {
		t.Errorf("rights alone: %v", s)
	}
	if p := o.call(422, post, path, `{"steps":["dance"]}`); fields(p)[0] != "steps[0]" {
		t.Errorf("%v", p)
	}
	if s := o.call(200, del, path, ""); dig(s, "hook", "state") != "unsubscribed" || len(dig(s, "removed_fields").([]any)) != 0 {
		t.Errorf("undone: %v", s)
	}
	if s := o.call(200, del, path+"?fields=delete", ""); len(dig(s, "removed_fields").([]any)) != 1 {
		t.Errorf("undone with its fields: %v", s)
	}
	o.call(422, del, path+"?fields=all", "")
	o.crm.fail = offboarding.ErrUnauthorized
	o.call(502, post, path, "")
}

func TestAPreviewSaysWhatWouldHaveBeenCaught(t *testing.T) {
	o := newOffice(t)
	path := "/api/v1/accounts/" + o.account(offboarding.AmoCRM, nil).ID.String() + "/setup/preview"
	p := o.call(200, post, path, "")
	if dig(p, "caught", "count") != 7.0 || len(dig(p, "caught", "examples").([]any)) != 5 || p["days"] != 90.0 {
		t.Errorf("suggested: %v", p)
	}
	stage := dig(dig(p, "pipelines").([]any)[0], "stages").([]any)[0]
	if dig(stage, "suggestion", "means") != "cancelled" || dig(stage, "caught") != 7.0 {
		t.Errorf("the stage: %v", stage)
	}
	if p := o.call(200, post, path, `{"triggers":[{"pipeline_id":"8","stage_id":"99","means":"cancelled"}],"days":7}`); dig(p, "caught", "count") != 0.0 {
		t.Errorf("a stage that is gone: %v", p)
	}
	o.call(422, post, path, `{"triggers":[{"pipeline_id":"8","stage_id":"","means":"cancelled"}]}`)
	o.call(422, post, path, `{"days":1000}`)
}

func TestAnAccountShowsWhatIsWrongAndWhenItMayBeCalled(t *testing.T) {
	o := newOffice(t)
	a := o.account(offboarding.AmoCRM, nil)
	path := "/api/v1/accounts/" + a.ID.String()
	if got := o.call(200, get, path, ""); len(got["problems"].([]any)) != 0 || got["next_allowed_at"] != nil {
		t.Errorf("%v", got)
	}
	o.must(o.store.SaveProblem(t.Context(), &offboarding.Problem{
		ID: offboarding.NewID(), AccountID: a.ID, Since: tuesday, SeenAt: tuesday,
		Finding: offboarding.Finding{Kind: offboarding.ProblemHook, Text: "вебхук выключен", Advice: "включите"},
	}))
	o.must(o.store.SetAccountHealth(t.Context(), a.ID, offboarding.AccountSuspended, "402", o.clock.Add(time.Minute)))
	got := o.call(200, get, path, "")
	if problem := got["problems"].([]any)[0]; dig(problem, "kind") != "hook" || dig(problem, "advice") != "включите" || got["next_allowed_at"] == nil || got["status"] != "suspended" {
		t.Errorf("%v", got)
	}
	if list := o.call(200, get, "/api/v1/accounts", "")["items"].([]any); len(dig(list[0], "problems").([]any)) != 1 {
		t.Errorf("%v", list)
	}
}

const goodMapping = `{"fields":{"type":{"path":"status","map":{"gone":"client.cancelled"}},"deal.id":"id"}}`

func TestAMappingIsTriedBeforeItIsKept(t *testing.T) {
	o := newOffice(t)
	a := o.account(offboarding.Generic, offboarding.Credentials{"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	path := "/api/v1/accounts/" + a.ID.String() + "/mapping"
	o.call(404, get, path, "")
	o.call(422, post, path+"/dry-run", `{"body":{"id":1}}`)
	for body, want := range map[string]string{
		`{"mapping":` + goodMapping + `,"body":{"id":7,"status":"gone"}}`:                                              "7",
		`{"mapping":` + goodMapping + `,"body":"id=8&status=gone","content_type":"application/x-www-form-urlencoded"}`: "8",
	} {
		got := o.call(200, post, path+"/dry-run", body)
		if event := got["events"].([]any)[0]; dig(event, "entity_id") != want || dig(event, "event", "type") != "client.cancelled" || dig(event, "kind") != "deal.stage_changed" {
			t.Errorf("%s: %v", body, got)
		}
	}
	if got := o.call(200, post, path+"/dry-run", `{"mapping":`+goodMapping+`,"body":"no JSON"}`); got["malformed"] == nil {
		t.Errorf("%v", got)
	}
	if p := o.call(422, put, path, `{"fields":{"type":"a","deal.price":"b"}}`); len(fields(p)) != 2 {
		t.Errorf("%v", p)
	}
	o.call(200, put, path, goodMapping)
	if got := o.call(200, get, path, ""); dig(got, "fields", "deal.id") != "id" {
		t.Errorf("%v", got)
	}
	if got := o.call(200, get, "/api/v1/accounts/"+a.ID.String(), ""); got["mapped"] != true {
		t.Errorf("%v", got)
	}
	o.call(412, put, path, goodMapping, `If-Match: "1"`)
	o.call(204, del, path, "")
	o.call(404, get, path, "")
	other := "/api/v1/accounts/" + o.account(offboarding.AmoCRM, nil).ID.String()
	for _, r := range []request{{method: put, path: other + "/mapping", body: goodMapping}, {method: post, path: other + "/secret/rotate"}} {
		if p := o.call(409, r.method, r.path, r.body); p["rule"] != "generic_only" {
			t.Errorf("%s: %v", r.path, p)
		}
	}
}

func TestASourceThatCannotSignMustHaveBeenAllowedNotTo(t *testing.T) {
	o := newOffice(t)
	a := o.account(offboarding.Generic, offboarding.Credentials{"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	path := "/api/v1/accounts/" + a.ID.String()
	hook := "/hooks/generic/" + o.keys.HookKey(a.ID)
	send := func() int {
		return o.do(request{method: post, path: hook, body: `{"type":"test"}`, headers: []string{isJSON}}).Code
	}
	if code := send(); code != http.StatusUnauthorized {
		t.Errorf("unsigned: %d", code)
	}
	o.call(422, patch, path, `{"hook_proof":"trust"}`)
	if got := o.call(200, patch, path, `{"hook_proof":"address_key"}`); got["hook_proof"] != "address_key" {
		t.Errorf("%v", got)
	}
	if code := send(); code != http.StatusNoContent {
		t.Errorf("unsigned where it was chosen: %d", code)
	}
	o.call(422, patch, "/api/v1/accounts/"+o.account(offboarding.AmoCRM, offboarding.Credentials{"access_token": "t"}).ID.String(), `{"hook_proof":"address_key"}`)
}

func TestASecretIsRotatedAndShownOnce(t *testing.T) {
	o := newOffice(t)
	old := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	a := o.account(offboarding.Generic, offboarding.Credentials{"secret": old})
	path := "/api/v1/accounts/" + a.ID.String()
	got := o.call(200, post, path+"/secret/rotate", "")
	fresh, _ := got["secret"].(string)
	if !strings.HasPrefix(fresh, "whsec_") || got["old_valid_until"] == nil {
		t.Fatalf("%v", got)
	}
	kept, err := o.store.Account(t.Context(), a.ID)
	o.must(err)
	if kept.Credentials["secret"] != fresh || kept.Credentials["secret_old"] != old {
		t.Error("the secrets are not kept side by side")
	}
	if body := o.do(request{method: get, path: path, key: adminKey}).Body.String(); strings.Contains(body, fresh) {
		t.Error("the secret comes back")
	}
	if got := o.call(200, post, path+"/secret/rotate", `{"secret":"`+old+`","keep_old_for":"0s"}`); got["secret"] != nil || got["old_valid_until"] != nil {
		t.Errorf("%v", got)
	}
	kept, err = o.store.Account(t.Context(), a.ID)
	o.must(err)
	if kept.Credentials["secret_old"] != "" {
		t.Error("the old secret is kept although it ends at once")
	}
	for _, body := range []string{`{"secret":"abc"}`, `{"keep_old_for":"1000h"}`, `{"secret":"` + old + `"}`} {
		o.call(422, post, path+"/secret/rotate", body)
	}
}

func TestPostedResultsAreListedAndPostedAgain(t *testing.T) {
	o := newOffice(t)
	a := o.account(offboarding.Generic, nil)
	path := "/api/v1/accounts/" + a.ID.String()
	ef := offboarding.NewEffect(a.ID, nil, offboarding.EffectResult, "result:1", o.clock, offboarding.ResultPayload{Type: "case.opened"})
	err := o.store.AddEffects(t.Context(), []offboarding.Effect{ef})
	o.must(err)
	o.must(o.store.AddAttempt(t.Context(), &offboarding.Attempt{ID: offboarding.NewID(), AccountID: a.ID, EffectID: ef.ID, At: o.clock, Status: 500, Origin: "https://billing.example.com", Detail: "answered 500"}))
	again := path + "/results/" + ef.ID.String() + "/resend"
	if p := o.call(409, post, again, ""); p["rule"] != "result_under_way" {
		t.Errorf("%v", p)
	}
	claimed, err := o.store.Claim(t.Context(), ef.ID, o.clock, time.Minute)
	o.must(err)
	o.must(o.store.Finish(t.Context(), claimed, offboarding.EffectFailed, "refused", ""))
	row := o.call(200, get, path+"/results", "")["items"].([]any)[0]
	if dig(row, "type") != "case.opened" || dig(row, "state") != "failed" || dig(dig(row, "attempts").([]any)[0], "status") != 500.0 {
		t.Errorf("%v", row)
	}
	if got := o.call(202, post, again, ""); got["state"] != "ready" {
		t.Errorf("%v", got)
	}
	o.call(404, post, "/api/v1/accounts/"+o.account(offboarding.Generic, nil).ID.String()+"/results/"+ef.ID.String()+"/resend", "")
	o.must(o.store.SaveEndpoint(t.Context(), &offboarding.Endpoint{AccountID: a.ID, Origin: "https://billing.example.com", Failures: 9, FailingSince: o.clock, LastTryAt: o.clock, PausedAt: o.clock, ProbeAt: o.clock.Add(time.Hour)}))
	if e := o.call(200, get, path+"/endpoints", "")["items"].([]any)[0]; dig(e, "paused") != true || dig(e, "next_try_at") == nil {
		t.Errorf("%v", e)
	}
	if got := o.call(200, post, path+"/endpoints/resume", ""); got["resumed"] != 1.0 {
		t.Errorf("%v", got)
	}
	if e := o.call(200, get, path+"/endpoints", "")["items"].([]any)[0]; dig(e, "paused") != false {
		t.Errorf("%v", e)
	}
}
