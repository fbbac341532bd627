package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"opendoor/offboarding"
)

// violationsShown bounds the lines per rule; one broken rule can break a
// million rows.
const violationsShown = 20

// Invariants checks I1–I8 of docs/architecture.md as far as SQL can and
// returns one readable line per violation. It reads whole tables: it is for
// doctor, not for a timer.
func (s *Store) Invariants(ctx context.Context, now time.Time) ([]string, error) {
	var lines []string
	err := s.read(ctx, "check invariants", func(db *gorm.DB) error {
		for _, rule := range s.invariants(stamp(now)) {
			var found []struct{ What string }
			if err := db.Raw(rule.query+" LIMIT ?", append(rule.args, violationsShown+1)...).Scan(&found).Error; err != nil {
				return fmt.Errorf("%s: %w", rule.name, err)
			}
			for i, f := range found {
				if i == violationsShown {
					lines = append(lines, rule.name+": and more")
					break
				}
				lines = append(lines, rule.name+": "+strings.Replace(rule.says, "%", f.What, 1))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	broken, err := s.brokenChains(ctx)
	return append(lines, broken...), err
}

type invariant struct {
	name  string
	says  string // % stands for what the query found
	query string
	args  []any
}

func (s *Store) invariants(now time.Time) []invariant {
	const live = "('ready', 'claimed', 'transmitting', 'uncertain')"
	lastState := "(SELECT a.data FROM audit a WHERE a.stream = 'case:' || %[1]s AND a.kind IN ('case.opened', 'case.moved') ORDER BY a.seq DESC LIMIT 1)"
	id := "c.id"
	to := "json_extract(%s, '$.to')"
	if s.dialect == Postgres {
		id, to = "c.id::text", "%s ->> 'to'"
	}
	lastState = fmt.Sprintf(to, fmt.Sprintf(lastState, id))
	return []invariant{
		{
			"I2", "delivery % has been waiting to be unpacked for more than 10 minutes",
			"SELECT id AS what FROM deliveries WHERE unpacked_at IS NULL AND last_seen_at < ?",
			[]any{now.Add(-10 * time.Minute)},
		},
		{
			"I2", "event % is pending but nothing will look at it",
			`SELECT v.id AS what FROM events v WHERE v.verdict = 'pending' AND NOT EXISTS (
				SELECT 1 FROM effects e WHERE e.event_id = v.id AND e.state IN ` + live + `)`, nil,
		},
		{
			"I2", "letter % is planned but its effect has ended",
			`SELECT m.id AS what FROM messages m WHERE m.state IN ('planned', 'sending') AND NOT EXISTS (
				SELECT 1 FROM effects e WHERE e.id = m.effect_id AND e.state IN ` + live + `)`, nil,
		},
		{
			"I3", "more than one letter was accepted for effect %",
			`SELECT effect_id AS what FROM messages WHERE state IN ('sent', 'delivered', 'bounced') GROUP BY effect_id HAVING count(*) > 1`, nil,
		},
		{
			"I3", "send key % stands for more than one effect",
			`SELECT send_key AS what FROM effects GROUP BY send_key HAVING count(*) > 1`, nil,
		},
		{
			"I3", "case and template % have more than one letter that was accepted",
			`SELECT CAST(case_id AS text) || ' ' || template AS what FROM messages WHERE state IN ('sent', 'delivered') AND template IN (` + onceTemplates + `)
				GROUP BY case_id, template HAVING count(*) > 1`, nil,
		},
		{
			"I4", "account and deal % have more than one open case",
			`SELECT CAST(account_id AS text) || ' ' || deal_id AS what FROM cases
				WHERE deal_id <> '' AND state IN ` + openStates + ` GROUP BY account_id, deal_id HAVING count(*) > 1`, nil,
		},
		{
			"I5", "letter % was sent although its case was in shadow mode",
			`SELECT m.id AS what FROM messages m JOIN cases c ON c.id = m.case_id
				WHERE m.state IN ('sent', 'delivered') AND c.mode <> 'live'`, nil,
		},
		{
			"I6", "the state of case % is not the one that the audit log tells",
			`SELECT c.id AS what FROM cases c WHERE ` + lastState + ` IS NULL OR ` + lastState + ` <> c.state`, nil,
		},
		{
			"I8", "effect % is in flight although its lease ended more than a minute ago",
			`SELECT id AS what FROM effects WHERE state IN ('claimed', 'transmitting') AND (lease_until IS NULL OR lease_until < ?)`,
			[]any{s.clock(-time.Minute)},
		},
	}
}

// openStates lists the states of an open parting, quoted; the index that
// allows one open case per deal spells them the same way.
var openStates = func() string {
	var out []string
	for _, state := range offboarding.States {
		if state.Open() {
			out = append(out, "'"+string(state)+"'")
		}
	}
	return "(" + strings.Join(out, ", ") + ")"
}()

// brokenChains follows every stream of the audit log from its beginning.
func (s *Store) brokenChains(ctx context.Context) ([]string, error) {
	const page = 1000
	var lines []string
	err := s.read(ctx, "check audit log", func(db *gorm.DB) error {
		var last auditRow
		for {
			var rows []auditRow
			err := db.Where("(stream, seq) > (?, ?)", last.Stream, last.Seq).Order("stream, seq").Limit(page).Find(&rows).Error
			if err != nil {
				return err
			}
			for i := range rows {
				r := &rows[i]
				before := auditRow{}
				if r.Stream == last.Stream {
					before = last
				}
				switch {
				case r.Seq != before.Seq+1:
					lines = append(lines, fmt.Sprintf("I6: lines are missing in audit stream %s before number %d", r.Stream, r.Seq))
				case !bytes.Equal(r.PrevHash, before.Hash), !bytes.Equal(r.Hash, r.chained()):
					lines = append(lines, fmt.Sprintf("I6: line %d of audit stream %s was changed", r.Seq, r.Stream))
				}
				last = *r
			}
			if len(rows) < page || len(lines) >= violationsShown {
				return nil
			}
		}
	})
	return lines, err
}
