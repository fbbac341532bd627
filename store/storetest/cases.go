package storetest

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func caseRoundTrip(f *fixture) {
	c := f.newCase("17")
	c.Note = "с нулём\x00 внутри и \\u0000 снаружи"
	f.ok(f.s.AddCase(f.ctx, c))
	got := must[*offboarding.Case](f)(f.s.Case(f.ctx, []uuid.UUID{f.acc.ID}, c.ID))
	c.Note = "с нулём внутри и \\u0000 снаружи"
	same(f, got, c)
	if c.No != 1 || f.addCase("18").No != 2 {
		f.Fatal("cases are not numbered from 1")
	}
	_, err := f.s.Case(f.ctx, []uuid.UUID{offboarding.NewID()}, c.ID)
	f.wants(err, offboarding.ErrNotFound)
}

func oneOpenCase(f *fixture) {
	opened := 0
	for _, err := range atOnce(16, func(int) error {
		return f.s.InTx(f.ctx, func(tx offboarding.Store) error { return tx.AddCase(f.ctx, f.newCase("17")) })
	}) {
		if err == nil {
			opened++
		} else {
			f.wants(err, offboarding.ErrStale)
		}
	}
	if opened != 1 {
		f.Fatalf("%d cases were opened, want 1", opened)
	}
	// The refusal leaves the transaction usable, and what is over makes room.
	first := must[[]*offboarding.Case](f)(f.s.CasesOfDeal(f.ctx, f.acc.ID, "17"))[0]
	second := f.newCase("17")
	f.ok(f.s.InTx(f.ctx, func(tx offboarding.Store) error {
		f.wants(tx.AddCase(f.ctx, f.newCase("17")), offboarding.ErrStale)
		first.State = offboarding.StateParted
		if err := tx.SaveCase(f.ctx, first); err != nil {
			return err
		}
		return tx.AddCase(f.ctx, second)
	}))
	same(f, must[[]*offboarding.Case](f)(f.s.CasesOfDeal(f.ctx, f.acc.ID, "17")), []*offboarding.Case{second, first})
	first.State = offboarding.StateLeaving
	f.wants(f.s.SaveCase(f.ctx, first), offboarding.ErrStale) // would be the second open one
	f.addCase("")
	byHand := f.addCase("") // without a deal: told apart by client and contract
	again := f.newCase("")
	again.Contract.Number = " " + strings.ToLower(byHand.Contract.Number)
	f.wants(f.s.AddCase(f.ctx, again), offboarding.ErrStale)
	byHand.State = offboarding.StateCancelled
	f.ok(f.s.SaveCase(f.ctx, byHand))
	f.ok(f.s.AddCase(f.ctx, again))
}

func caseVersions(f *fixture) {
	mine := f.addCase("17")
	theirs := *mine
	mine.Paused, mine.Answer, mine.RelapseOf = true, nil, nil
	f.ok(f.s.SaveCase(f.ctx, mine))
	f.wants(f.s.SaveCase(f.ctx, &theirs), offboarding.ErrStale)
	same(f, must[*offboarding.Case](f)(f.s.Case(f.ctx, nil, mine.ID)), mine)
	if mine.Version != 2 || theirs.Version != 1 {
		f.Fatalf("versions %d and %d, want 2 and 1", mine.Version, theirs.Version)
	}
	won := 0
	for _, err := range atOnce(16, func(int) error {
		c := *mine
		return f.s.SaveCase(f.ctx, &c)
	}) {
		if err == nil {
			won++
		} else {
			f.wants(err, offboarding.ErrStale)
		}
	}
	if won != 1 {
		f.Fatalf("%d writers won, want 1", won)
	}
}

