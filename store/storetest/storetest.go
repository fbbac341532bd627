// Package storetest is the contract of offboarding.Store as tests, to be run
// against every database, and a seeder of large ones.
package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/store"
)

// Run runs the contract. open returns a migrated store of its own for each
// call and closes it at the end of the test.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	t.Helper()
	for name, test := range map[string]func(*fixture){
		"an account comes back as it was stored":                          accountRoundTrip,
		"the second writer of an account is told":                         accountVersions,
		"the machinery's writes leave an account's version alone":         accountMachinery,
		"an account is looked after by one caller":                        watches,
		"what is wrong with an account is known until it is gone":         problems,
		"setup, rhythm and dialect come back as they were stored":         setupAndRhythm,
		"the first event of a hook is found and a flood is seen":          hookEvents,
		"what was posted is logged and posted again":                      resultLog,
		"a poll and a probe are given to one caller":                      pollsAndProbes,
		"a deleted account is gone and wants nothing any more":            accountDeletion,
		"accounts are listed newest first within the scope":               accountList,
		"a grant is changed, moves its account and goes with it":          grantLife,
		"a grant is changed by one at a time":                             grantRace,
		"an erased mirror of the CRM leaves the cases":                    erasedMirror,
		"a delivery comes back as it was stored":                          deliveryRoundTrip,
		"a repeated body is counted and looked into again later":          deliveryRepeats,
		"a flood of one account is unpacked in turns with the others":     deliveryTurns,
		"one body from many senders at once is one delivery":              deliveryRace,
		"text that a database refuses does not fail the batch":            deliveryText,
		"a batch obeys its deadline":                                      deliveryDeadline,
		"events keep their place and their verdict":                       eventLife,
		"pending events of a deal are those of that deal only":            pendingEvents,
		"events are listed by account, verdict and case":                  eventList,
		"a deal snapshot is replaced":                                     snapshots,
		"what was written on a card is remembered field by field":         cardValues,
		"a case comes back as it was stored":                              caseRoundTrip,
		"a deal has one open case, however many are opened at once":       oneOpenCase,
		"the second writer of a case is told":                             caseVersions,
		"cases are found by every filter":                                 caseFilters,
		"pages of cases join without a gap":                               casePages,
		"the burst gate counts hooks and releases what it held":           burstGate,
		"an effect is wanted once":                                        effectKeys,
		"due effects are rung in turn and not twice":                      ringing,
		"one account has so many crm effects in flight":                   ringingCaps,
		"cards wait for letters, but not for long":                        yielding,
		"of a series one effect is in flight":                             series,
		"of many claims exactly one wins":                                 claimRace,
		"an effect that is not due is not claimed":                        claimEarly,
		"the fence opens only when nothing speaks against it":             fence,
		"what may not leave is rung once while sending is switched off":   ringingPaused,
		"an outcome needs the token of the last claim":                    outcomes,
		"a try that failed comes again and counts":                        again,
		"leases that ran out are swept":                                   sweeping,
		"three crashes in a row are the end":                              crashes,
		"one of a crowd that crashes together is not to blame at once":    crowdCrashes,
		"what has not begun is cancelled together with its letter":        cancelling,
		"a good check wakes what waited for the CRM":                      waking,
		"a dead letter is revived with a fresh patience":                  reviving,
		"one look settles the other interpretations":                      completing,
		"the CRM's copy of a case is pending, failed or clean":            writeBack,
		"queue depths count what has not ended":                           depths,
		"a letter comes back as it was stored":                            messageLife,
		"the texts of operators are kept, version by version":             letterTexts,
		"a link keeps its longest life":                                   links,
		"a stop is kept once per channel":                                 suppressions,
		"audit streams are chained, also by many writers at once":         auditChains,
		"an API key is found by its hash and revoked once":                apiKeys,
		"a repeated request gets the stored answer":                       idempotency,
		"a setting is set, changed and unset":                             settings,
		"many effects are claimed at once, one of a series":               manyClaims,
		"many letters go through one fence and keep their own stops":      manyLetters,
		"many deals are known, opened and settled at once":                manyDeals,
		"who was here before has left a trace":                            traits,
		"a stream that begins asks for nobody and is chained":             streamBegins,
		"a handover is kept whole and its second writer is told":          handovers,
		"items keep their order and their versions":                       items,
		"a build is the newest one, a content is held by its rows":        buildsAndFiles,
		"a checklist that was changed is kept":                            checklists,
		"a snapshot is taken once per quarter and closed for good":        inventories,
		"what came in is known when it comes again":                       inbound,
		"a client is found by a chat and by a number":                     chats,
		"one process at a time has the turn":                              turns,
		"accounts take turns with touches that are due":                   touchTurns,
		"a touch waits, is due, and counts for its person":                touchLife,
		"the newest consent counts, at the fence too":                     consentLedger,
		"each change of a plan is a version":                              plans,
		"a task is asked once and done once":                              tasks,
		"answers to the pulse are kept by contract":                       pulses,
		"a measure comes back as it was stored, to its case":              measures,
		"who is erased leaves marks of the pulse and no words":            pulsesForgotten,
		"a recommended provider is its account's":                         recommended,
		"a source is found again within its account":                      sources,
		"a client is found again, and an open deal keeps others out":      clientsFoundAgain,
		"each wording of the survey is a version":                         surveyWordings,
		"questions of the survey are counted once, and within the scope":  surveyFigures,
		"every figure is what its rows say":                               figures,
		"what is to come is listed page by page":                          agenda,
		"a calendar is found by its secret and ends":                      feeds,
		"a person is found, erased and recognised":                        persons,
		"what is over and old is found":                                   retention,
		"a transaction is all or nothing":                                 transactions,
		"a healthy database breaks no invariant and a broken one is told": invariants,
		"the database can be written and tells the time":                  writable,

		"a contract comes back as it was stored":                                     contractRoundTrip,
		"a contract is found by what it has, and its number is taken once":           contractSearch,
		"an invoice is kept once per number":                                         invoices,
		"a final account comes back as it was stored, and the second writer is told": settlements,
		"a review comes back as it was stored, and its check falls due":              reviews,
		"a systemic measure is ordered once":                                         systemic,
		"the newest note of each deal is known":                                      lastNotes,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fixture{T: t, s: open(t), ctx: t.Context(), now: time.Date(2026, 11, 3, 9, 30, 0, 123456000, time.UTC)}
			f.acc = f.account("amoCRM Moscow")
			test(f)
		})
	}
}

