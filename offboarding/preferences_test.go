package offboarding_test

import (
	"testing"
	"time"

	od "opendoor/offboarding"
)

var onThePage = od.Told{Lang: od.RU, Source: "preferences", IP: "192.0.2.7"}

// prefers ticks on the page of preferences what is given, and saves.
func (h *house) prefers(c *od.Case, ticked ...string) {
	h.Helper()
	shown := []string{"email/relationship", "email/marketing", "phone/relationship", "phone/marketing"}
	h.must(h.desk.SavePreferences(h.Context(), h.visit(c, od.PurposePreferences), shown, ticked, onThePage))
}

func (h *house) ledger() []*od.ContactConsent {
	h.Helper()
	lines, err := h.store.ConsentLines(h.Context(), nil, od.Page{Limit: 100})
	h.must(err)
	return lines
}

func (h *house) plannedTouches(c *od.Case) (out []string) {
	h.Helper()
	for _, t := range h.touches(c) {
		if t.State == od.TouchPlanned {
			out = append(out, t.Template)
		}
	}
	return out
}

func TestEveryPreferenceIsALineOfTheLedger(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", &od.Answer{Reason: "price.cheaper", Source: "survey"})
	all, stopped, err := h.desk.Preferences(t.Context(), h.visit(c, od.PurposePreferences))
	h.must(err)
	for _, p := range all {
		if p.Said || p.Given || p.Allowed() != (p.Class == od.ClassRelationship) {
			t.Errorf("before anything was said: %+v", p)
		}
	}
	if stopped || len(all) < 2 {
		t.Fatalf("%+v, stopped %v", all, stopped)
	}

	h.prefers(c, "email/relationship", "email/marketing")
	h.prefers(c, "email/relationship", "email/marketing") // nothing new is no new line
	lines := h.ledger()
	if len(lines) != 2 {
		t.Fatalf("%d lines, want one for each of the two boxes: %+v", len(lines), lines)
	}
	for _, l := range lines {
		if !l.Given || l.Source != "preferences" || l.IP != "192.0.2.7" || l.WordingVersion != od.PreferencesVersion || l.RecordedBy != od.ActorClient ||
			l.Wording != od.PreferenceWords(od.Preference{Channel: l.Channel, Class: l.Class}, od.RU) || l.Person != c.Client.Email || l.CaseID == nil || !l.GrantedAt.Equal(h.clock) {
			t.Errorf("%+v", l)
		}
	}
	h.after(time.Hour)
	h.prefers(c, "email/relationship")
	if lines = h.ledger(); len(lines) != 3 || lines[0].Given || lines[0].Class != od.ClassMarketing {
		t.Errorf("taking offers back: %+v", lines[0])
	}
	h.after(time.Hour)
	h.must(h.desk.Unsubscribe(t.Context(), h.visit(c, od.PurposePreferences), od.Told{Source: "one-click"}))
	if lines = h.ledger(); len(lines) != 4 || lines[0].Given || lines[0].Class != od.ClassRelationship || lines[0].Source != "one-click" {
		t.Errorf("leaving altogether: %+v", lines[0])
	}
	if _, stopped, err = h.desk.Preferences(t.Context(), h.visit(c, od.PurposePreferences)); err != nil || !stopped {
		t.Errorf("stopped %v, %v", stopped, err)
	}
	h.sound()
}

func TestTouchesArePlannedAnewWhenAConsentChanges(t *testing.T) {
	for name, say := range map[string]func(h *house, c *od.Case, given bool){
		"on the page": func(h *house, c *od.Case, given bool) {
			if given {
				h.prefers(c, "email/relationship", "email/marketing")
			} else {
				h.prefers(c, "email/relationship")
			}
		},
		"told to a person": func(h *house, c *od.Case, given bool) {
			h.must(h.winback().RecordConsent(h.Context(), &od.ContactConsent{
				Person: "CLIENT17@example.com", Channel: od.ChannelEmail, Class: od.ClassMarketing, Given: given, GrantedAt: h.clock, Source: "call", Wording: "да", WordingVersion: "1",
			}, "key:office"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, automatic)
			c := h.leftWell("17", leftForPrice) // T15 after 30 days, offers after 90 and 180
			h.after(time.Minute)
			say(h, c, false)
			if got := h.plannedTouches(c); len(got) != 1 || got[0] != od.T15 {
				t.Errorf("offers taken back: planned %v", got)
			}
			h.after(time.Minute)
			say(h, c, true)
			if got := h.plannedTouches(c); len(got) != 3 {
				t.Errorf("offers allowed again: planned %v", got)
			}
			for _, touch := range h.touches(c) {
				if touch.State == od.TouchCancelled && touch.Reason != "planned anew: the client does not want this on this channel" {
					t.Errorf("cancelled: %q", touch.Reason)
				}
			}
			h.days(100)
			say(h, c, false)
			h.days(100)
			for _, touch := range h.touches(c) {
				if touch.Template == od.T16 && touch.State == od.TouchReleased && touch.ReleasedAt.After(tuesday.Add(170*24*time.Hour)) {
					t.Error("an offer left after it was taken back")
				}
			}
			h.sound()
		})
	}
}

// Letters that were ordered before the client took them back stop at the fence.
func TestARefusalStopsALetterThatIsUnderWay(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", leftForPrice)
	h.clock = h.touches(c)[0].DueAt
	_, err := h.winback().ReleaseDue(t.Context(), 100)
	h.must(err)
	h.post.before = func() { h.prefers(h.theCase("17")) }
	h.post.sent = nil
	h.work()
	if got := count(h.post.templates(), od.T15); got != 0 {
		t.Errorf("%d letters left after the client had said no", got)
	}
	if got := h.plannedTouches(c); len(got) != 0 {
		t.Errorf("still planned: %v", got)
	}
}

// A link that went to another address speaks for that address alone.
func TestAForwardedLinkSpeaksForItsOwnAddress(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", leftForPrice)
	v := h.visit(c, od.PurposePreferences)
	v.Link.Recipient = "old@example.com"
	all, _, err := h.desk.Preferences(t.Context(), v)
	h.must(err)
	for _, p := range all {
		if p.Person != "old@example.com" {
			t.Errorf("%+v", p)
		}
	}
	h.must(h.desk.SavePreferences(t.Context(), v, []string{"email/marketing", "phone/marketing"}, []string{"email/marketing", "phone/marketing"}, onThePage))
	for _, l := range h.ledger() {
		if l.Source == "preferences" && l.Person != "old@example.com" {
			t.Errorf("%+v", l)
		}
	}
}
