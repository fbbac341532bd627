package api

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// takeCode takes the code out of an account's credentials: it is good once and
// for minutes, so that it is never kept. amoCRM wants to hear at each exchange
// where an administrator comes back to; that is our own callback unless said otherwise.
func (h accountHandlers) takeCode(acc *offboarding.Account) string {
	code := acc.Credentials["code"]
	delete(acc.Credentials, "code")
	if acc.ByOAuth() && acc.Provider == offboarding.AmoCRM && acc.Credentials["redirect_uri"] == "" {
		acc.Credentials["redirect_uri"] = strings.TrimRight(h.cfg.PublicURL, "/") + "/oauth/amocrm/callback"
	}
	return code
}

// redeem lets a new account in by the code that was given with it. The row is
// there before the CRM is asked, so that a crash loses no answer; a code that
// the CRM refuses takes it away again.
func (h accountHandlers) redeem(c *gin.Context, acc *offboarding.Account, code string) (*offboarding.Account, error) {
	ctx := c.Request.Context()
	if code == "" || !acc.ByOAuth() {
		return acc, nil
	}
	err := h.cfg.Consent.Redeem(ctx, acc, offboarding.ConsentCode{Code: code}, actorOf(c))
	if offboarding.IsKind(err, offboarding.KindInvalid) {
		undo := h.cfg.Store.InTx(ctx, func(tx offboarding.Store) error {
			if err := tx.DeleteAccount(ctx, acc.ID); err != nil {
				return err
			}
			return tx.Record(ctx, accountLine(acc.ID, actorOf(c), "account.deleted", "the CRM refused the code"))
		})
		if undo != nil {
			return nil, undo
		}
		return nil, err
	}
	if err != nil { // it waits for access: authorize_url is the way on
		h.cfg.Log.WarnContext(ctx, "the CRM gave no tokens for the code", "account_id", acc.ID, "err", err)
	}
	return h.cfg.Store.Account(ctx, acc.ID)
}

// reauthorise follows a change of an account's OAuth credentials: a new code
// is redeemed, and what was refused before gets another chance.
func (h accountHandlers) reauthorise(c *gin.Context, acc *offboarding.Account, code string) error {
	ctx := c.Request.Context()
	if code != "" {
		current, err := h.cfg.Store.Account(ctx, acc.ID)
		if err != nil {
			return err
		}
		return h.cfg.Consent.Redeem(ctx, current, offboarding.ConsentCode{Code: code}, actorOf(c))
	}
	if err := h.cfg.Keeper.Forgive(ctx, acc.ID); err != nil {
		return err
	}
	_, err := h.cfg.Keeper.Current(ctx, acc.ID)
	if offboarding.IsKind(err, offboarding.KindUnauthorized) { // nobody has let us in yet
		return h.cfg.Store.SetAccountHealth(ctx, acc.ID, offboarding.AccountReauthNeeded, err.Error(), time.Time{})
	}
	return err
}
