package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// SettlementResponse is the final account of a case.
type SettlementResponse struct {
	ID         uuid.UUID            `json:"id"`
	CaseID     uuid.UUID            `json:"case_id"`
	Status     string               `json:"status" example:"draft" enums:"not_needed,draft,approved,sent,agreed,disputed,settled"`
	Lines      []SettlementLineBody `json:"lines"`
	Total      *MoneyBody           `json:"total,omitempty"`
	DueOn      string               `json:"due_on,omitempty" example:"2026-12-11"`
	Warnings   []WarningBody        `json:"warnings"`
	Surprised  bool                 `json:"surprised" example:"false"` // it was sent once with something unusual in it
	Approval   ApprovalBody         `json:"approval"`
	SentAt     *time.Time           `json:"sent_at,omitempty"`
	AgreedAt   *time.Time           `json:"agreed_at,omitempty"`
	SettledOn  string               `json:"settled_on,omitempty" example:"2026-12-10"`
	Version    int                  `json:"version" example:"3"`
	CaseNumber int64                `json:"case_no" example:"42"`
} //	@name	Settlement

// SettlementLineBody is one line of the account.
type SettlementLineBody struct {
	ID            uuid.UUID    `json:"id"`
	Period        string       `json:"period" example:"2026-10"`
	Kind          string       `json:"kind" example:"subscription"`
	Basis         string       `json:"basis" example:"п. 4.1 договора"`
	Qty           json.Number  `json:"qty" swaggertype:"number" example:"1"`
	Price         *MoneyBody   `json:"price,omitempty"`
	Amount        MoneyBody    `json:"amount"`
	Justification string       `json:"justification" example:"Абонемент за октябрь, акт № 10 подписан 31.10"`
	Author        string       `json:"author" example:"office"`
	AddedAt       time.Time    `json:"added_at"`
	Warnings      []string     `json:"warnings" example:"surprise"`
	Contest       *ContestBody `json:"contest,omitempty"`
} //	@name	SettlementLine

// ContestBody is the client's objection to a line.
type ContestBody struct {
	Text     string     `json:"text,omitempty" example:"этого мы не заказывали"`
	At       time.Time  `json:"at"`
	Outcome  string     `json:"outcome,omitempty" example:"kept" enums:"kept,withdrawn"`
	Answer   string     `json:"answer,omitempty"`
	ClosedBy string     `json:"closed_by,omitempty" example:"boss"`
	ClosedAt *time.Time `json:"closed_at,omitempty"`
} //	@name	Contest

// WarningBody says what is unusual about the account.
type WarningBody struct {
	Code   string     `json:"code" example:"surprise" enums:"late_claim,surprise"`
	Level  string     `json:"level" example:"warn"`
	LineID *uuid.UUID `json:"line_id,omitempty"`
	Detail string     `json:"detail" example:"this kind of charge was never billed before"`
} //	@name	SettlementWarning

// ApprovalBody says whether and by whom the account was let go. ByAnother tells
// that it takes somebody who wrote none of its lines.
type ApprovalBody struct {
	ByAnother bool       `json:"by_another" example:"true"`
	By        string     `json:"by,omitempty" example:"boss"`
	At        *time.Time `json:"at,omitempty"`
} //	@name	SettlementApproval

// SettlementRequest begins an account or sets when it is due.
type SettlementRequest struct {
	DueOn string                  `json:"due_on,omitempty" example:"2026-12-11"`
	Lines []SettlementLineRequest `json:"lines,omitempty"`
} //	@name	SettlementRequest

// SettlementLineRequest is a line to be added. Either amount or price may be
// left out: the amount is quantity times price.
type SettlementLineRequest struct {
	Period        string      `json:"period" example:"2026-10"`
	Kind          string      `json:"kind" example:"subscription"`
	Basis         string      `json:"basis,omitempty" example:"п. 4.1 договора"`
	Qty           json.Number `json:"qty,omitempty" swaggertype:"number" example:"1"`
	Price         *MoneyBody  `json:"price,omitempty"`
	Amount        *MoneyBody  `json:"amount,omitempty"`
	Justification string      `json:"justification,omitempty" example:"Абонемент за октябрь, акт № 10 подписан 31.10"`
} //	@name	SettlementLineRequest

