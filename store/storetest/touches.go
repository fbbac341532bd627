package storetest

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func (f *fixture) touch(c *offboarding.Case, due time.Time) *offboarding.Touch {
	return &offboarding.Touch{
		ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: due, Step: 1, State: offboarding.TouchPlanned,
		Class: offboarding.StepRelationship, Template: offboarding.T15, Plan: "warm", Channels: []offboarding.Channel{offboarding.ChannelTelegram, offboarding.ChannelEmail}, Vars: []byte(`{}`), PlanIs: 2,
	}
}

// touchLife: what is due is found in turn and what waits is not.
func touchLife(f *fixture) {
	c := f.addCase("deal-" + f.next())
	due, later := f.touch(c, f.now), f.touch(c, f.now.Add(time.Hour))
	f.ok(f.s.AddTouches(f.ctx, []*offboarding.Touch{later, due}))
	same(f, must[*offboarding.Touch](f)(f.s.TouchOf(f.ctx, nil, due.ID)), due)
	_, err := f.s.TouchOf(f.ctx, []uuid.UUID{offboarding.NewID()}, due.ID)
	f.wants(err, offboarding.ErrNotFound)
	if got := must[[]uuid.UUID](f)(f.s.TouchesDue(f.ctx, f.now, 10, 10)); len(got) != 1 || got[0] != due.ID {
		f.Errorf("due: %v", got)
	}
	first := must[[]*offboarding.Touch](f)(f.s.TouchesIn(f.ctx, offboarding.TouchFilter{From: f.now, Limit: 1}))
	next := must[[]*offboarding.Touch](f)(f.s.TouchesIn(f.ctx, offboarding.TouchFilter{From: f.now, Limit: 1, After: first[0]}))
	if len(next) != 1 || next[0].ID != later.ID {
		f.Errorf("the second page holds %v", next)
	}

	m, _ := f.letter(c, offboarding.T15)
	due.State, due.ReleasedAt, due.Person, due.MessageID, due.Channel = offboarding.TouchReleased, f.now, []byte("person"), &m.ID, offboarding.ChannelEmail
	f.ok(f.s.SaveTouch(f.ctx, due))
	same(f, must[*offboarding.Touch](f)(f.s.TouchOf(f.ctx, nil, due.ID)), due)
	since := func() int {
		return len(must[[]time.Time](f)(f.s.TouchedSince(f.ctx, []byte("person"), f.now.Add(-time.Hour))))
	}
	if n := since(); n != 1 {
		f.Errorf("the person was touched %d times, want 1", n)
	}
	m.State = offboarding.MessageCancelled
	f.ok(f.s.SaveMessage(f.ctx, m))
	if n := since(); n != 0 {
		f.Errorf("a letter that never left counts %d times", n)
	}
	if n := must[int](f)(f.s.CancelTouches(f.ctx, c.ID, "stop")); n != 1 {
		f.Errorf("%d cancelled, want the one that waited", n)
	}
	if got := must[*offboarding.Touch](f)(f.s.TouchOf(f.ctx, nil, later.ID)); got.State != offboarding.TouchCancelled || got.Reason != "stop" {
		f.Errorf("the touch is %s: %s", got.State, got.Reason)
	}
}

// touchTurns: accounts that have much due leave room for those that have little.
func touchTurns(f *fixture) {
	var few []uuid.UUID
	for i := range 4 {
		acc := f.account(f.next())
		c := f.newCase("deal-" + f.next())
		c.AccountID = acc.ID
		f.ok(f.s.AddCase(f.ctx, c))
		n := 6
		if i == 3 {
			n = 1
		}
		for k := range n {
			t := f.touch(c, f.now.Add(-time.Duration(10*(4-i)+k)*time.Minute)) // the one with little is due last
			f.ok(f.s.AddTouches(f.ctx, []*offboarding.Touch{t}))
			if n == 1 {
				few = append(few, t.ID)
			}
		}
	}
	got := must[[]uuid.UUID](f)(f.s.TouchesDue(f.ctx, f.now, 6, 5))
	if len(got) != 6 || !slices.Contains(got, few[0]) {
		f.Errorf("%d touches, the account with one among them: %v", len(got), slices.Contains(got, few[0]))
	}
}

