package offboarding

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// FiguresFilter selects the surveys that are counted, by the day on which their
// cases were opened; zero times are open ends.
type FiguresFilter struct {
	Scope     []uuid.UUID
	AccountID *uuid.UUID
	From, To  time.Time
}

// SurveyCounts is what is counted about surveys.
type SurveyCounts struct {
	Tracks    map[SurveyTrack]int // cases by the status of their survey
	Sent      int                 // cases whose T03 left
	Opened    int                 // cases of which a one-tap link was opened; scanners do that too
	BySource  map[string]int      // cases with an answer, by who gave it: survey, manager
	Questions []QuestionCount     // answers of clients
}

// QuestionCount is how often a question was shown and answered.
type QuestionCount struct {
	Question        string
	Shown, Answered int
}

// SurveyFigures says how a survey does: who answers at all, and at which
// question those who do stop.
type SurveyFigures struct {
	SurveyCounts
	Response  ShareOf // of those who were asked, who named a reason themselves
	Whole     ShareOf // of all answers to all questions shown, those that were given
	Questions []QuestionFigure
}

// QuestionFigure is one question, in the order of the page.
type QuestionFigure struct {
	Question string
	ShareOf      // answered of shown
	Dropped  int // shown, and left out
}

// ShareOf is a share with Wilson's interval at 95 %. Below ten it is no figure
// (domain §12).
type ShareOf struct {
	Of, N         int // N of Of
	Few           bool
	Share         float64
	Lowest, Upper float64
}

// fewCases is how many cases a share needs to be shown.
const fewCases = 10

func shareOf(n, of int) ShareOf {
	s := ShareOf{Of: of, N: n, Few: of < fewCases}
	if s.Few {
		return s
	}
	const z = 1.959964 // two-sided 95 %
	p, m := float64(n)/float64(of), float64(of)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	s.Share, s.Lowest, s.Upper = p, max(0, middle-half), min(1, middle+half)
	return s
}

// SurveyFigures counts the surveys of cases opened within the filter's time.
func (e *Editor) SurveyFigures(ctx context.Context, f FiguresFilter) (*SurveyFigures, error) {
	counts, err := e.store.SurveyFigures(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &SurveyFigures{SurveyCounts: *counts}
	answered := counts.BySource["survey"]
	out.Response = shareOf(min(answered, counts.Sent), counts.Sent)
	shown, given := 0, 0
	for _, q := range append([]string{survey.FieldReason}, survey.Questions...) {
		i := slices.IndexFunc(counts.Questions, func(c QuestionCount) bool { return c.Question == q })
		c := QuestionCount{Question: q}
		if i >= 0 {
			c = counts.Questions[i]
		}
		out.Questions = append(out.Questions, QuestionFigure{Question: q, ShareOf: shareOf(c.Answered, c.Shown), Dropped: c.Shown - c.Answered})
		shown, given = shown+c.Shown, given+c.Answered
	}
	out.Whole = shareOf(given, shown)
	return out, nil
}
