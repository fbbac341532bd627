package offboarding_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"opendoor/letters"
	od "opendoor/offboarding"
)

// lettersOfOurOwn lets a house write with the letters that ship, judged by the
// guard that ships.
func (h *house) lettersOfOurOwn() {
	h.Helper()
	w, err := letters.New("")
	h.must(err)
	h.postman = od.NewPostman(h.store, w, h.post, h.keys, publicURL, "opendoor@example.com", func() time.Time { return h.clock }, slog.New(slog.DiscardHandler))
}

// Every letter that the rules of a life order can be written from what they give
// it, passes the guard and leaves.
func TestTheLettersOfALifeAreWrittenAndLeave(t *testing.T) {
	lives := map[string]struct {
		live func(h *house)
		want []string
	}{
		"stays": {func(h *house) {
			c := h.leaves("17", "contact")
			_, err := h.act(c, offer)
			h.must(err)
			h.after(10 * time.Second)
			_, err = h.desk.Choose(h.Context(), c.ID, od.ChoiceStay)
			h.must(err)
		}, []string{od.T07, od.T05}},
		"leaves": {func(h *house) {
			c := h.leaves("17", "people")
			_, err := h.desk.Choose(h.Context(), c.ID, od.ChoiceProceed)
			h.must(err)
			h.after(32 * 24 * time.Hour)
			_, err = h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
			h.must(err)
		}, []string{od.T06, od.T10, od.T12}},
		"is parted with": {func(h *house) {
			c := h.byCompany()
			for _, a := range []od.Action{proposal(), checklistOf()} {
				_, err := h.act(c, a)
				h.must(err)
			}
			h.after(6 * 24 * time.Hour)
			for _, a := range []od.Action{approval(approver), parting} {
				_, err := h.act(c, a)
				h.must(err)
			}
			h.after(20 * 24 * time.Hour)
		}, []string{od.T20, od.T21}},
		"is apologised to": {func(h *house) {
			c := h.byCompany()
			for _, a := range []od.Action{proposal(), checklistOf(func(r *od.RefusalReview) { r.OurFault = true })} {
				_, err := h.act(c, a)
				h.must(err)
			}
		}, []string{od.T04}},
		"fades away": {func(h *house) {
			_, err := h.desk.Open(h.Context(), nil, od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByLapse, Client: od.Client{Name: "Анна", Email: "anna@example.com"}}, "key:office")
			h.must(err)
		}, []string{od.T02}},
		"is disputed with": {func(h *house) {
			c := h.leaves("17", "agreement")
			_, err := h.desk.Choose(h.Context(), c.ID, od.ChoiceProceed)
			h.must(err)
			c = h.theCase("17")
			c.Tracks.Handover, c.Tracks.Settlement = od.HandoverAccepted, od.SettlementDisputed
			h.must(h.store.SaveCase(h.Context(), c))
			h.after(40 * 24 * time.Hour)
			h.after(62 * 24 * time.Hour)
			_, err = h.act(c, od.Action{Name: "part", Person: approver, Reason: "Каждая сторона осталась при своём, переплата возвращена"})
			h.must(err)
		}, []string{od.T23}},
	}
	for name, tc := range lives {
		for _, lang := range []od.Lang{od.RU, od.EN} {
			t.Run(name+" in "+string(lang), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, func(a *od.Account) { a.Lang = lang })
				h.lettersOfOurOwn()
				tc.live(h)
				h.after(time.Minute)
				h.after(time.Minute)
				got := h.post.templates()
				for _, want := range tc.want {
					if !slices.Contains(got, want) {
						t.Errorf("%s was not sent; sent %v", want, got)
					}
				}
				for _, e := range h.post.sent {
					if c := e.Message.Template; (c == od.T04 || c == od.T20 || c == od.T12) && strings.Contains(e.Message.Text, "Образцова") {
						t.Errorf("%s is signed by whom the quarrel is with:\n%s", c, e.Message.Text)
					}
				}
				h.sound()
			})
		}
	}
}

// A last day that was agreed is not said to be counted from the notice.
func TestTheCancellationLetterCountsNoDaysToADayThatWasAgreed(t *testing.T) {
	for name, tc := range map[string]struct{ effectiveOn, want string }{"counted": {want: "2026-11-03"}, "agreed": {effectiveOn: "2026-11-09"}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{
				AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Анна", Email: "anna@example.com"},
				Contract: od.Contract{Number: "12/24", NoticeDays: 30, NoticeKnown: true}, NoticeReceivedOn: "2026-11-03", EffectiveOn: tc.effectiveOn,
			}, od.ActorSystem)
			h.must(err)
			c, err = h.act(c, od.Action{Name: "proceed"})
			h.must(err)
			var v od.CancellationLetter
			h.must(json.Unmarshal(h.letter(c, od.T06).Vars, &v))
			if v.ReceivedOn != tc.want {
				t.Errorf("counted from %q, want %q", v.ReceivedOn, tc.want)
			}
		})
	}
}
