package offboarding

import (
	"fmt"
	"slices"
	"time"
)

// view is everything that is known when a deal was read back.
type view struct {
	acc  *Account
	deal *Deal
	snap *DealSnapshot // nil: first sight
	last *Case         // newest case of the deal; nil: none

	former  *Case     // of the same client and parted, when another deal of theirs is won; nil: none
	refused *Case     // by which the company decided not to serve the deal's client any more; nil: none
	events  []*Event  // oldest first, at least one
	looked  time.Time // what came later may not have been seen
	now     time.Time
}

// decision is what the view means.
type decision struct {
	verdict Verdict
	why     string
	to      State // with VerdictCaseMoved
	relapse bool  // with VerdictCaseOpened

	again     bool      // with VerdictCaseJoined: a client whom we do not serve any more
	initiator Initiator // with VerdictCaseOpened; empty: the client
}

const (
	// A deal that was lost before we were connected is history; a little slack
	// for clocks that differ (reference/bitrix24.md §6).
	historySlack = 15 * time.Minute
	// Created and closed within this time: an import straight into "lost".
	importGap = 2 * time.Second
	// Bitrix24 sends the hook of a change within a second of it.
	followsWithin = 3 * time.Second
	// CRMs tell times in whole seconds.
	sameSecond = time.Second
)

// decide tells what the deal's present state means, compared with what was
// known. What was read decides; a hint of a body only tells a fresh transition
// from old history when nothing was known.
func (v *view) decide() decision {
	d := v.meaning()
	if d.verdict == VerdictCaseMoved {
		if err := v.moving().May(d.to, v.now.In(v.acc.Location())); err != nil {
			return decision{verdict: VerdictIgnored, why: d.why + ", but " + err.Error()}
		}
	}
	return d
}

// moving is the case that a decision to move is about.
func (v *view) moving() *Case {
	if v.last == nil {
		return v.former
	}
	return v.last
}

func (v *view) meaning() decision {
	if v.onlyTold() {
		if v.last != nil && v.last.Open() {
			return decision{verdict: VerdictCaseJoined, why: "the source sent new particulars"}
		}
		return decision{verdict: VerdictIgnored, why: "particulars of a client with whom no parting is under way"}
	}
	means := v.acc.Meaning(v.deal)
	if v.refused != nil {
		return decision{verdict: VerdictCaseJoined, again: true, why: "a client whom we do not serve any more is here again: an approver decides"}
	}
	if means != MeansCancelled && v.started() {
		if v.last.told() {
			return decision{verdict: VerdictCaseJoined, why: "a parting with this client is already under way"}
		}
		return decision{verdict: VerdictCaseOpened, why: "the robot «Начать расставание бережно» was run on the deal"}
	}
	switch means {
	case MeansCancelled:
		return v.cancelled()
	case MeansReturned:
		return v.returned()
	case MeansProposedRefusal:
		return v.proposed()
	default:
		return v.elsewhere()
	}
}

// started reports whether our own robot was run on the deal since its last case
// began. A stage that means nothing else is then no reason to wait.
func (v *view) started() bool {
	return slices.ContainsFunc(v.events, func(e *Event) bool {
		return e.Hint.Start && (v.last == nil || e.ReceivedAt.After(v.last.CreatedAt))
	})
}

// onlyTold reports whether a signed source sent particulars that say nothing
// about staying or leaving.
func (v *view) onlyTold() bool {
	s := v.strongest().Hint.Signed
	return s != nil && s.Type == ClaimUpdated
}

func (v *view) cancelled() decision {
	fresh, why := v.newTransition()
	if !fresh {
		if v.last != nil && v.last.Open() && v.last.Responsible.ID != v.deal.Responsible.ID {
			return decision{verdict: VerdictCaseJoined, why: "the responsible changed"}
		}
		return decision{verdict: VerdictIgnored, why: why}
	}
	if v.last.told() { // our own proposal gives way (overtaken.go)
		return decision{verdict: VerdictCaseJoined, why: "a parting with this client is already under way"}
	}
	d := decision{verdict: VerdictCaseOpened, why: fmt.Sprintf("the deal came into the stage «%s», which means cancelled", v.stageName())}
	if v.stageName() == "" {
		d.why = "the source says that the client cancelled"
	}
	if v.last != nil && v.last.State == StateSaved && v.now.Before(v.last.Dates.SavedAt.Add(saveConfirmedAfter)) {
		d.relapse = true
	}
	return d
}

