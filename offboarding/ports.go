package offboarding

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Store is the truth. Every method that reads a row of nobody, or of an account
// outside the caller's scope, answers ErrNotFound. What is called on the Store
// given to fn of InTx happens in that transaction.
type Store interface {
	// InTx runs fn in one transaction; an error or panic in fn rolls it back.
	// Nothing slow belongs inside: no HTTP, no mail, no queue. A deadlock or a
	// serialization failure is tried again a few times, so fn may run twice.
	InTx(ctx context.Context, fn func(Store) error) error

	Accounts
	Grants
	Inbox
	Cases
	Effects
	Messages
	LetterTexts
	Records
	Contracts
	Settlements
	Reviews
	Together
	CardMemories
	Problems
	Watches
	Setups
	ResultLog
	Measures
	Providers
	SourceReports
	Handovers
	Inventories
	FileRows
	Plans
	Touches
	Figures
	Agendas
	Persons
	Consents
	Surveys
	Pulses
	Inbounds
	Reports
	Tasks
	Turns
}

// Accounts are the connected companies. Credentials are encrypted at rest.
type Accounts interface {
	AddAccount(ctx context.Context, a *Account) error
	Account(ctx context.Context, id uuid.UUID) (*Account, error)
	// AccountsInScope lists accounts newest first; a nil scope means all of them.
	AccountsInScope(ctx context.Context, scope []uuid.UUID, p Page) ([]*Account, error)
	// AllAccounts lists every account that is not deleted, for the directory,
	// the poller and doctor.
	AllAccounts(ctx context.Context) ([]*Account, error)
	// SaveAccount writes what an administrator may change, WHERE version = a.Version,
	// and raises a.Version; ErrStale when another writer was faster.
	SaveAccount(ctx context.Context, a *Account) error
	// SetAccountHealth writes status, reason and next_call_at without a version.
	SetAccountHealth(ctx context.Context, id uuid.UUID, s AccountStatus, reason string, nextCallAt time.Time) error
	// ParkAccount does so as long as the account is still of the version that the
	// CRM refused, and tells whether it is: with another credential it may be let in.
	ParkAccount(ctx context.Context, id uuid.UUID, version int, s AccountStatus, reason string, nextCallAt time.Time) (bool, error)
	// RestAccount keeps everybody from calling the account's CRM before then.
	RestAccount(ctx context.Context, id uuid.UUID, nextCallAt time.Time) error
	// TakeProbe gives the right to call a parked account to one caller: it moves
	// next_call_at to next when it is not after wall and tells whether it did.
	TakeProbe(ctx context.Context, id uuid.UUID, wall, next time.Time) (bool, error)
	// SetAccountRemoteID remembers the CRM's own id of the account when none is known yet.
	SetAccountRemoteID(ctx context.Context, id uuid.UUID, remote string) error
	SetAccountCardSetup(ctx context.Context, id uuid.UUID, setup json.RawMessage) error
	// TakePoll gives the poll of an account to one caller: it moves next_poll_at
	// to next when it is due and returns the account, or ErrNotFound. Due is what
	// is not after now, and what lies after latest (see PollHorizon).
	TakePoll(ctx context.Context, id uuid.UUID, now, latest, next time.Time) (*Account, error)
	// PollsDue lists the ids of accounts whose poll is due.
	PollsDue(ctx context.Context, now, latest time.Time, limit int) ([]uuid.UUID, error)
	SetAccountCursor(ctx context.Context, id uuid.UUID, cursor json.RawMessage) error
	DeleteAccount(ctx context.Context, id uuid.UUID) error
}

