package intent

import (
	"testing"

	"opendoor/offboarding/tone/internal/corpus"
)

// share counts how often something that should be found was found.
type share struct{ all, found int }

func (s *share) add(found bool) {
	s.all++
	if found {
		s.found++
	}
}

func (s share) percent() float64 { return 100 * float64(s.found) / float64(max(s.all, 1)) }

// The aims of issue 4: of what is final at least 95 % found, of what is not at
// most 10 % taken for final.
func TestTheIntentOfClientsIsSuggestedAsPeopleRead(t *testing.T) {
	items, err := corpus.Intent()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"ru", "en"} {
		var final, wronglyFinal, all, third, wronglyThird, reason share
		for _, it := range items {
			if it.Lang != lang {
				continue
			}
			got := Check(it.Text, it.Lang)
			all.add(got.Intent == it.Intent)
			if it.Intent == Final {
				final.add(got.Intent == Final)
			} else {
				wronglyFinal.add(got.Intent == Final)
			}
			if it.ThirdParty {
				third.add(got.ThirdParty)
			} else {
				wronglyThird.add(got.ThirdParty)
			}
			if it.Reason != "" {
				reason.add(got.ReasonHint == it.Reason)
			}
			if got.Intent != it.Intent || got.ThirdParty != it.ThirdParty || it.Reason != "" && got.ReasonHint != it.Reason {
				t.Logf("batch %d, %s third=%v %s, not %s third=%v %s: %s", it.Batch, got.Intent, got.ThirdParty, got.ReasonHint, it.Intent, it.ThirdParty, it.Reason, it.Text)
			}
		}
		t.Logf("%s: final found %.1f %%, wrongly final %.1f %%, as people read %.1f %%; third party found %.1f %%, wrongly %.1f %%; reason %.1f %%",
			lang, final.percent(), wronglyFinal.percent(), all.percent(), third.percent(), wronglyThird.percent(), reason.percent())
		if final.percent() < 95 || wronglyFinal.percent() > 5 || all.percent() < 90 || third.percent() < 90 || wronglyThird.percent() > 3 || reason.percent() < 80 {
			t.Errorf("%s: worse than it was", lang)
		}
	}
}

// What nobody has learnt from: the same aims.
func TestWordsThatWereKeptBackAreReadAsPeopleReadThem(t *testing.T) {
	items, err := corpus.Intent()
	if err != nil {
		t.Fatal(err)
	}
	final, wrongly := map[string]*share{"ru": {}, "en": {}}, map[string]*share{"ru": {}, "en": {}}
	for _, it := range items {
		if !it.HeldOut() {
			continue
		}
		got := Check(it.Text, it.Lang).Intent == Final
		if it.Intent == Final {
			final[it.Lang].add(got)
		} else {
			wrongly[it.Lang].add(got)
		}
	}
	for lang := range final {
		if final[lang].percent() < 95 || wrongly[lang].percent() > 10 {
			t.Errorf("%s: final found %.1f %%, wrongly final %.1f %%", lang, final[lang].percent(), wrongly[lang].percent())
		}
	}
}