// consentLedger: the newest line by the time of consent counts, and the fence
// of an offer asks it.
func consentLedger(f *fixture) {
	hash := []byte("who")
	given := func() bool {
		return must[bool](f)(f.s.ConsentGiven(f.ctx, hash, offboarding.ChannelEmail, offboarding.ClassMarketing))
	}
	c := f.addCase("deal-" + f.next())
	_, ef := f.letter(c, offboarding.T16)
	open := func() error {
		claimed := f.claim(ef, time.Minute)
		err := f.s.Fence(f.ctx, claimed, offboarding.FenceConditions{ConsentHash: hash, ConsentChannel: offboarding.ChannelEmail, ConsentClass: offboarding.ClassMarketing, Letter: true})
		f.ok(f.s.Again(f.ctx, claimed, f.now, false, "", ""))
		return err
	}
	add := func(yes bool, at time.Time) {
		f.ok(f.s.AddConsent(f.ctx, &offboarding.ContactConsent{
			Person: "client@example.ru", Hash: hash, Channel: offboarding.ChannelEmail, Class: offboarding.ClassMarketing, Given: yes, GrantedAt: at,
			Source: "survey", Wording: "да", WordingVersion: "1", IP: "192.0.2.7", RecordedBy: offboarding.ActorClient,
		}))
	}
	if given() {
		f.Error("nobody agreed yet")
	}
	f.wants(open(), offboarding.ErrFenced)
	add(true, f.now)
	if !given() {
		f.Error("the consent is not found")
	}
	f.ok(open())
	add(false, f.now.Add(time.Minute))
	add(true, f.now.Add(-time.Minute)) // an older paper found later changes nothing
	if given() {
		f.Error("a withdrawn consent counts")
	}
	f.wants(open(), offboarding.ErrFenced)
	f.ok(f.s.AddConsent(f.ctx, &offboarding.ContactConsent{ // of another channel and class
		Person: "client@example.ru", Hash: hash, Channel: offboarding.ChannelSMS, Class: offboarding.ClassRelationship, Given: true, GrantedAt: f.now.Add(2 * time.Minute),
		Source: "form", Wording: "да", WordingVersion: "1", RecordedBy: offboarding.ActorClient,
	}))
	f.wants(open(), offboarding.ErrFenced)
	claimed := f.claim(ef, time.Minute)
	f.ok(f.s.Fence(f.ctx, claimed, offboarding.FenceConditions{ConsentHash: hash, ConsentChannel: offboarding.ChannelSMS, ConsentClass: offboarding.ClassRelationship, Letter: true}))
	f.ok(f.s.Again(f.ctx, claimed, f.now, false, "", ""))
	if lines := must[[]*offboarding.ContactConsent](f)(f.s.ConsentLines(f.ctx, hash, offboarding.Page{Limit: 10})); len(lines) != 4 {
		f.Errorf("%d lines, want 4", len(lines))
	}

	newest := must[*offboarding.ContactConsent](f)(f.s.NewestConsent(f.ctx, hash, offboarding.ChannelEmail, offboarding.ClassMarketing))
	if newest.Given || !newest.GrantedAt.Equal(f.now.Add(time.Minute)) || newest.IP != "192.0.2.7" {
		f.Errorf("the line that counts is %+v", newest)
	}
	f.refusal(c)

	f.ok(f.s.AddSuppression(f.ctx, &offboarding.Suppression{Hash: hash, Channel: offboarding.ChannelEmail, Reason: "asked", Source: "api"}))
	s := must[*offboarding.Suppression](f)(f.s.SuppressionOf(f.ctx, hash, offboarding.ChannelEmail))
	if all := must[[]*offboarding.Suppression](f)(f.s.Suppressions(f.ctx, offboarding.Page{Limit: 10})); len(all) != 1 {
		f.Errorf("%d entries on the stop list", len(all))
	}
	must[*offboarding.Suppression](f)(f.s.LiftSuppression(f.ctx, s.ID))
	_, err := f.s.LiftSuppression(f.ctx, s.ID)
	f.wants(err, offboarding.ErrNotFound)
}

// refusal: what keeps in touch needs no consent, and heeds a refusal at the fence.
func (f *fixture) refusal(c *offboarding.Case) {
	hash := []byte("who said no")
	_, ef := f.letter(c, offboarding.T15)
	open := func() error {
		claimed := f.claim(ef, time.Minute)
		err := f.s.Fence(f.ctx, claimed, offboarding.FenceConditions{RefusalHash: hash, Letter: true})
		f.ok(f.s.Again(f.ctx, claimed, f.now, false, "", ""))
		return err
	}
	_, err := f.s.NewestConsent(f.ctx, hash, offboarding.ChannelEmail, offboarding.ClassRelationship)
	f.wants(err, offboarding.ErrNotFound)
	f.ok(open())
	for i, yes := range []bool{false, true} {
		f.ok(f.s.AddConsent(f.ctx, &offboarding.ContactConsent{
			Person: "client@example.ru", Hash: hash, Channel: offboarding.ChannelEmail, Class: offboarding.ClassRelationship, Given: yes,
			GrantedAt: f.now.Add(time.Duration(i) * time.Minute), Source: "preferences", RecordedBy: offboarding.ActorClient,
		}))
		if yes {
			f.ok(open())
		} else {
			f.wants(open(), offboarding.ErrFenced)
		}
	}
}

// plans: each change of a plan is a version of its own.
func plans(f *fixture) {
	_, err := f.s.PlanNamed(f.ctx, "warm")
	f.wants(err, offboarding.ErrNotFound)
	p := &offboarding.Plan{Name: "warm", Channels: []offboarding.Channel{offboarding.ChannelSMS, offboarding.ChannelEmail}, Steps: []offboarding.Step{{Day: 3, Class: offboarding.StepCall, What: "touch_personal"}}}
	f.ok(f.s.SavePlan(f.ctx, p))
	f.wants(f.s.SavePlan(f.ctx, &offboarding.Plan{Name: "warm"}), offboarding.ErrStale)
	same(f, must[*offboarding.Plan](f)(f.s.PlanNamed(f.ctx, "warm")), p)
	first := *p
	p.Steps = []offboarding.Step{{Day: 4, Class: offboarding.StepCall, What: "touch_personal"}}
	f.ok(f.s.SavePlan(f.ctx, p))
	same(f, must[*offboarding.Plan](f)(f.s.PlanAt(f.ctx, "warm", first.Version)), &first)
	_, err = f.s.PlanAt(f.ctx, "warm", p.Version+1)
	f.wants(err, offboarding.ErrNotFound)
}