// Inbox keeps what sources sent.
type Inbox interface {
	// AddDeliveries stores the batch in one commit. A body already known (same
	// account and DedupKey) is counted on the first row instead: seen+1,
	// last_seen_at; when that row was unpacked more than again before, it is
	// handed out for unpacking once more. The batch may repeat a key.
	AddDeliveries(ctx context.Context, batch []*Delivery, again time.Duration) error
	Delivery(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Delivery, error)
	// TakeDeliveries locks up to limit deliveries that nobody has unpacked, in turns
	// over the accounts and oldest first, until the end of the transaction (SKIP
	// LOCKED on PostgreSQL).
	TakeDeliveries(ctx context.Context, limit int) ([]*Delivery, error)
	MarkUnpacked(ctx context.Context, ids []uuid.UUID, at time.Time, malformed string) error

	// AddEvents stores events; one with a known (delivery, seq) is left as it is.
	AddEvents(ctx context.Context, events []*Event) error
	Event(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Event, error)
	EventsOfDelivery(ctx context.Context, deliveryID uuid.UUID) ([]*Event, error)
	Events(ctx context.Context, f EventFilter) ([]*Event, error)
	// PendingEventsOf lists pending events about one deal received at or before at, oldest first.
	PendingEventsOf(ctx context.Context, accountID uuid.UUID, dealID string, at time.Time) ([]*Event, error)
	// SettleEvent writes verdict, reason, case and time.
	SettleEvent(ctx context.Context, e *Event) error

	// Snapshot returns what is known of a deal, locked until the end of the
	// transaction, or ErrNotFound.
	Snapshot(ctx context.Context, accountID uuid.UUID, dealID string) (*DealSnapshot, error)
	SaveSnapshot(ctx context.Context, s *DealSnapshot) error
}

// Cases keeps the partings.
type Cases interface {
	// AddCase stores a new case and gives it its number. A second open case of
	// the same account and deal is ErrStale (the unique index says no).
	AddCase(ctx context.Context, c *Case) error
	Case(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Case, error)
	// SaveCase writes WHERE version = c.Version and raises c.Version; ErrStale otherwise.
	SaveCase(ctx context.Context, c *Case) error
	CasesInScope(ctx context.Context, f CaseFilter) ([]*Case, error)
	// CasesOfDeal lists the cases of one deal, newest first.
	CasesOfDeal(ctx context.Context, accountID uuid.UUID, dealID string) ([]*Case, error)
	// CasesOfClient lists the cases of a client, known by its id in the CRM or its
	// e-mail address, newest first, at most 50; nothing for a client without either.
	CasesOfClient(ctx context.Context, accountID uuid.UUID, client Client) ([]*Case, error)
	// CountCasesSince counts cases that the account's hooks opened since then (burst gate).
	CountCasesSince(ctx context.Context, accountID uuid.UUID, since time.Time) (int, error)
	// ReleaseHeld lifts the burst gate from the account's held cases, makes their ready
	// effects that carry ReasonHeld due at now, and returns how many cases.
	ReleaseHeld(ctx context.Context, accountID uuid.UUID, now time.Time) (int, error)
}

