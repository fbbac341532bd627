package bitrix24sim

import (
	"strings"
	"time"
)

// Types of CRM objects, as entityTypeId names them.
const (
	typeLead    = 1
	typeDeal    = 2
	typeContact = 3
	typeCompany = 4
)

// field describes one field of a CRM object. A stored value is nil, a string,
// an int, a float64, a time.Time, or a []any of these for a multiple field.
type field struct {
	name  string // as crm.deal.* calls it
	item  string // as crm.item.* calls it
	typ   string // as crm.deal.fields prints it
	title string

	readOnly  bool
	immutable bool
	managed   bool       // described as writable, yet follows the stage
	status    string     // reference of a crm_status field
	parent    int        // type of the object that a link leads to, where a portal says so
	old       bool       // deprecated
	empty     any        // what crm.item.* prints when nothing is set
	user      *userField // a custom field
}

// kind is a sort of CRM object: its name, fields and number.
type kind struct {
	typeID int
	name   string // DEAL, as in events, documents and custom fields
	fields []*field
	byName map[string]*field
	byItem map[string]*field

	userFields []*userField
}

// record is one CRM object.
type record struct {
	id     int
	values map[string]any

	contacts []contactLink // deals only
	multi    []multiValue  // contacts and companies only
}

// contactLink ties a contact to a deal.
type contactLink struct {
	contactID int
	sort      int
	roleID    int
	primary   bool
}

// multiValue is one phone, address or other multifield of a contact or company.
type multiValue struct {
	id        int
	typeID    string // EMAIL, PHONE, WEB, IM
	valueType string // WORK, HOME, MAILING, …
	value     string
}

// multiTypes are the multifields in the order in which a portal prints them.
var multiTypes = [...]string{"PHONE", "EMAIL", "WEB", "IM"}

func newKind(typeID int, name string, fields []*field) *kind {
	k := &kind{
		typeID: typeID, name: name, fields: fields,
		byName: make(map[string]*field), byItem: make(map[string]*field),
	}
	for _, f := range fields {
		if f.item == "" {
			f.item = itemName(f.name)
		}
		k.byName[f.name], k.byItem[f.item] = f, f
	}
	return k
}

// fieldOf finds a field by the name of either API, whatever its case.
func (k *kind) fieldOf(name string) *field {
	if f := k.byName[name]; f != nil {
		return f
	}
	if f := k.byItem[name]; f != nil {
		return f
	}
	if f := k.byName[strings.ToUpper(name)]; f != nil {
		return f
	}
	// crm.item.* also takes its own names in capitals: CREATED_TIME.
	return k.byItem[itemName(strings.ToUpper(name))]
}

// itemName turns STAGE_ID into stageId. A number keeps its underscore only when
// it ends the name: UF_CRM_2_163 is ufCrm2_163.
func itemName(name string) string {
	parts := strings.Split(strings.ToLower(name), "_")
	var b strings.Builder
	for i, p := range parts {
		switch {
		case p == "":
		case i == 0:
			b.WriteString(p)
		case p[0] >= '0' && p[0] <= '9':
			if i == len(parts)-1 {
				b.WriteByte('_')
			}
			b.WriteString(p)
		default:
			b.WriteString(strings.ToUpper(p[:1]) + p[1:])
		}
	}
	return b.String()
}

