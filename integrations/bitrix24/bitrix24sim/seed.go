package bitrix24sim

import (
	"fmt"
	"time"
)

// seedDeals is the number of sample deals; more than one page of a list.
const seedDeals = 64

// Sample users. All samples are plainly samples: names that mean "example",
// addresses below example.test.
const (
	seedManager   = 6
	seedAccounts  = 7
	seedDismissed = 8
	seedHidden    = 900
)

// The sample smart process.
const (
	seedSmart         = 1036
	seedSmartPipeline = 30
	seedItems         = 12
)

// seed fills the portal. Nobody listens yet, so no event is sent.
func (s *Sim) seed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range []User{
		{
			ID: seedManager, Name: s.text("Вера", "Vera"), LastName: s.text("Образцова", "Sample"), Email: "manager@example.test",
			Position: s.text("Менеджер по работе с клиентами", "Account manager"),
		},
		{
			ID: seedAccounts, Name: s.text("Павел", "Paul"), LastName: s.text("Примеров", "Example"), Email: "accounts@example.test",
			Position: s.text("Бухгалтер", "Accountant"),
		},
		{ID: seedDismissed, Name: s.text("Уволенный", "Former"), LastName: s.text("Сотрудник", "Employee"), Email: "former@example.test", Dismissed: true},
		{ID: seedHidden, Name: s.text("Системный", "System"), LastName: s.text("пользователь", "user"), Hidden: true},
	} {
		s.addUser(u)
	}
	s.addSmartProcess(seedSmart, seedSmartPipeline, s.text("Абонементы", "Memberships"), []Stage{
		{"NEW", s.text("Оформление", "Signing up"), "process"},
		{"ACTIVE", s.text("Действует", "Running"), "process"},
		{"SUCCESS", s.text("Завершён", "Completed"), "success"},
		{"FAIL", s.text("Прекращён", "Ended"), "failure"},
	})
	services := []string{
		s.text("Бухгалтерское сопровождение", "Bookkeeping"), s.text("Уборка офиса", "Office cleaning"),
		s.text("Поддержка сайта", "Website support"), s.text("Охрана объекта", "Site security"),
		s.text("Обслуживание принтеров", "Printer service"), s.text("Доставка воды", "Water delivery"),
	}
	firstNames := [...][2]string{{"Анна", "Anna"}, {"Игорь", "Igor"}, {"Мария", "Maria"}, {"Олег", "Oleg"}, {"Дарья", "Daria"}, {"Роман", "Roman"}}
	lastNames := [...][2]string{{"Примерова", "Example"}, {"Образцов", "Sample"}, {"Тестова", "Test"}, {"Пробный", "Trial"}}
	born := s.now().Add(-90 * 24 * time.Hour)
	live := s.now
	defer func() { s.now = live }()

	for i := range seedDeals {
		s.now = func() time.Time { return born.Add(time.Duration(i) * 24 * time.Hour) }
		n := i + 1
		who := person(seedManager + i%2)
		company, _ := s.addPerson(s.companies, row("TITLE", fmt.Sprintf(s.text("ООО «Пример %d»", "Example %d LLC"), n), "COMPANY_TYPE", "CUSTOMER",
			"ASSIGNED_BY_ID", who.userID, "EMAIL", list(row("VALUE", fmt.Sprintf("office%d@example.test", n), "VALUE_TYPE", "WORK"))), who)
		first, last := firstNames[i%len(firstNames)], lastNames[i%len(lastNames)]
		contact := row("NAME", s.text(first[0], first[1]), "LAST_NAME", s.text(last[0], last[1]), "TYPE_ID", "CLIENT", "COMPANY_ID", company.id,
			"ASSIGNED_BY_ID", who.userID, "PHONE", list(row("VALUE", fmt.Sprintf("+7000000%04d", n), "VALUE_TYPE", "WORK")))
		if n%16 != 0 { // some clients have no address: they can only be called
			contact.set("EMAIL", list(row("VALUE", fmt.Sprintf("client%d@example.test", n), "VALUE_TYPE", "WORK")))
		}
		client, _ := s.addPerson(s.contacts, contact, who)

		deal := row("TITLE", fmt.Sprintf("%s № %d", services[i%len(services)], n), "OPPORTUNITY", 12000+500*i, "CURRENCY_ID", "RUB",
			"COMPANY_ID", company.id, "CONTACT_ID", client.id, "ASSIGNED_BY_ID", who.userID, "TYPE_ID", "SERVICES", "SOURCE_ID", "WEB",
			"CATEGORY_ID", i%2, "STAGE_ID", s.seedStage(i))
		switch n {
		case 31:
			deal.set("ASSIGNED_BY_ID", seedDismissed)
		case 32:
			deal.set("ASSIGNED_BY_ID", seedHidden)
		case 33:
			deal.set("CONTACT_ID", 0)
		}
		_, _ = s.addDeal(deal, who)
		if n <= seedItems {
			_, _ = s.addItem(s.smartProcess(seedSmart), row("title", fmt.Sprintf(s.text("Абонемент № %d", "Membership no. %d"), n), "opportunity", 3000+100*i,
				"contactId", client.id, "companyId", company.id, "assignedById", who.userID, "stageId", s.smartProcess(seedSmart).pipelines[0].code("ACTIVE")), who)
		}
	}
	s.seedSomeLeads(born)
}

// seedStage spreads deals over the stages of both pipelines; every ninth is won
// and every eleventh lost already, which is history and no cancellation.
func (s *Sim) seedStage(i int) string {
	p := s.pipeline(i % 2)
	code := [...]string{"EXECUTING", "NEW", "EXECUTING"}[i%3]
	switch {
	case i%9 == 8:
		code = "WON"
	case i%11 == 10:
		code = "LOSE"
	}
	return p.code(code)
}
