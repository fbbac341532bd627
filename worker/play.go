package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// Player does what is due, alone and one after the other, with the rules of a
// Worker but without its queue, its loops and its clock: opendoor simulate.
type Player struct{ w Worker }

// NewPlayer returns a player; of cfg it needs neither Redis nor Concurrency.
func NewPlayer(cfg Config) *Player { return &Player{Worker{Config: cfg}} }

// playMost bounds what one moment may bring; more would not end.
const playMost = 1000

// Play does what is due for a case now, and what follows from it, until nothing
// is. It returns when something is due next; zero: nothing ever.
func (p *Player) Play(ctx context.Context, caseID uuid.UUID) (next time.Time, err error) {
	for range playMost {
		planned, err := p.w.Store.PlannedOf(ctx, caseID)
		if err != nil {
			return next, err
		}
		i := slices.IndexFunc(planned, func(ef *offboarding.Effect) bool { return ef.State == offboarding.EffectReady })
		if i < 0 {
			return time.Time{}, nil
		}
		if due := planned[i].DueAt; due.After(p.w.Clock.Now()) { // they come by due time
			return due, nil
		}
		for _, ef := range planned[i:] {
			if ef.DueAt.After(p.w.Clock.Now()) {
				break
			}
			if err := p.one(ctx, ef.ID); err != nil {
				return next, err
			}
		}
	}
	return next, errors.New("what is due at one moment does not end")
}

func (p *Player) one(ctx context.Context, id uuid.UUID) error {
	ef, err := p.w.Store.Claim(ctx, id, p.w.Clock.Now(), lease)
	if offboarding.IsKind(err, offboarding.KindNotFound) {
		return nil // cancelled by what was done just before
	}
	if err != nil {
		return err
	}
	if err = p.w.do(ctx, ef); err != nil {
		if err = p.w.verdict(ctx, ef, err); err != nil && !offboarding.IsKind(err, offboarding.KindStale) {
			return fmt.Errorf("play %s: %w", ef.Kind, err)
		}
	}
	return nil
}
