package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding"
)

// PolicyBody overrides the defaults of an account's policy; what is left out
// stays. Durations are Go's: 1h, 72h, 30m.
type PolicyBody struct {
	SurveyDelay      *string          `json:"survey_delay,omitempty" example:"1h"`
	SendingWindow    json.RawMessage  `json:"sending_window,omitempty" swaggertype:"object" extensions:"x-nullable"`
	ReminderAfter    *string          `json:"reminder_after,omitempty" example:"72h"`
	SurveyExpires    *string          `json:"survey_expires,omitempty" example:"240h"`
	SaveWait         *string          `json:"save_wait,omitempty" example:"120h"`
	CoolingOff       *string          `json:"cooling_off,omitempty" example:"72h"`
	TouchGapDays     *int             `json:"touch_gap_days,omitempty" example:"21"`
	TouchesPerYear   *int             `json:"touches_per_year,omitempty" example:"6"`
	HoldoutPercent   *int             `json:"holdout_percent,omitempty" example:"10"`
	BurstPerHour     json.RawMessage  `json:"burst_per_hour,omitempty" swaggertype:"integer" extensions:"x-nullable" example:"50"`
	MarketingRelease *string          `json:"marketing_release,omitempty" example:"person" enums:"person,automatic"`
	RequestsPerSec   *float64         `json:"crm_requests_per_second,omitempty" example:"7"`
	HandoverFile     *bool            `json:"handover_file_in_crm,omitempty" example:"false"` // the package itself goes onto the deal's card, not only its link
	HandoverPreset   *string          `json:"handover_preset,omitempty" example:"accounting_strict" enums:"generic,accounting_strict,accounting_aicpa,prompt"`
	Country          *string          `json:"country,omitempty" example:"RU" enums:"RU,none"`
	Manager          *ResponsibleBody `json:"manager,omitempty"`
	CourtesyCap      *MoneyBody       `json:"courtesy_cap,omitempty"`
	HRManager        *ResponsibleBody `json:"hr_manager,omitempty"`                   // who gets the letter when a figure about an employee asks for a look
	TaskResults      *bool            `json:"task_results,omitempty" example:"false"` // results task.created and task.done to a generic account
} //	@name	Policy

// WindowBody is the part of the week in which letters may leave.
type WindowBody struct {
	Days []string `json:"days" example:"mon,tue,wed,thu,fri"`
	From string   `json:"from" example:"10:00"`
	To   string   `json:"to" example:"18:00"`
} //	@name	SendingWindow

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var jsonNull = []byte("null")

// apply writes what is given over p and says what is wrong.
func (b *PolicyBody) apply(p *offboarding.Policy) []ProblemField {
	if b == nil {
		return nil
	}
	var wrong []ProblemField
	bad := func(field, msg string) { wrong = append(wrong, ProblemField{"policy." + field, msg}) }
	for field, d := range map[string]struct {
		given *string
		to    *time.Duration
	}{
		"survey_delay": {b.SurveyDelay, &p.SurveyDelay}, "reminder_after": {b.ReminderAfter, &p.ReminderAfter},
		"survey_expires": {b.SurveyExpires, &p.SurveyExpires}, "save_wait": {b.SaveWait, &p.SaveWait}, "cooling_off": {b.CoolingOff, &p.CoolingOff},
	} {
		if d.given == nil {
			continue
		}
		v, err := time.ParseDuration(*d.given)
		if err != nil || v < 0 || v > 366*24*time.Hour {
			bad(field, "a duration such as 1h or 72h, at most a year")
			continue
		}
		*d.to = v
	}
	for field, n := range map[string]struct {
		given *int
		to    *int
		most  int
	}{
		"touch_gap_days": {b.TouchGapDays, &p.TouchGapDays, 366}, "touches_per_year": {b.TouchesPerYear, &p.TouchesPerYear, 366},
		"holdout_percent": {b.HoldoutPercent, &p.HoldoutPercent, 100},
	} {
		if n.given == nil {
			continue
		}
		if *n.given < 0 || *n.given > n.most {
			bad(field, fmt.Sprintf("0 to %d", n.most))
			continue
		}
		*n.to = *n.given
	}
	if b.MarketingRelease != nil {
		if p.MarketingRelease = *b.MarketingRelease; p.MarketingRelease != "person" && p.MarketingRelease != "automatic" {
			bad("marketing_release", "person or automatic")
		}
	}
	b.applyPeople(p)
	if b.TaskResults != nil {
		p.TaskResults = *b.TaskResults
	}
	if m := b.CourtesyCap; m != nil {
		if m.AmountMinor < 0 || len(m.Currency) != 3 {
			bad("courtesy_cap", "an amount such as 300000 and a currency such as RUB")
		}
		p.CourtesyCap = &offboarding.Money{AmountMinor: m.AmountMinor, Currency: m.Currency}
	}
	if b.RequestsPerSec != nil {
		if p.RequestsPerSec = *b.RequestsPerSec; p.RequestsPerSec < 0 || p.RequestsPerSec > 10_000 {
			bad("crm_requests_per_second", "0 (the CRM's own limit) to 10000")
		}
	}
	if b.HandoverFile != nil {
		p.HandoverFile = *b.HandoverFile
	}
	if b.HandoverPreset != nil {
		if p.HandoverPreset = offboarding.Preset(*b.HandoverPreset); p.HandoverPreset != "" && !slices.Contains(offboarding.Presets, p.HandoverPreset) {
			bad("handover_preset", "generic, accounting_strict, accounting_aicpa or prompt")
		}
	}
	if b.Country != nil {
		if p.Country = *b.Country; !slices.Contains(offboarding.Countries(), p.Country) {
			bad("country", "RU, or none for Saturdays and Sundays only")
		}
	}
	if err := b.applyNullable(p); err != nil {
		wrong = append(wrong, *err)
	}
	return wrong
}

