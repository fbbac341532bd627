package bitrix24sim

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Lifetimes of what the authorisation server hands out (reference §3).
const (
	codeLifetime    = 30 * time.Second
	accessLifetime  = time.Hour
	refreshLifetime = 180 * 24 * time.Hour
)

// appScopes is what the local application may do.
const appScopes = "crm,task,user_brief,disk,placement,bizproc"

// application is the one local application of the portal.
type application struct {
	installed bool
	tokens    map[string]*token // by access token
	refresh   map[string]*token // by refresh token
	codes     map[string]*code
}

// token is a pair of tokens of one user.
type token struct {
	access, refresh string
	userID          int
	until           time.Time // of the access token
	refreshUntil    time.Time
}

type code struct {
	userID int
	until  time.Time
}

func newApplication() application {
	return application{
		installed: true,
		tokens:    make(map[string]*token), refresh: make(map[string]*token), codes: make(map[string]*code),
	}
}

// issue makes a new pair of tokens; the portal must be locked.
func (a *application) issue(userID int, now time.Time) *token {
	t := &token{access: randomToken(), refresh: randomToken(), userID: userID, until: now.Add(accessLifetime), refreshUntil: now.Add(refreshLifetime)}
	for access, old := range a.tokens { // a portal forgets tokens that expired long ago
		if now.Sub(old.until) > accessLifetime {
			delete(a.tokens, access)
		}
	}
	a.tokens[t.access], a.refresh[t.refresh] = t, t
	return t
}

// actor finds out whose token it is; the portal must be locked.
func (a *application) actor(access string, now time.Time) (actor, error) {
	t := a.tokens[access]
	switch {
	case t == nil:
		return actor{}, errInvalidToken
	case !now.Before(t.until):
		return actor{}, errExpiredToken
	}
	return actor{userID: t.userID, app: true, scopes: strings.Split(appScopes, ","), key: "application"}, nil
}

// IssueToken hands out tokens of the application for a user, as an installation
// does.
func (s *Sim) IssueToken(userID int) (access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.app.issue(userID, s.now())
	return t.access, t.refresh
}

// ExpireTokens ends all access tokens; refresh tokens stay good.
func (s *Sim) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.app.tokens {
		t.until = s.now()
	}
}

// RevokeTokens makes all tokens worthless, refresh tokens too, as a
// reinstallation does; only a new installation or consent helps.
func (s *Sim) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.app.refresh)
	for _, t := range s.app.tokens {
		t.until = s.now()
	}
}

// InstallApplication posts ONAPPINSTALL to the address, with tokens of the user.
func (s *Sim) InstallApplication(target string, userID int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.installed = true
	s.queue.add(&delivery{
		Delivery: Delivery{Event: "ONAPPINSTALL", URL: target},
		body: func(at time.Time) string {
			return row("event", "ONAPPINSTALL", "data", row("VERSION", "1", "ACTIVE", "Y", "INSTALLED", "Y", "LANGUAGE_ID", s.cfg.Lang),
				"ts", at.Unix(), "auth", s.userAuth(s.app.issue(cmp.Or(userID, s.cfg.UserID), at), at, true, s.cfg.ApplicationToken)).encodeForm()
		},
	}, s.eventFault("ONAPPINSTALL"))
}

// UninstallApplication revokes all tokens, forgets the application's handlers
// and posts ONAPPUNINSTALL to the address, or to the one that the application has
// bound; clean asks it to erase its data.
func (s *Sim) UninstallApplication(target string, clean bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if target = cmp.Or(target, s.uninstallHandler()); target == "" {
		target = s.portal // nobody wants to know
	}
	s.app = newApplication()
	s.app.installed = false
	s.handlers = slices.DeleteFunc(s.handlers, func(h *handler) bool { return h.app })
	s.placements, s.appRobots = nil, nil
	h := &handler{token: s.cfg.ApplicationToken}
	s.queue.add(&delivery{
		Delivery: Delivery{Event: "ONAPPUNINSTALL", URL: target},
		body: func(at time.Time) string {
			return row("event", "ONAPPUNINSTALL", "data", row("LANGUAGE_ID", s.cfg.Lang, "CLEAN", clean), "ts", at.Unix(),
				"auth", s.eventAuth(h, actor{}, at)).encodeForm()
		},
	}, s.eventFault("ONAPPUNINSTALL"))
}

