package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file says by which contract a parting goes.

// takeTerms finds the contract of a case that opens and takes its terms: by
// number first, then by the deal, then by the client. What the contract does
// not say, or no contract says, falls back to the default and is flagged.
func (c *Case) takeTerms(ctx context.Context, tx Store, now time.Time, loc *time.Location) error {
	k, err := findContract(ctx, tx, c, Day(now, loc))
	if err != nil {
		return err
	}
	if k != nil {
		c.termsOf(k, Day(now, loc))
	}
	if c.Contract.NoticeDays == 0 && !c.Contract.NoticeKnown {
		c.Contract.NoticeDays, c.Contract.Missing = DefaultNoticeDays, true
	}
	return nil
}

// termsOf takes over what a contract says.
func (c *Case) termsOf(k *ContractRecord, day string) {
	t := &c.Contract
	id, told := k.ID, (t.NoticeDays > 0 || t.NoticeKnown) && !t.Missing
	t.RecordID, t.Number, t.Clause = &id, k.Number, k.NoticeClause
	if k.ServiceType != "" {
		t.ServiceType = k.ServiceType
	}
	if k.HandoverDays != nil {
		t.HandoverDays = *k.HandoverDays
	}
	switch {
	case k.NoticeDays != nil:
		t.NoticeDays, t.NoticeKnown, t.Missing = *k.NoticeDays, true, false
	case !told:
		t.NoticeDays, t.Missing = DefaultNoticeDays, true
	}
	if c.Client.Lang == "" {
		c.Client.Lang = k.Client.Lang
	}
	for _, f := range []struct{ to, from *string }{
		{&c.Client.Name, &k.Client.Name}, {&c.Client.Email, &k.Client.Email}, {&c.Client.Phone, &k.Client.Phone}, {&c.Company.ID, &k.Company.ID}, {&c.Company.Name, &k.Company.Name},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if r, ok := k.ResponsibleOn(day); ok && c.Responsible == (Responsible{}) {
		c.Responsible = Responsible{ID: r.ID, Name: r.Name, Email: r.Email}
	}
}

// findContract returns the one contract that the case is about, or nil. Two
// contracts that fit equally are none: guessing a term would be a promise.
func findContract(ctx context.Context, tx Store, c *Case, day string) (*ContractRecord, error) {
	by := ContractMatch{Number: c.Contract.Number, DealID: c.CRM.DealID, ClientID: c.Client.ID, Email: c.Client.Email, CompanyID: c.Company.ID}
	all, err := tx.ContractsLike(ctx, c.AccountID, by)
	if err != nil {
		return nil, err
	}
	for _, fits := range []func(k *ContractRecord) bool{
		func(k *ContractRecord) bool { return by.Number != "" && sameText(k.Number, by.Number) },
		func(k *ContractRecord) bool { return by.DealID != "" && k.DealID == by.DealID },
		func(k *ContractRecord) bool {
			return by.Number == "" && by.ClientID != "" && k.Client.ID == by.ClientID
		},
		func(k *ContractRecord) bool {
			return by.Number == "" && by.Email != "" && sameText(k.Client.Email, by.Email)
		},
		func(k *ContractRecord) bool {
			return by.Number == "" && by.CompanyID != "" && k.Company.ID == by.CompanyID
		},
	} {
		found := slices.DeleteFunc(slices.Clone(all), func(k *ContractRecord) bool { return !fits(k) })
		if running := slices.DeleteFunc(slices.Clone(found), func(k *ContractRecord) bool { return !k.Active(day) }); len(running) > 0 {
			found = running
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return nil, nil
		}
	}
	return nil, nil
}

func sameText(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// Flags names what is to be seen at once about a case.
func (c *Case) Flags() []string {
	var out []string
	if c.Contract.Missing {
		out = append(out, FlagContractMissing)
	}
	return out
}

// LinkContract gives a case its contract afterwards. A last day that was
// promised may only come nearer by it.
func (d *Desk) LinkContract(ctx context.Context, scope []uuid.UUID, caseID, contractID uuid.UUID, version int, by Actor) (*Case, error) {
	return change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		if err := c.seenAt(version); err != nil {
			return err
		}
		k, err := tx.Contract(ctx, []uuid.UUID{acc.ID}, contractID)
		if err != nil {
			return err
		}
		c.termsOf(k, Day(d.now(), acc.Location()))
		if err := notUnderWay(ctx, tx, c); c.Open() && err != nil {
			return err
		}
		if c.State == StateLeaving && c.Dates.EffectiveOn != "" && c.Dates.NoticeReceivedOn != "" {
			c.Dates.EffectiveOn = min(c.Dates.EffectiveOn, AddDays(c.Dates.NoticeReceivedOn, c.Contract.NoticeDays))
		}
		if err := bringSnapshot(ctx, tx, acc, c); err != nil {
			return err
		}
		if err := tx.Record(ctx, c.line(by, "contract.linked", "the case goes by a contract on record", map[string]string{"contract_id": k.ID.String()})); err != nil {
			return err
		}
		return saveAndSync(ctx, tx, acc, c, d.now())
	})
}
