package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

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
