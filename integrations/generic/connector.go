// Package generic connects any program that speaks our signed JSON: it tells us
// of a client who leaves by a Standard Webhook and is told the results by
// another. There is nothing to read back, so the signature is the authority.
package generic

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

var (
	_ offboarding.Connector = (*Connector)(nil)
	_ offboarding.Results   = (*Connector)(nil)
)

// Connector speaks for accounts of the provider generic.
type Connector struct {
	client   *outbound.Client
	breakers *outbound.Breakers
	now      func() time.Time
}

// New returns a connector that posts results through client. now is the wall
// clock: signatures are dated for other people's computers, whatever
// OPENDOOR_CLOCK says.
func New(client *outbound.Client, breakers *outbound.Breakers, now func() time.Time) *Connector {
	return &Connector{client: client, breakers: breakers, now: now}
}

// Deal refuses: a generic source has no address to read from, its signed
// statement in the event is all there is.
func (c *Connector) Deal(context.Context, *offboarding.Account, string) (*offboarding.Deal, error) {
	return nil, offboarding.Invalid("a generic source cannot be read back; its signed webhook says everything")
}

// Poll finds nothing: there is nothing to look through.
func (c *Connector) Poll(_ context.Context, acc *offboarding.Account) ([][]byte, json.RawMessage, error) {
	return nil, acc.Cursor, nil
}

// PutCard changes nothing; results are posted instead.
func (c *Connector) PutCard(context.Context, *offboarding.Account, string, offboarding.Card, offboarding.FenceFunc) (offboarding.Written, error) {
	return offboarding.Written{}, nil
}

// PutNote changes nothing; results are posted instead.
func (c *Connector) PutNote(context.Context, *offboarding.Account, string, string, string, string, offboarding.FenceFunc) (offboarding.Written, error) {
	return offboarding.Written{}, nil
}

// PutTask changes nothing; results are posted instead.
func (c *Connector) PutTask(context.Context, *offboarding.Account, string, offboarding.CardTask, offboarding.FenceFunc) (offboarding.Written, error) {
	return offboarding.Written{}, nil
}

// Check looks at the secret and the address for results. It posts nothing: a
// receiver could take a trial for a result.
func (c *Connector) Check(_ context.Context, acc *offboarding.Account) []offboarding.CheckItem {
	say := func(ru, en string) string {
		if acc.Lang == offboarding.RU {
			return ru
		}
		return en
	}
	secret := offboarding.CheckItem{Name: "secret", OK: true, Detail: say("подписывает и проверяет подписи", "can sign and verify")}
	if _, err := ParseSecret(acc.Credentials["secret"]); err != nil {
		secret.OK, secret.Detail = false, say("секрет не годится: нужны whsec_ и base64 не короче 16 байт", err.Error())
	}
	results := offboarding.CheckItem{Name: "base_url", OK: true, Detail: say("сюда можно отправлять результаты", "results may be posted there")}
	if acc.BaseURL == "" {
		results.Detail = say("не указан: результаты уходят, только если вебхук сам назовёт write_back_url", "not set: results go only where a webhook names a write_back_url")
	} else if _, err := c.address(acc.BaseURL); err != nil {
		results.OK = false
		results.Detail = say("адрес для результатов не годится: ", "no address for results: ") + outbound.Reason(acc.Lang, err, outbound.Reasons{
			"the address for results cannot be read": "его не удалось прочитать",
		})
	}
	return []offboarding.CheckItem{secret, results}
}

// Setup creates nothing and tells what a person has to do.
func (c *Connector) Setup(_ context.Context, acc *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	advice := adviceEN
	detail := "Have your program post to this address."
	if acc.Lang == offboarding.RU {
		advice, detail = adviceRU, "Настройте в своей программе отправку на этот адрес."
	}
	return &offboarding.SetupReport{
		Hook:   offboarding.SetupHook{URL: hookURL, State: "by_hand", Detail: detail},
		Advice: advice,
	}, nil
}

var (
	adviceRU = []string{
		`Когда клиент уходит, отправьте POST с JSON на адрес вебхука: {"type":"client.cancelled","occurred_at":"2026-03-02T10:00:00Z","deal":{"id":"42"},"client":{"name":"…","email":"…"}}. Клиент вернулся — "client.returned", изменились его данные — "client.updated".`,
		`Подпишите запрос по правилам Standard Webhooks: заголовки webhook-id (свой у каждого события и один и тот же при повторе), webhook-timestamp (секунды Unix, часы не должны расходиться с нашими больше чем на 5 минут) и webhook-signature.`,
		`Подпись: возьмите секрет без «whsec_», раскодируйте его из base64 и посчитайте HMAC-SHA256 от строки «webhook-id.webhook-timestamp.тело запроса»; в заголовок пишется «v1,» и результат в base64.`,
		`Ответ 204 значит, что событие сохранено. При любом другом ответе или без него повторите запрос позже с тем же webhook-id: второго дела не появится.`,
		`Результаты придут на write_back_url из вашего запроса или на base_url учётной записи с такой же подписью; повторы узнавайте по webhook-id.`,
	}
	adviceEN = []string{
		`When a client leaves, POST JSON to the hook's address: {"type":"client.cancelled","occurred_at":"2026-03-02T10:00:00Z","deal":{"id":"42"},"client":{"name":"…","email":"…"}}. The client came back: "client.returned"; their data changed: "client.updated".`,
		`Sign the request as Standard Webhooks: headers webhook-id (one for each event and the same at every repeat), webhook-timestamp (Unix seconds; your clock may differ from ours by 5 minutes) and webhook-signature.`,
		`The signature: take the secret without "whsec_", decode it from base64 and compute HMAC-SHA256 over "webhook-id.webhook-timestamp.body"; the header is "v1," and the result in base64.`,
		`204 means that the event is stored. After any other answer, or none, repeat the request later under the same webhook-id: it makes no second case.`,
		`Results come to the write_back_url of your request, or to the account's base_url, signed the same way; tell repeats by their webhook-id.`,
	}
)

// Pipelines are none: a generic source says itself what its event means.
func (c *Connector) Pipelines(context.Context, *offboarding.Account) ([]offboarding.Pipeline, error) {
	return []offboarding.Pipeline{}, nil
}

// address reads and checks an address for results.
func (c *Connector) address(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, offboarding.Invalid("the address for results cannot be read") // the cause would quote it
	}
	return u, c.client.Check(u, nil)
}
