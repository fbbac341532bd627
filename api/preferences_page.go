package api

import (
	"slices"

	"github.com/gin-gonic/gin"

	"opendoor/api/pages"
	"opendoor/offboarding"
)

// preferences shows what the client has allowed, and how to end it.
//
//	@Summary	Contact preferences
//	@ID			showPreferences
//	@Tags		pages
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Param		lang	query		string	false	"ru or en"
//	@Success	200		{string}	string
//	@Failure	404		{string}	string
//	@Failure	410		{string}	string
//	@Router		/u/{token} [get]
func (h pageHandlers) preferences(c *gin.Context) {
	if v, shown, ok := h.visit(c, offboarding.PurposePreferences); ok {
		h.showPreferences(c, v, pages.Preferences{Visit: shown})
	}
}

// savePreferences writes down what the client allows, or stops all letters at
// once: by the page's own button, or by a mail program (RFC 8058).
//
//	@Summary		Save contact preferences, or stop letters
//	@Description	With List-Unsubscribe=One-Click all letters stop. Else, with save=1, each preference that stands under shown is allowed when it stands under allow too, and refused when not. Anything else changes nothing.
//	@ID				unsubscribe
//	@Tags			pages
//	@Accept			x-www-form-urlencoded
//	@Produce		html
//	@Param			token				path		string		true	"the link's token"
//	@Param			List-Unsubscribe	formData	string		false	"One-Click"
//	@Param			save				formData	string		false	"1: the button that saves"
//	@Param			shown				formData	[]string	false	"preferences that were shown, as email/marketing"	collectionFormat(multi)
//	@Param			allow				formData	[]string	false	"those that are ticked"								collectionFormat(multi)
//	@Param			wording				formData	string		false	"version of the words that were shown"
//	@Success		200					{string}	string
//	@Failure		404					{string}	string
//	@Failure		410					{string}	string
//	@Router			/u/{token} [post]
func (h pageHandlers) savePreferences(c *gin.Context) {
	v, shown, ok := h.visit(c, offboarding.PurposePreferences)
	if !ok {
		return
	}
	posted := form(c)
	if l := posted.Get("lang"); l == "ru" || l == "en" {
		shown.Lang = l
	}
	told := offboarding.Told{Lang: offboarding.Lang(shown.Lang), Source: "preferences", IP: c.ClientIP()}
	ctx := c.Request.Context()
	view := pages.Preferences{Visit: shown}
	var err error
	switch {
	case posted.Get("List-Unsubscribe") == "One-Click":
		told.Source = "one-click"
		err = h.desk.Unsubscribe(ctx, v, told)
	case posted.Get("save") != "1" || posted.Get("wording") != offboarding.PreferencesVersion: // a scanner, or a page of an older version
		view.Unconfirmed = true
	default:
		err = h.desk.SavePreferences(ctx, v, posted["shown"], posted["allow"], told)
		view.Saved = err == nil
	}
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	h.bell.Ring()
	h.showPreferences(c, v, view)
}

func (h pageHandlers) showPreferences(c *gin.Context, v *offboarding.Visit, view pages.Preferences) {
	all, stopped, err := h.desk.Preferences(c.Request.Context(), v)
	if err != nil {
		h.failed(c, view.Visit, err)
		return
	}
	view.Stopped, view.Wording = stopped, offboarding.PreferencesVersion
	if !slices.ContainsFunc(all, func(p offboarding.Preference) bool { return p.Channel == offboarding.ChannelTelegram }) {
		if view.ChatURL, err = h.desk.ChatURL(c.Request.Context(), v); err != nil {
			h.failed(c, view.Visit, err)
			return
		}
	}
	for _, p := range all {
		i := slices.IndexFunc(view.Channels, func(ch pages.PreferenceChannel) bool { return ch.Code == string(p.Channel) })
		if i < 0 {
			i = len(view.Channels)
			view.Channels = append(view.Channels, pages.PreferenceChannel{Code: string(p.Channel), Place: pages.Masked(p.Person)})
		}
		view.Channels[i].Boxes = append(view.Channels[i].Boxes, pages.PreferenceBox{
			Code: p.Code(), Class: string(p.Class), Words: offboarding.PreferenceWords(p, offboarding.Lang(view.Lang)),
			Said: p.Said, Given: p.Given, Since: p.Since.In(v.Case.Location(v.Account)),
		})
	}
	h.done(c, h.pages.Preferences(c.Writer, view))
}
