package offboarding_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	od "opendoor/offboarding"
)

// life is one parting to which anything may happen.
type life struct {
	*rapid.T
	clock   time.Time
	store   *memStore
	post    *post
	desk    *od.Desk
	postman *od.Postman
	timers  *od.Timers
	id      [16]byte
	acc     *od.Account
	letters *plainLetters
	final   bool      // the client or a manager has said that it is
	promise time.Time // until then the client is on the way out
	read    int       // audit lines that were looked at
}

func newLife(t *rapid.T) *life {
	l := &life{T: t, clock: tuesday, post: &post{}, letters: &plainLetters{}}
	now := func() time.Time { return l.clock }
	l.acc = &od.Account{ID: od.NewID(), Provider: od.Generic, Name: "Ромашка", Lang: od.RU, TimeZone: "UTC", Mode: od.Live, Policy: od.DefaultPolicy()}
	l.acc.Policy.Window, l.acc.Policy.BurstPerHour = nil, nil
	l.store = newMemStore(l.acc, now)
	log, keys := slog.New(slog.DiscardHandler), od.NewKeys(master, bytes.Repeat([]byte{8}, 32))
	l.desk = od.NewDesk(l.store, keys, nil, now, log)
	l.postman = od.NewPostman(l.store, l.letters, l.post, keys, publicURL, "opendoor@example.com", now, log)
	l.timers = od.NewTimers(l.store, now)
	r := od.NewCaseRequest{
		AccountID: l.acc.ID, Initiator: rapid.SampledFrom([]od.Initiator{od.ByClient, od.ByClient, od.ByCompany, od.ByLapse}).Draw(t, "initiator"),
		Client:      od.Client{Name: "Анна", Email: rapid.SampledFrom([]string{"anna@example.com", "anna@example.com", ""}).Draw(t, "address")},
		Responsible: od.Responsible{ID: "5", Name: "Мария Образцова"},
	}
	c, err := l.desk.Open(context.Background(), nil, r, "key:office")
	if err != nil {
		t.Fatal(err)
	}
	l.id = c.ID
	l.promise = l.clock.Add(l.acc.Policy.SurveyExpires)
	if c.Dates.SurveyDueAt.After(l.clock) {
		l.promise = c.Dates.SurveyDueAt.Add(l.acc.Policy.SurveyExpires)
	}
	return l
}

func (l *life) now() *od.Case {
	c, err := l.store.Case(context.Background(), nil, l.id)
	if err != nil {
		l.Fatal(err)
	}
	return c
}

// work does what is due, as the worker would.
func (l *life) work() {
	ctx := context.Background()
	for range 300 {
		ef := l.store.due()
		if ef == nil {
			return
		}
		var err error
		if ef.Kind == od.EffectTimer {
			var p od.TimerPayload
			_ = json.Unmarshal(ef.Payload, &p)
			err = l.timers.Fire(ctx, ef, p)
		} else {
			var p od.MailPayload
			_ = json.Unmarshal(ef.Payload, &p)
			err = l.postman.Send(ctx, ef, p)
		}
		var postpone *od.Postpone
		switch {
		case err == nil:
		case errors.As(err, &postpone):
			l.store.again(ef, postpone.Until)
		case od.IsKind(err, od.KindInvalid):
			_ = l.store.Finish(ctx, ef, od.EffectFailed, err.Error(), "")
		default:
			l.store.again(ef, l.clock.Add(time.Minute))
		}
	}
	l.Fatal("the work does not end")
}

var anybody = []od.Person{requester, reviewer, approver, {ID: "k4", Name: "Мария Образцова", Role: "approver"}}

