package offboarding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// Postman sends letters whose time has come. Whether a letter may still go is
// asked again at that moment; what may not go says why.
type Postman struct {
	store     Store
	letters   Letters
	mailer    Mailer
	keys      *Keys
	publicURL string
	mailFrom  string // sender of accounts that have none
	now       func() time.Time
	log       *slog.Logger

	inbox string // address to which answers come; empty: nobody takes them in
	admin string // address that gets what is for our own people when nobody else may; empty: nobody
	ways  Ways   // beside e-mail

	// once is held from the fence of a letter that may not go twice until its
	// result is written: a crash leaves the fate of one such letter open, not
	// of as many as there are hands.
	once chan struct{}
}

// NewPostman returns a postman. publicURL is the base of every link.
func NewPostman(store Store, letters Letters, mailer Mailer, keys *Keys, publicURL, mailFrom string, now func() time.Time, log *slog.Logger) *Postman {
	return &Postman{store: store, letters: letters, mailer: mailer, keys: keys, publicURL: strings.TrimRight(publicURL, "/"), mailFrom: mailFrom, now: now, log: log, once: make(chan struct{}, 1)}
}

// AnswerTo makes answers and bounces of letters come to an address of each
// letter's own at the inbox.
func (p *Postman) AnswerTo(inbox string) *Postman {
	p.inbox = inbox
	return p
}

// AdminTo sets who gets letters to our own people that neither the responsible
// nor a manager may or can get; empty: nobody.
func (p *Postman) AdminTo(address string) *Postman {
	p.admin = address
	return p
}

// Over makes the postman carry messages over more channels than e-mail.
func (p *Postman) Over(ways Ways) *Postman {
	p.ways = ways
	return p
}

// way is what carries messages of the channel; nil: it is not set up.
func (p *Postman) way(ch Channel) Mailer {
	if ch == ChannelEmail {
		return p.mailer
	}
	return p.ways[ch]
}

// How long letters wait before they are looked at again.
const (
	heldRecheck   = time.Hour
	pausedRecheck = 2 * time.Minute
	killRecheck   = 10 * time.Second
)

// Send sends the letter of an effect, or writes down why it does not.
func (p *Postman) Send(ctx context.Context, ef *Effect, pl MailPayload) error {
	m, err := p.store.Message(ctx, nil, pl.MessageID)
	if err != nil {
		return err
	}
	acc, err := p.store.Account(ctx, m.AccountID)
	if err != nil {
		return err
	}
	c, err := p.caseOf(ctx, m, acc)
	if err != nil {
		return err
	}
	if why := unwanted(m, c); why != "" {
		return p.finish(ctx, ef, m, EffectCancelled, MessageCancelled, why)
	}
	if err := p.notYet(ctx, m, c, acc); err != nil {
		return err
	}
	if nobody, err := p.redirect(ctx, m, c, acc); err != nil {
		return err
	} else if nobody {
		return p.finish(ctx, ef, m, EffectCancelled, MessageCancelled, "the conflict shield: nobody else is known who might read it")
	}
	if !m.judged() {
		err := p.write(ctx, m, c, acc)
		if errors.Is(err, errHeld) && c.Mode == Live && acc.Mode == Live {
			return p.hold(ctx, ef, m, err)
		}
		if err != nil && !errors.Is(err, errHeld) {
			return err
		}
	}
	if c.Mode != Live || acc.Mode != Live {
		return p.finish(ctx, ef, m, EffectCancelled, MessageHeld, "the account is in shadow mode: prepared, not sent")
	}
	stop := p.keys.StopHash(m.Channel, m.To)
	suppressed, err := p.store.Suppressed(ctx, stop, m.Channel)
	if err != nil {
		return err
	}
	if asksConsent(m.Channel, m.Class) {
		given, err := p.store.ConsentGiven(ctx, stop, m.Channel, m.Class)
		if err != nil {
			return err
		}
		if !given {
			why := whyConsent
			if m.Class != ClassMarketing {
				why = whyNoWord
			}
			return p.finish(ctx, ef, m, EffectCancelled, MessageCancelled, why)
		}
	}
	if m.Class == ClassRelationship {
		refused, err := refusedNow(ctx, p.store, stop, m.Channel, m.Class)
		if err != nil {
			return err
		}
		if refused {
			return p.finish(ctx, ef, m, EffectCancelled, MessageCancelled, whyRefused)
		}
	}
	if suppressed {
		return p.refuse(ctx, ef, m, whyStopListed, MessageHeld)
	}
	return p.transmit(ctx, ef, m, c, acc, stop)
}

