package phrase

import (
	"math/bits"
	"slices"
)

// atoms numbers the words that frames ask for, so that a sentence can say at
// once which of them it has: of a thousand frames only a few are then tried.
type atoms struct {
	all                    map[atom]*atom
	stems, exact, prefixes map[string][]int32
	classes                [][]int32 // by class
	numbers, names         []int32
	prefixLengths          []int
}

func newAtoms() atoms {
	return atoms{
		all: map[atom]*atom{}, stems: map[string][]int32{}, exact: map[string][]int32{}, prefixes: map[string][]int32{},
	}
}

// add returns the word that frames share when they ask for the same.
func (a *atoms) add(at atom) *atom {
	if have, ok := a.all[at]; ok {
		return have
	}
	id := int32(len(a.all))
	one := at
	one.id = id
	a.all[at] = &one
	switch {
	case at.class >= 0:
		for len(a.classes) <= int(at.class) {
			a.classes = append(a.classes, nil)
		}
		a.classes[at.class] = append(a.classes[at.class], id)
	case at.number:
		a.numbers = append(a.numbers, id)
	case at.name:
		a.names = append(a.names, id)
	case at.stem != "":
		a.stems[at.stem] = append(a.stems[at.stem], id)
	case at.exact != "":
		a.exact[at.exact] = append(a.exact[at.exact], id)
	default:
		a.prefixes[at.prefix] = append(a.prefixes[at.prefix], id)
		if !slices.Contains(a.prefixLengths, len(at.prefix)) {
			a.prefixLengths = append(a.prefixLengths, len(at.prefix))
		}
	}
	return &one
}

// mark notes which atoms a word is.
func (a *atoms) mark(set []uint64, t *Token) {
	put := func(ids []int32) {
		for _, id := range ids {
			set[id/64] |= 1 << (id % 64)
		}
	}
	put(a.stems[t.Stem])
	put(a.exact[t.Norm])
	for _, n := range a.prefixLengths {
		if n <= len(t.Norm) {
			put(a.prefixes[t.Norm[:n]])
		}
	}
	for i, word := range t.classes {
		for ; word != 0; word &= word - 1 {
			if class := i*64 + bits.TrailingZeros64(word); class < len(a.classes) {
				put(a.classes[class])
			}
		}
	}
	if t.Number {
		put(a.numbers)
	}
	if t.Name {
		put(a.names)
	}
}

// needs collects what a row cannot do without: each of its words that may not be
// missing, each choice as the words that its rows begin with.
func needs(row []elem) [][]int32 {
	var out [][]int32
	for i := range row {
		if e := &row[i]; !e.optional && (e.kind == word || e.kind == choice) {
			if ids, ok := e.first(); ok {
				out = append(out, ids)
			}
		}
	}
	return out
}

// first returns a word of each row of a choice; ok is false when a row needs none.
func (e *elem) first() ([]int32, bool) {
	if e.kind == word {
		return []int32{e.atom.id}, true
	}
	var ids []int32
	for _, row := range e.rows {
		inner := needs(row)
		if len(inner) == 0 {
			return nil, false
		}
		ids = append(ids, inner[0]...)
	}
	return ids, true
}

// has reports whether the sentence has one of each.
func (s *Sentence) has(needs [][]int32) bool {
	for _, wanted := range needs {
		found := false
		for _, id := range wanted {
			if s.atoms[id/64]&(1<<(id%64)) != 0 {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// Index knows by which words each of many frames can be told to be possible, so
// that a sentence is tried against a few of them only.
type Index struct {
	frames []Frame
	by     [][]int32 // by atom: frames that cannot do without one of a set it belongs to
	always []int32   // frames that ask for no certain word
}

// NewIndex indexes frames by the need of theirs that fewest words meet.
func (l *Lexicon) NewIndex(frames []Frame) *Index {
	ix := &Index{frames: frames, by: make([][]int32, len(l.atoms.all))}
	for i, f := range frames {
		need := f.rarest()
		if need == nil {
			ix.always = append(ix.always, int32(i))
		}
		for _, id := range need {
			ix.by[id] = append(ix.by[id], int32(i))
		}
	}
	return ix
}

func (f Frame) rarest() []int32 {
	var best []int32
	for _, p := range f.parts {
		if p.not {
			continue
		}
		for _, n := range p.needs {
			if best == nil || len(n) < len(best) {
				best = n
			}
		}
	}
	return best
}

// Possible returns the frames that may be found in a sentence, in their order.
func (ix *Index) Possible(s *Sentence) []int32 {
	out := slices.Clone(ix.always)
	for i, word := range s.atoms {
		for ; word != 0; word &= word - 1 {
			if id := i*64 + bits.TrailingZeros64(word); id < len(ix.by) {
				out = append(out, ix.by[id]...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
