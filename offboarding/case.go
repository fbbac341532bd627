package offboarding

import (
	"time"

	"github.com/google/uuid"
)

// Initiator says who began the parting.
type Initiator string

// The initiators of a case.
const (
	ByClient  Initiator = "client"
	ByCompany Initiator = "company"
	ByLapse   Initiator = "lapse" // the client faded away without a word
)

// Intent is how firm the client's decision is.
type Intent string

// The intents, in rising firmness.
const (
	IntentUnknown   Intent = "unknown"
	IntentVenting   Intent = "venting"
	IntentUndecided Intent = "undecided"
	IntentFinal     Intent = "final"
)

// IntentSource says who told us the intent; a higher one overrules a lower.
type IntentSource string

// The sources of an intent by priority: client link > manager > survey > rule.
const (
	IntentByRule    IntentSource = "rule"
	IntentBySurvey  IntentSource = "survey"
	IntentByManager IntentSource = "manager"
	IntentByClient  IntentSource = "client"
)

// Rank orders the sources; the empty source ranks lowest.
func (s IntentSource) Rank() int {
	switch s {
	case IntentByClient:
		return 4
	case IntentByManager:
		return 3
	case IntentBySurvey:
		return 2
	case IntentByRule:
		return 1
	}
	return 0
}

// Tracks are the parallel threads of a case (domain §2).
type Tracks struct {
	Survey     SurveyTrack     `json:"survey"`
	Save       SaveTrack       `json:"save"`
	Notice     NoticeTrack     `json:"notice"`
	Handover   HandoverTrack   `json:"handover"`
	Settlement SettlementTrack `json:"settlement"`
	Review     ReviewTrack     `json:"review"`
	WinBack    WinBackTrack    `json:"winback"`
	WriteBack  WriteBackTrack  `json:"writeback"`
}

// The statuses of the tracks.
type (
	// SurveyTrack is the status of the exit survey.
	SurveyTrack string
	// SaveTrack is the status of the one save attempt.
	SaveTrack string
	// NoticeTrack is the status of the contract's notice.
	NoticeTrack string
	// HandoverTrack is the status of the handover.
	HandoverTrack string
	// SettlementTrack is the status of the final account.
	SettlementTrack string
	// ReviewTrack is the status of the loss review.
	ReviewTrack string
	// WinBackTrack is the status of keeping in touch.
	WinBackTrack string
	// WriteBackTrack is the status of what the CRM knows.
	WriteBackTrack string
)

// The statuses, by track.
const (
	SurveyNone          SurveyTrack = "none"
	SurveyScheduled     SurveyTrack = "scheduled"
	SurveySent          SurveyTrack = "sent"
	SurveyReminded      SurveyTrack = "reminded"
	SurveyAnswered      SurveyTrack = "answered"
	SurveyDeclined      SurveyTrack = "declined"
	SurveyExpired       SurveyTrack = "expired"
	SurveyUndeliverable SurveyTrack = "undeliverable"

	SaveNotAllowed SaveTrack = "not_allowed"
	SaveAvailable  SaveTrack = "available"
	SaveOffered    SaveTrack = "offered"
	SaveAccepted   SaveTrack = "accepted"
	SaveDeclined   SaveTrack = "declined"
	SaveExpired    SaveTrack = "expired"

	NoticeNone    NoticeTrack = "none"
	NoticeRunning NoticeTrack = "running"
	NoticeWaived  NoticeTrack = "waived"
	NoticeElapsed NoticeTrack = "elapsed"

	HandoverNotNeeded           HandoverTrack = "not_needed"
	HandoverCollecting          HandoverTrack = "collecting"
	HandoverReady               HandoverTrack = "ready"
	HandoverDelivered           HandoverTrack = "delivered"
	HandoverAccepted            HandoverTrack = "accepted"
	HandoverAcceptedWithRemarks HandoverTrack = "accepted_with_remarks"
	HandoverDisputed            HandoverTrack = "disputed"

	SettlementNotNeeded SettlementTrack = "not_needed"
	SettlementDraft     SettlementTrack = "draft"
	SettlementApproved  SettlementTrack = "approved"
	SettlementSent      SettlementTrack = "sent"
	SettlementAgreed    SettlementTrack = "agreed"
	SettlementDisputed  SettlementTrack = "disputed"
	SettlementSettled   SettlementTrack = "settled"

	ReviewNone       ReviewTrack = "none"
	ReviewPending    ReviewTrack = "pending"
	ReviewInProgress ReviewTrack = "in_progress"
	ReviewDone       ReviewTrack = "done"

	WinBackNone      WinBackTrack = "none"
	WinBackPlanned   WinBackTrack = "planned"
	WinBackActive    WinBackTrack = "active"
	WinBackPaused    WinBackTrack = "paused"
	WinBackStopped   WinBackTrack = "stopped"
	WinBackExhausted WinBackTrack = "exhausted"
	WinBackReturned  WinBackTrack = "returned"

	WriteBackClean   WriteBackTrack = "clean"
	WriteBackPending WriteBackTrack = "pending"
	WriteBackFailed  WriteBackTrack = "failed"
)

