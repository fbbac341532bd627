package api

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/api/pages"
	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// pageHandlers answer the links that stand in letters. A GET changes nothing.
type pageHandlers struct {
	desk  *offboarding.Desk
	bell  offboarding.Bell
	pages *pages.Pages
	log   *slog.Logger
}

const maxFormBody = 64 << 10

// visit finds what the token leads to, or answers that it leads nowhere. Wrong,
// foreign and unknown tokens look the same.
func (h pageHandlers) visit(c *gin.Context, purpose offboarding.Purpose) (*offboarding.Visit, pages.Visit, bool) {
	v, err := h.desk.Visit(c.Request.Context(), purpose, c.Param("token"))
	shown := pages.Visit{Path: c.Request.URL.Path}
	letter := ""
	if err == nil {
		letter = string(v.Case.Lang(v.Account))
		shown.Company = v.Account.Name
	}
	shown.Lang = pages.PickLang(c.Query("lang"), letter, c.GetHeader("Accept-Language"))
	switch {
	case offboarding.IsKind(err, offboarding.KindNotFound):
		h.done(c, h.pages.NotFound(c.Writer, shown))
		return nil, shown, false
	case err != nil:
		h.failed(c, shown, err)
		return nil, shown, false
	case v.Expired:
		h.done(c, h.pages.Expired(c.Writer, shown))
		return nil, shown, false
	}
	return v, shown, true
}

// done notes that a page could not be written; the visitor is gone then.
func (h pageHandlers) done(c *gin.Context, err error) {
	if err != nil {
		h.log.WarnContext(c.Request.Context(), "page not written", "request_id", requestID(c), "route", c.FullPath(), "err", err)
	}
}

func (h pageHandlers) failed(c *gin.Context, v pages.Visit, err error) {
	p := problemOf(err)
	if p.Status >= 500 {
		h.log.ErrorContext(c.Request.Context(), "page failed", "request_id", requestID(c), "route", c.FullPath(), "err", err)
	}
	h.done(c, h.pages.Error(c.Writer, v, p.Status, requestID(c)))
}

// form reads what was posted; a body that is no form is an empty one.
func form(c *gin.Context) url.Values {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxFormBody)
	if err := c.Request.ParseMultipartForm(maxFormBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return url.Values{} // mail programs may post One-Click as multipart (RFC 8058)
	}
	return c.Request.PostForm
}

// survey shows the survey with the tapped answer preselected.
//
//	@Summary	Survey page
//	@ID			showSurvey
//	@Tags		pages
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Param		reason	query		string	false	"an answer that was tapped in the letter; decides nothing"
//	@Param		lang	query		string	false	"ru or en"
//	@Success	200		{string}	string
//	@Failure	404		{string}	string
//	@Failure	410		{string}	string
//	@Router		/s/{token} [get]
func (h pageHandlers) survey(c *gin.Context) {
	v, shown, ok := h.visit(c, offboarding.PurposeSurvey)
	if !ok {
		return
	}
	if c.Query("decline") == "1" && v.Case.Answer == nil {
		h.done(c, h.pages.Decline(c.Writer, shown))
		return
	}
	if tapped := c.Query("reason"); tapped != "" {
		if err := h.desk.Provisional(c.Request.Context(), v, tapped); err != nil {
			h.log.WarnContext(c.Request.Context(), "opened link not noted", "case_id", v.Case.ID, "err", err)
		}
	}
	view, err := h.surveyView(c, v, shown, c.Query("reason"))
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	h.done(c, h.pages.Survey(c.Writer, view))
}

func (h pageHandlers) surveyView(c *gin.Context, v *offboarding.Visit, shown pages.Visit, tapped string) (pages.Survey, error) {
	wording, err := h.desk.SurveyWording(c.Request.Context(), offboarding.Lang(shown.Lang))
	if err != nil {
		return pages.Survey{}, err
	}
	s := pages.Survey{Visit: shown, Wording: wording, Seed: v.Case.ID.String() + v.Link.Recipient, Preselected: survey.GroupOf(tapped), EditableTo: v.Link.ExpiresAt.In(v.Account.Location())}
	if v.Case.Answer != nil {
		f := formOf(*v.Case.Answer)
		s.Answer, s.Saved = &f, true
	}
	return s, nil
}

