package amocrmsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Lifetimes of codes and tokens.
const (
	codeLife    = 20 * time.Minute
	accessLife  = 24 * time.Hour
	refreshLife = 90 * 24 * time.Hour
)

// grant is what an access token stands for.
type grant struct {
	clientID string
	userID   int64
	expires  time.Time // zero = never
	scopes   []string
	pair     *tokenPair // nil for the long-lived token
}

// tokenPair is an access and a refresh token that were issued together. The
// refresh token it was bought with stays good until this pair is first used.
type tokenPair struct {
	parent         *tokenPair
	children       []*tokenPair
	access         string
	refresh        string
	refreshExpires time.Time
	used, revoked  bool
}

type oauthState struct {
	longLived string
	codes     map[string]time.Time // to its end
	grants    map[string]*grant    // by access token
	refreshes map[string]*tokenPair
	revoked   bool
}

func (s *Sim) newOAuth() oauthState {
	o := oauthState{codes: map[string]time.Time{}, grants: map[string]*grant{}, refreshes: map[string]*tokenPair{}}
	o.longLived = s.cfg.AccessToken
	if o.longLived == "" {
		o.longLived = s.newJWT(s.now(), s.now().AddDate(5, 0, 0), s.domain())
	}
	o.grants[o.longLived] = &grant{clientID: s.cfg.ClientID, userID: adminID, scopes: s.cfg.Scopes}
	return o
}

// newJWT makes an access token that clients can decode; its signature is chance.
func (s *Sim) newJWT(from, to time.Time, apiDomain string) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic("amocrmsim: token cannot be encoded: " + err.Error())
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	base := "amocrm.ru"
	if s.cfg.Lang == "en" {
		base = "kommo.com"
	}
	var signature [64]byte
	_, _ = rand.Read(signature[:]) // never fails since Go 1.24
	return part(object{"typ": "JWT", "alg": "RS256", "jti": newUUID()}) + "." + part(object{
		"aud": s.cfg.ClientID, "jti": newUUID(), "iat": from.Unix(), "nbf": from.Unix(), "exp": to.Unix(), "sub": strconv.FormatInt(adminID, 10),
		"grant_type": "", "account_id": s.cfg.AccountID, "base_domain": base, "version": 2, "scopes": s.cfg.Scopes,
		"hash_uuid": newUUID(), "api_domain": apiDomain,
	}) + "." + base64.RawURLEncoding.EncodeToString(signature[:])
}

func newOpaque(prefix string) string {
	var b [48]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return prefix + hex.EncodeToString(b[:])
}

// bearer finds the grant of a request, nil when the token is missing, unknown
// or expired.
func (s *Sim) bearer(r *http.Request) *grant {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	g := s.oauth.grants[strings.TrimSpace(token)]
	if g == nil || s.oauth.revoked || !g.expires.IsZero() && !s.now().Before(g.expires) {
		return nil
	}
	return g
}

// touch notes the first use of a pair, which kills the refresh token it was
// bought with and every other pair bought with that one.
func (o *oauthState) touch(g *grant) {
	if g.pair != nil {
		o.use(g.pair)
	}
}

func (o *oauthState) use(p *tokenPair) {
	if p.used {
		return
	}
	p.used = true
	if p.parent == nil {
		return
	}
	p.parent.revoked = true
	for _, sibling := range p.parent.children {
		if sibling != p {
			sibling.revoked = true
			delete(o.grants, sibling.access)
		}
	}
}

func (s *Sim) issue(parent *tokenPair, apiDomain string) *tokenPair {
	now := s.now()
	p := &tokenPair{
		parent: parent, access: s.newJWT(now, now.Add(accessLife), apiDomain), refresh: newOpaque("def502"), refreshExpires: now.Add(refreshLife),
	}
	if parent != nil {
		parent.children = append(parent.children, p)
	}
	s.oauth.grants[p.access] = &grant{clientID: s.cfg.ClientID, userID: adminID, expires: now.Add(accessLife), scopes: s.cfg.Scopes, pair: p}
	s.oauth.refreshes[p.refresh] = p
	return p
}

