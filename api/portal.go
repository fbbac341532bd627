package api

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/api/pages"
	"opendoor/documents"
	"opendoor/offboarding"
)

// portalHandlers answer /h/{token}: the handover for the client and, with the
// client's consent, for the successor.
type portalHandlers struct {
	pageHandlers
	cfg Config
}

const (
	sessionCookie = "opendoor_h"
	sessionDays   = 30
)

// guest finds who opened the link, or answers that it leads nowhere. Guessed,
// foreign and revoked links look like unknown ones.
func (h portalHandlers) guest(c *gin.Context) (*offboarding.Guest, pages.Visit, bool) {
	session, _ := c.Cookie(sessionCookie)
	g, err := h.cfg.Clerk.Welcome(c.Request.Context(), c.Param("token"), session)
	shown := pages.Visit{Path: "/h/" + c.Param("token")}
	letter := ""
	if err == nil && !g.Expired {
		letter = string(g.Folder.Case.Lang(g.Folder.Account))
		shown.Company = g.Folder.Account.Name
	}
	shown.Lang = pages.PickLang(c.Query("lang"), letter, c.GetHeader("Accept-Language"))
	switch {
	case offboarding.IsKind(err, offboarding.KindNotFound):
		h.done(c, h.pages.NotFound(c.Writer, shown))
		return nil, shown, false
	case err != nil:
		h.failed(c, shown, err)
		return nil, shown, false
	}
	return g, shown, true
}

// show answers the list, or asks for the code.
//
//	@Summary	Handover portal
//	@ID			showPortal
//	@Tags		pages
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Success	200		{string}	string
//	@Failure	404		{string}	string
//	@Failure	410		{string}	string
//	@Router		/h/{token} [get]
func (h portalHandlers) show(c *gin.Context) {
	if g, shown, ok := h.guest(c); ok {
		h.answer(c, g, shown, "", false)
	}
}

func (h portalHandlers) answer(c *gin.Context, g *offboarding.Guest, shown pages.Visit, note string, codeSent bool) {
	v, status := pages.Portal{Visit: shown, Note: note, Rate: g.MayRate()}, http.StatusOK
	for mark := range 11 {
		v.Marks = append(v.Marks, mark)
	}
	switch {
	case g.Expired:
		v.Step, status = "more", http.StatusGone
	case !g.Known:
		v.Step, v.Email = "code", masked(g.Pass.Email)
	default:
		h.list(&v, g, codeSent)
	}
	h.done(c, h.pages.Portal(c.Writer, status, v))
}

// masked shows enough of an address to recognise one's own.
func masked(email string) string {
	name, domain, _ := strings.Cut(email, "@")
	if r := []rune(name); len(r) > 2 {
		name = string(r[:2]) + "…"
	}
	return name + "@" + domain
}

