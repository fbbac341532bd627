package tone

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"opendoor/offboarding/tone/internal/corpus"
)

// tally counts what the guard did with labelled texts.
type tally struct{ bad, caught, round, roundCaught, good, blocked, warned int }

func (s *tally) add(want, got Verdict, paraphrase bool) {
	switch {
	case want == Pass:
		s.good++
		if got == Block {
			s.blocked++
		}
		if got == Warn {
			s.warned++
		}
	case want == Block && paraphrase:
		s.round++
		if got == Block {
			s.roundCaught++
		}
	case want == Block:
		s.bad++
		if got == Block {
			s.caught++
		}
	}
}

// bounds are shares of 100: what must be caught, and what may be wrong at most.
type bounds struct{ caught, roundCaught, blocked, warned int }

func (s *tally) check(t *testing.T, what string, b bounds) {
	t.Helper()
	t.Logf("%s: %d of %d plain, %d of %d round about; of %d good ones %d blocked, %d warned", what, s.caught, s.bad, s.roundCaught, s.round, s.good, s.blocked, s.warned)
	if s.caught*100 < s.bad*b.caught || s.roundCaught*100 < s.round*b.roundCaught || s.blocked*100 > s.good*b.blocked || s.warned*100 > s.good*b.warned {
		t.Errorf("%s: worse than it was: %+v", what, b)
	}
}

// What was kept back is judged as well as it was when it was last measured
// (docs/tone.md); the aims of issue 4 are 95, 75, 2 and 5.
func TestWhatWasKeptBackIsJudgedNoWorseThanBefore(t *testing.T) {
	items, err := corpus.Guard()
	if err != nil {
		t.Fatal(err)
	}
	asWritten, obfuscated := map[int]*tally{}, map[int]*tally{}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, it := range items {
		if !it.HeldOut() {
			continue
		}
		if asWritten[it.Batch] == nil {
			asWritten[it.Batch], obfuscated[it.Batch] = &tally{}, &tally{}
		}
		want := Expected(it.Label, it.Intent)
		l := Letter{Text: it.Text, Lang: it.Lang, Kind: it.Kind, Intent: it.Intent}
		asWritten[it.Batch].add(want, Check(l).Verdict, it.Paraphrase())
		if want == Block {
			l.Text = obfuscate(it.Text, rng)
			obfuscated[it.Batch].add(want, Check(l).Verdict, it.Paraphrase())
		}
	}
	asWritten[19].check(t, "batch 19 as written", bounds{caught: 98, roundCaught: 75, blocked: 1, warned: 2})
	obfuscated[19].check(t, "batch 19 obfuscated", bounds{caught: 97, roundCaught: 74})
	asWritten[25].check(t, "batch 25 as written", bounds{caught: 98, roundCaught: 88, blocked: 1, warned: 1})
	obfuscated[25].check(t, "batch 25 obfuscated", bounds{caught: 98, roundCaught: 88})
}

// obfuscate hides a text from simple filters as people do.
func obfuscate(text string, rng *rand.Rand) string {
	switch rng.IntN(5) {
	case 0: // look-alike letters
		return strings.Map(func(r rune) rune {
			pairs := map[rune]rune{'а': 'a', 'о': 'o', 'е': 'e', 'с': 'c', 'р': 'p', 'a': 'а', 'o': 'о', 'e': 'е', 'c': 'с', 'p': 'р'}
			if to, ok := pairs[r]; ok && rng.IntN(3) == 0 {
				return to
			}
			return r
		}, text)
	case 1: // characters that are not seen
		var b strings.Builder
		for _, r := range text {
			b.WriteRune(r)
			if rng.IntN(4) == 0 {
				b.WriteRune([]rune("\u200b\u200c\u200d\u00ad\u2060\u0301")[rng.IntN(6)])
			}
		}
		return b.String()
	case 2: // capitals
		return strings.ToUpper(text)
	case 3: // a stretched vowel in a longer word
		words := strings.Fields(text)
		for i, w := range words {
			if r := []rune(w); len(r) > 5 && rng.IntN(3) == 0 {
				for j := 1; j < len(r)-1; j++ {
					if strings.ContainsRune("аоеиуaoeiu", r[j]) {
						words[i] = string(r[:j]) + strings.Repeat(string(r[j]), 4) + string(r[j+1:])
						break
					}
				}
			}
		}
		return strings.Join(words, " ")
	default: // letters set apart in the longest word
		words := strings.Fields(text)
		longest := 0
		for i, w := range words {
			if len(w) > len(words[longest]) && !strings.ContainsAny(w, ".,:;!?«»\"-—[]") {
				longest = i
			}
		}
		if !strings.ContainsAny(words[longest], ".,:;!?«»\"-—[]'") {
			words[longest] = strings.Join(strings.Split(words[longest], ""), " ")
		}
		return strings.Join(words, " ")
	}
}

