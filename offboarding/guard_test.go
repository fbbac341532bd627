package offboarding_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

const (
	reproach = "После всего, что мы для вас сделали, так не уходят."
	cheer    = "Спасибо вам!!! Ура!!!"
	threat   = "Вы ещё пожалеете об этом."
)

// own stores an operator's text for T01 in Russian.
func (h *house) own(text string, accepted ...string) {
	h.Helper()
	h.texts++
	h.must(h.store.AddLetterText(h.Context(), &od.LetterText{Code: od.T01, Lang: od.RU, Version: 1 + h.texts, Subject: "x", Text: text, Accepted: accepted, By: "key:office"}))
}

func TestEveryLetterCarriesTheVerdictOfTheToneGuard(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	for _, template := range []string{od.T01, od.T03} {
		if m := h.letter(h.theCase("17"), template); m.Tone == nil || m.Tone.Verdict != "pass" || m.Tone.Text != "stock" {
			t.Errorf("%s: %+v", template, m.Tone)
		}
	}
}

func TestAnOperatorsTextCountsAtOnce(t *testing.T) {
	h := newHouse(t)
	h.own("Рады были работать вместе.")
	h.lose("17")
	h.work()
	m := h.letter(h.theCase("17"), od.T01)
	if m.State != od.MessageSent || !strings.Contains(m.Text, "Рады были") || m.Tone.Text != "operator" || m.Tone.TemplateVersion != 2 {
		t.Errorf("%s %q %+v", m.State, m.Text, m.Tone)
	}
}

func TestABlockedTextGivesWayToTheBuiltInOne(t *testing.T) {
	h := newHouse(t)
	h.own(reproach)
	h.lose("17")
	h.after(2 * time.Second)
	c := h.theCase("17")
	m := h.letter(c, od.T01)
	if m.State != od.MessageSent || strings.Contains(m.Text, "После всего") || m.Tone.Verdict != "pass" || m.Tone.Replaced == nil || m.Tone.Replaced.Verdict != "block" {
		t.Errorf("%s %q %+v", m.State, m.Text, m.Tone)
	}
	if !strings.Contains(strings.Join(h.crm.taskTexts(), " "), "blocked:T01") {
		t.Errorf("nobody is asked to look: %v", h.crm.taskTexts())
	}
	h.sound()
}

func TestALetterThatIsBlockedAnywayWaitsForAPerson(t *testing.T) {
	h := newHouse(t)
	h.letters.text = reproach
	h.lose("17")
	h.after(2 * time.Second)
	c := h.theCase("17")
	m := h.letter(c, od.T01)
	if m.State != od.MessageHeld || !strings.Contains(m.Reason, "guilt") || len(h.post.sent) != 0 {
		t.Fatalf("%s (%s), sent %v", m.State, m.Reason, h.post.templates())
	}
	if !strings.Contains(strings.Join(h.crm.taskTexts(), " "), "blocked:T01") {
		t.Errorf("nobody is asked: %v", h.crm.taskTexts())
	}
	release := func(reason string, manager bool) error {
		_, err := od.Release(t.Context(), h.store, nil, m.ID, reason, manager, "key:boss", h.clock)
		return err
	}
	h.wants(release("так решили", false), "manager_needed")
	if err := release(" ", true); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("released without a reason: %v", err)
	}
	h.must(release("согласовано с клиентом", true))
	h.work()
	if m = h.letter(c, od.T01); m.State != od.MessageSent || m.Tone.Override == nil || m.Tone.Override.By != "key:boss" {
		t.Errorf("%s (%s) %+v", m.State, m.Reason, m.Tone)
	}
	h.wants(release("ещё раз", true), "not_held")
	// Whatever waits, the way out is open.
	if _, err := h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed); err != nil {
		t.Error(err)
	}
	h.sound()
}

func TestNobodyMaySendAThreat(t *testing.T) {
	h := newHouse(t)
	h.letters.text = threat
	h.lose("17")
	h.work()
	m := h.letter(h.theCase("17"), od.T01)
	_, err := od.Release(t.Context(), h.store, nil, m.ID, "очень нужно", true, "key:boss", h.clock)
	h.wants(err, "tone_not_overridable")
}

