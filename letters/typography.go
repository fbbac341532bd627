package letters

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
		return fmt.Sprintf("%s on %s, %d%s%s", t.Format("15:04"), t.Weekday(), t.Day(), nbsp, t.Month())
	}
	return fmt.Sprintf("%s %s, %d%s%s", t.Format("15:04"), weekdaysRU[t.Weekday()], t.Day(), nbsp, monthsRU[t.Month()])
}

// dayIn writes a day out; the year stands there only when it is another than now's.
func dayIn(lang offboarding.Lang, t, now time.Time) string {
	s := fmt.Sprintf("%d%s%s", t.Day(), nbsp, in(lang, monthsRU[t.Month()], t.Month().String()))
	if !now.IsZero() && now.Year() > 1 && t.Year() != now.Year() {
		s += fmt.Sprintf("%s%d%s", nbsp, t.Year(), in(lang, nbsp+"года", ""))
	}
	return s
}

// wording says things in one language, as seen at one moment.
type wording struct {
	lang offboarding.Lang
	now  time.Time // in the account's time zone
	loc  *time.Location
}

// day writes a civil date out, the year only when it is another than now's.
func (w wording) day(civil string) string {
	t, err := time.ParseInLocation(time.DateOnly, civil, w.loc)
	if err != nil {
		return ""
	}
	return dayIn(w.lang, t, w.now)
}

// fullDay writes a civil date out with its year, as papers need it.
func (w wording) fullDay(civil string) string {
	t, err := time.Parse(time.DateOnly, civil)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d%s%s%s%d%s", t.Day(), nbsp, in(w.lang, monthsRU[t.Month()], t.Month().String()), nbsp, t.Year(), in(w.lang, nbsp+"года", ""))
}

// money writes an amount out: «12 400,50 ₽», "€12,400.50".
func (w wording) money(m offboarding.Money) string {
	m.Currency = clean(m.Currency)
	return m.Written(w.lang)
}

// moment writes a moment out as it stands behind «до» or "by".
func (w wording) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return momentIn(w.lang, t.In(w.loc))
}

// count puts a number and the right form of its word together. Two forms are
// for one and many, three for 1, 2–4 and 5 as Russian has them.
func count(n int, forms ...string) (string, error) {
	last, two := n%10, n%100
	one, few := last == 1 && two != 11, last >= 2 && last <= 4 && (two < 12 || two > 14)
	if len(forms) == 2 {
		forms = append(forms, forms[len(forms)-1])
		one, few = n == 1, false
	}
	if len(forms) != 3 {
		return "", errors.New("count needs two or three forms of the word")
	}
	form := forms[2]
	switch {
	case one:
		form = forms[0]
	case few:
		form = forms[1]
	}
	return strconv.Itoa(n) + nbsp + form, nil
}

// Words that must not stand alone at the end of a line.
var shortWords = map[string]bool{
	"в": true, "к": true, "с": true, "о": true, "у": true, "и": true, "а": true, "я": true,
	"на": true, "по": true, "за": true, "из": true, "до": true, "от": true, "не": true, "ни": true,
	"но": true, "об": true, "со": true, "во": true, "ко": true, "для": true, "без": true, "при": true,
}

// Abbreviations that belong to what follows them.
var abbreviations = map[string]bool{"п.": true, "пп.": true, "ст.": true, "г.": true, "ул.": true, "д.": true, "стр.": true, "корп.": true}

// typeset puts no-break spaces where a line must not break: behind № and short
// Russian words, and before a dash.
func typeset(lang offboarding.Lang, s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/16)
	word := 0 // where the present word began
	for i, r := range s {
		switch {
		case r == ' ' && (sticks(lang, s[word:i]) || counts(lang, s[word:i], s[i+1:]) || startsDash(s[i+1:])):
			b.WriteString(nbsp)
			word = i + 1
			continue
		case r == ' ', r == '\n', r == '\u00a0', r == '(', r == '«', r == '“', isControl(r):
			word = i + utf8.RuneLen(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isControl reports whether a rune belongs to a control, such as strong, and not to
// the text.
func isControl(r rune) bool { return r >= 0xE000 && r <= 0xE00F }

func startsDash(s string) bool { return strings.HasPrefix(s, "—") || strings.HasPrefix(s, "–") }

func sticks(lang offboarding.Lang, word string) bool {
	if word == "№" || word == "No." || lang == offboarding.RU && abbreviations[strings.ToLower(word)] {
		return true
	}
	// The longest of the words below has six bytes.
	return lang == offboarding.RU && len(word) <= 6 && shortWords[strings.ToLower(word)]
}

// counts reports whether a number and what it counts must stay together:
// 12 000 ₽, 5 декабря, 2026 года.
func counts(lang offboarding.Lang, number, rest string) bool {
	next := rest
	if end := strings.IndexFunc(rest, func(r rune) bool { return r == ' ' || r == '\n' || isControl(r) }); end >= 0 {
		next = rest[:end]
	}
	next = strings.TrimRight(next, ".,;:!?)»")
	if lang == offboarding.RU && slices.Contains(monthsRU[1:], number) { // декабря 2026
		return len(next) == 4 && strings.Trim(next, "0123456789") == ""
	}
	if number == "" || strings.Trim(number, "+−0123456789,") != "" {
		return false
	}
	if groupOfThree.MatchString(next) || strings.HasPrefix(next, "₽") || strings.HasPrefix(next, "%") {
		return true
	}
	return lang == offboarding.RU && (next == "год" || next == "года" || next == "году" || slices.Contains(monthsRU[1:], next))
}

// groupOfThree is what follows a gap in a number: 12 450,50 ₽, +7 900 000-00-00.
var groupOfThree = regexp.MustCompile(`^\d{3}([,.-]\d+)*$`)

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
