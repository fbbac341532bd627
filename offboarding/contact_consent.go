package offboarding

import (
	"context"
	"fmt"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// ContactConsent is one line of the ledger of consents: a person allowed us to
// write on a channel, or took that back. Lines are added, never changed; the
// newest by GrantedAt counts.
type ContactConsent struct {
	ID             uuid.UUID
	Person         string // e-mail address or phone, as it was given
	Hash           []byte // HMAC of channel and person, as on the stop list
	Channel        Channel
	Class          Class
	Given          bool
	GrantedAt      time.Time
	Source         string // survey, contract, form …
	Wording        string // what the person agreed to, word for word
	WordingVersion string
	Document       string // where the proof lies; may be empty
	IP             string // from which it was given over the web; may be empty
	AccountID      *uuid.UUID
	CaseID         *uuid.UUID
	RecordedBy     Actor
	CreatedAt      time.Time
}

// Consents keeps the ledger and the stop list.
type Consents interface {
	AddConsent(ctx context.Context, c *ContactConsent) error
	// ConsentGiven reports whether the newest line says yes.
	ConsentGiven(ctx context.Context, hash []byte, ch Channel, class Class) (bool, error)
	// NewestConsent returns the line that counts, or ErrNotFound.
	NewestConsent(ctx context.Context, hash []byte, ch Channel, class Class) (*ContactConsent, error)
	// ConsentLines lists the ledger newest first; a nil hash means everybody.
	ConsentLines(ctx context.Context, hash []byte, p Page) ([]*ContactConsent, error)
	Suppressions(ctx context.Context, p Page) ([]*Suppression, error)
	// LiftSuppression takes an entry off the stop list; ErrNotFound when there is none.
	LiftSuppression(ctx context.Context, id uuid.UUID) (*Suppression, error)
	SuppressionOf(ctx context.Context, hash []byte, ch Channel) (*Suppression, error)
}

// ConsentChannels are the channels on which somebody may agree to be written to.
var ConsentChannels = []Channel{ChannelEmail, ChannelPhone, ChannelSMS, ChannelTelegram}

// RecordConsent adds a line to the ledger, and plans the touches of the client
// anew by it.
func (w *WinBack) RecordConsent(ctx context.Context, c *ContactConsent, by Actor) error {
	if wrong := c.check(w.now()); len(wrong) > 0 {
		return Invalid("the consent cannot be recorded", wrong...)
	}
	var err error
	for range changeTries {
		err = w.store.InTx(ctx, func(tx Store) error { return w.recordIn(ctx, tx, c, by) })
		if !IsKind(err, KindStale) {
			break
		}
	}
	return err
}

// recordIn is RecordConsent within a transaction, for a line that was checked.
func (w *WinBack) recordIn(ctx context.Context, tx Store, c *ContactConsent, by Actor) error {
	c.ID, c.Hash, c.RecordedBy, c.CreatedAt = NewID(), w.keys.StopHash(c.Channel, c.Person), by, w.now().UTC()
	if err := tx.AddConsent(ctx, c); err != nil {
		return err
	}
	if err := w.heedEverywhere(ctx, tx, c); err != nil {
		return err
	}
	return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "consent.recorded", Summary: "consent " + map[bool]string{true: "given", false: "withdrawn"}[c.Given] + " for " + string(c.Channel)})
}

// check says what is missing for a line that proves something.
func (c *ContactConsent) check(now time.Time) []FieldError {
	var wrong []FieldError
	add := func(field, why string) { wrong = append(wrong, FieldError{field, why}) }
	c.Person = strings.TrimSpace(c.Person)
	if !slices.Contains(ConsentChannels, c.Channel) {
		add("channel", "email, phone, sms or telegram")
	}
	if _, err := mail.ParseAddress(c.Person); c.Person == "" || c.Channel == ChannelEmail && err != nil {
		add("person", "an e-mail address or a phone that fits the channel")
	}
	if c.Class != ClassMarketing && c.Class != ClassRelationship {
		add("class", "marketing or relationship")
	}
	if c.Given && (strings.TrimSpace(c.Wording) == "" || strings.TrimSpace(c.WordingVersion) == "") {
		add("wording", "what was agreed to and its version: without it nothing is proved")
	}
	if strings.TrimSpace(c.Source) == "" {
		add("source", "where the consent was given")
	}
	if c.GrantedAt.IsZero() || c.GrantedAt.After(now.Add(time.Minute)) {
		add("granted_at", "when it was given, not in the future")
	}
	if _, err := netip.ParseAddr(c.IP); c.IP != "" && err != nil {
		add("ip", "an IP address, or nothing")
	}
	return wrong
}