func (h portalHandlers) list(v *pages.Portal, g *offboarding.Guest, codeSent bool) {
	f, say := g.Folder, sayIn(v)
	loc := f.Account.Location()
	v.Step, v.CodeSent = "list", codeSent
	if f.Handover.DueOn != "" {
		v.Lead = say("Срок передачи: ", "Due: ") + offboarding.ShowDay(f.Handover.DueOn, offboarding.Lang(v.Lang)) + "."
	}
	c := f.Handover.Contact
	v.Person = strings.Join(slices.DeleteFunc([]string{c.Name, c.Phone, c.Email, c.Hours}, func(s string) bool { return s == "" }), " · ")
	client := g.Pass.Role == offboarding.GrantClient
	v.Papers = []pages.PortalPaper{{Href: "papers/inventory.pdf", Name: say("Опись (PDF)", "Inventory (PDF)")}, {Href: "papers/inventory.xlsx", Name: say("Опись (XLSX)", "Inventory (XLSX)")}}
	if client {
		v.Papers = append(v.Papers, pages.PortalPaper{Href: "papers/act.pdf", Name: say("Акт приёма-передачи (PDF)", "Acceptance act (PDF)")})
		if file, err := f.Package(); err == nil {
			v.Papers = append(v.Papers, pages.PortalPaper{Href: "papers/package.zip", Name: say("Весь пакет (ZIP)", "The whole package (ZIP)"), Size: documents.Bytes(file.Size, v.Lang) + " · SHA-256 " + file.SHA256})
		}
	}
	if client && g.ShowsAccount() {
		v.Papers = append(v.Papers, pages.PortalPaper{Href: "papers/settlement.pdf", Name: say("Финальный расчёт (PDF)", "Final account (PDF)")})
		if strings.EqualFold(g.Pass.Email, f.Case.Client.Email) {
			v.Contest = "/l/" + h.cfg.Keys.LinkToken(offboarding.PurposeChoice, f.Case.ID, f.Case.Client.Email) + "?choice=contest&lang=" + v.Lang
		}
	}
	words := map[offboarding.ItemStatus]string{
		offboarding.ItemExpected: say("ожидается", "expected"), offboarding.ItemMissing: say("пока нет", "not here yet"), offboarding.ItemCollected: say("собрано", "collected"),
		offboarding.ItemDelivered: say("передано", "handed over"), offboarding.ItemAccepted: say("получено", "received"), offboarding.ItemRemarked: say("есть замечание", "remarked"),
	}
	for _, it := range g.Items() {
		p := pages.PortalItem{ID: it.ID.String(), Pos: it.Pos, Title: it.Title, Status: words[it.Status], Why: strings.Trim(it.MissingReason+" · "+offboarding.ShowDay(it.PromisedOn, offboarding.Lang(v.Lang)), " ·"), Remark: strings.Trim(it.Remark+" — "+it.Answer, " —")}
		if it.There() {
			p.Why = ""
			if it.File != nil {
				p.File, p.Size, p.Sum = it.File.Name, documents.Bytes(it.File.Size, v.Lang), it.File.SHA256
			}
		}
		v.Items = append(v.Items, p)
	}
	titles := map[uuid.UUID]string{}
	for _, it := range g.Items() {
		titles[it.ID] = it.Title
	}
	v.MayAsk = g.MayAsk(h.cfg.Clock.Now())
	for _, q := range g.Questions() {
		about := ""
		if q.ItemID != nil {
			about = titles[*q.ItemID]
		}
		v.Questions = append(v.Questions, pages.PortalQuestion{About: about, Text: q.Text, At: q.At.In(loc).Format("02.01.2006 15:04"), Answer: q.Answer, By: q.AnswerBy.In(loc).Format("02.01.2006")})
	}
	v.Receipts = []string{"received", "missing", "unreadable", "remark"}
	v.May = client && f.Handover.Acceptance == nil
	v.Rules = offboarding.SignRules(offboarding.Lang(v.Lang))
	if client && f.Handover.Acceptance != nil {
		showSigned(v, f)
	}
}

// sayIn says the same in the language of the page.
func sayIn(v *pages.Portal) func(ru, en string) string {
	return func(ru, en string) string {
		if v.Lang == "en" {
			return en
		}
		return ru
	}
}

// showSigned shows when the act was signed, and what lies beside it.
func showSigned(v *pages.Portal, f *offboarding.Folder) {
	say, loc, a := sayIn(v), f.Account.Location(), f.Handover.Acceptance
	v.Signed = say("Акт подписан ", "The act was signed on ") + a.At.In(loc).Format("02.01.2006 15:04") + "."
	if a.Signed != nil {
		v.Papers = append(v.Papers, pages.PortalPaper{Href: "papers/signed.pdf", Name: say("Подписанный акт с протоколом (PDF)", "Signed act with its protocol (PDF)")})
	}
	for _, p := range f.Handover.SignedPapers() {
		if p.Kind == offboarding.SignedProtocol {
			continue
		}
		beside := pages.PortalSigned{Href: "papers/" + p.Kind, Name: p.File.Name, Size: documents.Bytes(p.File.Size, v.Lang), Sum: p.File.SHA256, What: p.Label(offboarding.Lang(v.Lang))}
		if p.Came != nil {
			beside.Came = say("загружено вами ", "uploaded by you on ")
			if p.Came.From != offboarding.ActorClient {
				beside.Came = say("загружено нами ", "uploaded by us on ")
			}
			beside.Came += p.Came.At.In(loc).Format("02.01.2006 15:04")
		}
		v.Beside = append(v.Beside, beside)
	}
}

