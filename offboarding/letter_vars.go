package offboarding

import "time"

// This file holds what each letter needs beside the case itself (domain §13).
// Days are civil dates, "2006-01-02". Words are printed as they are given:
// without a full stop at their end, in the client's language. What may be left
// empty says so.

// LapseCheckIn is for T02.
type LapseCheckIn struct {
	LastContactOn string `json:"last_contact_on,omitempty"` // may be empty
}

// Apology is for T04.
type Apology struct {
	Fault        string `json:"fault"`                  // what we did wrong: «сдали отчёт за октябрь на три дня позже»
	Remedy       string `json:"remedy"`                 // what we do now: «подадим уточнённый отчёт и оплатим штраф»
	RemedyOn     string `json:"remedy_on,omitempty"`    // until when; may be empty
	Compensation *Money `json:"compensation,omitempty"` // may be nil
}

// Stayed is for T05.
type Stayed struct {
	AgreedTerms string `json:"agreed_terms,omitempty"` // may be empty
	StartOn     string `json:"start_on,omitempty"`     // may be empty
}

// CancellationLetter is for T06: what stands in the letter that the client
// would otherwise have to write.
type CancellationLetter struct {
	ContractNo  string `json:"contract_no,omitempty"` // may be empty
	Clause      string `json:"clause,omitempty"`      // «п. 8.2 договора»; may be empty
	NoticeDays  int    `json:"notice_days"`
	Agreed      bool   `json:"agreed,omitempty"`      // our record of the contract names the notice
	ReceivedOn  string `json:"received_on,omitempty"` // from which the days count; may be empty
	EffectiveOn string `json:"effective_on"`
	Address     string `json:"address,omitempty"` // where to send it; empty: by a reply to this letter
}

// SaveProposal is for T07.
type SaveProposal struct {
	ReasonLabel string `json:"reason_label"` // «дорого», the label of the stated reason
	Proposal    string `json:"proposal"`     // one proposal, a whole sentence
}

// SettlementLetter is for T08.
type SettlementLetter struct {
	Lines []SettlementLetterLine `json:"lines"`
	Total Money                  `json:"total"`            // negative: we pay the client
	DueOn string                 `json:"due_on,omitempty"` // until when it is to be paid; may be empty when nothing is
	Final bool                   `json:"final,omitempty"`  // false: a draft that may be contested
}

// SettlementLetterLine is one line of the account.
type SettlementLetterLine struct {
	What   string `json:"what"`  // «Ведение учёта, октябрь 2026»
	Basis  string `json:"basis"` // «п. 4.1 договора»
	Amount Money  `json:"amount"`
}

// HandoverDelivery is for T09.
type HandoverDelivery struct {
	InventoryNo string       `json:"inventory_no"`
	ItemsCount  int          `json:"items_count"`
	DueOn       string       `json:"due_on,omitempty"`       // until when we hand over the rest or wait for remarks; may be empty
	OpenMatters []OpenMatter `json:"open_matters,omitempty"` // may be empty
}

// OpenMatter is something that does not end with the contract.
type OpenMatter struct {
	What string `json:"what"`
	By   string `json:"by,omitempty"`  // a day; may be empty
	Who  string `json:"who,omitempty"` // who does it; may be empty
}

// HandoverCode is for T09c.
type HandoverCode struct {
	Code string `json:"code"`
}

// DelayNotice is for T10.
type DelayNotice struct {
	Items   []string `json:"items"` // what is late
	Why     string   `json:"why"`
	NewDate string   `json:"new_date"`
}

// AcceptanceRequest is for T11 and T11r.
type AcceptanceRequest struct {
	ActNo string `json:"act_no"`
	By    string `json:"by,omitempty"` // until when an answer is hoped for; may be empty
}

// Farewell is for T12.
type Farewell struct {
	ThanksFor string   `json:"thanks_for,omitempty"` // «три года совместной работы»; may be empty
	Consents  []string `json:"consents,omitempty"`   // channels the client agreed to, as codes; may be empty
}

// SuccessorLetter is for T13.
type SuccessorLetter struct {
	SuccessorName  string   `json:"successor_name,omitempty"` // may be empty
	ConsentRef     string   `json:"consent_ref"`              // «согласие от 12 ноября 2026 года»
	Contents       []string `json:"contents"`
	QuestionsUntil string   `json:"questions_until"`
	Package        bool     `json:"package,omitempty"` // the letter also brings the link to the package
}

// Birthday is for T14.
type Birthday struct {
	Occasion string `json:"occasion"` // OccasionBirthday or OccasionCompanyDay
}

// The occasions of a greeting.
const (
	OccasionBirthday   = "birthday"
	OccasionCompanyDay = "company_day"
)

