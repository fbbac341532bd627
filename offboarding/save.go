package offboarding

import (
	"context"
	"strings"
	"time"

	"opendoor/offboarding/survey"
)

// SaveOffer is the one proposal that a case may see (domain §5).
type SaveOffer struct {
	Proposal string    `json:"proposal"`
	By       Person    `json:"by,omitzero"`
	At       time.Time `json:"at"`
}

// A client who has accepted an offer is not offered another within this time.
const savedRecentlyFor = 180 * 24 * time.Hour

// saveSilence is how long an offer waits for an answer: by the clock where the
// account says so, else five business days.
func saveSilence(acc *Account, now time.Time) time.Time {
	if acc.Policy.SaveWait > 0 {
		return now.Add(acc.Policy.SaveWait)
	}
	return acc.Calendar().Add(now, 5, acc.Location())
}

// statedReason reports whether we know why the client leaves. Silence is none.
func (c *Case) statedReason() bool {
	return survey.GroupOf(c.Reason.Code) != "" && c.Reason.Code != survey.NoAnswer
}

// handoverBegins is the day on which the handover must begin to be ready on the
// last day of service; empty: the last day is not known. A notice that has come
// tells it before the client is on the way out.
func (c *Case) handoverBegins() string {
	last := c.Dates.EffectiveOn
	switch {
	case last != "":
	case c.Dates.NoticeReceivedOn != "":
		last = AddDays(c.Dates.NoticeReceivedOn, c.Contract.NoticeDays)
	default:
		return ""
	}
	return AddDays(last, -c.Contract.HandoverDays)
}

// save makes the one proposal: it answers what the client has said, and lets
// them go with one button.
func save(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	proposal := strings.TrimSpace(a.Proposal)
	if proposal == "" {
		return Invalid("a proposal is required", FieldError{"proposal", "one sentence that answers the stated reason"})
	}
	if err := c.May(StateSaving, now.In(acc.Location())); err != nil {
		return err
	}
	if err := barredBefore(ctx, tx, c, proposal, now); err != nil {
		return err
	}
	c.Offer = &SaveOffer{Proposal: proposal, By: a.Person, At: now.UTC()}
	if err := moveAndSync(ctx, tx, acc, c, StateSaving, by, "one proposal to stay was made", now); err != nil {
		return err
	}
	effects := append(c.taskEffect("save_talk", now, callBy(acc, now)), c.timer(TimerSaveSilent, c.saveEnds(acc, now)))
	if err := tx.AddEffects(ctx, effects); err != nil || c.Client.Email == "" {
		return err
	}
	label := survey.GroupOf(c.Reason.Code)
	if r, ok := survey.Lookup(label); ok {
		label = r.Label(string(c.Lang(acc)))
	}
	return post(ctx, tx, c.letterWith(acc, T07, now, SaveProposal{ReasonLabel: label, Proposal: proposal}))
}

// saveEnds is when the way out opens by itself: after the silence, or when the
// handover must begin.
func (c *Case) saveEnds(acc *Account, now time.Time) time.Time {
	ends := saveSilence(acc, now)
	if on, err := time.ParseInLocation(time.DateOnly, c.handoverBegins(), acc.Location()); err == nil && on.Before(ends) {
		return on
	}
	return ends
}

// barredBefore looks at what the client has heard from us before: whoever
// accepted an offer lately hears none, and nobody hears a declined one twice.
func barredBefore(ctx context.Context, tx Store, c *Case, proposal string, now time.Time) error {
	before, err := tx.CasesOfClient(ctx, c.AccountID, c.Client)
	if err != nil {
		return err
	}
	for _, b := range before {
		if b.ID == c.ID {
			continue
		}
		if err := b.saidElsewhere(now); err != nil {
			return err
		}
		if b.Offer == nil {
			continue
		}
		if b.Tracks.Save == SaveAccepted && now.Before(b.Dates.SavedAt.Add(savedRecentlyFor)) {
			return Rule("saved_recently", "this client accepted an offer less than 180 days ago")
		}
		if b.Tracks.Save == SaveDeclined && sameWords(b.Offer.Proposal, proposal) {
			return Rule("proposal_declined_before", "the client has declined this very proposal before")
		}
	}
	return nil
}

// saidElsewhere looks at another parting of the same client that is under way or
// was called a mistake: what was decided there is decided, and who has been asked
// to stay there has been asked.
func (c *Case) saidElsewhere(now time.Time) error {
	lately := func(at time.Time) bool { return now.Before(at.Add(savedRecentlyFor)) }
	switch {
	case !c.Open() && (c.State != StateCancelled || !lately(c.Dates.ClosedAt)):
		return nil
	case c.Intent == IntentFinal:
		return Rule(decisionIsNotFinal.Rule, "the client has told in another parting that the decision is final")
	case c.Open() && c.LooksFinal():
		return Rule(nothingLooksFinal.Rule, nothingLooksFinal.Why)
	case c.Offer != nil && lately(c.Offer.At):
		return Rule(saveIsAllowed.Rule, "this client was asked to stay a short while ago; one good try, never two")
	}
	return nil
}

// beginSave says at the opening whether an offer may ever be made.
func (c *Case) beginSave(before []*Case, now time.Time) {
	if c.Initiator != ByClient {
		c.Tracks.Save = SaveNotAllowed
	}
	for _, b := range before {
		if b.Tracks.Save == SaveAccepted && now.Before(b.Dates.SavedAt.Add(savedRecentlyFor)) {
			c.Tracks.Save = SaveNotAllowed
		}
		if c.RelapseOf == nil && b.State == StateSaved && now.Before(b.Dates.SavedAt.Add(saveConfirmedAfter)) && b.Contract.Number == c.Contract.Number {
			c.RelapseOf, c.Tracks.Save = &b.ID, SaveNotAllowed
		}
	}
}

// relapse takes back the save that the client's new cancellation makes void: it
// does not count any more.
func (c *Case) relapse(ctx context.Context, tx Store, known []*Case) error {
	for _, b := range known {
		if c.RelapseOf != nil && b.ID == *c.RelapseOf {
			return b.stop(ctx, tx, "the client has cancelled again", EffectTimer)
		}
	}
	return nil
}

// saveStands lets the save count after all when the new cancellation was a mistake.
func (c *Case) saveStands(ctx context.Context, tx Store, acc *Account, now time.Time) error {
	if c.RelapseOf == nil {
		return nil
	}
	b, err := tx.Case(ctx, nil, *c.RelapseOf)
	if err != nil || b.State != StateSaved {
		return ignoreMissing(err)
	}
	if err := tx.AddEffects(ctx, []Effect{b.timer(TimerSaveConfirmed, b.Dates.SavedAt.Add(saveConfirmedAfter))}); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, b, now)
}

func legalHold(ctx context.Context, tx Store, acc *Account, c *Case, a Action, by Actor, now time.Time) error {
	if c.LegalHold = strings.TrimSpace(a.Reason); c.LegalHold == "" {
		return Invalid("a reason is required", FieldError{"reason", "why the case is held for the law"})
	}
	if err := tx.Record(ctx, c.line(by, "legal_hold.set", "a legal hold stands over the case", nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

func liftHold(ctx context.Context, tx Store, acc *Account, c *Case, _ Action, by Actor, now time.Time) error {
	if c.LegalHold == "" {
		return Rule("no_legal_hold", "no legal hold stands over the case")
	}
	c.LegalHold = ""
	if err := tx.Record(ctx, c.line(by, "legal_hold.lifted", "the legal hold is lifted", nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, c, now)
}
