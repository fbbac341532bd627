package letters

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"opendoor/offboarding"
)

const nbsp = "\u00a0"

var (
	weekdaysRU = [...]string{"воскресенья", "понедельника", "вторника", "среды", "четверга", "пятницы", "субботы"}
	monthsRU   = [...]string{"", "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
)

// momentIn writes a moment out as it stands behind «до» or "by".
func momentIn(lang offboarding.Lang, t time.Time) string {
	if lang == offboarding.EN {
		return fmt.Sprintf("%s, %d%s%s, %s", t.Weekday(), t.Day(), nbsp, t.Month(), t.Format("15:04"))
	}
	return fmt.Sprintf("%s, %d%s%s, %s", weekdaysRU[t.Weekday()], t.Day(), nbsp, monthsRU[t.Month()], t.Format("15:04"))
}

// dayIn writes a day out; the year stands there only when it is another than now's.
func dayIn(lang offboarding.Lang, t, now time.Time) string {
	s := fmt.Sprintf("%d%s%s", t.Day(), nbsp, in(lang, monthsRU[t.Month()], t.Month().String()))
	if !now.IsZero() && now.Year() > 1 && t.Year() != now.Year() {
		s += fmt.Sprintf("%s%d%s", nbsp, t.Year(), in(lang, nbsp+"года", ""))
	}
	return s
}

// Words that must not stand alone at the end of a line.
var shortWords = map[string]bool{
	"в": true, "к": true, "с": true, "о": true, "у": true, "и": true, "а": true, "я": true,
	"на": true, "по": true, "за": true, "из": true, "до": true, "от": true, "не": true, "ни": true,
	"но": true, "об": true, "со": true, "во": true, "ко": true, "для": true, "без": true, "при": true,
}

// typeset puts no-break spaces where a line must not break: behind № and short
// Russian words, and before a dash.
func typeset(lang offboarding.Lang, s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/16)
	word := 0 // where the present word began
	for i, r := range s {
		switch {
		case r == ' ' && (sticks(lang, s[word:i]) || startsDash(s[i+1:])):
			b.WriteString(nbsp)
			word = i + 1
			continue
		case r == ' ', r == '\n', r == '\u00a0', r == '(', r == '«':
			word = i + utf8.RuneLen(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

func startsDash(s string) bool { return strings.HasPrefix(s, "—") || strings.HasPrefix(s, "–") }

func sticks(lang offboarding.Lang, word string) bool {
	if word == "№" || word == "No." {
		return true
	}
	// The longest of the words below has six bytes.
	return lang == offboarding.RU && len(word) <= 6 && shortWords[strings.ToLower(word)]
}

var tag = regexp.MustCompile(`<[^>]*>`)

// typesetHTML typesets what stands between the tags.
func typesetHTML(lang offboarding.Lang, s string) string {
	var b strings.Builder
	at := 0
	for _, m := range tag.FindAllStringIndex(s, -1) {
		b.WriteString(typeset(lang, s[at:m[0]]))
		b.WriteString(s[m[0]:m[1]])
		at = m[1]
	}
	b.WriteString(typeset(lang, s[at:]))
	return b.String()
}

var (
	spacesBeforeEnd = regexp.MustCompile(`[ \t]+\n`)
	manyEmptyLines  = regexp.MustCompile(`\n{3,}`)
)

// tidy ends the text with one line end and leaves at most one empty line between
// paragraphs, so that templates may be laid out freely.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = spacesBeforeEnd.ReplaceAllString(s, "\n")
	return strings.TrimSpace(manyEmptyLines.ReplaceAllString(s, "\n\n")) + "\n"
}
