package survey

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEveryReasonBelongsToAGroupAndSpeaksBothLanguages(t *testing.T) {
	causes := []string{"silence", "broken_terms", "third_party", "destroyer", "none"}
	related := []string{"yes", "partly", "no", "unknown"}
	seen := map[string]bool{}
	groupsWithReasons := map[string]bool{}
	for _, r := range Reasons() {
		if seen[r.Code] {
			t.Errorf("%s stands twice", r.Code)
		}
		seen[r.Code] = true
		groupsWithReasons[r.Group] = true
		if r.Group == "" || !strings.HasPrefix(r.Code, r.Group+".") {
			t.Errorf("%s: group is %q", r.Code, r.Group)
		}
		if !slices.Contains(causes, r.Cause) || !slices.Contains(related, r.ServiceRelated) {
			t.Errorf("%s: cause %q, service-related %q", r.Code, r.Cause, r.ServiceRelated)
		}
		if len(r.Measures) == 0 {
			t.Errorf("%s has no measures", r.Code)
		}
		if r.Label("ru") == "" || r.Label("en") == "" || r.Label("ru") == r.Label("en") {
			t.Errorf("%s: labels %q, %q", r.Code, r.Label("ru"), r.Label("en"))
		}
	}
	if len(seen) != 28 {
		t.Errorf("%d level-2 reasons, domain §4 has 28", len(seen))
	}
	for _, g := range Groups() {
		if !groupsWithReasons[g.Code] {
			t.Errorf("group %s has no level-2 reason", g.Code)
		}
	}
}

func TestLookupKnowsBothLevels(t *testing.T) {
	tests := map[string]struct {
		group, cause, related string
		measures              []string
		found                 bool
	}{
		"agreement.quality": {"agreement", "broken_terms", "yes", []string{"M2", "M3", "M4", "M8"}, true},
		"reputation.stuck":  {"reputation", "third_party", "unknown", []string{"M7", "M9"}, true},
		"people.turnover":   {"people", "silence", "partly", []string{"M1", "M8"}, true},
		"price":             {"price", "", "unknown", nil, true},
		"price.other":       {found: false},
		"":                  {found: false},
		".":                 {found: false},
	}
	for code, want := range tests {
		t.Run(code, func(t *testing.T) {
			r, ok := Lookup(code)
			if ok != want.found || r.Group != want.group || r.Cause != want.cause ||
				r.ServiceRelated != want.related || !slices.Equal(r.Measures, want.measures) {
				t.Errorf("Lookup(%q) = %+v, %v", code, r, ok)
			}
		})
	}
}

func TestTheMainReasonHasACauseWhenNoCloserOneCouldDiffer(t *testing.T) {
	for code, want := range map[string]string{"contact": "silence", "agreement": "broken_terms", "reputation": "third_party", "need": "none", "people": "", "price": ""} {
		if r, _ := Lookup(code); r.Cause != want {
			t.Errorf("%s: %q, want %q", code, r.Cause, want)
		}
	}
}

func TestWhatLookupReturnsMayBeChangedWithoutHarm(t *testing.T) {
	r, _ := Lookup("price.budget")
	r.Measures[0] = "broken"
	Groups()[0].Code = "broken"
	Reasons()[0].Measures[0] = "broken"
	if again, _ := Lookup("price.budget"); again.Measures[0] != "M6" {
		t.Error("the table was changed from outside")
	}
	if again, _ := Lookup("contact.forgotten"); again.Measures[0] != "M1" || Groups()[0].Code != "contact" {
		t.Error("the table was changed from outside")
	}
}

func TestOrderIsStableForARecipientAndDiffersAmongThem(t *testing.T) {
	orders := map[string]int{}
	first := map[string]int{}
	for i := range 700 {
		seed := fmt.Sprint("recipient ", i)
		order := BuiltIn("ru").Reasons(seed)
		if !slices.Equal(order, BuiltIn("ru").Reasons(seed)) {
			t.Fatalf("%s sees two orders", seed)
		}
		if len(order) != len(Groups()) || order[len(order)-1].Code != "other" {
			t.Fatalf("%s: %v", seed, order)
		}
		var codes []string
		for _, g := range order {
			codes = append(codes, g.Code)
		}
		orders[strings.Join(codes, " ")]++
		first[codes[0]]++
	}
	if len(orders) < 500 {
		t.Errorf("only %d different orders among 700 recipients", len(orders))
	}
	for code, n := range first { // 100 expected; the seeds are fixed, so this cannot flake
		if n < 60 || n > 140 {
			t.Errorf("%s stands first %d times of 700", code, n)
		}
	}
}

func TestLabelsFitAButton(t *testing.T) {
	for _, g := range Groups() {
		for _, lang := range []string{"ru", "en"} {
			label := g.Label(lang)
			if n := utf8.RuneCountInString(label); n == 0 || n > 45 {
				t.Errorf("%s/%s: %d characters: %q", g.Code, lang, n, label)
			}
			if strings.ContainsAny(label, "!.?") {
				t.Errorf("%s/%s: %q is not a plain answer", g.Code, lang, label)
			}
		}
	}
}

func TestEveryGroupHasItsOwnQuestion(t *testing.T) {
	for _, lang := range []string{"ru", "en"} {
		seen := map[string]string{}
		w := BuiltIn(lang)
		for _, g := range Groups() {
			q := w.FollowUp(g.Code)
			if q == "" || seen[q] != "" {
				t.Errorf("%s/%s asks %q as %q does", g.Code, lang, q, seen[q])
			}
			seen[q] = g.Code
		}
		if w.FollowUp("") != w.FollowUp("other") || w.FollowUp("") == "" {
			t.Errorf("without a reason the general question is asked, got %q", w.FollowUp(""))
		}
	}
}
