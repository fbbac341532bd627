package offboarding

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// Desk is where people act on a case: the client by links, managers and
// programs by the API.
type Desk struct {
	store Store
	keys  *Keys
	now   func() time.Time
	log   *slog.Logger
	read  Connectors // for cases opened by hand with a deal of the CRM
}

// NewDesk returns a desk.
func NewDesk(store Store, keys *Keys, connectors Connectors, now func() time.Time, log *slog.Logger) *Desk {
	return &Desk{store: store, keys: keys, read: connectors, now: now, log: log}
}

// Visit is what a client's link leads to.
type Visit struct {
	Link    *Link
	Case    *Case
	Account *Account
	Expired bool
}

// Person is the name of whom the client may ask; empty: nobody is known.
func (v *Visit) Person() string { return v.Case.signer(v.Account).Name }

// Visit finds what a token leads to. A token that is not ours, or of another
// purpose, is ErrNotFound; nothing is changed.
func (d *Desk) Visit(ctx context.Context, p Purpose, token string) (*Visit, error) {
	if !d.keys.ProveLink(p, token) {
		return nil, ErrNotFound
	}
	l, err := d.store.LinkByHash(ctx, HashToken(token))
	if err != nil {
		return nil, err
	}
	if l.Purpose != p {
		return nil, ErrNotFound
	}
	c, err := d.store.Case(ctx, nil, l.CaseID)
	if err != nil {
		return nil, err
	}
	acc, err := d.store.Account(ctx, l.AccountID)
	if err != nil {
		return nil, err
	}
	return &Visit{Link: l, Case: c, Account: acc, Expired: !d.now().Before(l.ExpiresAt)}, nil
}

// Answer records a survey answer. over puts what was said now over what was
// said before, so that a survey may be answered in pieces.
func (d *Desk) Answer(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, by Actor, over func(prev Answer) Answer) (*Case, error) {
	return d.answer(ctx, scope, caseID, 0, Person{}, by, over)
}

func (d *Desk) answer(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, who Person, by Actor, over func(prev Answer) Answer) (*Case, error) {
	now := d.now()
	return change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		if err := c.seenAt(version); err != nil {
			return err
		}
		if c.State == StateCancelled {
			return Rule("case_cancelled", "the case was cancelled as a mistake")
		}
		if !c.MayRead(who) {
			return Rule("shield_stands", "whoever it may be about does not write over what the client said")
		}
		var prev Answer
		if c.Answer != nil {
			prev = *c.Answer
		}
		a := over(prev)
		if survey.GroupOf(a.Reason) == "" {
			return Invalid("the reason is missing or unknown", FieldError{"reason", "one of the reasons of the survey"})
		}
		a.At = now.UTC()
		first := c.Answer == nil
		wording, err := d.worded(ctx, tx, acc, c, &a, prev)
		if err != nil {
			return err
		}
		if err := d.recordAnswered(ctx, tx, c, a, prev.KeepInTouch, wording, now); err != nil {
			return err
		}
		if err := d.noteSource(ctx, tx, acc, c, a, prev, by, now); err != nil {
			return err
		}
		c.take(a)
		c.hears(acc, a.newWords(prev)...)
		if talkedBy("record_answer", by) {
			c.talked(acc, now)
		}
		c.listen(acc, now, a.Detail, a.Comment)
		if c.Open() {
			if err := c.askSource(ctx, tx, acc, slices.Contains(a.Shown, survey.FieldHeardFrom), now, a.Detail, a.Comment); err != nil {
				return err
			}
		}
		if err := tx.Record(ctx, c.line(by, "survey.answered", c.reasonSaid("the survey was answered"), nil)); err != nil {
			return err
		}
		if first {
			if err := d.firstAnswer(ctx, tx, acc, c, now); err != nil {
				return err
			}
		}
		follow := append(c.remark(RemarkPayload{What: RemarkAnswer}, now), c.taskDone(now, c.answeredSteps(a)...)...)
		if err := tx.AddEffects(ctx, follow); err != nil {
			return err
		}
		return saveAndSync(ctx, tx, acc, c, now)
	})
}

