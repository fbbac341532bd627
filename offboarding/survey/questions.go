package survey

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

// Questions lists what a survey may ask after the reason, in the order of the
// page. The reason itself is always asked.
var Questions = []string{
	FieldReason2, FieldServiceRelated, FieldHeardWhen, FieldHeardFrom, FieldDetail, FieldNPS, FieldKeepInTouch, FieldLiked, FieldComment,
}

// Answered reports whether the form says something to a question.
func (f Form) Answered(question string) bool {
	switch question {
	case FieldReason:
		return f.Reason != ""
	case FieldReason2:
		return f.Reason != "" && f.Reason != GroupOf(f.Reason)
	case FieldServiceRelated:
		return f.ServiceRelated != ""
	case FieldDetail:
		return f.Detail != ""
	case FieldHeardWhen:
		return f.HeardWhen != ""
	case FieldHeardFrom:
		return f.HeardFrom != ""
	case FieldNPS:
		return f.NPS != nil
	case FieldKeepInTouch:
		return len(f.KeepInTouch) > 0
	case FieldLiked:
		return f.Liked != ""
	case FieldComment:
		return f.Comment != ""
	}
	return false
}
