package offboarding

import (
	"time"

	"github.com/google/uuid"
)

// Delivery is one body that a source sent us, as it came.
type Delivery struct {
	ID          uuid.UUID
	AccountID   uuid.UUID
	Provider    Provider
	Origin      Origin
	ReceivedAt  time.Time
	Method      string // POST; GET for robots that cannot do better
	ContentType string
	Query       string // raw query string of the hook's address
	SignedID    string // webhook-id of a signed delivery; empty otherwise
	SignedAt    string // webhook-timestamp, as sent
	Signature   string // webhook-signature, as sent
	Body        []byte
	DedupKey    []byte // SHA-256 over account, kind and body; unique within the account
	Proved      bool   // the proof beyond the address's key was checked before the answer
	Seen        int    // how often the same body came
	LastSeenAt  time.Time
	UnpackedAt  time.Time // zero: nobody has looked inside yet
	Malformed   string    // why nothing could be read from it; empty: it could
}

// Origin says by which way a delivery came.
type Origin string

// The origins of a delivery.
const (
	OriginHook Origin = "hook"
	OriginPoll Origin = "poll" // the poller found it: the hook was lost
)

// EventKind is what an event says has happened, in one vocabulary for all
// sources (contract §5).
type EventKind string

// The kinds of event that are acted on. Others of the contract (task.…,
// contact.…, company.…, other) are listed and ignored.
const (
	DealStageChanged       EventKind = "deal.stage_changed"
	DealAdded              EventKind = "deal.added"
	DealUpdated            EventKind = "deal.updated"
	DealDeleted            EventKind = "deal.deleted"
	DealRestored           EventKind = "deal.restored"
	DealResponsibleChanged EventKind = "deal.responsible_changed"
	DealNote               EventKind = "deal.note"
	OtherEvent             EventKind = "other"
)

// Verdict is what became of an event.
type Verdict string

// The verdicts.
const (
	VerdictPending    Verdict = "pending"
	VerdictCaseOpened Verdict = "case_opened"
	VerdictCaseJoined Verdict = "case_joined"
	VerdictCaseMoved  Verdict = "case_moved"
	VerdictIgnored    Verdict = "ignored"
	VerdictDuplicate  Verdict = "duplicate"
	VerdictEcho       Verdict = "echo"
	VerdictMalformed  Verdict = "malformed"
	VerdictFailed     Verdict = "failed"
)

// StageRef names a stage; ids of stages are unique only within a pipeline.
type StageRef struct {
	PipelineID string `json:"pipeline_id,omitempty"`
	StageID    string `json:"stage_id,omitempty"`
}

// Hint is what the body itself claims about a deal. It decides nothing; it
// only helps to tell a fresh transition from old history.
type Hint struct {
	From       *StageRef `json:"from,omitempty"`
	To         *StageRef `json:"to,omitempty"`
	Robot      bool      `json:"robot,omitempty"` // placed on a stage by the admin: an explicit trigger
	Start      bool      `json:"start,omitempty"` // our own robot, proved by the application's token: part with the client, whatever the stage
	OccurredAt time.Time `json:"occurred_at,omitzero"`
	RemoteID   string    `json:"remote_id,omitempty"` // the CRM account that the body names, when it could not be compared yet
	// Signed carries the whole statement of a generic source, which has no API
	// to read back from: its signature is its authority.
	Signed *SignedClaim `json:"signed,omitempty"`
}

// The types of a generic source's statements (contract §4).
const (
	ClaimCancelled = "client.cancelled"
	ClaimReturned  = "client.returned"
	ClaimUpdated   = "client.updated"
)

// SignedClaim is the statement of a generic source. The connector gives its
// Deal the outcome lost or won, as the type says.
type SignedClaim struct {
	Type         string `json:"type"` // client.cancelled, client.returned, client.updated
	Deal         Deal   `json:"deal"`
	Reason       string `json:"reason,omitempty"`
	Note         string `json:"note,omitempty"`
	WriteBackURL string `json:"write_back_url,omitempty"`
}

