package sms

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"opendoor/offboarding"
)

const (
	askEvery = 15 * time.Second // SMSC counts many equal questions as an attack; a stop waits no longer
	turn     = 45 * time.Second // of one process; the next one listens so long after it died
	lastDay  = 24               // hours that are asked for: what is known is passed over
)

// Taker takes in what people answer.
type Taker interface {
	Take(ctx context.Context, a offboarding.Arrival) (*offboarding.Inbound, error)
}

// House keeps whose turn it is to listen, and which messages are to be told of.
type House interface {
	offboarding.Reports
	TakeTurn(ctx context.Context, name, holder string, last time.Duration) (bool, error)
}

// Listen takes in what became of text messages and, where the provider tells
// them, the answers to them, until ctx ends. Of several processes one asks at a
// time; what is told again counts once.
func (s *Sender) Listen(ctx context.Context, taker Taker, house House, holder string, log *slog.Logger) {
	known, follower := map[string]bool{}, &follower{} // by this process
	failing := false
	for ctx.Err() == nil {
		mine, err := house.TakeTurn(ctx, "sms:"+s.cfg.Base.Host, holder, turn)
		if err == nil && mine {
			if s.HearsAnswers() {
				err = s.hear(ctx, taker, known)
			}
			err = errors.Join(err, s.follow(ctx, taker, house, follower))
		}
		if err != nil && !failing && ctx.Err() == nil {
			log.WarnContext(ctx, "the provider of text messages does not tell what became of them, we ask again", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
		case <-time.After(askEvery):
		}
	}
}

func (s *Sender) hear(ctx context.Context, taker Taker, known map[string]bool) error {
	all, err := smsc{s}.answers(ctx, lastDay)
	if err != nil {
		return err
	}
	still := make(map[string]bool, len(all))
	for _, a := range all {
		if !known[a.ProviderID] {
			if _, err := taker.Take(ctx, a); err != nil {
				return err
			}
		}
		known[a.ProviderID], still[a.ProviderID] = true, true
	}
	for id := range known {
		if !still[id] {
			delete(known, id)
		}
	}
	return nil
}
