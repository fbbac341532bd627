package offboarding

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"
)

// The templates of domain §13. Codes are never renamed.
const (
	T01  = "T01"  // acknowledgement
	T02  = "T02"  // lapse check-in
	T03  = "T03"  // exit survey
	T3R  = "T03r" // its one reminder
	T04  = "T04"  // apology
	T05  = "T05"  // stayed: thank you
	T06  = "T06"  // filled cancellation letter
	T07  = "T07"  // save proposal
	T08  = "T08"  // settlement, draft or final
	T09  = "T09"  // handover delivery
	T9C  = "T09c" // the code that opens the handover, by another way than its link
	T10  = "T10"  // delay notice
	T11  = "T11"  // acceptance request
	T11R = "T11r" // its one reminder
	T12  = "T12"  // farewell
	T13  = "T13"  // courtesy letter to the successor
	T13Q = "T13q" // the one question to the successor afterwards
	T14  = "T14"  // birthday
	T15  = "T15"  // useful news, how is it going
	T16  = "T16"  // return offer
	T17  = "T17"  // welcome back
	T18  = "T18"  // source question
	T19  = "T19"  // what we changed
	T20  = "T20"  // company-initiated parting
	T21  = "T21"  // refund notice
	T22  = "T22"  // opt-out confirmation
	T23  = "T23"  // closing after a dispute
	T24  = "T24"  // the chat that the client opened is open

	I01 = "I01" // call task
	I02 = "I02" // save talk guide
	I03 = "I03" // quarterly inventory due
	I04 = "I04" // deadline alert
	I05 = "I05" // approval request
	I06 = "I06" // cooling-off checklist
	I07 = "I07" // review due
	I08 = "I08" // look-into signal
	I09 = "I09" // another task
)

// LetterKind is what the rules must know about a template.
type LetterKind struct {
	Code       string
	Kind       string // of domain §6, by which the tone guard judges
	Why        string // why such a letter is sent
	Class      Class
	AnyTime    bool    // answers what the client has just done: leaves outside the sending window too
	Bulk       bool    // carries List-Unsubscribe
	Resendable bool    // may go again under the same Message-ID when a crash left its fate open
	Owed       bool    // the client has a right to it, even when they asked to be left alone
	Repeats    bool    // a case may have several, told apart by their occasion
	Internal   bool    // to our own people
	People     bool    // about a person of ours: goes to an hr_manager, and the API shows it to nobody
	Secret     bool    // its text is shown to nobody but an admin
	NotIn      []State // states of the case in which nobody wants it any more
	vars       any     // zero value of the struct that holds its variables; nil: it has none
}

// Kinds of state in which some letters have no place.
var (
	overStates       = []State{StateCancelled, StateClosed, StateReturned, StateSaved, StateSavedConfirmed}
	notWhileListened = append([]State{StateLeaving, StateParted, StateInTouch}, overStates...)
	notOnceParted    = append([]State{StateParted, StateInTouch}, overStates...)
	notBeforeParted  = append([]State{StateReceived, StateListening, StateSaving, StateLeaving}, overStates...)
	onlySaved        = []State{StateReceived, StateListening, StateSaving, StateLeaving, StateParted, StateInTouch, StateReturned, StateClosed, StateCancelled}
	onlyReturned     = []State{StateReceived, StateListening, StateSaving, StateLeaving, StateParted, StateInTouch, StateSaved, StateSavedConfirmed, StateClosed, StateCancelled}
	mistaken         = []State{StateCancelled}
)

