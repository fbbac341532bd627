package offboarding

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// DayKind says how a day differs from "Monday to Friday".
type DayKind string

// The kinds of day.
const (
	DayOff  DayKind = "off"
	DayWork DayKind = "work" // a Saturday that is worked
)

// CalendarDay is one day that differs.
type CalendarDay struct {
	Day  string  `json:"day"`
	Kind DayKind `json:"kind"`
	Note string  `json:"note,omitempty"`
}

// Calendar tells working days: those of a country, with the account's own
// corrections over them.
type Calendar struct {
	country map[string]CalendarDay
	own     []CalendarDay
}

// CountryNone is the calendar of no country: Saturdays and Sundays are off.
const CountryNone = "none"

// Countries lists the calendars that the program carries.
func Countries() []string { return []string{CountryNone, "RU"} }

//go:embed calendars/ru.csv
var calendarRU string

// calendars are the embedded ones by country.
var calendars = sync.OnceValue(func() map[string]map[string]CalendarDay {
	days, err := ReadCalendar(strings.NewReader(calendarRU))
	if err != nil {
		panic("offboarding: calendar of RU: " + err.Error()) // part of the program
	}
	ru := map[string]CalendarDay{}
	for _, d := range days {
		ru[d.Day] = d
	}
	return map[string]map[string]CalendarDay{"RU": ru}
})

// Country returns whose production calendar counts for the account: the one
// that is set, else that of its language.
func (a *Account) Country() string {
	if a.Policy.Country != "" {
		return a.Policy.Country
	}
	if a.Lang.Or(RU) == RU {
		return "RU"
	}
	return CountryNone
}

// Calendar returns the working days of the account.
func (a *Account) Calendar() Calendar {
	return Calendar{calendars()[a.Country()], a.Policy.Days}
}

// Working reports whether the day is a working day.
func (c Calendar) Working(day time.Time) bool {
	name := day.Format(time.DateOnly)
	for _, d := range c.own {
		if d.Day == name {
			return d.Kind == DayWork
		}
	}
	if d, ok := c.country[name]; ok {
		return d.Kind == DayWork
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// Add returns the same time of day n working days later, in loc.
func (c Calendar) Add(t time.Time, n int, loc *time.Location) time.Time {
	t = t.In(loc)
	for guard := 0; n > 0 && guard < 366*20; guard++ {
		t = t.AddDate(0, 0, 1)
		if c.Working(t) {
			n--
		}
	}
	return t
}

// AddDays returns the civil day n working days after day.
func (c Calendar) AddDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return c.Add(t, n, time.UTC).Format(time.DateOnly)
}

// Between counts the working days after from, up to and including to.
func (c Calendar) Between(from, to string) int {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil || b.Sub(a) > 20*366*24*time.Hour {
		return 0
	}
	n := 0
	for d := a.AddDate(0, 0, 1); !d.After(b); d = d.AddDate(0, 0, 1) {
		if c.Working(d) {
			n++
		}
	}
	return n
}

// Days lists the days of a year that differ from "Monday to Friday", the
// account's corrections included.
func (c Calendar) Days(year int) []CalendarDay {
	prefix := fmt.Sprintf("%04d-", year)
	all := map[string]CalendarDay{}
	maps.Copy(all, c.country)
	for _, d := range c.own {
		all[d.Day] = d
	}
	out := []CalendarDay{}
	for day, d := range all {
		if strings.HasPrefix(day, prefix) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b CalendarDay) int { return strings.Compare(a.Day, b.Day) })
	return out
}

// maxCalendarDays bounds an account's corrections: ten years of them.
const maxCalendarDays = 1000

// CheckDays says what is wrong with corrections of a calendar, and sorts them.
func CheckDays(days []CalendarDay) error {
	if len(days) > maxCalendarDays {
		return Invalid("too many days", FieldError{"days", fmt.Sprintf("at most %d", maxCalendarDays)})
	}
	slices.SortFunc(days, func(a, b CalendarDay) int { return strings.Compare(a.Day, b.Day) })
	for i, d := range days {
		switch {
		case !IsDay(d.Day):
			return Invalid("a day cannot be read", FieldError{"days.day", d.Day + " is no day, YYYY-MM-DD"})
		case d.Kind != DayOff && d.Kind != DayWork:
			return Invalid("a day is neither off nor work", FieldError{"days.kind", d.Day + ": off or work"})
		case i > 0 && days[i-1].Day == d.Day:
			return Invalid("a day stands twice", FieldError{"days.day", d.Day + " stands twice"})
		case len([]rune(d.Note)) > 200:
			return Invalid("a note is too long", FieldError{"days.note", d.Day + ": at most 200 characters"})
		}
	}
	return nil
}

// ReadCalendar reads days from a file of lines "day,kind,note"; lines that
// begin with # say where it is from.
func ReadCalendar(r io.Reader) ([]CalendarDay, error) {
	in := csv.NewReader(r)
	in.Comment, in.FieldsPerRecord, in.TrimLeadingSpace = '#', -1, true
	rows, err := in.ReadAll()
	if err != nil {
		return nil, Invalid("the calendar cannot be read", FieldError{"file", err.Error()})
	}
	return CalendarRows(rows)
}

// CalendarRows reads days from a table with the columns day, kind and note.
func CalendarRows(rows [][]string) ([]CalendarDay, error) {
	var out []CalendarDay
	for _, row := range rows {
		cells := [3]string{}
		for i := range min(len(row), len(cells)) {
			cells[i] = strings.TrimSpace(row[i])
		}
		if cells == [3]string{} || cells[0] == "day" {
			continue
		}
		out = append(out, CalendarDay{Day: cells[0], Kind: DayKind(cells[1]), Note: cells[2]})
	}
	return out, CheckDays(out)
}
