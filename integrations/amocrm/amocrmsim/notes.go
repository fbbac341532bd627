package amocrmsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// noteTypes gives the number that hooks use and the parameters a type needs.
var noteTypes = map[string]struct {
	number int64
	needs  []string
}{
	"common":                   {4, []string{"text"}},
	"attachment":               {5, []string{"file_uuid", "version_uuid", "file_name"}},
	"call_in":                  {10, []string{"uniq", "duration", "source", "phone"}},
	"call_out":                 {11, []string{"uniq", "duration", "source", "phone"}},
	"service_message":          {25, []string{"service", "text"}},
	"extended_service_message": {25, []string{"service", "text"}},
	"message_cashier":          {25, []string{"status", "text"}},
	"invoice_paid":             {25, []string{"text", "service", "icon_url"}},
	"geolocation":              {28, []string{"text", "address", "longitude", "latitude"}},
	"sms_in":                   {102, []string{"text", "phone"}},
	"sms_out":                  {103, []string{"text", "phone"}},
}

func notePath(n *note) string {
	return entityPath(n.kind, n.entityID) + "/notes/" + strconv.FormatInt(n.id, 10)
}

func (s *Sim) noteJSON(c *call, n *note) object {
	return object{
		"id": n.id, "entity_id": n.entityID, "created_by": n.createdBy, "updated_by": n.updatedBy, "created_at": n.createdAt,
		"updated_at": n.updatedAt, "responsible_user_id": n.responsibleID, "group_id": n.groupID, "note_type": n.noteType,
		"params": maps.Clone(n.params), "account_id": s.cfg.AccountID, "is_pinned": n.pinned, "_links": c.self(notePath(n)),
	}
}

func (s *Sim) listNotes(c *call) answer { return s.pageNotes(c, c.args[0], 0) }

func (s *Sim) listEntityNotes(c *call) answer { return s.pageNotes(c, c.args[0], mustID(c.args[1])) }

func (s *Sim) pageNotes(c *call, kind string, ownID int64) answer {
	f := c.query.at("filter")
	owners := f.at("entity_id").ints()
	path := "/api/v4/" + kind + "/notes"
	if ownID != 0 {
		owners = []int64{ownID}
		path = entityPath(kind, ownID) + "/notes"
	}
	idPass, types := f.at("id").oneOf(), map[string]bool{}
	for _, t := range f.at("note_type").all() {
		types[t] = true
	}
	updated, _ := f.at("updated_at").span()
	pass := func(n *note) bool {
		return n.kind == kind && idPass(n.id) && (len(types) == 0 || types[n.noteType]) && updated.holds(n.updatedAt)
	}
	var rows []*note
	if len(owners) == 0 && f.at("entity_id").empty() {
		rows = s.notes.where(pass)
	}
	for _, owner := range owners {
		for _, id := range s.notesOn[entityKey{kind, owner}] {
			if n := s.notes.byID[id]; pass(n) {
				rows = append(rows, n)
			}
		}
	}
	if strings.EqualFold(c.query.at("order", "id").value, "desc") {
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
	}
	return s.page(c, path, "notes", len(rows), 50, 250, func(i int) any { return s.noteJSON(c, rows[i]) })
}

func (s *Sim) noteOf(c *call, i int) *note {
	n := s.notes.byID[mustID(c.args[i])]
	if n == nil || n.kind != c.args[0] || i == 2 && n.entityID != mustID(c.args[1]) {
		return nil
	}
	return n
}

func (s *Sim) getNote(c *call) answer       { return s.showNote(c, s.noteOf(c, 1)) }
func (s *Sim) getEntityNote(c *call) answer { return s.showNote(c, s.noteOf(c, 2)) }

func (s *Sim) showNote(c *call, n *note) answer {
	if n == nil {
		return nothing()
	}
	return ok(s.noteJSON(c, n))
}

func (s *Sim) addNotes(c *call) answer       { return s.storeNotes(c, 0) }
func (s *Sim) addEntityNotes(c *call) answer { return s.storeNotes(c, mustID(c.args[1])) }