// DueRequest says until when the account is to be paid.
type DueRequest struct {
	DueOn string `json:"due_on,omitempty" example:"2026-12-11"`
} //	@name	DueRequest

// PaidRequest says when the account was paid.
type PaidRequest struct {
	PaidOn string `json:"paid_on,omitempty" example:"2026-12-10"`
} //	@name	PaidRequest

// ContestAnswerRequest answers an objection.
type ContestAnswerRequest struct {
	Outcome string `json:"outcome" example:"withdrawn" enums:"kept,withdrawn"`
	Answer  string `json:"answer" example:"Вы правы, эту строку мы убрали."`
} //	@name	ContestAnswerRequest

type settlementHandlers struct{ cfg Config }

// signerOf is the caller as one of four eyes.
func signerOf(c *gin.Context) offboarding.Signer {
	k := callerOf(c)
	return offboarding.Signer{ID: k.id, Name: k.name, Approves: k.role == RoleApprover || k.role == RoleAdmin}
}

// get answers the account.
//
//	@Summary		Final account of a case
//	@Description	One that was not begun is empty.
//	@ID				getSettlement
//	@Tags			settlement
//	@Produce		json
//	@Param			id	path		string	true	"case id"	Format(uuid)
//	@Success		200	{object}	SettlementResponse
//	@Failure		401	{object}	Problem
//	@Failure		403	{object}	Problem
//	@Failure		404	{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement [get]
func (h settlementHandlers) get(c *gin.Context) {
	id, err := pathID(c)
	var v *offboarding.SettlementView
	if err == nil {
		v, err = h.cfg.Desk.Settlement(c.Request.Context(), scopeOf(c), id)
	}
	h.answer(c, http.StatusOK, v, err)
}

func (h settlementHandlers) answer(c *gin.Context, status int, v *offboarding.SettlementView, err error) {
	if err != nil {
		_ = c.Error(err)
		return
	}
	if status != http.StatusOK || c.Request.Method != http.MethodGet {
		h.cfg.Bell.Ring()
	}
	c.Header("ETag", etag(v.Version))
	c.JSON(status, settlementResponse(v, personOf(c)))
}

// act reads id, body and If-Match, and does what the account is asked for.
func settle[R any](h settlementHandlers, c *gin.Context, status int, do func(id uuid.UUID, seen int, r R) (*offboarding.SettlementView, error)) {
	id, err := pathID(c)
	var r R
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	var v *offboarding.SettlementView
	if err == nil {
		v, err = do(id, seen, r)
	}
	h.answer(c, status, v, err)
}

// draft begins the account.
//
//	@Summary		Begin the final account, or set when it is due
//	@Description	Lines may be given at once; each is held to the rules of a single line. Rules: settlement_not_draft, case_over, basis_required, justification_required, one_currency, too_many_lines.
//	@ID				draftSettlement
//	@Tags			settlement
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string				true	"case id"	Format(uuid)
//	@Param			If-Match		header		string				false	"the version that was seen"
//	@Param			Idempotency-Key	header		string				false	"makes a repeat harmless"
//	@Param			body			body		SettlementRequest	false	"when it is due, and lines"
//	@Success		201				{object}	SettlementResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement [post]
func (h settlementHandlers) draft(c *gin.Context) {
	settle(h, c, http.StatusCreated, func(id uuid.UUID, seen int, r SettlementRequest) (*offboarding.SettlementView, error) {
		lines := make([]offboarding.SettlementLine, 0, len(r.Lines))
		for _, l := range r.Lines {
			lines = append(lines, l.line())
		}
		return h.cfg.Desk.DraftSettlement(c.Request.Context(), scopeOf(c), id, seen, r.DueOn, lines, signerOf(c), actorOf(c))
	})
}

