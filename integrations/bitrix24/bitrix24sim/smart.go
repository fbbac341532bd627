package bitrix24sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// smartName stands in the events of smart processes, whichever their type.
const smartName = "DYNAMICITEM"

// smartProcess is a sort of items that the company has defined itself.
type smartProcess struct {
	*table
	title     string
	pipelines []*pipeline
	mute      bool // crm.stagehistory.list knows nothing of the type
}

// Item is what a test wants to know of an item of a smart process.
type Item struct {
	ID, CategoryID, ContactID, CompanyID, AssignedByID int
	Title, StageID                                     string
	Moved                                              time.Time
}

// AddSmartProcess defines a smart process with one pipeline and its stages.
func (s *Sim) AddSmartProcess(typeID, categoryID int, title string, stages ...Stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addSmartProcess(typeID, categoryID, title, stages)
}

func (s *Sim) addSmartProcess(typeID, categoryID int, title string, stages []Stage) {
	p := &pipeline{id: categoryID, typeID: typeID, name: s.text("Общая", "General"), sort: 500}
	s.addStages(p, stages)
	s.smart = append(s.smart, &smartProcess{table: newTable(smartKind(typeID, s.ru)), title: title, pipelines: []*pipeline{p}})
}

// MuteStageHistory makes crm.stagehistory.list refuse a type, as some portals do.
func (s *Sim) MuteStageHistory(typeID int, mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sp := s.smartProcess(typeID); sp != nil {
		sp.mute = mute
	}
}

// smartKind describes items in the order in which crm.item.get prints them.
func smartKind(typeID int, ru bool) *kind {
	t := titles(ru)
	return newKind(typeID, smartName, []*field{
		{name: "ID", typ: "integer", title: "ID", readOnly: true},
		{name: "XML_ID", typ: "string", title: t("Внешний код", "External code")},
		{name: "TITLE", typ: "string", title: t("Название", "Title")},
		{name: "CREATED_BY_ID", item: "createdBy", typ: "user", title: t("Кем создан", "Created by"), readOnly: true},
		{name: "MODIFY_BY_ID", item: "updatedBy", typ: "user", title: t("Кем изменён", "Modified by"), readOnly: true},
		{name: "MOVED_BY_ID", item: "movedBy", typ: "user", title: t("Кем перемещён", "Moved by"), readOnly: true},
		{name: "DATE_CREATE", item: "createdTime", typ: "datetime", title: t("Создан", "Created on"), readOnly: true},
		{name: "DATE_MODIFY", item: "updatedTime", typ: "datetime", title: t("Изменён", "Modified on"), readOnly: true},
		{name: "MOVED_TIME", typ: "datetime", title: t("Перемещён", "Moved on"), readOnly: true},
		{name: "CATEGORY_ID", typ: "crm_category", title: t("Воронка", "Pipeline")},
		{name: "OPENED", typ: "boolean", title: t("Доступен для всех", "Available to everyone")},
		{name: "STAGE_ID", typ: "crm_status", title: t("Стадия", "Stage")},
		{name: "COMPANY_ID", typ: "crm_company", title: t("Компания", "Company"), empty: 0},
		{name: "CONTACT_ID", typ: "crm_contact", title: t("Контакт", "Contact"), empty: 0},
		{name: "OPPORTUNITY", typ: "double", title: t("Сумма", "Amount"), empty: 0},
		{name: "CURRENCY_ID", typ: "crm_currency", title: t("Валюта", "Currency")},
		{name: "ASSIGNED_BY_ID", typ: "user", title: t("Ответственный", "Responsible")},
		{name: "LAST_ACTIVITY_BY", typ: "user", title: "LAST_ACTIVITY_BY", readOnly: true},
		{name: "LAST_ACTIVITY_TIME", typ: "datetime", title: "LAST_ACTIVITY_TIME", readOnly: true},
	})
}

func (s *Sim) smartProcess(typeID int) *smartProcess {
	for _, sp := range s.smart {
		if sp.kind.typeID == typeID {
			return sp
		}
	}
	return nil
}

func (sp *smartProcess) pipeline(id int) *pipeline {
	for _, p := range sp.pipelines {
		if p.id == id {
			return p
		}
	}
	return sp.pipelines[0]
}

// allPipelines are those of deals and of smart processes.
func (s *Sim) allPipelines() []*pipeline {
	all := slices.Clone(s.pipelines)
	for _, sp := range s.smart {
		all = append(all, sp.pipelines...)
	}
	return all
}

// CreateItem adds an item of a smart process as a user does; fields are named
// as in crm.item.add.
func (s *Sim) CreateItem(typeID int, fields map[string]any, userID int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.smartProcess(typeID)
	if sp == nil {
		return 0, fmt.Errorf("add item of type %d: %w", typeID, ErrNotFound)
	}
	r, err := s.addItem(sp, fromGo(fields).(*array), person(userID))
	if err != nil {
		return 0, err
	}
	return r.id, nil
}

// UpdateItem changes an item as a user does; stageId moves it.
func (s *Sim) UpdateItem(typeID, id int, fields map[string]any, userID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.smartProcess(typeID)
	if sp == nil || sp.byID[id] == nil {
		return fmt.Errorf("update item %d of type %d: %w", id, typeID, ErrNotFound)
	}
	return s.changeItem(sp, sp.byID[id], fromGo(fields).(*array), person(userID))
}