func (s *Sim) storeNotes(c *call, ownID int64) answer {
	kind := c.args[0]
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	act := s.begin(c)
	notes := make([]*note, len(items))
	for i, it := range items {
		n := &note{kind: kind, entityID: ownID, createdAt: c.now, updatedAt: c.now, createdBy: act.by, params: map[string]any{}}
		if ownID == 0 && it.need("entity_id") {
			if id := it.int("entity_id"); id != nil {
				n.entityID = *id
			}
		}
		if e := s.find(kind, n.entityID); e != nil {
			n.responsibleID, n.groupID = e.responsibleID, e.groupID
		} else if len(it.violations) == 0 {
			it.badChoice("entity_id")
		}
		if by := it.int("created_by"); by != nil {
			n.createdBy = *by
			if *by != 0 && s.users.byID[*by] == nil {
				it.badChoice("created_by")
			}
		}
		if at := it.int("created_at"); at != nil {
			n.createdAt = *at
		}
		n.updatedBy = n.createdBy
		if it.need("note_type") {
			s.readNote(it, n, it.str("note_type"))
		}
		notes[i] = n
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows := make([]any, len(notes))
	for i, n := range notes {
		n.id = s.nextID()
		s.notes.add(n.id, n)
		owner := entityKey{n.kind, n.entityID}
		s.notesOn[owner] = append(s.notesOn[owner], n.id)
		s.noteChanged(act, n, true)
		rows[i] = object{"id": n.id, "entity_id": n.entityID, "request_id": items[i].requestID, "_links": c.self(notePath(n))}
	}
	s.finish(act)
	return ok(object{"_links": c.self("/api/v4/" + kind + "/notes"), "_embedded": object{"notes": rows}})
}

// readNote checks type and parameters.
func (s *Sim) readNote(it *item, n *note, noteType *string) {
	if noteType == nil {
		return
	}
	known, there := noteTypes[*noteType]
	if !there {
		it.badChoice("note_type")
		return
	}
	params, isObject := it.data["params"].(map[string]any)
	if !isObject {
		it.fail(codeMissing, "params", it.text.missing)
		return
	}
	for _, key := range known.needs {
		if params[key] == nil && n.params[key] == nil {
			it.fail(codeMissing, "params."+key, it.text.missing)
		}
	}
	if _, isText := params["text"].(string); params["text"] != nil && !isText {
		it.badType("params.text", "string")
	}
	n.noteType = *noteType
	maps.Copy(n.params, params)
}

func (s *Sim) noteChanged(a *act, n *note, added bool) {
	e := s.find(n.kind, n.entityID)
	if e == nil {
		return
	}
	if added {
		typ := "common_note_added"
		switch n.noteType {
		case "service_message", "extended_service_message":
			typ = "service_note_added"
		case "attachment":
			typ = "attachment_note_added"
		}
		s.logEvent(a, typ, e, nil, []any{object{"note": object{"id": n.id}}})
	}
	record := fields{{"note", s.noteRecord(n)}}
	if n.kind == kindContacts || n.kind == kindCompanies {
		record = append(record, field{"type", singular[n.kind]})
	}
	a.change(e, "note", "note_"+singular[n.kind], record)
}

// elementTypes are the numbers of entity types in hooks.
var elementTypes = map[string]int64{kindContacts: 1, kindLeads: 2, kindCompanies: 3, kindCustomers: 12}

func (s *Sim) noteRecord(n *note) fields {
	author := ""
	if u := s.users.byID[n.createdBy]; u != nil {
		author = u.name
	}
	metadata, _ := json.Marshal(struct {
		Source struct {
			ID     int64  `json:"id"`
			Author string `json:"author_name"`
			Type   int    `json:"type"`
		} `json:"event_source"`
	}{struct {
		ID     int64  `json:"id"`
		Author string `json:"author_name"`
		Type   int    `json:"type"`
	}{n.createdBy, author, 1}})
	return fields{
		{"text", scalarText(n.params["text"])},
		{"attachement", ""}, // the vendor's spelling
		{"date_create", noteTime(n.createdAt)},
		{"note_type", noteTypes[n.noteType].number},
		{"element_type", elementTypes[n.kind]},
		{"element_id", n.entityID},
		{"catalog_id", 0},
		{"group_id", n.groupID},
		{"timestamp_x", noteTime(n.updatedAt)},
		{"account_id", s.cfg.AccountID},
		{"metadata", string(metadata)},
		{"created_by", n.createdBy},
		{"modified_by", n.updatedBy},
		{"main_user_id", n.responsibleID},
		{"id", n.id},
		{"created_at", n.createdAt},
		{"updated_at", n.updatedAt},
	}
}

// noteTime writes dates of note hooks, which are in UTC+3 unlike those of tasks.
func noteTime(unix int64) string { return time.Unix(unix, 0).In(moscow).Format(time.DateTime) }

func (s *Sim) patchNote(c *call) answer       { return s.editNote(c, s.noteOf(c, 1)) }
func (s *Sim) patchEntityNote(c *call) answer { return s.editNote(c, s.noteOf(c, 2)) }

func (s *Sim) editNote(c *call, n *note) answer {
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	if n == nil {
		return s.problem(http.StatusNotFound, "Note not found")
	}
	edited := s.checkNoteEdit(it, n)
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	act := s.begin(c)
	s.storeEdit(act, n, edited)
	s.finish(act)
	return ok(object{"id": n.id, "entity_id": n.entityID, "updated_at": n.updatedAt, "_links": c.self(notePath(n))})
}

func (s *Sim) checkNoteEdit(it *item, n *note) note {
	edited := *n
	edited.params = maps.Clone(n.params)
	if _, set := it.data["params"]; set {
		typ := it.str("note_type")
		if typ == nil {
			typ = &n.noteType
		}
		s.readNote(it, &edited, typ)
	}
	return edited
}

func (s *Sim) storeEdit(a *act, n *note, edited note) {
	*n = edited
	n.updatedAt, n.updatedBy = a.at, a.by
	s.noteChanged(a, n, false)
}

func (s *Sim) patchNotes(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	targets, edits := make([]*note, len(items)), make([]note, len(items))
	for i, it := range items {
		if !it.need("id") {
			continue
		}
		id := it.int("id")
		if id == nil {
			continue
		}
		n := s.notes.byID[*id]
		if n == nil || n.kind != c.args[0] {
			it.badChoice("id")
			continue
		}
		targets[i], edits[i] = n, s.checkNoteEdit(it, n)
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := make([]any, len(items))
	for i, n := range targets {
		s.storeEdit(act, n, edits[i])
		rows[i] = object{"id": n.id, "entity_id": n.entityID, "updated_at": n.updatedAt, "request_id": items[i].requestID, "_links": c.self(notePath(n))}
	}
	s.finish(act)
	return ok(object{"_links": c.self("/api/v4/" + c.args[0] + "/notes"), "_embedded": object{"notes": rows}})
}

func (s *Sim) pinNote(c *call) answer   { return s.setPinned(c, true) }
func (s *Sim) unpinNote(c *call) answer { return s.setPinned(c, false) }

func (s *Sim) setPinned(c *call, pinned bool) answer {
	n := s.noteOf(c, 1)
	if n == nil {
		return s.problem(http.StatusNotFound, "Note not found")
	}
	n.pinned = pinned
	return nothing()
}
