package survey

// FollowUp returns the open question that fits the reason of a group (domain
// §3, Q3); a group without one, or none, gets the general question.
func FollowUp(group, lang string) string {
	q, ok := followUps[group]
	if !ok {
		q = followUps[otherGroup]
	}
	return pick(lang, q.ru, q.en)
}

type wording struct{ ru, en string }

var followUps = map[string]wording{
	"contact": {
		"Когда мы в последний раз говорили по-настоящему, а не по счетам и срокам?",
		"When did we last really talk, not just about bills and dates?",
	},
	"agreement": {
		"О чём договаривались и что получилось на деле?",
		"What was agreed, and what happened instead?",
	},
	"reputation": {
		"Что вы услышали, когда и откуда?",
		"What did you hear, when, and from where?",
	},
	"people": {
		"Что произошло? Имён можно не называть.",
		"What happened? No names are needed.",
	},
	"price": {
		"Что изменилось: бюджет, цена или ощущение, за что вы платите?",
		"What has changed: the budget, the price, or what you feel you get for it?",
	},
	"need": {
		"Что изменилось? Может быть, задача решена или делаете её сами?",
		"What has changed? Perhaps the task is done, or you now do it yourselves?",
	},
	"fit": {
		"Чего не хватало или что было неудобно?",
		"What was missing, or what was inconvenient?",
	},
	otherGroup: {
		"Расскажите своими словами, что произошло.",
		"Tell us in your own words what happened.",
	},
}

// ConsentVersion names the present wording of Consent. A record of consent
// keeps it; a changed wording gets a new version.
const ConsentVersion = "keep-in-touch/1"

// Consent returns the words that a client agrees to by ticking a channel.
func Consent(lang string) string {
	return pick(lang,
		"Отметьте, если можно изредка писать вам: полезные новости и приглашение вернуться. Согласие легко отозвать в любой момент.",
		"Tick what suits you if we may write now and then: useful news and an invitation to come back. You can withdraw this at any time.")
}

// Channel is a way to keep in touch that the client may tick.
type Channel struct {
	Code   string
	ru, en string
}

// Label returns the channel's name; an unknown language is Russian.
func (c Channel) Label(lang string) string { return pick(lang, c.ru, c.en) }

var channels = []Channel{
	{"email", "Письмом", "By e-mail"},
	{"phone", "По телефону", "By phone"},
	{"telegram", "В Telegram", "On Telegram"},
	{"whatsapp", "В WhatsApp", "On WhatsApp"},
	{"sms", "По СМС", "By text message"},
}

// Channels lists the ways to keep in touch in the order in which they are
// asked; only these are taken from a form.
func Channels() []Channel { return append([]Channel(nil), channels...) }