// dealKind describes deals in the order in which crm.deal.get prints them.
func dealKind(ru bool) *kind {
	t := titles(ru)
	return newKind(typeDeal, "DEAL", []*field{
		{name: "ID", typ: "integer", title: "ID", readOnly: true},
		{name: "TITLE", typ: "string", title: t("Название", "Title")},
		{name: "TYPE_ID", typ: "crm_status", title: t("Тип", "Type"), status: "DEAL_TYPE"},
		{name: "STAGE_ID", typ: "crm_status", title: t("Стадия сделки", "Deal stage"), status: "DEAL_STAGE"},
		{name: "PROBABILITY", typ: "integer", title: t("Вероятность", "Probability")},
		{name: "CURRENCY_ID", typ: "crm_currency", title: t("Валюта", "Currency")},
		{name: "OPPORTUNITY", typ: "double", title: t("Сумма", "Amount"), empty: 0},
		{name: "IS_MANUAL_OPPORTUNITY", typ: "char", title: "IS_MANUAL_OPPORTUNITY"},
		{name: "TAX_VALUE", typ: "double", title: t("Ставка налога", "Tax rate"), empty: 0},
		{name: "LEAD_ID", typ: "crm_lead", title: t("Лид", "Lead"), readOnly: true, parent: 1},
		{name: "COMPANY_ID", typ: "crm_company", title: t("Компания", "Company"), empty: 0, parent: typeCompany},
		{name: "CONTACT_ID", typ: "crm_contact", title: t("Контакт", "Contact"), empty: 0, old: true},
		{name: "QUOTE_ID", typ: "crm_quote", title: t("Предложение", "Quote"), readOnly: true, parent: 7},
		{name: "BEGINDATE", typ: "date", title: t("Дата начала", "Start date")},
		{name: "CLOSEDATE", typ: "date", title: t("Дата завершения", "End date")},
		{name: "ASSIGNED_BY_ID", typ: "user", title: t("Ответственный", "Responsible")},
		{name: "CREATED_BY_ID", item: "createdBy", typ: "user", title: t("Кем создана", "Created by"), readOnly: true},
		{name: "MODIFY_BY_ID", item: "updatedBy", typ: "user", title: t("Кем изменена", "Modified by"), readOnly: true},
		{name: "DATE_CREATE", item: "createdTime", typ: "datetime", title: t("Дата создания", "Created on"), readOnly: true},
		{name: "DATE_MODIFY", item: "updatedTime", typ: "datetime", title: t("Дата изменения", "Modified on"), readOnly: true},
		{name: "OPENED", typ: "char", title: t("Доступна для всех", "Available to everyone")},
		{name: "CLOSED", typ: "char", title: t("Закрыта", "Closed"), managed: true},
		{name: "COMMENTS", typ: "string", title: t("Комментарий", "Comment"), empty: ""},
		{name: "ADDITIONAL_INFO", typ: "string", title: t("Дополнительная информация", "Additional information")},
		{name: "LOCATION_ID", typ: "location", title: t("Местоположение", "Location")},
		{name: "CATEGORY_ID", typ: "crm_category", title: t("Воронка", "Pipeline"), immutable: true},
		{name: "STAGE_SEMANTIC_ID", typ: "string", title: t("Группа стадии", "Stage group"), readOnly: true},
		{name: "IS_NEW", typ: "char", title: t("Новая сделка", "New deal"), readOnly: true},
		{name: "IS_RECURRING", typ: "char", title: t("Регулярная сделка", "Recurring deal")},
		{name: "IS_RETURN_CUSTOMER", typ: "char", title: t("Повторная сделка", "Repeat deal")},
		{name: "IS_REPEATED_APPROACH", typ: "char", title: t("Повторное обращение", "Repeated approach")},
		{name: "SOURCE_ID", typ: "crm_status", title: t("Источник", "Source"), status: "SOURCE", empty: ""},
		{name: "SOURCE_DESCRIPTION", typ: "string", title: t("Об источнике", "About the source"), empty: ""},
		{name: "ORIGINATOR_ID", typ: "string", title: t("Внешний источник", "External source")},
		{name: "ORIGIN_ID", typ: "string", title: t("Идентификатор во внешнем источнике", "Id in the external source")},
		{name: "MOVED_BY_ID", item: "movedBy", typ: "user", title: "MOVED_BY_ID", readOnly: true},
		{name: "MOVED_TIME", typ: "datetime", title: "MOVED_TIME", readOnly: true},
		{name: "LAST_ACTIVITY_TIME", typ: "datetime", title: "LAST_ACTIVITY_TIME", readOnly: true},
		{name: "UTM_SOURCE", typ: "string", title: "UTM source"},
		{name: "UTM_MEDIUM", typ: "string", title: "UTM medium"},
		{name: "UTM_CAMPAIGN", typ: "string", title: "UTM campaign"},
		{name: "UTM_CONTENT", typ: "string", title: "UTM content"},
		{name: "UTM_TERM", typ: "string", title: "UTM term"},
		{name: "LAST_ACTIVITY_BY", typ: "user", title: "LAST_ACTIVITY_BY", readOnly: true},
	})
}

