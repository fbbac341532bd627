package amocrm

import "opendoor/integrations/outbound"

// reasons are our refusals for a reader of Russian.
//
//nolint:gosec // G101: sentences about credentials are none
var reasons = outbound.Reasons{
	"the CRM's answer is too long":                                  "ответ слишком длинный",
	"the CRM's answer is not complete":                              "ответ оборвался",
	"the account's base_url is not an address":                      "base_url подключения — не адрес",
	"the CRM refused the request":                                   "запрос не подошёл",
	"the CRM refused the request: the token's user lacks the right": "у владельца токена нет этого права",
	"the CRM has blocked the account":                               "аккаунт заблокирован",
	"the CRM does not know this address; was the account renamed?":  "по этому адресу аккаунта нет; возможно, его переименовали",
	"the CRM asks us to wait":                                       "CRM просит подождать",
	"the CRM did not tell about the account":                        "нет сведений об аккаунте",
	"the account has no usable access token":                        "нет годного токена",
	"the CRM refused to renew the access":                           "доступ продлить не удалось",
	"the CRM answered with a page instead of tokens":                "вместо токенов пришла веб-страница",
	"the CRM's answer holds no tokens":                              "в ответе нет токенов",
}
