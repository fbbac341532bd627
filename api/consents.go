package api

import (
	"encoding/hex"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// ConsentRequest records that a person agreed to be written to, or took it back.
type ConsentRequest struct {
	Person         string    `json:"person" example:"client@example.org"` // an e-mail address or a phone, as the channel needs
	Channel        string    `json:"channel" example:"email" enums:"email,phone,sms,telegram"`
	Class          string    `json:"class" example:"marketing" enums:"marketing,relationship"`
	Given          bool      `json:"given" example:"true"`
	GrantedAt      time.Time `json:"granted_at" example:"2026-11-20T09:30:00Z"`
	Source         string    `json:"source" example:"contract A-17"`
	Wording        string    `json:"wording" example:"Согласен получать новости и предложения по почте"`
	WordingVersion string    `json:"wording_version" example:"2026-01"`
	Document       string    `json:"document,omitempty" example:"scan 17/2026, page 4"` // where the proof lies
	IP             string    `json:"ip,omitempty" example:"192.0.2.7"`                  // from which it was given over the web
	CaseID         uuid.UUID `json:"case_id,omitzero"`                                  // whose touches are planned anew; an e-mail address finds its cases by itself
} //	@name	ConsentRequest

// ConsentResponse is a line of the ledger of consents.
type ConsentResponse struct {
	ID             uuid.UUID  `json:"id"`
	Person         string     `json:"person" example:"client@example.org"`
	Channel        string     `json:"channel" example:"email"`
	Class          string     `json:"class" example:"marketing"`
	Given          bool       `json:"given" example:"true"`
	GrantedAt      time.Time  `json:"granted_at"`
	Source         string     `json:"source" example:"survey"`
	Wording        string     `json:"wording"`
	WordingVersion string     `json:"wording_version" example:"keep-in-touch/1"`
	Document       string     `json:"document,omitempty"`
	IP             string     `json:"ip,omitempty" example:"192.0.2.7"`
	CaseID         *uuid.UUID `json:"case_id,omitempty"`
	RecordedBy     string     `json:"recorded_by" example:"client"`
	CreatedAt      time.Time  `json:"created_at"`
} //	@name	Consent

// SuppressionRequest puts a person on the stop list.
type SuppressionRequest struct {
	Person  string `json:"person" example:"client@example.org"`
	Channel string `json:"channel" example:"email" enums:"email,phone,sms,telegram"` // empty: email
	Reason  string `json:"reason,omitempty" example:"asked by phone"`
	Asked   bool   `json:"asked_by_client,omitempty" example:"true"` // of an e-mail address: the client has asked one of us for it, which ends all contact as their own opt-out does; false: only the channel is shut
} //	@name	SuppressionRequest

// SuppressionResponse is an entry of the stop list; the address itself is not kept.
type SuppressionResponse struct {
	ID        uuid.UUID `json:"id"`
	Hash      string    `json:"hash" example:"9f86d081884c7d65"` // the beginning, to tell entries apart
	Channel   string    `json:"channel" example:"email"`
	Reason    string    `json:"reason" example:"opt-out"`
	Source    string    `json:"source" example:"one-click"`
	CreatedAt time.Time `json:"created_at"`
} //	@name	Suppression

type consentHandlers struct{ cfg Config }

func consentResponse(k *offboarding.ContactConsent) ConsentResponse {
	return ConsentResponse{
		ID: k.ID, Person: k.Person, Channel: string(k.Channel), Class: string(k.Class), Given: k.Given, GrantedAt: k.GrantedAt.UTC(), Source: k.Source,
		Wording: k.Wording, WordingVersion: k.WordingVersion, Document: k.Document, IP: k.IP, CaseID: k.CaseID, RecordedBy: string(k.RecordedBy), CreatedAt: k.CreatedAt.UTC(),
	}
}

// list answers the ledger, newest first.
//
//	@Summary	List consents
//	@ID			listConsents
//	@Tags		consents
//	@Produce	json
//	@Param		person	query		string	false	"only of this person; with channel"
//	@Param		channel	query		string	false	"channel by which the person is meant; empty: email"
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[ConsentResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/consents [get]
func (h consentHandlers) list(c *gin.Context) {
	p, err := page(c)
	var hash []byte
	if who := c.Query("person"); who != "" {
		hash = h.cfg.WinBack.StopHash(channelOf(c.Query("channel")), who)
	}
	var rows []*offboarding.ContactConsent
	if err == nil {
		rows, err = h.cfg.Store.ConsentLines(c.Request.Context(), hash, more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(k *offboarding.ContactConsent) uuid.UUID { return k.ID }, consentResponse))
}

func channelOf(s string) offboarding.Channel {
	if s == "" {
		return offboarding.ChannelEmail
	}
	return offboarding.Channel(s)
}

// record adds a line to the ledger.
//
//	@Summary		Record a consent
//	@Description	Lines are added, never changed: given false takes an earlier consent back. What was agreed to, its version, the source and the time are the proof.
//	@ID				recordConsent
//	@Tags			consents
//	@Accept			json
//	@Produce		json
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		ConsentRequest	true	"the consent"
//	@Success		201				{object}	ConsentResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/consents [post]
func (h consentHandlers) record(c *gin.Context) {
	var r ConsentRequest
	err := bindJSON(c, &r)
	k := &offboarding.ContactConsent{
		Person: r.Person, Channel: offboarding.Channel(r.Channel), Class: offboarding.Class(r.Class), Given: r.Given, GrantedAt: r.GrantedAt, Source: r.Source,
		Wording: r.Wording, WordingVersion: r.WordingVersion, Document: r.Document, IP: r.IP,
	}
	if err == nil && r.CaseID != uuid.Nil {
		var of *offboarding.Case
		if of, err = h.cfg.Store.Case(c.Request.Context(), scopeOf(c), r.CaseID); err == nil {
			k.CaseID, k.AccountID = &of.ID, &of.AccountID
		}
	}
	if err == nil {
		err = h.cfg.WinBack.RecordConsent(c.Request.Context(), k, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusCreated, consentResponse(k))
}

func suppressionResponse(s *offboarding.Suppression) SuppressionResponse {
	return SuppressionResponse{s.ID, hex.EncodeToString(s.Hash[:min(8, len(s.Hash))]), string(s.Channel), s.Reason, s.Source, s.CreatedAt.UTC()}
}

// stopped answers the stop list, newest first.
//
//	@Summary	List suppressions
//	@ID			listSuppressions
//	@Tags		consents
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[SuppressionResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/suppressions [get]
func (h consentHandlers) stopped(c *gin.Context) {
	p, err := page(c)
	var rows []*offboarding.Suppression
	if err == nil {
		rows, err = h.cfg.Store.Suppressions(c.Request.Context(), more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(s *offboarding.Suppression) uuid.UUID { return s.ID }, suppressionResponse))
}

// stop puts a person on the stop list; what is under way is stopped at its fence.
//
//	@Summary		Add a suppression
//	@Description	Shuts the channel for the person. With asked_by_client all contact ends in every parting of the client with this e-mail address, as by the action stop_contact: who has parted is closed, who is leaving gets only what is owed.
//	@ID				addSuppression
//	@Tags		consents
//	@Accept			json
//	@Produce		json
//	@Param			Idempotency-Key	header		string				false	"makes a repeat harmless"
//	@Param			body			body		SuppressionRequest	true	"who"
//	@Success		201				{object}	SuppressionResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/suppressions [post]
func (h consentHandlers) stop(c *gin.Context) {
	var r SuppressionRequest
	err := bindJSON(c, &r)
	var s *offboarding.Suppression
	if err == nil {
		s, err = h.cfg.WinBack.Suppress(c.Request.Context(), offboarding.Stop{Person: r.Person, Channel: channelOf(r.Channel), Reason: r.Reason, Asked: r.Asked}, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusCreated, suppressionResponse(s))
}

// lift takes an entry off the stop list.
//
//	@Summary	Lift a suppression
//	@ID			liftSuppression
//	@Tags		consents
//	@Param		id	path	string	true	"suppression id"	Format(uuid)
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/suppressions/{id} [delete]
func (h consentHandlers) lift(c *gin.Context) {
	id, err := pathID(c)
	if err == nil {
		err = h.cfg.WinBack.Lift(c.Request.Context(), id, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}

// liftFor takes a person off the stop list.
//
//	@Summary	Lift the suppression of a person
//	@ID			liftSuppressionFor
//	@Tags		consents
//	@Param		person	query	string	true	"an e-mail address or a phone"
//	@Param		channel	query	string	false	"empty: email"
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/suppressions [delete]
func (h consentHandlers) liftFor(c *gin.Context) {
	err := h.cfg.WinBack.LiftFor(c.Request.Context(), c.Query("person"), channelOf(c.Query("channel")), actorOf(c))
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}
