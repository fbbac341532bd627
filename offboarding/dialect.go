package offboarding

import "encoding/json"

// HookProof is how a generic source proves that a body is its own.
type HookProof string

// The proofs. The key in the address alone is weaker than a signature: whoever
// has seen the address may write. It must be chosen for the account.
const (
	ProofSignature  HookProof = "signature"
	ProofAddressKey HookProof = "address_key"
)

// Dialect is how a generic source speaks: how it proves itself, and how its own
// JSON is read as our event.
type Dialect struct {
	Proof   HookProof       `json:"proof,omitempty"`   // empty: signature
	Mapping json.RawMessage `json:"mapping,omitempty"` // in the connector's own language; empty: our own JSON
}

// DryRun is what a mapping makes of one event in a body.
type DryRun struct {
	Event     json.RawMessage // our event, as if the source had sent it; nil: the body does not match
	Kind      EventKind
	EntityID  string
	Ignored   string // why nothing would happen
	Malformed string // why it could not be read
}

// Mapper reads foreign JSON by an account's mapping.
type Mapper interface {
	// CheckMapping says what is wrong with a mapping; KindInvalid with fields.
	CheckMapping(mapping json.RawMessage) error
	// TryMapping shows what the mapping makes of a body. It stores nothing.
	TryMapping(mapping json.RawMessage, contentType string, body []byte) ([]DryRun, error)
}
