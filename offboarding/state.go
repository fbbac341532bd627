package offboarding

import (
	"slices"
	"time"
)

// State is where a case stands.
type State string

// The states of domain §2.
const (
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
	StateReceived, StateListening, StateSaving, StateSaved, StateSavedConfirmed, StateLeaving,
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
	decisionIsNotFinal = Guard{
		"decision_final", "the client's decision is final; nobody is to be pushed",
		func(c *Case, _ time.Time) bool { return c.Intent != IntentFinal },
	}
	saveIsAllowed = Guard{
		"save_not_allowed", "there was already an attempt to keep this client, or the client asked to be left alone",
		func(c *Case, _ time.Time) bool { return c.Tracks.Save == SaveAvailable && !c.NoContact },
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
			return slices.Contains([]HandoverTrack{HandoverAccepted, HandoverAcceptedWithRemarks, HandoverNotNeeded}, c.Tracks.Handover)
		},
	}
	settlementDone = Guard{
		"settlement_unfinished", "the settlement is neither settled nor declared unnecessary",
		func(c *Case, _ time.Time) bool {
			return c.Tracks.Settlement == SettlementSettled || c.Tracks.Settlement == SettlementNotNeeded
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
)

// A save counts only after this time without a new cancellation (domain §2.1).
const saveConfirmedAfter = 30 * 24 * time.Hour

// Moves is the transition table of a parting that the client began, or that
// began by a lapse. A move that is not here is a bug or a late event, never a
// new rule. docs/case-states.md is drawn from it.
var Moves = []Move{
	{StateReceived, StateListening, "at once", nil},
	{StateListening, StateSaving, "a save attempt is made", []Guard{decisionIsNotFinal, saveIsAllowed}},
	{StateListening, StateSaved, "the client stays", nil},
	{StateListening, StateLeaving, "the client proceeds, a letter came, the decision is final, or the survey expired", nil},
	{StateSaving, StateSaved, "the client says so", nil},
	{StateSaving, StateLeaving, "the client declines, proceeds, a letter came, or five business days passed", nil},
	{StateSaved, StateSavedConfirmed, "30 days without a new cancellation", []Guard{savedForThirtyDays}},
	{StateLeaving, StateSaved, "the client withdraws before the last day", []Guard{beforeEffectiveDate}},
	{StateLeaving, StateParted, "the last day is over and nothing is owed", []Guard{effectiveDateReached, handoverDone, settlementDone}},
	{StateParted, StateInTouch, "some channel is allowed and nobody said stop", []Guard{someChannelIsAllowed}},
	{StateParted, StateReturned, "a new contract, a won deal, or the comeback link", nil},
	{StateInTouch, StateReturned, "a new contract, a won deal, or the comeback link", nil},
	{StateParted, StateClosed, "opt-out, complaint or the end of retention", nil},
	{StateInTouch, StateClosed, "plan exhausted, opt-out, complaint or the end of retention", nil},
	{StateReceived, StateCancelled, "mistake or duplicate", nil},
	{StateListening, StateCancelled, "mistake or duplicate", nil},
	{StateSaving, StateCancelled, "mistake or duplicate", nil},
	{StateSaved, StateCancelled, "mistake or duplicate", nil},
	{StateLeaving, StateCancelled, "mistake or duplicate", nil},
}

// Open reports whether a parting in this state is still under way.
func (s State) Open() bool {
	return slices.Contains([]State{StateReceived, StateListening, StateSaving, StateLeaving}, s)
}

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
	case StateClosed, StateCancelled:
		c.Dates.ClosedAt = at
	}
}
