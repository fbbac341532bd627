package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestAClientWhoStaysIsAskedWhatCouldBeBetter(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	k := &offboarding.ContractRecord{AccountID: acc.ID, Number: "12/24", DealID: "9", Client: offboarding.Client{Name: "Анна Примерова", Email: "anna@example.com"}}
	o.must(o.desk.AddContract(t.Context(), nil, k, "test"))
	path := "/api/v1/contracts/" + k.ID.String() + "/pulse"
	var link PulseLinkResponse
	if code := o.read(&link, http.MethodPost, path+"/link", ""); code != http.StatusOK || !strings.Contains(link.URL, "/p/") {
		t.Fatalf("%d %+v", code, link)
	}
	at, err := url.Parse(link.URL)
	o.must(err)
	page := func(method string, form url.Values) (int, string) {
		w := o.do(request{method: method, path: at.Path, body: form.Encode(), headers: []string{"Content-Type: application/x-www-form-urlencoded"}})
		return w.Code, w.Body.String()
	}
	pulses := func() []PulseAnswerResponse {
		var l List[PulseAnswerResponse]
		o.read(&l, get, path, "")
		return l.Items
	}
	if code, body := page(get, nil); code != 200 || !strings.Contains(body, "<h1>Что нам улучшить?</h1>") || strings.Contains(body, "<script") || strings.Contains(body, "anna@") {
		t.Errorf("%d %s", code, body)
	}
	for name, tc := range map[string]struct {
		form url.Values
		code int
	}{
		"a script that submits": {url.Values{"form": {"1"}, "mark": {"3"}}, 200},
		"nothing":               {url.Values{"form": {"1"}, "confirm": {"1"}}, 422},
		"no such mark":          {url.Values{"mark": {"11"}}, 422},
		"a mark of nonsense":    {url.Values{"mark": {"x"}, "text": {"слово"}}, 422},
		"too many words":        {url.Values{"text": {strings.Repeat("я", pulseMaxText+1)}}, 422},
	} {
		if code, _ := page(http.MethodPost, tc.form); code != tc.code || len(pulses()) != 0 {
			t.Errorf("%s: %d, %d answers", name, code, len(pulses()))
		}
	}
	if code, body := page(http.MethodPost, url.Values{"form": {"1"}, "confirm": {"1"}, "lang": {"en"}, "mark": {"4"}, "text": {"  долго отвечаете "}}); code != 200 || !strings.Contains(body, "Thank you") {
		t.Errorf("%d %s", code, body)
	}
	if all := pulses(); len(all) != 1 || *all[0].Mark != 4 || all[0].Text != "долго отвечаете" || all[0].By != string(offboarding.ActorClient) {
		t.Errorf("%+v", all)
	}
	if w := o.do(request{method: get, path: "/p/" + strings.TrimPrefix(at.Path, "/p/") + "x"}); w.Code != 404 {
		t.Errorf("another address: %d", w.Code)
	}
	o.clock = link.ExpiresAt
	if code, _ := page(get, nil); code != 410 {
		t.Errorf("an old address: %d", code)
	}
}
