package bitrix24sim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// activity is a to-do or another deed planned in the card of an object.
type activity struct {
	id, typeID, ownerID             int
	subject, text                   string
	providerID, providerType        string
	kindID                          int // TYPE_ID: 1 meeting, 2 call, 3 task, 4 e-mail, 6 of a provider
	responsibleID, authorID, editor int
	created, updated, deadline      time.Time
	completed                       bool
	originator, origin              any
	settings                        *array
}

// Providers of activities that the simulator makes.
const (
	providerTodo = "CRM_TODO"
	typeTodo     = "TODO"
	kindProvider = 6
)

// todoOwner reads ownerTypeId and ownerId.
func (c *call) todoOwner() (typeID int, r *record, err error) {
	if typeID, err = c.needInt("ownerTypeId"); err != nil {
		return 0, nil, err
	}
	id, err := c.needInt("ownerId")
	if err != nil {
		return 0, nil, err
	}
	r, err = c.sim.owner(typeID, id)
	return typeID, r, err
}

func (c *call) todoAdd() (answer, error) {
	s := c.sim
	typeID, r, err := c.todoOwner()
	if err != nil {
		return answer{}, err
	}
	now := s.now()
	a := &activity{
		typeID: typeID, ownerID: r.id, providerID: providerTodo, providerType: typeTodo, kindID: kindProvider,
		responsibleID: c.who.userID, authorID: c.who.userID, editor: c.who.userID, created: now, updated: now,
	}
	if _, err := c.need("deadline"); err != nil {
		return answer{}, err
	}
	if err := c.fillTodo(a); err != nil {
		return answer{}, err
	}
	s.lastTimeline++
	a.id = s.lastTimeline
	s.activities = append(s.activities, a)
	s.noteActivity(r, c.who)
	s.fire("ONCRMACTIVITYADD", row("FIELDS", row("ID", a.id)), a.id, c.who)
	return answer{result: row("id", a.id)}, nil
}

// fillTodo takes the parameters that add and update share.
func (c *call) fillTodo(a *activity) error {
	if v := c.params.get("deadline"); v != nil {
		t, ok := c.sim.readTime(v)
		if !ok {
			return badRequest("WRONG_DATETIME_FORMAT", "Wrong datetime format")
		}
		a.deadline = t
	}
	if v := c.params.get("responsibleId"); v != nil && v != "" {
		id, _ := toInt(v)
		if c.sim.user(id) == nil {
			return badRequest("ACCESS_DENIED", "Access denied")
		}
		a.responsibleID = id
	}
	if v := c.params.get("title"); v != nil {
		a.subject = toString(v)
	}
	if v := c.params.get("description"); v != nil {
		a.text = toString(v)
	}
	if a.settings == nil {
		a.settings = &array{}
	}
	settings := row().merge(a.settings)
	if v, ok := c.params.get("pingOffsets").(*array); ok {
		settings.set("PING_OFFSETS", v)
	}
	if v := c.params.get("colorId"); v != nil {
		settings.set("COLOR", toString(v))
	}
	a.settings = settings
	return nil
}

func (s *Sim) activity(id int) *activity {
	for _, a := range s.activities {
		if a.id == id {
			return a
		}
	}
	return nil
}

// todoUpdate changes an open to-do; a completed one is closed to changes.
func (c *call) todoUpdate() (answer, error) {
	id, err := c.needInt("id")
	if err != nil {
		return answer{}, err
	}
	typeID, r, err := c.todoOwner()
	if err != nil {
		return answer{}, err
	}
	a := c.sim.activity(id)
	if a == nil || a.typeID != typeID || a.ownerID != r.id {
		return answer{}, errEntryNotFound
	}
	if a.completed {
		return answer{}, badRequest("CAN_NOT_UPDATE_COMPLETED_TODO", "Can not update completed todo")
	}
	if err := c.fillTodo(a); err != nil {
		return answer{}, err
	}
	c.touchActivity(a)
	return answer{result: row("id", a.id)}, nil
}

func (c *call) touchActivity(a *activity) {
	a.updated, a.editor = c.sim.now(), c.who.userID
	c.sim.fire("ONCRMACTIVITYUPDATE", row("FIELDS", row("ID", a.id)), a.id, c.who)
}

