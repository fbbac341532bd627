package bitrix24

import (
	"net/url"
	"strings"

	"opendoor/offboarding"
)

// address is where a portal is called: by an incoming webhook with its secret,
// or as an application, whose token travels in the body.
type address struct {
	kept   string // base as the account keeps it, which differs after the portal was renamed
	base   string // https://portal/rest/1/secret, without a slash at its end
	origin string // https://portal
	host   string
	secret string // what must not be shown: of a webhook, or the application's token
	app    bool
}

var errAddress = offboarding.Invalid(
	"webhook_url must be the whole address of an incoming webhook, such as https://company.bitrix24.ru/rest/1/…/",
	offboarding.FieldError{Field: "credentials.webhook_url", Msg: "not the address of an incoming webhook"})

// addressOf reads what people paste: the whole address with or without a
// method, a suffix or a slash at its end.
func (c *Connector) addressOf(acc *offboarding.Account) (address, error) {
	if byOAuth(acc) {
		return c.appAddress(acc)
	}
	u, err := url.Parse(strings.TrimSpace(acc.Credentials["webhook_url"]))
	if err != nil || u.Host == "" {
		return address{}, errAddress // the parser's own error repeats the secret
	}
	if err := c.http.Check(u, nil); err != nil {
		return address{}, err
	}
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	at := -1
	for i, p := range parts {
		if p == "rest" {
			at = i
		}
	}
	rest := parts[at+1:]
	if len(rest) > 0 && rest[0] == "api" {
		rest = rest[1:] // REST 3, which knows no deals; the secret is the same
	}
	if at < 0 || len(rest) < 2 || !isID(rest[0]) || rest[1] == "" {
		return address{}, errAddress
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	prefix := "/" + strings.Join(append(parts[:at:at], "rest"), "/")
	base := origin + prefix + "/" + rest[0] + "/" + rest[1]
	return c.follow(address{kept: base, base: base, origin: origin, host: strings.ToLower(u.Host), secret: rest[1]}), nil
}

// follow returns where the webhook answers since its portal was renamed.
func (c *Connector) follow(a address) address {
	c.mu.Lock()
	origin, ok := c.renamed[a.kept]
	c.mu.Unlock()
	if !ok {
		return a
	}
	return a.at(origin)
}

// at returns the same address at another scheme and host.
func (a address) at(origin string) address {
	_, host, _ := strings.Cut(origin, "://")
	return address{kept: a.kept, base: origin + strings.TrimPrefix(a.base, a.origin), origin: origin, host: host, secret: a.secret, app: a.app}
}

// vendorDomains are the zones under which the vendor gives names to cloud
// portals. Only among them may a portal's answer send us, with the secret in
// the path; any other host must be confirmed by a person.
var vendorDomains = []string{
	"bitrix24.com", "bitrix24.ru", "bitrix24.by", "bitrix24.kz", "bitrix24.uz", "bitrix24.ua", "bitrix24.eu",
	"bitrix24.de", "bitrix24.fr", "bitrix24.es", "bitrix24.it", "bitrix24.pl", "bitrix24.uk", "bitrix24.in",
	"bitrix24.cn", "bitrix24.jp", "bitrix24.vn", "bitrix24.id", "bitrix24.mx", "bitrix24.co", "bitrix24.com.br",
	"bitrix24.com.tr", "bitrix24.tech",
}
