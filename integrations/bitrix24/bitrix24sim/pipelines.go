package bitrix24sim

import (
	"fmt"
	"strconv"
	"strings"
)

// pipeline is a sequence of stages, which the API calls a category.
type pipeline struct {
	id     int
	typeID int // of a smart process; 0: deals
	name   string
	sort   int
	stages []*stage
}

// stage is where a deal stands in its pipeline.
type stage struct {
	statusID int
	code     string // with the prefix of the pipeline: C1:LOSE
	name     string
	initial  string // NAME_INIT of system stages
	sort     int
	system   bool
	color    string
	group    string // process, success, failure, apology
}

// Stage describes a stage for AddPipeline.
type Stage struct {
	Code  string // without the prefix of the pipeline: NEW, LOSE, UC_NYL06U
	Name  string
	Group string // process, success, failure or apology
}

// status is a row of crm.status.list that is no stage.
type status struct {
	id                 int
	entity, code, name string
	sort               int
}

// semantics of a stage: P in progress, S success, F failure.
func (st *stage) semantics() string {
	switch st.group {
	case "success":
		return "S"
	case "failure", "apology":
		return "F"
	}
	return "P"
}

// maxStageCode is where a portal cuts the code of a stage (reference §6).
const maxStageCode = 21

// entity is the reference that holds the stages of a pipeline.
func (p *pipeline) entity() string {
	if p.typeID != 0 {
		return fmt.Sprintf("DYNAMIC_%d_STAGE_%d", p.typeID, p.id)
	}
	if p.id == 0 {
		return "DEAL_STAGE"
	}
	return "DEAL_STAGE_" + strconv.Itoa(p.id)
}

func (p *pipeline) code(plain string) string {
	if p.typeID != 0 {
		return fmt.Sprintf("DT%d_%d:%s", p.typeID, p.id, plain)
	}
	if p.id == 0 {
		return plain
	}
	code := "C" + strconv.Itoa(p.id) + ":" + plain
	return code[:min(maxStageCode, len(code))]
}

func (p *pipeline) stage(code string) *stage {
	for _, st := range p.stages {
		if st.code == code {
			return st
		}
	}
	return nil
}

// groupColors are the colours of stages by group.
var groupColors = map[string]string{"process": "#39A8EF", "success": "#7BD500", "failure": "#FF5752", "apology": "#FF5752"}

// systemStages are those that every pipeline has and that cannot be removed.
var systemStages = map[string]bool{"NEW": true, "WON": true, "LOSE": true, "SUCCESS": true, "FAIL": true}

// AddPipeline adds a pipeline with its stages, or replaces one.
func (s *Sim) AddPipeline(id int, name string, stages ...Stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addPipeline(id, name, stages)
}

func (s *Sim) addPipeline(id int, name string, stages []Stage) {
	p := &pipeline{id: id, name: name, sort: 200}
	if id == 0 {
		p.sort = 300
	}
	s.addStages(p, stages)
	for i, old := range s.pipelines {
		if old.id == id {
			s.pipelines[i] = p
			return
		}
	}
	s.pipelines = append(s.pipelines, p)
}

func (s *Sim) addStages(p *pipeline, stages []Stage) {
	for i, st := range stages {
		s.lastStatus += 2
		added := &stage{
			statusID: s.lastStatus, code: p.code(st.Code), name: st.Name, sort: 10 * (i + 1),
			system: systemStages[st.Code], color: groupColors[st.Group], group: st.Group,
		}
		if added.system {
			added.initial = st.Name
		}
		p.stages = append(p.stages, added)
	}
}

func (s *Sim) pipeline(id int) *pipeline {
	for _, p := range s.pipelines {
		if p.id == id {
			return p
		}
	}
	return nil
}

// addPortalDefaults sets up what every portal has: two pipelines, references
// and the user of the incoming webhook.
func (s *Sim) addPortalDefaults() {
	s.addPipeline(0, s.text("Общая", "General"), []Stage{
		{"NEW", s.text("Новая", "New"), "process"},
		{"PREPARATION", s.text("Подготовка документов", "Document preparation"), "process"},
		{"PREPAYMENT_INVOICE", s.text("Счёт на предоплату", "Prepayment invoice"), "process"},
		{"EXECUTING", s.text("В работе", "In progress"), "process"},
		{"FINAL_INVOICE", s.text("Финальный счёт", "Final invoice"), "process"},
		{"WON", s.text("Сделка успешна", "Deal successful"), "success"},
		{"LOSE", s.text("Сделка провалена", "Deal failed"), "failure"},
		{"APOLOGY", s.text("Анализ причины провала", "Failure reason analysis"), "apology"},
	})
	s.addPipeline(1, s.text("Обслуживание", "Service"), []Stage{
		{"NEW", s.text("Подключение", "Onboarding"), "process"},
		{"EXECUTING", s.text("Обслуживается", "In service"), "process"},
		{"UC_RENEW1", s.text("Продление", "Renewal"), "process"},
		{"WON", s.text("Договор исполнен", "Contract fulfilled"), "success"},
		{"LOSE", s.text("Клиент ушёл", "Client left"), "failure"},
		{"UC_NYL06U", s.text("Отказались сами", "We declined"), "failure"},
	})
	for i, ref := range []struct{ entity, code, ru, en string }{
		{"SOURCE", "CALL", "Звонок", "Call"},
		{"SOURCE", "WEB", "Веб-сайт", "Website"},
		{"SOURCE", "RECOMMENDATION", "По рекомендации", "Recommendation"},
		{"DEAL_TYPE", "SALE", "Продажа", "Sale"},
		{"DEAL_TYPE", "SERVICES", "Услуги", "Services"},
		{"CONTACT_TYPE", "CLIENT", "Клиенты", "Clients"},
		{"COMPANY_TYPE", "CUSTOMER", "Клиент", "Client"},
	} {
		s.lastStatus += 2
		s.statuses = append(s.statuses, status{id: s.lastStatus, entity: ref.entity, code: ref.code, name: s.text(ref.ru, ref.en), sort: 10 * (i + 1)})
	}
	s.addUser(User{
		ID: s.cfg.UserID, Name: s.text("Интеграция", "Integration"), LastName: "opendoor", Email: "integration@example.test",
		Position: s.text("Служебный пользователь", "Service user"), Admin: true,
	})
}

