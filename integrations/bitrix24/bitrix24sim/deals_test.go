package bitrix24sim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTheStageRulesADeal(t *testing.T) {
	tests := map[string]struct {
		move               func(p *portal, id int)
		stage, semantics   string
		category           int
		closed             bool
		history            string // types of the rows
		event              string // what the application hears
		movedBy, changedBy int
	}{
		"a stage of the same pipeline": {
			move: func(p *portal, id int) {
				p.ok("crm.deal.update", obj{"id": id, "fields": obj{"STAGE_ID": "EXECUTING"}})
			},
			stage: "EXECUTING", semantics: "P", history: "1 2", event: "ONCRMDEALUPDATE", movedBy: 1, changedBy: 1,
		},
		"lost": {
			move:  func(p *portal, id int) { p.ok("crm.deal.update", obj{"id": id, "fields": obj{"STAGE_ID": "LOSE"}}) },
			stage: "LOSE", semantics: "F", closed: true, history: "1 3", event: "ONCRMDEALUPDATE", movedBy: 1, changedBy: 1,
		},
		"analysis of the failure is a failed stage too": {
			move:  func(p *portal, id int) { must(0, p.MoveDeal(id, 0, "APOLOGY", 6)) },
			stage: "APOLOGY", semantics: "F", closed: true, history: "1 3", event: "ONCRMDEALUPDATE", movedBy: 6, changedBy: 6,
		},
		"won": {
			move:  func(p *portal, id int) { must(0, p.MoveDeal(id, 0, "WON", 6)) },
			stage: "WON", semantics: "S", closed: true, history: "1 3", event: "ONCRMDEALUPDATE", movedBy: 6, changedBy: 6,
		},
		"a stage of another pipeline is dropped without a word": {
			move: func(p *portal, id int) {
				p.ok("crm.deal.update", obj{"id": id, "fields": obj{"STAGE_ID": "C1:LOSE", "CATEGORY_ID": 1}})
			},
			stage: "NEW", semantics: "P", history: "1", event: "ONCRMDEALUPDATE", movedBy: 6, changedBy: 1,
		},
		"only crm.item.update changes the pipeline": {
			move: func(p *portal, id int) {
				p.ok("crm.item.update", obj{"entityTypeId": 2, "id": id, "fields": obj{"categoryId": 1, "stageId": "C1:LOSE"}})
			},
			stage: "C1:LOSE", semantics: "F", category: 1, closed: true, history: "1 5", event: "ONCRMDEALMOVETOCATEGORY", movedBy: 1, changedBy: 1,
		},
		"another pipeline without a stage is its first one": {
			move: func(p *portal, id int) {
				p.ok("crm.item.update", obj{"entityTypeId": 2, "id": id, "fields": obj{"categoryId": 1}})
			},
			stage: "C1:NEW", semantics: "P", category: 1, history: "1 5", event: "ONCRMDEALMOVETOCATEGORY", movedBy: 1, changedBy: 1,
		},
		"the administrator's trigger": {
			move: func(p *portal, id int) {
				p.AddTrigger("left", "LOSE")
				p.ok("crm.automation.trigger", obj{"target": "DEAL_" + itoa(id), "code": "left"})
			},
			stage: "LOSE", semantics: "F", closed: true, history: "1 3", event: "ONCRMDEALUPDATE", movedBy: 6, changedBy: 6,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			in := newInbox(t)
			id := newDeal(p, obj{"TITLE": "x"})
			p.clock.Add(time.Hour)
			p.AddApplicationHandler(in.URL)
			tt.move(p, id)
			d, _ := p.Deal(id)
			if d.StageID != tt.stage || d.Semantics != tt.semantics || d.CategoryID != tt.category || d.Closed != tt.closed {
				t.Errorf("stands at %d/%s (%s), closed %t", d.CategoryID, d.StageID, d.Semantics, d.Closed)
			}
			if d.MovedByID != tt.movedBy || d.ModifiedByID != tt.changedBy || !d.Modified.Equal(p.clock.Now()) {
				t.Errorf("moved by %d, changed by %d at %s", d.MovedByID, d.ModifiedByID, d.Modified)
			}
			if moved := tt.history != "1"; moved != d.Moved.Equal(p.clock.Now()) {
				t.Errorf("MOVED_TIME is %s", d.Moved)
			}
			var types []string
			for _, h := range p.StageHistory(id) {
				types = append(types, itoa(h.Type))
			}
			if got := strings.Join(types, " "); got != tt.history {
				t.Errorf("history %s, want %s", got, tt.history)
			}
			if got := events(in.settled(p)); got != tt.event+" "+itoa(id) {
				t.Errorf("events: %s", got)
			}
		})
	}
}

