package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// ContractRequest records a contract. Only what is known need be told; a PATCH
// changes what it names.
type ContractRequest struct {
	AccountID        uuid.UUID            `json:"account_id"`
	Number           *string              `json:"number,omitempty" example:"12/24"`
	ServiceType      *string              `json:"service_type,omitempty" example:"accounting"`
	Client           *ClientBody          `json:"client,omitempty"`
	Company          *NamedBody           `json:"company,omitempty"`
	DealID           *string              `json:"deal_id,omitempty" example:"15318176"`
	StartedOn        *string              `json:"started_on,omitempty" example:"2024-03-01"`
	EndedOn          *string              `json:"ended_on,omitempty" example:"2026-12-31"`
	NoticeDays       *int                 `json:"notice_days,omitempty" example:"30" extensions:"x-nullable"`
	NoticeClause     *string              `json:"notice_clause,omitempty" example:"п. 8.2"`
	HandoverDays     *int                 `json:"handover_days,omitempty" example:"10" extensions:"x-nullable"`
	Scope            *string              `json:"scope,omitempty" example:"Бухгалтерия и отчётность, до 50 документов в месяц"`
	Roles            []RoleBody           `json:"roles,omitempty"`
	Visits           any                  `json:"visits,omitempty"`
	SettlementRule   *string              `json:"settlement_rule,omitempty" example:"п. 5.4: расчёт за отработанные дни"`
	PropertyList     *bool                `json:"property_list,omitempty" example:"true"`
	OpenAccess       *bool                `json:"open_access,omitempty" example:"true"`
	Responsibles     []ResponsibilityBody `json:"responsibles,omitempty"`
	ContactEveryDays *int                 `json:"contact_every_days,omitempty" example:"14"`
	LastContactAt    *time.Time           `json:"last_contact_at,omitempty" example:"2026-11-02T09:30:00Z"`
} //	@name	ContractRequest

// RoleBody says who of the client's people decides or is asked what.
type RoleBody struct {
	Role  string `json:"role" example:"decision_maker"`
	Name  string `json:"name" example:"Анна Примерова"`
	Email string `json:"email,omitempty" example:"client@example.com"`
	Phone string `json:"phone,omitempty" example:"+70000000000"`
} //	@name	ContractRole

// ResponsibilityBody is an employee on the client's line with the days of it.
type ResponsibilityBody struct {
	ID    string `json:"id,omitempty" example:"11087123"`
	Name  string `json:"name,omitempty" example:"Мария Образцова"`
	Email string `json:"email,omitempty" example:"manager@example.com"`
	From  string `json:"from" example:"2024-03-01"`
	To    string `json:"to,omitempty" example:"2026-05-31"`
} //	@name	Responsibility

// ContractResponse is a contract on record. A viewer sees no personal data.
type ContractResponse struct {
	ID               uuid.UUID            `json:"id"`
	AccountID        uuid.UUID            `json:"account_id"`
	Number           string               `json:"number,omitempty" example:"12/24"`
	ServiceType      string               `json:"service_type,omitempty" example:"accounting"`
	Client           ClientBody           `json:"client"`
	Company          *NamedBody           `json:"company,omitempty"`
	DealID           string               `json:"deal_id,omitempty" example:"15318176"`
	StartedOn        string               `json:"started_on,omitempty" example:"2024-03-01"`
	EndedOn          string               `json:"ended_on,omitempty" example:"2026-12-31"`
	NoticeDays       *int                 `json:"notice_days,omitempty" example:"30"`
	NoticeClause     string               `json:"notice_clause,omitempty" example:"п. 8.2"`
	HandoverDays     *int                 `json:"handover_days,omitempty" example:"10"`
	Scope            string               `json:"scope,omitempty"`
	Roles            []RoleBody           `json:"roles"`
	Visits           any                  `json:"visits,omitempty"`
	SettlementRule   string               `json:"settlement_rule,omitempty"`
	PropertyList     bool                 `json:"property_list" example:"true"`
	OpenAccess       bool                 `json:"open_access" example:"true"`
	Responsibles     []ResponsibilityBody `json:"responsibles"`
	ContactEveryDays int                  `json:"contact_every_days,omitempty" example:"14"`
	LastContactAt    *time.Time           `json:"last_contact_at,omitempty"`
	Snapshot         *SnapshotBody        `json:"snapshot,omitempty"`               // the newest quarterly inventory
	Flags            []string             `json:"flags" example:"contract_missing"` // and snapshot_old
	Lacking          []string             `json:"lacking" example:"notice_clause"`
	CreatedAt        time.Time            `json:"created_at"`
	UpdatedAt        time.Time            `json:"updated_at"`
	Version          int                  `json:"version" example:"1"`
} //	@name	ContractRecord