// newTransition tells whether the deal came into its cancellation stage since
// we last looked.
func (v *view) newTransition() (bool, string) {
	if v.snap == nil {
		return v.freshAtFirstSight()
	}
	if v.snap.Means != MeansCancelled {
		return true, ""
	}
	if v.last == nil && v.snap.CaseID == nil && (v.claimed() || v.deal.Came && !v.history()) {
		return true, "" // known only as history so far; now a body, or the CRM's own history, says that it moved
	}
	if !v.movedAt().After(v.snap.MovedAt.Add(sameSecond)) {
		return false, "nothing about the parting changed"
	}
	if from := v.claimedFrom(); from != nil && v.acc.stageMeansCancelled(*from) {
		return false, "from one cancellation stage to another: no new parting"
	}
	return true, ""
}

func (v *view) freshAtFirstSight() (bool, string) {
	if v.claimed() {
		return true, ""
	}
	d := v.deal
	if v.onlyAdded() && !d.Came && (d.MovedAt.IsZero() || d.MovedAt.Sub(d.CreatedAt).Abs() <= importGap) {
		return false, "the deal was created already lost: an import, not a parting"
	}
	if v.history() {
		return false, "the deal was lost before this account was connected"
	}
	if d.MovedAt.IsZero() && d.Outcome == OutcomeOpen { // amoCRM dates only its own final stages; the hook or the poller will name the move
		return false, "nothing tells that the deal has just come into this stage"
	}
	return true, ""
}

// history reports whether the deal was lost before this account was connected.
func (v *view) history() bool {
	since := v.acc.ConnectedAt
	if w := v.deal.WatchedSince; w.After(since) {
		since = w
	}
	return !v.deal.MovedAt.IsZero() && v.deal.MovedAt.Before(since.Add(-historySlack))
}

// claimed reports whether some body says that the deal has just moved into its
// present stage: a transition with its source, a robot on the stage, a signed
// statement.
func (v *view) claimed() bool {
	for _, e := range v.events {
		h := e.Hint
		switch {
		case h.Robot || h.Signed != nil:
			return true
		case h.From != nil && (h.To == nil || *h.From != *h.To) && !v.acc.stageMeansCancelled(*h.From):
			return true
		case e.Kind == DealStageChanged && h.From == nil && h.To != nil && h.To.StageID == v.deal.Stage.ID && v.acc.Provider == Bitrix24:
			return true // stage history and pipeline moves name only the target
		}
	}
	return false
}

func (v *view) claimedFrom() *StageRef {
	for _, e := range v.events {
		if e.Hint.From != nil {
			return e.Hint.From
		}
	}
	return nil
}

// inconclusive tells until when a deal that looks like an import is not yet
// settled: it may have been lost just after it was created, and the hook that
// says so is on its way.
func (v *view) inconclusive(d decision) time.Time {
	if d.verdict != VerdictIgnored || v.snap != nil || v.acc.Meaning(v.deal) != MeansCancelled || !v.onlyAdded() {
		return time.Time{}
	}
	return v.events[len(v.events)-1].ReceivedAt.Add(followsWithin)
}

func (v *view) onlyAdded() bool {
	for _, e := range v.events {
		if e.Kind != DealAdded {
			return false
		}
	}
	return true
}

// movedAt is when the deal came into its present stage: as the CRM tells, else
// as a body that names the transition tells.
func (v *view) movedAt() time.Time {
	if !v.deal.MovedAt.IsZero() {
		return v.deal.MovedAt
	}
	var at time.Time
	for _, e := range v.events {
		if (e.Hint.From != nil || e.Hint.Signed != nil) && e.Hint.OccurredAt.After(at) {
			at = e.Hint.OccurredAt
		}
	}
	if at.IsZero() && v.snap != nil && v.snap.Stage == v.stage() {
		return v.snap.MovedAt
	}
	return at
}

