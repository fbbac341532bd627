package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/api/sheets"
	"opendoor/offboarding"
)

// ImportResponse says what became of each row of a table, or would become.
type ImportResponse struct {
	DryRun    bool            `json:"dry_run" example:"true"`
	Total     int             `json:"total" example:"120"`
	Created   int             `json:"created" example:"100"`
	Updated   int             `json:"updated" example:"15"`
	Unchanged int             `json:"unchanged" example:"3"`
	Failed    int             `json:"failed" example:"2"`
	Ignored   []string        `json:"ignored_columns" example:"Скидка"` // that were not understood
	Rows      []ImportRowBody `json:"rows"`
} //	@name	Import

// ImportRowBody is one row. Row counts as the table does: 1 is the head.
type ImportRowBody struct {
	Row        int            `json:"row" example:"2"`
	Action     string         `json:"action" example:"create" enums:"create,update,unchanged,error"`
	Number     string         `json:"number,omitempty" example:"12/24"`
	ContractID *uuid.UUID     `json:"contract_id,omitempty"`
	Errors     []ProblemField `json:"errors,omitempty"`
} //	@name	ImportRow

// importPatience is how long a table may take, however slow the database is.
const importPatience = 10 * time.Minute

// importFile takes contracts and clients from a table.
//
//	@Summary		Import contracts and clients
//	@Description	CSV (UTF-8 or Windows-1251; semicolons, commas or tabs) or XLSX (first sheet), as the part "file" of a form or as the body itself, at most 8 MiB. The first row names the columns, in English as an export does or in Russian. With dry_run=true nothing is stored: a preview. A row that is wrong keeps no other back; its mistakes stand beside it. Columns that are not understood are named in ignored_columns. An empty cell changes nothing.
//	@ID				importContracts
//	@Tags			contracts
//	@Accept			mpfd
//	@Accept			text/csv
//	@Produce		json
//	@Param			account_id		query		string	true	"whose contracts they are"	Format(uuid)
//	@Param			dry_run			query		bool	false	"only say what would be done"
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Param			file			formData	file	true	"the table"
//	@Success		200				{object}	ImportResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		413				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/import [post]
func (h contractHandlers) importFile(c *gin.Context) {
	account, err := queryID(c, "account_id")
	if err == nil && account == nil {
		err = refuse(http.StatusUnprocessableEntity, "the account is missing", ProblemField{"account_id", "whose contracts they are"})
	}
	var dry *bool
	if err == nil {
		dry, err = queryBool(c, "dry_run")
	}
	var rows [][]string
	if err == nil {
		rows, err = readTable(c)
	}
	preview := dry != nil && *dry
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(importPatience)) // a recorder in tests has no deadlines
	var done *offboarding.Imported[offboarding.ImportRow]
	if err == nil {
		done, err = h.cfg.Desk.ImportContracts(c.Request.Context(), scopeOf(c), *account, rows, preview, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, importResponse(done, preview))
}

// readTable reads the file of a form, or the body.
func readTable(c *gin.Context) ([][]string, error) {
	body := io.Reader(c.Request.Body)
	if strings.HasPrefix(c.ContentType(), "multipart/") {
		part, _, err := c.Request.FormFile("file")
		if err != nil {
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				return nil, refuse(http.StatusRequestEntityTooLarge, "the file is larger than 8 MiB")
			}
			return nil, refuse(http.StatusUnprocessableEntity, "the file is missing", ProblemField{"file", "a part of the form with the table"})
		}
		defer part.Close()
		body = part
	}
	file, err := io.ReadAll(body)
	if err != nil {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the file is larger than 8 MiB, or broke off")
	}
	rows, err := sheets.Read(file)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "the table cannot be read", ProblemField{"file", err.Error()})
	}
	return rows, nil
}

func importResponse(done *offboarding.Imported[offboarding.ImportRow], dry bool) ImportResponse {
	res := ImportResponse{DryRun: dry, Total: len(done.Rows), Ignored: orEmpty(done.Ignored), Rows: make([]ImportRowBody, 0, len(done.Rows))}
	for _, r := range done.Rows {
		b := ImportRowBody{Row: r.Row, Action: r.Action, Number: r.Number, ContractID: r.ContractID}
		for _, e := range r.Errors {
			b.Errors = append(b.Errors, ProblemField{e.Field, e.Msg})
		}
		*map[string]*int{
			offboarding.ImportCreate: &res.Created, offboarding.ImportUpdate: &res.Updated,
			offboarding.ImportUnchanged: &res.Unchanged, offboarding.ImportError: &res.Failed,
		}[r.Action]++
		res.Rows = append(res.Rows, b)
	}
	return res
}

// export answers contracts as a table that an import takes back.
//
//	@Summary		Export contracts
//	@Description	CSV with the columns that an import knows. A cell that a spreadsheet would compute has an apostrophe before it.
//	@ID				exportContracts
//	@Tags			contracts
//	@Produce		text/csv
//	@Param			account_id	query		string	false	"only of this account"	Format(uuid)
//	@Success		200			{file}		file
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/export [get]
func (h contractHandlers) export(c *gin.Context) {
	account, err := queryID(c, "account_id")
	rows := [][]string{offboarding.ContractColumns}
	f := offboarding.ContractFilter{Scope: scopeOf(c), AccountID: account, Page: offboarding.Page{Limit: maxLimit}}
	for err == nil {
		var list []*offboarding.ContractRecord
		if list, err = h.cfg.Store.ContractsInScope(c.Request.Context(), f); len(list) == 0 {
			break
		}
		for _, k := range list {
			rows = append(rows, k.Row())
		}
		f.Before = &list[len(list)-1].ID
	}
	var b bytes.Buffer
	if err == nil {
		err = sheets.WriteCSV(&b, rows)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="contracts.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}
