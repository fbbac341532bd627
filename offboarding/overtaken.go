package offboarding

import (
	"context"
	"slices"
	"time"
)

// This file is about clients who leave of their own accord while we still discuss
// among ourselves whether to part with them. They wait for nobody's approval: they
// get a parting of their own, and our proposal gives way (domain §2, fail open).

// untold reports whether the company's own parting is still a matter among us.
func (c *Case) untold() bool {
	return slices.Contains([]State{StateProposed, StateCoolingOff, StateApproval, StateParting}, c.State)
}

// told reports whether a parting is under way of which the client knows.
func (c *Case) told() bool { return c != nil && c.Open() && !c.untold() }

// overtakes reports whether our proposal is about the parting that the client has
// begun now: one deal, or one client, and nothing that tells two contracts apart.
func (c *Case) overtakes(k *Case) bool {
	if c.Initiator == ByCompany || k.ID == c.ID || !k.untold() {
		return false
	}
	if c.CRM.DealID != "" && k.CRM.DealID != "" {
		return c.CRM.DealID == k.CRM.DealID
	}
	numbered := c.Contract.Number != "" && k.Contract.Number != ""
	return k.Client.isOf(c.Client) && (!numbered || sameText(k.Contract.Number, c.Contract.Number))
}

// overtake cancels the proposals of ours that the parting in hand makes needless,
// before it is stored: there is one open parting per contract. own is that parting,
// or the one by hand which it joins. With whom the client quarrelled does not get
// to read what the client says now.
func (c *Case) overtake(ctx context.Context, tx Store, acc *Account, known []*Case, own *Case, now time.Time) (proposals []*Case, err error) {
	for _, k := range known {
		if !c.overtakes(k) { // nor once more: it is cancelled then
			continue
		}
		if k.Shielded() {
			k.rememberAccused()
			for _, r := range k.ComplainedOf {
				own.complainedOf(r)
			}
		}
		if err := k.giveWay(ctx, tx, acc, c, own, now); err != nil {
			return nil, err
		}
		proposals = append(proposals, k)
	}
	return proposals, nil
}

func (c *Case) giveWay(ctx context.Context, tx Store, acc *Account, to, own *Case, now time.Time) error {
	c.Refusal.DroppedBecause = "the client leaves of their own accord"
	if err := moveAndSync(ctx, tx, acc, c, StateCancelled, ActorSystem, "the client leaves of their own accord: case "+own.ID.String()+" takes the place of our proposal", now); err != nil {
		return err
	}
	if c.CRM.DealID != to.CRM.DealID {
		return nil
	}
	_, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectCard}, "", "the card shows the client's own parting")
	return err
}

// tellOvertaken writes down that proposals of ours have given way and lets a
// manager know.
func (c *Case) tellOvertaken(ctx context.Context, tx Store, acc *Account, proposals []*Case, now time.Time) error {
	for _, k := range proposals {
		if err := tx.Record(ctx, c.line(ActorSystem, "proposal.overtaken", "our proposal to part has given way: case "+k.ID.String(), nil)); err != nil {
			return err
		}
		task := c.taskTo(ToManager, "overtaken:"+k.ID.String(), now, callBy(acc, now))
		c.waitForRelease(&task[0], now)
		if err := tx.AddEffects(ctx, task); err != nil {
			return err
		}
	}
	return nil
}

// others joins lists of cases without those that stand in both.
func others(ofDeal, ofClient []*Case) []*Case {
	return append(slices.Clone(ofDeal), slices.DeleteFunc(slices.Clone(ofClient), func(k *Case) bool {
		return slices.ContainsFunc(ofDeal, func(d *Case) bool { return d.ID == k.ID })
	})...)
}
