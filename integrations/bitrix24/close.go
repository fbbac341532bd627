package bitrix24

import (
	"context"

	"opendoor/offboarding"
)

var _ offboarding.TaskCloser = (*Connector)(nil)

// CloseTask ticks a to-do off, unless somebody has done so or deleted it. A
// to-do has no room for a result; the timeline tells why.
func (c *Connector) CloseTask(ctx context.Context, acc *offboarding.Account, dealID, ref, _ string, fence offboarding.FenceFunc) (offboarding.Written, error) {
	e, err := entityOf(dealID)
	if err != nil || !isID(ref) {
		return offboarding.Written{}, err
	}
	r, err := c.call(ctx, acc, "crm.activity.get", params{"id": ref})
	if soft(err) || hasNo(err) {
		return offboarding.Written{Ref: ref}, nil
	}
	if err != nil {
		return offboarding.Written{}, err
	}
	var there struct {
		OwnerID   scalar `json:"OWNER_ID"`
		Completed scalar `json:"COMPLETED"`
	}
	if err := r.into("crm.activity.get", &there); err != nil {
		return offboarding.Written{}, err
	}
	if owner := there.OwnerID.id(); there.Completed.yes() || owner != "" && owner != e.id {
		return offboarding.Written{Ref: ref}, nil
	}
	if err := fence(ctx); err != nil {
		return offboarding.Written{}, err
	}
	r, err = c.call(ctx, acc, "crm.activity.update", params{"id": ref, "fields": params{"COMPLETED": "Y"}})
	if err != nil {
		return offboarding.Written{}, err
	}
	return offboarding.Written{Changed: true, Ref: ref, At: r.Time.finished()}, nil
}
