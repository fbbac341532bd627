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
type Player struct {
	w Worker
	// waiting are effects that wait for a person. Nothing but what is done to the
	// case ends that, so they are not looked at again before something is.
	waiting map[uuid.UUID]bool
	state   offboarding.State     // of the case when they began to wait
	planned []*offboarding.Effect // as Play left it; nil: to be read
}

// NewPlayer returns a player; of cfg it needs neither Redis nor Concurrency.
func NewPlayer(cfg Config) *Player {
	return &Player{w: Worker{Config: cfg}, waiting: map[uuid.UUID]bool{}}
}

// playMost bounds what one moment may bring; more would not end.
const playMost = 1000

// Play does what is due for a case now, and what follows from it, until nothing
// is. It returns when something is due next; zero: nothing ever. somethingDone
// tells that a person or the client has acted since it played last.
func (p *Player) Play(ctx context.Context, caseID uuid.UUID, somethingDone bool) (next time.Time, err error) {
	if somethingDone {
		clear(p.waiting)
		p.planned = nil
	}
	for range playMost {
		if p.planned == nil {
			if p.planned, err = p.w.Store.PlannedOf(ctx, caseID); err != nil {
				return next, err
			}
		}
		p.planned = slices.DeleteFunc(p.planned, func(ef *offboarding.Effect) bool { return ef.State != offboarding.EffectReady || p.waiting[ef.ID] })
		planned := p.planned
		if len(planned) == 0 {
			return time.Time{}, nil
		}
		if due := planned[0].DueAt; due.After(p.w.Clock.Now()) { // they come by due time
			return due, nil
		}
		p.planned = nil
		for _, ef := range planned {
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
	err = p.w.perform(ctx, ef)
	if postpone, ok := errors.AsType[*offboarding.Postpone](err); ok && postpone.Person {
		p.waiting[id] = true
	}
	if ef.Kind == offboarding.EffectTimer && len(p.waiting) > 0 {
		if err := p.heedMove(ctx, *ef.CaseID); err != nil {
			return err
		}
	}
	if err != nil {
		if err = p.w.verdict(ctx, ef, err); err != nil && !offboarding.IsKind(err, offboarding.KindStale) {
			return fmt.Errorf("play %s: %w", ef.Kind, err)
		}
	}
	return nil
}

// heedMove lets what waits be looked at again after a date has moved the case:
// that may end it, too.
func (p *Player) heedMove(ctx context.Context, caseID uuid.UUID) error {
	c, err := p.w.Store.Case(ctx, nil, caseID)
	if err != nil {
		return err
	}
	if c.State != p.state {
		p.state = c.State
		clear(p.waiting)
	}
	return nil
}