// Effects keeps everything that is to leave the process.
type Effects interface {
	// AddEffects stores effects; a known SendKey is left alone.
	AddEffects(ctx context.Context, effects []Effect) error
	// AddEffect is AddEffects of one, and tells whether its SendKey was not known.
	AddEffect(ctx context.Context, e Effect) (fresh bool, err error)
	Effect(ctx context.Context, id uuid.UUID) (*Effect, error)
	EffectByKey(ctx context.Context, sendKey string) (*Effect, error)
	// RingDue picks ready effects whose time has come (now) and that were not rung
	// within the last quiet, round robin over (account, queue), as far as each account has
	// room, counts their Gen up and returns them.
	RingDue(ctx context.Context, now time.Time, quiet time.Duration, limit int, room Room) ([]Ring, error)
	// Claim takes a ready effect for lease: state claimed, Token+1. ErrNotFound: it is
	// not ready any more, or another effect of its SerialKey is in flight.
	Claim(ctx context.Context, id uuid.UUID, now time.Time, lease time.Duration) (*Effect, error)
	// Extend gives a claimed or transmitting effect a new lease from now, WHERE token = e.Token. ErrStale otherwise.
	Extend(ctx context.Context, e *Effect, lease time.Duration) error
	// Fence moves a claimed effect to transmitting, unless the kill switch is on or
	// one of the conditions does not hold. ErrFenced otherwise.
	Fence(ctx context.Context, e *Effect, cond FenceConditions) error
	// Finish writes a terminal state (or uncertain), reason and result, WHERE token = e.Token. ErrStale otherwise.
	Finish(ctx context.Context, e *Effect, s EffectState, reason, result string) error
	// Again makes a claimed or transmitting effect ready at due, WHERE token = e.Token; attempted tells
	// whether this counts as a try. ErrStale otherwise.
	Again(ctx context.Context, e *Effect, due time.Time, attempted bool, lastError, reason string) error
	// Sweep ends leases that ran out: claimed → ready, transmitting → uncertain
	// (→ ready for kinds that look first); three crashes in a row → dead.
	Sweep(ctx context.Context) (Swept, error)
	// CancelEffects cancels the case's effects that have not begun, of the given
	// kinds (all when empty) whose SendKey has the prefix, and its planned messages.
	CancelEffects(ctx context.Context, caseID uuid.UUID, kinds []EffectKind, keyPrefix, reason string) (int, error)
	// Wake makes the account's waiting crm effects due now (after a good check).
	Wake(ctx context.Context, accountID uuid.UUID, now time.Time) error
	// CompleteInterpretations finishes ready interpret effects of these events
	// that were ordered at or before the time.
	CompleteInterpretations(ctx context.Context, eventIDs []uuid.UUID, ordered time.Time, reason string) error
	DeadLetters(ctx context.Context, f EffectFilter) ([]*Effect, error)
	// Revive makes a dead, failed or uncertain effect ready again, with a fresh patience.
	Revive(ctx context.Context, scope []uuid.UUID, id uuid.UUID, now time.Time) (*Effect, error)
	// QueueDepths counts effects by queue and state (only those that are not terminal, and dead).
	QueueDepths(ctx context.Context, now time.Time) ([]QueueDepth, error)
	// PlannedOf lists the case's effects that have not ended, by due time.
	PlannedOf(ctx context.Context, caseID uuid.UUID) ([]*Effect, error)
}

// FenceConditions are asked again in the same statement that opens the fence.
type FenceConditions struct {
	SuppressedHash []byte // no suppression with this hash; nil: not asked
	ConsentHash    []byte // the newest line of the ledger for this hash, channel and class says yes; nil: not asked
	ConsentChannel Channel
	ConsentClass   Class
	RefusalHash    []byte  // of a letter to keep in touch: the newest line for this hash does not say no; nil: not asked
	NotStates      []State // the case is in none of these; and never held, in shadow or (for letters) paused
	Letter         bool
	Owed           bool // of a letter: it goes to a client who wants to be left alone, too
	House          bool // about the house and not about a client: neither the account's mode nor the kill switch holds it
}

// Swept counts what Sweep repaired.
type Swept struct{ Freed, Uncertain, Dead int }

// QueueDepth counts effects of one queue.
type QueueDepth struct {
	Queue                       Queue
	Due, Waiting, InFlight      int
	Uncertain, Dead, OldestSecs int // age of the oldest due effect in seconds
}

// Messages keeps letters, links and stop lists.
type Messages interface {
	AddMessage(ctx context.Context, m *Message) error
	Message(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Message, error)
	SaveMessage(ctx context.Context, m *Message) error
	// MessagesInScope lists letters newest first, without those about people of ours.
	MessagesInScope(ctx context.Context, f MessageFilter) ([]*Message, error)
	// WriteBackOf tells how the CRM's copy of each case stands: pending while a card, note or
	// task effect has not ended, failed when one is dead or failed, else clean (and left out).
	WriteBackOf(ctx context.Context, caseIDs []uuid.UUID) (map[uuid.UUID]WriteBackTrack, error)
	MessageByTemplate(ctx context.Context, caseID uuid.UUID, template string) (*Message, error)
	// AddLink stores a link; one with the same token hash is kept and its expiry raised.
	AddLink(ctx context.Context, l *Link) error
	LinkByHash(ctx context.Context, hash []byte) (*Link, error)
	// AddSuppression stores a stop; a known (hash, channel) is kept.
	AddSuppression(ctx context.Context, s *Suppression) error
	Suppressed(ctx context.Context, hash []byte, ch Channel) (bool, error)
}

