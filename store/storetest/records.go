package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func messageLife(f *fixture) {
	c := f.addCase("")
	m, _ := f.letter(c, offboarding.T01)
	second, _ := f.letter(c, offboarding.T03)
	same(f, must[*offboarding.Message](f)(f.s.Message(f.ctx, []uuid.UUID{f.acc.ID}, m.ID)), m)
	m.Vars, m.AtOnce = json.RawMessage(`{"proposal":"меньше"}`), true
	m.Tone = &offboarding.ToneRecord{
		Verdict: "block", Findings: []offboarding.ToneFinding{{Rule: "guilt", Level: "block", Start: 3, End: 9, Text: "бросили"}}, Missing: []string{"thanks"},
		Override: &offboarding.ToneOverride{By: "key:boss", Reason: "так нужно", At: f.now},
	}
	m.State, m.SentAt, m.Text, m.Reason = offboarding.MessageSent, f.now, "Спасибо, что вы были с нами", ""
	f.ok(f.s.SaveMessage(f.ctx, m))
	same(f, must[*offboarding.Message](f)(f.s.MessageByTemplate(f.ctx, c.ID, offboarding.T01)), m)
	_, err := f.s.MessageByTemplate(f.ctx, c.ID, offboarding.T3R)
	f.wants(err, offboarding.ErrNotFound)
	_, err = f.s.Message(f.ctx, []uuid.UUID{}, m.ID)
	f.wants(err, offboarding.ErrNotFound)
	list := must[[]*offboarding.Message](f)
	same(f, list(f.s.MessagesInScope(f.ctx, offboarding.MessageFilter{CaseID: &c.ID})), []*offboarding.Message{second, m})
	same(f, list(f.s.MessagesInScope(f.ctx, offboarding.MessageFilter{State: offboarding.MessageSent})), []*offboarding.Message{m})
	same(f, list(f.s.MessagesInScope(f.ctx, offboarding.MessageFilter{Scope: []uuid.UUID{f.acc.ID}, Page: offboarding.Page{Limit: 1}})), []*offboarding.Message{second})
	second.ID = offboarding.NewID()
	f.wants(f.s.SaveMessage(f.ctx, second), offboarding.ErrNotFound)
}

func links(f *fixture) {
	l := &offboarding.Link{
		AccountID: f.acc.ID, CaseID: offboarding.NewID(), Purpose: offboarding.PurposeSurvey, Recipient: "client@example.ru",
		TokenHash: []byte("hash"), ExpiresAt: f.now.Add(time.Hour), CreatedAt: f.now,
	}
	f.ok(f.s.AddLink(f.ctx, l))
	same(f, must[*offboarding.Link](f)(f.s.LinkByHash(f.ctx, l.TokenHash)), l)
	for _, test := range []struct{ given, want time.Duration }{{2 * time.Hour, 2 * time.Hour}, {time.Minute, 2 * time.Hour}} {
		twin := *l
		twin.ID, twin.ExpiresAt = offboarding.NewID(), f.now.Add(test.given)
		f.ok(f.s.AddLink(f.ctx, &twin))
		got := must[*offboarding.Link](f)(f.s.LinkByHash(f.ctx, l.TokenHash))
		if got.ID != l.ID || !got.ExpiresAt.Equal(f.now.Add(test.want)) {
			f.Fatalf("link %s expires %s", got.ID, got.ExpiresAt)
		}
	}
	_, err := f.s.LinkByHash(f.ctx, []byte("unknown"))
	f.wants(err, offboarding.ErrNotFound)
}

func suppressions(f *fixture) {
	stop := func(reason string) *offboarding.Suppression {
		return &offboarding.Suppression{Hash: []byte("hash"), Channel: offboarding.ChannelEmail, Reason: reason, Source: "link"}
	}
	if must[bool](f)(f.s.Suppressed(f.ctx, []byte("hash"), offboarding.ChannelEmail)) {
		f.Fatal("suppressed before anybody asked for it")
	}
	f.ok(f.s.AddSuppression(f.ctx, stop("opt-out")))
	f.ok(f.s.AddSuppression(f.ctx, stop("again")))
	if !must[bool](f)(f.s.Suppressed(f.ctx, []byte("hash"), offboarding.ChannelEmail)) {
		f.Fatal("not suppressed")
	}
	if must[bool](f)(f.s.Suppressed(f.ctx, []byte("hash"), "sms")) {
		f.Fatal("suppressed on another channel")
	}
}