// ServiceRelated says whether our work caused the loss.
type ServiceRelated string

// The answers to "was it about the quality of our work?".
const (
	ServiceYes     ServiceRelated = "yes"
	ServicePartly  ServiceRelated = "partly"
	ServiceNo      ServiceRelated = "no"
	ServiceUnknown ServiceRelated = "unknown"
)

// StatedReason is a reason code with who stated it.
type StatedReason struct {
	Code   string `json:"code,omitempty"`
	Source string `json:"source,omitempty"` // survey, manager, reviewer, crm
}

// Contract is what is being left. A case without a contract record has
// DefaultNoticeDays and is flagged Missing.
type Contract struct {
	Number       string `json:"number,omitempty"`
	Title        string `json:"title,omitempty"`
	NoticeDays   int    `json:"notice_days"`
	HandoverDays int    `json:"handover_days,omitempty"`
	ServiceType  string `json:"service_type,omitempty"`
	Amount       *Money `json:"amount,omitempty"`
	Missing      bool   `json:"missing,omitempty"` // the notice is the default, not the contract's

	RecordID    *uuid.UUID `json:"record_id,omitempty"`    // the contract on record
	Clause      string     `json:"clause,omitempty"`       // where it speaks of notice; only that may be quoted
	NoticeKnown bool       `json:"notice_known,omitempty"` // it names the days, be they none
}

// DefaultNoticeDays is used when no contract is on record (domain §7.1).
const DefaultNoticeDays = 30

// Dates are the milestones of a case. Instants are UTC; days are civil dates in
// the account's time zone, "2006-01-02".
type Dates struct {
	ReceivedAt       time.Time `json:"received_at"`
	SurveyDueAt      time.Time `json:"survey_due_at,omitzero"`
	SurveySentAt     time.Time `json:"survey_sent_at,omitzero"`
	SurveyExpiresAt  time.Time `json:"survey_expires_at,omitzero"`
	AnsweredAt       time.Time `json:"answered_at,omitzero"`
	DecidedAt        time.Time `json:"decided_at,omitzero"`
	NoticeReceivedOn string    `json:"notice_received_on,omitempty"`
	EffectiveOn      string    `json:"effective_on,omitempty"`
	HandoverDue      string    `json:"handover_due,omitempty"`
	LetterReceivedAt time.Time `json:"letter_received_at,omitzero"`
	SavedAt          time.Time `json:"saved_at,omitzero"`
	PartedAt         time.Time `json:"parted_at,omitzero"`
	ReturnedAt       time.Time `json:"returned_at,omitzero"`
	ClosedAt         time.Time `json:"closed_at,omitzero"`
	CallBy           time.Time `json:"call_by,omitzero"`
	ServiceEndedAt   time.Time `json:"service_ended_at,omitzero"`
	TalkedAt         time.Time `json:"talked_at,omitzero"`     // the first talk of a person with the client
	TalkedAfter      int       `json:"talked_after,omitempty"` // minutes of business time until then
	ReviewOn         string    `json:"review_on,omitempty"`    // when no_further_service is looked at again
	SeasonOn         string    `json:"season_on,omitempty"`    // when the client is expected to need us again
	ReactedAt        time.Time `json:"reacted_at,omitzero"`    // the client's last own word after the parting
	EndTimerOn       string    `json:"end_timer_on,omitempty"` // the last day for which a timer is set
}

