package api

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/api/sheets"
	"opendoor/offboarding"
)

// FigureResponse is one page of numbers. docs/metrics.md holds the query behind each.
type FigureResponse struct {
	Figure    string           `json:"figure" example:"funnel"`
	From      string           `json:"from" example:"2026-01-01"` // first events on or after this day of UTC
	To        string           `json:"to" example:"2027-01-01"`   // and before this one
	AccountID *uuid.UUID       `json:"account_id,omitempty"`
	CountedAt time.Time        `json:"counted_at"`
	Items     []FigureLineBody `json:"items"`
} //	@name	Figure

// FigureLineBody is one number with what it was counted from. Of fewer than ten
// no value is shown: too_few is true and label says «мало данных».
type FigureLineBody struct {
	Metric     string   `json:"metric" example:"save_rate"`
	Month      string   `json:"month,omitempty" example:"2026-03"` // of the first event; absent: the whole span. Of repeat_cause: before or after the measure
	Code       string   `json:"code,omitempty" example:"price"`
	Label      string   `json:"label,omitempty" example:"Цена"`
	Count      int64    `json:"count" example:"12"`
	N          int64    `json:"n" example:"48"`
	Control    *int64   `json:"control_count,omitempty" example:"1"` // of a lift: who came back without offers
	ControlN   *int64   `json:"control_n,omitempty" example:"14"`
	Unit       string   `json:"unit" example:"share" enums:"share,points,business_hours,days,percent,per_1000,per_100_contracts,count"`
	Value      *float64 `json:"value" example:"0.25"`
	Low        *float64 `json:"low,omitempty" example:"0.1492"` // 95 %
	High       *float64 `json:"high,omitempty" example:"0.3875"`
	Cumulative *float64 `json:"cumulative,omitempty" example:"0.61"` // of a Pareto
	Months     *float64 `json:"client_months,omitempty" example:"96.2"`
	Expected   *float64 `json:"expected,omitempty" example:"2.8"` // losses that the exposure alone explains
	TooFew     bool     `json:"too_few" example:"false"`
	Note       string   `json:"note,omitempty" example:"мало данных"`
} //	@name	FigureLine

const tooFewNote = "мало данных"

type figureHandlers struct{ cfg Config }

// count answers one page of numbers.
//
//	@Summary		Figures
//	@Description	Definitions and the SQL behind each number: docs/metrics.md. Cases count by the day of their first event, in UTC. Shares carry a Wilson interval, differences one of Newcombe, 95 %; of fewer than ten no share is shown. As table: one line per number, cells that a spreadsheet would compute have an apostrophe before them.
//	@ID				getFigure
//	@Tags			analytics
//	@Produce		json
//	@Produce		text/csv
//	@Param			figure		path		string	true	"which page"	Enums(reasons, causes, funnel, cohorts, handover, promises)
//	@Param			from		query		string	false	"first event on or after this day"	Format(date)
//	@Param			to			query		string	false	"first event before this day"		Format(date)
//	@Param			account_id	query		string	false	"only of this account"				Format(uuid)
//	@Param			format		query		string	false	"json unless told"					Enums(json, csv, xlsx)
//	@Success		200			{object}	FigureResponse
//	@Failure		401			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/analytics/{figure} [get]
func (h figureHandlers) count(c *gin.Context) {
	name := c.Param("figure")
	h.answer(c, func(span offboarding.FigureSpan) (*offboarding.Figure, error) {
		if name == "responsibles" {
			return nil, offboarding.ErrNotFound // it has a route of its own
		}
		return offboarding.CountFigure(c.Request.Context(), h.cfg.Store, name, span)
	})
}

// responsibles answers whose clients left, without ranking.
//
//	@Summary		Losses by responsible
//	@Description	By name, never by number: this is no league table. Exposure counts by interval; a loss counts for who was responsible on the day of the decision and 60 days before, else for the predecessor; losses for need are left out. Below 10 losses in all, or 24 client-months of one person, there is no value. Every view stands in the audit log.
//	@ID				getResponsibles
//	@Tags			analytics
//	@Produce		json
//	@Produce		text/csv
//	@Param			from		query		string	false	"from this day"			Format(date)
//	@Param			to			query		string	false	"before this day"		Format(date)
//	@Param			account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param			format		query		string	false	"json unless told"		Enums(json, csv, xlsx)
//	@Success		200			{object}	FigureResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/analytics/responsibles [get]
func (h figureHandlers) responsibles(c *gin.Context) {
	h.answer(c, func(span offboarding.FigureSpan) (*offboarding.Figure, error) {
		return h.cfg.Desk.CountResponsibles(c.Request.Context(), span, actorOf(c))
	})
}

