package offboarding

import "time"

// Day returns the civil date of t in loc as "2006-01-02".
func Day(t time.Time, loc *time.Location) string { return t.In(loc).Format(time.DateOnly) }

// AddDays returns the civil date n days after day; a day that cannot be read
// is returned as it is.
func AddDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

// AddBusinessDays returns the same time of day n working days later, in loc.
// Saturdays and Sundays do not count.
func AddBusinessDays(t time.Time, n int, loc *time.Location) time.Time {
	t = t.In(loc)
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		if t.Weekday() != time.Saturday && t.Weekday() != time.Sunday {
			n--
		}
	}
	return t
}