// caseOf returns the case of a letter. A letter about no case is as free to go
// as its account is.
func (p *Postman) caseOf(ctx context.Context, m *Message, acc *Account) (*Case, error) {
	if m.CaseID == uuid.Nil {
		return &Case{AccountID: acc.ID, Mode: acc.Mode}, nil
	}
	return p.store.Case(ctx, nil, m.CaseID)
}

func (p *Postman) transmit(ctx context.Context, ef *Effect, m *Message, c *Case, acc *Account, stop []byte) error {
	way := p.way(m.Channel)
	if way == nil {
		return p.refuse(ctx, ef, m, "the channel is not set up", MessageFailed)
	}
	env := &Envelope{Message: m, EffectID: ef.ID, Buttons: p.buttons(m, c)}
	if to, err := mail.ParseAddress(c.signer(acc).Email); err == nil && !m.kind().Internal {
		env.ReplyTo = to.Address
	}
	if p.inbox != "" && !m.kind().Internal {
		env.Return = ReturnAddress(p.inbox, p.keys.ReturnToken(m.ID))
	}
	if m.Bulk() {
		env.UnsubscribeURL = p.link(PurposePreferences, c, m.reader(c))
	}
	why, err := p.allowance(ctx, m, c, acc, stop)
	if err != nil {
		return err
	}
	var left time.Time // the moment after which nobody can call it back
	alone := false
	defer func() {
		if alone {
			<-p.once
		}
	}()
	err = way.Send(ctx, env, func(ctx context.Context) error {
		if !m.Resendable() && !alone {
			select {
			case p.once <- struct{}{}:
				alone = true
			case <-ctx.Done():
				return Unavailable("wait for the letter before this one", ctx.Err())
			}
		}
		at := p.now()
		if shut := windowShut(m, c, acc, at); shut != nil { // while the letter was being handed over
			return shut
		}
		k := m.kind()
		cond := FenceConditions{SuppressedHash: stop, NotStates: k.NotIn, Letter: !k.Internal, Owed: k.Owed}
		switch {
		case asksConsent(m.Channel, m.Class):
			cond.ConsentHash, cond.ConsentChannel, cond.ConsentClass = stop, m.Channel, m.Class
		case m.Class == ClassRelationship:
			cond.RefusalHash = stop
		}
		left = at
		return p.store.Fence(ctx, ef, cond)
	})
	if err == nil || errors.Is(err, ErrUncertain) {
		m.Allowed = why
	}
	switch {
	case err == nil:
		ef.Result = env.Ref
		if err := p.sent(ctx, ef, m, left); err != nil {
			// The letter has left. Whatever kept its result from being written, the row
			// must not become ready again: it stays in transmission until its lease
			// ends and the sweep calls its fate unknown.
			return &Error{Kind: KindStale, Msg: "the letter is sent, its result is not written", Err: err}
		}
		return nil
	case errors.Is(err, ErrFenced):
		// What closed the fence is found and written down at the next look.
		return &Postpone{Until: p.now().Add(time.Second), Reason: "stopped at the last moment"}
	case errors.Is(err, ErrUncertain):
		if m.Resendable() {
			return Unavailable("the mail server's answer was lost; the letter goes again under the same Message-ID", err)
		}
		return p.finish(ctx, ef, m, EffectUncertain, MessageUncertain, "the answer of "+refusedBy[m.Channel]+" was lost: it may have been delivered")
	case IsKind(err, KindGone):
		if err := p.gone(ctx, m); err != nil {
			return err
		}
		return p.refuse(ctx, ef, m, "the address does not work any more: "+err.Error(), MessageFailed)
	case IsKind(err, KindInvalid):
		return p.refuse(ctx, ef, m, refusedBy[m.Channel]+" refused it: "+err.Error(), MessageFailed)
	default:
		return err
	}
}