func (s *Sim) oauthProblem(status int, hint string) answer {
	return answer{status: status, ctype: problemType, body: object{
		"hint": hint, "title": s.text.oauthTitle, "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
		"status": status, "detail": s.text.oauthDetail,
	}}
}

// exchangeToken sells an access token for a code or a refresh token.
func (s *Sim) exchangeToken(c *call) answer {
	in, good := tokenRequest(c)
	if !good {
		return s.oauthProblem(http.StatusBadRequest, "Check the request parameters")
	}
	secret := subtle.ConstantTimeCompare([]byte(in["client_secret"]), []byte(s.cfg.ClientSecret)) == 1
	if in["client_id"] != s.cfg.ClientID || !secret {
		return s.oauthProblem(http.StatusUnauthorized, "Client authentication failed")
	}
	if in["redirect_uri"] != s.cfg.RedirectURI {
		return s.oauthProblem(http.StatusBadRequest, "Redirect URI does not match")
	}
	var pair *tokenPair
	switch in["grant_type"] {
	case "authorization_code":
		end, there := s.oauth.codes[in["code"]]
		delete(s.oauth.codes, in["code"])
		if !there || s.now().After(end) {
			return s.oauthProblem(http.StatusBadRequest, "Authorization code has expired or was used")
		}
		s.oauth.revoked = false
		pair = s.issue(nil, hostOf(c.origin))
	case "refresh_token":
		old := s.oauth.refreshes[in["refresh_token"]]
		switch {
		case old == nil || old.revoked || s.oauth.revoked:
			return s.oauthProblem(http.StatusUnauthorized, "Token has been revoked")
		case s.now().After(old.refreshExpires):
			return s.oauthProblem(http.StatusUnauthorized, "Token has expired")
		}
		s.oauth.use(old)
		pair = s.issue(old, hostOf(c.origin))
	default:
		return s.oauthProblem(http.StatusBadRequest, "Unknown grant_type")
	}
	return answer{status: http.StatusOK, ctype: "application/json", body: object{
		"token_type": "Bearer", "expires_in": int(accessLife / time.Second), "server_time": c.now,
		"access_token": pair.access, "refresh_token": pair.refresh,
	}}
}

// tokenRequest reads JSON or a form, clients send either.
func tokenRequest(c *call) (map[string]string, bool) {
	in := map[string]string{}
	if bytes.HasPrefix(bytes.TrimSpace(c.raw), []byte("{")) {
		v, err := decode(c.raw)
		if err != nil {
			return nil, false
		}
		for k, val := range v.(map[string]any) {
			in[k] = scalarText(val)
		}
		return in, true
	}
	form, err := url.ParseQuery(string(c.raw))
	for k := range form {
		in[k] = form.Get(k)
	}
	return in, err == nil && len(in) > 0
}

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return origin
	}
	return u.Host
}

func (s *Sim) subdomainBody(c *call) object {
	host := hostOf(c.origin)
	_, top, _ := strings.Cut(host, ".")
	return object{"id": s.cfg.AccountID, "subdomain": s.subdomain, "domain": host, "top_level_domain": top}
}

// currentSubdomain tells where a renamed account is now; the refresh token
// proves who asks.
func (s *Sim) currentSubdomain(c *call) answer {
	p := s.oauth.refreshes[c.r.Header.Get("X-Refresh-Token")]
	if p == nil || p.revoked || s.oauth.revoked {
		return s.problem(http.StatusUnauthorized, s.text.unauthorized)
	}
	return answer{status: http.StatusOK, ctype: "application/json", body: s.subdomainBody(c)}
}

func (s *Sim) ownSubdomain(c *call) answer {
	return answer{status: http.StatusOK, ctype: "application/json", body: s.subdomainBody(c)}
}

// newCode returns an authorization code, good once and for 20 minutes.
func (s *Sim) newCode() string {
	code := newOpaque("def502")
	s.oauth.codes[code] = s.now().Add(codeLife)
	return code
}

// IssueCode returns an authorization code as if an admin had just consented.
func (s *Sim) IssueCode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newCode()
}

