package offboarding

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	connected = noon.Add(-30 * 24 * time.Hour)
	lostAt    = noon.Add(-time.Minute)
)

func crmOf(p Provider, triggers ...Trigger) *Account {
	return &Account{ID: NewID(), Provider: p, TimeZone: "Europe/Moscow", ConnectedAt: connected, Triggers: triggers, Policy: DefaultPolicy(), Mode: Live}
}

// Stages of the two CRMs as their connectors read them.
var (
	amoWork     = Deal{ID: "17", Pipeline: Named{ID: "8"}, Stage: Named{ID: "10", Name: "Обслуживание"}, Outcome: OutcomeOpen}
	amoLostDeal = Deal{ID: "17", Pipeline: Named{ID: "8"}, Stage: Named{ID: "143", Name: "Закрыто и не реализовано"}, Outcome: OutcomeLost, MovedAt: lostAt}
	amoWonDeal  = Deal{ID: "17", Pipeline: Named{ID: "8"}, Stage: Named{ID: "142"}, Outcome: OutcomeWon, MovedAt: lostAt}
	bitWork     = Deal{ID: "17", Pipeline: Named{ID: "0"}, Stage: Named{ID: "EXECUTING"}, Outcome: OutcomeOpen, MovedAt: lostAt}
	bitLostDeal = Deal{ID: "17", Pipeline: Named{ID: "0"}, Stage: Named{ID: "LOSE"}, Outcome: OutcomeLost, MovedAt: lostAt}
	bitWonDeal  = Deal{ID: "17", Pipeline: Named{ID: "0"}, Stage: Named{ID: "WON"}, Outcome: OutcomeWon, MovedAt: lostAt}
)

func changed(d Deal, fn func(d *Deal)) *Deal {
	d.CreatedAt, d.UpdatedAt = connected.Add(24*time.Hour), lostAt
	if fn != nil {
		fn(&d)
	}
	return &d
}

func event(kind EventKind, h Hint) *Event {
	return &Event{ID: NewID(), Kind: kind, EntityID: "17", ReceivedAt: noon, Hint: h, Verdict: VerdictPending}
}

func ref(pipeline, stage string) *StageRef { return &StageRef{pipeline, stage} }

func known(d *Deal, means Means, caseID *Case) *DealSnapshot {
	s := &DealSnapshot{DealID: d.ID, Stage: StageRef{d.Pipeline.ID, d.Stage.ID}, Means: means, MovedAt: d.MovedAt, UpdatedAt: d.UpdatedAt, Cycle: 1}
	if caseID != nil {
		s.CaseID = &caseID.ID
	}
	return s
}

