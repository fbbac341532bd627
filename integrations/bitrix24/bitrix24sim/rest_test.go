package bitrix24sim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestACallMeansTheSameHoweverItIsSent(t *testing.T) {
	p := newPortal(t, seeded)
	want := result(t, p.post("crm.deal.list", obj{"filter": obj{"@ID": []int{2, 4}}, "select": []string{"ID", "TITLE"}}).body)
	query := url.Values{"filter[@ID][0]": {"2"}, "filter[@ID][1]": {"4"}, "select[]": {"ID", "TITLE"}}.Encode()

	var parts bytes.Buffer
	mw := multipart.NewWriter(&parts)
	for _, kv := range [][2]string{{"filter[@ID][]", "2"}, {"filter[@ID][]", "4"}, {"select[0]", "ID"}, {"select[1]", "TITLE"}} {
		_ = mw.WriteField(kv[0], kv[1])
	}
	_ = mw.Close()

	tests := map[string]struct{ verb, path, kind, body string }{
		"GET":                        {"GET", "crm.deal.list?" + query, "", ""},
		"GET with .json":             {"GET", "crm.deal.list.json?" + query, "", ""},
		"form":                       {"POST", "crm.deal.list", "application/x-www-form-urlencoded", query},
		"form without a type":        {"POST", "crm.deal.list", "", query},
		"multipart":                  {"POST", "crm.deal.list", mw.FormDataContentType(), parts.String()},
		"slash at the end":           {"POST", "crm.deal.list/?bx24_request_id=1", "application/x-www-form-urlencoded", query},
		"capitals in the method":     {"POST", "CRM.Deal.List", "application/x-www-form-urlencoded", query},
		"capitals in the parameters": {"POST", "crm.deal.list", "application/json", `{"FILTER":{"@ID":[2,4]},"SELECT":["ID","TITLE"]}`},
		"half query, half JSON":      {"POST", "crm.deal.list?select[]=ID&select[]=TITLE&bx24_sdk_ver=2.2.0", "application/json; charset=utf-8", `{"filter":{"ID":["2","4"]}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p.t = t
			req, err := http.NewRequest(tt.verb, p.url+"/rest/1/secret/"+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.kind != "" {
				req.Header.Set("Content-Type", tt.kind)
			}
			r := p.do(req)
			if r.status != 200 || result(t, r.body) != want {
				t.Errorf("got %d %s, want %s", r.status, r.body, want)
			}
		})
	}
}

func ids(t *testing.T, rows any, key string) string {
	t.Helper()
	var out []string
	for _, r := range rows.([]any) {
		out = append(out, fmt.Sprint(r.(map[string]any)[key]))
	}
	return strings.Join(out, " ")
}

func TestListsComeInPagesOfFifty(t *testing.T) {
	p := newPortal(t)
	for range 123 {
		newDeal(p, obj{})
	}
	first := p.ok("crm.deal.list", obj{"select": []string{"ID"}})
	if first["next"] != 50.0 || first["total"] != 123.0 || len(first["result"].([]any)) != 50 {
		t.Errorf("first page: next %v, total %v", first["next"], first["total"])
	}
	last := p.ok("crm.deal.list", obj{"select": []string{"ID"}, "start": 100})
	if _, more := last["next"]; more || last["total"] != 123.0 || len(last["result"].([]any)) != 23 {
		t.Errorf("last page: %v", last)
	}
	// The walk that large portals want: no counting, by id.
	seen, above := 0, 0
	for {
		page := p.ok("crm.deal.list", obj{"order": obj{"ID": "ASC"}, "filter": obj{">ID": above}, "start": -1, "select": []string{"ID"}})
		rows := page["result"].([]any)
		if _, more := page["next"]; more || page["total"] != 0.0 {
			t.Fatalf("start -1 counts: %v", page)
		}
		for _, r := range rows {
			above = must(toIntErr(r.(map[string]any)["ID"]))
			seen++
		}
		if len(rows) < 50 {
			break
		}
	}
	if seen != 123 {
		t.Errorf("walked over %d deals, want 123", seen)
	}
}

func toIntErr(v any) (int, error) {
	n, ok := toInt(v)
	if !ok {
		return 0, fmt.Errorf("no number: %v", v)
	}
	return n, nil
}

func TestFiltersSelectAsDocumented(t *testing.T) {
	p := newPortal(t)
	must(p.AddUserField(obj{"FIELD_NAME": "VIP", "USER_TYPE_ID": "boolean"}))
	for i, title := range []string{"Alpha", "Beta", "Gamma"} { // ids 1, 2, 3
		newDeal(p, obj{"TITLE": title, "OPPORTUNITY": 100 * (i + 1), "CATEGORY_ID": i % 2, "CONTACT_ID": i, "UF_CRM_VIP": i == 1})
		p.clock.Add(24 * 60 * 60 * 1e9)
	}
	tests := map[string]struct {
		method string
		filter obj
		want   string
	}{
		"equal":                        {"crm.deal.list", obj{"TITLE": "Beta"}, "2"},
		"equal, with sign":             {"crm.deal.list", obj{"=ID": "2"}, "2"},
		"not":                          {"crm.deal.list", obj{"!ID": 2}, "1 3"},
		"not, with sign":               {"crm.deal.list", obj{"!=ID": 2}, "1 3"},
		"greater":                      {"crm.deal.list", obj{">OPPORTUNITY": 100}, "2 3"},
		"at least and at most":         {"crm.deal.list", obj{">=ID": 2, "<=OPPORTUNITY": "200.00"}, "2"},
		"less":                         {"crm.deal.list", obj{"<ID": 2}, "1"},
		"in":                           {"crm.deal.list", obj{"@ID": []int{1, 3}}, "1 3"},
		"a list is in as well":         {"crm.deal.list", obj{"ID": []int{1, 3}}, "1 3"},
		"not in":                       {"crm.deal.list", obj{"!@ID": []int{1, 3}}, "2"},
		"contains":                     {"crm.deal.list", obj{"%TITLE": "et"}, "2"},
		"like":                         {"crm.deal.list", obj{"=%TITLE": "%a"}, "1 2 3"},
		"like, anchored":               {"crm.deal.list", obj{"%=TITLE": "G%"}, "3"},
		"default pipeline":             {"crm.deal.list", obj{"CATEGORY_ID": 0}, "1 3"},
		"changed since":                {"crm.deal.list", obj{">=DATE_MODIFY": "2024-08-31T00:00:00+02:00"}, "2 3"},
		"no contact":                   {"crm.deal.list", obj{"CONTACT_ID": ""}, "1"},
		"boolean field":                {"crm.deal.list", obj{"UF_CRM_VIP": 1}, "2"},
		"a typo returns everything":    {"crm.deal.list", obj{"TITEL": "Beta"}, "1 2 3"},
		"items: camel case":            {"crm.item.list", obj{">id": 1, "categoryId": 0}, "3"},
		"items: capitals":              {"crm.item.list", obj{">ID": 1, "@STAGE_ID": []string{"NEW", "C1:NEW"}}, "2 3"},
		"items: one or the other":      {"crm.item.list", obj{"0": obj{"logic": "OR", "0": obj{"id": 1}, "1": obj{"title": "Gamma"}}}, "1 3"},
		"items: not containing":        {"crm.item.list", obj{"!%title": "amm"}, "1 2"},
		"history of one deal":          {"crm.stagehistory.list", obj{"OWNER_ID": 2}, "2"},
		"history after a known row":    {"crm.stagehistory.list", obj{">ID": 1}, "2 3"},
		"history of failed stages: no": {"crm.stagehistory.list", obj{"STAGE_SEMANTIC_ID": "F"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p.t = t
			res := p.ok(tt.method, obj{"entityTypeId": 2, "filter": tt.filter})["result"]
			key := "ID"
			if m, ok := res.(map[string]any); ok {
				res = m["items"]
				if tt.method == "crm.item.list" {
					key = "id"
				}
			}
			if got := ids(t, res, key); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	r := p.post("crm.item.list", obj{"entityTypeId": 2, "filter": obj{"titel": "x"}})
	if r.status != 400 || !strings.Contains(r.body, `"INVALID_ARG_VALUE"`) {
		t.Errorf("crm.item.list takes an unknown field: %d %s", r.status, r.body)
	}
	if got := ids(t, p.ok("crm.deal.list", obj{"order": obj{"CATEGORY_ID": "DESC", "TITLE": "DESC"}})["result"], "ID"); got != "2 3 1" {
		t.Errorf("order by two fields: %s", got)
	}
}

func TestBatches(t *testing.T) {
	p := newPortal(t, seeded)
	t.Run("numeric keys make lists and results feed later commands", func(t *testing.T) {
		p.t = t
		r := p.post("batch", obj{"halt": 0, "cmd": []string{
			"crm.deal.get?id=2", "crm.contact.get?id=%24result%5B0%5D%5BCONTACT_ID%5D", "crm.deal.list?filter[ID]=$result[0][ID]&select[]=ID",
			"user.get?ID=$result[2][0][ID]",
		}})
		got := decode(t, r.body)["result"].(map[string]any)
		if res, ok := got["result"].([]any); !ok || len(res) != 4 || res[1].(map[string]any)["ID"] != "2" || ids(t, res[2], "ID") != "2" {
			t.Errorf("result: %s", r.body)
		}
		if !strings.Contains(r.body, `"result_error":[],"result_total":{"2":1,"3":0},"result_next":[]`) {
			t.Errorf("maps: %s", r.body)
		}
	})
	t.Run("a failure is noted and the rest goes on", func(t *testing.T) {
		p.t = t
		r := p.post("batch", obj{"cmd": obj{"a": "crm.deal.get?id=99999", "b": "crm.deal.get?id=$result[a][ID]", "c": "profile"}})
		if r.status != 200 || !strings.Contains(r.body, `"a":{"error":"","error_description":"Not found"}`) ||
			!strings.Contains(r.body, `"b":{"error":"","error_description":"ID is not defined or invalid"}`) || !strings.Contains(r.body, `"c":{"ID":"1"`) {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
	t.Run("with halt later commands are in neither map", func(t *testing.T) {
		p.t = t
		got := decode(t, p.post("batch", obj{"halt": 1, "cmd": obj{"a": "crm.nonsense", "b": "profile"}}).body)["result"].(map[string]any)
		if errs := got["result_error"].(map[string]any); len(errs) != 1 || len(got["result"].([]any)) != 0 || len(got["result_time"].([]any)) != 0 {
			t.Errorf("%v", got)
		}
	})
	t.Run("commands run in the order of the body, also of a map", func(t *testing.T) {
		p.t = t
		req, _ := http.NewRequest(http.MethodPost, p.url+"/rest/1/secret/batch", strings.NewReader(
			`{"halt":0,"cmd":{"z":"crm.deal.update?id=2&fields[TITLE]=first","a":"crm.deal.update?id=2&fields[TITLE]=second"}}`))
		req.Header.Set("Content-Type", "application/json")
		p.do(req)
		if d, _ := p.Deal(2); d.Title != "second" {
			t.Errorf("title is %q", d.Title)
		}
	})
	t.Run("more than fifty commands and batches in batches are refused", func(t *testing.T) {
		p.t = t
		cmd := make([]string, 51)
		for i := range cmd {
			cmd[i] = "profile"
		}
		cmd[0] = "batch?cmd[a]=profile"
		r := p.post("batch", obj{"cmd": cmd})
		if !strings.Contains(r.body, `"50":{"error":"ERROR_BATCH_LENGTH_EXCEEDED"`) || !strings.Contains(r.body, `"0":{"error":"ERROR_BATCH_METHOD_NOT_ALLOWED"`) {
			t.Errorf("%s", r.body)
		}
	})
}

func TestTheLedgerKnowsWhatWasAskedAndNoToken(t *testing.T) {
	p := newPortal(t, seeded)
	p.ok("crm.deal.update", obj{"id": 2, "fields": obj{"TITLE": "x"}})
	p.post("batch", obj{"cmd": obj{"a": "crm.deal.get?id=1"}})
	access, _ := p.IssueToken(1)
	p.postTo("/rest/profile", obj{"auth": access})
	p.postTo("/rest/1/wrong/profile", nil)

	got := p.Ledger()
	var lines []string
	for _, r := range got {
		lines = append(lines, fmt.Sprintf("%s %d %d", r.Method, r.Status, r.UserID))
		if strings.Contains(fmt.Sprint(r.Params), access) {
			t.Errorf("token in the ledger: %v", r.Params)
		}
	}
	want := "crm.deal.update 200 1, batch 200 1, crm.deal.get 200 1, profile 200 1, profile 401 0"
	if s := strings.Join(lines, ", "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if got[2].Batch != got[1].Seq || got[0].Params["fields"].(map[string]any)["TITLE"] != "x" {
		t.Errorf("details are missing: %+v", got[:3])
	}
	if n := len(p.Requests("crm.deal.*")); n != 2 {
		t.Errorf("%d requests match crm.deal.*", n)
	}
}

func TestFilesAreKept(t *testing.T) {
	p := newPortal(t, seeded)
	encoded := base64.StdEncoding.EncodeToString([]byte("inventory"))
	id := p.ok("crm.timeline.comment.add", obj{"fields": obj{"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "x", "FILES": [][]string{{"a.pdf", encoded}}}})["result"]
	files := p.ok("crm.timeline.comment.get", obj{"id": id})["result"].(map[string]any)["FILES"].(map[string]any)
	for _, f := range files {
		link := strings.TrimPrefix(f.(map[string]any)["urlDownload"].(string), "https://some-domain.bitrix24.com")
		if r := p.get(link); r.body != "inventory" || !strings.Contains(r.header.Get("Content-Disposition"), "a.pdf") {
			t.Errorf("download: %d %q", r.status, r.body)
		}
	}
	up := p.ok("disk.folder.uploadfile", obj{"id": 7, "data": obj{"NAME": "b.txt"}})["result"].(map[string]any)
	var body bytes.Buffer
	mw := multipart.NewWriter(&body)
	w := must(mw.CreateFormFile(up["field"].(string), "b.txt"))
	_, _ = w.Write([]byte("hello"))
	_ = mw.Close()
	req, _ := http.NewRequest(http.MethodPost, p.url+strings.TrimPrefix(up["uploadUrl"].(string), "https://some-domain.bitrix24.com"), &body)
	req.Header.Set("Content-Type", mw.FormDataContentType())
	if r := p.do(req); r.status != 200 || !strings.Contains(r.body, `"SIZE":"5"`) {
		t.Errorf("upload: %d %s", r.status, r.body)
	}
}

func TestThousandsOfDealsUnderManyClients(t *testing.T) {
	p := newPortal(t)
	in := newInbox(t)
	const deals, clients = 2000, 8
	for range deals {
		newDeal(p, obj{"TITLE": "x"})
	}
	p.AddOutgoingWebhook(in.URL, "", "ONCRMDEALUPDATE")
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range 20 {
				id := 1 + (c*20+i)*7%deals
				p.ok("crm.deal.update", obj{"id": id, "fields": obj{"STAGE_ID": []string{"LOSE", "NEW"}[i%2]}})
				p.ok("crm.timeline.comment.add", obj{"fields": obj{"ENTITY_ID": id, "ENTITY_TYPE": "deal", "COMMENT": "x"}})
				p.ok("crm.deal.list", obj{"filter": obj{">ID": id}, "start": -1, "order": obj{"ID": "ASC"}})
			}
		})
	}
	wg.Wait()
	if n := len(in.settled(p)); n != clients*20 {
		t.Errorf("%d events for %d updates", n, clients*20)
	}
	if n := len(p.comments); n != clients*20 {
		t.Errorf("%d comments", n)
	}
}
