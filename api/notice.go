package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/documents"
	"opendoor/offboarding"
)

// NoticeResponse is the notice of a parting: by which term it runs and until when.
type NoticeResponse struct {
	Status           string      `json:"status" example:"running" enums:"none,running,waived,elapsed"`
	NoticeDays       int         `json:"notice_days" example:"30"`
	NoticeClause     string      `json:"notice_clause,omitempty" example:"п. 8.2"`
	ContractMissing  bool        `json:"contract_missing" example:"false"`
	ReceivedOn       string      `json:"notice_received_on,omitempty" example:"2026-11-20"`
	EffectiveOn      string      `json:"effective_on,omitempty" example:"2026-12-20"`
	BusinessDaysLeft int         `json:"business_days_left" example:"20"`
	LetterSentAt     *time.Time  `json:"letter_sent_at,omitempty"`
	LetterReceivedAt *time.Time  `json:"letter_received_at,omitempty"`
	Waived           *WaivedBody `json:"waived,omitempty"`
} //	@name	Notice

// WaivedBody says who granted a shorter notice and why.
type WaivedBody struct {
	By     string    `json:"by" example:"key:boss"`
	Reason string    `json:"reason" example:"клиент закрывает бизнес"`
	From   string    `json:"from" example:"2026-12-20"` // the last day before
	At     time.Time `json:"at"`
} //	@name	Waived

// WaiveRequest grants a shorter notice.
type WaiveRequest struct {
	EffectiveOn string `json:"effective_on" example:"2026-12-01"`
	Reason      string `json:"reason" example:"клиент закрывает бизнес"`
} //	@name	WaiveRequest

type noticeHandlers struct{ cfg Config }

// get answers the notice.
//
//	@Summary	Notice of a case
//	@ID			getNotice
//	@Tags		cases
//	@Produce	json
//	@Param		id	path		string	true	"case id"	Format(uuid)
//	@Success	200	{object}	NoticeResponse
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/notice [get]
func (h noticeHandlers) get(c *gin.Context) {
	k, err := caseHandlers(h).load(c)
	h.answer(c, k, err)
}

func (h noticeHandlers) answer(c *gin.Context, k *offboarding.Case, err error) {
	var n *offboarding.NoticeView
	if err == nil {
		n, err = h.cfg.Desk.Notice(c.Request.Context(), k)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := NoticeResponse{
		Status: string(k.Tracks.Notice), NoticeDays: k.Contract.NoticeDays, NoticeClause: k.Contract.Clause, ContractMissing: k.Contract.Missing,
		ReceivedOn: k.Dates.NoticeReceivedOn, EffectiveOn: k.Dates.EffectiveOn, BusinessDaysLeft: n.BusinessDaysLeft,
		LetterSentAt: optional(n.LetterSentAt), LetterReceivedAt: optional(k.Dates.LetterReceivedAt),
	}
	if w := k.Waived; w != nil {
		res.Waived = &WaivedBody{string(w.By), w.Reason, w.From, w.At.UTC()}
	}
	c.Header("ETag", etag(k.Version))
	c.JSON(http.StatusOK, res)
}

// waive grants a shorter notice.
//
//	@Summary		Grant a shorter notice
//	@Description	The last day may only come nearer. Rules: longer_notice_never_imposed, notice_not_running.
//	@ID				waiveNotice
//	@Tags			cases
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"case id"	Format(uuid)
//	@Param			If-Match		header		string			false	"the version that was seen"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		WaiveRequest	true	"the new last day and why"
//	@Success		200				{object}	NoticeResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/notice/waive [post]
func (h noticeHandlers) waive(c *gin.Context) {
	id, err := pathID(c)
	var r WaiveRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	var k *offboarding.Case
	if err == nil {
		k, err = h.cfg.Desk.WaiveNotice(c.Request.Context(), scopeOf(c), id, seen, r.EffectiveOn, r.Reason, actorOf(c))
	}
	if err == nil {
		h.cfg.Bell.Ring()
	}
	h.answer(c, k, err)
}

// letter answers the filled cancellation letter.
//
//	@Summary	Filled cancellation letter as PDF
//	@ID			getCancellationLetter
//	@Tags		cases
//	@Produce	application/pdf
//	@Param		id	path		string	true	"case id"	Format(uuid)
//	@Success	200	{file}		file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/cancellation-letter.pdf [get]
func (h noticeHandlers) letter(c *gin.Context) {
	k, err := caseHandlers(h).load(c)
	var acc *offboarding.Account
	if err == nil {
		acc, err = h.cfg.Store.Account(c.Request.Context(), k.AccountID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	paper(c, "cancellation-letter.pdf", documents.Cancellation(k, acc))
}