func (v *view) returned() decision {
	switch {
	case v.last == nil && v.former != nil:
		return decision{verdict: VerdictCaseMoved, to: StateReturned, why: "the client is back: their deal " + v.deal.ID + " is won"}
	case v.last == nil:
		return decision{verdict: VerdictIgnored, why: "the deal is won and there was no parting"}
	case v.last.NoFurtherService && !v.last.MayBeInvitedBack():
		return decision{verdict: VerdictCaseJoined, again: true, why: "a client whom we do not serve any more comes back: an approver decides"}
	case v.last.State.Left():
		return decision{verdict: VerdictCaseMoved, to: StateReturned, why: "the client is back: the deal is won again"}
	case v.last.Open():
		return v.withdrawn("the deal was won after all")
	}
	return decision{verdict: VerdictIgnored, why: "the deal is won and no parting is under way"}
}

func (v *view) elsewhere() decision {
	if v.last != nil && v.last.Open() {
		if v.snap != nil && v.snap.Means == MeansCancelled {
			return v.withdrawn("the deal was taken back from the cancellation stage")
		}
		if v.last.Responsible.ID != v.deal.Responsible.ID {
			return decision{verdict: VerdictCaseJoined, why: "the responsible changed"}
		}
	}
	return decision{verdict: VerdictIgnored, why: fmt.Sprintf("the stage «%s» means nothing to us", v.stageName())}
}

// proposed opens a parting that somebody of the company wants. It is only a
// proposal: reasons and evidence are still to be given.
func (v *view) proposed() decision {
	switch {
	case v.last != nil && v.last.Open():
		return decision{verdict: VerdictIgnored, why: "a parting with this client is already under way"}
	case v.snap != nil && v.snap.Means == MeansProposedRefusal:
		return decision{verdict: VerdictIgnored, why: "nothing about the proposal changed"}
	case v.snap == nil:
		if fresh, why := v.freshAtFirstSight(); !fresh {
			return decision{verdict: VerdictIgnored, why: why}
		}
	}
	return decision{verdict: VerdictCaseOpened, initiator: ByCompany, why: fmt.Sprintf("the deal came into the stage «%s», which proposes to part", v.stageName())}
}

// withdrawn moves the case to saved, unless the client has said by their own
// link that the decision is final: then a stage moved by somebody else says
// nothing about the client.
func (v *view) withdrawn(why string) decision {
	if v.last.Intent == IntentFinal && v.last.IntentSource == IntentByClient {
		return decision{verdict: VerdictIgnored, why: why + ", but the client has decided by their own word"}
	}
	return decision{verdict: VerdictCaseMoved, to: StateSaved, why: why}
}

// strongest is the event that gets the decision: one that names the
// transition before one that only says that something changed.
func (v *view) strongest() *Event {
	best := v.events[0]
	for _, e := range v.events[1:] {
		if rank(e) > rank(best) {
			best = e
		}
	}
	return best
}

func rank(e *Event) int {
	switch {
	case e.Hint.Signed != nil || e.Hint.From != nil:
		return 3
	case e.Hint.Robot || e.Kind == DealStageChanged:
		return 2
	case e.Kind == DealUpdated || e.Kind == DealRestored:
		return 1
	}
	return 0
}

// quiet is the verdict of an event after which nothing changed: our own echo,
// a twin, or something that does not concern us.
func (v *view) quiet(e *Event, d decision) (Verdict, string) {
	if v.snap == nil || v.snap.CaseID == nil {
		return d.verdict, d.why
	}
	s, h := v.snap, e.Hint
	switch {
	case !s.MovedAt.IsZero() && !h.OccurredAt.IsZero() && !h.OccurredAt.After(s.MovedAt.Add(sameSecond)):
		return VerdictDuplicate, whyKnown
	case !s.WrittenAt.IsZero() && !v.deal.UpdatedAt.After(s.WrittenAt.Add(sameSecond)) && e.Kind == DealUpdated:
		return VerdictEcho, whyEcho
	case v.deal.UpdatedAt.Equal(s.UpdatedAt) || e.Kind == DealStageChanged:
		return VerdictDuplicate, "nothing changed since we last looked"
	}
	return d.verdict, d.why
}

