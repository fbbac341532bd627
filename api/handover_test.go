package api

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

const put = http.MethodPut

// leave lets a client of the service leave and returns the handover's address.
func (o *office) leave(service string) (*offboarding.Case, string) {
	o.Helper()
	acc := o.account(offboarding.Generic, offboarding.Credentials{"secret": "whsec_c2VjcmV0"})
	res := o.call(http.StatusCreated, post, "/api/v1/cases", fmt.Sprintf(`{"account_id":%q,"initiator":"client","client":{"name":"Анна Примерова","email":"anna@example.com"},
		"contract":{"number":"10/25","notice_days":30,"handover_days":10,"service_type":%q},"responsible":{"name":"Мария Образцова","email":"manager@example.com"}}`, acc.ID, service))
	id := res["id"].(string)
	o.call(http.StatusOK, post, "/api/v1/cases/"+id+"/actions/proceed", "{}")
	c, err := o.store.Case(o.Context(), nil, uuid.MustParse(id))
	o.must(err)
	return c, "/api/v1/cases/" + id + "/handover"
}

func (o *office) put(path, name string, content []byte) *httptest.ResponseRecorder {
	o.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	p, err := w.CreateFormFile("file", name)
	o.must(err)
	_, err = p.Write(content)
	o.must(err)
	o.must(w.Close())
	return o.do(request{method: put, path: path, key: adminKey, body: b.String(), headers: []string{"Content-Type: " + w.FormDataContentType()}})
}

// build builds the ordered package as a worker would.
func (o *office) build(c *offboarding.Case) {
	o.Helper()
	planned, err := o.store.PlannedOf(o.Context(), c.ID)
	o.must(err)
	for _, ef := range planned {
		if ef.Kind == offboarding.EffectPackage {
			claimed, err := o.store.Claim(o.Context(), ef.ID, o.clock, time.Minute)
			o.must(err)
			f, err := o.server.cfg.Clerk.Show(o.Context(), nil, c.ID)
			o.must(err)
			o.must(o.packer.Build(o.Context(), claimed, offboarding.PackagePayload{Contents: f.Build.Contents}))
		}
	}
}

func (o *office) item(h, body string) string {
	o.Helper()
	return o.call(http.StatusCreated, post, h+"/items", body)["id"].(string)
}

func TestAPackageIsNeverSilentlyPartial(t *testing.T) {
	o := newOffice(t)
	c, h := o.leave("legal")
	got := o.call(http.StatusOK, get, h, "")
	if got["status"] != "collecting" || got["due_on"] != "2026-11-13" || len(got["items"].([]any)) != 8 || got["readiness"] != 0.0 {
		t.Fatalf("the handover begins as %v due %v with %d items", got["status"], got["due_on"], len(got["items"].([]any)))
	}
	refused := o.call(http.StatusConflict, post, h+"/build", "")
	if refused["rule"] != "mandatory_items_missing" || len(refused["errors"].([]any)) != 7 {
		t.Fatalf("refused as %v", refused)
	}
	for i, v := range got["items"].([]any) {
		item := h + "/items/" + v.(map[string]any)["id"].(string)
		if i == 0 {
			if w := o.put(item+"/file", "../../etc/passwd", []byte("content")); w.Code != http.StatusOK || o.json(w)["file"].(map[string]any)["name"] != "passwd" {
				t.Fatalf("upload: %d %s", w.Code, w.Body)
			}
			continue
		}
		o.call(http.StatusOK, patch, item, `{"status":"missing","missing_reason":"в архиве","promised_on":"2026-12-01"}`)
		o.call(http.StatusConflict, post, h+"/build", "")
		o.call(http.StatusOK, patch, item, `{"owner":"Мария Образцова"}`)
	}
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	if st := o.call(http.StatusOK, get, h, "")["status"]; st != "ready" {
		t.Errorf("the track is %v", st)
	}
}

