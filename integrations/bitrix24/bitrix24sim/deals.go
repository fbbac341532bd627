package bitrix24sim

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Types of stage history rows (reference §5).
const (
	historyCreated  = 1
	historyMoved    = 2
	historyFinal    = 3
	historyPipeline = 5
)

// historyRow is one entry of the history of stages.
type historyRow struct {
	id, typ, dealID, categoryID int // dealID is that of an item where typeID says so
	typeID                      int
	at                          time.Time
	semantics, stageID          string
}

// addDeal creates a deal on the first stage, or on the stage asked for if the
// pipeline has it.
func (s *Sim) addDeal(fields *array, who actor) (*record, error) {
	values, err := s.readFields(s.deals.kind, fields, true, false)
	if err != nil {
		return nil, err
	}
	return s.putDeal(0, values, fields, who), nil
}

// putDeal adds a deal; id 0 takes the next one.
func (s *Sim) putDeal(id int, values map[string]any, fields *array, who actor) *record {
	r := &record{id: id, values: values}
	now := s.stampNew(r, who)
	p := s.pipeline(r.int("CATEGORY_ID"))
	if p == nil {
		p = s.pipelines[0]
	}
	st := p.stage(r.text("STAGE_ID"))
	if st == nil {
		st = p.stages[0]
	}
	today := now.In(s.zone)
	for name, v := range map[string]any{
		"CURRENCY_ID": s.text("RUB", "USD"), "OPPORTUNITY": 0.0, "IS_MANUAL_OPPORTUNITY": "N", "TAX_VALUE": 0.0,
		"BEGINDATE": today.Format(civilDate), "CLOSEDATE": today.AddDate(0, 0, 7).Format(civilDate), "TYPE_ID": "SALE",
		"IS_RECURRING": "N", "IS_RETURN_CUSTOMER": "N", "IS_REPEATED_APPROACH": "N",
	} {
		if r.values[name] == nil {
			r.values[name] = v
		}
	}
	s.linkContacts(r, fields)
	s.deals.put(r)
	if r.text("TITLE") == "" {
		r.values["TITLE"] = s.text("Сделка #", "Deal #") + strconv.Itoa(r.id)
	}
	s.stand(r, p, st, who, now)
	s.record(historyCreated, r, now)
	s.fireObject(s.deals.kind, "ADD", r.id, who)
	s.runRobots(r)
	return r
}

// stand puts a deal on a stage.
func (s *Sim) stand(r *record, p *pipeline, st *stage, who actor, at time.Time) {
	semantics := st.semantics()
	maps.Copy(r.values, map[string]any{
		"CATEGORY_ID": p.id, "STAGE_ID": st.code, "STAGE_SEMANTIC_ID": semantics, "CLOSED": yesNo(semantics != "P"),
		"IS_NEW": yesNo(st == p.stages[0]), "MOVED_BY_ID": who.userID, "MOVED_TIME": at,
	})
}

func (s *Sim) record(typ int, r *record, at time.Time) { s.recordOf(typeDeal, typ, r, at) }

func (s *Sim) recordOf(typeID, typ int, r *record, at time.Time) {
	s.history = append(s.history, historyRow{
		typeID: typeID, id: len(s.history) + 1, typ: typ, dealID: r.id, categoryID: r.int("CATEGORY_ID"), at: at,
		semantics: r.text("STAGE_SEMANTIC_ID"), stageID: r.text("STAGE_ID"),
	})
}

// changeDeal is crm.deal.update: unknown fields and a stage of another pipeline
// are dropped without a word, and the event comes even if nothing changed.
func (s *Sim) changeDeal(r *record, fields *array, who actor) error {
	values, err := s.readFields(s.deals.kind, fields, false, false)
	if err != nil {
		return err
	}
	p := s.pipeline(r.int("CATEGORY_ID"))
	s.apply(r, values, fields, p, p.stage(toString(values["STAGE_ID"])), who)
	return nil
}

