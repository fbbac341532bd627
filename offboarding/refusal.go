package offboarding

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file holds the rules by which the company may part with a client
// (domain §8). It is the exception, decided case by case: somebody proposes it
// with evidence, nobody decides in anger, somebody who is not part of the
// quarrel checks it, and somebody else again approves it.

// The company's reasons.
const (
	CoCannotDeliver = "co.cannot_deliver"
	CoCapacity      = "co.capacity"
	CoScopeAbuse    = "co.scope_abuse"
	CoNonpayment    = "co.nonpayment"
	CoPriorityAbuse = "co.priority_abuse"
	CoStaffAbuse    = "co.staff_abuse"
	CoValues        = "co.values"
	CoLegal         = "co.legal"
)

// CompanyReasons lists the reasons for which the company may part with a
// client. "Difficult", "small" and a bad mood are none.
var CompanyReasons = []string{
	CoCannotDeliver, CoCapacity, CoScopeAbuse, CoNonpayment, CoPriorityAbuse, CoStaffAbuse, CoValues, CoLegal,
}

// Refusal is what is known about a parting that the company proposes.
type Refusal struct {
	Reason          string         `json:"reason,omitempty"`
	Incidents       []Incident     `json:"incidents,omitempty"`
	QuarrelWith     string         `json:"quarrel_with,omitempty"` // id, e-mail address or name
	ProposedBy      Person         `json:"proposed_by,omitzero"`
	ProposedAt      time.Time      `json:"proposed_at,omitzero"`
	CoolingOffUntil time.Time      `json:"cooling_off_until,omitzero"`
	Review          *RefusalReview `json:"review,omitempty"`
	Approval        *Approval      `json:"approval,omitempty"`
	DroppedBecause  string         `json:"dropped_because,omitempty"`
}

// Incident is one thing that happened.
type Incident struct {
	On     string `json:"on"` // a day
	What   string `json:"what"`
	Severe bool   `json:"severe,omitempty"` // safety, threats, law
}

// RefusalReview is the checklist of somebody who is not in the quarrel. A nil
// or empty part was not ticked.
type RefusalReview struct {
	By           Person        `json:"by"`
	At           time.Time     `json:"at"`
	BadDay       bool          `json:"bad_day,omitempty"`
	HistoryRead  bool          `json:"history_read,omitempty"`
	OurFault     bool          `json:"our_fault,omitempty"`
	WarnedOn     string        `json:"warned_on,omitempty"`
	Obligations  []Obligation  `json:"obligations"` // nil: not listed; empty: there are none
	LegalChecked bool          `json:"legal_checked,omitempty"`
	Refund       *Refund       `json:"refund,omitempty"`
	Alternatives []Alternative `json:"alternatives,omitempty"`
	Note         string        `json:"note,omitempty"`
}

// Obligation is something that we have promised and shall not drop halfway.
type Obligation struct {
	What  string `json:"what"`
	Due   string `json:"due,omitempty"`
	Owner string `json:"owner,omitempty"`
}

// Refund is what is paid back.
type Refund struct {
	Decision string `json:"decision"` // all, part, none
	Amount   *Money `json:"amount,omitempty"`
	Reason   string `json:"reason,omitempty"`
	PayOn    string `json:"pay_on,omitempty"`
}

// Alternative is a provider whom we recommend to the client.
type Alternative struct {
	ID        *uuid.UUID `json:"id,omitempty"` // of the directory
	Name      string     `json:"name"`
	WhatFor   string     `json:"what_for"`
	Contact   string     `json:"contact"`
	Consent   bool       `json:"consent"` // to be recommended
	CheckedOn string     `json:"checked_on"`
}