func formOf(a offboarding.Answer) survey.Form {
	return survey.Form{
		Reason: a.Reason, ServiceRelated: string(a.ServiceRelated), Detail: a.Detail, NPS: a.NPS, KeepInTouch: a.KeepInTouch,
		Liked: a.Liked, Comment: a.Comment, HeardWhen: a.HeardWhen, HeardFrom: a.HeardFrom, Lang: string(a.Lang), Wording: a.Wording,
	}
}

func answerOf(f survey.Form) offboarding.Answer {
	return offboarding.Answer{
		Reason: f.Reason, ServiceRelated: offboarding.ServiceRelated(f.ServiceRelated), Detail: f.Detail, NPS: f.NPS, KeepInTouch: f.KeepInTouch,
		Liked: f.Liked, Comment: f.Comment, HeardWhen: f.HeardWhen, HeardFrom: f.HeardFrom, Lang: offboarding.Lang(f.Lang), Wording: f.Wording, Source: "survey",
	}
}

// answer records what the client says.
//
//	@Summary		Answer the survey
//	@Description	All but the reason is optional; repeatable until the link expires. A form of our own page counts only when its button was pressed.
//	@ID				answerSurvey
//	@Tags			pages
//	@Accept			x-www-form-urlencoded
//	@Produce		html
//	@Param			token			path		string		true	"the link's token"
//	@Param			reason			formData	string		true	"a level-1 code"
//	@Param			service_related	formData	string		false	"yes, partly or no"
//	@Param			detail			formData	string		false	"in the client's own words"
//	@Param			nps				formData	int			false	"0 to 10"
//	@Param			keep_in_touch	formData	[]string	false	"channels"	collectionFormat(multi)
//	@Param			liked			formData	string		false	"what was good"
//	@Param			comment			formData	string		false	"anything else"
//	@Param			reason2			formData	string		false	"a level-2 code of the reason"
//	@Param			heard_when		formData	string		false	"when the client heard something about the company; for the restricted record"
//	@Param			heard_from		formData	string		false	"from where; for the restricted record"
//	@Param			wording			formData	int			false	"version of the wording that was shown"
//	@Success		200				{string}	string
//	@Failure		404				{string}	string
//	@Failure		410				{string}	string
//	@Failure		422				{string}	string
//	@Router			/s/{token} [post]
func (h pageHandlers) answer(c *gin.Context) {
	v, shown, ok := h.visit(c, offboarding.PurposeSurvey)
	if !ok {
		return
	}
	posted := form(c)
	f, problems := survey.ParseForm(posted)
	if f.Lang != "" {
		shown.Lang = f.Lang
	}
	f.Lang = shown.Lang
	view, err := h.surveyView(c, v, shown, posted.Get("reason"))
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	if !survey.Deliberate(posted) {
		view.Unconfirmed = true
		h.done(c, h.pages.Survey(c.Writer, view))
		return
	}
	ctx := c.Request.Context()
	if f.Declined {
		if _, err := h.desk.Decline(ctx, v.Case.ID); err != nil {
			h.failed(c, shown, err)
			return
		}
		h.bell.Ring()
		h.done(c, h.pages.Decline(c.Writer, shown))
		return
	}
	if f.Reason == "" && v.Case.Answer == nil {
		view.Answer, view.Problems = &f, problems
		h.done(c, h.pages.Survey(c.Writer, view))
		return
	}
	k, err := h.desk.Answer(ctx, nil, v.Case.ID, offboarding.ActorClient, func(prev offboarding.Answer) offboarding.Answer {
		a := answerOf(f.Over(formOf(prev)))
		a.Shown, a.IP = f.Shown(), c.ClientIP()
		return a
	})
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	h.bell.Ring()
	if len(problems) > 0 { // what was good is kept, the rest is asked again
		saved := formOf(*k.Answer)
		view.Answer, view.Saved, view.Problems = &saved, true, problems
		h.done(c, h.pages.Survey(c.Writer, view))
		return
	}
	saved := formOf(*k.Answer)
	h.done(c, h.pages.Thanks(c.Writer, pages.Thanks{
		Visit: shown, Wording: view.Wording, Answer: saved, Complete: saved.NPS != nil && saved.ServiceRelated != "" && saved.Detail != "", EditableTo: view.EditableTo,
	}))
}

