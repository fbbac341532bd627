package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type inventoryRow struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	ContractID uuid.UUID
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ClosedAt   *time.Time
	ToldAt     *time.Time
	Version    int
	Collected  int
	Mandatory  int
	Permille   int
	Latest     bool
	Quarter    string
	TakenOn    string
	DueOn      string
}

func (inventoryRow) TableName() string { return "inventories" }

func toInventoryRow(v *offboarding.Inventory) *inventoryRow {
	return &inventoryRow{
		ID: v.ID, AccountID: v.AccountID, ContractID: v.ContractID, CreatedAt: stamp(v.CreatedAt), UpdatedAt: stamp(v.UpdatedAt),
		ClosedAt: nullable(v.ClosedAt), ToldAt: nullable(v.ToldAt), Version: v.Version, Collected: v.Collected, Mandatory: v.Mandatory,
		Permille: int(v.Readiness() * 1000), Latest: v.Latest, Quarter: v.Quarter, TakenOn: v.TakenOn, DueOn: v.DueOn,
	}
}

func toInventory(r *inventoryRow) (*offboarding.Inventory, error) {
	return &offboarding.Inventory{
		ID: r.ID, AccountID: r.AccountID, ContractID: r.ContractID, Quarter: r.Quarter, TakenOn: r.TakenOn, DueOn: r.DueOn,
		Collected: r.Collected, Mandatory: r.Mandatory, Latest: r.Latest, ClosedAt: timeOf(r.ClosedAt), ToldAt: timeOf(r.ToldAt),
		CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Version: r.Version,
	}, nil
}

// AddInventory stores a snapshot as the newest of its contract. A quarter that
// has one already is ErrStale.
func (s *Store) AddInventory(ctx context.Context, v *offboarding.Inventory) error {
	added := *v
	added.CreatedAt = s.created(v.CreatedAt)
	added.UpdatedAt, added.Version, added.Latest = added.CreatedAt, 1, true
	err := s.writeTx(ctx, "add inventory", func(db *gorm.DB) error {
		err := db.Model(&inventoryRow{}).Where("contract_id = ? AND latest", v.ContractID).UpdateColumn("latest", false).Error
		if err != nil {
			return err
		}
		return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(toInventoryRow(&added)), offboarding.ErrStale)
	})
	if err == nil {
		*v = added
	}
	return err
}

// Inventory returns a snapshot of an account in scope.
func (s *Store) Inventory(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*offboarding.Inventory, error) {
	return s.oneInventory(ctx, "read inventory", func(db *gorm.DB) *gorm.DB { return inScope(db, scope).Where("id = ?", id) })
}

// LatestInventory returns the newest snapshot of a contract.
func (s *Store) LatestInventory(ctx context.Context, contractID uuid.UUID) (*offboarding.Inventory, error) {
	return s.oneInventory(ctx, "read latest inventory", func(db *gorm.DB) *gorm.DB { return db.Where("contract_id = ? AND latest", contractID) })
}

func (s *Store) oneInventory(ctx context.Context, what string, where func(*gorm.DB) *gorm.DB) (v *offboarding.Inventory, err error) {
	err = s.read(ctx, what, func(db *gorm.DB) error {
		var r inventoryRow
		if err := where(db).Take(&r).Error; err != nil {
			return err
		}
		v, err = toInventory(&r)
		return err
	})
	return v, err
}

// SaveInventory writes WHERE version = v.Version and the snapshot is not closed.
func (s *Store) SaveInventory(ctx context.Context, v *offboarding.Inventory) error {
	saved := *v
	saved.Version++
	saved.UpdatedAt = stamp(s.now())
	err := s.write(ctx, "save inventory", func(db *gorm.DB) error {
		return changed(db.Model(&inventoryRow{}).Where("id = ? AND version = ? AND closed_at IS NULL", v.ID, v.Version).
			Select("updated_at", "closed_at", "told_at", "version", "collected", "mandatory", "permille").UpdateColumns(toInventoryRow(&saved)), offboarding.ErrStale)
	})
	if err == nil {
		v.Version, v.UpdatedAt = saved.Version, saved.UpdatedAt
	}
	return err
}

// InventoriesOf lists a contract's snapshots, newest first.
func (s *Store) InventoriesOf(ctx context.Context, contractID uuid.UUID, p offboarding.Page) (out []*offboarding.Inventory, err error) {
	err = s.read(ctx, "list inventories", func(db *gorm.DB) error {
		rows, err := newestFirst[inventoryRow](db, nil, p, func(q *gorm.DB) *gorm.DB { return q.Where("contract_id = ?", contractID) })
		if err != nil {
			return err
		}
		out, err = each(rows, toInventory)
		return err
	})
	return out, err
}

// LatestInventories returns the newest snapshots of several contracts.
func (s *Store) LatestInventories(ctx context.Context, contractIDs []uuid.UUID) (map[uuid.UUID]*offboarding.Inventory, error) {
	out := make(map[uuid.UUID]*offboarding.Inventory, len(contractIDs))
	if len(contractIDs) == 0 {
		return out, nil
	}
	err := s.read(ctx, "read latest inventories", func(db *gorm.DB) error {
		var rows []inventoryRow
		if err := db.Where("contract_id IN ? AND latest", contractIDs).Find(&rows).Error; err != nil {
			return err
		}
		for i := range rows {
			out[rows[i].ContractID], _ = toInventory(&rows[i])
		}
		return nil
	})
	return out, err
}

