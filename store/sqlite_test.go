package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"opendoor/store"
	"opendoor/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, openSQLite) }

func openSQLite(t *testing.T) *store.Store {
	t.Helper()
	return migrated(t, filepath.Join(t.TempDir(), "with ?%# in its name.db"))
}

// key is a master key of tests.
// s1970 is before anything happened.
var s1970 = time.Unix(0, 0)

var key = []byte("0123456789abcdef0123456789abcdef")

func opened(t testing.TB, url string, keys ...[]byte) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url, Keys: append(keys, key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func migrated(t testing.TB, url string, keys ...[]byte) *store.Store {
	t.Helper()
	s := opened(t, url, keys...)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
