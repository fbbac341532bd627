// Command train learns the classifiers of the tone guard and of intents from the
// tune part of our corpus and writes them beside their packages. The same corpus gives the same
// file.
//
//	go run ./offboarding/tone/internal/train            writes both model.bin
//	go run ./offboarding/tone/internal/train -try       cross-validates only
//	go run ./offboarding/tone/internal/train -try -why  and prints what was judged wrongly
package main

import (
	"flag"
	"fmt"
	"log"
	"maps"
	"math"
	"os"
	"slices"

	"opendoor/offboarding/tone"
	"opendoor/offboarding/tone/internal/corpus"
	"opendoor/offboarding/tone/internal/linear"
)

var why bool

func main() {
	file := flag.String("o", "offboarding/tone/model.bin", "file to write")
	intents := flag.String("intent", "offboarding/tone/intent/model.bin", "file to write what was learnt of intents")
	only := flag.String("only", "", "guard or intent; both when empty")
	try := flag.Bool("try", false, "cross-validate and write nothing")
	flag.BoolVar(&why, "why", false, "print what was judged wrongly")
	flag.Parse()
	if *only != "intent" {
		if err := run(*file, *try); err != nil {
			log.Fatal(err)
		}
	}
	if *only != "guard" {
		if err := trainIntent(*intents, *try); err != nil {
			log.Fatal(err)
		}
	}
}

func run(file string, try bool) error {
	items, err := corpus.Guard()
	if err != nil {
		return err
	}
	items = slices.DeleteFunc(items, func(it corpus.Item) bool { return it.HeldOut() })
	texts := readAll(items)
	enough, err := validate(texts)
	if err != nil || try {
		return err
	}
	raw := learn(texts, func(text) bool { return true }, enough)
	m, err := linear.Load(raw)
	if err != nil {
		return err
	}
	fmt.Printf("%d texts, %d features, %d bytes, enough %.3f\n", len(texts), m.Features(), len(raw), m.Enough)
	return os.WriteFile(file, []byte(raw), 0o600)
}

// text is an item as the classifier sees it.
type text struct {
	corpus.Item
	pieces [][]linear.Feature // the last is the whole
	rules  []tone.Rule        // what frames found
	weight float64
	source int // near twins share it
	fold   int
}

// folds is into how many parts the tune part is cut for cross-validation.
const folds = 5

func readAll(items []corpus.Item) []text {
	twins := map[string]int{}
	order := map[string]int{}
	for _, it := range items {
		twins[it.Group]++
		if _, ok := order[it.Group]; !ok {
			order[it.Group] = len(order)
		}
	}
	out := make([]text, len(items))
	for i, it := range items {
		pieces, rules := tone.Units(it.Text, it.Lang, it.Seen())
		weight := 1 / math.Sqrt(float64(twins[it.Group]))
		if !it.Seen() {
			weight = 1
		}
		out[i] = text{it, pieces, rules, weight, order[it.Group], order[it.Group] % folds}
	}
	return out
}

// labels are no harm and the rules that are about what is said.
func labels() []string {
	out := []string{"pass"}
	for _, r := range tone.Rules {
		if r != tone.FakeCheer && r != tone.EmptyForm {
			out = append(out, string(r))
		}
	}
	return out
}

// learn makes a model of the texts that are wanted. What is unkind is learnt
// from whole, since nobody has said which sentence of it hurts; what is kind
// from each piece as well.
func learn(texts []text, wanted func(text) bool, enough [3]float32) string {
	names := labels()
	var examples []linear.Example
	for _, t := range texts {
		label := slices.Index(names, t.Label)
		if label < 0 || !wanted(t) {
			continue
		}
		whole := len(t.pieces) - 1
		examples = append(examples, linear.Example{Features: t.pieces[whole], Label: label, Source: t.source, Weight: t.weight})
		if label == 0 && whole > 1 {
			for _, p := range t.pieces[:whole] {
				examples = append(examples, linear.Example{Features: p, Label: 0, Source: t.source, Weight: t.weight})
			}
		}
	}
	bias, weights := linear.Learn(examples, len(names))
	return linear.Quantise(names, bias, weights, enough)
}

// judged is what came out for one text in cross-validation.
type judged struct {
	text
	block, warn float64 // highest share over the pieces
	hitB, hitW  bool    // a frame that blocks, that warns, was found
}

func (j judged) verdict(e [3]float32) tone.Verdict {
	harm := j.block + j.warn
	switch {
	case j.block >= float64(e[0]), j.hitB && harm >= float64(e[2]):
		return tone.Block
	case harm >= float64(e[1]) && j.warn > j.block, j.hitW && harm >= float64(e[2]):
		return tone.Warn
	}
	return tone.Pass
}

