package api

import (
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestAContractIsRecordedChangedAndTakenByItsCase(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	k := o.call(201, post, "/api/v1/contracts", `{"account_id":"`+acc.ID.String()+`","number":"12/24","service_type":"accounting","client":{"name":"Анна","email":"anna@example.com"},
		"started_on":"2024-03-01","notice_days":14,"notice_clause":"п. 8.2","handover_days":10,"visits":"по вторникам",
		"responsibles":[{"id":"5","name":"Мария Образцова","email":"manager@example.com","from":"2024-03-01"}]}`)
	path := "/api/v1/contracts/" + k["id"].(string)
	if k["visits"] != "по вторникам" || len(k["flags"].([]any)) != 0 || k["version"] != 1.0 {
		t.Errorf("%v", k)
	}
	if p := o.call(409, post, "/api/v1/contracts", `{"account_id":"`+acc.ID.String()+`","number":"12/24"}`); p["rule"] != "contract_number_taken" {
		t.Errorf("%v", p)
	}
	k = o.call(200, patch, path, `{"notice_days":7}`, `If-Match: "1"`)
	if k["notice_days"] != 7.0 || k["number"] != "12/24" || k["version"] != 2.0 {
		t.Errorf("a patch changes what it names: %v", k)
	}
	o.call(412, patch, path, `{"notice_days":8}`, `If-Match: "1"`)
	p := o.call(422, post, "/api/v1/contracts", `{"account_id":"`+acc.ID.String()+`","client":{"email":"nobody"},"notice_days":-1,"started_on":"soon","responsibles":[{"name":"x"}]}`)
	if got := strings.Join(fields(p), " "); got != "client.email notice_days responsibles.from responsibles.id started_on" {
		t.Errorf("every mistake at once: %s", got)
	}
	seen := o.callAs(o.as(RoleViewer), 200, get, path, "")
	if strings.Contains(o.do(request{method: get, path: path, key: o.as(RoleViewer)}).Body.String(), "anna@") || seen["client"].(map[string]any)["name"] != nil {
		t.Errorf("a viewer sees who it is: %v", seen)
	}
	c := o.call(201, post, "/api/v1/cases", `{"account_id":"`+acc.ID.String()+`","initiator":"client","client":{"name":"Анна","email":"Anna@Example.com"},"contract":{},"responsible":{}}`)
	contract := c["contract"].(map[string]any)
	if contract["notice_days"] != 7.0 || contract["number"] != "12/24" || contract["notice_clause"] != "п. 8.2" || len(c["flags"].([]any)) != 0 {
		t.Errorf("%v", contract)
	}
	first := c["id"].(string)
	c = o.call(201, post, "/api/v1/cases", `{"account_id":"`+acc.ID.String()+`","initiator":"client","client":{"name":"Пётр"},"contract":{},"responsible":{}}`)
	free := o.call(201, post, "/api/v1/cases", `{"account_id":"`+acc.ID.String()+`","initiator":"client","client":{"name":"Без срока"},"contract":{"notice_days":0},"notice_received_on":"2026-11-20"}`)
	if free["contract"].(map[string]any)["notice_days"] != 0.0 || len(free["flags"].([]any)) != 0 {
		t.Errorf("a contract that asks for no notice: %+v", free)
	}
	if c["flags"].([]any)[0] != "contract_missing" || c["contract"].(map[string]any)["notice_days"] != 30.0 {
		t.Errorf("%v", c)
	}
	if p := o.call(409, "PUT", "/api/v1/cases/"+c["id"].(string)+"/contract", `{"contract_id":"`+k["id"].(string)+`"}`); p["rule"] != "case_already_open" {
		t.Errorf("a second parting from one contract: %v", p)
	}
	o.call(200, post, "/api/v1/cases/"+first+"/actions/cancel", `{"reason":"по ошибке"}`)
	c = o.call(200, "PUT", "/api/v1/cases/"+c["id"].(string)+"/contract", `{"contract_id":"`+k["id"].(string)+`"}`)
	if c["contract"].(map[string]any)["notice_days"] != 7.0 || len(c["flags"].([]any)) != 0 {
		t.Errorf("%v", c)
	}
	other := o.key(RoleOperator, o.account(offboarding.AmoCRM, nil).ID)
	o.callAs(other, 404, get, path, "")
	if items := o.callAs(other, 200, get, "/api/v1/contracts", "")["items"].([]any); len(items) != 0 {
		t.Errorf("a foreign contract is listed: %v", items)
	}
}

func TestEarlierInvoicesAreRecordedOnce(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	k := o.call(201, post, "/api/v1/contracts", `{"account_id":"`+acc.ID.String()+`","number":"12/24"}`)
	path := "/api/v1/contracts/" + k["id"].(string) + "/invoices"
	rub := `{"amount_minor":100000,"currency":"RUB"}`
	for _, tc := range []struct {
		body  string
		added float64
	}{
		{`{"number":"1","issued_on":"2026-08-31","total":` + rub + `,"lines":[{"kind":"subscription","amount":` + rub + `}]}`, 1},
		{`{"invoices":[{"number":"2","period":"2026-09","kind":"subscription","amount":` + rub + `},{"period":"2026-10","kinds":["x"],"total":` + rub + `}]}`, 2},
		{`{"number":"1","issued_on":"2026-08-31","total":` + rub + `}`, 0},
	} {
		if got := o.call(201, post, path, tc.body); got["added"] != tc.added {
			t.Errorf("%s: %v", tc.body, got["added"])
		}
	}
	if got := o.call(200, get, path, ""); len(got["items"].([]any)) != 3 {
		t.Errorf("%v", got)
	}
	o.call(422, post, path, `{"number":"9","issued_on":"2026-08-31","total":{"amount_minor":1,"currency":"roubles"}}`)
	o.call(422, post, path, `{"total":`+rub+`}`)
}

func TestAnAccountCorrectsItsCalendar(t *testing.T) {
	o := newOffice(t)
	path := "/api/v1/accounts/" + o.account(offboarding.AmoCRM, nil).ID.String() + "/calendar"
	if got := o.call(200, get, path+"?year=2026", ""); got["country"] != "RU" || len(got["days"].([]any)) < 14 {
		t.Errorf("%v", got)
	}
	w := o.do(request{method: "PUT", path: path + "?year=2027", key: adminKey, body: "day,kind,note\n2027-11-13,work,суббота\n", headers: []string{"Content-Type: text/csv"}})
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"own":[{"day":"2027-11-13","kind":"work","note":"суббота"}]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	saved := "# перенос, постановление\r\nday;kind;note\r\n2027-02-20;work;\xf1\xf3\xe1\xe1\xee\xf2\xe0\r\n2027-02-22;off;\r\n" // as a spreadsheet saves it, in Windows-1251
	w = o.do(request{method: "PUT", path: path + "?year=2027", key: adminKey, body: saved, headers: []string{"Content-Type: text/csv"}})
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"own":[{"day":"2027-02-20","kind":"work","note":"суббота"},{"day":"2027-02-22","kind":"off"}]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	words := "11.01.2027;выходной\n2027-02-20;Рабочий день;вместо понедельника;8\n12.01.2027;holiday\n13.02.2027;working day\n"
	w = o.do(request{method: "PUT", path: path, key: adminKey, body: words, headers: []string{"Content-Type: text/csv"}})
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"own":[{"day":"2027-01-11","kind":"off"},{"day":"2027-01-12","kind":"off"},{"day":"2027-02-13","kind":"work"},{"day":"2027-02-20","kind":"work","note":"вместо понедельника"}],"ignored_columns":["column 4, which has no name"]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = o.do(request{method: "PUT", path: path, key: adminKey, body: "Примечание;Дата;Вид дня;Часы\nканун;11.01.2027;праздник;0\n", headers: []string{"Content-Type: text/csv"}})
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"own":[{"day":"2027-01-11","kind":"off","note":"канун"}],"ignored_columns":["Часы"]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, line := range []string{"11.01.2027;сокращённый", "01/02/2027;off", "2027-01-11"} {
		if w := o.do(request{method: "PUT", path: path, key: adminKey, body: line + "\n", headers: []string{"Content-Type: text/csv"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "выходной") && !strings.Contains(w.Body.String(), "11.01.2027") {
			t.Errorf("%s: %d %s", line, w.Code, w.Body)
		}
	}
	o.call(422, "PUT", path, `{"days":[{"day":"2027-11-13","kind":"maybe"}]}`)
	if got := o.call(200, "PUT", path, `{"days":[]}`); len(got["own"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
}
