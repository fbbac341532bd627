package amocrm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

const (
	tokenLife      = 24 * time.Hour // when the answer does not tell (reference §3.3)
	renewAt        = 0.8            // of an access token's life
	lookForAccount = 10 * time.Minute
	maxTokenAnswer = 64 << 10
)

// byOAuth reports whether the account is spoken to by OAuth; otherwise a
// long-lived token is.
func byOAuth(acc *offboarding.Account) bool {
	return acc.Credentials["access_token"] == "" && acc.Credentials["client_id"] != ""
}

// access is where an account answers and by which token.
type access struct {
	home  *url.URL
	token string
	grant offboarding.Grant // zero for a long-lived token
}

// accessTo finds out how the account is spoken to now. A token that has lived
// most of its life is renewed before the CRM refuses it.
func (c *Connector) accessTo(ctx context.Context, acc *offboarding.Account) (access, error) {
	home, err := c.homeOf(acc)
	if err != nil {
		return access{}, err
	}
	if !byOAuth(acc) {
		return withToken(home, acc.Credentials["access_token"])
	}
	g, err := c.grants.Current(ctx, acc.ID)
	if err != nil {
		return access{}, err
	}
	now := c.wall()
	if life := g.ExpiresAt.Sub(g.ObtainedAt); now.After(g.ObtainedAt.Add(time.Duration(renewAt * float64(life)))) {
		next, err := c.grants.Renew(ctx, acc.ID, g.AccessToken, c.refresh(acc))
		switch {
		case err == nil:
			return c.granted(acc, home, next)
		case offboarding.IsKind(err, offboarding.KindUnauthorized) || !now.Before(g.ExpiresAt):
			return access{}, err
		}
		c.log.WarnContext(ctx, "access not renewed ahead of time, the token is still good", "account_id", acc.ID, "err", err)
	}
	return c.granted(acc, home, g)
}

func withToken(home *url.URL, token string) (access, error) {
	if token == "" || strings.ContainsAny(token, "\r\n") {
		return access{}, &offboarding.Error{Kind: offboarding.KindUnauthorized, Msg: "the account has no usable access token"}
	}
	return access{home: home, token: token}, nil
}

// granted is access by a grant. The renewal may have found the account at
// another address, which the account's row knows by now.
func (c *Connector) granted(acc *offboarding.Account, home *url.URL, g offboarding.Grant) (access, error) {
	if u, err := url.Parse(g.Home); g.Home != "" && err == nil && g.ObtainedAt.After(acc.UpdatedAt) && c.http.Check(u, hosts) == nil {
		home = u
	}
	a, err := withToken(home, g.AccessToken)
	a.grant = g
	return a, err
}

// renew is for a token that the CRM has refused.
func (c *Connector) renew(ctx context.Context, acc *offboarding.Account, a access) (access, error) {
	at := *acc // the account may have moved a moment ago
	at.BaseURL = a.home.String()
	next, err := c.grants.Renew(ctx, acc.ID, a.token, c.refresh(&at))
	if err != nil {
		return a, fmt.Errorf("renew access: %w", err)
	}
	return c.granted(acc, a.home, next)
}

func (c *Connector) homeOf(acc *offboarding.Account) (*url.URL, error) {
	home, err := url.Parse(strings.TrimRight(acc.BaseURL, "/"))
	if err != nil {
		return nil, offboarding.Invalid("the account's base_url is not an address")
	}
	if err := c.http.Check(home, hosts); err != nil {
		return nil, fmt.Errorf("check base_url: %w", err)
	}
	return home, nil
}

// hostAt is the address of a host that somebody else has named: a referer, a
// claim, an answer. Only hosts of the vendor, and those that the operator
// allows, may be given a secret.
func (c *Connector) hostAt(base *url.URL, host string) (*url.URL, error) {
	u, err := url.Parse("//" + host)
	if err != nil || u.Host != host || host == "" {
		return nil, offboarding.Invalid("the host is not a host")
	}
	var refused error
	for _, scheme := range []string{base.Scheme, "https"} {
		at := &url.URL{Scheme: scheme, Host: strings.ToLower(host)}
		if refused = c.http.Check(at, hosts); refused == nil {
			return at, nil
		}
	}
	return nil, refused
}

// ConsentURL is where an administrator of the CRM lets us in.
func (c *Connector) ConsentURL(acc *offboarding.Account, state string) string {
	home, err := c.homeOf(acc)
	if err != nil || !byOAuth(acc) {
		return ""
	}
	at := *home
	switch {
	case strings.HasSuffix(home.Hostname(), ".kommo.com"):
		at = url.URL{Scheme: "https", Host: "www.kommo.com"}
	case vendorHost(home.Hostname()):
		at = url.URL{Scheme: "https", Host: "www.amocrm.ru"}
	}
	at = *at.JoinPath("oauth")
	at.RawQuery = url.Values{"client_id": {acc.Credentials["client_id"]}, "state": {state}, "mode": {"popup"}}.Encode()
	return at.String()
}

