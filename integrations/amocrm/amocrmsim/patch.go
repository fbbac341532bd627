package amocrmsim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// patch is a checked change of one entity, ready to be applied. Only what is
// set changes.
type patch struct {
	name, firstName, lastName        *string
	price, responsibleID, groupID    *int64
	createdBy, updatedBy             *int64
	createdAt, updatedAt, closedAt   *int64
	pipelineID, statusID             *int64 // both or neither
	lossReasonID                     *int64 // 0 clears
	nextDate, nextPrice, periodicity *int64
	values                           []fieldChange
	replaceTags                      bool
	tags, tagsToAdd, tagsToDelete    []tagRef
	links                            []link // only on creation
	newContact, newCompany           *patch // only in the complex creation
}

type tagRef struct {
	id   int64
	name string
}

// readPatch checks one element of a body against the account; e is nil when
// the element creates an entity.
func (s *Sim) readPatch(it *item, kind string, e *entity, data map[string]any, path string) *patch {
	sub := &item{data: data, prefix: path, text: it.text}
	p := &patch{
		name: sub.str("name"), firstName: sub.str("first_name"), lastName: sub.str("last_name"),
		price: sub.int("price"), groupID: sub.int("group_id"),
		createdBy: sub.int("created_by"), updatedBy: sub.int("updated_by"),
		createdAt: sub.int("created_at"), updatedAt: sub.int("updated_at"), closedAt: sub.int("closed_at"),
		responsibleID: sub.int("responsible_user_id"),
		nextDate:      sub.int("next_date"), nextPrice: sub.int("next_price"), periodicity: sub.int("periodicity"),
	}
	for key, id := range map[string]*int64{"responsible_user_id": p.responsibleID, "created_by": p.createdBy, "updated_by": p.updatedBy} {
		robot := id != nil && *id == 0 && key != "responsible_user_id"
		if id != nil && !robot && s.users.byID[*id] == nil {
			sub.badChoice(path + key)
		}
	}
	if kind == kindLeads {
		s.readStage(sub, e, p)
	}
	p.values = s.fieldChanges(sub, kind, data, path)
	if e == nil && len(p.values) > maxFieldValues {
		sub.badChoice(path + "custom_fields_values")
	}
	s.readTags(sub, p)
	if e == nil {
		s.readLinks(sub, kind, p)
	}
	it.violations = append(it.violations, sub.violations...)
	return p
}

// readStage checks status, pipeline and loss reason, which depend on each other.
func (s *Sim) readStage(it *item, e *entity, p *patch) {
	pipelineID, statusID := it.int("pipeline_id"), it.int("status_id")
	var pipe *pipeline
	switch {
	case pipelineID != nil:
		if pipe = s.pipe(*pipelineID); pipe == nil {
			it.badChoice(it.prefix + "pipeline_id")
			return
		}
	case e != nil:
		pipe = s.pipe(e.pipelineID)
	default:
		pipe = s.pipes[0]
		if statusID != nil && *statusID != StatusWon && *statusID != StatusLost {
			for _, other := range s.pipes { // a normal stage names its pipeline
				if other.status(*statusID) != nil {
					pipe = other
				}
			}
		}
	}
	var after int64 // the stage in which the lead will be
	switch {
	case statusID != nil:
		st := pipe.status(*statusID)
		if st == nil || st.kind == 1 {
			it.badChoice(it.prefix + "status_id")
			return
		}
		p.pipelineID, p.statusID, after = &pipe.id, &st.id, st.id
	case e == nil || pipelineID != nil && e.pipelineID != pipe.id:
		first := pipe.first()
		p.pipelineID, p.statusID, after = &pipe.id, &first.id, first.id
	default:
		after = e.statusID
	}
	if v, set := it.data["loss_reason_id"]; set {
		var id int64
		if v != nil {
			n := it.int("loss_reason_id")
			if n == nil {
				return
			}
			id = *n
		}
		if id != 0 && (s.reasons.byID[id] == nil || after != StatusLost) {
			it.badChoice(it.prefix + "loss_reason_id")
			return
		}
		p.lossReasonID = &id
	}
}

func (s *Sim) readTags(it *item, p *patch) {
	refs := func(data map[string]any, path, key string) []tagRef {
		var out []tagRef
		for i, row := range it.objects(data, path, key) {
			id, _ := asInt(row["id"])
			name, _ := row["name"].(string)
			if id == 0 && strings.TrimSpace(name) == "" {
				it.fail(codeMissing, path+key+"."+strconv.Itoa(i)+".name", it.text.missing)
				continue
			}
			out = append(out, tagRef{id: id, name: strings.TrimSpace(name)})
		}
		return out
	}
	p.tagsToAdd = refs(it.data, it.prefix, "tags_to_add")
	p.tagsToDelete = refs(it.data, it.prefix, "tags_to_delete")
	embedded := it.embedded()
	if _, set := embedded["tags"]; set {
		p.replaceTags = true
		p.tags = refs(embedded, it.prefix+"_embedded.", "tags")
		if len(p.tagsToAdd)+len(p.tagsToDelete) > 0 {
			it.badChoice(it.prefix + "tags_to_add") // the two ways exclude each other
		}
	}
}

