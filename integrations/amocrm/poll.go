package amocrm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"opendoor/offboarding"
)

const (
	// How far a poll looks back behind its watermark (reliability §1): the feed
	// may be written a little after the fact.
	pollOverlap = 10 * time.Minute
	// The range needs an end; a clock of ours that lags by less loses nothing.
	pollAhead = 365 * 24 * time.Hour
	// Without a watermark nothing older is looked for: hooks are repeated for two
	// hours at most, and who lost the watermark must not read a year of events.
	pollFurthest = 7 * 24 * time.Hour
	// Pages of one poll; the rest waits for the next, so that a mass edit does
	// not hold the account's calls for long.
	pollPages = 10
	pollPage  = 100 // the most that events answer
	// How many events are remembered to spare the inbox bodies it has; more than
	// ten busy minutes. Forgetting one costs a duplicate, which the inbox knows.
	pollRemembers = 2000
)

// cursor is where the poll of an account stands. Times are the CRM's, since
// events are stamped by it: a step of our own clock loses nothing.
type cursor struct {
	After int64    `json:"after"`           // unix seconds: everything until then was seen
	Page  int      `json:"page,omitempty"`  // where an unfinished look goes on
	Until int64    `json:"until,omitempty"` // the newest event of the unfinished look
	Seen  []string `json:"seen,omitempty"`

	Customers customersCursor `json:"customers,omitzero"`
}

// event is one line of the CRM's own journal, with what we use of it.
type event struct {
	ID         text             `json:"id"`
	Type       text             `json:"type"`
	EntityID   number           `json:"entity_id"`
	EntityType text             `json:"entity_type"`
	CreatedBy  number           `json:"created_by"`
	CreatedAt  number           `json:"created_at"`
	AccountID  number           `json:"account_id"`
	Before     list[eventValue] `json:"value_before"`
	After      list[eventValue] `json:"value_after"`
}

type eventValue struct {
	Status *eventStage `json:"lead_status,omitempty"`
}

type eventStage struct {
	ID         number `json:"id"`
	PipelineID number `json:"pipeline_id"`
}

// polledEvent is the body that a poll leaves in the inbox.
type polledEvent struct {
	Poll  string `json:"poll"`
	Event event  `json:"event"`
}

// polledTypes are the events that may mean a cancellation, or its end.
const polledTypes = "lead_status_changed,lead_deleted,lead_restored"

// Poll reads what happened to stages of leads since the cursor.
func (c *Connector) Poll(ctx context.Context, acc *offboarding.Account) ([][]byte, json.RawMessage, error) {
	cur := c.cursorOf(acc)
	from := cur.After - int64(pollOverlap/time.Second)
	until := max(cur.After, c.latest().Unix()) + int64(pollAhead/time.Second)
	query := url.Values{
		"filter[type]":       {polledTypes},
		"filter[entity]":     {"lead"},
		"filter[created_at]": {fmt.Sprintf("%d,%d", from, until)},
		"limit":              {itoa(pollPage)},
	}
	seen := map[string]bool{}
	for _, id := range cur.Seen {
		seen[id] = true
	}
	var bodies [][]byte
	finished := false
	page := max(cur.Page, 1)
	for range pollPages {
		query.Set("page", itoa(int64(page)))
		var answer collection
		found, err := c.get(ctx, acc, "events", query, &answer)
		if err != nil {
			return nil, nil, fmt.Errorf("poll events: %w", err)
		}
		page++
		for _, e := range answer.Embedded.V.Events {
			if e.ID == "" || e.EntityID <= 0 || seen[string(e.ID)] {
				continue
			}
			seen[string(e.ID)] = true
			cur.Seen = append(cur.Seen, string(e.ID))
			cur.Until = max(cur.Until, int64(e.CreatedAt))
			bodies = append(bodies, e.body())
		}
		if !found || !answer.more() || len(answer.Embedded.V.Events) == 0 {
			finished = true
			break
		}
	}
	cur.Page = page
	if finished {
		// An event from the future must not take the watermark with it.
		cur.After = max(cur.After, min(cur.Until, c.latest().Unix()))
		cur.Page, cur.Until = 0, 0
	}
	if len(cur.Seen) > pollRemembers {
		cur.Seen = slices.Clone(cur.Seen[len(cur.Seen)-pollRemembers:])
	}
	if finished {
		lapsed, err := c.lapses(ctx, acc, &cur.Customers)
		if err != nil {
			return nil, nil, err
		}
		bodies = append(bodies, lapsed...)
	}
	c.warm(ctx, acc)
	next, err := json.Marshal(cur)
	if err != nil {
		return nil, nil, fmt.Errorf("write cursor: %w", err)
	}
	return bodies, next, nil
}