// Over returns prev with everything that is said in a put over it.
func (a Answer) Over(prev Answer) Answer {
	out := prev
	out.Source = a.Source
	for _, f := range []struct{ to, from *string }{{&out.Reason, &a.Reason}, {&out.Detail, &a.Detail}, {&out.Liked, &a.Liked}, {&out.Comment, &a.Comment}, {&out.HeardWhen, &a.HeardWhen}, {&out.HeardFrom, &a.HeardFrom}} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if a.ServiceRelated != "" {
		out.ServiceRelated = a.ServiceRelated
	}
	if a.NPS != nil {
		out.NPS = a.NPS
	}
	if a.KeepInTouch != nil {
		out.KeepInTouch = a.KeepInTouch
	}
	if a.Lang != "" {
		out.Lang = a.Lang
	}
	if a.Reason != "" {
		out.Label, out.Wording = "", a.Wording // what a person of ours enters was not chosen from the page
	}
	return out
}

// newWords are what the client had not said in prev.
func (a Answer) newWords(prev Answer) []string {
	return slices.DeleteFunc([]string{a.Detail, a.Comment, a.Liked}, func(s string) bool {
		return s == prev.Detail || s == prev.Comment || s == prev.Liked
	})
}

// firstAnswer stops asking and tells a person.
func (d *Desk) firstAnswer(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	c.Tracks.Survey = SurveyAnswered
	c.Dates.AnsweredAt = now.UTC()
	for _, t := range []string{T03, T3R} {
		if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+t, "the survey was answered"); err != nil {
			return err
		}
	}
	effects := c.resultEffect(ResultAnswered, now)
	if c.Open() {
		effects = append(effects, c.taskEffect("answered", now, callBy(acc, now))...)
	}
	return tx.AddEffects(ctx, effects)
}

// answeredSteps are the tasks that an answer makes needless: to ask, and, when a
// person of ours has heard it from the client, to call.
func (c *Case) answeredSteps(a Answer) []string {
	if a.Source == "manager" {
		return []string{"undeliverable", "call"}
	}
	return []string{"undeliverable"}
}

// take makes an answer the case's, with the cause and the share of our own work
// that follow from it.
func (c *Case) take(a Answer) {
	c.Answer = &a
	c.Reason = StatedReason{Code: a.Reason, Source: a.Source}
	if c.Classified != nil { // a person has set the reason since; the answer is kept beside it
		c.Reason = StatedReason{Code: c.Classified.Reason, Source: "reviewer"}
		return
	}
	r, ok := survey.Lookup(a.Reason)
	switch {
	case a.ServiceRelated != "":
		c.ServiceRelated = a.ServiceRelated
	case ok:
		c.ServiceRelated = ServiceRelated(r.ServiceRelated)
	}
	if ok {
		c.Cause = r.Cause
	}
}

// Provisional notes once per reason that a one-tap link was opened. It is shown
// apart in the timeline and never used: mail scanners open links too.
func (d *Desk) Provisional(ctx context.Context, v *Visit, reason string) error {
	if survey.GroupOf(reason) == "" || v.Case.Answer != nil {
		return nil
	}
	summary := "a link with the reason " + survey.GroupOf(reason) + " was opened, not confirmed"
	known, err := d.store.AuditOf(ctx, "case:"+v.Case.ID.String())
	if err != nil || slices.ContainsFunc(known, func(a Audit) bool { return a.Summary == summary }) {
		return err
	}
	return d.store.Record(ctx, v.Case.line(ActorClient, "survey.link_opened", summary, nil))
}

