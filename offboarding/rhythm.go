package offboarding

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Rhythm is how often an account's hooks usually come, kept by day, so that a
// silence can be told from a quiet weekend.
type Rhythm struct {
	Counted  uuid.UUID   `json:"counted"` // newest delivery that is in it
	LastHook time.Time   `json:"last_hook,omitzero"`
	Missed   int         `json:"missed,omitempty"` // changes that only polls found since the last hook
	Days     []RhythmDay `json:"days,omitempty"`   // oldest first, at most rhythmDays
}

// RhythmDay is one day of a Rhythm.
type RhythmDay struct {
	Day     string        `json:"day"` // UTC
	Hooks   int           `json:"hooks"`
	Polled  int           `json:"polled"`
	Longest time.Duration `json:"longest"` // the longest silence that a hook of this day ended
}

// DeliveryMark is what the rhythm needs to know of a delivery.
type DeliveryMark struct {
	ID         uuid.UUID
	Origin     Origin
	ReceivedAt time.Time
}

const (
	rhythmDays = 28
	// A rhythm is known after a weekend and some events; before, silence means nothing.
	rhythmKnownDays  = 8
	rhythmKnownHooks = 20
	leastSilence     = 24 * time.Hour
	// A poll finds a change within five minutes of it, and looks ten minutes back.
	// What it finds later than this after a hook should have had one of its own.
	hookBeforePoll = 15 * time.Minute
	missedToTell   = 3 // changes without a hook; one or two may be the CRM's hiccup
)

// count adds deliveries, oldest first.
func (r *Rhythm) count(marks []DeliveryMark) {
	for _, m := range marks {
		r.Counted = m.ID
		day := r.day(m.ReceivedAt)
		if m.Origin != OriginHook {
			day.Polled++
			if m.ReceivedAt.After(r.LastHook.Add(hookBeforePoll)) {
				r.Missed++
			}
			continue
		}
		day.Hooks++
		if !r.LastHook.IsZero() && m.ReceivedAt.After(r.LastHook) {
			day.Longest = max(day.Longest, m.ReceivedAt.Sub(r.LastHook))
		}
		if m.ReceivedAt.After(r.LastHook) {
			r.LastHook, r.Missed = m.ReceivedAt, 0
		}
	}
}

func (r *Rhythm) day(at time.Time) *RhythmDay {
	name := Day(at, time.UTC)
	i := slices.IndexFunc(r.Days, func(d RhythmDay) bool { return d.Day == name })
	if i < 0 {
		r.Days = append(r.Days, RhythmDay{Day: name})
		if len(r.Days) > rhythmDays {
			r.Days = slices.Clone(r.Days[len(r.Days)-rhythmDays:])
		}
		i = len(r.Days) - 1
	}
	return &r.Days[i]
}

// usual returns the longest silence that is usual; false while nobody can know.
func (r *Rhythm) usual() (time.Duration, bool) {
	hooks, longest := 0, time.Duration(0)
	for _, d := range r.Days {
		hooks += d.Hooks
		longest = max(longest, d.Longest)
	}
	if hooks < rhythmKnownHooks {
		return 0, false
	}
	first, err := time.Parse(time.DateOnly, r.Days[0].Day)
	if err != nil || r.LastHook.Sub(first) < rhythmKnownDays*24*time.Hour {
		return 0, false
	}
	return longest, true
}

// hooksTellAll reports whether so far hooks told at least as much as polls
// found: with a hook on one stage only, a poll finds more, and rightly so.
func (r *Rhythm) hooksTellAll(subscribed bool) bool {
	hooks, polled := 0, -r.Missed
	for _, d := range r.Days {
		hooks += d.Hooks
		polled += d.Polled
	}
	if hooks == 0 {
		return subscribed
	}
	return hooks >= polled
}

