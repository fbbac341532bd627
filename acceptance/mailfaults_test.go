package acceptance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

func busy() error { return &smtp.SMTPError{Code: 451, Message: "try again later"} }

func TestALetterGoesWhenTheMailServerHeals(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a := h.amocrm()
		var deals []deal
		verbs := []string{"MAIL", "RCPT", "DATA", "DOT"}
		// Each verb refuses twice.
		var mu sync.Mutex
		left := map[string]int{}
		for _, v := range verbs {
			left[v] = 2
			deals = append(deals, a.client())
		}
		refused := 0
		h.sink.failWith(func(verb, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			if left[verb] == 0 {
				return nil
			}
			left[verb]--
			refused++
			return busy()
		})
		for _, d := range deals {
			a.cancel(d)
		}
		h.allTold(deals...)
		mu.Lock()
		defer mu.Unlock()
		if refused != 2*len(verbs) {
			t.Errorf("%d of the refusals happened", refused)
		}
		if n := len(h.sink.all()); n != 2*len(deals) {
			t.Errorf("%d letters for %d clients", n, len(deals))
		}
		h.invariantsHold()
	})
}

func TestARefusedAddressFailsAndAsksAPerson(t *testing.T) {
	h := serve(t)
	a, b := h.amocrm(), h.bitrix24()
	deals := []deal{a.client(), b.client()}
	h.sink.failWith(func(verb, _ string) error {
		if verb == "RCPT" {
			return &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
		}
		return nil
	})
	for _, d := range deals {
		d.crm.cancel(d)
		h.eventually(func() error {
			s, err := h.story()
			if err != nil {
				return err
			}
			cases := s.casesOf(d)
			if len(cases) != 1 {
				return fmt.Errorf("%d cases", len(cases))
			}
			if m := s.letter(cases[0].ID, "T01"); m == nil || m.State != "failed" {
				return fmt.Errorf("T01 is %+v", m)
			}
			w := d.crm.written(d)
			if !slices.Contains(w.tasks, "undeliverable") {
				return fmt.Errorf("the tasks are %v", w.tasks)
			}
			return nil
		})
	}
	h.eventually(h.idle)
	for _, d := range deals {
		tasks := slices.Sorted(slices.Values(d.crm.written(d).tasks))
		if !slices.Equal(tasks, []string{"call", "undeliverable"}) {
			t.Errorf("the tasks are %v", tasks)
		}
	}
	if n := len(h.sink.all()); n != 0 {
		t.Errorf("%d letters were accepted", n)
	}
	h.invariantsHold()
}

// The server takes the letter and dies before it says so. A second survey
// would be an insult, a second acknowledgement under the same Message-ID is none.
func TestALostAnswerToTheFinalDotNeverDoublesASurvey(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a := h.amocrm()
		d := a.client()
		seen := map[string]bool{}
		h.sink.cutAfter(func(l letter) bool { // each letter once
			first := !seen[l.id]
			seen[l.id] = true
			return first
		})
		a.cancel(d)
		var survey, thanks *message
		h.eventually(func() error {
			s, err := h.story()
			if err != nil {
				return err
			}
			cases := s.casesOf(d)
			if len(cases) != 1 {
				return errors.New("no case yet")
			}
			survey, thanks = s.letter(cases[0].ID, "T03"), s.letter(cases[0].ID, "T01")
			if survey == nil || survey.State != "uncertain" || thanks == nil || thanks.State != "sent" {
				return fmt.Errorf("T01 %+v, T03 %+v", thanks, survey)
			}
			return nil
		})
		h.eventually(h.idle)
		if n := h.sink.copies(survey.MessageID); n != 1 {
			t.Errorf("the survey was accepted %d times", n)
		}
		if n := h.sink.copies(thanks.MessageID); n != 2 {
			t.Errorf("the acknowledgement was accepted %d times under its Message-ID", n)
		}
		dead, err := listAll[deadLetter](h, "/dead-letters", nil)
		if err != nil || len(dead) != 1 || dead[0].State != "uncertain" || !strings.Contains(dead[0].SendKey, "T03") {
			t.Errorf("dead letters %+v, %v", dead, err)
		}
		h.invariantsHold()
	})
}

type deadLetter struct {
	State   string `json:"state"`
	SendKey string `json:"send_key"`
}
