package letters

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opendoor/offboarding"
	"opendoor/offboarding/tone"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	moscow = time.FixedZone("MSK", 3*60*60)
	both   = bothLangs
)

func writer(t *testing.T) *Writer {
	t.Helper()
	w, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// letterTo is a letter with everything known, in which tests then forget something.
func letterTo(template string, lang offboarding.Lang) offboarding.LetterData {
	d := Sample(template, lang, true)
	d.Location = moscow
	return d
}

func TestLettersReadAsWritten(t *testing.T) {
	w := writer(t)
	for template, file := range names {
		for _, lang := range both {
			for what, whole := range map[string]bool{"": true, "_bare": false} {
				t.Run(file+"_"+string(lang)+what, func(t *testing.T) {
					l, err := w.Write(Sample(template, lang, whole))
					if err != nil {
						t.Fatal(err)
					}
					golden(t, fmt.Sprintf("%s_%s%s.txt", file, lang, what), "Subject: "+l.Subject+"\n\n"+l.Text)
					if whole {
						golden(t, fmt.Sprintf("%s_%s.html", file, lang), l.HTML)
					}
				})
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; look at it and run go test ./letters -update\n--- got\n%s", path, got)
	}
}

// written is a letter in which something was not known.
type written struct {
	name                string
	gaps                int // one bit for each that is unknown
	data                offboarding.LetterData
	letter              *offboarding.WrittenLetter
	subject, text, html string
	parts               []offboarding.LetterPart
}

// everyCombination returns the letters of each combination of what may be
// unknown, written once for all tests.
var everyCombination = sync.OnceValues(func() ([]written, error) {
	w, err := New("")
	if err != nil {
		return nil, err
	}
	var all []written
	type gap struct {
		name string
		fn   func(*offboarding.LetterData)
	}
	gaps := []gap{
		{"client", func(d *offboarding.LetterData) { d.Case.Client.Name = "" }},
		{"person", func(d *offboarding.LetterData) { d.Person = offboarding.Responsible{} }},
		{"company", func(d *offboarding.LetterData) { d.Account.Name = "" }},
		{"client's company", func(d *offboarding.LetterData) { d.Case.Company = offboarding.Named{} }},
		{"contract", func(d *offboarding.LetterData) { d.Case.Contract = offboarding.Contract{Missing: true} }},
		{"phone", func(d *offboarding.LetterData) { d.Case.Client.Phone = "" }},
		{"person's address", func(d *offboarding.LetterData) { d.Person.Email = "" }},
		{"expiry", func(d *offboarding.LetterData) { d.SurveyExpiresAt = time.Time{} }},
		{"what may be unknown of its own", func(d *offboarding.LetterData) { d.Vars = Sample(d.Template, d.Lang, false).Vars }},
	}
	for template, file := range names {
		for _, lang := range both {
			for set := range 1 << len(gaps) {
				if template != offboarding.T01 && set&(set-1) != 0 && set != 1<<len(gaps)-1 && set%31 != 0 {
					continue // one at a time, all of them, and some of the rest
				}
				d := letterTo(template, lang)
				name := file + "/" + string(lang) + " without"
				for i, f := range gaps {
					if set&(1<<i) != 0 {
						f.fn(&d)
						name += " " + f.name
					}
				}
				l, err := w.Write(d)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				all = append(all, written{name, set, d, l, l.Subject, l.Text, l.HTML, l.Parts})
			}
		}
	}
	return all, nil
})

func combinations(t *testing.T) []written {
	t.Helper()
	all, err := everyCombination()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	emptyLinesTwice = regexp.MustCompile(`\n\n\n`)
	oddPunctuation  = regexp.MustCompile(`[ ` + nbsp + `][,.:;]|,,|\.\.|: *\n\n\n|\S  +\S|· *\n|^ ·|\( *\)|«»`)
	word1           = regexp.MustCompile(`[\pL\pN]\S*`)
	address1        = regexp.MustCompile(`https?://\S+`)
)

func TestLettersReadNaturallyWhateverIsUnknown(t *testing.T) {
	for _, l := range combinations(t) {
		name, subject, text, html := l.name, l.subject, l.text, l.html
		plain := regexp.MustCompile(`(?m)^  https?://\S+$`).ReplaceAllString(text, "")
		for what, s := range map[string]string{"subject": subject, "text": plain, "html": words1(html)} {
			if m := oddPunctuation.FindString(s); m != "" {
				t.Errorf("%s: %s contains %q:\n%s", name, what, m, s)
			}
			for _, odd := range []string{"<no value>", "{{", "}}", "\uE000", "\uE001", "\uE002", "ZgotmplZ", `"`} {
				if what != "html" && strings.Contains(s, odd) {
					t.Errorf("%s: %s contains %q", name, what, odd)
				}
			}
		}
		if emptyLinesTwice.MatchString(text) {
			t.Errorf("%s: two empty lines:\n%s", name, text)
		}
		if n := len(word1.FindAllString(address1.ReplaceAllString(text, ""), -1)); n > 150 {
			t.Errorf("%s: %d words; 150 are enough (domain §6)", name, n)
		}
		if n := strings.Count(subject+text, "!"); n > 1 || n > 0 && l.data.Template != offboarding.T14 {
			t.Errorf("%s shouts", name)
		}
		if marks.MatchString(subject+text+html) || strings.Contains(html, "!important;!") {
			t.Errorf("%s: a mark is left in the HTML", name)
		}
	}
}

var (
	headPart = regexp.MustCompile(`(?s)^.*<body[^>]*>`)
	tags     = regexp.MustCompile(`<[^>]*>`)
)

// words1 returns what a reader sees of an HTML letter.
func words1(html string) string {
	s := tags.ReplaceAllString(headPart.ReplaceAllString(html, ""), "\n")
	s = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#43;", "+", "\u200a", "", "&#8202;", "").Replace(s)
	return regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(s, "\n")
}

// TestTextAndHTMLSayTheSame compares the words of both and the links behind them.
func TestTextAndHTMLSayTheSame(t *testing.T) {
	letters := regexp.MustCompile(`[\pL\pN]+`)
	for _, l := range combinations(t) {
		name, text, html := l.name, l.text, l.html
		inText := letters.FindAllString(address1.ReplaceAllString(text, ""), -1)
		inHTML := letters.FindAllString(words1(html), -1)
		if a, b := strings.Join(inText, " "), strings.Join(inHTML, " "); a != b {
			t.Errorf("%s:\ntext: %s\nHTML: %s", name, a, b)
		}
		for _, link := range address1.FindAllString(text, -1) {
			if !strings.Contains(html, `href="`+strings.ReplaceAll(link, "&", "&amp;")+`"`) {
				t.Errorf("%s: the HTML has no link to %s", name, link)
			}
		}
	}
}

func TestEveryRequiredElementIsSaid(t *testing.T) {
	for _, l := range combinations(t) {
		name, text, d := l.name, l.text, l.data
		said, whole := map[string]string{}, ""
		for _, p := range l.parts {
			said[p.Element] += p.Text
			whole += p.Text
		}
		if whole != text {
			t.Errorf("%s: the parts are not the text", name)
		}
		for _, e := range Elements(d.Template) {
			if len(strings.TrimSpace(said[e])) < 10 {
				t.Errorf("%s: element %s says %q", name, e, said[e])
			}
		}
	}
}

func TestTypography(t *testing.T) {
	loose := regexp.MustCompile(`(?i)(^|[\s(«])(в|к|с|о|у|и|на|по|за|из|до|от|не) \pL| [—–]|№ |\d (` + strings.Join(monthsRU[1:], "|") + `)`)
	for _, l := range combinations(t) {
		name, subject, text, html, d := l.name, l.subject, l.text, l.html, l.data
		for _, s := range []string{subject, text, words1(html)} {
			if d.Lang == offboarding.RU {
				if m := loose.FindString(s); m != "" {
					t.Errorf("%s: a line may break at %q", name, m)
				}
			}
			if strings.ContainsAny(s, "„'\"") || strings.ContainsAny(s, map[offboarding.Lang]string{"ru": "“”", "en": "«»"}[d.Lang]) || strings.Contains(s, " - ") || strings.Contains(s, "--") {
				t.Errorf("%s: quotes or dashes of another kind in:\n%s", name, s)
			}
		}
	}
}

func TestHTMLBringsNothingFromElsewhere(t *testing.T) {
	w := writer(t)
	for template := range names {
		for _, lang := range both {
			l, err := w.Write(letterTo(template, lang))
			if err != nil {
				t.Fatal(err)
			}
			html := l.HTML
			for _, bad := range []string{"<img", "<script", "<link", "<iframe", "url(", "@import", "@font-face", "src=", "<form"} {
				if strings.Contains(html, bad) {
					t.Errorf("%s/%s contains %s", template, lang, bad)
				}
			}
			if !strings.Contains(html, `<html lang="`+string(lang)+`">`) || !strings.Contains(html, `name="color-scheme" content="light dark"`) {
				t.Errorf("%s/%s names neither its language nor its colour schemes", template, lang)
			}
		}
	}
}

func TestDatesAreWrittenOut(t *testing.T) {
	at := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	later := time.Date(2027, 1, 9, 9, 0, 0, 0, time.UTC)
	tests := map[string]struct{ got, want string }{
		"a moment in Russian":      {momentIn("ru", at.In(moscow)), "18:00 вторника, 24 ноября"},
		"a moment in English":      {momentIn("en", at.In(moscow)), "18:00 on Tuesday, 24 November"},
		"a day of this year":       {dayIn("ru", at, at), "24 ноября"},
		"a day of the next year":   {dayIn("ru", later, at), "9 января 2027 года"},
		"the same in English":      {dayIn("en", later, at), "9 January 2027"},
		"without a day to compare": {dayIn("ru", later, time.Time{}), "9 января"},
	}
	for name, tc := range tests {
		if got := strings.ReplaceAll(tc.got, nbsp, " "); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	for d := range 7 {
		if s := momentIn("ru", at.AddDate(0, 0, d)); strings.Contains(s, " ,") {
			t.Errorf("day %d has no name: %q", d, s)
		}
	}
}

func TestTheYearOfTheCaseDecidesWhetherOneIsPrinted(t *testing.T) {
	d := letterTo(offboarding.T03, offboarding.RU)
	d.SurveyExpiresAt = time.Date(2027, 1, 9, 9, 0, 0, 0, time.UTC)
	l, err := writer(t).Write(d)
	if err != nil {
		t.Fatal(err)
	}
	if text := l.Text; !strings.Contains(strings.ReplaceAll(text, nbsp, " "), "до 9 января 2027 года.") {
		t.Errorf("no year in:\n%s", text)
	}
}

func TestAMissingVariableIsAnError(t *testing.T) {
	tests := map[string]struct {
		template string
		forget   func(*offboarding.LetterData)
	}{
		"no deadline for the call": {offboarding.T01, func(d *offboarding.LetterData) { d.CallBy = time.Time{} }},
		"no link to proceed":       {offboarding.T01, func(d *offboarding.LetterData) { d.ProceedURL = "" }},
		"no case number":           {offboarding.T01, func(d *offboarding.LetterData) { d.Case.No = 0 }},
		"no case":                  {offboarding.T01, func(d *offboarding.LetterData) { d.Case = nil }},
		"no account":               {offboarding.T01, func(d *offboarding.LetterData) { d.Account = nil }},
		"no answers":               {offboarding.T03, func(d *offboarding.LetterData) { d.Answers = nil }},
		"an answer without a link": {offboarding.T03, func(d *offboarding.LetterData) { d.Answers[2].URL = "" }},
		"an answer without words":  {offboarding.T03, func(d *offboarding.LetterData) { d.Answers[2].Label = "" }},
		"no link to decline":       {offboarding.T03, func(d *offboarding.LetterData) { d.DeclineURL = "" }},
		"no way to stop letters":   {offboarding.T3R, func(d *offboarding.LetterData) { d.PreferencesURL = "" }},
		"a link that is no link":   {offboarding.T03, func(d *offboarding.LetterData) { d.DeclineURL = "javascript:alert(1)" }},
		"a template of tomorrow":   {offboarding.T01, func(d *offboarding.LetterData) { d.Template = "T99" }},
	}
	w := writer(t)
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d := letterTo(tc.template, offboarding.RU)
			tc.forget(&d)
			if l, err := w.Write(d); err == nil {
				t.Errorf("a letter was written all the same: %q %q", l.Subject, l.Text)
			} else if l != nil {
				t.Error("there is an error and a letter")
			}
		})
	}
}

func TestEveryStockLetterPassesTheToneGuard(t *testing.T) {
	for _, l := range combinations(t) {
		k, _ := offboarding.LetterKindOf(l.data.Template)
		switch l.gaps { // each check takes some milliseconds
		case 0, 1 << 1, 1 << 8, 1<<9 - 1:
		default:
			continue
		}
		for _, intent := range []string{"unknown", "final"} {
			if k.Code == offboarding.T07 && intent == "final" {
				continue // such a proposal is never sent
			}
			c := tone.Letter{Text: l.subject + "\n" + l.text, Lang: string(l.data.Lang), Kind: k.Kind, Intent: intent, Quotes: l.letter.Quotes}
			c.Parted = slices.Contains([]string{offboarding.T12, offboarding.T14, offboarding.T15, offboarding.T16, offboarding.T17, offboarding.T19}, k.Code)
			for _, p := range l.parts {
				c.Parts = append(c.Parts, tone.Part{Element: p.Element, Text: p.Text})
			}
			if r := tone.Check(c); r.Verdict != tone.Pass {
				t.Errorf("%s, intent %s: %s %+v missing %v\n%s", l.name, intent, r.Verdict, r.Findings, r.Missing, l.text)
			}
		}
	}
}

// What we hold for a client is called as the checklists call it, whoever is
// late with it.
func TestNoPaperOfAChecklistHoldsALetterUp(t *testing.T) {
	w := writer(t)
	for _, service := range []string{"accounting", "payroll_hr", "it_support", "legal", "marketing", "insurance_finance", "repair_service", "generic"} {
		for _, titles := range both {
			list, ok := offboarding.SeedChecklist(service, titles)
			if !ok {
				t.Fatal(service)
			}
			var papers []string
			for _, item := range list.Items {
				papers = append(papers, item.Title)
			}
			for template, vars := range map[string]any{
				offboarding.T10: offboarding.DelayNotice{Items: papers, Why: "the archive is closed", NewDate: "2026-12-08"},
				offboarding.T13: offboarding.SuccessorLetter{ConsentRef: "letter of 12 November", Contents: papers, QuestionsUntil: "2027-02-22"},
				offboarding.I04: offboarding.DeadlineAlert{Owner: "Мария Котова", What: "handover", DueOn: "2026-12-08", Missing: papers},
			} {
				for _, lang := range both {
					d := letterTo(template, lang)
					d.Vars = vars
					l, err := w.Write(d)
					if err != nil {
						t.Fatal(err)
					}
					if r := tone.Check(tone.Letter{Text: l.Text, Lang: string(lang), Intent: "final", Quotes: l.Quotes, Names: l.Names, Titles: l.Titles}); r.Verdict != tone.Pass {
						t.Errorf("%s/%s with papers of %s in %s: %+v", template, lang, service, titles, r.Findings)
					}
				}
			}
		}
	}
}

func TestNumbersTakeTheRightFormOfTheirWord(t *testing.T) {
	for n, want := range map[int]string{0: "дней", 1: "день", 2: "дня", 4: "дня", 5: "дней", 11: "дней", 12: "дней", 14: "дней", 21: "день", 22: "дня", 25: "дней", 101: "день", 111: "дней", 112: "дней"} {
		if got, err := count(n, "день", "дня", "дней"); err != nil || got != fmt.Sprintf("%d%s%s", n, nbsp, want) {
			t.Errorf("%d: %q, %v", n, got, err)
		}
	}
	for n, want := range map[int]string{0: "days", 1: "day", 2: "days", 21: "days"} {
		if got, err := count(n, "day", "days"); err != nil || got != fmt.Sprintf("%d%s%s", n, nbsp, want) {
			t.Errorf("%d: %q, %v", n, got, err)
		}
	}
	if _, err := count(1, "день"); err == nil {
		t.Error("one form was enough")
	}
}

func TestMoneyReadsAsPeopleWriteIt(t *testing.T) {
	tests := []struct {
		lang offboarding.Lang
		m    offboarding.Money
		want string
	}{
		{"ru", offboarding.Money{AmountMinor: 1240000, Currency: "RUB"}, "12 400 ₽"},
		{"ru", offboarding.Money{AmountMinor: 1240050, Currency: "RUB"}, "12 400,50 ₽"},
		{"ru", offboarding.Money{AmountMinor: -5, Currency: "RUB"}, "−0,05 ₽"},
		{"ru", offboarding.Money{AmountMinor: 123456789012, Currency: "RUB"}, "1 234 567 890,12 ₽"},
		{"ru", offboarding.Money{AmountMinor: 100000, Currency: "BYN"}, "1 000 BYN"},
		{"en", offboarding.Money{AmountMinor: 1240050, Currency: "EUR"}, "€12,400.50"},
		{"en", offboarding.Money{AmountMinor: -1240050, Currency: "USD"}, "−$12,400.50"},
		{"en", offboarding.Money{AmountMinor: 100000, Currency: "RUB"}, "1,000 ₽"},
		{"en", offboarding.Money{AmountMinor: 1000, Currency: "JPY"}, "1,000 JPY"},
	}
	for _, tc := range tests {
		if got := strings.ReplaceAll((wording{lang: tc.lang}).money(tc.m), nbsp, " "); got != tc.want {
			t.Errorf("%+v in %s: %q, want %q", tc.m, tc.lang, got, tc.want)
		}
	}
}

func TestANumberThatIsMarkedDoesNotBreakEither(t *testing.T) {
	for template, want := range map[string]string{offboarding.T9C: "482 913", offboarding.T20: "+7 900 000-00-00"} {
		l, err := writer(t).Write(letterTo(template, offboarding.RU))
		if err != nil {
			t.Fatal(err)
		}
		if want = strings.ReplaceAll(want, " ", nbsp); !strings.Contains(l.Text, want) {
			t.Errorf("%s: %q is not in\n%s", template, want, l.Text)
		}
	}
}

func TestWhatSomebodyTypedDoesNotBreakWithinANumber(t *testing.T) {
	for in, want := range map[string]string{
		"вернули 6 450,50 ₽":               "вернули 6 450,50 ₽",
		"1 250 000 ₽":                      "1 250 000 ₽",
		"−6 450,50 ₽":                      "−6 450,50 ₽",
		"+7 900 000-00-00, до вечера":      "+7 900 000-00-00, до вечера",
		"пишите: +7 900 000-00-00\n\nДела": "пишите: +7 900 000-00-00\n\nДела",
		"Код: 482 913\nОн":                 "Код: 482 913\nОн",
		"отчёты за 2025 год":               "отчёты за 2025 год",
		"сдан в 2026 и ещё 12 отчётов":     "сдан в 2026 и ещё 12 отчётов",
	} {
		if got := typeset(offboarding.RU, in); got != want {
			t.Errorf("%q is set as %q", in, got)
		}
	}
}

func TestTheCancellationLetterNamesTheClientAlsoWhenThatIsACompany(t *testing.T) {
	d := letterTo(offboarding.T06, offboarding.RU)
	d.Case.Company.Name, d.Case.Client.Name = "", "ООО «Образец»"
	l, err := writer(t).Write(d)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(l.Text, "От\u00a0кого: ООО «Образец»") {
		t.Errorf("nobody cancels:\n%s", l.Text)
	}
}

func TestLongNamesDoNotBreakALetter(t *testing.T) {
	w := writer(t)
	for template := range names {
		for _, lang := range both {
			d := letterTo(template, lang)
			d.Case.Client.Name = "Анна-Мария Константиновна Римская-Корсакова-Заболоцкая"
			d.Case.Company.Name = "Общество с ограниченной ответственностью «Северо-Западная торговая»"
			d.Case.Contract.Number = strings.Repeat("15/", 12)
			l, err := w.Write(d)
			if err != nil {
				t.Fatalf("%s/%s: %v", template, lang, err)
			}
			if n := len([]rune(l.Subject)); n > maxSubject || strings.Contains(l.Subject, "\n") {
				t.Errorf("%s/%s: a subject of %d characters", template, lang, n)
			}
		}
	}
}
