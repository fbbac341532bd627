package bitrix24sim

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// table finds the objects of a type.
func (s *Sim) table(typeID int) *table {
	switch typeID {
	case typeDeal:
		return s.deals
	case typeLead:
		return s.leads
	case typeContact:
		return s.contacts
	case typeCompany:
		return s.companies
	}
	if sp := s.smartProcess(typeID); sp != nil {
		return sp.table
	}
	return nil
}

// put gives a record an id and adds it.
func (t *table) put(r *record) {
	if r.id == 0 {
		t.last++
		r.id = t.last
	}
	t.last = max(t.last, r.id)
	r.values["ID"] = r.id
	t.byID[r.id] = r
	i, _ := slices.BinarySearchFunc(t.rows, r.id, func(r *record, id int) int { return cmp.Compare(r.id, id) })
	t.rows = slices.Insert(t.rows, i, r)
}

func (t *table) remove(id int) {
	delete(t.byID, id)
	t.rows = slices.DeleteFunc(t.rows, func(r *record) bool { return r.id == id })
}

// fromGo turns the maps and slices of a Go caller into PHP arrays; the keys of
// maps are sorted, as Go has no order for them.
func fromGo(v any) any {
	switch v := v.(type) {
	case map[string]any:
		a := &array{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			a.set(k, fromGo(v[k]))
		}
		return a
	case []any:
		a := &array{}
		for _, one := range v {
			a.push(fromGo(one))
		}
		return a
	case []int:
		a := &array{}
		for _, one := range v {
			a.push(one)
		}
		return a
	case []string:
		a := &array{}
		for _, one := range v {
			a.push(one)
		}
		return a
	case []map[string]any:
		a := &array{}
		for _, one := range v {
			a.push(fromGo(one))
		}
		return a
	default:
		return v
	}
}

// readFields turns the fields of an add or update into stored values. What a
// portal ignores is left out: unknown fields, and those that only it may write.
// A strict reader refuses a value that makes no sense.
func (s *Sim) readFields(k *kind, fields *array, adding, strict bool) (map[string]any, error) {
	out := make(map[string]any, fields.len())
	for _, p := range fields.pairs {
		f := k.fieldOf(p.key)
		if f == nil || f.readOnly || f.managed || f.immutable && !adding && !strict {
			continue
		}
		v, ok := s.read(f, p.val)
		if !ok {
			if strict {
				return nil, badRequest("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value for field \""+p.key+"\"")
			}
			continue
		}
		out[f.name] = v
	}
	return out, nil
}

// stampNew fills what every new object has.
func (s *Sim) stampNew(r *record, who actor) time.Time {
	now := s.now()
	def := func(name string, v any) {
		if r.values[name] == nil {
			r.values[name] = v
		}
	}
	r.values["DATE_CREATE"], r.values["DATE_MODIFY"], r.values["LAST_ACTIVITY_TIME"] = now, now, now
	r.values["CREATED_BY_ID"], r.values["MODIFY_BY_ID"], r.values["LAST_ACTIVITY_BY"] = who.userID, who.userID, who.userID
	def("ASSIGNED_BY_ID", who.userID)
	def("OPENED", "Y")
	return now
}

func (s *Sim) stampChange(r *record, who actor) {
	r.values["DATE_MODIFY"] = s.now()
	r.values["MODIFY_BY_ID"] = who.userID
}

// addPerson adds a lead, a contact or a company.
func (s *Sim) addPerson(t *table, fields *array, who actor) (*record, error) {
	values, err := s.readFields(t.kind, fields, true, false)
	if err != nil {
		return nil, err
	}
	r := &record{values: values}
	s.stampNew(r, who)
	switch t {
	case s.leads:
		s.settleLead(r, "", who)
	case s.contacts:
		r.values["EXPORT"] = cmp.Or(r.text("EXPORT"), "Y")
	default:
		r.values["IS_MY_COMPANY"] = cmp.Or(r.text("IS_MY_COMPANY"), "N")
	}
	s.setMulti(r, fields)
	t.put(r)
	s.fireObject(t.kind, "ADD", r.id, who)
	return r, nil
}

// changePerson changes a lead, a contact or a company.
func (s *Sim) changePerson(t *table, r *record, fields *array, who actor) error {
	values, err := s.readFields(t.kind, fields, false, false)
	if err != nil {
		return err
	}
	before := r.text("STATUS_ID")
	maps.Copy(r.values, values)
	if t == s.leads {
		s.settleLead(r, before, who)
	}
	s.setMulti(r, fields)
	s.stampChange(r, who)
	s.fireObject(t.kind, "UPDATE", r.id, who)
	return nil
}

// setMulti changes phones and addresses: a row without ID adds one, even when
// the same address is there already; a row with ID changes or deletes it.
func (s *Sim) setMulti(r *record, fields *array) {
	for _, typ := range multiTypes {
		v, _ := fields.lookup(typ)
		rows, ok := v.(*array)
		if !ok {
			continue
		}
		for _, one := range rows.values() {
			m, ok := one.(*array)
			if !ok {
				continue
			}
			id, _ := toInt(m.get("ID"))
			value := strings.TrimSpace(toString(m.get("VALUE")))
			i := slices.IndexFunc(r.multi, func(have multiValue) bool { return have.id == id && have.typeID == typ })
			switch {
			case i >= 0 && (isYes(m.get("DELETE")) || value == "" && m.find("VALUE") >= 0):
				r.multi = slices.Delete(r.multi, i, i+1)
			case i >= 0:
				r.multi[i].value = cmp.Or(value, r.multi[i].value)
				r.multi[i].valueType = cmp.Or(toString(m.get("VALUE_TYPE")), r.multi[i].valueType)
			case value != "":
				s.lastMulti++
				r.multi = append(r.multi, multiValue{s.lastMulti, typ, cmp.Or(toString(m.get("VALUE_TYPE")), "WORK"), value})
			}
		}
	}
	has := func(typ string) string {
		return yesNo(slices.ContainsFunc(r.multi, func(m multiValue) bool { return m.typeID == typ }))
	}
	r.values["HAS_PHONE"], r.values["HAS_EMAIL"], r.values["HAS_IMOL"] = has("PHONE"), has("EMAIL"), "N"
}

