package offboarding

import (
	"strconv"
	"strings"
	"time"
)

// charges are the kinds of charge that programs give as a code. Whatever else
// stands in a line is shown as it was written.
var charges = map[string][2]string{
	"subscription": {"Абонентская плата", "Monthly fee"},
	"refund":       {"Возврат", "Refund"},
	"work":         {"Работы", "Work"},
	"service":      {"Услуги", "Services"},
	"services":     {"Услуги", "Services"},
	"one_off":      {"Разовая работа", "One-off work"},
	"hours":        {"Работа по часам", "Work by the hour"},
	"hourly":       {"Работа по часам", "Work by the hour"},
	"extra":        {"Дополнительные работы", "Extra work"},
	"extra_work":   {"Дополнительные работы", "Extra work"},
	"expenses":     {"Расходы", "Expenses"},
	"materials":    {"Материалы", "Materials"},
	"license":      {"Лицензия", "Licence"},
	"licence":      {"Лицензия", "Licence"},
	"deposit":      {"Залог", "Deposit"},
	"prepayment":   {"Предоплата", "Prepayment"},
	"advance":      {"Аванс", "Advance"},
	"penalty":      {"Неустойка", "Contractual penalty"},
	"discount":     {"Скидка", "Discount"},
	"delivery":     {"Доставка", "Delivery"},
	"setup":        {"Подключение", "Set-up"},
	"support":      {"Поддержка", "Support"},
	"audit":        {"Проверка", "Audit"},
	"consulting":   {"Консультация", "Consulting"},
	"other":        {"Прочее", "Other"},
}

// ChargeName is a kind of charge as a client reads it.
func ChargeName(kind string, lang Lang) string {
	kind = strings.TrimSpace(kind)
	if pair, ok := charges[strings.ToLower(kind)]; ok {
		return pick(lang, pair[0], pair[1])
	}
	return strings.ReplaceAll(kind, "_", " ")
}

var monthsAlone = []string{"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"}

// MonthName is a month, YYYY-MM, as a client reads it: «октябрь 2026», October 2026.
func MonthName(period string, lang Lang) string {
	t, err := time.Parse("2006-01", period)
	if err != nil {
		return period
	}
	return pick(lang, monthsAlone[t.Month()-1]+" "+strconv.Itoa(t.Year()), t.Format("January 2006"))
}

// What is what a line of the final account is for: «Абонентская плата, октябрь 2026».
func (l SettlementLine) What(lang Lang) string {
	return ChargeName(l.Kind, lang) + ", " + MonthName(l.Period, lang)
}
