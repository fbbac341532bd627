package amocrm

import (
	"testing"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
)

// A field that shows neither nothing nor what we wrote last is a person's: it
// stays, while the others are written.
func TestWhatAPersonWroteOnTheCardStays(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.setUp()
	id := b.lost()
	card := listening()
	card.Memory = offboarding.CardMemory{}
	w, err := b.con.PutCard(t.Context(), b.acc, id, card, open)
	if err != nil || len(w.Shown) != len(card.Fields) || len(w.Left) != 0 {
		t.Fatalf("the first time: %+v, %v", w, err)
	}
	for _, v := range card.Fields {
		card.Memory[v.Code] = offboarding.Remembered{Wrote: v.Plain()}
	}
	fields := setupOf(b.acc).Fields
	value := func(code string, v any) map[string]any {
		return map[string]any{"field_id": int64(fields[code].ID), "values": []any{v}}
	}
	if err := b.sim.UpdateLead(number64(id), map[string]any{"custom_fields_values": []any{
		value(offboarding.FieldNPS, map[string]any{"value": 8}),
		value(offboarding.FieldState, map[string]any{"enum_id": int64(fields[offboarding.FieldState].Enums["parted"])}),
		value(offboarding.FieldEffectiveOn, map[string]any{"value": 1798750800}), // 1 January 2027 in Moscow
	}}, amocrmsim.ManagerIDs()[0]); err != nil {
		t.Fatal(err)
	}
	seven := 7
	card.Fields[0].Option, card.Fields[1].Number, card.Fields[2].Day, card.Fields[3].Text = "leaving", &seven, "2027-01-31", "https://opendoor.example.com/cases/2"
	w, err = b.con.PutCard(t.Context(), b.acc, id, card, open)
	if err != nil || !w.Changed {
		t.Fatalf("%+v, %v", w, err)
	}
	want := map[string]string{offboarding.FieldNPS: "8", offboarding.FieldState: "parted", offboarding.FieldEffectiveOn: "2027-01-01"}
	for code, value := range want {
		if w.Left[code] != value {
			t.Errorf("%s was left at %q, want %q", code, w.Left[code], value)
		}
	}
	if len(w.Left) != len(want) || len(w.Shown) != 1 || w.Shown[0] != offboarding.FieldCaseURL {
		t.Errorf("left %v, shown %v", w.Left, w.Shown)
	}
	if l := b.leadNow(id); l.Fields[offboarding.FieldCaseURL][0] != "https://opendoor.example.com/cases/2" {
		t.Errorf("what nobody touched shows %v", l.Fields[offboarding.FieldCaseURL])
	}

	// After a lost answer either value may stand there, and both are ours.
	card.Memory[offboarding.FieldNPS] = offboarding.Remembered{Wrote: "0", Writing: "8", Pending: true}
	if w, err = b.con.PutCard(t.Context(), b.acc, id, card, open); err != nil || !w.Changed || w.Left[offboarding.FieldNPS] != "" {
		t.Errorf("after a lost answer: %+v, %v", w, err)
	}
}

func TestATaskIsTickedOffOnce(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	made, err := b.con.PutTask(t.Context(), b.acc, id, offboarding.CardTask{Marker: "[opendoor:1:call]", Text: "Позвонить", Due: b.now}, open)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.con.CloseTask(t.Context(), b.acc, id, made.Ref, "сделано", closed); err == nil {
		t.Error("a closed fence let the task be ticked off")
	}
	for i := range 3 {
		w, err := b.con.CloseTask(t.Context(), b.acc, id, made.Ref, "сделано", open)
		if err != nil || w.Changed != (i == 0) {
			t.Fatalf("%d: %+v, %v", i, w, err)
		}
	}
	if tasks := b.sim.Tasks(number64(id)); len(tasks) != 1 || !tasks[0].Completed || tasks[0].Result != "сделано" {
		t.Errorf("tasks %+v", tasks)
	}
	for _, ref := range []string{"", "nonsense", "999999"} {
		if w, err := b.con.CloseTask(t.Context(), b.acc, id, ref, "сделано", closed); err != nil || w.Changed {
			t.Errorf("%q: %+v, %v", ref, w, err)
		}
	}
}
