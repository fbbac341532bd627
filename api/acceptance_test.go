package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

const pdf = "%PDF-1.4 signed by hand"

// delivered lets a client leave, builds the package of one thing, and delivers it.
func (o *office) delivered() (c *offboarding.Case, h string, d map[string]any) {
	o.Helper()
	c, h = o.leave("")
	o.item(h, `{"title":"Ключи","status":"collected"}`)
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	return c, h, o.call(http.StatusOK, post, h+"/deliver", `{"to":"client"}`)
}

func TestTheActMayBeSignedOutsideOfThePortal(t *testing.T) {
	for name, tt := range map[string]struct {
		file, body, way string
		files           []any
		what            string
	}{
		"a scan":      {"акт.pdf", pdf, "paper", []any{"scan"}, "Скан подписанного акта; хранится в том виде, в котором загружен"},
		"a signature": {"act-1.pdf.sig", "\x30\x82 CMS", "signature", []any{"document", "signature"}, "Отсоединённая электронная подпись акта; хранится в том виде, в котором загружена, подлинность мы не проверяли"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			_, h, d := o.delivered()
			if w := o.put(h+"/act/signed", tt.file, []byte(tt.body)); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("signed by nobody: %d", w.Code)
			}
			w := o.put(h+"/act/signed?by=Анна", tt.file, []byte(tt.body))
			got := o.json(w)
			a, _ := got["acceptance"].(map[string]any)
			if w.Code != http.StatusOK || got["status"] != "accepted" || a["way"] != tt.way || a["by"] != "Анна" || fmt.Sprint(a["files"]) != fmt.Sprint(tt.files) {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			path, guest := o.guestOf(d)
			_, page := guest(get, path, nil)
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(tt.body)))
			kept, _ := a["kept"].([]any)
			last, _ := kept[len(kept)-1].(map[string]any)
			if len(kept) != len(tt.files) || last["name"] != tt.file || last["sha256"] != sum || last["what"] != tt.what || last["uploaded_by"] == nil || last["uploaded_at"] == nil {
				t.Errorf("beside the act: %v", kept)
			}
			for _, want := range []string{tt.file, sum, tt.what, "загружено нами"} {
				if !strings.Contains(page, want) {
					t.Errorf("%q is not in the portal: %s", want, page)
				}
			}
			if code, body := guest(get, path+"/papers/"+last["kind"].(string), nil); code != http.StatusOK || body != tt.body {
				t.Errorf("the client downloads: %d %q", code, body)
			}
			for _, file := range tt.files {
				w := o.do(request{method: get, path: h + "/act/" + file.(string), key: adminKey})
				want := tt.body
				if file == "document" {
					want = "%PDF"
				}
				if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), want) {
					t.Errorf("%s: %d %q", file, w.Code, w.Body)
				}
			}
			if w := o.put(h+"/act/signed?by=Анна", tt.file, []byte(tt.body+" a better copy")); w.Code != http.StatusOK {
				t.Errorf("a better copy: %d %s", w.Code, w.Body)
			}
			other := map[string]string{"a scan": "x.sig", "a signature": "x.pdf"}[name]
			if got := o.json(o.put(h+"/act/signed?by=Анна", other, []byte(pdf))); got["rule"] != "already_signed" {
				t.Errorf("signed another way again: %v", got)
			}
		})
	}
	o := newOffice(t)
	_, h := o.leave("")
	if got := o.json(o.put(h+"/act/signed?by=Анна", "act.pdf", []byte(pdf))); got["rule"] != "not_delivered" {
		t.Errorf("before the delivery: %v", got)
	}
	_, h, _ = o.delivered()
	if w := o.put(h+"/act/signed?by=Анна", "act.pdf", []byte("<html>")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("what is no scan: %d", w.Code)
	}
}

