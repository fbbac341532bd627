package storetest

import (
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// measures come back as they were stored, oldest first, and only to their case.
func measures(f *fixture) {
	c := f.addCase("measures-" + f.next())
	first := &offboarding.Measure{
		ID: offboarding.NewID(), AccountID: f.acc.ID, CaseID: c.ID, Code: "M3", State: offboarding.MeasureOpen, DueOn: "2026-12-01", CreatedAt: f.now,
		Owner: "77", Note: "вернуть плату", Amount: &offboarding.Money{AmountMinor: 1 << 40, Currency: "RUB"}, CreatedBy: offboarding.Person{ID: "k1", Name: "Ольга"},
	}
	second := &offboarding.Measure{ID: offboarding.NewID(), AccountID: f.acc.ID, CaseID: c.ID, Code: "M8", State: offboarding.MeasureOpen, DueOn: "2026-12-05", CreatedAt: f.now}
	f.ok(f.s.AddMeasure(f.ctx, first))
	f.ok(f.s.AddMeasure(f.ctx, second))
	first.State, first.DoneAt, first.ApprovedBy, first.ApprovedAt = offboarding.MeasureDone, f.now.Add(time.Hour), offboarding.Person{ID: "k2", Name: "Ирина"}, f.now
	f.ok(f.s.SaveMeasure(f.ctx, first))
	same(f, must[[]*offboarding.Measure](f)(f.s.MeasuresOf(f.ctx, c.ID)), []*offboarding.Measure{first, second})
	same(f, must[*offboarding.Measure](f)(f.s.Measure(f.ctx, c.ID, first.ID)), first)
	_, err := f.s.Measure(f.ctx, offboarding.NewID(), first.ID)
	f.wants(err, offboarding.ErrNotFound)
}

// recommended: providers are an account's own directory.
func recommended(f *fixture) {
	p := &offboarding.Recommended{
		ID: offboarding.NewID(), AccountID: f.acc.ID, Name: "Бухгалтерия «Соседи»", WhatFor: "учёт производств", Contact: "hello@example.org",
		Consent: true, CheckedOn: "2026-09-01", Note: "звонили", CreatedAt: f.now, UpdatedAt: f.now,
	}
	f.ok(f.s.AddProvider(f.ctx, p))
	own := []uuid.UUID{f.acc.ID}
	same(f, must[*offboarding.Recommended](f)(f.s.Provider(f.ctx, own, p.ID)), p)
	_, err := f.s.Provider(f.ctx, []uuid.UUID{offboarding.NewID()}, p.ID)
	f.wants(err, offboarding.ErrNotFound)
	p.Consent, p.CheckedOn, p.UpdatedAt = false, "2026-10-01", f.now.Add(time.Hour)
	f.ok(f.s.SaveProvider(f.ctx, p))
	same(f, must[[]*offboarding.Recommended](f)(f.s.ProvidersInScope(f.ctx, own, nil, offboarding.Page{Limit: 10})), []*offboarding.Recommended{p})
	f.ok(f.s.DeleteProvider(f.ctx, p.ID))
	_, err = f.s.Provider(f.ctx, own, p.ID)
	f.wants(err, offboarding.ErrNotFound)
}

// sources are found again by their key, within their account alone.
func sources(f *fixture) {
	foreign, c := f.account("another"), f.addCase("sources-"+f.next())
	add := func(a *offboarding.Account, caseID uuid.UUID) *offboarding.SourceReport {
		r := &offboarding.SourceReport{
			ID: offboarding.NewID(), AccountID: a.ID, CaseID: caseID, SourceKey: "директор лютик", CreatedAt: f.now,
			Source: "Директор «Лютика»", HeardOn: "2026-10-01", HeardAbout: "осенью", Claim: "теряете документы", Fact: "акт № 14", By: offboarding.Person{Name: "hr"},
		}
		f.ok(f.s.AddSourceReport(f.ctx, r))
		return r
	}
	first, second := add(f.acc, c.ID), add(f.acc, offboarding.NewID())
	add(foreign, offboarding.NewID())
	same(f, must[[]*offboarding.SourceReport](f)(f.s.SourceReportsOf(f.ctx, c.ID)), []*offboarding.SourceReport{first})
	same(f, must[[]*offboarding.SourceReport](f)(f.s.SourceReportsNaming(f.ctx, f.acc.ID, "директор лютик")), []*offboarding.SourceReport{second, first})
	same(f, must[[]*offboarding.SourceReport](f)(f.s.SourceReportsInScope(f.ctx, []uuid.UUID{f.acc.ID}, offboarding.Page{Limit: 1})), []*offboarding.SourceReport{second})
}

// clientsFoundAgain: by their id in the CRM or their folded address; and every
// open state of a deal's case keeps the next one out.
func clientsFoundAgain(f *fixture) {
	byID, byMail := f.newCase("again-"+f.next()), f.newCase("again-"+f.next())
	byID.Client = offboarding.Client{ID: "900", Email: "one@example.ru"}
	byMail.Client = offboarding.Client{Email: "Two@Example.ru"}
	f.ok(f.s.AddCase(f.ctx, byID))
	f.ok(f.s.AddCase(f.ctx, byMail))
	find := func(c offboarding.Client) []uuid.UUID {
		return ids(func(c *offboarding.Case) uuid.UUID { return c.ID }, must[[]*offboarding.Case](f)(f.s.CasesOfClient(f.ctx, f.acc.ID, c)))
	}
	same(f, find(offboarding.Client{ID: "900", Email: "TWO@example.ru"}), []uuid.UUID{byMail.ID, byID.ID})
	same(f, find(offboarding.Client{Email: "one@EXAMPLE.ru"}), []uuid.UUID{byID.ID})
	same(f, find(offboarding.Client{Name: "Анна"}), nil)
	if other := must[[]*offboarding.Case](f)(f.s.CasesOfClient(f.ctx, offboarding.NewID(), byID.Client)); len(other) != 0 {
		f.Errorf("%d cases of another account", len(other))
	}
	for _, state := range []offboarding.State{offboarding.StateProposed, offboarding.StateCoolingOff, offboarding.StateApproval, offboarding.StateParting, offboarding.StateLeaving} {
		deal := "open-" + f.next()
		c := f.newCase(deal)
		c.State = state
		f.ok(f.s.AddCase(f.ctx, c))
		f.wants(f.s.AddCase(f.ctx, f.newCase(deal)), offboarding.ErrStale)
	}
}
