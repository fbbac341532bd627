package offboarding

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// This file is the final account of a parting (domain §7.2): every line has a
// basis and a justification, what is unusual needs a second pair of eyes, the
// client sees it in time and may contest a line, and none of it ever delays
// the handover.

// Settlement is the final account of one case. Where it stands is the case's
// track.
type Settlement struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID

	Lines      []SettlementLine
	DueOn      string // until when it is to be paid, by either side
	Round      int    // how often it was sent
	ApprovedBy Signer
	ApprovedAt time.Time
	Warned     []SettlementWarning // what was known when it was approved
	Surprised  bool                // it was sent once with something unusual in it
	SentAt     time.Time
	AgreedAt   time.Time
	SettledOn  string

	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
}

// SettlementLine is one charge, or one refund when its amount is negative.
type SettlementLine struct {
	ID            uuid.UUID `json:"id"`
	Period        string    `json:"period"` // "2026-10"
	Kind          string    `json:"kind"`
	Basis         string    `json:"basis"` // contract clause, signed act, or agreed request
	Qty           string    `json:"qty"`   // a decimal number
	Price         Money     `json:"price"`
	Amount        Money     `json:"amount"`
	Justification string    `json:"justification"`
	Author        Signer    `json:"author"`
	AddedAt       time.Time `json:"added_at"`
	Contest       *Contest  `json:"contest,omitempty"`
}

// The outcomes of an objection.
const (
	ContestKept      = "kept"      // the line stands, and the client was told why
	ContestWithdrawn = "withdrawn" // the line is taken out
)

// Signer is who put a name to something, so that four eyes are two people.
type Signer struct {
	ID       string `json:"id"` // of the API key
	Name     string `json:"name"`
	Approves bool   `json:"approves,omitempty"` // may decide what somebody else wrote
}

// is reports whether both are one person. Two keys of one name are one person.
func (s Signer) is(o Signer) bool {
	return s.ID != "" && s.ID == o.ID || s.Name != "" && sameText(s.Name, o.Name)
}

// The warnings of a final account.
const (
	WarnLateClaim = "late_claim"
	WarnSurprise  = "surprise"
)

// SettlementWarning says what is unusual and must be seen by somebody else.
type SettlementWarning struct {
	Code   string     `json:"code"`
	LineID *uuid.UUID `json:"line_id,omitempty"` // nil: the whole account
	Detail string     `json:"detail"`
}

// Settlements keeps final accounts.
type Settlements interface {
	// SettlementOf returns the case's account, or ErrNotFound.
	SettlementOf(ctx context.Context, caseID uuid.UUID) (*Settlement, error)
	// SaveSettlement stores a new account (Version 0) or writes WHERE version = s.Version,
	// and raises s.Version; ErrStale when another writer was faster.
	SaveSettlement(ctx context.Context, s *Settlement) error
}

const (
	lateAfterDays     = 90 // work older than this that was never billed
	surpriseTimes2    = 3  // a total over 3/2 of the usual bill
	invoicesCompared  = 6
	draftBusinessDays = 5 // the client sees the draft so long before it is due
	maxLines          = 200
)

// Total adds up the lines; all have one currency.
func (s *Settlement) Total() Money {
	t := Money{Currency: s.Currency()}
	for _, l := range s.Lines {
		t.AmountMinor += l.Amount.AmountMinor
	}
	return t
}

// Currency is that of the lines; without lines it is empty.
func (s *Settlement) Currency() string {
	if len(s.Lines) == 0 {
		return ""
	}
	return s.Lines[0].Amount.Currency
}

// Warnings says what is unusual about the account, compared with what was
// billed before.
func (s *Settlement) Warnings(before []*Invoice, today string) []SettlementWarning {
	var out []SettlementWarning
	for _, l := range s.Lines {
		if l.Amount.AmountMinor <= 0 {
			continue // a refund surprises nobody
		}
		id := l.ID
		if end := monthEnd(l.Period); AddDays(end, lateAfterDays) < today && !billed(before, l.Kind, l.Period) {
			out = append(out, SettlementWarning{WarnLateClaim, &id, fmt.Sprintf("work of %s was never billed and is older than %d days", l.Period, lateAfterDays)})
		}
		if !billed(before, l.Kind, "") {
			out = append(out, SettlementWarning{WarnSurprise, &id, "this kind of charge was never billed before"})
		}
	}
	total, n, sum := s.Total(), int64(0), int64(0)
	for _, i := range before {
		if i.Total.Currency == total.Currency && n < invoicesCompared {
			n++
			sum += i.Total.AmountMinor
		}
	}
	if n > 0 && 2*n*total.AmountMinor > surpriseTimes2*sum {
		out = append(out, SettlementWarning{Code: WarnSurprise, Detail: fmt.Sprintf("the total is more than one and a half times the average of the last %d invoices", n)})
	}
	return out
}