// What our own letters, pages and tests say is not stopped: testdata/ours.jsonl
// holds what was found of it in the source.
func TestNothingThatWeSayOurselvesIsBlocked(t *testing.T) {
	raw, err := os.ReadFile("testdata/ours.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for sc := bufio.NewScanner(bytes.NewReader(raw)); sc.Scan(); {
		var l struct{ Lang, Text string }
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if r := Check(Letter{Text: l.Text, Lang: l.Lang}); r.Verdict == Block {
			t.Errorf("%s: %+v", l.Text, r.Findings)
		}
	}
	for _, text := range []string{"Мы так рады за вас!!! Ура!!!", "Копии у нас под рукой."} {
		if r := Check(Letter{Text: text, Lang: "ru"}); r.Verdict == Block {
			t.Errorf("%s: %+v", text, r.Findings)
		}
	}
}

// The sample is what others have labelled: a final look at how far the guard
// carries. Nothing is learnt from it.
func TestTheSampleIsJudgedAsItsAuthorsDid(t *testing.T) {
	raw, err := os.ReadFile("testdata/sample.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var s tally
	for sc := bufio.NewScanner(bytes.NewReader(raw)); sc.Scan(); {
		var it struct {
			Lang, Text, Expect, Tier, Kind string
			Context                        struct{ Intent string }
		}
		if err := json.Unmarshal(sc.Bytes(), &it); err != nil {
			t.Fatal(err)
		}
		r := Check(Letter{Text: it.Text, Lang: it.Lang, Kind: it.Kind, Intent: it.Context.Intent})
		s.add(Verdict(it.Expect), r.Verdict, it.Tier == "paraphrase")
		if string(r.Verdict) != it.Expect {
			t.Logf("%s, %s expected: %s", r.Verdict, it.Expect, it.Text)
		}
	}
	s.check(t, "sample", bounds{caught: 97, roundCaught: 90, blocked: 2, warned: 5})
}

func FuzzCheck(f *testing.F) {
	f.Add("Документы отдадим после оплаты!!!", "ru", "settlement", "final")
	f.Add("You said, \"your own fault\" \u200b {{name}} ))", "en", "", "")
	f.Fuzz(func(t *testing.T, text, lang, kind, intent string) {
		runes := []rune(text)
		for _, x := range Check(Letter{Text: text, Lang: lang, Kind: kind, Intent: intent}).Findings {
			if x.Start < 0 || x.End > len(runes) || x.Start >= x.End || string(runes[x.Start:x.End]) != x.Text {
				t.Errorf("finding %+v does not stand in the text", x)
			}
			if x.Explanation == "" {
				t.Errorf("%s is not explained", x.Rule)
			}
		}
	})
}

func TestEveryRuleIsExplainedInBothLanguages(t *testing.T) {
	for _, r := range Rules {
		if r.Explain("ru") == "" || r.Explain("en") == "" || r.Explain("ru") == r.Explain("en") {
			t.Errorf("%s is not explained", r)
		}
	}
	if Rule("nothing").Explain("ru") != "" || !Guilt.Overridable() || Insult.Overridable() || Threat.Overridable() {
		t.Error("who may send what")
	}
}

func BenchmarkALetter(b *testing.B) {
	letter := strings.Repeat("Мы получили ваше письмо и начинаем передачу дел. До среды позвонит Анна Белова, она ответит на вопросы. ", 15)
	for b.Loop() {
		Check(Letter{Text: letter, Lang: "ru", Intent: "final"})
	}
}
