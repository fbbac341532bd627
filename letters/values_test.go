package letters

import (
	"strings"
	"testing"

	"opendoor/offboarding"
	"opendoor/offboarding/tone"
)

// What people fill in day by day must not make the guard keep a letter that
// ships with opendoor.
func TestLettersWithOrdinaryValuesPassTheToneGuard(t *testing.T) {
	money := offboarding.Money{AmountMinor: 500000, Currency: "RUB"}
	tests := map[string]struct {
		template string
		vars     any
		says     string
	}{
		"a paid month goes back":    {offboarding.T21, offboarding.RefundNotice{Amount: money, Basis: "оплаченный месяц", PayOn: "2026-12-08"}, "не позже 8 декабря"},
		"a month ahead goes back":   {offboarding.T21, offboarding.RefundNotice{Amount: money, Basis: "месяц вперёд", PayOn: "2026-12-08"}, "5 000 ₽: месяц вперёд."},
		"the account is overpaid":   {offboarding.T21, offboarding.RefundNotice{Amount: money, Basis: "переплата по итоговому расчёту, п. 4.1", PayOn: "2026-12-08", Paid: true}, "отправили 8 декабря"},
		"an offer begins a phrase":  {offboarding.T05, offboarding.Stayed{AgreedTerms: "будем раз в месяц показывать, что сделано"}, "договорились. Будем раз"},
		"an objection was answered": {offboarding.T23, offboarding.Closing{Outcome: "строку за июль мы убрали"}, "спорили. Строку за июль мы убрали."},
		"we part without agreeing":  {offboarding.T23, offboarding.Closing{Outcome: "Договориться обо всём нам не удалось.", Unsettled: true}, "завершаем работу"},
		"the account is late":       {offboarding.T10, offboarding.DelayNotice{Items: []string{"финальный расчёт"}, Why: "мы ещё не проверили все строки", NewDate: "2026-12-16"}, "не успеваем"},
		"no clause is on record":    {offboarding.T06, offboarding.CancellationLetter{NoticeDays: 30, Agreed: true, EffectiveOn: "2026-12-24"}, "Срок уведомления по договору — 30 дней."},
		"no notice is on record":    {offboarding.T06, offboarding.CancellationLetter{NoticeDays: 30, EffectiveOn: "2026-12-24"}, "в нашей записи договора нет"},
		"no notice has to be kept":  {offboarding.T06, offboarding.CancellationLetter{Agreed: true, ReceivedOn: "2026-11-24", EffectiveOn: "2026-11-24"}, "Предупреждать об уходе заранее по договору не нужно. Последний день — 24 ноября 2026 года.\n"},
		"a date has passed":         {offboarding.I04, offboarding.DeadlineAlert{What: "передача дел", DueOn: "2026-12-08", Percent: 100}, "Срок прошёл: передача дел — 8 декабря."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := letterTo(tt.template, offboarding.RU)
			d.Vars = tt.vars
			l, err := writer(t).Write(d)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer(nbsp, " ").Replace(l.Text)
			if !strings.Contains(text, tt.says) {
				t.Errorf("%q is not said:\n%s", tt.says, text)
			}
			k, _ := offboarding.LetterKindOf(tt.template)
			if r := tone.Check(tone.Letter{Text: l.Subject + "\n" + l.Text, Lang: "ru", Kind: k.Kind, Intent: "final"}); len(r.Findings) > 0 {
				t.Errorf("%+v\n%s", r.Findings, l.Text)
			}
			if strings.Contains(l.Subject, "решён") && strings.Contains(text, "не удалось") {
				t.Errorf("a quarrel that stays open is called settled:\n%s\n%s", l.Subject, l.Text)
			}
		})
	}
}
