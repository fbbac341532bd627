package letters

import (
	"strings"

	"opendoor/offboarding"
)

// The tasks of the life of a parting, by their names in stored payloads. What
// follows a colon tells repeats apart.
var lifeTasks = words{
	"save_talk": {
		"Предложение остаться отправлено. Если клиент сам захочет поговорить, выслушайте и ответьте; повторять предложение не нужно.",
		"The offer to stay has been sent. Should the client want to talk, listen and answer; do not repeat the offer.",
	},
	"propose": {
		"Предложено расстаться с клиентом. Запишите в opendoor причину и случаи с датами — без них предложение не рассматривается.",
		"A parting with this client is proposed. Record the reason and the dated incidents in opendoor; it is considered once both are there.",
	},
	"checklist": {
		"Пройдите список проверки перед расставанием с клиентом: случай ли это или плохой день, что было раньше, не наша ли вина, предупредили ли, какие обязательства в работе, что с договором и возвратом, кого порекомендуем.",
		"Go through the checklist before parting with the client: a bad day or a pattern, the history, our own fault, the warning, work in progress, the contract and the refund, whom we recommend.",
	},
	"checklist_due": {
		"Пауза перед решением закончилась, а список проверки не пройден. Пройдите его или откажитесь от расставания.",
		"The pause before deciding is over and the checklist is not complete. Go through it, or drop the parting.",
	},
	"approval": {
		"Расставание с клиентом ждёт согласования. Решает тот, кто его не предлагал и не участвовал в разногласиях.",
		"A parting with the client awaits approval by somebody who neither proposed it nor took part in the disagreement.",
	},
	"part_by_phone": {
		"Адреса почты нет, письмо о завершении работы не отправить. Позвоните: поблагодарите, объясните, назовите возврат и подрядчика, которого рекомендуем.",
		"There is no e-mail address for the parting letter. Call: say thanks, explain, name the refund and the provider we recommend.",
	},
	"apologise": {
		"Проверка показала, что дело в нас. Адреса почты нет: позвоните клиенту, извинитесь один раз и скажите, что и когда исправите.",
		"The review found our own fault. There is no e-mail address: call the client, apologise once, and say what you will put right and when.",
	},
	"overdue": {
		"Последний день прошёл, а передача дел или расчёт не закончены. Проверьте, что мешает, и укажите в opendoor причину и новую дату: её узнает клиент.",
		"The last day is over and the handover or the account is not finished. See what is in the way, and record the reason and the new date in opendoor: the client is told.",
	},
	"came_again": {
		"Снова обратился клиент, с которым решили не работать. Ничего не отправлено: решение за согласующим.",
		"A client whom we decided not to serve is here again. Nothing was sent: an approver decides.",
	},
	"overtaken": {
		"Пока мы обсуждали, не расстаться ли с клиентом, он сообщил об уходе сам. Наше предложение снято: клиент уходит обычным путём, письма и вопрос о причине отправляются как всегда. О том, что обсуждалось у нас, ему не говорите.",
		"While we discussed whether to part with this client, they told us that they leave. Our proposal is withdrawn: the client leaves the usual way, with the usual letters and the question about the reason. What we discussed is for us alone.",
	},
	"client_replied": {
		"Клиент написал нам сам. Прочитайте письмо и ответьте лично; до ответа письма по плану стоят, потом снимите паузу в opendoor.",
		"The client has written to us. Read it and answer in person; planned letters wait until then. Lift the pause in opendoor afterwards.",
	},
	"welcome_back": {
		"Клиент вернулся. Позвоните, поблагодарите и договоритесь, с чего начать; о том, почему уходил, не расспрашивайте: всё записано.",
		"The client is back. Call, say thanks, and agree where to begin; do not ask why they left, it is all on record.",
	},
	"release_offer": {
		"Предложение бывшему клиенту ждёт человека. Напишите в opendoor, что у нас изменилось на деле, и условия под его причину — или отмените касание.",
		"An offer to a former client waits for a person. Write in opendoor what has really changed and terms that fit their reason, or cancel the touch.",
	},
	"touch_first_period": {
		"Позвоните бывшему клиенту: как прошёл первый отчётный период со своим специалистом? Предложите бесплатно свериться, если нужно. Вернуться не зовите.",
		"Call the former client: how was the first reporting period with their own specialist? Offer a free check if it helps. Say nothing about coming back.",
	},
	"touch_apology_closed": {
		"Позвоните бывшему клиенту: закрыт ли вопрос, за который мы извинились? Если что-то осталось, исправьте. Ничего не предлагайте.",
		"Call the former client: is the matter for which we apologised settled? If something is left, put it right. Offer nothing.",
	},
	"touch_personal": {
		"Позвоните бывшему клиенту лично и спросите, как дела. Мы молчали, когда он был с нами; сейчас важно услышать его.",
		"Call the former client in person and ask how they are. We were silent when they were with us; what matters now is to listen.",
	},
	"touch_new_person": {
		"Позвоните бывшему клиенту сами, руководитель: назовите, кто теперь отвечает за его вопросы. О прежнем сотруднике не говорите.",
		"Call the former client yourself, as the manager: say who answers their questions now. Do not speak about the employee from before.",
	},
	"touch_listen": {
		"Позвоните бывшему клиенту и выслушайте. Не спорьте о том, что он о нас слышал; спросите, чем помочь по старым делам.",
		"Call the former client and listen. Do not argue about what they heard of us; ask how you can help with earlier matters.",
	},
	"source_repeated": {
		"Нужно внимание руководителя: откройте этот уход в opendoor.",
		"A manager's attention is needed: open this leaving in opendoor.",
	},
}

// lifeTask is the text of a task of the life of a parting, or "".
func lifeTask(what string, lang offboarding.Lang) string {
	name, rest, _ := strings.Cut(what, ":")
	if name != "measure" {
		return word(lifeTasks, name, lang)
	}
	code, _, _ := strings.Cut(rest, ":")
	if label := offboarding.MeasureName(code, lang); label != "" {
		return in(lang, "Мера по уходу клиента: ", "A measure about this client's leaving: ") + label + "."
	}
	return ""
}
