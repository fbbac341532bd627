package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// caseRow has what lists filter by and fences ask for in columns of its own.
type caseRow struct {
	ID               uuid.UUID
	AccountID        uuid.UUID
	No               int64
	CreatedAt        time.Time
	UpdatedAt        time.Time
	Version          int
	Held             bool
	Paused           bool
	NoContact        bool
	ByHook           bool
	Mode             offboarding.Mode
	State            offboarding.State
	Initiator        offboarding.Initiator
	Intent           offboarding.Intent
	DealID           string
	ReasonCode       string
	ReasonGroup      string
	ResponsibleID    string
	ResponsibleEmail string
	ClientRef        string
	ClientEmail      string
	OpenKey          string // what only one open case may be about, where no deal says it; empty: nothing
	Search           string
	Doc              document
}

func (caseRow) TableName() string { return "cases" }

// caseDoc is the rest of a case. Its names are kept data: add to them, never
// rename one.
type caseDoc struct {
	Tracks         offboarding.Tracks         `json:"tracks"`
	IntentSource   offboarding.IntentSource   `json:"intent_source,omitempty"`
	Reason         offboarding.StatedReason   `json:"reason"`
	Cause          string                     `json:"cause,omitempty"`
	ServiceRelated offboarding.ServiceRelated `json:"service_related,omitempty"`
	Destination    string                     `json:"destination,omitempty"`
	Client         offboarding.Client         `json:"client"`
	Company        offboarding.Named          `json:"company"`
	Responsible    offboarding.Responsible    `json:"responsible"`
	Contract       offboarding.Contract       `json:"contract"`
	Dates          offboarding.Dates          `json:"dates"`
	CRM            offboarding.CRMLink        `json:"crm"`
	Answer         *offboarding.Answer        `json:"answer,omitempty"`
	RelapseOf      *uuid.UUID                 `json:"relapse_of,omitempty"`
	Waived         *offboarding.Waiver        `json:"waived,omitempty"`
	Note           string                     `json:"note,omitempty"`

	IntentHint       *offboarding.IntentHint     `json:"intent_hint,omitempty"`
	Offer            *offboarding.SaveOffer      `json:"offer,omitempty"`
	Refusal          *offboarding.Refusal        `json:"refusal,omitempty"`
	Classified       *offboarding.Classification `json:"classified,omitempty"`
	Delay            *offboarding.Delay          `json:"delay,omitempty"`
	Dispute          *offboarding.Dispute        `json:"dispute,omitempty"`
	LegalHold        string                      `json:"legal_hold,omitempty"`
	ShieldReleased   bool                        `json:"shield_released,omitempty"`
	ComplainedOf     []offboarding.Responsible   `json:"complained_of,omitempty"`
	Overdue          bool                        `json:"overdue,omitempty"`
	BadTerms         bool                        `json:"bad_terms,omitempty"`
	NoFurtherService bool                        `json:"no_further_service,omitempty"`
	CameAgain        bool                        `json:"came_again,omitempty"`
	Erased           bool                        `json:"erased,omitempty"`
	PlannedFor       string                      `json:"planned_for,omitempty"`
	Refused          string                      `json:"refused,omitempty"`
}

