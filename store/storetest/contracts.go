package storetest

import (
	"encoding/json"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

func (f *fixture) contract(number string) *offboarding.ContractRecord {
	f.Helper()
	notice := 0
	k := &offboarding.ContractRecord{
		ID: offboarding.NewID(), AccountID: f.acc.ID, Number: number, ServiceType: "accounting", NoticeDays: &notice, NoticeClause: "п. 8.2",
		Client:  offboarding.Client{ID: "5", Name: "ООО «Ёлка»", Email: "Client@Example.ru", Lang: offboarding.RU},
		Company: offboarding.Named{ID: "6", Name: "Ёлка"}, DealID: "17", StartedOn: "2024-03-01", Scope: "бухгалтерия",
		Roles:  []offboarding.ContractRole{{Role: "decision_maker", Name: "Анна"}},
		Visits: json.RawMessage(`{"days": ["mon"]}`), Settlement: "п. 5.4", PropertyList: true, RhythmDays: 14, LastTwoWayAt: f.now,
		Responsibles: []offboarding.Responsibility{{ID: "77", Name: "Менеджер", From: "2024-03-01", To: "2026-01-31"}}, CreatedAt: f.now,
	}
	f.ok(f.s.AddContract(f.ctx, k))
	return k
}

func contractRoundTrip(f *fixture) {
	k := f.contract("Ё-12/24")
	got := must[*offboarding.ContractRecord](f)(f.s.Contract(f.ctx, nil, k.ID))
	same(f, got, k, cmpopts.IgnoreFields(offboarding.ContractRecord{}, "UpdatedAt", "Visits"))
	var visits map[string][]string
	f.ok(json.Unmarshal(got.Visits, &visits))
	same(f, visits, map[string][]string{"days": {"mon"}})

	got.EndedOn, got.NoticeDays = "2026-12-31", nil
	f.ok(f.s.SaveContract(f.ctx, got))
	f.wants(f.s.SaveContract(f.ctx, k), offboarding.ErrStale)
	got = must[*offboarding.ContractRecord](f)(f.s.Contract(f.ctx, []uuid.UUID{f.acc.ID}, k.ID))
	if got.Version != 2 || got.EndedOn != "2026-12-31" || got.NoticeDays != nil {
		f.Fatalf("%+v", got)
	}
	_, err := f.s.Contract(f.ctx, []uuid.UUID{offboarding.NewID()}, k.ID)
	f.wants(err, offboarding.ErrNotFound)
}

func contractSearch(f *fixture) {
	k := f.contract("Ё-12/24")
	f.wants(f.s.AddContract(f.ctx, &offboarding.ContractRecord{ID: offboarding.NewID(), AccountID: f.acc.ID, Number: " ё-12/24"}), offboarding.ErrStale)
	f.ok(f.s.AddContract(f.ctx, &offboarding.ContractRecord{ID: offboarding.NewID(), AccountID: f.acc.ID, Client: offboarding.Client{Email: "no@number.ru"}}))
	f.ok(f.s.AddContract(f.ctx, &offboarding.ContractRecord{ID: offboarding.NewID(), AccountID: f.acc.ID, Client: offboarding.Client{Email: "no@number2.ru"}, EndedOn: "2020-01-01"}))
	for _, by := range []offboarding.ContractMatch{
		{Number: "ё-12/24 "}, {DealID: "17"}, {ClientID: "5"}, {Email: "client@example.RU"}, {CompanyID: "6"}, {Number: "nobody", CompanyID: "6"},
	} {
		found := must[[]*offboarding.ContractRecord](f)(f.s.ContractsLike(f.ctx, f.acc.ID, by))
		if len(found) != 1 || found[0].ID != k.ID {
			f.Fatalf("%+v finds %d", by, len(found))
		}
	}
	for _, by := range []offboarding.ContractMatch{{}, {Number: "12"}, {Email: "x"}} {
		if found := must[[]*offboarding.ContractRecord](f)(f.s.ContractsLike(f.ctx, f.acc.ID, by)); len(found) != 0 {
			f.Fatalf("%+v finds %d", by, len(found))
		}
	}
	yes, no := true, false
	for _, tc := range []struct {
		filter offboarding.ContractFilter
		want   int
	}{
		{offboarding.ContractFilter{}, 3},
		{offboarding.ContractFilter{Active: &yes}, 2},
		{offboarding.ContractFilter{Active: &no}, 1},
		{offboarding.ContractFilter{Query: "елка"}, 1},
		{offboarding.ContractFilter{Scope: []uuid.UUID{offboarding.NewID()}}, 0},
	} {
		if rows := must[[]*offboarding.ContractRecord](f)(f.s.ContractsInScope(f.ctx, tc.filter)); len(rows) != tc.want {
			f.Fatalf("%+v lists %d, want %d", tc.filter, len(rows), tc.want)
		}
	}
}

func invoices(f *fixture) {
	k := f.contract("1")
	invoice := func(number, day string) *offboarding.Invoice {
		return &offboarding.Invoice{
			ID: offboarding.NewID(), AccountID: f.acc.ID, ContractID: k.ID, Number: number, IssuedOn: day, Period: day[:7], CreatedAt: f.now,
			Total: offboarding.Money{AmountMinor: 1 << 45, Currency: "RUB"},
			Lines: []offboarding.InvoiceLine{{Kind: "абонемент", Amount: &offboarding.Money{AmountMinor: -5, Currency: "RUB"}}},
		}
	}
	older, newer := invoice("1", "2026-09-30"), invoice("2", "2026-10-31")
	if n := must[int](f)(f.s.AddInvoices(f.ctx, []*offboarding.Invoice{older, newer})); n != 2 {
		f.Fatalf("%d were new", n)
	}
	if n := must[int](f)(f.s.AddInvoices(f.ctx, []*offboarding.Invoice{invoice("2", "2026-11-30"), invoice("3", "2025-11-30")})); n != 1 {
		f.Fatalf("%d were new", n)
	}
	list := must[[]*offboarding.Invoice](f)(f.s.InvoicesOf(f.ctx, k.ID))
	same(f, list[:2], []*offboarding.Invoice{newer, older})
	if len(list) != 3 || list[2].CreatedAt.Sub(f.now) > time.Hour {
		f.Fatalf("%+v", list)
	}
}

func settlements(f *fixture) {
	c := f.addCase("1")
	_, err := f.s.SettlementOf(f.ctx, c.ID)
	f.wants(err, offboarding.ErrNotFound)
	line := offboarding.NewID()
	rub := offboarding.Money{AmountMinor: -1 << 40, Currency: "RUB"}
	s := &offboarding.Settlement{
		ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, DueOn: "2026-12-11", Round: 2, ApprovedAt: f.now, SentAt: f.now, CreatedAt: f.now,
		ApprovedBy: offboarding.Signer{ID: "1", Name: "boss", Approves: true}, SettledOn: "2026-12-10",
		Warned: []offboarding.SettlementWarning{{Code: offboarding.WarnSurprise, LineID: &line, Detail: "x"}},
		Lines: []offboarding.SettlementLine{{
			ID: line, Period: "2026-10", Kind: "возврат", Basis: "п. 4", Qty: "1.5", Price: rub, Amount: rub, Justification: "«\u0000»", AddedAt: f.now,
			Contest: &offboarding.Contest{Text: "нет", At: f.now},
		}},
	}
	f.ok(f.s.SaveSettlement(f.ctx, s))
	f.wants(f.s.SaveSettlement(f.ctx, &offboarding.Settlement{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID}), offboarding.ErrStale)
	got := must[*offboarding.Settlement](f)(f.s.SettlementOf(f.ctx, c.ID))
	s.Lines[0].Justification = "«»"
	same(f, got, s)
	f.ok(f.s.SaveSettlement(f.ctx, got))
	f.wants(f.s.SaveSettlement(f.ctx, s), offboarding.ErrStale)
}

func reviews(f *fixture) {
	lost := f.newCase("1")
	lost.State = offboarding.StateParted
	f.ok(f.s.AddCase(f.ctx, lost))
	open := f.addCase("2")
	left := must[[]uuid.UUID](f)(f.s.CasesWithoutReview(f.ctx, 10))
	same(f, left, []uuid.UUID{lost.ID})
	_, err := f.s.ReviewOf(f.ctx, open.ID)
	f.wants(err, offboarding.ErrNotFound)
	r := &offboarding.Review{
		ID: offboarding.NewID(), AccountID: lost.AccountID, CaseID: lost.ID, Status: offboarding.ReviewDone, DueOn: "2026-11-17", Quarter: "2026Q4",
		Reason: "contact.slow", WhatHappened: "молчали", Stated: "price", Cause: "silence", Related: offboarding.ServicePartly, Explanation: "e", Avoidable: "yes",
		OwnShare: "o", MissedOn: "2026-08-12", Missed: "m", Lesson: "l", Reviewer: offboarding.Signer{ID: "1", Name: "boss"}, DoneAt: f.now, CreatedAt: f.now,
		Measures: []offboarding.Corrective{{ID: offboarding.NewID(), Kind: "fix", What: "w", Owner: "o", DueOn: "2026-11-30", CheckOn: "2027-02-28"}},
	}
	f.ok(f.s.SaveReview(f.ctx, r))
	got := must[*offboarding.Review](f)(f.s.ReviewOf(f.ctx, lost.ID))
	same(f, got, r)
	f.ok(f.s.SaveReview(f.ctx, got))
	f.wants(f.s.SaveReview(f.ctx, r), offboarding.ErrStale)
	if left := must[[]uuid.UUID](f)(f.s.CasesWithoutReview(f.ctx, 10)); len(left) != 0 {
		f.Fatalf("%v", left)
	}
	for day, want := range map[string]int{"2027-02-27": 0, "2027-02-28": 1} {
		if due := must[[]*offboarding.Review](f)(f.s.ReviewsToCheck(f.ctx, day, 10)); len(due) != want {
			f.Fatalf("on %s %d reviews are to be checked", day, len(due))
		}
	}
	for reason, want := range map[string]int{"contact.slow": 1, "contact.lured": 0} {
		if n := must[int](f)(f.s.CountReviewed(f.ctx, lost.AccountID, "2026Q4", reason)); n != want {
			f.Fatalf("%s was reviewed %d times", reason, n)
		}
	}
	for status, want := range map[offboarding.ReviewTrack]int{"": 1, offboarding.ReviewDone: 1, offboarding.ReviewPending: 0} {
		if list := must[[]*offboarding.Review](f)(f.s.ReviewsInScope(f.ctx, offboarding.ReviewFilter{Status: status})); len(list) != want {
			f.Fatalf("%d reviews are %s", len(list), status)
		}
	}
}

func systemic(f *fixture) {
	m := &offboarding.Systemic{ID: offboarding.NewID(), AccountID: f.acc.ID, Reason: "contact.slow", Quarter: "2026Q4", Status: "open", DueOn: "2026-12-31", CreatedAt: f.now}
	if !must[bool](f)(f.s.AddSystemic(f.ctx, m)) {
		f.Fatal("it is not new")
	}
	twin := *m
	twin.ID = offboarding.NewID()
	if must[bool](f)(f.s.AddSystemic(f.ctx, &twin)) {
		f.Fatal("it is ordered twice")
	}
	got := must[*offboarding.Systemic](f)(f.s.Systemic(f.ctx, []uuid.UUID{f.acc.ID}, m.ID))
	got.Status, got.Owner = "done", "Мария"
	f.ok(f.s.SaveSystemic(f.ctx, got))
	m.Version = 1
	f.wants(f.s.SaveSystemic(f.ctx, m), offboarding.ErrStale)
	list := must[[]*offboarding.Systemic](f)(f.s.SystemicInScope(f.ctx, offboarding.SystemicFilter{AccountID: &f.acc.ID}))
	if len(list) != 1 || list[0].Owner != "Мария" || list[0].Version != 2 {
		f.Fatalf("%+v", list)
	}
}

func lastNotes(f *fixture) {
	older, newer, other := f.event(offboarding.DealNote, "17"), f.event(offboarding.DealNote, "17"), f.event(offboarding.DealUpdated, "18")
	newer.ReceivedAt = f.now.Add(time.Hour)
	f.ok(f.s.AddEvents(f.ctx, []*offboarding.Event{older, newer, other}))
	same(f, must[map[string]time.Time](f)(f.s.LastNotes(f.ctx, f.acc.ID)), map[string]time.Time{"17": newer.ReceivedAt})
	if got := must[map[string]time.Time](f)(f.s.LastNotes(f.ctx, offboarding.NewID())); len(got) != 0 {
		f.Fatalf("%v", got)
	}
}
