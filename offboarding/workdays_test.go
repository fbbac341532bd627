package offboarding

import (
	"strings"
	"testing"
	"time"
)

func TestTheRussianCalendarHasAsManyWorkingDaysAsItsDecreesSay(t *testing.T) {
	c := (&Account{Lang: RU}).Calendar()
	for year, want := range map[int]int{2025: 247, 2026: 247} {
		n := 0
		for d := time.Date(year, 1, 1, 12, 0, 0, 0, time.UTC); d.Year() == year; d = d.AddDate(0, 0, 1) {
			if c.Working(d) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d has %d working days, want %d", year, n, want)
		}
	}
}

func TestBusinessDaysHeedTheCalendar(t *testing.T) {
	ru := &Account{Lang: RU}
	own := &Account{Lang: RU, Policy: Policy{Days: []CalendarDay{{Day: "2026-11-05", Kind: DayOff}, {Day: "2026-11-07", Kind: DayWork}}}}
	en := &Account{Lang: EN}
	for name, tc := range map[string]struct {
		acc  *Account
		from string
		n    int
		want string
	}{
		"a holiday in the middle of the week": {ru, "2026-11-03", 1, "2026-11-05"},
		"the New Year":                        {ru, "2025-12-30", 1, "2026-01-12"},
		"a Saturday that is worked":           {ru, "2025-10-31", 1, "2025-11-01"},
		"a moved holiday":                     {ru, "2026-05-08", 1, "2026-05-12"},
		"the account's own day off":           {own, "2026-11-03", 1, "2026-11-06"},
		"the account's own working Saturday":  {own, "2026-11-06", 1, "2026-11-07"},
		"no country":                          {en, "2026-11-03", 1, "2026-11-04"},
		"five of them":                        {ru, "2026-11-03", 5, "2026-11-11"},
	} {
		if got := tc.acc.Calendar().AddDays(tc.from, tc.n); got != tc.want {
			t.Errorf("%s: %d after %s is %s, want %s", name, tc.n, tc.from, got, tc.want)
		}
		if got := tc.acc.Calendar().Between(tc.from, tc.want); got != tc.n {
			t.Errorf("%s: %d working days between, want %d", name, got, tc.n)
		}
	}
}

func TestACalendarOfWhichEveryDayIsOffEnds(t *testing.T) {
	days := []CalendarDay{}
	for d := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); len(days) < maxCalendarDays; d = d.AddDate(0, 0, 1) {
		days = append(days, CalendarDay{Day: d.Format(time.DateOnly), Kind: DayOff})
	}
	acc := &Account{Policy: Policy{Days: days}}
	if got := acc.Calendar().AddDays("2026-01-01", 1); got < "2028" {
		t.Errorf("%s", got)
	}
}

func FuzzReadCalendar(f *testing.F) {
	f.Add("day,kind,note\n2027-11-13,work,рабочая суббота\n")
	f.Add("# c\n2027-11-13,off\n2027-11-13,off")
	f.Fuzz(func(t *testing.T, file string) {
		days, err := ReadCalendar(strings.NewReader(file))
		if err == nil && CheckDays(days) != nil {
			t.Errorf("%q: accepted %v", file, days)
		}
		if err != nil && !IsKind(err, KindInvalid) {
			t.Errorf("%q: %v", file, err)
		}
	})
}