func TestWhatADealMeans(t *testing.T) {
	lost, lostAgain := changed(amoLostDeal, nil), changed(amoLostDeal, func(d *Deal) { d.MovedAt = noon.Add(-time.Second) })
	listening, parted, inTouch, returned := caseIn(StateListening), caseIn(StateParted), caseIn(StateInTouch), caseIn(StateReturned)
	savedLately, savedLongAgo := caseIn(StateSaved), caseIn(StateSaved)
	savedLately.Dates.SavedAt, savedLongAgo.Dates.SavedAt = noon.Add(-29*24*time.Hour), noon.Add(-31*24*time.Hour)
	decided := caseIn(StateLeaving)
	decided.Intent, decided.IntentSource = IntentFinal, IntentByClient
	managerSaysFinal := caseIn(StateLeaving)
	managerSaysFinal.Intent, managerSaysFinal.IntentSource = IntentFinal, IntentByManager
	ended := caseIn(StateLeaving)
	ended.Dates.EffectiveOn = "2026-11-01"
	startedBefore := caseIn(StateParted)
	startedBefore.CreatedAt = noon.Add(time.Second)
	handedOver := caseIn(StateListening)
	handedOver.Responsible.ID = "5"

	amo, bit := crmOf(AmoCRM), crmOf(Bitrix24)
	amoOwn := crmOf(AmoCRM, Trigger{"8", "77", MeansCancelled}, Trigger{"8", "78", MeansReturned}, Trigger{"", "79", MeansProposedRefusal})
	generic := crmOf(Generic)
	ownStage := func(stage string) *Deal { return changed(amoWork, func(d *Deal) { d.Stage.ID = stage }) }
	signed := func(kind string) Hint {
		return Hint{OccurredAt: lostAt, Signed: &SignedClaim{Type: kind}}
	}

	tests := map[string]struct {
		acc     *Account
		deal    *Deal
		snap    *DealSnapshot
		last    *Case
		events  []*Event
		verdict Verdict
		to      State
		relapse bool
		why     string // part of it
	}{
		"amoCRM: a fresh cancellation opens a case": {
			acc: amo, deal: lost, events: []*Event{event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: lostAt})},
			verdict: VerdictCaseOpened, why: "Закрыто и не реализовано",
		},
		"amoCRM: its twin alone opens it too": {
			acc: amo, deal: lost, events: []*Event{event(DealUpdated, Hint{To: ref("8", "143"), OccurredAt: lostAt})}, verdict: VerdictCaseOpened,
		},
		"amoCRM: status and update in one look open one": {
			acc: amo, deal: lost, events: []*Event{event(DealUpdated, Hint{}), event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143")})},
			verdict: VerdictCaseOpened,
		},
		"amoCRM: after the first the twin says nothing new": {
			acc: amo, deal: lost, snap: known(lost, MeansCancelled, listening), last: listening,
			events: []*Event{event(DealUpdated, Hint{OccurredAt: lostAt})}, verdict: VerdictIgnored, why: "nothing about the parting changed",
		},
		"amoCRM: from lost to lost in another pipeline is no new parting": {
			acc: amo, deal: changed(amoLostDeal, func(d *Deal) { d.Pipeline.ID, d.MovedAt = "9", noon }), snap: known(lost, MeansCancelled, savedLately), last: savedLately,
			events:  []*Event{event(DealStageChanged, Hint{From: ref("8", "143"), To: ref("9", "143"), OccurredAt: noon})},
			verdict: VerdictIgnored, why: "from one cancellation stage to another",
		},
		"amoCRM: reopened and lost again between two looks is a new parting": {
			acc: amo, deal: lostAgain, snap: known(lost, MeansCancelled, returned), last: returned,
			events: []*Event{event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: noon})}, verdict: VerdictCaseOpened,
		},
		"amoCRM: reopened and lost again while the case is open joins it": {
			acc: amo, deal: lostAgain, snap: known(lost, MeansCancelled, listening), last: listening,
			events: []*Event{event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: noon})}, verdict: VerdictCaseJoined,
		},
		"amoCRM: seen at work, now lost, by a mere update": {
			acc: amo, deal: lost, snap: known(changed(amoWork, nil), MeansNothing, nil), events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictCaseOpened,
		},
		"amoCRM: created lost is an import": {
			acc: amo, deal: changed(amoLostDeal, func(d *Deal) { d.CreatedAt = lostAt.Add(-time.Second) }),
			events: []*Event{event(DealAdded, Hint{To: ref("8", "143")})}, verdict: VerdictIgnored, why: "an import",
		},
		"amoCRM: created and lost an hour later is none": {
			acc: amo, deal: changed(amoLostDeal, func(d *Deal) { d.CreatedAt = lostAt.Add(-time.Hour) }), events: []*Event{event(DealAdded, Hint{})}, verdict: VerdictCaseOpened,
		},
		"amoCRM: lost before we were connected is history": {
			acc: amo, deal: changed(amoLostDeal, func(d *Deal) { d.MovedAt = connected.Add(-time.Hour) }),
			events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored, why: "before this account was connected",
		},
		"amoCRM: clocks may differ by minutes": {
			acc: amo, deal: changed(amoLostDeal, func(d *Deal) { d.MovedAt = connected.Add(-10 * time.Minute) }), events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictCaseOpened,
		},
		"amoCRM: history that a body says has just moved is no history": {
			acc: amo, deal: lost, snap: known(lost, MeansCancelled, nil),
			events: []*Event{event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: lostAt})}, verdict: VerdictCaseOpened,
		},
		"amoCRM: history that is merely edited stays history": {
			acc: amo, deal: lost, snap: known(lost, MeansCancelled, nil), events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored,
		},
		"amoCRM: a won deal without a parting is business": {
			acc: amo, deal: changed(amoWonDeal, nil), events: []*Event{event(DealStageChanged, Hint{})}, verdict: VerdictIgnored, why: "there was no parting",
		},
		"amoCRM: a won deal after a parting is a return": {
			acc: amo, deal: changed(amoWonDeal, nil), snap: known(lost, MeansCancelled, parted), last: parted, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictCaseMoved, to: StateReturned,
		},
		"amoCRM: so is one after half a year in touch": {
			acc: amo, deal: changed(amoWonDeal, nil), last: inTouch, events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictCaseMoved, to: StateReturned,
		},
		"amoCRM: won while we listen means that the client stays": {
			acc: amo, deal: changed(amoWonDeal, nil), snap: known(lost, MeansCancelled, listening), last: listening, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictCaseMoved, to: StateSaved,
		},
		"amoCRM: won again after a return is business": {
			acc: amo, deal: changed(amoWonDeal, nil), last: returned, events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored, why: "no parting is under way",
		},
		"amoCRM: taken back from the cancellation stage": {
			acc: amo, deal: changed(amoWork, nil), snap: known(lost, MeansCancelled, listening), last: listening, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictCaseMoved, to: StateSaved, why: "taken back",
		},
		"amoCRM: a case opened by hand is not taken back by a stage that never meant anything": {
			acc: amo, deal: changed(amoWork, nil), snap: known(changed(amoWork, nil), MeansNothing, listening), last: listening,
			events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored,
		},
		"Bitrix24: our own robot opens a case on any stage": {
			acc: bit, deal: changed(bitWork, nil), snap: known(changed(bitWork, nil), MeansNothing, nil),
			events: []*Event{event(DealUpdated, Hint{}), event(DealStageChanged, Hint{Robot: true, Start: true})}, verdict: VerdictCaseOpened, why: "Начать расставание бережно",
		},
		"Bitrix24: the built-in robot does not": {
			acc: bit, deal: changed(bitWork, nil), events: []*Event{event(DealStageChanged, Hint{Robot: true})}, verdict: VerdictIgnored, why: "means nothing",
		},
		"Bitrix24: our own robot run twice": {
			acc: bit, deal: changed(bitWork, nil), last: listening, events: []*Event{event(DealStageChanged, Hint{Robot: true, Start: true})}, verdict: VerdictCaseJoined,
		},
		"Bitrix24: a run of our own robot that is replayed after its case is over": {
			acc: bit, deal: changed(bitWork, nil), last: startedBefore, events: []*Event{event(DealStageChanged, Hint{Robot: true, Start: true})}, verdict: VerdictIgnored,
		},
		"amoCRM: the client's own last word is not overruled by a stage": {
			acc: amo, deal: changed(amoWork, nil), snap: known(lost, MeansCancelled, decided), last: decided, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictIgnored, why: "by their own word",
		},
		"amoCRM: nor by a won deal": {
			acc: amo, deal: changed(amoWonDeal, nil), snap: known(lost, MeansCancelled, decided), last: decided, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictIgnored, why: "by their own word",
		},
		"amoCRM: a manager's word is": {
			acc: amo, deal: changed(amoWork, nil), snap: known(lost, MeansCancelled, managerSaysFinal), last: managerSaysFinal, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictCaseMoved, to: StateSaved,
		},
		"amoCRM: after the last day it is too late to withdraw": {
			acc: amo, deal: changed(amoWork, nil), snap: known(lost, MeansCancelled, ended), last: ended, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictIgnored, why: "the last day of service has passed",
		},
		"amoCRM: lost again within 30 days of a save is a relapse": {
			acc: amo, deal: lostAgain, snap: known(changed(amoWork, nil), MeansNothing, savedLately), last: savedLately, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictCaseOpened, relapse: true,
		},
		"amoCRM: later it is a new parting": {
			acc: amo, deal: lostAgain, snap: known(changed(amoWork, nil), MeansNothing, savedLongAgo), last: savedLongAgo, events: []*Event{event(DealStageChanged, Hint{})},
			verdict: VerdictCaseOpened,
		},
		"amoCRM: another manager takes the client over": {
			acc: amo, deal: changed(amoLostDeal, func(d *Deal) { d.Responsible.ID = "6" }), snap: known(lost, MeansCancelled, handedOver), last: handedOver,
			events: []*Event{event(DealResponsibleChanged, Hint{})}, verdict: VerdictCaseJoined, why: "the responsible changed",
		},
		"amoCRM: another manager takes over a deal at work": {
			acc: amo, deal: changed(amoWork, func(d *Deal) { d.Responsible.ID = "6" }), snap: known(changed(amoWork, nil), MeansNothing, handedOver), last: handedOver,
			events: []*Event{event(DealResponsibleChanged, Hint{})}, verdict: VerdictCaseJoined, why: "the responsible changed",
		},
		"amoCRM: a deal at work means nothing": {
			acc: amo, deal: changed(amoWork, nil), events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored, why: "«Обслуживание» means nothing",
		},

		"own triggers: the company's stage is a cancellation": {
			acc: amoOwn, deal: ownStage("77"), events: []*Event{event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "77"), OccurredAt: lostAt})},
			verdict: VerdictCaseOpened,
		},
		"own triggers: a robot on the stage is believed": {
			acc: amoOwn, deal: ownStage("77"), events: []*Event{event(DealUpdated, Hint{Robot: true})}, verdict: VerdictCaseOpened,
		},
		"own triggers: an edit of a deal that has stood there for long is no parting": {
			acc: amoOwn, deal: ownStage("77"), events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored, why: "nothing tells",
		},
		"own triggers: and the move that comes after it is one": {
			acc: amoOwn, deal: ownStage("77"), snap: known(ownStage("77"), MeansCancelled, nil),
			events: []*Event{event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "77"), OccurredAt: lostAt})}, verdict: VerdictCaseOpened,
		},
		"own triggers: the twin of a move names its time": {
			acc: amoOwn, deal: ownStage("77"), last: listening,
			snap:   &DealSnapshot{Stage: StageRef{"8", "77"}, Means: MeansCancelled, MovedAt: lostAt, CaseID: &listening.ID},
			events: []*Event{event(DealUpdated, Hint{OccurredAt: noon})}, verdict: VerdictIgnored,
		},
		"own triggers: the CRM's lost is not meant": {
			acc: amoOwn, deal: lost, events: []*Event{event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143")})}, verdict: VerdictIgnored,
		},
		"own triggers: the same stage of another pipeline is not meant": {
			acc: amoOwn, deal: changed(amoWork, func(d *Deal) { d.Pipeline.ID, d.Stage.ID = "9", "77" }),
			events: []*Event{event(DealStageChanged, Hint{From: ref("9", "10"), To: ref("9", "77")})}, verdict: VerdictIgnored,
		},
		"own triggers: the company's own stage of return": {
			acc: amoOwn, deal: ownStage("78"), last: parted, events: []*Event{event(DealStageChanged, Hint{})}, verdict: VerdictCaseMoved, to: StateReturned,
		},
		"own triggers: a proposed refusal opens a proposal": {
			acc: amoOwn, deal: ownStage("79"), events: []*Event{event(DealStageChanged, Hint{From: &StageRef{"8", "10"}})}, verdict: VerdictCaseOpened, why: "proposes to part",
		},
		"own triggers: a proposal is opened once": {
			acc: amoOwn, deal: ownStage("79"), snap: known(ownStage("79"), MeansProposedRefusal, nil), events: []*Event{event(DealUpdated, Hint{})},
			verdict: VerdictIgnored, why: "nothing about the proposal changed",
		},
		"own triggers: a client who leaves already is not proposed": {
			acc: amoOwn, deal: ownStage("79"), last: listening, events: []*Event{event(DealStageChanged, Hint{From: &StageRef{"8", "10"}})},
			verdict: VerdictIgnored, why: "already under way",
		},

		"Bitrix24: an update that carries an id only opens a case": {
			acc: bit, deal: changed(bitLostDeal, nil), events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictCaseOpened, why: "LOSE",
		},
		"Bitrix24: a second update of the same move is known": {
			acc: bit, deal: changed(bitLostDeal, nil), snap: known(changed(bitLostDeal, nil), MeansCancelled, listening), last: listening,
			events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored,
		},
		"Bitrix24: the stage history says that an old loss is new": {
			acc: bit, deal: changed(bitLostDeal, func(d *Deal) { d.MovedAt = connected.Add(-time.Hour) }),
			events: []*Event{event(DealStageChanged, Hint{To: ref("0", "LOSE")})}, verdict: VerdictCaseOpened,
		},
		"Bitrix24: the history of another stage says nothing": {
			acc: bit, deal: changed(bitLostDeal, func(d *Deal) { d.MovedAt = connected.Add(-time.Hour) }),
			events: []*Event{event(DealStageChanged, Hint{To: ref("0", "NEW")})}, verdict: VerdictIgnored,
		},
		"Bitrix24: lost before we were connected is history": {
			acc: bit, deal: changed(bitLostDeal, func(d *Deal) { d.MovedAt = connected.Add(-time.Hour) }), events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictIgnored,
		},
		"Bitrix24: imported lost": {
			acc: bit, deal: changed(bitLostDeal, func(d *Deal) { d.CreatedAt = d.MovedAt }), events: []*Event{event(DealAdded, Hint{})}, verdict: VerdictIgnored, why: "an import",
		},
		"Bitrix24: created and lost at once, as its history tells": {
			acc: bit, deal: changed(bitLostDeal, func(d *Deal) { d.CreatedAt, d.Came = d.MovedAt, true }), events: []*Event{event(DealAdded, Hint{})}, verdict: VerdictCaseOpened,
		},
		"Bitrix24: the history tells it only at the second, late hook": {
			acc: bit, deal: changed(bitLostDeal, func(d *Deal) { d.CreatedAt, d.Came = d.MovedAt, true }), events: []*Event{event(DealUpdated, Hint{})},
			snap: &DealSnapshot{Means: MeansCancelled, MovedAt: bitLostDeal.MovedAt, Stage: StageRef{bitLostDeal.Pipeline.ID, bitLostDeal.Stage.ID}}, verdict: VerdictCaseOpened,
		},
		"Bitrix24: reopened and lost again": {
			acc: bit, deal: changed(bitLostDeal, func(d *Deal) { d.MovedAt = noon }), snap: known(changed(bitLostDeal, nil), MeansCancelled, returned), last: returned,
			events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictCaseOpened,
		},
		"Bitrix24: taken back to work": {
			acc: bit, deal: changed(bitWork, nil), snap: known(changed(bitLostDeal, nil), MeansCancelled, listening), last: listening,
			events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictCaseMoved, to: StateSaved,
		},
		"Bitrix24: returned after we parted": {
			acc: bit, deal: changed(bitWonDeal, nil), snap: known(changed(bitLostDeal, nil), MeansCancelled, parted), last: parted,
			events: []*Event{event(DealUpdated, Hint{})}, verdict: VerdictCaseMoved, to: StateReturned,
		},

		"a signed cancellation is its own authority": {
			acc: generic, deal: changed(bitLostDeal, func(d *Deal) { d.MovedAt = connected.Add(-time.Hour) }), events: []*Event{event(OtherEvent, signed(ClaimCancelled))},
			verdict: VerdictCaseOpened,
		},
		"a signed return after a parting": {
			acc: generic, deal: changed(bitWonDeal, nil), last: parted, events: []*Event{event(OtherEvent, signed(ClaimReturned))}, verdict: VerdictCaseMoved, to: StateReturned,
		},
		"signed particulars join the case": {
			acc: generic, deal: changed(bitWork, nil), last: listening, events: []*Event{event(OtherEvent, signed(ClaimUpdated))}, verdict: VerdictCaseJoined, why: "particulars",
		},
		"signed particulars of a client who stays": {
			acc: generic, deal: changed(bitWork, nil), events: []*Event{event(OtherEvent, signed(ClaimUpdated))}, verdict: VerdictIgnored, why: "no parting is under way",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v := view{acc: tc.acc, deal: tc.deal, snap: tc.snap, last: tc.last, events: tc.events, now: noon}
			d := v.decide()
			if d.verdict != tc.verdict || d.to != tc.to || d.relapse != tc.relapse {
				t.Errorf("%s to %q, relapse %v (%s); want %s to %q, %v", d.verdict, d.to, d.relapse, d.why, tc.verdict, tc.to, tc.relapse)
			}
			if d.why == "" || !strings.Contains(d.why, tc.why) {
				t.Errorf("why: %q, want something about %q", d.why, tc.why)
			}
		})
	}
}

