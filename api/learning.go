package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// ReviewResponse is the look at one loss.
type ReviewResponse struct {
	ID           *uuid.UUID       `json:"id,omitempty"`
	CaseID       uuid.UUID        `json:"case_id"`
	Status       string           `json:"status" example:"pending" enums:"pending,in_progress,done"`
	DueOn        string           `json:"due_on" example:"2026-12-17"`
	Overdue      bool             `json:"overdue" example:"false"`
	Quarter      string           `json:"quarter" example:"2026Q4"`
	WhatHappened string           `json:"what_happened,omitempty"`
	Stated       string           `json:"stated_reason,omitempty" example:"price"`
	Reason       string           `json:"reason,omitempty" example:"price.value"`
	Cause        string           `json:"cause,omitempty" example:"silence"`
	Related      string           `json:"service_related,omitempty" example:"partly" enums:"yes,partly,no"`
	Explanation  string           `json:"explanation,omitempty"`
	Avoidable    string           `json:"avoidable,omitempty" example:"partly" enums:"yes,partly,no"`
	OwnShare     string           `json:"own_share,omitempty"`
	MissedOn     string           `json:"missed_on,omitempty" example:"2026-08-12"`
	Missed       string           `json:"missed,omitempty" example:"перестал отвечать на отчёты"`
	Lesson       string           `json:"lesson,omitempty"`
	Measures     []CorrectiveBody `json:"measures"`
	Reviewer     string           `json:"reviewer,omitempty" example:"boss"`
	DoneAt       *time.Time       `json:"done_at,omitempty"`
	Version      int              `json:"version" example:"2"`
} //	@name	Review

// CorrectiveBody is a measure that follows from a review.
type CorrectiveBody struct {
	ID        uuid.UUID `json:"id"`
	Kind      string    `json:"kind" example:"fix" enums:"fix,train,contract,communication,reassign"`
	What      string    `json:"what" example:"раз в квартал созваниваться с каждым клиентом"`
	Owner     string    `json:"owner" example:"Мария Образцова"`
	DueOn     string    `json:"due_on" example:"2026-12-31"`
	DoneOn    string    `json:"done_on,omitempty" example:"2026-12-20"`
	CheckOn   string    `json:"check_on" example:"2027-03-20"`
	CheckedOn string    `json:"checked_on,omitempty"`
	Works     *bool     `json:"works,omitempty" example:"true"`
	Note      string    `json:"note,omitempty"`
} //	@name	Corrective

// ReviewRequest is what a reviewer writes; what is left out stays.
type ReviewRequest struct {
	WhatHappened *string `json:"what_happened,omitempty"`
	Reason       *string `json:"reason,omitempty" example:"price.value"`
	Cause        *string `json:"cause,omitempty" example:"silence" enums:"silence,broken_terms,third_party,destroyer,none"`
	Related      *string `json:"service_related,omitempty" example:"partly" enums:"yes,partly,no"`
	Explanation  *string `json:"explanation,omitempty"`
	Avoidable    *string `json:"avoidable,omitempty" example:"partly" enums:"yes,partly,no"`
	OwnShare     *string `json:"own_share,omitempty"`
	MissedOn     *string `json:"missed_on,omitempty" example:"2026-08-12"`
	Missed       *string `json:"missed,omitempty"`
	Lesson       *string `json:"lesson,omitempty"`
} //	@name	ReviewRequest

// CorrectiveRequest plans a measure.
type CorrectiveRequest struct {
	Kind  string `json:"kind" example:"fix" enums:"fix,train,contract,communication,reassign"`
	What  string `json:"what" example:"раз в квартал созваниваться с каждым клиентом"`
	Owner string `json:"owner" example:"Мария Образцова"`
	DueOn string `json:"due_on" example:"2026-12-31"`
} //	@name	CorrectiveRequest

// CorrectiveMark says that a measure was done, or whether it has helped.
type CorrectiveMark struct {
	DoneOn string `json:"done_on,omitempty" example:"2026-12-20"`
	Works  *bool  `json:"works,omitempty" example:"true"`
	Note   string `json:"note,omitempty"`
} //	@name	CorrectiveMark

