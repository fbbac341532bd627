package offboarding

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Archive is where the inventories of running contracts are kept, so that at an
// exit only the last bit is missing.
type Archive struct {
	store Store
	up    Uploads
	now   func() time.Time
	log   *slog.Logger
}

// NewArchive returns an archive.
func NewArchive(store Store, up Uploads, now func() time.Time, log *slog.Logger) *Archive {
	return &Archive{store: store, up: up, now: now, log: log}
}

// Shelf is a snapshot with everything that belongs to it.
type Shelf struct {
	Account   *Account
	Contract  *ContractRecord
	Inventory *Inventory
	Items     []*Item
}

// Item finds an item of the snapshot.
func (sh *Shelf) Item(id uuid.UUID) (*Item, error) { return itemOf(sh.Items, id) }

// errClosed says that a snapshot is immutable.
var errClosed = Rule("snapshot_closed", "a closed snapshot is never changed; the next quarter has one of its own")

// List lists the snapshots of a contract, newest first.
func (a *Archive) List(ctx context.Context, scope []uuid.UUID, contractID uuid.UUID, p Page) (*Account, []*Inventory, error) {
	k, err := a.store.Contract(ctx, scope, contractID)
	if err != nil {
		return nil, nil, err
	}
	acc, err := a.store.Account(ctx, k.AccountID)
	if err != nil {
		return nil, nil, err
	}
	list, err := a.store.InventoriesOf(ctx, k.ID, p)
	return acc, list, err
}

// Show returns a snapshot of the contract with its items.
func (a *Archive) Show(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID) (*Shelf, error) {
	return shelf(ctx, a.store, scope, contractID, id, wholeShelf)
}

