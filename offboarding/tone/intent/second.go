package intent

import (
	"cmp"
	_ "embed"
	"slices"
	"sync"

	"opendoor/offboarding/tone/internal/linear"
	"opendoor/offboarding/tone/internal/phrase"
)

// Labels are what the classifier tells apart; the first is what is suggested
// when nothing else is.
var Labels = []string{Unknown, Venting, Undecided, Final}

// The classifier is the second signal beside the markers: people say that they
// leave in more ways than markers can list. It has learnt from our own corpus
// (make tone-model), and goes by the words alone.
//
//go:embed model.bin
var learnt string

var classifier = sync.OnceValue(func() *linear.Model {
	m, err := linear.Load(learnt)
	if err != nil {
		panic("intent: " + err.Error()) // a file of ours is broken; the tests of this package find it
	}
	return m
})

// fewWords is below how many words a sentence says nothing by itself.
const fewWords = 3

// pieces are what the classifier reads: the sentences as one, and each by itself.
func pieces(sentences []phrase.Sentence) []linear.Unit {
	var whole linear.Unit
	var out []linear.Unit
	for _, s := range sentences {
		u := linear.Unit{Tokens: s.Tokens, Mark: s.End}
		whole.Tokens = append(whole.Tokens, u.Tokens...)
		whole.Mark = u.Mark
		if len(sentences) > 1 && len(u.Tokens) >= fewWords {
			out = append(out, u)
		}
	}
	if len(whole.Tokens) == 0 {
		return nil
	}
	return append([]linear.Unit{whole}, out...)
}

// Pieces returns what the classifier sees of a text, the whole first. It is for
// the training command.
func Pieces(text, lang string) [][]linear.Feature {
	r := read(text, lang)
	var out [][]linear.Feature
	for _, u := range pieces(r.meant) {
		out = append(out, linear.Features(r.lexicon, u))
	}
	return out
}

// Shares returns how likely each label is by what a model says of the pieces:
// the surest word of a final decision counts, wherever it stands.
func Shares(m *linear.Model, pieces [][]linear.Feature) ([]float64, int) {
	final := len(Labels) - 1
	var best []float64
	at := 0
	for i, fs := range pieces {
		if s := m.Score(fs); i == 0 || s[final] > best[final] {
			best, at = s, i
		}
	}
	return best, at
}

// Suggest says what is meant, by the markers' groups that were found and the
// classifier's shares. enough is from which share on a text is final, and from
// which on anything else is suggested.
//
// A final word beats any hope beside it, in whatever sentence: respect beats
// hope. A bare "we are leaving" counts as final only when nothing is shouted
// and nothing is weighed, since many who threaten are only upset.
func Suggest(seen map[string]bool, shares []float64, enough [3]float32) string {
	final := len(Labels) - 1
	said := seen["final"] || seen["leaving"] && !seen["venting"] && !seen["undecided"]
	switch {
	case said, len(shares) > 0 && shares[final] >= float64(enough[0]):
		return Final
	case seen["venting"]:
		return Venting
	case seen["undecided"]:
		return Undecided
	}
	for i, p := range shares[:min(final, len(shares))] {
		if p >= float64(enough[1]) {
			return Labels[i]
		}
	}
	return Unknown
}

// shown is how many words are named as those that weighed most.
const shown = 3

// heaviest returns the words of a piece that speak loudest for a label.
func heaviest(m *linear.Model, u linear.Unit, fs []linear.Feature, label int) []phrase.Token {
	reasons := m.Reasons(fs, label, len(u.Tokens))
	order := make([]int, len(u.Tokens))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(reasons[b], reasons[a]) })
	var out []phrase.Token
	for _, i := range order[:min(shown, len(order))] {
		if reasons[i] > 0 {
			out = append(out, u.Tokens[i])
		}
	}
	return out
}
