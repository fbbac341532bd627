package bitrix24sim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// seedLeads is how many leads the sample data holds.
const seedLeads = 3

// leadStage is a stage of leads: they have one line and no pipelines (reference §6).
type leadStage struct{ code, ru, en, group string }

var leadStages = []leadStage{
	{"NEW", "Не обработан", "Unassigned", "process"},
	{"IN_PROCESS", "В работе", "In progress", "process"},
	{"PROCESSED", "Обработан", "Processed", "process"},
	{"CONVERTED", "Качественный лид", "Good lead", "success"},
	{"JUNK", "Некачественный лид", "Junk lead", "failure"},
}

func leadStageOf(code string) (leadStage, bool) {
	i := slices.IndexFunc(leadStages, func(st leadStage) bool { return st.code == code })
	if i < 0 {
		return leadStage{}, false
	}
	return leadStages[i], true
}

func (st leadStage) semantics() string { return (&stage{group: st.group}).semantics() }

// leadKind describes leads; crm.item.* calls their status a stage.
func leadKind(ru bool) *kind {
	t := titles(ru)
	return newKind(typeLead, "LEAD", append(append([]*field{
		{name: "ID", typ: "integer", title: "ID", readOnly: true},
		{name: "TITLE", typ: "string", title: t("Название лида", "Lead name")},
		{name: "HONORIFIC", typ: "crm_status", title: t("Обращение", "Salutation"), status: "HONORIFIC"},
		{name: "NAME", typ: "string", title: t("Имя", "First name")},
		{name: "SECOND_NAME", typ: "string", title: t("Отчество", "Second name")},
		{name: "LAST_NAME", typ: "string", title: t("Фамилия", "Last name")},
		{name: "COMPANY_TITLE", typ: "string", title: t("Название компании", "Company name")},
		{name: "COMPANY_ID", typ: "crm_company", title: t("Компания", "Company"), empty: 0, parent: typeCompany},
		{name: "CONTACT_ID", typ: "crm_contact", title: t("Контакт", "Contact"), empty: 0},
		{name: "IS_RETURN_CUSTOMER", typ: "char", title: t("Повторный лид", "Repeat lead"), readOnly: true},
		{name: "BIRTHDATE", typ: "date", title: t("Дата рождения", "Birth date")},
		{name: "SOURCE_ID", typ: "crm_status", title: t("Источник", "Source"), status: "SOURCE"},
		{name: "SOURCE_DESCRIPTION", typ: "string", title: t("Об источнике", "About the source")},
		{name: "STATUS_ID", item: "stageId", typ: "crm_status", title: t("Стадия", "Stage"), status: "STATUS"},
		{name: "STATUS_SEMANTIC_ID", item: "stageSemanticId", typ: "string", title: t("Группа стадии", "Stage group"), readOnly: true},
		{name: "STATUS_DESCRIPTION", typ: "string", title: t("О стадии", "About the stage")},
		{name: "POST", typ: "string", title: t("Должность", "Position")},
		{name: "COMMENTS", typ: "string", title: t("Комментарий", "Comment")},
		{name: "CURRENCY_ID", typ: "crm_currency", title: t("Валюта", "Currency")},
		{name: "OPPORTUNITY", typ: "double", title: t("Сумма", "Amount"), empty: 0},
		{name: "IS_MANUAL_OPPORTUNITY", typ: "char", title: "IS_MANUAL_OPPORTUNITY"},
		{name: "HAS_PHONE", typ: "char", title: t("Задан телефон", "Has phone"), readOnly: true},
		{name: "HAS_EMAIL", typ: "char", title: t("Задан e-mail", "Has e-mail"), readOnly: true},
		{name: "HAS_IMOL", typ: "char", title: t("Задана открытая линия", "Has open channel"), readOnly: true},
		{name: "ASSIGNED_BY_ID", typ: "user", title: t("Ответственный", "Responsible")},
		{name: "CREATED_BY_ID", item: "createdBy", typ: "user", title: t("Кем создан", "Created by"), readOnly: true},
		{name: "MODIFY_BY_ID", item: "updatedBy", typ: "user", title: t("Кем изменён", "Modified by"), readOnly: true},
		{name: "DATE_CREATE", item: "createdTime", typ: "datetime", title: t("Дата создания", "Created on"), readOnly: true},
		{name: "DATE_MODIFY", item: "updatedTime", typ: "datetime", title: t("Дата изменения", "Modified on"), readOnly: true},
		{name: "DATE_CLOSED", typ: "datetime", title: t("Дата завершения", "Closed on"), readOnly: true},
		{name: "OPENED", typ: "char", title: t("Доступен для всех", "Available to everyone")},
		{name: "ORIGINATOR_ID", typ: "string", title: t("Внешний источник", "External source")},
		{name: "ORIGIN_ID", typ: "string", title: t("Идентификатор во внешнем источнике", "Id in the external source")},
		{name: "MOVED_BY_ID", item: "movedBy", typ: "user", title: "MOVED_BY_ID", readOnly: true},
		{name: "MOVED_TIME", typ: "datetime", title: "MOVED_TIME", readOnly: true},
	}, textFields("ADDRESS", "ADDRESS_2", "ADDRESS_CITY", "ADDRESS_POSTAL_CODE", "ADDRESS_REGION", "ADDRESS_PROVINCE",
		"ADDRESS_COUNTRY", "UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")...),
		&field{name: "LAST_ACTIVITY_BY", typ: "user", title: "LAST_ACTIVITY_BY", readOnly: true},
		&field{name: "LAST_ACTIVITY_TIME", typ: "datetime", title: "LAST_ACTIVITY_TIME", readOnly: true}))
}

