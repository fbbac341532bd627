package bitrix24

import (
	"testing"
	"time"

	"opendoor/offboarding"
)

func TestWhatAPersonWroteOnTheCardStays(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	setUp(t, c, acc)
	id := lost(t, sim, 2)
	card := leavingCard()
	card.Memory = offboarding.CardMemory{}
	w, err := c.PutCard(t.Context(), acc, id, card, (&fence{}).open)
	if err != nil || len(w.Shown) != len(card.Fields)-1 || len(w.Left) != 0 {
		t.Fatalf("the first time: %+v, %v", w, err)
	}
	for _, v := range card.Fields {
		card.Memory[v.Code] = offboarding.Remembered{Wrote: v.Plain()}
	}
	options := map[string]map[string]int{}
	for _, uf := range sim.UserFields() {
		options[uf.Name] = uf.Options
	}
	if err := sim.UpdateDeal(2, map[string]any{
		"UF_CRM_OPENDOOR_STATE": options["UF_CRM_OPENDOOR_STATE"]["parted"], "UF_CRM_OPENDOOR_NPS": 9,
		"UF_CRM_OPENDOOR_EFFECTIVE_ON": "2027-01-01", "UF_CRM_OPENDOOR_REASON": "",
	}, 6); err != nil {
		t.Fatal(err)
	}
	seven := 7
	card.Fields[0].Option, card.Fields[1].Option, card.Fields[2].Number, card.Fields[3].Day = "listening", "fit", &seven, "2027-01-31"
	card.Fields[4].Text = "https://opendoor.example/cases/2"
	w, err = c.PutCard(t.Context(), acc, id, card, (&fence{}).open)
	if err != nil || !w.Changed {
		t.Fatalf("%+v, %v", w, err)
	}
	for code, value := range map[string]string{
		offboarding.FieldState: "parted", offboarding.FieldNPS: "9", offboarding.FieldEffectiveOn: "2027-01-01", offboarding.FieldReason: "",
	} {
		if left, ok := w.Left[code]; !ok || left != value {
			t.Errorf("%s was left at %q (%v), want %q", code, left, ok, value)
		}
	}
	if deal, _ := sim.Deal(2); deal.Fields["UF_CRM_OPENDOOR_CASE_URL"] != "https://opendoor.example/cases/2" {
		t.Errorf("what nobody touched shows %v", deal.Fields["UF_CRM_OPENDOOR_CASE_URL"])
	}
}

func TestAToDoIsTickedOffOnce(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	task := offboarding.CardTask{Marker: "[opendoor:1:call]", Text: "Позвонить", Due: time.Date(2031, 6, 2, 9, 30, 0, 0, time.UTC)}
	made, err := c.PutTask(t.Context(), acc, "2", task, (&fence{}).open)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CloseTask(t.Context(), acc, "2", made.Ref, "", closed); err == nil {
		t.Error("a closed fence let the to-do be ticked off")
	}
	for i := range 3 {
		w, err := c.CloseTask(t.Context(), acc, "2", made.Ref, "", (&fence{}).open)
		if err != nil || w.Changed != (i == 0) {
			t.Fatalf("%d: %+v, %v", i, w, err)
		}
	}
	if a := sim.Activities(2); len(a) != 1 || !a[0].Completed {
		t.Errorf("activities %+v", a)
	}
	for _, ref := range []string{"", "nonsense", "999999"} {
		if w, err := c.CloseTask(t.Context(), acc, "2", ref, "", closed); err != nil || w.Changed {
			t.Errorf("%q: %+v, %v", ref, w, err)
		}
	}
}
