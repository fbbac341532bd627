package letters

import (
	"strings"

	"opendoor/offboarding"
)

// nudge is the text of a task about a client with whom no parting is under way.
func (n *note) nudge(what string, c *offboarding.Case) {
	switch what {
	case offboarding.NudgeSilence:
		n.say("%s", "%s", in(n.lang, "Мы давно не общались с этим клиентом. Позвоните лично: узнайте, как дела и что сейчас нужно. Ничего не предлагайте, если не спросят.",
			"We have not talked with this client for long. Call in person: ask how they are and what they need now. Offer nothing unless asked."))
	case offboarding.NudgeSilence2:
		n.say("%s", "%s", in(n.lang, "Руководителю: с клиентом нет связи намного дольше обычного. Решите, кто и как возобновит контакт.",
			"For the manager: we have been out of touch with this client much longer than usual. Decide who resumes contact, and how."))
	case offboarding.NudgePulse:
		n.say("%s", "%s", in(n.lang, "Клиент ответил на вопрос «Что нам улучшить?». Прочитайте ответ в opendoor и позвоните в течение двух рабочих часов: выслушайте и поблагодарите.",
			"The client answered “What should we do better?”. Read the answer in opendoor and call within two business hours: listen, and say thanks."))
	case offboarding.NudgeInventory:
		n.say("%s", "%s", in(n.lang, "Обновите квартальную опись в opendoor: отметьте, что из обязательного есть, приложите файлы, объясните, чего нет. Тогда при расставании ничего не придётся искать.",
			"Bring the quarterly inventory in opendoor up to date: mark what is there of the mandatory items, attach the files, explain what is missing. Then nothing has to be looked for when we part."))
	case offboarding.NudgeInventoryLate:
		n.say("%s", "%s", in(n.lang, "Руководителю: квартальная опись не завершена в срок. Помогите собрать недостающее или назначьте, кто это сделает.",
			"For the manager: the quarterly inventory was not completed in time. Help to collect what is missing, or name who does."))
	case offboarding.NudgeSnapshot:
		n.say("%s", "%s", in(n.lang, "Опись по этому договору старше квартала. Обновите её в opendoor: если клиент уйдёт завтра, передавать придётся по ней.",
			"The inventory of this contract is older than a quarter. Bring it up to date in opendoor: if the client left tomorrow, we would hand over by it."))
	case offboarding.NudgeReady:
		n.say("%s", "%s", in(n.lang, "В opendoor не записаны условия договора: срок уведомления, его пункт или срок передачи дел. Внесите их, чтобы при расставании не гадать.",
			"Terms of the contract are not on record in opendoor: the notice, its clause, or the term of the handover. Add them, so that nobody has to guess when we part."))
	}
	var who []string
	for _, bit := range []string{clean(c.Client.Name), clean(c.Client.Phone), clean(c.Company.Name)} {
		if bit != "" {
			who = append(who, bit)
		}
	}
	if no := clean(c.Contract.Number); no != "" {
		who = append(who, in(n.lang, "договор № ", "contract No. ")+no)
	}
	if len(who) > 0 {
		n.say("Клиент: %s.", "Client: %s.", strings.Join(who, ", "))
	}
}
