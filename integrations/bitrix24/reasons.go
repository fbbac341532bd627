package bitrix24

import "opendoor/integrations/outbound"

// reasons are our refusals for a reader of Russian.
//
//nolint:gosec // G101: sentences about credentials are none
var reasons = outbound.Reasons{
	"the application has not been installed in a portal yet":                                                          "приложение ещё не установлено на портале",
	"webhook_url must be the whole address of an incoming webhook, such as https://company.bitrix24.ru/rest/1/…/":     "в webhook_url нужен адрес входящего вебхука целиком, например https://company.bitrix24.ru/rest/1/…/",
	"the portal does not accept the webhook: its secret is wrong, it was deleted or blocked, or it has another owner": "портал не принимает вебхук: секрет неверен, вебхук удалён или заблокирован либо у него сменился владелец",
	"the portal found no credentials in the webhook's address":                                                        "в адресе вебхука нет секрета",
	"the webhook has expired, or is not accepted any more":                                                            "срок вебхука истёк, или портал его больше не принимает",
	"the application has expired, or is not accepted any more":                                                        "доступ приложения истёк, или портал его больше не принимает",
	"the webhook lacks the scope %s":                                                                                  "вебхуку не хватает права: %s",
	"the application lacks the scope %s":                                                                              "приложению не хватает права: %s",
	"an administrator of the portal must confirm the method %s":                                                       "администратор портала должен подтвердить метод %s",
	"the owner of the webhook may not use REST: it must belong to an employee":                                        "владельцу вебхука REST недоступен: вебхук должен принадлежать сотруднику",
	"the owner of the application may not use REST: it must belong to an employee":                                    "тому, кто дал доступ приложению, REST недоступен: это должен быть сотрудник",
	"the portal answers webhooks over https only":                                                                     "портал отвечает вебхукам только по https",
	"the vendor has blocked calls to the portal because of overload":                                                  "Битрикс24 закрыл вызовы этого портала из-за перегрузки",
	"the portal was closed":                                                           "портал закрыт",
	"the portal is not paid for":                                                      "портал не оплачен",
	"the portal's plan or subscription does not include REST":                         "тариф или подписка портала не включают REST",
	"the webhook's owner has no right to %s":                                          "у владельца вебхука нет права на %s",
	"%s is open to applications only, not to a webhook":                               "%s доступен только приложениям, не вебхуку",
	"the portal has no method %s":                                                     "на портале нет метода %s",
	"the portal failed in %s":                                                         "ошибка портала в методе %s",
	"the portal refused %s":                                                           "портал отклонил %s",
	"the portal has no REST at this address":                                          "по этому адресу портал не отвечает на REST",
	"the portal asks us to wait":                                                      "портал просит подождать",
	"the portal has too many requests":                                                "у портала слишком много запросов",
	"the portal's answer to %s is too long":                                           "ответ на %s слишком длинный",
	"the portal's answer to %s cannot be read":                                        "ответ на %s не удалось прочитать",
	"the portal sent %s to another page":                                              "вместо ответа на %s портал отправил на другую страницу",
	"the portal now answers at %s, which nobody has confirmed: enter its new address": "портал теперь отвечает по адресу %s, которого никто не подтвердил: укажите новый адрес",
	"the account's base_url is not the address of a portal":                           "base_url подключения — не адрес портала",
	"the authorisation server did not tell where the portal is":                       "сервер авторизации не назвал адрес портала",
	"the authorisation server's answer cannot be read":                                "ответ сервера авторизации не удалось прочитать",
	"the authorisation server gives no tokens now":                                    "сервер авторизации сейчас не выдаёт токены",
	"the authorisation server's answer holds no tokens":                               "в ответе сервера авторизации нет токенов",
}
