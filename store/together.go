package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

// values writes rows as a table of their own. PostgreSQL must be told the types;
// SQLite must not, for its casts would change the values.
func (s *Store) values(types []string, rows [][]any) (string, []any) {
	if s.dialect == Postgres {
		return unnested(types, rows)
	}
	args := make([]any, 0, len(rows)*len(types))
	for _, row := range rows {
		args = append(args, row...)
	}
	// gorm would take a slice apart that follows the bracket at once
	row := "( ?" + strings.Repeat(", ?", len(types)-1) + ")"
	return "VALUES " + row + strings.Repeat(", "+row, len(rows)-1), args
}

// among is the condition that a column holds one of values. For PostgreSQL they
// are one array of a length that the planner is not told, as in unnested.
func among[T uuid.UUID | string | []byte](s *Store, column string, values []T) clause.Expr {
	if s.dialect != Postgres {
		return clause.Expr{SQL: column + " IN ?", Vars: []any{values}}
	}
	list, kind := make([]any, len(values)), "text"
	for i, v := range values {
		list[i] = v
	}
	switch any(values).(type) {
	case []uuid.UUID:
		kind = "uuid"
	case [][]byte:
		kind = "bytea"
	}
	return clause.Expr{SQL: column + " = ANY((SELECT CAST(? AS " + kind + "[]))::" + kind + "[])", Vars: []any{columnValues{list}}}
}

