package storetest

import (
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func inventories(f *fixture) {
	contract := func(acc *offboarding.Account, number, ended string) *offboarding.ContractRecord {
		k := &offboarding.ContractRecord{ID: offboarding.NewID(), AccountID: acc.ID, Number: number, EndedOn: ended}
		f.ok(f.s.AddContract(f.ctx, k))
		return k
	}
	one, two, ended := contract(f.acc, "1", ""), contract(f.acc, "2", "2026-12-31"), contract(f.acc, "3", "2026-10-01")
	other := f.account("another")
	foreign := contract(other, "4", "")
	_, err := f.s.LatestInventory(f.ctx, one.ID)
	f.wants(err, offboarding.ErrNotFound)
	take := func(k *offboarding.ContractRecord, quarter string, collected, mandatory int) *offboarding.Inventory {
		v := &offboarding.Inventory{
			ID: offboarding.NewID(), AccountID: k.AccountID, ContractID: k.ID, Quarter: quarter, TakenOn: "2026-10-01", DueOn: "2026-10-22", Collected: collected, Mandatory: mandatory,
		}
		f.ok(f.s.AddInventory(f.ctx, v))
		return v
	}
	old := take(one, "2026Q2", 1, 4)
	old.ClosedAt = f.now
	f.ok(f.s.SaveInventory(f.ctx, old))
	old.Collected = 4
	f.wants(f.s.SaveInventory(f.ctx, old), offboarding.ErrStale) // closed: immutable
	v := take(one, "2026Q3", 3, 4)
	again := &offboarding.Inventory{ID: offboarding.NewID(), AccountID: f.acc.ID, ContractID: one.ID, Quarter: "2026Q3"}
	f.wants(f.s.AddInventory(f.ctx, again), offboarding.ErrStale)
	same(f, must[*offboarding.Inventory](f)(f.s.LatestInventory(f.ctx, one.ID)), v) // the refused one took nothing away
	stale := *v
	v.Collected = 4
	f.ok(f.s.SaveInventory(f.ctx, v))
	f.wants(f.s.SaveInventory(f.ctx, &stale), offboarding.ErrStale)
	_, err = f.s.Inventory(f.ctx, []uuid.UUID{other.ID}, v.ID)
	f.wants(err, offboarding.ErrNotFound)
	list := must[[]*offboarding.Inventory](f)(f.s.InventoriesOf(f.ctx, one.ID, offboarding.Page{}))
	if len(list) != 2 || list[0].ID != v.ID || list[1].Latest {
		f.Fatalf("listed %+v", list)
	}
	ids := func(day string, before time.Time) []uuid.UUID {
		return must[[]uuid.UUID](f)(f.s.ContractsToList(f.ctx, f.acc.ID, "2026Q3", day, before, 10))
	}
	later := time.Now().AddDate(10, 0, 0)
	same(f, ids("2026-11-03", later), []uuid.UUID{two.ID})
	same(f, ids("2026-09-30", later), []uuid.UUID{two.ID, ended.ID})
	if got := ids("2026-11-03", time.Now().AddDate(-50, 0, 0)); len(got) > 0 {
		f.Fatalf("of contracts that were not on record: %v", got)
	}
	take(foreign, "2026Q3", 0, 0)
	late := take(two, "2026Q1", 1, 2)
	same(f, must[[]*offboarding.Inventory](f)(f.s.InventoriesLate(f.ctx, f.acc.ID, "2026-10-23", 10)), []*offboarding.Inventory{v, late})
	if got := must[[]*offboarding.Inventory](f)(f.s.InventoriesLate(f.ctx, f.acc.ID, "2026-10-22", 10)); len(got) > 0 {
		f.Fatalf("late on the day itself: %+v", got)
	}
	v.ToldAt = f.now
	f.ok(f.s.SaveInventory(f.ctx, v))
	same(f, must[[]*offboarding.Inventory](f)(f.s.InventoriesLate(f.ctx, f.acc.ID, "2026-10-23", 10)), []*offboarding.Inventory{late})

	filter := offboarding.ReadinessFilter{AccountID: &f.acc.ID, Today: "2026-11-03", FreshSince: "2026Q3", Limit: 10}
	same(f, must[*offboarding.ReadinessSum](f)(f.s.ReadinessOf(f.ctx, filter)),
		&offboarding.ReadinessSum{Contracts: 2, Taken: 2, Fresh: 1, Complete: 1, Overdue: 2, Collected: 5, Mandatory: 6, Mean: 0.75})
	ready := must[[]*offboarding.ReadyContract](f)(f.s.LeastReady(f.ctx, filter))
	if len(ready) != 2 || ready[0].Contract.ID != two.ID || ready[1].Inventory.ID != v.ID {
		f.Fatalf("the least ready: %+v", ready)
	}
	mark := ready[0].Mark()
	filter.After = &mark
	if next := must[[]*offboarding.ReadyContract](f)(f.s.LeastReady(f.ctx, filter)); len(next) != 1 || next[0].Contract.ID != one.ID {
		f.Fatalf("the next page: %+v", next)
	}
	all := must[*offboarding.ReadinessSum](f)(f.s.ReadinessOf(f.ctx, offboarding.ReadinessFilter{Today: "2026-11-03", FreshSince: "2026Q3"}))
	if all.Contracts != 3 || must[*offboarding.ReadinessSum](f)(f.s.ReadinessOf(f.ctx, offboarding.ReadinessFilter{Scope: []uuid.UUID{}, Today: "2026-11-03"})).Contracts != 0 {
		f.Fatalf("over all: %+v", all)
	}
	byContract := must[map[uuid.UUID]*offboarding.Inventory](f)(f.s.LatestInventories(f.ctx, []uuid.UUID{one.ID, two.ID, ended.ID}))
	if len(byContract) != 2 || byContract[one.ID].ID != v.ID {
		f.Fatalf("newest of several: %+v", byContract)
	}
}