// Event is one thing that a delivery says about one entity.
type Event struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	DeliveryID uuid.UUID
	Seq        int // position within the delivery
	ReceivedAt time.Time
	Provider   Provider
	Kind       EventKind
	EntityID   string
	Hint       Hint
	Verdict    Verdict
	Reason     string // a sentence: why this verdict
	CaseID     *uuid.UUID
	SettledAt  time.Time
}

// Unpacked is what a connector read in a delivery.
type Unpacked struct {
	RemoteID  string // the CRM account that the body names; empty: it names none
	Malformed string // why nothing can be read; empty: it can
	Foreign   string // why the body is not about this account; empty: it is
	Events    []UnpackedEvent
}

// UnpackedEvent is one event before it has an id. Ignore says that it needs no
// look at the CRM and why.
type UnpackedEvent struct {
	Kind     EventKind
	EntityID string
	Hint     Hint
	Ignore   string
}

// Outcome is the CRM's own opinion about a deal.
type Outcome string

// The outcomes of a deal.
const (
	OutcomeOpen Outcome = "open"
	OutcomeWon  Outcome = "won"
	OutcomeLost Outcome = "lost"
)

// Named is an entity of the CRM by id and name.
type Named struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Deal is a lead of amoCRM or a deal of Bitrix24 as it was read back, with all
// that a case needs. Times are the CRM's; zero when the CRM does not tell.
type Deal struct {
	ID          string      `json:"id"`
	Title       string      `json:"title,omitempty"`
	URL         string      `json:"url,omitempty"` // the card, for a person
	Pipeline    Named       `json:"pipeline"`
	Stage       Named       `json:"stage"`
	Outcome     Outcome     `json:"outcome,omitempty"`
	LossReason  string      `json:"loss_reason,omitempty"`
	Amount      *Money      `json:"amount,omitempty"`
	Client      Client      `json:"client"`
	Company     Named       `json:"company"`
	Responsible Responsible `json:"responsible"`
	CreatedAt   time.Time   `json:"created_at,omitzero"`
	UpdatedAt   time.Time   `json:"updated_at,omitzero"`
	MovedAt     time.Time   `json:"moved_at,omitzero"` // when it came into its present stage: closed_at or MOVED_TIME
	Came        bool        `json:"came,omitempty"`    // the CRM's own history tells that it stood elsewhere before
	Lapsed      bool        `json:"lapsed,omitempty"`  // the client faded away: no word, only no purchase
	Deleted     bool        `json:"deleted,omitempty"`

	WatchedSince time.Time `json:"watched_since,omitzero"` // from when on its sort is looked at, when that is later than the connection
}

// Client is who is leaving.
type Client struct {
	ID    string `json:"id,omitempty"` // of the contact in the CRM
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	Lang  Lang   `json:"lang,omitempty"` // empty: the account's

	TimeZone   string `json:"time_zone,omitempty"`   // IANA name; empty: not told
	Birthday   string `json:"birthday,omitempty"`    // "1980-01-12", or "--01-12" without the year
	CompanyDay string `json:"company_day,omitempty"` // when the company was founded, in the same form
}

// Responsible is our employee on the client's line.
type Responsible struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Inactive bool   `json:"inactive,omitempty"` // dismissed, or unknown to the CRM
}

// Pipeline is a live pipeline of the CRM with its stages.
type Pipeline struct {
	ID     string
	Name   string
	Stages []Stage
}

// Stage is a live stage of a pipeline.
type Stage struct {
	ID      string
	Name    string
	Outcome Outcome
}

// DealSnapshot is what we last knew of a deal. Comparing it with what is read
// now tells a transition from an echo, a twin or a mere edit.
type DealSnapshot struct {
	AccountID  uuid.UUID
	DealID     string
	Stage      StageRef
	Means      Means
	MovedAt    time.Time // the CRM's
	UpdatedAt  time.Time // the CRM's
	WrittenAt  time.Time // the CRM's time of our last own write; zero: we wrote nothing
	CaseID     *uuid.UUID
	Cycle      int // how often the deal has left us
	SettledAt  time.Time
	SettledFor string // the transition that was acted on last
}
