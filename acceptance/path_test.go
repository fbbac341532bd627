package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// given is an answer as a client gives it, in a word that notes repeat.
func given(score string) url.Values {
	return url.Values{
		"reason": {"price"}, "service_related": {"no"}, "detail": {"сократили бюджет"}, "nps": {score}, "keep_in_touch": {"email"},
		"liked": {"скорость"}, "comment": {"Спасибо за работу"},
	}
}

func TestACancellationGoesTheWholeWay(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a, b := h.amocrm(), h.bitrix24()
		deals := []deal{a.client(), b.client()}
		for _, d := range deals {
			d.crm.cancel(d)
		}
		s := h.allTold(deals...)
		for _, d := range deals {
			note := d.crm.written(d).notes[0]
			h.answer(s, d, given("8"))
			h.eventually(func() error {
				w := d.crm.written(d)
				switch {
				case len(w.notes) != 1:
					return fmt.Errorf("%d notes", len(w.notes))
				case w.notes[0] == note:
					return errors.New("the note was not edited")
				case !strings.HasPrefix(w.nps, "8"):
					return fmt.Errorf("the score on the card is %q", w.nps)
				case !slices.Contains(w.tasks, "answered"):
					return fmt.Errorf("no task about the answer: %v", w.tasks)
				}
				return nil
			})
		}
		h.allTold(deals...)
		if tags := a.written(deals[0]).tags; !slices.Contains(tags, "opendoor:leaving") {
			t.Errorf("the lead has the tags %v", tags)
		}
		h.invariantsHold()
	})
}

func TestAnAnswerStaysEditableAndReachesTheNoteOnce(t *testing.T) {
	h := serve(t)
	a := h.amocrm()
	d := a.client()
	a.cancel(d)
	s := h.allTold(d)
	h.answer(s, d, url.Values{"reason": {"price"}})
	h.answer(s, d, given("3"))
	h.answer(s, d, given("9"))
	h.eventually(func() error {
		if w := a.written(d); len(w.notes) != 1 || !strings.HasPrefix(w.nps, "9") {
			return fmt.Errorf("%d notes, score %q", len(w.notes), w.nps)
		}
		return nil
	})
	s = h.allTold(d)
	if c := s.casesOf(d)[0]; c.Answer == nil || c.Answer.Reason != "price" || c.Answer.NPS == nil || *c.Answer.NPS != 9 {
		t.Errorf("the case has the answer %+v", c.Answer)
	}
}

func TestAProgramIsToldOfItsPartings(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		p := h.generic()
		p.refuse = 1 // the first result is posted again
		d := p.client()
		body := p.body("client.cancelled", d)
		for range 3 {
			if code := p.say("one", body); code != http.StatusNoContent {
				t.Fatalf("the hook answers %d", code)
			}
		}
		h.eventually(func() error {
			told, err := p.told(d)
			if err == nil && told["case.opened"].id == "" {
				err = errors.New("nothing is told of the case")
			}
			return err
		})
		var s *story
		h.eventually(func() (err error) {
			if s, err = h.story(); err != nil {
				return err
			}
			return lettersSent(h, s, d)
		})
		h.answer(s, d, given("10"))
		h.eventually(func() error {
			told, err := p.told(d)
			if r := told["survey.answered"]; err == nil && (r.body.NPS == nil || *r.body.NPS != 10 || r.body.Reason != "price") {
				err = fmt.Errorf("told of the answer: %+v", r.body)
			}
			return err
		})
		h.eventually(h.idle)
		s, err := h.story()
		if err != nil {
			t.Fatal(err)
		}
		if err := lettersSent(h, s, d); err != nil {
			t.Error(err)
		}
		events, err := h.events(p.ID)
		if err != nil || len(events) != 1 || events[0].Verdict != "case_opened" {
			t.Errorf("events %+v, %v", events, err)
		}
		h.invariantsHold()
	})
}

// lettersSent is told without a CRM's card.
func lettersSent(h *house, s *story, d deal) error {
	cases := s.casesOf(d)
	if len(cases) != 1 {
		return fmt.Errorf("%d cases", len(cases))
	}
	for _, template := range []string{"T01", "T03"} {
		m := s.letter(cases[0].ID, template)
		if m == nil || m.State != "sent" {
			return fmt.Errorf("%s is %+v", template, m)
		}
		if n := h.sink.copies(m.MessageID); n != 1 {
			return fmt.Errorf("%s was accepted %d times", template, n)
		}
	}
	return nil
}

// Events are listed before the CRM is read, so that a CRM that is away loses
// nobody and everybody sees what waits.
func TestAnEventIsPendingUntilTheCRMIsRead(t *testing.T) {
	h := serve(t)
	a := h.amocrm()
	d := a.client()
	a.fail("GET", "/api/v4/leads/"+d.id, "500", 2)
	a.cancel(d)
	seen := false
	h.eventually(func() error {
		events, err := h.events(a.ID)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.EntityID == d.id && e.Verdict == "pending" {
				seen = true
			}
			if e.EntityID == d.id && e.Verdict == "case_opened" {
				return nil
			}
		}
		time.Sleep(10 * time.Millisecond)
		return errors.New("no case yet")
	})
	if !seen {
		t.Error("the event was never listed as pending")
	}
	h.allTold(d)
}
