package api

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"opendoor/api/sheets"
	"opendoor/offboarding"
)

// CalendarDayBody is a day that differs from "Monday to Friday".
type CalendarDayBody struct {
	Day  string `json:"day" example:"2027-11-13"`
	Kind string `json:"kind" example:"work" enums:"off,work"`
	Note string `json:"note,omitempty" example:"рабочая суббота"`
} //	@name	CalendarDay

// CalendarResponse tells the working days of an account.
type CalendarResponse struct {
	Country string            `json:"country" example:"RU"`
	Year    int               `json:"year" example:"2027"`
	Days    []CalendarDayBody `json:"days"`                                      // of the year, corrections included
	Own     []CalendarDayBody `json:"own"`                                       // the account's corrections, of all years
	Ignored []string          `json:"ignored_columns,omitempty" example:"hours"` // of a file: the columns that were not understood
} //	@name	Calendar

// CalendarRequest replaces the account's corrections.
type CalendarRequest struct {
	Days []CalendarDayBody `json:"days"`
} //	@name	CalendarRequest

// calendar answers the working days of a year.
//
//	@Summary	Production calendar of an account
//	@ID			getCalendar
//	@Tags		accounts
//	@Produce	json
//	@Param		id		path		string	true	"account id"	Format(uuid)
//	@Param		year	query		int		false	"this year unless told"
//	@Success	200		{object}	CalendarResponse
//	@Failure	401		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id}/calendar [get]
func (h contractHandlers) calendar(c *gin.Context) {
	acc, err := h.account(c)
	var year int
	if err == nil {
		year, err = h.year(c)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answerCalendar(c, acc, year, nil)
}

func (h contractHandlers) account(c *gin.Context) (*offboarding.Account, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	acc, err := h.cfg.Store.Account(c.Request.Context(), id)
	if err == nil && !offboarding.InScope(scopeOf(c), acc.ID) {
		err = offboarding.ErrNotFound
	}
	return acc, err
}

func (h contractHandlers) year(c *gin.Context) (int, error) {
	s := c.Query("year")
	if s == "" {
		return h.cfg.Clock.Now().Year(), nil
	}
	year, err := strconv.Atoi(s)
	if err != nil || year < 2000 || year > 2100 {
		return 0, refuse(http.StatusUnprocessableEntity, "the year is wrong", ProblemField{"year", "2000 to 2100"})
	}
	return year, nil
}

func (h contractHandlers) answerCalendar(c *gin.Context, acc *offboarding.Account, year int, ignored []string) {
	bodies := func(days []offboarding.CalendarDay) []CalendarDayBody {
		out := make([]CalendarDayBody, 0, len(days))
		for _, d := range days {
			out = append(out, CalendarDayBody{d.Day, string(d.Kind), d.Note})
		}
		return out
	}
	c.Header("ETag", etag(acc.Version))
	c.JSON(http.StatusOK, CalendarResponse{acc.Country(), year, bodies(acc.Calendar().Days(year)), bodies(acc.Policy.Days), ignored})
}

// setCalendar replaces the account's corrections of its calendar, from JSON or
// from a file of lines "day,kind,note".
//
//	@Summary		Correct the production calendar
//	@Description	Takes JSON, or text/csv (UTF-8 or Windows-1251; commas, semicolons or tabs) with lines day,kind,note, or with a first line that names its columns; lines that begin with # are left out. A day is 2027-01-11 or 11.01.2027; kind is off (or holiday, выходной, праздник) or work (working day, рабочий). The list replaces the account's earlier corrections.
//	@ID				setCalendar
//	@Tags			accounts
//	@Accept			json
//	@Accept			text/csv
//	@Produce		json
//	@Param			id			path		string			true	"account id"	Format(uuid)
//	@Param			year		query		int				false	"the year to answer with"
//	@Param			If-Match	header		string			false	"the version that was seen"
//	@Param			body		body		CalendarRequest	true	"the days"
//	@Success		200			{object}	CalendarResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/calendar [put]
func (h contractHandlers) setCalendar(c *gin.Context) {
	id, err := pathID(c)
	var days []offboarding.CalendarDay
	var ignored []string
	if err == nil {
		days, ignored, err = readDays(c)
	}
	var seen, year int
	if err == nil {
		seen, err = ifMatch(c)
	}
	if err == nil {
		year, err = h.year(c)
	}
	var acc *offboarding.Account
	if err == nil {
		acc, err = h.cfg.Desk.SetCalendar(c.Request.Context(), scopeOf(c), id, seen, days, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answerCalendar(c, acc, year, ignored)
}

// comments are the lines of a calendar that say where it is from.
var comments = regexp.MustCompile(`(?m)^#.*\n?`)

func readDays(c *gin.Context) (days []offboarding.CalendarDay, ignored []string, err error) {
	if strings.HasPrefix(c.ContentType(), "text/") {
		body, err := c.GetRawData()
		if err != nil {
			return nil, nil, refuse(http.StatusRequestEntityTooLarge, "the body is too large or broke off")
		}
		rows, err := sheets.Read(comments.ReplaceAll(body, nil))
		if err != nil {
			return nil, nil, refuse(http.StatusUnprocessableEntity, "the calendar cannot be read", ProblemField{"file", err.Error()})
		}
		return offboarding.CalendarRows(rows)
	}
	var r CalendarRequest
	if err := bindJSON(c, &r); err != nil {
		return nil, nil, err
	}
	for _, d := range r.Days {
		days = append(days, offboarding.CalendarDay{Day: d.Day, Kind: offboarding.DayKind(d.Kind), Note: d.Note})
	}
	return days, nil, nil
}
