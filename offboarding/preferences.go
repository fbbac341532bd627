package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Preference is what a client has said about one class of letters on one
// channel, as the ledger has it.
type Preference struct {
	Channel Channel
	Class   Class
	Person  string    // address or number of the client there
	Said    bool      // there is a line about it
	Given   bool      // and the newest says yes
	Since   time.Time // of that line
}

// Allowed reports whether we may write now: what nobody spoke of is allowed to
// the relationship and never to offers (domain §9.1).
func (p Preference) Allowed() bool {
	if !p.Said {
		return p.Class == ClassRelationship
	}
	return p.Given
}

// Code names the preference in a form: "email/marketing".
func (p Preference) Code() string { return string(p.Channel) + "/" + string(p.Class) }

// ConsentClasses are the classes of letters that a client decides about; what is
// owed is not among them.
var ConsentClasses = []Class{ClassRelationship, ClassMarketing}

// Told says where and how somebody spoke, for the line of the ledger.
type Told struct {
	Lang   Lang
	Source string // preferences, one-click, reply …
	IP     string // from which the page was used; empty: not over the web
}

// PreferencesVersion names the present words of PreferenceWords. A record of
// consent keeps it; changed words get a new version.
const PreferencesVersion = "preferences/1"

var preferenceWords = map[string]map[Lang]string{
	"email/relationship":    {RU: "Можно изредка писать мне на почту: поздравления и полезные заметки, без предложений.", EN: "You may write to me now and then by e-mail: greetings and useful notes, no offers."},
	"email/marketing":       {RU: "Можно присылать мне на почту новости и предложения.", EN: "You may send me news and offers by e-mail."},
	"phone/relationship":    {RU: "Можно изредка звонить мне: узнать, как дела, без предложений.", EN: "You may call me now and then to ask how things are, no offers."},
	"phone/marketing":       {RU: "Можно звонить мне с новостями и предложениями.", EN: "You may call me with news and offers."},
	"sms/relationship":      {RU: "Можно изредка присылать мне СМС: поздравления и короткие заметки, без предложений.", EN: "You may text me now and then: greetings and short notes, no offers."},
	"sms/marketing":         {RU: "Можно присылать мне новости и предложения по СМС.", EN: "You may text me news and offers."},
	"telegram/relationship": {RU: "Можно изредка писать мне в Telegram: поздравления и полезные заметки, без предложений.", EN: "You may write to me now and then in Telegram: greetings and useful notes, no offers."},
	"telegram/marketing":    {RU: "Можно присылать мне в Telegram новости и предложения.", EN: "You may send me news and offers in Telegram."},
}

// PreferenceWords is what a client agrees to by ticking a preference, word for word.
func PreferenceWords(p Preference, l Lang) string { return preferenceWords[p.Code()][l.Or(RU)] }

// places are the channels that exist for a client, each with the address there.
// Who holds a link that was sent to another address than the case's speaks for
// that address alone.
func places(ctx context.Context, s Store, c *Case, recipient string) ([]Preference, error) {
	var out []Preference
	if recipient != "" {
		out = append(out, Preference{Channel: ChannelEmail, Person: recipient})
	}
	if !strings.EqualFold(strings.TrimSpace(recipient), strings.TrimSpace(c.Client.Email)) {
		return out, nil
	}
	if c.Client.Phone != "" {
		out = append(out, Preference{Channel: ChannelPhone, Person: c.Client.Phone}, Preference{Channel: ChannelSMS, Person: c.Client.Phone})
	}
	chats, err := s.ChatsOf(ctx, c.ID)
	for _, chat := range chats {
		if !slices.ContainsFunc(out, func(p Preference) bool { return p.Channel == chat.Channel }) {
			out = append(out, Preference{Channel: chat.Channel, Person: chat.Address})
		}
	}
	return out, err
}

