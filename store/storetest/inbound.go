package storetest

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// inbound: the same thing told twice is known, and what a case got is found.
func inbound(f *fixture) {
	c := f.addCase("deal-" + f.next())
	in := &offboarding.Inbound{
		ID: offboarding.NewID(), ReceivedAt: f.now, Channel: offboarding.ChannelEmail, Kind: offboarding.InboundReply, From: "client@example.ru",
		Subject: "Re:", Text: "Спасибо", Dedup: []byte("one"),
	}
	if !must[bool](f)(f.s.AddInbound(f.ctx, in)) {
		f.Error("what is new is taken for known")
	}
	twin := *in
	twin.ID = offboarding.NewID()
	if must[bool](f)(f.s.AddInbound(f.ctx, &twin)) {
		f.Error("the same is taken twice")
	}
	in.AccountID, in.CaseID, in.Outcome = &c.AccountID, &c.ID, "a person answers"
	f.ok(f.s.SaveInbound(f.ctx, in))
	got := must[[]*offboarding.Inbound](f)(f.s.InboundOf(f.ctx, offboarding.InboundFilter{Scope: []uuid.UUID{c.AccountID}, CaseID: &c.ID, Page: offboarding.Page{Limit: 5}}))
	if len(got) != 1 {
		f.Fatalf("%d rows, want 1", len(got))
	}
	same(f, got[0], in)
	if got := must[[]*offboarding.Inbound](f)(f.s.InboundOf(f.ctx, offboarding.InboundFilter{Scope: []uuid.UUID{offboarding.NewID()}, Page: offboarding.Page{Limit: 5}})); len(got) != 0 {
		f.Error("another account sees it")
	}
}

// chats: a client is found by the chat and the chat by the case, and letters to
// other channels by their address.
func chats(f *fixture) {
	c := f.addCase("deal-" + f.next())
	chat := &offboarding.Chat{Channel: offboarding.ChannelTelegram, Address: "700", CaseID: c.ID, AccountID: c.AccountID, CreatedAt: f.now}
	f.ok(f.s.AddChat(f.ctx, chat))
	f.ok(f.s.AddChat(f.ctx, chat))
	same(f, must[[]*offboarding.Chat](f)(f.s.ChatsOf(f.ctx, c.ID)), []*offboarding.Chat{chat})
	same(f, must[[]uuid.UUID](f)(f.s.CasesInChat(f.ctx, offboarding.ChannelTelegram, "700")), []uuid.UUID{c.ID})

	m, _ := f.letter(c, offboarding.T15)
	_, err := f.s.LastMessageTo(f.ctx, nil, offboarding.ChannelSMS, m.To)
	f.wants(err, offboarding.ErrNotFound)
	m.Channel, m.To = offboarding.ChannelSMS, "+79000000001"
	f.ok(f.s.SaveMessage(f.ctx, m))
	if got := must[*offboarding.Message](f)(f.s.LastMessageTo(f.ctx, []uuid.UUID{c.AccountID}, offboarding.ChannelSMS, m.To)); got.ID != m.ID {
		f.Error("the message is not found by its number")
	}
	m.State, m.SentAt = offboarding.MessageSent, f.now
	f.ok(f.s.SaveMessage(f.ctx, m))
	wait := func(since time.Time) []offboarding.Outstanding {
		return slices.DeleteFunc(must[[]offboarding.Outstanding](f)(f.s.Outstanding(f.ctx, offboarding.ChannelSMS, since, 1000)),
			func(o offboarding.Outstanding) bool { return o.MessageID != m.ID })
	}
	if got := wait(time.Time{}); len(got) != 1 || got[0].To != m.To || got[0].EffectID != m.EffectID {
		f.Errorf("waits for a report: %+v", got)
	}
	if got := wait(f.now.AddDate(50, 0, 0)); len(got) != 0 {
		f.Error("what is too old is asked about")
	}
	m.State = offboarding.MessageDelivered
	f.ok(f.s.SaveMessage(f.ctx, m))
	if got := wait(time.Time{}); len(got) != 0 {
		f.Error("what has arrived is asked about")
	}
	found := must[[]*offboarding.Case](f)(f.s.CasesWithEmail(f.ctx, nil, c.Client.Email))
	if len(found) == 0 || found[0].ID != c.ID {
		f.Errorf("%d cases by the address", len(found))
	}
}

// turns: one holder at a time has the turn of a name, and may keep it.
func turns(f *fixture) {
	take := func(name, holder string, last time.Duration) bool {
		return must[bool](f)(f.s.TakeTurn(f.ctx, name, holder, last))
	}
	name := "listen:" + f.next()
	if !take(name, "one", time.Hour) {
		f.Error("the first does not get the turn")
	}
	if !take(name, "one", time.Hour) {
		f.Error("the first does not keep the turn")
	}
	if take(name, "two", time.Hour) {
		f.Error("two have the turn")
	}
	if !take(name+" of another", "two", time.Hour) {
		f.Error("another turn is taken, too")
	}
	if !take(name, "one", -time.Second) || !take(name, "two", time.Hour) || take(name, "one", time.Hour) {
		f.Error("a turn that is over is not taken over")
	}
}
