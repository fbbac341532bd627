package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// raw is everything that figures are counted from, as the store hands it out.
type raw struct {
	cases     []*offboarding.Case
	handovers map[uuid.UUID]*offboarding.Handover
	accounts  map[uuid.UUID]*offboarding.Settlement
	reviews   map[uuid.UUID]*offboarding.Review
	touches   map[uuid.UUID][]*offboarding.Touch
	letters   map[uuid.UUID][]*offboarding.Message
	consents  map[uuid.UUID]bool
	contested map[uuid.UUID]bool
	markless  map[uuid.UUID]bool // the client was not shown the question about a mark
	contracts []*offboarding.ContractRecord
	now       time.Time
}

// past makes n partings that began over two years, of all kinds, with what
// belongs to them.
func (f *fixture) past(n int, r *rand.Rand) {
	f.Helper()
	f.markless = map[uuid.UUID]bool{}
	maybe := func(p float64) bool { return r.Float64() < p }
	day := func(t time.Time, d int) time.Time { return t.AddDate(0, 0, d) }
	people := []offboarding.Responsibility{{ID: "1", Name: "Анна Образцова"}, {ID: "2", Name: "Борис Примеров"}, {ID: "3", Name: "Вера Тестова"}}
	var contracts []*offboarding.ContractRecord
	for i := range n / 2 {
		first, second := people[i%3], people[(i+1)%3]
		first.From, first.To, second.From = "2024-01-10", fmt.Sprintf("2026-%02d-10", 1+i%9), fmt.Sprintf("2026-%02d-11", 1+i%9)
		k := &offboarding.ContractRecord{ID: offboarding.NewID(), AccountID: f.acc.ID, Number: fmt.Sprintf("К-%d", i), ServiceType: "accounting", StartedOn: "2024-01-10", Responsibles: []offboarding.Responsibility{first, second}, CreatedAt: f.now}
		if maybe(.2) {
			k.EndedOn = "2026-08-01"
		}
		f.ok(f.s.AddContract(f.ctx, k))
		contracts = append(contracts, k)
	}
	var earlier []*offboarding.Case
	for i := range n {
		began := f.now.Add(-time.Duration(r.IntN(700*24*3600)) * time.Second)
		c := f.newCase(fmt.Sprintf("deal-%d", i))
		c.Answer, c.RelapseOf, c.Reason, c.Cause, c.ServiceRelated = nil, nil, offboarding.StatedReason{}, "", ""
		c.Client = offboarding.Client{ID: fmt.Sprint(r.IntN(n)), Name: "Клиент", Email: fmt.Sprintf("client%d@example.ru", r.IntN(n))}
		c.Initiator = []offboarding.Initiator{offboarding.ByClient, offboarding.ByClient, offboarding.ByClient, offboarding.ByLapse, offboarding.ByCompany}[r.IntN(5)]
		c.CreatedAt, c.Dates = began, offboarding.Dates{ReceivedAt: began, CallBy: day(began, 1)}
		if maybe(.7) {
			c.Reason = offboarding.StatedReason{Code: []string{"price.cheaper", "price", "contact.slow", "people.rude", "need.done", "other.no_answer", "co.values"}[r.IntN(7)], Source: "survey"}
			c.Cause = []string{"none", "silence", "destroyer", ""}[r.IntN(4)]
			c.ServiceRelated = []offboarding.ServiceRelated{offboarding.ServiceYes, offboarding.ServiceNo, ""}[r.IntN(3)]
		}
		if maybe(.5) {
			c.Answer = &offboarding.Answer{Reason: c.Reason.Code, Source: []string{"survey", "survey", "manager"}[r.IntN(3)], At: day(began, 1)}
			if maybe(.7) {
				nps := r.IntN(11)
				c.Answer.NPS = &nps
			}
			if maybe(.6) {
				c.Answer.ServiceRelated = offboarding.ServiceNo
			}
			if maybe(.4) { // a wording that leaves the mark out
				f.ok(f.s.NoteQuestions(f.ctx, c, []offboarding.SurveyQuestion{
					{Question: "reason", Answered: true}, {Question: "service_related", Answered: c.Answer.ServiceRelated != ""}, {Question: "comment"},
				}))
				f.markless[c.ID] = true
			}
		}
		if maybe(.4) {
			c.Dates.TalkedAt, c.Dates.TalkedAfter = began.Add(time.Duration(r.IntN(72))*time.Hour), r.IntN(2000)
		}
		if maybe(.3) {
			c.Offer = &offboarding.SaveOffer{Proposal: "x", At: day(began, 2)}
		}
		parted := false
		switch r.IntN(8) {
		case 0:
			c.State, c.Dates.SavedAt = offboarding.StateSavedConfirmed, day(began, 3)
		case 1:
			c.State, c.Dates.SavedAt, c.Dates.DecidedAt = offboarding.StateSaved, day(began, 9), day(began, 3)
		case 2:
			c.State, c.Dates.ClosedAt = offboarding.StateCancelled, day(began, 1)
		case 3:
			c.State, c.Dates.DecidedAt = offboarding.StateLeaving, day(began, 4)
		default:
			c.State, c.Dates.DecidedAt, c.Dates.PartedAt, parted = offboarding.StateParted, day(began, 4), day(began, 4+r.IntN(60)), true
			if maybe(.3) {
				c.State, c.Dates.ReturnedAt = offboarding.StateReturned, day(c.Dates.PartedAt, r.IntN(400))
			}
		}
		if len(earlier) > 0 && maybe(.1) {
			c.RelapseOf = &earlier[r.IntN(len(earlier))].ID
		}
		if !c.Dates.DecidedAt.IsZero() {
			c.Dates.NoticeReceivedOn = began.UTC().Format(time.DateOnly)
			if maybe(.6) {
				k := contracts[r.IntN(len(contracts))]
				c.Contract.RecordID = &k.ID
			}
		}
		c.Tracks.Handover = []offboarding.HandoverTrack{offboarding.HandoverNotNeeded, offboarding.HandoverAccepted, offboarding.HandoverAccepted, offboarding.HandoverDisputed, offboarding.HandoverCollecting}[r.IntN(5)]
		c.BadTerms = maybe(.1)
		if maybe(.2) {
			c.Delay = &offboarding.Delay{NewDate: began.AddDate(0, 0, 25+r.IntN(10)).UTC().Format(time.DateOnly), Handover: maybe(.7)}
		}
		f.ok(f.s.AddCase(f.ctx, c))
		earlier = append(earlier, c)
		if maybe(.7) {
			m, _ := f.letter(c, offboarding.T03)
			m.State, m.SentAt = offboarding.MessageSent, began
			if maybe(.3) {
				m.Tone = &offboarding.ToneRecord{Verdict: []string{"pass", "warn", "block"}[r.IntN(3)], Findings: []offboarding.ToneFinding{{Rule: "guilt"}, {Rule: "fake_cheer"}}}
				if maybe(.4) {
					m.Tone.Override = &offboarding.ToneOverride{By: "key:boss", Reason: "x", At: began}
				}
			}
			if maybe(.1) {
				m.State = offboarding.MessageBounced
			}
			f.ok(f.s.SaveMessage(f.ctx, m))
		}
		if maybe(.2) {
			f.ok(f.s.Record(f.ctx, offboarding.Audit{Stream: "case:" + c.ID.String(), Kind: "settlement.contested", CaseID: &c.ID, AccountID: &c.AccountID}))
		}
		if maybe(.3) {
			f.ok(f.s.AddConsent(f.ctx, &offboarding.ContactConsent{ID: offboarding.NewID(), Hash: []byte{byte(i)}, Person: "x", Channel: "email", Class: "marketing", Given: maybe(.8), GrantedAt: began, CaseID: &c.ID, AccountID: &c.AccountID, CreatedAt: began}))
		}
		if maybe(.1) { // told without naming a parting
			f.ok(f.s.AddConsent(f.ctx, &offboarding.ContactConsent{ID: offboarding.NewID(), Hash: []byte{byte(i)}, Person: strings.ToUpper(c.Client.Email), Channel: "email", Class: "marketing", Given: maybe(.8), GrantedAt: began, CreatedAt: began}))
		}
		if maybe(.6) {
			h := &offboarding.Handover{CaseID: c.ID, AccountID: c.AccountID, DueOn: began.AddDate(0, 0, 20).UTC().Format(time.DateOnly)}
			if maybe(.2) {
				h.DueOn = ""
			}
			if c.Tracks.Handover == offboarding.HandoverAccepted {
				h.Acceptance = &offboarding.Acceptance{At: day(began, r.IntN(40)), Way: "portal"}
			}
			if maybe(.4) {
				h.Questions = []*offboarding.Question{{ID: offboarding.NewID(), Text: "x", At: began, AnswerBy: day(began, 2)}, {ID: offboarding.NewID(), Text: "y", At: began, AnswerBy: day(began, 2), AnsweredAt: day(began, 1+r.IntN(3))}}
			}
			if maybe(.2) {
				h.DelayTold = began.AddDate(0, 0, 30).UTC().Format(time.DateOnly)
			}
			f.ok(f.s.SaveHandover(f.ctx, h))
		}
		if maybe(.3) {
			s := &offboarding.Settlement{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID}
			if maybe(.8) {
				s.SentAt = day(began, 10)
			}
			if maybe(.3) {
				s.Surprised = maybe(.3)
				s.Warned = []offboarding.SettlementWarning{{Code: []string{offboarding.WarnSurprise, offboarding.WarnLateClaim}[r.IntN(2)]}}
			}
			f.ok(f.s.SaveSettlement(f.ctx, s))
		}
		if parted && maybe(.8) {
			v := &offboarding.Review{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, Status: offboarding.ReviewPending, DueOn: c.Dates.PartedAt.AddDate(0, 0, 14).UTC().Format(time.DateOnly)}
			if maybe(.6) {
				v.Status, v.DoneAt, v.Reason = offboarding.ReviewDone, day(c.Dates.PartedAt, r.IntN(30)), c.Reason.Code
				m := offboarding.Corrective{ID: offboarding.NewID(), Kind: "fix", What: "x", Owner: "y", DueOn: day(c.Dates.PartedAt, 30).Format(time.DateOnly)}
				if maybe(.7) {
					m.DoneOn = day(c.Dates.PartedAt, r.IntN(60)).Format(time.DateOnly)
				}
				v.Measures = []offboarding.Corrective{m}
			}
			f.ok(f.s.SaveReview(f.ctx, v))
		}
		if parted && maybe(.8) {
			t := []*offboarding.Touch{
				{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: day(c.Dates.PartedAt, 30), State: []offboarding.TouchState{offboarding.TouchReleased, offboarding.TouchCancelled}[r.IntN(2)], Class: offboarding.StepRelationship, Template: "T15", Plan: "warm"},
				{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: day(c.Dates.PartedAt, 90), State: offboarding.TouchDropped, Class: offboarding.StepMarketing, Template: "T16", Plan: "warm"},
			}
			f.ok(f.s.AddTouches(f.ctx, t[:1+r.IntN(2)]))
		}
	}
}

