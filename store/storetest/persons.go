package storetest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// persons: everything about a person is found, nothing of it is left after an
// erasure, and the person is recognised all the same.
func persons(f *fixture) {
	c := f.newCase("17")
	c.Client = offboarding.Client{ID: "5", Name: "Анна Примерова", Email: "Anna@Example.com", Phone: "+7 (999) 000-11-22"}
	f.ok(f.s.AddCase(f.ctx, c))
	other := f.newCase("18")
	other.Client = offboarding.Client{ID: "6", Name: "Пётр Образцов", Email: "petr@example.com", Phone: "8 999 000 33 44"}
	f.ok(f.s.AddCase(f.ctx, other))
	m, _ := f.letter(c, "T03")
	m.To, m.ToName, m.Text, m.State, m.SentAt = "anna@example.com", "Анна Примерова", "Здравствуйте, Анна!", offboarding.MessageSent, f.now
	m.Tone = &offboarding.ToneRecord{Verdict: "warn", Findings: []offboarding.ToneFinding{{Rule: "fake_cheer", Text: "Анна!!!"}}}
	f.ok(f.s.SaveMessage(f.ctx, m))
	f.ok(f.s.AddLink(f.ctx, &offboarding.Link{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, Purpose: "s", Recipient: "anna@example.com", TokenHash: []byte("x"), ExpiresAt: f.now}))
	f.ok(f.s.AddConsent(f.ctx, &offboarding.ContactConsent{ID: offboarding.NewID(), Person: "anna@example.com", Hash: []byte("h"), Channel: "email", Class: "marketing", Given: true, GrantedAt: f.now, CaseID: &c.ID}))
	f.ok(f.s.AddDeliveries(f.ctx, []*offboarding.Delivery{f.delivery("contact=anna%40example.com"), f.delivery(`{"email":"petr@example.com"}`)}, time.Minute))
	f.ok(f.s.AddFile(f.ctx, &offboarding.File{ID: offboarding.NewID(), AccountID: c.AccountID, OwnerID: c.ID, Name: "паспорт Примеровой.pdf", Blob: offboarding.Blob{SHA256: strings.Repeat("a", 64)}}))

	for _, by := range [][2]string{{"anna@EXAMPLE.com", ""}, {"", "79990001122"}} {
		if found := must[[]*offboarding.Case](f)(f.s.CasesOfPerson(f.ctx, by[0], by[1])); len(found) != 1 || found[0].ID != c.ID {
			f.Fatalf("by %v: %d cases", by, len(found))
		}
	}
	anna := offboarding.Subject{Emails: []string{"Anna@Example.com"}, Phones: []string{c.Client.Phone}, Cases: []uuid.UUID{c.ID}}
	seen, err := json.Marshal(must[map[string][]map[string]any](f)(f.s.RowsOf(f.ctx, anna)))
	f.ok(err)
	for _, want := range []string{"Здравствуйте, Анна!", "Примерова", "паспорт", "wording", c.ID.String()} {
		if !strings.Contains(string(seen), want) {
			f.Errorf("the export lacks %q", want)
		}
	}
	if strings.Contains(string(seen), "Образцов") || strings.Contains(string(seen), "petr@") {
		f.Error("the export tells of somebody else")
	}

	erased := must[map[string]int](f)(f.s.EraseRows(f.ctx, anna))
	if erased["messages"] != 1 || erased["links"] != 1 || erased["consents"] != 1 || erased["files"] != 1 || erased["deliveries"] != 1 {
		f.Errorf("%v", erased)
	}
	left, err := json.Marshal(must[map[string][]map[string]any](f)(f.s.RowsOf(f.ctx, offboarding.Subject{Cases: anna.Cases})))
	f.ok(err)
	left = []byte(strings.Split(string(left), `"cases":[`)[0]) // the case itself is made anonymous by the domain
	for _, gone := range []string{"Здравствуйте", "anna", "паспорт", "Анна"} {
		if strings.Contains(string(left), gone) {
			f.Errorf("%q is left: %s", gone, left)
		}
	}
	got := must[*offboarding.Message](f)(f.s.Message(f.ctx, nil, m.ID))
	if got.Text != "" || got.Tone == nil || got.Tone.Findings[0].Rule != "fake_cheer" || got.State != offboarding.MessageSent {
		f.Errorf("what numbers need is gone, or more is left: %+v", got)
	}

	if must[bool](f)(f.s.Erased(f.ctx, []string{"anna@example.com"}, nil)) {
		f.Error("nobody was remembered yet")
	}
	act := &offboarding.Erasure{ID: offboarding.NewID(), State: "done", RequestedBy: "key:office", Cases: anna.Cases, Erased: erased, Kept: []string{"statistics"}, CreatedAt: f.now, DoneAt: f.now}
	f.ok(f.s.SaveErasure(f.ctx, act))
	f.ok(f.s.AddErased(f.ctx, act.ID, anna.Emails, anna.Phones, f.now))
	f.ok(f.s.AddErased(f.ctx, act.ID, anna.Emails, anna.Phones, f.now))
	for _, who := range []struct {
		email, phone string
		want         bool
	}{{"ANNA@example.com", "", true}, {"", "8 999 000-11-22", true}, {"petr@example.com", "8 999 000 33 44", false}, {"", "", false}} {
		if got := must[bool](f)(f.s.Erased(f.ctx, []string{who.email}, []string{who.phone})); got != who.want {
			f.Errorf("%+v: %v", who, got)
		}
	}
	same(f, must[[]*offboarding.Erasure](f)(f.s.Erasures(f.ctx, offboarding.Page{})), []*offboarding.Erasure{act})
}

// retention: what is over and old is found; a hold and what still runs is not.
func retention(f *fixture) {
	add := func(deal string, change func(c *offboarding.Case)) *offboarding.Case {
		c := f.newCase(deal)
		c.State = offboarding.StateClosed
		change(c)
		f.ok(f.s.AddCase(f.ctx, c))
		return c
	}
	over := add("1", func(*offboarding.Case) {})
	add("2", func(c *offboarding.Case) { c.LegalHold = "a lawsuit" })
	add("3", func(c *offboarding.Case) { c.State = offboarding.StateLeaving })
	add("4", func(c *offboarding.Case) { c.Erased = true })
	add("5", func(c *offboarding.Case) { c.CreatedAt = f.now.AddDate(0, 0, 10) })
	same(f, must[[]uuid.UUID](f)(f.s.CasesToForget(f.ctx, f.now.AddDate(0, 0, 1), 10)), []uuid.UUID{over.ID})

	f.ok(f.s.AddDeliveries(f.ctx, []*offboarding.Delivery{f.delivery("a"), f.delivery("b")}, time.Minute))
	if n := must[int](f)(f.s.DropDeliveries(f.ctx, f.now.Add(time.Hour), 10)); n != 0 {
		f.Errorf("%d bodies are forgotten that nobody has read", n)
	}
	f.ok(f.s.InTx(f.ctx, func(tx offboarding.Store) error {
		taken, err := tx.TakeDeliveries(f.ctx, 10)
		for _, d := range taken {
			if err == nil {
				err = tx.MarkUnpacked(f.ctx, []uuid.UUID{d.ID}, f.now, "")
			}
		}
		return err
	}))
	for _, want := range []int{1, 1, 0} {
		if n := must[int](f)(f.s.DropDeliveries(f.ctx, f.now.Add(time.Hour), 1)); n != want {
			f.Errorf("%d bodies, want %d", n, want)
		}
	}
}
