package store

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

// CasesOfPerson lists the cases of an e-mail address by its index, or of a
// phone by reading all.
func (s *Store) CasesOfPerson(ctx context.Context, email, phone string) ([]*offboarding.Case, error) {
	var out []*offboarding.Case
	err := s.read(ctx, "find cases of a person", func(db *gorm.DB) error {
		var rows []caseRow
		q := db.Where("client_email = ? AND client_email <> ''", fold(plain(email)))
		if email == "" {
			q = db.Where("doc -> 'client' ->> 'phone' <> ''")
		}
		if err := q.Order("id").Find(&rows).Error; err != nil {
			return err
		}
		all, err := each(rows, toCase)
		out = slices.DeleteFunc(all, func(c *offboarding.Case) bool {
			return email == "" && offboarding.PhoneKey(c.Client.Phone) != phone
		})
		return err
	})
	return out, err
}

// subjectTable is a table in which something about a person stands.
type subjectTable struct {
	name   string
	where  string   // its parameters are those of wants
	wants  []string // cases, streams, folded (e-mail addresses), addresses
	hidden []string // columns that are nobody's business, or secrets
}

// subjectTables lists all of them. Reviews and reports of sources are about our
// own people and third persons; they are not shown to the client.
var subjectTables = []subjectTable{
	{"cases", "id IN @cases", []string{"cases"}, []string{"search"}},
	{"messages", "case_id IN @cases OR lower(to_address) IN @folded", []string{"cases", "folded"}, nil},
	{"inbound", "case_id IN @cases OR lower(sender) IN @folded", []string{"cases", "folded"}, []string{"dedup"}},
	{"chats", "case_id IN @cases", []string{"cases"}, nil},
	{"links", "case_id IN @cases OR lower(recipient) IN @folded", []string{"cases", "folded"}, []string{"token_hash"}},
	{"consents", "case_id IN @cases OR lower(person) IN @folded OR person IN @addresses", []string{"cases", "folded", "addresses"}, []string{"hash"}},
	{"touches", "case_id IN @cases", []string{"cases"}, []string{"person"}},
	{"tasks", "case_id IN @cases OR contract_id IN (SELECT id FROM contracts WHERE client_email IN @folded)", []string{"cases", "folded"}, nil},
	{"survey_questions", "case_id IN @cases", []string{"cases"}, nil},
	{"handovers", "case_id IN @cases", []string{"cases"}, nil},
	{"items", "list_id IN @cases", []string{"cases"}, nil},
	{"files", "owner_id IN @cases", []string{"cases"}, nil},
	{"builds", "case_id IN @cases", []string{"cases"}, nil},
	{"settlements", "case_id IN @cases", []string{"cases"}, nil},
	{"contracts", "client_email IN @folded", []string{"folded"}, []string{"search"}},
	{"pulses", "contract_id IN (SELECT id FROM contracts WHERE client_email IN @folded)", []string{"folded"}, nil},
	{"events", "case_id IN @cases", []string{"cases"}, nil},
	{"deliveries", "id IN (SELECT delivery_id FROM events WHERE case_id IN @cases)", []string{"cases"}, []string{"dedup_key", "signature"}},
	{"audit", "stream IN @streams", []string{"streams"}, []string{"prev_hash", "hash"}},
}

// subjectValues are the parameters of the conditions. A list is never empty:
// that would be a condition of its own in some databases.
func subjectValues(sub offboarding.Subject) map[string]any {
	cases, streams, folded, addresses := []uuid.UUID{uuid.Nil}, []string{"-"}, []string{"-"}, []string{"-"}
	for _, id := range sub.Cases {
		cases, streams = append(cases, id), append(streams, "case:"+id.String())
	}
	for _, e := range sub.Emails {
		folded, addresses = append(folded, fold(plain(e))), append(addresses, e)
	}
	return map[string]any{"cases": cases, "streams": streams, "folded": folded, "addresses": append(addresses, sub.Phones...)}
}

