package amocrmsim

// Ids of what every simulated account has, so that guides and tests can name
// them.
const (
	adminID int64 = 9_350_001

	PipelineSales   int64 = 7_100_001
	PipelineService int64 = 7_100_003

	StatusSalesContact  int64 = 61_000_012
	StatusSalesTalks    int64 = 61_000_014
	StatusSalesDecision int64 = 61_000_016

	StatusServiceStart  int64 = 61_000_032
	StatusServiceActive int64 = 61_000_034
	StatusServiceRenew  int64 = 61_000_036
	StatusServiceRisk   int64 = 61_000_038

	statusSalesUnsorted   int64 = 61_000_010
	statusServiceUnsorted int64 = 61_000_030
)

// AdminID is the user to whom the tokens belong, ManagerIDs are the others that
// still work here; DismissedID has left.
const (
	AdminID     = adminID
	DismissedID = int64(9_350_009)
)

// ManagerIDs returns the users who look after clients.
func ManagerIDs() []int64 { return []int64{9_350_003, 9_350_005, 9_350_007} }

// pick chooses by the account's language.
func (s *Sim) pick(ru, en string) string {
	if s.cfg.Lang == "en" {
		return en
	}
	return ru
}

// furnish sets up what an account has before its first client: users,
// pipelines, predefined fields, loss reasons.
func (s *Sim) furnish() {
	s.accountAt = s.now().AddDate(-3, 0, 0).Unix()
	for _, u := range []*user{
		{id: adminID, name: s.pick("Анна Соколова", "Anna Sokolova"), email: "anna.sokolova@example.com", lang: s.cfg.Lang, admin: true, active: true},
		{id: 9_350_003, name: s.pick("Игорь Лебедев", "Igor Lebedev"), email: "igor.lebedev@example.com", lang: "ru", active: true, roleID: roleID},
		{id: 9_350_005, name: s.pick("Мария Орлова", "Maria Orlova"), email: "maria.orlova@example.com", lang: "ru", active: true, roleID: roleID},
		{id: 9_350_007, name: "Thomas Baker", email: "thomas.baker@example.com", lang: "en", active: true, roleID: roleID},
		{id: DismissedID, name: "Emily Carter", email: "emily.carter@example.com", lang: "en", roleID: roleID},
	} {
		u.uuid, u.amojoID = newUUID(), newUUID()
		s.users.add(u.id, u)
	}

	stage := func(id int64, name string, sort int64, color string) *status {
		return &status{id: id, name: name, sort: sort, color: color, editable: true}
	}
	closing := func() []*status {
		return []*status{
			{id: StatusWon, name: s.text.won, sort: 10000, color: "#CCFF66"},
			{id: StatusLost, name: s.text.lost, sort: 11000, color: "#D5D8DB"},
		}
	}
	incoming := func(id int64) *status {
		return &status{id: id, name: s.text.unsorted, sort: 10, color: "#c1c1c1", kind: 1}
	}
	s.pipes = []*pipeline{
		{
			id: PipelineSales, name: s.pick("Продажи", "Sales"), sort: 1, main: true, unsorted: true,
			statuses: append([]*status{
				incoming(statusSalesUnsorted),
				stage(StatusSalesContact, s.pick("Первичный контакт", "Initial contact"), 20, "#99ccff"),
				stage(StatusSalesTalks, s.pick("Переговоры", "Discussions"), 30, "#ffff99"),
				stage(StatusSalesDecision, s.pick("Принимают решение", "Decision making"), 40, "#ffcc66"),
			}, closing()...),
		},
		{
			id: PipelineService, name: s.pick("Обслуживание", "Service"), sort: 2,
			statuses: append([]*status{
				incoming(statusServiceUnsorted),
				stage(StatusServiceStart, s.pick("Подключение", "Onboarding"), 20, "#99ccff"),
				stage(StatusServiceActive, s.pick("На обслуживании", "Active client"), 30, "#ccffcc"),
				stage(StatusServiceRenew, s.pick("Продление договора", "Renewal"), 40, "#ffff99"),
				stage(StatusServiceRisk, s.pick("Есть претензии", "Complaint"), 50, "#ff8f92"),
			}, closing()...),
		},
	}
	for _, p := range s.pipes {
		sortStatuses(p)
	}

	for i, name := range [][2]string{
		{"Слишком дорого", "Too expensive"},
		{"Пропала потребность", "No longer needed"},
		{"Выбрали другого исполнителя", "Chose another provider"},
		{"Не устроило качество", "Not happy with the quality"},
		{"Компания закрывается", "The business is closing"},
		{"Перевели в штат", "Took the work in-house"},
		{"Не отвечают", "No response"},
	} {
		r := &lossReason{id: 4_203_741 + int64(i)*2, name: s.pick(name[0], name[1]), sort: int64(i+1) * 10000, createdAt: s.accountAt, updatedAt: s.accountAt}
		s.reasons.add(r.id, r)
	}
	s.furnishFields()
}

