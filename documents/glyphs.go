package documents

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// inFont are the characters that PT Sans draws (fc-query, without its private
// use area).
var inFont = &unicode.RangeTable{R16: []unicode.Range16{
	{0x20, 0x7e, 1},
	{0xa0, 0xac, 1},
	{0xae, 0xff, 1},
	{0x100, 0x109, 1},
	{0x10c, 0x113, 1},
	{0x116, 0x11f, 1},
	{0x122, 0x127, 1},
	{0x12a, 0x12b, 1},
	{0x12e, 0x131, 1},
	{0x134, 0x137, 1},
	{0x139, 0x13e, 1},
	{0x141, 0x148, 1},
	{0x14c, 0x14d, 1},
	{0x150, 0x165, 1},
	{0x16a, 0x173, 1},
	{0x178, 0x17f, 1},
	{0x218, 0x21b, 1},
	{0x401, 0x40c, 1},
	{0x40e, 0x44f, 1},
	{0x451, 0x45c, 1},
	{0x45e, 0x45f, 1},
	{0x490, 0x4c0, 1},
	{0x4c3, 0x4f9, 1},
	{0x2011, 0x2011, 1},
	{0x2013, 0x2014, 1},
	{0x2018, 0x201a, 1},
	{0x201c, 0x201e, 1},
	{0x2020, 0x2022, 1},
	{0x2026, 0x2026, 1},
	{0x2030, 0x2030, 1},
	{0x2039, 0x203a, 1},
	{0x20ac, 0x20ac, 1},
	{0x20bd, 0x20bd, 1},
	{0x2116, 0x2116, 1},
	{0x2122, 0x2122, 1},
	{0x2212, 0x2212, 1},
	{0x2248, 0x2248, 1},
	{0x2260, 0x2260, 1},
	{0x2264, 0x2265, 1},
}, LatinOffset: 3}

// clean makes foreign text fit to be set: one spelling of each letter, no
// control characters, nothing that turns the direction of a line, and a
// question mark for what the font cannot draw.
func clean(s string) string {
	if plain(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "?")
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == '\n' || unicode.Is(inFont, r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r):
		case r == '‐', r == '‒', r == '―':
			b.WriteByte('-')
		default:
			b.WriteString(nearest(r))
		}
	}
	return b.String()
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] != '\n' && (s[i] < 0x20 || s[i] > 0x7e) {
			return false
		}
	}
	return true
}

// nearest is what is left of a letter without its marks, or a question mark.
func nearest(r rune) string {
	var b strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		if unicode.Is(inFont, part) {
			b.WriteRune(part)
		}
	}
	if b.Len() == 0 {
		return "?"
	}
	return b.String()
}
