package tone

// Rule is the stable code of a tone rule (domain §6).
type Rule string

// The rules.
const (
	Guilt              Rule = "guilt"
	Ingratitude        Rule = "ingratitude"
	Insult             Rule = "insult"
	PovertyJab         Rule = "poverty_jab"
	BusinessFear       Rule = "business_fear"
	Threat             Rule = "threat"
	LossPressure       Rule = "loss_pressure"
	RelativesStory     Rule = "relatives_story"
	PersuadeAfterFinal Rule = "persuade_after_final"
	RuleDispute        Rule = "rule_dispute"
	Hostage            Rule = "hostage"
	SuccessorSmear     Rule = "successor_smear"
	CompetitorSmear    Rule = "competitor_smear"
	BlameEmployee      Rule = "blame_employee"
	ArgueSource        Rule = "argue_source"
	FakeCheer          Rule = "fake_cheer"
	ConfirmShame       Rule = "confirm_shame"
	EmptyForm          Rule = "empty_form"
)

// Rules lists all rules in the order of the specification.
var Rules = []Rule{
	Guilt, Ingratitude, Insult, PovertyJab, BusinessFear, Threat, LossPressure, RelativesStory, PersuadeAfterFinal, RuleDispute,
	Hostage, SuccessorSmear, CompetitorSmear, BlameEmployee, ArgueSource, FakeCheer, ConfirmShame, EmptyForm,
}

// Level returns what the rule does to a text; intent is the client's intent
// (unknown, venting, undecided, final), empty when not known.
func (r Rule) Level(intent string) Verdict {
	switch r {
	case LossPressure, ArgueSource, FakeCheer, EmptyForm:
		return Warn
	case RelativesStory:
		if intent == "final" {
			return Block
		}
		return Warn
	}
	return Block
}

// Overridable reports whether a manager may send a text that this rule blocks,
// with a reason that is logged. Nobody may insult or threaten.
func (r Rule) Overridable() bool { return r != Insult && r != Threat }

// Explain says why the rule exists and what to write instead.
func (r Rule) Explain(lang string) string {
	e, ok := explanations[r]
	if !ok {
		return ""
	}
	if lang == "en" {
		return e.en
	}
	return e.ru
}