// byID reads rows of a table and returns them by id; ids without a row are left out.
func byID[R, T any](ctx context.Context, s *Store, what string, ids []uuid.UUID, to func(*R) (T, error), idOf func(*R) uuid.UUID) (map[uuid.UUID]T, error) {
	out := make(map[uuid.UUID]T, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := s.read(ctx, what, func(db *gorm.DB) error {
		var rows []R
		if err := db.Where(among(s, "id", ids)).Find(&rows).Error; err != nil {
			return err
		}
		for i := range rows {
			v, err := to(&rows[i])
			if err != nil {
				return err
			}
			out[idOf(&rows[i])] = v
		}
		return nil
	})
	return out, err
}

// EventsByID returns events of any account.
func (s *Store) EventsByID(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*offboarding.Event, error) {
	return byID(ctx, s, "read events", ids, toEvent, func(r *eventRow) uuid.UUID { return r.ID })
}

// CasesByID returns cases of any account.
func (s *Store) CasesByID(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*offboarding.Case, error) {
	return byID(ctx, s, "read cases", ids, toCase, func(r *caseRow) uuid.UUID { return r.ID })
}

// MessagesByID returns letters of any account.
func (s *Store) MessagesByID(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*offboarding.Message, error) {
	return byID(ctx, s, "read messages", ids, toMessage, func(r *messageRow) uuid.UUID { return r.ID })
}

// SuppressedAmong returns those of the hashes that are on the stop list.
func (s *Store) SuppressedAmong(ctx context.Context, hashes [][]byte, ch offboarding.Channel) (map[string]bool, error) {
	out := map[string]bool{}
	if len(hashes) == 0 {
		return out, nil
	}
	var found [][]byte
	err := s.read(ctx, "ask stop list", func(db *gorm.DB) error {
		return db.Raw("SELECT hash FROM suppressions WHERE ? AND channel = ?", among(s, "hash", hashes), ch).Scan(&found).Error
	})
	for _, h := range found {
		out[string(h)] = true
	}
	return out, err
}

// Snapshots returns what is known of deals, by deal.
func (s *Store) Snapshots(ctx context.Context, accountID uuid.UUID, dealIDs []string) (map[string]*offboarding.DealSnapshot, error) {
	out := make(map[string]*offboarding.DealSnapshot, len(dealIDs))
	err := s.read(ctx, "read deal snapshots", func(db *gorm.DB) error {
		var rows []snapshotRow
		if err := db.Where("account_id = ? AND ?", accountID, among(s, "deal_id", dealIDs)).Find(&rows).Error; err != nil {
			return err
		}
		for i := range rows {
			out[rows[i].DealID] = toSnapshot(&rows[i])
		}
		return nil
	})
	return out, err
}

// KnownOf returns what is known of deals, by deal.
func (s *Store) KnownOf(ctx context.Context, accountID uuid.UUID, dealIDs []string, until time.Time) (map[string]offboarding.KnownDeal, error) {
	out := make(map[string]offboarding.KnownDeal, len(dealIDs))
	if len(dealIDs) == 0 {
		return out, nil
	}
	ids := slices.Sorted(slices.Values(dealIDs)) // locked in one order
	err := s.read(ctx, "read what is known of deals", func(db *gorm.DB) error {
		var snapshots []snapshotRow
		if err := forUpdate(db).Where("account_id = ? AND ?", accountID, among(s, "deal_id", ids)).Order("deal_id").Find(&snapshots).Error; err != nil {
			return err
		}
		for i := range snapshots {
			known := out[snapshots[i].DealID]
			known.Snapshot = toSnapshot(&snapshots[i])
			out[snapshots[i].DealID] = known
		}
		var events []eventRow
		err := db.Where("account_id = ? AND ? AND verdict = 'pending' AND kind LIKE 'deal.%' AND received_at <= ?",
			accountID, among(s, "entity_id", ids), stamp(until)).Order("received_at, id").Find(&events).Error
		if err != nil {
			return err
		}
		for i := range events {
			e, err := toEvent(&events[i])
			if err != nil {
				return err
			}
			known := out[e.EntityID]
			known.Pending = append(known.Pending, e)
			out[e.EntityID] = known
		}
		var cases []caseRow
		err = db.Where("account_id = ? AND ? AND deal_id <> ''", accountID, among(s, "deal_id", ids)).Order("id DESC").Find(&cases).Error
		if err != nil {
			return err
		}
		for i := range cases {
			c, err := toCase(&cases[i])
			if err != nil {
				return err
			}
			known := out[c.CRM.DealID]
			known.Cases = append(known.Cases, c)
			out[c.CRM.DealID] = known
		}
		return nil
	})
	return out, err
}

// traitTables say where each trait is looked for, and how it is written there. The
// conditions repeat the indexes'.
var traitTables = []struct {
	of            offboarding.TraitOf
	table, column string
	written       func(string) string
}{
	{offboarding.CaseOfClient, "cases", "client_ref", plain[string]},
	{offboarding.CaseOfEmail, "cases", "client_email", func(s string) string { return fold(plain(s)) }},
	{offboarding.ContractNumbered, "contracts", "number", key},
	{offboarding.ContractOfDeal, "contracts", "deal_id", plain[string]},
	{offboarding.ContractOfClient, "contracts", "client_id", plain[string]},
	{offboarding.ContractOfEmail, "contracts", "client_email", key},
	{offboarding.ContractOfFirm, "contracts", "company_id", plain[string]},
}

// borneQuery asks of each trait t of an account whether it is borne.
var borneQuery = func() string {
	var b strings.Builder
	for _, t := range traitTables {
		fmt.Fprintf(&b, " WHEN '%s' THEN EXISTS (SELECT 1 FROM %s x WHERE x.account_id = t.account_id AND x.%[3]s = t.name AND x.%[3]s <> '')", t.of, t.table, t.column)
	}
	return "SELECT t.what, t.name FROM t WHERE CASE t.what" + b.String() + " END"
}()

// Borne returns those of the traits that a case or a contract of the account bears.
func (s *Store) Borne(ctx context.Context, accountID uuid.UUID, traits []offboarding.Trait) (map[offboarding.Trait]bool, error) {
	out := map[offboarding.Trait]bool{}
	as := map[offboarding.Trait][]offboarding.Trait{} // as they are written in the tables
	var rows [][]any
	for _, trait := range traits {
		for _, t := range traitTables {
			if t.of == trait.Of {
				written := offboarding.Trait{Of: t.of, Name: t.written(trait.Name)}
				if as[written] == nil {
					rows = append(rows, []any{accountID, string(t.of), written.Name})
				}
				as[written] = append(as[written], trait)
			}
		}
	}
	if len(rows) == 0 {
		return out, nil
	}
	var found []struct{ What, Name string }
	err := s.read(ctx, "look for traits", func(db *gorm.DB) error {
		list, args := s.values([]string{"uuid", "text", "text"}, rows)
		return db.Raw("WITH t (account_id, what, name) AS ("+list+") "+borneQuery, args...).Scan(&found).Error
	})
	for _, f := range found {
		for _, trait := range as[offboarding.Trait{Of: offboarding.TraitOf(f.What), Name: f.Name}] {
			out[trait] = true
		}
	}
	return out, err
}

// ClaimAll claims what can be claimed of ids.
func (s *Store) ClaimAll(ctx context.Context, ids []uuid.UUID, now time.Time, lease time.Duration) (map[uuid.UUID]*offboarding.Effect, error) {
	out := make(map[uuid.UUID]*offboarding.Effect, len(ids))
	if len(ids) > 1 {
		var rows []effectRow
		err := s.write(ctx, "claim effects", func(db *gorm.DB) error {
			return db.Raw(`UPDATE effects SET state = 'claimed', token = token + 1, rung_at = NULL, lease_until = ?, updated_at = ?
				WHERE ? AND state = 'ready' AND due_at <= ? AND (serial_key = '' OR NOT EXISTS (
					SELECT 1 FROM effects f WHERE f.serial_key = effects.serial_key AND f.serial_key <> '' AND f.state IN ('claimed', 'transmitting')))
				RETURNING *`, s.clock(lease), stamp(s.now()), among(s, "id", ids), stamp(now)).Scan(&rows).Error
		})
		// Two of one series: the index refuses the statement. Each then tries for itself.
		if !errors.Is(err, offboarding.ErrStale) {
			if err != nil {
				return nil, err
			}
			for i := range rows {
				e, err := toEffect(&rows[i])
				if err != nil {
					return nil, err
				}
				out[e.ID] = e
			}
			return out, nil
		}
	}
	for _, id := range ids {
		e, err := s.Claim(ctx, id, now, lease)
		if offboarding.IsKind(err, offboarding.KindNotFound) {
			continue
		}
		if err != nil {
			return out, err
		}
		out[id] = e
	}
	return out, nil
}

// FenceAll opens the fence for effects whose conditions differ in the
// address only.
func (s *Store) FenceAll(ctx context.Context, letters []offboarding.Fenced) (map[uuid.UUID]bool, error) {
	opened := make(map[uuid.UUID]bool, len(letters))
	if len(letters) == 0 {
		return opened, nil
	}
	rows := make([][]any, 0, len(letters))
	for _, l := range letters {
		rows = append(rows, []any{l.Effect.ID, l.Effect.Token, l.Cond.SuppressedHash})
	}
	list, args := s.values([]string{"uuid", "integer", "bytea"}, rows)
	ofCase, more := fencedCase(letters[0].Cond)
	statement := `WITH wanted (id, token, hash) AS (` + list + `)
		UPDATE effects SET state = 'transmitting', updated_at = ? FROM wanted w
		WHERE effects.id = w.id AND effects.token = w.token AND effects.state = 'claimed' AND ` + fenceHouse + `
		AND NOT EXISTS (SELECT 1 FROM suppressions p WHERE p.hash = w.hash)` + ofCase + ` RETURNING effects.id`
	args = append(append(args, stamp(s.now()), offboarding.SettingSendingPaused), more...)
	var ids []uuid.UUID
	err := s.write(ctx, "open fence", func(db *gorm.DB) error { return db.Raw(statement, args...).Scan(&ids).Error })
	for _, id := range ids {
		opened[id] = true
	}
	return opened, err
}

// AddCases stores new cases and numbers them.
func (s *Store) AddCases(ctx context.Context, cases []*offboarding.Case) error {
	if len(cases) == 0 {
		return nil
	}
	return s.tx(ctx, func(tx *Store) error {
		var numbers []int64
		next := "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT (SELECT coalesce(max(no), 0) FROM cases) + i FROM n"
		if s.dialect == Postgres {
			next = "SELECT nextval('cases_no') FROM generate_series(1, CAST(? AS integer))"
		}
		if err := tx.read(ctx, "number cases", func(db *gorm.DB) error { return db.Raw(next, len(cases)).Scan(&numbers).Error }); err != nil {
			return err
		}
		rows := make([]*caseRow, 0, len(cases))
		for i, c := range cases {
			if c.ID == uuid.Nil {
				c.ID = offboarding.NewID()
			}
			c.No, c.CreatedAt, c.Version = numbers[i], s.created(c.CreatedAt), max(c.Version, 1)
			c.UpdatedAt = c.CreatedAt
			r, err := toCaseRow(c)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return addLater(ctx, tx, "add cases", rows)
	})
}

// AddMessages stores new letters.
func (s *Store) AddMessages(ctx context.Context, messages []*offboarding.Message) error {
	if len(messages) == 0 {
		return nil
	}
	rows := make([]*messageRow, 0, len(messages))
	for _, m := range messages {
		if m.ID == uuid.Nil {
			m.ID = offboarding.NewID()
		}
		m.CreatedAt = s.created(m.CreatedAt)
		m.UpdatedAt = m.CreatedAt
		r, err := toMessageRow(m)
		if err != nil {
			return s.done("add messages", err)
		}
		rows = append(rows, r)
	}
	return addLater(ctx, s, "add messages", rows)
}

// SaveSnapshots remembers what is known of deals now.
func (s *Store) SaveSnapshots(ctx context.Context, snapshots []*offboarding.DealSnapshot) error {
	if len(snapshots) == 0 {
		return nil
	}
	rows := make([]snapshotRow, 0, len(snapshots))
	for _, d := range snapshots {
		rows = append(rows, toSnapshotRow(d))
	}
	return addLater(ctx, s, "save deal snapshots", rows, clause.OnConflict{Columns: columns("account_id", "deal_id"), UpdateAll: true})
}

// SettleEvents writes verdict, reason, case and time of events.
func (s *Store) SettleEvents(ctx context.Context, events []*offboarding.Event) error {
	if len(events) == 0 {
		return nil
	}
	rows := make([][]any, 0, len(events))
	for _, e := range events {
		rows = append(rows, []any{e.ID, string(e.Verdict), plain(e.Reason), e.CaseID, nullable(e.SettledAt)})
	}
	list, args := s.values([]string{"uuid", "text", "text", "uuid", "timestamptz"}, rows)
	return s.later(ctx, "settle events", exactly(len(events), offboarding.ErrNotFound), func(db *gorm.DB) *gorm.DB {
		return db.Exec(`WITH told (id, verdict, reason, case_id, settled_at) AS (`+list+`)
			UPDATE events SET verdict = told.verdict, reason = told.reason, case_id = told.case_id, settled_at = told.settled_at
			FROM told WHERE events.id = told.id`, args...)
	})
}

// MarkWritten remembers when deals were last changed by us.
func (s *Store) MarkWritten(ctx context.Context, writes []offboarding.DealWrite) error {
	if len(writes) == 0 {
		return nil
	}
	latest := map[string]offboarding.DealWrite{}
	for _, w := range writes {
		key := w.AccountID.String() + w.DealID
		if known, ok := latest[key]; !ok || w.At.After(known.At) {
			latest[key] = w
		}
	}
	rows := make([][]any, 0, len(latest))
	for _, key := range slices.Sorted(maps.Keys(latest)) {
		w := latest[key]
		rows = append(rows, []any{w.AccountID, plain(w.DealID), stamp(w.At)})
	}
	list, args := s.values([]string{"uuid", "text", "timestamptz"}, rows)
	return s.later(ctx, "remember our writes", nil, func(db *gorm.DB) *gorm.DB {
		return db.Exec(`WITH ours (account_id, deal_id, at) AS (`+list+`) UPDATE deal_snapshots SET written_at = ours.at
			FROM ours WHERE deal_snapshots.account_id = ours.account_id AND deal_snapshots.deal_id = ours.deal_id`, args...)
	})
}

// FinishAll writes how effects ended.
func (s *Store) FinishAll(ctx context.Context, finished []offboarding.Finished) error {
	if len(finished) == 0 {
		return nil
	}
	rows := make([][]any, 0, len(finished))
	for _, f := range finished {
		if _, ok := letterStates[f.State]; !ok || f.State == offboarding.EffectReady {
			return fmt.Errorf("finish effect: %q is no end", f.State)
		}
		rows = append(rows, []any{f.Effect.ID, f.Effect.Token, string(f.State), plain(f.Reason), plain(f.Result)})
	}
	list, args := s.values([]string{"uuid", "integer", "text", "text", "text"}, rows)
	return s.later(ctx, "finish effects", exactly(len(finished), offboarding.ErrStale), func(db *gorm.DB) *gorm.DB {
		return db.Exec(`WITH ended (id, token, state, reason, result) AS (`+list+`)
			UPDATE effects SET state = ended.state, reason = ended.reason, result = ended.result, crashes = 0,
				lease_until = NULL, rung_at = NULL, updated_at = ?
			FROM ended WHERE effects.id = ended.id AND effects.token = ended.token
				AND effects.state IN ('ready', 'claimed', 'transmitting', 'uncertain')`, append(args, stamp(s.now()))...)
	})
}

// KeepLetters stores letters as they were written, with their links.
func (s *Store) KeepLetters(ctx context.Context, letters []offboarding.KeptLetter) error {
	if len(letters) == 0 {
		return nil
	}
	now := stamp(s.now())
	var links []linkRow
	rows := make([][]any, 0, len(letters))
	for _, l := range letters {
		for _, link := range l.Links {
			links = append(links, s.toLinkRow(link))
		}
		m := l.Message
		m.UpdatedAt = now
		r, err := toMessageRow(m)
		if err != nil {
			return s.done("keep letters", err)
		}
		rows = append(rows, []any{r.ID, r.Subject, r.BodyText, r.BodyHTML, r.Sender, r.HeaderID, r.Tone})
	}
	list, args := s.values([]string{"uuid", "text", "text", "text", "text", "text", "jsonb"}, rows)
	return s.tx(ctx, func(tx *Store) error {
		if err := addLater(ctx, tx, "keep links", links, keepLongerLink); err != nil {
			return err
		}
		return tx.later(ctx, "keep letters", exactly(len(letters), offboarding.ErrNotFound), func(db *gorm.DB) *gorm.DB {
			return db.Exec(`WITH kept (id, subject, body_text, body_html, sender, header_id, tone) AS (`+list+`)
			UPDATE messages SET subject = kept.subject, body_text = kept.body_text, body_html = kept.body_html,
				sender = kept.sender, header_id = kept.header_id, tone = kept.tone, updated_at = ?
			FROM kept WHERE messages.id = kept.id`, append(args, now)...)
		})
	})
}

// LettersSent writes down that letters have left.
func (s *Store) LettersSent(ctx context.Context, letters []offboarding.SentLetter) error {
	if len(letters) == 0 {
		return nil
	}
	now := stamp(s.now())
	why := map[string][]uuid.UUID{} // most are allowed for the same reasons
	lines := make([]offboarding.Audit, 0, len(letters))
	finished := make([]offboarding.Finished, 0, len(letters))
	for _, l := range letters {
		allowed, err := encode(l.Message.Allowed)
		if err != nil {
			return err
		}
		why[string(allowed)] = append(why[string(allowed)], l.Message.ID)
		lines = append(lines, l.Line)
		finished = append(finished, offboarding.Finished{Effect: l.Effect, State: offboarding.EffectSent, Result: l.Message.HeaderID})
	}
	return s.tx(ctx, func(tx *Store) error {
		for allowed, ids := range why {
			err := tx.later(ctx, "write letters down as sent", exactly(len(ids), offboarding.ErrNotFound), func(db *gorm.DB) *gorm.DB {
				return db.Exec("UPDATE messages SET state = 'sent', reason = '', sent_at = ?, updated_at = ?, allowed = ? WHERE ?", now, now, document(allowed), among(s, "id", ids))
			})
			if err != nil {
				return err
			}
		}
		if err := tx.Record(ctx, lines...); err != nil {
			return err
		}
		return tx.FinishAll(ctx, finished)
	})
}
