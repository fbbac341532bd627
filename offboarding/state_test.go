package offboarding

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite docs/case-states.md")

var noon = time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC) // a Tuesday

func TestACaseMovesByTheTable(t *testing.T) {
	tests := map[string]struct {
		from, to State
		with     func(c *Case)
		rule     string // empty: it may
	}{
		"everything begins with listening": {from: StateReceived, to: StateListening},
		"one offer may be made while we listen": {
			from: StateListening, to: StateSaving,
		},
		"a final decision is never pushed": {
			from: StateListening, to: StateSaving, with: func(c *Case) { c.Intent = IntentFinal }, rule: "decision_final",
		},
		"a second offer is never made": {
			from: StateListening, to: StateSaving, with: func(c *Case) { c.Tracks.Save = SaveDeclined }, rule: "save_not_allowed",
		},
		"who wants to be left alone gets no offer": {
			from: StateListening, to: StateSaving, with: func(c *Case) { c.NoContact = true }, rule: "asked_to_be_left_alone",
		},
		"a final decision opens the way out": {
			from: StateListening, to: StateLeaving, with: func(c *Case) { c.Intent = IntentFinal },
		},
		"a client may stay without an offer":     {from: StateListening, to: StateSaved},
		"an offer may be accepted":               {from: StateSaving, to: StateSaved},
		"an offer may be declined":               {from: StateSaving, to: StateLeaving},
		"an offer does not end the relationship": {from: StateSaving, to: StateParted, rule: "move_not_allowed"},
		"a save counts after 30 days": {
			from: StateSaved, to: StateSavedConfirmed, with: func(c *Case) { c.Dates.SavedAt = noon.Add(-30 * 24 * time.Hour) },
		},
		"a save does not count a second earlier": {
			from: StateSaved, to: StateSavedConfirmed, with: func(c *Case) { c.Dates.SavedAt = noon.Add(-30*24*time.Hour + time.Second) },
			rule: "save_not_confirmed_yet",
		},
		"a withdrawal on the last day is in time": {
			from: StateLeaving, to: StateSaved, with: func(c *Case) { c.Dates.EffectiveOn = "2026-11-03" },
		},
		"a withdrawal without a last day is in time": {from: StateLeaving, to: StateSaved},
		"after the last day coming back is a return": {
			from: StateLeaving, to: StateSaved, with: func(c *Case) { c.Dates.EffectiveOn = "2026-11-02" }, rule: "service_already_ended",
		},
		"on the last day, with nothing owed, we part": {
			from: StateLeaving, to: StateParted, with: func(c *Case) { c.Dates.EffectiveOn = "2026-11-03" },
		},
		"we do not part before the last day": {
			from: StateLeaving, to: StateParted, with: func(c *Case) { c.Dates.EffectiveOn = "2026-11-04" }, rule: "effective_date_not_reached",
		},
		"we do not part without a last day": {
			from: StateLeaving, to: StateParted, rule: "effective_date_not_reached",
		},
		"we do not part while we hold the client's papers": {
			from: StateLeaving, to: StateParted, rule: "handover_unfinished", with: func(c *Case) {
				c.Dates.EffectiveOn, c.Tracks.Handover = "2026-11-03", HandoverDelivered
			},
		},
		"a handover accepted with remarks is done": {
			from: StateLeaving, to: StateParted, with: func(c *Case) {
				c.Dates.EffectiveOn, c.Tracks.Handover = "2026-11-03", HandoverAcceptedWithRemarks
			},
		},
		"we do not part while money is open": {
			from: StateLeaving, to: StateParted, rule: "settlement_unfinished", with: func(c *Case) {
				c.Dates.EffectiveOn, c.Tracks.Settlement = "2026-11-03", SettlementAgreed
			},
		},
		"a settled account is done": {
			from: StateLeaving, to: StateParted, with: func(c *Case) {
				c.Dates.EffectiveOn, c.Tracks.Settlement = "2026-11-03", SettlementSettled
			},
		},
		"we keep in touch with who allows it": {from: StateParted, to: StateInTouch},
		"we do not keep in touch with who said stop": {
			from: StateParted, to: StateInTouch, with: func(c *Case) { c.NoContact = true }, rule: "no_channel_left",
		},
		"a client may return at once":              {from: StateParted, to: StateReturned},
		"a client may return later":                {from: StateInTouch, to: StateReturned},
		"a plan may end":                           {from: StateInTouch, to: StateClosed},
		"a parted client may be forgotten":         {from: StateParted, to: StateClosed},
		"who was left alone may come back":         {from: StateClosed, to: StateReturned},
		"a closed case is not reopened":            {from: StateClosed, to: StateInTouch, rule: "move_not_allowed"},
		"a mistake is cancelled before we part":    {from: StateLeaving, to: StateCancelled},
		"a mistake cannot be cancelled afterwards": {from: StateParted, to: StateCancelled, rule: "move_not_allowed"},
		"a cancelled case stays so":                {from: StateCancelled, to: StateListening, rule: "move_not_allowed"},
		"a returned client's case stays so":        {from: StateReturned, to: StateLeaving, rule: "move_not_allowed"},
		"a state is no move":                       {from: StateListening, to: StateListening, rule: "move_not_allowed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := caseIn(tc.from)
			if tc.with != nil {
				tc.with(c)
			}
			err := c.MoveTo(tc.to, noon)
			if got := ruleOf(t, err); got != tc.rule {
				t.Fatalf("rule %q, want %q", got, tc.rule)
			}
			want := tc.to
			if tc.rule != "" {
				want = tc.from
			}
			if c.State != want {
				t.Errorf("the case is %s, want %s", c.State, want)
			}
		})
	}
}

