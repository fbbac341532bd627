package offboarding_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// Whatever the plan, the clock, the consents and the events: no touch leaves
// outside its window, over a cap, without consent or after a stop, and each one
// that was held back says why.
func TestNoTouchEverBreaksARule(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { newTouching(t, seed).live() })
	}
}

// touching is a client's time after the parting, with a record of its own of
// what may be done.
type touching struct {
	*house
	r       *rand.Rand
	window  *od.Window
	off     map[string]bool // holidays
	stopped time.Time
	agreed  bool
	posts   []*post         // of every channel
	said    map[string]bool // consents of other channels than e-mail, "sms/marketing"
	opened  bool            // the chat
	left    []time.Time     // what the client got after the parting, service excluded
	deals   []string
}

func newTouching(t *testing.T, seed uint64) *touching {
	r := rand.New(rand.NewPCG(seed, 6))
	l := &touching{r: r, off: map[string]bool{}, said: map[string]bool{}, agreed: r.IntN(4) > 0, deals: []string{"17", "18"}[:1+r.IntN(2)]}
	l.window = &od.Window{From: time.Duration(r.IntN(24)) * time.Hour, To: time.Duration(r.IntN(24)) * time.Hour}
	if l.window.From == l.window.To {
		l.window.To += 90 * time.Minute
	}
	for d := range time.Saturday + 1 {
		if r.IntN(3) > 0 || d == time.Wednesday {
			l.window.Days = append(l.window.Days, d)
		}
	}
	zones := []string{"Europe/Moscow", "Asia/Vladivostok", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"}
	l.house = newHouse(t, automatic, func(a *od.Account) {
		a.Policy.Window, a.Policy.Country = l.window, od.CountryNone
		a.Policy.TouchGapDays, a.Policy.TouchesPerYear = 1+r.IntN(40), 1+r.IntN(8)
		for range 40 {
			day := tuesday.AddDate(0, 0, r.IntN(800)).Format(time.DateOnly)
			if !l.off[day] {
				l.off[day] = true
				a.Policy.Days = append(a.Policy.Days, od.CalendarDay{Day: day, Kind: od.DayOff})
			}
		}
	})
	chat, sms := l.channels()
	l.posts = []*post{l.post, chat, sms}
	l.plan()
	for _, deal := range l.deals {
		l.lose(deal, func(d *od.Deal) {
			d.Client.Email, d.Client.Phone, d.Client.TimeZone = "one@example.com", phone, zones[r.IntN(len(zones))]
			d.Client.Birthday = []string{"", "--02-29", "1980-06-15"}[r.IntN(3)]
		})
	}
	l.after(2 * time.Hour)
	for _, deal := range l.deals {
		answer := od.Answer{Reason: "price.cheaper", KeepInTouch: []string{}, Source: "survey"}
		if l.agreed {
			answer.KeepInTouch = []string{"email"}
		}
		_, err := l.desk.Answer(t.Context(), nil, l.theCase(deal).ID, od.ActorClient, answer.Over)
		l.must(err)
		_, err = l.act(l.theCase(deal), od.Action{Name: "proceed"})
		l.must(err)
	}
	l.after(31 * 24 * time.Hour)
	for _, deal := range l.deals {
		_, err := l.act(l.theCase(deal), od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
		l.must(err)
	}
	return l
}

// plan makes a plan of its own for clients who left for the price.
func (l *touching) plan() {
	p := &od.Plan{Name: "price"}
	words := map[od.Lang]od.News{od.RU: {Topic: "Тема", Text: "Текст."}, od.EN: {Topic: "Topic", Text: "Text."}}
	for day := 0; len(p.Steps) < 2+l.r.IntN(8); day += l.r.IntN(60) {
		s := od.Step{Day: day, Class: od.StepRelationship, Template: od.T15, Words: words}
		if l.r.IntN(2) == 0 {
			s = od.Step{Day: day, Class: od.StepMarketing, Template: od.T15, Words: words}
		}
		p.Steps = append(p.Steps, s)
	}
	order := []od.Channel{od.ChannelEmail, od.ChannelTelegram, od.ChannelSMS}
	l.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	p.Channels = order[:l.r.IntN(4)]
	_, err := l.winback().SavePlan(l.Context(), p, "key:admin")
	l.must(err)
}

// live lets two and a half years pass, from one thing that is due to the next.
func (l *touching) live() {
	seen := make([]int, len(l.posts))
	for i, p := range l.posts {
		seen[i] = len(p.sent)
	}
	w := l.winback()
	event := l.clock.AddDate(0, 0, 5)
	for end := l.clock.AddDate(2, 6, 0); l.clock.Before(end); {
		_, err := w.ReleaseDue(l.Context(), 100)
		l.must(err)
		l.work()
		for i, p := range l.posts {
			for ; seen[i] < len(p.sent); seen[i]++ {
				l.check(p.sent[seen[i]].Message)
			}
		}
		next := event
		for _, c := range l.cases() {
			for _, t := range l.touches(c) {
				if t.State == od.TouchPlanned && t.DueAt.Before(next) {
					next = t.DueAt
				}
			}
			planned, err := l.store.PlannedOf(l.Context(), c.ID)
			l.must(err)
			if len(planned) > 0 && planned[0].DueAt.Before(next) {
				next = planned[0].DueAt
			}
		}
		// Late by anything between nothing and two days: hands are busy, machines are down.
		l.clock = later(l.clock.Add(time.Second), next).Add(time.Duration(l.r.IntN(3)*l.r.IntN(3)*l.r.IntN(12)) * time.Hour)
		if !l.clock.Before(event) {
			l.happen()
			event = l.clock.AddDate(0, 0, 20+l.r.IntN(160))
		}
	}
	for _, c := range l.cases() {
		for _, t := range l.touches(c) {
			if t.State != od.TouchReleased && t.State != od.TouchPlanned && t.Reason == "" {
				l.Errorf("touch %d is %s and does not say why", t.Step, t.State)
			}
		}
	}
	l.sound()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (l *touching) cases() (out []*od.Case) {
	for _, deal := range l.deals {
		out = append(out, l.casesOf(deal)...)
	}
	return out
}

func (l *touching) happen() {
	c := l.cases()[l.r.IntN(len(l.deals))]
	if c.State.Over() {
		return
	}
	ctx := context.Background()
	switch l.r.IntN(16) {
	case 0:
		l.must(l.desk.Unsubscribe(ctx, l.visit(c, od.PurposePreferences), od.Told{Source: "page"}))
		l.stopped = l.clock
	case 1:
		_, err := l.act(c, od.Action{Name: "stop_contact", Reason: "попросил"})
		l.must(err)
		l.stopped = l.clock
	case 2, 3:
		l.agreed = !l.agreed
		l.must(l.winback().RecordConsent(ctx, &od.ContactConsent{
			Person: "one@example.com", Channel: od.ChannelEmail, Class: od.ClassMarketing, Given: l.agreed, GrantedAt: l.clock, Source: "form", Wording: "да", WordingVersion: "1",
		}, "key:office"))
	case 4:
		_, err := l.act(c, od.Action{Name: "set_dates", Client: od.Client{TimeZone: []string{"Asia/Omsk", "Europe/London"}[l.r.IntN(2)]}})
		l.must(err)
	case 5:
		_, err := l.desk.Classify(ctx, nil, c.ID, 0, od.Classification{Reason: []string{"contact.slow", "price.cheaper", "need.pause"}[l.r.IntN(3)]}, "key:office")
		l.must(err)
	case 6:
		if !c.Paused && l.r.IntN(3) == 0 {
			_, err := l.act(c, od.Action{Name: "return"})
			l.must(err)
		}
	case 7, 8:
		in := l.starts(c, "700")
		l.opened = l.opened || in.CaseID != nil
		l.said["telegram/relationship"] = l.opened
	case 9:
		if l.opened {
			l.inChat(od.InboundOffers, "700", l.clock.String(), "")
			l.said["telegram/marketing"] = true
		}
	case 10, 11:
		class := []od.Class{od.ClassRelationship, od.ClassMarketing}[l.r.IntN(2)]
		key := "sms/" + string(class)
		l.said[key] = !l.said[key]
		l.agrees(od.ChannelSMS, class, l.said[key])
	case 12:
		if l.opened && l.r.IntN(2) == 0 {
			l.inChat(od.InboundReply, "700", l.clock.String(), "Стоп, больше не пишите")
			l.stopped = l.clock
		}
	case 13:
		errs := []error{nil, &od.Error{Kind: od.KindGone, Msg: "closed"}, od.Invalid("no such text"), od.Unavailable("busy", nil)}
		fate := errs[l.r.IntN(len(errs))]
		l.posts[1+l.r.IntN(2)].fail = func(*od.Message) error { return fate }
	default:
		name := "pause"
		if c.Paused {
			name = "resume"
		}
		_, err := l.act(c, od.Action{Name: name})
		l.must(err)
	}
}

// check holds one message against the rules, by a calculation of its own.
func (l *touching) check(m *od.Message) {
	if m.Class == od.ClassService {
		return
	}
	c, err := l.store.Case(l.Context(), nil, m.CaseID)
	l.must(err)
	local := l.clock.In(c.Location(l.acc))
	if !l.openAt(local, m.Template) {
		l.Errorf("%s left at %s, outside of %v %s–%s", m.Template, local, l.window.Days, l.window.From, l.window.To)
	}
	switch {
	case !l.stopped.IsZero():
		l.Errorf("%s left after the stop", m.Template)
	case m.Channel == od.ChannelEmail && m.Class == od.ClassMarketing && !l.agreed:
		l.Errorf("%s left without consent", m.Template)
	case m.Channel != od.ChannelEmail && !l.said[string(m.Channel)+"/"+string(m.Class)]:
		l.Errorf("%s left by %s without consent to %s", m.Template, m.Channel, m.Class)
	case c.State != od.StateInTouch && c.State != od.StateParted:
		l.Errorf("%s left for a case that is %s", m.Template, c.State)
	case c.Paused:
		l.Errorf("%s left while the case was paused", m.Template)
	}
	p := l.acc.Policy
	if n := len(l.left); n > 0 && l.clock.Sub(l.left[n-1]) < time.Duration(p.TouchGapDays)*24*time.Hour {
		l.Errorf("%s left %s after the one before, the gap is %d days", m.Template, l.clock.Sub(l.left[n-1]), p.TouchGapDays)
	}
	l.left = append(l.left, l.clock)
	year := slices.DeleteFunc(slices.Clone(l.left), func(t time.Time) bool { return !t.After(l.clock.AddDate(-1, 0, 0)) })
	if len(year) > p.TouchesPerYear {
		l.Errorf("%d touches within a year, at most %d", len(year), p.TouchesPerYear)
	}
}

func (l *touching) openAt(local time.Time, template string) bool {
	y, m, d := local.Date()
	at := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
	if template == od.T14 {
		return at >= 10*time.Hour && at < 18*time.Hour
	}
	today, before := time.Date(y, m, d, 0, 0, 0, 0, time.UTC), time.Date(y, m, d-1, 0, 0, 0, 0, time.UTC)
	opens := func(day time.Time) bool {
		return slices.Contains(l.window.Days, day.Weekday()) && !l.off[day.Format(time.DateOnly)]
	}
	w := l.window
	if w.To > w.From {
		return opens(today) && at >= w.From && at < w.To
	}
	return opens(today) && at >= w.From || opens(before) && at < w.To && !l.off[today.Format(time.DateOnly)]
}
