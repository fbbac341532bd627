package api

import (
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// EventResponse is one thing that a delivery said about one entity.
type EventResponse struct {
	ID         uuid.UUID  `json:"id"`
	AccountID  uuid.UUID  `json:"account_id"`
	DeliveryID uuid.UUID  `json:"delivery_id"`
	ReceivedAt time.Time  `json:"received_at"`
	Provider   string     `json:"provider" example:"amocrm"`
	Kind       string     `json:"kind" example:"deal.stage_changed"`
	EntityID   string     `json:"entity_id" example:"15318176"`
	Verdict    string     `json:"verdict" example:"case_opened" enums:"case_opened,case_joined,case_moved,ignored,duplicate,echo,malformed,failed,pending"`
	Reason     string     `json:"reason" example:"the deal came into the stage «Закрыто и не реализовано», which means cancelled"`
	CaseID     *uuid.UUID `json:"case_id" extensions:"x-nullable"`
} //	@name	Event

// DeliveryResponse is a body as it came.
type DeliveryResponse struct {
	ID          uuid.UUID  `json:"id"`
	AccountID   uuid.UUID  `json:"account_id"`
	Provider    string     `json:"provider" example:"amocrm"`
	Origin      string     `json:"origin" example:"hook" enums:"hook,poll"`
	ReceivedAt  time.Time  `json:"received_at"`
	LastSeenAt  time.Time  `json:"last_seen_at"`
	Seen        int        `json:"seen" example:"3"`
	Method      string     `json:"method" example:"POST"`
	ContentType string     `json:"content_type" example:"application/x-www-form-urlencoded"`
	UnpackedAt  *time.Time `json:"unpacked_at,omitempty"`
	Malformed   string     `json:"malformed,omitempty"`
	Body        string     `json:"body,omitempty" example:"leads%5Bstatus%5D%5B0%5D%5Bid%5D=15318176"`
	BodyBase64  []byte     `json:"body_base64,omitempty" swaggertype:"string" format:"byte"`
	Events      []string   `json:"event_ids"`
} //	@name	Delivery

// Accepted says that work was taken and will be done.
type Accepted struct {
	Status string `json:"status" example:"accepted"`
} //	@name	Accepted

type eventHandlers struct{ cfg Config }

// list answers events, newest first.
//
//	@Summary	List events
//	@ID			listEvents
//	@Tags		events
//	@Produce	json
//	@Param		account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param		verdict		query		string	false	"only with this verdict"
//	@Param		case_id		query		string	false	"only about this case"	Format(uuid)
//	@Param		limit		query		int		false	"at most 200"
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	List[EventResponse]
//	@Failure	401			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/events [get]
func (h eventHandlers) list(c *gin.Context) {
	p, err := page(c)
	f := offboarding.EventFilter{Scope: scopeOf(c), Verdict: offboarding.Verdict(c.Query("verdict")), Page: more(p)}
	if err == nil {
		f.AccountID, err = queryID(c, "account_id")
	}
	if err == nil {
		f.CaseID, err = queryID(c, "case_id")
	}
	var rows []*offboarding.Event
	if err == nil {
		rows, err = h.cfg.Store.Events(c.Request.Context(), f)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(e *offboarding.Event) uuid.UUID { return e.ID }, eventResponse))
}

// get answers one event.
//
//	@Summary	Get an event
//	@ID			getEvent
//	@Tags		events
//	@Produce	json
//	@Param		id	path		string	true	"event id"	Format(uuid)
//	@Success	200	{object}	EventResponse
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/events/{id} [get]
func (h eventHandlers) get(c *gin.Context) {
	id, err := pathID(c)
	var e *offboarding.Event
	if err == nil {
		e, err = h.cfg.Store.Event(c.Request.Context(), scopeOf(c), id)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, eventResponse(e))
}

// replay looks at the event's deal once more.
//
//	@Summary		Replay an event
//	@Description	The deal is read again and decided about again; effects are not doubled.
//	@ID				replayEvent
//	@Tags			events
//	@Produce		json
//	@Param			id				path		string	true	"event id"	Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		202				{object}	Accepted
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rule: nothing_to_replay"
//	@Security		BearerAuth
//	@Router			/api/v1/events/{id}/replay [post]
func (h eventHandlers) replay(c *gin.Context) {
	id, err := pathID(c)
	if err == nil {
		err = offboarding.Replay(c.Request.Context(), h.cfg.Store, scopeOf(c), id, actorOf(c), h.cfg.Clock.Now())
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusAccepted, Accepted{"accepted"})
}

// delivery answers a body as it came.
//
//	@Summary		Get a delivery
//	@Description	With the raw body; a body that is not text comes as body_base64. Without the body, for whom the client may have complained of.
//	@ID				getDelivery
//	@Tags			events
//	@Produce		json
//	@Param			id	path		string	true	"delivery id"	Format(uuid)
//	@Success		200	{object}	DeliveryResponse
//	@Failure		401	{object}	Problem
//	@Failure		403	{object}	Problem
//	@Failure		404	{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/deliveries/{id} [get]
func (h eventHandlers) delivery(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := pathID(c)
	var d *offboarding.Delivery
	var events []*offboarding.Event
	if err == nil {
		d, err = h.cfg.Store.Delivery(ctx, scopeOf(c), id)
	}
	if err == nil {
		events, err = h.cfg.Store.EventsOfDelivery(ctx, id)
	}
	var hidden func(uuid.UUID) bool
	of := caseIDs(events, func(e *offboarding.Event) *uuid.UUID { return e.CaseID })
	if err == nil {
		hidden, err = hiddenFrom(c, h.cfg.Store, of...)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	if slices.ContainsFunc(of, hidden) {
		d.Body = nil
	}
	res := DeliveryResponse{
		ID: d.ID, AccountID: d.AccountID, Provider: string(d.Provider), Origin: string(d.Origin), ReceivedAt: d.ReceivedAt.UTC(), LastSeenAt: d.LastSeenAt.UTC(),
		Seen: d.Seen, Method: d.Method, ContentType: d.ContentType, UnpackedAt: optional(d.UnpackedAt), Malformed: d.Malformed, Events: []string{},
	}
	if utf8.Valid(d.Body) {
		res.Body = string(d.Body)
	} else {
		res.BodyBase64 = d.Body
	}
	for _, e := range events {
		res.Events = append(res.Events, e.ID.String())
	}
	c.JSON(http.StatusOK, res)
}

func eventResponse(e *offboarding.Event) EventResponse {
	return EventResponse{
		ID: e.ID, AccountID: e.AccountID, DeliveryID: e.DeliveryID, ReceivedAt: e.ReceivedAt.UTC(), Provider: string(e.Provider), Kind: string(e.Kind),
		EntityID: e.EntityID, Verdict: string(e.Verdict), Reason: e.Reason, CaseID: e.CaseID,
	}
}