// readLinks reads contacts and companies that a new entity is tied to by id.
func (s *Sim) readLinks(it *item, kind string, p *patch) {
	for _, other := range []string{kindContacts, kindCompanies} {
		if other == kind {
			continue
		}
		for i, row := range it.objects(it.embedded(), it.prefix+"_embedded.", other) {
			id, isInt := asInt(row["id"])
			if !isInt {
				continue // the complex creation makes it
			}
			if s.find(other, id) == nil {
				it.badChoice(it.prefix + "_embedded." + other + "." + strconv.Itoa(i) + ".id")
				continue
			}
			main, _ := row["is_main"].(bool)
			p.links = append(p.links, link{kind: other, id: id, main: main})
		}
	}
}

// create makes a new entity of a checked patch.
func (s *Sim) create(a *act, kind string, p *patch) *entity {
	e := &entity{
		kind: kind, id: s.nextID(), createdBy: a.by, updatedBy: a.by, createdAt: a.at, updatedAt: a.at, responsibleID: a.by,
	}
	if e.responsibleID == 0 {
		e.responsibleID = adminID
	}
	s.assign(e, p)
	switch {
	case kind == kindLeads && e.name == "":
		e.name = fmt.Sprintf(s.text.leadName, e.id)
	case kind == kindContacts && e.name == "":
		e.name = strings.TrimSpace(e.firstName + " " + e.lastName)
	}
	if p.createdAt != nil {
		e.createdAt = *p.createdAt
	}
	if p.createdBy != nil {
		e.createdBy, e.updatedBy = *p.createdBy, *p.createdBy
	}
	if kind == kindLeads && p.closedAt == nil && (e.statusID == StatusWon || e.statusID == StatusLost) {
		e.closedAt = a.at
	}
	s.entities[kind].add(e.id, e)
	for _, l := range p.links {
		s.tie(e, s.find(l.kind, l.id), l.main)
	}
	s.logEvent(a, singular[kind]+"_added", e, nil, nil)
	a.change(e, "add", "add_"+singular[kind], s.hookRecord(e, recordExtra{}))
	if kind == kindLeads {
		s.dpEntered(a, e, "add", 0, 0)
	}
	return e
}

// apply changes an entity, writes the rows of the event feed and collects the
// hooks: a move of stage gives status and update, as twins.
func (s *Sim) apply(a *act, e *entity, p *patch) {
	before := *e
	before.tags = slices.Clone(e.tags)
	s.assign(e, p)
	e.updatedAt, e.updatedBy = a.at, a.by
	if p.updatedAt != nil {
		e.updatedAt = *p.updatedAt
	}
	if p.updatedBy != nil {
		e.updatedBy = *p.updatedBy
	}

	extra := recordExtra{}
	moved := e.kind == kindLeads && (before.statusID != e.statusID || before.pipelineID != e.pipelineID)
	if moved {
		s.stageMoved(a, e, p, &before)
		extra.oldStatusID = before.statusID
		if before.pipelineID != e.pipelineID {
			extra.oldPipelineID = before.pipelineID
		}
		a.change(e, "status", "status_lead", s.hookRecord(e, extra))
	}
	if before.responsibleID != e.responsibleID {
		extra.oldResponsibleID = before.responsibleID
		s.logEvent(a, "entity_responsible_changed", e,
			[]any{object{"responsible_user": object{"id": before.responsibleID}}},
			[]any{object{"responsible_user": object{"id": e.responsibleID}}})
		one := singular[e.kind]
		action := "responsible"
		if e.kind == kindContacts || e.kind == kindCompanies {
			action = "update"
		}
		a.change(e, action, "responsible_"+one, s.hookRecord(e, recordExtra{oldResponsibleID: before.responsibleID}))
	}
	a.change(e, "update", "update_"+singular[e.kind], s.hookRecord(e, extra))
	if moved {
		s.dpEntered(a, e, "status", before.pipelineID, before.statusID)
	}
	s.logFieldEvents(a, e, &before, p)
}

func (s *Sim) stageMoved(a *act, e *entity, p *patch, before *entity) {
	closed := e.statusID == StatusWon || e.statusID == StatusLost
	wasClosed := before.statusID == StatusWon || before.statusID == StatusLost
	switch {
	case closed && !wasClosed && p.closedAt == nil:
		e.closedAt = a.at
	case !closed:
		e.closedAt = 0
	}
	if e.statusID != StatusLost {
		e.lossReasonID = 0
	}
	stage := func(l *entity) []any {
		return []any{object{"lead_status": object{"id": l.statusID, "pipeline_id": l.pipelineID}}}
	}
	s.logEvent(a, "lead_status_changed", e, stage(before), stage(e))
}