func caseIn(s State) *Case {
	return &Case{ID: NewID(), State: s, Initiator: ByClient, Intent: IntentUnknown, Reason: StatedReason{Code: "price"}, Tracks: Tracks{
		Survey: SurveyNone, Save: SaveAvailable, Notice: NoticeNone, Handover: HandoverNotNeeded, Settlement: SettlementNotNeeded,
		Review: ReviewNone, WinBack: WinBackNone, WriteBack: WriteBackClean,
	}}
}

func ruleOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != KindConflict || e.Msg == "" {
		t.Fatalf("a refusal is %#v, want a rule of the domain with a sentence", err)
	}
	return e.Rule
}

func TestAMoveIsStamped(t *testing.T) {
	for to, at := range map[State]func(d Dates) time.Time{
		StateSaved:     func(d Dates) time.Time { return d.SavedAt },
		StateLeaving:   func(d Dates) time.Time { return d.DecidedAt },
		StateCancelled: func(d Dates) time.Time { return d.ClosedAt },
	} {
		c := caseIn(StateListening)
		if err := c.MoveTo(to, noon); err != nil || !at(c.Dates).Equal(noon) {
			t.Errorf("%s: stamped %v, %v", to, at(c.Dates), err)
		}
	}
	for to, at := range map[State]func(d Dates) time.Time{
		StateReturned: func(d Dates) time.Time { return d.ReturnedAt },
		StateClosed:   func(d Dates) time.Time { return d.ClosedAt },
	} {
		c := caseIn(StateParted)
		if err := c.MoveTo(to, noon); err != nil || !at(c.Dates).Equal(noon) {
			t.Errorf("%s: stamped %v, %v", to, at(c.Dates), err)
		}
	}
}

func TestEveryStateIsReachableNamedAndEitherOpenOrNot(t *testing.T) {
	seen := map[State]bool{StateReceived: true, StateProposed: true}
	for range States {
		for _, m := range Moves {
			if seen[m.From] {
				seen[m.To] = true
			}
		}
	}
	for _, s := range States {
		if !seen[s] {
			t.Errorf("%s cannot be reached", s)
		}
		if s.Label(RU) == "" || s.Label(EN) == "" || s.Label(RU) == s.Label(EN) {
			t.Errorf("%s is not named in both languages", s)
		}
		if s.Open() && s.Over() {
			t.Errorf("%s is open and over", s)
		}
	}
	pairs := map[[2]State]bool{}
	for _, m := range Moves {
		if pairs[[2]State{m.From, m.To}] {
			t.Errorf("%s to %s stands twice in the table", m.From, m.To)
		}
		pairs[[2]State{m.From, m.To}] = true
	}
}

