package offboarding_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	od "opendoor/offboarding"
)

var (
	writer = od.Signer{ID: "1", Name: "office"}
	boss   = od.Signer{ID: "2", Name: "boss", Approves: true}
)

func rub(minor int64) od.Money { return od.Money{AmountMinor: minor, Currency: "RUB"} }

// leaving is a case whose client leaves, with a contract billed for half a year.
func leaving(h *house) *od.Case {
	h.Helper()
	k := h.contract(nil)
	var before []*od.Invoice
	for _, month := range []string{"2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"} {
		before = append(before, &od.Invoice{ID: od.NewID(), Number: month, Period: month, Total: rub(100_000), Lines: []od.InvoiceLine{{Kind: "абонемент"}}})
	}
	_, err := h.desk.AddInvoices(h.Context(), nil, k.ID, before, "test")
	h.must(err)
	h.lose("17")
	h.work()
	c, err := h.desk.Act(h.Context(), nil, h.theCase("17").ID, 0, od.Action{Name: "proceed"}, "test")
	h.must(err)
	return c
}

func usual() od.SettlementLine {
	return od.SettlementLine{Period: "2026-10", Kind: "Абонемент", Basis: "п. 4.1", Justification: "акт № 10", Price: rub(100_000)}
}

func (h *house) line(c *od.Case, change func(l *od.SettlementLine)) (*od.SettlementView, error) {
	l := usual()
	if change != nil {
		change(&l)
	}
	return h.desk.AddLine(h.Context(), nil, c.ID, 0, l, writer, "key:office")
}

func (h *house) view(v *od.SettlementView, err error) *od.SettlementView {
	h.Helper()
	h.must(err)
	return v
}

func TestNobodyIsBilledWithoutABasis(t *testing.T) {
	h := newHouse(t)
	c := leaving(h)
	for name, tc := range map[string]struct {
		change func(l *od.SettlementLine)
		rule   string
		fields int
	}{
		"a dash for a basis":  {func(l *od.SettlementLine) { l.Basis = " — " }, "basis_required", 0},
		"an unseen basis":     {func(l *od.SettlementLine) { l.Basis = "\u200b" }, "basis_required", 0},
		"no basis":            {func(l *od.SettlementLine) { l.Basis = "  " }, "basis_required", 0},
		"no justification":    {func(l *od.SettlementLine) { l.Justification = "" }, "justification_required", 0},
		"no kind":             {func(l *od.SettlementLine) { l.Kind = "" }, "", 1},
		"no price":            {func(l *od.SettlementLine) { l.Price = od.Money{} }, "", 1},
		"a wrong sum":         {func(l *od.SettlementLine) { l.Qty, l.Amount = "2", rub(100_000) }, "", 1},
		"nothing":             {func(l *od.SettlementLine) { l.Qty = "0" }, "", 1},
		"half a month, of it": {func(l *od.SettlementLine) { l.Qty = "1/2" }, "", 1},
		"a month that is not": {func(l *od.SettlementLine) { l.Period = "2026-13" }, "", 1},
		"a far month":         {func(l *od.SettlementLine) { l.Period = "2027-10" }, "", 1},
	} {
		_, err := h.line(c, tc.change)
		e := new(od.Error)
		if tc.rule != "" && rule(err) != tc.rule || tc.rule == "" && (!od.IsKind(err, od.KindInvalid) || !asDomain(err, &e) || len(e.Fields) != tc.fields) {
			t.Errorf("%s: %v", name, err)
		}
	}
	v := h.view(h.line(c, func(l *od.SettlementLine) { l.Qty, l.Price = "0.333", rub(-100_000) }))
	if v.Lines[0].Amount != rub(-33_300) || v.Total() != rub(-33_300) || len(v.Warnings) != 0 {
		t.Errorf("a refund is a line like any other: %+v %v", v.Lines[0], v.Warnings)
	}
	if _, err := h.line(c, func(l *od.SettlementLine) { l.Price.Currency = "EUR" }); rule(err) != "one_currency" {
		t.Errorf("%v", err)
	}
}

func asDomain(err error, e **od.Error) bool {
	d, ok := err.(*od.Error)
	*e = d
	return ok
}

