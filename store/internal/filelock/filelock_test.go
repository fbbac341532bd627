package filelock_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"opendoor/store/internal/filelock"
)

func TestALockIsHeldByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Wait(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Try(path); !errors.Is(err, filelock.ErrHeld) {
		t.Fatalf("got %v, want %v", err, filelock.ErrHeld)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := filelock.Wait(ctx, path); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want to stop waiting", err)
	}
	first.Release()
	second, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	second.Release()
}
