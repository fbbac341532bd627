package api

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"

	"opendoor/documents"
	"opendoor/offboarding"
)

// paper answers a PDF.
func paper(c *gin.Context, name string, p *documents.Paper) {
	var b bytes.Buffer
	if err := p.WritePDF(&b); err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Data(http.StatusOK, "application/pdf", b.Bytes())
}

// pdf answers the account as a paper.
//
//	@Summary	Final account as PDF
//	@ID			getSettlementPDF
//	@Tags		settlement
//	@Produce	application/pdf
//	@Param		id	path		string	true	"case id"	Format(uuid)
//	@Success	200	{file}		file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/settlement.pdf [get]
func (h settlementHandlers) pdf(c *gin.Context) {
	id, err := pathID(c)
	var v *offboarding.SettlementView
	if err == nil {
		v, err = h.cfg.Desk.Settlement(c.Request.Context(), scopeOf(c), id)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	paper(c, "settlement.pdf", documents.Settlement(v))
}
