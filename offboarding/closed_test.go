package offboarding_test

import (
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

// stops are the ways in which a client, or a person for them, says no more.
var stops = map[string]func(h *house, c *od.Case){
	"by the link of a letter": func(h *house, c *od.Case) {
		h.must(h.desk.Unsubscribe(h.Context(), h.visit(c, od.PurposePreferences), od.Told{Source: "one-click"}))
	},
	"by an answer": func(h *house, c *od.Case) {
		h.arrives(c, od.T15, od.Arrival{Kind: od.InboundReply, From: "client17@example.com", Text: "Не пишите мне больше."})
	},
	"by a complaint": func(h *house, c *od.Case) {
		h.arrives(c, od.T15, od.Arrival{Kind: od.InboundComplaint, From: "somebody@provider.example"})
	},
	"to somebody who enters it on the stop list": func(h *house, c *od.Case) {
		_, err := h.winback().Suppress(h.Context(), od.Stop{Person: c.Client.Email, Channel: od.ChannelEmail, Reason: "asked by phone", Asked: true}, "key:office")
		h.must(err)
	},
	"by telephone": func(h *house, c *od.Case) {
		_, err := h.act(c, od.Action{Name: "stop_contact", Reason: "попросил по телефону"})
		h.must(err)
	},
}

// Who has left and says no more has their case closed (domain §2.1). The tasks of
// our own people go on.
func TestAStopAfterThePartingClosesTheCase(t *testing.T) {
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, automatic)
			h.leftWell("17", leftForPrice)
			h.days(32)
			h.state(h.theCase("17"), od.StateInTouch)
			stop(h, h.theCase("17"))
			c := h.theCase("17")
			h.state(c, od.StateClosed)
			if !c.NoContact || c.Tracks.WinBack != od.WinBackStopped || c.Tracks.Review != od.ReviewPending || c.Dates.ClosedAt.IsZero() {
				t.Errorf("no contact %v, win-back %s, review %s, closed %s", c.NoContact, c.Tracks.WinBack, c.Tracks.Review, c.Dates.ClosedAt)
			}
			for _, touch := range h.touches(c) {
				if touch.State == od.TouchPlanned || touch.State == od.TouchWaiting {
					t.Errorf("touch %d is still %s", touch.Step, touch.State)
				}
			}
			h.post.sent = nil
			h.days(400)
			if len(h.post.sent) != 0 {
				t.Errorf("sent %v after the stop", h.post.templates())
			}
			h.state(h.theCase("17"), od.StateClosed)
			h.sound()
		})
	}
}

// Our own entry on the stop list is no word of the client: it shuts the channel, and
// the plan comes to its end.
func TestAnEntryOfOursOnTheStopListClosesNoCase(t *testing.T) {
	h := newHouse(t, automatic)
	h.leftWell("17", leftForPrice)
	h.days(32)
	w, c := h.winback(), h.theCase("17")
	_, err := w.Suppress(t.Context(), od.Stop{Person: c.Client.Email, Channel: od.ChannelEmail, Reason: "a wrong address"}, "key:office")
	h.must(err)
	if c := h.theCase("17"); c.NoContact || c.State != od.StateInTouch {
		t.Errorf("%s, no contact %v", c.State, c.NoContact)
	}
	if _, err := w.Suppress(t.Context(), od.Stop{Person: "+79000000001", Channel: od.ChannelSMS, Asked: true}, "key:office"); !od.IsKind(err, od.KindInvalid) {
		t.Errorf("partings were looked for by a phone: %v", err)
	}
}

func TestAStopBeforeThePartingDoesNotCloseTheCase(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("17").ID, od.ChoiceProceed)
	h.must(err)
	_, err = h.act(h.theCase("17"), od.Action{Name: "stop_contact", Reason: "попросил по телефону"})
	h.must(err)
	h.state(h.theCase("17"), od.StateLeaving) // papers and money are owed still
}

// closed is a case whose client has left and then asked to be left alone.
func (h *house) closed() *od.Case {
	h.Helper()
	c := h.leftWell("17", leftForPrice)
	h.days(32)
	stops["by telephone"](h, c)
	c = h.theCase("17")
	h.state(c, od.StateClosed)
	return c
}

