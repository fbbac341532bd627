package offboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/tone"
)

// This file stands between a letter and the post: every text is judged as it
// would leave (domain §6). A blocked text never leaves by itself: the text that
// ships goes instead, and if that is blocked too the letter waits for a person.

// errHeld says that a letter waits for a person; the reason is its message.
var errHeld = errors.New("the letter waits for a person")

// compose writes a letter and judges it. It returns errHeld together with the
// letter when it must not leave by itself.
func (p *Postman) compose(ctx context.Context, m *Message, c *Case, acc *Account) (*WrittenLetter, *ToneRecord, error) {
	d, err := p.data(ctx, m, c, acc)
	if err != nil {
		return nil, nil, err
	}
	if d.Own, err = p.store.LetterText(ctx, m.Template, m.Lang, 0); err != nil && !IsKind(err, KindNotFound) {
		return nil, nil, err
	}
	w, r, err := p.judged(m, c, d)
	if IsKind(err, KindUnavailable) {
		return nil, nil, err
	}
	switch {
	case err == nil && m.kind().Internal: // judged, but there is no client whom it could hurt
		return w, r, nil
	case err == nil && !r.blocks():
		return w, r, r.confirmed(m.kind(), d.Own)
	case err == nil && !w.Own:
		return w, r, r.held()
	}
	// The operator's text cannot go: the one that ships stands in for it.
	replaced := r
	if err != nil {
		p.log.WarnContext(ctx, "an operator's text cannot be written, the built-in one goes instead", "template", m.Template, "lang", m.Lang, "err", err)
		replaced = &ToneRecord{Verdict: string(tone.Block), Text: "operator"}
	}
	d.BuiltIn = true
	if w, r, err = p.judged(m, c, d); err != nil {
		return nil, nil, err
	}
	r.Replaced = replaced
	if r.blocks() {
		return w, r, r.held()
	}
	return w, r, nil
}

func (p *Postman) judged(m *Message, c *Case, d LetterData) (*WrittenLetter, *ToneRecord, error) {
	w, err := p.letters.Write(d)
	if err != nil {
		return nil, nil, err
	}
	r := judge(w, m.kind(), m.Lang, c)
	if w.Own && d.Own != nil {
		r.TemplateVersion = d.Own.Version
	}
	return w, r, nil
}

func (r *ToneRecord) blocks() bool { return r != nil && r.Verdict == string(tone.Block) }

// held says that the guard keeps the letter.
func (r *ToneRecord) held() error {
	if !r.blocks() {
		return nil
	}
	return fmt.Errorf("%w: the tone guard blocks it (%s)", errHeld, r.why())
}

// confirmed lets a warning pass when the text ships with opendoor, or its
// author has meant it; otherwise a person confirms. A proposal to stay is in
// somebody's own words whatever text stands around them, and nobody's way out
// waits for it.
func (r *ToneRecord) confirmed(k *LetterKind, own *LetterText) error {
	if r.Verdict != string(tone.Warn) || r.Text == "stock" && k.Code != T07 {
		return nil
	}
	for _, rule := range r.rules() {
		if own == nil || !slices.Contains(own.Accepted, rule) {
			return fmt.Errorf("%w: the tone guard warns (%s)", errHeld, r.why())
		}
	}
	return nil
}

// hold keeps a letter for a person and asks for one.
func (p *Postman) hold(ctx context.Context, ef *Effect, m *Message, why error) error {
	reason := strings.TrimPrefix(why.Error(), errHeld.Error()+": ")
	if m.CaseID == uuid.Nil {
		return p.finish(ctx, ef, m, EffectFailed, MessageHeld, reason)
	}
	now := p.now()
	_, err := change(ctx, p.store, nil, m.CaseID, func(tx Store, acc *Account, c *Case) error {
		m.State, m.Reason = MessageHeld, reason
		if err := tx.SaveMessage(ctx, m); err != nil {
			return err
		}
		if err := tx.Record(ctx, m.line("message.held", m.Template+": "+reason)); err != nil {
			return err
		}
		if err := tx.Finish(ctx, ef, EffectFailed, reason, ""); err != nil {
			return err
		}
		if m.kind().Internal {
			return nil
		}
		return askForBlocked(ctx, tx, acc, c, m, now)
	})
	return err
}

// askForBlocked orders a task for a person about a letter that was stopped or
// whose own text was replaced.
func askForBlocked(ctx context.Context, tx Store, acc *Account, c *Case, m *Message, now time.Time) error {
	return tx.AddEffects(ctx, c.taskEffect("blocked:"+m.Template, now, callBy(acc, now)))
}

// Release lets a letter go that the tone guard has kept. Who may release what
// it blocks is asked by the caller; insults and threats nobody may.
func Release(ctx context.Context, s Store, scope []uuid.UUID, id uuid.UUID, reason string, manager bool, by Actor, now time.Time) (*Message, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, Invalid("a reason is required", FieldError{"reason", "why the letter goes all the same"})
	}
	var out *Message
	err := s.InTx(ctx, func(tx Store) error {
		m, err := tx.Message(ctx, scope, id)
		if err != nil {
			return err
		}
		switch {
		case m.State != MessageHeld || m.Tone == nil || m.Text == "" || m.Tone.Verdict == string(tone.Pass):
			return Rule("not_held", "the tone guard does not hold this letter")
		case m.Tone.forbidden() != "":
			return Rule("tone_not_overridable", "an insult or a threat is never sent: "+m.Tone.forbidden())
		case m.Tone.blocks() && !manager:
			return Rule("manager_needed", "what the tone guard blocks may be released by an approver or an admin only")
		}
		if _, err := tx.Revive(ctx, scope, m.EffectID, now); err != nil {
			if IsKind(err, KindNotFound) {
				return Rule("not_held", "the letter does not wait any more")
			}
			return err
		}
		m.Tone.Override = &ToneOverride{By: by, Reason: strings.TrimSpace(reason), At: now.UTC()}
		m.State, m.Reason = MessagePlanned, ""
		out = m
		if err := tx.SaveMessage(ctx, m); err != nil {
			return err
		}
		line := m.line("tone.overridden", m.Template+" goes although the tone guard holds it ("+m.Tone.why()+")")
		line.Actor = by
		return tx.Record(ctx, line)
	})
	return out, err
}
