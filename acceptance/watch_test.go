package acceptance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
)

const adminMail = "admin@opendoor.example"

// fast lets ten minutes pass in five seconds.
func fast() setting {
	return with("OPENDOOR_ADMIN_MAIL="+adminMail, "OPENDOOR_CLOCK=start="+time.Now().UTC().Format(time.RFC3339)+",rate=120")
}

type watched struct {
	Status   string `json:"status"`
	Problems []struct {
		Kind   string `json:"kind"`
		Text   string `json:"text"`
		Advice string `json:"advice"`
	} `json:"problems"`
	WatchedAt *time.Time `json:"watched_at"`
}

func (h *house) watched(id string) (w watched, err error) {
	_, err = h.call("GET", "/accounts/"+id, nil, &w)
	return w, err
}

func (w watched) has(kind string) bool {
	for _, p := range w.Problems {
		if p.Kind == kind {
			return p.Text != "" && p.Advice != ""
		}
	}
	return false
}

// mails are the letters to the administrator.
func (s *sink) mails(to string) (out []letter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.letters {
		if l.to == to {
			out = append(out, l)
		}
	}
	return out
}

// A hook that the CRM has switched off is switched on again; where the plan
// forbids it a person is told, once, and the trouble goes when it is mended.
func TestAHookThatIsOffIsSwitchedOnOrTold(t *testing.T) {
	h := serve(t, fast())
	a := h.amocrm()
	h.eventually(func() error {
		w, err := h.watched(a.ID)
		if err == nil && w.WatchedAt == nil {
			err = errors.New("not watched yet")
		}
		return err
	})
	a.sim.SetWebhookDisabled("", true)
	h.eventually(func() error {
		for _, hook := range a.sim.Webhooks() {
			if hook.Disabled {
				return errors.New("the hook is still off")
			}
		}
		return nil
	})
	if n := len(h.sink.mails(adminMail)); n != 0 {
		t.Errorf("%d letters about a hook that was mended", n)
	}

	a.sim.SetWebhookDisabled("", true)
	a.sim.AddFault(amocrmsim.Fault{Method: "POST", PathPrefix: "/api/v4/webhooks", Kind: amocrmsim.FaultUnpaid, Times: -1})
	h.eventually(func() error {
		w, err := h.watched(a.ID)
		if err == nil && !w.has("hook") {
			err = fmt.Errorf("the account shows %+v", w)
		}
		return err
	})
	h.eventually(func() error {
		if n := len(h.sink.mails(adminMail)); n != 1 {
			return fmt.Errorf("%d letters to the administrator", n)
		}
		return nil
	})
	if l := h.sink.mails(adminMail)[0]; !strings.Contains(l.text, "вебхук") || !strings.Contains(l.subject, "amoCRM") {
		t.Errorf("the letter: %s\n%s", l.subject, l.text)
	}
	if p := h.run("doctor"); p.exitCode() == 0 || !strings.Contains(p.log.String(), "amoCRM: hook") {
		t.Errorf("doctor: %d\n%s", p.exitCode(), p.log)
	}

	a.sim.ClearFaults()
	a.sim.SetWebhookDisabled("", false)
	h.eventually(func() error {
		w, err := h.watched(a.ID)
		if err == nil && len(w.Problems) != 0 {
			err = fmt.Errorf("the account shows %+v", w)
		}
		return err
	})
	if n := len(h.sink.mails(adminMail)); n != 1 {
		t.Errorf("%d letters, one was enough", n)
	}
	h.invariantsHold()
}

