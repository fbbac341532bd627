package tone

import (
	"slices"
	"strings"

	"opendoor/offboarding/tone/internal/phrase"
)

// A frame is one way in which a sentence breaks a rule; the grammar of the
// lines is told at phrase.Frame. "//" begins a remark.
type frame struct {
	rule   Rule
	source string
	phrase.Frame
}

var lexicon = phrase.NewLexicon(classes())

// classes puts the words of both languages into one table under names of their
// own, ru:pay and en:pay, so that a frame of one language never takes words of
// the other for its own: a letter may hold sentences of both.
func classes() map[string]string {
	all := map[string]string{"firstname": strings.Join(menNames, " ") + " " + strings.Join(womenNames, " ")}
	for prefix, t := range map[string]map[string]string{"ru:": wordsRU, "en:": wordsEN} {
		for name, words := range t {
			all[prefix+name] = words
		}
	}
	return all
}

var frames = append(compile("ru:", framesRU), compile("en:", framesEN)...)

func compile(prefix string, table map[Rule]string) []frame {
	var out []frame
	for _, rule := range Rules {
		for line := range strings.SplitSeq(table[rule], "\n") {
			line, _, _ = strings.Cut(line, "//")
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			f, err := lexicon.Frame(strings.ReplaceAll(line, "@", "@"+prefix))
			if err != nil {
				panic("tone: " + err.Error()) // a table of ours is wrong; the tests of this package find it
			}
			out = append(out, frame{rule, line, f})
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

// ownClause is a clause about our unpaid result, which a settlement may quote;
// what belongs to the client is never meant by it (domain §6, hostage).
var ownClause = []phrase.Frame{
	mustFrame("(=п|пункт|договор|статья|условие) & (неоплаченный|макет|проект|разработка|результат|дизайн|работа|чертеж|исходник|код|программа|текст|ролик|сайт) & not =ваш & not =ваши"),
	mustFrame("(clause|section|contract|article|agreement) & (unpaid|design|layout|work|draft|code|result|drawing|artwork|video|site|software|product) & not =your"),
}

func mustFrame(src string) phrase.Frame {
	f, err := lexicon.Frame(src)
	if err != nil {
		panic("tone: " + err.Error())
	}
	return f
}

// excused reports whether the kind of the letter allows what a rule found.
func (g *guard) excused(r Rule, s *phrase.Sentence) bool {
	if r != Hostage || g.letter.Kind != "settlement" {
		return false
	}
	return slices.ContainsFunc(ownClause, func(f phrase.Frame) bool {
		_, _, ok := f.Find(s)
		return ok
	})
}

// frames looks for every frame in every sentence.
func (g *guard) frames() {
	for i := range g.text.Sentences {
		s := &g.text.Sentences[i]
		for _, f := range frames {
			if !g.applies(f.rule) {
				continue
			}
			if from, to, ok := f.Find(s); ok && !g.excused(f.rule, s) {
				g.found(f.rule, phrase.Span{Start: s.Tokens[from].Start, End: s.Tokens[to-1].End})
			}
		}
	}
}
