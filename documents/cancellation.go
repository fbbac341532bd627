package documents

import (
	"strconv"
	"strings"

	"opendoor/offboarding"
)

// Cancellation is the letter that the client would otherwise have to write,
// filled in: to be signed and sent back. Only what the contract says is quoted.
func Cancellation(c *offboarding.Case, acc *offboarding.Account) *Paper {
	lang := string(c.Lang(acc))
	say := func(ru, en string) string {
		if lang == "en" {
			return en
		}
		return ru
	}
	contract, number := say("договора на оказание услуг", "our service contract"), ""
	if no := c.Contract.Number; no != "" {
		contract, number = say("договора № ", "contract No. ")+no, say("№ ", "No. ")+no
	}
	last := paperDay(c.Dates.EffectiveOn, lang)
	ask := say("Сообщаю о расторжении "+contract, "I hereby terminate "+contract)
	if last != "" {
		ask += say(", последний день — ", ", with the last day of service on ") + strings.TrimSuffix(last, ".")
	}
	blocks := []Block{
		Pairs{{say("Кому", "To"), acc.Name}, {say("От кого", "From"), c.Client.Name}, {say("Номер обращения", "Reference"), strconv.FormatInt(c.No, 10)}},
		Gap(6), Text(ask + "."),
	}
	if c.Contract.Clause != "" {
		blocks = append(blocks, Text(say("Основание: "+c.Contract.Clause+".", "Basis: "+c.Contract.Clause+".")))
	}
	blocks = append(blocks,
		Text(say("Прошу передать мне документы, материалы и доступы, которые вы храните для меня, и прислать итоговый расчёт.",
			"Please hand over the papers, materials and access that you keep for me, and send me the final account.")),
		Gap(6),
		Signatures{{Role: say("Подпись", "Signature"), Name: c.Client.Name}, {Role: say("Дата", "Date")}},
	)
	return &Paper{
		Lang: lang, Title: say("Уведомление о расторжении договора", "Notice of termination of contract"), Number: number,
		Date: dayOf(c.Dates.ReceivedAt, acc), Blocks: blocks,
	}
}
