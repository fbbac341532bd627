package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"testing"

	"opendoor/internal/testkit"
	"opendoor/store"
	"opendoor/store/storetest"
)

func TestPostgres(t *testing.T) { storetest.Run(t, openPostgres) }

func openPostgres(t *testing.T) *store.Store {
	t.Helper()
	return opened(t, freshPostgres(t))
}

// freshPostgres is the address of a migrated database. Copying one is faster
// than migrating each.
func freshPostgres(t testing.TB) string {
	t.Helper()
	first, err := os.ReadFile("migrations/postgres/0001_foundation.sql")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(first)
	template := testkit.TemplateDatabase(t, "store_"+hex.EncodeToString(sum[:8]), func(dsn string) error {
		ctx := context.Background()
		s, err := store.Open(ctx, store.Options{URL: dsn, Keys: [][]byte{key}})
		if err != nil {
			return err
		}
		return errors.Join(s.Migrate(ctx), s.Close())
	})
	return testkit.FreshDatabase(t, template) + "&pool_max_conns=8"
}
