package offboarding

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// SetupState is what setup has done for an account and what it waits for.
type SetupState struct {
	At         time.Time  `json:"at,omitzero"`          // of the last run
	Hook       string     `json:"hook,omitempty"`       // subscribed, already_subscribed, by_hand, not_needed, unsubscribed
	FieldsMade bool       `json:"fields,omitempty"`     // fields of ours stand in the CRM
	WaitsSince time.Time  `json:"waits_since,omitzero"` // for a test event; real time, as ids have it
	Arrived    *uuid.UUID `json:"arrived,omitempty"`    // the event that came
}

// The states of our subscription in a CRM.
const (
	HookSubscribed   = "subscribed"
	HookAlready      = "already_subscribed"
	HookByHand       = "by_hand"
	HookNotNeeded    = "not_needed"
	HookUnsubscribed = "unsubscribed"
)

// HookSubscribed reports whether setup has subscribed our hook by API.
func (s SetupState) HookSubscribed() bool { return s.Hook == HookSubscribed || s.Hook == HookAlready }

// Right is one thing that a credential may, or should be allowed to do.
type Right struct {
	Name   string // crm, user_basic, administrator, …
	OK     bool
	Needed bool   // without it the connection does not work; otherwise something is lost
	Detail string // what it is for
}

// Caught is what stages would have caught since a time.
type Caught struct {
	Deals []CaughtDeal // newest first
	More  bool         // there are more than were looked at
}

// CaughtDeal is a deal that came into a stage.
type CaughtDeal struct {
	ID, Title, URL string
	Stage          StageRef
	At             time.Time
}

// Preparer is what setup asks of a connector beyond Setup and Check.
type Preparer interface {
	// Rights lists what the credential may do, found and missing.
	Rights(ctx context.Context, acc *Account) ([]Right, error)
	// Caught looks for deals that came into the stages since then, with a bounded number of calls.
	Caught(ctx context.Context, acc *Account, stages []StageRef, since time.Time) (Caught, error)
	// Subscribe makes the CRM send hooks to hookURL, or says how a person does it.
	// The report holds nothing about fields; its CardSetup, when there is one, is to be kept.
	Subscribe(ctx context.Context, acc *Account, hookURL string) (*SetupReport, error)
	// Unsubscribe takes our hook away, or says how a person does it.
	Unsubscribe(ctx context.Context, acc *Account, hookURL string) (SetupHook, error)
	// RemoveFields deletes our fields with everything in them and returns their codes.
	RemoveFields(ctx context.Context, acc *Account) ([]string, error)
}

// Setups keeps what setup did.
type Setups interface {
	SaveSetup(ctx context.Context, id uuid.UUID, s SetupState) error
	// FirstHookEvent returns the first event of a hook, not of a poll, that was made
	// after the real time, or ErrNotFound.
	FirstHookEvent(ctx context.Context, accountID uuid.UUID, wall time.Time) (*Event, error)
}

// TestEvent returns the event that setup waits for, once it has come, and
// remembers that it did.
func TestEvent(ctx context.Context, s Store, acc *Account) (*Event, error) {
	switch {
	case acc.SetUp.Arrived != nil:
		return s.Event(ctx, nil, *acc.SetUp.Arrived)
	case acc.SetUp.WaitsSince.IsZero():
		return nil, ErrNotFound
	}
	e, err := s.FirstHookEvent(ctx, acc.ID, acc.SetUp.WaitsSince)
	if err != nil {
		return nil, err
	}
	acc.SetUp.Arrived = &e.ID
	return e, s.SaveSetup(ctx, acc.ID, acc.SetUp)
}

// Suggestion is a meaning that a stage seems to have.
type Suggestion struct {
	Trigger
	Why  string
	Sure bool // false: a person should think twice
}

// Words in names of pipelines and stages, in both languages. Names are free
// text: what follows from them is offered and never done.
var (
	servesClients = regexp.MustCompile(`(?i)обслуж|сопровожд|действующ|клиент|абонент|подписк|договор|контракт|продлен|поддержк|ведение|service|support|client|customer|account|subscri|renewal|retain|retention|contract`)
	wins          = regexp.MustCompile(`(?i)продаж|лид|заявк|новые|sales|lead|prospect|acquisition|inbound`)
	leaves        = regexp.MustCompile(`(?i)отказ|расторж|растор|уход|уш[её]л|отток|прекращ|отключ|churn|cancel|terminat|leav|left|lost client|off-?board`)
	comesBack     = regexp.MustCompile(`(?i)возврат|вернул|возобнов|return|win-?back|came back|reactivat`)
	proposes      = regexp.MustCompile(`(?i)кандидат.*отказ|предлож.*отказ|отказать|на отказ|propose.*refus|to refuse`)
)

// Suggest says which stages seem to mean that a client has left. The CRM's own
// "lost" of a pipeline that wins clients means that somebody never became one
// (reference/bitrix24.md §6), so only pipelines that serve clients count when
// there are such.
func Suggest(pipelines []Pipeline, l Lang) []Suggestion {
	say := func(ru, en string) string {
		if l.Or(RU) == EN {
			return en
		}
		return ru
	}
	serving := slices.ContainsFunc(pipelines, func(p Pipeline) bool { return p.serves() })
	var out []Suggestion
	for _, p := range pipelines {
		for _, st := range p.Stages {
			s := Suggestion{Trigger: Trigger{PipelineID: p.ID, StageID: st.ID}}
			switch {
			case proposes.MatchString(st.Name):
				s.Means, s.Sure = MeansProposedRefusal, true
				s.Why = say("по названию: компания сама предлагает расстаться", "by its name: the company itself proposes to part")
			case comesBack.MatchString(st.Name) && !leaves.MatchString(st.Name):
				s.Means, s.Sure = MeansReturned, true
				s.Why = say("по названию: клиент вернулся", "by its name: the client has come back")
			case st.Outcome == OutcomeLost && p.serves():
				s.Means, s.Sure = MeansCancelled, true
				s.Why = say("проигранная сделка в воронке, где обслуживают клиентов", "lost, in a pipeline that serves clients")
			case st.Outcome == OutcomeLost && !serving && !wins.MatchString(p.Name):
				s.Means = MeansCancelled
				s.Why = say("проигранная сделка; проверьте, что здесь уже клиенты, а не заявки", "lost; see whether these are clients and not prospects")
			case st.Outcome == OutcomeOpen && leaves.MatchString(st.Name):
				s.Means, s.Sure = MeansCancelled, p.serves()
				s.Why = say("по названию: клиент уходит", "by its name: the client is leaving")
			case st.Outcome == OutcomeWon && p.serves() && serving:
				s.Means = MeansReturned
				s.Why = say("успех после ухода значит, что клиент остался или вернулся", "won after a parting means that the client stayed or came back")
			default:
				continue
			}
			out = append(out, s)
		}
	}
	if !slices.ContainsFunc(out, func(s Suggestion) bool { return s.Means == MeansCancelled }) {
		// A house with one sales pipeline only: its lost deals are all there is.
		for _, p := range pipelines {
			for _, st := range p.Stages {
				if st.Outcome == OutcomeLost {
					out = append(out, Suggestion{
						Trigger: Trigger{PipelineID: p.ID, StageID: st.ID, Means: MeansCancelled},
						Why:     say("похоже на воронку продаж: проигрыш здесь скорее значит «не стал клиентом»", "this looks like sales: lost rather means that somebody never became a client"),
					})
				}
			}
		}
	}
	return out
}

func (p Pipeline) serves() bool {
	return servesClients.MatchString(p.Name) && !wins.MatchString(p.Name)
}
