package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestWhatIsToComeStandsInTheCalendarAndInItsFeed(t *testing.T) {
	o := newOffice(t)
	acc, other := o.account(offboarding.AmoCRM, nil), o.account(offboarding.Bitrix24, nil)
	c := o.open(acc)
	o.open(other)
	o.call(http.StatusOK, post, "/api/v1/cases/"+c.ID.String()+"/actions/set_intent", `{"intent":"final"}`)
	c = o.fresh(c)
	list := o.call(http.StatusOK, get, "/api/v1/calendar?account_id="+acc.ID.String(), "")["items"].([]any)
	kinds := map[string]map[string]any{}
	for _, i := range list {
		e := i.(map[string]any)
		kinds[e["kind"].(string)] = e
	}
	ends := kinds["service_ends"]
	if ends == nil || ends["on"] != c.Dates.EffectiveOn || ends["case_id"] != c.ID.String() || !strings.Contains(ends["title"].(string), "Последний день") {
		t.Fatalf("%v", list)
	}
	if kinds["call"] != nil {
		t.Error("whoever has talked with the client is asked to call")
	}

	made := o.call(http.StatusCreated, post, "/api/v1/calendar-feeds", `{"name":"Уходы, сроки","accounts":["`+acc.ID.String()+`"]}`)
	address, err := url.Parse(made["url"].(string))
	o.must(err)
	feed := func() (int, string) {
		w := o.do(request{method: get, path: address.Path})
		return w.Code, w.Body.String()
	}
	code, text := feed()
	if code != http.StatusOK || !strings.Contains(text, "X-WR-CALNAME:Уходы\\, сроки\r\n") || strings.Count(text, "BEGIN:VEVENT") != len(list) {
		t.Fatalf("%d: %s", code, text)
	}
	if strings.Contains(text, "Анна") || strings.Contains(text, "client@example.com") {
		t.Error("the feed names the client")
	}
	if strings.Contains(o.do(request{method: get, path: "/api/v1/calendar-feeds", key: adminKey}).Body.String(), address.Path) {
		t.Error("the address is shown again")
	}
	if w := o.do(request{method: get, path: "/calendar/nobody.ics"}); w.Code != http.StatusNotFound {
		t.Errorf("an address of nobody: %d", w.Code)
	}
	o.call(http.StatusNoContent, del, "/api/v1/calendar-feeds/"+made["id"].(string), "")
	if code, _ := feed(); code != http.StatusNotFound {
		t.Errorf("a revoked address: %d", code)
	}
}

func TestTheCalendarRefusesWhatItCannotRead(t *testing.T) {
	o := newOffice(t)
	acc, other := o.account(offboarding.AmoCRM, nil), o.account(offboarding.Bitrix24, nil)
	limited := o.key(RoleOperator, acc.ID)
	for path, want := range map[string]int{
		"/api/v1/calendar?cursor=x":                        http.StatusUnprocessableEntity,
		"/api/v1/calendar?limit=0":                         http.StatusUnprocessableEntity,
		"/api/v1/calendar?from=soon":                       http.StatusUnprocessableEntity,
		"/api/v1/calendar?account_id=" + other.ID.String(): http.StatusNotFound,
		"/api/v1/calendar":                                 http.StatusOK,
	} {
		if w := o.do(request{method: get, path: path, key: limited}); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	w := o.do(request{method: post, path: "/api/v1/calendar-feeds", key: limited, body: `{"name":"x","accounts":["` + other.ID.String() + `"]}`})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a calendar of foreign accounts: %d", w.Code)
	}
	o.call(http.StatusUnprocessableEntity, post, "/api/v1/calendar-feeds", `{"name":" "}`)
}
