package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// ConsentImportResponse says what became of each row of a table, or would become.
type ConsentImportResponse struct {
	DryRun    bool                   `json:"dry_run" example:"true"`
	Total     int                    `json:"total" example:"120"`
	Created   int                    `json:"created" example:"115"`
	Unchanged int                    `json:"unchanged" example:"3"`
	Failed    int                    `json:"failed" example:"2"`
	Ignored   []string               `json:"ignored_columns" example:"Город"` // that were not understood
	Rows      []ConsentImportRowBody `json:"rows"`
} //	@name	ConsentImport

// ConsentImportRowBody is one row. Row counts as the table does: 1 is the head.
type ConsentImportRowBody struct {
	Row    int            `json:"row" example:"2"`
	Action string         `json:"action" example:"create" enums:"create,unchanged,error"`
	Person string         `json:"person" example:"client@example.org"`
	Errors []ProblemField `json:"errors,omitempty"`
} //	@name	ConsentImportRow

// importFile takes consents with their proof from a table.
//
//	@Summary		Import consents
//	@Description	CSV (UTF-8 or Windows-1251; semicolons, commas or tabs) or XLSX (first sheet), as the part "file" of a form or as the body itself, at most 8 MiB. The first row names the columns, in English or Russian: person, channel (left out: email), class (marketing), given (yes), granted_at, source, wording, wording_version, document, ip. A consent that was given needs its words, their version, its source, its time, and a document or an IP address. With dry_run=true nothing is stored. Columns that are not understood are named in ignored_columns. A row that is wrong keeps no other back; what is in the ledger already changes nothing.
//	@ID				importConsents
//	@Tags			consents
//	@Accept			mpfd
//	@Accept			text/csv
//	@Produce		json
//	@Param			dry_run			query		bool	false	"only say what would be done"
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Param			file			formData	file	true	"the table"
//	@Success		200				{object}	ConsentImportResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		413				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/consents/import [post]
func (h consentHandlers) importFile(c *gin.Context) {
	dry, err := queryBool(c, "dry_run")
	var table [][]string
	if err == nil {
		table, err = readTable(c)
	}
	preview := dry != nil && *dry
	var done *offboarding.Imported[offboarding.ConsentRow]
	if err == nil {
		done, err = h.cfg.WinBack.ImportConsents(c.Request.Context(), table, preview, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := ConsentImportResponse{DryRun: preview, Total: len(done.Rows), Ignored: orEmpty(done.Ignored), Rows: make([]ConsentImportRowBody, 0, len(done.Rows))}
	for _, r := range done.Rows {
		b := ConsentImportRowBody{Row: r.Row, Action: r.Action, Person: r.Line.Person}
		for _, e := range r.Errors {
			b.Errors = append(b.Errors, ProblemField{e.Field, e.Msg})
		}
		*map[string]*int{offboarding.ImportCreate: &res.Created, offboarding.ImportUnchanged: &res.Unchanged, offboarding.ImportError: &res.Failed}[r.Action]++
		res.Rows = append(res.Rows, b)
	}
	c.JSON(http.StatusOK, res)
}
