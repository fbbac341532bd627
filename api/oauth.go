package api

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"opendoor/api/pages"
	"opendoor/offboarding"
)

// oauthHandlers let opendoor into accounts of a CRM and out of them again.
type oauthHandlers struct {
	cfg   Config
	pages *pages.Pages
}

// callback takes an administrator who comes back from the CRM's consent page.
//
//	@Summary		Come back from the consent page
//	@Description	The state proves that we sent the administrator there. amoCRM may also call it by itself with `from_widget=1` and no state: then only an account that waits for access is let in, and only when the CRM confirms it.
//	@ID				returnFromConsent
//	@Tags			oauth
//	@Produce		html
//	@Param			provider		path		string	true	"amocrm or bitrix24"
//	@Param			code			query		string	false	"good once: for 20 minutes at amoCRM, for 30 seconds at Bitrix24"
//	@Param			state			query		string	false	"as in authorize_url"
//	@Param			referer			query		string	false	"amoCRM: host of the account"
//	@Param			client_id		query		string	false	"amoCRM: id of the integration"
//	@Param			from_widget		query		string	false	"amoCRM: 1"
//	@Param			platform		query		string	false	"amoCRM: 1"
//	@Param			server_domain	query		string	false	"Bitrix24: the authorisation server"
//	@Param			domain			query		string	false	"Bitrix24: the portal"
//	@Param			member_id		query		string	false	"Bitrix24: the portal's id"
//	@Param			scope			query		string	false	"Bitrix24: what was granted"
//	@Param			error			query		string	false	"access_denied"
//	@Success		200				{string}	string
//	@Failure		403				{string}	string
//	@Failure		404				{string}	string	"rule: consent_state"
//	@Failure		409				{string}	string	"rule: other_crm_account, access was granted to another account of the CRM than the one that is known"
//	@Failure		422				{string}	string
//	@Failure		503				{string}	string
//	@Router			/oauth/{provider}/callback [get]
func (h oauthHandlers) callback(c *gin.Context) {
	ctx, q := c.Request.Context(), c.Request.URL.Query()
	provider := offboarding.Provider(c.Param("provider"))
	if provider != offboarding.AmoCRM && provider != offboarding.Bitrix24 {
		_ = c.Error(offboarding.ErrNotFound)
		return
	}
	if q.Get("error") != "" {
		h.answer(c, nil, http.StatusForbidden, pages.AccessDenied, "")
		return
	}
	code := codeOf(provider, q)
	var acc *offboarding.Account
	err := error(offboarding.ErrNotFound)
	switch state := q.Get("state"); {
	case code.Code == "" || len(code.Code) > 4096 || len(code.From) > 255:
	case state != "":
		acc, err = h.cfg.Consent.Return(ctx, provider, state, code)
	case provider == offboarding.AmoCRM && q.Get("from_widget") == "1":
		acc, err = h.cfg.Consent.Notice(ctx, provider, q.Get("client_id"), code)
	}
	h.outcome(c, acc, err, "")
}

func codeOf(p offboarding.Provider, q url.Values) offboarding.ConsentCode {
	code := offboarding.ConsentCode{Code: q.Get("code"), From: q.Get("referer")}
	if p == offboarding.Bitrix24 {
		code.From, code.Portal = q.Get("server_domain"), q.Get("domain")
	}
	return code
}

// outcome answers with a page, and lets this process know of the account at once.
func (h oauthHandlers) outcome(c *gin.Context, acc *offboarding.Account, err error, frame string) {
	ctx := c.Request.Context()
	if err == nil {
		accountHandlers{h.cfg}.refresh(ctx)
		h.answer(c, acc, http.StatusOK, pages.AccessGranted, frame)
		return
	}
	status, result := problemOf(err).Status, pages.AccessFailed
	e, _ := errors.AsType[*offboarding.Error](err)
	switch {
	case e != nil && (e.Kind == offboarding.KindNotFound || e.Kind == offboarding.KindConflict):
		result = pages.AccessForeign
	case e != nil && e.Kind == offboarding.KindInvalid:
	case status < http.StatusInternalServerError:
		status = http.StatusBadGateway
	}
	h.cfg.Log.WarnContext(ctx, "access not granted", "request_id", requestID(c), "status", status, "err", err)
	h.answer(c, acc, status, result, frame)
}

