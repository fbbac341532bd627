package offboarding

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// MeasureCodes lists the measures of domain §4.2 with their names.
var MeasureCodes = []struct {
	Code  string
	Names map[Lang]string
}{
	{"M1", map[Lang]string{RU: "возобновить контакт, назвать ответственного", EN: "resume contact, name a person"}},
	{"M2", map[Lang]string{RU: "извиниться и признать ошибку", EN: "apologise and admit the mistake"}},
	{"M3", map[Lang]string{RU: "возместить ущерб", EN: "compensate"}},
	{"M4", map[Lang]string{RU: "неожиданная любезность", EN: "unexpected courtesy"}},
	{"M5", map[Lang]string{RU: "план восстановления связи", EN: "reconnect plan"}},
	{"M6", map[Lang]string{RU: "тепло расстаться, ничего не исправляя", EN: "part warmly, no fix"}},
	{"M7", map[Lang]string{RU: "спросить об источнике, привести один факт", EN: "ask the source, one fact"}},
	{"M8", map[Lang]string{RU: "исправить процесс", EN: "fix the process"}},
	{"M9", map[Lang]string{RU: "разобраться с работой сотрудника", EN: "investigate the employee"}},
	{"M10", map[Lang]string{RU: "обучить или сменить ответственного", EN: "train or reassign"}},
	{"M11", map[Lang]string{RU: "позже предложить подходящие условия", EN: "offer better-fitting terms later"}},
}

// MeasureName returns a measure's name for people, or "".
func MeasureName(code string, l Lang) string {
	for _, m := range MeasureCodes {
		if m.Code == code {
			return m.Names[l.Or(RU)]
		}
	}
	return ""
}

// MeasureState is where a measure stands.
type MeasureState string

// The states of a measure.
const (
	MeasureOpen      MeasureState = "open"
	MeasureDone      MeasureState = "done"
	MeasureCancelled MeasureState = "cancelled"
)

// Measure is something that we do about what went wrong, with somebody who does
// it and a day.
type Measure struct {
	ID         uuid.UUID    `json:"-"`
	AccountID  uuid.UUID    `json:"-"`
	CaseID     uuid.UUID    `json:"-"`
	Code       string       `json:"-"`
	State      MeasureState `json:"-"`
	DueOn      string       `json:"-"`
	CreatedAt  time.Time    `json:"-"`
	Owner      string       `json:"owner,omitempty"`
	Note       string       `json:"note,omitempty"`
	Amount     *Money       `json:"amount,omitempty"` // of M3 and M4
	CreatedBy  Person       `json:"created_by,omitzero"`
	ApprovedBy Person       `json:"approved_by,omitzero"`
	ApprovedAt time.Time    `json:"approved_at,omitzero"`
	DoneAt     time.Time    `json:"done_at,omitzero"`
}

// Measures keeps what we do about what went wrong.
type Measures interface {
	AddMeasure(ctx context.Context, m *Measure) error
	Measure(ctx context.Context, caseID, id uuid.UUID) (*Measure, error)
	SaveMeasure(ctx context.Context, m *Measure) error
	// MeasuresOf lists the measures of a case, oldest first.
	MeasuresOf(ctx context.Context, caseID uuid.UUID) ([]*Measure, error)
}

// AboutPeople reports whether the measure looks into a person; only who leads
// people sees it.
func (m *Measure) AboutPeople() bool { return m.Code == "M9" || m.Code == "M10" }

// said names the measure in the timeline, which everybody reads.
func (m *Measure) said() string {
	if m.AboutPeople() {
		return "a measure"
	}
	return "measure " + m.Code
}

// SuggestedMeasures are the measures that the case's reason asks for.
func (c *Case) SuggestedMeasures() []string {
	r, _ := survey.Lookup(c.Reason.Code)
	return r.Measures
}

// A courtesy is worth no more than this: Russian law limits gifts between
// companies to 3 000 roubles (domain §4.2).
var defaultCourtesyCap = Money{AmountMinor: 3000_00, Currency: "RUB"}