func TestAnItemUpdateWithoutAChangeSavesNothing(t *testing.T) {
	p := newPortal(t)
	in := newInbox(t)
	id := newDeal(p, obj{"TITLE": "same", "OPPORTUNITY": 5})
	p.AddOutgoingWebhook(in.URL, "")
	p.ok("crm.item.update", obj{"entityTypeId": 2, "id": id, "fields": obj{"title": "same", "opportunity": 5}})
	if got := in.settled(p); len(got) != 0 {
		t.Errorf("events: %s", events(got))
	}
	p.ok("crm.deal.update", obj{"id": id, "fields": obj{"TITLE": "same"}})
	if got := events(in.settled(p)); got != "ONCRMDEALUPDATE 1" {
		t.Errorf("crm.deal.update always tells: %q", got)
	}
}

func TestAnItemHasNumbersAndCamelCase(t *testing.T) {
	p := newPortal(t)
	price := must(p.AddUserField(obj{"FIELD_NAME": "2_1639669411830", "USER_TYPE_ID": "double"}))
	must(p.AddUserField(obj{"FIELD_NAME": "OPENDOOR_REASON", "USER_TYPE_ID": "enumeration", "LIST": []obj{{"VALUE": "Price", "XML_ID": "price"}}}))
	reason := p.UserFields()[1].Options["price"]
	id := newDeal(p, obj{"OPPORTUNITY": 48000, "UF_CRM_2_1639669411830": 1.5, "UF_CRM_OPENDOOR_REASON": reason, "CONTACT_IDS": []int{84, 83}})
	item := p.ok("crm.item.get", obj{"entityTypeId": 2, "id": id})["result"].(obj)["item"].(obj)
	if item["opportunity"] != 48000.0 || item["ufCrm2_1639669411830"] != 1.5 || item["ufCrmOpendoorReason"] != float64(reason) || fmt.Sprint(item["contactIds"]) != "[84 83]" {
		t.Errorf("field %d: %v", price, item)
	}
	item = p.ok("crm.item.get", obj{"entityTypeId": 2, "id": id, "useOriginalUfNames": "Y"})["result"].(obj)["item"].(obj)
	if item["UF_CRM_OPENDOOR_REASON"] != float64(reason) || item["ufCrmOpendoorReason"] != nil {
		t.Errorf("original names: %v", item)
	}
	p.ok("crm.item.update", obj{"entityTypeId": 2, "id": id, "useOriginalUfNames": "Y", "fields": obj{"UF_CRM_OPENDOOR_REASON": "Price"}})
	if d, _ := p.Deal(id); d.Fields["UF_CRM_OPENDOOR_REASON"] != "" {
		t.Errorf("a label is not the number of a value, yet it was kept: %v", d.Fields["UF_CRM_OPENDOOR_REASON"])
	}
}

