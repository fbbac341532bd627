package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// LifeBody is what a case may have beside its tracks.
type LifeBody struct {
	Overdue          bool            `json:"overdue" example:"false"`            // the last day is over and something is still owed
	NoFurtherService bool            `json:"no_further_service" example:"false"` // decided by the company; dates.review_on says until when
	Shielded         bool            `json:"shielded" example:"false"`           // what the client said is held back from the responsible
	LegalHold        string          `json:"legal_hold,omitempty"`
	GoodTerms        *bool           `json:"good_terms,omitempty" example:"false"` // false: parted over a dispute
	IntentHint       *IntentHintBody `json:"intent_hint,omitempty"`
	Offer            *OfferBody      `json:"offer,omitempty"`
	Classified       *ClassifiedBody `json:"classified,omitempty"`
	Delay            *DelayBody      `json:"delay,omitempty"`
	Dispute          *DisputeBody    `json:"dispute,omitempty"`
	Refusal          *RefusalBody    `json:"refusal,omitempty"`
}

// IntentHintBody is what a rule saw in the client's words; it decides nothing.
type IntentHintBody struct {
	Intent   string    `json:"intent" example:"final"`
	Evidence []string  `json:"evidence,omitempty" example:"прошу расторгнуть"`
	At       time.Time `json:"at"`
} //	@name	IntentHint

// OfferBody is the one proposal to stay.
type OfferBody struct {
	Proposal string    `json:"proposal,omitempty" example:"Назначим постоянного специалиста и будем созваниваться по вторникам"`
	By       string    `json:"by,omitempty" example:"office"`
	At       time.Time `json:"at"`
} //	@name	Offer

// ClassifiedBody is what a person made of what the client said.
type ClassifiedBody struct {
	Reason         string    `json:"reason" example:"contact.slow"`
	Cause          string    `json:"cause" example:"silence"`
	ServiceRelated string    `json:"service_related" example:"yes"`
	Why            string    `json:"why,omitempty"`
	By             string    `json:"by" example:"office"`
	At             time.Time `json:"at"`
} //	@name	Classification

// DelayBody is what the client was told about late work.
type DelayBody struct {
	Since   string `json:"since" example:"2026-12-20"`
	NewDate string `json:"new_date,omitempty" example:"2026-12-28"`
	Why     string `json:"why,omitempty" example:"ждём акт из архива"`
} //	@name	Delay

// DisputeBody is a quarrel about the handover or the account.
type DisputeBody struct {
	Since         time.Time  `json:"since"`
	ClosedAt      *time.Time `json:"closed_at,omitempty"`
	ClosedBy      string     `json:"closed_by,omitempty"`
	ClosedBecause string     `json:"closed_because,omitempty"`
} //	@name	Dispute

// RefusalBody is the company's own parting: the proposal, its checklist and its
// approval.
type RefusalBody struct {
	Reason          string         `json:"reason,omitempty" example:"co.scope_abuse"`
	Incidents       []IncidentBody `json:"incidents,omitempty"`
	QuarrelWith     string         `json:"quarrel_with,omitempty"`
	ProposedBy      string         `json:"proposed_by,omitempty" example:"office"`
	ProposedAt      *time.Time     `json:"proposed_at,omitempty"`
	CoolingOffUntil *time.Time     `json:"cooling_off_until,omitempty"`
	ReviewedBy      string         `json:"reviewed_by,omitempty"`
	ReviewedAt      *time.Time     `json:"reviewed_at,omitempty"`
	ApprovedBy      string         `json:"approved_by,omitempty"`
	ApprovedAt      *time.Time     `json:"approved_at,omitempty"`
	DroppedBecause  string         `json:"dropped_because,omitempty"`
} //	@name	Refusal

// IncidentBody is one thing that happened.
type IncidentBody struct {
	On     string `json:"on" example:"2026-11-03"`
	What   string `json:"what" example:"требовал сделать годовой отчёт вне договора"`
	Severe bool   `json:"severe,omitempty" example:"false"`
} //	@name	Incident