// PlanMeasure adds a measure to a case.
func (d *Desk) PlanMeasure(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, m *Measure, by Actor) (*Measure, error) {
	now := d.now()
	_, err := change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		m.ID, m.AccountID, m.CaseID, m.State, m.CreatedAt = NewID(), c.AccountID, c.ID, MeasureOpen, now.UTC()
		if err := m.check(Day(now, acc.Location())); err != nil {
			return err
		}
		if err := m.allowed(acc, c); err != nil {
			return err
		}
		if err := courtesiesTogether(ctx, tx, acc, m); err != nil {
			return err
		}
		if err := tx.AddMeasure(ctx, m); err != nil {
			return err
		}
		if err := tx.Record(ctx, c.line(by, "measure.planned", m.said()+" until "+m.DueOn, nil)); err != nil {
			return err
		}
		return tx.AddEffects(ctx, c.measureTask(m, acc, now))
	})
	return m, err
}

// measureTask tells a measure's owner in the CRM. What looks into a person, or
// lies under the shield, is not put where that person may read it.
func (c *Case) measureTask(m *Measure, acc *Account, now time.Time) []Effect {
	if m.AboutPeople() || c.Shielded() {
		return nil
	}
	due, err := time.ParseInLocation(time.DateOnly, m.DueOn, acc.Location())
	if err != nil {
		return nil
	}
	return c.taskTo(m.Owner, "measure:"+m.Code+":"+m.ID.String(), now, due.Add(defaultTaskHour))
}

// Tasks with a day but no time are due at this time of day.
const defaultTaskHour = 18 * time.Hour

func (m *Measure) check(today string) error {
	var wrong []FieldError
	if MeasureName(m.Code, RU) == "" {
		wrong = append(wrong, FieldError{"code", "M1 to M11"})
	}
	if strings.TrimSpace(m.Owner) == "" {
		wrong = append(wrong, FieldError{"owner", "who does it"})
	}
	if !IsDay(m.DueOn) || m.DueOn < today {
		wrong = append(wrong, FieldError{"due_on", "a day, YYYY-MM-DD, not in the past"})
	}
	costs := m.Code == "M3" || m.Code == "M4"
	if costs != (m.Amount != nil) || costs && (m.Amount.AmountMinor <= 0 || len(m.Amount.Currency) != 3) {
		wrong = append(wrong, FieldError{"amount", "what M3 and M4 cost; nothing for the others"})
	}
	if len(wrong) > 0 {
		return Invalid("the measure cannot be planned like this", wrong...)
	}
	return nil
}

// withinCap refuses a courtesy that is worth too much, together with what the
// client has had of them already.
func (m *Measure) withinCap(acc *Account, had int64) error {
	limit := cmp.Or(acc.Policy.CourtesyCap, &defaultCourtesyCap)
	if m.Amount.Currency != limit.Currency || m.Amount.AmountMinor > limit.AmountMinor-had {
		return Rule("courtesy_over_cap", fmt.Sprintf("courtesies are worth at most %d.%02d %s together", limit.AmountMinor/100, limit.AmountMinor%100, limit.Currency))
	}
	return nil
}

// courtesiesTogether holds the cap over all courtesies of a case: two halves of a
// gift are the gift.
func courtesiesTogether(ctx context.Context, tx Store, acc *Account, m *Measure) error {
	if m.Code != "M4" || m.State == MeasureCancelled {
		return nil
	}
	all, err := tx.MeasuresOf(ctx, m.CaseID)
	if err != nil {
		return err
	}
	var had int64
	for _, other := range all {
		if other.ID != m.ID && other.Code == "M4" && other.State != MeasureCancelled && other.Amount != nil {
			had += other.Amount.AmountMinor
		}
	}
	return m.withinCap(acc, had)
}

