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
//
// A final word beats any hope beside it, in whatever sentence: respect beats
// hope. A bare "we are leaving" counts as final only when nothing is shouted
// and nothing is weighed, since many who threaten are only upset.
func Check(text, lang string) Suggestion {
	known := signs()
	read := known.lexicon.Read(text, lang, nil)
	var s Suggestion
	seen := map[string]bool{}
	hints := map[string]int{}
	for i := range read.Sentences {
		sentence := &read.Sentences[i]
		for _, m := range known.markers {
			from, to, ok := m.Find(sentence)
			if !ok {
				continue
			}
			span := phrase.Span{Start: sentence.Tokens[from].Start, End: sentence.Tokens[to-1].End}
			seen[m.group] = true
			if reason, ok := strings.CutPrefix(m.name, "reason_"); ok {
				hints[reason]++
			}
			s.Evidence = add(s.Evidence, Evidence{Marker: m.name, Start: span.Start, End: span.End, Text: read.Slice(span)})
		}
	}
	if loud := strings.Count(text, "!"); loud >= 2 || loud == 1 && seen["leaving"] {
		before, _, _ := strings.Cut(text, "!")
		i := len([]rune(before))
		s.Evidence = append(s.Evidence, Evidence{Marker: "exclamation", Start: i, End: i + 1, Text: "!"})
		seen["venting"] = true
	}
	slices.SortStableFunc(s.Evidence, func(a, b Evidence) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	switch {
	case seen["final"], seen["leaving"] && !seen["venting"] && !seen["undecided"]:
		s.Intent = Final
	case seen["venting"]:
		s.Intent = Venting
	case seen["undecided"]:
		s.Intent = Undecided
	default:
		s.Intent = Unknown
	}
	s.ThirdParty = seen["third_party"]
	s.ReasonHint = strongest(hints)
	if s.ReasonHint == "" && s.ThirdParty {
		s.ReasonHint = "reputation"
	}
	return s
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
	phrase.Frame
}

// knowledge is the words and the markers made of them.
type knowledge struct {
	lexicon *phrase.Lexicon
	markers []marker
}

// signs are put together when the first text is read.
var signs = sync.OnceValue(compile)

func compile() *knowledge {
	out := &knowledge{lexicon: phrase.NewLexicon(words)}
	for _, t := range table {
		group := t.group
		for line := range strings.SplitSeq(t.frames, "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			f, err := out.lexicon.Frame(line + t.unless)
			if err != nil {
				panic("intent: " + err.Error()) // a table of ours is wrong; the tests of this package find it
			}
			out.markers = append(out.markers, marker{t.name, group, f})
		}
	}
	return out
}