// activityAdd is the deprecated general method; fields in capitals.
func (c *call) activityAdd() (answer, error) {
	s := c.sim
	fields, err := c.fields()
	if err != nil {
		return answer{}, err
	}
	typeID, _ := toInt(fields.get("OWNER_TYPE_ID"))
	ownerID, _ := toInt(fields.get("OWNER_ID"))
	r, err := s.owner(typeID, ownerID)
	if err != nil {
		return answer{}, badRequest("", "The field OWNER_ID is not defined or invalid.")
	}
	if toString(fields.get("SUBJECT")) == "" {
		return answer{}, badRequest("", "The field SUBJECT is not defined or empty.")
	}
	now := s.now()
	a := &activity{
		typeID: typeID, ownerID: ownerID, kindID: 1, responsibleID: c.who.userID, authorID: c.who.userID, editor: c.who.userID,
		created: now, updated: now, deadline: now, originator: fields.get("ORIGINATOR_ID"), origin: fields.get("ORIGIN_ID"), settings: &array{},
	}
	if n, ok := toInt(fields.get("TYPE_ID")); ok {
		a.kindID = n
	}
	a.providerID, a.providerType = toString(fields.get("PROVIDER_ID")), toString(fields.get("PROVIDER_TYPE_ID"))
	s.fillActivity(a, fields)
	s.lastTimeline++
	a.id = s.lastTimeline
	s.activities = append(s.activities, a)
	s.noteActivity(r, c.who)
	s.fire("ONCRMACTIVITYADD", row("FIELDS", row("ID", a.id)), a.id, c.who)
	return answer{result: a.id}, nil
}

func (s *Sim) fillActivity(a *activity, fields *array) {
	for _, p := range fields.pairs {
		switch p.key {
		case "SUBJECT":
			a.subject = toString(p.val)
		case "DESCRIPTION":
			a.text = toString(p.val)
		case "COMPLETED":
			a.completed = isYes(p.val)
		case "RESPONSIBLE_ID":
			if n, ok := toInt(p.val); ok {
				a.responsibleID = n
			}
		case "DEADLINE", "END_TIME", "START_TIME":
			if t, ok := s.readTime(p.val); ok {
				a.deadline = t
			}
		}
	}
}

// activityByID finds an activity by the parameter id.
func (c *call) activityByID() (*activity, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	if a := c.sim.activity(id); a != nil {
		return a, nil
	}
	return nil, &apiError{status: http.StatusBadRequest, desc: "Activity is not found."}
}

func (c *call) activityGet() (answer, error) {
	a, err := c.activityByID()
	if err != nil {
		return answer{}, err
	}
	return answer{result: c.sim.printActivity(a)}, nil
}

func (c *call) activityUpdate() (answer, error) {
	a, err := c.activityByID()
	if err != nil {
		return answer{}, err
	}
	fields, err := c.fields()
	if err != nil {
		return answer{}, err
	}
	c.sim.fillActivity(a, fields)
	c.touchActivity(a)
	return answer{result: true}, nil
}

func (c *call) activityDelete() (answer, error) {
	a, err := c.activityByID()
	if err != nil {
		return answer{}, err
	}
	c.sim.activities = slices.DeleteFunc(c.sim.activities, func(have *activity) bool { return have == a })
	c.sim.fire("ONCRMACTIVITYDELETE", row("FIELDS", row("ID", a.id)), a.id, c.who)
	return answer{result: true}, nil
}

var activityColumns = plainColumns(map[string]valueType{
	"ID": numberValue, "OWNER_ID": numberValue, "OWNER_TYPE_ID": numberValue, "TYPE_ID": numberValue, "PROVIDER_ID": textValue,
	"PROVIDER_TYPE_ID": textValue, "SUBJECT": textValue, "DESCRIPTION": textValue, "COMPLETED": textValue, "RESPONSIBLE_ID": numberValue,
	"AUTHOR_ID": numberValue, "CREATED": timeValue, "LAST_UPDATED": timeValue, "DEADLINE": timeValue, "ORIGIN_ID": textValue,
	"ORIGINATOR_ID": textValue,
})

