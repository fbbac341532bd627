package bitrix24

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"opendoor/integrations/phpform"
	"opendoor/offboarding"
)

// The portal's own queue of events is the only channel that loses nothing
// (reference §2.6): rows stay reserved under a number of ours until we say that
// they are stored. An application of a plan that has it reads it with each poll,
// beside the stage history, whose rows tell the same in other words.

const (
	offlineMost = 50             // rows in one poll, the portal's own default; more are read at once by the next
	offlineRest = 24 * time.Hour // until a portal without the queue is asked again
)

// offlineQueue is where we stand with the queue; it is part of the cursor.
type offlineQueue struct {
	Round int64 `json:"round,omitempty"` // what was read under this number is stored
	Taken bool  `json:"taken,omitempty"` // and is still to be cleared
	Bound bool  `json:"bound,omitempty"`
	Items bool  `json:"items,omitempty"` // bound for smart processes, too
	None  int64 `json:"none,omitempty"`  // unix time at which the portal turned out to have no queue for us
}

type offlineRow struct {
	ID    scalar          `json:"ID"`
	Event scalar          `json:"EVENT_NAME"`
	Data  json.RawMessage `json:"EVENT_DATA"`
	At    scalar          `json:"TIMESTAMP_X"`
}

// polledOffline is the body of a delivery that a row of the queue becomes.
type polledOffline struct {
	Poll    string     `json:"poll"`
	Offline offlineRow `json:"offline"`
}

// queued reads the queue. What the last poll stored is cleared first: its cursor
// was kept after its bodies. A crash between reading and storing leaves the rows
// reserved under the number that the next poll asks with.
func (c *Connector) queued(ctx context.Context, acc *offboarding.Account, q *offlineQueue) ([][]byte, error) {
	if q.None != 0 && c.wall().Sub(time.Unix(q.None, 0)).Abs() < offlineRest {
		return nil, nil
	}
	bodies, err := c.readQueue(ctx, acc, q)
	if err != nil && !isPostponed(err) && (soft(err) || hasNo(err)) {
		c.log.InfoContext(ctx, "the portal gives us no queue of events, its history is read alone", "account_id", acc.ID, "err", err)
		*q = offlineQueue{Round: q.Round, None: c.wall().Unix()}
		return nil, nil
	}
	return bodies, err
}

func (c *Connector) readQueue(ctx context.Context, acc *offboarding.Account, q *offlineQueue) (bodies [][]byte, err error) {
	name := func(round int64) string { return "opendoor-" + acc.ID.String() + "-" + strconv.FormatInt(round, 10) }
	if items := len(chosenTypes(acc)) > 0; !q.Bound || items && !q.Items {
		if err := c.bindQueue(ctx, acc); err != nil {
			return nil, err
		}
		q.Bound, q.Items = true, items
	}
	if q.Taken {
		if _, err := c.call(ctx, acc, "event.offline.clear", params{"process_id": name(q.Round)}); err != nil {
			return nil, err
		}
		q.Taken = false
	}
	r, err := c.call(ctx, acc, "event.offline.get", params{"clear": 0, "process_id": name(q.Round + 1), "limit": offlineMost})
	if err != nil {
		return bodies, err
	}
	var result struct {
		Events list[offlineRow] `json:"events"`
	}
	if err := r.into("event.offline.get", &result); err != nil {
		return bodies, err
	}
	for _, row := range result.Events {
		body, err := json.Marshal(polledOffline{Poll: string(offboarding.Bitrix24), Offline: row})
		if err != nil {
			return bodies, fmt.Errorf("write down a row of the queue: %w", err)
		}
		bodies = append(bodies, body)
	}
	if len(bodies) > 0 {
		q.Round, q.Taken = q.Round+1, true
	}
	return bodies, nil
}

// bindQueue asks for the events that matter to be kept. That they are kept
// already is told in three ways, and is no trouble.
func (c *Connector) bindQueue(ctx context.Context, acc *offboarding.Account) error {
	r, err := c.call(ctx, acc, "event.get", nil)
	if err != nil {
		return err
	}
	var bound list[struct {
		Event   scalar `json:"event"`
		Offline scalar `json:"offline"`
	}]
	if err := r.into("event.get", &bound); err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, b := range bound {
		kept[strings.ToUpper(b.Event.text())] = b.Offline.yes() || kept[strings.ToUpper(b.Event.text())]
	}
	for _, event := range eventsFor(acc) {
		if kept[event] {
			continue
		}
		if _, err := c.call(ctx, acc, "event.bind", params{"event": event, "event_type": "offline"}); err != nil {
			return err
		}
	}
	return nil
}

// unpackOffline reads a row of the queue as the event that it is. What a row
// holds is not documented; one without an id says nothing, and the stage history
// tells it.
func unpackOffline(acc *offboarding.Account, row offlineRow) offboarding.Unpacked {
	raw, err := json.Marshal(map[string]any{"event": row.Event.text(), "data": row.Data})
	if err != nil {
		return offboarding.Unpacked{Malformed: "a row of the queue cannot be read"}
	}
	form, _, err := phpform.FromJSON(raw)
	if err != nil {
		return offboarding.Unpacked{Malformed: "a row of the queue cannot be read"}
	}
	event, malformed := readEvent(acc, form)
	if malformed != "" {
		event = offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, Ignore: "a row of the portal's queue without a deal; its history tells more"}
	}
	event.Hint.OccurredAt = row.At.time()
	return offboarding.Unpacked{Events: []offboarding.UnpackedEvent{event}}
}
