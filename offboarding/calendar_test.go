package offboarding

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var everyDay = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func TestALetterLeavesInTheWindow(t *testing.T) {
	office := DefaultPolicy().Window // Mon–Fri 10:00–18:00
	night := &Window{Days: []time.Weekday{time.Friday}, From: 22 * time.Hour, To: 2 * time.Hour}
	small := func(from, to time.Duration) *Window { return &Window{Days: everyDay, From: from, To: to} }
	tests := map[string]struct {
		w    *Window
		zone string
		at   string
		want string
	}{
		"no window is always open":         {nil, "Europe/Moscow", "2026-11-07T03:00:00Z", "2026-11-07T03:00:00Z"},
		"a window without days is no wall": {&Window{From: time.Hour, To: 2 * time.Hour}, "UTC", "2026-11-07T03:00:00Z", "2026-11-07T03:00:00Z"},
		"inside goes at once":              {office, "Europe/Moscow", "2026-11-03T09:00:00Z", "2026-11-03T09:00:00Z"},
		"the first minute is open":         {office, "Europe/Moscow", "2026-11-03T07:00:00Z", "2026-11-03T07:00:00Z"},
		"before it waits for the opening":  {office, "Europe/Moscow", "2026-11-03T06:59:59Z", "2026-11-03T07:00:00Z"},
		"the last minute is shut":          {office, "Europe/Moscow", "2026-11-03T15:00:00Z", "2026-11-04T07:00:00Z"},
		"Friday night waits for Monday":    {office, "Europe/Moscow", "2026-11-06T20:00:00Z", "2026-11-09T07:00:00Z"},
		"Saturday waits for Monday":        {office, "Europe/Moscow", "2026-11-07T09:00:00Z", "2026-11-09T07:00:00Z"},
		"the reader's zone counts, east":   {office, "Asia/Vladivostok", "2026-11-03T09:00:00Z", "2026-11-04T00:00:00Z"},
		"the reader's zone counts, west":   {office, "America/New_York", "2026-11-03T09:00:00Z", "2026-11-03T15:00:00Z"},
		"across the date line it is Monday already": {
			office, "Pacific/Auckland", "2026-11-08T21:30:00Z", "2026-11-08T21:30:00Z",
		},
		"over midnight, before it":  {night, "Europe/Moscow", "2026-11-06T20:00:00Z", "2026-11-06T20:00:00Z"},
		"over midnight, after it":   {night, "Europe/Moscow", "2026-11-06T22:30:00Z", "2026-11-06T22:30:00Z"},
		"over midnight, shut again": {night, "Europe/Moscow", "2026-11-06T23:00:00Z", "2026-11-13T19:00:00Z"},
		"over midnight belongs to its own day": {
			night, "Europe/Moscow", "2026-11-05T22:30:00Z", "2026-11-06T19:00:00Z",
		},
		"until the end of the day": {small(10*time.Hour, 24*time.Hour), "Europe/Moscow", "2026-11-03T20:59:00Z", "2026-11-03T20:59:00Z"},
		// Berlin: 29 March 2026, 02:00 becomes 03:00 at 01:00Z; 25 October, 03:00 becomes 02:00 at 01:00Z.
		"an opening that the clock skips is the next valid minute, Berlin": {
			small(2*time.Hour+30*time.Minute, 9*time.Hour), "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z",
		},
		"an opening that comes twice is the first, Berlin": {
			small(2*time.Hour+30*time.Minute, 9*time.Hour), "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z",
		},
		// New York: 8 March 2026, 02:00 becomes 03:00 at 07:00Z; 1 November, 02:00 becomes 01:00 at 06:00Z.
		"an opening that the clock skips is the next valid minute, New York": {
			small(2*time.Hour+30*time.Minute, 9*time.Hour), "America/New_York", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z",
		},
		"an opening that comes twice is the first, New York": {
			small(time.Hour+30*time.Minute, 9*time.Hour), "America/New_York", "2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z",
		},
		"a whole day after a change has its own hours": {
			office, "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T09:00:00Z",
		},
		"a window that the clock skips is not open on that day": {
			small(2*time.Hour+15*time.Minute, 2*time.Hour+45*time.Minute), "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-30T00:15:00Z",
		},
		"a change at midnight, Cairo": { // 24 April 2026, 00:00 becomes 01:00 at 22:00Z
			small(15*time.Minute, 9*time.Hour), "Africa/Cairo", "2026-04-23T21:00:00Z", "2026-04-23T22:00:00Z"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			loc := zone(t, tc.zone)
			if got := tc.w.Next(at(t, tc.at), loc); !got.Equal(at(t, tc.want)) {
				t.Errorf("next opening %s, want %s", got.In(loc), at(t, tc.want).In(loc))
			}
			if open := tc.w.Open(at(t, tc.at), loc); open != (tc.at == tc.want) {
				t.Errorf("open: %v", open)
			}
		})
	}
}

