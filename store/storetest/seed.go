package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/store"
)

// Seeded tells what Seed has made.
type Seeded struct {
	Accounts []uuid.UUID // the first has half of everything, the second a quarter, …
	Now      time.Time   // everything happened before; what waits is due after
	Deal     string      // a deal of the first account with one pending event
	CaseID   uuid.UUID   // the case of that deal
}

const (
	// seedAccounts share the rows, each half as many as the one before: real
	// installations are skewed, and planners stumble over it.
	seedAccounts = 8
	// seedRare is every how-manieth delivery is not unpacked, event pending and
	// effect due.
	seedRare = 1000
	seedDeal = "deal-" // and the number
)

// Seed fills the store with n cases, and as many deliveries, events, letters
// and effects; the effects are due in half a year. The database makes the rows
// itself, about 20,000 of each a second.
func Seed(ctx context.Context, s *store.Store, n int) (*Seeded, error) {
	out := &Seeded{Now: time.Date(2026, 11, 3, 9, 30, 0, 0, time.UTC), Deal: seedDeal + fmt.Sprint(seedRare)}
	for i := range seedAccounts {
		a := &offboarding.Account{
			Provider: offboarding.AmoCRM, Name: fmt.Sprintf("account %d", i), Lang: offboarding.RU, TimeZone: "Europe/Moscow",
			Mode: offboarding.Live, Policy: offboarding.DefaultPolicy(), Status: offboarding.AccountActive, CreatedAt: out.Now,
		}
		if err := s.AddAccount(ctx, a); err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
		out.Accounts = append(out.Accounts, a.ID)
	}
	first := &offboarding.Case{ // whose document the others copy
		AccountID: out.Accounts[0], Mode: offboarding.Live, State: offboarding.StateClosed, Initiator: offboarding.ByClient,
		Client:   offboarding.Client{Name: "Клиент", Email: "client@example.ru"},
		Contract: offboarding.Contract{Number: "A-1", NoticeDays: offboarding.DefaultNoticeDays},
		Dates:    offboarding.Dates{ReceivedAt: out.Now}, CreatedAt: out.Now.AddDate(-1, 0, 0),
	}
	if err := s.AddCase(ctx, first); err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	d := seedSQL{dialect: s.Dialect(), now: out.Now, accounts: out.Accounts, first: first.ID}
	for _, table := range d.tables() {
		if _, err := s.Pool().ExecContext(ctx, d.insert(table, n)); err != nil {
			return nil, fmt.Errorf("seed %s: %w", table.name, err)
		}
	}
	if s.Dialect() == store.Postgres { // as autovacuum would do in a minute
		if _, err := s.Pool().ExecContext(ctx, "SELECT setval('cases_no', (SELECT max(no) FROM cases))"); err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
		if _, err := s.Pool().ExecContext(ctx, "VACUUM (ANALYZE)"); err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
	}
	cases, err := s.CasesOfDeal(ctx, out.Accounts[0], out.Deal)
	if err == nil && len(cases) > 0 {
		out.CaseID = cases[0].ID
	}
	return out, err
}

// seedSQL writes INSERT … SELECT over the numbers i from 1 to n.
type seedSQL struct {
	dialect  string
	now      time.Time
	accounts []uuid.UUID
	first    uuid.UUID
}

type seedTable struct {
	name    string
	columns [][2]string // name and expression
}