// args are the values that a condition names, and no others.
func (t subjectTable) args(values map[string]any) map[string]any {
	out := map[string]any{}
	for _, w := range t.wants {
		out[w] = values[w]
	}
	return out
}

// RowsOf lists every row about the subject, by table.
func (s *Store) RowsOf(ctx context.Context, sub offboarding.Subject) (map[string][]map[string]any, error) {
	out := map[string][]map[string]any{}
	values := subjectValues(sub)
	err := s.read(ctx, "export a person", func(db *gorm.DB) error {
		for _, t := range subjectTables {
			var rows []map[string]any
			if err := db.Session(&gorm.Session{NewDB: true}).Table(t.name).Where(t.where, t.args(values)).Find(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				for _, h := range t.hidden {
					delete(r, h)
				}
				for name, v := range r {
					r[name] = shown(v)
				}
			}
			if len(rows) > 0 {
				out[t.name] = rows
			}
		}
		return nil
	})
	return out, err
}

// shown is a value as JSON has it: documents as such, bytes as text where they are.
func shown(v any) any {
	switch x := v.(type) {
	case []byte:
		return shown(string(x))
	case string:
		if s := strings.TrimSpace(x); strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
			var doc any
			if json.Unmarshal([]byte(s), &doc) == nil {
				return doc
			}
		}
		if !utf8.ValidString(x) {
			return []byte(x)
		}
	case time.Time:
		return stamp(x)
	case [16]byte:
		return uuid.UUID(x).String()
	}
	return v
}

// EraseRows erases what names the subject outside of cases and contracts. Rows
// that numbers are counted from stay, without what they said.
func (s *Store) EraseRows(ctx context.Context, sub offboarding.Subject) (map[string]int, error) {
	out := map[string]int{}
	values := subjectValues(sub)
	err := s.writeTx(ctx, "erase a person", func(db *gorm.DB) error {
		if err := eraseTones(db, values); err != nil {
			return err
		}
		for _, e := range []struct{ table, statement string }{
			{"messages", "UPDATE messages SET to_address = '', to_name = '', subject = '', body_text = '', body_html = '', vars = NULL WHERE case_id IN @cases OR lower(to_address) IN @folded"},
			{"inbound", "UPDATE inbound SET sender = '', subject = '', body = '' WHERE case_id IN @cases OR lower(sender) IN @folded"},
			{"chats", "DELETE FROM chats WHERE case_id IN @cases"},
			{"links", "DELETE FROM links WHERE case_id IN @cases OR lower(recipient) IN @folded"},
			{"consents", "UPDATE consents SET person = '', document = '', ip = '', case_id = coalesce(case_id, (SELECT id FROM cases WHERE id IN @cases ORDER BY id DESC LIMIT 1)) WHERE case_id IN @cases OR lower(person) IN @folded OR person IN @addresses"},
			{"tasks", "UPDATE tasks SET body = '', note = '' WHERE case_id IN @cases OR contract_id IN (SELECT id FROM contracts WHERE client_email IN @folded)"},
			{"touches", "UPDATE touches SET vars = NULL WHERE case_id IN @cases"},
			{"items", "DELETE FROM items WHERE list_id IN @cases"},
			{"files", "DELETE FROM files WHERE owner_id IN @cases"},
			{"builds", "DELETE FROM builds WHERE case_id IN @cases"},
			{"pulses", "UPDATE pulses SET body = '' WHERE contract_id IN (SELECT id FROM contracts WHERE client_email IN @folded)"},
			{"source_reports", "DELETE FROM source_reports WHERE case_id IN @cases"},
			{"events", "UPDATE events SET hint = '{}' WHERE case_id IN @cases"},
			{"effects", "UPDATE effects SET payload = '{}', result = '' WHERE case_id IN @cases AND state NOT IN ('ready', 'claimed', 'transmitting') AND kind <> 'timer'"},
		} {
			used := map[string]any{}
			for name, v := range values {
				if strings.Contains(e.statement, "@"+name) {
					used[name] = v
				}
			}
			done := db.Exec(e.statement, used)
			if done.Error != nil {
				return done.Error
			}
			out[e.table] = int(done.RowsAffected)
		}
		n, err := s.eraseBodies(db, sub, values)
		out["deliveries"] = n
		return err
	})
	return out, err
}

