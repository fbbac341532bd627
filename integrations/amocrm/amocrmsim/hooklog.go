package amocrmsim

import (
	"context"
	"slices"
	"strings"
	"time"
)

// maxHookLog bounds the log of deliveries.
const maxHookLog = 20_000

// HookAttempt is one try to deliver a hook.
type HookAttempt struct {
	ID          int64         `json:"id"` // the same for all tries of one hook
	HookID      int64         `json:"hook_id"`
	Destination string        `json:"destination"`
	Events      []string      `json:"events"` // leads[status], …
	Records     []int64       `json:"records"`
	Attempt     int           `json:"attempt"`
	At          time.Time     `json:"at"`
	Duration    time.Duration `json:"duration_ns"`
	Code        int           `json:"code"` // 0 = no answer
	Outcome     string        `json:"outcome"`
	Body        string        `json:"body"`
}

func (sn *sender) record(d *delivery, code int, took time.Duration, outcome string) {
	if len(sn.log) >= maxHookLog {
		sn.log = slices.Delete(sn.log, 0, maxHookLog/4)
	}
	ids := make([]int64, len(d.lanes))
	for i, lane := range d.lanes {
		ids[i] = lane.id
	}
	sn.log = append(sn.log, HookAttempt{
		ID: d.id, HookID: d.hookID, Destination: d.destination, Events: d.events, Records: ids, Attempt: d.attempt,
		At: sn.sim.now(), Duration: took, Code: code, Outcome: outcome, Body: string(d.body),
	})
	if outcome != "ok" {
		sn.sim.cfg.Log.Debug("hook not accepted", "hook_id", d.hookID, "events", strings.Join(d.events, ","), "attempt", d.attempt, "status", code, "outcome", outcome)
	}
}

// HookLog returns every attempt to deliver a hook, oldest first; old ones are
// forgotten after some twenty thousand.
func (s *Sim) HookLog() []HookAttempt {
	s.sender.mu.Lock()
	defer s.sender.mu.Unlock()
	return slices.Clone(s.sender.log)
}

// Settle waits until every hook has had its first attempt. Repeats are not
// waited for.
func (s *Sim) Settle(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		s.sender.mu.Lock()
		open := s.sender.open
		s.sender.mu.Unlock()
		if open == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
