package offboarding

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// CardShower is a Connector whose CRM shows a page of ours inside the card of
// a deal.
type CardShower interface {
	// CardVisit reads what the CRM posts when somebody opens the page. It calls nobody.
	CardVisit(acc *Account, d *Delivery) (CardVisit, bool)
	// MaySeeDeal asks the CRM, by the visitor's own token, who they are and whether they may see the deal.
	MaySeeDeal(ctx context.Context, acc *Account, v CardVisit) (user Named, err error)
}

// CardVisit is somebody who opens our page in the card of a deal. Nothing of it
// is believed before the CRM has confirmed it.
type CardVisit struct {
	DealID      string
	AccessToken string // of the visitor
	Lang        string
}

// CardContext is what an action on our page in a card is about. It travels
// with the page, signed, instead of a cookie: a foreign site can neither read
// nor make one.
type CardContext struct {
	AccountID uuid.UUID
	DealID    int64
	UserID    int64
	Until     time.Time
}

// CardContextFor is how long the buttons of a page work after it was opened.
const CardContextFor = 30 * time.Minute

const (
	placeSize   = 16 + 1
	contextSize = 16 + 3*8
	placeMark   = 'p' // tells a place from whatever else is signed by the same key
)

// PlaceKey is the last part of the address of our page in an account's cards.
// It is no secret: every employee's browser sees it.
func (k *Keys) PlaceKey(account uuid.UUID) string {
	body := append(slices.Clone(account[:]), placeMark)
	return base64.RawURLEncoding.EncodeToString(append(body, mac(k.places[0], body)...))
}

// ProvePlace returns the account of a place key.
func (k *Keys) ProvePlace(key string) (uuid.UUID, bool) {
	body, ok := proveBody(key, k.places, placeSize)
	return uuid.UUID(body[:16]), ok && body[16] == placeMark
}

// SignCard returns a context as it travels with the page.
func (k *Keys) SignCard(c CardContext) string {
	body := slices.Clone(c.AccountID[:])
	for _, n := range []int64{c.DealID, c.UserID, c.Until.Unix()} {
		body = binary.BigEndian.AppendUint64(body, uint64(n))
	}
	return base64.RawURLEncoding.EncodeToString(append(body, mac(k.places[0], body)...))
}

// ProveCard returns a context that we have signed and that is not too old.
func (k *Keys) ProveCard(token string, now time.Time) (c CardContext, ok bool) {
	body, ok := proveBody(token, k.places, contextSize)
	number := func(at int) int64 { return int64(binary.BigEndian.Uint64(body[at:])) }
	c = CardContext{AccountID: uuid.UUID(body[:16]), DealID: number(16), UserID: number(24), Until: time.Unix(number(32), 0)}
	return c, ok && now.Before(c.Until)
}

// CardTab is what our page in the card of a deal shows.
type CardTab struct {
	Account *Account
	Case    *Case // nil: nobody is leaving
	Step    NextStep
	Actions []string // at most three
	Token   string   // for the actions
}

// NextStep says what comes next in a parting.
type NextStep struct {
	Code string // listen, ask, call, decide, hand_over, keep_in_touch, welcome, nothing
	At   time.Time
	Day  string // a civil date, for hand_over
}

// cardStart opens a case from the card.
const cardStart = "start"

// Next returns the step that the case waits for.
func (c *Case) Next() NextStep {
	switch c.State {
	case StateReceived, StateListening:
		switch c.Tracks.Survey {
		case SurveyScheduled:
			return NextStep{Code: "listen", At: c.Dates.SurveyDueAt}
		case SurveySent, SurveyReminded:
			return NextStep{Code: "ask", At: c.Dates.SurveyExpiresAt}
		}
		return NextStep{Code: "call", At: c.Dates.CallBy}
	case StateSaving:
		return NextStep{Code: "decide"}
	case StateLeaving:
		return NextStep{Code: "hand_over", Day: c.Dates.EffectiveOn}
	case StateParted, StateInTouch:
		return NextStep{Code: "keep_in_touch"}
	case StateReturned, StateSaved:
		return NextStep{Code: "welcome"}
	}
	return NextStep{Code: "nothing"}
}

// cardActions are the actions that managers use most and that the case allows
// now, three at most.
func cardActions(c *Case, local time.Time) []string {
	if c == nil || c.State == StateCancelled || c.State == StateClosed {
		return []string{cardStart}
	}
	var out []string
	for _, a := range []struct {
		name string
		may  bool
	}{
		{"proceed", c.mayProceed() == nil},
		{"withdraw", c.May(StateSaved, local) == nil},
		{"return", c.May(StateReturned, local) == nil},
		{"pause", c.Open() && !c.Paused},
		{"resume", c.Open() && c.Paused},
	} {
		if a.may && len(out) < 3 {
			out = append(out, a.name)
		}
	}
	return out
}

// CardOf returns what our page shows about a deal to an employee who may see it.
func (d *Desk) CardOf(ctx context.Context, acc *Account, cc CardContext) (*CardTab, error) {
	known, err := d.store.CasesOfDeal(ctx, acc.ID, strconv.FormatInt(cc.DealID, 10))
	if err != nil {
		return nil, err
	}
	tab := &CardTab{Account: acc, Token: d.keys.SignCard(cc)}
	if len(known) > 0 {
		tab.Case, tab.Step = known[0], known[0].Next()
	}
	tab.Actions = cardActions(tab.Case, d.now().In(acc.Location()))
	return tab, nil
}

// ActOnCard does one of the actions of our page. version is what the employee
// has seen; 0 with no case.
func (d *Desk) ActOnCard(ctx context.Context, cc CardContext, name string, version int) error {
	by := Actor("crm:user " + strconv.FormatInt(cc.UserID, 10))
	deal := strconv.FormatInt(cc.DealID, 10)
	if name == cardStart {
		_, err := d.Open(ctx, []uuid.UUID{cc.AccountID}, NewCaseRequest{AccountID: cc.AccountID, Initiator: ByClient, DealID: deal}, by)
		return err
	}
	acc, err := d.store.Account(ctx, cc.AccountID)
	if err != nil {
		return err
	}
	known, err := d.store.CasesOfDeal(ctx, cc.AccountID, deal)
	if err != nil {
		return err
	}
	if len(known) == 0 || !slices.Contains(cardActions(known[0], d.now().In(acc.Location())), name) {
		return Rule("move_not_allowed", "the case does not allow this now")
	}
	_, err = d.Act(ctx, []uuid.UUID{cc.AccountID}, known[0].ID, version, Action{Name: name}, by)
	return err
}
