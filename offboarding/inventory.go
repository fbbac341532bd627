package offboarding

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Inventory is a quarterly snapshot of what we hold for a client (domain §7.3):
// what the one before held, and what the checklist expects besides. Until it is
// closed people complete it; from then on nobody changes it. Its lines are items
// whose list is the inventory.
type Inventory struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	ContractID uuid.UUID
	Quarter    string // the quarter that it closes: 2026Q3
	TakenOn    string
	DueOn      string
	Collected  int // mandatory items that are there
	Mandatory  int
	Latest     bool      // the newest of its contract
	ClosedAt   time.Time // zero: it may still be completed
	ToldAt     time.Time // when its lateness was told to the manager
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int
}

// inventoryDays are the business days within which a snapshot is completed.
const inventoryDays = 15

// Overdue reports whether the snapshot should have been completed.
func (v *Inventory) Overdue(today string) bool { return v.ClosedAt.IsZero() && today > v.DueOn }

// Old reports whether a newer quarter than the snapshot's has ended, and the
// day on which that one is taken is over as well.
func (v *Inventory) Old(now time.Time, acc *Account) bool {
	last, taken := lastQuarter(now, acc)
	return v.Quarter < last.String() && Day(now, acc.Location()) > taken
}

// SnapshotOld reports whether the contract's newest snapshot, which may be nil,
// is of a quarter before the one that should have been taken by now.
func (k *ContractRecord) SnapshotOld(v *Inventory, now time.Time, acc *Account) bool {
	if v != nil {
		return v.Old(now, acc)
	}
	_, taken := lastQuarter(now, acc)
	return Day(now, acc.Location()) > taken && k.CreatedAt.Before(endOfCivil(taken, acc))
}

// Readiness is the share of mandatory items that are there; where nothing is
// mandatory nothing is missing.
func (v *Inventory) Readiness() float64 { return share(v.Collected, v.Mandatory) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// count writes down how complete the snapshot is.
func (v *Inventory) count(items []*Item) { v.Collected, v.Mandatory = Readiness(items) }

// recount is count when only some of the items were looked at; of these so many
// were there, and mandatory, before.
func (v *Inventory) recount(there, mandatory int, items []*Item) {
	now, all := Readiness(items)
	v.Collected, v.Mandatory = v.Collected+now-there, v.Mandatory+all-mandatory
}

// lastQuarter is the quarter that ended last, and the first business day after
// it, on which snapshots are taken.
func lastQuarter(now time.Time, acc *Account) (q Quarter, taken string) {
	today := now.In(acc.Location())
	q = QuarterOf(today).Before()
	_, end := q.Window()
	return q, acc.Calendar().AddDays(end, 1)
}

// FlagSnapshotOld says that the last snapshot of a contract is missing or older
// than a quarter (domain §10).
const FlagSnapshotOld = "snapshot_old"

// ReadinessSum says how ready we are to part with all clients.
type ReadinessSum struct {
	Contracts int     // that run
	Taken     int     // of those: with a snapshot
	Fresh     int     // with one that is no older than a quarter
	Complete  int     // with every mandatory item there
	Overdue   int     // with one that should have been completed
	Collected int     // mandatory items that are there, of all
	Mandatory int     // mandatory items of all
	Mean      float64 // of the readiness of those with a snapshot
}

// ReadyContract is a contract with its newest snapshot.
type ReadyContract struct {
	Contract  *ContractRecord
	Inventory *Inventory // nil: none was taken
}

// ReadinessFilter selects contracts that run. Today is a day; FreshSince is the
// quarter of which a snapshot counts as fresh.
type ReadinessFilter struct {
	Scope      []uuid.UUID
	AccountID  *uuid.UUID
	Today      string
	FreshSince string
	Limit      int
	After      *ReadyMark
}

// ReadyMark is where a page of contracts ended.
type ReadyMark struct {
	Permille int
	ID       uuid.UUID
}

// Mark is where a page that ends with the contract ends.
func (r *ReadyContract) Mark() ReadyMark {
	return ReadyMark{int(r.Inventory.Readiness() * 1000), r.Inventory.ID}
}

// Inventories keeps quarterly snapshots.
type Inventories interface {
	// AddInventory stores a snapshot as the newest of its contract. ErrStale: the
	// quarter has one.
	AddInventory(ctx context.Context, v *Inventory) error
	Inventory(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Inventory, error)
	// SaveInventory writes WHERE version = v.Version and it is not closed; ErrStale otherwise.
	SaveInventory(ctx context.Context, v *Inventory) error
	// InventoriesOf lists a contract's snapshots, newest first.
	InventoriesOf(ctx context.Context, contractID uuid.UUID, p Page) ([]*Inventory, error)
	// LatestInventory is the newest of a contract, or ErrNotFound.
	LatestInventory(ctx context.Context, contractID uuid.UUID) (*Inventory, error)
	// LatestInventories are the newest ones of several contracts.
	LatestInventories(ctx context.Context, contractIDs []uuid.UUID) (map[uuid.UUID]*Inventory, error)
	// ContractsToList lists contracts of the account that run on the day, were on
	// record before the time, and have no snapshot of the quarter.
	ContractsToList(ctx context.Context, accountID uuid.UUID, quarter, day string, before time.Time, limit int) ([]uuid.UUID, error)
	// InventoriesLate lists snapshots of the account that should have been completed
	// before the day, of which nobody was told.
	InventoriesLate(ctx context.Context, accountID uuid.UUID, day string, limit int) ([]*Inventory, error)
	// ReadinessOf adds up all contracts of the filter that run.
	ReadinessOf(ctx context.Context, f ReadinessFilter) (*ReadinessSum, error)
	// LeastReady lists contracts that run and have a snapshot, the least ready first.
	LeastReady(ctx context.Context, f ReadinessFilter) ([]*ReadyContract, error)
}

// copyFiles gives copied items rows of their own for their files, so that a
// file replaced in one list stays in the other.
func copyFiles(ctx context.Context, tx Store, owner uuid.UUID, items []*Item) error {
	for _, it := range items {
		if it.File == nil {
			continue
		}
		kept := *it.File
		if err := keepFile(ctx, tx, it.AccountID, owner, FileItem, &kept); err != nil {
			return err
		}
		it.File = &kept
	}
	return nil
}

// latest is the newest snapshot of a contract with its items, or nils.
func latest(ctx context.Context, tx Store, contractID uuid.UUID) (*Inventory, []*Item, error) {
	v, err := tx.LatestInventory(ctx, contractID)
	if IsKind(err, KindNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	items, err := tx.Items(ctx, v.ID)
	return v, items, err
}
