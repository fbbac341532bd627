package offboarding

import (
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

// ChannelEmail is the mail.
const ChannelEmail Channel = "email"

// The templates of domain §13 that this version sends.
const (
	T01 = "T01"  // acknowledgement
	T03 = "T03"  // exit survey
	T3R = "T03r" // its one reminder
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
	CaseID    uuid.UUID
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
	HeaderID  string // Message-ID without angle brackets; the same at every try
	State     MessageState
	Reason    string // why it is held, cancelled or failed
	PlannedAt time.Time
	SentAt    time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Bulk reports whether the letter carries List-Unsubscribe: everything that is
// not a direct answer to what the client has just done.
func (m *Message) Bulk() bool { return m.Template != T01 }

// Resendable reports whether a letter whose fate a crash left open may go
// again under the same Message-ID (reliability §4.6). A second survey is an
// insult; a second acknowledgement is only a doubled envelope.
func (m *Message) Resendable() bool { return m.Template == T01 }

// Purpose says what a link in a letter is for.
type Purpose string

// The purposes of links (contract §3).
const (
	PurposeSurvey      Purpose = "s"
	PurposeChoice      Purpose = "l"
	PurposeHandover    Purpose = "h"
	PurposePreferences Purpose = "u"
)

// Link is an address that a client may open. Only the hash of its token is kept.
type Link struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	Purpose   Purpose
	Recipient string // address the link was sent to
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
