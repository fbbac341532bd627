package tone

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"opendoor/offboarding/tone/internal/phrase"
)

// tooManyMarks is how many exclamation marks make a text shout.
const tooManyMarks = 3

// smileys are faces made of signs; the bracket doubled is the Russian way.
var smileys = regexp.MustCompile(`(?:^|\s)[:;=8xX]['’]?-?[)(DPpЗ3*|/\\]+(?:\s|$|[.,!?])|[)]{2,}|\^_\^|<3|(?:^|\s)[xX]D(?:\s|$)`)

// cheer finds shouting and smileys: three exclamation marks, words in capitals, emoji.
func (g *guard) cheer() {
	g.marks()
	g.emoji()
	g.shouting()
}

func (g *guard) marks() {
	first, last, n := 0, 0, 0
	for i, r := range g.runes {
		if (r == '!' || r == '！' || r == '‼' || r == '❗') && !g.skipped(i) {
			if n == 0 {
				first = i
			}
			last = i
			n++
			if r == '‼' {
				n++
			}
		}
	}
	if n >= tooManyMarks {
		g.found(FakeCheer, phrase.Span{Start: first, End: last + 1})
	}
}

// emoji may stand once in a birthday greeting.
func (g *guard) emoji() {
	allowed := 0
	if g.letter.Kind == "birthday" {
		allowed = 1
	}
	n := 0
	for i, r := range g.runes {
		if isEmoji(r) && !g.skipped(i) {
			if n++; n > allowed {
				g.found(FakeCheer, phrase.Span{Start: i, End: i + 1})
			}
		}
	}
	if !maySmile(g.runes) {
		return
	}
	text := string(g.runes)
	for _, m := range smileys.FindAllStringIndex(text, -1) {
		start := len([]rune(text[:m[0]]))
		end := start + len([]rune(text[m[0]:m[1]]))
		if !g.skipped(start) && !g.closesBrackets(start, end) {
			g.found(FakeCheer, phrase.Span{Start: start, End: end})
		}
	}
}

// maySmile spares most letters the search for smileys: these begin with eyes
// behind a space and something below them, or are one of a few pairs of signs.
func maySmile(runes []rune) bool {
	for i := 0; i+1 < len(runes); i++ {
		switch runes[i] {
		case ')':
			if runes[i+1] == ')' {
				return true
			}
		case '^', '<':
			if runes[i+1] == '_' || runes[i+1] == '3' {
				return true
			}
		case ':', ';', '=', '8', 'x', 'X':
			if (i == 0 || unicode.IsSpace(runes[i-1])) && strings.ContainsRune(`'’-)(DPpЗ3*|/\`, runes[i+1]) {
				return true
			}
		}
	}
	return false
}

// closesBrackets tells "))" that ends two brackets from a Russian smile.
func (g *guard) closesBrackets(start, end int) bool {
	open := 0
	for _, r := range g.runes[:end] {
		switch r {
		case '(':
			open++
		case ')':
			open--
		}
	}
	return g.runes[start] == ')' && open >= 0
}

func isEmoji(r rune) bool {
	switch {
	case r >= 0x1f300 && r <= 0x1faff, r >= 0x1f1e6 && r <= 0x1f1ff:
		return true
	case r >= 0x2600 && r <= 0x27bf:
		return !strings.ContainsRune("☎✉✓✔✗✘☐☑☒№", r)
	case r == 0x2b50, r == 0x2764, r == 0x263a, r == 0x2639:
		return true
	}
	return false
}

// shouting finds several words in capitals beside each other. Abbreviations and
// names of companies are no shouting: one of the words must be a word that we
// know and long enough.
func (g *guard) shouting() {
	for _, s := range g.text.Sentences {
		run, known := 0, 0
		flush := func(end int) {
			if run >= 2 && known > 0 {
				g.found(FakeCheer, phrase.Span{Start: s.Tokens[end-run].Start, End: s.Tokens[end-1].End})
			}
			run, known = 0, 0
		}
		for i, t := range s.Tokens {
			if t.Quoted || !t.Caps && !oneCapital(t) || slices.Contains(capitals, t.Norm) {
				flush(i)
				continue
			}
			run++
			if len([]rune(t.Norm)) >= 4 && g.Knows(t.Stem) {
				known++
			}
		}
		flush(len(s.Tokens))
	}
}

// oneCapital is a word of a single capital letter, as «Я» and "I" are between others.
func oneCapital(t phrase.Token) bool {
	return t.Upper && t.End-t.Start == 1 && unicode.IsLetter([]rune(t.Norm)[0])
}

// capitals are written in capitals by everybody.
var capitals = strings.Fields("ооо оао зао пао ао ип нко тсж инн огрн огрнип кпп бик ндс ндфл усн енвд окпо оквэд фнс пфр сфр фсс эдо эцп кэп рф ук гк апк тк фз сбис млн тыс руб " +
	"plc ltd llc inc gmbh iban vat bic swift eur usd gbp rub uk eu usa pdf xml csv zip api crm ok asap id vpn dns sql html pin faq hr it")
