package offboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file takes contracts and clients from a table that people bring: every
// row is looked at by itself, and what is wrong with it stands beside it.

// Imported is what became of a table: of its rows, and which of its columns we did
// not understand.
type Imported[Row any] struct {
	Rows    []Row
	Ignored []string
}

// ImportRow says what became of one row, or would become of it.
type ImportRow struct {
	Row        int // as the table counts: 1 is the head
	Action     string
	Number     string
	ContractID *uuid.UUID
	Errors     []FieldError
}

// The actions of an import.
const (
	ImportCreate    = "create"
	ImportUpdate    = "update"
	ImportUnchanged = "unchanged"
	ImportError     = "error"
)

// columnsOf are the heads by which people name our fields.
var columnsOf = map[string][]string{
	"number":            {"number", "contract", "contract number", "номер", "номер договора", "договор", "№ договора"},
	"service_type":      {"service_type", "service", "услуга", "вид услуг", "тип услуги"},
	"client_id":         {"client_id", "client.id", "contact id", "id клиента", "id контакта"},
	"client_name":       {"client_name", "client.name", "client", "name", "клиент", "имя клиента", "контакт", "заказчик"},
	"client_email":      {"client_email", "client.email", "email", "e-mail", "почта", "эл. почта", "email клиента"},
	"client_phone":      {"client_phone", "client.phone", "phone", "телефон", "телефон клиента"},
	"client_lang":       {"client_lang", "client.lang", "lang", "language", "язык"},
	"company_id":        {"company_id", "company.id", "id компании"},
	"company_name":      {"company_name", "company.name", "company", "компания", "организация"},
	"deal_id":           {"deal_id", "deal", "lead_id", "сделка", "id сделки"},
	"started_on":        {"started_on", "start", "начало", "дата начала", "дата договора"},
	"ended_on":          {"ended_on", "end", "окончание", "дата окончания"},
	"notice_days":       {"notice_days", "notice", "срок уведомления", "срок уведомления, дней", "дней уведомления"},
	"notice_clause":     {"notice_clause", "clause", "пункт", "пункт об уведомлении", "пункт договора"},
	"handover_days":     {"handover_days", "handover", "срок передачи", "срок передачи дел", "срок передачи, дней"},
	"scope":             {"scope", "объём работ", "предмет"},
	"settlement_rule":   {"settlement_rule", "порядок расчёта"},
	"responsible_id":    {"responsible_id", "responsible.id", "id ответственного"},
	"responsible_name":  {"responsible_name", "responsible.name", "responsible", "ответственный", "менеджер"},
	"responsible_email": {"responsible_email", "responsible.email", "почта ответственного"},
	"responsible_from":  {"responsible_from", "responsible.from", "ответственный с"},
	"responsible_to":    {"responsible_to", "responsible.to", "ответственный по"},
}

// ContractColumns lists the columns of an export, in order; an import knows
// them too.
var ContractColumns = []string{
	"number", "service_type", "client_id", "client_name", "client_email", "client_phone", "client_lang", "company_id", "company_name", "deal_id",
	"started_on", "ended_on", "notice_days", "notice_clause", "handover_days", "scope", "settlement_rule",
	"responsible_id", "responsible_name", "responsible_email", "responsible_from", "responsible_to",
}

// Row is the contract as a row under ContractColumns, with its last responsible.
func (k *ContractRecord) Row() []string {
	var r Responsibility
	if n := len(k.Responsibles); n > 0 {
		r = k.Responsibles[n-1]
	}
	return []string{
		k.Number, k.ServiceType, k.Client.ID, k.Client.Name, k.Client.Email, k.Client.Phone, string(k.Client.Lang), k.Company.ID, k.Company.Name, k.DealID,
		k.StartedOn, k.EndedOn, optionalNumber(k.NoticeDays), k.NoticeClause, optionalNumber(k.HandoverDays), k.Scope, k.Settlement,
		r.ID, r.Name, r.Email, r.From, r.To,
	}
}

func optionalNumber(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func knowsContract(field string) bool {
	return field == "number" || field == "client_email" || field == "client_id"
}

// table is what was brought: which field stands in which column.
type table struct {
	fields []string // by column; empty: not ours
	rows   [][]string
}

// readHead finds our fields in the first row.
func readHead(rows [][]string, columns map[string][]string, keys func(field string) bool, wanted string) (*table, error) {
	if len(rows) < 2 {
		return nil, Invalid("the table is empty", FieldError{"file", "a head and at least one row"})
	}
	t := &table{fields: make([]string, len(rows[0])), rows: rows}
	known := map[string]string{}
	for field, heads := range columns {
		for _, h := range heads {
			known[foldHead(h)] = field
		}
	}
	for i, h := range rows[0] {
		field := known[foldHead(h)]
		if field != "" && slices.Contains(t.fields, field) {
			return nil, Invalid("a column stands twice", FieldError{"file", "«" + h + "» names a column that is there already"})
		}
		t.fields[i] = field
	}
	if !slices.ContainsFunc(t.fields, keys) {
		return nil, Invalid("a column is missing by which a row is known", FieldError{"file", wanted + " in the first row"})
	}
	return t, nil
}

func foldHead(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(s), "ё", "е")), " ")
}