// Records keeps what is about the installation rather than about a client.
type Records interface {
	// Record appends lines to their streams, with Seq, PrevHash and Hash filled in.
	Record(ctx context.Context, lines ...Audit) error
	AuditOf(ctx context.Context, stream string) ([]Audit, error)
	AuditInScope(ctx context.Context, scope []uuid.UUID, p Page) ([]Audit, error)

	AddAPIKey(ctx context.Context, k *APIKey) error
	APIKeyByHash(ctx context.Context, hash []byte) (*APIKey, error)
	APIKeys(ctx context.Context, p Page) ([]*APIKey, error)
	RevokeAPIKey(ctx context.Context, id uuid.UUID, at time.Time) error

	// Idempotent returns the stored answer of (key id, Idempotency-Key), or stores a
	// claim for it and returns nil; ErrStale while another request holds it, and a
	// KindInvalid error when the request's hash differs.
	Idempotent(ctx context.Context, owner, key string, requestHash []byte, now time.Time) (*StoredAnswer, error)
	SaveAnswer(ctx context.Context, owner, key string, a StoredAnswer) error
	DropClaim(ctx context.Context, owner, key string) error
	// DropOldAnswers forgets stored answers older than a day.
	DropOldAnswers(ctx context.Context, now time.Time) (int, error)

	Setting(ctx context.Context, name string) (string, error) // ErrNotFound when unset
	SetSetting(ctx context.Context, name, value string) error // empty value: unset
	// Now is the database's clock (SQLite: the process's).
	Now(ctx context.Context) (time.Time, error)
	// Writable proves that a write would succeed (readyz).
	Writable(ctx context.Context) error
	// Invariants checks I1–I8 as far as SQL can and returns a line per violation.
	Invariants(ctx context.Context, now time.Time) ([]string, error)
}

// The settings of an installation.
const (
	SettingSendingPaused = "sending_paused" // why; while set, the fence is closed for everything
)

// APIKey is a key of the REST API; only its hash is kept.
type APIKey struct {
	ID        uuid.UUID
	Name      string
	Role      string
	Prefix    string // the first characters, to tell keys apart
	Hash      []byte // SHA-256 of the key
	Accounts  []uuid.UUID
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time
}

// StoredAnswer is an answer kept for Idempotency-Key.
type StoredAnswer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Page is a part of a list, newest first. Before is the id of the last row of
// the page before; ids are UUIDv7 and therefore in order of time.
type Page struct {
	Limit  int
	Before *uuid.UUID
}

// EventFilter selects events.
type EventFilter struct {
	Scope     []uuid.UUID
	AccountID *uuid.UUID
	Verdict   Verdict
	CaseID    *uuid.UUID
	Page
}

// CaseFilter selects cases.
type CaseFilter struct {
	Scope       []uuid.UUID
	AccountID   *uuid.UUID
	State       State
	Initiator   Initiator
	Reason      string // a code, or a level-1 group
	Responsible string // id or e-mail
	Query       string // part of the client's name, e-mail, contract number or case number
	From, To    time.Time
	Page
}

// MessageFilter selects messages.
type MessageFilter struct {
	Scope  []uuid.UUID
	CaseID *uuid.UUID
	State  MessageState
	Page
}

// EffectFilter selects dead letters.
type EffectFilter struct {
	Scope []uuid.UUID
	Page
}