// Decline records that the client does not want to be asked.
func (d *Desk) Decline(ctx context.Context, caseID uuid.UUID) (*Case, error) {
	now := d.now()
	return change(ctx, d.store, nil, caseID, func(tx Store, acc *Account, c *Case) error {
		if c.Tracks.Survey == SurveyDeclined || c.Answer != nil {
			return nil
		}
		c.Tracks.Survey = SurveyDeclined
		for _, t := range []string{T03, T3R} {
			if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+t, "the client does not want to be asked"); err != nil {
				return err
			}
		}
		if err := tx.Record(ctx, c.line(ActorClient, "survey.declined", "the client does not want to be asked", nil)); err != nil {
			return err
		}
		return saveAndSync(ctx, tx, acc, c, now)
	})
}

// Choice is what a client decides on the page of choices.
type Choice string

// The choices of contract §3.
const (
	ChoiceStay     Choice = "stay"
	ChoiceProceed  Choice = "proceed"
	ChoiceComeback Choice = "comeback"
)

// Choose does what the client decided, at once and without a call. The same
// choice twice is one choice.
func (d *Desk) Choose(ctx context.Context, caseID uuid.UUID, ch Choice) (*Case, error) {
	to := map[Choice]State{ChoiceStay: StateSaved, ChoiceProceed: StateLeaving, ChoiceComeback: StateReturned}[ch]
	why := map[Choice]string{
		ChoiceStay: "the client chose to stay", ChoiceProceed: "the client chose to proceed", ChoiceComeback: "the client chose to come back",
	}[ch]
	if to == "" {
		return nil, Invalid("unknown choice", FieldError{"choice", "stay, proceed or comeback"})
	}
	return change(ctx, d.store, nil, caseID, func(tx Store, acc *Account, c *Case) error {
		if c.State == to && (ch != ChoiceProceed || c.IntentSource == IntentByClient) {
			return nil
		}
		if ch == ChoiceProceed {
			if err := c.mayProceed(); err != nil && c.State != to {
				return err
			}
			c.Intent, c.IntentSource = IntentFinal, IntentByClient
		}
		if ch == ChoiceStay {
			c.Intent, c.IntentSource = IntentUndecided, IntentByClient
		}
		if c.State == to { // the way out was open; now we know that it is meant
			return saveAndSync(ctx, tx, acc, c, d.now())
		}
		return moveAndSync(ctx, tx, acc, c, to, ActorClient, why, d.now())
	})
}

// Unsubscribe stops all letters to the address of a link. It is idempotent and
// takes effect at the fence.
func (d *Desk) Unsubscribe(ctx context.Context, v *Visit, told Told) error {
	now := d.now()
	_, err := change(ctx, d.store, nil, v.Case.ID, func(tx Store, acc *Account, c *Case) error {
		stop := &Suppression{ID: NewID(), Hash: d.keys.StopHash(ChannelEmail, v.Link.Recipient), Channel: ChannelEmail, Reason: "opt-out", Source: told.Source, CreatedAt: now.UTC()}
		if err := tx.AddSuppression(ctx, stop); err != nil {
			return err
		}
		if err := withdrawAll(ctx, tx, d.keys, c, v.Link.Recipient, told, now); err != nil {
			return err
		}
		if c.NoContact {
			return nil
		}
		return c.leaveAlone(ctx, tx, acc, "the client asked not to be written to", ActorClient, now)
	})
	return err
}

// Act does an action of contract §5 on a case for a person. version, when not
// zero, must be the case's; ErrStale otherwise. An unknown action is ErrNotFound.
func (d *Desk) Act(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, a Action, by Actor) (*Case, error) {
	do, ok := actions[a.Name]
	if !ok {
		return nil, ErrNotFound
	}
	if a.Name == "record_answer" {
		return d.answer(ctx, scope, caseID, version, a.Person, by, a.Answer.Over)
	}
	return change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		if err := c.seenAt(version); err != nil {
			return err
		}
		if talkedBy(a.Name, by) {
			c.talked(acc, d.now())
		}
		return do(ctx, tx, acc, c, a, by, d.now())
	})
}