// LetterKinds is the one table of letters, in the order of domain §13.
var LetterKinds = []LetterKind{
	{Code: T01, Kind: "acknowledgement", Why: "the client has cancelled, and is told at once that we heard", Class: ClassService, AnyTime: true, Resendable: true, Owed: true, NotIn: overStates},
	{Code: T02, Kind: "lapse_check_in", Why: "we went quiet, and ask how things are", Class: ClassRelationship, Bulk: true, NotIn: notWhileListened, vars: LapseCheckIn{}},
	{Code: T03, Kind: "survey", Why: "one question about the reason, once per case", Class: ClassService, Bulk: true, NotIn: overStates},
	{Code: T3R, Kind: "survey_reminder", Why: "the one reminder of the question", Class: ClassService, Bulk: true, NotIn: overStates},
	{Code: T04, Kind: "apology", Why: "we made a mistake and say so", Class: ClassService, Repeats: true, NotIn: mistaken, vars: Apology{}},
	{Code: T05, Kind: "stayed", Why: "the client stays, and is thanked", Class: ClassService, AnyTime: true, NotIn: onlySaved, vars: Stayed{}},
	{Code: T06, Kind: "letter_template", Why: "the client leaves, and need not write the letter themselves", Class: ClassService, Owed: true, NotIn: notOnceParted, vars: CancellationLetter{}},
	{Code: T07, Kind: "save", Why: "the one proposal, which answers the stated reason", Class: ClassService, Bulk: true, NotIn: notWhileListened, vars: SaveProposal{}},
	{Code: T08, Kind: "settlement", Why: "the account is shown line by line", Class: ClassService, Owed: true, Repeats: true, NotIn: overStates, vars: SettlementLetter{}},
	{Code: T09, Kind: "handover_delivery", Why: "the papers are ready", Class: ClassService, Resendable: true, Owed: true, Repeats: true, NotIn: overStates, vars: HandoverDelivery{}},
	{Code: T9C, Kind: "handover_code", Why: "the code comes by another way than the link", Class: ClassService, AnyTime: true, Resendable: true, Owed: true, Repeats: true, Secret: true, NotIn: overStates, vars: HandoverCode{}},
	{Code: T10, Kind: "delay_notice", Why: "something is late, and the client is told the new date", Class: ClassService, Owed: true, Repeats: true, NotIn: notOnceParted, vars: DelayNotice{}},
	{Code: T11, Kind: "acceptance_request", Why: "somebody has to say whether everything is there", Class: ClassService, Owed: true, Repeats: true, NotIn: overStates, vars: AcceptanceRequest{}},
	{Code: T11R, Kind: "acceptance_request", Why: "the one reminder of the handover", Class: ClassService, Owed: true, Repeats: true, NotIn: overStates, vars: AcceptanceRequest{}},
	{Code: T12, Kind: "farewell", Why: "we part, and the door stays open", Class: ClassService, Bulk: true, NotIn: notBeforeParted, vars: Farewell{}},
	{Code: T13, Kind: "successor_letter", Why: "the client agreed that we help the successor", Class: ClassService, Repeats: true, NotIn: overStates, vars: SuccessorLetter{}},
	{Code: T13Q, Kind: "successor_question", Why: "the successor's 60 days are over, and one question is asked", Class: ClassService, NotIn: overStates, vars: SuccessorQuestion{}},
	{Code: T14, Kind: "birthday", Why: "a greeting and nothing else", Class: ClassRelationship, Bulk: true, Repeats: true, NotIn: notBeforeParted, vars: Birthday{}},
	{Code: T15, Kind: "news", Why: "something that may be of use", Class: ClassRelationship, Bulk: true, Repeats: true, NotIn: notBeforeParted, vars: News{}},
	{Code: T16, Kind: "return_offer", Why: "the client agreed to hear of offers", Class: ClassMarketing, Bulk: true, Repeats: true, NotIn: notBeforeParted, vars: ReturnOffer{}},
	{Code: T17, Kind: "welcome_back", Why: "the client is back", Class: ClassService, AnyTime: true, NotIn: onlyReturned, vars: WelcomeBack{}},
	{Code: T18, Kind: "source_question", Why: "the client heard something about us, and we ask from where", Class: ClassService, NotIn: overStates, vars: SourceQuestion{}},
	{Code: T19, Kind: "what_changed", Why: "what the client complained of is put right", Class: ClassRelationship, Bulk: true, Repeats: true, NotIn: notBeforeParted, vars: WhatChanged{}},
	{Code: T20, Kind: "company_parting", Why: "an approved parting by the company, in its four steps", Class: ClassService, Owed: true, NotIn: overStates, vars: CompanyParting{}},
	{Code: T21, Kind: "refund_notice", Why: "money is paid back", Class: ClassService, Owed: true, Repeats: true, NotIn: mistaken, vars: RefundNotice{}},
	{Code: T22, Kind: "opt_out_confirmation", Why: "the client does not want to be contacted this way", Class: ClassService, AnyTime: true, Owed: true, Repeats: true, NotIn: mistaken, vars: OptOutConfirmation{}},
	{Code: T23, Kind: "closing", Why: "a dispute has come to its end", Class: ClassService, Owed: true, NotIn: mistaken, vars: Closing{}},
	{Code: T24, Kind: "chat_opened", Why: "the client opened a chat with us, and is told what it is for", Class: ClassService, AnyTime: true, Repeats: true, NotIn: overStates},

	{Code: I01, Kind: internalKind, Why: "a person is asked to call", Class: ClassService, Internal: true, Owed: true, Repeats: true, NotIn: overStates, vars: CallTask{}},
	{Code: I02, Kind: internalKind, Why: "a person is asked to talk to the client", Class: ClassService, Internal: true, Owed: true, Repeats: true, NotIn: notWhileListened, vars: SaveTalk{}},
	{Code: I03, Kind: internalKind, Why: "the inventory is due", Class: ClassService, Internal: true, Owed: true, Repeats: true, vars: InventoryDue{}},
	{Code: I04, Kind: internalKind, Why: "a deadline is near", Class: ClassService, Internal: true, Owed: true, Repeats: true, NotIn: mistaken, vars: DeadlineAlert{}},
	{Code: I05, Kind: internalKind, Why: "a person has to decide", Class: ClassService, Internal: true, Owed: true, Repeats: true, NotIn: mistaken, vars: ApprovalRequest{}},
	{Code: I06, Kind: internalKind, Why: "nothing is decided in anger", Class: ClassService, Internal: true, Owed: true, Repeats: true, NotIn: mistaken, vars: CoolingOffChecklist{}},
	{Code: I07, Kind: internalKind, Why: "every loss is looked at", Class: ClassService, Internal: true, Owed: true, Repeats: true, NotIn: mistaken, vars: ReviewDue{}},
	{Code: I08, Kind: internalKind, Why: "a figure asks for a look", Class: ClassService, Internal: true, People: true, Owed: true, Repeats: true, vars: LookIntoSignal{}},
	{Code: I09, Kind: internalKind, Why: "a person is asked to do something", Class: ClassService, Internal: true, Owed: true, Repeats: true, NotIn: mistaken, vars: OtherTask{}},
}