// Connector speaks to one kind of CRM. Its calls obey the account's rate
// limits, last at most 10 s each, and answer errors of errors.go: ErrGone,
// ErrUnauthorized, Unavailable, *Backoff, *Postpone, Invalid.
type Connector interface {
	// Prove checks what a body proves beyond the key in its address: Bitrix24's
	// application_token, a generic signature. It calls nobody; KindUnauthorized: refused.
	Prove(acc *Account, d *Delivery) error
	// Unpack reads a body. It calls nobody and never panics.
	Unpack(acc *Account, d *Delivery) Unpacked
	// Deal reads a deal with everything a case needs.
	Deal(ctx context.Context, acc *Account, dealID string) (*Deal, error)
	// Poll finds what changed since acc.Cursor, or since the account was connected. Each body
	// becomes a delivery of its own whose Unpack gives the events.
	Poll(ctx context.Context, acc *Account) (bodies [][]byte, cursor json.RawMessage, err error)

	// PutCard makes fields and tags of the deal equal to card, writing only what
	// differs. fence is called directly before the first request that changes anything.
	PutCard(ctx context.Context, acc *Account, dealID string, card Card, fence FenceFunc) (Written, error)
	// PutNote makes the note with the marker say text: edits ref when it is known and the CRM can,
	// looks for the marker before it adds one.
	PutNote(ctx context.Context, acc *Account, dealID, marker, ref, text string, fence FenceFunc) (Written, error)
	// PutTask creates the task unless one with its marker is there.
	PutTask(ctx context.Context, acc *Account, dealID string, t CardTask, fence FenceFunc) (Written, error)

	// Check tries the connection and tells what it found, item by item.
	Check(ctx context.Context, acc *Account) []CheckItem
	Preparer
	// Setup creates fields and subscribes the hook; repeatable.
	Setup(ctx context.Context, acc *Account, hookURL string) (*SetupReport, error)
	Pipelines(ctx context.Context, acc *Account) ([]Pipeline, error)
}

// Identifier is a Connector whose CRM tells by itself which account a
// credential opens, so that no body has to be believed about it.
type Identifier interface {
	RemoteID(ctx context.Context, acc *Account) (string, error)
}

// FenceFunc asks once more whether an effect may happen; ErrFenced: no.
type FenceFunc func(ctx context.Context) error

// Card is what the CRM's card of a deal should say about the case.
type Card struct {
	Fields []CardValue
	Tags   []string   // exactly these of ours, where the CRM has tags; all begin with "opendoor:"
	Memory CardMemory // what we wrote before; a field that shows something else is a person's
}

// CardValue is the value of one of our fields. Code is OPENDOOR_…; the empty
// Value clears the field. Option is the stable code of a select's value.
type CardValue struct {
	Code   string
	Option string // for selects
	Text   string // for text and links
	Number *int   // for numbers
	Day    string // for dates, "2006-01-02"
}

// CardTask is a task for a person.
type CardTask struct {
	Marker        string // stands in the text, so that a repeat finds it
	Text          string
	Due           time.Time
	ResponsibleID string
}

// Written says what a write-back did. Changed is false when everything was
// already there. At is the CRM's time of the change, for recognising our echo.
type Written struct {
	Changed bool
	Ref     string
	At      time.Time
	Shown   []string          // of a card: the fields that show what it says now
	Left    map[string]string // of a card: the fields that a person changed, and to what; they were left alone
}

// CheckItem is one line of a live check. Of what is not OK it says more: what
// to do, and whether it is known at all.
type CheckItem struct {
	Name    string
	OK      bool
	Detail  string
	Advice  string // what to do about it
	Stage   string // a worse stage of the same trouble: 30, 7, 1 days left
	Unknown bool   // the CRM could not tell now: it is away or busy
	Refused bool   // the CRM refuses the credential
	Parked  bool   // the CRM has blocked the account, or it is unpaid
}

// SetupReport says what stands in the CRM after Setup.
type SetupReport struct {
	Fields    []SetupField
	Hook      SetupHook
	CardSetup json.RawMessage // to be kept with the account
	Advice    []string        // what a person must still do by hand, in plain words
}

// SetupField is one of our fields in the CRM.
type SetupField struct {
	Code, RemoteID, Name string
	Created              bool
}

