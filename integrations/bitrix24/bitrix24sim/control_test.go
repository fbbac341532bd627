package bitrix24sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestAPersonTriggersACancellationByAButton(t *testing.T) {
	p := newPortal(t, seeded, func(c *Config) { c.Lang = "ru" })
	in := newInbox(t)
	form := func(path string, v url.Values) portalReply {
		req, _ := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(v.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "text/html")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		return p.do(req)
	}
	if r := p.get("/"); r.status != http.StatusFound || r.header.Get("Location") != "/_sim/" {
		t.Errorf("/: %d", r.status)
	}
	page := p.get("/_sim/")
	if !strings.Contains(page.body, `action="/_sim/api/deals/1/lose"`) || !strings.Contains(page.body, "Клиент ушёл") {
		t.Fatalf("no button on the page: %d", page.status)
	}
	if r := form("/_sim/api/webhooks", url.Values{"url": {in.URL}, "token": {"tok"}}); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := form("/_sim/api/deals/1/lose", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != "/_sim/" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	got := in.settled(p)
	if events(got) != "ONCRMDEALUPDATE 1" || got[0].Get("auth[application_token]") != "tok" {
		t.Errorf("events: %v", got)
	}
	if d, _ := p.Deal(1); d.Semantics != "F" || d.MovedByID != seedManager {
		t.Errorf("deal: %s by %d", d.StageID, d.MovedByID)
	}
	if r := form("/_sim/api/deals/2/move", url.Values{"stage_id": {"C1:LOSE"}, "back": {"/_sim/deals/2"}}); r.header.Get("Location") != "/_sim/deals/2" {
		t.Errorf("%d %s", r.status, r.header.Get("Location"))
	}
	p.ok("crm.timeline.comment.add", obj{"fields": obj{"ENTITY_ID": 2, "ENTITY_TYPE": "deal", "COMMENT": "<b>спасибо</b>"}})
	card := p.get("/_sim/deals/2")
	if !strings.Contains(card.body, "&lt;b&gt;спасибо&lt;/b&gt;") || !strings.Contains(card.body, "C1:LOSE") {
		t.Errorf("card: %d %s", card.status, card.body)
	}
	if page := p.get("/_sim/?show=F"); !strings.Contains(page.body, "ONCRMDEALUPDATE") {
		t.Error("the overview does not show the delivery")
	}
}

func TestProgramsControlThePortalByJSON(t *testing.T) {
	p := newPortal(t, seeded)
	in := newInbox(t)
	steps := []struct {
		path string
		body obj
		want int
	}{
		{"webhooks", obj{"url": in.URL, "events": []string{"ONCRMDEALUPDATE", "ONCRMDEALADD"}}, 200},
		{"webhooks", obj{"url": "ftp://x"}, 400},
		{"robots", obj{"stage_id": "LOSE", "url": in.URL}, 200},
		{"applications", obj{"url": in.URL, "events": []string{"ONCRMDEALMOVETOCATEGORY"}}, 200},
		{"contacts", obj{"fields": obj{"NAME": "x", "EMAIL": []obj{{"VALUE": "x@example.test"}}}}, 200},
		{"deals", obj{"fields": obj{"TITLE": "new", "CONTACT_ID": 65}}, 200},
		{"deals/65", obj{"fields": obj{"TITLE": "newer"}, "user_id": 7}, 200},
		{"deals/65/move", obj{"stage_id": "LOSE"}, 200},
		{"deals/65/move", obj{"stage_id": "C1:NEW"}, 200},
		{"deals/65/move", obj{"stage_id": "NOWHERE"}, 404},
		{"deals/65/delete", nil, 200},
		{"deals/65/delete", nil, 404},
		{"faults", obj{"method": "crm.*", "kind": "bad_gateway"}, 200},
		{"faults", obj{"kind": "plague"}, 400},
		{"faults/delete", nil, 200},
		{"limits", obj{"on": true}, 200},
	}
	for _, s := range steps {
		if r := p.postTo("/_sim/api/"+s.path, s.body); r.status != s.want {
			t.Errorf("%s %v: %d %s", s.path, s.body, r.status, r.body)
		}
	}
	var got []Delivery
	in.settled(p)
	if err := json.Unmarshal([]byte(p.get("/_sim/api/events").body), &got); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range got {
		names = append(names, d.Event)
	}
	want := []string{"ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALUPDATE", "robot", "ONCRMDEALMOVETOCATEGORY"}
	if !slices.Equal(names, want) {
		t.Errorf("events %v, want %v", names, want)
	}
	for _, path := range []string{"deals?category=1&semantics=P", "deals/1", "handlers", "requests?method=crm.*", "faults"} {
		if r := p.get("/_sim/api/" + path); r.status != 200 || !json.Valid([]byte(r.body)) {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

func TestOtherSitesCannotUseTheControlPage(t *testing.T) {
	p := newPortal(t, seeded)
	req, _ := http.NewRequest(http.MethodPost, p.url+"/_sim/api/deals/1/lose", nil)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if r := p.do(req); r.status != http.StatusForbidden {
		t.Errorf("%d %s", r.status, r.body)
	}
}
