package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding"
)

// CaseFile is a parting to be played: an account, how it began, and what
// happened to it, in order.
type CaseFile struct {
	Account *offboarding.Account
	Open    offboarding.NewCaseRequest
	Began   time.Time
	Events  []CaseFileEvent
	Plans   []*offboarding.Plan // that are not as they ship
}

// CaseFileEvent is something that a person or the client does. Exactly one of
// Action and Client is set.
type CaseFileEvent struct {
	At     time.Time
	Type   string
	Action *offboarding.Action // of the company's people
	Client string              // answer, decline, stay, proceed, comeback, unsubscribe
	Answer offboarding.Answer
	Agrees offboarding.Preference // of agree and refuse: the channel and the class
}

// The types of events that are the client's own.
const (
	ClientAnswers      = "answer"
	ClientDeclines     = "decline"
	ClientStays        = "stay"
	ClientProceeds     = "proceed"
	ClientComesBack    = "comeback"
	ClientUnsubscribes = "unsubscribe"
	ClientOpensChat    = "open_chat" // with our bot, by the link of the farewell
	ClientAgrees       = "agree"     // to a class of messages on a channel
	ClientRefuses      = "refuse"
)

var clientTypes = []string{ClientAnswers, ClientDeclines, ClientStays, ClientProceeds, ClientComesBack, ClientUnsubscribes, ClientOpensChat, ClientAgrees, ClientRefuses}

// maxCaseFile bounds the file.
const maxCaseFile = 1 << 20

// ReadCaseFile reads what GET /cases/{id} answers, with "account" and "events"
// added. Fields that it does not know are left alone: a file may come from a
// newer opendoor.
func ReadCaseFile(r io.Reader) (*CaseFile, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxCaseFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxCaseFile {
		return nil, errors.New("the case file is larger than 1 MiB")
	}
	var f struct {
		CaseResponse
		Account struct {
			Name     string      `json:"name"`
			Lang     string      `json:"lang"`
			TimeZone string      `json:"time_zone"`
			MailFrom string      `json:"mail_from"`
			Mode     string      `json:"mode"`
			Policy   *PolicyBody `json:"policy"`
		} `json:"account"`
		Events []json.RawMessage `json:"events"`
		Plans  []PlanBody        `json:"plans"` // as GET /plans answers them
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("the case file is not what GET /cases/{id} answers: %w", err)
	}
	c := f.CaseResponse
	acc := &offboarding.Account{
		ID: offboarding.NewID(), Provider: offboarding.Generic, Name: f.Account.Name, Lang: offboarding.Lang(f.Account.Lang).Or(offboarding.Lang(c.Client.Lang).Or(offboarding.RU)),
		TimeZone: f.Account.TimeZone, MailFrom: f.Account.MailFrom, Mode: offboarding.Live, Policy: offboarding.DefaultPolicy(), Status: offboarding.AccountActive,
	}
	if acc.TimeZone == "" {
		acc.TimeZone = "Europe/Moscow"
	}
	if _, err := time.LoadLocation(acc.TimeZone); err != nil {
		return nil, fmt.Errorf("account.time_zone: %w", err)
	}
	if f.Account.Mode == string(offboarding.Shadow) || f.Account.Mode == "" && c.Mode == string(offboarding.Shadow) {
		acc.Mode = offboarding.Shadow
	}
	if wrong := f.Account.Policy.apply(&acc.Policy); len(wrong) > 0 {
		return nil, fmt.Errorf("account.%s: %s", wrong[0].Field, wrong[0].Message)
	}
	file := &CaseFile{Account: acc, Began: c.Dates.ReceivedAt}
	if file.Began.IsZero() {
		return nil, errors.New("dates.received_at is missing: the day on which the parting began")
	}
	file.Open = offboarding.NewCaseRequest{
		AccountID: acc.ID, Initiator: offboarding.Initiator(c.Initiator),
		Client:      fileClient(c.Client),
		Contract:    offboarding.Contract{Number: c.Contract.Number, Title: c.Contract.Title, NoticeDays: c.Contract.NoticeDays, HandoverDays: c.Contract.HandoverDays, ServiceType: c.Contract.ServiceType},
		Responsible: offboarding.Responsible{ID: c.Responsible.ID, Name: c.Responsible.Name, Email: c.Responsible.Email},
		Reason:      c.Note, NoticeReceivedOn: c.Dates.NoticeReceivedOn, EffectiveOn: c.Dates.EffectiveOn,
	}
	if file.Open.Initiator == "" {
		file.Open.Initiator = offboarding.ByClient
	}
	for i, b := range f.Plans {
		p, err := b.plan(b.Name)
		if err != nil {
			return nil, fmt.Errorf("plans[%d]: %w", i, err)
		}
		p.Version = 0
		file.Plans = append(file.Plans, p)
	}
	file.Events = c.history()
	for i, one := range f.Events {
		e, err := caseFileEvent(one)
		if err == nil && e.At.Before(file.Began) {
			err = errors.New("at lies before dates.received_at, on which the parting began")
		}
		if err != nil {
			return nil, fmt.Errorf("events[%d]: %w", i, err)
		}
		file.Events = append(file.Events, e)
	}
	slices.SortStableFunc(file.Events, func(a, b CaseFileEvent) int { return a.At.Compare(b.At) })
	return file, nil
}

