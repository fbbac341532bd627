package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

type accountHandlers struct{ cfg Config }

// list answers the connected companies.
//
//	@Summary	List accounts
//	@ID			listAccounts
//	@Tags		accounts
//	@Produce	json
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[AccountResponse]
//	@Failure	401		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts [get]
func (h accountHandlers) list(c *gin.Context) {
	p, err := page(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	rows, err := h.cfg.Store.AccountsInScope(c.Request.Context(), scopeOf(c), more(p))
	if err != nil {
		_ = c.Error(err)
		return
	}
	ids := make([]uuid.UUID, 0, len(rows))
	for _, a := range rows {
		ids = append(ids, a.ID)
	}
	problems, err := h.cfg.Store.OpenProblems(c.Request.Context(), ids)
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(a *offboarding.Account) uuid.UUID { return a.ID }, func(a *offboarding.Account) AccountResponse {
		return h.response(a, callerOf(c), problems...)
	}))
}

// create connects a company.
//
//	@Summary		Connect a CRM account
//	@Description	Secrets never come back. A new account begins in shadow mode: everything is prepared, nothing is sent.
//	@ID				createAccount
//	@Tags			accounts
//	@Accept			json
//	@Produce		json
//	@Param			body			body		AccountRequest	true	"the account"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		201				{object}	AccountResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts [post]
func (h accountHandlers) create(c *gin.Context) {
	var r AccountRequest
	if err := bindJSON(c, &r); err != nil {
		_ = c.Error(err)
		return
	}
	if scopeOf(c) != nil {
		_ = c.Error(refuse(http.StatusForbidden, "a key that is limited to some accounts cannot add one"))
		return
	}
	acc := &offboarding.Account{
		ID: offboarding.NewID(), Provider: offboarding.Provider(r.Provider), Name: strings.TrimSpace(r.Name), BaseURL: trimURL(r.BaseURL),
		Credentials: r.Credentials, Lang: offboarding.Lang(r.Lang).Or(""), TimeZone: r.TimeZone, Mode: offboarding.Mode(r.Mode),
		MailFrom: r.MailFrom, Policy: offboarding.DefaultPolicy(), Status: offboarding.AccountActive, ConnectedAt: h.cfg.Clock.Wall().UTC(),
	}
	if r.Lang == "" {
		acc.Lang = offboarding.RU
	}
	if acc.TimeZone == "" {
		acc.TimeZone = "Europe/Moscow"
	}
	if acc.Mode == "" {
		acc.Mode = offboarding.Shadow
	}
	acc.Triggers = triggersOf(r.Triggers)
	acc.Dialect.Proof = offboarding.HookProof(r.HookProof)
	wrong := r.Policy.apply(&acc.Policy)
	wrong = append(wrong, h.checkAccount(acc)...)
	if len(wrong) > 0 {
		_ = c.Error(refuse(http.StatusUnprocessableEntity, "the account cannot be connected like this", wrong...))
		return
	}
	acc.RemoteID = acc.Credentials["member_id"]
	code := h.takeCode(acc)
	if acc.ByOAuth() {
		acc.Status, acc.StatusReason = offboarding.AccountReauthNeeded, "nobody has granted access to the account yet; open its authorize_url"
	}
	err := h.cfg.Store.InTx(c.Request.Context(), func(tx offboarding.Store) error {
		if err := tx.AddAccount(c.Request.Context(), acc); err != nil {
			return err
		}
		return tx.Record(c.Request.Context(), accountLine(acc.ID, actorOf(c), "account.created", "account connected"))
	})
	if err == nil {
		acc, err = h.redeem(c, acc, code)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.refresh(c.Request.Context())
	c.Header("Location", "/api/v1/accounts/"+acc.ID.String())
	c.Header("ETag", etag(acc.Version))
	c.JSON(http.StatusCreated, h.response(acc, callerOf(c)))
}

func accountLine(id uuid.UUID, by offboarding.Actor, kind, summary string) offboarding.Audit {
	return offboarding.Audit{Stream: "account:" + id.String(), Actor: by, Kind: kind, Summary: summary, AccountID: &id}
}

// refresh lets this process know at once; others notice within DirectoryAge.
func (h accountHandlers) refresh(ctx context.Context) {
	if err := h.cfg.Directory.Refresh(ctx); err != nil {
		h.cfg.Log.WarnContext(ctx, "directory of accounts not refreshed", "err", err)
	}
	h.cfg.Bell.Ring()
}

// get answers one account.
//
//	@Summary	Get an account
//	@ID			getAccount
//	@Tags		accounts
//	@Produce	json
//	@Param		id	path		string	true	"account id"	Format(uuid)
//	@Success	200	{object}	AccountResponse
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id} [get]
func (h accountHandlers) get(c *gin.Context) {
	acc, err := h.load(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	problems, err := h.cfg.Store.OpenProblems(c.Request.Context(), []uuid.UUID{acc.ID})
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(acc.Version))
	c.JSON(http.StatusOK, h.response(acc, callerOf(c), problems...))
}

