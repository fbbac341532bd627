package offboarding

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file does what people decide about a parting that the company proposes.

func propose(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if c.State != StateProposed {
		return c.May(StateCoolingOff, now)
	}
	var wrong []FieldError
	for i, in := range a.Incidents {
		if !dayReached(in.On, now.In(acc.Location())) {
			wrong = append(wrong, FieldError{fmt.Sprintf("incidents[%d].on", i), "a day, YYYY-MM-DD, not in the future"})
		}
		if strings.TrimSpace(in.What) == "" {
			wrong = append(wrong, FieldError{fmt.Sprintf("incidents[%d].what", i), "what happened"})
		}
	}
	if len(wrong) > 0 {
		return Invalid("the incidents cannot be read", wrong...)
	}
	c.Refusal = &Refusal{
		Reason: strings.TrimSpace(a.Reason), Incidents: a.Incidents, QuarrelWith: strings.TrimSpace(a.QuarrelWith),
		ProposedBy: a.Person, ProposedAt: now.UTC(), CoolingOffUntil: coolingOffEnds(acc, now),
	}
	c.Reason = StatedReason{Code: c.Refusal.Reason, Source: "company"}
	if err := moveAndSync(ctx, tx, acc, c, StateCoolingOff, by, "a parting is proposed: "+c.Refusal.Reason, now); err != nil {
		return err
	}
	effects := append(c.taskTo(ToManager, "checklist", now, c.Refusal.CoolingOffUntil), c.timer(TimerCoolingOff, c.Refusal.CoolingOffUntil))
	return tx.AddEffects(ctx, effects)
}

// reviewRefusal takes the checklist. What turns out to be a bad day or our own fault
// ends here; an incomplete list is refused by the name of what is missing.
func reviewRefusal(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if c.State != StateCoolingOff {
		return c.May(StateApproval, now)
	}
	r := *a.Review
	r.By, r.At = a.Person, now.UTC()
	if err := r.fromDirectory(ctx, tx, c); err != nil {
		return err
	}
	c.Refusal.Review = &r
	local := now.In(acc.Location())
	if err := c.refusedBy([]Guard{reviewerNotInQuarrel}, local); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(by, "refusal.reviewed", "the checklist was gone through", nil)); err != nil {
		return err
	}
	switch {
	case r.OurFault:
		return dropAsOurFault(ctx, tx, acc, c, by, now)
	case r.BadDay:
		return dropRefusal(ctx, tx, acc, c, by, "it was a bad day", now)
	}
	if err := c.refusedBy(checklist, local); err != nil {
		return err
	}
	if r.Refund.PayOn != "" && r.Refund.PayOn < AddDays(Day(now, acc.Location()), -1) { // yesterday may still be today elsewhere
		return Invalid("the refund cannot be promised for a day that is over", FieldError{"refund.pay_on", "a day, not in the past"})
	}
	if c.refusedBy([]Guard{cooledOff}, local) != nil {
		return saveAndSync(ctx, tx, acc, c, now)
	}
	return askForApproval(ctx, tx, acc, c, by, now)
}

// fromDirectory fills in the alternatives that are named by their id.
func (r *RefusalReview) fromDirectory(ctx context.Context, tx Store, c *Case) error {
	for i, alt := range r.Alternatives {
		if alt.ID == nil {
			continue
		}
		p, err := tx.Provider(ctx, []uuid.UUID{c.AccountID}, *alt.ID)
		if IsKind(err, KindNotFound) {
			return Invalid("an alternative is not in the directory", FieldError{fmt.Sprintf("alternatives[%d].id", i), "an id of GET /recommended-providers"})
		}
		if err != nil {
			return err
		}
		r.Alternatives[i] = p.alternative()
	}
	return nil
}

