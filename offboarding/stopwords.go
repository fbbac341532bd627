package offboarding

import (
	"regexp"
	"strings"
)

// WantsNoMore reports whether somebody who answered asks not to be written to.
// A lone word counts only by itself; a phrase counts anywhere, unless the
// sentence asks why nobody writes. Respect beats hope: in doubt it is a stop.
func WantsNoMore(subject, text string) bool {
	for _, said := range []string{subject, text} {
		if stopAlone[foldWords(said)] {
			return true
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if stopAlone[foldWords(first)] {
		return true
	}
	for _, sentence := range sentences.FindAllString(clip(subject+".\n"+text, 4000), -1) {
		folded := foldWords(sentence)
		if stopPhrase.MatchString(folded) && (!strings.HasSuffix(strings.TrimSpace(sentence), "?") || !asksWhy.MatchString(folded)) {
			return true
		}
	}
	return false
}

var (
	sentences = regexp.MustCompile(`[^.!?\n]+[.!?]*`)
	notWord   = regexp.MustCompile(`[^\p{L}\p{N}]+`)

	stopAlone = map[string]bool{
		"стоп": true, "стоп стоп": true, "stop": true, "отписка": true, "отписаться": true, "отпишите": true, "отпишите меня": true, "unsubscribe": true,
		"unsubscribe me": true, "хватит": true, "отстаньте": true, "remove": true, "remove me": true, "stop it": true, "opt out": true, "не пишите": true, "стопсмс": true,
	}
	stopPhrase = regexp.MustCompile(`(^| )(не (надо |нужно |стоит |смейте )?(мне |нам )?(больше )?(пишите|писать|присылайте|присылать|беспокойте|беспокоить|звоните|рассылайте)` +
		`|больше (мне |нам |меня |нас )?не (пишите|писать|присылайте|присылать|беспокойте|беспокоить|звоните|звонить)|прекратите (мне |нам )?(писать|рассылк\p{L}*|присылать|звонить)|перестаньте (мне |нам )?(писать|присылать|звонить)` +
		`|(прошу |просим )?(удалите|удалить|уберите|убрать|исключите|исключить) (меня|нас|мой|наш|мои|наши)( \p{L}+)? ?(из|адрес|почту|контакт\p{L}*|номер|данные|телефон)|отпишите (меня|нас)|хочу отписаться|отзываю согласие` +
		`|(do not|don t|dont|stop|never) (ever )?(write|email|e mail|mail|message|contact|call|text|writing|emailing|mailing|messaging|contacting|calling|texting)( to)?( me| us)?` +
		`|(remove|delete|take) (me|us|my|our)( \p{L}+)? ?(from|off|address|e ?mail|number|details|data)|unsubscribe (me|us)|leave (me|us) alone|no (more|further) (e ?mails|letters|messages|contact))( |$)`)
	asksWhy = regexp.MustCompile(`(^| )(почему|отчего|зачем|что ж|чего|давно|разве|why|how come)( |$)`)
)

// foldWords is the text as plain words: lower case, no marks, ё as е.
func foldWords(s string) string {
	s = strings.ReplaceAll(strings.ToLower(s), "ё", "е")
	return strings.TrimSpace(notWord.ReplaceAllString(s, " "))
}
