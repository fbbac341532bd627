package bitrix24

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

func TestAnOwnerWhoHasLeftIsSeen(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	owner := func() offboarding.CheckItem {
		items := c.Check(t.Context(), acc)
		i := slices.IndexFunc(items, func(it offboarding.CheckItem) bool { return it.Name == "owner" })
		if i < 0 {
			t.Fatalf("the owner is not looked at: %+v", items)
		}
		return items[i]
	}
	if it := owner(); !it.OK {
		t.Errorf("%+v", it)
	}
	for name, u := range map[string]bitrix24sim.User{
		"dismissed":                {ID: 1, Name: "Анна", Admin: true, Dismissed: true},
		"now a hidden system user": {ID: 1, Name: "Анна", Admin: true, Hidden: true},
	} {
		sim.AddUser(u)
		if it := owner(); it.OK || it.Unknown || it.Advice == "" {
			t.Errorf("%s: %+v", name, it)
		}
	}
	sim.AddFault(bitrix24sim.Fault{Method: "user.get", Kind: bitrix24sim.FaultScope, Times: bitrix24sim.Always})
	if it := owner(); !it.OK {
		t.Errorf("without the scope nobody can tell: %+v", it)
	}
}

func TestDealsThatWouldHaveBeenCaughtAreWalkedByID(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	var lost []string
	var moved time.Time // by the portal's clock
	for i := range 60 { // more than a page
		id, err := sim.CreateDeal(map[string]any{"TITLE": fmt.Sprint("Договор ", i)}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if err := sim.LoseDeal(id, 1); err != nil {
				t.Fatal(err)
			}
			d, _ := sim.Deal(id)
			lost, moved = append(lost, fmt.Sprint(id)), d.Moved
		}
	}
	pipelines, err := c.Pipelines(t.Context(), acc)
	if err != nil {
		t.Fatal(err)
	}
	var stages []offboarding.StageRef
	for _, p := range pipelines {
		for _, s := range p.Stages {
			if s.Outcome == offboarding.OutcomeLost {
				stages = append(stages, offboarding.StageRef{PipelineID: p.ID, StageID: s.ID})
			}
		}
	}
	got, err := c.Caught(t.Context(), acc, stages, moved.Add(-time.Hour))
	if err != nil || got.More {
		t.Fatal(got.More, err)
	}
	var ids []string
	for _, d := range got.Deals {
		if d.Title == "" || d.At.IsZero() || !strings.Contains(d.URL, "/crm/deal/details/"+d.ID) {
			t.Errorf("%+v", d)
		}
		ids = append(ids, d.ID)
	}
	slices.Sort(ids)
	slices.Sort(lost)
	for _, id := range lost {
		if !slices.Contains(ids, id) {
			t.Errorf("%s was lost and is not caught", id)
		}
	}
	if later, err := c.Caught(t.Context(), acc, stages, moved.Add(time.Hour)); err != nil || len(later.Deals) != 0 {
		t.Errorf("since an hour from now: %d deals, %v", len(later.Deals), err)
	}
}

func TestRightsAreListedAndFieldsTakenBack(t *testing.T) {
	_, acc := portal(t)
	c, _, _ := loopback(t)
	rights, err := c.Rights(t.Context(), acc)
	if err != nil || len(rights) != 5 || slices.ContainsFunc(rights, func(r offboarding.Right) bool { return !r.OK || r.Detail == "" }) {
		t.Errorf("rights %+v, %v", rights, err)
	}
	setUp(t, c, acc)
	removed, err := c.RemoveFields(t.Context(), acc)
	if err != nil || len(removed) != len(offboarding.CardFields()) {
		t.Errorf("removed %v, %v", removed, err)
	}
	hook, err := c.Unsubscribe(t.Context(), acc, "https://opendoor.example.com/hooks/bitrix24/key")
	if err != nil || hook.State != offboarding.HookByHand || strings.Contains(hook.Detail, "/rest/1/secret") {
		t.Errorf("%+v, %v", hook, err)
	}
}

func TestAnApplicationThatLostItsHandlersIsSeenAndSubscribedAgain(t *testing.T) {
	_, c, acc := application(t)
	bound := func() offboarding.CheckItem {
		t.Helper()
		items := c.checkBound(t.Context(), acc)
		if len(items) != 1 {
			t.Fatalf("%+v", items)
		}
		return items[0]
	}
	if it := bound(); it.OK || it.Unknown || it.Advice == "" {
		t.Errorf("before the setup: %+v", it)
	}
	const hook = "https://opendoor.example.com/hooks/bitrix24/key"
	if r, err := c.Subscribe(t.Context(), acc, hook); err != nil || r.Hook.State != offboarding.HookSubscribed {
		t.Fatalf("%+v, %v", r, err)
	}
	if it := bound(); !it.OK {
		t.Errorf("after it: %+v", it)
	}
	if _, err := c.Unsubscribe(t.Context(), acc, hook); err != nil {
		t.Fatal(err)
	}
	if it := bound(); it.OK {
		t.Errorf("unsubscribed: %+v", it)
	}
}
