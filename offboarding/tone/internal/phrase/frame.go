package phrase

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"opendoor/offboarding/tone/internal/memo"
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
	plain   []string // class names without their language, by number
	atoms   atoms
	stemmed map[string]string

	read  sync.Map // word as written: what repair made of it
	reads atomic.Int64
	lines memo.Memo[line]
}

// remembered is how many words at most are kept with their stems; letters say
// much the same things.
const remembered = 20_000

// spelling is a word as we know it, and its stem.
type spelling struct{ word, stem string }

func (l *Lexicon) repaired(word string) (string, string) {
	if s, ok := l.read.Load(word); ok {
		s := s.(spelling)
		return s.word, s.stem
	}
	known, stem := l.repair(word)
	if l.reads.Add(1) <= remembered {
		l.read.Store(word, spelling{known, stem})
	}
	return known, stem
}

// NewLexicon builds a lexicon. A word stands for all of its forms; "=word" for
// itself alone, "wor*" for all that begins so.
func NewLexicon(classes map[string]string) *Lexicon {
	l := &Lexicon{names: map[string]int{}, stems: map[string]Set{}, exact: map[string]Set{}, prefix: map[string]Set{}, known: map[string]bool{}, atoms: newAtoms(), stemmed: map[string]string{}}
	names := make([]string, 0, len(classes))
	for name := range classes {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		l.names[name] = i
		_, plain, ok := strings.Cut(name, ":")
		if !ok {
			plain = name
		}
		l.plain = append(l.plain, plain)
		for w := range strings.FieldsSeq(strings.ReplaceAll(classes[name], "ё", "е")) {
			l.add(w, i)
		}
	}
	return l
}

func (l *Lexicon) add(w string, class int) {
	into := l.stems
	var key string
	switch {
	case strings.HasPrefix(w, "="):
		into, key = l.exact, w[1:]
		l.known[l.stem(key)] = true
	case strings.HasSuffix(w, "*"):
		into, key = l.prefix, w[:len(w)-1]
		if !slices.Contains(l.lengths, len(key)) {
			l.lengths = append(l.lengths, len(key))
		}
	default:
		key = l.stem(w)
		l.known[key] = true
	}
	s := into[key]
	s.add(class)
	into[key] = s
}

