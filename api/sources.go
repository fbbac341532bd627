package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// SourceRequest notes who spoke badly of us, as a client told.
type SourceRequest struct {
	Source  string `json:"source" example:"Бывший подрядчик, директор"`
	HeardOn string `json:"heard_on,omitempty" example:"2026-10-12"`
	Claim   string `json:"claim,omitempty" example:"что мы потеряли документы"`
	Fact    string `json:"fact,omitempty" example:"документы переданы по акту № 14"`
} //	@name	SourceRequest

// SourceResponse is a line of the restricted record.
type SourceResponse struct {
	ID         uuid.UUID `json:"id"`
	CaseID     uuid.UUID `json:"case_id"`
	Source     string    `json:"source" example:"Бывший подрядчик, директор"`
	HeardOn    string    `json:"heard_on,omitempty" example:"2026-10-12"`
	HeardAbout string    `json:"heard_about,omitempty" example:"прошлой весной"` // when, in the client's own words
	Claim      string    `json:"claim,omitempty"`
	Fact       string    `json:"fact,omitempty"`
	By         string    `json:"by" example:"hr"`
	Repeated   bool      `json:"repeated" example:"false"` // another case names the same source
	CreatedAt  time.Time `json:"created_at"`
} //	@name	Source

type sourceHandlers struct{ cfg Config }

func sourceResponse(repeated map[string]bool) func(*offboarding.SourceReport) SourceResponse {
	return func(r *offboarding.SourceReport) SourceResponse {
		return SourceResponse{r.ID, r.CaseID, r.Source, r.HeardOn, r.HeardAbout, r.Claim, r.Fact, r.By.Name, repeated[r.SourceKey], r.CreatedAt.UTC()}
	}
}

// add notes a source in the restricted record.
//
//	@Summary		Note a source
//	@Description	Restricted to hr_manager and admin: it goes neither to the CRM nor into a letter. Two clients who name the same source give management a task.
//	@ID				noteSource
//	@Tags			sources
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"case id"	Format(uuid)
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		SourceRequest	true	"who said what"
//	@Success		201				{object}	SourceResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/sources [post]
func (h sourceHandlers) add(c *gin.Context) {
	k, err := caseHandlers(h).load(c)
	var r SourceRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	report := &offboarding.SourceReport{Source: r.Source, HeardOn: r.HeardOn, Claim: r.Claim, Fact: r.Fact, By: personOf(c)}
	var repeated bool
	if err == nil {
		repeated, err = h.cfg.Desk.ReportSource(c.Request.Context(), scopeOf(c), k.ID, report, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusCreated, sourceResponse(map[string]bool{report.SourceKey: repeated})(report))
}

// of answers what one client said.
//
//	@Summary	List sources of a case
//	@ID			listSourcesOfCase
//	@Tags		sources
//	@Produce	json
//	@Param		id	path		string	true	"case id"	Format(uuid)
//	@Success	200	{object}	List[SourceResponse]
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/sources [get]
func (h sourceHandlers) of(c *gin.Context) {
	k, err := caseHandlers(h).load(c)
	var rows []*offboarding.SourceReport
	repeated := map[string]bool{}
	ctx := c.Request.Context()
	if err == nil {
		rows, err = h.cfg.Store.SourceReportsOf(ctx, k.ID)
	}
	for _, r := range rows {
		var known []*offboarding.SourceReport
		if err == nil {
			known, err = h.cfg.Store.SourceReportsNaming(ctx, r.AccountID, r.SourceKey)
		}
		repeated[r.SourceKey] = offboarding.Repeated(known)[r.SourceKey]
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, len(rows), func(r *offboarding.SourceReport) uuid.UUID { return r.ID }, sourceResponse(repeated)))
}

// list answers the whole restricted record, newest first.
//
//	@Summary	List sources
//	@ID			listSources
//	@Tags		sources
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[SourceResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/sources [get]
func (h sourceHandlers) list(c *gin.Context) {
	p, err := page(c)
	var rows []*offboarding.SourceReport
	ctx := c.Request.Context()
	if err == nil {
		rows, err = h.cfg.Store.SourceReportsInScope(ctx, scopeOf(c), more(p))
	}
	repeated := map[string]bool{}
	for _, r := range rows {
		if _, asked := repeated[r.SourceKey]; asked || err != nil {
			continue
		}
		var known []*offboarding.SourceReport
		known, err = h.cfg.Store.SourceReportsNaming(ctx, r.AccountID, r.SourceKey)
		repeated[r.SourceKey] = offboarding.Repeated(known)[r.SourceKey]
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(r *offboarding.SourceReport) uuid.UUID { return r.ID }, sourceResponse(repeated)))
}