// exported reads everything back.
func (f *fixture) exported() *raw {
	f.Helper()
	x := &raw{
		handovers: map[uuid.UUID]*offboarding.Handover{}, accounts: map[uuid.UUID]*offboarding.Settlement{}, reviews: map[uuid.UUID]*offboarding.Review{},
		touches: map[uuid.UUID][]*offboarding.Touch{}, letters: map[uuid.UUID][]*offboarding.Message{}, consents: map[uuid.UUID]bool{}, contested: map[uuid.UUID]bool{}, markless: f.markless, now: f.now,
	}
	x.cases = must[[]*offboarding.Case](f)(f.s.CasesInScope(f.ctx, offboarding.CaseFilter{Page: offboarding.Page{Limit: 10_000}}))
	x.contracts = must[[]*offboarding.ContractRecord](f)(f.s.ContractsInScope(f.ctx, offboarding.ContractFilter{Page: offboarding.Page{Limit: 10_000}}))
	for _, c := range x.cases {
		if h, err := f.s.Handover(f.ctx, c.ID); err == nil {
			x.handovers[c.ID] = h
		}
		if s, err := f.s.SettlementOf(f.ctx, c.ID); err == nil {
			x.accounts[c.ID] = s
		}
		if v, err := f.s.ReviewOf(f.ctx, c.ID); err == nil {
			x.reviews[c.ID] = v
		}
		x.touches[c.ID] = must[[]*offboarding.Touch](f)(f.s.TouchesOf(f.ctx, c.ID))
		x.letters[c.ID] = must[[]*offboarding.Message](f)(f.s.MessagesInScope(f.ctx, offboarding.MessageFilter{CaseID: &c.ID, Page: offboarding.Page{Limit: 100}}))
		for _, l := range must[[]offboarding.Audit](f)(f.s.AuditOf(f.ctx, "case:"+c.ID.String())) {
			x.contested[c.ID] = x.contested[c.ID] || l.Kind == "settlement.contested"
		}
	}
	for _, l := range must[[]*offboarding.ContactConsent](f)(f.s.ConsentLines(f.ctx, nil, offboarding.Page{Limit: 10_000})) {
		for _, c := range x.cases {
			if l.Given && (l.CaseID != nil && *l.CaseID == c.ID || strings.EqualFold(l.Person, c.Client.Email)) {
				x.consents[c.ID] = true
			}
		}
	}
	return x
}

func utcDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func gap(from, to string) int {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, to)
	return int(b.Sub(a).Hours() / 24)
}