func (b *PolicyBody) applyPeople(p *offboarding.Policy) {
	if m := b.Manager; m != nil {
		p.Manager = offboarding.Responsible{ID: m.ID, Name: m.Name, Email: m.Email}
	}
	if m := b.HRManager; m != nil {
		p.HRManager = offboarding.Responsible{ID: m.ID, Name: m.Name, Email: m.Email}
	}
}

// applyNullable reads the two settings in which null means "off".
func (b *PolicyBody) applyNullable(p *offboarding.Policy) *ProblemField {
	switch {
	case len(b.BurstPerHour) == 0:
	case bytes.Equal(b.BurstPerHour, jsonNull):
		p.BurstPerHour = nil
	default:
		var n int
		if err := json.Unmarshal(b.BurstPerHour, &n); err != nil || n < 0 {
			return &ProblemField{"policy.burst_per_hour", "a number of cases, or null for off"}
		}
		p.BurstPerHour = &n
	}
	switch {
	case len(b.SendingWindow) == 0:
	case bytes.Equal(b.SendingWindow, jsonNull):
		p.Window = nil
	default:
		w, err := readWindow(b.SendingWindow)
		if err != "" {
			return &ProblemField{"policy.sending_window", err}
		}
		p.Window = w
	}
	return nil
}

func readWindow(raw []byte) (*offboarding.Window, string) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var b WindowBody
	if err := dec.Decode(&b); err != nil {
		return nil, "days, from and to, or null for any time"
	}
	w := &offboarding.Window{}
	for _, name := range b.Days {
		i := indexOf(dayNames, name)
		if i < 0 {
			return nil, "days are mon, tue, wed, thu, fri, sat, sun"
		}
		w.Days = append(w.Days, time.Weekday(i))
	}
	if len(w.Days) == 0 {
		return nil, "at least one day, or null for any time"
	}
	var ok1, ok2 bool
	w.From, ok1 = readClock(b.From)
	w.To, ok2 = readClock(b.To)
	if !ok1 || !ok2 || w.From == w.To {
		return nil, "from and to are different times such as 10:00 and 18:00"
	}
	return w, ""
}

func indexOf(list []string, s string) int {
	for i, v := range list {
		if v == s {
			return i
		}
	}
	return -1
}

func readClock(s string) (time.Duration, bool) {
	if s == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil
}

func showClock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// shortDuration writes whole hours as people do: 72h, not 72h0m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// policyBody shows a whole policy.
func policyBody(p offboarding.Policy) PolicyBody {
	text := func(d time.Duration) *string {
		if d == 0 {
			return nil
		}
		s := shortDuration(d)
		return &s
	}
	zero := "0s"
	b := PolicyBody{
		SurveyDelay: text(p.SurveyDelay), ReminderAfter: text(p.ReminderAfter), SurveyExpires: text(p.SurveyExpires),
		SaveWait: text(p.SaveWait), CoolingOff: text(p.CoolingOff), TouchGapDays: &p.TouchGapDays, TouchesPerYear: &p.TouchesPerYear,
		HoldoutPercent: &p.HoldoutPercent, MarketingRelease: &p.MarketingRelease, SendingWindow: jsonNull, BurstPerHour: jsonNull,
		HandoverFile: &p.HandoverFile,
	}
	if preset := string(p.HandoverPreset); preset != "" {
		b.HandoverPreset = &preset
	}
	if p.Country != "" {
		b.Country = &p.Country
	}
	if b.SurveyDelay == nil {
		b.SurveyDelay = &zero
	}
	if m := p.Manager; m != (offboarding.Responsible{}) {
		b.Manager = &ResponsibleBody{m.ID, m.Name, m.Email}
	}
	if m := p.HRManager; m != (offboarding.Responsible{}) {
		b.HRManager = &ResponsibleBody{m.ID, m.Name, m.Email}
	}
	if p.TaskResults {
		b.TaskResults = &p.TaskResults
	}
	if m := p.CourtesyCap; m != nil {
		b.CourtesyCap = &MoneyBody{m.AmountMinor, m.Currency}
	}
	if p.RequestsPerSec > 0 {
		b.RequestsPerSec = &p.RequestsPerSec
	}
	if p.BurstPerHour != nil {
		b.BurstPerHour, _ = json.Marshal(*p.BurstPerHour)
	}
	if w := p.Window; w != nil {
		body := WindowBody{Days: []string{}, From: showClock(w.From), To: showClock(w.To)}
		for _, d := range w.Days {
			body.Days = append(body.Days, dayNames[d])
		}
		b.SendingWindow, _ = json.Marshal(body)
	}
	return b
}
