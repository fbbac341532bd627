package amocrmsim

import (
	"net/http"
	"slices"
	"strings"
)

// fieldTypes are the types that may be created.
var fieldTypes = []string{
	"text", "numeric", "checkbox", "select", "multiselect", "date", "url", "textarea", "radiobutton", "streetaddress", "smart_address",
	"birthday", "legal_entity", "date_time", "price", "category", "items", "tracking_data", "linked_entity", "chained_list", "monetary",
	"file", "payer", "supplier", "multitext",
}

func fieldPath(kind string) string { return "/api/v4/" + kind + "/custom_fields" }

func (s *Sim) fieldJSON(c *call, f *customField) object {
	out := object{
		"id": f.id, "name": f.name, "type": f.typ, "account_id": s.cfg.AccountID, "code": nullableText(f.code), "sort": f.sort,
		"is_api_only": f.apiOnly, "enums": nil, "group_id": nullableText(f.groupID), "required_statuses": slices.Clone(f.required),
		"is_deletable": !f.predefined, "is_predefined": f.predefined, "entity_type": f.kind, "tracking_callback": nil,
		"remind": nullableText(f.remind), "triggers": []any{}, "currency": nullableText(f.currency), "hidden_statuses": []any{},
		"chained_lists": nil, "settings": nil, "_links": c.self(fieldPath(f.kind) + "/" + formatID(f.id)),
	}
	if f.required == nil {
		out["required_statuses"] = []any{}
	}
	if len(f.enums) > 0 {
		rows := make([]any, len(f.enums))
		for i, e := range f.enums {
			row := object{"id": e.id, "value": e.value, "sort": e.sort}
			if f.typ != "multitext" {
				row["code"] = nullableText(e.code)
			}
			rows[i] = row
		}
		out["enums"] = rows
	}
	return out
}

func (s *Sim) listFields(c *call) answer {
	kind := c.args[0]
	types := c.query.at("filter", "type").all()
	rows := s.fields[kind].where(func(f *customField) bool { return len(types) == 0 || slices.Contains(types, f.typ) })
	a := s.page(c, fieldPath(kind), "custom_fields", len(rows), 50, 250, func(i int) any { return s.fieldJSON(c, rows[i]) })
	if body, shown := a.body.(object); shown && a.status == http.StatusOK {
		body["_total_items"] = len(rows)
	}
	return a
}

func (s *Sim) getField(c *call) answer {
	f := s.fields[c.args[0]].byID[mustID(c.args[1])]
	if f == nil {
		return nothing()
	}
	return ok(s.fieldJSON(c, f))
}

// readField checks one element and returns the field as it will be; old is nil
// for a new one.
func (s *Sim) readField(it *item, kind string, old *customField) *customField {
	f := &customField{kind: kind, sort: 500}
	if old != nil {
		*f = *old
		f.enums = slices.Clone(old.enums)
	} else {
		it.need("name")
		it.need("type")
	}
	if name := it.str("name"); name != nil {
		f.name = *name
	}
	if typ := it.str("type"); typ != nil && old == nil {
		f.typ = *typ
		if !slices.Contains(fieldTypes, f.typ) {
			it.badChoice("type")
		}
	}
	if code := it.str("code"); code != nil {
		f.code = strings.ToUpper(*code)
		if other := s.fieldByCode(kind, f.code); other != nil && other != old && (old == nil || other.id != old.id) {
			it.badChoice("code") // codes are unique
		}
	}
	if n := it.int("sort"); n != nil {
		f.sort = *n
	}
	if b := it.bool("is_api_only"); b != nil {
		f.apiOnly = *b
	}
	for key, to := range map[string]*string{"group_id": &f.groupID, "remind": &f.remind, "currency": &f.currency} {
		if text := it.str(key); text != nil {
			*to = *text
		}
	}
	if rows, set := it.data["required_statuses"].([]any); set {
		f.required = rows
	}
	if it.has("enums") {
		s.readEnums(it, f)
	}
	choice := slices.Contains([]string{"select", "multiselect", "radiobutton"}, f.typ)
	if choice && len(f.enums) == 0 {
		it.fail(codeMissing, "enums", it.text.missing)
	}
	return f
}