func caseFilters(f *fixture) {
	c := f.addCase("17")
	plain := f.newCase("18")
	plain.State, plain.Initiator, plain.Reason.Code, plain.Responsible = offboarding.StateParted, offboarding.ByLapse, "need", offboarding.Responsible{}
	plain.Client, plain.Contract.Number, plain.CreatedAt = offboarding.Client{Name: "Contoso"}, "B_2", f.now.Add(time.Hour)
	f.ok(f.s.AddCase(f.ctx, plain))
	other := f.account("other")
	for name, test := range map[string]struct {
		filter offboarding.CaseFilter
		want   []uuid.UUID
	}{
		"nothing asked":           {offboarding.CaseFilter{}, []uuid.UUID{plain.ID, c.ID}},
		"several accounts":        {offboarding.CaseFilter{Scope: []uuid.UUID{f.acc.ID, other.ID}}, []uuid.UUID{plain.ID, c.ID}},
		"another account":         {offboarding.CaseFilter{AccountID: &other.ID}, nil},
		"no account":              {offboarding.CaseFilter{Scope: []uuid.UUID{}}, nil},
		"state":                   {offboarding.CaseFilter{State: offboarding.StateParted}, []uuid.UUID{plain.ID}},
		"initiator":               {offboarding.CaseFilter{Initiator: offboarding.ByClient}, []uuid.UUID{c.ID}},
		"reason group":            {offboarding.CaseFilter{Reason: "price"}, []uuid.UUID{c.ID}},
		"reason code":             {offboarding.CaseFilter{Reason: "price.raised"}, []uuid.UUID{c.ID}},
		"another code":            {offboarding.CaseFilter{Reason: "price.other"}, nil},
		"responsible's id":        {offboarding.CaseFilter{Responsible: "77"}, []uuid.UUID{c.ID}},
		"responsible's address":   {offboarding.CaseFilter{Responsible: "boss@example.ru"}, []uuid.UUID{c.ID}},
		"name, folded":            {offboarding.CaseFilter{Query: "ЕЛКА"}, []uuid.UUID{c.ID}},
		"address, folded":         {offboarding.CaseFilter{Query: "client@"}, []uuid.UUID{c.ID}},
		"contract":                {offboarding.CaseFilter{Query: "17/50%"}, []uuid.UUID{c.ID}},
		"a percent sign is one":   {offboarding.CaseFilter{Query: "A%50"}, nil},
		"an underscore is one":    {offboarding.CaseFilter{Query: "B_2"}, []uuid.UUID{plain.ID}},
		"an underscore, no match": {offboarding.CaseFilter{Query: "A_17"}, nil},
		"from":                    {offboarding.CaseFilter{From: f.now.Add(time.Minute)}, []uuid.UUID{plain.ID}},
		"to":                      {offboarding.CaseFilter{To: f.now.Add(time.Minute)}, []uuid.UUID{c.ID}},
		"all of it":               {offboarding.CaseFilter{AccountID: &f.acc.ID, State: c.State, Reason: "price", Query: "елка", From: f.now}, []uuid.UUID{c.ID}},
	} {
		got := must[[]*offboarding.Case](f)(f.s.CasesInScope(f.ctx, test.filter))
		f.Log(name)
		same(f, ids(func(c *offboarding.Case) uuid.UUID { return c.ID }, got), test.want)
	}
}

func casePages(f *fixture) {
	all := make([]uuid.UUID, 7)
	other := f.account("other")
	for i := range all {
		c := f.newCase("")
		if i%2 == 0 {
			c.AccountID = other.ID
		}
		f.ok(f.s.AddCase(f.ctx, c))
		all[len(all)-1-i] = c.ID
	}
	for _, scope := range [][]uuid.UUID{nil, {f.acc.ID, other.ID}} {
		var got []uuid.UUID
		page := offboarding.Page{Limit: 3}
		for range all { // more pages than there can be
			part := must[[]*offboarding.Case](f)(f.s.CasesInScope(f.ctx, offboarding.CaseFilter{Scope: scope, Page: page}))
			if len(part) == 0 {
				break
			}
			for _, c := range part {
				got = append(got, c.ID)
			}
			page.Before = &part[len(part)-1].ID
		}
		same(f, got, all)
	}
}

func burstGate(f *fixture) {
	held, free, byHand := f.newCase("1"), f.newCase("2"), f.newCase("3")
	held.Held, free.CreatedAt, byHand.CRM.Transition = true, f.now.Add(-2*time.Hour), ""
	for _, c := range []*offboarding.Case{held, free, byHand} {
		f.ok(f.s.AddCase(f.ctx, c))
	}
	if n := must[int](f)(f.s.CountCasesSince(f.ctx, f.acc.ID, f.now.Add(-time.Hour))); n != 1 {
		f.Fatalf("%d cases by hooks within the hour, want 1", n)
	}
	later := f.now.Add(time.Hour)
	because := func(reason string) func(*offboarding.Effect) {
		return func(e *offboarding.Effect) { e.Reason = reason }
	}
	waits := f.effect(offboarding.EffectMail, later, ofCase(held), because(offboarding.ReasonHeld))
	planned := f.effect(offboarding.EffectMail, later, ofCase(held))
	if n := must[int](f)(f.s.ReleaseHeld(f.ctx, f.acc.ID, f.now)); n != 1 {
		f.Fatalf("%d cases released, want 1", n)
	}
	got := must[*offboarding.Case](f)(f.s.Case(f.ctx, nil, held.ID))
	if got.Held || got.Version != 2 {
		f.Fatalf("held %t, version %d", got.Held, got.Version)
	}
	if due := f.effectIs(waits, offboarding.EffectReady).DueAt; !due.Equal(f.now) {
		f.Fatalf("what was held is due at %s", due)
	}
	if due := f.effectIs(planned, offboarding.EffectReady).DueAt; !due.Equal(later) {
		f.Fatalf("what has its own date is due at %s", due)
	}
}
