package offboarding_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

// What a person has mended is gone at once, not at the next round.
func TestWhatACheckOrSetupShowsToBeMendedIsNoProblemAnyMore(t *testing.T) {
	w := watch(t)
	w.must(w.store.SaveSetup(t.Context(), w.acc.ID, od.SetupState{Hook: od.HookSubscribed, FieldsMade: true}))
	w.crm.byHand = true
	broken := []od.CheckItem{
		{Name: "token", OK: true},
		{Name: "pipelines", Detail: "gone"},
		{Name: "triggers", OK: true},
		{Name: "hook", Detail: "off"},
		{Name: "fields", Detail: "gone"},
	}
	w.crm.items = broken
	if open := kinds(w.look()); len(open) != 3 {
		t.Fatalf("open: %v", open)
	}
	open := func() []od.ProblemKind {
		t.Helper()
		found, err := w.store.OpenProblems(t.Context(), []uuid.UUID{w.acc.ID})
		w.must(err)
		return kinds(found)
	}
	acc, err := w.store.Account(t.Context(), w.acc.ID)
	w.must(err)

	w.must(od.CheckedGood(t.Context(), w.store, acc, broken, w.clock))
	w.must(od.CheckedGood(t.Context(), w.store, acc, []od.CheckItem{{Name: "token"}, {Name: "fields", OK: true}}, w.clock))
	if got := open(); len(got) != 3 {
		t.Errorf("after a bad check: %v", got)
	}
	w.must(od.CheckedGood(t.Context(), w.store, acc, []od.CheckItem{{Name: "token", OK: true}, {Name: "fields", OK: true}}, w.clock))
	if got := open(); len(got) != 2 || slices.Contains(got, od.ProblemFields) {
		t.Errorf("after a check that found the fields: %v", got)
	}
	w.crm.byHand = false
	_, err = od.SetUp(t.Context(), w.store, od.Connectors{acc.Provider: w.crm}, acc, publicURL, []od.SetupStep{od.StepHook}, od.Actor("test"), time.Now())
	w.must(err)
	if got := open(); !slices.Equal(got, []od.ProblemKind{od.ProblemStages}) {
		t.Errorf("after setup subscribed the hook: %v", got)
	}
}