func TestAfterNothingChangedTheVerdictSaysWhy(t *testing.T) {
	lost, listening := changed(amoLostDeal, nil), caseIn(StateListening)
	written := known(lost, MeansCancelled, listening)
	written.WrittenAt = lostAt.Add(5 * time.Second)
	tests := map[string]struct {
		snap *DealSnapshot
		deal *Deal
		e    *Event
		want Verdict
	}{
		"our own write comes back": {
			written, changed(amoLostDeal, func(d *Deal) { d.UpdatedAt = written.WrittenAt }), event(DealUpdated, Hint{OccurredAt: written.WrittenAt}), VerdictEcho,
		},
		"a second later by the CRM's clock it is still ours": {
			written, changed(amoLostDeal, func(d *Deal) { d.UpdatedAt = written.WrittenAt.Add(time.Second) }), event(DealUpdated, Hint{OccurredAt: written.WrittenAt.Add(time.Second)}), VerdictEcho,
		},
		"an edit by a person after our write": {
			written, changed(amoLostDeal, func(d *Deal) { d.UpdatedAt = noon }), event(DealUpdated, Hint{OccurredAt: noon}), VerdictIgnored,
		},
		"the twin tells the same move": {
			known(lost, MeansCancelled, listening), lost, event(DealUpdated, Hint{OccurredAt: lostAt}), VerdictDuplicate,
		},
		"a twin without a time": {
			known(lost, MeansCancelled, listening), lost, event(DealUpdated, Hint{}), VerdictDuplicate,
		},
		"a move that was told already": {
			known(lost, MeansCancelled, listening), changed(amoLostDeal, func(d *Deal) { d.UpdatedAt = noon }), event(DealStageChanged, Hint{}), VerdictDuplicate,
		},
		"a deal that never concerned us": {
			nil, changed(amoWork, nil), event(DealUpdated, Hint{}), VerdictIgnored,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v := view{acc: crmOf(AmoCRM), deal: tc.deal, snap: tc.snap, last: listening, events: []*Event{tc.e}, now: noon}
			got, why := v.quiet(tc.e, decision{verdict: VerdictIgnored, why: "nothing"})
			if got != tc.want || why == "" {
				t.Errorf("%s (%s), want %s", got, why, tc.want)
			}
		})
	}
}

