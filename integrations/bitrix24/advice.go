package bitrix24

import (
	"net/url"
	"strings"

	"opendoor/offboarding"
)

// say picks the account's language.
func say(l offboarding.Lang, ru, en string) string {
	if l.Or(offboarding.RU) == offboarding.EN {
		return en
	}
	return ru
}

// hookByHand tells how to make the outgoing webhook, which REST cannot.
func hookByHand(acc *offboarding.Account, origin, hookURL string) string {
	items := ""
	if len(chosenTypes(acc)) > 0 {
		items = say(acc.Lang,
			"Для выбранных смарт-процессов отметьте ещё три: создание, изменение и удаление элемента смарт-процесса (ONCRMDYNAMICITEMADD, ONCRMDYNAMICITEMUPDATE, ONCRMDYNAMICITEMDELETE). ",
			"For the smart processes that you have chosen tick three more: item created, changed and deleted (ONCRMDYNAMICITEMADD, ONCRMDYNAMICITEMUPDATE, ONCRMDYNAMICITEMDELETE). ")
	}
	return say(acc.Lang,
		"Создайте исходящий вебхук в портале "+origin+": «Приложения» → «Разработчикам» → «Готовые сценарии» → «Другое» → «Исходящий вебхук». "+
			"В поле «URL вашего обработчика» вставьте "+hookURL+". "+
			"Отметьте три события: «Создание сделки» (ONCRMDEALADD), «Обновление сделки» (ONCRMDEALUPDATE) и «Удаление сделки» (ONCRMDEALDELETE). "+items+
			"Сохраните и скопируйте «Токен приложения» в настройки подключения (application_token).",
		"Create an outbound webhook in the portal "+origin+": Applications → Developer resources → Common use cases → Other → Outbound webhook. "+
			"Paste "+hookURL+" into the field “Your handler URL”. "+
			"Tick three events: deal created (ONCRMDEALADD), deal updated (ONCRMDEALUPDATE) and deal deleted (ONCRMDEALDELETE). "+items+
			"Save it and copy the application token into the connection's settings (application_token).")
}

// robotByHand tells of the other way: a robot on the very stage that means a
// cancellation. It also sees moves to another pipeline at once.
func robotByHand(l offboarding.Lang, hookURL string) string {
	return say(l,
		"Вместо вебхука или вместе с ним можно поставить робота: «CRM» → «Сделки» → «Роботы», на нужной стадии добавьте робота «Исходящий вебхук» "+
			"(в некоторых версиях — «Вебхук») с адресом "+hookURL+". Он сработает сразу и при переносе сделки из другой воронки, о котором исходящий вебхук не сообщает.",
		"Instead of the webhook, or besides it, a robot will do: CRM → Deals → Automation rules; on the stage in question add the rule “Outbound webhook” "+
			"(“Webhook” in some versions) with the address "+hookURL+". It also fires at once when a deal comes from another pipeline, of which an outbound webhook does not tell.")
}

// fieldByHand tells what to create when the webhook's owner may not.
func fieldByHand(l offboarding.Lang, def offboarding.CardField) string {
	kind := map[offboarding.FieldType][2]string{
		offboarding.FieldSelect: {"список", "list"},
		offboarding.FieldText:   {"строка", "string"},
		offboarding.FieldNumber: {"целое число", "integer"},
		offboarding.FieldDate:   {"дата", "date"},
		offboarding.FieldURL:    {"ссылка", "link"},
	}[def.Type]
	lang := l.Or(offboarding.RU)
	values := ""
	for i, o := range def.Options {
		if i > 0 {
			values += ", "
		}
		values += o.Names[lang]
	}
	if values != "" {
		values = say(l, "; значения: ", "; values: ") + values
	}
	return say(l,
		"Поле «"+def.Names[lang]+"» создать не удалось: нужны права администратора CRM. Попросите администратора выпустить входящий вебхук от своего имени или создать поле сделки с кодом "+
			fieldPrefix+def.Code+" (тип: "+kind[0]+values+"). Пока поля нет, итог виден в комментарии к сделке.",
		"The field “"+def.Names[lang]+"” could not be created: that takes a CRM administrator. Ask one to issue the inbound webhook in their own name, or to create a deal field with the code "+
			fieldPrefix+def.Code+" (type: "+kind[1]+values+"). Until then the result stands in a comment on the deal.")
}

// portalOf names the portal without the secret of its webhook.
func portalOf(acc *offboarding.Account) string {
	at := acc.Credentials["webhook_url"]
	if byOAuth(acc) {
		at = acc.BaseURL
	}
	u, err := url.Parse(strings.TrimSpace(at))
	if err != nil {
		return ""
	}
	return u.Host
}
