package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestATableOfContractsIsLookedAtRowByRow(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	path := "/api/v1/contracts/import?account_id=" + acc.ID.String()
	table := "Номер договора;Клиент;Email;Срок уведомления;Дата начала;Ответственный;Почта ответственного;Лишнее\n" +
		"12/24;Анна Примерова;anna@example.com;14;01.03.2024;Мария;maria@example.com;x\n" +
		";;;;;;;\n" +
		"13/24;Пётр;не почта;много;вчера;;;\n" +
		"12/24;Двойник;d@example.com;;;;;\n" +
		";Без номера;client@example.com;;;;;\n"
	load := func(query string) map[string]any {
		t.Helper()
		return o.call(200, post, path+query, table, "Content-Type: text/csv")
	}
	seen := load("&dry_run=true")
	if seen["created"] != 2.0 || seen["failed"] != 2.0 || seen["total"] != 4.0 || seen["dry_run"] != true {
		t.Errorf("%v", seen)
	}
	if ignored := fmt.Sprint(seen["ignored_columns"]); ignored != "[Лишнее]" {
		t.Errorf("columns that were not understood: %s", ignored)
	}
	bad := seen["rows"].([]any)[1].(map[string]any)
	if bad["row"] != 4.0 || bad["action"] != "error" || strings.Join(fields(bad), " ") != "client.email notice_days started_on" {
		t.Errorf("%v", bad)
	}
	if items := o.call(200, get, "/api/v1/contracts", "")["items"].([]any); len(items) != 0 {
		t.Errorf("a preview stores: %v", items)
	}
	if done := load(""); done["created"] != 2.0 || done["failed"] != 2.0 {
		t.Errorf("%v", done)
	}
	if again := load(""); again["unchanged"] != 2.0 || again["created"] != 0.0 {
		t.Errorf("%v", again)
	}
	k := o.call(200, get, "/api/v1/contracts?q=12/24", "")["items"].([]any)[0].(map[string]any)
	who := k["responsibles"].([]any)[0].(map[string]any)
	if k["notice_days"] != 14.0 || k["started_on"] != "2024-03-01" || who["from"] != "2024-03-01" || who["email"] != "maria@example.com" {
		t.Errorf("%v", k)
	}
	// What is exported comes back as it was.
	w := o.do(request{method: get, path: "/api/v1/contracts/export", key: adminKey})
	if w.Code != 200 || !strings.Contains(w.Body.String(), "anna@example.com") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if back := o.call(200, post, path, w.Body.String(), "Content-Type: text/csv"); back["unchanged"] != 2.0 || len(back["ignored_columns"].([]any)) != 0 {
		t.Errorf("%v", back)
	}
	table = "number,notice_days\n12/24,7.0\n"
	if done := load(""); done["updated"] != 1.0 {
		t.Errorf("%v", done)
	}
	for name, body := range map[string]string{"nothing": "", "only a head": "number\n", "no column of ours": "a;b\n1;2\n", "a column twice": "number;договор\n1;2\n"} {
		if p := o.call(422, post, path, body, "Content-Type: text/csv"); len(fields(p)) != 1 {
			t.Errorf("%s: %v", name, p)
		}
	}
	o.call(422, post, "/api/v1/contracts/import", table, "Content-Type: text/csv")
	o.call(404, post, "/api/v1/contracts/import?account_id="+offboarding.NewID().String(), table, "Content-Type: text/csv")
}

func TestATableMayComeAsAFileOfAForm(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "contracts.csv")
	o.must(err)
	_, err = part.Write([]byte("number;client_email\n1;a@example.com\n"))
	o.must(err)
	o.must(form.Close())
	got := o.call(200, post, "/api/v1/contracts/import?account_id="+acc.ID.String(), b.String(), "Content-Type: "+form.FormDataContentType())
	if got["created"] != 1.0 {
		t.Errorf("%v", got)
	}
}

// A table of ten thousand contracts with all that people write into it is larger
// than any JSON.
func TestALargeTableIsLookedThrough(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	var table strings.Builder
	table.WriteString("number;client;company;scope\n")
	for i := range 10_000 {
		fmt.Fprintf(&table, "%d/26;Клиент %d;ООО «Образец %d»;Бухгалтерский учёт и отчётность, кадры, первичные документы\n", i, i, i)
	}
	if table.Len() <= maxBody {
		t.Fatalf("the table has only %d bytes", table.Len())
	}
	seen := o.call(200, post, "/api/v1/contracts/import?dry_run=true&account_id="+acc.ID.String(), table.String(), "Content-Type: text/csv")
	if seen["created"] != 10_000.0 || seen["failed"] != 0.0 {
		t.Errorf("%v created, %v failed", seen["created"], seen["failed"])
	}
}

// Rows are stored a hundred at a time; a wrong one keeps none of its hundred back.
func TestAWrongRowKeepsNoneOfItsHundredBack(t *testing.T) {
	o := newOffice(t)
	acc := o.account("generic", nil)
	var table strings.Builder
	table.WriteString("number,client_name,notice_days\n")
	for i := range 250 {
		days := "30"
		if i == 120 {
			days = "soon"
		}
		fmt.Fprintf(&table, "N-%d,Пример,%s\n", i, days)
	}
	path := "/api/v1/contracts/import?account_id=" + acc.ID.String()
	for _, want := range []map[string]any{{"created": 249.0, "failed": 1.0}, {"unchanged": 249.0, "failed": 1.0}} {
		r := o.call(200, post, path, table.String(), "Content-Type: text/csv")
		for what, n := range want {
			if r[what] != n {
				t.Errorf("%s: %v, want %v", what, r[what], n)
			}
		}
		if rows := r["rows"].([]any); len(rows) != 250 || rows[120].(map[string]any)["action"] != "error" || rows[121].(map[string]any)["action"] == "error" {
			t.Errorf("%d rows, %+v", len(rows), rows[120])
		}
	}
}
