package offboarding

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
)

// InboundKind says what came in.
type InboundKind string

// The kinds of what comes in.
const (
	InboundReply     InboundKind = "reply"     // a person wrote
	InboundAuto      InboundKind = "auto"      // a machine wrote: an absence notice, a receipt (RFC 3834)
	InboundBounce    InboundKind = "bounce"    // it was not delivered (RFC 3464)
	InboundDelay     InboundKind = "delay"     // it may still be delivered
	InboundDelivered InboundKind = "delivered" // it was
	InboundComplaint InboundKind = "complaint" // it was called spam (RFC 5965)
	InboundStop      InboundKind = "stop"      // the person wants no more on this channel
)

// What only a chat tells, and no webhook.
const (
	InboundStart  InboundKind = "start"  // the client opened a chat by a link
	InboundOffers InboundKind = "offers" // the client wants offers in the chat too
)

// InboundKinds lists what a webhook may tell.
var InboundKinds = []InboundKind{InboundReply, InboundAuto, InboundBounce, InboundDelay, InboundDelivered, InboundComplaint, InboundStop}

// Arrival is something that came in, as a channel read it. Everything in it was
// written by somebody else and is believed as little as possible.
type Arrival struct {
	Channel    Channel
	Kind       InboundKind
	ProviderID string      // how the channel names it; the same at every repeat
	Token      string      // of the address it was sent to (Keys.ReturnToken); empty: none
	Refs       []uuid.UUID // our letters that it names, likeliest first
	AccountID  *uuid.UUID  // whose webhook told; nil: our own mailbox
	From       string      // address of who wrote; for a bounce: whom it did not reach
	Subject    string
	Text       string // what the person wrote, without what they quote
	Hard       bool   // of a bounce: the address does not work, and never will
	Why        string // of a bounce: in the words of the other server
}

// Inbound is what came in and what became of it.
type Inbound struct {
	ID         uuid.UUID
	AccountID  *uuid.UUID
	CaseID     *uuid.UUID
	MessageID  *uuid.UUID
	ReceivedAt time.Time
	Channel    Channel
	Kind       InboundKind
	From       string
	Subject    string
	Text       string
	Outcome    string // a sentence
	Dedup      []byte
}

// Chat is where a client can be reached by a messenger.
type Chat struct {
	Channel   Channel
	Address   string
	CaseID    uuid.UUID
	AccountID uuid.UUID
	CreatedAt time.Time
}

// InboundFilter selects what came in.
type InboundFilter struct {
	Scope  []uuid.UUID
	CaseID *uuid.UUID
	Page
}

// Inbounds keeps what came in, and the chats.
type Inbounds interface {
	// AddInbound stores what came in; false when it is known already.
	AddInbound(ctx context.Context, in *Inbound) (bool, error)
	SaveInbound(ctx context.Context, in *Inbound) error
	InboundOf(ctx context.Context, f InboundFilter) ([]*Inbound, error)
	// AddChat stores a chat; one that is known is kept.
	AddChat(ctx context.Context, c *Chat) error
	// ChatsOf lists the chats of a case, newest first.
	ChatsOf(ctx context.Context, caseID uuid.UUID) ([]*Chat, error)
	// CasesInChat lists the cases of a chat, newest first.
	CasesInChat(ctx context.Context, ch Channel, address string) ([]uuid.UUID, error)
	// CasesWithEmail lists cases of the client with the address, newest first, at most 50.
	CasesWithEmail(ctx context.Context, scope []uuid.UUID, email string) ([]*Case, error)
	// LastMessageTo returns the newest message to an address that is no e-mail address, or ErrNotFound.
	LastMessageTo(ctx context.Context, scope []uuid.UUID, ch Channel, address string) (*Message, error)
}

// Reception takes in what clients and mail servers answer.
type Reception struct {
	store Store
	keys  *Keys
	now   func() time.Time
	log   *slog.Logger
}

// NewReception returns a reception.
func NewReception(store Store, keys *Keys, now func() time.Time, log *slog.Logger) *Reception {
	return &Reception{store: store, keys: keys, now: now, log: log}
}

// maxInboundText bounds what is kept of an answer, in runes.
const maxInboundText = 20000

