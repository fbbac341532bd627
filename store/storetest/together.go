package storetest

import (
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// mails adds n letters with their effects, due now.
func (f *fixture) mails(n int) (letters []*offboarding.Message, effects []offboarding.Effect) {
	f.Helper()
	for range n {
		c := f.addCase("deal-" + f.next())
		m := &offboarding.Message{
			ID: offboarding.NewID(), AccountID: f.acc.ID, CaseID: c.ID, Template: offboarding.T01, Class: offboarding.ClassService,
			Channel: offboarding.ChannelEmail, To: "client" + f.next() + "@example.ru", Lang: offboarding.RU, State: offboarding.MessagePlanned,
		}
		ef := offboarding.NewEffect(f.acc.ID, &c.ID, offboarding.EffectMail, "mail:"+m.ID.String(), f.now, offboarding.MailPayload{MessageID: m.ID})
		m.EffectID = ef.ID
		letters, effects = append(letters, m), append(effects, ef)
	}
	f.ok(f.s.AddMessages(f.ctx, letters))
	f.ok(f.s.AddEffects(f.ctx, effects))
	return letters, effects
}

func idsOf(effects []offboarding.Effect) []uuid.UUID {
	var ids []uuid.UUID
	for _, e := range effects {
		ids = append(ids, e.ID)
	}
	return ids
}

// manyClaims: what can be claimed is, also when two of one series are among it.
func manyClaims(f *fixture) {
	_, effects := f.mails(3)
	later := offboarding.NewEffect(f.acc.ID, nil, offboarding.EffectTimer, "later", f.now.Add(time.Hour), offboarding.TimerPayload{Name: "x"})
	twins := []offboarding.Effect{
		offboarding.NewEffect(f.acc.ID, nil, offboarding.EffectTimer, "twin 1", f.now, offboarding.TimerPayload{Name: "x"}),
		offboarding.NewEffect(f.acc.ID, nil, offboarding.EffectTimer, "twin 2", f.now, offboarding.TimerPayload{Name: "x"}),
	}
	twins[0].SerialKey, twins[1].SerialKey = "series", "series"
	f.ok(f.s.AddEffects(f.ctx, append(twins, later)))
	ids := append(idsOf(effects), later.ID, twins[0].ID, twins[1].ID, offboarding.NewID())

	got := must[map[uuid.UUID]*offboarding.Effect](f)(f.s.ClaimAll(f.ctx, ids, f.now, time.Minute))
	if len(got) != 4 {
		f.Fatalf("%d claimed, want the three letters and one of the series", len(got))
	}
	for _, e := range got {
		if e.State != offboarding.EffectClaimed || e.Token != 1 {
			f.Errorf("claimed effect is %s with token %d", e.State, e.Token)
		}
	}
	if again := must[map[uuid.UUID]*offboarding.Effect](f)(f.s.ClaimAll(f.ctx, ids, f.now, time.Minute)); len(again) != 0 {
		f.Errorf("%d claimed twice", len(again))
	}
}

// manyLetters: one fence for all, and each letter obeys the stop list alone.
func manyLetters(f *fixture) {
	letters, effects := f.mails(3)
	claimed := must[map[uuid.UUID]*offboarding.Effect](f)(f.s.ClaimAll(f.ctx, idsOf(effects), f.now, time.Minute))
	stop := []byte("hash of the second address, 32 b")
	f.ok(f.s.AddSuppression(f.ctx, &offboarding.Suppression{Hash: stop, Channel: offboarding.ChannelEmail, Reason: "asked", Source: "test"}))
	stopped := must[map[string]bool](f)(f.s.SuppressedAmong(f.ctx, [][]byte{stop, []byte("another")}, offboarding.ChannelEmail))
	if !stopped[string(stop)] || len(stopped) != 1 {
		f.Errorf("stop list says %v", stopped)
	}

	var kept []offboarding.KeptLetter
	for i, m := range letters {
		m.Subject, m.Text, m.HTML, m.HeaderID, m.From = "Тема", "Текст", "<p>Текст</p>", m.ID.String()+"@example.ru", "care@example.ru"
		kept = append(kept, offboarding.KeptLetter{Message: m, Links: []*offboarding.Link{{
			AccountID: f.acc.ID, CaseID: m.CaseID, Purpose: offboarding.PurposeSurvey, Recipient: m.To,
			TokenHash: []byte{byte(i), 1, 2}, ExpiresAt: f.now.Add(time.Hour),
		}}})
	}
	f.ok(f.s.KeepLetters(f.ctx, kept))
	f.ok(f.s.KeepLetters(f.ctx, kept)) // after a crash the same is kept again
	same(f, must[*offboarding.Message](f)(f.s.Message(f.ctx, nil, letters[1].ID)), letters[1])
	must[*offboarding.Link](f)(f.s.LinkByHash(f.ctx, []byte{2, 1, 2}))

	var fenced []offboarding.Fenced
	for i, e := range effects {
		cond := offboarding.FenceConditions{SuppressedHash: []byte{byte(i)}, NotStates: []offboarding.State{offboarding.StateClosed}, Letter: true}
		if i == 1 {
			cond.SuppressedHash = stop
		}
		fenced = append(fenced, offboarding.Fenced{Effect: claimed[e.ID], Cond: cond})
	}
	opened := must[map[uuid.UUID]bool](f)(f.s.FenceAll(f.ctx, fenced))
	if !opened[effects[0].ID] || opened[effects[1].ID] || !opened[effects[2].ID] {
		f.Fatalf("the fence opened for %v", opened)
	}

	var sent []offboarding.SentLetter
	for _, i := range []int{0, 2} {
		letters[i].Allowed = &offboarding.Allowance{Basis: offboarding.BasisService, Checks: []offboarding.Asked{{What: "window", Answer: []string{"any time", "", "in it"}[i]}}}
		sent = append(sent, offboarding.SentLetter{
			Effect: claimed[effects[i].ID], Message: letters[i],
			Line: offboarding.Audit{Stream: "case:" + letters[i].CaseID.String(), Actor: offboarding.ActorSystem, Kind: "message.sent", Summary: "sent"},
		})
	}
	f.ok(f.s.LettersSent(f.ctx, sent))
	for i, want := range []offboarding.MessageState{offboarding.MessageSent, offboarding.MessagePlanned, offboarding.MessageSent} {
		m := must[*offboarding.Message](f)(f.s.Message(f.ctx, nil, letters[i].ID))
		if m.State != want || (want == offboarding.MessageSent) == m.SentAt.IsZero() {
			f.Errorf("letter %d is %s, sent at %s; want %s", i, m.State, m.SentAt, want)
		}
		same(f, m.Allowed, letters[i].Allowed)
	}
	if e := must[*offboarding.Effect](f)(f.s.Effect(f.ctx, effects[2].ID)); e.State != offboarding.EffectSent || e.Result != letters[2].HeaderID {
		f.Errorf("the effect is %s with result %q", e.State, e.Result)
	}
	f.wants(f.s.LettersSent(f.ctx, sent), offboarding.ErrStale)
	if lines := must[[]offboarding.Audit](f)(f.s.AuditOf(f.ctx, "case:"+letters[0].CaseID.String())); len(lines) != 1 {
		f.Errorf("%d lines in the audit, want 1: what failed is undone", len(lines))
	}
}

// manyDeals: everything about many deals is read, added and settled at once.
func manyDeals(f *fixture) {
	var deals []string
	var events []*offboarding.Event
	var effects []offboarding.Effect
	for range 3 {
		deal := "deal-" + f.next()
		e := f.event(offboarding.DealStageChanged, deal)
		deals, events = append(deals, deal), append(events, e)
		effects = append(effects, offboarding.InterpretEffect(e, 1, f.now))
	}
	f.ok(f.s.AddEvents(f.ctx, events))
	f.ok(f.s.AddEffects(f.ctx, effects))
	old := f.addCase(deals[0])
	f.ok(f.s.SaveSnapshots(f.ctx, []*offboarding.DealSnapshot{{AccountID: f.acc.ID, DealID: deals[0], Means: offboarding.MeansCancelled, CaseID: &old.ID, Cycle: 1, MovedAt: f.now}}))

	var cases []*offboarding.Case
	f.ok(f.s.InTx(f.ctx, func(tx offboarding.Store) error {
		known, err := tx.KnownOf(f.ctx, f.acc.ID, deals, f.now)
		f.ok(err)
		if k := known[deals[0]]; k.Snapshot == nil || k.Snapshot.Cycle != 1 || len(k.Pending) != 1 || len(k.Cases) != 1 || k.Cases[0].ID != old.ID {
			f.Errorf("known of the first deal: %+v", k)
		}
		if k := known[deals[1]]; k.Snapshot != nil || len(k.Pending) != 1 || len(k.Cases) != 0 {
			f.Errorf("known of the second deal: %+v", k)
		}
		for _, deal := range deals[1:] {
			cases = append(cases, f.newCase(deal))
		}
		if err := tx.AddCases(f.ctx, cases); err != nil {
			return err
		}
		for i, e := range events {
			e.Verdict, e.Reason, e.SettledAt = offboarding.VerdictCaseOpened, "сделка закрыта", f.now
			if i > 0 {
				e.CaseID = &cases[i-1].ID
			}
		}
		return tx.SettleEvents(f.ctx, events)
	}))
	if cases[0].No == 0 || cases[1].No == cases[0].No {
		f.Errorf("case numbers %d and %d", cases[0].No, cases[1].No)
	}
	same(f, must[*offboarding.Case](f)(f.s.Case(f.ctx, nil, cases[1].ID)), cases[1])
	found := must[map[uuid.UUID]*offboarding.Event](f)(f.s.EventsByID(f.ctx, []uuid.UUID{events[0].ID, events[2].ID, offboarding.NewID()}))
	if len(found) != 2 {
		f.Fatalf("%d events found, want 2", len(found))
	}
	same(f, found[events[2].ID], events[2])
	if both := must[map[uuid.UUID]*offboarding.Case](f)(f.s.CasesByID(f.ctx, []uuid.UUID{old.ID, cases[0].ID})); len(both) != 2 {
		f.Errorf("%d cases found, want 2", len(both))
	}
	f.wants(f.s.AddCases(f.ctx, []*offboarding.Case{f.newCase("deal-" + f.next()), f.newCase(deals[1])}), offboarding.ErrStale)

	claimed := must[map[uuid.UUID]*offboarding.Effect](f)(f.s.ClaimAll(f.ctx, idsOf(effects), f.now, time.Minute))
	var finished []offboarding.Finished
	for _, e := range claimed {
		finished = append(finished, offboarding.Finished{Effect: e, State: offboarding.EffectSent, Reason: "done"})
	}
	f.ok(f.s.FinishAll(f.ctx, finished))
	if e := must[*offboarding.Effect](f)(f.s.Effect(f.ctx, effects[1].ID)); e.State != offboarding.EffectSent || e.Reason != "done" {
		f.Errorf("the effect is %s: %q", e.State, e.Reason)
	}
	f.wants(f.s.FinishAll(f.ctx, finished), offboarding.ErrStale)
}

// traits: what cases and contracts of the account bear is found, as it was asked
// for; what those of other accounts bear is not.
func traits(f *fixture) {
	f.addCase("17") // of client 5
	f.contract("Ё-12/24")
	asked := []offboarding.Trait{
		{Of: offboarding.CaseOfClient, Name: "5"},
		{Of: offboarding.CaseOfEmail, Name: "CLIENT@example.ru"},
		{Of: offboarding.CaseOfEmail, Name: "client@example.ru"},
		{Of: offboarding.ContractNumbered, Name: " е-12/24"},
		{Of: offboarding.ContractOfDeal, Name: "17"},
		{Of: offboarding.ContractOfClient, Name: "5"},
		{Of: offboarding.ContractOfEmail, Name: "Client@Example.ru"},
		{Of: offboarding.ContractOfFirm, Name: "6"},
	}
	all := map[offboarding.Trait]bool{}
	strangers := make([]offboarding.Trait, 0, len(asked))
	for _, t := range asked {
		all[t] = true
		strangers = append(strangers, offboarding.Trait{Of: t.Of, Name: "another " + t.Name})
	}
	borne := func(account uuid.UUID, traits []offboarding.Trait) map[offboarding.Trait]bool {
		return must[map[offboarding.Trait]bool](f)(f.s.Borne(f.ctx, account, traits))
	}
	same(f, borne(f.acc.ID, append(strangers, asked...)), all)
	same(f, borne(f.acc.ID, strangers), nil)
	same(f, borne(f.acc.ID, nil), nil)
	same(f, borne(f.account("another").ID, asked), nil)
}

// streamBegins: lines of a new stream are numbered from one, whatever else is
// recorded with them; a second beginning is refused.
func streamBegins(f *fixture) {
	line := func(stream string, begins bool) offboarding.Audit {
		return offboarding.Audit{Stream: stream, At: f.now, Actor: offboarding.ActorSystem, Kind: "a", Summary: "it happened", AccountID: &f.acc.ID, Begins: begins}
	}
	f.ok(f.s.Record(f.ctx, line("account:1", false)))
	f.ok(f.s.Record(f.ctx, line("account:2", true), line("account:1", false), line("account:2", true)))
	f.ok(f.s.Record(f.ctx, line("account:2", false)))
	for stream, want := range map[string]int{"account:1": 2, "account:2": 3} {
		if n := len(must[[]offboarding.Audit](f)(f.s.AuditOf(f.ctx, stream))); n != want {
			f.Errorf("%s has %d lines, want %d", stream, n, want)
		}
	}
	same(f, must[[]string](f)(f.s.Invariants(f.ctx, f.now)), nil)
	if err := f.s.Record(f.ctx, line("account:1", true)); err == nil {
		f.Error("a stream has begun twice")
	}
}
