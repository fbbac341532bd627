package offboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
	"opendoor/offboarding/tone"
)

// SurveyWording is what administrators let the survey say in one language.
// Versions count up and are kept; the newest counts.
type SurveyWording struct {
	ID        uuid.UUID
	Lang      Lang
	Version   int               // 1 is the wording that ships
	Texts     map[string]string // what differs from the one that ships, by key
	Hidden    []string          // answers and questions that are not offered
	Accepted  []string          // rules of the tone guard whose warning its author has accepted
	By        Actor
	CreatedAt time.Time
}

// BuiltIn reports whether the version says what ships, and nothing else.
func (s *SurveyWording) BuiltIn() bool { return len(s.Texts) == 0 && len(s.Hidden) == 0 }

// Wording is the whole wording.
func (s *SurveyWording) Wording() *survey.Wording {
	w := &survey.Wording{Lang: string(s.Lang), Version: s.Version, Texts: s.Texts, Hidden: s.Hidden}
	return w.Over()
}

// Surveys keeps the wordings of the survey, and which questions were answered.
type Surveys interface {
	// AddSurveyWording stores a version; one that is there already is ErrStale.
	AddSurveyWording(ctx context.Context, w *SurveyWording) error
	// SurveyWording returns a version, the newest one for zero, or ErrNotFound.
	SurveyWording(ctx context.Context, lang Lang, version int) (*SurveyWording, error)
	// NoteQuestions keeps which questions the client of a case was shown, and which
	// of them are answered now. A question shown once stays shown.
	NoteQuestions(ctx context.Context, c *Case, questions []SurveyQuestion) error
	// SurveyFigures counts the surveys of cases that were opened within [from, to).
	SurveyFigures(ctx context.Context, f FiguresFilter) (*SurveyCounts, error)
}

// SurveyQuestion is one question that a client was shown.
type SurveyQuestion struct {
	Question string
	Answered bool
}

// surveyWording returns the wording of a version, the newest for zero. A version
// that there never was is the newest too: pages that are open keep working.
func surveyWording(ctx context.Context, s Surveys, lang Lang, version int) (*survey.Wording, error) {
	lang = lang.Or(RU)
	if version == survey.BuiltInVersion {
		return survey.BuiltIn(string(lang)), nil
	}
	w, err := s.SurveyWording(ctx, lang, version)
	if IsKind(err, KindNotFound) && version != 0 {
		w, err = s.SurveyWording(ctx, lang, 0)
	}
	if IsKind(err, KindNotFound) {
		return survey.BuiltIn(string(lang)), nil
	}
	if err != nil {
		return nil, err
	}
	return w.Wording(), nil
}

// SurveyWording returns the wording that clients are shown in a language.
func (d *Desk) SurveyWording(ctx context.Context, lang Lang) (*survey.Wording, error) {
	return surveyWording(ctx, d.store, lang, 0)
}

// Survey returns a version of the survey's wording, the one that counts for zero.
func (e *Editor) Survey(ctx context.Context, lang Lang, version int) (*SurveyWording, error) {
	if lang != RU && lang != EN {
		return nil, ErrNotFound
	}
	stock := &SurveyWording{Lang: lang, Version: survey.BuiltInVersion}
	if version == survey.BuiltInVersion {
		return stock, nil
	}
	w, err := e.store.SurveyWording(ctx, lang, version)
	if IsKind(err, KindNotFound) && version == 0 {
		return stock, nil
	}
	return w, err
}

// ReplaceSurvey stores a new version of the survey's wording, once every text
// of it can be shown and passes the tone guard. seen, when not zero, is the
// version that the caller has seen; accepted says that its warnings are meant.
func (e *Editor) ReplaceSurvey(ctx context.Context, w *SurveyWording, seen int, accepted bool, by Actor) (*ToneRecord, error) {
	record, err := e.CheckSurvey(w)
	if err != nil {
		return nil, err
	}
	if err := record.refusal(accepted); err != nil {
		return nil, err
	}
	w.ID, w.By, w.CreatedAt, w.Accepted = NewID(), by, e.now().UTC().Truncate(time.Microsecond), record.rules()
	return record, e.store.InTx(ctx, func(tx Store) error {
		last, err := tx.SurveyWording(ctx, w.Lang, 0)
		if err != nil && !IsKind(err, KindNotFound) {
			return err
		}
		w.Version = survey.BuiltInVersion + 1
		if last != nil {
			w.Version = last.Version + 1
		}
		if seen != 0 && seen != w.Version-1 {
			return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the survey is at version %d", w.Version-1)}
		}
		if err := tx.AddSurveyWording(ctx, w); err != nil {
			return err
		}
		what := "was worded anew"
		if w.BuiltIn() {
			what = "has the built-in wording again"
		}
		return tx.Record(ctx, Audit{Stream: "system", Actor: by, Kind: "survey.replaced", Summary: fmt.Sprintf("the survey in %s %s, version %d", w.Lang, what, w.Version)})
	})
}

