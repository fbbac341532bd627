package offboarding

import (
	"encoding/json"
	"time"
)

// Hooks are not enough (reliability §1): every account is asked what changed,
// soon after it was connected and then every five minutes. With all hooks gone
// a cancellation is therefore found within PollEvery and the time of one look.
const (
	PollEvery = 5 * time.Minute
	FirstPoll = time.Minute // its hooks are given their chance first
)

// Resumer is a Connector whose look at the CRM may end before all was read. The
// rest is not left for five minutes.
type Resumer interface {
	// Unfinished reports whether there is more to read behind the cursor already.
	Unfinished(cursor json.RawMessage) bool
}

// PollHorizon is the latest time at which the next poll of any account can be
// due. One that is due later was planned by a clock that has since been set
// back, and must not wait until that clock's time comes again. Twice the
// interval leaves room for clocks of processes that differ.
func PollHorizon(now time.Time, every time.Duration) time.Time { return now.Add(2 * every) }
