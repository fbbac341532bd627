package offboarding

import (
	"context"
	"encoding/json"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ContractRecord is a contract with a client as the company recorded it, long
// before anybody leaves. A parting takes its terms from it.
type ContractRecord struct {
	ID          uuid.UUID
	AccountID   uuid.UUID
	Number      string
	ServiceType string // a checklist of domain §7.6: accounting, it_support, …
	Client      Client
	Company     Named  // the client's company in the CRM
	DealID      string // the deal of the CRM that stands for this contract
	StartedOn   string
	EndedOn     string // the contract is over; empty: it runs

	NoticeDays   *int   // nil: the contract is silent
	NoticeClause string // where the contract says so, for quoting
	HandoverDays *int   // nil: the contract is silent
	Scope        string // what was agreed, in a sentence or two
	Roles        []ContractRole
	Visits       json.RawMessage // how often and where we come, in the company's own form
	Settlement   string          // how the final account is made by the contract
	PropertyList bool            // who owns what we hold is agreed in writing
	OpenAccess   bool            // the client reaches their own data without us

	Responsibles []Responsibility
	RhythmDays   int // how often we are in touch with this client; zero: not told
	LastTwoWayAt time.Time
	LapseSeen    bool // the client faded away, and a case was opened for it

	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
}

// ContractRole says who of the client's people decides or is asked what.
type ContractRole struct {
	Role  string `json:"role"` // decision_maker, accountant, signatory, …
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Responsibility is an employee on the client's line with the days of it.
type Responsibility struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	From  string `json:"from"`
	To    string `json:"to,omitempty"` // the last day; empty: still
}

// Key tells employees apart: by the CRM's id, else by e-mail.
func (r Responsibility) Key() string {
	if r.ID != "" {
		return r.ID
	}
	return strings.ToLower(r.Email)
}

// Invoice is an earlier bill under a contract; the final account is compared
// with these.
type Invoice struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	ContractID uuid.UUID
	Number     string
	IssuedOn   string
	Period     string // "2026-10"
	Total      Money
	Lines      []InvoiceLine
	CreatedAt  time.Time
}

// InvoiceLine is one kind of charge in an invoice.
type InvoiceLine struct {
	Kind   string `json:"kind"`
	Period string `json:"period,omitempty"` // empty: the invoice's
	Amount *Money `json:"amount,omitempty"`
}

// Contracts keeps contracts and what was billed under them.
type Contracts interface {
	AddContract(ctx context.Context, k *ContractRecord) error
	Contract(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*ContractRecord, error)
	// SaveContract writes WHERE version = k.Version and raises k.Version; ErrStale otherwise.
	SaveContract(ctx context.Context, k *ContractRecord) error
	ContractsInScope(ctx context.Context, f ContractFilter) ([]*ContractRecord, error)
	// ContractsLike lists contracts of the account that share a number, deal, client id,
	// e-mail or company id with what is asked for; empty parts ask for nothing.
	ContractsLike(ctx context.Context, accountID uuid.UUID, by ContractMatch) ([]*ContractRecord, error)
	// AddInvoices stores invoices; one with a known (contract, number) is left alone.
	// It returns how many were new.
	AddInvoices(ctx context.Context, list []*Invoice) (int, error)
	// InvoicesOf lists a contract's invoices, newest day of issue first.
	InvoicesOf(ctx context.Context, contractID uuid.UUID) ([]*Invoice, error)
	// LastNotes tells by deal when the CRM last told of a note on its card.
	LastNotes(ctx context.Context, accountID uuid.UUID) (map[string]time.Time, error)
}

// ContractFilter selects contracts.
type ContractFilter struct {
	Scope     []uuid.UUID
	AccountID *uuid.UUID
	Active    *bool
	Query     string // part of number, client's name or e-mail
	Page
}

// ContractMatch is by what a contract can be found.
type ContractMatch struct {
	Number, DealID, ClientID, Email, CompanyID string
}

// Active reports whether the contract runs on that day.
func (k *ContractRecord) Active(day string) bool { return k.EndedOn == "" || k.EndedOn >= day }

// ResponsibleOn returns who was responsible on that day; of several the one who
// came last.
func (k *ContractRecord) ResponsibleOn(day string) (Responsibility, bool) {
	var found Responsibility
	ok := false
	for _, r := range k.Responsibles {
		if r.From <= day && (r.To == "" || day <= r.To) && (!ok || r.From >= found.From) {
			found, ok = r, true
		}
	}
	return found, ok
}