// eraseTones leaves of the tone guard's words which rules it found.
func eraseTones(db *gorm.DB, values map[string]any) error {
	var rows []messageRow
	used := map[string]any{"cases": values["cases"], "folded": values["folded"]}
	if err := db.Where("tone IS NOT NULL AND (case_id IN @cases OR lower(to_address) IN @folded)", used).Select("id", "tone").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		var tone offboarding.ToneRecord
		if err := r.Tone.decode(&tone); err != nil {
			return err
		}
		for t := &tone; t != nil; t = t.Replaced {
			for i := range t.Findings {
				t.Findings[i].Text = ""
			}
			if t.Override != nil {
				t.Override.Reason = ""
			}
		}
		doc, err := encode(tone)
		if err != nil {
			return err
		}
		if err := db.Model(&messageRow{}).Where("id = ?", r.ID).UpdateColumn("tone", doc).Error; err != nil {
			return err
		}
	}
	return nil
}

// eraseBodies empties what sources sent about the cases, and whatever else
// holds an address, plain or as forms and JSON write it.
func (s *Store) eraseBodies(db *gorm.DB, sub offboarding.Subject, values map[string]any) (int, error) {
	empty := map[string]any{"body": []byte{}, "query": "", "unpacked_at": gorm.Expr("coalesce(unpacked_at, ?)", stamp(s.now()))}
	done := db.Model(&deliveryRow{}).Where("id IN (SELECT delivery_id FROM events WHERE case_id IN ?)", values["cases"]).UpdateColumns(empty)
	n, err := int(done.RowsAffected), done.Error
	for _, address := range slices.Concat(sub.Emails, sub.Phones) {
		low := strings.ToLower(address)
		for _, as := range []string{address, low, url.QueryEscape(address), url.QueryEscape(low)} {
			if err != nil || len(address) < 5 {
				return n, err
			}
			holds := "instr(body, CAST(? AS BLOB)) > 0"
			if s.dialect == Postgres {
				holds = "position(convert_to(?, 'UTF8') IN body) > 0"
			}
			done := db.Session(&gorm.Session{NewDB: true, Context: db.Statement.Context}).Model(&deliveryRow{}).Where(holds, plain(as)).UpdateColumns(empty)
			n, err = n+int(done.RowsAffected), done.Error
		}
	}
	return n, err
}

type erasedRow struct {
	Hash      []byte
	ErasureID uuid.UUID
	ErasedAt  time.Time
}

func (erasedRow) TableName() string { return "erased_persons" }

// Erased reports whether the person has one of these addresses and was erased.
func (s *Store) Erased(ctx context.Context, emails, phones []string) (bool, error) {
	var n int64
	err := s.read(ctx, "look for an erased person", func(db *gorm.DB) error {
		return db.Raw("SELECT count(*) FROM (SELECT 1 FROM erased_persons LIMIT 1) AS one").Scan(&n).Error
	})
	if err != nil || n == 0 { // as nearly everywhere
		return false, err
	}
	hashes, err := s.erasedHashes(ctx, emails, phones)
	if err != nil || len(hashes) == 0 {
		return false, err
	}
	err = s.read(ctx, "look for an erased person", func(db *gorm.DB) error {
		return db.Model(&erasedRow{}).Where("hash IN ?", hashes).Count(&n).Error
	})
	return n > 0, err
}

// erasedHashes are by what an erased person is recognised.
func (s *Store) erasedHashes(ctx context.Context, emails, phones []string) ([][]byte, error) {
	stops, err := s.StopKey(ctx)
	if err != nil {
		return nil, err
	}
	return offboarding.NewKeys(nil, stops).Hashes(emails, phones), nil
}

