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
