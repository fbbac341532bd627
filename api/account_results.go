package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// ResultResponse is a result that is, was or will be posted.
type ResultResponse struct {
	ID        uuid.UUID         `json:"id"` // the webhook-id
	CaseID    *uuid.UUID        `json:"case_id,omitempty"`
	Type      string            `json:"type" example:"case.opened"`
	State     string            `json:"state" example:"sent" enums:"ready,claimed,transmitting,sent,uncertain,failed,cancelled,dead"`
	Reason    string            `json:"reason,omitempty" example:"the receiver is paused"`
	DueAt     time.Time         `json:"due_at"`
	CreatedAt time.Time         `json:"created_at"`
	Attempts  []AttemptResponse `json:"attempts"`
} //	@name	Result

// AttemptResponse is one try to post a result.
type AttemptResponse struct {
	At         time.Time `json:"at"`
	Endpoint   string    `json:"endpoint" example:"https://billing.example.com"`
	Status     int       `json:"status" example:"204"` // 0: no answer
	DurationMS int64     `json:"duration_ms" example:"120"`
	Error      string    `json:"error,omitempty" example:"the receiver did not take the result: answered 500"`
} //	@name	ResultAttempt

// EndpointResponse is a receiver of results.
type EndpointResponse struct {
	Endpoint     string     `json:"endpoint" example:"https://billing.example.com"`
	Paused       bool       `json:"paused" example:"false"`
	PausedAt     *time.Time `json:"paused_at,omitempty"`
	NextTryAt    *time.Time `json:"next_try_at,omitempty"`
	Failures     int        `json:"failures" example:"0"`
	FailingSince *time.Time `json:"failing_since,omitempty"`
	LastTryAt    time.Time  `json:"last_try_at"`
	LastGoodAt   *time.Time `json:"last_good_at,omitempty"`
	Error        string     `json:"error,omitempty" example:"the receiver did not take the result: answered 500"`
} //	@name	ResultEndpoint

// ResumeResponse says how many receivers were paused.
type ResumeResponse struct {
	Resumed int `json:"resumed" example:"1"`
} //	@name	ResumeResponse

// results lists what was posted to the receivers of a generic account.
//
//	@Summary		Log of posted results
//	@Description	Newest first, with every try of the last 90 days. The id is the webhook-id under which the result is posted.
//	@ID				listResults
//	@Tags			accounts
//	@Produce		json
//	@Param			id		path		string	true	"account id"	Format(uuid)
//	@Param			limit	query		int		false	"at most 200"
//	@Param			cursor	query		string	false	"next_cursor of the page before"
//	@Success		200		{object}	List[ResultResponse]
//	@Failure		401		{object}	Problem
//	@Failure		403		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/results [get]
func (h accountHandlers) results(c *gin.Context) {
	acc, err := h.load(c)
	var p offboarding.Page
	if err == nil {
		p, err = page(c)
	}
	var rows []*offboarding.Result
	if err == nil {
		rows, err = h.cfg.Store.Results(c.Request.Context(), acc.ID, more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(r *offboarding.Result) uuid.UUID { return r.Effect.ID }, resultResponse))
}

func resultResponse(r *offboarding.Result) ResultResponse {
	ef := r.Effect
	var payload offboarding.ResultPayload
	_ = json.Unmarshal(ef.Payload, &payload) // our own; a result without a type shows none
	res := ResultResponse{
		ID: ef.ID, CaseID: ef.CaseID, Type: payload.Type, State: string(ef.State), Reason: ef.Reason,
		DueAt: ef.DueAt.UTC(), CreatedAt: ef.CreatedAt.UTC(), Attempts: []AttemptResponse{},
	}
	if res.Reason == "" {
		res.Reason = ef.LastError
	}
	for _, a := range r.Attempts {
		res.Attempts = append(res.Attempts, AttemptResponse{a.At.UTC(), a.Origin, a.Status, a.Took.Milliseconds(), a.Detail})
	}
	return res
}

// resend posts a result once more.
//
//	@Summary		Post a result once more
//	@Description	Under the same webhook-id, written anew from the case as it stands now. Audited.
//	@ID				resendResult
//	@Tags			accounts
//	@Produce		json
//	@Param			id				path		string	true	"account id"	Format(uuid)
//	@Param			result			path		string	true	"result id"		Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		202				{object}	ResultResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rule: generic_only, result_under_way"
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/results/{result}/resend [post]
func (h accountHandlers) resend(c *gin.Context) {
	acc, err := h.load(c)
	id, bad := uuid.Parse(c.Param("result"))
	if err == nil && bad != nil {
		err = offboarding.ErrNotFound
	}
	var ef *offboarding.Effect
	if err == nil {
		ef, err = offboarding.ResendResult(c.Request.Context(), h.cfg.Store, acc.ID, id, actorOf(c), h.cfg.Clock.Now())
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusAccepted, resultResponse(&offboarding.Result{Effect: ef}))
}

// endpoints lists the receivers of results.
//
//	@Summary		Receivers of results
//	@Description	A receiver that fails five times in a row for an hour is paused, at once when it answers 410. It is tried once an hour and resumes by itself; results wait meanwhile.
//	@ID				listEndpoints
//	@Tags			accounts
//	@Produce		json
//	@Param			id	path		string	true	"account id"	Format(uuid)
//	@Success		200	{object}	List[EndpointResponse]
//	@Failure		401	{object}	Problem
//	@Failure		404	{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/endpoints [get]
func (h accountHandlers) endpoints(c *gin.Context) {
	acc, err := h.load(c)
	var rows []*offboarding.Endpoint
	if err == nil {
		rows, err = h.cfg.Store.Endpoints(c.Request.Context(), acc.ID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := List[EndpointResponse]{Items: []EndpointResponse{}}
	for _, e := range rows {
		res.Items = append(res.Items, EndpointResponse{
			Endpoint: e.Origin, Paused: !e.PausedAt.IsZero(), PausedAt: optional(e.PausedAt), NextTryAt: optional(e.ProbeAt), Failures: e.Failures,
			FailingSince: optional(e.FailingSince), LastTryAt: e.LastTryAt.UTC(), LastGoodAt: optional(e.LastGoodAt), Error: e.Detail,
		})
	}
	c.JSON(http.StatusOK, res)
}

// resumeEndpoints lets results go to paused receivers again.
//
//	@Summary	Resume paused receivers
//	@ID			resumeEndpoints
//	@Tags		accounts
//	@Produce	json
//	@Param		id				path		string	true	"account id"	Format(uuid)
//	@Param		Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success	200				{object}	ResumeResponse
//	@Failure	401				{object}	Problem
//	@Failure	403				{object}	Problem
//	@Failure	404				{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id}/endpoints/resume [post]
func (h accountHandlers) resumeEndpoints(c *gin.Context) {
	acc, err := h.load(c)
	n := 0
	if err == nil {
		n, err = offboarding.ResumeEndpoints(c.Request.Context(), h.cfg.Store, acc.ID, actorOf(c), h.cfg.Clock.Now())
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusOK, ResumeResponse{n})
}
