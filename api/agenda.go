package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/api/ical"
	"opendoor/offboarding"
)

// AgendaEntryBody is one thing that is to come.
type AgendaEntryBody struct {
	ID        string     `json:"id" example:"handover-0199a2b1-7c3e-7d4f-8a5b-1c2d3e4f5a6b@opendoor"`
	Kind      string     `json:"kind" example:"handover" enums:"touch,touch_call,call,service_ends,handover,question,settlement,review,measure_check,corrective,measure,systemic,refusal_review,inventory"`
	On        string     `json:"on,omitempty" example:"2026-12-17"` // a deadline that is a day, in the account's zone
	At        *time.Time `json:"at,omitempty"`                      // a moment
	Title     string     `json:"title" example:"Срок передачи дел, уход № 12"`
	CaseID    *uuid.UUID `json:"case_id,omitempty"`
	CaseNo    int64      `json:"case_no,omitempty" example:"12"`
	AccountID uuid.UUID  `json:"account_id"`
	Detail    string     `json:"detail,omitempty" example:"T15"`
	Tentative bool       `json:"tentative" example:"false"` // it waits for a person's release
} //	@name	AgendaEntry

// FeedRequest makes a calendar at a secret address.
type FeedRequest struct {
	Name     string      `json:"name" example:"Уходы и касания"`
	Lang     string      `json:"lang,omitempty" example:"ru" enums:"ru,en"`
	Accounts []uuid.UUID `json:"accounts,omitempty"` // all that the key may see unless told
} //	@name	CalendarFeedRequest

// FeedResponse is a calendar. The address is shown once.
type FeedResponse struct {
	ID        uuid.UUID   `json:"id"`
	Name      string      `json:"name" example:"Уходы и касания"`
	Lang      string      `json:"lang" example:"ru"`
	Accounts  []uuid.UUID `json:"accounts,omitempty"` // absent: all
	URL       string      `json:"url,omitempty" example:"https://opendoor.example.com/calendar/….ics"`
	CreatedBy string      `json:"created_by" example:"key:office"`
	CreatedAt time.Time   `json:"created_at"`
	RevokedAt *time.Time  `json:"revoked_at,omitempty"`
} //	@name	CalendarFeed

type agendaHandlers struct{ cfg Config }

const (
	agendaAhead  = 366 * 24 * time.Hour
	agendaBehind = 31 * 24 * time.Hour // what is overdue is still to be done
	feedEvents   = 2000
	feedRefresh  = time.Hour
)

