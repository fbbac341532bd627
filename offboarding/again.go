package offboarding

import (
	"context"
	"slices"
	"time"
)

// This file is about clients who come again with another deal. Whom the company
// has decided not to serve any more a person decides about, and nothing is said
// automatically (domain §2.2); others are back when that deal is won (§2.1).

// refusedBefore finds the parting by which the company decided not to serve
// the client of a deal that is new to us; nil: none.
func refusedBefore(ctx context.Context, tx Store, v *view) (*Case, error) {
	if v.last != nil || v.snap != nil || v.acc.Meaning(v.deal) == MeansCancelled || v.deal.Client.ID == "" && v.deal.Client.Email == "" {
		return nil, nil //nolint:nilnil // nobody was refused
	}
	before, err := tx.CasesOfClient(ctx, v.acc.ID, v.deal.Client)
	if err != nil {
		return nil, err
	}
	return noLongerServed(before), nil
}

// partedBefore finds the newest parting with the client of a won deal that was
// never lost: such a deal, won after we had parted, is their return. A deal that
// was won before, and is only seen again, is not; nil: none.
func partedBefore(ctx context.Context, tx Store, v *view) (*Case, error) {
	won := v.movedAt()
	if v.last != nil || v.acc.Meaning(v.deal) != MeansReturned || won.IsZero() || v.deal.Client.ID == "" && v.deal.Client.Email == "" {
		return nil, nil //nolint:nilnil // nobody has come back
	}
	before, err := tx.CasesOfClient(ctx, v.acc.ID, v.deal.Client)
	if err != nil {
		return nil, err
	}
	later := false // whether the client has had another parting since
	for _, c := range before {
		open := c.State == StateParted || c.State == StateInTouch || c.State == StateClosed && !later
		if open && !won.Before(c.Dates.PartedAt.Truncate(sameSecond)) { // CRMs tell whole seconds
			return c, nil
		}
		later = later || c.State != StateCancelled
	}
	return nil, nil //nolint:nilnil // they have never left, or are back already
}

// cameAgain writes down that the client is here again and gives an approver the
// task to decide. The same deal comes again once.
func cameAgain(ctx context.Context, tx Store, acc *Account, c *Case, dealID string, now time.Time) error {
	what := "came_again:" + dealID
	known, err := tx.AuditOf(ctx, "case:"+c.ID.String())
	if err != nil {
		return err
	}
	summary := "the client is here again with deal " + dealID
	if slices.ContainsFunc(known, func(a Audit) bool { return a.Kind == "client.came_again" && a.Summary == summary }) {
		return nil
	}
	if err := tx.Record(ctx, c.line(ActorCRM, "client.came_again", summary, nil)); err != nil {
		return err
	}
	c.CameAgain = true
	if err := tx.AddEffects(ctx, c.taskTo(ToManager, what, now, callBy(acc, now))); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}
