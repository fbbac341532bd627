package amocrmsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

const unsortedPath = "/api/v4/leads/unsorted"

func (s *Sim) unsortedJSON(c *call, u *unsorted) object {
	ref := func(kind string, id int64) []any {
		if id == 0 {
			return []any{}
		}
		return []any{object{"id": id, "_links": c.self(entityPath(kind, id))}}
	}
	return object{
		"uid": u.uid, "source_uid": nullableText(u.sourceUID), "source_name": u.sourceName, "category": u.category, "pipeline_id": u.pipelineID,
		"created_at": u.createdAt, "metadata": maps.Clone(u.metadata), "account_id": s.cfg.AccountID,
		"_links":    c.self(unsortedPath + "/" + u.uid),
		"_embedded": object{"contacts": ref(kindContacts, u.contactID), "leads": ref(kindLeads, u.leadID), "companies": ref(kindCompanies, u.companyID)},
	}
}

func (s *Sim) listUnsorted(c *call) answer {
	f := c.query.at("filter")
	uids, categories, pipePass := f.at("uid").all(), f.at("category").all(), f.at("pipeline_id").oneOf()
	var rows []*unsorted
	for _, u := range s.unsorted {
		if pipePass(u.pipelineID) && (len(uids) == 0 || slices.Contains(uids, u.uid)) && (len(categories) == 0 || slices.Contains(categories, u.category)) {
			rows = append(rows, u)
		}
	}
	return s.page(c, unsortedPath, "unsorted", len(rows), 50, 250, func(i int) any { return s.unsortedJSON(c, rows[i]) })
}

func (s *Sim) unsortedSummary(c *call) answer {
	counts := object{"sip": 0, "mail": 0, "chats": 0, "forms": 0}
	for _, u := range s.unsorted {
		n, _ := counts[u.category].(int)
		counts[u.category] = n + 1
	}
	return ok(object{"total": len(s.unsorted), "accepted": 0, "declined": 0, "average_sort_time": 0, "categories": counts, "_links": c.self(unsortedPath + "/summary")})
}

func (s *Sim) unsortedAt(uid string) int {
	return slices.IndexFunc(s.unsorted, func(u *unsorted) bool { return u.uid == uid })
}

func (s *Sim) getUnsorted(c *call) answer {
	i := s.unsortedAt(c.args[0])
	if i < 0 {
		return nothing()
	}
	return ok(s.unsortedJSON(c, s.unsorted[i]))
}

// acceptUnsorted turns an incoming request into a lead of a normal stage.
func (s *Sim) acceptUnsorted(c *call) answer {
	i := s.unsortedAt(c.args[0])
	if i < 0 {
		return s.problem(http.StatusNotFound, "Unsorted not found")
	}
	u := s.unsorted[i]
	pipe := s.pipe(u.pipelineID)
	stage := pipe.first()
	if len(c.raw) > 0 {
		it, bad := s.oneItem(c)
		if bad != nil {
			return *bad
		}
		if id := it.int("status_id"); id != nil {
			if stage = pipe.status(*id); stage == nil {
				it.badChoice("status_id")
			}
		}
		if a, refused := s.refused([]*item{it}); refused {
			return a
		}
	}
	act := s.begin(c)
	if lead := s.find(kindLeads, u.leadID); lead != nil {
		s.apply(act, lead, &patch{pipelineID: &pipe.id, statusID: &stage.id})
	}
	s.unsortedGone(act, u, "accept")
	s.unsorted = slices.Delete(s.unsorted, i, i+1)
	s.finish(act)
	out := s.unsortedJSON(c, u)
	out["status_id"] = stage.id
	return ok(out)
}

// declineUnsorted throws an incoming request away; its lead was never a client.
func (s *Sim) declineUnsorted(c *call) answer {
	i := s.unsortedAt(c.args[0])
	if i < 0 {
		return s.problem(http.StatusNotFound, "Unsorted not found")
	}
	u := s.unsorted[i]
	act := s.begin(c)
	if lead := s.find(kindLeads, u.leadID); lead != nil {
		lead.deleted = true
	}
	s.unsortedGone(act, u, "decline")
	s.unsorted = slices.Delete(s.unsorted, i, i+1)
	s.finish(act)
	return ok(s.unsortedJSON(c, u))
}

