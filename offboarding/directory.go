package offboarding

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Directory knows the accounts without asking the database each time, so that
// a hook can be proved while the database is away.
type Directory struct {
	store Accounts
	log   *slog.Logger
	known atomic.Pointer[map[uuid.UUID]*Account]
	mu    sync.Mutex // one refresh at a time
}

// DirectoryAge is how old the directory may be: a changed token or a deleted
// account is noticed by every process within this time.
const DirectoryAge = 3 * time.Second

// NewDirectory returns an empty directory; Run keeps it fresh.
func NewDirectory(store Accounts, log *slog.Logger) *Directory {
	d := &Directory{store: store, log: log}
	d.known.Store(&map[uuid.UUID]*Account{})
	return d
}

// Run refreshes the directory until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	tick := time.NewTicker(DirectoryAge)
	defer tick.Stop()
	for {
		if err := d.Refresh(ctx); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "directory of accounts not refreshed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Refresh reads all accounts anew.
func (d *Directory) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	d.mu.Lock()
	defer d.mu.Unlock()
	all, err := d.store.AllAccounts(ctx)
	if err != nil {
		return err
	}
	m := make(map[uuid.UUID]*Account, len(all))
	for _, a := range all {
		m[a.ID] = a
	}
	d.known.Store(&m)
	return nil
}

// Account returns what is known of an account. Should it be newer than the
// directory, the database is asked for a moment; ErrNotFound: there is none;
// ErrUnavailable: it cannot be told now. The result must not be changed.
func (d *Directory) Account(ctx context.Context, id uuid.UUID) (*Account, error) {
	if a, ok := (*d.known.Load())[id]; ok {
		return a, nil
	}
	ctx, cancel := context.WithTimeout(ctx, insertBudget)
	defer cancel()
	a, err := d.store.Account(ctx, id)
	switch {
	case err == nil:
		d.mu.Lock()
		defer d.mu.Unlock()
		m := maps.Clone(*d.known.Load())
		m[id] = a
		d.known.Store(&m)
		return a, nil
	case IsKind(err, KindNotFound):
		return nil, ErrNotFound
	default:
		return nil, Unavailable("the account cannot be looked up now", err)
	}
}
