package offboarding_test

import (
	"testing"

	od "opendoor/offboarding"
)

func TestALineOfTheFinalAccountIsNamedAsAClientReadsIt(t *testing.T) {
	tests := map[string]struct {
		kind, period string
		lang         od.Lang
		want         string
	}{
		"a code":                   {"subscription", "2026-10", od.RU, "Абонентская плата, октябрь 2026"},
		"a code in English":        {"refund", "2026-11", od.EN, "Refund, November 2026"},
		"words of the author":      {"Ведение учёта", "2026-01", od.RU, "Ведение учёта, январь 2026"},
		"a code that nobody knows": {"night_shift", "2026-01", od.EN, "night shift, January 2026"},
		"no month":                 {"work", "осень", od.RU, "Работы, осень"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (od.SettlementLine{Kind: tt.kind, Period: tt.period}).What(tt.lang); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