func TestAnEDIOperatorTellsOfTheAct(t *testing.T) {
	o := newOffice(t)
	c, h, _ := o.delivered()
	planned, err := o.store.PlannedOf(t.Context(), c.ID)
	o.must(err)
	if !slices.ContainsFunc(planned, func(e *offboarding.Effect) bool {
		return e.Kind == offboarding.EffectResult && strings.Contains(e.SendKey, offboarding.ResultActReady)
	}) {
		t.Error("nobody tells that the act is ready")
	}
	say := func(status string) map[string]any {
		return o.call(http.StatusOK, post, h+"/edi", fmt.Sprintf(`{"operator":"ЭДО","document_id":"17","status":%q,"by":"Анна"}`, status))
	}
	if got := say("delivered"); got["status"] != "delivered" || got["edi"].(map[string]any)["status"] != "delivered" {
		t.Errorf("delivered: %v", got["edi"])
	}
	if got := say("signed"); got["status"] != "accepted" || got["acceptance"].(map[string]any)["way"] != "edi" {
		t.Errorf("signed: %v", got["acceptance"])
	}
	if got := say("sent"); got["edi"].(map[string]any)["status"] != "signed" {
		t.Errorf("a word that was overtaken: %v", got["edi"])
	}
	o.call(http.StatusUnprocessableEntity, post, h+"/edi", `{"operator":"ЭДО","document_id":"17","status":"lost"}`)
}

// guestOf opens the portal with the code and returns how it is spoken to.
func (o *office) guestOf(d map[string]any) (path string, page func(method, path string, form url.Values) (int, string)) {
	o.Helper()
	path, cookie := strings.TrimPrefix(d["link"].(string), "https://opendoor.example.com"), ""
	page = func(method, path string, form url.Values) (int, string) {
		headers := []string{"Content-Type: application/x-www-form-urlencoded"}
		if cookie != "" {
			headers = append(headers, "Cookie: "+cookie)
		}
		w := o.do(request{method: method, path: path, body: form.Encode(), headers: headers})
		if s := w.Header().Get("Set-Cookie"); s != "" {
			cookie, _, _ = strings.Cut(s, ";")
		}
		return w.Code, w.Body.String()
	}
	if status, body := page(post, path, url.Values{"do": {"code"}, "code": {d["code"].(string)}}); status != http.StatusSeeOther {
		o.Fatalf("the code: %d %s", status, body)
	}
	return path, page
}

func TestTheClientUploadsAScanInThePortal(t *testing.T) {
	o := newOffice(t)
	_, h, d := o.delivered()
	path := strings.TrimPrefix(d["link"].(string), "https://opendoor.example.com")
	w := o.do(request{method: post, path: path, body: "do=code&code=" + d["code"].(string), headers: []string{"Content-Type: application/x-www-form-urlencoded"}})
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	o.must(m.WriteField("by", "Анна Примерова"))
	p, err := m.CreateFormFile("file", "акт.pdf")
	o.must(err)
	_, err = p.Write([]byte(pdf))
	o.must(err)
	o.must(m.Close())
	send := func(headers ...string) string {
		w := o.do(request{method: post, path: path + "/signed", body: b.String(), headers: append(headers, "Content-Type: "+m.FormDataContentType())})
		return w.Body.String()
	}
	if body := send(); strings.Contains(body, "Акт подписан") {
		t.Error("without the code")
	}
	if body := send("Cookie: " + cookie); !strings.Contains(body, "Акт подписан") {
		t.Errorf("not taken: %s", body)
	}
	if got := o.call(http.StatusOK, get, h, "")["acceptance"].(map[string]any); got["way"] != "paper" || got["by"] != "Анна Примерова" {
		t.Errorf("accepted: %v", got)
	}
}

