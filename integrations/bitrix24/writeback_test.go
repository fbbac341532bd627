package bitrix24

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

func leavingCard() offboarding.Card {
	nps := 0
	return offboarding.Card{
		Tags: []string{offboarding.TagLeaving},
		Fields: []offboarding.CardValue{
			{Code: offboarding.FieldState, Option: string(offboarding.StateLeaving)},
			{Code: offboarding.FieldReason, Option: "price"},
			{Code: offboarding.FieldNPS, Number: &nps},
			{Code: offboarding.FieldEffectiveOn, Day: "2026-12-31"},
			{Code: offboarding.FieldCaseURL, Text: "https://opendoor.example/cases/1"},
			{Code: "OPENDOOR_UNHEARD_OF", Text: "left out"},
		},
	}
}

func TestTheCardIsWrittenOnceAndThenOnlyWhereItDiffers(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	setUp(t, c, acc)
	id := lost(t, sim, 2)
	before, _ := sim.Deal(2)
	f := &fence{}
	sim.ForgetRequests()
	w, err := c.PutCard(t.Context(), acc, id, leavingCard(), f.open)
	if err != nil || !w.Changed || f.asked != 1 {
		t.Fatalf("written %+v, fence asked %d times, %v", w, f.asked, err)
	}
	if n := len(sim.Requests("crm.deal.update")); n != 1 {
		t.Errorf("%d updates", n)
	}
	deal, _ := sim.Deal(2)
	options := map[string]map[string]int{}
	for _, uf := range sim.UserFields() {
		options[uf.Name] = uf.Options
	}
	for name, want := range map[string]string{
		"UF_CRM_OPENDOOR_STATE":    strconv.Itoa(options["UF_CRM_OPENDOOR_STATE"]["leaving"]),
		"UF_CRM_OPENDOOR_REASON":   strconv.Itoa(options["UF_CRM_OPENDOOR_REASON"]["price"]),
		"UF_CRM_OPENDOOR_NPS":      "0",
		"UF_CRM_OPENDOOR_CASE_URL": "https://opendoor.example/cases/1",
	} {
		if got := deal.Fields[name]; got != want || want == "" {
			t.Errorf("%s = %v, want %s", name, got, want)
		}
	}
	if day, _ := deal.Fields["UF_CRM_OPENDOOR_EFFECTIVE_ON"].(string); scalar(day).day() != "2026-12-31" {
		t.Errorf("effective on %q", day)
	}
	if deal.StageID != before.StageID || w.At.Before(deal.Modified.Truncate(time.Second)) {
		t.Errorf("stage %s, written at %v, changed at %v", deal.StageID, w.At, deal.Modified)
	}

	again, err := c.PutCard(t.Context(), acc, id, leavingCard(), closed)
	if err != nil || again.Changed {
		t.Errorf("again: %+v, %v", again, err)
	}

	card := leavingCard()
	card.Fields[0].Option = string(offboarding.StateParted)
	card.Fields[3].Day = ""
	sim.ForgetRequests()
	if w, err := c.PutCard(t.Context(), acc, id, card, f.open); err != nil || !w.Changed {
		t.Fatalf("changed: %+v, %v", w, err)
	}
	fields, _ := sim.Requests("crm.deal.update")[0].Params["fields"].(map[string]any)
	if len(fields) != 2 {
		t.Errorf("written %v, want the two that differ", fields)
	}
}

