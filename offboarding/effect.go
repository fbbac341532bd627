package offboarding

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// EffectKind says what a stored intent does when its time comes. "Intent" alone
// is how firm a client's decision is; a stored intent of ours is an Effect.
type EffectKind string

// The kinds of effect.
const (
	EffectInterpret EffectKind = "interpret"  // read the deal back and decide about an event
	EffectMail      EffectKind = "mail"       // send one letter
	EffectCard      EffectKind = "card"       // make the CRM's fields and tags equal to the case
	EffectNote      EffectKind = "note"       // keep the one summary note current
	EffectRemark    EffectKind = "remark"     // a note about one event of the case
	EffectTask      EffectKind = "task"       // a task for a person, on the card in the CRM or as a row of ours
	EffectResult    EffectKind = "result"     // post a signed result to a generic account
	EffectTimer     EffectKind = "timer"      // a date of the case has come
	EffectAdminMail EffectKind = "admin_mail" // tell the administrator what is wrong
	EffectPackage   EffectKind = "package"    // build the package of a handover
	EffectFetch     EffectKind = "fetch"      // read the file of an item from its address
	EffectCarry     EffectKind = "carry"      // put a delivered package, or its link, onto the card
)

// Queue is the bulkhead in which an effect runs.
type Queue string

// The queues of reliability §5.
const (
	QueueCRM   Queue = "crm"
	QueueMail  Queue = "mail"
	QueueFiles Queue = "files"
	QueueLow   Queue = "low"
)

// Queue returns the bulkhead of the kind.
func (k EffectKind) Queue() Queue {
	switch k {
	case EffectMail, EffectAdminMail:
		return QueueMail
	case EffectTimer:
		return QueueLow
	case EffectPackage, EffectFetch, EffectCarry:
		return QueueFiles
	default:
		return QueueCRM
	}
}

// Priority orders effects of one account that are due together: reading comes
// before letters, letters before writing back. Lower runs first.
func (k EffectKind) Priority() int {
	switch k {
	case EffectInterpret:
		return 0
	case EffectMail, EffectTimer, EffectAdminMail:
		return 1
	case EffectTask:
		return 2
	case EffectCard:
		return 3
	default:
		return 4
	}
}

// WritesBack reports whether the effect brings into the CRM what is decided already.
// It may wait for a moment while clients wait for their letters.
func (k EffectKind) WritesBack() bool { return k.Queue() == QueueCRM && k != EffectInterpret }

// Leaves reports whether the effect reaches a client or a card: it waits while all
// sending is switched off. Looks, dates, packages and mails to the administrator
// go on.
func (k EffectKind) Leaves() bool {
	switch k {
	case EffectInterpret, EffectTimer, EffectPackage, EffectFetch, EffectAdminMail:
		return false
	}
	return true
}

// Room is how much of one account may be rung or in flight at a time.
type Room struct {
	Reading int // deals read back from its CRM
	Writing int // its cases written back
	// Cards wait so long, and no longer, while deals of the account wait to be read
	// or its letters to leave.
	Yielding  time.Duration
	Elsewhere int // in each other queue
}

// Patience is how long an effect of the kind is tried before it is given up
// and becomes a dead letter.
func (k EffectKind) Patience() time.Duration {
	switch k {
	case EffectTimer:
		return 100 * 365 * 24 * time.Hour // a promised date is never given up
	case EffectInterpret:
		return 7 * 24 * time.Hour // a CRM may be unpaid for days; the client has left all the same
	}
	return 72 * time.Hour
}

// LooksFirst reports whether an effect of unknown outcome may simply be tried
// again: a repeat asks the CRM what is already there, and results carry an id
// by which their receiver folds them. Letters have neither; a doubled notice to
// the administrator hurts nobody.
func (k EffectKind) LooksFirst() bool { return k != EffectMail }

// EffectState is where an effect stands (reliability §4).
type EffectState string

