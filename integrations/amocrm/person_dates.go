package amocrm

import (
	"slices"
	"strings"
	"time"

	"opendoor/offboarding"
)

// Names under which companies keep what amoCRM has no field for.
var (
	zoneNames     = []string{"time_zone", "timezone", "time zone", "часовой пояс"}
	birthdayNames = []string{"birthday", "birth_date", "date of birth", "день рождения", "дата рождения", "foundation_date", "дата основания", "день рождения компании"}
)

// zone reads the time zone of a contact or company; empty: not told.
func (p *person) zone() string {
	for v := range p.named(zoneNames) {
		if zone := offboarding.ReadZone(v); zone != "" {
			return zone
		}
	}
	return ""
}

// birthday reads the day of birth or foundation from a field of that type or
// name. amoCRM answers unix seconds of midnight UTC, or the day as it was typed.
func (p *person) birthday() string {
	if p == nil {
		return ""
	}
	for v := range p.named(birthdayNames) {
		if at := optional(v); at != nil && *at > -6e9 && *at < 6e9 { // years 1780 to 2160
			return time.Unix(*at, 0).UTC().Format(time.DateOnly)
		}
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.Format(time.DateOnly)
		}
		if day := offboarding.ReadBirthday(v); day != "" {
			return day
		}
	}
	return ""
}

// named yields the values of fields of these codes, types or names.
func (p *person) named(names []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, f := range p.Fields {
			known := slices.ContainsFunc([]text{f.Code, f.Type, f.Name}, func(is text) bool {
				return slices.Contains(names, strings.ToLower(strings.TrimSpace(string(is))))
			})
			for _, v := range f.Values {
				if known && !yield(strings.TrimSpace(string(v.Value))) {
					return
				}
			}
		}
	}
}