func (v *view) stage() StageRef {
	return StageRef{PipelineID: v.deal.Pipeline.ID, StageID: v.deal.Stage.ID}
}

func (v *view) stageName() string {
	if v.deal.Stage.Name != "" {
		return v.deal.Stage.Name
	}
	return v.deal.Stage.ID
}

// snapshot is what is known from now on.
func (v *view) snapshot(d decision, c *Case) *DealSnapshot {
	s := &DealSnapshot{AccountID: v.acc.ID, DealID: v.deal.ID}
	if v.snap != nil {
		*s = *v.snap
	}
	if !v.onlyTold() {
		s.MovedAt = v.movedAt()
		s.Stage, s.Means, s.UpdatedAt = v.stage(), v.acc.Meaning(v.deal), v.deal.UpdatedAt
	}
	if d.verdict == VerdictCaseOpened {
		s.Cycle++
		s.SettledFor = v.transition()
	}
	if c != nil {
		s.CaseID = &c.ID
	}
	s.SettledAt = v.now
	return s
}

// transition names the move that opened a case.
func (v *view) transition() string {
	at := v.movedAt()
	if at.IsZero() {
		at = v.now
	}
	return fmt.Sprintf("%s/%s@%d", v.deal.Pipeline.ID, v.deal.Stage.ID, at.Unix())
}

// stageMeansCancelled tells it for a stage that only a body names, without its
// semantics: amoCRM's "lost" has the same id in every pipeline.
func (a *Account) stageMeansCancelled(ref StageRef) bool {
	if len(a.Triggers) == 0 {
		return a.Provider == AmoCRM && ref.StageID == amoLost
	}
	return a.Meaning(&Deal{Pipeline: Named{ID: ref.PipelineID}, Stage: Named{ID: ref.StageID}}) == MeansCancelled
}

// amoLost is the id of "closed and not realised" in every pipeline of amoCRM
// (reference/amocrm.md §0.8).
const amoLost = "143"

// newCase is the case that the deal's state opens.
func (v *view) newCase(d decision) *Case {
	deal := v.deal
	c := &Case{
		ID: NewID(), AccountID: v.acc.ID, Mode: v.acc.Mode, State: StateReceived, Initiator: ByClient,
		Intent: IntentUnknown, ServiceRelated: ServiceUnknown, Destination: "unknown",
		Contract: Contract{Title: deal.Title, NoticeDays: DefaultNoticeDays, Amount: deal.Amount, Missing: true},
		CRM:      CRMLink{Provider: v.acc.Provider, DealID: deal.ID, Transition: v.transition()},
		Dates:    Dates{ReceivedAt: v.strongest().ReceivedAt},
		Tracks: Tracks{
			Survey: SurveyNone, Save: SaveAvailable, Notice: NoticeNone, Handover: HandoverNotNeeded,
			Settlement: SettlementNotNeeded, Review: ReviewNone, WinBack: WinBackNone, WriteBack: WriteBackClean,
		},
	}
	if h := v.strongest().Hint.Signed; h != nil {
		c.CRM.WriteBackURL, c.Note = h.WriteBackURL, h.Note
		c.CRM.LossReason = h.Reason
	}
	c.refresh(deal)
	if d.initiator != "" {
		c.Initiator = d.initiator
	}
	if deal.Lapsed { // nobody said a word, so there is no cancellation to confirm and nobody to keep (domain §2.1)
		c.Initiator, c.Cause, c.Tracks.Save = ByLapse, "silence", SaveNotAllowed
	}
	if d.relapse {
		c.RelapseOf = &v.last.ID
		c.Tracks.Save = SaveNotAllowed
	}
	return c
}

// refresh takes over what the CRM knows now about the people and the deal.
func (c *Case) refresh(d *Deal) {
	if c.Erased { // what was forgotten is not brought back
		return
	}
	if d.Client != (Client{}) {
		before := c.Client
		c.Client = d.Client
		c.Client.keepTimes(before)
	}
	c.Company, c.Responsible = d.Company, d.Responsible
	c.CRM.URL, c.CRM.Pipeline, c.CRM.Stage = d.URL, d.Pipeline.Name, d.Stage.Name
	if d.LossReason != "" {
		c.CRM.LossReason = d.LossReason
	}
}