// SetupHook is our subscription in the CRM.
type SetupHook struct {
	URL     string
	State   string // one of Hook…
	Detail  string
	Created bool
}

// Results posts signed results to a generic account.
type Results interface {
	// Post sends body, signed as Standard Webhooks under the id, which is the same at every try.
	Post(ctx context.Context, acc *Account, url, id string, body []byte, fence FenceFunc) (Posted, error)
}

// Mailer is the port of every channel: it sends one message.
type Mailer interface {
	// Send transmits the message and calls fence directly before the point of no
	// return. Errors: *Error of KindInvalid for a permanent refusal (5xx, bad
	// address), KindGone when nothing will ever arrive at the address again,
	// KindUnavailable or a Backoff for what may get better, ErrUncertain when the
	// answer to the final dot, or to the request, was lost.
	Send(ctx context.Context, m *Envelope, fence FenceFunc) error
}

// Envelope is a letter ready for the post.
type Envelope struct {
	Message        *Message
	EffectID       uuid.UUID // X-Opendoor-Intent
	ReplyTo        string    // empty: the sender
	Return         string    // address of ours to which answers and bounces come, this letter's own; empty: the sender's
	UnsubscribeURL string    // with it the letter carries List-Unsubscribe and One-Click
	Buttons        []Button  // under a message of a messenger
	Ref            string    // how the carrier names it, once it has taken it; empty: by no name of its own
	Attachments    []Attachment
}

// Button stands under a message of a messenger. It opens a page, or says one of
// ButtonStop and ButtonOffers to us.
type Button struct{ Label, URL, Says string }

// What a button says to us.
const (
	ButtonStop   = "stop"
	ButtonOffers = "offers"
)

// Attachment is a paper that goes with a letter.
type Attachment struct {
	Name string // ASCII
	Type string // media type
	Data []byte
}

// Letters writes the texts.
type Letters interface {
	// Write renders a letter. A variable that is missing is an error, never a hole.
	Write(d LetterData) (*WrittenLetter, error)
	// Summary is the note that is kept current in the CRM; Task and so on are its companions.
	Summary(c *Case, acc *Account) string
	Task(what string, c *Case, acc *Account) string
	TaskDone(c *Case, acc *Account) string
	Remark(p RemarkPayload, c *Case, acc *Account) string
}

// LetterData is what letters are written from. Links are whole addresses.
type LetterData struct {
	Template string
	Lang     Lang
	Case     *Case
	Account  *Account
	Own      *LetterText // an operator's text from the database; nil: there is none
	BuiltIn  bool        // nothing but the text that ships
	Location *time.Location
	Now      time.Time
	Person   Responsible // who signs and may be answered
	CallBy   time.Time
	Vars     any // the template's own struct (letter_vars.go), or nil
	// Answers are one-tap links in the order in which they are shown.
	Answers         []AnswerLink
	SurveyURL       string
	DeclineURL      string
	StayURL         string
	ProceedURL      string
	ComebackURL     string
	ContestURL      string
	HandoverURL     string
	PreferencesURL  string
	SurveyExpiresAt time.Time // until then an answer may be changed
	Channel         Channel   // empty: e-mail
	ChatURL         string    // opens a chat with our bot; empty: there is none
	ReplyStops      bool      // of a text message: an answer with the word СТОП reaches us
}

// WrittenLetter is a letter as it would leave.
type WrittenLetter struct {
	Subject, Text, HTML string
	Parts               []LetterPart // put together they are Text
	Quotes              []string     // the client's own words within Text
	Names               []string     // of people and companies within Text
	Titles              []string     // of papers that Text lists
	Own                 bool         // an operator wrote the text
}

// LetterPart is a piece of a letter's text. Element names the required element
// that it carries (domain §6), or is empty.
type LetterPart struct{ Element, Text string }

// AnswerLink is a one-tap answer.
type AnswerLink struct{ Code, Label, URL string }

// Bell tells other goroutines and processes that there is work in the store.
// It never blocks and may be lost; the sweep finds the work all the same.
type Bell interface{ Ring() }
