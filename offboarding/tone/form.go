package tone

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"opendoor/offboarding/tone/internal/phrase"
)

// blank is one style of placeholder.
type blank struct {
	needs string // one of these stands in a text in which it is found, in small letters
	re    *regexp.Regexp
}

// unfilled returns placeholders of any style and forms for both genders. They
// are compiled when the first letter is read.
var unfilled = sync.OnceValue(newUnfilled)

func newUnfilled() []blank {
	return []blank{
		{`{ <%`, regexp.MustCompile(`\{\{[^{}\n]{0,80}\}\}|\$\{[^{}\n]{0,80}\}|\{%[^\n]{0,80}%\}|\{[A-Za-zА-Яа-яЁё0-9_. -]{0,60}\}|<%[^\n]{0,80}%>`)},
		{`%`, regexp.MustCompile(`%[A-Za-zА-Яа-яЁё_.-]{2,60}%|%[A-Z_]{3,60}\b|%\([a-z_]+\)s|(?:^|[\s,])%(?:\d\$)?[sdv](?:[\s,.!;:]|$)`)},
		{`* < ‹ # @@ $ __`, regexp.MustCompile(`\*\|[^|\n]{1,60}\|\*|<<[^<>\n]{1,60}>>|‹[^‹›\n]{1,60}›|##?[A-ZА-ЯЁ_]{3,40}#{0,2}|@@[A-Za-z_]{2,40}@@|\$[A-Za-z_]{3,40}\$?|__[A-Za-zА-Яа-яЁё]{2,40}__`)},
		{`<`, regexp.MustCompile(`<\s*/?[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё _-]{1,40}>`)},
		{`_ .... … ..`, regexp.MustCompile(`_{3,}|\.{6,}|…{3,}`)},
		{`[ ( <`, regexp.MustCompile(`(?i)[\[(<]\s*(?:(?:your|client|customer|first|last|full|company|contact|recipient|insert|enter|put|ваше?|имя|вставьте|вставить|впишите|укажите|подставить|название|наименование|фамилия|клиент|дата|сумма|номер|адрес|должность|компания|ф\.?и\.?о\.?|имя)[\p{L} _.-]{0,40}|name|date|amount|sum|address|number|title|surname|tbd|todo|xxx+|ххх+)\s*[\])>]`)},
		{`( /`, regexp.MustCompile(`\(-?(?:ая|ый|ий|ой|яя|на|ла|ся)\)|/-?(?:ая|ый|ий|яя)(?:[\s,.!:]|$)|[а-яё]\(а\)`)},
		{`/ \ or`, regexp.MustCompile(`(?i)\b(?:mr|mrs|ms|miss|sir|madam|mister)\.?\s*(?:/|\\|\bor\b)\s*(?:mr|mrs|ms|miss|madam|sir)\b`)},
		{`/`, regexp.MustCompile(`(?i)\b(?:he/she|she/he|his/her|her/his|him/her|s/he)\b`)},
		{`господин г-н сударь`, regexp.MustCompile(`(?i)(?:господин|г-н|сударь)\s*(?:/|\(|или)\s*(?:госпожа|г-жа|сударыня)`)},
		{`undefined null nan lorem name xxx tbd`, regexp.MustCompile(`(?i)\b(?:undefined|null|nan|lorem ipsum|firstname|lastname|first_name|last_name|client_name|xxx+|tbd)\b`)},
		{`имя фио фамилия ххх ф.`, regexp.MustCompile(`(?:^|[\s«"])(?:ИМЯ|ФИО|ФАМИЛИЯ|ИМЯ ОТЧЕСТВО|ХХХ+|Ф\.\s?И\.\s?О\.)(?:[\s,!.»"]|$)`)},
		{`уважаем дорог добр здравствуйте dear hello hi good`, regexp.MustCompile(`(?im)^\s*(?:уважаем(?:ый|ая|ые)|дорог(?:ой|ая|ие)|добрый день|здравствуйте|доброе утро|добрый вечер|dear|hello|hi|good (?:morning|afternoon|evening))(?:\s+[,!:;]|\s*,\s*[,!]|\s+\.|\s+(?:mr|ms|mrs|dr)\.?\s*[,!])`)},
		{`уважаем дорог dear`, regexp.MustCompile(`(?im)^\s*(?:уважаем(?:ый|ая)|дорог(?:ой|ая)|dear)\s*(?:[,!:]|$)`)},
	}
}

// plainForm are stretches that look like placeholders and are none.
var plainForm = regexp.MustCompile(`(?i)^(?:<(?:b|i|p|br|a|ul|li|ol|strong|em|div|span)\s*/?>|</[a-z]+>)$`)

// form finds what should have been filled in: placeholders, an empty name, a
// form of address of the wrong gender.
func (g *guard) form() {
	start := 0
	for line := range strings.SplitSeq(string(g.runes), "\n") {
		for _, s := range g.forms.Of([]byte(line), func() []phrase.Span { return unfilledIn(line) }) {
			if !g.skipped(start + s.Start) {
				g.found(EmptyForm, phrase.Span{Start: start + s.Start, End: start + s.End})
			}
		}
		start += utf8.RuneCountInString(line) + 1
	}
	g.address()
}

