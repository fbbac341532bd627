package tone

import (
	"slices"
	"strings"
	"sync"

	"opendoor/offboarding/tone/internal/memo"
	"opendoor/offboarding/tone/internal/phrase"
)

// A frame is one way in which a sentence breaks a rule; the grammar of the
// lines is told at phrase.Frame. "//" begins a remark, "? " a hint, "! " what
// is believed whatever the classifier says.
type frame struct {
	rule   Rule
	hint   bool // is found in harmless sentences as well: the classifier hears of it and decides
	sure   bool // says it so openly that the classifier is not asked
	source string
	phrase.Frame
}

// lexis is what the guard knows of both languages.
type lexis struct {
	*phrase.Lexicon
	frames    []frame
	index     *phrase.Index
	ownClause []phrase.Frame
	assurance []phrase.Frame
	places    memo.Memo[[]place]       // of sentences
	scores    memo.Memo[[]float64]     // of what the classifier reads in one piece
	forms     memo.Memo[[]phrase.Span] // what was left unfilled, of lines
}

// known is put together when the first letter is read: a command that reads
// none pays nothing for it.
var known = sync.OnceValue(newLexis)

func newLexis() *lexis {
	l := &lexis{Lexicon: phrase.NewLexicon(classes())}
	l.frames = append(l.compile("ru:", framesRU), l.compile("en:", framesEN)...)
	for _, src := range ownClause {
		l.ownClause = append(l.ownClause, l.mustFrame(src))
	}
	for _, src := range assurance {
		l.assurance = append(l.assurance, l.mustFrame(src))
	}
	all := make([]phrase.Frame, len(l.frames))
	for i, f := range l.frames {
		all[i] = f.Frame
	}
	l.index = l.NewIndex(all)
	return l
}

// classes puts the words of both languages into one table under names of their
// own, ru:pay and en:pay, so that a frame of one language never takes words of
// the other for its own: a letter may hold sentences of both.
func classes() map[string]string {
	all := map[string]string{"firstname": strings.Join(menNames, " ") + " " + strings.Join(womenNames, " ")}
	for prefix, tables := range map[string][]map[string]string{"ru:": {wordsRU, themesRU}, "en:": {wordsEN, themesEN}} {
		for _, t := range tables {
			for name, words := range t {
				all[prefix+name] = words
			}
		}
	}
	return all
}

func (l *lexis) compile(prefix string, table map[Rule]string) []frame {
	var out []frame
	for _, rule := range Rules {
		for line := range strings.SplitSeq(table[rule], "\n") {
			line, _, _ = strings.Cut(line, "//")
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			line, hint := strings.CutPrefix(line, "? ")
			line, sure := strings.CutPrefix(line, "! ")
			out = append(out, frame{rule, hint, sure, line, l.mustFrame(strings.ReplaceAll(line, "@", "@"+prefix) + unless[rule])})
		}
	}
	return out
}

// unless is added to every frame of a rule: what makes the same words harmless.
var unless = map[Rule]string{
	Hostage: " & not (независимо|отдельно|раздельно|=не ..2 (зависит|связан*|влияет|вправе|удержив*|задержив*)|=ни =при =каких|regardless|separate|separately|irrespective|=not ..2 (depend|hang|tied|linked|withhold)|=no right|=under =any)",
	Guilt:   " & not (извин*|=простите|=прости|прощения|выводы|^ спасибо =за|рады =за =вас|apologise|apologize|forgive|=to =have ..2 =you|(happy|glad|delighted) =for =you)",
	// the account is what lacks money, the client may not
	PovertyJab:    " & not (=на =счете|=на =счету|=на =карте|возврат*|=on =the =account|=on =your =account|refund)",
	Threat:        " & not (поручите|поручили|=как =вы =просили|=по =вашей =просьбе|=по =вашему =поручению|краже|=as =you =asked|=at =your =request|=you =instruct|stolen)",
	BlameEmployee: " & not (=по =нашей =вине|=our =fault|=никто|=никого|=не ..2 (виноват*|наказ*)|nobody|=no =one)",
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
var ownClause = []string{
	"(=п|пункт|договор|статья|условие) & (неоплаченный|макет|проект|разработка|результат|дизайн|работа|чертеж|исходник|код|программа|текст|ролик|сайт) & not =ваш & not =ваши",
	"(clause|section|contract|article|agreement) & (unpaid|design|layout|work|draft|code|result|drawing|artwork|video|site|software|product) & not =your",
}

// assurance is a promise that nobody will be persuaded: "we will not try to
// change your mind" holds every word of persuasion and is none.
var assurance = []string{
	"^ =мы? ..2!(=но|=если) =не ..1 (будем|станем|буду|стану|собираемся|пытаемся|просим|прошу) ..2 (уговар*|отговар*|переубежд*|переубед*|убежд*|убедить|удерж*|=передумать|подумать|пересмотр*|предлагать) & not (=но|=только ..2 (подумайте|останьтесь)|однако)",
	"(=никто|=никого) ..1 =не ..2 (будет|станет|собирается|уговар*|удерж*|отговар*) ..2 (уговар*|отговар*|переубежд*|удерж*)? & not (=но|однако)",
	"(=won't|=will =not|=not|=nobody =will|=no =one =will) ..1 (try|trying|ask|asking|going =to (try|ask)|attempt|attempting|seek) ..3 (persuade|convince|talk|change|keep|stay|reconsider|think|dissuade|hold) & not (=but ..3 (please|think|perhaps|stay|would|=we)|however|yet)",
}

func (l *lexis) mustFrame(src string) phrase.Frame {
	f, err := l.Frame(src)
	if err != nil {
		panic("tone: " + err.Error()) // a table of ours is wrong; the tests of this package find it
	}
	return f
}

// excused reports whether the kind of the letter, or what else the sentence
// says, allows what a rule found.
func (g *guard) excused(r Rule, s *phrase.Sentence) bool {
	switch r {
	case Hostage:
		return g.letter.Kind == "settlement" && anyIn(g.ownClause, s)
	case PersuadeAfterFinal:
		return anyIn(g.assurance, s)
	default:
		return false
	}
}

func anyIn(frames []phrase.Frame, s *phrase.Sentence) bool {
	return slices.ContainsFunc(frames, func(f phrase.Frame) bool {
		_, _, ok := f.Find(s)
		return ok
	})
}

// hit is a frame that was found in a sentence.
type hit struct {
	*frame
	phrase.Span
}

// place is where in a sentence a frame was found: from one word up to another.
type place struct {
	*frame
	from, to int
}

// hitsIn looks for every frame in a sentence.
func (l *lexis) hitsIn(s *phrase.Sentence) []hit {
	places := l.places.Of(appendKey(nil, s), func() []place {
		var out []place
		for _, i := range l.index.Possible(s) {
			f := &l.frames[i]
			if from, to, ok := f.Find(s); ok {
				out = append(out, place{f, from, to})
			}
		}
		return out
	})
	var out []hit
	for _, p := range places {
		out = append(out, hit{p.frame, phrase.Span{Start: s.Tokens[p.from].Start, End: s.Tokens[p.to-1].End}})
	}
	return out
}