// SystemicResponse is a measure against a reason that came three times within a
// quarter.
type SystemicResponse struct {
	ID        uuid.UUID `json:"id"`
	AccountID uuid.UUID `json:"account_id"`
	Reason    string    `json:"reason" example:"contact.slow"`
	Quarter   string    `json:"quarter" example:"2026Q4"`
	Status    string    `json:"status" example:"open" enums:"open,done"`
	Owner     string    `json:"owner,omitempty" example:"Мария Образцова"`
	DueOn     string    `json:"due_on" example:"2027-01-10"`
	Note      string    `json:"note,omitempty"`
	Version   int       `json:"version" example:"1"`
} //	@name	Systemic

// SystemicRequest changes a systemic measure; what is left out stays.
type SystemicRequest struct {
	Status string `json:"status,omitempty" example:"done" enums:"open,done"`
	Owner  string `json:"owner,omitempty" example:"Мария Образцова"`
	DueOn  string `json:"due_on,omitempty" example:"2027-01-10"`
	Note   string `json:"note,omitempty"`
} //	@name	SystemicRequest

type learningHandlers struct{ cfg Config }

// reviewed loads a case whose review the caller may see: what may be about a
// person is for who leads people.
func (h learningHandlers) reviewed(c *gin.Context) (*offboarding.Case, error) {
	k, err := caseHandlers(h).load(c)
	if err == nil && k.Shielded() && (callerOf(c).role == RoleOperator || !k.MayRead(personOf(c))) {
		return nil, refuse(http.StatusForbidden, "this review may be about a person: it is for an approver or an hr_manager")
	}
	return k, err
}

// list answers reviews, newest first.
//
//	@Summary	List loss reviews
//	@ID			listReviews
//	@Tags		learning
//	@Produce	json
//	@Param		account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param		status		query		string	false	"pending, in_progress or done"
//	@Param		limit		query		int		false	"at most 200"
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	List[ReviewResponse]
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/reviews [get]
func (h learningHandlers) list(c *gin.Context) {
	p, err := page(c)
	f := offboarding.ReviewFilter{Scope: scopeOf(c), Status: offboarding.ReviewTrack(c.Query("status")), Page: more(p)}
	if err == nil {
		f.AccountID, err = queryID(c, "account_id")
	}
	var rows []*offboarding.Review
	if err == nil {
		rows, err = h.cfg.Store.ReviewsInScope(c.Request.Context(), f)
	}
	var hidden func(uuid.UUID) bool
	if err == nil {
		hidden, err = hiddenFrom(c, h.cfg.Store, caseIDs(rows, func(r *offboarding.Review) *uuid.UUID { return &r.CaseID })...)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	operator, today := callerOf(c).role == RoleOperator, h.today()
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(r *offboarding.Review) uuid.UUID { return r.ID }, func(r *offboarding.Review) ReviewResponse {
		if operator || hidden(r.CaseID) { // the list tells which are due; what they say is shown case by case
			r = &offboarding.Review{ID: r.ID, CaseID: r.CaseID, Status: r.Status, DueOn: r.DueOn, Quarter: r.Quarter, Version: r.Version}
		}
		return reviewResponse(r, today)
	}))
}

func (h learningHandlers) today() string { return h.cfg.Clock.Now().UTC().Format(time.DateOnly) }

// get answers the review of a case.
//
//	@Summary		Loss review of a case
//	@Description	One that nobody has touched is pending. Before we have parted there is none: 409, rule not_lost.
//	@ID				getReview
//	@Tags			learning
//	@Produce		json
//	@Param			id	path		string	true	"case id"	Format(uuid)
//	@Success		200	{object}	ReviewResponse
//	@Failure		401	{object}	Problem
//	@Failure		403	{object}	Problem
//	@Failure		404	{object}	Problem
//	@Failure		409	{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/review [get]
func (h learningHandlers) get(c *gin.Context) {
	k, err := h.reviewed(c)
	var r *offboarding.Review
	if err == nil {
		r, err = h.cfg.Desk.Review(c.Request.Context(), k)
	}
	h.answer(c, http.StatusOK, r, err)
}

