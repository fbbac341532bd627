package ical

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

var noon = time.Date(2026, 11, 3, 15, 0, 0, 0, time.FixedZone("MSK", 3*3600))

func TestACalendarIsAsTheStandardHasIt(t *testing.T) {
	var b strings.Builder
	err := Write(&b, Calendar{Name: "Дела; и сроки", Product: "-//opendoor//EN", Made: noon, Refresh: time.Hour, Events: []Event{
		{UID: "1@opendoor", At: noon, Lasts: 15 * time.Minute, Summary: "Звонок, кейс № 7", Description: "первая\nвторая", URL: "https://opendoor.example.com/x?a=1;b=2", Category: "call", Tentative: true},
		{UID: "2@opendoor", Day: "2028-02-29", Summary: "Последний день"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//opendoor//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Дела\; и сроки
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VEVENT
UID:1@opendoor
DTSTAMP:20261103T120000Z
DTSTART:20261103T120000Z
DURATION:PT15M
SUMMARY:Звонок\, кейс № 7
DESCRIPTION:первая\nвторая
CATEGORIES:call
URL:https://opendoor.example.com/x?a=1;b=2
STATUS:TENTATIVE
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
UID:2@opendoor
DTSTAMP:20261103T120000Z
DTSTART;VALUE=DATE:20280229
DTEND;VALUE=DATE:20280301
SUMMARY:Последний день
STATUS:CONFIRMED
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// read takes a text back from a calendar with one event.
func read(calendar string) (string, bool) {
	unfolded := strings.ReplaceAll(calendar, "\r\n ", "")
	_, rest, ok := strings.Cut(unfolded, "\r\nSUMMARY:")
	value, _, ends := strings.Cut(rest, "\r\n")
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(value), ok && ends
}

func FuzzAnyTextIsOneProperty(f *testing.F) {
	f.Add("Клиент\r\nBEGIN:VALARM\nx")
	f.Add(strings.Repeat("ё", 80) + `\;,`)
	f.Add("\xff\x00\u2028\t")
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		if err := Write(&b, Calendar{Made: noon, Events: []Event{{UID: s, At: noon, Summary: s, URL: s, Description: s}}}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\r\n"), "\r\n") {
			if len(line) > maxLine || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("a line of %d octets: %q", len(line), line)
			}
		}
		if n := strings.Count(b.String(), "\r\nBEGIN:"); n != 1 {
			t.Fatalf("%d components", n)
		}
		want := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\t' && r != '\n' {
				return -1
			}
			return r
		}, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD")))
		if got, ok := read(b.String()); !ok || got != want {
			t.Fatalf("%q came back as %q", want, got)
		}
	})
}
