package offboarding

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Together answers many at once. A statement costs the same whether it is about
// one row or fifty, and when a robot moves a thousand deals it is always about
// fifty. Each method does for all of its rows what the method for one row does;
// it is one transaction, and an error means that nothing was changed.
type Together interface {
	// ClaimAll claims what can be claimed; what cannot is left out.
	ClaimAll(ctx context.Context, ids []uuid.UUID, now time.Time, lease time.Duration) (map[uuid.UUID]*Effect, error)
	// FenceAll opens the fence for effects that ask for the same but for the
	// address, and returns the ids of the effects for which it opened.
	FenceAll(ctx context.Context, effects []Fenced) (map[uuid.UUID]bool, error)
	EventsByID(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*Event, error)
	CasesByID(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*Case, error)
	MessagesByID(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*Message, error)
	// SuppressedAmong returns those of the hashes that are on the channel's stop list, as strings of their bytes.
	SuppressedAmong(ctx context.Context, hashes [][]byte, ch Channel) (map[string]bool, error)
	// Snapshots returns what is known of deals, by deal, without a lock.
	Snapshots(ctx context.Context, accountID uuid.UUID, dealIDs []string) (map[string]*DealSnapshot, error)
	// KnownOf returns what is known of deals, by deal: the snapshot, locked until the end of the
	// transaction, the events pending since before until, oldest first, and the cases, newest first.
	KnownOf(ctx context.Context, accountID uuid.UUID, dealIDs []string, until time.Time) (map[string]KnownDeal, error)
	// Borne returns those of the traits that a case or a contract of the account bears.
	Borne(ctx context.Context, accountID uuid.UUID, traits []Trait) (map[Trait]bool, error)
	// KeepLetters stores letters as they were written, with the links they hold.
	KeepLetters(ctx context.Context, letters []KeptLetter) error
	// LettersSent writes down that letters have left and nothing else follows from it.
	LettersSent(ctx context.Context, letters []SentLetter) error
	AddCases(ctx context.Context, cases []*Case) error
	AddMessages(ctx context.Context, messages []*Message) error
	SaveSnapshots(ctx context.Context, snapshots []*DealSnapshot) error
	SettleEvents(ctx context.Context, events []*Event) error
	// MarkWritten remembers when deals were last changed by us. A deal of which nothing is known stays unknown.
	MarkWritten(ctx context.Context, writes []DealWrite) error
	// FinishAll ends effects of kinds other than mail. ErrStale: one of them is somebody else's.
	FinishAll(ctx context.Context, finished []Finished) error
}

// Trait is something by which a client who leaves may be known to the account.
type Trait struct {
	Of   TraitOf
	Name string // as it was given; case and the like count as little as they do for the lists
}

// TraitOf says of what a Trait is.
type TraitOf string

// The traits that are looked for.
const (
	CaseOfClient     TraitOf = "case_client" // the client's id in the CRM
	CaseOfEmail      TraitOf = "case_email"
	ContractNumbered TraitOf = "contract_number"
	ContractOfDeal   TraitOf = "contract_deal"
	ContractOfClient TraitOf = "contract_client"
	ContractOfEmail  TraitOf = "contract_email"
	ContractOfFirm   TraitOf = "contract_company"
)

// traits are those that are not empty.
func traits(all ...Trait) []Trait {
	return slices.DeleteFunc(all, func(t Trait) bool { return t.Name == "" })
}

func (c Client) traits() []Trait {
	return traits(Trait{CaseOfClient, c.ID}, Trait{CaseOfEmail, c.Email})
}

func (m ContractMatch) traits() []Trait {
	return traits(Trait{ContractNumbered, m.Number}, Trait{ContractOfDeal, m.DealID}, Trait{ContractOfClient, m.ClientID},
		Trait{ContractOfEmail, m.Email}, Trait{ContractOfFirm, m.CompanyID})
}

