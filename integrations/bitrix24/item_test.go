package bitrix24

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

// The sample portal has a smart process 1036 with the pipeline 30.
const (
	leftStage    = "DT1036_30:FAIL"
	runningStage = "DT1036_30:ACTIVE"
)

// chosenItems is a portal whose account looks at the sample smart process.
func chosenItems(t *testing.T) (*bitrix24sim.Sim, *offboarding.Account) {
	t.Helper()
	sim, acc := portal(t)
	acc.Triggers = []offboarding.Trigger{{PipelineID: "DT1036_30", StageID: leftStage, Means: offboarding.MeansCancelled}}
	return sim, acc
}

func moveItem(t *testing.T, sim *bitrix24sim.Sim, id int, stage string) {
	t.Helper()
	if err := sim.UpdateItem(1036, id, map[string]any{"stageId": stage}, 6); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyItemsOfChosenTypesAreLookedAt(t *testing.T) {
	const tail = "&ts=1739049397&auth%5Bmember_id%5D=" + portalID + "&auth%5Bapplication_token%5D=" + hookToken
	dynamic := func(name, fields string) string { return "event=" + name + fields + tail }
	const update = "&data%5BFIELDS%5D%5BID%5D=21&data%5BFIELDS%5D%5BENTITY_TYPE_ID%5D=1032"
	robot := "document_id%5B0%5D=crm&document_id%5B1%5D=Bitrix%5CCrm%5CIntegration%5CBizProc%5CDocument%5CDynamic&document_id%5B2%5D=DYNAMIC_1032_21"
	tests := map[string]struct {
		body, trigger string
		kind          offboarding.EventKind
		ignored       bool
	}{
		"added":                     {dynamic("ONCRMDYNAMICITEMADD", update), "DT1032_9:FAIL", offboarding.DealAdded, false},
		"changed":                   {dynamic("ONCRMDYNAMICITEMUPDATE", update), "DT1032_9:FAIL", offboarding.DealUpdated, false},
		"deleted":                   {dynamic("ONCRMDYNAMICITEMDELETE", update), "DT1032_9:FAIL", offboarding.DealDeleted, false},
		"bound for one type":        {dynamic("onCrmDynamicItemUpdate_1032", "&data%5BFIELDS%5D%5BID%5D=21"), "DT1032_9:FAIL", offboarding.DealUpdated, false},
		"of a robot":                {robot, "DT1032_9:FAIL", offboarding.DealStageChanged, false},
		"another type chosen":       {dynamic("ONCRMDYNAMICITEMUPDATE", update), "DT1036_30:FAIL", offboarding.OtherEvent, true},
		"nothing chosen":            {dynamic("ONCRMDYNAMICITEMUPDATE", update), "C1:LOSE", offboarding.OtherEvent, true},
		"robot, nothing chosen":     {robot, "LOSE", offboarding.OtherEvent, true},
		"an event nobody has heard": {dynamic("ONCRMDYNAMICITEMARCHIVE", update), "DT1032_9:FAIL", offboarding.OtherEvent, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			acc := account()
			acc.Triggers = []offboarding.Trigger{{StageID: tt.trigger, Means: offboarding.MeansCancelled}}
			u := quietConnector(t).Unpack(acc, form(tt.body))
			if len(u.Events) != 1 {
				t.Fatalf("got %+v", u)
			}
			if e := u.Events[0]; e.Kind != tt.kind || e.EntityID != "1032:21" || (e.Ignore != "") != tt.ignored {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestATypeIsChosenByAStageOrAPipeline(t *testing.T) {
	acc := account()
	for name, want := range map[string][]int{
		"DT1036_30:FAIL": {1036}, "DT31_4:D": {31}, "DT1036_30": {1036}, "LOSE": nil, "C7:LOSE": nil, "DT_30:FAIL": nil, "DT1036": nil, "DTx_1:A": nil, "DT2_0:LOSE": nil,
	} {
		acc.Triggers = []offboarding.Trigger{{StageID: name}}
		if got := chosenTypes(acc); !slices.Equal(got, want) {
			t.Errorf("%s chooses %v", name, got)
		}
		acc.Triggers = []offboarding.Trigger{{PipelineID: name, StageID: "X"}}
		if got := chosenTypes(acc); !slices.Equal(got, want) {
			t.Errorf("the pipeline %s chooses %v", name, got)
		}
	}
}

func TestAnItemIsReadAsADeal(t *testing.T) {
	sim, acc := chosenItems(t)
	c, _, _ := loopback(t)
	moveItem(t, sim, 3, leftStage)
	for _, methods := range [][]string{nil, {"batch"}, {"crm.type.list"}} {
		server := without(t, sim, methods...)
		acc.Credentials["webhook_url"] = sim.WebhookURL(server.URL)
		d, err := c.Deal(t.Context(), acc, "1036:3")
		if err != nil {
			t.Fatal(err)
		}
		if acc.Meaning(d) != offboarding.MeansCancelled || d.Outcome != offboarding.OutcomeLost || d.ID != "1036:3" || d.Title != "Абонемент № 3" {
			t.Errorf("without %v: %+v", methods, d)
		}
		if d.Pipeline.ID != "DT1036_30" || d.Stage != (offboarding.Named{ID: leftStage, Name: "Прекращён"}) || d.MovedAt.IsZero() || d.CreatedAt.IsZero() {
			t.Errorf("without %v: %+v", methods, d)
		}
		if !strings.HasSuffix(d.URL, "/crm/type/1036/details/3/") || d.Client.Email != "client3@example.test" || d.Responsible.Email == "" || d.Company.Name == "" {
			t.Errorf("without %v: %+v", methods, d)
		}
		if d.Amount == nil || *d.Amount != (offboarding.Money{AmountMinor: 320000, Currency: "RUB"}) {
			t.Errorf("without %v: %+v", methods, d.Amount)
		}
	}
	for _, id := range []string{"1036:999", "1099:3"} {
		if _, err := c.Deal(t.Context(), acc, id); !offboarding.IsKind(err, offboarding.KindGone) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"1036:", ":3", "1036:x", "1036:3:4", "-1:3"} {
		if _, err := c.Deal(t.Context(), acc, id); !offboarding.IsKind(err, offboarding.KindInvalid) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestThePollerFindsMovesOfItems(t *testing.T) {
	for name, mute := range map[string]bool{"by the history": false, "by what changed": true} {
		t.Run(name, func(t *testing.T) {
			sim, acc := chosenItems(t)
			sim.MuteStageHistory(1036, mute)
			c, _, _ := loopback(t)
			acc.ConnectedAt = time.Now().Add(-time.Minute)
			if events, _ := poll(t, c, acc); len(events) != 0 {
				t.Fatalf("old moves were reported: %+v", events)
			}
			moveItem(t, sim, 3, leftStage)
			lost(t, sim, 2)
			events, first := poll(t, c, acc)
			if len(events) != 2 {
				t.Fatalf("got %+v", events)
			}
			want := offboarding.UnpackedEvent{Kind: offboarding.DealStageChanged, EntityID: "1036:3", Hint: offboarding.Hint{
				To: &offboarding.StageRef{PipelineID: "DT1036_30", StageID: leftStage}, OccurredAt: events[1].Hint.OccurredAt,
			}}
			if diff := cmp.Diff(want, events[1]); diff != "" || events[1].Hint.OccurredAt.IsZero() {
				t.Error(diff)
			}
			// What is edited only, or comes again, changes no byte.
			if err := sim.UpdateItem(1036, 3, map[string]any{"title": "Другое название"}, 6); err != nil {
				t.Fatal(err)
			}
			if _, again := poll(t, c, acc); len(again) != 2 || string(again[1]) != string(first[1]) {
				t.Errorf("again %s, first %s", again, first)
			}
			if c.Unfinished(acc.Cursor) {
				t.Error("the look is not finished")
			}
		})
	}
}

func TestWhatWasOverBeforeATypeWasChosenIsHistory(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	acc.ConnectedAt = time.Now().AddDate(-1, 0, 0)
	poll(t, c, acc) // the account has been connected for long, and looked at deals only
	acc.Triggers = []offboarding.Trigger{{StageID: leftStage, Means: offboarding.MeansCancelled}}
	d, err := c.Deal(t.Context(), acc, "1036:1")
	if err != nil || time.Since(d.WatchedSince) > time.Minute {
		t.Errorf("looked at since %v, %v", d.WatchedSince, err)
	}
	if events, _ := poll(t, c, acc); len(events) != 0 {
		t.Errorf("old moves were reported: %+v", events)
	}
	moveItem(t, sim, 5, leftStage)
	if events, _ := poll(t, c, acc); len(events) != 1 || events[0].EntityID != "1036:5" {
		t.Errorf("got %+v", events)
	}
	if d, err = c.Deal(t.Context(), acc, "1036:5"); err != nil || d.WatchedSince.IsZero() || d.MovedAt.Before(d.WatchedSince.Add(-time.Minute)) {
		t.Errorf("moved %v, looked at since %v, %v", d.MovedAt, d.WatchedSince, err)
	}
	acc.Triggers = nil
	poll(t, c, acc)
	if strings.Contains(string(acc.Cursor), "1036") {
		t.Errorf("a type nobody chooses is kept: %s", acc.Cursor)
	}
}

func TestATypeThatIsGoneHoldsUpNoDeal(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	acc.Triggers = []offboarding.Trigger{{StageID: "DT1099_1:FAIL", Means: offboarding.MeansCancelled}, {StageID: "C1:LOSE", Means: offboarding.MeansCancelled}}
	poll(t, c, acc)
	lost(t, sim, 2)
	if events, _ := poll(t, c, acc); len(events) != 1 || events[0].EntityID != "2" {
		t.Errorf("got %+v", events)
	}
}

func TestAnItemIsWrittenToByNotesAndTasks(t *testing.T) {
	sim, acc := chosenItems(t)
	c, _, _ := loopback(t)
	setUp(t, c, acc)
	f := &fence{}
	first, err := c.PutNote(t.Context(), acc, "1036:3", "[opendoor:x:summary]", "", "Состояние: слушаем", f.open)
	if err != nil || !first.Changed {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := c.PutNote(t.Context(), acc, "1036:3", "[opendoor:x:summary]", "", "Состояние: расстались", f.open)
	if err != nil || second.Ref != first.Ref {
		t.Fatalf("%+v, %v", second, err)
	}
	notes := sim.ItemComments(1036, 3)
	if len(notes) != 1 || !strings.HasPrefix(notes[0].Text, "Состояние: расстались") || len(sim.Comments(3)) != 0 {
		t.Errorf("notes %+v, on the deal of the same number %+v", notes, sim.Comments(3))
	}
	task := offboarding.CardTask{Marker: "[opendoor:x:call]", Text: "Позвонить", Due: time.Now().Add(time.Hour), ResponsibleID: "6"}
	for range 2 {
		if _, err := c.PutTask(t.Context(), acc, "1036:3", task, f.open); err != nil {
			t.Fatal(err)
		}
	}
	todos := sim.ItemActivities(1036, 3)
	if len(todos) != 1 || todos[0].ResponsibleID != 6 || len(sim.Activities(3)) != 0 {
		t.Fatalf("to-dos %+v, on the deal %+v", todos, sim.Activities(3))
	}
	if _, err := c.CloseTask(t.Context(), acc, "1036:3", strconv.Itoa(todos[0].ID), "", f.open); err != nil {
		t.Fatal(err)
	}
	if todos = sim.ItemActivities(1036, 3); !todos[0].Completed {
		t.Error("the to-do is open")
	}
	asked := f.asked
	w, err := c.PutCard(t.Context(), acc, "1036:3", offboarding.Card{Fields: []offboarding.CardValue{{Code: "OPENDOOR_STATE", Option: "received"}}}, f.open)
	if err != nil || w.Changed || f.asked != asked {
		t.Errorf("a field was written: %+v, %v", w, err)
	}
}

func TestSetupShowsSmartProcesses(t *testing.T) {
	sim, acc := chosenItems(t)
	c, _, _ := loopback(t)
	acc.Triggers = nil
	pipelines, err := c.Pipelines(t.Context(), acc)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(pipelines, func(p offboarding.Pipeline) bool { return p.ID == "DT1036_30" })
	if i < 0 || pipelines[i].Name != "Абонементы" || len(pipelines[i].Stages) != 4 || pipelines[i].Stages[3] != (offboarding.Stage{ID: leftStage, Name: "Прекращён", Outcome: offboarding.OutcomeLost}) {
		t.Fatalf("got %+v", pipelines)
	}
	moveItem(t, sim, 3, leftStage)
	lost(t, sim, 2)
	stages := []offboarding.StageRef{{PipelineID: "1", StageID: "C1:LOSE"}, {PipelineID: "DT1036_30", StageID: leftStage}}
	caught, err := c.Caught(t.Context(), acc, stages, time.Now().Add(-time.Hour))
	if err != nil || len(caught.Deals) != 2 {
		t.Fatalf("%+v, %v", caught, err)
	}
	ids := []string{caught.Deals[0].ID, caught.Deals[1].ID}
	if slices.Sort(ids); !slices.Equal(ids, []string{"1036:3", "2"}) {
		t.Errorf("caught %v", ids)
	}
	acc.Triggers = []offboarding.Trigger{{StageID: leftStage, Means: offboarding.MeansCancelled}}
	for _, item := range c.checkStages(t.Context(), acc) {
		if !item.OK {
			t.Errorf("%+v", item)
		}
	}
	report, err := c.Subscribe(t.Context(), acc, "https://opendoor.example/hooks/bitrix24/key")
	if err != nil || !strings.Contains(report.Hook.Detail, "ONCRMDYNAMICITEMUPDATE") {
		t.Errorf("%+v, %v", report, err)
	}
}