func TestTheClientsPropertyIsNeverHeldBackForMoney(t *testing.T) {
	o := newOffice(t)
	_, h := o.leave("")
	const rule = "client_property_not_held_for_money"
	for _, why := range []string{"отдадим после оплаты", "за клиентом задолженность", "счёт не оплачен", "only after payment", "they owe a debt"} {
		body := fmt.Sprintf(`{"title":"Оригиналы","status":"missing","missing_reason":%q}`, why)
		if got := o.call(http.StatusConflict, post, h+"/items", body)["rule"]; got != rule {
			t.Errorf("%q is added: %v", why, got)
		}
	}
	id := o.item(h, `{"title":"Оригиналы"}`)
	body := `{"missing_reason":"после оплаты"}`
	if got := o.call(http.StatusConflict, patch, h+"/items/"+id, body)["rule"]; got != rule {
		t.Errorf("changed: %v", got)
	}
	if got := o.call(http.StatusConflict, patch, h+"/items", `{"ids":["`+id+`"],"set":`+body+`}`)["rule"]; got != rule {
		t.Errorf("changed in bulk: %v", got)
	}
	product := o.item(h, `{"title":"Отчёт","ownership":"work_product","status":"missing","missing_reason":"после оплаты"}`)
	if got := o.call(http.StatusConflict, patch, h+"/items/"+product, `{"ownership":"client_property"}`)["rule"]; got != rule {
		t.Errorf("our product becomes theirs: %v", got)
	}
	o.call(http.StatusOK, patch, h+"/items/"+id, `{"missing_reason":"банк ещё не прислал выписку"}`)
}

func TestTwoBuildsAreTheSameBytesAndOnlyChangesBuildAnew(t *testing.T) {
	o := newOffice(t)
	c, h := o.leave("")
	id := o.item(h, `{"title":"Учётная политика","mandatory":true,"form":"electronic"}`)
	o.put(h+"/items/"+id+"/file", "Учётная политика.pdf", []byte("%PDF-1.4"))
	fetch := func() []byte {
		o.call(http.StatusAccepted, post, h+"/build", "")
		o.build(c)
		w := o.do(request{method: get, path: h + "/package.zip", key: adminKey})
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/zip" {
			t.Fatalf("package: %d %s", w.Code, w.Body)
		}
		return w.Body.Bytes()
	}
	first := fetch()
	o.call(http.StatusOK, post, h+"/build", "") // nothing changed
	o.call(http.StatusOK, patch, h+"/items/"+id, `{"pages":3}`)
	if got := o.call(http.StatusOK, get, h, ""); got["build"].(map[string]any)["outdated"] != true || got["status"] != "collecting" {
		t.Errorf("after a change: %v, %v", got["status"], got["build"])
	}
	if got := o.call(http.StatusConflict, post, h+"/deliver", `{"to":"client"}`)["rule"]; got != "package_outdated" {
		t.Errorf("an outdated package: %v", got)
	}
	if bytes.Equal(first, fetch()) {
		t.Error("a change changes nothing")
	}
	o.call(http.StatusOK, patch, h+"/items/"+id, `{"pages":0}`)
	if !bytes.Equal(first, fetch()) {
		t.Error("the same input gives other bytes")
	}
	part := o.do(request{method: get, path: h + "/package.zip", key: adminKey, headers: []string{"Range: bytes=10-19"}})
	if part.Code != http.StatusPartialContent || !bytes.Equal(part.Body.Bytes(), first[10:20]) {
		t.Errorf("a part: %d, %d bytes", part.Code, part.Body.Len())
	}
	z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	o.must(err)
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "Учётная политика.pdf") {
			r, err := f.Open()
			o.must(err)
			content, err := io.ReadAll(r)
			o.must(err)
			if string(content) != "%PDF-1.4" {
				t.Errorf("the file is %q", content)
			}
			return
		}
	}
	t.Error("the file is not in the package")
}

func TestFilesComeBackAsTheyWereGiven(t *testing.T) {
	o := newOffice(t)
	_, h := o.leave("")
	id := o.item(h, `{"title":"Выгрузка"}`)
	content := bytes.Repeat([]byte("<html>"), 1000)
	w := o.put(h+"/items/"+id+"/file", strings.Repeat("ы", 300)+".html", content)
	sum := sha256.Sum256(content)
	body := o.json(w)
	if w.Code != http.StatusOK || body["sha256"] != hex.EncodeToString(sum[:]) || body["status"] != "collected" {
		t.Fatalf("upload: %d %s", w.Code, w.Body)
	}
	w = o.do(request{method: get, path: h + "/items/" + id + "/file", key: adminKey})
	if !bytes.Equal(w.Body.Bytes(), content) || w.Header().Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("download: %v", w.Header())
	}
	if w = o.put(h+"/items/"+id+"/file", "x", bytes.Repeat([]byte("x"), 1<<20+1)); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a file over the limit: %d", w.Code)
	}
	if w = o.put(h+"/items/"+id+"/file", "empty.txt", nil); w.Code != http.StatusOK {
		t.Errorf("an empty file: %d %s", w.Code, w.Body)
	}
	if w = o.put(h+"/items/"+uuid.NewString()+"/file", "x", []byte("x")); w.Code != http.StatusNotFound {
		t.Errorf("an item that is not there: %d", w.Code)
	}
	o.call(http.StatusUnprocessableEntity, post, h+"/items", `{"title":"x","colour":"red"}`)
	o.call(http.StatusUnprocessableEntity, post, h+"/items", `{"title":" "}`)
	o.call(http.StatusPreconditionFailed, patch, h+"/items/"+id, `{"title":"y"}`, "If-Match: 1")
}

