package tone

import (
	"strings"

	"opendoor/offboarding/tone/internal/phrase"
)

// A frame is one way in which a sentence breaks a rule; the grammar of the
// lines is told at phrase.Frame. "//" begins a remark.
type frame struct {
	rule Rule
	phrase.Frame
}

var lexicon = phrase.NewLexicon(joined(wordsRU, wordsEN, map[string]string{"firstname": strings.Join(menNames, " ") + " " + strings.Join(womenNames, " ")}))

// joined puts the words of both languages into one table: their letters differ,
// and a letter may hold a sentence of the other language.
func joined(tables ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, t := range tables {
		for name, words := range t {
			all[name] += " " + words
		}
	}
	return all
}

var frames = compile(framesRU, framesEN)

func compile(tables ...map[Rule]string) []frame {
	var out []frame
	for _, rule := range Rules {
		for _, t := range tables {
			for line := range strings.SplitSeq(t[rule], "\n") {
				line, _, _ = strings.Cut(line, "//")
				if line = strings.TrimSpace(line); line == "" {
					continue
				}
				f, err := lexicon.Frame(line)
				if err != nil {
					panic("tone: " + err.Error()) // a table of ours is wrong; the tests of this package find it
				}
				out = append(out, frame{rule, f})
			}
		}
	}
	return out
}

// applies reports whether a rule concerns this letter at all.
func (g *guard) applies(r Rule) bool {
	if r == PersuadeAfterFinal {
		return g.letter.Intent == "final" && !g.letter.Parted
	}
	return true
}

// frames looks for every frame in every sentence.
func (g *guard) frames() {
	for _, s := range g.text.Sentences {
		for _, f := range frames {
			if !g.applies(f.rule) {
				continue
			}
			if from, to, ok := f.Find(s); ok {
				g.found(f.rule, phrase.Span{Start: s.Tokens[from].Start, End: s.Tokens[to-1].End}, nil)
			}
		}
	}
}