// billed reports whether an invoice has charged the kind, in that period when
// one is given.
func billed(before []*Invoice, kind, period string) bool {
	return slices.ContainsFunc(before, func(i *Invoice) bool {
		return slices.ContainsFunc(i.Lines, func(l InvoiceLine) bool {
			return sameText(l.Kind, kind) && (period == "" || cmp.Or(l.Period, i.Period) == period)
		})
	})
}

// monthEnd is the last day of a month.
func monthEnd(period string) string {
	t, err := time.Parse("2006-01", period)
	if err != nil {
		return period
	}
	return t.AddDate(0, 1, -1).Format(time.DateOnly)
}

// saysSomething reports whether a text has a letter or a figure: a dash is no
// answer, and neither is a space that cannot be seen.
func saysSomething(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// check holds what a line must have. Nobody is billed without a basis.
func (l *SettlementLine) check(s *Settlement, today string) error {
	l.Kind, l.Basis, l.Justification = strings.TrimSpace(l.Kind), strings.TrimSpace(l.Basis), strings.TrimSpace(l.Justification)
	var wrong []FieldError
	if !IsPeriod(l.Period) || l.Period > AddDays(today, 92)[:7] {
		wrong = append(wrong, FieldError{"period", "a month, YYYY-MM, not far ahead"})
	}
	if l.Kind == "" || len([]rune(l.Kind)) > 200 {
		wrong = append(wrong, FieldError{"kind", "what is charged, at most 200 characters"})
	}
	if len([]rune(l.Basis)) > 1000 || len([]rune(l.Justification)) > 4000 {
		wrong = append(wrong, FieldError{"justification", "at most 4000 characters, the basis at most 1000"})
	}
	wrong = append(wrong, l.reckon()...)
	if len(wrong) > 0 {
		return Invalid("the line cannot stand like this", wrong...)
	}
	switch {
	case !saysSomething(l.Basis):
		return Rule("basis_required", "a line without a basis (contract clause, signed act or agreed request) cannot be billed")
	case !saysSomething(l.Justification):
		return Rule("justification_required", "a line says why it is due, in words that the client understands")
	case s.Currency() != "" && s.Currency() != l.Amount.Currency:
		return Rule("one_currency", "all lines of an account have one currency")
	case len(s.Lines) >= maxLines:
		return Rule("too_many_lines", fmt.Sprintf("an account has at most %d lines", maxLines))
	}
	return nil
}

// reckon fills in what follows from the rest: quantity one, and the amount from
// quantity and price.
func (l *SettlementLine) reckon() []FieldError {
	l.Qty = cmp.Or(strings.TrimSpace(l.Qty), "1")
	qty, ok := new(big.Rat).SetString(l.Qty)
	if !ok || strings.ContainsAny(l.Qty, "eE/xXpP_") || len(l.Qty) > 20 || qty.Sign() <= 0 {
		return []FieldError{{"qty", "a decimal number above zero"}}
	}
	if l.Price == (Money{}) && l.Amount.Valid() && l.Amount.AmountMinor != 0 && qty.Cmp(big.NewRat(1, 1)) == 0 {
		l.Price = l.Amount
	}
	if l.Price == (Money{}) && l.Amount.Valid() && l.Amount.AmountMinor != 0 {
		return nil // agreed as a whole
	}
	if !l.Price.Valid() {
		return []FieldError{{"price", "an amount with a currency, or only the amount of the line"}}
	}
	exact := new(big.Rat).Mul(qty, new(big.Rat).SetInt64(l.Price.AmountMinor))
	minor := Money{roundHalfUp(exact), l.Price.Currency}
	if l.Amount == (Money{}) {
		l.Amount = minor
	}
	switch {
	case !l.Amount.Valid() || l.Amount.AmountMinor == 0:
		return []FieldError{{"amount", "an amount that is not zero, with a currency"}}
	case l.Amount != minor:
		return []FieldError{{"amount", fmt.Sprintf("quantity times price is %d %s in minor units", minor.AmountMinor, minor.Currency)}}
	}
	return nil
}

func roundHalfUp(r *big.Rat) int64 {
	twice := new(big.Rat).Mul(r, big.NewRat(2, 1))
	n := new(big.Int).Add(twice.Num(), twice.Denom())
	n.Div(n, new(big.Int).Mul(twice.Denom(), big.NewInt(2))) // floor of r + 1/2
	if !n.IsInt64() {
		return 1 << 62
	}
	return n.Int64()
}

// SettlementView is an account with what follows from it now.
type SettlementView struct {
	*Settlement
	Case     *Case
	Account  *Account
	Warnings []SettlementWarning
}

// Person is the name of whom the client may ask; empty: nobody is known.
func (v *SettlementView) Person() string { return v.Case.signer(v.Account).Name }

// Settlement returns the case's account; one that was not begun is empty.
func (d *Desk) Settlement(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID) (*SettlementView, error) {
	c, err := d.store.Case(ctx, scope, caseID)
	if err != nil {
		return nil, err
	}
	acc, err := d.store.Account(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	s, err := settlementOf(ctx, d.store, c)
	if err != nil {
		return nil, err
	}
	return d.viewSettlement(ctx, d.store, acc, c, s)
}

func settlementOf(ctx context.Context, tx Store, c *Case) (*Settlement, error) {
	s, err := tx.SettlementOf(ctx, c.ID)
	if IsKind(err, KindNotFound) {
		return &Settlement{ID: NewID(), AccountID: c.AccountID, CaseID: c.ID}, nil
	}
	return s, err
}

func (d *Desk) viewSettlement(ctx context.Context, tx Store, acc *Account, c *Case, s *Settlement) (*SettlementView, error) {
	v := &SettlementView{Settlement: s, Case: c, Account: acc, Warnings: s.Warned}
	if c.Tracks.Settlement != SettlementDraft && c.Tracks.Settlement != SettlementNotNeeded {
		return v, nil
	}
	var before []*Invoice
	if c.Contract.RecordID != nil {
		var err error
		if before, err = tx.InvoicesOf(ctx, *c.Contract.RecordID); err != nil {
			return nil, err
		}
	}
	v.Warnings = s.Warnings(before, Day(d.now(), acc.Location()))
	return v, nil
}

// changeSettlement changes the account and the case in one transaction.
// version, when not zero, must be the account's.
func (d *Desk) changeSettlement(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, fn func(tx Store, v *SettlementView) error) (*SettlementView, error) {
	var out *SettlementView
	now := d.now()
	_, err := change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		s, err := settlementOf(ctx, tx, c)
		if err != nil {
			return err
		}
		if version != 0 && version != s.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the account is at version %d", s.Version)}
		}
		v, err := d.viewSettlement(ctx, tx, acc, c, s)
		if err != nil {
			return err
		}
		if err := fn(tx, v); err != nil {
			return err
		}
		if err := tx.SaveSettlement(ctx, s); err != nil {
			return err
		}
		if err := saveAndSync(ctx, tx, acc, c, now); err != nil {
			return err
		}
		out, err = d.viewSettlement(ctx, tx, acc, c, s)
		return err
	})
	return out, err
}