// CheckSurvey says everything that is wrong with a wording, and what the tone
// guard finds in it. Texts that are those that ship are left out of it.
func (e *Editor) CheckSurvey(w *SurveyWording) (*ToneRecord, error) {
	if w.Lang != RU && w.Lang != EN {
		return nil, ErrNotFound
	}
	var wrong []FieldError
	stock := survey.BuiltIn(string(w.Lang))
	for key, text := range w.Texts {
		text = strings.TrimSpace(text)
		ships, known := stock.Texts[key]
		switch {
		case !known:
			wrong = append(wrong, FieldError{"texts." + key, "is not a text of the survey"})
		case text == "":
			wrong = append(wrong, FieldError{"texts." + key, "a text; leave it out for the one that ships"})
		case utf8.RuneCountInString(text) > survey.MaxWording:
			wrong = append(wrong, FieldError{"texts." + key, fmt.Sprintf("at most %d characters", survey.MaxWording)})
		case strings.ContainsAny(text, "<>{}\n"):
			wrong = append(wrong, FieldError{"texts." + key, "one line of plain text, without markup"})
		}
		if w.Texts[key] = text; text == ships {
			delete(w.Texts, key)
		}
	}
	for _, key := range w.Hidden {
		if !survey.MayHide(key) {
			wrong = append(wrong, FieldError{"hidden", key + " is always there, or not known"})
		}
	}
	slices.Sort(w.Hidden)
	w.Hidden = slices.Compact(w.Hidden)
	if n := w.Wording().OfferedReasons(); n < survey.LeastReasons {
		wrong = append(wrong, FieldError{"hidden", fmt.Sprintf("a client chooses from at least %d reasons, not from %d", survey.LeastReasons, n)})
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
		return nil, Invalid("the survey cannot be worded like this", wrong...)
	}
	return judgeTexts(w), nil
}

// judgeTexts asks the tone guard about each text of its own; a finding counts
// the characters of its text.
func judgeTexts(w *SurveyWording) *ToneRecord {
	r := &ToneRecord{Verdict: string(tone.Pass), Text: "operator"}
	if w.BuiltIn() {
		r.Text = "stock"
	}
	for _, key := range survey.Keys() {
		text, own := w.Texts[key]
		if !own {
			continue
		}
		report := tone.Check(tone.Letter{Text: text, Lang: string(w.Lang)})
		for _, f := range report.Findings {
			r.Findings = append(r.Findings, ToneFinding{
				Rule: string(f.Rule), Level: string(f.Level), Start: f.Start, End: f.End, Text: f.Text, Explanation: key + ": " + f.Explanation,
			})
		}
		if report.Verdict == tone.Block || r.Verdict == string(tone.Pass) {
			r.Verdict = string(report.Verdict)
		}
	}
	return r
}

// worded notes in which words the client saw the reason that they chose, and
// which questions they were shown. It returns the wording of the page.
func (d *Desk) worded(ctx context.Context, tx Store, acc *Account, c *Case, a *Answer, prev Answer) (*survey.Wording, error) {
	lang := a.Lang.Or(c.Lang(acc))
	w, err := surveyWording(ctx, tx, lang, a.Wording)
	if err != nil || a.Source != "survey" {
		return w, err
	}
	a.Lang = lang
	a.Label, a.Wording = w.Label(a.Reason), w.Version
	if a.Reason == prev.Reason && prev.Label != "" { // an answer that stays keeps the words it was given to
		a.Label, a.Wording, a.Lang = prev.Label, prev.Wording, prev.Lang
	}
	for _, q := range []string{survey.FieldServiceRelated, survey.FieldNPS} { // on each page whose wording has them, whoever posted only a part
		if w.Asks(q) && !slices.Contains(a.Shown, q) {
			a.Shown = append(a.Shown, q)
		}
	}
	questions := make([]SurveyQuestion, 0, len(a.Shown))
	for _, q := range a.Shown {
		questions = append(questions, SurveyQuestion{q, a.says(q)})
	}
	return w, tx.NoteQuestions(ctx, c, questions)
}

// says reports whether the answer says something to a question of the page.
func (a *Answer) says(question string) bool {
	f := survey.Form{
		Reason: a.Reason, ServiceRelated: string(a.ServiceRelated), Detail: a.Detail, NPS: a.NPS, KeepInTouch: a.KeepInTouch,
		Liked: a.Liked, Comment: a.Comment, HeardWhen: a.HeardWhen, HeardFrom: a.HeardFrom,
	}
	return f.Answered(question)
}
