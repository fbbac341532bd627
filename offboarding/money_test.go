package offboarding_test

import (
	"testing"

	od "opendoor/offboarding"
)

func TestMoneyIsWrittenAlikeInLettersPagesAndPapers(t *testing.T) {
	for _, c := range []struct {
		minor                                int64
		currency, sentence, column, en, enIn string
	}{
		{1240050, "RUB", "12\u00a0400,50\u00a0₽", "12\u00a0400,50\u00a0₽", "12,400.50\u00a0₽", "12,400.50\u00a0₽"},
		{500000, "RUB", "5\u00a0000\u00a0₽", "5\u00a0000,00\u00a0₽", "5,000\u00a0₽", "5,000.00\u00a0₽"},
		{-1234567, "EUR", "−12\u00a0345,67\u00a0€", "−12\u00a0345,67\u00a0€", "−€12,345.67", "−€12,345.67"},
		{-5, "USD", "−0,05\u00a0$", "−0,05\u00a0$", "−$0.05", "−$0.05"},
		{1500, "JPY", "1\u00a0500\u00a0JPY", "1\u00a0500\u00a0JPY", "1,500\u00a0JPY", "1,500\u00a0JPY"},
		{100000000, "CHF", "1\u00a0000\u00a0000\u00a0CHF", "1\u00a0000\u00a0000,00\u00a0CHF", "1,000,000\u00a0CHF", "1,000,000.00\u00a0CHF"},
	} {
		m := od.Money{AmountMinor: c.minor, Currency: c.currency}
		if got := [4]string{m.Written(od.RU), m.Tabled(od.RU), m.Written(od.EN), m.Tabled(od.EN)}; got != [4]string{c.sentence, c.column, c.en, c.enIn} {
			t.Errorf("%d %s: %q", c.minor, c.currency, got)
		}
	}
}
