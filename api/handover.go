package api

import (
	"bytes"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

type handoverHandlers struct{ cfg Config }

// answer sends the handover as it is now.
func (h handoverHandlers) answer(c *gin.Context, status int, f *offboarding.Folder, err error) {
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(max(f.Handover.Version, 1)))
	c.JSON(status, handoverResponse(f, callerOf(c).role, offboarding.Day(h.cfg.Clock.Now(), f.Account.Location())))
}

// subID reads a second id of the path; what is no UUID does not exist.
func subID(c *gin.Context, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil {
		return uuid.Nil, offboarding.ErrNotFound
	}
	return id, nil
}

// get answers the handover of a case with its items.
//
//	@Summary	Handover of a case
//	@ID			getHandover
//	@Tags		handover
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover [get]
func (h handoverHandlers) get(c *gin.Context) {
	f, err := h.load(c)
	h.answer(c, http.StatusOK, f, err)
}

func (h handoverHandlers) load(c *gin.Context) (*offboarding.Folder, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	return h.cfg.Clerk.Show(c.Request.Context(), scopeOf(c), id)
}

// update changes what stands in the papers besides the items.
//
//	@Summary	Change signatories, open matters, contacts, accesses
//	@ID			updateHandover
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		If-Match	header	string	false	"version that was seen"
//	@Param		body	body	HandoverRequest	true	"what is written"
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem
//	@Failure	412	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover [patch]
func (h handoverHandlers) update(c *gin.Context) {
	var r HandoverRequest
	id, err := pathID(c)
	version := 0
	if err == nil {
		version, err = ifMatch(c)
	}
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.Patch(c.Request.Context(), scopeOf(c), id, version, r.patch(), actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}

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
	var f *offboarding.Folder
	if err == nil {
		f, err = h.cfg.Clerk.PatchItems(c.Request.Context(), scopeOf(c), id, []uuid.UUID{itemID}, version, r.patch(), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	for _, it := range f.Items {
		if it.ID == itemID {
			c.Header("ETag", etag(it.Version))
			c.JSON(http.StatusOK, itemBody(it))
		}
	}
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
		err = bindJSON(c, &r)
	}
	if err == nil && (len(r.IDs) == 0 || len(r.IDs) > 1000) {
		err = refuse(http.StatusUnprocessableEntity, "which items are changed", ProblemField{"ids", "1 to 1000 ids"})
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.PatchItems(c.Request.Context(), scopeOf(c), id, r.IDs, 0, r.Set.patch(), actorOf(c))
	h.answer(c, http.StatusOK, f, err)
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
	c.Header("ETag", etag(it.Version))
	c.JSON(http.StatusOK, itemBody(it))
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
	f, err := h.load(c)
	var itemID uuid.UUID
	if err == nil {
		itemID, err = subID(c, "item")
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	for _, it := range f.Items {
		if it.ID == itemID {
			h.send(c, it.File)
			return
		}
	}
	_ = c.Error(offboarding.ErrNotFound)
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

// build orders the package, or tells how far it is.
//
//	@Summary	Build the package
//	@ID			buildHandover
//	@Tags		handover
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	202	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rules: mandatory_items_missing (items in errors[]), inventory_empty, nothing_to_hand_over"
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/build [post]
func (h handoverHandlers) build(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.OrderBuild(c.Request.Context(), scopeOf(c), id, actorOf(c))
	status := http.StatusAccepted
	if err == nil {
		h.cfg.Bell.Ring()
		if f.Build.State == offboarding.BuildDone {
			status = http.StatusOK
		}
	}
	h.answer(c, status, f, err)
}

// A package that is being built is waited for this long.
const buildWait = 8 * time.Second

// getPackage answers the built package; one that is just being built is waited
// for a moment.
//
//	@Summary	Download the package
//	@ID			getHandoverPackage
//	@Tags		handover
//	@Produce	application/zip
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		Range	header	string	false	"bytes=0-1023"
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rules: package_not_built, package_being_built, package_failed"
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/package.zip [get]
func (h handoverHandlers) getPackage(c *gin.Context) {
	ctx := c.Request.Context()
	until := time.Now().Add(buildWait)
	for {
		f, err := h.load(c)
		var file *offboarding.ItemFile
		if err == nil {
			file, err = f.Package()
		}
		if err == nil {
			h.send(c, file)
			return
		}
		busy := f != nil && (f.Build.State == offboarding.BuildQueued || f.Build.State == offboarding.BuildRunning)
		if !busy || time.Now().After(until) || ctx.Err() != nil {
			if busy {
				c.Header("Retry-After", "2")
			}
			_ = c.Error(err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// paper answers one paper as it stands now.
func (h handoverHandlers) paper(c *gin.Context, kind offboarding.PaperKind, contentType, name string) {
	f, err := h.load(c)
	var b bytes.Buffer
	if err == nil {
		err = h.cfg.Clerk.Paper(c.Request.Context(), f, kind, offboarding.GrantClient, &b)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", attachment(name))
	c.Data(http.StatusOK, contentType, b.Bytes())
}

const (
	typePDF  = "application/pdf"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// inventoryPDF answers the inventory as a paper.
//
//	@Summary	Inventory as PDF
//	@ID			getInventoryPDF
//	@Tags		handover
//	@Produce	application/pdf
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/inventory.pdf [get]
func (h handoverHandlers) inventoryPDF(c *gin.Context) {
	h.paper(c, offboarding.PaperInventory, typePDF, "inventory.pdf")
}

// inventoryXLSX answers the inventory as a workbook.
//
//	@Summary	Inventory as XLSX
//	@ID			getInventoryXLSX
//	@Tags		handover
//	@Produce	application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/inventory.xlsx [get]
func (h handoverHandlers) inventoryXLSX(c *gin.Context) {
	h.paper(c, offboarding.PaperTable, typeXLSX, "inventory.xlsx")
}

// actPDF answers the act.
//
//	@Summary	Acceptance act as PDF
//	@ID			getActPDF
//	@Tags		handover
//	@Produce	application/pdf
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{file}	file
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/act.pdf [get]
func (h handoverHandlers) actPDF(c *gin.Context) {
	h.paper(c, offboarding.PaperAct, typePDF, "act.pdf")
}

// DeliverRequest says to whom the package goes.
type DeliverRequest struct {
	To      string `json:"to" example:"client" enums:"client,successor"`
	Email   string `json:"email,omitempty" example:"client@example.com"`
	Channel string `json:"channel,omitempty" example:"email" enums:"email,person"`
} //	@name	DeliverRequest

// DeliverResponse is the portal link; its code goes by another letter.
type DeliverResponse struct {
	Link      string    `json:"link" example:"https://opendoor.example.com/h/…"`
	ExpiresAt time.Time `json:"expires_at"`
	To        string    `json:"to" example:"client"`
	Email     string    `json:"email" example:"client@example.com"`
	Status    string    `json:"status" example:"delivered"`
	Code      string    `json:"code,omitempty" example:"123456"` // for admin only
} //	@name	DeliverResponse

// deliver opens the portal and sends link and code by two letters.
//
//	@Summary	Deliver the package
//	@ID			deliverHandover
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		body	body	DeliverRequest	true	"what is written"
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	200	{object}	DeliverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rules: package_not_built, package_being_built, package_outdated, successor_consent_missing, address_has_another_role"
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/deliver [post]
func (h handoverHandlers) deliver(c *gin.Context) {
	var r DeliverRequest
	id, err := pathID(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx := c.Request.Context()
	d, err := h.cfg.Clerk.Deliver(ctx, scopeOf(c), id, offboarding.DeliverRequest{To: offboarding.GrantRole(r.To), Email: r.Email, Channel: r.Channel}, actorOf(c))
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	f, err := h.cfg.Clerk.Show(ctx, scopeOf(c), id)
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := DeliverResponse{Link: d.Link, ExpiresAt: d.ExpiresAt.UTC(), To: string(d.Pass.Role), Email: d.Pass.Email, Status: string(f.Case.Tracks.Handover)}
	if callerOf(c).role == RoleAdmin {
		res.Code = d.Code
	}
	c.JSON(http.StatusOK, res)
}

// RevokeRequest names whose link ends.
type RevokeRequest struct {
	Email string `json:"email" example:"client@example.com"`
} //	@name	RevokeRequest

// revoke closes the portal to an address.
//
//	@Summary	Revoke a portal link
//	@ID			revokeHandover
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		body	body	RevokeRequest	true	"what is written"
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/revoke [post]
func (h handoverHandlers) revoke(c *gin.Context) {
	var r RevokeRequest
	id, err := pathID(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err == nil {
		err = h.cfg.Clerk.Revoke(c.Request.Context(), scopeOf(c), id, r.Email, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}

// consent records that the client agrees to a successor.
//
//	@Summary	Record the client's consent to a successor
//	@ID			recordSuccessorConsent
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		body	body	SuccessorBody	true	"what is written"
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: address_has_another_role"
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/consent [post]
func (h handoverHandlers) consent(c *gin.Context) {
	var r SuccessorBody
	id, err := pathID(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.Consent(c.Request.Context(), scopeOf(c), id, offboarding.Newcomer{
		Name: r.Name, Company: r.Company, Email: r.Email, Phone: r.Phone, Source: r.Source, Wording: r.Wording, All: r.All, Items: r.Items, Confidential: r.Confidential,
	}, actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}

// withdrawConsent closes the portal to the successor.
//
//	@Summary	Record that the client takes the consent back
//	@ID			withdrawSuccessorConsent
//	@Tags		handover
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: successor_consent_missing"
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/consent [delete]
func (h handoverHandlers) withdrawConsent(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.WithdrawConsent(c.Request.Context(), scopeOf(c), id, actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}

// AnswerRequest answers a question.
type AnswerRequest struct {
	Answer string `json:"answer" example:"Договор за 2024 год лежит в папке 3."`
} //	@name	QuestionAnswerRequest

// answerQuestion answers a question of the portal.
//
//	@Summary	Answer a question
//	@ID			answerHandoverQuestion
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"case id"	Format(uuid)
//	@Param		question	path	string	true	"question id"	Format(uuid)
//	@Param		body	body	AnswerRequest	true	"what is written"
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	200	{object}	HandoverResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/questions/{question}/answer [post]
func (h handoverHandlers) answerQuestion(c *gin.Context) {
	var r AnswerRequest
	id, err := pathID(c)
	var question uuid.UUID
	if err == nil {
		question, err = subID(c, "question")
	}
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	f, err := h.cfg.Clerk.AnswerQuestion(c.Request.Context(), scopeOf(c), id, question, r.Answer, actorOf(c))
	h.answer(c, http.StatusOK, f, err)
}
