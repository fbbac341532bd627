package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// DryRunRequest is a foreign body to try. Without a mapping the account's own is used.
type DryRunRequest struct {
	Mapping     json.RawMessage `json:"mapping,omitempty" swaggertype:"object"`
	Body        json.RawMessage `json:"body" swaggertype:"object"` // any JSON; a text is taken as the raw body
	ContentType string          `json:"content_type,omitempty" example:"application/json"`
} //	@name	DryRunRequest

// DryRunResponse shows what the mapping makes of the body.
type DryRunResponse struct {
	Events    []DryRunEvent `json:"events"`
	Malformed string        `json:"malformed,omitempty" example:"the body is not JSON"`
} //	@name	DryRun

// DryRunEvent is one event of the body as we would read it.
type DryRunEvent struct {
	Event     json.RawMessage `json:"event,omitempty" swaggertype:"object"`
	Kind      string          `json:"kind" example:"deal.stage_changed"`
	EntityID  string          `json:"entity_id,omitempty" example:"42"`
	Ignored   string          `json:"ignored,omitempty" example:"the body does not match the mapping's conditions"`
	Malformed string          `json:"malformed,omitempty" example:"deal.id is missing"`
} //	@name	DryRunEvent

// RotateSecretRequest replaces the secret of a generic account.
type RotateSecretRequest struct {
	Secret     string `json:"secret,omitempty" example:"whsec_…"` // made by us when it is left out
	KeepOldFor string `json:"keep_old_for,omitempty" example:"24h"`
} //	@name	RotateSecretRequest

// RotateSecretResponse shows a secret that we made, this once.
type RotateSecretResponse struct {
	Secret        string     `json:"secret,omitempty" example:"whsec_…"`
	OldValidUntil *time.Time `json:"old_valid_until,omitempty"`
} //	@name	RotateSecretResponse

// errOnlyGeneric is the answer to what only generic sources have.
var errOnlyGeneric = offboarding.Rule("generic_only", "only a generic source has this: the CRMs' own protocols are known")

func (h accountHandlers) loadGeneric(c *gin.Context) (*offboarding.Account, error) {
	acc, err := h.load(c)
	if err == nil && acc.Provider != offboarding.Generic {
		return nil, errOnlyGeneric
	}
	return acc, err
}

// mapping answers how foreign JSON is read.
//
//	@Summary	The mapping of foreign JSON
//	@ID			getMapping
//	@Tags		accounts
//	@Produce	json
//	@Param		id	path		string	true	"account id"	Format(uuid)
//	@Success	200	{object}	object
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: generic_only"
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id}/mapping [get]
func (h accountHandlers) mapping(c *gin.Context) {
	acc, err := h.loadGeneric(c)
	if err == nil && len(acc.Dialect.Mapping) == 0 {
		err = offboarding.ErrNotFound
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(acc.Version))
	c.Data(http.StatusOK, "application/json; charset=utf-8", acc.Dialect.Mapping)
}

// setMapping keeps how foreign JSON is read.
//
//	@Summary		Keep a mapping of foreign JSON
//	@Description	Names for each of our fields where it stands in the foreign body; see docs/connectors.md for the language and examples. Bodies are read by it from the next one on.
//	@ID				putMapping
//	@Tags			accounts
//	@Accept			json
//	@Produce		json
//	@Param			id			path		string	true	"account id"	Format(uuid)
//	@Param			If-Match	header		string	false	"the version that was seen"
//	@Param			body		body		object	true	"the mapping"
//	@Success		200			{object}	object
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		409			{object}	Problem	"rule: generic_only"
//	@Failure		412			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/mapping [put]
func (h accountHandlers) setMapping(c *gin.Context) {
	acc, err := h.loadGeneric(c)
	var raw json.RawMessage
	if err == nil {
		err = bindJSON(c, &raw)
	}
	if err == nil {
		err = h.cfg.Mapper.CheckMapping(raw)
	}
	if err == nil {
		acc.Dialect.Mapping = raw
		err = h.saveDialect(c, acc, "account.mapping_changed", "the mapping of foreign JSON was changed")
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(acc.Version))
	c.Data(http.StatusOK, "application/json; charset=utf-8", raw)
}