// allowed holds the rules of the courtesy: no condition, no bill beside it, and
// no more than the law lets companies give each other.
func (m *Measure) allowed(acc *Account, c *Case) error {
	if m.Code != "M4" {
		return nil
	}
	if err := m.withinCap(acc, 0); err != nil {
		return err
	}
	if slices.Contains([]SettlementTrack{SettlementApproved, SettlementSent, SettlementAgreed, SettlementDisputed}, c.Tracks.Settlement) {
		return Rule("courtesy_with_bill", "a courtesy never comes together with a bill; wait until the account is settled")
	}
	if c.State == StateSaving {
		return Rule("courtesy_with_request", "a courtesy never comes together with a request; the client is being asked to stay")
	}
	return nil
}

// ApproveMeasure agrees to a compensation; it is never its author who does.
func (d *Desk) ApproveMeasure(ctx context.Context, scope []uuid.UUID, caseID, id uuid.UUID, p Person, by Actor) (*Measure, error) {
	return d.changeMeasure(ctx, scope, caseID, id, by, "measure.approved", func(_ *Account, _ *Case, m *Measure) error {
		switch {
		case m.Code != "M3":
			return Rule("nothing_to_approve", "only a compensation needs an approval")
		case m.State != MeasureOpen:
			return Rule("measure_closed", "the measure is "+string(m.State))
		case p.Is(m.CreatedBy):
			return Rule("approver_is_author", "nobody approves their own compensation")
		case m.Amount == nil:
			return Rule("compensation_without_amount", "the amount must be named first")
		}
		m.ApprovedBy, m.ApprovedAt = p, d.now().UTC()
		return nil
	})
}

// MeasureChange is what may be changed about a measure; nil leaves it.
type MeasureChange struct {
	Owner  *string
	DueOn  *string
	Note   *string
	Amount *Money
	State  *MeasureState
}

// ChangeMeasure changes a measure, or says that it is done or not needed.
func (d *Desk) ChangeMeasure(ctx context.Context, scope []uuid.UUID, caseID, id uuid.UUID, ch MeasureChange, p Person, by Actor) (*Measure, error) {
	return d.changeMeasure(ctx, scope, caseID, id, by, "measure.changed", func(acc *Account, c *Case, m *Measure) error {
		if m.State != MeasureOpen {
			return Rule("measure_closed", "the measure is "+string(m.State))
		}
		for to, from := range map[*string]*string{&m.Owner: ch.Owner, &m.DueOn: ch.DueOn, &m.Note: ch.Note} {
			if from != nil {
				*to = *from
			}
		}
		if ch.Amount != nil {
			m.Amount, m.CreatedBy = ch.Amount, p
			m.ApprovedBy, m.ApprovedAt = Person{}, time.Time{} // another amount, another approval
		}
		today := Day(d.now(), acc.Location())
		if ch.DueOn == nil {
			today = min(today, m.DueOn) // it may be late already
		}
		if ch.State == nil || *ch.State == MeasureOpen {
			if err := m.check(today); err != nil {
				return err
			}
			return m.allowed(acc, c)
		}
		switch *ch.State {
		case MeasureDone:
			if m.Code == "M3" && m.ApprovedAt.IsZero() {
				return Rule("compensation_not_approved", "a compensation needs an approver's word first")
			}
			if err := m.allowed(acc, c); err != nil {
				return err
			}
			m.DoneAt = d.now().UTC()
		case MeasureCancelled:
		default:
			return Invalid("unknown state of a measure", FieldError{"state", "open, done or cancelled"})
		}
		m.State = *ch.State
		return nil
	})
}

func (d *Desk) changeMeasure(ctx context.Context, scope []uuid.UUID, caseID, id uuid.UUID, by Actor, kind string, fn func(acc *Account, c *Case, m *Measure) error) (*Measure, error) {
	var out *Measure
	_, err := change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		m, err := tx.Measure(ctx, c.ID, id)
		if err != nil {
			return err
		}
		if err := fn(acc, c, m); err != nil {
			return err
		}
		if err := courtesiesTogether(ctx, tx, acc, m); err != nil {
			return err
		}
		if err := tx.SaveMeasure(ctx, m); err != nil {
			return err
		}
		out = m
		return tx.Record(ctx, c.line(by, kind, m.said()+" is "+string(m.State), nil))
	})
	return out, err
}
