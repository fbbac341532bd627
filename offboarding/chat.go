package offboarding

import (
	"context"
	"net/url"
)

// This file is about chats of a messenger. A client opens one by the link in
// the farewell or on the page of preferences; that is the consent to be written
// to there. Offers have a button, and so a consent, of their own.

// SettingTelegramBot holds the name of our bot, as the messenger told it. While
// it is not known nobody is invited.
const SettingTelegramBot = "telegram_bot"

// ChatURL is the address at which the recipient of a link opens a chat with our
// bot; empty while there is no bot.
func ChatURL(ctx context.Context, s Records, keys *Keys, l *Link) (string, error) {
	bot, err := s.Setting(ctx, SettingTelegramBot)
	if IsKind(err, KindNotFound) {
		return "", nil
	}
	return "https://t.me/" + url.PathEscape(bot) + "?start=" + keys.LinkToken(PurposeChat, l.CaseID, l.Recipient), err
}

// ChatURL is the address at which whoever visits opens a chat with our bot; empty
// when there is none, or when no letter has invited to it yet.
func (d *Desk) ChatURL(ctx context.Context, v *Visit) (string, error) {
	l, err := d.store.LinkByHash(ctx, HashToken(d.keys.LinkToken(PurposeChat, v.Case.ID, v.Link.Recipient)))
	if IsKind(err, KindNotFound) || err == nil && !d.now().Before(l.ExpiresAt) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return ChatURL(ctx, d.store, d.keys, l)
}

// ChatConsentVersion names the wording of consents given in a chat. A changed
// wording needs a new version.
const ChatConsentVersion = "chat/1"

// chatConsents are what a client agrees to in a chat, by class and language.
var chatConsents = map[Class]map[Lang]string{
	ClassRelationship: {
		RU: "Открываю чат с вашим ботом и соглашаюсь, чтобы вы писали мне сюда: поздравления и полезные новости, без рекламы. Передумать можно в любой момент словом «стоп».",
		EN: "I open a chat with your bot and agree that you write to me here: greetings and useful news, no advertising. I can change my mind at any moment with the word “stop”.",
	},
	ClassMarketing: {
		RU: "Соглашаюсь получать в этом чате и предложения вашей компании. Передумать можно в любой момент словом «стоп».",
		EN: "I agree to get offers of your company in this chat too. I can change my mind at any moment with the word “stop”.",
	},
}

// matchStart finds the case whose link opened a chat.
func (r *Reception) matchStart(ctx context.Context, tx Store, a Arrival) (*Case, error) {
	if !r.keys.ProveLink(PurposeChat, a.Token) {
		return nil, nil //nolint:nilnil // a link of somebody else
	}
	l, err := tx.LinkByHash(ctx, HashToken(a.Token))
	if IsKind(err, KindNotFound) || err == nil && (l.Purpose != PurposeChat || !r.now().Before(l.ExpiresAt)) {
		return nil, nil //nolint:nilnil // it is over
	}
	if err != nil {
		return nil, err
	}
	return tx.Case(ctx, nil, l.CaseID)
}

// opened: the client opened a chat with us by the link of the case. That is
// recorded as what it is, a consent of this channel, and answered there.
func (t taking) opened(ctx context.Context) error {
	c := t.c
	if err := t.tx.AddChat(ctx, &Chat{Channel: t.a.Channel, Address: t.a.From, CaseID: c.ID, AccountID: c.AccountID, CreatedAt: t.now.UTC()}); err != nil {
		return err
	}
	if err := t.agree(ctx, ClassRelationship); err != nil {
		return err
	}
	if err := t.tx.Record(ctx, t.line(ActorClient, "chat.opened", "the client opened a chat: "+string(t.a.Channel))); err != nil {
		return err
	}
	if c.NoContact {
		t.in.Outcome = "a chat was opened by a client who had asked to be left alone; a person decides"
		return t.tx.AddEffects(ctx, c.taskEffect("client_replied:"+t.in.ID.String(), t.now, callBy(t.acc, t.now)))
	}
	t.in.Outcome = "the client may be written to here"
	c.Dates.ReactedAt = t.now.UTC()
	letter := c.order(t.acc, Letter{Template: T24, Due: t.now, Occasion: t.in.ID.String(), Channel: t.a.Channel, To: &Recipient{c.Client.Name, t.a.From}})
	if err := post(ctx, t.tx, letter); err != nil {
		return err
	}
	return saveAndSync(ctx, t.tx, t.acc, c, t.now)
}

// agreed: the client wants offers in the chat too.
func (t taking) agreed(ctx context.Context) error {
	t.in.Outcome = "the client agreed to offers here"
	if err := t.agree(ctx, ClassMarketing); err != nil {
		return err
	}
	t.c.Dates.ReactedAt = t.now.UTC()
	return saveAndSync(ctx, t.tx, t.acc, t.c, t.now)
}

// agree adds a line to the ledger, unless it says so already.
func (t taking) agree(ctx context.Context, class Class) error {
	hash := t.r.keys.StopHash(t.a.Channel, t.a.From)
	given, err := t.tx.ConsentGiven(ctx, hash, t.a.Channel, class)
	if given || err != nil {
		return err
	}
	line := &ContactConsent{
		ID: NewID(), Person: t.a.From, Hash: hash, Channel: t.a.Channel, Class: class, Given: true, GrantedAt: t.now.UTC(), Source: string(t.a.Channel),
		Wording: chatConsents[class][t.c.Lang(t.acc).Or(RU)], WordingVersion: ChatConsentVersion, Document: "inbound:" + t.in.ID.String(),
		AccountID: &t.c.AccountID, CaseID: &t.c.ID, RecordedBy: ActorClient, CreatedAt: t.now.UTC(),
	}
	if err := t.tx.AddConsent(ctx, line); err != nil {
		return err
	}
	if _, err := t.c.heed(ctx, t.tx, t.r.keys); err != nil {
		return err
	}
	return t.tx.Record(ctx, t.line(ActorClient, "consent.recorded", "consent given for "+string(t.a.Channel)+", "+string(class)))
}

// alsoInChat leaves the other cases of a chat alone: they may be of another
// company of the same person, or of another account.
func (t taking) alsoInChat(ctx context.Context, why string) error {
	if t.a.Channel == ChannelEmail || t.a.From == "" {
		return nil
	}
	ids, err := t.tx.CasesInChat(ctx, t.a.Channel, t.a.From)
	if err != nil {
		return err
	}
	for _, id := range ids {
		other, err := t.tx.Case(ctx, nil, id)
		if err != nil || other.ID == t.c.ID || other.NoContact {
			if err != nil {
				return err
			}
			continue
		}
		acc, err := t.tx.Account(ctx, other.AccountID)
		if IsKind(err, KindNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := other.leaveAlone(ctx, t.tx, acc, why, ActorClient, t.now); err != nil {
			return err
		}
	}
	return nil
}