func (d seedSQL) insert(t seedTable, n int) string {
	var names, values []string
	for _, c := range t.columns {
		names, values = append(names, c[0]), append(values, c[1])
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < %d) SELECT %s FROM s`,
		t.name, strings.Join(names, ", "), n, strings.Join(values, ", "))
}

func (d seedSQL) tables() []seedTable {
	rare := fmt.Sprintf("i %% %d = 0", seedRare)
	when := func(cond, yes, no string) string {
		return "CASE WHEN " + cond + " THEN " + yes + " ELSE " + no + " END"
	}
	const deal = "'" + seedDeal + "' || i"
	happened, now, due := d.ago("i"), d.ago("0"), d.ago("-15552000") // 180 days
	dueOrRare := when(rare, now, due)
	return []seedTable{
		{"cases", [][2]string{
			{"id", d.id(1)},
			{"account_id", d.account()},
			{"no", "i + 1"},
			{"created_at", happened},
			{"updated_at", happened},
			{"version", "1"},
			{"held", "false"},
			{"paused", "false"},
			{"no_contact", "false"},
			{"by_hook", "true"},
			{"mode", "'live'"},
			{"state", d.state()},
			{"initiator", "'client'"},
			{"intent", "'unknown'"},
			{"deal_id", deal},
			{"reason_code", when("i % 3 = 0", "'price'", "'need'")},
			{"reason_group", when("i % 3 = 0", "'price'", "'need'")},
			{"responsible_id", "CAST(i % 50 AS text)"},
			{"responsible_email", "'manager' || i % 50 || '@example.ru'"},
			{"search", "'клиент ' || i"},
			{"doc", "(SELECT doc FROM cases WHERE id = '" + d.first.String() + "')"},
		}},
		{"deliveries", [][2]string{
			{"id", d.id(2)},
			{"account_id", d.account()},
			{"received_at", happened},
			{"last_seen_at", happened},
			{"unpacked_at", when(rare, "NULL", happened)},
			{"proved", "true"},
			{"provider", "'amocrm'"},
			{"origin", "'hook'"},
			{"method", "'POST'"},
			{"content_type", "''"},
			{"query", "''"},
			{"signed_id", "''"},
			{"signed_at", "''"},
			{"signature", "''"},
			{"dedup_key", d.bytes(deal)},
			{"body", d.bytes("'leads[status][0][id]=' || i")},
		}},
		{"events", [][2]string{
			{"id", d.id(3)},
			{"account_id", d.account()},
			{"delivery_id", d.id(2)},
			{"case_id", d.id(1)},
			{"received_at", happened},
			{"settled_at", when(rare, "NULL", happened)},
			{"seq", "0"},
			{"provider", "'amocrm'"},
			{"kind", "'deal.stage_changed'"},
			{"entity_id", deal},
			{"verdict", when(rare, "'pending'", "'case_opened'")},
			{"hint", d.json("{}")},
		}},
		{"messages", [][2]string{
			{"id", d.id(4)},
			{"account_id", d.account()},
			{"case_id", d.id(1)},
			{"effect_id", d.id(5)},
			{"planned_at", dueOrRare},
			{"created_at", happened},
			{"updated_at", happened},
			{"template", "'T03'"},
			{"class", "'service'"},
			{"channel", "'email'"},
			{"to_address", "'client' || i || '@example.ru'"},
			{"to_name", "''"},
			{"sender", "''"},
			{"subject", "''"},
			{"body_text", "''"},
			{"body_html", "''"},
			{"lang", "'ru'"},
			{"header_id", "''"},
			{"state", "'planned'"},
			{"reason", "''"},
		}},
		{"effects", [][2]string{
			{"id", d.id(5)},
			{"account_id", d.account()},
			{"case_id", d.id(1)},
			{"due_at", dueOrRare},
			{"give_up_at", dueOrRare},
			{"created_at", happened},
			{"updated_at", happened},
			{"kind", "'mail'"},
			{"state", "'ready'"},
			{"send_key", "'mail:' || i || ':T03'"},
			{"payload", d.json("{}")},
		}},
	}
}

// id is a UUIDv7 that rises with i; table tells those of two tables apart.
func (d seedSQL) id(table int) string {
	hex := func(value string) string {
		if d.dialect == store.Postgres {
			return "lpad(to_hex(" + value + "), 12, '0')"
		}
		return "printf('%012x', " + value + ")"
	}
	millis := hex(fmt.Sprintf("%d + i", d.now.AddDate(0, -6, 0).UnixMilli()))
	text := fmt.Sprintf("substr(%[1]s, 1, 8) || '-' || substr(%[1]s, 9, 4) || '-7000-800%[2]d-' || %[3]s", millis, table, hex("i"))
	if d.dialect == store.Postgres {
		return "(" + text + ")::uuid"
	}
	return text
}

// account gives every second row to the first account, every second of the
// rest to the second, and so on.
func (d seedSQL) account() string {
	var b strings.Builder
	b.WriteString("CASE")
	last := len(d.accounts) - 1
	for k := range last {
		fmt.Fprintf(&b, " WHEN i %% %d = %d THEN %s", 2<<k, 1<<k-1, d.uuid(d.accounts[k]))
	}
	return b.String() + " ELSE " + d.uuid(d.accounts[last]) + " END"
}

func (d seedSQL) uuid(id uuid.UUID) string {
	if d.dialect == store.Postgres {
		return "'" + id.String() + "'::uuid"
	}
	return "'" + id.String() + "'"
}

// state walks through all states, so that each has as many cases.
func (d seedSQL) state() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CASE i %% %d", len(offboarding.States))
	for i, s := range offboarding.States {
		fmt.Fprintf(&b, " WHEN %d THEN '%s'", i, s)
	}
	return b.String() + " END"
}

// ago is so many seconds before now.
func (d seedSQL) ago(seconds string) string {
	if d.dialect == store.Postgres {
		return "(timestamptz '" + d.now.Format(time.RFC3339) + "' - " + seconds + " * interval '1 second')"
	}
	return fmt.Sprintf("strftime('%%Y-%%m-%%d %%H:%%M:%%S', %d - (%s), 'unixepoch') || '+00:00'", d.now.Unix(), seconds)
}

func (d seedSQL) bytes(text string) string {
	if d.dialect == store.Postgres {
		return "convert_to(" + text + ", 'UTF8')"
	}
	return "CAST(" + text + " AS BLOB)"
}

func (d seedSQL) json(text string) string {
	if d.dialect == store.Postgres {
		return "'" + text + "'::jsonb"
	}
	return "'" + text + "'"
}