type contractHandlers struct{ cfg Config }

// list answers contracts, newest first.
//
//	@Summary	List contracts
//	@ID			listContracts
//	@Tags		contracts
//	@Produce	json
//	@Param		account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param		active		query		bool	false	"only those that run, or only those that ended"
//	@Param		q			query		string	false	"part of number, client's name or e-mail"
//	@Param		limit		query		int		false	"at most 200"
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	List[ContractResponse]
//	@Failure	401			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts [get]
func (h contractHandlers) list(c *gin.Context) {
	p, err := page(c)
	f := offboarding.ContractFilter{Scope: scopeOf(c), Query: c.Query("q"), Page: more(p)}
	if err == nil {
		f.AccountID, err = queryID(c, "account_id")
	}
	if err == nil {
		f.Active, err = queryBool(c, "active")
	}
	role := callerOf(c).role
	if err == nil && f.Query != "" && role == RoleViewer {
		err = refuse(http.StatusForbidden, "a viewer may not search by personal data")
	}
	var rows []*offboarding.ContractRecord
	if err == nil {
		rows, err = h.cfg.Store.ContractsInScope(c.Request.Context(), f)
	}
	var taken map[uuid.UUID]*offboarding.Inventory
	var marks snapshotMarks
	if err == nil {
		taken, marks, err = h.snapshots(c.Request.Context(), rows)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(k *offboarding.ContractRecord) uuid.UUID { return k.ID },
		func(k *offboarding.ContractRecord) ContractResponse {
			return contractResponse(k, role).with(marks, k, taken[k.ID])
		}))
}

// snapshots finds the newest snapshots of contracts.
func (h contractHandlers) snapshots(ctx context.Context, rows []*offboarding.ContractRecord) (map[uuid.UUID]*offboarding.Inventory, snapshotMarks, error) {
	ids, all := make([]uuid.UUID, 0, len(rows)), make([]*offboarding.ReadyContract, 0, len(rows))
	for _, k := range rows {
		ids, all = append(ids, k.ID), append(all, &offboarding.ReadyContract{Contract: k})
	}
	taken, err := h.cfg.Store.LatestInventories(ctx, ids)
	if err != nil {
		return nil, snapshotMarks{}, err
	}
	marks, err := inventoryHandlers(h).marks(ctx, all)
	return taken, marks, err
}

func (r ContractResponse) with(m snapshotMarks, k *offboarding.ContractRecord, v *offboarding.Inventory) ContractResponse {
	r.Snapshot, r.Flags = m.of(k, v), m.flags(k, v)
	return r
}

// queryBool reads an optional yes or no of the query.
func queryBool(c *gin.Context, name string) (*bool, error) {
	yes := c.Query(name) == "true" || c.Query(name) == "1"
	switch c.Query(name) {
	case "":
		return nil, nil
	case "true", "1", "false", "0":
		return &yes, nil
	}
	return nil, refuse(http.StatusUnprocessableEntity, "a yes or no is wrong", ProblemField{name, "true or false"})
}

