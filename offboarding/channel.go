package offboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// This file says on which channel a client is written to. All channels have
// one port, Mailer; who asked not to be written to on one of them is written to
// on none (domain §9.1).

// MessageChannels are the channels on which letters of a plan may go.
var MessageChannels = []Channel{ChannelEmail, ChannelTelegram, ChannelSMS}

func channelNames() string {
	names := make([]string, 0, len(MessageChannels))
	for _, ch := range MessageChannels {
		names = append(names, string(ch))
	}
	return strings.Join(names, ", ")
}

// Ways carry what does not go by e-mail, by channel. A channel that is not set
// up has none.
type Ways map[Channel]Mailer

// Channels lists the channels that are set up, in the order of MessageChannels.
func (w Ways) Channels() []Channel {
	var out []Channel
	for _, ch := range MessageChannels {
		if w[ch] != nil {
			out = append(out, ch)
		}
	}
	return out
}

// Way is where a client is reached.
type Way struct {
	Channel Channel
	Address string // e-mail address, number of a phone or of a chat
}

// order is on which channels a letter of the step tries to reach the client.
func (p *Plan) order(s Step) []Channel {
	switch {
	case s.Class == StepCall:
		return nil
	case s.Channel != "":
		return []Channel{s.Channel}
	case len(p.Channels) > 0:
		return slices.Clone(p.Channels)
	}
	return []Channel{ChannelEmail}
}

// mayBeReached reports whether one of the channels could reach the client some
// day: a chat may be opened at any time.
func (c *Case) mayBeReached(order []Channel) bool {
	return slices.ContainsFunc(order, func(ch Channel) bool {
		return ch == ChannelTelegram || ch == ChannelEmail && c.Client.Email != "" || ch == ChannelSMS && MobileNumber(c.Client.Phone) != ""
	})
}

// MobileNumber is a phone as text messages are sent to it, "+79000000000";
// empty: it is none, or no text message can arrive there. A number without its
// country's code is taken for a Russian one.
func MobileNumber(phone string) string {
	n, err := phonenumbers.Parse(phone, "RU")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return phonenumbers.Format(n, phonenumbers.E164)
	}
	return ""
}

// asksConsent reports whether the ledger must say yes before a message of the
// class goes out on the channel: to offers everywhere, and to anything but
// answers where the client did not give us the address for letters.
func asksConsent(ch Channel, class Class) bool {
	return class == ClassMarketing || class == ClassRelationship && ch != ChannelEmail
}

// addressesOf are where the client could be reached, by channel.
func addressesOf(ctx context.Context, s Inbounds, c *Case) (map[Channel]string, error) {
	out := map[Channel]string{ChannelEmail: c.Client.Email, ChannelSMS: MobileNumber(c.Client.Phone)}
	chats, err := s.ChatsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, chat := range chats { // newest first
		if out[chat.Channel] == "" {
			out[chat.Channel] = chat.Address
		}
	}
	return out, nil
}

// StopBounce is the reason of a stop which says no more than that an address
// does not work. Any other is the person's own word and counts on all channels.
const StopBounce = "bounce"

// notStopped: a word of the client against being written to on one channel
// counts on all of them.
func (r *touching) notStopped(ctx context.Context) error {
	addresses, err := addressesOf(ctx, r.tx, r.c)
	if err != nil {
		return err
	}
	for _, ch := range MessageChannels {
		if addresses[ch] == "" {
			continue
		}
		s, err := r.tx.SuppressionOf(ctx, r.keys.StopHash(ch, addresses[ch]), ch)
		if err != nil && !IsKind(err, KindNotFound) {
			return err
		}
		if err == nil && s.Reason != StopBounce {
			return never(TouchCancelled, whyStopped)
		}
	}
	return nil
}

// findWay takes the first channel of the touch's order on which the client may
// be written to now. Where none is left the touch says of each why not.
func (r *touching) findWay(ctx context.Context) error {
	addresses, err := addressesOf(ctx, r.tx, r.c)
	if err != nil {
		return err
	}
	order := r.t.order()
	why := make([]string, 0, len(order))
	for _, ch := range order {
		no, err := r.noWay(ctx, ch, addresses[ch])
		if err != nil {
			return err
		}
		if no == "" {
			r.found = Way{ch, addresses[ch]}
			return nil
		}
		if len(order) > 1 {
			no = string(ch) + ": " + no
		}
		why = append(why, no)
	}
	return never(TouchDropped, strings.Join(why, "; "))
}

