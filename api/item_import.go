package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// ItemImportResponse says what became of each row of a table, or would become.
type ItemImportResponse struct {
	DryRun    bool          `json:"dry_run" example:"true"`
	Total     int           `json:"total" example:"40"`
	Created   int           `json:"created" example:"30"`
	Updated   int           `json:"updated" example:"5"`
	Unchanged int           `json:"unchanged" example:"3"`
	Failed    int           `json:"failed" example:"2"`
	Ignored   []string      `json:"ignored_columns" example:"Шкаф"` // that were not understood
	Rows      []ItemRowBody `json:"rows"`
} //	@name	ItemImport

// ItemRowBody is one row. Row counts as the table does: 1 is the head.
type ItemRowBody struct {
	Row    int            `json:"row" example:"2"`
	Action string         `json:"action" example:"create" enums:"create,update,unchanged,error"`
	Title  string         `json:"title,omitempty" example:"Учётная политика"`
	ItemID *uuid.UUID     `json:"item_id,omitempty"`
	Errors []ProblemField `json:"errors,omitempty"`
} //	@name	ItemImportRow

func itemImportResponse(done *offboarding.Imported[offboarding.ItemRow], dry bool) ItemImportResponse {
	res := ItemImportResponse{DryRun: dry, Total: len(done.Rows), Ignored: orEmpty(done.Ignored), Rows: make([]ItemRowBody, 0, len(done.Rows))}
	counts := map[string]*int{
		offboarding.ImportCreate: &res.Created, offboarding.ImportUpdate: &res.Updated, offboarding.ImportUnchanged: &res.Unchanged, offboarding.ImportError: &res.Failed,
	}
	for _, r := range done.Rows {
		*counts[r.Action]++
		b := ItemRowBody{Row: r.Row, Action: r.Action, Title: r.Title, ItemID: r.ItemID}
		for _, e := range r.Errors {
			b.Errors = append(b.Errors, ProblemField{e.Field, e.Msg})
		}
		res.Rows = append(res.Rows, b)
	}
	return res
}

// readImport reads the table and whether it is only a preview.
func readImport(c *gin.Context) (rows [][]string, preview bool, err error) {
	dry, err := queryBool(c, "dry_run")
	if err != nil {
		return nil, false, err
	}
	rows, err = readTable(c)
	return rows, dry != nil && *dry, err
}

// importItems takes the lines of a case's inventory from a table.
//
//	@Summary		Import items from a table
//	@Description	CSV (UTF-8 or Windows-1251; semicolons, commas or tabs) or XLSX (first sheet), as the part "file" of a form or as the body itself, at most 8 MiB. The first row names the columns, in English or Russian, as inventory.xlsx has them. With dry_run=true nothing is stored: a preview. A row that is wrong keeps no other back; its mistakes stand beside it. Columns that are not understood are named in ignored_columns. A thing is known by title, number and period; an empty cell changes nothing.
//	@ID				importHandoverItems
//	@Tags			handover
//	@Accept			mpfd
//	@Accept			text/csv
//	@Produce		json
//	@Param			id				path		string	true	"case id"	Format(uuid)
//	@Param			dry_run			query		bool	false	"only say what would be done"
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Param			file			formData	file	true	"the table"
//	@Success		200				{object}	ItemImportResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rules: nothing_to_hand_over, list_too_long"
//	@Failure		413				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/handover/items/import [post]
func (h handoverHandlers) importItems(c *gin.Context) {
	id, err := pathID(c)
	var rows [][]string
	var preview bool
	if err == nil {
		rows, preview, err = readImport(c)
	}
	var done *offboarding.Imported[offboarding.ItemRow]
	if err == nil {
		done, err = h.cfg.Clerk.ImportItems(c.Request.Context(), scopeOf(c), id, rows, preview, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusOK, itemImportResponse(done, preview))
}

// importItems takes the lines of a snapshot from a table.
//
//	@Summary		Import items of a quarterly inventory from a table
//	@Description	As the import of a case's items; refused once the inventory is closed.
//	@ID				importInventoryItems
//	@Tags			inventories
//	@Accept			mpfd
//	@Accept			text/csv
//	@Produce		json
//	@Param			id				path		string	true	"contract id"	Format(uuid)
//	@Param			inventory		path		string	true	"inventory id"	Format(uuid)
//	@Param			dry_run			query		bool	false	"only say what would be done"
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Param			file			formData	file	true	"the table"
//	@Success		200				{object}	ItemImportResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rules: snapshot_closed, list_too_long"
//	@Failure		413				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/{id}/inventories/{inventory}/items/import [post]
func (h inventoryHandlers) importItems(c *gin.Context) {
	ids, err := h.ids(c, "inventory")
	var rows [][]string
	var preview bool
	if err == nil {
		rows, preview, err = readImport(c)
	}
	var done *offboarding.Imported[offboarding.ItemRow]
	if err == nil {
		done, err = h.cfg.Archive.ImportItems(c.Request.Context(), scopeOf(c), ids[0], ids[1], rows, preview, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusOK, itemImportResponse(done, preview))
}