// Most accounts are watched in shadow first, and a house whose sending is
// switched off still tells who runs it what is broken.
func TestAShadowAccountsTroublesAreToldAlthoughSendingIsOff(t *testing.T) {
	h := serve(t, fast())
	a := h.amocrm()
	h.must("POST", "/accounts/"+a.ID+"/setup", nil, nil)
	h.must("PATCH", "/accounts/"+a.ID, fmt.Sprintf(`{"mode":"shadow","triggers":[{"pipeline_id":"%d","stage_id":"61000038","means":"cancelled"}]}`, amocrmsim.PipelineService), nil)
	h.must("POST", "/sending/pause", `{"reason":"trial"}`, nil)
	if err := errors.Join(a.sim.DeleteStage(amocrmsim.PipelineService, 61000038), a.sim.DeleteField("OPENDOOR_*")); err != nil {
		t.Fatal(err)
	}
	h.eventually(func() error {
		w, err := h.watched(a.ID)
		if err == nil && (!w.has("stages") || !w.has("fields")) {
			err = fmt.Errorf("the account shows %+v", w)
		}
		return err
	})
	h.eventually(func() error {
		told := ""
		for _, l := range h.sink.mails(adminMail) {
			told += l.text
		}
		if !strings.Contains(told, "61000038") || !strings.Contains(told, "OPENDOOR_STATE") {
			return fmt.Errorf("the administrator was told: %q", told)
		}
		return nil
	})
}

type setupAnswer struct {
	Rights []struct {
		Name string `json:"name"`
		OK   bool   `json:"ok"`
	} `json:"rights"`
	Fields []struct{ Code string } `json:"fields"`
	Hook   struct {
		State string `json:"state"`
	} `json:"hook"`
	TestEvent struct {
		State string `json:"state"`
		Event struct {
			Kind     string `json:"kind"`
			EntityID string `json:"entity_id"`
		} `json:"event"`
	} `json:"test_event"`
	Mode string `json:"mode"`
}

// Setup waits for a test event without holding anybody up, and everything it
// made can be taken back.
func TestSetupShowsTheTestEventAndIsUndone(t *testing.T) {
	h := serve(t)
	a := h.connectAmo(amoAccount(t), "shadow", policy)
	var s setupAnswer
	h.must("POST", "/accounts/"+a.ID+"/setup", `{"steps":["rights","test_event"]}`, &s)
	if s.TestEvent.State != "waiting" || len(s.Rights) < 4 || len(s.Fields) != 0 || s.Hook.State != "subscribed" || s.Mode != "shadow" {
		t.Errorf("setup: %+v", s)
	}
	d := a.client()
	h.eventually(func() error {
		h.must("GET", "/accounts/"+a.ID+"/setup", nil, &s)
		if s.TestEvent.State != "arrived" || s.TestEvent.Event.EntityID != d.id {
			return fmt.Errorf("the test event: %+v", s.TestEvent)
		}
		return nil
	})
	lost := a.client()
	a.cancel(lost)
	var p struct {
		Pipelines []struct {
			Stages []struct {
				ID         string `json:"id"`
				Caught     int    `json:"caught"`
				Suggestion *struct{ Means string }
			} `json:"stages"`
		} `json:"pipelines"`
		Caught struct {
			Count    int `json:"count"`
			Examples []struct {
				DealID string `json:"deal_id"`
			} `json:"examples"`
		} `json:"caught"`
	}
	h.must("POST", "/accounts/"+a.ID+"/setup/preview", nil, &p)
	if p.Caught.Count != 1 || len(p.Caught.Examples) != 1 || p.Caught.Examples[0].DealID != lost.id {
		t.Errorf("preview: %+v", p)
	}
	h.must("DELETE", "/accounts/"+a.ID+"/setup?fields=delete", nil, nil)
	for _, f := range a.sim.Fields() {
		if strings.HasPrefix(f.Code, "OPENDOOR_") {
			t.Errorf("the field %s is still there", f.Code)
		}
	}
	if n := len(a.sim.Webhooks()); n != 0 {
		t.Errorf("%d hooks are still there", n)
	}
	h.must("POST", "/accounts/"+a.ID+"/setup", nil, &s)
	if s.Hook.State != "subscribed" || len(s.Fields) < 7 {
		t.Errorf("setup again: %+v", s)
	}
}
