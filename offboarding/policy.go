package offboarding

import "slices"

import "time"

// Policy holds what an account may decide about the treatment of its clients.
type Policy struct {
	SurveyDelay      time.Duration // from the hook to the survey
	Window           *Window       // nil: letters may go at any time
	ReminderAfter    time.Duration // from the survey to its one reminder
	SurveyExpires    time.Duration // from the survey until silence counts as an answer
	SaveWait         time.Duration // zero: five business days
	CoolingOff       time.Duration // zero: three business days
	TouchGapDays     int
	TouchesPerYear   int
	HoldoutPercent   int
	BurstPerHour     *int // nil: no burst gate
	MarketingRelease string
	RequestsPerSec   float64       // calls to the CRM per second over all workers; zero: the provider's own limit
	HandoverFile     bool          // the package itself goes onto the CRM's card, not only its link
	HandoverPreset   Preset        // deadline of handovers; empty: generic where the contract is silent
	Country          string        // whose production calendar counts; empty: by the account's language
	Days             []CalendarDay // the account's corrections of it
	Manager          Responsible   // who gets what the responsible must not, and what waits for a manager; empty: the credential's owner
	CourtesyCap      *Money        // of measure M4; nil: 3 000 RUB
	HRManager        Responsible   // who is told of an employee signal; nobody else ever is
	TaskResults      bool          // a generic account is told of tasks, too
}

// DefaultPolicy returns the defaults of contract §5 and domain §9.1.
func DefaultPolicy() Policy {
	burst := 50
	return Policy{
		SurveyDelay: time.Hour,
		Window: &Window{
			Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
			From: 10 * time.Hour, To: 18 * time.Hour,
		},
		ReminderAfter:    72 * time.Hour,
		SurveyExpires:    240 * time.Hour,
		SaveWait:         120 * time.Hour,
		TouchGapDays:     21,
		TouchesPerYear:   6,
		HoldoutPercent:   10,
		BurstPerHour:     &burst,
		MarketingRelease: "person",
	}
}

// Window is the part of the week in which letters may leave, in the reader's
// own time zone. From and To count from midnight; To ≤ From crosses midnight.
type Window struct {
	Days     []time.Weekday
	From, To time.Duration
}

// Next returns the first moment at or after t that lies inside the window in
// loc. A nil window, or one without days, is always open.
func (w *Window) Next(t time.Time, loc *time.Location) time.Time {
	return w.NextWorking(t, loc, func(time.Time) bool { return false })
}

// longestHoliday bounds the search for an opening, in days. A calendar that
// takes more days off in a row is not believed.
const longestHoliday = 120

// NextWorking is Next on days that are no holiday; it is given the day at noon
// UTC. A window that crosses midnight shuts when the next day is one.
func (w *Window) NextWorking(t time.Time, loc *time.Location, holiday func(day time.Time) bool) time.Time {
	if w == nil || len(w.Days) == 0 {
		return t
	}
	today := t.In(loc)
	// The day before may still be open when the window crosses midnight.
	for i := -1; i <= longestHoliday; i++ {
		y, m, d := today.AddDate(0, 0, i).Date()
		day := time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
		if !w.on(day.Weekday()) || holiday(day) {
			continue
		}
		from := clockOn(y, m, d, w.From, loc)
		to := clockOn(y, m, d, w.To, loc)
		switch {
		case w.To > w.From:
		case holiday(day.AddDate(0, 0, 1)):
			to = clockOn(y, m, d+1, 0, loc)
		default:
			to = clockOn(y, m, d+1, w.To, loc)
		}
		if !from.Before(to) { // the clock jumps over the whole window
			continue
		}
		if t.Before(from) {
			return from
		}
		if t.Before(to) {
			return t
		}
	}
	return t
}

// Open reports whether t lies inside the window in loc.
func (w *Window) Open(t time.Time, loc *time.Location) bool { return w.Next(t, loc).Equal(t) }

func (w *Window) on(day time.Weekday) bool {
	return slices.Contains(w.Days, day)
}

// clockOn returns the moment at which the clock in loc shows at on that day. In
// a gap it is the next valid minute, in an overlap the first (reliability §5).
// time.Date alone promises neither: its choice differs from zone to zone.
func clockOn(y int, m time.Month, d int, at time.Duration, loc *time.Location) time.Time {
	shown := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Add(at) // as if the clock showed UTC
	early, late := offsetAt(shown.Add(-24*time.Hour), loc), offsetAt(shown.Add(24*time.Hour), loc)
	first, second := shown.Add(-early).In(loc), shown.Add(-late).In(loc)
	switch {
	case offsetAt(first, loc) == early:
		return first
	case offsetAt(second, loc) == late:
		return second
	}
	change, _ := first.ZoneBounds() // the clock jumps over the hour that was asked for
	return change
}

func offsetAt(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}
