package bitrix24

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"opendoor/integrations/phpform"
	"opendoor/offboarding"
)

var _ offboarding.CardShower = (*Connector)(nil)

// CardVisit reads what a browser posts when somebody opens our tab in the card
// of a deal (reference §2.8). The portal's id and the application's token must
// be ours; who the visitor is, only the portal can tell.
func (c *Connector) CardVisit(acc *offboarding.Account, d *offboarding.Delivery) (offboarding.CardVisit, bool) {
	form := open(d)
	if !byOAuth(acc) || !strings.EqualFold(form.Text("PLACEMENT"), dealTab) || acc.RemoteID == "" || !strings.EqualFold(form.Text("member_id"), acc.RemoteID) {
		return offboarding.CardVisit{}, false
	}
	if token := form.Get("APPLICATION_TOKEN"); token != nil && !knowsToken(acc, token.Text()) {
		return offboarding.CardVisit{}, false
	}
	var options struct {
		ID scalar `json:"ID"`
	}
	if json.Unmarshal([]byte(form.Text("PLACEMENT_OPTIONS")), &options) != nil {
		return offboarding.CardVisit{}, false
	}
	query, _, err := phpform.Decode([]byte(d.Query))
	if err != nil {
		return offboarding.CardVisit{}, false
	}
	v := offboarding.CardVisit{DealID: options.ID.text(), AccessToken: form.Text("AUTH_ID"), Lang: strings.ToLower(cmp.Or(query.Text("LANG"), form.Text("LANG")))}
	return v, isID(v.DealID) && v.AccessToken != "" && len(v.AccessToken) < 4096
}

// MaySeeDeal asks the portal at the account's own address, by the visitor's
// token, who they are and for the deal itself: its rights decide.
func (c *Connector) MaySeeDeal(ctx context.Context, acc *offboarding.Account, v offboarding.CardVisit) (offboarding.Named, error) {
	var who me
	if err := c.asVisitor(ctx, acc, "profile", nil, v, &who); err != nil {
		return offboarding.Named{}, err
	}
	var deal struct {
		ID scalar `json:"ID"`
	}
	if err := c.asVisitor(ctx, acc, "crm.deal.get", params{"id": v.DealID}, v, &deal); err != nil {
		return offboarding.Named{}, err
	}
	if !isID(who.ID.text()) || deal.ID.text() != v.DealID {
		return offboarding.Named{}, noAccess("the portal did not confirm who opened the card", nil)
	}
	return offboarding.Named{ID: who.ID.text(), Name: fullName(who.Name, who.LastName)}, nil
}

func (c *Connector) asVisitor(ctx context.Context, acc *offboarding.Account, method string, p params, v offboarding.CardVisit, out any) error {
	a, err := c.addressOf(acc)
	if err != nil {
		return err
	}
	a.secret = v.AccessToken
	res, err := c.postTo(ctx, acc, a, method, withAuth(p, v.AccessToken))
	if err != nil {
		return err
	}
	r, err := c.read(a, method, res)
	if err != nil {
		return fmt.Errorf("ask the portal about a visitor: %w", err)
	}
	return r.into(method, out)
}