const internalKind = "internal"

var letterKinds = func() map[string]*LetterKind {
	m := make(map[string]*LetterKind, len(LetterKinds))
	for i := range LetterKinds {
		m[LetterKinds[i].Code] = &LetterKinds[i]
	}
	return m
}()

// LetterKindOf returns what is known about a template; a template that is not
// known has the strictest treatment: nobody wants it.
func LetterKindOf(template string) (*LetterKind, bool) {
	k, ok := letterKinds[template]
	return k, ok
}

// afterParting reports whether letters of the kind go to clients who have left.
func (k *LetterKind) afterParting() bool {
	return slices.Contains(k.NotIn, StateListening) && !slices.Contains(k.NotIn, StateInTouch)
}

// mayOffer reports whether a letter of the kind may make an offer: the proposal to
// stay, and what goes to those who agreed to hear of offers (domain §9.1).
func (k *LetterKind) mayOffer() bool {
	return k.Code == T07 || k.Class == ClassMarketing || k.Internal
}

// Vars returns a pointer to an empty struct of the template's variables, or nil
// when it has none.
func (k *LetterKind) Vars() any {
	if k.vars == nil {
		return nil
	}
	return reflect.New(reflect.TypeOf(k.vars)).Interface()
}

// ReadVars decodes a letter's variables into its template's struct and returns
// the struct itself, or nil when the template has none.
func (k *LetterKind) ReadVars(raw json.RawMessage) (any, error) {
	p := k.Vars()
	if p == nil {
		return nil, nil //nolint:nilnil // no variables
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, p); err != nil {
			return nil, Invalid("the variables of letter " + k.Code + " cannot be read")
		}
	}
	return reflect.ValueOf(p).Elem().Interface(), nil
}

// Recipient is who gets a letter, when it is not the client at the e-mail
// address of the case. Email is the address on the letter's channel.
type Recipient struct{ Name, Email string }

// Letter orders one letter. Everything but Template and Due may be left empty.
type Letter struct {
	Template string
	Due      time.Time
	Vars     any        // the template's own struct, such as SaveProposal{…}; links are not part of it
	Occasion string     // tells letters of one template apart, such as a date; empty: a case has only one
	To       *Recipient // nil: the client
	Channel  Channel    // empty: e-mail
	AtOnce   bool       // answers what the client has just done: the sending window does not count
}

// letter plans one letter to the client; a case has at most one of each template.
func (c *Case) letter(acc *Account, template string, due time.Time) ordered {
	return c.order(acc, Letter{Template: template, Due: due})
}

