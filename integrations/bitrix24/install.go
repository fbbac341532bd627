package bitrix24

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"opendoor/integrations/outbound"
	"opendoor/integrations/phpform"
	"opendoor/offboarding"
)

// Installation reads the two ways in which a portal tells that the application
// was installed: the event ONAPPINSTALL, and the page that an administrator's
// browser opens (reference §2.2, §2.8, §3); and ONAPPUNINSTALL.
func (c *Connector) Installation(d *offboarding.Delivery) (offboarding.Installation, bool) {
	form := open(d)
	if form.Has("AUTH_ID") {
		return installPage(d, form)
	}
	in := offboarding.Installation{
		RemoteID: form.Text("auth", "member_id"), Host: form.Text("auth", "domain"),
		ClientEndpoint: form.Text("auth", "client_endpoint"), ServerEndpoint: form.Text("auth", "server_endpoint"),
		ApplicationToken: form.Text("auth", "application_token"),
		AccessToken:      form.Text("auth", "access_token"), RefreshToken: form.Text("auth", "refresh_token"),
		ExpiresIn: lifeOf(form.Text("auth", "expires_in")),
	}
	switch strings.ToUpper(form.Text("event")) {
	case "ONAPPINSTALL":
		return in, in.RemoteID != "" && in.AccessToken != "" && in.RefreshToken != ""
	case "ONAPPUNINSTALL":
		in.Removed = true
		clean := strings.ToUpper(form.Text("data", "CLEAN"))
		in.Clean = clean == "1" || clean == "Y" || clean == "TRUE"
		return in, in.RemoteID != "" && in.ApplicationToken != ""
	}
	return in, false
}

func installPage(d *offboarding.Delivery, form *phpform.Node) (offboarding.Installation, bool) {
	query, _, err := phpform.Decode([]byte(d.Query))
	if err != nil {
		return offboarding.Installation{}, false
	}
	host := cmp.Or(query.Text("DOMAIN"), form.Text("DOMAIN"))
	scheme := "https://"
	if cmp.Or(query.Text("PROTOCOL"), form.Text("PROTOCOL")) == "0" {
		scheme = "http://"
	}
	in := offboarding.Installation{
		RemoteID: form.Text("member_id"), Host: host, ClientEndpoint: scheme + host + "/rest/", ServerEndpoint: form.Text("SERVER_ENDPOINT"),
		ApplicationToken: form.Text("APPLICATION_TOKEN"), AccessToken: form.Text("AUTH_ID"), RefreshToken: form.Text("REFRESH_ID"),
		ExpiresIn: lifeOf(form.Text("AUTH_EXPIRES")),
	}
	return in, in.RemoteID != "" && host != "" && in.AccessToken != "" && in.RefreshToken != ""
}

// Admit asks the portal whose application the token belongs to. The portal is
// the one of the account; only an account that knows none yet follows the
// installation, and only to hosts of the vendor or of the operator.
func (c *Connector) Admit(ctx context.Context, acc *offboarding.Account, in offboarding.Installation) (offboarding.Entry, error) {
	var none offboarding.Entry
	home := acc.BaseURL
	if home == "" {
		u, err := url.Parse(strings.TrimRight(in.ClientEndpoint, "/"))
		if err != nil || u.Host == "" {
			return none, offboarding.Invalid("the installation names no portal")
		}
		if err := c.http.Check(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, vendorDomains); err != nil {
			return none, offboarding.Invalid("the portal " + printable(u.Host) + " is not one of the vendor's: write its address into the account's base_url first")
		}
		home = u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimSuffix(u.EscapedPath(), "/rest")
	}
	trial := *acc
	trial.BaseURL = home
	a, err := c.appAddress(&trial)
	if err != nil {
		return none, err
	}
	res, err := c.postTo(ctx, acc, a, "app.info", withAuth(nil, in.AccessToken))
	if err != nil {
		return none, err
	}
	r, err := c.read(a, "app.info", res)
	if err != nil {
		return none, fmt.Errorf("ask the portal about the installation: %w", err)
	}
	var info struct {
		Code     scalar `json:"CODE"`
		ClientID scalar `json:"client_id"`
	}
	if err := r.into("app.info", &info); err != nil {
		return none, err
	}
	code := cmp.Or(info.ClientID.text(), info.Code.text())
	if code != "" && code != acc.Credentials["client_id"] || code == "" && acc.BaseURL == "" {
		return none, offboarding.Invalid("the installation is one of another application")
	}
	at := c.wall()
	return offboarding.Entry{
		RemoteID: in.RemoteID, ApplicationToken: in.ApplicationToken,
		Grant: offboarding.Grant{
			AccessToken: in.AccessToken, RefreshToken: in.RefreshToken, Home: home, Server: c.serverOf(&trial, vendorServer(in.ServerEndpoint)),
			ObtainedAt: at, ExpiresAt: at.Add(in.ExpiresIn),
		},
	}, nil
}

// postTo calls one method with parameters of its own, without renewing anything.
func (c *Connector) postTo(ctx context.Context, acc *offboarding.Account, a address, method string, p params) (*outbound.Response, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode the parameters of %s: %w", method, err)
	}
	return c.post(ctx, acc, a, method, body)
}

// Left checks ONAPPUNINSTALL: the access is gone by then, so only the token of
// the installation can prove it.
func (c *Connector) Left(acc *offboarding.Account, d *offboarding.Delivery) (clean, ok bool) {
	in, ok := c.Installation(d)
	if !ok || !in.Removed || !knowsToken(acc, in.ApplicationToken) {
		return false, false
	}
	return in.Clean, acc.RemoteID == "" || strings.EqualFold(acc.RemoteID, in.RemoteID)
}
