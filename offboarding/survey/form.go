package survey

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxText is the longest free text of an answer, in characters.
const MaxText = 2000

// MaxHeard is the longest answer to when and from where something was heard.
const MaxHeard = 200

// The names of the form's fields (contract §3; from reason2 on they are ours).
const (
	FieldReason         = "reason"
	FieldServiceRelated = "service_related"
	FieldDetail         = "detail"
	FieldNPS            = "nps"
	FieldKeepInTouch    = "keep_in_touch"
	FieldLiked          = "liked"
	FieldComment        = "comment"
	FieldReason2        = "reason2"    // a level-2 code of the reason's group
	FieldHeardWhen      = "heard_when" // when and from where something was heard about us,
	FieldHeardFrom      = "heard_from" // for the restricted record alone
	FieldWording        = "wording"    // the version of the wording that the page showed
	FieldDecline        = "decline"    // "1": the client would rather not answer
	FieldLang           = "lang"
	FieldForm           = "form"    // "1": posted by our own page
	FieldConfirm        = "confirm" // "1": its button was pressed
)

// Form is an answer as it was posted.
type Form struct {
	Reason         string // a code of either level
	ServiceRelated string // yes, partly, no; empty: not said
	Detail         string
	NPS            *int
	KeepInTouch    []string // codes of Channels, in their order
	Liked          string
	Comment        string
	HeardWhen      string
	HeardFrom      string
	Wording        int    // version of the wording on the page; 0: not said
	Declined       bool   // the client would rather not answer; the rest is empty
	Lang           string // ru or en when the page said so

	given map[string]bool // fields that were posted, even if empty
}

// FieldProblem says what is wrong with one field.
type FieldProblem struct {
	Field   string
	Problem Problem
}

// Problem is a kind of mistake in a field.
type Problem string

// The mistakes.
const (
	ProblemMissing Problem = "missing"
	ProblemUnknown Problem = "unknown"  // not one of the choices
	ProblemTooLong Problem = "too_long" // more than MaxText or MaxHeard characters
)

// Text tells the client what to do about it.
func (p FieldProblem) Text(lang string) string {
	switch p.Problem {
	case ProblemMissing:
		return pick(lang, "Выберите, пожалуйста, один из вариантов.", "Please choose one of the answers.")
	case ProblemTooLong:
		if p.Field == FieldHeardWhen || p.Field == FieldHeardFrom {
			return pick(lang, "Здесь помещается до 200 знаков. Сократите, пожалуйста.", "There is room for 200 characters here. Please make it shorter.")
		}
		return pick(lang, "Здесь помещается до 2000 знаков. Сократите, пожалуйста.", "There is room for 2,000 characters here. Please make it shorter.")
	default:
		return pick(lang, "Такого варианта нет. Выберите, пожалуйста, из списка.", "There is no such answer. Please choose from the list.")
	}
}

// Deliberate reports whether a POST to the survey is somebody's decision.
//
// Mail scanners open every link, run scripts and submit the forms they find.
// A form that submits itself sends its fields but not the name and value of
// the button nobody pressed. So our page marks itself with form=1, and what is
// marked so counts only together with the button's confirm=1. A POST without
// the mark was composed by a program on purpose (contract §3: all but reason is
// optional) and counts as it is. A robot that presses buttons like a person
// cannot be told from a person; its answer stays editable.
func Deliberate(v url.Values) bool {
	return !v.Has(FieldForm) || v.Get(FieldConfirm) == "1"
}

// ParseForm reads an answer. What is wrong is reported by field and left out;
// the rest of the form is good. Unknown fields are ignored.
func ParseForm(v url.Values) (Form, []FieldProblem) {
	p := parser{values: v, form: Form{given: map[string]bool{}}}
	f := &p.form
	if l := p.first(FieldLang); l == "ru" || l == "en" {
		f.Lang = l
	}
	if p.first(FieldDecline) == "1" {
		f.Declined = true
		return *f, nil
	}
	f.Reason = p.reason()
	f.closer(p.first(FieldReason2))
	f.Wording = p.version()
	f.ServiceRelated = p.oneOf(FieldServiceRelated, "yes", "partly", "no")
	f.Detail = p.text(FieldDetail)
	f.NPS = p.score(FieldNPS)
	f.KeepInTouch = p.channels()
	f.Liked = p.text(FieldLiked)
	f.Comment = p.text(FieldComment)
	f.HeardWhen = p.short(FieldHeardWhen)
	f.HeardFrom = p.short(FieldHeardFrom)
	return *f, p.problems
}

