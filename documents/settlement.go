package documents

import (
	"fmt"
	"strings"
	"time"

	"opendoor/offboarding"
)

// Settlement is the final account as a paper. It is a draft until it is
// settled.
func Settlement(v *offboarding.SettlementView) *Paper {
	lang := string(v.Case.Lang(v.Account))
	say := func(ru, en string) string {
		if lang == "en" {
			return en
		}
		return ru
	}
	settled := v.Case.Tracks.Settlement == offboarding.SettlementSettled
	p := &Paper{
		Lang: lang, Brand: Brand{Name: v.Account.Name}, Number: fmt.Sprintf("%s %d", say("№", "No."), v.Case.No), Date: dayOf(v.UpdatedAt, v.Account),
		Title: say("Финальный расчёт (проект)", "Final account (draft)"),
	}
	if settled {
		p.Title = say("Финальный расчёт", "Final account")
	}
	pairs := Pairs{{say("Клиент", "Client"), v.Case.Client.Name}}
	if v.Case.Contract.Number != "" {
		pairs = append(pairs, [2]string{say("Договор", "Contract"), say("№ ", "No. ") + v.Case.Contract.Number})
	}
	if last := paperDay(v.Case.Dates.EffectiveOn, lang); last != "" {
		pairs = append(pairs, [2]string{say("Последний день работы", "Last day of service"), last})
	}
	t := Table{Empty: say("Строк нет.", "There are no lines."), Columns: []Column{
		{say("№", "No."), 0.7, Right},
		{say("За что", "What for"), 4, Left},
		{say("Основание", "Basis"), 3, Left},
		{say("Кол-во", "Qty"), 1.2, Right},
		{say("Цена", "Price"), 2, Right},
		{say("Сумма", "Amount"), 2, Right},
	}}
	for i, l := range v.Lines {
		price := ""
		if l.Price != (offboarding.Money{}) {
			price = l.Price.Tabled(offboarding.Lang(lang))
		}
		t.Rows = append(t.Rows, []string{
			itoa(i + 1), l.What(offboarding.Lang(lang)) + ".\n" + l.Justification, l.Basis,
			strings.ReplaceAll(l.Qty, ".", decimal(lang)), price, l.Amount.Tabled(offboarding.Lang(lang)),
		})
	}
	total := v.Total()
	p.Blocks = []Block{pairs, Gap(2), t}
	if len(v.Lines) > 0 {
		owes := say("Итого к оплате клиентом: ", "Total to be paid by the client: ")
		if total.AmountMinor < 0 {
			owes, total.AmountMinor = say("Итого мы возвращаем клиенту: ", "Total that we return to the client: "), -total.AmountMinor
		}
		p.Blocks = append(p.Blocks, Gap(2), Text(owes+Amount(total, lang)+"."))
	}
	switch {
	case settled:
		p.Blocks = append(p.Blocks, Text(say("Расчёт завершён ", "Settled on ")+paperDay(v.SettledOn, lang)))
	case v.DueOn != "":
		p.Blocks = append(p.Blocks, Text(say("Срок оплаты: ", "Due on ")+paperDay(v.DueOn, lang)))
	}
	if !settled {
		p.Blocks = append(p.Blocks, Note(say(
			"Это проект: любую строку можно оспорить по ссылке из письма или ответом на него. На передачу документов и дел спор о строке не влияет.",
			"This is a draft: any line can be contested by the link in the letter or by replying to it. A contested line does not delay the handover of papers and open matters.")))
	}
	if name := v.Case.Responsible.Name; name != "" {
		p.Blocks = append(p.Blocks, Text(say("Вопросы по расчёту: ", "Questions about this account: ")+name))
	}
	return p
}

// paperDay is a civil day as a paper says it, or nothing.
func paperDay(day, lang string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return Day(t, lang)
}

func dayOf(t time.Time, acc *offboarding.Account) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(acc.Location())
}
