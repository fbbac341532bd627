package amocrm

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
)

func itemOf(t *testing.T, items []offboarding.CheckItem, name string) offboarding.CheckItem {
	t.Helper()
	i := slices.IndexFunc(items, func(it offboarding.CheckItem) bool { return it.Name == name })
	if i < 0 {
		t.Fatalf("no %s among %+v", name, items)
	}
	return items[i]
}

func TestATokensEndIsReadInTheToken(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	for left, stage := range map[time.Duration]string{31 * 24 * time.Hour: "", 29 * 24 * time.Hour: "30", 6 * 24 * time.Hour: "7", time.Hour: "1"} {
		claims := fmt.Sprintf(`{"exp":%d,"scopes":["crm"]}`, b.now.Add(left).Unix())
		b.acc.Credentials["access_token"] = "h." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".s"
		items := b.con.checkTokenEnd(b.acc)
		if len(items) != 1 || items[0].Stage != stage || items[0].OK != (stage == "") || items[0].OK != (items[0].Advice == "") {
			t.Errorf("%s before the end: %+v", left, items)
		}
	}
	for _, token := range []string{"opaque", "a.b.c", "a." + base64.RawURLEncoding.EncodeToString([]byte(`{}`)) + ".c"} {
		b.acc.Credentials["access_token"] = token
		if items := b.con.checkTokenEnd(b.acc); len(items) != 0 {
			t.Errorf("a token that tells nothing: %+v", items)
		}
	}
}

func TestACheckTellsTroubleOfTheAccountFromThatOfTheMoment(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	for kind, want := range map[amocrmsim.FaultKind]offboarding.CheckItem{
		amocrmsim.FaultUnauthorized: {Refused: true}, amocrmsim.FaultBlocked: {Parked: true}, amocrmsim.FaultUnpaid: {Parked: true},
		amocrmsim.FaultServerError: {Unknown: true}, amocrmsim.FaultCut: {Unknown: true},
	} {
		b.sim.ClearFaults()
		b.sim.AddFault(amocrmsim.Fault{Kind: kind, Times: -1})
		got := b.con.Check(t.Context(), b.acc)[0]
		if got.OK || got.Refused != want.Refused || got.Parked != want.Parked || got.Unknown != want.Unknown {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

func TestLeadsThatWouldHaveBeenCaughtAreFoundInFewCalls(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	var lost []string
	for range 3 {
		lost = append(lost, b.lost())
	}
	moved := must(b.sim.CreateLead(amocrmsim.NewLead{Name: "Претензия", PipelineID: amocrmsim.PipelineService, StatusID: amocrmsim.StatusServiceActive}))
	pipelines, err := b.con.Pipelines(t.Context(), b.acc)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(pipelines, func(p offboarding.Pipeline) bool { return p.ID == fmt.Sprint(amocrmsim.PipelineService) })
	open := pipelines[at].Stages[len(pipelines[at].Stages)-3] // the last that is not final
	if err := b.sim.MoveLead(moved, amocrmsim.PipelineService, number64(open.ID), 9_350_003, 0); err != nil {
		t.Fatal(err)
	}
	mark := b.mark()
	service := fmt.Sprint(amocrmsim.PipelineService)
	got, err := b.con.Caught(t.Context(), b.acc, []offboarding.StageRef{{PipelineID: service, StageID: "143"}, {PipelineID: service, StageID: open.ID}}, b.now.AddDate(0, 0, -90))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Deals) != 4 || got.More {
		t.Fatalf("%d deals: %+v", len(got.Deals), got)
	}
	for _, d := range got.Deals {
		if d.Title == "" || d.URL == "" || d.At.IsZero() || !slices.Contains(append(lost, fmt.Sprint(moved)), d.ID) {
			t.Errorf("%+v", d)
		}
	}
	if calls := b.calls(mark); len(calls) > 9 {
		t.Errorf("%d calls", len(calls))
	}
	if later, err := b.con.Caught(t.Context(), b.acc, []offboarding.StageRef{{PipelineID: service, StageID: "143"}}, b.now.Add(time.Minute)); err != nil || len(later.Deals) != 0 {
		t.Errorf("since a minute from now: %+v, %v", later, err)
	}
}

func TestASetupIsTakenBack(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	report, err := b.con.Setup(t.Context(), b.acc, hookURL)
	if err != nil {
		t.Fatal(err)
	}
	b.acc.CardSetup = report.CardSetup
	rights, err := b.con.Rights(t.Context(), b.acc)
	if err != nil || len(rights) < 4 || slices.ContainsFunc(rights, func(r offboarding.Right) bool { return !r.OK || r.Detail == "" }) {
		t.Errorf("rights %+v, %v", rights, err)
	}
	if it := itemOf(t, b.con.Check(t.Context(), b.acc), "hook"); !it.OK {
		t.Errorf("hook: %+v", it)
	}
	if hook, err := b.con.Unsubscribe(t.Context(), b.acc, hookURL); err != nil || hook.State != offboarding.HookUnsubscribed || len(b.sim.Webhooks()) != 0 {
		t.Errorf("hook %+v, %v", hook, err)
	}
	if hook, err := b.con.Unsubscribe(t.Context(), b.acc, hookURL); err != nil || hook.State != offboarding.HookUnsubscribed {
		t.Errorf("twice: %+v, %v", hook, err)
	}
	removed, err := b.con.RemoveFields(t.Context(), b.acc)
	if err != nil || len(removed) != len(offboarding.CardFields()) {
		t.Errorf("removed %v, %v", removed, err)
	}
	b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/webhooks", Kind: amocrmsim.FaultUnpaid, Times: -1})
	for what, call := range map[string]func() (offboarding.SetupHook, error){
		"subscribe": func() (offboarding.SetupHook, error) {
			r, err := b.con.Subscribe(t.Context(), b.acc, hookURL)
			if err != nil {
				return offboarding.SetupHook{}, err
			}
			return r.Hook, nil
		},
		"unsubscribe": func() (offboarding.SetupHook, error) { return b.con.Unsubscribe(t.Context(), b.acc, hookURL) },
	} {
		if hook, err := call(); err != nil || hook.State != offboarding.HookByHand || hook.Detail == "" {
			t.Errorf("%s where the plan forbids it: %+v, %v", what, hook, err)
		}
	}
}
