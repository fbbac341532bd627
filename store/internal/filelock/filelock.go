// Package filelock holds a lock between processes by a file. The system ends
// it with the process, however that ends.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrHeld says that another process, or another part of this one, has the lock.
var ErrHeld = errors.New("the lock is held")

// Lock is a lock that is held.
type Lock struct{ file *os.File }

// Try takes the lock or returns ErrHeld. The file stays behind afterwards:
// removing it would let two processes hold locks on two files of one name.
func Try(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take lock: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("take lock %s: %w", path, err), f.Close())
	}
	return &Lock{file: f}, nil
}

// Wait takes the lock as soon as it is free.
func Wait(ctx context.Context, path string) (*Lock, error) {
	for {
		l, err := Try(path)
		if !errors.Is(err, ErrHeld) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for lock: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Release gives the lock up.
func (l *Lock) Release() { _ = l.file.Close() } // closing the file ends the lock