func TestTheEventThatNamesTheMoveGetsTheVerdict(t *testing.T) {
	events := []*Event{
		event(DealNote, Hint{}), event(DealUpdated, Hint{}), event(DealStageChanged, Hint{}), event(DealStageChanged, Hint{From: ref("8", "10")}),
	}
	for i := range events {
		v := view{events: events[:i+1]}
		if v.strongest() != events[i] {
			t.Errorf("of %d events %v is the strongest", i+1, v.strongest().Kind)
		}
	}
}

func TestWhatANewCaseKnows(t *testing.T) {
	acc := crmOf(Generic)
	deal := changed(bitLostDeal, func(d *Deal) {
		d.Title, d.Client, d.Responsible = "Договор 12/24", Client{Name: "Анна", Email: "client@example.com"}, Responsible{ID: "5", Name: "Мария"}
		d.Amount = &Money{123450, "RUB"}
	})
	e := event(OtherEvent, Hint{Signed: &SignedClaim{Type: ClaimCancelled, Note: "позвонил", Reason: "Дорого", WriteBackURL: "https://example.com/results"}})
	saved := caseIn(StateSaved)
	v := view{acc: acc, deal: deal, last: saved, events: []*Event{e}, now: noon}
	c := v.newCase(decision{verdict: VerdictCaseOpened, relapse: true})
	if c.Client != deal.Client || c.Responsible != deal.Responsible || c.Contract.Title != deal.Title || c.Contract.Amount != deal.Amount {
		t.Errorf("it does not know what was read: %+v", c)
	}
	if c.Contract.NoticeDays != DefaultNoticeDays || !c.Contract.Missing {
		t.Errorf("without a contract on record: %+v", c.Contract)
	}
	if c.Note != "позвонил" || c.CRM.LossReason != "Дорого" || c.CRM.WriteBackURL == "" {
		t.Errorf("it does not know what was signed: %+v", c.CRM)
	}
	if c.RelapseOf == nil || *c.RelapseOf != saved.ID || c.Tracks.Save != SaveNotAllowed {
		t.Errorf("a relapse is not known as one, save is %s", c.Tracks.Save)
	}
	if !c.Dates.ReceivedAt.Equal(e.ReceivedAt) {
		t.Errorf("received at %v, want the hook's time", c.Dates.ReceivedAt)
	}
}