// create records a contract.
//
//	@Summary		Record a contract
//	@Description	A parting finds its contract by number, deal, or client when it opens, and takes its terms. A number is taken once per account: 409, rule contract_number_taken. Who was erased is not brought back: rule person_erased.
//	@ID				createContract
//	@Tags			contracts
//	@Accept			json
//	@Produce		json
//	@Param			body			body		ContractRequest	true	"the contract"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		201				{object}	ContractResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rule: contract_number_taken, person_erased"
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts [post]
func (h contractHandlers) create(c *gin.Context) {
	var r ContractRequest
	err := bindJSON(c, &r)
	k := &offboarding.ContractRecord{ID: offboarding.NewID(), AccountID: r.AccountID}
	if err == nil {
		err = r.over(k)
	}
	if err == nil {
		err = h.cfg.Desk.AddContract(c.Request.Context(), scopeOf(c), k, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Location", "/api/v1/contracts/"+k.ID.String())
	h.answer(c, http.StatusCreated, k)
}

// get answers one contract.
//
//	@Summary	Get a contract
//	@ID			getContract
//	@Tags		contracts
//	@Produce	json
//	@Param		id	path		string	true	"contract id"	Format(uuid)
//	@Success	200	{object}	ContractResponse
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id} [get]
func (h contractHandlers) get(c *gin.Context) {
	id, err := pathID(c)
	var k *offboarding.ContractRecord
	if err == nil {
		k, err = h.cfg.Store.Contract(c.Request.Context(), scopeOf(c), id)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, http.StatusOK, k)
}

// update changes what the body names.
//
//	@Summary	Change a contract
//	@ID			updateContract
//	@Tags		contracts
//	@Accept		json
//	@Produce	json
//	@Param		id			path		string			true	"contract id"	Format(uuid)
//	@Param		If-Match	header		string			false	"the version that was seen"
//	@Param		body		body		ContractRequest	true	"what changes"
//	@Success	200			{object}	ContractResponse
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	404			{object}	Problem
//	@Failure	409			{object}	Problem	"rule: contract_number_taken, person_erased"
//	@Failure	412			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id} [patch]
func (h contractHandlers) update(c *gin.Context) {
	id, err := pathID(c)
	var r ContractRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	var k *offboarding.ContractRecord
	if err == nil {
		k, err = h.cfg.Desk.ChangeContract(c.Request.Context(), scopeOf(c), id, seen, actorOf(c), func(k *offboarding.ContractRecord) error {
			if r.AccountID != uuid.Nil && r.AccountID != k.AccountID {
				return refuse(http.StatusUnprocessableEntity, "a contract stays with its account", ProblemField{"account_id", "cannot be changed"})
			}
			return r.over(k)
		})
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, http.StatusOK, k)
}

func (h contractHandlers) answer(c *gin.Context, status int, k *offboarding.ContractRecord) {
	taken, marks, err := h.snapshots(c.Request.Context(), []*offboarding.ContractRecord{k})
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(k.Version))
	c.JSON(status, contractResponse(k, callerOf(c).role).with(marks, k, taken[k.ID]))
}

const maxVisits = 4 << 10

// over writes what is given over k.
func (r *ContractRequest) over(k *offboarding.ContractRecord) error {
	for _, f := range []struct{ from, to *string }{
		{r.Number, &k.Number},
		{r.ServiceType, &k.ServiceType},
		{r.DealID, &k.DealID},
		{r.StartedOn, &k.StartedOn},
		{r.EndedOn, &k.EndedOn},
		{r.NoticeClause, &k.NoticeClause},
		{r.Scope, &k.Scope},
		{r.SettlementRule, &k.Settlement},
	} {
		if f.from != nil {
			*f.to = strings.TrimSpace(*f.from)
		}
	}
	if r.Client != nil {
		k.Client = r.Client.client()
	}
	if r.Company != nil {
		k.Company = offboarding.Named{ID: r.Company.ID, Name: r.Company.Name}
	}
	if r.NoticeDays != nil {
		k.NoticeDays = r.NoticeDays
	}
	if r.HandoverDays != nil {
		k.HandoverDays = r.HandoverDays
	}
	if r.PropertyList != nil {
		k.PropertyList = *r.PropertyList
	}
	if r.OpenAccess != nil {
		k.OpenAccess = *r.OpenAccess
	}
	if r.ContactEveryDays != nil {
		k.RhythmDays = *r.ContactEveryDays
	}
	if r.LastContactAt != nil {
		k.LastTwoWayAt = r.LastContactAt.UTC()
	}
	if r.Visits != nil {
		raw, err := json.Marshal(r.Visits)
		if err != nil || len(raw) > maxVisits {
			return refuse(http.StatusUnprocessableEntity, "the visits are too long", ProblemField{"visits", "at most 4 KiB"})
		}
		k.Visits = raw
	}
	if r.Roles != nil {
		k.Roles = nil
		for _, x := range r.Roles {
			k.Roles = append(k.Roles, offboarding.ContractRole{Role: x.Role, Name: x.Name, Email: x.Email, Phone: x.Phone})
		}
	}
	if r.Responsibles != nil {
		k.Responsibles = nil
		for _, x := range r.Responsibles {
			k.Responsibles = append(k.Responsibles, offboarding.Responsibility{ID: x.ID, Name: x.Name, Email: x.Email, From: x.From, To: x.To})
		}
	}
	return nil
}

