package bitrix24

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"opendoor/offboarding"
)

// typeCursor is where the poller stands with one type of smart process.
type typeCursor struct {
	// From is when the type was first looked at, in unix seconds by the portal's
	// clock: what was over before is history.
	From  int64 `json:"from"`
	After int64 `json:"after,omitempty"`
	More  bool  `json:"more,omitempty"`

	// A type without a history of stages is followed by what changed.
	Mute  int64 `json:"mute,omitempty"`  // unix time at which the portal turned out to have none
	Since int64 `json:"since,omitempty"` // unix time, the portal's, up to which changes are known
	Last  int64 `json:"last,omitempty"`  // with More: the highest id read of this look
}

// askHistoryAgain is after how long a portal without a history for a type is
// asked for it again.
const askHistoryAgain = 24 * time.Hour

// polledItem is the body of a delivery about an item whose type has no history.
// Its bytes depend on the move alone.
type polledItem struct {
	Poll string `json:"poll"`
	Item struct {
		Type     int    `json:"type"`
		ID       scalar `json:"id"`
		Category scalar `json:"category_id"`
		StageID  scalar `json:"stage_id"`
		Created  scalar `json:"created_time"`
		Moved    scalar `json:"moved_time"`
	} `json:"item"`
}

// pollItems looks at every chosen type. A type that is not chosen any more is
// forgotten.
func (c *Connector) pollItems(ctx context.Context, acc *offboarding.Account, first bool, kept map[string]typeCursor) (bodies [][]byte, next map[string]typeCursor, err error) {
	for _, typeID := range chosenTypes(acc) {
		key := strconv.Itoa(typeID)
		at, known := kept[key]
		found, at, err := c.pollType(ctx, acc, typeID, first, known, at)
		if err != nil {
			return nil, nil, fmt.Errorf("look at items of type %d: %w", typeID, err)
		}
		if next == nil {
			next = map[string]typeCursor{}
		}
		next[key] = at
		bodies = append(bodies, found...)
	}
	return bodies, next, nil
}

func (c *Connector) pollType(ctx context.Context, acc *offboarding.Account, typeID int, first, known bool, at typeCursor) (bodies [][]byte, _ typeCursor, err error) {
	if at.Mute != 0 && c.wall().Sub(time.Unix(at.Mute, 0)).Abs() < askHistoryAgain {
		return c.pollChanges(ctx, acc, typeID, at)
	}
	since := time.Time{} // a type that is chosen later begins with its choice
	if first {
		since = acc.ConnectedAt
	}
	var rows []historyRow
	var stand cursor
	now := c.wall()
	if known && at.Mute == 0 {
		rows, stand, err = c.historyAfter(ctx, acc, typeID, cursor{After: at.After})
	} else {
		if at.From != 0 {
			since = time.Unix(at.From, 0)
		}
		rows, stand, now, err = c.firstHistory(ctx, acc, typeID, since)
	}
	if at.From == 0 {
		at.From = now.Unix()
		if first && !acc.ConnectedAt.IsZero() && acc.ConnectedAt.Before(now) {
			at.From = acc.ConnectedAt.Unix()
		}
	}
	if notThere(err) {
		c.log.InfoContext(ctx, "the type has no history of stages, its changes are read", "account_id", acc.ID, "type", typeID, "err", err)
		if at.Mute == 0 {
			at.Since = time.Unix(at.From, 0).Add(-overlap).Unix()
		}
		at.Mute, at.After = c.wall().Unix(), 0
		return c.pollChanges(ctx, acc, typeID, at)
	}
	if err != nil {
		return nil, at, err
	}
	at.After, at.More, at.Mute, at.Since, at.Last = stand.After, stand.More, 0, 0, 0
	bodies, err = bodiesOf(typeID, rows)
	return bodies, at, err
}

// pollChanges reads the items that were changed since the last look. A type that
// cannot be read at all is left alone: deals must not wait for it.
func (c *Connector) pollChanges(ctx context.Context, acc *offboarding.Account, typeID int, at typeCursor) (bodies [][]byte, _ typeCursor, err error) {
	since := time.Unix(at.Since, 0).UTC()
	filter := params{">=updatedTime": since.Format(time.RFC3339)}
	newest := at.Since
	at.More = false
	for range pagesAtMost {
		if at.Last > 0 {
			filter[">id"] = at.Last
		}
		rows, now, err := c.items(ctx, acc, typeID, filter, "ASC")
		if notThere(err) {
			c.log.WarnContext(ctx, "items cannot be read", "account_id", acc.ID, "type", typeID, "err", err)
			return bodies, at, nil
		}
		if err != nil {
			return nil, at, err
		}
		newest = max(newest, now.Unix())
		reached := at.Last
		for _, row := range rows {
			n, err := strconv.ParseInt(row.ID.id(), 10, 64)
			if err != nil || n <= at.Last { // a portal that ignores the filter
				continue
			}
			reached = max(reached, n)
			if moved := row.Moved.time(); !moved.IsZero() && moved.Before(since) {
				continue // changed, and not moved
			}
			body, err := row.body(typeID)
			if err != nil {
				return nil, at, err
			}
			bodies = append(bodies, body)
		}
		if reached == at.Last || len(rows) < historyPage {
			at.Last, at.Since = 0, time.Unix(newest, 0).Add(-overlap).Unix()
			return bodies, at, nil
		}
		at.Last = reached
	}
	at.More = true
	return bodies, at, nil
}

func (i remoteItem) body(typeID int) ([]byte, error) {
	p := polledItem{Poll: string(offboarding.Bitrix24)}
	p.Item.Type, p.Item.ID, p.Item.Category, p.Item.StageID = typeID, i.ID, i.CategoryID, i.StageID
	p.Item.Created, p.Item.Moved = i.Created, i.Moved
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write down a changed item: %w", err)
	}
	return body, nil
}

// unpackItem reads a body that pollChanges wrote.
func unpackItem(p polledItem) offboarding.Unpacked {
	e := entity{p.Item.Type, p.Item.ID.id()}
	event := offboarding.UnpackedEvent{
		Kind: offboarding.DealStageChanged, EntityID: e.String(), Hint: offboarding.Hint{OccurredAt: p.Item.Moved.time()},
	}
	if p.Item.Moved.time().Sub(p.Item.Created.time()).Abs() <= sameMoment {
		event.Kind = offboarding.DealAdded
	}
	if stage := p.Item.StageID.text(); stage != "" {
		event.Hint.To = &offboarding.StageRef{PipelineID: e.pipelineOf(p.Item.Category), StageID: stage}
	}
	return offboarding.Unpacked{Events: []offboarding.UnpackedEvent{event}}
}

// watchedSince is from when on items of the type are looked at: what was over
// before the type was chosen is history, whatever is edited in it later.
func (c *Connector) watchedSince(acc *offboarding.Account, e entity) time.Time {
	var kept cursor
	if !e.smart() || len(acc.Cursor) == 0 || json.Unmarshal(acc.Cursor, &kept) != nil {
		return time.Time{}
	}
	if at, known := kept.Types[strconv.Itoa(e.typeID)]; known {
		return time.Unix(at.From, 0).UTC()
	}
	if slices.Contains(chosenTypes(acc), e.typeID) {
		return c.wall().UTC()
	}
	return time.Time{}
}