// fixture is a test with a store, a clock that stands still and one account.
type fixture struct {
	*testing.T
	s   *store.Store
	ctx context.Context //nolint:containedctx // of one test
	now time.Time
	acc *offboarding.Account
	n   int

	markless map[uuid.UUID]bool // cases whose survey did not ask for a mark
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) wants(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("got %v, want %v", err, want)
	}
}

func must[T any](f *fixture) func(T, error) T {
	return func(v T, err error) T {
		f.Helper()
		f.ok(err)
		return v
	}
}

// same compares values; nil and empty are one, as they are in a database.
func same[T any](f *fixture, got, want T, opts ...cmp.Option) {
	f.Helper()
	if diff := cmp.Diff(want, got, append(opts, cmpopts.EquateEmpty())...); diff != "" {
		f.Fatalf("differs (-want +got):\n%s", diff)
	}
}

func (f *fixture) next() string {
	f.n++
	return strconv.Itoa(f.n)
}

func (f *fixture) account(name string) *offboarding.Account {
	f.Helper()
	a := &offboarding.Account{
		ID: offboarding.NewID(), Provider: offboarding.AmoCRM, Name: name, BaseURL: "https://example.amocrm.ru",
		Credentials: offboarding.Credentials{"access_token": "very-secret-token"}, Lang: offboarding.RU, TimeZone: "Europe/Moscow",
		Triggers: []offboarding.Trigger{{PipelineID: "7", StageID: "143", Means: offboarding.MeansCancelled}},
		Mode:     offboarding.Live, MailFrom: "care@example.ru", Policy: offboarding.DefaultPolicy(), Status: offboarding.AccountActive,
		ConnectedAt: f.now, CreatedAt: f.now,
	}
	f.ok(f.s.AddAccount(f.ctx, a))
	return a
}

func (f *fixture) delivery(body string) *offboarding.Delivery {
	key := sha256.Sum256([]byte(body))
	return &offboarding.Delivery{
		ID: offboarding.NewID(), AccountID: f.acc.ID, Provider: offboarding.AmoCRM, Origin: offboarding.OriginHook, ReceivedAt: f.now,
		LastSeenAt: f.now, Seen: 1, Method: "POST", ContentType: "application/x-www-form-urlencoded", Query: "a=1",
		SignedID: "msg_1", SignedAt: "1700000000", Signature: "v1,x", Body: []byte(body), DedupKey: key[:], Proved: true,
	}
}

func (f *fixture) event(kind offboarding.EventKind, entity string) *offboarding.Event {
	return &offboarding.Event{
		ID: offboarding.NewID(), AccountID: f.acc.ID, DeliveryID: offboarding.NewID(), ReceivedAt: f.now, Provider: offboarding.AmoCRM,
		Kind: kind, EntityID: entity, Verdict: offboarding.VerdictPending,
		Hint: offboarding.Hint{To: &offboarding.StageRef{PipelineID: "7", StageID: "143"}, OccurredAt: f.now},
	}
}

