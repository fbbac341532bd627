package tone

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"opendoor/offboarding/tone/internal/linear"
	"opendoor/offboarding/tone/internal/phrase"
)

// The classifier is the second signal beside the frames: it has learnt from our
// own corpus (make tone-model), sees what no frame describes, and knows which
// frames are now and then found in a harmless sentence.
//
//go:embed model.bin
var learnt string

// classifier is opened when the first letter is read.
var classifier = sync.OnceValue(func() *linear.Model {
	m, err := linear.Load(learnt)
	if err != nil {
		panic("tone: " + err.Error()) // a file of ours is broken; the tests of this package find it
	}
	return m
})

// unit is what the classifier reads in one piece: the sentences from first up
// to last, both included.
type unit struct {
	linear.Unit
	phrase.Span
	first, last int
}

// shortSentence is how many words a sentence may have to be read once more
// together with its neighbour: "We deserved a meeting. Apparently not."
const shortSentence = 10

// fewWords is below how many words the classifier says nothing: a signature, a
// greeting, a title. Buttons are short and are judged all the same.
const fewWords = 4

// judged reports whether the classifier may find fault with the unit by itself.
func (u unit) judged() bool { return len(u.Tokens) >= fewWords || u.Mark == ']' }

func units(sentences []phrase.Sentence, hits [][]hit) []unit {
	var out []unit
	for i := range sentences {
		out = append(out, join(sentences, hits, i, i))
		if i > 0 && sentences[i-1].End != '\n' && len(sentences[i-1].Tokens) <= shortSentence && len(sentences[i].Tokens) <= shortSentence {
			out = append(out, join(sentences, hits, i-1, i))
		}
	}
	return out
}

func join(sentences []phrase.Sentence, hits [][]hit, first, last int) unit {
	u := unit{first: first, last: last}
	for i := first; i <= last; i++ {
		u.Tokens = append(u.Tokens, sentences[i].Tokens...)
		u.Mark = sentences[i].End
		for _, h := range hits[i] {
			if !h.sure {
				u.Hits = append(u.Hits, string(h.rule), h.source)
			}
		}
	}
	u.Span = phrase.Span{Start: u.Tokens[0].Start, End: u.Tokens[len(u.Tokens)-1].End}
	return u
}

// Units returns what the classifier sees of a text, piece by piece, and last
// the text as one piece; blind leaves out what frames have found. It is for the
// training command.
func Units(text, lang string, blind bool) ([][]linear.Feature, []Rule) {
	lex := known()
	read := lex.Read(text, lang, clientQuotes(text))
	hits := make([][]hit, len(read.Sentences))
	var rules []Rule
	for i := range read.Sentences {
		for _, h := range lex.hitsIn(&read.Sentences[i]) {
			if h.sure {
				continue
			}
			if !h.hint {
				rules = append(rules, h.rule)
			}
			if !blind {
				hits[i] = append(hits[i], h)
			}
		}
	}
	all := units(read.Sentences, hits)
	if len(read.Sentences) > 0 {
		all = append(all, join(read.Sentences, hits, 0, len(read.Sentences)-1))
	}
	var out [][]linear.Feature
	for i, u := range all {
		if i == len(all)-1 || u.judged() {
			out = append(out, linear.Features(lex.Lexicon, u.Unit))
		}
	}
	return out, rules
}

// Certainty is how sure the classifier must be, from nothing to one, to find a
// sentence by itself, and how little it must doubt to let a frame have its way.
type certainty struct{ block, warn, let float64 }

func (g *guard) enough() certainty {
	e := g.classifier.Enough
	return certainty{float64(e[0]), float64(e[1]), float64(e[2])}
}