func shelf(ctx context.Context, s Store, scope []uuid.UUID, contractID, id uuid.UUID, filling shelfFilling) (*Shelf, error) {
	v, err := s.Inventory(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	if contractID != uuid.Nil && v.ContractID != contractID {
		return nil, ErrNotFound
	}
	sh := &Shelf{Inventory: v}
	if sh.Contract, err = s.Contract(ctx, scope, v.ContractID); err != nil {
		return nil, err
	}
	if sh.Account, err = s.Account(ctx, v.AccountID); err != nil {
		return nil, err
	}
	return sh, filling(ctx, s, sh)
}

// shelfFilling reads as many items of a snapshot as are needed.
type shelfFilling func(ctx context.Context, s Store, sh *Shelf) error

func wholeShelf(ctx context.Context, s Store, sh *Shelf) error {
	var err error
	sh.Items, err = s.Items(ctx, sh.Inventory.ID)
	return err
}

// someOfShelf reads a few items and nothing else; see Clerk.some.
func someOfShelf(ids []uuid.UUID) shelfFilling {
	return func(ctx context.Context, s Store, sh *Shelf) error {
		var err error
		sh.Items, err = s.SomeItems(ctx, sh.Inventory.ID, ids)
		return err
	}
}

// Item returns one item of a snapshot.
func (a *Archive) Item(ctx context.Context, scope []uuid.UUID, contractID, id, itemID uuid.UUID) (*Item, error) {
	sh, err := shelf(ctx, a.store, scope, contractID, id, someOfShelf([]uuid.UUID{itemID}))
	if err != nil {
		return nil, err
	}
	return sh.Item(itemID)
}

// Take takes the snapshot of a quarter: that which ended last, or, when it has
// one already, the running one. Items that are given come on top.
func (a *Archive) Take(ctx context.Context, scope []uuid.UUID, contractID uuid.UUID, quarter string, items []*Item, by Actor) (*Shelf, error) {
	var out *Shelf
	err := a.store.InTx(ctx, func(tx Store) error {
		k, err := tx.Contract(ctx, scope, contractID)
		if err != nil {
			return err
		}
		acc, err := tx.Account(ctx, k.AccountID)
		if err != nil {
			return err
		}
		q, err := a.quarterFor(ctx, tx, acc, k, quarter)
		if err != nil {
			return err
		}
		out, err = a.take(ctx, tx, acc, k, q, by)
		if err != nil || len(items) == 0 {
			return err
		}
		if err := a.add(ctx, tx, out, items); err != nil {
			return err
		}
		out.Inventory.count(out.Items)
		return tx.SaveInventory(ctx, out.Inventory)
	})
	if IsKind(err, KindStale) {
		err = errTaken
	}
	return out, err
}

var errTaken = Rule("snapshot_taken", "this quarter has its snapshot already")

// quarterFor is the quarter that a person means.
func (a *Archive) quarterFor(ctx context.Context, tx Store, acc *Account, k *ContractRecord, asked string) (Quarter, error) {
	running := QuarterOf(a.now().In(acc.Location()))
	if asked != "" {
		q, ok := ReadQuarter(asked)
		if !ok || q.String() > running.String() {
			return q, Invalid("the quarter cannot be taken", FieldError{"quarter", "a quarter such as 2026Q3, not ahead of us"})
		}
		return q, nil
	}
	last := running.Before()
	have, err := tx.InventoriesOf(ctx, k.ID, Page{Limit: 8})
	if err != nil {
		return last, err
	}
	for _, q := range []Quarter{last, running} {
		if !slices.ContainsFunc(have, func(v *Inventory) bool { return v.Quarter == q.String() }) {
			return q, nil
		}
	}
	return running, errTaken
}

// take makes the snapshot: a copy of the last one, and what the checklist
// expects besides. The last one is closed by it.
func (a *Archive) take(ctx context.Context, tx Store, acc *Account, k *ContractRecord, q Quarter, by Actor) (*Shelf, error) {
	now := a.now()
	today := Day(now, acc.Location())
	if !k.Active(today) {
		return nil, Rule("contract_ended", "the contract is over; what is owed is listed in the handover")
	}
	before, earlier, err := latest(ctx, tx, k.ID)
	if err != nil {
		return nil, err
	}
	if before != nil && before.Quarter > q.String() {
		return nil, Rule("snapshot_out_of_order", "a later quarter has its snapshot already")
	}
	if err := closeSnapshot(ctx, tx, k, before, "a newer one is taken", now); err != nil {
		return nil, err
	}
	list, err := ChecklistFor(ctx, tx, k.ServiceType, acc.Lang.Or(RU))
	if err != nil {
		return nil, err
	}
	v := &Inventory{
		ID: NewID(), AccountID: acc.ID, ContractID: k.ID, Quarter: q.String(), TakenOn: today, DueOn: acc.Calendar().AddDays(today, inventoryDays), Latest: true,
	}
	sh := &Shelf{acc, k, v, listFrom(acc.ID, v.ID, earlier, list)}
	v.count(sh.Items)
	if err := tx.AddInventory(ctx, v); err != nil {
		return nil, err
	}
	if err := copyFiles(ctx, tx, v.ID, sh.Items); err != nil {
		return nil, err
	}
	if err := tx.AddItems(ctx, sh.Items); err != nil {
		return nil, err
	}
	if err := a.ask(ctx, tx, sh); err != nil {
		return nil, err
	}
	return sh, tx.Record(ctx, k.line(by, "inventory.taken", "the snapshot of "+v.Quarter+" was taken", map[string]string{"inventory_id": v.ID.String()}))
}

// ask lets the responsible know that the snapshot is to be completed.
func (a *Archive) ask(ctx context.Context, tx Store, sh *Shelf) error {
	now, v, k := a.now(), sh.Inventory, sh.Contract
	if to, ok := k.ResponsibleOn(v.TakenOn); ok && plainAddress(to.Email) {
		l := newLetter(sh.Account, nil, sh.Account.Lang, Recipient{to.Name, to.Email}, Letter{
			Template: I03, Due: now, Occasion: k.ID.String() + ":" + v.Quarter,
			Vars: InventoryDue{Owner: to.Name, ContractNo: k.Number, ClientName: k.Client.Name, DueOn: v.DueOn, Missing: MissingMandatory(sh.Items)},
		})
		if err := post(ctx, tx, l); err != nil {
			return err
		}
	}
	return tx.AddEffects(ctx, k.nudge(sh.Account, NudgeInventory, v.Quarter, now, endOfDay(v.DueOn, sh.Account)))
}

// closeSnapshot makes a snapshot immutable; one that is closed already stays so.
func closeSnapshot(ctx context.Context, tx Store, k *ContractRecord, v *Inventory, why string, now time.Time) error {
	if v == nil || !v.ClosedAt.IsZero() {
		return nil
	}
	v.ClosedAt = now.UTC()
	if err := tx.SaveInventory(ctx, v); err != nil {
		return err
	}
	return tx.Record(ctx, k.line(ActorSystem, "inventory.closed", "the snapshot of "+v.Quarter+" was closed: "+why, map[string]string{"inventory_id": v.ID.String()}))
}

// change lets fn change an open snapshot and counts it anew.
func (a *Archive) change(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID, fn func(tx Store, sh *Shelf) error) (*Shelf, error) {
	return a.changeIn(ctx, scope, contractID, id, wholeShelf, fn)
}

// changeIn is change with as many items as filling reads.
func (a *Archive) changeIn(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID, filling shelfFilling, fn func(tx Store, sh *Shelf) error) (*Shelf, error) {
	var out *Shelf
	var err error
	for range changeTries {
		err = a.store.InTx(ctx, func(tx Store) error {
			sh, err := shelf(ctx, tx, scope, contractID, id, filling)
			if err != nil {
				return err
			}
			if !sh.Inventory.ClosedAt.IsZero() {
				return errClosed
			}
			there, all := Readiness(sh.Items)
			if err := fn(tx, sh); err != nil {
				return err
			}
			out = sh
			sh.Inventory.recount(there, all, sh.Items)
			return tx.SaveInventory(ctx, sh.Inventory)
		})
		if e, ok := err.(*Error); !ok || e.Kind != KindStale || e.Rule != "" { //nolint:errorlint // a stale version that the caller named is final
			break
		}
	}
	return out, err
}

// Close completes a snapshot: from now on nobody changes it. What is mandatory
// is there, or explained with reason, date and owner.
func (a *Archive) Close(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID, by Actor) (*Shelf, error) {
	return a.change(ctx, scope, contractID, id, func(tx Store, sh *Shelf) error {
		if wanting := Wanting(sh.Items); len(wanting) > 0 {
			return &Error{
				Kind: KindConflict, Rule: "mandatory_items_missing", Fields: wanting,
				Msg: "mandatory items are neither there nor explained with reason, date and owner",
			}
		}
		sh.Inventory.ClosedAt = a.now().UTC()
		return tx.Record(ctx, sh.line(by, "inventory.closed", "the snapshot of "+sh.Inventory.Quarter+" is complete"))
	})
}

func (sh *Shelf) line(by Actor, kind, summary string) Audit {
	return sh.Contract.line(by, kind, summary, map[string]string{"inventory_id": sh.Inventory.ID.String()})
}

// AddItems puts items on a snapshot.
func (a *Archive) AddItems(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID, items []*Item, by Actor) error {
	_, err := a.changeIn(ctx, scope, contractID, id, someOfShelf(nil), func(tx Store, sh *Shelf) error {
		if err := a.add(ctx, tx, sh, items); err != nil {
			return err
		}
		return tx.Record(ctx, sh.line(by, "inventory.items_added", fmt.Sprintf("items put on the snapshot: %d", len(items))))
	})
	return err
}

func (a *Archive) add(ctx context.Context, tx Store, sh *Shelf, items []*Item) error {
	there, err := tx.ListShape(ctx, sh.Inventory.ID)
	if err != nil {
		return err
	}
	fetch, err := place(there, items, sh.Account.ID, sh.Inventory.ID, nil, a.now())
	if err != nil {
		return err
	}
	if err := tx.AddItems(ctx, items); err != nil {
		return err
	}
	sh.Items = append(sh.Items, items...)
	return tx.AddEffects(ctx, fetch)
}

// PatchItem changes one item; see Clerk.PatchItem.
func (a *Archive) PatchItem(ctx context.Context, scope []uuid.UUID, contractID, id, itemID uuid.UUID, version int, p ItemPatch, by Actor) (*Item, error) {
	ids := []uuid.UUID{itemID}
	sh, err := a.patchItems(ctx, scope, contractID, id, someOfShelf(ids), ids, version, p, by)
	if err != nil {
		return nil, err
	}
	return sh.Item(itemID)
}

// PatchItems changes several items alike.
func (a *Archive) PatchItems(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID, ids []uuid.UUID, p ItemPatch, by Actor) (*Shelf, error) {
	return a.patchItems(ctx, scope, contractID, id, wholeShelf, ids, 0, p, by)
}

func (a *Archive) patchItems(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID, filling shelfFilling, ids []uuid.UUID, version int, p ItemPatch, by Actor) (*Shelf, error) {
	return a.changeIn(ctx, scope, contractID, id, filling, func(tx Store, sh *Shelf) error {
		for _, one := range ids {
			it, err := itemOf(sh.Items, one)
			if err != nil {
				return err
			}
			if err := it.seenAt(version); err != nil {
				return err
			}
			if err := patchItem(ctx, tx, it, p, nil, a.now()); err != nil {
				return err
			}
		}
		return tx.Record(ctx, sh.line(by, "inventory.items_changed", fmt.Sprintf("items of the snapshot changed: %d", len(ids))))
	})
}

// DropItem takes an item off a snapshot that is not closed yet.
func (a *Archive) DropItem(ctx context.Context, scope []uuid.UUID, contractID, id, itemID uuid.UUID, by Actor) error {
	_, err := a.change(ctx, scope, contractID, id, func(tx Store, sh *Shelf) error {
		it, err := itemOf(sh.Items, itemID)
		if err != nil {
			return err
		}
		if err := dropFile(ctx, tx, it.File); err != nil {
			return err
		}
		if err := tx.DropItem(ctx, it); err != nil {
			return err
		}
		sh.Items = slices.DeleteFunc(sh.Items, func(o *Item) bool { return o.ID == itemID })
		return tx.Record(ctx, sh.line(by, "inventory.item_dropped", "«"+it.Title+"» was taken off the snapshot"))
	})
	return err
}

// AttachFile stores a file and gives it to an item, which is collected by it.
func (a *Archive) AttachFile(ctx context.Context, scope []uuid.UUID, contractID, id, itemID uuid.UUID, name string, r io.Reader, by Actor) (*Item, error) {
	sh, err := shelf(ctx, a.store, scope, contractID, id, someOfShelf([]uuid.UUID{itemID}))
	if err == nil && !sh.Inventory.ClosedAt.IsZero() {
		err = errClosed
	}
	if err == nil {
		_, err = sh.Item(itemID)
	}
	if err != nil {
		return nil, err
	}
	file, err := a.up.take(ctx, name, r)
	if err != nil {
		return nil, err
	}
	return a.attach(ctx, scope, contractID, id, itemID, file, by, nil)
}

// attach gives an item its file; also, when given, finishes something in the
// same transaction.
func (a *Archive) attach(ctx context.Context, scope []uuid.UUID, contractID, id, itemID uuid.UUID, file *ItemFile, by Actor, also func(tx Store, it *Item) error) (*Item, error) {
	var out *Item
	_, err := a.changeIn(ctx, scope, contractID, id, someOfShelf([]uuid.UUID{itemID}), func(tx Store, sh *Shelf) error {
		it, err := itemOf(sh.Items, itemID)
		if err != nil {
			return err
		}
		out = it
		if also != nil {
			if err := also(tx, it); err != nil {
				return err
			}
		}
		if err := it.take(ctx, tx, sh.Inventory.ID, file); err != nil {
			return err
		}
		return tx.Record(ctx, sh.line(by, "inventory.file_attached", "a file was given to «"+it.Title+"»"))
	})
	return out, err
}

// OpenFile opens the file of an item.
func (a *Archive) OpenFile(ctx context.Context, f *ItemFile) (io.ReadSeekCloser, error) {
	return a.up.open(ctx, f)
}

// Quarterly takes the snapshots whose day has come and tells who is late. It
// returns how many were taken.
func (a *Archive) Quarterly(ctx context.Context) (int, error) {
	accounts, err := a.store.AllAccounts(ctx)
	if err != nil {
		return 0, err
	}
	taken := 0
	for _, acc := range accounts {
		n, err := a.quarterlyOf(ctx, acc)
		if taken += n; err != nil {
			return taken, err
		}
		if err := a.escalate(ctx, acc); err != nil {
			return taken, err
		}
	}
	return taken, nil
}

func (a *Archive) quarterlyOf(ctx context.Context, acc *Account) (int, error) {
	now := a.now()
	q, day := lastQuarter(now, acc)
	today := Day(now, acc.Location())
	if today < day {
		return 0, nil
	}
	taken := 0
	for {
		ids, err := a.store.ContractsToList(ctx, acc.ID, q.String(), today, endOfCivil(day, acc), learnAtOnce)
		if err != nil || len(ids) == 0 {
			return taken, err
		}
		before := taken
		for _, id := range ids {
			_, err := a.Take(ctx, nil, id, q.String(), nil, ActorSystem)
			switch {
			case err == nil:
				taken++
			case IsKind(err, KindConflict), IsKind(err, KindNotFound): // somebody else was faster
			default:
				a.log.WarnContext(ctx, "snapshot not taken, it is tried again", "account_id", acc.ID, "contract_id", id, "err", err)
			}
		}
		if taken == before || len(ids) < learnAtOnce {
			return taken, nil
		}
	}
}

// endOfCivil is the first moment after a day.
func endOfCivil(day string, acc *Account) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, acc.Location())
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1)
}