func (h oauthHandlers) answer(c *gin.Context, acc *offboarding.Account, status int, result pages.AccessResult, frame string) {
	v := pages.Visit{Frame: frame}
	lang := ""
	if acc != nil {
		v.Company, lang = acc.Name, string(acc.Lang)
	}
	v.Lang = pages.PickLang(c.Query("lang"), lang, c.GetHeader("Accept-Language"))
	if err := h.pages.Access(c.Writer, v, status, result, requestID(c)); err != nil {
		h.cfg.Log.WarnContext(c.Request.Context(), "page not written", "request_id", requestID(c), "err", err)
	}
}

// install takes what a Bitrix24 portal tells when the local application is
// installed or removed: the event, or the page that an administrator's browser opens.
//
//	@Summary		Install the Bitrix24 application
//	@Description	The address of a local application's handler and of its first installation. What is posted is believed after the portal has confirmed whose application the token belongs to.
//	@ID				installBitrix24
//	@Tags			oauth
//	@Accept			x-www-form-urlencoded
//	@Produce		html
//	@Success		200	{string}	string
//	@Failure		404	{string}	string
//	@Failure		409	{string}	string	"rule: other_crm_account"
//	@Failure		422	{string}	string
//	@Failure		503	{string}	string
//	@Router			/oauth/bitrix24/install [post]
func (h oauthHandlers) install(c *gin.Context) {
	d, err := readDelivery(c, offboarding.Bitrix24)
	if err != nil {
		_ = c.Error(err)
		return
	}
	inst, able := h.cfg.Connectors[offboarding.Bitrix24].(offboarding.Installer)
	if !able {
		_ = c.Error(offboarding.ErrNotFound)
		return
	}
	in, ok := inst.Installation(d)
	if !ok {
		_ = c.Error(refuse(http.StatusUnprocessableEntity, "this is no installation of an application"))
		return
	}
	acc, err := h.cfg.Consent.Install(c.Request.Context(), offboarding.Bitrix24, in)
	frame := ""
	if acc != nil {
		frame = originOf(acc.BaseURL)
	}
	h.outcome(c, acc, err, frame)
}

// originOf is the origin of an address, fit for a Content-Security-Policy.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// uninstalled takes the word of a CRM that our access was taken back.
//
//	@Summary		The integration was removed from the CRM
//	@Description	amoCRM calls it with an HMAC of the client secret, Bitrix24 posts ONAPPUNINSTALL with the application token. All calls to the account stop at once; its work waits.
//	@ID				integrationRemoved
//	@Tags			hooks
//	@Param			provider	path	string	true	"amocrm or bitrix24"
//	@Param			key			path	string	true	"the account's key"
//	@Success		204
//	@Failure		401	{object}	Problem
//	@Failure		404	{object}	Problem
//	@Router			/hooks/{provider}/{key}/uninstalled [get]
func (h oauthHandlers) uninstalled(c *gin.Context) {
	provider := offboarding.Provider(c.Param("provider"))
	if !provider.Known() {
		_ = c.Error(offboarding.ErrNotFound)
		return
	}
	d, err := readDelivery(c, provider)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx := c.Request.Context()
	id, ok := h.cfg.Keys.ProveHook(c.Param("key"))
	if !ok {
		_ = c.Error(errUnproved)
		return
	}
	acc, err := h.cfg.Store.Account(ctx, id)
	if err == nil && acc.Provider == provider {
		err = h.cfg.Consent.Left(ctx, acc, d)
	} else if err == nil {
		err = offboarding.ErrUnauthorized
	}
	switch {
	case offboarding.IsKind(err, offboarding.KindUnauthorized), offboarding.IsKind(err, offboarding.KindNotFound):
		_ = c.Error(errUnproved)
		return
	case err != nil:
		_ = c.Error(err)
		return
	}
	accountHandlers{h.cfg}.refresh(ctx)
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}
