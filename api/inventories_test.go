package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// underContract records a contract of the service and returns its address.
func (o *office) underContract(acc uuid.UUID, number, service string) string {
	o.Helper()
	k := o.call(http.StatusCreated, post, "/api/v1/contracts", fmt.Sprintf(`{"account_id":%q,"number":%q,"service_type":%q,"deal_id":"17","notice_days":30,"handover_days":10,
		"client":{"name":"Анна Примерова","email":"anna@example.com"},"responsibles":[{"name":"Мария Образцова","email":"manager@example.com","from":"2024-01-01"}]}`, acc, number, service))
	return "/api/v1/contracts/" + k["id"].(string)
}

func (o *office) archive() *offboarding.Archive { return o.server.cfg.Archive }

func itemsOf(body map[string]any) (out []map[string]any) {
	for _, it := range body["items"].([]any) {
		out = append(out, it.(map[string]any))
	}
	return out
}

// What is kept in order quarter by quarter is not collected at the exit again.
func TestAtTheExitOnlyTheDeltaIsCollected(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.Generic, offboarding.Credentials{"secret": "whsec_c2VjcmV0"})
	k := o.underContract(acc.ID, "10/25", "legal")
	got := o.call(http.StatusCreated, post, k+"/inventories", `{"items":[{"title":"Договор с судом","mandatory":true,"status":"collected"}]}`)
	if got["quarter"] != "2026Q3" || got["due_on"] != "2026-11-25" || got["mandatory_total"] != 8.0 || len(itemsOf(got)) != 9 {
		t.Fatalf("the first snapshot: %v", got)
	}
	v := k + "/inventories/" + got["id"].(string)
	for i, it := range itemsOf(got) {
		item := v + "/items/" + it["id"].(string)
		switch {
		case i == 0:
			if w := o.put(item+"/file", "оригиналы.pdf", []byte("%PDF-1.4 originals")); w.Code != http.StatusOK {
				t.Fatalf("upload: %d %s", w.Code, w.Body)
			}
		case it["mandatory"] == true && i < 8:
			o.call(http.StatusOK, patch, item, `{"missing_reason":"в архиве","promised_on":"2026-12-01","owner":"Мария Образцова"}`)
		}
	}
	closed := o.call(http.StatusOK, post, v+"/close", "")
	if closed["status"] != "closed" || closed["readiness"] != 0.25 {
		t.Errorf("closed: %v, %v", closed["status"], closed["readiness"])
	}
	first := v + "/items/" + itemsOf(got)[0]["id"].(string)
	for what, refused := range map[string]map[string]any{
		"change": o.call(http.StatusConflict, patch, first, `{"title":"x"}`), "add": o.call(http.StatusConflict, post, v+"/items", `{"title":"x"}`),
		"drop": o.call(http.StatusConflict, del, first, ""), "close": o.call(http.StatusConflict, post, v+"/close", ""),
		"file": o.json(o.put(first+"/file", "x", []byte("x"))), "import": o.call(http.StatusConflict, post, v+"/items/import", "title\nx\n", "Content-Type: text/csv"),
	} {
		if refused["rule"] != "snapshot_closed" {
			t.Errorf("%s: %v", what, refused)
		}
	}

	id := o.call(http.StatusCreated, post, "/api/v1/cases", fmt.Sprintf(`{"account_id":%q,"initiator":"client","client":{"name":"Анна Примерова","email":"anna@example.com"},"contract":{"number":"10/25"}}`, acc.ID))["id"].(string)
	o.call(http.StatusOK, post, "/api/v1/cases/"+id+"/actions/proceed", "{}")
	h := o.call(http.StatusOK, get, "/api/v1/cases/"+id+"/handover", "")
	delta := h["delta"].(map[string]any)
	if h["snapshot"].(map[string]any)["quarter"] != "2026Q3" || delta["open"] != 7.0 || len(itemsOf(h)) != 9 {
		t.Fatalf("the handover begins with %v, delta %v, %d items", h["snapshot"], delta, len(itemsOf(h)))
	}
	mine := itemsOf(h)[0]
	if mine["from_snapshot"] != true || mine["status"] != "collected" || mine["sha256"] == nil {
		t.Errorf("what was collected: %v", mine)
	}
	// A file replaced at the exit stays in the snapshot.
	o.put("/api/v1/cases/"+id+"/handover/items/"+mine["id"].(string)+"/file", "новые.pdf", []byte("%PDF-1.4 others"))
	if w := o.do(request{method: get, path: first + "/file", key: adminKey}); w.Body.String() != "%PDF-1.4 originals" {
		t.Errorf("the snapshot's file is %q", w.Body)
	}
	held, err := o.store.FilesHeld(t.Context(), []string{mine["sha256"].(string)})
	o.must(err)
	if !held[mine["sha256"].(string)] {
		t.Error("the snapshot's file would be swept")
	}
}