// RefusalRequest holds the parts of actions about offers, delays and the
// company's own parting.
type RefusalRequest struct {
	Proposal     string             `json:"proposal,omitempty" example:"Назначим постоянного специалиста и будем созваниваться по вторникам"`
	Text         string             `json:"text,omitempty" example:"Согласовано: подрядчик назван, дела закончим"`
	Why          string             `json:"why,omitempty" example:"ждём акт из архива"`
	NewDate      string             `json:"new_date,omitempty" example:"2026-12-28"`
	Incidents    []IncidentBody     `json:"incidents,omitempty"`
	QuarrelWith  string             `json:"quarrel_with,omitempty" example:"manager@example.com"`
	BadDay       *bool              `json:"bad_day,omitempty" example:"false"`
	HistoryRead  *bool              `json:"history_read,omitempty" example:"true"`
	OurFault     *bool              `json:"our_fault,omitempty" example:"false"`
	WarnedOn     *string            `json:"warned_on,omitempty" example:"2026-11-05"`
	Obligations  *[]ObligationBody  `json:"obligations,omitempty"`
	LegalChecked *bool              `json:"legal_checked,omitempty" example:"true"`
	Refund       *RefundBody        `json:"refund,omitempty"`
	Alternatives *[]AlternativeBody `json:"alternatives,omitempty"`
}

// RefundBody is what is paid back.
type RefundBody struct {
	Decision string     `json:"decision" example:"part" enums:"all,part,none"`
	Amount   *MoneyBody `json:"amount,omitempty"`
	Reason   string     `json:"reason,omitempty" example:"оплаченный и не отработанный декабрь"`
	PayOn    string     `json:"pay_on,omitempty" example:"2026-12-01"`
} //	@name	Refund

// ObligationBody is something that we have promised; a bare text will do.
type ObligationBody struct {
	What  string `json:"what" example:"отчёт за ноябрь"`
	Due   string `json:"due,omitempty" example:"2026-12-10"`
	Owner string `json:"owner,omitempty" example:"Мария Образцова"`
} //	@name	Obligation

// UnmarshalJSON takes a text for an obligation with nothing but its name.
func (o *ObligationBody) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(raw, []byte(`"`)) {
		return json.Unmarshal(raw, &o.What)
	}
	type plain ObligationBody
	return strictly(raw, (*plain)(o))
}

// AlternativeBody is a provider whom we recommend: in words, or by its id in
// the directory.
type AlternativeBody struct {
	ID        *uuid.UUID  `json:"id,omitempty" swaggertype:"string" format:"uuid"`
	Name      string      `json:"name,omitempty" example:"Бухгалтерия «Соседи»"`
	WhatFor   string      `json:"what_for,omitempty" example:"учёт небольших производств"`
	Contact   string      `json:"contact,omitempty" example:"hello@example.org"`
	Consent   consentGive `json:"consent,omitempty" swaggertype:"boolean" example:"true"`
	CheckedOn string      `json:"checked_on,omitempty" example:"2026-10-01"`
} //	@name	Alternative

// consentGive is a yes, or the words by which it was given.
type consentGive bool

// UnmarshalJSON reads true, false, or a text that says how consent was given.
func (g *consentGive) UnmarshalJSON(raw []byte) error {
	var words string
	if json.Unmarshal(raw, &words) == nil {
		*g = strings.TrimSpace(words) != ""
		return nil
	}
	return json.Unmarshal(raw, (*bool)(g))
}

// strictly decodes a part of a body and refuses fields that it does not have.
func strictly(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// given says which parts the request has.
func (r *RefusalRequest) given() map[string]bool {
	return map[string]bool{
		"proposal": r.Proposal != "", "text": r.Text != "", "why": r.Why != "", "new_date": r.NewDate != "", "incidents": r.Incidents != nil,
		"quarrel_with": r.QuarrelWith != "", "bad_day": r.BadDay != nil, "history_read": r.HistoryRead != nil, "our_fault": r.OurFault != nil,
		"warned_on": r.WarnedOn != nil, "obligations": r.Obligations != nil, "legal_checked": r.LegalChecked != nil, "refund": r.Refund != nil,
		"alternatives": r.Alternatives != nil,
	}
}

// Lists of a request are no longer than this.
const maxListed = 50

// wrong lists what cannot be meant, whatever the rules say.
func (r *RefusalRequest) wrong() []ProblemField {
	var out []ProblemField
	bad := func(field, msg string) { out = append(out, ProblemField{field, msg}) }
	if len(r.Incidents) > maxListed {
		bad("incidents", fmt.Sprintf("at most %d", maxListed))
	}
	if f := r.Refund; f != nil {
		if f.Decision != "all" && f.Decision != "part" && f.Decision != "none" {
			bad("refund.decision", "all, part or none")
		}
		if f.Amount != nil && f.Amount.AmountMinor < 0 {
			bad("refund.amount", "not less than nothing")
		}
	}
	for _, day := range []struct {
		field string
		given *string
	}{{"warned_on", r.WarnedOn}, {"new_date", &r.NewDate}} {
		if day.given == nil || *day.given == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, *day.given); err != nil {
			bad(day.field, "a day, YYYY-MM-DD")
		}
	}
	if r.Obligations != nil && len(*r.Obligations) > maxListed {
		bad("obligations", fmt.Sprintf("at most %d", maxListed))
	}
	if r.Alternatives != nil && len(*r.Alternatives) > maxListed {
		bad("alternatives", fmt.Sprintf("at most %d", maxListed))
	}
	return out
}