func auditChains(f *fixture) {
	line := func(stream, kind string) offboarding.Audit {
		return offboarding.Audit{
			Stream: stream, At: f.now, Actor: offboarding.ActorSystem, Kind: kind, Summary: "it happened",
			AccountID: &f.acc.ID, Data: json.RawMessage(`{"to": "listening", "n": 1.50}`),
		}
	}
	for _, err := range atOnce(16, func(i int) error {
		return f.s.InTx(f.ctx, func(tx offboarding.Store) error {
			streams := []string{"system", "account:1"}
			return tx.Record(f.ctx, line(streams[i%2], "a"), line(streams[(i+1)%2], "b"))
		})
	}) {
		f.ok(err)
	}
	chain := must[[]offboarding.Audit](f)(f.s.AuditOf(f.ctx, "system"))
	if len(chain) != 16 {
		f.Fatalf("%d lines, want 16", len(chain))
	}
	var before []byte
	for i, l := range chain {
		if l.Seq != int64(i+1) || string(l.PrevHash) != string(before) || len(l.Hash) != 32 || !l.At.Equal(f.now) {
			f.Fatalf("line %d has number %d and hangs on %x, want %x", i, l.Seq, l.PrevHash, before)
		}
		before = l.Hash
	}
	same(f, must[[]string](f)(f.s.Invariants(f.ctx, f.now)), nil)
	if n := len(must[[]offboarding.Audit](f)(f.s.AuditInScope(f.ctx, []uuid.UUID{f.acc.ID}, offboarding.Page{Limit: 5}))); n != 5 {
		f.Fatalf("%d lines in scope, want 5", n)
	}
	if n := len(must[[]offboarding.Audit](f)(f.s.AuditInScope(f.ctx, []uuid.UUID{offboarding.NewID()}, offboarding.Page{}))); n != 0 {
		f.Fatalf("%d lines in a foreign scope, want 0", n)
	}
}

func apiKeys(f *fixture) {
	k := &offboarding.APIKey{Name: "ci", Role: "viewer", Prefix: "od_abc", Hash: []byte("hash"), Accounts: []uuid.UUID{f.acc.ID}, CreatedAt: f.now}
	f.ok(f.s.AddAPIKey(f.ctx, k))
	all := &offboarding.APIKey{Name: "all", Role: "admin", Hash: []byte("other"), CreatedAt: f.now, ExpiresAt: f.now.Add(time.Hour)}
	f.ok(f.s.AddAPIKey(f.ctx, all))
	f.wants(f.s.AddAPIKey(f.ctx, &offboarding.APIKey{Hash: []byte("hash")}), offboarding.ErrStale)
	same(f, must[*offboarding.APIKey](f)(f.s.APIKeyByHash(f.ctx, k.Hash)), k)
	if got := must[*offboarding.APIKey](f)(f.s.APIKeyByHash(f.ctx, all.Hash)); got.Accounts != nil {
		f.Fatal("a key for all accounts came back limited") // empty would mean none
	}
	f.ok(f.s.RevokeAPIKey(f.ctx, k.ID, f.now))
	f.ok(f.s.RevokeAPIKey(f.ctx, k.ID, f.now.Add(time.Hour)))
	k.RevokedAt = f.now
	same(f, must[[]*offboarding.APIKey](f)(f.s.APIKeys(f.ctx, offboarding.Page{})), []*offboarding.APIKey{all, k})
	f.wants(f.s.RevokeAPIKey(f.ctx, offboarding.NewID(), f.now), offboarding.ErrNotFound)
	_, err := f.s.APIKeyByHash(f.ctx, []byte("unknown"))
	f.wants(err, offboarding.ErrNotFound)
}

