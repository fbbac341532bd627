package tone

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"opendoor/offboarding/tone/internal/corpus"
)

type sampleItem struct {
	ID, Lang, Text, Expect, Tier string
	Kind                         *string
	Context                      *struct{ Intent string }
	Rules, Alt                   []string
}

func TestScratch(t *testing.T) {
	show := os.Getenv("SHOW")
	items, err := corpus.Load()
	if err != nil {
		t.Fatal(err)
	}
	type key struct{ lang, rule, par string }
	n, hit := map[key]int{}, map[key]int{}
	for _, it := range items {
		r := Check(Letter{Text: it.Text, Lang: it.Lang, Kind: it.Kind, Intent: it.Intent})
		want := Pass
		if it.Rule != "pass" {
			want = Rule(it.Rule).Level(it.Intent)
		}
		par := ""
		if it.Paraphrase {
			par = "~"
		}
		k := key{it.Lang, it.Rule, par}
		n[k]++
		ok := r.Verdict == want || want == Warn && r.Verdict == Block
		if ok {
			hit[k]++
		} else if show == it.Lang || show == it.Lang+"_"+it.Rule || show == "pass" && it.Rule == "pass" {
			t.Logf("%s %s%s: %s | %v", it.Lang, par, it.Rule, it.Text, which(it.Text, it.Lang, it.Rule))
		}
	}
	for k := range n {
		t.Logf("%s %s%s %d/%d", k.lang, k.rule, k.par, hit[k], n[k])
	}
	f, err := os.Open("testdata/sample.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var s sampleItem
		if err := json.Unmarshal(sc.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		l := Letter{Text: s.Text, Lang: s.Lang}
		if s.Kind != nil {
			l.Kind = *s.Kind
		}
		if s.Context != nil {
			l.Intent = s.Context.Intent
		}
		if r := Check(l); string(r.Verdict) != s.Expect {
			t.Logf("SAMPLE %s %s: %s | %v", s.ID, s.Tier, s.Text, brief(r))
		}
	}
}

func brief(r Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, string(f.Rule)+": "+f.Text)
	}
	return out
}

func which(text, lang, want string) []string {
	var out []string
	for _, s := range lexicon.Read(text, lang, clientQuotes(text)).Sentences {
		for _, f := range frames {
			if _, _, ok := f.Find(s); ok && f.rule != PersuadeAfterFinal {
				out = append(out, string(f.rule)+": "+f.source)
			}
		}
	}
	return out
}
