package bitrix24

import (
	"context"
	"maps"
	"strings"

	"opendoor/offboarding"
)

var _ offboarding.Mover = (*Connector)(nil)

// NewAddress tells where a renamed portal takes our webhook now. The old host
// itself sent us there, within the vendor's domains, and the new one must know
// the webhook's secret and name its owner: so it is the same portal. The address
// of an application is kept with its grant.
func (c *Connector) NewAddress(ctx context.Context, acc *offboarding.Account) (offboarding.Credentials, error) {
	a, err := c.addressOf(acc)
	if err != nil || a.app || a.base == a.kept {
		return nil, err
	}
	r, err := c.call(ctx, acc, "profile", nil)
	if err != nil {
		return nil, err
	}
	var me struct {
		ID scalar `json:"ID"`
	}
	if err := r.into("profile", &me); err != nil {
		return nil, err
	}
	path := strings.Split(a.base, "/")
	if owner := path[len(path)-2]; me.ID.id() != owner {
		return nil, offboarding.Unavailable("who answers for the renamed portal is not it", nil)
	}
	there := maps.Clone(acc.Credentials)
	there["webhook_url"] = a.base + "/"
	return there, nil
}
