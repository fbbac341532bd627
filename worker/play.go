package worker

import (
	"context"
	"errors"
	"fmt"

	"opendoor/offboarding"
)

// Player does what is due, alone and one after the other, with the rules of a
// Worker but without its queue, its loops and its clock: opendoor simulate.
type Player struct{ w Worker }

// NewPlayer returns a player; of cfg it needs neither Redis nor Concurrency.
func NewPlayer(cfg Config) *Player { return &Player{Worker{Config: cfg}} }

// playMost bounds what one moment may bring; more would not end.
const playMost = 1000

// Play does what is due now, and what follows from it, until nothing is.
func (p *Player) Play(ctx context.Context) error {
	for range playMost {
		rung, err := p.w.Store.RingDue(ctx, p.w.Clock.Now(), 0, ringMost, ringMost)
		if err != nil || len(rung) == 0 {
			return err
		}
		for _, r := range rung {
			ef, err := p.w.Store.Claim(ctx, r.ID, p.w.Clock.Now(), lease)
			if offboarding.IsKind(err, offboarding.KindNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if err := p.w.do(ctx, ef); err != nil {
				if err = p.w.verdict(ctx, ef, err); err != nil && !offboarding.IsKind(err, offboarding.KindStale) {
					return fmt.Errorf("play %s: %w", ef.Kind, err)
				}
			}
		}
	}
	return errors.New("what is due at one moment does not end")
}
