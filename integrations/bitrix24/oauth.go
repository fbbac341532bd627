package bitrix24

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// The authorisation servers of the vendor: for Russia and its neighbours, and
// for the rest of the world (reference §2.2). The client secret goes to them
// and to nobody else, unless the operator says so.
const (
	serverRU    = "https://oauth.bitrix24.tech"
	serverWorld = "https://oauth.bitrix.info"
)

const (
	tokenLife      = time.Hour // when the answer does not tell (reference §3)
	maxTokenAnswer = 64 << 10
)

var (
	_ offboarding.Authoriser = (*Connector)(nil)
	_ offboarding.Installer  = (*Connector)(nil)
	_ offboarding.Leaver     = (*Connector)(nil)
)

// byOAuth reports whether the account is spoken to as a local application.
func byOAuth(acc *offboarding.Account) bool {
	return strings.TrimSpace(acc.Credentials["webhook_url"]) == "" && acc.Credentials["client_id"] != ""
}

// appAddress is where an application calls the portal. The token travels in
// the body.
func (c *Connector) appAddress(acc *offboarding.Account) (address, error) {
	if acc.BaseURL == "" {
		return address{}, noAccess("the application has not been installed in a portal yet", nil)
	}
	u, err := url.Parse(strings.TrimRight(acc.BaseURL, "/"))
	if err != nil || u.Host == "" {
		return address{}, offboarding.Invalid("the account's base_url is not the address of a portal")
	}
	if err := c.http.Check(u, nil); err != nil {
		return address{}, err
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	base := origin + strings.TrimSuffix(u.EscapedPath(), "/rest") + "/rest"
	return c.follow(address{kept: base, base: base, origin: origin, host: strings.ToLower(u.Host), app: true}), nil
}

// private reports whether the operator has freed the host of all rules: a
// simulator, or a portal of the company's own network.
func (c *Connector) private(base string) bool {
	u, err := url.Parse(base)
	return err == nil && u.Host != "" && c.http.Check(&url.URL{Scheme: "http", Host: u.Host, Path: "/"}, nil) == nil
}

// serverOf is the authorisation server that knows the account. credentials.auth_url
// overrides everything; a portal that the operator has freed is taken for its own.
func (c *Connector) serverOf(acc *offboarding.Account, known string) string {
	if own := strings.TrimRight(strings.TrimSpace(acc.Credentials["auth_url"]), "/"); own != "" {
		return own
	}
	if acc.BaseURL != "" && c.private(acc.BaseURL) {
		u, _ := url.Parse(acc.BaseURL) // private has read it
		return u.Scheme + "://" + u.Host
	}
	if known == serverRU || known == serverWorld {
		return known
	}
	u, err := url.Parse(acc.BaseURL)
	if err == nil && u.Host != "" {
		for _, zone := range []string{".bitrix24.ru", ".bitrix24.by", ".bitrix24.kz", ".bitrix24.uz", ".bitrix24.tech", ".ru", ".by", ".kz"} {
			if strings.HasSuffix(strings.ToLower(u.Hostname()), zone) {
				return serverRU
			}
		}
		return serverWorld
	}
	if acc.Lang.Or(offboarding.RU) == offboarding.RU {
		return serverRU
	}
	return serverWorld
}

// vendorServer returns the origin of a named authorisation server when it is
// one of the vendor's.
func vendorServer(named string) string {
	if !strings.Contains(named, "://") {
		named = "https://" + named
	}
	u, err := url.Parse(named)
	if err != nil {
		return ""
	}
	if origin := "https://" + strings.ToLower(u.Host); u.Scheme == "https" && (origin == serverRU || origin == serverWorld) {
		return origin
	}
	return ""
}

// ConsentURL is where an administrator of the portal lets the application in.
// Where it comes back to is fixed in the application's card.
func (c *Connector) ConsentURL(acc *offboarding.Account, state string) string {
	a, err := c.appAddress(acc)
	if err != nil || !byOAuth(acc) {
		return ""
	}
	return strings.TrimSuffix(a.base, "/rest") + "/oauth/authorize/?" + url.Values{"client_id": {acc.Credentials["client_id"]}, "state": {state}}.Encode()
}

// Exchange buys a grant for a code, which lives 30 s.
func (c *Connector) Exchange(ctx context.Context, acc *offboarding.Account, code offboarding.ConsentCode) (offboarding.Entry, error) {
	fields := url.Values{"grant_type": {"authorization_code"}, "code": {code.Code}}
	first := c.serverOf(acc, vendorServer(code.From))
	said, err := c.buy(ctx, acc, first, fields)
	if other := otherServer(first); refusedGrant(err) && code.From == "" && acc.BaseURL == "" && other != "" {
		said, err = c.buy(ctx, acc, other, fields) // nobody has told yet which part of the world the portal is in
		first = other
	}
	if refusedGrant(err) {
		return offboarding.Entry{}, offboarding.Invalid("the authorisation server does not accept the code or the client", offboarding.FieldError{
			Field: "credentials.code", Msg: "refused by Bitrix24: a code is good once and for 30 seconds; check client_id and client_secret too",
		})
	}
	if err != nil {
		return offboarding.Entry{}, err
	}
	return c.entry(acc, first, said)
}

func otherServer(server string) string {
	return map[string]string{serverRU: serverWorld, serverWorld: serverRU}[server]
}

// entry makes access of what the authorisation server said. The portal stands
// in client_endpoint; domain is the server itself.
func (c *Connector) entry(acc *offboarding.Account, server string, said tokenAnswer) (offboarding.Entry, error) {
	home, err := c.homeIn(acc, said.ClientEndpoint.text())
	if err != nil {
		return offboarding.Entry{}, err
	}
	at := c.wall()
	return offboarding.Entry{RemoteID: said.MemberID.text(), Grant: offboarding.Grant{
		AccessToken: said.Access.text(), RefreshToken: said.Refresh.text(), Home: home, Server: cmp.Or(vendorServer(said.ServerEndpoint.text()), server),
		ObtainedAt: at, ExpiresAt: at.Add(said.life()),
	}}, nil
}

// homeIn reads where the portal answers, in the words of the authorisation
// server. A portal that the operator set up by hand stays where it is.
func (c *Connector) homeIn(acc *offboarding.Account, endpoint string) (string, error) {
	if acc.BaseURL != "" && c.private(acc.BaseURL) {
		return acc.BaseURL, nil
	}
	u, err := url.Parse(strings.TrimRight(endpoint, "/"))
	if err != nil || u.Host == "" {
		if acc.BaseURL != "" {
			return acc.BaseURL, nil
		}
		return "", offboarding.Unavailable("the authorisation server did not tell where the portal is", nil)
	}
	if err := c.http.Check(u, nil); err != nil {
		return "", fmt.Errorf("check the portal's address: %w", err)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimSuffix(u.EscapedPath(), "/rest"), nil
}

// refresh presents a refresh token. It is called after expired_token only.
func (c *Connector) refresh(acc *offboarding.Account) func(context.Context, offboarding.Grant) (offboarding.Grant, error) {
	return func(ctx context.Context, g offboarding.Grant) (offboarding.Grant, error) {
		server := c.serverOf(acc, g.Server)
		said, err := c.buy(ctx, acc, server, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {g.RefreshToken}})
		if refusedGrant(err) {
			return g, offboarding.GrantDead("Bitrix24 renews the access no more: the application was removed or reinstalled, or is not paid for; an administrator must install it again or grant access", err)
		}
		if err != nil {
			return g, err
		}
		if acc.RemoteID != "" && said.MemberID.text() != "" && !strings.EqualFold(acc.RemoteID, said.MemberID.text()) {
			return g, offboarding.GrantDead("the authorisation server speaks of another portal", nil)
		}
		e, err := c.entry(acc, server, said)
		if err != nil { // the tokens are not to be lost for a strange address
			c.log.WarnContext(ctx, "the portal's address was not understood", "account_id", acc.ID, "err", err)
			at := c.wall()
			e.Grant = offboarding.Grant{AccessToken: said.Access.text(), RefreshToken: said.Refresh.text(), Server: g.Server, Home: g.Home, ObtainedAt: at, ExpiresAt: at.Add(said.life())}
		}
		return e.Grant, nil
	}
}

// tokenAnswer is what the authorisation server says.
type tokenAnswer struct {
	Access         scalar `json:"access_token"`
	Refresh        scalar `json:"refresh_token"`
	ExpiresIn      scalar `json:"expires_in"`
	ClientEndpoint scalar `json:"client_endpoint"`
	ServerEndpoint scalar `json:"server_endpoint"`
	MemberID       scalar `json:"member_id"`
	remoteError
}

func (t tokenAnswer) life() time.Duration { return lifeOf(t.ExpiresIn.text()) }

func lifeOf(seconds string) time.Duration {
	n, err := time.ParseDuration(seconds + "s")
	if err != nil || n <= 0 || n > 30*24*time.Hour {
		return tokenLife
	}
	return n
}

// grantRefused is a refusal of the authorisation server that waiting does not
// mend.
type grantRefused struct{ error }

func (e *grantRefused) Unwrap() error { return e.error }

func refusedGrant(err error) bool {
	_, ok := err.(*grantRefused) //nolint:errorlint // buy returns it bare
	return ok
}

// lasting are the codes of refusals for good (reference §3). The status is not
// looked at: WRONG_CLIENT comes with 200.
var lasting = []string{"invalid_grant", "invalid_client", "wrong_client", "payment_required", "not_installed", "invalid_scope", "insufficient_scope", "invalid_request", "portal_deleted"}

// buy asks the authorisation server for tokens. Neither secret nor token
// stands in an error.
func (c *Connector) buy(ctx context.Context, acc *offboarding.Account, server string, fields url.Values) (tokenAnswer, error) {
	var said tokenAnswer
	base, err := url.Parse(server)
	if err != nil {
		return said, offboarding.Invalid("credentials.auth_url is not an address")
	}
	if err := c.http.Check(base, []string{"oauth.bitrix24.tech", "oauth.bitrix.info"}); err != nil {
		return said, fmt.Errorf("check the authorisation server: %w", err)
	}
	fields.Set("client_id", acc.Credentials["client_id"])
	fields.Set("client_secret", acc.Credentials["client_secret"])
	u := base.JoinPath("oauth", "token", "/")
	u.RawQuery = fields.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return said, offboarding.Invalid("credentials.auth_url is not an address")
	}
	req.Header.Set("Accept", "application/json")
	res, err := c.http.Do(ctx, req, maxTokenAnswer)
	if err != nil {
		return said, fmt.Errorf("ask for tokens: %w", outbound.Failure(err, false))
	}
	if json.Unmarshal(res.Body, &said) != nil {
		return said, offboarding.Unavailable("the authorisation server's answer cannot be read", fmt.Errorf("answered %d", res.Status))
	}
	if said.present() {
		code, _ := said.words()
		refused := fmt.Errorf("the authorisation server answered %d %q", res.Status, printable(code))
		if slices.Contains(lasting, code) {
			return said, &grantRefused{refused}
		}
		return said, offboarding.Unavailable("the authorisation server gives no tokens now", refused)
	}
	if said.Access.text() == "" || said.Refresh.text() == "" {
		return said, offboarding.Unavailable("the authorisation server's answer holds no tokens", fmt.Errorf("answered %d", res.Status))
	}
	return said, nil
}

// withAuth adds the application's token to the parameters of a call.
func withAuth(p params, token string) params {
	out := make(params, len(p)+1)
	maps.Copy(out, p)
	out["auth"] = token
	return out
}

// expired reports whether a call was refused because its token is too old: the
// one refusal after which it is renewed.
func expired(res *outbound.Response) bool { return refusedAs(res, "expired_token") }

// unknownToken reports whether the portal does not know the token at all: it is
// of an installation that is over, or never was one.
func unknownToken(res *outbound.Response) bool { return refusedAs(res, "invalid_token") }

func refusedAs(res *outbound.Response, code string) bool {
	var e envelope
	if !bytes.Contains(bytes.ToLower(res.Body), []byte(code)) || json.Unmarshal(res.Body, &e) != nil || !e.present() {
		return false
	}
	said, _ := e.words()
	return said == code
}
