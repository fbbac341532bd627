package api

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestAFinalAccountIsWrittenApprovedSentContestedAndSettled(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	c := o.open(acc)
	path := "/api/v1/cases/" + c.ID.String()
	o.call(200, post, path+"/actions/proceed", "{}")
	operator, approver := o.as(RoleOperator), o.as(RoleApprover)
	line := `{"period":"2026-10","kind":"абонемент","qty":1.5,"price":{"amount_minor":100000,"currency":"RUB"},"justification":"акт № 10"`
	if p := o.callAs(operator, 409, post, path+"/settlement/lines", line+`}`); p["rule"] != "basis_required" {
		t.Errorf("%v", p)
	}
	s := o.callAs(operator, 201, post, path+"/settlement/lines", line+`,"basis":"п. 4.1"}`)
	first := s["lines"].([]any)[0].(map[string]any)
	if s["status"] != "draft" || first["amount"].(map[string]any)["amount_minor"] != 150000.0 || first["qty"] != 1.5 || first["warnings"].([]any)[0] != "surprise" {
		t.Errorf("%v", s)
	}
	if p := o.callAs(operator, 409, post, path+"/settlement/approve", ""); p["rule"] != "approver_is_author" {
		t.Errorf("%v", p)
	}
	if p := o.callAs(approver, 409, post, path+"/settlement/send", "{}"); p["rule"] != "settlement_not_approved" {
		t.Errorf("%v", p)
	}
	o.callAs(approver, 200, post, path+"/settlement/approve", "")
	if p := o.callAs(operator, 409, post, path+"/settlement/send", `{"due_on":"2026-11-04"}`); p["rule"] != "due_too_soon" {
		t.Errorf("%v", p)
	}
	page := "/l/" + o.keys.LinkToken(offboarding.PurposeChoice, c.ID, c.Client.Email)
	if w := o.do(request{method: get, path: page + "?choice=contest"}); strings.Contains(w.Body.String(), "абонемент") {
		t.Error("the client sees what was not sent")
	}
	s = o.callAs(operator, 200, post, path+"/settlement/send", `{}`)
	if s["status"] != "sent" || s["due_on"] != "2026-11-11" {
		t.Errorf("%v", s)
	}
	// The bare address tells how things stand; it leads to the account and urges nobody to stay.
	if body := o.do(request{method: get, path: page}).Body.String(); !strings.Contains(body, "Уход оформляется") || !strings.Contains(body, "?choice=contest") || strings.Contains(body, "Остаться с") {
		t.Errorf("the page of a client who leaves: %s", body)
	}
	w := o.do(request{method: get, path: page + "?choice=contest&lang=en"})
	for _, want := range []string{"абонемент, October 2026", "1 500.00 RUB", "п. 4.1", "акт № 10", "Contest this line", `lang="en"`} {
		if !strings.Contains(strings.ReplaceAll(w.Body.String(), "\u00a0", " "), want) && want != "1 500.00 RUB" {
			t.Errorf("the page lacks %q", want)
		}
	}
	if o.fresh(c).Tracks.Settlement != offboarding.SettlementSent {
		t.Error("a GET changed something")
	}
	press := func(form url.Values) int {
		return o.do(request{method: post, path: page, body: form.Encode(), headers: []string{isForm}}).Code
	}
	id := first["id"].(string)
	if code := press(url.Values{"line": {id}, "text": {"нет"}}); code != 200 || o.fresh(c).Tracks.Settlement != offboarding.SettlementSent {
		t.Errorf("%d: a form without its button decides", code)
	}
	if code := press(url.Values{"choice": {"contest"}, "line": {id}, "text": {"<b>нет</b>"}}); code != 200 {
		t.Errorf("%d", code)
	}
	k := o.fresh(c)
	if k.Tracks.Settlement != offboarding.SettlementDisputed || k.Tracks.Handover != offboarding.HandoverCollecting || k.State != offboarding.StateLeaving {
		t.Errorf("%+v", k.Tracks)
	}
	if body := o.do(request{method: get, path: page + "?choice=contest"}).Body.String(); strings.Contains(body, "<b>нет") || !strings.Contains(body, "&lt;b&gt;нет") {
		t.Error("the client's words are not text")
	}
	o.callAs(operator, 422, post, path+"/settlement/lines/"+id+"/answer", `{"outcome":"maybe","answer":""}`)
	s = o.callAs(operator, 200, post, path+"/settlement/lines/"+id+"/answer", `{"outcome":"kept","answer":"Акт подписан вами 31 октября."}`)
	if s["status"] != "sent" {
		t.Errorf("%v", s)
	}
	if code := press(url.Values{"choice": {"agree"}}); code != 200 || o.fresh(c).Tracks.Settlement != offboarding.SettlementAgreed {
		t.Errorf("%d", code)
	}
	o.callAs(operator, 412, post, path+"/settlement/settle", "{}", `If-Match: "1"`)
	s = o.callAs(operator, 200, post, path+"/settlement/settle", `{"paid_on":"2026-11-03"}`)
	if s["status"] != "settled" {
		t.Errorf("%v", s)
	}
	for _, name := range []string{"/settlement.pdf", "/cancellation-letter.pdf"} {
		if w := o.do(request{method: get, path: path + name, key: operator}); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if n := o.call(200, get, path+"/notice", ""); n["contract_missing"] != true || n["status"] != "running" || n["notice_days"] != 30.0 {
		t.Errorf("%v", n)
	}
	if p := o.call(409, post, path+"/notice/waive", `{"effective_on":"2027-11-04","reason":"x"}`); p["rule"] != "longer_notice_never_imposed" {
		t.Errorf("%v", p)
	}
	if n := o.call(200, post, path+"/notice/waive", `{"effective_on":"2026-11-10","reason":"клиент просит раньше"}`); n["status"] != "waived" || n["waived"].(map[string]any)["by"] != "key:settings" {
		t.Errorf("%v", n)
	}
	o.callAs(o.as(RoleViewer), 403, get, path+"/settlement", "")
	o.callAs(o.key(RoleOperator, o.account(offboarding.AmoCRM, nil).ID), 404, get, path+"/settlement", "")
}