// DeleteItem deletes an item as a user does.
func (s *Sim) DeleteItem(typeID, id, userID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.smartProcess(typeID)
	if sp == nil || sp.byID[id] == nil {
		return fmt.Errorf("delete item %d of type %d: %w", id, typeID, ErrNotFound)
	}
	s.deleteObject(sp.table, sp.byID[id], person(userID))
	return nil
}

// Item returns an item.
func (s *Sim) Item(typeID, id int) (Item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.smartProcess(typeID)
	if sp == nil || sp.byID[id] == nil {
		return Item{}, false
	}
	r := sp.byID[id]
	return Item{
		ID: id, CategoryID: r.int("CATEGORY_ID"), ContactID: r.int("CONTACT_ID"), CompanyID: r.int("COMPANY_ID"),
		AssignedByID: r.int("ASSIGNED_BY_ID"), Title: r.text("TITLE"), StageID: r.text("STAGE_ID"), Moved: r.time("MOVED_TIME"),
	}, true
}

// addItem creates an item on the first stage, or on the stage asked for.
func (s *Sim) addItem(sp *smartProcess, fields *array, who actor) (*record, error) {
	values, err := s.readFields(sp.kind, fields, true, true)
	if err != nil {
		return nil, err
	}
	r := &record{values: values}
	now := s.stampNew(r, who)
	p := sp.pipeline(r.int("CATEGORY_ID"))
	st := p.stage(r.text("STAGE_ID"))
	if st == nil {
		st = p.stages[0]
	}
	if r.values["CURRENCY_ID"] == nil {
		r.values["CURRENCY_ID"] = s.text("RUB", "USD")
	}
	sp.put(r)
	if r.text("TITLE") == "" {
		r.values["TITLE"] = sp.title + " #" + strconv.Itoa(r.id)
	}
	s.stand(r, p, st, who, now)
	s.recordOf(sp.kind.typeID, historyCreated, r, now)
	s.fireObject(sp.kind, "ADD", r.id, who)
	s.runItemRobots(sp, r)
	return r, nil
}

// changeItem is crm.item.update: without a difference nothing is saved.
func (s *Sim) changeItem(sp *smartProcess, r *record, fields *array, who actor) error {
	values, err := s.readFields(sp.kind, fields, false, true)
	if err != nil {
		return err
	}
	p := sp.pipeline(r.int("CATEGORY_ID"))
	st := p.stage(r.text("STAGE_ID"))
	if code, ok := values["STAGE_ID"].(string); ok {
		if st = p.stage(code); st == nil {
			return badRequest("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value for field \"stageId\"")
		}
	}
	moved := st.code != r.text("STAGE_ID")
	if !moved && !differs(r, values) {
		return nil
	}
	delete(values, "STAGE_ID")
	delete(values, "CATEGORY_ID")
	maps.Copy(r.values, values)
	s.stampChange(r, who)
	if moved {
		now := s.now()
		s.stand(r, p, st, who, now)
		typ := historyMoved
		if st.semantics() != "P" {
			typ = historyFinal
		}
		s.recordOf(sp.kind.typeID, typ, r, now)
	}
	s.fireObject(sp.kind, "UPDATE", r.id, who)
	if moved {
		s.runItemRobots(sp, r)
	}
	return nil
}

// runItemRobots posts to the robots of the stage that an item has just entered.
func (s *Sim) runItemRobots(sp *smartProcess, r *record) {
	doc := list("crm", `Bitrix\Crm\Integration\BizProc\Document\Dynamic`, "DYNAMIC_"+strconv.Itoa(sp.kind.typeID)+"_"+strconv.Itoa(r.id))
	for _, b := range s.robots {
		if b.stageID == r.text("STAGE_ID") {
			s.runRobot(b, b.url, doc, r.id)
		}
	}
}

// typeList is crm.type.list: the smart processes of the portal.
func (c *call) typeList() (answer, error) {
	out := &array{}
	for i, sp := range c.sim.smart {
		out.push(row("id", i+1, "title", sp.title, "entityTypeId", sp.kind.typeID, "isCategoriesEnabled", "Y", "isStagesEnabled", "Y",
			"isClientEnabled", "Y", "isAutomationEnabled", "Y"))
	}
	return answer{result: row("types", out), listed: true, total: out.len()}, nil
}

// timelineType is the type of the object that a comment names by a word.
func (s *Sim) timelineType(name string) int {
	name = strings.ToLower(name)
	if id, ok := ownerNames[name]; ok {
		return id
	}
	if number, ok := strings.CutPrefix(name, "dynamic_"); ok {
		id, _ := toInt(number)
		return id
	}
	return 0
}

// ItemComments returns the comments of an item, oldest first.
func (s *Sim) ItemComments(typeID, id int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commentsOf(typeID, id)
}

// ItemActivities returns the to-dos of an item, oldest first.
func (s *Sim) ItemActivities(typeID, id int) []Activity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.activitiesOf(typeID, id)
}
