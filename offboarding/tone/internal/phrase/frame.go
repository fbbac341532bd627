package phrase

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Set is a set of word classes.
type Set [5]uint64

func (s *Set) add(i int)     { s[i/64] |= 1 << (i % 64) }
func (s Set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s Set) union(o Set) Set {
	return Set{s[0] | o[0], s[1] | o[1], s[2] | o[2], s[3] | o[3], s[4] | o[4]}
}

// Lexicon sorts words into classes by what they are or do: papers, pay, you.
type Lexicon struct {
	names   map[string]int
	stems   map[string]Set
	exact   map[string]Set
	prefix  map[string]Set // by the first characters, longest first is not needed: all count
	lengths []int          // lengths of prefixes in bytes
	known   map[string]bool
}

// NewLexicon builds a lexicon. A word stands for all of its forms; "=word" for
// itself alone, "wor*" for all that begins so.
func NewLexicon(classes map[string]string) *Lexicon {
	l := &Lexicon{names: map[string]int{}, stems: map[string]Set{}, exact: map[string]Set{}, prefix: map[string]Set{}, known: map[string]bool{}}
	names := make([]string, 0, len(classes))
	for name := range classes {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		l.names[name] = i
		for w := range strings.FieldsSeq(strings.ReplaceAll(classes[name], "ё", "е")) {
			l.add(w, i)
		}
	}
	return l
}

func (l *Lexicon) add(w string, class int) {
	into, key := l.stems, ""
	switch {
	case strings.HasPrefix(w, "="):
		into, key = l.exact, w[1:]
		l.known[Stem(key)] = true
	case strings.HasSuffix(w, "*"):
		into, key = l.prefix, w[:len(w)-1]
		if !slices.Contains(l.lengths, len(key)) {
			l.lengths = append(l.lengths, len(key))
		}
	default:
		key = Stem(w)
		l.known[key] = true
	}
	s := into[key]
	s.add(class)
	into[key] = s
}

// Know adds stems that exist beside those of the classes.
func (l *Lexicon) Know(stems ...string) {
	for _, s := range stems {
		l.known[s] = true
	}
}

// Knows reports whether the stem is one of ours.
func (l *Lexicon) Knows(stem string) bool { return l.known[stem] }

func (l *Lexicon) classesOf(t Token) Set {
	s := l.stems[t.Stem].union(l.exact[t.Norm])
	for _, n := range l.lengths {
		if n <= len(t.Norm) {
			s = s.union(l.prefix[t.Norm[:n]])
		}
	}
	return s
}

// Classes names the classes of a word, in the order of their names.
func (l *Lexicon) Classes(t Token) []int {
	var out []int
	for i := range len(l.names) {
		if t.classes.has(i) {
			out = append(out, i)
		}
	}
	return out
}

// repair leads a stretched word back to one that we know: "пожалеееете".
func (l *Lexicon) repair(word string) (string, string) {
	stem := Stem(word)
	if l.known[stem] || l.hasPrefix(word) {
		return word, stem
	}
	runs, longest := stretches(word)
	if longest < 2 || len(runs) > 12 {
		return word, stem
	}
	// Each stretch may stand for one letter or two; few words have many of them.
	var stretched []int
	for i, r := range runs {
		if r.n > 1 {
			stretched = append(stretched, i)
		}
	}
	if len(stretched) > 6 {
		stretched = stretched[:6]
	}
	for mask := range 1 << len(stretched) {
		var b strings.Builder
		for i, r := range runs {
			b.WriteRune(r.r)
			if k := slices.Index(stretched, i); k >= 0 && mask>>k&1 == 1 {
				b.WriteRune(r.r)
			}
		}
		if s := Stem(b.String()); l.known[s] || l.hasPrefix(b.String()) {
			return b.String(), s
		}
	}
	if longest < 3 {
		return word, stem
	}
	var b strings.Builder
	for _, r := range runs {
		b.WriteRune(r.r)
		if r.n == 2 {
			b.WriteRune(r.r)
		}
	}
	return b.String(), Stem(b.String())
}

func (l *Lexicon) hasPrefix(word string) bool {
	for _, n := range l.lengths {
		if n <= len(word) {
			if _, ok := l.prefix[word[:n]]; ok {
				return true
			}
		}
	}
	return false
}

type stretch struct {
	r rune
	n int
}

func stretches(word string) ([]stretch, int) {
	var runs []stretch
	longest := 0
	for _, r := range word {
		if n := len(runs); n > 0 && runs[n-1].r == r {
			runs[n-1].n++
		} else {
			runs = append(runs, stretch{r, 1})
		}
		longest = max(longest, runs[len(runs)-1].n)
	}
	return runs, longest
}

// Frame says what a sentence does, as rows of words that must all be found in it:
//
//	@papers .. @give & (после|когда) ..3 @pay & not @successor
//
// A word stands for its forms, =word for itself, wor* for a beginning, @class
// for a class, # for a number, ^ and $ for the ends of the sentence, (a|b) for a
// choice, x? for what may be missing, !x for any other word, "<!x" for "x is not
// among the two words before", .. for up to five words between, ..3 for up to
// three, ..!x for words between that are not x; ",x" has a comma before it.
type Frame struct {
	parts []part
}

type part struct {
	not  bool
	elem []elem
}

type elem struct {
	any      []atom
	optional bool
	inverse  bool
	behind   bool // zero width: not among the two before
	gap      int  // > 0: up to that many words of no matter what
	comma    bool
	edge     rune // ^ or $
}

