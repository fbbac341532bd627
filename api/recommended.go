package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// RecommendedRequest is a provider whom we may recommend.
type RecommendedRequest struct {
	AccountID uuid.UUID `json:"account_id"`
	Name      string    `json:"name" example:"Бухгалтерия «Соседи»"`
	WhatFor   string    `json:"what_for" example:"учёт небольших производств"`
	Contact   string    `json:"contact" example:"hello@example.org"`
	Consent   bool      `json:"consent" example:"true"` // to be recommended
	CheckedOn string    `json:"checked_on" example:"2026-10-01"`
	Note      string    `json:"note,omitempty"`
} //	@name	RecommendedProviderRequest

// RecommendedPatch changes an entry; what is left out stays.
type RecommendedPatch struct {
	Name      *string `json:"name,omitempty"`
	WhatFor   *string `json:"what_for,omitempty"`
	Contact   *string `json:"contact,omitempty"`
	Consent   *bool   `json:"consent,omitempty" example:"true"`
	CheckedOn *string `json:"checked_on,omitempty" example:"2026-11-20"`
	Note      *string `json:"note,omitempty"`
} //	@name	RecommendedProviderPatch

// RecommendedResponse is an entry of the directory.
type RecommendedResponse struct {
	ID        uuid.UUID `json:"id"`
	AccountID uuid.UUID `json:"account_id"`
	Name      string    `json:"name" example:"Бухгалтерия «Соседи»"`
	WhatFor   string    `json:"what_for" example:"учёт небольших производств"`
	Contact   string    `json:"contact" example:"hello@example.org"`
	Consent   bool      `json:"consent" example:"true"`
	CheckedOn string    `json:"checked_on" example:"2026-10-01"`
	Note      string    `json:"note,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
} //	@name	RecommendedProvider

type recommendedHandlers struct{ cfg Config }

func recommendedResponse(p *offboarding.Recommended) RecommendedResponse {
	return RecommendedResponse{
		p.ID, p.AccountID, p.Name, p.WhatFor, p.Contact, p.Consent, p.CheckedOn, p.Note, p.CreatedAt.UTC(), p.UpdatedAt.UTC(),
	}
}

// list answers the directory, newest first.
//
//	@Summary	List recommended providers
//	@ID			listRecommendedProviders
//	@Tags		recommended-providers
//	@Produce	json
//	@Param		account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param		limit		query		int		false	"at most 200"
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	List[RecommendedResponse]
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/recommended-providers [get]
func (h recommendedHandlers) list(c *gin.Context) {
	p, err := page(c)
	var account *uuid.UUID
	if err == nil {
		account, err = queryID(c, "account_id")
	}
	var rows []*offboarding.Recommended
	if err == nil {
		rows, err = h.cfg.Store.ProvidersInScope(c.Request.Context(), scopeOf(c), account, more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(r *offboarding.Recommended) uuid.UUID { return r.ID }, recommendedResponse))
}

// add puts a provider into the directory.
//
//	@Summary	Add a recommended provider
//	@ID			addRecommendedProvider
//	@Tags		recommended-providers
//	@Accept		json
//	@Produce	json
//	@Param		Idempotency-Key	header		string				false	"makes a repeat harmless"
//	@Param		body			body		RecommendedRequest	true	"the provider"
//	@Success	201				{object}	RecommendedResponse
//	@Failure	401				{object}	Problem
//	@Failure	403				{object}	Problem
//	@Failure	404				{object}	Problem
//	@Failure	422				{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/recommended-providers [post]
func (h recommendedHandlers) add(c *gin.Context) {
	var r RecommendedRequest
	err := bindJSON(c, &r)
	if err == nil && r.AccountID == uuid.Nil {
		err = refuse(http.StatusUnprocessableEntity, "the account is missing", ProblemField{"account_id", "whose directory it is"})
	}
	if err == nil && !offboarding.InScope(scopeOf(c), r.AccountID) {
		err = offboarding.ErrNotFound
	}
	p := &offboarding.Recommended{
		AccountID: r.AccountID, Name: r.Name, WhatFor: r.WhatFor, Contact: r.Contact, Consent: r.Consent, CheckedOn: r.CheckedOn, Note: r.Note,
	}
	if err == nil {
		err = offboarding.KeepProvider(c.Request.Context(), h.cfg.Store, p, actorOf(c), h.cfg.Clock.Now())
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusCreated, recommendedResponse(p))
}

func (h recommendedHandlers) load(c *gin.Context) (*offboarding.Recommended, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	return h.cfg.Store.Provider(c.Request.Context(), scopeOf(c), id)
}

// get answers one entry.
//
//	@Summary	Get a recommended provider
//	@ID			getRecommendedProvider
//	@Tags		recommended-providers
//	@Produce	json
//	@Param		id	path		string	true	"provider id"	Format(uuid)
//	@Success	200	{object}	RecommendedResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/recommended-providers/{id} [get]
func (h recommendedHandlers) get(c *gin.Context) {
	p, err := h.load(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, recommendedResponse(p))
}

// change changes an entry, such as the day of the last check.
//
//	@Summary	Change a recommended provider
//	@ID			changeRecommendedProvider
//	@Tags		recommended-providers
//	@Accept		json
//	@Produce	json
//	@Param		id		path		string				true	"provider id"	Format(uuid)
//	@Param		body	body		RecommendedPatch	true	"what changes"
//	@Success	200		{object}	RecommendedResponse
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/recommended-providers/{id} [patch]
func (h recommendedHandlers) change(c *gin.Context) {
	p, err := h.load(c)
	var r RecommendedPatch
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	for to, from := range map[*string]*string{&p.Name: r.Name, &p.WhatFor: r.WhatFor, &p.Contact: r.Contact, &p.CheckedOn: r.CheckedOn, &p.Note: r.Note} {
		if from != nil {
			*to = *from
		}
	}
	if r.Consent != nil {
		p.Consent = *r.Consent
	}
	if err := offboarding.KeepProvider(c.Request.Context(), h.cfg.Store, p, actorOf(c), h.cfg.Clock.Now()); err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, recommendedResponse(p))
}

// remove takes an entry out of the directory.
//
//	@Summary	Remove a recommended provider
//	@ID			removeRecommendedProvider
//	@Tags		recommended-providers
//	@Param		id	path	string	true	"provider id"	Format(uuid)
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/recommended-providers/{id} [delete]
func (h recommendedHandlers) remove(c *gin.Context) {
	p, err := h.load(c)
	if err == nil {
		err = offboarding.DropProvider(c.Request.Context(), h.cfg.Store, p, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}
