package offboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding/survey"
)

// StepClass says what a step of a plan is: a letter of one of two classes, or a
// call by a person.
type StepClass string

// The classes of steps (contract §7).
const (
	StepRelationship StepClass = "relationship"
	StepMarketing    StepClass = "marketing"
	StepCall         StepClass = "call"
)

// Step is one planned touch of a plan.
type Step struct {
	Day      int       // days after the parting; with Before: days before that date
	Before   string    // a date of the case, one of DateFields; empty: counts from the parting
	Class    StepClass //
	Template string    // of a letter; empty for a call
	Channel  Channel   // of a letter; empty: those of the plan, in their order
	What     string    // of a call: what it is about, for the task
	Words    map[Lang]News
}

// Plan is how we keep in touch with clients who left for one kind of reason.
type Plan struct {
	Name     string
	Steps    []Step
	Channels []Channel // on which letters try to reach the client, in this order; empty: e-mail
	Version  int       // 0: as it was shipped
}

// Plans keeps the plans that an operator has changed.
type Plans interface {
	// PlanNamed returns the newest version of a changed plan, or ErrNotFound.
	PlanNamed(ctx context.Context, name string) (*Plan, error)
	// PlanAt returns a version of a changed plan, or ErrNotFound.
	PlanAt(ctx context.Context, name string, version int) (*Plan, error)
	// SavePlan stores the plan as version p.Version+1 and raises p.Version; ErrStale when that exists already.
	SavePlan(ctx context.Context, p *Plan) error
}

// DateFields are the dates of a case from which a step may count back. Those
// that come every year are taken at their first coming after the parting.
var DateFields = []string{"effective_on", "notice_received_on", "handover_due", "review_on", "season_on", "birthday", "company_day"}

// day is the civil date of a field, or empty.
func (c *Case) day(field string, loc *time.Location) string {
	switch field {
	case "effective_on":
		return c.Dates.EffectiveOn
	case "notice_received_on":
		return c.Dates.NoticeReceivedOn
	case "handover_due":
		return c.Dates.HandoverDue
	case "review_on":
		return c.Dates.ReviewOn
	case "season_on":
		return c.season(loc)
	case "birthday":
		return c.comingDay(c.Client.Birthday, loc)
	case "company_day":
		return c.comingDay(c.Client.CompanyDay, loc)
	}
	return ""
}

// season is when the client is expected to need us again: the day that was
// told, else a year after the last day of service, since seasons come back.
func (c *Case) season(loc *time.Location) string {
	if c.Dates.SeasonOn != "" {
		return c.Dates.SeasonOn
	}
	return c.Dates.PartedAt.In(loc).AddDate(1, 0, 0).Format(time.DateOnly)
}

// comingDay is the first coming of a birthday after the parting.
func (c *Case) comingDay(birthday string, loc *time.Location) string {
	parted := Day(c.Dates.PartedAt, loc)
	for year := c.Dates.PartedAt.In(loc).Year(); ; year++ {
		m, d, ok := anniversary(birthday, year)
		if !ok {
			return ""
		}
		if day := time.Date(year, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly); day > parted {
			return day
		}
	}
}

// PlanQuiet is the plan without touches.
const PlanQuiet = "quiet"

func news(topicRU, textRU, topicEN, textEN string) map[Lang]News {
	return map[Lang]News{RU: {topicRU, textRU}, EN: {topicEN, textEN}}
}

