package amocrm

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
)

const hookURL = "https://opendoor.example.com/hooks/amocrm/0123456789abcdef"

// setUp runs Setup and keeps its result with the account.
func (b *bench) setUp() *offboarding.SetupReport {
	b.t.Helper()
	report, err := b.con.Setup(b.t.Context(), b.acc, hookURL)
	if err != nil {
		b.t.Fatal(err)
	}
	b.acc.CardSetup = report.CardSetup
	return report
}

func (b *bench) leadNow(id string) amocrmsim.Lead {
	b.t.Helper()
	l, ok := b.sim.Lead(number64(id))
	if !ok {
		b.t.Fatalf("lead %s is not there", id)
	}
	return l
}

func listening() offboarding.Card {
	nps := 0
	return offboarding.Card{
		Fields: []offboarding.CardValue{
			{Code: offboarding.FieldState, Option: string(offboarding.StateListening)},
			{Code: offboarding.FieldNPS, Number: &nps},
			{Code: offboarding.FieldEffectiveOn, Day: "2026-12-31"},
			{Code: offboarding.FieldCaseURL, Text: "https://opendoor.example.com/cases/1"},
		},
		Tags: []string{offboarding.TagLeaving},
	}
}

func TestTheCardShowsTheCaseAndIsWrittenOnce(t *testing.T) {
	for name, withSetup := range map[string]bool{"ids kept with the account": true, "fields found by their codes": false} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, amocrmsim.Config{})
			b.setUp()
			if !withSetup {
				b.acc.CardSetup = nil
			}
			id := b.lost()
			before := b.leadNow(id)
			mark := b.mark()
			w, err := b.con.PutCard(t.Context(), b.acc, id, listening(), open)
			if err != nil || !w.Changed || !w.At.Equal(b.now) {
				t.Fatalf("written %+v, %v", w, err)
			}
			if patches := count(b.calls(mark), "PATCH"); patches != 1 {
				t.Errorf("%d patches", patches)
			}
			l := b.leadNow(id)
			if got := l.Fields[offboarding.FieldState]; len(got) != 1 || got[0] != "Слушаем" {
				t.Errorf("state %v", got)
			}
			if len(l.Fields[offboarding.FieldNPS]) != 1 || len(l.Fields[offboarding.FieldEffectiveOn]) != 1 || len(l.Fields[offboarding.FieldCaseURL]) != 1 {
				t.Errorf("fields %v", l.Fields)
			}
			if !slices.Equal(l.Tags, []string{offboarding.TagLeaving}) {
				t.Errorf("tags %v", l.Tags)
			}
			if l.StatusID != before.StatusID || l.PipelineID != before.PipelineID || l.Responsible != before.Responsible || l.LossReasonID != before.LossReasonID {
				t.Errorf("the write touched what is a person's: %+v", l)
			}

			// The same once more changes nothing, so that no echo starts a loop.
			mark = b.mark()
			w, err = b.con.PutCard(t.Context(), b.acc, id, listening(), closed)
			if err != nil || w.Changed || count(b.calls(mark), "PATCH") != 0 {
				t.Errorf("repeated: %+v, %v, %v", w, err, b.calls(mark))
			}
		})
	}
}

func TestOnlyTheDifferenceIsWritten(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.setUp()
	id := strconv.FormatInt(must(b.sim.CreateLead(amocrmsim.NewLead{Name: "a", Tags: []string{"VIP", offboarding.TagStayed}})), 10)
	if _, err := b.con.PutCard(t.Context(), b.acc, id, listening(), open); err != nil {
		t.Fatal(err)
	}
	if tags := b.leadNow(id).Tags; !slices.Contains(tags, "VIP") || slices.Contains(tags, offboarding.TagStayed) {
		t.Errorf("tags %v", tags)
	}
	card := listening()
	card.Fields[3].Text = "" // clears
	card.Tags = []string{offboarding.TagParted}
	mark := b.mark()
	if _, err := b.con.PutCard(t.Context(), b.acc, id, card, open); err != nil {
		t.Fatal(err)
	}
	ledger := b.sim.Ledger()[mark:]
	body := ledger[len(ledger)-1].Body
	if strings.Count(body, "field_id") != 1 || !strings.Contains(body, `"values":null`) || strings.Contains(body, "status_id") {
		t.Errorf("body %s", body)
	}
	l := b.leadNow(id)
	if len(l.Fields[offboarding.FieldCaseURL]) != 0 || slices.Contains(l.Tags, offboarding.TagLeaving) || !slices.Contains(l.Tags, offboarding.TagParted) {
		t.Errorf("fields %v, tags %v", l.Fields, l.Tags)
	}
}

