package bitrix24

import (
	"context"
	"strings"
	"time"

	"opendoor/offboarding"
)

type remoteActivity struct {
	ID          scalar `json:"ID"`
	OwnerID     scalar `json:"OWNER_ID"`
	Subject     scalar `json:"SUBJECT"`
	Description scalar `json:"DESCRIPTION"`
}

// longestTitle keeps the title of a to-do on one line of the card, in characters.
const longestTitle = 120

// PutTask plans a to-do in the deal's card unless there is one with the marker,
// done or not. Somebody dismissed gets none: then it is for the webhook's owner.
func (c *Connector) PutTask(ctx context.Context, acc *offboarding.Account, dealID string, t offboarding.CardTask, fence offboarding.FenceFunc) (offboarding.Written, error) {
	const method = "crm.activity.todo.add"
	e, err := entityOf(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	ref, err := c.task(ctx, acc, e, t.Marker)
	if err != nil || ref != "" {
		return offboarding.Written{Ref: ref}, err
	}
	p := params{
		"ownerTypeId": e.typeID, "ownerId": e.id,
		"deadline":    t.Due.In(acc.Location()).Format(time.RFC3339),
		"title":       title(t.Text),
		"description": marked(t.Text, t.Marker),
	}
	if isID(t.ResponsibleID) {
		active, err := c.mayWork(ctx, acc, t.ResponsibleID)
		if err != nil {
			return offboarding.Written{}, err
		}
		if active {
			p["responsibleId"] = t.ResponsibleID
		}
	}
	fence = once(fence)
	r, err := c.add(ctx, acc, dealID, t.Marker, method, p, fence)
	if _, given := p["responsibleId"]; given && offboarding.IsKind(err, offboarding.KindInvalid) {
		// The person may not see the deal: better somebody's task than nobody's.
		c.log.WarnContext(ctx, "task not accepted for its responsible, given to the webhook's owner", "account_id", acc.ID, "err", err)
		delete(p, "responsibleId")
		r, err = c.add(ctx, acc, dealID, t.Marker, method, p, fence)
	}
	if err != nil {
		return offboarding.Written{}, err
	}
	var made struct {
		ID scalar `json:"id"`
	}
	if err := r.into(method, &made); err != nil {
		return offboarding.Written{}, err
	}
	return offboarding.Written{Changed: true, Ref: made.ID.text(), At: r.Time.finished()}, nil
}

// task looks for an activity with the marker among the newest of the deal.
func (c *Connector) task(ctx context.Context, acc *offboarding.Account, e entity, marker string) (ref string, err error) {
	const method = "crm.activity.list"
	for page := range lookPages {
		r, err := c.call(ctx, acc, method, params{
			"filter": params{"OWNER_TYPE_ID": e.typeID, "OWNER_ID": e.id},
			"order":  params{"ID": "DESC"},
			"select": []string{"ID", "OWNER_ID", "SUBJECT", "DESCRIPTION"},
			"start":  page * historyPage,
		})
		if hasNo(err) {
			c.log.WarnContext(ctx, "the portal cannot list activities, a repeat may double one", "account_id", acc.ID)
			return "", nil
		}
		if err != nil {
			return "", err
		}
		var rows list[remoteActivity]
		if err := r.into(method, &rows); err != nil {
			return "", err
		}
		for _, row := range rows {
			if owner := row.OwnerID.id(); owner != "" && owner != e.id {
				continue
			}
			if marker != "" && (strings.Contains(row.Description.text(), marker) || strings.Contains(row.Subject.text(), marker)) {
				return row.ID.text(), nil
			}
		}
		if len(rows) < historyPage {
			return "", nil
		}
	}
	return "", nil
}

// title is the first line of the text.
func title(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	runes := []rune(strings.TrimSpace(line))
	if len(runes) > longestTitle {
		return strings.TrimSpace(string(runes[:longestTitle-1])) + "…"
	}
	return string(runes)
}
