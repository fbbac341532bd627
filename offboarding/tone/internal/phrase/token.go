package phrase

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"
)

// Token is one word or number of a sentence.
type Token struct {
	Norm, Stem string
	Start, End int  // characters of the original
	Upper      bool // begins with a capital
	Caps       bool // has at least two letters, all of them capitals
	Number     bool
	Comma      bool // a comma, colon, dash or bracket stands before it
	Quoted     bool // stands inside quotation marks
	Name       bool // looks like a name: a capital inside the sentence, or one of the names we know
	classes    Set
}

// Sentence is a row of words up to a full stop, a line end or the like.
type Sentence struct {
	Tokens []Token
	End    rune     // . ? ! or 0
	atoms  []uint64 // which words of frames it has
}

// Span is a stretch of the original in characters; End is not part of it.
type Span struct{ Start, End int }

// Text is a text that has been read.
type Text struct {
	Sentences []Sentence
	runes     []rune
}

// Slice returns a stretch of the original.
func (t Text) Slice(s Span) string { return string(t.runes[s.Start:s.End]) }

// Stem returns the stem of a normalised word.
func Stem(word string) string {
	if word == "" {
		return ""
	}
	if first, _ := utf8.DecodeRuneInString(word); isCyrillic(first) {
		return russian.Stem(word, true)
	}
	// The stemmer cuts endings that make another word: questionable, ignorant, usually.
	for _, e := range []string{"able", "ible", "ant", "ly", "ity", "ive", "ous", "ness", "ment", "al"} {
		if strings.HasSuffix(word, e) {
			return word
		}
	}
	return english.Stem(word, true)
}

// Read reads a text of a language (ru or en); skip are stretches that are not
// ours to judge. It reads line by line, as sentences do not go over lines: most
// lines of a letter have been read before.
func (l *Lexicon) Read(text, lang string, skip []Span) Text {
	out := Text{runes: []rune(text)}
	r := reader{lex: l, russian: lang != "en"}
	for from, start := 0, 0; from < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[from:], '\n'); i >= 0 {
			end = from + i + 1
		}
		// The line end before it belongs to it: a dash at the beginning is told by it.
		line, at := text[from:end], start
		if from > 0 {
			line, at = text[from-1:end], start-1
		}
		length := utf8.RuneCountInString(line)
		r.skip = within(skip, at, at+length)
		for _, s := range r.line(line) {
			out.Sentences = append(out.Sentences, s.moved(at))
		}
		from, start = end, at+length
	}
	return out
}

// within returns the stretches that touch those from start to end, from start on.
func within(skip []Span, start, end int) []Span {
	var out []Span
	for _, s := range skip {
		if s.Start < end && s.End > start {
			out = append(out, Span{s.Start - start, s.End - start})
		}
	}
	return out
}

// moved returns the sentence as it stands by so many characters further on.
func (s Sentence) moved(by int) Sentence {
	s.Tokens = slices.Clone(s.Tokens)
	for i := range s.Tokens {
		s.Tokens[i].Start += by
		s.Tokens[i].End += by
	}
	return s
}

// line is what was read of a line, and whether a quotation goes on after it.
type line struct {
	sentences []Sentence
	quoted    bool
}

// line reads a line, unless it knows it.
func (r *reader) line(text string) []Sentence {
	read := func() line {
		r.out = nil
		s := signs(text)
		for i := 0; i < len(s); {
			i = r.step(s, i)
		}
		r.endSentence(0)
		return line{r.out, r.quoted}
	}
	if len(r.skip) > 0 {
		return read().sentences
	}
	key := append(make([]byte, 0, len(text)+1), byte('0'))
	if r.russian {
		key[0] |= 1
	}
	if r.quoted {
		key[0] |= 2
	}
	known := r.lex.lines.Of(append(key, text...), read)
	r.quoted = known.quoted
	return known.sentences
}

type reader struct {
	lex     *Lexicon
	russian bool
	skip    []Span
	out     []Sentence
	now     Sentence
	comma   bool
	quoted  bool
}

func (r *reader) endSentence(end rune) {
	if len(r.now.Tokens) > 0 {
		r.names()
		r.now.atoms = make([]uint64, len(r.lex.atoms.all)/64+1)
		for i := range r.now.Tokens {
			r.lex.atoms.mark(r.now.atoms, &r.now.Tokens[i])
		}
		r.now.End = end
		r.out = append(r.out, r.now)
	}
	r.now, r.comma = Sentence{}, false
}

// names marks what looks like a name. «Вы» is polite, months and days are capitals in English.
func (r *reader) names() {
	for i := range r.now.Tokens {
		t := &r.now.Tokens[i]
		if !t.Upper || t.Caps || t.Quoted || t.End-t.Start < 3 || r.lex.noName(t) {
			continue
		}
		t.Name = i > 0 || r.lex.has(t, "firstname")
	}
}

// step reads what begins at i and returns where the next thing begins.
func (r *reader) step(s []sign, i int) int {
	for _, sk := range r.skip {
		if s[i].pos >= sk.Start && s[i].pos < sk.End {
			r.comma = true
			return i + 1
		}
	}
	c := s[i].r
	switch {
	case unicode.IsLetter(c), unicode.IsDigit(c), c == '@' || c == '$':
		if end, letters := spaced(s, i); end > 0 {
			oneScript(letters, r.russian)
			for _, word := range r.lex.apart(letters) {
				r.word(word)
			}
			return end
		}
		end := i + 1
		for end < len(s) && inWord(s, end) {
			end++
		}
		r.word(append([]sign(nil), s[i:end]...))
		return end
	case c == '\n', c == '!' || c == '?' || c == '…', c == ';' || c == '[' || c == ']':
		r.endSentence(c)
	case c == '.' && endsHere(s, i):
		r.endSentence(c)
	case strings.ContainsRune("«“„", c):
		r.quoted, r.comma = true, true
	case strings.ContainsRune("»”", c):
		r.quoted, r.comma = false, true
	case c == '"':
		r.quoted, r.comma = !r.quoted, true
	case strings.ContainsRune(",:()–—", c), c == '-' && (i == 0 || s[i-1].r == ' '):
		r.comma = true
	}
	return i + 1
}