// mayDraft reports whether lines may be changed now.
func (v *SettlementView) mayDraft() error {
	switch {
	case v.Case.State.Over() || v.Case.State == StateParted || v.Case.State == StateInTouch:
		return Rule("case_over", "the case is "+string(v.Case.State))
	case v.Case.Tracks.Settlement == SettlementNotNeeded, v.Case.Tracks.Settlement == SettlementDraft:
		v.Case.Tracks.Settlement = SettlementDraft
		return nil
	case v.Case.Tracks.Settlement == SettlementApproved, v.Case.Tracks.Settlement == SettlementDisputed:
		v.Case.Tracks.Settlement = SettlementDraft // another account needs another approval
		v.ApprovedBy, v.ApprovedAt, v.Warned = Signer{}, time.Time{}, nil
		return nil
	}
	return Rule("settlement_not_draft", "the account is "+string(v.Case.Tracks.Settlement)+"; it changes only while it is a draft or contested")
}

// DraftSettlement begins an account, or sets the day on which it is due, and
// adds lines.
func (d *Desk) DraftSettlement(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, dueOn string, lines []SettlementLine, who Signer, by Actor) (*SettlementView, error) {
	if dueOn != "" && !IsDay(dueOn) {
		return nil, Invalid("the day cannot be read", FieldError{"due_on", "a day, YYYY-MM-DD"})
	}
	return d.changeSettlement(ctx, scope, caseID, version, func(tx Store, v *SettlementView) error {
		if err := v.mayDraft(); err != nil {
			return err
		}
		if dueOn != "" {
			v.DueOn = dueOn
		}
		for _, l := range lines {
			if _, err := v.add(l, who, d.now()); err != nil {
				return err
			}
		}
		return tx.Record(ctx, v.Case.line(by, "settlement.drafted", "the final account is a draft", map[string]int{"lines": len(v.Lines)}))
	})
}