func (h learningHandlers) answer(c *gin.Context, status int, r *offboarding.Review, err error) {
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(r.Version))
	c.JSON(status, reviewResponse(r, h.today()))
}

func (h learningHandlers) change(c *gin.Context, status int, body any, do func(id uuid.UUID, seen int) (*offboarding.Review, error)) {
	k, err := h.reviewed(c)
	if err == nil {
		err = bindJSON(c, body)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	var r *offboarding.Review
	if err == nil {
		r, err = do(k.ID, seen)
	}
	h.answer(c, status, r, err)
}

// write takes what a reviewer says.
//
//	@Summary		Write a loss review
//	@Description	Rules: not_lost, review_done.
//	@ID				writeReview
//	@Tags			learning
//	@Accept			json
//	@Produce		json
//	@Param			id			path		string			true	"case id"	Format(uuid)
//	@Param			If-Match	header		string			false	"the version that was seen"
//	@Param			body		body		ReviewRequest	true	"what is said"
//	@Success		200			{object}	ReviewResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		409			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/review [patch]
func (h learningHandlers) write(c *gin.Context) {
	var r ReviewRequest
	h.change(c, http.StatusOK, &r, func(id uuid.UUID, seen int) (*offboarding.Review, error) {
		return h.cfg.Desk.WriteReview(c.Request.Context(), scopeOf(c), id, seen, offboarding.ReviewChange{
			WhatHappened: r.WhatHappened, Reason: r.Reason, Cause: r.Cause, Related: r.Related, Explanation: r.Explanation, Avoidable: r.Avoidable,
			OwnShare: r.OwnShare, MissedOn: r.MissedOn, Missed: r.Missed, Lesson: r.Lesson,
		}, signerOf(c), actorOf(c))
	})
}

// addMeasure adds a corrective measure.
//
//	@Summary		Add a corrective measure
//	@Description	It is looked at again 90 days later. Rules: not_lost, too_many_measures.
//	@ID				addCorrective
//	@Tags			learning
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string				true	"case id"	Format(uuid)
//	@Param			If-Match		header		string				false	"the version that was seen"
//	@Param			Idempotency-Key	header		string				false	"makes a repeat harmless"
//	@Param			body			body		CorrectiveRequest	true	"the measure"
//	@Success		201				{object}	ReviewResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/review/measures [post]
func (h learningHandlers) addMeasure(c *gin.Context) {
	var r CorrectiveRequest
	h.change(c, http.StatusCreated, &r, func(id uuid.UUID, seen int) (*offboarding.Review, error) {
		return h.cfg.Desk.AddCorrective(c.Request.Context(), scopeOf(c), id, seen, offboarding.Corrective{Kind: r.Kind, What: r.What, Owner: r.Owner, DueOn: r.DueOn}, actorOf(c))
	})
}

// markMeasure says that a measure was done, or whether it has helped.
//
//	@Summary		Mark a corrective measure
//	@Description	Rules: measure_not_done, check_too_early.
//	@ID				markCorrective
//	@Tags			learning
//	@Accept			json
//	@Produce		json
//	@Param			id			path		string			true	"case id"		Format(uuid)
//	@Param			measure		path		string			true	"measure id"	Format(uuid)
//	@Param			If-Match	header		string			false	"the version that was seen"
//	@Param			body		body		CorrectiveMark	true	"what became of it"
//	@Success		200			{object}	ReviewResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		409			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/review/measures/{measure} [patch]
func (h learningHandlers) markMeasure(c *gin.Context) {
	var r CorrectiveMark
	h.change(c, http.StatusOK, &r, func(id uuid.UUID, seen int) (*offboarding.Review, error) {
		measure, err := uuid.Parse(c.Param("measure"))
		if err != nil {
			return nil, offboarding.ErrNotFound
		}
		return h.cfg.Desk.MarkCorrective(c.Request.Context(), scopeOf(c), id, seen, measure, r.DoneOn, r.Works, r.Note, actorOf(c))
	})
}

// complete ends a review.
//
//	@Summary		Complete a loss review
//	@Description	What was our share, even in part, needs a measure. Rules: review_done, review_incomplete, reason_not_recoded, measure_required, contradiction_unexplained, not_lost. The third loss of one reason within a quarter orders one systemic measure.
//	@ID				completeReview
//	@Tags			learning
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string	true	"case id"	Format(uuid)
//	@Param			If-Match		header		string	false	"the version that was seen"
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		200				{object}	ReviewResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/review/complete [post]
func (h learningHandlers) complete(c *gin.Context) {
	h.change(c, http.StatusOK, &struct{}{}, func(id uuid.UUID, seen int) (*offboarding.Review, error) {
		return h.cfg.Desk.CompleteReview(c.Request.Context(), scopeOf(c), id, seen, signerOf(c), actorOf(c))
	})
}

func reviewResponse(r *offboarding.Review, today string) ReviewResponse {
	res := ReviewResponse{
		CaseID: r.CaseID, Status: string(r.Status), DueOn: r.DueOn, Overdue: r.Status != offboarding.ReviewDone && today > r.DueOn, Quarter: r.Quarter,
		WhatHappened: r.WhatHappened, Stated: r.Stated, Reason: r.Reason, Cause: r.Cause, Related: string(r.Related), Explanation: r.Explanation,
		Avoidable: r.Avoidable, OwnShare: r.OwnShare, MissedOn: r.MissedOn, Missed: r.Missed, Lesson: r.Lesson, Measures: []CorrectiveBody{},
		Reviewer: r.Reviewer.Name, DoneAt: optional(r.DoneAt), Version: r.Version,
	}
	if r.Version > 0 {
		res.ID = &r.ID
	}
	for _, m := range r.Measures {
		b := CorrectiveBody{ID: m.ID, Kind: m.Kind, What: m.What, Owner: m.Owner, DueOn: m.DueOn, DoneOn: m.DoneOn, CheckOn: m.CheckOn, CheckedOn: m.Checked, Note: m.Note}
		if m.Checked != "" {
			b.Works = &m.Works
		}
		res.Measures = append(res.Measures, b)
	}
	return res
}

// systemic answers systemic measures, newest first.
//
//	@Summary	List systemic measures
//	@ID			listSystemic
//	@Tags		learning
//	@Produce	json
//	@Param		account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param		limit		query		int		false	"at most 200"
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	List[SystemicResponse]
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/systemic-measures [get]
func (h learningHandlers) systemic(c *gin.Context) {
	p, err := page(c)
	f := offboarding.SystemicFilter{Scope: scopeOf(c), Page: more(p)}
	if err == nil {
		f.AccountID, err = queryID(c, "account_id")
	}
	var rows []*offboarding.Systemic
	if err == nil {
		rows, err = h.cfg.Store.SystemicInScope(c.Request.Context(), f)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(m *offboarding.Systemic) uuid.UUID { return m.ID }, systemicResponse))
}

func systemicResponse(m *offboarding.Systemic) SystemicResponse {
	return SystemicResponse{m.ID, m.AccountID, m.Reason, m.Quarter, m.Status, m.Owner, m.DueOn, m.Note, m.Version}
}

// changeSystemic changes a systemic measure.
//
//	@Summary		Change a systemic measure
//	@Description	Rule: owner_required.
//	@ID				changeSystemic
//	@Tags			learning
//	@Accept			json
//	@Produce		json
//	@Param			id			path		string			true	"measure id"	Format(uuid)
//	@Param			If-Match	header		string			false	"the version that was seen"
//	@Param			body		body		SystemicRequest	true	"what changes"
//	@Success		200			{object}	SystemicResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		409			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/systemic-measures/{id} [patch]
func (h learningHandlers) changeSystemic(c *gin.Context) {
	id, err := pathID(c)
	var r SystemicRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	var m *offboarding.Systemic
	if err == nil {
		m, err = h.cfg.Desk.ChangeSystemic(c.Request.Context(), scopeOf(c), id, seen, r.Owner, r.DueOn, r.Note, r.Status, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(m.Version))
	c.JSON(http.StatusOK, systemicResponse(m))
}
