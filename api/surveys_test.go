package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

func TestAnAdministratorWordsTheSurveyAndLooksAtIt(t *testing.T) {
	o := newOffice(t)
	const path = "/api/v1/surveys/ru"
	admin := func(into any, method, path, body string, headers ...string) int {
		t.Helper()
		w := o.do(request{method: method, path: path, key: adminKey, body: body, headers: append(headers, isJSON)})
		o.must(json.Unmarshal(w.Body.Bytes(), into))
		return w.Code
	}
	var stock, mine SurveyResponse
	if code := admin(&stock, get, path, ""); code != http.StatusOK || stock.Version != 1 || stock.Source != "built_in" || len(stock.Changed) != 0 || !slices.Contains(stock.MayHide, "question.detail") {
		t.Fatalf("%d %+v", code, stock)
	}
	var preview SurveyPreview
	body := `{"texts":{"title":"Почему вы решили уйти?"},"hidden":["question.comment"]`
	if code := admin(&preview, http.MethodPost, path+"/preview", body+`,"reason":"price"}`); code != http.StatusOK || preview.Tone.Verdict != "pass" ||
		!strings.Contains(preview.HTML, "<h1>Почему вы решили уйти?</h1>") || strings.Contains(preview.HTML, `name="comment"`) || !strings.Contains(preview.HTML, `value="price.value"`) {
		t.Errorf("%d %s", code, preview.HTML)
	}
	if code := admin(&preview, http.MethodPost, path+"/preview", `{"page":"thanks","reason":"reputation"}`); code != http.StatusOK || !strings.Contains(preview.HTML, `name="heard_from"`) {
		t.Errorf("%d %s", code, preview.HTML)
	}
	if admin(&stock, get, path, ""); stock.Version != 1 {
		t.Error("a preview was stored")
	}
	if code := admin(&mine, http.MethodPut, path, body+"}", `If-Match: "1"`); code != http.StatusOK || mine.Version != 2 || mine.Source != "operator" ||
		!slices.Equal(mine.Changed, []string{"title"}) || mine.Texts["lead"] != stock.Texts["lead"] {
		t.Errorf("%d %+v", code, mine)
	}
	var p Problem
	if code := admin(&p, http.MethodPut, path, body+"}", `If-Match: "1"`); code != http.StatusPreconditionFailed {
		t.Errorf("a stale version: %d", code)
	}
	c := o.open(o.account(offboarding.AmoCRM, nil))
	if page := o.do(request{method: get, path: o.link(offboarding.PurposeSurvey, c) + "?lang=ru"}).Body.String(); !strings.Contains(page, "Почему вы решили уйти?") || !strings.Contains(page, `name="wording" value="2"`) {
		t.Errorf("the client sees %s", page)
	}
	if code := admin(&mine, http.MethodPut, path, `{"built_in":true}`); code != http.StatusOK || mine.Version != 3 || mine.Source != "built_in" {
		t.Errorf("%d %+v", code, mine)
	}
	if code := admin(&mine, get, path+"?version=2", ""); code != http.StatusOK || mine.Texts["title"] != "Почему вы решили уйти?" {
		t.Errorf("%d %+v", code, mine)
	}
	var list List[SurveySummary]
	if admin(&list, get, "/api/v1/surveys", ""); len(list.Items) != 2 || list.Items[0].Version != 3 || list.Items[1].Version != 1 {
		t.Errorf("%+v", list)
	}
}