// notYet postpones a letter that may go later: the case is paused or held, the
// window is shut, sending is switched off.
func (p *Postman) notYet(ctx context.Context, m *Message, c *Case, acc *Account) error {
	now := p.now()
	if shut := windowShut(m, c, acc, now); shut != nil {
		return shut
	}
	switch {
	case c.Held:
		return &Postpone{Until: now.Add(heldRecheck), Reason: ReasonHeld}
	case c.Paused && !m.kind().Internal:
		return &Postpone{Until: now.Add(pausedRecheck), Person: true, Reason: "the case is paused"}
	}
	if why, err := p.store.Setting(ctx, SettingSendingPaused); err == nil {
		return &Postpone{Until: now.Add(killRecheck), Reason: "all sending is paused: " + why}
	} else if !IsKind(err, KindNotFound) {
		return err
	}
	return nil
}

// windowShut postpones a letter for which the sending window is not open.
func windowShut(m *Message, c *Case, acc *Account, now time.Time) error {
	if m.AtOnce || m.kind().AnyTime {
		return nil
	}
	open := c.openingFor(acc, m.Template, now)
	if m.kind().Internal {
		open = acc.Policy.Window.NextWorking(now, acc.Location(), acc.Calendar().Holiday)
	}
	if open.After(now) {
		return &Postpone{Until: open, Reason: whyWindow}
	}
	return nil
}

// ReasonHeld marks effects that wait for a release of the burst gate.
const ReasonHeld = "held by the burst gate until a person releases it"

// write renders the letter and stores it together with the links it holds.
func (p *Postman) write(ctx context.Context, m *Message, c *Case, acc *Account) error {
	if _, err := mail.ParseAddress(m.To); m.Channel == ChannelEmail && err != nil || m.To == "" {
		return Invalid("the recipient's address cannot be read")
	}
	w, r, held := p.compose(ctx, m, c, acc)
	if w == nil {
		if IsKind(held, KindUnavailable) {
			return held
		}
		p.log.ErrorContext(ctx, "a letter cannot be written", "template", m.Template, "message_id", m.ID, "err", held)
		return fmt.Errorf("%w: it cannot be written: %w", errHeld, held)
	}
	m.Subject, m.Text, m.HTML, m.Tone = w.Subject, w.Text, w.HTML, r
	if m.From == "" {
		m.From = p.mailFrom
	}
	m.HeaderID = m.ID.String() + "@" + senderDomain(m.From)
	if r.Replaced != nil && c.Mode == Live {
		if err := p.store.InTx(ctx, func(tx Store) error { return askForBlocked(ctx, tx, acc, c, m, p.now()) }); err != nil {
			return err
		}
	}
	if err := p.store.KeepLetters(ctx, []KeptLetter{{Message: m, Links: p.linkRows(m, c, acc)}}); err != nil {
		return err
	}
	return held
}

func (p *Postman) data(ctx context.Context, m *Message, c *Case, acc *Account) (LetterData, error) {
	vars, err := m.kind().ReadVars(m.Vars)
	if err != nil {
		return LetterData{}, err
	}
	d := LetterData{
		Template: m.Template, Lang: m.Lang, Case: c, Account: acc, Location: acc.Location(), Now: p.now(), Vars: vars,
		Person: c.signer(acc), CallBy: c.Dates.CallBy,
	}
	if m.kind().Internal {
		return d, nil
	}
	reader := m.reader(c)
	survURL, choose := p.link(PurposeSurvey, c, reader), p.link(PurposeChoice, c, reader)+"?choice="
	d.SurveyURL, d.DeclineURL = survURL, survURL+"?decline=1"
	d.StayURL, d.ProceedURL, d.ComebackURL = choose+string(ChoiceStay), choose+string(ChoiceProceed), choose+string(ChoiceComeback)
	d.ContestURL = choose + "contest"
	d.HandoverURL = p.link(PurposeHandover, c, reader)
	d.PreferencesURL = p.link(PurposePreferences, c, reader)
	d.Channel = m.Channel
	if hears, ok := p.way(m.Channel).(interface{ HearsAnswers() bool }); ok {
		d.ReplyStops = hears.HearsAnswers()
	}
	if m.Template == T12 && p.ways[ChannelTelegram] != nil && m.To == c.Client.Email {
		if d.ChatURL, err = ChatURL(ctx, p.store, p.keys, &Link{CaseID: c.ID, Recipient: m.To}); err != nil {
			return LetterData{}, err
		}
	}
	d.SurveyExpiresAt = p.now().Add(answerLinkLife)
	wording := survey.BuiltIn(string(m.Lang))
	if m.Template == T03 || m.Template == T3R { // nothing else asks
		if wording, err = surveyWording(ctx, p.store, m.Lang, 0); err != nil {
			return LetterData{}, err
		}
	}
	for _, o := range wording.Reasons(c.ID.String() + m.To) {
		d.Answers = append(d.Answers, AnswerLink{o.Code, o.Label, survURL + "?reason=" + url.QueryEscape(o.Code)})
	}
	return d, nil
}