func TestCustomFieldsAreCreatedOnceAndChanged(t *testing.T) {
	p := newPortal(t)
	in := newInbox(t)
	p.AddOutgoingWebhook(in.URL, "")
	add := obj{"fields": obj{
		"FIELD_NAME": "opendoor_state", "USER_TYPE_ID": "enumeration", "EDIT_FORM_LABEL": obj{"ru": "Уход", "en": "Leaving"},
		"LIST": []obj{{"VALUE": "Open", "XML_ID": "open", "SORT": 20}, {"VALUE": "Parted", "XML_ID": "parted", "SORT": 10}},
	}}
	id := p.ok("crm.deal.userfield.add", add)["result"]
	if r := p.post("crm.deal.userfield.add", add); r.status != 400 || !strings.Contains(r.body, `"ERROR_CORE"`) {
		t.Errorf("the same name again: %d %s", r.status, r.body)
	}
	list := func(filter obj) obj {
		rows := p.ok("crm.deal.userfield.list", obj{"filter": filter})["result"].([]any)
		if len(rows) != 1 {
			t.Fatalf("%d fields", len(rows))
		}
		return rows[0].(obj)
	}
	f := list(obj{"FIELD_NAME": "UF_CRM_OPENDOOR_STATE", "LANG": "ru"})
	if f["EDIT_FORM_LABEL"] != "Уход" || ids(t, f["LIST"], "XML_ID") != "parted open" {
		t.Errorf("%v", f)
	}
	if f := list(obj{}); f["EDIT_FORM_LABEL"] != nil {
		t.Error("labels come only when a language is asked for")
	}
	parted := f["LIST"].([]any)[0].(obj)["ID"]
	p.ok("crm.deal.userfield.update", obj{"id": id, "fields": obj{"LIST": []obj{{"ID": parted, "VALUE": "Gone"}, {"VALUE": "Back", "XML_ID": "back"}}}})
	f = list(obj{})
	if got := ids(t, f["LIST"], "VALUE"); got != "Gone Open Back" {
		t.Errorf("values: %s", got)
	}
	if got := f["LIST"].([]any)[0].(obj)["ID"]; got != parted {
		t.Errorf("the number of a value changed from %v to %v", parted, got)
	}
	want := fmt.Sprintf("ONCRMDEALUSERFIELDADD %v, ONCRMDEALUSERFIELDUPDATE %v, ONCRMDEALUSERFIELDSETENUMVALUES %v", id, id, id)
	if got := events(in.settled(p)); got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	for name, fields := range map[string]obj{
		"no type": {"FIELD_NAME": "A"}, "unknown type": {"FIELD_NAME": "A", "USER_TYPE_ID": "colour"}, "bad letters": {"FIELD_NAME": "A-B", "USER_TYPE_ID": "string"},
		"too long":                 {"FIELD_NAME": strings.Repeat("A", 44), "USER_TYPE_ID": "string"},
		"two values of one XML_ID": {"FIELD_NAME": "B", "USER_TYPE_ID": "enumeration", "LIST": []obj{{"VALUE": "x", "XML_ID": "x"}, {"VALUE": "y", "XML_ID": "x"}}},
	} {
		if r := p.post("crm.deal.userfield.add", obj{"fields": fields}); r.status != 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestATimelineIsKeptCurrent(t *testing.T) {
	p := newPortal(t, seeded)
	id := p.ok("crm.timeline.comment.add", obj{"fields": obj{"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "first"}})["result"]
	p.ok("crm.timeline.comment.update", obj{"id": id, "fields": obj{"COMMENT": "second"}})
	got := p.ok("crm.timeline.comment.list", obj{"filter": obj{"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}, "order": obj{"ID": "DESC"}})
	if rows := got["result"].([]any); len(rows) != 1 || rows[0].(obj)["COMMENT"] != "second" || rows[0].(obj)["ENTITY_ID"] != "1" {
		t.Errorf("%v", got)
	}
	todo := p.ok("crm.activity.todo.add", obj{"ownerTypeId": 2, "ownerId": 1, "deadline": "2024-09-03T15:00:00", "title": "Call", "responsibleId": 6})
	todoID := todo["result"].(obj)["id"]
	p.ok("crm.activity.todo.update", obj{"id": todoID, "ownerTypeId": 2, "ownerId": 1, "title": "Write", "description": "y", "deadline": "2024-09-04T15:00:00"})
	row := p.ok("crm.activity.list", obj{"filter": obj{"OWNER_ID": 1, "OWNER_TYPE_ID": 2}})["result"].([]any)[0].(obj)
	if row["SUBJECT"] != "Write" || row["DEADLINE"] != "2024-09-04T15:00:00+02:00" || row["RESPONSIBLE_ID"] != "6" || row["COMPLETED"] != "N" {
		t.Errorf("%v", row)
	}
	must(0, p.CompleteActivity(int(todoID.(float64)), 6))
	if r := p.post("crm.activity.todo.update", obj{"id": todoID, "ownerTypeId": 2, "ownerId": 1, "title": "x"}); !strings.Contains(r.body, "CAN_NOT_UPDATE_COMPLETED_TODO") {
		t.Errorf("a completed to-do can be changed: %s", r.body)
	}
	p.ok("crm.timeline.logmessage.add", obj{"fields": obj{"entityTypeId": 2, "entityId": 1, "title": "t", "text": "sent", "iconCode": "info"}})
	p.ok("tasks.task.add", obj{"fields": obj{"TITLE": "check", "RESPONSIBLE_ID": 6, "UF_CRM_TASK": []string{"D_1"}}})
	if len(p.LogMessages(1)) != 1 || len(p.dealTasks(1)) != 1 || len(p.Comments(1)) != 1 || len(p.Activities(1)) != 1 {
		t.Error("something is missing in the card")
	}
}

func TestAddressesAreAddedNotReplaced(t *testing.T) {
	p := newPortal(t)
	id := must(p.CreateContact(obj{"NAME": "Anna", "EMAIL": []obj{{"VALUE": "a@example.test"}}}, 1))
	p.ok("crm.contact.update", obj{"id": id, "fields": obj{"EMAIL": []obj{{"VALUE": "a@example.test", "VALUE_TYPE": "HOME"}}}})
	c, _ := p.Contact(id)
	if n := len(c["EMAIL"].([]any)); n != 2 {
		t.Fatalf("%d addresses: sending one again duplicates it", n)
	}
	first := c["EMAIL"].([]any)[0].(map[string]any)["ID"]
	p.ok("crm.contact.update", obj{"id": id, "fields": obj{"EMAIL": []obj{{"ID": first, "DELETE": "Y"}}}})
	if c, _ = p.Contact(id); len(c["EMAIL"].([]any)) != 1 || c["HAS_EMAIL"] != "Y" {
		t.Errorf("%v", c)
	}
}

func TestSampleDataIsThere(t *testing.T) {
	for _, lang := range []string{"ru", "en"} {
		p := newPortal(t, seeded, func(c *Config) { c.Lang = lang })
		open, lost, pipelines := 0, 0, map[int]int{}
		for _, d := range p.Deals() {
			pipelines[d.CategoryID]++
			switch d.Semantics {
			case "P":
				open++
			case "F":
				lost++
			}
		}
		if n := len(p.Deals()); n < 60 || len(pipelines) != 2 || open < 40 || lost == 0 {
			t.Errorf("%s: %d deals, %d open, %d lost, pipelines %v", lang, n, open, lost, pipelines)
		}
		if got := len(p.EventLog()); got != 0 {
			t.Errorf("%d events from sample data", got)
		}
	}
	p := newPortal(t)
	if got, want := p.WebhookURL("http://127.0.0.1:1/"), "http://127.0.0.1:1/rest/1/secret/"; got != want {
		t.Errorf("webhook %s, want %s", got, want)
	}
}

func TestAPortalMayLearnItsAddressLate(t *testing.T) {
	p := newPortal(t)
	p.SetPortal(p.url + "/")
	company := must(p.CreateCompany(obj{"TITLE": "x"}, 1))
	must(0, p.UpdateCompany(company, obj{"TITLE": "y"}, 1))
	if c, ok := p.Company(company); !ok || c["TITLE"] != "y" {
		t.Errorf("%v", c)
	}
	up := p.ok("disk.folder.uploadfile", obj{"id": 7})["result"].(obj)
	if !strings.HasPrefix(up["uploadUrl"].(string), p.url+"/upload/") {
		t.Errorf("%v", up)
	}
	p.ForgetRequests()
	if n := len(p.Ledger()); n != 0 {
		t.Errorf("%d requests are still known", n)
	}
}