// Exchange buys a grant for a code, at the account that the CRM names as the
// referer. The secret goes to an allowed host only, and the account that lets
// us in must tell its id.
func (c *Connector) Exchange(ctx context.Context, acc *offboarding.Account, code offboarding.ConsentCode) (offboarding.Entry, error) {
	var none offboarding.Entry
	home, err := c.homeOf(acc)
	if err != nil {
		return none, err
	}
	if code.From != "" && !strings.EqualFold(code.From, home.Host) {
		named, err := c.hostAt(home, code.From)
		if err != nil {
			return none, fmt.Errorf("check referer: %w", err)
		}
		// An address that the operator set up beside the vendor's stays.
		if vendorHost(home.Hostname()) || !vendorHost(named.Hostname()) {
			home = named
		}
	}
	g, err := c.buy(ctx, acc, home, map[string]string{"grant_type": "authorization_code", "code": code.Code})
	if err != nil {
		if refusedWith(err, http.StatusBadRequest, http.StatusUnauthorized) {
			return none, offboarding.Invalid("the CRM does not accept the code or the client", offboarding.FieldError{
				Field: "credentials.code", Msg: "refused by the CRM: a code is good once and for 20 minutes; check client_id, client_secret and redirect_uri too",
			})
		}
		return none, err
	}
	g.Home = home.String()
	entry := offboarding.Entry{Grant: g}
	var who crmAccount
	a := access{home: home, token: g.AccessToken}
	if answer, err := c.ask(ctx, acc, a, http.MethodGet, "account", nil, nil); err == nil && answer.Status == http.StatusOK && json.Unmarshal(answer.Body, &who) == nil && who.ID > 0 {
		entry.RemoteID = who.ID.id()
	} else {
		entry.RemoteID = claimsOf(g.AccessToken).AccountID.id() // the token came from the account itself
	}
	if entry.RemoteID == "0" {
		entry.RemoteID = ""
	}
	return entry, nil
}

// refresh presents a refresh token. An account that was renamed is asked at its
// new address (reference §3.6).
func (c *Connector) refresh(acc *offboarding.Account) func(context.Context, offboarding.Grant) (offboarding.Grant, error) {
	return func(ctx context.Context, g offboarding.Grant) (offboarding.Grant, error) {
		home, err := c.homeOf(acc)
		if err != nil {
			return g, err
		}
		fields := map[string]string{"grant_type": "refresh_token", "refresh_token": g.RefreshToken}
		next, err := c.buy(ctx, acc, home, fields)
		if refusedWith(err, http.StatusUnauthorized, http.StatusNotFound) {
			if moved, found := c.locate(ctx, acc, home, g); found {
				c.log.WarnContext(ctx, "the account was renamed", "account_id", acc.ID, "host", moved.Host)
				next, err = c.buy(ctx, acc, moved, fields)
				next.Home = moved.String()
			}
		}
		if refusedWith(err, http.StatusUnauthorized, http.StatusBadRequest) {
			return g, offboarding.GrantDead("the CRM renews the access no more: it was revoked, or was not used for three months; an administrator must grant it again", err)
		}
		if offboarding.IsKind(err, offboarding.KindInvalid) { // no fault of the work that needs the token
			return g, offboarding.Unavailable("the CRM refused to renew the access", err)
		}
		return next, err
	}
}

// tokenAnswer is what the token endpoint says.
type tokenAnswer struct {
	Access    text   `json:"access_token"`
	Refresh   text   `json:"refresh_token"`
	ExpiresIn number `json:"expires_in"`
}

