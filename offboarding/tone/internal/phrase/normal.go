// Package phrase reads a text as people read it: it sees through look-alike
// letters, invisible characters, spacing and stretching, cuts the text into
// sentences and words with their stems, and finds frames (patterns of words by
// what they do) in them. Every position is kept in characters of the original.
package phrase

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// sign is one readable character and where it stands in the original.
type sign struct {
	r     rune // lower case, ё as е, without marks
	pos   int  // character of the original it came from
	upper bool
}

// signs reads a text character by character and leaves out what is not seen:
// zero-width characters, soft hyphens, stress marks, direction marks.
func signs(text string) []sign {
	out := make([]sign, 0, len(text))
	pos := -1
	for _, r := range text {
		pos++
		switch {
		case r < 0x80 || r >= 0x400 && r < 0x460 && r != 'ё' && r != 'Ё':
			out = append(out, sign{unicode.ToLower(r), pos, unicode.IsUpper(r)})
		case r == 'ё', r == 'Ё':
			out = append(out, sign{'е', pos, r == 'Ё'})
		case r == 0x306 && len(out) > 0 && out[len(out)-1].r == 'и': // й written as two characters
			out[len(out)-1].r = 'й'
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), r == 0x115f, r == 0x3164:
			// not seen
		case unicode.IsSpace(r):
			out = append(out, sign{space(r), pos, false})
		default:
			upper := unicode.IsUpper(r)
			for _, d := range norm.NFKD.String(string(r)) {
				if !unicode.Is(unicode.Mn, d) {
					out = append(out, sign{unicode.ToLower(d), pos, upper || unicode.IsUpper(d)})
				}
			}
		}
	}
	return out
}

func space(r rune) rune {
	if r == '\n' || r == 0x2028 || r == 0x2029 {
		return '\n'
	}
	return ' '
}

// Letters that look alike, Latin or Greek to Cyrillic and Cyrillic or Greek to Latin.
var (
	toCyrillic = pairs("aа eе oо pр cс xх yу kк mм tт hн bв nп uи iі rг gд 3з 4ч 6б 0о αа οо ρр εе υу κк τт νу χх")
	toLatin    = pairs("аa еe оo рp сc хx уy кk мm тt нh вb іi ѕs јj ԁd ԛq ԝw һh гr пn иu 0o 1i 3e 4a 5s 7t @a $s αa οo ρp εe υu κk τt νv ιi ηn ωw ɡg ıi")
)

func pairs(s string) map[rune]rune {
	m := map[rune]rune{}
	for p := range strings.FieldsSeq(s) {
		r := []rune(p)
		m[r[0]] = r[1]
	}
	return m
}

func isCyrillic(r rune) bool { return r >= 0x400 && r < 0x530 }
func isLatin(r rune) bool    { return r >= 'a' && r <= 'z' }

// oneScript writes a word in the letters of one alphabet: of the one that most
// of it is in, and where every letter could be of either, of the language.
func oneScript(word []sign, russian bool) {
	cyr, lat, foreign := 0, 0, 0
	cyrOnly, latOnly := 0, 0 // letters that have no double in the other alphabet
	for _, s := range word {
		switch {
		case isCyrillic(s.r):
			cyr++
			if _, ok := plainDouble[s.r]; !ok {
				cyrOnly++
			}
		case isLatin(s.r):
			lat++
			if _, ok := plainDouble[s.r]; !ok {
				latOnly++
			}
		default:
			foreign++
		}
	}
	if cyr+lat == 0 {
		return
	}
	toCyr := cyrOnly > latOnly
	if cyrOnly == latOnly {
		toCyr = cyr > lat || cyr == lat && russian
		if cyrOnly == 0 && cyr+lat > 1 {
			toCyr = russian
		}
	}
	if lat == 0 && foreign == 0 && toCyr || cyr == 0 && foreign == 0 && !toCyr {
		return
	}
	table := toLatin
	if toCyr {
		table = toCyrillic
	}
	for i, s := range word {
		if to, ok := table[s.r]; ok && (!unicode.IsDigit(s.r) || between(word, i)) {
			word[i].r = to
		}
	}
}

// plainDouble holds the letters that are drawn the same in both alphabets.
var plainDouble = func() map[rune]bool {
	m := map[rune]bool{}
	for _, r := range "aeopcxyаеорсху" + "kmthbкмтнв" + "іi" {
		m[r] = true
	}
	return m
}()

// between reports whether a digit stands inside a word and not at its edge.
func between(word []sign, i int) bool {
	return i > 0 && i < len(word)-1 && unicode.IsLetter(word[i-1].r) && unicode.IsLetter(word[i+1].r)
}
