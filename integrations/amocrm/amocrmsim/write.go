package amocrmsim

import (
	"net/http"
	"strconv"
)

var singular = map[string]string{kindLeads: "lead", kindContacts: "contact", kindCompanies: "company", kindCustomers: "customer"}

func (s *Sim) addEntities(c *call) answer {
	kind := c.args[0]
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	patches := make([]*patch, len(items))
	for i, it := range items {
		patches[i] = s.readPatch(it, kind, nil, it.data, "")
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := make([]any, len(items))
	for i, p := range patches {
		e := s.create(act, kind, p)
		rows[i] = object{"id": e.id, "request_id": items[i].requestID, "_links": c.self(entityPath(kind, e.id))}
	}
	s.finish(act)
	return ok(object{"_links": c.self("/api/v4/" + kind), "_embedded": object{kind: rows}})
}

func (s *Sim) patchEntities(c *call) answer {
	kind := c.args[0]
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	targets, patches := make([]*entity, len(items)), make([]*patch, len(items))
	for i, it := range items {
		if !it.need("id") {
			continue
		}
		id := it.int("id")
		if id == nil {
			continue
		}
		if targets[i] = s.find(kind, *id); targets[i] == nil {
			it.badChoice("id")
			continue
		}
		patches[i] = s.readPatch(it, kind, targets[i], it.data, "")
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := make([]any, len(items))
	for i, p := range patches {
		e := targets[i]
		s.apply(act, e, p)
		rows[i] = object{"id": e.id, "updated_at": e.updatedAt, "request_id": items[i].requestID, "_links": c.self(entityPath(kind, e.id))}
	}
	s.finish(act)
	return ok(object{"_links": c.self("/api/v4/" + kind), "_embedded": object{kind: rows}})
}

func (s *Sim) patchEntity(c *call) answer {
	kind := c.args[0]
	id, _ := strconv.ParseInt(c.args[1], 10, 64)
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	e := s.find(kind, id)
	if e == nil {
		it.badChoice("id")
		a, _ := s.refused([]*item{it})
		return a
	}
	p := s.readPatch(it, kind, e, it.data, "")
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	act := s.begin(c)
	s.apply(act, e, p)
	s.finish(act)
	return ok(object{"id": e.id, "updated_at": e.updatedAt, "_links": c.self(entityPath(kind, e.id))})
}

// addComplex creates leads with a contact and a company each. A contact with
// the same e-mail or phone is used again instead of doubled.
func (s *Sim) addComplex(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	if len(items) > 50 {
		return s.problem(http.StatusUnprocessableEntity, "Limit 50 per page")
	}
	patches := make([]*patch, len(items))
	for i, it := range items {
		p := s.readPatch(it, kindLeads, nil, it.data, "")
		for _, kind := range []string{kindContacts, kindCompanies} {
			rows := it.objects(it.embedded(), "_embedded.", kind)
			if len(rows) == 0 {
				continue
			}
			if _, known := asInt(rows[0]["id"]); known {
				continue
			}
			sub := s.readPatch(it, kind, nil, rows[0], "_embedded."+kind+".0.")
			if kind == kindContacts {
				p.newContact = sub
			} else {
				p.newCompany = sub
			}
		}
		patches[i] = p
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := make([]any, len(items))
	for i, p := range patches {
		var contact, company *entity
		merged := false
		if p.newCompany != nil {
			company = s.create(act, kindCompanies, p.newCompany)
			p.links = append(p.links, link{kind: kindCompanies, id: company.id})
		}
		if p.newContact != nil {
			if contact = s.twin(p.newContact); contact != nil {
				merged = true
				s.apply(act, contact, p.newContact)
			} else {
				contact = s.create(act, kindContacts, p.newContact)
			}
			p.links = append(p.links, link{kind: kindContacts, id: contact.id, main: true})
		}
		lead := s.create(act, kindLeads, p)
		if contact != nil && company != nil {
			s.tie(contact, company, false)
		}
		row := object{"id": lead.id, "contact_id": nil, "company_id": nil, "request_id": []any{items[i].requestID}, "merged": merged}
		for _, l := range lead.links {
			if l.kind == kindContacts {
				row["contact_id"] = l.id
			} else {
				row["company_id"] = l.id
			}
		}
		rows[i] = row
	}
	s.finish(act)
	return ok(rows)
}

// twin finds a contact with an e-mail or phone of the new one.
func (s *Sim) twin(p *patch) *entity {
	for _, ch := range p.values {
		if ch.field.code != "EMAIL" && ch.field.code != "PHONE" {
			continue
		}
		for _, v := range ch.values {
			for _, id := range s.entities[kindContacts].order {
				e := s.entities[kindContacts].byID[id]
				fv := e.value(ch.field.id)
				if e.deleted || fv == nil {
					continue
				}
				for _, have := range fv.values {
					if have.value == v.value {
						return e
					}
				}
			}
		}
	}
	return nil
}

// Links.

func (s *Sim) linkJSON(e *entity, l link, full bool) object {
	row := object{"to_entity_id": l.id, "to_entity_type": l.kind, "metadata": nil}
	if e.kind == kindLeads && l.kind == kindContacts {
		row["metadata"] = object{"main_contact": l.main}
	}
	if full {
		row["entity_id"], row["entity_type"] = e.id, e.kind
	}
	return row
}

func (s *Sim) listEntityLinks(c *call) answer {
	id, _ := strconv.ParseInt(c.args[1], 10, 64)
	e := s.find(c.args[0], id)
	if e == nil {
		return nothing()
	}
	var rows []any
	for _, l := range e.links {
		rows = append(rows, s.linkJSON(e, l, false))
	}
	return smallList(c, entityPath(e.kind, e.id)+"/links", "links", rows)
}

func (s *Sim) listLinks(c *call) answer {
	var rows []any
	for _, id := range c.query.at("filter", "entity_id").ints() {
		if e := s.find(c.args[0], id); e != nil {
			for _, l := range e.links {
				rows = append(rows, s.linkJSON(e, l, true))
			}
		}
	}
	return smallList(c, "/api/v4/"+c.args[0]+"/links", "links", rows)
}

func (s *Sim) addLinks(c *call) answer          { return s.changeLinks(c, 0, true) }
func (s *Sim) removeLinks(c *call) answer       { return s.changeLinks(c, 0, false) }
func (s *Sim) addEntityLinks(c *call) answer    { return s.changeLinks(c, mustID(c.args[1]), true) }
func (s *Sim) removeEntityLinks(c *call) answer { return s.changeLinks(c, mustID(c.args[1]), false) }

func mustID(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

func (s *Sim) changeLinks(c *call, ownID int64, add bool) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	type pair struct {
		from, to *entity
		main     bool
	}
	pairs := make([]pair, len(items))
	for i, it := range items {
		from := ownID
		if from == 0 && it.need("entity_id") {
			if n := it.int("entity_id"); n != nil {
				from = *n
			}
		}
		if pairs[i].from = s.find(c.args[0], from); pairs[i].from == nil {
			it.badChoice("entity_id")
		}
		if !it.need("to_entity_id") || !it.need("to_entity_type") {
			continue
		}
		id, kind := it.int("to_entity_id"), it.str("to_entity_type")
		if id == nil || kind == nil {
			continue
		}
		if pairs[i].to = s.find(*kind, *id); pairs[i].to == nil {
			it.badChoice("to_entity_id")
		}
		meta, _ := it.data["metadata"].(map[string]any)
		pairs[i].main, _ = meta["is_main"].(bool)
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := []any{}
	for _, p := range pairs {
		event := "entity_linked"
		if add {
			s.tie(p.from, p.to, p.main)
		} else {
			event = "entity_unlinked"
			s.untie(p.from, p.to)
		}
		s.logEvent(act, event, p.from, nil, []any{object{"link": object{"entity": object{"type": singular[p.to.kind], "id": p.to.id}}}})
		for _, l := range p.from.links {
			if l.kind == p.to.kind && l.id == p.to.id {
				rows = append(rows, s.linkJSON(p.from, l, true))
			}
		}
	}
	s.finish(act)
	if !add {
		return nothing()
	}
	return ok(object{"_total_items": len(rows), "_links": c.self("/api/v4/" + c.args[0] + "/link"), "_embedded": object{"links": rows}})
}
