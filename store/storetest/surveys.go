package storetest

import (
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// surveyWordings: each change is a version of its own.
func surveyWordings(f *fixture) {
	_, err := f.s.SurveyWording(f.ctx, offboarding.RU, 0)
	f.wants(err, offboarding.ErrNotFound)
	wording := func(version int, title string) *offboarding.SurveyWording {
		return &offboarding.SurveyWording{
			ID: offboarding.NewID(), Lang: offboarding.RU, Version: version, Texts: map[string]string{"title": title}, Hidden: []string{"question.nps"},
			Accepted: []string{"fake_cheer"}, By: "key:admin", CreatedAt: f.now,
		}
	}
	second, third := wording(2, "Почему?"), wording(3, "Отчего?")
	f.ok(f.s.AddSurveyWording(f.ctx, second))
	f.ok(f.s.AddSurveyWording(f.ctx, third))
	f.wants(f.s.AddSurveyWording(f.ctx, wording(3, "Зачем?")), offboarding.ErrStale)
	same(f, must[*offboarding.SurveyWording](f)(f.s.SurveyWording(f.ctx, offboarding.RU, 0)), third)
	same(f, must[*offboarding.SurveyWording](f)(f.s.SurveyWording(f.ctx, offboarding.RU, 2)), second)
	_, err = f.s.SurveyWording(f.ctx, offboarding.EN, 0)
	f.wants(err, offboarding.ErrNotFound)
}

// surveyFigures: a question is counted once per case, cases by the day on which
// they were opened, and only those in scope.
func surveyFigures(f *fixture) {
	foreign := f.account("another")
	for i, a := range []*offboarding.Account{f.acc, f.acc, foreign} {
		c := f.newCase("figures-" + f.next())
		c.AccountID, c.CreatedAt = a.ID, f.now.AddDate(0, 0, i)
		c.Dates.SurveySentAt, c.Tracks.Survey, c.Answer.Source = f.now, offboarding.SurveyAnswered, "survey"
		f.ok(f.s.AddCase(f.ctx, c))
		f.ok(f.s.NoteQuestions(f.ctx, c, []offboarding.SurveyQuestion{{Question: "reason", Answered: true}, {Question: "nps"}}))
		f.ok(f.s.NoteQuestions(f.ctx, c, []offboarding.SurveyQuestion{{Question: "nps", Answered: i == 0}}))
		if i == 0 {
			f.ok(f.s.Record(f.ctx, offboarding.Audit{Stream: "case:" + c.ID.String(), Actor: offboarding.ActorClient, Kind: "survey.link_opened", AccountID: &c.AccountID, CaseID: &c.ID}))
		}
	}
	silent := f.newCase("figures-" + f.next())
	silent.Answer, silent.Tracks.Survey = nil, offboarding.SurveyScheduled
	f.ok(f.s.AddCase(f.ctx, silent))
	f.ok(f.s.NoteQuestions(f.ctx, silent, nil))

	counted := func(filter offboarding.FiguresFilter) *offboarding.SurveyCounts {
		return must[*offboarding.SurveyCounts](f)(f.s.SurveyFigures(f.ctx, filter))
	}
	all := counted(offboarding.FiguresFilter{})
	same(f, all.Tracks, map[offboarding.SurveyTrack]int{offboarding.SurveyAnswered: 3, offboarding.SurveyScheduled: 1})
	same(f, all.BySource, map[string]int{"survey": 3})
	if all.Sent != 3 || all.Opened != 1 {
		f.Errorf("%d sent, %d opened", all.Sent, all.Opened)
	}
	questions := map[string][2]int{}
	for _, q := range all.Questions {
		questions[q.Question] = [2]int{q.Shown, q.Answered}
	}
	same(f, questions, map[string][2]int{"reason": {3, 3}, "nps": {3, 1}})
	if own := counted(offboarding.FiguresFilter{Scope: []uuid.UUID{f.acc.ID}}); own.Sent != 2 {
		f.Errorf("%d in scope", own.Sent)
	}
	if none := counted(offboarding.FiguresFilter{Scope: []uuid.UUID{f.acc.ID}, AccountID: &foreign.ID}); none.Sent != 0 || len(none.Questions) != 0 {
		f.Errorf("outside the scope: %+v", none)
	}
	second := counted(offboarding.FiguresFilter{AccountID: &f.acc.ID, From: f.now.Add(time.Hour), To: f.now.AddDate(0, 0, 1).Add(time.Hour)})
	if second.Sent != 1 || second.Opened != 0 {
		f.Errorf("of the second day: %+v", second)
	}
}