func (f *fixture) newCase(deal string) *offboarding.Case {
	nps, relapse, number := 9, offboarding.NewID(), "A-17/50%"
	if deal == "" {
		number += " " + offboarding.NewID().String() // by hand, a client leaves a contract once at a time
	}
	return &offboarding.Case{
		ID: offboarding.NewID(), AccountID: f.acc.ID, Mode: offboarding.Live, State: offboarding.StateListening,
		Tracks:    offboarding.Tracks{Survey: offboarding.SurveyScheduled, Save: offboarding.SaveAvailable},
		Initiator: offboarding.ByClient, Intent: offboarding.IntentUndecided, IntentSource: offboarding.IntentBySurvey,
		Reason: offboarding.StatedReason{Code: "price.raised", Source: "survey"}, Cause: "value", ServiceRelated: offboarding.ServiceNo,
		Destination: "in_house", Client: offboarding.Client{ID: "5", Name: "ООО «Ёлка»", Email: "Client@Example.ru", Phone: "+79990000000"},
		Company: offboarding.Named{ID: "6", Name: "Ёлка"}, Responsible: offboarding.Responsible{ID: "77", Name: "Менеджер", Email: "Boss@Example.ru"},
		Contract: offboarding.Contract{Number: number, NoticeDays: 30, Amount: &offboarding.Money{AmountMinor: 1 << 53, Currency: "RUB"}},
		Dates:    offboarding.Dates{ReceivedAt: f.now, EffectiveOn: "2026-12-01", CallBy: f.now.Add(time.Hour)},
		CRM:      offboarding.CRMLink{Provider: offboarding.AmoCRM, DealID: deal, Transition: "7/142>7/143"},
		Answer:   &offboarding.Answer{Reason: "price.raised", NPS: &nps, KeepInTouch: []string{"email"}, At: f.now}, RelapseOf: &relapse,
		Note: "позвонить", CreatedAt: f.now, ComplainedOf: []offboarding.Responsible{{ID: "76", Name: "Прежний менеджер"}},
	}
}

func (f *fixture) addCase(deal string) *offboarding.Case {
	f.Helper()
	c := f.newCase(deal)
	f.ok(f.s.AddCase(f.ctx, c))
	return c
}

func (f *fixture) effect(kind offboarding.EffectKind, due time.Time, change ...func(*offboarding.Effect)) *offboarding.Effect {
	f.Helper()
	e := offboarding.NewEffect(f.acc.ID, nil, kind, string(kind)+":"+f.next(), due, offboarding.TimerPayload{Name: "x"})
	for _, c := range change {
		c(&e)
	}
	if !must[bool](f)(f.s.AddEffect(f.ctx, e)) {
		f.Fatal("the effect was known")
	}
	return &e
}

func ofCase(c *offboarding.Case) func(*offboarding.Effect) {
	return func(e *offboarding.Effect) { e.CaseID, e.AccountID = &c.ID, c.AccountID }
}

func inSeries(key string) func(*offboarding.Effect) {
	return func(e *offboarding.Effect) { e.SerialKey = key }
}

func (f *fixture) letter(c *offboarding.Case, template string) (*offboarding.Message, *offboarding.Effect) {
	f.Helper()
	e := f.effect(offboarding.EffectMail, f.now, ofCase(c))
	m := &offboarding.Message{
		ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, EffectID: e.ID, Template: template, Class: offboarding.ClassService,
		Channel: offboarding.ChannelEmail, To: "client@example.ru", ToName: "Клиент", From: "care@example.ru", Subject: "Тема", Text: "Текст",
		HTML: "<p>Текст</p>", Lang: offboarding.RU, HeaderID: "x@example.ru", State: offboarding.MessagePlanned, PlannedAt: f.now, CreatedAt: f.now,
	}
	f.ok(f.s.AddMessage(f.ctx, m))
	return m, e
}

func (f *fixture) claim(e *offboarding.Effect, lease time.Duration) *offboarding.Effect {
	f.Helper()
	return must[*offboarding.Effect](f)(f.s.Claim(f.ctx, e.ID, f.now.Add(24*time.Hour), lease))
}

func (f *fixture) effectIs(e *offboarding.Effect, want offboarding.EffectState) *offboarding.Effect {
	f.Helper()
	got := must[*offboarding.Effect](f)(f.s.Effect(f.ctx, e.ID))
	if got.State != want {
		f.Fatalf("effect is %s (%s), want %s", got.State, got.Reason, want)
	}
	return got
}

func (f *fixture) letterIs(m *offboarding.Message, want offboarding.MessageState) *offboarding.Message {
	f.Helper()
	got := must[*offboarding.Message](f)(f.s.Message(f.ctx, nil, m.ID))
	if got.State != want {
		f.Fatalf("letter is %s (%s), want %s", got.State, got.Reason, want)
	}
	return got
}

func ids[T any](of func(T) uuid.UUID, rows []T) []uuid.UUID {
	out := make([]uuid.UUID, 0, len(rows))
	for _, r := range rows {
		out = append(out, of(r))
	}
	return out
}

// atOnce runs fn in n goroutines and returns their errors.
func atOnce(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}
