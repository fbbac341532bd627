package letters

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// maxQuote is how much of a client's words a note repeats, in characters.
const maxQuote = 500

// note collects sentences in one language and leaves out what is not known.
type note struct {
	lang offboarding.Lang
	b    strings.Builder
}

// say adds a sentence; with an empty value there is nothing to say.
func (n *note) say(ru, en, value string) {
	if value == "" {
		return
	}
	if n.b.Len() > 0 {
		n.b.WriteByte(' ')
	}
	fmt.Fprintf(&n.b, in(n.lang, ru, en), value)
}

func (n *note) line() {
	if n.b.Len() > 0 {
		n.b.WriteByte('\n')
	}
}

func (n *note) String() string {
	return typeset(n.lang, strings.TrimSpace(strings.ReplaceAll(n.b.String(), "\n ", "\n")))
}

// Summary is the one note that is kept current in the CRM (domain §11). Under
// the conflict shield it tells neither the reason nor what the client wrote.
func (w *Writer) Summary(c *offboarding.Case, acc *offboarding.Account) string {
	n := &note{lang: acc.Lang.Or(offboarding.RU)}
	loc := acc.Location()
	n.say("Уход клиента № %s.", "Client leaving, No. %s.", fmt.Sprint(c.No))
	n.say("Состояние: %s.", "State: %s.", lower(c.State.Label(n.lang)))
	n.say("%s.", "%s.", ended(c, n.lang, loc))
	n.say("Инициатор: %s.", "Initiator: %s.", word(initiators, c.Initiator, n.lang))
	n.say("Причина: %s.", "Reason: %s.", reasonFor(c, n.lang))
	if !c.Shielded() {
		n.say("С качеством работы: %s.", "About the quality of our work: %s.", word(related, c.ServiceRelated, n.lang))
	}
	n.say("Дата прекращения: %s.", "Last day: %s.", civilDay(c.Dates.EffectiveOn, n.lang))
	if c.State == offboarding.StateLeaving || c.State == offboarding.StateParted {
		n.say("Передача дел: %s.", "Handover: %s.", word(handovers, c.Tracks.Handover, n.lang))
		n.say("Расчёт: %s.", "Settlement: %s.", word(settlements, c.Tracks.Settlement, n.lang))
	}
	if c.Overdue {
		n.say("%s", "%s", in(n.lang, "Срок прошёл, мы ещё должны клиенту.", "The date is over and we still owe the client."))
	}
	if c.NoFurtherService && !c.MayBeInvitedBack() {
		n.say("Больше не обслуживаем, пересмотр %s.", "No further service, to be looked at again on %s.", civilDay(c.Dates.ReviewOn, n.lang))
		if c.CameAgain {
			n.say("%s", "%s", in(n.lang, "Клиент обратился снова, решает согласующий.", "The client is here again; an approver decides."))
		}
	}
	n.say("Следующий шаг: %s.", "Next step: %s.", nextStep(c, n.lang, loc))
	n.line()
	n.say("%s", "%s", answered(c, n.lang))
	return n.String()
}

// answered tells what the client said, or that the client did not.
func answered(c *offboarding.Case, lang offboarding.Lang) string {
	a := c.Answer
	if a == nil {
		return word(silences, c.Tracks.Survey, lang)
	}
	n := &note{lang: lang}
	// While the case's reason is a reviewer's, the answer still says what was said.
	said := *c
	said.Reason.Code = a.Reason
	n.say("Ответ на вопрос о причине: %s.", "Answer about the reason: %s.", reasonFor(&said, lang))
	switch {
	case c.Shielded():
	case c.NamesSource(): // who said it is for the restricted record, not for the card
		if a.Detail != "" || a.Comment != "" {
			n.say("%s", "%s", in(lang, "Подробности — в opendoor.", "The details are in opendoor."))
		}
	default:
		for _, quote := range []string{a.Detail, a.Comment} {
			n.say("«%s»", "“%s”", excerpt(quote))
		}
		n.say("Что было хорошо: «%s»", "What was good: “%s”", excerpt(a.Liked))
	}
	if a.NPS != nil {
		n.say("Оценка при расставании: %s.", "Score at parting: %s.", fmt.Sprint(*a.NPS))
	}
	var keep []string
	for _, ch := range survey.Channels() {
		for _, code := range a.KeepInTouch {
			if code == ch.Code {
				keep = append(keep, lower(ch.Label(string(lang))))
			}
		}
	}
	n.say("Связь: %s.", "May keep in touch: %s.", strings.Join(keep, ", "))
	return n.b.String()
}

func reasonFor(c *offboarding.Case, lang offboarding.Lang) string {
	if c.Shielded() {
		return in(lang, "записана, доступ у руководителя", "on record, the manager has access")
	}
	if text := word(companyReasons, c.Reason.Code, lang); text != "" {
		return text
	}
	r, ok := survey.Lookup(c.Reason.Code)
	if !ok {
		return clean(c.CRM.LossReason)
	}
	top, _ := survey.Lookup(r.Group)
	s := lower(top.Label(string(lang)))
	if r.Code != r.Group {
		s += " / " + r.Label(string(lang))
	}
	return s
}

