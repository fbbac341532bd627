package offboarding_test

import (
	"flag"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	od "opendoor/offboarding"
)

// Fail open (domain §2.1): whatever breaks, and whoever does not act, the client
// is on the way out within the promised time: ten days after the question
// would have been asked, or after the one offer's silence.
func TestNothingKeepsAClientFromLeaving(t *testing.T) {
	few(t, 6)
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, func(a *od.Account) {
			burst := rapid.IntRange(0, 1).Draw(rt, "burst")
			a.Policy.BurstPerHour = &burst
			if rapid.Bool().Draw(rt, "window") {
				a.Policy.Window = od.DefaultPolicy().Window
			}
		})
		h.lose("17", func(d *od.Deal) {
			if rapid.Bool().Draw(rt, "no address") {
				d.Client.Email = ""
			}
			d.Responsible.Inactive = rapid.Bool().Draw(rt, "absent manager")
		})
		h.work() // a case that has opened has made its promise
		opened := h.clock
		promised := opened.Add(h.acc.Policy.SurveyExpires)
		if due := h.theCase("17").Dates.SurveyDueAt; due.After(opened) {
			promised = due.Add(h.acc.Policy.SurveyExpires)
		}
		offered := false
		for h.clock.Before(promised) {
			c := h.theCase("17")
			switch rapid.SampledFrom([]string{
				"mail breaks", "mail works", "refuses", "text is blocked", "text is good", "crm breaks", "crm works", "pause", "stop", "unpaid", "venting", "answer", "decline", "save", "nothing",
			}).Draw(rt, "what") {
			case "mail breaks":
				h.post.fail = func(*od.Message) error { return od.Unavailable("the mail server is away", nil) }
			case "refuses":
				h.post.fail = func(*od.Message) error { return od.Invalid("no such mailbox") }
			case "mail works":
				h.post.fail = nil
			case "text is blocked":
				h.letters.fail = od.Invalid("the text is blocked")
			case "text is good":
				h.letters.fail = nil
			case "crm breaks":
				h.crm.fail = od.Unavailable("the CRM is away", nil)
			case "crm works":
				h.crm.fail = nil
			case "pause":
				_, _ = h.act(c, od.Action{Name: "pause"})
			case "stop":
				_, _ = h.act(c, od.Action{Name: "stop_contact", Reason: "x"})
			case "unpaid":
				_, _ = h.act(c, od.Action{Name: "legal_hold", Reason: "не оплачен счёт"})
			case "venting":
				_, _ = h.act(c, od.Action{Name: "set_intent", Intent: od.IntentVenting})
			case "answer":
				_, _ = h.desk.Answer(h.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
			case "decline":
				_, _ = h.desk.Decline(h.Context(), c.ID)
			case "save":
				if _, err := h.act(c, offer); err == nil {
					offered = true
					if until := h.clock.Add(h.acc.Policy.SaveWait); until.After(promised) {
						promised = until
					}
				}
			}
			h.after(time.Duration(rapid.IntRange(1, 72).Draw(rt, "hours")) * time.Hour)
		}
		c := h.theCase("17")
		if c.State != od.StateLeaving && c.State != od.StateParted {
			rt.Fatalf("the client is still %s at %v, %v after %v (offered %v)", c.State, h.clock, h.clock.Sub(opened), opened, offered)
		}
		h.sound()
	})
}

// few bounds the checks of a property that goes through a real database, unless
// the command line asks for a number of its own.
func few(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}
