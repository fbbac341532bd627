package store

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

type accountRow struct {
	ID           uuid.UUID
	Provider     offboarding.Provider
	Name         string
	BaseURL      string
	Credentials  []byte
	RemoteID     string
	Lang         offboarding.Lang
	TimeZone     string
	Triggers     document
	Mode         offboarding.Mode
	MailFrom     string
	Policy       document
	Status       offboarding.AccountStatus
	StatusReason string
	NextCallAt   *time.Time
	PollCursor   document
	CardSetup    document
	NextPollAt   time.Time
	NextWatchAt  *time.Time
	WatchedAt    *time.Time
	Rhythm       document
	SetupState   document
	Dialect      document
	ConnectedAt  *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
	DeletedAt    *time.Time
	Version      int
}

func (accountRow) TableName() string { return "accounts" }

// policyDoc is how a policy is kept; durations are nanoseconds.
type policyDoc struct {
	SurveyDelay      time.Duration             `json:"survey_delay"`
	Window           *windowDoc                `json:"window"`
	ReminderAfter    time.Duration             `json:"reminder_after"`
	SurveyExpires    time.Duration             `json:"survey_expires"`
	SaveWait         time.Duration             `json:"save_wait"`
	CoolingOff       time.Duration             `json:"cooling_off"`
	TouchGapDays     int                       `json:"touch_gap_days"`
	TouchesPerYear   int                       `json:"touches_per_year"`
	HoldoutPercent   int                       `json:"holdout_percent"`
	BurstPerHour     *int                      `json:"burst_per_hour"`
	MarketingRelease string                    `json:"marketing_release"`
	RequestsPerSec   float64                   `json:"requests_per_sec"`
	HandoverFile     bool                      `json:"handover_file,omitempty"`
	HandoverPreset   offboarding.Preset        `json:"handover_preset,omitempty"`
	Country          string                    `json:"country,omitempty"`
	Days             []offboarding.CalendarDay `json:"days,omitempty"`
	Manager          offboarding.Responsible   `json:"manager,omitzero"`
	CourtesyCap      *offboarding.Money        `json:"courtesy_cap,omitempty"`
	HRManager        offboarding.Responsible   `json:"hr_manager,omitzero"`
	TaskResults      bool                      `json:"task_results,omitempty"`
}

type windowDoc struct {
	Days []time.Weekday `json:"days"`
	From time.Duration  `json:"from"`
	To   time.Duration  `json:"to"`
}

func toPolicyDoc(p offboarding.Policy) policyDoc {
	return policyDoc{
		SurveyDelay: p.SurveyDelay, Window: (*windowDoc)(p.Window), ReminderAfter: p.ReminderAfter,
		SurveyExpires: p.SurveyExpires, SaveWait: p.SaveWait, CoolingOff: p.CoolingOff,
		TouchGapDays: p.TouchGapDays, TouchesPerYear: p.TouchesPerYear, HoldoutPercent: p.HoldoutPercent,
		BurstPerHour: p.BurstPerHour, MarketingRelease: p.MarketingRelease, RequestsPerSec: p.RequestsPerSec, HandoverFile: p.HandoverFile, HandoverPreset: p.HandoverPreset, Country: p.Country, Days: p.Days,
		Manager: p.Manager, CourtesyCap: p.CourtesyCap, HRManager: p.HRManager, TaskResults: p.TaskResults,
	}
}

func (d policyDoc) policy() offboarding.Policy {
	return offboarding.Policy{
		SurveyDelay: d.SurveyDelay, Window: (*offboarding.Window)(d.Window), ReminderAfter: d.ReminderAfter,
		SurveyExpires: d.SurveyExpires, SaveWait: d.SaveWait, CoolingOff: d.CoolingOff,
		TouchGapDays: d.TouchGapDays, TouchesPerYear: d.TouchesPerYear, HoldoutPercent: d.HoldoutPercent,
		BurstPerHour: d.BurstPerHour, MarketingRelease: d.MarketingRelease, RequestsPerSec: d.RequestsPerSec, HandoverFile: d.HandoverFile, HandoverPreset: d.HandoverPreset, Country: d.Country, Days: d.Days,
		Manager: d.Manager, CourtesyCap: d.CourtesyCap, HRManager: d.HRManager, TaskResults: d.TaskResults,
	}
}

func credentialsPlace(id uuid.UUID) string { return "accounts.credentials." + id.String() }

func (s *Store) toAccountRow(a *offboarding.Account) (*accountRow, error) {
	r := &accountRow{
		ID: a.ID, Provider: a.Provider, Name: plain(a.Name), BaseURL: plain(a.BaseURL), RemoteID: plain(a.RemoteID),
		Lang: a.Lang, TimeZone: plain(a.TimeZone), Mode: a.Mode, MailFrom: plain(a.MailFrom),
		Status: a.Status, StatusReason: plain(a.StatusReason), NextCallAt: nullable(a.NextCallAt),
		ConnectedAt: nullable(a.ConnectedAt), CreatedAt: stamp(a.CreatedAt), UpdatedAt: stamp(a.UpdatedAt), Version: a.Version,
	}
	var err error
	if r.Credentials, err = s.sealCredentials(a); err != nil {
		return nil, err
	}
	if r.Triggers, err = encode(a.Triggers); err != nil {
		return nil, err
	}
	if r.Policy, err = encode(toPolicyDoc(a.Policy)); err != nil {
		return nil, err
	}
	if r.PollCursor, err = rawDocument(a.Cursor); err != nil {
		return nil, err
	}
	if r.CardSetup, err = rawDocument(a.CardSetup); err != nil {
		return nil, err
	}
	r.Dialect, err = encode(a.Dialect)
	return r, err
}

func (s *Store) sealCredentials(a *offboarding.Account) ([]byte, error) {
	if len(a.Credentials) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(a.Credentials)
	if err != nil {
		return nil, err
	}
	return s.secrets.Seal(plain, credentialsPlace(a.ID))
}

func (s *Store) toAccount(r *accountRow) (*offboarding.Account, error) {
	a := &offboarding.Account{
		ID: r.ID, Provider: r.Provider, Name: r.Name, BaseURL: r.BaseURL, RemoteID: r.RemoteID,
		Lang: r.Lang, TimeZone: r.TimeZone, Mode: r.Mode, MailFrom: r.MailFrom,
		Status: r.Status, StatusReason: r.StatusReason, NextCallAt: timeOf(r.NextCallAt),
		Cursor: r.PollCursor.raw(), CardSetup: r.CardSetup.raw(), WatchedAt: timeOf(r.WatchedAt),
		ConnectedAt: timeOf(r.ConnectedAt), CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Version: r.Version,
	}
	if err := r.Triggers.decode(&a.Triggers); err != nil {
		return nil, err
	}
	var policy policyDoc
	if err := r.Policy.decode(&policy); err != nil {
		return nil, err
	}
	a.Policy = policy.policy()
	if err := errors.Join(r.Rhythm.decode(&a.Rhythm), r.SetupState.decode(&a.SetUp), r.Dialect.decode(&a.Dialect)); err != nil {
		return nil, err
	}
	if r.Credentials != nil {
		plain, err := s.secrets.Open(r.Credentials, credentialsPlace(r.ID))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(plain, &a.Credentials); err != nil {
			return nil, err
		}
	}
	return a, nil
}