const runs = "(contracts.ended_on = '' OR contracts.ended_on >= ?)"

// ContractsToList lists contracts that run on the day, were on record before
// the time, and have no snapshot of the quarter.
func (s *Store) ContractsToList(ctx context.Context, accountID uuid.UUID, quarter, day string, before time.Time, limit int) (ids []uuid.UUID, err error) {
	err = s.read(ctx, "find contracts without inventory", func(db *gorm.DB) error {
		return db.Model(&contractRow{}).Where("account_id = ? AND created_at < ?", accountID, stamp(before)).Where(runs, day).
			Where("NOT EXISTS (SELECT 1 FROM inventories i WHERE i.contract_id = contracts.id AND i.quarter >= ?)", quarter).
			Order("id").Limit(limit).Pluck("id", &ids).Error
	})
	return ids, err
}

// InventoriesLate lists open snapshots that were due before the day, of which
// nobody was told.
func (s *Store) InventoriesLate(ctx context.Context, accountID uuid.UUID, day string, limit int) (out []*offboarding.Inventory, err error) {
	err = s.read(ctx, "find late inventories", func(db *gorm.DB) error {
		var rows []inventoryRow
		err := db.Where("account_id = ? AND closed_at IS NULL AND told_at IS NULL AND due_on < ?", accountID, day).Order("due_on, id").Limit(limit).Find(&rows).Error
		if err != nil {
			return err
		}
		out, err = each(rows, toInventory)
		return err
	})
	return out, err
}

// ReadinessOf adds up the newest snapshots of all contracts that run.
func (s *Store) ReadinessOf(ctx context.Context, f offboarding.ReadinessFilter) (*offboarding.ReadinessSum, error) {
	var r offboarding.ReadinessSum
	var sum struct {
		Contracts, Taken, Fresh, Complete, Overdue, Collected, Mandatory int
		Permille                                                         int64
	}
	err := s.read(ctx, "add up readiness", func(db *gorm.DB) error {
		q := db.Model(&contractRow{}).Joins("LEFT JOIN inventories i ON i.contract_id = contracts.id AND i.latest").Where(runs, f.Today)
		if scope := narrowed(f.Scope, f.AccountID); scope != nil {
			q = q.Where("contracts.account_id IN ?", scope)
		}
		return q.Select(`count(*) AS contracts, count(i.id) AS taken, coalesce(sum(i.permille), 0) AS permille,
			coalesce(sum(CASE WHEN i.quarter >= ? THEN 1 ELSE 0 END), 0) AS fresh,
			coalesce(sum(CASE WHEN i.permille = 1000 THEN 1 ELSE 0 END), 0) AS complete,
			coalesce(sum(CASE WHEN i.closed_at IS NULL AND i.due_on < ? THEN 1 ELSE 0 END), 0) AS overdue,
			coalesce(sum(i.collected), 0) AS collected, coalesce(sum(i.mandatory), 0) AS mandatory`, f.FreshSince, f.Today).Scan(&sum).Error
	})
	r = offboarding.ReadinessSum{
		Contracts: sum.Contracts, Taken: sum.Taken, Fresh: sum.Fresh, Complete: sum.Complete, Overdue: sum.Overdue, Collected: sum.Collected, Mandatory: sum.Mandatory,
	}
	if sum.Taken > 0 {
		r.Mean = float64(sum.Permille) / 1000 / float64(sum.Taken)
	}
	return &r, err
}

// LeastReady lists contracts that run and have a snapshot, the least ready
// first.
func (s *Store) LeastReady(ctx context.Context, f offboarding.ReadinessFilter) ([]*offboarding.ReadyContract, error) {
	var out []*offboarding.ReadyContract
	err := s.read(ctx, "list the least ready", func(db *gorm.DB) error {
		q := db.Model(&inventoryRow{}).Where("inventories.latest").Joins("JOIN contracts ON contracts.id = inventories.contract_id AND "+runs, f.Today)
		if scope := narrowed(f.Scope, f.AccountID); scope != nil {
			q = q.Where("inventories.account_id IN ?", scope)
		}
		if f.After != nil {
			q = q.Where("(inventories.permille, inventories.id) > (?, ?)", f.After.Permille, f.After.ID)
		}
		var rows []inventoryRow
		if err := q.Select("inventories.*").Order("inventories.permille, inventories.id").Limit(max(1, min(f.Limit, maxPage))).Find(&rows).Error; err != nil {
			return err
		}
		ids := make([]uuid.UUID, 0, len(rows))
		for _, r := range rows {
			ids = append(ids, r.ContractID)
		}
		if len(ids) == 0 {
			return nil
		}
		var contracts []contractRow
		if err := db.Where("id IN ?", ids).Find(&contracts).Error; err != nil {
			return err
		}
		byID := map[uuid.UUID]*offboarding.ContractRecord{}
		for i := range contracts {
			k, err := toContract(&contracts[i])
			if err != nil {
				return err
			}
			byID[k.ID] = k
		}
		for i := range rows {
			v, err := toInventory(&rows[i])
			if err != nil {
				return err
			}
			out = append(out, &offboarding.ReadyContract{Contract: byID[v.ContractID], Inventory: v})
		}
		return nil
	})
	return out, err
}