// contactKind describes contacts in the order of crm.contact.get.
func contactKind(ru bool) *kind {
	t := titles(ru)
	return newKind(typeContact, "CONTACT", append(append([]*field{
		{name: "ID", typ: "integer", title: "ID", readOnly: true},
		{name: "POST", typ: "string", title: t("Должность", "Position")},
		{name: "COMMENTS", typ: "string", title: t("Комментарий", "Comment"), empty: ""},
		{name: "HONORIFIC", typ: "crm_status", title: t("Обращение", "Salutation"), status: "HONORIFIC"},
		{name: "NAME", typ: "string", title: t("Имя", "First name")},
		{name: "SECOND_NAME", typ: "string", title: t("Отчество", "Second name")},
		{name: "LAST_NAME", typ: "string", title: t("Фамилия", "Last name")},
		{name: "PHOTO", typ: "string", title: t("Фотография", "Photo")},
		{name: "LEAD_ID", typ: "crm_lead", title: t("Лид", "Lead"), readOnly: true},
		{name: "TYPE_ID", typ: "crm_status", title: t("Тип контакта", "Contact type"), status: "CONTACT_TYPE"},
		{name: "SOURCE_ID", typ: "crm_status", title: t("Источник", "Source"), status: "SOURCE"},
		{name: "SOURCE_DESCRIPTION", typ: "string", title: t("Об источнике", "About the source")},
		{name: "COMPANY_ID", typ: "crm_company", title: t("Компания", "Company"), empty: 0},
		{name: "BIRTHDATE", typ: "date", title: t("Дата рождения", "Birth date")},
		{name: "EXPORT", typ: "char", title: t("Участвует в экспорте", "Included in export")},
		{name: "HAS_PHONE", typ: "char", title: t("Задан телефон", "Has phone"), readOnly: true},
		{name: "HAS_EMAIL", typ: "char", title: t("Задан e-mail", "Has e-mail"), readOnly: true},
		{name: "HAS_IMOL", typ: "char", title: t("Задана открытая линия", "Has open channel"), readOnly: true},
		{name: "DATE_CREATE", item: "createdTime", typ: "datetime", title: t("Дата создания", "Created on"), readOnly: true},
		{name: "DATE_MODIFY", item: "updatedTime", typ: "datetime", title: t("Дата изменения", "Modified on"), readOnly: true},
		{name: "ASSIGNED_BY_ID", typ: "user", title: t("Ответственный", "Responsible")},
		{name: "CREATED_BY_ID", item: "createdBy", typ: "user", title: t("Кем создан", "Created by"), readOnly: true},
		{name: "MODIFY_BY_ID", item: "updatedBy", typ: "user", title: t("Кем изменён", "Modified by"), readOnly: true},
		{name: "OPENED", typ: "char", title: t("Доступен для всех", "Available to everyone")},
		{name: "ORIGINATOR_ID", typ: "string", title: t("Внешний источник", "External source")},
		{name: "ORIGIN_ID", typ: "string", title: t("Идентификатор во внешнем источнике", "Id in the external source")},
		{name: "ORIGIN_VERSION", typ: "string", title: t("Версия оригинала", "Version of the original")},
		{name: "FACE_ID", typ: "integer", title: "FACE_ID"},
		{name: "LAST_ACTIVITY_TIME", typ: "datetime", title: "LAST_ACTIVITY_TIME", readOnly: true},
	}, textFields("ADDRESS", "ADDRESS_2", "ADDRESS_CITY", "ADDRESS_POSTAL_CODE", "ADDRESS_REGION", "ADDRESS_PROVINCE",
		"ADDRESS_COUNTRY", "ADDRESS_LOC_ADDR_ID", "UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")...),
		&field{name: "LAST_ACTIVITY_BY", typ: "user", title: "LAST_ACTIVITY_BY", readOnly: true}))
}