func inWord(s []sign, i int) bool {
	c := s[i].r
	if unicode.IsLetter(c) || unicode.IsDigit(c) {
		return true
	}
	// don't, 4.4, 1,5, p@per
	if i+1 >= len(s) || !unicode.IsLetter(s[i+1].r) && !unicode.IsDigit(s[i+1].r) {
		return false
	}
	switch c {
	case '\'', '’', '‘', '`':
		return unicode.IsLetter(s[i-1].r) && unicode.IsLetter(s[i+1].r)
	case '.', ',':
		return unicode.IsDigit(s[i-1].r) && unicode.IsDigit(s[i+1].r)
	case '@', '$':
		return unicode.IsLetter(s[i-1].r) && unicode.IsLetter(s[i+1].r)
	}
	return false
}

// endsHere tells the full stop of a sentence from that of an abbreviation: what
// follows begins with a capital, and what stands before has three letters or more.
func endsHere(s []sign, i int) bool {
	before := 0
	for j := i - 1; j >= 0 && unicode.IsLetter(s[j].r); j-- {
		before++
	}
	j := i + 1
	for j < len(s) && (s[j].r == ' ' || strings.ContainsRune("»”\")", s[j].r)) {
		j++
	}
	if j == len(s) {
		return true
	}
	if j == i+1 && s[j].r != '\n' { // no space: 4.4, example.com
		return false
	}
	if before > 0 && before < 3 && s[i-before].upper { // initials, Mr.
		return false
	}
	if before > 0 && before < 3 && unicode.IsDigit(s[j].r) { // п. 4, cl. 5
		return false
	}
	return true
}

// spaced finds a word whose letters were set apart, "п о с л е" or "p-a-y": four
// letters or more, each alone, with one separator of the same kind between them.
func spaced(s []sign, i int) (int, []sign) {
	if i > 0 && (unicode.IsLetter(s[i-1].r) || unicode.IsDigit(s[i-1].r)) {
		return 0, nil
	}
	if i+2 >= len(s) || !strings.ContainsRune(" -_.*·|/~+", s[i+1].r) {
		return 0, nil
	}
	sep := s[i+1].r
	var word []sign
	j := i
	for unicode.IsLetter(s[j].r) {
		if j+1 < len(s) && (unicode.IsLetter(s[j+1].r) || unicode.IsDigit(s[j+1].r)) { // a longer word begins here
			break
		}
		word = append(word, s[j])
		if j+2 >= len(s) || s[j+1].r != sep {
			j++
			break
		}
		j += 2
	}
	if len(word) < 4 {
		return 0, nil
	}
	return j, word
}

// longest is how many letters a word may have when words that were run together
// are told apart.
const longest = 24

// apart tells words whose letters were all set apart alike from each other, "y o
// u p a y": as few and as long words that we know as there can be.
func (l *Lexicon) apart(letters []sign) [][]sign {
	type way struct{ cost, from int }
	best := make([]way, len(letters)+1)
	for to := 1; to <= len(letters); to++ {
		best[to].cost = math.MaxInt
		for from := max(0, to-longest); from < to; from++ {
			if c := best[from].cost + l.cost(letters[from:to]); c < best[to].cost {
				best[to] = way{c, from}
			}
		}
	}
	var words [][]sign
	for to := len(letters); to > 0; to = best[to].from {
		words = append(words, letters[best[to].from:to])
	}
	slices.Reverse(words)
	return words
}

// cost is how unlikely letters are to be a word: short ones turn up in others,
// and what follows a beginning that we know may be another word.
func (l *Lexicon) cost(letters []sign) int {
	n := len(letters)
	word := spell(letters)
	unknown := 2 + 2*n
	if l.known[Stem(word)] {
		unknown = 0
	}
	for _, p := range l.lengths {
		if p <= len(word) && l.prefix[word[:p]] != (Set{}) {
			unknown = min(unknown, (utf8.RuneCountInString(word[p:])+1)/2)
		}
	}
	return unknown + max(1, 5-n)
}

// word adds a word to the sentence, in one script and led back to one we know.
func (r *reader) word(w []sign) {
	oneScript(w, r.russian)
	norm := spell(w)
	t := Token{
		Norm: norm, Start: w[0].pos, End: w[len(w)-1].pos + 1,
		Upper: w[0].upper, Caps: caps(w), Comma: r.comma, Quoted: r.quoted,
		Number: unicode.IsDigit(w[0].r) && !strings.ContainsFunc(norm, unicode.IsLetter),
	}
	r.comma = false
	if t.Number {
		t.Stem = norm
	} else {
		t.Norm, t.Stem = r.lex.repaired(norm)
	}
	t.classes = r.lex.classesOf(t)
	r.now.Tokens = append(r.now.Tokens, t)
}

func spell(w []sign) string {
	var b strings.Builder
	for _, s := range w {
		switch s.r {
		case '’', '‘', '`':
			b.WriteRune('\'')
		default:
			b.WriteRune(s.r)
		}
	}
	return strings.TrimSuffix(b.String(), "'s")
}

func caps(w []sign) bool {
	letters := 0
	for _, s := range w {
		if !unicode.IsLetter(s.r) {
			continue
		}
		if !s.upper {
			return false
		}
		letters++
	}
	return letters > 1
}