// stillRecommended reads again what the directory says: between the review and
// the letter somebody may have withdrawn their consent, and is not recommended
// then. Who was taken out of it is left out.
func (r *Refusal) stillRecommended(ctx context.Context, tx Store, accountID uuid.UUID) error {
	if r == nil || r.Review == nil {
		return nil
	}
	var kept []Alternative
	for _, alt := range r.Review.Alternatives {
		if alt.ID != nil {
			p, err := tx.Provider(ctx, []uuid.UUID{accountID}, *alt.ID)
			if IsKind(err, KindNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			alt = p.alternative()
		}
		kept = append(kept, alt)
	}
	r.Review.Alternatives = kept
	return nil
}

func askForApproval(ctx context.Context, tx Store, acc *Account, c *Case, by Actor, now time.Time) error {
	if err := moveAndSync(ctx, tx, acc, c, StateApproval, by, "the cooling-off is over and the checklist complete", now); err != nil {
		return err
	}
	return tx.AddEffects(ctx, c.taskTo(ToManager, "approval", now, callBy(acc, now)))
}

func approve(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if strings.TrimSpace(a.Text) == "" {
		return Invalid("the decision needs a text", FieldError{"text", "why, and on which conditions"})
	}
	local := now.In(acc.Location())
	if err := c.Refusal.stillRecommended(ctx, tx, c.AccountID); err != nil {
		return err
	}
	if c.State == StateProposed || c.State == StateCoolingOff {
		if err := c.refusedBy(preconditions, local); err != nil {
			return err
		}
		if err := askForApproval(ctx, tx, acc, c, ActorSystem, now); err != nil {
			return err
		}
	}
	if c.State != StateApproval {
		return c.May(StateParting, local)
	}
	c.Refusal.Approval = &Approval{By: a.Person, At: now.UTC(), Text: strings.TrimSpace(a.Text)}
	return moveAndSync(ctx, tx, acc, c, StateParting, by, "the parting is approved", now)
}

func drop(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if strings.TrimSpace(a.Reason) == "" {
		return Invalid("a reason is required", FieldError{"reason", "why we keep the client"})
	}
	if err := c.May(StateDropped, now.In(acc.Location())); err != nil {
		return err
	}
	if err := c.mayDrop(a.Person); err != nil {
		return err
	}
	return dropRefusal(ctx, tx, acc, c, by, strings.TrimSpace(a.Reason), now)
}

// mayDrop: to keep the client is a decision too. During the cooling-off it is the
// reviewer's, then the approver's, and never theirs who are in the quarrel.
func (c *Case) mayDrop(p Person) error {
	switch asked := c.State == StateApproval; {
	case !asked && c.inQuarrel(p):
		return Rule(reviewerNotInQuarrel.Rule, reviewerNotInQuarrel.Why)
	case asked && !p.Approves():
		return Rule(approverApproves.Rule, approverApproves.Why)
	case asked && p.Is(c.Refusal.ProposedBy):
		return Rule(approverIsNotRequester.Rule, "who proposed it does not decide it")
	case asked && c.inQuarrel(p):
		return Rule(approverNotInQuarrel.Rule, approverNotInQuarrel.Why)
	}
	return nil
}

// mayCancel: whoever a case may be about does not make it a mistake; somebody else
// can. Nor does who is in the quarrel end a proposal so.
func (c *Case) mayCancel(p Person) error {
	switch {
	case c.untold() && c.Refusal != nil && c.inQuarrel(p):
		if c.State == StateApproval || c.State == StateParting {
			return Rule(approverNotInQuarrel.Rule, approverNotInQuarrel.Why)
		}
		return Rule(reviewerNotInQuarrel.Rule, reviewerNotInQuarrel.Why)
	case !c.MayRead(p):
		return Rule("shield_stands", "whoever it may be about does not cancel it")
	}
	return nil
}

func dropRefusal(ctx context.Context, tx Store, acc *Account, c *Case, by Actor, why string, now time.Time) error {
	c.Refusal.DroppedBecause = why
	return moveAndSync(ctx, tx, acc, c, StateDropped, by, "we keep the client", now)
}

// dropAsOurFault keeps the client and puts right what we did: measures with a
// date, and an apology (domain §2.2).
func dropAsOurFault(ctx context.Context, tx Store, acc *Account, c *Case, by Actor, now time.Time) error {
	c.Cause, c.ServiceRelated = CauseBrokenTerms, ServiceYes
	due := Day(acc.Calendar().Add(now, ourFaultDays, acc.Location()), acc.Location())
	owner := cmp.Or(acc.Policy.Manager.Name, c.Refusal.Review.By.Name) // no manager is named: who found it sees to it
	for _, code := range []string{"M2", "M3"} {
		m := &Measure{
			ID: NewID(), AccountID: c.AccountID, CaseID: c.ID, Code: code, State: MeasureOpen, Owner: owner, DueOn: due,
			Note: "the review found our own fault", CreatedBy: Person{Name: "opendoor"}, CreatedAt: now.UTC(),
		}
		if err := tx.AddMeasure(ctx, m); err != nil {
			return err
		}
	}
	if err := dropRefusal(ctx, tx, acc, c, by, "our own fault", now); err != nil {
		return err
	}
	if c.Client.Email == "" {
		return tx.AddEffects(ctx, c.taskTo(ToManager, "apologise", now, callBy(acc, now)))
	}
	return post(ctx, tx, c.letterWith(acc, T04, now, ourFaultApology(c.Lang(acc), due)))
}

// What we did wrong is put right within this many business days.
const ourFaultDays = 5

// ourFaultApology says in words that are right whatever it was: the reviewer's
// note is about our people and does not go to a client.
func ourFaultApology(l Lang, until string) Apology {
	if l == EN {
		return Apology{
			Fault:    "we did not keep to what we had agreed, and let it grow into a disagreement",
			Remedy:   "we are going through what was agreed, will put right what we missed and call you with the result",
			RemedyOn: until,
		}
	}
	return Apology{
		Fault:    "мы не выполнили то, о чём договорились, и дали этому перерасти в разногласия",
		Remedy:   "разбираем договорённости, исправим то, что упустили, и позвоним вам с результатом",
		RemedyOn: until,
	}
}

// hasten ends the cooling-off: safety and the law do not wait (domain §2.2).
func hasten(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if strings.TrimSpace(a.Reason) == "" {
		return Invalid("a reason is required", FieldError{"reason", "why it cannot wait"})
	}
	switch {
	case c.State != StateCoolingOff:
		return Rule("cooling_off_not_running", "no cooling-off is running")
	case !a.Person.Approves():
		return Rule(approverApproves.Rule, approverApproves.Why)
	case a.Person.Is(c.Refusal.ProposedBy):
		return Rule(approverIsNotRequester.Rule, "who proposed it does not shorten the cooling-off")
	case c.inQuarrel(a.Person):
		return Rule(approverNotInQuarrel.Rule, approverNotInQuarrel.Why)
	case !c.Refusal.mayBeHastened():
		return Rule("cooling_off_stands", "the cooling-off is shortened only for safety or the law")
	}
	c.Refusal.CoolingOffUntil = now.UTC()
	if err := tx.Record(ctx, c.line(by, "refusal.hastened", "the cooling-off was shortened", nil)); err != nil {
		return err
	}
	if c.refusedBy(preconditions, now.In(acc.Location())) == nil {
		return askForApproval(ctx, tx, acc, c, by, now)
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

// partByCompany writes T20 with its four steps, once every precondition holds,
// and opens the same way out as for every client who leaves.
func partByCompany(ctx context.Context, tx Store, acc *Account, c *Case, by Actor, now time.Time) error {
	local := now.In(acc.Location())
	if err := c.Refusal.stillRecommended(ctx, tx, c.AccountID); err != nil {
		return err
	}
	switch c.State {
	case StateProposed, StateCoolingOff, StateApproval:
		if err := c.refusedBy(preconditions, local); err != nil {
			return err
		}
		return Rule(approvalGiven.Rule, approvalGiven.Why)
	}
	if err := moveAndSync(ctx, tx, acc, c, StateLeaving, by, "the company parts with the client", now); err != nil {
		return err
	}
	if c.Client.Email == "" {
		return tx.AddEffects(ctx, c.taskTo(ToManager, "part_by_phone", now, callBy(acc, now)))
	}
	r := c.Refusal.Review.Refund
	letters := []ordered{c.letterWith(acc, T20, now, c.companyParting(c.Lang(acc)))}
	if r.Decision != "none" {
		pay, err := time.ParseInLocation(time.DateOnly, r.PayOn, acc.Location())
		if err != nil || pay.Before(now) {
			pay = now
		}
		letters = append(letters, c.letterWith(acc, T21, pay, RefundNotice{Amount: *r.Amount, Basis: r.basis(c.Lang(acc)), PayOn: r.PayOn}))
	}
	return post(ctx, tx, letters...)
}

func (c *Case) companyParting(lang Lang) CompanyParting {
	r := c.Refusal.Review
	v := CompanyParting{RefundBasis: r.Refund.basis(lang), EffectiveOn: c.Dates.EffectiveOn}
	if r.Refund.Decision != "none" {
		v.Refund, v.RefundOn = r.Refund.Amount, r.Refund.PayOn
	}
	for _, a := range r.Alternatives {
		v.Alternatives = append(v.Alternatives, LetterAlternative{Name: a.Name, WhatFor: a.WhatFor, Contact: a.Contact})
	}
	return v
}

func (r *Refund) basis(l Lang) string {
	switch {
	case strings.TrimSpace(r.Reason) != "":
		return strings.TrimSpace(r.Reason)
	case l == EN:
		return "everything that was paid for work not done"
	}
	return "всё, что оплачено и не отработано"
}
