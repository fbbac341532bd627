package api

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"opendoor/api/sheets"
	"opendoor/offboarding"
)

// item finds a line of a figure.
func item(t *testing.T, f map[string]any, metric, code string) map[string]any {
	t.Helper()
	for _, i := range f["items"].([]any) {
		if m := i.(map[string]any); m["metric"] == metric && (code == "" || m["code"] == code) {
			return m
		}
	}
	t.Fatalf("%s %s is missing in %v", metric, code, f)
	return nil
}

func TestFiguresCountWhatTheCasesSay(t *testing.T) {
	o := newOffice(t)
	acc, other := o.account(offboarding.AmoCRM, nil), o.account(offboarding.Bitrix24, nil)
	for i := range 12 {
		c := o.open(acc)
		o.call(http.StatusOK, post, "/api/v1/cases/"+c.ID.String()+"/actions/record_answer", `{"reason":"`+[]string{"price", "contact"}[i%2]+`","nps":9,"service_related":"no"}`)
		if i < 3 {
			o.call(http.StatusOK, post, "/api/v1/cases/"+c.ID.String()+"/actions/proceed", `{}`)
		}
	}
	o.open(other)
	reasons := o.figure("/api/v1/analytics/reasons?account_id=" + acc.ID.String())
	if r := item(t, reasons, "reason_groups", "price"); r["count"] != 6.0 || r["n"] != 12.0 || r["value"] != .5 || r["too_few"] != false || r["label"] == "" || r["low"].(float64) >= .5 {
		t.Errorf("%v", r)
	}
	if r := item(t, o.figure("/api/v1/analytics/reasons"), "reason_groups", "unknown"); r["count"] != 1.0 || r["n"] != 13.0 {
		t.Errorf("over both accounts: %v", r)
	}
	funnel := o.figure("/api/v1/analytics/funnel")
	if talked := item(t, funnel, "listening", "talked"); talked["count"] != 12.0 || talked["n"] != 13.0 {
		t.Errorf("%v", talked)
	}
	if nps := item(t, funnel, "exit_nps", ""); nps["value"] != 100.0 || nps["unit"] != "points" {
		t.Errorf("%v", nps)
	}
	if rate := item(t, funnel, "save_rate", ""); rate["n"] != 3.0 || rate["too_few"] != true || rate["note"] != "мало данных" || rate["value"] != nil {
		t.Errorf("of three: %v", rate)
	}
	if cohort := item(t, o.figure("/api/v1/analytics/cohorts"), "cases", "client"); cohort["month"] != "2026-11" || cohort["count"] != 13.0 {
		t.Errorf("%v", cohort)
	}
	if items := o.figure("/api/v1/analytics/reasons?to=2026-11-03")["items"].([]any); len(items) != 0 {
		t.Errorf("before the first day: %v", items)
	}
	for _, name := range offboarding.FigureNames() {
		o.figure("/api/v1/analytics/" + name)
	}
}

func TestFiguresObeyScopeRoleAndForm(t *testing.T) {
	o := newOffice(t)
	acc, other := o.account(offboarding.AmoCRM, nil), o.account(offboarding.Bitrix24, nil)
	o.open(acc)
	o.open(other)
	limited := o.key(RoleViewer, acc.ID)
	w := o.do(request{method: get, path: "/api/v1/analytics/reasons", key: limited})
	if r := item(t, o.json(w), "reasons", "unknown"); r["count"] != 1.0 {
		t.Errorf("a key for one account counts %v", r)
	}
	for path, want := range map[string]int{
		"/api/v1/analytics/reasons?account_id=" + other.ID.String(): http.StatusNotFound,
		"/api/v1/analytics/everything":                              http.StatusNotFound,
		"/api/v1/analytics/responsibles":                            http.StatusForbidden,
		"/api/v1/analytics/reasons?format=pdf":                      http.StatusUnprocessableEntity,
		"/api/v1/analytics/reasons?from=yesterday":                  http.StatusUnprocessableEntity,
	} {
		if w := o.do(request{method: get, path: path, key: limited}); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := o.do(request{method: get, path: "/api/v1/analytics/responsibles", key: o.as(RoleHRManager)}); w.Code != http.StatusOK {
		t.Errorf("whom it is for: %d", w.Code)
	}
	if w := o.do(request{method: get, path: "/api/v1/audit", key: adminKey}); !strings.Contains(w.Body.String(), "responsibles.viewed") {
		t.Error("nobody wrote down that people were looked at")
	}
}

func TestFiguresAsTablesComputeNothing(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	full, err := o.store.Case(t.Context(), nil, c.ID)
	o.must(err)
	full.Reason = offboarding.StatedReason{Code: `=HYPERLINK("http://evil")`, Source: "crm"}
	o.must(o.store.SaveCase(t.Context(), full))
	for format, media := range map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"} {
		w := o.do(request{method: get, path: "/api/v1/analytics/reasons?format=" + format, key: adminKey})
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != media || !strings.Contains(w.Header().Get("Content-Disposition"), "reasons."+format) {
			t.Fatalf("%s: %d %v", format, w.Code, w.Header())
		}
		if format == "csv" && (bytes.Contains(w.Body.Bytes(), []byte(";=")) || !bytes.Contains(w.Body.Bytes(), []byte("'=HYPERLINK"))) {
			t.Errorf("a formula stands in the table: %s", w.Body)
		}
		rows, err := sheets.Read(w.Body.Bytes())
		o.must(err)
		if len(rows) != 3 || !slices.Equal(rows[0], figureColumns) || rows[2][4] != "1" {
			t.Errorf("%s: %q", format, rows)
		}
	}
}

func (o *office) figure(path string) map[string]any {
	o.Helper()
	return o.call(http.StatusOK, get, path, "")
}
