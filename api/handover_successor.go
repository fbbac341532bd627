package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// consent records that the client agrees to a successor.
//
//	@Summary	Record the client's consent to a successor
//	@ID			recordSuccessorConsent
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		body	body	SuccessorBody	true	"what is written"
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: address_has_another_role"
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/consent [post]
func (h handoverHandlers) consent(c *gin.Context) {
	var r SuccessorBody
	id, err := pathID(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.Consent(c.Request.Context(), scopeOf(c), id, offboarding.Newcomer{
		Name: r.Name, Company: r.Company, Email: r.Email, Phone: r.Phone, Source: r.Source, Wording: r.Wording, All: r.All, Items: r.Items, Confidential: r.Confidential,
	}, actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}

// withdrawConsent closes the portal to the successor.
//
//	@Summary	Record that the client takes the consent back
//	@ID			withdrawSuccessorConsent
//	@Tags		handover
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: successor_consent_missing"
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/consent [delete]
func (h handoverHandlers) withdrawConsent(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.WithdrawConsent(c.Request.Context(), scopeOf(c), id, actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}

// AnswerRequest answers a question.
type AnswerRequest struct {
	Answer string `json:"answer" example:"Договор за 2024 год лежит в папке 3."`
} //	@name	QuestionAnswerRequest

// answerQuestion answers a question of the portal.
//
//	@Summary	Answer a question
//	@ID			answerHandoverQuestion
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		question	path	string	true	"question id"	Format(uuid)
//	@Param		body	body	AnswerRequest	true	"what is written"
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/questions/{question}/answer [post]
func (h handoverHandlers) answerQuestion(c *gin.Context) {
	var r AnswerRequest
	id, err := pathID(c)
	var question uuid.UUID
	if err == nil {
		question, err = subID(c, "question")
	}
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.AnswerQuestion(c.Request.Context(), scopeOf(c), id, question, r.Answer, actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}