// silence finds a hook from which nothing comes any more.
func (r *Rhythm) silence(acc *Account, now time.Time) (Finding, bool) {
	f := Finding{Kind: ProblemHooksSilent, Advice: adviceSilent[acc.Lang.Or(RU)][acc.Provider]}
	if r.Missed >= missedToTell && r.hooksTellAll(acc.SetUp.HookSubscribed()) {
		f.Text = acc.say(
			fmt.Sprintf("Опрос нашёл изменений: %d, о которых вебхук не сообщил. Уходы мы увидим, но с задержкой до пяти минут.", r.Missed),
			fmt.Sprintf("Polling found changes of which no hook told: %d. Partings are still seen, up to five minutes late.", r.Missed))
		return f, true
	}
	usual, known := r.usual()
	if quiet := now.Sub(r.LastHook); known && quiet > max(2*usual, leastSilence) {
		f.Text = acc.say(
			fmt.Sprintf("Последнее событие пришло %s, обычно пауза не длиннее %s.", acc.showTime(r.LastHook), showSpan(usual, RU)),
			fmt.Sprintf("The last event came at %s; usually the pause is no longer than %s.", acc.showTime(r.LastHook), showSpan(usual, EN)))
		return f, true
	}
	return f, false
}

var adviceSilent = map[Lang]map[Provider]string{
	RU: {
		AmoCRM:   "Откройте в CRM список вебхуков и проверьте, что наш включён; затем повторите настройку подключения.",
		Bitrix24: "Проверьте в портале исходящий вебхук: адрес, события, токен приложения, активен ли его владелец.",
		Generic:  "Проверьте программу, которая присылает события.",
	},
	EN: {
		AmoCRM:   "Look at the list of webhooks in the CRM, see that ours is on, and run setup again.",
		Bitrix24: "Look at the outbound webhook in the portal: address, events, application token, and whether its owner still works there.",
		Generic:  "Look at the program that sends the events.",
	},
}

func (a *Account) say(ru, en string) string {
	if a.Lang.Or(RU) == EN {
		return en
	}
	return ru
}

func (a *Account) showTime(t time.Time) string { return t.In(a.Location()).Format("2006-01-02 15:04") }

// showSpan says roughly how long; nobody needs minutes beside days.
func showSpan(d time.Duration, l Lang) string {
	unit, n := [2]string{"ч", "h"}, int(d.Round(time.Hour)/time.Hour)
	switch {
	case d >= 48*time.Hour:
		unit, n = [2]string{"дн.", "days"}, int(d.Round(24*time.Hour)/(24*time.Hour))
	case d < time.Hour:
		unit, n = [2]string{"мин", "min"}, max(1, int(d.Round(time.Minute)/time.Minute))
	}
	name := unit[0]
	if l == EN {
		name = unit[1]
	}
	return fmt.Sprintf("%d %s", n, name)
}

// flood finds deals with more events within floodWithin than people make.
func flood(acc *Account, events []DealEvent) (Finding, bool) {
	byDeal := map[string][]time.Time{}
	for _, e := range events {
		byDeal[e.DealID] = append(byDeal[e.DealID], e.ReceivedAt)
	}
	var deals []string
	for id, at := range byDeal {
		slices.SortFunc(at, time.Time.Compare)
		for i := floodEvents; i < len(at); i++ {
			if at[i].Sub(at[i-floodEvents]) <= floodWithin {
				deals = append(deals, id)
				break
			}
		}
	}
	if len(deals) == 0 {
		return Finding{}, false
	}
	slices.Sort(deals)
	n, shown := len(deals), deals[:min(len(deals), 5)]
	return Finding{
		Kind: ProblemFlood,
		Text: acc.say(
			fmt.Sprintf("Больше %d событий за 10 минут об одной сделке; таких сделок: %d, например %s. Мы их объединяем, лишнего не отправляем.", floodEvents, n, joined(shown)),
			fmt.Sprintf("More than %d events within 10 minutes about one deal; such deals: %d, for example %s. We fold them; nothing is sent twice.", floodEvents, n, joined(shown))),
		Advice: acc.say(
			"Похоже на петлю: робот или другая интеграция меняет сделку в ответ на изменение. Проверьте роботов и другие подключения этой сделки.",
			"This looks like a loop: a robot or another integration changes the deal in answer to a change. Look at the robots and integrations that touch this deal."),
	}, true
}

// The echo rule of reliability §5.
const (
	floodEvents = 20
	floodWithin = 10 * time.Minute
)

// DealEvent is when an event about a deal came.
type DealEvent struct {
	DealID     string
	ReceivedAt time.Time
}

func joined(ids []string) string { return "№ " + strings.Join(ids, ", № ") }
