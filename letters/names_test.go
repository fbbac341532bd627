package letters

import (
	"testing"

	"opendoor/offboarding"
	"opendoor/offboarding/tone"
)

// A company may be called as it likes: no name keeps the letter from a client
// that they would otherwise have to write.
func TestNoNameKeepsTheLetterOfCancellation(t *testing.T) {
	names := []string{
		"АО «Мастерская света»", "АО «Хлеб и соль»", "Пример на amoCRM", "ООО «Без нас никуда»", "ООО «Последний шанс и партнёры, торговый дом на Примерной улице, отделение второе»",
		"ИП Предателев П. П.", "Bluebird Ltd", "Harbour Lane Ltd", "Last Chance & Ungrateful Sons, Importers of Fine Things from Everywhere, Example Street Branch",
	}
	for _, lang := range []offboarding.Lang{offboarding.RU, offboarding.EN} {
		for _, name := range names {
			d := letterTo(offboarding.T06, lang)
			c, acc := *d.Case, *d.Account
			c.Client.Name, c.Company.Name, acc.Name = name, name, name
			d.Case, d.Account = &c, &acc
			d.Vars = offboarding.CancellationLetter{NoticeDays: 30, ReceivedOn: "2026-11-24", EffectiveOn: "2026-12-24"}
			l, err := writer(t).Write(d)
			if err != nil {
				t.Fatal(err)
			}
			k, _ := offboarding.LetterKindOf(offboarding.T06)
			r := tone.Check(tone.Letter{Text: l.Subject + "\n" + l.Text, Lang: string(lang), Kind: k.Kind, Intent: "final", Quotes: l.Quotes})
			for _, f := range r.Findings {
				t.Errorf("%s, %q: %s in %q", lang, name, f.Rule, f.Text)
			}
		}
	}
}

func TestAFamilyNameHurtsNobody(t *testing.T) {
	verdict := func(code, name string) string {
		d := letterTo(code, offboarding.RU)
		c := *d.Case
		c.Client.Name, d.Person.Name, d.Case = name, name, &c
		l, err := writer(t).Write(d)
		if err != nil {
			t.Fatal(err)
		}
		k, _ := offboarding.LetterKindOf(code)
		return string(tone.Check(tone.Letter{Text: l.Subject + "\n" + l.Text, Lang: "ru", Kind: k.Kind, Quotes: l.Quotes}).Verdict)
	}
	for _, code := range []string{offboarding.T01, offboarding.T03, offboarding.T15} {
		for _, name := range []string{"Анна Дуракова", "Пётр Стыдов", "Глупов", "Иван Берегов", "Предателев-Наглов"} {
			if v := verdict(code, name); v != "pass" {
				t.Errorf("%s to %s: %s", code, name, v)
			}
		}
		if v := verdict(code, "Дурак"); v != "block" {
			t.Errorf("%s to «Дурак»: %s", code, v)
		}
	}
}