func TestWithoutFieldsTheTagsAreWritten(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	w, err := b.con.PutCard(t.Context(), b.acc, id, listening(), open)
	if err != nil || !w.Changed || !slices.Contains(b.leadNow(id).Tags, offboarding.TagLeaving) {
		t.Errorf("%+v, %v, %v", w, err, b.leadNow(id).Tags)
	}
}

func TestAFieldThatSomebodyRemovedDoesNotStopTheRest(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.setUp()
	id := b.lost()
	for _, f := range b.sim.Fields() {
		if f.Code == offboarding.FieldNPS {
			if _, err := b.con.call(t.Context(), b.acc, "DELETE", "leads/custom_fields/"+strconv.FormatInt(f.ID, 10), nil, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	fences := 0
	w, err := b.con.PutCard(t.Context(), b.acc, id, listening(), func(context.Context) error { fences++; return nil })
	if err != nil || !w.Changed || fences != 1 {
		t.Fatalf("%+v, %v, fence asked %d times", w, err, fences)
	}
	if l := b.leadNow(id); len(l.Fields[offboarding.FieldState]) != 1 || len(l.Fields[offboarding.FieldNPS]) != 0 {
		t.Errorf("fields %v", l.Fields)
	}
}

func TestAClosedFenceStopsEveryWrite(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.setUp()
	id := b.lost()
	mark := b.mark()
	_, cardErr := b.con.PutCard(t.Context(), b.acc, id, listening(), closed)
	_, noteErr := b.con.PutNote(t.Context(), b.acc, id, "[opendoor:1]", "", "text", closed)
	_, taskErr := b.con.PutTask(t.Context(), b.acc, id, offboarding.CardTask{Marker: "[opendoor:2]", Text: "text", Due: b.now}, closed)
	for _, err := range []error{cardErr, noteErr, taskErr} {
		if !errors.Is(err, offboarding.ErrFenced) {
			t.Errorf("got %v", err)
		}
	}
	for _, call := range b.calls(mark) {
		if !strings.HasPrefix(call, "GET ") {
			t.Errorf("%s behind a closed fence", call)
		}
	}
}

func TestTheSummaryIsOneNoteEditedInPlace(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	must(b.sim.AddNote(number64(id), "a note of a person", 9_350_003))
	put := func(ref, text string) offboarding.Written {
		t.Helper()
		w, err := b.con.PutNote(t.Context(), b.acc, id, "[opendoor:abc]", ref, text, open)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := put("", "Клиент уходит")
	if !first.Changed || first.Ref == "" {
		t.Fatalf("first %+v", first)
	}
	if again := put("", "Клиент уходит"); again.Changed || again.Ref != first.Ref {
		t.Errorf("found by its marker: %+v", again)
	}
	if edited := put(first.Ref, "Клиент ответил"); !edited.Changed || edited.Ref != first.Ref {
		t.Errorf("edited %+v", edited)
	}
	if same := put(first.Ref, "Клиент ответил"); same.Changed {
		t.Errorf("same text: %+v", same)
	}
	notes := b.sim.Notes(number64(id))
	var texts []string
	for _, n := range notes {
		if n.Type == "common" {
			texts = append(texts, n.Text())
		}
	}
	want := []string{"a note of a person", "Клиент ответил\n\n[opendoor:abc]"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
	if moved := put("999999999", "Клиент ответил"); moved.Ref != first.Ref {
		t.Errorf("a wrong reference: %+v", moved)
	}
}

func TestANoteThatWasDeletedIsWrittenAnew(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	w, err := b.con.PutNote(t.Context(), b.acc, id, "[opendoor:abc]", "999999999", "Клиент уходит", open)
	if err != nil || !w.Changed || w.Ref == "999999999" {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestANoteIsEditedAtItsOtherAddressToo(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	first, err := b.con.PutNote(t.Context(), b.acc, id, "[opendoor:abc]", "", "Клиент уходит", open)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v4/leads/notes/") {
			http.NotFound(w, r)
			return
		}
		b.sim.ServeHTTP(w, r)
	}))
	defer srv.Close()
	b.acc.BaseURL = srv.URL
	edited, err := b.con.PutNote(t.Context(), b.acc, id, "[opendoor:abc]", first.Ref, "Клиент ответил", open)
	if err != nil || edited.Ref != first.Ref || len(b.sim.Notes(number64(id))) != 1 {
		t.Errorf("%+v, %v", edited, err)
	}
}

func TestTheTaskGoesToWhoStillWorksHere(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	tests := map[string]struct {
		responsible string
		want        int64
	}{
		"the responsible":    {"9350003", 9_350_003},
		"dismissed":          {strconv.FormatInt(amocrmsim.DismissedID, 10), 0},
		"nobody":             {"", 0},
		"never worked there": {"77", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			id := b.lost()
			due := b.now.Add(24 * time.Hour)
			task := offboarding.CardTask{Marker: "[opendoor:call]", Text: "Позвонить клиенту", Due: due, ResponsibleID: tt.responsible}
			w, err := b.con.PutTask(t.Context(), b.acc, id, task, open)
			if err != nil || !w.Changed || w.Ref == "" {
				t.Fatalf("%+v, %v", w, err)
			}
			again, err := b.con.PutTask(t.Context(), b.acc, id, task, open)
			if err != nil || again.Changed || again.Ref != w.Ref {
				t.Errorf("again: %+v, %v", again, err)
			}
			tasks := b.sim.Tasks(number64(id))
			if len(tasks) != 1 || tasks[0].CompleteTill != due.Unix() || !strings.Contains(tasks[0].Text, "[opendoor:call]") {
				t.Fatalf("tasks %+v", tasks)
			}
			if tt.want != 0 && tasks[0].Responsible != tt.want || tasks[0].Responsible == amocrmsim.DismissedID {
				t.Errorf("responsible %d", tasks[0].Responsible)
			}
		})
	}
}

// TestALostAnswerDoublesNothing repeats each write whose answer was lost after
// it had been carried out.
func TestALostAnswerDoublesNothing(t *testing.T) {
	for _, fault := range []amocrmsim.FaultKind{
		amocrmsim.FaultCutApplied, amocrmsim.FaultGatewayTimeout, amocrmsim.FaultTruncated, amocrmsim.FaultMalformed, amocrmsim.FaultCut, amocrmsim.FaultServerError,
	} {
		t.Run(string(fault), func(t *testing.T) {
			b := newBench(t, amocrmsim.Config{})
			b.setUp()
			id := b.lost()
			task := offboarding.CardTask{Marker: "[opendoor:call]", Text: "Позвонить", Due: b.now}
			writes := map[string]func() error{
				"card": func() error { _, err := b.con.PutCard(t.Context(), b.acc, id, listening(), open); return err },
				"note": func() error {
					_, err := b.con.PutNote(t.Context(), b.acc, id, "[opendoor:abc]", "", "text", open)
					return err
				},
				"task": func() error { _, err := b.con.PutTask(t.Context(), b.acc, id, task, open); return err },
			}
			for name, write := range writes {
				for _, method := range []string{"POST", "PATCH"} {
					b.sim.AddFault(amocrmsim.Fault{Method: method, Kind: fault})
				}
				err := write()
				if !offboarding.IsKind(err, offboarding.KindUnavailable) {
					t.Errorf("%s: %v", name, err)
				}
				if backoff := asBackoff(err); backoff != nil && backoff.Refused {
					t.Errorf("%s: a write that may have happened is not refused", name)
				}
				b.sim.ClearFaults()
				if err := write(); err != nil {
					t.Errorf("%s again: %v", name, err)
				}
			}
			if n := len(b.sim.Tasks(number64(id))); n != 1 {
				t.Errorf("%d tasks", n)
			}
			notes := 0
			for _, n := range b.sim.Notes(number64(id)) {
				if strings.Contains(n.Text(), "[opendoor:abc]") {
					notes++
				}
			}
			if notes != 1 || !slices.Equal(b.leadNow(id).Tags, []string{offboarding.TagLeaving}) {
				t.Errorf("%d notes, tags %v", notes, b.leadNow(id).Tags)
			}
		})
	}
}

func count(calls []string, method string) int {
	n := 0
	for _, c := range calls {
		if strings.HasPrefix(c, method+" ") {
			n++
		}
	}
	return n
}

func TestSetupIsRepeatable(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	first := b.setUp()
	if len(first.Fields) != len(offboarding.CardFields()) || first.Hook.State != "subscribed" || !first.Hook.Created || len(first.Advice) != 0 {
		t.Fatalf("first %+v", first)
	}
	for _, f := range first.Fields {
		if !f.Created || f.RemoteID == "" || f.Name == "" {
			t.Errorf("field %+v", f)
		}
	}
	for _, f := range b.sim.Fields() {
		if strings.HasPrefix(f.Code, "OPENDOOR_") && !f.APIOnly {
			t.Errorf("%s can be edited by people", f.Code)
		}
	}
	fields := len(b.sim.Fields())
	second := b.setUp()
	if second.Hook.State != "already_subscribed" || len(b.sim.Fields()) != fields || len(b.sim.Webhooks()) != 1 {
		t.Errorf("second %+v", second.Hook)
	}
	for _, f := range second.Fields {
		if f.Created {
			t.Errorf("%s was created twice", f.Code)
		}
	}
	if strings.Contains(string(second.CardSetup), hookURL) {
		t.Error("the hook's address is a secret and must not stand in the setup")
	}
}

func TestSetupKeepsWhatAHookIsSubscribedToAndSwitchesItOn(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.sim.Subscribe(hookURL, "add_contact", "status_lead")
	b.sim.SetWebhookDisabled(hookURL, true)
	if got := b.setUp(); got.Hook.State != "subscribed" {
		t.Errorf("hook %+v", got.Hook)
	}
	hooks := b.sim.Webhooks()
	if len(hooks) != 1 || hooks[0].Disabled {
		t.Fatalf("hooks %+v", hooks)
	}
	for _, s := range append([]string{"add_contact"}, subscription...) {
		if !slices.Contains(hooks[0].Settings, s) {
			t.Errorf("%s is missing in %v", s, hooks[0].Settings)
		}
	}
}

func TestSetupSwitchesOnAHookThatLacksNothing(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.setUp()
	b.sim.SetWebhookDisabled(hookURL, true)
	if got := b.setUp(); got.Hook.State != "subscribed" || b.sim.Webhooks()[0].Disabled {
		t.Errorf("hook %+v", got.Hook)
	}
}

func TestSetupAddsValuesThatAnOlderVersionLacked(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	old := []newField{{
		Name: "Уход: состояние", Type: "select", Code: offboarding.FieldState, IsAPIOnly: true,
		Enums: []enum{{Value: "Получено", Code: "received"}, {Value: "Слушаем"}},
	}}
	if _, err := b.con.send(t.Context(), b.acc, "POST", "leads/custom_fields", old, nil); err != nil {
		t.Fatal(err)
	}
	b.setUp()
	state := setupOf(b.acc).Fields[offboarding.FieldState]
	if len(state.Enums) != len(offboarding.States) {
		t.Errorf("%d of %d values", len(state.Enums), len(offboarding.States))
	}
	for _, f := range b.sim.Fields() {
		if f.Code == offboarding.FieldState && len(f.Choices) != len(offboarding.States) {
			t.Errorf("the CRM has %d values", len(f.Choices))
		}
	}
}

func TestWhereThePlanForbidsHooksAPersonIsToldWhatToTick(t *testing.T) {
	for _, fault := range []amocrmsim.FaultKind{amocrmsim.FaultForbidden, amocrmsim.FaultUnpaid} {
		t.Run(string(fault), func(t *testing.T) {
			b := newBench(t, amocrmsim.Config{})
			b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/webhooks", Kind: fault, Times: -1})
			got := b.setUp()
			if got.Hook.State != "by_hand" || !strings.Contains(got.Hook.Detail, hookURL) || len(got.Advice) != 1 {
				t.Errorf("hook %+v, advice %v", got.Hook, got.Advice)
			}
			if len(got.Fields) != len(offboarding.CardFields()) {
				t.Errorf("fields %+v", got.Fields)
			}
		})
	}
}

func TestWithoutRightsToMakeFieldsSetupAdvises(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.sim.AddFault(amocrmsim.Fault{Method: "POST", PathPrefix: "/api/v4/leads/custom_fields", Kind: amocrmsim.FaultForbidden})
	got := b.setUp()
	if len(got.Fields) != 0 || len(got.Advice) != 1 || got.Hook.State != "subscribed" {
		t.Errorf("report %+v", got)
	}
}

func TestACheckTellsWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		spoil func(b *bench)
		wrong string // the item that is not OK
	}{
		"all is well":             {func(*bench) {}, ""},
		"the token is refused":    {func(b *bench) { b.acc.Credentials = offboarding.Credentials{"access_token": "x"} }, "token"},
		"another account's token": {func(b *bench) { b.acc.RemoteID = "1" }, "token"},
		"the account is blocked":  {func(b *bench) { b.sim.AddFault(amocrmsim.Fault{Kind: amocrmsim.FaultBlocked, Times: -1}) }, "token"},
		"a stage is gone": {func(b *bench) {
			b.acc.Triggers = []offboarding.Trigger{{PipelineID: "1", StageID: "2", Means: offboarding.MeansCancelled}}
		}, "pipelines"},
		"the hook is off":         {func(b *bench) { b.sim.SetWebhookDisabled(hookURL, true) }, "hook"},
		"the hook of another key": {func(b *bench) { b.acc.CardSetup = []byte(`{"hook_hash":"00"}`) }, "hook"},
		"users cannot be read": {func(b *bench) {
			b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/users", Kind: amocrmsim.FaultForbidden})
		}, "rights"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, amocrmsim.Config{})
			b.setUp()
			tt.spoil(b)
			wrong := ""
			for _, item := range b.con.Check(t.Context(), b.acc) {
				if item.Name == "" || item.Detail == "" {
					t.Errorf("item %+v", item)
				}
				if !item.OK {
					wrong += item.Name
				}
			}
			if wrong != tt.wrong {
				t.Errorf("wrong: %q, want %q", wrong, tt.wrong)
			}
		})
	}
	b := newBench(t, amocrmsim.Config{})
	var names []string
	for _, item := range b.con.Check(t.Context(), b.acc) {
		if !item.OK {
			names = append(names, item.Name)
		}
	}
	if !slices.Equal(names, []string{"hook", "fields"}) {
		t.Errorf("before setup: %v", names)
	}
}

func TestPipelinesAreListedWithTheirOutcomes(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	pipes, err := b.con.Pipelines(t.Context(), b.acc)
	if err != nil || len(pipes) != 2 {
		t.Fatalf("%+v, %v", pipes, err)
	}
	outcomes := map[string]offboarding.Outcome{}
	for _, s := range pipes[1].Stages {
		outcomes[s.ID] = s.Outcome
	}
	if pipes[1].Name != "Обслуживание" || outcomes["142"] != offboarding.OutcomeWon || outcomes["143"] != offboarding.OutcomeLost {
		t.Errorf("%+v", pipes[1])
	}
	if id, err := b.con.RemoteID(t.Context(), b.acc); err != nil || id != b.acc.RemoteID {
		t.Errorf("remote id %q, %v", id, err)
	}
}