// The successor asks for 60 days after the parting and is asked one question
// afterwards.
func TestASuccessorAsksForSixtyDaysAndIsAskedOnce(t *testing.T) {
	o := newOffice(t)
	c, h := o.leave("")
	id := o.item(h, `{"title":"Регистры","status":"collected"}`)
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	o.call(http.StatusOK, post, h+"/deliver", `{"to":"client"}`)
	o.call(http.StatusOK, post, h+"/consent", `{"email":"next@example.com","name":"Пётр","source":"letter","wording":"Разрешаю","all":true}`)
	d := o.call(http.StatusOK, post, h+"/deliver", `{"to":"successor"}`)
	o.call(http.StatusOK, post, h+"/accept", `{"by":"Анна","way":"paper"}`)
	path, page := o.guestOf(d)
	if _, body := page(post, path, url.Values{"do": {"receipt"}, "item": {id}, "ask": {"1"}, "remark": {"За какой год?"}}); !strings.Contains(body, "За какой год?") || strings.Contains(body, "Получено") {
		t.Errorf("a question about an item: %s", body)
	}
	if _, body := page(get, path, nil); strings.Contains(body, `name="nps"`) {
		t.Error("asked before the time")
	}
	o.clock = time.Date(2026, 12, 4, 9, 0, 0, 0, time.UTC)
	o.call(http.StatusOK, post, "/api/v1/cases/"+c.ID.String()+"/actions/part", `{"settlement":"not_needed"}`)
	if got := o.call(http.StatusOK, get, "/api/v1/cases/"+c.ID.String(), "")["state"]; got != "parted" {
		t.Fatalf("the case is %v", got)
	}
	o.clock = time.Date(2027, 2, 2, 9, 0, 0, 0, time.UTC)
	d = o.call(http.StatusOK, post, h+"/deliver", `{"to":"successor"}`) // a new code; the old one is used up
	path, page = o.guestOf(d)
	o.clock = time.Date(2027, 4, 20, 9, 0, 0, 0, time.UTC)
	if _, body := page(post, path, url.Values{"do": {"question"}, "text": {"И ещё?"}}); strings.Contains(body, "И ещё?") {
		t.Error("a question after the window was taken")
	}
	o.fire(c, offboarding.TimerSuccessorAsk)
	o.fire(c, offboarding.TimerSuccessorAsk)
	asked := 0
	all, err := o.store.MessagesInScope(t.Context(), offboarding.MessageFilter{CaseID: &c.ID})
	o.must(err)
	for _, m := range all {
		if m.Template == offboarding.T13Q && m.To == "next@example.com" {
			asked++
		}
	}
	if asked != 1 {
		t.Fatalf("asked %d times", asked)
	}
	w := o.do(request{method: get, path: path}) // without the code
	if !strings.Contains(w.Body.String(), `name="nps"`) || strings.Contains(w.Body.String(), "Регистры") {
		t.Errorf("the question: %s", w.Body)
	}
	if got := o.submit(path, "do=rate&nps=11"); got != http.StatusOK {
		t.Errorf("a mark that is none: %d", got)
	}
	o.submit(path, "do=rate&nps=9&text=Спасибо")
	if got := o.call(http.StatusOK, get, h, "")["successor_nps"]; got != 9.0 {
		t.Errorf("the answer is %v", got)
	}
}

// fire does a planned timer of the case, or makes one that has ended again.
func (o *office) fire(c *offboarding.Case, name string) {
	o.Helper()
	planned, err := o.store.PlannedOf(o.Context(), c.ID)
	o.must(err)
	for _, ef := range planned {
		var p offboarding.TimerPayload
		if ef.Kind != offboarding.EffectTimer || json.Unmarshal(ef.Payload, &p) != nil || p.Name != name {
			continue
		}
		claimed, err := o.store.Claim(o.Context(), ef.ID, o.clock, time.Minute)
		o.must(err)
		o.must(offboarding.NewTimers(o.store, func() time.Time { return o.clock }).Fire(o.Context(), claimed, p))
	}
}