// choices shows what may be decided; opening it decides nothing.
//
//	@Summary	Page of choices
//	@ID			showChoices
//	@Tags		pages
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Param		choice	query		string	false	"show one choice alone"
//	@Success	200		{string}	string
//	@Failure	404		{string}	string
//	@Failure	410		{string}	string
//	@Router		/l/{token} [get]
func (h pageHandlers) choices(c *gin.Context) {
	v, shown, ok := h.visit(c, offboarding.PurposeChoice)
	if !ok {
		return
	}
	if c.Query("choice") == pages.ChoiceContest {
		h.settlement(c, v, shown, pages.Settlement{})
		return
	}
	h.done(c, h.pages.Choice(c.Writer, h.choiceView(v, shown, c.Query("choice"))))
}

func (h pageHandlers) choiceView(v *offboarding.Visit, shown pages.Visit, asked string) pages.Choice {
	view := pages.Choice{Visit: shown, Asked: asked, LastDay: lastDay(v.Case, v.Account), Person: v.Person(), Leaving: v.Case.State == offboarding.StateLeaving}
	switch v.Case.Tracks.Settlement {
	case offboarding.SettlementSent, offboarding.SettlementAgreed, offboarding.SettlementDisputed, offboarding.SettlementSettled:
		view.Account = true
	}
	for _, ch := range h.desk.Choices(v) {
		view.Possible = append(view.Possible, string(ch))
	}
	return view
}

func lastDay(k *offboarding.Case, acc *offboarding.Account) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, k.Dates.EffectiveOn, acc.Location())
	if err != nil {
		return time.Time{}
	}
	return t
}

// choose decides.
//
//	@Summary	Decide
//	@ID			choose
//	@Tags		pages
//	@Accept		x-www-form-urlencoded
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Param		choice	formData	string	true	"stay, proceed or comeback; contest or agree about the final account"
//	@Param		line	formData	string	false	"the line that is contested"
//	@Param		text	formData	string	false	"why, in the client's own words"
//	@Success	200		{string}	string
//	@Failure	404		{string}	string
//	@Failure	409		{string}	string
//	@Failure	410		{string}	string
//	@Router		/l/{token} [post]
func (h pageHandlers) choose(c *gin.Context) {
	v, shown, ok := h.visit(c, offboarding.PurposeChoice)
	if !ok {
		return
	}
	posted := form(c)
	if what := posted.Get("choice"); what == pages.ChoiceContest || what == pages.ChoiceAgree || what == "" && posted.Has("line") {
		h.contest(c, v, shown, posted)
		return
	}
	choice := offboarding.Choice(posted.Get("choice"))
	if choice == "" {
		view := h.choiceView(v, shown, "")
		view.Unconfirmed = true
		h.done(c, h.pages.Choice(c.Writer, view))
		return
	}
	k, err := h.desk.Choose(c.Request.Context(), v.Case.ID, choice)
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	h.bell.Ring()
	h.done(c, h.pages.Chosen(c.Writer, pages.Chosen{Visit: shown, Choice: string(choice), LastDay: lastDay(k, v.Account), Person: v.Person()}))
}

func (h pageHandlers) assets(c *gin.Context) { h.pages.Assets().ServeHTTP(c.Writer, c.Request) }
