package offboarding

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Class says by which right a message is sent (domain §9.1).
type Class string

// The classes of messages.
const (
	ClassService      Class = "service"
	ClassRelationship Class = "relationship"
	ClassMarketing    Class = "marketing"
)

// Channel is a way to reach a person.
type Channel string

// The channels of messages; what a person is asked to do is a task in the CRM.
const (
	ChannelEmail    Channel = "email"
	ChannelTelegram Channel = "telegram"
	ChannelSMS      Channel = "sms"
	ChannelPhone    Channel = "phone" // a person calls
)

// MessageState is where a message stands (contract §5).
type MessageState string

// The states of a message.
const (
	MessagePlanned   MessageState = "planned"
	MessageSending   MessageState = "sending"
	MessageSent      MessageState = "sent"
	MessageDelivered MessageState = "delivered"
	MessageBounced   MessageState = "bounced"
	MessageHeld      MessageState = "held"
	MessageCancelled MessageState = "cancelled"
	MessageFailed    MessageState = "failed"
	MessageUncertain MessageState = "uncertain"
)

// Message is one letter, sent or held back.
type Message struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID // uuid.Nil: about no case
	EffectID  uuid.UUID
	Template  string
	Class     Class
	Channel   Channel
	To        string
	ToName    string
	From      string
	Subject   string
	Text      string
	HTML      string
	Lang      Lang
	Vars      json.RawMessage // its template's struct in letter_vars.go
	AtOnce    bool            // answers what the client has just done: the sending window does not count
	Tone      *ToneRecord     // what the tone guard said about the text; nil: not written yet
	Allowed   *Allowance      // why it might leave, once it has; nil: it has not
	HeaderID  string          // Message-ID without angle brackets; the same at every try
	State     MessageState
	Reason    string // why it is held, cancelled or failed
	PlannedAt time.Time
	SentAt    time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// judged reports whether the letter is written and may go: the tone guard lets
// it, or a person has. One that was held is written anew, since its text may
// have been mended meanwhile.
func (m *Message) judged() bool {
	return m.Text != "" && m.Tone != nil && (m.Tone.Override != nil || m.State != MessageHeld && !m.Tone.blocks())
}

// line returns an audit line about the letter, in the stream of its case or,
// when it is about none, of its account.
func (m *Message) line(kind, summary string) Audit {
	a := Audit{Stream: "account:" + m.AccountID.String(), Actor: ActorSystem, Kind: kind, Summary: summary, AccountID: &m.AccountID, MessageID: &m.ID}
	if m.CaseID != uuid.Nil {
		a.Stream, a.CaseID = "case:"+m.CaseID.String(), &m.CaseID
	}
	return a
}

// Purpose says what a link in a letter is for.
type Purpose string

// The purposes of links (contract §3).
const (
	PurposeSurvey      Purpose = "s"
	PurposeChoice      Purpose = "l"
	PurposeHandover    Purpose = "h"
	PurposePreferences Purpose = "u"
	PurposePulse       Purpose = "p" // of a contract, not of a case
	PurposeChat        Purpose = "t" // opens a chat with our bot
)

// Link is an address that a client may open. Only the hash of its token is kept.
type Link struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID // of a pulse: the contract
	Purpose   Purpose
	Recipient string // address the link was sent to; of a pulse: the quarter
	TokenHash []byte // SHA-256 of the token
	ExpiresAt time.Time
	CreatedAt time.Time
}

// Suppression is an address that nothing is sent to any more. The address
// itself is not kept.
type Suppression struct {
	ID        uuid.UUID
	Hash      []byte // HMAC of the normalised address
	Channel   Channel
	Reason    string
	Source    string
	CreatedAt time.Time
}
