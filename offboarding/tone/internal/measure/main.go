// Command measure says how well the tone guard judges labelled texts.
//
//	go run ./offboarding/tone/internal/measure                 the part of our corpus that is kept back
//	go run ./offboarding/tone/internal/measure -missed FILE    another file, and what was judged wrongly in it
//
// A file holds one JSON object a line: those of our corpus, or lang, text,
// kind, context.intent, expect and tier.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"

	"opendoor/offboarding/tone"
	"opendoor/offboarding/tone/internal/corpus"
)

func main() {
	missed := flag.Bool("missed", false, "print what was judged wrongly")
	flag.Parse()
	items, err := read(flag.Arg(0))
	if err != nil {
		log.Fatal(err)
	}
	measure(items, *missed)
}

// item is a text and what should be said of it.
type item struct {
	corpus.Item
	Tier    string       `json:"tier"`
	Expect  tone.Verdict `json:"expect"`
	Context struct {
		Intent string `json:"intent"`
	} `json:"context"`
}

func read(file string) ([]item, error) {
	var out []item
	if file == "" {
		all, err := corpus.Guard()
		for _, it := range all {
			if it.HeldOut() {
				out = append(out, complete(item{Item: it}))
			}
		}
		return out, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var it item
		if err := json.Unmarshal(sc.Bytes(), &it); err != nil {
			return nil, err
		}
		out = append(out, complete(it))
	}
	return out, sc.Err()
}

func complete(it item) item {
	it.Form, it.Intent = cmp.Or(it.Form, it.Tier), cmp.Or(it.Intent, it.Context.Intent)
	if it.Expect == "" {
		it.Expect = tone.Expected(it.Label, it.Intent)
	}
	return it
}

// count is how many of a sort there were, and how many got each verdict.
type count struct {
	all int
	got map[tone.Verdict]int
}

func measure(items []item, missed bool) {
	counts := map[string]*count{}
	note := func(key string, got tone.Verdict) {
		c := counts[key]
		if c == nil {
			c = &count{got: map[tone.Verdict]int{}}
			counts[key] = c
		}
		c.all++
		c.got[got]++
	}
	for _, it := range items {
		r := tone.Check(tone.Letter{Text: it.Text, Lang: it.Lang, Kind: it.Kind, Intent: it.Intent})
		parts := []string{it.Lang, "all"}
		if it.Batch > 0 {
			parts = append(parts, fmt.Sprintf("batch %02d", it.Batch))
		}
		for _, part := range parts {
			note(fmt.Sprintf("%s, expected %s, %s", part, it.Expect, it.Form), r.Verdict)
			note(fmt.Sprintf("%s, expected %s", part, it.Expect), r.Verdict)
		}
		if missed && r.Verdict != it.Expect {
			fmt.Printf("%s for %s (%s): %s", r.Verdict, it.Expect, it.Label, it.Text)
			for _, f := range r.Findings {
				fmt.Printf(" [%s: %s]", f.Rule, f.Text)
			}
			fmt.Println()
		}
	}
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		c := counts[k]
		share := func(v tone.Verdict) float64 { return 100 * float64(c.got[v]) / float64(c.all) }
		fmt.Printf("%-45s %5d   block %5.1f %%   warn %5.1f %%   pass %5.1f %%\n", k, c.all, share(tone.Block), share(tone.Warn), share(tone.Pass))
	}
}
