package offboarding

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// This file says by whose clock and calendar a client is written to: the
// client's own where it is known, and the account's otherwise.

// Location is the client's time zone: the one that the CRM or a person told,
// else that of a phone whose number stands in one zone only, else the account's.
func (c *Case) Location(acc *Account) *time.Location {
	for _, name := range []string{c.Client.TimeZone, PhoneZone(c.Client.Phone)} {
		if loc, err := time.LoadLocation(name); name != "" && err == nil {
			return loc
		}
	}
	return acc.Location()
}

// opening is the first moment at or after t at which the account writes to the
// client: inside its window in the client's zone, and on no holiday.
func (c *Case) opening(acc *Account, t time.Time) time.Time {
	return acc.Policy.Window.NextWorking(t, c.Location(acc), acc.Calendar().Holiday)
}

// openingFor is opening for a letter of the template. Greetings go on any day,
// since a birthday does not wait for Monday (domain §9.1).
func (c *Case) openingFor(acc *Account, template string, t time.Time) time.Time {
	if template == T14 && acc.Policy.Window != nil {
		return greetingHours.Next(t, c.Location(acc))
	}
	return c.opening(acc, t)
}

var greetingHours = &Window{
	Days: []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday},
	From: 10 * time.Hour, To: 18 * time.Hour,
}

// Holiday reports whether the calendar takes the day off beyond what its
// weekday says.
func (c Calendar) Holiday(day time.Time) bool {
	name := day.Format(time.DateOnly)
	for _, d := range c.own {
		if d.Day == name {
			return d.Kind == DayOff
		}
	}
	return c.country[name].Kind == DayOff
}

// PhoneZone is the time zone in which a phone rings; empty when its number does
// not tell. A mobile number tells only in a country that has one zone: a
// Russian one may ring anywhere between Kaliningrad and Kamchatka.
func PhoneZone(phone string) string {
	n, err := phonenumbers.Parse(phone, "")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	country, err := phonenumbers.GetTimezonesForPrefix(fmt.Sprintf("+%d", n.GetCountryCode()))
	if err == nil && len(country) == 1 && country[0] != phonenumbers.UNKNOWN_TIMEZONE {
		return country[0]
	}
	if phonenumbers.GetNumberType(n) != phonenumbers.FIXED_LINE {
		return ""
	}
	zones, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil || len(zones) != 1 || zones[0] == phonenumbers.UNKNOWN_TIMEZONE {
		return ""
	}
	return zones[0]
}

// moscowZones are the zones of Russia by their hours from Moscow, as people
// write them into a card: «МСК+4».
var moscowZones = map[int]string{
	-1: "Europe/Kaliningrad", 0: "Europe/Moscow", 1: "Europe/Samara", 2: "Asia/Yekaterinburg", 3: "Asia/Omsk", 4: "Asia/Krasnoyarsk",
	5: "Asia/Irkutsk", 6: "Asia/Yakutsk", 7: "Asia/Vladivostok", 8: "Asia/Magadan", 9: "Asia/Kamchatka",
}

// ReadZone reads a time zone as a card of a CRM holds it: by its name
// ("Asia/Omsk"), by the hours from Moscow or from Greenwich ("МСК+3", "UTC+6").
// Empty: it is none.
func ReadZone(said string) string {
	said = strings.TrimSpace(said)
	if len(said) > 64 {
		return ""
	}
	if _, err := time.LoadLocation(said); err == nil && strings.Contains(said, "/") {
		return said
	}
	folded := strings.ToUpper(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '(', r == ')':
			return -1
		case r == '−', r == '–':
			return '-'
		}
		return r
	}, said))
	for prefix, named := range map[string]func(int) string{
		"МСК": func(h int) string { return moscowZones[h] }, "MSK": func(h int) string { return moscowZones[h] },
		"UTC": fixedZone, "GMT": fixedZone,
	} {
		if rest, ok := strings.CutPrefix(folded, prefix); ok {
			if hours, ok := wholeHours(rest); ok {
				return named(hours)
			}
		}
	}
	return ""
}

