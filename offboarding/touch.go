package offboarding

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// TouchState is where a touch stands.
type TouchState string

// The states of a touch. What became of a released one stands with its letter.
const (
	TouchPlanned   TouchState = "planned"
	TouchWaiting   TouchState = "waiting" // for a person's release
	TouchReleased  TouchState = "released"
	TouchDropped   TouchState = "dropped" // it may not go, and Reason says why
	TouchCancelled TouchState = "cancelled"
)

// Touch is one planned contact with a client who has left: a dated row and
// nothing else until its day.
type Touch struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	CaseID     uuid.UUID
	MessageID  *uuid.UUID
	Person     []byte // HMAC of the address, once released: caps count by it
	DueAt      time.Time
	ReleasedAt time.Time
	Step       int // of the plan, from 0
	PlanIs     int // the plan's version: from it come the words of news
	State      TouchState
	Class      StepClass
	Template   string
	Plan       string
	Reason     string          // why it moved, waits or will not go
	Channels   []Channel       // on which the client is tried, in this order; empty: e-mail alone
	Channel    Channel         // the one that was taken, once released; empty for a call
	Vars       json.RawMessage // of the letter; empty: the words of its step; those of a return offer are written by the person who releases it
	ReleasedBy string          // the person who let a marketing touch go
}

// Touches keeps the planned contacts.
type Touches interface {
	AddTouches(ctx context.Context, touches []*Touch) error
	// TouchOf returns a touch, locked until the end of a transaction.
	TouchOf(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Touch, error)
	SaveTouch(ctx context.Context, t *Touch) error
	TouchesOf(ctx context.Context, caseID uuid.UUID) ([]*Touch, error)
	// TouchesIn lists touches due in [from, to), by due time; after is the last one of the page before.
	TouchesIn(ctx context.Context, f TouchFilter) ([]*Touch, error)
	// TouchesDue lists planned touches whose time has come, at most perAccount of each account.
	TouchesDue(ctx context.Context, now time.Time, limit, perAccount int) ([]uuid.UUID, error)
	// CancelTouches cancels the case's touches that have not been released.
	CancelTouches(ctx context.Context, caseID uuid.UUID, reason string) (int, error)
	// TouchedSince lists when the person was touched since then, oldest first, over all cases: when a letter left,
	// and now for one that is on its way; letters that never left do not count. It keeps others from touching the person until the end of the transaction.
	TouchedSince(ctx context.Context, person []byte, since time.Time) ([]time.Time, error)
}

// TouchFilter selects touches.
type TouchFilter struct {
	Scope    []uuid.UUID
	From, To time.Time
	Limit    int
	After    *Touch
}

// Why touches move or end.
const (
	whyWindow   = "outside the sending window"
	whyPaused   = "the case is paused"
	whyHoldout  = "holdout: this client is left without offers, so that their effect can be measured"
	whyConsent  = "no consent to marketing on this channel"
	whyNoWord   = "no consent to be written to on this channel"
	whyAlone    = "the client is to be left alone"
	whyStopped  = "the address asked not to be written to"
	whyRelease  = "an offer waits until a person releases it"
	whyNoChange = "nothing that was wrong has been put right yet, so there is nothing true to tell"
	whyGap      = "too soon after the last touch"
	whyYear     = "the year's touches are used up"
	whyNextOne  = "over the cap until the next touch is due"
	whyDayOver  = "the day for which it was meant is over"
	whyQuietNow = "a year without a word from the client: only a birthday and one greeting a year"
	whyTooLong  = "two years without a word from the client"
)

// CancelTouch cancels a touch that has not gone.
func (w *WinBack) CancelTouch(ctx context.Context, scope []uuid.UUID, id uuid.UUID, actor Actor) (*Touch, error) {
	return w.changeTouch(ctx, scope, id, func(_ Store, t *Touch) (string, error) {
		if t.State != TouchPlanned && t.State != TouchWaiting {
			return "", Rule("touch_over", "the touch is "+string(t.State))
		}
		t.State, t.Reason = TouchCancelled, "a person cancelled it"
		return "touch.cancelled", nil
	}, actor)
}

func (w *WinBack) changeTouch(ctx context.Context, scope []uuid.UUID, id uuid.UUID, fn func(tx Store, t *Touch) (string, error), actor Actor) (*Touch, error) {
	var out *Touch
	err := w.store.InTx(ctx, func(tx Store) error {
		t, err := tx.TouchOf(ctx, scope, id)
		if err != nil {
			return err
		}
		kind, err := fn(tx, t)
		if err != nil {
			return err
		}
		out = t
		if err := tx.SaveTouch(ctx, t); err != nil {
			return err
		}
		c, err := tx.Case(ctx, nil, t.CaseID)
		if err != nil {
			return err
		}
		return tx.Record(ctx, c.line(actor, kind, c.touchSaid(t), nil))
	})
	return out, err
}