func (s *Sim) logFieldEvents(a *act, e, before *entity, p *patch) {
	if before.name != e.name {
		s.logEvent(a, "name_field_changed", e,
			[]any{object{"name_field_value": object{"name": before.name}}}, []any{object{"name_field_value": object{"name": e.name}}})
	}
	if before.price != e.price {
		s.logEvent(a, "sale_field_changed", e,
			[]any{object{"sale_field_value": object{"sale": before.price}}}, []any{object{"sale_field_value": object{"sale": e.price}}})
	}
	for _, ch := range p.values {
		after := []any{}
		for _, v := range ch.values {
			after = append(after, object{"custom_field_value": object{"field_id": ch.field.id, "field_type": 1, "enum_id": nullable(v.enumID), "text": scalarText(v.value)}})
		}
		s.logEvent(a, "custom_field_"+strconv.FormatInt(ch.field.id, 10)+"_value_changed", e, []any{}, after)
	}
	for _, id := range e.tags {
		if !slices.Contains(before.tags, id) {
			s.logEvent(a, "entity_tag_added", e, nil, []any{object{"tag": object{"name": s.tags[e.kind].byID[id].name}}})
		}
	}
	for _, id := range before.tags {
		if !slices.Contains(e.tags, id) {
			s.logEvent(a, "entity_tag_deleted", e, []any{object{"tag": object{"name": s.tags[e.kind].byID[id].name}}}, nil)
		}
	}
}

// assign copies what a patch sets, without events.
func (s *Sim) assign(e *entity, p *patch) {
	set := func(to *int64, v *int64) {
		if v != nil {
			*to = *v
		}
	}
	text := func(to *string, v *string) {
		if v != nil {
			*to = *v
		}
	}
	text(&e.name, p.name)
	text(&e.firstName, p.firstName)
	text(&e.lastName, p.lastName)
	if e.kind == kindContacts && p.name == nil && (p.firstName != nil || p.lastName != nil) {
		e.name = strings.TrimSpace(e.firstName + " " + e.lastName)
	}
	set(&e.price, p.price)
	set(&e.responsibleID, p.responsibleID)
	set(&e.groupID, p.groupID)
	set(&e.pipelineID, p.pipelineID)
	set(&e.statusID, p.statusID)
	set(&e.lossReasonID, p.lossReasonID)
	set(&e.closedAt, p.closedAt)
	set(&e.nextDate, p.nextDate)
	set(&e.nextPrice, p.nextPrice)
	set(&e.periodicity, p.periodicity)
	for _, ch := range p.values {
		if fv := e.value(ch.field.id); fv != nil {
			fv.values = ch.values
		} else if ch.values != nil {
			e.values = append(e.values, fieldValue{fieldID: ch.field.id, values: ch.values})
		}
	}
	if p.replaceTags {
		e.tags = nil
		p.tagsToAdd = append(p.tagsToAdd, p.tags...)
	}
	e.tags = slices.Clone(e.tags)
	for _, ref := range p.tagsToAdd {
		if t := s.tagFor(e.kind, ref, true); t != nil && !slices.Contains(e.tags, t.id) {
			e.tags = append(e.tags, t.id)
		}
	}
	for _, ref := range p.tagsToDelete {
		if t := s.tagFor(e.kind, ref, false); t != nil {
			e.tags = slices.DeleteFunc(e.tags, func(id int64) bool { return id == t.id })
		}
	}
}

func (s *Sim) tagFor(kind string, ref tagRef, create bool) *tag {
	if ref.id != 0 {
		return s.tags[kind].byID[ref.id]
	}
	for _, id := range s.tags[kind].order {
		if t := s.tags[kind].byID[id]; strings.EqualFold(t.name, ref.name) {
			return t
		}
	}
	if !create {
		return nil
	}
	t := &tag{id: s.nextID(), name: ref.name}
	s.tags[kind].add(t.id, t)
	return t
}

// tie links two entities on both sides; the first contact of a lead is its main
// one, and a contact has one company.
func (s *Sim) tie(a, b *entity, main bool) {
	if a.kind == kindContacts && b.kind == kindLeads {
		a, b = b, a
	}
	if a.kind == kindLeads && b.kind == kindContacts {
		main = main || len(a.linked(kindContacts)) == 0
		if main {
			for i := range a.links {
				a.links[i].main = false
			}
		}
	}
	put := func(x, y *entity, main bool) {
		for i, l := range x.links {
			if l.kind == y.kind && l.id == y.id {
				x.links[i].main = x.links[i].main || main
				return
			}
		}
		x.links = append(x.links, link{kind: y.kind, id: y.id, main: main})
	}
	put(a, b, main)
	put(b, a, false)
}

func (s *Sim) untie(a, b *entity) {
	drop := func(x, y *entity) {
		x.links = slices.DeleteFunc(x.links, func(l link) bool { return l.kind == y.kind && l.id == y.id })
	}
	drop(a, b)
	drop(b, a)
}