// reader is in whose name the links of a letter are: somebody who has an e-mail
// address is the same person on every channel.
func (m *Message) reader(c *Case) string {
	if m.Channel != ChannelEmail && c.Client.Email != "" {
		return c.Client.Email
	}
	return m.To
}

func (p *Postman) link(purpose Purpose, c *Case, to string) string {
	return p.publicURL + "/" + string(purpose) + "/" + p.keys.LinkToken(purpose, c.ID, to)
}

// Links live this long (domain §3, contract §7); a way back must work as long
// as we keep in touch, preferences as long as letters are kept.
const (
	answerLinkLife     = 30 * 24 * time.Hour
	handoverLinkLife   = 180 * 24 * time.Hour
	comebackLinkLife   = 2 * 365 * 24 * time.Hour
	preferenceLinkLife = 3 * 365 * 24 * time.Hour
)

// linkRows are the links that a letter may hold.
func (p *Postman) linkRows(m *Message, c *Case, acc *Account) []*Link {
	if m.kind().Internal {
		return nil
	}
	reader := m.reader(c)
	row := func(purpose Purpose, life time.Duration) *Link {
		return &Link{
			ID: NewID(), AccountID: acc.ID, CaseID: c.ID, Purpose: purpose, Recipient: reader,
			TokenHash: HashToken(p.keys.LinkToken(purpose, c.ID, reader)), ExpiresAt: p.now().Add(life),
		}
	}
	choice := answerLinkLife
	if m.kind().afterParting() { // such letters show the way back
		choice = comebackLinkLife
	}
	rows := []*Link{row(PurposePreferences, preferenceLinkLife)}
	if m.Channel != ChannelEmail || m.To == c.Client.Email { // nobody else answers or decides for the client
		rows = append(rows, row(PurposeSurvey, answerLinkLife), row(PurposeChoice, choice))
	}
	if p.ways[ChannelTelegram] != nil && m.To == c.Client.Email { // the farewell invites to a chat, and the page of preferences
		rows = append(rows, row(PurposeChat, comebackLinkLife))
	}
	switch m.Template {
	case T09, T11, T11R, T13, T13Q:
		rows = append(rows, row(PurposeHandover, handoverLinkLife))
	}
	return rows
}

func senderDomain(from string) string {
	if a, err := mail.ParseAddress(from); err == nil {
		if _, domain, ok := strings.Cut(a.Address, "@"); ok {
			return domain
		}
	}
	return "opendoor.invalid"
}

// finish settles effect and message together.
func (p *Postman) finish(ctx context.Context, ef *Effect, m *Message, es EffectState, ms MessageState, why string) error {
	return p.store.InTx(ctx, func(tx Store) error {
		if m.State != MessageSent {
			m.State, m.Reason = ms, why
			if err := tx.SaveMessage(ctx, m); err != nil {
				return err
			}
			if err := tx.Record(ctx, m.line("message."+string(ms), m.Template+": "+why)); err != nil {
				return err
			}
		}
		return tx.Finish(ctx, ef, es, why, "")
	})
}

// sent writes the result: the letter is with the mail server. The caller's
// deadline does not count any more; what has happened must be known.
func (p *Postman) sent(ctx context.Context, ef *Effect, m *Message, at time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	write := func() error {
		if m.Template == T01 { // an acknowledgement changes nothing but the timeline
			return p.store.LettersSent(ctx, []SentLetter{{Effect: ef, Message: m, Line: m.line("message.sent", m.Template+" sent")}})
		}
		_, err := change(ctx, p.store, nil, m.CaseID, func(tx Store, acc *Account, c *Case) error {
			return p.sentInTx(ctx, tx, ef, m, at, acc, c)
		})
		return err
	}
	if m.CaseID == uuid.Nil {
		write = func() error { return p.store.InTx(ctx, func(tx Store) error { return p.noteSent(ctx, tx, ef, m, at) }) }
	}
	var err error
	for try := range 5 {
		if err = write(); err == nil || IsKind(err, KindStale) || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Duration(try+1) * 200 * time.Millisecond)
	}
	return err
}