// unfilledIn finds what was left unfilled in a line.
func unfilledIn(line string) []phrase.Span {
	var out []phrase.Span
	small := strings.ToLower(line)
	for _, u := range unfilled() {
		if !slices.ContainsFunc(strings.Fields(u.needs), func(n string) bool { return strings.Contains(small, n) }) {
			continue
		}
		for _, m := range u.re.FindAllStringIndex(line, -1) {
			if plainForm.MatchString(line[m[0]:m[1]]) {
				continue
			}
			start := utf8.RuneCountInString(line[:m[0]])
			out = append(out, phrase.Span{Start: start, End: start + utf8.RuneCountInString(line[m[0]:m[1]])})
		}
	}
	return out
}

// gender of a form of address or of a name.
type gender int

const (
	unsure gender = iota
	man
	woman
)

// address compares the gender of the form of address with that of the name.
func (g *guard) address() {
	for _, s := range g.text.Sentences {
		for i, t := range s.Tokens {
			want := addressed(t.Norm)
			if want == unsure || i+1 >= len(s.Tokens) || !s.Tokens[i+1].Upper {
				continue
			}
			last := i + 1
			is := unsure
			for j := i + 1; j < len(s.Tokens) && j <= i+3 && s.Tokens[j].Upper && (j == i+1 || !s.Tokens[j].Comma); j++ {
				if n := named(s.Tokens[j].Norm); n != unsure {
					is, last = n, j
					if patronymic(s.Tokens[j].Norm) != unsure {
						break
					}
				}
			}
			if is != unsure && is != want {
				g.found(EmptyForm, phrase.Span{Start: t.Start, End: s.Tokens[last].End})
			}
		}
	}
}

func addressed(w string) gender {
	switch w {
	case "уважаемый", "дорогой", "многоуважаемый", "глубокоуважаемый", "господин", "mr", "mister", "sir":
		return man
	case "уважаемая", "дорогая", "многоуважаемая", "глубокоуважаемая", "госпожа", "mrs", "ms", "miss", "madam", "madame":
		return woman
	}
	return unsure
}

func patronymic(w string) gender {
	switch {
	case strings.HasSuffix(w, "вич"), strings.HasSuffix(w, "ьич"), w == "кузьмич", w == "лукич", w == "фомич":
		return man
	case strings.HasSuffix(w, "овна"), strings.HasSuffix(w, "евна"), strings.HasSuffix(w, "ична"):
		return woman
	}
	return unsure
}

// named guesses the gender of a first name or a patronymic.
func named(w string) gender {
	if p := patronymic(w); p != unsure {
		return p
	}
	switch {
	case slices.Contains(menNames, w):
		return man
	case slices.Contains(womenNames, w):
		return woman
	}
	return unsure
}

var (
	menNames = strings.Fields("александр алексей анатолий андрей антон аркадий арсений артем артур афанасий богдан борис вадим валентин валерий василий виктор виталий владимир владислав всеволод вячеслав геннадий георгий герман глеб григорий давид даниил данила денис дмитрий евгений егор ефим захар иван игорь илья иннокентий кирилл константин кузьма лев леонид лука макар максим марат марк матвей михаил назар никита никифор николай олег павел петр платон прохор родион роман ростислав рустам савва савелий святослав семен сергей станислав степан тарас тимофей тимур федор фома филипп эдуард эльдар юрий яков ян ярослав " +
		"alex alan albert andrew anthony arthur ben benjamin bill bob brian charles chris christopher colin daniel david denis dennis donald edward eric frank fred gary george gordon graham greg harry henry ian igor ivan jack james jason jeff jeremy jim joe john jonathan joseph keith kenneth kevin larry leonard luke mark martin matthew max michael mike neil nicholas nigel oliver oscar patrick paul peter philip ralph raymond richard robert roger ronald roy samuel scott sean simon stephen steve steven stuart thomas tim timothy tom tony victor vincent walter william")
	womenNames = strings.Fields("аграфена аделина аза аксинья алена александра алина алиса алла альбина анастасия ангелина анна антонина арина валентина валерия варвара василиса вера вероника виктория галина дарья диана дина ева евгения евдокия екатерина елена елизавета жанна зинаида злата зоя инга инесса инна ирина карина кира клавдия клара кристина ксения лариса лидия лилия любовь людмила майя маргарита марина мария марфа милана надежда наталия наталья нелли нина нинель оксана ольга полина прасковья раиса регина римма роза светлана снежана софия софья стелла таисия тамара татьяна ульяна фаина элеонора эльвира эмма юлия яна " +
		"agnes alice amanda amy andrea angela ann anna anne barbara betty carol caroline catherine charlotte christine claire deborah diana diane dorothy elizabeth ellen emily emma eva fiona frances gillian grace hannah heather helen inna irene irina jane janet jennifer jessica joan joanna judith julia julie karen kate katherine laura linda lisa lucy margaret maria marina mary megan michelle nancy natalie nicole nina olga olivia pamela patricia rachel rebecca rose ruth sandra sarah sharon sophie susan susanna teresa vera veronica victoria virginia wendy")
)