// escalate tells the manager of every snapshot that is late, once.
func (a *Archive) escalate(ctx context.Context, acc *Account) error {
	late, err := a.store.InventoriesLate(ctx, acc.ID, Day(a.now(), acc.Location()), learnAtOnce)
	if err != nil {
		return err
	}
	for _, v := range late {
		if err := a.tellLate(ctx, v.ID); err != nil && !IsKind(err, KindStale) && !IsKind(err, KindConflict) {
			a.log.WarnContext(ctx, "a late snapshot was not told, it is tried again", "account_id", acc.ID, "contract_id", v.ContractID, "err", err)
		}
	}
	return nil
}

func (a *Archive) tellLate(ctx context.Context, id uuid.UUID) error {
	return a.store.InTx(ctx, func(tx Store) error {
		sh, err := shelf(ctx, tx, nil, uuid.Nil, id, wholeShelf)
		if err != nil {
			return err
		}
		v, k, acc, now := sh.Inventory, sh.Contract, sh.Account, a.now()
		if !v.ToldAt.IsZero() || !v.Overdue(Day(now, acc.Location())) {
			return nil
		}
		v.ToldAt = now.UTC()
		if err := tx.SaveInventory(ctx, v); err != nil {
			return err
		}
		if !k.Active(Day(now, acc.Location())) {
			return nil // the handover lists what is owed
		}
		missing := MissingMandatory(sh.Items)
		for _, to := range sh.late() {
			l := newLetter(acc, nil, acc.Lang, Recipient{to.Name, to.Email}, Letter{
				Template: I04, Due: now, Occasion: "inventory-" + v.ID.String() + ":" + strings.ToLower(to.Email),
				Vars: DeadlineAlert{Owner: to.Name, What: sh.named(), DueOn: v.DueOn, Percent: 100, Missing: missing},
			})
			if err := post(ctx, tx, l); err != nil {
				return err
			}
		}
		if err := tx.AddEffects(ctx, k.nudge(acc, NudgeInventoryLate, v.Quarter, now, callBy(acc, now))); err != nil {
			return err
		}
		return tx.Record(ctx, k.line(ActorSystem, "inventory.late", fmt.Sprintf("the snapshot of %s was due on %s, %d mandatory items are missing", v.Quarter, v.DueOn, len(missing)),
			map[string]any{"inventory_id": v.ID.String(), "missing": missing}))
	})
}

// late are those who are told: the manager, and the responsible.
func (sh *Shelf) late() []Responsible {
	var out []Responsible
	if m := sh.Account.Policy.Manager; plainAddress(m.Email) {
		out = append(out, m)
	}
	r, ok := sh.Contract.ResponsibleOn(sh.Inventory.DueOn)
	if ok && plainAddress(r.Email) && (len(out) == 0 || !strings.EqualFold(out[0].Email, r.Email)) {
		out = append(out, Responsible{ID: r.ID, Name: r.Name, Email: r.Email})
	}
	return out
}

// named is what the snapshot is called in a letter.
func (sh *Shelf) named() string {
	who := sh.Contract.Client.Name
	if sh.Contract.Number != "" {
		who = strings.TrimSpace(who + " " + pick(sh.Account.Lang.Or(RU), "(договор № ", "(contract No. ") + sh.Contract.Number + ")")
	}
	return strings.TrimSuffix(pick(sh.Account.Lang.Or(RU), "Опись за ", "Inventory of ")+sh.Inventory.Quarter+": "+who, ": ")
}
