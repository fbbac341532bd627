package sms

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

const (
	reportsAtOnce = 100                 // SMS.ru takes no more
	reportsFor    = 30 * 24 * time.Hour // by the house's clock; providers decide within three days
	reportsMost   = 2000                // messages that are followed at a time, the newest
	reportLongest = time.Hour           // between two questions about the same message
)

// fate is what a provider says became of a message.
type fate struct {
	arrived bool
	hard    bool // nothing will ever arrive at this number
	why     string
}

func (f *fate) of(m offboarding.Outstanding, provider, status string) offboarding.Arrival {
	a := offboarding.Arrival{
		Channel: offboarding.ChannelSMS, Kind: offboarding.InboundDelivered, ProviderID: provider + ":" + m.EffectID.String() + ":" + status,
		Refs: []uuid.UUID{m.MessageID}, From: m.To, Hard: f.hard, Why: f.why,
	}
	if !f.arrived {
		a.Kind = offboarding.InboundBounce
	}
	return a
}

// follower asks what became of messages, of each less and less often.
type follower struct {
	next map[uuid.UUID]time.Time     // by message: when it is asked about again
	wait map[uuid.UUID]time.Duration // and how long was waited for that
}

// follow asks about the messages whose turn it is.
func (s *Sender) follow(ctx context.Context, taker Taker, house House, f *follower) error {
	all, err := house.Outstanding(ctx, offboarding.ChannelSMS, s.now().Add(-reportsFor), reportsMost)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(f.turn(all, time.Now()), reportsAtOnce) {
		told, err := s.by.reports(ctx, some)
		if err != nil {
			return err
		}
		for _, a := range told {
			if _, err := taker.Take(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn picks the messages that are asked about now.
func (f *follower) turn(all []offboarding.Outstanding, now time.Time) []offboarding.Outstanding {
	next, wait := make(map[uuid.UUID]time.Time, len(all)), make(map[uuid.UUID]time.Duration, len(all))
	var out []offboarding.Outstanding
	for _, m := range all {
		next[m.MessageID], wait[m.MessageID] = f.next[m.MessageID], f.wait[m.MessageID]
		if now.Before(next[m.MessageID]) {
			continue
		}
		wait[m.MessageID] = min(max(askEvery, 2*wait[m.MessageID]), reportLongest)
		next[m.MessageID] = now.Add(wait[m.MessageID])
		out = append(out, m)
	}
	f.next, f.wait = next, wait
	return out
}
