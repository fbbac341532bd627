package offboarding

import (
	"slices"
	"time"
)

// State is where a case stands.
type State string

// The states of domain §2.
const (
	StateProposed       State = "proposed"    // the company's own parting, without reasons so far
	StateCoolingOff     State = "cooling_off" // it waits, so that no decision is made in anger
	StateApproval       State = "approval"    // it waits for somebody who is not part of it
	StateParting        State = "parting"     // approved; the letter has not gone
	StateDropped        State = "dropped"     // we keep the client
	StateReceived       State = "received"
	StateListening      State = "listening"
	StateSaving         State = "saving"
	StateSaved          State = "saved"
	StateSavedConfirmed State = "saved_confirmed"
	StateLeaving        State = "leaving"
	StateParted         State = "parted"
	StateInTouch        State = "in_touch"
	StateReturned       State = "returned"
	StateClosed         State = "closed"
	StateCancelled      State = "cancelled"
)

// States lists all states in the order of a case's life.
var States = []State{
	StateReceived, StateListening, StateSaving, StateSaved, StateSavedConfirmed,
	StateProposed, StateCoolingOff, StateApproval, StateDropped, StateParting, StateLeaving,
	StateParted, StateInTouch, StateReturned, StateClosed, StateCancelled,
}

// Move is one row of the transition table: from, to, when, and the guards that
// must agree.
type Move struct {
	From, To State
	When     string
	Guards   []Guard
}

// Guard is a named rule that may refuse a move.
type Guard struct {
	Rule  string
	Why   string // told to who asked
	Holds func(c *Case, at time.Time) bool
}

var (
	clientBegan = Guard{
		"not_begun_by_client", "only a client who leaves by their own decision is asked to stay or may withdraw",
		func(c *Case, _ time.Time) bool { return c.Initiator == ByClient },
	}
	companyDidNotBegin = Guard{
		"begun_by_company", "the company has decided to part; there is nothing for the client to withdraw",
		func(c *Case, _ time.Time) bool { return c.Initiator != ByCompany },
	}
	decisionIsNotFinal = Guard{
		"decision_final", "the client's decision is final; nobody is to be pushed",
		func(c *Case, _ time.Time) bool { return c.Intent != IntentFinal },
	}
	nothingLooksFinal = Guard{
		"looks_final", "the client's words look like a final decision; a person reads them first and sets the intent",
		func(c *Case, _ time.Time) bool { return !c.LooksFinal() },
	}
	saveIsAllowed = Guard{
		"save_not_allowed", "there was already an attempt to keep this client, or there may be none",
		func(c *Case, _ time.Time) bool { return c.Tracks.Save == SaveAvailable },
	}
	mayBeWrittenTo = Guard{
		"asked_to_be_left_alone", "the client asked to be left alone",
		func(c *Case, _ time.Time) bool { return !c.NoContact },
	}
	noLegalHold = Guard{
		"legal_hold", "a legal hold stands over the case",
		func(c *Case, _ time.Time) bool { return c.LegalHold == "" },
	}
	reasonIsStated = Guard{
		"reason_unknown", "an offer answers a stated reason; without one there is only a call",
		func(c *Case, _ time.Time) bool { return c.statedReason() },
	}
	handoverNeedNotBegin = Guard{
		"handover_must_begin", "the last day is so near that the handover must begin now",
		func(c *Case, at time.Time) bool {
			on := c.handoverBegins()
			return on == "" || at.Format(time.DateOnly) < on
		},
	}
	effectiveDateReached = Guard{
		"effective_date_not_reached", "the last day of service has not come yet",
		func(c *Case, at time.Time) bool {
			return c.Dates.EffectiveOn != "" && at.Format(time.DateOnly) >= c.Dates.EffectiveOn
		},
	}
	beforeEffectiveDate = Guard{
		"service_already_ended", "the last day of service has passed; coming back is a return",
		func(c *Case, at time.Time) bool {
			return c.Dates.EffectiveOn == "" || at.Format(time.DateOnly) <= c.Dates.EffectiveOn
		},
	}
	handoverDone = Guard{
		"handover_unfinished", "the handover is neither accepted nor declared unnecessary",
		func(c *Case, _ time.Time) bool {
			return c.Tracks.Handover.done() || c.disputeClosed() && c.Tracks.Handover == HandoverDisputed
		},
	}
	settlementDone = Guard{
		"settlement_unfinished", "the settlement is neither settled nor declared unnecessary",
		func(c *Case, _ time.Time) bool {
			return c.Tracks.Settlement.done() || c.disputeClosed() && c.Tracks.Settlement == SettlementDisputed
		},
	}
	savedForThirtyDays = Guard{
		"save_not_confirmed_yet", "a save counts only after 30 days without a new cancellation",
		func(c *Case, at time.Time) bool { return !at.Before(c.Dates.SavedAt.Add(saveConfirmedAfter)) },
	}
	someChannelIsAllowed = Guard{
		"no_channel_left", "there is no channel on which the client may be written to",
		func(c *Case, _ time.Time) bool { return !c.NoContact },
	}
	winBackIsAllowed = Guard{
		"winback_off", "the company parted with this client for a reason that leaves no room for an invitation",
		func(c *Case, _ time.Time) bool { return c.MayBeInvitedBack() },
	}
	stillServed = Guard{
		"no_further_service", "it was decided not to serve this client; an approver decides anew",
		func(c *Case, _ time.Time) bool { return !c.NoFurtherService || c.MayBeInvitedBack() },
	}
)