func idempotency(f *fixture) {
	ask := func(hash string, now time.Time) (*offboarding.StoredAnswer, error) {
		return f.s.Idempotent(f.ctx, "key-1", "abc", []byte(hash), now)
	}
	claimed := 0
	for _, err := range atOnce(8, func(int) error { _, err := ask("h", f.now); return err }) {
		if err == nil {
			claimed++
		} else {
			f.wants(err, offboarding.ErrStale)
		}
	}
	if claimed != 1 {
		f.Fatalf("%d requests go ahead, want 1", claimed)
	}
	if _, err := ask("other", f.now); !offboarding.IsKind(err, offboarding.KindInvalid) {
		f.Fatalf("another request with the same key: %v", err)
	}
	answer := offboarding.StoredAnswer{Status: 201, ContentType: "application/json", Body: []byte(`{"key":"od_shown_once"}`)}
	f.ok(f.s.SaveAnswer(f.ctx, "key-1", "abc", answer))
	f.ok(f.s.DropClaim(f.ctx, "key-1", "abc")) // too late, it is answered
	got, err := ask("h", f.now.Add(time.Hour))
	f.ok(err)
	same(f, *got, answer)
	got, err = ask("other", f.now.Add(25*time.Hour)) // a day later the key is free
	f.ok(err)
	if got != nil {
		f.Fatal("an outdated answer was given")
	}
	f.ok(f.s.DropClaim(f.ctx, "key-1", "abc"))
	_, err = ask("h", f.now.Add(25*time.Hour))
	f.ok(err)
	_, err = ask("h", f.now.Add(25*time.Hour+2*time.Minute)) // whoever held it is gone
	f.ok(err)
	_, err = f.s.Idempotent(f.ctx, "key-2", "abc", []byte("h"), f.now)
	f.ok(err)
	if n := must[int](f)(f.s.DropOldAnswers(f.ctx, f.now.Add(100*time.Hour))); n != 2 {
		f.Fatalf("%d old answers dropped, want 2", n)
	}
}

func settings(f *fixture) {
	const name = offboarding.SettingSendingPaused
	_, err := f.s.Setting(f.ctx, name)
	f.wants(err, offboarding.ErrNotFound)
	for _, value := range []string{"stop", "stop at once"} {
		f.ok(f.s.SetSetting(f.ctx, name, value))
		same(f, must[string](f)(f.s.Setting(f.ctx, name)), value)
	}
	f.ok(f.s.SetSetting(f.ctx, name, ""))
	_, err = f.s.Setting(f.ctx, name)
	f.wants(err, offboarding.ErrNotFound)
}

func transactions(f *fixture) {
	boom := errors.New("boom")
	err := f.s.InTx(f.ctx, func(tx offboarding.Store) error {
		f.ok(tx.SetSetting(f.ctx, "a", "1"))
		return tx.InTx(f.ctx, func(inner offboarding.Store) error { // joins
			f.ok(inner.SetSetting(f.ctx, "b", "1"))
			return fmt.Errorf("fn: %w", boom)
		})
	})
	f.wants(err, boom)
	func() {
		defer func() {
			if recover() == nil {
				f.Fatal("the panic was swallowed")
			}
		}()
		_ = f.s.InTx(f.ctx, func(tx offboarding.Store) error {
			f.ok(tx.SetSetting(f.ctx, "c", "1"))
			panic("bug")
		})
	}()
	for _, name := range []string{"a", "b", "c"} {
		_, err := f.s.Setting(f.ctx, name)
		f.wants(err, offboarding.ErrNotFound)
	}
	// Read, add one, write: nobody's one is lost.
	c := f.addCase("17")
	for _, err := range atOnce(8, func(int) error {
		for {
			err := f.s.InTx(f.ctx, func(tx offboarding.Store) error {
				got, err := tx.Case(f.ctx, nil, c.ID)
				if err != nil {
					return err
				}
				got.Contract.NoticeDays++
				return tx.SaveCase(f.ctx, got)
			})
			if !errors.Is(err, offboarding.ErrStale) {
				return err
			}
		}
	}) {
		f.ok(err)
	}
	if got := must[*offboarding.Case](f)(f.s.Case(f.ctx, nil, c.ID)); got.Contract.NoticeDays != c.Contract.NoticeDays+8 {
		f.Fatalf("%d days, want %d", got.Contract.NoticeDays, c.Contract.NoticeDays+8)
	}
}

