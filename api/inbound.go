package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// InboundRequest is what a provider of mail or text messages tells, in one form
// for all of them.
type InboundRequest struct {
	ID        string `json:"id" example:"evt-1"` // how the provider names it; the same at every repeat
	Type      string `json:"type" example:"bounce" enums:"reply,auto,bounce,delay,delivered,complaint,stop"`
	Channel   string `json:"channel,omitempty" example:"email" enums:"email,sms,telegram"`                      // empty: email
	MessageID string `json:"message_id,omitempty" example:"<0198c5c1-0000-7000-8000-000000000000@example.com>"` // Message-ID or id of our message
	From      string `json:"from,omitempty" example:"client@example.com"`                                       // who wrote, or whom it did not reach
	Subject   string `json:"subject,omitempty"`
	Text      string `json:"text,omitempty" example:"Спасибо, всё получили"` // what was written, without what is quoted
	Hard      bool   `json:"hard,omitempty" example:"true"`                  // of a bounce: the address does not work
	Reason    string `json:"reason,omitempty" example:"550 5.1.1 no such user"`
} //	@name	InboundRequest

// InboundResponse is what came in and what became of it.
type InboundResponse struct {
	ID         uuid.UUID  `json:"id"`
	AccountID  *uuid.UUID `json:"account_id,omitempty"`
	CaseID     *uuid.UUID `json:"case_id,omitempty"`
	MessageID  *uuid.UUID `json:"message_id,omitempty"`
	ReceivedAt time.Time  `json:"received_at"`
	Channel    string     `json:"channel" example:"email"`
	Type       string     `json:"type" example:"reply"`
	From       string     `json:"from,omitempty" example:"client@example.com"`
	Subject    string     `json:"subject,omitempty"`
	Text       string     `json:"text,omitempty"`
	Outcome    string     `json:"outcome" example:"touches wait until a person has answered"`
} //	@name	Inbound

type inboundHandlers struct{ cfg Config }

var letterID = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

func (r InboundRequest) arrival(account uuid.UUID) (offboarding.Arrival, error) {
	a := offboarding.Arrival{
		Channel: channelOf(r.Channel), Kind: offboarding.InboundKind(r.Type), ProviderID: r.ID, AccountID: &account, From: strings.TrimSpace(r.From),
		Subject: r.Subject, Text: r.Text, Hard: r.Hard, Why: r.Reason,
	}
	if !slices.Contains(offboarding.InboundKinds, a.Kind) {
		return a, refuse(http.StatusUnprocessableEntity, "the type is not known", ProblemField{"type", "reply, auto, bounce, delay, delivered, complaint or stop"})
	}
	if r.ID == "" {
		return a, refuse(http.StatusUnprocessableEntity, "the id is missing", ProblemField{"id", "how the provider names it, the same at every repeat"})
	}
	if id, err := uuid.Parse(letterID.FindString(r.MessageID)); err == nil {
		a.Refs = []uuid.UUID{id}
	}
	return a, nil
}

// receive takes in what a provider tells.
//
//	@Summary		Receive answers and bounces
//	@Description	For providers of mail and text messages, in one form. The key is the last part of the account's hook address. Answered when it is stored and done; told twice, it happens once.
//	@ID				receiveInbound
//	@Tags			hooks
//	@Accept			json
//	@Param			key		path	string			true	"the account's key"
//	@Param			body	body	InboundRequest	true	"what came in"
//	@Success		204
//	@Failure		401	{object}	Problem
//	@Failure		413	{object}	Problem
//	@Failure		415	{object}	Problem
//	@Failure		422	{object}	Problem
//	@Failure		503	{object}	Problem
//	@Router			/inbound/{key} [post]
func (h inboundHandlers) receive(c *gin.Context) {
	id, ok := h.cfg.Keys.ProveHook(c.Param("key"))
	if !ok {
		_ = c.Error(errUnproved)
		return
	}
	if _, err := h.cfg.Directory.Account(c.Request.Context(), id); err != nil {
		if offboarding.IsKind(err, offboarding.KindNotFound) {
			err = errUnproved
		}
		_ = c.Error(err)
		return
	}
	var r InboundRequest
	var a offboarding.Arrival
	err := bindJSON(c, &r)
	if err == nil {
		a, err = r.arrival(id)
	}
	if err == nil {
		_, err = h.cfg.Reception.Take(c.Request.Context(), a)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}

// list answers what came in, newest first.
//
//	@Summary	List what came in
//	@Description	Without the words, for whom the client may have complained of.
//	@ID			listInbound
//	@Tags		messages
//	@Produce	json
//	@Param		case_id	query		string	false	"of this case"	Format(uuid)
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[InboundResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/inbound [get]
func (h inboundHandlers) list(c *gin.Context) {
	p, err := page(c)
	f := offboarding.InboundFilter{Scope: scopeOf(c), Page: more(p)}
	if err == nil {
		f.CaseID, err = queryID(c, "case_id")
	}
	var all []*offboarding.Inbound
	if err == nil {
		all, err = h.cfg.Store.InboundOf(c.Request.Context(), f)
	}
	var hidden func(uuid.UUID) bool
	if err == nil {
		hidden, err = hiddenFrom(c, h.cfg.Store, caseIDs(all, func(in *offboarding.Inbound) *uuid.UUID { return in.CaseID })...)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(all, p.Limit, func(in *offboarding.Inbound) uuid.UUID { return in.ID }, func(in *offboarding.Inbound) InboundResponse {
		r := inboundResponse(in)
		if in.CaseID != nil && hidden(*in.CaseID) {
			r.Subject, r.Text = "", ""
		}
		return r
	}))
}

func inboundResponse(in *offboarding.Inbound) InboundResponse {
	return InboundResponse{
		ID: in.ID, AccountID: in.AccountID, CaseID: in.CaseID, MessageID: in.MessageID, ReceivedAt: in.ReceivedAt.UTC(), Channel: string(in.Channel),
		Type: string(in.Kind), From: in.From, Subject: in.Subject, Text: in.Text, Outcome: in.Outcome,
	}
}
