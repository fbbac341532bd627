package outbound

import (
	"errors"
	"strings"

	"opendoor/offboarding"
)

// Reasons are what a CRM's refusals are called in Russian. %s stands for a word
// that is kept, such as the name of a method.
type Reasons map[string]string

// shared are the reasons that this package gives itself.
//
//nolint:gosec // G101: sentences about credentials are none
var shared = Reasons{
	offboarding.ErrUnauthorized.Msg:                   "доступ отклонён",
	offboarding.ErrGone.Msg:                           "такого больше нет",
	"the server cannot be reached":                    "сервер недоступен",
	"the server did not answer":                       "сервер не ответил",
	"the server answered with a page instead of data": "вместо данных пришла веб-страница",
	"the account is not paid for":                     "аккаунт не оплачен",
	"the account is blocked":                          "аккаунт заблокирован",
	"a right is missing":                              "не хватает прав",
	"the server asks us to wait":                      "сервер просит подождать",
	"the server is busy":                              "сервер перегружен",
	"the server refused the request":                  "сервер отклонил запрос",
	"the server failed":                               "на сервере ошибка",
	"the server failed several times in a row and is left alone for a while": "на сервере несколько ошибок подряд, ненадолго оставили его в покое",
	"the address names no host":                            "в адресе нет имени сервера",
	"the address must begin with https://":                 "адрес должен начинаться с https://",
	"the address must not contain a user name or password": "в адресе не должно быть имени и пароля",
	"the address must use the default port":                "в адресе не должно быть порта",
	"the address must name its host, not an IP address":    "в адресе нужно имя сервера, а не IP-адрес",
	"the host is not one of %s":                            "это не сервер из списка: %s",
	"the host is not a valid name":                         "имя сервера записано неверно",
	"the host is not a public name":                        "имя сервера не публичное",
}

// Reason says in the reader's language why a call failed. Only what was made to
// be shown appears; own are the CRM's own reasons.
func Reason(lang offboarding.Lang, err error, own Reasons) string {
	shown, ok := errors.AsType[*offboarding.Error](err)
	if !ok || shown.Msg == "" {
		return in(lang, "ответа не было вовремя", "timeout")
	}
	if lang.Or(offboarding.RU) != offboarding.RU {
		return shown.Msg
	}
	for _, reasons := range []Reasons{own, shared} {
		if said, ok := reasons.find(shown.Msg); ok {
			return said
		}
	}
	return shown.Msg
}

func in(lang offboarding.Lang, ru, en string) string {
	if lang.Or(offboarding.RU) == offboarding.RU {
		return ru
	}
	return en
}

func (r Reasons) find(msg string) (string, bool) {
	if said, ok := r[msg]; ok {
		return said, true
	}
	for pattern, said := range r {
		before, after, hole := strings.Cut(pattern, "%s")
		if !hole {
			continue
		}
		if rest, ok := strings.CutPrefix(msg, before); ok {
			if word, ok := strings.CutSuffix(rest, after); ok {
				return strings.ReplaceAll(said, "%s", word), true
			}
		}
	}
	return "", false
}
