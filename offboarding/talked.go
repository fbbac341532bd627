package offboarding

import (
	"slices"
	"strings"
	"time"
)

// talkActions are what a person records after having talked with the client.
var talkActions = []string{"record_answer", "set_intent", "save", "proceed", "withdraw", "record_letter", "return"}

// talkedBy reports whether the action says that a person of ours has talked
// with the client.
func talkedBy(action string, by Actor) bool {
	return slices.Contains(talkActions, action) && strings.HasPrefix(string(by), "key:")
}

// talked notes the first talk of a person with the client, and how many minutes
// of business time we took for it.
func (c *Case) talked(acc *Account, now time.Time) {
	if !c.Dates.TalkedAt.IsZero() {
		return
	}
	c.Dates.TalkedAt = now.UTC()
	c.Dates.TalkedAfter = int(acc.businessTime(c.Dates.ReceivedAt, now) / time.Minute)
}

// businessTime is how much of the time between lies within working hours: those
// of the sending window, or the default ones when letters may go at any time.
func (a *Account) businessTime(from, to time.Time) time.Duration {
	loc, w, cal := a.Location(), a.Policy.Window, a.Calendar()
	if w == nil || w.To <= w.From {
		w = DefaultPolicy().Window
	}
	var sum time.Duration
	const years = 5 * 366 // whoever was not spoken to by then is not measured in hours
	y, m, d := from.In(loc).Date()
	for i := range years {
		day := time.Date(y, m, d+i, 12, 0, 0, 0, loc)
		if day.Add(-12 * time.Hour).After(to) {
			break
		}
		if !cal.Working(day) {
			continue
		}
		yy, mm, dd := day.Date()
		begin, end := clockOn(yy, mm, dd, w.From, loc), clockOn(yy, mm, dd, w.To, loc)
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if end.After(begin) {
			sum += end.Sub(begin)
		}
	}
	return sum
}