// stem remembers the stems of the words in our own tables: they come often.
func (l *Lexicon) stem(word string) string {
	s, ok := l.stemmed[word]
	if !ok {
		s = Stem(word)
		l.stemmed[word] = s
	}
	return s
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

// Classes names the classes of a word, without their language: what is said
// about papers in one language holds for papers in the other.
func (l *Lexicon) Classes(t *Token) []string {
	var out []string
	for i, word := range t.classes {
		for ; word != 0; word &= word - 1 {
			out = append(out, l.plain[i*64+bits.TrailingZeros64(word)])
		}
	}
	return out
}

func (l *Lexicon) has(t *Token, class string) bool {
	c, ok := l.names[class]
	return ok && t.classes.has(c)
}

// noName reports whether a capital says nothing about a word.
func (l *Lexicon) noName(t *Token) bool {
	return l.has(t, "you") || l.has(t, "we") || l.has(t, "calendar")
}

// repair leads a stretched word back to one that we know: "пожалеееете".
func (l *Lexicon) repair(word string) (string, string) {
	stem := Stem(word)
	runs, longest := stretches(word)
	if longest < 2 || len(runs) > 12 || longest == 2 && (l.known[stem] || l.hasPrefix(word)) {
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
	beginning := "" // a spelling of which we know only how it begins
	for mask := 1<<len(stretched) - 1; mask >= 0; mask-- {
		var b strings.Builder
		for i, r := range runs {
			b.WriteRune(r.r)
			if k := slices.Index(stretched, i); k >= 0 && mask>>k&1 == 1 {
				b.WriteRune(r.r)
			}
		}
		if s := Stem(b.String()); l.known[s] {
			return b.String(), s
		}
		if beginning == "" && l.hasPrefix(b.String()) {
			beginning = b.String()
		}
	}
	if beginning != "" {
		return beginning, Stem(beginning)
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
// for a class, # for a number, % for a name, ^ and $ for the ends of the
// sentence, "," for a comma, dash or colon before the next word (also written to
// it, ",word"), (a|b c) for a choice of rows, x? for what may be missing, "<!x" for "x
// is not among the two words before", .. for up to five words between, ..3 for
// up to three, ..3!x for words between that are not x.
type Frame struct {
	parts []part
}

type part struct {
	not   bool
	row   []elem
	needs [][]int32 // of each choice of words at least one stands in a sentence that has the part
}

// elem is one place of a row. The zero kind is a choice of rows.
type elem struct {
	kind     elemKind
	optional bool
	gap      uint8    // words at most
	rows     [][]elem // of a choice
	atom     *atom    // of a word
	unless   *elem    // what may not stand in the gap or behind
}

type elemKind uint8

const (
	choice elemKind = iota
	word
	gap
	behind
	comma
	start
	end
)

type atom struct {
	id     int32
	class  int32 // -1: none
	stem   string
	exact  string
	prefix string
	number bool
	name   bool
}

const defaultGap = 5

// Frame compiles the source of a frame.
func (l *Lexicon) Frame(src string) (Frame, error) {
	var f Frame
	for p := range strings.SplitSeq(strings.ReplaceAll(src, "ё", "е"), " & ") {
		var pt part
		p = strings.TrimSpace(p)
		if rest, ok := strings.CutPrefix(p, "not "); ok {
			pt.not, p = true, rest
		}
		row, err := l.row(p)
		if err != nil {
			return f, fmt.Errorf("frame %q: %w", src, err)
		}
		if _, empty := match(row, nil, 0, nil); empty {
			return f, fmt.Errorf("frame %q: a part that is always found", src)
		}
		pt.row = row
		pt.needs = needs(row)
		f.parts = append(f.parts, pt)
	}
	return f, nil
}

// row compiles places that follow each other.
func (l *Lexicon) row(src string) ([]elem, error) {
	var row []elem
	for _, w := range split(src, ' ') {
		es, err := l.place(w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w, err)
		}
		row = append(row, es...)
	}
	return row, nil
}

// split cuts at a separator outside brackets and drops what is empty.
func split(s string, sep rune) []string {
	var out []string
	depth, from := 0, 0
	for i, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == sep && depth == 0:
			out = append(out, s[from:i])
			from = i + len(string(r))
		}
	}
	out = append(out, s[from:])
	return slices.DeleteFunc(out, func(p string) bool { return strings.TrimSpace(p) == "" })
}

func (l *Lexicon) place(w string) ([]elem, error) {
	w = strings.TrimSpace(w)
	switch {
	case w == "^":
		return []elem{{kind: start}}, nil
	case w == "$":
		return []elem{{kind: end}}, nil
	case w == ",":
		return []elem{{kind: comma}}, nil
	case strings.HasPrefix(w, ".."):
		return l.between(w[2:])
	case strings.HasPrefix(w, "<!"):
		u, err := l.one(w[2:])
		return []elem{{kind: behind, unless: &u}}, err
	case strings.HasPrefix(w, ","):
		es, err := l.place(w[1:])
		return append([]elem{{kind: comma}}, es...), err
	}
	e, err := l.one(w)
	return []elem{e}, err
}

func (l *Lexicon) between(w string) ([]elem, error) {
	e := elem{kind: gap, gap: defaultGap}
	n, rest, ok := strings.Cut(w, "!")
	if n != "" {
		words, err := strconv.ParseUint(n, 10, 8)
		if err != nil {
			return nil, err
		}
		e.gap = uint8(words)
	}
	if ok {
		u, err := l.one(rest)
		if err != nil {
			return nil, err
		}
		e.unless = &u
	}
	return []elem{e}, nil
}

// one compiles a word or a choice.
func (l *Lexicon) one(w string) (elem, error) {
	var e elem
	if strings.HasSuffix(w, "?") && len(w) > 1 {
		e.optional = true
		w = w[:len(w)-1]
	}
	if strings.HasPrefix(w, "(") && strings.HasSuffix(w, ")") {
		for _, alt := range split(w[1:len(w)-1], '|') {
			row, err := l.row(alt)
			if err != nil {
				return e, err
			}
			e.rows = append(e.rows, row)
		}
		return e, nil
	}
	e.kind = word
	a, err := l.atom(w)
	if err != nil {
		return e, err
	}
	e.atom = l.atoms.add(a)
	return e, nil
}

func (l *Lexicon) atom(a string) (atom, error) {
	switch {
	case a == "" || strings.ContainsAny(a, "()|!"):
		return atom{}, errors.New("this is no word")
	case a == "#":
		return atom{class: -1, number: true}, nil
	case a == "%":
		return atom{class: -1, name: true}, nil
	case a[0] == '@':
		c, ok := l.names[a[1:]]
		if !ok {
			return atom{}, fmt.Errorf("no class %s", a)
		}
		return atom{class: int32(c)}, nil
	case a[0] == '=':
		l.known[l.stem(a[1:])] = true
		return atom{class: -1, exact: a[1:]}, nil
	case strings.HasSuffix(a, "*"):
		return atom{class: -1, prefix: a[:len(a)-1]}, nil
	}
	stem := l.stem(a)
	l.known[stem] = true
	return atom{class: -1, stem: stem}, nil
}

func (a *atom) is(t *Token) bool {
	switch {
	case a.class >= 0:
		return t.classes.has(int(a.class))
	case a.number:
		return t.Number
	case a.name:
		return t.Name
	case a.stem != "":
		return t.Stem == a.stem
	case a.exact != "":
		return t.Norm == a.exact
	}
	return strings.HasPrefix(t.Norm, a.prefix)
}

// Find looks for a frame in a sentence and returns the words it was found in.
func (f Frame) Find(s *Sentence) (from, to int, ok bool) {
	for i := range f.parts {
		if p := &f.parts[i]; !p.not && !s.has(p.needs) {
			return 0, 0, false
		}
	}
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
		if end, ok := match(p.row, ts, i, nil); ok {
			return i, end, true
		}
	}
	return 0, 0, false
}