// preferences are what the ledger says about every channel and class of a client.
func preferences(ctx context.Context, s Store, keys *Keys, c *Case, recipient string) ([]Preference, error) {
	at, err := places(ctx, s, c, recipient)
	if err != nil {
		return nil, err
	}
	var out []Preference
	for _, p := range at {
		for _, p.Class = range ConsentClasses {
			p := p
			line, err := s.NewestConsent(ctx, keys.StopHash(p.Channel, p.Person), p.Channel, p.Class)
			if err != nil && !IsKind(err, KindNotFound) {
				return nil, err
			}
			if err == nil {
				p.Said, p.Given, p.Since = true, line.Given, line.GrantedAt
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// Preferences answers what whoever holds the link has allowed, and whether all
// letters to them are stopped. It changes nothing.
func (d *Desk) Preferences(ctx context.Context, v *Visit) (all []Preference, stopped bool, err error) {
	if stopped, err = d.store.Suppressed(ctx, d.keys.StopHash(ChannelEmail, v.Link.Recipient), ChannelEmail); err != nil {
		return nil, false, err
	}
	all, err = preferences(ctx, d.store, d.keys, v.Case, v.Link.Recipient)
	// Nobody is asked about text messages who has never heard of ours.
	texted := slices.ContainsFunc(all, func(p Preference) bool { return p.Channel == ChannelSMS && p.Said })
	all = slices.DeleteFunc(all, func(p Preference) bool { return p.Channel == ChannelSMS && !texted })
	return all, stopped || v.Case.NoContact, err
}

// SavePreferences writes down what the client ticked, of what was shown: codes
// of preferences. What stays as it was is no new line. Touches are planned anew.
func (d *Desk) SavePreferences(ctx context.Context, v *Visit, shown, ticked []string, told Told) error {
	now := d.now()
	_, err := change(ctx, d.store, nil, v.Case.ID, func(tx Store, acc *Account, c *Case) error {
		all, err := preferences(ctx, tx, d.keys, c, v.Link.Recipient)
		if err != nil {
			return err
		}
		changed := false
		for _, p := range all {
			yes := slices.Contains(ticked, p.Code())
			if !slices.Contains(shown, p.Code()) || yes == p.Allowed() && (p.Said || !yes) {
				continue
			}
			if err := p.record(ctx, tx, d.keys, c, yes, told, now); err != nil {
				return err
			}
			changed = true
		}
		if !changed {
			return nil
		}
		c.Dates.ReactedAt = now.UTC()
		return heedAll(ctx, tx, d.keys, acc, c, now)
	})
	return err
}

// record adds the line of the ledger by which the client allows or refuses.
func (p Preference) record(ctx context.Context, tx Store, keys *Keys, c *Case, yes bool, told Told, now time.Time) error {
	line := &ContactConsent{
		ID: NewID(), Person: p.Person, Hash: keys.StopHash(p.Channel, p.Person), Channel: p.Channel, Class: p.Class, Given: yes, GrantedAt: now.UTC(),
		Source: told.Source, IP: told.IP, Wording: PreferenceWords(p, told.Lang), WordingVersion: PreferencesVersion,
		AccountID: &c.AccountID, CaseID: &c.ID, RecordedBy: ActorClient, CreatedAt: now.UTC(),
	}
	if err := tx.AddConsent(ctx, line); err != nil {
		return err
	}
	return tx.Record(ctx, c.line(ActorClient, consentKind(yes), p.Code(), nil))
}

func consentKind(given bool) string {
	if given {
		return "consent.given"
	}
	return "consent.withdrawn"
}

// withdrawAll takes back whatever a client who leaves altogether had allowed.
func withdrawAll(ctx context.Context, tx Store, keys *Keys, c *Case, recipient string, told Told, now time.Time) error {
	all, err := preferences(ctx, tx, keys, c, recipient)
	if err != nil {
		return err
	}
	for _, p := range all {
		if !p.Allowed() || !p.Said && p.Channel != ChannelEmail {
			continue
		}
		if err := p.record(ctx, tx, keys, c, false, told, now); err != nil {
			return err
		}
	}
	return nil
}

// heed makes the case know what its client has refused, so that plans leave it
// out; true when that is news.
func (c *Case) heed(ctx context.Context, tx Store, keys *Keys) (bool, error) {
	all, err := preferences(ctx, tx, keys, c, c.Client.Email)
	if err != nil {
		return false, err
	}
	var refused []string
	for _, p := range all {
		if p.Said && !p.Given {
			refused = append(refused, p.Code())
		}
	}
	before := c.Refused
	c.Refused = strings.Join(refused, " ")
	return c.Refused != before, nil
}

// heedAll plans the touches of a client anew, in this parting and in others,
// after the ledger has changed.
func heedAll(ctx context.Context, tx Store, keys *Keys, acc *Account, c *Case, now time.Time) error {
	others, err := tx.CasesOfClient(ctx, c.AccountID, c.Client)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID == c.ID {
			continue
		}
		if err := heedIn(ctx, tx, keys, acc, other, now); err != nil {
			return err
		}
	}
	if _, err := c.heed(ctx, tx, keys); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

func heedIn(ctx context.Context, tx Store, keys *Keys, acc *Account, c *Case, now time.Time) error {
	if c.State.Over() || c.Erased {
		return nil
	}
	news, err := c.heed(ctx, tx, keys)
	if err != nil || !news {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

// heedEverywhere is heedAll for a line that names a person and no case.
func (w *WinBack) heedEverywhere(ctx context.Context, tx Store, k *ContactConsent) error {
	cases, err := casesAt(ctx, tx, k.Channel, k.Person)
	if err != nil {
		return err
	}
	if k.CaseID != nil && !slices.ContainsFunc(cases, func(c *Case) bool { return c.ID == *k.CaseID }) {
		c, err := tx.Case(ctx, nil, *k.CaseID)
		if err != nil {
			return err
		}
		cases = append(cases, c)
	}
	for _, c := range cases {
		acc, err := tx.Account(ctx, c.AccountID)
		if IsKind(err, KindNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := heedIn(ctx, tx, w.keys, acc, c, w.now()); err != nil {
			return err
		}
	}
	return nil
}

// casesAt finds the cases of an address. Phones have no index: a line about a
// phone that is to be heeded before the day of a touch names its case.
func casesAt(ctx context.Context, tx Store, ch Channel, person string) ([]*Case, error) {
	switch ch {
	case ChannelEmail:
		return tx.CasesWithEmail(ctx, nil, person)
	case ChannelTelegram:
		ids, err := tx.CasesInChat(ctx, ch, person)
		var out []*Case
		for _, id := range ids {
			c, err := tx.Case(ctx, nil, id)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
		return out, err
	}
	return nil, nil
}

// refuses reports whether the client wants nothing of the class on the channel.
func (c *Case) refuses(ch Channel, class Class) bool {
	return slices.Contains(strings.Fields(c.Refused), Preference{Channel: ch, Class: class}.Code())
}

// refusesTouch is refuses for a step of a plan: a letter is refused when it is
// on each of its channels.
func (c *Case) refusesTouch(class StepClass, order []Channel) bool {
	if class == StepCall {
		return c.refuses(ChannelPhone, ClassRelationship)
	}
	return !slices.ContainsFunc(order, func(ch Channel) bool { return !c.refuses(ch, Class(class)) })
}

const whyRefused = "the client does not want this on this channel"

// refusedNow asks the ledger whether the client has taken the class back on the
// channel. Offers need more than that: see asksConsent.
func refusedNow(ctx context.Context, s Store, hash []byte, ch Channel, class Class) (bool, error) {
	line, err := s.NewestConsent(ctx, hash, ch, class)
	if IsKind(err, KindNotFound) {
		return false, nil
	}
	return err == nil && !line.Given, err
}

// callRefused: the client does not want to be called.
func (r *touching) callRefused(ctx context.Context) error {
	no, err := refusedNow(ctx, r.tx, r.keys.StopHash(ChannelPhone, r.c.Client.Phone), ChannelPhone, ClassRelationship)
	if err == nil && no {
		return never(TouchDropped, whyRefused)
	}
	return err
}
