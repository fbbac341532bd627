package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"opendoor/offboarding"
)

// The whole way of a client through the portal, without JavaScript.
func TestAClientOpensReadsAsksAndSigns(t *testing.T) {
	o := newOffice(t)
	c, h := o.leave("")
	id := o.item(h, `{"title":"Учётная политика","mandatory":true}`)
	secret := o.item(h, `{"title":"Наши заметки","ownership":"internal"}`)
	o.put(h+"/items/"+id+"/file", "Политика.pdf", []byte("%PDF-1.4 content"))
	o.put(h+"/items/"+secret+"/file", "notes.txt", []byte("ours"))
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	d := o.call(http.StatusOK, post, h+"/deliver", `{"to":"client"}`)
	path := strings.TrimPrefix(d["link"].(string), "https://opendoor.example.com")
	cookie := ""
	page := func(method, path string, form url.Values) (int, string) {
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
	if status, body := page(get, path, nil); status != http.StatusOK || strings.Contains(body, "Учётная") {
		t.Fatalf("before the code: %d %s", status, body)
	}
	if _, body := page(get, path+"/files/"+id, nil); strings.Contains(body, "PDF-1.4") {
		t.Fatal("a file without the code")
	}
	if status, _ := page(post, path, url.Values{"do": {"code"}, "code": {"000000x"}}); status == http.StatusSeeOther {
		t.Fatal("a wrong code opens")
	}
	if status, body := page(post, path, url.Values{"do": {"code"}, "code": {d["code"].(string)}}); status != http.StatusSeeOther {
		t.Fatalf("the code: %d %s", status, body)
	}
	if _, body := page(get, path, nil); !strings.Contains(body, "Учётная политика") || strings.Contains(body, "заметки") {
		t.Fatal("the list is wrong")
	}
	downloads := func() int {
		return strings.Count(o.do(request{method: get, path: "/api/v1/cases/" + c.ID.String() + "/timeline?limit=200", key: adminKey}).Body.String(), "handover.downloaded")
	}
	if status, _ := page(http.MethodHead, path+"/files/"+id, nil); status != http.StatusOK || downloads() != 0 {
		t.Errorf("asked for the head of a file: %d, %d downloads", status, downloads())
	}
	if _, body := page(get, path+"/files/"+id, nil); body != "%PDF-1.4 content" || downloads() != 1 {
		t.Errorf("the file is %q", body)
	}
	if status, _ := page(get, path+"/files/"+secret, nil); status != http.StatusNotFound {
		t.Errorf("our own notes: %d", status)
	}
	page(post, path, url.Values{"do": {"question"}, "text": {"Где договор?"}})
	page(post, path, url.Values{"do": {"receipt"}, "item": {id}, "receipt": {"unreadable"}})
	if _, body := page(post, path, url.Values{"do": {"sign"}, "name": {"А. Примерова"}, "code": {d["code"].(string)}}); !strings.Contains(body, "не\u00a0подошёл") {
		t.Error("the code of the link signs")
	}
	o.clock = o.clock.Add(2 * time.Minute)
	page(post, path, url.Values{"do": {"sign_code"}})
	all, err := o.store.MessagesInScope(t.Context(), offboarding.MessageFilter{CaseID: &c.ID})
	o.must(err)
	code := string(all[0].Vars)[len(`{"code":"`):][:6]
	if _, body := page(post, path, url.Values{"do": {"sign"}, "name": {"А. Примерова"}, "code": {code}}); !strings.Contains(body, "Акт подписан") {
		t.Fatalf("not signed: %s", body)
	}
	got := o.call(http.StatusOK, get, h, "")
	if got["status"] != "accepted_with_remarks" || len(got["questions"].([]any)) != 1 {
		t.Errorf("the handover is %v with %v", got["status"], got["questions"])
	}
	if status, body := page(get, path+"/papers/signed.pdf", nil); status != http.StatusOK || !strings.HasPrefix(body, "%PDF") {
		t.Errorf("the signed act: %d", status)
	}
	o.call(http.StatusNoContent, post, h+"/revoke", `{"email":"anna@example.com"}`)
	_, revoked := page(get, path, nil)
	_, unknown := page(get, path[:len(path)-1]+"0", nil)
	if revoked != unknown {
		t.Error("a revoked link tells that it existed")
	}
}

func TestAnExpiredLinkAsksKindlyForMoreTime(t *testing.T) {
	o := newOffice(t)
	c, h := o.leave("")
	o.item(h, `{"title":"Ключи","status":"collected"}`)
	o.call(http.StatusAccepted, post, h+"/build", "")
	o.build(c)
	d := o.call(http.StatusOK, post, h+"/deliver", `{"to":"client"}`)
	path := strings.TrimPrefix(d["link"].(string), "https://opendoor.example.com")
	o.clock = o.clock.AddDate(0, 0, 181)
	w := o.do(request{method: get, path: path})
	if w.Code != http.StatusGone || strings.Contains(w.Body.String(), "Анна") || strings.Contains(w.Body.String(), "Ключи") {
		t.Errorf("an expired link: %d %s", w.Code, w.Body)
	}
	if got := o.submit(path, "do=more_time"); got != http.StatusGone {
		t.Errorf("asking for more time: %d", got)
	}
}