var explanations = map[Rule]struct{ ru, en string }{
	Guilt: {
		"Фраза вызывает у клиента чувство вины за уход. Он никому ничего не должен объяснять. Поблагодарите за совместную работу и назовите следующий шаг.",
		"Whether to leave is the client's to decide; this makes them feel guilty for it. Thank them for the time together and name the next step.",
	},
	Ingratitude: {
		"Сделанное раньше подаётся как долг, за который ждали благодарности. Скидки и помощь не дают права на упрёк. Напишите просто: «Спасибо, что были с нами».",
		"Past favours are held up as a debt. Discounts and help give no right to reproach. Simply write: “Thank you for having been with us.”",
	},
	Insult: {
		"Фраза унижает клиента или ставит под сомнение его ум и добросовестность. Такое не отправляется никогда. Опишите факт и то, что делаем мы, без оценки человека.",
		"This belittles the client, or doubts their judgement or good faith; it is never sent. State the fact and what we do about it, and leave the person out.",
	},
	PovertyJab: {
		"Фраза намекает, что у клиента нет денег. Это обидно, даже если сказано мягко. Не говорите о средствах клиента; при вопросе о цене предложите меньший объём или паузу.",
		"This hints that the client is short of money, which hurts however softly it is put. Say nothing of their means; if they speak of the price, name a smaller scope or a pause.",
	},
	BusinessFear: {
		"На клиента перекладывают заботу о нашем выживании. Наши трудности — не его дело. Напишите: «Нам жаль, и мы сделаем выводы».",
		"This burdens the client with our survival, which is not theirs to carry. Write: “We are sorry, and we will learn from it.”",
	},
	Threat: {
		"Клиенту угрожают последствиями. Такое не отправляется никогда. Если есть законное требование, назовите спокойно пункт договора, сумму и срок.",
		"This threatens the client; it is never sent. If there is a lawful claim, name the clause, the amount and the date calmly.",
	},
	LossPressure: {
		"Нагнетание: последний шанс, всё пропадёт, время уходит. Честно предупредить о потере можно: факт, сумма, дата и как её избежать.",
		"Drama instead of information: last chance, everything lost, time running out. An honest warning is allowed: name the fact, the amount, the date and how to avoid the loss.",
	},
	RelativesStory: {
		"Чужой пример (родные, друзья, другие клиенты) — это давление: у каждого своя ситуация. Уберите пример, говорите о деле самого клиента.",
		"Holding up relatives, friends or other clients is pressure: every case is different. Drop the example and speak of the client's own matter.",
	},
	PersuadeAfterFinal: {
		"Здесь не место предложениям и уговорам: решение клиента окончательное, или это служебное письмо либо поздравление. Подтвердите, что и когда сделаем, и скажите, что дверь открыта; предложение уходит отдельным письмом тому, кто на такие письма согласился.",
		"There is no room here for an offer or for “think again”: the client's decision is final, or this is a letter of service or a greeting. Confirm what we do and when, and say that the door stays open; an offer goes in a letter of its own, to those who agreed to get such letters.",
	},
	RuleDispute: {
		"Обычай выдаётся за правило о сроке уведомления. Сошлитесь на пункт договора или примите дату клиента.",
		"A custom is presented as a rule about notice. Quote the clause of the contract or accept the client's date.",
	},
	Hostage: {
		"Документы или доступы клиента поставлены в зависимость от денег или другого условия. Имущество клиента отдаём в срок всегда; о долге пишите отдельно: сумма, основание, дата.",
		"The client's papers or access are tied to money or another condition. What is theirs goes back on time, always; write of a debt separately: amount, basis, date.",
	},
	SuccessorSmear: {
		"Плохо сказано о преемнике или ему отказано в помощи. Довольный преемник — тоже рекомендация. Напишите, что объясним, где что лежит, и кому задать вопросы.",
		"This speaks badly of the successor or refuses to help them. A satisfied successor recommends us too. Say what we will explain and whom to ask.",
	},
	CompetitorSmear: {
		"Критикуется компания, которую выбрал клиент, а с ней и его выбор. Ничего не говорите о других; пожелайте удачи и помогите с передачей.",
		"This criticises the provider whom the client chose, and with it the client's choice. Say nothing about others; wish them well and help with the handover.",
	},
	BlameEmployee: {
		"Сотрудник назван клиенту виновным. За ошибки отвечает компания: «Мы ошиблись и исправим это до 5 июня».",
		"An employee is shown to the client as guilty. The company answers for mistakes: “We made a mistake and will put it right by 5 June.”",
	},
	ArgueSource: {
		"Спор с тем, что клиент услышал, или обида на него. Спокойно спросите, когда и откуда он это узнал, и приведите один факт.",
		"This argues with what the client has heard or takes offence. Ask calmly when and from where they heard it, and give one fact.",
	},
	FakeCheer: {
		"Восклицания, заглавные буквы или смайлики звучат в таком письме наигранно. Оставьте обычные предложения и одну точку в конце каждого.",
		"Exclamation marks, capitals or smileys sound false in such a letter. Keep to plain sentences that end with a full stop.",
	},
	ConfirmShame: {
		"Кнопка заставляет человека сказать о себе плохо, чтобы отказаться. Назовите её по действию: «Завершить договор», «Нет, спасибо».",
		"The button makes people speak ill of themselves in order to decline. Name what it does: “End the contract”, “No, thank you”.",
	},
	EmptyForm: {
		"Осталась незаполненная вставка, пустое имя или обращение не того рода. Подставьте имя или уберите обращение.",
		"A placeholder, an empty name or the wrong form of address was left in. Fill in the name or leave the salutation out.",
	},
}

// Expected returns the verdict on a text that breaks a rule, or none (pass).
func Expected(label, intent string) Verdict {
	if label == "pass" || label == string(PersuadeAfterFinal) && intent != "final" {
		return Pass
	}
	return Rule(label).Level(intent)
}