// Lacking names what must still be known so that we are ready to part on any
// day (domain §10).
func (k *ContractRecord) Lacking() []string {
	var out []string
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"notice_days", k.NoticeDays == nil},
		{"notice_clause", k.NoticeClause == ""},
		{"handover_days", k.HandoverDays == nil},
		{"settlement_rule", k.Settlement == ""},
		{"property_list", !k.PropertyList},
		{"open_access", !k.OpenAccess},
	} {
		if part.missing {
			out = append(out, part.name)
		}
	}
	return out
}

// Flags names what is to be seen at once about a contract.
func (k *ContractRecord) Flags() []string {
	var out []string
	if k.NoticeDays == nil || k.NoticeClause == "" || k.HandoverDays == nil {
		out = append(out, FlagContractMissing)
	}
	return out
}

// FlagContractMissing says that terms of the contract are not on record.
const FlagContractMissing = "contract_missing"

// Check says everything that is wrong with a contract record.
func (k *ContractRecord) Check() error {
	var wrong []FieldError
	bad := func(field, msg string) { wrong = append(wrong, FieldError{field, msg}) }
	if k.Number == "" && k.Client.ID == "" && k.Client.Email == "" && k.Company.ID == "" && k.DealID == "" {
		bad("number", "a number, or a client with an id or e-mail, by which a parting finds the contract")
	}
	for field, text := range map[string]string{
		"number": k.Number, "service_type": k.ServiceType, "client.name": k.Client.Name, "client.id": k.Client.ID, "client.phone": k.Client.Phone, "deal_id": k.DealID,
	} {
		if len([]rune(text)) > 200 {
			bad(field, "at most 200 characters")
		}
	}
	for field, text := range map[string]string{"notice_clause": k.NoticeClause, "scope": k.Scope, "settlement_rule": k.Settlement} {
		if len([]rune(text)) > 4000 {
			bad(field, "at most 4000 characters")
		}
	}
	checkEmail(&wrong, "client.email", k.Client.Email)
	for field, n := range map[string]*int{"notice_days": k.NoticeDays, "handover_days": k.HandoverDays} {
		if n != nil && (*n < 0 || *n > 3650) {
			bad(field, "0 to 3650")
		}
	}
	if k.RhythmDays < 0 || k.RhythmDays > 3650 {
		bad("contact_every_days", "0 to 3650")
	}
	checkDay(&wrong, "started_on", k.StartedOn)
	checkDay(&wrong, "ended_on", k.EndedOn)
	if k.StartedOn != "" && k.EndedOn != "" && k.EndedOn < k.StartedOn {
		bad("ended_on", "not before started_on")
	}
	k.checkPeople(&wrong)
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
		return Invalid("the contract cannot be recorded like this", wrong...)
	}
	return nil
}

func (k *ContractRecord) checkPeople(wrong *[]FieldError) {
	if len(k.Responsibles) > 200 || len(k.Roles) > 200 {
		*wrong = append(*wrong, FieldError{"responsibles", "at most 200"})
		return
	}
	for _, r := range k.Responsibles {
		if r.Key() == "" {
			*wrong = append(*wrong, FieldError{"responsibles.id", "an id or an e-mail address"})
		}
		checkEmail(wrong, "responsibles.email", r.Email)
		if r.From == "" {
			*wrong = append(*wrong, FieldError{"responsibles.from", "the first day of responsibility, YYYY-MM-DD"})
		}
		checkDay(wrong, "responsibles.from", r.From)
		checkDay(wrong, "responsibles.to", r.To)
		if r.To != "" && r.To < r.From {
			*wrong = append(*wrong, FieldError{"responsibles.to", "not before from"})
		}
	}
	for _, r := range k.Roles {
		if strings.TrimSpace(r.Role) == "" || strings.TrimSpace(r.Name) == "" {
			*wrong = append(*wrong, FieldError{"roles", "a role and a name"})
		}
		checkEmail(wrong, "roles.email", r.Email)
	}
}

func checkEmail(wrong *[]FieldError, field, s string) {
	if s == "" {
		return
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		*wrong = append(*wrong, FieldError{field, "one plain e-mail address"})
	}
}

func checkDay(wrong *[]FieldError, field, day string) {
	if !IsDay(day) && day != "" {
		*wrong = append(*wrong, FieldError{field, "a day, YYYY-MM-DD"})
	}
}

// line returns an audit line of the contract.
func (k *ContractRecord) line(by Actor, kind, summary string, data any) Audit {
	var raw json.RawMessage
	if data != nil {
		raw, _ = json.Marshal(data) // our own maps
	}
	return Audit{Stream: "contract:" + k.ID.String(), Actor: by, Kind: kind, Summary: summary, AccountID: &k.AccountID, Data: raw}
}

