// Package linear is a linear classifier of sentences: it adds up weights of
// stems, pairs of words, beginnings and endings of words and the classes that
// words belong to, and can name the words that weighed most.
package linear

import (
	"math"

	"opendoor/offboarding/tone/internal/phrase"
)

// Feature is one property of a piece of text, and the words that carry it:
// from First up to Last, both included.
type Feature struct {
	Key         uint32
	Value       float32
	First, Last int
}

// The weight of each sort of property before learning: what a word is counts
// more than how it is spelt.
const (
	stemValue      = 1.0
	pairValue      = 0.8
	skipValue      = 0.4
	classValue     = 1.0
	classPairValue = 0.6
	gramValue      = 0.15
	markValue      = 0.6
	hitValue       = 2.0
)

// hash is FNV-1a, written out because it is fed in small pieces.
type hash uint32

const start hash = 2166136261

func (h hash) str(s string) hash {
	for i := range len(s) {
		h = (h ^ hash(s[i])) * 16777619
	}
	return h
}

func (h hash) num(n uint32) hash {
	for range 4 {
		h = (h ^ hash(n&0xff)) * 16777619
		n >>= 8
	}
	return h
}

// Unit is a stretch of text that is judged in one piece: a sentence, or two
// that follow each other.
type Unit struct {
	Tokens []phrase.Token
	Hits   []string // what rules have found in it
	Mark   rune     // that ends it: . ? ! or 0
}

// reader collects the features of a unit.
type reader struct {
	out  []Feature
	seen map[uint32]bool
}

func (r *reader) add(h hash, value float32, first, last int) {
	if k := uint32(h); !r.seen[k] {
		r.seen[k] = true
		r.out = append(r.out, Feature{k, value, first, last})
	}
}

// Features reads a unit. Words of names and numbers are not looked at: who
// somebody is says nothing about what is said.
func Features(lex *phrase.Lexicon, u Unit) []Feature {
	ts := u.Tokens
	r := reader{out: make([]Feature, 0, len(ts)*30), seen: make(map[uint32]bool, len(ts)*30)}
	words := make([]string, len(ts))
	classes := make([][]string, len(ts))
	for i := range ts {
		words[i] = plain(&ts[i])
		classes[i] = lex.Classes(&ts[i])
	}
	for i := range ts {
		r.word(words, i)
		r.classes(classes, i)
		if words[i] != "%" && words[i] != "#" {
			r.grams(ts[i].Norm, i)
		}
	}
	if n := len(ts); n > 0 {
		r.add(start.str("^").str(words[0]), markValue, 0, 0)
		r.add(start.str("$").str(words[n-1]), markValue, n-1, n-1)
		r.add(start.str("end").num(uint32(u.Mark)), markValue, n-1, n-1)
	}
	for _, h := range u.Hits {
		r.add(start.str("h").str(h), hitValue, 0, max(len(ts)-1, 0))
	}
	normalise(r.out)
	return r.out
}

func plain(t *phrase.Token) string {
	switch {
	case t.Number:
		return "#"
	case t.Name:
		return "%"
	}
	return t.Stem
}

func (r *reader) word(words []string, i int) {
	r.add(start.str("w").str(words[i]), stemValue, i, i)
	if i+1 < len(words) {
		r.add(start.str("b").str(words[i]).str(" ").str(words[i+1]), pairValue, i, i+1)
	}
	if i+2 < len(words) {
		r.add(start.str("s").str(words[i]).str(" ").str(words[i+2]), skipValue, i, i+2)
	}
}

// classReach is how many words apart two classes are still read together.
const classReach = 4

func (r *reader) classes(classes [][]string, i int) {
	for _, c := range classes[i] {
		r.add(start.str("c").str(c), classValue, i, i)
		for j := i + 1; j < len(classes) && j <= i+classReach; j++ {
			for _, d := range classes[j] {
				r.add(start.str("p").str(c).str(" ").str(d), classPairValue, i, j)
			}
		}
	}
}

// grams are runs of four and five letters, and beginnings of words.
func (r *reader) grams(word string, i int) {
	letters := []rune("^" + word + "$")
	if len(letters) < 6 {
		return
	}
	for n := 4; n <= 5; n++ {
		for at := 0; at+n <= len(letters); at++ {
			h := start.str("g")
			for _, l := range letters[at : at+n] {
				h = h.num(uint32(l))
			}
			r.add(h, gramValue, i, i)
		}
	}
}

// evened says how far the length of a sentence is evened out: 1 would make a
// long one weigh exactly what a short one does, 0 would leave it as it is.
const evened = 0.6

// normalise makes a long sentence weigh not much more than a short one.
func normalise(fs []Feature) {
	sum := 0.0
	for _, f := range fs {
		sum += float64(f.Value) * float64(f.Value)
	}
	if sum == 0 {
		return
	}
	by := float32(1 / math.Pow(sum, evened/2))
	for i := range fs {
		fs[i].Value *= by
	}
}
