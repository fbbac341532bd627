package offboarding

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// WinBack keeps in touch with clients who have left.
type WinBack struct {
	store Store
	keys  *Keys
	ways  []Channel // that are set up
	now   func() time.Time
	log   *slog.Logger
}

// NewWinBack returns the use cases of keeping in touch.
func NewWinBack(store Store, keys *Keys, now func() time.Time, log *slog.Logger) *WinBack {
	return &WinBack{store: store, keys: keys, ways: []Channel{ChannelEmail}, now: now, log: log}
}

// Over makes touches go over more channels than e-mail.
func (w *WinBack) Over(ways Ways) *WinBack {
	w.ways = append([]Channel{ChannelEmail}, ways.Channels()...)
	return w
}

// Preview tells what a plan would do for a case, without planning anything.
func (w *WinBack) Preview(ctx context.Context, c *Case, acc *Account, name string) ([]*Touch, error) {
	plan, err := planOf(ctx, w.store, name)
	if err != nil {
		return nil, err
	}
	if c.Dates.PartedAt.IsZero() {
		parted := *c
		parted.Dates.PartedAt = w.now().UTC()
		c = &parted
	}
	return c.touches(acc, plan), nil
}

// Plan returns a plan as it stands.
func (w *WinBack) Plan(ctx context.Context, name string) (*Plan, error) {
	return planOf(ctx, w.store, name)
}

// SavePlan replaces a plan; partings to come use it. version must be the plan's.
func (w *WinBack) SavePlan(ctx context.Context, p *Plan, by Actor) (*Plan, error) {
	if _, ok := StockPlan(p.Name); !ok {
		return nil, ErrNotFound
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := p.checkWords(); err != nil {
		return nil, err
	}
	return p, w.store.InTx(ctx, func(tx Store) error {
		old, err := planOf(ctx, tx, p.Name)
		if err != nil {
			return err
		}
		if old.Version != p.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the plan is at version %d", old.Version)}
		}
		saved := *p
		if err := tx.SavePlan(ctx, &saved); err != nil {
			return err
		}
		p.Version = saved.Version
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "plan.changed", Summary: fmt.Sprintf("plan %s, version %d", p.Name, p.Version)})
	})
}
