package amocrm

import "opendoor/offboarding"

// advice is a sentence for the administrator, in both languages.
type advice map[offboarding.Lang]string

var (
	adviceFields = advice{
		offboarding.RU: "Не удалось создать поля сделки: нужны права администратора и свободное место в лимите полей тарифа. Создайте токен под администратором и повторите настройку; до тех пор результаты видны в примечании и тегах.",
		offboarding.EN: "The fields of the lead could not be created: this takes an administrator's token and room in the plan's limit of fields. Make the token as an administrator and run setup again; until then results stand in the note and the tags.",
	}
	adviceType = advice{
		offboarding.RU: "Поле с кодом %s («%s») уже есть, но другого типа: нужен %s. Измените код этого поля или удалите его и повторите настройку.",
		offboarding.EN: "A field with the code %s (%q) exists, but its type should be %s. Change its code or delete it and run setup again.",
	}
	adviceHookAmo = advice{
		offboarding.RU: "Добавьте вебхук вручную: амоМаркет → «…» → WEB HOOKS → адрес %s; отметьте для сделок: добавлена, изменена, удалена, восстановлена, сменился этап, сменился ответственный. Подключение вебхуков через API работает с тарифа «Расширенный» и под администратором.",
		offboarding.EN: "Add the webhook by hand: amoMarket → “…” → WEB HOOKS → address %s; tick for leads: added, edited, deleted, restored, stage changed, responsible user changed. Subscribing by API takes the Extended plan or higher and an administrator's token.",
	}
	adviceHookKommo = advice{
		offboarding.RU: "Добавьте вебхук вручную: Настройки → Интеграции → Web hooks → адрес %s; отметьте для сделок: добавлена, изменена, удалена, восстановлена, сменился этап, сменился ответственный. Подключение вебхуков через API работает с тарифа Advanced и под администратором.",
		offboarding.EN: "Add the webhook by hand: Settings → Integrations → Web hooks → address %s; tick for leads: added, edited, deleted, restored, stage changed, responsible user changed. Subscribing by API takes the Advanced plan or higher and an administrator's token.",
	}

	foundAccount       = advice{offboarding.RU: "аккаунт «%s», id %s", offboarding.EN: "account %q, id %s"}
	otherAccount       = advice{offboarding.RU: "токен от другого аккаунта: %s вместо %s", offboarding.EN: "the token belongs to another account: %s instead of %s"}
	userIsAdmin        = advice{offboarding.RU: "токен администратора", offboarding.EN: "an administrator's token"}
	userIsNoAdmin      = advice{offboarding.RU: "токен не администратора: поля и вебхук придётся настроить вручную", offboarding.EN: "the token's user is no administrator: fields and hook must be set up by hand"}
	fieldsUnreadable   = advice{offboarding.RU: "у токена нет права видеть поля сделок", offboarding.EN: "the token may not see the fields of leads"}
	stagesFound        = advice{offboarding.RU: "воронок: %d, все отмеченные этапы на месте", offboarding.EN: "pipelines: %d, every chosen stage is there"}
	stagesGone         = advice{offboarding.RU: "больше нет этапов: %s", offboarding.EN: "stages that no longer exist: %s"}
	hookWorks          = advice{offboarding.RU: "вебхук подключён", offboarding.EN: "the hook is subscribed"}
	hookOff            = advice{offboarding.RU: "вебхук выключен: слишком много ошибок при доставке", offboarding.EN: "the hook is switched off after too many bad answers"}
	hookIncomplete     = advice{offboarding.RU: "вебхук подключён не ко всем событиям, не хватает: %s", offboarding.EN: "the hook is not subscribed to: %s"}
	hookMissing        = advice{offboarding.RU: "вебхук не подключён", offboarding.EN: "the hook is not subscribed"}
	hookUnknowable     = advice{offboarding.RU: "тариф или права не позволяют проверить вебхук; убедитесь в CRM, что он включён", offboarding.EN: "the plan or the rights do not let us look at the hook; see in the CRM that it is on"}
	fieldsFound        = advice{offboarding.RU: "все поля на месте", offboarding.EN: "every field is there"}
	fieldsMissing      = advice{offboarding.RU: "нет полей: %s", offboarding.EN: "missing fields: %s"}
	checkFailed        = advice{offboarding.RU: "CRM не отвечает как надо: %s", offboarding.EN: "the CRM does not answer as it should: %s"}
	checkUnauthorized  = advice{offboarding.RU: "токен не принят: он отозван или истёк", offboarding.EN: "the token was refused: it is revoked or expired"}
	checkParked        = advice{offboarding.RU: "аккаунт заблокирован или не оплачен", offboarding.EN: "the account is blocked or not paid for"}
	checkPostponed     = advice{offboarding.RU: "очередь запросов к CRM занята, попробуйте ещё раз", offboarding.EN: "calls to the CRM are queueing up, try again"}
	tokenValid         = advice{offboarding.RU: "токен действует до %s", offboarding.EN: "the token is valid until %s"}
	tokenEnds          = advice{offboarding.RU: "Долгосрочный токен действует только до %s.", offboarding.EN: "The long-lived token ends at %s."}
	tokenRenew         = advice{offboarding.RU: "Выпустите в настройках интеграции новый долгосрочный токен под администратором и сохраните его в подключении (access_token).", offboarding.EN: "Make a new long-lived token in the integration's settings as an administrator and store it with the account (access_token)."}
	payOrAsk           = advice{offboarding.RU: "Проверьте оплату аккаунта; если он оплачен, напишите в поддержку CRM.", offboarding.EN: "Look at the account's billing; if it is paid, ask the vendor's support."}
	chooseStages       = advice{offboarding.RU: "Выберите другие этапы в настройках подключения (triggers).", offboarding.EN: "Choose other stages in the account's settings (triggers)."}
	switchOn           = advice{offboarding.RU: "Включите вебхук в CRM: список вебхуков → наш адрес → «Включить».", offboarding.EN: "Switch the hook on in the CRM: list of webhooks → our address → Enable."}
	runSetup           = advice{offboarding.RU: "Повторите настройку подключения: opendoor account setup.", offboarding.EN: "Run the account's setup again: opendoor account setup."}
	makeAdmin          = advice{offboarding.RU: "Выпустите токен под администратором.", offboarding.EN: "Make the token as an administrator."}
	removeHook         = advice{offboarding.RU: "Удалите вебхук вручную: список вебхуков в CRM → адрес %s → «Удалить».", offboarding.EN: "Remove the hook by hand: list of webhooks in the CRM → address %s → Delete."}
	rightLeads         = advice{offboarding.RU: "читать сделки, чтобы понять, кто ушёл", offboarding.EN: "read leads, to see who has left"}
	rightAdmin         = advice{offboarding.RU: "права администратора: создать поля и подключить вебхук самим", offboarding.EN: "administrator: fields and hook can be made by opendoor itself"}
	rightFields        = advice{offboarding.RU: "видеть поля сделок, чтобы записывать итог", offboarding.EN: "see the fields of leads, to write the outcome"}
	rightHooks         = advice{offboarding.RU: "вебхуки через API: зависит от тарифа и прав", offboarding.EN: "webhooks by API: depends on plan and rights"}
	rightCRM           = advice{offboarding.RU: "доступ к данным аккаунта", offboarding.EN: "access to the account's data"}
	rightFiles         = advice{offboarding.RU: "файлы: положить пакет передачи дел в сделку", offboarding.EN: "files: put the handover package into the lead"}
	checkMisconfigured = advice{offboarding.RU: "запрос отклонён: %s", offboarding.EN: "the request was refused: %s"}
)

// say picks the account's language.
func say(acc *offboarding.Account, a advice) string { return a[acc.Lang.Or(offboarding.RU)] }
