package documents

import (
	"slices"
	"strings"
	"testing"
)

// A double name, and the name of a file, end a line between their parts; a
// checksum stays on one line beside its label.
func TestLongWordsBreakBetweenTheirParts(t *testing.T) {
	p := (&Paper{Lang: "ru"}).pen()
	p.font("", sizeTable)
	for text, want := range map[string][]string{
		"Мария Образцова-Примерова-Тестова": {"Мария", "Образцова-", "Примерова-", "Тестова"},
		"otchet_za_pervyi_kvartal_2026.pdf": {"otchet_za_", "pervyi_", "kvartal_", "2026.pdf"},
	} {
		if got := p.split(text, 20); !slices.Equal(got, want) {
			t.Errorf("%q breaks as %q, want %q", text, got, want)
		}
	}
	p.font("", sizeText)
	sum := Pairs{{"SHA-256 описи", strings.Repeat("1d62f5ea", 8)}}
	if got := p.split(sum[0][1], contentWidth-sum.label(p)); len(got) != 1 {
		t.Errorf("a checksum takes %d lines", len(got))
	}
	if got := (Pairs{{"Кому", "Анна"}}).label(p); got != 48 {
		t.Errorf("labels are %v mm wide", got)
	}
}
