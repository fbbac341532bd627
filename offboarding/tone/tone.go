// Package tone reads a letter before it leaves and says what would hurt the
// client: guilt, threats, papers held for money, empty forms. It is offline and
// explainable, in Russian and English: rules describe what a sentence does.
package tone

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"opendoor/offboarding/tone/internal/linear"
	"opendoor/offboarding/tone/internal/phrase"
)

// Verdict is what becomes of a text: it may go, a person confirms, it never goes.
type Verdict string

// The verdicts.
const (
	Pass  Verdict = "pass"
	Warn  Verdict = "warn"
	Block Verdict = "block"
)

// Part is a piece of a letter that carries a required element; an empty Element
// is text between them.
type Part struct{ Element, Text string }

// Letter is a text to check, as it would leave: after substitution.
type Letter struct {
	Text   string // or Parts
	Parts  []Part
	Lang   string   // ru or en
	Kind   string   // one of Kinds, empty when not known
	Intent string   // the client's intent; final after a decision that stands
	Parted bool     // the client has already parted: an offer to come back is no persuasion
	Quotes []string // the client's own words that stand in the text by a variable; they are not judged
	Names  []string // of people and companies, as they stand in the text; not judged unless they insult
	Titles []string // of papers and the like, as lists name them; what only the classifier minds about them is let pass
}

// Finding is one place that a rule has found.
type Finding struct {
	Rule        Rule
	Level       Verdict
	Start, End  int    // characters of the text (of the joined parts, a line end between two)
	Text        string // what stands there
	Explanation string // why, and what to write instead
}

// Report is the result of a check.
type Report struct {
	Verdict  Verdict
	Findings []Finding
	Missing  []string // required elements that no part carries; only with Parts and Kind
}

// Check reads a letter.
func Check(l Letter) Report {
	lex := known()
	r := check(l, lex)
	if len(r.Findings) > 0 && len(l.Names)+len(l.Titles) > 0 {
		return checkUncalled(l, lex)
	}
	return r
}

func check(l Letter, lex *lexis) Report {
	text := l.Text
	if text == "" && len(l.Parts) > 0 {
		texts := make([]string, len(l.Parts))
		for i, p := range l.Parts {
			texts[i] = p.Text
		}
		text = strings.Join(texts, "\n")
	}
	g := guard{letter: l, runes: []rune(text), lexis: lex, classifier: classifier()}
	g.skip = slices.Concat(clientQuotes(text), spansOf(text, l.Quotes), addresses(text))
	g.text = g.Read(text, l.Lang, g.skip)
	g.sentences()
	g.cheer()
	g.form()
	r := Report{Verdict: Pass, Findings: g.findings}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	for _, f := range r.Findings {
		if f.Level == Block || r.Verdict == Pass {
			r.Verdict = f.Level
		}
	}
	if len(l.Parts) > 0 {
		r.Missing = missing(l)
		if len(r.Missing) > 0 {
			r.Verdict = Block
		}
	}
	return r
}

func missing(l Letter) []string {
	var out []string
	for _, id := range required[l.Kind] {
		if !slices.ContainsFunc(l.Parts, func(p Part) bool { return p.Element == id && strings.TrimSpace(p.Text) != "" }) {
			out = append(out, id)
		}
	}
	return out
}

// spansOf finds each quote in the text, in characters: whole words, or a quote of
// one letter would be found everywhere. Whoever sets a letter may make a space of
// another kind of it.
func spansOf(text string, quotes []string) []phrase.Span {
	plain := func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}
	text = strings.Map(plain, text)
	var out []phrase.Span
	for _, q := range quotes {
		if q = strings.Map(plain, q); strings.TrimSpace(q) == "" {
			continue
		}
		for from := 0; ; {
			i := strings.Index(text[from:], q)
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(q)
			if within(text[:at], q) || within(q, text[from:]) {
				continue
			}
			start := utf8.RuneCountInString(text[:at])
			out = append(out, phrase.Span{Start: start, End: start + utf8.RuneCountInString(q)})
		}
	}
	return out
}

// within reports whether a word goes on from the end of one text into the next.
func within(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return unicode.IsLetter(last) && unicode.IsLetter(first)
}

// guard is one reading of one letter.
type guard struct {
	*lexis
	classifier *linear.Model
	letter     Letter
	runes      []rune
	text       phrase.Text
	skip       []phrase.Span
	findings   []Finding
}

func (g *guard) skipped(pos int) bool {
	return slices.ContainsFunc(g.skip, func(s phrase.Span) bool { return pos >= s.Start && pos < s.End })
}

func (g *guard) found(r Rule, s phrase.Span) {
	for i, f := range g.findings {
		if f.Rule == r && s.Start < f.End && f.Start < s.End { // one finding for one place
			f.Start, f.End = min(f.Start, s.Start), max(f.End, s.End)
			f.Text = string(g.runes[f.Start:f.End])
			g.findings[i] = f
			return
		}
	}
	g.findings = append(g.findings, Finding{
		Rule: r, Level: r.Level(g.letter.Intent), Start: s.Start, End: s.End,
		Text: string(g.runes[s.Start:s.End]), Explanation: r.Explain(g.letter.Lang),
	})
}
