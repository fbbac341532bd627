package store_test

import (
	"bytes"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/storetest"
)

func dumped(t *testing.T, s *store.Store) map[string]*bytes.Buffer {
	t.Helper()
	out := map[string]*bytes.Buffer{}
	_, err := s.Dump(t.Context(), func(table string) (io.Writer, error) {
		out[table] = &bytes.Buffer{}
		return out[table], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func loadInto(t *testing.T, s *store.Store, d map[string]*bytes.Buffer) error {
	t.Helper()
	return s.Load(t.Context(), slices.Sorted(maps.Keys(d)), func(table string) (io.Reader, error) {
		return bytes.NewReader(d[table].Bytes()), nil
	}, "restored")
}

// rows are the rows of a dump, sorted, without the columns' types.
func rows(d map[string]*bytes.Buffer) map[string][]string {
	out := map[string][]string{}
	for table, b := range d {
		if lines := strings.Split(strings.TrimSpace(b.String()), "\n")[1:]; len(lines) > 0 && table != "settings" {
			sort.Strings(lines)
			out[table] = lines
		}
	}
	return out
}

// What comes back is what was there, in either database, and it goes on working.
func TestADumpComesBackInEitherDatabase(t *testing.T) {
	first := migrated(t, filepath.Join(t.TempDir(), "first.db"))
	storetest.Fill(t, first)
	before := dumped(t, first)
	if len(rows(before)) < 12 {
		t.Fatalf("only %d tables have rows", len(rows(before)))
	}
	again := migrated(t, filepath.Join(t.TempDir(), "again.db"))
	if err := loadInto(t, again, before); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows(before), rows(dumped(t, again))); diff != "" {
		t.Errorf("SQLite to SQLite:\n%s", diff)
	}
	goesOn(t, again)

	postgres := opened(t, freshPostgres(t))
	if err := loadInto(t, postgres, before); err != nil {
		t.Fatal(err)
	}
	there := dumped(t, postgres)
	back := migrated(t, filepath.Join(t.TempDir(), "back.db"))
	if err := loadInto(t, back, there); err != nil {
		t.Fatal(err)
	}
	twice := opened(t, freshPostgres(t))
	if err := loadInto(t, twice, dumped(t, back)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows(there), rows(dumped(t, twice))); diff != "" {
		t.Errorf("PostgreSQL to SQLite and back:\n%s", diff)
	}
	goesOn(t, postgres)
	goesOn(t, back)
}

// goesOn: every case can be read and changed, the audit log is whole, the next
// number is new, and sending is paused.
func goesOn(t *testing.T, s *store.Store) {
	t.Helper()
	all, err := s.CasesInScope(t.Context(), offboarding.CaseFilter{Page: offboarding.Page{Limit: 1000}})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	for _, c := range all[:5] {
		if err := s.SaveCase(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
	c := &offboarding.Case{ID: offboarding.NewID(), AccountID: all[0].AccountID, State: offboarding.StateListening}
	if err := s.AddCase(t.Context(), c); err != nil || c.No <= all[0].No {
		t.Errorf("the next case is number %d after %d, %v", c.No, all[0].No, err)
	}
	if lines, err := s.Invariants(t.Context(), s1970); err != nil || slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "audit stream") }) {
		t.Errorf("%v, %v", lines, err)
	}
	if why, err := s.Setting(t.Context(), offboarding.SettingSendingPaused); err != nil || why != "restored" {
		t.Errorf("sending: %q, %v", why, err)
	}
	if table, err := s.Holding(t.Context()); err != nil || table == "" {
		t.Errorf("it looks empty: %v", err)
	}
}

func TestADumpThatDoesNotFitChangesNothing(t *testing.T) {
	for name, bad := range map[string]map[string]string{
		"a table that there is not":  {"nobody": "[]"},
		"a column that there is not": {"settings": `[{"name":"colour","type":"text"}]` + "\n"},
		"a row too short":            {"settings": `[{"name":"name","type":"text"},{"name":"value","type":"text"}]` + "\n" + `["a","b"]` + "\n" + `["c"]` + "\n"},
		"no columns":                 {"settings": ""},
		"no hex":                     {"suppressions": `[{"name":"hash","type":"blob"}]` + "\n" + `["zz"]` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := migrated(t, filepath.Join(t.TempDir(), "x.db"))
			d := map[string]*bytes.Buffer{}
			for table, text := range bad {
				d[table] = bytes.NewBufferString(text)
			}
			if err := loadInto(t, s, d); err == nil {
				t.Error("it was taken")
			}
			if table, err := s.Holding(t.Context()); err != nil || table != "" {
				t.Errorf("%s has rows, %v", table, err)
			}
		})
	}
}
