package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// addItem puts an item on the inventory.
//
//	@Summary	Add an item
//	@ID			addHandoverItem
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Param		body	body	ItemRequest	true	"what is written"
//	@Success	201	{object}	ItemBody
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rules: client_property_not_held_for_money, nothing_to_hand_over, status_follows_delivery, list_too_long"
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/items [post]
func (h handoverHandlers) addItem(c *gin.Context) {
	var r ItemRequest
	id, err := pathID(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	it := &offboarding.Item{}
	if err == nil {
		it, err = offboarding.NewItem(r.patch())
	}
	if err == nil {
		_, err = h.cfg.Clerk.AddItems(c.Request.Context(), scopeOf(c), id, []*offboarding.Item{it}, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.Header("Location", c.Request.URL.Path+"/"+it.ID.String())
	c.Header("ETag", etag(it.Version))
	c.JSON(http.StatusCreated, itemBody(it))
}

// updateItem changes an item.
//
//	@Summary	Change an item
//	@ID			updateHandoverItem
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		item	path	string	true	"item id"	Format(uuid)
//	@Param		If-Match	header	string	false	"version that was seen"
//	@Param		body	body	ItemRequest	true	"what is written"
//	@Success	200	{object}	ItemBody
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rules: client_property_not_held_for_money, status_follows_delivery"
//	@Failure	412	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/items/{item} [patch]
func (h handoverHandlers) updateItem(c *gin.Context) {
	var r ItemRequest
	id, err := pathID(c)
	var itemID uuid.UUID
	version := 0
	if err == nil {
		itemID, err = subID(c, "item")
	}
	if err == nil {
		version, err = ifMatch(c)
	}
	if err == nil {
		err = bindJSON(c, &r)
	}
	var it *offboarding.Item
	if err == nil {
		it, err = h.cfg.Clerk.PatchItem(c.Request.Context(), scopeOf(c), id, itemID, version, r.patch(), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	h.answerItem(c, http.StatusOK, id, it)
}

// answerItem answers an item as the caller may read it.
func (h handoverHandlers) answerItem(c *gin.Context, status int, caseID uuid.UUID, it *offboarding.Item) {
	ctx := c.Request.Context()
	k, err := h.cfg.Store.Case(ctx, scopeOf(c), caseID)
	var acc *offboarding.Account
	if err == nil {
		acc, err = h.cfg.Store.Account(ctx, k.AccountID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(it.Version))
	c.JSON(status, itemBody(k.ItemShownTo(personOf(c), acc, it)))
}

// updateItems changes several items alike.
//
//	@Summary	Change several items alike
//	@ID			updateHandoverItems
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		body	body	ItemsRequest	true	"what is written"
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/items [patch]
func (h handoverHandlers) updateItems(c *gin.Context) {
	var r ItemsRequest
	id, err := pathID(c)
	if err == nil {
		err = bindItems(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.PatchItems(c.Request.Context(), scopeOf(c), id, r.IDs, r.Set.patch(), actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}

func bindItems(c *gin.Context, r *ItemsRequest) error {
	err := bindJSON(c, r)
	if err == nil && (len(r.IDs) == 0 || len(r.IDs) > 1000) {
		err = refuse(http.StatusUnprocessableEntity, "which items are changed", ProblemField{"ids", "1 to 1000 ids"})
	}
	return err
}

// dropItem takes an item off an inventory that nobody has been shown.
//
//	@Summary	Take an item off
//	@ID			dropHandoverItem
//	@Tags		handover
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		item	path	string	true	"item id"	Format(uuid)
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: already_delivered"
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/items/{item} [delete]
func (h handoverHandlers) dropItem(c *gin.Context) {
	id, err := pathID(c)
	var itemID uuid.UUID
	if err == nil {
		itemID, err = subID(c, "item")
	}
	if err == nil {
		err = h.cfg.Clerk.DropItem(c.Request.Context(), scopeOf(c), id, itemID, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}

// putFile gives an item its file, streamed.
//
//	@Summary	Upload the file of an item
//	@ID			putHandoverFile
//	@Tags		handover
//	@Accept		mpfd
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		item	path	string	true	"item id"	Format(uuid)
//	@Param		file	formData	file	true	"the file"
//	@Success	200	{object}	ItemBody
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rules: file_infected, nothing_to_hand_over"
//	@Failure	415	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Failure	503	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/items/{item}/file [put]
func (h handoverHandlers) putFile(c *gin.Context) {
	id, err := pathID(c)
	var itemID uuid.UUID
	if err == nil {
		itemID, err = subID(c, "item")
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	part, err := upload(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	it, err := h.cfg.Clerk.AttachFile(c.Request.Context(), scopeOf(c), id, itemID, uploadName(part), part, actorOf(c))
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	h.answerItem(c, http.StatusOK, id, it)
}

// getFile answers the file of an item, in parts when asked.
//
//	@Summary	Download the file of an item
//	@ID			getHandoverFile
//	@Tags		handover
//	@Produce	application/octet-stream
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		item	path	string	true	"item id"	Format(uuid)
//	@Param		Range	header	string	false	"bytes=0-1023"
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/items/{item}/file [get]
func (h handoverHandlers) getFile(c *gin.Context) {
	id, err := pathID(c)
	var itemID uuid.UUID
	if err == nil {
		itemID, err = subID(c, "item")
	}
	var it *offboarding.Item
	if err == nil {
		it, err = h.cfg.Clerk.Item(c.Request.Context(), scopeOf(c), id, itemID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.send(c, it.File)
}

func (h handoverHandlers) send(c *gin.Context, file *offboarding.ItemFile) {
	r, err := h.cfg.Clerk.OpenFile(c.Request.Context(), file)
	if err != nil {
		_ = c.Error(err)
		return
	}
	defer r.Close()
	sendFile(c, r, file)
}
