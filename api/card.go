package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/api/pages"
	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// cardHandlers show our page inside the card of a deal. There is no session
// and no cookie: whoever opens the page is confirmed by the portal, and its
// buttons carry a signed context that no other site can know.
type cardHandlers struct {
	cfg   Config
	pages *pages.Pages
}

// open shows a deal's parting to an employee.
//
//	@Summary		Our tab in the card of a deal
//	@Description	What a Bitrix24 portal makes the browser post to the placement CRM_DEAL_DETAIL_TAB. The visitor's token is shown to the portal: who may read the deal there may see the page here.
//	@ID				openCard
//	@Tags			pages
//	@Accept			x-www-form-urlencoded
//	@Produce		html
//	@Param			key	path		string	true	"the account's place key"
//	@Success		200	{string}	string
//	@Failure		403	{string}	string
//	@Failure		503	{string}	string
//	@Router			/card/bitrix24/{key} [post]
func (h cardHandlers) open(c *gin.Context) {
	d, err := readDelivery(c, offboarding.Bitrix24)
	if err != nil {
		_ = c.Error(err)
		return
	}
	acc, ok := h.account(c)
	if !ok {
		return
	}
	ctx := c.Request.Context()
	crm, able := h.cfg.Connectors[acc.Provider].(offboarding.CardShower)
	if !able {
		h.refused(c, acc, errNoVisit)
		return
	}
	visit, ok := crm.CardVisit(acc, d)
	if !ok {
		h.refused(c, acc, errNoVisit)
		return
	}
	user, err := crm.MaySeeDeal(ctx, acc, visit)
	if err != nil {
		h.refused(c, acc, err)
		return
	}
	deal, _ := strconv.ParseInt(visit.DealID, 10, 64) // both were read as ids
	who, _ := strconv.ParseInt(user.ID, 10, 64)
	h.show(c, acc, offboarding.CardContext{
		AccountID: acc.ID, DealID: deal, UserID: who, Until: h.cfg.Clock.Wall().Add(offboarding.CardContextFor),
	}, visit.Lang, pages.Tab{})
}

// errNoVisit is the one answer to every visit that the portal did not arrange.
var errNoVisit = &offboarding.Error{Kind: offboarding.KindUnauthorized, Msg: "nobody has opened a card"}

// account finds the account of the place; a wrong key looks like a wrong visit.
func (h cardHandlers) account(c *gin.Context) (*offboarding.Account, bool) {
	id, ok := h.cfg.Keys.ProvePlace(c.Param("key"))
	if !ok {
		h.refused(c, nil, errNoVisit)
		return nil, false
	}
	acc, err := h.cfg.Store.Account(c.Request.Context(), id)
	if err == nil && acc.Provider != offboarding.Bitrix24 {
		err = errNoVisit
	}
	if err != nil {
		h.refused(c, nil, err)
		return nil, false
	}
	return acc, true
}

// refused answers who is not let in, and nothing of why.
func (h cardHandlers) refused(c *gin.Context, acc *offboarding.Account, err error) {
	v, status := pages.Visit{}, http.StatusForbidden
	if acc != nil {
		v.Frame, v.Lang = originOf(acc.BaseURL), string(acc.Lang)
	}
	if e, ok := errors.AsType[*offboarding.Error](err); ok && e.Kind == offboarding.KindUnavailable {
		status = http.StatusServiceUnavailable
	} else if _, waits := errors.AsType[*offboarding.Postpone](err); waits {
		status = http.StatusServiceUnavailable
	}
	v.Lang = pages.PickLang("", v.Lang, c.GetHeader("Accept-Language"))
	h.cfg.Log.WarnContext(c.Request.Context(), "card not shown", "request_id", requestID(c), "status", status, "err", err)
	h.done(c, h.pages.Error(c.Writer, v, status, requestID(c)))
}

func (h cardHandlers) done(c *gin.Context, err error) {
	if err != nil {
		h.cfg.Log.WarnContext(c.Request.Context(), "page not written", "request_id", requestID(c), "err", err)
	}
}

