package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestATextIsJudgedOverHTTP(t *testing.T) {
	o := newOffice(t)
	key := o.as(RoleViewer)
	tests := map[string]struct {
		path, body string
		status     int
		want       []string // in the answer
	}{
		"a blocked text": {
			"/api/v1/tone/check", `{"text":"Документы отдадим после оплаты.","lang":"ru","kind":null,"context":null}`, http.StatusOK,
			[]string{`"verdict":"block"`, `"rule":"hostage"`, `"start":0`, `"end":30`, `"missing":[]`},
		},
		"parts with an element missing": {
			"/api/v1/tone/check", `{"parts":[{"element":"fact","text":"Мы опоздали."},{"element":"apology","text":"Простите."}],"lang":"ru","kind":"apology"}`, http.StatusOK,
			[]string{`"verdict":"block"`, `"findings":[]`, `"missing":["remedy"]`},
		},
		"an offer after a final decision":      {"/api/v1/tone/check", `{"text":"Please stay with us.","lang":"en","context":{"intent":"final"}}`, http.StatusOK, []string{`"rule":"persuade_after_final"`}},
		"the same while nothing is decided":    {"/api/v1/tone/check", `{"text":"Please stay with us.","lang":"en"}`, http.StatusOK, []string{`"verdict":"pass"`, `"findings":[]`}},
		"nothing to judge":                     {"/api/v1/tone/check", `{"lang":"ru"}`, http.StatusUnprocessableEntity, []string{`"text"`}},
		"text and parts":                       {"/api/v1/tone/check", `{"text":"a","parts":[{"element":"","text":"b"}],"lang":"ru"}`, http.StatusUnprocessableEntity, []string{`"parts"`}},
		"an unknown language, kind and intent": {"/api/v1/tone/check", `{"text":"a","lang":"de","kind":"poem","context":{"intent":"sad"}}`, http.StatusUnprocessableEntity, []string{`"lang"`, `"kind"`, `"context.intent"`}},
		"what a client means":                  {"/api/v1/intent/check", `{"text":"Решение окончательное. Мне сказали, что у вас дорого.","lang":"ru"}`, http.StatusOK, []string{`"intent":"final"`, `"third_party":true`, `"marker":"decision_final"`, `"start":0`}},
		"nothing to read":                      {"/api/v1/intent/check", `{"text":"","lang":"fr"}`, http.StatusUnprocessableEntity, []string{`"text"`, `"lang"`}},
		"a field that nobody knows":            {"/api/v1/intent/check", `{"text":"a","lang":"ru","mood":1}`, http.StatusUnprocessableEntity, []string{`"mood"`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := o.do(request{http.MethodPost, tc.path, key, tc.body, nil})
			if w.Code != tc.status || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			for _, s := range tc.want {
				if !strings.Contains(w.Body.String(), s) {
					t.Errorf("no %s in %s", s, w.Body)
				}
			}
		})
	}
}
