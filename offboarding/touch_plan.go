package offboarding

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// planTouches writes down how we keep in touch with a client who has just
// parted from us.
func planTouches(ctx context.Context, tx Store, acc *Account, c *Case) error {
	plan, err := planOf(ctx, tx, c.PlanFor())
	if err != nil {
		return err
	}
	c.PlannedFor = c.planBasis(acc)
	touches := c.touches(acc, plan)
	if len(touches) == 0 {
		return nil
	}
	c.Tracks.WinBack = WinBackPlanned
	if err := tx.AddTouches(ctx, touches); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(ActorSystem, "touches.planned", fmt.Sprintf("%s, %d touches", c.planSaid(plan.Name), len(touches)), nil)); err != nil {
		return err
	}
	ends := touches[len(touches)-1].DueAt.Add(planEndsAfter)
	return tx.AddEffects(ctx, []Effect{c.timer(TimerPlanEnds, ends)})
}

// planSaid names a plan in the timeline, where its name would tell the reason.
func (c *Case) planSaid(name string) string {
	if c.Shielded() {
		return "the plan"
	}
	return "plan " + name
}

func (c *Case) touchSaid(t *Touch) string {
	return fmt.Sprintf("touch %d of %s", t.Step+1, c.planSaid(t.Plan))
}

// A plan is over so long after its last touch.
const planEndsAfter = 30 * 24 * time.Hour

// planOf returns a plan as the operator has it, else as it was shipped.
func planOf(ctx context.Context, s Plans, name string) (*Plan, error) {
	p, err := s.PlanNamed(ctx, name)
	if !IsKind(err, KindNotFound) {
		return p, err
	}
	stock, ok := StockPlan(name)
	if !ok {
		return nil, ErrNotFound
	}
	return stock, nil
}

// touches are the dated touches of a plan for the case, by their day, with the
// greetings that belong to every plan but quiet. Letters need a channel on which
// the client may be reached.
func (c *Case) touches(acc *Account, plan *Plan) []*Touch {
	var out []*Touch
	loc := c.Location(acc)
	for i, s := range plan.Steps {
		at, known := c.dueOn(s, loc)
		order := plan.order(s)
		if !known || c.refusesTouch(s.Class, order) || s.Class != StepCall && !c.mayBeReached(order) {
			continue
		}
		t := &Touch{
			ID: NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: c.openingFor(acc, s.Template, at).UTC(), Step: i, State: TouchPlanned,
			Class: s.Class, Template: s.Template, Plan: plan.Name, PlanIs: plan.Version, Channels: order,
		}
		switch {
		case s.Class == StepCall:
			t.Template = s.What
		case s.Template == T14:
			t.Vars, _ = json.Marshal(Birthday{Occasion: occasionOf(s.Before)})
		}
		out = append(out, t)
	}
	if plan.Name != PlanQuiet {
		out = append(out, c.greetings(acc, plan)...)
	}
	slices.SortStableFunc(out, func(a, b *Touch) int { return a.DueAt.Compare(b.DueAt) })
	return out
}

func occasionOf(field string) string {
	if field == OccasionCompanyDay {
		return OccasionCompanyDay
	}
	return OccasionBirthday
}

// greetings are the birthdays of the client and the company as long as we keep
// in touch, unless a step of the plan greets already.
func (c *Case) greetings(acc *Account, plan *Plan) []*Touch {
	order := plan.order(Step{})
	if !c.mayBeReached(order) || c.refusesTouch(StepRelationship, order) || slices.ContainsFunc(plan.Steps, func(s Step) bool { return s.Template == T14 }) {
		return nil
	}
	var out []*Touch
	loc := c.Location(acc)
	parted := c.Dates.PartedAt.In(loc)
	for _, of := range []struct{ day, occasion string }{{c.Client.Birthday, OccasionBirthday}, {c.Client.CompanyDay, OccasionCompanyDay}} {
		for year := parted.Year(); year <= parted.Year()+touchYears; year++ {
			m, d, ok := anniversary(of.day, year)
			at := clockOn(year, m, d, touchHour, loc)
			if !ok || !at.After(c.Dates.PartedAt) || !at.Before(parted.AddDate(touchYears, 0, 0)) {
				continue
			}
			vars, _ := json.Marshal(Birthday{Occasion: of.occasion})
			out = append(out, &Touch{
				ID: NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: c.openingFor(acc, T14, at).UTC(), Step: len(plan.Steps) + len(out), State: TouchPlanned,
				Class: StepRelationship, Template: T14, Plan: plan.Name, PlanIs: plan.Version, Channels: order, Vars: vars,
			})
		}
	}
	return out
}

// planEnded closes a case whose plan is over; touches that moved are waited for.
func planEnded(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	all, err := tx.TouchesOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.State == TouchPlanned || t.State == TouchWaiting && now.Before(t.DueAt.Add(planEndsAfter)) {
			return tx.AddEffects(ctx, []Effect{c.timer(TimerPlanEnds, now.Add(planEndsAfter))})
		}
	}
	if c.Tracks.WinBack != WinBackStopped { // who asked to be left alone has not seen the plan to its end
		c.Tracks.WinBack = WinBackExhausted
	}
	return moveAndSync(ctx, tx, acc, c, StateClosed, ActorSystem, "the plan is over", now)
}
