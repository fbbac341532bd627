package bitrix24

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"opendoor/offboarding"
)

// Items of smart processes are deals to the rest of opendoor. An item's number
// is unique within its type only, so that its id is "1036:24"; its pipeline is
// named by what its stages begin with, DT1036_30. An account chooses types by
// triggers that name such a stage; nobody else's items are looked at.

// entity is what an id names: a deal, or an item of a smart process.
type entity struct {
	typeID int
	id     string
}

// entityOf reads the id of a deal or of an item.
func entityOf(dealID string) (entity, error) {
	typeID, id, smart := strings.Cut(dealID, ":")
	if !smart {
		typeID, id = strconv.Itoa(dealType), dealID
	}
	n, err := strconv.Atoi(typeID)
	if err != nil || !isID(typeID) || !isID(id) {
		return entity{}, offboarding.Invalid("the id of a deal is a positive number, that of an item «type:number»")
	}
	return entity{n, id}, nil
}

func (e entity) smart() bool { return e.typeID != dealType }

// String is the id as opendoor keeps it.
func (e entity) String() string {
	if !e.smart() {
		return e.id
	}
	return strconv.Itoa(e.typeID) + ":" + e.id
}

// timeline is how comments name the sort of their owner.
func (e entity) timeline() string {
	if !e.smart() {
		return "deal"
	}
	return "dynamic_" + strconv.Itoa(e.typeID)
}

// page is the card, for a person.
func (e entity) page() string {
	if !e.smart() {
		return "/crm/deal/details/" + e.id + "/"
	}
	return "/crm/type/" + strconv.Itoa(e.typeID) + "/details/" + e.id + "/"
}

// smartPipeline names a pipeline as its stages do.
func smartPipeline(typeID int, category string) string {
	return "DT" + strconv.Itoa(typeID) + "_" + category
}

// pipelineOf names the pipeline of a deal or an item.
func (e entity) pipelineOf(category scalar) string {
	if e.smart() {
		return smartPipeline(e.typeID, category.text())
	}
	return pipelineOf(category)
}

// smartType reads the type in the name of a stage or of a pipeline: DT1036_30:NEW.
func smartType(name string) (int, bool) {
	rest, ok := strings.CutPrefix(name, "DT")
	typeID, _, found := strings.Cut(rest, "_")
	if !ok || !found || !isID(typeID) {
		return 0, false
	}
	n, err := strconv.Atoi(typeID)
	return n, err == nil && n != dealType
}

// chosenTypes lists the types of smart processes that the triggers name.
func chosenTypes(acc *offboarding.Account) []int {
	var types []int
	for _, t := range acc.Triggers {
		for _, name := range []string{t.StageID, t.PipelineID} {
			if id, ok := smartType(name); ok && !slices.Contains(types, id) {
				types = append(types, id)
			}
		}
	}
	return types
}

// chose reports whether the account wants to know of items of the type.
func chose(acc *offboarding.Account, typeID string) bool {
	n, err := strconv.Atoi(typeID)
	return err == nil && slices.Contains(chosenTypes(acc), n)
}

type remoteItem struct {
	ID          scalar       `json:"id"`
	Title       scalar       `json:"title"`
	CategoryID  scalar       `json:"categoryId"`
	StageID     scalar       `json:"stageId"`
	Opportunity scalar       `json:"opportunity"`
	Currency    scalar       `json:"currencyId"`
	CompanyID   scalar       `json:"companyId"`
	ContactID   scalar       `json:"contactId"`
	ContactIDs  list[scalar] `json:"contactIds"`
	AssignedBy  scalar       `json:"assignedById"`
	Created     scalar       `json:"createdTime"`
	Modified    scalar       `json:"updatedTime"`
	Moved       scalar       `json:"movedTime"`
}

// asDeal spells an item as the old API spells a deal.
func (i remoteItem) asDeal() remoteDeal {
	contact := i.ContactID
	if contact.id() == "" && len(i.ContactIDs) > 0 {
		contact = i.ContactIDs[0]
	}
	return remoteDeal{
		ID: i.ID, Title: i.Title, CategoryID: i.CategoryID, StageID: i.StageID, Opportunity: i.Opportunity, Currency: i.Currency,
		CompanyID: i.CompanyID, ContactID: contact, AssignedBy: i.AssignedBy, Created: i.Created, Modified: i.Modified, Moved: i.Moved,
	}
}