func (s *Sim) unsortedGone(a *act, u *unsorted, action string) {
	a.changes = append(a.changes, change{
		entity: "unsorted", action: "delete", setting: "delete_unsorted", lane: entityKey{kindLeads, u.leadID},
		record: fields{
			{"action", action},
			{"uid", u.uid},
			{action + "_result", fields{{"leads", list{u.leadID}}}},
			{"category", u.category},
			{"created_at", u.createdAt},
			{"modified_user_id", a.by},
		},
	})
}

func (s *Sim) addUnsortedForms(c *call) answer { return s.addUnsorted(c, "forms") }
func (s *Sim) addUnsortedCalls(c *call) answer { return s.addUnsorted(c, "sip") }

// addUnsorted takes incoming requests of a website's form or a telephone
// exchange (the vendor's unsorted-api). Of their leads and contacts no hook tells
// before they are accepted.
func (s *Sim) addUnsorted(c *call, category string) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	requests := make([]*incoming, len(items))
	for i, it := range items {
		requests[i] = s.readIncoming(it, c, category)
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := make([]any, len(items))
	for i, in := range requests {
		s.keepIncoming(act, in)
		row := s.unsortedJSON(c, &in.unsorted)
		rows[i] = object{"uid": in.uid, "account_id": s.cfg.AccountID, "request_id": items[i].requestID, "_links": row["_links"], "_embedded": row["_embedded"]}
	}
	s.finish(act)
	return ok(object{"_total_items": len(rows), "_embedded": object{"unsorted": rows}})
}

// incoming is a request before it is kept, with what is to be made for it.
type incoming struct {
	unsorted
	lead, contact, company *patch
}

func (s *Sim) readIncoming(it *item, c *call, category string) *incoming {
	in := &incoming{
		unsorted: unsorted{uid: strings.ReplaceAll(newUUID()+newUUID(), "-", "")[:60], category: category, pipelineID: PipelineSales, createdAt: c.now},
		lead:     &patch{},
	}
	for key, to := range map[string]*string{"source_uid": &in.sourceUID, "source_name": &in.sourceName} {
		if it.need(key) {
			if text := it.str(key); text != nil {
				*to = *text
			}
		}
	}
	if id := it.int("pipeline_id"); id != nil {
		in.pipelineID = *id
	}
	pipe := s.pipe(in.pipelineID)
	if pipe == nil || !pipe.unsorted {
		it.badChoice("pipeline_id")
		return in
	}
	if at := it.int("created_at"); at != nil {
		in.createdAt = *at
	}
	if it.need("metadata") {
		meta, isObject := it.data["metadata"].(map[string]any)
		if !isObject {
			it.badType("metadata", "array")
		}
		in.metadata = maps.Clone(meta)
	}
	for kind, to := range map[string]**patch{kindLeads: &in.lead, kindContacts: &in.contact, kindCompanies: &in.company} {
		if rows := it.objects(it.embedded(), "_embedded.", kind); len(rows) > 0 {
			*to = s.readPatch(it, kind, nil, rows[0], "_embedded."+kind+".0.")
		}
	}
	in.lead.pipelineID, in.lead.statusID = &pipe.id, &pipe.statuses[0].id
	return in
}

func (s *Sim) keepIncoming(a *act, in *incoming) {
	untold := &act{by: a.by, at: a.at}
	if in.company != nil {
		in.companyID = s.create(untold, kindCompanies, in.company).id
		in.lead.links = append(in.lead.links, link{kind: kindCompanies, id: in.companyID})
	}
	if in.contact != nil {
		in.contactID = s.create(untold, kindContacts, in.contact).id
		in.lead.links = append(in.lead.links, link{kind: kindContacts, id: in.contactID, main: true})
	}
	in.leadID = s.create(untold, kindLeads, in.lead).id
	s.unsorted = append(s.unsorted, &in.unsorted)
	a.changes = append(a.changes, change{
		entity: "unsorted", action: "add", setting: "add_unsorted", lane: entityKey{kindLeads, in.leadID},
		record: fields{
			{"uid", in.uid},
			{"category", in.category},
			{"pipeline_id", in.pipelineID},
			{"lead_id", in.leadID},
			{"account_id", s.cfg.AccountID},
			{"created_at", in.createdAt},
		},
	})
}
