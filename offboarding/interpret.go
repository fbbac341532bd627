package offboarding

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"opendoor/internal/gather"
)

// Connectors finds the connector of a provider.
type Connectors map[Provider]Connector

// Interpreter turns deliveries into events and events into cases.
type Interpreter struct {
	store      Store
	connectors Connectors
	now        func() time.Time // domain clock
	wall       func() time.Time // real time, as CRMs and leases have it
	log        *slog.Logger
	decisions  *gather.Group[look, struct{}]
}

// NewInterpreter returns an interpreter.
func NewInterpreter(store Store, connectors Connectors, now, wall func() time.Time, log *slog.Logger) *Interpreter {
	in := &Interpreter{store: store, connectors: connectors, now: now, wall: wall, log: log}
	in.decisions = gather.New(decideMost, decideLimit, in.decide)
	return in
}

const (
	whyEcho  = "our own write came back"
	whyKnown = "tells a change that is already known"
)

// InterpretEffect orders a look at the event's deal; round tells repeats apart.
func InterpretEffect(e *Event, round int, now time.Time) Effect {
	ef := NewEffect(e.AccountID, nil, EffectInterpret, fmt.Sprintf("interpret:%s:%d", e.ID, round), now, InterpretPayload{EventID: e.ID})
	ef.SerialKey = "deal:" + e.AccountID.String() + ":" + e.EntityID
	return ef
}

// Interpret reads the event's deal back from the CRM and decides what it
// means. All events about the same deal that came before the look share it.
func (in *Interpreter) Interpret(ctx context.Context, ef *Effect, p InterpretPayload) error {
	e, err := in.store.Event(ctx, nil, p.EventID)
	if err != nil {
		return err
	}
	acc, err := in.store.Account(ctx, e.AccountID)
	if IsKind(err, KindNotFound) {
		return in.settleAlone(ctx, ef, e, VerdictIgnored, "the account was deleted meanwhile")
	}
	if err != nil {
		return err
	}
	foreign, err := in.foreign(ctx, acc, e)
	if err != nil {
		return err
	}
	if foreign {
		return in.settleAlone(ctx, ef, e, VerdictIgnored, "the body names another account of the CRM")
	}
	if e.mayBeEcho() {
		snap, err := in.store.Snapshots(ctx, acc.ID, []string{e.EntityID})
		if err != nil {
			return err
		}
		if s := snap[e.EntityID]; s != nil && e.echoOf(s) {
			e.CaseID = s.CaseID
			verdict, why := e.knownTo(s)
			return in.settleAlone(ctx, ef, e, verdict, why)
		}
	}
	looked := in.now()
	deal, err := in.deal(ctx, acc, e)
	switch {
	case err == nil && !deal.Deleted && e.Kind != DealDeleted:
	case err == nil || IsKind(err, KindGone):
		return in.settleAlone(ctx, ef, e, VerdictIgnored, "the deal is not in the CRM any more; a deletion is no parting")
	default:
		return err
	}
	_, err = in.decisions.Do(ctx, look{ef, acc, e, deal, looked})
	return err
}

