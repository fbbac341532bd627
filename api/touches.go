package api

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// TouchResponse is one planned contact with a client who has left.
type TouchResponse struct {
	ID         uuid.UUID  `json:"id"`
	CaseID     uuid.UUID  `json:"case_id"`
	AccountID  uuid.UUID  `json:"account_id"`
	DueAt      time.Time  `json:"due_at"`
	State      string     `json:"state" example:"planned" enums:"planned,waiting,released,dropped,cancelled"` // waiting: for a person's release
	Class      string     `json:"class" example:"relationship" enums:"relationship,marketing,call"`
	Template   string     `json:"template" example:"T15"`                                      // of a call: what it is about
	Channel    string     `json:"channel" example:"email" enums:"email,telegram,sms,crm_task"` // the one that was taken, before that the first that is tried
	Channels   []string   `json:"channels,omitempty" example:"telegram,email"`                 // in the order in which they are tried; missing: email
	Plan       string     `json:"plan" example:"warm"`
	Step       int        `json:"step" example:"1"`
	Reason     string     `json:"reason,omitempty" example:"no consent to marketing on this channel"` // why it moved, waits or will not go
	MessageID  *uuid.UUID `json:"message_id,omitempty"`                                               // its letter, once released
	ReleasedAt *time.Time `json:"released_at,omitempty"`
	ReleasedBy string     `json:"released_by,omitempty" example:"office"`
} //	@name	Touch

// OfferRequest are the words of a return offer, for which whoever releases it stands.
type OfferRequest struct {
	WhatChanged string `json:"what_changed" example:"Отчёты теперь приходят до десятого числа."`
	Terms       string `json:"terms" example:"Можем взять только отчётность, без первичных документов."`
	ValidNote   string `json:"valid_note,omitempty" example:"Предложение действует до 1 июля."`
} //	@name	OfferRequest

type touchHandlers struct{ cfg Config }

func touchResponse(t *offboarding.Touch) TouchResponse {
	channel := cmp.Or(string(t.Channel), "email")
	switch {
	case t.Class == offboarding.StepCall:
		channel = "crm_task"
	case t.Channel == "" && len(t.Channels) > 0:
		channel = string(t.Channels[0])
	}
	return TouchResponse{
		ID: t.ID, CaseID: t.CaseID, AccountID: t.AccountID, DueAt: t.DueAt.UTC(), State: string(t.State), Class: string(t.Class), Template: t.Template,
		Channel: channel, Channels: names(t.Channels), Plan: t.Plan, Step: t.Step + 1, Reason: t.Reason, MessageID: t.MessageID, ReleasedAt: optional(t.ReleasedAt), ReleasedBy: t.ReleasedBy,
	}
}

// responses shows touches. To the subject of a complaint neither plan nor call
// tells the reason.
func (h touchHandlers) responses(c *gin.Context, all ...*offboarding.Touch) ([]TouchResponse, error) {
	hidden, err := hiddenFrom(c, h.cfg.Store, caseIDs(all, func(t *offboarding.Touch) *uuid.UUID { return &t.CaseID })...)
	if err != nil {
		return nil, err
	}
	out := make([]TouchResponse, 0, len(all))
	for _, t := range all {
		r := touchResponse(t)
		if hidden(t.CaseID) {
			r.Plan, r.Reason = "", ""
			if t.Class == offboarding.StepCall {
				r.Template = ""
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// ofCase answers the touches of a case by their day, or what a plan would do.
//
//	@Summary	List touches of a case
//	@ID			listCaseTouches
//	@Tags		win-back
//	@Produce	json
//	@Param		id		path		string	true	"case id"	Format(uuid)
//	@Param		plan	query		string	false	"show instead what this plan would do, without planning it"
//	@Success	200		{object}	List[TouchResponse]
//	@Failure	401		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/touches [get]
func (h touchHandlers) ofCase(c *gin.Context) {
	ctx := c.Request.Context()
	k, err := caseHandlers(h).load(c)
	var all []*offboarding.Touch
	if name := c.Query("plan"); err == nil && name != "" {
		var acc *offboarding.Account
		if acc, err = h.cfg.Store.Account(ctx, k.AccountID); err == nil {
			all, err = h.cfg.WinBack.Preview(ctx, k, acc, name)
		}
	} else if err == nil {
		all, err = h.cfg.Store.TouchesOf(ctx, k.ID)
	}
	var shown []TouchResponse
	if err == nil {
		shown, err = h.responses(c, all...)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, List[TouchResponse]{Items: shown})
}

func (h touchHandlers) answer(c *gin.Context, t *offboarding.Touch, err error) {
	var shown []TouchResponse
	if err == nil {
		shown, err = h.responses(c, t)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, shown[0])
}

// list answers touches by their day, the soonest first.
//
//	@Summary	List touches
//	@ID			listTouches
//	@Tags		win-back
//	@Produce	json
//	@Param		from	query		string	false	"due at or after"	Format(date-time)
//	@Param		to		query		string	false	"due before"		Format(date-time)
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[TouchResponse]
//	@Failure	401		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/touches [get]
func (h touchHandlers) list(c *gin.Context) {
	ctx := c.Request.Context()
	p, err := page(c)
	f := offboarding.TouchFilter{Scope: scopeOf(c), Limit: p.Limit + 1}
	if err == nil {
		f.From, err = queryTime(c, "from")
	}
	if err == nil {
		f.To, err = queryTime(c, "to")
	}
	if err == nil && p.Before != nil {
		f.After, err = h.cfg.Store.TouchOf(ctx, f.Scope, *p.Before)
	}
	var all []*offboarding.Touch
	if err == nil {
		all, err = h.cfg.Store.TouchesIn(ctx, f)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := List[TouchResponse]{}
	if len(all) > p.Limit {
		all = all[:p.Limit]
		last := all[len(all)-1].ID
		res.NextCursor = base64.RawURLEncoding.EncodeToString(last[:])
	}
	if res.Items, err = h.responses(c, all...); err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, res)
}

// cancel cancels a touch that has not gone.
//
//	@Summary		Cancel a touch
//	@Description	One that has gone or ended is 409, rule touch_over.
//	@ID				cancelTouch
//	@Tags			win-back
//	@Produce		json
//	@Param			id				path		string	true	"touch id"	Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		200				{object}	TouchResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/touches/{id}/cancel [post]
func (h touchHandlers) cancel(c *gin.Context) {
	id, err := pathID(c)
	var t *offboarding.Touch
	if err == nil {
		t, err = h.cfg.WinBack.CancelTouch(c.Request.Context(), scopeOf(c), id, actorOf(c))
	}
	h.answer(c, t, err)
}

// release lets an offer go that waits for a person.
//
//	@Summary		Release an offer
//	@Description	Everything else that may speak against it is asked when it leaves. One that does not wait is 409, rule touch_not_waiting.
//	@ID				releaseTouch
//	@Tags			win-back
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"touch id"	Format(uuid)
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		OfferRequest	true	"the words"
//	@Success		200				{object}	TouchResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/touches/{id}/release [post]
func (h touchHandlers) release(c *gin.Context) {
	id, err := pathID(c)
	var r OfferRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var t *offboarding.Touch
	if err == nil {
		offer := offboarding.ReturnOffer{WhatChanged: r.WhatChanged, Terms: r.Terms, ValidNote: r.ValidNote}
		t, err = h.cfg.WinBack.ReleaseOffer(c.Request.Context(), scopeOf(c), id, offer, personOf(c), actorOf(c))
	}
	h.answer(c, t, err)
}