// addLine adds a line to the draft.
//
//	@Summary		Add a line to the final account
//	@Description	A refund is a line with a negative amount. A line without a basis (contract clause, signed act, agreed request) is refused: 409, rule basis_required; without a justification: justification_required. Further rules: settlement_not_draft, case_over, one_currency, too_many_lines. An approved or contested account becomes a draft again.
//	@ID				addSettlementLine
//	@Tags			settlement
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string					true	"case id"	Format(uuid)
//	@Param			If-Match		header		string					false	"the version that was seen"
//	@Param			Idempotency-Key	header		string					false	"makes a repeat harmless"
//	@Param			body			body		SettlementLineRequest	true	"the line"
//	@Success		201				{object}	SettlementResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement/lines [post]
func (h settlementHandlers) addLine(c *gin.Context) {
	settle(h, c, http.StatusCreated, func(id uuid.UUID, seen int, r SettlementLineRequest) (*offboarding.SettlementView, error) {
		return h.cfg.Desk.AddLine(c.Request.Context(), scopeOf(c), id, seen, r.line(), signerOf(c), actorOf(c))
	})
}

func (r *SettlementLineRequest) line() offboarding.SettlementLine {
	l := offboarding.SettlementLine{Period: r.Period, Kind: r.Kind, Basis: r.Basis, Qty: r.Qty.String(), Justification: r.Justification}
	if m := r.Price.money(); m != nil {
		l.Price = *m
	}
	if m := r.Amount.money(); m != nil {
		l.Amount = *m
	}
	return l
}

// removeLine takes a line out of the draft.
//
//	@Summary		Take a line out of the final account
//	@Description	Rules: settlement_not_draft, case_over, line_contested.
//	@ID				removeSettlementLine
//	@Tags			settlement
//	@Produce		json
//	@Param			id			path		string	true	"case id"	Format(uuid)
//	@Param			line		path		string	true	"line id"	Format(uuid)
//	@Param			If-Match	header		string	false	"the version that was seen"
//	@Success		200			{object}	SettlementResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		409			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement/lines/{line} [delete]
func (h settlementHandlers) removeLine(c *gin.Context) {
	settle(h, c, http.StatusOK, func(id uuid.UUID, seen int, _ struct{}) (*offboarding.SettlementView, error) {
		line, err := uuid.Parse(c.Param("line"))
		if err != nil {
			return nil, offboarding.ErrNotFound
		}
		return h.cfg.Desk.RemoveLine(c.Request.Context(), scopeOf(c), id, seen, line, actorOf(c))
	})
}

// answerContest answers the client's objection.
//
//	@Summary		Answer an objection to a line
//	@Description	kept: the line stands and the client is told why. withdrawn: it is taken out, and the account is a draft again. Rule: line_not_contested.
//	@ID				answerContest
//	@Tags			settlement
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string					true	"case id"	Format(uuid)
//	@Param			line			path		string					true	"line id"	Format(uuid)
//	@Param			If-Match		header		string					false	"the version that was seen"
//	@Param			Idempotency-Key	header		string					false	"makes a repeat harmless"
//	@Param			body			body		ContestAnswerRequest	true	"the answer"
//	@Success		200				{object}	SettlementResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement/lines/{line}/answer [post]
func (h settlementHandlers) answerContest(c *gin.Context) {
	settle(h, c, http.StatusOK, func(id uuid.UUID, seen int, r ContestAnswerRequest) (*offboarding.SettlementView, error) {
		line, err := uuid.Parse(c.Param("line"))
		if err != nil {
			return nil, offboarding.ErrNotFound
		}
		return h.cfg.Desk.AnswerContest(c.Request.Context(), scopeOf(c), id, seen, line, r.Outcome, r.Answer, signerOf(c), actorOf(c))
	})
}

// approve lets the account go to the client.
//
//	@Summary		Approve the final account
//	@Description	An account with warnings (late_claim, surprise) is approved by somebody who wrote none of its lines and may decide. Rules: settlement_not_draft, settlement_empty, line_contested, approver_is_author, approver_needed.
//	@ID				approveSettlement
//	@Tags			settlement
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string	true	"case id"	Format(uuid)
//	@Param			If-Match		header		string	false	"the version that was seen"
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		200				{object}	SettlementResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement/approve [post]
func (h settlementHandlers) approve(c *gin.Context) {
	settle(h, c, http.StatusOK, func(id uuid.UUID, seen int, _ struct{}) (*offboarding.SettlementView, error) {
		return h.cfg.Desk.ApproveSettlement(c.Request.Context(), scopeOf(c), id, seen, signerOf(c), actorOf(c))
	})
}