// News is for T15.
type News struct {
	Topic string `json:"topic"`
	Text  string `json:"text"` // paragraphs apart by an empty line
}

// ReturnOffer is for T16.
type ReturnOffer struct {
	WhatChanged string `json:"what_changed"`         // a whole sentence
	Terms       string `json:"terms"`                // a whole sentence
	ValidNote   string `json:"valid_note,omitempty"` // a whole sentence; may be empty
}

// WelcomeBack is for T17.
type WelcomeBack struct {
	Restored  []string `json:"restored,omitempty"` // may be empty
	FirstStep string   `json:"first_step"`         // a whole sentence
}

// SourceQuestion is for T18.
type SourceQuestion struct {
	Claim string `json:"claim"` // what the client heard about us, in the client's own words
}

// WhatChanged is for T19.
type WhatChanged struct {
	Measure string `json:"measure"` // a whole sentence
	Since   string `json:"since"`   // a day
}

// CompanyParting is for T20.
type CompanyParting struct {
	Refund       *Money              `json:"refund,omitempty"` // nil: nothing is to be paid back
	RefundBasis  string              `json:"refund_basis"`     // why so much, or why nothing
	RefundOn     string              `json:"refund_on,omitempty"`
	Alternatives []LetterAlternative `json:"alternatives"`
	EffectiveOn  string              `json:"effective_on"`
}

// LetterAlternative is a provider whom we recommend.
type LetterAlternative struct {
	Name    string `json:"name"`
	WhatFor string `json:"what_for,omitempty"`
	Contact string `json:"contact"`
}

// RefundNotice is for T21.
type RefundNotice struct {
	Amount Money  `json:"amount"`
	Basis  string `json:"basis"`
	PayOn  string `json:"pay_on"`         // until when it comes, or when it went
	Paid   bool   `json:"paid,omitempty"` // the money has gone
}

// OptOutConfirmation is for T22.
type OptOutConfirmation struct {
	Channel string `json:"channel"` // code: email, phone, …
}

// Closing is for T23.
type Closing struct {
	Outcome   string `json:"outcome"`             // a whole sentence
	Unsettled bool   `json:"unsettled,omitempty"` // we part although we have not agreed
}

// CallTask is for I01.
type CallTask struct {
	Owner   string    `json:"owner,omitempty"` // who is asked; may be empty
	Due     time.Time `json:"due"`
	Contact string    `json:"contact,omitempty"` // phone, else address, of the client where no card shows it
}

// SaveTalk is for I02.
type SaveTalk struct {
	Owner       string    `json:"owner,omitempty"`
	Contact     string    `json:"contact,omitempty"`
	Due         time.Time `json:"due"`
	ReasonLabel string    `json:"reason_label,omitempty"`
	Proposal    string    `json:"proposal,omitempty"`
}

// SuccessorQuestion is for T13q.
type SuccessorQuestion struct {
	SuccessorName string `json:"successor_name,omitempty"`
}

// InventoryDue is for I03.
type InventoryDue struct {
	Owner      string   `json:"owner,omitempty"`
	ContractNo string   `json:"contract_no,omitempty"`
	ClientName string   `json:"client_name,omitempty"`
	DueOn      string   `json:"due_on"`
	Missing    []string `json:"missing,omitempty"`
}

// DeadlineAlert is for I04.
type DeadlineAlert struct {
	Owner   string   `json:"owner,omitempty"`
	What    string   `json:"what"`              // «передача дел»
	DueOn   string   `json:"due_on"`            // the deadline
	Percent int      `json:"percent,omitempty"` // how much of the time is over; zero: not told
	Missing []string `json:"missing,omitempty"`
}

// ApprovalRequest is for I05.
type ApprovalRequest struct {
	Owner  string    `json:"owner,omitempty"`
	What   string    `json:"what"` // «расчёт с двумя предупреждениями»
	Due    time.Time `json:"due"`
	Points []string  `json:"points,omitempty"`
}

// CoolingOffChecklist is for I06.
type CoolingOffChecklist struct {
	Owner string    `json:"owner,omitempty"`
	Until time.Time `json:"until"`
}

// ReviewDue is for I07.
type ReviewDue struct {
	Owner string `json:"owner,omitempty"`
	DueOn string `json:"due_on"`
}

// LookIntoSignal is for I08; it goes to an hr_manager and to nobody else.
type LookIntoSignal struct {
	Owner    string `json:"owner,omitempty"`
	Employee string `json:"employee"`
	Period   string `json:"period"` // «III квартал 2026 года»
	DueOn    string `json:"due_on"`
}

// OtherTask is for I09.
type OtherTask struct {
	Owner string    `json:"owner,omitempty"`
	Due   time.Time `json:"due"`
	Text  string    `json:"text"` // what is to be done, in sentences
}