func contractResponse(k *offboarding.ContractRecord, role Role) ContractResponse {
	res := ContractResponse{
		ID: k.ID, AccountID: k.AccountID, Number: k.Number, ServiceType: k.ServiceType,
		Client: clientBody(k.Client), DealID: k.DealID,
		StartedOn: k.StartedOn, EndedOn: k.EndedOn, NoticeDays: k.NoticeDays, NoticeClause: k.NoticeClause, HandoverDays: k.HandoverDays,
		Scope: k.Scope, Roles: []RoleBody{}, SettlementRule: k.Settlement, PropertyList: k.PropertyList, OpenAccess: k.OpenAccess,
		Responsibles: []ResponsibilityBody{}, ContactEveryDays: k.RhythmDays, LastContactAt: optional(k.LastTwoWayAt),
		Lacking: orEmpty(k.Lacking()), CreatedAt: k.CreatedAt.UTC(), UpdatedAt: k.UpdatedAt.UTC(), Version: k.Version,
	}
	if k.Company != (offboarding.Named{}) {
		res.Company = &NamedBody{k.Company.ID, k.Company.Name}
	}
	if len(k.Visits) > 0 {
		res.Visits = k.Visits
	}
	for _, r := range k.Responsibles {
		res.Responsibles = append(res.Responsibles, ResponsibilityBody{r.ID, r.Name, r.Email, r.From, r.To})
	}
	for _, r := range k.Roles {
		res.Roles = append(res.Roles, RoleBody{r.Role, r.Name, r.Email, r.Phone})
	}
	if role == RoleViewer {
		res.Client = ClientBody{ID: k.Client.ID, Lang: string(k.Client.Lang)}
		res.Roles, res.Scope, res.Visits, res.SettlementRule = []RoleBody{}, "", nil, ""
		if res.Company != nil {
			res.Company = &NamedBody{ID: k.Company.ID}
		}
		for i := range res.Responsibles {
			res.Responsibles[i].Name, res.Responsibles[i].Email = "", ""
		}
	}
	return res
}

// orEmpty makes an empty list of none, so that JSON says [].
func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// CaseContractRequest names the contract by which a case goes.
type CaseContractRequest struct {
	ContractID uuid.UUID `json:"contract_id"`
} //	@name	CaseContractRequest

// link gives a case its contract.
//
//	@Summary		Give a case its contract
//	@Description	For a case that found none, or a wrong one, when it opened. A last day that was promised may only come nearer by it.
//	@ID				linkContract
//	@Tags			contracts
//	@Accept			json
//	@Produce		json
//	@Param			id			path		string				true	"case id"	Format(uuid)
//	@Param			If-Match	header		string				false	"the version that was seen"
//	@Param			body		body		CaseContractRequest	true	"the contract"
//	@Success		200			{object}	CaseResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/contract [put]
func (h contractHandlers) link(c *gin.Context) {
	id, err := pathID(c)
	var r CaseContractRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	var k *offboarding.Case
	if err == nil {
		k, err = h.cfg.Desk.LinkContract(c.Request.Context(), scopeOf(c), id, r.ContractID, seen, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	caseHandlers(h).answer(c, http.StatusOK, k)
}