// foreign tells whether the body named another account of the CRM, asking the
// CRM who the account is when that is not known yet.
func (in *Interpreter) foreign(ctx context.Context, acc *Account, e *Event) (bool, error) {
	if e.Hint.RemoteID == "" {
		return false, nil
	}
	err := Identify(ctx, in.store, in.connectors, acc)
	if IsKind(err, KindUnavailable) || IsKind(err, KindInvalid) {
		// What decides is the deal that is read back from our own account; the
		// comparison is a second fence and must not become a lock.
		in.log.WarnContext(ctx, "the CRM did not tell which account this is", "account_id", acc.ID, "err", err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return acc.RemoteID != "" && acc.RemoteID != e.Hint.RemoteID, nil
}

// Identify learns the CRM's own id of the account from the CRM, once.
func Identify(ctx context.Context, s Accounts, connectors Connectors, acc *Account) error {
	who, ok := connectors[acc.Provider].(Identifier)
	if !ok || acc.RemoteID != "" {
		return nil
	}
	id, err := who.RemoteID(ctx, acc)
	if err != nil {
		return err
	}
	if id == "" || id == "0" {
		return nil
	}
	acc.RemoteID = id
	return s.SetAccountRemoteID(ctx, acc.ID, id)
}

func (in *Interpreter) deal(ctx context.Context, acc *Account, e *Event) (*Deal, error) {
	if e.Hint.Signed != nil {
		return &e.Hint.Signed.Deal, nil
	}
	if e.Kind == DealDeleted {
		return nil, ErrGone // the recycle bin; the answer of the CRM adds nothing
	}
	return in.connectors[acc.Provider].Deal(ctx, acc, e.EntityID)
}

func (in *Interpreter) settleAlone(ctx context.Context, ef *Effect, e *Event, v Verdict, why string) error {
	return in.store.InTx(ctx, func(tx Store) error {
		e.Verdict, e.Reason, e.SettledAt = v, why, in.now()
		if err := tx.SettleEvent(ctx, e); err != nil {
			return err
		}
		return tx.Finish(ctx, ef, EffectSent, why, "")
	})
}

// look is a deal as it was read back for an event.
type look struct {
	ef   *Effect
	acc  *Account
	e    *Event
	deal *Deal
	at   time.Time
}

// until is the time up to which events share the look. The event itself came
// before it, whatever the clock of the process that received it says.
func (l look) until() time.Time {
	if l.e.ReceivedAt.After(l.at) {
		return l.e.ReceivedAt
	}
	return l.at
}

const (
	decideMost  = 64
	decideLimit = 12 * time.Second
)

// decide decides about looks that came together. New cases, and looks from
// which nothing follows, share one transaction; what changes a case that
// exists has one of its own, as has everything when the shared one fails.
func (in *Interpreter) decide(ctx context.Context, looks []look) ([]struct{}, []error) {
	errs := make([]error, len(looks))
	done, err := in.decideTogether(ctx, looks)
	if err != nil {
		in.log.DebugContext(ctx, "decisions are made one by one", "err", err)
		done = make([]bool, len(looks))
	}
	var wg sync.WaitGroup
	for i, l := range looks {
		if done[i] {
			continue
		}
		wg.Go(func() {
			errs[i] = in.store.InTx(ctx, func(tx Store) error { return in.decideAlone(ctx, tx, l) })
		})
	}
	wg.Wait()
	return nil, errs
}

// decideTogether decides about the looks that have nothing to do with a case
// that exists, and tells which these were.
func (in *Interpreter) decideTogether(ctx context.Context, looks []look) (done []bool, err error) {
	done = make([]bool, len(looks))
	byAccount := map[uuid.UUID][]int{}
	seen := map[string]bool{}
	for i, l := range looks {
		key := l.acc.ID.String() + l.deal.ID
		if l.e.EntityID != l.deal.ID || l.e.Verdict != VerdictPending || seen[key] {
			continue
		}
		seen[key] = true
		byAccount[l.acc.ID] = append(byAccount[l.acc.ID], i)
	}
	if len(byAccount) == 0 {
		return done, nil
	}
	err = in.store.InTx(ctx, func(tx Store) error {
		clear(done)
		kept := keepTogether(tx)
		for account, places := range byAccount {
			known, err := knownOf(ctx, kept, account, looks, places)
			if err != nil {
				return err
			}
			for _, i := range places {
				if done[i], err = in.decideKept(ctx, kept, looks[i], known[looks[i].deal.ID]); err != nil {
					return err
				}
			}
		}
		return kept.put(ctx)
	})
	return done, err
}

// knownOf returns what is known of the account's deals at the places, and has
// the store learn at once who the clients are that perhaps leave.
func knownOf(ctx context.Context, kept *togetherStore, account uuid.UUID, looks []look, places []int) (map[string]KnownDeal, error) {
	ids := make([]string, 0, len(places))
	var until time.Time
	for _, i := range places {
		ids = append(ids, looks[i].deal.ID)
		if u := looks[i].until(); u.After(until) {
			until = u
		}
	}
	known, err := kept.KnownOf(ctx, account, ids, until)
	if err != nil {
		return nil, err
	}
	var leaving []*Deal // perhaps
	for _, i := range places {
		if l := looks[i]; l.acc.Meaning(l.deal) == MeansCancelled && len(known[l.deal.ID].Cases) == 0 {
			leaving = append(leaving, l.deal)
		}
	}
	if len(leaving) == 0 {
		return known, nil
	}
	return known, kept.meet(ctx, account, leaving)
}

// decideKept decides about one of many looks, unless a case that exists
// changes by it.
func (in *Interpreter) decideKept(ctx context.Context, tx *togetherStore, l look, known KnownDeal) (bool, error) {
	until := l.until()
	events := slices.DeleteFunc(known.Pending, func(e *Event) bool { return e.ReceivedAt.After(until) })
	if len(events) == 0 {
		return true, tx.Finish(ctx, l.ef, EffectSent, "settled together with another event", "")
	}
	v := view{acc: l.acc, deal: l.deal, snap: known.Snapshot, events: events, looked: l.at, now: in.now()}
	if len(known.Cases) > 0 {
		v.last = known.Cases[0]
	}
	var err error
	if v.refused, err = refusedBefore(ctx, tx, &v); err != nil {
		return false, err
	}
	if v.former, err = partedBefore(ctx, tx, &v); err != nil {
		return false, err
	}
	d := v.decide()
	opens := d.verdict == VerdictCaseOpened && v.last == nil
	quiet := d.verdict != VerdictCaseOpened && d.verdict != VerdictCaseJoined && d.verdict != VerdictCaseMoved
	if !opens && !quiet || v.inconclusive(d).After(v.now) {
		return false, nil
	}
	return true, in.follow(ctx, tx, l.ef, &v, d)
}

// decideAlone decides about one look in a transaction of its own.
func (in *Interpreter) decideAlone(ctx context.Context, tx Store, l look) error {
	snap, err := tx.Snapshot(ctx, l.acc.ID, l.deal.ID)
	if IsKind(err, KindNotFound) {
		snap, err = nil, nil
	}
	if err != nil {
		return err
	}
	// The event of this effect, and every other pending one about the deal.
	events, err := tx.PendingEventsOf(ctx, l.acc.ID, l.e.EntityID, l.until())
	if err != nil {
		return err
	}
	if l.e.Verdict != VerdictPending { // a replay, or the same body once more
		events = append([]*Event{l.e}, events...)
	}
	if len(events) == 0 {
		return tx.Finish(ctx, l.ef, EffectSent, "settled together with another event", "")
	}
	cases, err := tx.CasesOfDeal(ctx, l.acc.ID, l.deal.ID)
	if err != nil {
		return err
	}
	v := view{acc: l.acc, deal: l.deal, snap: snap, events: events, looked: l.at, now: in.now()}
	if len(cases) > 0 {
		v.last = cases[0]
	}
	if v.refused, err = refusedBefore(ctx, tx, &v); err != nil {
		return err
	}
	if v.former, err = partedBefore(ctx, tx, &v); err != nil {
		return err
	}
	d := v.decide()
	if until := v.inconclusive(d); until.After(v.now) {
		return &Postpone{Until: until, Reason: "created and lost at once: what follows is waited for"}
	}
	return in.follow(ctx, tx, l.ef, &v, d)
}

// follow does what the decision says and settles events and effect.
func (in *Interpreter) follow(ctx context.Context, tx Store, ef *Effect, v *view, d decision) error {
	affected, joined, err := in.act(ctx, tx, v, d)
	if err != nil {
		return err
	}
	if joined {
		d.verdict, d.why = VerdictCaseJoined, "a parting with this client, opened by hand, is already under way"
	}
	if err := in.settle(ctx, tx, v, d, affected); err != nil {
		return err
	}
	if err := tx.SaveSnapshot(ctx, v.snapshot(d, affected)); err != nil {
		return err
	}
	return tx.Finish(ctx, ef, EffectSent, "", "")
}

// act does what the decision says to the case. joined tells that one which was
// to open had been opened by hand before.
func (in *Interpreter) act(ctx context.Context, tx Store, v *view, d decision) (c *Case, joined bool, err error) {
	switch d.verdict {
	case VerdictCaseOpened:
		return in.open(ctx, tx, v, d)
	case VerdictCaseJoined:
		c = v.last
		if d.again {
			if c == nil {
				c = v.refused
			}
			return c, false, cameAgain(ctx, tx, v.acc, c, v.deal.ID, in.now())
		}
		c.refresh(v.deal)
		if err := tx.Record(ctx, c.line(ActorCRM, "case.joined", d.why, nil)); err != nil {
			return nil, false, err
		}
		return c, false, saveAndSync(ctx, tx, v.acc, c, in.now())
	case VerdictCaseMoved:
		c = v.moving()
		if c == v.last { // another deal of the client is not the one that was lost
			c.refresh(v.deal)
		}
		return c, false, moveAndSync(ctx, tx, v.acc, c, d.to, ActorCRM, d.why, in.now())
	}
	return nil, false, nil
}

// settle writes the verdicts: the strongest claim gets the decision, the
// others told the same.
func (in *Interpreter) settle(ctx context.Context, tx Store, v *view, d decision, c *Case) error {
	var done []uuid.UUID
	strongest := v.strongest()
	for _, e := range v.events {
		verdict, why := d.verdict, d.why
		again := e.Verdict != VerdictPending
		if e != strongest && c != nil {
			verdict, why = VerdictDuplicate, "another body told the same"
		} else if c == nil {
			verdict, why = v.quiet(e, d)
		}
		if again && (verdict == VerdictDuplicate || verdict == VerdictEcho || verdict == VerdictIgnored) {
			continue // looking once more found nothing new: the first verdict stands
		}
		e.Verdict, e.Reason, e.SettledAt = verdict, why, in.now()
		if c != nil {
			e.CaseID = &c.ID
		}
		if err := tx.SettleEvent(ctx, e); err != nil {
			return err
		}
		done = append(done, e.ID)
	}
	return tx.CompleteInterpretations(ctx, done, v.looked, "settled together with another event")
}

// open opens a case for what the deal says and orders everything that follows.
func (in *Interpreter) open(ctx context.Context, tx Store, v *view, d decision) (c *Case, joined bool, err error) {
	c = v.newCase(d)
	if n := v.acc.Policy.BurstPerHour; n != nil {
		opened, err := tx.CountCasesSince(ctx, v.acc.ID, v.now.Add(-time.Hour))
		if err != nil {
			return nil, false, err
		}
		c.Held = opened >= *n
	}
	var ofDeal []*Case
	if v.last != nil {
		ofDeal = []*Case{v.last}
	}
	opened, err := openCase(ctx, tx, v.acc, c, ofDeal, ActorCRM, d.why, v.now)
	return opened, opened != c, err
}
