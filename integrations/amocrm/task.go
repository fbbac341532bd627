package amocrm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"opendoor/offboarding"
)

// taskTypeCall is "Связаться" / "Follow-up" in every account.
const taskTypeCall = 1

type taskPatch struct {
	Text          string `json:"text"`
	CompleteTill  int64  `json:"complete_till"`
	EntityID      number `json:"entity_id"`
	EntityType    string `json:"entity_type"`
	TypeID        int    `json:"task_type_id"`
	ResponsibleID number `json:"responsible_user_id,omitempty"`
}

// PutTask adds the task unless one with its marker is there, done or not. The
// API has no key against doubles, so every try looks first.
func (c *Connector) PutTask(ctx context.Context, acc *offboarding.Account, dealID string, t offboarding.CardTask, fence offboarding.FenceFunc) (offboarding.Written, error) {
	entity, owner, err := ownerOf(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	there, err := c.findTask(ctx, acc, entity, owner, t.Marker)
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("look for the task: %w", err)
	}
	if there != nil {
		return offboarding.Written{Ref: there.ID.id()}, nil
	}
	wanted := taskPatch{
		Text: withMarker(t.Text, t.Marker), CompleteTill: t.Due.Unix(),
		EntityID: owner, EntityType: entity, TypeID: taskTypeCall,
	}
	if id, ok := positive(t.ResponsibleID); ok {
		r, err := c.responsible(ctx, acc, number(id))
		if err != nil {
			return offboarding.Written{}, fmt.Errorf("read who is responsible: %w", err)
		}
		if !r.Inactive {
			wanted.ResponsibleID = number(id)
		}
	}
	if err := fence(ctx); err != nil {
		return offboarding.Written{}, err
	}
	var answer collection
	_, err = c.send(ctx, acc, http.MethodPost, "tasks", []taskPatch{wanted}, &answer)
	if badChoice(err) && wanted.ResponsibleID != 0 {
		// Whoever it was cannot be given tasks any more; the token's owner can.
		wanted.ResponsibleID = 0
		_, err = c.send(ctx, acc, http.MethodPost, "tasks", []taskPatch{wanted}, &answer)
	}
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("add the task: %w", err)
	}
	for _, added := range answer.Embedded.V.Tasks {
		return offboarding.Written{Changed: true, Ref: added.ID.id(), At: unix(added.UpdatedAt)}, nil
	}
	return offboarding.Written{}, offboarding.Unavailable("the CRM did not say which task it added", nil)
}

func (c *Connector) findTask(ctx context.Context, acc *offboarding.Account, entity string, owner number, marker string) (*task, error) {
	const pages = 4 // a thousand tasks on one lead
	for page := int64(1); page <= pages; page++ {
		var answer collection
		query := url.Values{
			"filter[entity_type]": {entity}, "filter[entity_id]": {owner.id()}, "limit": {itoa(listPage)}, "page": {itoa(page)},
		}
		found, err := c.get(ctx, acc, "tasks", query, &answer)
		if err != nil {
			return nil, err
		}
		for _, t := range answer.Embedded.V.Tasks {
			if t.EntityID == owner && strings.Contains(string(t.Text), marker) {
				return &t, nil
			}
		}
		if !found || !answer.more() {
			break
		}
	}
	return nil, nil
}