// sentences judges the text sentence by sentence: by the frames, and by the
// classifier, which has a word in both.
func (g *guard) sentences() {
	need := g.enough()
	hits := make([][]hit, len(g.text.Sentences))
	for i := range g.text.Sentences {
		s := &g.text.Sentences[i]
		hits[i] = slices.DeleteFunc(g.hitsIn(s), func(h hit) bool { return g.excused(h.rule, s) })
	}
	harm := make([]float64, len(hits)) // the most that speaks against each sentence
	var suspects []func()
	for _, u := range units(g.text.Sentences, hits) {
		assured := slices.ContainsFunc(g.text.Sentences[u.first:u.last+1], func(s phrase.Sentence) bool {
			return g.excused(PersuadeAfterFinal, &s)
		})
		share := g.shares(assured, g.scores.Of(g.key(u, hits), func() []float64 {
			return g.classifier.Score(linear.Features(g.Lexicon, u.Unit))
		}))
		for i := u.first; i <= u.last; i++ {
			harm[i] = max(harm[i], share.block+share.warn)
		}
		label, level := share.verdict(need)
		if level != Pass && u.judged() {
			rule := Rule(g.classifier.Labels[label])
			suspects = append(suspects, func() {
				fs := linear.Features(g.Lexicon, u.Unit)
				g.suspected(rule, level, u, g.classifier.Reasons(fs, label, len(u.Tokens)))
			})
		}
	}
	for i := range hits {
		for _, h := range hits[i] {
			if !h.hint && g.applies(h.rule) && (h.sure || harm[i] >= need.let) {
				g.found(h.rule, h.Span)
			}
		}
	}
	for _, add := range suspects {
		add()
	}
}

// key is all that the score of a unit depends on: its sentences, and how much of
// what was found in them the kind of the letter has not excused.
func (g *guard) key(u unit, hits [][]hit) []byte {
	var key []byte
	for i := u.first; i <= u.last; i++ {
		key = append(appendKey(key, &g.text.Sentences[i]), byte(len(hits[i])))
	}
	return key
}

// shares adds up what the classifier says of the rules that would block this
// letter, and of those that would warn, and the likeliest of each. Whoever is
// assured that nobody will persuade them is not persuaded.
type shares struct {
	block, warn float64
	toBlock     int
	toWarn      int
}

func (g *guard) shares(assured bool, each []float64) shares {
	var s shares
	for i, p := range each[1:] {
		r := Rule(g.classifier.Labels[i+1])
		switch {
		case !g.applies(r), assured && r == PersuadeAfterFinal:
		case r.Level(g.letter.Intent) == Block:
			s.block += p
			if s.toBlock == 0 || each[s.toBlock] < p {
				s.toBlock = i + 1
			}
		default:
			s.warn += p
			if s.toWarn == 0 || each[s.toWarn] < p {
				s.toWarn = i + 1
			}
		}
	}
	return s
}

func (s shares) verdict(need certainty) (int, Verdict) {
	switch {
	case s.block >= need.block:
		return s.toBlock, Block
	case s.warn+s.block >= need.warn && s.warn > s.block:
		return s.toWarn, Warn
	}
	return 0, Pass
}

// shown is how many words of a sentence are named as those that weighed most.
const shown = 3

// suspected adds a finding of the classifier, unless a rule has found the same
// place already.
func (g *guard) suspected(r Rule, level Verdict, u unit, reasons []float64) {
	for _, f := range g.findings {
		if f.Start < u.End && u.Start < f.End && (f.Level == Block || f.Level == level) {
			return
		}
	}
	text := string(g.runes[u.Start:u.End])
	g.findings = append(g.findings, Finding{
		Rule: r, Level: level, Start: u.Start, End: u.End, Text: text,
		Explanation: r.Explain(g.letter.Lang) + " " + weighed(g.letter.Lang, g.heaviest(u, reasons)),
	})
}

// heaviest returns the words that spoke loudest, in the order of the text.
func (g *guard) heaviest(u unit, reasons []float64) []string {
	order := make([]int, len(u.Tokens))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(reasons[b], reasons[a]) })
	order = order[:min(shown, len(order))]
	slices.Sort(order)
	var out []string
	for _, i := range order {
		if t := u.Tokens[i]; reasons[i] > 0 {
			out = append(out, string(g.runes[t.Start:t.End]))
		}
	}
	return out
}

func weighed(lang string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	if lang == "en" {
		return "Words that gave this impression: “" + strings.Join(words, "”, “") + "”."
	}
	return "Такое впечатление создают слова: «" + strings.Join(words, "», «") + "»."
}
