package amocrm

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
)

// lapseWatch is the trigger by which an account asks for its customers.
var lapseWatch = offboarding.Trigger{PipelineID: "customers", StageID: "lapsed", Means: offboarding.MeansCancelled}

// told polls, keeps the cursor and returns the customers that were told of.
func (b *bench) told() (ids []string) {
	b.t.Helper()
	bodies, cursor, err := b.con.Poll(b.t.Context(), b.acc)
	if err != nil {
		b.t.Fatal(err)
	}
	b.acc.Cursor = cursor
	for _, body := range bodies {
		u := b.con.Unpack(b.acc, &offboarding.Delivery{Origin: offboarding.OriginPoll, Body: body})
		for _, e := range u.Events {
			if e.Ignore == "" && !strings.HasPrefix(string(e.Kind), "deal.") {
				b.t.Errorf("nobody decides about an event of kind %s", e.Kind)
			}
		}
		if u.Malformed != "" || len(u.Events) != 1 {
			b.t.Fatalf("%s: %+v", body, u)
		}
		if e := u.Events[0]; strings.HasPrefix(e.EntityID, customerPrefix) {
			ids = append(ids, e.EntityID)
		}
	}
	return ids
}

func TestACustomerWhoFadedAwayIsALapse(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	b.acc.Triggers = []offboarding.Trigger{lapseWatch}
	contact := must(b.sim.CreateContact(amocrmsim.NewPerson{Name: "Анна Примерова", Email: "anna@client.example"}))
	customer := func(nextDate time.Time, periodicity int64) string {
		id := must(b.sim.CreateCustomer(amocrmsim.NewCustomer{
			Name: "Клиент", NextDate: nextDate, Periodicity: periodicity, NextPrice: 12_000, ContactID: contact, Responsible: amocrmsim.ManagerIDs()[0],
		}))
		return customerPrefix + strconv.FormatInt(id, 10)
	}
	history := customer(b.now.AddDate(-1, 0, 0), 30) // gone before we were connected
	soon := customer(b.now.AddDate(0, 0, -40), 30)   // bought 70 days ago, 75 are a lapse
	faithful := customer(b.now.AddDate(0, 0, 10), 30)
	if told := b.told(); len(told) != 0 {
		t.Fatalf("told of %v", told)
	}
	b.now = b.now.Add(6 * 24 * time.Hour)
	if told := b.told(); !slices.Equal(told, []string{soon}) {
		t.Fatalf("told of %v, not of %s alone (history %s, faithful %s)", told, soon, history, faithful)
	}

	d, err := b.con.Deal(t.Context(), b.acc, soon)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Lapsed || b.acc.Meaning(d) != offboarding.MeansCancelled || d.Client.Email != "anna@client.example" || d.Responsible.Name == "" ||
		!d.MovedAt.Equal(b.now.Add(-24*time.Hour).Truncate(time.Second)) || d.Amount == nil {
		t.Errorf("%+v", d)
	}
	if d, err := b.con.Deal(t.Context(), b.acc, faithful); err != nil || d.Lapsed || b.acc.Meaning(d) != offboarding.MeansNothing {
		t.Errorf("%+v, %v", d, err)
	}

	// The manager finds notes and tasks on the customer's card.
	if w, err := b.con.PutCard(t.Context(), b.acc, soon, listening(), closed); err != nil || w.Changed {
		t.Errorf("card: %+v, %v", w, err)
	}
	note := must(b.con.PutNote(t.Context(), b.acc, soon, "[opendoor:1:summary]", "", "первый", open))
	if w := must(b.con.PutNote(t.Context(), b.acc, soon, "[opendoor:1:summary]", note.Ref, "второй", open)); !w.Changed || w.Ref != note.Ref {
		t.Errorf("note: %+v after %+v", w, note)
	}
	task := offboarding.CardTask{Marker: "[opendoor:1:call]", Text: "Спросить, как дела", Due: b.now}
	first := must(b.con.PutTask(t.Context(), b.acc, soon, task, open))
	if again := must(b.con.PutTask(t.Context(), b.acc, soon, task, closed)); again.Changed || again.Ref != first.Ref {
		t.Errorf("task: %+v after %+v", again, first)
	}
	if w := must(b.con.CloseTask(t.Context(), b.acc, soon, first.Ref, "ответил", open)); !w.Changed {
		t.Error("the task was not ticked off")
	}

	// A purchase is told too, once.
	if err := b.sim.BuyAgain(number64(strings.TrimPrefix(soon, customerPrefix)), b.now.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(2 * time.Hour)
	if told := b.told(); !slices.Equal(told, []string{soon}) {
		t.Errorf("after a purchase told of %v", told)
	}
	b.now = b.now.Add(2 * time.Hour)
	if told := b.told(); len(told) != 0 {
		t.Errorf("told again of %v", told)
	}
}

func TestNobodysCustomersAreLookedAtUnasked(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	asked := func() (n int) {
		for _, call := range b.calls(0) {
			if strings.HasSuffix(call, " customers") {
				n++
			}
		}
		return n
	}
	b.told()
	if asked() != 0 {
		t.Errorf("customers were asked for %d times", asked())
	}
	// An account without customers answers that; the rest of the poll goes on, and
	// the account is not taken for unpaid.
	b.acc.Triggers = []offboarding.Trigger{lapseWatch}
	b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/customers", Kind: amocrmsim.FaultUnpaid, Times: -1})
	for range 3 {
		b.told()
	}
	if asked() != 1 {
		t.Errorf("customers were asked for %d times within an hour", asked())
	}
}

func TestSilenceIsMeasuredByTheCustomersOwnRhythm(t *testing.T) {
	next := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for periodicity, days := range map[number]int{7: 53, 24: 36, 30: 45, 90: 135, 0: 45, 5000: 549} {
		got := customer{NextDate: number(next.Unix()), Periodicity: periodicity}.lapsedAt()
		if want := next.AddDate(0, 0, days); !got.Equal(want) {
			t.Errorf("every %d days: %s, want %s", periodicity, got, want)
		}
	}
	if at := (customer{}).lapsedAt(); !at.IsZero() {
		t.Errorf("without a day: %s", at)
	}
}