func TestAnUploadThatBreaksOffIsTheSendersMistake(t *testing.T) {
	o := newOffice(t)
	_, h := o.leave("")
	id := o.item(h, `{"title":"Выгрузка"}`)
	for _, body := range []string{
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhalf of it",
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n" + strings.Repeat("x", 5000) + "\r\n--",
	} {
		w := o.do(request{method: put, path: h + "/items/" + id + "/file", key: adminKey, body: body, headers: []string{"Content-Type: multipart/form-data; boundary=b"}})
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "broke off") {
			t.Errorf("half an upload: %d %s", w.Code, w.Body)
		}
	}
	if w := o.do(request{method: get, path: h + "/items/" + id + "/file", key: adminKey}); w.Code != http.StatusNotFound {
		t.Errorf("half a file is kept: %d", w.Code)
	}
}

func TestASuccessorIsWrittenToOnlyWithConsent(t *testing.T) {
	o := newOffice(t)
	c, h := o.leave("")
	open := o.item(h, `{"title":"Регистры","status":"collected"}`)
	o.item(h, `{"title":"Зарплаты","status":"collected","confidential":true}`)
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	refused := o.call(http.StatusConflict, post, h+"/deliver", `{"to":"successor","email":"next@example.com"}`)
	if refused["rule"] != "successor_consent_missing" {
		t.Errorf("without consent: %v", refused["rule"])
	}
	o.call(http.StatusOK, post, h+"/consent", `{"email":"next@example.com","name":"Пётр","source":"letter","wording":"Разрешаю","items":["`+open+`"]}`)
	if got := o.call(http.StatusConflict, post, h+"/deliver", `{"to":"successor","email":"other@example.com"}`)["rule"]; got != "successor_consent_missing" {
		t.Errorf("another address: %v", got)
	}
	got := o.call(http.StatusOK, post, h+"/deliver", `{"to":"successor"}`)
	if got["email"] != "next@example.com" || got["code"] == nil {
		t.Errorf("delivered to %v", got)
	}
	as := o.callAs(o.as(RoleOperator), http.StatusOK, post, h+"/deliver", `{"to":"client"}`)
	if as["code"] != nil || as["status"] != "delivered" {
		t.Errorf("an operator is told %v", as)
	}
	o.call(http.StatusOK, del, h+"/consent", "")
	for _, l := range o.call(http.StatusOK, get, h, "")["links"].([]any) {
		if link := l.(map[string]any); (link["role"] == "successor") != (link["revoked_at"] != nil) {
			t.Errorf("after the withdrawal: %v", link)
		}
	}
}

func TestChecklistsAndBrandsMayBeChanged(t *testing.T) {
	o := newOffice(t)
	all := o.call(http.StatusOK, get, "/api/v1/checklists", "")["items"].([]any)
	if len(all) != 8 {
		t.Errorf("%d checklists", len(all))
	}
	o.call(http.StatusOK, put, "/api/v1/checklists/cleaning", `{"name":"Уборка","items":[{"title":"Ключи","mandatory":true},{"title":"План"}]}`)
	o.call(http.StatusUnprocessableEntity, put, "/api/v1/checklists/cleaning", `{"name":"Уборка","items":[{"title":"Ключи"},{"title":"ключи"}]}`)
	_, h := o.leave("cleaning")
	if items := o.call(http.StatusOK, get, h, "")["items"].([]any); len(items) != 2 {
		t.Errorf("the inventory begins with %d items", len(items))
	}
	acc := o.account(offboarding.Generic, offboarding.Credentials{"secret": "whsec_c2VjcmV0"})
	brand := "/api/v1/accounts/" + acc.ID.String() + "/brand"
	o.call(http.StatusOK, put, brand, `{"name":"ООО «Ромашка»","requisites":["ИНН 0000000000"]}`)
	o.call(http.StatusUnprocessableEntity, put, brand, `{"name":"x","logo":"bm90IGEgcGljdHVyZQ=="}`)
	if got := o.call(http.StatusOK, get, brand, ""); got["name"] != "ООО «Ромашка»" {
		t.Errorf("the brand is %v", got)
	}
}
