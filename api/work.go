package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// QueueResponse is the work in progress of one queue.
type QueueResponse struct {
	Queue            string `json:"queue" example:"mail" enums:"crm,mail,files,low"`
	Due              int    `json:"due" example:"3"`
	Waiting          int    `json:"waiting" example:"120"`
	InFlight         int    `json:"in_flight" example:"1"`
	Uncertain        int    `json:"uncertain" example:"0"`
	Dead             int    `json:"dead" example:"0"`
	OldestDueSeconds int    `json:"oldest_due_seconds" example:"0"`
} //	@name	Queue

// DeadLetterResponse is work that was given up or whose outcome is unknown.
type DeadLetterResponse struct {
	ID        uuid.UUID  `json:"id"`
	AccountID uuid.UUID  `json:"account_id"`
	CaseID    *uuid.UUID `json:"case_id,omitempty"`
	Kind      string     `json:"kind" example:"mail"`
	State     string     `json:"state" example:"dead" enums:"dead,failed,uncertain"`
	SendKey   string     `json:"send_key" example:"mail:0192…:T01"`
	Reason    string     `json:"reason" example:"the mail server did not answer"`
	Attempts  int        `json:"attempts" example:"24"`
	DueAt     time.Time  `json:"due_at"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
} //	@name	DeadLetter

// SendingResponse says whether anything leaves the house.
type SendingResponse struct {
	Paused bool   `json:"paused" example:"false"`
	Reason string `json:"reason,omitempty" example:"a wrong text was found"`
} //	@name	Sending

// PauseRequest stops all sending.
type PauseRequest struct {
	Reason string `json:"reason" example:"a wrong text was found"`
} //	@name	PauseRequest

// AuditResponse is one line of the record.
type AuditResponse struct {
	ID        uuid.UUID       `json:"id"`
	Stream    string          `json:"stream" example:"case:0192…"`
	Seq       int64           `json:"seq" example:"3"`
	At        time.Time       `json:"at"`
	Actor     string          `json:"actor" example:"key:office"`
	Kind      string          `json:"kind" example:"case.moved"`
	Summary   string          `json:"summary" example:"the client chose to proceed"`
	AccountID *uuid.UUID      `json:"account_id,omitempty"`
	CaseID    *uuid.UUID      `json:"case_id,omitempty"`
	MessageID *uuid.UUID      `json:"message_id,omitempty"`
	Data      json.RawMessage `json:"data,omitempty" swaggertype:"object"`
	Hash      []byte          `json:"hash" swaggertype:"string" format:"byte"`
} //	@name	AuditLine

type workHandlers struct{ cfg Config }

// queues answers the work in progress.
//
//	@Summary	Work in progress
//	@ID			listQueues
//	@Tags		work
//	@Produce	json
//	@Success	200	{object}	List[QueueResponse]
//	@Failure	401	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/queues [get]
func (h workHandlers) queues(c *gin.Context) {
	rows, err := h.cfg.Store.QueueDepths(c.Request.Context(), h.cfg.Clock.Now())
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := List[QueueResponse]{Items: []QueueResponse{}}
	for _, q := range rows {
		res.Items = append(res.Items, QueueResponse{string(q.Queue), q.Due, q.Waiting, q.InFlight, q.Uncertain, q.Dead, q.OldestSecs})
	}
	c.JSON(http.StatusOK, res)
}

// deadLetters answers work that was given up, newest first.
//
//	@Summary	Work given up
//	@ID			listDeadLetters
//	@Tags		work
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[DeadLetterResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/dead-letters [get]
func (h workHandlers) deadLetters(c *gin.Context) {
	p, err := page(c)
	var rows []*offboarding.Effect
	if err == nil {
		rows, err = h.cfg.Store.DeadLetters(c.Request.Context(), offboarding.EffectFilter{Scope: scopeOf(c), Page: more(p)})
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(e *offboarding.Effect) uuid.UUID { return e.ID }, deadLetterResponse))
}

// retry gives work a new chance.
//
//	@Summary		Retry work given up
//	@Description	Audited. A letter of unknown fate goes again under the same Message-ID: a person decides that it may.
//	@ID				retryDeadLetter
//	@Tags			work
//	@Produce		json
//	@Param			id				path		string	true	"dead letter id"	Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		202				{object}	DeadLetterResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/dead-letters/{id}/retry [post]
func (h workHandlers) retry(c *gin.Context) {
	id, err := pathID(c)
	var ef *offboarding.Effect
	if err == nil {
		ef, err = offboarding.Retry(c.Request.Context(), h.cfg.Store, scopeOf(c), id, actorOf(c), h.cfg.Clock.Now())
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusAccepted, deadLetterResponse(ef))
}

// sending answers whether anything leaves the house.
//
//	@Summary	Is sending paused
//	@ID			getSending
//	@Tags		work
//	@Produce	json
//	@Success	200	{object}	SendingResponse
//	@Failure	401	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/sending [get]
func (h workHandlers) sending(c *gin.Context) {
	why, err := h.cfg.Store.Setting(c.Request.Context(), offboarding.SettingSendingPaused)
	if err != nil && !offboarding.IsKind(err, offboarding.KindNotFound) {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, SendingResponse{Paused: err == nil, Reason: why})
}

// pause stops all letters and write-backs within a second.
//
//	@Summary	Stop all sending
//	@ID			pauseSending
//	@Tags		work
//	@Accept		json
//	@Produce	json
//	@Param		body			body		PauseRequest	true	"why"
//	@Param		Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success	200				{object}	SendingResponse
//	@Failure	401				{object}	Problem
//	@Failure	403				{object}	Problem
//	@Failure	422				{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/sending/pause [post]
func (h workHandlers) pause(c *gin.Context) {
	var r PauseRequest
	err := wholeHouse(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err == nil && (r.Reason == "" || len(r.Reason) > 500) {
		err = refuse(http.StatusUnprocessableEntity, "a reason is needed", ProblemField{"reason", "1 to 500 characters"})
	}
	if err == nil {
		err = offboarding.PauseSending(c.Request.Context(), h.cfg.Store, r.Reason, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, SendingResponse{true, r.Reason})
}

// resume lets letters and write-backs leave again.
//
//	@Summary	Resume sending
//	@ID			resumeSending
//	@Tags		work
//	@Produce	json
//	@Param		Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success	200				{object}	SendingResponse
//	@Failure	401				{object}	Problem
//	@Failure	403				{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/sending/resume [post]
func (h workHandlers) resume(c *gin.Context) {
	err := wholeHouse(c)
	if err == nil {
		err = offboarding.PauseSending(c.Request.Context(), h.cfg.Store, "", actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusOK, SendingResponse{})
}

// audit answers the record, newest first.
//
//	@Summary	Audit log
//	@ID			listAudit
//	@Tags		work
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[AuditResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/audit [get]
func (h workHandlers) audit(c *gin.Context) {
	p, err := page(c)
	var rows []offboarding.Audit
	if err == nil {
		rows, err = h.cfg.Store.AuditInScope(c.Request.Context(), scopeOf(c), more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(a offboarding.Audit) uuid.UUID { return a.ID }, func(a offboarding.Audit) AuditResponse {
		return AuditResponse{a.ID, a.Stream, a.Seq, a.At.UTC(), string(a.Actor), a.Kind, a.Summary, a.AccountID, a.CaseID, a.MessageID, a.Data, a.Hash}
	}))
}

func deadLetterResponse(e *offboarding.Effect) DeadLetterResponse {
	reason := e.Reason
	if reason == "" {
		reason = e.LastError
	}
	return DeadLetterResponse{
		ID: e.ID, AccountID: e.AccountID, CaseID: e.CaseID, Kind: string(e.Kind), State: string(e.State), SendKey: e.SendKey, Reason: reason,
		Attempts: e.Attempts, DueAt: e.DueAt.UTC(), CreatedAt: e.CreatedAt.UTC(), UpdatedAt: e.UpdatedAt.UTC(),
	}
}
