package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// TemplateSummary is one letter in one language, without its texts.
type TemplateSummary struct {
	Code      string     `json:"code" example:"T07"`
	Lang      string     `json:"lang" example:"ru"`
	Kind      string     `json:"kind" example:"save"`
	Class     string     `json:"class" example:"service" enums:"service,relationship,marketing"`
	Subject   string     `json:"subject" example:"Одно предложение, решать вам"`
	Version   int        `json:"version" example:"1"`
	Source    string     `json:"source" example:"built_in" enums:"built_in,operator"`
	By        string     `json:"by,omitempty" example:"key:office"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
} //	@name	TemplateSummary

// TemplateResponse is the text of one letter in one language.
type TemplateResponse struct {
	TemplateSummary
	Text             string    `json:"text" example:"{{.Hello}}\n\n{{element \"reason\"}}Вы назвали причину: {{.ReasonLabel}}.{{end}}"`
	HTML             string    `json:"html,omitempty"`
	Elements         []string  `json:"elements" example:"reason,one_proposal,stay_link,proceed_link"`
	Fields           []string  `json:"fields" example:"Client,Company,Hello,Proposal,ReasonLabel,Sign"`
	AcceptedWarnings []string  `json:"accepted_warnings,omitempty" example:"fake_cheer"`
	Tone             *ToneBody `json:"tone,omitempty"`
} //	@name	Template

// TemplateRequest replaces a text.
type TemplateRequest struct {
	Subject        string `json:"subject" example:"Мы вас услышали"`
	Text           string `json:"text"`
	HTML           string `json:"html"`            // empty: made from the text
	AcceptWarnings bool   `json:"accept_warnings"` // the text is meant although the tone guard warns
	BuiltIn        bool   `json:"built_in"`        // put the text back that ships, and nothing else
} //	@name	TemplateRequest

// TemplatePreviewRequest is a text to look at; empty parts are those that count now.
type TemplatePreviewRequest struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
} //	@name	TemplatePreviewRequest

// TemplatePreview is a letter with made-up values, and what the tone guard says.
type TemplatePreview struct {
	Subject string    `json:"subject" example:"Мы вас услышали — обращение № 128"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Tone    *ToneBody `json:"tone"`
} //	@name	TemplatePreview

// ToneBody is what the tone guard said about a letter.
type ToneBody struct {
	Verdict         string            `json:"verdict" example:"pass" enums:"pass,warn,block"`
	Findings        []ToneFindingBody `json:"findings"`
	Missing         []string          `json:"missing"`
	Text            string            `json:"text,omitempty" example:"stock" enums:"stock,operator"`
	TemplateVersion int               `json:"template_version,omitempty" example:"2"`
	Replaced        *ToneBody         `json:"replaced,omitempty"`
	Override        *ToneOverrideBody `json:"override,omitempty"`
} //	@name	LetterTone

// ToneFindingBody is one place of a letter's subject and text, counted in characters.
type ToneFindingBody struct {
	Rule        string `json:"rule" example:"guilt"`
	Level       string `json:"level" example:"block" enums:"warn,block"`
	Start       int    `json:"start" example:"17"`
	End         int    `json:"end" example:"52"`
	Text        string `json:"text"`
	Explanation string `json:"explanation"`
} //	@name	LetterToneFinding

// ToneOverrideBody says who let a letter go all the same.
type ToneOverrideBody struct {
	By     string    `json:"by" example:"key:office"`
	Reason string    `json:"reason" example:"согласовано с клиентом по телефону"`
	At     time.Time `json:"at"`
} //	@name	LetterToneOverride

// ReleaseRequest says why a letter goes although the tone guard holds it.
type ReleaseRequest struct {
	Reason string `json:"reason" example:"согласовано с клиентом по телефону"`
} //	@name	ReleaseRequest

type templateHandlers struct{ cfg Config }

// list answers the letters in both languages.
//
//	@Summary	List letter templates
//	@ID			listTemplates
//	@Tags		templates
//	@Produce	json
//	@Success	200	{object}	List[TemplateSummary]
//	@Failure	401	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/templates [get]
func (h templateHandlers) list(c *gin.Context) {
	texts, err := h.cfg.Editor.Texts(c.Request.Context())
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(texts, len(texts), func(t *offboarding.LetterText) uuid.UUID { return t.ID }, templateSummary))
}

// get answers the text of a letter.
//
//	@Summary		Get a letter template
//	@Description	Version 1 is the text that ships, or that of the operator's folder. Old versions are kept.
//	@ID				getTemplate
//	@Tags			templates
//	@Produce		json
//	@Param			code	path		string	true	"code of the letter"	example(T07)
//	@Param			lang	path		string	true	"language"				Enums(ru, en)
//	@Param			version	query		int		false	"an older version"
//	@Success		200		{object}	TemplateResponse
//	@Header			200		{string}	ETag	"the version, for If-Match"
//	@Failure		401		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/templates/{code}/{lang} [get]
func (h templateHandlers) get(c *gin.Context) {
	version, err := versionAsked(c)
	var t *offboarding.LetterText
	if err == nil {
		t, err = h.cfg.Editor.Text(c.Request.Context(), c.Param("code"), offboarding.Lang(c.Param("lang")), version)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, t, nil)
}