func TestTheNextOpeningIsOpenAndNotInThePast(t *testing.T) {
	names := []string{"Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo", "America/St_Johns"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		quarter := rapid.Map(rapid.IntRange(0, 95), func(n int) time.Duration { return time.Duration(n) * 15 * time.Minute })
		w := &Window{
			Days: rapid.SliceOfNDistinct(rapid.SampledFrom(everyDay), 1, 7, func(d time.Weekday) time.Weekday { return d }).Draw(t, "days"),
			From: quarter.Draw(t, "from"), To: quarter.Draw(t, "to"),
		}
		if w.From == w.To {
			w.To = (w.From + time.Hour) % (24 * time.Hour)
		}
		now := time.Unix(rapid.Int64Range(1_750_000_000, 1_850_000_000).Draw(t, "now"), 0)
		next := w.Next(now, loc)
		if next.Before(now) {
			t.Fatalf("%s lies before %s", next, now)
		}
		if !w.Open(next, loc) {
			t.Fatalf("it is shut at the opening %s", next.In(loc))
		}
		if next.Sub(now) > 8*24*time.Hour {
			t.Fatalf("from %s a letter waits until %s", now, next)
		}
	})
}

func TestSomebodyCallsWithinOneBusinessDay(t *testing.T) {
	tests := map[string]struct {
		zone   string
		window *Window
		at     string
		want   string
	}{
		"on Tuesday, until Wednesday at the same time":  {"Europe/Moscow", DefaultPolicy().Window, "2026-11-03T09:00:00Z", "2026-11-04T09:00:00Z"},
		"on Friday, until Monday":                       {"Europe/Moscow", DefaultPolicy().Window, "2026-11-06T09:00:00Z", "2026-11-09T09:00:00Z"},
		"on Saturday, until Monday":                     {"Europe/Moscow", DefaultPolicy().Window, "2026-11-07T09:00:00Z", "2026-11-09T09:00:00Z"},
		"late in the evening, until the end of the day": {"Europe/Moscow", DefaultPolicy().Window, "2026-11-03T19:00:00Z", "2026-11-04T15:00:00Z"},
		"at night, until the opening":                   {"Europe/Moscow", DefaultPolicy().Window, "2026-11-03T00:00:00Z", "2026-11-04T07:00:00Z"},
		"letters at any time, calls in working hours":   {"Europe/Moscow", nil, "2026-11-03T19:00:00Z", "2026-11-04T15:00:00Z"},
		"a window over the night is no time for calls": {
			"Europe/Moscow", &Window{Days: everyDay, From: 22 * time.Hour, To: 2 * time.Hour},
			"2026-11-03T19:00:00Z", "2026-11-04T15:00:00Z",
		},
		"the company's zone tells the day": {"Asia/Vladivostok", DefaultPolicy().Window, "2026-11-05T22:00:00Z", "2026-11-09T00:00:00Z"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			acc := &Account{TimeZone: tc.zone, Policy: Policy{Window: tc.window, Country: CountryNone}}
			if got := callBy(acc, at(t, tc.at)); !got.Equal(at(t, tc.want)) {
				t.Errorf("call by %s, want %s", got, tc.want)
			}
		})
	}
	moscow := &Account{Lang: RU, TimeZone: "Europe/Moscow", Policy: DefaultPolicy()}
	if got, want := callBy(moscow, at(t, "2026-11-03T09:00:00Z")), at(t, "2026-11-05T09:00:00Z"); !got.Equal(want) {
		t.Errorf("over the holiday of 4 November: call by %s, want %s", got, want)
	}
}

func TestBusinessDaysLeaveOutTheWeekend(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	tests := map[string]struct {
		at   string
		n    int
		want string
	}{
		"none":                      {"2026-11-03T09:00:00Z", 0, "2026-11-03T09:00:00Z"},
		"three from Tuesday":        {"2026-11-03T09:00:00Z", 3, "2026-11-06T09:00:00Z"},
		"five are a week":           {"2026-11-03T09:00:00Z", 5, "2026-11-10T09:00:00Z"},
		"one from Sunday":           {"2026-11-08T09:00:00Z", 1, "2026-11-09T09:00:00Z"},
		"the clock's hour is kept":  {"2026-03-27T09:00:00Z", 1, "2026-03-30T08:00:00Z"},
		"29 February is a day":      {"2028-02-28T09:00:00Z", 1, "2028-02-29T09:00:00Z"},
		"over the end of the month": {"2026-02-27T09:00:00Z", 1, "2026-03-02T09:00:00Z"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (Calendar{}).Add(at(t, tc.at), tc.n, berlin); !got.Equal(at(t, tc.want)) {
				t.Errorf("%s, want %s", got.UTC(), tc.want)
			}
		})
	}
}

func TestDaysAreCivilDates(t *testing.T) {
	if got := Day(at(t, "2026-11-03T21:30:00Z"), zone(t, "Europe/Moscow")); got != "2026-11-04" {
		t.Errorf("half past nine in the evening in London is %s in Moscow", got)
	}
	for in, want := range map[string]string{"2027-02-28": "2027-03-30", "2028-01-30": "2028-02-29", "2028-02-29": "2028-03-30", "gestern": "gestern"} {
		if got := AddDays(in, 30); got != want {
			t.Errorf("30 days after %s is %s, want %s", in, got, want)
		}
	}
	if got := AddDays("2028-02-29", 366); got != "2029-03-01" {
		t.Errorf("a leap year after 29 February is %s", got)
	}
}

func TestAnUnknownZoneIsUTC(t *testing.T) {
	if loc := (&Account{TimeZone: "Mars/Olympus"}).Location(); loc != time.UTC {
		t.Errorf("it is %s", loc)
	}
}