func TestTheClientOfAClosedCaseMayStillReturn(t *testing.T) {
	for name, back := range map[string]func(h *house, c *od.Case){
		"the lost deal is won": func(h *house, _ *od.Case) {
			h.crm.deals["17"].Outcome, h.crm.deals["17"].Stage, h.crm.deals["17"].MovedAt = od.OutcomeWon, od.Named{ID: "142", Name: "Успешно"}, h.clock
			h.hook(od.DealStageChanged, "17", od.Hint{From: &od.StageRef{PipelineID: "8", StageID: "143"}, To: &od.StageRef{PipelineID: "8", StageID: "142"}, OccurredAt: h.clock})
			h.work()
		},
		"a new deal is won": func(h *house, c *od.Case) { h.win("32", h.clock, c.Client) },
		"the link of the farewell": func(h *house, c *od.Case) {
			_, err := h.desk.Choose(h.Context(), c.ID, od.ChoiceComeback)
			h.must(err)
		},
		"a person says so": func(h *house, c *od.Case) {
			_, err := h.act(c, od.Action{Name: "return"})
			h.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, automatic)
			c := h.closed()
			back(h, c)
			c = h.theCase("17")
			h.state(c, od.StateReturned)
			if c.Tracks.WinBack != od.WinBackReturned || c.Dates.ReturnedAt.IsZero() {
				t.Errorf("win-back %s, returned %s", c.Tracks.WinBack, c.Dates.ReturnedAt)
			}
			h.sound()
		})
	}
}

// An old case that is closed is not the one to which a client comes back who has
// been with us since.
func TestAReturnBelongsToTheNewestParting(t *testing.T) {
	h := newHouse(t, automatic)
	old := h.closed()
	h.lose("40", func(d *od.Deal) { d.Client = old.Client })
	h.work()
	_, err := h.desk.Choose(t.Context(), h.theCase("40").ID, od.ChoiceStay)
	h.must(err)
	h.win("41", h.clock, old.Client)
	h.state(h.theCase("17"), od.StateClosed)
}

// A client who is back and cancels once more, or cancels on the closed case's own
// deal, begins a parting of its own.
func TestANewCancellationAfterAClosedCaseOpensAnother(t *testing.T) {
	h := newHouse(t, automatic)
	h.closed()
	h.crm.deals["17"].Stage, h.crm.deals["17"].Outcome, h.crm.deals["17"].MovedAt = od.Named{ID: "10", Name: "В работе"}, od.OutcomeOpen, h.clock
	h.hook(od.DealStageChanged, "17", od.Hint{From: &od.StageRef{PipelineID: "8", StageID: "143"}, To: &od.StageRef{PipelineID: "8", StageID: "10"}, OccurredAt: h.clock})
	h.work()
	h.clock = h.clock.Add(time.Hour)
	h.lose("17")
	h.work()
	all := h.casesOf("17") // newest first
	if len(all) != 2 {
		t.Fatalf("%d cases", len(all))
	}
	h.state(all[0], od.StateListening)
	h.state(all[1], od.StateClosed)
	h.sound()
}

// What is to be learnt from a loss is learnt from a closed case as well: the
// review is written, its measure done and checked after 90 days.
func TestAClosedCaseIsReviewedAndItsMeasureChecked(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.closed()
	today := od.Day(h.clock, h.acc.Location())
	h.write(c, od.ReviewChange{Reason: new("contact.slow"), Avoidable: new("partly"), Lesson: new("звонить раньше"), Related: new("yes")})
	r, err := h.desk.AddCorrective(t.Context(), nil, c.ID, 0, od.Corrective{Kind: "fix", What: "отвечать за час", Owner: "Мария", DueOn: od.AddDays(today, 20)}, "x")
	h.must(err)
	h.must(h.complete(c))
	_, err = h.desk.MarkCorrective(t.Context(), nil, c.ID, 0, r.Measures[0].ID, today, nil, "", "x")
	h.must(err)
	h.state(h.theCase("17"), od.StateClosed)
	if got := h.theCase("17").Tracks.Review; got != od.ReviewDone {
		t.Fatalf("review %s", got)
	}
	before := len(h.crm.tasks)
	h.days(100)
	_, err = h.learner().Reviews(t.Context())
	h.must(err)
	h.work()
	var asked []string
	for _, task := range h.crm.tasks[before:] {
		asked = append(asked, task.Text)
	}
	if !strings.Contains(strings.Join(asked, "\n"), "measure_check") {
		t.Errorf("nobody is asked whether the measure works: %q", asked)
	}
	h.sound()
}
