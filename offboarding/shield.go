package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding/survey"
	"opendoor/offboarding/tone/intent"
)

// This file is the conflict shield (domain §11): a client must be able to
// complain without the subject reading it first.

// ToManager is the addressee of tasks that are not for the responsible.
const ToManager = "manager"

// Shielded reports whether what the client said must reach neither card, note,
// task nor result, because the responsible may be the one complained of: the
// reason is a person, the client's words name the responsible, or they quarrelled
// with the responsible. It ends when the manager releases it, and neither by
// another answer nor by another responsible.
func (c *Case) Shielded() bool {
	if c.ShieldReleased {
		return false
	}
	if len(c.ComplainedOf) > 0 {
		return true
	}
	if survey.GroupOf(c.Reason.Code) == shieldedGroup || c.Cause == CauseDestroyer {
		return true
	}
	if c.Refusal != nil && c.quarrelWithResponsible() {
		return true
	}
	texts := []string{c.Note, c.CRM.LossReason}
	if a := c.Answer; a != nil {
		if survey.GroupOf(a.Reason) == shieldedGroup {
			return true
		}
		texts = append(texts, a.Detail, a.Comment, a.Liked)
	}
	return survey.Mentions(strings.Join(texts, "\n"), c.Responsible.Name)
}

// hears raises the shield over words of the client, wherever they were said,
// that name the responsible or speak of how people of ours behaved. New words
// raise it anew: the manager has released others.
func (c *Case) hears(acc *Account, texts ...string) {
	text := strings.TrimSpace(strings.Join(texts, "\n"))
	if text == "" || !survey.Mentions(text, c.Responsible.Name) && intent.Check(text, string(c.Lang(acc))).ReasonHint != shieldedGroup {
		return
	}
	c.ShieldReleased = false
	c.complainedOf(c.Responsible)
}

// rememberAccused keeps whom the client may have meant: the responsible of that
// day, who may be another one tomorrow.
func (c *Case) rememberAccused() {
	if len(c.ComplainedOf) == 0 && c.Shielded() {
		c.complainedOf(c.Responsible)
	}
}

func (c *Case) complainedOf(r Responsible) {
	r.Inactive = false
	if r != (Responsible{}) && !slices.ContainsFunc(c.ComplainedOf, r.samePerson) {
		c.ComplainedOf = append(slices.Clone(c.ComplainedOf), r)
	}
}

// accused reports whether the client may have meant the person.
func (c *Case) accused(r Responsible) bool {
	return r.samePerson(c.Responsible) || slices.ContainsFunc(c.ComplainedOf, r.samePerson)
}

// MayRead reports whether a person may read what the client said. Whoever it
// may be about may not.
func (c *Case) MayRead(p Person) bool {
	return !c.Shielded() || !c.responsibleIs(p) && !slices.ContainsFunc(c.ComplainedOf, p.isResponsible)
}

// signer is who signs letters and gets the answers: the responsible, unless they
// have left or may be the one who is complained of; then the manager, who may
// not be known.
func (c *Case) signer(acc *Account) Responsible {
	if !c.Responsible.Inactive && !c.Shielded() {
		return c.Responsible
	}
	if m := acc.Policy.Manager; m != c.Responsible && !slices.ContainsFunc(c.ComplainedOf, m.samePerson) {
		return m
	}
	return Responsible{}
}

// addressee is who in the CRM gets a task about the case: under the shield and
// for what only a manager decides, the manager; an empty id leaves it to the
// owner of the CRM's credential, who is an administrator.
func (c *Case) addressee(acc *Account, to string) string {
	if to == ToManager || c.Shielded() {
		if m := acc.Policy.Manager; m.ID != c.Responsible.ID && !slices.ContainsFunc(c.ComplainedOf, m.samePerson) {
			return m.ID
		}
		return ""
	}
	if to != "" {
		return to
	}
	if c.Responsible.Inactive {
		return ""
	}
	return c.Responsible.ID
}

// callInstead is the call that a manager makes in the place of whom the client may
// have complained of.
const callInstead = "call:manager"

// callByManager takes the call from the responsible when the shield goes up: nobody
// is called by the person they complain of. It is asked before the case is stored.
func (c *Case) callByManager(ctx context.Context, tx Store, acc *Account, now time.Time) error {
	if !c.Open() || !c.Shielded() || !c.Dates.TalkedAt.IsZero() || c.Dates.CallBy.IsZero() {
		return nil
	}
	before, err := tx.Case(ctx, nil, c.ID)
	if err != nil || before.Shielded() {
		return err
	}
	due := c.Dates.CallBy
	if due.Before(now) {
		due = callBy(acc, now)
	}
	effects := append(c.taskTo(ToManager, callInstead, now, due), c.tickOff(now, "call", pick(acc.Lang.Or(RU), "С клиентом поговорит руководитель.", "A manager will talk to the client.")))
	return tx.AddEffects(ctx, effects)
}

// releaseShield lets everybody read again what the client said, on the word of
// somebody whom it is not about.
func releaseShield(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	switch {
	case !c.Shielded():
		return Rule("not_shielded", "nothing is held back")
	case !c.MayRead(a.Person):
		return Rule("shield_stands", "whoever it may be about does not release it")
	}
	c.ShieldReleased = true
	if err := tx.Record(ctx, c.line(by, "shield.released", "what the client said may be read by all who work on the case", nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

// shieldedGroup are the reasons that are about a person of ours.
const shieldedGroup = "people"
