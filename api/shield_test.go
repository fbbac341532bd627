package api

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"opendoor/offboarding"
)

// named is a key of its own for a person.
func (o *office) named(role Role, name string) string {
	o.Helper()
	secret, k := offboarding.NewAPIKey(name, string(role), nil)
	o.must(offboarding.AddAPIKey(o.Context(), o.store, k, "test"))
	return secret
}

// Whoever the client may have meant opens the papers of a handover and reads in none
// what the client wrote: their act is the same whatever was written.
func TestNoPaperTellsTheAccusedWhatTheClientWrote(t *testing.T) {
	var acts [][]byte
	for _, remark := range []string{"Мария Образцова нагрубила и потеряла оригинал", "Мария всё время кричит"} {
		o := newOffice(t)
		c, h, d := o.delivered()
		path, guest := o.guestOf(d)
		items, _ := o.call(http.StatusOK, get, h, "")["items"].([]any)
		item := items[0].(map[string]any)["id"].(string)
		if status, body := guest(post, path, url.Values{"do": {"receipt"}, "item": {item}, "receipt": {"remark"}, "remark": {remark}}); status >= http.StatusBadRequest {
			t.Fatalf("the remark: %d %s", status, body)
		}
		guest(post, path, url.Values{"do": {"question"}, "text": {"Почему " + remark + "?"}})
		o.call(http.StatusOK, http.MethodPatch, h+"/items/"+item, `{"answer":"Просим прощения за слова: `+remark+`"}`)
		if w := o.put(h+"/act/signed?by=Анна", "акт.pdf", []byte(pdf+remark)); w.Code != http.StatusOK {
			t.Fatalf("the scan: %d %s", w.Code, w.Body)
		}
		if !o.fresh(c).Shielded() {
			t.Fatal("no shield stands")
		}

		accused, other := o.named(RoleOperator, "Мария Образцова"), o.named(RoleOperator, "Ольга Внимательная")
		base := strings.TrimSuffix(h, "/handover")
		for _, file := range []string{
			h, h + "/act.pdf", h + "/act/scan", h + "/act/protocol", h + "/inventory.pdf", h + "/inventory.xlsx", h + "/package.zip",
			base + "/settlement.pdf", base + "/settlement", base + "/cancellation-letter.pdf", base + "/notice", base, base + "/timeline",
			"/api/v1/tasks?case_id=" + c.ID.String(),
		} {
			w := o.do(request{method: get, path: file, key: accused})
			if bytes.Contains(w.Body.Bytes(), []byte(remark)) {
				t.Errorf("%s tells the accused: %s", file, w.Body)
			}
		}
		if problem := o.callAs(accused, http.StatusConflict, get, h+"/act/scan", ""); problem["rule"] != "shield_stands" {
			t.Errorf("the signed act is refused by %v", problem["rule"])
		}
		o.callAs(other, http.StatusNotFound, get, h+"/act/protocol", "")
		if got := o.do(request{method: get, path: h + "/act/scan", key: other}).Body.String(); got != pdf+remark {
			t.Errorf("others read %q", got)
		}
		changed := o.do(request{method: http.MethodPatch, path: h + "/items/" + item, key: accused, body: `{"owner":"Мария"}`, headers: []string{"Content-Type: application/json"}})
		if changed.Code != http.StatusOK || strings.Contains(changed.Body.String(), remark) || !strings.Contains(changed.Body.String(), "доступ у руководителя") {
			t.Errorf("a change tells the accused: %d %s", changed.Code, changed.Body)
		}
		if read := o.do(request{method: get, path: h, key: other}).Body.String(); strings.Count(read, remark) != 3 {
			t.Errorf("others read %s", read)
		}
		mine, theirs := o.do(request{method: get, path: h + "/act.pdf", key: accused}), o.do(request{method: get, path: h + "/act.pdf", key: other})
		if mine.Code != http.StatusOK || theirs.Code != http.StatusOK || bytes.Equal(mine.Body.Bytes(), theirs.Body.Bytes()) {
			t.Errorf("the acts: %d, %d", mine.Code, theirs.Code)
		}
		acts = append(acts, mine.Body.Bytes())

		if problem := o.callAs(accused, http.StatusConflict, post, base+"/actions/cancel", `{"reason":"ошибка"}`); problem["rule"] != "shield_stands" {
			t.Errorf("the accused cancels: %v", problem)
		}
		o.callAs(other, http.StatusOK, post, base+"/actions/cancel", `{"reason":"ошибка"}`)
	}
	if !bytes.Equal(acts[0], acts[1]) {
		t.Error("what the accused reads in the act depends on what the client wrote")
	}
}