// load finds the account of the path within the caller's scope.
func (h accountHandlers) load(c *gin.Context) (*offboarding.Account, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	if !offboarding.InScope(scopeOf(c), id) {
		return nil, offboarding.ErrNotFound
	}
	return h.cfg.Store.Account(c.Request.Context(), id)
}

// update changes what is given.
//
//	@Summary	Change an account
//	@ID			updateAccount
//	@Tags		accounts
//	@Accept		json
//	@Produce	json
//	@Param		id			path		string			true	"account id"	Format(uuid)
//	@Param		If-Match	header		string			false	"the version that was seen"
//	@Param		body		body		AccountPatch	true	"what changes"
//	@Success	200			{object}	AccountResponse
//	@Failure	401			{object}	Problem
//	@Failure	403			{object}	Problem
//	@Failure	404			{object}	Problem
//	@Failure	412			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id} [patch]
func (h accountHandlers) update(c *gin.Context) {
	var r AccountPatch
	acc, err := h.load(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	if err == nil && seen != 0 && seen != acc.Version {
		err = offboarding.ErrStale
	}
	if err == nil {
		if wrong := h.patch(acc, r); len(wrong) > 0 {
			err = refuse(http.StatusUnprocessableEntity, "the account cannot be changed like this", wrong...)
		}
	}
	ctx := c.Request.Context()
	code := ""
	if err == nil {
		code = h.takeCode(acc)
		err = h.cfg.Store.InTx(ctx, func(tx offboarding.Store) error {
			if err := tx.SaveAccount(ctx, acc); err != nil {
				return err
			}
			if len(r.Credentials) > 0 || r.BaseURL != nil { // a new credential is a new chance
				if err := tx.SetAccountHealth(ctx, acc.ID, offboarding.AccountActive, "", time.Time{}); err != nil {
					return err
				}
				if err := tx.Wake(ctx, acc.ID, h.cfg.Clock.Now()); err != nil {
					return err
				}
			}
			return tx.Record(ctx, accountLine(acc.ID, actorOf(c), "account.changed", "account changed"))
		})
	}
	if err == nil && acc.ByOAuth() && len(r.Credentials) > 0 {
		err = h.reauthorise(c, acc, code)
	}
	if err == nil {
		h.refresh(ctx)
		acc, err = h.cfg.Store.Account(ctx, acc.ID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(acc.Version))
	c.JSON(http.StatusOK, h.response(acc, callerOf(c)))
}

// remove disconnects a company; its cases stay.
//
//	@Summary	Disconnect an account
//	@ID			deleteAccount
//	@Tags		accounts
//	@Param		id	path	string	true	"account id"	Format(uuid)
//	@Success	204
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id} [delete]
func (h accountHandlers) remove(c *gin.Context) {
	acc, err := h.load(c)
	ctx := c.Request.Context()
	if err == nil {
		err = h.cfg.Store.InTx(ctx, func(tx offboarding.Store) error {
			if err := tx.DeleteAccount(ctx, acc.ID); err != nil {
				return err
			}
			return tx.Record(ctx, accountLine(acc.ID, actorOf(c), "account.deleted", "account disconnected"))
		})
	}
	if err == nil {
		err = h.cfg.Keeper.Gone(acc.ID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.refresh(ctx)
	c.Status(http.StatusNoContent)
}

// check tries the connection.
//
//	@Summary		Check the connection to the CRM
//	@Description	A good check lets a parked account work again at once.
//	@ID				checkAccount
//	@Tags			accounts
//	@Produce		json
//	@Param			id				path		string	true	"account id"	Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		200				{object}	CheckResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/check [post]
func (h accountHandlers) check(c *gin.Context) {
	acc, err := h.load(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx := c.Request.Context()
	res := CheckResponse{OK: true, Items: []CheckLine{}}
	found := h.cfg.Connectors[acc.Provider].Check(ctx, acc)
	for _, it := range found {
		res.Items = append(res.Items, CheckLine{it.Name, it.OK, it.Detail, it.Advice})
		res.OK = res.OK && it.OK
	}
	reachable := len(res.Items) > 0 && res.Items[0].OK
	if reachable {
		if err := offboarding.Identify(ctx, h.cfg.Store, h.cfg.Connectors, acc); err != nil {
			h.cfg.Log.WarnContext(ctx, "the CRM did not tell which account this is", "account_id", acc.ID, "err", err)
		}
	}
	if reachable && acc.Status != offboarding.AccountActive {
		if err := h.cfg.Store.SetAccountHealth(ctx, acc.ID, offboarding.AccountActive, "", time.Time{}); err != nil {
			_ = c.Error(err)
			return
		}
		if err := h.cfg.Store.Wake(ctx, acc.ID, h.cfg.Clock.Now()); err != nil {
			_ = c.Error(err)
			return
		}
		h.refresh(ctx)
	}
	if err := offboarding.CheckedGood(ctx, h.cfg.Store, acc, found, h.cfg.Clock.Now()); err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, res)
}

// pipelines answers the live pipelines of the CRM.
//
//	@Summary	Live pipelines and stages
//	@ID			listPipelines
//	@Tags		accounts
//	@Produce	json
//	@Param		id	path		string	true	"account id"	Format(uuid)
//	@Success	200	{object}	List[PipelineBody]
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Failure	502	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/accounts/{id}/pipelines [get]
func (h accountHandlers) pipelines(c *gin.Context) {
	acc, err := h.load(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	live, err := h.cfg.Connectors[acc.Provider].Pipelines(c.Request.Context(), acc)
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := List[PipelineBody]{Items: []PipelineBody{}}
	for _, p := range live {
		b := PipelineBody{ID: p.ID, Name: p.Name, Stages: []StageBody{}}
		for _, s := range p.Stages {
			b.Stages = append(b.Stages, StageBody{s.ID, s.Name, string(s.Outcome)})
		}
		res.Items = append(res.Items, b)
	}
	c.JSON(http.StatusOK, res)
}

// release lifts the burst gate.
//
//	@Summary		Release cases held by the burst gate
//	@Description	More than burst_per_hour new cases of an account wait until a person has looked at them.
//	@ID				releaseAccount
//	@Tags			accounts
//	@Produce		json
//	@Param			id				path		string	true	"account id"	Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		200				{object}	ReleaseResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/release [post]
func (h accountHandlers) release(c *gin.Context) {
	acc, err := h.load(c)
	ctx := c.Request.Context()
	n := 0
	if err == nil {
		err = h.cfg.Store.InTx(ctx, func(tx offboarding.Store) error {
			if n, err = tx.ReleaseHeld(ctx, acc.ID, h.cfg.Clock.Now()); err != nil {
				return err
			}
			return tx.Record(ctx, accountLine(acc.ID, actorOf(c), "account.released", "held cases released"))
		})
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusOK, ReleaseResponse{n})
}