// seenAt refuses a change by somebody who has seen another version; zero: any.
func (c *Case) seenAt(version int) error {
	if version != 0 && version != c.Version {
		return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the case is at version %d", c.Version)}
	}
	return nil
}

// Action is one request of a person; only the parts that its name needs count.
type Action struct {
	Name        string
	Person      Person // who asks
	Note        string
	Reason      string
	Text        string
	Intent      Intent
	Answer      Answer
	ReceivedOn  string
	DealID      string
	Handover    HandoverTrack
	Settlement  SettlementTrack
	Proposal    string
	Incidents   []Incident
	QuarrelWith string
	Review      *RefusalReview
	Why         string
	NewDate     string
	Client      Client // of set_dates: the zone and the days
	SeasonOn    string
}

// ActionNames lists the actions that this version knows, sorted.
func ActionNames() []string {
	names := []string{"record_answer"}
	for n := range actions {
		if n != "record_answer" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

type actFunc func(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error

var actions = map[string]actFunc{
	"record_answer": nil, // Answer does it
	"set_intent":    setIntent,
	"proceed":       proceed,
	"withdraw":      withdraw,
	"record_letter": recordLetter,
	"pause":         pause,
	"resume":        resume,
	"stop_contact":  stopContact,
	"part":          part,
	"return":        comeBack,
	"cancel":        cancelCase,
	"save":          save,
	"propose":       propose,
	"review":        reviewRefusal,
	"approve":       approve,
	"drop":          drop,

	"shorten_cooling_off": hasten,
	"explain_delay":       explainDelay,
	"release_reason":      releaseShield,
	"legal_hold":          legalHold,
	"lift_hold":           liftHold,
	"set_dates":           setDates,
}

func proceed(ctx context.Context, tx Store, acc *Account, c *Case, _ Action, by Actor, now time.Time) error {
	if err := c.mayProceed(); err != nil {
		return err
	}
	return moveAndSync(ctx, tx, acc, c, StateLeaving, by, "the client proceeds", now)
}

// mayProceed lets a client go who has said that they leave. A parting by the
// company goes its own way: what is approved leaves by its letter only.
func (c *Case) mayProceed() error {
	if c.State != StateListening && c.State != StateSaving {
		return Rule("move_not_allowed", "a case that is "+string(c.State)+" does not proceed; it has its own way")
	}
	return nil
}

func withdraw(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	c.note(a.Note)
	return moveAndSync(ctx, tx, acc, c, StateSaved, by, "the client withdraws the cancellation", now)
}

func recordLetter(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	on, err := time.Parse(time.DateOnly, a.ReceivedOn)
	if err != nil || on.After(now.AddDate(0, 0, 1)) {
		return Invalid("the day of the letter is missing or lies ahead", FieldError{"received_on", "a day, YYYY-MM-DD, not in the future"})
	}
	c.Dates.LetterReceivedAt = now.UTC()
	if c.Dates.NoticeReceivedOn == "" || a.ReceivedOn < c.Dates.NoticeReceivedOn {
		c.Dates.NoticeReceivedOn = a.ReceivedOn
		if c.Dates.EffectiveOn != "" { // an earlier notice ends earlier; a later one is never imposed
			c.Dates.EffectiveOn = min(c.Dates.EffectiveOn, AddDays(a.ReceivedOn, c.Contract.NoticeDays))
		}
	}
	if !c.Open() || c.Initiator == ByCompany {
		return Rule("letter_without_leaving", "a case that is "+string(c.State)+" waits for no letter of the client")
	}
	if err := tx.Record(ctx, c.line(by, "letter.recorded", "the client's letter came on "+a.ReceivedOn, nil)); err != nil {
		return err
	}
	if c.State == StateListening || c.State == StateSaving {
		return moveAndSync(ctx, tx, acc, c, StateLeaving, by, "the client's letter came", now)
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

func pause(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if c.Paused {
		return Rule("already_paused", "the case is paused already")
	}
	c.Paused = true
	c.note(a.Note)
	if err := tx.Record(ctx, c.line(by, "case.paused", "letters wait", nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

func resume(ctx context.Context, tx Store, acc *Account, c *Case, _ Action, by Actor, now time.Time) error {
	if !c.Paused {
		return Rule("not_paused", "the case is not paused")
	}
	c.Paused = false
	if c.Tracks.WinBack == WinBackPaused {
		c.Tracks.WinBack = WinBackActive
	}
	if err := tx.Record(ctx, c.line(by, "case.resumed", "letters go on", nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

func stopContact(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if strings.TrimSpace(a.Reason) == "" {
		return Invalid("a reason is required", FieldError{"reason", "why the client is not to be written to"})
	}
	return c.leaveAlone(ctx, tx, acc, "a person stopped all contact", by, now)
}

func part(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if a.Handover != "" && a.Handover != HandoverNotNeeded || a.Settlement != "" && a.Settlement != SettlementNotNeeded {
		return Invalid("handover and settlement may only be declared not_needed here", FieldError{"handover", "not_needed or nothing"})
	}
	if c.Initiator == ByCompany && c.State != StateLeaving {
		return partByCompany(ctx, tx, acc, c, by, now)
	}
	if c.State != StateLeaving {
		return c.May(StateParted, now.In(acc.Location()))
	}
	// What was accepted or settled stays so, and a dispute is not over because
	// somebody says that nothing is owed.
	if h := c.Tracks.Handover; a.Handover != "" && !h.done() && h != HandoverDisputed {
		c.Tracks.Handover = a.Handover
	}
	if s := c.Tracks.Settlement; a.Settlement != "" && !s.done() && s != SettlementDisputed {
		c.Tracks.Settlement = a.Settlement
	}
	if !c.nothingOwed() {
		if err := closeDispute(c, a, now); err != nil {
			return err
		}
	}
	return moveAndSync(ctx, tx, acc, c, StateParted, by, "the last day is over and nothing is owed", now)
}

func comeBack(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	c.note(a.Note)
	if c.NoFurtherService && !c.MayBeInvitedBack() && a.Person.Approves() {
		c.NoFurtherService, c.Dates.ReviewOn = false, ""
		if err := tx.Record(ctx, c.line(by, "service.allowed", "an approver lets the client come back", nil)); err != nil {
			return err
		}
	}
	why := "the client is back"
	if deal := strings.TrimSpace(a.DealID); deal != "" {
		why += ": their deal " + deal
		c.note(pick(acc.Lang.Or(RU), "Вернулись с новой сделкой: ", "Back with a new deal: ") + deal)
	}
	return moveAndSync(ctx, tx, acc, c, StateReturned, by, why, now)
}

func cancelCase(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if strings.TrimSpace(a.Reason) == "" {
		return Invalid("a reason is required", FieldError{"reason", "why the case was a mistake"})
	}
	if err := c.mayCancel(a.Person); err != nil {
		return err
	}
	c.note(a.Reason)
	if err := moveAndSync(ctx, tx, acc, c, StateCancelled, by, "cancelled as a mistake", now); err != nil {
		return err
	}
	return c.saveStands(ctx, tx, acc, now)
}

func (c *Case) note(s string) {
	if s = strings.TrimSpace(s); s != "" {
		c.Note = strings.TrimSpace(c.Note + "\n" + s)
	}
}

// Choices lists what the client may decide now.
func (d *Desk) Choices(v *Visit) []Choice {
	var out []Choice
	local := d.now().In(v.Account.Location())
	for _, ch := range []struct {
		choice Choice
		to     State
	}{{ChoiceStay, StateSaved}, {ChoiceProceed, StateLeaving}, {ChoiceComeback, StateReturned}} {
		if v.Case.May(ch.to, local) == nil {
			out = append(out, ch.choice)
		}
	}
	return out
}