func (a *activity) column(name string) any {
	switch name {
	case "ID":
		return a.id
	case "OWNER_ID":
		return a.ownerID
	case "OWNER_TYPE_ID":
		return a.typeID
	case "TYPE_ID":
		return a.kindID
	case "PROVIDER_ID":
		return a.providerID
	case "PROVIDER_TYPE_ID":
		return a.providerType
	case "SUBJECT":
		return a.subject
	case "DESCRIPTION":
		return a.text
	case "COMPLETED":
		return yesNo(a.completed)
	case "RESPONSIBLE_ID":
		return a.responsibleID
	case "AUTHOR_ID":
		return a.authorID
	case "CREATED":
		return a.created
	case "LAST_UPDATED":
		return a.updated
	case "DEADLINE":
		return a.deadline
	case "ORIGINATOR_ID":
		return a.originator
	case "ORIGIN_ID":
		return a.origin
	}
	return nil
}

// activityList also takes BINDINGS: [{OWNER_TYPE_ID, OWNER_ID}] in the filter.
func (c *call) activityList() (answer, error) {
	k, err := c.listParams()
	if err != nil {
		return answer{}, err
	}
	rows := c.sim.activities
	if bindings, ok := k.filter.get("BINDINGS").(*array); ok && bindings.len() > 0 {
		rows = slices.DeleteFunc(slices.Clone(rows), func(a *activity) bool {
			return !slices.ContainsFunc(bindings.values(), func(v any) bool {
				b, _ := v.(*array)
				typeID, hasType := toInt(b.get("OWNER_TYPE_ID"))
				id, hasID := toInt(b.get("OWNER_ID"))
				return (!hasType || typeID == a.typeID) && (!hasID || id == a.ownerID)
			})
		})
	}
	page, err := find(c.sim, listing[*activity]{
		rows: rows, id: func(a *activity) int { return a.id }, cols: activityColumns,
		value: func(a *activity, column string) any { return a.column(column) },
	}, k)
	if err != nil {
		return answer{}, err
	}
	out := &array{}
	for _, a := range page.rows {
		out.push(pick(c.sim.printActivity(a), k.sel))
	}
	return page.answer(out), nil
}

func (s *Sim) printActivity(a *activity) *array {
	deadline, status := s.printTime(a.deadline), "1"
	if a.completed {
		status = "2"
	}
	return row("ID", strconv.Itoa(a.id), "OWNER_ID", strconv.Itoa(a.ownerID), "OWNER_TYPE_ID", strconv.Itoa(a.typeID),
		"TYPE_ID", strconv.Itoa(a.kindID), "PROVIDER_ID", a.providerID, "PROVIDER_TYPE_ID", a.providerType, "PROVIDER_GROUP_ID", nil,
		"ASSOCIATED_ENTITY_ID", "0", "SUBJECT", cmp.Or(a.subject, s.text("Дело", "Activity")), "CREATED", s.printTime(a.created),
		"LAST_UPDATED", s.printTime(a.updated), "START_TIME", deadline, "END_TIME", deadline, "DEADLINE", deadline,
		"COMPLETED", yesNo(a.completed), "STATUS", status, "RESPONSIBLE_ID", strconv.Itoa(a.responsibleID), "PRIORITY", "2",
		"NOTIFY_TYPE", "0", "NOTIFY_VALUE", "0", "DESCRIPTION", a.text, "DESCRIPTION_TYPE", "1", "DIRECTION", "0", "LOCATION", "",
		"SETTINGS", a.settings, "ORIGINATOR_ID", a.originator, "ORIGIN_ID", a.origin, "AUTHOR_ID", strconv.Itoa(a.authorID),
		"EDITOR_ID", strconv.Itoa(a.editor), "PROVIDER_PARAMS", list(), "PROVIDER_DATA", nil, "RESULT_MARK", "0", "RESULT_VALUE", nil,
		"RESULT_SUM", nil, "RESULT_CURRENCY_ID", nil, "RESULT_STATUS", "0", "RESULT_STREAM", "0", "RESULT_SOURCE_ID", nil,
		"AUTOCOMPLETE_RULE", "0")
}