// act does what the guest asks for. Every form carries what its button does, so
// that a form without a press says nothing.
//
//	@Summary	Act in the handover portal
//	@ID			actInPortal
//	@Tags		pages
//	@Accept		x-www-form-urlencoded
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Param		do		formData	string	true	"code, resend, receipt, question, sign_code, sign, rate or more_time"
//	@Param		code	formData	string	false	"the code from the letter"
//	@Param		item	formData	string	false	"item id"
//	@Param		receipt	formData	string	false	"received, missing, unreadable or remark"
//	@Param		remark	formData	string	false	"what is wrong"
//	@Param		text	formData	string	false	"a question"
//	@Param		name	formData	string	false	"who signs"
//	@Success	200		{string}	string
//	@Success	303		{string}	string
//	@Failure	404		{string}	string
//	@Failure	410		{string}	string
//	@Router		/h/{token} [post]
func (h portalHandlers) act(c *gin.Context) {
	g, shown, ok := h.guest(c)
	if !ok {
		return
	}
	f := form(c)
	if l := f.Get("lang"); l == "ru" || l == "en" {
		shown.Lang = l
	}
	ctx, do := c.Request.Context(), f.Get("do")
	note, codeSent := "", false
	var err error
	switch {
	case g.Expired && do == "more_time":
		err, note = h.cfg.Clerk.MoreTime(ctx, g), "portal.more.asked"
	case g.Expired:
	case do == "code":
		var session string
		if session, err = h.cfg.Clerk.Enter(ctx, g, f.Get("code")); err == nil {
			h.remember(c, session)
			h.bell.Ring()
			c.Redirect(http.StatusSeeOther, shown.Path+"?lang="+shown.Lang)
			return
		}
	case do == "resend":
		err, note = h.cfg.Clerk.SendCode(ctx, g, false), "portal.code.sent"
	case do == "rate":
		mark, perr := strconv.Atoi(f.Get("nps"))
		if perr != nil {
			mark = -1
		}
		err, note = h.cfg.Clerk.Rate(ctx, g, mark, f.Get("text")), "portal.rated"
	case !g.Known:
	case do == "receipt" && f.Get("ask") != "":
		id, perr := uuid.Parse(f.Get("item"))
		if err = perr; err == nil {
			err = h.cfg.Clerk.Ask(ctx, g, &id, f.Get("remark"))
		} else {
			err = offboarding.Invalid("no such item")
		}
		note = "portal.asked"
	case do == "receipt":
		id, perr := uuid.Parse(f.Get("item"))
		if err = perr; err == nil {
			err = h.cfg.Clerk.Acknowledge(ctx, g, id, offboarding.Receipt(f.Get("receipt")), f.Get("remark"))
		} else {
			err = offboarding.Invalid("no such item")
		}
		note = "portal.noted"
	case do == "question":
		err, note = h.cfg.Clerk.Ask(ctx, g, nil, f.Get("text")), "portal.asked"
	case do == "sign_code":
		err, note, codeSent = h.cfg.Clerk.SendCode(ctx, g, true), "portal.code.sent", true
	case do == "sign":
		err, note, codeSent = h.cfg.Clerk.Sign(ctx, g, f.Get("name"), f.Get("code"), c.ClientIP()), "portal.signed", true
	}
	h.say(c, shown, note, codeSent, err)
}

// say answers with the page and what has just happened.
func (h portalHandlers) say(c *gin.Context, shown pages.Visit, note string, codeSent bool, err error) {
	switch {
	case errors.Is(err, offboarding.ErrCode):
		note = "portal.code.wrong"
	case errors.Is(err, offboarding.Rule("codes_too_often", "")):
		note = "portal.code.often"
	case offboarding.IsKind(err, offboarding.KindInvalid), offboarding.IsKind(err, offboarding.KindConflict), offboarding.IsKind(err, offboarding.KindNotFound):
		note = "portal.incomplete"
	case err != nil:
		h.failed(c, shown, err)
		return
	}
	h.bell.Ring()
	if g, _, ok := h.guest(c); ok {
		h.answer(c, g, shown, note, codeSent)
	}
}

// remember keeps the session in the browser, for this link only.
func (h portalHandlers) remember(c *gin.Context, session string) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure wherever the installation itself is reached by https
		Name: sessionCookie, Value: session, Path: "/h/" + c.Param("token"), MaxAge: sessionDays * 24 * int(time.Hour/time.Second), HttpOnly: true,
		Secure: strings.HasPrefix(h.cfg.PublicURL, "https://"), SameSite: http.SameSiteLaxMode,
	})
}