// crm is one deal as we know it, without a database.
type crm struct {
	acc   *Account
	snap  *DealSnapshot
	cases []*Case // newest first
}

// look reads the deal back once for some events.
func (w *crm) look(t interface{ Fatalf(string, ...any) }, deal *Deal, now time.Time, events ...*Event) {
	v := view{acc: w.acc, deal: deal, snap: w.snap, events: events, now: now}
	if len(w.cases) > 0 {
		v.last = w.cases[0]
	}
	d := v.decide()
	var c *Case
	switch d.verdict {
	case VerdictCaseOpened:
		c = v.newCase(d)
		if err := c.MoveTo(StateListening, now); err != nil {
			t.Fatalf("a new case cannot listen: %v", err)
		}
		w.cases = append([]*Case{c}, w.cases...)
	case VerdictCaseMoved:
		c = v.last
		if err := c.MoveTo(d.to, now); err != nil {
			t.Fatalf("decided what is forbidden: %v", err)
		}
	case VerdictCaseJoined:
		c = v.last
		c.refresh(deal)
	}
	w.snap = v.snapshot(d, c)
}

// stories are lives of a deal: what the CRM says in the end, and the bodies
// that told of it.
func stories() map[string]struct {
	acc    *Account
	end    *Deal
	events []*Event
	cases  int
	state  State
} {
	own := crmOf(AmoCRM, Trigger{"8", "77", MeansCancelled})
	later := lostAt.Add(20 * time.Second)
	return map[string]struct {
		acc    *Account
		end    *Deal
		events []*Event
		cases  int
		state  State
	}{
		"amoCRM: lost, with its twin, an edit and a note": {crmOf(AmoCRM), changed(amoLostDeal, nil), []*Event{
			event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: lostAt}), event(DealUpdated, Hint{To: ref("8", "143"), OccurredAt: lostAt}),
			event(DealUpdated, Hint{OccurredAt: later}), event(DealResponsibleChanged, Hint{OccurredAt: later}),
		}, 1, StateListening},
		"amoCRM: lost, reopened and lost again before anybody looked": {crmOf(AmoCRM), changed(amoLostDeal, func(d *Deal) { d.MovedAt = later }), []*Event{
			event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: lostAt}), event(DealStageChanged, Hint{From: ref("8", "143"), To: ref("8", "10"), OccurredAt: lostAt.Add(5 * time.Second)}),
			event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: later}), event(DealUpdated, Hint{OccurredAt: later}),
		}, 1, StateListening},
		"amoCRM: created and lost within a day": {crmOf(AmoCRM), changed(amoLostDeal, nil), []*Event{
			event(DealAdded, Hint{OccurredAt: connected.Add(24 * time.Hour)}), event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: lostAt}),
			event(DealUpdated, Hint{OccurredAt: lostAt}),
		}, 1, StateListening},
		"amoCRM: lost and taken back before anybody looked": {crmOf(AmoCRM), changed(amoWork, nil), []*Event{
			event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "143"), OccurredAt: lostAt}), event(DealStageChanged, Hint{From: ref("8", "143"), To: ref("8", "10"), OccurredAt: later}),
		}, 0, ""},
		"amoCRM: imported lost": {crmOf(AmoCRM), changed(amoLostDeal, func(d *Deal) { d.CreatedAt = lostAt }), []*Event{
			event(DealAdded, Hint{To: ref("8", "143"), OccurredAt: lostAt}), event(DealAdded, Hint{To: ref("8", "143"), OccurredAt: lostAt}),
		}, 0, ""},
		"amoCRM: the company's own stage, which has no time": {own, changed(amoWork, func(d *Deal) { d.Stage.ID = "77" }), []*Event{
			event(DealStageChanged, Hint{From: ref("8", "10"), To: ref("8", "77"), OccurredAt: lostAt}), event(DealUpdated, Hint{To: ref("8", "77"), OccurredAt: lostAt}),
			event(DealUpdated, Hint{OccurredAt: later}),
		}, 1, StateListening},
		"Bitrix24: a move and three updates that carry ids only": {crmOf(Bitrix24), changed(bitLostDeal, nil), []*Event{
			event(DealUpdated, Hint{OccurredAt: lostAt}), event(DealUpdated, Hint{}), event(DealUpdated, Hint{OccurredAt: later}),
			event(DealStageChanged, Hint{To: ref("0", "LOSE"), OccurredAt: lostAt}),
		}, 1, StateListening},
		"Bitrix24: a robot, the poller and the hook": {crmOf(Bitrix24), changed(bitLostDeal, nil), []*Event{
			event(DealUpdated, Hint{Robot: true}), event(DealStageChanged, Hint{To: ref("0", "LOSE"), OccurredAt: lostAt}), event(DealUpdated, Hint{}),
		}, 1, StateListening},
	}
}