// serveAuthorize is the page on which a user lets the application in; the
// simulator's user always does.
func (s *Sim) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	target, err := url.Parse(s.cfg.Redirect)
	if err != nil || s.cfg.Redirect == "" || q.Get("client_id") != s.cfg.ClientID {
		http.Error(w, s.text("Приложение не найдено", "Application not found"), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	c := randomToken()
	s.app.installed = true
	s.app.codes[c] = &code{userID: s.cfg.UserID, until: s.now().Add(codeLifetime)}
	server := s.authServer()
	s.mu.Unlock()
	back := target.Query()
	for name, v := range map[string]string{
		"code": c, "state": q.Get("state"), "domain": s.cfg.Domain, "member_id": s.cfg.MemberID, "scope": appScopes, "server_domain": server,
	} {
		back.Set(name, v)
	}
	target.RawQuery = back.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

// authServer is the host of the authorisation server. The simulator is its own.
func (s *Sim) authServer() string {
	u, err := url.Parse(s.portal)
	if err != nil {
		return s.cfg.Domain
	}
	return u.Host
}

// serveToken hands out tokens for a code or a refresh token, which rotates.
func (s *Sim) serveToken(w http.ResponseWriter, r *http.Request) {
	params, err := readParams(w, r)
	if err != nil {
		http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
		return
	}
	seq := s.ledger.open(Request{At: s.now(), Verb: r.Method, Method: "oauth.token", Params: loggable(params)})
	status, body := s.exchange(params)
	s.ledger.closeAs(seq, status, toString(body.get("error")), 0)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(appendJSON(nil, body))
}

func (s *Sim) exchange(params *array) (int, *array) {
	refuse := func(status int, code, desc string) (int, *array) {
		return status, row("error", code, "error_description", desc)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	grant := toString(params.get("grant_type"))
	if f := s.use("oauth.token", func(k FaultKind) bool { return k == FaultPlan || k == FaultCredentials || k == FaultInternal }); f != nil {
		switch f.Kind {
		case FaultPlan:
			return refuse(http.StatusUnauthorized, "PAYMENT_REQUIRED", "Payment required")
		case FaultCredentials:
			return refuse(http.StatusBadRequest, "invalid_grant", "Invalid grant")
		default:
			return errInternal.status, errInternal.array()
		}
	}
	if toString(params.get("client_id")) != s.cfg.ClientID || toString(params.get("client_secret")) != s.cfg.ClientSecret {
		return refuse(http.StatusUnauthorized, "invalid_client", "Invalid client")
	}
	var userID int
	switch grant {
	case "authorization_code":
		name := toString(params.get("code"))
		c := s.app.codes[name]
		delete(s.app.codes, name)
		if c == nil || now.After(c.until) {
			return refuse(http.StatusBadRequest, "invalid_grant", "Invalid grant")
		}
		userID = c.userID
	case "refresh_token":
		name := toString(params.get("refresh_token"))
		t := s.app.refresh[name]
		delete(s.app.refresh, name)
		if t == nil || now.After(t.refreshUntil) {
			return refuse(http.StatusBadRequest, "invalid_grant", "Invalid grant")
		}
		userID = t.userID
	default:
		return refuse(http.StatusBadRequest, "invalid_request", "Invalid request")
	}
	t := s.app.issue(userID, now)
	out := row("access_token", t.access, "client_endpoint", s.clientEndpoint(), "domain", s.authServer())
	if grant == "refresh_token" {
		out.set("expires", t.until.Unix())
	}
	out.merge(row("expires_in", int(accessLifetime.Seconds()), "member_id", s.cfg.MemberID, "refresh_token", t.refresh,
		"scope", appScopes, "server_endpoint", s.serverEndpoint(), "status", "L"))
	if grant == "refresh_token" {
		out.set("user_id", t.userID)
	}
	return http.StatusOK, out
}

// appInfo is app.info; only the application sees it.
func (c *call) appInfo() (answer, error) {
	s := c.sim
	return answer{result: row("ID", 5, "CODE", s.cfg.ClientID, "VERSION", 1, "STATUS", "L", "INSTALLED", s.app.installed,
		"PAYMENT_EXPIRED", "N", "DAYS", nil, "LANGUAGE_ID", s.cfg.Lang, "LICENSE", s.cfg.Lang+"_basic", "LICENSE_TYPE", "basic",
		"LICENSE_FAMILY", "basic")}, nil
}

// placement is a page of the application inside the portal.
type placement struct {
	code, target, title string
}

func (c *call) placementBind() (answer, error) {
	s := c.sim
	get := func(name string) string {
		v, _ := c.params.lookup(name)
		return toString(v)
	}
	p := &placement{code: strings.ToUpper(get("PLACEMENT")), target: get("HANDLER"), title: get("TITLE")}
	if p.code == "" {
		return answer{}, missingParameter("PLACEMENT")
	}
	if _, err := url.ParseRequestURI(p.target); err != nil {
		return answer{}, badRequest("ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty")
	}
	if slices.ContainsFunc(s.placements, func(have *placement) bool { return have.code == p.code && have.target == p.target }) {
		return answer{}, badRequest("ERROR_PLACEMENT_HANDLER_EXISTS", "Unable to set placement handler: Handler already binded")
	}
	s.placements = append(s.placements, p)
	return answer{result: true}, nil
}

func (c *call) placementUnbind() (answer, error) {
	s := c.sim
	code, _ := c.params.lookup("PLACEMENT")
	target, named := c.params.lookup("HANDLER")
	before := len(s.placements)
	s.placements = slices.DeleteFunc(s.placements, func(p *placement) bool {
		return strings.EqualFold(p.code, toString(code)) && (!named || p.target == toString(target))
	})
	return answer{result: row("count", before-len(s.placements))}, nil
}

func (c *call) placementGet() (answer, error) {
	out := &array{}
	for _, p := range c.sim.placements {
		out.push(row("placement", p.code, "userId", 0, "handler", p.target, "title", p.title, "description", ""))
	}
	return answer{result: out}, nil
}

// PlacementRequest is what the browser posts when somebody opens the tab of the
// application in a deal card: an address with its query, and a form.
func (s *Sim) PlacementRequest(dealID, userID int) (target, form string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.placements, func(p *placement) bool { return p.code == "CRM_DEAL_DETAIL_TAB" })
	if i < 0 {
		return "", "", false
	}
	p := s.placements[i]
	t := s.app.issue(cmp.Or(userID, s.cfg.UserID), s.now())
	query := row("DOMAIN", s.cfg.Domain, "PROTOCOL", 1, "LANG", s.cfg.Lang, "APP_SID", randomToken()).encodeForm()
	id := strconv.Itoa(dealID)
	options := string(appendJSON(nil, row("ID", id, "URI", "/crm/deal/details/"+id+"/")))
	form = row("AUTH_ID", t.access, "AUTH_EXPIRES", int(accessLifetime.Seconds()), "REFRESH_ID", t.refresh,
		"SERVER_ENDPOINT", s.serverEndpoint(), "APPLICATION_TOKEN", s.cfg.ApplicationToken, "APPLICATION_SCOPE", appScopes,
		"member_id", s.cfg.MemberID, "status", "L", "PLACEMENT", p.code, "PLACEMENT_OPTIONS", options).encodeForm()
	sep := "?"
	if strings.Contains(p.target, "?") {
		sep = "&"
	}
	return p.target + sep + query, form, true
}
