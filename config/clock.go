package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxRate lets a year pass in about half a minute; a faster clock would
// overflow a duration before a test is over.
const maxRate = 1e6

// Clock is a time that is not the real one, for trials and tests. The zero
// Clock is the real time.
type Clock struct {
	Start time.Time // zero: the real time at the start of the process
	Rate  float64   // how many seconds pass in a real one; 0: the real time
}

// IsZero tells whether the clock is the real time.
func (c Clock) IsZero() bool { return c == Clock{} }

// Now starts the clock and returns how to read it. The time is in UTC.
func (c Clock) Now() func() time.Time {
	if c.IsZero() {
		return func() time.Time { return time.Now().UTC() }
	}
	began := time.Now()
	start := c.Start
	if start.IsZero() {
		start = began
	}
	return func() time.Time {
		return start.Add(time.Duration(float64(time.Since(began)) * c.Rate)).UTC()
	}
}

// String is the setting's own spelling.
func (c Clock) String() string {
	if c.IsZero() {
		return ""
	}
	rate := "rate=" + strconv.FormatFloat(c.Rate, 'f', -1, 64)
	if c.Start.IsZero() {
		return rate
	}
	return "start=" + c.Start.Format(time.RFC3339) + "," + rate
}

// parseClock reads start=RFC3339,rate=N; either may be left out.
func parseClock(value string) (Clock, error) {
	c := Clock{Rate: 1}
	seen := map[string]bool{}
	for _, part := range list(value) {
		key, text, _ := strings.Cut(part, "=")
		var err error
		switch key {
		case "start":
			c.Start, err = time.Parse(time.RFC3339, text)
		case "rate":
			c.Rate, err = strconv.ParseFloat(text, 64)
		default:
			err = errors.New("unknown part")
		}
		// The comparison is false for NaN, too.
		if err != nil || seen[key] || !(c.Rate > 0 && c.Rate <= maxRate) {
			return Clock{}, errors.New("start=2026-03-02T09:00:00+03:00,rate=60, where the rate is above 0 and at most 1000000")
		}
		seen[key] = true
	}
	return c, nil
}