// known lets a guest through who has given the code.
func (h portalHandlers) known(c *gin.Context) (*offboarding.Guest, pages.Visit, bool) {
	g, shown, ok := h.guest(c)
	if ok && (g.Expired || !g.Known) {
		h.answer(c, g, shown, "", false)
		return nil, shown, false
	}
	return g, shown, ok
}

// file answers the file of an item, in parts when asked.
//
//	@Summary	Download a file in the portal
//	@ID			getPortalFile
//	@Tags		pages
//	@Produce	octet-stream
//	@Param		token	path		string	true	"the link's token"
//	@Param		item	path		string	true	"item id"
//	@Success	200		{file}		file
//	@Failure	404		{string}	string
//	@Router		/h/{token}/files/{item} [get]
func (h portalHandlers) file(c *gin.Context) {
	g, shown, ok := h.known(c)
	if !ok {
		return
	}
	id, err := subID(c, "item")
	var it *offboarding.Item
	if err == nil {
		it, err = g.File(id)
	}
	if err != nil {
		h.done(c, h.pages.NotFound(c.Writer, shown))
		return
	}
	h.send(c, g, shown, it.File, it.Title)
}

func (h portalHandlers) send(c *gin.Context, g *offboarding.Guest, shown pages.Visit, file *offboarding.ItemFile, what string) {
	r, err := h.cfg.Clerk.OpenFile(c.Request.Context(), file)
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	defer r.Close()
	h.note(c, g, what)
	sendFile(c, r, file)
}

func (h portalHandlers) note(c *gin.Context, g *offboarding.Guest, what string) {
	if c.Request.Method != http.MethodGet || !wholeRange(c.Request) {
		return
	}
	if err := h.cfg.Clerk.Downloaded(c.Request.Context(), g, what); err != nil {
		h.log.WarnContext(c.Request.Context(), "download not noted", "case_id", g.Folder.Case.ID, "err", err)
	}
}

// paper answers one of the papers, or the whole package.
//
//	@Summary	Download a paper in the portal
//	@ID			getPortalPaper
//	@Tags		pages
//	@Produce	octet-stream
//	@Param		token	path		string	true	"the link's token"
//	@Param		paper	path		string	true	"inventory.pdf, inventory.xlsx, act.pdf, settlement.pdf, package.zip, signed.pdf; scan, signature or document, when they stand beside the act"
//	@Success	200		{file}		file
//	@Failure	404		{string}	string
//	@Router		/h/{token}/papers/{paper} [get]
func (h portalHandlers) paper(c *gin.Context) {
	g, shown, ok := h.known(c)
	if !ok {
		return
	}
	name, client := c.Param("paper"), g.Pass.Role == offboarding.GrantClient
	papers := map[string]struct {
		kind        offboarding.PaperKind
		contentType string
		forClient   bool
	}{"settlement.pdf": {offboarding.PaperAccount, typePDF, true}, "inventory.pdf": {offboarding.PaperInventory, typePDF, false}, "inventory.xlsx": {offboarding.PaperTable, typeXLSX, false}, "act.pdf": {offboarding.PaperAct, typePDF, true}}
	a := g.Folder.Handover.Acceptance
	switch p, known := papers[name]; {
	case p.kind == offboarding.PaperAccount && !g.ShowsAccount():
		h.done(c, h.pages.NotFound(c.Writer, shown))
	case known && (client || !p.forClient):
		var b bytes.Buffer
		if err := h.cfg.Clerk.Paper(c.Request.Context(), g.Folder, p.kind, g.Pass.Role, &b); err != nil {
			h.failed(c, shown, err)
			return
		}
		h.note(c, g, name)
		c.Header("Content-Disposition", attachment(name))
		c.Data(http.StatusOK, p.contentType, b.Bytes())
	case client && name == "signed.pdf" && a != nil && a.Signed != nil:
		h.send(c, g, shown, a.Signed, name)
	case client && name == "package.zip":
		file, err := g.Folder.Package()
		if err != nil {
			h.done(c, h.pages.NotFound(c.Writer, shown))
			return
		}
		h.send(c, g, shown, file, name)
	default:
		for _, p := range g.Folder.Handover.SignedPapers() {
			if client && p.Kind == name && a != nil {
				h.send(c, g, shown, p.File, p.File.Name)
				return
			}
		}
		h.done(c, h.pages.NotFound(c.Writer, shown))
	}
}
