package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// InventoryBody is a quarterly snapshot of what we hold under a contract.
type InventoryBody struct {
	ID         uuid.UUID  `json:"id"`
	ContractID uuid.UUID  `json:"contract_id"`
	Quarter    string     `json:"quarter" example:"2026Q3"`
	TakenOn    string     `json:"taken_on" example:"2026-10-01"`
	DueOn      string     `json:"due_on" example:"2026-10-22"`
	Status     string     `json:"status" example:"open" enums:"open,overdue,closed"`
	Readiness  float64    `json:"readiness" example:"0.75"` // collected mandatory items / mandatory items
	Collected  int        `json:"mandatory_collected" example:"9"`
	Mandatory  int        `json:"mandatory_total" example:"12"`
	Latest     bool       `json:"latest" example:"true"`
	ClosedAt   *time.Time `json:"closed_at,omitempty"`
	ToldAt     *time.Time `json:"escalated_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	Version    int        `json:"version" example:"1"`
} //	@name	Inventory

// InventoryResponse is a snapshot with its items.
type InventoryResponse struct {
	InventoryBody
	Items   []ItemBody     `json:"items"`
	Wanting []ProblemField `json:"wanting"` // what keeps it from being closed
} //	@name	InventoryWithItems

// InventoryRequest takes a snapshot; everything may be left out.
type InventoryRequest struct {
	Quarter string        `json:"quarter,omitempty" example:"2026Q3"`
	Items   []ItemRequest `json:"items,omitempty"`
} //	@name	InventoryRequest

func inventoryBody(v *offboarding.Inventory, today string) InventoryBody {
	b := InventoryBody{
		ID: v.ID, ContractID: v.ContractID, Quarter: v.Quarter, TakenOn: v.TakenOn, DueOn: v.DueOn, Status: "open", Readiness: v.Readiness(),
		Collected: v.Collected, Mandatory: v.Mandatory, Latest: v.Latest, ClosedAt: optional(v.ClosedAt), ToldAt: optional(v.ToldAt),
		CreatedAt: v.CreatedAt.UTC(), UpdatedAt: v.UpdatedAt.UTC(), Version: v.Version,
	}
	switch {
	case !v.ClosedAt.IsZero():
		b.Status = "closed"
	case v.Overdue(today):
		b.Status = "overdue"
	}
	return b
}

type inventoryHandlers struct{ cfg Config }

func (h inventoryHandlers) today(acc *offboarding.Account) string {
	return offboarding.Day(h.cfg.Clock.Now(), acc.Location())
}

// ids reads the contract, the snapshot and, when asked for, the item of the path.
func (h inventoryHandlers) ids(c *gin.Context, more ...string) ([3]uuid.UUID, error) {
	var out [3]uuid.UUID
	var err error
	for i, name := range append([]string{"id"}, more...) {
		if out[i], err = subID(c, name); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (h inventoryHandlers) answer(c *gin.Context, status int, sh *offboarding.Shelf, err error) {
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(sh.Inventory.Version))
	r := InventoryResponse{InventoryBody: inventoryBody(sh.Inventory, h.today(sh.Account)), Items: []ItemBody{}, Wanting: []ProblemField{}}
	for _, it := range sh.Items {
		r.Items = append(r.Items, itemFor(it, callerOf(c).role))
	}
	if sh.Inventory.ClosedAt.IsZero() {
		for _, w := range offboarding.Wanting(sh.Items) {
			r.Wanting = append(r.Wanting, ProblemField{w.Field, w.Msg})
		}
	}
	c.JSON(status, r)
}

// list answers the snapshots of a contract, newest first.
//
//	@Summary	List quarterly inventories of a contract
//	@ID			listInventories
//	@Tags		inventories
//	@Produce	json
//	@Param		id		path		string	true	"contract id"	Format(uuid)
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[InventoryBody]
//	@Failure	401		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories [get]
func (h inventoryHandlers) list(c *gin.Context) {
	ids, err := h.ids(c)
	var p offboarding.Page
	if err == nil {
		p, err = page(c)
	}
	var acc *offboarding.Account
	var rows []*offboarding.Inventory
	if err == nil {
		acc, rows, err = h.cfg.Archive.List(c.Request.Context(), scopeOf(c), ids[0], more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	today := h.today(acc)
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(v *offboarding.Inventory) uuid.UUID { return v.ID },
		func(v *offboarding.Inventory) InventoryBody { return inventoryBody(v, today) }))
}

// take takes a snapshot by hand.
//
//	@Summary		Take a quarterly inventory
//	@Description	A copy of the last one, with what the checklist expects besides and the items given here. It is due in 15 business days; when it is closed, or a newer one is taken, nobody changes it any more. Snapshots are taken by themselves on the first business day after a quarter. Without a quarter it is that which ended last or, when it has one, the running one.
//	@ID				takeInventory
//	@Tags			inventories
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string				true	"contract id"	Format(uuid)
//	@Param			Idempotency-Key	header		string				false	"makes a repeat harmless"
//	@Param			body			body		InventoryRequest	false	"quarter and items"
//	@Success		201				{object}	InventoryResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rules: snapshot_taken, snapshot_out_of_order, contract_ended, client_property_not_held_for_money, list_too_long, status_follows_delivery"
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/{id}/inventories [post]
func (h inventoryHandlers) take(c *gin.Context) {
	ids, err := h.ids(c)
	var r InventoryRequest
	if err == nil && c.Request.ContentLength != 0 {
		err = bindJSON(c, &r)
	}
	var items []*offboarding.Item
	for _, one := range r.Items {
		if err != nil {
			break
		}
		var it *offboarding.Item
		if it, err = offboarding.NewItem(one.patch()); err == nil {
			items = append(items, it)
		}
	}
	var sh *offboarding.Shelf
	if err == nil {
		sh, err = h.cfg.Archive.Take(c.Request.Context(), scopeOf(c), ids[0], r.Quarter, items, actorOf(c))
	}
	if err == nil {
		h.cfg.Bell.Ring()
		c.Header("Location", "/api/v1/contracts/"+ids[0].String()+"/inventories/"+sh.Inventory.ID.String())
	}
	h.answer(c, http.StatusCreated, sh, err)
}

// get answers a snapshot with its items.
//
//	@Summary	Get a quarterly inventory
//	@ID			getInventory
//	@Tags		inventories
//	@Produce	json
//	@Param		id			path		string	true	"contract id"	Format(uuid)
//	@Param		inventory	path		string	true	"inventory id"	Format(uuid)
//	@Success	200			{object}	InventoryResponse
//	@Failure	401			{object}	Problem
//	@Failure	404			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory} [get]
func (h inventoryHandlers) get(c *gin.Context) {
	ids, err := h.ids(c, "inventory")
	var sh *offboarding.Shelf
	if err == nil {
		sh, err = h.cfg.Archive.Show(c.Request.Context(), scopeOf(c), ids[0], ids[1])
	}
	h.answer(c, http.StatusOK, sh, err)
}

// end closes a snapshot for good.
//
//	@Summary	Close a quarterly inventory
//	@ID			closeInventory
//	@Tags		inventories
//	@Produce	json
//	@Param		id				path		string	true	"contract id"	Format(uuid)
//	@Param		inventory		path		string	true	"inventory id"	Format(uuid)
//	@Param		Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success	200				{object}	InventoryResponse
//	@Failure	401				{object}	Problem
//	@Failure	403				{object}	Problem
//	@Failure	404				{object}	Problem
//	@Failure	409				{object}	Problem	"rules: snapshot_closed, mandatory_items_missing"
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory}/close [post]
func (h inventoryHandlers) end(c *gin.Context) {
	ids, err := h.ids(c, "inventory")
	var sh *offboarding.Shelf
	if err == nil {
		sh, err = h.cfg.Archive.Close(c.Request.Context(), scopeOf(c), ids[0], ids[1], actorOf(c))
	}
	h.answer(c, http.StatusOK, sh, err)
}

// addItem puts an item on a snapshot.
//
//	@Summary	Add an item to a quarterly inventory
//	@ID			addInventoryItem
//	@Tags		inventories
//	@Accept		json
//	@Produce	json
//	@Param		id				path		string		true	"contract id"	Format(uuid)
//	@Param		inventory		path		string		true	"inventory id"	Format(uuid)
//	@Param		Idempotency-Key	header		string		false	"makes a repeat harmless"
//	@Param		body			body		ItemRequest	true	"what is written"
//	@Success	201				{object}	ItemBody
//	@Failure	401				{object}	Problem
//	@Failure	403				{object}	Problem
//	@Failure	404				{object}	Problem
//	@Failure	409				{object}	Problem	"rules: snapshot_closed, client_property_not_held_for_money, status_follows_delivery, list_too_long"
//	@Failure	422				{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory}/items [post]
func (h inventoryHandlers) addItem(c *gin.Context) {
	var r ItemRequest
	ids, err := h.ids(c, "inventory")
	if err == nil {
		err = bindJSON(c, &r)
	}
	it := &offboarding.Item{}
	if err == nil {
		it, err = offboarding.NewItem(r.patch())
	}
	if err == nil {
		err = h.cfg.Archive.AddItems(c.Request.Context(), scopeOf(c), ids[0], ids[1], []*offboarding.Item{it}, actorOf(c))
	}
	h.item(c, http.StatusCreated, it, err)
}

func (h inventoryHandlers) item(c *gin.Context, status int, it *offboarding.Item, err error) {
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.Header("ETag", etag(it.Version))
	c.JSON(status, itemBody(it))
}

// updateItem changes an item of a snapshot that is still open.
//
//	@Summary	Change an item of a quarterly inventory
//	@ID			updateInventoryItem
//	@Tags		inventories
//	@Accept		json
//	@Produce	json
//	@Param		id			path		string		true	"contract id"	Format(uuid)
//	@Param		inventory	path		string		true	"inventory id"	Format(uuid)
//	@Param		item		path		string		true	"item id"		Format(uuid)
//	@Param		If-Match	header		string		false	"version that was seen"
//	@Param		body		body		ItemRequest	true	"what is written"
//	@Success	200			{object}	ItemBody
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	404			{object}	Problem
//	@Failure	409			{object}	Problem	"rules: snapshot_closed, client_property_not_held_for_money, status_follows_delivery"
//	@Failure	412			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory}/items/{item} [patch]
func (h inventoryHandlers) updateItem(c *gin.Context) {
	var r ItemRequest
	ids, err := h.ids(c, "inventory", "item")
	version := 0
	if err == nil {
		version, err = ifMatch(c)
	}
	if err == nil {
		err = bindJSON(c, &r)
	}
	var it *offboarding.Item
	if err == nil {
		it, err = h.cfg.Archive.PatchItem(c.Request.Context(), scopeOf(c), ids[0], ids[1], ids[2], version, r.patch(), actorOf(c))
	}
	h.item(c, http.StatusOK, it, err)
}

// updateItems changes several items of a snapshot alike.
//
//	@Summary	Change several items of a quarterly inventory alike
//	@ID			updateInventoryItems
//	@Tags		inventories
//	@Accept		json
//	@Produce	json
//	@Param		id			path		string			true	"contract id"	Format(uuid)
//	@Param		inventory	path		string			true	"inventory id"	Format(uuid)
//	@Param		body		body		ItemsRequest	true	"what is written"
//	@Success	200			{object}	InventoryResponse
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	404			{object}	Problem
//	@Failure	409			{object}	Problem	"rules: snapshot_closed, client_property_not_held_for_money, status_follows_delivery"
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory}/items [patch]
func (h inventoryHandlers) updateItems(c *gin.Context) {
	var r ItemsRequest
	ids, err := h.ids(c, "inventory")
	if err == nil {
		err = bindItems(c, &r)
	}
	var sh *offboarding.Shelf
	if err == nil {
		sh, err = h.cfg.Archive.PatchItems(c.Request.Context(), scopeOf(c), ids[0], ids[1], r.IDs, r.Set.patch(), actorOf(c))
	}
	if err == nil {
		h.cfg.Bell.Ring()
	}
	h.answer(c, http.StatusOK, sh, err)
}

// dropItem takes an item off a snapshot that is still open.
//
//	@Summary	Take an item off a quarterly inventory
//	@ID			dropInventoryItem
//	@Tags		inventories
//	@Produce	json
//	@Param		id			path	string	true	"contract id"	Format(uuid)
//	@Param		inventory	path	string	true	"inventory id"	Format(uuid)
//	@Param		item		path	string	true	"item id"		Format(uuid)
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: snapshot_closed"
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory}/items/{item} [delete]
func (h inventoryHandlers) dropItem(c *gin.Context) {
	ids, err := h.ids(c, "inventory", "item")
	if err == nil {
		err = h.cfg.Archive.DropItem(c.Request.Context(), scopeOf(c), ids[0], ids[1], ids[2], actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}

// putFile gives an item of a snapshot its file, streamed.
//
//	@Summary	Upload the file of an item of a quarterly inventory
//	@ID			putInventoryFile
//	@Tags		inventories
//	@Accept		mpfd
//	@Produce	json
//	@Param		id			path		string	true	"contract id"	Format(uuid)
//	@Param		inventory	path		string	true	"inventory id"	Format(uuid)
//	@Param		item		path		string	true	"item id"		Format(uuid)
//	@Param		file		formData	file	true	"the file"
//	@Success	200			{object}	ItemBody
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	404			{object}	Problem
//	@Failure	409			{object}	Problem	"rules: snapshot_closed, file_infected"
//	@Failure	415			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Failure	503			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory}/items/{item}/file [put]
func (h inventoryHandlers) putFile(c *gin.Context) {
	ids, err := h.ids(c, "inventory", "item")
	if err != nil {
		_ = c.Error(err)
		return
	}
	part, err := upload(c)
	var it *offboarding.Item
	if err == nil {
		it, err = h.cfg.Archive.AttachFile(c.Request.Context(), scopeOf(c), ids[0], ids[1], ids[2], uploadName(part), part, actorOf(c))
	}
	h.item(c, http.StatusOK, it, err)
}

// getFile answers the file of an item of a snapshot, in parts when asked.
//
//	@Summary	Download the file of an item of a quarterly inventory
//	@ID			getInventoryFile
//	@Tags		inventories
//	@Produce	application/octet-stream
//	@Param		id			path		string	true	"contract id"	Format(uuid)
//	@Param		inventory	path		string	true	"inventory id"	Format(uuid)
//	@Param		item		path		string	true	"item id"		Format(uuid)
//	@Param		Range		header		string	false	"bytes=0-1023"
//	@Success	200			{file}		file
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	404			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/inventories/{inventory}/items/{item}/file [get]
func (h inventoryHandlers) getFile(c *gin.Context) {
	ids, err := h.ids(c, "inventory", "item")
	var it *offboarding.Item
	if err == nil {
		it, err = h.cfg.Archive.Item(c.Request.Context(), scopeOf(c), ids[0], ids[1], ids[2])
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	r, err := h.cfg.Archive.OpenFile(c.Request.Context(), it.File)
	if err != nil {
		_ = c.Error(err)
		return
	}
	defer r.Close()
	sendFile(c, r, it.File)
}