// noteSent writes down that the letter is with the mail server.
func (p *Postman) noteSent(ctx context.Context, tx Store, ef *Effect, m *Message, at time.Time) error {
	m.State, m.Reason, m.SentAt = MessageSent, "", at.UTC()
	if err := tx.SaveMessage(ctx, m); err != nil {
		return err
	}
	if err := tx.Record(ctx, m.line("message.sent", m.Template+" sent")); err != nil {
		return err
	}
	return tx.Finish(ctx, ef, EffectSent, "", cmp.Or(ef.Result, m.HeaderID))
}

func (p *Postman) sentInTx(ctx context.Context, tx Store, ef *Effect, m *Message, at time.Time, acc *Account, c *Case) error {
	now := p.now()
	if err := p.noteSent(ctx, tx, ef, m, at); err != nil {
		return err
	}
	var next []Effect
	switch {
	case m.Template == T03 && c.Tracks.Survey == SurveyScheduled:
		c.Tracks.Survey = SurveySent
		c.Dates.SurveySentAt = now.UTC()
		expires := askedAt(c, now).Add(acc.Policy.SurveyExpires)
		c.Dates.SurveyExpiresAt = expires.UTC()
		reminder := c.letter(acc, T3R, c.opening(acc, now.Add(acc.Policy.ReminderAfter)))
		if reminder.effect.DueAt.Before(expires) {
			if err := post(ctx, tx, reminder); err != nil {
				return err
			}
		}
		if c.State == StateListening { // the ten days count from the question
			if err := c.stop(ctx, tx, "the survey has just been sent", EffectTimer); err != nil {
				return err
			}
			next = append(next, c.timer(TimerSurveyExpires, expires))
		}
		if c.State == StateLeaving {
			next = append(next, c.timer(TimerSurveyExpires, expires))
		}
	case m.Template == T3R && c.Tracks.Survey == SurveySent:
		c.Tracks.Survey = SurveyReminded
	default:
		return nil
	}
	if err := tx.AddEffects(ctx, next); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

// askedAt is from when the client's silence counts: from the question, but not
// from one that our own troubles made late.
func askedAt(c *Case, sent time.Time) time.Time {
	if due := c.Dates.SurveyDueAt; !due.IsZero() && due.Before(sent) {
		return due
	}
	return sent
}

// refuse settles a letter that cannot reach the client and asks a person to
// try another way. Nothing else waits for it.
func (p *Postman) refuse(ctx context.Context, ef *Effect, m *Message, why string, ms MessageState) error {
	now := p.now()
	es := EffectFailed
	if ms == MessageHeld {
		es = EffectCancelled
	}
	if m.CaseID == uuid.Nil {
		return p.finish(ctx, ef, m, es, ms, why)
	}
	_, err := change(ctx, p.store, nil, m.CaseID, func(tx Store, acc *Account, c *Case) error {
		m.State, m.Reason = ms, why
		if err := tx.SaveMessage(ctx, m); err != nil {
			return err
		}
		if err := tx.Record(ctx, m.line("message."+string(ms), m.Template+": not deliverable")); err != nil {
			return err
		}
		if err := tx.Finish(ctx, ef, es, why, ""); err != nil {
			return err
		}
		if again, err := nextWay(ctx, tx, c, m, why, now); again || err != nil {
			return err
		}
		asks := m.Template == T03 || m.Template == T3R
		if !asks && m.To != c.Client.Email { // the client can be reached; somebody else cannot
			return nil
		}
		if c.Tracks.Survey == SurveyScheduled || c.Tracks.Survey == SurveySent {
			c.Tracks.Survey = SurveyUndeliverable
		}
		if err := tx.AddEffects(ctx, c.taskEffect("undeliverable", now, callBy(acc, now))); err != nil {
			return err
		}
		return saveAndSync(ctx, tx, acc, c, now)
	})
	return err
}
