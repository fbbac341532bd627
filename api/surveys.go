package api

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/api/pages"
	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// SurveySummary is the survey in one language, without its texts.
type SurveySummary struct {
	Lang      string     `json:"lang" example:"ru"`
	Version   int        `json:"version" example:"1"`
	Source    string     `json:"source" example:"built_in" enums:"built_in,operator"`
	By        string     `json:"by,omitempty" example:"key:office"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
} //	@name	SurveySummary

// SurveyResponse is what the survey says in one language.
type SurveyResponse struct {
	SurveySummary
	Texts            map[string]string `json:"texts" example:"title:Что стало главной причиной вашего решения?,reason.price:Дорого или сократился бюджет"`
	Changed          []string          `json:"changed" example:"title"`       // keys that differ from the wording that ships
	Hidden           []string          `json:"hidden" example:"question.nps"` // answers and questions that are not offered
	MayHide          []string          `json:"may_hide" example:"question.nps,reason.fit"`
	AcceptedWarnings []string          `json:"accepted_warnings,omitempty" example:"fake_cheer"`
	Tone             *ToneBody         `json:"tone,omitempty"`
} //	@name	Survey

// SurveyRequest words the survey anew; keys that are left out are as they ship.
type SurveyRequest struct {
	Texts          map[string]string `json:"texts" example:"title:Почему вы решили уйти?"`
	Hidden         []string          `json:"hidden" example:"question.comment"`
	AcceptWarnings bool              `json:"accept_warnings"` // the texts are meant although the tone guard warns
	BuiltIn        bool              `json:"built_in"`        // put the wording back that ships, and nothing else
} //	@name	SurveyRequest

// SurveyPreviewRequest is a wording to look at; without texts and hidden it is
// the one that counts now.
type SurveyPreviewRequest struct {
	Texts  map[string]string `json:"texts"`
	Hidden []string          `json:"hidden"`
	Reason string            `json:"reason" example:"price"` // as if this answer had been tapped in the letter
	Page   string            `json:"page" example:"survey" enums:"survey,thanks"`
} //	@name	SurveyPreviewRequest

// SurveyPreview is the page that a client would see, and what the tone guard says.
type SurveyPreview struct {
	HTML string    `json:"html"`
	Tone *ToneBody `json:"tone"`
} //	@name	SurveyPreview

// ShareBody is a share with its interval at 95 %; below ten cases there is none.
type ShareBody struct {
	N          int      `json:"n" example:"42"`
	Of         int      `json:"of" example:"60"`
	LittleData bool     `json:"little_data" example:"false"` // мало данных: fewer than ten
	Share      *float64 `json:"share,omitempty" example:"0.7"`
	Low        *float64 `json:"low,omitempty" example:"0.575"`
	High       *float64 `json:"high,omitempty" example:"0.801"`
} //	@name	Share

// SurveyQuestionFigure is how one question does.
type SurveyQuestionFigure struct {
	Question string    `json:"question" example:"nps"`
	Shown    int       `json:"shown" example:"60"`
	Answered int       `json:"answered" example:"42"`
	Dropped  int       `json:"dropped" example:"18"` // shown, and left out
	Share    ShareBody `json:"share"`
} //	@name	SurveyQuestionFigure

// SurveyFiguresResponse is how the survey does.
type SurveyFiguresResponse struct {
	Cases      map[string]int         `json:"cases" example:"answered:42,declined:3,expired:10,sent:5"` // by status of the survey
	Sent       int                    `json:"sent" example:"60"`
	LinkOpened int                    `json:"link_opened" example:"55"` // provisional: mail scanners open links too
	Answered   map[string]int         `json:"answered" example:"survey:42,manager:4"`
	Response   ShareBody              `json:"response"`   // of those who were asked, who named a reason themselves
	Completion ShareBody              `json:"completion"` // of all questions shown, how many were answered
	Questions  []SurveyQuestionFigure `json:"questions"`  // in the order of the page
} //	@name	SurveyFigures

type surveyHandlers struct{ cfg Config }

// list answers the survey in both languages.
//
//	@Summary	List the wordings of the survey
//	@ID			listSurveys
//	@Tags		surveys
//	@Produce	json
//	@Success	200	{object}	List[SurveySummary]
//	@Failure	401	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/surveys [get]
func (h surveyHandlers) list(c *gin.Context) {
	res := List[SurveySummary]{Items: []SurveySummary{}}
	for _, lang := range []offboarding.Lang{offboarding.RU, offboarding.EN} {
		w, err := h.cfg.Editor.Survey(c.Request.Context(), lang, 0)
		if err != nil {
			_ = c.Error(err)
			return
		}
		res.Items = append(res.Items, surveySummary(w))
	}
	c.JSON(http.StatusOK, res)
}

// get answers what the survey says.
//
//	@Summary		Get the wording of the survey
//	@Description	Version 1 is the wording that ships. Old versions are kept; an answer names the version that it was given to.
//	@ID				getSurvey
//	@Tags			surveys
//	@Produce		json
//	@Param			lang	path		string	true	"language"	Enums(ru, en)
//	@Param			version	query		int		false	"an older version"
//	@Success		200		{object}	SurveyResponse
//	@Header			200		{string}	ETag	"the version, for If-Match"
//	@Failure		401		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/surveys/{lang} [get]
func (h surveyHandlers) get(c *gin.Context) {
	version, err := versionAsked(c)
	var w *offboarding.SurveyWording
	if err == nil {
		w, err = h.cfg.Editor.Survey(c.Request.Context(), offboarding.Lang(c.Param("lang")), version)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, w, nil)
}

// put words the survey anew.
//
//	@Summary		Word the survey anew
//	@Description	Codes never change, their labels may; a changed meaning needs another code. Six reasons at least are offered. The wording counts at once, in letters and pages; one that the tone guard blocks is refused with the findings, one that it warns of needs accept_warnings.
//	@ID				putSurvey
//	@Tags			surveys
//	@Accept			json
//	@Produce		json
//	@Param			lang		path		string			true	"language"	Enums(ru, en)
//	@Param			If-Match	header		string			false	"the version that was seen"
//	@Param			body		body		SurveyRequest	true	"the wording"
//	@Success		200			{object}	SurveyResponse
//	@Header			200			{string}	ETag	"the version, for If-Match"
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/surveys/{lang} [put]
func (h surveyHandlers) put(c *gin.Context) {
	var r SurveyRequest
	err := wholeHouse(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	if err == nil && r.BuiltIn != (len(r.Texts) == 0 && len(r.Hidden) == 0) {
		err = refuse(http.StatusUnprocessableEntity, "either a wording or built_in", ProblemField{"built_in", "true without texts and hidden, or some of these"})
	}
	w := &offboarding.SurveyWording{Lang: offboarding.Lang(c.Param("lang")), Texts: r.Texts, Hidden: r.Hidden}
	var tone *offboarding.ToneRecord
	if err == nil {
		tone, err = h.cfg.Editor.ReplaceSurvey(c.Request.Context(), w, seen, r.AcceptWarnings, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, w, tone)
}

// preview shows the page with a wording.
//
//	@Summary		Preview the survey
//	@Description	Without texts and hidden it is the wording that counts now. Nothing is stored.
//	@ID				previewSurvey
//	@Tags			surveys
//	@Accept			json
//	@Produce		json
//	@Param			lang			path		string					true	"language"	Enums(ru, en)
//	@Param			body			body		SurveyPreviewRequest	true	"the wording"
//	@Param			Idempotency-Key	header		string					false	"makes a repeat harmless"
//	@Success		200				{object}	SurveyPreview
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/surveys/{lang}/preview [post]
func (h surveyHandlers) preview(c *gin.Context) {
	var r SurveyPreviewRequest
	err := bindJSON(c, &r)
	if err == nil && r.Reason != "" && survey.GroupOf(r.Reason) != r.Reason {
		err = refuse(http.StatusUnprocessableEntity, "the reason is not one that a letter offers", ProblemField{"reason", "a code of level 1"})
	}
	if err == nil && !slices.Contains([]string{"", "survey", "thanks"}, r.Page) {
		err = refuse(http.StatusUnprocessableEntity, "there is no such page", ProblemField{"page", "survey or thanks"})
	}
	var w *offboarding.SurveyWording
	if err == nil {
		w, err = h.cfg.Editor.Survey(c.Request.Context(), offboarding.Lang(c.Param("lang")), 0)
	}
	var tone *offboarding.ToneRecord
	if err == nil {
		if len(r.Texts) > 0 || len(r.Hidden) > 0 {
			w = &offboarding.SurveyWording{Lang: w.Lang, Version: w.Version, Texts: r.Texts, Hidden: r.Hidden}
		}
		tone, err = h.cfg.Editor.CheckSurvey(w)
	}
	var page bytes.Buffer
	if err == nil {
		err = previewPage(&page, w, r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, SurveyPreview{HTML: page.String(), Tone: toneBody(tone)})
}

func previewPage(page *bytes.Buffer, w *offboarding.SurveyWording, r SurveyPreviewRequest) error {
	visit := pages.Visit{Lang: string(w.Lang), Company: map[offboarding.Lang]string{offboarding.RU: "Ваша компания", offboarding.EN: "Your company"}[w.Lang]}
	out := &onlyBody{header: http.Header{}, body: page}
	if r.Page == "thanks" {
		return pages.New().Thanks(out, pages.Thanks{Visit: visit, Wording: w.Wording(), Answer: survey.Form{Reason: r.Reason}})
	}
	return pages.New().Survey(out, pages.Survey{Visit: visit, Wording: w.Wording(), Seed: "preview", Preselected: r.Reason})
}

// onlyBody keeps the body of a page.
type onlyBody struct {
	header http.Header
	body   *bytes.Buffer
}

func (o *onlyBody) Header() http.Header         { return o.header }
func (o *onlyBody) WriteHeader(int)             {}
func (o *onlyBody) Write(b []byte) (int, error) { return o.body.Write(b) }

// figures answers how the survey does.
//
//	@Summary		Figures of the survey
//	@Description	Counted are cases that were opened within the time. A share of fewer than ten is left out, with little_data. What managers entered after a call is counted apart.
//	@ID				getSurveyFigures
//	@Tags			surveys
//	@Produce		json
//	@Param			from		query		string	false	"first moment or day"		example(2026-10-01)
//	@Param			to			query		string	false	"the moment or day after"	example(2027-01-01)
//	@Param			account_id	query		string	false	"one account"				Format(uuid)
//	@Success		200			{object}	SurveyFiguresResponse
//	@Failure		401			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/surveys/figures [get]
func (h surveyHandlers) figures(c *gin.Context) {
	f := offboarding.FiguresFilter{Scope: scopeOf(c)}
	var err error
	if f.AccountID, err = queryID(c, "account_id"); err == nil {
		f.From, err = queryTime(c, "from")
	}
	if err == nil {
		f.To, err = queryTime(c, "to")
	}
	var found *offboarding.SurveyFigures
	if err == nil {
		found, err = h.cfg.Editor.SurveyFigures(c.Request.Context(), f)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := SurveyFiguresResponse{
		Cases: map[string]int{}, Sent: found.Sent, LinkOpened: found.Opened, Answered: found.BySource,
		Response: shareBody(found.Response), Completion: shareBody(found.Whole), Questions: make([]SurveyQuestionFigure, 0, len(found.Questions)),
	}
	for track, n := range found.Tracks {
		res.Cases[string(track)] = n
	}
	for _, q := range found.Questions {
		res.Questions = append(res.Questions, SurveyQuestionFigure{q.Question, q.Of, q.N, q.Dropped, shareBody(q.ShareOf)})
	}
	c.JSON(http.StatusOK, res)
}

func shareBody(s offboarding.ShareOf) ShareBody {
	b := ShareBody{N: s.N, Of: s.Of, LittleData: s.Few}
	if !s.Few {
		b.Share, b.Low, b.High = &s.Share, &s.Lowest, &s.Upper
	}
	return b
}

func (h surveyHandlers) answer(c *gin.Context, w *offboarding.SurveyWording, tone *offboarding.ToneRecord) {
	res := SurveyResponse{
		SurveySummary: surveySummary(w), Texts: w.Wording().Texts, Changed: []string{}, Hidden: listed(w.Hidden), MayHide: []string{},
		AcceptedWarnings: w.Accepted, Tone: toneBody(tone),
	}
	for _, key := range append(survey.Keys(), "question."+survey.FieldDetail) {
		if _, changed := w.Texts[key]; changed {
			res.Changed = append(res.Changed, key)
		}
		if survey.MayHide(key) {
			res.MayHide = append(res.MayHide, key)
		}
	}
	c.Header("ETag", etag(w.Version))
	c.JSON(http.StatusOK, res)
}

func surveySummary(w *offboarding.SurveyWording) SurveySummary {
	s := SurveySummary{Lang: string(w.Lang), Version: w.Version, Source: "built_in", By: string(w.By), UpdatedAt: optional(w.CreatedAt)}
	if !w.BuiltIn() {
		s.Source = "operator"
	}
	return s
}
