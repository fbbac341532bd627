package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// PersonExport is everything that we hold about one person: rows by the table
// that they stand in.
type PersonExport struct {
	Person     string                      `json:"person" example:"client@example.com"`
	ExportedAt time.Time                   `json:"exported_at"`
	Data       map[string][]map[string]any `json:"data"`
} //	@name	PersonExport

// ErasureResponse is the act of an erasure. It names nobody.
type ErasureResponse struct {
	ID          uuid.UUID      `json:"id"`
	State       string         `json:"state" example:"done" enums:"done"`
	RequestedBy string         `json:"requested_by" example:"key:office"`
	CreatedAt   time.Time      `json:"created_at"`
	DoneAt      time.Time      `json:"done_at"`
	Cases       []uuid.UUID    `json:"cases"`
	Erased      map[string]int `json:"erased"` // rows, by table
	Kept        []string       `json:"kept" example:"the stop list, as keyed hashes"`
} //	@name	Erasure

type personHandlers struct{ cfg Config }

// everywhere refuses a key that is limited to some accounts: a person is known
// over all of them.
func everywhere(c *gin.Context) error {
	if scopeOf(c) != nil {
		return refuse(http.StatusForbidden, "a person is known over all accounts: a key that is limited to some of them may not ask")
	}
	return nil
}

// export answers everything about a person.
//
//	@Summary		Export a person
//	@Description	By e-mail address or phone: every row that we hold, by table. Reviews and reports about third persons are not the client's. That it was asked for stands in the audit log. A key limited to accounts is 403.
//	@ID				exportPerson
//	@Tags			persons
//	@Produce		json
//	@Param			person	path		string	true	"e-mail address or phone"
//	@Success		200		{object}	PersonExport
//	@Failure		401		{object}	Problem
//	@Failure		403		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/persons/{person}/export [get]
func (h personHandlers) export(c *gin.Context) {
	err := everywhere(c)
	var data map[string][]map[string]any
	if err == nil {
		data, err = h.cfg.Registrar.Export(c.Request.Context(), c.Param("person"), actorOf(c))
	}
	if err == nil && len(data) == 0 {
		err = offboarding.ErrNotFound
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="person.json"`)
	c.JSON(http.StatusOK, PersonExport{Person: c.Param("person"), ExportedAt: h.cfg.Clock.Now().UTC(), Data: data})
}

// erase forgets a person.
//
//	@Summary		Erase a person
//	@Description	At once and for good: letters that wait are cancelled, texts, addresses and files erased, cases made anonymous; statistics stay. Every address goes on the stop list as a keyed hash, and the person is not brought back from the CRM. Answers the act. Asked twice it does no harm. Rule: legal_hold.
//	@ID				erasePerson
//	@Tags			persons
//	@Produce		json
//	@Param			person	path		string	true	"e-mail address or phone"
//	@Success		200		{object}	ErasureResponse
//	@Failure		401		{object}	Problem
//	@Failure		403		{object}	Problem
//	@Failure		409		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/persons/{person} [delete]
func (h personHandlers) erase(c *gin.Context) {
	err := everywhere(c)
	var act *offboarding.Erasure
	if err == nil {
		act, err = h.cfg.Registrar.Erase(c.Request.Context(), c.Param("person"), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, erasureResponse(act))
}

// acts lists erasures.
//
//	@Summary	List erasures
//	@ID			listErasures
//	@Tags		persons
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[ErasureResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/erasures [get]
func (h personHandlers) acts(c *gin.Context) {
	p, err := page(c)
	var all []*offboarding.Erasure
	if err == nil {
		all, err = h.cfg.Store.Erasures(c.Request.Context(), more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(all, p.Limit, func(e *offboarding.Erasure) uuid.UUID { return e.ID }, erasureResponse))
}

func erasureResponse(e *offboarding.Erasure) ErasureResponse {
	cases := e.Cases
	if cases == nil {
		cases = []uuid.UUID{}
	}
	return ErasureResponse{ID: e.ID, State: e.State, RequestedBy: string(e.RequestedBy), CreatedAt: e.CreatedAt, DoneAt: e.DoneAt, Cases: cases, Erased: e.Erased, Kept: e.Kept}
}