// AddContract records a contract. The number is taken once per account.
func (d *Desk) AddContract(ctx context.Context, scope []uuid.UUID, k *ContractRecord, by Actor) error {
	if !InScope(scope, k.AccountID) {
		return ErrNotFound
	}
	if err := k.Check(); err != nil {
		return err
	}
	if k.ID == uuid.Nil {
		k.ID = NewID()
	}
	err := d.store.InTx(ctx, func(tx Store) error {
		if _, err := tx.Account(ctx, k.AccountID); err != nil {
			return err
		}
		if err := k.notErased(ctx, tx); err != nil {
			return err
		}
		one := *k
		if err := tx.AddContract(ctx, &one); err != nil {
			return err
		}
		*k = one
		return tx.Record(ctx, k.line(by, "contract.added", "a contract was recorded", nil))
	})
	if IsKind(err, KindStale) {
		return Rule("contract_number_taken", "a contract with this number is on record already")
	}
	return err
}

// ChangeContract lets fn change a contract. version, when not zero, must be the
// contract's; ErrStale otherwise.
func (d *Desk) ChangeContract(ctx context.Context, scope []uuid.UUID, id uuid.UUID, version int, by Actor, fn func(k *ContractRecord) error) (*ContractRecord, error) {
	var out *ContractRecord
	err := d.store.InTx(ctx, func(tx Store) error {
		k, err := tx.Contract(ctx, scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != k.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: "the contract was changed meanwhile"}
		}
		if err := fn(k); err != nil {
			return err
		}
		if err := k.Check(); err != nil {
			return err
		}
		if err := k.notErased(ctx, tx); err != nil {
			return err
		}
		number, err := tx.ContractsLike(ctx, k.AccountID, ContractMatch{Number: k.Number})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(number, func(o *ContractRecord) bool { return o.ID != k.ID }) {
			return Rule("contract_number_taken", "a contract with this number is on record already")
		}
		if err := tx.SaveContract(ctx, k); err != nil {
			return err
		}
		out = k
		return tx.Record(ctx, k.line(by, "contract.changed", "a contract was changed", nil))
	})
	return out, err
}

// AddInvoices records what was billed under a contract before.
func (d *Desk) AddInvoices(ctx context.Context, scope []uuid.UUID, contractID uuid.UUID, list []*Invoice, by Actor) (int, error) {
	added := 0
	err := d.store.InTx(ctx, func(tx Store) error {
		k, err := tx.Contract(ctx, scope, contractID)
		if err != nil {
			return err
		}
		for _, i := range list {
			i.AccountID, i.ContractID = k.AccountID, k.ID
			if err := i.check(); err != nil {
				return err
			}
		}
		if added, err = tx.AddInvoices(ctx, list); err != nil {
			return err
		}
		return tx.Record(ctx, k.line(by, "contract.invoices", "earlier invoices were recorded", map[string]int{"given": len(list), "new": added}))
	})
	return added, err
}

func (i *Invoice) check() error {
	var wrong []FieldError
	if i.Number == "" {
		i.Number = i.IssuedOn + "/" + i.Period // told apart by what is known
	}
	if i.IssuedOn == "" && i.Period != "" {
		i.IssuedOn = AddDays(i.Period+"-01", 27)
	}
	if i.Period == "" && len(i.IssuedOn) >= 7 {
		i.Period = i.IssuedOn[:7]
	}
	if !IsDay(i.IssuedOn) {
		wrong = append(wrong, FieldError{"issued_on", "a day, YYYY-MM-DD, or a period"})
	}
	if !IsPeriod(i.Period) {
		wrong = append(wrong, FieldError{"period", "a month, YYYY-MM"})
	}
	if !i.Total.Valid() {
		wrong = append(wrong, FieldError{"total", "an amount with a currency"})
	}
	for _, l := range i.Lines {
		if strings.TrimSpace(l.Kind) == "" {
			wrong = append(wrong, FieldError{"lines.kind", "what was charged"})
		}
		if l.Period != "" && !IsPeriod(l.Period) {
			wrong = append(wrong, FieldError{"lines.period", "a month, YYYY-MM"})
		}
	}
	if len(wrong) > 0 {
		return Invalid("the invoice cannot be recorded like this", wrong...)
	}
	return nil
}

// IsDay reports whether s is a civil day, "2006-01-02".
func IsDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// IsPeriod reports whether s is a month, "2006-01".
func IsPeriod(s string) bool {
	_, err := time.Parse("2006-01", s)
	return err == nil
}
