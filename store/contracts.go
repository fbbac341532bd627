package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type contractRow struct {
	ID          uuid.UUID
	AccountID   uuid.UUID
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int
	Number      string
	DealID      string
	ClientID    string
	ClientEmail string
	CompanyID   string
	EndedOn     string
	Search      string
	Doc         document
}

func (contractRow) TableName() string { return "contracts" }

// contractDoc is the whole of a contract beside its ids and times. Its names
// are kept data: add to them, never rename one.
type contractDoc struct {
	Number       string                       `json:"number,omitempty"`
	ServiceType  string                       `json:"service_type,omitempty"`
	Client       offboarding.Client           `json:"client"`
	Company      offboarding.Named            `json:"company"`
	DealID       string                       `json:"deal_id,omitempty"`
	StartedOn    string                       `json:"started_on,omitempty"`
	NoticeDays   *int                         `json:"notice_days,omitempty"`
	NoticeClause string                       `json:"notice_clause,omitempty"`
	HandoverDays *int                         `json:"handover_days,omitempty"`
	Scope        string                       `json:"scope,omitempty"`
	Roles        []offboarding.ContractRole   `json:"roles,omitempty"`
	Visits       json.RawMessage              `json:"visits,omitempty"`
	Settlement   string                       `json:"settlement_rule,omitempty"`
	PropertyList bool                         `json:"property_list,omitempty"`
	OpenAccess   bool                         `json:"open_access,omitempty"`
	Responsibles []offboarding.Responsibility `json:"responsibles,omitempty"`
	RhythmDays   int                          `json:"rhythm_days,omitempty"`
	LastTwoWayAt time.Time                    `json:"last_two_way_at,omitzero"`
	LapseSeen    bool                         `json:"lapse_seen,omitempty"`
}

func toContractRow(k *offboarding.ContractRecord) (*contractRow, error) {
	doc, err := encode(contractDoc{
		Number: k.Number, ServiceType: k.ServiceType, Client: k.Client, Company: k.Company, DealID: k.DealID, StartedOn: k.StartedOn,
		NoticeDays: k.NoticeDays, NoticeClause: k.NoticeClause, HandoverDays: k.HandoverDays, Scope: k.Scope, Roles: k.Roles, Visits: k.Visits,
		Settlement: k.Settlement, PropertyList: k.PropertyList, OpenAccess: k.OpenAccess, Responsibles: k.Responsibles,
		RhythmDays: k.RhythmDays, LastTwoWayAt: stamp(k.LastTwoWayAt), LapseSeen: k.LapseSeen,
	})
	if err != nil {
		return nil, err
	}
	return &contractRow{
		ID: k.ID, AccountID: k.AccountID, CreatedAt: stamp(k.CreatedAt), UpdatedAt: stamp(k.UpdatedAt), Version: k.Version,
		Number: key(k.Number), DealID: plain(k.DealID), ClientID: plain(k.Client.ID), ClientEmail: key(k.Client.Email), CompanyID: plain(k.Company.ID),
		EndedOn: k.EndedOn, Search: fold(plain(strings.Join([]string{k.Number, k.Client.Name, k.Client.Email}, "\n"))), Doc: doc,
	}, nil
}

// key is text by which a row is found whatever its case and the spaces around it.
func key(s string) string { return fold(plain(strings.TrimSpace(s))) }

func toContract(r *contractRow) (*offboarding.ContractRecord, error) {
	var d contractDoc
	if err := r.Doc.decode(&d); err != nil {
		return nil, err
	}
	return &offboarding.ContractRecord{
		ID: r.ID, AccountID: r.AccountID, CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), Version: r.Version, EndedOn: r.EndedOn,
		Number: d.Number, ServiceType: d.ServiceType, Client: d.Client, Company: d.Company, DealID: d.DealID, StartedOn: d.StartedOn,
		NoticeDays: d.NoticeDays, NoticeClause: d.NoticeClause, HandoverDays: d.HandoverDays, Scope: d.Scope, Roles: d.Roles, Visits: d.Visits,
		Settlement: d.Settlement, PropertyList: d.PropertyList, OpenAccess: d.OpenAccess, Responsibles: d.Responsibles,
		RhythmDays: d.RhythmDays, LastTwoWayAt: stamp(d.LastTwoWayAt), LapseSeen: d.LapseSeen,
	}, nil
}