// ignored names the columns that are not ours: by their head, those without one by
// their number when something stands in them.
func (t *table) ignored() []string {
	var out []string
	named := map[int]bool{}
	for n, row := range t.rows {
		for i, cell := range row {
			if i < len(t.fields) && t.fields[i] != "" || named[i] || strings.TrimSpace(cell) == "" {
				continue
			}
			named[i] = true
			if n == 0 {
				out = append(out, clip(strings.TrimSpace(cell), 100))
			} else {
				out = append(out, fmt.Sprintf("column %d, which has no name", i+1))
			}
		}
	}
	return out
}

// values are the cells of a row by field.
func (t *table) values(row []string) map[string]string {
	v := map[string]string{}
	for i, field := range t.fields {
		if field != "" && i < len(row) && strings.TrimSpace(row[i]) != "" {
			v[field] = strings.TrimSpace(row[i])
		}
	}
	return v
}

// over writes what a row says over a contract; an empty cell says nothing.
func over(k *ContractRecord, v map[string]string) []FieldError {
	var wrong []FieldError
	for field, to := range map[string]*string{
		"number": &k.Number, "service_type": &k.ServiceType, "client_id": &k.Client.ID, "client_name": &k.Client.Name, "client_email": &k.Client.Email,
		"client_phone": &k.Client.Phone, "company_id": &k.Company.ID, "company_name": &k.Company.Name, "deal_id": &k.DealID,
		"notice_clause": &k.NoticeClause, "scope": &k.Scope, "settlement_rule": &k.Settlement,
	} {
		if s, ok := v[field]; ok {
			*to = s
		}
	}
	for field, to := range map[string]**int{"notice_days": &k.NoticeDays, "handover_days": &k.HandoverDays} {
		if s, ok := v[field]; ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(s, ".0"), ",0")) // some spreadsheets write 30.0
			if err != nil {
				wrong = append(wrong, FieldError{field, "a number of days"})
				continue
			}
			*to = &n
		}
	}
	if s, ok := v["client_lang"]; ok {
		if k.Client.Lang = Lang(strings.ToLower(s)).Or(""); k.Client.Lang == "" {
			wrong = append(wrong, FieldError{"client_lang", "ru or en"})
		}
	}
	var r Responsibility
	for field, to := range map[string]*string{"started_on": &k.StartedOn, "ended_on": &k.EndedOn, "responsible_from": &r.From, "responsible_to": &r.To} {
		if s, ok := v[field]; ok {
			day, good := anyDay(s)
			if !good {
				wrong = append(wrong, FieldError{field, "a day: 2026-03-01 or 01.03.2026"})
			}
			*to = day
		}
	}
	r.ID, r.Name, r.Email = v["responsible_id"], v["responsible_name"], v["responsible_email"]
	k.takeResponsible(r)
	return wrong
}

// takeResponsible adds a responsible, or corrects the one who began that day.
func (k *ContractRecord) takeResponsible(r Responsibility) {
	if r.ID == "" && r.Name == "" && r.Email == "" {
		return
	}
	if r.From == "" {
		r.From = k.StartedOn
	}
	for i, known := range k.Responsibles {
		if known.From == r.From && known.Key() == r.Key() {
			k.Responsibles[i] = r
			return
		}
	}
	k.Responsibles = append(slices.Clone(k.Responsibles), r)
}

// anyDay reads a day as people and spreadsheets write it.
func anyDay(s string) (string, bool) {
	for _, layout := range []string{time.DateOnly, "02.01.2006", "2.1.2006", "02/01/2006", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	// A spreadsheet counts days from 30 December 1899.
	whole, _, _ := strings.Cut(s, ".")
	if n, err := strconv.Atoi(whole); err == nil && n > 20_000 && n < 80_000 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly), true
	}
	return s, false
}

// ImportContracts stores the rows of a table as contracts, or with dry only
// says what it would do. A row that is wrong keeps no other back.
func (d *Desk) ImportContracts(ctx context.Context, scope []uuid.UUID, accountID uuid.UUID, rows [][]string, dry bool, by Actor) (*Imported[ImportRow], error) {
	acc, err := d.store.Account(ctx, accountID)
	if err != nil {
		return nil, err
	}
	if !InScope(scope, acc.ID) {
		return nil, ErrNotFound
	}
	t, err := readHead(rows, columnsOf, knowsContract, "number, client_email or client_id")
	if err != nil {
		return nil, err
	}
	read := t.importRows()
	for some := range slices.Chunk(read, importTogether) {
		if err := d.importSome(ctx, acc, some, dry, by); err != nil {
			return nil, err
		}
	}
	out := &Imported[ImportRow]{Ignored: t.ignored()}
	for _, r := range read {
		if len(r.Errors) > 0 {
			r.Action = ImportError
		}
		out.Rows = append(out.Rows, r.ImportRow)
	}
	return out, nil
}