// readEnums replaces the choices; one with an id or a known value stays itself.
func (s *Sim) readEnums(it *item, f *customField) {
	old := f.enums
	f.enums = nil
	for i, row := range it.objects(it.data, "", "enums") {
		e := fieldEnum{sort: int64(i+1) * 10}
		e.value, _ = row["value"].(string)
		e.code, _ = row["code"].(string)
		if n, isInt := asInt(row["sort"]); isInt {
			e.sort = n
		}
		id, _ := asInt(row["id"])
		for _, o := range old {
			if id != 0 && o.id == id || id == 0 && o.value == e.value {
				e.id = o.id
				if e.value == "" {
					e.value = o.value
				}
				if e.code == "" {
					e.code = o.code
				}
			}
		}
		if e.value == "" {
			it.fail(codeMissing, "enums."+formatID(int64(i))+".value", it.text.missing)
		}
		f.enums = append(f.enums, e)
	}
}

// storeField gives ids and replaces what readField has checked.
func (s *Sim) storeField(f *customField) {
	if f.id == 0 {
		f.id = s.nextID()
	}
	for i := range f.enums {
		if f.enums[i].id == 0 {
			f.enums[i].id = s.nextID()
		}
	}
	s.fields[f.kind].add(f.id, f)
}

func (s *Sim) addFields(c *call) answer {
	kind := c.args[0]
	single := len(c.raw) > 0 && strings.HasPrefix(strings.TrimSpace(string(c.raw)), "{")
	if single {
		it, bad := s.oneItem(c)
		if bad != nil {
			return *bad
		}
		if _, named := it.data["name"].(string); named || it.has("type") {
			f := s.readField(it, kind, nil)
			if a, refused := s.refused([]*item{it}); refused {
				return a
			}
			s.storeField(f)
			return answer{status: http.StatusCreated, body: s.fieldJSON(c, f)}
		}
	}
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	added := make([]*customField, len(items))
	for i, it := range items {
		added[i] = s.readField(it, kind, nil)
		for _, earlier := range added[:i] {
			if earlier.code != "" && earlier.code == added[i].code {
				it.badChoice("code")
			}
		}
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows := make([]any, len(added))
	for i, f := range added {
		s.storeField(f)
		row := s.fieldJSON(c, f)
		row["request_id"] = items[i].requestID
		rows[i] = row
	}
	return ok(object{"_total_items": len(rows), "_links": c.self(fieldPath(kind)), "_embedded": object{"custom_fields": rows}})
}

func (s *Sim) patchField(c *call) answer {
	old := s.fields[c.args[0]].byID[mustID(c.args[1])]
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	if old == nil {
		return s.problem(http.StatusNotFound, "Custom field not found")
	}
	f := s.readField(it, c.args[0], old)
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	s.storeField(f)
	return ok(s.fieldJSON(c, f))
}

func (s *Sim) patchFields(c *call) answer {
	kind := c.args[0]
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	changed := make([]*customField, len(items))
	for i, it := range items {
		if !it.need("id") {
			continue
		}
		id := it.int("id")
		if id == nil {
			continue
		}
		old := s.fields[kind].byID[*id]
		if old == nil {
			it.badChoice("id")
			continue
		}
		changed[i] = s.readField(it, kind, old)
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows := make([]any, len(changed))
	for i, f := range changed {
		s.storeField(f)
		row := s.fieldJSON(c, f)
		row["request_id"] = items[i].requestID
		rows[i] = row
	}
	return ok(object{"_total_items": len(rows), "_links": c.self(fieldPath(kind)), "_embedded": object{"custom_fields": rows}})
}

func (s *Sim) deleteField(c *call) answer {
	f := s.fields[c.args[0]].byID[mustID(c.args[1])]
	switch {
	case f == nil:
		return s.problem(http.StatusNotFound, "Custom field not found")
	case f.predefined:
		return s.problem(http.StatusForbidden, s.text.forbidden)
	}
	s.dropField(f)
	return nothing()
}

// Groups are the tabs on a card.

func (s *Sim) groupJSON(c *call, g *fieldGroup) object {
	return object{
		"id": g.id, "name": g.name, "is_predefined": g.predefined, "type": "", "entity_type": g.kind, "sort": g.sort,
		"_links": c.self(fieldPath(g.kind) + "/groups/" + g.id),
	}
}

func (s *Sim) listFieldGroups(c *call) answer {
	var rows []any
	for _, g := range s.groups {
		if g.kind == c.args[0] {
			rows = append(rows, s.groupJSON(c, g))
		}
	}
	return smallList(c, fieldPath(c.args[0])+"/groups", "custom_field_groups", rows)
}

func (s *Sim) getFieldGroup(c *call) answer {
	for _, g := range s.groups {
		if g.kind == c.args[0] && g.id == c.args[1] {
			return ok(s.groupJSON(c, g))
		}
	}
	return nothing()
}

func (s *Sim) addFieldGroups(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	added := make([]*fieldGroup, len(items))
	for i, it := range items {
		g := &fieldGroup{kind: c.args[0], sort: int64(len(s.groups) + i + 1)}
		if it.need("name") {
			if name := it.str("name"); name != nil {
				g.name = *name
			}
		}
		if n := it.int("sort"); n != nil {
			g.sort = *n
		}
		added[i] = g
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows := make([]any, len(added))
	for i, g := range added {
		g.id = g.kind + "_" + formatID(s.nextID())
		s.groups = append(s.groups, g)
		row := s.groupJSON(c, g)
		row["request_id"] = items[i].requestID
		rows[i] = row
	}
	return ok(object{"_total_items": len(rows), "_links": c.self(fieldPath(c.args[0]) + "/groups"), "_embedded": object{"custom_field_groups": rows}})
}

func (s *Sim) deleteFieldGroup(c *call) answer {
	s.groups = slices.DeleteFunc(s.groups, func(g *fieldGroup) bool { return g.kind == c.args[0] && g.id == c.args[1] && !g.predefined })
	return nothing()
}

// Tags.

func (s *Sim) listTags(c *call) answer {
	kind := c.args[0]
	f := c.query.at("filter")
	idPass, names := f.at("id").oneOf(), f.at("name").all()
	query := strings.ToLower(c.query.at("query").value)
	rows := s.tags[kind].where(func(t *tag) bool {
		return idPass(t.id) && (len(names) == 0 || slices.Contains(names, t.name)) && strings.Contains(strings.ToLower(t.name), query)
	})
	return s.page(c, "/api/v4/"+kind+"/tags", "tags", len(rows), 50, 250, func(i int) any {
		return object{"id": rows[i].id, "name": rows[i].name, "color": nullableText(rows[i].color)}
	})
}

func (s *Sim) addTags(c *call) answer {
	kind := c.args[0]
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	names, colors := make([]string, len(items)), make([]string, len(items))
	for i, it := range items {
		if it.need("name") {
			if name := it.str("name"); name != nil {
				names[i] = strings.TrimSpace(*name)
			}
		}
		if color := it.str("color"); color != nil {
			colors[i] = *color
		}
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows := make([]any, len(items))
	for i := range items {
		t := s.tagFor(kind, tagRef{name: names[i]}, true)
		if colors[i] != "" {
			t.color = colors[i]
		}
		rows[i] = object{"id": t.id, "name": t.name, "color": nullableText(t.color), "request_id": items[i].requestID}
	}
	return ok(object{"_total_items": len(rows), "_links": c.self("/api/v4/" + kind + "/tags"), "_embedded": object{"tags": rows}})
}
