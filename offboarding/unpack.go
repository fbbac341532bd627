package offboarding

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
)

// UnpackMost bounds how many deliveries one transaction unpacks.
const UnpackMost = 100

// Unpack looks into deliveries that nobody has looked into, lists their events
// as pending and orders a look at the CRM for those that need one. It returns
// how many deliveries it took.
func (in *Interpreter) Unpack(ctx context.Context) (int, error) {
	n := 0
	err := in.store.InTx(ctx, func(tx Store) error {
		batch, err := tx.TakeDeliveries(ctx, UnpackMost)
		n = len(batch)
		if err != nil || n == 0 {
			return err
		}
		accounts := map[uuid.UUID]*Account{}
		found := orders{unpacked: map[string][]uuid.UUID{}}
		for _, d := range batch {
			acc, ok := accounts[d.AccountID]
			if !ok {
				if acc, err = tx.Account(ctx, d.AccountID); err != nil && !IsKind(err, KindNotFound) {
					return err
				}
				accounts[d.AccountID] = acc
			}
			if err := in.unpackOne(ctx, tx, acc, d, &found); err != nil {
				return fmt.Errorf("unpack delivery %s: %w", d.ID, err)
			}
		}
		if err := in.echoes(ctx, tx, &found); err != nil {
			return err
		}
		if err := tx.AddEvents(ctx, found.events); err != nil {
			return err
		}
		if err = tx.AddEffects(ctx, found.effects); err != nil {
			return err
		}
		for malformed, ids := range found.unpacked {
			if err := tx.MarkUnpacked(ctx, ids, in.now(), malformed); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// echoWait is how long a change that tells nothing new of a deal with a case is
// left alone: most are our own writes, whose hooks overtake their results.
const echoWait = 1500 * time.Millisecond

// echoes settles events that bring back our own writes, without asking the CRM:
// half of all hooks are such. Those that may yet turn out to be one are looked
// at a little later.
func (in *Interpreter) echoes(ctx context.Context, tx Store, found *orders) error {
	deals := map[uuid.UUID][]string{}
	for _, e := range found.events {
		if e.mayBeEcho() {
			deals[e.AccountID] = append(deals[e.AccountID], e.EntityID)
		}
	}
	if len(deals) == 0 {
		return nil
	}
	known := map[uuid.UUID]map[string]*DealSnapshot{}
	for account, ids := range deals {
		var err error
		if known[account], err = tx.Snapshots(ctx, account, ids); err != nil {
			return err
		}
	}
	settled, later := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, e := range found.events {
		snap := known[e.AccountID][e.EntityID]
		switch {
		case snap == nil || snap.CaseID == nil || !e.mayBeEcho() || *e.Hint.To != snap.Stage:
		case e.echoOf(snap):
			e.Verdict, e.Reason = e.knownTo(snap)
			e.SettledAt, e.CaseID = in.now(), snap.CaseID
			settled[e.ID] = true
		default:
			later[e.ID] = true
		}
	}
	orders := found.effects[:0]
	for _, ef := range found.effects {
		var p InterpretPayload
		if err := json.Unmarshal(ef.Payload, &p); err != nil {
			return fmt.Errorf("read the payload of an interpretation: %w", err)
		}
		if later[p.EventID] {
			ef.DueAt = ef.DueAt.Add(echoWait)
		}
		if !settled[p.EventID] {
			orders = append(orders, ef)
		}
	}
	found.effects = orders
	return nil
}

// mayBeEcho reports whether the body says enough to be recognised without the
// CRM: where the deal stands and when it was changed.
func (e *Event) mayBeEcho() bool {
	return e.Verdict == VerdictPending && e.Kind == DealUpdated && e.Hint.To != nil && !e.Hint.OccurredAt.IsZero() && e.Hint.RemoteID == ""
}

// echoOf reports whether the event brings back our own write: the deal stands
// where it stood, and nothing was changed after we wrote. A forged body can
// only have itself ignored.
func (e *Event) echoOf(s *DealSnapshot) bool {
	return e.mayBeEcho() && s.CaseID != nil && *e.Hint.To == s.Stage && !s.WrittenAt.IsZero() && !e.Hint.OccurredAt.After(s.WrittenAt)
}

// knownTo tells our own write from another body about the move itself.
func (e *Event) knownTo(s *DealSnapshot) (Verdict, string) {
	if !s.MovedAt.IsZero() && !e.Hint.OccurredAt.After(s.MovedAt.Add(sameSecond)) {
		return VerdictDuplicate, whyKnown
	}
	return VerdictEcho, whyEcho
}

// orders are what a batch of deliveries tells of, to be stored together.
type orders struct {
	events   []*Event
	effects  []Effect
	unpacked map[string][]uuid.UUID // deliveries, by why nothing could be read from them
}

func (in *Interpreter) unpackOne(ctx context.Context, tx Store, acc *Account, d *Delivery, found *orders) error {
	now := in.now()
	u := in.read(acc, d)
	unknown := ""
	if u.RemoteID != "" && acc != nil && acc.RemoteID == "" {
		if _, asks := in.connectors[d.Provider].(Identifier); asks {
			unknown = u.RemoteID // unsigned bodies are not believed; the CRM is asked before anything follows
		} else if err := tx.SetAccountRemoteID(ctx, acc.ID, u.RemoteID); err != nil {
			return err
		} else {
			acc.RemoteID = u.RemoteID
		}
	}
	var known []*Event
	if d.Seen > 1 { // a body that came once was never looked into before
		var err error
		if known, err = tx.EventsOfDelivery(ctx, d.ID); err != nil {
			return err
		}
	}
	events := make([]*Event, 0, len(u.Events)+1)
	settle := func(e *Event, v Verdict, why string) { e.Verdict, e.Reason, e.SettledAt = v, why, now }
	if u.Malformed != "" || u.Foreign != "" || len(u.Events) == 0 {
		e := in.event(d, 0, UnpackedEvent{Kind: OtherEvent})
		switch {
		case u.Malformed != "":
			settle(e, VerdictMalformed, u.Malformed)
		case u.Foreign != "":
			settle(e, VerdictIgnored, u.Foreign)
		default:
			settle(e, VerdictIgnored, "the body names nothing that concerns us")
		}
		events = append(events, e)
	} else {
		for i, ue := range u.Events {
			e := in.event(d, i, ue)
			e.Hint.RemoteID = unknown
			if ue.Ignore != "" {
				settle(e, VerdictIgnored, ue.Ignore)
			}
			events = append(events, e)
		}
	}
	if len(known) > 0 { // the same body once more: nothing is listed twice
		events = known
	}
	again := d.maySayMore()
	for _, e := range events {
		if len(known) == 0 && e.Verdict == VerdictPending || len(known) > 0 && again && e.needsLook() {
			found.effects = append(found.effects, InterpretEffect(e, d.Seen, now))
		}
	}
	if len(known) == 0 {
		found.events = append(found.events, events...)
	}
	found.unpacked[u.Malformed] = append(found.unpacked[u.Malformed], d.ID)
	return nil
}

// maySayMore reports whether the same body, come again, may mean something new.
// An event of Bitrix24 names a deal and a second: two changes of the deal
// within it are one body. Others tell what has changed, and only much later may
// that have become true again.
func (d *Delivery) maySayMore() bool {
	return d.Provider == Bitrix24 || d.LastSeenAt.Sub(d.ReceivedAt) >= againAfter
}

// needsLook reports whether an event that was settled before says something
// about a deal that may have changed since.
func (e *Event) needsLook() bool {
	switch e.Verdict {
	case VerdictMalformed, VerdictFailed:
		return false
	}
	switch e.Kind {
	case DealStageChanged, DealAdded, DealUpdated, DealRestored, DealResponsibleChanged:
		return e.EntityID != ""
	}
	return false
}

func (in *Interpreter) event(d *Delivery, seq int, u UnpackedEvent) *Event {
	return &Event{
		ID: NewID(), AccountID: d.AccountID, DeliveryID: d.ID, Seq: seq, ReceivedAt: d.ReceivedAt, Provider: d.Provider,
		Kind: u.Kind, EntityID: u.EntityID, Hint: u.Hint, Verdict: VerdictPending,
	}
}

// read lets the connector look into the body. A body may be anything; should
// the connector panic on it, the body is malformed and we learn of it.
func (in *Interpreter) read(acc *Account, d *Delivery) (u Unpacked) {
	if acc == nil {
		return Unpacked{Foreign: "the account was deleted meanwhile"}
	}
	c, ok := in.connectors[d.Provider]
	if !ok {
		return Unpacked{Malformed: "no connector for " + string(d.Provider)}
	}
	defer func() {
		if r := recover(); r != nil {
			in.log.Error("connector panicked on a body", "delivery_id", d.ID, "panic", r, "stack", string(debug.Stack()))
			u = Unpacked{Malformed: "the body could not be read"}
		}
	}()
	if !d.Proved && d.Origin == OriginHook { // taken into the spool while the account could not be looked up
		if err := c.Prove(acc, d); err != nil {
			return Unpacked{Foreign: "the body does not prove where it comes from"}
		}
	}
	return c.Unpack(acc, d)
}
