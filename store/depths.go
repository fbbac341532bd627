package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"opendoor/offboarding"
)

// QueueDepths counts effects by queue and state: those that have not ended,
// and the dead. Counting what waits reads an index entry per row, so this is
// for a scrape every few seconds and not for a decision.
func (s *Store) QueueDepths(ctx context.Context, now time.Time) ([]offboarding.QueueDepth, error) {
	// Each part keeps to a partial index: its condition stands there as the
	// index spells it.
	const (
		begun = `SELECT kind, 'claimed' AS state, count(*) AS n FROM effects WHERE state IN ('claimed', 'transmitting') GROUP BY kind`
		ended = `SELECT kind, state, count(*) AS n FROM effects WHERE state IN ('dead', 'failed', 'uncertain') GROUP BY kind, state`
	)
	depths := []offboarding.QueueDepth{
		{Queue: offboarding.QueueCRM}, {Queue: offboarding.QueueMail}, {Queue: offboarding.QueueFiles}, {Queue: offboarding.QueueLow},
	}
	of := func(kind offboarding.EffectKind) *offboarding.QueueDepth {
		for i := range depths {
			if depths[i].Queue == kind.Queue() {
				return &depths[i]
			}
		}
		return &offboarding.QueueDepth{} // of a kind that is no more
	}
	err := s.read(ctx, "count effects", func(db *gorm.DB) error {
		var counts []struct {
			Kind  offboarding.EffectKind
			State offboarding.EffectState
			N     int
		}
		for _, part := range []string{begun, ended} {
			if err := db.Raw(part).Scan(&counts).Error; err != nil {
				return err
			}
			for _, c := range counts {
				switch d := of(c.Kind); c.State {
				case offboarding.EffectUncertain:
					d.Uncertain += c.N
				case offboarding.EffectDead:
					d.Dead += c.N
				case offboarding.EffectClaimed:
					d.InFlight += c.N
				}
			}
			counts = nil
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, "count ready effects", func(db *gorm.DB) error {
		for _, kind := range kinds {
			all, due, oldest, err := readyOf(db, kind, stamp(now))
			if err != nil {
				return err
			}
			d := of(kind)
			d.Due += due
			d.Waiting += all - due
			if due > 0 {
				d.OldestSecs = max(d.OldestSecs, int(stamp(now).Sub(oldest)/time.Second))
			}
		}
		return nil
	})
	return depths, err
}

// readyOf counts what is ready of a kind and what of it is due, and since
// when. A kind at a time and by account: in that order the index has them, and
// SQLite counts a range of it ten times as fast as it makes groups.
func readyOf(db *gorm.DB, kind offboarding.EffectKind, now time.Time) (all, due int, oldest time.Time, err error) {
	const ready = "e.account_id = a.id AND e.kind = ? AND e.state = 'ready'"
	const count = "SELECT count(*) FROM accounts a JOIN effects e ON " + ready
	if err = db.Raw(count, kind).Scan(&all).Error; err != nil || all == 0 {
		return all, 0, now, err
	}
	if err = db.Raw(count+" AND e.due_at <= ?", kind, now).Scan(&due).Error; err != nil || due == 0 {
		return all, due, now, err
	}
	// The first of each account. min() of a time loses its type on SQLite.
	var firsts []time.Time
	err = db.Raw(`SELECT f.due_at FROM accounts a JOIN effects f ON f.id = (SELECT e.id FROM effects e WHERE `+ready+`
		ORDER BY e.due_at LIMIT 1)`, kind).Scan(&firsts).Error
	oldest = now
	for _, t := range firsts {
		if t = stamp(t); t.Before(oldest) {
			oldest = t
		}
	}
	return all, due, oldest, err
}
