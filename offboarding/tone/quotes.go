package tone

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"opendoor/offboarding/tone/internal/phrase"
)

var webAddress = regexp.MustCompile(`https?://[^\s<>"«»“”]*[^\s<>"«»“”.,;:!?)\]]`)

// addresses finds the web addresses in the text. They are not judged: the
// random letters of a link spell a rude word now and then.
func addresses(text string) []phrase.Span {
	var out []phrase.Span
	for _, m := range webAddress.FindAllStringIndex(text, -1) {
		start := utf8.RuneCountInString(text[:m[0]])
		out = append(out, phrase.Span{Start: start, End: start + utf8.RuneCountInString(text[m[0]:m[1]])})
	}
	return out
}

// clientQuotes finds the stretches inside quotation marks that the text says
// are the client's own words: «Вы написали: «…»», You said, "…".
func clientQuotes(text string) []phrase.Span {
	var out []phrase.Span
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		end := closing(runes, i)
		if end < 0 {
			continue
		}
		before := string(runes[sentenceStart(runes, i):i])
		after := string(runes[min(end+1, len(runes)):sentenceEnd(runes, min(end+1, len(runes)))])
		if saysClient(before, 8) || saysClientAfter(after) {
			out = append(out, phrase.Span{Start: i, End: min(end+1, len(runes))})
		}
		i = end
	}
	return out
}

// closing returns where the quotation that opens at i ends, or -1.
func closing(runes []rune, i int) int {
	open := runes[i]
	var shut rune
	switch open {
	case '«':
		shut = '»'
	case '“':
		shut = '”'
	case '„':
		shut = '“'
	case '‘':
		shut = '’'
	case '‹':
		shut = '›'
	case '"', '\'':
		shut = open
	default:
		return -1
	}
	if (open == '\'' || open == '‘') && i > 0 && unicode.IsLetter(runes[i-1]) { // an apostrophe
		return -1
	}
	depth := 0
	for j := i + 1; j < len(runes) && j-i <= 2000; j++ {
		switch {
		case runes[j] == open && open != shut:
			depth++
		case runes[j] == shut || open == '„' && runes[j] == '”':
			if shut == '\'' || shut == '’' {
				if j+1 < len(runes) && unicode.IsLetter(runes[j+1]) {
					continue
				}
			}
			if depth == 0 {
				return j
			}
			depth--
		}
	}
	return -1
}

func sentenceStart(runes []rune, i int) int {
	for j := i - 1; j > 0; j-- {
		if strings.ContainsRune(".!?\n", runes[j]) {
			return j + 1
		}
	}
	return 0
}

func sentenceEnd(runes []rune, i int) int {
	for j := i; j < len(runes); j++ {
		if strings.ContainsRune(".!?\n", runes[j]) {
			return j
		}
	}
	return len(runes)
}

// saysClient reports whether the last words before a quotation name the client
// as the one who speaks, and nobody else after that.
func saysClient(before string, within int) bool {
	words := plainWords(before)
	words = words[max(0, len(words)-within):]
	return says(words)
}

func saysClientAfter(after string) bool {
	words := plainWords(after)
	return says(words[:min(4, len(words))])
}

func says(words []string) bool {
	verb := slices.IndexFunc(words, func(w string) bool {
		return slices.ContainsFunc(sayingStems, func(s string) bool { return strings.HasPrefix(w, s) })
	})
	who := slices.IndexFunc(words, func(w string) bool { return slices.Contains(clientWords, w) })
	us := slices.IndexFunc(words, func(w string) bool { return slices.Contains(ownWords, w) })
	return verb >= 0 && who >= 0 && (us < 0 || who < us)
}

func plainWords(s string) []string {
	s = strings.ReplaceAll(strings.ToLower(s), "ё", "е")
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

var (
	clientWords = strings.Fields("вы вас вам вами ваш ваша ваше ваши вашего вашей ваших вашем вашим вашему вашу вашими клиент клиента клиентом you your yours client customer")
	ownWords    = strings.Fields("мы я we i")
	sayingStems = strings.Fields("написал пишете пишут напис сказал говор сообщ ответил отмет указал слова словам слове письм отзыв вопрос цитир цитат процитир упомян назвал выразил фраз обращени жалоб претенз анкет комментар " +
		"said say says wrote write written told tell words word quote quoting letter message email comment complain call review answer put mention feedback ask express remark note")
)
