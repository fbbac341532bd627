package amocrmsim

import (
	"slices"
	"sort"
	"strconv"
)

const eventsPath = "/api/v4/events"

var plural = map[string]string{"lead": kindLeads, "contact": kindContacts, "company": kindCompanies, "customer": kindCustomers, "task": "tasks"}

func (s *Sim) eventJSON(c *call, e *event) object {
	path := "/api/v4/" + plural[e.kind] + "/" + strconv.FormatInt(e.entityID, 10)
	return object{
		"id": e.id, "type": e.typ, "entity_id": e.entityID, "entity_type": e.kind, "created_by": e.createdBy, "created_at": e.createdAt,
		"value_after": e.after, "value_before": e.before, "account_id": s.cfg.AccountID,
		"_links":    c.self(eventsPath + "/" + e.id),
		"_embedded": object{"entity": object{"id": e.entityID, "_links": c.self(path)}},
	}
}

// maxEvents is the largest page of the feed.
const maxEvents = 100

// listEvents answers the feed, newest first.
func (s *Sim) listEvents(c *call) answer {
	f := c.query.at("filter")
	types, kinds, ids := f.at("type").all(), f.at("entity").all(), f.at("id").all()
	entityPass, authorPass := f.at("entity_id").oneOf(), f.at("created_by").oneOf()
	created, _ := f.at("created_at").span()
	after, before := stagesOf(f.at("value_after")), stagesOf(f.at("value_before"))

	// Rows are written in order of time, so that the poll of a large feed only
	// looks at its end.
	from := sort.Search(len(s.events), func(i int) bool { return s.events[i].createdAt >= created.from })
	var rows []*event
	for i := len(s.events) - 1; i >= from; i-- {
		e := s.events[i]
		if e.createdAt > created.to ||
			len(types) > 0 && !slices.Contains(types, e.typ) ||
			len(kinds) > 0 && !slices.Contains(kinds, e.kind) ||
			len(ids) > 0 && !slices.Contains(ids, e.id) ||
			!entityPass(e.entityID) || !authorPass(e.createdBy) ||
			!stagePass(after, e.after) || !stagePass(before, e.before) {
			continue
		}
		rows = append(rows, e)
	}
	return s.page(c, eventsPath, "events", len(rows), maxEvents, maxEvents, func(i int) any { return s.eventJSON(c, rows[i]) })
}

// stagesOf reads filter[value_after][leads_statuses][0][pipeline_id|status_id].
func stagesOf(n *queryNode) [][2]int64 {
	var out [][2]int64
	for _, pair := range n.at("leads_statuses").sub {
		pipe, status := pair.at("pipeline_id").ints(), pair.at("status_id").ints()
		if len(pipe) == 1 && len(status) == 1 {
			out = append(out, [2]int64{pipe[0], status[0]})
		}
	}
	return out
}

func stagePass(wanted [][2]int64, values []any) bool {
	if wanted == nil {
		return true
	}
	for _, v := range values {
		stage, _ := v.(object)["lead_status"].(object)
		pipe, _ := stage["pipeline_id"].(int64)
		id, _ := stage["id"].(int64)
		if slices.Contains(wanted, [2]int64{pipe, id}) {
			return true
		}
	}
	return false
}

func (s *Sim) getEvent(c *call) answer {
	for _, e := range s.events {
		if e.id == c.args[0] {
			return ok(s.eventJSON(c, e))
		}
	}
	return nothing()
}

func (s *Sim) listEventTypes(c *call) answer {
	var rows []any
	for i, key := range []string{
		"lead_added", "lead_deleted", "lead_restored", "lead_status_changed", "entity_responsible_changed", "entity_linked", "entity_unlinked",
		"contact_added", "contact_deleted", "contact_restored", "company_added", "company_deleted", "company_restored", "customer_added",
		"task_added", "task_completed", "task_result_added", "task_deleted", "common_note_added", "service_note_added", "attachment_note_added",
		"entity_tag_added", "entity_tag_deleted", "name_field_changed", "sale_field_changed",
	} {
		rows = append(rows, object{"key": key, "type": i + 1, "lang": key})
	}
	return smallList(c, eventsPath+"/types", "events_types", rows)
}