func TestWhatIsUnusualIsSeenBySomebodyElse(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(l *od.SettlementLine)
		warn   []string
	}{
		"the usual bill":                 {nil, nil},
		"one and a half times as much":   {func(l *od.SettlementLine) { l.Price = rub(150_000) }, nil},
		"more than that":                 {func(l *od.SettlementLine) { l.Price = rub(150_001) }, []string{od.WarnSurprise}},
		"a new kind of charge":           {func(l *od.SettlementLine) { l.Kind = "выезд" }, []string{od.WarnSurprise}},
		"old work that was billed":       {func(l *od.SettlementLine) { l.Period = "2026-05" }, nil},
		"old work that was never billed": {func(l *od.SettlementLine) { l.Period = "2026-04" }, []string{od.WarnLateClaim}},
		"a refund of a new kind":         {func(l *od.SettlementLine) { l.Kind, l.Price = "возврат", rub(-500_000) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c := leaving(h)
			v := h.view(h.line(c, tc.change))
			if len(v.Warnings) != len(tc.warn) || len(tc.warn) > 0 && v.Warnings[0].Code != tc.warn[0] {
				t.Fatalf("warnings %+v, want %v", v.Warnings, tc.warn)
			}
			_, err := h.desk.ApproveSettlement(h.Context(), nil, c.ID, 0, writer, "key:office")
			if len(tc.warn) == 0 {
				h.must(err)
				return
			}
			if rule(err) != "approver_is_author" {
				t.Errorf("its author: %v", err)
			}
			if _, err := h.desk.ApproveSettlement(h.Context(), nil, c.ID, 0, od.Signer{ID: "9", Name: " OFFICE", Approves: true}, "x"); rule(err) != "approver_is_author" {
				t.Errorf("another key of the same person: %v", err)
			}
			if _, err := h.desk.ApproveSettlement(h.Context(), nil, c.ID, 0, od.Signer{ID: "3", Name: "intern"}, "x"); rule(err) != "approver_needed" {
				t.Errorf("somebody who may not decide: %v", err)
			}
			v = h.view(h.desk.ApproveSettlement(h.Context(), nil, c.ID, 0, boss, "key:boss"))
			if v.Case.Tracks.Settlement != od.SettlementApproved || v.ApprovedBy.ID != "2" {
				t.Errorf("%+v", v)
			}
			// Another line is another account.
			v = h.view(h.line(c, nil))
			if v.Case.Tracks.Settlement != od.SettlementDraft || v.ApprovedBy.ID != "" {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestTheClientSeesTheDraftInTimeAndMayContestALine(t *testing.T) {
	h := newHouse(t)
	c := leaving(h)
	if _, err := h.desk.SendSettlement(h.Context(), nil, c.ID, 0, "", "x"); rule(err) != "settlement_not_approved" {
		t.Errorf("%v", err)
	}
	v := h.view(h.line(c, nil))
	v = h.view(h.desk.ApproveSettlement(h.Context(), nil, c.ID, v.Version, writer, "x"))
	if _, err := h.desk.SendSettlement(h.Context(), nil, c.ID, v.Version-1, "", "x"); !od.IsKind(err, od.KindStale) {
		t.Errorf("a stale version: %v", err)
	}
	// Tuesday 3 November; the 4th is a holiday: the fifth business day is the 11th.
	if _, err := h.desk.SendSettlement(h.Context(), nil, c.ID, 0, "2026-11-10", "x"); rule(err) != "due_too_soon" {
		t.Errorf("%v", err)
	}
	if _, err := h.desk.Settle(h.Context(), nil, c.ID, 0, "", "x"); rule(err) != "settlement_not_sent" {
		t.Errorf("settled unseen: %v", err)
	}
	v = h.view(h.desk.SendSettlement(h.Context(), nil, c.ID, 0, "", "x"))
	if v.DueOn != "2026-11-11" {
		t.Errorf("due on %s", v.DueOn)
	}
	h.work()
	if m := h.letter(c, od.T08); m == nil || m.State != od.MessageSent {
		t.Fatalf("%+v", m)
	}
	handover := v.Case.Tracks.Handover
	line := v.Lines[0].ID
	v = h.view(h.desk.ContestLine(h.Context(), c.ID, line, " этого не было "))
	if v.Case.Tracks.Settlement != od.SettlementDisputed || v.Case.Tracks.Handover != handover || !v.Contested() || v.Lines[0].Contest.Text != "этого не было" {
		t.Errorf("%+v", v.Case.Tracks)
	}
	if _, err := h.desk.Settle(h.Context(), nil, c.ID, 0, "", "x"); rule(err) != "line_contested" {
		t.Errorf("settled over an objection: %v", err)
	}
	if _, err := h.desk.RemoveLine(h.Context(), nil, c.ID, 0, line, "x"); rule(err) != "line_contested" {
		t.Errorf("removed over an objection: %v", err)
	}
	v = h.view(h.desk.AnswerContest(h.Context(), nil, c.ID, 0, line, od.ContestKept, "Акт № 10 подписан вами.", writer, "x"))
	if v.Case.Tracks.Settlement != od.SettlementSent {
		t.Errorf("%s", v.Case.Tracks.Settlement)
	}
	v = h.view(h.desk.AgreeSettlement(h.Context(), c.ID))
	if v.Case.Tracks.Settlement != od.SettlementAgreed {
		t.Errorf("%s", v.Case.Tracks.Settlement)
	}
	v = h.view(h.desk.Settle(h.Context(), nil, c.ID, 0, "2026-11-03", "x"))
	if v.Case.Tracks.Settlement != od.SettlementSettled || v.SettledOn != "2026-11-03" {
		t.Errorf("%+v", v)
	}
	if _, err := h.line(c, nil); rule(err) != "settlement_not_draft" {
		t.Errorf("a line after the end: %v", err)
	}
}

func TestAWithdrawnLineMakesANewDraft(t *testing.T) {
	h := newHouse(t)
	c := leaving(h)
	h.view(h.line(c, nil))
	v := h.view(h.line(c, func(l *od.SettlementLine) { l.Period = "2026-09"; l.Price = rub(-1000) }))
	h.view(h.desk.ApproveSettlement(h.Context(), nil, c.ID, 0, writer, "x"))
	h.view(h.desk.SendSettlement(h.Context(), nil, c.ID, 0, "", "x"))
	h.view(h.desk.ContestLine(h.Context(), c.ID, v.Lines[0].ID, ""))
	v = h.view(h.desk.AnswerContest(h.Context(), nil, c.ID, 0, v.Lines[0].ID, od.ContestWithdrawn, "Вы правы.", writer, "x"))
	if v.Case.Tracks.Settlement != od.SettlementDraft || len(v.Lines) != 1 || v.Total() != rub(-1000) {
		t.Errorf("%+v", v)
	}
	h.view(h.desk.ApproveSettlement(h.Context(), nil, c.ID, 0, writer, "x"))
	h.view(h.desk.SendSettlement(h.Context(), nil, c.ID, 0, "", "x"))
	h.view(h.desk.Settle(h.Context(), nil, c.ID, 0, "", "x"))
	h.work()
	if m := h.letter(c, od.T21); m == nil {
		t.Error("the client is not told of the refund")
	}
}

func TestAShorterNoticeIsGrantedAndALongerOneNeverImposed(t *testing.T) {
	h := newHouse(t)
	c := leaving(h) // 14 days from 3 November
	if c.Dates.EffectiveOn != "2026-11-17" {
		t.Fatalf("the last day is %s", c.Dates.EffectiveOn)
	}
	waive := func(day string) error {
		_, err := h.desk.WaiveNotice(h.Context(), nil, c.ID, 0, day, "клиент закрывает бизнес", "key:boss")
		return err
	}
	if rule(waive("2026-11-18")) != "longer_notice_never_imposed" || rule(waive("2026-11-17")) != "longer_notice_never_imposed" {
		t.Error("a longer notice was imposed")
	}
	if !od.IsKind(waive("2026-11-02"), od.KindInvalid) {
		t.Error("a last day before the notice")
	}
	h.must(waive("2026-11-10"))
	c = h.theCase("17")
	if c.Dates.EffectiveOn != "2026-11-10" || c.Tracks.Notice != od.NoticeWaived || c.Waived.From != "2026-11-17" || c.Waived.By != "key:boss" {
		t.Errorf("%+v %+v", c.Dates, c.Waived)
	}
	n, err := h.desk.Notice(h.Context(), c)
	h.must(err)
	if n.BusinessDaysLeft != 4 { // 5, 6, 9, 10
		t.Errorf("%d business days left", n.BusinessDaysLeft)
	}
}

// Whatever the lines, the total is their sum, and warnings never come from
// refunds alone.
func TestAnAccountAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &od.Settlement{}
		var sum int64
		refundsOnly := true
		for _, minor := range rapid.SliceOfN(rapid.Int64Range(-1e9, 1e9), 1, 20).Draw(t, "amounts") {
			sum += minor
			refundsOnly = refundsOnly && minor <= 0
			s.Lines = append(s.Lines, od.SettlementLine{ID: od.NewID(), Kind: "x", Period: "2020-01", Amount: rub(minor)})
		}
		if s.Total() != rub(sum) {
			t.Fatalf("%v", s.Total())
		}
		warned := s.Warnings(nil, tuesday.Format(time.DateOnly))
		if refundsOnly && len(warned) > 0 || !refundsOnly && len(warned) == 0 {
			t.Fatalf("%v", warned)
		}
	})
}
