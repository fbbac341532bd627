// Package intent reads what a client has written and suggests what they mean
// to do: let off steam, think it over, or leave for good; whether somebody else
// has spoken to them about us; and what the reason may be. It shows the words it
// goes by. It suggests and never decides (domain §2.3, §4.1).
package intent

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"opendoor/offboarding/tone/internal/linear"
	"opendoor/offboarding/tone/internal/phrase"
)

// The intents of domain §1.
const (
	Unknown   = "unknown"
	Venting   = "venting"
	Undecided = "undecided"
	Final     = "final"
)

// Evidence is a marker and the words it was found in.
type Evidence struct {
	Marker     string
	Start, End int // characters of the text
	Text       string
}

// Suggestion is what the text seems to mean.
type Suggestion struct {
	Intent     string
	ThirdParty bool   // somebody unseen has told the client something about us
	ReasonHint string // a level-1 code of the exit reasons; empty when nothing points to one
	Evidence   []Evidence
}

// Check reads a text of the client in a language (ru or en).
func Check(text, lang string) Suggestion {
	r := read(text, lang)
	m := classifier()
	units := pieces(r.meant)
	features := make([][]linear.Feature, len(units))
	for i, u := range units {
		features[i] = linear.Features(r.lexicon, u)
	}
	shares, at := Shares(m, features)
	s := Suggestion{Intent: Suggest(r.seen, shares, m.Enough), ThirdParty: r.seen["third_party"], ReasonHint: strongest(r.hints), Evidence: r.evidence}
	said := r.seen[s.Intent] || s.Intent == Final && r.seen["leaving"]
	if label := slices.Index(Labels, s.Intent); label > 0 && !said {
		for _, t := range heaviest(m, units[at], features[at], label) {
			span := phrase.Span{Start: t.Start, End: t.End}
			s.Evidence = append(s.Evidence, Evidence{Marker: "sounds_" + s.Intent, Start: t.Start, End: t.End, Text: r.text.Slice(span)})
		}
	}
	slices.SortStableFunc(s.Evidence, func(a, b Evidence) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	if s.ReasonHint == "" && s.ThirdParty {
		s.ReasonHint = "reputation"
	}
	return s
}

// reading is a text and the markers found in it.
type reading struct {
	*knowledge
	text     phrase.Text
	meant    []phrase.Sentence // those whose parting, if they speak of one, is meant
	seen     map[string]bool
	hints    map[string]int
	evidence []Evidence
}

func read(text, lang string) *reading {
	r := &reading{knowledge: signs(), seen: map[string]bool{}, hints: map[string]int{}}
	r.text = r.lexicon.Read(text, lang, nil)
	for _, s := range r.text.Sentences {
		if r.look(&s) {
			r.meant = append(r.meant, s)
		}
	}
	if loud := strings.Count(text, "!"); loud >= 2 || loud == 1 && r.seen["leaving"] {
		before, _, _ := strings.Cut(text, "!")
		at := len([]rune(before))
		r.evidence = append(r.evidence, Evidence{Marker: "exclamation", Start: at, End: at + 1, Text: "!"})
		r.seen["venting"] = true
	}
	return r
}

// look tries every marker on a sentence and reports whether a parting is meant
// by it: not if it is taken back, is somebody else's, is only asked about, or
// hangs on an if.
func (r *reading) look(sentence *phrase.Sentence) bool {
	meant := true
	for _, m := range r.markers {
		if !meant && m.parts() {
			continue
		}
		from, to, ok := m.Find(sentence)
		if !ok {
			continue
		}
		meant = meant && !m.spares
		span := phrase.Span{Start: sentence.Tokens[from].Start, End: sentence.Tokens[to-1].End}
		r.seen[m.group] = true
		if reason, ok := strings.CutPrefix(m.name, "reason_"); ok {
			r.hints[reason]++
		}
		r.evidence = add(r.evidence, Evidence{Marker: m.name, Start: span.Start, End: span.End, Text: r.text.Slice(span)})
	}
	return meant
}

// add keeps one piece of evidence per marker and place.
func add(all []Evidence, e Evidence) []Evidence {
	for i, have := range all {
		if have.Marker == e.Marker && have.Start < e.End && e.Start < have.End {
			if e.End-e.Start > have.End-have.Start {
				all[i] = e
			}
			return all
		}
	}
	return append(all, e)
}

// strongest names the reason that most words speak for; of equals the first in
// the order of the taxonomy.
func strongest(hints map[string]int) string {
	best := ""
	for _, r := range reasons {
		if hints[r] > hints[best] {
			best = r
		}
	}
	return best
}

var reasons = []string{"people", "agreement", "reputation", "contact", "price", "need", "fit"}

// marker is one sign: a name that is shown, and the group it speaks for.
type marker struct {
	name, group string
	spares      bool // what the sentence says of parting is not meant
	phrase.Frame
}

// parts reports whether the marker says that the client leaves.
func (m *marker) parts() bool { return m.group == "final" || m.group == "leaving" }

// knowledge is the words and the markers made of them.
type knowledge struct {
	lexicon *phrase.Lexicon
	markers []marker
}

// signs are put together when the first text is read.
var signs = sync.OnceValue(compile)

func compile() *knowledge {
	out := &knowledge{lexicon: phrase.NewLexicon(words)}
	for i, t := range slices.Concat(unmeant, table) {
		for line := range strings.SplitSeq(t.frames, "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			f, err := out.lexicon.Frame(line + t.unless)
			if err != nil {
				panic("intent: " + err.Error()) // a table of ours is wrong; the tests of this package find it
			}
			out.markers = append(out.markers, marker{t.name, t.group, i < len(unmeant), f})
		}
	}
	return out
}