// statusRows prints every row of crm.status.list.
func (s *Sim) statusRows() []*array {
	var out []*array
	for _, p := range s.allPipelines() {
		for _, st := range p.stages {
			var category, semantics any
			if p.id != 0 {
				category = strconv.Itoa(p.id)
			}
			if g := st.semantics(); g != "P" {
				semantics = g
			}
			out = append(out, row("ID", strconv.Itoa(st.statusID), "ENTITY_ID", p.entity(), "STATUS_ID", st.code, "NAME", st.name,
				"NAME_INIT", st.initial, "SORT", strconv.Itoa(st.sort), "SYSTEM", yesNo(st.system), "CATEGORY_ID", category,
				"COLOR", st.color, "SEMANTICS", semantics, "EXTRA", row("SEMANTICS", st.group, "COLOR", st.color)))
		}
	}
	out = append(out, s.leadStatusRows()...)
	for _, st := range s.statuses {
		out = append(out, row("ID", strconv.Itoa(st.id), "ENTITY_ID", st.entity, "STATUS_ID", st.code, "NAME", st.name,
			"NAME_INIT", "", "SORT", strconv.Itoa(st.sort), "SYSTEM", "N", "CATEGORY_ID", nil, "COLOR", nil, "SEMANTICS", nil))
	}
	return out
}

func yesNo(b bool) string {
	if b {
		return "Y"
	}
	return "N"
}

func (c *call) statusList() (answer, error) {
	k, err := c.listParams()
	if err != nil {
		return answer{}, err
	}
	rows := c.sim.statusRows()
	cols := plainColumns(map[string]valueType{
		"ID": numberValue, "ENTITY_ID": textValue, "STATUS_ID": textValue, "NAME": textValue,
		"SORT": numberValue, "SYSTEM": textValue, "CATEGORY_ID": numberValue, "SEMANTICS": textValue,
	})
	m, err := c.sim.newMatcher(k.filter, cols, false)
	if err != nil {
		return answer{}, err
	}
	out := &array{} // references are short: this list has no pages
	for _, r := range rows {
		if m.match(func(column string) any { return r.get(column) }) {
			out.push(r)
		}
	}
	return answer{result: out, listed: true, total: out.len()}, nil
}

func (c *call) categoryList() (answer, error) {
	typeID, err := c.needInt("entityTypeId")
	if err != nil {
		return answer{}, err
	}
	if sp := c.sim.smartProcess(typeID); sp != nil {
		out := &array{}
		for i, p := range sp.pipelines {
			out.push(row("id", p.id, "name", p.name, "sort", p.sort, "entityTypeId", typeID, "isDefault", yesNo(i == 0)))
		}
		return answer{result: row("categories", out), listed: true, total: out.len()}, nil
	}
	if typeID != typeDeal {
		return answer{}, badRequest("ENTITY_TYPE_NOT_SUPPORTED", "Entity type `"+strconv.Itoa(typeID)+"` is not supported")
	}
	out := &array{}
	add := func(p *pipeline) {
		r := row("id", p.id, "name", p.name, "sort", p.sort, "entityTypeId", typeDeal, "isDefault", yesNo(p.id == 0))
		if p.id != 0 {
			r.set("originId", "")
			r.set("originatorId", "")
		}
		out.push(r)
	}
	// The default pipeline comes last: pipelines are sorted by SORT.
	for _, p := range c.sim.pipelines {
		if p.id != 0 {
			add(p)
		}
	}
	if p := c.sim.pipeline(0); p != nil {
		add(p)
	}
	return answer{result: row("categories", out), listed: true, total: out.len()}, nil
}

// failedStage is the first failed stage of a pipeline, "" if it has none.
func (p *pipeline) failedStage() string {
	for _, st := range p.stages {
		if st.semantics() == "F" {
			return st.code
		}
	}
	return ""
}

// pipelineOf finds the pipeline that a stage belongs to.
func (s *Sim) pipelineOf(stageID string) *pipeline {
	for _, p := range s.pipelines {
		if p.stage(strings.TrimSpace(stageID)) != nil {
			return p
		}
	}
	return nil
}