var (
	contactStays = news(
		"Если понадобятся документы или пояснения", "Вопросы по прежней работе всплывают и через месяц. Копии документов, пояснения к отчётам, имена тех, с кем мы вели переписку, — всё это у нас под рукой. Напишите, и мы пришлём.",
		"If you need papers or an explanation", "Questions about earlier work turn up weeks later. Copies of papers, notes on reports, the names of people we wrote to: we have them at hand. Write to us and we will send them.")
	checkPapers = news(
		"Проверьте, всё ли у вас на месте", "Прошло время, и самое полезное сейчас — короткая проверка: открываются ли переданные файлы, продлены ли доступы, не потерялись ли оригиналы. Если чего-то не хватает, ответьте на письмо: копия у нас есть.",
		"Check that you have everything", "Some time has passed, and a short check is useful now: do the files we handed over open, have the logins been renewed, are the originals where they should be? If anything is missing, reply to this letter: we have a copy.")
	oneYear = news(
		"Прошёл год", "Год — удобный повод навести порядок в архиве. Если каких-то документов за наше время не хватает, пришлём копии. И если всё хорошо и без нас, нам будет приятно об этом узнать.",
		"A year on", "A year is a good moment to tidy the archive. If papers from our time are missing, we will send copies. And if all is well without us, we would be glad to hear it.")
	ownStaff = news(
		"Как идут дела со своим специалистом", "Первые отчётные периоды со своим специалистом — самые трудные. Если он захочет сверить что-то с тем, как было у нас, пусть напишет: покажем и объясним.",
		"How is it going with your own specialist", "The first reporting periods with one's own specialist are the hardest. If they want to compare something with how we did it, let them write: we will show and explain.")
	seasonNear = news(
		"Скоро ваш сезон", "Через несколько недель у вас снова начнётся горячее время. Ваши документы и настройки у нас сохранены. Если что-то из них пригодится для подготовки, ответьте на письмо — пришлём.",
		"Your season is near", "Your busy time begins again in a few weeks. We still have your papers and settings. If any of it helps you to prepare, reply to this letter and we will send it.")
	proofFact = news(
		"Один факт, который легко проверить", "Вы слышали о нас разное. Спорить мы не будем: ответьте на письмо, и мы пришлём документ, по которому всё видно, и скажем, где его проверить.",
		"One fact that is easy to check", "You heard different things about us. We will not argue: reply to this letter and we will send the paper that shows it, and say where it can be checked.")
)

func letterStep(day int, words map[Lang]News) Step {
	return Step{Day: day, Class: StepRelationship, Template: T15, Words: words}
}
func offerStep(day int) Step { return Step{Day: day, Class: StepMarketing, Template: T16} }
func callStep(day int, what string) Step {
	return Step{Day: day, Class: StepCall, What: what}
}

// callNewPerson is the call by which a manager names another responsible.
const callNewPerson = "touch_new_person"

// stockPlans are the plans of domain §9.2.
var stockPlans = []Plan{
	{Name: "warm", Steps: []Step{letterStep(14, contactStays), letterStep(60, checkPapers), offerStep(180), letterStep(365, oneYear)}},
	{Name: "in_house", Steps: []Step{callStep(45, "touch_first_period"), letterStep(120, ownStaff), offerStep(180)}},
	{Name: "price", Steps: []Step{letterStep(30, contactStays), offerStep(90), offerStep(180)}},
	{Name: "repair", Steps: []Step{callStep(7, "touch_apology_closed"), {Day: 45, Class: StepRelationship, Template: T19}, offerStep(120)}},
	{Name: "silence", Steps: []Step{callStep(7, "touch_personal"), letterStep(30, contactStays), offerStep(90)}},
	{Name: "people", Steps: []Step{callStep(14, callNewPerson), letterStep(60, checkPapers), offerStep(150)}},
	{Name: "reputation", Steps: []Step{callStep(14, "touch_listen"), letterStep(60, proofFact), offerStep(180)}},
	{Name: "seasonal", Steps: []Step{
		{Day: 21, Before: "season_on", Class: StepRelationship, Template: T15, Words: seasonNear}, {Day: 0, Before: "season_on", Class: StepMarketing, Template: T16},
	}},
	{Name: PlanQuiet},
}

// StockPlan returns a plan as it was shipped.
func StockPlan(name string) (*Plan, bool) {
	for _, p := range stockPlans {
		if p.Name == name {
			return &Plan{Name: p.Name, Steps: slices.Clone(p.Steps)}, true
		}
	}
	return nil, false
}

// PlanNames lists the plans in the order of the domain.
func PlanNames() []string {
	names := make([]string, 0, len(stockPlans))
	for _, p := range stockPlans {
		names = append(names, p.Name)
	}
	return names
}

