package letters

import (
	"fmt"
	"strings"
	"time"

	"opendoor/offboarding"
)

// Remark is the note about one event of the case (domain §11). Third-party
// sources, employee signals and what a review found never stand in it.
func (w *Writer) Remark(p offboarding.RemarkPayload, c *offboarding.Case, acc *offboarding.Account) string {
	n := &note{lang: acc.Lang.Or(offboarding.RU)}
	loc := acc.Location()
	what, _, _ := strings.Cut(p.What, ":")
	switch what {
	case offboarding.RemarkReply:
		n.say("Клиент написал: «%s»", "The client wrote: “%s”", excerpt(p.Text))
	case offboarding.RemarkAnswer:
		n.say("%s", "%s", answered(c, n.lang))
	case offboarding.RemarkDelay:
		n.say("Передача дел просрочена на %s.", "The handover is late by %s.", lateness(p, n.lang))
		n.say("Клиент предупреждён, новая дата — %s.", "The client has been told; the new date is %s.", civilDay(p.NewDate, n.lang))
	case offboarding.RemarkParted:
		n.say("%s.", "%s.", partedOn(c, n.lang, loc))
		n.say("%s", "%s", in(n.lang, "Дверь открыта.", "The door stays open."))
	case offboarding.RemarkReturned:
		n.say("%s.", "%s.", ended(c, n.lang, loc))
		n.say("Условия: %s.", "Terms: %s.", clean(c.Contract.Title))
	}
	return n.String()
}

// TaskDone is what stands on a task that ticked itself off.
func (w *Writer) TaskDone(c *offboarding.Case, acc *offboarding.Account) string {
	n := &note{lang: acc.Lang.Or(offboarding.RU)}
	n.say("Шаг сделан, задача закрыта сама. Состояние: %s.", "The step is done, the task closed itself. State: %s.", lower(c.State.Label(n.lang)))
	return n.String()
}

// partedOn tells the day and on which terms.
func partedOn(c *offboarding.Case, lang offboarding.Lang, loc *time.Location) string {
	s := ended(c, lang, loc)
	if s == "" {
		s = in(lang, "Расстались", "Parted")
	}
	var terms []string
	for _, part := range [][2]string{
		{in(lang, "передача дел ", "handover "), word(handovers, c.Tracks.Handover, lang)},
		{in(lang, "расчёт ", "settlement "), word(settlements, c.Tracks.Settlement, lang)},
	} {
		if part[1] != "" {
			terms = append(terms, part[0]+part[1])
		}
	}
	if len(terms) > 0 {
		s += ": " + strings.Join(terms, ", ")
	}
	return s
}

// lateness names the days and what is missing: "3 дн.: акт, реестр".
func lateness(p offboarding.RemarkPayload, lang offboarding.Lang) string {
	days := fmt.Sprintf(in(lang, "%d"+nbsp+"дн", "%d"+nbsp+"days"), max(p.Days, 1))
	if lang == offboarding.EN && p.Days <= 1 {
		days = "1" + nbsp + "day"
	}
	var items []string
	for _, i := range p.Items {
		if i = excerpt(i); i != "" {
			items = append(items, i)
		}
	}
	if len(items) == 0 {
		return days
	}
	return days + in(lang, ".: ", ": ") + strings.Join(items, ", ")
}