// act does what an employee pressed.
//
//	@Summary	Act on a parting from the card of a deal
//	@ID			actOnCard
//	@Tags		pages
//	@Accept		x-www-form-urlencoded
//	@Produce	html
//	@Param		key		path		string	true	"the account's place key"
//	@Param		token	formData	string	true	"the signed context of the page"
//	@Param		action	formData	string	true	"start, proceed, withdraw, return, pause or resume"
//	@Param		version	formData	int		false	"the version of the case that was seen"
//	@Param		lang	formData	string	false	"ru or en"
//	@Success	200		{string}	string
//	@Failure	403		{string}	string
//	@Router		/card/bitrix24/{key}/act [post]
func (h cardHandlers) act(c *gin.Context) {
	acc, ok := h.account(c)
	if !ok {
		return
	}
	f := form(c)
	cc, ok := h.cfg.Keys.ProveCard(f.Get("token"), h.cfg.Clock.Wall())
	if !ok || cc.AccountID != acc.ID || !acc.ByOAuth() {
		h.refused(c, acc, errNoVisit)
		return
	}
	tab := pages.Tab{Done: true}
	version, _ := strconv.Atoi(f.Get("version")) // 0: none was seen
	err := h.cfg.Desk.ActOnCard(c.Request.Context(), cc, f.Get("action"), version)
	if e, known := errors.AsType[*offboarding.Error](err); err != nil {
		tab.Done, tab.Problem = false, "away"
		switch {
		case known && e.Kind == offboarding.KindStale:
			tab.Problem = "stale"
		case known && e.Kind == offboarding.KindConflict:
			tab.Problem = "rule"
		}
		h.cfg.Log.WarnContext(c.Request.Context(), "action on a card not done", "request_id", requestID(c), "account_id", acc.ID, "err", err)
	}
	h.cfg.Bell.Ring()
	h.show(c, acc, cc, f.Get("lang"), tab)
}

func (h cardHandlers) show(c *gin.Context, acc *offboarding.Account, cc offboarding.CardContext, lang string, tab pages.Tab) {
	t, err := h.cfg.Desk.CardOf(c.Request.Context(), acc, cc)
	if err != nil {
		h.refused(c, acc, err)
		return
	}
	tab.Visit = pages.Visit{
		Lang: pages.PickLang(lang, string(acc.Lang), ""), Path: "/card/bitrix24/" + h.cfg.Keys.PlaceKey(acc.ID), Company: acc.Name, Frame: originOf(acc.BaseURL),
	}
	tab.Token, tab.Actions = t.Token, t.Actions
	if k := t.Case; k != nil {
		tab.HasCase, tab.No, tab.State, tab.Client = true, k.No, k.State.Label(offboarding.Lang(tab.Lang)), k.Client.Name
		tab.Step, tab.Paused, tab.Version = t.Step.Code, k.Paused, k.Version
		if !t.Step.At.IsZero() {
			tab.At = t.Step.At.In(acc.Location())
		}
		if last, err := time.Parse(time.DateOnly, t.Step.Day); err == nil {
			tab.At = last
		}
		switch a := k.Answer; {
		case k.Shielded():
			tab.Shield = true
		case a != nil:
			tab.Reason, tab.NPS = reasonLabel(a.Reason, tab.Lang), a.NPS
			if !k.NamesSource() {
				tab.Comment = a.Comment
			}
		case k.Reason.Code != "":
			tab.Reason = reasonLabel(k.Reason.Code, tab.Lang)
		}
	}
	h.done(c, h.pages.Tab(c.Writer, tab))
}

// reasonLabel is a reason in the client's words.
func reasonLabel(code, lang string) string {
	if r, ok := survey.Lookup(code); ok {
		return r.Label(lang)
	}
	for _, g := range survey.Groups() {
		if g.Code == survey.GroupOf(code) {
			return g.Label(lang)
		}
	}
	return ""
}
