package tone

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"opendoor/offboarding/tone/internal/phrase"
)

// familyName is a name that is no word by itself but of many: «Стыдов» shames
// nobody and «Дуракова» is nobody's insult, while «Дурак» is judged as what it is.
var familyName = regexp.MustCompile(`^\p{Lu}\p{Ll}+[оеё]ва?$`)

// checkUncalled reads a letter as if nothing in it were called by a name. People
// and companies are called as they are, Bedny or Last Chance Ltd; what would be an
// insult by itself is judged all the same, for cards hold such names, too. Titles
// of papers are left out unless a frame finds something in them.
func checkUncalled(l Letter, lex *lexis) Report {
	l.Quotes = slices.Clip(l.Quotes)
	for _, name := range l.Names {
		l.Quotes = append(l.Quotes, harmlessIn(name, l.Lang, lex)...)
	}
	for _, title := range l.Titles {
		if !framed(title, l.Lang, lex) {
			l.Quotes = append(l.Quotes, "• "+title) // in the list, not within a sentence
		}
	}
	return check(l, lex)
}

// framed reports whether a frame finds anything in a title. A few nouns in a
// row, such as "Filed and signed papers", are no sentence, which is all that the
// classifier has learnt to read.
func framed(title, lang string, lex *lexis) bool {
	read := lex.Read(title, lang, nil)
	return slices.ContainsFunc(read.Sentences, func(s phrase.Sentence) bool {
		return slices.ContainsFunc(lex.hitsIn(&s), func(h hit) bool { return !h.hint })
	})
}

// harmlessIn returns the name, or those of its words that hurt nobody if it
// insults.
func harmlessIn(name, lang string, lex *lexis) []string {
	alone := check(Letter{Text: name, Lang: lang}, lex)
	if !slices.ContainsFunc(alone.Findings, func(f Finding) bool { return f.Rule == Insult }) {
		return []string{name}
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.DeleteFunc(words, func(w string) bool { return !familyName.MatchString(w) })
}