// PlanFor names the plan that fits why the client left.
func (c *Case) PlanFor() string {
	code, group := c.Reason.Code, survey.GroupOf(c.Reason.Code)
	switch {
	case c.NoContact, !c.MayBeInvitedBack(), c.disputeClosed(), code == "need.closed", c.State == StateCancelled:
		return PlanQuiet
	case code == "need.in_house", code == "fit.presence":
		return "in_house"
	case code == "need.pause":
		return "seasonal"
	case code == "price.value", group == "contact":
		return "silence"
	case group == "price":
		return "price"
	case group == "agreement", code == "fit.inconvenient":
		return "repair"
	case group == "people", group == "reputation":
		return group
	}
	return "warm"
}

// check refuses a plan that could not be carried out.
func (p *Plan) check() error {
	var wrong []FieldError
	add := func(field, why string) { wrong = append(wrong, FieldError{field, why}) }
	if p.Name == PlanQuiet && len(p.Steps) > 0 {
		return Rule("quiet_has_no_touches", "the plan quiet is for clients who want to be left alone")
	}
	if len(p.Steps) > 50 {
		add("steps", "at most 50")
	}
	for i, ch := range p.Channels {
		if !slices.Contains(MessageChannels, ch) || slices.Contains(p.Channels[:i], ch) {
			add("channels", "each at most once of "+channelNames())
		}
	}
	last := -1
	for _, s := range p.Steps {
		switch k, known := LetterKindOf(s.Template); {
		case s.Class == StepCall && s.Template != "":
			add("template", "a call has none")
		case s.Class == StepCall:
		case s.Class != StepRelationship && s.Class != StepMarketing:
			add("class", "relationship, marketing or call")
		case !known || !k.afterParting() || k.Class == ClassService:
			add("template", "T14, T15, T16 or T19")
		case k.Class == ClassMarketing && s.Class != StepMarketing:
			add("class", "an offer is marketing, whatever it is called")
		}
		if s.Channel != "" && s.Class != StepCall && !slices.Contains(MessageChannels, s.Channel) {
			add("channel", channelNames())
		}
		switch {
		case s.Before != "" && !slices.Contains(DateFields, s.Before):
			add("before_date_field", strings.Join(DateFields, " or "))
		case s.Day < 0 || s.Day > 3650:
			add("day", "0 to 3650")
		case s.Before == "" && s.Day < last:
			add("day", "in the order of time")
		case s.Before == "":
			last = s.Day
		}
	}
	if len(wrong) > 0 {
		return Invalid("the plan cannot be carried out", wrong...)
	}
	return nil
}

// checkWords refuses words that would not leave by themselves as the letter of
// their step: a greeting with an offer in it, above all (domain §9.1).
func (p *Plan) checkWords() error {
	var wrong []FieldError
	for i, s := range p.Steps {
		k, ok := LetterKindOf(s.Template)
		for _, lang := range []Lang{RU, EN} {
			words, said := s.Words[lang]
			if !ok || !said {
				continue
			}
			if r := judgeToStore(&WrittenLetter{Subject: words.Topic, Text: words.Text}, k, lang, Case{}); r.blocks() {
				wrong = append(wrong, r.mistakes(fmt.Sprintf("steps[%d].words.%s", i, lang))...)
			}
		}
	}
	if len(wrong) > 0 {
		return Invalid("the tone guard blocks words of the plan; an offer goes in a step of its own, T16, to those who agreed to hear of offers", wrong...)
	}
	return nil
}

// dueOn is the day of a step, or false when the date it counts from is not known.
func (c *Case) dueOn(s Step, loc *time.Location) (time.Time, bool) {
	from, days := c.Dates.PartedAt.In(loc), s.Day
	if s.Before != "" {
		t, err := time.ParseInLocation(time.DateOnly, c.day(s.Before, loc), loc)
		if err != nil {
			return time.Time{}, false
		}
		from, days = t, -s.Day
	}
	y, m, d := from.Date()
	return clockOn(y, m, d+days, touchHour, loc), true
}

// Touches go out from this time of the reader's day (domain §9.1).
const touchHour = 10 * time.Hour
