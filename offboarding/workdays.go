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
	days, _, err := CalendarRows(rows)
	return days, err
}

// calendarColumns are the heads by which people name the columns of a calendar.
var calendarColumns = map[string][]string{
	"day":  {"day", "date", "день", "дата"},
	"kind": {"kind", "type", "вид", "тип", "вид дня", "тип дня"},
	"note": {"note", "comment", "name", "примечание", "комментарий", "название"},
}

// dayWords are how people write what a day is.
var dayWords = map[string]DayKind{
	"off": DayOff, "day off": DayOff, "holiday": DayOff, "public holiday": DayOff, "bank holiday": DayOff, "weekend": DayOff, "non-working": DayOff, "non-working day": DayOff,
	"выходной": DayOff, "выходной день": DayOff, "нерабочий": DayOff, "нерабочий день": DayOff, "праздник": DayOff, "праздничный": DayOff, "праздничный день": DayOff,
	"нерабочий праздничный день": DayOff,
	"work": DayWork, "working": DayWork, "working day": DayWork, "workday": DayWork, "work day": DayWork,
	"рабочий": DayWork, "рабочий день": DayWork, "рабочая суббота": DayWork,
}

// CalendarRows reads days from a table, and names the columns that it did not
// understand. Without a head the columns are day, kind and note.
func CalendarRows(rows [][]string) ([]CalendarDay, []string, error) {
	t, err := calendarTable(rows)
	if err != nil {
		return nil, nil, err
	}
	var out []CalendarDay
	for _, row := range t.rows[1:] {
		v := t.values(row)
		if len(v) == 0 {
			continue
		}
		day, good := anyDay(v["day"])
		if !good || strings.Contains(v["day"], "/") { // 01/02 is a day of January or of February
			return nil, nil, Invalid("a day cannot be read", FieldError{"days.day", "«" + v["day"] + "» is no day: 2027-01-11 or 11.01.2027"})
		}
		kind, known := dayWords[foldHead(v["kind"])]
		if !known {
			return nil, nil, Invalid("a day is neither off nor work", FieldError{"days.kind", v["day"] + ": «" + v["kind"] + "» is not known; write off (выходной, праздник, holiday) or work (рабочий, working day)"})
		}
		out = append(out, CalendarDay{Day: day, Kind: kind, Note: v["note"]})
	}
	return out, t.ignored(), CheckDays(out)
}

// calendarTable finds the head of a calendar, or does without.
func calendarTable(rows [][]string) (*table, error) {
	heads := func(row []string) bool {
		return slices.ContainsFunc(row, func(cell string) bool { return slices.Contains(calendarColumns["day"], foldHead(cell)) })
	}
	switch {
	case len(rows) == 0 || !heads(rows[0]):
		return &table{fields: []string{"day", "kind", "note"}, rows: slices.Concat([][]string{nil}, rows)}, nil
	case len(rows) == 1: // no corrections
		return &table{rows: rows}, nil
	}
	return readHead(rows, calendarColumns, func(field string) bool { return field == "day" }, "day")
}
