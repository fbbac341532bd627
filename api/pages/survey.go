package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"opendoor/offboarding/survey"
)

// Survey is the survey page.
type Survey struct {
	Visit
	Seed        string       // order of the answers: the same for one link, survey.Shuffled
	Preselected string       // ?reason= of the link that was tapped; decides nothing
	Answer      *survey.Form // what is on record or was just posted; nil: nothing
	Saved       bool         // Answer is on record and may be changed
	Unconfirmed bool         // a POST came without the button pressed, survey.Deliberate
	EditableTo  time.Time    // in the account's zone; zero: not told
	Problems    []survey.FieldProblem
}

// option is one radio button or check box.
type option struct {
	Value, Label string
	Checked      bool
}

type surveyPage struct {
	Survey
	Reasons      []option
	Follow       followUp
	EditableText string
	DeclineHref  string
	Problem      map[string]string
	Tapped       bool // the reason comes from the letter
}

// followUp are the optional questions.
type followUp struct {
	Lang           string
	Reason         string // hidden on the thanks page; empty on the survey page
	ServiceRelated []option
	DetailLabel    string
	Detail         string
	NPS            []option
	Consent        string
	KeepInTouch    []option
	Liked, Comment string
	Max            int
	Problem        map[string]string
}

// Survey answers with the survey page. The status is 422 when there are
// problems to show.
func (p *Pages) Survey(w http.ResponseWriter, v Survey) error {
	answer := survey.Form{}
	if v.Answer != nil {
		answer = *v.Answer
	}
	chosen := survey.GroupOf(answer.Reason)
	keep := url.Values{}
	if pre := survey.GroupOf(v.Preselected); pre != "" {
		chosen = pre // the client has just tapped it, whatever was said before
		keep.Set(survey.FieldReason, pre)
	}
	page := surveyPage{Survey: v, Problem: problems(v.Problems, v.Lang)}
	for _, g := range survey.Shuffled(v.Seed) {
		value := g.Code
		// A level-2 code on record must not be lost when the form is sent again.
		if survey.GroupOf(answer.Reason) == g.Code {
			value = answer.Reason
		}
		page.Reasons = append(page.Reasons, option{value, g.Label(v.Lang), g.Code == chosen})
	}
	if tapped := slices.IndexFunc(page.Reasons, func(o option) bool { return o.Checked }); keep.Has(survey.FieldReason) && tapped > 0 {
		// The choice was made in the letter; here it only has to be seen beside the button.
		o := page.Reasons[tapped]
		page.Reasons = slices.Insert(slices.Delete(page.Reasons, tapped, tapped+1), 0, o)
	}
	page.Tapped = keep.Has(survey.FieldReason)
	page.Follow = questions(answer, chosen, v.Lang, page.Problem)
	page.EditableText = day(v.EditableTo, v.Lang)
	page.DeclineHref = v.Path + "?" + url.Values{survey.FieldDecline: {"1"}, "lang": {v.Lang}}.Encode()
	status, title := http.StatusOK, "survey.title"
	if len(v.Problems) > 0 {
		status, title = http.StatusUnprocessableEntity, "survey.title_problem"
	}
	return p.render(w, status, "survey", title, v.Visit, keep, page)
}

// Thanks is the page after an answer.
type Thanks struct {
	Visit
	Answer     survey.Form // what is on record now
	Complete   bool        // everything was asked and said; no more questions
	EditableTo time.Time
}

type thanksPage struct {
	Thanks
	ReasonLabel  string
	EditableText string
	Follow       followUp
	More         bool
}

// Thanks answers with the page after an answer, which asks the rest.
func (p *Pages) Thanks(w http.ResponseWriter, v Thanks) error {
	group := survey.GroupOf(v.Answer.Reason)
	page := thanksPage{Thanks: v, EditableText: day(v.EditableTo, v.Lang)}
	if r, ok := survey.Lookup(group); ok {
		page.ReasonLabel = r.Label(v.Lang)
	}
	page.Follow = questions(v.Answer, group, v.Lang, nil)
	page.Follow.Reason = v.Answer.Reason
	page.More = !v.Complete && !v.Answer.Declined && v.Answer.Reason != ""
	title := "thanks.title"
	if v.Answer.Declined {
		title = "declined.title"
	}
	return p.render(w, http.StatusOK, "thanks", title, v.Visit, nil, page)
}

// Decline answers with the page behind "I would rather not answer": one button.
func (p *Pages) Decline(w http.ResponseWriter, v Visit) error {
	return p.render(w, http.StatusOK, "decline", "decline.title", v, url.Values{survey.FieldDecline: {"1"}}, v)
}

func questions(a survey.Form, group, lang string, problem map[string]string) followUp {
	f := followUp{
		Lang: lang, Detail: a.Detail, Liked: a.Liked, Comment: a.Comment, Max: survey.MaxText,
		DetailLabel: survey.FollowUp(group, lang), Consent: survey.Consent(lang), Problem: problem,
	}
	for _, code := range []string{"yes", "partly", "no"} {
		f.ServiceRelated = append(f.ServiceRelated, option{code, text("service."+code, lang), a.ServiceRelated == code})
	}
	for n := range 11 {
		f.NPS = append(f.NPS, option{strconv.Itoa(n), strconv.Itoa(n), a.NPS != nil && *a.NPS == n})
	}
	for _, c := range survey.Channels() {
		f.KeepInTouch = append(f.KeepInTouch, option{c.Code, c.Label(lang), slices.Contains(a.KeepInTouch, c.Code)})
	}
	return f
}

func problems(list []survey.FieldProblem, lang string) map[string]string {
	m := map[string]string{}
	for _, p := range list {
		m[p.Field] = p.Text(lang)
	}
	return m
}

var months = [...]string{"", "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}

// day writes a date out; the zero time is empty.
func day(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	month := months[t.Month()]
	if lang == "en" {
		month = t.Month().String()
	}
	return strconv.Itoa(t.Day()) + "\u00a0" + month + "\u00a0" + strconv.Itoa(t.Year())
}