// importTogether is how many rows are stored in one transaction: 10,000 rows of
// one each take a minute where every commit waits for a disk.
const importTogether = 100

// importedRow is a row with what its cells say; doubtful: it is wrong before
// anything was looked up.
type importedRow struct {
	ImportRow
	cells    map[string]string
	doubtful bool
}

func (t *table) importRows() []*importedRow {
	var out []*importedRow
	seen := map[string]int{}
	for i, row := range t.rows[1:] {
		v := t.values(row)
		if len(v) == 0 {
			continue // an empty line between others
		}
		r := &importedRow{ImportRow: ImportRow{Row: i + 2, Number: v["number"]}, cells: v}
		switch key := importKey(v); {
		case key == "":
			r.doubtful, r.Errors = true, []FieldError{{"number", "a number, or the client's e-mail or id"}}
		case seen[key] != 0:
			r.doubtful, r.Errors = true, []FieldError{{"number", fmt.Sprintf("the same contract stands in row %d", seen[key])}}
		default:
			seen[key] = r.Row
		}
		out = append(out, r)
	}
	return out
}

// importSome does some rows in one transaction. When somebody else has changed one
// of the contracts meanwhile, each goes alone, so that only that row is wrong.
func (d *Desk) importSome(ctx context.Context, acc *Account, rows []*importedRow, dry bool, by Actor) error {
	err := d.store.InTx(ctx, func(tx Store) error {
		for _, r := range rows {
			if r.doubtful {
				continue
			}
			if err := importRow(ctx, tx, acc, r.cells, dry, by, &r.ImportRow); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case !IsKind(err, KindStale):
		return err
	case len(rows) == 1:
		rows[0].Errors = []FieldError{{"number", "somebody else has just changed this contract"}}
		return nil
	}
	for i := range rows {
		if err := d.importSome(ctx, acc, rows[i:i+1], dry, by); err != nil {
			return err
		}
	}
	return nil
}

func importKey(v map[string]string) string {
	for _, field := range []string{"number", "client_id", "client_email"} {
		if v[field] != "" {
			return field + ":" + foldHead(v[field])
		}
	}
	return ""
}

// importRow does one row. An error is of the store; what is wrong with the row
// stands in res.
func importRow(ctx context.Context, tx Store, acc *Account, v map[string]string, dry bool, by Actor, res *ImportRow) error {
	res.Errors, res.ContractID, res.Action = nil, nil, "" // the transaction may run twice
	k, err := importTarget(ctx, tx, acc.ID, v)
	if err != nil {
		return err
	}
	before := fmt.Sprint(k.Row(), k.Responsibles)
	if res.Errors, err = k.mistakes(ctx, tx, over(k, v)); err != nil || len(res.Errors) > 0 {
		return err
	}
	res.Action = ImportCreate
	if k.Version > 0 {
		res.ContractID = &k.ID
		if res.Action = ImportUpdate; fmt.Sprint(k.Row(), k.Responsibles) == before {
			res.Action = ImportUnchanged
		}
	}
	if dry || res.Action == ImportUnchanged {
		return nil
	}
	if k.Version == 0 {
		err = tx.AddContract(ctx, k)
	} else {
		err = tx.SaveContract(ctx, k)
	}
	if err != nil {
		return err
	}
	res.ContractID = &k.ID
	return tx.Record(ctx, k.line(by, "contract.imported", "a contract came from a table: "+res.Action, nil))
}

// mistakes adds what is wrong with a contract to what could not be read of it.
func (k *ContractRecord) mistakes(ctx context.Context, tx Store, wrong []FieldError) ([]FieldError, error) {
	if e, ok := k.Check().(*Error); ok { //nolint:errorlint // Check returns it bare
		for _, f := range e.Fields {
			if !slices.ContainsFunc(wrong, func(known FieldError) bool { return known.Field == f.Field }) {
				wrong = append(wrong, f)
			}
		}
	}
	if e, ok := errors.AsType[*Error](k.notErased(ctx, tx)); ok && e.Rule != "" {
		wrong = append(wrong, FieldError{"client_email", e.Msg})
	} else if ok {
		return nil, e
	}
	slices.SortFunc(wrong, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return wrong, nil
}

// importTarget is the contract that a row is about, or a new one. Only a client
// with one contract is known by the client alone.
func importTarget(ctx context.Context, tx Store, accountID uuid.UUID, v map[string]string) (*ContractRecord, error) {
	by := ContractMatch{Number: v["number"]}
	if by.Number == "" {
		if by.ClientID = v["client_id"]; by.ClientID == "" {
			by.Email = v["client_email"]
		}
	}
	found, err := tx.ContractsLike(ctx, accountID, by)
	if err != nil {
		return nil, err
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return &ContractRecord{ID: NewID(), AccountID: accountID}, nil
}
