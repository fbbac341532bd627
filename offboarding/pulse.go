package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
	"opendoor/offboarding/tone/intent"
)

// The pulse is one question to a client who stays, asked with the quarterly
// inventory: «Что нам улучшить?» (domain §10). It is listening before a loss.

// PulseAnswer is what a client said to it.
type PulseAnswer struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	ContractID uuid.UUID
	Mark       *int // 0 to 10; nil: none given
	Text       string
	By         Actor
	CreatedAt  time.Time
}

// Pulses keeps the answers to the pulse.
type Pulses interface {
	AddPulse(ctx context.Context, p *PulseAnswer) error
	// PulsesOf lists the answers about a contract, newest first.
	PulsesOf(ctx context.Context, contractID uuid.UUID, p Page) ([]*PulseAnswer, error)
}

const (
	lowMark      = 6
	pulseMaxText = 4000
	// A quarter and a little more: the next inventory brings a new address.
	pulseLinkLife = 100 * 24 * time.Hour
)

// worries reports whether an answer needs a person: a low mark, a word without
// a mark, or words of somebody who is about to leave, has heard things, or was
// treated badly.
func (p *PulseAnswer) worries() bool {
	if p.Mark == nil || *p.Mark <= lowMark {
		return true
	}
	for _, lang := range []Lang{RU, EN} {
		s := intent.Check(p.Text, string(lang))
		if s.ThirdParty || s.ReasonHint == shieldedGroup || s.Intent == string(IntentFinal) || s.Intent == string(IntentVenting) || s.Intent == string(IntentUndecided) {
			return true
		}
	}
	return false
}

// complainsOf reports whether the words name the responsible, or speak of how
// people of ours behave.
func (p *PulseAnswer) complainsOf(r Responsibility) bool {
	if survey.Mentions(p.Text, r.Name) {
		return true
	}
	return slices.ContainsFunc([]Lang{RU, EN}, func(l Lang) bool { return intent.Check(p.Text, string(l)).ReasonHint == shieldedGroup })
}

// MayBeReadBy reports whether a person may read the answer: who was responsible
// for the contract does not read what may be about them.
func (p *PulseAnswer) MayBeReadBy(who Person, k *ContractRecord) bool {
	return !slices.ContainsFunc(k.Responsibles, func(r Responsibility) bool {
		return who.isResponsible(Responsible{ID: r.ID, Name: r.Name, Email: r.Email}) && p.complainsOf(r)
	})
}

func (p *PulseAnswer) check() error {
	p.Text = strings.TrimSpace(p.Text)
	if p.Mark == nil && p.Text == "" || p.Mark != nil && (*p.Mark < 0 || *p.Mark > 10) || utf8.RuneCountInString(p.Text) > pulseMaxText {
		return Invalid("the answer cannot be taken", FieldError{"mark", "0 to 10, or a text of at most 4000 characters"})
	}
	return nil
}

// Pulse takes the client's answer to «Что нам улучшить?». A low mark, a word
// without a mark, or a worrying one is a task within two business hours and
// never a case; a text that names the responsible is for their manager.
func (d *Desk) Pulse(ctx context.Context, scope []uuid.UUID, id uuid.UUID, mark *int, text string, by Actor) (k *ContractRecord, task bool, err error) {
	now := d.now()
	answer := &PulseAnswer{ID: NewID(), ContractID: id, Mark: mark, Text: text, By: by, CreatedAt: now.UTC()}
	if err := answer.check(); err != nil {
		return nil, false, err
	}
	task = answer.worries()
	take := func(tx Store) error {
		if k, err = tx.Contract(ctx, scope, id); err != nil {
			return err
		}
		acc, err := tx.Account(ctx, k.AccountID)
		if err != nil {
			return err
		}
		answer.AccountID = k.AccountID
		if err := tx.AddPulse(ctx, answer); err != nil {
			return err
		}
		if now.After(k.LastTwoWayAt) {
			k.LastTwoWayAt = now.UTC() // an answer is contact, both ways
		}
		if err := tx.SaveContract(ctx, k); err != nil {
			return err
		}
		if err := tx.Record(ctx, k.line(by, "contract.pulse", "the client said what could be better", nil)); err != nil || !task {
			return err
		}
		to := ""
		if r, ok := k.ResponsibleOn(Day(now, acc.Location())); ok && answer.complainsOf(r) {
			to = ToManager
		}
		return tx.AddEffects(ctx, k.nudgeTo(acc, to, NudgePulse, Day(now, acc.Location()), now, inBusinessHours(acc, now, 2*time.Hour)))
	}
	for range changeTries {
		if err = d.store.InTx(ctx, take); !IsKind(err, KindStale) {
			break
		}
	}
	if err != nil {
		return nil, false, err
	}
	return k, task, nil
}

// PulseLink returns the address of this quarter's question to the client of a
// contract, for the message that brings the inventory. Asked again it is the same.
func (d *Desk) PulseLink(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (token string, expires time.Time, err error) {
	k, err := d.store.Contract(ctx, scope, id)
	if err != nil {
		return "", time.Time{}, err
	}
	acc, err := d.store.Account(ctx, k.AccountID)
	if err != nil {
		return "", time.Time{}, err
	}
	now := d.now()
	if !k.Active(Day(now, acc.Location())) {
		return "", time.Time{}, Rule("contract_over", "the contract is over; whoever leaves is asked by the survey")
	}
	quarter := QuarterOf(now.In(acc.Location())).String()
	token, expires = d.keys.LinkToken(PurposePulse, k.ID, quarter), now.Add(pulseLinkLife).UTC().Truncate(time.Microsecond)
	return token, expires, d.store.AddLink(ctx, &Link{
		ID: NewID(), AccountID: k.AccountID, CaseID: k.ID, Purpose: PurposePulse, Recipient: quarter, TokenHash: HashToken(token), ExpiresAt: expires,
	})
}

// PulseVisit is what the address of a pulse leads to.
type PulseVisit struct {
	Contract *ContractRecord
	Account  *Account
	Expired  bool
}

// VisitPulse finds what a token leads to; nothing is changed.
func (d *Desk) VisitPulse(ctx context.Context, token string) (*PulseVisit, error) {
	if !d.keys.ProveLink(PurposePulse, token) {
		return nil, ErrNotFound
	}
	l, err := d.store.LinkByHash(ctx, HashToken(token))
	if err != nil {
		return nil, err
	}
	k, err := d.store.Contract(ctx, nil, l.CaseID)
	if err != nil {
		return nil, err
	}
	acc, err := d.store.Account(ctx, k.AccountID)
	if err != nil {
		return nil, err
	}
	return &PulseVisit{Contract: k, Account: acc, Expired: !d.now().Before(l.ExpiresAt)}, nil
}