// send shows the draft to the client.
//
//	@Summary		Send the draft to the client
//	@Description	The client sees it at least five business days before it is due and may contest each line on a page without login, which never delays the handover. Rules: settlement_not_approved, due_too_soon.
//	@ID				sendSettlement
//	@Tags			settlement
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string		true	"case id"	Format(uuid)
//	@Param			If-Match		header		string		false	"the version that was seen"
//	@Param			Idempotency-Key	header		string		false	"makes a repeat harmless"
//	@Param			body			body		DueRequest	false	"when it is due; unless told five business days from now"
//	@Success		200				{object}	SettlementResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement/send [post]
func (h settlementHandlers) send(c *gin.Context) {
	settle(h, c, http.StatusOK, func(id uuid.UUID, seen int, r DueRequest) (*offboarding.SettlementView, error) {
		return h.cfg.Desk.SendSettlement(c.Request.Context(), scopeOf(c), id, seen, r.DueOn, actorOf(c))
	})
}

// settle marks the account as paid.
//
//	@Summary		Mark the final account as settled
//	@Description	Rules: settlement_not_sent, line_contested, already_settled.
//	@ID				settleSettlement
//	@Tags			settlement
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string		true	"case id"	Format(uuid)
//	@Param			If-Match		header		string		false	"the version that was seen"
//	@Param			Idempotency-Key	header		string		false	"makes a repeat harmless"
//	@Param			body			body		PaidRequest	false	"when it was paid; today unless told"
//	@Success		200				{object}	SettlementResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/settlement/settle [post]
func (h settlementHandlers) settle(c *gin.Context) {
	settle(h, c, http.StatusOK, func(id uuid.UUID, seen int, r PaidRequest) (*offboarding.SettlementView, error) {
		return h.cfg.Desk.Settle(c.Request.Context(), scopeOf(c), id, seen, r.PaidOn, actorOf(c))
	})
}

func settlementResponse(v *offboarding.SettlementView, who offboarding.Person) SettlementResponse {
	res := SettlementResponse{
		ID: v.ID, CaseID: v.CaseID, Status: string(v.Case.Tracks.Settlement), Lines: []SettlementLineBody{}, DueOn: v.DueOn, Warnings: []WarningBody{}, Surprised: v.Surprised,
		Approval: ApprovalBody{ByAnother: len(v.Warnings) > 0, By: v.ApprovedBy.Name, At: optional(v.ApprovedAt)},
		SentAt:   optional(v.SentAt), AgreedAt: optional(v.AgreedAt), SettledOn: v.SettledOn, Version: v.Version, CaseNumber: v.Case.No,
	}
	if len(v.Lines) > 0 {
		m := moneyBody(v.Total())
		res.Total = &m
	}
	for _, l := range v.Lines {
		b := SettlementLineBody{
			ID: l.ID, Period: l.Period, Kind: l.Kind, Basis: l.Basis, Qty: json.Number(l.Qty), Amount: moneyBody(l.Amount),
			Justification: l.Justification, Author: l.Author.Name, AddedAt: l.AddedAt.UTC(), Warnings: []string{},
		}
		if l.Price != (offboarding.Money{}) {
			m := moneyBody(l.Price)
			b.Price = &m
		}
		if k := l.Contest; k != nil {
			said, answered := k.Text, k.Answer
			if !v.Case.MayRead(who) {
				said, answered = "", ""
			}
			b.Contest = &ContestBody{said, k.At.UTC(), k.Outcome, answered, k.ClosedBy.Name, optional(k.ClosedAt)}
		}
		for _, w := range v.Warnings {
			if w.LineID != nil && *w.LineID == l.ID {
				b.Warnings = append(b.Warnings, w.Code)
			}
		}
		res.Lines = append(res.Lines, b)
	}
	for _, w := range v.Warnings {
		res.Warnings = append(res.Warnings, WarningBody{w.Code, "warn", w.LineID, w.Detail})
	}
	return res
}
