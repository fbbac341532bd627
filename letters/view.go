package letters

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"opendoor/offboarding"
)

// view is what a template may print. Everything that comes from a CRM has been
// cleaned; an empty field means that nothing fit to be printed is known, and
// templates ask for it with {{if .Field}}.
type view struct {
	Client      string // how the client is addressed
	About       string // "ООО «Вектор» · договор № 15"
	CaseNo      int64
	Company     string // ours
	Person      string // who signs
	PersonEmail string
	Phone       string // the last four digits of the client's number: "45-67"
	CallBy      string // behind «до»: "вторника, 24 ноября, 18:00"; behind "by": "Tuesday, 24 November, 18:00"
	ExpiresOn   string // "24 декабря"

	Answers        []offboarding.AnswerLink
	SurveyURL      string
	DeclineURL     string
	ProceedURL     string
	PreferencesURL string
}

func viewOf(d offboarding.LetterData, lang offboarding.Lang) (view, error) {
	loc := d.Location
	if loc == nil {
		loc = d.Account.Location()
	}
	v := view{
		Client: personName(d.Case.Client.Name), CaseNo: d.Case.No, Company: title(d.Account.Name),
		Phone: phoneEnding(d.Case.Client.Phone), SurveyURL: d.SurveyURL, DeclineURL: d.DeclineURL,
		ProceedURL: d.ProceedURL, PreferencesURL: d.PreferencesURL, About: about(d.Case, lang),
	}
	if v.CaseNo <= 0 {
		return v, errors.New("the case has no number")
	}
	if !d.Person.Inactive {
		v.Person = personName(d.Person.Name)
		if v.Person != "" {
			v.PersonEmail = address(d.Person.Email)
		}
	}
	if !d.CallBy.IsZero() {
		v.CallBy = momentIn(lang, d.CallBy.In(loc))
	}
	if !d.SurveyExpiresAt.IsZero() {
		v.ExpiresOn = dayIn(lang, d.SurveyExpiresAt.In(loc), d.Case.Dates.ReceivedAt.In(loc))
	}
	links := map[string]string{
		"SurveyURL": d.SurveyURL, "DeclineURL": d.DeclineURL,
		"ProceedURL": d.ProceedURL, "PreferencesURL": d.PreferencesURL,
	}
	for i, a := range d.Answers {
		a.Label = clean(a.Label)
		if a.Label == "" || a.URL == "" {
			return v, fmt.Errorf("answer %d has no label or no link", i+1)
		}
		links["link of answer "+a.Code] = a.URL
		v.Answers = append(v.Answers, a)
	}
	for name, link := range links {
		if link != "" && !webAddress(link) {
			return v, fmt.Errorf("%s is not a web address", name)
		}
	}
	return v, nil
}

// about says in nominative bits which contract the letter is about, so that it
// reads well whatever is known.
func about(c *offboarding.Case, lang offboarding.Lang) string {
	var bits []string
	if name := title(c.Company.Name); name != "" {
		bits = append(bits, name)
	}
	if no := title(c.Contract.Number); no != "" && utf8.RuneCountInString(no) <= 40 {
		bits = append(bits, in(lang, "договор № ", "contract No. ")+no)
	}
	return strings.Join(bits, " · ")
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsFunc(s, unicode.IsSpace)
}

func address(s string) string {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	if err != nil || clean(a.Address) != a.Address {
		return ""
	}
	return a.Address
}

// clean makes one line of a value: control characters, invisible ones, text
// direction marks and our own marks go, and so does broken UTF-8.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.Is(unicode.C, r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// linkish is what a mail client would turn into a link: someone could put an
// advertisement into a CRM's web form and let us mail it.
var linkish = regexp.MustCompile(`://|@|(?i:www\.)|[\pL\pN-]{2,}\.\pL{2,}`)

// title returns the name of a company or a contract when it is fit to be
// printed, otherwise nothing.
func title(s string) string {
	s = clean(s)
	if linkish.MatchString(s) || utf8.RuneCountInString(s) > 80 || !strings.ContainsFunc(s, isWordRune) {
		return ""
	}
	return s
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// personName returns a name by which one may address a person. CRMs keep phone
// numbers, notes and companies in that field too; then nobody is named.
func personName(s string) string {
	s = title(s)
	if utf8.RuneCountInString(s) > 60 || !strings.ContainsFunc(s, unicode.IsLetter) {
		return ""
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune(" -.'’", r) {
			return ""
		}
	}
	return s
}

// phoneEnding shows the client which number we have without printing it.
func phoneEnding(s string) string {
	var digits []rune
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits = append(digits, r)
		}
	}
	if len(digits) < 7 {
		return ""
	}
	last := string(digits[len(digits)-4:])
	return last[:2] + "-" + last[2:]
}

// sample is what templates are tried with when they are loaded.
func sample(template string, lang offboarding.Lang) view {
	at := time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)
	v := view{
		Client: "N", About: "N", CaseNo: 1, Company: "N", Person: "N", PersonEmail: "n@example.com",
		Phone: "00-00", PreferencesURL: "https://example.com/u",
	}
	switch template {
	case offboarding.T01:
		v.CallBy, v.ProceedURL = momentIn(lang, at), "https://example.com/l"
	default:
		v.ExpiresOn = dayIn(lang, at, at)
		v.Answers = []offboarding.AnswerLink{{Code: "other", Label: "N", URL: "https://example.com/s"}}
		v.SurveyURL, v.DeclineURL = "https://example.com/s", "https://example.com/s?decline=1"
	}
	return v
}

func in(lang offboarding.Lang, ru, en string) string {
	if lang == offboarding.EN {
		return en
	}
	return ru
}
