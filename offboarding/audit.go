package offboarding

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Actor says who did something: "system", "client", "crm", or "key:<name>".
type Actor string

// The actors that have no API key.
const (
	ActorSystem Actor = "system"
	ActorClient Actor = "client"
	ActorCRM    Actor = "crm"
)

// Audit is one line of the append-only record of what happened. Each row holds
// the hash of the row before it in the same stream, so that a line cannot be
// changed or taken out unnoticed. The stream is the case, the account, or the
// installation.
type Audit struct {
	ID        uuid.UUID
	Stream    string // "case:<id>", "account:<id>" or "system"
	Seq       int64
	At        time.Time
	Actor     Actor
	Kind      string // case.opened, case.moved, survey.answered, message.sent, …
	Summary   string // one sentence in English, without personal data
	AccountID *uuid.UUID
	CaseID    *uuid.UUID
	MessageID *uuid.UUID
	Data      json.RawMessage
	PrevHash  []byte
	Hash      []byte

	// Begins says, when a line is recorded, that it is among the first of its stream,
	// which nobody else can know yet; it is not kept.
	Begins bool
}