// printLegacy prints an object as crm.deal.get does; want says which fields.
func (s *Sim) printLegacy(k *kind, r *record, want func(name string, custom bool) bool) *array {
	out := &array{pairs: make([]pair, 0, len(k.fields)+4)}
	for _, f := range k.fields {
		if want(f.name, f.user != nil) {
			out.set(f.name, s.legacy(f, r.values[f.name]))
		}
	}
	for _, typ := range multiTypes {
		if len(r.multi) == 0 || !want(typ, true) {
			continue
		}
		rows := &array{}
		for _, m := range r.multi {
			if m.typeID == typ {
				rows.push(row("ID", strconv.Itoa(m.id), "VALUE_TYPE", m.valueType, "VALUE", m.value, "TYPE_ID", m.typeID))
			}
		}
		if rows.len() > 0 {
			out.set(typ, rows)
		}
	}
	return out
}

func everything(string, bool) bool { return true }

// columns of a kind; multifields can be filtered by value.
func (k *kind) columns(name string) (string, valueType, bool) {
	if f := k.fieldOf(name); f != nil {
		return f.name, f.valueType(), true
	}
	if k.typeID != typeDeal && slices.Contains(multiTypes[:], strings.ToUpper(name)) {
		return strings.ToUpper(name), textValue, true
	}
	return "", 0, false
}

func (r *record) column(name string) any {
	if v, ok := r.values[name]; ok {
		return v
	}
	var out []any
	for _, m := range r.multi {
		if m.typeID == name {
			out = append(out, m.value)
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// listing of the objects of a table.
func (t *table) listing(strict bool) listing[*record] {
	return listing[*record]{
		rows: t.rows, id: func(r *record) int { return r.id }, cols: t.kind.columns, strict: strict,
		value: func(r *record, column string) any { return r.column(column) },
	}
}

// objectMethods are crm.deal.*, crm.lead.*, crm.contact.* and crm.company.*.
func (s *Sim) objectMethods(out map[string]method) {
	for _, t := range []*table{s.deals, s.leads, s.contacts, s.companies} {
		prefix := "crm." + strings.ToLower(t.kind.name) + "."
		out[prefix+"get"] = method{scope: "crm", run: func(c *call) (answer, error) {
			r, err := c.object(t)
			if err != nil {
				return answer{}, err
			}
			return answer{result: s.printLegacy(t.kind, r, everything)}, nil
		}}
		out[prefix+"list"] = method{scope: "crm", run: func(c *call) (answer, error) {
			k, err := c.listParams()
			if err != nil {
				return answer{}, err
			}
			page, err := find(s, t.listing(false), k)
			if err != nil {
				return answer{}, err
			}
			want, rows := chooser(k.sel), &array{}
			for _, r := range page.rows {
				rows.push(s.printLegacy(t.kind, r, want))
			}
			return page.answer(rows), nil
		}}
		out[prefix+"add"] = method{scope: "crm", run: func(c *call) (answer, error) {
			fields, err := c.fields()
			if err != nil {
				return answer{}, err
			}
			var r *record
			if t == s.deals {
				r, err = s.addDeal(fields, c.who)
			} else {
				r, err = s.addPerson(t, fields, c.who)
			}
			if err != nil {
				return answer{}, err
			}
			return answer{result: r.id}, nil
		}}
		out[prefix+"update"] = method{scope: "crm", run: func(c *call) (answer, error) {
			r, err := c.object(t)
			if err != nil {
				return answer{}, err
			}
			fields, err := c.fields()
			if err != nil {
				return answer{}, err
			}
			if t == s.deals {
				err = s.changeDeal(r, fields, c.who)
			} else {
				err = s.changePerson(t, r, fields, c.who)
			}
			return answer{result: true}, err
		}}
		out[prefix+"delete"] = method{scope: "crm", run: func(c *call) (answer, error) {
			r, err := c.object(t)
			if err != nil {
				return answer{}, err
			}
			s.deleteObject(t, r, c.who)
			return answer{result: true}, nil
		}}
		out[prefix+"fields"] = method{scope: "crm", run: func(*call) (answer, error) {
			all := &array{}
			for _, f := range t.kind.fields {
				all.set(f.name, f.describe())
				if t == s.deals && f.name == "CONTACT_ID" {
					many := f.describe()
					many.set("isMultiple", true)
					all.set("CONTACT_IDS", many)
				}
			}
			return answer{result: all}, nil
		}}
	}
}

// object finds what the parameter id names.
func (c *call) object(t *table) (*record, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	r := t.byID[id]
	if r == nil {
		return nil, errNotFound
	}
	return r, nil
}

// deleteObject removes an object with everything in its timeline.
func (s *Sim) deleteObject(t *table, r *record, who actor) {
	t.remove(r.id)
	s.comments = slices.DeleteFunc(s.comments, func(c *comment) bool { return c.typeID == t.kind.typeID && c.ownerID == r.id })
	s.activities = slices.DeleteFunc(s.activities, func(a *activity) bool { return a.typeID == t.kind.typeID && a.ownerID == r.id })
	s.fireObject(t.kind, "DELETE", r.id, who)
}