// Whatever happens in whatever order: only moves of the table, and nobody who
// has decided is offered to stay.
func TestRandomMovesNeverLeaveTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := caseIn(StateReceived)
		at := noon
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(t, "hours")) * time.Hour)
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				c.Intent = rapid.SampledFrom([]Intent{IntentUnknown, IntentVenting, IntentUndecided, IntentFinal}).Draw(t, "intent")
			case 1:
				c.NoContact = rapid.Bool().Draw(t, "stop")
			case 2:
				c.Dates.EffectiveOn = AddDays(Day(at, time.UTC), rapid.IntRange(-3, 3).Draw(t, "days"))
			default:
				from, to := c.State, rapid.SampledFrom(States).Draw(t, "to")
				before := *c
				err := c.MoveTo(to, at)
				inTable := slices.ContainsFunc(Moves, func(m Move) bool { return m.From == from && m.To == to })
				switch {
				case err == nil && !inTable:
					t.Fatalf("%s became %s beside the table", from, to)
				case err == nil && c.State != to:
					t.Fatalf("a move to %s ended in %s", to, c.State)
				case err != nil && !reflect.DeepEqual(*c, before):
					t.Fatalf("a refused move changed the case")
				case err == nil && to == StateSaving && (before.Intent == IntentFinal || before.NoContact):
					t.Fatalf("somebody who has decided was offered to stay")
				case err != nil && inTable && from == StateListening && to == StateLeaving:
					t.Fatalf("the way out was refused: %v", err)
				}
			}
		}
	})
}

const statesFile = "../docs/case-states.md"

func TestTheDrawingShowsTheTable(t *testing.T) {
	want := drawStates()
	if *update {
		if err := os.WriteFile(statesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s does not show the table of state.go; go test ./offboarding -update draws it", statesFile)
	}
}

func drawStates() string {
	var b strings.Builder
	b.WriteString("# States of a case\n\n")
	b.WriteString("Drawn from `Moves` in `offboarding/state.go` by `go test ./offboarding -update`; do not edit.\n")
	b.WriteString("A move that is not here is refused with `move_not_allowed`.\n\n```mermaid\nstateDiagram-v2\n    [*] --> received\n    [*] --> proposed\n")
	for _, m := range Moves {
		if m.To != StateCancelled { // a cross out of all these states would hide the picture
			fmt.Fprintf(&b, "    %s --> %s\n", m.From, m.To)
		}
	}
	for _, s := range States {
		if !slices.ContainsFunc(Moves, func(m Move) bool { return m.From == s }) && s != StateCancelled {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	b.WriteString("```\n\nNot drawn: every case before `parted` may become `cancelled`.\n\n")
	b.WriteString("| From | To | When | Refused by |\n| --- | --- | --- | --- |\n")
	for _, m := range Moves {
		rules := make([]string, 0, len(m.Guards))
		for _, g := range m.Guards {
			rules = append(rules, "`"+g.Rule+"`")
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", m.From, m.To, m.When, strings.Join(rules, ", "))
	}
	b.WriteString("\n## Rules\n\n| Rule | What it says |\n| --- | --- |\n")
	var listed []string
	for _, m := range Moves {
		for _, g := range m.Guards {
			if !slices.Contains(listed, g.Rule) {
				listed = append(listed, g.Rule)
				fmt.Fprintf(&b, "| `%s` | %s |\n", g.Rule, g.Why)
			}
		}
	}
	b.WriteString("\n## States\n\n| State | Russian | English | Under way |\n| --- | --- | --- | --- |\n")
	for _, s := range States {
		open := "no"
		if s.Open() {
			open = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s, s.Label(RU), s.Label(EN), open)
	}
	b.WriteString("\nA repeated cancellation joins a case that is under way; otherwise it opens a new one.\n")
	return b.String()
}