// warm reads what every deal needs while nobody waits for it. Without it the
// deal reads it itself, so that a failure here is none.
func (c *Connector) warm(ctx context.Context, acc *offboarding.Account) {
	_, _ = c.pipelines(ctx, acc, cacheFor/2)
	_, _ = c.account(ctx, acc, cacheFor/2)
}

// Unfinished reports whether the look that left the cursor has pages to go.
func (c *Connector) Unfinished(kept json.RawMessage) bool {
	var cur cursor
	return json.Unmarshal(kept, &cur) == nil && cur.Page > 1
}

// cursorOf reads the account's cursor. Without one the poll begins when the
// account was connected, by the earlier clock, but never walks through years.
func (c *Connector) cursorOf(acc *offboarding.Account) cursor {
	var cur cursor
	if json.Unmarshal(acc.Cursor, &cur) == nil && cur.After > 0 {
		return cur
	}
	start := c.now()
	for _, t := range []time.Time{c.wall(), acc.ConnectedAt} {
		if !t.IsZero() && t.Before(start) {
			start = t
		}
	}
	if earliest := c.wall().Add(-pollFurthest); start.Before(earliest) && c.now().After(earliest) {
		start = earliest
	}
	return cursor{After: start.Unix()}
}

// latest is the later clock: nothing that has happened is after it.
func (c *Connector) latest() time.Time {
	now, wall := c.now(), c.wall()
	if now.After(wall) {
		return now
	}
	return wall
}

// body spells the event the same way at every poll, so that the inbox knows it
// again.
func (e event) body() []byte {
	b, err := json.Marshal(polledEvent{Poll: "amocrm", Event: e})
	if err != nil {
		panic("amocrm: write polled event: " + err.Error()) // our own struct
	}
	return b
}

// readPolled reads a body that Poll made, or returns nil.
func readPolled(b []byte) *polledEvent {
	if !bytes.HasPrefix(b, []byte(`{"poll":"amocrm","event":`)) {
		return nil
	}
	var p polledEvent
	if json.Unmarshal(b, &p) != nil || p.Event.EntityID <= 0 {
		return nil
	}
	return &p
}

func (p *polledEvent) unpack(acc *offboarding.Account) offboarding.Unpacked {
	e := p.Event
	out := offboarding.Unpacked{
		RemoteID: e.AccountID.id(),
		Foreign:  foreign(acc, body{AccountID: e.AccountID.id()}),
	}
	if out.Foreign != "" {
		return out
	}
	ev := offboarding.UnpackedEvent{
		Kind:     offboarding.DealStageChanged,
		EntityID: e.EntityID.id(),
		Hint:     offboarding.Hint{OccurredAt: unix(e.CreatedAt), From: stageOf(e.Before), To: stageOf(e.After)},
	}
	switch e.Type {
	case "lead_deleted":
		ev.Kind = offboarding.DealDeleted
	case "lead_restored":
		ev.Kind = offboarding.DealRestored
	}
	out.Events = []offboarding.UnpackedEvent{ev}
	return out
}

func stageOf(values list[eventValue]) *offboarding.StageRef {
	for _, v := range values {
		if v.Status != nil && v.Status.ID != 0 {
			return &offboarding.StageRef{PipelineID: v.Status.PipelineID.id(), StageID: v.Status.ID.id()}
		}
	}
	return nil
}