// list answers what is to come.
//
//	@Summary		Calendar
//	@Description	All coming touches, deadlines and reviews, the soonest first; of what is overdue and still open, the last 31 days. Nobody is named: the case's number is. Days are those of the account's time zone, moments UTC.
//	@ID				getAgenda
//	@Tags			calendar
//	@Produce		json
//	@Param			from		query		string	false	"at or after; 31 days ago unless told"	Format(date-time)
//	@Param			to			query		string	false	"before; in a year unless told"			Format(date-time)
//	@Param			account_id	query		string	false	"only of this account"					Format(uuid)
//	@Param			limit		query		int		false	"at most 200"
//	@Param			cursor		query		string	false	"next_cursor of the page before"
//	@Success		200			{object}	List[AgendaEntryBody]
//	@Failure		401			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/calendar [get]
func (h agendaHandlers) list(c *gin.Context) {
	f, err := h.filter(c)
	limit := 0
	if err == nil {
		limit, err = listLimit(c)
	}
	f.Limit = limit + 1
	var all []offboarding.AgendaEntry
	if err == nil {
		all, err = h.cfg.Store.Agenda(c.Request.Context(), f)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := List[AgendaEntryBody]{Items: make([]AgendaEntryBody, 0, len(all))}
	if len(all) > limit {
		all = all[:limit]
		place, _ := json.Marshal(all[limit-1].Place()) // strings
		res.NextCursor = base64.RawURLEncoding.EncodeToString(place)
	}
	for _, e := range all {
		res.Items = append(res.Items, agendaBody(e))
	}
	c.JSON(http.StatusOK, res)
}

// filter reads what to list.
func (h agendaHandlers) filter(c *gin.Context) (offboarding.AgendaFilter, error) {
	now := h.cfg.Clock.Now()
	f := offboarding.AgendaFilter{Scope: scopeOf(c), From: now.Add(-agendaBehind), To: now.Add(agendaAhead)}
	account, err := queryID(c, "account_id")
	if err == nil && account != nil {
		if !offboarding.InScope(f.Scope, *account) {
			return f, offboarding.ErrNotFound
		}
		f.Scope = []uuid.UUID{*account}
	}
	for _, limit := range []struct {
		name string
		to   *time.Time
	}{{"from", &f.From}, {"to", &f.To}} {
		var t time.Time
		if err == nil {
			t, err = queryTime(c, limit.name)
		}
		if !t.IsZero() {
			*limit.to = t
		}
	}
	if s := c.Query("cursor"); s != "" && err == nil {
		raw, wrong := base64.RawURLEncoding.DecodeString(s)
		if wrong != nil || json.Unmarshal(raw, &f.After) != nil || f.After == nil || f.After.Time().IsZero() {
			return f, errCursor()
		}
	}
	return f, err
}

func agendaBody(e offboarding.AgendaEntry) AgendaEntryBody {
	b := AgendaEntryBody{
		ID: e.UID(), Kind: e.Kind, On: e.Day, Title: e.Title(offboarding.RU), CaseID: e.CaseID, CaseNo: e.CaseNo, AccountID: e.AccountID,
		Detail: e.Detail, Tentative: e.Tentative,
	}
	if e.Day == "" {
		b.At = optional(e.At)
	}
	return b
}

// feed answers a calendar at its secret address.
//
//	@Summary		Calendar feed
//	@Description	iCalendar (RFC 5545) for calendar programs. The address is the secret: an unknown and a revoked one look the same.
//	@ID				getCalendarFeed
//	@Tags			calendar
//	@Produce		text/calendar
//	@Param			token	path		string	true	"the secret, with or without .ics"
//	@Success		200		{string}	string
//	@Failure		404		{object}	Problem
//	@Router			/calendar/{token} [get]
func (h agendaHandlers) feed(c *gin.Context) {
	ctx := c.Request.Context()
	f, err := h.cfg.Store.FeedByHash(ctx, offboarding.HashToken(strings.TrimSuffix(c.Param("token"), ".ics")))
	if err == nil && !f.RevokedAt.IsZero() {
		err = offboarding.ErrNotFound
	}
	now := h.cfg.Clock.Now().UTC()
	var all []offboarding.AgendaEntry
	if err == nil {
		all, err = h.cfg.Store.Agenda(ctx, offboarding.AgendaFilter{Scope: f.Accounts, From: now.Add(-agendaBehind), To: now.Add(agendaAhead), Limit: feedEvents})
	}
	var b bytes.Buffer
	if err == nil {
		err = ical.Write(&b, h.calendar(f, all, now))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", `inline; filename="opendoor.ics"`)
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", b.Bytes())
}

func (h agendaHandlers) calendar(f *offboarding.Feed, all []offboarding.AgendaEntry, now time.Time) ical.Calendar {
	out := ical.Calendar{Name: f.Name, Product: "-//opendoor//opendoor " + h.cfg.Version.Version + "//" + strings.ToUpper(string(f.Lang)), Made: now, Refresh: feedRefresh}
	for _, e := range all {
		ev := ical.Event{UID: e.UID(), Day: e.Day, At: e.At, Lasts: 15 * time.Minute, Summary: e.Title(f.Lang), Category: e.Kind, Tentative: e.Tentative}
		if e.CaseID != nil {
			ev.URL = h.cfg.PublicURL + "/api/v1/cases/" + e.CaseID.String()
		}
		out.Events = append(out.Events, ev)
	}
	return out
}

// feeds lists the calendars with secret addresses.
//
//	@Summary	List calendar feeds
//	@ID			listCalendarFeeds
//	@Tags		calendar
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[FeedResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/calendar-feeds [get]
func (h agendaHandlers) feeds(c *gin.Context) {
	p, err := page(c)
	var all []*offboarding.Feed
	if err == nil {
		all, err = h.cfg.Store.Feeds(c.Request.Context(), more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(all, p.Limit, func(f *offboarding.Feed) uuid.UUID { return f.ID }, feedResponse))
}

func feedResponse(f *offboarding.Feed) FeedResponse {
	return FeedResponse{ID: f.ID, Name: f.Name, Lang: string(f.Lang), Accounts: f.Accounts, CreatedBy: string(f.CreatedBy), CreatedAt: f.CreatedAt, RevokedAt: optional(f.RevokedAt)}
}

// addFeed makes a calendar at a secret address.
//
//	@Summary		Make a calendar feed
//	@Description	The address is shown once. It shows nobody's name, and no more accounts than the key may see.
//	@ID				createCalendarFeed
//	@Tags			calendar
//	@Accept			json
//	@Produce		json
//	@Param			Idempotency-Key	header		string		false	"makes a repeat harmless"
//	@Param			body			body		FeedRequest	true	"the calendar"
//	@Success		201				{object}	FeedResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/calendar-feeds [post]
func (h agendaHandlers) addFeed(c *gin.Context) {
	var r FeedRequest
	err := bindJSON(c, &r)
	scope := scopeOf(c)
	for _, id := range r.Accounts {
		if err == nil && !offboarding.InScope(scope, id) {
			err = refuse(http.StatusUnprocessableEntity, "an account is unknown", ProblemField{"accounts", "accounts that the key may see"})
		}
	}
	if len(r.Accounts) > 0 {
		scope = r.Accounts
	}
	if err == nil && r.Lang != "" && r.Lang != "ru" && r.Lang != "en" {
		err = refuse(http.StatusUnprocessableEntity, "the language is unknown", ProblemField{"lang", "ru or en"})
	}
	f := &offboarding.Feed{Name: r.Name, Lang: offboarding.Lang(r.Lang), Accounts: scope}
	var token string
	if err == nil {
		token, err = offboarding.NewFeed(c.Request.Context(), h.cfg.Store, f, h.cfg.Clock.Now(), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := feedResponse(f)
	res.URL = h.cfg.PublicURL + "/calendar/" + token + ".ics"
	c.JSON(http.StatusCreated, res)
}

// dropFeed ends a calendar.
//
//	@Summary	Revoke a calendar feed
//	@ID			revokeCalendarFeed
//	@Tags		calendar
//	@Param		id	path	string	true	"calendar id"	Format(uuid)
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/calendar-feeds/{id} [delete]
func (h agendaHandlers) dropFeed(c *gin.Context) {
	id, err := pathID(c)
	if err == nil {
		err = offboarding.RevokeFeed(c.Request.Context(), h.cfg.Store, id, h.cfg.Clock.Now(), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}