// put replaces the text of a letter.
//
//	@Summary		Replace a letter template
//	@Description	The text counts at once in all processes. One that cannot be read, lacks a required element, or is blocked by the tone guard is refused with the findings; one that the guard warns of needs accept_warnings.
//	@ID				putTemplate
//	@Tags			templates
//	@Accept			json
//	@Produce		json
//	@Param			code		path		string			true	"code of the letter"	example(T07)
//	@Param			lang		path		string			true	"language"				Enums(ru, en)
//	@Param			If-Match	header		string			false	"the version that was seen"
//	@Param			body		body		TemplateRequest	true	"the text"
//	@Success		200			{object}	TemplateResponse
//	@Header			200			{string}	ETag	"the version, for If-Match"
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/templates/{code}/{lang} [put]
func (h templateHandlers) put(c *gin.Context) {
	var r TemplateRequest
	err := wholeHouse(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	if err == nil && r.BuiltIn != (r.Subject == "" && r.Text == "" && r.HTML == "") {
		err = refuse(http.StatusUnprocessableEntity, "either the text or built_in", ProblemField{"built_in", "true without texts, or subject and text"})
	}
	var t *offboarding.LetterText
	var tone *offboarding.ToneRecord
	if err == nil {
		t = &offboarding.LetterText{Code: c.Param("code"), Lang: offboarding.Lang(c.Param("lang")), Subject: r.Subject, Text: r.Text, HTML: r.HTML}
		t, tone, err = h.cfg.Editor.Replace(c.Request.Context(), t, seen, r.AcceptWarnings, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, t, tone)
}

// preview writes a letter with made-up values.
//
//	@Summary		Preview a letter template
//	@Description	Parts that are left empty are those that count now. Nothing is stored.
//	@ID				previewTemplate
//	@Tags			templates
//	@Accept			json
//	@Produce		json
//	@Param			code			path		string			true	"code of the letter"	example(T07)
//	@Param			lang			path		string			true	"language"				Enums(ru, en)
//	@Param			body			body		TemplatePreviewRequest	true	"the text"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		200				{object}	TemplatePreview
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/templates/{code}/{lang}/preview [post]
func (h templateHandlers) preview(c *gin.Context) {
	var r TemplatePreviewRequest
	err := bindJSON(c, &r)
	var t *offboarding.LetterText
	if err == nil {
		t, err = h.cfg.Editor.Text(c.Request.Context(), c.Param("code"), offboarding.Lang(c.Param("lang")), 0)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	for _, part := range []struct {
		to    *string
		given string
	}{{&t.Subject, r.Subject}, {&t.Text, r.Text}, {&t.HTML, r.HTML}} {
		if part.given != "" {
			*part.to = part.given
		}
	}
	if r.Text != "" && r.HTML == "" {
		t.HTML = "" // HTML of another text
	}
	w, tone, err := h.cfg.Editor.Preview(t)
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, TemplatePreview{Subject: w.Subject, Text: w.Text, HTML: w.HTML, Tone: toneBody(tone)})
}

func (h templateHandlers) answer(c *gin.Context, t *offboarding.LetterText, tone *offboarding.ToneRecord) {
	c.Header("ETag", etag(t.Version))
	c.JSON(http.StatusOK, TemplateResponse{
		TemplateSummary: templateSummary(t), Text: t.Text, HTML: t.HTML, AcceptedWarnings: t.Accepted, Tone: toneBody(tone),
		Elements: listed(h.cfg.Editor.Elements(t.Code)), Fields: listed(h.cfg.Editor.Fields(t.Code)),
	})
}

func templateSummary(t *offboarding.LetterText) TemplateSummary {
	s := TemplateSummary{
		Code: t.Code, Lang: string(t.Lang), Subject: t.Subject, Version: t.Version, Source: "built_in", By: string(t.By), UpdatedAt: optional(t.CreatedAt),
	}
	if k, ok := offboarding.LetterKindOf(t.Code); ok {
		s.Kind, s.Class = k.Kind, string(k.Class)
	}
	if t.Operators {
		s.Source = "operator"
	}
	return s
}

// listed makes an empty list of none, so that it is [] in JSON.
func listed(all []string) []string { return append([]string{}, all...) }

func toneBody(r *offboarding.ToneRecord) *ToneBody {
	if r == nil {
		return nil
	}
	b := &ToneBody{
		Verdict: r.Verdict, Findings: []ToneFindingBody{}, Missing: listed(r.Missing), Text: r.Text, TemplateVersion: r.TemplateVersion, Replaced: toneBody(r.Replaced),
	}
	for _, f := range r.Findings {
		b.Findings = append(b.Findings, ToneFindingBody(f))
	}
	if o := r.Override; o != nil {
		b.Override = &ToneOverrideBody{string(o.By), o.Reason, o.At.UTC()}
	}
	return b
}

// release lets a letter go that the tone guard holds.
//
//	@Summary		Release a letter that the tone guard holds
//	@Description	What it warns of, anybody who works on cases may release; what it blocks, an approver or an admin (409 manager_needed). Insults and threats are never sent (409 tone_not_overridable). A letter that is not held back is 409 not_held.
//	@ID				releaseMessage
//	@Tags			messages
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"message id"	Format(uuid)
//	@Param			body			body		ReleaseRequest	true	"why"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		200				{object}	MessageResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/messages/{id}/release [post]
func (h messageHandlers) release(c *gin.Context) {
	var r ReleaseRequest
	id, err := pathID(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	role := callerOf(c).role
	var m *offboarding.Message
	if err == nil {
		m, err = offboarding.Release(c.Request.Context(), h.cfg.Store, scopeOf(c), id, r.Reason, role == RoleAdmin || role == RoleApprover, actorOf(c), h.cfg.Clock.Now())
	}
	if err == nil {
		h.cfg.Bell.Ring()
	}
	h.answer(c, m, err)
}
