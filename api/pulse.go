package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/api/pages"
	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

const pulseMaxText = 4000

// PulseLinkResponse is the address to put into the message that brings the
// quarterly inventory.
type PulseLinkResponse struct {
	URL       string    `json:"url" example:"https://opendoor.example.com/p/4yJk…"`
	ExpiresAt time.Time `json:"expires_at"`
} //	@name	PulseLink

// PulseAnswerResponse is what a client said.
type PulseAnswerResponse struct {
	ID        uuid.UUID `json:"id"`
	Mark      *int      `json:"mark,omitempty" example:"5"`
	Text      string    `json:"text,omitempty" example:"долго отвечаете"`
	By        string    `json:"by" example:"client"`
	CreatedAt time.Time `json:"created_at"`
} //	@name	PulseAnswer

// pulseLink answers the address of this quarter's question.
//
//	@Summary		Address of the pulse page
//	@Description	For the message that brings the quarterly inventory; within a quarter it stays the same. Rules: contract_over.
//	@ID				linkPulse
//	@Tags			contracts
//	@Produce		json
//	@Param			id				path		string	true	"contract id"	Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		200				{object}	PulseLinkResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/{id}/pulse/link [post]
func (h contractHandlers) pulseLink(c *gin.Context) {
	id, err := pathID(c)
	var token string
	var expires time.Time
	if err == nil {
		token, expires, err = h.cfg.Desk.PulseLink(c.Request.Context(), scopeOf(c), id)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, PulseLinkResponse{strings.TrimRight(h.cfg.PublicURL, "/") + "/" + string(offboarding.PurposePulse) + "/" + token, expires})
}

// pulses lists what the client said.
//
//	@Summary	List pulse answers
//	@ID			listPulses
//	@Tags		contracts
//	@Produce	json
//	@Param		id		path		string	true	"contract id"	Format(uuid)
//	@Param		limit	query		int		false	"1 to 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[PulseAnswerResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/contracts/{id}/pulse [get]
func (h contractHandlers) pulses(c *gin.Context) {
	id, err := pathID(c)
	var p offboarding.Page
	if err == nil {
		p, err = page(c)
	}
	var k *offboarding.ContractRecord
	if err == nil {
		k, err = h.cfg.Store.Contract(c.Request.Context(), scopeOf(c), id)
	}
	var all []*offboarding.PulseAnswer
	if err == nil {
		all, err = h.cfg.Store.PulsesOf(c.Request.Context(), k.ID, more(p))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	who := personOf(c)
	c.JSON(http.StatusOK, listOf(all, p.Limit, func(a *offboarding.PulseAnswer) uuid.UUID { return a.ID }, func(a *offboarding.PulseAnswer) PulseAnswerResponse {
		r := PulseAnswerResponse{a.ID, a.Mark, a.Text, string(a.By), a.CreatedAt.UTC()}
		if !a.MayBeReadBy(who, k) {
			r.Text = ""
		}
		return r
	}))
}

// pulseVisit finds what the token leads to, or answers that it leads nowhere.
func (h pageHandlers) pulseVisit(c *gin.Context) (*offboarding.PulseVisit, pages.Pulse, bool) {
	v, err := h.desk.VisitPulse(c.Request.Context(), c.Param("token"))
	shown := pages.Pulse{Visit: pages.Visit{Path: c.Request.URL.Path}, Max: pulseMaxText}
	letter := ""
	if err == nil {
		letter = string(v.Contract.Client.Lang.Or(v.Account.Lang.Or(offboarding.RU)))
		shown.Company, shown.Contract = v.Account.Name, v.Contract.Number
	}
	shown.Lang = pages.PickLang(c.Query("lang"), letter, c.GetHeader("Accept-Language"))
	switch {
	case offboarding.IsKind(err, offboarding.KindNotFound):
		h.done(c, h.pages.NotFound(c.Writer, shown.Visit))
		return nil, shown, false
	case err != nil:
		h.failed(c, shown.Visit, err)
		return nil, shown, false
	case v.Expired:
		h.done(c, h.pages.Expired(c.Writer, shown.Visit))
		return nil, shown, false
	}
	return v, shown, true
}

// showPulse asks a client who stays what could be better.
//
//	@Summary	Pulse page
//	@ID			showPulse
//	@Tags		pages
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Param		lang	query		string	false	"ru or en"
//	@Success	200		{string}	string
//	@Failure	404		{string}	string
//	@Failure	410		{string}	string
//	@Router		/p/{token} [get]
func (h pageHandlers) showPulse(c *gin.Context) {
	if _, shown, ok := h.pulseVisit(c); ok {
		h.done(c, h.pages.Pulse(c.Writer, shown))
	}
}

// answerPulse takes the answer.
//
//	@Summary		Answer the pulse
//	@Description	A mark, a few words, or both; each answer is kept. A form of our own page counts only when its button was pressed.
//	@ID				answerPulse
//	@Tags			pages
//	@Accept			x-www-form-urlencoded
//	@Produce		html
//	@Param			token	path		string	true	"the link's token"
//	@Param			mark	formData	int		false	"0 to 10"
//	@Param			text	formData	string	false	"in the client's own words"
//	@Success		200		{string}	string
//	@Failure		404		{string}	string
//	@Failure		410		{string}	string
//	@Failure		422		{string}	string
//	@Router			/p/{token} [post]
func (h pageHandlers) answerPulse(c *gin.Context) {
	v, shown, ok := h.pulseVisit(c)
	if !ok {
		return
	}
	posted := form(c)
	if l := posted.Get("lang"); l == "ru" || l == "en" {
		shown.Lang = l
	}
	shown.Text = strings.TrimSpace(posted.Get("text"))
	wrong := false
	if s := posted.Get("mark"); s != "" {
		n, err := strconv.Atoi(s)
		if wrong = err != nil || n < 0 || n > 10; !wrong {
			shown.Mark = &n
		}
	}
	if !survey.Deliberate(posted) {
		shown.Unconfirmed = true
		h.done(c, h.pages.Pulse(c.Writer, shown))
		return
	}
	if wrong || shown.Mark == nil && shown.Text == "" || utf8.RuneCountInString(shown.Text) > pulseMaxText {
		shown.Problem = true
		h.done(c, h.pages.Pulse(c.Writer, shown))
		return
	}
	if _, _, err := h.desk.Pulse(c.Request.Context(), nil, v.Contract.ID, shown.Mark, shown.Text, offboarding.ActorClient); err != nil {
		h.failed(c, shown.Visit, err)
		return
	}
	h.bell.Ring()
	shown.Thanks = true
	h.done(c, h.pages.Pulse(c.Writer, shown))
}
