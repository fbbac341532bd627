package bitrix24sim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// task is a task outside of the CRM, linked to it by UF_CRM_TASK.
type task struct {
	id                     int
	title, text            string
	createdBy, responsible int
	created, deadline      time.Time
	links                  []string // D_10
	files                  []string
	status                 int
	key                    string // Idempotency-Key of REST 3
}

// Statuses of tasks.
const (
	taskOpen = 2
	taskDone = 5
)

func (c *call) taskAdd() (answer, error) {
	fields, err := c.needArray("fields")
	if err != nil {
		return answer{}, err
	}
	t, err := c.sim.addTask(fields, c.who)
	if err != nil {
		return answer{}, err
	}
	return answer{result: row("task", c.sim.printTask(t))}, nil
}

// addTask reads fields in the spelling of REST 2 (RESPONSIBLE_ID) or 3
// (responsibleId).
func (s *Sim) addTask(fields *array, who actor) (*task, error) {
	get := func(name string) any {
		v, _ := fields.lookupAny(name, itemName(name))
		return v
	}
	t := &task{title: toString(get("TITLE")), text: toString(get("DESCRIPTION")), createdBy: who.userID, created: s.now(), status: taskOpen}
	if t.title == "" {
		return nil, badRequest("ERROR_CORE", "Task title is not specified<br>")
	}
	id, ok := toInt(get("RESPONSIBLE_ID"))
	if !ok {
		return nil, badRequest("ERROR_CORE", "Responsible person is not specified<br>")
	}
	if s.user(id) == nil {
		return nil, badRequest("ERROR_CORE", "User specified in the \"Responsible\" field is not found<br>")
	}
	t.responsible = id
	t.deadline, _ = s.readTime(get("DEADLINE"))
	t.links, t.files = texts(get("UF_CRM_TASK")), texts(get("UF_TASK_WEBDAV_FILES"))
	t.id = len(s.tasks) + 1
	s.tasks = append(s.tasks, t)
	s.fireTask("ADD", t, who)
	return t, nil
}

func texts(v any) []string {
	if a, ok := v.(*array); ok {
		var out []string
		for _, one := range a.values() {
			out = append(out, toString(one))
		}
		return out
	}
	if t := toString(v); t != "" {
		return []string{t}
	}
	return nil
}

// fireTask prints the literal word undefined where a portal does.
func (s *Sim) fireTask(action string, t *task, who actor) {
	var before any = row("ID", t.id)
	if action == "ADD" {
		before = "undefined"
	}
	s.fire("ONTASK"+action, row("FIELDS_BEFORE", before, "FIELDS_AFTER", row("ID", t.id),
		"IS_ACCESSIBLE_BEFORE", "undefined", "IS_ACCESSIBLE_AFTER", "undefined"), t.id, who)
}

func (c *call) task() (*task, error) {
	v, err := c.need("taskId")
	if err != nil {
		return nil, err
	}
	id, ok := toInt(v)
	if !ok || id < 1 || id > len(c.sim.tasks) {
		return nil, badRequest("0", "wrong task id")
	}
	return c.sim.tasks[id-1], nil
}

func (c *call) taskGet() (answer, error) {
	t, err := c.task()
	if err != nil {
		return answer{}, err
	}
	return answer{result: row("task", c.sim.printTask(t))}, nil
}

func (c *call) taskUpdate() (answer, error) {
	t, err := c.task()
	if err != nil {
		return answer{}, err
	}
	fields, err := c.needArray("fields")
	if err != nil {
		return answer{}, err
	}
	for _, p := range fields.pairs {
		switch strings.ToUpper(p.key) {
		case "TITLE":
			t.title = toString(p.val)
		case "DESCRIPTION":
			t.text = toString(p.val)
		case "STATUS":
			t.status, _ = toInt(p.val)
		case "DEADLINE":
			t.deadline, _ = c.sim.readTime(p.val)
		case "RESPONSIBLE_ID":
			t.responsible, _ = toInt(p.val)
		}
	}
	c.sim.fireTask("UPDATE", t, c.who)
	return answer{result: row("task", c.sim.printTask(t))}, nil
}

func (c *call) taskComplete() (answer, error) {
	t, err := c.task()
	if err != nil {
		return answer{}, err
	}
	t.status = taskDone
	c.sim.fireTask("UPDATE", t, c.who)
	return answer{result: row("task", c.sim.printTask(t))}, nil
}

var taskColumns = plainColumns(map[string]valueType{
	"ID": numberValue, "TITLE": textValue, "DESCRIPTION": textValue, "STATUS": numberValue,
	"RESPONSIBLE_ID": numberValue, "CREATED_BY": numberValue, "CREATED_DATE": timeValue, "DEADLINE": timeValue, "UF_CRM_TASK": textValue,
})