// order is the touch's channels; touches of earlier versions have e-mail.
func (t *Touch) order() []Channel {
	if len(t.Channels) == 0 {
		return []Channel{ChannelEmail}
	}
	return t.Channels
}

// noWay says why the client cannot be written to on the channel, or nothing.
func (r *touching) noWay(ctx context.Context, ch Channel, address string) (string, error) {
	switch {
	case !slices.Contains(r.ways, ch):
		return "the channel is not set up", nil
	case address == "":
		return "no address of the client on this channel", nil
	}
	hash := r.keys.StopHash(ch, address)
	stopped, err := r.tx.Suppressed(ctx, hash, ch)
	switch {
	case err != nil:
		return "", err
	case stopped:
		return "the address does not work", nil
	case !asksConsent(ch, Class(r.t.Class)):
		no, err := refusedNow(ctx, r.tx, hash, ch, Class(r.t.Class))
		if no {
			return whyRefused, err
		}
		return "", err
	}
	given, err := r.tx.ConsentGiven(ctx, hash, ch, Class(r.t.Class))
	switch {
	case err != nil:
		return "", err
	case given:
		return "", nil
	case r.t.Class == StepMarketing:
		return whyConsent, nil
	}
	return whyNoWord, nil
}

// nextWay plans the touch of a message that its channel refused once more, on
// the channels behind that one. It reports whether there are any.
func nextWay(ctx context.Context, tx Store, c *Case, m *Message, why string, now time.Time) (bool, error) {
	all, err := tx.TouchesOf(ctx, c.ID)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(all, func(t *Touch) bool { return t.MessageID != nil && *t.MessageID == m.ID && t.State == TouchReleased })
	if i < 0 {
		return false, nil
	}
	t := all[i]
	rest := t.order()[slices.Index(t.order(), m.Channel)+1:]
	if len(rest) == 0 {
		return false, nil
	}
	t.State, t.Channels, t.Channel, t.MessageID, t.ReleasedAt, t.DueAt, t.Person = TouchPlanned, rest, "", nil, time.Time{}, now.UTC(), nil
	t.Reason = string(m.Channel) + ": " + why
	if err := tx.SaveTouch(ctx, t); err != nil {
		return false, err
	}
	line := c.line(ActorSystem, "touch.next_channel", fmt.Sprintf("%s did not go by %s and is tried by %s", c.touchSaid(t), m.Channel, rest[0]), nil)
	line.MessageID = &m.ID
	return true, tx.Record(ctx, line)
}

// refusedBy names who refuses a message.
var refusedBy = map[Channel]string{ChannelEmail: "the mail server", ChannelTelegram: "Telegram", ChannelSMS: "the provider of text messages"}

// gone puts an address on the stop list at which nothing arrives any more.
func (p *Postman) gone(ctx context.Context, m *Message) error {
	return p.store.AddSuppression(ctx, &Suppression{
		ID: NewID(), Hash: p.keys.StopHash(m.Channel, m.To), Channel: m.Channel, Reason: StopBounce, Source: string(m.Channel), CreatedAt: p.now().UTC(),
	})
}

// buttons are what stands under a message of a messenger: the way back, which
// only leads to its page, and the way out, which counts at once.
func (p *Postman) buttons(m *Message, c *Case) []Button {
	if m.Channel != ChannelTelegram {
		return nil
	}
	label := func(ru, en string) string { return pick(m.Lang.Or(RU), ru, en) }
	var out []Button
	switch m.Template {
	case T16:
		out = append(out, Button{Label: label("Посмотреть и решить", "Look and decide"), URL: p.link(PurposeChoice, c, m.reader(c)) + "?choice=" + string(ChoiceComeback)})
	case T24:
		out = append(out, Button{Label: label("Присылайте и предложения", "Send me offers too"), Says: ButtonOffers})
	}
	return append(out,
		Button{Label: label("Настроить письма", "Choose what to get"), URL: p.link(PurposePreferences, c, m.reader(c))},
		Button{Label: label("Больше не писать", "Do not write any more"), Says: ButtonStop})
}

// Turns say whose turn it is, so that one process of several asks a provider.
type Turns interface {
	// TakeTurn gives the turn of a name to one holder at a time, for so long by
	// the real clock; who has it may take it again before it ends.
	TakeTurn(ctx context.Context, name, holder string, last time.Duration) (bool, error)
}
