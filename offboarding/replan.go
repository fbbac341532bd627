package offboarding

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// This file plans touches anew when what they were planned by has changed: the
// reason, the client's zone, a date, the address, or a consent.

// planBasis is everything that the days of touches depend on.
func (c *Case) planBasis(acc *Account) string {
	basis := []string{
		c.PlanFor(), c.Location(acc).String(), string(c.Lang(acc)), c.Dates.EffectiveOn, c.Dates.NoticeReceivedOn, c.Dates.HandoverDue, c.Dates.ReviewOn,
		c.Dates.SeasonOn, c.Client.Birthday, c.Client.CompanyDay, fmt.Sprint(c.Client.Email != "", MobileNumber(c.Client.Phone) != ""),
	}
	if c.Refused != "" {
		basis = append(basis, c.Refused)
	}
	return strings.Join(basis, "|")
}

const whyReplanned = "planned anew: "

// replan makes the touches that have not gone equal to what the plan says now.
// Steps whose day is over are not made up for.
func replan(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	if c.State != StateParted && c.State != StateInTouch {
		return nil
	}
	before, basis := c.PlannedFor, c.planBasis(acc)
	c.PlannedFor = basis
	if before == "" || before == basis { // planned by a version that did not write down by what
		return nil
	}
	plan, err := planOf(ctx, tx, c.PlanFor())
	if err != nil {
		return err
	}
	known, err := tx.TouchesOf(ctx, c.ID)
	if err != nil {
		return err
	}
	wanted := c.touches(acc, plan)
	n := 0
	for _, t := range known {
		i, moved := sameTouch(wanted, t), false
		switch {
		case i >= 0 && t.State == TouchPlanned && wanted[i].DueAt.After(now) && t.DueAt.After(now):
			if !t.DueAt.Equal(wanted[i].DueAt) || string(t.Vars) != string(wanted[i].Vars) || t.PlanIs != wanted[i].PlanIs {
				t.DueAt, t.Vars, t.PlanIs, moved = wanted[i].DueAt, wanted[i].Vars, wanted[i].PlanIs, true
			}
		case i < 0 && (t.State == TouchPlanned || t.State == TouchWaiting):
			t.State, t.Reason, moved = TouchCancelled, whyReplanned+c.leftOut(t, plan), true
		}
		if i >= 0 && (t.State != TouchCancelled || !strings.HasPrefix(t.Reason, whyReplanned)) {
			wanted[i] = nil
		}
		if !moved {
			continue
		}
		n++
		if err := tx.SaveTouch(ctx, t); err != nil {
			return err
		}
	}
	var fresh []*Touch
	ends := now
	for _, t := range wanted {
		if t != nil && t.DueAt.After(now) {
			fresh, ends = append(fresh, t), t.DueAt
		}
	}
	if n+len(fresh) == 0 {
		return nil
	}
	if err := tx.AddTouches(ctx, fresh); err != nil {
		return err
	}
	if len(fresh) > 0 && c.Tracks.WinBack == WinBackNone {
		c.Tracks.WinBack = WinBackPlanned
	}
	if err := tx.Record(ctx, c.line(ActorSystem, "touches.replanned", fmt.Sprintf("%s: %d touches moved or ended, %d new", c.planSaid(plan.Name), n, len(fresh)), nil)); err != nil {
		return err
	}
	if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectTimer}, c.timerKey(TimerPlanEnds), "planned anew"); err != nil {
		return err
	}
	return tx.AddEffects(ctx, []Effect{c.timer(TimerPlanEnds, ends.Add(planEndsAfter))})
}

// leftOut says why the plan has the touch no more.
func (c *Case) leftOut(t *Touch, plan *Plan) string {
	if c.refusesTouch(t.Class, t.order()) {
		return whyRefused
	}
	return "the plan is now " + plan.Name
}

// sameTouch finds the touch that stands for the same step, or for the same
// birthday, among those that are wanted; -1: none.
func sameTouch(wanted []*Touch, t *Touch) int {
	for i, w := range wanted {
		if w == nil || w.Plan != t.Plan || w.Template != t.Template {
			continue
		}
		if t.Template != T14 && w.Step == t.Step || t.Template == T14 && string(w.Vars) == string(t.Vars) && w.DueAt.Sub(t.DueAt).Abs() < 180*24*time.Hour {
			return i
		}
	}
	return -1
}