// ExpireAccessTokens ends all access tokens but the long-lived one; with
// longLived, that one too.
func (s *Sim) ExpireAccessTokens(longLived bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, g := range s.oauth.grants {
		if token != s.oauth.longLived || longLived {
			g.expires = s.now()
		}
	}
}

// Uninstall takes the integration out of the account: every token is dead, and
// the integration's revoked-access address gets the signed call. An empty
// address means the configured one; without any, nobody is called.
func (s *Sim) Uninstall(ctx context.Context, address string) error {
	s.mu.Lock()
	s.oauth.revoked = true
	for token := range s.oauth.grants {
		if token != s.oauth.longLived {
			delete(s.oauth.grants, token)
		}
	}
	clear(s.oauth.refreshes)
	if address == "" {
		address = s.cfg.RevokedHookURL
	}
	message := s.cfg.ClientID + "|" + formatID(s.cfg.AccountID)
	s.mu.Unlock()
	if address == "" {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(s.cfg.ClientSecret))
	mac.Write([]byte(message))
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("read revoked-access address: %w", err)
	}
	q := u.Query()
	q.Set("client_uuid", s.cfg.ClientID)
	q.Set("account_id", formatID(s.cfg.AccountID))
	q.Set("signature", hex.EncodeToString(mac.Sum(nil)))
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("call revoked-access address: %w", err)
	}
	req.Header.Set("User-Agent", "amoService-oAuth-Code-Sender/1.0")
	res, err := s.sender.client.Do(req)
	if err != nil {
		return fmt.Errorf("call revoked-access address: %w", err)
	}
	drain(res)
	return nil
}

// Reinstall makes tokens good again after Uninstall.
func (s *Sim) Reinstall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.oauth.revoked = false
}

// Rename gives the account another subdomain. Requests to a host whose first
// label is the old one get 404. When the account is served at plain addresses,
// pass the new origin: the host of the old one is then given up too.
func (s *Sim) Rename(subdomain, newOrigin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.former = append(s.former, s.subdomain)
	s.subdomain = subdomain
	s.former = slices.DeleteFunc(s.former, func(old string) bool { return old == subdomain })
	if newOrigin = strings.TrimRight(newOrigin, "/"); newOrigin != "" {
		if s.baseURL != "" {
			s.former = append(s.former, hostOf(s.baseURL))
		}
		s.baseURL = newOrigin
	}
}

var consentTemplate = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Grant access</title>
<h1>{{.Subdomain}}</h1>
<p>The integration {{.Client}} asks for access to this simulated account.</p>
<form method="post">
<input type="hidden" name="state" value="{{.State}}">
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button>
</form></html>
`))

// consentPage is the page on which an admin lets an integration in.
func (s *Sim) consentPage(c *call) answer {
	if c.query.at("client_id").value != s.cfg.ClientID {
		return s.problem(http.StatusBadRequest, "Unknown client_id")
	}
	var b bytes.Buffer
	err := consentTemplate.Execute(&b, map[string]string{"Subdomain": s.subdomain, "Client": s.cfg.ClientID, "State": c.query.at("state").value})
	if err != nil {
		return s.problem(http.StatusInternalServerError, "consent page")
	}
	return answer{status: http.StatusOK, ctype: "text/html; charset=utf-8", raw: b.Bytes()}
}

func (s *Sim) consent(c *call) answer {
	form, err := url.ParseQuery(string(c.raw))
	back, badURI := url.Parse(s.cfg.RedirectURI)
	if err != nil || badURI != nil {
		return s.problem(http.StatusBadRequest, "Form could not be read")
	}
	q := back.Query()
	q.Set("client_id", s.cfg.ClientID)
	q.Set("state", form.Get("state"))
	if form.Get("decision") == "allow" {
		q.Set("code", s.newCode())
		q.Set("referer", hostOf(c.origin))
		q.Set("platform", "1")
	} else {
		q.Set("error", "access_denied")
	}
	back.RawQuery = q.Encode()
	return answer{status: http.StatusFound, headers: map[string]string{"Location": back.String()}}
}
