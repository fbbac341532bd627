package offboarding

import (
	"context"
	"slices"
	"strings"
)

// seedItem is one line of a checklist as shipped, in both languages. A star
// before the Russian title marks what is mandatory.
type seedItem struct{ ru, en string }

type seedList struct {
	code, ru, en string
	items        []seedItem
}

// seedLists are the checklists of domain §7.6.
var seedLists = []seedList{
	{"accounting", "Бухгалтерия", "Accounting", []seedItem{
		{"*Учётная политика", "Accounting policy"},
		{"*Уставные и регистрационные документы", "Charters and tax registrations"},
		{"*Первичные документы", "Primary documents"},
		{"*Регистры учёта и оборотно-сальдовая ведомость", "Ledgers and trial balance"},
		{"*Отчётность и декларации с квитанциями о приёме", "Statements and tax returns with receipts"},
		{"*Копия учётной базы (1С)", "Accounting database copy (1C)"},
		{"*Акты сверки", "Reconciliation acts"},
		{"*Открытые требования налоговой", "Open tax requests"},
		{"*Перечень последних отчётов и кто сдаёт следующие", "List of last reports and who files the next"},
		{"Карточки основных средств", "Fixed-asset cards"},
		{"Реестр договоров", "Contracts register"},
		{"Кассовые книги", "Cash books"},
		{"*Доступ к электронной подписи и ЭДО отозван", "E-signature and EDI access revoked"},
		{"*Права в банке отозваны", "Bank rights revoked"},
	}},
	{"payroll_hr", "Кадры и зарплата", "Payroll and HR", []seedItem{
		{"*Личные дела сотрудников", "Staff files"},
		{"*Трудовые договоры и приказы", "Employment contracts and orders"},
		{"*Расчётные ведомости", "Payroll registers"},
		{"*Отчётность в налоговую и фонды", "Tax and fund reports"},
		{"*Остатки отпусков", "Vacation balances"},
		{"Табели учёта рабочего времени", "Time sheets"},
		{"Больничные листы", "Sick leaves"},
		{"Воинский учёт", "Military register"},
		{"*Доступы к порталам", "Access to portals"},
	}},
	{"it_support", "ИТ-обслуживание", "IT support", []seedItem{
		{"*Учётные записи администратора переданы и сменены", "Admin accounts handed over and rotated"},
		{"*Перечень оборудования", "Asset list"},
		{"*Схема сети", "Network scheme"},
		{"*Резервные копии с подтверждением восстановления", "Backups with restore proof"},
		{"*Лицензии", "Licences"},
		{"*Управление доменами и DNS", "Domain and DNS control"},
		{"*Открытые заявки", "Open tickets"},
		{"*Агенты мониторинга удалены", "Monitoring agents removed"},
		{"Договоры с поставщиками", "Vendor contracts"},
		{"Инструкции", "Runbooks"},
	}},
	{"legal", "Юридическое сопровождение", "Legal", []seedItem{
		{"*Оригиналы документов клиента", "Client originals"},
		{"*Поданные и подписанные документы", "Filed and signed papers"},
		{"*Переписка с судом и другой стороной", "Correspondence with court and other side"},
		{"*Доверенности отозваны", "Powers of attorney revoked"},
		{"*Календарь сроков", "Calendar of deadlines"},
		{"*Позиция по незавершённым делам", "Position summary for unfinished matters"},
		{"Доказательства", "Evidence"},
		{"*Остаток аванса", "Advance payment balance"},
	}},
	{"marketing", "Маркетинг", "Marketing", []seedItem{
		{"*Права на рекламные кабинеты", "Ad accounts ownership"},
		{"*Доступ к аналитике", "Analytics access"},
		{"*Исходные файлы", "Source files"},
		{"*Доступ к доменам и сайту", "Domains and site access"},
		{"Контент-план", "Content plan"},
		{"*Списки аудитории с согласиями", "Audience lists with consents"},
		{"*Неизрасходованный бюджет", "Unused budget"},
		{"Фирменный стиль", "Brand kit"},
		{"История кампаний", "Campaign history"},
	}},
	{"insurance_finance", "Страхование и финансы", "Insurance and finance", []seedItem{
		{"*Полис или договор", "Policy or contract"},
		{"*Расчёт выкупной суммы с датами", "Surrender calculation with dates"},
		{"*История платежей", "Payment history"},
		{"*Заполненное заявление на возврат", "Application for return filled in"},
		{"Справка для налоговой", "Tax certificate"},
		{"Документы о выгодоприобретателе", "Beneficiary papers"},
	}},
	{"repair_service", "Ремонт и сервис", "Repair and service", []seedItem{
		{"*Устройства и детали возвращены", "Devices and parts returned"},
		{"*Результаты диагностики", "Diagnostics"},
		{"*Гарантийные документы", "Warranty papers"},
		{"*Неоплаченные и предоплаченные остатки", "Unpaid and prepaid balances"},
		{"*Данные возвращены или стёрты", "Data returned or erased"},
	}},
	{"generic", "Общий список", "General list", []seedItem{
		{"*Договор и приложения", "Contract and annexes"},
		{"*Оригиналы документов клиента", "Client originals"},
		{"*Результаты работ", "Results"},
		{"*Акты и счета", "Acts and invoices"},
		{"*Незавершённые вопросы", "Open matters"},
		{"*Перечень доступов", "Access list"},
		{"*Контакты", "Contacts"},
	}},
}