// companyKind describes companies in the order of crm.company.get.
func companyKind(ru bool) *kind {
	t := titles(ru)
	return newKind(typeCompany, "COMPANY", append(append([]*field{
		{name: "ID", typ: "integer", title: "ID", readOnly: true},
		{name: "COMPANY_TYPE", typ: "crm_status", title: t("Тип компании", "Company type"), status: "COMPANY_TYPE"},
		{name: "TITLE", typ: "string", title: t("Название компании", "Company name")},
		{name: "LOGO", typ: "string", title: t("Логотип", "Logo")},
		{name: "LEAD_ID", typ: "crm_lead", title: t("Лид", "Lead"), readOnly: true},
		{name: "HAS_PHONE", typ: "char", title: t("Задан телефон", "Has phone"), readOnly: true},
		{name: "HAS_EMAIL", typ: "char", title: t("Задан e-mail", "Has e-mail"), readOnly: true},
		{name: "HAS_IMOL", typ: "char", title: t("Задана открытая линия", "Has open channel"), readOnly: true},
		{name: "ASSIGNED_BY_ID", typ: "user", title: t("Ответственный", "Responsible")},
		{name: "CREATED_BY_ID", item: "createdBy", typ: "user", title: t("Кем создана", "Created by"), readOnly: true},
		{name: "MODIFY_BY_ID", item: "updatedBy", typ: "user", title: t("Кем изменена", "Modified by"), readOnly: true},
		{name: "BANKING_DETAILS", typ: "string", title: t("Банковские реквизиты", "Bank details")},
		{name: "INDUSTRY", typ: "crm_status", title: t("Сфера деятельности", "Industry"), status: "INDUSTRY"},
		{name: "REVENUE", typ: "number", title: t("Годовой оборот", "Annual revenue"), empty: 0},
		{name: "CURRENCY_ID", typ: "crm_currency", title: t("Валюта", "Currency")},
		{name: "EMPLOYEES", typ: "crm_status", title: t("Количество сотрудников", "Employees"), status: "EMPLOYEES"},
		{name: "COMMENTS", typ: "string", title: t("Комментарий", "Comment"), empty: ""},
		{name: "DATE_CREATE", item: "createdTime", typ: "datetime", title: t("Дата создания", "Created on"), readOnly: true},
		{name: "DATE_MODIFY", item: "updatedTime", typ: "datetime", title: t("Дата изменения", "Modified on"), readOnly: true},
		{name: "OPENED", typ: "char", title: t("Доступна для всех", "Available to everyone")},
		{name: "IS_MY_COMPANY", typ: "char", title: t("Моя компания", "My company")},
		{name: "ORIGINATOR_ID", typ: "string", title: t("Внешний источник", "External source")},
		{name: "ORIGIN_ID", typ: "string", title: t("Идентификатор во внешнем источнике", "Id in the external source")},
		{name: "ORIGIN_VERSION", typ: "string", title: t("Версия оригинала", "Version of the original")},
	}, textFields("ADDRESS", "ADDRESS_2", "ADDRESS_CITY", "ADDRESS_POSTAL_CODE", "ADDRESS_REGION", "ADDRESS_PROVINCE",
		"ADDRESS_COUNTRY", "ADDRESS_COUNTRY_CODE", "ADDRESS_LOC_ADDR_ID", "ADDRESS_LEGAL", "REG_ADDRESS", "REG_ADDRESS_2",
		"REG_ADDRESS_CITY", "REG_ADDRESS_POSTAL_CODE", "REG_ADDRESS_REGION", "REG_ADDRESS_PROVINCE", "REG_ADDRESS_COUNTRY",
		"REG_ADDRESS_COUNTRY_CODE", "REG_ADDRESS_LOC_ADDR_ID", "UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")...),
		&field{name: "LAST_ACTIVITY_BY", typ: "user", title: "LAST_ACTIVITY_BY", readOnly: true},
		&field{name: "LAST_ACTIVITY_TIME", typ: "datetime", title: "LAST_ACTIVITY_TIME", readOnly: true},
		&field{name: "LAST_COMMUNICATION_TIME", typ: "string", title: "LAST_COMMUNICATION_TIME", readOnly: true}))
}

func textFields(names ...string) []*field {
	out := make([]*field, len(names))
	for i, n := range names {
		out[i] = &field{name: n, typ: "string", title: n}
	}
	return out
}

// titles picks the language of the portal.
func titles(ru bool) func(ru, en string) string {
	return func(r, e string) string {
		if ru {
			return r
		}
		return e
	}
}

// describe is a field as crm.deal.fields and crm.item.fields print it.
func (f *field) describe() *array {
	multiple := f.user != nil && f.user.multiple
	d := row("type", f.typ, "isRequired", f.user != nil && f.user.mandatory, "isReadOnly", f.readOnly,
		"isImmutable", f.immutable, "isMultiple", multiple, "isDynamic", f.user != nil)
	if f.status != "" {
		d.set("statusType", f.status)
	}
	if f.old {
		d.set("isDeprecated", true)
	}
	if f.user == nil {
		d.set("title", f.title)
		if f.parent != 0 {
			d.set("settings", row("parentEntityTypeId", f.parent))
		}
		return d
	}
	if f.user.typ == "enumeration" {
		items := &array{}
		for _, o := range f.user.options {
			items.push(row("ID", toString(o.id), "VALUE", o.value))
		}
		d.set("items", items)
	}
	d.set("title", f.name)
	d.set("listLabel", f.user.label("LIST_COLUMN_LABEL"))
	d.set("formLabel", f.user.label("EDIT_FORM_LABEL"))
	d.set("filterLabel", f.user.label("LIST_FILTER_LABEL"))
	return d
}

func (r *record) text(name string) string {
	s, _ := r.values[name].(string)
	return s
}

func (r *record) int(name string) int {
	n, _ := r.values[name].(int)
	return n
}

func (r *record) time(name string) time.Time {
	t, _ := r.values[name].(time.Time)
	return t
}