// history tells from the dates of a case what has happened to it.
func (r *CaseResponse) history() []CaseFileEvent {
	var out []CaseFileEvent
	act := func(at *time.Time, a offboarding.Action) {
		if at != nil && !at.IsZero() {
			out = append(out, CaseFileEvent{At: *at, Type: a.Name, Action: &a})
		}
	}
	began := r.Dates.ReceivedAt
	if r.NoContact {
		act(&began, offboarding.Action{Name: "stop_contact", Reason: "the file says no_contact"})
	}
	if r.Paused {
		act(&began, offboarding.Action{Name: "pause"})
	}
	switch a := r.Answer; {
	case a != nil && !a.At.IsZero():
		out = append(out, CaseFileEvent{At: a.At, Type: ClientAnswers, Client: ClientAnswers, Answer: offboarding.Answer{
			Reason: a.Reason, ServiceRelated: offboarding.ServiceRelated(a.ServiceRelated), Detail: a.Detail, NPS: a.NPS, KeepInTouch: a.KeepInTouch,
			Liked: a.Liked, Comment: a.Comment, Source: a.Source, Label: a.Label, Lang: offboarding.Lang(a.Lang), Wording: a.Wording,
		}})
	case r.Reason.Code != "" && r.Reason.Code != "other.no_answer":
		answered := began
		if r.Dates.AnsweredAt != nil {
			answered = *r.Dates.AnsweredAt
		}
		act(&answered, offboarding.Action{Name: "record_answer", Answer: offboarding.Answer{Reason: r.Reason.Code, ServiceRelated: serviceRelated(r.ServiceRelated), Source: "manager"}})
	}
	if r.Intent == string(offboarding.IntentFinal) {
		decided := began
		if r.Dates.DecidedAt != nil {
			decided = *r.Dates.DecidedAt
		}
		act(&decided, offboarding.Action{Name: "set_intent", Intent: offboarding.IntentFinal})
	}
	if r.Initiator != string(offboarding.ByCompany) {
		act(r.Dates.DecidedAt, offboarding.Action{Name: "proceed"})
	}
	act(r.Dates.SavedAt, offboarding.Action{Name: "withdraw"})
	act(r.Dates.PartedAt, offboarding.Action{Name: "part", Handover: offboarding.HandoverNotNeeded, Settlement: offboarding.SettlementNotNeeded})
	act(r.Dates.ReturnedAt, offboarding.Action{Name: "return"})
	for i := range out {
		if out[i].Action != nil {
			out[i].Action.Person = filePerson(out[i].Type)
		}
	}
	return out
}

// filePerson is who acts in a file: another person for each sort of action,
// so that four eyes are four.
func filePerson(action string) offboarding.Person {
	return offboarding.Person{ID: "file:" + action, Role: string(RoleAdmin)}
}

func serviceRelated(s string) offboarding.ServiceRelated {
	if s == string(offboarding.ServiceUnknown) {
		return ""
	}
	return offboarding.ServiceRelated(s)
}

// caseFileEvent reads {"at","type",…}: the client's own doing, or an action of
// contract §7 with its fields beside it.
func caseFileEvent(raw json.RawMessage) (CaseFileEvent, error) {
	var e struct {
		At      time.Time           `json:"at"`
		Type    string              `json:"type"`
		Channel offboarding.Channel `json:"channel"`
		Class   offboarding.Class   `json:"class"`
		ActionRequest
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return CaseFileEvent{}, err
	}
	if e.At.IsZero() {
		return CaseFileEvent{}, errors.New("at is missing")
	}
	a := e.action(e.Type)
	a.Person = filePerson(e.Type)
	if slices.Contains(clientTypes, e.Type) {
		a.Answer.Source = "survey"
		if e.Type == ClientAgrees || e.Type == ClientRefuses {
			if !slices.Contains(offboarding.ConsentChannels, e.Channel) || !slices.Contains(offboarding.ConsentClasses, e.Class) {
				return CaseFileEvent{}, errors.New("channel is email, phone, sms or telegram, and class relationship or marketing")
			}
			return CaseFileEvent{At: e.At, Type: e.Type, Client: e.Type, Agrees: offboarding.Preference{Channel: e.Channel, Class: e.Class}}, nil
		}
		return CaseFileEvent{At: e.At, Type: e.Type, Client: e.Type, Answer: a.Answer}, nil
	}
	if !slices.Contains(offboarding.ActionNames(), e.Type) {
		return CaseFileEvent{}, fmt.Errorf("type %q is none of %s", e.Type, strings.Join(append(slices.Clone(clientTypes), offboarding.ActionNames()...), ", "))
	}
	return CaseFileEvent{At: e.At, Type: e.Type, Action: &a}, nil
}

// fileClient is the client without the id in a CRM, which a file does not ask.
func fileClient(b ClientBody) offboarding.Client {
	b.ID = ""
	return b.client()
}