// Fenced is an effect before its fence.
type Fenced struct {
	Effect *Effect
	Cond   FenceConditions
}

// KeptLetter is a letter as it was written.
type KeptLetter struct {
	Message *Message
	Links   []*Link
}

// SentLetter is a letter that the mail server has taken.
type SentLetter struct {
	Effect  *Effect
	Message *Message
	Line    Audit
}

// Finished is how an effect ended.
type Finished struct {
	Effect         *Effect
	State          EffectState
	Reason, Result string
}

// DealWrite is a change of a deal by ourselves, as the CRM dates it.
type DealWrite struct {
	AccountID uuid.UUID
	DealID    string
	At        time.Time
}

// KnownDeal is what was known of a deal before it was read back.
type KnownDeal struct {
	Snapshot *DealSnapshot // nil: first sight
	Pending  []*Event
	Cases    []*Case
}

// togetherStore keeps what is added in one transaction until put is called, so
// that the rows of many decisions are stored by one statement for each table.
// What is read through it does not see what it keeps: it serves decisions that
// have nothing to do with each other.
type togetherStore struct {
	Store
	cases     []*Case
	messages  []*Message
	effects   []Effect
	lines     []Audit
	snapshots []*DealSnapshot
	settled   []*Event
	finished  []Finished
	completed []completed
	opened    map[uuid.UUID]int // cases of an account within the last hour

	strange  map[uuid.UUID]map[Trait]bool // traits that nothing of the account bears
	unerased map[string]bool              // addresses and phones of people who were not erased
}

type completed struct {
	events  []uuid.UUID
	ordered time.Time
	reason  string
}

func keepTogether(tx Store) *togetherStore {
	return &togetherStore{Store: tx, opened: map[uuid.UUID]int{}, strange: map[uuid.UUID]map[Trait]bool{}, unerased: map[string]bool{}}
}

// meet asks at once what is known of the clients of deals; most are strangers of
// whom nothing more has to be asked one by one.
func (t *togetherStore) meet(ctx context.Context, accountID uuid.UUID, deals []*Deal) error {
	var all []Trait
	var emails, phones []string
	for _, d := range deals {
		all = append(all, d.Client.traits()...)
		all = append(all, ContractMatch{DealID: d.ID, ClientID: d.Client.ID, Email: d.Client.Email, CompanyID: d.Company.ID}.traits()...)
		emails, phones = append(emails, d.Client.Email), append(phones, d.Client.Phone)
	}
	borne, err := t.Borne(ctx, accountID, all)
	if err != nil {
		return err
	}
	strange := make(map[Trait]bool, len(all))
	for _, trait := range all {
		strange[trait] = !borne[trait]
	}
	t.strange[accountID] = strange
	erased, err := t.Store.Erased(ctx, emails, phones)
	if err != nil || erased {
		return err
	}
	for _, known := range slices.Concat(emails, phones) {
		t.unerased[known] = true
	}
	return nil
}

// strangers reports whether it was asked already and nothing of the account
// bears one of the traits.
func (t *togetherStore) strangers(accountID uuid.UUID, of []Trait) bool {
	return !slices.ContainsFunc(of, func(trait Trait) bool { return !t.strange[accountID][trait] })
}

// CasesOfClient asks only about clients who have left a trace.
func (t *togetherStore) CasesOfClient(ctx context.Context, accountID uuid.UUID, client Client) ([]*Case, error) {
	if t.strangers(accountID, client.traits()) {
		return nil, nil
	}
	return t.Store.CasesOfClient(ctx, accountID, client)
}

// ContractsLike asks only when there is one.
func (t *togetherStore) ContractsLike(ctx context.Context, accountID uuid.UUID, by ContractMatch) ([]*ContractRecord, error) {
	if t.strangers(accountID, by.traits()) {
		return nil, nil
	}
	return t.Store.ContractsLike(ctx, accountID, by)
}

