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
		"A parting with this client is proposed. Record the reason and the dated incidents in opendoor; without them it is not considered.",
	},
	"checklist": {
		"Пройдите список проверки перед расставанием с клиентом: случай ли это или плохой день, что было раньше, не наша ли вина, предупредили ли, какие обязательства в работе, что с договором и возвратом, кого порекомендуем.",
		"Go through the checklist before parting with the client: a bad day or a pattern, the history, our own fault, the warning, work in progress, the contract and the refund, whom we recommend.",
	},
	"checklist_due": {
		"Пауза перед решением закончилась, а список проверки не пройден. Пройдите его или откажитесь от расставания.",
		"The cooling-off is over and the checklist is not complete. Go through it, or drop the parting.",
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