// itemCommands are dealCommands for an item.
func itemCommands(e entity) commands {
	return commands{
		{"deal", "crm.item.get", url.Values{"entityTypeId": {strconv.Itoa(e.typeID)}, "id": {e.id}, "useOriginalUfNames": {"Y"}}},
		{"contact", "crm.contact.get", url.Values{"id": {"$result[deal][item][contactId]"}}},
		{"company", "crm.company.get", url.Values{"id": {"$result[deal][item][companyId]"}}},
		{"user", "user.get", url.Values{"ID": {"$result[deal][item][assignedById]"}}},
	}
}

// item finds the item in the batch, or reads it alone.
func (r *dealReading) item(ctx context.Context, e entity) (remoteDeal, error) {
	const method = "crm.item.get"
	var result struct {
		Item remoteItem `json:"item"`
	}
	if r.fromBatch("deal", &result) && result.Item.ID.id() == e.id {
		return result.Item.asDeal(), nil
	}
	answer, err := r.c.call(ctx, r.acc, method, params{"entityTypeId": e.typeID, "id": e.id, "useOriginalUfNames": "Y"})
	if hasNo(err) {
		return remoteDeal{}, noAccess("the portal has no crm.item.get for this webhook: the scope crm is missing", err)
	}
	if err != nil {
		return remoteDeal{}, err
	}
	if err := answer.into(method, &result); err != nil {
		return remoteDeal{}, err
	}
	return result.Item.asDeal(), nil
}

type remoteType struct {
	Title        scalar `json:"title"`
	EntityTypeID scalar `json:"entityTypeId"`
	Stages       scalar `json:"isStagesEnabled"`
}

const (
	typePages = 4  // of crm.type.list
	typesMost = 30 // whose pipelines are shown; chosen ones always are
)

// smartTypes lists the smart processes of the portal, or the chosen ones only.
// Who may not list them still has the chosen ones, without their names.
func (c *Connector) smartTypes(ctx context.Context, acc *offboarding.Account, all bool) ([]remoteType, error) {
	chosen := chosenTypes(acc)
	if !all && len(chosen) == 0 {
		return nil, nil
	}
	listed, err := c.listTypes(ctx, acc)
	if err != nil {
		if isPostponed(err) || !soft(err) && !hasNo(err) && !offboarding.IsKind(err, offboarding.KindUnauthorized) {
			return nil, err
		}
		c.log.InfoContext(ctx, "smart processes not listed", "account_id", acc.ID, "err", err)
	}
	var types []remoteType
	for _, id := range chosen {
		t := remoteType{EntityTypeID: scalar(strconv.Itoa(id))}
		if i := slices.IndexFunc(listed, func(l remoteType) bool { return l.EntityTypeID.id() == t.EntityTypeID.id() }); i >= 0 {
			t = listed[i]
		}
		types = append(types, t)
	}
	for _, t := range listed {
		id, err := strconv.Atoi(t.EntityTypeID.id())
		if all && err == nil && len(types) < typesMost && !slices.Contains(chosen, id) && !strings.EqualFold(t.Stages.text(), "N") {
			types = append(types, t)
		}
	}
	return types, nil
}

func (c *Connector) listTypes(ctx context.Context, acc *offboarding.Account) (types []remoteType, err error) {
	const method = "crm.type.list"
	for page := range typePages {
		r, err := c.call(ctx, acc, method, params{"order": params{"id": "ASC"}, "start": page * historyPage})
		if err != nil {
			return types, err
		}
		var result struct {
			Types list[remoteType] `json:"types"`
		}
		if err := r.into(method, &result); err != nil {
			return types, err
		}
		types = append(types, result.Types...)
		if len(result.Types) < historyPage {
			break
		}
	}
	return types, nil
}

