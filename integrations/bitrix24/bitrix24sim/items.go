package bitrix24sim

import (
	"reflect"
	"strings"
)

// dealItemOrder is the order in which crm.item.get prints a deal. Names that are
// no field of crm.deal.* are printed as dealItemFixed says; `*` is where custom
// fields stand.
var dealItemOrder = [...]string{
	"id", "createdTime", "dateCreateShort", "updatedTime", "dateModifyShort", "createdBy", "updatedBy", "assignedById", "opened",
	"leadId", "companyId", "contactId", "quoteId", "title", "productId", "categoryId", "stageId", "stageSemanticId", "isNew",
	"isRecurring", "isReturnCustomer", "isRepeatedApproach", "closed", "typeId", "opportunity", "isManualOpportunity", "taxValue",
	"currencyId", "probability", "comments", "begindate", "begindateShort", "closedate", "closedateShort", "eventDate",
	"eventDateShort", "eventId", "eventDescription", "locationId", "webformId", "sourceId", "sourceDescription", "originatorId",
	"originId", "additionalInfo", "searchContent", "orderStage", "movedBy", "movedTime", "lastActivityBy", "lastActivityTime",
	"isWork", "isWon", "isLose", "receivedAmount", "lostAmount", "hasProducts", "*", "utmSource", "utmMedium", "utmCampaign",
	"utmContent", "utmTerm", "observers", "contactIds", "entityTypeId",
}

// itemNames is the order of the names of an item of a kind.
func (k *kind) itemNames() []string {
	if k.typeID == typeDeal {
		return dealItemOrder[:]
	}
	var out []string
	for _, f := range k.fields {
		if f.user == nil {
			out = append(out, f.item)
		}
	}
	if k.name == smartName {
		return append(out, "*", "observers", "contactIds", "entityTypeId")
	}
	return append(out, "*", "fm", "entityTypeId")
}

// printItem prints an object as crm.item.* does.
func (s *Sim) printItem(k *kind, r *record, want func(name string, custom bool) bool, original bool) *array {
	out := &array{}
	for _, name := range k.itemNames() {
		if name == "*" {
			for _, f := range k.fields {
				if f.user == nil {
					continue
				}
				key := f.item
				if original {
					key = f.name
				}
				if want(f.item, true) || want(f.name, true) {
					out.set(key, s.modern(f, r.values[f.name]))
				}
			}
			continue
		}
		if !want(name, false) {
			continue
		}
		if f := k.byItem[name]; f != nil {
			out.set(name, s.modern(f, r.values[f.name]))
			continue
		}
		out.set(name, k.fixedItem(name, r))
	}
	return out
}

// fixedItem is what stands under a name that is no field of the old API.
func (k *kind) fixedItem(name string, r *record) any {
	switch name {
	case "entityTypeId":
		return k.typeID
	case "webformId":
		return 0
	case "observers":
		return list()
	case "searchContent":
		return strings.TrimSpace(toString(r.id) + " " + r.text("TITLE"))
	case "contactIds":
		out := &array{}
		for _, l := range r.contacts {
			out.push(l.contactID)
		}
		if id := r.int("CONTACT_ID"); id != 0 && len(r.contacts) == 0 {
			out.push(id)
		}
		return out
	case "fm":
		out := &array{}
		for _, m := range r.multi {
			out.push(row("id", m.id, "valueType", m.valueType, "value", m.value, "typeId", m.typeID))
		}
		return out
	}
	return nil
}

// itemTable finds the objects that entityTypeId names.
func (c *call) itemTable() (*table, error) {
	typeID, err := c.needInt("entityTypeId")
	if err != nil {
		return nil, err
	}
	t := c.sim.table(typeID)
	if t == nil {
		return nil, errNoSmartType
	}
	return t, nil
}

func (c *call) item() (*table, *record, error) {
	t, err := c.itemTable()
	if err != nil {
		return nil, nil, err
	}
	id, err := c.needInt("id")
	if err != nil {
		return nil, nil, err
	}
	r := t.byID[id]
	if r == nil {
		return nil, nil, errItemNotFound
	}
	return t, r, nil
}

func (c *call) itemAnswer(t *table, r *record) answer {
	original := isYes(c.params.get("useOriginalUfNames"))
	return answer{result: row("item", c.sim.printItem(t.kind, r, everything, original))}
}

func (c *call) itemGet() (answer, error) {
	t, r, err := c.item()
	if err != nil {
		return answer{}, err
	}
	return c.itemAnswer(t, r), nil
}

func (c *call) itemList() (answer, error) {
	t, err := c.itemTable()
	if err != nil {
		return answer{}, err
	}
	k, err := c.listParams()
	if err != nil {
		return answer{}, err
	}
	page, err := find(c.sim, t.listing(true), k)
	if err != nil {
		return answer{}, err
	}
	want := itemChooser(t.kind, k.sel)
	original := isYes(c.params.get("useOriginalUfNames"))
	items := &array{}
	for _, r := range page.rows {
		items.push(c.sim.printItem(t.kind, r, want, original))
	}
	return page.answer(row("items", items)), nil
}