func TestAMendedTextGoesWhenTheLetterIsTriedAgain(t *testing.T) {
	h := newHouse(t)
	h.letters.text = reproach
	h.lose("17")
	h.work()
	m := h.letter(h.theCase("17"), od.T01)
	h.letters.text = "Спасибо, что были с нами."
	_, err := od.Retry(t.Context(), h.store, nil, m.EffectID, "key:office", h.clock)
	h.must(err)
	h.work()
	if m = h.letter(h.theCase("17"), od.T01); m.State != od.MessageSent || !strings.Contains(m.Text, "Спасибо") {
		t.Errorf("%s (%s) %q", m.State, m.Reason, m.Text)
	}
}

func TestAWarningWaitsUnlessItsAuthorMeantIt(t *testing.T) {
	for name, tc := range map[string]struct {
		accepted []string
		want     od.MessageState
	}{"nobody said so": {nil, od.MessageHeld}, "meant": {[]string{"fake_cheer"}, od.MessageSent}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.own(cheer, tc.accepted...)
			h.lose("17")
			h.work()
			m := h.letter(h.theCase("17"), od.T01)
			if m.State != tc.want || m.Tone.Verdict != "warn" {
				t.Fatalf("%s (%s) %+v", m.State, m.Reason, m.Tone)
			}
			if tc.want == od.MessageHeld {
				_, err := od.Release(t.Context(), h.store, nil, m.ID, "так и задумано", false, "key:office", h.clock)
				h.must(err)
				h.work()
				h.sent(od.T01)
			}
		})
	}
}

func TestALetterThatCannotBeWrittenWaitsForAPerson(t *testing.T) {
	h := newHouse(t)
	h.letters.fail = od.Invalid("a variable has no value")
	h.lose("17")
	h.after(2 * time.Second)
	m := h.letter(h.theCase("17"), od.T01)
	if m.State != od.MessageHeld || !strings.Contains(m.Reason, "cannot be written") {
		t.Errorf("%s (%s)", m.State, m.Reason)
	}
	h.sound()
}

func (h *house) wants(err error, rule string) {
	h.Helper()
	if e, ok := errors.AsType[*od.Error](err); !ok || e.Rule != rule {
		h.Errorf("%v, want the rule %s", err, rule)
	}
}

// Whoever leaves is persuaded by no letter, whatever the intent is called now.
func TestWhoeverLeavesIsNotPersuaded(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	h.own("Может быть, вы подумаете ещё раз и останетесь?", "persuade_after_final")
	c, err := h.act(h.theCase("17"), od.Action{Name: "proceed"})
	h.must(err)
	stock, err := h.store.LetterText(t.Context(), od.T01, od.RU, 0)
	h.must(err)
	stock.ID, stock.Code, stock.Version = od.NewID(), od.T10, 2
	h.must(h.store.AddLetterText(t.Context(), stock))
	_, err = h.act(c, od.Action{Name: "set_intent", Intent: od.IntentUndecided})
	h.must(err)
	h.after(60 * 24 * time.Hour)
	if m := h.letter(c, od.T10); strings.Contains(m.Text, "останетесь") || m.Tone == nil || m.Tone.Replaced == nil {
		t.Errorf("%s: %s %+v", m.State, m.Text, m.Tone)
	}
}

// Offers go to those who agreed to hear of them; a letter of service or a greeting
// that makes one waits for a person.
func TestAnOfferGoesInNoLetterOfService(t *testing.T) {
	h := newHouse(t)
	c := h.parted("17", "price.budget")
	h.letters.text = "Предлагаем вам скидку 20 % на новый договор."
	h.after(45 * 24 * time.Hour) // the helper parts 40 days ahead
	if m := h.letter(c, od.T12); m.State != od.MessageHeld || !strings.Contains(m.Reason, "persuade_after_final") {
		t.Errorf("%s (%s) %+v", m.State, m.Reason, m.Tone)
	}
}

// The words of a proposal are somebody's own: what the guard warns of, a person confirms.
func TestAProposalThatPressesWaitsForAPerson(t *testing.T) {
	h := newHouse(t)
	c := h.leaves("17", "price")
	h.letters.text = "Моя сестра так и сделала и довольна."
	c, err := h.act(c, offer)
	h.must(err)
	h.work()
	if m := h.letter(c, od.T07); m.State != od.MessageHeld || !strings.Contains(m.Reason, "relatives_story") {
		t.Errorf("%s (%s) %+v", m.State, m.Reason, m.Tone)
	}
	h.after(20 * 24 * time.Hour)
	h.state(h.theCase("17"), od.StateLeaving) // the way out waits for nothing
}