func TestTheFinalAccountGoesIntoThePackageAndDelaysNothing(t *testing.T) {
	o := newOffice(t)
	c, h := o.leave("")
	o.item(h, `{"title":"Ключи","status":"collected"}`)
	line := `{"period":"2026-10","kind":"Ведение учёта","basis":"п. 4.1","qty":"1","price":{"amount_minor":100000,"currency":"RUB"},"amount":{"amount_minor":100000,"currency":"RUB"},"justification":"Работа за октябрь"}`
	settlement := "/api/v1/cases/" + c.ID.String() + "/settlement"
	o.call(http.StatusCreated, post, settlement+"/lines", line)
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	w := o.do(request{method: get, path: h + "/package.zip", key: adminKey})
	if !bytes.Contains(w.Body.Bytes(), []byte("Финальный расчёт.pdf")) {
		t.Error("the package lacks the account")
	}
	first := slices.Clone(w.Body.Bytes())
	o.call(http.StatusCreated, post, settlement+"/lines", strings.ReplaceAll(line, "2026-10", "2026-09"))
	if got := o.call(http.StatusOK, get, h, "")["build"].(map[string]any); got["outdated"] != false {
		t.Error("a line of the account outdates the package")
	}
	o.call(http.StatusOK, post, h+"/deliver", `{"to":"client"}`)
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	if w := o.do(request{method: get, path: h + "/package.zip", key: adminKey}); bytes.Equal(first, w.Body.Bytes()) {
		t.Error("a new build holds the old account")
	}
}

func TestTheOwnerOfWhatIsMissingGetsATaskUntilItIsThere(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, offboarding.Credentials{"access_token": "x"})
	o.crm.deal = &offboarding.Deal{ID: "17", Client: offboarding.Client{Name: "Анна", Email: "anna@example.com"}, Responsible: offboarding.Responsible{ID: "3", Name: "Мария Образцова"}}
	id := o.call(http.StatusCreated, post, "/api/v1/cases", fmt.Sprintf(`{"account_id":%q,"initiator":"client","crm":{"deal_id":"17"},"client":{"name":"Анна","email":"anna@example.com"},"responsible":{"id":"3","name":"Мария Образцова"}}`, acc.ID))["id"].(string)
	o.call(http.StatusOK, post, "/api/v1/cases/"+id+"/actions/proceed", "{}")
	h := "/api/v1/cases/" + id + "/handover"
	tasks := func() (made, done []offboarding.TaskPayload) {
		planned, err := o.store.PlannedOf(t.Context(), uuid.MustParse(id))
		o.must(err)
		for _, ef := range planned {
			var p offboarding.TaskPayload
			if ef.Kind == offboarding.EffectTask && json.Unmarshal(ef.Payload, &p) == nil && strings.HasPrefix(p.What, "item-") {
				if p.Done {
					done = append(done, p)
				} else {
					made = append(made, p)
				}
			}
		}
		return made, done
	}
	item := o.item(h, `{"title":"Акты сверки","mandatory":true}`)
	if made, _ := tasks(); len(made) > 0 {
		t.Errorf("a task for nobody: %v", made)
	}
	o.call(http.StatusOK, patch, h+"/items/"+item, `{"owner":"мария образцова","missing_reason":"в архиве","promised_on":"2026-11-10"}`)
	o.call(http.StatusOK, patch, h+"/items/"+item, `{"pages":3}`)
	made, done := tasks()
	if len(made) != 1 || len(done) != 0 || made[0].To != "3" || !strings.Contains(made[0].Text, "Акты сверки") || made[0].Due.Format(time.DateOnly) != "2026-11-10" {
		t.Fatalf("made %+v, done %+v", made, done)
	}
	o.put(h+"/items/"+item+"/file", "акт.pdf", []byte(pdf))
	if made, done := tasks(); len(done) != 1 || done[0].What != made[0].What {
		t.Errorf("made %+v, done %+v", made, done)
	}
}