// AddErased remembers a person by hashes of every address; known ones are kept.
func (s *Store) AddErased(ctx context.Context, erasure uuid.UUID, emails, phones []string, at time.Time) error {
	hashes, err := s.erasedHashes(ctx, emails, phones)
	if err != nil {
		return err
	}
	rows := make([]erasedRow, 0, len(hashes))
	for _, h := range hashes {
		rows = append(rows, erasedRow{h, erasure, stamp(at)})
	}
	if len(rows) == 0 {
		return nil
	}
	return s.write(ctx, "remember an erased person", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
	})
}

type erasureRow struct {
	ID          uuid.UUID
	CreatedAt   time.Time
	UpdatedAt   time.Time
	State       string
	RequestedBy offboarding.Actor
	Doc         document
}

func (erasureRow) TableName() string { return "erasures" }

// SaveErasure stores an act.
func (s *Store) SaveErasure(ctx context.Context, e *offboarding.Erasure) error {
	doc, err := e.Encode()
	if err != nil {
		return s.done("save erasure", err)
	}
	r := erasureRow{ID: e.ID, CreatedAt: s.created(e.CreatedAt), UpdatedAt: stamp(s.now()), State: e.State, RequestedBy: e.RequestedBy, Doc: document(doc)}
	return s.write(ctx, "save erasure", func(db *gorm.DB) error { return db.Create(&r).Error })
}

// Erasures lists acts newest first.
func (s *Store) Erasures(ctx context.Context, p offboarding.Page) ([]*offboarding.Erasure, error) {
	var out []*offboarding.Erasure
	err := s.read(ctx, "list erasures", func(db *gorm.DB) error {
		rows, err := newestFirst[erasureRow](db, nil, p, func(q *gorm.DB) *gorm.DB { return q })
		if err != nil {
			return err
		}
		out, err = each(rows, toErasure)
		return err
	})
	return out, err
}

func toErasure(r *erasureRow) (*offboarding.Erasure, error) {
	var d struct {
		Cases  []uuid.UUID    `json:"cases"`
		Erased map[string]int `json:"erased"`
		Kept   []string       `json:"kept"`
		DoneAt time.Time      `json:"done_at"`
	}
	err := r.Doc.decode(&d)
	return &offboarding.Erasure{ID: r.ID, State: r.State, RequestedBy: r.RequestedBy, Cases: d.Cases, Erased: d.Erased, Kept: d.Kept, CreatedAt: stamp(r.CreatedAt), DoneAt: stamp(d.DoneAt)}, err
}

// CasesToForget lists cases that are over and that nothing has happened to since then.
func (s *Store) CasesToForget(ctx context.Context, before time.Time, limit int) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.read(ctx, "find cases to forget", func(db *gorm.DB) error {
		return db.Model(&caseRow{}).Where("state IN ('parted', 'in_touch', 'closed', 'cancelled', 'dropped', 'saved_confirmed', 'returned') AND updated_at < ?", stamp(before)).
			Where("coalesce(doc ->> 'erased', '') = '' AND coalesce(doc ->> 'legal_hold', '') = ''").Order("id").Limit(limit).Pluck("id", &ids).Error
	})
	return ids, err
}

// DropDeliveries empties bodies that came before the time; their rows stay, so
// that a repeat is still known.
func (s *Store) DropDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	n := 0
	err := s.writeTx(ctx, "forget bodies", func(db *gorm.DB) error {
		var ids []uuid.UUID
		err := db.Model(&deliveryRow{}).Where("received_at < ? AND unpacked_at IS NOT NULL AND length(body) > 0", stamp(before)).Order("id").Limit(limit).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		n = len(ids)
		return db.Model(&deliveryRow{}).Where("id IN ?", ids).UpdateColumns(map[string]any{"body": []byte{}, "query": ""}).Error
	})
	return n, errors.Join(err)
}