func wholeHours(s string) (int, bool) {
	s = strings.TrimSuffix(s, ":00")
	if s == "" {
		return 0, true
	}
	var hours int
	var more string
	n, _ := fmt.Sscanf(s+" .", "%d %s", &hours, &more)
	return hours, n == 2 && more == "." && (s[0] == '+' || s[0] == '-') && hours >= -12 && hours <= 14
}

// fixedZone names a zone of whole hours; Etc counts westward.
func fixedZone(hours int) string {
	if hours == 0 {
		return "Etc/UTC"
	}
	return fmt.Sprintf("Etc/GMT%+d", -hours)
}

// ReadBirthday reads a day of birth or of foundation: "1980-01-12",
// "12.01.1980", or without a year "--01-12" and "12.01". Empty: it is none.
func ReadBirthday(said string) string {
	said = strings.TrimSpace(said)
	for layout, as := range map[string]string{time.DateOnly: time.DateOnly, "02.01.2006": time.DateOnly} {
		if t, err := time.Parse(layout, said); err == nil && t.Year() > 1000 {
			return t.Format(as)
		}
	}
	for _, layout := range []string{"2006--01-02", "2006.02.01"} { // of a leap year, so that 29 February is a day
		if t, err := time.Parse(layout, "2000"+map[bool]string{true: "", false: "."}[strings.HasPrefix(said, "--")]+said); err == nil {
			return t.Format("--01-02")
		}
	}
	return ""
}

// anniversary is the civil day in the year on which a birthday is kept; one of
// 29 February is kept on the 28th in other years (reliability §5).
func anniversary(birthday string, year int) (m time.Month, d int, ok bool) {
	if len(birthday) < 5 {
		return 0, 0, false
	}
	t, err := time.Parse("2006-01-02", "2000-"+birthday[len(birthday)-5:])
	if err != nil {
		return 0, 0, false
	}
	m, d = t.Month(), t.Day()
	if m == time.February && d == 29 && time.Date(year, m, d, 0, 0, 0, 0, time.UTC).Day() != 29 {
		d = 28
	}
	return m, d, true
}

// keepTimes takes over from what was known of the same person what a CRM does
// not tell.
func (c *Client) keepTimes(before Client) {
	if c.ID != before.ID {
		return
	}
	for _, f := range []struct{ to, from *string }{{&c.TimeZone, &before.TimeZone}, {&c.Birthday, &before.Birthday}, {&c.CompanyDay, &before.CompanyDay}} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
}

// checkTimes says what of the client's zone and days cannot be read, and brings
// the days into their one form.
func (c *Client) checkTimes(prefix string) (wrong []FieldError) {
	if c.TimeZone != "" {
		zone := ReadZone(c.TimeZone)
		if zone == "" {
			wrong = append(wrong, FieldError{prefix + "time_zone", "a name such as Asia/Omsk, or hours such as UTC+6"})
		}
		c.TimeZone = zone
	}
	for name, day := range map[string]*string{"birthday": &c.Birthday, "company_day": &c.CompanyDay} {
		if *day == "" {
			continue
		}
		if *day = ReadBirthday(*day); *day == "" {
			wrong = append(wrong, FieldError{prefix + name, "a day, YYYY-MM-DD, or --MM-DD without the year"})
		}
	}
	return wrong
}

// setDates records what a person knows of the client's zone and days; touches
// are planned by it at once.
func setDates(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	told := a.Client
	wrong := told.checkTimes("")
	if a.SeasonOn != "" && !IsDay(a.SeasonOn) {
		wrong = append(wrong, FieldError{"season_on", "a day, YYYY-MM-DD"})
	}
	if told == (Client{}) && a.SeasonOn == "" && len(wrong) == 0 {
		wrong = append(wrong, FieldError{"time_zone", "one of time_zone, birthday, company_day, season_on"})
	}
	if len(wrong) > 0 {
		return Invalid("the days cannot be read", wrong...)
	}
	for _, f := range []struct{ to, from *string }{
		{&c.Client.TimeZone, &told.TimeZone}, {&c.Client.Birthday, &told.Birthday}, {&c.Client.CompanyDay, &told.CompanyDay}, {&c.Dates.SeasonOn, &a.SeasonOn},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if err := tx.Record(ctx, c.line(by, "client.dated", "the client's time zone or days were recorded", nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}