// buy asks the account for tokens. A refusal keeps its status, so that its
// meaning can be told apart; no secret stands in an error.
func (c *Connector) buy(ctx context.Context, acc *offboarding.Account, home *url.URL, fields map[string]string) (offboarding.Grant, error) {
	const path = "oauth2/access_token"
	var g offboarding.Grant
	in := map[string]string{
		"client_id": acc.Credentials["client_id"], "client_secret": acc.Credentials["client_secret"], "redirect_uri": acc.Credentials["redirect_uri"],
	}
	maps.Copy(in, fields)
	body, err := json.Marshal(in)
	if err != nil {
		return g, fmt.Errorf("write token request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, home.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return g, offboarding.Invalid("the account's base_url is not an address")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	at := c.wall()
	answer, err := c.http.Do(ctx, req, maxTokenAnswer)
	if err != nil {
		return g, fmt.Errorf("ask for tokens: %w", outbound.Failure(err, false))
	}
	if answer.Status >= 400 && answer.Status < 500 && answer.IsHTML() && answer.Status != http.StatusForbidden && answer.Status != http.StatusNotFound {
		return g, offboarding.Unavailable("the CRM answered with a page instead of tokens", fmt.Errorf("answered %d", answer.Status))
	}
	if err := refused(answer, at); err != nil {
		return g, fmt.Errorf("ask for tokens: %w", err)
	}
	var said tokenAnswer
	if err := json.Unmarshal(answer.Body, &said); err != nil || said.Access == "" || said.Refresh == "" {
		return g, offboarding.Unavailable("the CRM's answer holds no tokens", err)
	}
	life := time.Duration(said.ExpiresIn) * time.Second
	if life <= 0 || life > 366*24*time.Hour {
		life = tokenLife
	}
	return offboarding.Grant{AccessToken: string(said.Access), RefreshToken: string(said.Refresh), ObtainedAt: at, ExpiresAt: at.Add(life)}, nil
}

// claims are what we read in an access token. Nothing is proved by them: they
// only tell where to ask.
type claims struct {
	APIDomain text       `json:"api_domain"`
	AccountID number     `json:"account_id"`
	Expires   number     `json:"exp"`
	Scopes    list[text] `json:"scopes"`
}

func claimsOf(token string) (c claims) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(body, &c) != nil {
		return claims{}
	}
	return c
}

// locate asks the shared host where the account answers now. It spends
// nothing: the refresh token only says who asks.
func (c *Connector) locate(ctx context.Context, acc *offboarding.Account, home *url.URL, g offboarding.Grant) (*url.URL, bool) {
	shared, err := c.hostAt(home, string(claimsOf(g.AccessToken).APIDomain))
	if err != nil || !vendorHost(home.Hostname()) && vendorHost(shared.Hostname()) {
		return nil, false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, shared.JoinPath("oauth2/account/current/subdomain").String(), nil)
	if err != nil {
		return nil, false
	}
	req.Header.Set("X-Refresh-Token", g.RefreshToken)
	req.Header.Set("Accept", "application/json")
	answer, err := c.http.Do(ctx, req, maxTokenAnswer)
	if err != nil || answer.Status != http.StatusOK {
		return nil, false
	}
	var said struct {
		ID     number `json:"id"`
		Domain text   `json:"domain"`
	}
	if json.Unmarshal(answer.Body, &said) != nil || acc.RemoteID != "" && said.ID > 0 && said.ID.id() != acc.RemoteID {
		return nil, false
	}
	moved, err := c.hostAt(home, string(said.Domain))
	if err != nil || strings.EqualFold(moved.Host, home.Host) {
		return nil, false
	}
	return moved, true
}

// lookedFor is a look for an account that its old address no longer knew.
type lookedFor struct {
	at       time.Time
	from, to string // to is empty when it was not found
}

// moved looks for an account whose old address no longer knows it, now and
// then: 404 has other meanings too. In between the last look counts, for whoever
// still holds the account's row as it was.
func (c *Connector) moved(ctx context.Context, acc *offboarding.Account, a access) (access, bool) {
	now := c.wall()
	c.mu.Lock()
	last := c.looked[acc.ID]
	ask := now.Sub(last.at) >= lookForAccount || now.Before(last.at)
	if ask {
		c.looked[acc.ID] = lookedFor{at: now}
	}
	c.mu.Unlock()
	if !ask {
		home, err := url.Parse(last.to)
		if err != nil || last.to == "" || last.from != a.home.String() {
			return a, false
		}
		a.home = home
		return a, true
	}
	home, found := c.locate(ctx, acc, a.home, a.grant)
	if !found {
		return a, false
	}
	c.mu.Lock()
	c.looked[acc.ID] = lookedFor{at: now, from: a.home.String(), to: home.String()}
	c.mu.Unlock()
	if err := c.grants.Moved(ctx, acc.ID, home.String()); err != nil {
		c.log.WarnContext(ctx, "the account's new address was not stored", "account_id", acc.ID, "err", err)
	}
	a.home = home
	return a, true
}

// Left checks the call of an integration that was switched off: GET with
// client_uuid, account_id and their HMAC by the client secret (reference §3.5).
func (c *Connector) Left(acc *offboarding.Account, d *offboarding.Delivery) (clean, ok bool) {
	q, err := url.ParseQuery(d.Query)
	if err != nil {
		return false, false
	}
	client, account := q.Get("client_uuid"), q.Get("account_id")
	m := hmac.New(sha256.New, []byte(acc.Credentials["client_secret"]))
	_, _ = m.Write([]byte(client + "|" + account)) // never fails
	signed := offboarding.SameSecret(hex.EncodeToString(m.Sum(nil)), strings.ToLower(q.Get("signature")))
	ours := offboarding.SameSecret(acc.Credentials["client_id"], client) && acc.Credentials["client_secret"] != ""
	return false, signed && ours && (acc.RemoteID == "" || acc.RemoteID == account)
}