func (s *Sim) furnishFields() {
	id := int64(771_900)
	enumID := int64(552_470)
	add := func(kind, code, ru, en, typ string, predefined bool, choices ...[2]string) {
		id += 2
		f := &customField{id: id, kind: kind, name: s.pick(ru, en), typ: typ, code: code, sort: 500 + int64(len(s.fields[kind].order))*2, predefined: predefined}
		for i, choice := range choices {
			enumID += 2
			f.enums = append(f.enums, fieldEnum{id: enumID, value: s.pick(choice[0], choice[1]), sort: int64(i+1) * 2})
		}
		s.fields[kind].add(f.id, f)
	}
	same := func(values ...string) (out [][2]string) {
		for _, v := range values {
			out = append(out, [2]string{v, v})
		}
		return out
	}
	phones := same("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
	mails := same("WORK", "PRIV", "OTHER")
	for _, kind := range []string{kindContacts, kindCompanies} {
		add(kind, "PHONE", "Телефон", "Phone", "multitext", true, phones...)
		add(kind, "EMAIL", "Email", "Email", "multitext", true, mails...)
	}
	add(kindContacts, "POSITION", "Должность", "Position", "text", true)
	add(kindContacts, "IM", "Мгн. сообщения", "IM", "multitext", true, same("TELEGRAM", "WHATSAPP", "OTHER")...)
	add(kindContacts, "LANGUAGE", "Язык общения", "Language", "select", false, [2]string{"Русский", "Russian"}, [2]string{"Английский", "English"})
	add(kindCompanies, "WEB", "Web", "Web", "url", true)
	add(kindCompanies, "ADDRESS", "Адрес", "Address", "textarea", true)
	add(kindLeads, "CONTRACT_NUMBER", "Номер договора", "Contract number", "text", false)
	add(kindLeads, "CONTRACT_DATE", "Дата договора", "Contract date", "date", false)
	add(kindLeads, "NOTICE_DAYS", "Срок уведомления, дней", "Notice, days", "numeric", false)
	add(kindLeads, "HANDOVER_DAYS", "Срок передачи дел, дней", "Handover, days", "numeric", false)
	add(kindLeads, "SERVICE_TYPE", "Услуга", "Service type", "select", false,
		[2]string{"Бухгалтерия", "Accounting"}, [2]string{"Юридическое сопровождение", "Legal"}, [2]string{"IT-поддержка", "IT support"}, [2]string{"Маркетинг", "Marketing"})
	add(kindLeads, "BILLING", "Оплата", "Billing", "radiobutton", false, [2]string{"Ежемесячно", "Monthly"}, [2]string{"Ежеквартально", "Quarterly"})
	add(kindLeads, "AUTO_RENEWAL", "Автопродление", "Auto-renewal", "checkbox", false)

	for _, kind := range []string{kindLeads, kindContacts, kindCompanies, kindCustomers} {
		s.groups = append(s.groups, &fieldGroup{id: "default", kind: kind, name: s.pick("Основное", "Main"), sort: 0, predefined: true})
	}
	s.groups = append(s.groups, &fieldGroup{id: "statistic", kind: kindLeads, name: s.pick("Статистика", "Statistics"), sort: 1, predefined: true})
}
