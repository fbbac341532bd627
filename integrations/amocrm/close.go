package amocrm

import (
	"context"
	"fmt"
	"net/http"

	"opendoor/offboarding"
)

var _ offboarding.TaskCloser = (*Connector)(nil)

type taskClosing struct {
	Completed bool       `json:"is_completed"`
	Result    noteParams `json:"result"`
}

// CloseTask ticks a task off, unless somebody has done so or deleted it.
func (c *Connector) CloseTask(ctx context.Context, acc *offboarding.Account, dealID, ref, result string, fence offboarding.FenceFunc) (offboarding.Written, error) {
	id, ok := positive(ref)
	if !ok {
		return offboarding.Written{}, nil
	}
	_, owner, err := ownerOf(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	path := "tasks/" + itoa(id)
	var there task
	found, err := c.get(ctx, acc, path, nil, &there)
	if refusedWith(err, http.StatusNotFound) {
		found, err = false, nil
	}
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("read the task: %w", err)
	}
	if !found || bool(there.IsCompleted) || there.EntityID != 0 && there.EntityID != owner {
		return offboarding.Written{Ref: ref}, nil
	}
	if err := fence(ctx); err != nil {
		return offboarding.Written{}, err
	}
	var answer task
	if _, err := c.send(ctx, acc, http.MethodPatch, path, taskClosing{true, noteParams{result}}, &answer); err != nil {
		return offboarding.Written{}, fmt.Errorf("tick the task off: %w", err)
	}
	return offboarding.Written{Changed: true, Ref: ref, At: unix(answer.UpdatedAt)}, nil
}
