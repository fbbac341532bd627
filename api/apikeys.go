package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// APIKeyRequest makes a key.
type APIKeyRequest struct {
	Name      string      `json:"name" example:"office"`
	Role      string      `json:"role" example:"operator" enums:"admin,operator,approver,hr_manager,viewer"`
	Accounts  []uuid.UUID `json:"accounts,omitempty"`
	ExpiresAt *time.Time  `json:"expires_at,omitempty"`
} //	@name	APIKeyRequest

// APIKeyResponse is a key without its secret; Key is given once, at creation.
type APIKeyResponse struct {
	ID        uuid.UUID   `json:"id"`
	Name      string      `json:"name" example:"office"`
	Role      string      `json:"role" example:"operator"`
	Prefix    string      `json:"prefix" example:"od_k7Qp"`
	Key       string      `json:"key,omitempty" example:"od_k7Qp…"`
	Accounts  []uuid.UUID `json:"accounts,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	ExpiresAt *time.Time  `json:"expires_at,omitempty"`
	RevokedAt *time.Time  `json:"revoked_at,omitempty"`
} //	@name	APIKey

type apiKeyHandlers struct{ cfg Config }

// list answers the keys, newest first.
//
//	@Summary	List API keys
//	@ID			listAPIKeys
//	@Tags		api-keys
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[APIKeyResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/api-keys [get]
func (h apiKeyHandlers) list(c *gin.Context) {
	p, err := page(c)
	if err == nil {
		err = wholeHouse(c)
	}
	var rows []*offboarding.APIKey
	if err == nil {
		rows, err = h.cfg.Store.APIKeys(c.Request.Context(), more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(k *offboarding.APIKey) uuid.UUID { return k.ID }, apiKeyResponse))
}

// wholeHouse refuses keys that are limited to some accounts what is a matter of
// the installation: keys, and whether anything is sent.
func wholeHouse(c *gin.Context) error {
	if scopeOf(c) != nil {
		return refuse(http.StatusForbidden, "a key that is limited to some accounts may not do what concerns all of them")
	}
	return nil
}

// create makes a key.
//
//	@Summary		Make an API key
//	@Description	The key itself is shown once, here.
//	@ID				createAPIKey
//	@Tags			api-keys
//	@Accept			json
//	@Produce		json
//	@Param			body			body		APIKeyRequest	true	"the key"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		201				{object}	APIKeyResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/api-keys [post]
func (h apiKeyHandlers) create(c *gin.Context) {
	var r APIKeyRequest
	err := wholeHouse(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	var wrong []ProblemField
	if r.Name = strings.TrimSpace(r.Name); r.Name == "" || len(r.Name) > 100 {
		wrong = append(wrong, ProblemField{"name", "1 to 100 characters"})
	}
	if !slices.Contains(Roles, Role(r.Role)) {
		wrong = append(wrong, ProblemField{"role", "admin, operator, approver, hr_manager or viewer"})
	}
	if r.ExpiresAt != nil && !r.ExpiresAt.After(h.cfg.Clock.Wall()) {
		wrong = append(wrong, ProblemField{"expires_at", "a time in the future"})
	}
	if len(wrong) > 0 {
		_ = c.Error(refuse(http.StatusUnprocessableEntity, "the key cannot be made like this", wrong...))
		return
	}
	secret, k := offboarding.NewAPIKey(r.Name, r.Role, r.Accounts)
	if r.ExpiresAt != nil {
		k.ExpiresAt = *r.ExpiresAt
	}
	if err := offboarding.AddAPIKey(c.Request.Context(), h.cfg.Store, k, actorOf(c)); err != nil {
		_ = c.Error(err)
		return
	}
	res := apiKeyResponse(k)
	res.Key = secret
	c.JSON(http.StatusCreated, res)
}

// revoke ends a key.
//
//	@Summary	Revoke an API key
//	@ID			revokeAPIKey
//	@Tags		api-keys
//	@Param		id	path	string	true	"key id"	Format(uuid)
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/api-keys/{id} [delete]
func (h apiKeyHandlers) revoke(c *gin.Context) {
	id, err := pathID(c)
	if err == nil {
		err = wholeHouse(c)
	}
	if err == nil {
		err = offboarding.RevokeAPIKey(c.Request.Context(), h.cfg.Store, id, actorOf(c), h.cfg.Clock.Wall())
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}

func apiKeyResponse(k *offboarding.APIKey) APIKeyResponse {
	return APIKeyResponse{
		ID: k.ID, Name: k.Name, Role: k.Role, Prefix: k.Prefix, Accounts: k.Accounts, CreatedAt: k.CreatedAt.UTC(),
		ExpiresAt: optional(k.ExpiresAt), RevokedAt: optional(k.RevokedAt),
	}
}
