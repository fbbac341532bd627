package letters

import (
	"cmp"
	"fmt"
	"strings"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// The tasks that Task knows; they are names of stored payloads.
const (
	TaskCall          = "call"          // call the client within one business day
	TaskAnswered      = "answered"      // the client answered: what to do with it
	TaskUndeliverable = "undeliverable" // no address, or the letter came back: ask by phone
	TaskBlocked       = "blocked"       // a letter was stopped and waits for a person
)

// Task returns the text of a task for a person of the company. An unknown what
// asks to look at the case: a task without words helps nobody.
func (w *Writer) Task(what string, c *offboarding.Case, acc *offboarding.Account) string {
	n := &note{lang: acc.Lang.Or(offboarding.RU)}
	by := in(n.lang, "в течение одного рабочего дня", "within one business day")
	if !c.Dates.CallBy.IsZero() {
		by = in(n.lang, "до ", "by ") + momentIn(n.lang, c.Dates.CallBy.In(acc.Location()))
	}
	what, letter, _ := strings.Cut(what, ":")
	phone, email := clean(c.Client.Phone), clean(c.Client.Email)
	switch what {
	case TaskCall:
		if phone == "" && email != "" {
			n.say("Напишите клиенту %s: телефона в карточке нет.", "Write to the client %s: there is no phone number on the card.", by)
		} else {
			n.say("Позвоните клиенту %s.", "Call the client %s.", by)
		}
		n.who(c)
		n.say("%s", "%s", in(n.lang,
			"Выслушайте и спросите, как удобнее завершить дела. Уговаривать не нужно.",
			"Listen, and ask how they would like to wrap things up. There is no need to persuade."))
		n.known(c)
	case TaskAnswered:
		n.say("Клиент ответил о причине ухода: %s.", "The client told why they leave: %s.", reasonFor(c, n.lang))
		n.who(c)
		n.say("Что сделать: %s", "What to do: %s", advice(c, n.lang))
	case TaskUndeliverable:
		if email == "" {
			n.say("%s", "%s", in(n.lang, "Вопрос о причине ухода не отправлен: у клиента нет адреса почты.",
				"The question about the reason was not sent: the client has no e-mail address."))
		} else {
			n.say("Письмо не дошло до %s.", "A letter did not reach %s.", email)
		}
		if phone == "" {
			n.say("%s", "%s", in(n.lang, "Телефона тоже нет: найдите, как связаться с клиентом.", "There is no phone number either: find a way to reach the client."))
		} else {
			n.say("Спросите по телефону %s, коротко и без уговоров, и внесите ответ в opendoor.", "Ask by phone, %s, briefly and without persuading, and record the answer in opendoor.", phone)
		}
		n.who(c)
	case offboarding.NudgeSilence, offboarding.NudgeSilence2, offboarding.NudgePulse, offboarding.NudgeReady,
		offboarding.NudgeInventory, offboarding.NudgeInventoryLate, offboarding.NudgeSnapshot:
		n.nudge(what, c)
	case TaskBlocked:
		n.say("%s", "%s", in(n.lang, "Текст письма клиенту не прошёл проверку тона: прочитайте его в opendoor, поправьте или свяжитесь с клиентом сами.",
			"The text of a letter to the client did not pass the tone check: read it in opendoor, mend it, or get in touch with the client yourself."))
		n.say("Письмо: %s.", "Letter: %s.", letter)
		n.who(c)
	default:
		if text := cmp.Or(lifeTask(what+":"+letter, n.lang), word(accountTasks, what, n.lang)); text != "" {
			n.say("%s", "%s", text)
			n.who(c)
			break
		}
		n.say("%s", "%s", in(n.lang, "Посмотрите уход клиента: нужен человек.", "Look at this client's leaving: a person is needed."))
		n.who(c)
	}
	return n.String()
}

// who says whom the task is about.
func (n *note) who(c *offboarding.Case) {
	var s strings.Builder
	fmt.Fprintf(&s, in(n.lang, "уход № %d", "leaving No. %d"), c.No)
	for _, bit := range []string{clean(c.Client.Name), clean(c.Client.Phone), clean(c.Company.Name)} {
		if bit != "" {
			s.WriteString(", " + bit)
		}
	}
	if no := clean(c.Contract.Number); no != "" {
		s.WriteString(in(n.lang, ", договор № ", ", contract No. ") + no)
	}
	n.say("Клиент: %s.", "Client: %s.", s.String())
}

// known adds what has been said so far.
func (n *note) known(c *offboarding.Case) {
	n.say("Причина: %s.", "Reason: %s.", reasonFor(c, n.lang))
	if !c.Shielded() {
		n.say("Что известно: «%s»", "What is known: “%s”", excerpt(c.Note))
	}
	if c.Intent == offboarding.IntentFinal {
		n.say("%s", "%s", in(n.lang, "Решение окончательное.", "The decision is final."))
	}
}

// advice says what helps after an answer (domain §4.1).
func advice(c *offboarding.Case, lang offboarding.Lang) string {
	group := survey.GroupOf(c.Reason.Code)
	if c.Shielded() { // the task hangs on a card that the responsible may open
		return in(lang, "откройте ответ в opendoor и поговорите с клиентом сами.", "open the answer in opendoor and speak to the client yourself.")
	}
	s := word(advices, group, lang)
	if s == "" {
		s = word(advices, "other", lang)
	}
	if c.Intent == offboarding.IntentFinal {
		s = in(lang, "решение окончательное, не отговаривайте. ", "the decision is final, do not try to change it. ") + s
	}
	return s
}

var advices = words{
	"contact": {
		"позвоните лично, признайте, что пропали, и спросите, что нужно сейчас.",
		"call in person, admit that we went silent, and ask what is needed now.",
	},
	"agreement": {
		"проверьте, что обещали и что вышло. Признайте ошибку, извинитесь один раз и назовите, что исправите и когда.",
		"check what was promised and what happened. Admit the mistake, apologise once, and say what you will put right and when.",
	},
	"reputation": {
		"спокойно спросите, когда и откуда это известно. Не спорьте: один факт — и вернитесь к делам клиента.",
		"ask calmly when and from where they know it. Do not argue: one fact, then back to the client's own matters.",
	},
	"people": {
		"руководитель разбирается сам, без того, о ком может идти речь, и называет клиенту другого ответственного.",
		"the manager looks into it alone, without the person it may be about, and gives the client another contact.",
	},
	"price": {
		"поблагодарите и помогите завершить дела. О других условиях говорите, только если клиент спросит сам.",
		"say thanks and help to wrap things up. Speak of other terms only if the client asks.",
	},
	"need": {
		"поблагодарите и помогите завершить дела без спешки.",
		"say thanks and help to wrap things up without haste.",
	},
	"fit": {
		"спросите, чего не хватило, запишите и помогите завершить дела.",
		"ask what was missing, write it down, and help to wrap things up.",
	},
	"other": {
		"прочитайте ответ целиком и уточните причину в opendoor.",
		"read the whole answer and set the reason in opendoor.",
	},
}