// The same bodies in any order, repeated, alone or looked at together: one
// case, in one state.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	for name, story := range stories() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				events := append([]*Event(nil), story.events...)
				for range rapid.IntRange(0, 3).Draw(t, "repeats") {
					events = append(events, story.events[rapid.IntRange(0, len(story.events)-1).Draw(t, "again")])
				}
				r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
				r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
				w := &crm{acc: story.acc}
				for now := noon; len(events) > 0; now = now.Add(3 * time.Second) {
					n := rapid.IntRange(1, len(events)).Draw(t, "together")
					w.look(t, story.end, now, events[:n]...)
					events = events[n:]
				}
				if len(w.cases) != story.cases {
					t.Fatalf("%d cases, want %d", len(w.cases), story.cases)
				}
				if story.cases > 0 && w.cases[0].State != story.state {
					t.Fatalf("the case is %s, want %s", w.cases[0].State, story.state)
				}
			})
		})
	}
}

func TestACustomerWhoFadedAwayOpensALapse(t *testing.T) {
	deal := &Deal{
		ID: "customer:5", Pipeline: Named{ID: "customers"}, Stage: Named{ID: "lapsed"}, Outcome: OutcomeLost, Lapsed: true, MovedAt: connected.Add(time.Hour),
	}
	acc := &Account{Provider: AmoCRM, ConnectedAt: connected, Triggers: []Trigger{{PipelineID: "customers", StageID: "lapsed", Means: MeansCancelled}}}
	v := view{acc: acc, deal: deal, events: []*Event{{Kind: OtherEvent, EntityID: deal.ID}}, now: connected.Add(2 * time.Hour)}
	d := v.decide()
	if d.verdict != VerdictCaseOpened {
		t.Fatalf("%s: %s", d.verdict, d.why)
	}
	if c := v.newCase(d); c.Initiator != ByLapse || c.Cause != "silence" || c.Tracks.Save != SaveNotAllowed {
		t.Errorf("initiator %s, cause %s, save %s", c.Initiator, c.Cause, c.Tracks.Save)
	}
}
