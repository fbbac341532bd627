package amocrmsim

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const tasksPath = "/api/v4/tasks"

func (s *Sim) taskJSON(c *call, t *task) object {
	out := object{
		"id": t.id, "created_by": t.createdBy, "updated_by": t.updatedBy, "created_at": t.createdAt, "updated_at": t.updatedAt,
		"responsible_user_id": t.responsibleID, "group_id": t.groupID, "entity_id": nullable(t.entityID), "entity_type": nullableText(t.kind),
		"duration": t.duration, "is_completed": t.completed, "task_type_id": t.typeID, "text": t.text,
		"result":        []any{}, // an empty ARRAY, as the vendor's PHP writes an empty object
		"complete_till": t.completeTill, "account_id": s.cfg.AccountID, "_links": c.self(tasksPath + "/" + formatID(t.id)),
	}
	if t.result != "" {
		out["result"] = object{"text": t.result}
	}
	return out
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

func (s *Sim) getTask(c *call) answer {
	t := s.tasks.byID[c.id(0)]
	if t == nil || t.deleted {
		return nothing()
	}
	return ok(s.taskJSON(c, t))
}

func (s *Sim) listTasks(c *call) answer {
	f := c.query.at("filter")
	idPass, userPass, typePass := f.at("id").oneOf(), f.at("responsible_user_id").oneOf(), f.at("task_type").oneOf()
	updated, _ := f.at("updated_at").span()
	kinds, done, owners := f.at("entity_type").all(), f.at("is_completed").all(), f.at("entity_id").ints()
	pass := func(t *task) bool {
		return !t.deleted && idPass(t.id) && userPass(t.responsibleID) && typePass(t.typeID) && updated.holds(t.updatedAt) &&
			(len(kinds) == 0 || slices.Contains(kinds, t.kind)) &&
			(len(done) == 0 || slices.Contains(done, map[bool]string{true: "1", false: "0"}[t.completed]) ||
				slices.Contains(done, strconv.FormatBool(t.completed)))
	}
	var rows []*task
	if f.at("entity_id").empty() {
		rows = s.tasks.where(pass)
	} else {
		for _, kind := range []string{kindLeads, kindContacts, kindCompanies, kindCustomers} {
			for _, owner := range owners {
				for _, id := range s.tasksOn[entityKey{kind, owner}] {
					if t := s.tasks.byID[id]; pass(t) {
						rows = append(rows, t)
					}
				}
			}
		}
	}
	for name, of := range map[string]func(*task) int64{
		"complete_till": func(t *task) int64 { return t.completeTill }, "created_at": func(t *task) int64 { return t.createdAt },
		"id": func(t *task) int64 { return t.id },
	} {
		n := c.query.at("order", name)
		if n.empty() {
			continue
		}
		down := strings.EqualFold(n.value, "desc")
		slices.SortStableFunc(rows, func(a, b *task) int {
			if down {
				a, b = b, a
			}
			return cmp.Or(cmp.Compare(of(a), of(b)), cmp.Compare(a.id, b.id))
		})
		break
	}
	return s.page(c, tasksPath, "tasks", len(rows), 50, 250, func(i int) any { return s.taskJSON(c, rows[i]) })
}

// taskPatch is a checked change of a task.
type taskPatch struct {
	text, kind, result             *string
	entityID, typeID, completeTill *int64
	duration, responsibleID        *int64
	createdBy, createdAt           *int64
	completed                      *bool
}

func (s *Sim) readTask(it *item, t *task) taskPatch {
	p := taskPatch{
		text: it.str("text"), kind: it.str("entity_type"), entityID: it.int("entity_id"), typeID: it.int("task_type_id"),
		completeTill: it.int("complete_till"), duration: it.int("duration"), responsibleID: it.int("responsible_user_id"),
		createdBy: it.int("created_by"), createdAt: it.int("created_at"), completed: it.bool("is_completed"),
	}
	if t == nil {
		it.need("text")
		it.need("complete_till")
	}
	if p.responsibleID != nil && s.users.byID[*p.responsibleID] == nil {
		it.badChoice("responsible_user_id")
	}
	if p.typeID != nil && *p.typeID != 1 && *p.typeID != 2 {
		it.badChoice("task_type_id")
	}
	if p.entityID != nil && *p.entityID != 0 {
		switch {
		case p.kind == nil && (t == nil || t.kind == ""):
			it.fail(codeMissing, "entity_type", it.text.missing)
		case p.kind != nil && s.find(*p.kind, *p.entityID) == nil:
			it.badChoice("entity_id")
		}
	}
	if result, isObject := it.data["result"].(map[string]any); isObject {
		text, isText := result["text"].(string)
		if !isText {
			it.badType("result.text", "string")
		}
		p.result = &text
	}
	return p
}

func (s *Sim) addTasks(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	patches := make([]taskPatch, len(items))
	for i, it := range items {
		patches[i] = s.readTask(it, nil)
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := make([]any, len(items))
	for i, p := range patches {
		t := s.createTask(act, p)
		rows[i] = object{"id": t.id, "updated_at": t.updatedAt, "request_id": items[i].requestID, "_links": c.self(tasksPath + "/" + formatID(t.id))}
	}
	s.finish(act)
	return ok(object{"_links": c.self(tasksPath), "_embedded": object{"tasks": rows}})
}

func (s *Sim) createTask(a *act, p taskPatch) *task {
	t := &task{id: s.nextID(), typeID: 1, createdBy: a.by, updatedBy: a.by, createdAt: a.at, updatedAt: a.at, responsibleID: a.by}
	if t.responsibleID == 0 {
		t.responsibleID = adminID
	}
	assignTask(t, p)
	if p.createdBy != nil {
		t.createdBy = *p.createdBy
	}
	if p.createdAt != nil {
		t.createdAt = *p.createdAt
	}
	s.tasks.add(t.id, t)
	if t.kind != "" {
		owner := entityKey{t.kind, t.entityID}
		s.tasksOn[owner] = append(s.tasksOn[owner], t.id)
	}
	s.refreshClosest(t)
	s.taskEvent(a, "task_added", t)
	s.taskHook(a, "add", "add_task", t, nil)
	if t.completed {
		s.taskEvent(a, "task_completed", t)
	}
	return t
}

func assignTask(t *task, p taskPatch) {
	if p.text != nil {
		t.text = *p.text
	}
	if p.kind != nil {
		t.kind = *p.kind
	}
	if p.result != nil {
		t.result = *p.result
	}
	if p.completed != nil {
		t.completed = *p.completed
	}
	for to, v := range map[*int64]*int64{
		&t.entityID: p.entityID, &t.typeID: p.typeID, &t.completeTill: p.completeTill, &t.duration: p.duration, &t.responsibleID: p.responsibleID,
	} {
		if v != nil {
			*to = *v
		}
	}
}

// refreshClosest keeps closest_task_at of the task's entity.
func (s *Sim) refreshClosest(t *task) {
	e := s.find(t.kind, t.entityID)
	if e == nil {
		return
	}
	e.closestTaskAt = 0
	for _, id := range s.tasksOn[entityKey{t.kind, t.entityID}] {
		o := s.tasks.byID[id]
		if !o.completed && !o.deleted && (e.closestTaskAt == 0 || o.completeTill < e.closestTaskAt) {
			e.closestTaskAt = o.completeTill
		}
	}
}

func (s *Sim) taskEvent(a *act, typ string, t *task) {
	kind, id := "task", t.id
	if t.kind != "" {
		kind, id = singular[t.kind], t.entityID
	}
	s.addEvent(a, typ, kind, id, nil, []any{object{"task": object{"id": t.id, "text": t.text}}})
}

// taskTime writes dates of task hooks, which are in UTC unlike those of notes.
func taskTime(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.DateTime) }

func (s *Sim) taskHook(a *act, action, setting string, t *task, before *task) {
	record := fields{{"id", t.id}}
	if action != "delete" {
		done := 0
		if t.completed {
			done = 1
		}
		record = append(record, fields{
			{"element_id", t.entityID},
			{"element_type", elementTypes[t.kind]},
			{"task_type", t.typeID},
			{"date_create", taskTime(t.createdAt)},
			{"text", t.text},
			{"status", done},
			{"account_id", s.cfg.AccountID},
			{"created_user_id", t.createdBy},
			{"last_modified", taskTime(t.updatedAt)},
			{"responsible_user_id", t.responsibleID},
			{"complete_till", taskTime(t.completeTill)},
			{"created_at", t.createdAt},
			{"updated_at", t.updatedAt},
			{"complete_before", t.completeTill},
		}...)
	}
	if before != nil {
		if t.completed && !before.completed {
			record = append(record, field{"action_close", 1})
		}
		record = append(record, field{"old_text", before.text})
		if t.result != "" {
			record = append(record, field{"result", fields{{"id", t.resultNoteID}, {"text", t.result}}})
		}
		if before.responsibleID != t.responsibleID {
			record = append(record, field{"old_responsible_user_id", before.responsibleID})
		}
	}
	a.changes = append(a.changes, change{entity: "task", action: action, setting: setting, record: record, lane: entityKey{"task", t.id}})
}

func (s *Sim) changeTask(a *act, t *task, p taskPatch) {
	before := *t
	assignTask(t, p)
	t.updatedAt, t.updatedBy = a.at, a.by
	if before.kind != t.kind || before.entityID != t.entityID {
		old := entityKey{before.kind, before.entityID}
		s.tasksOn[old] = slices.DeleteFunc(s.tasksOn[old], func(id int64) bool { return id == t.id })
		owner := entityKey{t.kind, t.entityID}
		s.tasksOn[owner] = append(s.tasksOn[owner], t.id)
		s.refreshClosest(&before)
	}
	if t.result != "" && before.result == "" {
		t.resultNoteID = s.nextID()
		s.taskEvent(a, "task_result_added", t)
	}
	if t.completed && !before.completed {
		s.taskEvent(a, "task_completed", t)
	}
	s.refreshClosest(t)
	if before.responsibleID != t.responsibleID {
		s.taskHook(a, "responsible", "responsible_task", t, &before)
	}
	s.taskHook(a, "update", "update_task", t, &before)
}

func (s *Sim) patchTask(c *call) answer {
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	t := s.tasks.byID[c.id(0)]
	if t == nil || t.deleted {
		it.badChoice("id")
		a, _ := s.refused([]*item{it})
		return a
	}
	p := s.readTask(it, t)
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	act := s.begin(c)
	s.changeTask(act, t, p)
	s.finish(act)
	return ok(object{"id": t.id, "updated_at": t.updatedAt, "_links": c.self(tasksPath + "/" + formatID(t.id))})
}

func (s *Sim) patchTasks(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	targets, patches := make([]*task, len(items)), make([]taskPatch, len(items))
	for i, it := range items {
		if !it.need("id") {
			continue
		}
		if id := it.int("id"); id != nil {
			targets[i] = s.tasks.byID[*id]
		}
		if targets[i] == nil || targets[i].deleted {
			it.badChoice("id")
			continue
		}
		patches[i] = s.readTask(it, targets[i])
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	act := s.begin(c)
	rows := make([]any, len(items))
	for i, t := range targets {
		s.changeTask(act, t, patches[i])
		rows[i] = object{"id": t.id, "updated_at": t.updatedAt, "request_id": items[i].requestID, "_links": c.self(tasksPath + "/" + formatID(t.id))}
	}
	s.finish(act)
	return ok(object{"_links": c.self(tasksPath), "_embedded": object{"tasks": rows}})
}
