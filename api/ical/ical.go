// Package ical writes calendars as RFC 5545 has them. What it is given may be
// foreign text; what it writes is one line per property, folded and escaped.
package ical

import (
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Calendar is a list of events under a name.
type Calendar struct {
	Name    string
	Product string    // who made it
	Made    time.Time // DTSTAMP of every event
	Refresh time.Duration
	Events  []Event
}

// Event is one entry: a whole day when Day is set, else from At for Lasts.
type Event struct {
	UID         string // the same whenever the calendar is written
	Day         string // YYYY-MM-DD
	At          time.Time
	Lasts       time.Duration
	Summary     string
	Description string
	URL         string
	Category    string
	Tentative   bool
}

// maxLine is the most octets of a line without its end (RFC 5545 §3.1).
const maxLine = 75

// Write writes the calendar. Moments are in UTC, which every reader shows in its
// own zone; whole days have none.
func Write(w io.Writer, c Calendar) error {
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", Escape(c.Product))
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("X-WR-CALNAME", Escape(c.Name))
	if c.Refresh > 0 {
		line("REFRESH-INTERVAL;VALUE=DURATION", duration(c.Refresh))
		line("X-PUBLISHED-TTL", duration(c.Refresh))
	}
	for _, e := range c.Events {
		line("BEGIN", "VEVENT")
		line("UID", Escape(e.UID))
		line("DTSTAMP", utc(c.Made))
		if day, err := time.Parse(time.DateOnly, e.Day); err == nil {
			line("DTSTART;VALUE=DATE", day.Format("20060102"))
			line("DTEND;VALUE=DATE", day.AddDate(0, 0, 1).Format("20060102"))
		} else {
			line("DTSTART", utc(e.At))
			line("DURATION", duration(e.Lasts))
		}
		line("SUMMARY", Escape(e.Summary))
		for _, p := range []struct{ name, value string }{{"DESCRIPTION", e.Description}, {"CATEGORIES", e.Category}} {
			if p.value != "" {
				line(p.name, Escape(p.value))
			}
		}
		if e.URL != "" {
			line("URL", oneLine(e.URL))
		}
		line("STATUS", map[bool]string{true: "TENTATIVE", false: "CONFIRMED"}[e.Tentative])
		line("TRANSP", "TRANSPARENT") // a deadline takes nobody's time
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func duration(d time.Duration) string {
	return "PT" + strings.ToUpper(strings.ReplaceAll(strings.ReplaceAll(d.Truncate(time.Minute).String(), "m0s", "m"), "h0m", "h"))
}

// Escape is a text as the value of a property (RFC 5545 §3.3.11).
func Escape(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\' || r == ';' || r == ',':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n' || r == '\r':
			b.WriteString(`\n`)
		case unicode.IsControl(r) && r != '\t':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oneLine is a value that is not text and therefore not escaped.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// fold writes a line, broken after at most 75 octets and never within a character.
func fold(b *strings.Builder, line string) {
	room := maxLine
	for len(line) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut])
		b.WriteString("\r\n ")
		line, room = line[cut:], maxLine-1 // the space counts
	}
	b.WriteString(line)
	b.WriteString("\r\n")
}