// AddLine adds a line to the draft.
func (d *Desk) AddLine(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, l SettlementLine, who Signer, by Actor) (*SettlementView, error) {
	return d.changeSettlement(ctx, scope, caseID, version, func(tx Store, v *SettlementView) error {
		if err := v.mayDraft(); err != nil {
			return err
		}
		id, err := v.add(l, who, d.now())
		if err != nil {
			return err
		}
		return tx.Record(ctx, v.Case.line(by, "settlement.line_added", "a line was added to the final account", map[string]string{"line_id": id.String()}))
	})
}

// add puts a line that holds the rules under the others.
func (v *SettlementView) add(l SettlementLine, who Signer, now time.Time) (uuid.UUID, error) {
	if err := l.check(v.Settlement, Day(now, v.Account.Location())); err != nil {
		return uuid.Nil, err
	}
	l.ID, l.Author, l.AddedAt = NewID(), who, now.UTC()
	v.Lines = append(v.Lines, l)
	return l.ID, nil
}

// RemoveLine takes a line out of the draft.
func (d *Desk) RemoveLine(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, lineID uuid.UUID, by Actor) (*SettlementView, error) {
	return d.changeSettlement(ctx, scope, caseID, version, func(tx Store, v *SettlementView) error {
		i := v.find(lineID)
		if i < 0 {
			return ErrNotFound
		}
		if v.Lines[i].Contest.Open() {
			return Rule("line_contested", "the client contests this line: answer that first")
		}
		if err := v.mayDraft(); err != nil {
			return err
		}
		v.Lines = slices.Delete(v.Lines, i, i+1)
		return tx.Record(ctx, v.Case.line(by, "settlement.line_removed", "a line was taken out of the final account", map[string]string{"line_id": lineID.String()}))
	})
}

func (s *Settlement) find(lineID uuid.UUID) int {
	return slices.IndexFunc(s.Lines, func(l SettlementLine) bool { return l.ID == lineID })
}

// ApproveSettlement lets the account go. What is unusual is seen by somebody
// who wrote none of it and may decide.
func (d *Desk) ApproveSettlement(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, who Signer, by Actor) (*SettlementView, error) {
	return d.changeSettlement(ctx, scope, caseID, version, func(tx Store, v *SettlementView) error {
		switch {
		case v.Case.Tracks.Settlement != SettlementDraft:
			return Rule("settlement_not_draft", "the account is "+string(v.Case.Tracks.Settlement))
		case len(v.Lines) == 0:
			return Rule("settlement_empty", "there is no line; when nothing is owed, part with settlement not_needed")
		case v.Contested():
			return Rule("line_contested", "the client contests a line: answer that first")
		}
		if len(v.Warnings) > 0 {
			if slices.ContainsFunc(v.Lines, func(l SettlementLine) bool { return l.Author.is(who) }) {
				return Rule("approver_is_author", "an account with warnings is approved by somebody who wrote none of it")
			}
			if !who.Approves {
				return Rule("approver_needed", "an account with warnings is approved by an approver")
			}
		}
		v.ApprovedBy, v.ApprovedAt, v.Warned = who, d.now().UTC(), v.Warnings
		v.Case.Tracks.Settlement = SettlementApproved
		return tx.Record(ctx, v.Case.line(by, "settlement.approved", "the final account was approved", map[string]int{"warnings": len(v.Warnings)}))
	})
}

// SendSettlement shows the draft to the client, in time for them to look at it.
func (d *Desk) SendSettlement(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, dueOn string, by Actor) (*SettlementView, error) {
	now := d.now()
	return d.changeSettlement(ctx, scope, caseID, version, func(tx Store, v *SettlementView) error {
		if v.Case.Tracks.Settlement != SettlementApproved {
			return Rule("settlement_not_approved", "the account is "+string(v.Case.Tracks.Settlement)+"; only an approved one is shown to the client")
		}
		cal, today := v.Account.Calendar(), Day(now, v.Account.Location())
		v.DueOn = cmp.Or(dueOn, v.DueOn, cal.AddDays(today, draftBusinessDays))
		if !IsDay(v.DueOn) {
			return Invalid("the day cannot be read", FieldError{"due_on", "a day, YYYY-MM-DD"})
		}
		if cal.Between(today, v.DueOn) < draftBusinessDays {
			return Rule("due_too_soon", fmt.Sprintf("the client sees the draft at least %d business days before it is due: not before %s", draftBusinessDays, cal.AddDays(today, draftBusinessDays)))
		}
		v.Round++
		v.SentAt = now.UTC()
		v.Surprised = v.Surprised || slices.ContainsFunc(v.Warned, func(w SettlementWarning) bool { return w.Code == WarnSurprise })
		v.Case.Tracks.Settlement = SettlementSent
		if err := v.tell(ctx, tx, now); err != nil {
			return err
		}
		return tx.Record(ctx, v.Case.line(by, "settlement.sent", "the draft of the final account goes to the client", map[string]any{"due_on": v.DueOn, "round": v.Round}))
	})
}

