package documents

import (
	"testing"

	"opendoor/offboarding"
)

func TestNumbersInWords(t *testing.T) {
	for _, c := range []struct {
		n      int64
		what   Noun
		ru, en string
	}{
		{0, Papers, "0 (ноль) документов", "0 (zero) documents"},
		{1, Papers, "1 (один) документ", "1 (one) document"},
		{2, Items, "2 (две) позиции", "2 (two) items"},
		{11, Files, "11 (одиннадцать) файлов", "11 (eleven) files"},
		{12, Papers, "12 (двенадцать) документов", "12 (twelve) documents"},
		{21, Items, "21 (двадцать одна) позиция", "21 (twenty-one) items"},
		{104, Sheets, "104 (сто четыре) листа", "104 (one hundred four) sheets"},
		{2001, Papers, "2001 (две тысячи один) документ", "2001 (two thousand one) documents"},
		{1_000_000, Papers, "1000000 (один миллион) документов", "1000000 (one million) documents"},
	} {
		if got := Count(c.n, c.what, "ru"); got != c.ru {
			t.Errorf("%q, want %q", got, c.ru)
		}
		if got := Count(c.n, c.what, "en"); got != c.en {
			t.Errorf("%q, want %q", got, c.en)
		}
	}
	if got := Cardinal(-9223372036854775808, Papers, "ru"); len(got) < 100 {
		t.Errorf("the smallest number is %q", got)
	}
}

func TestMoneyInWords(t *testing.T) {
	for _, c := range []struct {
		minor        int64
		currency, ru string
	}{
		{124000, "RUB", "1\u00a0240 (одна тысяча двести сорок) рублей 00 копеек"},
		{-102, "RUB", "−1 (минус один) рубль 02 копейки"},
		{5, "RUB", "0 (ноль) рублей 05 копеек"},
		{123456789, "EUR", "1\u00a0234\u00a0567,89\u00a0€"},
	} {
		if got := Amount(offboarding.Money{AmountMinor: c.minor, Currency: c.currency}, "ru"); got != c.ru {
			t.Errorf("%q, want %q", got, c.ru)
		}
	}
}