// letterWith plans one letter to the client with the variables of its template.
func (c *Case) letterWith(acc *Account, template string, due time.Time, vars any) ordered {
	return c.order(acc, Letter{Template: template, Due: due, Vars: vars})
}

// order plans a letter about the case.
func (c *Case) order(acc *Account, l Letter) ordered {
	to := Recipient{c.Client.Name, c.Client.Email}
	if l.To != nil {
		to = *l.To
	}
	return newLetter(acc, &c.ID, c.Lang(acc), to, l)
}

func newLetter(acc *Account, caseID *uuid.UUID, lang Lang, to Recipient, l Letter) ordered {
	kind, ok := LetterKindOf(l.Template)
	if !ok || reflect.TypeOf(kind.vars) != reflect.TypeOf(l.Vars) {
		panic(fmt.Sprintf("offboarding: letter %s with variables %T", l.Template, l.Vars)) // our own code
	}
	if kind.Internal {
		lang = acc.Lang.Or(RU)
	}
	m := &Message{
		ID: NewID(), AccountID: acc.ID, Template: l.Template, Class: kind.Class, Channel: cmp.Or(l.Channel, ChannelEmail), To: to.Email, ToName: to.Name,
		From: acc.MailFrom, Lang: lang, AtOnce: l.AtOnce || kind.AnyTime, State: MessagePlanned, PlannedAt: l.Due.UTC(),
	}
	if l.Vars != nil {
		m.Vars, _ = json.Marshal(l.Vars) // our own structs of strings, numbers and lists
	}
	about := "account:" + acc.ID.String()
	if caseID != nil {
		m.CaseID, about = *caseID, caseID.String()
	}
	key := "mail:" + about + ":" + l.Template
	if l.Occasion != "" {
		key += ":" + l.Occasion
	}
	if m.Channel != ChannelEmail { // what one channel refuses may go by another
		key += ":" + string(m.Channel)
	}
	due := l.Due
	if kind.Internal && !m.AtOnce { // at night nobody of ours reads it either
		due = acc.Policy.Window.NextWorking(due, acc.Location(), acc.Calendar().Holiday)
	}
	ef := NewEffect(acc.ID, caseID, EffectMail, key, due, MailPayload{MessageID: m.ID})
	if caseID != nil {
		ef.SerialKey = "mail:" + about // one after the other: the acknowledgement is read before the survey
	}
	m.EffectID = ef.ID
	return ordered{m, ef}
}

// post stores planned letters with their effects. A letter that is planned
// already is left as it is.
func post(ctx context.Context, tx Store, letters ...ordered) error {
	for _, l := range letters {
		fresh, err := tx.AddEffect(ctx, l.effect)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		if err := tx.AddMessage(ctx, l.message); err != nil {
			return err
		}
	}
	return nil
}

// kind is what is known about the letter's template. One that this version
// does not know is wanted by nobody.
func (m *Message) kind() *LetterKind {
	if k, ok := LetterKindOf(m.Template); ok {
		return k
	}
	return &LetterKind{Code: m.Template, NotIn: States}
}

// Bulk reports whether the letter carries List-Unsubscribe: what is neither an
// answer to what the client has just done nor owed to them.
func (m *Message) Bulk() bool { return m.kind().Bulk }

// Resendable reports whether a letter whose fate a crash left open may go
// again under the same Message-ID (reliability §4.6). A second survey is an
// insult; a second acknowledgement is only a doubled envelope.
func (m *Message) Resendable() bool { return m.kind().Resendable }

// unwanted says why a letter must not be sent any more, or "".
func unwanted(m *Message, c *Case) string {
	k := m.kind()
	switch {
	case m.State == MessageSent || m.State == MessageDelivered || m.State == MessageCancelled:
		return "it is settled already"
	case slices.Contains(k.NotIn, c.State):
		return "the case is " + string(c.State)
	case c.NoContact && !k.Owed:
		return "the client asked to be left alone"
	}
	switch m.Template {
	case T03, T3R:
		switch c.Tracks.Survey {
		case SurveyAnswered, SurveyDeclined, SurveyExpired, SurveyUndeliverable:
			return "the survey is " + string(c.Tracks.Survey)
		}
	case T18:
		if c.wantsNoQuestions() {
			return "the client does not want to be asked"
		}
		if !c.Dates.TalkedAt.IsZero() && c.Dates.TalkedAt.After(m.CreatedAt) {
			return "a person has talked with the client since"
		}
	case T07:
		if c.Intent == IntentFinal {
			return "the decision is final"
		}
	}
	return ""
}
