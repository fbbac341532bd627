package bitrix24

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"opendoor/offboarding"
)

const (
	historyPage = 50               // fixed by the portal (reference §4.4)
	pagesAtMost = 20               // 1000 moves a poll; the next poll goes on from there
	overlap     = 10 * time.Minute // rows may come to light later than rows with higher ids (reliability §1)
)

// cursor is where the poller stands in the history of stages: all rows up to
// After have been reported and are older than the overlap. What lies between
// is read again; the inbox knows the same bodies by their bytes.
type cursor struct {
	After int64 `json:"after"`
	More  bool  `json:"more,omitempty"` // the last look ended before all was read

	Queue offlineQueue `json:"queue,omitzero"`

	Types map[string]typeCursor `json:"types,omitempty"` // of smart processes
}

// Unfinished reports whether the look that left the cursor has pages to go.
func (c *Connector) Unfinished(kept json.RawMessage) bool {
	var at cursor
	if json.Unmarshal(kept, &at) != nil {
		return false
	}
	for _, t := range at.Types {
		at.More = at.More || t.More
	}
	return at.More
}

// historyRow is one move of a deal.
type historyRow struct {
	ID        scalar `json:"ID"`
	TypeID    scalar `json:"TYPE_ID"` // 1 created, 2 moved, 3 final stage, 5 other pipeline
	OwnerID   scalar `json:"OWNER_ID"`
	CreatedAt scalar `json:"CREATED_TIME"`
	Category  scalar `json:"CATEGORY_ID"`
	Semantics scalar `json:"STAGE_SEMANTIC_ID"`
	StageID   scalar `json:"STAGE_ID"`
}