// more is what is still to be matched after a choice.
type more struct {
	row  []elem
	next *more
}

func match(row []elem, ts []Token, i int, then *more) (int, bool) {
	if len(row) == 0 {
		if then == nil {
			return i, true
		}
		return match(then.row, ts, i, then.next)
	}
	e, rest := &row[0], row[1:]
	switch e.kind {
	case start:
		return matchIf(i == 0, rest, ts, i, then)
	case end:
		return matchIf(i == len(ts), rest, ts, i, then)
	case comma:
		return matchIf(i < len(ts) && ts[i].Comma, rest, ts, i, then)
	case behind:
		return matchIf(!e.unless.among(ts, max(0, i-2), i), rest, ts, i, then)
	case gap:
		for n := 0; n <= int(e.gap) && i+n <= len(ts); n++ {
			if n > 0 && e.unless != nil && e.unless.at(ts, i+n-1) {
				return 0, false
			}
			if end, ok := match(rest, ts, i+n, then); ok {
				return end, true
			}
		}
		return 0, false
	case word:
		if i < len(ts) && e.atom.is(&ts[i]) {
			if end, ok := match(rest, ts, i+1, then); ok {
				return end, true
			}
		}
	case choice:
		k := &more{rest, then}
		for _, alt := range e.rows {
			if end, ok := match(alt, ts, i, k); ok {
				return end, true
			}
		}
	}
	if e.optional {
		return match(rest, ts, i, then)
	}
	return 0, false
}

func matchIf(ok bool, row []elem, ts []Token, i int, then *more) (int, bool) {
	if !ok {
		return 0, false
	}
	return match(row, ts, i, then)
}

// at reports whether the place is found exactly there.
func (e *elem) at(ts []Token, i int) bool {
	if e.kind == word {
		return e.atom.is(&ts[i])
	}
	for _, alt := range e.rows {
		if _, ok := match(alt, ts, i, nil); ok {
			return true
		}
	}
	return false
}

func (e *elem) among(ts []Token, from, to int) bool {
	for i := from; i < to; i++ {
		if e.at(ts, i) {
			return true
		}
	}
	return false
}
