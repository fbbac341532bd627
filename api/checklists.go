package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// ChecklistBody is what we usually hold for clients of one kind of service.
type ChecklistBody struct {
	ServiceType string              `json:"service_type" example:"accounting"`
	Name        string              `json:"name" example:"Бухгалтерия"`
	Items       []ChecklistItemBody `json:"items"`
	Own         bool                `json:"own" example:"false"` // changed here
	Version     int                 `json:"version" example:"1"`
} //	@name	Checklist

// ChecklistItemBody is one line of a checklist.
type ChecklistItemBody struct {
	Category  string `json:"category,omitempty" example:"Налоги"`
	Title     string `json:"title" example:"Учётная политика"`
	Form      string `json:"form,omitempty" example:"electronic" enums:"original,copy,electronic"`
	Ownership string `json:"ownership,omitempty" example:"client_property" enums:"client_property,work_product,internal,third_party"`
	Mandatory bool   `json:"mandatory" example:"true"`
} //	@name	ChecklistItem

// ChecklistRequest is a checklist as a person writes it.
type ChecklistRequest struct {
	Name  string              `json:"name" example:"Бухгалтерия"`
	Items []ChecklistItemBody `json:"items"`
} //	@name	ChecklistRequest

func checklistBody(l *offboarding.Checklist) ChecklistBody {
	b := ChecklistBody{ServiceType: l.ServiceType, Name: l.Name, Items: make([]ChecklistItemBody, 0, len(l.Items)), Own: l.Own, Version: l.Version}
	for _, it := range l.Items {
		b.Items = append(b.Items, ChecklistItemBody{it.Category, it.Title, string(it.Form), string(it.Ownership), it.Mandatory})
	}
	return b
}

// checklists answers all checklists, as shipped or as changed here.
//
//	@Summary	List checklists by service type
//	@ID			listChecklists
//	@Tags		handover
//	@Produce	json
//	@Param		lang	query	string	false	"ru or en: the language of those that are shipped"
//	@Success	200	{object}	List[ChecklistBody]
//	@Failure	401	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/checklists [get]
func (h handoverHandlers) checklists(c *gin.Context) {
	all, err := offboarding.AllChecklists(c.Request.Context(), h.cfg.Store, offboarding.Lang(c.Query("lang")).Or(offboarding.RU))
	if err != nil {
		_ = c.Error(err)
		return
	}
	out := List[ChecklistBody]{Items: make([]ChecklistBody, 0, len(all))}
	for _, l := range all {
		out.Items = append(out.Items, checklistBody(l))
	}
	c.JSON(http.StatusOK, out)
}

// putChecklist changes a checklist for the inventories that begin from now on.
//
//	@Summary	Change a checklist
//	@ID			putChecklist
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		service	path	string	true	"service type, such as accounting"
//	@Param		If-Match	header	string	false	"version that was seen"
//	@Param		body	body	ChecklistRequest	true	"what is written"
//	@Success	200	{object}	ChecklistBody
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	412	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/checklists/{service} [put]
func (h handoverHandlers) putChecklist(c *gin.Context) {
	var r ChecklistRequest
	ctx := c.Request.Context()
	version, err := ifMatch(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	l := &offboarding.Checklist{ServiceType: c.Param("service"), Name: r.Name, Version: version}
	if known, err := h.cfg.Store.Checklist(ctx, l.ServiceType); err == nil && version == 0 {
		l.Version = known.Version
	}
	for _, it := range r.Items {
		l.Items = append(l.Items, offboarding.ChecklistItem{
			Category: it.Category, Title: it.Title, Form: offboarding.Form(it.Form), Ownership: offboarding.Ownership(it.Ownership), Mandatory: it.Mandatory,
		})
	}
	if err := offboarding.PutChecklist(ctx, h.cfg.Store, l, actorOf(c)); err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(l.Version))
	c.JSON(http.StatusOK, checklistBody(l))
}

// BrandBody is how a company's papers look.
type BrandBody struct {
	Name       string   `json:"name" example:"ООО «Ромашка»"`
	Requisites []string `json:"requisites,omitempty" example:"ИНН 0000000000"`
	Logo       []byte   `json:"logo,omitempty" swaggertype:"string" format:"base64"` // PNG or JPEG
} //	@name	Brand

func (h handoverHandlers) account(c *gin.Context) (*offboarding.Account, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	if !offboarding.InScope(scopeOf(c), id) {
		return nil, offboarding.ErrNotFound
	}
	return h.cfg.Store.Account(c.Request.Context(), id)
}

// brand answers how the account's papers look.
//
//	@Summary	Look of an account's papers
//	@ID			getBrand
//	@Tags		accounts
//	@Produce	json
//	@Param		id	path	string	true	"account id"	Format(uuid)
//	@Success	200	{object}	BrandBody
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id}/brand [get]
func (h handoverHandlers) brand(c *gin.Context) {
	acc, err := h.account(c)
	var b *offboarding.Brand
	if err == nil {
		b, err = offboarding.BrandOf(c.Request.Context(), h.cfg.Store, acc)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, BrandBody(*b))
}

// putBrand changes how the account's papers look.
//
//	@Summary	Change the look of an account's papers
//	@ID			putBrand
//	@Tags		accounts
//	@Accept		json
//	@Produce	json
//	@Param		id	path	string	true	"account id"	Format(uuid)
//	@Param		body	body	BrandBody	true	"what is written"
//	@Success	200	{object}	BrandBody
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	422	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id}/brand [put]
func (h handoverHandlers) putBrand(c *gin.Context) {
	var r BrandBody
	acc, err := h.account(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err == nil {
		b := offboarding.Brand(r)
		err = offboarding.PutBrand(c.Request.Context(), h.cfg.Store, acc, &b, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, r)
}