func (c *call) taskList() (answer, error) {
	k, err := c.listParams()
	if err != nil {
		return answer{}, err
	}
	page, err := find(c.sim, listing[*task]{
		rows: c.sim.tasks, id: func(t *task) int { return t.id }, cols: taskColumns,
		value: func(t *task, column string) any {
			switch column {
			case "ID":
				return t.id
			case "TITLE":
				return t.title
			case "DESCRIPTION":
				return t.text
			case "STATUS":
				return t.status
			case "RESPONSIBLE_ID":
				return t.responsible
			case "CREATED_BY":
				return t.createdBy
			case "CREATED_DATE":
				return t.created
			case "DEADLINE":
				return t.deadline
			}
			out := make([]any, len(t.links))
			for i, l := range t.links {
				out[i] = l
			}
			return out
		},
	}, k)
	if err != nil {
		return answer{}, err
	}
	out := &array{}
	for _, t := range page.rows {
		out.push(c.sim.printTask(t))
	}
	return page.answer(row("tasks", out)), nil
}

func (s *Sim) printTask(t *task) *array {
	person := func(id int) *array {
		name, position := "", ""
		if u := s.user(id); u != nil {
			name, position = u.fullName(), u.position
		}
		n := strconv.Itoa(id)
		return row("id", n, "name", name, "link", "/company/personal/user/"+n+"/", "icon", "/bitrix/images/tasks/default_avatar.png", "workPosition", position)
	}
	var deadline, closed any
	if !t.deadline.IsZero() {
		deadline = s.printTime(t.deadline)
	}
	if t.status == taskDone {
		closed = strconv.Itoa(t.responsible)
	}
	created := s.printTime(t.created)
	links, files := &array{}, &array{}
	for _, l := range t.links {
		links.push(l)
	}
	for _, f := range t.files {
		files.push(f)
	}
	return row("id", strconv.Itoa(t.id), "parentId", nil, "title", t.title, "description", t.text, "mark", nil, "priority", "1",
		"multitask", "N", "notViewed", "N", "replicate", "N", "stageId", "0", "createdBy", strconv.Itoa(t.createdBy), "createdDate", created,
		"responsibleId", strconv.Itoa(t.responsible), "changedBy", strconv.Itoa(t.createdBy), "changedDate", created, "statusChangedBy", nil,
		"closedBy", closed, "closedDate", nil, "activityDate", created, "dateStart", nil, "deadline", deadline, "startDatePlan", nil,
		"endDatePlan", nil, "guid", fmt.Sprintf("{00000000-0000-4000-8000-%012d}", t.id), "xmlId", nil, "commentsCount", nil,
		"serviceCommentsCount", nil, "allowChangeDeadline", "N", "allowTimeTracking", "N", "taskControl", "N", "addInReport", "N",
		"forkedByTemplateId", nil, "timeEstimate", "0", "timeSpentInLogs", nil, "matchWorkTime", "N", "forumTopicId", nil, "forumId", nil,
		"siteId", "s1", "subordinate", "Y", "exchangeModified", nil, "exchangeId", nil, "outlookVersion", "1", "viewedDate", nil,
		"sorting", nil, "durationFact", nil, "isMuted", "N", "isPinned", "N", "isPinnedInGroup", "N", "flowId", nil,
		"descriptionInBbcode", "Y", "status", strconv.Itoa(t.status), "statusChangedDate", created, "durationPlan", nil,
		"durationType", "days", "favorite", "N", "groupId", "0", "auditors", list(), "accomplices", list(), "checklist", list(),
		"group", list(), "creator", person(t.createdBy), "responsible", person(t.responsible), "accomplicesData", list(),
		"auditorsData", list(), "newCommentsCount", 0, "ufCrmTask", links, "ufTaskWebdavFiles", files)
}

// idempotencyWindow is how long REST 3 remembers an Idempotency-Key.
const idempotencyWindow = 24 * time.Hour

// runV3 answers the two methods of REST 3 that matter here. A repeated
// Idempotency-Key answers with the task that the first call made.
func (s *Sim) runV3(c *call, r *http.Request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.method {
	case "tasks.task.add":
		key := r.Header.Get("Idempotency-Key")
		i := slices.IndexFunc(s.tasks, func(t *task) bool {
			return key != "" && t.key == key && s.now().Sub(t.created) < idempotencyWindow
		})
		if i >= 0 {
			return answer{result: row("item", s.printTask3(s.tasks[i]))}, nil
		}
		fields, ok := c.params.get("fields").(*array)
		if !ok {
			return answer{}, v3Missing("fields")
		}
		t, err := s.addTask(fields, c.who)
		if err != nil {
			return answer{}, err
		}
		t.key = key
		return answer{result: row("item", s.printTask3(t))}, nil
	case "tasks.task.get":
		id, ok := toInt(c.params.get("id"))
		if !ok {
			return answer{}, v3Missing("id")
		}
		if id < 1 || id > len(s.tasks) {
			return answer{}, badRequest("BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", "Entity `"+strconv.Itoa(id)+"` not found")
		}
		return answer{result: row("item", s.printTask3(s.tasks[id-1]))}, nil
	}
	return answer{}, &apiError{status: http.StatusNotFound, code: "BITRIX_REST_V3_EXCEPTION_METHODNOTFOUNDEXCEPTION", desc: "Method `" + c.method + "` not found"}
}

func v3Missing(name string) error {
	return &apiError{
		status: http.StatusBadRequest, code: "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION",
		desc: "Required field `" + name + "` is not specified", field: name,
	}
}

func (s *Sim) printTask3(t *task) *array {
	return row("id", t.id, "title", t.title, "description", t.text, "responsibleId", t.responsible, "creatorId", t.createdBy)
}
