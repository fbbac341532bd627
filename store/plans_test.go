package store_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/storetest"
)

// plansRows make a scan of a whole table both visible and wrong.
const plansRows = 200_000

// A whole table is read: not one that stays small, and not an index that holds
// only what is asked for.
var scans = map[string]*regexp.Regexp{
	store.SQLite:   regexp.MustCompile(`(?m)^SCAN (cases|events|effects|deliveries|messages|audit|e|m|c)(?:$| USING (?:COVERING )?INDEX sqlite_autoindex)`),
	store.Postgres: regexp.MustCompile(`Seq Scan on (cases|events|effects|deliveries|messages|audit)\b`),
}

// BenchmarkPlans fails when a statement that runs all the time reads a whole
// large table, and measures each at 200,000 rows.
func BenchmarkPlans(b *testing.B) {
	for name, open := range map[string]func() *store.Store{
		"sqlite":   func() *store.Store { return migrated(b, filepath.Join(b.TempDir(), "x.db")) },
		"postgres": func() *store.Store { return opened(b, freshPostgres(b)) },
	} {
		b.Run(name, func(b *testing.B) {
			s := open()
			seeded, err := storetest.Seed(b.Context(), s, plansRows)
			if err != nil {
				b.Fatal(err)
			}
			for name, use := range hotUses(b, seeded) {
				b.Run(name, func(b *testing.B) {
					// What changes rows is explained and measured in a transaction that is undone.
					for _, statement := range s.Spoken(func(s *store.Store) { undone(b, s, use) }) {
						if plan := explained(b, s, statement); scans[s.Dialect()].MatchString(plan) {
							b.Errorf("reads a whole table:\n%s\n%s", statement, plan)
						}
					}
					for b.Loop() {
						undone(b, s, use)
					}
				})
			}
		})
	}
}

