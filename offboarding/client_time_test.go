package offboarding_test

import (
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

func TestATimeZoneIsReadAsPeopleWriteIt(t *testing.T) {
	for said, want := range map[string]string{
		"Asia/Omsk": "Asia/Omsk", " Europe/Moscow ": "Europe/Moscow", "МСК": "Europe/Moscow", "МСК+4": "Asia/Krasnoyarsk", "мск −1": "Europe/Kaliningrad",
		"MSK+7": "Asia/Vladivostok", "UTC+6": "Etc/GMT-6", "(GMT+03:00)": "Etc/GMT-3", "GMT-5": "Etc/GMT+5", "UTC": "Etc/UTC",
		"": "", "Local": "", "Москва": "", "UTC+99": "", "UTC+5x": "", "МСК+40": "", "../etc/passwd": "", strings.Repeat("a/", 400): "",
	} {
		if got := od.ReadZone(said); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}

func TestAPhoneTellsItsZoneOnlyWhenItCan(t *testing.T) {
	for phone, want := range map[string]string{
		"+7 495 000-00-01": "Europe/Moscow", "+7 383 200-00-01": "Asia/Novosibirsk",
		"+7 912 000-00-01": "", // a mobile number of Russia may ring anywhere
		"+49 1512 0000000": "Europe/Berlin", "+374 10 500001": "Asia/Yerevan", "8 (495) 000": "", "": "", "none": "",
	} {
		if got := od.PhoneZone(phone); got != want {
			t.Errorf("%s rings in %q, want %q", phone, got, want)
		}
	}
}

func TestABirthdayIsReadAsCardsHoldIt(t *testing.T) {
	for said, want := range map[string]string{
		"1980-01-12": "1980-01-12", "12.01.1980": "1980-01-12", "--02-29": "--02-29", "29.02": "--02-29", "": "", "1981-02-29": "", "32.01": "", "soon": "",
	} {
		if got := od.ReadBirthday(said); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}

func TestAWindowKnowsHolidays(t *testing.T) {
	w := od.DefaultPolicy().Window
	cal := (&od.Account{Lang: od.RU}).Calendar()
	loc, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time { v, _ := time.ParseInLocation("2006-01-02 15:04", s, loc); return v }
	night := &od.Window{Days: []time.Weekday{time.Tuesday, time.Wednesday, time.Thursday}, From: 22 * time.Hour, To: 4 * time.Hour}
	for name, c := range map[string]struct {
		w          *od.Window
		from, want string
	}{
		"after the long winter holiday":           {w, "2025-12-31 09:00", "2026-01-12 10:00"},
		"a working Saturday is still a Saturday":  {w, "2025-11-01 12:00", "2025-11-05 10:00"},
		"an open window":                          {w, "2026-11-05 12:00", "2026-11-05 12:00"},
		"a night shuts when a holiday begins":     {night, "2026-11-04 01:00", "2026-11-05 22:00"},
		"a night may end on a working day":        {night, "2026-11-06 03:59", "2026-11-06 03:59"},
		"a night that would begin on the holiday": {night, "2026-11-04 23:00", "2026-11-05 22:00"},
	} {
		if got := c.w.NextWorking(at(c.from), loc, cal.Holiday); !got.Equal(at(c.want)) {
			t.Errorf("%s: %s, want %s", name, got.In(loc), c.want)
		}
	}
}

// born29 sets a birthday of 29 February.
func born29(d *od.Deal) { d.Client.Birthday = "1980-02-29" }

func TestGreetingsGoOnTheDayInTheClientsZone(t *testing.T) {
	h := newHouse(t, automatic, func(a *od.Account) { a.Policy.Window = od.DefaultPolicy().Window })
	h.lose("17", born29, func(d *od.Deal) { d.Client.TimeZone = "Asia/Vladivostok" })
	h.after(48 * time.Hour)
	_, err := h.act(h.theCase("17"), od.Action{Name: "proceed"})
	h.must(err)
	h.after(31 * 24 * time.Hour)
	_, err = h.act(h.theCase("17"), od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
	h.must(err)
	c := h.theCase("17")
	var days []string
	for _, touch := range h.touches(c) {
		if touch.Template == od.T14 {
			days = append(days, touch.DueAt.In(c.Location(h.acc)).Format("2006-01-02 15:04"))
		}
	}
	if got, want := strings.Join(days, ", "), "2027-02-28 10:00, 2028-02-29 10:00"; got != want {
		t.Fatalf("greetings on %s, want %s", got, want)
	}
	h.clock = time.Date(2027, 2, 28, 0, 0, 30, 0, time.UTC) // a Sunday, ten in Vladivostok
	h.post.sent = nil
	_, err = h.winback().ReleaseDue(t.Context(), 100)
	h.must(err)
	h.work()
	if count(h.post.templates(), od.T14) != 1 {
		t.Errorf("sent %v on the birthday", h.post.templates())
	}
}

func TestTouchesArePlannedAnewWhenWhatTheyStandOnChanges(t *testing.T) {
	h := newHouse(t, automatic, func(a *od.Account) { a.Policy.Window = od.DefaultPolicy().Window })
	c := h.leftWell("17", leftForPrice)
	at := func() time.Time { return h.touches(c)[0].DueAt }
	before := at()
	_, err := h.act(c, od.Action{Name: "set_dates", Client: od.Client{TimeZone: "Asia/Omsk"}})
	h.must(err)
	if moved := before.Sub(at()); moved != 3*time.Hour {
		t.Errorf("in Omsk the touch goes %s earlier, want 3h", moved)
	}
	if _, err := h.act(c, od.Action{Name: "set_dates", Client: od.Client{TimeZone: "Марс"}}); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("a zone that is none: %v", err)
	}
	_, err = h.desk.Classify(t.Context(), nil, c.ID, 0, od.Classification{Reason: "contact.slow"}, "key:office")
	h.must(err)
	planned := map[string]int{}
	for _, touch := range h.touches(c) {
		if touch.State == od.TouchPlanned {
			planned[touch.Plan]++
		} else if touch.Reason == "" {
			t.Errorf("touch %d of plan %s is %s without a reason", touch.Step, touch.Plan, touch.State)
		}
	}
	if planned["price"] != 0 || planned["silence"] == 0 {
		t.Errorf("planned by plan: %v", planned)
	}
	_, err = h.desk.Classify(t.Context(), nil, c.ID, 0, od.Classification{Reason: "price.cheaper"}, "key:office")
	h.must(err)
	h.days(40)
	if got := count(h.post.templates(), od.T15); got != 1 {
		t.Errorf("%d letters after the plan changed and changed back, want 1", got)
	}
	h.sound()
}