func TestSnapshotsAreTakenOnTheFirstBusinessDayOfAQuarter(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, offboarding.Credentials{"access_token": "x"})
	o.call(http.StatusOK, patch, "/api/v1/accounts/"+acc.ID.String(), `{"policy":{"manager":{"id":"5","name":"Руководитель","email":"boss@example.com"}}}`)
	k := o.underContract(acc.ID, "10/25", "repair_service")
	over := o.underContract(acc.ID, "9/25", "legal")
	o.call(http.StatusOK, patch, over, `{"ended_on":"2026-12-01"}`)
	count := func(at string, want int) []map[string]any {
		t.Helper()
		day, err := time.Parse(time.RFC3339, at)
		o.must(err)
		o.clock = day
		for range 2 { // a second look takes nothing
			if _, err := o.archive().Quarterly(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		list := itemsOf(o.call(http.StatusOK, get, k+"/inventories", ""))
		if len(list) != want {
			t.Fatalf("%s: %d snapshots, want %d", at, len(list), want)
		}
		return list
	}
	count("2026-11-04T09:00:00Z", 0) // the quarter before was over when the contract was recorded
	if flags := o.call(http.StatusOK, get, k, "")["flags"]; fmt.Sprint(flags) != "[contract_missing]" {
		t.Errorf("flags %v", flags)
	}
	count("2027-01-10T09:00:00Z", 0) // holidays
	v := count("2027-01-11T09:00:00Z", 1)[0]
	if v["quarter"] != "2026Q4" || v["taken_on"] != "2027-01-11" || v["due_on"] != "2027-02-01" {
		t.Errorf("taken: %v", v)
	}
	if list := itemsOf(o.call(http.StatusOK, get, over+"/inventories", "")); len(list) != 0 {
		t.Errorf("a contract that is over: %v", list)
	}
	letters := func(template string) (to []string) {
		all, err := o.store.MessagesInScope(t.Context(), offboarding.MessageFilter{})
		o.must(err)
		for _, m := range all {
			if m.Template == template {
				to = append(to, m.To)
			}
		}
		return to
	}
	if got := letters("I03"); fmt.Sprint(got) != "[manager@example.com]" {
		t.Errorf("asked: %v", got)
	}
	count("2027-02-01T09:00:00Z", 1)
	if got := letters("I04"); len(got) > 0 {
		t.Errorf("told of lateness on the day itself: %v", got)
	}
	late := count("2027-02-02T09:00:00Z", 1)[0]
	if got := letters("I04"); late["status"] != "overdue" || late["escalated_at"] == nil || len(got) != 2 || !strings.Contains(fmt.Sprint(got), "boss@example.com") {
		t.Errorf("escalated: %v to %v", late, got)
	}
	next := count("2027-04-01T09:00:00Z", 2)
	if next[0]["quarter"] != "2027Q1" || next[1]["status"] != "closed" || next[1]["latest"] != false {
		t.Errorf("the next quarter: %v", next)
	}
	sum := o.call(http.StatusOK, get, "/api/v1/contracts/readiness?account_id="+acc.ID.String(), "")
	if sum["contracts"] != 1.0 || sum["fresh"] != 1.0 || sum["readiness"] != 0.0 || len(itemsOf(sum)) != 1 {
		t.Errorf("over all: %v", sum)
	}
	if snap := o.call(http.StatusOK, get, k, "")["snapshot"].(map[string]any); snap["quarter"] != "2027Q1" || snap["old"] != false {
		t.Errorf("of the contract: %v", snap)
	}
}

func TestItemsComeFromTablesRowByRow(t *testing.T) {
	o := newOffice(t)
	_, h := o.leave("")
	table := "Наименование;Номер;Дата;Вид;Листов;Обязательно;Есть;Почему нет;Будет;Кто отвечает\r\n" +
		"Учётная политика;5-П;31.01.2026;оригинал;14;да;есть;;;\r\n" +
		"Акты сверки;;32.13.2026;;много;наверное;;;;\r\n" +
		"Регистры;;;электронный;;да;нет;банк ещё не ответил;2026-12-01;Мария\r\n" +
		"Учётная политика;5-П;;;;;;;;\r\n" +
		"Оригиналы;;;;;;отсутствует;отдадим после оплаты;;\r\n"
	send := func(path, body string) map[string]any {
		t.Helper()
		return o.call(http.StatusOK, post, path, body, "Content-Type: text/csv")
	}
	for _, dry := range []bool{true, false} {
		got := send(h+fmt.Sprintf("/items/import?dry_run=%v", dry), table)
		rows := got["rows"].([]any)
		if got["created"] != 2.0 || got["failed"] != 3.0 || len(rows[1].(map[string]any)["errors"].([]any)) != 3 {
			t.Fatalf("dry %v: %v", dry, got)
		}
		want := 2
		if dry {
			want = 0
		}
		if n := len(itemsOf(o.call(http.StatusOK, get, h, ""))); n != want {
			t.Fatalf("dry %v: %d items stand there", dry, n)
		}
	}
	if got := send(h+"/items/import", table); got["unchanged"] != 2.0 || got["created"] != 0.0 {
		t.Errorf("the same table again: %v", got)
	}
	if got := send(h+"/items/import", "title,number,pages,colour\nУчётная политика,5-П,15,blue,and more\n"); got["updated"] != 1.0 || fmt.Sprint(got["ignored_columns"]) != "[colour column 5, which has no name]" {
		t.Errorf("a change: %v", got)
	}
	// What we wrote ourselves comes back as it was.
	book := o.do(request{method: get, path: h + "/inventory.xlsx", key: adminKey})
	if got := o.json(o.do(request{method: post, path: h + "/items/import", key: adminKey, body: book.Body.String(), headers: []string{"Content-Type: application/octet-stream"}})); got["unchanged"] != 2.0 || got["failed"] != 0.0 || fmt.Sprint(got["ignored_columns"]) != "[№ Файл Байт SHA-256]" {
		t.Errorf("our own workbook: %v", got)
	}
	o.call(http.StatusUnprocessableEntity, post, h+"/items/import", "цвет\nсиний\n", "Content-Type: text/csv")
	// What the checklist expects gets its number from the table.
	_, h = o.leave("legal")
	if got := send(h+"/items/import", "title,number,here\nОригиналы документов клиента,7,yes\nОригиналы документов клиента,8,yes\n"); got["updated"] != 1.0 || got["created"] != 1.0 {
		t.Errorf("what was expected: %v", got)
	}
}