func nextStep(c *offboarding.Case, lang offboarding.Lang, loc *time.Location) string {
	var what, due string
	switch c.State {
	case offboarding.StateReceived, offboarding.StateListening, offboarding.StateSaving:
		what = in(lang, "поговорить с клиентом", "talk to the client")
		if !c.Dates.CallBy.IsZero() {
			due = momentIn(lang, c.Dates.CallBy.In(loc))
		}
	case offboarding.StateProposed:
		return in(lang, "записать причину и случаи", "record the reason and the incidents")
	case offboarding.StateCoolingOff:
		return in(lang, "пауза и список проверки", "cooling-off and checklist")
	case offboarding.StateApproval:
		return in(lang, "решение согласующего", "the approver's decision")
	case offboarding.StateParting:
		return in(lang, "письмо клиенту", "the letter to the client")
	case offboarding.StateLeaving:
		what = in(lang, "передать дела и закрыть расчёт", "hand over and settle the account")
		due = civilDay(c.Dates.EffectiveOn, lang)
	default:
		return ""
	}
	switch who := clean(c.Responsible.Name); {
	case c.Shielded():
		what += in(lang, " — руководитель", " — a manager")
	case who != "" && !c.Responsible.Inactive:
		what += " — " + who
	}
	if due != "" {
		what += in(lang, ", до ", ", by ") + due
	}
	return what
}

// ended says how a parting ended, once it has.
func ended(c *offboarding.Case, lang offboarding.Lang, loc *time.Location) string {
	switch c.State {
	case offboarding.StateParted, offboarding.StateInTouch:
		if !c.Dates.PartedAt.IsZero() {
			return in(lang, "Расстались ", "Parted on ") + longDay(c.Dates.PartedAt.In(loc), lang)
		}
	case offboarding.StateReturned:
		if !c.Dates.PartedAt.IsZero() && !c.Dates.ReturnedAt.IsZero() {
			days := int(c.Dates.ReturnedAt.Sub(c.Dates.PartedAt) / (24 * time.Hour))
			return fmt.Sprintf(in(lang, "Клиент вернулся через %d дн", "The client came back after %d d"), days)
		}
		return in(lang, "Клиент вернулся", "The client came back")
	case offboarding.StateSaved, offboarding.StateSavedConfirmed:
		return in(lang, "Клиент остаётся", "The client stays")
	case offboarding.StateCancelled:
		return in(lang, "Открыто по ошибке, клиенту больше ничего не уйдёт", "Opened by mistake, nothing more will be sent to the client")
	}
	return ""
}

func civilDay(day string, lang offboarding.Lang) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return longDay(t, lang)
}

func longDay(t time.Time, lang offboarding.Lang) string {
	return fmt.Sprintf("%d%s%s %d", t.Day(), nbsp, in(lang, monthsRU[t.Month()], t.Month().String()), t.Year())
}

// excerpt quotes a client on one line.
func excerpt(s string) string {
	r := []rune(clean(s))
	if len(r) > maxQuote {
		return strings.TrimSpace(string(r[:maxQuote])) + "…"
	}
	return string(r)
}

// lower begins a label with a small letter, so that it fits into a sentence.
func lower(s string) string {
	r := []rune(s)
	if len(r) == 0 || strings.HasPrefix(s, "I ") {
		return s
	}
	return strings.ToLower(string(r[:1])) + string(r[1:])
}

// upper begins a sentence with a capital letter.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

type words map[string][2]string // Russian, English

func word[T ~string](w words, code T, lang offboarding.Lang) string {
	pair := w[string(code)]
	return in(lang, pair[0], pair[1])
}

var (
	initiators = words{
		"client": {"клиент", "the client"}, "company": {"компания", "the company"},
		"lapse": {"клиент пропал без слов", "the client faded away"},
	}
	related = words{
		"yes": {"связано", "yes"}, "partly": {"отчасти связано", "partly"}, "no": {"не связано", "no"},
	}
	handovers = words{
		"not_needed": {"не требуется", "not needed"}, "collecting": {"собирается", "being collected"},
		"ready": {"готова", "ready"}, "delivered": {"передана", "delivered"}, "accepted": {"принята", "accepted"},
		"accepted_with_remarks": {"принята с замечаниями", "accepted with remarks"}, "disputed": {"есть спор", "disputed"},
	}
	settlements = words{
		"not_needed": {"не требуется", "not needed"}, "draft": {"черновик", "draft"}, "approved": {"утверждён", "approved"},
		"sent": {"отправлен", "sent"}, "agreed": {"согласован", "agreed"}, "disputed": {"есть спор", "disputed"}, "settled": {"закрыт", "settled"},
	}
	companyReasons = words{
		"co.cannot_deliver": {"не можем выполнить запрос как следует", "we cannot fulfil the request properly"},
		"co.capacity":       {"не хватает ресурсов", "no capacity"},
		"co.scope_abuse":    {"работа сверх договора без оплаты", "unpaid work beyond the contract"},
		"co.nonpayment":     {"постоянные неоплаты", "chronic non-payment"},
		"co.priority_abuse": {"требует отодвинуть других клиентов", "demands to push other clients aside"},
		"co.staff_abuse":    {"разногласия с сотрудниками", "conduct towards our people"},
		"co.values":         {"расходимся в принципах", "a matter of principle"},
		"co.legal":          {"правовые причины", "legal reasons"},
	}
	silences = words{
		"declined":      {"Клиент предпочёл не отвечать на вопрос о причине.", "The client would rather not answer about the reason."},
		"expired":       {"На вопрос о причине клиент не ответил.", "The client did not answer about the reason."},
		"undeliverable": {"Вопрос о причине не дошёл до клиента.", "The question about the reason did not reach the client."},
	}
)