// smartCategories lists the pipelines of smart processes.
func (c *Connector) smartCategories(ctx context.Context, acc *offboarding.Account, all bool) ([]category, error) {
	const method = "crm.category.list"
	types, err := c.smartTypes(ctx, acc, all)
	if err != nil || len(types) == 0 {
		return nil, err
	}
	cmds := commands{}
	for _, t := range types {
		cmds = append(cmds, command{"categories" + t.EntityTypeID.id(), method, url.Values{"entityTypeId": {t.EntityTypeID.id()}}})
	}
	var b batchReply
	if len(cmds) > 1 {
		if b, err = c.batch(ctx, acc, cmds[:min(len(cmds), batchSize)]); err != nil {
			return nil, err
		}
	}
	var out []category
	for i, t := range types {
		typeID, err := strconv.Atoi(t.EntityTypeID.id())
		if err != nil {
			continue
		}
		r := reply{Result: b.Result[cmds[i].key]}
		if r.Result == nil {
			if r, err = c.call(ctx, acc, method, params{"entityTypeId": typeID}); err != nil {
				if !isPostponed(err) && (soft(err) || hasNo(err)) {
					continue // no such type any more, or none of ours to see
				}
				return nil, err
			}
		}
		var result struct {
			Categories list[remoteCategory] `json:"categories"`
		}
		if err := r.into(method, &result); err != nil {
			return nil, err
		}
		for _, row := range result.Categories {
			name := t.Title.text()
			if len(result.Categories) > 1 || name == "" {
				name = strings.Trim(name+" / "+row.Name.text(), " /")
			}
			out = append(out, category{
				pipeline: smartPipeline(typeID, row.ID.text()), name: name,
				reference: "DYNAMIC_" + strconv.Itoa(typeID) + "_STAGE_" + row.ID.text(),
			})
		}
	}
	return out, nil
}

// caughtItems looks for items of one type as Caught looks for deals.
func (c *Connector) caughtItems(ctx context.Context, acc *offboarding.Account, typeID int, stages []offboarding.StageRef, since time.Time) (found []offboarding.CaughtDeal, more bool, err error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return nil, false, err
	}
	ids := make([]string, 0, len(stages))
	for _, s := range stages {
		ids = append(ids, s.StageID)
	}
	filter := params{"@stageId": ids, ">=movedTime": since.Format(time.RFC3339)}
	for range caughtItemPages {
		rows, _, err := c.items(ctx, acc, typeID, filter, "DESC")
		if err != nil {
			return found, false, err
		}
		last := int64(0)
		for _, row := range rows {
			e := entity{typeID, row.ID.id()}
			n, err := strconv.ParseInt(e.id, 10, 64)
			if err != nil {
				continue
			}
			last = n
			ref := offboarding.StageRef{PipelineID: e.pipelineOf(row.CategoryID), StageID: row.StageID.text()}
			if at := row.Moved.time(); slices.Contains(stages, ref) && !at.Before(since) {
				found = append(found, offboarding.CaughtDeal{ID: e.String(), Title: row.Title.text(), URL: a.origin + e.page(), Stage: ref, At: at})
			}
		}
		if len(rows) < historyPage || last == 0 {
			return found, false, nil
		}
		filter["<id"] = last
	}
	return found, true, nil
}

// caughtItemPages bounds the look at one type.
const caughtItemPages = 4

// items reads a page of items, without counting, and the portal's time.
func (c *Connector) items(ctx context.Context, acc *offboarding.Account, typeID int, filter params, order string) ([]remoteItem, time.Time, error) {
	const method = "crm.item.list"
	r, err := c.call(ctx, acc, method, params{
		"entityTypeId": typeID, "filter": filter, "order": params{"id": order}, "start": -1,
		"select": []string{"id", "title", "categoryId", "stageId", "createdTime", "updatedTime", "movedTime"},
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	var result struct {
		Items list[remoteItem] `json:"items"`
	}
	if err := r.into(method, &result); err != nil {
		return nil, time.Time{}, err
	}
	now := r.Time.finished()
	if now.IsZero() {
		now = c.wall()
	}
	return result.Items, now, nil
}

// notThere reports whether the portal refused for good what was asked about a
// type: it has no history, or there is no such type any more.
func notThere(err error) bool {
	if _, unsupported := errors.AsType[*unknownMethod](err); unsupported {
		return true
	}
	return err != nil && !isPostponed(err) && soft(err)
}