// tell orders the letter with the account; a client without an address is
// somebody's task.
func (v *SettlementView) tell(ctx context.Context, tx Store, now time.Time) error {
	c := v.Case
	if c.Client.Email == "" {
		return tx.AddEffects(ctx, c.taskEffect(fmt.Sprintf("settlement:%d", v.Round), now, callBy(v.Account, now)))
	}
	letter := SettlementLetter{Total: v.Total(), DueOn: v.DueOn}
	for _, l := range v.Lines {
		letter.Lines = append(letter.Lines, SettlementLetterLine{What: l.What(c.Lang(v.Account)), Basis: l.Basis, Amount: l.Amount})
	}
	return post(ctx, tx, c.order(v.Account, Letter{Template: T08, Due: now, Vars: letter, Occasion: fmt.Sprintf("%d", v.Round)}))
}

// AgreeSettlement records that the client has nothing to object.
func (d *Desk) AgreeSettlement(ctx context.Context, caseID uuid.UUID) (*SettlementView, error) {
	return d.changeSettlement(ctx, nil, caseID, 0, func(tx Store, v *SettlementView) error {
		switch v.Case.Tracks.Settlement {
		case SettlementAgreed:
			return nil
		case SettlementSent:
		default:
			return Rule("settlement_not_sent", "the account is "+string(v.Case.Tracks.Settlement))
		}
		v.AgreedAt = d.now().UTC()
		v.Case.Tracks.Settlement = SettlementAgreed
		return tx.Record(ctx, v.Case.line(ActorClient, "settlement.agreed", "the client agrees to the final account", nil))
	})
}

// refundBasis says why money goes back: the account itself, and where the refund
// is agreed.
func (v *SettlementView) refundBasis() string {
	why := pick(v.Case.Lang(v.Account), "переплата по итоговому расчёту", "overpaid according to the final account")
	i := slices.IndexFunc(v.Lines, func(l SettlementLine) bool { return l.Amount.AmountMinor < 0 })
	if i < 0 {
		return why
	}
	return why + ", " + v.Lines[i].Basis
}

// Settle marks the account as paid, by whichever side owed it.
func (d *Desk) Settle(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, paidOn string, by Actor) (*SettlementView, error) {
	now := d.now()
	return d.changeSettlement(ctx, scope, caseID, version, func(tx Store, v *SettlementView) error {
		today := Day(now, v.Account.Location())
		paidOn := cmp.Or(paidOn, today)
		if !IsDay(paidOn) || paidOn > today {
			return Invalid("the day cannot be read or lies ahead", FieldError{"paid_on", "a day, YYYY-MM-DD, not in the future"})
		}
		switch t := v.Case.Tracks.Settlement; {
		case t == SettlementSettled:
			return Rule("already_settled", "the account is settled already")
		case v.Contested() || t == SettlementDisputed:
			return Rule("line_contested", "the client contests a line: answer that first")
		case t != SettlementSent && t != SettlementAgreed:
			return Rule("settlement_not_sent", "the account is "+string(t)+"; the client sees it before it is settled")
		}
		v.SettledOn = paidOn
		v.Case.Tracks.Settlement = SettlementSettled
		if total := v.Total(); total.AmountMinor < 0 && v.Case.Client.Email != "" {
			refund := RefundNotice{Amount: Money{-total.AmountMinor, total.Currency}, Basis: v.refundBasis(), PayOn: paidOn, Paid: true}
			if err := post(ctx, tx, v.Case.order(v.Account, Letter{Template: T21, Due: now, Vars: refund, Occasion: "settlement"})); err != nil {
				return err
			}
		}
		return tx.Record(ctx, v.Case.line(by, "settlement.settled", "the final account is settled", map[string]string{"paid_on": paidOn}))
	})
}