func invariants(f *fixture) {
	c := f.newCase("17")
	data := json.RawMessage(`{"from":"received","to":"listening"}`)
	f.ok(f.s.InTx(f.ctx, func(tx offboarding.Store) error {
		if err := tx.AddCase(f.ctx, c); err != nil {
			return err
		}
		return tx.Record(f.ctx, offboarding.Audit{Stream: "case:" + c.ID.String(), Kind: "case.moved", CaseID: &c.ID, Data: data})
	}))
	_, e := f.letter(c, offboarding.T01)
	f.addDeliveries(f.delivery("fresh"))
	same(f, must[[]string](f)(f.s.Invariants(f.ctx, f.now)), nil)

	c.State = offboarding.StateParted // and nobody writes it down
	f.ok(f.s.SaveCase(f.ctx, c))
	f.claim(e, -2*time.Minute)
	event := f.event(offboarding.DealUpdated, "17")
	f.ok(f.s.AddEvents(f.ctx, []*offboarding.Event{event}))
	broken := strings.Join(must[[]string](f)(f.s.Invariants(f.ctx, f.now.Add(time.Hour))), "\n")
	for _, want := range []string{"I2: delivery", "I2: event " + event.ID.String(), "I6: the state of case " + c.ID.String(), "I8: effect " + e.ID.String()} {
		if !strings.Contains(broken, want) {
			f.Errorf("%q is missing in:\n%s", want, broken)
		}
	}
}

func writable(f *fixture) {
	f.ok(f.s.Writable(f.ctx))
	f.ok(f.s.Writable(f.ctx))
	before := must[time.Time](f)(f.s.Now(f.ctx))
	if after := must[time.Time](f)(f.s.Now(f.ctx)); after.Before(before) {
		f.Fatalf("%s is before %s", after, before)
	}
	f.ok(f.s.Close())
	if err := f.s.Writable(f.ctx); !offboarding.IsKind(err, offboarding.KindUnavailable) {
		f.Fatalf("a closed database: %v", err)
	}
}

func letterTexts(f *fixture) {
	_, err := f.s.LetterText(f.ctx, offboarding.T12, offboarding.RU, 0)
	f.wants(err, offboarding.ErrNotFound)
	var kept []*offboarding.LetterText
	for version := 2; version <= 3; version++ {
		t := &offboarding.LetterText{
			Code: offboarding.T12, Lang: offboarding.RU, Version: version, Subject: fmt.Sprint("Версия ", version), Text: "{{.Hello}}", HTML: "<p>x</p>",
			Accepted: []string{"fake_cheer"}, By: "key:office", CreatedAt: f.now,
		}
		f.ok(f.s.AddLetterText(f.ctx, t))
		kept = append(kept, t)
	}
	text := must[*offboarding.LetterText](f)
	same(f, text(f.s.LetterText(f.ctx, offboarding.T12, offboarding.RU, 0)), kept[1])
	same(f, text(f.s.LetterText(f.ctx, offboarding.T12, offboarding.RU, 2)), kept[0])
	_, err = f.s.LetterText(f.ctx, offboarding.T12, offboarding.EN, 0)
	f.wants(err, offboarding.ErrNotFound)
	f.wants(f.s.AddLetterText(f.ctx, &offboarding.LetterText{Code: offboarding.T12, Lang: offboarding.RU, Version: 3}), offboarding.ErrStale)
	same(f, must[[]*offboarding.LetterText](f)(f.s.LetterTexts(f.ctx)), kept[1:])
}
