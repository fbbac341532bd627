package offboarding

import (
	"context"
	"fmt"
	"time"
)

// Allowance is why a letter was allowed at the minute at which it left. All of
// it is what was asked then, whatever has become of it since.
type Allowance struct {
	Basis     string  `json:"basis"` // service, relationship, consent, or house for our own people
	ConsentID string  `json:"consent_id,omitempty"`
	Checks    []Asked `json:"checks"`
}

// Asked is one question and its answer.
type Asked struct {
	What   string `json:"what"` // stop_list, consent, refusal, window, caps, holdout, release, plan, case
	Answer string `json:"answer"`
}

// The bases on which a letter leaves.
const (
	BasisService      = "service"
	BasisRelationship = "relationship"
	BasisConsent      = "consent"
	BasisHouse        = "house"
)

func (a *Allowance) note(what, format string, args ...any) {
	a.Checks = append(a.Checks, Asked{what, fmt.Sprintf(format, args...)})
}

// allowance writes down why the letter may go now. Its fence asks what may have
// changed since once more.
func (p *Postman) allowance(ctx context.Context, m *Message, c *Case, acc *Account, stop []byte) (*Allowance, error) {
	k := m.kind()
	if k.Internal {
		return &Allowance{Basis: BasisHouse, Checks: []Asked{{"case", "to our own people: " + k.Why}}}, nil
	}
	a := &Allowance{Basis: BasisService}
	a.note("case", "account and case are live, not paused and not held; %s", k.Why)
	a.note("stop_list", "the address is not on it")
	now := p.now()
	switch {
	case k.AnyTime || m.AtOnce:
		a.note("window", "any time: it answers what the client has just done")
		return a, nil
	case acc.Policy.Window == nil:
		a.note("window", "any time, by the policy")
	default:
		w := acc.Policy.Window
		if m.Template == T14 {
			w = greetingHours
		}
		a.note("window", "%s is within %s–%s in %s", now.In(c.Location(acc)).Format("Mon 2006-01-02 15:04"), clock(w.From), clock(w.To), c.Location(acc))
	}
	if m.Class == ClassService {
		return a, nil
	}
	if err := p.agreed(ctx, a, m, stop); err != nil {
		return nil, err
	}
	return a, p.touched(ctx, a, m, c, acc)
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// agreed writes down what the ledger says.
func (p *Postman) agreed(ctx context.Context, a *Allowance, m *Message, stop []byte) error {
	line, err := p.store.NewestConsent(ctx, stop, m.Channel, m.Class)
	if err != nil && !IsKind(err, KindNotFound) {
		return err
	}
	a.Basis = BasisRelationship
	switch {
	case line == nil:
		a.note("refusal", "the client has not refused letters of this class on this channel")
	case asksConsent(m.Channel, m.Class):
		a.Basis, a.ConsentID = BasisConsent, line.ID.String()
		a.note("consent", "given on %s, source %s, wording %s", line.GrantedAt.UTC().Format(time.RFC3339), line.Source, line.WordingVersion)
	default:
		a.ConsentID = line.ID.String()
		a.note("refusal", "the client allowed it on %s, source %s", line.GrantedAt.UTC().Format(time.RFC3339), line.Source)
	}
	return nil
}

// touched writes down which touch the letter is, and how many there were.
func (p *Postman) touched(ctx context.Context, a *Allowance, m *Message, c *Case, acc *Account) error {
	all, err := p.store.TouchesOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.MessageID == nil || *t.MessageID != m.ID {
			continue
		}
		times, err := p.store.TouchedSince(ctx, t.Person, p.now().AddDate(-1, 0, 0))
		if err != nil {
			return err
		}
		a.note("plan", "step %d of the plan %s", t.Step+1, t.Plan)
		a.note("caps", "touch %d of %d within a year, at least %d days after the one before", len(times), acc.Policy.TouchesPerYear, acc.Policy.TouchGapDays)
		if t.Class != StepMarketing {
			return nil
		}
		a.note("holdout", "the client is not among the %d %% that get no offers", acc.Policy.HoldoutPercent)
		if t.ReleasedBy != "" {
			a.note("release", "released by %s", t.ReleasedBy)
		} else {
			a.note("release", "the policy releases offers by itself")
		}
	}
	return nil
}