// apply writes values and moves the deal if st is another stage, then tells the
// world: a move to another pipeline has an event of its own instead of update.
func (s *Sim) apply(r *record, values map[string]any, fields *array, p *pipeline, st *stage, who actor) {
	delete(values, "STAGE_ID")
	delete(values, "CATEGORY_ID")
	maps.Copy(r.values, values)
	s.linkContacts(r, fields)
	s.stampChange(r, who)
	wasIn := r.int("CATEGORY_ID")
	moved := st != nil && st.code != r.text("STAGE_ID")
	if moved {
		now := s.now()
		s.stand(r, p, st, who, now)
		switch {
		case p.id != wasIn:
			s.record(historyPipeline, r, now)
		case st.semantics() != "P":
			s.record(historyFinal, r, now)
		default:
			s.record(historyMoved, r, now)
		}
	}
	if moved && p.id != wasIn {
		s.fire("ONCRMDEALMOVETOCATEGORY", row("FIELDS", row("ID", r.id, "CATEGORY_ID", p.id, "STAGE_ID", st.code)), r.id, who)
	} else {
		s.fireObject(s.deals.kind, "UPDATE", r.id, who)
	}
	if moved {
		s.runRobots(r)
	}
}

// linkContacts sets the contacts of a deal from CONTACT_IDS or CONTACT_ID.
func (s *Sim) linkContacts(r *record, fields *array) {
	ids, _ := fields.lookupAny("CONTACT_IDS", "contactIds")
	if a, ok := ids.(*array); ok {
		r.contacts = nil
		for _, v := range a.values() {
			if id, ok := toInt(v); ok && id > 0 {
				r.contacts = append(r.contacts, contactLink{contactID: id, sort: 10 * (len(r.contacts) + 1), primary: len(r.contacts) == 0})
			}
		}
	} else if v, one := fields.lookupAny("CONTACT_ID", "contactId"); one {
		r.contacts = nil
		if id, ok := toInt(v); ok && id > 0 {
			r.contacts = []contactLink{{contactID: id, sort: 10, primary: true}}
		}
	}
	r.notePrimary()
}

// notePrimary keeps the deprecated CONTACT_ID in step with the links.
func (r *record) notePrimary() {
	r.values["CONTACT_ID"] = nil
	for _, l := range r.contacts {
		if l.primary {
			r.values["CONTACT_ID"] = l.contactID
		}
	}
}

func (c *call) dealContacts() (answer, error) {
	r, err := c.object(c.sim.deals)
	if err != nil {
		return answer{}, err
	}
	links := slices.Clone(r.contacts)
	slices.SortStableFunc(links, func(a, b contactLink) int { return a.sort - b.sort })
	out := &array{}
	for _, l := range links {
		out.push(row("CONTACT_ID", l.contactID, "SORT", l.sort, "ROLE_ID", l.roleID, "IS_PRIMARY", yesNo(l.primary)))
	}
	return answer{result: out}, nil
}

// setDealContacts is crm.deal.contact.items.set: it replaces the list.
func (c *call) setDealContacts() (answer, error) {
	r, err := c.object(c.sim.deals)
	if err != nil {
		return answer{}, err
	}
	v, _ := c.params.lookup("items")
	items, ok := v.(*array)
	if !ok {
		return answer{}, badRequest("", "The parameter items must be array.")
	}
	r.contacts = nil
	for _, one := range items.values() {
		r.addContact(one)
	}
	r.notePrimary()
	c.sim.stampChange(r, c.who)
	c.sim.fireObject(c.sim.deals.kind, "UPDATE", r.id, c.who)
	return answer{result: true}, nil
}

// addDealContact is crm.deal.contact.add; false when the contact is there already.
func (c *call) addDealContact() (answer, error) {
	r, err := c.object(c.sim.deals)
	if err != nil {
		return answer{}, err
	}
	fields, err := c.fields()
	if err != nil {
		return answer{}, err
	}
	if !r.addContact(fields) {
		return answer{result: false}, nil
	}
	r.notePrimary()
	c.sim.stampChange(r, c.who)
	c.sim.fireObject(c.sim.deals.kind, "UPDATE", r.id, c.who)
	return answer{result: true}, nil
}