// itemChooser is the select of crm.item.list: names of either API, `*` for all.
func itemChooser(k *kind, sel *array) func(name string, custom bool) bool {
	if sel.len() == 0 {
		return everything
	}
	names := make(map[string]bool, sel.len())
	for _, v := range sel.values() {
		name := toString(v)
		if f := k.fieldOf(name); f != nil {
			name = f.item
		}
		names[name] = true
	}
	return func(name string, custom bool) bool {
		return names[name] || names["*"] || custom && (names["UF_*"] || names["ufCrm*"])
	}
}

func (c *call) itemAdd() (answer, error) {
	t, err := c.itemTable()
	if err != nil {
		return answer{}, err
	}
	fields, err := c.needArray("fields")
	if err != nil {
		return answer{}, err
	}
	if _, err := c.sim.readFields(t.kind, fields, true, true); err != nil {
		return answer{}, err
	}
	fields = withMulti(fields)
	var r *record
	if sp := c.sim.smartProcess(t.kind.typeID); sp != nil {
		r, err = c.sim.addItem(sp, fields, c.who)
	} else if t == c.sim.deals {
		r, err = c.sim.addDeal(fields, c.who)
	} else {
		r, err = c.sim.addPerson(t, fields, c.who)
	}
	if err != nil {
		return answer{}, err
	}
	return c.itemAnswer(t, r), nil
}

// itemUpdate is the only way to another pipeline. When nothing changes nothing
// is saved and no event comes.
func (c *call) itemUpdate() (answer, error) {
	s := c.sim
	t, r, err := c.item()
	if err != nil {
		return answer{}, err
	}
	fields, err := c.needArray("fields")
	if err != nil {
		return answer{}, err
	}
	if sp := s.smartProcess(t.kind.typeID); sp != nil {
		if err := s.changeItem(sp, r, fields, c.who); err != nil {
			return answer{}, err
		}
		return c.itemAnswer(t, r), nil
	}
	values, err := s.readFields(t.kind, fields, false, true)
	if err != nil {
		return answer{}, err
	}
	if t != s.deals {
		return c.itemAnswer(t, r), s.changePerson(t, r, withMulti(fields), c.who)
	}
	p := s.pipeline(r.int("CATEGORY_ID"))
	if id, ok := values["CATEGORY_ID"].(int); ok && id != p.id {
		if p = s.pipeline(id); p == nil {
			return answer{}, badRequest("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value for field \"categoryId\"")
		}
	}
	st := p.stage(r.text("STAGE_ID"))
	if code, ok := values["STAGE_ID"].(string); ok {
		if st = p.stage(code); st == nil {
			return answer{}, badRequest("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value for field \"stageId\"")
		}
	}
	if st == nil { // another pipeline and no stage named: its first one
		st = p.stages[0]
	}
	_, links := fields.lookupAny("contactIds", "contactId")
	if st.code != r.text("STAGE_ID") || links || differs(r, values) {
		s.apply(r, values, fields, p, st, c.who)
	}
	return c.itemAnswer(t, r), nil
}

// differs tells whether values would change the record.
func differs(r *record, values map[string]any) bool {
	for name, v := range values {
		if name != "STAGE_ID" && name != "CATEGORY_ID" && !reflect.DeepEqual(r.values[name], v) {
			return true
		}
	}
	return false
}

// withMulti turns the fm of crm.item.* into EMAIL, PHONE and so on.
func withMulti(fields *array) *array {
	fm, ok := fields.get("fm").(*array)
	if !ok {
		return fields
	}
	out := &array{}
	for _, p := range fields.pairs {
		out.set(p.key, p.val)
	}
	for _, v := range fm.values() {
		m, _ := v.(*array)
		typ := strings.ToUpper(toString(m.get("typeId")))
		rows, ok := out.get(typ).(*array)
		if !ok {
			rows = &array{}
			out.set(typ, rows)
		}
		rows.push(row("ID", m.get("id"), "VALUE_TYPE", m.get("valueType"), "VALUE", m.get("value")))
	}
	return out
}

func (c *call) itemDelete() (answer, error) {
	t, r, err := c.item()
	if err != nil {
		return answer{}, err
	}
	c.sim.deleteObject(t, r, c.who)
	return answer{result: list()}, nil
}

func (c *call) itemFields() (answer, error) {
	t, err := c.itemTable()
	if err != nil {
		return answer{}, err
	}
	all := &array{}
	for _, f := range t.kind.fields {
		d := f.describe()
		d.set("upperName", f.name)
		all.set(f.item, d)
	}
	return answer{result: row("fields", all)}, nil
}