func (h figureHandlers) answer(c *gin.Context, count func(offboarding.FigureSpan) (*offboarding.Figure, error)) {
	span, account, err := h.span(c)
	format := c.DefaultQuery("format", "json")
	if err == nil && format != "json" && format != "csv" && format != "xlsx" {
		err = refuse(http.StatusUnprocessableEntity, "the format is unknown", ProblemField{"format", "json, csv or xlsx"})
	}
	var f *offboarding.Figure
	if err == nil {
		f, err = count(span)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	if format == "json" {
		c.JSON(http.StatusOK, figureResponse(f, account))
		return
	}
	rows := figureRows(f)
	var b bytes.Buffer
	media := "text/csv; charset=utf-8"
	if format == "csv" {
		err = sheets.WriteCSV(&b, rows)
	} else {
		media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		err = sheets.WriteXLSX(&b, f.Name, rows)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="`+f.Name+"."+format+`"`)
	c.Data(http.StatusOK, media, b.Bytes())
}

// span reads from which cases to count; without limits, from all that there are.
func (h figureHandlers) span(c *gin.Context) (offboarding.FigureSpan, *uuid.UUID, error) {
	now := h.cfg.Clock.Now().UTC()
	s := offboarding.FigureSpan{Scope: scopeOf(c), From: "2000-01-01", To: now.AddDate(0, 0, 2).Format(time.DateOnly), Now: now}
	account, err := queryID(c, "account_id")
	if err == nil && account != nil {
		if !offboarding.InScope(s.Scope, *account) {
			return s, nil, offboarding.ErrNotFound
		}
		s.Scope = []uuid.UUID{*account}
	}
	for _, limit := range []struct {
		name string
		to   *string
	}{{"from", &s.From}, {"to", &s.To}} {
		var t time.Time
		if err == nil {
			t, err = queryTime(c, limit.name)
		}
		if !t.IsZero() {
			*limit.to = t.Format(time.DateOnly)
		}
	}
	return s, account, err
}

func figureResponse(f *offboarding.Figure, account *uuid.UUID) FigureResponse {
	res := FigureResponse{Figure: f.Name, From: f.Span.From, To: f.Span.To, AccountID: account, CountedAt: f.Span.Now, Items: make([]FigureLineBody, 0, len(f.Lines))}
	for _, l := range f.Lines {
		b := FigureLineBody{
			Metric: l.Metric, Month: l.Month, Code: l.Code, Label: l.Label, Count: l.Count, N: l.N, Unit: string(l.Unit), Value: l.Value, Low: l.Low, High: l.High,
			Cumulative: l.Cumulative, Months: l.Months, Expected: l.Expected, TooFew: l.TooFew,
		}
		if l.TooFew {
			b.Note = tooFewNote
		}
		if l.Metric == "winback_lift" {
			b.Control, b.ControlN = &l.Count2, &l.N2
		}
		res.Items = append(res.Items, b)
	}
	return res
}

var figureColumns = []string{"metric", "month", "code", "label", "count", "n", "control_count", "control_n", "unit", "value", "low", "high", "cumulative", "client_months", "expected", "note"}

func figureRows(f *offboarding.Figure) [][]string {
	rows := [][]string{figureColumns}
	for _, b := range figureResponse(f, nil).Items {
		rows = append(rows, []string{
			b.Metric, b.Month, b.Code, b.Label, strconv.FormatInt(b.Count, 10), strconv.FormatInt(b.N, 10), wholeCell(b.Control), wholeCell(b.ControlN), b.Unit,
			numberCell(b.Value), numberCell(b.Low), numberCell(b.High), numberCell(b.Cumulative), numberCell(b.Months), numberCell(b.Expected), b.Note,
		})
	}
	return rows
}

func numberCell(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func wholeCell(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}