// addContact links one contact; the first one is the primary one.
func (r *record) addContact(v any) bool {
	item, _ := v.(*array)
	id, ok := toInt(item.get("CONTACT_ID"))
	if !ok || id <= 0 || slices.ContainsFunc(r.contacts, func(l contactLink) bool { return l.contactID == id }) {
		return false
	}
	l := contactLink{contactID: id, sort: 10 * (len(r.contacts) + 1), primary: len(r.contacts) == 0}
	if n, ok := toInt(item.get("SORT")); ok {
		l.sort = n
	}
	if isYes(item.get("IS_PRIMARY")) {
		for i := range r.contacts {
			r.contacts[i].primary = false
		}
		l.primary = true
	}
	r.contacts = append(r.contacts, l)
	return true
}

var historyColumns = plainColumns(map[string]valueType{
	"ID": numberValue, "TYPE_ID": numberValue, "OWNER_ID": numberValue,
	"CREATED_TIME": timeValue, "CATEGORY_ID": numberValue, "STAGE_SEMANTIC_ID": textValue, "STAGE_ID": textValue,
})

func (c *call) stageHistory() (answer, error) {
	s := c.sim
	typeID, err := c.needInt("entityTypeId")
	if err != nil {
		return answer{}, err
	}
	if sp := s.smartProcess(typeID); typeID != typeDeal && (sp == nil || sp.mute) {
		return answer{}, badRequest("ENTITY_TYPE_NOT_SUPPORTED", "Entity type `"+strconv.Itoa(typeID)+"` is not supported")
	}
	k, err := c.listParams()
	if err != nil {
		return answer{}, err
	}
	page, err := find(s, listing[historyRow]{
		rows: s.historyOf(typeID), id: func(h historyRow) int { return h.id }, cols: historyColumns, strict: true,
		value: func(h historyRow, column string) any {
			switch column {
			case "ID":
				return h.id
			case "TYPE_ID":
				return h.typ
			case "OWNER_ID":
				return h.dealID
			case "CREATED_TIME":
				return h.at
			case "CATEGORY_ID":
				return h.categoryID
			case "STAGE_SEMANTIC_ID":
				return h.semantics
			}
			return h.stageID
		},
	}, k)
	if err != nil {
		return answer{}, err
	}
	items := &array{}
	for _, h := range page.rows {
		items.push(pick(row("ID", h.id, "TYPE_ID", h.typ, "OWNER_ID", h.dealID, "CREATED_TIME", s.printTime(h.at),
			"CATEGORY_ID", h.categoryID, "STAGE_SEMANTIC_ID", h.semantics, "STAGE_ID", h.stageID), k.sel))
	}
	return page.answer(row("items", items)), nil
}

// historyOf is the history of one type.
func (s *Sim) historyOf(typeID int) []historyRow {
	if len(s.smart) == 0 {
		return s.history
	}
	var out []historyRow
	for _, h := range s.history {
		if h.typeID == typeID {
			out = append(out, h)
		}
	}
	return out
}

// automationTrigger fires the administrator's trigger «Отследить входящий вебхук».
func (c *call) automationTrigger() (answer, error) {
	s := c.sim
	v, _ := c.params.lookup("target")
	target := toString(v)
	if target == "" {
		return answer{}, badRequest("", "Target is not set.")
	}
	typ, number, ok := cutLast(target, '_')
	id, isNumber := toInt(number)
	if !ok || !isNumber {
		return answer{}, badRequest("", "Incorrect target format.")
	}
	r := s.deals.byID[id]
	if typ != "DEAL" || r == nil {
		return answer{}, badRequest("", "Target is not found.")
	}
	code, _ := c.params.lookup("code")
	stageID := s.triggers[toString(code)]
	if p := s.pipeline(r.int("CATEGORY_ID")); stageID != "" && p.stage(stageID) != nil {
		s.apply(r, map[string]any{}, nil, p, p.stage(stageID), actor{userID: r.int("ASSIGNED_BY_ID"), system: true})
	}
	return answer{result: true}, nil
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
