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
