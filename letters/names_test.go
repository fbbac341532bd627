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

func TestANameHurtsNobodyUnlessItInsults(t *testing.T) {
	verdict := func(code string, lang offboarding.Lang, name string) string {
		d := letterTo(code, lang)
		c, acc := *d.Case, *d.Account
		c.Client.Name, c.Company.Name, d.Person.Name, acc.Name, d.Case, d.Account = name, name, name, name, &c, &acc
		l, err := writer(t).Write(d)
		if err != nil {
			t.Fatal(err)
		}
		k, _ := offboarding.LetterKindOf(code)
		return string(tone.Check(tone.Letter{Text: l.Subject + "\n" + l.Text, Lang: string(lang), Kind: k.Kind, Intent: "final", Quotes: l.Quotes, Names: l.Names}).Verdict)
	}
	names := map[offboarding.Lang][]string{
		offboarding.RU: {"Анна Дуракова", "Пётр Стыдов", "Глупов", "Иван Берегов", "Предателев-Наглов", "Олег Бедный", "ООО «Последний шанс»", "Вера Неблагодарная", "А"},
		offboarding.EN: {"Anna Bad", "Peter Moody", "John Sorry", "Last Chance Ltd", "Ungrateful Sons & Co.", "A"},
	}
	for lang, names := range names {
		for _, code := range []string{offboarding.T01, offboarding.T03, offboarding.T15} {
			for _, name := range names {
				if v := verdict(code, lang, name); v != "pass" {
					t.Errorf("%s to %s: %s", code, name, v)
				}
			}
		}
	}
	for lang, names := range map[offboarding.Lang][]string{offboarding.RU: {"Дурак", "Клиент Дурак"}, offboarding.EN: {"Stupid Idiot"}} {
		for _, name := range names {
			if v := verdict(offboarding.T01, lang, name); v != "block" {
				t.Errorf("to %q: %s", name, v)
			}
		}
	}
}

func TestAProviderIsCalledAsTheyLike(t *testing.T) {
	verdict := func(lang offboarding.Lang, name, what string) string {
		d := letterTo(offboarding.T20, lang)
		d.Vars = offboarding.CompanyParting{
			RefundBasis: "всё отработано", EffectiveOn: "2026-12-20",
			Alternatives: []offboarding.LetterAlternative{{Name: name, WhatFor: what, Contact: "office@example.org"}},
		}
		l, err := writer(t).Write(d)
		if err != nil {
			t.Fatal(err)
		}
		return string(tone.Check(tone.Letter{Text: l.Subject + "\n" + l.Text, Lang: string(lang), Kind: "company_parting", Intent: "final", Quotes: l.Quotes, Names: l.Names}).Verdict)
	}
	for _, name := range []string{"Соседи", "Бухгалтерия «Соседи»", "ООО «Друзья»", "Клиника «Мой друг»", "Сестра", "Последний шанс"} {
		for lang, what := range map[offboarding.Lang]string{offboarding.RU: "учёт небольших производств", offboarding.EN: "bookkeeping"} {
			if v := verdict(lang, name, what); v != "pass" {
				t.Errorf("%s recommends %s: %s", lang, name, v)
			}
		}
	}
	if v := verdict(offboarding.RU, "Сам дурак", "учёт"); v != "block" {
		t.Errorf("what hurts is no name: %s", v)
	}
}
