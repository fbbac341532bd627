package offboarding

import (
	"context"
	"strings"
	"time"

	"opendoor/offboarding/tone/intent"
)

// IntentHint is what the client's words suggest about the decision, with the
// words themselves. It decides nothing (domain §2.3).
type IntentHint struct {
	Intent   Intent    `json:"intent"`
	Evidence []string  `json:"evidence,omitempty"`
	At       time.Time `json:"at"`
}

// hint notes what a rule saw in a text. Respect beats hope: a hint of a final
// decision is never replaced by a weaker one.
func (c *Case) hint(h IntentHint) bool {
	if h.Intent == "" || h.Intent == IntentUnknown {
		return false
	}
	if c.IntentHint != nil && (c.IntentHint.Intent == IntentFinal || c.IntentHint.Intent == h.Intent) {
		return false
	}
	c.IntentHint = &h
	return true
}

// LooksFinal reports whether offers are held back until a person has read what
// the client wrote: a rule saw a final decision, and nobody above a rule has
// said what the intent is.
func (c *Case) LooksFinal() bool {
	return c.IntentHint != nil && c.IntentHint.Intent == IntentFinal && c.IntentSource.Rank() <= IntentBySurvey.Rank()
}

// listen reads what the client has written and notes what it suggests.
func (c *Case) listen(acc *Account, now time.Time, texts ...string) {
	s := intent.Check(strings.Join(texts, "\n"), string(c.Lang(acc)))
	h := IntentHint{Intent: Intent(s.Intent), At: now.UTC()}
	for _, e := range s.Evidence {
		h.Evidence = append(h.Evidence, e.Text)
	}
	c.hint(h)
}

func setIntent(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	switch a.Intent {
	case IntentUnknown, IntentVenting, IntentUndecided, IntentFinal:
	default:
		return Invalid("unknown intent", FieldError{"intent", "unknown, venting, undecided or final"})
	}
	if c.State == StateCancelled {
		return Rule("case_cancelled", "the case was cancelled as a mistake")
	}
	if c.IntentSource.Rank() > IntentByManager.Rank() {
		return Rule("client_said_so", "the client has told by their own link; only the client changes that")
	}
	c.Intent, c.IntentSource = a.Intent, IntentByManager
	c.note(a.Note)
	if err := tx.Record(ctx, c.line(by, "intent.set", "intent "+string(a.Intent), nil)); err != nil {
		return err
	}
	if a.Intent == IntentFinal && (c.State == StateListening || c.State == StateSaving) {
		return moveAndSync(ctx, tx, acc, c, StateLeaving, by, "the decision is final", now)
	}
	return saveAndSync(ctx, tx, acc, c, now)
}
