package survey

import (
	"strings"
	"unicode"
)

// Mentions reports whether a text names a person: one of the longer parts of
// the name, in any Russian case. It rather sees a name too many than one too
// few, since it decides who may not read a complaint (conflict shield, domain §11).
func Mentions(text, name string) bool {
	words := strings.FieldsFunc(fold(text), notLetter)
	for _, part := range strings.FieldsFunc(fold(name), notLetter) {
		stem := []rune(part)
		if len(stem) < 3 {
			continue
		}
		// Case endings of names replace or follow the last letter:
		// Анна – Анной, Олег – Олегу, Петрова – Петровой.
		if len(stem) > 3 {
			stem = stem[:len(stem)-1]
		}
		for _, w := range words {
			if rest, ok := strings.CutPrefix(w, string(stem)); ok && len([]rune(rest)) <= 3 {
				return true
			}
		}
	}
	return false
}

func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ё", "е") }

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