// Statistics are those of a quiet hour: nothing was due when they were taken. In a
// burst the look for what is due must not read the whole table for that.
func TestOldStatisticsDoNotMakeTheLookForDueEffectsSlow(t *testing.T) {
	s := migrated(t, filepath.Join(t.TempDir(), "x.db"))
	acc := &offboarding.Account{Name: "a", Provider: offboarding.AmoCRM, Mode: offboarding.Live}
	if err := s.AddAccount(t.Context(), acc); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	var sent []offboarding.Effect
	for i := range 800 {
		e := offboarding.NewEffect(acc.ID, nil, offboarding.EffectCard, fmt.Sprint(i), now, offboarding.TimerPayload{Name: "x"})
		e.State = offboarding.EffectSent
		sent = append(sent, e)
	}
	if err := s.AddEffects(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	s.Pool().SetMaxOpenConns(1) // statistics are read when a connection looks at the schema
	if _, err := s.Pool().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	statements := s.Spoken(func(s *store.Store) {
		undone(t, s, func(s offboarding.Store) error {
			_, err := s.RingDue(t.Context(), now, time.Minute, 100, offboarding.Room{Reading: 4, Writing: 2, Yielding: time.Second, Elsewhere: 16})
			return err
		})
	})
	if len(statements) == 0 {
		t.Fatal("nothing was asked")
	}
	for _, statement := range statements {
		if plan := explained(t, s, statement); scans[store.SQLite].MatchString(plan) {
			t.Errorf("reads a whole table:\n%s\n%s", statement, plan)
		}
	}
}

type use func(s offboarding.Store) error

func hotUses(b *testing.B, d *storetest.Seeded) map[string]use {
	ctx := b.Context()
	large, small := d.Accounts[0], d.Accounts[len(d.Accounts)-1]
	page := offboarding.Page{Limit: 50, Before: &d.CaseID}
	cases := func(f offboarding.CaseFilter) use {
		f.Page = page
		return func(s offboarding.Store) error { _, err := s.CasesInScope(ctx, f); return err }
	}
	events := func(f offboarding.EventFilter) use {
		f.Page = page
		return func(s offboarding.Store) error { _, err := s.Events(ctx, f); return err }
	}
	return map[string]use{
		"cases":                      cases(offboarding.CaseFilter{}),
		"cases of a large account":   cases(offboarding.CaseFilter{AccountID: &large}),
		"cases of a small account":   cases(offboarding.CaseFilter{AccountID: &small}),
		"cases of small accounts":    cases(offboarding.CaseFilter{Scope: d.Accounts[6:]}),
		"cases by state":             cases(offboarding.CaseFilter{State: offboarding.StateLeaving}),
		"cases by reason":            cases(offboarding.CaseFilter{Reason: "price"}),
		"cases by an unused reason":  cases(offboarding.CaseFilter{Reason: "reputation"}),
		"cases by responsible":       cases(offboarding.CaseFilter{Responsible: "manager7@example.ru"}),
		"cases by state and account": cases(offboarding.CaseFilter{State: offboarding.StateLeaving, AccountID: &small}),
		"cases of a deal":            func(s offboarding.Store) error { _, err := s.CasesOfDeal(ctx, large, d.Deal); return err },
		"burst gate": func(s offboarding.Store) error {
			_, err := s.CountCasesSince(ctx, large, d.Now.Add(-time.Hour))
			return err
		},
		"events":                    events(offboarding.EventFilter{}),
		"events by a rare verdict":  events(offboarding.EventFilter{Verdict: offboarding.VerdictPending}),
		"events by no verdict":      events(offboarding.EventFilter{Verdict: offboarding.VerdictMalformed}),
		"events of a small account": events(offboarding.EventFilter{AccountID: &small}),
		"events of a case":          events(offboarding.EventFilter{CaseID: &d.CaseID}),
		"pending events of a deal": func(s offboarding.Store) error {
			_, err := s.PendingEventsOf(ctx, large, d.Deal, d.Now)
			return err
		},
		"deliveries to unpack": func(s offboarding.Store) error { _, err := s.TakeDeliveries(ctx, 100); return err },
		"polls due": func(s offboarding.Store) error {
			_, err := s.PollsDue(ctx, d.Now, d.Now.Add(time.Hour), 100)
			return err
		},
		"letters of a case": func(s offboarding.Store) error {
			_, err := s.MessagesInScope(ctx, offboarding.MessageFilter{CaseID: &d.CaseID})
			return err
		},
		"dead letters": func(s offboarding.Store) error { _, err := s.DeadLetters(ctx, offboarding.EffectFilter{}); return err },
		"dead letters of accounts": func(s offboarding.Store) error {
			_, err := s.DeadLetters(ctx, offboarding.EffectFilter{Scope: d.Accounts})
			return err
		},
		"planned of a case": func(s offboarding.Store) error { _, err := s.PlannedOf(ctx, d.CaseID); return err },
		"write-back of cases": func(s offboarding.Store) error {
			_, err := s.WriteBackOf(ctx, []uuid.UUID{d.CaseID})
			return err
		},
		"ring, some due": func(s offboarding.Store) error {
			_, err := s.RingDue(ctx, d.Now, time.Minute, 100, offboarding.Room{Reading: 4, Writing: 2, Yielding: time.Second, Elsewhere: 16})
			return err
		},
		"ring, none due": func(s offboarding.Store) error {
			_, err := s.RingDue(ctx, d.Now.Add(-time.Hour), time.Minute, 100, offboarding.Room{Reading: 4, Writing: 2, Yielding: time.Second, Elsewhere: 16})
			return err
		},
		"sweep":           func(s offboarding.Store) error { _, err := s.Sweep(ctx); return err },
		"wake an account": func(s offboarding.Store) error { return s.Wake(ctx, large, d.Now) },
		"cancel a case's effects": func(s offboarding.Store) error {
			_, err := s.CancelEffects(ctx, d.CaseID, nil, "mail:", "test")
			return err
		},
		"complete interpretations": func(s offboarding.Store) error {
			return s.CompleteInterpretations(ctx, []uuid.UUID{d.CaseID}, time.Now(), "test")
		},
		"queue depths": func(s offboarding.Store) error { _, err := s.QueueDepths(ctx, d.Now); return err },
	}
}

var errUndo = fmt.Errorf("undo")

func undone(b testing.TB, s *store.Store, u use) {
	b.Helper()
	err := s.InTx(b.Context(), func(tx offboarding.Store) error {
		if err := u(tx); err != nil {
			return err
		}
		return errUndo
	})
	if err != errUndo {
		b.Fatal(err)
	}
}

func explained(b testing.TB, s *store.Store, statement string) string {
	b.Helper()
	explain, column := "EXPLAIN ", 0
	if s.Dialect() == store.SQLite {
		explain, column = "EXPLAIN QUERY PLAN ", 3
	}
	rows, err := s.Pool().QueryContext(b.Context(), explain+statement)
	if err != nil {
		b.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		names, err := rows.Columns()
		if err != nil {
			b.Fatal(err)
		}
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			b.Fatal(err)
		}
		fmt.Fprintln(&plan, *cells[column].(*any))
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return plan.String()
}