// dropMapping makes the account speak our own JSON again.
//
//	@Summary	Drop the mapping
//	@ID			deleteMapping
//	@Tags		accounts
//	@Param		id			path	string	true	"account id"	Format(uuid)
//	@Param		If-Match	header	string	false	"the version that was seen"
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	409	{object}	Problem	"rule: generic_only"
//	@Failure	412	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id}/mapping [delete]
func (h accountHandlers) dropMapping(c *gin.Context) {
	acc, err := h.loadGeneric(c)
	if err == nil {
		acc.Dialect.Mapping = nil
		err = h.saveDialect(c, acc, "account.mapping_dropped", "the mapping of foreign JSON was dropped")
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (h accountHandlers) saveDialect(c *gin.Context, acc *offboarding.Account, kind, summary string) error {
	seen, err := ifMatch(c)
	if err == nil && seen != 0 && seen != acc.Version {
		err = offboarding.ErrStale
	}
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	err = h.cfg.Store.InTx(ctx, func(tx offboarding.Store) error {
		if err := tx.SaveAccount(ctx, acc); err != nil {
			return err
		}
		return tx.Record(ctx, accountLine(acc.ID, actorOf(c), kind, summary))
	})
	if err == nil {
		h.refresh(ctx)
	}
	return err
}

// tryMapping shows what a mapping makes of a body.
//
//	@Summary		Try a mapping
//	@Description	Shows our event for a foreign body, by the given mapping or the account's own. Nothing is stored and nothing happens.
//	@ID				tryMapping
//	@Tags			accounts
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"account id"	Format(uuid)
//	@Param			body			body		DryRunRequest	true	"the body to try"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		200				{object}	DryRunResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rule: generic_only"
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/mapping/dry-run [post]
func (h accountHandlers) tryMapping(c *gin.Context) {
	acc, err := h.loadGeneric(c)
	var r DryRunRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err == nil && len(r.Mapping) == 0 {
		r.Mapping = acc.Dialect.Mapping
	}
	if err == nil && (len(r.Mapping) == 0 || bytes.Equal(r.Mapping, jsonNull)) {
		err = refuse(http.StatusUnprocessableEntity, "there is no mapping to try", ProblemField{"mapping", "is required while the account keeps none"})
	}
	if err == nil && len(r.Body) == 0 {
		err = refuse(http.StatusUnprocessableEntity, "there is no body to try", ProblemField{"body", "is required"})
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	body := []byte(r.Body)
	var text string
	if json.Unmarshal(body, &text) == nil && !bytes.Equal(bytes.TrimSpace(body), jsonNull) {
		body = []byte(text)
	}
	if r.ContentType == "" {
		r.ContentType = "application/json"
	}
	runs, err := h.cfg.Mapper.TryMapping(r.Mapping, r.ContentType, body)
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := DryRunResponse{Events: []DryRunEvent{}}
	for _, run := range runs {
		if run.Event == nil && run.Malformed != "" {
			res.Malformed = run.Malformed
			continue
		}
		res.Events = append(res.Events, DryRunEvent{run.Event, string(run.Kind), run.EntityID, run.Ignored, run.Malformed})
	}
	c.JSON(http.StatusOK, res)
}

const (
	keepOldSecret     = 24 * time.Hour
	keepOldSecretMost = 30 * 24 * time.Hour
)

// rotateSecret replaces the secret; for a while both are valid.
//
//	@Summary		Rotate the secret
//	@Description	The new secret signs at once; until `keep_old_for` (24h) has passed, deliveries signed with the old one are taken too, and results carry both signatures. A secret that we make is shown this once.
//	@ID				rotateSecret
//	@Tags			accounts
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string				true	"account id"	Format(uuid)
//	@Param			body			body		RotateSecretRequest	false	"the new secret"
//	@Param			Idempotency-Key	header		string				false	"makes a repeat harmless"
//	@Success		200				{object}	RotateSecretResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rule: generic_only"
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/secret/rotate [post]
func (h accountHandlers) rotateSecret(c *gin.Context) {
	acc, err := h.loadGeneric(c)
	var r RotateSecretRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	keep := keepOldSecret
	if err == nil && r.KeepOldFor != "" {
		var perr error
		if keep, perr = time.ParseDuration(r.KeepOldFor); perr != nil || keep < 0 || keep > keepOldSecretMost {
			err = refuse(http.StatusUnprocessableEntity, "keep_old_for is wrong", ProblemField{"keep_old_for", "0s to 720h"})
		}
	}
	if err == nil && r.Secret != "" && !usableSecret(r.Secret) {
		err = refuse(http.StatusUnprocessableEntity, "the secret is wrong", ProblemField{"secret", "whsec_ and base64 of at least 16 bytes"})
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := RotateSecretResponse{}
	if r.Secret == "" {
		raw := make([]byte, 32)
		_, _ = rand.Read(raw) // never fails
		r.Secret = "whsec_" + base64.StdEncoding.EncodeToString(raw)
		res.Secret = r.Secret
	}
	until := h.cfg.Clock.Wall().Add(keep).UTC().Truncate(time.Second)
	if err := h.storeSecret(c.Request.Context(), acc, r.Secret, keep, until, actorOf(c)); err != nil {
		_ = c.Error(err)
		return
	}
	if keep > 0 {
		res.OldValidUntil = &until
	}
	c.JSON(http.StatusOK, res)
}

func usableSecret(s string) bool {
	encoded, ok := strings.CutPrefix(s, "whsec_")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return ok && err == nil && len(raw) >= 16
}

func (h accountHandlers) storeSecret(ctx context.Context, acc *offboarding.Account, secret string, keep time.Duration, until time.Time, by offboarding.Actor) error {
	old := acc.Credentials["secret"]
	if old == secret {
		return refuse(http.StatusUnprocessableEntity, "the secret is the old one", ProblemField{"secret", "a new one"})
	}
	if acc.Credentials == nil {
		acc.Credentials = offboarding.Credentials{}
	}
	acc.Credentials["secret"] = secret
	delete(acc.Credentials, "secret_old")
	delete(acc.Credentials, "secret_old_until")
	if keep > 0 && old != "" {
		acc.Credentials["secret_old"], acc.Credentials["secret_old_until"] = old, until.Format(time.RFC3339)
	}
	err := h.cfg.Store.InTx(ctx, func(tx offboarding.Store) error {
		if err := tx.SaveAccount(ctx, acc); err != nil {
			return err
		}
		return tx.Record(ctx, accountLine(acc.ID, by, "account.secret_rotated", "the secret was replaced"))
	})
	if err == nil {
		h.refresh(ctx)
	}
	return err
}
