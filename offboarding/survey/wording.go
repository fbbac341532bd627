package survey

import (
	"crypto/sha256"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// BuiltInVersion is the version of the wording that ships.
const BuiltInVersion = 1

// Wording is what a survey says in one language: its questions and the labels
// of its answers. The codes never change, the words may; an answer keeps the
// version that it was given to.
type Wording struct {
	Lang    string
	Version int
	Texts   map[string]string // by the keys of Keys
	Hidden  []string          // answers and questions that are not offered, by key
}

// The keys of what a wording says besides labels.
const (
	KeyTitle   = "title"             // the question about the main reason
	KeyLead    = "lead"              // why it is asked
	KeyConsent = "consent"           // what a client agrees to by ticking a channel
	KeyNPSLow  = "question.nps_low"  // the lower end of the scale
	KeyNPSHigh = "question.nps_high" // the upper end
	KeyHeard   = "heard_note"        // who reads where something was heard

	keyReason   = "reason."   // + code of either level: the label of an answer
	keyDetail   = "detail."   // + level-1 code: the open question
	keyQuestion = "question." // + field
)

// BuiltIn returns the wording that ships; an unknown language is Russian.
func BuiltIn(lang string) *Wording {
	w := &Wording{Lang: pick(lang, "ru", "en"), Version: BuiltInVersion, Texts: make(map[string]string, len(builtIn))}
	for key, t := range builtIn {
		w.Texts[key] = pick(lang, t.ru, t.en)
	}
	return w
}

// Over returns the wording that ships with what w says over it, so that a text
// that w does not know, since it came later, is there all the same.
func (w *Wording) Over() *Wording {
	full := BuiltIn(w.Lang)
	full.Version, full.Hidden = w.Version, slices.Clone(w.Hidden)
	maps.Copy(full.Texts, w.Texts)
	return full
}

// Keys lists every text of a wording, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(builtIn)) }

// MaxWording is the longest text of a wording, in characters.
const MaxWording = 300

// MayHide reports whether the answer or question of a key may be left out. The
// reason itself, and "other", are always asked and offered.
func MayHide(key string) bool {
	if code, ok := strings.CutPrefix(key, keyReason); ok {
		return code != otherGroup && builtIn[key] != (wording{})
	}
	field, ok := strings.CutPrefix(key, keyQuestion)
	return ok && slices.Contains(Questions, field)
}

// LeastReasons is how many level-1 reasons a client is offered at least (domain §3).
const LeastReasons = 6

// OfferedReasons counts the level-1 reasons that the wording offers.
func (w *Wording) OfferedReasons() int {
	n := 0
	for _, g := range groups {
		if !w.hides(keyReason + g.Code) {
			n++
		}
	}
	return n
}

// Text returns the text of a key.
func (w *Wording) Text(key string) string { return w.Texts[key] }

// Question returns the question of a field.
func (w *Wording) Question(field string) string { return w.Texts[keyQuestion+field] }

// Asks reports whether the question of a field is asked.
func (w *Wording) Asks(field string) bool { return !w.hides(keyQuestion + field) }

func (w *Wording) hides(key string) bool { return slices.Contains(w.Hidden, key) }

// Option is one answer that is offered.
type Option struct{ Code, Label string }

// Label returns what the answer of a code of either level is called; a code
// that no client is offered has the name that people of the company see.
func (w *Wording) Label(code string) string {
	if s, ok := w.Texts[keyReason+code]; ok {
		return s
	}
	r, _ := Lookup(code)
	return r.Label(w.Lang)
}

// Reasons lists the level-1 reasons in an order that is random among recipients
// and the same for one recipient, so that no answer profits from its place and
// nobody sees the list move; "other" stands last.
func (w *Wording) Reasons(seed string) []Option {
	all := Groups()
	r := rand.New(rand.NewChaCha8(sha256.Sum256([]byte("survey order\x00" + seed))))
	movable := all[:len(all)-1]
	r.Shuffle(len(movable), func(i, j int) { movable[i], movable[j] = movable[j], movable[i] })
	var out []Option
	for _, g := range all {
		if !w.hides(keyReason + g.Code) {
			out = append(out, Option{g.Code, w.Label(g.Code)})
		}
	}
	return out
}

// Closer lists the level-2 reasons that a client who has named the group may
// choose from. Some are for a reviewer to say, and never offered: that a fact
// is false, that a conflict is stuck, that the client did not do their part.
func (w *Wording) Closer(group string) []Option {
	var out []Option
	for _, r := range reasons {
		key := keyReason + r.Code
		if _, offered := builtIn[key]; offered && r.Group == group && r.Code != group && !w.hides(key) {
			out = append(out, Option{r.Code, w.Label(r.Code)})
		}
	}
	return out
}

// FollowUp returns the open question that fits the reason of a group (domain
// §3, Q3); a group without one, or none, gets the general question.
func (w *Wording) FollowUp(group string) string {
	if q, ok := w.Texts[keyDetail+group]; ok {
		return q
	}
	return w.Texts[keyDetail+otherGroup]
}

// AsksSource reports whether a client who has named the group is asked when and
// from where they heard it.
func AsksSource(group string) bool { return group == "reputation" }

// Consent returns the words that a client agrees to by ticking a channel.
func (w *Wording) Consent() string { return w.Texts[KeyConsent] }

type wording struct{ ru, en string }

// builtIn are the texts that ship. The labels of reasons are what a client would
// say aloud, so that they name neither "you" nor a person. A changed meaning
// needs a new code, a better wording does not.
var builtIn = func() map[string]wording {
	all := map[string]wording{
		KeyTitle: {"Что стало главной причиной вашего решения?", "What was the main reason for your decision?"},
		KeyLead: {
			"Ответ поможет исправить то, что зависит от\u00a0нас. Одного нажатия достаточно, остальное\u00a0— если захочется.",
			"Your answer helps us put right what depends on us. One tap is enough; the rest is up to you.",
		},
		KeyConsent: {
			"Отметьте, если можно изредка писать вам: полезные новости и\u00a0приглашение вернуться. Согласие легко отозвать в\u00a0любой момент.",
			"Tick what suits you if we may write now and then: useful news and an invitation to come back. You can withdraw this at any time.",
		},
		KeyHeard: {
			"Это прочитает только руководитель. Спорить ни\u00a0с\u00a0кем не\u00a0будем, нам важно знать, что\u00a0о\u00a0нас говорят.",
			"Only the manager reads this. We will not argue with anybody; it matters to us to know what is said about us.",
		},
		KeyNPSLow:  {"0\u00a0— точно нет", "0 – surely not"},
		KeyNPSHigh: {"10\u00a0— точно да", "10 – surely yes"},
	}
	for field, q := range map[string]wording{
		FieldReason2:        {"Что из\u00a0этого ближе всего?", "Which of these comes closest?"},
		FieldServiceRelated: {"Связано\u00a0ли это с\u00a0качеством нашей работы?", "Was it about the quality of our work?"},
		FieldHeardWhen:      {"Когда вы это услышали?", "When did you hear it?"},
		FieldHeardFrom:      {"Откуда: от\u00a0кого или где прочитали?", "Where from: who said it, or where did you read it?"},
		FieldNPS:            {"Порекомендуете нас знакомым?", "Would you recommend us?"},
		FieldKeepInTouch:    {"Можно ли оставаться на\u00a0связи?", "May we keep in touch?"},
		FieldLiked:          {"Что у\u00a0нас было хорошо?", "What was good about us?"},
		FieldComment:        {"Что-нибудь ещё?", "Anything else?"},
	} {
		all[keyQuestion+field] = q
	}
	for _, g := range groups {
		all[keyReason+g.Code] = wording{g.ru, g.en}
	}
	for code, label := range map[string]wording{
		"contact.forgotten":  {"О\u00a0нас будто забыли", "It felt as if we had been forgotten"},
		"contact.slow":       {"Долго ждали ответов", "We waited long for answers"},
		"contact.lured":      {"Другие оказались внимательнее", "Others paid more attention"},
		"agreement.deadline": {"Срывались сроки", "Deadlines were missed"},
		"agreement.quality":  {"Качество ниже обещанного", "The quality was below what was promised"},
		"agreement.damage":   {"Ошибка дорого нам обошлась", "A mistake cost us dearly"},
		"agreement.billing":  {"Неожиданный или неясный счёт", "An unexpected or unclear bill"},
		"agreement.scope":    {"По-разному поняли объём работ", "We understood the scope differently"},
		"people.rude":        {"Было неуважительно", "We were not treated with respect"},
		"people.pressure":    {"Давили или уговаривали", "We were pressed or talked at"},
		"people.incompetent": {"Не\u00a0хватило знаний", "There was not enough expertise"},
		"people.turnover":    {"Сменился наш специалист", "The specialist we knew had changed"},
		"price.budget":       {"Сократился бюджет", "Our budget shrank"},
		"price.cheaper":      {"Нашли дешевле", "We found something cheaper"},
		"price.value":        {"Не\u00a0видим, за\u00a0что платим", "We cannot see what we pay for"},
		"need.in_house":      {"Берём своего специалиста", "We are hiring our own specialist"},
		"need.done":          {"Задача выполнена", "The task is done"},
		"need.pause":         {"Пауза, не\u00a0сезон", "A pause, it is off season"},
		"need.closed":        {"Бизнес закрыт или продан", "The business is closed or sold"},
		"fit.presence":       {"Нужен человек рядом", "We need somebody on site"},
		"fit.missing":        {"Нет нужной услуги", "A service we need is missing"},
		"fit.inconvenient":   {"Было неудобно или сложно", "It was inconvenient or complicated"},
	} {
		all[keyReason+code] = label
	}
	for group, q := range map[string]wording{
		"contact": {
			"Когда мы\u00a0в\u00a0последний раз говорили по-настоящему, а\u00a0не\u00a0по\u00a0счетам и\u00a0срокам?",
			"When did we last really talk, not just about bills and dates?",
		},
		"agreement":  {"О\u00a0чём договаривались и\u00a0что получилось на\u00a0деле?", "What was agreed, and what happened instead?"},
		"reputation": {"Что именно вы услышали?", "What exactly did you hear?"},
		"people":     {"Что произошло? Имён можно не\u00a0называть.", "What happened? No names are needed."},
		"price": {
			"Что изменилось: бюджет, цена или ощущение, за\u00a0что вы платите?",
			"What has changed: the budget, the price, or what you feel you get for it?",
		},
		"need":     {"Что изменилось? Может быть, задача решена или делаете её сами?", "What has changed? Perhaps the task is done, or you now do it yourselves?"},
		"fit":      {"Чего не\u00a0хватало или что было неудобно?", "What was missing, or what was inconvenient?"},
		otherGroup: {"Расскажите своими словами, что произошло.", "Tell us in your own words what happened."},
	} {
		all[keyDetail+group] = q
	}
	return all
}()

// ConsentVersion names the present wording of Consent among those that ship. A
// record of consent keeps it; a changed wording gets a new version.
const ConsentVersion = "keep-in-touch/1"