type atom struct {
	class  int // -1: none
	stem   string
	exact  string
	prefix string
	number bool
}

const defaultGap = 5

// Frame compiles the source of a frame.
func (l *Lexicon) Frame(src string) (Frame, error) {
	var f Frame
	for p := range strings.SplitSeq(strings.ReplaceAll(src, "ё", "е"), " & ") {
		var pt part
		if rest, ok := strings.CutPrefix(strings.TrimSpace(p), "not "); ok {
			pt.not, p = true, rest
		}
		for w := range strings.FieldsSeq(p) {
			e, err := l.elem(w)
			if err != nil {
				return f, fmt.Errorf("frame %q: %w", src, err)
			}
			pt.elem = append(pt.elem, e)
		}
		if len(pt.elem) == 0 {
			return f, fmt.Errorf("frame %q: an empty part", src)
		}
		f.parts = append(f.parts, pt)
	}
	return f, nil
}

func (l *Lexicon) elem(w string) (elem, error) {
	var e elem
	switch {
	case w == "^" || w == "$":
		e.edge = rune(w[0])
		return e, nil
	case strings.HasPrefix(w, ".."):
		e.gap = defaultGap
		w = w[2:]
		n, rest, ok := strings.Cut(w, "!")
		if n != "" {
			g, err := strconv.Atoi(n)
			if err != nil {
				return e, err
			}
			e.gap = g
		}
		if !ok {
			return e, nil
		}
		w = rest
	case strings.HasPrefix(w, "<!"):
		e.behind = true
		w = w[2:]
	case strings.HasPrefix(w, "!"):
		e.inverse = true
		w = w[1:]
	}
	if strings.HasPrefix(w, ",") && len(w) > 1 {
		e.comma = true
		w = w[1:]
	}
	if strings.HasSuffix(w, "?") {
		e.optional = true
		w = w[:len(w)-1]
	}
	if strings.HasPrefix(w, "(") && strings.HasSuffix(w, ")") {
		w = w[1 : len(w)-1]
	}
	for a := range strings.SplitSeq(w, "|") {
		at, err := l.atom(a)
		if err != nil {
			return e, err
		}
		e.any = append(e.any, at)
	}
	return e, nil
}

func (l *Lexicon) atom(a string) (atom, error) {
	switch {
	case a == "":
		return atom{}, fmt.Errorf("an empty word")
	case a == "#":
		return atom{class: -1, number: true}, nil
	case a[0] == '@':
		c, ok := l.names[a[1:]]
		if !ok {
			return atom{}, fmt.Errorf("no class %s", a)
		}
		return atom{class: c}, nil
	case a[0] == '=':
		l.known[Stem(a[1:])] = true
		return atom{class: -1, exact: a[1:]}, nil
	case strings.HasSuffix(a, "*"):
		return atom{class: -1, prefix: a[:len(a)-1]}, nil
	}
	l.known[Stem(a)] = true
	return atom{class: -1, stem: Stem(a)}, nil
}

func (a atom) is(t *Token) bool {
	switch {
	case a.class >= 0:
		return t.classes.has(a.class)
	case a.number:
		return t.Number
	case a.stem != "":
		return t.Stem == a.stem
	case a.exact != "":
		return t.Norm == a.exact
	}
	return strings.HasPrefix(t.Norm, a.prefix)
}

func (e *elem) is(t *Token) bool {
	if e.comma && !t.Comma {
		return false
	}
	for i := range e.any {
		if e.any[i].is(t) {
			return !e.inverse
		}
	}
	return e.inverse
}

// Find looks for a frame in a sentence and returns the words it was found in.
func (f Frame) Find(s Sentence) (from, to int, ok bool) {
	from, to = len(s.Tokens), -1
	for _, p := range f.parts {
		a, b, found := p.find(s.Tokens)
		if found == p.not {
			return 0, 0, false
		}
		if found {
			from, to = min(from, a), max(to, b)
		}
	}
	return from, to, to > from
}

// find returns the first place of a part: words from a up to, without, b.
func (p part) find(ts []Token) (a, b int, ok bool) {
	for i := range len(ts) + 1 {
		if end, ok := match(p.elem, ts, i); ok {
			return i, end, true
		}
	}
	return 0, 0, false
}

func match(es []elem, ts []Token, i int) (int, bool) {
	if len(es) == 0 {
		return i, true
	}
	e := &es[0]
	switch {
	case e.edge == '^':
		if i != 0 {
			return 0, false
		}
		return match(es[1:], ts, i)
	case e.edge == '$':
		if i != len(ts) {
			return 0, false
		}
		return match(es[1:], ts, i)
	case e.behind:
		for j := max(0, i-2); j < i; j++ {
			if e.is(&ts[j]) {
				return 0, false
			}
		}
		return match(es[1:], ts, i)
	case e.gap > 0:
		for n := 0; n <= e.gap && i+n <= len(ts); n++ {
			if n > 0 && len(e.any) > 0 && e.is(&ts[i+n-1]) {
				return 0, false
			}
			if end, ok := match(es[1:], ts, i+n); ok {
				return end, true
			}
		}
		return 0, false
	}
	if i < len(ts) && e.is(&ts[i]) {
		if end, ok := match(es[1:], ts, i+1); ok {
			return end, true
		}
	}
	if e.optional {
		return match(es[1:], ts, i)
	}
	return 0, false
}
