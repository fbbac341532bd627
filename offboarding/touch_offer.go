package offboarding

import (
	"context"
	"encoding/binary"
	"encoding/json"

	"github.com/google/uuid"
)

// notHeldOut: a share of the clients gets no offers, on whatever channel.
func (r *touching) notHeldOut(context.Context) error {
	if r.t.Class == StepMarketing && r.c.Holdout(r.acc.Policy.HoldoutPercent) {
		return never(TouchDropped, whyHoldout)
	}
	return nil
}

// offerReleased asks whether a person has let the offer go.
func (r *touching) offerReleased(context.Context) error {
	if r.t.Class == StepMarketing && r.t.ReleasedBy == "" && r.acc.Policy.MarketingRelease != "automatic" {
		return never(TouchWaiting, whyRelease)
	}
	return nil
}

// Holdout reports whether the case is among those that get no offers, by the
// hash that its id is.
func (c *Case) Holdout(percent int) bool {
	return int(binary.BigEndian.Uint32(c.ID[12:])%100) < percent
}

// words finds what the letter says, where that must be true: what we changed
// needs a measure that is done.
func (r *touching) words(ctx context.Context) error {
	if r.t.Template == T15 && len(r.t.Vars) == 0 {
		return r.news(ctx)
	}
	if r.t.Template != T19 && r.t.Template != T16 || len(r.t.Vars) > 0 {
		return nil
	}
	measures, err := r.tx.MeasuresOf(ctx, r.c.ID)
	if err != nil {
		return err
	}
	for _, m := range measures {
		if m.State != MeasureDone || m.AboutPeople() || m.Note == "" {
			continue
		}
		var vars any = WhatChanged{Measure: m.Note, Since: Day(m.DoneAt, r.acc.Location())}
		if r.t.Template == T16 {
			vars = ReturnOffer{WhatChanged: m.Note, Terms: r.c.fittingTerms(r.c.Lang(r.acc))}
		}
		r.t.Vars, err = json.Marshal(vars)
		return err
	}
	return never(TouchDropped, whyNoChange)
}

// news takes the words of the step from the version of the plan by which it was
// planned. While touches wait, a million of them say them once.
func (r *touching) news(ctx context.Context) error {
	plan, ok := StockPlan(r.t.Plan)
	var err error
	if r.t.PlanIs > 0 {
		plan, err = r.tx.PlanAt(ctx, r.t.Plan, r.t.PlanIs)
		ok = true
	}
	if err != nil {
		return err
	}
	if !ok || r.t.Step >= len(plan.Steps) {
		return never(TouchDropped, "its plan is gone")
	}
	r.t.Vars, err = json.Marshal(plan.Steps[r.t.Step].Words[r.c.Lang(r.acc)])
	return err
}

// ReleaseOffer lets a marketing touch go that waits for a person, with the words
// that the person stands for. It leaves with the next window.
func (w *WinBack) ReleaseOffer(ctx context.Context, scope []uuid.UUID, id uuid.UUID, offer ReturnOffer, by Person, actor Actor) (*Touch, error) {
	return w.changeTouch(ctx, scope, id, func(tx Store, t *Touch) (string, error) {
		if t.State != TouchWaiting {
			return "", Rule("touch_not_waiting", "the touch is "+string(t.State))
		}
		if t.Template == T16 && (offer.WhatChanged == "" || offer.Terms == "") {
			return "", Invalid("an offer says what has changed since, and terms that fit", FieldError{"what_changed", "a whole sentence"}, FieldError{"terms", "a whole sentence"})
		}
		if t.Template == T16 {
			t.Vars, _ = json.Marshal(offer)
		}
		t.State, t.ReleasedBy, t.Reason = TouchPlanned, by.Name, ""
		t.DueAt = w.now().UTC()
		return "touch.let_go", nil
	}, actor)
}

// fittingTerms answers the reason with a format before a price (domain §9.3).
func (c *Case) fittingTerms(l Lang) string {
	for _, t := range termsByPlan {
		if t.plan == c.PlanFor() {
			return t.words[l.Or(RU)]
		}
	}
	return ""
}

var termsByPlan = []struct {
	plan  string
	words map[Lang]string
}{
	{"in_house", map[Lang]string{RU: "Можем приезжать к вам в назначенные дни и работать рядом с вашим специалистом.", EN: "We could come to you on fixed days and work beside your specialist."}},
	{"price", map[Lang]string{RU: "Можем взять только ту часть работы, которая вам действительно нужна.", EN: "We could take only the part of the work that you really need."}},
	{"repair", map[Lang]string{RU: "Можем начать с пробного месяца: не понравится — расстанемся без срока уведомления.", EN: "We could begin with a trial month; if it does not suit you, it simply ends."}},
	{"silence", map[Lang]string{RU: "За вас будет отвечать один человек, и он будет звонить в дни, которые вы выберете.", EN: "One person would answer for you and call on the days that you choose."}},
	{"people", map[Lang]string{RU: "С вами будет работать другой человек.", EN: "Another person would work with you."}},
	{"reputation", map[Lang]string{RU: "Прежние условия сохранены, а на любой вопрос ответит руководитель.", EN: "Your old terms are kept, and a manager answers any question."}},
	{"seasonal", map[Lang]string{RU: "Прежние условия сохранены: можно начать с любого дня.", EN: "Your old terms are kept: we can begin on any day."}},
	{"warm", map[Lang]string{RU: "Прежние условия сохранены, вступительного взноса нет.", EN: "Your old terms are kept, and there is no entry fee."}},
}