func (r *RefusalRequest) incidents() []offboarding.Incident {
	var out []offboarding.Incident
	for _, in := range r.Incidents {
		out = append(out, offboarding.Incident(in))
	}
	return out
}

// review is the checklist; what was not given is not ticked.
func (r *RefusalRequest) review(note string) *offboarding.RefusalReview {
	yes := func(b *bool) bool { return b != nil && *b }
	out := &offboarding.RefusalReview{
		BadDay: yes(r.BadDay), HistoryRead: yes(r.HistoryRead), OurFault: yes(r.OurFault), LegalChecked: yes(r.LegalChecked), Note: note,
	}
	if r.WarnedOn != nil {
		out.WarnedOn = *r.WarnedOn
	}
	if r.Obligations != nil {
		out.Obligations = []offboarding.Obligation{}
		for _, o := range *r.Obligations {
			out.Obligations = append(out.Obligations, offboarding.Obligation(o))
		}
	}
	if f := r.Refund; f != nil {
		out.Refund = &offboarding.Refund{Decision: f.Decision, Reason: f.Reason, PayOn: f.PayOn}
		if f.Amount != nil {
			out.Refund.Amount = &offboarding.Money{AmountMinor: f.Amount.AmountMinor, Currency: f.Amount.Currency}
		}
	}
	if r.Alternatives != nil {
		for _, a := range *r.Alternatives {
			out.Alternatives = append(out.Alternatives, offboarding.Alternative{
				ID: a.ID, Name: a.Name, WhatFor: a.WhatFor, Contact: a.Contact, Consent: bool(a.Consent), CheckedOn: a.CheckedOn,
			})
		}
	}
	return out
}

func lifeBody(k *offboarding.Case) LifeBody {
	b := LifeBody{Overdue: k.Overdue, NoFurtherService: k.NoFurtherService, Shielded: k.Shielded(), LegalHold: k.LegalHold}
	if k.BadTerms {
		b.GoodTerms = new(bool)
	}
	if h := k.IntentHint; h != nil {
		b.IntentHint = &IntentHintBody{string(h.Intent), h.Evidence, h.At.UTC()}
	}
	if o := k.Offer; o != nil {
		b.Offer = &OfferBody{o.Proposal, o.By.Name, o.At.UTC()}
	}
	if cl := k.Classified; cl != nil {
		b.Classified = &ClassifiedBody{cl.Reason, cl.Cause, string(cl.ServiceRelated), cl.Why, cl.By.Name, cl.At.UTC()}
	}
	if d := k.Delay; d != nil {
		b.Delay = &DelayBody{d.Since, d.NewDate, d.Why}
	}
	if d := k.Dispute; d != nil {
		b.Dispute = &DisputeBody{d.Since.UTC(), optional(d.ClosedAt), d.ClosedBy.Name, d.ClosedBecause}
	}
	if f := k.Refusal; f != nil {
		b.Refusal = refusalBody(f)
	}
	return b
}

func refusalBody(f *offboarding.Refusal) *RefusalBody {
	b := &RefusalBody{
		Reason: f.Reason, QuarrelWith: f.QuarrelWith, ProposedBy: f.ProposedBy.Name, ProposedAt: optional(f.ProposedAt),
		CoolingOffUntil: optional(f.CoolingOffUntil), DroppedBecause: f.DroppedBecause,
	}
	for _, in := range f.Incidents {
		b.Incidents = append(b.Incidents, IncidentBody(in))
	}
	if r := f.Review; r != nil {
		b.ReviewedBy, b.ReviewedAt = r.By.Name, optional(r.At)
	}
	if a := f.Approval; a != nil {
		b.ApprovedBy, b.ApprovedAt = a.By.Name, optional(a.At)
	}
	return b
}
