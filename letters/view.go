package letters

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// view is what a template may print, by name. Everything that comes from a CRM
// or from a person has been cleaned; an empty value means that nothing fit to be
// printed is known, and templates ask for it with {{if .Name}}.
type view map[string]any

// viewOf gathers what a letter may print. Every letter has the same fields
// whatever is known, so that a misspelt one is always found.
func viewOf(d offboarding.LetterData) (view, error) {
	loc := d.Location
	if loc == nil {
		loc = d.Account.Location()
	}
	kind, _ := offboarding.LetterKindOf(d.Template)
	now := d.Now
	if now.IsZero() {
		now = d.Case.Dates.ReceivedAt
	}
	w := wording{d.Lang, now.In(loc), loc}
	v := view{
		"Client": personName(d.Case.Client.Name), "ClientName": title(d.Case.Client.Name), "ClientCompany": title(d.Case.Company.Name), "About": about(d.Case, d.Lang), "Company": title(d.Account.Name),
		"Contract": contractNo(d.Case.Contract.Number), "Phone": phoneEnding(d.Case.Client.Phone),
		"CaseNo": "", "Person": "", "PersonEmail": "", "CallBy": "", "ExpiresOn": "", "LastDay": w.day(d.Case.Dates.EffectiveOn), "CardURL": "",
		"SurveyURL": d.SurveyURL, "DeclineURL": d.DeclineURL, "StayURL": d.StayURL, "ProceedURL": d.ProceedURL, "ComebackURL": d.ComebackURL,
		"ContestURL": d.ContestURL, "HandoverURL": d.HandoverURL, "PreferencesURL": d.PreferencesURL, "ChatURL": d.ChatURL, "ReplyStops": d.ReplyStops,
	}
	if d.Case.ID != uuid.Nil || !kind.Internal { // a letter to our own people may be about no case
		if d.Case.No <= 0 {
			return nil, errors.New("the case has no number")
		}
		v["CaseNo"] = strconv.FormatInt(d.Case.No, 10)
	}
	if !d.Person.Inactive {
		if name := personName(d.Person.Name); name != "" {
			v["Person"], v["PersonEmail"] = name, address(d.Person.Email)
		}
	}
	if !d.CallBy.IsZero() {
		v["CallBy"] = momentIn(d.Lang, d.CallBy.In(loc))
	}
	if !d.SurveyExpiresAt.IsZero() {
		v["ExpiresOn"] = dayIn(d.Lang, d.SurveyExpiresAt.In(loc), w.now)
	}
	if webAddress(d.Case.CRM.URL) {
		v["CardURL"] = d.Case.CRM.URL
	}
	if err := v.links(d); err != nil {
		return nil, err
	}
	if err := v.own(w, d.Vars); err != nil {
		return nil, err
	}
	v.frame(d.Lang, kind.Internal)
	return v, nil
}

// links takes over the links, which are whole addresses or nothing.
func (v view) links(d offboarding.LetterData) error {
	answers := make([]offboarding.AnswerLink, 0, len(d.Answers))
	for i, a := range d.Answers {
		a.Label = clean(a.Label)
		if a.Label == "" || a.URL == "" {
			return fmt.Errorf("answer %d has no label or no link", i+1)
		}
		if !webAddress(a.URL) {
			return fmt.Errorf("the link of answer %s is not a web address", a.Code)
		}
		answers = append(answers, a)
	}
	v["Answers"] = answers
	for name, value := range v {
		if link, ok := value.(string); ok && strings.HasSuffix(name, "URL") && link != "" && !webAddress(link) {
			return fmt.Errorf("%s is not a web address", name)
		}
	}
	return nil
}

// frame adds how a letter begins and ends: greeting, signature, small print.
func (v view) frame(lang offboarding.Lang, internal bool) {
	name := v["Client"].(string)
	if internal {
		name, _ = v["Owner"].(string)
	}
	v["Hello"] = in(lang, "Здравствуйте.", "Hello,")
	if name != "" {
		v["Hello"] = in(lang, name+", здравствуйте.", "Hello "+name+",")
	}
	sign := []string{v["Person"].(string)}
	if sign[0] == "" {
		sign[0] = in(lang, "Отдел по работе с клиентами", "Client care")
	}
	if us := v["Company"].(string); us != "" {
		sign = append(sign, us)
	}
	v["Sign"] = control("sign", sign...)
	var foot []string
	for _, bit := range []string{v["About"].(string), in(lang, "обращение № ", "case No. ") + v["CaseNo"].(string)} {
		if bit != "" && (v["CaseNo"] != "" || bit == v["About"]) {
			foot = append(foot, bit)
		}
	}
	v["Foot"] = ""
	if len(foot) > 0 {
		v["Foot"] = control("foot", strings.Join(foot, " · "))
	}
}

// inHTML is the view for an operator's own HTML, in which signature and small
// print are HTML already.
func (v view) inHTML() view {
	out := maps.Clone(v)
	for name, value := range out {
		if s, ok := value.(string); ok && strings.HasPrefix(s, ctlOpen) {
			m := controls.FindStringSubmatch(s)
			out[name] = htmltemplate.HTML(asHTML(m[1], strings.Split(m[2], ctlNext)[1:])) // escaped there
		}
	}
	return out
}

// about says in nominative bits which contract the letter is about, so that it
// reads well whatever is known.
func about(c *offboarding.Case, lang offboarding.Lang) string {
	var bits []string
	if name := title(c.Company.Name); name != "" {
		bits = append(bits, name)
	}
	if no := contractNo(c.Contract.Number); no != "" {
		bits = append(bits, in(lang, "договор № ", "contract No. ")+no)
	}
	return strings.Join(bits, " · ")
}

// contractNo returns a contract's number when it looks like one.
func contractNo(s string) string {
	if s = title(s); utf8.RuneCountInString(s) > 40 {
		return ""
	}
	return s
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

func in(lang offboarding.Lang, ru, en string) string {
	if lang == offboarding.EN {
		return en
	}
	return ru
}