// A save counts only after this time without a new cancellation (domain §2.1).
const saveConfirmedAfter = 30 * 24 * time.Hour

func (h HandoverTrack) done() bool {
	return h == HandoverAccepted || h == HandoverAcceptedWithRemarks || h == HandoverNotNeeded
}

func (s SettlementTrack) done() bool { return s == SettlementSettled || s == SettlementNotNeeded }

// Moves is the transition table of every parting, whoever began it. A move that
// is not here is a bug or a late event, never a new rule. The way from listening
// to leaving has no guard, and never gets one: whoever wants to go, goes.
// docs/case-states.md is drawn from it.
var Moves = []Move{
	{StateReceived, StateListening, "at once", nil},
	{StateListening, StateSaving, "a save attempt is made", []Guard{
		clientBegan, decisionIsNotFinal, nothingLooksFinal, saveIsAllowed, mayBeWrittenTo, noLegalHold, reasonIsStated, handoverNeedNotBegin,
	}},
	{StateListening, StateSaved, "the client stays", nil},
	{StateListening, StateLeaving, "the client proceeds, a letter came, the decision is final, or the survey expired", nil},
	{StateSaving, StateSaved, "the client says so", nil},
	{StateSaving, StateLeaving, "the client declines, proceeds, a letter came, five business days passed, or the handover must begin", nil},
	{StateSaved, StateSavedConfirmed, "30 days without a new cancellation", []Guard{savedForThirtyDays}},

	{StateProposed, StateCoolingOff, "somebody gives a reason and evidence", []Guard{companyReasonGiven, incidentsGiven}},
	{StateCoolingOff, StateDropped, "it was a bad day, or our own fault", nil},
	{StateCoolingOff, StateApproval, "the cooling-off is over and the checklist complete", preconditions},
	{StateApproval, StateDropped, "the approver keeps the client", nil},
	{StateApproval, StateParting, "the approver agrees", append(slices.Clone(preconditions), approvedByAnother...)},
	{StateParting, StateLeaving, "T20 goes out with its four steps", append(slices.Clone(preconditions), approvedByAnother...)},

	{StateLeaving, StateSaved, "the client withdraws before the last day", []Guard{companyDidNotBegin, beforeEffectiveDate}},
	{StateLeaving, StateParted, "the last day is over and nothing is owed", []Guard{effectiveDateReached, handoverDone, settlementDone}},
	{StateParted, StateInTouch, "some channel is allowed and nobody said stop", []Guard{someChannelIsAllowed, winBackIsAllowed}},
	{StateParted, StateReturned, "a new contract, a won deal, or the comeback link", []Guard{stillServed}},
	{StateInTouch, StateReturned, "a new contract, a won deal, or the comeback link", nil},
	{StateParted, StateClosed, "opt-out, complaint or the end of retention", nil},
	{StateInTouch, StateClosed, "plan exhausted, opt-out, complaint or the end of retention", nil},
	{StateClosed, StateReturned, "the client comes back all the same", []Guard{stillServed}},

	{StateReceived, StateCancelled, "mistake or duplicate", nil},
	{StateListening, StateCancelled, "mistake or duplicate", nil},
	{StateSaving, StateCancelled, "mistake or duplicate", nil},
	{StateSaved, StateCancelled, "mistake or duplicate", nil},
	{StateProposed, StateCancelled, "mistake or duplicate", nil},
	{StateCoolingOff, StateCancelled, "mistake or duplicate", nil},
	{StateApproval, StateCancelled, "mistake or duplicate", nil},
	{StateParting, StateCancelled, "mistake or duplicate", nil},
	{StateLeaving, StateCancelled, "mistake or duplicate", nil},
}

// Open reports whether a parting in this state is still under way.
func (s State) Open() bool {
	return slices.Contains([]State{
		StateReceived, StateListening, StateSaving, StateProposed, StateCoolingOff, StateApproval, StateParting, StateLeaving,
	}, s)
}

// Left reports whether the client of a case in this state has left us. Who is
// not to be written to any more may still come back.
func (s State) Left() bool { return s == StateParted || s == StateInTouch || s == StateClosed }

// Over reports whether nothing more may be said to the client about this
// parting: the case was a mistake, is closed, or its client is with us.
func (s State) Over() bool { return slices.Contains(overStates, s) }

// MoveTo changes the state and stamps the time, or returns the rule that
// forbids it. at is the account's local time, since days are civil dates there.
func (c *Case) MoveTo(to State, at time.Time) error {
	if err := c.May(to, at); err != nil {
		return err
	}
	c.State = to
	c.stamp(to, at.UTC())
	return nil
}

// May returns the rule that forbids the move, or nil.
func (c *Case) May(to State, at time.Time) error {
	for _, m := range Moves {
		if m.From != c.State || m.To != to {
			continue
		}
		for _, g := range m.Guards {
			if !g.Holds(c, at) {
				return Rule(g.Rule, g.Why)
			}
		}
		return nil
	}
	return Rule("move_not_allowed", "a case that is "+string(c.State)+" cannot become "+string(to))
}

func (c *Case) stamp(to State, at time.Time) {
	switch to {
	case StateSaved:
		c.Dates.SavedAt = at
	case StateLeaving:
		c.Dates.DecidedAt = at
	case StateParted:
		c.Dates.PartedAt = at
	case StateReturned:
		c.Dates.ReturnedAt = at
	case StateClosed, StateCancelled, StateDropped:
		c.Dates.ClosedAt = at
	}
}