func (h historyRow) number() int64 {
	n, err := strconv.ParseInt(h.ID.id(), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// polled is the body of a delivery that the poller writes. Its bytes depend on
// the row alone.
type polled struct {
	Poll    string     `json:"poll"`
	Type    int        `json:"type,omitempty"` // of a smart process; 0: a deal
	History historyRow `json:"history"`
}

// Poll reads the history of stages since the cursor: it shows lost events and
// the moves to another pipeline, of which an outgoing webhook never tells.
// Without a cursor it begins ten minutes before the connection, so that nothing
// between the connection and the first poll is missed, whenever that came.
func (c *Connector) Poll(ctx context.Context, acc *offboarding.Account) (bodies [][]byte, next json.RawMessage, err error) {
	var rows []historyRow
	var at, kept cursor
	first := len(acc.Cursor) == 0 || json.Unmarshal(acc.Cursor, &kept) != nil
	if first {
		rows, at, _, err = c.firstHistory(ctx, acc, dealType, acc.ConnectedAt)
	} else {
		rows, at, err = c.historyAfter(ctx, acc, dealType, kept)
	}
	if err != nil {
		return nil, nil, err
	}
	at.Queue = kept.Queue
	if bodies, err = bodiesOf(dealType, rows); err != nil {
		return nil, nil, err
	}
	items, types, err := c.pollItems(ctx, acc, first, kept.Types)
	if err != nil {
		return nil, nil, err
	}
	bodies, at.Types = append(bodies, items...), types
	if byOAuth(acc) {
		queued, err := c.queued(ctx, acc, &at.Queue)
		if err != nil {
			return nil, nil, err
		}
		at.More = at.More || len(queued) >= offlineMost
		bodies = append(queued, bodies...)
	}
	next, err = json.Marshal(at)
	return bodies, next, err
}

// bodiesOf writes one body for each deal, about its last move: the deal is read
// back in any case, and shows where it stands now. A deal that still stands where
// it was created has not moved, however many rows tell of that one moment.
func bodiesOf(typeID int, rows []historyRow) ([][]byte, error) {
	last := map[string]int64{}
	born := map[string]historyRow{}
	for _, row := range rows {
		deal := row.OwnerID.id()
		last[deal] = max(last[deal], row.number())
		if row.created() {
			born[deal] = row
		} else if b, ok := born[deal]; ok && b.StageID.text() != row.StageID.text() {
			delete(born, deal)
		}
	}
	var bodies [][]byte
	for _, row := range rows {
		deal := row.OwnerID.id()
		if deal == "" || last[deal] != row.number() {
			continue
		}
		if b, ok := born[deal]; ok {
			row = b
		}
		p := polled{Poll: string(offboarding.Bitrix24), Type: typeID, History: row}
		if typeID == dealType {
			p.Type = 0
		}
		body, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("write down a row of the stage history: %w", err)
		}
		bodies = append(bodies, body)
	}
	return bodies, nil
}

// created reports whether the row tells that the deal was made.
func (h historyRow) created() bool { return h.TypeID.text() == "1" }

// firstHistory reads back from the newest row to the time of the connection,
// and returns those rows oldest first, with the portal's time. When there are
// more of them than one poll reads, it returns none and the place below them
// all: a robot that moves ten thousand deals does not wait for our first look.
func (c *Connector) firstHistory(ctx context.Context, acc *offboarding.Account, typeID int, connected time.Time) (rows []historyRow, at cursor, now time.Time, err error) {
	below, reached := int64(0), false
	for range pagesAtMost {
		p := params{"order": params{"ID": "DESC"}}
		if below > 0 {
			p["filter"] = params{"<ID": below}
		}
		page, asked, err := c.history(ctx, acc, typeID, p)
		if err != nil {
			return nil, cursor{}, c.wall(), err
		}
		if now.IsZero() {
			now = asked
		}
		lowest := below
		for _, row := range page {
			if n := row.number(); below == 0 || n < below { // a portal may ignore the filter
				rows = append(rows, row)
				if lowest == 0 || n < lowest {
					lowest = n
				}
			}
		}
		if reached = lowest == below || len(page) < historyPage || before(page[len(page)-1], now, connected); reached {
			break
		}
		below = lowest
	}
	if !reached {
		after, err := c.connectedAfter(ctx, acc, typeID, below, connected)
		return nil, cursor{After: after, More: true}, now, err
	}
	slices.Reverse(rows)
	wanted := rows[:0:0]
	young := false
	for _, row := range rows {
		if young = young || !settled(row, now); !young {
			at.After = max(at.After, row.number())
		}
		if !before(row, now, connected) {
			wanted = append(wanted, row)
		}
	}
	if at.After == 0 && len(rows) > 0 {
		at.After = rows[0].number() - 1 // nothing older will be asked for again
	}
	return wanted, at, now, nil
}

// connectedAfter halves the ids below one until it has found the last row from
// before the connection: twenty calls for a million rows.
func (c *Connector) connectedAfter(ctx context.Context, acc *offboarding.Account, typeID int, below int64, connected time.Time) (int64, error) {
	old := int64(0) // all rows up to it are older than the connection
	for below-old > historyPage {
		middle := old + (below-old)/2
		page, now, err := c.history(ctx, acc, typeID, params{"order": params{"ID": "DESC"}, "filter": params{"<ID": middle}})
		if err != nil {
			return 0, err
		}
		young := int64(0) // the lowest row of the page that is younger
		for _, row := range page {
			if n := row.number(); n < middle && !before(row, now, connected) {
				young = n
			}
		}
		if young == 0 {
			old = middle - 1
		} else {
			below = young
		}
	}
	return old, nil
}

// before reports whether a row is older than the connection and the overlap.
func before(row historyRow, now, connected time.Time) bool {
	if connected.IsZero() || connected.After(now) {
		connected = now
	}
	return row.CreatedAt.time().Before(connected.Add(-overlap))
}

// historyAfter reads on from the cursor, page by page.
func (c *Connector) historyAfter(ctx context.Context, acc *offboarding.Account, typeID int, at cursor) ([]historyRow, cursor, error) {
	var rows []historyRow
	read := at.After
	oldest := at.After // the highest id below everything that is still young
	young := false
	for range pagesAtMost {
		page, now, err := c.history(ctx, acc, typeID, params{
			"order":  params{"ID": "ASC"},
			"filter": params{">ID": read},
		})
		if err != nil {
			if len(rows) > 0 {
				break // what was read counts; the next poll meets the trouble again, or does not
			}
			return nil, at, err
		}
		reached := read
		for _, row := range page {
			if row.number() <= read {
				continue // a portal that ignores the filter
			}
			reached = max(reached, row.number())
			rows = append(rows, row)
			if young = young || !settled(row, now); !young {
				oldest = max(oldest, row.number())
			}
		}
		if reached == read || len(page) < historyPage {
			return rows, cursor{After: oldest}, nil
		}
		read = reached
	}
	// More than one poll can read: the overlap gives way, or the poller would
	// read the same pages until they are old.
	return rows, cursor{After: read, More: true}, nil
}

// settled reports whether a row is so old that no row before it can still come
// to light.
func settled(row historyRow, now time.Time) bool {
	return row.CreatedAt.time().Before(now.Add(-overlap))
}

// history reads one page and the portal's own time.
func (c *Connector) history(ctx context.Context, acc *offboarding.Account, typeID int, p params) (page []historyRow, now time.Time, err error) {
	const method = "crm.stagehistory.list"
	p["entityTypeId"] = typeID
	p["start"] = -1 // no counting (reference §4.4)
	r, err := c.call(ctx, acc, method, p)
	if err != nil {
		return nil, now, err
	}
	var result struct {
		Items list[historyRow] `json:"items"`
	}
	if err := r.into(method, &result); err != nil {
		return nil, now, err
	}
	// Rows are aged by the clock that stamped them, never by ours. It is not
	// earlier than its own newest row.
	if now = r.Time.finished(); now.IsZero() {
		now = c.wall()
	}
	for _, row := range result.Items {
		if at := row.CreatedAt.time(); at.After(now) {
			now = at
		}
	}
	return result.Items, now, nil
}

// unpackPolled reads a body that Poll wrote.
func unpackPolled(acc *offboarding.Account, body []byte) offboarding.Unpacked {
	var queued polledOffline
	if json.Unmarshal(body, &queued) == nil && queued.Poll == string(offboarding.Bitrix24) && queued.Offline.Event.text() != "" {
		return unpackOffline(acc, queued.Offline)
	}
	var item polledItem
	if json.Unmarshal(body, &item) == nil && item.Poll == string(offboarding.Bitrix24) && item.Item.ID.id() != "" && item.Item.Type > 0 {
		return unpackItem(item)
	}
	var p polled
	if err := json.Unmarshal(bytes.TrimSpace(body), &p); err != nil || p.Poll != string(offboarding.Bitrix24) || p.History.OwnerID.id() == "" {
		return offboarding.Unpacked{Malformed: "the body is no row of the stage history"}
	}
	e := entity{cmp.Or(p.Type, dealType), p.History.OwnerID.id()}
	event := offboarding.UnpackedEvent{
		Kind: offboarding.DealStageChanged, EntityID: e.String(),
		Hint: offboarding.Hint{OccurredAt: p.History.CreatedAt.time()},
	}
	if p.History.created() {
		event.Kind = offboarding.DealAdded
	}
	if stage := p.History.StageID.text(); stage != "" {
		event.Hint.To = &offboarding.StageRef{PipelineID: e.pipelineOf(p.History.Category), StageID: stage}
	}
	return offboarding.Unpacked{Events: []offboarding.UnpackedEvent{event}}
}
