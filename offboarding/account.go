package offboarding

import (
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Provider is a kind of source: amoCRM (and Kommo), Bitrix24 or any program
// that speaks our signed JSON.
type Provider string

// The providers.
const (
	AmoCRM   Provider = "amocrm"
	Bitrix24 Provider = "bitrix24"
	Generic  Provider = "generic"
)

// Known reports whether p is one of the providers.
func (p Provider) Known() bool { return p == AmoCRM || p == Bitrix24 || p == Generic }

// Lang is a language that opendoor speaks: "ru" or "en".
type Lang string

// The languages.
const (
	RU Lang = "ru"
	EN Lang = "en"
)

// Or returns l when it is a language that we speak, otherwise other.
func (l Lang) Or(other Lang) Lang {
	if l == RU || l == EN {
		return l
	}
	return other
}

// Mode says whether an account's effects leave the house.
type Mode string

// The modes. A new account begins in shadow: everything is prepared, nothing
// is sent and nothing is written to the CRM.
const (
	Shadow Mode = "shadow"
	Live   Mode = "live"
)

// AccountStatus says whether we may call the account's CRM.
type AccountStatus string

// The statuses of an account.
const (
	AccountActive       AccountStatus = "active"
	AccountSuspended    AccountStatus = "suspended"     // blocked (403 page) or unpaid (402): one probe a minute at most
	AccountReauthNeeded AccountStatus = "reauth_needed" // the credential is dead until a person renews it
)

// Means is what a stage of a pipeline says about a client.
type Means string

// The meanings of a stage.
const (
	MeansNothing         Means = ""
	MeansCancelled       Means = "cancelled"
	MeansReturned        Means = "returned"
	MeansProposedRefusal Means = "proposed_refusal"
)

// Trigger gives a stage its meaning. Stage ids are unique only together with
// their pipeline (amoCRM repeats 142 and 143 in each).
type Trigger struct {
	PipelineID string `json:"pipeline_id"`
	StageID    string `json:"stage_id"`
	Means      Means  `json:"means"`
}

// Credentials are the secrets of an account by name, as the contract spells
// them: access_token, webhook_url, application_token, secret, … They never
// show themselves in a log.
type Credentials map[string]string

// LogValue hides the secrets.
func (Credentials) LogValue() slog.Value { return slog.StringValue("•••") }

// String hides the secrets.
func (Credentials) String() string { return "•••" }

// Account is one connected company: where its CRM is, how it is spoken to and
// by which policy its clients are treated.
type Account struct {
	ID          uuid.UUID
	Provider    Provider
	Name        string
	BaseURL     string // https://example.amocrm.ru, the portal, or where results of a generic account go
	Credentials Credentials
	RemoteID    string // the CRM's own id of the account: account[id] or member_id; empty until learned
	Lang        Lang
	TimeZone    string // IANA name
	Triggers    []Trigger
	Mode        Mode
	MailFrom    string
	Policy      Policy

	Status       AccountStatus
	StatusReason string
	NextCallAt   time.Time // wall clock; no call to the CRM before; zero: at once

	Cursor    json.RawMessage // where the poller stands, in the connector's own form
	CardSetup json.RawMessage // ids of fields and enum values in the CRM, in the connector's own form

	SetUp     SetupState // what setup did
	Rhythm    Rhythm     // how often hooks come
	WatchedAt time.Time  // when it was last looked after
	Dialect   Dialect    // of generic sources: how they speak

	ConnectedAt time.Time // wall clock: deals lost before it are history
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int
}

// Location returns the account's time zone; an unknown name is UTC.
func (a *Account) Location() *time.Location {
	if known, ok := zones.Load(a.TimeZone); ok {
		return known.(*time.Location)
	}
	loc, err := time.LoadLocation(a.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(a.TimeZone, loc)
	return loc
}

// zones are the time zones of accounts, by name: each reading of one unpacks it anew.
var zones sync.Map

// Meaning tells what the deal's present stage says about its client. Without
// triggers the CRM's own "lost" is a cancellation and its "won" a return.
func (a *Account) Meaning(d *Deal) Means {
	if len(a.Triggers) == 0 {
		switch d.Outcome {
		case OutcomeLost:
			return MeansCancelled
		case OutcomeWon:
			return MeansReturned
		}
		return MeansNothing
	}
	for _, t := range a.Triggers {
		if t.StageID == d.Stage.ID && (t.PipelineID == "" || t.PipelineID == d.Pipeline.ID) {
			return t.Means
		}
	}
	return MeansNothing
}