func TestAClosedFenceWritesNothing(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	setUp(t, c, acc)
	_, card := c.PutCard(t.Context(), acc, "2", leavingCard(), closed)
	_, note := c.PutNote(t.Context(), acc, "2", "[opendoor:1]", "", "text", closed)
	_, task := c.PutTask(t.Context(), acc, "2", offboarding.CardTask{Marker: "[opendoor:2]", Text: "text", Due: time.Now()}, closed)
	for name, err := range map[string]error{"card": card, "note": note, "task": task} {
		if !errors.Is(err, offboarding.ErrFenced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(sim.Requests("crm.deal.update"))+len(sim.Comments(2))+len(sim.Activities(2)) != 0 {
		t.Error("something was written")
	}
}

func TestFieldsThatThePortalLacksAreLeftOut(t *testing.T) {
	sim, acc := portal(t)
	if _, err := sim.AddUserField(map[string]any{
		"FIELD_NAME": "OPENDOOR_STATE", "USER_TYPE_ID": "enumeration", "LABEL": "Уход",
		"LIST": []any{map[string]any{"VALUE": "Уходит"}},
	}); err != nil {
		t.Fatal(err)
	}
	c, _, _ := loopback(t)
	sim.ForgetRequests()
	for _, id := range []string{"2", "4"} {
		if w, err := c.PutCard(t.Context(), acc, id, leavingCard(), (&fence{}).open); err != nil || !w.Changed {
			t.Fatalf("deal %s: %+v, %v", id, w, err)
		}
	}
	if n := len(sim.Requests("crm.deal.userfield.list")); n != 1 {
		t.Errorf("fields were listed %d times", n)
	}
	if deal, _ := sim.Deal(2); deal.Fields["UF_CRM_OPENDOOR_STATE"] == "" {
		t.Error("a field made by hand was not recognised by its label")
	}
}

func TestTheNoteIsOneCommentKeptCurrent(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	const marker = "[opendoor:case-7]"
	f := &fence{}
	put := func(ref, text string) offboarding.Written {
		t.Helper()
		w, err := c.PutNote(t.Context(), acc, "2", marker, ref, text, f.open)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := put("", "Клиент уходит")
	if !first.Changed || first.Ref == "" || f.asked != 1 {
		t.Fatalf("first %+v, fence %d", first, f.asked)
	}
	if w := put(first.Ref, "Клиент уходит"); w.Changed || w.Ref != first.Ref || f.asked != 1 {
		t.Errorf("same text: %+v, fence %d", w, f.asked)
	}
	if w := put("", "Клиент уходит"); w.Changed || w.Ref != first.Ref {
		t.Errorf("reference forgotten: %+v", w)
	}
	if w := put(first.Ref, "Клиент остаётся"); !w.Changed || w.Ref != first.Ref || f.asked != 2 {
		t.Errorf("new text: %+v", w)
	}
	comments := sim.Comments(2)
	if len(comments) != 1 || comments[0].Text != "Клиент остаётся\n\n"+marker {
		t.Errorf("comments %+v", comments)
	}
	if w := put("999999", "Клиент остаётся"); w.Changed || w.Ref != first.Ref {
		t.Errorf("wrong reference: %+v", w)
	}
	// Far down a busy timeline it is found as well.
	for i := range 60 {
		if _, err := c.call(t.Context(), acc, "crm.timeline.comment.add", params{"fields": params{"ENTITY_ID": 2, "ENTITY_TYPE": "deal", "COMMENT": strconv.Itoa(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if w := put("", "Клиент остаётся"); w.Changed || w.Ref != first.Ref {
		t.Errorf("in a busy timeline: %+v", w)
	}
}

func TestATaskIsPlannedOnce(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	due := time.Date(2031, 6, 2, 9, 30, 0, 0, time.UTC)
	task := offboarding.CardTask{Marker: "[opendoor:call-7]", Text: "Позвонить клиенту\nНет адреса почты", Due: due, ResponsibleID: "6"}
	for i := range 3 {
		w, err := c.PutTask(t.Context(), acc, "2", task, (&fence{}).open)
		if err != nil || w.Changed != (i == 0) || w.Ref == "" {
			t.Fatalf("%d: %+v, %v", i, w, err)
		}
	}
	got := sim.Activities(2)
	if len(got) != 1 || got[0].Subject != "Позвонить клиенту" || !strings.Contains(got[0].Text, task.Marker) ||
		got[0].ResponsibleID != 6 || !got[0].Deadline.Equal(due) {
		t.Errorf("activities %+v", got)
	}
	// One that a person has done is not planned again.
	if err := sim.CompleteActivity(got[0].ID, 6); err != nil {
		t.Fatal(err)
	}
	if w, err := c.PutTask(t.Context(), acc, "2", task, closed); err != nil || w.Changed {
		t.Errorf("done: %+v, %v", w, err)
	}
}

func TestATaskIsNeverGivenToSomebodyWhoLeft(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	for _, who := range []string{"8", "900", "4711", "", "0"} {
		task := offboarding.CardTask{Marker: "[opendoor:" + who + "]", Text: "Позвонить", Due: time.Now(), ResponsibleID: who}
		if _, err := c.PutTask(t.Context(), acc, "2", task, (&fence{}).open); err != nil {
			t.Errorf("responsible %q: %v", who, err)
		}
	}
	for _, a := range sim.Activities(2) {
		if a.ResponsibleID != 1 {
			t.Errorf("given to %d", a.ResponsibleID)
		}
	}
	if n := len(sim.Activities(2)); n != 5 {
		t.Errorf("%d tasks", n)
	}
}

func TestAResponsibleWhomThePortalRefusesCostsOneFenceOnly(t *testing.T) {
	sim, _ := portal(t)
	plain := at(without(t, sim, "user.get"))
	plain.Credentials["webhook_url"] = strings.Replace(plain.Credentials["webhook_url"], "s3cr3tOfTheHook", "secret", 1)
	c, _, _ := loopback(t)
	f := &fence{}
	w, err := c.PutTask(t.Context(), plain, "2", offboarding.CardTask{Marker: "[opendoor:1]", Text: "x", Due: time.Now(), ResponsibleID: "4711"}, f.open)
	if err != nil || !w.Changed || f.asked != 1 || sim.Activities(2)[0].ResponsibleID != 1 {
		t.Errorf("%+v, fence asked %d times, %v", w, f.asked, err)
	}
}

func TestAPortalWithoutActivityListTakesTheTask(t *testing.T) {
	sim, _ := portal(t)
	plain := at(without(t, sim, "crm.activity.list", "crm.timeline.comment.list"))
	plain.Credentials["webhook_url"] = strings.Replace(plain.Credentials["webhook_url"], "s3cr3tOfTheHook", "secret", 1)
	c, _, _ := loopback(t)
	if w, err := c.PutTask(t.Context(), plain, "2", offboarding.CardTask{Marker: "[opendoor:1]", Text: "x", Due: time.Now()}, (&fence{}).open); err != nil || !w.Changed {
		t.Errorf("task: %+v, %v", w, err)
	}
	if w, err := c.PutNote(t.Context(), plain, "2", "[opendoor:1]", "", "x", (&fence{}).open); err != nil || !w.Changed {
		t.Errorf("note: %+v, %v", w, err)
	}
}

func TestWritingToADeletedDealSaysThatItIsGone(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	setUp(t, c, acc)
	if err := sim.DeleteDeal(2, 6); err != nil {
		t.Fatal(err)
	}
	_, card := c.PutCard(t.Context(), acc, "2", leavingCard(), (&fence{}).open)
	_, note := c.PutNote(t.Context(), acc, "2", "[opendoor:1]", "", "text", (&fence{}).open)
	_, task := c.PutTask(t.Context(), acc, "2", offboarding.CardTask{Marker: "[opendoor:2]", Text: "text", Due: time.Now()}, (&fence{}).open)
	for name, err := range map[string]error{"card": card, "note": note, "task": task} {
		if !offboarding.IsKind(err, offboarding.KindGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever breaks while something is written: repeating it until it succeeds
// leaves exactly one note, one task and the right fields.
func TestNothingIsDoubledWhateverBreaks(t *testing.T) {
	for _, kind := range []bitrix24sim.FaultKind{
		bitrix24sim.FaultQueryLimit, bitrix24sim.FaultOperating, bitrix24sim.FaultInternal, bitrix24sim.FaultInternalAfter,
		bitrix24sim.FaultBadGateway, bitrix24sim.FaultBadGatewayAfter, bitrix24sim.FaultCut, bitrix24sim.FaultCutBefore,
		bitrix24sim.FaultTruncated, bitrix24sim.FaultMalformed, bitrix24sim.FaultOverload,
	} {
		t.Run(string(kind), func(t *testing.T) {
			sim, acc := portal(t)
			c, wall, _ := loopback(t)
			setUp(t, c, acc)
			for _, method := range []string{"crm.deal.update", "crm.timeline.comment.add", "crm.activity.todo.add", "crm.timeline.comment.update"} {
				sim.AddFault(bitrix24sim.Fault{Method: method, Kind: kind, Times: 2})
			}
			f := &fence{}
			repeat(t, wall, func() error { _, err := c.PutCard(t.Context(), acc, "2", leavingCard(), f.open); return err })
			for _, text := range []string{"уходит", "остаётся"} {
				repeat(t, wall, func() error {
					_, err := c.PutNote(t.Context(), acc, "2", "[opendoor:1]", "", text, f.open)
					return err
				})
			}
			task := offboarding.CardTask{Marker: "[opendoor:2]", Text: "Позвонить", Due: time.Now(), ResponsibleID: "6"}
			repeat(t, wall, func() error { _, err := c.PutTask(t.Context(), acc, "2", task, f.open); return err })
			if got := sim.Comments(2); len(got) != 1 || !strings.HasPrefix(got[0].Text, "остаётся") {
				t.Errorf("comments %+v", got)
			}
			if got := sim.Activities(2); len(got) != 1 {
				t.Errorf("activities %+v", got)
			}
			if deal, _ := sim.Deal(2); deal.Fields["UF_CRM_OPENDOOR_NPS"] != "0" {
				t.Errorf("fields %v", deal.Fields)
			}
		})
	}
}

// repeat does it again until it succeeds, as the worker does; errors must be of
// those that are worth a repeat.
func repeat(t *testing.T, wall *clock, do func() error) {
	t.Helper()
	for range 6 {
		err := do()
		if err == nil {
			return
		}
		_, postponed := errors.AsType[*offboarding.Postpone](err)
		if !postponed && !offboarding.IsKind(err, offboarding.KindUnavailable) {
			t.Fatalf("not worth a repeat: %v", err)
		}
		wall.add(11 * time.Minute)
	}
	t.Fatal("it never succeeded")
}

func TestAnAddThatTimedOutIsNotRepeatedWhileItMayStillRun(t *testing.T) {
	sim, acc := portal(t)
	c, wall, _ := loopback(t)
	task := offboarding.CardTask{Marker: "[opendoor:2]", Text: "Позвонить", Due: time.Now()}
	put := func(ctx context.Context) (offboarding.Written, error) {
		return c.PutTask(ctx, acc, "2", task, (&fence{}).open)
	}
	// Nothing is done, the caller goes away before the portal answers.
	ctx, cancel := context.WithCancel(t.Context())
	sim.AddFault(bitrix24sim.Fault{Method: "crm.activity.todo.add", Kind: bitrix24sim.FaultTimeout})
	go func() {
		for len(sim.Activities(2)) == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := put(ctx); !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Fatalf("timed out: %v", err)
	}
	if _, err := put(t.Context()); err != nil {
		t.Errorf("the look finds what was done: %v", err)
	}
	task.Marker = "[opendoor:3]" // as if the portal were still busy with it: no trace yet
	a, err := c.addressOf(acc)
	if err != nil {
		t.Fatal(err)
	}
	c.adding[a.kept+" 2 "+task.Marker] = wall.now().Add(longestRun)
	if _, err := put(t.Context()); !isPostponed(err) {
		t.Errorf("while it may run: %v", err)
	}
	wall.add(longestRun + time.Second)
	if w, err := put(t.Context()); err != nil || !w.Changed {
		t.Errorf("afterwards: %+v, %v", w, err)
	}
	if n := len(sim.Activities(2)); n != 2 {
		t.Errorf("%d tasks", n)
	}
}