// CRMLink is where the case lives in the source.
type CRMLink struct {
	Provider     Provider `json:"provider,omitempty"`
	DealID       string   `json:"deal_id,omitempty"`
	URL          string   `json:"url,omitempty"`
	Pipeline     string   `json:"pipeline,omitempty"`
	Stage        string   `json:"stage,omitempty"`
	LossReason   string   `json:"loss_reason,omitempty"`
	Transition   string   `json:"transition,omitempty"` // the move that opened the case
	WriteBackURL string   `json:"write_back_url,omitempty"`
	NoteRef      string   `json:"note_ref,omitempty"` // our summary note
	TaskRef      string   `json:"task_ref,omitempty"` // the call task
}

// Answer is what the client said in the survey, or a manager after a call.
type Answer struct {
	Reason         string         `json:"reason,omitempty"`
	ServiceRelated ServiceRelated `json:"service_related,omitempty"`
	Detail         string         `json:"detail,omitempty"`
	NPS            *int           `json:"nps,omitempty"`
	KeepInTouch    []string       `json:"keep_in_touch,omitempty"`
	Liked          string         `json:"liked,omitempty"`
	Comment        string         `json:"comment,omitempty"`
	Source         string         `json:"source,omitempty"`     // survey or manager
	Label          string         `json:"label,omitempty"`      // the reason in the words that the client saw
	Wording        int            `json:"wording,omitempty"`    // version of the survey's wording in Lang; 0: none was shown
	HeardWhen      string         `json:"heard_when,omitempty"` // for the restricted record alone
	HeardFrom      string         `json:"heard_from,omitempty"` // for the restricted record alone
	Shown          []string       `json:"-"`                    // the questions of the page that was posted
	IP             string         `json:"-"`                    // from which it was posted, for the ledger of consents
	Lang           Lang           `json:"lang,omitempty"`
	At             time.Time      `json:"at,omitzero"`
}

// Case is one parting of one client from one contract, from the first word to
// the last document. It is changed only by its own methods and stored whole.
type Case struct {
	ID        uuid.UUID
	No        int64 // for people; counts up within the installation
	AccountID uuid.UUID
	Mode      Mode // of the account when the case opened; a shadow case never speaks
	Held      bool // the burst gate waits for a person's release
	Paused    bool
	NoContact bool // the client asked to be left alone

	State          State
	Tracks         Tracks
	Initiator      Initiator
	Intent         Intent
	IntentSource   IntentSource
	Reason         StatedReason
	Cause          string
	ServiceRelated ServiceRelated
	Destination    string

	Client      Client
	Company     Named
	Responsible Responsible
	Contract    Contract
	Dates       Dates
	CRM         CRMLink
	Answer      *Answer
	Waived      *Waiver    // a shorter notice was granted
	RelapseOf   *uuid.UUID // the case that had been saved less than 30 days before
	Note        string     // what was said when the case was opened by hand or by a signed hook

	IntentHint       *IntentHint     // what a rule saw in the client's words
	Offer            *SaveOffer      // the one proposal to stay
	Refusal          *Refusal        // with initiator company
	Classified       *Classification // by a person, over what the client chose
	Delay            *Delay          // what the client was told about late work
	Dispute          *Dispute
	LegalHold        string        // why nothing but the way out may go on; empty: no hold
	ShieldReleased   bool          // the manager lets everybody read what the client said
	ComplainedOf     []Responsible // whom the client may have meant; none of them reads it, whoever is responsible now
	Overdue          bool          // the last day is over and we still owe something
	BadTerms         bool          // we did not part on good terms
	NoFurtherService bool          // decided by the company; see Dates.ReviewOn
	Refused          string        // what the client wants no more, by the ledger, with spaces between: "email/marketing"
	PlannedFor       string        // what the touches were planned by; they are planned anew when it changes
	Erased           bool          // what named the client is gone, and stays so
	CameAgain        bool          // opened by a client whom we no longer serve: no letter goes by itself

	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
}

// Lang returns the language in which the client is spoken to.
func (c *Case) Lang(acc *Account) Lang { return c.Client.Lang.Or(acc.Lang.Or(RU)) }

// Open reports whether the parting is still under way, so that a repeated
// cancellation joins it instead of opening another.
func (c *Case) Open() bool { return c.State.Open() }
