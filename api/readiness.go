package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// SnapshotBody is the newest snapshot of a contract in short.
type SnapshotBody struct {
	ID        uuid.UUID `json:"id"`
	Quarter   string    `json:"quarter" example:"2026Q3"`
	TakenOn   string    `json:"taken_on" example:"2026-10-01"`
	Status    string    `json:"status" example:"closed" enums:"open,overdue,closed"`
	Readiness float64   `json:"readiness" example:"0.75"`
	Old       bool      `json:"old" example:"false"` // a newer quarter should have one
} //	@name	ContractSnapshot

// ReadyContractBody is a contract with how ready it is.
type ReadyContractBody struct {
	ContractID uuid.UUID    `json:"contract_id"`
	AccountID  uuid.UUID    `json:"account_id"`
	Number     string       `json:"number,omitempty" example:"12/24"`
	ClientName string       `json:"client_name,omitempty" example:"Анна Примерова"`
	Snapshot   SnapshotBody `json:"snapshot"`
	Lacking    []string     `json:"lacking" example:"notice_clause"`
} //	@name	ReadyContract

// ReadinessResponse says how ready we are to part on any day.
type ReadinessResponse struct {
	Contracts    int                 `json:"contracts" example:"120"`     // that run
	Taken        int                 `json:"with_snapshot" example:"118"` // of those
	Fresh        int                 `json:"fresh" example:"110"`         // with a snapshot no older than a quarter
	Complete     int                 `json:"complete" example:"90"`       // every mandatory item is there
	Overdue      int                 `json:"overdue" example:"3"`         // a snapshot should have been completed
	Readiness    float64             `json:"readiness" example:"0.93"`    // mean of those with a snapshot
	Collected    int                 `json:"mandatory_collected" example:"1100"`
	Mandatory    int                 `json:"mandatory_total" example:"1180"`
	ShareOfFresh float64             `json:"fresh_share" example:"0.92"`
	Items        []ReadyContractBody `json:"items"` // the least ready first
	NextCursor   string              `json:"next_cursor,omitempty"`
} //	@name	Readiness

// readiness answers how ready we are to part with whom.
//
//	@Summary		Readiness to part, over all contracts
//	@Description	Sums over the newest snapshot of every contract that runs, and those contracts, the least ready first.
//	@ID				getReadiness
//	@Tags			inventories
//	@Produce		json
//	@Param			account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param			limit		query		int		false	"at most 200"
//	@Param			cursor		query		string	false	"next_cursor of the page before"
//	@Success		200			{object}	ReadinessResponse
//	@Failure		401			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/readiness [get]
func (h inventoryHandlers) readiness(c *gin.Context) {
	ctx, now := c.Request.Context(), h.cfg.Clock.Now()
	f := offboarding.ReadinessFilter{Scope: scopeOf(c), Today: offboarding.Day(now, time.UTC), FreshSince: offboarding.QuarterOf(now).Before().String()}
	limit, err := listLimit(c)
	if err == nil {
		f.AccountID, err = queryID(c, "account_id")
	}
	if err == nil {
		f.After, err = readyMark(c.Query("cursor"))
	}
	var sum *offboarding.ReadinessSum
	if err == nil {
		sum, err = h.cfg.Store.ReadinessOf(ctx, f)
	}
	f.Limit = limit + 1
	var rows []*offboarding.ReadyContract
	if err == nil {
		rows, err = h.cfg.Store.LeastReady(ctx, f)
	}
	var marks snapshotMarks
	if err == nil {
		marks, err = h.marks(ctx, rows)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	r := ReadinessResponse{
		Contracts: sum.Contracts, Taken: sum.Taken, Fresh: sum.Fresh, Complete: sum.Complete, Overdue: sum.Overdue, Readiness: sum.Mean,
		Collected: sum.Collected, Mandatory: sum.Mandatory, Items: []ReadyContractBody{},
	}
	if sum.Contracts > 0 {
		r.ShareOfFresh = float64(sum.Fresh) / float64(sum.Contracts)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		m := rows[limit-1].Mark()
		r.NextCursor = strconv.Itoa(m.Permille) + "." + m.ID.String()
	}
	for _, row := range rows {
		b := ReadyContractBody{ContractID: row.Contract.ID, AccountID: row.Contract.AccountID, Number: row.Contract.Number, Lacking: orEmpty(row.Contract.Lacking()), Snapshot: *marks.of(row.Contract, row.Inventory)}
		if callerOf(c).role != RoleViewer {
			b.ClientName = row.Contract.Client.Name
		}
		r.Items = append(r.Items, b)
	}
	c.JSON(http.StatusOK, r)
}

func readyMark(cursor string) (*offboarding.ReadyMark, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // the first page
	}
	permille, id, _ := strings.Cut(cursor, ".")
	n, err := strconv.Atoi(permille)
	at, uerr := uuid.Parse(id)
	if err != nil || uerr != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "the cursor cannot be read", ProblemField{"cursor", "next_cursor of the page before"})
	}
	return &offboarding.ReadyMark{Permille: n, ID: at}, nil
}

// snapshotMarks says how the newest snapshots of contracts stand.
type snapshotMarks struct {
	now      time.Time
	accounts map[uuid.UUID]*offboarding.Account
}

func (h inventoryHandlers) marks(ctx context.Context, rows []*offboarding.ReadyContract) (snapshotMarks, error) {
	m := snapshotMarks{h.cfg.Clock.Now(), map[uuid.UUID]*offboarding.Account{}}
	for _, r := range rows {
		if m.accounts[r.Contract.AccountID] != nil {
			continue
		}
		acc, err := h.cfg.Store.Account(ctx, r.Contract.AccountID)
		if err != nil {
			return m, err
		}
		m.accounts[acc.ID] = acc
	}
	return m, nil
}

// of is nil for a contract without a snapshot.
func (m snapshotMarks) of(k *offboarding.ContractRecord, v *offboarding.Inventory) *SnapshotBody {
	if v == nil {
		return nil
	}
	acc := m.accounts[k.AccountID]
	b := inventoryBody(v, offboarding.Day(m.now, acc.Location()))
	return &SnapshotBody{v.ID, v.Quarter, v.TakenOn, b.Status, b.Readiness, v.Old(m.now, acc)}
}

// flags are those of the contract, and that of a snapshot that is old.
func (m snapshotMarks) flags(k *offboarding.ContractRecord, v *offboarding.Inventory) []string {
	out := orEmpty(k.Flags())
	if acc := m.accounts[k.AccountID]; k.Active(offboarding.Day(m.now, acc.Location())) && k.SnapshotOld(v, m.now, acc) {
		out = append(out, offboarding.FlagSnapshotOld)
	}
	return out
}
