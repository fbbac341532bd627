package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// InvoiceRequest records earlier bills of a contract: one by its own fields, or
// several under invoices. An invoice of one charge may name kind and amount
// instead of lines and total.
type InvoiceRequest struct {
	InvoiceBody
	Invoices []InvoiceBody `json:"invoices,omitempty"`
} //	@name	InvoiceRequest

// InvoiceBody is one earlier bill.
type InvoiceBody struct {
	Number   string            `json:"number,omitempty" example:"417"`
	IssuedOn string            `json:"issued_on,omitempty" example:"2026-10-31"`
	Period   string            `json:"period,omitempty" example:"2026-10"`
	Kind     string            `json:"kind,omitempty" example:"subscription"`
	Kinds    []string          `json:"kinds,omitempty" example:"subscription"`
	Amount   *MoneyBody        `json:"amount,omitempty"`
	Total    *MoneyBody        `json:"total,omitempty"`
	Lines    []InvoiceLineBody `json:"lines,omitempty"`
} //	@name	InvoiceFields

// InvoiceLineBody is one charge of an earlier bill.
type InvoiceLineBody struct {
	Kind   string     `json:"kind" example:"subscription"`
	Period string     `json:"period,omitempty" example:"2026-10"`
	Amount *MoneyBody `json:"amount,omitempty"`
} //	@name	InvoiceLine

// InvoiceResponse is an earlier bill on record.
type InvoiceResponse struct {
	ID         uuid.UUID         `json:"id"`
	ContractID uuid.UUID         `json:"contract_id"`
	Number     string            `json:"number" example:"417"`
	IssuedOn   string            `json:"issued_on" example:"2026-10-31"`
	Period     string            `json:"period" example:"2026-10"`
	Total      MoneyBody         `json:"total"`
	Lines      []InvoiceLineBody `json:"lines"`
	CreatedAt  time.Time         `json:"created_at"`
} //	@name	Invoice

// InvoicesResponse lists what is on record after an addition.
type InvoicesResponse struct {
	Added int               `json:"added" example:"6"`
	Items []InvoiceResponse `json:"items"`
} //	@name	Invoices

// addInvoices records what was billed before.
//
//	@Summary		Record earlier invoices
//	@Description	The final account is compared with them. An invoice whose number is known is left as it is.
//	@ID				addInvoices
//	@Tags			contracts
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"contract id"	Format(uuid)
//	@Param			body			body		InvoiceRequest	true	"one invoice, or several"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		201				{object}	InvoicesResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/{id}/invoices [post]
func (h contractHandlers) addInvoices(c *gin.Context) {
	id, err := pathID(c)
	var r InvoiceRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	added := 0
	if err == nil {
		added, err = h.cfg.Desk.AddInvoices(c.Request.Context(), scopeOf(c), id, r.invoices(), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answerInvoices(c, http.StatusCreated, id, added)
}

// invoices answers what was billed before.
//
//	@Summary	Earlier invoices of a contract
//	@ID			listInvoices
//	@Tags		contracts
//	@Produce	json
//	@Param		id	path		string	true	"contract id"	Format(uuid)
//	@Success	200	{object}	InvoicesResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/invoices [get]
func (h contractHandlers) invoices(c *gin.Context) {
	id, err := pathID(c)
	if err == nil {
		_, err = h.cfg.Store.Contract(c.Request.Context(), scopeOf(c), id)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answerInvoices(c, http.StatusOK, id, 0)
}

func (h contractHandlers) answerInvoices(c *gin.Context, status int, id uuid.UUID, added int) {
	list, err := h.cfg.Store.InvoicesOf(c.Request.Context(), id)
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := InvoicesResponse{Added: added, Items: []InvoiceResponse{}}
	for _, i := range list {
		b := InvoiceResponse{
			ID: i.ID, ContractID: i.ContractID, Number: i.Number, IssuedOn: i.IssuedOn, Period: i.Period, Total: moneyBody(i.Total),
			Lines: []InvoiceLineBody{}, CreatedAt: i.CreatedAt.UTC(),
		}
		for _, l := range i.Lines {
			line := InvoiceLineBody{Kind: l.Kind, Period: l.Period}
			if l.Amount != nil {
				m := moneyBody(*l.Amount)
				line.Amount = &m
			}
			b.Lines = append(b.Lines, line)
		}
		res.Items = append(res.Items, b)
	}
	c.JSON(status, res)
}

func moneyBody(m offboarding.Money) MoneyBody { return MoneyBody{m.AmountMinor, m.Currency} }

func (m *MoneyBody) money() *offboarding.Money {
	if m == nil {
		return nil
	}
	return &offboarding.Money{AmountMinor: m.AmountMinor, Currency: strings.ToUpper(m.Currency)}
}

func (r *InvoiceRequest) invoices() []*offboarding.Invoice {
	bodies := r.Invoices
	if len(bodies) == 0 {
		bodies = []InvoiceBody{r.InvoiceBody}
	}
	out := make([]*offboarding.Invoice, 0, len(bodies))
	for _, b := range bodies {
		out = append(out, b.invoice())
	}
	return out
}

func (b *InvoiceBody) invoice() *offboarding.Invoice {
	i := &offboarding.Invoice{ID: offboarding.NewID(), Number: strings.TrimSpace(b.Number), IssuedOn: b.IssuedOn, Period: b.Period}
	for _, l := range b.Lines {
		i.Lines = append(i.Lines, offboarding.InvoiceLine{Kind: strings.TrimSpace(l.Kind), Period: l.Period, Amount: l.Amount.money()})
	}
	if b.Kind != "" {
		i.Lines = append(i.Lines, offboarding.InvoiceLine{Kind: b.Kind, Amount: b.Amount.money()})
	}
	for _, k := range b.Kinds {
		i.Lines = append(i.Lines, offboarding.InvoiceLine{Kind: k})
	}
	switch {
	case b.Total != nil:
		i.Total = *b.Total.money()
	case b.Amount != nil:
		i.Total = *b.Amount.money()
	default:
		for _, l := range i.Lines {
			if l.Amount != nil {
				i.Total.AmountMinor += l.Amount.AmountMinor
				i.Total.Currency = l.Amount.Currency
			}
		}
	}
	return i
}