// settleLead makes a lead follow its stage; a stage that is none leaves it where it was.
func (s *Sim) settleLead(r *record, before string, who actor) {
	st, ok := leadStageOf(r.text("STATUS_ID"))
	if !ok {
		st, _ = leadStageOf(cmp.Or(before, leadStages[0].code))
	}
	r.values["STATUS_ID"], r.values["STATUS_SEMANTIC_ID"] = st.code, st.semantics()
	r.values["TITLE"] = cmp.Or(r.text("TITLE"), s.text("Лид №", "Lead #")+strconv.Itoa(max(r.id, s.leads.last+1)))
	if st.code == before {
		return
	}
	r.values["MOVED_BY_ID"], r.values["MOVED_TIME"] = who.userID, s.now()
	r.values["DATE_CLOSED"] = nil
	if st.semantics() != "P" {
		r.values["DATE_CLOSED"] = s.now()
	}
}

// leadStatusRows are the stages of leads as crm.status.list prints them.
func (s *Sim) leadStatusRows() []*array {
	out := make([]*array, 0, len(leadStages))
	for i, st := range leadStages {
		var semantics any
		if g := st.semantics(); g != "P" {
			semantics = g
		}
		name := s.text(st.ru, st.en)
		out = append(out, row("ID", strconv.Itoa(2*i+1), "ENTITY_ID", "STATUS", "STATUS_ID", st.code, "NAME", name,
			"NAME_INIT", name, "SORT", strconv.Itoa(10*(i+1)), "SYSTEM", "Y", "CATEGORY_ID", nil, "COLOR", nil, "SEMANTICS", semantics,
			"EXTRA", row("SEMANTICS", st.group, "COLOR", nil)))
	}
	return out
}

// seedSomeLeads adds leads to the sample data; none of them is a client.
func (s *Sim) seedSomeLeads(born time.Time) {
	live := s.now
	defer func() { s.now = live }()
	s.now = func() time.Time { return born }
	for i := range seedLeads {
		_, _ = s.addPerson(s.leads, row("TITLE", fmt.Sprintf(s.text("Заявка с сайта № %d", "Request from the site, no. %d"), i+1), "STATUS_ID", leadStages[i].code,
			"SOURCE_ID", "WEB", "ASSIGNED_BY_ID", seedManager, "EMAIL", list(row("VALUE", fmt.Sprintf("lead%d@example.test", i+1), "VALUE_TYPE", "WORK"))), person(seedManager))
	}
}
