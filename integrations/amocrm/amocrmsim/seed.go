package amocrmsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The people and companies below are made up, and every address is at
// example.com, so that no letter of a sandbox can reach anybody.
var (
	seedRuFirst = []struct {
		name, latin string
		female      bool
	}{
		{"Иван", "ivan", false},
		{"Ольга", "olga", true},
		{"Пётр", "petr", false},
		{"Елена", "elena", true},
		{"Алексей", "aleksey", false},
		{"Наталья", "natalya", true},
		{"Сергей", "sergey", false},
		{"Татьяна", "tatyana", true},
		{"Дмитрий", "dmitry", false},
		{"Ирина", "irina", true},
		{"Павел", "pavel", false},
	}
	seedRuLast = [][2]string{
		{"Примеров", "primerov"},
		{"Образцов", "obraztsov"},
		{"Речнов", "rechnov"},
		{"Полевов", "polevov"},
		{"Снегов", "snegov"},
		{"Лугов", "lugov"},
		{"Берегов", "beregov"},
	}
	seedEnFirst = []string{"Oliver", "Emma", "James", "Sophie", "Henry", "Grace", "Arthur"}
	seedEnLast  = []string{"Sample", "Placeholder", "Fielding", "Rivers", "Marsh"}
	seedRuFirms = []string{
		"Ромашка", "Северный ветер", "Тёплый дом", "Синяя птица", "Мастерская света", "Речной порт", "Новый лист", "Кедр", "Парус", "Хлеб и соль",
		"Вершина", "Зелёный двор", "Меридиан",
	}
	seedEnFirms = []string{"Bluebird", "Harbour Lane", "Copper Kettle", "Northfield", "Willow & Co", "Paper Crane", "Stone Bridge"}
)

// seedLeads is how many leads a seeded account has.
const seedLeads = 72

// seedPlan says where the leads stand; it is walked through again and again.
var seedPlan = []struct {
	pipeline, status int64
	reason           int // index of the loss reason
}{
	{PipelineService, StatusServiceActive, 0},
	{PipelineService, StatusServiceActive, 0},
	{PipelineSales, StatusSalesContact, 0},
	{PipelineService, StatusServiceActive, 0},
	{PipelineService, StatusServiceRenew, 0},
	{PipelineSales, StatusSalesTalks, 0},
	{PipelineService, StatusServiceActive, 0},
	{PipelineService, StatusServiceStart, 0},
	{PipelineSales, StatusWon, 0},
	{PipelineService, StatusServiceActive, 0},
	{PipelineService, StatusServiceRisk, 0},
	{PipelineSales, StatusSalesDecision, 0},
	{PipelineService, StatusServiceActive, 0},
	{PipelineService, StatusServiceActive, 0},
	{PipelineSales, StatusLost, 0},
	{PipelineService, StatusServiceActive, 0},
	{PipelineService, StatusLost, 3},
	{PipelineService, StatusServiceActive, 0},
}

// seed fills the account with leads, contacts and companies.
func (s *Sim) seed() {
	now := s.now()
	reasons := s.reasons.order
	services := s.fieldByCode(kindLeads, "SERVICE_TYPE").enums
	billing := s.fieldByCode(kindLeads, "BILLING").enums
	for i := range seedLeads {
		at := now.Add(-time.Duration(seedLeads-i) * 9 * 24 * time.Hour).Truncate(time.Minute)
		manager := ManagerIDs()[i%3]
		if i%17 == 16 {
			manager = DismissedID
		}
		a := &act{by: manager, at: at.Unix()}
		english := i%4 == 3
		if s.cfg.Lang == "en" {
			english = i%4 != 3
		}
		company := s.seedCompany(a, i, english)
		contact := s.seedContact(a, i, english, company)
		number := fmt.Sprintf("%d/%02d", 10+i, at.Year()%100)
		name := fmt.Sprintf("Договор %s «%s»", number, seedRuFirms[i%len(seedRuFirms)])
		if english {
			name = "Contract " + number + " " + company.name
		}
		plan := seedPlan[i%len(seedPlan)]
		pipelineID, statusID := plan.pipeline, plan.status
		p := &patch{name: &name, pipelineID: &pipelineID, statusID: &statusID, responsibleID: &manager}
		price := int64(15_000 + 2_500*(i*7%23))
		p.price = &price
		if statusID == StatusLost {
			p.lossReasonID = &reasons[(plan.reason+i)%len(reasons)]
		}
		p.links = []link{{kind: kindContacts, id: contact.id, main: true}, {kind: kindCompanies, id: company.id}}
		if pipelineID == PipelineService {
			notice := []string{"30", "14", "60"}[i%3]
			s.seedValue(p, kindLeads, "CONTRACT_NUMBER", cfValue{value: number})
			s.seedValue(p, kindLeads, "CONTRACT_DATE", cfValue{value: at.Unix()})
			s.seedValue(p, kindLeads, "NOTICE_DAYS", cfValue{value: notice})
			s.seedValue(p, kindLeads, "HANDOVER_DAYS", cfValue{value: "10"})
			s.seedValue(p, kindLeads, "SERVICE_TYPE", cfValue{value: services[i%len(services)].value, enumID: services[i%len(services)].id})
			s.seedValue(p, kindLeads, "BILLING", cfValue{value: billing[i%2].value, enumID: billing[i%2].id})
			s.seedValue(p, kindLeads, "AUTO_RENEWAL", cfValue{value: i%2 == 0})
		}
		if i%9 == 0 {
			p.tagsToAdd = []tagRef{{name: "VIP"}}
		}
		lead := s.create(a, kindLeads, p)
		s.tie(contact, company, false)
		if i%6 == 1 {
			s.putNote(a, lead, "common", map[string]any{"text": s.pick("Созвонились, обсудили условия. Всё устраивает.", "Had a call about the terms. All is well.")})
		}
		if i%8 == 2 {
			text, kind, till := s.pick("Позвонить и узнать, как дела", "Call and ask how things are going"), kindLeads, now.AddDate(0, 0, 1+i%5).Unix()
			s.createTask(a, taskPatch{text: &text, kind: &kind, entityID: &lead.id, completeTill: &till, responsibleID: &manager})
		}
	}
	s.seedUnsorted(now)
	s.seedCustomers(now)
	slices.SortStableFunc(s.events, func(a, b *event) int { return cmp.Compare(a.createdAt, b.createdAt) })
}