// Shares of kind texts that may be blocked and warned of in cross-validation.
// Many kind ones there are twins of unkind ones, changed in a word or two: three or
// four of a hundred among them come to two at most among those that letters hold.
const (
	mayBlock = 0.034
	mayWarn  = 0.02
)

// mostDoubt is the highest share that may be asked for before a frame is
// believed: frames are what can be explained best.
const mostDoubt = 0.3

// validate learns from four parts and judges the fifth, five times over, and
// returns the thresholds that suit best.
func validate(texts []text) ([3]float32, error) {
	var all []judged
	for fold := range folds {
		m, err := linear.Load(learn(texts, func(t text) bool { return t.fold != fold }, [3]float32{}))
		if err != nil {
			return [3]float32{}, err
		}
		for _, t := range texts {
			if t.fold == fold && !t.Seen() && !t.Stock() {
				all = append(all, judge(m, t))
			}
		}
	}
	return choose(all), nil
}

// choose returns the thresholds that find most of what is unkind without
// blocking or warning of more kind texts than allowed.
func choose(all []judged) [3]float32 {
	var best [3]float32
	most := -1.0
	for let := float32(0.1); let <= mostDoubt; let += 0.05 {
		for block := float32(0.3); block < 0.98; block += 0.01 {
			e := [3]float32{block, 2, let}
			if r := rate(all, e); r.kindBlocked <= mayBlock && r.found > most {
				best, most = e, r.found
			}
		}
	}
	for warn := float32(0.5); warn < 0.98; warn += 0.01 {
		best[1] = warn
		if rate(all, best).kindWarned <= mayWarn {
			break
		}
	}
	report(all, best)
	return best
}

type rates struct{ found, kindBlocked, kindWarned float64 }

func rate(all []judged, e [3]float32) rates {
	var kind, unkind float64
	var r rates
	for _, j := range all {
		got := j.verdict(e)
		switch tone.Expected(j.Label, j.Intent) {
		case tone.Pass:
			kind++
			switch got {
			case tone.Block:
				r.kindBlocked++
			case tone.Warn:
				r.kindWarned++
			}
		case tone.Block:
			unkind++
			if got == tone.Block {
				r.found++
			}
		}
	}
	return rates{r.found / unkind, r.kindBlocked / kind, r.kindWarned / kind}
}

func report(all []judged, e [3]float32) {
	by := map[string][]judged{}
	for _, j := range all {
		for _, k := range []string{"all", j.Lang, j.Lang + " " + j.Form, j.Lang + " label " + j.Label, fmt.Sprintf("batch %02d", j.Batch)} {
			by[k] = append(by[k], j)
		}
		if why && j.verdict(e) != tone.Expected(j.Label, j.Intent) {
			fmt.Printf("%s for %s (%s) %.2f %.2f: %s %v\n", j.verdict(e), tone.Expected(j.Label, j.Intent), j.Label, j.block, j.warn, j.Text, j.rules)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(by)) {
		r := rate(by[k], e)
		fmt.Printf("%-32s %5d texts   found %5.1f %%   kind blocked %5.1f %%, warned %5.1f %%\n", k, len(by[k]), 100*r.found, 100*r.kindBlocked, 100*r.kindWarned)
	}
	fmt.Printf("enough %.2f\n", e)
	tradeOff(all, e[2])
}

// tradeOff prints what would be found if more kind texts might be blocked.
func tradeOff(all []judged, let float32) {
	ordinary := slices.DeleteFunc(slices.Clone(all), func(j judged) bool { return !j.Ordinary() })
	for block := float32(0.3); block < 0.99; block += 0.04 {
		e := [3]float32{block, 2, let}
		r, o := rate(all, e), rate(ordinary, e)
		fmt.Printf("from %.2f on: found %5.1f %%, kind blocked %4.1f %%; in ordinary batches %5.1f %%, %4.1f %%\n",
			block, 100*r.found, 100*r.kindBlocked, 100*o.found, 100*o.kindBlocked)
	}
}

func judge(m *linear.Model, t text) judged {
	j := judged{text: t}
	final := t.Intent == "final"
	for _, p := range t.pieces[:len(t.pieces)-1] {
		var block, warn float64
		for i, s := range m.Score(p)[1:] {
			switch r := tone.Rule(m.Labels[i+1]); {
			case r == tone.PersuadeAfterFinal && !final:
			case r.Level(t.Intent) == tone.Block:
				block += s
			default:
				warn += s
			}
		}
		if block+warn > j.block+j.warn {
			j.block, j.warn = block, warn
		}
	}
	for _, r := range t.rules {
		if r == tone.PersuadeAfterFinal && !final {
			continue
		}
		if r.Level(t.Intent) == tone.Block {
			j.hitB = true
		} else {
			j.hitW = true
		}
	}
	return j
}