// happen lets one thing happen, whatever it is; the rules say what it means.
func (l *life) happen() {
	ctx, c := context.Background(), l.now()
	act := func(a od.Action) error {
		a.Person = rapid.SampledFrom(anybody).Draw(l.T, "who")
		_, err := l.desk.Act(ctx, nil, c.ID, 0, a, "key:x")
		return err
	}
	say := func(ch od.Choice) {
		if _, err := l.desk.Choose(ctx, c.ID, ch); err == nil {
			l.final = ch == od.ChoiceProceed
		}
	}
	day := func(n int) string { return od.AddDays(od.Day(l.clock, time.UTC), n) }
	switch rapid.IntRange(0, 23).Draw(l.T, "what") {
	case 0, 1, 2:
		l.clock = l.clock.Add(time.Duration(rapid.IntRange(1, 60).Draw(l.T, "hours")) * time.Hour)
	case 3:
		l.clock = l.clock.Add(time.Duration(rapid.IntRange(3, 70).Draw(l.T, "days")) * 24 * time.Hour)
	case 4:
		_, _ = l.desk.Answer(ctx, nil, c.ID, od.ActorClient, od.Answer{Reason: rapid.SampledFrom([]string{"price", "people", "other"}).Draw(l.T, "reason"), Source: "survey"}.Over)
	case 5:
		_, _ = l.desk.Decline(ctx, c.ID)
	case 6:
		say(od.ChoiceStay)
	case 7:
		say(od.ChoiceProceed)
	case 8:
		say(od.ChoiceComeback)
	case 9:
		in := rapid.SampledFrom([]od.Intent{od.IntentFinal, od.IntentVenting, od.IntentUndecided}).Draw(l.T, "intent")
		if act(od.Action{Name: "set_intent", Intent: in}) == nil {
			l.final = in == od.IntentFinal
		}
	case 10, 11:
		if act(offer) == nil {
			if until := l.clock.Add(l.acc.Policy.SaveWait); until.After(l.promise) {
				l.promise = until
			}
		}
	case 12:
		_ = act(od.Action{Name: "record_letter", ReceivedOn: day(-rapid.IntRange(0, 20).Draw(l.T, "ago"))})
	case 13:
		_ = act(od.Action{Name: rapid.SampledFrom([]string{"pause", "resume", "proceed", "withdraw", "return", "release_reason", "lift_hold"}).Draw(l.T, "action")})
	case 14:
		_ = act(od.Action{Name: rapid.SampledFrom([]string{"legal_hold", "stop_contact", "drop", "shorten_cooling_off"}).Draw(l.T, "action"), Reason: "x"})
	case 15, 16:
		_ = act(proposal(func(a *od.Action) {
			a.Reason = rapid.SampledFrom([]string{od.CoScopeAbuse, od.CoCapacity, od.CoLegal, "mood"}).Draw(l.T, "reason")
		}))
	case 17, 18:
		_ = act(checklistOf(func(r *od.RefusalReview) {
			r.BadDay, r.OurFault = rapid.IntRange(0, 9).Draw(l.T, "bad day") == 0, rapid.IntRange(0, 9).Draw(l.T, "our fault") == 0
			r.HistoryRead = rapid.IntRange(0, 4).Draw(l.T, "read") > 0
		}))
	case 19:
		_ = act(od.Action{Name: "approve", Text: "да"})
	case 20, 21:
		a := od.Action{Name: "part", Reason: "x"}
		if rapid.Bool().Draw(l.T, "nothing owed") {
			a.Handover, a.Settlement = od.HandoverNotNeeded, od.SettlementNotNeeded
		}
		_ = act(a)
	case 22:
		if rapid.IntRange(0, 5).Draw(l.T, "mistake") == 0 {
			_ = act(od.Action{Name: "cancel", Reason: "дубль"})
		}
	case 23:
		switch rapid.IntRange(0, 3).Draw(l.T, "outside") {
		case 0:
			l.post.fail = func(*od.Message) error { return od.Unavailable("away", nil) }
		case 1:
			l.post.fail = func(*od.Message) error { return od.Invalid("refused") }
		case 2:
			l.letters.fail = od.Invalid("blocked")
		default:
			l.post.fail, l.letters.fail = nil, nil
		}
	}
}

// hold checks what must be true at any time.
func (l *life) hold() {
	c := l.now()
	for ; l.read < len(l.store.rows.audit); l.read++ {
		line := l.store.rows.audit[l.read]
		if line.Kind != "case.moved" {
			continue
		}
		var m struct{ From, To od.State }
		_ = json.Unmarshal(line.Data, &m)
		if !slices.ContainsFunc(od.Moves, func(row od.Move) bool { return row.From == m.From && row.To == m.To }) {
			l.Fatalf("%s became %s beside the table", m.From, m.To)
		}
	}
	if !slices.Contains(od.States, c.State) {
		l.Fatalf("a state that does not exist: %q", c.State)
	}
	if c.Initiator != od.ByCompany && (c.State == od.StateListening || c.State == od.StateSaving) && !l.clock.Before(l.promise) {
		l.Fatalf("held in %s beyond %v", c.State, l.promise)
	}
	if c.State == od.StateSaving && c.Intent == od.IntentFinal {
		l.Fatalf("somebody who has decided is asked to stay")
	}
	if got := c.Tracks.Save == od.SaveOffered; got != (c.State == od.StateSaving) {
		l.Fatalf("the save is %s in %s", c.Tracks.Save, c.State)
	}
	if c.State == od.StateParted && c.Dates.ServiceEndedAt.IsZero() {
		l.Fatalf("parted from a service that goes on")
	}
	if f := c.Refusal; f != nil && f.Approval != nil {
		by := f.Approval.By
		if !by.Approves() || by.Is(f.ProposedBy) || by.Name == "Мария Образцова" || f.Review == nil || f.Review.OurFault || f.Review.BadDay {
			l.Fatalf("approved against the rules: %+v", f)
		}
	}
	sent := l.post.templates()
	for _, once := range []string{od.T01, od.T02, od.T03, od.T3R, od.T05, od.T06, od.T07, od.T12, od.T20} {
		if n := countOf(sent, once); n > 1 {
			l.Fatalf("%s went %d times", once, n)
		}
	}
	if slices.Contains(sent, od.T20) && (c.Refusal == nil || c.Refusal.Approval == nil) {
		l.Fatalf("a letter of parting without approval")
	}
	if c.Initiator == od.ByCompany && len(sent) > 0 && !slices.Contains([]string{od.T20, od.T04, od.T21}, sent[0]) {
		l.Fatalf("the first that the client hears is %s", sent[0])
	}
}

// Anything may happen in any order: no state beside the table, no letter twice,
// no second survey, no offer to who has decided, no client who is held, no
// parting by the company without its four eyes. `make model` lives 100,000.
func TestAnythingMayHappenInAnyOrder(t *testing.T) {
	few(t, 300)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(rt)
		l.post.before = func() {
			if l.final && l.now().Intent == od.IntentFinal && l.post.last == od.T07 {
				rt.Fatal("an offer leaves after the decision")
			}
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			l.happen()
			l.work()
			l.hold()
		}
	})
}