// GenericService is the checklist of services that have none of their own.
const GenericService = "generic"

// SeedChecklist returns a checklist as shipped.
func SeedChecklist(serviceType string, lang Lang) (*Checklist, bool) {
	for _, s := range seedLists {
		if s.code != serviceType {
			continue
		}
		l := &Checklist{ServiceType: s.code, Name: s.ru}
		if lang == EN {
			l.Name = s.en
		}
		for _, it := range s.items {
			title, mandatory := strings.CutPrefix(it.ru, "*")
			if lang == EN {
				title = it.en
			}
			l.Items = append(l.Items, ChecklistItem{Title: title, Ownership: ClientProperty, Mandatory: mandatory})
		}
		return l, true
	}
	return nil, false
}

// AllChecklists lists the checklists that count: those changed here and, for
// the rest, those shipped.
func AllChecklists(ctx context.Context, s Store, lang Lang) ([]*Checklist, error) {
	out, err := s.Checklists(ctx)
	if err != nil {
		return nil, err
	}
	for _, seed := range seedLists {
		if !slices.ContainsFunc(out, func(l *Checklist) bool { return l.ServiceType == seed.code }) {
			l, _ := SeedChecklist(seed.code, lang)
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b *Checklist) int { return strings.Compare(a.ServiceType, b.ServiceType) })
	return out, nil
}

// ChecklistFor returns the checklist of a kind of service: the one changed
// here, the one shipped, or the general one. Nobody's service has none.
func ChecklistFor(ctx context.Context, s Store, serviceType string, lang Lang) (*Checklist, error) {
	if serviceType == "" {
		return nil, nil
	}
	for _, code := range []string{serviceType, GenericService} {
		l, err := s.Checklist(ctx, code)
		if err == nil || !IsKind(err, KindNotFound) {
			return l, err
		}
		if l, ok := SeedChecklist(code, lang); ok {
			return l, nil
		}
	}
	return nil, ErrNotFound
}

// PutChecklist changes a checklist for the lists that begin from now on.
func PutChecklist(ctx context.Context, s Store, l *Checklist, by Actor) error {
	if err := l.check(); err != nil {
		return err
	}
	return s.InTx(ctx, func(tx Store) error {
		l.Own = true
		if err := tx.SaveChecklist(ctx, l); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "system", Actor: by, Kind: "checklist.changed", Summary: "the checklist " + l.ServiceType + " was changed"})
	})
}

func (l *Checklist) check() error {
	var wrong []FieldError
	if l.ServiceType == "" || len(l.ServiceType) > 64 || strings.Trim(l.ServiceType, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		wrong = append(wrong, FieldError{"service_type", "small letters, digits and _, at most 64"})
	}
	if len(l.Items) == 0 || len(l.Items) > 500 {
		wrong = append(wrong, FieldError{"items", "1 to 500 lines"})
	}
	seen := map[string]bool{}
	for _, e := range l.Items {
		it := Item{Category: e.Category, Title: e.Title, Form: e.Form, Ownership: e.Ownership}
		if err := it.check(); err != nil {
			wrong = append(wrong, FieldError{"items", "«" + e.Title + "»: " + err.Error()})
		}
		key := strings.ToLower(strings.TrimSpace(e.Title))
		if seen[key] {
			wrong = append(wrong, FieldError{"items", "«" + e.Title + "» stands twice"})
		}
		seen[key] = true
	}
	if len(wrong) > 0 {
		return Invalid("the checklist cannot be kept like this", wrong...)
	}
	return nil
}