func (s *Sim) seedValue(p *patch, kind, code string, values ...cfValue) {
	p.values = append(p.values, fieldChange{field: s.fieldByCode(kind, code), values: values})
}

func (s *Sim) seedCompany(a *act, i int, english bool) *entity {
	name := []string{"ООО", "АО"}[i%2] + " «" + seedRuFirms[i%len(seedRuFirms)] + "»"
	if english {
		name = seedEnFirms[i%len(seedEnFirms)] + " Ltd"
	}
	responsible := a.by
	p := &patch{name: &name, responsibleID: &responsible}
	s.seedMulti(p, kindCompanies, "EMAIL", fmt.Sprintf("office%02d@example.com", i+1), "WORK")
	return s.create(a, kindCompanies, p)
}

func (s *Sim) seedContact(a *act, i int, english bool, company *entity) *entity {
	var first, last, mail string
	if english {
		first, last = seedEnFirst[i%len(seedEnFirst)], seedEnLast[i%len(seedEnLast)]
		mail = strings.ToLower(first + "." + last)
	} else {
		f, l := seedRuFirst[i%len(seedRuFirst)], seedRuLast[i%len(seedRuLast)]
		first, last = f.name, l[0]
		mail = f.latin + "." + l[1]
		if f.female {
			last += "а"
			mail += "a"
		}
	}
	name, responsible := first+" "+last, a.by
	p := &patch{name: &name, responsibleID: &responsible, links: []link{{kind: kindCompanies, id: company.id}}}
	if i%6 != 5 { // some cards have the name in one field only
		p.firstName, p.lastName = &first, &last
	}
	if i%23 != 22 { // a few have no address at all
		if i%11 == 10 {
			s.seedMulti(p, kindContacts, "EMAIL", fmt.Sprintf("%s.home%02d@example.com", mail, i+1), "PRIV")
		}
		s.seedMulti(p, kindContacts, "EMAIL", fmt.Sprintf("%s%02d@example.com", mail, i+1), "WORK")
	}
	s.seedMulti(p, kindContacts, "PHONE", fmt.Sprintf("+7000%07d", 1_000_000+i*137), "WORK")
	language := s.fieldByCode(kindContacts, "LANGUAGE").enums[0]
	if english {
		language = s.fieldByCode(kindContacts, "LANGUAGE").enums[1]
	}
	s.seedValue(p, kindContacts, "LANGUAGE", cfValue{value: language.value, enumID: language.id})
	s.seedValue(p, kindContacts, "POSITION", cfValue{value: s.pick("Директор", "Director")})
	return s.create(a, kindContacts, p)
}

// seedMulti adds a phone or an address of the given kind to a patch.
func (s *Sim) seedMulti(p *patch, kind, code, text, label string) {
	f := s.fieldByCode(kind, code)
	v := cfValue{value: text}
	for _, e := range f.enums {
		if e.value == label {
			v.enumID, v.enumCode = e.id, e.value
		}
	}
	for i := range p.values {
		if p.values[i].field == f {
			p.values[i].values = append(p.values[i].values, v)
			return
		}
	}
	p.values = append(p.values, fieldChange{field: f, values: []cfValue{v}})
}

func (s *Sim) seedUnsorted(now time.Time) {
	for i, category := range []string{"forms", "sip", "mail"} {
		a := &act{at: now.Add(-time.Duration(i+1) * time.Hour).Unix()}
		name := fmt.Sprintf(s.pick("Заявка с сайта №%d", "Website request %d"), i+1)
		pipelineID, statusID := PipelineSales, statusSalesUnsorted
		lead := s.create(a, kindLeads, &patch{name: &name, pipelineID: &pipelineID, statusID: &statusID})
		u := &unsorted{
			uid: strings.ReplaceAll(newUUID()+newUUID(), "-", "")[:60], category: category, sourceName: s.pick("Сайт", "Website"),
			pipelineID: PipelineSales, createdAt: a.at, leadID: lead.id, metadata: map[string]any{"form_name": s.pick("Обратный звонок", "Call me back")},
		}
		if category == "sip" {
			// The vendor mixes types here: the phone is a number, the duration text.
			u.metadata = map[string]any{"from": "70000000001", "phone": json.Number("70000000001"), "called_at": a.at, "duration": "0", "link": nil, "service_code": "sandbox"}
		}
		s.unsorted = append(s.unsorted, u)
	}
}

func (s *Sim) seedCustomers(now time.Time) {
	for i := range 3 {
		a := &act{by: ManagerIDs()[i], at: now.AddDate(0, -2, i).Unix()}
		name := fmt.Sprintf(s.pick("Покупатель %d", "Customer %d"), i+1)
		next, price, period := now.AddDate(0, 1, i).Unix(), int64(12_000), int64(30)
		s.create(a, kindCustomers, &patch{name: &name, nextDate: &next, nextPrice: &price, periodicity: &period})
	}
}
