package api

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

type handoverHandlers struct{ cfg Config }

// answer sends the handover as it is now.
func (h handoverHandlers) answer(c *gin.Context, status int, f *offboarding.Folder, err error) {
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(max(f.Handover.Version, 1)))
	c.JSON(status, handoverResponse(f.ShownTo(personOf(c)), callerOf(c).role, offboarding.Day(h.cfg.Clock.Now(), f.Account.Location())))
}

// subID reads a second id of the path; what is no UUID does not exist.
func subID(c *gin.Context, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil {
		return uuid.Nil, offboarding.ErrNotFound
	}
	return id, nil
}

// get answers the handover of a case with its items.
//
//	@Summary	Handover of a case
//	@ID			getHandover
//	@Tags		handover
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover [get]
func (h handoverHandlers) get(c *gin.Context) {
	f, err := h.load(c)
	h.answer(c, http.StatusOK, f, err)
}

func (h handoverHandlers) load(c *gin.Context) (*offboarding.Folder, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	return h.cfg.Clerk.Show(c.Request.Context(), scopeOf(c), id)
}

// update changes what stands in the papers besides the items.
//
//	@Summary	Change signatories, open matters, contacts, accesses
//	@ID			updateHandover
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		If-Match	header	string	false	"version that was seen"
//	@Param		body	body	HandoverRequest	true	"what is written"
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem
//	@Failure	412	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover [patch]
func (h handoverHandlers) update(c *gin.Context) {
	var r HandoverRequest
	id, err := pathID(c)
	version := 0
	if err == nil {
		version, err = ifMatch(c)
	}
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.Patch(c.Request.Context(), scopeOf(c), id, version, r.patch(), actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}

// paper answers one paper as it stands now.
func (h handoverHandlers) paper(c *gin.Context, kind offboarding.PaperKind, contentType, name string) {
	f, err := h.load(c)
	var b bytes.Buffer
	if err == nil {
		err = h.cfg.Clerk.Paper(c.Request.Context(), f.ShownTo(personOf(c)), kind, offboarding.GrantClient, &b)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", attachment(name))
	c.Data(http.StatusOK, contentType, b.Bytes())
}

const (
	typePDF  = "application/pdf"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// inventoryPDF answers the inventory as a paper.
//
//	@Summary	Inventory as PDF
//	@ID			getInventoryPDF
//	@Tags		handover
//	@Produce	application/pdf
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/inventory.pdf [get]
func (h handoverHandlers) inventoryPDF(c *gin.Context) {
	h.paper(c, offboarding.PaperInventory, typePDF, "inventory.pdf")
}

// inventoryXLSX answers the inventory as a workbook.
//
//	@Summary	Inventory as XLSX
//	@ID			getInventoryXLSX
//	@Tags		handover
//	@Produce	application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/inventory.xlsx [get]
func (h handoverHandlers) inventoryXLSX(c *gin.Context) {
	h.paper(c, offboarding.PaperTable, typeXLSX, "inventory.xlsx")
}

// actPDF answers the act.
//
//	@Summary		Acceptance act as PDF
//	@Description	Whoever the client may have meant reads that there are remarks, not their words.
//	@ID				getActPDF
//	@Tags		handover
//	@Produce	application/pdf
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/act.pdf [get]
func (h handoverHandlers) actPDF(c *gin.Context) {
	h.paper(c, offboarding.PaperAct, typePDF, "act.pdf")
}