// The states of an effect. Ready, claimed and transmitting are not terminal;
// an uncertain one waits for a look or for a person.
const (
	EffectReady        EffectState = "ready"
	EffectClaimed      EffectState = "claimed"
	EffectTransmitting EffectState = "transmitting"
	EffectSent         EffectState = "sent"
	EffectUncertain    EffectState = "uncertain"
	EffectFailed       EffectState = "failed" // refused for good
	EffectCancelled    EffectState = "cancelled"
	EffectDead         EffectState = "dead" // given up; a person may retry it
)

// Effect is one thing that will leave the process, or one look outside, as a
// row: an intent in the sense of reliability §4.
type Effect struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    *uuid.UUID
	Kind      EffectKind
	SendKey   string // unique: the same thing is never wanted twice
	SerialKey string // at most one effect per key is in flight; empty: no order needed
	State     EffectState
	DueAt     time.Time
	GiveUpAt  time.Time
	Payload   json.RawMessage
	Gen       int // counts rings at the queue
	Token     int // fencing token: counts claims
	Attempts  int // tries that failed
	Crashes   int // leases that ran out
	LastError string
	Reason    string // why it was cancelled, postponed or given up
	Result    string // reference the outside gave us
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Ring is what the queue is told: which row, and the how-manieth time.
type Ring struct {
	ID    uuid.UUID
	Kind  EffectKind
	Queue Queue
	Gen   int
}

// InterpretPayload is the payload of EffectInterpret.
type InterpretPayload struct {
	EventID uuid.UUID `json:"event_id"`
}

// MailPayload is the payload of EffectMail.
type MailPayload struct {
	MessageID uuid.UUID `json:"message_id"`
}

// TaskPayload is the payload of EffectTask. What is a stable name: call, answered, …
type TaskPayload struct {
	What string    `json:"what"`
	Due  time.Time `json:"due,omitzero"`
	To   string    `json:"to,omitempty"`   // ToManager, or an id in the CRM; empty: the responsible
	Done bool      `json:"done,omitempty"` // tick it off: its step has happened
	Text string    `json:"text,omitempty"` // instead of the stock text of What, or of its being done
	Told bool      `json:"told,omitempty"` // a letter of its own tells of it already
}

// ResultPayload is the payload of EffectResult.
type ResultPayload struct {
	Type   string     `json:"type"`
	TaskID *uuid.UUID `json:"task_id,omitempty"` // of a result about a task
}

// TimerPayload is the payload of EffectTimer.
type TimerPayload struct {
	Name string `json:"name"`
}

// The timers of a case.
const (
	TimerSurveyExpires = "survey_expires"
	TimerSaveConfirmed = "save_confirmed"
	TimerSaveSilent    = "save_silent"
	TimerCoolingOff    = "cooling_off"
	TimerServiceEnds   = "service_ends"
	TimerOverdue       = "overdue"
	TimerPlanEnds      = "plan_ends"
)

// PackagePayload is the payload of EffectPackage: what is to be packed, by hash.
type PackagePayload struct {
	Contents string `json:"contents"`
}

// FetchPayload is the payload of EffectFetch.
type FetchPayload struct {
	ItemID uuid.UUID `json:"item_id"`
	ListID uuid.UUID `json:"list_id"` // without a case: the snapshot that the item stands on
	URL    string    `json:"url"`     // or crm: and the CRM's id of the file
}

// NewEffect returns an effect that is ready at due.
func NewEffect(acc uuid.UUID, caseID *uuid.UUID, kind EffectKind, sendKey string, due time.Time, payload any) Effect {
	body, err := json.Marshal(payload)
	if err != nil {
		panic("offboarding: payload of " + string(kind) + ": " + err.Error()) // our own structs
	}
	return Effect{
		ID: NewID(), AccountID: acc, CaseID: caseID, Kind: kind, SendKey: sendKey,
		State: EffectReady, DueAt: due, GiveUpAt: due.Add(kind.Patience()), Payload: body,
	}
}

// NewID returns a new UUIDv7.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