// recordAnswered puts into the ledger what the client ticked at the end of the
// survey, or took back there.
func (d *Desk) recordAnswered(ctx context.Context, tx Store, c *Case, a Answer, before []string, wording *survey.Wording, now time.Time) error {
	if a.KeepInTouch == nil {
		return nil
	}
	for _, ch := range []struct {
		channel Channel
		person  string
	}{{ChannelEmail, c.Client.Email}, {ChannelPhone, c.Client.Phone}, {ChannelSMS, MobileNumber(c.Client.Phone)}} {
		given, had := slices.Contains(a.KeepInTouch, string(ch.channel)), slices.Contains(before, string(ch.channel))
		if ch.person == "" || given == had {
			continue
		}
		for _, class := range answeredClasses(ch.channel) {
			line := &ContactConsent{
				ID: NewID(), Person: ch.person, Hash: d.keys.StopHash(ch.channel, ch.person), Channel: ch.channel, Class: class, Given: given,
				GrantedAt: now.UTC(), Source: "survey", Wording: wording.Consent(), WordingVersion: consentVersion(wording), IP: a.IP,
				AccountID: &c.AccountID, CaseID: &c.ID, RecordedBy: ActorClient, CreatedAt: now.UTC(),
			}
			if a.Source == "manager" {
				line.Source = "manager"
			}
			if err := tx.AddConsent(ctx, line); err != nil {
				return err
			}
		}
	}
	_, err := c.heed(ctx, tx, d.keys)
	return err
}

// answeredClasses are what a tick under "May we keep in touch?" allows. The words
// beside it speak of news and of an invitation: the first needs a word of the
// client on channels other than e-mail, the second on all. A call needs none to
// keep in touch, and leaving the box empty refuses none.
func answeredClasses(ch Channel) []Class {
	if ch == ChannelSMS {
		return []Class{ClassRelationship, ClassMarketing}
	}
	return []Class{ClassMarketing}
}

// consentVersion names the wording of the consent; versions of the survey that
// leave it as it ships have its name.
func consentVersion(w *survey.Wording) string {
	if w.Consent() == survey.BuiltIn(w.Lang).Consent() {
		return survey.ConsentVersion
	}
	return fmt.Sprintf("survey/%s/%d", w.Lang, w.Version)
}

// Stop is what somebody enters on the stop list.
type Stop struct {
	Person  string // e-mail address or phone
	Channel Channel
	Reason  string
	Asked   bool // by the client, who has told one of us: it ends all contact, as their own opt-out does
}

// Suppress puts a person on the stop list of a channel. What the client has asked
// for ends all contact in their partings; an entry of ours only shuts the channel.
func (w *WinBack) Suppress(ctx context.Context, stop Stop, by Actor) (*Suppression, error) {
	person, ch := strings.TrimSpace(stop.Person), stop.Channel
	if _, err := mail.ParseAddress(person); ch == ChannelEmail && err != nil || person == "" {
		return nil, Invalid("nobody can be stopped by this", FieldError{"person", "an e-mail address or a phone that fits the channel"})
	}
	if !slices.Contains(ConsentChannels, ch) {
		return nil, Invalid("the channel is not known", FieldError{"channel", "email, phone, sms or telegram"})
	}
	if stop.Asked && ch != ChannelEmail {
		return nil, Invalid("partings are found by e-mail address only", FieldError{"asked_by_client", "with channel email; else use the action stop_contact of the case"})
	}
	hash := w.keys.StopHash(ch, person)
	var out *Suppression
	err := w.store.InTx(ctx, func(tx Store) error {
		s := &Suppression{ID: NewID(), Hash: hash, Channel: ch, Reason: stop.Reason, Source: "api", CreatedAt: w.now().UTC()}
		if err := tx.AddSuppression(ctx, s); err != nil {
			return err
		}
		if err := remindNoMore(ctx, tx, ch, person, whyStopListed); err != nil {
			return err
		}
		if stop.Asked {
			if err := leaveAddressAlone(ctx, tx, person, by, w.now()); err != nil {
				return err
			}
		}
		var err error
		if out, err = tx.SuppressionOf(ctx, hash, ch); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "suppression.added", Summary: "stopped on " + string(ch)})
	})
	return out, err
}

// Lift takes a person off the stop list: somebody asked to be written to again.
func (w *WinBack) Lift(ctx context.Context, id uuid.UUID, by Actor) error {
	return w.store.InTx(ctx, func(tx Store) error {
		s, err := tx.LiftSuppression(ctx, id)
		if err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "suppression.lifted", Summary: "stop on " + string(s.Channel) + " lifted, it had been added because: " + s.Reason})
	})
}

// LiftFor is Lift by the person.
func (w *WinBack) LiftFor(ctx context.Context, person string, ch Channel, by Actor) error {
	s, err := w.store.SuppressionOf(ctx, w.keys.StopHash(ch, person), ch)
	if err != nil {
		return err
	}
	return w.Lift(ctx, s.ID, by)
}

// StopHash is the key under which a person stands in the ledger and on the stop list.
func (w *WinBack) StopHash(ch Channel, person string) []byte { return w.keys.StopHash(ch, person) }
