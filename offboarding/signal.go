package offboarding

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// EmployeeSignals answers who leads people, and nobody else, for the twelve
// months that end with a quarter. That it was looked at is written down first:
// what could not be written down is not shown.
func (d *Desk) EmployeeSignals(ctx context.Context, scope []uuid.UUID, accountID uuid.UUID, q Quarter, by Actor) ([]ServiceSignal, error) {
	acc, err := d.store.Account(ctx, accountID)
	if err != nil {
		return nil, err
	}
	if !InScope(scope, acc.ID) {
		return nil, ErrNotFound
	}
	out, err := signalsOf(ctx, d.store, acc, q)
	if err != nil {
		return nil, err
	}
	err = d.store.InTx(ctx, func(tx Store) error {
		return tx.Record(ctx, Audit{
			Stream: "account:" + acc.ID.String(), Actor: by, Kind: "employee_signals.viewed",
			Summary: "the employee signals of " + q.String() + " were looked at", AccountID: &acc.ID,
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// signalsOf evaluates the twelve months that end with a quarter. It reads all
// contracts and cases of the account, page by page: not for a transaction, which
// would hold up others for as long.
func signalsOf(ctx context.Context, store Store, acc *Account, q Quarter) ([]ServiceSignal, error) {
	contracts, err := allContracts(ctx, store, acc.ID)
	if err != nil || len(contracts) == 0 {
		return nil, err
	}
	losses, err := lossesOf(ctx, store, acc, contracts)
	if err != nil {
		return nil, err
	}
	from, to := q.Window()
	return Signals(contracts, losses, from, to), nil
}

// rowsAtOnce is how many rows a whole table is read by.
const rowsAtOnce = 500

func allContracts(ctx context.Context, store Store, accountID uuid.UUID) ([]*ContractRecord, error) {
	var out []*ContractRecord
	f := ContractFilter{AccountID: &accountID, Page: Page{Limit: rowsAtOnce}}
	for {
		list, err := store.ContractsInScope(ctx, f)
		if err != nil || len(list) == 0 {
			return out, err
		}
		out = append(out, list...)
		f.Before = &list[len(list)-1].ID
	}
}

// lossesOf lists the clients who left by their own decision, under contracts
// that are on record.
func lossesOf(ctx context.Context, store Store, acc *Account, contracts []*ContractRecord) ([]Loss, error) {
	byID := make(map[uuid.UUID]*ContractRecord, len(contracts))
	for _, k := range contracts {
		byID[k.ID] = k
	}
	var out []Loss
	f := CaseFilter{AccountID: &acc.ID, Page: Page{Limit: rowsAtOnce}}
	for {
		list, err := store.CasesInScope(ctx, f)
		if err != nil || len(list) == 0 {
			return out, err
		}
		for _, c := range list {
			if c.Dates.PartedAt.IsZero() || c.Initiator == ByCompany || c.Contract.RecordID == nil || byID[*c.Contract.RecordID] == nil {
				continue
			}
			decided := c.Dates.DecidedAt
			if decided.IsZero() {
				decided = c.Dates.PartedAt
			}
			out = append(out, Loss{byID[*c.Contract.RecordID], Day(decided, acc.Location()), c.Reason.Code})
		}
		f.Before = &list[len(list)-1].ID
	}
}

// Quarter is a quarter of a year.
type Quarter struct{ Year, N int }

// ReadQuarter reads "2026Q3" or "2026-Q3".
func ReadQuarter(s string) (Quarter, bool) {
	var q Quarter
	if _, err := fmt.Sscanf(s, "%4dQ%1d", &q.Year, &q.N); err != nil {
		if _, err := fmt.Sscanf(s, "%4d-Q%1d", &q.Year, &q.N); err != nil {
			return q, false
		}
	}
	return q, q.Year >= 2000 && q.Year <= 2100 && q.N >= 1 && q.N <= 4
}

// QuarterOf returns the quarter of a day.
func QuarterOf(t time.Time) Quarter { return Quarter{t.Year(), (int(t.Month()) + 2) / 3} }

// Before returns the quarter before.
func (q Quarter) Before() Quarter {
	if q.N == 1 {
		return Quarter{q.Year - 1, 4}
	}
	return Quarter{q.Year, q.N - 1}
}

// String is the quarter as an address has it.
func (q Quarter) String() string { return fmt.Sprintf("%04dQ%d", q.Year, q.N) }

// Window is the first and the last day of the twelve months that end with the
// quarter.
func (q Quarter) Window() (from, to string) {
	end := time.Date(q.Year, time.Month(q.N*3)+1, 1, 0, 0, 0, 0, time.UTC)
	return end.AddDate(-signalWindowYears, 0, 0).Format(time.DateOnly), end.AddDate(0, 0, -1).Format(time.DateOnly)
}