// Approval is the decision of somebody who neither proposed nor quarrelled.
type Approval struct {
	By   Person    `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// A recommendation is good for this long (domain §8).
const recommendationMonths = 12

// A client whom the company has parted with is looked at again after this long.
const refusalReviewMonths = 12

var (
	companyReasonGiven = Guard{
		"company_reason_missing", "a reason of the company is needed; a bad mood, a difficult or a small client is none",
		func(c *Case, _ time.Time) bool {
			return c.Refusal != nil && slices.Contains(CompanyReasons, c.Refusal.Reason)
		},
	}
	incidentsGiven = Guard{
		"incidents_missing", "two incidents on different days are needed, or one that was severe",
		func(c *Case, _ time.Time) bool { return c.Refusal != nil && c.Refusal.enoughHappened() },
	}
	reviewedByAnother = Guard{
		"review_missing", "somebody who is not in the quarrel must go through the checklist first",
		func(c *Case, _ time.Time) bool { return c.Refusal != nil && c.Refusal.Review != nil },
	}
	reviewerNotInQuarrel = Guard{
		"reviewer_in_quarrel", "who is in the quarrel does not review it",
		func(c *Case, _ time.Time) bool { return !c.inQuarrel(c.Refusal.Review.By) },
	}
	historyRead = Guard{
		"history_not_read", "the history before must be read: was it only a bad day?",
		func(c *Case, _ time.Time) bool { return c.Refusal.Review.HistoryRead },
	}
	notABadDay = Guard{
		"bad_day", "everyone is a bad client some day; a bad day is no reason",
		func(c *Case, _ time.Time) bool { return !c.Refusal.Review.BadDay },
	}
	notOurFault = Guard{
		"our_fault", "we caused it ourselves: that is put right, not parted over",
		func(c *Case, _ time.Time) bool { return !c.Refusal.Review.OurFault },
	}
	clientWasWarned = Guard{
		"warning_missing", "a clear talk or a warning must come first, unless something severe happened or we cannot do it",
		func(c *Case, at time.Time) bool {
			return c.Refusal.needsNoWarning() || dayReached(c.Refusal.Review.WarnedOn, at)
		},
	}
	obligationsListed = Guard{
		"obligations_not_listed", "what we have promised must be listed, so that nothing is dropped halfway",
		func(c *Case, _ time.Time) bool { return c.Refusal.Review.Obligations != nil },
	}
	legallyChecked = Guard{
		"legal_check_missing", "the contract must be checked: a public one, or leaving early, may make us owe damages",
		func(c *Case, _ time.Time) bool { return c.Refusal.Review.LegalChecked },
	}
	refundDecided = Guard{
		"refund_undecided", "the refund must be decided: all, part with a reason, or none with a reason; with the amount and the day of payment",
		func(c *Case, _ time.Time) bool { return c.Refusal.Review.Refund.decided() },
	}
	alternativeGiven = Guard{
		"alternative_missing", "at least one real alternative must be named, with what for and how to reach it",
		func(c *Case, _ time.Time) bool {
			all := c.Refusal.Review.Alternatives
			return len(all) > 0 && !slices.ContainsFunc(all, func(a Alternative) bool {
				return strings.TrimSpace(a.Name) == "" || strings.TrimSpace(a.WhatFor) == "" || strings.TrimSpace(a.Contact) == ""
			})
		},
	}
	alternativesConsented = Guard{
		"alternative_without_consent", "nobody is recommended without their consent",
		func(c *Case, _ time.Time) bool {
			return !slices.ContainsFunc(c.Refusal.Review.Alternatives, func(a Alternative) bool { return !a.Consent })
		},
	}
	alternativesFresh = Guard{
		"alternative_check_outdated", "a recommendation must have been checked within the last 12 months",
		func(c *Case, at time.Time) bool {
			return !slices.ContainsFunc(c.Refusal.Review.Alternatives, func(a Alternative) bool { return !a.fresh(at) })
		},
	}
	cooledOff = Guard{
		"cooling_off_not_over", "nobody decides in anger: the cooling-off is not over",
		func(c *Case, at time.Time) bool { return !at.Before(c.Refusal.CoolingOffUntil) },
	}
	approvalGiven = Guard{
		"approval_missing", "an approver has not agreed yet",
		func(c *Case, _ time.Time) bool { return c.Refusal.Approval != nil },
	}
	approverApproves = Guard{
		"approver_needed", "this is for an approver to decide",
		func(c *Case, _ time.Time) bool { return c.Refusal.Approval.By.Approves() },
	}
	approverIsNotRequester = Guard{
		"approver_is_requester", "nobody approves their own proposal",
		func(c *Case, _ time.Time) bool { return !c.Refusal.Approval.By.Is(c.Refusal.ProposedBy) },
	}
	approverNotInQuarrel = Guard{
		"approver_in_quarrel", "who is in the quarrel does not decide it",
		func(c *Case, _ time.Time) bool { return !c.inQuarrel(c.Refusal.Approval.By) },
	}
)

// checklist is what the reviewer ticks, in the order of domain §8.
var checklist = []Guard{
	reviewedByAnother, reviewerNotInQuarrel, notABadDay, notOurFault, historyRead, clientWasWarned, obligationsListed,
	legallyChecked, refundDecided, alternativeGiven, alternativesConsented, alternativesFresh,
}

// preconditions are all without which no letter of parting is written.
var preconditions = slices.Concat([]Guard{companyReasonGiven, incidentsGiven}, checklist, []Guard{cooledOff})

var approvedByAnother = []Guard{approvalGiven, approverApproves, approverIsNotRequester, approverNotInQuarrel}

// refusedBy returns the first of the guards that refuses, as an error.
func (c *Case) refusedBy(guards []Guard, at time.Time) error {
	for _, g := range guards {
		if !g.Holds(c, at) {
			return Rule(g.Rule, g.Why)
		}
	}
	return nil
}

// enoughHappened: two incidents on different days, or one that was severe.
func (r *Refusal) enoughHappened() bool {
	days := map[string]bool{}
	for _, in := range r.Incidents {
		if in.Severe {
			return true
		}
		days[in.On] = true
	}
	return len(days) >= 2
}

func (r *Refusal) severe() bool {
	return slices.ContainsFunc(r.Incidents, func(in Incident) bool { return in.Severe })
}

func (r *Refusal) needsNoWarning() bool {
	return r.severe() || r.Reason == CoCannotDeliver || r.Reason == CoCapacity
}

// mayBeHastened: a director may shorten the cooling-off for safety or the law.
func (r *Refusal) mayBeHastened() bool { return r.severe() || r.Reason == CoLegal }

func (r *Refund) decided() bool {
	if r == nil {
		return false
	}
	paid := r.Amount != nil && r.Amount.AmountMinor > 0 && r.Amount.Currency != "" && IsDay(r.PayOn)
	given := strings.TrimSpace(r.Reason) != ""
	switch r.Decision {
	case "all":
		return paid
	case "part":
		return paid && given
	case "none":
		return given && (r.Amount == nil || r.Amount.AmountMinor == 0)
	}
	return false
}

func (a *Alternative) fresh(at time.Time) bool {
	on, err := time.Parse(time.DateOnly, a.CheckedOn)
	today := at.Format(time.DateOnly)
	return err == nil && a.CheckedOn <= today && on.AddDate(0, recommendationMonths, 0).Format(time.DateOnly) >= today
}

// dayReached reports whether s is a day that is not after at.
func dayReached(s string, at time.Time) bool { return IsDay(s) && s <= at.Format(time.DateOnly) }

// inQuarrel reports whether the person is the one with whom the client
// quarrelled. Who names the responsible by one of their names names them by
// all; an abuse of our people of which nobody says whom it met, met the responsible.
func (c *Case) inQuarrel(p Person) bool {
	return p.meant(c.Refusal.QuarrelWith) || c.quarrelWithResponsible() && c.responsibleIs(p)
}

// quarrelWithResponsible reports whether the one in the quarrel is the case's
// responsible.
func (c *Case) quarrelWithResponsible() bool {
	with, r := c.Refusal.QuarrelWith, c.Responsible
	if with == "" {
		return c.Refusal.Reason == CoStaffAbuse
	}
	return with == r.ID || strings.EqualFold(with, r.Email) || namesWithin(with, r.Name)
}

// MayBeInvitedBack reports whether keeping in touch may lead to an invitation.
// After a parting by the company it may only when we could not serve the client
// well, and not when we would not (domain §2.2).
func (c *Case) MayBeInvitedBack() bool {
	if c.Initiator != ByCompany {
		return !c.NoFurtherService
	}
	return c.Refusal != nil && (c.Refusal.Reason == CoCannotDeliver || c.Refusal.Reason == CoCapacity)
}

// coolingOffEnds is when the anger of a proposal may have passed: by the clock
// where the account says how long, else three business days later.
func coolingOffEnds(acc *Account, now time.Time) time.Time {
	if acc.Policy.CoolingOff > 0 {
		return now.Add(acc.Policy.CoolingOff).UTC()
	}
	return acc.Calendar().Add(now, 3, acc.Location()).UTC()
}