func toCaseRow(c *offboarding.Case) (*caseRow, error) {
	doc := caseDoc{
		Tracks: c.Tracks, IntentSource: c.IntentSource, Reason: c.Reason, Cause: c.Cause, ServiceRelated: c.ServiceRelated,
		Destination: c.Destination, Client: c.Client, Company: c.Company, Responsible: c.Responsible, Contract: c.Contract,
		Dates: stampDates(c.Dates), CRM: c.CRM, RelapseOf: c.RelapseOf, Note: c.Note, Waived: c.Waived,
		IntentHint: c.IntentHint, Offer: c.Offer, Refusal: c.Refusal, Classified: c.Classified, Delay: c.Delay, Dispute: c.Dispute,
		LegalHold: c.LegalHold, ShieldReleased: c.ShieldReleased, ComplainedOf: c.ComplainedOf, Overdue: c.Overdue, BadTerms: c.BadTerms,
		NoFurtherService: c.NoFurtherService, CameAgain: c.CameAgain, Erased: c.Erased, PlannedFor: c.PlannedFor, Refused: c.Refused,
	}
	if c.Answer != nil {
		answer := *c.Answer
		answer.At = stamp(answer.At)
		doc.Answer = &answer
	}
	encoded, err := encode(doc)
	if err != nil {
		return nil, err
	}
	return &caseRow{
		ID: c.ID, AccountID: c.AccountID, No: c.No, CreatedAt: stamp(c.CreatedAt), UpdatedAt: stamp(c.UpdatedAt),
		Version: c.Version, Held: c.Held, Paused: c.Paused, NoContact: c.NoContact, ByHook: c.CRM.Transition != "",
		Mode: c.Mode, State: c.State, Initiator: c.Initiator, Intent: c.Intent, DealID: plain(c.CRM.DealID),
		ReasonCode: plain(c.Reason.Code), ReasonGroup: survey.GroupOf(c.Reason.Code),
		ResponsibleID: plain(c.Responsible.ID), ResponsibleEmail: fold(plain(c.Responsible.Email)),
		ClientRef: plain(c.Client.ID), ClientEmail: fold(plain(c.Client.Email)),
		Search:  fold(plain(strings.Join([]string{c.Client.Name, c.Client.Email, c.Contract.Number, strconv.FormatInt(c.No, 10)}, "\n"))),
		OpenKey: openKey(c),
		Doc:     encoded,
	}, nil
}

// openKey names client and contract of an open case that was opened by hand. A
// proposal of the company's does not stand in the way of a client's own parting.
func openKey(c *offboarding.Case) string {
	if !c.Open() || c.CRM.DealID != "" || c.Client.ID == "" && c.Client.Email == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(fold(strings.Join([]string{c.Client.ID, c.Client.Email, strings.TrimSpace(c.Contract.Number), strconv.FormatBool(c.Initiator == offboarding.ByCompany)}, "\n"))))
	return hex.EncodeToString(sum[:])
}

func toCase(r *caseRow) (*offboarding.Case, error) {
	var d caseDoc
	if err := r.Doc.decode(&d); err != nil {
		return nil, err
	}
	return &offboarding.Case{
		ID: r.ID, No: r.No, AccountID: r.AccountID, Mode: r.Mode, Held: r.Held, Paused: r.Paused, NoContact: r.NoContact,
		State: r.State, Tracks: d.Tracks, Initiator: r.Initiator, Intent: r.Intent, IntentSource: d.IntentSource,
		Reason: d.Reason, Cause: d.Cause, ServiceRelated: d.ServiceRelated, Destination: d.Destination,
		Client: d.Client, Company: d.Company, Responsible: d.Responsible, Contract: d.Contract, Dates: d.Dates, CRM: d.CRM,
		Answer: d.Answer, RelapseOf: d.RelapseOf, Note: d.Note, Waived: d.Waived,
		IntentHint: d.IntentHint, Offer: d.Offer, Refusal: d.Refusal, Classified: d.Classified, Delay: d.Delay, Dispute: d.Dispute,
		LegalHold: d.LegalHold, ShieldReleased: d.ShieldReleased, ComplainedOf: d.ComplainedOf, Overdue: d.Overdue, BadTerms: d.BadTerms,
		NoFurtherService: d.NoFurtherService, CameAgain: d.CameAgain, Erased: d.Erased, PlannedFor: d.PlannedFor, Refused: d.Refused,
		CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Version: r.Version,
	}, nil
}

func stampDates(d offboarding.Dates) offboarding.Dates {
	for _, t := range []*time.Time{
		&d.ReceivedAt, &d.SurveyDueAt, &d.SurveySentAt, &d.SurveyExpiresAt, &d.AnsweredAt, &d.DecidedAt,
		&d.LetterReceivedAt, &d.SavedAt, &d.PartedAt, &d.ReturnedAt, &d.ClosedAt, &d.CallBy, &d.ServiceEndedAt, &d.TalkedAt, &d.ReactedAt,
	} {
		*t = stamp(*t)
	}
	return d
}