// Take stores what came in and does what follows, in one transaction; what was
// taken before changes nothing.
func (r *Reception) Take(ctx context.Context, a Arrival) (*Inbound, error) {
	var out *Inbound
	var err error
	for range changeTries {
		err = r.store.InTx(ctx, func(tx Store) error {
			in := &Inbound{
				ID: NewID(), AccountID: a.AccountID, ReceivedAt: r.now().UTC(), Channel: a.Channel, Kind: a.Kind, From: clip(a.From, 320), Subject: clip(a.Subject, 500),
				Text: clip(a.Text, maxInboundText), Dedup: a.dedup(),
			}
			out = in
			fresh, err := tx.AddInbound(ctx, in)
			if err != nil || !fresh {
				return err
			}
			if err := r.follow(ctx, tx, a, in); err != nil {
				return err
			}
			return tx.SaveInbound(ctx, in)
		})
		if !IsKind(err, KindStale) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("take in what a client answered: %w", err)
	}
	return out, nil
}

func clip(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}

func (a Arrival) dedup() []byte {
	h := sha256.New()
	account := ""
	if a.AccountID != nil {
		account = a.AccountID.String()
	}
	id := a.ProviderID
	if id == "" { // nothing names it, so what it says does
		id = strings.Join([]string{a.From, a.Subject, a.Text, fmt.Sprint(a.Refs), a.Token}, "\x00")
	}
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s", account, a.Channel, a.Kind, id)
	return h.Sum(nil)
}

// follow finds whose it is and does what it asks for.
func (r *Reception) follow(ctx context.Context, tx Store, a Arrival, in *Inbound) error {
	m, c, err := r.match(ctx, tx, a)
	if err != nil {
		return err
	}
	if c == nil {
		in.Outcome = "it names no letter and no client of ours"
		if a.Kind == InboundStop || a.Kind == InboundReply && WantsNoMore(a.Subject, a.Text) {
			in.Outcome = "stopped, though it names no case of ours"
			return r.suppress(ctx, tx, a.Channel, a.From, "opt-out")
		}
		return nil
	}
	acc, err := tx.Account(ctx, c.AccountID)
	if IsKind(err, KindNotFound) {
		in.Outcome = "the account is gone"
		return nil
	}
	if err != nil {
		return err
	}
	in.AccountID, in.CaseID = &c.AccountID, &c.ID
	if m != nil {
		in.MessageID = &m.ID
	}
	t := taking{r, tx, acc, c, m, a, in, r.now()}
	if t.byOurOwn() {
		in.Outcome = "it is about a letter to our own people: the client has said nothing"
		return nil
	}
	switch a.Kind {
	case InboundBounce:
		return t.bounced(ctx)
	case InboundDelivered:
		return t.delivered(ctx)
	case InboundComplaint:
		return t.stopped(ctx, "complaint", "the client complained about a letter")
	case InboundStop:
		return t.stopped(ctx, "opt-out", "the client asked not to be written to")
	case InboundReply:
		return t.replied(ctx)
	case InboundStart:
		return t.opened(ctx)
	case InboundOffers:
		return t.agreed(ctx)
	}
	in.Outcome = "a machine answered; nothing follows"
	return nil
}

// byOurOwn reports whether somebody of ours pressed or wrote something about a
// letter that never was the client's.
func (t taking) byOurOwn() bool {
	said := t.a.Kind == InboundComplaint || t.a.Kind == InboundStop || t.a.Kind == InboundReply
	return said && t.m != nil && t.m.kind().Internal
}

