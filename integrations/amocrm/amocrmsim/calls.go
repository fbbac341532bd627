package amocrmsim

import (
	"maps"
	"strings"
)

// What follows is not in the reference; requests and answers are those of the
// vendor's public description (developers/content/crm_platform/calls-api and
// short_links), and how a call is refused for want of a card is not described
// there.

// addCalls puts calls on the card of whom the number belongs to: the contact or
// company, or its only active lead. A number that nobody has adds nothing.
func (s *Sim) addCalls(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	act := s.begin(c)
	notes := make([]*note, len(items))
	for i, it := range items {
		notes[i] = s.readCall(it, c, act)
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows, unknown := []any{}, []any{}
	for i, n := range notes {
		if n == nil {
			unknown = append(unknown, object{"request_id": items[i].requestID, "title": "Entity not found", "status": 404, "detail": "Entity not found"})
			continue
		}
		n.id = s.nextID()
		s.notes.add(n.id, n)
		owner := entityKey{n.kind, n.entityID}
		s.notesOn[owner] = append(s.notesOn[owner], n.id)
		s.noteChanged(act, n, true)
		rows = append(rows, object{
			"id": n.id, "entity_id": n.entityID, "entity_type": singular[n.kind], "account_id": s.cfg.AccountID, "request_id": items[i].requestID,
			"_embedded": object{"entity": object{"id": n.entityID, "_links": c.self(entityPath(n.kind, n.entityID))}},
		})
	}
	s.finish(act)
	return ok(object{"_total_items": len(rows), "errors": unknown, "_embedded": object{"calls": rows}})
}

// readCall checks a call and finds its card; nil: nobody has the number.
func (s *Sim) readCall(it *item, c *call, a *act) *note {
	types := map[string]string{"inbound": "call_in", "outbound": "call_out"}
	n := &note{createdAt: c.now, updatedAt: c.now, createdBy: a.by, updatedBy: a.by, params: map[string]any{}}
	if it.need("direction") {
		if direction := it.str("direction"); direction != nil {
			if n.noteType = types[*direction]; n.noteType == "" {
				it.badChoice("direction")
			}
		}
	}
	if it.need("duration") {
		it.int("duration")
	}
	if it.need("source") {
		it.str("source")
	}
	it.need("phone")
	for _, key := range []string{"uniq", "duration", "source", "link", "phone", "call_result", "call_status", "call_responsible"} {
		if v, there := it.data[key]; there {
			n.params[key] = v
		}
	}
	if at := it.int("created_at"); at != nil {
		n.createdAt, n.updatedAt = *at, *at
	}
	e := s.cardOf(scalarText(it.data["phone"]))
	if e == nil {
		return nil
	}
	n.kind, n.entityID, n.responsibleID, n.groupID = e.kind, e.id, e.responsibleID, e.groupID
	return n
}

// cardOf finds where a call from the number belongs; numbers agree when their
// last ten digits do.
func (s *Sim) cardOf(phone string) *entity {
	want := lastTen(phone)
	if want == "" {
		return nil
	}
	for _, kind := range []string{kindContacts, kindCompanies} {
		for _, id := range s.entities[kind].order {
			e := s.entities[kind].byID[id]
			if e.deleted || !s.hasPhone(e, want) {
				continue
			}
			var active []*entity
			for _, l := range e.linked(kindLeads) {
				if lead := s.find(kindLeads, l.id); lead != nil && lead.statusID != StatusWon && lead.statusID != StatusLost {
					active = append(active, lead)
				}
			}
			if len(active) == 1 {
				return active[0]
			}
			return e
		}
	}
	return nil
}

func (s *Sim) hasPhone(e *entity, want string) bool {
	for _, fv := range e.values {
		if f := s.fields[e.kind].byID[fv.fieldID]; f == nil || f.code != "PHONE" {
			continue
		}
		for _, v := range fv.values {
			if lastTen(scalarText(v.value)) == want {
				return true
			}
		}
	}
	return false
}

func lastTen(phone string) string {
	digits := onlyDigits(phone)
	return digits[max(0, len(digits)-10):]
}

// addShortLinks makes a short link for each contact.
func (s *Sim) addShortLinks(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	rows := make([]any, len(items))
	for i, it := range items {
		if it.need("url") {
			it.str("url")
		}
		meta, isObject := it.data["metadata"].(map[string]any)
		if !isObject {
			it.fail(codeMissing, "metadata", it.text.missing)
			continue
		}
		kind, _ := meta["entity_type"].(string)
		id, _ := asInt(meta["entity_id"])
		if kind != kindContacts || s.find(kindContacts, id) == nil {
			it.badChoice("metadata.entity_id")
		}
		short := "https://amo.sh/" + strings.ToUpper(strings.ReplaceAll(newUUID(), "-", "")[:12])
		rows[i] = object{"url": short, "account_id": s.cfg.AccountID, "metadata": maps.Clone(meta)}
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	return ok(object{"_links": c.self("/api/v4/short_links"), "_embedded": object{"short_links": rows}})
}
