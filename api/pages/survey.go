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
	Wording     *survey.Wording // in the visit's language; nil: the one that ships
	Seed        string          // order of the answers: the same for one link
	Preselected string          // ?reason= of the link that was tapped; decides nothing
	Answer      *survey.Form    // what is on record or was just posted; nil: nothing
	Saved       bool            // Answer is on record and may be changed
	Unconfirmed bool            // a POST came without the button pressed, survey.Deliberate
	EditableTo  time.Time       // in the account's zone; zero: not told
	Problems    []survey.FieldProblem
}

// option is one radio button or check box.
type option struct {
	Value, Label string
	Checked      bool
}

type surveyPage struct {
	Survey
	Title, Lead  string
	Reasons      []option
	Follow       followUp
	EditableText string
	DeclineHref  string
	Problem      map[string]string
	Tapped       bool // the reason comes from the letter
}

// followUp are the optional questions; those that are not asked are empty.
type followUp struct {
	Lang           string
	Wording        *survey.Wording
	Reason         string // hidden on the thanks page; empty on the survey page
	Closer         []option
	ServiceRelated []option
	DetailLabel    string
	Detail         string
	Source         bool // when and from where it was heard
	HeardWhen      string
	HeardFrom      string
	NPS            []option
	KeepInTouch    []option
	Liked, Comment string
	Max, MaxShort  int
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
	v.Wording = wordingOf(v.Wording, v.Lang)
	page := surveyPage{Survey: v, Title: v.Wording.Text(survey.KeyTitle), Lead: v.Wording.Text(survey.KeyLead), Problem: problems(v.Problems, v.Lang)}
	for _, r := range offered(v.Wording, v.Seed, chosen) {
		value := r.Code
		// A level-2 code on record must not be lost when the form is sent again.
		if survey.GroupOf(answer.Reason) == r.Code {
			value = answer.Reason
		}
		page.Reasons = append(page.Reasons, option{value, r.Label, r.Code == chosen})
	}
	if tapped := slices.IndexFunc(page.Reasons, func(o option) bool { return o.Checked }); keep.Has(survey.FieldReason) && tapped > 0 {
		// The choice was made in the letter; here it only has to be seen beside the button.
		o := page.Reasons[tapped]
		page.Reasons = slices.Insert(slices.Delete(page.Reasons, tapped, tapped+1), 0, o)
	}
	page.Tapped = keep.Has(survey.FieldReason)
	page.Follow = questions(answer, chosen, v.Wording, page.Problem)
	page.EditableText = day(v.EditableTo, v.Lang)
	page.DeclineHref = v.Path + "?" + url.Values{survey.FieldDecline: {"1"}, "lang": {v.Lang}}.Encode()
	status, title := http.StatusOK, page.Title
	if len(v.Problems) > 0 {
		status, title = http.StatusUnprocessableEntity, text("survey.title_problem", v.Lang)
	}
	return p.renderTitled(w, status, "survey", title, v.Visit, keep, page)
}

func wordingOf(w *survey.Wording, lang string) *survey.Wording {
	if w == nil {
		return survey.BuiltIn(lang)
	}
	return w
}

// offered lists the reasons of the wording, and the chosen one too should it
// not be offered any more: it stands in a letter, or on record.
func offered(w *survey.Wording, seed, chosen string) []survey.Option {
	all := w.Reasons(seed)
	if chosen != "" && !slices.ContainsFunc(all, func(o survey.Option) bool { return o.Code == chosen }) {
		all = slices.Insert(all, len(all)-1, survey.Option{Code: chosen, Label: w.Label(chosen)})
	}
	return all
}

// Thanks is the page after an answer.
type Thanks struct {
	Visit
	Wording    *survey.Wording
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
	v.Wording = wordingOf(v.Wording, v.Lang)
	page := thanksPage{Thanks: v, EditableText: day(v.EditableTo, v.Lang)}
	if group != "" {
		page.ReasonLabel = v.Wording.Label(group)
	}
	page.Follow = questions(v.Answer, group, v.Wording, nil)
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

func questions(a survey.Form, group string, w *survey.Wording, problem map[string]string) followUp {
	f := followUp{
		Lang: w.Lang, Wording: w, Detail: a.Detail, HeardWhen: a.HeardWhen, HeardFrom: a.HeardFrom, Liked: a.Liked, Comment: a.Comment,
		Max: survey.MaxText, MaxShort: survey.MaxHeard, DetailLabel: w.FollowUp(group), Problem: problem, Source: survey.AsksSource(group),
	}
	if w.Asks(survey.FieldReason2) {
		for _, o := range w.Closer(group) {
			f.Closer = append(f.Closer, option{o.Code, o.Label, a.Reason == o.Code})
		}
	}
	if w.Asks(survey.FieldServiceRelated) {
		for _, code := range []string{"yes", "partly", "no"} {
			f.ServiceRelated = append(f.ServiceRelated, option{code, text("service."+code, w.Lang), a.ServiceRelated == code})
		}
	}
	if w.Asks(survey.FieldNPS) {
		for n := range 11 {
			f.NPS = append(f.NPS, option{strconv.Itoa(n), strconv.Itoa(n), a.NPS != nil && *a.NPS == n})
		}
	}
	if w.Asks(survey.FieldKeepInTouch) {
		for _, c := range survey.Channels() {
			f.KeepInTouch = append(f.KeepInTouch, option{c.Code, c.Label(w.Lang), slices.Contains(a.KeepInTouch, c.Code)})
		}
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
