package bitrix24sim

import "testing"

// A lead follows its stage, is told of by the events of leads, and is read by
// both APIs.
func TestALeadIsKeptLikeThePortalKeepsIt(t *testing.T) {
	p := newPortal(t)
	id := p.ok("crm.lead.add", obj{"fields": obj{"TITLE": "Заявка", "EMAIL": []any{obj{"VALUE": "lead@example.test", "VALUE_TYPE": "WORK"}}}})["result"]
	lead := p.ok("crm.lead.get", obj{"id": id})["result"].(obj)
	if lead["STATUS_ID"] != "NEW" || lead["STATUS_SEMANTIC_ID"] != "P" || lead["HAS_EMAIL"] != "Y" || lead["TITLE"] != "Заявка" {
		t.Errorf("%v", lead)
	}
	p.ok("crm.lead.update", obj{"id": id, "fields": obj{"STATUS_ID": "JUNK"}})
	p.ok("crm.lead.update", obj{"id": id, "fields": obj{"STATUS_ID": "C1:LOSE"}}) // no stage of leads
	item := p.ok("crm.item.get", obj{"entityTypeId": 1, "id": id})["result"].(obj)["item"].(obj)
	if item["stageId"] != "JUNK" || item["stageSemanticId"] != "F" || item["entityTypeId"] != 1.0 || len(item["fm"].([]any)) != 1 {
		t.Errorf("%v", item)
	}
	if rows := p.ok("crm.status.list", obj{"filter": obj{"ENTITY_ID": "STATUS"}})["result"].([]any); len(rows) != len(leadStages) {
		t.Errorf("%v", rows)
	}
	if rows := p.ok("crm.lead.list", obj{"filter": obj{"STATUS_SEMANTIC_ID": "F"}, "select": []string{"ID"}})["result"].([]any); len(rows) != 1 {
		t.Errorf("%v", rows)
	}
	p.ok("crm.timeline.comment.add", obj{"fields": obj{"ENTITY_ID": id, "ENTITY_TYPE": "lead", "COMMENT": "x"}})
	p.ok("crm.lead.delete", obj{"id": id})
	if rows := p.ok("crm.lead.list", obj{})["result"].([]any); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}
