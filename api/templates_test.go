package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func (o *office) read(into any, method, path, body string, headers ...string) int {
	o.Helper()
	w := o.do(request{method: method, path: path, key: o.as(RoleOperator), body: body, headers: append(headers, isJSON)})
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		o.Fatalf("%s %s: %d %v", method, path, w.Code, err)
	}
	return w.Code
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOperatorsReadAndReplaceTexts(t *testing.T) {
	o := newOffice(t)
	var list List[TemplateSummary]
	if code := o.read(&list, get, "/api/v1/templates", ""); code != http.StatusOK || len(list.Items) != 74 {
		t.Fatalf("%d, %d texts", code, len(list.Items))
	}
	const path = "/api/v1/templates/T05/ru"
	var stock, mine, now TemplateResponse
	if code := o.read(&stock, get, path, ""); code != http.StatusOK || stock.Version != 1 || stock.Source != "built_in" || len(stock.Fields) < 10 {
		t.Fatalf("%d %+v", code, stock)
	}
	text := strings.Replace(stock.Text, "Мы рады.", "Мы очень рады.", 1)
	body := asJSON(t, TemplateRequest{Subject: stock.Subject, Text: text})
	if code := o.read(&mine, http.MethodPut, path, body, `If-Match: "1"`); code != http.StatusOK || mine.Version != 2 || mine.Source != "operator" || mine.Tone.Verdict != "pass" {
		t.Fatalf("%d %+v", code, mine)
	}
	var p Problem
	if code := o.read(&p, http.MethodPut, path, body, `If-Match: "1"`); code != http.StatusPreconditionFailed {
		t.Errorf("a stale version: %d", code)
	}
	if o.read(&now, get, path, ""); now.Text != text || now.Version != 2 {
		t.Errorf("%+v", now)
	}
	if o.read(&now, get, path+"?version=1", ""); now.Text != stock.Text {
		t.Errorf("the old version is %q", now.Text)
	}
	if code := o.read(&now, http.MethodPut, path, `{"built_in":true}`); code != http.StatusOK || now.Version != 3 || now.Source != "built_in" || now.Text != stock.Text {
		t.Errorf("%d %+v", code, now)
	}
	if code := o.read(&now, get, path+"?version=2", ""); code != http.StatusOK || now.Text != text {
		t.Errorf("%d %+v", code, now)
	}
}

func TestTextsThatWouldHurtOrBreakAreRefused(t *testing.T) {
	o := newOffice(t)
	var stock TemplateResponse
	o.read(&stock, get, "/api/v1/templates/T12/ru", "")
	tests := map[string]struct{ path, body, says string }{
		"a reproach":                      {"T12/ru", asJSON(t, TemplateRequest{Subject: stock.Subject, Text: stock.Text + "\nПосле всего, что мы для вас сделали, так не уходят."}), "guilt"},
		"an offer in a letter of service": {"T12/ru", asJSON(t, TemplateRequest{Subject: stock.Subject, Text: stock.Text + "\nПредлагаем вам скидку 20 % на новый договор."}), "persuade_after_final"},
		"a missing element":               {"T12/ru", asJSON(t, TemplateRequest{Subject: stock.Subject, Text: strings.Replace(stock.Text, `{{element "regret"}}`, `{{element "thanks"}}`, 1)}), "regret"},
		"a field of tomorrow":             {"T05/ru", `{"subject":"x","text":"{{.Tomorrow}}"}`, "Tomorrow"},
		"a value that may lack":           {"T05/ru", `{"subject":"x","text":"Здравствуйте, {{.Client}}."}`, "Client"},
		"a call":                          {"T05/ru", `{"subject":"x","text":"{{printf \"%s\" .Client}}"}`, "printf"},
		"nothing":                         {"T05/ru", `{}`, "built_in"},
		"too much":                        {"T05/ru", asJSON(t, TemplateRequest{Subject: "x", Text: strings.Repeat("слово ", 20000)}), "larger"},
		"an unknown member":               {"T05/ru", `{"body":"x"}`, "body"},
	}
	for name, tc := range tests {
		w := o.do(request{method: http.MethodPut, path: "/api/v1/templates/" + tc.path, key: o.as(RoleOperator), body: tc.body, headers: []string{isJSON}})
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), tc.says) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for _, path := range []string{"T99/ru", "T05/de"} {
		if w := o.do(request{method: get, path: "/api/v1/templates/" + path, key: o.as(RoleViewer)}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	limited := o.key(RoleAdmin, o.account("generic", nil).ID)
	if w := o.do(request{method: http.MethodPut, path: "/api/v1/templates/T05/ru", key: limited, body: `{"built_in":true}`, headers: []string{isJSON}}); w.Code != http.StatusForbidden {
		t.Errorf("a key for one account replaced a text of all: %d", w.Code)
	}
}

func TestAPreviewShowsMadeUpValuesAndTheVerdict(t *testing.T) {
	o := newOffice(t)
	for _, code := range []string{"T01", "T06", "T08", "T20", "I04"} {
		var p TemplatePreview
		if status := o.read(&p, post, "/api/v1/templates/"+code+"/ru/preview", "{}"); status != http.StatusOK || p.Tone.Verdict != "pass" || !strings.Contains(p.HTML, "<html") || strings.Contains(p.Text, "{{") {
			t.Errorf("%s: %d %+v", code, status, p)
		}
	}
	var p TemplatePreview
	if status := o.read(&p, post, "/api/v1/templates/T05/en/preview", `{"text":"How could you leave us after all we did for you."}`); status != http.StatusOK || p.Tone.Verdict != "block" || len(p.Tone.Findings) == 0 {
		t.Errorf("%d %+v", status, p)
	}
}