// match finds the letter and the case, by what only who got the letter can
// know: the address that it came from, its id, or the sender's own address.
func (r *Reception) match(ctx context.Context, tx Store, a Arrival) (*Message, *Case, error) {
	if a.Kind == InboundStart {
		c, err := r.matchStart(ctx, tx, a)
		return nil, c, err
	}
	refs := a.Refs
	if id, ok := r.keys.ProveReturn(a.Token); ok {
		refs = append([]uuid.UUID{id}, refs...)
	}
	var scope []uuid.UUID
	if a.AccountID != nil {
		scope = []uuid.UUID{*a.AccountID}
	}
	for _, id := range refs {
		m, err := tx.Message(ctx, scope, id)
		if IsKind(err, KindNotFound) || err == nil && m.CaseID == uuid.Nil {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		c, err := tx.Case(ctx, nil, m.CaseID)
		return m, c, err
	}
	if a.From == "" || a.Kind == InboundBounce || a.Kind == InboundDelivered {
		return nil, nil, nil
	}
	return r.matchSender(ctx, tx, scope, a)
}

func (r *Reception) matchSender(ctx context.Context, tx Store, scope []uuid.UUID, a Arrival) (*Message, *Case, error) {
	switch a.Channel {
	case ChannelEmail:
		cases, err := tx.CasesWithEmail(ctx, scope, a.From)
		if err != nil || len(cases) == 0 {
			return nil, nil, err
		}
		return nil, cases[0], nil
	case ChannelTelegram:
		ids, err := tx.CasesInChat(ctx, a.Channel, a.From)
		if err != nil || len(ids) == 0 {
			return nil, nil, err
		}
		c, err := tx.Case(ctx, scope, ids[0])
		return nil, c, err
	}
	m, err := tx.LastMessageTo(ctx, scope, a.Channel, a.From)
	if IsKind(err, KindNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := tx.Case(ctx, nil, m.CaseID)
	return m, c, err
}

func (r *Reception) suppress(ctx context.Context, tx Store, ch Channel, address, reason string) error {
	if address == "" {
		return nil
	}
	err := tx.AddSuppression(ctx, &Suppression{
		ID: NewID(), Hash: r.keys.StopHash(ch, address), Channel: ch, Reason: reason, Source: "inbound", CreatedAt: r.now().UTC(),
	})
	if err != nil {
		return err
	}
	if reason == "bounce" {
		return remindNoMore(ctx, tx, ch, address, "the address does not work any more")
	}
	return remindNoMore(ctx, tx, ch, address, whyStopListed)
}

// taking is one arrival about a case.
type taking struct {
	r   *Reception
	tx  Store
	acc *Account
	c   *Case
	m   *Message // nil: no letter is named
	a   Arrival
	in  *Inbound
	now time.Time
}

// line is an audit line about the arrival.
func (t taking) line(by Actor, kind, summary string) Audit {
	l := t.c.line(by, kind, summary, nil)
	if t.m != nil {
		l.MessageID = &t.m.ID
	}
	return l
}

// bounced: the letter did not arrive. An address that does not work is on the
// stop list from now on, and a person is asked to try another way.
func (t taking) bounced(ctx context.Context) error {
	t.in.Outcome = "not delivered: " + clip(t.a.Why, 300)
	if t.m == nil || t.m.State == MessageBounced {
		return nil
	}
	if err := t.settle(ctx, EffectFailed, "the provider tells that it did not arrive"); err != nil {
		return err
	}
	t.m.State, t.m.Reason = MessageBounced, t.in.Outcome
	if err := t.tx.SaveMessage(ctx, t.m); err != nil {
		return err
	}
	if err := t.tx.Record(ctx, t.line(ActorSystem, "message.bounced", t.m.Template+" was not delivered")); err != nil {
		return err
	}
	if t.a.Hard {
		if err := t.r.suppress(ctx, t.tx, t.m.Channel, t.m.To, "bounce"); err != nil {
			return err
		}
	}
	if again, err := t.anotherWay(ctx); again || err != nil {
		return err
	}
	asks := t.m.Template == T03 || t.m.Template == T3R
	if !asks && t.m.To != t.c.Client.Email || t.m.kind().Internal {
		return nil
	}
	if asks && (t.c.Tracks.Survey == SurveyScheduled || t.c.Tracks.Survey == SurveySent || t.c.Tracks.Survey == SurveyReminded) {
		t.c.Tracks.Survey = SurveyUndeliverable
	}
	if err := t.tx.AddEffects(ctx, t.c.taskEffect("undeliverable", t.now, callBy(t.acc, t.now))); err != nil {
		return err
	}
	return saveAndSync(ctx, t.tx, t.acc, t.c, t.now)
}

func (t taking) delivered(ctx context.Context) error {
	t.in.Outcome = "delivered"
	if t.m == nil || t.m.State != MessageSent && t.m.State != MessageUncertain {
		return nil
	}
	if err := t.settle(ctx, EffectSent, "the provider tells that it arrived"); err != nil {
		return err
	}
	t.m.State = MessageDelivered
	return t.tx.SaveMessage(ctx, t.m)
}

// stopped ends all contact: a stop on one channel is meant for all of them.
func (t taking) stopped(ctx context.Context, reason, why string) error {
	t.in.Outcome = why
	addresses := map[string]bool{t.a.From: t.a.Kind != InboundComplaint} // a complaint names whom it likes
	if t.m != nil {
		addresses[t.m.To] = true
	}
	for address, meant := range addresses {
		if !meant {
			continue
		}
		if err := t.r.suppress(ctx, t.tx, t.a.Channel, address, reason); err != nil {
			return err
		}
	}
	if t.a.Kind == InboundComplaint {
		if err := t.tx.Record(ctx, t.line(ActorClient, "contact.complaint", "a letter was reported as unwanted")); err != nil {
			return err
		}
	}
	if err := withdrawAll(ctx, t.tx, t.r.keys, t.c, t.c.Client.Email, Told{Lang: t.c.Lang(t.acc), Source: string(t.a.Kind)}, t.now); err != nil {
		return err
	}
	if err := t.alsoInChat(ctx, why); err != nil || t.c.NoContact {
		return err
	}
	return t.c.leaveAlone(ctx, t.tx, t.acc, why, ActorClient, t.now)
}

// replied: a person wrote. Who asks not to be written to is heard at once; else
// letters wait until somebody of ours has answered.
func (t taking) replied(ctx context.Context) error {
	if WantsNoMore(t.a.Subject, t.a.Text) {
		return t.stopped(ctx, "opt-out", "the client asked not to be written to")
	}
	t.in.Outcome = "a person is asked to answer"
	c := t.c
	c.Dates.ReactedAt = t.now.UTC()
	c.hears(t.acc, t.a.Subject, t.a.Text)
	if c.Open() {
		c.listen(t.acc, t.now, t.a.Text)
		if err := c.askSource(ctx, t.tx, t.acc, false, t.now, t.a.Text); err != nil {
			return err
		}
	}
	if err := t.tx.Record(ctx, t.line(ActorClient, "client.replied", "the client wrote to us by "+string(t.a.Channel))); err != nil {
		return err
	}
	if _, err := t.tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+T3R, "the client has written"); err != nil {
		return err
	}
	if c.State == StateParted || c.State == StateInTouch {
		t.in.Outcome = "touches wait until a person has answered"
		c.Paused = true
		if c.Tracks.WinBack == WinBackPlanned || c.Tracks.WinBack == WinBackActive {
			c.Tracks.WinBack = WinBackPaused
		}
	}
	effects := c.taskEffect("client_replied:"+t.in.ID.String(), t.now, callBy(t.acc, t.now))
	if !c.Shielded() {
		effects = append(effects, c.remark(RemarkPayload{What: RemarkReply + ":" + t.in.ID.String(), Text: clip(t.a.Text, 1000)}, t.now)...)
	}
	if err := t.tx.AddEffects(ctx, effects); err != nil {
		return err
	}
	return saveAndSync(ctx, t.tx, t.acc, c, t.now)
}

// Returns are addresses of our own to which a letter's answers and bounces
// come back; who holds one has got the letter.

// returnAlphabet survives mail servers that change the case of addresses.
var returnAlphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// ReturnAddress is the address of a letter's own at the inbox: the token stands
// behind a plus.
func ReturnAddress(inbox, token string) string {
	at := strings.LastIndexByte(inbox, '@')
	return inbox[:at] + "+" + token + inbox[at:]
}

// ReturnToken returns the part of an address by which the answer to a letter
// finds its way back.
func (k *Keys) ReturnToken(message uuid.UUID) string {
	return strings.ToLower(returnAlphabet.EncodeToString(append(message[:], mac(k.returns[0], message[:])[:8]...)))
}

// ProveReturn returns the letter of a token that is ours.
func (k *Keys) ProveReturn(token string) (uuid.UUID, bool) {
	raw, err := returnAlphabet.DecodeString(strings.ToUpper(token))
	if err != nil || len(raw) != 24 {
		return uuid.Nil, false
	}
	for _, key := range k.returns {
		if SameSecret(string(mac(key, raw[:16])[:8]), string(raw[16:])) {
			return uuid.UUID(raw[:16]), true
		}
	}
	return uuid.Nil, false
}