func TestASurveyThatCannotBeShownIsRefused(t *testing.T) {
	o := newOffice(t)
	for name, tc := range map[string]struct {
		method, path, body, says string
		code                     int
	}{
		"nothing":               {http.MethodPut, "ru", `{}`, "built_in", 422},
		"both":                  {http.MethodPut, "ru", `{"built_in":true,"hidden":["question.nps"]}`, "built_in", 422},
		"a reproach":            {http.MethodPut, "ru", `{"texts":{"lead":"После всего, что мы для вас сделали, вы уходите."}}`, "guilt", 422},
		"an unknown text":       {http.MethodPut, "ru", `{"texts":{"titel":"x"}}`, "texts.titel", 422},
		"an unknown field":      {http.MethodPut, "ru", `{"text":{}}`, "text", 422},
		"another language":      {http.MethodPut, "de", `{"texts":{"title":"Warum?"}}`, "", 404},
		"a level-2 tap":         {http.MethodPost, "ru/preview", `{"reason":"price.value"}`, "reason", 422},
		"a page that is not":    {http.MethodPost, "ru/preview", `{"page":"blank"}`, "page", 422},
		"a version of nonsense": {get, "ru?version=x", "", "version", 422},
		"a version of tomorrow": {get, "ru?version=7", "", "", 404},
	} {
		w := o.do(request{method: tc.method, path: "/api/v1/surveys/" + tc.path, key: adminKey, body: tc.body, headers: []string{isJSON}})
		if w.Code != tc.code || !strings.Contains(w.Body.String(), tc.says) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestAClientAnswersInPiecesAndTheFiguresCountThem(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	post := func(form url.Values) string {
		t.Helper()
		w := o.do(request{method: http.MethodPost, path: o.link(offboarding.PurposeSurvey, c), body: form.Encode(), headers: []string{"Content-Type: application/x-www-form-urlencoded"}})
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	thanks := post(url.Values{"form": {"1"}, "confirm": {"1"}, "wording": {"1"}, "lang": {"ru"}, "reason": {"reputation"}, "service_related": {""}, "nps": {""}})
	if !strings.Contains(thanks, `name="heard_from"`) {
		t.Errorf("the third-party question is not asked: %s", thanks)
	}
	post(url.Values{
		"form": {"1"}, "confirm": {"1"}, "wording": {"1"}, "reason": {"reputation"}, "heard_when": {"весной"}, "heard_from": {"Бывший подрядчик"}, "nps": {"", "4"},
	})
	post(url.Values{"form": {"1"}, "confirm": {"1"}, "wording": {"1"}, "reason": {"price"}, "reason2": {"", "price.value"}})
	c = o.fresh(c)
	if a := c.Answer; a.Reason != "price.value" || a.Label != survey.BuiltIn("ru").Label("price.value") || a.Wording != 1 || c.Cause != offboarding.CauseSilence {
		t.Errorf("%+v, cause %s", a, c.Cause)
	}
	raw := o.do(request{method: get, path: "/api/v1/cases/" + c.ID.String(), key: o.as(RoleOperator)}).Body.String()
	if strings.Contains(raw, "подрядчик") || !strings.Contains(raw, `"wording":1`) {
		t.Errorf("the case shows %s", raw)
	}
	if record := o.do(request{method: get, path: "/api/v1/cases/" + c.ID.String() + "/sources", key: o.as(RoleHRManager)}).Body.String(); !strings.Contains(record, "подрядчик") || !strings.Contains(record, "весной") {
		t.Errorf("the restricted record shows %s", record)
	}
	var f SurveyFiguresResponse
	if code := o.read(&f, get, "/api/v1/surveys/figures?from=2026-11-01&to=2026-12-01", ""); code != http.StatusOK || f.Answered["survey"] != 1 || !f.Response.LittleData || f.Response.Share != nil {
		t.Errorf("%d %+v", code, f)
	}
	for _, q := range f.Questions {
		if want := map[string][2]int{"reason": {1, 1}, "nps": {1, 1}, "service_related": {1, 0}, "reason2": {1, 1}, "heard_when": {1, 1}, "heard_from": {1, 1}}[q.Question]; [2]int{q.Shown, q.Answered} != want {
			t.Errorf("%+v, want %v", q, want)
		}
	}
	if w := o.do(request{method: get, path: "/api/v1/surveys/figures?from=x", key: adminKey}); w.Code != 422 {
		t.Errorf("a day of nonsense: %d", w.Code)
	}
}