// Over returns prev with everything that was posted in f put over it, so that a
// later form that asks only some of the questions keeps the answers to the
// others. An empty field that was posted clears what was said before.
func (f Form) Over(prev Form) Form {
	if f.Declined {
		return f
	}
	out := prev
	out.Declined, out.given = false, f.given
	if f.Reason != "" && (f.Reason != GroupOf(prev.Reason) || f.given[FieldReason2]) {
		out.Reason = f.Reason // the group alone, said again, takes nothing back of what was said more closely
	}
	out.Wording = f.Wording
	if f.Lang != "" {
		out.Lang = f.Lang
	}
	for field, put := range map[string]func(){
		FieldServiceRelated: func() { out.ServiceRelated = f.ServiceRelated },
		FieldDetail:         func() { out.Detail = f.Detail },
		FieldNPS:            func() { out.NPS = f.NPS },
		FieldKeepInTouch:    func() { out.KeepInTouch = f.KeepInTouch },
		FieldLiked:          func() { out.Liked = f.Liked },
		FieldComment:        func() { out.Comment = f.Comment },
		FieldHeardWhen:      func() { out.HeardWhen = f.HeardWhen },
		FieldHeardFrom:      func() { out.HeardFrom = f.HeardFrom },
	} {
		if f.given[field] {
			put()
		}
	}
	return out
}

// closer takes a level-2 reason that fits the main one. One of another group was
// left over from a choice that has changed since, and means nothing.
func (f *Form) closer(code string) {
	r, ok := Lookup(code)
	if ok && r.Code != r.Group && r.Code != NoAnswer && r.Group == GroupOf(f.Reason) {
		f.Reason = r.Code
	}
}

// Shown lists the questions that the page asked, in their order.
func (f Form) Shown() []string {
	var out []string
	for _, q := range append([]string{FieldReason}, Questions...) {
		if f.given[q] {
			out = append(out, q)
		}
	}
	return out
}

type parser struct {
	values   url.Values
	form     Form
	problems []FieldProblem
}

func (p *parser) problem(field string, what Problem) {
	p.problems = append(p.problems, FieldProblem{field, what})
	// A bad value must not clear a good one that is already stored.
	delete(p.form.given, field)
}

// first returns the first value of the field that says something: our page
// sends an empty one before the choices, so that none of them is an answer too.
func (p *parser) first(field string) string {
	if p.values.Has(field) {
		p.form.given[field] = true
	}
	for _, s := range p.values[field] {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

func (p *parser) reason() string {
	code := p.first(FieldReason)
	if code == "" {
		p.problem(FieldReason, ProblemMissing)
		return ""
	}
	if _, ok := Lookup(code); !ok || code == NoAnswer {
		p.problem(FieldReason, ProblemUnknown)
		return ""
	}
	return code
}

func (p *parser) oneOf(field string, allowed ...string) string {
	s := p.first(field)
	if s != "" && !slices.Contains(allowed, s) {
		p.problem(field, ProblemUnknown)
		return ""
	}
	return s
}

func (p *parser) score(field string) *int {
	s := p.first(field)
	if s == "" {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 10 {
		p.problem(field, ProblemUnknown)
		return nil
	}
	return &n
}

// version reads which wording the page showed; what cannot be is not said.
func (p *parser) version() int {
	n, err := strconv.Atoi(p.first(FieldWording))
	if err != nil || n < 1 {
		return 0
	}
	return n
}

func (p *parser) channels() []string {
	p.first(FieldKeepInTouch)
	ticked := map[string]bool{}
	for _, s := range p.values[FieldKeepInTouch] {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		if !slices.ContainsFunc(channels, func(c Channel) bool { return c.Code == s }) {
			p.problem(FieldKeepInTouch, ProblemUnknown)
			return nil
		}
		ticked[s] = true
	}
	var chosen []string
	for _, c := range channels {
		if ticked[c.Code] {
			chosen = append(chosen, c.Code)
		}
	}
	return chosen
}

// text keeps the client's words as they are, but for what a database or a page
// cannot hold: line ends become one kind, control characters and broken UTF-8 go.
func (p *parser) text(field string) string { return p.upTo(field, MaxText) }

// short is text of one line.
func (p *parser) short(field string) string {
	return strings.Join(strings.Fields(p.upTo(field, MaxHeard)), " ")
}

func (p *parser) upTo(field string, most int) string {
	s := strings.ToValidUTF8(p.first(field), "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r < ' ' && r != '\n' && r != '\t', r == 0x7f:
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > most {
		p.problem(field, ProblemTooLong)
		return ""
	}
	return s
}