// AddContract stores a new contract. A number that the account has already is ErrStale.
func (s *Store) AddContract(ctx context.Context, k *offboarding.ContractRecord) error {
	added := *k
	added.CreatedAt = s.created(k.CreatedAt)
	added.UpdatedAt = added.CreatedAt
	added.Version = 1
	err := s.write(ctx, "add contract", func(db *gorm.DB) error {
		r, err := toContractRow(&added)
		if err != nil {
			return err
		}
		return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(r), offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	*k = added
	return nil
}

// Contract returns one contract of an account in scope.
func (s *Store) Contract(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (k *offboarding.ContractRecord, err error) {
	err = s.read(ctx, "read contract", func(db *gorm.DB) error {
		var r contractRow
		if err := inScope(db, scope).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		k, err = toContract(&r)
		return err
	})
	return k, err
}

// SaveContract writes WHERE version = k.Version and raises k.Version.
func (s *Store) SaveContract(ctx context.Context, k *offboarding.ContractRecord) error {
	saved := *k
	saved.Version++
	saved.UpdatedAt = stamp(s.now())
	err := s.write(ctx, "save contract", func(db *gorm.DB) error {
		r, err := toContractRow(&saved)
		if err != nil {
			return err
		}
		return changed(db.Model(&contractRow{}).Where("id = ? AND version = ?", k.ID, k.Version).
			Select("*").Omit("id", "account_id", "created_at").UpdateColumns(r), offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	k.Version, k.UpdatedAt = saved.Version, saved.UpdatedAt
	return nil
}

// ContractsInScope lists contracts newest first.
func (s *Store) ContractsInScope(ctx context.Context, f offboarding.ContractFilter) ([]*offboarding.ContractRecord, error) {
	var out []*offboarding.ContractRecord
	today := stamp(s.now()).Format(time.DateOnly)
	err := s.read(ctx, "list contracts", func(db *gorm.DB) error {
		rows, err := newestFirst[contractRow](db, narrowed(f.Scope, f.AccountID), f.Page, func(q *gorm.DB) *gorm.DB {
			if f.Active != nil && *f.Active {
				q = q.Where("(ended_on = '' OR ended_on >= ?)", today)
			} else if f.Active != nil {
				q = q.Where("ended_on <> '' AND ended_on < ?", today)
			}
			if f.Query != "" {
				q = q.Where(`search LIKE ? ESCAPE '\'`, containing(fold(plain(f.Query))))
			}
			return q
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toContract)
		return err
	})
	return out, err
}

// ContractsLike lists contracts of the account that share something with what
// is asked for, newest first.
func (s *Store) ContractsLike(ctx context.Context, accountID uuid.UUID, by offboarding.ContractMatch) ([]*offboarding.ContractRecord, error) {
	var out []*offboarding.ContractRecord
	err := s.read(ctx, "find contracts", func(db *gorm.DB) error {
		var parts []string
		var args []any
		for _, p := range []struct{ column, value string }{
			{"number", key(by.Number)},
			{"deal_id", plain(by.DealID)},
			{"client_id", plain(by.ClientID)},
			{"client_email", key(by.Email)},
			{"company_id", plain(by.CompanyID)},
		} {
			if p.value != "" { // the second half repeats the index's condition
				parts = append(parts, "("+p.column+" = ? AND "+p.column+" <> '')")
				args = append(args, p.value)
			}
		}
		if len(parts) == 0 {
			return nil
		}
		var rows []contractRow
		err := db.Where("account_id = ?", accountID).Where("("+strings.Join(parts, " OR ")+")", args...).Order("id DESC").Limit(maxPage).Find(&rows).Error
		if err != nil {
			return err
		}
		out, err = each(rows, toContract)
		return err
	})
	return out, err
}

type invoiceRow struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	ContractID uuid.UUID
	CreatedAt  time.Time
	Number     string
	IssuedOn   string
	Period     string
	TotalMinor int64
	Currency   string
	Lines      document
}

func (invoiceRow) TableName() string { return "invoices" }

// AddInvoices stores invoices; one with a known (contract, number) is left alone.
func (s *Store) AddInvoices(ctx context.Context, list []*offboarding.Invoice) (int, error) {
	if len(list) == 0 {
		return 0, nil
	}
	added := 0
	err := s.write(ctx, "add invoices", func(db *gorm.DB) error {
		rows := make([]invoiceRow, 0, len(list))
		for _, i := range list {
			lines, err := encode(i.Lines)
			if err != nil {
				return err
			}
			id := i.ID
			if id == uuid.Nil {
				id = offboarding.NewID()
			}
			rows = append(rows, invoiceRow{
				ID: id, AccountID: i.AccountID, ContractID: i.ContractID, CreatedAt: s.created(i.CreatedAt), Number: plain(i.Number),
				IssuedOn: i.IssuedOn, Period: i.Period, TotalMinor: i.Total.AmountMinor, Currency: i.Total.Currency, Lines: lines,
			})
		}
		done := db.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, insertChunk)
		added = int(done.RowsAffected)
		return done.Error
	})
	return added, err
}

// InvoicesOf lists a contract's invoices, newest day of issue first.
func (s *Store) InvoicesOf(ctx context.Context, contractID uuid.UUID) ([]*offboarding.Invoice, error) {
	var out []*offboarding.Invoice
	err := s.read(ctx, "list invoices", func(db *gorm.DB) error {
		var rows []invoiceRow
		if err := db.Where("contract_id = ?", contractID).Order("issued_on DESC, id DESC").Limit(maxPage).Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toInvoice)
		return err
	})
	return out, err
}

func toInvoice(r *invoiceRow) (*offboarding.Invoice, error) {
	i := &offboarding.Invoice{
		ID: r.ID, AccountID: r.AccountID, ContractID: r.ContractID, Number: r.Number, IssuedOn: r.IssuedOn, Period: r.Period,
		Total: offboarding.Money{AmountMinor: r.TotalMinor, Currency: r.Currency}, CreatedAt: stamp(r.CreatedAt),
	}
	return i, r.Lines.decode(&i.Lines)
}

// LastNotes tells by deal when the CRM last told of a note on its card.
func (s *Store) LastNotes(ctx context.Context, accountID uuid.UUID) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := s.read(ctx, "find last notes", func(db *gorm.DB) error {
		var rows []struct {
			EntityID   string
			ReceivedAt time.Time
		}
		newest := db.Session(&gorm.Session{}).Model(&eventRow{}).Select("max(CAST(id AS TEXT))").
			Where("account_id = ? AND kind = ?", accountID, offboarding.DealNote).Group("entity_id")
		err := db.Model(&eventRow{}).Select("entity_id, received_at").Where("account_id = ? AND CAST(id AS TEXT) IN (?)", accountID, newest).Scan(&rows).Error
		for _, r := range rows {
			out[r.EntityID] = stamp(r.ReceivedAt)
		}
		return err
	})
	return out, err
}
