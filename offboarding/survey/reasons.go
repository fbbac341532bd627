// Package survey knows the exit survey: its reasons, its questions and how an
// answer is read. It is a leaf: values in, values out.
package survey

import "strings"

// Group is a level-1 reason, as the client sees it (domain §4).
type Group struct {
	Code   string
	ru, en string
}

// Label returns the reason in the client's words; an unknown language is Russian.
func (g Group) Label(lang string) string { return pick(lang, g.ru, g.en) }

// The labels are what a client would say aloud; they stand on buttons, in
// letters and on the CRM's card, so that they name neither "you" nor a person.
// A changed meaning needs a new code, a better wording does not.
var groups = []Group{
	{"contact", "Нам не хватало внимания", "We did not get enough attention"},
	{"agreement", "Вышло не так, как договаривались", "Things did not go as agreed"},
	{"reputation", "Услышали о компании то, что насторожило", "We heard something that worried us"},
	{"people", "Не сложилось с сотрудником", "It did not work out with someone on the team"},
	{"price", "Дорого или сократился бюджет", "Too expensive, or our budget shrank"},
	{"need", "Услуга больше не нужна", "We no longer need the service"},
	{"fit", "Не подошёл формат работы", "The way of working did not suit us"},
	{otherGroup, "Другая причина", "Another reason"},
}

const otherGroup = "other"

// Groups lists the level-1 reasons; "other" stands last.
func Groups() []Group { return append([]Group(nil), groups...) }

// GroupOf returns the level-1 code of a reason code of either level, or "" for
// a code that is not a reason. A level-2 code that does not exist yet still has
// its group: a newer version may have written it.
func GroupOf(code string) string {
	head, _, _ := strings.Cut(code, ".")
	for _, g := range groups {
		if g.Code == head {
			return head
		}
	}
	return ""
}

// Reason is what a reason code of either level stands for. A level-1 code has no
// measures, and a cause only when all its codes of level 2 have the same.
type Reason struct {
	Code           string
	Group          string
	Cause          string   // silence, broken_terms, third_party, destroyer or none (domain §4.1); empty: level 2 will tell
	ServiceRelated string   // yes, partly, no or unknown: the default when the client did not say
	Measures       []string // M1 … M11 of domain §4.2
	ru, en         string
}

// Label returns the reason's name for people of the company; an unknown
// language is Russian.
func (r Reason) Label(lang string) string { return pick(lang, r.ru, r.en) }

// Lookup returns the reason of a code of either level.
func Lookup(code string) (Reason, bool) {
	for _, r := range reasons {
		if r.Code == code {
			r.Measures = append([]string(nil), r.Measures...)
			return r, true
		}
	}
	for _, g := range groups {
		if g.Code == code {
			return Reason{Code: code, Group: code, Cause: causeOf(code), ServiceRelated: "unknown", ru: g.ru, en: g.en}, true
		}
	}
	return Reason{}, false
}

// causeOf is the cause that all reasons of a group share, or empty.
func causeOf(group string) (cause string) {
	for _, r := range reasons {
		switch {
		case r.Group != group:
		case cause == "":
			cause = r.Cause
		case cause != r.Cause:
			return ""
		}
	}
	return cause
}

// Reasons lists the level-2 reasons in the order of domain §4.
func Reasons() []Reason {
	all := make([]Reason, len(reasons))
	for i, r := range reasons {
		r.Measures = append([]string(nil), r.Measures...)
		all[i] = r
	}
	return all
}

// NoAnswer is the reason of a client who stayed silent. It is ours to set,
// never the client's to send.
const NoAnswer = "other.no_answer"

func reason(code, cause, serviceRelated, measures, ru, en string) Reason {
	return Reason{
		Code: code, Group: GroupOf(code), Cause: cause, ServiceRelated: serviceRelated,
		Measures: strings.Fields(measures), ru: ru, en: en,
	}
}

// The table of domain §4, row by row.
var reasons = []Reason{
	reason("contact.forgotten", "silence", "yes", "M1 M5", "о нас забыли, перестали общаться", "we were forgotten, nobody kept in contact"),
	reason("contact.slow", "silence", "yes", "M1 M2 M8", "долго отвечали", "answers took too long"),
	reason("contact.lured", "silence", "partly", "M1 M5", "другой поставщик оказался внимательнее", "another provider paid more attention"),

	reason("agreement.deadline", "broken_terms", "yes", "M2 M3 M8", "сорваны сроки", "deadlines were missed"),
	reason("agreement.quality", "broken_terms", "yes", "M2 M3 M4 M8", "качество ниже обещанного", "the quality was below what was promised"),
	reason("agreement.damage", "broken_terms", "yes", "M2 M3 M4 M8", "ошибка нанесла ущерб", "a mistake caused damage"),
	reason("agreement.billing", "broken_terms", "yes", "M2 M3 M8", "неожиданный или неясный счёт", "an unexpected or unclear bill"),
	reason("agreement.scope", "broken_terms", "partly", "M2 M8", "по-разному поняли объём работ", "the scope was understood differently"),
	reason("agreement.client_side", "broken_terms", "no", "M6", "клиент не выполнил свою часть", "the client did not do their part"),

	reason("reputation.heard", "third_party", "unknown", "M7", "услышали о нас плохое", "heard something bad about us"),
	reason("reputation.false_fact", "third_party", "no", "M7", "назван неверный факт о нас", "a wrong fact about us was named"),
	reason("reputation.stuck", "third_party", "unknown", "M7 M9", "конфликт не гаснет в переговорах", "a conflict that talks do not settle"),

	reason("people.rude", "destroyer", "yes", "M2 M9 M10", "грубость, неуважение", "rudeness, lack of respect"),
	reason("people.pressure", "destroyer", "yes", "M2 M9 M10", "давление, уговоры, упрёки", "pressure, persuasion, reproaches"),
	reason("people.incompetent", "destroyer", "yes", "M2 M10", "некомпетентность", "lack of competence"),
	reason("people.turnover", "silence", "partly", "M1 M8", "сменился специалист", "the specialist changed"),

	reason("price.budget", "none", "no", "M6 M11", "сократился бюджет, нужны деньги", "the budget shrank, money is needed"),
	reason("price.cheaper", "none", "no", "M6 M11", "нашли дешевле", "found something cheaper"),
	reason("price.value", "silence", "partly", "M1 M11", "не видим, за что платим", "cannot see what we pay for"),

	reason("need.in_house", "none", "no", "M6 M11", "берём своего специалиста", "hiring our own specialist"),
	reason("need.done", "none", "no", "M6", "задача выполнена", "the task is done"),
	reason("need.pause", "none", "no", "M6 M11", "сезон, пауза", "season, a pause"),
	reason("need.closed", "none", "no", "M6", "бизнес закрыт, продан", "the business was closed or sold"),

	reason("fit.presence", "none", "partly", "M6 M11", "нужен человек рядом", "somebody on site is needed"),
	reason("fit.missing", "none", "no", "M6 M11", "нет нужной услуги", "the service we need is missing"),
	reason("fit.inconvenient", "none", "yes", "M8 M11", "неудобно, сложно", "inconvenient, complicated"),

	reason("other.text", "none", "unknown", "M6", "другое", "something else"),
	reason(NoAnswer, "none", "unknown", "M6", "не ответил", "no answer"),
}

func pick(lang, ru, en string) string {
	if lang == "en" {
		return en
	}
	return ru
}
