package offboarding

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file is the notice of a parting (domain §7.1): its days come from the
// contract, a shorter notice may be granted, a longer one is never imposed.

// Waiver says who granted a shorter notice, and why.
type Waiver struct {
	By     Actor     `json:"by"`
	Reason string    `json:"reason"`
	From   string    `json:"from"` // the last day before
	At     time.Time `json:"at"`
}

// NoticeView is what follows from a case's notice now.
type NoticeView struct {
	BusinessDaysLeft int
	LetterSentAt     time.Time // of the filled cancellation letter
}

// Notice tells what follows from a case's notice now.
func (d *Desk) Notice(ctx context.Context, c *Case) (*NoticeView, error) {
	acc, err := d.store.Account(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	v := &NoticeView{}
	if c.Dates.EffectiveOn != "" {
		v.BusinessDaysLeft = acc.Calendar().Between(Day(d.now(), acc.Location()), c.Dates.EffectiveOn)
	}
	m, err := d.store.MessageByTemplate(ctx, c.ID, T06)
	if IsKind(err, KindNotFound) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.LetterSentAt = m.SentAt
	return v, nil
}

// WaiveNotice grants the client an earlier last day.
func (d *Desk) WaiveNotice(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, effectiveOn, reason string, by Actor) (*Case, error) {
	reason = strings.TrimSpace(reason)
	var wrong []FieldError
	if !IsDay(effectiveOn) {
		wrong = append(wrong, FieldError{"effective_on", "a day, YYYY-MM-DD"})
	}
	if reason == "" || len([]rune(reason)) > 4000 {
		wrong = append(wrong, FieldError{"reason", "why, at most 4000 characters"})
	}
	if len(wrong) > 0 {
		return nil, Invalid("the notice cannot be shortened like this", wrong...)
	}
	now := d.now()
	return change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		if err := c.seenAt(version); err != nil {
			return err
		}
		switch {
		case c.State != StateLeaving || c.Tracks.Notice != NoticeRunning && c.Tracks.Notice != NoticeWaived:
			return Rule("notice_not_running", "there is no notice that runs")
		case effectiveOn >= c.Dates.EffectiveOn:
			return Rule("longer_notice_never_imposed", "the last day is "+c.Dates.EffectiveOn+"; it may only come nearer")
		case effectiveOn < c.Dates.NoticeReceivedOn:
			return Invalid("the last day lies before the notice", FieldError{"effective_on", "not before " + c.Dates.NoticeReceivedOn})
		}
		c.Waived = &Waiver{By: by, Reason: reason, From: c.Dates.EffectiveOn, At: now.UTC().Truncate(time.Microsecond)}
		c.Dates.EffectiveOn = effectiveOn
		c.Tracks.Notice = NoticeWaived
		if err := tx.Record(ctx, c.line(by, "notice.waived", "the last day comes nearer: "+effectiveOn, map[string]string{"from": c.Waived.From, "to": effectiveOn})); err != nil {
			return err
		}
		return saveAndSync(ctx, tx, acc, c, now)
	})
}