// Erased asks about people who were not asked about yet.
func (t *togetherStore) Erased(ctx context.Context, emails, phones []string) (bool, error) {
	if !slices.ContainsFunc(slices.Concat(emails, phones), func(a string) bool { return !t.unerased[a] }) {
		return false, nil
	}
	return t.Store.Erased(ctx, emails, phones)
}

func (t *togetherStore) AddCase(_ context.Context, c *Case) error {
	c.Version = max(c.Version, 1)
	t.cases = append(t.cases, c)
	t.opened[c.AccountID]++
	return nil
}

func (t *togetherStore) AddMessage(_ context.Context, m *Message) error {
	t.messages = append(t.messages, m)
	return nil
}

func (t *togetherStore) AddEffects(_ context.Context, effects []Effect) error {
	t.effects = append(t.effects, effects...)
	return nil
}

// AddEffect takes every effect for a new one: those of new cases are.
func (t *togetherStore) AddEffect(ctx context.Context, e Effect) (bool, error) {
	return true, t.AddEffects(ctx, []Effect{e})
}

func (t *togetherStore) Record(_ context.Context, lines ...Audit) error {
	t.lines = append(t.lines, lines...)
	return nil
}

func (t *togetherStore) SaveSnapshot(_ context.Context, s *DealSnapshot) error {
	t.snapshots = append(t.snapshots, s)
	return nil
}

func (t *togetherStore) SettleEvent(_ context.Context, e *Event) error {
	t.settled = append(t.settled, e)
	return nil
}

func (t *togetherStore) CompleteInterpretations(_ context.Context, events []uuid.UUID, ordered time.Time, reason string) error {
	t.completed = append(t.completed, completed{events, ordered, reason})
	return nil
}

func (t *togetherStore) Finish(_ context.Context, e *Effect, s EffectState, reason, result string) error {
	t.finished = append(t.finished, Finished{e, s, reason, result})
	return nil
}

// CountCasesSince counts what this transaction opens, too: the burst gate
// closes in the middle of a batch.
func (t *togetherStore) CountCasesSince(ctx context.Context, accountID uuid.UUID, since time.Time) (int, error) {
	if _, asked := t.opened[accountID]; !asked {
		n, err := t.Store.CountCasesSince(ctx, accountID, since)
		if err != nil {
			return 0, err
		}
		t.opened[accountID] = n
	}
	return t.opened[accountID], nil
}

// put stores what was kept.
func (t *togetherStore) put(ctx context.Context) error {
	begun := make(map[uuid.UUID]bool, len(t.cases))
	for _, c := range t.cases {
		begun[c.ID] = true
	}
	for i, l := range t.lines { // all that is told of a new case is told here
		t.lines[i].Begins = l.CaseID != nil && begun[*l.CaseID] && l.Stream == "case:"+l.CaseID.String()
	}
	for _, step := range []func() error{
		func() error { return t.AddCases(ctx, t.cases) },
		func() error { return t.AddMessages(ctx, t.messages) },
		func() error { return t.Store.AddEffects(ctx, t.effects) },
		func() error { return t.Store.Record(ctx, t.lines...) },
		func() error { return t.SaveSnapshots(ctx, t.snapshots) },
		func() error { return t.SettleEvents(ctx, t.settled) },
		func() error { return t.complete(ctx) },
		func() error { return t.FinishAll(ctx, t.finished) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// complete ends the interpretations that were ordered before the first of the
// looks: what was ordered later finds its event settled.
func (t *togetherStore) complete(ctx context.Context) error {
	if len(t.completed) == 0 {
		return nil
	}
	var events []uuid.UUID
	for _, c := range t.completed {
		events = append(events, c.events...)
	}
	first := slices.MinFunc(t.completed, func(a, b completed) int { return a.ordered.Compare(b.ordered) })
	return t.Store.CompleteInterpretations(ctx, events, first.ordered, first.reason)
}
