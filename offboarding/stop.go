package offboarding

import (
	"context"
	"slices"
	"time"
)

// leaveAlone ends all contact with a client who asked for it, on any channel:
// what waits in this parting and in others of the same client, or of the same
// address in another account, is cancelled in the same transaction. What is owed
// to the client, and what our own people are told, still goes.
func (c *Case) leaveAlone(ctx context.Context, tx Store, acc *Account, why string, by Actor, now time.Time) error {
	others, err := c.othersOfClient(ctx, tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.NoContact || other.State.Over() {
			continue
		}
		of, err := tx.Account(ctx, other.AccountID)
		if IsKind(err, KindNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := other.stopped(ctx, tx, of, why, by, now); err != nil {
			return err
		}
	}
	return c.stopped(ctx, tx, acc, why, by, now)
}

// leaveAddressAlone ends all contact with the client who has an address, as a
// person was told by them. Partings that are over have nothing to end.
func leaveAddressAlone(ctx context.Context, tx Store, address string, by Actor, now time.Time) error {
	cases, err := tx.CasesWithEmail(ctx, nil, address)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(cases, func(c *Case) bool { return !c.NoContact && !c.State.Over() })
	if i < 0 {
		return nil
	}
	acc, err := tx.Account(ctx, cases[i].AccountID)
	if err != nil {
		return err
	}
	return cases[i].leaveAlone(ctx, tx, acc, "the client asked not to be written to", by, now)
}

// othersOfClient are the client's other cases: of the account by id or address,
// of other accounts by address.
func (c *Case) othersOfClient(ctx context.Context, tx Store) ([]*Case, error) {
	all, err := tx.CasesOfClient(ctx, c.AccountID, c.Client)
	if err != nil {
		return nil, err
	}
	elsewhere, err := tx.CasesWithEmail(ctx, nil, c.Client.Email)
	for _, k := range elsewhere {
		if k.AccountID != c.AccountID {
			all = append(all, k)
		}
	}
	return slices.DeleteFunc(all, func(k *Case) bool { return k.ID == c.ID }), err
}

func (c *Case) stopped(ctx context.Context, tx Store, acc *Account, why string, by Actor, now time.Time) error {
	c.NoContact = true
	if c.Tracks.Survey == SurveyScheduled || c.Tracks.Survey == SurveySent || c.Tracks.Survey == SurveyReminded {
		c.Tracks.Survey = SurveyDeclined
	}
	if c.Tracks.WinBack != WinBackNone {
		c.Tracks.WinBack = WinBackStopped
	}
	if _, err := tx.CancelTouches(ctx, c.ID, why); err != nil {
		return err
	}
	if err := c.cancelLetters(ctx, tx, why, unowed...); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(by, "contact.stopped", why, nil)); err != nil {
		return err
	}
	if c.State == StateParted || c.State == StateInTouch { // nothing is left to be said about the parting
		return moveAndSync(ctx, tx, acc, c, StateClosed, by, why, now)
	}
	return saveAndSync(ctx, tx, acc, c, now)
}

// fallSilent ends what we would still say to the client of a case that closes.
// What our own people have to do about the loss, and what others were promised,
// goes on: the review, its checks, answers to the successor.
func (c *Case) fallSilent(ctx context.Context, tx Store) error {
	const why = "the case is closed"
	if _, err := tx.CancelTouches(ctx, c.ID, why); err != nil {
		return err
	}
	if err := c.cancelLetters(ctx, tx, why, unowed...); err != nil {
		return err
	}
	_, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectTimer}, c.timerKey(TimerPlanEnds), why)
	return err
}

// unowed are the letters that nobody has a right to: a stop ends them. T03
// stands for its reminder too, as the beginning of its code.
var unowed = func() (codes []string) {
	for _, k := range LetterKinds {
		known := slices.ContainsFunc(codes, func(c string) bool { return len(k.Code) > len(c) && k.Code[:len(c)] == c })
		if !k.Owed && !k.Internal && !known {
			codes = append(codes, k.Code)
		}
	}
	return codes
}()

// cancelLetters cancels the case's letters of these templates that have not begun.
func (c *Case) cancelLetters(ctx context.Context, tx Store, why string, templates ...string) error {
	for _, t := range templates {
		if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+t, why); err != nil {
			return err
		}
	}
	return nil
}

// whyStopListed is why a letter to an address on the stop list does not go.
const whyStopListed = "the address asked not to be written to"

// remindNoMore cancels the reminders of the survey that wait for an address which
// is on the stop list now. Other letters meet it on their day: another channel may
// do then, or a person finds another way.
func remindNoMore(ctx context.Context, tx Store, ch Channel, address, why string) error {
	if ch != ChannelEmail {
		return nil
	}
	cases, err := tx.CasesWithEmail(ctx, nil, address)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if err := c.cancelLetters(ctx, tx, why, T3R); err != nil {
			return err
		}
	}
	return nil
}
